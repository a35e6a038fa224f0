//! Prints the Vault's Solidity interface.

use std::process::ExitCode;

fn main() -> ExitCode {
    support::export::print(env!("CARGO_MANIFEST_DIR"), "Vault", "")
}
