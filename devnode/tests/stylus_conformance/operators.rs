//! The price of every operator. Spec: stylus-vm.md §3.2.
//!
//! A row runs operators in the block of the empty program; what is listed is what they add to it. `i32.const` and
//! `i64.const` are 1, `drop` is 9.

use super::vm::{CALL, EMPTY, HEADER, Vm, body, ink_of, module};

macro_rules! operators {
    ($($name:ident: $code:expr => $ink:expr;)*) => {
        $(#[test] fn $name() { assert_eq!(ink_of($code), $ink); })*
    };
}

/// `1 op 2` and `drop`.
macro_rules! binary {
    ($($name:ident: $op:literal $ty:literal => $ink:expr;)*) => {
        $(#[test] fn $name() {
            let code = concat!($ty, ".const 1 ", $ty, ".const 2 ", $ty, ".", $op, " drop");
            assert_eq!(ink_of(code), 1 + 1 + $ink + 9);
        })*
    };
}

/// `op 1` and `drop`.
macro_rules! unary {
    ($($name:ident: $op:literal $ty:literal => $ink:expr;)*) => {
        $(#[test] fn $name() {
            assert_eq!(ink_of(concat!($ty, ".const 1 ", $op, " drop")), 1 + $ink + 9);
        })*
    };
}

operators! {
    nop_costs_1: "nop" => 1;
    a_constant_costs_1: "i32.const 5 drop i64.const 5 drop" => 1 + 9 + 1 + 9;
    drop_costs_9: "i32.const 5 drop" => 1 + 9;
    // The inner `end` closes a block: `block` and `end` are 1 each, and a header for what follows.
    block_and_end_cost_1: "block end" => 1 + 1 + HEADER;
    // `loop` closes a block too: 1 + header, then `end` 1 + header.
    loop_costs_1: "loop end" => 1 + HEADER + 1 + HEADER;
    // block 1, br 765, header; the block of the inner `end` is jumped over
    br_costs_765: "block br 0 end" => 1 + 765 + HEADER;
    // block 1, const 1, br_if 765, header, end 1, header
    br_if_costs_765: "block i32.const 0 br_if 0 end" => 1 + 1 + 765 + HEADER + 1 + HEADER;
    // const 1, if 765, header; not taken, so the block of `end` is jumped over; then a header
    if_not_taken_costs_765: "i32.const 0 if end" => 1 + 765 + HEADER;
    // taken: the block of `end` runs as well
    if_taken_runs_its_block: "i32.const 1 if end" => 1 + 765 + HEADER + 1 + HEADER;
    // const, if; header, else 1 … the `else` closes the taken side's block; the `end` of the other side is not run
    else_costs_1: "i32.const 1 if nop else end" => 1 + 765 + HEADER + (1 + 1) + HEADER;
    else_side_pays_its_own_block: "i32.const 0 if nop nop nop else nop end" => 1 + 765 + HEADER + (1 + 1) + HEADER;
    // block 1, const 1, br_table 2,400 + 325·0, header; the block of the inner `end` is jumped over
    br_table_without_targets_costs_2_400: "block i32.const 0 br_table 0 end" => 1 + 1 + 2_400 + HEADER;
    // 2,400 + 325·3: the default is not counted
    br_table_costs_325_a_target: "block i32.const 0 br_table 0 0 0 0 end" => 1 + 1 + 2_400 + 975 + HEADER;
    select_costs_1_250: "i32.const 1 i32.const 2 i32.const 0 select drop" => 3 + 1_250 + 9;
    local_get_costs_75: "local.get 0 drop" => 75 + 9;
    local_tee_costs_75: "i32.const 1 local.tee 0 drop" => 1 + 75 + 9;
    local_set_costs_210: "i32.const 1 local.set 0" => 1 + 210;
    memory_size_costs_3_000: "memory.size drop" => 3_000 + 9;
    // the module's memory cannot grow, so nothing is paid to the host
    memory_grow_costs_8_050: "i32.const 1 memory.grow drop" => 1 + 8_050 + 9;

    i32_load_costs_670: "i32.const 0 i32.load drop" => 1 + 670 + 9;
    i32_load8_s_costs_670: "i32.const 0 i32.load8_s drop" => 1 + 670 + 9;
    i32_load8_u_costs_670: "i32.const 0 i32.load8_u drop" => 1 + 670 + 9;
    i32_load16_s_costs_670: "i32.const 0 i32.load16_s drop" => 1 + 670 + 9;
    i32_load16_u_costs_670: "i32.const 0 i32.load16_u drop" => 1 + 670 + 9;
    i64_load_costs_680: "i32.const 0 i64.load drop" => 1 + 680 + 9;
    i64_load8_s_costs_680: "i32.const 0 i64.load8_s drop" => 1 + 680 + 9;
    i64_load8_u_costs_680: "i32.const 0 i64.load8_u drop" => 1 + 680 + 9;
    i64_load16_s_costs_680: "i32.const 0 i64.load16_s drop" => 1 + 680 + 9;
    i64_load16_u_costs_680: "i32.const 0 i64.load16_u drop" => 1 + 680 + 9;
    i64_load32_s_costs_680: "i32.const 0 i64.load32_s drop" => 1 + 680 + 9;
    i64_load32_u_costs_680: "i32.const 0 i64.load32_u drop" => 1 + 680 + 9;
    i32_store_costs_825: "i32.const 0 i32.const 0 i32.store" => 2 + 825;
    i32_store8_costs_825: "i32.const 0 i32.const 0 i32.store8" => 2 + 825;
    i32_store16_costs_825: "i32.const 0 i32.const 0 i32.store16" => 2 + 825;
    i64_store_costs_950: "i32.const 0 i64.const 0 i64.store" => 2 + 950;
    i64_store8_costs_950: "i32.const 0 i64.const 0 i64.store8" => 2 + 950;
    i64_store16_costs_950: "i32.const 0 i64.const 0 i64.store16" => 2 + 950;
    i64_store32_costs_950: "i32.const 0 i64.const 0 i64.store32" => 2 + 950;

    // 950 + 100·len
    memory_copy_of_nothing_costs_950: "i32.const 0 i32.const 0 i32.const 0 memory.copy" => 3 + 950;
    memory_copy_costs_100_a_byte: "i32.const 64 i32.const 0 i32.const 33 memory.copy" => 3 + 950 + 3_300;
    memory_fill_of_nothing_costs_950: "i32.const 0 i32.const 0 i32.const 0 memory.fill" => 3 + 950;
    memory_fill_costs_100_a_byte: "i32.const 0 i32.const 9 i32.const 65536 memory.fill" => 3 + 950 + 6_553_600;
}

