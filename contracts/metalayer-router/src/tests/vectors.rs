//! Replays `tests/vectors/messaging.json`: `router`, `metalayerMessages`, `metalayerMalformed`.

use alloy_primitives::{Bytes, hex};
use alloy_sol_types::SolValue;
use interfaces::{
    args::ReadView,
    codec::HyperlaneMessage,
    metalayer::{IMetalayerRecipient, IMetalayerRouter::AlreadyProcessed},
};
use serde_json::Value;
use stylus_sdk::stylus_core::AccountAccess;

use super::*;

fn vectors() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/messaging.json");
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

/// The vectors' Mailbox with its paymaster as the default hook: overhead, gas price and exchange rate of the set-up.
fn vector_mailbox(setup: &Value) -> support::testing::Program {
    let igp = &setup["igp"];
    let overhead: U256 = number(&igp["overhead"]);
    let price: U256 = number(&igp["gasPrice"]);
    let rate: U256 = number(&igp["tokenExchangeRate"]);
    let (local, router) = (number::<u32>(&setup["localDomain"]), account(&setup["router"]));
    let nonce = std::cell::Cell::new(0);
    Rc::new(move |chain, calldata| match calldata.first_chunk::<4>() {
        Some(&IMailbox::localDomainCall::SELECTOR) => Ok(U256::from(local).to_be_bytes_vec()),
        Some(&mailboxQuoteCall::SELECTOR) => {
            let quote = mailboxQuoteCall::abi_decode(calldata).unwrap();
            let gas = HookMetadata::decode(&quote.metadata).gas_limit.unwrap();
            let fee = (gas + overhead) * price * rate / U256::from(10_000_000_000_u64);
            Ok(fee.to_be_bytes_vec())
        }
        Some(&mailboxDispatchCall::SELECTOR) => {
            let dispatch = mailboxDispatchCall::abi_decode(calldata).unwrap();
            assert_eq!(dispatch.hook, Address::ZERO);
            let message = HyperlaneMessage {
                version: 3,
                nonce: nonce.replace(nonce.get() + 1),
                origin: Domain(local),
                sender: router.into_word(),
                destination: Domain(dispatch.destination),
                recipient: dispatch.recipient,
                body: &dispatch.body,
            };
            let _used = chain;
            Ok(message.id().to_vec())
        }
        _ => Err(b"unexpected call".to_vec()),
    })
}

/// The router of the set-up, on the vectors' own addresses.
fn vector_router(setup: &Value) -> (Chain, Address, Address) {
    let chain = Chain::new(412_346, 1_700_000_000);
    let (router, mailbox) = (account(&setup["router"]), account(&setup["mailbox"]));
    chain.set_program(router, Chain::contract::<MetalayerRouter>());
    chain.set_program(mailbox, vector_mailbox(setup));
    chain.transact(OWNER, router, U256::ZERO, &constructor(mailbox, OWNER)).unwrap();
    let remote = enroll(number(&setup["remoteDomain"]), account(&setup["remoteRouter"]));
    chain.transact(OWNER, router, U256::ZERO, &remote.abi_encode()).unwrap();
    chain.take_logs();
    chain.take_calls();
    (chain, router, mailbox)
}

