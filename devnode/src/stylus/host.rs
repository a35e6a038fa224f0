//! The functions a program may import: `vm_hooks`, and `console` on debug chains.
//! Spec: stylus-vm.md §6, trace encodings §10.7.
//!
//! A method of [`Host`] per function, under its name. Ink is bought in the order of the specification, because which
//! failure comes first decides whether the frame keeps its gas.

use super::{
    api::{CallKind, CreateResult, EvmApi, FlushResult, FrameEnv, Gas, HostCall, Ink},
    params::{
        ARBOS_VERSION_40, ARBOS_VERSION_50, ARBOS_VERSION_59, ARBOS_VERSION_STYLUS_CHARGING_FIXES,
        StylusParams,
    },
    pricing::{
        ADD_MOD_INK, DIV_INK, EVM_API_INK, HOSTIO_INK, MUL_MOD_INK, PTR_INK, keccak_price,
        pow_price, read_price, write_price,
    },
    run::InkCell,
    storage::{REQUIRED_ACCESS_GAS, StorageCache},
};
use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use std::{fmt, ptr::NonNull};
use thiserror::Error;
use wasmer::{Function, FunctionEnv, FunctionEnvMut, Memory, MemoryView, Store};

/// Gas of a cold SLOAD.
const COLD_SLOAD_GAS: Gas = 2_100;
/// Gas below which EIP-2200 refuses to write storage.
const SSTORE_SENTRY_GAS: Gas = 2_300;
/// Gas of a cold account.
const COLD_ACCOUNT_GAS: Gas = 2_600;
/// Gas of a transient load.
const TLOAD_GAS: Gas = 100;
/// Gas of a transient store.
const TSTORE_GAS: Gas = 100;
/// Gas of a log, and of each topic.
const LOG_TOPIC_GAS: Gas = 375;
/// Gas of a byte of log data.
const LOG_DATA_GAS: Gas = 8;
const LOG_TOPICS: u32 = 4;
/// Gas of reading code, per 24,576 bytes of the largest code allowed.
const EXTCODE_SIZE_GAS: Gas = 700;
const DEFAULT_MAX_CODE_SIZE: u64 = 24_576;
const TOPIC_BYTES: u32 = 32;

/// Why a host call ends the program.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum Escape {
    /// A purchase was not affordable: the frame's gas is gone.
    #[error("out of ink")]
    OutOfInk,
    /// A rule was broken, or a pointer leads out of memory: the frame reverts without data and keeps its gas.
    #[error("{0}")]
    Failure(String),
    /// The program asked to stop.
    #[error("exited with status {0}")]
    Exit(u32),
}

type Result<T> = std::result::Result<T, Escape>;

/// The type of a host function: `i` i32, `I` i64, `f` f32, `F` f64.
#[derive(Clone, Copy, Debug)]
pub(super) struct HostType {
    name: &'static str,
    pub(super) params: &'static str,
    pub(super) results: &'static str,
}

impl fmt::Display for HostType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({}) -> ({})", self.name, self.params, self.results)
    }
}

macro_rules! wasm_type {
    (u32) => {
        "i"
    };
    (u64) => {
        "I"
    };
    (f32) => {
        "f"
    };
    (f64) => {
        "F"
    };
}

/// One list makes both the types that activation checks and the functions that instances import.
macro_rules! host_functions {
    ($types:ident, $import:ident; $($name:ident($($arg:ident: $ty:ident),*) $(-> $ret:ident)?;)*) => {
        const $types: &[HostType] = &[$(HostType {
            name: stringify!($name),
            params: concat!($(wasm_type!($ty)),*),
            results: concat!($(wasm_type!($ret))?),
        }),*];

        fn $import(store: &mut Store, env: &FunctionEnv<HostEnv>, name: &str) -> Option<Function> {
            match name {
                $(stringify!($name) => Some(Function::new_typed_with_env(
                    store,
                    env,
                    |caller: FunctionEnvMut<'_, HostEnv>, $($arg: $ty),*| -> Result<host_functions!(@result $($ret)?)> {
                        enter(caller, |host| host.$name($($arg),*))
                    },
                )),)*
                _ => None,
            }
        }
    };
    (@result) => { () };
    (@result $ret:ident) => { $ret };
}

