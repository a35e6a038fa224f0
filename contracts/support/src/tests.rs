//! The host functions on the chain in memory, and the chain itself.

use std::rc::Rc;

use alloy_primitives::{Address, B256, U256, address};
use alloy_sol_types::{SolError, SolEvent, SolValue};
use interfaces::{
    hash,
    intents::{
        IInbox::{AddressEmptyCode, FailedInnerCall},
        IIntentSource::{IntentFunded, IntentPublished, SafeERC20FailedOperation},
        IProver::IntentProven,
        TokenAmount,
    },
};
use stylus_sdk::{
    host::VM,
    stylus_core::{AccountAccess, MessageAccess, StorageAccess},
};

use crate::{
    Revert, call, create, emit, emit_raw, emit_words, erc20, has_code, native, recover,
    refuse_value, static_call, static_call_word, stored,
    testing::{Behaviour, Chain},
    transient,
};

const SELF: Address = address!("00000000000000000000000000000000000000a1");
const CALLER: Address = address!("00000000000000000000000000000000000000b2");
const OTHER: Address = address!("00000000000000000000000000000000000000c3");
const TOKEN: Address = address!("00000000000000000000000000000000000000d4");

fn chain() -> Chain {
    let chain = Chain::new(412_346, 1_900_000_000);
    chain.set_balance(SELF, U256::from(100));
    chain.set_token(TOKEN, Behaviour::Honest);
    chain
}

/// Runs code of `SELF`.
fn run<T>(chain: &Chain, body: impl FnOnce(&VM) -> T) -> T {
    chain.run(SELF, CALLER, U256::ZERO, |chain| body(&VM { host: Box::new(chain.clone()) }))
}

#[test]
fn a_call_to_no_code_reverts_without_data() {
    let chain = chain();
    run(&chain, |vm| {
        assert!(!has_code(vm, OTHER));
        assert_eq!(call(vm, OTHER, U256::ZERO, &[1]), Err(Revert::EMPTY));
    });
    assert_eq!(chain.take_calls(), []);
}

#[test]
fn no_code_answers_nothing_which_is_too_short_for_a_word() {
    let chain = chain();
    run(&chain, |vm| {
        assert_eq!(static_call(vm, OTHER, &[1]), Ok(Vec::new()));
        assert_eq!(static_call_word(vm, OTHER, &[1]), Err(Revert::EMPTY));
        assert_eq!(erc20::balance_of(vm, OTHER, SELF), Err(Revert::EMPTY));
    });
}

#[test]
fn what_a_callee_says_is_passed_on() {
    let chain = chain();
    chain.set_answer(OTHER, Ok(vec![7; 40]));
    run(&chain, |vm| {
        assert_eq!(call(vm, OTHER, U256::from(3), &[1]), Ok(vec![7; 40]));
        assert_eq!(static_call_word(vm, OTHER, &[1]), Ok(B256::repeat_byte(7)));
    });
    assert_eq!(chain.balance(OTHER), U256::from(3));
    chain.set_answer(OTHER, Ok(vec![7; 31]));
    run(&chain, |vm| assert_eq!(static_call_word(vm, OTHER, &[1]), Err(Revert::EMPTY)));
    chain.set_answer(OTHER, Err(vec![8]));
    run(&chain, |vm| {
        assert_eq!(call(vm, OTHER, U256::from(3), &[1]), Err(Revert(vec![8])));
        assert_eq!(static_call_word(vm, OTHER, &[1]), Err(Revert(vec![8])));
    });
    assert_eq!(chain.balance(OTHER), U256::from(3));
}

#[test]
fn value_is_refused_by_none() {
    let chain = chain();
    chain.run(SELF, CALLER, U256::ONE, |chain| {
        assert_eq!(refuse_value(&VM { host: Box::new(chain.clone()) }), None);
    });
    run(&chain, |vm| assert_eq!(refuse_value(vm), Some(())));
}

