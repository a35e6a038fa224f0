//! How much stack a function takes. Spec: stylus-vm.md §3.5.
//!
//! `size = worst + declared locals + 4`. The header of every block pushes two values over what is on the stack, so
//! `worst` is at least 2 and the shortest function takes 6 words. A call needs more than `size` words.

use super::vm::{Vm, body, module};
use devnode::stylus::Outcome;

/// Whether the program runs with this many words.
fn runs(wat: &str, words: u32) -> bool {
    let mut vm = Vm::new();
    vm.params.max_stack_depth = words;
    match vm.run(wat).outcome {
        Outcome::Success(_) => true,
        Outcome::OutOfStack => false,
        other => panic!("{other:?}"),
    }
}

/// Asserts that the deepest point of a program takes exactly `size` words.
fn assert_size(wat: &str, size: u32) {
    assert!(runs(wat, size + 1), "{size} + 1 words must do");
    assert!(!runs(wat, size), "{size} words must not do");
}

#[test]
fn the_shortest_function_takes_6_words() {
    // header 2, no locals, 4
    assert_size(&body(""), 6);
}

#[test]
fn running_out_of_stack_leaves_nothing() {
    let mut vm = Vm::new();
    vm.params.max_stack_depth = 6;
    let run = vm.run(&body(""));
    assert_eq!((run.outcome, run.left), (Outcome::OutOfStack, 0));
}

#[test]
fn the_stack_is_checked_before_the_first_block_is_charged() {
    // both would fail; the stack counter is looked at first
    let mut vm = Vm::new().with_ink(0);
    vm.params.max_stack_depth = 6;
    assert_eq!(vm.run(&body("")).outcome, Outcome::OutOfStack);
}

#[test]
fn declared_locals_count_and_parameters_do_not() {
    // 2 + 3 + 4; the one parameter is free
    assert_size(&body("(local i32 i64 i32)"), 9);
}

#[test]
fn operands_count() {
    // 5 constants at once
    let wat = body(&format!("{} {}", "i32.const 1 ".repeat(5), "drop ".repeat(5)));
    assert_size(&wat, 5 + 4);
}

#[test]
fn a_header_counts_on_top_of_what_is_held_across_blocks() {
    // 3 constants, then a block starts: 3 + 2
    let wat = body(&format!("{} block end {}", "i32.const 1 ".repeat(3), "drop ".repeat(3)));
    assert_size(&wat, 5 + 4);
}

#[test]
fn a_block_result_has_a_slot_of_its_own() {
    // slot 1, 2 constants inside: 3; the header of the inner block is 1 + 2 as well; with 4 constants 5
    let wat = body(
        "block (result i32) i32.const 1 i32.const 2 i32.const 3 i32.const 4 drop drop drop end drop",
    );
    assert_size(&wat, 5 + 4);
}

#[test]
fn a_loop_result_has_a_slot_of_its_own() {
    // as a block, but `loop` starts a new basic block whose header is pushed on the slot: 1 + 2; 4 constants: 1 + 4
    let wat = body(
        "loop (result i32) i32.const 1 i32.const 2 i32.const 3 i32.const 4 drop drop drop end drop",
    );
    assert_size(&wat, 5 + 4);
}

#[test]
fn an_if_pops_its_condition_before_its_slot() {
    // 2 held, condition 3, if: 2 + slot 3, header 5
    let wat = body(
        "i32.const 1 i32.const 2 i32.const 1 if (result i32) i32.const 3 else i32.const 4 end drop drop drop",
    );
    assert_size(&wat, 5 + 4);
}

#[test]
fn else_returns_to_the_height_of_the_if() {
    // slot 1; then-side leaves 1 more, the else-side starts from the slot again: header 1 + 2 = 3, constants 1 + 4
    let wat = body(
        "i32.const 1 if (result i32) i32.const 1 else i32.const 1 i32.const 2 i32.const 3 i32.const 4 drop drop drop end drop",
    );
    assert_size(&wat, 5 + 4);
}

#[test]
fn code_after_a_branch_is_simulated_like_any_other() {
    // after `br` the height is not reset: 6 constants in dead code count
    let wat = body(&format!("block br 0 {} {} end", "i32.const 1 ".repeat(6), "drop ".repeat(6)));
    assert_size(&wat, 6 + 4);
}

#[test]
fn pops_stop_at_the_bottom() {
    // dead code may pop what nobody pushed: 0 stays 0, then 3 constants
    let wat = body("block br 0 drop drop i32.const 1 i32.const 1 i32.const 1 drop drop drop end");
    assert_size(&wat, 3 + 4);
}

