//! Two chains that talk to each other: Hyperlane and our contracts on both, validators and a relayer beside them.

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::rpc::types::TransactionReceipt;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{Revert, SolError};
use interfaces::codec::{HyperlaneMessage, MetalayerMessage};
use interfaces::hyperlane::IMailbox;
use interfaces::metalayer::IMetalayerRouter;
use interfaces::{ChainId, Domain};
use metalayer::artifacts::Artifacts;
use metalayer::hyperlane::{Core, EXCHANGE_RATE_ONE, RemoteGas, ValidatorSet, deploy_core};
use metalayer::metalayer::{Metalayer, Programs, Remote, deploy, wire};
use metalayer::relayer::{
    self, Dispatched, Gateways, NoGateways, OriginTree, RelayerError, Validators,
};
use metalayer::store::{CheckpointStore, MemoryStore, ReorgPeriod};
use metalayer::tree::Leaves;
use metalayer::validator::{Origin, sign_new_checkpoints};

use crate::chain::{Chain, Receipt};

/// Domain of the first chain. No domain of ours is a chain id.
pub const DOMAIN_A: Domain = Domain(1001);
/// Domain of the second chain.
pub const DOMAIN_B: Domain = Domain(1002);

/// How many of the three validators of a lane must sign.
const THRESHOLD: u8 = 2;

/// Two chains, each knowing the other.
pub struct Network {
    /// Where intents are published and paid.
    pub a: Side,
    /// Where they are fulfilled.
    pub b: Side,
}

/// One chain of the network with everything on it.
pub struct Side {
    /// The chain.
    pub chain: Chain,
    /// Its domain.
    pub domain: Domain,
    /// Hyperlane on it.
    pub core: Core,
    /// Our contracts on it.
    pub ours: Metalayer,
    /// An ERC-20 on it that anybody can mint.
    pub token: Address,
    /// Keys that sign this chain's INSTANT checkpoints.
    pub validators: Vec<PrivateKeySigner>,
    /// Keys that sign its FINALIZED ones.
    pub finalized: Vec<PrivateKeySigner>,
    /// Of the INSTANT validators, then of the FINALIZED ones.
    stores: Vec<MemoryStore>,
}

impl Network {
    /// Starts both chains and deploys and wires everything.
    pub async fn start() -> Self {
        let (chain_a, chain_b) = Chain::pair().await;
        let (keys_a, keys_b) = (Keys::new(&chain_a, "A"), Keys::new(&chain_b, "B"));
        let contracts_a = Metalayer::predict(deployer(&chain_a).address(), 0);
        let contracts_b = Metalayer::predict(deployer(&chain_b).address(), 0);
        let as_remote = |domain, contracts, keys: &Keys| Remote {
            domain,
            contracts,
            instant: keys.set(&keys.instant),
            finalized: keys.set(&keys.finalized),
        };
        let (remote_a, remote_b) =
            (as_remote(DOMAIN_A, contracts_a, &keys_a), as_remote(DOMAIN_B, contracts_b, &keys_b));
        let network = [(DOMAIN_A, ChainId(chain_a.id())), (DOMAIN_B, ChainId(chain_b.id()))];
        let (a, b) = tokio::join!(
            Side::build(chain_a, DOMAIN_A, keys_a, &remote_b, &network),
            Side::build(chain_b, DOMAIN_B, keys_b, &remote_a, &network),
        );
        assert_eq!((a.ours, b.ours), (contracts_a, contracts_b), "addresses are known before");
        Self { a, b }
    }
}

impl Side {
    async fn build(
        chain: Chain,
        domain: Domain,
        keys: Keys,
        remote: &Remote,
        network: &[(Domain, ChainId)],
    ) -> Self {
        let artifacts = Artifacts::locate();
        let programs = Programs::load(&artifacts).expect("the contracts are built");
        let (hyperlane, deployer) = (chain.account("Hyperlane's owner"), deployer(&chain));
        for account in [&hyperlane, &deployer] {
            chain.provide(account.address(), U256::from(10u64.pow(18))).await;
        }
        let link = chain.link();
        let gas = RemoteGas {
            domain: remote.domain,
            exchange_rate: EXCHANGE_RATE_ONE,
            gas_price: 100_000_000,
            overhead: 120_000,
        };
        let core = deploy_core(link, &hyperlane, &artifacts, domain, gas, &remote.finalized).await;
        let core = core.unwrap_or_else(|error| panic!("{error}"));
        let ours = deploy(link, &deployer, 0, &programs, &core, remote.contracts.prover).await;
        let ours = ours.unwrap_or_else(|error| panic!("{error}"));
        let wired = wire(link, &deployer, &core, &ours, remote, network).await;
        wired.unwrap_or_else(|error| panic!("{error}"));
        let token = chain.mock("Token", &[]).await;
        let Keys { instant: validators, finalized } = keys;
        let stores = validators.iter().chain(&finalized).map(|_| MemoryStore::default()).collect();
        Self { chain, domain, core, ours, token, validators, finalized, stores }
    }

    /// The first `count` validators of the INSTANT lane sign everything that was dispatched from here.
    pub async fn validators_sign(&self, count: usize) {
        let signing = self.validators.iter().zip(&self.stores);
        self.sign(signing.take(count)).await;
    }

