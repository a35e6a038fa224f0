//! Which modules may be activated, and why the others may not.
//! Spec: stylus-vm.md §2.7. Stages A, B and D are checked while reading; stage C counts the instrumented module.

use super::{
    host::{self, HostType},
    pricing::{self, UNSUPPORTED},
};
use std::collections::{HashMap, HashSet};
use wasmparser::{
    DataKind, ElementItems, ElementKind, Export, ExternalKind, FuncType, FunctionBody, KnownCustom,
    MemoryType, Name, Operator, Parser, Payload, TypeRef, ValType, Validator, WasmFeatures,
};

/// Stylus version from which functions and blocks have one result at most.
pub(super) const STYLUS_VERSION_DISABLE_MULTIVALUE: u16 = 3;
/// Every program's entry, `(i32) -> i32`.
pub(super) const STYLUS_ENTRY_POINT: &str = "user_entrypoint";
/// What the start function is exported as.
pub(super) const STYLUS_START: &str = "stylus_start";
/// The memory export.
pub(super) const MEMORY: &str = "memory";
/// The module that host functions are imported from.
pub(super) const VM_HOOKS: &str = "vm_hooks";
/// The module that debug chains offer on top.
pub(super) const CONSOLE: &str = "console";
/// Host function that a module with growing memory must import.
pub(super) const PAY_FUNC: &str = "pay_for_memory_grow";

const RESERVED_PREFIX: &str = "stylus";
const MAX_NAME_BYTES: usize = 512;
const HEAP_BOUND_PAGES: u64 = 65_534;
const PAGE_BYTES: u64 = 65_536;

/// An imported function.
pub(super) struct FuncImport<'a> {
    pub(super) module: &'a str,
    pub(super) name: &'a str,
    pub(super) type_index: u32,
}

/// A module whose stages A, B and D hold, read as far as instrumentation needs.
#[derive(Default)]
pub(super) struct Module<'a> {
    pub(super) wasm: &'a [u8],
    pub(super) types: Vec<FuncType>,
    pub(super) imports: Vec<FuncImport<'a>>,
    /// Type index of every local function.
    pub(super) functions: Vec<u32>,
    /// Minimum entries of every table.
    pub(super) tables: Vec<u64>,
    pub(super) memories: Vec<MemoryType>,
    /// Every global as it is encoded.
    pub(super) globals: Vec<&'a [u8]>,
    pub(super) exports: Vec<Export<'a>>,
    pub(super) start: Option<u32>,
    pub(super) bodies: Vec<FunctionBody<'a>>,
    pub(super) elements: usize,
    /// Encoded length of all element segments.
    pub(super) element_bytes: usize,
    pub(super) datas: usize,
    /// Encoded length of all data segments.
    pub(super) data_bytes: usize,
    /// Length of what all data segments hold.
    pub(super) data_payload_bytes: usize,
    /// Id and content of every section, in order, without custom ones.
    pub(super) sections: Vec<(u8, &'a [u8])>,
    active_elements: Vec<(Option<u32>, u64, u64)>,
    active_datas: Vec<(u64, u64)>,
}

impl<'a> Module<'a> {
    /// Reads a module and checks stages A, B and D.
    /// - `version`: Stylus version.
    /// - `debug`: whether the chain allows debug precompiles.
    /// # Errors
    /// The reason, for a person.
    /// # Source
    /// stylus-vm.md §2.7
    pub(super) fn parse(wasm: &'a [u8], version: u16, debug: bool) -> Result<Self, String> {
        let features = features(version);
        Validator::new_with_features(features)
            .validate_all(wasm)
            .map_err(|e| format!("failed to validate: {e}"))?;
        let mut module = Module { wasm, ..Module::default() };
        let mut parser = Parser::new(0);
        parser.set_features(features);
        for payload in parser.parse_all(wasm) {
            module.read(payload.map_err(|e| e.to_string())?)?;
        }
        module.check_names()?;
        module.check_start(debug)?;
        module.check_memory()?;
        module.check_entry_point()?;
        module.check_imports(debug)?;
        module.check_segments()?;
        module.check_operators()?;
        Ok(module)
    }

