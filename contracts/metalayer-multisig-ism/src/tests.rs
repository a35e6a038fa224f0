//! The MetalayerMultisigIsm on a chain in memory. Spec: messaging.md §3.3, §3.5, §5.3.
#![allow(clippy::disallowed_macros, reason = "a failing property says what it saw")]

mod exhaustive;

use std::rc::Rc;

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::{SolCall, SolError, SolInterface, SolValue};
use interfaces::metalayer::IMetalayerMultisigIsm::{
    AlreadyInitialized, IMetalayerMultisigIsmCalls, OwnableUnauthorizedAccount,
    OwnershipTransferStarted, OwnershipTransferred, ZeroAddress, acceptOwnershipCall, ownerCall,
    pendingOwnerCall, transferOwnershipCall,
};
use proptest::prelude::*;
use serde_json::Value;
use support::{ECRECOVER, testing::Chain};

use super::*;

const OWNER: Address = Address::repeat_byte(0x0e);
const STRANGER: Address = Address::repeat_byte(0x57);
const ISM: Address = Address::repeat_byte(0x15);
/// Origin of the messages in the vectors.
const ORIGIN: u32 = 412_346;

fn uninitialized() -> Chain {
    let chain = Chain::new(412_347, 1_900_000_000);
    chain.set_program(ISM, Chain::contract::<MetalayerMultisigIsm>());
    chain
}

/// A module of [`OWNER`] without any set.
fn ism() -> Chain {
    let chain = uninitialized();
    send(&chain, OWNER, &initializeCall { owner: OWNER }).unwrap();
    let _quiet = chain.take_logs();
    chain
}

fn send(chain: &Chain, from: Address, call: &impl SolCall) -> ArbResult {
    chain.transact(from, ISM, U256::ZERO, &call.abi_encode())
}

fn ask<C: SolCall>(chain: &Chain, call: &C) -> C::Return {
    C::abi_decode_returns_validate(&send(chain, STRANGER, call).unwrap()).unwrap()
}

fn set(origin: u32, validators: &[Address], threshold: u8) -> setValidatorsAndThresholdCall {
    setValidatorsAndThresholdCall { origin, validators: validators.to_vec(), threshold }
}

fn vectors() -> Value {
    let vectors = include_str!("../../../tests/vectors/messaging.json");
    serde_json::from_str::<Value>(vectors).unwrap()["messageIdMultisig"].take()
}

fn bytes_of(value: &Value) -> Bytes {
    value.as_str().unwrap().parse().unwrap()
}

fn addresses_of(value: &Value) -> Vec<Address> {
    value.as_array().unwrap().iter().map(|a| a.as_str().unwrap().parse().unwrap()).collect()
}

/// A module with the set of the vectors.
fn of_the_vectors() -> (Chain, Value) {
    let (chain, vectors) = (ism(), vectors());
    let validators = addresses_of(&vectors["validators"]);
    send(&chain, OWNER, &set(ORIGIN, &validators, 3)).unwrap();
    (chain, vectors)
}

/// What a case of the vectors ends with.
fn outcome_of(case: &Value) -> ArbResult {
    if case["valid"].as_bool().unwrap() {
        return Ok(true.abi_encode());
    }
    match case["revert"]["kind"].as_str().unwrap() {
        "empty" => Err(vec![]),
        "string" => Err(Revert::reason(case["revert"]["message"].as_str().unwrap()).0),
        other => panic!("no kind {other}"),
    }
}

