//! Point 1 and 2 of the story: two chains with Hyperlane's core, an ERC-20 and our contracts, wired to each other.

use alloy::primitives::{Address, U256};
use alloy::signers::local::PrivateKeySigner;
use interfaces::metalayer::{FinalityState, IMetalayerIsm, IMetalayerRouter};
use interfaces::{ChainId, Domain};

use super::courier;
use super::token::{self, IToken};
use super::{DemoError, During, expect, milli};
use crate::artifacts::Artifacts;
use crate::chain::{Chain, Tx};
use crate::hyperlane::{self, Core, EXCHANGE_RATE_ONE, RemoteGas, ValidatorSet};
use crate::metalayer::{self, Metalayer, Programs, Remote};
use crate::modules::{self, Attestors, ModulePrograms, PinnedSet, Reads};
use crate::nodes::{DOMAINS, Nodes, faucet, role};
use crate::report::{ChainRecord, Report};

/// Symbols of the ERC-20s on A and on B.
const SYMBOLS: [&str; 2] = ["SRC", "DST"];
/// Validators of a lane.
const VALIDATORS: usize = 3;
/// Attestors of read results.
pub(super) const ATTESTORS: usize = 3;
/// How many validators or attestors must have signed.
pub(super) const THRESHOLD: u8 = 2;
/// Gas of a delivery beside the recipient's: measured in messaging.md 7.2, plus a fifth.
const OVERHEAD: u64 = 165_000;
/// One and a half times the base fee of an Arbitrum chain. messaging.md 7.2
const REMOTE_GAS_PRICE: u128 = 150_000_000;

/// Everybody in the story; every role has its own account.
pub(super) struct Roles {
    /// Deploys, and owns what can be owned.
    pub(super) owner: PrivateKeySigner,
    /// Wants something done on B, and pays for it on A.
    pub(super) user: PrivateKeySigner,
    /// Does it.
    pub(super) solver: PrivateKeySigner,
    /// Gets what the user wanted done.
    pub(super) recipient: Address,
    /// Carries messages.
    pub(super) relayer: PrivateKeySigner,
    /// Wants the reward without the work.
    pub(super) mallory: PrivateKeySigner,
}

impl Roles {
    fn new() -> Self {
        Self {
            owner: role("owner"),
            user: role("user"),
            solver: role("solver"),
            recipient: role("recipient").address(),
            relayer: role("relayer"),
            mallory: role("mallory"),
        }
    }
}

/// One chain of the network.
pub(super) struct Side {
    pub(super) chain: Chain,
    pub(super) domain: Domain,
    pub(super) core: Core,
    pub(super) ours: Metalayer,
    /// The ERC-20 of this chain.
    pub(super) token: Address,
    /// Its symbol.
    pub(super) symbol: &'static str,
    /// An application that sends and takes messages.
    pub(super) courier: Address,
    /// Validators of this chain that sign at once.
    pub(super) validators: Vec<PrivateKeySigner>,
}

/// Both chains, and who acts on them.
pub(super) struct Network {
    pub(super) a: Side,
    pub(super) b: Side,
    /// The modules of reads on B.
    pub(super) reads: Reads,
    pub(super) roles: Roles,
}

