//! Stylus frames: what a program may ask of the chain, and what its call costs.
//! Spec: stylus-vm.md §1.4, §4.3, §5, §6.3–§6.6, §7.

use std::time::Instant;

use alloy_primitives::{Address, B256, Bytes, LogData, U256, keccak256};
use revm::bytecode::Bytecode;
use revm::context_interface::JournalTr;
use revm::context_interface::context::SStoreResult;
use revm::interpreter::interpreter_action::FrameInit;
use revm::interpreter::{
    CallInput, CallInputs, CallScheme, CallValue, CreateInputs, CreateScheme, FrameInput,
    Gas as FrameGas, InstructionResult, InterpreterResult, SharedMemory,
};
use revm::primitives::Log;

use crate::evm::{Evm, MAX_CODE_SIZE, Returned, burnt};
use crate::precompiles::{Call, Failure};
use crate::stylus::api::{
    CallKind, CallResult, CreateResult, EvmApi, FlushResult, FrameEnv, Gas, HostCall, Outcome,
};
use crate::stylus::params::StylusParams;
use crate::stylus::{
    ActivatedProgram, ProgramError, activate as activate_module, call_cost, container,
};

/// Gas of touching a warm account or slot (`WarmStorageReadCostEIP2929`).
const WARM: Gas = 100;
/// Gas of touching a cold account (`ColdAccountAccessCostEIP2929`).
const COLD_ACCOUNT: Gas = 2_600;
/// Gas of touching a cold slot (`ColdSloadCostEIP2929`).
const COLD_SLOT: Gas = 2_100;
/// Gas of setting a slot that was zero (`SstoreSetGasEIP2200`).
const SSTORE_SET: Gas = 20_000;
/// Gas of changing a slot that was not (`SstoreResetGasEIP2200` less the cold part).
const SSTORE_RESET: Gas = 2_900;
/// Gas of a call with value (`CallValueTransferGas`).
const CALL_VALUE: Gas = 9_000;
/// Gas of a call with value that brings an account to life (`CallNewAccountGas`).
const CALL_NEW_ACCOUNT: Gas = 25_000;
/// Gas that a call with value hands on for nothing (`CallStipend`).
const CALL_STIPEND: Gas = 2_300;
/// Gas of a creation (`CreateGas`).
const CREATE: Gas = 32_000;
/// Gas per word of init code hashed by CREATE2 (`Keccak256WordGas`).
const KECCAK_WORD: Gas = 6;