host_functions! { VM_HOOKS_TYPES, import_vm_hook;
    read_args(dst: u32);
    write_result(ptr: u32, len: u32);
    exit_early(status: u32);
    storage_load_bytes32(key: u32, dst: u32);
    storage_cache_bytes32(key: u32, value: u32);
    storage_flush_cache(clear: u32);
    transient_load_bytes32(key: u32, dst: u32);
    transient_store_bytes32(key: u32, value: u32);
    call_contract(address: u32, data: u32, len: u32, value: u32, gas: u64, ret_len: u32) -> u32;
    delegate_call_contract(address: u32, data: u32, len: u32, gas: u64, ret_len: u32) -> u32;
    static_call_contract(address: u32, data: u32, len: u32, gas: u64, ret_len: u32) -> u32;
    create1(code: u32, len: u32, endowment: u32, address: u32, revert_len: u32);
    create2(code: u32, len: u32, endowment: u32, salt: u32, address: u32, revert_len: u32);
    read_return_data(dst: u32, offset: u32, size: u32) -> u32;
    return_data_size() -> u32;
    emit_log(data: u32, len: u32, topics: u32);
    account_balance(address: u32, dst: u32);
    account_code(address: u32, offset: u32, size: u32, dst: u32) -> u32;
    account_code_size(address: u32) -> u32;
    account_codehash(address: u32, dst: u32);
    block_basefee(dst: u32);
    block_coinbase(dst: u32);
    block_gas_limit() -> u64;
    block_number() -> u64;
    block_timestamp() -> u64;
    chainid() -> u64;
    contract_address(dst: u32);
    evm_gas_left() -> u64;
    evm_ink_left() -> u64;
    math_div(value: u32, divisor: u32);
    math_mod(value: u32, modulus: u32);
    math_pow(value: u32, exponent: u32);
    math_add_mod(value: u32, addend: u32, modulus: u32);
    math_mul_mod(value: u32, multiplier: u32, modulus: u32);
    msg_reentrant() -> u32;
    msg_sender(dst: u32);
    msg_value(dst: u32);
    native_keccak256(input: u32, len: u32, output: u32);
    tx_gas_price(dst: u32);
    tx_ink_price() -> u32;
    tx_origin(dst: u32);
    pay_for_memory_grow(pages: u32);
}

host_functions! { CONSOLE_TYPES, import_console;
    log_txt(ptr: u32, len: u32);
    log_i32(value: u32);
    log_i64(value: u64);
    log_f32(value: f32);
    log_f64(value: f64);
    tee_i32(value: u32) -> u32;
    tee_i64(value: u64) -> u64;
    tee_f32(value: f32) -> f32;
    tee_f64(value: f64) -> f64;
}

/// The type of a `vm_hooks` function.
pub(super) fn signature(name: &str) -> Option<HostType> {
    VM_HOOKS_TYPES.iter().find(|ty| ty.name == name).copied()
}

/// The type of a `console` function.
pub(super) fn console_signature(name: &str) -> Option<HostType> {
    CONSOLE_TYPES.iter().find(|ty| ty.name == name).copied()
}

/// A host function for an instance in `store`.
pub(super) fn import(
    store: &mut Store,
    env: &FunctionEnv<HostEnv>,
    module: &str,
    name: &str,
) -> Option<Function> {
    match module {
        super::validate::VM_HOOKS => import_vm_hook(store, env, name),
        super::validate::CONSOLE => import_console(store, env, name),
        _ => None,
    }
}

/// What lasts for one program call.
pub(super) struct Call<'a> {
    pub(super) api: &'a mut dyn EvmApi,
    pub(super) env: &'a FrameEnv,
    pub(super) params: &'a StylusParams,
    pub(super) calldata: &'a [u8],
    pub(super) output: Vec<u8>,
    storage: StorageCache,
    return_data: Bytes,
    /// The account whose code was asked for last (§6.6).
    code: Option<(Address, Bytes)>,
}

impl<'a> Call<'a> {
    pub(super) fn new(
        calldata: &'a [u8],
        env: &'a FrameEnv,
        params: &'a StylusParams,
        api: &'a mut dyn EvmApi,
    ) -> Self {
        Self {
            api,
            env,
            params,
            calldata,
            output: Vec::new(),
            storage: StorageCache::default(),
            return_data: Bytes::new(),
            code: None,
        }
    }
}

/// What every host function of an instance is bound to.
pub(super) struct HostEnv {
    call: CallPtr,
    guest: Option<Guest>,
}

/// What host functions touch inside the instance.
#[derive(Clone)]
pub(super) struct Guest {
    pub(super) memory: Memory,
    pub(super) ink: InkCell,
}

impl HostEnv {
    /// # Safety
    /// `call` must outlive every run of the instance bound to this, and nobody else may touch it during one.
    pub(super) unsafe fn new(call: &mut Call<'_>) -> Self {
        Self { call: CallPtr(NonNull::from(call).cast()), guest: None }
    }

    /// Tells the host functions where the instance keeps its memory and ink.
    pub(super) fn attach(&mut self, guest: Guest) {
        self.guest = Some(guest);
    }
}