/// Deploys everything on both chains and wires them.
///
/// - `application`: creation code of the courier.
pub(super) async fn build(
    nodes: &Nodes,
    artifacts: &Artifacts,
    programs: &Programs,
    modules: &ModulePrograms,
    application: &[u8],
    report: &Report,
) -> Result<Network, DemoError> {
    let (a, b) =
        (nodes.a.clone().observed(report.observer()), nodes.b.clone().observed(report.observer()));
    let roles = Roles::new();

    report.part("1  Two chains, domains apart from chain ids");
    for (chain, domain) in [(&a, DOMAINS[0]), (&b, DOMAINS[1])] {
        report.note(&format!("{}: chain id {}, domain {}", chain.name(), chain.id().0, domain.0));
    }
    fund(&a, "the owner", &roles.owner).await?;
    fund(&a, "the user", &roles.user).await?;
    fund(&a, "the solver", &roles.solver).await?;
    fund(&a, "the relayer", &roles.relayer).await?;
    fund(&a, "mallory", &roles.mallory).await?;
    fund(&b, "the owner", &roles.owner).await?;
    fund(&b, "the solver", &roles.solver).await?;
    fund(&b, "the relayer", &roles.relayer).await?;
    fund(&b, "mallory", &roles.mallory).await?;

    report.part("2  Hyperlane's core and an ERC-20 on each");
    let lanes_a = Lanes::of("A");
    let lanes_b = Lanes::of("B");
    let owner = &roles.owner;
    let core_a = core(&a, owner, artifacts, DOMAINS, &lanes_b).await?;
    let token_a = token::deploy(&a, owner, artifacts, SYMBOLS[0]).await?;
    let core_b = core(&b, owner, artifacts, [DOMAINS[1], DOMAINS[0]], &lanes_a).await?;
    let token_b = token::deploy(&b, owner, artifacts, SYMBOLS[1]).await?;
    mint(&a, owner, token_a, roles.user.address(), milli(1_000_000)).await?;
    mint(&b, owner, token_b, roles.solver.address(), milli(1_000_000)).await?;

    report.part("2  Our contracts on each, created, activated and constructed in one transaction");
    let step = "ask for the deployer's nonce";
    let nonce_a = a.next_nonce(owner.address()).await.during(step)?;
    let nonce_b = b.next_nonce(owner.address()).await.during(step)?;
    let ours_a = Metalayer::predict(owner.address(), nonce_a);
    let ours_b = Metalayer::predict(owner.address(), nonce_b);
    for (chain, nonce, core, remote) in
        [(&a, nonce_a, &core_a, ours_b), (&b, nonce_b, &core_b, ours_a)]
    {
        metalayer::deploy(chain, owner, nonce, programs, core, remote.prover)
            .await
            .during(&format!("deploy our contracts on {}", chain.name()))?;
    }

    report.part("2  Wiring, read back");
    let network: [(Domain, ChainId); 2] = [(DOMAINS[0], a.id()), (DOMAINS[1], b.id())];
    let remote_b = lanes_b.remote(DOMAINS[1], ours_b);
    let remote_a = lanes_a.remote(DOMAINS[0], ours_a);
    for (chain, core, ours, remote) in
        [(&a, &core_a, &ours_a, &remote_b), (&b, &core_b, &ours_b, &remote_a)]
    {
        let step = format!("wire our contracts on {}", chain.name());
        metalayer::wire(chain, owner, core, ours, remote, &network).await.during(&step)?;
        report.note(&format!(
            "{}: modules, enrolment, whitelist and domain map read back",
            chain.name()
        ));
    }

    report
        .part("2  On B, modules of our own: validators that an owner changes, and attested reads");
    let lane = lane_module(&b, owner, modules, &ours_b, &core_a, &lanes_a).await?;
    let reads = read_modules(&b, owner, modules, &core_b, &ours_b).await?;
    report.note("B: modules read back");

    report.part("2  A Solidity application on each");
    let courier_a = courier::deploy(&a, owner, application, ours_a.router).await?;
    let courier_b = courier::deploy(&b, owner, application, ours_b.router).await?;
    courier::enroll(&a, owner, courier_a, (DOMAINS[1], courier_b)).await?;
    courier::enroll(&b, owner, courier_b, (DOMAINS[0], courier_a)).await?;

    let [url_a, url_b] = nodes.urls();
    report.chain(record(
        &a,
        &core_a,
        &ours_a,
        &[("ERC-20", token_a), ("Courier", courier_a)],
        url_a,
    ));
    let others = [
        ("MetalayerMultisigIsm", lane),
        ("MetalayerReadIsm", reads.read_ism),
        ("MetalayerReadAggregationIsm", reads.read_aggregation),
        ("ERC-20", token_b),
        ("Courier", courier_b),
    ];
    report.chain(record(&b, &core_b, &ours_b, &others, url_b));
    Ok(Network {
        a: Side {
            chain: a,
            domain: DOMAINS[0],
            core: core_a,
            ours: ours_a,
            token: token_a,
            symbol: SYMBOLS[0],
            courier: courier_a,
            validators: lanes_a.instant,
        },
        b: Side {
            chain: b,
            domain: DOMAINS[1],
            core: core_b,
            ours: ours_b,
            token: token_b,
            symbol: SYMBOLS[1],
            courier: courier_b,
            validators: lanes_b.instant,
        },
        reads,
        roles,
    })
}

/// The keys of a chain's two lanes: disjoint, because a signature does not say which lane it is for.
struct Lanes {
    instant: Vec<PrivateKeySigner>,
    finalized: Vec<PrivateKeySigner>,
}

impl Lanes {
    fn of(chain: &str) -> Self {
        let keys = |lane: &str| {
            (0..VALIDATORS).map(|i| role(&format!("{lane} validator {i} of {chain}"))).collect()
        };
        Self { instant: keys("instant"), finalized: keys("finalized") }
    }

    fn remote(&self, domain: Domain, contracts: Metalayer) -> Remote {
        Remote { domain, contracts, instant: set(&self.instant), finalized: set(&self.finalized) }
    }
}

fn set(keys: &[PrivateKeySigner]) -> ValidatorSet {
    ValidatorSet {
        validators: keys.iter().map(PrivateKeySigner::address).collect(),
        threshold: THRESHOLD,
    }
}

