//! `metalayer devnode`: one chain or several in the foreground.

use std::fmt::Write;
use std::net::IpAddr;
use std::num::{NonZeroU16, NonZeroU64};
use std::path::{Path, PathBuf};
use std::time::Duration;

use alloy::primitives::utils::{ParseUnits, Unit, UnitsError, format_ether};
use alloy::primitives::{B256, U256};
use clap::Args;
use devnode::{Config, DevAccount, Genesis, L1BlockNumber, Mining, Node, StartError, StateError};
use tracing_subscriber::EnvFilter;

/// Why the chain is not running.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// It did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The state was not kept.
    #[error(transparent)]
    State(#[from] StateError),
    /// The mnemonic is none.
    #[error("--mnemonic: {0}")]
    Mnemonic(#[from] devnode::MnemonicError),
    /// The genesis file cannot be read.
    #[error("--genesis {path}: {source}")]
    GenesisFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The genesis file is none.
    #[error("--genesis {path}: {source}")]
    Genesis {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: devnode::GenesisError,
    },
    /// Successive ports or chain ids end before the last chain.
    #[error("--chains {0}: there are not as many ports and chain ids after the first ones")]
    TooManyChains(u16),
    /// The signal to stop cannot be received.
    #[error("cannot wait for the signal to stop: {0}")]
    Signal(#[from] std::io::Error),
}

/// Settings of the chain.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// EVM chain id; 412346, or what the genesis file says, unless given.
    #[arg(long)]
    chain_id: Option<u64>,
    /// TCP port; 0 takes any free one.
    #[arg(long, default_value_t = 8547)]
    port: u16,
    /// Interface to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// How many chains to run: on successive ports, with successive chain ids.
    #[arg(long, default_value = "1")]
    chains: NonZeroU16,
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
    /// JSON file in geth's format with accounts at genesis (alloc) and the chain id.
    #[arg(long, value_name = "FILE")]
    genesis: Option<PathBuf>,
    /// File that the chain is loaded from if it is there, and kept in when it stops; with several chains, each adds its
    /// chain id to the name.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Funded accounts whose keys the node knows, besides the dev account, which owns the chain.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(..=1_000))]
    accounts: u32,
    /// What each of them starts with, in ether.
    #[arg(long, value_name = "ETHER", default_value = "1000", value_parser = parse_ether)]
    balance: U256,
    /// Mnemonic of the accounts; the one of every dev chain unless given.
    #[arg(long, default_value = MNEMONIC, hide_default_value = true)]
    mnemonic: String,
    /// Make a block every so many seconds instead of one per transaction.
    #[arg(long, value_name = "SECONDS", conflicts_with = "no_mining")]
    block_time: Option<NonZeroU64>,
    /// Make blocks on request only (evm_mine).
    #[arg(long)]
    no_mining: bool,
    /// How many blocks the "safe" tag is behind the newest one.
    #[arg(long, value_name = "BLOCKS", default_value_t = 0)]
    safe_lag: u64,
    /// How many blocks the "finalized" tag is behind the newest one; at least the safe lag, and that unless given.
    #[arg(long, value_name = "BLOCKS")]
    finalized_lag: Option<u64>,
    /// Print the URL only, and log errors only.
    #[arg(long)]
    quiet: bool,
    /// Log to stderr as JSON, one object a line.
    #[arg(long)]
    json_logs: bool,
}

/// The mnemonic of every dev chain.
const MNEMONIC: &str = "test test test test test test test test test test test junk";

fn parse_ether(text: &str) -> Result<U256, UnitsError> {
    match ParseUnits::parse_units(text, Unit::ETHER)? {
        ParseUnits::U256(wei) => Ok(wei),
        ParseUnits::I256(_) => Err(UnitsError::InvalidUnit("a balance is not negative".into())),
    }
}

/// Runs chains until a signal stops them.
pub async fn run(options: Options) -> Result<(), ServeError> {
    log(&options);
    let end = end()?;
    let configs = configs(&options)?;
    let mut nodes = Vec::new();
    for config in &configs {
        nodes.push(Node::start(config.clone()).await?);
    }
    if options.quiet {
        for node in &nodes {
            println!("{}", node.url());
        }
    } else {
        println!("{}", banner(&options, &configs, &nodes));
    }
    end.await?;
    let mut kept = Ok(());
    for node in nodes {
        // All of them stop and keep their state, also after one that cannot.
        kept = kept.and(node.stop().await);
    }
    Ok(kept?)
}

/// Listens for Ctrl-C and, where there is such a thing, SIGTERM, from now on; the future ends with the first.
#[cfg(unix)]
fn end() -> std::io::Result<impl Future<Output = std::io::Result<()>>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
        }
    })
}

#[cfg(not(unix))]
fn end() -> std::io::Result<impl Future<Output = std::io::Result<()>>> {
    Ok(tokio::signal::ctrl_c())
}

