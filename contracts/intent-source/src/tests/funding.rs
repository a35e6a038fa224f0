use std::cell::Cell;

use alloy_sol_types::SolError;
use interfaces::intents::IIntentSource::{
    InsufficientFunds, IntentFunded, IntentPublished, InvalidStatusForFunding,
    SafeERC20FailedOperation, publishAndFund_1Call,
};
use proptest::prelude::*;

use super::*;

#[test]
fn funding_brings_each_leg_to_the_vault() {
    // given a funder with enough of everything
    let (chain, intent) = (chain(), intent_rewarding(100, &[(TOKEN, 50), (OTHER_TOKEN, 60)]));
    provide(&chain, TOKEN, 70);
    provide(&chain, OTHER_TOKEN, 60);
    assert_eq!((native(&chain, FUNDER), tokens(&chain, FUNDER)), (1000, 70));
    // when it funds
    let output = fund(&chain, &intent, 100, false).unwrap();
    // then the vault holds the reward to the unit
    assert_eq!(output, hashes(&intent).intent.to_vec());
    let vault = vault_of(&intent);
    assert_eq!((native(&chain, vault), tokens(&chain, vault)), (100, 50));
    assert_eq!(chain.token_balance(OTHER_TOKEN, vault), U256::from(60));
    assert_eq!((native(&chain, FUNDER), tokens(&chain, FUNDER)), (900, 20));
    let event: IntentFunded = only_event(&chain);
    let intent_hash = hashes(&intent).intent;
    assert_eq!(event, IntentFunded { intentHash: intent_hash, funder: FUNDER, complete: true });
    assert_eq!(status(&chain, &intent), 1);
    // and is not deployed
    assert_eq!(chain.code_size(vault), 0);
}

#[test]
fn an_intent_whose_route_comes_as_bytes_is_published_and_funded_alike() {
    // given the same intent on two chains
    let intent = intent_rewarding(100, &[(TOKEN, 50)]);
    let [whole, by_bytes] = [(); 2].map(|()| chain());
    for chain in [&whole, &by_bytes] {
        provide(chain, TOKEN, 50);
    }
    // when it is funded with its route as it is, and as bytes
    let call = publishAndFund_1Call {
        destination: intent.destination,
        route: intent.route.abi_encode().into(),
        reward: intent.reward.clone(),
        allowPartial: false,
    };
    let output = by_bytes.transact(FUNDER, SOURCE, U256::from(100), &call.abi_encode());
    assert_eq!(output, publish_and_fund(&whole, &intent, 100, false));
    // then both say and hold the same
    assert_eq!(by_bytes.take_logs(), whole.take_logs());
    let vault = vault_of(&intent);
    assert_eq!((native(&by_bytes, vault), tokens(&by_bytes, vault)), (100, 50));
    assert_eq!(status(&by_bytes, &intent), 1);
}

#[test]
fn native_goes_to_the_vault_with_no_more_gas_than_the_stipend() {
    let (chain, intent) = (chain(), intent_rewarding(100, &[]));
    chain.take_calls();
    fund(&chain, &intent, 100, false).unwrap();
    let calls = chain.take_calls();
    assert_eq!(calls.len(), 1);
    assert_eq!((calls[0].to, calls[0].gas, calls[0].data.len()), (vault_of(&intent), 0, 0));
}

#[test]
fn what_is_not_needed_comes_back() {
    let (chain, intent) = (chain(), intent_rewarding(100, &[]));
    fund(&chain, &intent, 130, false).unwrap();
    assert_eq!((native(&chain, FUNDER), native(&chain, SOURCE)), (900, 0));
}

#[test]
fn funding_a_funded_intent_changes_nothing() {
    // given a funded intent
    let (chain, intent) = (chain(), intent_rewarding(100, &[(TOKEN, 50)]));
    provide(&chain, TOKEN, 100);
    fund(&chain, &intent, 100, false).unwrap();
    chain.take_logs();
    // when it is funded again
    let output = fund(&chain, &intent, 100, false).unwrap();
    // then the value comes back, no token moves, and nothing is said
    assert_eq!(output, hashes(&intent).intent.to_vec());
    assert_eq!((native(&chain, FUNDER), tokens(&chain, FUNDER)), (900, 50));
    assert_eq!(chain.take_logs(), []);
    // and publishing it with funds only announces it
    publish_and_fund(&chain, &intent, 100, false).unwrap();
    let _announced: IntentPublished = only_event(&chain);
    assert_eq!(native(&chain, FUNDER), 900);
}

