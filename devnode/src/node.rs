//! A running chain: its thread and its server.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jsonrpsee::server::{BatchRequestConfig, IdProvider, Server, ServerConfig, ServerHandle};
use jsonrpsee::types::SubscriptionId;
use tokio::net::TcpSocket;
use tokio::sync::oneshot;

use crate::Config;
use crate::chain::Chain;
use crate::dump::{self, Contents, StateError};
use crate::genesis;
use crate::rpc;
use crate::stylus::Engine;

/// Native stack of a chain's thread. Programs that call each other nest native frames; the price of their pages ends
/// that below 130 deep (stylus-vm.md 4.2). The memory is reserved, not used.
const STACK_SIZE: usize = 256 << 20;
/// Requests that may wait for the chain.
const JOBS: usize = 4_096;
/// Bytes of one request. The server takes up to 16 bytes for each byte of it apart before it counts what is in it.
const REQUEST_LIMIT: u32 = 16 << 20;
/// Bytes of one answer.
const ANSWER_LIMIT: u32 = 64 << 20;
/// Connections at once.
const CONNECTIONS: u32 = 2_048;
/// Requests in one batch.
const BATCH_LIMIT: u32 = 10_000;

/// How long a stopping node waits for its clients.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

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
    /// The state file cannot be loaded.
    #[error("cannot load the state file {path}: {source}")]
    State {
        /// The file, which is left as it is.
        path: std::path::PathBuf,
        /// Why not.
        source: StateError,
    },
    /// Settings that no chain has.
    #[error("{0}")]
    Config(String),
}

type Job = Box<dyn FnOnce(&mut Chain) + Send>;

/// The way to a chain, which lives on its own thread.
#[derive(Clone)]
pub(crate) struct Handle {
    jobs: SyncSender<Job>,
    shared: Arc<Shared>,
}

/// What the chain's thread shares with whoever only looks.
struct Shared {
    chain: Mutex<Chain>,
    /// Jobs that were sent and have not ended.
    waiting: AtomicUsize,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Chain> {
        // A job that panics is undone before its lock is released.
        self.chain.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The chain has stopped, or a bug ended the job.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gone;

impl Handle {
    /// Looks at the chain: here and now if nobody waits for it, else in turn.
    ///
    /// Two thread switches are most of what a short answer costs. `job` runs on the caller's thread, so it must be
    /// short, change nothing, and run neither EVM nor WASM code.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Chain) -> T + Send + 'static,
    ) -> Result<T, Gone> {
        // Who sent something before sees it done.
        if self.shared.waiting.load(Ordering::SeqCst) == 0
            && let Ok(mut chain) = self.shared.chain.try_lock()
        {
            return catch_unwind(AssertUnwindSafe(|| job(&mut chain))).map_err(|_| Gone);
        }
        self.run(job).await
    }

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
        self.shared.waiting.fetch_add(1, Ordering::SeqCst);
        let sender = self.jobs.clone();
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
    chain: Handle,
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
        if let Some(address) = genesis::reserved(&config) {
            return Err(StartError::Config(format!(
                "the genesis cannot set {address}: that account is ArbOS's"
            )));
        }
        let contents = match &config.state {
            Some(path) => saved(path, &config)
                .map_err(|source| StartError::State { path: path.clone(), source })?,
            None => None,
        };
        let (host, port, chain_id) = (config.host, config.port, config.chain_id);
        let address = SocketAddr::new(host, port);
        let engine = shared_engine(config.program_cache.as_deref());
        let chain = spawn(config, engine, contents)?;
        let settings = ServerConfig::builder()
            .max_connections(CONNECTIONS)
            .max_request_body_size(REQUEST_LIMIT)
            .max_response_body_size(ANSWER_LIMIT)
            .set_batch_request_config(BatchRequestConfig::Limit(BATCH_LIMIT))
            .set_tcp_no_delay(true)
            .set_id_provider(SubscriptionIds::default())
            .build();
        let listen = |source| StartError::Listen { address, source };
        let listener = listener(address).map_err(listen)?;
        let server =
            Server::builder().set_config(settings).build_from_tcp(listener).map_err(listen)?;
        let address = server.local_addr().map_err(listen)?;
        let server = server.start(rpc::module(chain.clone()));
        tracing::info!(%address, chain_id, "chain started");
        Ok(Self { address, server, chain_id, chain })
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

    /// Stops the server, waits until the answers under way are sent, and writes the state file if there is to be one.
    /// A client that does not take its answer is not waited for longer than a few seconds.
    /// # Errors
    /// The state file cannot be written.
    pub async fn stop(self) -> Result<(), StateError> {
        // An error means that it has stopped already.
        let _stopped_before = self.server.stop();
        let stopped = self.server.clone().stopped();
        if tokio::time::timeout(STOP_PATIENCE, stopped).await.is_err() {
            tracing::warn!("clients still hold connections; they are cut off");
        }
        self.save().await
    }

    /// Writes the state file now, if the settings name one.
    /// # Errors
    /// The state file cannot be written.
    pub async fn save(&self) -> Result<(), StateError> {
        self.chain.run(|chain| chain.save()).await.unwrap_or(Err(StateError::Gone))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _stopped_before = self.server.stop();
    }
}

/// Listens, with room for as many clients at once as may be connected: the usual backlog of 128 resets the others.
fn listener(address: SocketAddr) -> std::io::Result<std::net::TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // A chain that is started again takes its port at once.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(CONNECTIONS)?.into_std()
}

/// Names of subscriptions as geth gives them, hex text: clients keep them in tables of texts, where a number is lost.
#[derive(Debug, Default)]
struct SubscriptionIds(AtomicU64);

