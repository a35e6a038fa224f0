//! What can be wrong with a configuration.

use std::io;
use std::path::{Path, PathBuf};

use alloy::primitives::Address;

use crate::metalayer::MIN_GAS_LIMIT;

/// Most validators of a lane. messaging.md 7.3
pub(super) const MOST_VALIDATORS: usize = 50;
/// Most remote provers that a prover believes, itself on the other chains included. intents.md 5.2
pub(super) const MOST_PROVERS: usize = 20;

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: io::Error,
    },
    /// The file is no TOML, or has a key that is missing, unknown or of another type. Names the line.
    #[error("{}: {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Line, key and reason.
        reason: Box<toml::de::Error>,
    },
    /// The values make no network; all that is wrong is listed.
    #[error("{}", in_lines(path, problems))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// At least one.
        problems: Vec<Located>,
    },
    /// The key of the deployer cannot be had.
    #[error("deployer key: {0}")]
    Key(KeyError),
}

/// Why there is no deployer's key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The variable is not set, or not text.
    #[error("the environment variable {0} is not set; export it, with the key in hex")]
    NoVariable(String),
    /// The file cannot be read.
    #[error("{}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: io::Error,
    },
    /// What is there is no key. What it is instead is not told: it may be one with a slip of the pen.
    #[error("{0} holds no key: 32 bytes in hex are expected")]
    NoKey(String),
}

/// A problem and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// Line of the file, from 1.
    pub line: usize,
    /// The key, such as `chains[0].domain`.
    pub key: String,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Domain 0 means "none" everywhere.
    #[error("0 is no domain")]
    ZeroDomain,
    /// Two chains with one domain could not be told apart.
    #[error("domain {0} is given twice")]
    DuplicateDomain(u32),
    /// Chain id 0 means "none".
    #[error("0 is no chain id")]
    ZeroChainId,
    /// Two entries for one chain.
    #[error("chain id {0} is given twice")]
    DuplicateChainId(u64),
    /// The names are names of files.
    #[error("{0:?} is no name: letters, digits, - and _ are")]
    BadName(String),
    /// Two chains would share a file.
    #[error("the name {0:?} is given twice")]
    DuplicateName(String),
    /// One chain is no network.
    #[error("a network has at least two chains")]
    TooFewChains,
    /// Nobody can be owner.
    #[error("the zero address cannot own anything")]
    ZeroOwner,
    /// Nothing would be safe, or nothing would ever pass.
    #[error(
        "a threshold of {threshold} of {count} is refused: it must be more than half of them, and at most all"
    )]
    Threshold {
        /// What is given.
        threshold: u8,
        /// How many there are.
        count: usize,
    },
    /// More than signatures can be checked for.
    #[error("{0} signers; at most {MOST_VALIDATORS}")]
    TooManySigners(usize),
    /// Somebody who stands there twice could sign twice.
    #[error("{0} is given twice")]
    DuplicateSigner(Address),
    /// Nobody signs.
    #[error("the zero address cannot sign")]
    ZeroSigner,
    /// A signature does not say for which lane it was made. messaging.md 3.2
    #[error("{0} is in both lanes; the keys of the lanes must be apart")]
    SharedSigner(Address),
    /// More than a prover takes.
    #[error("{0} provers with our own; at most {MOST_PROVERS}")]
    TooManyProvers(usize),
    /// A price of nothing, or a quotient that does not fit.
    #[error(
        "a price must be more than 0, and its quotient with every other chain's below 2^128 / 10^10"
    )]
    Price,
    /// The prover would raise it by itself.
    #[error("{0} is below {MIN_GAS_LIMIT}, which every prover asks for")]
    MinGasLimit(u64),
    /// Both or none.
    #[error("give `env` or `file`, one of them")]
    KeySource,
    /// Both or none.
    #[error("give `rpc` or `rpc_env`, one of them")]
    RpcSource,
    /// The variable of the endpoint is not set.
    #[error("the environment variable {0} is not set")]
    NoVariable(String),
    /// Nobody is there to be asked.
    #[error("at least one address of a gateway is needed")]
    NoUrl,
}

fn in_lines(path: &Path, problems: &[Located]) -> String {
    let lines = problems.iter().map(|Located { line, key, problem }| {
        format!("{}:{line}: {key}: {problem}", path.display())
    });
    lines.collect::<Vec<_>>().join("\n")
}
