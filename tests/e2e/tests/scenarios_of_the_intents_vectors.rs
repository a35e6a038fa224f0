//! Every scenario of the intents' vectors, step by step: outcome, decoded error, events, return value, status.
//!
//! Nothing is skipped: every scenario runs to its end. Where this project deliberately does otherwise than the
//! Solidity the vectors were computed with, the table below says so, step by step, with the rule; an entry that does
//! not occur any more fails the test, as a missing one does.

use e2e::chain::Chain;
use e2e::scenario::{Deviation, Stage, needs_a_set_clock, play};
use e2e::vectors::{self, list, text};
use serde_json::json;

const PER_FRAME: &str = "excess native belongs to the frame that brought it: intents.md 4.3, the remedy for its open hazard";

const OWN_PROXY: &str = "the vault's proxy is our own, of 49 bytes: intents.md 3.1, port notes";

/// Places where the outcome here differs by a rule of this project.
const DEVIATIONS: [Deviation; 6] = [
    Deviation {
        scenario: "fundFor-allowance-is-to-the-vault",
        step: 6,
        rule: OWN_PROXY,
        here: || json!({"codeLength": {"$VAULT": 49}}),
    },
    Deviation {
        scenario: "vault-direct-calls",
        step: 10,
        rule: OWN_PROXY,
        here: || json!({"codeLength": {"$VAULT": 49}}),
    },
    // A refused refund stays in the Portal, but is not given to the next caller, who never brought it.
    Deviation {
        scenario: "excess-refund-recipient-rejects",
        step: 5,
        rule: PER_FRAME,
        here: || json!({"balances": {"native of $PORTAL": "15"}}),
    },
    // The route's call of `fund` brings no value and gets none, so its next call cannot pay ten wei.
    Deviation {
        scenario: "fulfill-call-sweeps-excess",
        step: 1,
        rule: PER_FRAME,
        here: || {
            json!({
                "result": "revert",
                "error": {"name": "CallFailed", "args": [["$EOA", "0x", "10"], {"name": "EMPTY", "args": []}]},
                "events": [],
                "returns": null,
            })
        },
    },
    Deviation {
        scenario: "fulfill-call-sweeps-excess",
        step: 2,
        rule: PER_FRAME,
        here: || json!({"balances": {"native of $EOA": "0", "native of $PORTAL": "0", "native of $EXECUTOR": "1"}}),
    },
    // Five wei that lie on the Portal are nobody's to prove with.
    Deviation {
        scenario: "prove",
        step: 8,
        rule: PER_FRAME,
        here: || {
            json!({"events": [{
                "from": "$PROVER2",
                "name": "Proved",
                "args": ["$STRANGER", "0", "0x0000000000064aba", "0x", "1"],
            }]})
        },
    },
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_of_the_vectors_happens_as_written() {
    let chain = Chain::a().await;
    let vectors = vectors::intents();
    let scenarios = list(&vectors["scenarios"]);
    vectors::assert_count(scenarios, 69);

    let mut stage = Stage::set(&chain).await;
    let (mut failures, mut steps, mut unplayable) = (Vec::new(), 0, 0);
    for scenario in scenarios {
        let name = text(&scenario["name"]);
        if !chain.is_embedded() && needs_a_set_clock(scenario) {
            println!("{name}: not on this chain, its clock cannot be set");
            unplayable += 1;
            continue;
        }
        // Each scenario finds the stage as it was set: by going back, or by a new one where there is no way back.
        let snapshot = if chain.is_embedded() {
            Some(chain.snapshot().await)
        } else {
            stage = Stage::set(&chain).await;
            None
        };
        let played = play(&chain, &stage, scenario, &DEVIATIONS).await;
        if let Some(snapshot) = snapshot {
            chain.revert(snapshot).await;
        }
        failures.extend(played.failures);
        steps += played.steps;
    }

    println!(
        "{} scenarios, {steps} steps compared; {} to the end, {unplayable} not on this chain",
        scenarios.len(),
        scenarios.len() - unplayable,
    );
    assert!(failures.is_empty(), "{} differences:\n{}", failures.len(), failures.join("\n"));
    if !vectors::are_ours() {
        return; // The table is about scenarios of our own.
    }
    if chain.is_embedded() {
        let all: usize = scenarios.iter().map(|scenario| list(&scenario["steps"]).len()).sum();
        assert_eq!(steps, all, "every step is played");
    }
    for deviation in &DEVIATIONS {
        assert!(scenarios.iter().any(|scenario| scenario["name"] == deviation.scenario));
    }
}

/// The interpreter itself: every kind of expectation, once falsified, is found to be false.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_falsified_vector_is_noticed() {
    let chain = Chain::a().await;
    if !chain.is_embedded() || !vectors::are_ours() {
        return; // Nothing here depends on the chain, and the scenarios below are our own.
    }
    let stage = Stage::set(&chain).await;
    let vectors = vectors::intents();
    let find = |name: &str| {
        let scenario = list(&vectors["scenarios"]).iter().find(|scenario| scenario["name"] == name);
        scenario.expect("a scenario").clone()
    };
    let falsehoods = [
        ("partial-not-allowed", 1, "/error/name", json!("IntentNotClaimed")),
        ("partial-not-allowed", 1, "/statusAfter", json!(1)),
        ("partial-not-allowed", 1, "/result", json!("ok")),
        ("fund-native-and-token-exact", 3, "/returns/0", json!(true)),
        ("fund-native-and-token-exact", 4, "/returns/0", json!("$routeHash")),
        ("fund-native-and-token-exact", 4, "/events/0/args/2", json!(false)),
        ("fund-native-and-token-exact", 4, "/events/0/from", json!("$VAULT")),
        ("fund-native-and-token-exact", 4, "/events", json!([])),
        ("fund-native-and-token-exact", 6, "/balances/TOKEN_A of $VAULT", json!("51")),
        ("fund-native-and-token-exact", 6, "/balances/native of $VAULT", json!("99")),
        ("fund-native-and-token-exact", 7, "/codeLength/$VAULT", json!(1)),
        ("fulfill-call-fails", 1, "/error/args/1/args/0", json!("8")),
    ];
    for (name, step, pointer, falsehood) in falsehoods {
        let mut scenario = find(name);
        let truth = scenario["steps"][step].pointer_mut(pointer).expect("an expectation");
        assert_ne!(*truth, falsehood);
        *truth = falsehood;
        let snapshot = chain.snapshot().await;
        let played = play(&chain, &stage, &scenario, &DEVIATIONS).await;
        chain.revert(snapshot).await;
        let noticed = played
            .failures
            .iter()
            .any(|failure| failure.starts_with(&format!("{name}, step {step}:")));
        assert!(noticed, "{name}, step {step}, {pointer}: {:?}", played.failures);
    }
}
