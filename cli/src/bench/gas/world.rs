//! One embedded chain with Hyperlane, our contracts, tokens and stand-ins, and the figures measured on it.

use alloy::primitives::{Address, B256, U256};
use alloy::rpc::types::TransactionReceipt;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::SolConstructor;
use devnode::{Config, Node};
use interfaces::intents::{DomainConfig, IERC20, IMetaProver};
use interfaces::metalayer::IMetalayerIsm;
use interfaces::{ChainId, Domain};

use super::GasError;
use super::ledger::Gas;
use super::stand_ins;
use crate::artifacts::Artifacts;
use crate::chain::{Chain, ChainError, Tx};
use crate::deployment;
use crate::hyperlane::{
    Core, EXCHANGE_RATE_ONE, HyperlaneError, RemoteGas, ValidatorSet, deploy_core,
};
use crate::metalayer::{self, MIN_GAS_LIMIT, Metalayer, Programs, Remote};
use crate::modules::{ModulePrograms, PinnedSet, deploy_multisig_ism};
use crate::nodes::{CHAIN_IDS, DOMAINS, faucet, role};

alloy::sol! {
    /// ERC20PresetFixedSupply of OpenZeppelin 4.9: an ERC-20 and nothing else.
    interface IToken {
        constructor(string name, string symbol, uint256 initialSupply, address owner);
    }
}

/// Time of the chain's first block, unix seconds.
const GENESIS: u64 = 1_900_000_000;
/// Gas limit of everything here.
const GAS: u64 = 30_000_000;
/// The other chain, of which there are only messages.
pub(super) const REMOTE: (Domain, ChainId) = (DOMAINS[1], CHAIN_IDS[1]);
/// The prover there.
pub(super) const REMOTE_PROVER: Address = Address::repeat_byte(0xb1);
/// The merkle tree there.
pub(super) const REMOTE_TREE: Address = Address::repeat_byte(0xb2);
/// Validators of the lane; as many as the largest set that is measured.
pub(super) const VALIDATORS: usize = 19;
/// Smallest units of a token that everybody has and allows the Portal, so that no measured transfer empties a balance.
const PLENTY: u64 = 1_000_000_000;
/// Wei of everybody's gas money.
const MONEY: u64 = 1_000_000_000_000_000_000;

/// Everybody who sends something.
pub(super) struct People {
    /// Deploys and owns everything.
    pub(super) owner: PrivateKeySigner,
    /// Creator and funder of intents.
    pub(super) user: PrivateKeySigner,
    /// Fulfils them.
    pub(super) solver: PrivateKeySigner,
    /// An account in place of the router of [`World::prover`], so that `handle` is measured alone.
    pub(super) router: PrivateKeySigner,
    /// Does what anybody may do.
    pub(super) anybody: PrivateKeySigner,
}

/// One measured operation.
pub(super) struct Figure {
    pub(super) operation: Operation,
    pub(super) gas: Gas,
}

/// What is measured, and what it is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operation {
    pub(super) name: &'static str,
    /// Execution gas of the Solidity peer.
    pub(super) solidity: Option<u64>,
    /// Most execution gas that we want, with our programs in the cache.
    pub(super) aim: Option<u64>,
}

impl Operation {
    /// Something of which no Solidity figure is known.
    pub(super) const fn new(name: &'static str) -> Self {
        Self { name, solidity: None, aim: None }
    }

    pub(super) const fn solidity(self, gas: u64) -> Self {
        Self { solidity: Some(gas), ..self }
    }

    pub(super) const fn aim(self, gas: u64) -> Self {
        Self { aim: Some(gas), ..self }
    }
}

/// The chain and what is on it.
pub(super) struct World {
    pub(super) chain: Chain,
    _node: Node,
    pub(super) people: People,
    pub(super) core: Core,
    pub(super) ours: Metalayer,
    /// Our contracts on the other chain.
    pub(super) remote: Metalayer,
    /// Two ERC-20s.
    pub(super) tokens: [Address; 2],
    /// A MetaProver whose router is an account.
    pub(super) prover: Address,
    /// A MetaProver whose router takes a fee and carries nothing.
    pub(super) sender: Address,
    /// A MetalayerMultisigIsm, module of the INSTANT lane.
    pub(super) multisig: Address,
    /// Its validators.
    pub(super) validators: Vec<PrivateKeySigner>,
    /// A recipient that does nothing.
    pub(super) sink: Address,
    figures: Vec<Figure>,
}

