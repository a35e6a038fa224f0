//! A running chain: its thread and its server.

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread;

use jsonrpsee::server::{BatchRequestConfig, Server, ServerConfig, ServerHandle};
use tokio::sync::oneshot;

use crate::Config;
use crate::chain::Chain;
use crate::rpc;
use crate::stylus::Engine;

/// Native stack of a chain's thread. Programs that call each other nest native frames; the price of their pages ends
/// that below 130 deep (stylus-vm.md 4.2). The memory is reserved, not used.
const STACK_SIZE: usize = 256 << 20;
/// Requests that may wait for the chain.
const JOBS: usize = 4_096;
/// Bytes of one request, and of one answer.
const MESSAGE_LIMIT: u32 = 64 << 20;
/// Connections at once.
const CONNECTIONS: u32 = 2_048;
/// Requests in one batch.
const BATCH_LIMIT: u32 = 10_000;

/// Why a node did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port cannot be listened on.
    #[error("cannot listen on {address}: {source}; choose another port, or 0 for any")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The chain's thread cannot be started.
    #[error("cannot start the chain's thread: {0}")]
    Thread(std::io::Error),
    /// Settings that no chain has.
    #[error("{0}")]
    Config(String),
}

type Job = Box<dyn FnOnce(&mut Chain) + Send>;

/// The way to a chain, which lives on its own thread.
#[derive(Clone)]
pub(crate) struct Handle(SyncSender<Job>);

/// The chain has stopped, or a bug ended the job.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gone;

impl Handle {
    /// Has the chain do something.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Chain) -> T + Send + 'static,
    ) -> Result<T, Gone> {
        let (send, receive) = oneshot::channel();
        let job: Job = Box::new(move |chain| {
            // Whoever asked may be gone; then nobody misses the answer.
            let _unwanted = send.send(job(chain));
        });
        let sender = self.0.clone();
        match sender.try_send(job) {
            Ok(()) => {}
            Err(std::sync::mpsc::TrySendError::Full(job)) => {
                tokio::task::spawn_blocking(move || sender.send(job))
                    .await
                    .map_err(|_| Gone)?
                    .map_err(|_| Gone)?;
            }
            Err(std::sync::mpsc::TrySendError::Disconnected(_)) => return Err(Gone),
        }
        receive.await.map_err(|_| Gone)
    }
}

/// A running chain with its JSON-RPC server. Dropping it stops both.
pub struct Node {
    address: SocketAddr,
    server: ServerHandle,
    chain_id: u64,
    // The thread ends when the last handle is gone.
    _chain: Handle,
}

impl Node {
    /// Starts a chain at its genesis, and its server (HTTP and WebSocket on one port).
    /// # Errors
    /// [`StartError`].
    pub async fn start(config: Config) -> Result<Self, StartError> {
        if config.arbos_version < 30 {
            return Err(StartError::Config(format!(
                "ArbOS {} has no Stylus; the first is 30",
                config.arbos_version
            )));
        }
        if config.safe_lag > config.finalized_lag {
            return Err(StartError::Config(format!(
                "finalized (lag {}) cannot be ahead of safe (lag {})",
                config.finalized_lag, config.safe_lag
            )));
        }
        let (host, port, chain_id) = (config.host, config.port, config.chain_id);
        let address = SocketAddr::new(host, port);
        let chain = spawn(config, shared_engine())?;
        let settings = ServerConfig::builder()
            .max_connections(CONNECTIONS)
            .max_request_body_size(MESSAGE_LIMIT)
            .max_response_body_size(MESSAGE_LIMIT)
            .set_batch_request_config(BatchRequestConfig::Limit(BATCH_LIMIT))
            .set_tcp_no_delay(true)
            .build();
        let listen = |source| StartError::Listen { address, source };
        let server = Server::builder().set_config(settings).build(address).await.map_err(listen)?;
        let address = server.local_addr().map_err(listen)?;
        let server = server.start(rpc::module(chain.clone()));
        tracing::info!(%address, chain_id, "chain started");
        Ok(Self { address, server, chain_id, _chain: chain })
    }

    /// URL of the HTTP endpoint.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// URL of the WebSocket endpoint.
    pub fn ws_url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// EVM chain id.
    pub fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// Stops the server and waits until it has.
    pub async fn stop(self) {
        // An error means that it has stopped already.
        let _stopped_before = self.server.stop();
        self.server.clone().stopped().await;
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _stopped_before = self.server.stop();
    }
}

/// One engine for all chains of the process: compiled programs are shared.
fn shared_engine() -> Arc<Engine> {
    static ENGINE: OnceLock<Arc<Engine>> = OnceLock::new();
    ENGINE.get_or_init(|| Arc::new(Engine::new(true))).clone()
}

fn spawn(config: Config, engine: Arc<Engine>) -> Result<Handle, StartError> {
    let (send, receive) = sync_channel::<Job>(JOBS);
    thread::Builder::new()
        .name(format!("chain-{}", config.chain_id))
        .stack_size(STACK_SIZE)
        .spawn(move || {
            let mut chain = Chain::new(config, engine);
            loop {
                let job = match chain.next_due() {
                    Some(wait) => match receive.recv_timeout(wait) {
                        Ok(job) => Some(job),
                        Err(RecvTimeoutError::Timeout) => None,
                        Err(RecvTimeoutError::Disconnected) => return,
                    },
                    None => match receive.recv() {
                        Ok(job) => Some(job),
                        Err(_) => return,
                    },
                };
                // A bug in one request must not stop the chain; its state changes only when an execution is committed.
                let done = catch_unwind(AssertUnwindSafe(|| {
                    chain.mine_due();
                    if let Some(job) = job {
                        job(&mut chain);
                    }
                }));
                if done.is_err() {
                    chain.end_speculation();
                    tracing::error!("a request ended in a panic; the chain goes on");
                }
            }
        })
        .map_err(StartError::Thread)?;
    Ok(Handle(send))
}
