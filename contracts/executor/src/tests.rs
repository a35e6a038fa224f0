//! The Executor on a chain in memory. Spec: intents.md §4.3.
#![allow(clippy::disallowed_macros, reason = "a failing property says what it saw")]

use std::rc::Rc;

use alloy_primitives::{Address, Bytes, U256, address};
use alloy_sol_types::{SolCall, SolError, SolInterface, SolValue};
use interfaces::intents::{
    Call,
    IExecutor::{CallFailed, IExecutorCalls},
};
use proptest::prelude::*;
use support::testing::{Chain, Program};

use super::*;

const PORTAL: Address = address!("9b4e662ca6ec641a907d4b9ada5c65289eba0f0b");
const STRANGER: Address = Address::repeat_byte(0x57);
const TARGET: Address = Address::repeat_byte(0x7a);
const CODELESS: Address = Address::repeat_byte(0xc0);

/// A chain with the Executor of [`PORTAL`], where the Portal has 100 wei.
fn executor() -> (Chain, Address) {
    let chain = Chain::new(412_346, 1_900_000_000);
    let executor = create_address(PORTAL, EXECUTOR_NONCE);
    chain.set_program(executor, Chain::contract::<Executor>());
    chain.set_balance(PORTAL, U256::from(100));
    (chain, executor)
}

fn call(target: Address, data: &[u8], value: u64) -> Call {
    Call { target, data: data.to_vec().into(), value: U256::from(value) }
}

fn calldata(calls: &[Call]) -> Vec<u8> {
    executeCall { calls: calls.to_vec() }.abi_encode()
}

/// Has the Portal execute, sending `value`.
fn execute((chain, executor): &(Chain, Address), value: u64, calls: &[Call]) -> ArbResult {
    chain.transact(PORTAL, *executor, U256::from(value), &calldata(calls))
}

fn results(output: ArbResult) -> Vec<Bytes> {
    executeCall::abi_decode_returns_validate(&output.unwrap()).unwrap()
}

/// Answers with what it was sent: caller, value, calldata.
fn echo() -> Program {
    Rc::new(|chain, data| Ok((chain.msg_sender(), chain.msg_value(), data.to_vec()).abi_encode()))
}

#[test]
fn the_calls_are_made_in_order_with_data_and_value() {
    // given two targets
    let chain = executor();
    let other = Address::repeat_byte(0x7b);
    chain.0.set_program(TARGET, echo());
    chain.0.set_program(other, echo());
    // when the Portal has them called
    let output = execute(&chain, 7, &[call(TARGET, &[1, 2, 3, 4, 5], 3), call(other, &[], 4)]);
    // then each has seen the Executor, its value and its data, and what they answered is returned
    let (three, four) = (U256::from(3), U256::from(4));
    let expected = [
        (chain.1, three, vec![1u8, 2, 3, 4, 5]).abi_encode(),
        (chain.1, four, Vec::<u8>::new()).abi_encode(),
    ];
    assert_eq!(results(output), expected);
    let calls = chain.0.take_calls();
    assert_eq!(calls.iter().map(|call| call.to).collect::<Vec<_>>(), [TARGET, other]);
    assert!(calls.iter().all(|call| call.gas == u64::MAX), "all gas is passed on");
    assert_eq!((chain.0.balance(TARGET), chain.0.balance(other)), (three, four));
    assert_eq!(chain.0.balance(chain.1), U256::ZERO);
}

#[test]
fn a_route_without_calls_returns_an_empty_list() {
    assert_eq!(execute(&executor(), 0, &[]).unwrap(), Vec::<Bytes>::new().abi_encode());
}

#[test]
fn only_the_account_that_created_it_is_obeyed() {
    let (chain, executor) = executor();
    let data = calldata(&[call(TARGET, &[1], 0)]);
    // A contract may have created something at the same place of another nonce; that does not make it the Portal.
    for caller in [STRANGER, Address::ZERO, executor, create_address(PORTAL, 1)] {
        let refused = chain.transact(caller, executor, U256::ZERO, &data);
        assert_eq!(refused, Err(NonPortalCaller { caller }.abi_encode()));
    }
    assert_eq!(chain.take_calls(), []);
}