/// Runs the program of a frame that is already open: value moved, checkpoint taken.
pub(crate) fn run(
    evm: &mut Evm<'_>,
    inputs: &CallInputs,
    data: Bytes,
    code_hash: B256,
    code: Bytecode,
    depth: usize,
) -> InterpreterResult {
    let start_gas = inputs.gas_limit;
    let params = evm.arbos().params();
    let record = evm.arbos().record(code_hash);
    if let Err(error) = record.check(&params, evm.now()) {
        evm.ctx.chain.notes.push(explain(&error, inputs.bytecode_address));
        return burnt(InstructionResult::PrecompileError, start_gas);
    }
    let running = &mut evm.ctx.chain;
    let cached = running.recent_programs.is_cached(code_hash, &record, &params);
    let cost = call_cost::call_cost(&record, &params, cached, &running.pages);
    let Some(gas) = start_gas.checked_sub(cost) else {
        running.notes.push(format!(
            "out of gas: starting the program at {} costs {cost} gas, the call had {start_gas}",
            inputs.bytecode_address
        ));
        return burnt(InstructionResult::OutOfGas, start_gas);
    };
    let open_before = running.pages.open;
    running.pages.add(record.footprint, &params);
    let acting = inputs.target_address;
    let reentrant = running.open_frames.get(&acting).is_some_and(|open| *open > 1);
    let engine = running.engine.clone();

    let env = frame_env(evm, inputs, reentrant);
    let content = content_hash(evm, code_hash, code.original_byte_slice());
    let program = engine.ok_or_else(|| "no WASM engine".to_string()).and_then(|engine| {
        let wasm = || {
            container::wasm(code.original_byte_slice(), &params, |part| {
                Some(evm.code_of(part).to_vec())
            })
        };
        engine.program(content, params.version, wasm).map_err(|error| error.to_string())
    });
    let program = match program {
        Ok(program) => program,
        Err(error) => {
            // It was activated, so this is a fault of this node, not of the program.
            tracing::error!(%code_hash, %error, "an activated program does not compile");
            evm.ctx.chain.notes.push(format!("the program does not compile: {error}"));
            evm.ctx.chain.pages.close(open_before);
            return burnt(InstructionResult::PrecompileError, start_gas);
        }
    };
    let (outcome, ink_left, refund) = {
        let mut host = Host {
            evm: &mut *evm,
            params,
            address: acting,
            caller: inputs.caller,
            value: inputs.value.get(),
            is_static: inputs.is_static,
            depth,
            refund: 0,
        };
        let (outcome, ink_left) =
            program.run(&data, &env, &params, params.gas_to_ink(gas), &mut host);
        (outcome, ink_left, host.refund)
    };
    evm.ctx.chain.pages.close(open_before);

    let (why, output) = match outcome {
        Outcome::Success(output) => (InstructionResult::Return, output),
        Outcome::Revert(output) => (InstructionResult::Revert, output),
        Outcome::Failure(text) => {
            evm.ctx.chain.notes.push(format!("program at {}: {text}", inputs.bytecode_address));
            (InstructionResult::Revert, Bytes::new())
        }
        Outcome::OutOfInk => {
            evm.ctx.chain.notes.push(format!(
                "program at {}: out of ink, it had {} ({gas} gas)",
                inputs.bytecode_address,
                params.gas_to_ink(gas)
            ));
            return burnt(InstructionResult::OutOfGas, start_gas);
        }
        Outcome::NativeStackExhausted => {
            tracing::error!(%code_hash, "a program exhausted the native stack before its words");
            return burnt(InstructionResult::CallTooDeep, start_gas);
        }
        Outcome::OutOfStack => {
            evm.ctx.chain.notes.push(format!(
                "program at {}: more than {} words of stack",
                inputs.bytecode_address, params.max_stack_depth
            ));
            return burnt(InstructionResult::CallTooDeep, start_gas);
        }
    };
    let left = params.ink_to_gas(ink_left);
    let Some(left) =
        call_cost::gas_after_return_data(left, start_gas, output.len(), params.arbos_version)
    else {
        return burnt(InstructionResult::OutOfGas, start_gas);
    };
    let mut gas = FrameGas::new(start_gas);
    gas.set_remaining(left);
    gas.record_refund(refund);
    InterpreterResult::new(why, output, gas)
}

/// What names the program among the compiled ones, which all chains share and which stay on disk.
///
/// The code of a program in parts names its parts by address, and another chain may have others there.
fn content_hash(evm: &mut Evm<'_>, code_hash: B256, code: &[u8]) -> B256 {
    let mut parts = container::fragments(code, evm.ctx.chain.arbos_version).peekable();
    if parts.peek().is_none() {
        return code_hash;
    }
    let mut hashes = code_hash.to_vec();
    for part in parts {
        hashes.extend(evm.peek(part, |account| account.info.code_hash));
    }
    keccak256(hashes)
}

/// Says what is wrong with a program, and what to do about it.
fn explain(error: &ProgramError, address: Address) -> String {
    let fix = format!(
        "activate it: `cargo stylus activate --address {address}`, or ArbWasm.activateProgram({address}) with the data fee"
    );
    let what = match error {
        ProgramError::NotActivated => "was never activated",
        ProgramError::NeedsUpgrade { .. } => "was activated for another Stylus version",
        ProgramError::Expired { .. } => "has expired",
    };
    format!("{error}: the program at {address} {what}; {fix}")
}

