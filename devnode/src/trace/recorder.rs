//! Who stands between the machine and a tracer: turns what the machine does into frames, instructions and host calls.

use std::mem;

use alloy_primitives::{Address, Bytes, U256};
use revm::bytecode::opcode::{self, OpCode};
use revm::context_interface::{CreateScheme, JournalTr};
use revm::interpreter::instructions::{GasTable, InstructionTable};
use revm::interpreter::interpreter::EthInterpreter;
use revm::interpreter::interpreter_action::FrameInit;
use revm::interpreter::interpreter_types::{Jumps, LoopControl, ReturnData};
use revm::interpreter::{
    CallScheme, CallValue, FrameInput, InstructionResult, Interpreter, InterpreterAction,
    InterpreterResult, STACK_LIMIT,
};
use revm::primitives::Log;
use serde_json::Value;

use super::{Entered, Exited, Finished, Instruction, Kind, Tracer, Watches, hostio, opcode_name};
use crate::evm::{Context, Evm, Returned, calldata};
use crate::rpc::halt_text;
use crate::stylus::{CallKind, HostCall};

/// Ink of a gas where host calls are shown as instructions: Nitro takes the default price there.
const INK_PER_GAS: u64 = 10_000;

/// An open frame.
#[derive(Debug)]
struct Open {
    kind: Kind,
    gas: u64,
    /// Whether EVM code ran in it.
    interpreted: bool,
    /// What its last instruction failed with.
    fault: Option<String>,
    /// The account whose storage it works on.
    acting: Address,
    /// Refunds of the transaction when it opened.
    refund: i64,
    /// The cache of the program that runs in it.
    program: Option<hostio::Cache>,
}

/// What the machine tells of a running transaction.
pub(crate) struct Recorder {
    tracer: Box<dyn Tracer>,
    watches: Watches,
    open: Vec<Open>,
    /// Refunds of the transaction so far.
    refund: i64,
}

impl Recorder {
    /// For one transaction.
    pub(super) fn new(tracer: Box<dyn Tracer>) -> Self {
        Self { watches: tracer.watches(), tracer, open: Vec::new(), refund: 0 }
    }

    /// The transaction starts with a refund, which EIP-7702 gives.
    pub(crate) fn start(&mut self, refund: i64) {
        self.refund = refund;
    }

    /// Whether host calls are wanted.
    pub(crate) fn watches_host_calls(&self) -> bool {
        self.watches.host_calls || self.watches.instructions
    }

    /// A program has called its host. `refund`: of its frame so far.
    pub(crate) fn host_call(&mut self, call: HostCall, refund: i64) {
        let Some(open) = self.open.last_mut() else { return };
        self.refund = open.refund.saturating_add(refund);
        if self.watches.instructions {
            let shown = hostio::instructions(&call, open.program.get_or_insert_default());
            let gas = call.end_ink / INK_PER_GAS;
            let mut cost = call.start_ink.saturating_sub(call.end_ink) / INK_PER_GAS;
            for instruction in shown {
                self.show(instruction, gas, mem::take(&mut cost));
            }
        }
        if self.watches.host_calls {
            self.tracer.host_call(call);
        }
    }

    /// A program is about to open a frame.
    /// - `gas`: what it has; `handed_on`: what it gives; `base`: what the call costs beside that.
    pub(crate) fn program_calls(
        &mut self,
        kind: CallKind,
        (to, value, data): (Address, U256, &[u8]),
        gas: u64,
        handed_on: u64,
        base: u64,
    ) {
        if !self.watches.instructions {
            return;
        }
        let to = to.into_word().into();
        let zero = U256::ZERO;
        let len = U256::from(data.len());
        let (opcode, value) = match kind {
            CallKind::Call => (opcode::CALL, Some(value)),
            CallKind::Delegate => (opcode::DELEGATECALL, None),
            CallKind::Static => (opcode::STATICCALL, None),
        };
        let mut operands = vec![U256::from(handed_on), to];
        operands.extend(value);
        operands.extend([zero, len, zero, zero]);
        let shown = hostio::Shown { opcode, operands, memory: data.to_vec(), slot: None };
        self.show(shown, gas, base.saturating_add(handed_on));
    }

