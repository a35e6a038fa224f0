//! The MetalayerReadIsm on a chain in memory. Spec: messaging.md §3.7, §5.7.
#![allow(clippy::disallowed_macros, reason = "a failing property says what it saw")]

use std::{rc::Rc, sync::LazyLock};

use alloy_primitives::Bytes;
use alloy_sol_types::{SolCall, SolConstructor, SolError, SolInterface, SolValue};
use interfaces::{
    codec::{ReadResult, Signatures},
    metalayer::IMetalayerReadIsm::{
        AlreadyInitialized, IMetalayerReadIsmCalls, OwnableUnauthorizedAccount,
        OwnershipTransferStarted, OwnershipTransferred, acceptOwnershipCall, constructorCall,
        ownerCall, pendingOwnerCall, transferOwnershipCall,
    },
};
use proptest::prelude::*;
use serde_json::Value;
use support::{ECRECOVER, testing::Chain};

use super::*;

const OWNER: Address = Address::repeat_byte(0x0e);
const STRANGER: Address = Address::repeat_byte(0x57);
const MAILBOX: Address = Address::repeat_byte(0x3a);
const ROUTER: Address = Address::repeat_byte(0x20);
const URL: &str = "https://gateway.example.org/reads";
const NOW: u64 = 1_900_000_000;

/// Read once: properties look at them a thousand times.
static VECTORS: LazyLock<Value> = LazyLock::new(|| {
    let vectors = include_str!("../../../tests/vectors/messaging.json");
    serde_json::from_str(vectors).unwrap()
});

fn vectors() -> &'static Value {
    &VECTORS
}

fn attestations() -> &'static Value {
    &vectors()["readAttestations"]
}

fn bytes_of(value: &Value) -> Bytes {
    value.as_str().unwrap().parse().unwrap()
}

fn address_of(value: &Value) -> Address {
    value.as_str().unwrap().parse().unwrap()
}

/// The module stands where the vectors have it: its address is part of what is signed.
fn module() -> Address {
    address_of(&attestations()["readIsm"])
}

fn attestors() -> Vec<Address> {
    attestations()["attestors"].as_array().unwrap().iter().map(address_of).collect()
}

fn set_up() -> initializeCall {
    initializeCall {
        mailbox: MAILBOX,
        owner: OWNER,
        router: ROUTER,
        attestors: attestors(),
        threshold: 2,
        urls: vec![URL.into()],
    }
}

fn construct(call: &initializeCall) -> Vec<u8> {
    let call = call.clone();
    let arguments = constructorCall {
        mailbox: call.mailbox,
        owner: call.owner,
        router: call.router,
        attestors: call.attestors,
        threshold: call.threshold,
        urls: call.urls,
    };
    [&[0x55, 0x85, 0x25, 0x8d][..], &arguments.abi_encode()].concat()
}

fn uninitialized() -> Chain {
    let chain = Chain::new(1, NOW);
    chain.set_program(module(), Chain::contract::<MetalayerReadIsm>());
    chain.set_answer(MAILBOX, Ok(412_347_u32.abi_encode()));
    chain
}

/// The module of the vectors.
fn ism() -> Chain {
    let chain = uninitialized();
    send(&chain, OWNER, &set_up()).unwrap();
    let _quiet = (chain.take_logs(), chain.take_calls());
    chain
}

fn send(chain: &Chain, from: Address, call: &impl SolCall) -> ArbResult {
    chain.transact(from, module(), U256::ZERO, &call.abi_encode())
}

fn ask<C: SolCall>(chain: &Chain, call: &C) -> C::Return {
    C::abi_decode_returns_validate(&send(chain, STRANGER, call).unwrap()).unwrap()
}

fn verification(case: usize) -> verifyCall {
    let vectors = attestations();
    verifyCall {
        metadata: bytes_of(&vectors["cases"][case]["metadata"]),
        message: bytes_of(&vectors["message"]),
    }
}