fn frame_env(evm: &Evm<'_>, inputs: &CallInputs, reentrant: bool) -> FrameEnv {
    let block = &evm.ctx.block;
    FrameEnv {
        arbos_version: evm.ctx.chain.arbos_version,
        contract_address: inputs.target_address,
        msg_sender: inputs.caller,
        msg_value: inputs.value.get(),
        tx_origin: evm.ctx.tx.caller,
        tx_gas_price: evm.ctx.chain.tx_gas_price,
        reentrant,
        is_static: inputs.is_static,
        block_basefee: U256::from(block.basefee),
        block_coinbase: block.beneficiary,
        block_gas_limit: block.gas_limit,
        block_number: block.number.saturating_to(),
        block_timestamp: block.timestamp.saturating_to(),
        chain_id: evm.ctx.cfg.chain_id,
        max_code_size: u64::try_from(MAX_CODE_SIZE).unwrap_or(u64::MAX),
    }
}

/// Steps 8 to 10 of an activation: unpack, check, price.
pub(crate) fn activate(
    call: &mut Call<'_, '_>,
    code_hash: B256,
    code: &[u8],
    params: &StylusParams,
) -> Result<ActivatedProgram, Failure> {
    let mut out_of_gas = false;
    let wasm = container::wasm(code, params, |fragment| match read_fragment(call, fragment) {
        Ok(code) => Some(code),
        Err(_) => {
            out_of_gas = true;
            None
        }
    });
    let wasm = match wasm {
        Ok(wasm) => wasm,
        Err(_) if out_of_gas => return Err(call.burn_out()),
        Err(error) => {
            call.evm.ctx.chain.notes.push(error.to_string());
            return Err(Failure::Plain);
        }
    };
    let budget = crate::stylus::activate::page_budget(call.evm.ctx.chain.pages.open, params);
    activate_module(&wasm, code_hash, params, budget, true, &mut call.gas)
        .map_err(|error| Failure::Activation(error.reason))
}

/// Code of a fragment, paid for like an account's code (stylus-vm.md 1.1).
fn read_fragment(call: &mut Call<'_, '_>, fragment: Address) -> Result<Vec<u8>, Failure> {
    let words = |bytes: usize| u64::try_from(bytes.div_ceil(32)).unwrap_or(u64::MAX);
    let Ok(loaded) = call.evm.journal().load_account_with_code(fragment);
    let touch = if loaded.is_cold { COLD_ACCOUNT } else { WARM };
    let code = loaded.data.info.code.as_ref().map(Bytecode::original_bytes).unwrap_or_default();
    if call.gas < touch.saturating_add(words(MAX_CODE_SIZE).saturating_mul(3)) {
        return Err(call.burn_out());
    }
    call.burn(touch.saturating_add(words(code.len()).saturating_mul(3)))?;
    Ok(code.to_vec())
}

/// The chain, as one running program sees it.
struct Host<'e, 'a> {
    evm: &'e mut Evm<'a>,
    params: StylusParams,
    address: Address,
    caller: Address,
    value: U256,
    is_static: bool,
    depth: usize,
    refund: i64,
}

impl Host<'_, '_> {
    /// Price of touching an account, which is warm afterwards.
    fn touch(&mut self, address: Address) -> Gas {
        let Ok(loaded) = self.evm.journal().load_account(address);
        if loaded.is_cold { COLD_ACCOUNT } else { WARM }
    }

    /// What a call costs before its callee's gas; `None` when that is more than `budget` (stylus-vm.md 6.4 step 3).
    fn base_cost(&mut self, to: Address, value: U256, budget: Gas) -> Option<Gas> {
        let mut cost = WARM;
        if cost > budget {
            return None;
        }
        cost = cost.saturating_add(self.touch(to).saturating_sub(WARM));
        if cost > budget {
            return None;
        }
        if !value.is_zero() {
            let Ok(account) = self.evm.journal().load_account(to);
            if account.data.is_empty() {
                cost = cost.saturating_add(CALL_NEW_ACCOUNT);
            }
            if cost > budget {
                return None;
            }
            cost = cost.saturating_add(CALL_VALUE);
        }
        (cost <= budget).then_some(cost)
    }