    /// A program has ended.
    fn program_ends(&mut self, result: &InterpreterResult, error: Option<&str>) {
        let success = result.result.is_ok();
        let memory = match (success, error) {
            (false, Some(error)) if result.output.is_empty() => error.as_bytes(),
            _ => &result.output[..],
        };
        let (opcode, operands) = match (success, memory.is_empty()) {
            (true, true) => (opcode::STOP, vec![]),
            (true, false) => (opcode::RETURN, vec![U256::ZERO, U256::from(memory.len())]),
            (false, _) => (opcode::REVERT, vec![U256::ZERO, U256::from(memory.len())]),
        };
        let shown = hostio::Shown { opcode, operands, memory: memory.to_vec(), slot: None };
        self.show(shown, result.gas.remaining(), 0);
    }

    /// Tells the tracer an instruction that stands for what a program did.
    fn show(&mut self, shown: hostio::Shown, gas: u64, cost: u64) {
        let Some(acting) = self.open.last().map(|open| open.acting) else { return };
        let mut stack = shown.operands;
        stack.reverse();
        let memory = if self.watches.memory { &shown.memory[..] } else { &[] };
        self.tracer.instruction(&Instruction {
            pc: 0,
            opcode: shown.opcode,
            gas,
            cost,
            depth: self.open.len(),
            stack: &stack,
            memory,
            return_data: &Bytes::new(),
            acting,
            slot: shown.slot,
            refund: u64::try_from(self.refund).unwrap_or(0),
            error: None,
        });
    }

    /// ArbOS moves a balance inside a precompile's frame.
    fn transfer(&mut self, from: Address, to: Address, value: U256, logs: &[Log]) {
        self.empty_frame(Kind::Transfer, from, to, value, logs);
    }

    fn empty_frame(&mut self, kind: Kind, from: Address, to: Address, value: U256, logs: &[Log]) {
        let depth = self.open.len();
        let (input, gas, value) = (Bytes::new(), 0, Some(value));
        self.tracer.enter(Entered { kind, from, to, input, gas, value, depth }, logs);
        let output = &Bytes::new();
        let exited = Exited { depth, gas_used: 0, output, error: None, reverted: false };
        self.tracer.exit(exited, logs);
    }

    fn enter(&mut self, frame: Entered, acting: Address, logs: &[Log]) {
        self.open.push(Open {
            kind: frame.kind,
            gas: frame.gas,
            interpreted: false,
            fault: None,
            acting,
            refund: self.refund,
            program: None,
        });
        self.tracer.enter(frame, logs);
    }

    /// The innermost frame has closed. `note`: what the machine said last.
    fn exit(&mut self, returned: &Returned, note: Option<&String>, logs: &[Log]) {
        let result = &returned.result;
        let Some(open) = self.open.last() else { return };
        let error = open.error(result.result, note);
        if open.program.is_some() {
            self.program_ends(result, error.as_deref());
        }
        let Some(open) = self.open.pop() else { return };
        let refund = if result.result.is_ok() { result.gas.refunded() } else { 0 };
        self.refund = open.refund.saturating_add(refund);
        let left = if result.result.is_ok_or_revert() { result.gas.remaining() } else { 0 };
        let exited = Exited {
            depth: self.open.len(),
            gas_used: open.gas.saturating_sub(left),
            output: &result.output,
            reverted: result.result == InstructionResult::Revert,
            error,
        };
        self.tracer.exit(exited, logs);
    }

