//! `contracts/sizes.txt`: what each contract weighs, committed, so that a change shows in the review.

use std::fmt;

use crate::artifact::{Artifact, CODE_LIMIT};

/// The committed file does not say what was built.
#[derive(Debug, thiserror::Error)]
#[error("contracts/sizes.txt is stale; run `cargo run -p wasm` and commit it. Built now:\n\n{0}")]
pub struct StaleSizes(String);

/// The table, line by line.
pub struct Sizes {
    compiler: String,
    lines: Vec<String>,
}

impl Sizes {
    /// What the columns are.
    pub const HEADING: &str = "# contract          deployed     wasm functions   data";

    /// An empty table.
    /// - `compiler`: name and number of the compiler that builds the contracts.
    pub fn new(compiler: &str) -> Self {
        Self { compiler: compiler.to_owned(), lines: Vec::new() }
    }

    /// Adds a contract and returns its line.
    pub fn add(&mut self, name: &str, artifact: &Artifact) -> &str {
        self.lines.push(format!(
            "{name:<18} {:>8} {:>8} {:>9} {:>6}",
            artifact.code.len(),
            artifact.wasm.len(),
            artifact.functions,
            artifact.data_bytes,
        ));
        self.lines.last().map_or("", String::as_str)
    }

    /// Compares with the committed file.
    ///
    /// Another compiler makes other bytes, so sizes are compared only when the file names this one; the limit on
    /// deployed code has been checked for every contract either way.
    /// - `committed`: content of `contracts/sizes.txt`.
    /// # Errors
    /// `StaleSizes`.
    pub fn check(&self, committed: &str) -> Result<(), StaleSizes> {
        let same_compiler = committed.contains(&format!("compiler: {}\n", self.compiler));
        if same_compiler && committed != self.to_string() {
            return Err(StaleSizes(self.to_string()));
        }
        if !same_compiler {
            println!(
                "contracts/sizes.txt was made by another compiler than {}: sizes not compared",
                self.compiler
            );
        }
        Ok(())
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# Bytes of every contract; `cargo run -p wasm` rewrites this file.")?;
        writeln!(f, "# deployed: prefix and compressed module, at most {CODE_LIMIT}")?;
        writeln!(f, "# compiler: {}", self.compiler)?;
        writeln!(f, "{}", Self::HEADING)?;
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(compiler: &str, wasm: usize) -> Sizes {
        let mut sizes = Sizes::new(compiler);
        let artifact =
            Artifact { wasm: vec![0; wasm], code: vec![0; 10], functions: 1, data_bytes: 0 };
        sizes.add("portal", &artifact);
        sizes
    }

    #[test]
    fn a_changed_size_is_stale() {
        let committed = sizes("rustc 1.95.0", 20).to_string();
        assert!(sizes("rustc 1.95.0", 20).check(&committed).is_ok());
        assert!(sizes("rustc 1.95.0", 21).check(&committed).is_err());
    }

    #[test]
    fn another_compilers_sizes_are_not_compared() {
        let committed = sizes("rustc 1.95.0", 20).to_string();
        assert!(sizes("rustc 1.96.0", 21).check(&committed).is_ok());
    }
}
