//! Funding by allowances to the vault itself. Spec: intents.md §2.5, "fundFor core".

use std::cell::Cell;

use alloy_sol_types::SolError;
use interfaces::intents::{
    IERC20::transferFromCall as tokenTransferFromCall,
    IIntentSource::{
        InsufficientFunds, IntentAlreadyExists, IntentFunded, IntentPublished,
        InvalidStatusForFunding, RewardTokensNotUnique, publishAndFundFor_1Call,
    },
    IPermit,
};
use proptest::prelude::*;

use super::*;

const PERMIT: Address = address!("00000000000000000000000000000000000000e7");

/// Gives the funder tokens, and the intent's vault the right to take them.
fn provide_to_vault(chain: &Chain, intent: &Intent, token: Address, amount: u64) {
    chain.mint(token, FUNDER, amount);
    chain.approve(token, FUNDER, vault_of(intent), amount);
}

/// A stranger funds for the funder.
fn fund_for(chain: &Chain, intent: &Intent, value: u64, allow_partial: bool) -> ArbResult {
    fund_by_permit(chain, intent, value, allow_partial, Address::ZERO)
}

fn fund_by_permit(
    chain: &Chain,
    intent: &Intent,
    value: u64,
    allow_partial: bool,
    permit: Address,
) -> ArbResult {
    let data = fund_for_calldata(intent, allow_partial, permit);
    chain.transact(STRANGER, SOURCE, U256::from(value), &data)
}

fn publish_and_fund_for(chain: &Chain, intent: &Intent, value: u64) -> ArbResult {
    let data = publish_and_fund_for_calldata(intent, false, Address::ZERO);
    chain.transact(STRANGER, SOURCE, U256::from(value), &data)
}

/// What a permit contract answers that allows everything for ever: `(uint160, uint48, uint48)`.
fn boundless() -> Vec<u8> {
    (U256::MAX >> 96, U256::MAX >> 208, U256::ZERO).abi_encode()
}

/// A permit contract without limits that makes a call to the source after it has moved the tokens.
fn set_permit(chain: &Chain, callback: Option<Vec<u8>>) {
    chain.set_program(
        PERMIT,
        Rc::new(move |chain, input| {
            let Ok(call) = IPermit::transferFromCall::abi_decode(input) else {
                return Ok(boundless());
            };
            let value = U256::from(call.amount);
            let data = tokenTransferFromCall { from: call.from, to: call.to, value }.abi_encode();
            chain.call(call.token, U256::ZERO, &data)?;
            match &callback {
                Some(data) => chain.call(SOURCE, U256::ZERO, data),
                None => Ok(vec![]),
            }
        }),
    );
}

#[test]
fn anybody_brings_the_funders_tokens_and_pays_the_native_leg() {
    // given a funder that allowed the vault, and not us
    let (chain, intent) = (chain(), intent_rewarding(100, &[(TOKEN, 50)]));
    provide_to_vault(&chain, &intent, TOKEN, 70);
    // when a stranger funds, with too much native
    let output = fund_for(&chain, &intent, 130, false).unwrap();
    // then the vault is deployed and holds the reward to the unit, and the stranger has its change
    assert_eq!(output, hashes(&intent).intent.to_vec());
    let vault = vault_of(&intent);
    assert_ne!(chain.code_size(vault), 0);
    assert_eq!((native(&chain, vault), tokens(&chain, vault)), (100, 50));
    assert_eq!((native(&chain, STRANGER), tokens(&chain, FUNDER)), (900, 20));
    assert_eq!((native(&chain, SOURCE), native(&chain, FUNDER)), (0, 1000));
    // and the event names the funder
    let event: IntentFunded = only_event(&chain);
    let intent_hash = hashes(&intent).intent;
    assert_eq!(event, IntentFunded { intentHash: intent_hash, funder: FUNDER, complete: true });
    assert_eq!(status(&chain, &intent), 1);
}

#[test]
fn an_allowance_to_us_is_not_used() {
    let (chain, intent) = (chain(), intent_rewarding(0, &[(TOKEN, 50)]));
    provide(&chain, TOKEN, 50);
    let error = InsufficientFunds { intentHash: hashes(&intent).intent }.abi_encode();
    assert_eq!(fund_for(&chain, &intent, 0, false), Err(error));
    assert_eq!(tokens(&chain, FUNDER), 50);
    // and nothing is left of the attempt
    assert_eq!(chain.code_size(vault_of(&intent)), 0);
}

