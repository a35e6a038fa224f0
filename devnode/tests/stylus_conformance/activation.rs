//! Which modules activate, for how much, and with which estimates. Spec: stylus-vm.md §2.2, §2.4, §2.7.

use alloy_primitives::B256;
use devnode::stylus::{ActivatedProgram, StylusParams, activate};

const GAS: u64 = 1 << 40;
/// Pages a fresh transaction may open.
const BUDGET: u16 = 128;

struct Activation {
    params: StylusParams,
    debug: bool,
    gas: u64,
}

impl Activation {
    fn at(arbos_version: u64) -> Self {
        Self { params: StylusParams::new(arbos_version), debug: true, gas: GAS }
    }

    /// The program and the variable gas, or the reason.
    fn of(&mut self, wat: &str) -> Result<(ActivatedProgram, u64), String> {
        let wasm = wat::parse_str(wat).unwrap_or_else(|error| panic!("{error}"));
        self.of_wasm(&wasm)
    }

    fn of_wasm(&mut self, wasm: &[u8]) -> Result<(ActivatedProgram, u64), String> {
        let before = self.gas;
        match activate(wasm, B256::ZERO, &self.params, BUDGET, self.debug, &mut self.gas) {
            Ok(program) => Ok((program, before - self.gas)),
            Err(error) => {
                assert_eq!(self.gas, 0, "a failed activation burns all gas");
                Err(error.to_string())
            }
        }
    }
}

/// On a debug chain of ArbOS 51.
fn activated(wat: &str) -> (ActivatedProgram, u64) {
    Activation::at(51).of(wat).unwrap()
}

fn refused(wat: &str) -> String {
    Activation::at(51).of(wat).unwrap_err()
}

/// On a chain without debug precompiles.
fn refused_in_production(wat: &str) -> String {
    Activation { debug: false, ..Activation::at(51) }.of(wat).unwrap_err()
}

const ENTRY: &str = r#"(func (export "user_entrypoint") (param i32) (result i32) i32.const 0)"#;
const MEMORY: &str = r#"(memory (export "memory") 1 1)"#;

/// A module that lacks nothing, with more fields.
fn module(fields: &str) -> String {
    format!("(module {fields} {MEMORY} {ENTRY})")
}

/// 64 bytes: 8 magic, 8 type, 4 function, 6 memory, 30 export, 8 code.
fn smallest() -> String {
    module("")
}

#[test]
fn the_smallest_module_costs_its_bytes_its_page_and_its_operators() {
    // bytes 64·31,733/100,000 = 20 µs; functions 1·17,263/100,000 = 0; page 2,217 µs;
    // operators: 2 own, 12 for the block, 12 to enter, `return` and 4 to leave = 31: 31·535/1,000 = 16 µs; 28 gas a µs
    assert_eq!(wat::parse_str(smallest()).unwrap().len(), 64);
    assert_eq!(activated(&smallest()).1, (20 + 2_217 + 16) * 28);
}

#[test]
fn before_arbos_32_bytes_are_not_charged() {
    assert_eq!(Activation::at(31).of(&smallest()).unwrap().1, (2_217 + 16) * 28);
}

#[test]
fn the_smallest_module_has_the_estimates_of_the_formulae() {
    let (program, _) = activated(&smallest());
    // 512,000 + 996 + 2·11,416/1,000 + 64·62,628/10,000
    assert_eq!(program.asm_estimate, 512_000 + 996 + 22 + 400);
    // 0 + 0 + 0 + four added globals 4·1,628/1,000 + 0 + one page 5
    assert_eq!(program.cached_cost, 6 + 5);
    // 8 + 2·1,059/1,000 + 64·1,286/10,000
    assert_eq!(program.init_cost, 8 + 2 + 8);
    assert_eq!(program.footprint, 1);
}

#[test]
fn in_stylus_version_1_the_init_cost_includes_the_cached_cost() {
    let (program, _) = Activation::at(30).of(&smallest()).unwrap();
    assert_eq!((program.init_cost, program.cached_cost), (18 + 11, 11));
}

