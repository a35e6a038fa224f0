//! The machine: EVM frames interpreted by revm, Stylus frames by `stylus`, over one journal.
//!
//! EVM frames that call each other live on a list. A Stylus frame runs inside the host call that opened it, so a
//! program calling a contract nests this machine in itself: EVM → WASM → EVM → WASM is recursion of [`Evm::execute`],
//! which is why chains run on a thread with a big stack.
//! Spec: stylus-vm.md §1.3, §1.4, §5.5, §7.

use std::ops::Range;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use alloy_primitives::map::HashMap;
use alloy_primitives::{Address, B256, Bytes, U256};
use revm::bytecode::{Bytecode, opcode};
use revm::context::{BlockEnv, CfgEnv, LocalContext, TxEnv};
use revm::context_interface::JournalTr;
use revm::context_interface::journaled_state::JournalCheckpoint;
use revm::context_interface::journaled_state::account::JournaledAccountTr;
use revm::handler::precompile_output_to_interpreter_result;
use revm::interpreter::instructions::{
    GasTable, InstructionTable, gas_table_spec, instruction_table,
};
use revm::interpreter::interpreter::{EthInterpreter, ExtBytecode};
use revm::interpreter::interpreter_action::FrameInit;
use revm::interpreter::interpreter_types::ReturnData;
use revm::interpreter::{
    CallInput, CallInputs, CallScheme, CallValue, CreateInputs, CreateScheme, FrameInput, Gas,
    InputsImpl, Instruction, InstructionContext, InstructionResult, Interpreter, InterpreterAction,
    InterpreterResult, SharedMemory,
};
use revm::precompile::{Precompiles, secp256r1};
use revm::primitives::hardfork::SpecId;
use revm::{Context as RevmContext, Journal};

use crate::arbos;
use crate::genesis::SystemAccount;
use crate::precompiles;
use crate::state::View;
use crate::stylus::call_cost::RecentPrograms;
use crate::stylus::{Engine, Pages, container};
use crate::trace::Recorder;

/// revm's context over our state, with what Arbitrum adds to a running transaction.
pub(crate) type Context<'a> =
    RevmContext<BlockEnv, TxEnv, CfgEnv, View<'a>, Journal<View<'a>>, Running<'a>, LocalContext>;

/// Frames may nest this deep (`CALL_STACK_LIMIT`).
pub(crate) const CALL_DEPTH_LIMIT: usize = 1024;
/// Deployed code at most, prefix included (stylus-vm.md 1.2, `MaxCodeSize`).
pub(crate) const MAX_CODE_SIZE: usize = 24_576;
/// Gas per byte of deployed code.
const CODE_DEPOSIT_GAS: u64 = 200;

/// What a running transaction carries beyond what Ethereum's does.
#[derive(Debug, Default)]
pub(crate) struct Running<'a> {
    /// ArbOS version of the chain.
    pub(crate) arbos_version: u64,
    /// Number of the block being built, as RPC counts.
    pub(crate) l2_block_number: u64,
    /// Hashes of the blocks before it, newest last, at most 256.
    pub(crate) recent_hashes: &'a [B256],
    /// Gas price field with the tip (stylus-vm.md §5.5).
    pub(crate) tx_gas_price: U256,
    /// Base fee of the block, which a call without a price does not see as `BASEFEE` (stylus-vm.md 9.2, 9.3).
    pub(crate) base_fee_in_block: u64,
    /// What the transaction pays for its parent-chain data, wei (stylus-vm.md 9.3).
    pub(crate) poster_fee: U256,
    /// Whether this is `eth_call` or an estimate, where `NodeInterface` exists.
    pub(crate) simulated: bool,
    /// The WASM engine, shared by all chains of the process.
    pub(crate) engine: Option<Arc<Engine>>,
    /// Programs that the block used lately.
    pub(crate) recent_programs: RecentPrograms,
    /// WASM pages.
    pub(crate) pages: Pages,
    /// Open frames per acting address, delegating ones left out.
    pub(crate) open_frames: HashMap<Address, u32>,
    /// Callers of the open frames, outermost first, for `ArbSys`.
    pub(crate) callers: Vec<Address>,
    /// Why frames failed, innermost first: what a person should be told.
    pub(crate) notes: Vec<String>,
    /// Lines that programs printed.
    pub(crate) console: Vec<String>,
    /// When a call or an estimate must have ended; a transaction has no limit but its gas.
    pub(crate) deadline: Option<Deadline>,
    /// Jump destinations passed since the last look at the clock.
    pub(crate) jumps: u32,
}

