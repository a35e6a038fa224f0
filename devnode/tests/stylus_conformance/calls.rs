//! Calls, creations and return data. Spec: stylus-vm.md §6.2, §6.4, §6.5.

use super::vm::{Asked, Created, EMPTY, PRICE, Run, Vm, WITH_CALL};
use alloy_primitives::{Address, B256, Bytes, U256};
use devnode::stylus::{CallKind, CallResult, CreateResult, Outcome};

const H: u64 = 8_400;
const P: u64 = 5_040;
const A: u64 = 59_673;
/// Ink of a call or `create1` with no data: `H + 3P + A` and twice `read(0)`.
const CALL_OUT: u64 = H + 3 * P + A + 2 * 16_381;

/// Memory: address at 0, value or endowment at 32, salt at 64, data at 96. Lengths come back at 200, addresses at 204.
fn with(code: &str) -> String {
    format!(
        r#"(module
            (import "vm_hooks" "call_contract" (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
            (import "vm_hooks" "delegate_call_contract" (func $delegate (param i32 i32 i32 i64 i32) (result i32)))
            (import "vm_hooks" "static_call_contract" (func $static (param i32 i32 i32 i64 i32) (result i32)))
            (import "vm_hooks" "create1" (func $create1 (param i32 i32 i32 i32 i32)))
            (import "vm_hooks" "create2" (func $create2 (param i32 i32 i32 i32 i32 i32)))
            (import "vm_hooks" "read_return_data" (func $read (param i32 i32 i32) (result i32)))
            (import "vm_hooks" "return_data_size" (func $size (result i32)))
            (import "vm_hooks" "write_result" (func $write (param i32 i32)))
            (memory (export "memory") 1 1)
            (data (i32.const 0) "\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa\aa")
            (data (i32.const 63) "\05") (data (i32.const 95) "\09") (data (i32.const 96) "data")
            (func (export "user_entrypoint") (param i32) (result i32) {code}))"#
    )
}

/// `call(to 0xaa…, 4 bytes "data", value 5, gas 12,345)`.
const CALL: &str =
    "i32.const 0 i32.const 96 i32.const 4 i32.const 32 i64.const 12345 i32.const 200 call $call";
const DELEGATE: &str =
    "i32.const 0 i32.const 96 i32.const 4 i64.const 12345 i32.const 200 call $delegate";
const STATIC: &str =
    "i32.const 0 i32.const 96 i32.const 4 i64.const 12345 i32.const 200 call $static";
const CREATE1: &str =
    "i32.const 96 i32.const 4 i32.const 32 i32.const 204 i32.const 200 call $create1";
const CREATE2: &str =
    "i32.const 96 i32.const 4 i32.const 32 i32.const 64 i32.const 204 i32.const 200 call $create2";

const TO: Address = Address::repeat_byte(0xAA);

fn answering(success: bool, data: &'static [u8], cost: u64) -> Vm {
    let mut vm = Vm::new();
    vm.chain.call_result = Some(CallResult { success, data: Bytes::from_static(data), cost });
    vm
}

fn status(vm: &mut Vm, call: &str) -> u8 {
    let code =
        format!("i32.const 300 {call} i32.store i32.const 300 i32.const 1 call $write i32.const 0");
    vm.run(&with(&code)).output()[0]
}

fn run(vm: &mut Vm, code: &str) -> Run {
    vm.run(&with(&format!("{code} i32.const 0")))
}

#[test]
fn a_call_costs_its_ink_and_what_the_chain_says() {
    // 6 constants, drop; 4 bytes are within the flat part of read()
    let ink = run(&mut answering(true, b"", 2_700), &format!("{CALL} drop")).ink();
    assert_eq!(ink, WITH_CALL + 6 + 9 + CALL_OUT + 2_700 * PRICE);
    assert_eq!(CALL_OUT, 83_193 + 32_762);
}

#[test]
fn a_delegate_call_costs_the_same() {
    let ink = run(&mut answering(true, b"", 2_700), &format!("{DELEGATE} drop")).ink();
    assert_eq!(ink, WITH_CALL + 5 + 9 + CALL_OUT + 2_700 * PRICE);
}

#[test]
fn a_static_call_costs_the_same() {
    let ink = run(&mut answering(true, b"", 2_700), &format!("{STATIC} drop")).ink();
    assert_eq!(ink, WITH_CALL + 5 + 9 + CALL_OUT + 2_700 * PRICE);
}

#[test]
fn calldata_of_a_call_is_paid_twice() {
    // 132 bytes: 2·55·(132 - 32)
    let code = "i32.const 0 i32.const 96 i32.const 132 i32.const 32 i64.const 1 i32.const 300 call $call drop";
    assert_eq!(
        run(&mut answering(true, b"", 0), code).ink(),
        WITH_CALL + 6 + 9 + CALL_OUT + 11_000
    );
}

#[test]
fn a_call_passes_everything_on() {
    let mut vm = Vm::new().with_ink(10_000_000_000);
    let expected = |kind, value: u64, constants: u64| Asked {
        kind,
        to: TO,
        data: b"data".to_vec(),
        // measured after the ink of the table: const, call and header of the first block, then 115,955
        gas_left: (10_000_000_000 - (2_450 + 3_800 + constants) - CALL_OUT) / PRICE,
        gas_requested: 12_345,
        value: U256::from(value),
    };
    for (code, kind, value, constants) in [
        (CALL, CallKind::Call, 5, 6),
        (DELEGATE, CallKind::Delegate, 0, 5),
        (STATIC, CallKind::Static, 0, 5),
    ] {
        vm.chain.calls.clear();
        run(&mut vm, &format!("{code} drop")).ink();
        assert_eq!(vm.chain.calls, [expected(kind, value, constants)]);
    }
}

#[test]
fn success_is_0_and_any_failure_is_2() {
    assert_eq!(status(&mut answering(true, b"", 0), CALL), 0);
    assert_eq!(status(&mut answering(false, b"", 0), CALL), 2);
    assert_eq!(status(&mut answering(false, b"revert data", 0), CALL), 2);
    assert_eq!(status(&mut answering(false, b"", 0), DELEGATE), 2);
    assert_eq!(status(&mut answering(false, b"", 0), STATIC), 2);
}

#[test]
fn a_program_lives_on_after_a_call_that_failed() {
    run(&mut answering(false, b"", 0), &format!("{CALL} drop")).ink();
}

#[test]
fn a_call_that_costs_more_than_there_is_ends_the_program() {
    assert_eq!(
        run(&mut answering(false, b"", u64::MAX), &format!("{CALL} drop")).outcome,
        Outcome::OutOfInk
    );
}

#[test]
fn the_length_of_what_came_back_is_little_endian() {
    let code = format!("{CALL} drop i32.const 200 i32.const 4 call $write");
    assert_eq!(run(&mut answering(true, &[7; 258], 0), &code).output(), [2, 1, 0, 0]);
}

#[test]
fn nothing_has_come_back_before_the_first_call() {
    let code = "i32.const 200 call $size i32.store i32.const 200 i32.const 4 call $write";
    assert_eq!(run(&mut Vm::new(), code).output(), [0; 4]);
    assert_eq!(run(&mut Vm::new(), "call $size drop").ink(), WITH_CALL + 9 + H);
}

#[test]
fn return_data_is_that_of_the_last_call() {
    let read = "i32.const 400 i32.const 0 i32.const 99 call $read drop i32.const 400 i32.const 6 call $write";
    let mut vm = answering(false, b"reason", 0);
    assert_eq!(run(&mut vm, &format!("{CALL} drop {read}")).output(), b"reason");
    vm.chain.create_result = Some(CreateResult::Done { address: TO, data: Bytes::new(), cost: 0 });
    // a creation that succeeds leaves nothing to read
    assert_eq!(run(&mut vm, &format!("{CALL} drop {CREATE1} {read}")).output(), [0; 6]);
}

#[test]
fn the_overlapping_part_of_return_data_is_copied() {
    // offset 2, size 3 of 6 bytes
    let code = format!(
        "{CALL} drop i32.const 400 i32.const 400 i32.const 2 i32.const 3 call $read i32.store8 offset=10
         i32.const 400 i32.const 11 call $write"
    );
    assert_eq!(run(&mut answering(true, b"abcdef", 0), &code).output(), b"cde\0\0\0\0\0\0\0\x03");
}

/// Ink of `CALL drop` and of `read(400, offset, size) drop` around the host functions.
const CALL_AND_READ: u64 = 2 * (WITH_CALL - EMPTY) + 6 + 9 + 3 + 9 + EMPTY + CALL_OUT;

#[test]
fn reading_return_data_pays_for_what_can_be_written() {
    // 100 bytes, offset 10, size 1,000: 90 are written: 68,073 + 5,040 + 30·58
    let code = format!("{CALL} drop i32.const 400 i32.const 10 i32.const 1000 call $read drop");
    let ink = run(&mut answering(true, &[1; 100], 0), &code).ink();
    assert_eq!(ink, CALL_AND_READ + H + A + 5_040 + 1_740);
}

#[test]
fn reading_beyond_return_data_gives_nothing_and_never_fails() {
    // pointer and offset out of every range: 68,073 + 5,040
    let code = format!("{CALL} drop i32.const -1 i32.const 100 i32.const -1 call $read drop");
    let ink = run(&mut answering(true, &[1; 100], 0), &code).ink();
    assert_eq!(ink, CALL_AND_READ + H + A + 5_040);
}

#[test]
fn reading_return_data_to_nowhere_fails_the_frame() {
    let code = format!("{CALL} drop i32.const -1 i32.const 0 i32.const 1 call $read drop");
    run(&mut answering(true, &[1; 100], 0), &code).failure();
}

#[test]
fn create1_costs_its_ink_and_what_the_chain_says() {
    // 5 constants
    assert_eq!(run(&mut Vm::new(), CREATE1).ink(), WITH_CALL + 5 + CALL_OUT + 32_000 * PRICE);
}

#[test]
fn create2_costs_a_pointer_more() {
    // 6 constants, 88,233
    assert_eq!(run(&mut Vm::new(), CREATE2).ink(), WITH_CALL + 6 + CALL_OUT + P + 32_000 * PRICE);
}

#[test]
fn creations_pass_everything_on() {
    let mut vm = Vm::new().with_ink(10_000_000_000);
    run(&mut vm, CREATE1).ink();
    run(&mut vm, CREATE2).ink();
    let created = |salt, spent: u64| Created {
        code: b"data".to_vec(),
        endowment: U256::from(5),
        salt,
        gas_left: (10_000_000_000 - spent) / PRICE,
    };
    let salt = B256::from(U256::from(9));
    let block = 2_450 + 3_800;
    assert_eq!(
        vm.chain.creations,
        [created(None, block + 5 + CALL_OUT), created(Some(salt), block + 6 + CALL_OUT + P)]
    );
}

#[test]
fn a_creation_writes_the_address_and_the_length() {
    let code = format!("{CREATE1} i32.const 200 i32.const 24 call $write");
    let output = run(&mut Vm::new(), &code).output().to_vec();
    assert_eq!(output, [&[0; 4][..], &[0xCC; 20]].concat());
}

#[test]
fn a_creation_that_reverted_gives_the_zero_address_and_its_data() {
    let mut vm = Vm::new();
    let data = Bytes::from_static(b"why");
    vm.chain.create_result =
        Some(CreateResult::Done { address: Address::ZERO, data, cost: 40_000 });
    let code = format!("{CREATE2} i32.const 200 i32.const 24 call $write");
    assert_eq!(run(&mut vm, &code).output(), [&[3, 0, 0, 0][..], &[0; 20]].concat());
}

#[test]
fn a_creation_that_may_not_start_fails_the_frame() {
    let mut vm = Vm::new();
    vm.chain.create_result = Some(CreateResult::Refused);
    run(&mut vm, CREATE1).failure();
    run(&mut vm, CREATE2).failure();
}

#[test]
fn call_pointers_out_of_memory_fail_the_frame_before_the_call() {
    for code in [
        "i32.const -1 i32.const 96 i32.const 4 i32.const 32 i64.const 1 i32.const 200 call $call drop",
        "i32.const 0 i32.const 65535 i32.const 4 i32.const 32 i64.const 1 i32.const 200 call $call drop",
        "i32.const 0 i32.const 96 i32.const 4 i32.const 65505 i64.const 1 i32.const 200 call $call drop",
        "i32.const 65533 i32.const 4 i32.const 32 i32.const 204 i32.const 200 call $create1",
    ] {
        let mut vm = Vm::new();
        run(&mut vm, code).failure();
        assert!(vm.chain.calls.is_empty() && vm.chain.creations.is_empty(), "{code}");
    }
}

#[test]
fn a_length_pointer_out_of_memory_fails_the_frame_after_the_call() {
    let mut vm = Vm::new();
    run(&mut vm, "i32.const 0 i32.const 96 i32.const 4 i32.const 32 i64.const 1 i32.const 65533 call $call drop").failure();
    assert_eq!(vm.chain.calls.len(), 1);
}
