//! ArbWasm (0x71): activation, and what is known of programs and prices.
//! Spec: stylus-vm.md §2, §8.8.

use alloy::sol_types::{SolCall, SolValue};
use alloy_primitives::{Address, B256, U256};

use super::{Answer, Call, Failure, Method, STORAGE_READ, STORAGE_WRITE};
use crate::arbos::{Map, Word};
use crate::program;
use crate::stylus::params::{
    COST_SCALAR_PERCENT, INITIAL_PAGE_RAMP, MIN_CACHED_GAS_UNITS, MIN_INIT_GAS_UNITS, StylusParams,
};
use crate::stylus::record::{ProgramError, Record};
use crate::stylus::{call_cost, container};

alloy::sol! {
    interface ArbWasm {
        function activateProgram(address program) external payable returns (uint16 version, uint256 dataFee);
        function codehashKeepalive(bytes32 codehash) external payable;
        function stylusVersion() external view returns (uint16);
        function codehashVersion(bytes32 codehash) external view returns (uint16);
        function codehashAsmSize(bytes32 codehash) external view returns (uint32);
        function programVersion(address program) external view returns (uint16);
        function programInitGas(address program) external view returns (uint64 gas, uint64 gasWhenCached);
        function programMemoryFootprint(address program) external view returns (uint16);
        function programTimeLeft(address program) external view returns (uint64);
        function inkPrice() external view returns (uint32);
        function maxStackDepth() external view returns (uint32);
        function freePages() external view returns (uint16);
        function pageGas() external view returns (uint16);
        function pageRamp() external view returns (uint64);
        function pageLimit() external view returns (uint16);
        function minInitGas() external view returns (uint64 gas, uint64 cached);
        function initCostScalar() external view returns (uint64);
        function expiryDays() external view returns (uint16);
        function keepaliveDays() external view returns (uint16);
        function blockCacheSize() external view returns (uint16);
        function activationGas() external view returns (uint64);

        event ProgramActivated(
            bytes32 indexed codehash, bytes32 moduleHash, address program, uint256 dataFee, uint16 version
        );
        event ProgramLifetimeExtended(bytes32 indexed codehash, uint256 dataFee);

        error ProgramNotWasm();
        error ProgramNotActivated();
        error ProgramNeedsUpgrade(uint16 version, uint16 stylusVersion);
        error ProgramExpired(uint64 ageInSeconds);
        error ProgramUpToDate();
        error ProgramKeepaliveTooSoon(uint64 ageInSeconds);
        error ProgramInsufficientValue(uint256 have, uint256 want);
    }
}
use ArbWasm::*;

pub(super) const METHODS: &[Method] = &[
    Method::payable(activateProgramCall::SELECTOR, activate),
    Method::payable(codehashKeepaliveCall::SELECTOR, keepalive),
    Method::view(stylusVersionCall::SELECTOR, |call| of_params(call, |p| u64::from(p.version))),
    Method::view(codehashVersionCall::SELECTOR, codehash_version),
    Method::view(codehashAsmSizeCall::SELECTOR, codehash_asm_size),
    Method::view(programVersionCall::SELECTOR, program_version),
    Method::view(programInitGasCall::SELECTOR, program_init_gas),
    Method::view(programMemoryFootprintCall::SELECTOR, program_footprint),
    Method::view(programTimeLeftCall::SELECTOR, program_time_left),
    Method::view(inkPriceCall::SELECTOR, |call| of_params(call, |p| u64::from(p.ink_price))),
    Method::view(maxStackDepthCall::SELECTOR, |call| {
        of_params(call, |p| u64::from(p.max_stack_depth))
    }),
    Method::view(freePagesCall::SELECTOR, |call| of_params(call, |p| u64::from(p.free_pages))),
    Method::view(pageGasCall::SELECTOR, |call| of_params(call, |p| u64::from(p.page_gas))),
    Method::view(pageRampCall::SELECTOR, |call| of_params(call, |_| INITIAL_PAGE_RAMP)),
    Method::view(pageLimitCall::SELECTOR, |call| of_params(call, |p| u64::from(p.page_limit))),
    Method::view(minInitGasCall::SELECTOR, min_init_gas),
    Method::view(initCostScalarCall::SELECTOR, |call| {
        of_params(call, |p| u64::from(p.init_cost_scalar).saturating_mul(COST_SCALAR_PERCENT))
    }),
    Method::view(expiryDaysCall::SELECTOR, |call| of_params(call, |p| u64::from(p.expiry_days))),
    Method::view(keepaliveDaysCall::SELECTOR, |call| {
        of_params(call, |p| u64::from(p.keepalive_days))
    }),
    Method::view(blockCacheSizeCall::SELECTOR, |call| {
        of_params(call, |p| u64::from(p.block_cache_size))
    }),
    Method::view(activationGasCall::SELECTOR, |call| {
        Ok(call.read(Word::ActivationGas)?.abi_encode())
    })
    .since(59),
];

