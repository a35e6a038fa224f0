//! Replays `tests/vectors/intents.json`: proof messages and sequences, sends, constructors.
//!
//! The vectors were computed on the Solidity peers. Where the page's names differ, `seedNames` has ours; where the
//! header differs from the origin, ours is the outcome that the newest peer's domain rule gives (intents.md §11.2).
//! Left out: nothing. Read differently: minimum gas limits of 1 to 199 999, which the page raises to 200 000.

use alloy_primitives::hex;
use interfaces::intents::DomainConfig;
use serde_json::Value;
use stylus_sdk::stylus_core::AccountAccess;

use super::*;

fn vectors() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/intents.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(text(value)).unwrap()
}

fn word(value: &Value) -> B256 {
    text(value).parse().unwrap()
}

fn account(value: &Value) -> Address {
    text(value).parse().unwrap()
}

fn number<T: std::str::FromStr<Err: std::fmt::Debug>>(value: &Value) -> T {
    match value {
        Value::Number(number) => number.to_string().parse().unwrap(),
        text_of => text(text_of).parse().unwrap(),
    }
}

/// Follows "same as …" to the outcome of a profile.
fn profile<'v>(expect: &'v Value, name: &str) -> &'v Value {
    match &expect[name] {
        Value::String(same) => profile(expect, same.strip_prefix("same as ").unwrap()),
        outcome => outcome,
    }
}

/// What is expected of us, where a domain-bound peer and the page's names have to be combined.
fn expected<'v>(expect: &'v Value, bound: &str) -> &'v Value {
    let bound = profile(expect, bound);
    let mismatch = bound["error"]["name"] == "ChainIdMismatch";
    if mismatch || bound["result"] == "ok" { bound } else { profile(expect, "seedNames") }
}

fn domains(list: &Value) -> Vec<DomainConfig> {
    let pair = |entry: &Value| DomainConfig {
        domain: number(&entry["domain"]),
        chainId: number(&entry["chainId"]),
    };
    list.as_array().unwrap().iter().map(pair).collect()
}

fn check_outcome(name: &str, chain: &Chain, outcome: ArbResult, expected: &Value) {
    if expected["result"] == "revert" {
        assert_eq!(outcome, Err(bytes(&expected["error"]["data"])), "{name}");
        return;
    }
    assert_eq!(outcome, Ok(vec![]), "{name}");
    let logs = chain.take_logs();
    let events = expected["events"].as_array().unwrap();
    assert_eq!(logs.len(), events.len(), "{name}");
    for (log, event) in logs.iter().zip(events) {
        let topics: Vec<B256> = event["topics"].as_array().unwrap().iter().map(word).collect();
        assert_eq!((&log.topics, &log.data), (&topics, &bytes(&event["data"])), "{name}");
    }
    for (hash, proof) in expected["provenAfter"].as_object().unwrap() {
        let proven = proven(chain, hash.parse().unwrap());
        assert_eq!(proven.claimant, account(&proof["claimant"]), "{name}");
        assert_eq!(proven.destination, number::<u64>(&proof["destination"]), "{name}");
    }
}

/// A prover with the addresses of the vectors, optionally with their domains registered.
fn vector_prover(set: &Value, configured: bool) -> Chain {
    let chain = chain();
    let whitelist = set["whitelist"].as_array().unwrap().iter().map(word).collect();
    let (router, portal) = (account(&set["router"]), account(&set["portal"]));
    let calldata = constructor(router, portal, whitelist, U256::ZERO);
    send(&chain, DEPLOYER, 0, &calldata).unwrap();
    if configured {
        let configs = domains(&set["domainsRegistered"]);
        call(&chain, DEPLOYER, &IMetaProver::configureDomainsCall { configs }).unwrap();
        chain.take_logs();
    }
    chain
}

#[test]
fn proof_messages_have_the_outcome_of_the_vectors() {
    let vectors = vectors();
    let set = &vectors["proofMessages"];
    let cases = set["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        for (profile, configured) in
            [("solidity_HEAD_noDomains", false), ("solidity_HEAD_domains", true)]
        {
            let name = format!("{} ({profile})", text(&case["name"]));
            let chain = vector_prover(set, configured);
            let caller = match text(&case["caller"]) {
                "router" => account(&set["router"]),
                _ => STRANGER,
            };
            let origin: u32 = number(&case["origin"]);
            let body = bytes(&case["message"]);
            let calldata = handle(origin, word(&case["sender"]), body).abi_encode();
            // The longest case spares its calldata.
            if case.get("calldata").is_some() {
                assert_eq!(calldata, bytes(&case["calldata"]), "{name}");
            }
            let expected = expected(&case["expect"], profile);
            let outcome = send(&chain, caller, 0, &calldata);
            if expected["error"]["name"] == "UnauthorizedSender" {
                // The vectors' stranger is an account of their own.
                let error = IMetaProver::UnauthorizedSender {
                    expected: account(&set["router"]),
                    actual: STRANGER,
                };
                assert_eq!(outcome, Err(reverts(error)), "{name}");
                continue;
            }
            check_outcome(&name, &chain, outcome, expected);
        }
    }
}

