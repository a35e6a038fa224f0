//! Finds what is deployed: creation code in the npm packages, our programs where `wasm` wrote them, and the Solidity
//! applications of `tests/solidity` where `tests/mocks/compile.js` did.
//!
//! All are below `target/` of the checkout; `METALAYER_NPM`, `METALAYER_CONTRACTS` and `METALAYER_SOLIDITY` name other
//! directories.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use alloy::primitives::{Bytes, hex};

/// The Hyperlane package, as scripts/setup unpacks it. messaging.md 8.1
const HYPERLANE: &str = "hyperlane-core@9.0.10/dist/typechain/factories";
/// The OpenZeppelin package, as scripts/setup unpacks it.
const OPENZEPPELIN: &str = "openzeppelin-contracts@4.9.6/build/contracts";

/// Why an artifact cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// The file is not there, or not readable.
    #[error("{}: {source}; {hint}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
        /// What makes it.
        hint: &'static str,
    },
    /// The file has no creation code where its format keeps it, or code with unlinked libraries.
    #[error("{}: no creation code found", path.display())]
    NoCode {
        /// Which file.
        path: PathBuf,
    },
}

/// A Stylus program, ready to be deployed.
#[derive(Clone, Debug)]
pub struct Program {
    /// Name of its crate.
    pub name: String,
    /// What its account will hold: `EFF00000` and the compressed WASM. stylus-vm.md 1.1
    pub code: Bytes,
}

/// Where the artifacts are.
#[derive(Clone, Debug)]
pub struct Artifacts {
    npm: PathBuf,
    contracts: PathBuf,
    solidity: PathBuf,
}

impl Artifacts {
    /// The directories of this checkout, or those that the environment names.
    pub fn locate() -> Self {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
        let directory = |variable: &str, default: &str| match env::var_os(variable) {
            Some(path) if !path.is_empty() => PathBuf::from(path),
            _ => target.join(default),
        };
        Self {
            npm: directory("METALAYER_NPM", "npm"),
            contracts: directory("METALAYER_CONTRACTS", "contracts"),
            solidity: directory("METALAYER_SOLIDITY", "solidity"),
        }
    }

    /// Does the environment name another directory for our programs than the one that a build writes?
    pub fn are_elsewhere() -> bool {
        env::var_os("METALAYER_CONTRACTS").is_some_and(|path| !path.is_empty())
    }

    /// Creation code of a Hyperlane contract.
    ///
    /// - `factory`: path of its typechain factory, such as `contracts/Mailbox`.
    pub fn hyperlane(&self, factory: &str) -> Result<Vec<u8>, ArtifactError> {
        let path = self.npm.join(HYPERLANE).join(format!("{factory}__factory.js"));
        let source = read(&path, "scripts/setup fetches it")?;
        let source = String::from_utf8_lossy(&source);
        bytecode_in_factory(&source).ok_or(ArtifactError::NoCode { path })
    }

    /// Creation code of an OpenZeppelin contract, by its name.
    pub fn openzeppelin(&self, name: &str) -> Result<Vec<u8>, ArtifactError> {
        let path = self.npm.join(OPENZEPPELIN).join(format!("{name}.json"));
        creation_code(path, "scripts/setup fetches it")
    }

    /// Creation code of a Solidity application of `tests/solidity`, by its name.
    pub fn solidity(&self, name: &str) -> Result<Vec<u8>, ArtifactError> {
        let path = self.solidity.join(format!("{name}.json"));
        creation_code(path, "scripts/setup, then `node tests/mocks/compile.js` compiles it")
    }

    /// One of our programs, by the name of its crate.
    pub fn program(&self, name: &str) -> Result<Program, ArtifactError> {
        let path = self.contracts.join(format!("{name}.code"));
        let code = read(&path, "`cargo run -p wasm` builds it")?;
        if code.is_empty() {
            return Err(ArtifactError::NoCode { path });
        }
        Ok(Program { name: name.to_owned(), code: code.into() })
    }

    /// Name and number of the compiler that made our programs, such as `rustc 1.95.0`.
    pub fn compiler(&self) -> Result<String, ArtifactError> {
        let text = read(&self.contracts.join("compiler.txt"), "`cargo run -p wasm` writes it")?;
        Ok(String::from_utf8_lossy(&text).trim().to_owned())
    }
}

fn read(path: &Path, hint: &'static str) -> Result<Vec<u8>, ArtifactError> {
    fs::read(path).map_err(|source| ArtifactError::Unreadable {
        path: path.to_owned(),
        source,
        hint,
    })
}

/// A JSON artifact keeps its creation code in `bytecode`, in hex.
fn creation_code(path: PathBuf, hint: &'static str) -> Result<Vec<u8>, ArtifactError> {
    #[derive(serde::Deserialize)]
    struct Artifact {
        bytecode: String,
    }
    let json = read(&path, hint)?;
    let artifact: Option<Artifact> = serde_json::from_slice(&json).ok();
    artifact.and_then(|artifact| code(&artifact.bytecode)).ok_or(ArtifactError::NoCode { path })
}

/// A typechain factory is a script with the line `const _bytecode = "0x…";`. messaging.md 8.1
fn bytecode_in_factory(source: &str) -> Option<Vec<u8>> {
    let (_, rest) = source.split_once("const _bytecode = \"")?;
    code(rest.split_once('"')?.0)
}

/// Creation code in hex; `None` if empty or with a placeholder of an unlinked library.
fn code(text: &str) -> Option<Vec<u8>> {
    hex::decode(text.strip_prefix("0x")?).ok().filter(|code| !code.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytecode_is_found_in_a_factory_without_running_it() {
        let source = "const _abi = [\n];\nconst _bytecode = \"0x6001\";\nexport class X {}";
        assert_eq!(bytecode_in_factory(source), Some(vec![0x60, 0x01]));
    }

    #[test]
    fn a_factory_with_an_unlinked_library_gives_no_code() {
        let source = "const _bytecode = \"0x60__$deadbeef$__00\";";
        assert_eq!(bytecode_in_factory(source), None);
        assert_eq!(bytecode_in_factory("const _abi = [];"), None);
    }
}
