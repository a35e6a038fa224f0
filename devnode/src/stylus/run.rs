//! One program call: entry, exit, and the ways in between to fail.
//! Spec: stylus-vm.md §3.6, §7.

use super::{
    api::{EvmApi, FrameEnv, HostCall, Ink, Outcome},
    engine::{CompiledProgram, MAX_STACK_WORDS},
    host::{self, Call, Escape, Guest, HostEnv},
    instrument::{STYLUS_INK_STATUS, STYLUS_STACK_LEFT},
    params::StylusParams,
    validate::{MEMORY, STYLUS_ENTRY_POINT},
    watchdog,
};
use std::{
    ptr::NonNull,
    sync::atomic::{AtomicU64, Ordering},
};
use wasmer::{
    Extern, FunctionEnv, Global, RuntimeError, Store, Value, sys::vm::VMGlobalDefinition,
};

/// Where an instance keeps its ink: compiled code reads and writes it there, and so do host functions and the watchdog.
#[derive(Clone, Copy, Debug)]
pub(super) struct InkCell(NonNull<AtomicU64>);

// SAFETY: all access is atomic; that the instance still lives is the promise of `get` and `set`.
unsafe impl Send for InkCell {}

impl InkCell {
    fn of(global: NonNull<VMGlobalDefinition>) -> Self {
        // A global is a union of 16 aligned bytes; an i64 is its first eight, in the machine's own order.
        Self(global.cast())
    }

    /// # Safety
    /// The instance must be alive.
    pub(super) unsafe fn get(self) -> Ink {
        // SAFETY: the caller's promise. Compiled code accesses these eight aligned bytes with single instructions.
        unsafe { self.0.as_ref() }.load(Ordering::Relaxed)
    }

    /// # Safety
    /// The instance must be alive.
    pub(super) unsafe fn set(self, ink: Ink) {
        // SAFETY: as in `get`.
        unsafe { self.0.as_ref() }.store(ink, Ordering::Relaxed);
    }
}

/// How the engine reports that the native stack ended.
const NATIVE_STACK_EXHAUSTED: &str = "call stack exhausted";

impl CompiledProgram {
    /// Runs the program for one frame and returns how it ended and the ink left.
    ///
    /// The call cost has been taken already, and the pages of the footprint are open: `ink` is what is left after both.
    /// Nested programs recurse through here: each takes about 4 KiB of the thread's stack beside what `api` takes.
    /// # Source
    /// stylus-vm.md §7
    pub fn run(
        &self,
        calldata: &[u8],
        env: &FrameEnv,
        params: &StylusParams,
        ink: Ink,
        api: &mut dyn EvmApi,
    ) -> (Outcome, Ink) {
        let mut call = Call::new(calldata, env, params, api);
        trace(&mut call, "user_entrypoint", (calldata.len() as u32).to_be_bytes(), [], ink);
        let (end, left) = self
            .execute(&mut call, ink)
            .unwrap_or_else(|error| (End::Failed(error.message()), ink));
        match end {
            End::Returned(status) => {
                trace(&mut call, "user_returned", [], status.to_be_bytes(), ink);
                let output = call.output.into();
                (if status == 0 { Outcome::Success(output) } else { Outcome::Revert(output) }, left)
            }
            End::Failed(reason) => (Outcome::Failure(reason), left),
            End::OutOfInk => (Outcome::OutOfInk, 0),
            End::OutOfStack => (Outcome::OutOfStack, 0),
            End::NativeStackExhausted => (Outcome::NativeStackExhausted, 0),
        }
    }

    /// # Errors
    /// What an activated program cannot cause: no memory for an instance, a missing export.
    fn execute(&self, call: &mut Call<'_>, ink: Ink) -> Result<(End, Ink), RuntimeError> {
        let depth = call.params.max_stack_depth.min(MAX_STACK_WORDS);
        let calldata_len = call.calldata.len() as u32;
        let deadline = call.api.deadline();
        let mut store = Store::new(self.engine.clone());
        // SAFETY: `call` outlives `store`, and so the instance; until this function returns only host functions use it.
        let host_env = FunctionEnv::new(&mut store, unsafe { HostEnv::new(call) });
        let imports = self
            .imports
            .iter()
            .map(|(module, name)| {
                host::import(&mut store, &host_env, module, name)
                    .map(Extern::from)
                    .ok_or_else(|| RuntimeError::new(format!("no such import {name} in {module}")))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let (instance, ink_left) = self.instantiate(&mut store, &imports)?;
        let ink_left = InkCell::of(ink_left);

        let global = |name| instance.exports.get_global(name).cloned().map_err(missing);
        let ink_status = global(STYLUS_INK_STATUS)?;
        let stack_left = global(STYLUS_STACK_LEFT)?;
        let memory = instance.exports.get_memory(MEMORY).map_err(missing)?.clone();
        let entry = instance
            .exports
            .get_typed_function::<u32, u32>(&store, STYLUS_ENTRY_POINT)
            .map_err(missing)?;

        host_env.as_mut(&mut store).attach(Guest { memory, ink: ink_left });
        // SAFETY: `store` owns the instance until this function returns; `watch` is dropped before it.
        let watch = unsafe {
            ink_left.set(ink);
            deadline.and_then(|deadline| watchdog::watch(deadline, ink_left))
        };
        stack_left.set(&mut store, Value::I32(depth as i32))?;
        let result = entry.call(&mut store, calldata_len);
        let end = match result {
            Ok(status) => End::Returned(status),
            Err(_) if is_zero(&stack_left, &mut store) => End::OutOfStack,
            Err(_) if !is_zero(&ink_status, &mut store) => End::OutOfInk,
            Err(error) => End::of(error),
        };
        drop(watch);
        // SAFETY: `store` still owns the instance.
        Ok((end, unsafe { ink_left.get() }))
    }
}

/// How the entry point ended.
enum End {
    Returned(u32),
    Failed(String),
    OutOfInk,
    OutOfStack,
    NativeStackExhausted,
}

impl End {
    fn of(error: RuntimeError) -> Self {
        match error.downcast::<Escape>() {
            Ok(Escape::Exit(status)) => Self::Returned(status),
            Ok(Escape::OutOfInk) => Self::OutOfInk,
            Ok(Escape::Failure(reason)) => Self::Failed(reason),
            Err(trap) if trap.message() == NATIVE_STACK_EXHAUSTED => Self::NativeStackExhausted,
            Err(trap) => Self::Failed(trap.message()),
        }
    }
}

fn is_zero(global: &Global, store: &mut Store) -> bool {
    matches!(global.get(store), Value::I32(0))
}

fn missing(error: wasmer::ExportError) -> RuntimeError {
    RuntimeError::new(error.to_string())
}

/// Records the start or the end of a program; both ends carry the ink it started with.
/// # Source
/// stylus-vm.md §10.7
fn trace<const A: usize, const O: usize>(
    call: &mut Call<'_>,
    name: &'static str,
    args: [u8; A],
    outs: [u8; O],
    ink: Ink,
) {
    if call.api.tracing() {
        call.api.trace(HostCall {
            name,
            args: args.into(),
            outs: outs.into(),
            start_ink: ink,
            end_ink: ink,
        });
    }
}
