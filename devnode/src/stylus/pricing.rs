//! Ink prices: of operators, of host functions, of the bytes they move.
//! Spec: stylus-vm.md §3.2, §3.3, §6.1.

use wasmparser::Operator;

/// Ink of any host call (`H`).
pub const HOSTIO_INK: u64 = 8_400;
/// Ink per pointer argument (`P`).
pub const PTR_INK: u64 = 5_040;
/// Ink of a call that leaves the VM (`A`).
pub const EVM_API_INK: u64 = 59_673;
/// Ink of `math_div` and `math_mod`, beside host call and pointers.
pub const DIV_INK: u64 = 20_000;
/// Ink of `math_mul_mod`, beside host call and pointers.
pub const MUL_MOD_INK: u64 = 24_100;
/// Ink of `math_add_mod`, beside host call and pointers.
pub const ADD_MOD_INK: u64 = 21_000;

/// Ink added to every basic block for the check itself.
pub const INK_HEADER_COST: u64 = 2_450;
/// Ink per byte of `memory.fill`.
pub const MEMORY_FILL_INK: i64 = 100;
/// Ink per byte of `memory.copy`.
pub const MEMORY_COPY_INK: i64 = 100;
/// Ink of what no program may execute.
pub const UNSUPPORTED: u64 = u64::MAX;

/// Ink for writing `bytes` into the program's memory.
/// # Source
/// stylus-vm.md §6.1
pub fn write_price(bytes: u32) -> u64 {
    5_040 + 30 * u64::from(bytes.saturating_sub(32))
}

/// Ink for reading `bytes` from the program's memory.
/// # Source
/// stylus-vm.md §6.1
pub fn read_price(bytes: u32) -> u64 {
    16_381 + 55 * u64::from(bytes.saturating_sub(32))
}

/// Ink of `native_keccak256`, whole.
/// # Source
/// stylus-vm.md §6.2
pub fn keccak_price(bytes: u32) -> u64 {
    121_800 + 21_000 * u64::from(bytes.div_ceil(32).saturating_sub(2))
}

/// Ink of `math_pow` that depends on the exponent.
/// # Source
/// stylus-vm.md §6.2
pub fn pow_price(exponent: &[u8; 32]) -> u64 {
    let zeros = exponent.iter().take_while(|byte| **byte == 0).count() as u64;
    3_000 + 17_500 * (33 - zeros)
}