#[test]
fn dispatches_make_the_messages_of_the_vectors() {
    let vectors = vectors();
    let vectors = &vectors["router"];
    let (chain, router, mailbox) = vector_router(&vectors["setup"]);
    for case in vectors["dispatches"].as_array().unwrap() {
        let name = text(&case["name"]);
        let (caller, calldata) = (account(&case["caller"]), bytes(&case["calldata"]));
        let (fee, value): (U256, U256) = (number(&case["fee"]), number(&case["value"]));
        chain.set_balance(caller, U256::from(ETHER));
        let quoted = chain.transact(caller, router, U256::ZERO, &bytes(&case["quoteCalldata"]));
        assert_eq!(quoted, Ok(fee.to_be_bytes_vec()), "{name}");
        chain.take_calls();
        let output = chain.transact(caller, router, value, &calldata);
        assert_eq!(output, Ok(bytes(&case["hyperlaneId"])), "{name}");
        assert_eq!(chain.balance(caller), U256::from(ETHER) - fee, "{name}");

        let calls = chain.take_calls();
        let sent = calls.iter().find(|call| call.data.starts_with(&mailboxDispatchCall::SELECTOR));
        let sent = sent.unwrap();
        assert_eq!((sent.to, sent.value), (mailbox, fee), "{name}");
        let message = mailboxDispatchCall::abi_decode(&sent.data).unwrap();
        assert_eq!(message.body, bytes(&case["metalayerMessage"]), "{name}");
        assert_eq!(message.metadata, bytes(&case["hookMetadata"]), "{name}");

        let logs = chain.take_logs();
        let event = &case["event"];
        let topics: Vec<B256> = event["topics"].as_array().unwrap().iter().map(word).collect();
        assert_eq!(logs.len(), 1, "{name}");
        assert_eq!((&logs[0].topics, &logs[0].data), (&topics, &bytes(&event["data"])), "{name}");
    }
    assert_eq!(vectors["dispatches"].as_array().unwrap().len(), 4);
}

#[test]
fn quotes_are_those_of_the_vectors() {
    let vectors = vectors();
    let vectors = &vectors["router"];
    let (chain, router, _) = vector_router(&vectors["setup"]);
    for case in vectors["quotes"].as_array().unwrap() {
        let quoted = chain.transact(SENDER, router, U256::ZERO, &bytes(&case["calldata"]));
        let expected: U256 = number(&case["expected"]);
        assert_eq!(quoted, Ok(expected.to_be_bytes_vec()), "{}", text(&case["name"]));
        if let Some(metadata) = case.get("hookMetadata") {
            let calls = chain.take_calls();
            let asked = mailboxQuoteCall::abi_decode(&calls.last().unwrap().data).unwrap();
            assert_eq!(asked.metadata, bytes(metadata), "{}", text(&case["name"]));
        }
    }
}

#[test]
fn dispatch_errors_are_those_of_the_vectors() {
    let vectors = vectors();
    let vectors = &vectors["router"];
    for case in vectors["dispatchErrors"].as_array().unwrap() {
        let name = text(&case["name"]);
        let (chain, router, _) = vector_router(&vectors["setup"]);
        let caller = account(&case["caller"]);
        chain.set_balance(caller, U256::MAX >> 1);
        let calldata = match case.get("calldata") {
            Some(calldata) => bytes(calldata),
            None => by_recipe(case),
        };
        let refused = chain.transact(caller, router, number(&case["value"]), &calldata);
        assert_eq!(refused, Err(bytes(&case["revert"]["data"])), "{name}");
    }
}

/// Calldata that is too long to print.
fn by_recipe(case: &Value) -> Vec<u8> {
    let recipe = &case["calldataRecipe"];
    assert_eq!(recipe["reads"], Value::Array(vec![]));
    let repeated = &recipe["writeRepeat"];
    let [byte] = bytes(&repeated["byte"])[..] else { panic!("one byte is repeated") };
    let call = dispatchCall {
        destination: number(&recipe["destination"]),
        recipient: word(&recipe["recipient"]),
        reads: vec![],
        writeCallData: vec![byte; number(&repeated["count"])].into(),
        finality: number(&recipe["finality"]),
        gasLimit: number(&recipe["gasLimit"]),
    };
    let calldata = call.abi_encode();
    assert_eq!(alloy_primitives::keccak256(&calldata), word(&case["calldataKeccak"]));
    calldata
}

/// The receiving side of the vectors: chain B, on which router A is enrolled.
fn receiving_router(vectors: &Value) -> (Chain, Address, Address) {
    let setup = &vectors["router"]["setup"];
    let (local, remote): (u32, u32) =
        (number(&setup["remoteDomain"]), number(&setup["localDomain"]));
    let (router, sender) = (account(&setup["remoteRouter"]), account(&setup["router"]));
    let mailbox_b = account(&vectors["meta"]["addresses"]["mailboxB"]);
    let chain = Chain::new(412_347, 1_700_000_000);
    chain.set_program(router, Chain::contract::<MetalayerRouter>());
    chain.set_program(mailbox_b, mailbox(local));
    chain.transact(OWNER, router, U256::ZERO, &constructor(mailbox_b, OWNER)).unwrap();
    chain.transact(OWNER, router, U256::ZERO, &enroll(remote, sender).abi_encode()).unwrap();
    chain.set_answer(account(&vectors["meta"]["addresses"]["recipientApp"]), Ok(vec![]));
    (chain, router, mailbox_b)
}

