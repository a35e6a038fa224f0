//! A module made fit for deployment, and what it weighs.

use wasm_encoder::reencode::{Error as ReencodeError, Reencode};
use wasmparser::{Operator, Parser, Payload, Validator, WasmFeatures};

/// Most bytes of code an account may hold, prefix included. stylus-vm.md §1.2
pub const CODE_LIMIT: usize = 24_576;
/// `MaxWasmSize`: most bytes of a decompressed module. stylus-vm.md §1.1
pub const WASM_LIMIT: usize = 131_072;

/// `EF F0 00`, then dictionary 0: a classic program, compressed without a dictionary. stylus-vm.md §1.1
const PREFIX: [u8; 4] = [0xef, 0xf0, 0x00, 0x00];
const BROTLI_QUALITY: u32 = 11;
const BROTLI_WINDOW: u32 = 22;

/// Why a module cannot be deployed.
#[derive(Debug, thiserror::Error)]
pub enum BadModule {
    /// Not WASM, or WASM beyond what the VM accepts.
    #[error("the module is refused: {0} (the target flags are in .cargo/config.toml)")]
    Invalid(#[from] wasmparser::BinaryReaderError),
    /// A construct that validates but that activation refuses.
    #[error("the module uses {0}, which activation refuses")]
    Refused(String),
    /// A contract without its entry point is a library.
    #[error("the module does not export {0}; is the feature `entrypoint` of the crate missing?")]
    MissingExport(&'static str),
    /// Larger than the VM accepts after decompression.
    #[error("the module has {0} bytes; the limit is {WASM_LIMIT}")]
    TooLong(usize),
    /// Larger than an account may hold.
    #[error("the deployed code has {0} bytes; the limit is {CODE_LIMIT}")]
    CodeTooLong(usize),
    /// The compressor failed.
    #[error("compression failed: {0}")]
    Compression(#[from] std::io::Error),
}

/// What is deployed, and the figures that decide its price per call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// The module without custom sections.
    pub wasm: Vec<u8>,
    /// Prefix and compressed module: the account's code.
    pub code: Vec<u8>,
    /// Functions defined in the module; each costs gas on every call. stylus-vm.md §2.4
    pub functions: u32,
    /// Bytes of data segments; each costs 0.75 gas on every call. stylus-vm.md §2.4
    pub data_bytes: usize,
}

impl Artifact {
    /// Strips, checks and compresses a module.
    /// - `module`: what the compiler wrote.
    /// # Errors
    /// Any `BadModule`.
    pub fn from_module(module: &[u8]) -> Result<Self, BadModule> {
        let wasm = normalise(module)?;
        // What the compiler may use, and nothing newer: a compiler update that slips a feature in fails here.
        let features = WasmFeatures::MUTABLE_GLOBAL
            | WasmFeatures::SIGN_EXTENSION
            | WasmFeatures::BULK_MEMORY
            | WasmFeatures::SATURATING_FLOAT_TO_INT
            | WasmFeatures::FLOATS
            | WasmFeatures::GC_TYPES;
        Validator::new_with_features(features).validate_all(&wasm)?;

        let mut functions = 0;
        let mut data_bytes = 0;
        let mut exports = Vec::new();
        for payload in Parser::new(0).parse_all(&wasm) {
            match payload? {
                Payload::DataCountSection { .. } => {
                    return Err(BadModule::Refused("a data-count section".into()));
                }
                Payload::FunctionSection(section) => functions = section.count(),
                Payload::ExportSection(section) => {
                    for export in section {
                        exports.push(export?.name.to_owned());
                    }
                }
                Payload::DataSection(section) => {
                    for segment in section {
                        data_bytes += segment?.data.len();
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    for operator in body.get_operators_reader()? {
                        check_operator(&operator?)?;
                    }
                }
                _ => {}
            }
        }
        for name in ["user_entrypoint", "memory"] {
            if !exports.iter().any(|export| export == name) {
                return Err(BadModule::MissingExport(name));
            }
        }

        if wasm.len() > WASM_LIMIT {
            return Err(BadModule::TooLong(wasm.len()));
        }
        let code = compress(&wasm)?;
        if code.len() > CODE_LIMIT {
            return Err(BadModule::CodeTooLong(code.len()));
        }
        Ok(Self { wasm, code, functions, data_bytes })
    }
}

/// Drops custom sections and writes every number as short as it can be, as `cargo stylus` does by way of the text
/// format: the linker pads numbers it relocates, and the VM refuses a padded table index. stylus-vm.md §11.2
struct Normaliser;

impl Reencode for Normaliser {
    type Error = std::convert::Infallible;

    fn parse_custom_section(
        &mut self,
        _module: &mut wasm_encoder::Module,
        _section: wasmparser::CustomSectionReader<'_>,
    ) -> Result<(), ReencodeError<Self::Error>> {
        Ok(())
    }
}

fn normalise(module: &[u8]) -> Result<Vec<u8>, BadModule> {
    let mut normalised = wasm_encoder::Module::new();
    Normaliser.parse_core_module(&mut normalised, Parser::new(0), module).map_err(|error| {
        match error {
            ReencodeError::ParseError(reason) => BadModule::Invalid(reason),
            other => BadModule::Refused(other.to_string()),
        }
    })?;
    Ok(normalised.finish())
}

fn check_operator(operator: &Operator<'_>) -> Result<(), BadModule> {
    let name = format!("{operator:?}");
    // `memory.copy` and `memory.fill` are all of bulk memory that activation takes; floats activate and then never run.
    let refused = matches!(
        operator,
        Operator::MemoryInit { .. }
            | Operator::DataDrop { .. }
            | Operator::ElemDrop { .. }
            | Operator::TableInit { .. }
            | Operator::TableCopy { .. }
    ) || name.starts_with("F32")
        || name.starts_with("F64")
        || name.contains("TruncSat");
    if refused { Err(BadModule::Refused(name)) } else { Ok(()) }
}

fn compress(wasm: &[u8]) -> Result<Vec<u8>, std::io::Error> {
    let mut code = PREFIX.to_vec();
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: BROTLI_QUALITY as i32,
        lgwin: BROTLI_WINDOW as i32,
        size_hint: wasm.len(),
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &wasm[..], &mut code, &parameters)?;
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(body: &str) -> Vec<u8> {
        wat::parse_str(format!(
            r#"(module (memory (export "memory") 1 1)
                (func (export "user_entrypoint") (param i32) (result i32) {body}) (data (i32.const 0) "abc"))"#
        ))
        .unwrap()
    }

    #[test]
    fn custom_sections_are_dropped_and_nothing_else() {
        let plain = module("i32.const 0");
        let mut named = plain.clone();
        // a custom section: id 0, length 5, name "name"
        named.extend([0, 5, 4, b'n', b'a', b'm', b'e']);
        let artifact = Artifact::from_module(&named).unwrap();
        assert_eq!(artifact.wasm, Artifact::from_module(&plain).unwrap().wasm);
        assert_eq!((artifact.functions, artifact.data_bytes), (1, 3));
    }

    #[test]
    fn the_code_is_the_prefix_and_the_compressed_module() {
        let artifact = Artifact::from_module(&module("i32.const 0")).unwrap();
        assert_eq!(artifact.code[..4], PREFIX);
        let mut decompressed = Vec::new();
        brotli::BrotliDecompress(&mut &artifact.code[4..], &mut decompressed).unwrap();
        assert_eq!(decompressed, artifact.wasm);
    }

    #[test]
    fn a_float_operator_is_refused() {
        let refusal = Artifact::from_module(&module("f32.const 1 drop i32.const 0")).unwrap_err();
        assert!(matches!(refusal, BadModule::Refused(name) if name.starts_with("F32Const")));
    }

    #[test]
    fn a_reference_type_is_refused() {
        let refusal = Artifact::from_module(&module("ref.null func drop i32.const 0")).unwrap_err();
        assert!(matches!(refusal, BadModule::Invalid(_)));
    }

    #[test]
    fn a_multi_value_result_is_refused() {
        let refusal =
            Artifact::from_module(&module("(block (result i32 i32) i32.const 0 i32.const 0) drop"))
                .unwrap_err();
        assert!(matches!(refusal, BadModule::Invalid(_)));
    }

    #[test]
    fn a_module_without_an_entry_point_is_refused() {
        let module = wat::parse_str(r#"(module (memory (export "memory") 1 1))"#).unwrap();
        let refusal = Artifact::from_module(&module).unwrap_err();
        assert!(matches!(refusal, BadModule::MissingExport("user_entrypoint")));
    }
}