#[test]
fn native_goes_with_all_gas_or_with_the_stipend_alone() {
    let chain = chain();
    run(&chain, |vm| {
        assert!(native::send(vm, OTHER, U256::from(5)));
        assert!(native::send_with_stipend(vm, OTHER, U256::from(6)));
        // nothing is called for nothing
        assert!(native::send(vm, OTHER, U256::ZERO));
        assert!(native::send_with_stipend(vm, OTHER, U256::ZERO));
        // and more than there is does not go
        assert!(!native::send(vm, OTHER, U256::from(90)));
    });
    let gas: Vec<_> = chain.take_calls().iter().map(|call| call.gas).collect();
    assert_eq!(gas, [u64::MAX, 0, u64::MAX]);
    assert_eq!((chain.balance(SELF), chain.balance(OTHER)), (U256::from(89), U256::from(11)));
}

#[test]
fn a_refused_transfer_is_told_apart() {
    let chain = chain();
    chain.set_answer(OTHER, Err(vec![]));
    run(&chain, |vm| assert!(!native::send(vm, OTHER, U256::ONE)));
    assert_eq!(chain.balance(SELF), U256::from(100));
}

#[test]
fn tokens_move_as_solidity_moves_them() {
    let two = U256::from(2).to_be_bytes_vec();
    let yes_and_more = [true.abi_encode(), vec![9]].concat();
    for (behaviour, outcome) in [
        (Behaviour::Honest, Ok(())),
        (Behaviour::Answers(vec![]), Ok(())),
        (Behaviour::Answers(yes_and_more), Ok(())),
        (Behaviour::Answers(two), Err(vec![])),
        (Behaviour::Answers(vec![0; 31]), Err(vec![])),
        (Behaviour::Answers(vec![1; 32]), Err(vec![])),
        (Behaviour::False, Err(SafeERC20FailedOperation { token: TOKEN }.abi_encode())),
        (Behaviour::Reverts(vec![]), Err(FailedInnerCall {}.abi_encode())),
        (Behaviour::Reverts(vec![5]), Err(vec![5])),
    ] {
        let outcome = outcome.map_err(Revert);
        let chain = chain();
        chain.set_token(TOKEN, behaviour);
        chain.mint(TOKEN, SELF, 10);
        chain.mint(TOKEN, CALLER, 10);
        chain.approve(TOKEN, CALLER, SELF, 10);
        run(&chain, |vm| {
            assert_eq!(erc20::transfer(vm, TOKEN, OTHER, U256::from(3)), outcome);
            let pulled = erc20::transfer_from(vm, TOKEN, CALLER, OTHER, U256::from(4));
            assert_eq!(pulled, outcome);
        });
    }
}

#[test]
fn a_token_without_code_is_named_when_moved_and_not_when_asked() {
    let chain = chain();
    let error = Err(Revert(AddressEmptyCode { target: OTHER }.abi_encode()));
    run(&chain, |vm| {
        assert_eq!(erc20::transfer(vm, OTHER, CALLER, U256::ONE), error);
        assert_eq!(erc20::transfer_from(vm, OTHER, CALLER, SELF, U256::ZERO), error);
        assert_eq!(erc20::balance_of(vm, OTHER, SELF), Err(Revert::EMPTY));
        assert_eq!(erc20::allowance(vm, OTHER, CALLER, SELF), Err(Revert::EMPTY));
    });
}

#[test]
fn tokens_tell_balance_and_allowance() {
    let chain = chain();
    chain.mint(TOKEN, CALLER, 10);
    chain.approve(TOKEN, CALLER, SELF, 8);
    run(&chain, |vm| {
        assert_eq!(erc20::balance_of(vm, TOKEN, CALLER), Ok(U256::from(10)));
        assert_eq!(erc20::allowance(vm, TOKEN, CALLER, SELF), Ok(U256::from(8)));
        assert_eq!(erc20::allowance(vm, TOKEN, SELF, CALLER), Ok(U256::ZERO));
    });
}

#[test]
fn children_are_where_the_formulas_say() {
    let chain = chain();
    for code in [&b"one"[..], b"two"] {
        chain.set_init_code(code, Rc::new(|_, _| Ok(vec![])));
    }
    run(&chain, |vm| {
        let salt = B256::repeat_byte(4);
        assert_eq!(create::create(vm, b"one"), Ok(hash::create_address(SELF, 1)));
        let predicted = hash::create2_address(SELF, salt, hash::keccak(b"two"));
        assert_eq!(create::create2(vm, salt, b"two"), Ok(predicted));
        // a taken address, and code that does not run
        assert_eq!(create::create2(vm, salt, b"two"), Err(Revert::EMPTY));
        assert_eq!(create::create(vm, b"three"), Err(Revert::EMPTY));
    });
}

