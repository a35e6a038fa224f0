//! `metalayer bench`: how fast the devnode is, beside anvil on the same machine in the same minutes.
//!
//! Both run as processes of their own and are asked over HTTP by the same client. They take turns, round after round,
//! so that what else the machine does hits both; a ratio is the median of the rounds' ratios. Nothing is asserted.
//! - `client`: a connection; `process`: the two nodes; `wallet`: signed transactions; `evm`: what both can do;
//!   `stylus`: what anvil cannot.
//! - [`gas`]: `metalayer bench gas`, which is about our contracts instead: what they cost.

mod client;
mod evm;
pub mod gas;
mod process;
mod stylus;
mod wallet;

use std::io;

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::artifacts::{ArtifactError, Artifacts};

/// Why there are no figures.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A node does not start, or a connection broke.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        source: io::Error,
    },
    /// A node answered with something else than it was asked for.
    #[error("{node}: {what}: {answer}")]
    Answer {
        /// Which node.
        node: &'static str,
        /// What it was asked.
        what: String,
        /// What it said.
        answer: String,
    },
    /// Something to deploy is missing.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// anvil cannot be fetched.
    #[error("anvil: {0}")]
    Anvil(String),
    /// The measurement panicked.
    #[error(transparent)]
    Panicked(#[from] tokio::task::JoinError),
    /// There is no ledger of gas, or a stale one.
    #[error(transparent)]
    Gas(Box<gas::GasError>),
}

impl From<gas::GasError> for BenchError {
    fn from(error: gas::GasError) -> Self {
        Self::Gas(Box::new(error))
    }
}

impl BenchError {
    fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        |source| Self::Io { what: what.into(), source }
    }
}

/// What to measure.
#[derive(Args, Clone, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Options {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    speed: Speed,
}

#[derive(Subcommand, Clone, Debug)]
enum What {
    /// Measure the gas of our contracts instead, beside that of their Solidity peers.
    ///
    /// Prints the ledger and rewrites contracts/gas.txt. Needs `cargo run -p wasm` and scripts/setup before.
    Gas(gas::Options),
}

/// How long to measure the devnode, and beside what.
#[derive(Args, Clone, Debug)]
struct Speed {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// Rounds; the two nodes take turns in each.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Requests of each kind a round.
    #[arg(long, default_value_t = 500)]
    requests: usize,
    /// Measure the devnode alone; nothing is fetched.
    #[arg(long)]
    no_anvil: bool,
    /// Leave Stylus out; then no program of ours has to be built.
    #[arg(long)]
    evm_only: bool,
}

/// One kind of request, on both nodes.
#[derive(Clone, Debug, Serialize)]
struct Row {
    what: &'static str,
    /// A second: median of the rounds.
    ours: f64,
    anvil: Option<f64>,
    /// Ours to anvil's: median of the rounds' ratios, and the least and the greatest.
    ratio: Option<[f64; 3]>,
    /// Microseconds of processor time that a request takes the node: median of the rounds.
    ours_cpu_us: Option<f64>,
    anvil_cpu_us: Option<f64>,
}

/// Everything that was measured.
#[derive(Clone, Debug, Serialize)]
struct Report {
    rounds: usize,
    requests: usize,
    start: Vec<process::Started>,
    rows: Vec<Row>,
    stylus: Vec<stylus::Figure>,
}

/// Measures and prints.
/// # Errors
/// [`BenchError`]
pub async fn run(options: Options) -> Result<(), BenchError> {
    match options.what {
        Some(What::Gas(options)) => gas::run(options).await?,
        // It waits for answers one after the other, and has nothing else to do meanwhile.
        None => tokio::task::spawn_blocking(move || speed(&options.speed)).await??,
    }
    Ok(())
}

fn speed(options: &Speed) -> Result<(), BenchError> {
    let artifacts = Artifacts::locate();
    let programs = match options.evm_only {
        true => Vec::new(),
        false => stylus::programs(&artifacts)?,
    };
    let rounds = options.rounds.max(1);
    let ours = process::Process::devnode(&[])?;
    let anvil = match options.no_anvil {
        true => None,
        false => Some(process::Process::anvil()?),
    };
    let start = [Some(&ours), anvil.as_ref()].into_iter().flatten();
    let start = start.map(process::Process::started).collect();
    let rows = evm::measure(&ours, anvil.as_ref(), &artifacts, rounds, options.requests)?;
    drop((ours, anvil));
    let stylus = match programs.split_last() {
        Some((prover, _)) => stylus::measure(&programs, prover, rounds, options.requests)?,
        None => Vec::new(),
    };
    let report = Report { rounds, requests: options.requests, start, rows, stylus };
    match options.json {
        true => println!("{}", serde_json::json!(report)),
        false => print(&report),
    }
    Ok(())
}

fn print(report: &Report) {
    println!(
        "{} rounds of {} requests of each kind, the nodes taking turns; medians. Other work on the machine lowers the\n\
         figures of both: compare ratios.\n",
        report.rounds, report.requests
    );
    println!("{:<44} {:>12} {:>14}", "start", "first answer", "resident, idle");
    for started in &report.start {
        println!(
            "{:<44} {:>9.0} ms {:>11.1} MB",
            started.node, started.first_answer_ms, started.resident_mb
        );
    }
    println!(
        "\n{:<44} {:>9} {:>9} {:>6} {:>13} {:>9} {:>9}",
        "a second", "devnode", "anvil", "ratio", "least, most", "devnode", "anvil"
    );
    for row in &report.rows {
        let number =
            |value: Option<f64>| value.map(|value| format!("{value:.0}")).unwrap_or_default();
        let cpu = |value: Option<f64>| value.map(|us| format!("{us:.0} µs")).unwrap_or_default();
        let (ratio, range) = match row.ratio {
            Some([ratio, least, most]) => (format!("{ratio:.2}"), format!("{least:.2}, {most:.2}")),
            None => Default::default(),
        };
        println!(
            "{:<44} {:>9.0} {:>9} {:>6} {:>13} {:>9} {:>9}",
            row.what,
            row.ours,
            number(row.anvil),
            ratio,
            range,
            cpu(row.ours_cpu_us),
            cpu(row.anvil_cpu_us)
        );
    }
    if !report.stylus.is_empty() {
        println!("\n{:<44} {:>12}", "Stylus, devnode alone", "median");
    }
    for figure in &report.stylus {
        println!("{:<44} {:>12}", figure.what, format!("{:.1} {}", figure.value, figure.unit));
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() % 2 {
        _ if values.is_empty() => 0.0,
        1 => values[middle],
        _ => (values[middle - 1] + values[middle]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median(Vec::new()), 0.0);
    }
}