#[test]
fn all_or_nothing_takes_nothing_when_something_is_missing() {
    let (chain, intent) = (chain(), intent_rewarding(100, &[(TOKEN, 50)]));
    provide(&chain, TOKEN, 49);
    let error = InsufficientFunds { intentHash: hashes(&intent).intent }.abi_encode();
    assert_eq!(fund(&chain, &intent, 100, false), Err(error.clone()));
    assert_eq!(publish_and_fund(&chain, &intent, 100, false), Err(error));
    assert_eq!((native(&chain, FUNDER), tokens(&chain, FUNDER)), (1000, 49));
    assert_eq!((native(&chain, vault_of(&intent)), tokens(&chain, vault_of(&intent))), (0, 0));
}

#[test]
fn partial_funding_takes_all_legs_it_can_and_a_second_one_completes() {
    // given a funder short of native, of allowance for one token and of the other token itself
    let (chain, intent) = (chain(), intent_rewarding(100, &[(TOKEN, 50), (OTHER_TOKEN, 60)]));
    chain.mint(TOKEN, FUNDER, 50);
    chain.approve(TOKEN, FUNDER, SOURCE, 20);
    chain.mint(OTHER_TOKEN, FUNDER, 10);
    chain.approve(OTHER_TOKEN, FUNDER, SOURCE, 60);
    // when it funds a part
    fund(&chain, &intent, 40, true).unwrap();
    // then every leg got what there was
    let vault = vault_of(&intent);
    assert_eq!((native(&chain, vault), tokens(&chain, vault)), (40, 20));
    assert_eq!(chain.token_balance(OTHER_TOKEN, vault), U256::from(10));
    assert!(!only_event::<IntentFunded>(&chain).complete);
    assert_eq!(status(&chain, &intent), 0);
    // and somebody else completes it, paying only the rest
    chain.approve(TOKEN, FUNDER, SOURCE, 50);
    chain.mint(OTHER_TOKEN, FUNDER, 50);
    fund(&chain, &intent, 100, false).unwrap();
    assert!(only_event::<IntentFunded>(&chain).complete);
    assert_eq!((native(&chain, FUNDER), tokens(&chain, FUNDER)), (900, 0));
    assert_eq!(status(&chain, &intent), 1);
}

#[test]
fn what_the_vault_holds_already_counts() {
    let (chain, intent) = (chain(), intent_rewarding(100, &[(TOKEN, 50)]));
    chain.set_balance(vault_of(&intent), U256::from(100));
    chain.mint(TOKEN, vault_of(&intent), 51);
    // anyone flips the status with no money at all
    fund_from(&chain, STRANGER, &intent, 0, false).unwrap();
    assert_eq!(status(&chain, &intent), 1);
}

#[test]
fn an_empty_reward_is_funded_by_anyone_for_nothing() {
    let (chain, intent) = (chain(), intent_rewarding(0, &[]));
    fund(&chain, &intent, 3, false).unwrap();
    assert_eq!((status(&chain, &intent), native(&chain, FUNDER)), (1, 1000));
}

#[test]
fn of_two_legs_of_one_token_the_larger_is_brought() {
    let (chain, intent) = (chain(), intent_rewarding(0, &[(TOKEN, 100), (TOKEN, 60)]));
    provide(&chain, TOKEN, 500);
    fund(&chain, &intent, 0, false).unwrap();
    assert_eq!((tokens(&chain, vault_of(&intent)), status(&chain, &intent)), (100, 1));
}

#[test]
fn a_settled_intent_is_not_funded() {
    let (chain, intent) = (chain(), intent_rewarding(100, &[]));
    chain.set_timestamp(DEADLINE);
    refund(&chain, &intent).unwrap();
    let error = InvalidStatusForFunding { status: 3 }.abi_encode();
    assert_eq!(fund(&chain, &intent, 100, false), Err(error));

    let chain = self::chain();
    set_proof(&chain, CLAIMANT, DESTINATION);
    withdraw(&chain, &intent).unwrap();
    let error = InvalidStatusForFunding { status: 2 }.abi_encode();
    assert_eq!(fund(&chain, &intent, 100, false), Err(error));
}

#[test]
fn a_fee_on_transfer_counts_as_paid() {
    let (chain, intent) = (chain(), intent_rewarding(0, &[(TOKEN, 50)]));
    chain.set_token(TOKEN, Behaviour::TakesFee);
    provide(&chain, TOKEN, 50);
    fund(&chain, &intent, 0, false).unwrap();
    assert_eq!((tokens(&chain, vault_of(&intent)), status(&chain, &intent)), (45, 1));
}

