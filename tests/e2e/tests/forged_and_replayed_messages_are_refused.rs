//! No message counts that too few validators signed, that was delivered before, or that the wrong account sent.

use alloy::primitives::{B256, Bytes, U256};
use alloy::sol_types::{Revert, SolError};
use e2e::network::{DOMAIN_A, DOMAIN_B, Network, Side, b32};
use interfaces::codec::{MessageIdMetadata, ProofMessage, Signatures};
use interfaces::hyperlane::{IMailbox, IMessageRecipient};
use interfaces::intents::{IInbox, IMetaProver, IProver};
use interfaces::metalayer::{IMetalayerRecipient, IMetalayerRouter};
use interfaces::{ChainId, codec::MetalayerMessage};
use metalayer::relayer::{Dispatched, RelayerError};

const INTENT: B256 = B256::repeat_byte(0x11);
const FEE: u64 = 1_000_000_000_000_000;

/// A proof that a thief wrote, for an intent that nobody fulfilled.
fn forged_proof(network: &Network) -> Vec<u8> {
    let mut proof = ProofMessage::new(ChainId(network.b.chain.id()), 1);
    proof.push(INTENT, b32(network.b.chain.account("thief").address()));
    proof.into_bytes()
}

/// Dispatches a message from the thief on B to A's prover, through the router: everything about it is honest but its
/// sender.
async fn dispatched_by_a_thief(network: &Network) -> Dispatched {
    let (a, b) = (&network.a, &network.b);
    let dispatch = IMetalayerRouter::dispatch_1Call {
        destination: DOMAIN_A.0,
        recipient: b32(a.ours.prover),
        reads: Vec::new(),
        writeCallData: forged_proof(network).into(),
        finality: 0,
        gasLimit: U256::from(200_000),
    };
    let thief = b.chain.account("thief");
    let receipt = b.chain.must_paying(&thief, b.ours.router, &dispatch, U256::from(FEE)).await;
    b.dispatched(&receipt)
}

async fn nothing_is_proven(side: &Side) {
    let proof =
        side.chain.view(side.ours.prover, &IProver::provenIntentsCall { intentHash: INTENT }).await;
    assert!(proof.claimant.is_zero() && proof.destination == 0, "nothing is proven");
}