/// Gas of reading the parameter word.
pub(crate) const PARAMS_READ: u64 = 100;
/// Fixed gas of an activation (stylus-vm.md 2.1 step 4).
const ACTIVATION_FIXED_GAS: u64 = 1_659_168;
/// First version with the configurable charge of step 3.
const ACTIVATION_GAS_SINCE: u64 = 59;
/// First version that tells code which is not WASM from broken code.
const NOT_WASM_SINCE: u64 = 60;
/// `minInitGas()` answers from here on.
const MIN_INIT_GAS_SINCE: u64 = 32;

/// The Solidity error of a program that cannot run.
pub(super) fn refused(error: ProgramError) -> Failure {
    match error {
        ProgramError::NotActivated => Failure::solidity(ProgramNotActivated {}),
        ProgramError::NeedsUpgrade { version, stylus_version } => {
            Failure::solidity(ProgramNeedsUpgrade { version, stylusVersion: stylus_version })
        }
        ProgramError::Expired { age } => Failure::solidity(ProgramExpired { ageInSeconds: age }),
    }
}

fn of_params(call: &mut Call<'_, '_>, get: fn(&StylusParams) -> u64) -> Answer {
    Ok(U256::from(get(&call.params()?)).abi_encode())
}

fn min_init_gas(call: &mut Call<'_, '_>) -> Answer {
    let params = call.params()?;
    if call.arbos_version() < MIN_INIT_GAS_SINCE {
        return Err(Failure::Plain);
    }
    let gas = u64::from(params.min_init_gas).saturating_mul(MIN_INIT_GAS_UNITS);
    let cached = u64::from(params.min_cached_init_gas).saturating_mul(MIN_CACHED_GAS_UNITS);
    Ok((gas, cached).abi_encode())
}

/// The record of a program that can run.
fn active(call: &mut Call<'_, '_>, codehash: B256) -> Result<(Record, StylusParams), Failure> {
    let params = call.params()?;
    call.burn(STORAGE_READ)?;
    let record = call.arbos().record(codehash);
    let now = call.evm.now();
    record.check(&params, now).map_err(refused)?;
    Ok((record, params))
}

fn active_at(call: &mut Call<'_, '_>, program: Address) -> Result<(Record, StylusParams), Failure> {
    call.burn(super::CODE_HASH_READ)?;
    let codehash = call.evm.peek(program, |account| account.info.code_hash);
    active(call, codehash)
}

fn codehash_version(call: &mut Call<'_, '_>) -> Answer {
    let codehash = call.args::<codehashVersionCall>()?.codehash;
    Ok(U256::from(active(call, codehash)?.0.version).abi_encode())
}

fn codehash_asm_size(call: &mut Call<'_, '_>) -> Answer {
    let codehash = call.args::<codehashAsmSizeCall>()?.codehash;
    Ok(active(call, codehash)?.0.asm_size().abi_encode())
}

fn program_version(call: &mut Call<'_, '_>) -> Answer {
    let program = call.args::<programVersionCall>()?.program;
    Ok(U256::from(active_at(call, program)?.0.version).abi_encode())
}

fn program_init_gas(call: &mut Call<'_, '_>) -> Answer {
    let program = call.args::<programInitGasCall>()?.program;
    let (record, params) = active_at(call, program)?;
    Ok(call_cost::program_init_gas(&record, &params).abi_encode())
}

fn program_footprint(call: &mut Call<'_, '_>) -> Answer {
    let program = call.args::<programMemoryFootprintCall>()?.program;
    Ok(U256::from(active_at(call, program)?.0.footprint).abi_encode())
}

fn program_time_left(call: &mut Call<'_, '_>) -> Answer {
    let program = call.args::<programTimeLeftCall>()?.program;
    let (record, params) = active_at(call, program)?;
    let now = call.evm.now();
    Ok(params.expiry_seconds().saturating_sub(record.age(now)).abi_encode())
}

