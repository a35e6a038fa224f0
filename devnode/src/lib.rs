//! An Arbitrum chain with Stylus in one process: a library and a JSON-RPC server.
//!
//! Start a [`Node`] and talk to it over RPC like to any other chain:
//! ```no_run
//! # async fn example() -> Result<(), devnode::StartError> {
//! let node = devnode::Node::start(devnode::Config::default()).await?;
//! println!("{}", node.url());
//! # Ok(()) }
//! ```
//! It knows none of this repository's contracts. What runs where:
//! - `evm`, `program`: EVM and Stylus frames over one journal; `transaction`: what surrounds them.
//! - `stylus`: the Stylus virtual machine; `precompiles`: ArbOS's, one file each; `arbos`: its state.
//! - `state`, `block`, `pool`, `chain`, `genesis`: the world, its history and what waits to become part of it;
//!   `start_block`, `l1_pricing`: what ArbOS does first in a block, and charges for data.
//! - `trace`: transactions that run again under the eyes of a tracer.
//! - `dump`, `genesis_file`: the world as a file.
//! - `rpc`: JSON-RPC, one file per namespace; `node`: the server and the thread that a chain lives on.

mod accounts;
mod arbos;
mod block;
mod chain;
mod dump;
mod evm;
mod genesis;
mod genesis_file;
mod l1_pricing;
mod node;
mod pool;
mod precompiles;
mod program;
mod rpc;
mod signature;
mod start_block;
mod state;
pub mod stylus;
mod trace;
mod transaction;

pub use accounts::{MnemonicError, accounts_of};
pub use dump::StateError;
pub use genesis::{
    CACHE_MANAGER, CREATE2_FACTORY, DEV_ACCOUNT, DEV_ACCOUNTS, DEV_BALANCE, DEV_PRIVATE_KEY,
    DevAccount, STYLUS_DEPLOYER,
};
pub use genesis_file::{Genesis, GenesisAccount, GenesisError};
pub use node::{Node, StartError};

use std::path::PathBuf;
use std::time::Duration;

use alloy_primitives::{Address, U256};

/// What the `NUMBER` opcode shows, which on Arbitrum is the parent chain's block number (stylus-vm.md 9.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum L1BlockNumber {
    /// Starts here and grows by one every 12 seconds of the chain's time.
    FromTime {
        /// Number at genesis.
        start: u64,
    },
    /// Always this. A Nitro dev node without a parent chain shows 0, with which a Hyperlane Mailbox cannot tell
    /// delivered messages from others.
    Fixed(u64),
}

/// When blocks are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mining {
    /// As transactions arrive, one block each, as Nitro's dev node does.
    Instant,
    /// Every so many seconds, of all that arrived; also empty ones.
    Interval(std::num::NonZeroU64),
    /// When `evm_mine` or `anvil_mine` asks for it.
    Manual,
}

/// Settings of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// EVM chain id.
    pub chain_id: u64,
    /// TCP port of the server, on the loopback interface unless `host` says otherwise; 0 takes any free one.
    pub port: u16,
    /// Interface that the server listens on.
    pub host: std::net::IpAddr,
    /// ArbOS version: 51 unless another one's rules are wanted.
    pub arbos_version: u64,
    /// What `NUMBER` shows.
    pub l1_block_number: L1BlockNumber,
    /// Time of the genesis block, Unix seconds; now unless set.
    pub genesis_timestamp: Option<u64>,
    /// When blocks are made.
    pub mining: Mining,
    /// How many blocks the `safe` tag is behind the newest one.
    pub safe_lag: u64,
    /// How many blocks the `finalized` tag is behind the newest one; not less than `safe_lag`.
    pub finalized_lag: u64,
    /// Accounts funded at genesis whose keys the node knows, so that `eth_sendTransaction` and its like work for them;
    /// besides the dev account, which owns the chain.
    pub accounts: Vec<DevAccount>,
    /// What each of them and the dev account starts with, wei.
    pub balance: U256,
    /// Other accounts funded at genesis, wei.
    pub balances: Vec<(Address, U256)>,
    /// Directory in which compiled programs outlive the process; `None` compiles them anew in each.
    pub program_cache: Option<PathBuf>,
    /// How long a call or an estimate may run (Nitro's `--node.rpc.evm-timeout`): longer ones end in an error, so that
    /// nobody waits long for the chain behind them.
    pub evm_timeout: Duration,
    /// Accounts at genesis with all they have; they replace what else is said of them.
    pub alloc: Vec<GenesisAccount>,
    /// File that the chain is loaded from if it is there, and written to when the node stops.
    pub state: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            chain_id: 412_346,
            port: 0,
            host: std::net::Ipv4Addr::LOCALHOST.into(),
            arbos_version: 51,
            // Any positive number; of the order of the parent's, so that nobody mistakes it for ours.
            l1_block_number: L1BlockNumber::FromTime { start: 20_000_000 },
            genesis_timestamp: None,
            mining: Mining::Instant,
            safe_lag: 0,
            finalized_lag: 0,
            accounts: DEV_ACCOUNTS.to_vec(),
            balance: DEV_BALANCE,
            balances: Vec::new(),
            program_cache: default_program_cache(),
            evm_timeout: Duration::from_secs(5),
            alloc: Vec::new(),
            state: None,
        }
    }
}

/// Where compiled programs are kept unless [`Config::program_cache`] says otherwise: below `XDG_CACHE_HOME`, or the
/// platform's place for what can be made again.
pub fn default_program_cache() -> Option<PathBuf> {
    let absolute =
        |variable| std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = absolute("XDG_CACHE_HOME").or_else(|| {
        absolute("HOME").map(|home| match cfg!(target_os = "macos") {
            true => home.join("Library/Caches"),
            false => home.join(".cache"),
        })
    })?;
    Some(caches.join("metalayer-stylus/programs"))
}

/// The examples of the README, compiled as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
