//! A funder who has permitted an intent's vault to take tokens need not come along: anybody brings them in.

use alloy::primitives::{Address, U256};
use alloy::sol_types::{Panic, SolError};
use e2e::escrow::{DESTINATION, Escrow, ROUTE_HASH};
use e2e::mocks::IPermit;
use interfaces::intents::{IERC20, IIntentSource, Reward};

const NATIVE: u64 = 1_000;
const TOKENS: u64 = 500;

fn fund_for(
    reward: &Reward,
    allow_partial: bool,
    funder: Address,
    permit: Address,
) -> IIntentSource::fundForCall {
    IIntentSource::fundForCall {
        destination: DESTINATION,
        routeHash: ROUTE_HASH,
        reward: reward.clone(),
        allowPartial: allow_partial,
        funder,
        permitContract: permit,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anybody_brings_what_a_funder_permits_to_one_intent() {
    // given a funder who permits an intent's vault most of the tokens, and allows it the rest itself
    let escrow = Escrow::set().await;
    let chain = &escrow.chain;
    let (funder, sponsor) = (chain.account("funder"), chain.account("sponsor"));
    let reward = escrow.reward(chain.account("creator").address(), NATIVE, TOKENS);
    let vault = escrow.vault(&reward);
    let permit = chain.mock("Permit", &[]).await;
    escrow.provide(&funder, permit, TOKENS).await;
    let approve = IERC20::approveCall { spender: vault, value: U256::from(TOKENS) };
    chain.must(&funder, escrow.token, &approve).await;
    let set = IPermit::setCall {
        owner: funder.address(),
        token: escrow.token,
        spender: vault,
        amount: (TOKENS - 20).try_into().expect("it fits"),
        expiration: escrow.deadline.try_into().expect("it fits"),
    };
    chain.must(&funder, permit, &set).await;

    // when a sponsor pays the native part, with something too much
    chain.provide(sponsor.address(), U256::from(NATIVE * 2)).await;
    let before = chain.balance(sponsor.address()).await;
    let fund = fund_for(&reward, false, funder.address(), permit);
    let receipt = chain.must_paying(&sponsor, escrow.portal, &fund, U256::from(NATIVE * 2)).await;

    // then the intent is funded in the funder's name, to the unit, and the change is back
    let funded = IIntentSource::IntentFunded {
        intentHash: escrow.intent_hash(&reward),
        funder: funder.address(),
        complete: true,
    };
    assert_eq!(receipt.events::<IIntentSource::IntentFunded>(escrow.portal), [funded]);
    assert_eq!(escrow.of(vault).await, [NATIVE, TOKENS]);
    assert_eq!(escrow.status(&reward).await, 1, "Funded");
    let spent = before - chain.balance(sponsor.address()).await;
    assert_eq!(spent, U256::from(NATIVE) + receipt.cost());
    let left = IERC20::allowanceCall { owner: funder.address(), spender: vault };
    assert_eq!(chain.view(escrow.token, &left).await, U256::from(TOKENS - 20), "the permit first");

    // when it is funded once more
    let again = chain.must_paying(&sponsor, escrow.portal, &fund, U256::from(7)).await;
    // then nothing happens
    assert_eq!(again.logs, []);
    assert_eq!(escrow.of(vault).await, [NATIVE, TOKENS]);
    assert_eq!(escrow.of(escrow.portal).await, [0, 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_permit_that_has_expired_leaves_it_to_the_allowance() {
    // given a permission that ends with this very second, and one that ended the second before
    let escrow = Escrow::set().await;
    let chain = &escrow.chain;
    if !chain.is_embedded() {
        return; // Only a clock that is set hits a second.
    }
    let now = chain.now().await + 1_000;
    for (index, (expiration, pulled)) in [(now, 30 + 5), (now - 1, 5)].into_iter().enumerate() {
        let funder = chain.account(&format!("funder {index}"));
        let reward = escrow.reward(funder.address(), 0, 50);
        let vault = escrow.vault(&reward);
        let permit = chain.mock("Permit", &[]).await;
        escrow.provide(&funder, permit, 50).await;
        let approve = IERC20::approveCall { spender: vault, value: U256::from(5) };
        chain.must(&funder, escrow.token, &approve).await;
        let set = IPermit::setCall {
            owner: funder.address(),
            token: escrow.token,
            spender: vault,
            amount: 30u64.try_into().expect("it fits"),
            expiration: expiration.try_into().expect("it fits"),
        };
        chain.must(&funder, permit, &set).await;
        chain.set_time(now).await;
        // when it is used
        let fund = fund_for(&reward, true, funder.address(), permit);
        let receipt = chain.must(&chain.account("sponsor"), escrow.portal, &fund).await;
        // then only the one in time counts, and neither reverts
        assert!(!receipt.events::<IIntentSource::IntentFunded>(escrow.portal)[0].complete);
        assert_eq!(escrow.of(vault).await, [0, pulled]);
        assert_eq!(escrow.status(&reward).await, 0, "Initial");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_permit_contract_is_not_believed() {
    // given permit contracts that do not exist, that deliver too much, and that have nothing to do with permits
    let escrow = Escrow::set().await;
    let chain = &escrow.chain;
    let funder = chain.account("funder");
    let reward = escrow.reward(funder.address(), 0, 50);
    let permit = chain.mock("Permit", &[]).await;
    escrow.provide(&funder, permit, 50).await;
    let set = IPermit::setCall {
        owner: funder.address(),
        token: escrow.token,
        spender: escrow.vault(&reward),
        amount: 50u64.try_into().expect("it fits"),
        expiration: escrow.deadline.try_into().expect("it fits"),
    };
    chain.must(&funder, permit, &set).await;
    chain.must(&funder, permit, &IPermit::setExtraCall { extra: U256::ONE }).await;
    let nobody = chain.account("nobody").address();
    let too_much = Panic { code: U256::from(0x11) }.abi_encode();
    for (permit, refused) in [(nobody, vec![]), (permit, too_much), (escrow.token, vec![])] {
        // when an intent is funded through them
        let fund = fund_for(&reward, true, funder.address(), permit);
        let sent = chain.send(&chain.account("sponsor"), escrow.portal, &fund).await;
        // then all of it reverts, as in Solidity
        assert_eq!(sent.expect_err("refused"), refused);
        assert_eq!(escrow.of(funder.address()).await[1], 50);
    }
}
