//! Prints the Portal's Solidity interface or constructor.

use std::process::ExitCode;

fn main() -> ExitCode {
    let constructor =
        "constructor(bytes vaultInitCode, bytes executorInitCode, address nativeErc20)";
    support::export::print(env!("CARGO_MANIFEST_DIR"), "Portal", constructor)
}
