//! How programs end. Spec: stylus-vm.md §3.6, §7.

use super::vm::{CALL, EMPTY, HEADER, Vm, body};
use devnode::stylus::Outcome;

/// A module that can write its result and exit, with this whole body.
fn exiting(code: &str) -> String {
    format!(
        r#"(module
            (import "vm_hooks" "write_result" (func $write (param i32 i32)))
            (import "vm_hooks" "exit_early" (func $exit (param i32)))
            (memory (export "memory") 1 1) (data (i32.const 0) "output")
            (func $inner i32.const 3 call $exit)
            (func (export "user_entrypoint") (param i32) (result i32) {code}))"#
    )
}

#[test]
fn returning_0_is_success_with_the_output() {
    let run = Vm::new().run(&exiting("i32.const 0 i32.const 6 call $write i32.const 0"));
    assert_eq!(run.outcome, Outcome::Success(b"output".into()));
}

#[test]
fn returning_anything_else_is_a_revert_with_the_output() {
    for status in ["1", "2", "-1"] {
        let run = Vm::new()
            .run(&exiting(&format!("i32.const 0 i32.const 6 call $write i32.const {status}")));
        assert_eq!(run.outcome, Outcome::Revert(b"output".into()));
    }
}

#[test]
fn a_revert_keeps_the_ink() {
    let run = Vm::new().run(&exiting("i32.const 1"));
    assert_eq!((run.outcome, run.used), (Outcome::Revert(Default::default()), HEADER + 2));
}

#[test]
fn the_output_is_empty_unless_written() {
    assert_eq!(Vm::new().run(&exiting("i32.const 0")).output(), b"");
}

#[test]
fn the_last_output_counts() {
    let run = Vm::new().run(&exiting(
        "i32.const 0 i32.const 6 call $write i32.const 1 i32.const 2 call $write i32.const 0",
    ));
    assert_eq!(run.output(), b"ut");
}

#[test]
fn exit_early_stops_from_anywhere_and_costs_nothing_itself() {
    // entry: call, header; $inner: const 1, call, header; the rest is not run
    let run = Vm::new().run(&exiting("call $inner unreachable"));
    assert_eq!(run.outcome, Outcome::Revert(Default::default()));
    assert_eq!(run.used, CALL + HEADER + 1 + CALL + HEADER);
}

#[test]
fn exit_early_with_0_is_success_with_the_output() {
    let run = Vm::new()
        .run(&exiting("i32.const 0 i32.const 6 call $write i32.const 0 call $exit unreachable"));
    assert_eq!(run.outcome, Outcome::Success(b"output".into()));
}

#[test]
fn exit_early_with_anything_else_is_a_revert_with_the_output() {
    let run = Vm::new()
        .run(&exiting("i32.const 0 i32.const 6 call $write i32.const 9 call $exit unreachable"));
    assert_eq!(run.outcome, Outcome::Revert(b"output".into()));
}

#[test]
fn the_entry_point_gets_the_length_of_the_calldata() {
    let mut vm = Vm::new();
    vm.calldata = vec![7; 1_000];
    // 1,000 - 1,000 = 0: success
    vm.run(&exiting("local.get 0 i32.const 1000 i32.sub")).ink();
}

macro_rules! traps {
    ($($name:ident: $code:expr;)*) => {
        $(#[test] fn $name() {
            let run = Vm::new().run(&body($code));
            run.failure();
            // the block is paid, the rest is kept
            assert!(run.used < EMPTY + 10_000, "{run:?}");
        })*
    };
}

traps! {
    unreachable_reverts_without_data_and_keeps_the_ink: "unreachable";
    division_by_zero_reverts_without_data_and_keeps_the_ink: "i32.const 1 i32.const 0 i32.div_u drop";
    remainder_by_zero_reverts_without_data_and_keeps_the_ink: "i64.const 1 i64.const 0 i64.rem_s drop";
    signed_overflow_reverts_without_data_and_keeps_the_ink: "i32.const 0x80000000 i32.const -1 i32.div_s drop";
    a_load_out_of_memory_reverts_without_data_and_keeps_the_ink: "i32.const 65533 i32.load drop";
    a_store_out_of_memory_reverts_without_data_and_keeps_the_ink: "i32.const -1 i32.const 0 i32.store8";
    a_fill_out_of_memory_reverts_without_data_and_keeps_the_ink: "i32.const 65535 i32.const 0 i32.const 2 memory.fill";
}

#[test]
fn an_indirect_call_of_nothing_reverts_without_data_and_keeps_the_ink() {
    let wat = super::vm::module("(table 1 funcref)", "i32.const 0 call_indirect");
    Vm::new().run(&wat).failure();
    Vm::new().run(&wat.replace("i32.const 0 call_indirect", "i32.const 9 call_indirect")).failure();
}

#[test]
fn an_indirect_call_of_the_wrong_type_reverts_without_data_and_keeps_the_ink() {
    let wat = super::vm::module(
        "(table funcref (elem $f)) (func $f (param i32))",
        "i32.const 0 call_indirect",
    );
    Vm::new().run(&wat).failure();
}

#[test]
fn a_trap_drops_the_output_written_before() {
    let run = Vm::new().run(&exiting("i32.const 0 i32.const 6 call $write unreachable"));
    run.failure();
}

#[test]
fn a_host_call_with_a_pointer_out_of_memory_reverts_without_data_and_keeps_the_ink() {
    let run = Vm::new().run(&exiting("i32.const 65531 i32.const 6 call $write i32.const 0"));
    assert!(run.failure().contains("leads out of"), "{run:?}");
    // 2 consts, call, header; 8,400 + 2·16,381
    assert_eq!(run.used, 2 + CALL + HEADER + 8_400 + 32_762);
}

#[test]
fn a_host_call_that_cannot_be_paid_takes_all() {
    // one ink less than: 2 consts, call, header; 8,400 + 2·16,381
    let price = 2 + CALL + HEADER + 8_400 + 32_762;
    let run = Vm::new()
        .with_ink(price - 1)
        .run(&exiting("i32.const 0 i32.const 6 call $write i32.const 0"));
    assert_eq!((run.outcome, run.left), (Outcome::OutOfInk, 0));
}

#[test]
fn a_start_function_is_never_run() {
    let wat = r#"(module (memory (export "memory") 1 1) (func $s unreachable) (start $s)
        (func (export "user_entrypoint") (param i32) (result i32) i32.const 0))"#;
    assert_eq!(Vm::new().run(wat).ink(), EMPTY);
}

#[test]
fn every_call_starts_with_fresh_globals_and_memory() {
    let wat = super::vm::module(
        "(global $g (mut i32) i32.const 0)",
        "global.get $g if unreachable end i32.const 0 i32.load if unreachable end
         i32.const 1 global.set $g i32.const 0 i32.const 1 i32.store",
    );
    let program = super::vm::compile(&wat, 2);
    let first = Vm::new().run_compiled(&program).ink();
    assert_eq!(Vm::new().run_compiled(&program).ink(), first);
}