#[test]
fn the_domain_rule_bites_in_the_vectors() {
    // Guards the choice of profiles: without such a case, nothing above would test the rule.
    let vectors = vectors();
    let cases = vectors["proofMessages"]["cases"].as_array().unwrap();
    for bound in ["solidity_HEAD_noDomains", "solidity_HEAD_domains"] {
        let mut outcomes = cases.iter().map(|case| expected(&case["expect"], bound));
        assert!(outcomes.any(|outcome| outcome["error"]["name"] == "ChainIdMismatch"), "{bound}");
    }
}

#[test]
fn proof_sequences_have_the_outcome_of_the_vectors() {
    let vectors = vectors();
    let set = &vectors["proofMessages"];
    for sequence in vectors["proofSequences"].as_array().unwrap() {
        let name = text(&sequence["name"]);
        let chain = vector_prover(set, false);
        for step in sequence["steps"].as_array().unwrap() {
            let call = &step["call"];
            let (from, calldata) = match text(&call["fn"]) {
                "handle" => {
                    let origin: u32 = number(&call["origin"]);
                    let body = handle(origin, word(&call["sender"]), bytes(&call["message"]));
                    (account(&set["router"]), body.abi_encode())
                }
                "challengeIntentProof" => {
                    let challenge = IProver::challengeIntentProofCall {
                        destination: number(&call["destination"]),
                        routeHash: word(&call["routeHash"]),
                        rewardHash: word(&call["rewardHash"]),
                    };
                    (STRANGER, challenge.abi_encode())
                }
                other => panic!("{name}: unknown call {other}"),
            };
            let outcome = send(&chain, from, 0, &calldata);
            assert_eq!(outcome.is_ok(), step["result"] == "ok", "{name}");
            let logs = chain.take_logs();
            let events = step["events"].as_array().unwrap();
            assert_eq!(logs.len(), events.len(), "{name}");
            for (log, event) in logs.iter().zip(events) {
                check_event(name, log, event);
            }
            let after = &step["provenAfter"];
            let proven = proven(&chain, word(&after["intentHash"]));
            assert_eq!(proven.claimant, account(&after["claimant"]), "{name}");
            assert_eq!(proven.destination, number::<u64>(&after["destination"]), "{name}");
        }
    }
}

fn check_event(name: &str, log: &Log, event: &Value) {
    let arguments = event["args"].as_array().unwrap();
    match text(&event["name"]) {
        "IntentProven" => {
            let proven = log.decode::<IProver::IntentProven>().unwrap();
            assert_eq!(proven.intentHash, word(&arguments[0]), "{name}");
            assert_eq!(proven.claimant, account(&arguments[1]), "{name}");
            assert_eq!(proven.destination, number::<u64>(&arguments[2]), "{name}");
        }
        "IntentAlreadyProven" => {
            let already = log.decode::<IProver::IntentAlreadyProven>().unwrap();
            assert_eq!(already.intentHash, word(&arguments[0]), "{name}");
        }
        "IntentProofInvalidated" => {
            let invalidated = log.decode::<IProver::IntentProofInvalidated>().unwrap();
            assert_eq!(invalidated.intentHash, word(&arguments[0]), "{name}");
        }
        other => panic!("{name}: unknown event {other}"),
    }
}

