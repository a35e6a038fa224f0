//! A recipient raises the finality of its messages, and has a module of its own pass them too. It can add, and take
//! back what it added; nobody can take away what the sender's lane asks for.

use alloy::primitives::{Address, Bytes, U256};
use alloy::sol_types::{Revert, SolCall, SolError, SolValue};
use e2e::chain::Receipt;
use e2e::mocks::{ICaller, IRecipientMock};
use e2e::network::{DOMAIN_A, Network, Side};
use e2e::reads::add_reads;
use interfaces::codec::{aggregation_metadata, sub_metadata};
use interfaces::metalayer::{IMetalayerIsm, IMetalayerRouter};
use metalayer::relayer::{Dispatched, RelayerError};

const FEE: u64 = 1_000_000_000_000_000;

/// A recipient on A, a message to it on the INSTANT lane, and signatures of that lane's validators.
async fn begin(network: &Network) -> (Address, Dispatched) {
    let (a, b) = (&network.a, &network.b);
    let recipient = a.chain.mock("Recipient", &[]).await;
    let dispatch = IMetalayerRouter::dispatch_0Call {
        destination: DOMAIN_A.0,
        recipient,
        reads: Vec::new(),
        writeCallData: Bytes::from_static(b"instant"),
        finality: 0,
        gasLimit: U256::from(200_000),
    };
    let sender = b.chain.account("sender");
    let receipt = b.chain.must_paying(&sender, b.ours.router, &dispatch, U256::from(FEE)).await;
    b.validators_sign(3).await;
    (recipient, b.dispatched(&receipt))
}

/// Has the recipient tell the module what it asks for.
async fn ask(a: &Side, recipient: Address, call: &impl SolCall) -> Receipt {
    let exec =
        ICaller::execCall { target: a.ours.ism, value: U256::ZERO, data: call.abi_encode().into() };
    a.chain.must(&a.chain.account("anybody"), recipient, &exec).await
}

async fn refused(a: &Side, metadata: &Bytes, message: &Dispatched) -> Bytes {
    match a.deliver(metadata, &message.message).await {
        Err(RelayerError::Refused(revert)) => revert.0,
        other => panic!("should have been refused: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instant_message_needs_the_finalized_validators_if_its_recipient_says_so() {
    let network = Network::start().await;
    let (a, b) = (&network.a, &network.b);
    let (recipient, message) = begin(&network).await;
    let instant = b.metadata(a, &message).await.expect("the INSTANT validators have signed");
    // when the recipient asks for finality
    let raise = IMetalayerIsm::setMinFinalityCall { finality: 1 };
    let receipt = ask(a, recipient, &raise).await;
    let events = receipt.events::<IMetalayerIsm::MinFinalitySet>(a.ours.ism);
    assert_eq!(events, [IMetalayerIsm::MinFinalitySet { recipient, finality: 1 }]);
    // then the INSTANT signatures are strangers', and those of the FINALIZED lane are waited for
    let strangers = Revert::from("!threshold").abi_encode();
    assert_eq!(refused(a, &instant, &message).await, strangers);
    let waiting = b.metadata(a, &message).await;
    assert!(
        matches!(waiting, Err(RelayerError::AwaitingSignatures { found: 0, threshold: 2, .. })),
        "{waiting:?}"
    );
    // when the FINALIZED validators sign
    b.finalized_validators_sign(2).await;
    let finalized = b.metadata(a, &message).await.expect("two have signed");
    let receipt = Receipt::from(a.deliver(&finalized, &message.message).await.expect("delivered"));
    assert_eq!(receipt.events::<IRecipientMock::Got>(recipient).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recipients_module_must_pass_its_messages_too() {
    let network = Network::start().await;
    let (a, b) = (&network.a, &network.b);
    add_reads(a).await;
    let (recipient, message) = begin(&network).await;
    let lane = b.metadata(a, &message).await.expect("the INSTANT validators have signed");

    // when the recipient adds a module that lets nothing pass
    let strict = a.chain.mock("FixedIsm", &false.abi_encode()).await;
    let receipt = ask(a, recipient, &IMetalayerIsm::setAppModuleCall { module: strict }).await;
    let events = receipt.events::<IMetalayerIsm::AppModuleSet>(a.ours.ism);
    assert_eq!(events, [IMetalayerIsm::AppModuleSet { recipient, module: strict }]);
    // then the lane's signatures alone are no metadata any more, and with the module's part it says no
    let not_all = Revert::from("!threshold").abi_encode();
    assert_eq!(refused(a, &lane, &message).await, not_all);
    let both = b.metadata(a, &message).await.expect("metadata for both modules");
    assert_eq!(sub_metadata(&both, 0), Some(Some(&lane[..])));
    assert_eq!(sub_metadata(&both, 1), Some(Some(&[][..])));
    let no = Revert::from("!verify").abi_encode();
    assert_eq!(refused(a, &both, &message).await, no);
    // nor can a relayer leave either of them out
    for parts in [[Some(&lane[..]), None], [None, Some(&[][..])]] {
        // a module that is asked says no before anybody sees that another one was not
        let expected = if parts[1].is_some() { &no } else { &not_all };
        let metadata = aggregation_metadata(&parts).expect("short").into();
        assert_eq!(refused(a, &metadata, &message).await, *expected);
    }

    // when it adds one that lets everything pass instead
    let lax = a.chain.mock("FixedIsm", &true.abi_encode()).await;
    ask(a, recipient, &IMetalayerIsm::setAppModuleCall { module: lax }).await;
    // then that one does not do without the lane's
    let metadata = aggregation_metadata(&[None, Some(&[])]).expect("short").into();
    assert_eq!(refused(a, &metadata, &message).await, not_all);
    // and together they let it pass
    let receipt = Receipt::from(a.deliver(&both, &message.message).await.expect("delivered"));
    assert_eq!(receipt.events::<IRecipientMock::Got>(recipient).len(), 1);
}
