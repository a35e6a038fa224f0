//! Our contracts on a chain: deployed, wired to each other and to their peers, read back.
//! Spec: messaging.md §8.3 steps 14 to 16, intents.md §3.1, §5.2, §11.2.
//!
//! Every address is known before anything is deployed ([`Metalayer::predict`]), so a prover is constructed with its
//! remote peer in its whitelist, and no contract waits for a setter to learn whom it obeys.

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::rpc::types::TransactionReceipt;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{SolConstructor, SolEvent, SolValue};
use interfaces::hyperlane::IStaticThresholdAddressSetFactory as IMultisigFactory;
use interfaces::intents::{DomainConfig, IInbox, IMetaProver};
use interfaces::metalayer::{FinalityState, IMetalayerIsm, IMetalayerRouter};
use interfaces::{ChainId, Domain};

use crate::artifacts::{ArtifactError, Artifacts, Program};
use crate::chain::{Chain, ChainError, Tx};
use crate::deployment::{self, DeploymentError, init_code};
use crate::fact::{Fact, FactError, check_all};
use crate::hyperlane::{Core, HyperlaneError, ValidatorSet, deploy_multisig};

/// Lowest gas limit of a proof's delivery. intents.md 5.7
pub const MIN_GAS_LIMIT: u64 = 200_000;