/// When an execution must have ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    /// The time.
    at: Instant,
    /// How long it was given.
    given: Duration,
}

impl Deadline {
    /// `given` after `start`.
    pub(crate) fn after(start: Instant, given: Duration) -> Option<Self> {
        // A time that no clock can show is never reached.
        Some(Self { at: start.checked_add(given)?, given })
    }
}

/// Jump destinations between two looks at the clock: a look costs as much as some ten of them.
const JUMPS_PER_LOOK: u32 = 32;

impl Running<'_> {
    /// How long the execution was given, if that time is over.
    pub(crate) fn overdue(&self) -> Option<Duration> {
        self.deadline
            .filter(|deadline| deadline.at <= Instant::now())
            .map(|deadline| deadline.given)
    }

    /// When it must have ended.
    pub(crate) fn ends_at(&self) -> Option<Instant> {
        self.deadline.map(|deadline| deadline.at)
    }
}

/// How a frame ended.
#[derive(Clone, Debug)]
pub(crate) struct Returned {
    /// Result, output, gas.
    pub(crate) result: InterpreterResult,
    /// The account a creation made, or tried to.
    pub(crate) created: Option<Address>,
    /// Whether it was a creation.
    is_create: bool,
    /// Where the caller wants the output.
    memory: Range<usize>,
}

/// An EVM frame.
struct Frame {
    interpreter: Interpreter,
    checkpoint: JournalCheckpoint,
    depth: usize,
    kind: FrameKind,
    counted: Option<Address>,
}

enum FrameKind {
    Call { memory: Range<usize> },
    Create { address: Address },
}

enum Opened {
    Running(Box<Frame>),
    Done(Returned),
}

/// The machine over one view of the world, for one transaction.
pub(crate) struct Evm<'a> {
    /// revm's context.
    pub(crate) ctx: Context<'a>,
    instructions: InstructionTable<EthInterpreter, Context<'a>>,
    gas_table: GasTable,
    precompiles: &'static Precompiles,
    /// Who is told what happens, when somebody traces.
    pub(crate) recorder: Option<Box<Recorder>>,
}

/// EVM rules of an ArbOS version (stylus-vm.md 0.2).
pub(crate) fn spec_id(arbos_version: u64) -> SpecId {
    match arbos_version {
        50.. => SpecId::OSAKA,
        40..50 => SpecId::PRAGUE,
        _ => SpecId::CANCUN,
    }
}

/// Ethereum's precompiles in an ArbOS version: Osaka's from ArbOS 50, before that Cancun's and P256VERIFY at its price
/// of RIP-7212; Prague's, which ArbOS 40 might lead one to expect, never (stylus-vm.md 8.1).
pub(crate) fn native_precompiles(arbos_version: u64) -> &'static Precompiles {
    static BEFORE_OSAKA: LazyLock<Precompiles> = LazyLock::new(|| {
        let mut precompiles = Precompiles::cancun().clone();
        precompiles.extend([secp256r1::P256VERIFY]);
        precompiles
    });
    match arbos_version {
        50.. => Precompiles::osaka(),
        _ => &BEFORE_OSAKA,
    }
}