    /// Runs an EVM frame until it ends or opens another one, as [`Interpreter::run_plain`] does.
    pub(crate) fn run<'a>(
        &mut self,
        interpreter: &mut Interpreter,
        instructions: &InstructionTable<EthInterpreter, Context<'a>>,
        gas_table: &GasTable,
        ctx: &mut Context<'a>,
    ) -> InterpreterAction {
        let mut refund_before = 0;
        if let Some(open) = self.open.last_mut() {
            open.interpreted = true;
            refund_before = open.refund;
        }
        let acting = interpreter.input.target_address;
        let why = loop {
            let opcode = interpreter.bytecode.opcode();
            let words = interpreter.stack.len();
            let destroyed = (opcode == opcode::SELFDESTRUCT).then(|| heir(interpreter, ctx));
            let found = self.watches.instructions.then(|| self.find(opcode, interpreter, ctx));
            let result = interpreter.step(instructions, gas_table, ctx);
            self.refund = refund_before.saturating_add(interpreter.gas.refunded());
            let fault = result.err().and_then(|why| fault(why, opcode, words));
            if let Some(found) = found {
                self.tell(&found, interpreter, fault.as_deref());
            }
            let Err(why) = result else { continue };
            if let (Some((heir, balance)), InstructionResult::SelfDestruct) = (destroyed, why) {
                let logs = ctx.journaled_state.logs();
                self.empty_frame(Kind::SelfDestruct, acting, heir, balance, logs);
            }
            if let Some(open) = self.open.last_mut() {
                open.fault = fault;
            }
            break why;
        };
        if interpreter.bytecode.action().is_none() {
            interpreter.halt(why);
        }
        interpreter.take_next_action()
    }

    /// What an instruction finds that is about to run.
    fn find(&self, opcode: u8, interpreter: &Interpreter, ctx: &Context<'_>) -> Found {
        Found {
            opcode,
            pc: interpreter.bytecode.pc(),
            gas: interpreter.gas.remaining(),
            stack: interpreter.stack.data().clone(),
            memory: match self.watches.memory {
                true => interpreter.memory.slice_len(0, interpreter.memory.len()).to_vec(),
                false => Vec::new(),
            },
            return_data: interpreter.return_data.buffer().clone(),
            slot: (opcode == opcode::SLOAD).then(|| slot(interpreter, ctx)).flatten(),
        }
    }

    /// Tells the tracer an instruction that has run.
    fn tell(&mut self, found: &Found, interpreter: &mut Interpreter, error: Option<&str>) {
        // What a creation hands on is not part of its price.
        let handed_on = match interpreter.bytecode.action() {
            Some(InterpreterAction::NewFrame(FrameInput::Create(create))) => create.gas_limit(),
            _ => 0,
        };
        let left = interpreter.gas.remaining().wrapping_add(handed_on);
        self.tracer.instruction(&Instruction {
            pc: found.pc,
            opcode: found.opcode,
            gas: found.gas,
            cost: found.gas.wrapping_sub(left),
            depth: self.open.len(),
            stack: &found.stack,
            memory: &found.memory,
            return_data: &found.return_data,
            acting: interpreter.input.target_address,
            slot: found.slot,
            refund: u64::try_from(self.refund).unwrap_or(0),
            error,
        });
    }

    pub(super) fn finish(self, finished: &Finished<'_>) -> Result<Value, String> {
        self.tracer.finish(finished)
    }
}

impl Open {
    fn error(&self, result: InstructionResult, note: Option<&String>) -> Option<String> {
        if result.is_ok() {
            return None;
        }
        Some(match result {
            InstructionResult::Revert => "execution reverted".into(),
            // The machine says why just before it returns this.
            InstructionResult::PrecompileError if note.is_some() => {
                note.cloned().unwrap_or_default()
            }
            // The init code ended well, so it is its result that could not be paid for.
            InstructionResult::OutOfGas
                if self.kind.is_create() && self.interpreted && self.fault.is_none() =>
            {
                "contract creation code storage out of gas".into()
            }
            other => self.fault.clone().unwrap_or_else(|| halt_text(other).into()),
        })
    }
}

/// What an instruction found before it ran.
struct Found {
    opcode: u8,
    pc: usize,
    gas: u64,
    stack: Vec<U256>,
    memory: Vec<u8>,
    return_data: Bytes,
    slot: Option<U256>,
}

/// The value that `SLOAD` is about to read.
fn slot(interpreter: &Interpreter, ctx: &Context<'_>) -> Option<U256> {
    let key = interpreter.stack.peek(0).ok()?;
    let acting = interpreter.input.target_address;
    let account = ctx.journaled_state.inner.state.get(&acting);
    Some(match account.and_then(|account| account.storage.get(&key)) {
        Some(slot) => slot.present_value(),
        // A new contract has nothing in its storage, whatever there was at its address.
        None if account.is_some_and(|account| account.is_created()) => U256::ZERO,
        None => ctx.journaled_state.database.slot(acting, key),
    })
}