/// The [`Call`] that host functions work on; the engine wants their environment to be `'static` and `Send`.
struct CallPtr(NonNull<Call<'static>>);

// SAFETY: the store that owns this pointer is made, used and dropped inside `CompiledProgram::run`, on one thread, while
// that function's frame holds the `Call`.
unsafe impl Send for CallPtr {}

/// Runs one host function: ink in, effect, ink out.
fn enter<R>(
    mut caller: FunctionEnvMut<'_, HostEnv>,
    f: impl FnOnce(&mut Host<'_>) -> Result<R>,
) -> Result<R> {
    let (env, store) = caller.data_and_store_mut();
    let Some(guest) = env.guest.clone() else {
        return failure("host call before the program started");
    };
    // SAFETY: `HostEnv::new`'s caller promised that the `Call` is alive and untouched while the instance runs. No second
    // reference can exist: a host function is entered only from its own instance, which is suspended until it returns,
    // and a nested program has a `Call` of its own.
    let call = unsafe { env.call.0.as_mut() };
    // SAFETY: the instance is alive: it is what calls.
    let ink = unsafe { guest.ink.get() };
    let mut host = Host { call, memory: guest.memory.view(&store), ink, start_ink: ink };
    let result = f(&mut host);
    // SAFETY: as above.
    unsafe { guest.ink.set(host.ink) };
    result
}

fn failure<T>(reason: impl Into<String>) -> Result<T> {
    Err(Escape::Failure(reason.into()))
}

/// One host call in progress.
struct Host<'h> {
    call: &'h mut Call<'static>,
    memory: MemoryView<'h>,
    ink: Ink,
    start_ink: Ink,
}

/// Ink and gas.
impl Host<'_> {
    fn buy_ink(&mut self, ink: Ink) -> Result<()> {
        self.ink = self.ink.checked_sub(ink).ok_or(Escape::OutOfInk)?;
        Ok(())
    }

    fn buy_gas(&mut self, gas: Gas) -> Result<()> {
        self.buy_ink(self.call.params.gas_to_ink(gas))
    }

    fn require_gas(&self, gas: Gas) -> Result<()> {
        if self.ink < self.call.params.gas_to_ink(gas) { Err(Escape::OutOfInk) } else { Ok(()) }
    }

    fn gas_left(&self) -> Gas {
        self.call.params.ink_to_gas(self.ink)
    }

    fn charging_fixed(&self) -> bool {
        self.call.env.arbos_version >= ARBOS_VERSION_STYLUS_CHARGING_FIXES
    }
}

/// The program's memory.
impl Host<'_> {
    fn check_range(&self, ptr: u32, len: u64) -> Result<()> {
        let end = u64::from(ptr) + len;
        let size = self.memory.data_size();
        if end > size {
            failure(format!("pointer {ptr}+{len} leads out of {size} bytes of memory"))
        } else {
            Ok(())
        }
    }

    fn read(&self, ptr: u32, len: u32) -> Result<Vec<u8>> {
        // Before the buffer is made: the length is the program's word.
        self.check_range(ptr, u64::from(len))?;
        let mut buffer = vec![0; len as usize];
        self.read_into(ptr, &mut buffer)?;
        Ok(buffer)
    }

    fn read_into(&self, ptr: u32, buffer: &mut [u8]) -> Result<()> {
        self.check_range(ptr, buffer.len() as u64)?;
        self.memory.read(u64::from(ptr), buffer).or_else(|error| failure(error.to_string()))
    }

    fn read_word(&self, ptr: u32) -> Result<B256> {
        let mut word = B256::ZERO;
        self.read_into(ptr, word.as_mut_slice())?;
        Ok(word)
    }

    fn read_uint(&self, ptr: u32) -> Result<U256> {
        self.read_word(ptr).map(Into::into)
    }

    fn read_address(&self, ptr: u32) -> Result<Address> {
        let mut address = Address::ZERO;
        self.read_into(ptr, address.as_mut_slice())?;
        Ok(address)
    }

    fn write(&self, ptr: u32, bytes: &[u8]) -> Result<()> {
        self.check_range(ptr, bytes.len() as u64)?;
        self.memory.write(u64::from(ptr), bytes).or_else(|error| failure(error.to_string()))
    }

    fn write_word(&self, ptr: u32, word: impl Into<B256>) -> Result<()> {
        self.write(ptr, word.into().as_slice())
    }

    /// Lengths are written in the guest's byte order.
    fn write_len(&self, ptr: u32, len: u32) -> Result<()> {
        self.write(ptr, &len.to_le_bytes())
    }
}

/// Tracing.
impl Host<'_> {
    fn trace(&mut self, name: &'static str, args: &[&[u8]], outs: &[&[u8]]) {
        if self.call.api.tracing() {
            let call = HostCall {
                name,
                args: args.concat(),
                outs: outs.concat(),
                start_ink: self.start_ink,
                end_ink: self.ink,
            };
            self.call.api.trace(call);
        }
    }

    fn traced_u32(&mut self, name: &'static str, value: u32) -> Result<u32> {
        self.trace(name, &[], &[&value.to_be_bytes()]);
        Ok(value)
    }

    fn traced_u64(&mut self, name: &'static str, value: u64) -> Result<u64> {
        self.trace(name, &[], &[&value.to_be_bytes()]);
        Ok(value)
    }
}

