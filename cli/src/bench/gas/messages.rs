//! The messages between: proofs that arrive, a dispatch, and deliveries of messages with signatures.

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::signers::SignerSync;
use interfaces::ChainId;
use interfaces::codec::{
    Checkpoint, HyperlaneMessage, MessageIdMetadata, MetalayerHeader, ProofMessage, Signatures,
};
use interfaces::hyperlane::IMailbox::processCall;
use interfaces::metalayer::FinalityState;
use interfaces::metalayer::IMetalayerMultisigIsm::setValidatorsAndThresholdCall;
use interfaces::metalayer::IMetalayerRecipient::handleCall;
use interfaces::metalayer::IMetalayerRouter::{
    dispatch_0Call as dispatchCall, quoteGasPaymentCall,
};

use super::GasError;
use super::stand_ins;
use super::world::{Operation, REMOTE, REMOTE_PROVER, REMOTE_TREE, World, addresses, b32};
use crate::chain::Tx;
use crate::hyperlane::{ValidatorSet, deploy_multisig};
use crate::metalayer::MIN_GAS_LIMIT;
use crate::nodes::DOMAINS;

/// Who fulfilled what is proven here.
const CLAIMANT: Address = Address::repeat_byte(0xe1);
/// Sends the messages that are delivered here.
const APPLICATION: Address = Address::repeat_byte(0xe2);
/// Bytes that a message carries: as many as one proof.
const BODY: [u8; 72] = [0xe3; 72];

/// Measures everything that has to do with messages.
pub(super) async fn measure(world: &mut World) -> Result<(), GasError> {
    handling(world).await?;
    dispatching(world).await?;
    processing(world).await
}

/// The call by which a router delivers proofs to a MetaProver.
pub(super) fn handle(proofs: ProofMessage) -> handleCall {
    handleCall {
        origin: REMOTE.0.0,
        sender: b32(REMOTE_PROVER),
        message: proofs.into_bytes().into(),
        reads: Vec::new(),
        readResults: Vec::new(),
    }
}

async fn handling(world: &mut World) -> Result<(), GasError> {
    let one = Operation::new("MetaProver.handle x1").solidity(28_382);
    let ten = Operation::new("MetaProver.handle x10").solidity(252_285).aim(252_000);
    let forty = Operation::new("MetaProver.handle x40").solidity(998_638);
    let again = Operation::new("MetaProver.handle x10, all known");
    for (operation, intents) in [(one, 1..2), (ten, 10..20), (forty, 20..60), (again, 10..20)] {
        let mut proofs = ProofMessage::new(ChainId(REMOTE.1.0), intents.len());
        for intent in intents {
            proofs.push(B256::repeat_byte(intent), b32(CLAIMANT));
        }
        let router = world.people.router.clone();
        world.measure(operation, &router, Tx::call(world.prover, &handle(proofs))).await?;
    }
    Ok(())
}

async fn dispatching(world: &mut World) -> Result<(), GasError> {
    let (anybody, router) = (world.people.anybody.clone(), world.ours.router);
    let call = dispatchCall {
        destination: REMOTE.0.0,
        recipient: APPLICATION,
        reads: Vec::new(),
        writeCallData: BODY.into(),
        finality: FinalityState::Instant as u8,
        gasLimit: U256::from(MIN_GAS_LIMIT),
    };
    let quote =
        quoteGasPaymentCall { destination: REMOTE.0.0, gasLimit: U256::from(MIN_GAS_LIMIT) };
    let fee = world.chain.call(router, &quote).await?;
    let tx = Tx::call(router, &call).value(fee);
    // The first ones fill slots of the tree that all later ones find filled.
    for _ in 0..2 {
        world.send("dispatch", &anybody, tx.clone()).await?;
    }
    world.measure(Operation::new("router dispatch, 72 bytes"), &anybody, tx).await?;
    Ok(())
}