/// The account that `SELFDESTRUCT` is about to pay, and how much.
fn heir(interpreter: &Interpreter, ctx: &Context<'_>) -> (Address, U256) {
    let heir = interpreter.stack.peek(0).unwrap_or_default();
    let acting = interpreter.input.target_address;
    let balance = ctx.journaled_state.inner.state.get(&acting).map(|account| account.info.balance);
    (Address::from_word(heir.into()), balance.unwrap_or_default())
}

/// Why an instruction failed, in go-ethereum's words. `words`: on the stack before it.
fn fault(why: InstructionResult, opcode: u8, words: usize) -> Option<String> {
    use InstructionResult::*;
    let info = OpCode::new(opcode);
    let (inputs, outputs) = info.map(|op| op.input_output()).unwrap_or_default();
    Some(match why {
        Stop | Return | SelfDestruct | Suspend | Revert => return None,
        StackUnderflow => format!("stack underflow ({words} <=> {inputs})"),
        StackOverflow => {
            let limit = STACK_LIMIT.saturating_add(inputs.into()).saturating_sub(outputs.into());
            format!("stack limit reached {words} ({limit})")
        }
        OpcodeNotFound | NotActivated => format!("invalid opcode: {}", opcode_name(opcode)),
        ReentrancySentryOOG => "out of gas: not enough gas for reentrancy sentry".into(),
        InvalidOperandOOG => "gas uint64 overflow".into(),
        other => halt_text(other).into(),
    })
}

impl Evm<'_> {
    /// Tells the recorder, if there is one, that a frame is about to open.
    pub(crate) fn record_enter(&mut self, init: &FrameInit) {
        if self.recorder.is_none() {
            return;
        }
        let (depth, memory) = (init.depth, &init.memory);
        let (frame, acting) = match &init.frame_input {
            FrameInput::Call(call) => {
                let kind = match call.scheme {
                    CallScheme::Call => Kind::Call,
                    CallScheme::CallCode => Kind::CallCode,
                    CallScheme::DelegateCall => Kind::DelegateCall,
                    CallScheme::StaticCall => Kind::StaticCall,
                };
                let delegates = kind == Kind::DelegateCall;
                let frame = Entered {
                    kind,
                    from: if delegates { call.target_address } else { call.caller },
                    to: call.bytecode_address,
                    input: calldata(&call.input, memory),
                    gas: call.gas_limit,
                    value: match call.value {
                        _ if kind == Kind::StaticCall => None,
                        CallValue::Transfer(value) | CallValue::Apparent(value) => Some(value),
                    },
                    depth,
                };
                (frame, call.target_address)
            }
            FrameInput::Create(create) => {
                let nonce = self.peek(create.caller(), |account| account.info.nonce);
                let frame = Entered {
                    kind: match create.scheme() {
                        CreateScheme::Create2 { .. } => Kind::Create2,
                        _ => Kind::Create,
                    },
                    from: create.caller(),
                    to: create.created_address(nonce),
                    input: create.init_code().clone(),
                    gas: create.gas_limit(),
                    value: Some(create.value()),
                    depth,
                };
                let created = frame.to;
                (frame, created)
            }
            FrameInput::Empty => return,
        };
        if let Some(recorder) = &mut self.recorder {
            recorder.enter(frame, acting, self.ctx.journaled_state.logs());
        }
    }

    /// Tells the recorder, if there is one, that the innermost frame has closed.
    pub(crate) fn record_exit(&mut self, returned: &Returned) {
        if let Some(recorder) = &mut self.recorder {
            let note = self.ctx.chain.notes.last();
            recorder.exit(returned, note, self.ctx.journaled_state.logs());
        }
    }

    /// Tells the recorder, if there is one, that ArbOS moves a balance inside the running frame.
    pub(crate) fn record_transfer(&mut self, from: Address, to: Address, value: U256) {
        if let Some(recorder) = &mut self.recorder {
            recorder.transfer(from, to, value, self.ctx.journaled_state.logs());
        }
    }
}