#[test]
fn the_portals_other_children_are_no_executors() {
    for nonce in [1, 3] {
        let chain = Chain::new(1, 1);
        let child = create_address(PORTAL, nonce);
        chain.set_program(child, Chain::contract::<Executor>());
        let refused = chain.transact(PORTAL, child, U256::ZERO, &calldata(&[]));
        assert_eq!(refused, Err(NonPortalCaller { caller: PORTAL }.abi_encode()));
    }
}

#[test]
fn calldata_for_an_account_without_code_is_refused() {
    // given a call that works, and one with data for nobody
    let chain = executor();
    chain.0.set_program(TARGET, echo());
    let output = execute(&chain, 3, &[call(TARGET, &[1], 3), call(CODELESS, &[1], 0)]);
    // then nothing has happened
    assert_eq!(output, Err(CallToEOA { target: CODELESS }.abi_encode()));
    assert_eq!(chain.0.balance(TARGET), U256::ZERO);
    assert_eq!(chain.0.balance(PORTAL), U256::from(100));
}

#[test]
fn value_for_an_account_without_code_is_paid() {
    let chain = executor();
    let output = execute(&chain, 5, &[call(CODELESS, &[], 2), call(Address::ZERO, &[], 3)]);
    assert_eq!(results(output), [Bytes::new(), Bytes::new()]);
    assert_eq!(chain.0.balance(CODELESS), U256::from(2));
    assert_eq!(chain.0.balance(Address::ZERO), U256::from(3));
}

#[test]
fn a_call_may_target_what_an_earlier_call_deployed() {
    // given a factory, and an account without code that was asked about before
    let chain = executor();
    chain.0.set_program(
        TARGET,
        Rc::new(|chain, _| {
            chain.set_program(CODELESS, echo());
            Ok(Vec::new())
        }),
    );
    // when the factory is called in between
    let output = execute(
        &chain,
        0,
        &[call(CODELESS, &[], 0), call(TARGET, &[1], 0), call(CODELESS, &[1], 0)],
    );
    // then the new code has answered
    assert_eq!(results(output)[2], (chain.1, U256::ZERO, vec![1u8]).abi_encode());
}

#[test]
fn a_failing_call_is_reported_with_its_reason_and_undoes_the_others() {
    let chain = executor();
    for reason in [vec![], vec![0xde], vec![0xad; 32], vec![0xbe; 100]] {
        // given a target that reverts
        chain.0.set_answer(TARGET, Err(reason.clone()));
        // when it is called after another call succeeded
        for data in [vec![1u8], vec![2; 32], vec![3; 68]] {
            let failing = call(TARGET, &data, 4);
            let output = execute(&chain, 6, &[call(CODELESS, &[], 2), failing.clone()]);
            // then the revert says which call failed and why
            let expected = CallFailed { call: failing, reason: reason.clone().into() };
            assert_eq!(output, Err(expected.abi_encode()));
        }
    }
    assert_eq!(chain.0.balance(CODELESS), U256::ZERO);
}

#[test]
fn a_call_with_more_value_than_there_is_fails() {
    let chain = executor();
    let unpayable = call(CODELESS, &[], 8);
    let output = execute(&chain, 7, std::slice::from_ref(&unpayable));
    assert_eq!(output, Err(CallFailed { call: unpayable, reason: Bytes::new() }.abi_encode()));
}

#[test]
fn what_a_route_leaves_the_next_may_spend() {
    let chain = executor();
    execute(&chain, 5, &[]).unwrap();
    assert_eq!(chain.0.balance(chain.1), U256::from(5));
    execute(&chain, 1, &[call(CODELESS, &[], 6)]).unwrap();
    assert_eq!((chain.0.balance(CODELESS), chain.0.balance(chain.1)), (U256::from(6), U256::ZERO));
}