impl World {
    /// Starts a chain and deploys everything.
    ///
    /// - `cached`: whether all our programs are in the program cache.
    pub(super) async fn build(artifacts: &Artifacts, cached: bool) -> Result<Self, GasError> {
        let node = Node::start(Config {
            chain_id: CHAIN_IDS[0].0,
            genesis_timestamp: Some(GENESIS),
            ..Config::default()
        })
        .await?;
        let chain = Chain::connect("A", &node.url()).await?;
        let people = People {
            owner: role("owner"),
            user: role("user"),
            solver: role("solver"),
            router: role("router"),
            anybody: role("anybody"),
        };
        let People { owner, user, solver, router, anybody } = &people;
        for account in [owner, user, solver, router, anybody] {
            let gift = Tx::transfer(account.address(), U256::from(MONEY));
            chain.send("give gas money", &faucet(), gift).await?;
        }
        let validators: Vec<_> = (0..VALIDATORS).map(|i| role(&format!("validator {i}"))).collect();
        // Of the lanes that are there, but not measured.
        let set = ValidatorSet { validators: addresses(&validators[..3]), threshold: 2 };
        let (core, ours, remote) = deploy_ours(&chain, owner, artifacts, &set).await?;

        let create = async |what: &str, code: Vec<u8>| create(&chain, owner, what, code).await;
        let mut tokens = [Address::ZERO; 2];
        for token in &mut tokens {
            let args = IToken::constructorCall {
                name: "Gas".into(),
                symbol: "GAS".into(),
                initialSupply: U256::from(PLENTY) * U256::from(10),
                owner: owner.address(),
            };
            let code = artifacts.openzeppelin("ERC20PresetFixedSupply")?;
            *token = create("an ERC-20", [code, args.abi_encode()].concat()).await?;
        }
        let sink = create("a recipient", stand_ins::sink()).await?;
        let fee_taker = create("a router that carries nothing", stand_ins::fee_taker()).await?;
        for token in tokens {
            for account in [user, solver] {
                let value = U256::from(PLENTY);
                let gift = IERC20::transferCall { to: account.address(), value };
                chain.send("give tokens", owner, Tx::call(token, &gift)).await?;
                let approve = IERC20::approveCall { spender: ours.portal, value };
                chain.send("approve the Portal", account, Tx::call(token, &approve)).await?;
            }
        }

        let prover = deploy_prover(&chain, owner, artifacts, router.address(), &ours).await?;
        let sender = deploy_prover(&chain, owner, artifacts, fee_taker, &ours).await?;
        let programs = ModulePrograms::load(artifacts)?;
        let pinned = PinnedSet {
            origin: REMOTE.0,
            merkle_tree_hook: REMOTE_TREE.into_word(),
            set: ValidatorSet { validators: addresses(&validators), threshold: 1 },
        };
        let multisig = deploy_multisig_ism(&chain, owner, &programs, &[pinned]).await?;
        let world = Self {
            chain,
            _node: node,
            core,
            ours,
            remote,
            tokens,
            prover,
            sender,
            multisig,
            validators,
            sink,
            people,
            figures: Vec::new(),
        };
        world.set_lane_module(multisig).await?;
        if cached {
            world.cache_programs().await?;
        }
        Ok(world)
    }

    /// Sends a transaction that is not measured.
    pub(super) async fn send(
        &self,
        what: &str,
        from: &PrivateKeySigner,
        tx: Tx,
    ) -> Result<TransactionReceipt, ChainError> {
        self.chain.send(what, from, tx.gas_limit(GAS)).await
    }

    /// Sends a transaction and keeps its gas.
    pub(super) async fn measure(
        &mut self,
        operation: Operation,
        from: &PrivateKeySigner,
        tx: Tx,
    ) -> Result<(), ChainError> {
        let calldata = tx.calldata_gas();
        let receipt = self.send(operation.name, from, tx).await?;
        let gas = Gas::of(receipt.gas_used, calldata);
        self.figures.push(Figure { operation, gas });
        Ok(())
    }

    /// How many operations were measured.
    pub(super) const fn measured(&self) -> usize {
        self.figures.len()
    }

