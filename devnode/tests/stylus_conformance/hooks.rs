//! Price and effect of the host functions that do not leave the frame. Spec: stylus-vm.md §6.1, §6.2.
//!
//! `hook(call, args)` runs one call with its constants in front; what is listed is the host function's own ink.

use super::vm::{COINBASE, EMPTY, ORIGIN, PRICE, Run, SELF, SENDER, Vm, WITH_CALL};
use alloy_primitives::{Address, B256, Bytes, U256, hex, keccak256};
use devnode::stylus::Outcome;

/// `H`.
const H: u64 = 8_400;
/// `P`.
const P: u64 = 5_040;
/// `A`.
const A: u64 = 59_673;

/// Every import a test here needs.
const IMPORTS: &str = r#"
    (import "vm_hooks" "read_args" (func $read_args (param i32)))
    (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
    (import "vm_hooks" "emit_log" (func $emit_log (param i32 i32 i32)))
    (import "vm_hooks" "account_balance" (func $account_balance (param i32 i32)))
    (import "vm_hooks" "account_code" (func $account_code (param i32 i32 i32 i32) (result i32)))
    (import "vm_hooks" "account_code_size" (func $account_code_size (param i32) (result i32)))
    (import "vm_hooks" "account_codehash" (func $account_codehash (param i32 i32)))
    (import "vm_hooks" "block_basefee" (func $block_basefee (param i32)))
    (import "vm_hooks" "block_coinbase" (func $block_coinbase (param i32)))
    (import "vm_hooks" "block_gas_limit" (func $block_gas_limit (result i64)))
    (import "vm_hooks" "block_number" (func $block_number (result i64)))
    (import "vm_hooks" "block_timestamp" (func $block_timestamp (result i64)))
    (import "vm_hooks" "chainid" (func $chainid (result i64)))
    (import "vm_hooks" "contract_address" (func $contract_address (param i32)))
    (import "vm_hooks" "evm_gas_left" (func $evm_gas_left (result i64)))
    (import "vm_hooks" "evm_ink_left" (func $evm_ink_left (result i64)))
    (import "vm_hooks" "math_div" (func $math_div (param i32 i32)))
    (import "vm_hooks" "math_mod" (func $math_mod (param i32 i32)))
    (import "vm_hooks" "math_pow" (func $math_pow (param i32 i32)))
    (import "vm_hooks" "math_add_mod" (func $math_add_mod (param i32 i32 i32)))
    (import "vm_hooks" "math_mul_mod" (func $math_mul_mod (param i32 i32 i32)))
    (import "vm_hooks" "msg_reentrant" (func $msg_reentrant (result i32)))
    (import "vm_hooks" "msg_sender" (func $msg_sender (param i32)))
    (import "vm_hooks" "msg_value" (func $msg_value (param i32)))
    (import "vm_hooks" "native_keccak256" (func $native_keccak256 (param i32 i32 i32)))
    (import "vm_hooks" "tx_gas_price" (func $tx_gas_price (param i32)))
    (import "vm_hooks" "tx_ink_price" (func $tx_ink_price (result i32)))
    (import "vm_hooks" "tx_origin" (func $tx_origin (param i32)))
    (import "console" "log_txt" (func $log_txt (param i32 i32)))
    (import "console" "log_i32" (func $log_i32 (param i32)))
    (import "console" "tee_i64" (func $tee_i64 (param i64) (result i64)))
"#;

/// A module whose memory starts with `data`.
fn with(data: &[u8], code: &str) -> String {
    let text: String = data.iter().map(|byte| format!("\\{byte:02x}")).collect();
    format!(
        r#"(module {IMPORTS} (memory (export "memory") 1 1) (data (i32.const 0) "{text}")
            (func (export "user_entrypoint") (param i32) (result i32) {code}))"#
    )
}

/// The host function's own ink, and how the program ended.
fn hook(vm: &mut Vm, data: &[u8], name: &str, args: &[u32]) -> (u64, Run) {
    let consts: String = args.iter().map(|arg| format!("i32.const {} ", *arg as i32)).collect();
    let run = vm.run(&with(data, &format!("{consts} call ${name} i32.const 0")));
    (run.used.saturating_sub(WITH_CALL + args.len() as u64), run)
}

