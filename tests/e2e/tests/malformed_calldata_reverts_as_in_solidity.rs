//! The decoder of our programs is as strict as Solidity's: raw calldata, dirty, cut, shifted or empty.

use alloy::primitives::{Address, Bytes, U256};
use e2e::chain::Chain;
use e2e::programs;
use e2e::vectors::{self, bytes, list, number, text};
use interfaces::hash;
use metalayer::chain::Tx;

/// An array with an absurd length makes Solidity panic for want of memory; any revert is as good (intents.md 1.3).
const ANY_REVERT: &str = "token array length huge";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calldata_is_accepted_and_refused_as_by_solidity() {
    let chain = Chain::a().await;
    let portal = programs::portal(&chain, Address::ZERO).await;
    let sender = chain.account("sender");
    let vectors = vectors::intents();
    let cases = list(&vectors["abiStrictness"]);
    vectors::assert_count(cases, 22);
    let mut failures = Vec::new();
    for case in cases {
        let name = text(&case["name"]);
        let to = match text(&case["to"]) {
            "Portal" => portal,
            "Executor" => hash::create_address(portal, 2),
            "Vault implementation" => hash::create_address(portal, 1),
            other => panic!("{name}: who is {other}?"),
        };
        let (data, value) = (bytes(&case["calldata"]), number(&case["value"]));
        let tx = Tx::raw(to, data);
        chain.provide(sender.address(), value).await;
        let simulated = chain.simulate(sender.address(), tx.clone(), value).await;
        let sent = chain.transact(&sender, tx, value).await;
        assert_eq!(simulated.as_ref().err(), sent.as_ref().err(), "{name}");
        let expected = match text(&case["result"]) {
            "ok" => Ok(case["returnData"]
                .as_str()
                .map(|data| data.parse().expect("hex"))
                .unwrap_or_default()),
            _ if name == ANY_REVERT => Err(simulated.clone().err().unwrap_or_default()),
            _ => Err(bytes(&case["revertData"])),
        };
        if simulated != expected {
            failures.push(format!("{name}: expected {expected:?}, observed {simulated:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_cut_anywhere_reverts_without_data() {
    let chain = Chain::a().await;
    let portal = programs::portal(&chain, Address::ZERO).await;
    let vectors = vectors::intents();
    let case = list(&vectors["intents"])
        .iter()
        .find(|case| case["name"] == "one-token-one-call")
        .expect("the case");
    for (name, calldata) in case["calldata"].as_object().expect("calldata by function") {
        let whole = bytes(calldata);
        // The padding behind the last `bytes` is nobody's: a route may end in it, a reward cannot.
        let end = if name == "fulfill" { whole.len() - 32 } else { whole.len() };
        for length in (0..end).step_by(16) {
            let cut = Bytes::copy_from_slice(&whole[..length]);
            let outcome = chain.simulate(Address::ZERO, Tx::raw(portal, cut), U256::ZERO).await;
            assert_eq!(outcome, Err(Bytes::new()), "{name}, {length} of {} bytes", whole.len());
        }
    }
}
