//! From a dispatched message to its delivery: Hyperlane's core on two chains, three validators, a relayer.

use std::collections::HashMap;

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::signers::local::PrivateKeySigner;
use interfaces::Domain;
use interfaces::hyperlane::{
    IMailbox::{dispatch_0Call as dispatchCall, quoteDispatch_0Call as quoteDispatchCall},
    IMerkleTreeHook, IPostDispatchHook,
};
use metalayer::artifacts::Artifacts;
use metalayer::chain::{Chain, Tx};
use metalayer::hyperlane::{self, Core, EXCHANGE_RATE_ONE, RemoteGas, ValidatorSet};
use metalayer::nodes::{DOMAINS, Nodes, faucet, role};
use metalayer::relayer::{self, Announced, Dispatched, OriginTree, RelayerError, dispatched_in};
use metalayer::store::{CheckpointStore, MemoryStore, ReorgPeriod};
use metalayer::tree::Leaves;
use metalayer::validator::{self, Origin, ValidatorError};

const BODY: &[u8] = b"a message between two chains";

/// Two chains with Hyperlane's core; messages go from B to A, to a recipient that trusts A's default module.
struct World {
    nodes: Nodes,
    core_a: Core,
    core_b: Core,
    recipient: Address,
    validators: [PrivateKeySigner; 3],
    /// By the location that is announced for them.
    stores: HashMap<String, MemoryStore>,
}

impl World {
    async fn new() -> Self {
        // Always embedded: the tests run at the same time, and one falsifies a chain's storage.
        let nodes = Nodes::embedded().await.unwrap();
        let artifacts = Artifacts::locate();
        let validators = [0, 1, 2].map(|i| role(&format!("validator {i}")));
        let set = ValidatorSet {
            validators: validators.iter().map(PrivateKeySigner::address).collect(),
            threshold: 2,
        };
        let (a, b) = (&nodes.a, &nodes.b);
        let core_a = core(a, &artifacts, DOMAINS[0], DOMAINS[1], &set).await;
        let core_b = core(b, &artifacts, DOMAINS[1], DOMAINS[0], &set).await;
        let recipient = "contracts/test/TestRecipient";
        let recipient =
            hyperlane::create(a, &faucet(), &artifacts, recipient, Vec::new()).await.unwrap();
        Self { nodes, core_a, core_b, recipient, validators, stores: HashMap::new() }
    }

    fn a(&self) -> &Chain {
        &self.nodes.a
    }

    fn b(&self) -> &Chain {
        &self.nodes.b
    }

    async fn dispatch(&self) -> Dispatched {
        let (destination, recipient) = (DOMAINS[0].0, self.recipient.into_word());
        let quote = quoteDispatchCall { destination, recipient, body: BODY.into() };
        let fee = self.b().call(self.core_b.mailbox, &quote).await.unwrap();
        assert!(fee > U256::ZERO, "the paymaster asks for nothing");
        let call = dispatchCall { destination, recipient, body: BODY.into() };
        let tx = Tx::call(self.core_b.mailbox, &call).value(fee);
        let receipt = self.b().send("dispatch", &faucet(), tx).await.unwrap();
        let mut messages = dispatched_in(&receipt, self.core_b.mailbox);
        assert_eq!(messages.len(), 1);
        messages.remove(0)
    }

    fn origin(&self) -> Origin {
        Origin {
            domain: DOMAINS[1],
            mailbox: self.core_b.mailbox,
            merkle_tree_hook: self.core_b.merkle_tree_hook,
            reorg_period: ReorgPeriod::Blocks(0),
        }
    }

    fn leaves(&self) -> Leaves {
        Leaves::new(self.core_b.merkle_tree_hook, self.core_b.from_block)
    }

    async fn sign(&self, validator: usize, store: &MemoryStore) -> Result<usize, ValidatorError> {
        let (key, origin, mut leaves) = (&self.validators[validator], self.origin(), self.leaves());
        let signed = validator::sign_new_checkpoints(self.b(), &origin, &mut leaves, key, store);
        signed.await.map(|signed| signed.len())
    }