    /// Opens a frame below this one and takes what it gives back.
    fn enter(&mut self, frame_input: FrameInput) -> Returned {
        let depth = self.depth.saturating_add(1);
        let returned =
            self.evm.execute(FrameInit { depth, memory: SharedMemory::new(), frame_input });
        if returned.result.is_ok() {
            self.refund = self.refund.saturating_add(returned.result.gas.refunded());
        }
        returned
    }
}

/// Gas that a finished frame gives back.
fn gas_returned(result: &InterpreterResult) -> Gas {
    if result.result.is_ok_or_revert() { result.gas.remaining() } else { 0 }
}

impl EvmApi for Host<'_, '_> {
    fn storage_load(&mut self, key: B256) -> (B256, Gas) {
        let address = self.address;
        let Ok(loaded) = self.evm.journal().sload(address, key.into());
        (loaded.data.into(), if loaded.is_cold { COLD_SLOT } else { WARM })
    }

    fn storage_flush(&mut self, entries: &[(B256, B256)], budget: Gas) -> FlushResult {
        if entries.is_empty() {
            return FlushResult::Done(0);
        }
        if self.is_static {
            return FlushResult::Refused;
        }
        let mut left = budget;
        for (key, value) in entries {
            let address = self.address;
            let Ok(stored) = self.evm.journal().sstore(address, (*key).into(), (*value).into());
            let cold = if stored.is_cold { COLD_SLOT } else { 0 };
            left = match left.checked_sub(cold.saturating_add(sstore_gas(&stored.data))) {
                // A budget used up to the last gas counts as too small (stylus-vm.md 6.3).
                None | Some(0) => return FlushResult::OutOfGas,
                Some(left) => left,
            };
            let refund = self.evm.ctx.cfg.gas_params.sstore_refund(true, &stored.data);
            self.refund = self.refund.saturating_add(refund);
        }
        FlushResult::Done(budget.saturating_sub(left))
    }

    fn transient_load(&mut self, key: B256) -> B256 {
        let address = self.address;
        self.evm.journal().tload(address, key.into()).into()
    }

    fn transient_store(&mut self, key: B256, value: B256) -> bool {
        if self.is_static {
            return false;
        }
        let address = self.address;
        self.evm.journal().tstore(address, key.into(), value.into());
        true
    }

    fn call(
        &mut self,
        kind: CallKind,
        to: Address,
        data: &[u8],
        gas_left: Gas,
        gas_requested: Gas,
        value: U256,
    ) -> CallResult {
        let failed = |cost| CallResult { success: false, data: Bytes::new(), cost };
        let requested = gas_requested.min(gas_left);
        let value = if kind == CallKind::Call { value } else { U256::ZERO };
        if self.is_static && !value.is_zero() {
            return failed(0);
        }
        let Some(base) = self.base_cost(to, value, gas_left) else { return failed(gas_left) };
        let available = gas_left.saturating_sub(base);
        // All but one 64th, rounded as 63/64 of the whole.
        let most = u64::try_from(u128::from(available).saturating_mul(63) / 64).unwrap_or(u64::MAX);
        let mut gas = most.min(requested);
        if !value.is_zero() {
            gas = gas.saturating_add(CALL_STIPEND);
        }
        if let Some(recorder) = &mut self.evm.recorder {
            recorder.program_calls(kind, (to, value, data), gas_left, gas, base);
        }
        let known_bytecode = crate::transaction::resolve_code(self.evm, to);
        let (scheme, target_address, caller, value) = match kind {
            CallKind::Call => (CallScheme::Call, to, self.address, CallValue::Transfer(value)),
            CallKind::Static => {
                (CallScheme::StaticCall, to, self.address, CallValue::Transfer(U256::ZERO))
            }
            CallKind::Delegate => (
                CallScheme::DelegateCall,
                self.address,
                self.caller,
                CallValue::Apparent(self.value),
            ),
        };
        let returned = self.enter(FrameInput::Call(Box::new(CallInputs {
            input: CallInput::Bytes(Bytes::copy_from_slice(data)),
            return_memory_offset: 0..0,
            gas_limit: gas,
            reservoir: 0,
            bytecode_address: to,
            known_bytecode,
            target_address,
            caller,
            value,
            scheme,
            is_static: self.is_static || kind == CallKind::Static,
            charged_new_account_state_gas: false,
        })));
        let cost = base.saturating_add(gas.saturating_sub(gas_returned(&returned.result)));
        let data = match returned.result.result.is_ok_or_revert() {
            true => returned.result.output,
            false => Bytes::new(),
        };
        CallResult { success: returned.result.result.is_ok(), data, cost }
    }