#[test]
fn handle_errors_are_those_of_the_vectors() {
    let vectors = vectors();
    let cases = vectors["router"]["handleErrors"]["cases"].as_array().unwrap();
    let mut delivered = 0;
    for case in cases {
        let name = text(&case["name"]);
        let (chain, router, mailbox) = receiving_router(&vectors);
        let handle = IMetalayerRouter::handleCall {
            origin: number(&case["origin"]),
            sender: word(&case["sender"]),
            body: bytes(&case["body"]).into(),
        };
        let calldata = handle.abi_encode();
        let expected = bytes(&case["revert"]["data"]);
        if expected.starts_with(&AlreadyProcessed::SELECTOR) {
            chain.transact(mailbox, router, U256::ZERO, &calldata).unwrap();
            delivered += 1;
        }
        let refused = chain.transact(account(&case["caller"]), router, U256::ZERO, &calldata);
        assert_eq!(refused, Err(expected), "{name}");
    }
    assert!(delivered > 0);
}

#[test]
fn deliveries_are_remembered_under_the_key_of_the_vectors() {
    let vectors = vectors();
    let (chain, router, mailbox) = receiving_router(&vectors);
    let key = &vectors["router"]["handleErrors"]["processedKey"];
    let cases = vectors["router"]["handleErrors"]["cases"].as_array().unwrap();
    let body = cases
        .iter()
        .map(|case| bytes(&case["body"]))
        .find(|body| alloy_primitives::keccak256(body) == word(&key["metalayerId"]))
        .unwrap();
    let handle = IMetalayerRouter::handleCall {
        origin: number(&key["origin"]),
        sender: word(&key["originRouter"]),
        body: body.into(),
    };
    let processed = IMetalayerRouter::processedCall { key: word(&key["key"]) }.abi_encode();
    let ask = || chain.transact(STRANGER, router, U256::ZERO, &processed).unwrap();
    assert_eq!(ask(), [0; 32]);
    chain.transact(mailbox, router, U256::ZERO, &handle.abi_encode()).unwrap();
    assert_eq!(ask(), U256::ONE.to_be_bytes_vec());
}

#[test]
fn malformed_messages_are_refused_with_the_codes_of_the_vectors() {
    let vectors = vectors();
    for case in vectors["metalayerMalformed"]["cases"].as_array().unwrap() {
        let name = text(&case["name"]);
        let chain = router();
        let output = send(&chain, MAILBOX, 0, &handle(bytes(&case["encoded"])).abi_encode());
        match &case["expected"] {
            // It decodes, and fails a later check: it is for other chains than the test's.
            Value::Null => assert!(!malformed(&output), "{name}"),
            expected => assert_eq!(output, Err(bytes(&expected["revertData"])), "{name}"),
        }
    }
}

fn malformed(output: &ArbResult) -> bool {
    let data = output.as_ref().expect_err("the chains are other ones");
    data.starts_with(&IMetalayerRouter::MalformedMessage::SELECTOR)
}

