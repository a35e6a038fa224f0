//! Every transaction of a deployment on one chain, known before the first is sent.
//! Spec: messaging.md §8.3, intents.md §5.2, §11.2.
//!
//! A step says by which facts it is recognised as done. So the state of a deployment is on the chain, and a run goes on
//! where another one stopped, whatever that one had time to write down.

mod hyperlane;
mod planner;

use alloy::primitives::{Address, B256, Bytes, hex};
use alloy::sol_types::SolCall;

use super::config::{ChainConfig, Config, Hyperlane};
use crate::artifacts::{ArtifactError, Artifacts};
use crate::chain::Tx;
use crate::deployment::DeploymentError;
use crate::fact::Fact;
use crate::launcher::Launcher;
use crate::metalayer::{Metalayer, Programs};
use crate::modules::{ModulePrograms, Reads};

use planner::Planner;

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Something was not built or fetched.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// Something does not fit into a transaction.
    #[error(transparent)]
    Deployment(#[from] DeploymentError),
}

/// Everything that is deployed, built or fetched.
#[derive(Clone, Debug)]
pub struct Code {
    /// Our programs on every chain.
    pub programs: Programs,
    /// Those of the modules.
    pub modules: ModulePrograms,
    /// Hyperlane's contracts.
    pub artifacts: Artifacts,
}

impl Code {
    /// Loads all of our programs.
    pub fn load(artifacts: &Artifacts) -> Result<Self, ArtifactError> {
        Ok(Self {
            programs: Programs::load(artifacts)?,
            modules: ModulePrograms::load(artifacts)?,
            artifacts: artifacts.clone(),
        })
    }
}

/// Where everything is on a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// Sends and delivers messages.
    pub mailbox: Address,
    /// The tree that validators sign.
    pub merkle_tree_hook: Address,
    /// Takes the fees.
    pub igp: Address,
    /// Where validators say where their checkpoints are, if that is known.
    pub validator_announce: Option<Address>,
    /// Module of the INSTANT lane.
    pub instant_ism: Address,
    /// Module of the FINALIZED lane, and the default of a Mailbox of ours.
    pub finalized_ism: Address,
    /// Router, Portal, prover and what belongs to them.
    pub ours: Metalayer,
    /// Where the modules of reads are, if there are any.
    pub reads: Reads,
}

impl Addresses {
    /// Those of a chain: by names and launcher, except of a Hyperlane that is there already.
    pub fn of(launcher: &Launcher, chain: &ChainConfig) -> Self {
        let at = |name| launcher.contract(name);
        let portal = at(PORTAL);
        let (mailbox, merkle_tree_hook, igp, validator_announce) = match &chain.hyperlane {
            Hyperlane::Deploy => (at(MAILBOX), at(TREE), at(IGP), Some(at(ANNOUNCE))),
            Hyperlane::There(there) => {
                (there.mailbox, there.merkle_tree_hook, there.igp, there.validator_announce)
            }
        };
        Self {
            mailbox,
            merkle_tree_hook,
            igp,
            validator_announce,
            instant_ism: at(INSTANT_ISM),
            finalized_ism: at(FINALIZED_ISM),
            ours: Metalayer {
                ism: at(ISM),
                router: at(ROUTER),
                portal,
                // Its first two creations.
                vault_implementation: portal.create(1),
                executor: portal.create(2),
                prover: at(PROVER),
            },
            reads: Reads { read_ism: at(READ_ISM), read_aggregation: at(READ_AGGREGATION) },
        }
    }
}

// Names of the contracts, in salts and files.
const LAUNCHER: &str = "Launcher";
const MAILBOX: &str = "Mailbox";
const TREE: &str = "MerkleTreeHook";
const IGP: &str = "InterchainGasPaymaster";
const ORACLE: &str = "StorageGasOracle";
const ANNOUNCE: &str = "ValidatorAnnounce";
const INSTANT_ISM: &str = "InstantMultisigIsm";
const FINALIZED_ISM: &str = "FinalizedMultisigIsm";
const ISM: &str = "MetalayerIsm";
const ROUTER: &str = "MetalayerRouter";
const PORTAL: &str = "Portal";
const VAULT: &str = "VaultImplementation";
const EXECUTOR: &str = "Executor";
const PROVER: &str = "MetaProver";
const READ_ISM: &str = "MetalayerReadIsm";
const READ_AGGREGATION: &str = "MetalayerReadAggregationIsm";

/// A contract of the deployment, for the deployment's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// How it is called.
    pub name: &'static str,
    /// Where it is.
    pub address: Address,
    /// Salt of the launch that made it; nothing for the launcher itself.
    pub launch: Option<B256>,
}

/// A program of the deployment.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Its contract's name.
    pub name: &'static str,
    /// Where it is.
    pub address: Address,
    /// Its code.
    pub code: Bytes,
}

/// A transaction, what it is for, and how to see that it was done.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it is for.
    pub purpose: String,
    /// What its calldata says.
    pub call: String,
    /// The transaction.
    pub tx: Tx,
    /// Gas that it uses at most, as measured on the devnode; L1 data is not in it.
    pub gas: u64,
    /// Done when all of these hold.
    pub done: Vec<Fact>,
    /// Only needed when there is something at this address that is not as it should be.
    pub repairs: Option<Address>,
}

impl Step {
    /// A call.
    pub fn call<C: SolCall>(purpose: &str, to: Address, call: &C, done: Vec<Fact>) -> Self {
        Self {
            purpose: purpose.to_owned(),
            call: format!("{} {}", hex::encode_prefixed(C::SELECTOR), C::SIGNATURE),
            tx: Tx::call(to, call),
            gas: CALL_GAS,
            done,
            repairs: None,
        }
    }
}

/// Gas of a call that sets something.
const CALL_GAS: u64 = 600_000;
/// Gas of creating an EVM contract or a program: of each byte that is brought, and of each program.
const BYTE_GAS: u64 = 320;
/// Gas of a program's activation and of what surrounds it.
const ACTIVATION_GAS: u64 = 4_000_000;

/// All of a deployment on one chain.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Who is called to put contracts in their places.
    pub launcher: Launcher,
    /// Where everything is.
    pub addresses: Addresses,
    /// In the order in which they are sent.
    pub steps: Vec<Step>,
    /// What must hold at the end beside the facts of the steps.
    pub facts: Vec<Fact>,
    /// Everything that the deployment creates.
    pub contracts: Vec<Contract>,
    /// Those of them that are Stylus programs.
    pub programs: Vec<Placed>,
    /// Contracts whose new owner has to accept.
    pub to_accept: Vec<(&'static str, Address)>,
}

impl Plan {
    /// Plans a chain.
    ///
    /// - `deployer`: sends everything, and owns everything until the last steps.
    pub fn new(
        config: &Config,
        chain: &ChainConfig,
        deployer: Address,
        code: &Code,
    ) -> Result<Self, PlanError> {
        let launcher = Launcher::new(deployer, &config.salt);
        let plan = Self {
            launcher,
            addresses: Addresses::of(&launcher, chain),
            steps: Vec::new(),
            facts: Vec::new(),
            contracts: Vec::new(),
            programs: Vec::new(),
            to_accept: Vec::new(),
        };
        Planner { config, chain, deployer, code, plan }.plan()
    }

    /// Every fact of steps and plan.
    pub fn all_facts(&self) -> impl Iterator<Item = &Fact> {
        self.steps.iter().flat_map(|step| &step.done).chain(&self.facts)
    }
}
