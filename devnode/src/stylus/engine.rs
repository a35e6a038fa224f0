//! Compiles programs to machine code, once, and keeps them.
//! Spec: stylus-vm.md §2.8, §3.5. The compiler knows nothing of ink: the module brings its own metering.

use super::{
    container::ContainerError,
    disk::{DIRECTORY_LIMIT, Directory, Key},
    instrument::{INSTRUMENTATION_VERSION, STYLUS_INK_LEFT, instrument},
    params::INITIAL_STACK_DEPTH,
};
use alloy_primitives::B256;
use std::{
    cell::RefCell,
    collections::HashMap,
    fmt,
    path::Path,
    ptr::NonNull,
    sync::{Arc, Mutex, PoisonError},
};
use thiserror::Error;
use wasmer::{
    ExportIndex, Extern, GlobalType, Instance, MemoryType, Module, RuntimeError, Store, TableType,
    sys::{
        BaseTunables, Cranelift, CraneliftOptLevel, EngineBuilder, Tunables,
        vm::{
            VMConfig, VMGlobal, VMGlobalDefinition, VMMemory, VMMemoryDefinition, VMTable,
            VMTableDefinition,
        },
    },
};
use wasmer::{MemoryError, MemoryStyle, TableStyle};

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
    /// Place of the ink among the globals.
    ink: Option<usize>,
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
        let engine = wasmer_engine();
        let module = Module::new(&engine, instrumented.wasm)
            .map_err(|error| EngineError::Compile(error.to_string()))?;
        Ok(Self::of(engine, module))
    }

    fn of(engine: wasmer::Engine, module: Module) -> Self {
        let imports = module
            .imports()
            .map(|import| (import.module().to_owned(), import.name().to_owned()))
            .collect();
        // A program cannot import globals, so the index counts its own.
        let ink = match module.info().exports.get(STYLUS_INK_LEFT) {
            Some(ExportIndex::Global(index)) => usize::try_from(index.as_u32()).ok(),
            _ => None,
        };
        Self { engine, module, imports, ink }
    }

    /// A fresh instance, and where it keeps its ink.
    /// # Errors
    /// No memory for it, or a module without ink, which instrumentation does not make.
    pub(super) fn instantiate(
        &self,
        store: &mut Store,
        imports: &[Extern],
    ) -> Result<(Instance, NonNull<VMGlobalDefinition>), RuntimeError> {
        GLOBALS.with_borrow_mut(Vec::clear);
        let instance = Instance::new_by_index(store, &self.module, imports)
            .map_err(|error| RuntimeError::new(error.to_string()))?;
        let ink = self.ink.and_then(|ink| GLOBALS.with_borrow(|globals| globals.get(ink).copied()));
        let ink = ink.ok_or_else(|| RuntimeError::new("the module has no ink"))?;
        Ok((instance, ink))
    }

    /// The program whose machine code is on disk.
    fn load(directory: &Directory, key: &Key<'_>) -> Option<Self> {
        let bytes = directory.load(key)?;
        let engine = wasmer_engine();
        // SAFETY: the bytes are what `store` wrote with the same compiler, settings and processor: the hashes in the
        // file's header say so, and nobody else can write the directory (see `disk`).
        match unsafe { Module::deserialize(&engine, bytes) } {
            Ok(module) => Some(Self::of(engine, module)),
            Err(error) => {
                tracing::debug!(code_hash = %key.code_hash, %error, "a compiled program on disk is of no use");
                None
            }
        }
    }

    fn store(&self, directory: &Directory, key: &Key<'_>) {
        let stored = self
            .module
            .serialize()
            .map_err(|error| error.to_string())
            .and_then(|bytes| directory.store(key, &bytes).map_err(|error| error.to_string()));
        if let Err(error) = stored {
            // It will be compiled again next time.
            tracing::debug!(code_hash = %key.code_hash, %error, "a compiled program is not kept on disk");
        }
    }
}

/// Compiler, version and settings, as [`wasmer_engine`] has them: machine code of any other is of no use.
///
/// Not optimising is a choice by measurement, for this repository's six programs and a loop of 3 million turns, on a busy
/// machine, twice each: without, the six compile in 1,437 and 1,500 ms, with `Speed` in 1,789 and 1,988 ms; the loop takes
/// 7.7 and 6.8 ms without, 6.9 and 7.0 ms with it. Metering after every block leaves little to optimise.
const COMPILER: &str = "wasmer 7.4.2 cranelift none";

fn wasmer_engine() -> wasmer::Engine {
    let mut compiler = Cranelift::new();
    compiler.opt_level(CraneliftOptLevel::None);
    let mut engine = EngineBuilder::new(compiler).engine();
    engine.set_tunables(DeepStack(BaseTunables::new()));
    wasmer::Engine::from(engine)
}

/// Compiled programs by code hash and Stylus version.
pub struct Engine {
    debug: bool,
    directory: Option<Directory>,
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
        Self { debug, directory: None, programs: Mutex::default() }
    }

    /// An engine that also keeps compiled programs in a directory, over all runs of all processes.
    ///
    /// A directory that cannot be used, or that others can write, is not used; the log says why.
    pub fn with_directory(debug: bool, directory: &Path) -> Self {
        let opened = Directory::open(directory, DIRECTORY_LIMIT);
        if let Err(error) = &opened {
            let directory = directory.display();
            tracing::warn!(%directory, %error, "compiled programs are not kept on disk");
        }
        Self { directory: opened.ok(), ..Self::new(debug) }
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
        let program = Arc::new(self.load_or_compile(code_hash, version, wasm)?);
        self.lock().insert(key, Arc::clone(&program));
        Ok(program)
    }

    fn load_or_compile(
        &self,
        code_hash: B256,
        version: u16,
        wasm: impl FnOnce() -> Result<Vec<u8>, ContainerError>,
    ) -> Result<CompiledProgram, EngineError> {
        let debug = self.debug;
        let Some(directory) = &self.directory else {
            return CompiledProgram::new(&wasm()?, version, debug);
        };
        let key = Key {
            compiler: COMPILER,
            instrumentation: INSTRUMENTATION_VERSION,
            code_hash,
            version,
            debug,
        };
        if let Some(program) = CompiledProgram::load(directory, &key) {
            return Ok(program);
        }
        let program = CompiledProgram::new(&wasm()?, version, debug)?;
        program.store(directory, &key);
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

thread_local! {
    /// Where the instance made last on this thread keeps its globals: wasmer tells nobody else than its tunables.
    static GLOBALS: RefCell<Vec<NonNull<VMGlobalDefinition>>> = const { RefCell::new(Vec::new()) };
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

    unsafe fn create_vm_global(
        &self,
        ty: GlobalType,
        vm_definition_location: NonNull<VMGlobalDefinition>,
    ) -> Result<VMGlobal, String> {
        GLOBALS.with_borrow_mut(|globals| globals.push(vm_definition_location));
        // SAFETY: the caller's promise, passed on.
        unsafe { self.0.create_vm_global(ty, vm_definition_location) }
    }

    fn vmconfig(&self) -> &VMConfig {
        &VMConfig { wasm_stack_size: Some(NATIVE_STACK_BYTES) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiler_on_file_names_is_the_one_that_is_linked() {
        let lock = include_str!("../../../Cargo.lock");
        let (_, after) = lock.split_once("name = \"wasmer\"\nversion = \"").unwrap();
        let (version, _) = after.split_once('"').unwrap();
        assert!(
            COMPILER.starts_with(&format!("wasmer {version} ")),
            "{COMPILER}, linked {version}"
        );
    }
}
