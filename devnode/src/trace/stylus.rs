//! `stylusTracer`: the host calls of programs, nested as their frames are.
//! Spec: stylus-vm.md §10.7.

use std::mem;

use alloy_primitives::{Address, Bytes};
use revm::primitives::Log;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Entered, Exited, Finished, Kind, Room, Tracer, Watches};
use crate::stylus::HostCall;

/// What a step takes of an answer beside its bytes.
const STEP_SIZE: usize = 128;

/// A step, with its members as clients read them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    name: &'static str,
    args: Bytes,
    outs: Bytes,
    start_ink: u64,
    end_ink: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<Address>,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<Vec<Step>>,
}

/// What to do with a call that opened no frame: value in a static frame, or a price that was not affordable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frameless {
    /// No answer, as Nitro's own tracer gives none.
    Refuse,
    /// A step with the address called and nothing inside, so that clients can read the rest.
    Show,
}

/// The tracer.
#[derive(Debug)]
pub(super) struct StylusTracer {
    frameless: Frameless,
    /// Steps of the innermost frame.
    current: Vec<Step>,
    /// Steps of the frames around it, outermost first.
    around: Vec<Vec<Step>>,
    inconsistency: Option<String>,
    room: Room,
}

impl StylusTracer {
    pub(super) fn new(frameless: Frameless) -> Self {
        Self {
            frameless,
            current: Vec::new(),
            around: Vec::new(),
            inconsistency: None,
            room: Room::default(),
        }
    }
}

/// Name of a frame that EVM code opened. A host call that opened it takes it over, without the prefix.
fn frame_name(kind: Kind) -> &'static str {
    match kind {
        // CALLCODE has no name of its own in Nitro, which leaves it empty; no client reads that.
        Kind::Call | Kind::CallCode | Kind::Transfer => "evm_call_contract",
        Kind::DelegateCall => "evm_delegate_call_contract",
        Kind::StaticCall => "evm_static_call_contract",
        Kind::Create => "evm_create1",
        Kind::Create2 => "evm_create2",
        Kind::SelfDestruct => "evm_self_destruct",
    }
}

/// The frame that a host call opens.
fn opens(name: &str) -> Option<&'static str> {
    Some(match name {
        "call_contract" => "evm_call_contract",
        "delegate_call_contract" => "evm_delegate_call_contract",
        "static_call_contract" => "evm_static_call_contract",
        _ => return None,
    })
}

impl Tracer for StylusTracer {
    fn watches(&self) -> Watches {
        Watches { host_calls: true, ..Watches::default() }
    }

    fn enter(&mut self, frame: Entered, _: &[Log]) {
        if frame.depth == 0 {
            return;
        }
        self.current.push(Step {
            name: frame_name(frame.kind),
            args: Bytes::new(),
            outs: Bytes::new(),
            start_ink: 0,
            end_ink: 0,
            address: Some(frame.to),
            steps: Some(Vec::new()),
        });
        self.around.push(mem::take(&mut self.current));
    }

    fn exit(&mut self, frame: Exited<'_>, _: &[Log]) {
        if frame.depth == 0 {
            return;
        }
        let inner = mem::replace(&mut self.current, self.around.pop().unwrap_or_default());
        if let Some(step) = self.current.last_mut() {
            step.steps = Some(inner);
        }
    }

    fn host_call(&mut self, call: HostCall) {
        let bytes = call.args.len().saturating_add(call.outs.len());
        if !self.room.take(bytes.saturating_add(STEP_SIZE)) {
            return;
        }
        let (mut address, mut steps) = (None, None);
        if let Some(frame) = opens(call.name) {
            match self.current.pop_if(|last| last.name == frame) {
                Some(opened) => (address, steps) = (opened.address, opened.steps),
                None if self.frameless == Frameless::Show => {
                    let called = call.args.first_chunk::<20>().copied().unwrap_or_default();
                    (address, steps) = (Some(called.into()), Some(Vec::new()));
                }
                None => {
                    let last = self.current.last().map(|step| step.name).unwrap_or("none");
                    self.inconsistency.get_or_insert_with(|| {
                        format!("trace inconsistency for {}: last opcode is {last}", call.name)
                    });
                }
            }
        }
        self.current.push(Step {
            name: call.name,
            args: call.args.into(),
            outs: call.outs.into(),
            start_ink: call.start_ink,
            end_ink: call.end_ink,
            address,
            steps,
        });
    }

    fn finish(self: Box<Self>, _: &Finished<'_>) -> Result<Value, String> {
        self.room.check("tracing a smaller part in a call of its own")?;
        match self.inconsistency {
            Some(inconsistency) => Err(inconsistency),
            None => Ok(json!(self.current)),
        }
    }
}
