//! What `cargo stylus export-abi` and `cargo stylus constructor` print.

use std::process::ExitCode;

fn main() -> ExitCode {
    let constructor =
        "constructor(address router, address portal, bytes32[] provers, uint256 minGasLimit)";
    support::export::print(env!("CARGO_MANIFEST_DIR"), "MetaProver", constructor)
}
