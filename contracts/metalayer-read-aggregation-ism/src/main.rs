//! What `cargo stylus export-abi` and `cargo stylus constructor` print.

use std::process::ExitCode;

fn main() -> ExitCode {
    support::export::print(
        env!("CARGO_MANIFEST_DIR"),
        "MetalayerReadAggregationIsm",
        "constructor(address metalayerIsm, address readIsm)",
    )
}