#[test]
fn a_permit_contract_moves_the_tokens() {
    let (chain, intent) = (chain(), intent_rewarding(0, &[(TOKEN, 50)]));
    chain.mint(TOKEN, FUNDER, 50);
    chain.approve(TOKEN, FUNDER, PERMIT, 50);
    set_permit(&chain, None);
    fund_by_permit(&chain, &intent, 0, false, PERMIT).unwrap();
    assert_eq!((tokens(&chain, vault_of(&intent)), status(&chain, &intent)), (50, 1));
}

#[test]
fn native_reaches_a_deployed_vault_with_no_more_gas_than_the_stipend() {
    let (chain, intent) = (chain(), intent_rewarding(100, &[]));
    chain.take_calls();
    fund_for(&chain, &intent, 100, false).unwrap();
    let calls = chain.take_calls();
    assert_eq!((calls[0].to, calls[0].gas, calls[0].data.len()), (vault_of(&intent), 0, 0));
    assert_eq!((calls[1].to, calls[1].value), (vault_of(&intent), U256::ZERO));
}

#[test]
fn funding_a_funded_intent_for_somebody_changes_nothing_and_names_no_vault() {
    // given a funded intent
    let (chain, intent) = (chain(), intent_rewarding(100, &[(TOKEN, 50)]));
    provide_to_vault(&chain, &intent, TOKEN, 100);
    let first = publish_and_fund_for(&chain, &intent, 100).unwrap();
    assert_eq!(first, (hashes(&intent).intent, vault_of(&intent)).abi_encode());
    chain.take_logs();
    // when it is funded again
    assert_eq!(fund_for(&chain, &intent, 9, false), Ok(hashes(&intent).intent.to_vec()));
    // then the value comes back and nothing is said
    assert_eq!((native(&chain, STRANGER), tokens(&chain, FUNDER)), (900, 50));
    assert_eq!(chain.take_logs(), []);
    // and publishing it with funds only announces it, and answers no vault, as the Solidity peer does
    let again = publish_and_fund_for(&chain, &intent, 9).unwrap();
    assert_eq!(again, (hashes(&intent).intent, Address::ZERO).abi_encode());
    let _announced: IntentPublished = only_event(&chain);
    assert_eq!((native(&chain, STRANGER), native(&chain, SOURCE)), (900, 0));
}

#[test]
fn both_overloads_publish_and_fund_the_same_intent() {
    for whole in [true, false] {
        let (chain, intent) = (chain(), intent_rewarding(10, &[(TOKEN, 50)]));
        provide_to_vault(&chain, &intent, TOKEN, 50);
        let data = if whole {
            publish_and_fund_for_calldata(&intent, true, Address::ZERO)
        } else {
            publishAndFundFor_1Call {
                destination: intent.destination,
                route: intent.route.abi_encode().into(),
                reward: intent.reward.clone(),
                allowPartial: true,
                funder: FUNDER,
                permitContract: Address::ZERO,
            }
            .abi_encode()
        };
        let output = chain.transact(STRANGER, SOURCE, U256::from(10), &data).unwrap();
        assert_eq!(output, (hashes(&intent).intent, vault_of(&intent)).abi_encode());
        let logs = chain.take_logs();
        let published: IntentPublished = logs[0].decode().unwrap();
        assert_eq!(published.intentHash, hashes(&intent).intent);
        let funded: IntentFunded = logs[1].decode().unwrap();
        assert!(funded.complete);
    }
}

#[test]
fn part_of_the_reward_is_taken_where_that_is_allowed() {
    let (chain, intent) = (chain(), intent_rewarding(100, &[(TOKEN, 50), (OTHER_TOKEN, 60)]));
    provide_to_vault(&chain, &intent, TOKEN, 20);
    provide_to_vault(&chain, &intent, OTHER_TOKEN, 60);
    fund_for(&chain, &intent, 100, true).unwrap();
    assert!(!only_event::<IntentFunded>(&chain).complete);
    assert_eq!((tokens(&chain, vault_of(&intent)), status(&chain, &intent)), (20, 0));
    assert_eq!(chain.token_balance(OTHER_TOKEN, vault_of(&intent)), U256::from(60));
    // the rest may come by the other way
    provide(&chain, TOKEN, 30);
    fund(&chain, &intent, 0, false).unwrap();
    assert_eq!((tokens(&chain, vault_of(&intent)), status(&chain, &intent)), (50, 1));
}

