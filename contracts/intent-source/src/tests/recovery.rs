//! What strayed into a vault. Spec: intents.md §2.5, "recoverToken".

use alloy_sol_types::SolError;
use interfaces::intents::{
    IIntentSource::{IntentTokenRecovered, InvalidRecoverToken},
    IVault::ZeroRecoverTokenBalance,
};

use super::*;

fn recover(chain: &Chain, intent: &Intent, token: Address) -> ArbResult {
    chain.transact(STRANGER, SOURCE, U256::ZERO, &recover_calldata(intent, token))
}

fn refused(token: Address) -> ArbResult {
    Err(InvalidRecoverToken { token }.abi_encode())
}

#[test]
fn a_strayed_token_goes_to_the_creator_at_any_time() {
    // given a vault that was never deployed, with a token that is no part of the reward
    let (chain, intent) = (chain(), intent_rewarding(10, &[(OTHER_TOKEN, 5)]));
    chain.mint(TOKEN, vault_of(&intent), 9);
    chain.set_balance(vault_of(&intent), U256::from(10));
    // when anybody recovers it
    assert_eq!(recover(&chain, &intent, TOKEN), Ok(vec![]));
    // then its creator has it, and nothing else moved
    assert_eq!((tokens(&chain, CREATOR), native(&chain, vault_of(&intent))), (9, 10));
    let event: IntentTokenRecovered = only_event(&chain);
    let intent_hash = hashes(&intent).intent;
    assert_eq!(
        event,
        IntentTokenRecovered { intentHash: intent_hash, refundee: CREATOR, token: TOKEN }
    );
    assert_eq!(status(&chain, &intent), 0);
    // and again once the intent is settled
    chain.set_timestamp(DEADLINE);
    refund(&chain, &intent).unwrap();
    chain.mint(TOKEN, vault_of(&intent), 1);
    assert_eq!(recover(&chain, &intent, TOKEN), Ok(vec![]));
    assert_eq!((tokens(&chain, CREATOR), status(&chain, &intent)), (10, 3));
}

#[test]
fn a_currency_of_the_reward_is_not_recovered() {
    let (chain, intent) = (chain(), intent_rewarding(10, &[(OTHER_TOKEN, 5), (TOKEN, 0)]));
    chain.mint(TOKEN, vault_of(&intent), 9);
    for token in [TOKEN, OTHER_TOKEN, Address::ZERO] {
        assert_eq!(recover(&chain, &intent, token), refused(token));
    }
    assert_eq!(tokens(&chain, vault_of(&intent)), 9);
}

#[test]
fn the_alias_of_the_native_currency_is_recovered_only_where_no_native_is_promised() {
    let chain = chain_with_alias(TOKEN);
    let promised = intent_rewarding(10, &[]);
    chain.mint(TOKEN, vault_of(&promised), 9);
    assert_eq!(recover(&chain, &promised, TOKEN), refused(TOKEN));
    let without = intent_rewarding(0, &[]);
    chain.mint(TOKEN, vault_of(&without), 9);
    assert_eq!(recover(&chain, &without, TOKEN), Ok(vec![]));
    assert_eq!(tokens(&chain, CREATOR), 9);
}

#[test]
fn what_the_vault_says_is_passed_on() {
    let (chain, intent) = (chain(), intent_rewarding(10, &[]));
    let error = ZeroRecoverTokenBalance { token: TOKEN }.abi_encode();
    assert_eq!(recover(&chain, &intent, TOKEN), Err(error));
    assert_eq!(recover(&chain, &intent, CODELESS), Err(vec![]));
    // and a vault is not deployed for nothing
    assert_eq!(chain.code_size(vault_of(&intent)), 0);
}