impl<'a> Evm<'a> {
    /// A machine for a transaction in `block`.
    pub(crate) fn new(
        view: View<'a>,
        chain_id: u64,
        block: BlockEnv,
        running: Running<'a>,
    ) -> Self {
        let spec = spec_id(running.arbos_version);
        let mut cfg = CfgEnv::new_with_spec(spec);
        cfg.chain_id = chain_id;
        cfg.limit_contract_code_size = Some(MAX_CODE_SIZE);
        let mut ctx: Context<'a> = Context {
            block,
            tx: TxEnv::default(),
            cfg,
            journaled_state: Journal::new(view),
            chain: running,
            local: LocalContext::default(),
            error: Ok(()),
        };
        ctx.journaled_state.set_spec_id(spec);
        let precompiles = native_precompiles(ctx.chain.arbos_version);
        let mut warm = precompiles.addresses_set().clone();
        warm.extend(precompiles::addresses(ctx.chain.arbos_version, ctx.chain.simulated));
        ctx.journaled_state.warm_precompiles(&warm);
        let mut instructions = instruction_table::<EthInterpreter, Context<'a>>();
        instructions[opcode::BLOBBASEFEE as usize] = Instruction::new(blob_base_fee);
        instructions[opcode::SELFDESTRUCT as usize] = Instruction::new(self_destruct);
        if ctx.chain.deadline.is_some() {
            instructions[opcode::JUMPDEST as usize] = Instruction::new(timed_jumpdest);
        }
        Self { ctx, instructions, gas_table: gas_table_spec(spec), precompiles, recorder: None }
    }

    /// The journal.
    pub(crate) fn journal(&mut self) -> &mut Journal<View<'a>> {
        &mut self.ctx.journaled_state
    }

    /// Runs a frame and all frames it opens.
    pub(crate) fn execute(&mut self, first: FrameInit) -> Returned {
        let mut frames: Vec<Box<Frame>> = Vec::new();
        let mut opened = self.open(first);
        loop {
            let returned = match opened {
                Opened::Running(mut frame) => match self.step(&mut frame) {
                    Ok(init) => {
                        frames.push(frame);
                        opened = self.open(init);
                        continue;
                    }
                    Err(result) => self.close(*frame, result),
                },
                Opened::Done(returned) => returned,
            };
            self.record_exit(&returned);
            match frames.pop() {
                None => return returned,
                Some(mut parent) => {
                    resume(&mut parent, returned);
                    opened = Opened::Running(parent);
                }
            }
        }
    }

    /// Runs a frame until it ends or opens another one.
    fn step(&mut self, frame: &mut Frame) -> Result<FrameInit, InterpreterResult> {
        let (interpreter, ctx) = (&mut frame.interpreter, &mut self.ctx);
        let action = match &mut self.recorder {
            None => interpreter.run_plain(&self.instructions, &self.gas_table, ctx),
            Some(recorder) => recorder.run(interpreter, &self.instructions, &self.gas_table, ctx),
        };
        match action {
            InterpreterAction::Return(result) => Err(result),
            InterpreterAction::NewFrame(frame_input) => Ok(FrameInit {
                depth: frame.depth.saturating_add(1),
                memory: frame.interpreter.memory.new_child_context(),
                frame_input,
            }),
        }
    }

    fn open(&mut self, init: FrameInit) -> Opened {
        self.record_enter(&init);
        match init.frame_input {
            FrameInput::Call(inputs) => self.open_call(*inputs, init.depth, init.memory),
            FrameInput::Create(inputs) => self.open_create(*inputs, init.depth, init.memory),
            FrameInput::Empty => Opened::Done(Returned {
                result: InterpreterResult::new(InstructionResult::Stop, Bytes::new(), Gas::new(0)),
                created: None,
                is_create: false,
                memory: 0..0,
            }),
        }
    }

    fn open_call(&mut self, inputs: CallInputs, depth: usize, memory: SharedMemory) -> Opened {
        let place = inputs.return_memory_offset.clone();
        let done = |result| {
            Opened::Done(Returned {
                result,
                created: None,
                is_create: false,
                memory: place.clone(),
            })
        };
        let unspent = |why| InterpreterResult::new(why, Bytes::new(), Gas::new(inputs.gas_limit));
        if depth > CALL_DEPTH_LIMIT {
            return done(unspent(InstructionResult::CallTooDeep));
        }
        if self.ctx.chain.overdue().is_some() {
            return done(burnt(InstructionResult::FatalExternalError, inputs.gas_limit));
        }
        let checkpoint = self.journal().checkpoint();
        if let CallValue::Transfer(value) = inputs.value
            && let Some(error) =
                self.journal().transfer_loaded(inputs.caller, inputs.target_address, value)
        {
            self.journal().checkpoint_revert(checkpoint);
            return done(unspent(error.into()));
        }
        let precompile = self.ctx.journaled_state.database.precompile_at(inputs.bytecode_address);
        if let Some(precompile_address) = precompile {
            let native = self.precompiles.get(&precompile_address);
            if let Some(precompile) = native {
                let input = calldata(&inputs.input, &memory);
                let result = match precompile.execute(&input, inputs.gas_limit, 0) {
                    Ok(output) => precompile_output_to_interpreter_result(output, inputs.gas_limit),
                    Err(error) => {
                        self.ctx.chain.notes.push(error.to_string());
                        burnt(InstructionResult::PrecompileError, inputs.gas_limit)
                    }
                };
                self.settle(checkpoint, &result);
                return done(result);
            }
            if precompiles::exists(
                precompile_address,
                self.ctx.chain.arbos_version,
                self.ctx.chain.simulated,
            ) {
                let input = calldata(&inputs.input, &memory);
                let result = precompiles::run(self, precompile_address, &inputs, &input, depth);
                self.settle(checkpoint, &result);
                return done(result);
            }
        }
        let (code_hash, code) = inputs.known_bytecode.clone();
        if code.is_empty() {
            self.journal().checkpoint_commit();
            return done(unspent(InstructionResult::Stop));
        }
        let counted = matches!(inputs.scheme, CallScheme::Call | CallScheme::StaticCall)
            .then_some(inputs.target_address);
        self.enter(counted, inputs.caller);
        if container::is_program(code.original_byte_slice(), self.ctx.chain.arbos_version) {
            let data = calldata(&inputs.input, &memory);
            let result = crate::program::run(self, &inputs, data, code_hash, code, depth);
            self.leave(counted);
            self.settle(checkpoint, &result);
            return done(result);
        }
        let input = InputsImpl {
            target_address: inputs.target_address,
            bytecode_address: Some(inputs.bytecode_address),
            caller_address: inputs.caller,
            input: inputs.input.clone(),
            call_value: inputs.value.get(),
            depth,
        };
        let interpreter = Interpreter::new(
            memory,
            ExtBytecode::new_with_hash(code, code_hash),
            input,
            inputs.is_static,
            self.ctx.cfg.spec,
            inputs.gas_limit,
        );
        Opened::Running(Box::new(Frame {
            interpreter,
            checkpoint,
            depth,
            kind: FrameKind::Call { memory: place },
            counted,
        }))
    }

    fn open_create(&mut self, inputs: CreateInputs, depth: usize, memory: SharedMemory) -> Opened {
        let gas_limit = inputs.gas_limit();
        let done = |result| {
            Opened::Done(Returned { result, created: None, is_create: true, memory: 0..0 })
        };
        let unspent = |why| InterpreterResult::new(why, Bytes::new(), Gas::new(gas_limit));
        let spec = self.ctx.cfg.spec;
        if depth > CALL_DEPTH_LIMIT {
            return done(unspent(InstructionResult::CallTooDeep));
        }
        if self.ctx.chain.overdue().is_some() {
            return done(burnt(InstructionResult::FatalExternalError, gas_limit));
        }
        let Ok(mut caller) = self.journal().load_account_mut(inputs.caller());
        if *caller.balance() < inputs.value() {
            return done(unspent(InstructionResult::OutOfFunds));
        }
        let nonce = caller.nonce();
        if !caller.bump_nonce() {
            return done(unspent(InstructionResult::Return));
        }
        let address = inputs.created_address(nonce);
        let Ok(_) = self.journal().load_account(address);
        let checkpoint = match self.journal().create_account_checkpoint(
            inputs.caller(),
            address,
            inputs.value(),
            spec,
        ) {
            Ok(checkpoint) => checkpoint,
            Err(error) => return done(burnt(error.into(), gas_limit)),
        };
        self.enter(Some(address), inputs.caller());
        // Init code with the program prefix goes to the WASM path with no code hash, so it is never active
        // (stylus-vm.md 1.3).
        if container::is_program(inputs.init_code(), self.ctx.chain.arbos_version) {
            self.leave(Some(address));
            self.journal().checkpoint_revert(checkpoint);
            self.ctx.chain.notes.push("error ProgramNotActivated()".into());
            return done(burnt(InstructionResult::PrecompileError, gas_limit));
        }
        let hash = matches!(inputs.scheme(), CreateScheme::Create2 { .. })
            .then(|| inputs.init_code_hash());
        let code = ExtBytecode::new_with_optional_hash(
            Bytecode::new_legacy(inputs.init_code().clone()),
            hash,
        );
        let input = InputsImpl {
            target_address: address,
            bytecode_address: None,
            caller_address: inputs.caller(),
            input: CallInput::Bytes(Bytes::new()),
            call_value: inputs.value(),
            depth,
        };
        let interpreter = Interpreter::new(memory, code, input, false, spec, gas_limit);
        let kind = FrameKind::Create { address };
        Opened::Running(Box::new(Frame {
            interpreter,
            checkpoint,
            depth,
            kind,
            counted: Some(address),
        }))
    }

    fn close(&mut self, frame: Frame, mut result: InterpreterResult) -> Returned {
        self.leave(frame.counted);
        match frame.kind {
            FrameKind::Call { memory } => {
                self.settle(frame.checkpoint, &result);
                Returned { result, created: None, is_create: false, memory }
            }
            FrameKind::Create { address } => {
                if result.result.is_ok() {
                    result.result = self.check_deployed(&mut result);
                }
                self.settle(frame.checkpoint, &result);
                if result.result.is_ok() {
                    let code = Bytecode::new_legacy(result.output.clone());
                    self.journal().set_code(address, code);
                }
                Returned { result, created: Some(address), is_create: true, memory: 0..0 }
            }
        }
    }

    /// Size, first byte and price of code about to be deployed (stylus-vm.md 1.2).
    fn check_deployed(&mut self, result: &mut InterpreterResult) -> InstructionResult {
        let code = &result.output;
        if code.len() > MAX_CODE_SIZE {
            self.ctx.chain.notes.push(format!(
                "the code to deploy has {} bytes, the limit is {MAX_CODE_SIZE}",
                code.len()
            ));
            return InstructionResult::CreateContractSizeLimit;
        }
        if code.first() == Some(&0xEF)
            && container::component(code, self.ctx.chain.arbos_version).is_none()
        {
            return InstructionResult::CreateContractStartingWithEF;
        }
        let deposit =
            CODE_DEPOSIT_GAS.saturating_mul(u64::try_from(code.len()).unwrap_or(u64::MAX));
        match result.gas.record_regular_cost(deposit) {
            true => InstructionResult::Return,
            false => InstructionResult::OutOfGas,
        }
    }

    /// Keeps or undoes what happened since `checkpoint`.
    fn settle(&mut self, checkpoint: JournalCheckpoint, result: &InterpreterResult) {
        if result.result.is_ok() {
            self.journal().checkpoint_commit();
        } else {
            self.journal().checkpoint_revert(checkpoint);
        }
    }

    fn enter(&mut self, counted: Option<Address>, caller: Address) {
        self.ctx.chain.callers.push(caller);
        if let Some(address) = counted {
            let open = self.ctx.chain.open_frames.entry(address).or_default();
            *open = open.saturating_add(1);
        }
    }

    fn leave(&mut self, counted: Option<Address>) {
        self.ctx.chain.callers.pop();
        if let Some(open) = counted.and_then(|address| self.ctx.chain.open_frames.get_mut(&address))
        {
            *open = open.saturating_sub(1);
        }
    }

    /// Account without warming it, as ArbOS looks at accounts.
    pub(crate) fn peek<T>(
        &mut self,
        address: Address,
        look: impl FnOnce(&revm::state::Account) -> T,
    ) -> T {
        let known = self.ctx.journaled_state.state.contains_key(&address);
        let Ok(loaded) = self.ctx.journaled_state.load_account(address);
        let was_cold = loaded.is_cold;
        let seen = look(loaded.data);
        if (was_cold || !known)
            && let Some(account) = self.ctx.journaled_state.state.get_mut(&address)
        {
            account.mark_cold();
        }
        seen
    }

    /// Adds `amount` to a balance, outside of any call. Saturates: a balance may be overridden to the maximum.
    pub(crate) fn credit(&mut self, address: Address, amount: U256) {
        let Ok(mut account) = self.journal().load_account_mut(address);
        let balance = account.balance().saturating_add(amount);
        account.set_balance(balance);
    }

    /// Puts an account of ArbOS's own in place, outside of any call.
    pub(crate) fn install(&mut self, address: Address, installed: SystemAccount) {
        let Ok(mut account) = self.journal().load_account_mut(address);
        account.set_code_and_hash_slow(Bytecode::new_legacy(installed.code));
        let nonce = account.nonce().max(installed.nonce);
        account.set_nonce(nonce);
    }

    /// Takes `amount` from a balance, outside of any call; `false` if there is not as much.
    pub(crate) fn debit(&mut self, address: Address, amount: U256) -> bool {
        let Ok(mut account) = self.journal().load_account_mut(address);
        account.decr_balance(amount)
    }

    /// Code of an account, without warming it.
    pub(crate) fn code_of(&mut self, address: Address) -> Bytes {
        let known =
            self.peek(address, |account| account.info.code.as_ref().map(Bytecode::original_bytes));
        known.unwrap_or_default()
    }

    /// Time of the block, Unix seconds.
    pub(crate) fn now(&self) -> u64 {
        self.ctx.block.timestamp.saturating_to()
    }

    /// ArbOS state of this transaction.
    pub(crate) fn arbos(&mut self) -> arbos::Storage<'_, 'a> {
        arbos::Storage::new(self)
    }
}