#[test]
fn messages_of_the_vectors_are_delivered_with_their_reads() {
    let vectors = vectors();
    let mut delivered = 0;
    for case in vectors["metalayerMessages"].as_array().unwrap() {
        let name = text(&case["name"]);
        let fields = &case["fields"];
        let (origin, local): (u32, u32) =
            (number(&fields["origin"]), number(&fields["destination"]));
        // given a router on its destination that knows its origin
        let chain = Chain::new(1, 1);
        chain.set_program(ROUTER, Chain::contract::<MetalayerRouter>());
        chain.set_program(MAILBOX, mailbox(local));
        send(&chain, OWNER, 0, &constructor(MAILBOX, OWNER)).unwrap();
        let enrolled = call(&chain, OWNER, &enroll(origin, REMOTE));
        if origin == local {
            // A message from a chain to itself has no router that could have sent it.
            let loopback = reverts(IMetalayerRouter::LoopbackDomain { domain: local });
            assert_eq!(enrolled.err(), Some(loopback), "{name}");
            continue;
        }
        let recipient = word(&fields["recipient"]);
        chain.set_answer(Address::from_word(recipient), Ok(vec![]));
        // and a read module that has a result for each of its reads
        let reads = fields["reads"].as_array().unwrap();
        let results: Vec<Bytes> = (0..reads.len()).map(|i| vec![i as u8; i * 20].into()).collect();
        let read_ism = Address::repeat_byte(0x1a);
        chain.set_answer(read_ism, Ok(results.abi_encode()));
        let set = IMetalayerRouter::setIsmCall { ism: ISM, readIsm: read_ism };
        call(&chain, OWNER, &set).unwrap();
        chain.take_calls();
        // when it is delivered
        let body = body_of(case);
        assert_eq!(alloy_primitives::keccak256(&body), word(&case["id"]), "{name}");
        let sender = REMOTE.into_word();
        let handle = IMetalayerRouter::handleCall { origin, sender, body: body.into() };
        let output = send(&chain, MAILBOX, 0, &handle.abi_encode());
        // then it ends as its fields say
        if crate::evm_address(recipient).is_none() {
            let refused = reverts(IMetalayerRouter::InvalidRecipient { recipient });
            assert_eq!(output, Err(refused), "{name}");
            continue;
        }
        assert_eq!(output, Ok(vec![]), "{name}");
        delivered += 1;
        // and its recipient gets exactly its call data
        let calls = chain.take_calls();
        let to_recipient = calls.last().unwrap();
        let received = IMetalayerRecipient::handleCall::abi_decode(&to_recipient.data).unwrap();
        assert_eq!(received.abi_encode(), to_recipient.data, "{name}");
        assert_eq!(received.reads.len(), reads.len(), "{name}");
        for (read, expected) in received.reads.iter().zip(reads) {
            assert_eq!(read.domain, number::<u32>(&expected["domain"]), "{name}");
            assert_eq!(read.target, account(&expected["target"]), "{name}");
            let call_data = data_of(expected, "callData", "callDataRepeat");
            assert_eq!(read.callData, call_data, "{name}");
        }
        assert_eq!(received.readResults, results, "{name}");
        assert_eq!(received.message, write_of(fields), "{name}");
        assert_eq!(received.sender, word(&fields["sender"]), "{name}");
    }
    assert!(delivered > 0);
}

/// What a message of the vectors carries.
fn write_of(fields: &Value) -> Vec<u8> {
    data_of(fields, "writeCallData", "writeCallDataRepeat")
}

/// Bytes that may be given by repetition.
fn data_of(fields: &Value, key: &str, repeat_key: &str) -> Vec<u8> {
    let Some(repeated) = fields.get(repeat_key) else { return bytes(&fields[key]) };
    let [byte] = bytes(&repeated["byte"])[..] else { panic!("one byte is repeated") };
    vec![byte; number(&repeated["count"])]
}

/// The encoded message, built of its fields where it is too long to print.
fn body_of(case: &Value) -> Vec<u8> {
    if let Some(encoded) = case.get("encoded") {
        return bytes(encoded);
    }
    let fields = &case["fields"];
    let reads: Vec<(u32, Address, Vec<u8>)> = fields["reads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| {
            (number(&r["domain"]), account(&r["target"]), data_of(r, "callData", "callDataRepeat"))
        })
        .collect();
    let views = reads.iter().map(|(domain, target, call_data)| ReadView {
        domain: Domain(*domain),
        target: *target,
        call_data,
    });
    let header = MetalayerHeader {
        version: number(&fields["version"]),
        finality: FinalityState::new(number(&fields["finality"])).unwrap(),
        nonce: number(&fields["nonce"]),
        origin: Domain(number(&fields["origin"])),
        sender: word(&fields["sender"]),
        destination: Domain(number(&fields["destination"])),
        recipient: word(&fields["recipient"]),
    };
    header.encode(views, &write_of(fields))
}