/// Ink of one operator.
/// - `parameters`: how many a function type has, by type index.
/// # Source
/// stylus-vm.md §3.2
pub fn operator_ink(operator: &Operator<'_>, parameters: impl Fn(u32) -> usize) -> u64 {
    use Operator as O;
    match operator {
        O::Unreachable | O::Return | O::Nop | O::I32Const { .. } | O::I64Const { .. } => 1,
        O::Block { .. } | O::Loop { .. } | O::Else | O::End => 1,
        O::Drop => 9,
        O::Br { .. } | O::BrIf { .. } | O::If { .. } => 765,
        O::BrTable { targets } => 2_400 + 325 * u64::from(targets.len()),
        O::Select => 1_250,
        O::Call { .. } => 3_800,
        O::CallIndirect { type_index, .. } => 13_610 + 650 * parameters(*type_index) as u64,
        O::LocalGet { .. } | O::LocalTee { .. } => 75,
        O::LocalSet { .. } => 210,
        O::GlobalGet { .. } => 225,
        O::GlobalSet { .. } => 575,

        O::I32Load { .. }
        | O::I32Load8S { .. }
        | O::I32Load8U { .. }
        | O::I32Load16S { .. }
        | O::I32Load16U { .. } => 670,
        O::I64Load { .. }
        | O::I64Load8S { .. }
        | O::I64Load8U { .. }
        | O::I64Load16S { .. }
        | O::I64Load16U { .. }
        | O::I64Load32S { .. }
        | O::I64Load32U { .. } => 680,
        O::I32Store { .. } | O::I32Store8 { .. } | O::I32Store16 { .. } => 825,
        O::I64Store { .. } | O::I64Store8 { .. } | O::I64Store16 { .. } | O::I64Store32 { .. } => {
            950
        }
        O::MemorySize { .. } => 3_000,
        O::MemoryGrow { .. } => 8_050,
        O::MemoryCopy { .. } | O::MemoryFill { .. } => 950,

        O::I32Eqz
        | O::I32Eq
        | O::I32Ne
        | O::I32LtS
        | O::I32LtU
        | O::I32GtS
        | O::I32GtU
        | O::I32LeS
        | O::I32LeU
        | O::I32GeS
        | O::I32GeU => 170,
        O::I64Eqz
        | O::I64Eq
        | O::I64Ne
        | O::I64LtS
        | O::I64LtU
        | O::I64GtS
        | O::I64GtU
        | O::I64LeS
        | O::I64LeU
        | O::I64GeS
        | O::I64GeU => 225,

        O::I32Clz | O::I32Ctz | O::I64Clz | O::I64Ctz => 210,
        O::I32Popcnt => 2_650,
        O::I64Popcnt => 6_000,
        O::I32Mul | O::I64Mul => 160,
        O::I32DivS | O::I32DivU | O::I32RemS | O::I32RemU => 1_120,
        O::I64DivS | O::I64DivU | O::I64RemS | O::I64RemU => 1_270,
        O::I32Add
        | O::I32Sub
        | O::I32And
        | O::I32Or
        | O::I32Xor
        | O::I32Shl
        | O::I32ShrS
        | O::I32ShrU
        | O::I32Rotl
        | O::I32Rotr => 70,
        O::I64Add
        | O::I64Sub
        | O::I64And
        | O::I64Or
        | O::I64Xor
        | O::I64Shl
        | O::I64ShrS
        | O::I64ShrU
        | O::I64Rotl
        | O::I64Rotr => 100,

        O::I32WrapI64
        | O::I64ExtendI32S
        | O::I64ExtendI32U
        | O::I32Extend8S
        | O::I32Extend16S
        | O::I64Extend8S
        | O::I64Extend16S
        | O::I64Extend32S => 100,

        _ => UNSUPPORTED,
    }
}

/// Whether an operator is the last of its basic block.
/// # Source
/// stylus-vm.md §3.2
pub fn ends_basic_block(operator: &Operator<'_>) -> bool {
    use Operator as O;
    matches!(
        operator,
        O::End
            | O::Else
            | O::Return
            | O::Loop { .. }
            | O::Br { .. }
            | O::BrIf { .. }
            | O::BrTable { .. }
            | O::If { .. }
            | O::Call { .. }
            | O::CallIndirect { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_bytes_costs_more_beyond_a_word() {
        assert_eq!([0, 32, 33, 132].map(write_price), [5_040, 5_040, 5_070, 8_040]);
        assert_eq!([0, 32, 33, 132].map(read_price), [16_381, 16_381, 16_436, 21_881]);
        assert_eq!(read_price(u32::MAX), 16_381 + 55 * (u64::from(u32::MAX) - 32));
    }

    #[test]
    fn keccak_costs_more_beyond_two_words() {
        assert_eq!([0, 64, 65, 97].map(keccak_price), [121_800, 121_800, 142_800, 163_800]);
        assert_eq!(keccak_price(u32::MAX), 121_800 + 21_000 * (134_217_728 - 2));
    }

    #[test]
    fn a_power_costs_by_the_bytes_of_its_exponent() {
        let mut exponent = [0; 32];
        assert_eq!(pow_price(&exponent), 20_500); // 3,000 + 17,500·(33 - 32)
        exponent[31] = 1;
        assert_eq!(pow_price(&exponent), 38_000); // 3,000 + 17,500·(33 - 31)
        exponent[0] = 1;
        assert_eq!(pow_price(&exponent), 580_500); // 3,000 + 17,500·33
    }
}
