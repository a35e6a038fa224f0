//! The reference vectors of the protocol.

use super::*;

fn vectors() -> serde_json::Value {
    serde_json::from_str(include_str!("../../../../tests/vectors/intents.json")).unwrap()
}

fn bytes_of(value: &serde_json::Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap().trim_start_matches("0x")).unwrap()
}

#[test]
fn every_intent_of_the_vectors_is_fulfilled_under_its_hash() {
    let vectors = vectors();
    let intents = vectors["intents"].as_array().unwrap();
    assert_eq!(intents.len(), 14);
    for intent in intents {
        // given a chain that is the intent's destination, with an Inbox where its route wants it
        let destination = intent["intent"]["destination"].as_str().unwrap().parse().unwrap();
        let route = Route::abi_decode_validate(&bytes_of(&intent["encodedRoute"])).unwrap();
        let chain = Chain::new(destination, route.deadline);
        let executor = create_address(route.portal, EXECUTOR_NONCE);
        chain.set_program(route.portal, Chain::contract::<Inbox>());
        chain.set_answer(executor, Ok(Vec::<Bytes>::new().abi_encode()));
        for leg in &route.tokens {
            chain.set_answer(leg.token, Ok(vec![]));
        }
        chain.set_balance(SOLVER, route.nativeAmount);
        // when it is fulfilled under the hash of the vectors
        let call = fulfillCall {
            intentHash: B256::from_slice(&bytes_of(&intent["intentHash"])),
            route: route.clone(),
            rewardHash: B256::from_slice(&bytes_of(&intent["rewardHash"])),
            claimant: CLAIMANT,
        };
        let output = chain.transact(SOLVER, route.portal, route.nativeAmount, &call.abi_encode());
        // then the hash is the one computed here
        assert!(output.is_ok(), "{}: {output:?}", intent["name"]);
    }
}

#[test]
fn malformed_calls_of_the_vectors_are_refused() {
    let vectors = vectors();
    let of_the_inbox: Vec<_> = vectors["abiStrictness"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|case| case["to"] == "Portal" && case["result"] == "revert")
        .map(|case| (bytes_of(&case["calldata"]), case["value"].as_str().unwrap().parse().unwrap()))
        .filter(|(calldata, _): &(Vec<u8>, u64)| {
            calldata.first_chunk().is_none_or(|selector| IInboxCalls::valid_selector(*selector))
        })
        .collect();
    assert!(of_the_inbox.len() >= 4, "fulfill, and the calls that are nobody's: {of_the_inbox:?}");
    let world = world();
    for (calldata, value) in of_the_inbox {
        assert_eq!(world.chain.transact(SOLVER, PORTAL, U256::from(value), &calldata), Err(vec![]));
    }
}