    fn read(&mut self, payload: Payload<'a>) -> Result<(), String> {
        if let Some((id, range)) = payload.as_section()
            && !matches!(payload, Payload::CustomSection(_))
        {
            self.sections.push((id, self.slice(range.start, range.end)));
        }
        let err = |e: wasmparser::Error| e.to_string();
        match payload {
            Payload::Version { .. } | Payload::End(_) | Payload::CodeSectionStart { .. } => {}
            Payload::TypeSection(types) => {
                for ty in types.into_iter_err_on_gc_types() {
                    self.types.push(ty.map_err(err)?);
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import.map_err(err)?;
                    let TypeRef::Func(type_index) = import.ty else {
                        return Err(format!("unsupported import kind: {import:?}"));
                    };
                    self.imports.push(FuncImport {
                        module: import.module,
                        name: import.name,
                        type_index,
                    });
                }
            }
            Payload::FunctionSection(functions) => {
                for function in functions {
                    self.functions.push(function.map_err(err)?);
                }
            }
            Payload::TableSection(tables) => {
                for table in tables {
                    let ty = table.map_err(err)?.ty;
                    if !ty.element_type.is_func_ref() {
                        return Err(
                            "unsupported table type: only funcref tables are allowed".into()
                        );
                    }
                    self.tables.push(ty.initial);
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories {
                    self.memories.push(memory.map_err(err)?);
                }
            }
            Payload::GlobalSection(globals) => {
                let end = globals.range().end;
                let mut starts = Vec::new();
                for global in globals.into_iter_with_offsets() {
                    let (start, global) = global.map_err(err)?;
                    constant(&global.init_expr).ok_or("Non-constant global initializer")?;
                    starts.push(start);
                }
                let ends = starts.iter().skip(1).copied().chain([end]);
                self.globals =
                    starts.iter().zip(ends).map(|(start, end)| self.slice(*start, end)).collect();
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    self.exports.push(export.map_err(err)?);
                }
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            Payload::ElementSection(elements) => {
                for element in elements {
                    self.read_element(element.map_err(err)?)?;
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::DataSection(datas) => {
                for data in datas {
                    let data = data.map_err(err)?;
                    self.datas += 1;
                    self.data_bytes += (data.range.end - data.range.start) as usize;
                    self.data_payload_bytes += data.data.len();
                    if let DataKind::Active { offset_expr, .. } = data.kind {
                        let offset = constant_offset(&offset_expr)
                            .ok_or("Non-constant data segment offset")?;
                        self.active_datas.push((offset, data.data.len() as u64));
                    }
                }
            }
            Payload::CustomSection(reader) => {
                if let KnownCustom::Name(names) = reader.as_known() {
                    for name in names {
                        read_name(name.map_err(err)?)?;
                    }
                }
            }
            Payload::UnknownSection { id, .. } => {
                return Err(format!("unsupported unknown section type {id}"));
            }
            other => {
                return Err(format!(
                    "unsupported section type {:?}",
                    other.as_section().map(|(id, _)| id)
                ));
            }
        }
        Ok(())
    }

    fn read_element(&mut self, element: wasmparser::Element<'a>) -> Result<(), String> {
        self.elements += 1;
        self.element_bytes += (element.range.end - element.range.start) as usize;
        let count = match &element.items {
            ElementItems::Functions(items) => items.count(),
            ElementItems::Expressions(_, items) => items.count(),
        };
        if let ElementKind::Active { table_index, offset_expr } = element.kind {
            let offset =
                constant_offset(&offset_expr).ok_or("Non-constant element segment offset")?;
            self.active_elements.push((table_index, offset, u64::from(count)));
        }
        Ok(())
    }

    fn slice(&self, start: u64, end: u64) -> &'a [u8] {
        self.wasm.get(start as usize..end as usize).unwrap_or_default()
    }

    fn check_names(&self) -> Result<(), String> {
        let mut seen = HashMap::new();
        for import in &self.imports {
            let prior = seen.insert((import.module, import.name), import.type_index);
            if prior.is_some_and(|prior| prior != import.type_index) {
                return Err(format!("inconsistent imports for {} {}", import.module, import.name));
            }
        }
        let exports: HashSet<&str> =
            self.exports.iter().filter_map(|export| export.name.rsplit("__").next()).collect();
        for import in &self.imports {
            if exports.contains(import.name) {
                return Err(format!("binary exports an import with the same name {}", import.name));
            }
        }
        if let Some(name) = exports.iter().find(|name| name.starts_with(RESERVED_PREFIX)) {
            return Err(format!("binary exports reserved symbol {name}"));
        }
        if let Some(import) =
            self.imports.iter().find(|import| import.name.starts_with(RESERVED_PREFIX))
        {
            return Err(format!("binary imports reserved symbol {}", import.name));
        }
        if let Some(export) = self.exports.iter().find(|export| export.name.len() > MAX_NAME_BYTES)
        {
            return Err(too_long("name", export.name));
        }
        Ok(())
    }

    fn check_start(&self, debug: bool) -> Result<(), String> {
        if self.start.is_some() && !debug {
            return Err("wasm start functions not allowed".into());
        }
        Ok(())
    }

    fn check_memory(&self) -> Result<(), String> {
        let [memory] = self.memories.as_slice() else {
            return Err(match self.memories.len() {
                0 => format!("missing memory export with name {MEMORY}"),
                _ => "only one memory is allowed".into(),
            });
        };
        if self.export(MEMORY).map(|export| (export.kind, export.index))
            != Some((ExternalKind::Memory, 0))
        {
            return Err(format!("missing memory with export name {MEMORY}"));
        }
        if memory.initial > HEAP_BOUND_PAGES {
            return Err(format!("memory size {} exceeds bound {HEAP_BOUND_PAGES}", memory.initial));
        }
        if self.memory_grows() {
            // Tools look for the function's name in this text.
            let import = self.pay_func().ok_or_else(|| format!("missing import {PAY_FUNC}"))?;
            let ty = self
                .imports
                .get(import as usize)
                .and_then(|import| self.func_type(import.type_index));
            if !ty.is_some_and(|ty| is_type(ty, &[ValType::I32], &[])) {
                return Err(format!("wrong type for {PAY_FUNC}"));
            }
        }
        Ok(())
    }

    /// Whether growing memory must be paid for: unless it cannot grow.
    pub(super) fn memory_grows(&self) -> bool {
        self.memories.first().is_some_and(|memory| memory.maximum != Some(memory.initial))
    }

    /// Function index of `pay_for_memory_grow`.
    pub(super) fn pay_func(&self) -> Option<u32> {
        let found = self
            .imports
            .iter()
            .position(|import| import.module == VM_HOOKS && import.name == PAY_FUNC);
        found.map(|index| index as u32)
    }

    fn check_entry_point(&self) -> Result<(), String> {
        let name = STYLUS_ENTRY_POINT;
        let export = self.export(name).ok_or_else(|| format!("missing export with name {name}"))?;
        if export.kind != ExternalKind::Func {
            return Err(format!("export {name} must be a function but is a {:?}", export.kind));
        }
        let ty = self.function_type(export.index);
        if !ty.is_some_and(|ty| is_type(ty, &[ValType::I32], &[ValType::I32])) {
            return Err(format!("wrong type for {name}"));
        }
        Ok(())
    }

    fn check_imports(&self, debug: bool) -> Result<(), String> {
        for import in &self.imports {
            let FuncImport { module, name, type_index } = import;
            let known = match *module {
                VM_HOOKS => host::signature(name),
                CONSOLE if debug => host::console_signature(name),
                _ => None,
            };
            let known = known.ok_or_else(|| format!("No such import {name} in {module}"))?;
            let ty = self.func_type(*type_index);
            if !ty.is_some_and(|ty| is_host_type(ty, &known)) {
                return Err(format!("Import {module} {name} has the wrong type, expected {known}"));
            }
        }
        Ok(())
    }

    fn check_segments(&self) -> Result<(), String> {
        if self.bodies.is_empty() {
            return Err("missing code section".into());
        }
        let bytes = self.memories.first().map_or(0, |memory| memory.initial * PAGE_BYTES);
        if self.active_datas.iter().any(|(offset, len)| offset.saturating_add(*len) > bytes) {
            return Err("Out-of-bounds data memory init".into());
        }
        for (table, offset, count) in &self.active_elements {
            let entries = self.tables.get(table.unwrap_or(0) as usize).copied().unwrap_or(0);
            if offset.saturating_add(*count) > entries {
                return Err("Out of bounds element segment".into());
            }
        }
        Ok(())
    }

    fn check_operators(&self) -> Result<(), String> {
        for body in &self.bodies {
            let operators = body.get_operators_reader().map_err(|e| e.to_string())?;
            for operator in operators {
                check_operator(&operator.map_err(|e| e.to_string())?)?;
            }
        }
        Ok(())
    }

    /// The type at an index of the type section.
    pub(super) fn func_type(&self, type_index: u32) -> Option<&FuncType> {
        self.types.get(type_index as usize)
    }

    /// The type of a function, imported or local.
    pub(super) fn function_type(&self, index: u32) -> Option<&FuncType> {
        let index = index as usize;
        let type_index = match self.imports.get(index) {
            Some(import) => import.type_index,
            None => *self.functions.get(index - self.imports.len())?,
        };
        self.func_type(type_index)
    }

    fn export(&self, name: &str) -> Option<&Export<'a>> {
        self.exports.iter().find(|export| export.name == name)
    }
}

/// Stage A: what the validator accepts.
/// # Source
/// stylus-vm.md §2.7
fn features(version: u16) -> WasmFeatures {
    let features = WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::BULK_MEMORY
        | WasmFeatures::FLOATS;
    if version < STYLUS_VERSION_DISABLE_MULTIVALUE {
        features | WasmFeatures::MULTI_VALUE
    } else {
        features
    }
}

/// Stage D.
/// # Source
/// stylus-vm.md §2.7
fn check_operator(operator: &Operator<'_>) -> Result<(), String> {
    use Operator as O;
    // The price of every other operator that no program may execute is that of refusal, not of activation.
    if pricing::operator_ink(operator, |_| 0) != UNSUPPORTED {
        return Ok(());
    }
    match operator {
        O::F32Const { .. }
        | O::F64Const { .. }
        | O::F32Load { .. }
        | O::F64Load { .. }
        | O::F32Store { .. }
        | O::F64Store { .. }
        | O::I32ReinterpretF32
        | O::I64ReinterpretF64
        | O::F32ReinterpretI32
        | O::F64ReinterpretI64 => Ok(()),
        O::MemoryInit { .. }
        | O::DataDrop { .. }
        | O::ElemDrop { .. }
        | O::TableInit { .. }
        | O::TableCopy { .. }
        | O::TableFill { .. }
        | O::TableGet { .. }
        | O::TableSet { .. }
        | O::TableGrow { .. }
        | O::TableSize { .. } => Err(format!("opcode not supported: {operator:?}")),
        _ => Err(format!("No implementation for floating point operation {operator:?}")),
    }
}

fn read_name(name: Name<'_>) -> Result<(), String> {
    match name {
        Name::Module { name, .. } if name.len() > MAX_NAME_BYTES => {
            Err(too_long("module name", name))
        }
        Name::Function(names) => {
            for naming in names {
                naming.map_err(|e| e.to_string())?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn too_long(what: &str, name: &str) -> String {
    format!("wasm {what} too long: {} > {MAX_NAME_BYTES}", name.len())
}

/// The single constant an expression consists of.
fn constant<'a>(expr: &wasmparser::ConstExpr<'a>) -> Option<Operator<'a>> {
    let mut operators = expr.get_operators_reader();
    let operator = operators.read().ok()?;
    let constant = matches!(
        operator,
        Operator::I32Const { .. }
            | Operator::I64Const { .. }
            | Operator::F32Const { .. }
            | Operator::F64Const { .. }
    );
    let ended = matches!(operators.read(), Ok(Operator::End)) && operators.eof();
    (constant && ended).then_some(operator)
}

fn constant_offset(expr: &wasmparser::ConstExpr<'_>) -> Option<u64> {
    match constant(expr)? {
        Operator::I32Const { value } => Some(u64::from(value as u32)),
        _ => None,
    }
}

fn is_type(ty: &FuncType, params: &[ValType], results: &[ValType]) -> bool {
    ty.params() == params && ty.results() == results
}

fn is_host_type(ty: &FuncType, host: &HostType) -> bool {
    let types = |text: &str| -> Vec<ValType> {
        text.bytes()
            .map(|byte| match byte {
                b'i' => ValType::I32,
                b'I' => ValType::I64,
                b'f' => ValType::F32,
                _ => ValType::F64,
            })
            .collect()
    };
    is_type(ty, &types(host.params), &types(host.results))
}

/// What stage C and the prices of activation count, in the instrumented module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) memories: usize,
    pub(super) memory_minimum: u64,
    pub(super) data_segments: usize,
    /// Whole encoded segments.
    pub(super) data_bytes: usize,
    /// What the segments hold.
    pub(super) data_payload_bytes: usize,
    pub(super) element_segments: usize,
    /// Whole encoded segments.
    pub(super) element_bytes: usize,
    pub(super) exports: usize,
    /// Local functions.
    pub(super) functions: usize,
    /// Parameters and results of all local functions.
    pub(super) type_values: usize,
    pub(super) globals: usize,
    pub(super) imports: usize,
    pub(super) table_entries: u64,
    /// Declared locals of the function that has most.
    pub(super) most_locals: usize,
    /// Operators of the function that has most.
    pub(super) most_operators: usize,
    /// Operators of all functions.
    pub(super) operators: usize,
}

/// Stage C.
pub(super) struct Limits {
    /// Pages that may still be opened in this transaction.
    pub(super) page_budget: u16,
    /// Whether imports are counted: from ArbOS 32.
    pub(super) count_imports: bool,
}

impl Limits {
    /// # Errors
    /// The first limit exceeded, with the count.
    /// # Source
    /// stylus-vm.md §2.7
    pub(super) fn check(&self, counts: &Counts) -> Result<(), String> {
        let pages = counts.memory_minimum;
        if pages > u64::from(self.page_budget) {
            return Err(format!("memory exceeds limit: {pages} > {}", self.page_budget));
        }
        let limits = [
            (1, counts.memories, "memories"),
            (128, counts.data_segments, "datas"),
            (128, counts.element_segments, "elements"),
            (1_024, counts.exports, "exports"),
            (4_096, counts.functions, "functions"),
            (32_768, counts.globals, "globals"),
            (348, counts.most_locals, "locals"),
            (65_536, counts.most_operators, "opcodes in func body"),
            (513, if self.count_imports { counts.imports } else { 0 }, "imports"),
            (4_096, counts.table_entries as usize, "table entries"),
            (4_096, counts.element_bytes, "element entries"),
        ];
        match limits.into_iter().find(|(limit, count, _)| count > limit) {
            Some((limit, count, name)) => Err(format!("too many wasm {name}: {count} > {limit}")),
            None => Ok(()),
        }
    }
}
