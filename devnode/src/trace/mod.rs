//! `debug_trace*`: a transaction runs again, and a tracer writes down what it does.
//!
//! The machine knows one [`Recorder`] and tells it when frames open and close and when a program has called its host;
//! EVM instructions run one by one under its eyes. A [`Tracer`], one file each, makes an answer of that. Without a
//! recorder the machine pays for one test per frame.
//! Spec: stylus-vm.md §10.6, §10.7; the other formats are go-ethereum's.

mod call;
mod four_byte;
mod hostio;
mod javascript;
mod prestate;
mod recorder;
mod replay;
mod struct_log;
mod stylus;

use alloy_primitives::{Address, Bytes, U256};
use revm::bytecode::opcode::{self, OpCode};
use revm::interpreter::InstructionResult;
use revm::precompile::{PrecompileSpecId, Precompiles};
use revm::primitives::Log;
use revm::state::EvmState;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::evm::spec_id;
use crate::precompiles;
use crate::state::View;
use crate::stylus::HostCall;
use crate::transaction::Message;

pub(crate) use recorder::Recorder;

/// Tracers that there are, by name.
const NAMES: &str = "callTracer, prestateTracer, stylusTracer, 4byteTracer, noopTracer, and struct logs without a name";

/// Bytes that an answer may have: a longer one could not be sent, and the chain would hold it in memory.
const ANSWER_LIMIT: usize = 32 << 20;

/// What is left of the room for an answer.
#[derive(Debug)]
struct Room(usize);

impl Default for Room {
    fn default() -> Self {
        Self(ANSWER_LIMIT)
    }
}

impl Room {
    /// Takes some; `false` when there is none left.
    fn take(&mut self, bytes: usize) -> bool {
        self.0 = self.0.saturating_sub(bytes);
        self.0 > 0
    }

    /// # Errors
    /// The answer did not fit. `option`: by which less can be asked for.
    fn check(&self, option: &str) -> Result<(), String> {
        if self.0 > 0 {
            return Ok(());
        }
        let limit = ANSWER_LIMIT >> 20;
        Err(format!("the trace is longer than {limit} MiB; ask for less, by {option}"))
    }
}

/// What is asked of a tracer: the `debug_trace*` parameter.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Request {
    /// Name, or JavaScript.
    tracer: Option<String>,
    /// Options of the named tracer.
    tracer_config: Option<Value>,
    /// Options of the struct logger.
    #[serde(flatten)]
    logger: struct_log::Options,
}

impl Request {
    /// The tracer asked for.
    /// # Errors
    /// There is none of that name, or its options do not fit.
    pub(crate) fn tracer(&self) -> Result<Box<dyn Tracer>, String> {
        let name = self.tracer.as_deref().unwrap_or_default();
        Ok(match name {
            "" => Box::new(struct_log::StructLogger::new(self.logger)),
            "callTracer" => Box::new(call::CallTracer::new(self.options()?)),
            "prestateTracer" => Box::new(prestate::PrestateTracer::new(self.options()?)),
            "4byteTracer" => Box::new(four_byte::FourByteTracer::new(is_precompile)),
            "noopTracer" => Box::new(NoopTracer),
            "stylusTracer" => Box::new(stylus::StylusTracer::new(stylus::Frameless::Refuse)),
            source if javascript::has_member(source, "hostio") => {
                Box::new(stylus::StylusTracer::new(stylus::Frameless::Show))
            }
            source if source.contains('{') => {
                return Err(format!(
                    "JavaScript tracers are not run here, but one with a `hostio` member, which is answered as by \
                     stylusTracer; there are {NAMES}"
                ));
            }
            unknown => return Err(format!("tracer {unknown} not found; there are {NAMES}")),
        })
    }

    fn options<T: DeserializeOwned + Default>(&self) -> Result<T, String> {
        match &self.tracer_config {
            None | Some(Value::Null) => Ok(T::default()),
            Some(options) => {
                T::deserialize(options).map_err(|error| format!("invalid tracerConfig: {error}"))
            }
        }
    }
}

/// Whether an address is a precompile, of Ethereum's or of ArbOS's.
fn is_precompile(address: Address, arbos_version: u64) -> bool {
    let ethereum = PrecompileSpecId::from_spec_id(spec_id(arbos_version));
    Precompiles::new(ethereum).contains(&address)
        || precompiles::exists(address, arbos_version, false)
}

/// How a frame came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `CALL`, or the first frame of a transaction.
    Call,
    /// `CALLCODE`.
    CallCode,
    /// `DELEGATECALL`.
    DelegateCall,
    /// `STATICCALL`.
    StaticCall,
    /// `CREATE`, or the first frame of a transaction without target.
    Create,
    /// `CREATE2`.
    Create2,
    /// `SELFDESTRUCT`, which is shown as a frame though nothing runs.
    SelfDestruct,
    /// A balance that ArbOS moves, which is shown as a frame though nothing runs.
    Transfer,
}