    /// The first `count` validators of the FINALIZED lane sign everything that was dispatched from here, as if it were
    /// final: on a chain with a parent they would wait for that.
    pub async fn finalized_validators_sign(&self, count: usize) {
        let stores = self.stores.iter().skip(self.validators.len());
        self.sign(self.finalized.iter().zip(stores).take(count)).await;
    }

    async fn sign<'a>(
        &self,
        signing: impl Iterator<Item = (&'a PrivateKeySigner, &'a MemoryStore)>,
    ) {
        let origin = Origin {
            domain: self.domain,
            mailbox: self.core.mailbox,
            merkle_tree_hook: self.core.merkle_tree_hook,
            reorg_period: ReorgPeriod::Blocks(0),
        };
        for (key, store) in signing {
            let mut leaves = self.leaves();
            sign_new_checkpoints(self.chain.link(), &origin, &mut leaves, key, store)
                .await
                .unwrap_or_else(|error| panic!("{error}"));
        }
    }

    /// The one message that a transaction dispatched from here.
    pub fn dispatched(&self, receipt: &Receipt) -> Dispatched {
        let mut messages = relayer::dispatched_in(&receipt.full, self.core.mailbox);
        assert_eq!(messages.len(), 1, "one message");
        messages.remove(0)
    }

    /// Metadata for a message from here to `destination`, of the signatures there are.
    pub async fn metadata(
        &self,
        destination: &Side,
        message: &Dispatched,
    ) -> Result<Bytes, RelayerError> {
        self.metadata_with(destination, message, &NoGateways).await
    }

    /// Metadata of the signatures there are, and of what `gateways` answer.
    pub async fn metadata_with(
        &self,
        destination: &Side,
        message: &Dispatched,
        gateways: &impl Gateways,
    ) -> Result<Bytes, RelayerError> {
        let mut leaves = self.leaves();
        let block = self.chain.link().block_number().await?;
        leaves.follow(self.chain.link(), block).await?;
        let module = relayer::module_of(
            destination.chain.link(),
            destination.core.mailbox,
            &message.message,
        )
        .await?;
        let origin = OriginTree {
            domain: self.domain,
            merkle_tree_hook: self.core.merkle_tree_hook,
            leaves: &leaves,
        };
        relayer::metadata_with(&module, origin, message.id, self, gateways).await
    }

    /// Delivers a message here.
    pub async fn deliver(
        &self,
        metadata: &Bytes,
        message: &Bytes,
    ) -> Result<TransactionReceipt, RelayerError> {
        let relayer = self.chain.account("relayer");
        self.chain.provide(relayer.address(), U256::ZERO).await;
        relayer::deliver(self.chain.link(), self.core.mailbox, &relayer, metadata, message).await
    }

    /// What a second delivery of a message is refused with here.
    ///
    /// The Mailbox says so, unless the chain's NUMBER is 0, as on a Nitro dev node without a parent chain: then it
    /// forgets its deliveries, and the router's own memory is all there is (messaging.md 1.3).
    pub async fn refusal_of_a_repetition(&self, message: &Dispatched) -> Vec<u8> {
        let delivered = IMailbox::deliveredCall { messageId: message.id };
        if self.chain.view(self.core.mailbox, &delivered).await {
            return Revert::from("Mailbox: already delivered").abi_encode();
        }
        assert!(!self.chain.is_embedded(), "NUMBER is positive on an embedded chain");
        let body = HyperlaneMessage::decode(&message.message).expect("a message").body;
        IMetalayerRouter::AlreadyProcessed { messageId: MetalayerMessage::id_of(body) }.abi_encode()
    }

    /// The tree of everything that was dispatched from here.
    pub fn leaves(&self) -> Leaves {
        Leaves::new(self.core.merkle_tree_hook, self.core.from_block)
    }
}

impl Validators for Side {
    async fn stores(
        &self,
        validator: Address,
    ) -> Result<Vec<Box<dyn CheckpointStore>>, RelayerError> {
        let known = self.validators.iter().chain(&self.finalized).zip(&self.stores);
        let stores = known.filter(|(key, _)| key.address() == validator);
        Ok(stores.map(|(_, store)| Box::new(store.clone()) as Box<dyn CheckpointStore>).collect())
    }
}

/// Keys of the validators of one chain; the lanes share none.
struct Keys {
    instant: Vec<PrivateKeySigner>,
    finalized: Vec<PrivateKeySigner>,
}

impl Keys {
    fn new(chain: &Chain, name: &str) -> Self {
        let keys = |lane: &str| {
            (1..=3).map(|n| chain.account(&format!("{lane} validator {n} of {name}"))).collect()
        };
        Self { instant: keys("instant"), finalized: keys("finalized") }
    }

    fn set(&self, keys: &[PrivateKeySigner]) -> ValidatorSet {
        ValidatorSet {
            validators: keys.iter().map(PrivateKeySigner::address).collect(),
            threshold: THRESHOLD,
        }
    }
}

/// The account that deploys our contracts, and nothing else before; it owns them.
pub fn deployer(chain: &Chain) -> PrivateKeySigner {
    chain.account("Metalayer's owner")
}

/// An address as other chains name it.
pub fn b32(address: Address) -> B256 {
    address.into_word()
}
