//! From a contract crate to what is deployed: build alone, strip, check, compress, measure.
//! Spec: stylus-vm.md §1.1, §1.2, §2.7, §11.

mod artifact;
mod build;
mod sizes;

pub use artifact::{Artifact, BadModule, CODE_LIMIT, WASM_LIMIT};
pub use build::{BuildError, Toolchain, build, contracts};
pub use sizes::{Sizes, StaleSizes};