/// Input, output and the end.
impl Host<'_> {
    fn read_args(&mut self, dst: u32) -> Result<()> {
        self.buy_ink(HOSTIO_INK)?;
        let calldata = self.call.calldata;
        self.buy_ink(write_price(len_u32(calldata)))?;
        self.write(dst, calldata)?;
        self.trace("read_args", &[], &[calldata]);
        Ok(())
    }

    fn write_result(&mut self, ptr: u32, len: u32) -> Result<()> {
        self.buy_ink(HOSTIO_INK)?;
        self.pay_for_outgoing(len)?;
        let output = self.read(ptr, len)?;
        self.trace("write_result", &[&output], &[]);
        self.call.output = output;
        Ok(())
    }

    fn exit_early(&mut self, status: u32) -> Result<()> {
        self.trace("exit_early", &[&status.to_be_bytes()], &[]);
        Err(Escape::Exit(status))
    }

    /// Bytes that leave the VM are read twice: by the host, and by the chain.
    fn pay_for_outgoing(&mut self, len: u32) -> Result<()> {
        self.buy_ink(read_price(len))?;
        self.buy_ink(read_price(len))
    }
}

/// Storage.
impl Host<'_> {
    fn storage_load_bytes32(&mut self, key: u32, dst: u32) -> Result<()> {
        self.buy_ink(HOSTIO_INK + 2 * PTR_INK)?;
        // Before ArbOS 32 ink was taken for gas here.
        let api_gas = if self.charging_fixed() {
            self.call.params.ink_to_gas(EVM_API_INK)
        } else {
            EVM_API_INK
        };
        self.require_gas(COLD_SLOAD_GAS + REQUIRED_ACCESS_GAS + api_gas)?;
        let key = self.read_word(key)?;
        let mut cost = self.call.storage.read_gas();
        let value = match self.call.storage.get(key) {
            Some(value) => value,
            None => {
                let (value, gas) = self.call.api.storage_load(key);
                cost = cost.saturating_add(gas).saturating_add(api_gas);
                self.call.storage.insert_known(key, value);
                value
            }
        };
        self.buy_gas(cost)?;
        self.write_word(dst, value)?;
        self.trace("storage_load_bytes32", &[key.as_slice()], &[value.as_slice()]);
        Ok(())
    }

    fn storage_cache_bytes32(&mut self, key: u32, value: u32) -> Result<()> {
        self.buy_ink(HOSTIO_INK + 2 * PTR_INK)?;
        self.require_gas(SSTORE_SENTRY_GAS + REQUIRED_ACCESS_GAS)?;
        let key = self.read_word(key)?;
        let value = self.read_word(value)?;
        let cost = self.call.storage.write_gas();
        self.call.storage.write(key, value);
        self.buy_gas(cost)?;
        self.trace("storage_cache_bytes32", &[key.as_slice(), value.as_slice()], &[]);
        Ok(())
    }

    fn storage_flush_cache(&mut self, clear: u32) -> Result<()> {
        self.buy_ink(HOSTIO_INK + EVM_API_INK)?;
        self.require_gas(SSTORE_SENTRY_GAS)?;
        let clear = clear != 0;
        let dirty = self.call.storage.flush(clear);
        if !dirty.is_empty() {
            let budget = self.gas_left().saturating_add(1);
            match self.call.api.storage_flush(&dirty, budget) {
                FlushResult::Done(cost) if self.charging_fixed() => self.buy_gas(cost)?,
                FlushResult::Done(_) => {}
                FlushResult::OutOfGas if self.call.env.arbos_version >= ARBOS_VERSION_50 => {
                    return Err(Escape::OutOfInk);
                }
                FlushResult::OutOfGas => return failure("not enough gas to flush storage"),
                FlushResult::Refused => return failure("storage written in a static call"),
            }
        }
        self.trace("storage_flush_cache", &[&[u8::from(clear)]], &[]);
        Ok(())
    }

    fn transient_load_bytes32(&mut self, key: u32, dst: u32) -> Result<()> {
        self.buy_ink(HOSTIO_INK + 2 * PTR_INK + EVM_API_INK)?;
        self.buy_gas(TLOAD_GAS)?;
        let key = self.read_word(key)?;
        let value = self.call.api.transient_load(key);
        self.write_word(dst, value)?;
        self.trace("transient_load_bytes32", &[key.as_slice()], &[value.as_slice()]);
        Ok(())
    }

    fn transient_store_bytes32(&mut self, key: u32, value: u32) -> Result<()> {
        self.buy_ink(HOSTIO_INK + 2 * PTR_INK + EVM_API_INK)?;
        self.buy_gas(TSTORE_GAS)?;
        let key = self.read_word(key)?;
        let value = self.read_word(value)?;
        if !self.call.api.transient_store(key, value) {
            return failure("transient storage written in a static call");
        }
        self.trace("transient_store_bytes32", &[key.as_slice(), value.as_slice()], &[]);
        Ok(())
    }
}

