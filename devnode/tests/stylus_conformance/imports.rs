//! All host functions at once: their types, and their pointers. Spec: stylus-vm.md §6.1, §6.2.

use super::vm::Vm;
use alloy_primitives::B256;
use devnode::stylus::{Outcome, StylusParams, activate};

/// An argument of a host function.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Arg {
    /// A pointer to so many bytes that are read or written.
    At(u32),
    /// An i32 with this value.
    Int(i32),
    /// An i64 with this value.
    Long,
}
use Arg::{At, Int, Long};

/// Module, name, arguments, type of the result.
type Import = (&'static str, &'static str, &'static [Arg], &'static str);

const IMPORTS: &[Import] = &[
    ("vm_hooks", "read_args", &[At(4)], ""),
    ("vm_hooks", "write_result", &[At(4), Int(4)], ""),
    ("vm_hooks", "exit_early", &[Int(0)], ""),
    ("vm_hooks", "storage_load_bytes32", &[At(32), At(32)], ""),
    ("vm_hooks", "storage_cache_bytes32", &[At(32), At(32)], ""),
    ("vm_hooks", "storage_flush_cache", &[Int(0)], ""),
    ("vm_hooks", "transient_load_bytes32", &[At(32), At(32)], ""),
    ("vm_hooks", "transient_store_bytes32", &[At(32), At(32)], ""),
    ("vm_hooks", "call_contract", &[At(20), At(4), Int(4), At(32), Long, At(4)], "i32"),
    ("vm_hooks", "delegate_call_contract", &[At(20), At(4), Int(4), Long, At(4)], "i32"),
    ("vm_hooks", "static_call_contract", &[At(20), At(4), Int(4), Long, At(4)], "i32"),
    ("vm_hooks", "create1", &[At(4), Int(4), At(32), At(20), At(4)], ""),
    ("vm_hooks", "create2", &[At(4), Int(4), At(32), At(32), At(20), At(4)], ""),
    // nothing came back, so the pointer may be anything
    ("vm_hooks", "read_return_data", &[Int(-1), Int(0), Int(4)], "i32"),
    ("vm_hooks", "return_data_size", &[], "i32"),
    ("vm_hooks", "emit_log", &[At(4), Int(4), Int(0)], ""),
    ("vm_hooks", "account_balance", &[At(20), At(32)], ""),
    // four bytes of code
    ("vm_hooks", "account_code", &[At(20), Int(0), Int(4), At(4)], "i32"),
    ("vm_hooks", "account_code_size", &[At(20)], "i32"),
    ("vm_hooks", "account_codehash", &[At(20), At(32)], ""),
    ("vm_hooks", "block_basefee", &[At(32)], ""),
    ("vm_hooks", "block_coinbase", &[At(20)], ""),
    ("vm_hooks", "block_gas_limit", &[], "i64"),
    ("vm_hooks", "block_number", &[], "i64"),
    ("vm_hooks", "block_timestamp", &[], "i64"),
    ("vm_hooks", "chainid", &[], "i64"),
    ("vm_hooks", "contract_address", &[At(20)], ""),
    ("vm_hooks", "evm_gas_left", &[], "i64"),
    ("vm_hooks", "evm_ink_left", &[], "i64"),
    ("vm_hooks", "math_div", &[At(32), At(32)], ""),
    ("vm_hooks", "math_mod", &[At(32), At(32)], ""),
    ("vm_hooks", "math_pow", &[At(32), At(32)], ""),
    ("vm_hooks", "math_add_mod", &[At(32), At(32), At(32)], ""),
    ("vm_hooks", "math_mul_mod", &[At(32), At(32), At(32)], ""),
    ("vm_hooks", "msg_reentrant", &[], "i32"),
    ("vm_hooks", "msg_sender", &[At(20)], ""),
    ("vm_hooks", "msg_value", &[At(32)], ""),
    ("vm_hooks", "native_keccak256", &[At(4), Int(4), At(32)], ""),
    ("vm_hooks", "tx_gas_price", &[At(32)], ""),
    ("vm_hooks", "tx_ink_price", &[], "i32"),
    ("vm_hooks", "tx_origin", &[At(20)], ""),
    ("vm_hooks", "pay_for_memory_grow", &[Int(0)], ""),
    ("console", "log_txt", &[At(4), Int(4)], ""),
    ("console", "log_i32", &[Int(4)], ""),
    ("console", "log_i64", &[Long], ""),
    ("console", "tee_i32", &[Int(4)], "i32"),
    ("console", "tee_i64", &[Long], "i64"),
];

fn width(arg: Arg) -> &'static str {
    if arg == Long { "i64" } else { "i32" }
}

fn typed((module, name, ..): &Import, params: &[&str], result: &str) -> String {
    let params = params.join(" ");
    format!("(import \"{module}\" \"{name}\" (func $f (param {params}) (result {result})))")
}

/// The import as the specification has it.
fn import(row: &Import) -> String {
    let params: Vec<_> = row.2.iter().map(|arg| width(*arg)).collect();
    typed(row, &params, row.3)
}