    fn create(
        &mut self,
        code: &[u8],
        endowment: U256,
        salt: Option<B256>,
        gas_left: Gas,
    ) -> CreateResult {
        let words = u64::try_from(code.len().div_ceil(32)).unwrap_or(u64::MAX);
        let hashing = if salt.is_some() { words.saturating_mul(KECCAK_WORD) } else { 0 };
        let available = gas_left.checked_sub(CREATE.saturating_add(hashing));
        let (false, Some(available)) = (self.is_static, available) else {
            return CreateResult::Refused;
        };
        let kept = available / 64;
        let gas = available.saturating_sub(kept);
        let scheme = match salt {
            Some(salt) => CreateScheme::Create2 { salt: salt.into() },
            None => CreateScheme::Create,
        };
        let code = Bytes::copy_from_slice(code);
        let inputs = CreateInputs::new(self.address, scheme, endowment, code, gas, 0);
        let returned = self.enter(FrameInput::Create(Box::new(inputs)));
        let cost = gas_left.saturating_sub(gas_returned(&returned.result).saturating_add(kept));
        let succeeded = returned.result.result.is_ok();
        let address = returned.created.filter(|_| succeeded).unwrap_or_default();
        let data = match returned.result.result {
            InstructionResult::Revert => returned.result.output,
            _ => Bytes::new(),
        };
        CreateResult::Done { address, data, cost }
    }

    fn log(&mut self, topics: &[B256], data: &[u8]) {
        let data = LogData::new_unchecked(topics.to_vec(), Bytes::copy_from_slice(data));
        let log = Log { address: self.address, data };
        self.evm.journal().log(log);
    }

    fn balance(&mut self, address: Address) -> (U256, Gas) {
        let gas = self.touch(address);
        let Ok(loaded) = self.evm.journal().load_account(address);
        (loaded.data.info.balance, gas)
    }

    fn code(&mut self, address: Address) -> (Bytes, Gas) {
        let gas = self.touch(address);
        (self.evm.code_of(address), gas)
    }

    fn code_hash(&mut self, address: Address) -> (B256, Gas) {
        let gas = self.touch(address);
        let Ok(loaded) = self.evm.journal().load_account(address);
        let hash = if loaded.data.is_empty() { B256::ZERO } else { loaded.data.info.code_hash };
        (hash, gas)
    }

    fn add_pages(&mut self, pages: u16) -> Gas {
        self.evm.ctx.chain.pages.add(pages, &self.params)
    }

    fn console(&mut self, text: &str) {
        tracing::info!(program = %self.address, "Stylus says: {text}");
        self.evm.ctx.chain.console.push(text.to_owned());
    }

    fn deadline(&self) -> Option<Instant> {
        self.evm.ctx.chain.ends_at()
    }

    fn tracing(&self) -> bool {
        self.evm.recorder.as_ref().is_some_and(|recorder| recorder.watches_host_calls())
    }

    fn trace(&mut self, call: HostCall) {
        if let Some(recorder) = &mut self.evm.recorder {
            recorder.host_call(call, self.refund);
        }
    }
}

/// SSTORE price without the cold part and without the sentry (stylus-vm.md 6.3).
fn sstore_gas(slot: &SStoreResult) -> Gas {
    if slot.present_value == slot.new_value || slot.original_value != slot.present_value {
        return WARM;
    }
    if slot.original_value.is_zero() { SSTORE_SET } else { SSTORE_RESET }
}