#[test]
fn sends_make_the_calls_of_the_vectors() {
    let vectors = vectors();
    let portal = account(&vectors["proofMessages"]["portal"]);
    for case in vectors["sendCases"].as_array().unwrap() {
        let name = text(&case["name"]);
        // given the prover of the case, a router with its fee, and its sender
        let chain = chain();
        let floor = number(&case["minGasLimit"]);
        send(&chain, DEPLOYER, 0, &constructor(ROUTER, portal, vec![], floor)).unwrap();
        let fee: u64 = number(&case["quotedFee"]);
        set_fee(&chain, fee);
        let sender = match text(&case["sender"]) {
            "$CONTRACT_REJECTING_ETH" => {
                chain.set_answer(SOLVER, Err(vec![]));
                SOLVER
            }
            "$CONTRACT_NEEDING_GAS_TO_RECEIVE" => {
                chain.set_answer(SOLVER, Ok(vec![]));
                SOLVER
            }
            "$EOA" => SOLVER,
            address => address.parse().unwrap(),
        };
        let caller = if case["caller"] == "portal" { portal } else { STRANGER };
        chain.set_balance(caller, U256::from(ETHER));
        let before = chain.balance(SOLVER);
        // when it is sent
        let call = IProver::proveCall {
            sender,
            sourceChainDomainID: number(&case["domainID"]),
            encodedProofs: bytes(&case["encodedProofs"]).into(),
            data: bytes(&case["data"]).into(),
        };
        let value: u64 = number(&case["value"]);
        let outcome = send(&chain, caller, value, &call.abi_encode());
        // then it ends as the peer's does
        if case["result"] == "revert" {
            assert_eq!(outcome, Err(send_error(case, value, fee)), "{name}");
            continue;
        }
        assert_eq!(outcome, Ok(vec![]), "{name}");
        let calls = chain.take_calls();
        let quotes = calls_of::<IMetalayerRouter::quoteDispatch_3Call>(&calls);
        let dispatches = calls_of::<IMetalayerRouter::dispatch_1Call>(&calls);
        assert_eq!((quotes.len(), dispatches.len()), (1, 1), "{name}");
        assert_eq!(quotes[0].data, bytes(&case["quoteCalldata"]), "{name}");
        assert_eq!(dispatches[0].data, bytes(&case["dispatchCalldata"]), "{name}");
        assert_eq!(dispatches[0].value, number::<U256>(&case["dispatchValue"]), "{name}");
        let refunded: U256 = number(&case["refundedToSender"]);
        assert_eq!(chain.balance(SOLVER), before + refunded, "{name}");
        assert_eq!(chain.balance(PROVER), number::<U256>(&case["leftInProver"]), "{name}");
        // and the refund, if any, is the last call and has all gas
        if let Some(refund) = calls.iter().find(|call| call.to == SOLVER) {
            assert_eq!((calls.last(), refund.gas), (Some(refund), u64::MAX), "{name}");
        }
    }
}

/// The expected revert data, with the port's name and the accounts of this test.
fn send_error(case: &Value, value: u64, fee: u64) -> Vec<u8> {
    let error = &case["error"];
    let name = error["seed"]["name"].as_str().or(error["name"].as_str());
    match (name, &error["data"]) {
        (Some("NonPortalCaller"), _) => reverts(IMetaProver::NonPortalCaller { caller: STRANGER }),
        (Some("RefundFailed"), _) => {
            let amount = U256::from(value - fee);
            reverts(IMetaProver::RefundFailed { recipient: SOLVER, amount })
        }
        (_, data) => bytes(data),
    }
}

#[test]
fn constructors_have_the_outcome_of_the_vectors() {
    for case in vectors()["constructorCases"].as_array().unwrap() {
        let name = text(&case["name"]);
        let zeros = name.contains("zero-router") || name.contains("zero-portal");
        let router = if name.contains("zero-router") { Address::ZERO } else { ROUTER };
        let portal = if name.contains("zero-portal") { Address::ZERO } else { PORTAL };
        let size: usize = number(&case["provers"]);
        let provers: Vec<B256> = (1..=size).map(|i| B256::from(U256::from(i))).collect();
        let floor: U256 = number(&case["minGasLimit"]);

        let chain = chain();
        let constructed =
            send(&chain, DEPLOYER, 0, &constructor(router, portal, provers.clone(), floor));
        // The peer takes the domains in its constructor; here they come in a call of their own.
        let configs = domains(&case["domains"]);
        let outcome = match constructed {
            Ok(_) => call(&chain, DEPLOYER, &IMetaProver::configureDomainsCall { configs })
                .map(|_| vec![]),
            refused => refused,
        };
        if case["result"] == "revert" {
            let expected = match case["seedError"].as_str() {
                Some("RouterCannotBeZeroAddress") => {
                    reverts(IMetaProver::RouterCannotBeZeroAddress {})
                }
                Some(other) => panic!("{name}: unknown error {other}"),
                None => bytes(&case["error"]["data"]),
            };
            assert_eq!(outcome.err(), Some(expected), "{name}");
            continue;
        }
        assert!(!zeros && outcome.is_ok(), "{name}");
        let floored: U256 = number(&case["seedReading_MIN_GAS_LIMIT"]);
        assert_eq!(call(&chain, STRANGER, &IMetaProver::MIN_GAS_LIMITCall {}), Ok(floored));
        let listed = call(&chain, STRANGER, &IMetaProver::getWhitelistSizeCall {});
        assert_eq!(listed, Ok(number(&case["whitelistSize"])), "{name}");
        assert_eq!(call(&chain, STRANGER, &IMetaProver::getWhitelistCall {}), Ok(provers));
    }
}
