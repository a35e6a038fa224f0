//! The Portal computes every intent's hashes as the vectors say, in all overloads, and names its vault by the formula.

use alloy::primitives::{Address, B256, Bytes};
use e2e::chain::Chain;
use e2e::programs;
use e2e::vectors::{self, bytes, list, number, text};
use interfaces::intents::{IIntentSource, Reward};
use serde_json::Value;

fn hashes(case: &Value) -> (B256, B256, B256) {
    let [intent, route, reward] = ["intentHash", "routeHash", "rewardHash"]
        .map(|name| text(&case[name]).parse().expect("a hash"));
    (intent, route, reward)
}

/// What the overload with the route as bytes and the one with its hash say.
async fn check(
    chain: &Chain,
    portal: Address,
    case: &Value,
    destination: u64,
    route: Bytes,
    reward: Reward,
) {
    let name = text(&case["name"]);
    let expected = hashes(case);
    let by_bytes = IIntentSource::getIntentHash_1Call {
        destination,
        route: route.clone(),
        reward: reward.clone(),
    };
    let by_bytes = chain.view(portal, &by_bytes).await;
    assert_eq!((by_bytes.intentHash, by_bytes.routeHash, by_bytes.rewardHash), expected, "{name}");
    let by_hash = IIntentSource::getIntentHash_2Call {
        destination,
        routeHash: expected.1,
        reward: reward.clone(),
    };
    let by_hash = chain.view(portal, &by_hash).await;
    assert_eq!((by_hash.intentHash, by_hash._routeHash, by_hash.rewardHash), expected, "{name}");
    let vault = IIntentSource::intentVaultAddress_1Call { destination, route, reward };
    assert_eq!(chain.view(portal, &vault).await, programs::vault(portal, expected.0), "{name}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hashes_and_vaults_are_those_of_the_vectors() {
    let chain = Chain::a().await;
    let portal = programs::portal(&chain, Address::ZERO).await;
    let vectors = vectors::intents();
    let cases = list(&vectors["intents"]);
    vectors::assert_count(cases, 14);
    for case in cases {
        let name = text(&case["name"]);
        let intent = vectors::intent(case);
        let expected = hashes(case);
        let whole = IIntentSource::getIntentHash_0Call { intent: intent.clone() };
        let whole = chain.view(portal, &whole).await;
        assert_eq!((whole.intentHash, whole.routeHash, whole.rewardHash), expected, "{name}");
        let vault = IIntentSource::intentVaultAddress_0Call { intent: intent.clone() };
        assert_eq!(chain.view(portal, &vault).await, programs::vault(portal, expected.0), "{name}");
        check(
            &chain,
            portal,
            case,
            intent.destination,
            bytes(&case["encodedRoute"]),
            intent.reward,
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_route_for_another_kind_of_chain_is_any_bytes() {
    let chain = Chain::a().await;
    let portal = programs::portal(&chain, Address::ZERO).await;
    let vectors = vectors::intents();
    let cases = list(&vectors["opaqueRoutes"]);
    vectors::assert_count(cases, 3);
    for case in cases {
        let reward = &case["reward"];
        let reward = Reward {
            deadline: number(&reward["deadline"]).to(),
            creator: text(&reward["creator"]).parse().expect("an address"),
            prover: text(&reward["prover"]).parse().expect("an address"),
            nativeAmount: number(&reward["nativeAmount"]),
            tokens: list(&reward["tokens"])
                .iter()
                .map(|leg| interfaces::intents::TokenAmount {
                    token: text(&leg["token"]).parse().expect("an address"),
                    amount: number(&leg["amount"]),
                })
                .collect(),
        };
        let destination = number(&case["destination"]).to();
        check(&chain, portal, case, destination, bytes(&case["route"]), reward).await;
    }
}
