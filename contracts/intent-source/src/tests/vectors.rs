//! The reference vectors, and properties over them.

use alloy_primitives::{Bytes, hex};
use interfaces::intents::IIntentSource::{
    getIntentHash_0Call, getIntentHash_1Call, getIntentHash_2Call, intentVaultAddress_0Call,
    intentVaultAddress_1Call, isIntentFunded_1Call, publish_1Call, publishAndFund_1Call,
    publishAndFundFor_1Call,
};
use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../../tests/vectors/intents.json")).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(text(value)).unwrap()
}

fn word(value: &Value) -> B256 {
    text(value).parse().unwrap()
}

fn view(chain: &Chain, data: &[u8]) -> ArbResult {
    chain.transact(STRANGER, SOURCE, U256::ZERO, data)
}

/// The intents of the vectors: encoded, and their three hashes encoded.
fn intents() -> Vec<(Intent, Vec<u8>)> {
    let vectors = vectors();
    let cases = vectors["intents"].as_array().unwrap();
    assert!(cases.len() >= 14);
    cases
        .iter()
        .map(|case| {
            let intent = Intent {
                destination: text(&case["intent"]["destination"]).parse().unwrap(),
                route: Route::abi_decode(&bytes(&case["encodedRoute"])).unwrap(),
                reward: Reward::abi_decode(&bytes(&case["encodedReward"])).unwrap(),
            };
            let hashes = ["intentHash", "routeHash", "rewardHash"].map(|name| word(&case[name]));
            (intent, hashes.abi_encode())
        })
        .collect()
}

#[test]
fn all_overloads_hash_as_the_peer_does() {
    let chain = chain();
    for (intent, expected) in intents() {
        let (destination, reward) = (intent.destination, intent.reward.clone());
        let route: Bytes = intent.route.abi_encode().into();
        let (route_hash, whole) = (intent.route.hash(), intent.clone());
        for data in [
            getIntentHash_0Call { intent: whole }.abi_encode(),
            getIntentHash_1Call { destination, route, reward: reward.clone() }.abi_encode(),
            getIntentHash_2Call { destination, routeHash: route_hash, reward }.abi_encode(),
        ] {
            assert_eq!(view(&chain, &data), Ok(expected.clone()));
        }
    }
}

#[test]
fn routes_that_are_no_routes_hash_as_the_peer_hashes_them() {
    let (vectors, chain) = (vectors(), chain());
    let cases = vectors["opaqueRoutes"].as_array().unwrap();
    assert_eq!(cases.len(), 3);
    for case in cases {
        let reward = &case["reward"];
        let reward = Reward {
            deadline: text(&reward["deadline"]).parse().unwrap(),
            creator: text(&reward["creator"]).parse().unwrap(),
            prover: text(&reward["prover"]).parse().unwrap(),
            nativeAmount: text(&reward["nativeAmount"]).parse().unwrap(),
            tokens: reward["tokens"]
                .as_array()
                .unwrap()
                .iter()
                .map(|leg| TokenAmount {
                    token: text(&leg["token"]).parse().unwrap(),
                    amount: text(&leg["amount"]).parse().unwrap(),
                })
                .collect(),
        };
        let destination = text(&case["destination"]).parse().unwrap();
        let call = getIntentHash_1Call { destination, route: bytes(&case["route"]).into(), reward };
        let expected = ["intentHash", "routeHash", "rewardHash"].map(|name| word(&case[name]));
        assert_eq!(view(&chain, &call.abi_encode()), Ok(expected.abi_encode()));
    }
}

#[test]
fn vault_addresses_follow_from_source_and_hash_in_both_overloads() {
    let chain = chain();
    for (intent, _) in intents() {
        let expected = Ok(vault_of(&intent).abi_encode());
        let (destination, reward) = (intent.destination, intent.reward.clone());
        let route = intent.route.abi_encode().into();
        let by_bytes = intentVaultAddress_1Call { destination, route, reward };
        assert_eq!(view(&chain, &by_bytes.abi_encode()), expected);
        let whole = intentVaultAddress_0Call { intent };
        assert_eq!(view(&chain, &whole.abi_encode()), expected);
    }
}

