//! A recipient may dispatch an answer while its message is being delivered; nothing else is possible from there.

use alloy::primitives::{Bytes, U256};
use alloy::sol_types::{SolCall, SolError};
use e2e::mocks::IRecipientMock;
use e2e::network::{DOMAIN_A, DOMAIN_B, Network, b32};
use interfaces::hyperlane::IMailbox;
use interfaces::metalayer::IMetalayerRouter;

const FEE: u64 = 1_000_000_000_000_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_goes_out_in_the_delivery_and_comes_back() {
    let network = Network::start().await;
    let (a, b) = (&network.a, &network.b);
    // given two recipients, of which A's answers, and tries to have its message delivered once more meanwhile
    let on_a = a.chain.mock("Recipient", &[]).await;
    let on_b = b.chain.mock("Recipient", &[]).await;
    let anybody = a.chain.account("anybody");
    let answer = IRecipientMock::answerCall { destination: DOMAIN_B.0, recipient: on_b };
    a.chain.must_paying(&anybody, on_a, &answer, U256::from(FEE)).await;

    // when B's account writes to it
    let sender = b.chain.account("sender");
    let dispatch = IMetalayerRouter::dispatch_0Call {
        destination: DOMAIN_A.0,
        recipient: on_a,
        reads: Vec::new(),
        writeCallData: Bytes::from_static(b"ping"),
        finality: 0,
        gasLimit: U256::from(1_000_000),
    };
    let receipt = b.chain.must_paying(&sender, b.ours.router, &dispatch, U256::from(FEE)).await;
    let message = b.dispatched(&receipt);
    b.validators_sign(2).await;
    let metadata = b.metadata(a, &message).await.expect("two signatures suffice");
    let process =
        IMailbox::processCall { metadata: metadata.clone(), message: message.message.clone() };
    let again =
        IRecipientMock::repeatCall { target: a.core.mailbox, data: process.abi_encode().into() };
    a.chain.must(&anybody, on_a, &again).await;
    let receipt = a.deliver(&metadata, &message.message).await.expect("delivered");
    let receipt = e2e::chain::Receipt::from(receipt);

    // then the recipient got it once, from the router and in the name of its sender
    let got = receipt.events::<IRecipientMock::Got>(on_a);
    let [got] = &got[..] else { panic!("{got:?}") };
    assert_eq!(
        (got.router, got.origin, got.sender),
        (a.ours.router, DOMAIN_B.0, b32(sender.address()))
    );
    assert_eq!(got.message, Bytes::from_static(b"ping"));
    let delivered = receipt.events::<IMetalayerRouter::MetalayerDelivered>(a.ours.router);
    assert_eq!(delivered.len(), 1);
    assert_eq!((delivered[0].sender, delivered[0].recipient), (b32(sender.address()), b32(on_a)));
    // and its second delivery was refused while the first was under way
    let again = receipt.events::<IRecipientMock::Again>(on_a);
    let [again] = &again[..] else { panic!("{again:?}") };
    assert!(!again.success);
    assert_eq!(again.output, a.refusal_of_a_repetition(&message).await);
    // and the answer is on its way, with what the hooks did not want given back
    let answered = receipt.events::<IRecipientMock::Answered>(on_a);
    let reply = a.dispatched(&receipt);
    assert_eq!(answered.len(), 1);
    assert_eq!(answered[0].messageId, reply.id);
    let paid = U256::from(FEE) - a.chain.balance(on_a).await;
    assert_eq!(a.chain.balance(a.core.interchain_gas_paymaster).await, paid);
    assert_eq!(a.chain.balance(a.ours.router).await, U256::ZERO);
    assert_eq!(a.chain.view(a.ours.router, &IMetalayerRouter::nonceCall {}).await, 1);

    // when the answer is carried back
    a.validators_sign(2).await;
    let metadata = a.metadata(b, &reply).await.expect("two signatures suffice");
    let receipt = b.deliver(&metadata, &reply.message).await.expect("delivered");
    // then it came from the recipient
    let receipt = e2e::chain::Receipt::from(receipt);
    let got = receipt.events::<IRecipientMock::Got>(on_b);
    assert_eq!((got[0].origin, got[0].sender), (DOMAIN_A.0, b32(on_a)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_its_recipient_refuses_stays_deliverable() {
    let network = Network::start().await;
    let (a, b) = (&network.a, &network.b);
    // given a recipient that refuses
    let recipient = a.chain.mock("Recipient", &[]).await;
    let anybody = a.chain.account("anybody");
    a.chain.must(&anybody, recipient, &IRecipientMock::refuseCall { refusing: true }).await;
    let dispatch = IMetalayerRouter::dispatch_0Call {
        destination: DOMAIN_A.0,
        recipient,
        reads: Vec::new(),
        writeCallData: Bytes::from_static(b"please"),
        finality: 0,
        gasLimit: U256::from(200_000),
    };
    let sender = b.chain.account("sender");
    let receipt = b.chain.must_paying(&sender, b.ours.router, &dispatch, U256::from(FEE)).await;
    let message = b.dispatched(&receipt);
    b.validators_sign(2).await;
    let metadata = b.metadata(a, &message).await.expect("two signatures suffice");
    // when the message comes
    let refused = a.deliver(&metadata, &message.message).await;
    // then its own words reach the relayer
    let Err(metalayer::relayer::RelayerError::Refused(revert)) = refused else {
        panic!("{refused:?}")
    };
    let words = IRecipientMock::Refused { message: Bytes::from_static(b"please") }.abi_encode();
    assert_eq!(revert.0, words);
    // when it has changed its mind
    a.chain.must(&anybody, recipient, &IRecipientMock::refuseCall { refusing: false }).await;
    // then the same message is delivered
    a.deliver(&metadata, &message.message).await.expect("delivered");
}