#[test]
fn tokens_fail_as_solidity_lets_them_fail() {
    let two = U256::from(2).to_be_bytes_vec();
    let failed = SafeERC20FailedOperation { token: TOKEN }.abi_encode();
    for (behaviour, outcome) in [
        (Behaviour::False, failed),
        (Behaviour::Reverts(b"blocked".to_vec()), b"blocked".to_vec()),
        (Behaviour::Answers(two), vec![]),
        (Behaviour::Answers(vec![1]), vec![]),
    ] {
        let (chain, intent) = (chain(), intent_rewarding(0, &[(TOKEN, 50)]));
        chain.set_token(TOKEN, behaviour);
        provide(&chain, TOKEN, 50);
        assert_eq!(fund(&chain, &intent, 0, true), Err(outcome));
        assert_eq!((tokens(&chain, FUNDER), tokens(&chain, vault_of(&intent))), (50, 0));
    }
}

#[test]
fn a_token_that_answers_nothing_is_believed() {
    let (chain, intent) = (chain(), intent_rewarding(0, &[(TOKEN, 50)]));
    chain.set_token(TOKEN, Behaviour::Answers(vec![]));
    provide(&chain, TOKEN, 50);
    fund(&chain, &intent, 0, false).unwrap();
    assert_eq!((tokens(&chain, vault_of(&intent)), status(&chain, &intent)), (50, 1));
}

#[test]
fn a_token_without_code_reverts_without_data() {
    let (chain, intent) = (chain(), intent_rewarding(0, &[(CODELESS, 50)]));
    assert_eq!(fund(&chain, &intent, 0, true), Err(vec![]));
    assert_eq!(is_funded(&chain, &intent), Err(vec![]));
}

#[test]
fn a_caller_that_refuses_its_change_has_still_funded() {
    // given a funder that takes no native value
    let (chain, intent) = (chain(), intent_rewarding(100, &[]));
    chain.set_answer(FUNDER, Err(vec![]));
    // when it sends too much
    fund(&chain, &intent, 130, false).unwrap();
    // then the intent is funded and the change stays
    assert_eq!((status(&chain, &intent), native(&chain, SOURCE)), (1, 30));
    // and nobody else gets it
    fund_from(&chain, STRANGER, &intent, 5, false).unwrap();
    assert_eq!((native(&chain, STRANGER), native(&chain, SOURCE)), (1000, 30));
}

#[test]
fn a_nested_call_gets_back_only_its_own_value() {
    // given a token that funds another intent with 3 wei, while a funder's change of 50 lies here
    let (chain, intent) = (chain(), intent_rewarding(50, &[(TOKEN, 5)]));
    provide(&chain, TOKEN, 5);
    chain.set_balance(TOKEN, U256::from(3));
    let nested = fund_calldata(&intent_rewarding(0, &[]), false);
    chain.set_token(
        TOKEN,
        Behaviour::Calls(Rc::new(move |chain: &Chain| {
            assert_eq!(native(chain, SOURCE), 50);
            chain.call(SOURCE, U256::from(3), &nested).unwrap();
            assert_eq!((native(chain, SOURCE), native(chain, TOKEN)), (50, 3));
        })),
    );
    // when the intent is funded
    fund(&chain, &intent, 100, false).unwrap();
    // then each had its own back
    assert_eq!((native(&chain, FUNDER), native(&chain, TOKEN)), (950, 3));
    assert_eq!(native(&chain, SOURCE), 0);
}

#[test]
fn value_forced_upon_the_source_is_nobodys() {
    let (chain, intent) = (chain(), intent_rewarding(10, &[]));
    chain.set_balance(SOURCE, U256::from(77));
    fund(&chain, &intent, 10, false).unwrap();
    assert_eq!((native(&chain, FUNDER), native(&chain, SOURCE)), (990, 77));
}

/// A token that, when it is moved for the first time, makes that call to the source.
fn calling_once(calldata: Vec<u8>) -> Behaviour {
    let first = Cell::new(true);
    Behaviour::Calls(Rc::new(move |chain: &Chain| {
        if first.replace(false) {
            chain.call(SOURCE, U256::ZERO, &calldata).unwrap();
        }
    }))
}

