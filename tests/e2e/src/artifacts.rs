//! What was compiled before: the Solidity mocks.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// Path of a file below the repository's root.
pub fn root(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// A JSON file.
///
/// - `hint`: where it comes from, for who lacks it.
pub fn json(file: &Path, hint: &str) -> Value {
    let text = std::fs::read_to_string(file)
        .unwrap_or_else(|error| panic!("{}: {error}; {hint}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// Init code of the mock contract `name` with its ABI-encoded constructor arguments.
pub fn mock(name: &str, arguments: &[u8]) -> Vec<u8> {
    let file = root(&format!("target/mocks/{name}.json"));
    let artifact = json(&file, "scripts/setup, then node tests/mocks/compile.js");
    let code = artifact["bytecode"].as_str().expect("bytecode");
    let mut code = alloy::hex::decode(code).expect("hex");
    code.extend_from_slice(arguments);
    code
}
