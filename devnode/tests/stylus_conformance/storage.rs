//! The storage cache and its prices; transient storage. Spec: stylus-vm.md §6.2, §6.3.

use super::vm::{EMPTY, PRICE, Run, Vm, WITH_CALL};
use alloy_primitives::{B256, U256};
use devnode::stylus::Outcome;

const H: u64 = 8_400;
const P: u64 = 5_040;
const A: u64 = 59_673;
/// Ink of `storage_load_bytes32` and `storage_cache_bytes32` without gas.
const ACCESS: u64 = H + 2 * P;
/// Ink of a block that makes one call with two constants.
const TWO_ARGS: u64 = WITH_CALL - EMPTY + 2;
/// Ink of a block that makes one call with one constant.
const ONE_ARG: u64 = WITH_CALL - EMPTY + 1;

/// Memory: words 1, 2, 3 at 0, 32, 64. Word 0 at 96.
fn with(code: &str) -> String {
    format!(
        r#"(module
            (import "vm_hooks" "storage_load_bytes32" (func $load (param i32 i32)))
            (import "vm_hooks" "storage_cache_bytes32" (func $store (param i32 i32)))
            (import "vm_hooks" "storage_flush_cache" (func $flush (param i32)))
            (import "vm_hooks" "transient_load_bytes32" (func $tload (param i32 i32)))
            (import "vm_hooks" "transient_store_bytes32" (func $tstore (param i32 i32)))
            (import "vm_hooks" "write_result" (func $write (param i32 i32)))
            (memory (export "memory") 1 1)
            (data (i32.const 31) "\01") (data (i32.const 63) "\02") (data (i32.const 95) "\03")
            (func (export "user_entrypoint") (param i32) (result i32) {code} i32.const 0))"#
    )
}

fn run(vm: &mut Vm, code: &str) -> Run {
    vm.run(&with(code))
}

fn word(value: u64) -> B256 {
    U256::from(value).into()
}

/// Slot 1 into 200.
const LOAD: &str = "i32.const 0 i32.const 200 call $load ";
/// Slot 1 := 2.
const STORE: &str = "i32.const 0 i32.const 32 call $store ";
const FLUSH: &str = "i32.const 0 call $flush ";
const FLUSH_AND_CLEAR: &str = "i32.const 1 call $flush ";
const OUTPUT: &str = "i32.const 200 i32.const 32 call $write ";

#[test]
fn a_cold_slot_costs_2_105_gas() {
    // 2,100 + 5 (59,673 ink in whole gas); the first 32 reads are free of the counter
    assert_eq!(run(&mut Vm::new(), LOAD).ink(), TWO_ARGS + EMPTY + ACCESS + 2_105 * PRICE);
}

#[test]
fn a_slot_warmed_before_costs_105_gas() {
    let mut vm = Vm::new();
    vm.chain.warm_slots.insert(word(1));
    assert_eq!(run(&mut vm, LOAD).ink(), TWO_ARGS + EMPTY + ACCESS + 105 * PRICE);
}

#[test]
fn a_slot_read_twice_is_asked_for_once() {
    let ink = run(&mut Vm::new(), &LOAD.repeat(2)).ink();
    assert_eq!(ink, 2 * (TWO_ARGS + ACCESS) + EMPTY + 2_105 * PRICE);
}

#[test]
fn the_33rd_read_costs_2_gas_more() {
    let ink = run(&mut Vm::new(), &LOAD.repeat(33)).ink();
    assert_eq!(ink, 33 * (TWO_ARGS + ACCESS) + EMPTY + (2_105 + 2) * PRICE);
}

#[test]
fn the_129th_read_costs_10_gas_more() {
    // 96 reads at 2, one at 10
    let ink = run(&mut Vm::new(), &LOAD.repeat(129)).ink();
    assert_eq!(ink, 129 * (TWO_ARGS + ACCESS) + EMPTY + (2_105 + 192 + 10) * PRICE);
}

#[test]
fn before_arbos_32_a_miss_costs_59_673_gas_by_mistake() {
    // 2,100 + 59,673
    assert_eq!(run(&mut Vm::at(31), LOAD).ink(), TWO_ARGS + EMPTY + ACCESS + 61_773 * PRICE);
}

#[test]
fn a_load_needs_2_115_gas_even_on_a_hit() {
    // 2,100 + 10 + 5 must be there after the base ink
    let enough = TWO_ARGS + ACCESS + 2_115 * PRICE;
    let mut vm = Vm::new().with_ink(enough - 1);
    assert_eq!(run(&mut vm, LOAD).outcome, Outcome::OutOfInk);
    assert!(vm.chain.warm_slots.is_empty());
    assert!(matches!(run(&mut Vm::new().with_ink(enough), LOAD).outcome, Outcome::Success(_)));
}

