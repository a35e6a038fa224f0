//! The MetalayerIsm on a chain in memory. Spec: messaging.md §5.5.
#![allow(clippy::disallowed_macros, reason = "a failing property says what it saw")]

use std::rc::Rc;

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall, SolError, SolInterface, SolValue};
use interfaces::metalayer::IMetalayerIsm::IMetalayerIsmCalls;
use proptest::prelude::*;
use serde_json::Value;
use support::testing::Chain;

use super::*;

const OWNER: Address = Address::repeat_byte(0x0e);
const STRANGER: Address = Address::repeat_byte(0x57);
const ISM: Address = Address::repeat_byte(0x15);
const INSTANT_MODULE: Address = Address::repeat_byte(0x10);
const FINALIZED_MODULE: Address = Address::repeat_byte(0x11);
const READ_AGGREGATION: Address = Address::repeat_byte(0xa9);
/// Origin of the messages in the vectors.
const ORIGIN: Domain = Domain(412_346);

/// A chain with a MetalayerIsm of [`OWNER`] that has a module for either lane of [`ORIGIN`].
fn ism() -> Chain {
    let chain = uninitialized();
    send(&chain, OWNER, &initializeCall { owner: OWNER }).unwrap();
    for (finality, module) in [(0, INSTANT_MODULE), (1, FINALIZED_MODULE)] {
        send(&chain, OWNER, &setModuleCall { origin: ORIGIN.0, finality, module }).unwrap();
    }
    let _quiet = chain.take_logs();
    chain
}

fn uninitialized() -> Chain {
    let chain = Chain::new(412_347, 1_900_000_000);
    chain.set_program(ISM, Chain::contract::<MetalayerIsm>());
    chain
}

fn send(chain: &Chain, from: Address, call: &impl SolCall) -> ArbResult {
    chain.transact(from, ISM, U256::ZERO, &call.abi_encode())
}

fn ask<C: SolCall>(chain: &Chain, call: &C) -> C::Return {
    C::abi_decode_returns_validate(&send(chain, STRANGER, call).unwrap()).unwrap()
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../tests/vectors/messaging.json")).unwrap()
}

fn bytes_of(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap().trim_start_matches("0x")).unwrap()
}

/// A message of the vectors' `ismRouting`.
fn message(name: &str) -> Bytes {
    let vectors = vectors();
    let cases = vectors["ismRouting"]["cases"].as_array().unwrap();
    bytes_of(&cases.iter().find(|case| case["name"] == name).unwrap()["message"]).into()
}

fn instant() -> Bytes {
    message("INSTANT without reads")
}

fn with_reads() -> Bytes {
    message("INSTANT with reads")
}

