//! `gas.txt` and `programs.txt`: what the story's steps and the programs themselves cost, compared to the unit.
//!
//! Another compiler makes other programs, which cost other gas: then the figures must only be near.

use std::fmt::Write;
use std::path::PathBuf;

use metalayer::artifacts::Artifacts;

use crate::artifacts;

/// A step's name, and its gas with the programs outside and inside the chain's program cache.
pub struct Row {
    /// What the transaction does.
    pub step: &'static str,
    /// Every program it calls is initialised from its stored form.
    pub uncached: u64,
    /// Every program of ours is in the cache.
    pub cached: u64,
}

const FILE: &str = "tests/e2e/tests/gas.txt";
const PROGRAMS_FILE: &str = "tests/e2e/tests/programs.txt";

/// How the heading of `programs.txt` starts.
pub const PROGRAM: &str = "program";

/// How far another compiler's programs may be from the committed figures, percent.
const NEAR: u64 = 20;

/// Set to rewrite the file instead of comparing with it.
const REWRITE: &str = "REWRITE_GAS";

/// Where the wasm tool puts the programs.
fn built() -> PathBuf {
    std::env::var_os("METALAYER_CONTRACTS")
        .map_or_else(|| artifacts::root("target/contracts"), PathBuf::from)
}

/// The compiler of the programs, as the wasm tool says.
fn compiler() -> String {
    Artifacts::locate().compiler().unwrap_or_else(|error| panic!("{error}"))
}

/// Whether committed figures are to be rewritten instead of compared with.
pub fn rewrites() -> bool {
    std::env::var_os(REWRITE).is_some()
}

/// The programs that `programs.txt` names, in order; those that are built, when it is rewritten.
pub fn programs() -> Vec<String> {
    if rewrites() {
        let files = std::fs::read_dir(built()).expect("`cargo run -p wasm` builds the programs");
        let names = files.filter_map(|file| {
            Some(file.ok()?.file_name().to_str()?.strip_suffix(".code")?.to_owned())
        });
        let mut names: Vec<_> = names.collect();
        names.sort();
        return names;
    }
    let committed = std::fs::read_to_string(artifacts::root(PROGRAMS_FILE)).unwrap_or_default();
    let rows = committed.lines().skip_while(|line| !line.starts_with(PROGRAM)).skip(1);
    rows.filter_map(|row| row.split_whitespace().next().map(str::to_owned)).collect()
}

/// Compares what each program costs with the committed figures, or rewrites them if `REWRITE_GAS` is set. The figures of
/// another compiler's programs are not compared.
/// - `rows`: the table's heading, which starts with [`PROGRAM`], and a line for each of [`programs`].
pub fn compare_programs(rows: &str) {
    let compiler = compiler();
    let table = format!(
        "Bytes, gas and wei of each program at ArbOS 51 (stylus-vm.md 2.1-2.5); the data fee is that of a fresh chain.\n\
         activation: gas of activateProgram; initGas, cachedInitGas: of a start, beside 8,832 and 352.\n\
         Regenerate: REWRITE_GAS=1 cargo test -p e2e our_programs_cost\n\
         compiler: {compiler}\n\n{rows}"
    );
    let path = artifacts::root(PROGRAMS_FILE);
    if rewrites() {
        std::fs::write(&path, &table).unwrap_or_else(|error| panic!("{PROGRAMS_FILE}: {error}"));
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed.contains(PROGRAM), "{PROGRAMS_FILE} is missing.\nmeasured:\n{table}");
    let other_compiler =
        committed.contains("compiler: ") && !committed.contains(&format!("compiler: {compiler}\n"));
    assert!(
        committed == table || other_compiler,
        "{PROGRAMS_FILE} is stale.\ncommitted:\n{committed}\nmeasured:\n{table}"
    );
}

/// Compares with the committed figures, or rewrites them if `REWRITE_GAS` is set.
pub fn compare(rows: &[Row]) {
    let compiler = compiler();
    let mut table = format!(
        "Gas of each transaction of solver_is_paid_after_fulfilling, on the embedded chain (ArbOS 51, L1 price 0).\n\
         uncached: programs are initialised at every call; cached: after ArbWasmCache.cacheProgram for each of ours.\n\
         Regenerate: REWRITE_GAS=1 cargo test -p e2e solver_is_paid\n\
         compiler: {compiler}\n\n",
    );
    writeln!(table, "{:<58}{:>10}{:>10}", "step", "uncached", "cached").expect("a string grows");
    for Row { step, uncached, cached } in rows {
        writeln!(table, "{step:<58}{uncached:>10}{cached:>10}").expect("a string grows");
    }
    let path = artifacts::root(FILE);
    if rewrites() {
        std::fs::write(&path, &table).unwrap_or_else(|error| panic!("{FILE}: {error}"));
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    if committed.contains(&format!("compiler: {compiler}\n")) {
        assert!(
            committed == table,
            "{FILE} is stale.\ncommitted:\n{committed}\nmeasured:\n{table}"
        );
        return;
    }
    for Row { step, uncached, cached } in rows {
        let line = committed.lines().find(|line| line.starts_with(step));
        let line = line.unwrap_or_else(|| panic!("{FILE} does not name the step: {step}"));
        let mut figures = line.split_whitespace().rev().filter_map(|word| word.parse::<u64>().ok());
        for measured in [cached, uncached] {
            let expected = figures.next().unwrap_or_default();
            let near = measured.abs_diff(expected) * 100 <= expected * NEAR;
            assert!(near, "{step}: {measured} gas, more than {NEAR} % from {expected}");
        }
    }
}
