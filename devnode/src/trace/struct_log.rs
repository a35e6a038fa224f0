//! The default tracer: every EVM instruction, with what it found. go-ethereum's format.
//!
//! Programs have no instructions to show; as on Nitro, their host calls appear as the instructions that do the same.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, U256, hex};
use revm::bytecode::opcode;
use revm::interpreter::InstructionResult;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Finished, Instruction, Room, Tracer, Watches, opcode_name};

/// Options, which stand beside the tracer's name.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Options {
    enable_memory: bool,
    disable_stack: bool,
    disable_storage: bool,
    enable_return_data: bool,
    /// Bytes of shown instructions after which no more are shown; 0 for all.
    limit: usize,
}

/// An instruction, with its members as clients read them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StructLog {
    pc: usize,
    op: String,
    gas: u64,
    gas_cost: u64,
    depth: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stack: Option<Vec<String>>,
    #[serde(skip_serializing_if = "<[u8]>::is_empty")]
    return_data: Bytes,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    memory: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    storage: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "is_zero")]
    refund: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The tracer.
#[derive(Debug)]
pub(super) struct StructLogger {
    options: Options,
    logs: Vec<Value>,
    /// What `logs` are long as text.
    bytes: usize,
    room: Room,
    is_full: bool,
    /// Slots that were read or written, by account: later instructions show the earlier ones too.
    storage: BTreeMap<Address, BTreeMap<B256, B256>>,
}

impl StructLogger {
    pub(super) fn new(options: Options) -> Self {
        Self {
            options,
            logs: Vec::new(),
            bytes: 0,
            room: Room::default(),
            is_full: false,
            storage: BTreeMap::new(),
        }
    }

    fn storage(&mut self, step: &Instruction<'_>) -> BTreeMap<String, String> {
        let value = match step.opcode {
            opcode::SLOAD => step.slot,
            opcode::SSTORE => step.word(1),
            _ => None,
        };
        let (false, Some(key), Some(value)) = (self.options.disable_storage, step.word(0), value)
        else {
            return BTreeMap::new();
        };
        let known = self.storage.entry(step.acting).or_default();
        known.insert(key.into(), value.into());
        known.iter().map(|(key, value)| (hex::encode(key), hex::encode(value))).collect()
    }
}

fn quantity(word: &U256) -> String {
    format!("{word:#x}")
}

impl Tracer for StructLogger {
    fn watches(&self) -> Watches {
        Watches { instructions: true, memory: self.options.enable_memory, ..Watches::default() }
    }

    fn instruction(&mut self, step: &Instruction<'_>) {
        let limit = self.options.limit;
        if self.is_full || (limit != 0 && self.bytes > limit) {
            return;
        }
        let log = StructLog {
            pc: step.pc,
            op: opcode_name(step.opcode),
            gas: step.gas,
            gas_cost: step.cost,
            depth: step.depth,
            error: step.error.map(str::to_owned),
            stack: (!self.options.disable_stack).then(|| step.stack.iter().map(quantity).collect()),
            return_data: match self.options.enable_return_data {
                true => step.return_data.clone(),
                false => Bytes::new(),
            },
            memory: step.memory.chunks_exact(32).map(hex::encode).collect(),
            storage: self.storage(step),
            refund: step.refund,
        };
        let text = serde_json::to_string(&log).unwrap_or_default();
        self.bytes = self.bytes.saturating_add(text.len());
        self.is_full = !self.room.take(text.len());
        self.logs.push(json!(log));
    }

    fn finish(self: Box<Self>, finished: &Finished<'_>) -> Result<Value, String> {
        self.room.check("`limit`, `disableStack` or `disableStorage`")?;
        let failed = !finished.result.is_ok();
        let shown = !failed || finished.result == InstructionResult::Revert;
        Ok(json!({
            "gas": finished.gas_used,
            "failed": failed,
            "returnValue": if shown { finished.output.clone() } else { Bytes::new() },
            "structLogs": self.logs,
        }))
    }
}
