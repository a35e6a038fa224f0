//! What is dangerous by design, and how far it reaches. Spec: intents.md §4.3, §9. For users: `SECURITY.md`.

use interfaces::{
    ChainId,
    erc7683::domain_separator,
    intents::{
        IERC20::transferFromCall,
        IERC7683::domainSeparatorV4Call,
        IExecutor::CallFailed,
        IInbox::InvalidHash,
        IIntentSource::{NotCreatorCaller, refundToCall},
    },
};
use support::testing::Behaviour;

use super::*;

const TOKEN: Address = address!("00000000000000000000000000000000000000e6");

fn call_of(target: Address, call: &impl SolCall) -> Call {
    Call { target, data: call.abi_encode().into(), value: U256::ZERO }
}

/// Has the attacker fulfil an intent of its own, which makes this call and may be fulfilled until the user's reward can
/// be refunded.
fn fulfil_with(chain: &Chain, call: Call) -> ArbResult {
    let mut intent = intent(vec![call], 0, 0);
    intent.route.deadline = intent.reward.deadline;
    chain.transact(ATTACKER, PORTAL, U256::ZERO, &fulfill_calldata(&intent))
}

#[test]
fn an_intent_whose_creator_is_the_executor_belongs_to_anybody() {
    // given a funded intent of the Executor's, which nobody fulfilled in time
    let chain = chain();
    let mut orphan = intent(vec![], 0, 70);
    orphan.reward.creator = executor();
    let fund = publishAndFund_0Call { intent: orphan.clone(), allowPartial: false };
    chain.transact(USER, PORTAL, U256::from(70), &fund.abi_encode()).unwrap();
    chain.set_timestamp(orphan.reward.deadline);
    let refund = refundToCall {
        destination: orphan.destination,
        routeHash: orphan.hashes().route,
        reward: orphan.reward,
        refundee: ATTACKER,
    };
    // when the attacker asks for the refund itself, then it is not the creator
    let refused = chain.transact(ATTACKER, PORTAL, U256::ZERO, &refund.abi_encode());
    assert_eq!(refused, Err(NotCreatorCaller { caller: ATTACKER }.abi_encode()));
    // when a route asks for it, then the creator has asked
    fulfil_with(&chain, call_of(PORTAL, &refund)).unwrap();
    assert_eq!(native(&chain, ATTACKER), 70);
}

#[test]
fn routes_spend_what_is_allowed_to_the_executor_and_nothing_that_is_allowed_to_the_portal() {
    let call = transferFromCall { from: SOLVER, to: ATTACKER, value: U256::from(40) };
    let take = call_of(TOKEN, &call);
    let allowed_to = |spender| {
        let chain = chain();
        chain.set_token(TOKEN, Behaviour::Honest);
        chain.mint(TOKEN, SOLVER, 100);
        chain.approve(TOKEN, SOLVER, spender, 40);
        chain
    };
    // given a solver that has allowed the Portal to take tokens, as it must, then the token refuses the Executor
    let chain = allowed_to(PORTAL);
    let failed = CallFailed { call: take.clone(), reason: b"too little".into() };
    assert_eq!(fulfil_with(&chain, take.clone()), Err(failed.abi_encode()));
    assert_eq!(chain.token_balance(TOKEN, SOLVER), U256::from(100));
    // given one that has allowed the Executor, as it never should, then they are anybody's
    let chain = allowed_to(executor());
    fulfil_with(&chain, take).unwrap();
    assert_eq!(chain.token_balance(TOKEN, ATTACKER), U256::from(40));
}

#[test]
fn after_a_split_of_the_chain_the_new_id_counts_at_once() {
    // given a Portal on a chain that becomes another one
    let chain = chain();
    let new_id = CHAIN_ID + 1;
    let before = intent(vec![], 0, 0);
    let separator = || {
        let call = domainSeparatorV4Call {}.abi_encode();
        B256::from_slice(&chain.transact(USER, PORTAL, U256::ZERO, &call).unwrap())
    };
    assert_eq!(separator(), domain_separator(ChainId(CHAIN_ID), PORTAL));
    chain.set_chain_id(new_id);
    let fulfil =
        |intent: &Intent| chain.transact(SOLVER, PORTAL, U256::ZERO, &fulfill_calldata(intent));
    // then intents for the old one are fulfilled there
    let elsewhere = InvalidHash { expected: before.hashes().intent };
    assert_eq!(fulfil(&before), Err(elsewhere.abi_encode()));
    // and those for the new one here
    fulfil(&Intent { destination: new_id, ..before }).unwrap();
    // and what users have signed for the old one counts there
    assert_eq!(separator(), domain_separator(ChainId(new_id), PORTAL));
}