fn refusal(result: Result<impl std::fmt::Debug, RelayerError>) -> Bytes {
    match result {
        Err(RelayerError::Refused(revert)) => revert.0,
        other => panic!("should have been refused: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_but_b_s_prover_can_prove_anything_on_a() {
    let network = Network::start().await;
    let (a, b) = (&network.a, &network.b);
    let thief = a.chain.account("thief");

    // when a thief calls A's prover itself
    let handle = IMetalayerRecipient::handleCall {
        origin: DOMAIN_B.0,
        sender: b32(b.ours.prover),
        message: forged_proof(&network).into(),
        reads: Vec::new(),
        readResults: Vec::new(),
    };
    // then it is not the router
    let not_the_router =
        IMetaProver::UnauthorizedSender { expected: a.ours.router, actual: thief.address() }
            .abi_encode();
    assert_eq!(
        a.chain.send(&thief, a.ours.prover, &handle).await.expect_err("refused"),
        not_the_router
    );

    // when it calls A's router itself
    let handle = IMessageRecipient::handleCall {
        origin: DOMAIN_B.0,
        sender: b32(b.ours.router),
        body: Bytes::new(),
    };
    // then it is not the Mailbox
    let not_the_mailbox = IMetalayerRouter::MailboxOnly { caller: thief.address() }.abi_encode();
    assert_eq!(
        a.chain.send(&thief, a.ours.router, &handle).await.expect_err("refused"),
        not_the_mailbox
    );

    // when it asks B's prover to send a proof
    let prove = IProver::proveCall {
        sender: thief.address(),
        sourceChainDomainID: DOMAIN_A.0.into(),
        encodedProofs: forged_proof(&network).into(),
        data: Bytes::from(vec![0; 64]),
    };
    // then it is not the Portal
    let not_the_portal = IMetaProver::NonPortalCaller { caller: thief.address() }.abi_encode();
    assert_eq!(
        b.chain.send(&thief, b.ours.prover, &prove).await.expect_err("refused"),
        not_the_portal
    );

    // when it asks B's Portal to prove what nobody fulfilled
    let prove = IInbox::proveCall {
        prover: b.ours.prover,
        sourceChainDomainID: DOMAIN_A.0.into(),
        intentHashes: vec![INTENT],
        data: Bytes::from(vec![0; 64]),
    };
    let not_fulfilled = IInbox::IntentNotFulfilled { intentHash: INTENT }.abi_encode();
    assert_eq!(
        b.chain.send(&thief, b.ours.portal, &prove).await.expect_err("refused"),
        not_fulfilled
    );

    // when it sends the message through B's router, signed and delivered like any other
    let message = dispatched_by_a_thief(&network).await;
    b.validators_sign(3).await;
    let metadata = b.metadata(a, &message).await.expect("validators sign everything");
    // then A's prover knows its peer, and this is another
    let not_listed = IMetaProver::NotWhitelisted { sender: b32(thief.address()) }.abi_encode();
    assert_eq!(refusal(a.deliver(&metadata, &message.message).await), not_listed);

    // when it writes the Metalayer message itself, in the name of B's prover, and dispatches it past the router
    let honest =
        interfaces::codec::HyperlaneMessage::decode(&message.message).expect("a message").body;
    let mut forged = honest.to_vec();
    forged[10..42].copy_from_slice(b32(b.ours.prover).as_slice());
    MetalayerMessage::decode(&forged).expect("well-formed");
    let dispatch = IMailbox::dispatch_0Call {
        destination: DOMAIN_A.0,
        recipient: b32(a.ours.router),
        body: forged.into(),
    };
    let thief_on_b = b.chain.account("thief");
    let receipt =
        b.chain.must_paying(&thief_on_b, b.core.mailbox, &dispatch, U256::from(FEE)).await;
    let message = b.dispatched(&receipt);
    b.validators_sign(3).await;
    let metadata = b.metadata(a, &message).await.expect("validators sign everything");
    // then A's router knows its peer, and this is another
    let not_the_peer = IMetalayerRouter::UnexpectedRouter {
        origin: DOMAIN_B.0,
        sender: b32(thief_on_b.address()),
    };
    assert_eq!(refusal(a.deliver(&metadata, &message.message).await), not_the_peer.abi_encode());

    nothing_is_proven(a).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_signature_of_three_is_not_enough_and_two_deliver_only_once() {
    let network = Network::start().await;
    let (a, b) = (&network.a, &network.b);
    // given an honest message between two accounts, recipient included, that one validator has signed
    let recipient = a.chain.mock("Recipient", &[]).await;
    let sender = b.chain.account("sender");
    let dispatch = IMetalayerRouter::dispatch_0Call {
        destination: DOMAIN_A.0,
        recipient,
        reads: Vec::new(),
        writeCallData: Bytes::from_static(b"hello"),
        finality: 0,
        gasLimit: U256::from(200_000),
    };
    let receipt = b.chain.must_paying(&sender, b.ours.router, &dispatch, U256::from(FEE)).await;
    let message = b.dispatched(&receipt);
    b.validators_sign(1).await;

    // when the relayer looks for signatures
    let waiting = b.metadata(a, &message).await;
    // then it waits
    let awaiting =
        matches!(waiting, Err(RelayerError::AwaitingSignatures { found: 1, threshold: 2, .. }));
    assert!(awaiting, "{waiting:?}");

    // when a thief completes the one signature by its own
    b.validators_sign(2).await;
    let metadata = b.metadata(a, &message).await.expect("two signatures suffice");
    let honest = MessageIdMetadata::decode(&metadata).expect("metadata");
    let mut signatures = honest.signatures.0.to_vec();
    let checkpoint = honest.checkpoint(&message.message).expect("a checkpoint");
    let forged =
        alloy::signers::SignerSync::sign_hash_sync(&a.chain.account("thief"), &checkpoint.digest())
            .expect("a signature");
    signatures[65..130].copy_from_slice(&forged.as_bytes());
    let forged = MessageIdMetadata { signatures: Signatures(&signatures), ..honest };
    // then the module counts one
    let too_few = Revert::from("!threshold").abi_encode();
    assert_eq!(refusal(a.deliver(&forged.encode().into(), &message.message).await), too_few);
    // nor does the one signature count twice
    let (first, second) = signatures.split_at_mut(65);
    second[..65].copy_from_slice(first);
    let twice = MessageIdMetadata { signatures: Signatures(&signatures), ..honest };
    assert_eq!(refusal(a.deliver(&twice.encode().into(), &message.message).await), too_few);
    // nor are two good signatures good for another message
    let mut other = message.message.to_vec();
    *other.last_mut().expect("a body") ^= 1;
    assert_eq!(refusal(a.deliver(&metadata, &other.into()).await), too_few);

    // when it is delivered with two honest signatures
    a.deliver(&metadata, &message.message).await.expect("delivered");
    // then never again
    let once = a.refusal_of_a_repetition(&message).await;
    assert_eq!(refusal(a.deliver(&metadata, &message.message).await), once);
}