#[test]
fn anyone_may_send_it_native() {
    let (chain, executor) = executor();
    chain.set_balance(STRANGER, U256::from(1));
    assert_eq!(chain.transact(STRANGER, executor, U256::from(1), &[]), Ok(Vec::new()));
    assert_eq!(chain.balance(executor), U256::from(1));
}

#[test]
fn it_may_be_entered_again_while_it_executes() {
    // given a Portal that has another route executed when it is called
    let chain = executor();
    let executor = chain.1;
    chain.0.set_program(TARGET, echo());
    let inner = calldata(&[call(TARGET, &[9], 0)]);
    chain.0.set_program(PORTAL, Rc::new(move |chain, _| chain.call(executor, U256::ZERO, &inner)));
    // when a route calls the Portal
    let output = execute(&chain, 0, &[call(PORTAL, &[1], 0), call(TARGET, &[8], 0)]);
    // then both routes have their results
    let answer = |data: u8| (executor, U256::ZERO, vec![data]).abi_encode();
    let inner_output = vec![Bytes::from(answer(9))].abi_encode();
    assert_eq!(results(output), [inner_output, answer(8)]);
}

#[test]
fn it_answers_every_selector_of_its_interface_and_no_other() {
    let (chain, executor) = executor();
    chain.run(executor, PORTAL, U256::ZERO, |chain| {
        let mut contract = Executor::from(chain);
        let mut route = |selector: [u8; 4]| {
            Executor::route(&mut contract, u32::from_be_bytes(selector), &[0; 512]).is_some()
        };
        assert!(IExecutorCalls::selectors().all(&mut route));
        assert!(![[0; 4], [0xff; 4], [0x55, 0x85, 0x25, 0x8d]].into_iter().any(route));
    });
}

#[test]
fn unknown_calls_revert_without_data() {
    let (chain, executor) = executor();
    for data in [&[1u8][..], &[1, 2, 3], &[0xde, 0xad, 0xbe, 0xef], &[0x55, 0x85, 0x25, 0x8d]] {
        assert_eq!(chain.transact(PORTAL, executor, U256::ZERO, data), Err(Vec::new()));
    }
}

prop_compose! {
    fn any_call()(target in any::<[u8; 20]>(), data in any::<Vec<u8>>(), value in any::<[u8; 32]>()) -> Call {
        Call { target: target.into(), data: data.into(), value: U256::from_be_bytes(value) }
    }
}

proptest! {
    #[test]
    fn results_are_encoded_as_alloy_encodes_them(
        results in prop::collection::vec(any::<Vec<u8>>(), 0..8),
    ) {
        let expected: Vec<Bytes> = results.iter().cloned().map(Bytes::from).collect();
        prop_assert_eq!(encode(&results), expected.abi_encode());
    }

    #[test]
    fn failures_are_encoded_as_alloy_encodes_them(call in any_call(), reason in any::<Vec<u8>>()) {
        let view = CallView { target: call.target, data: &call.data, value: call.value };
        let encoded = error::call_failed(&view, &reason).0;
        prop_assert_eq!(encoded, CallFailed { call, reason: reason.into() }.abi_encode());
    }

    #[test]
    fn a_call_cut_anywhere_reverts_without_data(
        calls in prop::collection::vec(any_call(), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let chain = executor();
        let whole = calldata(&calls);
        // The padding of the last call's data is not looked at, so cuts inside of it do not count.
        let padding = calls.last().unwrap().data.len().next_multiple_of(32) - calls.last().unwrap().data.len();
        let cut = whole.get(..1 + cut.index(whole.len() - padding - 1)).unwrap();
        prop_assert_eq!(chain.0.transact(PORTAL, chain.1, U256::ZERO, cut), Err(Vec::new()));
    }

    #[test]
    fn garbage_never_traps(garbage in any::<Vec<u8>>()) {
        let chain = executor();
        let data = [&executeCall::SELECTOR[..], &garbage].concat();
        prop_assert_eq!(chain.0.transact(PORTAL, chain.1, U256::ZERO, &data), Err(Vec::new()));
    }
}
