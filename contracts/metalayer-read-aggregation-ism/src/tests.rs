//! The MetalayerReadAggregationIsm on a chain in memory. Spec: messaging.md §3.6, §5.5.
#![allow(clippy::disallowed_macros, reason = "a failing property says what it saw")]

use std::rc::Rc;

use alloy_primitives::Bytes;
use alloy_sol_types::{SolCall, SolError, SolInterface, SolValue};
use interfaces::{
    codec::aggregation_metadata,
    metalayer::IMetalayerReadAggregationIsm::IMetalayerReadAggregationIsmCalls,
};
use proptest::prelude::*;
use serde_json::Value;
use support::testing::Chain;

use super::*;

const DEPLOYER: Address = Address::repeat_byte(0x0e);
const AGGREGATION: Address = Address::repeat_byte(0xa9);
const ISM: Address = Address::repeat_byte(0x15);
const READ_ISM: Address = Address::repeat_byte(0x1e);
const LANE: Address = Address::repeat_byte(0x10);
const APP: Address = Address::repeat_byte(0xab);

fn uninitialized() -> Chain {
    let chain = Chain::new(412_347, 1_900_000_000);
    chain.set_program(AGGREGATION, Chain::contract::<MetalayerReadAggregationIsm>());
    chain
}

/// An aggregation whose MetalayerIsm names [`LANE`], and `app` for every recipient.
fn aggregation(app: Address) -> Chain {
    let chain = uninitialized();
    send(&chain, &initializeCall { metalayerIsm: ISM, readIsm: READ_ISM }).unwrap();
    chain.set_program(
        ISM,
        Rc::new(move |_, input| match input.first_chunk() {
            Some(&finalityModuleCall::SELECTOR) => Ok(LANE.abi_encode()),
            Some(&appModulesCall::SELECTOR) => Ok(app.abi_encode()),
            _ => Err(b"unexpected".to_vec()),
        }),
    );
    for module in [LANE, READ_ISM, APP] {
        chain.set_answer(module, Ok(true.abi_encode()));
    }
    chain.take_calls();
    chain
}

fn send(chain: &Chain, call: &impl SolCall) -> ArbResult {
    chain.transact(DEPLOYER, AGGREGATION, U256::ZERO, &call.abi_encode())
}

fn ask<C: SolCall>(chain: &Chain, call: &C) -> C::Return {
    C::abi_decode_returns_validate(&send(chain, call).unwrap()).unwrap()
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../tests/vectors/messaging.json")).unwrap()
}

/// A message of the vectors' `ismRouting`.
fn message(name: &str) -> Bytes {
    let vectors = vectors();
    let cases = vectors["ismRouting"]["cases"].as_array().unwrap();
    let case = cases.iter().find(|case| case["name"] == name).unwrap();
    case["message"].as_str().unwrap().parse().unwrap()
}

fn with_reads() -> Bytes {
    message("INSTANT with reads")
}

fn without_reads() -> Bytes {
    message("INSTANT without reads")
}

fn modules(chain: &Chain, message: Bytes) -> (Vec<Address>, u8) {
    let told = ask(chain, &modulesAndThresholdCall { message });
    (told.modules, told.threshold)
}

fn verify(chain: &Chain, parts: &[Option<&[u8]>], message: Bytes) -> ArbResult {
    let metadata = aggregation_metadata(parts).unwrap().into();
    send(chain, &verifyCall { metadata, message })
}

#[test]
fn the_modules_are_those_the_message_needs() {
    let none = Address::ZERO;
    assert_eq!(modules(&aggregation(none), without_reads()), (vec![LANE], 1));
    assert_eq!(modules(&aggregation(none), with_reads()), (vec![LANE, READ_ISM], 2));
    assert_eq!(modules(&aggregation(APP), without_reads()), (vec![LANE, APP], 2));
    assert_eq!(modules(&aggregation(APP), with_reads()), (vec![LANE, READ_ISM, APP], 3));
}

#[test]
fn the_cases_of_the_vectors_have_the_modules_they_say() {
    let mut compared = 0;
    for case in vectors()["ismRouting"]["cases"].as_array().unwrap() {
        let Some(expected) = case["modulesAndThreshold"].as_array() else { continue };
        let modules = expected[0].as_array().unwrap().iter().map(|module| match module.as_str() {
            Some("multisigIsm") => LANE,
            Some("readIsm") => READ_ISM,
            _ => panic!("no module {module}"),
        });
        let expected = (modules.collect(), expected[1].as_u64().unwrap() as u8);
        let message = case["message"].as_str().unwrap().parse().unwrap();
        assert_eq!(self::modules(&aggregation(Address::ZERO), message), expected);
        compared += 1;
    }
    assert_eq!(compared, 1);
}