#[test]
fn events_are_encoded_as_alloy_encodes_them() {
    fn check<E: SolEvent>(event: &E, emit: impl FnOnce(&VM, &E)) {
        let chain = chain();
        run(&chain, |vm| emit(vm, event));
        let (log, expected) = (chain.take_logs().remove(0), event.encode_log_data());
        assert_eq!((log.emitter, &log.topics[..]), (SELF, expected.topics()));
        assert_eq!(log.data, expected.data);
    }
    let (intent_hash, claimant) = (B256::repeat_byte(1), OTHER);
    let proven = IntentProven { intentHash: intent_hash, claimant, destination: 10 };
    check(&proven, emit);
    check(&proven, |vm, event| {
        let topics = [IntentProven::SIGNATURE_HASH, intent_hash, claimant.into_word()];
        emit_raw(vm, &topics, &event.encode_data());
    });
    let funded = IntentFunded { intentHash: intent_hash, funder: CALLER, complete: true };
    check(&funded, emit);
    check(&funded, |vm, _| {
        let complete = B256::with_last_byte(1);
        let words = [IntentFunded::SIGNATURE_HASH, intent_hash, CALLER.into_word(), complete];
        emit_words(vm, 1, &words.map(|word| word.0));
    });
    let published = IntentPublished {
        intentHash: intent_hash,
        destination: 10,
        route: vec![7; 33].into(),
        creator: CALLER,
        prover: OTHER,
        rewardDeadline: 5,
        rewardNativeAmount: U256::MAX,
        rewardTokens: vec![TokenAmount { token: TOKEN, amount: U256::ONE }],
    };
    check(&published, emit);
}

/// Stores, in the frame that calls this.
fn store(chain: &Chain, value: u8) {
    // SAFETY: nothing else accesses the slot in this frame.
    unsafe { chain.storage_cache_bytes32(U256::ZERO, B256::with_last_byte(value)) };
}

fn load(chain: &Chain) -> B256 {
    chain.storage_load_bytes32(U256::ZERO)
}

#[test]
fn on_the_chain_a_nested_write_is_seen_only_after_the_cache_is_dropped() {
    // given a contract that is re-entered and then writes 2
    let chain = chain();
    chain.set_program(OTHER, Rc::new(|chain, _| chain.call(SELF, U256::ZERO, &[])));
    chain.set_program(
        SELF,
        Rc::new(|chain, _| {
            store(chain, 2);
            chain.flush_cache(false);
            Ok(vec![])
        }),
    );
    // when it has read its slot, and calls
    let seen = chain.run(SELF, CALLER, U256::ZERO, |chain| {
        let before = load(chain);
        chain.call(OTHER, U256::ZERO, &[]).unwrap();
        let cached = load(chain);
        chain.flush_cache(true);
        [before, cached, load(chain)]
    });
    // then it sees the write only once it has dropped what it knew
    assert_eq!(seen, [0, 0, 2].map(B256::with_last_byte));
}

#[test]
fn on_the_chain_unflushed_writes_and_failed_frames_leave_no_trace() {
    let chain = chain();
    chain.set_balance(CALLER, U256::from(9));
    chain.set_program(
        SELF,
        Rc::new(|chain, input| {
            store(chain, 1);
            match input {
                [0] => return Ok(vec![]),
                _ => chain.flush_cache(false),
            }
            Err(chain.msg_value().to_be_bytes_vec())
        }),
    );
    assert_eq!(chain.transact(CALLER, SELF, U256::ZERO, &[0]), Ok(vec![]));
    let reason = U256::from(9).to_be_bytes_vec();
    assert_eq!(chain.transact(CALLER, SELF, U256::from(9), &[1]), Err(reason));
    assert_eq!(chain.run(SELF, CALLER, U256::ZERO, load), B256::ZERO);
    assert_eq!(chain.balance(CALLER), U256::from(9));
}