/// The same for a function with a result, which is dropped.
fn hook_with_result(vm: &mut Vm, data: &[u8], name: &str, args: &[u32]) -> u64 {
    let consts: String = args.iter().map(|arg| format!("i32.const {} ", *arg as i32)).collect();
    vm.run(&with(data, &format!("{consts} call ${name} drop i32.const 0"))).ink()
        - WITH_CALL
        - args.len() as u64
        - 9
}

/// What a hook leaves at `at`.
fn written(vm: &mut Vm, data: &[u8], name: &str, args: &[u32], at: u32, len: u32) -> Vec<u8> {
    let consts: String = args.iter().map(|arg| format!("i32.const {} ", *arg as i32)).collect();
    let code = format!(
        "{consts} call ${name} i32.const {at} i32.const {len} call $write_result i32.const 0"
    );
    vm.run(&with(data, &code)).output().to_vec()
}

/// The 8 bytes of a result.
fn returned(vm: &mut Vm, name: &str) -> u64 {
    let store =
        if matches!(name, "msg_reentrant" | "tx_ink_price") { "i32.store" } else { "i64.store" };
    let code = format!(
        "i32.const 0 call ${name} {store} i32.const 0 i32.const 8 call $write_result i32.const 0"
    );
    u64::from_le_bytes(vm.run(&with(&[], &code)).output().try_into().unwrap())
}

fn word(value: u64) -> [u8; 32] {
    U256::from(value).to_be_bytes()
}

fn words(values: &[u64]) -> Vec<u8> {
    values.iter().flat_map(|value| word(*value)).collect()
}

macro_rules! prices {
    ($($name:ident: $hook:literal($($arg:expr),*) => $ink:expr;)*) => {
        $(#[test] fn $name() {
            let (ink, run) = hook(&mut Vm::new(), &[], $hook, &[$($arg),*]);
            run.ink();
            assert_eq!(ink, $ink);
        })*
    };
}