    /// What was measured, in order.
    pub(super) fn into_figures(self) -> Vec<Figure> {
        self.figures
    }

    /// Deploys a contract that is not ours.
    pub(super) async fn create(&self, what: &str, code: Vec<u8>) -> Result<Address, GasError> {
        create(&self.chain, &self.people.owner, what, code).await
    }

    /// Puts a module in the place of the INSTANT lane's.
    pub(super) async fn set_lane_module(&self, module: Address) -> Result<(), ChainError> {
        let call = IMetalayerIsm::setModuleCall { origin: REMOTE.0.0, finality: 0, module };
        let tx = Tx::call(self.ours.ism, &call);
        self.send("set the lane's module", &self.people.owner, tx).await?;
        Ok(())
    }

    async fn cache_programs(&self) -> Result<(), ChainError> {
        let Metalayer { ism, router, portal, vault_implementation, executor, prover } = self.ours;
        let multisig = self.multisig;
        for program in [ism, router, portal, vault_implementation, executor, prover, multisig] {
            // One copy stands for all: the cache goes by the code's hash.
            deployment::cache(&self.chain, &faucet(), program).await?;
        }
        Ok(())
    }
}

/// Addresses of keys.
pub(super) fn addresses(keys: &[PrivateKeySigner]) -> Vec<Address> {
    keys.iter().map(PrivateKeySigner::address).collect()
}

/// Hyperlane's core and our contracts, wired to a chain that is not there.
async fn deploy_ours(
    chain: &Chain,
    owner: &PrivateKeySigner,
    artifacts: &Artifacts,
    set: &ValidatorSet,
) -> Result<(Core, Metalayer, Metalayer), GasError> {
    let gas = RemoteGas {
        domain: REMOTE.0,
        exchange_rate: EXCHANGE_RATE_ONE,
        gas_price: 150_000_000,
        overhead: 165_000,
    };
    let core = deploy_core(chain, owner, artifacts, DOMAINS[0], gas, set).await?;
    let programs = Programs::load(artifacts)?;
    let nonce = chain.next_nonce(owner.address()).await?;
    let ours = metalayer::deploy(chain, owner, nonce, &programs, &core, REMOTE_PROVER).await?;
    let contracts = Metalayer::predict(role("owner of the other chain").address(), 0);
    let contracts = Metalayer { prover: REMOTE_PROVER, ..contracts };
    let remote =
        Remote { domain: REMOTE.0, contracts, instant: set.clone(), finalized: set.clone() };
    let network = [(DOMAINS[0], CHAIN_IDS[0]), REMOTE];
    metalayer::wire(chain, owner, &core, &ours, &remote, &network).await?;
    Ok((core, ours, contracts))
}

/// A MetaProver of the Portal that believes [`REMOTE_PROVER`] and obeys another router than ours.
async fn deploy_prover(
    chain: &Chain,
    owner: &PrivateKeySigner,
    artifacts: &Artifacts,
    router: Address,
    ours: &Metalayer,
) -> Result<Address, GasError> {
    let nonce = chain.next_nonce(owner.address()).await?;
    let args = IMetaProver::constructorCall {
        router,
        portal: ours.portal,
        provers: vec![REMOTE_PROVER.into_word()],
        minGasLimit: U256::from(MIN_GAS_LIMIT),
    };
    let (program, args) = (artifacts.program("meta-prover")?, args.abi_encode());
    let prover = deployment::deploy(chain, owner, nonce, &program, Some(&args)).await?.address;
    let pair = DomainConfig { domain: REMOTE.0.0.into(), chainId: REMOTE.1.0 };
    let configure = IMetaProver::configureDomainsCall { configs: vec![pair] };
    chain.send("configure the prover's domains", owner, Tx::call(prover, &configure)).await?;
    Ok(prover)
}

async fn create(
    chain: &Chain,
    owner: &PrivateKeySigner,
    what: &str,
    code: Vec<u8>,
) -> Result<Address, GasError> {
    let receipt = chain.send(&format!("deploy {what}"), owner, Tx::create(code)).await?;
    let address = receipt.contract_address.ok_or_else(|| HyperlaneError::NoAddress(what.into()))?;
    Ok(address)
}

/// A claimant as the provers name it.
pub(super) fn b32(address: Address) -> B256 {
    address.into_word()
}