#[test]
fn a_fee_on_transfer_is_seen_and_never_quite_paid() {
    // given a token that burns a tenth of every move
    let (chain, intent) = (chain(), intent_rewarding(0, &[(TOKEN, 100)]));
    chain.set_token(TOKEN, Behaviour::TakesFee);
    provide_to_vault(&chain, &intent, TOKEN, 200);
    // when it is funded again and again
    for expected in [90, 99] {
        fund_for(&chain, &intent, 0, true).unwrap();
        assert_eq!((tokens(&chain, vault_of(&intent)), status(&chain, &intent)), (expected, 0));
    }
    // then balances decide, unlike by `fund`
    let error = InsufficientFunds { intentHash: hashes(&intent).intent }.abi_encode();
    chain.approve(TOKEN, FUNDER, vault_of(&intent), 0);
    assert_eq!(fund_for(&chain, &intent, 0, false), Err(error));
}

#[test]
fn a_settled_intent_is_not_funded_for_anybody() {
    let (chain, intent) = (chain(), intent_rewarding(10, &[]));
    chain.set_timestamp(DEADLINE);
    refund(&chain, &intent).unwrap();
    let error = InvalidStatusForFunding { status: 3 }.abi_encode();
    assert_eq!(fund_for(&chain, &intent, 10, false), Err(error));
    let error = IntentAlreadyExists { intentHash: hashes(&intent).intent }.abi_encode();
    assert_eq!(publish_and_fund_for(&chain, &intent, 10), Err(error));
}

#[test]
fn the_native_currency_is_not_promised_twice_here_either() {
    let (chain, intent) = (chain_with_alias(TOKEN), intent_rewarding(1, &[(TOKEN, 1)]));
    let error = RewardTokensNotUnique { token: TOKEN }.abi_encode();
    assert_eq!(fund_for(&chain, &intent, 1, true), Err(error.clone()));
    assert_eq!(publish_and_fund_for(&chain, &intent, 1), Err(error));
}

#[test]
fn what_the_vault_reverts_with_is_passed_on() {
    let (chain, intent) = (chain(), intent_rewarding(0, &[(TOKEN, 50)]));
    provide_to_vault(&chain, &intent, TOKEN, 50);
    chain.set_token(TOKEN, Behaviour::Reverts(b"blocked".to_vec()));
    assert_eq!(fund_for(&chain, &intent, 0, true), Err(b"blocked".to_vec()));
    // a permit contract without code reverts without data
    assert_eq!(fund_by_permit(&chain, &intent, 0, true, CODELESS), Err(vec![]));
}

#[test]
fn a_permit_that_refunds_the_intent_finds_it_stays_refunded() {
    // given a permit contract that refunds the intent after it has moved the tokens, after the deadline
    let (chain, intent) = (chain(), intent_rewarding(10, &[(TOKEN, 5)]));
    chain.mint(TOKEN, FUNDER, 5);
    chain.approve(TOKEN, FUNDER, PERMIT, 5);
    chain.set_timestamp(DEADLINE);
    set_permit(&chain, Some(refund_calldata(&intent)));
    // when the intent is funded through it
    fund_by_permit(&chain, &intent, 10, true, PERMIT).unwrap();
    // then the creator has everything, the status is final, and the event does not say "complete"
    assert_eq!((native(&chain, CREATOR), tokens(&chain, CREATOR)), (1010, 5));
    assert_eq!(status(&chain, &intent), 3);
    let funded: Option<IntentFunded> = chain.take_logs().last().unwrap().decode();
    assert!(!funded.unwrap().complete);
}

#[test]
fn a_permit_that_withdraws_the_intent_finds_it_stays_withdrawn() {
    let (chain, intent) = (chain(), intent_rewarding(10, &[(TOKEN, 5)]));
    chain.mint(TOKEN, FUNDER, 5);
    chain.approve(TOKEN, FUNDER, PERMIT, 5);
    set_proof(&chain, CLAIMANT, DESTINATION);
    set_permit(&chain, Some(withdraw_calldata(&intent)));
    fund_by_permit(&chain, &intent, 10, true, PERMIT).unwrap();
    assert_eq!((native(&chain, CLAIMANT), tokens(&chain, CLAIMANT)), (10, 5));
    assert_eq!(status(&chain, &intent), 2);
}

