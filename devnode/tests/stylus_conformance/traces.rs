//! What tracers are told. Spec: stylus-vm.md §10.7.

use super::vm::{CALL, HEADER, Vm};
use alloy_primitives::{Address, Bytes};
use devnode::stylus::{CallResult, HostCall};

fn traced(code: &str) -> Vec<HostCall> {
    let wat = format!(
        r#"(module
            (import "vm_hooks" "read_args" (func $read_args (param i32)))
            (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
            (import "vm_hooks" "exit_early" (func $exit_early (param i32)))
            (import "vm_hooks" "storage_load_bytes32" (func $load (param i32 i32)))
            (import "vm_hooks" "storage_cache_bytes32" (func $store (param i32 i32)))
            (import "vm_hooks" "storage_flush_cache" (func $flush (param i32)))
            (import "vm_hooks" "call_contract" (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
            (import "vm_hooks" "static_call_contract" (func $static (param i32 i32 i32 i64 i32) (result i32)))
            (import "vm_hooks" "create2" (func $create2 (param i32 i32 i32 i32 i32 i32)))
            (import "vm_hooks" "read_return_data" (func $read_return_data (param i32 i32 i32) (result i32)))
            (import "vm_hooks" "emit_log" (func $emit_log (param i32 i32 i32)))
            (import "vm_hooks" "native_keccak256" (func $keccak (param i32 i32 i32)))
            (import "vm_hooks" "math_div" (func $div (param i32 i32)))
            (import "vm_hooks" "msg_reentrant" (func $msg_reentrant (result i32)))
            (import "vm_hooks" "block_number" (func $block_number (result i64)))
            (import "vm_hooks" "pay_for_memory_grow" (func $pay (param i32)))
            (import "console" "log_txt" (func $log_txt (param i32 i32)))
            (import "console" "log_i32" (func $log_i32 (param i32)))
            (import "console" "tee_i32" (func $tee_i32 (param i32) (result i32)))
            (memory (export "memory") 1) (data (i32.const 0) "0123456789abcdef0123456789ABCDEFdata")
            (func (export "user_entrypoint") (param i32) (result i32) {code} i32.const 0))"#
    );
    let mut vm = Vm::new().with_ink(100_000_000_000);
    vm.calldata = b"calldata".to_vec();
    vm.chain.tracing = true;
    vm.chain.call_result =
        Some(CallResult { success: false, data: Bytes::from_static(b"why"), cost: 100 });
    vm.run(&wat);
    vm.chain.steps
}

/// The only step between the start and the end of the program.
fn step(code: &str) -> (&'static str, Vec<u8>, Vec<u8>) {
    let steps = traced(code);
    assert_eq!(steps.len(), 3, "{steps:#?}");
    assert_eq!((steps[0].name, steps[2].name), ("user_entrypoint", "user_returned"));
    (steps[1].name, steps[1].args.clone(), steps[1].outs.clone())
}

const WORD: &[u8] = b"0123456789abcdef0123456789ABCDEF";

#[test]
fn a_program_starts_and_ends_with_its_initial_ink() {
    let steps = traced("");
    let ink = 100_000_000_000;
    let step = |name, args: &[u8], outs: &[u8]| HostCall {
        name,
        args: args.to_vec(),
        outs: outs.to_vec(),
        start_ink: ink,
        end_ink: ink,
    };
    assert_eq!(
        steps,
        [step("user_entrypoint", &[0, 0, 0, 8], &[]), step("user_returned", &[], &[0; 4])]
    );
}

#[test]
fn a_trap_leaves_no_end() {
    let steps = traced("unreachable");
    assert_eq!(steps.iter().map(|step| step.name).collect::<Vec<_>>(), ["user_entrypoint"]);
}

#[test]
fn a_failed_host_call_leaves_no_step() {
    let steps = traced("i32.const -1 i32.const 0 call $div");
    assert_eq!(steps.len(), 1);
}

#[test]
fn exit_early_is_a_step_before_the_end() {
    let steps = traced("i32.const 9 call $exit_early");
    let shown: Vec<_> =
        steps[1..].iter().map(|step| (step.name, &step.args[..], &step.outs[..])).collect();
    assert_eq!(
        shown,
        [("exit_early", &[0, 0, 0, 9][..], &[][..]), ("user_returned", &[], &[0, 0, 0, 9])]
    );
}

#[test]
fn a_step_has_the_ink_around_the_host_function() {
    let steps = traced("call $msg_reentrant drop");
    // before: the first block, a call and its header
    assert_eq!(steps[1].start_ink, 100_000_000_000 - CALL - HEADER);
    assert_eq!(steps[1].end_ink, steps[1].start_ink - 8_400);
}

#[test]
fn nothing_is_recorded_unless_asked_for() {
    let mut vm = Vm::new();
    vm.run(&super::vm::body("")).ink();
    assert!(vm.chain.steps.is_empty());
}

fn concat(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

macro_rules! encodings {
    ($($name:ident: $code:literal => $step:literal $args:expr, $outs:expr;)*) => {
        $(#[test] fn $name() {
            assert_eq!(step($code), ($step, concat(&$args), concat(&$outs)));
        })*
    };
}

encodings! {
    read_args_shows_the_calldata: "i32.const 100 call $read_args" => "read_args" [], [b"calldata"];
    write_result_shows_the_data: "i32.const 0 i32.const 4 call $write_result" => "write_result" [b"0123"], [];
    a_load_shows_key_and_value:
        "i32.const 0 i32.const 100 call $load" => "storage_load_bytes32" [WORD], [&[0; 32]];
    a_write_shows_key_and_value:
        "i32.const 0 i32.const 0 call $store" => "storage_cache_bytes32" [WORD, WORD], [];
    a_flush_shows_one_byte: "i32.const 7 call $flush" => "storage_flush_cache" [&[1]], [];
    a_call_shows_address_gas_value_and_data:
        "i32.const 0 i32.const 32 i32.const 4 i32.const 0 i64.const 258 i32.const 100 call $call drop"
        => "call_contract" [&WORD[..20], &258u64.to_be_bytes(), WORD, b"data"], [&[0, 0, 0, 3], &[2]];
    a_static_call_shows_no_value:
        "i32.const 0 i32.const 32 i32.const 4 i64.const 258 i32.const 100 call $static drop"
        => "static_call_contract" [&WORD[..20], &258u64.to_be_bytes(), b"data"], [&[0, 0, 0, 3], &[2]];
    a_creation_shows_endowment_salt_and_code:
        "i32.const 32 i32.const 4 i32.const 0 i32.const 0 i32.const 100 i32.const 200 call $create2"
        => "create2" [WORD, WORD, b"data"], [Address::repeat_byte(0xCC).as_slice(), &[0; 4]];
    reading_return_data_shows_the_part:
        "i32.const 100 i32.const 1 i32.const 2 call $read_return_data drop"
        => "read_return_data" [&[0, 0, 0, 1], &[0, 0, 0, 2]], [];
    a_log_shows_topics_and_data: "i32.const 0 i32.const 36 i32.const 1 call $emit_log"
        => "emit_log" [&[0, 0, 0, 1], WORD, b"data"], [];
    keccak_shows_preimage_and_digest: "i32.const 0 i32.const 4 i32.const 100 call $keccak"
        => "native_keccak256" [b"0123"], [alloy_primitives::keccak256(b"0123").as_slice()];
    a_division_shows_both_operands: "i32.const 0 i32.const 0 call $div"
        => "math_div" [WORD, WORD], [&[0; 31], &[1]];
    a_flag_is_four_bytes: "call $msg_reentrant drop" => "msg_reentrant" [], [&[0; 4]];
    a_number_is_eight_bytes: "call $block_number drop" => "block_number" [], [&19_000_000u64.to_be_bytes()];
    paying_for_memory_shows_two_bytes: "i32.const 1 call $pay" => "pay_for_memory_grow" [&[0, 1]], [];
    a_printed_text_is_shown: "i32.const 0 i32.const 4 call $log_txt" => "console_log_text" [b"0123"], [];
    a_printed_number_is_shown_as_text: "i32.const 5 call $log_i32" => "console_log" [b"i32 5"], [];
}

#[test]
fn tee_leaves_no_step() {
    assert_eq!(traced("i32.const 5 call $tee_i32 drop").len(), 2);
}