/// Calls and creations.
impl Host<'_> {
    fn call_contract(
        &mut self,
        address: u32,
        data: u32,
        len: u32,
        value: u32,
        gas: Gas,
        ret_len: u32,
    ) -> Result<u32> {
        self.do_call(CallKind::Call, address, data, len, Some(value), gas, ret_len)
    }

    fn delegate_call_contract(
        &mut self,
        address: u32,
        data: u32,
        len: u32,
        gas: Gas,
        ret_len: u32,
    ) -> Result<u32> {
        self.do_call(CallKind::Delegate, address, data, len, None, gas, ret_len)
    }

    fn static_call_contract(
        &mut self,
        address: u32,
        data: u32,
        len: u32,
        gas: Gas,
        ret_len: u32,
    ) -> Result<u32> {
        self.do_call(CallKind::Static, address, data, len, None, gas, ret_len)
    }

    #[allow(clippy::too_many_arguments)] // the host functions' own
    fn do_call(
        &mut self,
        kind: CallKind,
        address: u32,
        data: u32,
        len: u32,
        value: Option<u32>,
        gas: Gas,
        ret_len: u32,
    ) -> Result<u32> {
        self.buy_ink(HOSTIO_INK + 3 * PTR_INK + EVM_API_INK)?;
        self.pay_for_outgoing(len)?;
        let gas_left = self.gas_left();
        let address = self.read_address(address)?;
        let data = self.read(data, len)?;
        let value = value.map(|ptr| self.read_word(ptr)).transpose()?;

        let wei = value.map_or(U256::ZERO, Into::into);
        let result = self.call.api.call(kind, address, &data, gas_left, gas, wei);
        self.buy_gas(result.cost)?;
        let returned = len_u32(&result.data);
        self.call.return_data = result.data;
        self.write_len(ret_len, returned)?;
        // 1 would be "reverted"; the protocol never tells a revert from another failure.
        let status: u8 = if result.success { 0 } else { 2 };

        let name = match kind {
            CallKind::Call => "call_contract",
            CallKind::Delegate => "delegate_call_contract",
            CallKind::Static => "static_call_contract",
        };
        let value = value.as_ref().map_or(&[][..], |value| value.as_slice());
        let args = [address.as_slice(), &gas.to_be_bytes(), value, &data];
        self.trace(name, &args, &[&returned.to_be_bytes(), &[status]]);
        Ok(u32::from(status))
    }

    fn create1(
        &mut self,
        code: u32,
        len: u32,
        endowment: u32,
        address: u32,
        revert_len: u32,
    ) -> Result<()> {
        self.do_create(code, len, endowment, None, address, revert_len)
    }

    fn create2(
        &mut self,
        code: u32,
        len: u32,
        endowment: u32,
        salt: u32,
        address: u32,
        revert_len: u32,
    ) -> Result<()> {
        self.do_create(code, len, endowment, Some(salt), address, revert_len)
    }

    fn do_create(
        &mut self,
        code: u32,
        len: u32,
        endowment: u32,
        salt: Option<u32>,
        address: u32,
        revert_len: u32,
    ) -> Result<()> {
        let pointers = if salt.is_some() { 4 } else { 3 };
        self.buy_ink(HOSTIO_INK + pointers * PTR_INK + EVM_API_INK)?;
        self.pay_for_outgoing(len)?;
        let code = self.read(code, len)?;
        let endowment = self.read_word(endowment)?;
        let salt = salt.map(|ptr| self.read_word(ptr)).transpose()?;
        let gas_left = self.gas_left();

        let result = self.call.api.create(&code, endowment.into(), salt, gas_left);
        let CreateResult::Done { address: created, data, cost } = result else {
            return failure("creation in a static call, or with too little gas to start");
        };
        self.buy_gas(cost)?;
        let returned = len_u32(&data);
        self.call.return_data = data;
        self.write_len(revert_len, returned)?;
        self.write(address, created.as_slice())?;

        let name = if salt.is_some() { "create2" } else { "create1" };
        let salt = salt.as_ref().map_or(&[][..], |salt| salt.as_slice());
        self.trace(
            name,
            &[endowment.as_slice(), salt, &code],
            &[created.as_slice(), &returned.to_be_bytes()],
        );
        Ok(())
    }

    fn read_return_data(&mut self, dst: u32, offset: u32, size: u32) -> Result<u32> {
        self.buy_ink(HOSTIO_INK + EVM_API_INK)?;
        let data = self.call.return_data.clone();
        self.buy_ink(write_price(size.min(len_u32(&data).saturating_sub(offset))))?;
        let part = overlap(&data, offset, size);
        // With nothing to write, the pointer may be anything.
        if !part.is_empty() {
            self.write(dst, part)?;
        }
        self.trace("read_return_data", &[&offset.to_be_bytes(), &size.to_be_bytes()], &[part]);
        Ok(len_u32(part))
    }

    fn return_data_size(&mut self) -> Result<u32> {
        self.buy_ink(HOSTIO_INK)?;
        self.traced_u32("return_data_size", len_u32(&self.call.return_data))
    }
}

