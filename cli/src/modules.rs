//! The security modules that a network may add to its lanes: validator sets of its own, and reads.
//! Spec: messaging.md §5.3, §5.5, §5.7, §8.3 steps 14 and 15.

use alloy::primitives::{Address, B256};
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::SolConstructor;
use interfaces::Domain;
use interfaces::metalayer::{
    IMetalayerIsm, IMetalayerMultisigIsm, IMetalayerReadAggregationIsm, IMetalayerReadIsm,
    IMetalayerRouter,
};

use crate::artifacts::{ArtifactError, Artifacts, Program};
use crate::chain::{Chain, ChainError, Tx};
use crate::deployment::{self, DeploymentError};
use crate::hyperlane::{Core, ValidatorSet};
use crate::metalayer::Metalayer;

/// Why a module is not in place.
#[derive(Debug, thiserror::Error)]
pub enum ModulesError {
    /// A program was not built.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// A program was not deployed.
    #[error(transparent)]
    Deployment(#[from] DeploymentError),
    /// The chain refused.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// The programs of the modules.
#[derive(Clone, Debug)]
pub struct ModulePrograms {
    /// Validator sets that an owner changes.
    pub multisig_ism: Program,
    /// Attested read results.
    pub read_ism: Program,
    /// Several modules together.
    pub read_aggregation_ism: Program,
}

impl ModulePrograms {
    /// Loads all of them.
    pub fn load(artifacts: &Artifacts) -> Result<Self, ArtifactError> {
        Ok(Self {
            multisig_ism: artifacts.program("metalayer-multisig-ism")?,
            read_ism: artifacts.program("metalayer-read-ism")?,
            read_aggregation_ism: artifacts.program("metalayer-read-aggregation-ism")?,
        })
    }
}

/// The validators of an origin, and the tree that they sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedSet {
    /// The origin.
    pub origin: Domain,
    /// Its tree's hook.
    pub merkle_tree_hook: B256,
    /// Its validators of one lane.
    pub set: ValidatorSet,
}

/// Who attests read results, and where their gateways are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestors {
    /// Attestors and threshold, in the order of their signatures.
    pub set: ValidatorSet,
    /// Templates of the gateways' addresses. messaging.md 3.7
    pub urls: Vec<String>,
}

/// The modules of reads on a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reads {
    /// Verifies attested results.
    pub read_ism: Address,
    /// Has the lane's module and the read module verify a message.
    pub read_aggregation: Address,
}

/// Deploys a multisig module of our own, sets its validators and pins their trees.
///
/// One instance serves one lane: the keys of lanes are disjoint. messaging.md 3.2
pub async fn deploy_multisig_ism(
    chain: &Chain,
    owner: &PrivateKeySigner,
    programs: &ModulePrograms,
    sets: &[PinnedSet],
) -> Result<Address, ModulesError> {
    let nonce = chain.next_nonce(owner.address()).await?;
    let args = IMetalayerMultisigIsm::constructorCall { owner: owner.address() }.abi_encode();
    let program = &programs.multisig_ism;
    let deployed = deployment::deploy(chain, owner, nonce, program, Some(&args)).await?;
    let ism = deployed.address;
    for PinnedSet { origin, merkle_tree_hook, set } in sets {
        // The pin first: then there is no moment in which another tree of the domain would do.
        let pin = IMetalayerMultisigIsm::setMerkleTreeHookCall {
            origin: origin.0,
            merkleTreeHook: *merkle_tree_hook,
        };
        chain.send("pin the origin's tree", owner, Tx::call(ism, &pin)).await?;
        let call = IMetalayerMultisigIsm::setValidatorsAndThresholdCall {
            origin: origin.0,
            validators: set.validators.clone(),
            threshold: set.threshold,
        };
        chain.send("set the origin's validators", owner, Tx::call(ism, &call)).await?;
    }
    Ok(ism)
}

/// Deploys the modules of reads and puts them in their places at MetalayerIsm and router.
///
/// - `owner`: of MetalayerIsm and router.
pub async fn deploy_reads(
    chain: &Chain,
    owner: &PrivateKeySigner,
    programs: &ModulePrograms,
    core: &Core,
    ours: &Metalayer,
    attestors: &Attestors,
) -> Result<Reads, ModulesError> {
    let nonce = chain.next_nonce(owner.address()).await?;
    let args = IMetalayerReadIsm::constructorCall {
        mailbox: core.mailbox,
        owner: owner.address(),
        router: ours.router,
        attestors: attestors.set.validators.clone(),
        threshold: attestors.set.threshold,
        urls: attestors.urls.clone(),
    };
    let args = args.abi_encode();
    let deployed = deployment::deploy(chain, owner, nonce, &programs.read_ism, Some(&args)).await?;
    let read_ism = deployed.address;
    let args =
        IMetalayerReadAggregationIsm::constructorCall { metalayerIsm: ours.ism, readIsm: read_ism };
    let (args, program) = (args.abi_encode(), &programs.read_aggregation_ism);
    let deployed = deployment::deploy(chain, owner, nonce + 1, program, Some(&args)).await?;
    let read_aggregation = deployed.address;

    let call = IMetalayerIsm::setReadAggregationCall { readAggregation: read_aggregation };
    chain.send("set the read aggregation", owner, Tx::call(ours.ism, &call)).await?;
    let call = IMetalayerRouter::setIsmCall { ism: ours.ism, readIsm: read_ism };
    chain.send("tell the router its read module", owner, Tx::call(ours.router, &call)).await?;
    Ok(Reads { read_ism, read_aggregation })
}
