//! A creator whose account takes no native value gets its refund through an account that it names.

use alloy::primitives::U256;
use alloy::sol_types::{SolCall, SolError};
use e2e::escrow::{DESTINATION, Escrow, ROUTE_HASH};
use e2e::mocks::ICaller;
use interfaces::intents::IIntentSource;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_creator_names_who_gets_the_refund() {
    // given a funded intent of a contract that refuses native value
    let escrow = Escrow::set().await;
    let chain = &escrow.chain;
    let (funder, thief) = (chain.account("funder"), chain.account("thief"));
    let refundee = chain.account("refundee").address();
    let creator = chain.mock("NoEth", &[]).await;
    let reward = escrow.reward(creator, 100, 5);
    let (vault, intent_hash) = (escrow.vault(&reward), escrow.intent_hash(&reward));
    escrow.provide(&funder, escrow.portal, 5).await;
    let fund = IIntentSource::fundCall {
        destination: DESTINATION,
        routeHash: ROUTE_HASH,
        reward: reward.clone(),
        allowPartial: false,
    };
    chain.must_paying(&funder, escrow.portal, &fund, U256::from(100)).await;
    let refund_to = |refundee| IIntentSource::refundToCall {
        destination: DESTINATION,
        routeHash: ROUTE_HASH,
        reward: reward.clone(),
        refundee,
    };
    let as_creator = |refundee| ICaller::execCall {
        target: escrow.portal,
        value: U256::ZERO,
        data: refund_to(refundee).abi_encode().into(),
    };

    // when somebody else asks, or the creator asks too early
    let refused = chain.send(&thief, escrow.portal, &refund_to(thief.address())).await;
    let not_yours = IIntentSource::NotCreatorCaller { caller: thief.address() };
    assert_eq!(refused.expect_err("a stranger"), not_yours.abi_encode());
    let refused = chain.send(&funder, creator, &as_creator(refundee)).await.expect_err("too early");
    // then the escrow stays whole
    let early = IIntentSource::InvalidStatusForRefund::abi_decode(&refused).expect("the error");
    assert_eq!((early.status, early.deadline), (1, U256::from(escrow.deadline)));
    assert_eq!(escrow.of(vault).await, [100, 5]);

    // when the deadline has come and anybody has it refunded
    chain.set_time(escrow.deadline).await;
    let refund = IIntentSource::refundCall {
        destination: DESTINATION,
        routeHash: ROUTE_HASH,
        reward: reward.clone(),
    };
    chain.must(&thief, escrow.portal, &refund).await;
    // then the creator has the tokens, and the native value waits
    assert_eq!((escrow.of(creator).await, escrow.of(vault).await), ([0, 5], [100, 0]));

    // when the creator names another account
    let receipt = chain.must(&funder, creator, &as_creator(refundee)).await;
    // then that one gets it
    let refunded = IIntentSource::IntentRefunded { intentHash: intent_hash, refundee };
    assert_eq!(receipt.events::<IIntentSource::IntentRefunded>(escrow.portal), [refunded]);
    assert_eq!((escrow.of(refundee).await, escrow.of(vault).await), ([100, 0], [0, 0]));
    assert_eq!(escrow.status(&reward).await, 3, "Refunded");
}
