//! Compiles programs to machine code, once, and keeps them.
//! Spec: stylus-vm.md §2.8, §3.5. The compiler knows nothing of ink: the module brings its own metering.

use super::{container::ContainerError, instrument::instrument, params::INITIAL_STACK_DEPTH};
use alloy_primitives::B256;
use std::{
    collections::HashMap,
    fmt,
    ptr::NonNull,
    sync::{Arc, Mutex, PoisonError},
};
use thiserror::Error;
use wasmer::{MemoryError, MemoryStyle, TableStyle};
use wasmer::{
    MemoryType, Module, TableType,
    sys::{
        BaseTunables, Cranelift, CraneliftOptLevel, EngineBuilder, Tunables,
        vm::{VMConfig, VMMemory, VMMemoryDefinition, VMTable, VMTableDefinition},
    },
};

/// Words of stack a program call is given at most, whatever the chain's parameter says: twice the highest default.
pub(super) const MAX_STACK_WORDS: u32 = 2 * INITIAL_STACK_DEPTH;
/// Native stack of one program call, reserved and not committed: 64 bytes for each of [`MAX_STACK_WORDS`].
///
/// It must never end before the words do: the two failures mean different things. A value takes 8 bytes as an argument
/// and 8 or (a float) 16 where it waits for a call to return, and is counted once; a parameter is counted where it is
/// pushed and not where it lives on. Measured on x86-64 with functions that call themselves until the words are gone, in
/// bytes a word: 25 with a thousand float parameters used after the call, as with a thousand float results; 17 with
/// integer ones; 15 with ten float parameters; 14 to 15 with fifty float locals; 6 in the smallest frames. Values that
/// live one after the other share their place. Compiled code probes the stack, so an end of it would be a trap.
const NATIVE_STACK_BYTES: usize = 64 * MAX_STACK_WORDS as usize;
/// Programs kept compiled.
const CACHED_PROGRAMS: usize = 256;

/// Why a program could not be made ready. An activated program never fails here.
#[derive(Debug, Error)]
pub enum EngineError {
    /// The code cannot be unpacked.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// The module cannot be instrumented.
    #[error("invalid module: {0}")]
    Invalid(String),
    /// The compiler refused it.
    #[error("cannot compile: {0}")]
    Compile(String),
}

/// A program ready to run.
pub struct CompiledProgram {
    /// An engine of its own, so that dropping the program frees its machine code.
    pub(super) engine: wasmer::Engine,
    pub(super) module: Module,
    /// Module and name of every import, in order.
    pub(super) imports: Vec<(String, String)>,
}

impl fmt::Debug for CompiledProgram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompiledProgram")
            .field("imports", &self.imports.len())
            .finish_non_exhaustive()
    }
}

impl CompiledProgram {
    /// Instruments and compiles a module.
    /// - `version`: Stylus version of its record.
    /// - `debug`: whether the chain allows debug precompiles.
    /// # Errors
    /// `Invalid`, `Compile`.
    pub fn new(wasm: &[u8], version: u16, debug: bool) -> Result<Self, EngineError> {
        let instrumented = instrument(wasm, version, debug).map_err(EngineError::Invalid)?;
        let mut compiler = Cranelift::new();
        compiler.opt_level(CraneliftOptLevel::None);
        let mut engine = EngineBuilder::new(compiler).engine();
        engine.set_tunables(DeepStack(BaseTunables::new()));
        let engine = wasmer::Engine::from(engine);
        let module = Module::new(&engine, instrumented.wasm)
            .map_err(|error| EngineError::Compile(error.to_string()))?;
        let imports = module
            .imports()
            .map(|import| (import.module().to_owned(), import.name().to_owned()))
            .collect();
        Ok(Self { engine, module, imports })
    }
}

/// Compiled programs by code hash and Stylus version.
pub struct Engine {
    debug: bool,
    programs: Mutex<Cache>,
}

#[derive(Default)]
struct Cache {
    programs: HashMap<(B256, u16), (Arc<CompiledProgram>, u64)>,
    clock: u64,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("debug", &self.debug).finish_non_exhaustive()
    }
}

impl Engine {
    /// - `debug`: whether the chain allows debug precompiles, and so the `console` imports.
    pub fn new(debug: bool) -> Self {
        Self { debug, programs: Mutex::default() }
    }

    /// The compiled form of an activated program.
    /// - `version`: Stylus version of its record.
    /// - `wasm`: unpacks the code; called only when the program is not kept.
    /// # Errors
    /// [`EngineError`]; cannot happen for a program that was activated.
    pub fn program(
        &self,
        code_hash: B256,
        version: u16,
        wasm: impl FnOnce() -> Result<Vec<u8>, ContainerError>,
    ) -> Result<Arc<CompiledProgram>, EngineError> {
        let key = (code_hash, version);
        if let Some(program) = self.lock().get(key) {
            return Ok(program);
        }
        // Not under the lock: compiling takes milliseconds, and compiling twice does no harm.
        let program = Arc::new(CompiledProgram::new(&wasm()?, version, self.debug)?);
        self.lock().insert(key, Arc::clone(&program));
        Ok(program)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Cache> {
        // Every state of the cache is a valid one.
        self.programs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cache {
    fn get(&mut self, key: (B256, u16)) -> Option<Arc<CompiledProgram>> {
        self.clock += 1;
        let (program, used) = self.programs.get_mut(&key)?;
        *used = self.clock;
        Some(Arc::clone(program))
    }

    fn insert(&mut self, key: (B256, u16), program: Arc<CompiledProgram>) {
        if self.programs.len() >= CACHED_PROGRAMS
            && let Some(oldest) =
                self.programs.iter().min_by_key(|(_, (_, used))| *used).map(|(key, _)| *key)
        {
            self.programs.remove(&oldest);
        }
        self.clock += 1;
        self.programs.insert(key, (program, self.clock));
    }
}

/// The default tunables with a stack that the depth limit cannot exhaust.
struct DeepStack(BaseTunables);

impl Tunables for DeepStack {
    fn memory_style(&self, memory: &MemoryType) -> MemoryStyle {
        self.0.memory_style(memory)
    }

    fn table_style(&self, table: &TableType) -> TableStyle {
        self.0.table_style(table)
    }

    fn create_host_memory(
        &self,
        ty: &MemoryType,
        style: &MemoryStyle,
    ) -> Result<VMMemory, MemoryError> {
        self.0.create_host_memory(ty, style)
    }

    unsafe fn create_vm_memory(
        &self,
        ty: &MemoryType,
        style: &MemoryStyle,
        vm_definition_location: NonNull<VMMemoryDefinition>,
    ) -> Result<VMMemory, MemoryError> {
        // SAFETY: the caller's promise, passed on.
        unsafe { self.0.create_vm_memory(ty, style, vm_definition_location) }
    }

    fn create_host_table(&self, ty: &TableType, style: &TableStyle) -> Result<VMTable, String> {
        self.0.create_host_table(ty, style)
    }

    unsafe fn create_vm_table(
        &self,
        ty: &TableType,
        style: &TableStyle,
        vm_definition_location: NonNull<VMTableDefinition>,
    ) -> Result<VMTable, String> {
        // SAFETY: the caller's promise, passed on.
        unsafe { self.0.create_vm_table(ty, style, vm_definition_location) }
    }

    fn vmconfig(&self) -> &VMConfig {
        &VMConfig { wasm_stack_size: Some(NATIVE_STACK_BYTES) }
    }
}