#[test]
fn a_refund_inside_funding_stays_final() {
    // given a token that refunds the intent while it is being funded, after the deadline
    let (chain, intent) = (chain(), intent_rewarding(10, &[(TOKEN, 5)]));
    provide(&chain, TOKEN, 5);
    chain.set_timestamp(DEADLINE);
    chain.set_token(TOKEN, calling_once(refund_calldata(&intent)));
    // when it is funded
    fund(&chain, &intent, 10, false).unwrap();
    // then it stays refunded, and the creator has everything
    assert_eq!(status(&chain, &intent), 3);
    assert_eq!((native(&chain, CREATOR), tokens(&chain, CREATOR)), (1010, 5));
}

#[test]
fn a_withdrawal_inside_funding_stays_final() {
    let (chain, intent) = (chain(), intent_rewarding(10, &[(TOKEN, 5)]));
    provide(&chain, TOKEN, 5);
    set_proof(&chain, CLAIMANT, DESTINATION);
    chain.set_token(TOKEN, calling_once(withdraw_calldata(&intent)));
    fund(&chain, &intent, 10, false).unwrap();
    assert_eq!(status(&chain, &intent), 2);
    assert_eq!((native(&chain, CLAIMANT), tokens(&chain, CLAIMANT)), (10, 5));
}

#[test]
fn what_a_token_settles_is_seen_without_a_native_leg_too() {
    // given an intent of one token alone: nothing but the token's own call makes us look again
    let (chain, intent) = (chain(), intent_rewarding(0, &[(TOKEN, 5)]));
    provide(&chain, TOKEN, 5);
    chain.set_timestamp(DEADLINE);
    chain.set_token(TOKEN, calling_once(refund_calldata(&intent)));
    fund(&chain, &intent, 0, false).unwrap();
    assert_eq!((status(&chain, &intent), tokens(&chain, CREATOR)), (3, 5));
}

#[test]
fn an_intent_counts_as_funded_by_status_or_by_balances() {
    let (chain, intent) = (chain(), intent_rewarding(10, &[(TOKEN, 5)]));
    let (yes, no) = (Ok(true.abi_encode()), Ok(false.abi_encode()));
    assert_eq!(is_funded(&chain, &intent), no);
    chain.set_balance(vault_of(&intent), U256::from(10));
    assert_eq!(is_funded(&chain, &intent), no);
    chain.mint(TOKEN, vault_of(&intent), 5);
    assert_eq!(is_funded(&chain, &intent), yes);
    // once the status says so, balances are not asked
    fund(&chain, &intent, 0, false).unwrap();
    chain.set_balance(vault_of(&intent), U256::ZERO);
    assert_eq!(is_funded(&chain, &intent), yes);
    // after a payout they are again
    set_proof(&chain, CLAIMANT, DESTINATION);
    withdraw(&chain, &intent).unwrap();
    assert_eq!(is_funded(&chain, &intent), no);
}

proptest! {
    #[test]
    fn funding_moves_no_more_than_is_missing_and_given(
        held in [0u64..200, 0u64..200], amounts in [0u64..200, 0u64..200],
        value in 0u64..200, owned in 0u64..200, allowed in 0u64..200, allow_partial: bool,
    ) {
        let (chain, intent) = (chain(), intent_rewarding(amounts[0], &[(TOKEN, amounts[1])]));
        let vault = vault_of(&intent);
        chain.set_balance(vault, U256::from(held[0]));
        chain.mint(TOKEN, vault, held[1]);
        chain.mint(TOKEN, FUNDER, owned);
        chain.approve(TOKEN, FUNDER, SOURCE, allowed);

        let missing = [amounts[0].saturating_sub(held[0]), amounts[1].saturating_sub(held[1])];
        let given = [missing[0].min(value), missing[1].min(owned).min(allowed)];
        let outcome = fund(&chain, &intent, value, allow_partial);

        let complete = missing == given;
        prop_assert_eq!(outcome.is_ok(), complete || allow_partial);
        let moved = if outcome.is_ok() { given } else { [0, 0] };
        prop_assert_eq!(native(&chain, vault), held[0] + moved[0]);
        prop_assert_eq!(tokens(&chain, vault), held[1] + moved[1]);
        prop_assert_eq!(native(&chain, FUNDER), 1000 - moved[0]);
        prop_assert_eq!(tokens(&chain, FUNDER), owned - moved[1]);
        prop_assert_eq!(native(&chain, SOURCE), 0);
        prop_assert_eq!(status(&chain, &intent), u8::from(complete));
    }
}
