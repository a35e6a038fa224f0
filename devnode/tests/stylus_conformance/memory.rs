//! What growing memory costs. Spec: stylus-vm.md §3.4, §4.

use super::vm::{CALL, EMPTY, HEADER, PRICE, Vm};
use devnode::stylus::{Outcome, Pages};

/// A module of one page that may grow, with this body.
fn growing(code: &str) -> String {
    format!(
        r#"(module (import "vm_hooks" "pay_for_memory_grow" (func $pay (param i32)))
            (memory (export "memory") 1)
            (func (export "user_entrypoint") (param i32) (result i32) {code} i32.const 0))"#
    )
}

/// Ink of `i32.const n  memory.grow  drop` without what is paid for the pages.
const GROW: u64 = EMPTY + 1 + 8_050 + 9;

#[test]
fn a_free_page_costs_the_operator_only() {
    // one page is open (the footprint), the second is free; the inserted call costs nothing by itself
    let mut vm = Vm::new();
    vm.chain.pages = Pages { open: 1, ever: 1 };
    assert_eq!(vm.run(&growing("i32.const 1 memory.grow drop")).ink(), GROW);
    assert_eq!(vm.chain.pages, Pages { open: 2, ever: 2 });
}

#[test]
fn a_page_beyond_the_free_ones_costs_gas() {
    // (3 - 2)·1,000 + exp(3) - exp(2) = 1,000 gas
    let mut vm = Vm::new();
    vm.chain.pages = Pages { open: 2, ever: 2 };
    assert_eq!(vm.run(&growing("i32.const 1 memory.grow drop")).ink(), GROW + 1_000 * PRICE);
}

#[test]
fn many_pages_climb_the_ramp() {
    // 1 → 65: (65 - 2)·1,000 + exp(65) - exp(1); exp(65) = floor(31,874,000^(65/128)) = 6,461
    let mut vm = Vm::new();
    vm.chain.pages = Pages { open: 1, ever: 1 };
    assert_eq!(
        vm.run(&growing("i32.const 64 memory.grow drop")).ink(),
        GROW + (63_000 + 6_461 - 1) * PRICE
    );
}

#[test]
fn growing_by_nothing_costs_a_host_call() {
    assert_eq!(Vm::new().run(&growing("i32.const 0 memory.grow drop")).ink(), GROW + 8_400);
}

#[test]
fn pages_that_cannot_be_paid_end_the_program() {
    // 200 pages: the ramp has no price
    let run = Vm::new().run(&growing("i32.const 200 memory.grow drop"));
    assert_eq!((run.outcome, run.left), (Outcome::OutOfInk, 0));
}

#[test]
fn a_growth_that_fails_is_paid_all_the_same() {
    // at most 2 pages: growing by 2 gives -1; both pages are paid, (3 - 2)·1,000 beyond the free ones
    let wat = r#"(module (import "vm_hooks" "pay_for_memory_grow" (func (param i32)))
        (memory (export "memory") 1 2)
        (func (export "user_entrypoint") (param i32) (result i32) i32.const 2 memory.grow i32.const -1 i32.ne))"#;
    let mut vm = Vm::new();
    vm.chain.pages = Pages { open: 1, ever: 1 };
    // block: const 1, grow 8,050, const 1, ne 170, end 1
    assert_eq!(vm.run(wat).ink(), HEADER + 1 + 8_050 + 1 + 170 + 1 + 1_000 * PRICE);
    assert_eq!(vm.chain.pages, Pages { open: 3, ever: 3 });
}

#[test]
fn memory_that_cannot_grow_pays_nothing_for_trying() {
    let wat = r#"(module (memory (export "memory") 1 1)
        (func (export "user_entrypoint") (param i32) (result i32) i32.const 5 memory.grow i32.const -1 i32.ne))"#;
    let mut vm = Vm::new();
    assert_eq!(vm.run(wat).ink(), HEADER + 1 + 8_050 + 1 + 170 + 1);
    assert_eq!(vm.chain.pages, Pages::default());
}

#[test]
fn a_program_may_pay_without_growing() {
    // as every SDK program does once, with 0
    assert_eq!(
        Vm::new().run(&growing("i32.const 0 call $pay")).ink(),
        HEADER + 1 + CALL + EMPTY + 8_400
    );
}

#[test]
fn paying_for_pages_takes_no_base_ink() {
    let mut vm = Vm::new();
    vm.chain.pages = Pages { open: 2, ever: 2 };
    assert_eq!(
        vm.run(&growing("i32.const 1 call $pay")).ink(),
        HEADER + 1 + CALL + EMPTY + 1_000 * PRICE
    );
}

#[test]
fn before_arbos_59_page_counts_are_cut_to_16_bits() {
    // 65,537 counts as 1
    let mut vm = Vm::new();
    vm.run(&growing("i32.const 65537 call $pay")).ink();
    assert_eq!(vm.chain.pages.open, 1);
    // 65,536 counts as 0: a host call's price
    assert_eq!(
        Vm::new().run(&growing("i32.const 65536 call $pay")).ink(),
        HEADER + 1 + CALL + EMPTY + 8_400
    );
}

#[test]
fn from_arbos_59_more_than_65_535_pages_are_out_of_ink() {
    assert_eq!(Vm::at(59).run(&growing("i32.const 65536 call $pay")).outcome, Outcome::OutOfInk);
}

#[test]
fn grown_memory_can_be_used() {
    // store at the last word of page 2, which only exists after growing
    Vm::new()
        .run(&growing("i32.const 1 memory.grow drop i32.const 131068 i32.const 7 i32.store"))
        .ink();
    Vm::new().run(&growing("i32.const 131068 i32.const 7 i32.store")).failure();
}