/// The key of one of the attestors.
///
/// - `number`: below [`ATTESTORS`].
pub(super) fn attestor(number: usize) -> PrivateKeySigner {
    role(&format!("read attestor {number}"))
}

/// Puts a module of ours in the place of Hyperlane's on the INSTANT lane from `origin`.
async fn lane_module(
    chain: &Chain,
    owner: &PrivateKeySigner,
    programs: &ModulePrograms,
    ours: &Metalayer,
    origin: &Core,
    lanes: &Lanes,
) -> Result<Address, DemoError> {
    let step = "deploy the lane's module";
    let (domain, finality) = (origin.domain.0, FinalityState::Instant as u8);
    let pinned = PinnedSet {
        origin: origin.domain,
        merkle_tree_hook: origin.merkle_tree_hook.into_word(),
        set: set(&lanes.instant),
    };
    let module =
        modules::deploy_multisig_ism(chain, owner, programs, &[pinned]).await.during(step)?;
    let call = IMetalayerIsm::setModuleCall { origin: domain, finality, module };
    let step = "set the Instant module";
    chain.send(step, owner, Tx::call(ours.ism, &call)).await.during(step)?;
    let call = IMetalayerIsm::modulesCall { origin: domain, finality };
    let found = chain.call(ours.ism, &call).await.during(step)?;
    expect("module of the INSTANT lane", module, found)?;
    Ok(module)
}

/// Adds the modules of reads.
async fn read_modules(
    chain: &Chain,
    owner: &PrivateKeySigner,
    programs: &ModulePrograms,
    core: &Core,
    ours: &Metalayer,
) -> Result<Reads, DemoError> {
    let step = "deploy the modules of reads";
    let keys: Vec<_> = (0..ATTESTORS).map(attestor).collect();
    // Never asked: the gateway of the demo is in this process.
    let urls = vec!["https://gateway.example/reads".to_owned()];
    let attestors = Attestors { set: set(&keys), urls };
    let reads = modules::deploy_reads(chain, owner, programs, core, ours, &attestors).await;
    let reads = reads.during(step)?;
    let aggregation = chain.call(ours.ism, &IMetalayerIsm::readAggregationCall {}).await;
    expect("read aggregation", reads.read_aggregation, aggregation.during(step)?)?;
    let module = chain.call(ours.router, &IMetalayerRouter::readIsmCall {}).await;
    expect("read module of the router", reads.read_ism, module.during(step)?)?;
    Ok(reads)
}

async fn fund(chain: &Chain, who: &str, account: &PrivateKeySigner) -> Result<(), DemoError> {
    let step = format!("fund {who}");
    let tx = Tx::transfer(account.address(), milli(1_000));
    chain.send(&step, &faucet(), tx).await.during(&step)?;
    Ok(())
}

async fn core(
    chain: &Chain,
    owner: &PrivateKeySigner,
    artifacts: &Artifacts,
    [domain, remote]: [Domain; 2],
    remote_lanes: &Lanes,
) -> Result<Core, DemoError> {
    let gas = RemoteGas {
        domain: remote,
        exchange_rate: EXCHANGE_RATE_ONE,
        gas_price: REMOTE_GAS_PRICE,
        overhead: OVERHEAD,
    };
    hyperlane::deploy_core(chain, owner, artifacts, domain, gas, &set(&remote_lanes.finalized))
        .await
        .during(&format!("deploy Hyperlane's core on {}", chain.name()))
}

async fn mint(
    chain: &Chain,
    owner: &PrivateKeySigner,
    token: Address,
    to: Address,
    amount: U256,
) -> Result<(), DemoError> {
    let step = "mint ERC-20 tokens";
    let tx = Tx::call(token, &IToken::mintCall { to, amount });
    chain.send(step, owner, tx).await.during(step)?;
    Ok(())
}

fn record(
    chain: &Chain,
    core: &Core,
    ours: &Metalayer,
    others: &[(&'static str, Address)],
    rpc_url: &str,
) -> ChainRecord {
    let ours = [
        ("Portal", ours.portal),
        ("Vault implementation", ours.vault_implementation),
        ("Executor", ours.executor),
        ("MetaProver", ours.prover),
        ("MetalayerRouter", ours.router),
        ("MetalayerIsm", ours.ism),
    ];
    let core_contracts = [
        ("Mailbox", core.mailbox),
        ("MerkleTreeHook", core.merkle_tree_hook),
        ("InterchainGasPaymaster", core.interchain_gas_paymaster),
        ("ValidatorAnnounce", core.validator_announce),
    ];
    ChainRecord {
        name: chain.name().to_owned(),
        chain_id: chain.id().0,
        domain: core.domain.0,
        rpc_url: rpc_url.to_owned(),
        contracts: [&ours[..], &core_contracts, others].concat(),
    }
}
