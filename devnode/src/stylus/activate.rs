//! Activation: checks a module, charges for it, estimates what calls of it will cost.
//! Spec: stylus-vm.md §2.2, §2.4, §2.7.

use super::{
    instrument::{Instrumented, instrument},
    params::{ARBOS_VERSION_STYLUS_CHARGING_FIXES, StylusParams},
    validate::Limits,
};
use alloy_primitives::{B256, keccak256};
use thiserror::Error;

/// Gas per microsecond of work.
const GAS_PER_MICROSECOND: u64 = 28;

/// What activation found out about a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivatedProgram {
    /// Gas of an uncached start, before the scalar.
    pub init_cost: u16,
    /// Gas of a cached start, before the scalar.
    pub cached_cost: u16,
    /// Pages it starts with.
    pub footprint: u16,
    /// Estimated machine code, bytes.
    pub asm_estimate: u32,
    /// Collision-free name of the instrumented module; not Nitro's Merkle hash (stylus-vm.md §2.3 allows any).
    pub module_hash: B256,
}

/// Why activation failed. All remaining gas burns, and there is no revert data.
/// # Source
/// stylus-vm.md §2.1 step 10
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("program activation failed: {reason}")]
pub struct ActivationError {
    /// Text for a person.
    pub reason: String,
}

/// Checks a module and charges the variable gas of activation.
/// - `page_budget`: pages that may still be opened in this transaction ([`page_budget`]).
/// - `debug`: whether the chain allows debug precompiles.
/// - `gas`: what is left; 0 after a failure.
/// # Errors
/// [`ActivationError`], for a refused module as for a lack of gas.
/// # Source
/// stylus-vm.md §2.2, §2.4, §2.7
pub fn activate(
    wasm: &[u8],
    code_hash: B256,
    params: &StylusParams,
    page_budget: u16,
    debug: bool,
    gas: &mut u64,
) -> Result<ActivatedProgram, ActivationError> {
    let result = check_and_charge(wasm, code_hash, params, page_budget, debug, gas);
    result.map_err(|reason| {
        *gas = 0;
        ActivationError { reason }
    })
}

/// Pages a program may start with: step 9 of activation.
/// # Source
/// stylus-vm.md §2.1
pub fn page_budget(open: u16, params: &StylusParams) -> u16 {
    params.page_limit.saturating_sub(open)
}

fn check_and_charge(
    wasm: &[u8],
    code_hash: B256,
    params: &StylusParams,
    page_budget: u16,
    debug: bool,
    gas: &mut u64,
) -> Result<ActivatedProgram, String> {
    let module = instrument(wasm, params.version, debug)?;
    let limits = Limits { page_budget, count_imports: counts_imports(params) };
    limits.check(&module.counts)?;
    let program = estimate(wasm, code_hash, params.version, &module)?;
    charge(wasm, params, &module, gas)?;
    Ok(program)
}

fn counts_imports(params: &StylusParams) -> bool {
    params.arbos_version >= ARBOS_VERSION_STYLUS_CHARGING_FIXES
}

/// Pays the variable part; every line is floored to microseconds on its own.
/// # Source
/// stylus-vm.md §2.2
fn charge(
    wasm: &[u8],
    params: &StylusParams,
    module: &Instrumented,
    gas: &mut u64,
) -> Result<(), String> {
    let counts = &module.counts;
    let mut pay = |microseconds: u64| -> Result<(), String> {
        let amount = microseconds.saturating_mul(GAS_PER_MICROSECOND);
        *gas = gas
            .checked_sub(amount)
            .ok_or_else(|| format!("out of gas: {amount} gas to pay next, {gas} left"))?;
        Ok(())
    };
    if params.arbos_version >= ARBOS_VERSION_STYLUS_CHARGING_FIXES {
        pay(wasm.len() as u64 * 31_733 / 100_000)?;
    }
    pay(counts.functions as u64 * 17_263 / 100_000)?;
    pay(counts.data_payload_bytes as u64 * 17_376 / 100_000)?;
    pay(counts.element_bytes as u64 * 17_376 / 100_000)?;
    pay(counts.memory_minimum * 2_217)?;
    pay(counts.operators as u64 * 535 / 1_000)
}

/// What calls will be charged for; every division is floored on its own.
/// # Source
/// stylus-vm.md §2.4
fn estimate(
    wasm: &[u8],
    code_hash: B256,
    version: u16,
    module: &Instrumented,
) -> Result<ActivatedProgram, String> {
    let counts = &module.counts;
    let functions = counts.functions as u64;
    let types = counts.type_values as u64;
    let wasm_bytes = wasm.len() as u64;
    let globals = counts.globals as u64;
    let segments = (counts.data_bytes + counts.element_bytes) as u64;
    let footprint = counts.memory_minimum;

    let asm_estimate = 512_000
        + functions * 996_829 / 1_000
        + types * 11_416 / 1_000
        + wasm_bytes * 62_628 / 10_000;
    let cached_cost = functions * 13_420 / 100_000
        + types * 89 / 100_000
        + wasm_bytes * 122 / 100_000
        + globals * 1_628 / 1_000
        + segments * 75_244 / 100_000
        + footprint * 5;
    let mut init_cost =
        functions * 8_252 / 1_000 + types * 1_059 / 1_000 + wasm_bytes * 1_286 / 10_000;
    if version == 1 {
        init_cost += cached_cost;
    }
    let too_high = |what: &str, value: u64| format!("{what} of {value} is too high");
    Ok(ActivatedProgram {
        init_cost: init_cost.try_into().map_err(|_| too_high("init cost", init_cost))?,
        cached_cost: cached_cost.try_into().map_err(|_| too_high("cached cost", cached_cost))?,
        asm_estimate: asm_estimate
            .try_into()
            .map_err(|_| too_high("asm estimate", asm_estimate))?,
        footprint: footprint.try_into().map_err(|_| too_high("memory footprint", footprint))?,
        module_hash: module_hash(&module.wasm, code_hash, version),
    })
}

fn module_hash(instrumented: &[u8], code_hash: B256, version: u16) -> B256 {
    let mut preimage = keccak256(instrumented).to_vec();
    preimage.extend(code_hash);
    preimage.extend(version.to_be_bytes());
    keccak256(preimage)
}