/// Activation, step by step as in stylus-vm.md 2.1; steps 1 and 2 are the common entry.
fn activate(call: &mut Call<'_, '_>) -> Answer {
    let program = call.args::<activateProgramCall>()?.program;
    let arbos_version = call.arbos_version();
    if arbos_version >= ACTIVATION_GAS_SINCE {
        let extra: u64 = call.read(Word::ActivationGas)?.saturating_to();
        call.burn(extra)?;
    }
    call.burn(ACTIVATION_FIXED_GAS)?;
    let (codehash, destructed) =
        call.evm.peek(program, |account| (account.info.code_hash, account.is_selfdestructed()));
    if destructed {
        return Err(Failure::Plain);
    }
    let params = call.params()?;
    call.burn(STORAGE_READ)?;
    let old = call.arbos().record(codehash);
    let now = call.evm.now();
    if old.is_up_to_date(&params, now) {
        return Err(Failure::solidity(ProgramUpToDate {}));
    }
    let code = call.evm.code_of(program);
    if code.is_empty() {
        return Err(Failure::solidity(ProgramNotWasm {}));
    }
    if !container::is_program(&code, arbos_version) {
        // A fragment is refused without an error of its own: its root is what can be activated.
        let is_fragment = container::component(&code, arbos_version).is_some();
        return Err(match arbos_version {
            NOT_WASM_SINCE.. if !is_fragment => Failure::solidity(ProgramNotWasm {}),
            _ => Failure::Plain,
        });
    }
    let activated = program::activate(call, codehash, &code, &params)?;
    if old.cached {
        call.burn(STORAGE_READ)?;
    }
    call.burn(STORAGE_WRITE)?;
    let module_hash = activated.module_hash;
    call.arbos().map_set(Map::ModuleHashes, codehash, module_hash.into());
    let fee = charge_for_data(call, activated.asm_estimate)?;
    let record = Record::new(&activated, params.version, now, old.cached);
    call.burn(STORAGE_WRITE)?;
    call.arbos().set_record(codehash, &record);
    pay(call, fee)?;
    let version = params.version;
    call.log(&ProgramActivated {
        codehash,
        moduleHash: module_hash,
        program,
        dataFee: fee,
        version,
    })?;
    Ok((version, fee).abi_encode())
}

/// Updates the data pricer and returns the fee.
fn charge_for_data(call: &mut Call<'_, '_>, asm_estimate: u32) -> Result<U256, Failure> {
    let now = call.evm.now();
    call.burn(STORAGE_READ.saturating_mul(5))?;
    let mut pricer = call.arbos().pricer();
    let fee = pricer.update(asm_estimate, now);
    call.burn(STORAGE_WRITE.saturating_mul(2))?;
    call.arbos().set_pricer(&pricer);
    Ok(fee)
}

/// Moves the fee to the network's account and the rest of the value back, as plain balance changes.
fn pay(call: &mut Call<'_, '_>, fee: U256) -> Result<(), Failure> {
    let value = call.value;
    let Some(rest) = value.checked_sub(fee) else {
        return Err(Failure::solidity(ProgramInsufficientValue { have: value, want: fee }));
    };
    let network = Address::from_word(call.read(Word::NetworkFeeAccount)?.into());
    let (address, caller) = (call.address, call.caller);
    if !call.evm.debit(address, value) {
        return Err(Failure::Plain);
    }
    call.evm.record_transfer(address, network, fee);
    call.evm.credit(network, fee);
    call.evm.record_transfer(address, caller, rest);
    call.evm.credit(caller, rest);
    Ok(())
}

fn keepalive(call: &mut Call<'_, '_>) -> Answer {
    let codehash = call.args::<codehashKeepaliveCall>()?.codehash;
    let (mut record, params) = active(call, codehash)?;
    let now = call.evm.now();
    let age = record.age(now);
    if age < params.keepalive_seconds() {
        return Err(Failure::solidity(ProgramKeepaliveTooSoon { ageInSeconds: age }));
    }
    let fee = charge_for_data(call, record.asm_size())?;
    record.activated_at = crate::stylus::record::hours_since_start(now);
    call.burn(STORAGE_WRITE)?;
    call.arbos().set_record(codehash, &record);
    pay(call, fee)?;
    call.log(&ProgramLifetimeExtended { codehash, dataFee: fee })?;
    Ok(Vec::new())
}

/// An error of this precompile as `Name(arguments)`.
pub(super) fn error_text(output: &[u8]) -> Option<String> {
    use alloy::sol_types::SolInterface;
    Some(match ArbWasmErrors::abi_decode(output).ok()? {
        ArbWasmErrors::ProgramNotWasm(_) => "ProgramNotWasm()".into(),
        ArbWasmErrors::ProgramNotActivated(_) => "ProgramNotActivated()".into(),
        ArbWasmErrors::ProgramNeedsUpgrade(e) => {
            format!("ProgramNeedsUpgrade({}, {})", e.version, e.stylusVersion)
        }
        ArbWasmErrors::ProgramExpired(e) => format!("ProgramExpired({})", e.ageInSeconds),
        ArbWasmErrors::ProgramUpToDate(_) => "ProgramUpToDate()".into(),
        ArbWasmErrors::ProgramKeepaliveTooSoon(e) => {
            format!("ProgramKeepaliveTooSoon({})", e.ageInSeconds)
        }
        ArbWasmErrors::ProgramInsufficientValue(e) => {
            format!("ProgramInsufficientValue({}, {})", e.have, e.want)
        }
    })
}