impl IdProvider for SubscriptionIds {
    fn next_id(&self) -> SubscriptionId<'static> {
        let id = self.0.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        SubscriptionId::Str(format!("0x{id:x}").into())
    }
}

/// One engine for all chains of the process that keep compiled programs at the same place.
fn shared_engine(program_cache: Option<&Path>) -> Arc<Engine> {
    static ENGINES: Mutex<BTreeMap<Option<PathBuf>, Arc<Engine>>> = Mutex::new(BTreeMap::new());
    let mut engines = ENGINES.lock().unwrap_or_else(PoisonError::into_inner);
    let make = || match program_cache {
        Some(directory) => Engine::with_directory(true, directory),
        None => Engine::new(true),
    };
    let place = program_cache.map(Path::to_owned);
    engines.entry(place).or_insert_with(|| Arc::new(make())).clone()
}

/// The chain in a state file, if the file is there.
fn saved(path: &Path, config: &Config) -> Result<Option<Contents>, StateError> {
    let Some(bytes) = dump::read_file(path)? else { return Ok(None) };
    Contents::read(&bytes, config.chain_id, config.arbos_version).map(Some)
}

fn spawn(
    config: Config,
    engine: Arc<Engine>,
    contents: Option<Contents>,
) -> Result<Handle, StartError> {
    let (send, receive) = sync_channel::<Job>(JOBS);
    let name = format!("chain-{}", config.chain_id);
    let chain = match contents {
        Some(contents) => Chain::resume(config, engine, contents),
        None => Chain::new(config, engine),
    };
    let shared = Arc::new(Shared { chain: Mutex::new(chain), waiting: AtomicUsize::new(0) });
    let of_thread = Arc::clone(&shared);
    thread::Builder::new()
        .name(name)
        .stack_size(STACK_SIZE)
        .spawn(move || serve(&of_thread, &receive))
        .map_err(StartError::Thread)?;
    Ok(Handle { jobs: send, shared })
}

/// Does what the chain is asked to, and makes the blocks that are due, until nobody can ask any more.
fn serve(shared: &Shared, jobs: &Receiver<Job>) {
    loop {
        let due = shared.lock().next_due();
        let job = match due {
            Some(wait) => match jobs.recv_timeout(wait) {
                Ok(job) => Some(job),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            },
            None => match jobs.recv() {
                Ok(job) => Some(job),
                Err(_) => return,
            },
        };
        let was_sent = job.is_some();
        let mut chain = shared.lock();
        // A bug in one request must stop neither the chain nor the requests after it.
        let mut before = chain.mark();
        let done = catch_unwind(AssertUnwindSafe(|| {
            chain.mine_due();
            before = chain.mark();
            if let Some(job) = job {
                chain.asked_at = Instant::now();
                job(&mut chain);
            }
        }));
        if done.is_err() {
            chain.end_speculation();
            tracing::error!("a request ended in a panic; the chain goes on as if it had not come");
            chain.back_to(before);
        }
        drop(chain);
        if was_sent {
            shared.waiting.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use alloy_primitives::{Address, Bytes, TxKind, U256, hex};

    use super::*;
    use crate::chain::Place;
    use crate::state::Overrides;
    use crate::transaction::{Invalid, Message, Mode};

    #[tokio::test]
    async fn an_endless_call_ends_with_the_timeout_whatever_its_gas() {
        let given = Duration::from_millis(20);
        let config = Config { evm_timeout: given, ..Config::default() };
        let chain = spawn(config, Arc::new(Engine::new(true)), None).unwrap();
        let ended = chain.run(move |chain| {
            // JUMPDEST PUSH0 JUMP, and one that calls it for ever
            let endless = Address::repeat_byte(1);
            let caller = Address::repeat_byte(2);
            chain.set_code(endless, hex!("5b5f56").into());
            let calls = [&hex!("5b5f5f5f5f5f73")[..], endless.as_slice(), &hex!("5af1505f56")];
            chain.set_code(caller, calls.concat().into());
            let call = |to| Message {
                from: Address::ZERO,
                to: TxKind::Call(to),
                value: U256::ZERO,
                data: Bytes::new(),
                gas_limit: u64::MAX,
                max_fee: 0,
                tip: 0,
                nonce: None,
                access_list: Default::default(),
                authorizations: Vec::new(),
                impersonated: false,
                signed: None,
            };
            [endless, caller].map(|to| {
                let place = Place::After(0);
                chain.simulate(&call(to), Mode::Call, place, &Overrides::default()).unwrap_err()
            })
        });
        // Without a timeout of its own it would run until this one.
        let ended = tokio::time::timeout(Duration::from_secs(120), ended).await.unwrap().unwrap();
        assert_eq!(ended, [Invalid::TimedOut(given), Invalid::TimedOut(given)]);
    }

    #[tokio::test]
    async fn a_panic_in_a_request_undoes_it_and_the_chain_goes_on() {
        let chain = spawn(Config::default(), Arc::new(Engine::new(true)), None).unwrap();
        let state = |chain: &mut Chain| {
            let head = chain.head();
            (head.header.number, head.hash, chain.state.digest(), chain.state.version())
        };
        let before = chain.run(state).await.unwrap();
        let ended = chain
            .run(|chain| {
                chain.state.edit(crate::DEV_ACCOUNT, |account| account.nonce = 7);
                chain.mine(Vec::new()).unwrap();
                panic!("a bug, as far as this test is concerned");
            })
            .await;
        assert!(ended.is_err());
        assert_eq!(chain.run(state).await.unwrap(), before);
        chain.run(|chain| chain.mine(Vec::new())).await.unwrap().unwrap();
        assert_eq!(chain.run(state).await.unwrap().0, before.0 + 1);
    }
}