async fn processing(world: &mut World) -> Result<(), GasError> {
    let router = world.ours.router;
    let three_of_five = |name| Operation::new(name).solidity(77_552);
    let thirteen = |name| Operation::new(name).solidity(126_492).aim(114_000);
    let quorums = [
        (Operation::new("process, 1 of 1"), 1, 1),
        (Operation::new("process, 2 of 3"), 2, 3),
        (three_of_five("process, 3 of 5"), 3, 5),
        (Operation::new("process, 5 of 9"), 5, 9),
        (thirteen("process, 13 of 19"), 13, 19),
    ];
    for (operation, threshold, of) in quorums {
        set_quorum(world, threshold, of).await?;
        process(world, operation, router, threshold).await?;
    }

    // What only forwards, as the Solidity figures' router: it remembers no delivery.
    let forwarder = stand_ins::forwarder(world.ours.ism, world.sink);
    let forwarder = world.create("a router that only forwards", forwarder).await?;
    process(world, thirteen("- 13 of 19, router only forwards"), forwarder, 13).await?;
    set_quorum(world, 3, 5).await?;
    process(world, three_of_five("- 3 of 5, router only forwards"), forwarder, 3).await?;

    for (name, threshold, of) in
        [("- 3 of 5, Hyperlane's multisig", 3, 5), ("- 13 of 19, Hyperlane's multisig", 13, 19)]
    {
        let validators = addresses(&world.validators[..of]);
        let set = ValidatorSet { validators, threshold: threshold as u8 };
        let (owner, factory) = (&world.people.owner, world.core.multisig_factory);
        let module = deploy_multisig(&world.chain, owner, factory, &set).await?;
        world.set_lane_module(module).await?;
        process(world, Operation::new(name), router, threshold).await?;
    }
    Ok(())
}

async fn set_quorum(world: &World, threshold: usize, of: usize) -> Result<(), GasError> {
    let call = setValidatorsAndThresholdCall {
        origin: REMOTE.0.0,
        validators: addresses(&world.validators[..of]),
        threshold: threshold as u8,
    };
    let tx = Tx::call(world.multisig, &call);
    world.send("set the validators", &world.people.owner, tx).await?;
    Ok(())
}

/// Measures the delivery of a message with the signatures of the first validators.
async fn process(
    world: &mut World,
    operation: Operation,
    router: Address,
    signatures: usize,
) -> Result<(), GasError> {
    // A message of its own for each: none is delivered twice.
    let nonce = world.measured() as u32;
    let message = message(world, router, nonce);
    let metadata = metadata(world, &message, nonce, signatures);
    let call = processCall { metadata: metadata.into(), message };
    let anybody = world.people.anybody.clone();
    world.measure(operation, &anybody, Tx::call(world.core.mailbox, &call)).await?;
    Ok(())
}

/// A message from the router of the other chain.
fn message(world: &World, router: Address, nonce: u32) -> Bytes {
    let header = MetalayerHeader {
        version: MetalayerHeader::VERSION,
        finality: FinalityState::Instant,
        nonce,
        origin: REMOTE.0,
        sender: b32(APPLICATION),
        destination: DOMAINS[0],
        recipient: b32(world.sink),
    };
    let message = HyperlaneMessage {
        version: HyperlaneMessage::VERSION,
        nonce,
        origin: REMOTE.0,
        sender: b32(world.remote.router),
        destination: DOMAINS[0],
        recipient: b32(router),
        body: &header.encode([].into_iter(), &BODY),
    };
    message.encode().into()
}

fn metadata(world: &World, message: &[u8], index: u32, signatures: usize) -> Vec<u8> {
    let checkpoint = Checkpoint {
        origin: REMOTE.0,
        merkle_tree_hook: b32(REMOTE_TREE),
        // The module believes the validators, whatever root they sign.
        root: B256::repeat_byte(0xe4),
        index,
        message_id: HyperlaneMessage::id_of(message),
    };
    let digest = checkpoint.digest();
    let signing = world.validators.iter().take(signatures);
    // A key in memory signs everything.
    let signatures: Vec<_> =
        signing.filter_map(|key| Some(key.sign_hash_sync(&digest).ok()?.as_bytes())).collect();
    let metadata = MessageIdMetadata {
        merkle_tree_hook: checkpoint.merkle_tree_hook,
        root: checkpoint.root,
        index,
        signatures: Signatures(signatures.as_flattened()),
    };
    metadata.encode()
}
