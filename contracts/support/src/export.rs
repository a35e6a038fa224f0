//! What a contract's `main.rs` prints for `cargo stylus export-abi` and `cargo stylus constructor`.
//!
//! Our routers are written by hand, so there is no generated ABI to print; the interfaces in `interfaces/abi` are
//! generated from the same Rust definitions that the routers dispatch on.
//! Spec: stylus-vm.md §11.6.

use std::{path::Path, process::ExitCode};

/// Prints the Solidity interface of a contract, or its constructor, as the first argument asks.
///
/// - `manifest_dir`: directory of the contract's crate.
/// - `contract`: name of the file in `interfaces/abi`, without its ending.
/// - `constructor`: the constructor's signature; empty when there is none.
pub fn print(manifest_dir: &str, contract: &str, constructor: &str) -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("constructor") => println!("{constructor}"),
        None | Some("abi") => {
            let file = Path::new(manifest_dir).join("../../interfaces/abi").join(contract);
            let file = file.with_extension("sol");
            match std::fs::read_to_string(&file) {
                Ok(text) => print!("{text}"),
                Err(error) => {
                    eprintln!("{}: {error}", file.display());
                    return ExitCode::FAILURE;
                }
            }
        }
        Some(other) => {
            eprintln!("unknown argument {other}; expected abi or constructor");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