/// Logs and accounts.
impl Host<'_> {
    fn emit_log(&mut self, data: u32, len: u32, topics: u32) -> Result<()> {
        self.buy_ink(HOSTIO_INK + EVM_API_INK)?;
        if topics > LOG_TOPICS || len < topics * TOPIC_BYTES {
            return failure("bad topic data");
        }
        self.buy_ink(read_price(len))?;
        let data_bytes = u64::from(len - topics * TOPIC_BYTES);
        self.buy_gas((1 + u64::from(topics)) * LOG_TOPIC_GAS + data_bytes * LOG_DATA_GAS)?;
        let bytes = self.read(data, len)?;
        if self.call.env.is_static {
            return failure("log in a static call");
        }
        let (heads, rest) = bytes.split_at((topics * TOPIC_BYTES) as usize);
        let heads: Vec<B256> =
            heads.chunks_exact(TOPIC_BYTES as usize).map(B256::from_slice).collect();
        self.call.api.log(&heads, rest);
        self.trace("emit_log", &[&topics.to_be_bytes(), &bytes], &[]);
        Ok(())
    }

    fn account_balance(&mut self, address: u32, dst: u32) -> Result<()> {
        self.buy_ink(HOSTIO_INK + 2 * PTR_INK + EVM_API_INK)?;
        self.require_gas(COLD_ACCOUNT_GAS)?;
        let address = self.read_address(address)?;
        let (balance, cost) = self.call.api.balance(address);
        self.buy_gas(cost)?;
        let balance = B256::from(balance);
        self.write_word(dst, balance)?;
        self.trace("account_balance", &[address.as_slice()], &[balance.as_slice()]);
        Ok(())
    }

    fn account_code(&mut self, address: u32, offset: u32, size: u32, dst: u32) -> Result<u32> {
        let (address, code) = self.load_code(address)?;
        self.buy_ink(write_price(len_u32(&code)))?;
        let part = overlap(&code, offset, size);
        self.write(dst, part)?;
        let args = [address.as_slice(), &offset.to_be_bytes(), &size.to_be_bytes()];
        self.trace("account_code", &args, &[part]);
        Ok(len_u32(part))
    }

    fn account_code_size(&mut self, address: u32) -> Result<u32> {
        let (address, code) = self.load_code(address)?;
        let size = len_u32(&code);
        self.trace("account_code_size", &[address.as_slice()], &[&size.to_be_bytes()]);
        Ok(size)
    }

    fn load_code(&mut self, address: u32) -> Result<(Address, Bytes)> {
        self.buy_ink(HOSTIO_INK + EVM_API_INK)?;
        self.require_gas(COLD_ACCOUNT_GAS)?;
        let address = self.read_address(address)?;
        if let Some((known, code)) = &self.call.code
            && *known == address
        {
            return Ok((address, code.clone()));
        }
        let (code, touch) = self.call.api.code(address);
        let surcharge = EXTCODE_SIZE_GAS * (self.call.env.max_code_size / DEFAULT_MAX_CODE_SIZE);
        self.buy_gas(touch.saturating_add(surcharge))?;
        // An account that is empty now may have code later in this call.
        if !code.is_empty() || self.call.env.arbos_version < ARBOS_VERSION_40 {
            self.call.code = Some((address, code.clone()));
        }
        Ok((address, code))
    }

    fn account_codehash(&mut self, address: u32, dst: u32) -> Result<()> {
        self.buy_ink(HOSTIO_INK + 2 * PTR_INK + EVM_API_INK)?;
        self.require_gas(COLD_ACCOUNT_GAS)?;
        let address = self.read_address(address)?;
        let (hash, cost) = self.call.api.code_hash(address);
        self.buy_gas(cost)?;
        self.write_word(dst, hash)?;
        self.trace("account_codehash", &[address.as_slice()], &[hash.as_slice()]);
        Ok(())
    }
}