#[test]
fn every_routing_case_of_the_vectors_leads_where_it_says() {
    let chain = ism();
    send(&chain, OWNER, &setReadAggregationCall { readAggregation: READ_AGGREGATION }).unwrap();
    let vectors = vectors();
    let cases = vectors["ismRouting"]["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 6);
    for case in cases {
        let message = Bytes::from(bytes_of(&case["message"]));
        let routed = send(&chain, STRANGER, &routeCall { message: message.clone() });
        let lane = send(&chain, STRANGER, &finalityModuleCall { message });
        if let Some(module) = case["route"].as_str() {
            let (module, of_the_lane) = match module {
                "multisigIsm" => (INSTANT_MODULE, INSTANT_MODULE),
                "multisigIsmFinalized" => (FINALIZED_MODULE, FINALIZED_MODULE),
                "readAggregation" => (READ_AGGREGATION, INSTANT_MODULE),
                other => panic!("no such module: {other}"),
            };
            assert_eq!(routed, Ok(module.abi_encode()), "{}", case["name"]);
            assert_eq!(lane, Ok(of_the_lane.abi_encode()), "{}", case["name"]);
        } else {
            let revert = Err(bytes_of(&case["revert"]["data"]));
            assert_eq!(routed, revert, "{}", case["name"]);
            assert_eq!(lane, revert, "{}", case["name"]);
        }
    }
}

#[test]
fn every_malformed_body_of_the_vectors_is_refused_with_its_code() {
    let chain = ism();
    let header = instant().get(..77).unwrap().to_vec();
    let vectors = vectors();
    for case in vectors["metalayerMalformed"]["cases"].as_array().unwrap() {
        let message = Bytes::from([&header[..], &bytes_of(&case["encoded"])].concat());
        let outcome = send(&chain, STRANGER, &finalityModuleCall { message });
        match &case["expected"] {
            Value::Null => assert_eq!(outcome, Ok(INSTANT_MODULE.abi_encode()), "{}", case["name"]),
            error => assert_eq!(outcome, Err(bytes_of(&error["revertData"])), "{}", case["name"]),
        }
    }
}

#[test]
fn a_message_that_ends_inside_its_header_makes_an_empty_revert() {
    let chain = ism();
    for length in [0, 1, 5, 9, 76] {
        let message = Bytes::copy_from_slice(instant().get(..length).unwrap());
        assert_eq!(send(&chain, STRANGER, &routeCall { message }), Err(vec![]));
    }
    let empty_body = Bytes::copy_from_slice(instant().get(..77).unwrap());
    let outcome = send(&chain, STRANGER, &routeCall { message: empty_body });
    assert_eq!(outcome, Err(MalformedMessage { code: 1 }.abi_encode()));
}

#[test]
fn the_lane_is_the_one_of_the_hyperlane_origin() {
    // given a message whose body names another origin than its header
    let chain = ism();
    let mut message = instant().to_vec();
    message[77 + 6..77 + 10].copy_from_slice(&8453_u32.to_be_bytes());
    // then the header decides, which is what validators sign
    let module = ask(&chain, &routeCall { message: message.clone().into() });
    assert_eq!(module, INSTANT_MODULE);
    message[5..9].copy_from_slice(&8453_u32.to_be_bytes());
    let outcome = send(&chain, STRANGER, &routeCall { message: message.into() });
    assert_eq!(outcome, Err(NoModule { origin: 8453, finality: 0 }.abi_encode()));
}

#[test]
fn messages_with_reads_need_an_aggregation() {
    let chain = ism();
    let route = || send(&chain, STRANGER, &routeCall { message: with_reads() });
    assert_eq!(route(), Err(NoReadAggregation {}.abi_encode()));
    assert_eq!(ask(&chain, &finalityModuleCall { message: with_reads() }), INSTANT_MODULE);
    send(&chain, OWNER, &setReadAggregationCall { readAggregation: READ_AGGREGATION }).unwrap();
    assert_eq!(route(), Ok(READ_AGGREGATION.abi_encode()));
    // and still a module for the lane
    send(&chain, OWNER, &setModuleCall { origin: ORIGIN.0, finality: 0, module: Address::ZERO })
        .unwrap();
    assert_eq!(route(), Err(NoModule { origin: ORIGIN.0, finality: 0 }.abi_encode()));
}

/// The recipient of the messages in the vectors.
fn recipient() -> Address {
    let message = instant();
    let body = HyperlaneMessage::decode(&message).unwrap().body;
    Address::from_word(MetalayerMessage::decode(body).unwrap().header.recipient)
}

fn route(chain: &Chain, message: Bytes) -> ArbResult {
    send(chain, STRANGER, &routeCall { message })
}

#[test]
fn a_recipient_raises_its_messages_to_the_finalized_lane_and_lowers_none() {
    let chain = ism();
    // given a recipient that wants finality
    send(&chain, recipient(), &setMinFinalityCall { finality: 1 }).unwrap();
    let set = MinFinalitySet { recipient: recipient(), finality: 1 };
    assert_eq!(chain.take_logs()[0].decode(), Some(set));
    assert_eq!(ask(&chain, &minFinalityCall { recipient: recipient() }), 1);
    // then its INSTANT messages need the FINALIZED validators, and the others what they needed before
    assert_eq!(route(&chain, instant()), Ok(FINALIZED_MODULE.abi_encode()));
    let module = ask(&chain, &finalityModuleCall { message: instant() });
    assert_eq!(module, FINALIZED_MODULE);
    let finalized = || message("FINALIZED without reads");
    assert_eq!(route(&chain, finalized()), Ok(FINALIZED_MODULE.abi_encode()));
    let espresso = message("ESPRESSO has no module");
    let none = NoModule { origin: ORIGIN.0, finality: 2 }.abi_encode();
    assert_eq!(route(&chain, espresso), Err(none));
    // when it takes that back
    send(&chain, recipient(), &setMinFinalityCall { finality: 0 }).unwrap();
    // then the sender's choice stands again
    assert_eq!(route(&chain, instant()), Ok(INSTANT_MODULE.abi_encode()));
    assert_eq!(route(&chain, finalized()), Ok(FINALIZED_MODULE.abi_encode()));
}

#[test]
fn a_lane_that_a_recipient_is_raised_to_must_exist() {
    let chain = ism();
    send(&chain, recipient(), &setMinFinalityCall { finality: 1 }).unwrap();
    send(&chain, OWNER, &setModuleCall { origin: ORIGIN.0, finality: 1, module: Address::ZERO })
        .unwrap();
    let none = NoModule { origin: ORIGIN.0, finality: 1 }.abi_encode();
    assert_eq!(route(&chain, instant()), Err(none));
}

#[test]
fn no_minimum_is_above_finalized() {
    for finality in [2, 3, 255] {
        let refused = send(&ism(), STRANGER, &setMinFinalityCall { finality });
        assert_eq!(refused, Err(InvalidFinality { finality }.abi_encode()));
    }
}

#[test]
fn a_recipients_own_module_must_pass_too() {
    let chain = ism();
    let module = Address::repeat_byte(0xab);
    send(&chain, recipient(), &setAppModuleCall { module }).unwrap();
    let set = AppModuleSet { recipient: recipient(), module };
    assert_eq!(chain.take_logs()[0].decode(), Some(set));
    assert_eq!(ask(&chain, &appModulesCall { recipient: recipient() }), module);
    // so several modules are asked, as for reads
    assert_eq!(route(&chain, instant()), Err(NoReadAggregation {}.abi_encode()));
    send(&chain, OWNER, &setReadAggregationCall { readAggregation: READ_AGGREGATION }).unwrap();
    assert_eq!(route(&chain, instant()), Ok(READ_AGGREGATION.abi_encode()));
    assert_eq!(ask(&chain, &finalityModuleCall { message: instant() }), INSTANT_MODULE);
    // until it is taken away
    send(&chain, recipient(), &setAppModuleCall { module: Address::ZERO }).unwrap();
    assert_eq!(route(&chain, instant()), Ok(INSTANT_MODULE.abi_encode()));
}

#[test]
fn what_one_recipient_asks_for_concerns_no_other_and_keeps_what_it_asked_before() {
    let chain = ism();
    let module = Address::repeat_byte(0xab);
    send(&chain, STRANGER, &setAppModuleCall { module }).unwrap();
    send(&chain, STRANGER, &setMinFinalityCall { finality: 1 }).unwrap();
    send(&chain, OWNER, &setMinFinalityCall { finality: 1 }).unwrap();
    send(&chain, OWNER, &setAppModuleCall { module }).unwrap();
    for recipient in [STRANGER, OWNER] {
        let seen = (
            ask(&chain, &minFinalityCall { recipient }),
            ask(&chain, &appModulesCall { recipient }),
        );
        assert_eq!(seen, (1, module));
    }
    assert_eq!(ask(&chain, &minFinalityCall { recipient: recipient() }), 0);
    assert_eq!(ask(&chain, &appModulesCall { recipient: recipient() }), Address::ZERO);
    assert_eq!(route(&chain, instant()), Ok(INSTANT_MODULE.abi_encode()));
}

#[test]
fn to_relayers_it_is_a_routing_module() {
    assert_eq!(ask(&ism(), &moduleTypeCall {}), 1);
}

#[test]
fn the_verdict_is_the_routed_modules() {
    let chain = ism();
    let call = verifyCall { metadata: Bytes::from_static(&[7; 40]), message: instant() };
    for verdict in [true, false] {
        // given a module with an opinion
        chain.set_answer(INSTANT_MODULE, Ok(verdict.abi_encode()));
        // when a message of its lane is verified
        let output = send(&chain, STRANGER, &call);
        // then it was asked with the same arguments, and its opinion counts
        assert_eq!(output, Ok(verdict.abi_encode()));
        let calls = chain.take_calls();
        let [asked] = calls.as_slice() else { panic!("one call: {calls:?}") };
        assert_eq!((asked.to, &asked.data), (INSTANT_MODULE, &call.abi_encode()));
    }
}

#[test]
fn what_the_module_reverts_with_is_passed_on() {
    let chain = ism();
    let call = verifyCall { metadata: Bytes::new(), message: instant() };
    for reason in [vec![], vec![1, 2, 3]] {
        chain.set_answer(INSTANT_MODULE, Err(reason.clone()));
        assert_eq!(send(&chain, STRANGER, &call), Err(reason));
    }
}

#[test]
fn a_module_that_answers_no_bool_verifies_nothing() {
    let chain = ism();
    let call = verifyCall { metadata: Bytes::new(), message: instant() };
    // without code, it answers nothing at all
    assert_eq!(send(&chain, STRANGER, &call), Err(vec![]));
    for answer in [vec![], vec![0; 31], U256::from(2).abi_encode(), U256::MAX.abi_encode()] {
        chain.set_answer(INSTANT_MODULE, Ok(answer));
        assert_eq!(send(&chain, STRANGER, &call), Err(vec![]));
    }
}

#[test]
fn a_message_that_cannot_be_routed_cannot_be_verified() {
    let chain = ism();
    let verify = |message| send(&chain, STRANGER, &verifyCall { metadata: Bytes::new(), message });
    assert_eq!(verify(Bytes::new()), Err(vec![]));
    assert_eq!(verify(message("malformed body")), Err(MalformedMessage { code: 1 }.abi_encode()));
    assert_eq!(verify(with_reads()), Err(NoReadAggregation {}.abi_encode()));
    assert_eq!(
        verify(message("unknown origin")),
        Err(NoModule { origin: 8453, finality: 0 }.abi_encode())
    );
}

#[test]
fn a_module_may_ask_back_while_it_verifies() {
    // given an aggregation that asks for the module of the lane
    let chain = ism();
    send(&chain, OWNER, &setReadAggregationCall { readAggregation: READ_AGGREGATION }).unwrap();
    chain.set_program(
        READ_AGGREGATION,
        Rc::new(|chain, input| {
            let verify = verifyCall::abi_decode_validate(input).unwrap();
            let question = finalityModuleCall { message: verify.message }.abi_encode();
            let module = chain.call(ISM, U256::ZERO, &question)?;
            Ok((module == INSTANT_MODULE.abi_encode()).abi_encode())
        }),
    );
    // when a message with reads is verified
    let verified = ask(&chain, &verifyCall { metadata: Bytes::new(), message: with_reads() });
    // then it was told
    assert!(verified);
}

#[test]
fn the_owner_sets_replaces_and_removes_modules() {
    let chain = ism();
    for module in [FINALIZED_MODULE, READ_AGGREGATION, Address::ZERO] {
        send(&chain, OWNER, &setModuleCall { origin: 7, finality: 2, module }).unwrap();
        assert_eq!(ask(&chain, &modulesCall { origin: 7, finality: 2 }), module);
        let logs = chain.take_logs();
        let [log] = logs.as_slice() else { panic!("one event: {logs:?}") };
        assert_eq!(log.decode(), Some(ModuleSet { origin: 7, finality: 2, module }));
    }
    // and no other lane has changed
    assert_eq!(ask(&chain, &modulesCall { origin: ORIGIN.0, finality: 0 }), INSTANT_MODULE);
    assert_eq!(ask(&chain, &modulesCall { origin: ORIGIN.0, finality: 1 }), FINALIZED_MODULE);
    for (origin, finality) in [(ORIGIN.0, 2), (7, 0), (7, 255), (0, 0), (u32::MAX, 255)] {
        assert_eq!(ask(&chain, &modulesCall { origin, finality }), Address::ZERO);
    }
}

#[test]
fn lanes_that_cannot_be_are_refused() {
    let chain = ism();
    let set = |origin, finality| {
        send(&chain, OWNER, &setModuleCall { origin, finality, module: INSTANT_MODULE })
    };
    assert_eq!(set(0, 0), Err(ZeroDomain {}.abi_encode()));
    assert_eq!(set(0, 3), Err(ZeroDomain {}.abi_encode()));
    for finality in [3, 255] {
        assert_eq!(set(1, finality), Err(InvalidFinality { finality }.abi_encode()));
    }
}

#[test]
fn the_owner_sets_the_read_aggregation() {
    let chain = ism();
    for aggregation in [READ_AGGREGATION, Address::ZERO] {
        send(&chain, OWNER, &setReadAggregationCall { readAggregation: aggregation }).unwrap();
        assert_eq!(ask(&chain, &readAggregationCall {}), aggregation);
        let logs = chain.take_logs();
        assert_eq!(logs[0].decode(), Some(ReadAggregationSet { readAggregation: aggregation }));
    }
}

#[test]
fn a_stranger_configures_nothing() {
    let chain = ism();
    let refused = Err(OwnableUnauthorizedAccount { account: STRANGER }.abi_encode());
    // whatever else is wrong
    let set = setModuleCall { origin: 0, finality: 9, module: STRANGER };
    assert_eq!(send(&chain, STRANGER, &set), refused);
    let set = setReadAggregationCall { readAggregation: STRANGER };
    assert_eq!(send(&chain, STRANGER, &set), refused);
    let transfer = transferOwnershipCall { newOwner: STRANGER };
    assert_eq!(send(&chain, STRANGER, &transfer), refused);
    assert_eq!(send(&chain, STRANGER, &acceptOwnershipCall {}), refused);
    assert_eq!(chain.take_logs(), []);
}

#[test]
fn ownership_moves_when_it_is_accepted() {
    let chain = ism();
    // when it is offered
    send(&chain, OWNER, &transferOwnershipCall { newOwner: STRANGER }).unwrap();
    let started = OwnershipTransferStarted { previousOwner: OWNER, newOwner: STRANGER };
    assert_eq!(chain.take_logs()[0].decode(), Some(started));
    assert_eq!((ask(&chain, &ownerCall {}), ask(&chain, &pendingOwnerCall {})), (OWNER, STRANGER));
    // then only the one it was offered to can take it
    let refused = Err(OwnableUnauthorizedAccount { account: OWNER }.abi_encode());
    assert_eq!(send(&chain, OWNER, &acceptOwnershipCall {}), refused);
    send(&chain, STRANGER, &acceptOwnershipCall {}).unwrap();
    let moved = OwnershipTransferred { previousOwner: OWNER, newOwner: STRANGER };
    assert_eq!(chain.take_logs()[0].decode(), Some(moved));
    let zero = Address::ZERO;
    assert_eq!((ask(&chain, &ownerCall {}), ask(&chain, &pendingOwnerCall {})), (STRANGER, zero));
    // and the former owner has none left
    let set = setReadAggregationCall { readAggregation: OWNER };
    assert_eq!(send(&chain, OWNER, &set), refused);
}

#[test]
fn an_offer_can_be_withdrawn() {
    let chain = ism();
    for heir in [STRANGER, Address::ZERO] {
        send(&chain, OWNER, &transferOwnershipCall { newOwner: heir }).unwrap();
    }
    let refused = Err(OwnableUnauthorizedAccount { account: STRANGER }.abi_encode());
    assert_eq!(send(&chain, STRANGER, &acceptOwnershipCall {}), refused);
}

#[test]
fn it_is_initialized_once_by_constructor_or_initializer() {
    let initialize = |owner| initializeCall { owner }.abi_encode();
    let construct = |owner: Address| [&[0x55, 0x85, 0x25, 0x8d][..], &owner.abi_encode()].concat();
    for first in [initialize(OWNER), construct(OWNER)] {
        for second in [initialize(STRANGER), construct(STRANGER)] {
            let chain = uninitialized();
            assert_eq!(chain.transact(OWNER, ISM, U256::ZERO, &first), Ok(vec![]));
            let given = OwnershipTransferred { previousOwner: Address::ZERO, newOwner: OWNER };
            assert_eq!(chain.take_logs()[0].decode(), Some(given));
            let refused = chain.transact(STRANGER, ISM, U256::ZERO, &second);
            assert_eq!(refused, Err(AlreadyInitialized {}.abi_encode()));
            assert_eq!(ask(&chain, &ownerCall {}), OWNER);
        }
    }
    for nobody in [initialize(Address::ZERO), construct(Address::ZERO)] {
        let refused = uninitialized().transact(OWNER, ISM, U256::ZERO, &nobody);
        assert_eq!(refused, Err(ZeroAddress {}.abi_encode()));
    }
}

#[test]
fn value_is_refused_everywhere() {
    let chain = ism();
    chain.set_balance(OWNER, U256::from(1));
    for selector in IMetalayerIsmCalls::selectors().chain([[0x55, 0x85, 0x25, 0x8d]]) {
        let data = [&selector[..], &[0; 512]].concat();
        assert_eq!(chain.transact(OWNER, ISM, U256::from(1), &data), Err(vec![]));
    }
    assert_eq!(chain.transact(OWNER, ISM, U256::from(1), &[]), Err(vec![]));
}

#[test]
fn it_answers_every_selector_of_its_interface_and_no_other() {
    let chain = ism();
    chain.run(ISM, OWNER, U256::ZERO, |chain| {
        let mut ism = MetalayerIsm::from(chain);
        let mut route = |selector: [u8; 4]| {
            let selector = u32::from_be_bytes(selector);
            <MetalayerIsm as Router<MetalayerIsm>>::route(&mut ism, selector, &[0; 512]).is_some()
        };
        assert!(IMetalayerIsmCalls::selectors().all(&mut route));
        assert!(![[0; 4], [0xff; 4], [0x55, 0x85, 0x25, 0x8d]].into_iter().any(route));
    });
}

proptest! {
    #[test]
    fn requirements_are_read_as_they_were_stored(finalized in any::<bool>(), module in any::<[u8; 20]>()) {
        let requirements = Requirements { finalized, module: module.into() };
        assert_eq!(Requirements::unpack(requirements.pack()), requirements);
    }

    #[test]
    fn no_recipient_weakens_its_lane(wanted in 0..2_u8, sent in 0..2_usize) {
        // given a recipient that has said something
        let chain = ism();
        send(&chain, recipient(), &setMinFinalityCall { finality: wanted }).unwrap();
        // when a message of either lane comes
        let name = ["INSTANT without reads", "FINALIZED without reads"][sent];
        let module = ask(&chain, &routeCall { message: message(name) });
        // then it is verified by the stronger of the two
        let stronger = usize::from(wanted).max(sent);
        assert_eq!(module, [INSTANT_MODULE, FINALIZED_MODULE][stronger]);
    }

    #[test]
    fn lanes_do_not_collide(a in any::<(u32, u8)>(), b in any::<(u32, u8)>()) {
        let key = |(origin, finality)| lane(Domain(origin), finality);
        assert_eq!(key(a) == key(b), a == b);
    }

    #[test]
    fn a_call_cut_anywhere_reverts_without_data(
        message in (0..8_usize).prop_map(|words| vec![0; words * 32]),
        cut in any::<prop::sample::Index>(),
    ) {
        let chain = ism();
        let message = Bytes::from(message);
        for whole in [
            routeCall { message: message.clone() }.abi_encode(),
            finalityModuleCall { message: message.clone() }.abi_encode(),
            verifyCall { metadata: Bytes::from_static(&[1; 9]), message }.abi_encode(),
            setModuleCall { origin: 1, finality: 1, module: OWNER }.abi_encode(),
            modulesCall { origin: 1, finality: 1 }.abi_encode(),
            setReadAggregationCall { readAggregation: OWNER }.abi_encode(),
            transferOwnershipCall { newOwner: OWNER }.abi_encode(),
            initializeCall { owner: OWNER }.abi_encode(),
        ] {
            let cut = whole.get(..cut.index(whole.len())).unwrap();
            assert_eq!(chain.transact(OWNER, ISM, U256::ZERO, cut), Err(vec![]));
        }
    }

    #[test]
    fn garbage_never_traps(garbage in any::<Vec<u8>>(), words in prop::collection::vec(0..600_u64, 0..20)) {
        let chain = ism();
        // Words that look like offsets and lengths go further into a decoder than bytes at random.
        let words: Vec<u8> = words.into_iter().flat_map(|word| U256::from(word).to_be_bytes::<32>()).collect();
        for selector in IMetalayerIsmCalls::selectors() {
            for tail in [&garbage, &words] {
                let _any_outcome = chain.transact(OWNER, ISM, U256::ZERO, &[&selector[..], tail].concat());
            }
        }
        let message = Bytes::from([&instant()[..77], &garbage].concat());
        let _any_outcome = send(&chain, STRANGER, &routeCall { message });
    }
}