#[test]
fn a_permit_that_withdraws_and_fills_the_vault_again_cannot_make_it_funded() {
    // given a permit contract that withdraws the intent and then brings the whole reward once more, so that balances
    // say "complete"
    let (chain, intent) = (chain(), intent_rewarding(0, &[(TOKEN, 5)]));
    chain.mint(TOKEN, FUNDER, 10);
    chain.approve(TOKEN, FUNDER, PERMIT, 10);
    set_proof(&chain, CLAIMANT, DESTINATION);
    let (vault, withdraw) = (vault_of(&intent), withdraw_calldata(&intent));
    let refilled = Rc::new(Cell::new(false));
    let seen = refilled.clone();
    chain.set_program(
        PERMIT,
        Rc::new(move |chain, input| {
            let Ok(call) = IPermit::transferFromCall::abi_decode(input) else {
                return Ok(boundless());
            };
            let value = U256::from(call.amount);
            let data = tokenTransferFromCall { from: call.from, to: vault, value }.abi_encode();
            chain.call(TOKEN, U256::ZERO, &data)?;
            chain.call(SOURCE, U256::ZERO, &withdraw)?;
            seen.set(true);
            chain.call(TOKEN, U256::ZERO, &data)
        }),
    );
    // when it is funded
    fund_by_permit(&chain, &intent, 0, false, PERMIT).unwrap();
    // then the event says what balances say, and the status is what it became
    assert!(refilled.get());
    let funded: Option<IntentFunded> = chain.take_logs().last().unwrap().decode();
    assert!(funded.unwrap().complete);
    assert_eq!((tokens(&chain, CLAIMANT), status(&chain, &intent)), (5, 2));
}

#[test]
fn a_nested_call_by_a_permit_gets_nothing_of_the_callers_value() {
    // given a permit contract that funds an intent which wants nothing
    let (chain, intent) = (chain(), intent_rewarding(10, &[(TOKEN, 5)]));
    chain.mint(TOKEN, FUNDER, 5);
    chain.approve(TOKEN, FUNDER, PERMIT, 5);
    set_permit(&chain, Some(fund_calldata(&intent_rewarding(0, &[]), true)));
    // when a stranger funds through it with 90 wei too much
    fund_by_permit(&chain, &intent, 100, false, PERMIT).unwrap();
    // then the stranger has its change
    assert_eq!((native(&chain, STRANGER), native(&chain, PERMIT)), (990, 0));
    assert_eq!(native(&chain, SOURCE), 0);
}

proptest! {
    #[test]
    fn funding_for_moves_no_more_than_is_missing_and_given(
        held in [0u64..200, 0u64..200], amounts in [0u64..200, 0u64..200],
        value in 0u64..200, owned in 0u64..200, allowed in 0u64..200, allow_partial: bool,
    ) {
        let (chain, intent) = (chain(), intent_rewarding(amounts[0], &[(TOKEN, amounts[1])]));
        let vault = vault_of(&intent);
        chain.set_balance(vault, U256::from(held[0]));
        chain.mint(TOKEN, vault, held[1]);
        chain.mint(TOKEN, FUNDER, owned);
        chain.approve(TOKEN, FUNDER, vault, allowed);

        let missing = [amounts[0].saturating_sub(held[0]), amounts[1].saturating_sub(held[1])];
        let given = [missing[0].min(value), missing[1].min(owned).min(allowed)];
        let outcome = fund_for(&chain, &intent, value, allow_partial);

        let complete = missing == given;
        prop_assert_eq!(outcome.is_ok(), complete || allow_partial);
        let moved = if outcome.is_ok() { given } else { [0, 0] };
        prop_assert_eq!(native(&chain, vault), held[0] + moved[0]);
        prop_assert_eq!(tokens(&chain, vault), held[1] + moved[1]);
        prop_assert_eq!(native(&chain, STRANGER), 1000 - moved[0]);
        prop_assert_eq!(tokens(&chain, FUNDER), owned - moved[1]);
        prop_assert_eq!(native(&chain, SOURCE), 0);
        prop_assert_eq!(status(&chain, &intent), u8::from(complete));
    }
}
