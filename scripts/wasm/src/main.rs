//! `cargo run -p wasm [-- --check] [CONTRACT…]`: builds the contracts and keeps `contracts/sizes.txt`.

use std::path::Path;
use std::process::ExitCode;

use wasm::{Sizes, Toolchain};

const HELP: &str = "\
Builds every contract to WASM and rewrites contracts/sizes.txt.

usage: cargo run -p wasm -- [--check] [CONTRACT…]

  --check   do not write contracts/sizes.txt; fail when it is stale
  CONTRACT  only these crates (contracts/sizes.txt is left alone)

Writes target/contracts/<crate>.wasm (stripped), <crate>.code (what is deployed) and compiler.txt.";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wasm: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut check = false;
    let mut only = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--check" => check = true,
            "--help" | "-h" => {
                println!("{HELP}");
                return Ok(());
            }
            flag if flag.starts_with('-') => {
                return Err(format!("unknown flag {flag}; --help explains").into());
            }
            name => only.push(name.to_owned()),
        }
    }

    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let all = wasm::contracts(&root)?;
    if let Some(stranger) = only.iter().find(|name| !all.contains(name)) {
        return Err(format!("no contract named {stranger}; there are {}", all.join(", ")).into());
    }
    let toolchain = Toolchain::find(&root)?;
    let chosen = if only.is_empty() { &all } else { &only };
    let mut sizes = Sizes::new(toolchain.version());
    println!("{}", Sizes::HEADING);
    for name in chosen {
        let artifact = wasm::build(&root, &toolchain, name)?;
        println!("{}", sizes.add(name, &artifact));
    }
    std::fs::write(root.join("target/contracts/compiler.txt"), toolchain.version())?;
    if !only.is_empty() {
        return Ok(());
    }
    let path = root.join("contracts/sizes.txt");
    if check {
        sizes.check(&std::fs::read_to_string(&path)?)?;
    } else {
        std::fs::write(&path, sizes.to_string())?;
    }
    Ok(())
}
