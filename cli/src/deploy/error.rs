//! Why a deployment is not finished, and how to go on.

use alloy::primitives::{Address, U256};

use super::config::ConfigError;
use super::ether;
use super::plan::PlanError;
use super::record::RecordError;
use crate::artifacts::ArtifactError;
use crate::chain::ChainError;
use crate::fact::FactError;
use crate::launcher::CREATE2_FACTORY;

/// Why a deployment is not finished. Running the command again is always safe.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// The configuration is no good.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The programs could not be built.
    #[error(transparent)]
    Build(#[from] wasm::BuildError),
    /// Something was not built or fetched.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// There is no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The endpoint is of another chain.
    #[error("{chain}: the endpoint is of chain id {actual}, not {expected}; nothing was sent")]
    WrongChain {
        /// Name of the chain.
        chain: String,
        /// What the configuration says.
        expected: u64,
        /// What the endpoint says.
        actual: u64,
    },
    /// There is no contract where one was promised.
    #[error("{chain}: there is no code at {address}, the {what}; nothing was sent")]
    NoCode {
        /// Name of the chain.
        chain: String,
        /// What should be there.
        what: &'static str,
        /// Where.
        address: Address,
    },
    /// Hyperlane is not what the configuration says.
    #[error("{reason}; nothing was sent")]
    OtherHyperlane {
        /// What differs.
        reason: FactError,
    },
    /// The chain has no CREATE2 factory.
    #[error(
        "{0}: there is no CREATE2 factory at {CREATE2_FACTORY}, without which addresses are not the same on every \
         chain; have it deployed (github.com/Arachnid/deterministic-deployment-proxy says how), then run this again"
    )]
    NoFactory(String),
    /// The deployer could be called by others.
    #[error(
        "{chain}: the deployer {deployer} has code (EIP-7702), so that others could send in its name; take an account \
         without"
    )]
    DeployerHasCode {
        /// Name of the chain.
        chain: String,
        /// The deployer.
        deployer: Address,
    },
    /// What the deployer has sent is not in a block yet.
    #[error(
        "{chain}: {count} transactions of the deployer {deployer} are not mined yet; wait until they are, or replace \
         them, then run this again"
    )]
    Pending {
        /// Name of the chain.
        chain: String,
        /// The deployer.
        deployer: Address,
        /// How many.
        count: u64,
    },
    /// The deployer cannot pay.
    #[error(
        "{chain}: the deployer {deployer} has {} ETH, and {what} needs {} ETH at the price of gas now; send it the \
         difference and run this again, it goes on from here",
        ether(*have),
        ether(*needed)
    )]
    InsufficientFunds {
        /// Name of the chain.
        chain: String,
        /// The deployer.
        deployer: Address,
        /// For what.
        what: String,
        /// Wei that it needs.
        needed: U256,
        /// Wei that it has.
        have: U256,
    },
    /// Another program is in a contract's place.
    #[error(
        "{chain}: {name} at {address} is of another build under this salt; deploy the very same build, or take \
         another `salt` for a new deployment"
    )]
    OtherBuild {
        /// Name of the chain.
        chain: String,
        /// Which contract.
        name: &'static str,
        /// Where it is.
        address: Address,
    },
    /// A step was refused, or had not the effect it should have.
    #[error(
        "{chain}: stopped at \"{step}\": {reason}; what was done is kept, run this again and it goes on from here"
    )]
    Stopped {
        /// Name of the chain.
        chain: String,
        /// What was to be done.
        step: String,
        /// Why it was not.
        reason: StepError,
    },
    /// The contract has been handed over, and its settings are not those of the configuration.
    #[error(
        "{chain}: \"{step}\" is for the owner now: the deployer has handed the contract over. Have {to} called by it \
         with {data}, or change the configuration to what is there"
    )]
    HandedOver {
        /// Name of the chain.
        chain: String,
        /// What is not as configured.
        step: String,
        /// The contract.
        to: Address,
        /// Calldata that sets it.
        data: alloy::primitives::Bytes,
    },
    /// At the end, something is not as it should be.
    #[error("{reason}; nothing more was sent")]
    ReadBack {
        /// What.
        reason: FactError,
    },
    /// The deployment's file is of no use.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A chain does not answer.
    #[error("{0}; what was done is kept, run this again when the chain answers")]
    Chain(ChainError),
    /// The task that builds has ended early.
    #[error(transparent)]
    Task(#[from] tokio::task::JoinError),
}

impl From<ChainError> for DeployError {
    fn from(error: ChainError) -> Self {
        Self::Chain(error)
    }
}

/// Why a step was not done.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The chain refused.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The transaction was mined without the effect.
    #[error(transparent)]
    NoEffect(#[from] FactError),
}
