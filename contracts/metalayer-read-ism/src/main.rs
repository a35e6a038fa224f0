//! What `cargo stylus export-abi` and `cargo stylus constructor` print.

use std::process::ExitCode;

fn main() -> ExitCode {
    let constructor = "constructor(address mailbox, address owner, address router, \
                       address[] attestors, uint8 threshold, string[] urls)";
    support::export::print(env!("CARGO_MANIFEST_DIR"), "MetalayerReadIsm", constructor)
}