/// Why a module with this import cannot be activated, if it cannot.
fn refusal(import: &str) -> Option<String> {
    let wat = format!(
        "(module {import} (memory (export \"memory\") 1 1)
           (func (export \"user_entrypoint\") (param i32) (result i32) i32.const 0))"
    );
    let wasm = wat::parse_str(wat).unwrap();
    let params = StylusParams::new(51);
    activate(&wasm, B256::ZERO, &params, 128, true, &mut { u64::MAX }).err().map(|e| e.reason)
}

#[test]
fn every_host_function_has_the_type_of_the_specification_and_no_other() {
    assert_eq!(IMPORTS.iter().filter(|(module, ..)| *module == "vm_hooks").count(), 42);
    for row in IMPORTS {
        let (_, name, args, result) = row;
        assert_eq!(refusal(&import(row)), None, "{name}");
        let params: Vec<_> = args.iter().map(|arg| width(*arg)).collect();
        let other = |ty: &&str| if *ty == "i64" { "i32" } else { "i64" };
        let mut wrong = vec![
            typed(row, &[&params[..], &["i32"]].concat(), result),
            typed(row, &params, other(result)),
        ];
        // each parameter in turn of the other width
        for place in 0..params.len() {
            let mut changed = params.clone();
            changed[place] = other(&changed[place]);
            wrong.push(typed(row, &changed, result));
        }
        for wrong in wrong {
            let reason = refusal(&wrong).unwrap_or_else(|| panic!("accepted: {wrong}"));
            assert!(reason.contains("wrong type"), "{name}: {reason}");
        }
    }
}

/// Runs one call with these constants.
fn run(row: &Import, constants: &[i64]) -> Outcome {
    let (_, _, args, result) = row;
    let push: String = args
        .iter()
        .zip(constants)
        .map(|(arg, value)| format!("{}.const {value} ", width(*arg)))
        .collect();
    let drop = if result.is_empty() { "" } else { "drop" };
    let wat = format!(
        "(module {} (memory (export \"memory\") 1 1)
           (func (export \"user_entrypoint\") (param i32) (result i32) {push} call $f {drop} i32.const 0))",
        import(row)
    );
    let mut vm = Vm::new();
    vm.calldata = vec![1; 4];
    vm.chain.codes.insert(Default::default(), vec![7; 4].into());
    vm.run(&wat).outcome
}

#[test]
fn every_pointer_may_reach_the_last_byte_of_memory_and_not_one_further() {
    let mut pointers = 0;
    for row in IMPORTS {
        let (_, name, args, _) = row;
        let constants: Vec<i64> = args
            .iter()
            .map(|arg| match arg {
                At(_) => 0,
                Int(value) => i64::from(*value),
                Long => 1,
            })
            .collect();
        assert!(matches!(run(row, &constants), Outcome::Success(_)), "{name}");
        for (place, arg) in args.iter().enumerate() {
            let At(bytes) = arg else { continue };
            pointers += 1;
            let last = i64::from(65_536 - bytes);
            let mut changed = constants.clone();
            changed[place] = last;
            let outcome = run(row, &changed);
            assert!(matches!(outcome, Outcome::Success(_)), "{name}, {place}: {outcome:?}");
            for beyond in [last + 1, 65_536, -1] {
                changed[place] = beyond;
                let outcome = run(row, &changed);
                assert!(
                    matches!(&outcome, Outcome::Failure(why) if why.contains("leads out of")),
                    "{name}, {place} at {beyond}: {outcome:?}"
                );
            }
        }
    }
    assert_eq!(pointers, 59);
}

#[test]
fn floats_can_be_handed_on_as_long_as_nothing_is_done_with_them() {
    // a local that nobody set is zero, and costs what any local costs
    let mut vm = Vm::new();
    let wat = "(module (import \"console\" \"log_f32\" (func $f (param f32)))
        (import \"console\" \"tee_f64\" (func $g (param f64) (result f64)))
        (import \"console\" \"log_f64\" (func $h (param f64)))
        (import \"console\" \"tee_f32\" (func $i (param f32) (result f32)))
        (memory (export \"memory\") 1 1)
        (func $pass (param f64) (result f64) local.get 0)
        (func (export \"user_entrypoint\") (param i32) (result i32) (local f32 f64)
          local.get 1 call $f local.get 2 call $g call $pass call $h local.get 1 call $i drop i32.const 0))";
    vm.run(wat).ink();
    assert_eq!(vm.chain.console, ["f32 0", "f64 0", "f64 0", "f32 0"]);
}

#[test]
fn code_that_could_be_touched_but_not_read_is_out_of_ink() {
    // 2,600 gas are required, 3,300 are taken: between the two it fails, and at 3,300 it does not
    let row = IMPORTS.iter().find(|(_, name, ..)| *name == "account_code_size").unwrap();
    let wat = format!(
        "(module {} (memory (export \"memory\") 1 1)
           (func (export \"user_entrypoint\") (param i32) (result i32) i32.const 0 call $f))",
        import(row)
    );
    // const 1, call 3,800, header; 68,073; then end 1, header
    let before = 1 + 3_800 + 2_450 + 68_073;
    let after = 1 + 2_450;
    for (ink, outcome) in [
        (before + 26_000_000 - 1, Outcome::OutOfInk),
        (before + 33_000_000 - 1, Outcome::OutOfInk),
        (before + 33_000_000 + after, Outcome::Success(Default::default())),
    ] {
        let run = Vm::new().with_ink(ink).run(&wat);
        assert_eq!((run.outcome, run.left), (outcome, 0), "{ink}");
    }
}
