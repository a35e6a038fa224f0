//! Prints the IntentSource's Solidity interface or constructor.

use std::process::ExitCode;

fn main() -> ExitCode {
    let constructor = "constructor(bytes vaultInitCode, address nativeErc20)";
    support::export::print(env!("CARGO_MANIFEST_DIR"), "IntentSource", constructor)
}