    /// The validator announces a storage and signs what there is.
    async fn run_validator(&mut self, validator: usize) {
        let store = MemoryStore::default();
        let location = format!("file:///memory/{validator}");
        let announce = self.core_b.validator_announce;
        let key = &self.validators[validator];
        for _ in 0..2 {
            // the second time changes nothing: on the chain, the same announcement twice would revert
            validator::announce(
                self.b(),
                &self.origin(),
                announce,
                key,
                &store,
                &location,
                &faucet(),
            )
            .await
            .unwrap();
        }
        self.sign(validator, &store).await.unwrap();
        self.stores.insert(location, store);
    }

    async fn metadata(&self, message: &Dispatched) -> Result<Bytes, RelayerError> {
        let mut leaves = self.leaves();
        leaves.follow(self.b(), self.b().block_number().await.unwrap()).await?;
        let module =
            relayer::module_of(self.a(), self.core_a.mailbox, &message.message).await.unwrap();
        let tree = OriginTree {
            domain: DOMAINS[1],
            merkle_tree_hook: self.core_b.merkle_tree_hook,
            leaves: &leaves,
        };
        let open = |location: &str| {
            let store = self.stores.get(location)?.clone();
            Some(Box::new(store) as Box<dyn CheckpointStore>)
        };
        let announce = self.core_b.validator_announce;
        let stores = Announced { chain: self.b(), announce, open };
        relayer::metadata(&module, tree, message.id, &stores).await
    }

    async fn is_delivered(&self, message: &Dispatched) -> bool {
        relayer::is_delivered(self.a(), self.core_a.mailbox, message.id).await.unwrap()
    }
}

async fn core(
    chain: &Chain,
    artifacts: &Artifacts,
    domain: Domain,
    remote: Domain,
    set: &ValidatorSet,
) -> Core {
    let gas = RemoteGas {
        domain: remote,
        exchange_rate: EXCHANGE_RATE_ONE,
        gas_price: 150_000_000,
        overhead: 165_000,
    };
    hyperlane::deploy_core(chain, &faucet(), artifacts, domain, gas, set).await.unwrap()
}

#[tokio::test]
async fn a_message_signed_by_two_of_three_validators_is_delivered_once() {
    // given a message, signed by the first and the last validator
    let mut world = World::new().await;
    let message = world.dispatch().await;
    world.run_validator(2).await;
    let waiting = world.metadata(&message).await.unwrap_err();
    assert!(
        matches!(waiting, RelayerError::AwaitingSignatures { found: 1, threshold: 2, .. }),
        "{waiting}"
    );
    world.run_validator(0).await;
    // when the relayer delivers it
    let metadata = world.metadata(&message).await.unwrap();
    let (a, mailbox) = (world.a(), world.core_a.mailbox);
    assert!(!world.is_delivered(&message).await);
    let deliver =
        || relayer::deliver(a, mailbox, &world.validators[0], &metadata, &message.message);
    let relayer = &world.validators[0];
    let coins = Tx::transfer(relayer.address(), U256::from(10_u64.pow(17)));
    a.send("fund the relayer", &faucet(), coins).await.unwrap();
    deliver().await.unwrap();
    // then it is delivered, and cannot be delivered again
    assert!(world.is_delivered(&message).await);
    let RelayerError::Refused(revert) = deliver().await.unwrap_err() else { panic!() };
    assert!(revert.says("Mailbox: already delivered"), "{revert}");
}

#[tokio::test]
async fn messages_are_found_in_the_chains_history() {
    let world = World::new().await;
    let messages = [world.dispatch().await, world.dispatch().await];
    let tip = world.b().block_number().await.unwrap();
    let (mailbox, from) = (world.core_b.mailbox, world.core_b.from_block);
    let found = relayer::dispatched(world.b(), mailbox, from, tip).await.unwrap();
    assert_eq!(found, messages);
}

#[tokio::test]
async fn a_leaf_is_found_by_its_event_even_if_a_stranger_inserted_the_message_again() {
    // given a message that a stranger inserts a second time, so that leaf index and nonce go apart
    let mut world = World::new().await;
    let first = world.dispatch().await;
    let insert =
        IPostDispatchHook::postDispatchCall { metadata: Bytes::new(), message: first.message };
    let tx = Tx::call(world.core_b.merkle_tree_hook, &insert);
    world.b().send("insert again", &faucet(), tx).await.unwrap();
    // when the next message is dispatched and signed
    let second = world.dispatch().await;
    world.run_validator(0).await;
    world.run_validator(1).await;
    // then its metadata names leaf 2, although its nonce is 1
    let metadata = world.metadata(&second).await.unwrap();
    assert_eq!(metadata[64..68], [0, 0, 0, 2]);
    assert_eq!(second.message[1..5], [0, 0, 0, 1]);
}

