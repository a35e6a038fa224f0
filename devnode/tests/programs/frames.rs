//! Who a frame is, what it may do, what its calls get. Spec: stylus-vm.md §1.3, §5.5, §6.4, §6.6, §7.

use super::{
    Chain, chain, counter, forwarder, forwarder_by, module, priced, to, two_prices, who, word,
    write,
};
use crate::support::{ARB_WASM, Output};
use alloy::primitives::{Address, Bytes, U256, address, hex, keccak256};
use alloy::providers::Provider;
use alloy::rpc::types::TransactionRequest;
use serde_json::json;

/// In EVM: calls the address in the first 20 bytes with the rest and its own value; ends as the callee did.
const EVM_CALL: &[u8] =
    &hex!("6014360360145f375f5f601436035f345f3560601c5af13d5f5f3e6021573d5ffd5b3d5ff3");
/// The same by DELEGATECALL.
const EVM_DELEGATE: &[u8] =
    &hex!("6014360360145f375f5f601436035f5f3560601c5af43d5f5f3e6020573d5ffd5b3d5ff3");
/// The same by STATICCALL.
const EVM_STATIC: &[u8] =
    &hex!("6014360360145f375f5f601436035f5f3560601c5afa3d5f5f3e6020573d5ffd5b3d5ff3");
/// The same by CALLCODE.
const EVM_CALLCODE: &[u8] =
    &hex!("6014360360145f375f5f601436035f345f3560601c5af23d5f5f3e6021573d5ffd5b3d5ff3");
/// In EVM: returns sender, value and acting address.
const EVM_WHO: &[u8] = &hex!("335f52346020523060405260605ff300");