impl Kind {
    /// The instruction's name; ArbOS's transfers go under that of none.
    fn name(self) -> &'static str {
        match self {
            Self::Call => "CALL",
            Self::CallCode => "CALLCODE",
            Self::DelegateCall => "DELEGATECALL",
            Self::StaticCall => "STATICCALL",
            Self::Create => "CREATE",
            Self::Create2 => "CREATE2",
            Self::SelfDestruct => "SELFDESTRUCT",
            Self::Transfer => "INVALID",
        }
    }

    fn is_create(self) -> bool {
        matches!(self, Self::Create | Self::Create2)
    }
}

/// A frame that opens.
#[derive(Debug)]
pub(crate) struct Entered {
    kind: Kind,
    /// The account that opens it; in a delegate frame the one that delegates.
    from: Address,
    /// The account called, created, or paid.
    to: Address,
    /// Calldata or init code.
    input: Bytes,
    gas: u64,
    /// Wei; `None` where there can be none.
    value: Option<U256>,
    /// 0 for the first frame.
    depth: usize,
}

/// A frame that closes.
#[derive(Debug)]
pub(crate) struct Exited<'r> {
    depth: usize,
    gas_used: u64,
    /// Return or revert data, or the code a creation deploys.
    output: &'r Bytes,
    /// In go-ethereum's words, if it failed.
    error: Option<String>,
    /// Whether it failed by a revert, so that `output` counts.
    reverted: bool,
}

/// What a tracer makes its answer of.
pub(crate) struct Finished<'f> {
    message: &'f Message,
    result: InstructionResult,
    /// Return or revert data.
    output: &'f Bytes,
    /// Gas charged.
    gas_used: u64,
    /// Who gets how much of the fees, wei.
    collected: &'f [(Address, U256)],
    /// What changed.
    changes: &'f EvmState,
    /// The world before the transaction.
    before: View<'f>,
    /// Wei per gas.
    base_fee: u64,
    coinbase: Address,
    arbos_version: u64,
}

/// What a tracer wants to be told beside frames.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Watches {
    /// EVM instructions, and host calls as such.
    instructions: bool,
    /// The memory that instructions find.
    memory: bool,
    /// Host calls.
    host_calls: bool,
}

/// An instruction that has run, with what it found.
#[derive(Debug)]
pub(crate) struct Instruction<'i> {
    pc: usize,
    opcode: u8,
    /// Gas before it.
    gas: u64,
    /// Gas it took, with what a call hands on and without what a creation does.
    cost: u64,
    /// 1 in the first frame.
    depth: usize,
    /// Bottom first.
    stack: &'i [U256],
    /// Empty unless wanted.
    memory: &'i [u8],
    return_data: &'i Bytes,
    /// The account whose storage the frame works on.
    acting: Address,
    /// For `SLOAD`: the value in the slot.
    slot: Option<U256>,
    /// Refunds of the transaction so far, its own included.
    refund: u64,
    error: Option<&'i str>,
}

impl Instruction<'_> {
    /// A word of the stack, the top one being number 0.
    fn word(&self, place: usize) -> Option<U256> {
        let index = self.stack.len().checked_sub(place)?.checked_sub(1)?;
        self.stack.get(index).copied()
    }
}

/// Writes down what happens, and makes an answer of it.
pub(crate) trait Tracer {
    /// What to tell beside frames.
    fn watches(&self) -> Watches {
        Watches::default()
    }
    /// A frame opens. `logs`: of the transaction so far.
    fn enter(&mut self, _frame: Entered, _logs: &[Log]) {}
    /// The innermost frame closes. `logs`: what is left of the transaction's.
    fn exit(&mut self, _frame: Exited<'_>, _logs: &[Log]) {}
    /// An instruction has run; the frame it opens is not open yet.
    fn instruction(&mut self, _step: &Instruction<'_>) {}
    /// A program has called its host.
    fn host_call(&mut self, _call: HostCall) {}
    /// The answer.
    /// # Errors
    /// Why there is none.
    fn finish(self: Box<Self>, finished: &Finished<'_>) -> Result<Value, String>;
}

/// Answers nothing, for those who measure what tracing costs.
struct NoopTracer;

impl Tracer for NoopTracer {
    fn finish(self: Box<Self>, _: &Finished<'_>) -> Result<Value, String> {
        Ok(json!({}))
    }
}

/// Name of an instruction as go-ethereum prints it.
fn opcode_name(opcode: u8) -> String {
    match (opcode, OpCode::new(opcode)) {
        (opcode::DIFFICULTY, _) => "PREVRANDAO".into(),
        (_, Some(known)) => known.as_str().into(),
        (unknown, None) => format!("opcode {unknown:#x} not defined"),
    }
}