#[tokio::test]
async fn a_validator_signs_every_leaf_once() {
    let world = World::new().await;
    let store = MemoryStore::default();
    assert_eq!(world.sign(0, &store).await.unwrap(), 0, "an empty tree has nothing to sign");
    world.dispatch().await;
    world.dispatch().await;
    assert_eq!(world.sign(0, &store).await.unwrap(), 2);
    assert_eq!(store.latest_index().unwrap(), Some(1));
    assert_eq!(world.sign(0, &store).await.unwrap(), 0);
    world.dispatch().await;
    assert_eq!(world.sign(0, &store).await.unwrap(), 1);
    assert_eq!(store.latest_index().unwrap(), Some(2));
}

#[tokio::test]
async fn a_validator_that_lags_behind_does_not_sign_the_newest_leaf() {
    // given two messages, the second in the newest block
    let world = World::new().await;
    world.dispatch().await;
    world.dispatch().await;
    // when a validator reads one block behind
    let origin = Origin { reorg_period: ReorgPeriod::Blocks(1), ..world.origin() };
    let store = MemoryStore::default();
    let key = &world.validators[0];
    let signed =
        validator::sign_new_checkpoints(world.b(), &origin, &mut world.leaves(), key, &store)
            .await
            .unwrap();
    // then it signs the first
    assert_eq!(signed.len(), 1);
    assert_eq!(signed[0].value.checkpoint.index, 0);
}

#[tokio::test]
async fn a_root_that_the_chain_does_not_confirm_is_never_signed() {
    // given a chain whose tree no longer is what its events said
    let world = World::new().await;
    let message = world.dispatch().await;
    falsify_tree(world.b(), world.core_b.merkle_tree_hook, message.id).await;
    // when a validator reads it
    let store = MemoryStore::default();
    let error = world.sign(0, &store).await.unwrap_err();
    // then it signs nothing, raises the flag, and stays stopped
    assert!(matches!(error, ValidatorError::RootMismatch { index: 0, .. }), "{error}");
    assert!(store.checkpoint(0).unwrap().is_none());
    assert!(store.is_flagged().unwrap());
    let error = world.sign(0, &store).await.unwrap_err();
    assert!(matches!(error, ValidatorError::Flagged), "{error}");
}

#[tokio::test]
async fn an_index_is_never_signed_twice_with_different_roots() {
    // given a validator that has signed leaf 0 of a chain
    let world = World::new().await;
    world.dispatch().await;
    let store = MemoryStore::default();
    world.sign(0, &store).await.unwrap();
    // when the chain has another leaf 0, which it confirms itself: a reorganisation
    let mut other = store.checkpoint(0).unwrap().unwrap();
    other.value.checkpoint.root = B256::repeat_byte(0xbb);
    let other = metalayer::store::Signed::new(other.value, &world.validators[0]).unwrap();
    let reorganised = MemoryStore::default();
    reorganised.put_checkpoint(&other).unwrap();
    // then it refuses
    let error = world.sign(0, &reorganised).await.unwrap_err();
    assert!(matches!(error, ValidatorError::AlreadySigned { index: 0, .. }), "{error}");
    assert_eq!(reorganised.checkpoint(0).unwrap().unwrap(), other);
}

/// Overwrites the leaf in the tree's storage, wherever the hook keeps it.
async fn falsify_tree(chain: &Chain, hook: Address, leaf: B256) {
    for slot in 0..200_u64 {
        let slot = B256::from(U256::from(slot));
        let word: B256 = chain.request("eth_getStorageAt", (hook, slot, "latest")).await.unwrap();
        if word == leaf {
            let params = (hook, slot, B256::repeat_byte(0x66));
            chain.request::<bool>("anvil_setStorageAt", params).await.unwrap();
            let root = chain.call(hook, &IMerkleTreeHook::rootCall {}).await.unwrap();
            assert_ne!(root, B256::ZERO);
            return;
        }
    }
    panic!("the leaf is not in the first slots of the hook");
}