/// Block, transaction and frame.
impl Host<'_> {
    fn put(&mut self, name: &'static str, dst: u32, bytes: &[u8]) -> Result<()> {
        self.buy_ink(HOSTIO_INK + PTR_INK)?;
        self.write(dst, bytes)?;
        self.trace(name, &[], &[bytes]);
        Ok(())
    }

    fn block_basefee(&mut self, dst: u32) -> Result<()> {
        self.put("block_basefee", dst, &self.call.env.block_basefee.to_be_bytes::<32>())
    }

    fn block_coinbase(&mut self, dst: u32) -> Result<()> {
        self.put("block_coinbase", dst, self.call.env.block_coinbase.as_slice())
    }

    fn contract_address(&mut self, dst: u32) -> Result<()> {
        self.put("contract_address", dst, self.call.env.contract_address.as_slice())
    }

    fn msg_sender(&mut self, dst: u32) -> Result<()> {
        self.put("msg_sender", dst, self.call.env.msg_sender.as_slice())
    }

    fn msg_value(&mut self, dst: u32) -> Result<()> {
        self.put("msg_value", dst, &self.call.env.msg_value.to_be_bytes::<32>())
    }

    fn tx_gas_price(&mut self, dst: u32) -> Result<()> {
        self.put("tx_gas_price", dst, &self.call.env.tx_gas_price.to_be_bytes::<32>())
    }

    fn tx_origin(&mut self, dst: u32) -> Result<()> {
        self.put("tx_origin", dst, self.call.env.tx_origin.as_slice())
    }

    fn block_gas_limit(&mut self) -> Result<u64> {
        self.buy_ink(HOSTIO_INK)?;
        self.traced_u64("block_gas_limit", self.call.env.block_gas_limit)
    }

    fn block_number(&mut self) -> Result<u64> {
        self.buy_ink(HOSTIO_INK)?;
        self.traced_u64("block_number", self.call.env.block_number)
    }

    fn block_timestamp(&mut self) -> Result<u64> {
        self.buy_ink(HOSTIO_INK)?;
        self.traced_u64("block_timestamp", self.call.env.block_timestamp)
    }

    fn chainid(&mut self) -> Result<u64> {
        self.buy_ink(HOSTIO_INK)?;
        self.traced_u64("chainid", self.call.env.chain_id)
    }

    fn evm_gas_left(&mut self) -> Result<u64> {
        self.buy_ink(HOSTIO_INK)?;
        self.traced_u64("evm_gas_left", self.gas_left())
    }

    fn evm_ink_left(&mut self) -> Result<u64> {
        self.buy_ink(HOSTIO_INK)?;
        self.traced_u64("evm_ink_left", self.ink)
    }

    fn msg_reentrant(&mut self) -> Result<u32> {
        self.buy_ink(HOSTIO_INK)?;
        self.traced_u32("msg_reentrant", u32::from(self.call.env.reentrant))
    }

    fn tx_ink_price(&mut self) -> Result<u32> {
        self.buy_ink(HOSTIO_INK)?;
        self.traced_u32("tx_ink_price", self.call.params.ink_price)
    }
}

/// Arithmetic and hashing.
impl Host<'_> {
    fn math_div(&mut self, value: u32, divisor: u32) -> Result<()> {
        self.buy_ink(HOSTIO_INK + 3 * PTR_INK + DIV_INK)?;
        self.binary("math_div", value, divisor, |a, b| a.checked_div(b).unwrap_or_default())
    }

    fn math_mod(&mut self, value: u32, modulus: u32) -> Result<()> {
        self.buy_ink(HOSTIO_INK + 3 * PTR_INK + DIV_INK)?;
        self.binary("math_mod", value, modulus, |a, b| a.checked_rem(b).unwrap_or_default())
    }

    fn math_pow(&mut self, value: u32, exponent: u32) -> Result<()> {
        self.buy_ink(HOSTIO_INK + 3 * PTR_INK)?;
        // Both operands are read before the exponent is paid for.
        self.read_word(value)?;
        let price = pow_price(&self.read_word(exponent)?.0);
        self.buy_ink(price)?;
        self.binary("math_pow", value, exponent, |a, b| a.wrapping_pow(b))
    }

    fn math_add_mod(&mut self, value: u32, addend: u32, modulus: u32) -> Result<()> {
        self.buy_ink(HOSTIO_INK + 4 * PTR_INK + ADD_MOD_INK)?;
        self.ternary("math_add_mod", value, addend, modulus, |a, b, m| a.add_mod(b, m))
    }

    fn math_mul_mod(&mut self, value: u32, multiplier: u32, modulus: u32) -> Result<()> {
        self.buy_ink(HOSTIO_INK + 4 * PTR_INK + MUL_MOD_INK)?;
        self.ternary("math_mul_mod", value, multiplier, modulus, |a, b, m| a.mul_mod(b, m))
    }

    fn binary(
        &mut self,
        name: &'static str,
        a: u32,
        b: u32,
        f: fn(U256, U256) -> U256,
    ) -> Result<()> {
        let (left, right) = (self.read_uint(a)?, self.read_uint(b)?);
        let result = f(left, right).to_be_bytes::<32>();
        self.write(a, &result)?;
        self.trace(name, &[&left.to_be_bytes::<32>(), &right.to_be_bytes::<32>()], &[&result]);
        Ok(())
    }

    fn ternary(
        &mut self,
        name: &'static str,
        a: u32,
        b: u32,
        m: u32,
        f: fn(U256, U256, U256) -> U256,
    ) -> Result<()> {
        let (left, right, modulus) = (self.read_uint(a)?, self.read_uint(b)?, self.read_uint(m)?);
        let result = f(left, right, modulus).to_be_bytes::<32>();
        self.write(a, &result)?;
        let args = [left, right, modulus].map(|word| word.to_be_bytes::<32>());
        self.trace(name, &[&args.concat()], &[&result]);
        Ok(())
    }

    fn native_keccak256(&mut self, input: u32, len: u32, output: u32) -> Result<()> {
        self.buy_ink(keccak_price(len))?;
        let preimage = self.read(input, len)?;
        let digest = keccak256(&preimage);
        self.write_word(output, digest)?;
        self.trace("native_keccak256", &[&preimage], &[digest.as_slice()]);
        Ok(())
    }
}

