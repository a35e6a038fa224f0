//! `gas.txt`: gas of every step of the story, committed beside it and compared to the unit.

use std::fmt::Write;

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

/// Set to rewrite the file instead of comparing with it.
const REWRITE: &str = "REWRITE_GAS";

/// Compares with the committed figures, or rewrites them if `REWRITE_GAS` is set.
pub fn compare(rows: &[Row]) {
    let mut table = String::from(
        "Gas of each transaction of solver_is_paid_after_fulfilling, on the embedded chain (ArbOS 51, L1 price 0).\n\
         uncached: programs are initialised at every call; cached: after ArbWasmCache.cacheProgram for each of ours.\n\
         Regenerate: REWRITE_GAS=1 cargo test -p e2e solver_is_paid\n\n",
    );
    writeln!(table, "{:<58}{:>10}{:>10}", "step", "uncached", "cached").expect("a string grows");
    for Row { step, uncached, cached } in rows {
        writeln!(table, "{step:<58}{uncached:>10}{cached:>10}").expect("a string grows");
    }
    let path = artifacts::root(FILE);
    if std::env::var_os(REWRITE).is_some() {
        std::fs::write(&path, &table).unwrap_or_else(|error| panic!("{FILE}: {error}"));
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == table, "{FILE} is stale.\ncommitted:\n{committed}\nmeasured:\n{table}");
}