#[test]
fn every_module_is_asked_with_its_part_of_the_metadata() {
    let chain = aggregation(APP);
    let parts: [&[u8]; 3] = [b"lane", b"", b"application"];
    assert_eq!(verify(&chain, &parts.map(Some), with_reads()), Ok(true.abi_encode()));
    let calls = chain.take_calls();
    for (module, part) in [LANE, READ_ISM, APP].into_iter().zip(parts) {
        let asked: Vec<_> = calls.iter().filter(|call| call.to == module).collect();
        let expected = verifyCall { metadata: Bytes::copy_from_slice(part), message: with_reads() };
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].data, expected.abi_encode());
    }
    // and the MetalayerIsm was asked about this message and its recipient
    let question = finalityModuleCall { message: with_reads() }.abi_encode();
    assert!(calls.iter().any(|call| call.to == ISM && call.data == question));
    let decoded = with_reads();
    let body = HyperlaneMessage::decode(&decoded).unwrap().body;
    let recipient = MetalayerMessage::decode(body).unwrap().header.recipient;
    let question = appModulesCall { recipient: Address::from_word(recipient) }.abi_encode();
    assert!(calls.iter().any(|call| call.to == ISM && call.data == question));
}

#[test]
fn all_must_pass() {
    let everybody = [Some(&b"x"[..]); 3];
    let threshold = Err(Revert::reason("!threshold").0);
    for index in 0..3 {
        // when one is left out
        let mut parts = everybody;
        parts[index] = None;
        assert_eq!(verify(&aggregation(APP), &parts, with_reads()), threshold, "{index}");
        // or says no, or why not, or nothing
        let module = [LANE, READ_ISM, APP][index];
        for (answer, outcome) in [
            (Ok(false.abi_encode()), Revert::reason("!verify").0),
            (Err(b"why".to_vec()), b"why".to_vec()),
            (Err(vec![]), vec![]),
            (Ok(vec![]), vec![]),
            (Ok(vec![2; 32]), vec![]),
        ] {
            let chain = aggregation(APP);
            chain.set_answer(module, answer);
            assert_eq!(verify(&chain, &everybody, with_reads()), Err(outcome));
        }
    }
    assert_eq!(verify(&aggregation(APP), &[None; 3], with_reads()), threshold);
}

#[test]
fn ranges_outside_the_metadata_revert_without_data() {
    let chain = aggregation(Address::ZERO);
    for metadata in [
        vec![],
        vec![0; 7],
        // the second range is missing
        [16_u32.to_be_bytes(), 16_u32.to_be_bytes()].concat(),
        // past the end, and backwards
        [16_u32, 17, 16, 16].map(u32::to_be_bytes).concat(),
        [16_u32, 15, 16, 16].map(u32::to_be_bytes).concat(),
        [u32::MAX, u32::MAX, 16, 16].map(u32::to_be_bytes).concat(),
    ] {
        let call = verifyCall { metadata: metadata.into(), message: with_reads() };
        assert_eq!(send(&chain, &call), Err(vec![]));
    }
}

#[test]
fn what_the_metalayer_ism_reverts_with_is_passed_on() {
    let chain = aggregation(Address::ZERO);
    chain.set_answer(ISM, Err(b"no module".to_vec()));
    let outcome = send(&chain, &modulesAndThresholdCall { message: with_reads() });
    assert_eq!(outcome, Err(b"no module".to_vec()));
    assert_eq!(verify(&chain, &[Some(&[][..]); 2], with_reads()), Err(b"no module".to_vec()));
    // and what is no address is none
    chain.set_answer(ISM, Ok(vec![0xff; 32]));
    assert_eq!(verify(&chain, &[Some(&[][..]); 2], with_reads()), Err(vec![]));
}

#[test]
fn what_is_no_metalayer_message_has_no_modules() {
    let chain = aggregation(Address::ZERO);
    for case in vectors()["metalayerMalformed"]["cases"].as_array().unwrap() {
        let header = &with_reads()[..77];
        let body: Bytes = case["encoded"].as_str().unwrap().parse().unwrap();
        let message: Bytes = [header, &body].concat().into();
        let outcome = send(&chain, &modulesAndThresholdCall { message });
        match case["expected"]["revertData"].as_str() {
            None => assert!(outcome.is_ok(), "{}", case["name"]),
            Some(data) => {
                let data: Bytes = data.parse().unwrap();
                assert_eq!(outcome, Err(data.to_vec()), "{}", case["name"]);
            }
        }
    }
    let bodiless = with_reads().slice(..77);
    let outcome = send(&chain, &modulesAndThresholdCall { message: bodiless });
    assert_eq!(outcome, Err(MalformedMessage { code: 1 }.abi_encode()));
    let short = with_reads().slice(..76);
    assert_eq!(send(&chain, &modulesAndThresholdCall { message: short }), Err(vec![]));
}

#[test]
fn a_recipient_of_another_vm_has_no_module() {
    // given a message to 32 bytes
    let mut message = without_reads().to_vec();
    message[77 + 46] = 1;
    // then nobody is asked for its module
    let chain = aggregation(APP);
    assert_eq!(modules(&chain, message.into()), (vec![LANE], 1));
    assert!(
        chain.take_calls().iter().all(|call| !call.data.starts_with(&appModulesCall::SELECTOR))
    );
}