#[test]
fn a_load_gives_what_the_state_holds() {
    let mut vm = Vm::new();
    vm.chain.slots.insert(word(1), word(77));
    assert_eq!(run(&mut vm, &[LOAD, OUTPUT].concat()).output(), word(77).as_slice());
}

#[test]
fn a_write_costs_ink_only() {
    assert_eq!(run(&mut Vm::new(), STORE).ink(), TWO_ARGS + EMPTY + ACCESS);
}

#[test]
fn the_9th_write_costs_7_gas_and_the_65th_10() {
    let ink = run(&mut Vm::new(), &STORE.repeat(9)).ink();
    assert_eq!(ink, 9 * (TWO_ARGS + ACCESS) + EMPTY + 7 * PRICE);
    let ink = run(&mut Vm::new(), &STORE.repeat(65)).ink();
    assert_eq!(ink, 65 * (TWO_ARGS + ACCESS) + EMPTY + (56 * 7 + 10) * PRICE);
}

#[test]
fn a_write_needs_2_310_gas() {
    let enough = TWO_ARGS + ACCESS + 2_310 * PRICE;
    assert_eq!(run(&mut Vm::new().with_ink(enough - 1), STORE).outcome, Outcome::OutOfInk);
    assert!(matches!(run(&mut Vm::new().with_ink(enough), STORE).outcome, Outcome::Success(_)));
}

#[test]
fn a_write_that_is_not_flushed_is_lost() {
    let mut vm = Vm::new();
    run(&mut vm, STORE).ink();
    assert!(vm.chain.slots.is_empty() && vm.chain.flushes.is_empty());
}

#[test]
fn a_write_is_read_back_before_it_is_flushed() {
    let mut vm = Vm::new();
    assert_eq!(run(&mut vm, &[STORE, LOAD, OUTPUT].concat()).output(), word(2).as_slice());
    // and without asking the state
    assert!(vm.chain.warm_slots.is_empty());
}

#[test]
fn a_flush_writes_and_costs_what_the_chain_says() {
    let mut vm = Vm::new();
    vm.chain.flush_cost = 22_100;
    let ink = run(&mut vm, &[STORE, FLUSH].concat()).ink();
    assert_eq!(ink, TWO_ARGS + ACCESS + ONE_ARG + EMPTY + H + A + 22_100 * PRICE);
    assert_eq!(vm.chain.slots[&word(1)], word(2));
}

#[test]
fn before_arbos_32_a_flush_is_not_charged() {
    let mut vm = Vm::at(31);
    vm.chain.flush_cost = 22_100;
    let ink = run(&mut vm, &[STORE, FLUSH].concat()).ink();
    assert_eq!(ink, TWO_ARGS + ACCESS + ONE_ARG + EMPTY + H + A);
    assert_eq!(vm.chain.slots[&word(1)], word(2));
}

#[test]
fn a_flush_of_nothing_costs_ink_only_even_in_a_static_call() {
    let mut vm = Vm::new();
    vm.env.is_static = true;
    vm.chain.flush_cost = 22_100;
    assert_eq!(run(&mut vm, FLUSH).ink(), ONE_ARG + EMPTY + H + A);
    assert!(vm.chain.flushes.is_empty());
}

#[test]
fn a_flush_needs_2_300_gas() {
    let enough = ONE_ARG + H + A + 2_300 * PRICE;
    assert_eq!(run(&mut Vm::new().with_ink(enough - 1), FLUSH).outcome, Outcome::OutOfInk);
    assert!(matches!(run(&mut Vm::new().with_ink(enough), FLUSH).outcome, Outcome::Success(_)));
}

#[test]
fn a_flush_may_spend_what_is_left_and_one_more_is_the_budget() {
    let mut vm = Vm::new().with_ink(1_000_000_000);
    run(&mut vm, &[STORE, FLUSH].concat()).ink();
    let left = 1_000_000_000 - (TWO_ARGS + ACCESS + ONE_ARG + H + A);
    assert_eq!(vm.chain.flushes[0].1, left / PRICE + 1);
}

#[test]
fn a_flush_that_cannot_be_paid_is_out_of_ink_from_arbos_50() {
    let mut vm = Vm::at(50);
    vm.chain.flush_cost = u64::MAX;
    assert_eq!(run(&mut vm, &[STORE, FLUSH].concat()).outcome, Outcome::OutOfInk);
}