#[test]
fn every_case_of_the_vectors_ends_as_with_hyperlanes_module() {
    let (chain, vectors) = of_the_vectors();
    let cases = vectors["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 21);
    for case in cases {
        let (metadata, message) = (bytes_of(&case["metadata"]), bytes_of(&vectors["message"]));
        let outcome = send(&chain, STRANGER, &verifyCall { metadata, message });
        assert_eq!(outcome, outcome_of(case), "{}", case["name"]);
    }
}

/// A call that passes.
fn valid(vectors: &Value) -> verifyCall {
    verifyCall {
        metadata: bytes_of(&vectors["cases"][0]["metadata"]),
        message: bytes_of(&vectors["message"]),
    }
}

#[test]
fn only_the_pinned_tree_counts() {
    let (chain, vectors) = of_the_vectors();
    let ours: B256 = vectors["checkpoint"]["merkleTreeHook"].as_str().unwrap().parse().unwrap();
    let verify = || send(&chain, STRANGER, &valid(&vectors));
    let pin = |merkle_tree_hook| {
        let call = setMerkleTreeHookCall { origin: ORIGIN, merkleTreeHook: merkle_tree_hook };
        send(&chain, OWNER, &call).unwrap();
        let pinned = ask(&chain, &merkleTreeHooksCall { origin: ORIGIN });
        assert_eq!(pinned, merkle_tree_hook);
        let logs = chain.take_logs();
        let event = MerkleTreeHookSet { origin: ORIGIN, merkleTreeHook: merkle_tree_hook };
        assert_eq!(logs.last().unwrap().decode(), Some(event));
    };
    // given no pin, any tree of the origin passes
    assert_eq!(ask(&chain, &merkleTreeHooksCall { origin: ORIGIN }), B256::ZERO);
    assert_eq!(verify(), Ok(true.abi_encode()));
    // when ours is pinned, it passes
    pin(ours);
    assert_eq!(verify(), Ok(true.abi_encode()));
    // when another one is pinned, good signatures over ours are worth nothing
    pin(B256::repeat_byte(1));
    assert_eq!(verify(), Err(Revert::reason("!threshold").0));
    // and a new set leaves the pin where it was
    let validators = addresses_of(&vectors["validators"]);
    send(&chain, OWNER, &set(ORIGIN, &validators, 3)).unwrap();
    assert_eq!(verify(), Err(Revert::reason("!threshold").0));
    // until it is taken away, which leaves the set where it was
    pin(B256::ZERO);
    assert_eq!(verify(), Ok(true.abi_encode()));
}

#[test]
fn a_tree_can_be_pinned_before_there_is_a_set() {
    let chain = ism();
    let pin = setMerkleTreeHookCall { origin: ORIGIN, merkleTreeHook: B256::repeat_byte(1) };
    send(&chain, OWNER, &pin).unwrap();
    let verify = send(&chain, STRANGER, &valid(&vectors()));
    let none = Revert::reason("No MultisigISM threshold present for message").0;
    assert_eq!(verify, Err(none));
    send(&chain, OWNER, &set(ORIGIN, &[OWNER], 1)).unwrap();
    let pinned = ask(&chain, &merkleTreeHooksCall { origin: ORIGIN });
    assert_eq!(pinned, B256::repeat_byte(1));
}

#[test]
fn an_origin_without_a_set_verifies_nothing() {
    let (chain, vectors) = of_the_vectors();
    let mut call = valid(&vectors);
    let mut message = call.message.to_vec();
    message[5..9].copy_from_slice(&8453_u32.to_be_bytes());
    call.message = message.into();
    let none = Revert::reason("No MultisigISM threshold present for message").0;
    assert_eq!(send(&chain, STRANGER, &call), Err(none));
    // after what the metadata is too short for
    call.metadata = Bytes::from_static(&[0; 67]);
    assert_eq!(send(&chain, STRANGER, &call), Err(vec![]));
    let nobody = ask(&chain, &validatorsAndThresholdCall { message: call.message });
    assert_eq!((nobody.validators, nobody.threshold), (vec![], 0));
}

#[test]
fn a_message_that_ends_in_its_header_makes_an_empty_revert() {
    let (chain, vectors) = of_the_vectors();
    for length in [0, 9, 76] {
        let mut call = valid(&vectors);
        call.message = call.message.slice(..length);
        assert_eq!(send(&chain, STRANGER, &call), Err(vec![]));
        let ask = validatorsAndThresholdCall { message: call.message };
        assert_eq!(send(&chain, STRANGER, &ask), Err(vec![]));
    }
}

#[test]
fn the_set_is_told_by_the_messages_origin() {
    let (chain, vectors) = of_the_vectors();
    let message = bytes_of(&vectors["message"]);
    let told = ask(&chain, &validatorsAndThresholdCall { message });
    assert_eq!(told.validators, addresses_of(&vectors["validators"]));
    assert_eq!(told.threshold, 3);
}

#[test]
fn a_new_set_takes_the_place_of_the_old_one_at_once() {
    let (chain, vectors) = of_the_vectors();
    let validators = addresses_of(&vectors["validators"]);
    // when validator 0 is replaced
    let mut next = validators.clone();
    next[0] = STRANGER;
    send(&chain, OWNER, &set(ORIGIN, &next, 2)).unwrap();
    let event =
        ValidatorsAndThresholdSet { origin: ORIGIN, validators: next.clone(), threshold: 2 };
    assert_eq!(chain.take_logs().last().unwrap().decode(), Some(event));
    // then its signature no longer counts, and the others' do
    assert_eq!(send(&chain, STRANGER, &valid(&vectors)), Err(Revert::reason("!threshold").0));
    let without_it = verifyCall {
        metadata: bytes_of(&vectors["cases"][2]["metadata"]),
        message: bytes_of(&vectors["message"]),
    };
    assert_eq!(send(&chain, STRANGER, &without_it), Ok(true.abi_encode()));
    // and another origin has none of them
    let mut message = bytes_of(&vectors["message"]).to_vec();
    message[8] ^= 1;
    let told = ask(&chain, &validatorsAndThresholdCall { message: message.into() });
    assert!(told.validators.is_empty());
}

#[test]
fn sets_that_could_not_protect_are_refused() {
    let chain = ism();
    let refuse = |validators: &[Address], threshold| {
        send(&chain, OWNER, &set(ORIGIN, validators, threshold)).expect_err("it is refused")
    };
    let (a, b) = (Address::repeat_byte(1), Address::repeat_byte(2));
    for (validators, threshold) in [(&[][..], 0), (&[], 1), (&[a, b], 0), (&[a, b], 3)] {
        assert_eq!(refuse(validators, threshold), InvalidThreshold {}.abi_encode());
    }
    assert_eq!(refuse(&[a, b, a], 2), InvalidValidator { validator: a }.abi_encode());
    let zero = Address::ZERO;
    assert_eq!(refuse(&[a, zero], 1), InvalidValidator { validator: zero }.abi_encode());
    let nowhere = send(&chain, OWNER, &set(0, &[a], 1));
    assert_eq!(nowhere, Err(ZeroDomain {}.abi_encode()));
    let pin = setMerkleTreeHookCall { origin: 0, merkleTreeHook: B256::ZERO };
    assert_eq!(send(&chain, OWNER, &pin), Err(ZeroDomain {}.abi_encode()));
    assert_eq!(chain.take_logs(), []);
}

#[test]
fn a_stranger_configures_nothing() {
    let (chain, _) = of_the_vectors();
    let _quiet = chain.take_logs();
    let refused = Err(OwnableUnauthorizedAccount { account: STRANGER }.abi_encode());
    // whatever else is wrong
    assert_eq!(send(&chain, STRANGER, &set(0, &[], 0)), refused);
    let pin = setMerkleTreeHookCall { origin: 0, merkleTreeHook: B256::ZERO };
    assert_eq!(send(&chain, STRANGER, &pin), refused);
    let transfer = transferOwnershipCall { newOwner: STRANGER };
    assert_eq!(send(&chain, STRANGER, &transfer), refused);
    assert_eq!(send(&chain, STRANGER, &acceptOwnershipCall {}), refused);
    assert_eq!(chain.take_logs(), []);
}

#[test]
fn ownership_moves_when_it_is_accepted() {
    let chain = ism();
    send(&chain, OWNER, &transferOwnershipCall { newOwner: STRANGER }).unwrap();
    let started = OwnershipTransferStarted { previousOwner: OWNER, newOwner: STRANGER };
    assert_eq!(chain.take_logs()[0].decode(), Some(started));
    assert_eq!((ask(&chain, &ownerCall {}), ask(&chain, &pendingOwnerCall {})), (OWNER, STRANGER));
    let refused = Err(OwnableUnauthorizedAccount { account: OWNER }.abi_encode());
    assert_eq!(send(&chain, OWNER, &acceptOwnershipCall {}), refused);
    send(&chain, STRANGER, &acceptOwnershipCall {}).unwrap();
    let moved = OwnershipTransferred { previousOwner: OWNER, newOwner: STRANGER };
    assert_eq!(chain.take_logs()[0].decode(), Some(moved));
    let zero = Address::ZERO;
    assert_eq!((ask(&chain, &ownerCall {}), ask(&chain, &pendingOwnerCall {})), (STRANGER, zero));
    assert_eq!(send(&chain, OWNER, &set(ORIGIN, &[OWNER], 1)), refused);
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
fn to_relayers_it_is_a_message_id_multisig() {
    assert_eq!(ask(&ism(), &moduleTypeCall {}), 5);
}

#[test]
fn value_is_refused_everywhere() {
    let chain = ism();
    chain.set_balance(OWNER, U256::from(1));
    for selector in IMetalayerMultisigIsmCalls::selectors().chain([[0x55, 0x85, 0x25, 0x8d]]) {
        let data = [&selector[..], &[0; 512]].concat();
        assert_eq!(chain.transact(OWNER, ISM, U256::from(1), &data), Err(vec![]));
    }
    assert_eq!(chain.transact(OWNER, ISM, U256::from(1), &[]), Err(vec![]));
}

#[test]
fn it_answers_every_selector_of_its_interface_and_no_other() {
    let chain = ism();
    chain.run(ISM, OWNER, U256::ZERO, |chain| {
        let mut ism = MetalayerMultisigIsm::from(chain);
        let mut route = |selector: [u8; 4]| {
            let selector = u32::from_be_bytes(selector);
            <MetalayerMultisigIsm as Router<MetalayerMultisigIsm>>::route(
                &mut ism, selector, &[0; 512],
            )
            .is_some()
        };
        assert!(IMetalayerMultisigIsmCalls::selectors().all(&mut route));
        assert!(![[0; 4], [0xff; 4], [0x55, 0x85, 0x25, 0x8d]].into_iter().any(route));
    });
}

/// A module whose curve is a toy: a signature was made by the account that its r names.
fn with_a_toy_curve(validators: &[Address], threshold: u8) -> Chain {
    let chain = ism();
    chain.set_program(ECRECOVER, Rc::new(|_, input| Ok(input[64..96].to_vec())));
    send(&chain, OWNER, &set(ORIGIN, validators, threshold)).unwrap();
    chain
}

fn toy_metadata(signers: &[Address]) -> Bytes {
    let mut metadata = vec![1; 68];
    for signer in signers {
        metadata.extend_from_slice(signer.into_word().as_slice());
        metadata.extend_from_slice(&[0; 31]);
        metadata.extend_from_slice(&[1, 27]);
    }
    metadata.into()
}

proptest! {
    #[test]
    fn a_quorum_is_a_subset_in_order_and_nothing_else(
        size in 1..20_usize,
        threshold in any::<prop::sample::Index>(),
        picks in prop::collection::vec(0..24_u8, 0..22),
    ) {
        // given validators 0 to size, of whom some must sign
        let account = |n: u8| Address::with_last_byte(n + 1);
        let validators: Vec<_> = (0..size as u8).map(account).collect();
        let threshold = threshold.index(size) + 1;
        let chain = with_a_toy_curve(&validators, threshold as u8);
        // when whoever signs
        let signers: Vec<_> = picks.iter().map(|n| account(*n)).collect();
        let message = bytes_of(&vectors()["message"]);
        let call = verifyCall { metadata: toy_metadata(&signers), message };
        let outcome = send(&chain, STRANGER, &call);
        // then it passes if the first ones are validators, each once and in order
        let first = picks.get(..threshold);
        let passes = first.is_some_and(|first| {
            first.is_sorted_by(|a, b| a < b) && first.iter().all(|n| usize::from(*n) < size)
        });
        assert_eq!(outcome == Ok(true.abi_encode()), passes, "{outcome:?}");
    }

    #[test]
    fn sets_of_any_size_are_told_as_they_were_set(size in 1..60_u8) {
        let validators: Vec<_> = (1..=size).map(Address::with_last_byte).collect();
        let chain = ism();
        send(&chain, OWNER, &set(ORIGIN, &validators, size)).unwrap();
        let message = bytes_of(&vectors()["message"]);
        let told = ask(&chain, &validatorsAndThresholdCall { message });
        assert_eq!((told.validators, told.threshold), (validators, size));
    }

    #[test]
    fn a_call_cut_anywhere_reverts_without_data(cut in any::<prop::sample::Index>()) {
        let (chain, vectors) = of_the_vectors();
        let message = bytes_of(&vectors["message"]);
        for whole in [
            valid(&vectors).abi_encode(),
            validatorsAndThresholdCall { message }.abi_encode(),
            set(ORIGIN, &[OWNER], 1).abi_encode(),
            setMerkleTreeHookCall { origin: 1, merkleTreeHook: B256::ZERO }.abi_encode(),
            merkleTreeHooksCall { origin: 1 }.abi_encode(),
            transferOwnershipCall { newOwner: OWNER }.abi_encode(),
            initializeCall { owner: OWNER }.abi_encode(),
        ] {
            // Padding behind the last argument is not required, as in Solidity; everything in front of it is.
            let cut = whole.get(..cut.index(whole.len() - 31)).unwrap();
            assert_eq!(chain.transact(OWNER, ISM, U256::ZERO, cut), Err(vec![]));
        }
    }

    #[test]
    fn garbage_never_traps(garbage in any::<Vec<u8>>(), words in prop::collection::vec(0..600_u64, 0..20)) {
        let (chain, vectors) = of_the_vectors();
        // Words that look like offsets and lengths go further into a decoder than bytes at random.
        let words: Vec<u8> = words.into_iter().flat_map(|word| U256::from(word).to_be_bytes::<32>()).collect();
        for selector in IMetalayerMultisigIsmCalls::selectors() {
            for tail in [&garbage, &words] {
                let _any_outcome = chain.transact(OWNER, ISM, U256::ZERO, &[&selector[..], tail].concat());
            }
        }
        let mut call = valid(&vectors);
        call.metadata = garbage.into();
        let _any_outcome = send(&chain, STRANGER, &call);
    }
}
