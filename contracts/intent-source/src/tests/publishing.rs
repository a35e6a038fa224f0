use alloy_sol_types::SolError;
use interfaces::intents::IIntentSource::{
    IntentAlreadyExists, IntentPublished, RewardTokensNotUnique, publish_1Call,
};

use super::*;

#[test]
fn publishing_announces_the_intent_and_names_its_vault() {
    // given a new intent with two tokens
    let (chain, intent) = (chain(), intent_rewarding(7, &[(TOKEN, 5), (OTHER_TOKEN, 6)]));
    // when anyone publishes it
    let output = publish(&chain, &intent).unwrap();
    // then hash and vault are answered, and the event says all of it
    assert_eq!(output, (hashes(&intent).intent, vault_of(&intent)).abi_encode());
    let event: IntentPublished = only_event(&chain);
    assert_eq!(event.intentHash, hashes(&intent).intent);
    assert_eq!(event.destination, DESTINATION);
    assert_eq!(event.route, intent.route.abi_encode());
    assert_eq!((event.creator, event.prover), (CREATOR, PROVER));
    assert_eq!(event.rewardDeadline, DEADLINE);
    assert_eq!(event.rewardNativeAmount, U256::from(7));
    assert_eq!(event.rewardTokens, intent.reward.tokens);
    assert_eq!(status(&chain, &intent), 0);
}

#[test]
fn a_route_of_another_vm_is_published_as_given() {
    let (chain, intent) = (chain(), intent_rewarding(7, &[(TOKEN, 5)]));
    for route in [vec![], vec![1], vec![2; 31], vec![3; 32], vec![4; 57], vec![5; 1024]] {
        let reward = intent.reward.clone();
        let call =
            publish_1Call { destination: 1_399_811_149, route: route.clone().into(), reward };
        chain.transact(STRANGER, SOURCE, U256::ZERO, &call.abi_encode()).unwrap();
        let logs = chain.take_logs();
        let event: IntentPublished = logs[0].decode().unwrap();
        // the encoding is canonical, not merely decodable
        assert_eq!(logs[0].data, event.encode_data());
        assert_eq!(event.route, route);
    }
}

#[test]
fn both_overloads_publish_the_same_intent() {
    let (chain, intent) = (chain(), intent_rewarding(7, &[(TOKEN, 5)]));
    let first = publish(&chain, &intent);
    let call = publish_1Call {
        destination: intent.destination,
        route: intent.route.abi_encode().into(),
        reward: intent.reward.clone(),
    };
    assert_eq!(chain.transact(STRANGER, SOURCE, U256::ZERO, &call.abi_encode()), first);
    let logs = chain.take_logs();
    assert_eq!((logs.len(), &logs[0]), (2, &logs[1]));
}

#[test]
fn an_intent_may_be_published_again_until_it_is_settled() {
    // given a funded intent
    let (chain, intent) = (chain(), intent_rewarding(7, &[]));
    publish(&chain, &intent).unwrap();
    publish_and_fund(&chain, &intent, 7, false).unwrap();
    publish(&chain, &intent).unwrap();
    // when it is paid out
    set_proof(&chain, CLAIMANT, DESTINATION);
    withdraw(&chain, &intent).unwrap();
    // then it is not published again, nor after a refund
    let error = IntentAlreadyExists { intentHash: hashes(&intent).intent }.abi_encode();
    assert_eq!(publish(&chain, &intent), Err(error.clone()));
    assert_eq!(publish_and_fund(&chain, &intent, 7, false), Err(error.clone()));
    refund(&chain, &intent).unwrap();
    assert_eq!(publish(&chain, &intent), Err(error));
}

#[test]
fn a_reward_may_not_promise_the_native_currency_twice() {
    // given a source where TOKEN is the native currency
    let chain = chain_with_alias(TOKEN);
    let error = RewardTokensNotUnique { token: TOKEN }.abi_encode();
    // when a reward has both, in any order of legs
    for legs in [&[(TOKEN, 5)][..], &[(OTHER_TOKEN, 1), (TOKEN, 5)]] {
        let intent = intent_rewarding(7, legs);
        // then it is neither published nor funded
        assert_eq!(publish(&chain, &intent), Err(error.clone()));
        assert_eq!(fund(&chain, &intent, 7, true), Err(error.clone()));
        assert_eq!(publish_and_fund(&chain, &intent, 7, true), Err(error.clone()));
    }
    // and either alone is fine
    publish(&chain, &intent_rewarding(0, &[(TOKEN, 5)])).unwrap();
    publish(&chain, &intent_rewarding(7, &[(OTHER_TOKEN, 5)])).unwrap();
}

#[test]
fn without_an_alias_any_token_goes_with_native() {
    let chain = chain();
    publish(&chain, &intent_rewarding(7, &[(Address::ZERO, 5), (TOKEN, 1)])).unwrap();
}