#[test]
fn it_is_initialized_once_by_constructor_or_initializer() {
    let initialize =
        |metalayer_ism, read_ism| initializeCall { metalayerIsm: metalayer_ism, readIsm: read_ism };
    let construct =
        |call: initializeCall| [&[0x55, 0x85, 0x25, 0x8d][..], &call.abi_encode()[4..]].concat();
    let good = initialize(ISM, READ_ISM);
    for first in [good.abi_encode(), construct(good.clone())] {
        for second in [good.abi_encode(), construct(good.clone())] {
            let chain = uninitialized();
            assert_eq!(chain.transact(DEPLOYER, AGGREGATION, U256::ZERO, &first), Ok(vec![]));
            let refused = chain.transact(DEPLOYER, AGGREGATION, U256::ZERO, &second);
            assert_eq!(refused, Err(AlreadyInitialized {}.abi_encode()));
            let seen = (ask(&chain, &metalayerIsmCall {}), ask(&chain, &readIsmCall {}));
            assert_eq!(seen, (ISM, READ_ISM));
        }
    }
    let zero = Address::ZERO;
    for nobody in [initialize(zero, READ_ISM), initialize(ISM, zero)] {
        for call in [nobody.abi_encode(), construct(nobody)] {
            let refused = uninitialized().transact(DEPLOYER, AGGREGATION, U256::ZERO, &call);
            assert_eq!(refused, Err(ZeroAddress {}.abi_encode()));
        }
    }
}

#[test]
fn before_that_it_verifies_nothing() {
    let chain = uninitialized();
    assert_eq!(verify(&chain, &[Some(&[][..]); 2], with_reads()), Err(vec![]));
}

#[test]
fn to_relayers_it_is_an_aggregation_module() {
    assert_eq!(ask(&aggregation(APP), &moduleTypeCall {}), 2);
}

#[test]
fn value_is_refused_everywhere() {
    let chain = aggregation(APP);
    chain.set_balance(DEPLOYER, U256::from(1));
    for selector in
        IMetalayerReadAggregationIsmCalls::selectors().chain([[0x55, 0x85, 0x25, 0x8d], [0; 4]])
    {
        let data = [&selector[..], &[0; 512]].concat();
        assert_eq!(chain.transact(DEPLOYER, AGGREGATION, U256::from(1), &data), Err(vec![]));
    }
}

#[test]
fn it_answers_every_selector_of_its_interface_and_no_other() {
    let chain = aggregation(APP);
    chain.run(AGGREGATION, DEPLOYER, U256::ZERO, |chain| {
        let mut ism = MetalayerReadAggregationIsm::from(chain);
        let mut route = |selector: [u8; 4]| {
            let selector = u32::from_be_bytes(selector);
            <MetalayerReadAggregationIsm as Router<MetalayerReadAggregationIsm>>::route(
                &mut ism, selector, &[0; 512],
            )
            .is_some()
        };
        assert!(IMetalayerReadAggregationIsmCalls::selectors().all(&mut route));
        assert!(![[0; 4], [0xff; 4], [0x55, 0x85, 0x25, 0x8d]].into_iter().any(route));
    });
}

proptest! {
    #[test]
    fn a_call_cut_anywhere_reverts_without_data(cut in any::<prop::sample::Index>()) {
        let chain = aggregation(APP);
        let (metadata, message) = (Bytes::from_static(&[1; 9]), with_reads());
        for whole in [
            verifyCall { metadata, message: message.clone() }.abi_encode(),
            modulesAndThresholdCall { message }.abi_encode(),
            initializeCall { metalayerIsm: ISM, readIsm: READ_ISM }.abi_encode(),
        ] {
            // Padding behind the last argument is not required, as in Solidity; everything in front of it is.
            let cut = whole.get(..cut.index(whole.len() - 31)).unwrap();
            assert_eq!(chain.transact(DEPLOYER, AGGREGATION, U256::ZERO, cut), Err(vec![]));
        }
    }

    #[test]
    fn garbage_never_traps(garbage in any::<Vec<u8>>(), words in prop::collection::vec(0..600_u64, 0..20)) {
        let chain = aggregation(APP);
        // Words that look like offsets and lengths go further into a decoder than bytes at random.
        let words: Vec<u8> = words.into_iter().flat_map(|word| U256::from(word).to_be_bytes::<32>()).collect();
        for selector in IMetalayerReadAggregationIsmCalls::selectors() {
            for tail in [&garbage, &words] {
                let data = [&selector[..], tail].concat();
                let _any_outcome = chain.transact(DEPLOYER, AGGREGATION, U256::ZERO, &data);
            }
        }
        let call = verifyCall { metadata: garbage.into(), message: with_reads() };
        let _any_outcome = send(&chain, &call);
    }
}
