//! The program as a person or a script runs it.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use alloy::providers::{Provider, ProviderBuilder};
use serde_json::{Value, json};

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
fn the_demo_settles_reads_confirms_refunds_and_refuses() {
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
    assert_eq!(programs.len(), 9);
    for program in programs {
        assert!(program["compressedBytes"].as_u64().unwrap() <= 24_576, "{program}");
    }
    // what must be refused was refused, for its own reason, in a transaction
    let steps = record["steps"].as_array().unwrap();
    let refused: Vec<_> = steps.iter().filter(|step| step["refused"] == true).collect();
    // Where NUMBER stays 0, the Mailbox forgets deliveries and the router refuses the second one.
    let replay = ["already delivered", "AlreadyProcessed"];
    let reasons = [
        &["InvalidMetadata { code: 1 }"][..],
        &["QuorumNotReached"],
        &replay,
        &["!threshold"],
        &["InvalidStatusForRefund"],
    ];
    assert_eq!(refused.len(), reasons.len());
    for (step, reasons) in refused.iter().zip(reasons) {
        let outcome = step["outcome"].as_str().unwrap();
        assert!(reasons.iter().any(|reason| outcome.contains(reason)), "{step}");
        assert!(step["gasUsed"].as_u64().unwrap() > 21_000, "{step}");
    }
    // the reads were asked for and the delivery was confirmed; each step checks its own effect
    let outcome_of = |part: &str, step: &str| {
        let found = steps
            .iter()
            .find(|row| row["step"] == step && row["part"].as_str().unwrap().starts_with(part));
        found.map(|row| (row["chain"].as_str().unwrap(), row["outcome"].as_str().unwrap()))
    };
    assert_eq!(outcome_of("7 ", "process the message"), Some(("B", "ok")));
    assert_eq!(outcome_of("8 ", "the relayer asks for a receipt"), Some(("B", "ok")));
    assert_eq!(outcome_of("8 ", "process the message"), Some(("A", "ok")));
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
fn an_application_that_was_not_compiled_is_missed_before_anything_is_deployed() {
    let output = metalayer(&["demo", "--json"], &[("METALAYER_SOLIDITY", "/nonexistent")]);
    assert_eq!(output.status.code(), Some(1));
    let record = json(&output);
    assert_eq!(record["failure"]["step"], "load the application");
    assert!(record["failure"]["error"].as_str().unwrap().contains("node tests/mocks/compile.js"));
    assert_eq!(record["steps"], json!([]));
}

#[test]
fn a_contract_that_refuses_is_named_with_its_step() {
    // given another program in the place of MetalayerIsm's, which has no such constructor
    let contracts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/contracts");
    let swapped = std::env::temp_dir().join(format!("metalayer-swapped-{}", std::process::id()));
    std::fs::create_dir_all(&swapped).unwrap();
    for program in [
        "metalayer-router",
        "metalayer-multisig-ism",
        "metalayer-read-ism",
        "metalayer-read-aggregation-ism",
        "portal",
        "vault",
        "executor",
        "meta-prover",
    ] {
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
            &[
                "--port",
                "--chain-id",
                "--arbos",
                "--l1-block-number",
                "--quiet",
                "--state",
                "--genesis",
                "--chains",
                "--accounts",
                "--balance",
                "--mnemonic",
                "--block-time",
                "--no-mining",
                "--safe-lag",
                "--finalized-lag",
                "--json-logs",
            ],
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

/// A running `metalayer devnode`.
struct Running {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_metalayer"));
        command.arg("devnode").args(arguments).env_remove("RUST_LOG");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.trim_end().into()
    }

    /// Sends a signal and waits for the end; what was left to say on stdout and stderr.
    fn stop(mut self, signal: &str) -> (String, String) {
        let process = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &process]).status().unwrap().success());
        let (mut out, mut log) = (String::new(), String::new());
        self.lines.read_to_string(&mut out).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{log}");
        (out, log)
    }
}

/// One request.
fn ask(url: &str, method: &'static str, params: Value) -> Value {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let provider = ProviderBuilder::new().connect_http(url.parse().unwrap());
    runtime.block_on(provider.raw_request(method.into(), params)).unwrap()
}