#[test]
fn results_of_a_call_are_pushed_before_its_parameters_are_popped() {
    // caller: 3 parameters, then 1 result on top: 4; callee takes 6, and runs while the caller's 8 are taken
    let wat = module(
        "(func $f (param i32 i32 i32) (result i32) i32.const 0)",
        "i32.const 1 i32.const 2 i32.const 3 call $f drop",
    );
    assert_size(&wat, (4 + 4) + 6);
}

#[test]
fn an_indirect_call_pops_the_index_last() {
    // 3 parameters + index: 4, result on top: 5
    let wat = module(
        "(table funcref (elem $f)) (type $t (func (param i32 i32 i32) (result i32))) (func $f (type $t) i32.const 0)",
        "i32.const 1 i32.const 2 i32.const 3 i32.const 0 call_indirect (type $t) drop",
    );
    assert_size(&wat, (5 + 4) + 6);
}

#[test]
fn a_fill_takes_6_words_more_than_what_lies_under_its_operands() {
    // 3 operands; the length goes to scratch: 2, then ink, ink, scratch: 5, and the factor: 6
    let wat = body("i32.const 0 i32.const 0 i32.const 0 memory.fill");
    assert_size(&wat, 6 + 4);
}

#[test]
fn multiple_results_of_a_block_have_a_slot_each() {
    // function type () -> (i32 i32 i32): 3 slots; header 2 on top, constants 3 on top: 6
    let wat = module(
        "(type $t (func (result i32 i32 i32)))",
        "block (type $t) i32.const 1 i32.const 2 i32.const 3 end drop drop drop",
    );
    assert_size(&wat, 6 + 4);
}

/// Asserts the height after `code` by pushing ten values on it: more than any header does.
fn assert_height(fields: &str, code: &str, height: u32) {
    let code =
        format!("{code} {} {}", "i32.const 0 ".repeat(10), "drop ".repeat(10 + height as usize));
    assert_size(&module(fields, &code), height + 10 + 4);
}

#[test]
fn unary_operators_keep_the_height() {
    for op in [
        "i32.eqz",
        "i32.clz",
        "i32.ctz",
        "i32.popcnt",
        "i32.extend8_s",
        "i32.extend16_s",
        "i64.extend_i32_s",
        "i64.extend_i32_u",
        "i32.load",
        "i32.load8_s",
        "i32.load8_u",
        "i32.load16_s",
        "i32.load16_u",
        "i64.load",
        "i64.load8_s",
        "i64.load8_u",
        "i64.load16_s",
        "i64.load16_u",
        "i64.load32_s",
        "i64.load32_u",
        "memory.grow",
        "local.tee 0",
    ] {
        assert_height("", &format!("i32.const 1 {op}"), 1);
    }
    for op in [
        "i64.eqz",
        "i64.clz",
        "i64.ctz",
        "i64.popcnt",
        "i64.extend8_s",
        "i64.extend16_s",
        "i64.extend32_s",
        "i32.wrap_i64",
    ] {
        assert_height("", &format!("i64.const 1 {op}"), 1);
    }
}

#[test]
fn binary_operators_lower_the_height_by_one() {
    for ty in ["i32", "i64"] {
        for op in [
            "add", "sub", "mul", "div_s", "div_u", "rem_s", "rem_u", "and", "or", "xor", "shl",
            "shr_s", "shr_u", "rotl", "rotr", "eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s",
            "le_u", "ge_s", "ge_u",
        ] {
            assert_height("", &format!("{ty}.const 1 {ty}.const 1 {ty}.{op}"), 1);
        }
    }
}

#[test]
fn what_takes_more_than_it_gives_lowers_the_height() {
    for op in ["i32.store", "i32.store8", "i32.store16"] {
        assert_height("", &format!("i32.const 0 i32.const 0 {op}"), 0);
    }
    for op in ["i64.store", "i64.store8", "i64.store16", "i64.store32"] {
        assert_height("", &format!("i32.const 0 i64.const 0 {op}"), 0);
    }
    assert_height("", "i32.const 1 i32.const 2 i32.const 0 select", 1);
    assert_height("", "i32.const 0 i32.const 0 i32.const 0 memory.copy", 0);
    assert_height("", "i32.const 0 i32.const 0 i32.const 0 memory.fill", 0);
    assert_height("", "i32.const 0 drop", 0);
    assert_height("", "i32.const 0 local.set 0", 0);
    assert_height("(global (mut i32) (i32.const 0))", "i32.const 0 global.set 0", 0);
    assert_height("", "block i32.const 0 br_if 0 end", 0);
    assert_height("", "i32.const 0 if nop end", 0);
}

#[test]
fn what_only_gives_raises_the_height_by_one() {
    assert_height("", "local.get 0", 1);
    assert_height("", "memory.size", 1);
    assert_height("(global i32 (i32.const 0))", "global.get 0", 1);
    assert_height("", "i64.const 1", 1);
}

