//! The security modules that a network may add to its lanes: validator sets of its own, and reads.
//! Spec: messaging.md §5.3, §5.5, §5.7, §8.3 steps 14 and 15.

use alloy::primitives::{Address, B256};
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::SolConstructor;
use interfaces::Domain;
use interfaces::codec::HyperlaneMessage;
use interfaces::metalayer::{
    IMetalayerIsm, IMetalayerMultisigIsm, IMetalayerReadAggregationIsm, IMetalayerReadIsm,
    IMetalayerRouter,
};

use crate::artifacts::{ArtifactError, Artifacts, Program};
use crate::chain::{Chain, ChainError, Tx};
use crate::deployment::{self, DeploymentError};
use crate::fact::Fact;
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

    /// In the order in which they are deployed.
    pub fn all(&self) -> [&Program; 3] {
        [&self.multisig_ism, &self.read_ism, &self.read_aggregation_ism]
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
    let args = multisig_args(owner.address());
    let program = &programs.multisig_ism;
    let deployed = deployment::deploy(chain, owner, nonce, program, Some(&args)).await?;
    let ism = deployed.address;
    for set in sets {
        // The pin first: then there is no moment in which another tree of the domain would do.
        chain.send("pin the origin's tree", owner, Tx::call(ism, &set.pin())).await?;
        chain
            .send("set the origin's validators", owner, Tx::call(ism, &set.set_validators()))
            .await?;
    }
    Ok(ism)
}

/// Arguments of MetalayerMultisigIsm's constructor.
pub fn multisig_args(owner: Address) -> Vec<u8> {
    IMetalayerMultisigIsm::constructorCall { owner }.abi_encode()
}

impl PinnedSet {
    /// Pins the tree.
    pub fn pin(&self) -> IMetalayerMultisigIsm::setMerkleTreeHookCall {
        IMetalayerMultisigIsm::setMerkleTreeHookCall {
            origin: self.origin.0,
            merkleTreeHook: self.merkle_tree_hook,
        }
    }

    /// Sets the validators.
    pub fn set_validators(&self) -> IMetalayerMultisigIsm::setValidatorsAndThresholdCall {
        IMetalayerMultisigIsm::setValidatorsAndThresholdCall {
            origin: self.origin.0,
            validators: self.set.validators.clone(),
            threshold: self.set.threshold,
        }
    }

    /// The pin, as the module must answer it; then the set.
    pub fn facts(&self, name: &str, ism: Address) -> [Fact; 2] {
        use IMetalayerMultisigIsm as M;
        let (ValidatorSet { validators, threshold }, origin) = (self.set.clone(), self.origin.0);
        let pin = M::merkleTreeHooksCall { origin };
        // The set of an origin is asked for by a message from it.
        let message = HyperlaneMessage {
            version: HyperlaneMessage::VERSION,
            nonce: 0,
            origin: self.origin,
            sender: B256::ZERO,
            destination: Domain(0),
            recipient: B256::ZERO,
            body: &[],
        };
        let set = M::validatorsAndThresholdCall { message: message.encode().into() };
        let expected = M::validatorsAndThresholdReturn { validators, threshold };
        [
            Fact::answer(
                &format!("{name}.merkleTreeHooks({origin})"),
                ism,
                &pin,
                &self.merkle_tree_hook,
            ),
            Fact::answer(&format!("{name}.validatorsAndThreshold({origin})"), ism, &set, &expected),
        ]
    }
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
    let args = read_ism_args(core.mailbox, owner.address(), ours.router, attestors);
    let deployed = deployment::deploy(chain, owner, nonce, &programs.read_ism, Some(&args)).await?;
    let read_ism = deployed.address;
    let (args, program) =
        (read_aggregation_args(ours.ism, read_ism), &programs.read_aggregation_ism);
    let deployed = deployment::deploy(chain, owner, nonce + 1, program, Some(&args)).await?;
    let read_aggregation = deployed.address;

    let call = IMetalayerIsm::setReadAggregationCall { readAggregation: read_aggregation };
    chain.send("set the read aggregation", owner, Tx::call(ours.ism, &call)).await?;
    let call = IMetalayerRouter::setIsmCall { ism: ours.ism, readIsm: read_ism };
    chain.send("tell the router its read module", owner, Tx::call(ours.router, &call)).await?;
    Ok(Reads { read_ism, read_aggregation })
}

/// Arguments of MetalayerReadIsm's constructor.
pub fn read_ism_args(
    mailbox: Address,
    owner: Address,
    router: Address,
    attestors: &Attestors,
) -> Vec<u8> {
    let call = IMetalayerReadIsm::constructorCall {
        mailbox,
        owner,
        router,
        attestors: attestors.set.validators.clone(),
        threshold: attestors.set.threshold,
        urls: attestors.urls.clone(),
    };
    call.abi_encode()
}

/// Arguments of MetalayerReadAggregationIsm's constructor.
pub fn read_aggregation_args(ism: Address, read_ism: Address) -> Vec<u8> {
    let call =
        IMetalayerReadAggregationIsm::constructorCall { metalayerIsm: ism, readIsm: read_ism };
    call.abi_encode()
}

/// Everything that the modules of reads, MetalayerIsm and router must answer about reads.
pub fn read_facts(ours: &Metalayer, reads: &Reads, attestors: &Attestors) -> Vec<Fact> {
    use IMetalayerReadAggregationIsm as A;
    use IMetalayerReadIsm as R;
    let Reads { read_ism, read_aggregation } = *reads;
    let set = R::attestorsAndThresholdReturn {
        attestors: attestors.set.validators.clone(),
        threshold: attestors.set.threshold,
    };
    vec![
        Fact::answer("MetalayerReadIsm.router", read_ism, &R::routerCall {}, &ours.router),
        Fact::answer(
            "MetalayerReadIsm.attestorsAndThreshold",
            read_ism,
            &R::attestorsAndThresholdCall {},
            &set,
        ),
        Fact::answer("MetalayerReadIsm.urls", read_ism, &R::urlsCall {}, &attestors.urls),
        Fact::answer(
            "MetalayerReadAggregationIsm.metalayerIsm",
            read_aggregation,
            &A::metalayerIsmCall {},
            &ours.ism,
        ),
        Fact::answer(
            "MetalayerReadAggregationIsm.readIsm",
            read_aggregation,
            &A::readIsmCall {},
            &read_ism,
        ),
    ]
}
