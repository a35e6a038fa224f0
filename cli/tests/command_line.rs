//! The program as a person or a script runs it.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn metalayer(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_metalayer"));
    command.args(arguments).envs(environment.iter().copied()).stdin(Stdio::null());
    command.output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}", String::from_utf8_lossy(&output.stderr));
    })
}

#[test]
fn the_demo_settles_refunds_and_refuses() {
    let output = metalayer(&["demo", "--json"], &[]);
    let record = json(&output);
    assert_eq!(record["failure"], Value::Null);
    assert!(output.status.success());
    assert_eq!(record["ok"], true);
    // domains are not chain ids
    for chain in record["chains"].as_array().unwrap() {
        assert_ne!(chain["chainId"], chain["domain"]);
    }
    // every program fits into an account
    let programs = record["programs"].as_array().unwrap();
    assert_eq!(programs.len(), 6);
    for program in programs {
        assert!(program["compressedBytes"].as_u64().unwrap() <= 24_576, "{program}");
    }
    // what must be refused was refused, for its own reason, in a transaction
    let steps = record["steps"].as_array().unwrap();
    let refused: Vec<_> = steps.iter().filter(|step| step["refused"] == true).collect();
    // Where NUMBER stays 0, the Mailbox forgets deliveries and the router refuses the second one.
    let replay = ["already delivered", "AlreadyProcessed"];
    let reasons = [&replay[..], &["!threshold"], &["InvalidStatusForRefund"]];
    assert_eq!(refused.len(), reasons.len());
    for (step, reasons) in refused.iter().zip(reasons) {
        let outcome = step["outcome"].as_str().unwrap();
        assert!(reasons.iter().any(|reason| outcome.contains(reason)), "{step}");
        assert!(step["gasUsed"].as_u64().unwrap() > 21_000, "{step}");
    }
    // the solver got the reward
    let balances = record["balances"].as_array().unwrap();
    let reward = balances.iter().find(|row| row["account"] == "solver" && row["asset"] == "SRC");
    assert_eq!(reward.unwrap()["after"], "105000000000000000000");
}

#[test]
fn a_failure_names_the_step_and_ends_with_a_status() {
    let nowhere = [("METALAYER_CONTRACTS", "/nonexistent")];
    let output = metalayer(&["demo", "--json"], &nowhere);
    assert_eq!(output.status.code(), Some(1));
    let record = json(&output);
    assert_eq!(record["ok"], false);
    assert_eq!(record["failure"]["step"], "load the programs");
    assert!(record["failure"]["error"].as_str().unwrap().contains("cargo run -p wasm"));
    let text = String::from_utf8(metalayer(&["demo"], &nowhere).stdout).unwrap();
    assert!(text.contains("stopped at: load the programs"), "{text}");
}

#[test]
fn a_contract_that_refuses_is_named_with_its_step() {
    // given another program in the place of MetalayerIsm's, which has no such constructor
    let contracts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/contracts");
    let swapped = std::env::temp_dir().join(format!("metalayer-swapped-{}", std::process::id()));
    std::fs::create_dir_all(&swapped).unwrap();
    for program in ["metalayer-router", "portal", "vault", "executor", "meta-prover"] {
        let file = format!("{program}.code");
        std::fs::copy(contracts.join(&file), swapped.join(&file)).unwrap();
    }
    std::fs::copy(contracts.join("executor.code"), swapped.join("metalayer-ism.code")).unwrap();
    // when the demo runs
    let contracts = ("METALAYER_CONTRACTS", swapped.to_str().unwrap());
    let environment = [contracts, ("NITRO_RPC_URL_A", ""), ("NITRO_RPC_URL_B", "")];
    let output = metalayer(&["demo", "--json"], &environment);
    std::fs::remove_dir_all(&swapped).unwrap();
    // then it stops there and says so
    assert_eq!(output.status.code(), Some(1));
    let failure = &json(&output)["failure"];
    assert_eq!(failure["step"], "deploy our contracts on A");
    assert_eq!(failure["error"], "deploy metalayer-ism on A: reverted with an empty revert");
}

#[test]
fn one_external_node_alone_is_refused() {
    let half = [("NITRO_RPC_URL_A", "http://127.0.0.1:1"), ("NITRO_RPC_URL_B", "")];
    let output = metalayer(&["demo", "--json"], &half);
    assert_eq!(output.status.code(), Some(1));
    assert!(json(&output)["failure"]["error"].as_str().unwrap().contains("both"));
}

#[test]
fn help_explains_every_command() {
    for (arguments, expected) in [
        (&["--help"][..], &["demo", "devnode"][..]),
        (&["demo", "--help"], &["--json", "--keep", "NITRO_RPC_URL_A"]),
        (
            &["devnode", "--help"],
            &["--port", "--chain-id", "--arbos", "--l1-block-number", "--quiet"],
        ),
    ] {
        let output = metalayer(arguments, &[]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success());
        for word in expected {
            assert!(text.contains(word), "{word} is missing from {text}");
        }
    }
}
