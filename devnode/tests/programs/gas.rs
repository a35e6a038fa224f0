//! What calls of programs cost whole: start, memory, storage, data returned, refunds. Spec: stylus-vm.md §3.6, §4, §5, §6.3.

use super::frames::init_gas;
use super::{Chain, chain, counter, module, priced, two_prices, word, write};
use crate::support::{ARB_OWNER, ARB_WASM, chain_with, program_code};
use alloy::primitives::{Address, B256, Bytes, address, hex, keccak256};
use alloy::providers::Provider;
use alloy::rpc::types::{TransactionReceipt, TransactionRequest};
use devnode::Config;
use serde_json::json;

/// 64 bytes, one page, one block: costs nothing but its start, and 2,452 ink, which is one gas.
const EMPTY: &str = "(module (memory (export \"memory\") 1 1)
    (func (export \"user_entrypoint\") (param i32) (result i32) (i32.const 0)))";
/// Gas of an uncached start of `EMPTY`: 69·128 + 18, and 11·32 + 11 (the estimates are worked out in
/// `stylus_conformance/activation.rs`).
const EMPTY_INIT: u64 = 8_832 + 18 + 352 + 11;
/// Gas of a cached start of it.
const EMPTY_CACHED: u64 = 352 + 11;

async fn send(chain: &Chain, to: Address, data: &[u8], gas: u64) -> TransactionReceipt {
    let data = Bytes::copy_from_slice(data);
    chain.send_anyway(TransactionRequest::default().to(to).input(data.into()), gas).await
}

/// Has the chain's cache manager pin a program.
async fn cache(chain: &Chain, program: Address) {
    let bid = [&hex!("e4940157")[..], program.into_word().as_slice()].concat();
    assert!(write(chain, devnode::CACHE_MANAGER, bid).await);
}

/// A setting of the chain's owner.
async fn set(chain: &Chain, signature: &str, value: u64) {
    let data = [&keccak256(signature)[..4], &word(value)].concat();
    assert!(write(chain, ARB_OWNER, data).await, "{signature}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_costs_its_start_and_its_ink_in_whole_gas() {
    let chain = chain().await;
    let program = chain.program(EMPTY).await;
    assert_eq!(init_gas(&chain, program).await, [EMPTY_INIT, EMPTY_CACHED]);
    // the fraction of a gas is lost: 2,452 ink cost 1
    assert_eq!(send(&chain, program, &[], 100_000).await.gas_used, 21_000 + EMPTY_INIT + 1);
    cache(&chain, program).await;
    assert_eq!(send(&chain, program, &[], 100_000).await.gas_used, 21_000 + EMPTY_CACHED + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_cannot_be_paid_burns_the_frame() {
    let chain = chain().await;
    let program = chain.program(EMPTY).await;
    let enough = 21_000 + EMPTY_INIT + 1;
    assert!(send(&chain, program, &[], enough).await.status());
    for limit in [enough - 1, enough - 2] {
        let receipt = send(&chain, program, &[], limit).await;
        assert!(!receipt.status());
        assert_eq!(receipt.gas_used, limit);
    }
}

/// A program that ends like this, started with 100,000 gas: the gas used, and whether it succeeded.
async fn ends(chain: &Chain, body: &str) -> (u64, bool, u64) {
    let program = chain.program(&module(&["write_result", "emit_log"], body)).await;
    let [init, _] = init_gas(chain, program).await;
    let receipt = send(chain, program, &[], 100_000).await;
    (receipt.gas_used, receipt.status(), 21_000 + init)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_keeps_the_remaining_gas_as_a_revert_does() {
    // Not "burns all gas": by §3.6 a trap is a revert without data that keeps what is left.
    let chain = chain().await;
    // one block each: 2,450 and at most 1,200 ink, so 1 gas
    for body in [
        "(unreachable)",
        "(drop (i32.div_u (i32.const 1) (i32.const 0))) (i32.const 0)",
        "(i32.const 1)",
    ] {
        let (used, succeeded, start) = ends(&chain, body).await;
        assert_eq!((used, succeeded), (start + 1, false), "{body}");
    }
    // A host function that fails: its block 6,253 and its ink 68,073 are 8 gas.
    let (used, succeeded, start) =
        ends(&chain, "(call $emit_log (i32.const 0) (i32.const 0) (i32.const 5)) (i32.const 0)")
            .await;
    assert_eq!((used, succeeded), (start + 8, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn running_out_of_ink_or_of_stack_leaves_nothing() {
    let chain = chain().await;
    let endless = ends(&chain, "(loop (br 0)) (i32.const 0)").await;
    assert_eq!((endless.0, endless.1), (100_000, false));
    let deep = "(module (memory (export \"memory\") 1 1) (func $f (call $f))
        (func (export \"user_entrypoint\") (param i32) (result i32) (call $f) (i32.const 0)))";
    let program = chain.program(deep).await;
    // 3,666 frames of $f take 22,000 words (§3.5) and less than 10,000 ink each
    let receipt = send(&chain, program, &[], 1_000_000).await;
    assert_eq!((receipt.gas_used, receipt.status()), (1_000_000, false));
    let error = chain.call(program, vec![]).await.unwrap_err();
    assert!(error.contains("max call depth exceeded"), "{error}");
}

/// Slot 0 of a program's record, which the chain keeps under `keccak(1 ‖ code hash)`.
async fn make_outdated(chain: &Chain, code: &[u8]) {
    let slot = keccak256([&[1], keccak256(code).as_slice()].concat());
    let state = address!("A4B05FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF");
    let record = chain.rpc.get_storage_at(state, slot.into()).await.unwrap();
    let mut record = B256::from(record);
    assert_eq!(record[..2], [0, 2], "a record of Stylus version 2");
    record[1] = 1;
    chain.request("anvil_setStorageAt", json!([state, slot, record])).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_run_burns_the_gas_of_its_frame_and_returns_nothing() {
    let chain = chain().await;
    // Calls with 50,000 gas; then returns the status, the length of what came back, and the prices of two such calls.
    let call = "(i32.store (i32.const 5000) (call $call_contract (i32.const 0) (i32.const 32) (i32.const 0) (i32.const 64) (i64.const 50000) (i32.const 128)))";
    let caller = chain.program(&priced(&["call_contract"], call)).await;
    let asker = chain
        .program(&module(
            &["read_args", "call_contract", "return_data_size", "write_result"],
            "(call $read_args (i32.const 0))
             (i32.store8 (i32.const 512) (call $call_contract (i32.const 0) (i32.const 32) (i32.const 0) (i32.const 64) (i64.const 50000) (i32.const 128)))
             (i32.store8 (i32.const 513) (call $return_data_size))
             (i32.store8 (i32.const 514) (i32.load8_u (i32.const 128)))
             (call $write_result (i32.const 512) (i32.const 3)) (i32.const 0)",
        ))
        .await;
    let active = chain.program(EMPTY).await;
    let inactive = chain.inactive_program(&counter()).await;
    let (_, works) = two_prices(&chain.call(caller, active.to_vec()).await.unwrap());
    let expect_burnt = async |program: Address, error: &str| {
        let (_, price) = two_prices(&chain.call(caller, program.to_vec()).await.unwrap());
        // all of the 50,000 instead of the start and one gas
        assert_eq!(price - works, (50_000 - EMPTY_INIT - 1) * 10_000, "{error}");
        assert_eq!(chain.call(asker, program.to_vec()).await.unwrap(), [2, 0, 0], "{error}");
        let receipt = send(&chain, program, &[], 90_000).await;
        assert_eq!((receipt.status(), receipt.gas_used), (false, 90_000), "{error}");
        let told = chain.call(program, vec![]).await.unwrap_err();
        assert!(told.contains("-32000") && told.contains(error), "{told}");
    };
    expect_burnt(inactive, "ProgramNotActivated()").await;
    // Outdated: made so by hand; the check comes before that of age.
    let outdated = chain.program(&module(&[], "(i32.const 0) (return)")).await;
    make_outdated(&chain, &program_code(&module(&[], "(i32.const 0) (return)"))).await;
    expect_burnt(outdated, "ProgramNeedsUpgrade(1, 2)").await;
    // Activating it again makes it run.
    assert!(chain.activate(outdated).await.status());
    assert!(chain.call(outdated, vec![]).await.is_ok());
    // Expired: a year later, but the callers are activated again.
    chain.request("evm_increaseTime", json!([366 * 86_400])).await.unwrap();
    chain.request("evm_mine", json!([])).await.unwrap();
    for program in [caller, asker] {
        assert!(chain.activate(program).await.status());
    }
    expect_burnt(active, "ProgramExpired(").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calling_a_program_twice_in_a_transaction_pays_its_start_twice() {
    let chain = chain().await;
    let call = "(drop (call $call_contract (i32.const 0) (i32.const 32) (i32.const 0) (i32.const 64) (i64.const -1) (i32.const 128)))";
    let caller = chain.program(&priced(&["call_contract"], call)).await;
    let callee = chain.program(EMPTY).await;
    // below ArbOS 60 the list of recent programs never hits: only the cold account makes a difference
    let (first, second) = two_prices(&chain.call(caller, callee.to_vec()).await.unwrap());
    assert_eq!(first - second, 2_500 * 10_000);
    cache(&chain, callee).await;
    let (_, cached) = two_prices(&chain.call(caller, callee.to_vec()).await.unwrap());
    assert_eq!(second - cached, (EMPTY_INIT - EMPTY_CACHED) * 10_000);
}

/// A program of so many pages that returns at once, with success or not.
fn of_pages(pages: u32, status: u32) -> String {
    format!(
        "(module (memory (export \"memory\") {pages} {pages})
           (func (export \"user_entrypoint\") (param i32) (result i32) (i32.const {status})))"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_opened_again_in_a_transaction_pay_the_linear_part_only() {
    let chain = chain().await;
    let call = "(drop (call $call_contract (i32.const 0) (i32.const 32) (i32.const 0) (i32.const 64) (i64.const -1) (i32.const 128)))";
    let caller = chain.program(&priced(&["call_contract"], call)).await;
    // The caller has one page open. 1 → 65: exp(65) - exp(1) = 6,461 - 1 the first time, then 65 were ever open: nothing.
    // A callee that reverts leaves `ever` raised all the same.
    for status in [0, 1] {
        let callee = chain.program(&of_pages(64, status)).await;
        let (first, second) = two_prices(&chain.call(caller, callee.to_vec()).await.unwrap());
        assert_eq!(first - second, (2_500 + 6_460) * 10_000, "status {status}");
        // against a callee of one page, which is free (2 open): (65 - 2)·1,000, and 5 gas of cachedInitGas a page
        let small = chain.program(&of_pages(1, status)).await;
        let (_, base) = two_prices(&chain.call(caller, small.to_vec()).await.unwrap());
        assert_eq!(second - base, (63_000 + 63 * 5) * 10_000, "status {status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_transaction_starts_with_no_page_open() {
    let chain = chain().await;
    let program = chain.program(&of_pages(20, 0)).await;
    let [init, _] = init_gas(&chain, program).await;
    // (20 - 2)·1,000 + exp(20) - exp(0) = 18,000 + 14 - 1, each time
    for _ in 0..2 {
        assert_eq!(send(&chain, program, &[], 100_000).await.gas_used, 21_000 + init + 18_013 + 1);
    }
}

/// Returns the whole of eight pages.
const LOUD: &str = "(module (import \"vm_hooks\" \"write_result\" (func $write (param i32 i32)))
    (memory (export \"memory\") 8 8)
    (func (export \"user_entrypoint\") (param i32) (result i32)
      (call $write (i32.const 0) (i32.const 524288)) (local.get 0)))";

#[tokio::test(flavor = "multi_thread")]
async fn returned_data_costs_what_evm_memory_would() {
    // 16,384 words: 3·16,384 + 16,384²/512 = 49,152 + 524,288, more than the program spends on anything
    let surcharge = 573_440;
    let loud = chain().await;
    let program = loud.program(LOUD).await;
    assert_eq!(send(&loud, program, &[], 1_000_000).await.gas_used, 21_000 + surcharge);
    // a revert with as much data (one byte of arguments is the status) pays the same; the byte is 16 gas
    let receipt = send(&loud, program, &[1], 1_000_000).await;
    assert_eq!((receipt.status(), receipt.gas_used), (false, 21_016 + surcharge));
    // with one gas less the frame is out of gas and returns nothing
    let receipt = send(&loud, program, &[], 21_000 + surcharge - 1).await;
    assert_eq!((receipt.status(), receipt.gas_used), (false, 21_000 + surcharge - 1));
    assert!(send(&loud, program, &[], 21_000 + surcharge).await.status());
    // ArbOS 30 has no surcharge: start, pages (8 - 2)·1,000 + exp(8) - exp(0) = 6,001; the block of the call
    // 2 + 3,800 + 2,450, 8,400 + 2·(16,381 + 55·524,256) and the block after it 75 + 1 + 2,450: 57,716,100 ink
    let quiet = chain_with(Config { arbos_version: 30, ..Config::default() }).await;
    let program = quiet.program(LOUD).await;
    let [init, _] = init_gas(&quiet, program).await;
    let ink = 6_252 + 8_400 + 2 * (16_381 + 55 * 524_256) + 2_526;
    let used = send(&quiet, program, &[], 1_000_000).await.gas_used;
    assert_eq!(used, 21_000 + init + 6_001 + u64::div_ceil(ink, 10_000));
}

/// One flush after another of slot 0 to the values in the arguments, one byte each.
fn flushes() -> String {
    module(
        &["read_args", "storage_cache_bytes32", "storage_flush_cache"],
        "(call $read_args (i32.const 256))
         (block (loop (br_if 1 (i32.ge_u (local.get $n) (local.get $len)))
           (i32.store8 (i32.const 63) (i32.load8_u (i32.add (i32.const 256) (local.get $n))))
           (call $storage_cache_bytes32 (i32.const 0) (i32.const 32))
           (call $storage_flush_cache (i32.const 1))
           (local.set $n (i32.add (local.get $n) (i32.const 1)))
           (br 0)))
         (i32.const 0)",
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn flushes_cost_and_refund_what_eip_2200_2929_and_3529_say() {
    let chain = chain().await;
    let program = chain.program(&flushes()).await;
    // original value, values flushed, their gas, their refund; the first flush of each row is to a cold slot
    let (cold, set, reset, same) = (2_100i64, 20_000, 2_900, 100);
    let rows: [(u8, &[u8], i64, i64); 11] = [
        (0, &[0], cold + same, 0),
        (0, &[1], cold + set, 0),
        (0, &[1, 2], cold + set + same, 0),
        (0, &[1, 0], cold + set + same, 19_900),
        (5, &[5], cold + same, 0),
        (5, &[6], cold + reset, 0),
        (5, &[0], cold + reset, 4_800),
        (5, &[6, 5], cold + reset + same, 2_800),
        // cleared 4,800; not cleared after all -4,800
        (5, &[0, 6], cold + reset + same, 0),
        // cleared, brought back: 4,800 - 4,800 + 2,800
        (5, &[0, 5], cold + reset + same, 2_800),
        (5, &[6, 0], cold + reset + same, 4_800),
    ];
    for (original, values, gas, refund) in rows {
        let measure = async |original: u8, values: &[u8]| -> i64 {
            let value = B256::with_last_byte(original);
            chain.request("anvil_setStorageAt", json!([program, B256::ZERO, value])).await.unwrap();
            let receipt = send(&chain, program, values, 1_000_000).await;
            assert!(receipt.status());
            let calldata: i64 = values.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum();
            receipt.gas_used as i64 - calldata
        };
        // against as many flushes of the value that is there: cold + 100, then 100 each
        let idle = vec![original; values.len()];
        let base = measure(original, &idle).await - (cold + same * values.len() as i64);
        let got = measure(original, values).await - base;
        // a refund is at most a fifth of the gas used; none of these reaches it but where the slot was made anew
        let peak = base + gas + values.iter().map(|b| if *b == 0 { 4 } else { 16 }).sum::<i64>();
        let refund = refund.min(peak / 5);
        assert_eq!(got, gas - refund, "{original} → {values:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refunds_give_back_a_fifth_at_most() {
    let chain = chain().await;
    let program = chain.program(&flushes()).await;
    let [init, _] = init_gas(&chain, program).await;
    chain
        .request("anvil_setStorageAt", json!([program, B256::ZERO, B256::with_last_byte(0)]))
        .await
        .unwrap();
    // 0 → 1 → 0 refunds 19,900, of which a fifth of the gas used before it is less
    let receipt = send(&chain, program, &[1, 0], 1_000_000).await;
    let used = receipt.gas_used;
    // used = peak - peak/5, so peak is within one of used·5/4
    let peak = used * 5 / 4;
    assert!(peak / 5 < 19_900, "the cap must bind: {peak}");
    // 21,000 + 20 for the bytes, the start, 22,100 + 100 for the slot, and some 40 gas of ink
    let fixed = 21_020 + init + 22_200;
    assert!((fixed..fixed + 100).contains(&peak), "{peak} for {fixed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_needs_the_sentry_and_a_flush_too() {
    let chain = chain().await;
    let program = chain.program(&flushes()).await;
    let [init, _] = init_gas(&chain, program).await;
    // 2,310 gas must be left when the slot is cached, whatever it costs: a write that changes nothing costs 2,200 and
    // still runs out of gas below that, taking all
    chain
        .request("anvil_setStorageAt", json!([program, B256::ZERO, B256::with_last_byte(1)]))
        .await
        .unwrap();
    let start = 21_016 + init;
    let receipt = send(&chain, program, &[1], start + 2_310).await;
    assert_eq!((receipt.status(), receipt.gas_used), (false, start + 2_310));
    assert!(send(&chain, program, &[1], start + 2_400).await.status());
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_the_owner_change_what_calls_cost() {
    let chain = chain().await;
    let program = chain.program(EMPTY).await;
    let used = async || send(&chain, program, &[], 1_000_000).await.gas_used - 21_000;
    // half of the init cost: ceil(18·50/100) = 9
    set(&chain, "setWasmInitCostScalar(uint64)", 50).await;
    assert_eq!(used().await, 8_832 + 9 + 352 + 11 + 1);
    set(&chain, "setWasmInitCostScalar(uint64)", 100).await;
    // no free page, a page for 7 gas: exp(1) - exp(0) = 0
    set(&chain, "setWasmFreePages(uint16)", 0).await;
    set(&chain, "setWasmPageGas(uint16)", 7).await;
    assert_eq!(used().await, EMPTY_INIT + 7 + 1);
    set(&chain, "setWasmFreePages(uint16)", 2).await;
    // 2,452 ink at 1,000 a gas are 3 gas
    set(&chain, "setInkPrice(uint32)", 1_000).await;
    assert_eq!(used().await, EMPTY_INIT + 3);
    set(&chain, "setInkPrice(uint32)", 10_000).await;
    // the shortest function takes 6 words and needs one more
    set(&chain, "setWasmMaxStackDepth(uint32)", 6).await;
    assert_eq!(used().await, 1_000_000 - 21_000);
    set(&chain, "setWasmMaxStackDepth(uint32)", 7).await;
    assert_eq!(used().await, EMPTY_INIT + 1);
    let stack = chain.call(ARB_WASM, keccak256("maxStackDepth()")[..4].to_vec()).await.unwrap();
    assert_eq!(stack, word(7));
}
