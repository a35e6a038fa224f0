//! When blocks are charged, and what happens when they cannot be. Spec: stylus-vm.md §3.1, §3.2, §3.3.

use super::vm::{CALL, EMPTY, HEADER, Vm, body, module};
use devnode::stylus::Outcome;

#[test]
fn the_shortest_program_costs_one_block() {
    assert_eq!(Vm::new().run(&body("")).ink(), EMPTY);
}

#[test]
fn ink_that_just_suffices_is_used_up() {
    let run = Vm::new().with_ink(EMPTY).run(&body(""));
    assert_eq!((run.ink(), run.left), (EMPTY, 0));
}

#[test]
fn one_ink_too_little_ends_the_program() {
    let run = Vm::new().with_ink(EMPTY - 1).run(&body(""));
    assert_eq!((run.outcome, run.left), (Outcome::OutOfInk, 0));
}

#[test]
fn no_ink_at_all_ends_the_program() {
    assert_eq!(Vm::new().with_ink(0).run(&body("")).outcome, Outcome::OutOfInk);
}

#[test]
fn all_the_ink_there_can_be_is_no_negative_number() {
    let run = Vm::new().with_ink(u64::MAX).run(&body(""));
    assert_eq!(run.left, u64::MAX - EMPTY);
}

#[test]
fn dead_code_is_charged_with_its_block() {
    // `unreachable` closes no block: 1 + nops 3 + const 1 + end 1
    let run = Vm::new().run(&body("unreachable nop nop nop"));
    assert_eq!(run.used, HEADER + 6);
}

#[test]
fn code_after_a_return_is_not_charged() {
    // the block ends with `return`: const 1, return 1
    assert_eq!(Vm::new().run(&body("i32.const 0 return nop nop nop")).ink(), HEADER + 2);
}

#[test]
fn a_block_is_charged_whole_before_its_first_operator() {
    // store 2 + 825 and an early trap in one block: the store's price is gone, its effect never happened, and the ink
    // of the block is not returned
    let run = Vm::new().run(&body("unreachable i32.const 0 i32.const 0 i32.store"));
    assert_eq!(run.used, EMPTY + 1 + 2 + 825);
}

#[test]
fn every_turn_of_a_loop_pays_its_block() {
    // i32.const 5, local.set 210, loop 1, header
    let before = 1 + 210 + 1 + HEADER;
    // a turn: local.get 75, const 1, sub 70, tee 75, br_if 765, header
    let turn = 75 + 1 + 70 + 75 + 765 + HEADER;
    // after: end 1, header; then const 0, end, header (EMPTY)
    let wat = body(
        "i32.const 5 local.set 0 loop local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0 end",
    );
    assert_eq!(Vm::new().run(&wat).ink(), before + 5 * turn + (1 + HEADER) + EMPTY);
}

#[test]
fn an_endless_loop_runs_out_of_ink() {
    let run = Vm::new().with_ink(10_000_000).run(&body("loop br 0 end"));
    assert_eq!((run.outcome, run.left), (Outcome::OutOfInk, 0));
}

#[test]
fn out_of_ink_in_a_callee_ends_the_whole_program() {
    let wat = module("(func $f loop br 0 end)", "call $f");
    assert_eq!(Vm::new().with_ink(1_000_000).run(&wat).outcome, Outcome::OutOfInk);
}

#[test]
fn a_block_with_a_float_can_never_be_entered() {
    // the price is 2^64 - 1, one more than any frame can have
    let run = Vm::new().with_ink(u64::MAX - 1).run(&body("f32.const 1 drop"));
    assert_eq!(run.outcome, Outcome::OutOfInk);
}

#[test]
fn a_float_that_is_not_reached_costs_nothing() {
    // const 1, if 765, header
    let wat = body("i32.const 0 if f64.const 1 drop end");
    assert_eq!(Vm::new().with_ink(u64::MAX).run(&wat).ink(), EMPTY + 1 + 765 + HEADER);
}

#[test]
fn loads_stores_and_reinterpretations_of_floats_are_unaffordable_too() {
    for code in [
        "i32.const 0 f32.load drop",
        "i32.const 0 f64.load drop",
        "i32.const 0 i32.const 0 f32.reinterpret_i32 f32.store",
        "i64.const 0 f64.reinterpret_i64 i64.reinterpret_f64 drop",
    ] {
        assert_eq!(
            Vm::new().with_ink(u64::MAX - 1).run(&body(code)).outcome,
            Outcome::OutOfInk,
            "{code}"
        );
    }
}

#[test]
fn a_table_branch_counts_targets_not_blocks() {
    // block 1, block 1, const 1, br_table 2,400 + 325·1, header; inner end skipped by target 1: outer end 1 is in the
    // block after the inner one: end 1, header (skipped as well), then the empty program's block
    let wat = body("block block i32.const 0 br_table 1 0 end end");
    assert_eq!(Vm::new().run(&wat).ink(), 1 + 1 + 1 + 2_725 + HEADER + EMPTY);
}

#[test]
fn nested_calls_each_pay() {
    // $a: call, header, end 1, header; $b: end 1, header
    let wat = module("(func $b) (func $a call $b)", "call $a");
    assert_eq!(Vm::new().run(&wat).ink(), EMPTY + 2 * (CALL + HEADER) + 2 * (HEADER + 1));
}

#[test]
fn a_copy_pays_for_its_length_before_its_bounds_are_checked() {
    // 3 consts, 950; length 100,000 leads out of 65,536 bytes: a trap, after 10,000,000 ink
    let wat = body("i32.const 0 i32.const 0 i32.const 100000 memory.copy");
    let run = Vm::new().run(&wat);
    run.failure();
    assert_eq!(run.used, EMPTY + 3 + 950 + 10_000_000);
    let block = EMPTY + 3 + 950;
    let run = Vm::new().with_ink(block + 9_999_999).run(&wat);
    assert_eq!((run.outcome, run.left), (Outcome::OutOfInk, 0));
}

#[test]
fn a_fill_that_just_can_be_paid_succeeds() {
    let wat = body("i32.const 0 i32.const 1 i32.const 10 memory.fill");
    let price = EMPTY + 3 + 950 + 1_000;
    assert_eq!(Vm::new().with_ink(price).run(&wat).left, 0);
    assert_eq!(Vm::new().with_ink(price - 1).run(&wat).outcome, Outcome::OutOfInk);
}

#[test]
fn a_length_counts_unsigned() {
    // len = -1 = 4,294,967,295: 429,496,729,500 ink, then a trap
    let wat = body("i32.const 0 i32.const 0 i32.const -1 memory.fill");
    let run = Vm::new().run(&wat);
    run.failure();
    assert_eq!(run.used, EMPTY + 3 + 950 + 429_496_729_500);
}

#[test]
fn a_copy_copies_what_it_paid_for() {
    let wat = r#"(module (import "vm_hooks" "write_result" (func $out (param i32 i32)))
        (memory (export "memory") 1 1) (data (i32.const 0) "abcdef")
        (func (export "user_entrypoint") (param i32) (result i32)
            i32.const 8 i32.const 1 i32.const 3 memory.copy
            i32.const 8 i32.const 4 call $out i32.const 0))"#;
    assert_eq!(Vm::new().run(wat).output(), b"bcd\0");
}

#[test]
fn other_stylus_versions_have_the_same_prices() {
    for arbos in [30, 31, 40, 59, 60] {
        assert_eq!(
            Vm::at(arbos).run(&body("i64.const 1 i64.popcnt drop")).ink(),
            EMPTY + 6_010,
            "ArbOS {arbos}"
        );
    }
}