macro_rules! prices_with_result {
    ($($name:ident: $hook:literal => $ink:expr;)*) => {
        $(#[test] fn $name() { assert_eq!(hook_with_result(&mut Vm::new(), &[], $hook, &[]), $ink); })*
    };
}

prices! {
    // 8,400 + write(0) = 8,400 + 5,040
    read_args_of_nothing_costs_13_440: "read_args"(0) => 13_440;
    // 8,400 + 2·read(0)
    write_result_of_nothing_costs_41_162: "write_result"(0, 0) => 8_400 + 2 * 16_381;
    // read(32) is the flat part still
    write_result_of_32_bytes_costs_41_162: "write_result"(0, 32) => 41_162;
    // 2·(16,381 + 55·1)
    write_result_of_33_bytes_costs_110_more: "write_result"(0, 33) => 41_162 + 110;
    write_result_of_1_000_bytes: "write_result"(0, 1_000) => 41_162 + 2 * 55 * 968;
    block_basefee_costs_13_440: "block_basefee"(0) => H + P;
    block_coinbase_costs_13_440: "block_coinbase"(0) => H + P;
    contract_address_costs_13_440: "contract_address"(0) => H + P;
    msg_sender_costs_13_440: "msg_sender"(0) => H + P;
    msg_value_costs_13_440: "msg_value"(0) => H + P;
    tx_gas_price_costs_13_440: "tx_gas_price"(0) => H + P;
    tx_origin_costs_13_440: "tx_origin"(0) => H + P;
    math_div_costs_43_520: "math_div"(0, 32) => 43_520;
    math_mod_costs_43_520: "math_mod"(0, 32) => 43_520;
    // 23,520 + 3,000 + 17,500·(33 - 32)
    math_pow_with_exponent_0_costs_44_020: "math_pow"(0, 32) => 23_520 + 3_000 + 17_500;
    math_add_mod_costs_49_560: "math_add_mod"(0, 32, 64) => 49_560;
    math_mul_mod_costs_52_660: "math_mul_mod"(0, 32, 64) => 52_660;
    keccak_of_nothing_costs_121_800: "native_keccak256"(0, 0, 0) => 121_800;
    keccak_of_two_words_costs_121_800: "native_keccak256"(0, 64, 0) => 121_800;
    keccak_of_65_bytes_costs_a_word_more: "native_keccak256"(0, 65, 0) => 121_800 + 21_000;
    // 128 words: 126 beyond two
    keccak_of_4_096_bytes: "native_keccak256"(0, 4_096, 0) => 121_800 + 126 * 21_000;
    // 68,073 + read(0) + 375 gas
    a_log_of_nothing_costs_375_gas: "emit_log"(0, 0, 0) => H + A + 16_381 + 375 * PRICE;
    // read(10) is flat; 375 + 8·10 gas
    a_log_pays_for_its_data: "emit_log"(0, 10, 0) => H + A + 16_381 + 455 * PRICE;
    // read(133) = 16,381 + 55·101; 375·5 + 8·5 gas
    a_log_pays_for_its_topics: "emit_log"(0, 133, 4) => H + A + 16_381 + 5_555 + 1_915 * PRICE;
    // 78,153; 2,600 gas
    the_balance_of_a_cold_account_costs_2_600_gas: "account_balance"(0, 32) => H + 2 * P + A + 2_600 * PRICE;
    the_code_hash_of_a_cold_account_costs_2_600_gas: "account_codehash"(0, 32) => H + 2 * P + A + 2_600 * PRICE;
    log_txt_costs_nothing: "log_txt"(0, 3) => 0;
    log_i32_costs_nothing: "log_i32"(3) => 0;
}

prices_with_result! {
    block_gas_limit_costs_8_400: "block_gas_limit" => H;
    block_number_costs_8_400: "block_number" => H;
    block_timestamp_costs_8_400: "block_timestamp" => H;
    chainid_costs_8_400: "chainid" => H;
    evm_gas_left_costs_8_400: "evm_gas_left" => H;
    evm_ink_left_costs_8_400: "evm_ink_left" => H;
    msg_reentrant_costs_8_400: "msg_reentrant" => H;
    tx_ink_price_costs_8_400: "tx_ink_price" => H;
}

#[test]
fn reading_calldata_costs_30_a_byte_beyond_a_word() {
    // 8,400 + 5,040 + 30·(100 - 32)
    let mut vm = Vm::new();
    vm.calldata = vec![9; 100];
    assert_eq!(hook(&mut vm, &[], "read_args", &[0]).0, 13_440 + 2_040);
}

#[test]
fn calldata_arrives_whole() {
    let mut vm = Vm::new();
    vm.calldata = (0..100).collect();
    assert_eq!(written(&mut vm, &[], "read_args", &[50], 50, 100), (0..100).collect::<Vec<u8>>());
}

#[test]
fn programs_see_their_frame() {
    let mut vm = Vm::new();
    assert_eq!(written(&mut vm, &[], "contract_address", &[0], 0, 20), SELF.to_vec());
    assert_eq!(written(&mut vm, &[], "msg_sender", &[0], 0, 20), SENDER.to_vec());
    assert_eq!(written(&mut vm, &[], "tx_origin", &[0], 0, 20), ORIGIN.to_vec());
    assert_eq!(written(&mut vm, &[], "msg_value", &[0], 0, 32), word(7));
    assert_eq!(written(&mut vm, &[], "tx_gas_price", &[0], 0, 32), word(110_000_000));
    assert_eq!(written(&mut vm, &[], "block_basefee", &[0], 0, 32), word(100_000_000));
    assert_eq!(written(&mut vm, &[], "block_coinbase", &[0], 0, 20), COINBASE.to_vec());
    assert_eq!(returned(&mut vm, "block_gas_limit"), 1 << 50);
    assert_eq!(returned(&mut vm, "block_number"), 19_000_000);
    assert_eq!(returned(&mut vm, "block_timestamp"), 1_790_000_000);
    assert_eq!(returned(&mut vm, "chainid"), 412_346);
    assert_eq!(returned(&mut vm, "msg_reentrant"), 0);
    assert_eq!(returned(&mut vm, "tx_ink_price"), 10_000);
    vm.env.reentrant = true;
    assert_eq!(returned(&mut vm, "msg_reentrant"), 1);
}

#[test]
fn what_is_left_is_told_after_paying_for_the_question() {
    // the first block is a constant, the call and its header
    let mut vm = Vm::new().with_ink(100_000_000);
    let left = 100_000_000 - (2_450 + 1 + 3_800) - H;
    assert_eq!(returned(&mut vm, "evm_ink_left"), left);
    assert_eq!(returned(&mut vm, "evm_gas_left"), left / 10_000);
}

#[test]
fn another_ink_price_changes_gas_only() {
    let mut vm = Vm::new().with_ink(100_000_000);
    vm.params.ink_price = 7;
    let left = 100_000_000 - (2_450 + 1 + 3_800) - H;
    assert_eq!(returned(&mut vm, "evm_gas_left"), left / 7);
    assert_eq!(returned(&mut vm, "tx_ink_price"), 7);
    // 375 gas at 7 ink
    assert_eq!(hook(&mut vm, &[], "emit_log", &[0, 0, 0]).0, H + A + 16_381 + 375 * 7);
}

#[test]
fn division_truncates_and_by_zero_gives_zero() {
    let mut vm = Vm::new();
    assert_eq!(written(&mut vm, &words(&[17, 5]), "math_div", &[0, 32], 0, 32), word(3));
    assert_eq!(written(&mut vm, &words(&[17, 0]), "math_div", &[0, 32], 0, 32), word(0));
    assert_eq!(written(&mut vm, &words(&[17, 5]), "math_mod", &[0, 32], 0, 32), word(2));
    assert_eq!(written(&mut vm, &words(&[17, 0]), "math_mod", &[0, 32], 0, 32), word(0));
}

#[test]
fn powers_wrap_and_nothing_to_the_nothing_is_one() {
    let mut vm = Vm::new();
    assert_eq!(written(&mut vm, &words(&[3, 5]), "math_pow", &[0, 32], 0, 32), word(243));
    assert_eq!(written(&mut vm, &words(&[0, 0]), "math_pow", &[0, 32], 0, 32), word(1));
    assert_eq!(written(&mut vm, &words(&[2, 256]), "math_pow", &[0, 32], 0, 32), word(0));
}

#[test]
fn a_power_costs_17_500_a_byte_of_its_exponent() {
    // one byte: 33 - 31 = 2; two bytes: 3; 32 bytes: 33
    let base = 23_520 + 3_000;
    assert_eq!(hook(&mut Vm::new(), &words(&[3, 255]), "math_pow", &[0, 32]).0, base + 35_000);
    assert_eq!(hook(&mut Vm::new(), &words(&[3, 256]), "math_pow", &[0, 32]).0, base + 52_500);
    assert_eq!(hook(&mut Vm::new(), &[0xFF; 64], "math_pow", &[0, 32]).0, base + 577_500);
}

#[test]
fn modular_arithmetic_does_not_overflow_and_modulus_zero_gives_zero() {
    // (2^256 - 1) + (2^256 - 1) = 2·(2^256 - 1) ≡ 0 mod 5, as 2^256 ≡ 1
    let data = |modulus| [[0xFF; 32], [0xFF; 32], word(modulus)].concat();
    let mut vm = Vm::new();
    assert_eq!(written(&mut vm, &data(5), "math_add_mod", &[0, 32, 64], 0, 32), word(0));
    // (2^256 - 1) ≡ 3 mod 12 (2^256 ≡ 4): 3 + 3 = 6; 3·3 = 9
    assert_eq!(written(&mut vm, &data(12), "math_add_mod", &[0, 32, 64], 0, 32), word(6));
    assert_eq!(written(&mut vm, &data(12), "math_mul_mod", &[0, 32, 64], 0, 32), word(9));
    assert_eq!(written(&mut vm, &data(0), "math_add_mod", &[0, 32, 64], 0, 32), word(0));
    assert_eq!(written(&mut vm, &data(0), "math_mul_mod", &[0, 32, 64], 0, 32), word(0));
}

#[test]
fn keccak_hashes_what_it_is_given() {
    let digest = written(&mut Vm::new(), b"hello", "native_keccak256", &[0, 5, 100], 100, 32);
    assert_eq!(digest, keccak256(b"hello").to_vec());
    assert_eq!(
        hex::encode(digest),
        "1c8aff950685c2ed4bc3174f3472287b56d9517b9c948127319a09a7a36deac8"
    );
}

#[test]
fn a_length_that_leads_out_of_memory_is_refused_after_it_was_paid() {
    // a length of 4 GB: 121,800 + 21,000·(134,217,728 - 2) ink, no buffer of that size
    let mut vm = Vm::new().with_ink(1 << 62);
    let (ink, run) = hook(&mut vm, &[], "native_keccak256", &[0, u32::MAX, 0]);
    run.failure();
    // the program stopped in the call: the second block was not paid
    assert_eq!(ink + EMPTY, 121_800 + 21_000 * 134_217_726);
}

#[test]
fn logs_carry_topics_and_data() {
    let mut vm = Vm::new();
    let data = [[1; 32], [2; 32]].concat();
    let (_, run) = hook(&mut vm, &[&data[..], b"rest"].concat(), "emit_log", &[0, 68, 2]);
    run.ink();
    assert_eq!(
        vm.chain.logs,
        [(vec![B256::repeat_byte(1), B256::repeat_byte(2)], b"rest".to_vec())]
    );
}

#[test]
fn more_than_four_topics_fail_the_frame() {
    let mut vm = Vm::new();
    let (_, run) = hook(&mut vm, &[], "emit_log", &[0, 1_000, 5]);
    assert_eq!(run.failure(), "bad topic data");
    // before the read is paid: const 3, call, header, 68,073
    assert_eq!(run.used, WITH_CALL - EMPTY + 3 + H + A);
    assert!(vm.chain.logs.is_empty());
}

#[test]
fn a_log_shorter_than_its_topics_fails_the_frame() {
    let mut vm = Vm::new();
    assert_eq!(hook(&mut vm, &[], "emit_log", &[0, 63, 2]).1.failure(), "bad topic data");
}

#[test]
fn a_log_in_a_static_call_fails_the_frame_after_it_was_paid() {
    let mut vm = Vm::new();
    vm.env.is_static = true;
    let (_, run) = hook(&mut vm, &[], "emit_log", &[0, 0, 0]);
    assert_eq!(run.failure(), "log in a static call");
    assert_eq!(run.used, WITH_CALL - EMPTY + 3 + H + A + 16_381 + 375 * PRICE);
    assert!(vm.chain.logs.is_empty());
}

#[test]
fn a_warm_account_costs_100_gas() {
    let code = "i32.const 0 i32.const 32 call $account_balance i32.const 0 i32.const 32 call $account_balance i32.const 0";
    // two calls of 78,153 ink; 2,600 + 100 gas
    let run = Vm::new().run(&with(&[], code));
    assert_eq!(
        run.ink(),
        2 * (WITH_CALL - EMPTY + 2) + EMPTY + 2 * (H + 2 * P + A) + 2_700 * PRICE
    );
}

#[test]
fn a_balance_is_a_big_endian_word() {
    let mut vm = Vm::new();
    vm.chain.balances.insert(Address::ZERO, U256::from(258));
    assert_eq!(written(&mut vm, &[], "account_balance", &[0, 40], 40, 32), word(258));
}

#[test]
fn an_account_question_needs_2_600_gas_even_when_warm() {
    // after 78,153 ink there must be 26,000,000 left
    let before = WITH_CALL - EMPTY + 2 + H + 2 * P + A;
    let run =
        hook(&mut Vm::new().with_ink(before + 26_000_000 - 1), &[], "account_balance", &[0, 32]).1;
    assert_eq!(run.outcome, Outcome::OutOfInk);
}

#[test]
fn a_code_hash_is_written_whole() {
    let mut vm = Vm::new();
    vm.chain.codes.insert(Address::ZERO, Bytes::from_static(b"code"));
    assert_eq!(
        written(&mut vm, &[], "account_codehash", &[0, 40], 40, 32),
        keccak256(b"code").to_vec()
    );
}

#[test]
fn the_size_of_cold_code_costs_3_300_gas() {
    // 700·(24,576 / 24,576) + 2,600
    assert_eq!(
        hook_with_result(&mut Vm::new(), &[], "account_code_size", &[0]),
        H + A + 3_300 * PRICE
    );
}

#[test]
fn a_chain_with_larger_codes_charges_more_for_reading_them() {
    // 700·floor(50,000 / 24,576) = 1,400
    let mut vm = Vm::new();
    vm.env.max_code_size = 50_000;
    assert_eq!(hook_with_result(&mut vm, &[], "account_code_size", &[0]), H + A + 4_000 * PRICE);
}

#[test]
fn code_is_paid_by_its_whole_length() {
    // write(100) = 5,040 + 30·68, though one byte is asked for
    let mut vm = Vm::new();
    vm.chain.codes.insert(Address::ZERO, vec![7; 100].into());
    let ink = hook_with_result(&mut vm, &[], "account_code", &[0, 0, 1, 64]);
    assert_eq!(ink, H + A + 3_300 * PRICE + 5_040 + 2_040);
}

#[test]
fn code_is_copied_without_padding() {
    let mut vm = Vm::new();
    vm.chain.codes.insert(Address::ZERO, Bytes::from_static(b"abc"));
    let code = "i32.const 0 i32.const 1 i32.const 32 i32.const 64 call $account_code drop
        i32.const 64 i32.const 4 call $write_result i32.const 0";
    let mut data = vec![0; 64];
    data.extend([0xEE; 4]);
    assert_eq!(vm.run(&with(&data, code)).output(), b"bc\xEE\xEE");
}

const SIZE_TWICE: &str =
    "i32.const 0 call $account_code_size drop i32.const 0 call $account_code_size drop i32.const 0";
/// The WASM of `SIZE_TWICE`: two constants, two calls with their headers, two drops, the last block.
const SIZE_TWICE_INK: u64 = 2 * (WITH_CALL - EMPTY + 1) + 2 * 9 + EMPTY + 2 * (H + A);

#[test]
fn the_code_of_the_last_account_is_remembered() {
    let mut vm = Vm::new();
    vm.chain.codes.insert(Address::ZERO, Bytes::from_static(b"abc"));
    assert_eq!(vm.run(&with(&[], SIZE_TWICE)).ink(), SIZE_TWICE_INK + 3_300 * PRICE);
    assert_eq!(vm.chain.touched.len(), 1);
}

#[test]
fn from_arbos_40_empty_code_is_not_remembered() {
    // 3,300 cold, 800 warm
    assert_eq!(Vm::at(40).run(&with(&[], SIZE_TWICE)).ink(), SIZE_TWICE_INK + 4_100 * PRICE);
    assert_eq!(Vm::at(32).run(&with(&[], SIZE_TWICE)).ink(), SIZE_TWICE_INK + 3_300 * PRICE);
}

#[test]
fn only_the_last_account_is_remembered() {
    let mut vm = Vm::new();
    let code = "i32.const 0 call $account_code_size drop i32.const 32 call $account_code_size drop
        i32.const 0 call $account_code_size drop i32.const 0";
    let mut data = vec![0; 52];
    data[51] = 9;
    vm.chain.codes.insert(Address::ZERO, Bytes::from_static(b"abc"));
    vm.chain.codes.insert(Address::from_slice(&data[32..]), Bytes::from_static(b"abc"));
    vm.run(&with(&data, code)).ink();
    assert_eq!(vm.chain.touched.len(), 3);
}

#[test]
fn the_console_prints() {
    let mut vm = Vm::new();
    let code = "i32.const 0 i32.const 5 call $log_txt i32.const -3 call $log_i32 i64.const 9 call $tee_i64 drop i32.const 0";
    vm.run(&with(b"hello", code)).ink();
    assert_eq!(vm.chain.console, ["hello", "i32 -3", "i64 9"]);
}