/// Calldata of a frame, out of its caller's memory.
pub(crate) fn calldata(input: &CallInput, memory: &SharedMemory) -> Bytes {
    match input {
        CallInput::Bytes(data) => data.clone(),
        // Nothing may be said about where nothing lies.
        CallInput::SharedBuffer(range) if range.is_empty() => Bytes::new(),
        CallInput::SharedBuffer(_) => Bytes::copy_from_slice(&input.as_bytes_memory(memory)),
    }
}

/// A failure that takes all gas of its frame.
pub(crate) fn burnt(why: InstructionResult, gas_limit: u64) -> InterpreterResult {
    let mut gas = Gas::new(gas_limit);
    gas.spend_all();
    InterpreterResult::new(why, Bytes::new(), gas)
}

/// Hands the result of a finished frame to the EVM frame that opened it.
fn resume(parent: &mut Frame, returned: Returned) {
    let Returned { result, created, is_create, memory } = returned;
    let interpreter = &mut parent.interpreter;
    interpreter.memory.free_child_context();
    let succeeded = result.result.is_ok();
    let pushed = if is_create {
        // Only a revert leaves data behind after a creation.
        match result.result {
            InstructionResult::Revert => interpreter.return_data.set_buffer(result.output),
            _ => interpreter.return_data.clear(),
        }
        if succeeded {
            U256::from_be_slice(created.unwrap_or_default().as_slice())
        } else {
            U256::ZERO
        }
    } else {
        let copied = memory.len().min(result.output.len());
        if result.result.is_ok_or_revert()
            && let Some(data) = result.output.get(..copied)
            && copied > 0
        {
            interpreter.memory.set(memory.start, data);
        }
        interpreter.return_data.set_buffer(result.output);
        U256::from(u8::from(succeeded))
    };
    // A frame that opens another has popped at least three words, so there is room.
    let _has_room = interpreter.stack.push(pushed);
    if result.result.is_ok_or_revert() {
        interpreter.gas.erase_cost(result.gas.remaining());
    }
    if succeeded {
        interpreter.gas.record_refund(result.gas.refunded());
    }
}