#[test]
fn malformed_calldata_reverts_as_the_peer_does() {
    let (vectors, chain) = (vectors(), chain());
    let cases = vectors["abiStrictness"].as_array().unwrap();
    let mut replayed = 0;
    for case in cases {
        let calldata = bytes(&case["calldata"]);
        // fulfill is the Inbox's, the rest of the cases go to other contracts
        if text(&case["to"]) != "Portal" || calldata.starts_with(&[0x52, 0xa8, 0x33, 0x9e]) {
            continue;
        }
        let value = text(&case["value"]).parse().unwrap();
        let outcome = chain.transact(STRANGER, SOURCE, value, &calldata);
        // Solidity panics for an absurd length; the spec accepts any revert, ours is empty.
        let expected = match text(&case["result"]) {
            "ok" => Ok(bytes(&case["returnData"])),
            _ => Err(vec![]),
        };
        assert_eq!(outcome, expected, "{}", text(&case["name"]));
        replayed += 1;
    }
    assert_eq!(replayed, 19);
}

/// Well-formed calls of every function that takes an intent, none of which needs money.
fn calls() -> Vec<Vec<u8>> {
    let intent = intent_rewarding(0, &[(TOKEN, 0), (OTHER_TOKEN, 0)]);
    let (destination, reward) = (intent.destination, intent.reward.clone());
    let route: Bytes = intent.route.abi_encode().into();
    let (whole, route_hash) = (intent.clone(), intent.route.hash());
    vec![
        publish_0Call { intent: whole.clone() }.abi_encode(),
        publish_1Call { destination, route: route.clone(), reward: reward.clone() }.abi_encode(),
        publishAndFund_0Call { intent: whole.clone(), allowPartial: true }.abi_encode(),
        publishAndFund_1Call {
            destination,
            route: route.clone(),
            reward: reward.clone(),
            allowPartial: true,
        }
        .abi_encode(),
        fund_calldata(&intent, false),
        isIntentFunded_0Call { intent: whole.clone() }.abi_encode(),
        isIntentFunded_1Call { destination, route: route.clone(), reward: reward.clone() }
            .abi_encode(),
        intentVaultAddress_0Call { intent: whole.clone() }.abi_encode(),
        getIntentHash_0Call { intent: whole }.abi_encode(),
        getIntentHash_1Call { destination, route, reward: reward.clone() }.abi_encode(),
        getIntentHash_2Call { destination, routeHash: route_hash, reward: reward.clone() }
            .abi_encode(),
        fund_for_calldata(&intent, true, Address::ZERO),
        publish_and_fund_for_calldata(&intent, true, Address::ZERO),
        publishAndFundFor_1Call {
            destination,
            route: intent.route.abi_encode().into(),
            reward,
            allowPartial: true,
            funder: FUNDER,
            permitContract: Address::ZERO,
        }
        .abi_encode(),
        batch_calldata(&[]),
        recover_calldata(&intent, STRAY),
    ]
}

/// A token that every vault of [`chain`] holds.
const STRAY: Address = address!("00000000000000000000000000000000000000d6");

/// The common chain, with a stray token in the vault of the intent that [`calls`] is about.
fn chain() -> Chain {
    let chain = super::chain();
    chain.set_token(STRAY, Behaviour::Honest);
    let intent = intent_rewarding(0, &[(TOKEN, 0), (OTHER_TOKEN, 0)]);
    chain.mint(STRAY, vault_of(&intent), 1);
    chain
}

/// How many [`calls`] there are.
const CALLS: usize = 16;

#[test]
fn the_uncut_calls_succeed() {
    assert_eq!(calls().len(), CALLS);
    for data in calls() {
        assert!(view(&chain(), &data).is_ok());
    }
}

proptest! {
    #[test]
    fn a_call_cut_anywhere_reverts_without_data(call in 0usize..CALLS, at: prop::sample::Index) {
        let data = &calls()[call];
        let cut = &data[..at.index(data.len())];
        // Padding of a route's bytes at the very end is not needed; no call here ends with it.
        prop_assert_eq!(view(&chain(), cut), Err(vec![]));
    }

    #[test]
    fn a_flipped_bit_never_panics(call in 0usize..CALLS, at: prop::sample::Index, bit in 0u8..8) {
        let mut data = calls().swap_remove(call);
        let at = at.index(data.len());
        data[at] ^= 1 << bit;
        let _any_outcome = view(&chain(), &data);
    }

    #[test]
    fn garbage_behind_the_arguments_changes_nothing(call in 0usize..CALLS, tail: Vec<u8>) {
        let data = calls().swap_remove(call);
        let longer = [&data[..], &tail].concat();
        prop_assert_eq!(view(&chain(), &longer), view(&chain(), &data));
    }
}
