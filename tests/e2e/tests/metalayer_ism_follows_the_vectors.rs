//! The MetalayerIsm sends every message to the module of its lane, and refuses what has none.

use alloy::primitives::{Address, U256};
use alloy::sol_types::SolCall;
use e2e::chain::Chain;
use e2e::programs;
use e2e::vectors::{self, bytes, list, text};
use interfaces::metalayer::IMetalayerIsm;
use metalayer::chain::Tx;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_are_routed_and_refused_as_in_the_vectors() {
    let vectors = vectors::messaging();
    let vectors = &vectors["ismRouting"];
    // The vectors' messages go to domain 412347; this chain has another id.
    let chain = Chain::a().await;
    let dev = chain.dev();
    let ism = IMetalayerIsm::constructorCall { owner: dev.address() };
    let ism = programs::metalayer_ism(&chain, &ism).await.expect("a MetalayerIsm is deployed");
    let module = |name: &str| chain.account(name).address();
    for (lane, name) in vectors["modules"].as_object().expect("modules") {
        let (origin, finality) = lane.split_once('/').expect("origin/finality");
        let set = IMetalayerIsm::setModuleCall {
            origin: origin.parse().expect("a domain"),
            finality: finality.parse().expect("a flag"),
            module: module(text(name)),
        };
        chain.must(&dev, ism, &set).await;
    }
    let aggregation =
        IMetalayerIsm::setReadAggregationCall { readAggregation: module("readAggregation") };
    chain.must(&dev, ism, &aggregation).await;

    let cases = list(&vectors["cases"]);
    vectors::assert_count(cases, 6);
    for case in cases {
        let name = text(&case["name"]);
        let route = IMetalayerIsm::routeCall { message: bytes(&case["message"]) };
        let outcome = chain.simulate(Address::ZERO, Tx::call(ism, &route), U256::ZERO).await;
        match case["route"].as_str() {
            Some(expected) => {
                let routed = IMetalayerIsm::routeCall::abi_decode_returns(&outcome.expect(name));
                assert_eq!(routed, Ok(module(expected)), "{name}");
            }
            None => assert_eq!(outcome.expect_err(name), bytes(&case["revert"]["data"]), "{name}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_messages_have_no_module() {
    let vectors = vectors::messaging();
    let chain = Chain::a().await;
    let ism = IMetalayerIsm::constructorCall { owner: chain.dev().address() };
    let ism = programs::metalayer_ism(&chain, &ism).await.expect("a MetalayerIsm is deployed");
    let header = bytes(&list(&vectors["ismRouting"]["cases"])[0]["message"]);
    let mut compared = 0;
    for case in list(&vectors["metalayerMalformed"]["cases"]) {
        if case["expected"].is_null() {
            continue; // It decodes; whether there is a module for it is another matter.
        }
        let message = [&header[..77], &bytes(&case["encoded"])].concat();
        let route = IMetalayerIsm::routeCall { message: message.into() };
        let outcome = chain.simulate(Address::ZERO, Tx::call(ism, &route), U256::ZERO).await;
        assert_eq!(outcome, Err(bytes(&case["expected"]["revertData"])), "{}", case["name"]);
        compared += 1;
    }
    assert!(compared > 0, "the vectors hold malformed messages");
}