/// `BLOBBASEFEE` is not supported on Arbitrum and fails the frame (stylus-vm.md 9.2).
fn blob_base_fee(
    _: InstructionContext<'_, Context<'_>, EthInterpreter>,
) -> Result<(), InstructionResult> {
    Err(InstructionResult::NotActivated)
}

/// `JUMPDEST` of an execution with a deadline: no loop goes without one. What it returns then is never seen, because
/// an overdue execution has no result.
fn timed_jumpdest(
    context: InstructionContext<'_, Context<'_>, EthInterpreter>,
) -> Result<(), InstructionResult> {
    let running = &mut context.host.chain;
    running.jumps = running.jumps.wrapping_add(1);
    if running.jumps.is_multiple_of(JUMPS_PER_LOOK) && running.overdue().is_some() {
        return Err(InstructionResult::FatalExternalError);
    }
    Ok(())
}

/// `SELFDESTRUCT`, refused with a revert where the acting account holds Stylus code (stylus-vm.md 1.3).
fn self_destruct(
    context: InstructionContext<'_, Context<'_>, EthInterpreter>,
) -> Result<(), InstructionResult> {
    let acting = context.interpreter.input.target_address;
    let arbos_version = context.host.chain.arbos_version;
    let Ok(account) = context.host.journaled_state.load_account_with_code(acting);
    let has_balance = !account.data.info.balance.is_zero();
    let is_component = account.data.info.code.as_ref().is_some_and(|code| {
        container::component(code.original_byte_slice(), arbos_version).is_some()
    });
    // A static frame and an empty stack are refused before anybody looks at the account.
    let beneficiary = context.interpreter.stack.peek(0);
    let (true, false, Ok(beneficiary)) =
        (is_component, context.interpreter.runtime_flag.is_static, beneficiary)
    else {
        return revm::interpreter::instructions::host::selfdestruct(context);
    };
    // The price is that of any SELFDESTRUCT, and taken before the refusal.
    let beneficiary = Address::from_word(beneficiary.into());
    let Ok(loaded) = context.host.journaled_state.load_account(beneficiary);
    let tops_up = has_balance && loaded.data.is_empty();
    let cost = context.host.cfg.gas_params.selfdestruct_cost(tops_up, loaded.is_cold);
    match context.interpreter.gas.record_regular_cost(cost) {
        true => Err(InstructionResult::Revert),
        false => Err(InstructionResult::OutOfGas),
    }
}