/// Why our contracts are not in place.
#[derive(Debug, thiserror::Error)]
pub enum MetalayerError {
    /// A contract answers otherwise than it was told to.
    #[error(transparent)]
    Fact(#[from] FactError),
    /// A module of Hyperlane was not made.
    #[error(transparent)]
    Hyperlane(#[from] HyperlaneError),
    /// A program was not deployed.
    #[error(transparent)]
    Deployment(#[from] DeploymentError),
    /// The chain refused.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// The programs that are deployed on every chain.
#[derive(Clone, Debug)]
pub struct Programs {
    /// Chooses the module of a message.
    pub ism: Program,
    /// Sends and delivers messages.
    pub router: Program,
    /// Publishes, funds, pays; fulfils and proves.
    pub portal: Program,
    /// Escrow, created by the Portal.
    pub vault: Program,
    /// Makes a route's calls, created by the Portal.
    pub executor: Program,
    /// Sends and records proofs.
    pub prover: Program,
}

impl Programs {
    /// Loads all of them.
    pub fn load(artifacts: &Artifacts) -> Result<Self, ArtifactError> {
        Ok(Self {
            ism: artifacts.program("metalayer-ism")?,
            router: artifacts.program("metalayer-router")?,
            portal: artifacts.program("portal")?,
            vault: artifacts.program("vault")?,
            executor: artifacts.program("executor")?,
            prover: artifacts.program("meta-prover")?,
        })
    }

    /// In the order in which they are deployed.
    pub fn all(&self) -> [&Program; 6] {
        [&self.ism, &self.router, &self.portal, &self.vault, &self.executor, &self.prover]
    }
}

/// Addresses of our contracts on a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metalayer {
    /// Module of the router.
    pub ism: Address,
    /// Entry point of messages.
    pub router: Address,
    /// Entry point of intents.
    pub portal: Address,
    /// What the vaults' proxies delegate to.
    pub vault_implementation: Address,
    /// Makes the calls of routes.
    pub executor: Address,
    /// Sends and records proofs.
    pub prover: Address,
}

impl Metalayer {
    /// Where [`deploy`] puts the contracts when `deployer` starts at `nonce`.
    pub fn predict(deployer: Address, nonce: u64) -> Self {
        let at = |offset| deployment::program_address(deployer, nonce + offset);
        let portal = at(2);
        Self {
            ism: at(0),
            router: at(1),
            portal,
            vault_implementation: portal.create(1),
            executor: portal.create(2),
            prover: at(3),
        }
    }
}

impl Metalayer {
    /// Each with the name that people know it by.
    pub fn named(&self) -> [(&'static str, Address); 6] {
        [
            ("MetalayerIsm", self.ism),
            ("MetalayerRouter", self.router),
            ("Portal", self.portal),
            ("VaultImplementation", self.vault_implementation),
            ("Executor", self.executor),
            ("MetaProver", self.prover),
        ]
    }
}

/// Another chain of the network, as this chain has to know it.
#[derive(Clone, Debug)]
pub struct Remote {
    /// Its domain.
    pub domain: Domain,
    /// Our contracts on it.
    pub contracts: Metalayer,
    /// Validators of it that sign at once.
    pub instant: ValidatorSet,
    /// Validators of it that wait for finality. None of them may be in `instant`: a signature does not say for which
    /// lane it was made. messaging.md 3.2
    pub finalized: ValidatorSet,
}

impl Remote {
    fn lanes(&self) -> [(FinalityState, &ValidatorSet); 2] {
        [(FinalityState::Instant, &self.instant), (FinalityState::Finalized, &self.finalized)]
    }
}

/// Deploys our contracts, each created, activated and constructed in one transaction.
///
/// - `nonce`: of the first of four transactions; the addresses are those of [`Metalayer::predict`].
/// - `remote_prover`: the only prover whose proofs are believed.
pub async fn deploy(
    chain: &Chain,
    owner: &PrivateKeySigner,
    nonce: u64,
    programs: &Programs,
    core: &Core,
    remote_prover: Address,
) -> Result<Metalayer, MetalayerError> {
    let ours = Metalayer::predict(owner.address(), nonce);
    let Core { mailbox, interchain_gas_paymaster: igp, .. } = *core;
    let deploy = async |offset: u64, program: &Program, args: Vec<u8>| {
        deployment::deploy(chain, owner, nonce + offset, program, Some(&args)).await
    };
    deploy(0, &programs.ism, ism_args(owner.address())).await?;
    let router_args = router_args(mailbox, owner.address(), igp, ours.ism);
    deploy(1, &programs.router, router_args).await?;
    deploy(2, &programs.portal, portal_args(programs, Address::ZERO)).await?;
    let prover_args = prover_args(&ours, vec![remote_prover.into_word()], MIN_GAS_LIMIT);
    deploy(3, &programs.prover, prover_args).await?;
    // The Portal created these two; their code has to be activated once on the chain, by anyone.
    deployment::activate(chain, owner, &programs.vault, ours.vault_implementation).await?;
    deployment::activate(chain, owner, &programs.executor, ours.executor).await?;
    Ok(ours)
}

/// Arguments of MetalayerIsm's constructor.
pub fn ism_args(owner: Address) -> Vec<u8> {
    IMetalayerIsm::constructorCall { owner }.abi_encode()
}

/// Arguments of MetalayerRouter's constructor.
pub fn router_args(mailbox: Address, owner: Address, igp: Address, ism: Address) -> Vec<u8> {
    IMetalayerRouter::constructorCall { mailbox, owner, igp, ism }.abi_encode()
}

/// Arguments of MetaProver's constructor.
///
/// - `provers`: whose proofs are believed.
/// - `min_gas_limit`: of a proof's delivery.
pub fn prover_args(ours: &Metalayer, provers: Vec<B256>, min_gas_limit: u64) -> Vec<u8> {
    let (router, portal, floor) = (ours.router, ours.portal, U256::from(min_gas_limit));
    IMetaProver::constructorCall { router, portal, provers, minGasLimit: floor }.abi_encode()
}

/// Arguments of the Portal's constructor: what it creates, and the token that mirrors the native one, if any.
pub fn portal_args(programs: &Programs, native_erc20: Address) -> Vec<u8> {
    let vault: Bytes = init_code(&programs.vault.code).into();
    let executor: Bytes = init_code(&programs.executor.code).into();
    (vault, executor, native_erc20).abi_encode_params()
}

/// Wires a chain to `remote`: lanes, router enrolment, and the domain map of the prover.
///
/// - `network`: chain id of every domain; the map can be set only once, so it must be complete.
/// - Returns the receipt of `configureDomains`.
/// # Source
/// messaging.md §8.3 steps 15 and 16, intents.md §11.2
pub async fn wire(
    chain: &Chain,
    owner: &PrivateKeySigner,
    core: &Core,
    ours: &Metalayer,
    remote: &Remote,
    network: &[(Domain, ChainId)],
) -> Result<TransactionReceipt, MetalayerError> {
    for (finality, set) in remote.lanes() {
        let module = deploy_multisig(chain, owner, core.multisig_factory, set).await?;
        let call = set_module(remote.domain, finality, module);
        let what = format!("set the {finality:?} module");
        chain.send(&what, owner, Tx::call(ours.ism, &call)).await?;
    }
    let enroll = IMetalayerRouter::enrollRemoteRouterCall {
        domain: remote.domain.0,
        router: remote.contracts.router.into_word(),
    };
    chain.send("enroll the remote router", owner, Tx::call(ours.router, &enroll)).await?;
    let configure = configure_domains(network);
    let receipt = chain
        .send("configure the prover's domains", owner, Tx::call(ours.prover, &configure))
        .await?;
    check_domains(chain, ours.prover, &receipt, network)?;
    check(chain, owner.address(), core, ours, remote, network).await?;
    Ok(receipt)
}

/// Tells MetalayerIsm the module of a lane.
pub fn set_module(
    origin: Domain,
    finality: FinalityState,
    module: Address,
) -> IMetalayerIsm::setModuleCall {
    IMetalayerIsm::setModuleCall { origin: origin.0, finality: finality as u8, module }
}

/// Tells a prover the chain id of every domain, once.
pub fn configure_domains(network: &[(Domain, ChainId)]) -> IMetaProver::configureDomainsCall {
    let config = |&(domain, chain): &(Domain, ChainId)| DomainConfig {
        domain: domain.0.into(),
        chainId: chain.0,
    };
    IMetaProver::configureDomainsCall { configs: network.iter().map(config).collect() }
}

/// `configureDomains` emitted one `DomainRegistered` for each pair, in order.
fn check_domains(
    chain: &Chain,
    prover: Address,
    receipt: &TransactionReceipt,
    network: &[(Domain, ChainId)],
) -> Result<(), MetalayerError> {
    let logs = receipt.logs().iter().filter(|log| log.address() == prover);
    let events =
        logs.filter_map(|log| IMetaProver::DomainRegistered::decode_log_data(log.data()).ok());
    let registered: Vec<_> = events.map(|event| (event.domain, event.chainId)).collect();
    let expected: Vec<_> = network.iter().map(|(domain, id)| (u64::from(domain.0), id.0)).collect();
    if expected == registered {
        return Ok(());
    }
    let (chain, what) = (chain.name().to_owned(), "events of configureDomains".to_owned());
    let (expected, actual) = (format!("{expected:?}"), format!("{registered:?}"));
    Err(FactError::ReadBack { chain, what, expected, actual }.into())
}

/// Reads everything back that [`deploy`] and [`wire`] have set.
pub async fn check(
    chain: &Chain,
    owner: Address,
    core: &Core,
    ours: &Metalayer,
    remote: &Remote,
    network: &[(Domain, ChainId)],
) -> Result<(), MetalayerError> {
    let mut facts = Vec::from(ours.named().map(|(name, program)| Fact::active(name, program)));
    let whitelist = vec![remote.contracts.prover.into_word()];
    facts.extend(intent_facts(ours, &whitelist, MIN_GAS_LIMIT));
    facts.extend(domain_facts(ours.prover, network));
    facts.extend(router_facts(ours, core.mailbox, core.interchain_gas_paymaster, core.domain));
    facts.push(enrolled(ours.router, remote.domain, remote.contracts.router));
    for (finality, set) in remote.lanes() {
        let predict = IMultisigFactory::getAddressCall {
            values: set.validators.clone(),
            threshold: set.threshold,
        };
        let expected = chain.call(core.multisig_factory, &predict).await?;
        facts.push(has_module(ours.ism, remote.domain, finality, expected));
    }
    facts.push(Fact::owned("MetalayerRouter", ours.router, owner));
    facts.push(Fact::owned("MetalayerIsm", ours.ism, owner));
    Ok(check_all(chain, &facts).await?)
}

/// Portal and MetaProver know each other, and the prover its peers.
pub fn intent_facts(ours: &Metalayer, whitelist: &[B256], min_gas_limit: u64) -> Vec<Fact> {
    use IMetaProver as P;
    let prover = ours.prover;
    let floor = U256::from(min_gas_limit);
    vec![
        Fact::answer("Portal.executor", ours.portal, &IInbox::executorCall {}, &ours.executor),
        Fact::answer("MetaProver.PORTAL", prover, &P::PORTALCall {}, &ours.portal),
        Fact::answer("MetaProver.ROUTER", prover, &P::ROUTERCall {}, &ours.router),
        Fact::answer("MetaProver.MIN_GAS_LIMIT", prover, &P::MIN_GAS_LIMITCall {}, &floor),
        Fact::answer(
            "MetaProver.getWhitelist",
            prover,
            &P::getWhitelistCall {},
            &whitelist.to_vec(),
        ),
    ]
}

/// The prover knows the chain id of every domain.
pub fn domain_facts(prover: Address, network: &[(Domain, ChainId)]) -> Vec<Fact> {
    let fact = |(domain, id): &(Domain, ChainId)| {
        let call = IMetaProver::chainIdByDomainCall { domain: domain.0.into() };
        let what = format!("MetaProver.chainIdByDomain({})", domain.0);
        Fact::answer(&what, prover, &call, &id.0)
    };
    network.iter().map(fact).collect()
}

/// The router knows Mailbox, paymaster, domain and module.
pub fn router_facts(ours: &Metalayer, mailbox: Address, igp: Address, domain: Domain) -> Vec<Fact> {
    use IMetalayerRouter as R;
    let router = ours.router;
    vec![
        Fact::answer("MetalayerRouter.mailbox", router, &R::mailboxCall {}, &mailbox),
        Fact::answer("MetalayerRouter.igp", router, &R::igpCall {}, &igp),
        Fact::answer("MetalayerRouter.localDomain", router, &R::localDomainCall {}, &domain.0),
        Fact::answer(
            "MetalayerRouter.interchainSecurityModule",
            router,
            &R::interchainSecurityModuleCall {},
            &ours.ism,
        ),
    ]
}

/// The router believes the router of another chain.
pub fn enrolled(router: Address, domain: Domain, remote: Address) -> Fact {
    let call = IMetalayerRouter::routersCall { domain: domain.0 };
    let what = format!("MetalayerRouter.routers({})", domain.0);
    Fact::answer(&what, router, &call, &remote.into_word())
}

/// MetalayerIsm asks this module about a lane.
pub fn has_module(ism: Address, origin: Domain, finality: FinalityState, module: Address) -> Fact {
    let call = IMetalayerIsm::modulesCall { origin: origin.0, finality: finality as u8 };
    let what = format!("MetalayerIsm.modules({}, {finality:?})", origin.0);
    Fact::answer(&what, ism, &call, &module)
}