/// Sender, value and acting address, as `who` and `EVM_WHO` return them.
async fn seen(chain: &Chain, target: Address, data: Bytes, value: u64) -> (Address, U256, Address) {
    let tx = TransactionRequest::default()
        .from(devnode::DEV_ACCOUNT)
        .to(target)
        .value(U256::from(value))
        .input(data.into());
    let seen = chain.rpc.call(tx).await.unwrap();
    (
        Address::from_slice(&seen[12..32]),
        U256::from_be_slice(&seen[32..64]),
        Address::from_slice(&seen[76..96]),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn delegate_frames_keep_sender_and_value_from_either_machine_to_the_other() {
    let chain = chain().await;
    let (wasm_who, evm_who) = (chain.program(&who()).await, chain.deploy(EVM_WHO).await);
    let wasm = chain.program(&forwarder_by("delegate_call_contract")).await;
    let evm = chain.deploy(EVM_DELEGATE).await;
    for (delegator, callee, what) in [
        (evm, wasm_who, "EVM to WASM"),
        (wasm, evm_who, "WASM to EVM"),
        (wasm, wasm_who, "WASM to WASM"),
        (evm, evm_who, "EVM to EVM"),
    ] {
        let expected = (devnode::DEV_ACCOUNT, U256::from(77), delegator);
        assert_eq!(seen(&chain, delegator, to(callee, &[]), 77).await, expected, "{what}");
    }
    // Two delegations deep it is still the first frame that acts.
    let expected = (devnode::DEV_ACCOUNT, U256::from(5), evm);
    assert_eq!(seen(&chain, evm, to(wasm, evm_who.as_slice()), 5).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_call_a_program_runs_its_wasm() {
    let chain = chain().await;
    let who = chain.program(&who()).await;
    let dev = devnode::DEV_ACCOUNT;
    let call = chain.deploy(EVM_CALL).await;
    let by_static = chain.deploy(EVM_STATIC).await;
    let by_code = chain.deploy(EVM_CALLCODE).await;
    assert_eq!(seen(&chain, who, Bytes::new(), 3).await, (dev, U256::from(3), who));
    assert_eq!(seen(&chain, call, to(who, &[]), 3).await, (call, U256::from(3), who));
    assert_eq!(seen(&chain, by_static, to(who, &[]), 3).await, (by_static, U256::ZERO, who));
    // CALLCODE: the caller acts, and calls itself with the value it names
    assert_eq!(seen(&chain, by_code, to(who, &[]), 3).await, (by_code, U256::from(3), by_code));
}

/// Returns the flag; with 20 bytes or more of arguments, calls the address in the first 20 with the rest first.
fn flag() -> String {
    module(
        &["read_args", "write_result", "call_contract", "read_return_data", "msg_reentrant"],
        "(i32.store8 (i32.const 16415) (call $msg_reentrant))
         (call $read_args (i32.const 0))
         (local.set $n (i32.const 32))
         (if (i32.ge_u (local.get $len) (i32.const 20)) (then
           (drop (call $call_contract (i32.const 0) (i32.const 20) (i32.sub (local.get $len) (i32.const 20))
                  (i32.const 8192) (i64.const -1) (i32.const 8300)))
           (local.set $n (i32.load (i32.const 8300)))
           (drop (call $read_return_data (i32.const 16384) (i32.const 0) (local.get $n)))))
         (call $write_result (i32.const 16384) (local.get $n)) (i32.const 0)",
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn reentrant_counts_static_and_creating_frames_and_no_delegate_frames() {
    let chain = chain().await;
    let flag = chain.program(&flag()).await;
    let evm_static = chain.deploy(EVM_STATIC).await;
    let evm_delegate = chain.deploy(EVM_DELEGATE).await;
    let evm = chain.deploy(EVM_CALL).await;
    let wasm_delegate = chain.program(&forwarder_by("delegate_call_contract")).await;
    let by_static = chain.program(&forwarder_by("static_call_contract")).await;
    let cases: Vec<(&str, Address, Vec<u8>, u64)> = vec![
        ("by STATICCALL of EVM", evm_static, to(flag, &[]).to_vec(), 0),
        ("back through a static frame", flag, to(by_static, flag.as_slice()).to_vec(), 1),
        ("back through EVM", flag, to(evm, flag.as_slice()).to_vec(), 1),
        // the delegate frame acts for its caller, whose own frame is the only one
        ("in a delegate frame", evm_delegate, to(flag, &[]).to_vec(), 0),
        // the callee's code runs for the delegator, and calls the program itself: one frame of the program
        ("called by a delegate frame", evm_delegate, to(evm, flag.as_slice()).to_vec(), 0),
        // flag → delegator → (delegate: evm) → flag: two frames of the program
        (
            "back through a delegate frame",
            flag,
            to(wasm_delegate, &to(evm, flag.as_slice())).to_vec(),
            1,
        ),
    ];
    for (what, target, data, expected) in cases {
        assert_eq!(chain.call(target, data).await.unwrap(), word(expected), "{what}");
    }
    // Code that runs for the delegator and calls the delegator back: two frames of it, whatever code they run.
    let back = to(evm, &to(evm_delegate, &to(flag, &[])));
    assert_eq!(chain.call(evm_delegate, back).await.unwrap(), word(1), "the delegator, twice");
    // Init code is a frame of the account it creates: it delegates to the program, which sees no other one.
    let mut init = hex!("5f5f5f5f73").to_vec();
    init.extend(flag.as_slice());
    // delegatecall(gas, flag, 0, 0, 0, 0), then return its data as code
    init.extend(hex!("5af4503d5f5f3e3d5ff3"));
    // create with the calldata as init code; return the first word of what was deployed
    let creator = chain.deploy(&hex!("365f5f37365f5ff060205f5f833c60205ff3")).await;
    assert_eq!(chain.call(creator, init).await.unwrap(), word(0), "init code");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_changed_in_a_static_frame() {
    let chain = chain().await;
    let by_static = chain.program(&forwarder_by("static_call_contract")).await;
    let evm_static = chain.deploy(EVM_STATIC).await;
    let create = "(call $create1 (i32.const 0) (i32.const 0) (i32.const 64) (i32.const 128) (i32.const 160)) (i32.const 0)";
    let changes = [
        (
            "a log",
            "emit_log",
            "(call $emit_log (i32.const 0) (i32.const 0) (i32.const 0)) (i32.const 0)",
        ),
        (
            "transient storage",
            "transient_store_bytes32",
            "(call $transient_store_bytes32 (i32.const 0) (i32.const 32)) (i32.const 0)",
        ),
        ("a creation", "create1", create),
    ];
    for (what, host, body) in changes {
        let program = chain.program(&module(&[host], body)).await;
        assert!(chain.call(program, vec![]).await.is_ok(), "{what} in an ordinary call");
        for caller in [by_static, evm_static] {
            let error = chain.call(caller, to(program, &[])).await.unwrap_err();
            assert!(error.contains("execution reverted"), "{what}: {error}");
            assert!(error.contains("data: \"0x\""), "a revert without data, {what}: {error}");
        }
    }
    // EVM code below a program's static call may not write either, and loses its gas.
    let writer = chain.deploy(&hex!("60015f5500")).await;
    assert!(chain.call(by_static, to(writer, &[])).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_call_in_a_static_frame_gives_2_and_the_program_goes_on() {
    let chain = chain().await;
    // pays 1 wei to 0xbeef; returns the status, whatever it is
    let payer = chain
        .program(&module(
            &["call_contract", "write_result"],
            "(i32.store16 (i32.const 18) (i32.const 0xefbe))
             (i32.store8 (i32.const 63) (i32.const 1))
             (i32.store8 (i32.const 127) (call $call_contract
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 32) (i64.const -1) (i32.const 128)))
             (call $write_result (i32.const 96) (i32.const 32)) (i32.const 0)",
        ))
        .await;
    let by_static = chain.program(&forwarder_by("static_call_contract")).await;
    assert_eq!(chain.call(by_static, to(payer, &[])).await.unwrap(), word(2));
    // Without the balance it is 2 as well; with it, 0.
    assert_eq!(chain.call(payer, vec![]).await.unwrap(), word(2));
    chain.request("anvil_setBalance", json!([payer, "0x1"])).await.unwrap();
    assert_eq!(chain.call(payer, vec![]).await.unwrap(), word(0));
}

/// In EVM: returns the gas that is left after the first operator, which takes 2.
const EVM_GAS: &[u8] = &hex!("5a5f5260205ff300");

/// Calls the address in the arguments with `gas` and `value` wei and returns the ink before and what came back.
fn asks_gas(gas: &str, value: u8) -> String {
    module(
        &["read_args", "write_result", "call_contract", "read_return_data", "evm_ink_left"],
        &format!(
            "(call $read_args (i32.const 0)) (i32.store8 (i32.const 95) (i32.const {value}))
             (i64.store (i32.const 128) (call $evm_ink_left))
             (drop (call $call_contract (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 64) (i64.const {gas}) (i32.const 192)))
             (drop (call $read_return_data (i32.const 136) (i32.const 0) (i32.const 32)))
             (call $write_result (i32.const 128) (i32.const 40)) (i32.const 0)"
        ),
    )
}

/// The ink before the call and the gas that its callee found.
fn ink_and_gas(answer: &Output) -> (u64, u64) {
    let ink = u64::from_le_bytes(answer[..8].try_into().unwrap());
    (ink, U256::from_be_slice(&answer[8..40]).to::<u64>() + 2)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_hands_on_63_of_64_parts_at_most() {
    let chain = chain().await;
    let callee = chain.deploy(EVM_GAS).await;
    let program = chain.program(&asks_gas("-1", 0)).await;
    let (ink, gas) = ink_and_gas(&chain.call(program, callee.to_vec()).await.unwrap());
    // store 950, six constants, call 3,800, header 2,450; then 83,193 + 2·read(0); a cold account 2,600
    let left = (ink - (950 + 6 + 3_800 + 2_450) - (83_193 + 2 * 16_381)) / 10_000 - 2_600;
    assert_eq!(gas, left * 63 / 64);
    // What is asked for counts when it is less.
    let program = chain.program(&asks_gas("5000", 0)).await;
    assert_eq!(ink_and_gas(&chain.call(program, callee.to_vec()).await.unwrap()).1, 5_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_with_value_adds_a_stipend_of_2300_gas() {
    let chain = chain().await;
    let callee = chain.deploy(EVM_GAS).await;
    let program = chain.program(&asks_gas("1000", 1)).await;
    chain.request("anvil_setBalance", json!([program, "0x1"])).await.unwrap();
    assert_eq!(ink_and_gas(&chain.call(program, callee.to_vec()).await.unwrap()).1, 1_000 + 2_300);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_with_value_costs_9000_gas_and_what_its_callee_takes_of_the_stipend() {
    let chain = chain().await;
    let pay = |value: u8| {
        format!(
            "(i32.store8 (i32.const 95) (i32.const {value}))
             (drop (call $call_contract (i32.const 0) (i32.const 32) (i32.const 0) (i32.const 64) (i64.const 0) (i32.const 128)))"
        )
    };
    let (paid, free) = (
        chain.program(&priced(&["call_contract"], &pay(1))).await,
        chain.program(&priced(&["call_contract"], &pay(0))).await,
    );
    chain.request("anvil_setBalance", json!([paid, "0x2"])).await.unwrap();
    // stops at once; takes 3 (JUMPDEST) first
    for (code, taken) in [(&hex!("00")[..], 0), (&hex!("5b5b5b00")[..], 3)] {
        let callee = chain.deploy(code).await;
        let (_, with_value) = two_prices(&chain.call(paid, callee.to_vec()).await.unwrap());
        // without value it gets no gas, so it fails at the first operator that takes any: nothing to take
        let (_, without) = two_prices(&chain.call(free, callee.to_vec()).await.unwrap());
        // Unlike in the EVM, what is left of the stipend is no discount: 9,000, not 9,000 - 2,300.
        assert_eq!(with_value - without, (9_000 + taken) * 10_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_base_cost_is_too_dear_takes_all_gas_and_gives_2() {
    let chain = chain().await;
    // calls a cold account; succeeds exactly if that gave 2
    let wat = "(module (import \"vm_hooks\" \"call_contract\" (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
        (memory (export \"memory\") 1 1)
        (func (export \"user_entrypoint\") (param i32) (result i32)
          i32.const 0 i32.const 0 i32.const 0 i32.const 32 i64.const 0 i32.const 64 call $call i32.const 2 i32.ne))";
    let program = chain.program(wat).await;
    let init: [u64; 2] = init_gas(&chain, program).await;
    // the call's block 6,256 and its ink 115,955 make 12.2211 gas; 1,000 are left of which a cold account wants 2,600;
    // what remains is less than one gas but pays the last block: const 1, ne 170, end 1, 2,450
    let limit = 21_000 + init[0] + 13 + 1_000;
    let receipt = chain.send_anyway(TransactionRequest::default().to(program), limit).await;
    assert!(receipt.status());
    assert_eq!(receipt.gas_used, limit);
    // With enough gas the call succeeds.
    assert!(
        !chain.send_anyway(TransactionRequest::default().to(program), limit + 2_000).await.status()
    );
}

/// Gas of an uncached and of a cached start, as the chain says (stylus-vm.md 5.3).
pub(super) async fn init_gas(chain: &Chain, program: Address) -> [u64; 2] {
    let selector = &keccak256("programInitGas(address)")[..4];
    let data = [selector, program.into_word().as_slice()].concat();
    let answer = chain.call(ARB_WASM, data).await.unwrap();
    [0, 32].map(|at| U256::from_be_slice(&answer[at..at + 32]).to())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_parents_cache_does_not_see_what_a_reentrant_child_writes() {
    let chain = chain().await;
    // With arguments: writes 7 into slot 0 and flushes. Without: reads slot 0 (0), calls itself with an argument, reads
    // again; flushes and clears, reads a third time. Returns the last bytes of the second and the third reading.
    let program = chain
        .program(&module(
            &["contract_address", "call_contract", "storage_load_bytes32", "storage_cache_bytes32", "storage_flush_cache", "write_result"],
            "(if (local.get $len) (then
                (i32.store8 (i32.const 95) (i32.const 7))
                (call $storage_cache_bytes32 (i32.const 0) (i32.const 64))
                (call $storage_flush_cache (i32.const 0)) (return (i32.const 0))))
             (call $storage_load_bytes32 (i32.const 0) (i32.const 128))
             (call $contract_address (i32.const 256))
             (drop (call $call_contract (i32.const 256) (i32.const 0) (i32.const 1) (i32.const 0) (i64.const -1) (i32.const 300)))
             (call $storage_load_bytes32 (i32.const 0) (i32.const 128))
             (call $storage_flush_cache (i32.const 1))
             (call $storage_load_bytes32 (i32.const 0) (i32.const 160))
             (i32.store8 (i32.const 512) (i32.load8_u (i32.const 159)))
             (i32.store8 (i32.const 513) (i32.load8_u (i32.const 191)))
             (call $write_result (i32.const 512) (i32.const 2)) (i32.const 0)",
        ))
        .await;
    assert_eq!(chain.call(program, vec![]).await.unwrap(), [0, 7]);
}

#[tokio::test(flavor = "multi_thread")]
async fn transient_storage_lives_as_long_as_the_transaction_and_is_undone_by_a_revert() {
    let chain = chain().await;
    // one byte of argument: 0 reads, 1 writes 9, 2 writes 9 and reverts
    let keeper = module(
        &["read_args", "write_result", "transient_load_bytes32", "transient_store_bytes32"],
        "(call $read_args (i32.const 200)) (local.set $n (i32.load8_u (i32.const 200)))
         (if (local.get $n) (then (i32.store8 (i32.const 63) (i32.const 9))
            (call $transient_store_bytes32 (i32.const 0) (i32.const 32)) (return (i32.eq (local.get $n) (i32.const 2)))))
         (call $transient_load_bytes32 (i32.const 0) (i32.const 64)) (call $write_result (i32.const 64) (i32.const 32)) (i32.const 0)",
    );
    let keeper = chain.program(&keeper).await;
    // calls the address with the byte after it, then with 0, and returns what that gave
    let twice = module(
        &["read_args", "write_result", "call_contract", "read_return_data"],
        "(call $read_args (i32.const 0))
         (drop (call $call_contract (i32.const 0) (i32.const 20) (i32.const 1) (i32.const 64) (i64.const -1) (i32.const 128)))
         (drop (call $call_contract (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 64) (i64.const -1) (i32.const 128)))
         (drop (call $read_return_data (i32.const 256) (i32.const 0) (i32.const 32)))
         (call $write_result (i32.const 256) (i32.const 32)) (i32.const 0)",
    );
    let twice = chain.program(&twice).await;
    assert_eq!(chain.call(twice, to(keeper, &[1])).await.unwrap(), word(9));
    assert_eq!(chain.call(twice, to(keeper, &[2])).await.unwrap(), word(0));
    assert!(write(&chain, keeper, vec![1]).await);
    assert_eq!(chain.call(keeper, vec![0]).await.unwrap(), word(0));
    // In a delegate frame the slot is the delegator's.
    let delegator = chain.program(&forwarder_by("delegate_call_contract")).await;
    assert_eq!(chain.call(delegator, to(twice, &to(keeper, &[1]))).await.unwrap(), word(9));
}

#[tokio::test(flavor = "multi_thread")]
async fn selfdestruct_for_a_program_costs_what_it_costs_anyone_and_reverts() {
    let chain = chain().await;
    let call = "(drop (call $delegate_call_contract (i32.const 0) (i32.const 32) (i32.const 0) (i64.const 100000) (i32.const 128)))";
    let program = chain.program(&priced(&["delegate_call_contract"], call)).await;
    // the same delegate call to a contract that reverts: 5f5ffd costs 2 + 2
    let reverter = chain.deploy(&hex!("5f5ffd")).await;
    let base = two_prices(&chain.call(program, reverter.to_vec()).await.unwrap());
    // selfdestruct(0xbeef): PUSH2 3, 5,000, a cold account 2,600, each time: the revert makes it cold again
    let destroyer = chain.deploy(&hex!("61beefff")).await;
    let prices = two_prices(&chain.call(program, destroyer.to_vec()).await.unwrap());
    assert_eq!(prices.0 - base.0, (3 + 5_000 + 2_600 - 4) * 10_000);
    assert_eq!(prices.1 - base.1, (3 + 5_000 + 2_600 - 4) * 10_000);
    // a warm one costs nothing more: the program itself, by ADDRESS
    let inward = chain.deploy(&hex!("30ff")).await;
    let prices = two_prices(&chain.call(program, inward.to_vec()).await.unwrap());
    assert_eq!(prices.1 - base.1, (2 + 5_000 - 4) * 10_000);
    // With a balance to move to an account that does not exist, 25,000 more each time.
    chain.request("anvil_setBalance", json!([program, "0x1"])).await.unwrap();
    let prices = two_prices(&chain.call(program, destroyer.to_vec()).await.unwrap());
    assert_eq!(prices.1 - base.1, (3 + 5_000 + 2_600 + 25_000 - 4) * 10_000);
    // In a static frame it is a write, and takes all gas, before anyone looks at the code.
    let call = "(drop (call $static_call_contract (i32.const 0) (i32.const 32) (i32.const 20) (i64.const 100000) (i32.const 128)))";
    let program = chain.program(&priced(&["static_call_contract"], call)).await;
    let delegator = chain.program(&forwarder_by("delegate_call_contract")).await;
    let data = [&delegator.into_word()[12..], &[0; 12], destroyer.as_slice()].concat();
    let (_, price) = two_prices(&chain.call(program, data).await.unwrap());
    // the inner frame gets 63/64 of what the delegator has left, and loses it: more than half of 100,000 in any case
    assert!(price > 50_000 * 10_000, "{price}");
}

#[tokio::test(flavor = "multi_thread")]
async fn code_and_hash_of_a_program_are_what_was_deployed() {
    let chain = chain().await;
    let program = chain.program(&counter()).await;
    let code = super::program_code(&counter());
    // EVM: EXTCODESIZE, EXTCODEHASH
    let size = chain.deploy(&hex!("5f3560601c3b5f5260205ff3")).await;
    let hash = chain.deploy(&hex!("5f3560601c3f5f5260205ff3")).await;
    assert_eq!(chain.call(size, program.to_vec()).await.unwrap(), word(code.len() as u64));
    assert_eq!(chain.call(hash, program.to_vec()).await.unwrap(), keccak256(&code));
    // Programs: the hash of nothing there, of an account without code, of code.
    let wasm_hash = chain
        .program(&module(
            &["read_args", "account_codehash", "write_result"],
            "(call $read_args (i32.const 0)) (call $account_codehash (i32.const 0) (i32.const 32))
             (call $write_result (i32.const 32) (i32.const 32)) (i32.const 0)",
        ))
        .await;
    let nobody = address!("00000000000000000000000000000000000bEEF9");
    for (account, expected) in [
        (nobody, U256::ZERO.into()),
        (devnode::DEV_ACCOUNT, keccak256([])),
        (program, keccak256(&code)),
    ] {
        assert_eq!(chain.call(wasm_hash, account.to_vec()).await.unwrap(), expected, "{account}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_delegates_to_a_program_runs_its_wasm() {
    let chain = chain().await;
    let who = chain.program(&who()).await;
    // EIP-7702: EF 01 00 and the address
    let account = address!("00000000000000000000000000000000000bEEF7");
    let designator = [&hex!("ef0100")[..], who.as_slice()].concat();
    chain.request("anvil_setCode", json!([account, Bytes::from(designator)])).await.unwrap();
    let dev = devnode::DEV_ACCOUNT;
    assert_eq!(seen(&chain, account, Bytes::new(), 4).await, (dev, U256::from(4), account));
    let by_program = chain.program(&forwarder()).await;
    assert_eq!(
        seen(&chain, by_program, to(account, &[]), 4).await,
        (by_program, U256::from(4), account)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_a_price_has_no_base_fee_and_the_price_includes_the_tip() {
    let chain = chain().await;
    let program = chain
        .program(&module(
            &["block_basefee", "tx_gas_price", "write_result"],
            "(call $block_basefee (i32.const 0)) (call $tx_gas_price (i32.const 32))
             (call $write_result (i32.const 0) (i32.const 64)) (i32.const 0)",
        ))
        .await;
    let answer = |tx: TransactionRequest| {
        chain.rpc.call(tx.from(devnode::DEV_ACCOUNT).to(program).gas_limit(1_000_000))
    };
    let seen = answer(TransactionRequest::default()).await.unwrap();
    assert_eq!(seen.as_ref(), [word(0), word(0)].concat());
    // min(7 + 100,000,000, 200,000,000), while GASPRICE (EVM) drops the tip
    let priced =
        TransactionRequest::default().max_fee_per_gas(200_000_000).max_priority_fee_per_gas(7);
    let seen = answer(priced.clone()).await.unwrap();
    assert_eq!(seen.as_ref(), [word(100_000_000), word(100_000_007)].concat());
    let evm = chain.deploy(&hex!("3a5f5260205ff3")).await;
    let seen = chain
        .rpc
        .call(priced.from(devnode::DEV_ACCOUNT).to(evm).gas_limit(1_000_000))
        .await
        .unwrap();
    assert_eq!(seen.as_ref(), word(100_000_000));
}