fn log(options: &Options) {
    let level = if options.quiet { "error" } else { "devnode=info,warn" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Whoever embeds this may have set up logging before; then theirs holds.
    let _already_set = match options.json_logs {
        true => builder.json().try_init(),
        false => builder.with_target(false).try_init(),
    };
}

/// Settings of each chain.
fn configs(options: &Options) -> Result<Vec<Config>, ServeError> {
    let genesis = match &options.genesis {
        Some(path) => read_genesis(path)?,
        None => Genesis::default(),
    };
    let mut first = Config {
        port: options.port,
        host: options.host,
        arbos_version: options.arbos,
        genesis_timestamp: options.genesis_timestamp.or(genesis.timestamp),
        mining: match options.block_time {
            Some(seconds) => Mining::Interval(seconds),
            None if options.no_mining => Mining::Manual,
            None => Mining::Instant,
        },
        safe_lag: options.safe_lag,
        finalized_lag: options.finalized_lag.unwrap_or(options.safe_lag),
        accounts: accounts(options)?,
        balance: options.balance,
        alloc: genesis.alloc,
        evm_timeout: Duration::from_millis(options.evm_timeout),
        ..Config::default()
    };
    first.chain_id = options.chain_id.or(genesis.chain_id).unwrap_or(first.chain_id);
    if options.no_program_cache {
        first.program_cache = None;
    } else if options.program_cache.is_some() {
        first.program_cache.clone_from(&options.program_cache);
    }
    if let Some(number) = options.l1_block_number {
        first.l1_block_number = L1BlockNumber::Fixed(number);
    }
    let count = options.chains.get();
    let too_many = || ServeError::TooManyChains(count);
    (0..count)
        .map(|place| {
            let chain_id = first.chain_id.checked_add(place.into()).ok_or_else(too_many)?;
            let port = match options.port {
                0 => 0,
                port => port.checked_add(place).ok_or_else(too_many)?,
            };
            let state = options.state.clone().map(|path| match count {
                1 => path,
                _ => {
                    let mut name = path.into_os_string();
                    name.push(format!(".{chain_id}"));
                    name.into()
                }
            });
            Ok(Config { chain_id, port, state, ..first.clone() })
        })
        .collect()
}

fn read_genesis(path: &Path) -> Result<Genesis, ServeError> {
    let json = std::fs::read_to_string(path)
        .map_err(|source| ServeError::GenesisFile { path: path.into(), source })?;
    Genesis::parse(&json).map_err(|source| ServeError::Genesis { path: path.into(), source })
}

fn accounts(options: &Options) -> Result<Vec<DevAccount>, ServeError> {
    let known = devnode::DEV_ACCOUNTS;
    let count = usize::try_from(options.accounts).unwrap_or(usize::MAX);
    match known.get(..count) {
        Some(accounts) if options.mnemonic == MNEMONIC => Ok(accounts.to_vec()),
        _ => Ok(devnode::accounts_of(&options.mnemonic, options.accounts)?),
    }
}

fn banner(options: &Options, configs: &[Config], nodes: &[Node]) -> String {
    let Some(config) = configs.first() else { return String::new() };
    let number = match config.l1_block_number {
        L1BlockNumber::FromTime { start } => format!("{start}, one more every 12 s"),
        L1BlockNumber::Fixed(number) => number.to_string(),
    };
    let blocks = match config.mining {
        Mining::Instant => "one per transaction".to_string(),
        Mining::Interval(seconds) => format!("every {seconds} s"),
        Mining::Manual => "on request (evm_mine)".to_string(),
    };
    let dev = (devnode::DEV_ACCOUNT, devnode::DEV_PRIVATE_KEY);
    let others = config.accounts.iter().map(|account| (account.address, account.private_key));
    let accounts: Vec<(_, B256)> = [dev].into_iter().chain(others).collect();
    let mut text = format!(
        "An Arbitrum chain with Stylus, for development. Its keys are public: never send value to them.\n\n\
         Accounts, {} ETH each; the first owns the chain\n",
        format_ether(config.balance).trim_end_matches('0').trim_end_matches('.'),
    );
    // Writing to a string cannot fail.
    let mut line = |arguments: std::fmt::Arguments<'_>| {
        let _written = text.write_fmt(arguments);
        text.push('\n');
    };
    for (place, (address, _)) in accounts.iter().enumerate() {
        line(format_args!("({place}) {address}"));
    }
    line(format_args!("\nPrivate keys"));
    for (place, (_, key)) in accounts.iter().enumerate() {
        line(format_args!("({place}) {key}"));
    }
    if config.accounts.len() > 1 {
        line(format_args!(
            "\nMnemonic          {} (m/44'/60'/0'/0, from (1) on)",
            options.mnemonic
        ));
    }
    line(format_args!("ArbOS             {}", config.arbos_version));
    line(format_args!("NUMBER            {number}"));
    line(format_args!(
        "Blocks            {blocks}; safe {} and finalized {} behind",
        config.safe_lag, config.finalized_lag
    ));
    line(format_args!("Base fee          0.1 gwei"));
    line(format_args!("Gas limit         32,000,000 a transaction and a block"));
    line(format_args!("CREATE2 factory   {}", devnode::CREATE2_FACTORY));
    line(format_args!("StylusDeployer    {}", devnode::STYLUS_DEPLOYER));
    line(format_args!("Cache manager     {}\n", devnode::CACHE_MANAGER));
    for (config, node) in configs.iter().zip(nodes) {
        if let Some(path) = &config.state {
            line(format_args!("State             {}", path.display()));
        }
        line(format_args!(
            "Chain {} listens on {} and {}",
            config.chain_id,
            node.url(),
            node.ws_url()
        ));
    }
    text.push_str("Ctrl-C stops");
    text
}
