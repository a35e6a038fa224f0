//! The Stylus virtual machine: containers, activation, instrumentation, pricing, host functions.
//! Spec: stylus-vm.md §1–§7, §10.7. It knows nothing of the chain but the [`EvmApi`] trait.
//!
//! A program's road: [`container::wasm`] unpacks the code, [`activate()`] checks and prices it and yields what a
//! [`Record`] stores, [`call_cost::call_cost`] prices a start, [`Engine::program`] compiles (or finds) it,
//! [`CompiledProgram::run`] runs it.

pub mod activate;
pub mod api;
pub mod call_cost;
pub mod container;
pub mod data_fee;
mod disk;
pub mod engine;
mod host;
mod instrument;
pub mod memory;
pub mod params;
pub mod pricing;
pub mod record;
mod run;
mod storage;
mod validate;
mod watchdog;

pub use activate::{ActivatedProgram, ActivationError, activate};
pub use api::{
    CallKind, CallResult, CreateResult, EvmApi, FlushResult, FrameEnv, Gas, HostCall, Ink, Outcome,
};
pub use engine::{CompiledProgram, Engine, EngineError};
pub use memory::Pages;
pub use params::StylusParams;
pub use record::{ProgramError, Record};
