//! The configuration of a deployment: a TOML file, read strictly and checked whole.

mod file;
mod problem;
#[cfg(test)]
mod tests;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use alloy::primitives::{Address, B256};
use alloy::signers::local::PrivateKeySigner;
use interfaces::{ChainId, Domain};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};

use crate::hyperlane::{EXCHANGE_RATE_ONE, RemoteGas, ValidatorSet};
use crate::modules::Attestors;

use file::{File, Problems};
pub use problem::{ConfigError, KeyError, Located, Problem};

/// Where the deployer's key comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// An environment variable.
    Env(String),
    /// A file, relative to the configuration.
    File(PathBuf),
}

impl KeySource {
    /// Reads the key: 32 bytes in hex.
    pub fn read(&self) -> Result<PrivateKeySigner, KeyError> {
        let (place, text) = match self {
            Self::Env(name) => {
                let text = std::env::var(name).map_err(|_| KeyError::NoVariable(name.clone()))?;
                (name.clone(), text)
            }
            Self::File(path) => {
                let unreadable = |reason| KeyError::Unreadable { path: path.clone(), reason };
                (path.display().to_string(), fs::read_to_string(path).map_err(unreadable)?)
            }
        };
        PrivateKeySigner::from_str(text.trim()).map_err(|_| KeyError::NoKey(place))
    }
}

/// Hyperlane on a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hyperlane {
    /// Ours to deploy, from the pinned npm package.
    Deploy,
    /// There already.
    There(HyperlaneThere),
}

/// A Hyperlane that is there already.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HyperlaneThere {
    /// Its Mailbox.
    pub mailbox: Address,
    /// Its paymaster, which must know the prices of the other chains.
    pub igp: Address,
    /// The tree that its validators sign.
    pub merkle_tree_hook: Address,
    /// Where its validators are announced.
    pub validator_announce: Option<Address>,
    /// Hook to be paid instead of the Mailbox's default.
    pub hook: Option<Address>,
}

impl<'de> Deserialize<'de> for Hyperlane {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DeployOrTable;
        impl<'de> Visitor<'de> for DeployOrTable {
            type Value = Hyperlane;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"deploy\" or a table with mailbox, igp and merkle_tree_hook")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Hyperlane, E> {
                match text {
                    "deploy" => Ok(Hyperlane::Deploy),
                    other => Err(E::invalid_value(serde::de::Unexpected::Str(other), &self)),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Hyperlane, A::Error> {
                let there = HyperlaneThere::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Hyperlane::There(there))
            }
        }
        deserializer.deserialize_any(DeployOrTable)
    }
}

/// What gas costs on a chain, for those who pay for deliveries there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GasPrice {
    /// Wei for a unit of gas. messaging.md 7.2
    pub price_wei: u128,
    /// Gas of a delivery beside the recipient's own.
    pub overhead: u64,
    /// Price of the native coin, in any unit that is the same for all chains.
    #[serde(default = "one")]
    pub native_price: u64,
}

fn one() -> u64 {
    1
}

/// One chain of the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainConfig {
    /// How people, files and errors call it.
    pub name: String,
    /// EVM chain id, which the endpoint must answer.
    pub id: ChainId,
    /// JSON-RPC endpoint.
    pub rpc: String,
    /// Its domain in the network.
    pub domain: Domain,
    /// Gets everything that can be owned there.
    pub owner: Address,
    /// Token that mirrors its native coin; zero for none. intents.md 2.8
    pub native_erc20: Address,
    /// Hyperlane on it.
    pub hyperlane: Hyperlane,
    /// Gas on it.
    pub gas: GasPrice,
    /// Validators of it that sign at once.
    pub instant: ValidatorSet,
    /// Validators of it that wait for finality.
    pub finalized: ValidatorSet,
}

/// Everything that a deployment is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Part of every address: another deployment by the same deployer takes another.
    pub salt: String,
    /// Where the deployer's key is.
    pub deployer: KeySource,
    /// Lowest gas limit of a proof's delivery.
    pub min_gas_limit: u64,
    /// Provers that are believed beside our own, such as Solidity peers on other chains.
    pub extra_provers: Vec<B256>,
    /// Domain and chain id of other chains whose proofs come.
    pub extra_domains: Vec<(Domain, ChainId)>,
    /// Most wei that a place in a chain's program cache may cost, for one program.
    pub max_cache_bid: u128,
    /// Who attests read results; without them, messages with reads are not delivered.
    pub reads: Option<Attestors>,
    /// In the order in which they are deployed.
    pub chains: Vec<ChainConfig>,
}

impl Config {
    /// Reads and checks a file.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |reason| ConfigError::Unreadable { path: path.to_owned(), reason };
        Self::parse(path, &fs::read_to_string(path).map_err(unreadable)?)
    }

    /// Reads and checks the text of a file.
    ///
    /// - `path`: for errors, and for files that the text names.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let file: File = toml::from_str(text).map_err(|reason| {
            let reason = Box::new(reason);
            ConfigError::Syntax { path: path.to_owned(), reason }
        })?;
        let mut problems = Problems { text, found: Vec::new() };
        let config = file.check(path, &mut problems);
        match problems.found {
            found if found.is_empty() => Ok(config),
            problems => Err(ConfigError::Invalid { path: path.to_owned(), problems }),
        }
    }

    /// Domain and chain id of every chain of the network, and of those beside it.
    pub fn network(&self) -> Vec<(Domain, ChainId)> {
        let ours = self.chains.iter().map(|chain| (chain.domain, chain.id));
        ours.chain(self.extra_domains.iter().copied()).collect()
    }

    /// What deliveries to the other chains cost, in the native coin of `chain`.
    pub fn remote_gas(&self, chain: &ChainConfig) -> Vec<RemoteGas> {
        let others = self.chains.iter().filter(|other| other.domain != chain.domain);
        let gas = others.filter_map(|other| {
            // Checked when the file was read.
            let exchange_rate = exchange_rate(&other.gas, &chain.gas)?;
            Some(RemoteGas {
                domain: other.domain,
                exchange_rate,
                gas_price: other.gas.price_wei,
                overhead: other.gas.overhead,
            })
        });
        gas.collect()
    }
}

/// Destination's coin in the origin's, times [`EXCHANGE_RATE_ONE`]; `None` if it is nothing or no number.
fn exchange_rate(destination: &GasPrice, origin: &GasPrice) -> Option<u128> {
    let scaled = u128::from(destination.native_price).checked_mul(EXCHANGE_RATE_ONE)?;
    scaled.checked_div(origin.native_price.into()).filter(|rate| *rate > 0)
}