/// Memory.
impl Host<'_> {
    fn pay_for_memory_grow(&mut self, pages: u32) -> Result<()> {
        let counted = if self.call.env.arbos_version >= ARBOS_VERSION_59 {
            u16::try_from(pages).map_err(|_| Escape::OutOfInk)?
        } else {
            // The upper half was never looked at.
            pages as u16
        };
        if counted == 0 {
            self.buy_ink(HOSTIO_INK)?;
        } else {
            let cost = self.call.api.add_pages(counted);
            self.buy_gas(cost)?;
        }
        self.trace("pay_for_memory_grow", &[&counted.to_be_bytes()], &[]);
        Ok(())
    }
}

/// The `console` module: no ink at all.
impl Host<'_> {
    fn say(&mut self, text: &str) -> Result<()> {
        self.call.api.console(text);
        Ok(())
    }

    fn log_txt(&mut self, ptr: u32, len: u32) -> Result<()> {
        let text = self.read(ptr, len)?;
        self.say(&String::from_utf8_lossy(&text))?;
        self.trace("console_log_text", &[&text], &[]);
        Ok(())
    }

    fn log_value(&mut self, text: &str) -> Result<()> {
        self.say(text)?;
        self.trace("console_log", &[text.as_bytes()], &[]);
        Ok(())
    }

    fn log_i32(&mut self, value: u32) -> Result<()> {
        self.log_value(&format!("i32 {}", value as i32))
    }

    fn log_i64(&mut self, value: u64) -> Result<()> {
        self.log_value(&format!("i64 {}", value as i64))
    }

    fn log_f32(&mut self, value: f32) -> Result<()> {
        self.log_value(&format!("f32 {value}"))
    }

    fn log_f64(&mut self, value: f64) -> Result<()> {
        self.log_value(&format!("f64 {value}"))
    }

    fn tee_i32(&mut self, value: u32) -> Result<u32> {
        self.say(&format!("i32 {}", value as i32))?;
        Ok(value)
    }

    fn tee_i64(&mut self, value: u64) -> Result<u64> {
        self.say(&format!("i64 {}", value as i64))?;
        Ok(value)
    }

    fn tee_f32(&mut self, value: f32) -> Result<f32> {
        self.say(&format!("f32 {value}"))?;
        Ok(value)
    }

    fn tee_f64(&mut self, value: f64) -> Result<f64> {
        self.say(&format!("f64 {value}"))?;
        Ok(value)
    }
}

/// Lengths cross the VM's border as u32; nothing here can be longer than the memory it came from.
fn len_u32(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

/// The part of `data` inside `offset..offset + size`.
fn overlap(data: &[u8], offset: u32, size: u32) -> &[u8] {
    let end = (offset.saturating_add(size) as usize).min(data.len());
    data.get(offset as usize..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_42_hooks_and_9_console_functions() {
        assert_eq!(VM_HOOKS_TYPES.len(), 42);
        assert_eq!(CONSOLE_TYPES.len(), 9);
    }

    #[test]
    fn types_are_those_of_the_specification() {
        let ty = |name| signature(name).map(|ty| (ty.params, ty.results)).unwrap();
        assert_eq!(ty("call_contract"), ("iiiiIi", "i"));
        assert_eq!(ty("delegate_call_contract"), ("iiiIi", "i"));
        assert_eq!(ty("create2"), ("iiiiii", ""));
        assert_eq!(ty("evm_ink_left"), ("", "I"));
        assert!(signature("log_txt").is_none());
    }

    #[test]
    fn the_overlap_of_a_range_with_data_is_what_lies_in_both() {
        assert_eq!(overlap(b"abc", 1, 1), b"b");
        assert_eq!(overlap(b"abc", 1, u32::MAX), b"bc");
        assert_eq!(overlap(b"abc", 3, 1), b"");
        assert_eq!(overlap(b"abc", 9, 1), b"");
    }
}