#[test]
fn table_branches_pop_their_index_and_returns_pop_nothing() {
    // dead code is simulated: its ten values lie on what the operator before left
    let dead = |code: &str| {
        format!("block {code} {} {} end", "i32.const 0 ".repeat(10), "drop ".repeat(10))
    };
    assert_size(&body(&dead("i32.const 0 br_table 0 0")), 10 + 4);
    assert_size(&body(&dead("i32.const 0 i32.const 0 br_if 0 return")), 11 + 4);
    assert_size(&body(&dead("i32.const 0 unreachable").replace("unreachable", "br 0")), 11 + 4);
}

#[test]
fn a_function_typed_block_pushes_its_results_before_it_pops_its_parameters() {
    // two parameters on the stack, three results on top: 5; then 3 remain, and the header needs 2 more
    let wat = module(
        "(type $t (func (param i32 i32) (result i32 i32 i32)))",
        "i32.const 1 i32.const 2 block (type $t) drop drop i32.const 1 i32.const 2 i32.const 3 end drop drop drop",
    );
    // inside the simulated height starts at 3, two drops 1, three constants 4; the header of the next block at the
    // remembered 3: 5
    assert_size(&wat, 5 + 4);
}

#[test]
fn a_function_gives_its_words_back_when_it_falls_off_its_end() {
    let wat = module("(func $f)", &"call $f ".repeat(50));
    assert_size(&wat, 6 + 6);
}

#[test]
fn a_function_gives_its_words_back_when_it_returns() {
    let wat = module("(func $f return)", &"call $f ".repeat(50));
    assert_size(&wat, 6 + 6);
}

#[test]
fn a_branch_out_of_a_function_leaks_its_words() {
    // 6 + 50·6: the last call needs them all but its own are the 50th
    let wat = module("(func $f br 0)", &"call $f ".repeat(50));
    assert_size(&wat, 6 + 50 * 6);
}

#[test]
fn recursion_is_as_deep_as_the_words_allow() {
    // $f: local.get 1; header 2; if; …; the call passes one value and gets none: worst 2 → 6 words
    let wat = r#"(module (memory (export "memory") 1 1)
        (func $f (param i32) local.get 0 if local.get 0 i32.const 1 i32.sub call $f end)
        (func (export "user_entrypoint") (param i32) (result i32) i32.const 99 call $f i32.const 0))"#;
    // entry 6 (constant 1, header 2), then 100 frames of $f
    assert_size(wat, 6 + 100 * 6);
}

#[test]
fn from_arbos_50_a_call_has_22_000_words() {
    // entry 6; $f takes 6: (22,000 - 1 - 6) / 6 = 3,665 frames fit
    let wat = |frames: u32| {
        format!(
            r#"(module (memory (export "memory") 1 1)
            (func $f (param i32) local.get 0 if local.get 0 i32.const 1 i32.sub call $f end)
            (func (export "user_entrypoint") (param i32) (result i32) i32.const {} call $f i32.const 0))"#,
            frames - 1
        )
    };
    assert!(matches!(Vm::new().run(&wat(3_665)).outcome, Outcome::Success(_)));
    assert_eq!(Vm::new().run(&wat(3_666)).outcome, Outcome::OutOfStack);
}

#[test]
fn before_arbos_50_the_native_stack_holds_262_144_words() {
    // (262,144 - 1 - 6) / 6 = 43,689 frames fit
    let wat = |frames: u32| {
        format!(
            r#"(module (memory (export "memory") 1 1)
            (func $f (param i32) local.get 0 if local.get 0 i32.const 1 i32.sub call $f end)
            (func (export "user_entrypoint") (param i32) (result i32) i32.const {} call $f i32.const 0))"#,
            frames - 1
        )
    };
    assert!(matches!(Vm::at(40).run(&wat(43_689)).outcome, Outcome::Success(_)));
    assert_eq!(Vm::at(40).run(&wat(43_690)).outcome, Outcome::OutOfStack);
}

#[test]
fn the_native_stack_holds_the_widest_frames_too() {
    // a function of 300 locals and 1,000 parameters that calls itself until the words are gone
    let params = "i64 ".repeat(1_000);
    let pass = (0..1_000).map(|i| format!("local.get {i} ")).collect::<String>();
    let zeros = "i64.const 0 ".repeat(1_000);
    let locals = "i64 ".repeat(300);
    let wat = format!(
        r#"(module (memory (export "memory") 1 1)
        (func $f (param {params}) (local {locals}) {pass} call $f)
        (func (export "user_entrypoint") (param i32) (result i32) {zeros} call $f i32.const 0))"#
    );
    assert_eq!(Vm::at(40).run(&wat).outcome, Outcome::OutOfStack);
}

