//! A message from B is delivered on A; whoever likes has A's router tell B's, and B's router remembers it.

use alloy::primitives::{Address, Bytes, U256};
use alloy::sol_types::SolError;
use e2e::chain::Receipt;
use e2e::network::{DOMAIN_A, DOMAIN_B, Network, Side, b32};
use interfaces::codec::{HyperlaneMessage, MetalayerMessage};
use interfaces::metalayer::IMetalayerRouter as R;
use metalayer::relayer::{Dispatched, RelayerError};

const FEE: u64 = 1_000_000_000_000_000;

async fn dispatch(from: &Side, to: &Side, recipient: Address) -> Dispatched {
    let dispatch = R::dispatch_0Call {
        destination: to.domain.0,
        recipient,
        reads: Vec::new(),
        writeCallData: Bytes::from_static(b"has it arrived?"),
        finality: 0,
        gasLimit: U256::from(200_000),
    };
    let sender = from.chain.account("sender");
    let sent = from.chain.must_paying(&sender, from.ours.router, &dispatch, U256::from(FEE)).await;
    from.dispatched(&sent)
}

/// Has everything signed, and carries a message over.
async fn carry(from: &Side, to: &Side, message: &Dispatched) -> Result<Receipt, RelayerError> {
    from.validators_sign(2).await;
    let metadata = from.metadata(to, message).await?;
    to.deliver(&metadata, &message.message).await.map(Receipt::from)
}

fn body(message: &Dispatched) -> &[u8] {
    HyperlaneMessage::decode(&message.message).expect("a message").body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sending_chain_learns_that_its_message_was_delivered() {
    let network = Network::start().await;
    let (a, b) = (&network.a, &network.b);
    let recipient = a.chain.mock("Recipient", &[]).await;
    let message = dispatch(b, a, recipient).await;
    let id = MetalayerMessage::id_of(body(&message));
    let anybody = a.chain.account("anybody");
    let confirm = R::confirmDeliveryCall {
        origin: DOMAIN_B.0,
        message: Bytes::copy_from_slice(body(&message)),
        gasLimit: U256::from(100_000),
    };
    let ask =
        async || a.chain.send_paying(&anybody, a.ours.router, &confirm, U256::from(FEE)).await;

    // while it is on its way, nobody gets a receipt for it
    let refused = ask().await.expect_err("refused");
    assert_eq!(refused, R::NotDelivered { messageId: id }.abi_encode());

    // when it has been delivered, anybody does
    carry(b, a, &message).await.expect("delivered");
    let sent = ask().await.unwrap_or_else(|data| panic!("reverted with {data}"));
    let receipt = a.dispatched(&sent);
    let events = sent.events::<R::MetalayerDispatch>(a.ours.router);
    assert_eq!((events[0].sender, events[0].recipient), (a.ours.router, b32(b.ours.router)));
    assert_eq!(a.chain.balance(a.ours.router).await, U256::ZERO);

    // when the receipt is carried back, B's router remembers it and says so
    let key = MetalayerMessage::processed_key(DOMAIN_A, b32(a.ours.router), id);
    assert!(!b.chain.view(b.ours.router, &R::confirmedCall { key }).await);
    let carried = carry(a, b, &receipt).await.unwrap_or_else(|error| panic!("{error}"));
    let expected =
        R::DeliveryConfirmed { destination: DOMAIN_A.0, messageId: id, recipient: b32(recipient) };
    assert_eq!(carried.events::<R::DeliveryConfirmed>(b.ours.router), [expected]);
    assert!(b.chain.view(b.ours.router, &R::confirmedCall { key }).await);

    // and a second receipt, which somebody has paid for, changes nothing
    let sent = ask().await.unwrap_or_else(|data| panic!("reverted with {data}"));
    let carried = carry(a, b, &a.dispatched(&sent)).await.expect("delivered");
    assert_eq!(carried.events::<R::DeliveryConfirmed>(b.ours.router), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_that_a_router_did_not_write_is_refused() {
    let network = Network::start().await;
    let (a, b) = (&network.a, &network.b);
    // given a thief who sends the router a message of its own
    let forged = dispatch(a, b, b.ours.router).await;
    // then it is none that a router takes
    let refused = carry(a, b, &forged).await;
    let Err(RelayerError::Refused(revert)) = refused else { panic!("{refused:?}") };
    let expected = R::InvalidRecipient { recipient: b32(b.ours.router) };
    assert_eq!(revert.0, expected.abi_encode());
}