fn temporary(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("metalayer-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&path).unwrap();
    path
}

const SOMEONE: &str = "0x00000000000000000000000000000000000bEEF1";

#[test]
fn a_stopped_chain_goes_on_from_its_state_file() {
    let directory = temporary("state");
    let file = directory.join("chain");
    let arguments = ["--port", "0", "--quiet", "--state", file.to_str().unwrap()];
    for (signal, round) in [("-TERM", 1), ("-INT", 2)] {
        let mut node = Running::start(&arguments);
        let url = node.line();
        let from = ask(&url, "eth_accounts", json!([]))[1].clone();
        let tx = json!([{"from": from, "to": SOMEONE, "value": "0x1"}]);
        ask(&url, "eth_sendTransaction", tx);
        let balance = ask(&url, "eth_getBalance", json!([SOMEONE, "latest"]));
        assert_eq!(balance, format!("0x{round}"));
        assert_eq!(node.stop(signal), (String::new(), String::new()), "quiet is quiet");
    }
    // a damaged file is refused, in words and with a status
    std::fs::write(&file, "metalayer-devnode state 1\nnothing").unwrap();
    let output = metalayer(&[&["devnode"], &arguments[..]].concat(), &[]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("damaged") && error.contains("move it away"), "{error}");
    std::fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn several_chains_have_successive_ids_and_their_own_ports() {
    let directory = temporary("chains");
    let file = directory.join("chain");
    let mut node = Running::start(&[
        "--port",
        "0",
        "--quiet",
        "--chains",
        "3",
        "--chain-id",
        "900",
        "--state",
        file.to_str().unwrap(),
    ]);
    let urls = [node.line(), node.line(), node.line()];
    let ids: Vec<_> = urls.iter().map(|url| ask(url, "eth_chainId", json!([]))).collect();
    assert_eq!(ids, ["0x384", "0x385", "0x386"]);
    node.stop("-TERM");
    for id in 900..903 {
        assert!(directory.join(format!("chain.{id}")).exists());
    }
    std::fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn the_banner_tells_what_the_flags_set() {
    let directory = temporary("genesis");
    let genesis = directory.join("genesis.json");
    let alloc = json!({"config": {"chainId": 777}, "alloc": {SOMEONE: {"balance": "5"}}});
    std::fs::write(&genesis, alloc.to_string()).unwrap();
    // given the first account of another mnemonic, as every wallet shows it
    let mut node = Running::start(&[
        "--port",
        "0",
        "--genesis",
        genesis.to_str().unwrap(),
        "--accounts",
        "2",
        "--balance",
        "2.5",
        "--mnemonic",
        "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
        "--no-mining",
        "--safe-lag",
        "3",
        "--finalized-lag",
        "9",
        "--json-logs",
        "--arbos",
        "40",
    ]);
    let mut banner = String::new();
    while !banner.contains("Ctrl-C stops") {
        banner.push_str(&node.line());
        banner.push('\n');
    }
    for text in [
        "2.5 ETH each",
        "(1) 0x9858EfFD232B4033E47d90003D41EC34EcaEda94",
        "Blocks            on request (evm_mine); safe 3 and finalized 9 behind",
        "ArbOS             40",
        "Chain 777 listens on http://127.0.0.1:",
    ] {
        assert!(banner.contains(text), "{text} is missing from {banner}");
    }
    assert!(!banner.contains("(3) 0x"), "{banner}");
    let url = banner.split_whitespace().find(|word| word.starts_with("http://")).unwrap();
    assert_eq!(ask(url, "eth_getBalance", json!([SOMEONE, "latest"])), "0x5");
    assert_eq!(ask(url, "anvil_getAutomine", json!([])), false);
    assert_eq!(ask(url, "devnode_finality", json!([]))["finalizedLag"], "0x9");
    let (_, log) = node.stop("-TERM");
    let first: Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
    assert_eq!(first["fields"]["message"], "chain started");
    std::fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn flags_that_contradict_each_other_are_refused() {
    for (arguments, why) in [
        (&["--block-time", "1", "--no-mining"][..], "cannot be used with"),
        (&["--safe-lag", "3", "--finalized-lag", "2"], "cannot be ahead"),
        (&["--mnemonic", "too short"], "12, 15, 18, 21 or 24 words"),
        (&["--genesis", "/nonexistent"], "--genesis /nonexistent"),
        (&["--chains", "2", "--port", "65535"], "not as many ports"),
        (&["--balance", "much"], "--balance"),
    ] {
        let output = metalayer(&[&["devnode"], arguments].concat(), &[]);
        assert!(!output.status.success(), "{arguments:?}");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(why), "{arguments:?}: {error}");
    }
}