#[test]
fn the_counter_starts_anew_for_every_call() {
    let program = super::vm::compile(&body(""), 2);
    let mut vm = Vm::new();
    vm.params.max_stack_depth = 7;
    for _ in 0..3 {
        assert!(matches!(vm.run_compiled(&program).outcome, Outcome::Success(_)));
    }
}

#[test]
fn more_words_than_the_native_stack_holds_are_cut_to_524_288() {
    let mut vm = Vm::at(40);
    vm.params.max_stack_depth = u32::MAX;
    // recursion without end: the counter must stop it before the native stack does
    let wat = module("(func $f call $f)", "call $f");
    assert_eq!(vm.run(&wat).outcome, Outcome::OutOfStack);
}

/// Functions that need much native stack for the words they are counted, each calling itself without end.
fn worst_frames() -> Vec<(&'static str, String)> {
    let many = |what: &str, n: usize| what.repeat(n);
    let get = |n: usize| (0..n).map(|i| format!("local.get {i} ")).collect::<String>();
    let wide = |ty: &str, n: usize| {
        // parameters are not counted where they live on, but where they are pushed; used again after the call
        module(
            &format!(
                "(func $f (param {}) {} call $f {} call $f)",
                many(&format!("{ty} "), n),
                get(n),
                get(n)
            ),
            &format!("(local {ty}) {} call $f", many("local.get 1 ", n)),
        )
    };
    // values that wait on the operand stack while the function calls itself, and are used then
    let floats_held = module(
        &format!(
            "(func $v (result f64) (local f64) local.get 0) (func $f {} call $f {})",
            many("i32.const 0 call $v ", 2_000),
            many("f64.store ", 2_000)
        ),
        "call $f",
    );
    let integers_held = module(
        &format!(
            "(func $v (result i64) i64.const 1) (func $f i32.const 0 {} call $f {} i64.store)",
            many("call $v ", 4_000),
            many("i64.add ", 3_999)
        ),
        "call $f",
    );
    let results = module(
        &format!("(func $f (result {}) call $f)", many("f64 ", 1_000)),
        &format!("call $f {}", many("drop ", 1_000)),
    );
    let locals = module(
        &format!(
            "(func $v (result f64) (local f64) local.get 0)
             (func $f (local {}) {} call $f {})",
            many("f64 ", 348),
            (0..348).map(|i| format!("call $v local.set {i} ")).collect::<String>(),
            (0..348).map(|i| format!("i32.const 0 local.get {i} f64.store ")).collect::<String>()
        ),
        "call $f",
    );
    vec![
        ("the smallest frames", module("(func $f call $f)", "call $f")),
        (
            "indirect calls",
            module(
                "(table funcref (elem $f)) (type $t (func)) (func $f (type $t) i32.const 0 call_indirect (type $t))",
                "call $f",
            ),
        ),
        ("ten float parameters", wide("f64", 10)),
        ("a thousand float parameters", wide("f64", 1_000)),
        ("a thousand integer parameters", wide("i64", 1_000)),
        ("two thousand floats held", floats_held),
        ("four thousand integers held", integers_held),
        ("a thousand float results", results),
        ("348 float locals", locals),
    ]
}

#[test]
fn the_native_stack_holds_the_worst_frames_at_the_cut() {
    for (what, wat) in worst_frames() {
        let mut vm = Vm::at(40).with_ink(u64::MAX - 1);
        vm.params.max_stack_depth = u32::MAX;
        assert_eq!(vm.run(&wat).outcome, Outcome::OutOfStack, "{what}");
    }
}

#[test]
fn a_host_function_may_be_called_from_the_bottom_of_the_stack() {
    // 43,688 frames of 6 words, then one that calls out, fills and grows memory, which the engine does by functions of
    // its own: constants, a result and a header
    let wat = r#"(module
        (import "vm_hooks" "native_keccak256" (func $keccak (param i32 i32 i32)))
        (import "vm_hooks" "pay_for_memory_grow" (func $pay (param i32)))
        (import "vm_hooks" "write_result" (func $write (param i32 i32)))
        (memory (export "memory") 1)
        (func $bottom
            i32.const 0 i32.const 1 i32.const 100 memory.fill
            i32.const 100 i32.const 0 i32.const 100 memory.copy
            i32.const 1 memory.grow drop
            i32.const 0 i32.const 200 i32.const 0 call $keccak
            i32.const 0 i32.const 32 call $write)
        (func $f (param i32)
            local.get 0 if local.get 0 i32.const 1 i32.sub call $f else call $bottom end)
        (func (export "user_entrypoint") (param i32) (result i32) i32.const 43685 call $f i32.const 0))"#;
    let run = Vm::at(40).run(wat);
    assert_eq!(run.output(), alloy_primitives::keccak256([1; 200]).as_slice());
}
