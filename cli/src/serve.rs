//! `metalayer devnode`: a chain in the foreground.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use devnode::{Config, L1BlockNumber, Node, StartError};

/// Why the chain is not running.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// It did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The signal to stop cannot be received.
    #[error("cannot wait for Ctrl-C: {0}")]
    Signal(#[from] std::io::Error),
}

/// Settings of the chain.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// EVM chain id.
    #[arg(long, default_value_t = 412_346)]
    chain_id: u64,
    /// TCP port; 0 takes any free one.
    #[arg(long, default_value_t = 8547)]
    port: u16,
    /// Interface to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// ArbOS version whose rules hold.
    #[arg(long, default_value_t = 51)]
    arbos: u64,
    /// What the NUMBER opcode shows; grows with time unless given. Nitro's own dev node shows 0, with which a Hyperlane
    /// Mailbox forgets its deliveries.
    #[arg(long)]
    l1_block_number: Option<u64>,
    /// Time of the genesis block, Unix seconds; now unless given.
    #[arg(long)]
    genesis_timestamp: Option<u64>,
    /// Directory in which compiled programs outlive the process [default: in the user's cache directory].
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "no_program_cache")]
    program_cache: Option<PathBuf>,
    /// Compile every program anew in each process.
    #[arg(long)]
    no_program_cache: bool,
    /// Milliseconds that a call or an estimate may run.
    #[arg(long, default_value_t = 5_000, value_name = "MILLISECONDS")]
    evm_timeout: u64,
    /// Print the URL only.
    #[arg(long)]
    quiet: bool,
}

/// Runs a chain until Ctrl-C.
pub async fn run(options: Options) -> Result<(), ServeError> {
    let mut config = Config {
        chain_id: options.chain_id,
        port: options.port,
        host: options.host,
        arbos_version: options.arbos,
        genesis_timestamp: options.genesis_timestamp,
        evm_timeout: Duration::from_millis(options.evm_timeout),
        ..Config::default()
    };
    if options.no_program_cache {
        config.program_cache = None;
    } else if options.program_cache.is_some() {
        config.program_cache = options.program_cache;
    }
    if let Some(number) = options.l1_block_number {
        config.l1_block_number = L1BlockNumber::Fixed(number);
    }
    let node = Node::start(config.clone()).await?;
    if options.quiet {
        println!("{}", node.url());
    } else {
        println!("{}", banner(&config, &node));
    }
    tokio::signal::ctrl_c().await?;
    node.stop().await;
    Ok(())
}

fn banner(config: &Config, node: &Node) -> String {
    let number = match config.l1_block_number {
        L1BlockNumber::FromTime { start } => format!("{start}, one more every 12 s"),
        L1BlockNumber::Fixed(number) => number.to_string(),
    };
    let dev = (devnode::DEV_ACCOUNT, devnode::DEV_PRIVATE_KEY);
    let others = devnode::DEV_ACCOUNTS.iter().map(|account| (account.address, account.private_key));
    let accounts: Vec<_> = [dev].into_iter().chain(others).collect();
    let list = |entry: &dyn Fn(usize) -> String| {
        (0..accounts.len()).map(|i| format!("({i}) {}\n", entry(i))).collect::<String>()
    };
    format!(
        "An Arbitrum chain with Stylus, for development. Its keys are public: never send value to them.\n\n\
         Accounts, 1000 ETH each; the first owns the chain\n{}\n\
         Private keys\n{}\n\
         Chain id          {}\n\
         ArbOS             {}\n\
         NUMBER            {number}\n\
         CREATE2 factory   {}\n\
         StylusDeployer    {}\n\
         Cache manager     {}\n\n\
         Listening on {} and {}; Ctrl-C stops",
        list(&|i| accounts[i].0.to_string()),
        list(&|i| accounts[i].1.to_string()),
        config.chain_id,
        config.arbos_version,
        devnode::CREATE2_FACTORY,
        devnode::STYLUS_DEPLOYER,
        devnode::CACHE_MANAGER,
        node.url(),
        node.ws_url(),
    )
}
