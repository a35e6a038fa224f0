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
use crate::deployment::{self, ARB_WASM, DeploymentError, IArbWasm, init_code};
use crate::hyperlane::{Core, HyperlaneError, ValidatorSet, deploy_multisig};

/// Lowest gas limit of a proof's delivery. intents.md 5.7
pub const MIN_GAS_LIMIT: u64 = 200_000;

/// Why our contracts are not in place.
#[derive(Debug, thiserror::Error)]
pub enum MetalayerError {
    /// A contract answers otherwise than it was told to.
    #[error("{what} on {chain} reads back as {actual}, not {expected}")]
    ReadBack {
        /// Name of the chain.
        chain: String,
        /// Which value.
        what: &'static str,
        /// What was set.
        expected: String,
        /// What is there.
        actual: String,
    },
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
    let owner_address = owner.address();
    let ism_args = IMetalayerIsm::constructorCall { owner: owner_address };
    deploy(0, &programs.ism, ism_args.abi_encode()).await?;
    let router_args =
        IMetalayerRouter::constructorCall { mailbox, owner: owner_address, igp, ism: ours.ism };
    deploy(1, &programs.router, router_args.abi_encode()).await?;
    deploy(2, &programs.portal, portal_args(programs, Address::ZERO)).await?;
    let prover_args = IMetaProver::constructorCall {
        router: ours.router,
        portal: ours.portal,
        provers: vec![remote_prover.into_word()],
        minGasLimit: U256::from(MIN_GAS_LIMIT),
    };
    deploy(3, &programs.prover, prover_args.abi_encode()).await?;
    // The Portal created these two; their code has to be activated once on the chain, by anyone.
    deployment::activate(chain, owner, &programs.vault, ours.vault_implementation).await?;
    deployment::activate(chain, owner, &programs.executor, ours.executor).await?;
    Ok(ours)
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
        let call = IMetalayerIsm::setModuleCall {
            origin: remote.domain.0,
            finality: finality as u8,
            module,
        };
        let what = format!("set the {finality:?} module");
        chain.send(&what, owner, Tx::call(ours.ism, &call)).await?;
    }
    let enroll = IMetalayerRouter::enrollRemoteRouterCall {
        domain: remote.domain.0,
        router: remote.contracts.router.into_word(),
    };
    chain.send("enroll the remote router", owner, Tx::call(ours.router, &enroll)).await?;
    let configs = network
        .iter()
        .map(|(domain, chain)| DomainConfig { domain: domain.0.into(), chainId: chain.0 })
        .collect();
    let configure = IMetaProver::configureDomainsCall { configs };
    let receipt = chain
        .send("configure the prover's domains", owner, Tx::call(ours.prover, &configure))
        .await?;
    check_domains(chain, ours.prover, &receipt, network)?;
    check(chain, owner.address(), core, ours, remote, network).await?;
    Ok(receipt)
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
    compare(chain, "events of configureDomains", format!("{expected:?}"), format!("{registered:?}"))
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
    let Metalayer { ism, router, portal, vault_implementation, executor, prover } = *ours;
    for program in [ism, router, portal, vault_implementation, executor, prover] {
        // Reverts for a program that is not active.
        chain.call(ARB_WASM, &IArbWasm::programVersionCall { program }).await?;
    }

    compare(
        chain,
        "Portal.executor",
        executor,
        chain.call(portal, &IInbox::executorCall {}).await?,
    )?;

    use IMetaProver as P;
    compare(chain, "MetaProver.PORTAL", portal, chain.call(prover, &P::PORTALCall {}).await?)?;
    compare(chain, "MetaProver.ROUTER", router, chain.call(prover, &P::ROUTERCall {}).await?)?;
    let floor = chain.call(prover, &P::MIN_GAS_LIMITCall {}).await?;
    compare(chain, "MetaProver.MIN_GAS_LIMIT", U256::from(MIN_GAS_LIMIT), floor)?;
    let whitelist: Vec<B256> = chain.call(prover, &P::getWhitelistCall {}).await?;
    let expected = vec![remote.contracts.prover.into_word()];
    compare(chain, "MetaProver.getWhitelist", format!("{expected:?}"), format!("{whitelist:?}"))?;
    for (domain, id) in network {
        let call = P::chainIdByDomainCall { domain: domain.0.into() };
        compare(chain, "MetaProver.chainIdByDomain", id.0, chain.call(prover, &call).await?)?;
    }

    use IMetalayerRouter as R;
    compare(
        chain,
        "MetalayerRouter.mailbox",
        core.mailbox,
        chain.call(router, &R::mailboxCall {}).await?,
    )?;
    compare(chain, "MetalayerRouter.owner", owner, chain.call(router, &R::ownerCall {}).await?)?;
    let igp = chain.call(router, &R::igpCall {}).await?;
    compare(chain, "MetalayerRouter.igp", core.interchain_gas_paymaster, igp)?;
    let domain = chain.call(router, &R::localDomainCall {}).await?;
    compare(chain, "MetalayerRouter.localDomain", core.domain.0, domain)?;
    let module = chain.call(router, &R::interchainSecurityModuleCall {}).await?;
    compare(chain, "MetalayerRouter.interchainSecurityModule", ism, module)?;
    let enrolled = chain.call(router, &R::routersCall { domain: remote.domain.0 }).await?;
    compare(chain, "MetalayerRouter.routers", remote.contracts.router.into_word(), enrolled)?;

    for (finality, set) in remote.lanes() {
        let predict = IMultisigFactory::getAddressCall {
            values: set.validators.clone(),
            threshold: set.threshold,
        };
        let expected = chain.call(core.multisig_factory, &predict).await?;
        let call = IMetalayerIsm::modulesCall { origin: remote.domain.0, finality: finality as u8 };
        compare(chain, "MetalayerIsm.modules", expected, chain.call(ism, &call).await?)?;
    }
    compare(
        chain,
        "MetalayerIsm.owner",
        owner,
        chain.call(ism, &IMetalayerIsm::ownerCall {}).await?,
    )?;
    Ok(())
}

fn compare<T: PartialEq + ToString>(
    chain: &Chain,
    what: &'static str,
    expected: T,
    actual: T,
) -> Result<(), MetalayerError> {
    if expected == actual {
        return Ok(());
    }
    let (expected, actual) = (expected.to_string(), actual.to_string());
    Err(MetalayerError::ReadBack { chain: chain.name().to_owned(), what, expected, actual })
}
