//! The owner of A's router stops it, hands it over in two steps, and the new owner lets it go on: a message that came
//! meanwhile is delivered as if nothing had been.

use alloy::primitives::{Bytes, U256};
use alloy::sol_types::SolError;
use e2e::chain::Receipt;
use e2e::mocks::IRecipientMock;
use e2e::network::{DOMAIN_A, DOMAIN_B, Network, deployer};
use interfaces::metalayer::IMetalayerRouter as R;
use metalayer::relayer::RelayerError;

const FEE: u64 = 1_000_000_000_000_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_while_a_router_is_paused_is_delivered_afterwards() {
    let network = Network::start().await;
    let (a, b) = (&network.a, &network.b);
    let (router, owner) = (a.ours.router, deployer(&a.chain));
    let (heir, sender) = (a.chain.account("heir"), b.chain.account("sender"));
    let recipient = a.chain.mock("Recipient", &[]).await;
    let dispatch = |destination| R::dispatch_0Call {
        destination,
        recipient,
        reads: Vec::new(),
        writeCallData: Bytes::from_static(b"meanwhile"),
        finality: 0,
        gasLimit: U256::from(200_000),
    };
    let fee = U256::from(FEE);
    let there = dispatch(DOMAIN_A.0);
    let sent = b.chain.must_paying(&sender, b.ours.router, &there, fee).await;
    let message = b.dispatched(&sent);
    b.validators_sign(2).await;
    let metadata = b.metadata(a, &message).await.expect("two signatures suffice");

    // when A's router is paused, by its owner and nobody else
    let pause = R::setPausedCall { paused: true };
    let unauthorized = R::OwnableUnauthorizedAccount { account: heir.address() }.abi_encode();
    let refused = a.chain.send(&heir, router, &pause).await;
    assert_eq!(refused.expect_err("refused"), unauthorized);
    let receipt = a.chain.must(&owner, router, &pause).await;
    assert_eq!(receipt.events::<R::PausedSet>(router), [R::PausedSet { paused: true }]);
    // then it neither delivers nor sends
    let paused = R::EnforcedPause {}.abi_encode();
    let refused = a.deliver(&metadata, &message.message).await;
    let Err(RelayerError::Refused(revert)) = refused else { panic!("{refused:?}") };
    assert_eq!(revert.0, paused);
    let back = a.chain.send_paying(&sender, router, &dispatch(DOMAIN_B.0), fee).await;
    assert_eq!(back.expect_err("refused"), paused);

    // when ownership is offered and taken
    let offer = R::transferOwnershipCall { newOwner: heir.address() };
    let receipt = a.chain.must(&owner, router, &offer).await;
    let (previous, next) = (owner.address(), heir.address());
    let started = R::OwnershipTransferStarted { previousOwner: previous, newOwner: next };
    assert_eq!(receipt.events::<R::OwnershipTransferStarted>(router), [started]);
    let resume = R::setPausedCall { paused: false };
    let refused = a.chain.send(&heir, router, &resume).await;
    assert_eq!(refused.expect_err("not yet"), unauthorized);
    let receipt = a.chain.must(&heir, router, &R::acceptOwnershipCall {}).await;
    let moved = R::OwnershipTransferred { previousOwner: previous, newOwner: next };
    assert_eq!(receipt.events::<R::OwnershipTransferred>(router), [moved]);
    // then the heir lets it go on, and the old owner could not
    let unauthorized = R::OwnableUnauthorizedAccount { account: previous }.abi_encode();
    let refused = a.chain.send(&owner, router, &resume).await;
    assert_eq!(refused.expect_err("no longer"), unauthorized);
    a.chain.must(&heir, router, &resume).await;
    // and the message is delivered, once
    let receipt = Receipt::from(a.deliver(&metadata, &message.message).await.expect("delivered"));
    assert_eq!(receipt.events::<IRecipientMock::Got>(recipient).len(), 1);
    a.chain.must_paying(&sender, router, &dispatch(DOMAIN_B.0), fee).await;
}
