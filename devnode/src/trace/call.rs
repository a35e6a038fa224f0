//! `callTracer`: the tree of frames, with what went in and came out.
//!
//! go-ethereum's format, and what Nitro adds to the first frame: the balances it moves around the execution.

use alloy::sol_types::{Panic, Revert, SolError};
use alloy_primitives::{Address, B256, Bytes, U64, U256};
use revm::primitives::Log;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Entered, Exited, Finished, Room, Tracer};

/// What a frame takes of an answer beside its bytes.
const FRAME_SIZE: usize = 256;

/// Options, as `tracerConfig` gives them.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Options {
    /// Leaves out the frames inside the first one.
    only_top_call: bool,
    /// Shows logs, but those of frames that failed.
    with_log: bool,
}

/// A frame, with its members as clients read them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Frame {
    #[serde(rename = "type")]
    kind: &'static str,
    from: Address,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Address>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<U256>,
    gas: U64,
    gas_used: U64,
    input: Bytes,
    #[serde(skip_serializing_if = "<[u8]>::is_empty")]
    output: Bytes,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revert_reason: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    calls: Vec<Frame>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logs: Vec<FrameLog>,
    #[serde(skip)]
    is_create: bool,
}

#[derive(Debug, Serialize)]
struct FrameLog {
    address: Address,
    topics: Vec<B256>,
    data: Bytes,
    /// How many frames the logging one had opened before.
    position: U64,
}

/// A balance that Nitro moves before or after the execution.
#[derive(Debug, Serialize)]
struct Transfer {
    purpose: &'static str,
    from: Option<String>,
    to: Option<String>,
    value: U256,
}

/// The tracer.
#[derive(Debug)]
pub(super) struct CallTracer {
    options: Options,
    /// Open frames, outermost first.
    open: Vec<Frame>,
    first: Option<Frame>,
    /// Logs that are in a frame already.
    logs_seen: usize,
    room: Room,
}

impl CallTracer {
    pub(super) fn new(options: Options) -> Self {
        Self { options, open: Vec::new(), first: None, logs_seen: 0, room: Room::default() }
    }

    fn shows(&self, depth: usize) -> bool {
        depth == 0 || !self.options.only_top_call
    }

    /// Files what was logged since the last frame opened or closed under the frame that ran since.
    fn collect_logs(&mut self, logs: &[Log], ran: usize) {
        let new = logs.get(self.logs_seen..).unwrap_or_default();
        self.logs_seen = logs.len();
        if !self.options.with_log || !self.shows(ran) {
            return;
        }
        if let Some(frame) = self.open.last_mut() {
            let position = U64::from(frame.calls.len());
            frame.logs.extend(new.iter().map(|log| FrameLog {
                address: log.address,
                topics: log.topics().to_vec(),
                data: log.data.data.clone(),
                position,
            }));
        }
    }
}

impl Tracer for CallTracer {
    fn enter(&mut self, frame: Entered, logs: &[Log]) {
        self.collect_logs(logs, frame.depth.saturating_sub(1));
        if !self.shows(frame.depth) {
            return;
        }
        let fits = self.room.take(frame.input.len().saturating_add(FRAME_SIZE));
        self.open.push(Frame {
            kind: frame.kind.name(),
            from: frame.from,
            to: Some(frame.to),
            value: frame.value,
            gas: U64::from(frame.gas),
            gas_used: U64::ZERO,
            input: if fits { frame.input } else { Bytes::new() },
            output: Bytes::new(),
            error: None,
            revert_reason: None,
            calls: Vec::new(),
            logs: Vec::new(),
            is_create: frame.kind.is_create(),
        });
    }

    fn exit(&mut self, exited: Exited<'_>, logs: &[Log]) {
        self.collect_logs(logs, exited.depth);
        if !self.shows(exited.depth) {
            return;
        }
        let Some(mut frame) = self.open.pop() else { return };
        frame.gas_used = U64::from(exited.gas_used);
        if exited.error.is_none() || exited.reverted {
            let fits = self.room.take(exited.output.len());
            frame.output = if fits { exited.output.clone() } else { Bytes::new() };
        }
        if exited.reverted {
            frame.revert_reason = revert_reason(exited.output);
        }
        if exited.error.is_some() {
            if frame.is_create {
                frame.to = None;
            }
            drop_logs(&mut frame);
        }
        frame.error = exited.error;
        match self.open.last_mut() {
            Some(parent) => parent.calls.push(frame),
            None => self.first = Some(frame),
        }
        // Without room there is no answer, so nothing has to be kept.
        if let (false, Some(parent)) = (self.room.take(0), self.open.last_mut()) {
            parent.calls.clear();
        }
    }

    fn finish(self: Box<Self>, finished: &Finished<'_>) -> Result<Value, String> {
        self.room.check("`onlyTopCall`")?;
        let mut first = self.first.ok_or("incorrect number of top-level calls")?;
        let (gas_limit, gas_used) = (finished.message.gas_limit, finished.gas_used);
        first.gas = U64::from(gas_limit);
        first.gas_used = U64::from(gas_used);
        let mut answer = json!(first);
        let fee = |gas: u64| U256::from(finished.base_fee).saturating_mul(U256::from(gas));
        let sender = Some(finished.message.from.to_checksum(None));
        let credit = |purpose, to, value| Transfer { purpose, from: None, to, value };
        let mut after =
            vec![credit("gasRefund", sender.clone(), fee(gas_limit.saturating_sub(gas_used)))];
        for (account, value) in finished.collected {
            after.push(credit("feeCollection", Some(account.to_checksum(None)), *value));
        }
        if let Value::Object(members) = &mut answer {
            let paid =
                Transfer { purpose: "feePayment", from: sender, to: None, value: fee(gas_limit) };
            members.insert("beforeEVMTransfers".into(), json!([paid]));
            members.insert("afterEVMTransfers".into(), json!(after));
        }
        Ok(answer)
    }
}

/// What a frame logged that failed, or a frame inside it, is not in any receipt.
fn drop_logs(frame: &mut Frame) {
    frame.logs.clear();
    frame.calls.iter_mut().for_each(drop_logs);
}

/// The text of `Error(string)`, or what a `Panic(uint256)` stands for.
fn revert_reason(output: &[u8]) -> Option<String> {
    if let Ok(revert) = Revert::abi_decode(output) {
        return Some(revert.reason);
    }
    let code = Panic::abi_decode(output).ok()?.code;
    let known = match u64::try_from(code).unwrap_or(u64::MAX) {
        0x00 => "generic panic",
        0x01 => "assert(false)",
        0x11 => "arithmetic underflow or overflow",
        0x12 => "division or modulo by zero",
        0x21 => "enum overflow",
        0x22 => "invalid encoded storage byte array accessed",
        0x31 => "out-of-bounds array access; popping on an empty array",
        0x32 => "out-of-bounds access of an array or bytesN",
        0x41 => "out of memory",
        0x51 => "uninitialized function",
        _ => return Some(format!("unknown panic code: {code:#x}")),
    };
    Some(known.into())
}
