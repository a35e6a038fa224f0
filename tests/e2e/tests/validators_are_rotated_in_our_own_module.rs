//! A lane on MetalayerMultisigIsm: its owner replaces validators, and only the tree of the origin counts.

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::signers::SignerSync;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{Revert, SolError};
use e2e::chain::Receipt;
use e2e::mocks::IRecipientMock;
use e2e::network::{DOMAIN_A, DOMAIN_B, Network, Side, b32, deployer};
use interfaces::codec::{Checkpoint, MessageIdMetadata, Signatures};
use interfaces::hyperlane::IMailbox;
use interfaces::merkle::MerkleTree;
use interfaces::metalayer::{IMetalayerIsm, IMetalayerMultisigIsm, IMetalayerRouter};
use metalayer::artifacts::Artifacts;
use metalayer::chain::Tx;
use metalayer::hyperlane::ValidatorSet;
use metalayer::modules::{ModulePrograms, PinnedSet, deploy_multisig_ism};
use metalayer::relayer::{Dispatched, RelayerError};

const FEE: u64 = 1_000_000_000_000_000;

fn addresses(keys: &[PrivateKeySigner]) -> Vec<Address> {
    keys.iter().map(PrivateKeySigner::address).collect()
}

/// Puts a module of our own, with these validators of B, in place of the INSTANT lane's on A.
pub(crate) async fn install(
    network: &Network,
    keys: &[PrivateKeySigner],
    threshold: u8,
) -> Address {
    let (a, b) = (&network.a, &network.b);
    let owner = deployer(&a.chain);
    let programs = ModulePrograms::load(&Artifacts::locate()).expect("the contracts are built");
    let set = PinnedSet {
        origin: DOMAIN_B,
        merkle_tree_hook: b32(b.core.merkle_tree_hook),
        set: ValidatorSet { validators: addresses(keys), threshold },
    };
    let ism = deploy_multisig_ism(a.chain.link(), &owner, &programs, &[set]).await;
    let ism = ism.unwrap_or_else(|error| panic!("{error}"));
    let set = IMetalayerIsm::setModuleCall { origin: DOMAIN_B.0, finality: 0, module: ism };
    a.chain.must(&owner, a.ours.ism, &set).await;
    ism
}

pub(crate) async fn dispatch(b: &Side, recipient: Address) -> Dispatched {
    let dispatch = IMetalayerRouter::dispatch_0Call {
        destination: DOMAIN_A.0,
        recipient,
        reads: Vec::new(),
        writeCallData: Bytes::from_static(b"signed"),
        finality: 0,
        gasLimit: U256::from(200_000),
    };
    let sender = b.chain.account("sender");
    let receipt = b.chain.must_paying(&sender, b.ours.router, &dispatch, U256::from(FEE)).await;
    b.dispatched(&receipt)
}

/// The checkpoint of B's tree whose newest leaf is the message.
pub(crate) async fn checkpoint(b: &Side, message: &Dispatched) -> Checkpoint {
    let mut leaves = b.leaves();
    let block = b.chain.link().block_number().await.expect("eth_blockNumber");
    leaves.follow(b.chain.link(), block).await.expect("the tree's leaves");
    let index = leaves.indices(message.id).next().expect("the message is a leaf");
    let mut tree = MerkleTree::new();
    for leaf in &leaves.ids()[..=index as usize] {
        tree.insert(*leaf).expect("there is room");
    }
    Checkpoint {
        origin: DOMAIN_B,
        merkle_tree_hook: b32(b.core.merkle_tree_hook),
        root: tree.root(),
        index,
        message_id: message.id,
    }
}

/// Metadata of a message from B with the signatures of `keys`.
async fn signed(b: &Side, message: &Dispatched, keys: &[PrivateKeySigner]) -> Bytes {
    let checkpoint = checkpoint(b, message).await;
    let signatures: Vec<[u8; 65]> = keys
        .iter()
        .map(|key| key.sign_hash_sync(&checkpoint.digest()).expect("a signature").as_bytes())
        .collect();
    let metadata = MessageIdMetadata {
        merkle_tree_hook: checkpoint.merkle_tree_hook,
        root: checkpoint.root,
        index: checkpoint.index,
        signatures: Signatures(signatures.as_flattened()),
    };
    metadata.encode().into()
}