#[test]
fn on_the_chain_a_static_frame_cannot_write_emit_or_pay() {
    let chain = chain();
    chain.set_program(
        OTHER,
        Rc::new(|chain, input| {
            let vm = VM { host: Box::new(chain.clone()) };
            match input {
                [0] => store(chain, 1),
                [1] => emit_words(&vm, 0, &[]),
                _ => assert!(!native::send(&vm, CALLER, U256::ONE)),
            }
            chain.flush_cache(false);
            Ok(vec![])
        }),
    );
    chain.set_balance(OTHER, U256::ONE);
    run(&chain, |vm| {
        assert_eq!(static_call(vm, OTHER, &[0]), Err(Revert::EMPTY));
        assert_eq!(static_call(vm, OTHER, &[1]), Err(Revert::EMPTY));
        assert_eq!(static_call(vm, OTHER, &[2]), Ok(vec![]));
    });
    assert_eq!((chain.take_logs(), chain.balance(OTHER)), (vec![], U256::ONE));
}

#[test]
fn bytes_that_are_stored_as_code_are_loaded_as_they_were() {
    let chain = chain();
    run(&chain, |vm| {
        for length in [0, 1, 21, 32, 1000] {
            let bytes = vec![7; length];
            let account = stored::store(vm, &bytes).unwrap();
            assert_eq!(stored::load(vm, account).bytes(), bytes);
            // nobody can make it do anything: it begins with STOP
            assert_eq!(vm.code(account)[0], 0);
        }
        assert!(stored::load(vm, OTHER).bytes().is_empty());
        assert_eq!(stored::store(vm, &[0; 65_535]), Err(Revert::EMPTY));
    });
}

#[test]
fn transient_words_end_with_the_transaction_and_with_a_failing_frame() {
    let chain = chain();
    let key = B256::repeat_byte(3);
    chain.set_program(
        OTHER,
        Rc::new(move |chain, input| {
            let vm = VM { host: Box::new(chain.clone()) };
            let before = transient::load(&vm, key);
            transient::store(&vm, key, B256::repeat_byte(9));
            chain.flush_cache(false);
            if input.is_empty() { Ok(before.to_vec()) } else { Err(vec![]) }
        }),
    );
    // seen by a later call of the transaction, unless the one that wrote it failed
    chain.set_program(
        SELF,
        Rc::new(|chain, input| {
            let _any_outcome = chain.call(OTHER, U256::ZERO, input);
            chain.call(OTHER, U256::ZERO, &[])
        }),
    );
    assert_eq!(chain.transact(CALLER, SELF, U256::ZERO, &[]), Ok(vec![9; 32]));
    assert_eq!(chain.transact(CALLER, SELF, U256::ZERO, &[1]), Ok(vec![0; 32]));
}

#[test]
fn the_signer_is_recovered_or_there_is_none() {
    // a signature of the vectors
    let vectors = include_str!("../../../tests/vectors/messaging.json");
    let text = |after: &str, key: &str| {
        let rest = &vectors[vectors.find(after).unwrap()..];
        let rest = &rest[rest.find(key).unwrap() + key.len()..];
        let start = rest.find("0x").unwrap();
        rest[start..start + rest[start..].find('"').unwrap()].to_owned()
    };
    let digest: B256 = text("\"relayerAuth\"", "\"digest\"").parse().unwrap();
    let signer: Address = text("\"relayerAuth\"", "\"signer\"").parse().unwrap();
    let bytes: alloy_primitives::Bytes = text("\"relayerAuth\"", "\"signature\"").parse().unwrap();
    let signature = interfaces::codec::Signature::decode(bytes[..].try_into().unwrap()).unwrap();
    run(&chain(), |vm| {
        assert_eq!(recover(vm, digest, &signature), Some(signer));
        assert_ne!(recover(vm, B256::repeat_byte(1), &signature), Some(signer));
        for bad in [
            interfaces::codec::Signature { v: 29, ..signature },
            interfaces::codec::Signature { r: B256::ZERO, ..signature },
            interfaces::codec::Signature { s: B256::ZERO, ..signature },
        ] {
            assert_eq!(recover(vm, digest, &bad), None);
        }
    });
}

#[test]
fn a_reason_is_encoded_as_solidity_does() {
    for text in ["", "!threshold", "a text that is longer than one word of the ABI"] {
        let expected = alloy_sol_types::Revert::from(text).abi_encode();
        assert_eq!(Revert::reason(text).0, expected);
    }
}