unary! {
    i32_eqz_costs_170: "i32.eqz" "i32" => 170;
    i64_eqz_costs_225: "i64.eqz" "i64" => 225;
    i32_clz_costs_210: "i32.clz" "i32" => 210;
    i32_ctz_costs_210: "i32.ctz" "i32" => 210;
    i64_clz_costs_210: "i64.clz" "i64" => 210;
    i64_ctz_costs_210: "i64.ctz" "i64" => 210;
    i32_popcnt_costs_2_650: "i32.popcnt" "i32" => 2_650;
    i64_popcnt_costs_6_000: "i64.popcnt" "i64" => 6_000;
    i32_wrap_i64_costs_100: "i32.wrap_i64" "i64" => 100;
    i64_extend_i32_s_costs_100: "i64.extend_i32_s" "i32" => 100;
    i64_extend_i32_u_costs_100: "i64.extend_i32_u" "i32" => 100;
    i32_extend8_s_costs_100: "i32.extend8_s" "i32" => 100;
    i32_extend16_s_costs_100: "i32.extend16_s" "i32" => 100;
    i64_extend8_s_costs_100: "i64.extend8_s" "i64" => 100;
    i64_extend16_s_costs_100: "i64.extend16_s" "i64" => 100;
    i64_extend32_s_costs_100: "i64.extend32_s" "i64" => 100;
}

