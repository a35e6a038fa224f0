//! What `cargo stylus export-abi` and `cargo stylus constructor` print.

use std::process::ExitCode;

fn main() -> ExitCode {
    let constructor = "constructor(address mailbox, address owner, address igp, address ism)";
    support::export::print(env!("CARGO_MANIFEST_DIR"), "MetalayerRouter", constructor)
}