/// What `changed` costs more than `base`, in µs, beside the bytes it is longer.
fn microseconds_more(base: &str, changed: &str) -> u64 {
    let bytes = |wat: &str| wat::parse_str(wat).unwrap().len() as u64 * 31_733 / 100_000;
    (activated(changed).1 / 28 - bytes(changed)) - (activated(base).1 / 28 - bytes(base))
}

#[test]
fn functions_cost_by_number() {
    // 100 more: 101·17,263/100,000 - 0 = 17; each 1 + 12 + 17 = 30 operators: (31 + 3,000)·535/1,000 - 16 = 1,605
    assert_eq!(microseconds_more(&smallest(), &module(&"(func)".repeat(100))), 17 + 1_605);
}

#[test]
fn data_costs_by_payload() {
    // 1,000·17,376/100,000
    let data = format!(r#"(data (i32.const 0) "{}")"#, "x".repeat(1_000));
    assert_eq!(microseconds_more(&smallest(), &module(&data)), 173);
}

#[test]
fn data_estimates_count_whole_segments() {
    // flag 1, offset 3, length 2, payload 1,000: 1,006·75,244/100,000 = 756; W = 64 + 1,006 + section 4 = 1,074:
    // 1,074·122/100,000 = 1
    let data = format!(r#"(data (i32.const 0) "{}")"#, "x".repeat(1_000));
    assert_eq!(activated(&module(&data)).0.cached_cost, 1 + 6 + 756 + 5);
}

#[test]
fn elements_cost_by_encoded_length() {
    // $f: 1 + 12 + 17 operators; 100 entries: flag 1, offset 3, count 1, 100 indices = 105: 105·17,376/100,000 = 18;
    // operators 61·535/1,000 = 32, instead of 16; functions 2·17,263/100,000 = 0
    let fields =
        format!("(table 100 funcref) (func $f) (elem (i32.const 0) {})", "$f ".repeat(100));
    let fields = fields.replace("$f", "0").replace("(func 0)", "(func)");
    assert_eq!(microseconds_more(&smallest(), &module(&fields)), 18 + 16);
}

#[test]
fn pages_cost_62_076_gas_each() {
    let wat = smallest().replace("1 1)", "9 9)");
    assert_eq!(microseconds_more(&smallest(), &wat), 8 * 2_217);
    let (program, _) = activated(&wat);
    assert_eq!((program.footprint, program.cached_cost), (9, 6 + 45));
}

/// Operators of a body, instrumented, beyond those of the smallest module.
fn operators_more(body: &str) -> u64 {
    // repeated until the µs tell single operators apart: 1,000 functions with the body, against 1,000 empty ones
    let many = |body: &str| module(&format!("(func (param i32) {body})").repeat(1_000));
    let (with, without) = (many(body), many(""));
    let more = microseconds_more(&without, &with);
    // floor(n·535/1,000) with n a multiple of 1,000 apart from 31
    (more + 534) * 1_000 / 535 / 1_000
}

#[test]
fn a_block_adds_12_operators() {
    // `block`, `end` and 12
    assert_eq!(operators_more("block end"), 14);
}

#[test]
fn an_operator_inside_a_block_adds_itself() {
    assert_eq!(operators_more("nop nop nop"), 3);
}

#[test]
fn a_return_adds_4_operators_and_a_block() {
    // `return`, 12, 4
    assert_eq!(operators_more("return"), 17);
}

#[test]
fn a_copy_adds_17_operators() {
    // 3 constants, `memory.copy`, 17
    assert_eq!(operators_more("i32.const 0 i32.const 0 i32.const 0 memory.copy"), 21);
}

#[test]
fn a_grow_adds_4_operators_where_memory_can_grow() {
    let growing = |body: &str| {
        let fields = r#"(import "vm_hooks" "pay_for_memory_grow" (func (param i32)))"#;
        let functions = format!("(func {body})").repeat(1_000);
        format!(r#"(module {fields} (memory (export "memory") 1) {functions} {ENTRY})"#)
    };
    // constant, `memory.grow`, `drop`, 4: 7,000·535/1,000
    assert_eq!(microseconds_more(&growing(""), &growing("i32.const 0 memory.grow drop")), 3_745);
    // without a maximum above the minimum: 3
    assert_eq!(operators_more("i32.const 0 memory.grow drop"), 3);
}

#[test]
fn globals_count_in_the_cached_cost() {
    // 14·1,628/1,000 = 22 instead of 6; 64 + 10·5 + 3 bytes: 0
    let (program, _) = activated(&module(&"(global i32 (i32.const 0))".repeat(10)));
    assert_eq!(program.cached_cost, 22 + 5);
}

#[test]
fn an_activation_that_runs_out_of_gas_burns_all() {
    let price = activated(&smallest()).1;
    assert!(Activation { gas: price, ..Activation::at(51) }.of(&smallest()).is_ok());
    let error = Activation { gas: price - 1, ..Activation::at(51) }.of(&smallest()).unwrap_err();
    // The last line is for the operators: 448 gas, of which one is missing.
    assert_eq!(error, "program activation failed: out of gas: 448 gas to pay next, 447 left");
}

#[test]
fn a_cost_that_does_not_fit_its_field_fails() {
    // 90,000 bytes of data: 67,724 > 65,535
    let data =
        format!(r#"(memory (export "memory") 2 2) (data (i32.const 0) "{}")"#, "x".repeat(90_000));
    assert!(refused(&format!("(module {data} {ENTRY})")).contains("cached cost"));
}

#[test]
fn the_module_hash_differs_by_code_hash_and_version() {
    let wasm = wat::parse_str(smallest()).unwrap();
    let hash = |code_hash, arbos| {
        let params = StylusParams::new(arbos);
        activate(&wasm, code_hash, &params, BUDGET, true, &mut { GAS }).unwrap().module_hash
    };
    assert_ne!(hash(B256::ZERO, 51), hash(B256::repeat_byte(1), 51));
    assert_ne!(hash(B256::ZERO, 51), hash(B256::ZERO, 60));
    assert_eq!(hash(B256::ZERO, 51), hash(B256::ZERO, 51));
}

macro_rules! refusals {
    ($($name:ident: $wat:expr => $reason:expr;)*) => {
        $(#[test] fn $name() {
            let error = refused(&$wat);
            assert!(error.starts_with("program activation failed: "), "{error}");
            assert!(error.contains($reason), "{error}");
        })*
    };
}

macro_rules! acceptances {
    ($($name:ident: $wat:expr;)*) => { $(#[test] fn $name() { activated(&$wat); })* };
}

/// The imports of a growing memory.
const PAY: &str = r#"(import "vm_hooks" "pay_for_memory_grow" (func (param i32)))"#;

// Stage A
refusals! {
    garbage_is_refused: "(module binary \"\\00asm\\01\\00\\00\\00\\ff\\00\")" => "failed to validate";
    reference_types_are_refused: module("(func (param externref))") => "failed to validate";
    a_typed_select_is_refused: module("(func (result i32) i32.const 1 i32.const 2 i32.const 0 select (result i32))") => "failed to validate";
    two_tables_are_refused: module("(table 1 funcref) (table 1 funcref)") => "failed to validate";
    simd_is_refused: module("(func v128.const i32x4 0 0 0 0 drop)") => "failed to validate";
    shared_memory_is_refused: format!(r#"(module (memory (export "memory") 1 1 shared) {ENTRY})"#) => "failed to validate";
    tail_calls_are_refused: module("(func $f return_call $f)") => "failed to validate";
    exceptions_are_refused: module("(tag) (func throw 0)") => "failed to validate";
    memory64_is_refused: format!(r#"(module (memory (export "memory") i64 1 1) {ENTRY})"#) => "failed to validate";
    two_memories_are_refused: module("(memory 1 1)") => "failed to validate";
    extended_constants_are_refused: module("(global i32 (i32.add (i32.const 1) (i32.const 2)))") => "failed to validate";
    relaxed_simd_is_refused: module("(func v128.const i32x4 0 0 0 0 i32x4.relaxed_trunc_f32x4_s drop)") => "failed to validate";
    gc_types_are_refused: module("(type (struct))") => "failed to validate";
    typed_references_are_refused: module("(type $t (func)) (func (param (ref $t)))") => "failed to validate";
    reading_a_table_is_refused: module("(table 1 funcref) (func i32.const 0 table.get 0 drop)") => "failed to validate";
    writing_a_table_is_refused: module("(table 1 funcref) (func i32.const 0 ref.null func table.set 0)") => "failed to validate";
    growing_a_table_is_refused: module("(table 1 funcref) (func ref.null func i32.const 1 table.grow 0 drop)") => "failed to validate";
    asking_the_size_of_a_table_is_refused: module("(table 1 funcref) (func table.size 0 drop)") => "failed to validate";
    filling_a_table_is_refused: module("(table 1 funcref) (func i32.const 0 ref.null func i32.const 0 table.fill 0)") => "failed to validate";
    a_body_of_the_wrong_type_is_refused: module("(func (result i32))") => "failed to validate";
}

// Stage B
refusals! {
    an_imported_memory_is_refused:
        format!(r#"(module (import "vm_hooks" "memory" (memory 1 1)) {ENTRY})"#) => "unsupported import kind";
    an_imported_table_is_refused:
        module(r#"(import "vm_hooks" "t" (table 1 funcref))"#) => "unsupported import kind";
    imports_of_one_function_with_two_equal_types_are_refused:
        module(r#"(type $a (func (param i32))) (type $b (func (param i32)))
            (import "vm_hooks" "msg_sender" (func (type $a))) (import "vm_hooks" "msg_sender" (func (type $b)))"#)
        => "inconsistent imports for vm_hooks msg_sender";
    an_entry_point_without_any_code_is_refused:
        format!(r#"(module (import "console" "tee_i32" (func (param i32) (result i32))) {MEMORY}
            (export "user_entrypoint" (func 0)))"#) => "missing code section";
    paying_for_growth_with_another_type_is_refused:
        format!(r#"(module (import "vm_hooks" "pay_for_memory_grow" (func (param i64))) (memory (export "memory") 1) {ENTRY})"#)
        => "wrong type for pay_for_memory_grow";
    paying_for_growth_to_another_module_is_refused:
        format!(r#"(module (import "console" "pay_for_memory_grow" (func (param i32))) (memory (export "memory") 1) {ENTRY})"#)
        => "missing import pay_for_memory_grow";
    an_imported_global_is_refused:
        module(r#"(import "vm_hooks" "g" (global i32))"#) => "unsupported import kind";
    an_unknown_import_is_refused:
        module(r#"(import "vm_hooks" "no_such_hook" (func))"#) => "No such import no_such_hook";
    an_unknown_import_module_is_refused:
        module(r#"(import "env" "msg_sender" (func (param i32)))"#) => "No such import msg_sender in env";
    the_debug_module_is_refused:
        module(r#"(import "debug" "null_host" (func))"#) => "No such import null_host";
    an_import_of_the_wrong_type_is_refused:
        module(r#"(import "vm_hooks" "msg_sender" (func (param i64)))"#) => "wrong type";
    imports_of_one_function_with_two_types_are_refused:
        module(r#"(import "vm_hooks" "msg_sender" (func (param i32))) (import "vm_hooks" "msg_sender" (func))"#)
        => "inconsistent imports for vm_hooks msg_sender";
    an_export_named_like_an_import_is_refused:
        module(r#"(import "vm_hooks" "msg_sender" (func (param i32))) (func (export "msg_sender"))"#)
        => "exports an import with the same name msg_sender";
    an_export_whose_last_part_is_named_like_an_import_is_refused:
        module(r#"(import "vm_hooks" "msg_sender" (func (param i32))) (func (export "a__b__msg_sender"))"#)
        => "exports an import with the same name msg_sender";
    a_reserved_export_is_refused: module(r#"(func (export "stylus_ink_left"))"#) => "exports reserved symbol";
    an_export_whose_last_part_is_reserved_is_refused:
        module(r#"(func (export "x__stylus_y"))"#) => "exports reserved symbol stylus_y";
    a_reserved_import_is_refused:
        module(r#"(import "vm_hooks" "stylus_x" (func))"#) => "imports reserved symbol stylus_x";
    a_data_count_section_is_refused:
        module(r#"(memory $m 0) (data $d "x") (func i32.const 0 i32.const 0 i32.const 0 memory.init $d)"#)
            .replace("(memory $m 0)", "") => "unsupported section type";
    a_global_of_another_global_is_refused:
        module("(func $f) (table 1 funcref) (global funcref (ref.func $f))") => "failed to validate";
    a_module_without_memory_is_refused: format!("(module {ENTRY})") => "missing memory export";
    a_memory_that_is_not_exported_is_refused: format!("(module (memory 1 1) {ENTRY})") => "missing memory";
    a_memory_exported_under_another_name_is_refused:
        format!(r#"(module (memory (export "mem") 1 1) {ENTRY})"#) => "missing memory";
    something_else_exported_as_memory_is_refused:
        format!(r#"(module (memory 1 1) (func (export "memory")) {ENTRY})"#) => "missing memory";
    memory_beyond_the_hard_ceiling_is_refused:
        format!(r#"(module (memory (export "memory") 65535 65535) {ENTRY})"#) => "exceeds bound 65534";
    memory_beyond_the_budget_is_refused:
        format!(r#"(module (memory (export "memory") 129 129) {ENTRY})"#) => "memory exceeds limit: 129 > 128";
    memory_that_can_grow_unpaid_is_refused:
        format!(r#"(module (memory (export "memory") 1) {ENTRY})"#) => "missing import pay_for_memory_grow";
    memory_with_a_higher_maximum_must_be_paid_too:
        format!(r#"(module (memory (export "memory") 1 2) {ENTRY})"#) => "missing import pay_for_memory_grow";
    a_module_without_entry_point_is_refused: format!("(module {MEMORY})") => "missing export with name user_entrypoint";
    an_entry_point_of_the_wrong_type_is_refused:
        format!(r#"(module {MEMORY} (func (export "user_entrypoint")))"#) => "wrong type for user_entrypoint";
    an_entry_point_that_is_no_function_is_refused:
        format!(r#"(module {MEMORY} (global (export "user_entrypoint") i32 (i32.const 0)))"#) => "must be a function";
    an_export_name_of_513_bytes_is_refused:
        module(&format!(r#"(func (export "{}"))"#, "n".repeat(513))) => "wasm name too long: 513 > 512";
    a_module_name_of_513_bytes_is_refused:
        module("").replace("(module", &format!("(module ${}", "n".repeat(513))) => "wasm module name too long: 513 > 512";
    data_out_of_memory_is_refused: module(r#"(data (i32.const 65535) "ab")"#) => "Out-of-bounds data";
    elements_out_of_the_table_are_refused:
        module("(table 1 funcref) (func $f) (elem (i32.const 1) func $f)") => "Out of bounds element";
}

acceptances! {
    the_console_module_is_accepted_on_debug_chains: module(r#"(import "console" "log_i32" (func (param i32)))"#);
    data_to_the_last_byte_is_accepted: module(r#"(data (i32.const 65535) "a")"#);
    an_export_name_of_512_bytes_is_accepted: module(&format!(r#"(func (export "{}"))"#, "n".repeat(512)));
    memory_within_the_budget_is_accepted: format!(r#"(module (memory (export "memory") 128 128) {ENTRY})"#);
    growing_memory_that_is_paid_is_accepted: format!(r#"(module {PAY} (memory (export "memory") 1) {ENTRY})"#);
    one_import_twice_with_one_type_is_accepted:
        module(r#"(type $t (func (param i32))) (import "vm_hooks" "msg_sender" (func (type $t))) (import "vm_hooks" "msg_sender" (func (type $t)))"#);
    a_custom_section_is_accepted: module(r#"(@custom "project_hash" "0123456789abcdef0123456789abcdef")"#);
    a_start_function_is_accepted_on_debug_chains: module("(func $s) (start $s)");
    sign_extension_is_accepted: module("(func i32.const 1 i32.extend8_s drop)");
    a_mutable_global_is_accepted: module(r#"(global (export "g") (mut i32) (i32.const 1))"#);
    memory_without_a_page_is_accepted: format!(r#"(module (memory (export "memory") 0 0) {ENTRY})"#);
    a_passive_element_segment_is_accepted: module("(func $f) (elem func $f)");
    an_export_that_only_contains_an_imports_name_is_accepted:
        module(r#"(import "vm_hooks" "msg_sender" (func (param i32))) (func (export "msg_sender__of"))"#);
    an_export_that_only_contains_the_reserved_word_is_accepted: module(r#"(func (export "my_stylus"))"#);
}

#[test]
fn without_debug_precompiles_the_console_is_refused() {
    let error =
        refused_in_production(&module(r#"(import "console" "log_i32" (func (param i32)))"#));
    assert!(error.contains("No such import log_i32 in console"), "{error}");
}

#[test]
fn without_debug_precompiles_a_start_function_is_refused() {
    let error = refused_in_production(&module("(func $s) (start $s)"));
    assert!(error.contains("start functions not allowed"), "{error}");
}

#[test]
fn multiple_values_are_refused_from_stylus_version_3() {
    let wat = module("(func (result i32 i32) i32.const 1 i32.const 2)");
    activated(&wat);
    let error = Activation::at(59).of(&wat).unwrap_err();
    assert!(error.contains("failed to validate"), "{error}");
}

#[test]
fn a_call_through_a_long_table_index_is_refused() {
    // call_indirect with its table index as 80 00 instead of 00
    let wat = module("(table 1 funcref) (func i32.const 0 call_indirect)");
    let mut wasm = wat::parse_str(&wat).unwrap();
    // type 0 is the entry point's or the empty one; the operator is 11, type, 00
    let at = wasm.windows(3).position(|bytes| bytes[0] == 0x11 && bytes[2] == 0x00).unwrap();
    wasm.splice(at + 2..at + 3, [0x80, 0x00]);
    // the body and the code section are one byte longer
    let body = at - 4;
    assert_eq!(wasm[body], 7, "the body's length");
    wasm[body] += 1;
    let code = wasm.iter().rposition(|byte| *byte == 0x0A).unwrap();
    wasm[code + 1] += 1;
    let error = Activation::at(51).of_wasm(&wasm).unwrap_err();
    assert!(error.contains("zero byte expected"), "{error}");
}

#[test]
fn a_malformed_name_section_is_refused() {
    let mut wasm = wat::parse_str(smallest()).unwrap();
    // custom section of 6 bytes: "name", then half a subsection
    wasm.extend([0x00, 0x06, 0x04, b'n', b'a', b'm', b'e', 0x01]);
    assert!(Activation::at(51).of_wasm(&wasm).is_err());
}

/// A module with so many of something.
type Fields<'a> = &'a dyn Fn(usize) -> String;

// Stage C
#[test]
fn every_count_may_reach_its_limit_and_not_one_more() {
    let data = |n: usize| module(&r#"(data (i32.const 0) "")"#.repeat(n));
    let elements =
        |n: usize| module(&format!("(table 1 funcref) {}", "(elem (i32.const 0))".repeat(n)));
    // 2 exports of the module's own and 4 globals
    let exports = |n: usize| {
        module(&(6..n).map(|i| format!(r#"(func (export "e{i}"))"#)).collect::<String>())
    };
    let functions = |n: usize| module(&"(func)".repeat(n - 1));
    let globals = |n: usize| module(&"(global i32 (i32.const 0))".repeat(n - 4));
    let locals = |n: usize| module(&format!("(func (local {}))", "i32 ".repeat(n)));
    // 1 end, 12, 12, 5
    let operators = |n: usize| module(&format!("(func {})", "nop ".repeat(n - 30)));
    let imports =
        |n: usize| module(&r#"(import "vm_hooks" "msg_sender" (func (param i32)))"#.repeat(n));
    let entries = |n: usize| module(&format!("(table {n} funcref)"));
    // flag 1, offset 3, count 2, indices
    let element_bytes = |n: usize| {
        module(&format!(
            "(table 4096 funcref) (func) (elem (i32.const 0) func {})",
            "0 ".repeat(n - 6)
        ))
    };
    let cases: [(&str, usize, Fields<'_>); 10] = [
        ("datas", 128, &data),
        ("elements", 128, &elements),
        ("exports", 1_024, &exports),
        ("functions", 4_096, &functions),
        ("globals", 32_768, &globals),
        ("locals", 348, &locals),
        ("opcodes", 65_536, &operators),
        ("imports", 513, &imports),
        ("table entries", 4_096, &entries),
        ("element entries", 4_096, &element_bytes),
    ];
    for (name, limit, wat) in cases {
        activated(&wat(limit));
        let error = refused(&wat(limit + 1));
        assert!(error.contains(&format!("too many wasm {name}")), "{name}: {error}");
        assert!(error.contains(&format!("{} > {limit}", limit + 1)), "{name}: {error}");
    }
}

#[test]
fn imports_are_not_counted_before_arbos_32() {
    let wat = module(&r#"(import "vm_hooks" "msg_sender" (func (param i32)))"#.repeat(514));
    assert!(Activation::at(31).of(&wat).is_ok());
}

#[test]
fn exports_nobody_needs_are_dropped_without_debug_precompiles() {
    let wat = module(&(0..1_100).map(|i| format!(r#"(func (export "e{i}"))"#)).collect::<String>());
    assert!(Activation { debug: false, ..Activation::at(51) }.of(&wat).is_ok());
    assert!(refused(&wat).contains("too many wasm exports"));
}

#[test]
fn a_function_may_hold_4_096_values() {
    let wat =
        |n: usize| module(&format!("(func {} {})", "i32.const 0 ".repeat(n), "drop ".repeat(n)));
    activated(&wat(4_096));
    assert!(refused(&wat(4_097)).contains("4097 > 4096"));
}

#[test]
fn parameters_are_no_locals() {
    activated(&module(&format!("(func (param {}))", "i32 ".repeat(1_000))));
}

#[test]
fn a_frame_may_take_10_240_words() {
    // header 2, locals, 4. Locals beyond 348 are refused for their number, which is looked at later
    let locals = |n: usize| module(&format!("(func (local {}))", "i32 ".repeat(n)));
    assert!(refused(&locals(10_234)).contains("too many wasm locals: 10234 > 348"));
    assert!(refused(&locals(10_235)).contains("frame too large: 10241 > 10240"));
}

#[test]
fn the_name_of_a_start_function_counts_as_an_export() {
    // 1,018 + 2 of the module's own + 4 globals are 1,024
    let exports: String = (0..1_018).map(|i| format!(r#"(func (export "e{i}"))"#)).collect();
    activated(&module(&exports));
    assert!(refused(&module(&format!("{exports} (start 0)"))).contains("exports: 1025 > 1024"));
}

#[test]
fn a_component_is_no_module() {
    let error = Activation::at(51).of_wasm(b"\0asm\x0d\0\x01\0").unwrap_err();
    assert!(error.contains("failed to validate"), "{error}");
}

#[test]
fn an_init_cost_that_does_not_fit_its_field_fails() {
    // 4,096·8,252/1,000 = 33,800; 40,952 parameters and results·1,059/1,000 = 43,368; and the bytes: above 65,535
    let wat = module(&format!("(func (param {}))", "i32 ".repeat(10)).repeat(4_095));
    assert!(refused(&wat).contains("init cost"));
}

// Stage D
#[test]
fn every_float_operator_that_computes_is_refused() {
    let mut codes = Vec::new();
    for ty in ["f32", "f64"] {
        for op in ["abs", "neg", "ceil", "floor", "trunc", "nearest", "sqrt"] {
            codes.push(format!("{ty}.const 1 {ty}.{op} drop"));
        }
        for op in [
            "add", "sub", "mul", "div", "min", "max", "copysign", "eq", "ne", "lt", "gt", "le",
            "ge",
        ] {
            codes.push(format!("{ty}.const 1 {ty}.const 2 {ty}.{op} drop"));
        }
        for int in ["i32", "i64"] {
            for sign in ["s", "u"] {
                codes.push(format!("{ty}.const 1 {int}.trunc_{ty}_{sign} drop"));
                codes.push(format!("{ty}.const 1 {int}.trunc_sat_{ty}_{sign} drop"));
                codes.push(format!("{int}.const 1 {ty}.convert_{int}_{sign} drop"));
            }
        }
    }
    codes.push("f64.const 1 f32.demote_f64 drop".into());
    codes.push("f32.const 1 f64.promote_f32 drop".into());
    assert_eq!(codes.len(), 66);
    for code in codes {
        let error = refused(&module(&format!("(func {code})")));
        assert!(
            error.contains("No implementation for floating point operation"),
            "{code}: {error}"
        );
    }
}

#[test]
fn float_arithmetic_is_refused() {
    for code in [
        "f32.const 1 f32.const 2 f32.add drop",
        "f64.const 1 f64.sqrt drop",
        "f32.const 1 f32.const 2 f32.lt drop",
        "f32.const 1 i32.trunc_f32_s drop",
        "f64.const 1 i64.trunc_sat_f64_u drop",
        "i32.const 1 f64.convert_i32_u drop",
        "f64.const 1 f32.demote_f64 drop",
        "f32.const 1 f64.promote_f32 drop",
        "f32.const 1 f32.neg drop",
        "f64.const 1 f64.const 2 f64.copysign drop",
    ] {
        let error = refused(&module(&format!("(func {code})")));
        assert!(
            error.contains("No implementation for floating point operation"),
            "{code}: {error}"
        );
    }
}

#[test]
fn moving_floats_is_accepted() {
    for code in [
        "f32.const 1 drop",
        "f64.const 1 drop",
        "i32.const 0 f32.load drop",
        "i32.const 0 i32.const 0 f64.load f64.store",
        "f32.const 1 i32.reinterpret_f32 f32.reinterpret_i32 drop",
        "i64.const 1 f64.reinterpret_i64 i64.reinterpret_f64 drop",
    ] {
        activated(&module(&format!("(func {code})")));
    }
}

#[test]
fn most_bulk_operators_are_refused() {
    for fields in [
        "(table 1 funcref) (func i32.const 0 i32.const 0 i32.const 0 table.copy)",
        "(table 1 funcref) (elem $e func) (func elem.drop $e)",
        "(table 1 funcref) (elem $e func) (func i32.const 0 i32.const 0 i32.const 0 table.init $e)",
    ] {
        let error = refused(&module(fields));
        assert!(error.contains("opcode not supported"), "{error}");
    }
}

#[test]
fn copy_and_fill_are_accepted() {
    for operator in ["memory.copy", "memory.fill"] {
        activated(&module(&format!("(func i32.const 0 i32.const 0 i32.const 0 {operator})")));
    }
}

#[test]
fn no_cut_of_a_module_activates_or_panics() {
    let wasm = wat::parse_str(module(
        "(table funcref (elem 0)) (global (mut i32) (i32.const 5)) (func (local i64) loop nop end)",
    ))
    .unwrap();
    for cut in 0..wasm.len() {
        assert!(Activation::at(51).of_wasm(&wasm[..cut]).is_err(), "cut at {cut}");
    }
}

#[test]
fn a_module_with_any_byte_changed_never_panics() {
    let wasm =
        wat::parse_str(module("(func (local i64) loop nop end) (data (i32.const 0) \"abc\")"))
            .unwrap();
    for at in 0..wasm.len() {
        for value in [0x00, 0x01, 0x7F, 0x80, 0xFF, wasm[at] ^ 1] {
            let mut changed = wasm.clone();
            changed[at] = value;
            let _ = Activation::at(51).of_wasm(&changed);
        }
    }
}
