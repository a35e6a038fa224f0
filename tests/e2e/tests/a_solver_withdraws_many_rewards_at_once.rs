//! A solver collects the pay of many intents in one transaction.

use alloy::primitives::{Address, U256};
use alloy::sol_types::SolError;
use e2e::escrow::{DESTINATION, Escrow, ROUTE_HASH};
use interfaces::intents::{IIntentSource, Reward};

fn batch(rewards: &[&Reward]) -> IIntentSource::batchWithdrawCall {
    IIntentSource::batchWithdrawCall {
        destinations: vec![DESTINATION; rewards.len()],
        routeHashes: vec![ROUTE_HASH; rewards.len()],
        rewards: rewards.iter().map(|reward| (*reward).clone()).collect(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_pays_everything_or_nothing() {
    // given ten funded intents of as many creators, all fulfilled by one solver
    let escrow = Escrow::set().await;
    let chain = &escrow.chain;
    let (funder, solver) = (chain.account("funder"), chain.account("solver").address());
    escrow.provide(&funder, escrow.portal, 10 * 3).await;
    let mut rewards = Vec::new();
    for n in 1..=10 {
        let reward = escrow.reward(Address::repeat_byte(n), u64::from(n), 3);
        let fund = IIntentSource::fundCall {
            destination: DESTINATION,
            routeHash: ROUTE_HASH,
            reward: reward.clone(),
            allowPartial: false,
        };
        chain.must_paying(&funder, escrow.portal, &fund, reward.nativeAmount).await;
        escrow.prove(&reward, solver).await;
        rewards.push(reward);
    }
    let all: Vec<&Reward> = rewards.iter().collect();
    let passer_by = chain.account("passer-by");

    // when a list is short, or an intent stands in it twice
    let mut short = batch(&all);
    short.routeHashes.pop();
    let refused = chain.send(&passer_by, escrow.portal, &short).await.expect_err("short");
    assert_eq!(refused, IIntentSource::ArrayLengthMismatch {}.abi_encode());
    let twice = batch(&[&all[..], &all[..1]].concat());
    let refused = chain.send(&passer_by, escrow.portal, &twice).await.expect_err("twice");
    // then nobody is paid anything
    let paid_before = IIntentSource::InvalidStatusForWithdrawal { status: 2 };
    assert_eq!(refused, paid_before.abi_encode());
    assert_eq!(escrow.of(solver).await, [0, 0]);

    // when somebody asks for all ten
    let receipt = chain.must(&passer_by, escrow.portal, &batch(&all)).await;
    // then the solver has all ten, and each is announced, in order
    assert_eq!(escrow.of(solver).await, [55, 30]);
    let announced = receipt.events::<IIntentSource::IntentWithdrawn>(escrow.portal);
    let expected: Vec<_> = all
        .iter()
        .map(|reward| IIntentSource::IntentWithdrawn {
            intentHash: escrow.intent_hash(reward),
            claimant: solver,
        })
        .collect();
    assert_eq!(announced, expected);
    for reward in all {
        assert_eq!(escrow.status(reward).await, 2, "Withdrawn");
        assert_eq!(escrow.of(escrow.vault(reward)).await, [0, 0]);
    }
    // and a batch of none is fine
    let receipt = chain.must_paying(&passer_by, escrow.portal, &batch(&[]), U256::ZERO).await;
    assert_eq!(receipt.logs, []);
}