async fn refused(a: &Side, metadata: &Bytes, message: &Dispatched) -> Bytes {
    match a.deliver(metadata, &message.message).await {
        Err(RelayerError::Refused(revert)) => revert.0,
        other => panic!("should have been refused: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_passes_our_module_and_a_rotated_set_counts_at_once() {
    let network = Network::start().await;
    let (a, b) = (&network.a, &network.b);
    let keys = b.validators.clone();
    let ism = install(&network, &keys, 2).await;
    let owner = deployer(&a.chain);
    let recipient = a.chain.mock("Recipient", &[]).await;
    let not_enough = Revert::from("!threshold").abi_encode();

    // given a message that validators 1 and 2 have signed, as relayers find their signatures
    let first = dispatch(b, recipient).await;
    b.validators_sign(2).await;
    let metadata = b.metadata(a, &first).await.expect("two signatures suffice");
    assert_eq!(metadata, signed(b, &first, &keys[..2]).await);
    // then it passes
    let receipt = Receipt::from(a.deliver(&metadata, &first.message).await.expect("delivered"));
    assert_eq!(receipt.events::<IRecipientMock::Got>(recipient).len(), 1);

    // when validator 1 is replaced, with a message of its on the way
    let second = dispatch(b, recipient).await;
    let successor = b.chain.account("successor of validator 1");
    let rotated = [successor.clone(), keys[1].clone(), keys[2].clone()];
    let set = IMetalayerMultisigIsm::setValidatorsAndThresholdCall {
        origin: DOMAIN_B.0,
        validators: addresses(&rotated),
        threshold: 2,
    };
    let receipt = a.chain.must(&owner, ism, &set).await;
    let events = receipt.events::<IMetalayerMultisigIsm::ValidatorsAndThresholdSet>(ism);
    let expected = IMetalayerMultisigIsm::ValidatorsAndThresholdSet {
        origin: set.origin,
        validators: set.validators.clone(),
        threshold: set.threshold,
    };
    assert_eq!(events, [expected]);
    // then its signature is worth nothing, and the successor's is
    let old = signed(b, &second, &keys[..2]).await;
    assert_eq!(refused(a, &old, &second).await, not_enough);
    let new = signed(b, &second, &rotated[..2]).await;

    // when the owner pins another tree, good signatures are worth nothing either
    let pin = |merkle_tree_hook| IMetalayerMultisigIsm::setMerkleTreeHookCall {
        origin: DOMAIN_B.0,
        merkleTreeHook: merkle_tree_hook,
    };
    let receipt = a.chain.must(&owner, ism, &pin(B256::repeat_byte(1))).await;
    let events = receipt.events::<IMetalayerMultisigIsm::MerkleTreeHookSet>(ism);
    assert_eq!(events[0].merkleTreeHook, B256::repeat_byte(1));
    assert_eq!(refused(a, &new, &second).await, not_enough);
    // then the message waits until the right one is pinned again
    a.chain.must(&owner, ism, &pin(b32(b.core.merkle_tree_hook))).await;
    a.deliver(&new, &second.message).await.expect("delivered");

    // and nobody else changes anything
    let stranger = a.chain.account("stranger");
    let unauthorized =
        IMetalayerMultisigIsm::OwnableUnauthorizedAccount { account: stranger.address() };
    let unauthorized = unauthorized.abi_encode();
    assert_eq!(a.chain.send(&stranger, ism, &set).await.expect_err("refused"), unauthorized);
    let pin = pin(B256::ZERO);
    assert_eq!(a.chain.send(&stranger, ism, &pin).await.expect_err("refused"), unauthorized);
}

/// Most gas of a delivery with 13 of 19 signatures to a recipient that does nothing, beside the transaction's own.
///
/// 126,906 were measured. A Solidity router that only forwards takes 126,492 with Hyperlane's static module; ours also
/// remembers the delivery, at 22,100.
const MOST_FOR_13_OF_19: u64 = 128_000;

/// Most gas that one more signature costs; 3,000 of it are the precompile's. 3,178 were measured.
const MOST_FOR_A_SIGNATURE: u64 = 3_200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signature_costs_little_more_than_the_precompile() {
    let network = Network::start().await;
    let (a, b) = (&network.a, &network.b);
    if !a.chain.is_embedded() {
        return; // Another node may hold another state of the program cache.
    }
    let keys: Vec<_> = (1..=19).map(|n| b.chain.account(&format!("one of 19: {n}"))).collect();
    let ism = install(&network, &keys, 3).await;
    let sink = a.chain.mock("Sink", &[]).await;
    for program in [a.ours.ism, a.ours.router, ism] {
        a.chain.cache(program).await;
    }
    let three = delivery_gas(&network, &keys, sink, 3).await;
    let set = IMetalayerMultisigIsm::setValidatorsAndThresholdCall {
        origin: DOMAIN_B.0,
        validators: addresses(&keys),
        threshold: 13,
    };
    a.chain.must(&deployer(&a.chain), ism, &set).await;
    let thirteen = delivery_gas(&network, &keys, sink, 13).await;
    let each = (thirteen - three) / 10;
    println!("3 of 19: {three}, 13 of 19: {thirteen}, a signature: {each} gas");
    assert!(thirteen <= MOST_FOR_13_OF_19, "13 of 19 signatures: {thirteen} gas");
    assert!(each <= MOST_FOR_A_SIGNATURE, "a signature: {each} gas");
}

/// Gas of a delivery with the first `count` signatures, without what every transaction and its calldata cost.
async fn delivery_gas(
    network: &Network,
    keys: &[PrivateKeySigner],
    recipient: Address,
    count: usize,
) -> u64 {
    let (a, b) = (&network.a, &network.b);
    let message = dispatch(b, recipient).await;
    let metadata = signed(b, &message, &keys[..count]).await;
    let call =
        IMailbox::processCall { metadata: metadata.clone(), message: message.message.clone() };
    let calldata = Tx::call(a.core.mailbox, &call).calldata_gas();
    let receipt = a.deliver(&metadata, &message.message).await.expect("delivered");
    receipt.gas_used - 21_000 - calldata
}
