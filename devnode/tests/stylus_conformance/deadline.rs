//! Calls and estimates may not run for ever, however much ink they have. Spec: stylus-vm.md §9.4 (`eth_call`).

use super::vm::{Vm, body, module};
use devnode::stylus::Outcome;
use std::time::{Duration, Instant};

/// Ink for centuries.
const ENDLESS: u64 = u64::MAX;

fn vm_with_deadline() -> Vm {
    let mut vm = Vm::new().with_ink(ENDLESS);
    vm.chain.deadline = Some(Instant::now() + Duration::from_millis(20));
    vm
}

#[test]
fn an_endless_loop_ends_after_the_deadline() {
    let run = vm_with_deadline().run(&body("(loop (br 0))"));
    assert_eq!(run.outcome, Outcome::OutOfInk);
}

#[test]
fn an_endless_recursion_in_a_loop_ends_after_the_deadline() {
    let fib = r#"(func $work (param i32) (result i32)
        (if (result i32) (i32.eqz (local.get 0))
            (then (i32.const 0))
            (else (i32.add (call $work (i32.sub (local.get 0) (i32.const 1)))
                           (call $work (i32.sub (local.get 0) (i32.const 1)))))))"#;
    let run = vm_with_deadline().run(&module(fib, "(drop (call $work (i32.const 1000)))"));
    assert_eq!(run.outcome, Outcome::OutOfInk);
}

#[test]
fn an_endless_loop_of_host_calls_ends_after_the_deadline() {
    let fields = r#"(import "vm_hooks" "native_keccak256" (func $keccak (param i32 i32 i32)))"#;
    let code = "(loop (call $keccak (i32.const 0) (i32.const 60000) (i32.const 0)) (br 0))";
    let run = vm_with_deadline().run(&module(fields, code));
    assert_eq!(run.outcome, Outcome::OutOfInk);
}

#[test]
fn a_deadline_that_is_not_reached_changes_nothing() {
    let mut vm = Vm::new();
    let without = vm.run(&body("(drop (i32.const 1))"));
    vm.chain.deadline = Some(Instant::now() + Duration::from_secs(3_600));
    let with = vm.run(&body("(drop (i32.const 1))"));
    assert_eq!((with.outcome, with.left), (without.outcome, without.left));
}