fn consumption() -> consumeCall {
    let id = attestations()["metalayerId"].as_str().unwrap().parse().unwrap();
    consumeCall { messageId: id }
}

/// Results of the valid cases of the vectors.
fn results() -> Vec<Bytes> {
    let vectors = attestations();
    vectors["items"].as_array().unwrap().iter().map(|item| bytes_of(&item["result"])).collect()
}

/// Makes calls from [`ROUTER`] in one transaction, as the Mailbox makes a router verify and take; the last output.
fn in_one_transaction(chain: &Chain, calls: &[Vec<u8>]) -> ArbResult {
    let calls = calls.to_vec();
    chain.set_program(
        ROUTER,
        Rc::new(move |chain, _| {
            calls.iter().try_fold(vec![], |_, call| chain.call(module(), U256::ZERO, call))
        }),
    );
    chain.transact(STRANGER, ROUTER, U256::ZERO, &[])
}

#[test]
fn every_attestation_of_the_vectors_ends_as_it_says() {
    let (chain, vectors) = (ism(), attestations());
    let cases = vectors["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 18);
    for (index, case) in cases.iter().enumerate() {
        let verify = verification(index);
        let outcome = send(&chain, STRANGER, &verify);
        if case["valid"].as_bool().unwrap() {
            assert_eq!(outcome, Ok(true.abi_encode()), "{}", case["name"]);
            let taken =
                in_one_transaction(&chain, &[verify.abi_encode(), consumption().abi_encode()]);
            assert_eq!(taken, Ok(results().abi_encode()), "{}", case["name"]);
            continue;
        }
        assert_eq!(outcome, Err(bytes_of(&case["revert"]["data"]).to_vec()), "{}", case["name"]);
    }
}

#[test]
fn attestations_are_for_this_module_on_this_domain() {
    let separator: B256 = attestations()["domainSeparator"].as_str().unwrap().parse().unwrap();
    assert_eq!(ask(&ism(), &domainSeparatorCall {}), separator);
    // a Mailbox of another domain makes another module of it, for which nothing was signed
    let chain = uninitialized();
    chain.set_answer(MAILBOX, Ok(412_348_u32.abi_encode()));
    send(&chain, OWNER, &set_up()).unwrap();
    assert_ne!(ask(&chain, &domainSeparatorCall {}), separator);
    let refused = send(&chain, STRANGER, &verification(0));
    assert_eq!(refused, Err(QuorumNotReached {}.abi_encode()));
}

#[test]
fn an_attestation_holds_up_to_and_including_its_last_second() {
    let chain = ism();
    let valid_until = attestations()["validUntil"].as_u64().unwrap();
    chain.set_timestamp(valid_until);
    assert_eq!(send(&chain, STRANGER, &verification(0)), Ok(true.abi_encode()));
    chain.set_timestamp(valid_until + 1);
    let expired = AttestationExpired { validUntil: valid_until }.abi_encode();
    assert_eq!(send(&chain, STRANGER, &verification(0)), Err(expired));
}

#[test]
fn results_are_taken_once_in_the_transaction_that_verified_them_and_by_the_router_alone() {
    let chain = ism();
    let (verify, consume) = (verification(0).abi_encode(), consumption().abi_encode());
    let missing = ReadResultsMissing { messageId: consumption().messageId }.abi_encode();
    // never without
    assert_eq!(in_one_transaction(&chain, std::slice::from_ref(&consume)), Err(missing.clone()));
    // not in the next transaction
    send(&chain, STRANGER, &verification(0)).unwrap();
    assert_eq!(in_one_transaction(&chain, std::slice::from_ref(&consume)), Err(missing.clone()));
    // once
    let once = [verify.clone(), consume.clone()];
    assert_eq!(in_one_transaction(&chain, &once), Ok(results().abi_encode()));
    let twice = [verify.clone(), consume.clone(), consume.clone()];
    assert_eq!(in_one_transaction(&chain, &twice), Err(missing.clone()));
    // not those of another message
    let other = consumeCall { messageId: B256::repeat_byte(1) };
    let outcome = in_one_transaction(&chain, &[verify.clone(), other.abi_encode()]);
    assert_eq!(outcome, Err(ReadResultsMissing { messageId: other.messageId }.abi_encode()));
    // and by nobody else, whether there are any or not
    let stranger = Err(RouterOnly { caller: STRANGER }.abi_encode());
    assert_eq!(send(&chain, STRANGER, &consumption()), stranger);
    let mallory = Address::repeat_byte(0x66);
    chain.set_program(
        mallory,
        Rc::new(move |chain, _| {
            chain.call(module(), U256::ZERO, &verify)?;
            chain.call(module(), U256::ZERO, &consume)
        }),
    );
    let outcome = chain.transact(STRANGER, mallory, U256::ZERO, &[]);
    assert_eq!(outcome, Err(RouterOnly { caller: mallory }.abi_encode()));
}

#[test]
fn a_verification_that_was_undone_leaves_nothing() {
    let chain = ism();
    let (verify, consume) = (verification(0).abi_encode(), consumption().abi_encode());
    let undone = Address::repeat_byte(0x66);
    chain.set_program(
        undone,
        Rc::new(move |chain, _| {
            chain.call(module(), U256::ZERO, &verify)?;
            Err(vec![])
        }),
    );
    chain.set_program(
        ROUTER,
        Rc::new(move |chain, _| {
            let _undone = chain.call(undone, U256::ZERO, &[]);
            chain.call(module(), U256::ZERO, &consume)
        }),
    );
    let outcome = chain.transact(STRANGER, ROUTER, U256::ZERO, &[]);
    let missing = ReadResultsMissing { messageId: consumption().messageId }.abi_encode();
    assert_eq!(outcome, Err(missing));
}

/// A module whose curve is a toy: a signature was made by the account that its r names. Then results can be made up.
fn with_a_toy_curve() -> Chain {
    let chain = ism();
    chain.set_program(ECRECOVER, Rc::new(|_, input| Ok(input[64..96].to_vec())));
    chain
}

fn toy_metadata(results: &[&[u8]]) -> Bytes {
    let mut signatures = vec![];
    for attestor in &attestors()[..2] {
        signatures.extend_from_slice(attestor.into_word().as_slice());
        signatures.extend_from_slice(&[0; 31]);
        signatures.extend_from_slice(&[1, 27]);
    }
    let results: Vec<_> = results.iter().map(|result| ReadResult { block: 1, result }).collect();
    ReadMetadata::encode(NOW, &results, Signatures(&signatures)).unwrap().into()
}

#[test]
fn the_last_verification_of_a_transaction_counts() {
    let chain = with_a_toy_curve();
    let message = bytes_of(&attestations()["message"]);
    let verify = |results: &[&[u8]]| {
        verifyCall { metadata: toy_metadata(results), message: message.clone() }.abi_encode()
    };
    // given long results, and then short ones, of the same message
    let long = verify(&[&[1; 300], &[2; 100]]);
    let short = verify(&[b"", b"x"]);
    // when the router takes what was verified last
    let outcome = in_one_transaction(&chain, &[long, short, consumption().abi_encode()]);
    // then it gets nothing of the longer ones
    let expected = vec![Bytes::new(), Bytes::from_static(b"x")];
    assert_eq!(outcome, Ok(expected.abi_encode()));
}

#[test]
fn a_message_that_is_none_is_refused_with_its_code() {
    let chain = ism();
    let mut call = verification(0);
    let header = call.message.slice(..77);
    for case in vectors()["metalayerMalformed"]["cases"].as_array().unwrap() {
        let Some(expected) = case["expected"]["revertData"].as_str() else { continue };
        call.message = [&header[..], &bytes_of(&case["encoded"])].concat().into();
        let expected: Bytes = expected.parse().unwrap();
        let outcome = send(&chain, STRANGER, &call);
        assert_eq!(outcome, Err(expected.to_vec()), "{}", case["name"]);
    }
    call.message = header.clone();
    let too_short = MalformedMessage { code: 1 }.abi_encode();
    assert_eq!(send(&chain, STRANGER, &call), Err(too_short));
    call.message = header.slice(..76);
    assert_eq!(send(&chain, STRANGER, &call), Err(vec![]));
}

#[test]
fn relayers_are_sent_to_the_gateways() {
    let (chain, vectors) = (ism(), vectors());
    let case = &vectors["ccipRead"];
    let lookup = getOffchainVerifyInfoCall { message: bytes_of(&case["message"]) };
    assert_eq!(address_of(&case["sender"]), module());
    assert_eq!(send(&chain, STRANGER, &lookup), Err(bytes_of(&case["revertData"]).to_vec()));
    // whichever there are
    for urls in
        [vec![], vec![URL.to_owned(), Default::default(), "https://b.example.org/{data}".into()]]
    {
        send(&chain, OWNER, &setUrlsCall { urls: urls.clone() }).unwrap();
        assert_eq!(ask(&chain, &urlsCall {}), urls);
        let [log] = &chain.take_logs()[..] else { panic!("one event") };
        assert_eq!(log.decode(), Some(UrlsChanged { urls: urls.clone() }));
        let expected = interfaces::metalayer::IMetalayerReadIsm::OffchainLookup {
            sender: module(),
            urls,
            callData: bytes_of(&case["callData"]),
            callbackFunction: verifyCall::SELECTOR.into(),
            extraData: bytes_of(&case["extraData"]),
        };
        assert_eq!(send(&chain, STRANGER, &lookup), Err(expected.abi_encode()));
    }
}

#[test]
fn new_attestors_take_the_place_of_the_old_ones_at_once() {
    let chain = ism();
    let told = ask(&chain, &attestorsAndThresholdCall {});
    assert_eq!((told.attestors, told.threshold), (attestors(), 2));
    // when attestor 0 is replaced
    let mut next = attestors();
    next[0] = STRANGER;
    let set = setAttestorsCall { attestors: next.clone(), threshold: 2 };
    send(&chain, OWNER, &set).unwrap();
    let event = AttestorsAndThresholdSet { attestors: next.clone(), threshold: 2 };
    assert_eq!(chain.take_logs()[0].decode(), Some(event));
    let told = ask(&chain, &attestorsAndThresholdCall {});
    assert_eq!((told.attestors, told.threshold), (next, 2));
    // then its signature no longer counts, and those of 1 and 3 do
    let refused = send(&chain, STRANGER, &verification(0));
    assert_eq!(refused, Err(QuorumNotReached {}.abi_encode()));
    assert_eq!(send(&chain, STRANGER, &verification(1)), Ok(true.abi_encode()));
}

#[test]
fn sets_that_could_not_protect_are_refused() {
    let chain = ism();
    let (a, b, zero) = (Address::repeat_byte(1), Address::repeat_byte(2), Address::ZERO);
    let threshold = InvalidThreshold {}.abi_encode();
    for (attestors, needed, error) in [
        (vec![], 0, threshold.clone()),
        (vec![], 1, threshold.clone()),
        (vec![a, b], 0, threshold.clone()),
        (vec![a, b], 3, threshold),
        (vec![a, b, a], 2, InvalidAttestor { attestor: a }.abi_encode()),
        (vec![a, zero], 1, InvalidAttestor { attestor: zero }.abi_encode()),
    ] {
        let set = setAttestorsCall { attestors: attestors.clone(), threshold: needed };
        assert_eq!(send(&chain, OWNER, &set), Err(error.clone()));
        // nor is the module set up with one
        let set_up = initializeCall { attestors, threshold: needed, ..set_up() };
        assert_eq!(send(&uninitialized(), OWNER, &set_up), Err(error));
    }
}

#[test]
fn a_threshold_is_at_least_one_and_at_most_all() {
    for size in 1..=4 {
        let attestors: Vec<_> = (1..=size).map(Address::with_last_byte).collect();
        for threshold in 0..=u8::MAX {
            let set = setAttestorsCall { attestors: attestors.clone(), threshold };
            let fits = threshold != 0 && threshold <= size;
            let refusal = Err(InvalidThreshold {}.abi_encode());
            let outcome = send(&ism(), OWNER, &set);
            assert_eq!(outcome, if fits { Ok(vec![]) } else { refusal }, "{threshold} of {size}");
        }
    }
}

#[test]
fn it_is_set_up_once_by_constructor_or_initializer() {
    for first in [set_up().abi_encode(), construct(&set_up())] {
        for second in [set_up().abi_encode(), construct(&set_up())] {
            let chain = uninitialized();
            assert_eq!(chain.transact(OWNER, module(), U256::ZERO, &first), Ok(vec![]));
            let logs = chain.take_logs();
            let given = OwnershipTransferred { previousOwner: Address::ZERO, newOwner: OWNER };
            assert_eq!(logs[0].decode(), Some(given));
            let set = AttestorsAndThresholdSet { attestors: attestors(), threshold: 2 };
            assert_eq!(logs[1].decode(), Some(set));
            assert_eq!(logs[2].decode(), Some(UrlsChanged { urls: vec![URL.into()] }));
            assert_eq!(logs.len(), 3);
            let refused = chain.transact(STRANGER, module(), U256::ZERO, &second);
            assert_eq!(refused, Err(AlreadyInitialized {}.abi_encode()));
            let seen = (
                ask(&chain, &ownerCall {}),
                ask(&chain, &routerCall {}),
                ask(&chain, &domainCall {}),
            );
            assert_eq!(seen, (OWNER, ROUTER, 412_347));
        }
    }
}

#[test]
fn it_is_not_set_up_with_what_would_never_work() {
    let zero = Address::ZERO;
    for call in [
        initializeCall { owner: zero, ..set_up() },
        initializeCall { mailbox: zero, ..set_up() },
        initializeCall { router: zero, ..set_up() },
    ] {
        let refused = send(&uninitialized(), OWNER, &call);
        assert_eq!(refused, Err(ZeroAddress {}.abi_encode()));
    }
    for (answer, error) in [
        (Ok(0_u32.abi_encode()), ZeroDomain {}.abi_encode()),
        (Ok(U256::MAX.abi_encode()), vec![]),
        (Ok(vec![]), vec![]),
        (Err(b"no".to_vec()), b"no".to_vec()),
    ] {
        let chain = uninitialized();
        chain.set_answer(MAILBOX, answer);
        assert_eq!(send(&chain, OWNER, &set_up()), Err(error));
    }
}

#[test]
fn before_that_it_verifies_and_hands_out_nothing() {
    let chain = uninitialized();
    let refused = send(&chain, STRANGER, &verification(0));
    assert_eq!(refused, Err(QuorumNotReached {}.abi_encode()));
    let stranger = Err(RouterOnly { caller: STRANGER }.abi_encode());
    assert_eq!(send(&chain, STRANGER, &consumption()), stranger);
}

#[test]
fn a_stranger_configures_nothing() {
    let chain = ism();
    let refused = Err(OwnableUnauthorizedAccount { account: STRANGER }.abi_encode());
    // whatever else is wrong
    let set = setAttestorsCall { attestors: vec![], threshold: 0 };
    assert_eq!(send(&chain, STRANGER, &set), refused);
    assert_eq!(send(&chain, STRANGER, &setUrlsCall { urls: vec![] }), refused);
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
    send(&chain, STRANGER, &acceptOwnershipCall {}).unwrap();
    let moved = OwnershipTransferred { previousOwner: OWNER, newOwner: STRANGER };
    assert_eq!(chain.take_logs()[0].decode(), Some(moved));
    let refused = Err(OwnableUnauthorizedAccount { account: OWNER }.abi_encode());
    assert_eq!(send(&chain, OWNER, &setUrlsCall { urls: vec![] }), refused);
}

#[test]
fn to_relayers_it_is_a_ccip_read_module() {
    assert_eq!(ask(&ism(), &moduleTypeCall {}), 7);
}

#[test]
fn value_is_refused_everywhere() {
    let chain = ism();
    chain.set_balance(OWNER, U256::from(1));
    for selector in IMetalayerReadIsmCalls::selectors().chain([[0x55, 0x85, 0x25, 0x8d], [0; 4]]) {
        let data = [&selector[..], &[0; 512]].concat();
        assert_eq!(chain.transact(OWNER, module(), U256::from(1), &data), Err(vec![]));
    }
}

#[test]
fn it_answers_every_selector_of_its_interface_and_no_other() {
    let chain = ism();
    chain.run(module(), OWNER, U256::ZERO, |chain| {
        let mut ism = MetalayerReadIsm::from(chain);
        let mut route = |selector: [u8; 4]| {
            let selector = u32::from_be_bytes(selector);
            <MetalayerReadIsm as Router<MetalayerReadIsm>>::route(&mut ism, selector, &[0; 512])
                .is_some()
        };
        assert!(IMetalayerReadIsmCalls::selectors().all(&mut route));
        // nor does it answer what gateways are asked
        let gateway = interfaces::metalayer::IMetalayerReadGateway::getReadResultsCall::SELECTOR;
        assert!(![[0; 4], [0xff; 4], [0x55, 0x85, 0x25, 0x8d], gateway].into_iter().any(route));
    });
}

proptest! {
    #[test]
    fn the_router_takes_what_was_attested(
        first in prop::collection::vec(any::<u8>(), 0..200),
        second in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let chain = with_a_toy_curve();
        let message = bytes_of(&attestations()["message"]);
        let verify = verifyCall { metadata: toy_metadata(&[&first, &second]), message };
        let calls = [verify.abi_encode(), consumption().abi_encode()];
        let expected: Vec<Bytes> = vec![first.into(), second.into()];
        assert_eq!(in_one_transaction(&chain, &calls), Ok(expected.abi_encode()));
    }

    #[test]
    fn a_call_cut_anywhere_reverts_without_data(cut in any::<prop::sample::Index>()) {
        let chain = ism();
        let message = verification(0).message;
        for whole in [
            verification(0).abi_encode(),
            getOffchainVerifyInfoCall { message }.abi_encode(),
            consumption().abi_encode(),
            setAttestorsCall { attestors: vec![OWNER], threshold: 1 }.abi_encode(),
            setUrlsCall { urls: vec!["a".into(), URL.into()] }.abi_encode(),
            set_up().abi_encode(),
            transferOwnershipCall { newOwner: OWNER }.abi_encode(),
        ] {
            // Padding behind the last argument is not required, as in Solidity; everything in front of it is.
            let cut = whole.get(..cut.index(whole.len() - 31)).unwrap();
            assert_eq!(chain.transact(OWNER, module(), U256::ZERO, cut), Err(vec![]));
        }
    }

    #[test]
    fn garbage_never_traps(garbage in any::<Vec<u8>>(), words in prop::collection::vec(0..600_u64, 0..20)) {
        let chain = ism();
        // Words that look like offsets and lengths go further into a decoder than bytes at random.
        let words: Vec<u8> = words.into_iter().flat_map(|word| U256::from(word).to_be_bytes::<32>()).collect();
        for selector in IMetalayerReadIsmCalls::selectors() {
            for tail in [&garbage, &words] {
                let data = [&selector[..], tail].concat();
                let _any_outcome = chain.transact(OWNER, module(), U256::ZERO, &data);
            }
        }
        let mut call = verification(0);
        call.metadata = [&call.metadata[..12], &garbage].concat().into();
        let _any_outcome = send(&chain, STRANGER, &call);
    }
}