#[test]
fn a_flush_that_cannot_be_paid_fails_the_frame_before_arbos_50() {
    let mut vm = Vm::at(40);
    vm.chain.flush_cost = u64::MAX;
    let run = run(&mut vm, &[STORE, FLUSH].concat());
    run.failure();
    // nothing but ink was bought
    assert_eq!(run.used, TWO_ARGS + ACCESS + ONE_ARG + H + A);
}

#[test]
fn writes_in_a_static_call_fail_the_frame_at_the_flush() {
    let mut vm = Vm::new();
    vm.env.is_static = true;
    run(&mut vm, STORE).ink();
    assert_eq!(
        run(&mut vm, &[STORE, FLUSH].concat()).failure(),
        "storage written in a static call"
    );
}

#[test]
fn a_value_written_back_is_not_flushed() {
    let mut vm = Vm::new();
    vm.chain.slots.insert(word(1), word(2));
    run(&mut vm, &[LOAD, STORE, FLUSH].concat()).ink();
    assert!(vm.chain.flushes.is_empty());
}

#[test]
fn a_write_of_an_unread_slot_is_flushed_even_if_it_changes_nothing() {
    let mut vm = Vm::new();
    vm.chain.slots.insert(word(1), word(2));
    run(&mut vm, &[STORE, FLUSH].concat()).ink();
    assert_eq!(vm.chain.flushes[0].0, [(word(1), word(2))]);
}

#[test]
fn a_flushed_write_is_not_flushed_again() {
    let mut vm = Vm::new();
    run(&mut vm, &[STORE, FLUSH, STORE, FLUSH].concat()).ink();
    assert_eq!(vm.chain.flushes.len(), 1);
}

#[test]
fn all_dirty_slots_go_in_one_flush() {
    let mut vm = Vm::new();
    run(&mut vm, &[STORE, "i32.const 32 i32.const 64 call $store ", FLUSH].concat()).ink();
    assert_eq!(vm.chain.flushes[0].0, [(word(1), word(2)), (word(2), word(3))]);
}

#[test]
fn a_kept_cache_answers_itself_and_a_cleared_one_asks_the_state() {
    let mut vm = Vm::new();
    let kept = run(&mut vm, &[LOAD, FLUSH, LOAD].concat()).ink();
    let mut vm = Vm::new();
    let cleared = run(&mut vm, &[LOAD, FLUSH_AND_CLEAR, LOAD].concat()).ink();
    // the second read of a cleared cache asks again: 100 warm + 5
    assert_eq!(cleared - kept, 105 * PRICE);
}

#[test]
fn clearing_does_not_reset_the_counters() {
    // 32 reads, clear, the 33rd is a miss: 100 + 5 + 2
    let code = [&LOAD.repeat(32), FLUSH_AND_CLEAR, LOAD].concat();
    let ink = run(&mut Vm::new(), &code).ink();
    assert_eq!(ink, 33 * (TWO_ARGS + ACCESS) + ONE_ARG + H + A + EMPTY + (2_105 + 107) * PRICE);
}

#[test]
fn transient_storage_costs_100_gas_a_time() {
    let ink = run(&mut Vm::new(), "i32.const 0 i32.const 200 call $tload").ink();
    assert_eq!(ink, TWO_ARGS + EMPTY + H + 2 * P + A + 100 * PRICE);
    let ink = run(&mut Vm::new(), "i32.const 0 i32.const 32 call $tstore").ink();
    assert_eq!(ink, TWO_ARGS + EMPTY + H + 2 * P + A + 100 * PRICE);
}

#[test]
fn transient_storage_needs_no_flush() {
    let mut vm = Vm::new();
    let code =
        ["i32.const 0 i32.const 32 call $tstore i32.const 0 i32.const 200 call $tload ", OUTPUT]
            .concat();
    assert_eq!(run(&mut vm, &code).output(), word(2).as_slice());
    assert!(vm.chain.slots.is_empty());
}

#[test]
fn a_transient_write_in_a_static_call_fails_the_frame() {
    let mut vm = Vm::new();
    vm.env.is_static = true;
    let run = run(&mut vm, "i32.const 0 i32.const 32 call $tstore");
    assert_eq!(run.failure(), "transient storage written in a static call");
    assert_eq!(run.used, TWO_ARGS + H + 2 * P + A + 100 * PRICE);
}

#[test]
fn storage_pointers_out_of_memory_fail_the_frame() {
    for call in
        ["i32.const 65505 i32.const 0 call $load", "i32.const 0 i32.const 65505 call $store"]
    {
        run(&mut Vm::new(), call).failure();
    }
}