binary! {
    i32_eq_costs_170: "eq" "i32" => 170;
    i32_ne_costs_170: "ne" "i32" => 170;
    i32_lt_s_costs_170: "lt_s" "i32" => 170;
    i32_lt_u_costs_170: "lt_u" "i32" => 170;
    i32_gt_s_costs_170: "gt_s" "i32" => 170;
    i32_gt_u_costs_170: "gt_u" "i32" => 170;
    i32_le_s_costs_170: "le_s" "i32" => 170;
    i32_le_u_costs_170: "le_u" "i32" => 170;
    i32_ge_s_costs_170: "ge_s" "i32" => 170;
    i32_ge_u_costs_170: "ge_u" "i32" => 170;
    i64_eq_costs_225: "eq" "i64" => 225;
    i64_ne_costs_225: "ne" "i64" => 225;
    i64_lt_s_costs_225: "lt_s" "i64" => 225;
    i64_lt_u_costs_225: "lt_u" "i64" => 225;
    i64_gt_s_costs_225: "gt_s" "i64" => 225;
    i64_gt_u_costs_225: "gt_u" "i64" => 225;
    i64_le_s_costs_225: "le_s" "i64" => 225;
    i64_le_u_costs_225: "le_u" "i64" => 225;
    i64_ge_s_costs_225: "ge_s" "i64" => 225;
    i64_ge_u_costs_225: "ge_u" "i64" => 225;
    i32_add_costs_70: "add" "i32" => 70;
    i32_sub_costs_70: "sub" "i32" => 70;
    i32_mul_costs_160: "mul" "i32" => 160;
    i32_div_s_costs_1_120: "div_s" "i32" => 1_120;
    i32_div_u_costs_1_120: "div_u" "i32" => 1_120;
    i32_rem_s_costs_1_120: "rem_s" "i32" => 1_120;
    i32_rem_u_costs_1_120: "rem_u" "i32" => 1_120;
    i32_and_costs_70: "and" "i32" => 70;
    i32_or_costs_70: "or" "i32" => 70;
    i32_xor_costs_70: "xor" "i32" => 70;
    i32_shl_costs_70: "shl" "i32" => 70;
    i32_shr_s_costs_70: "shr_s" "i32" => 70;
    i32_shr_u_costs_70: "shr_u" "i32" => 70;
    i32_rotl_costs_70: "rotl" "i32" => 70;
    i32_rotr_costs_70: "rotr" "i32" => 70;
    i64_add_costs_100: "add" "i64" => 100;
    i64_sub_costs_100: "sub" "i64" => 100;
    i64_mul_costs_160: "mul" "i64" => 160;
    i64_div_s_costs_1_270: "div_s" "i64" => 1_270;
    i64_div_u_costs_1_270: "div_u" "i64" => 1_270;
    i64_rem_s_costs_1_270: "rem_s" "i64" => 1_270;
    i64_rem_u_costs_1_270: "rem_u" "i64" => 1_270;
    i64_and_costs_100: "and" "i64" => 100;
    i64_or_costs_100: "or" "i64" => 100;
    i64_xor_costs_100: "xor" "i64" => 100;
    i64_shl_costs_100: "shl" "i64" => 100;
    i64_shr_s_costs_100: "shr_s" "i64" => 100;
    i64_shr_u_costs_100: "shr_u" "i64" => 100;
    i64_rotl_costs_100: "rotl" "i64" => 100;
    i64_rotr_costs_100: "rotr" "i64" => 100;
}

#[test]
fn global_get_costs_225_and_global_set_575() {
    let wat = module("(global $g (mut i32) i32.const 3)", "global.get $g global.set $g");
    assert_eq!(Vm::new().run(&wat).ink(), EMPTY + 225 + 575);
}

#[test]
fn call_costs_3_800_and_the_callee_pays_its_own_block() {
    // caller: call, header; callee: end 1, header
    let wat = module("(func $f)", "call $f");
    assert_eq!(Vm::new().run(&wat).ink(), EMPTY + CALL + HEADER + (HEADER + 1));
}

#[test]
fn call_indirect_costs_13_610() {
    // const 1, 13,610 + 650·0, header; callee: end 1, header
    let wat = module("(table funcref (elem $f)) (func $f)", "i32.const 0 call_indirect");
    assert_eq!(Vm::new().run(&wat).ink(), EMPTY + 1 + 13_610 + HEADER + (HEADER + 1));
}

#[test]
fn call_indirect_costs_650_a_parameter() {
    // consts 4, 13,610 + 650·3, header; callee: end 1, header
    let wat = module(
        "(table funcref (elem $f)) (type $t (func (param i32 i64 i32))) (func $f (type $t))",
        "i32.const 1 i64.const 2 i32.const 3 i32.const 0 call_indirect (type $t)",
    );
    assert_eq!(Vm::new().run(&wat).ink(), EMPTY + 4 + 13_610 + 1_950 + HEADER + (HEADER + 1));
}

#[test]
fn return_costs_1_and_closes_a_block() {
    // const 1, return 1, header; what follows is never run
    assert_eq!(Vm::new().run(&body("i32.const 0 return")).ink(), HEADER + 2);
}

#[test]
fn unreachable_costs_1_and_closes_no_block() {
    // unreachable 1, const 1, end 1, header: paid before the trap
    let run = Vm::new().run(&body("unreachable"));
    run.failure();
    assert_eq!(run.used, EMPTY + 1);
}
