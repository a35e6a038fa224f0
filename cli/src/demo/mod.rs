//! The demo: one intent settled across two chains, a message with reads that is confirmed, and what must be refused,
//! refused.
//!
//! In the order of the story: `network` deploys and wires, `settlement` goes the whole road of one intent (`ledger`
//! holds its balances to account), `messages` has an application ask and be answered (`courier`), `refusals` tries what
//! must fail. `carrying` brings messages from one chain to the other.

mod carrying;
mod courier;
mod ledger;
mod messages;
mod network;
mod refusals;
mod settlement;
mod token;

use std::error::Error;
use std::time::Duration;

use alloy::primitives::U256;

use crate::artifacts::Artifacts;
use crate::metalayer::Programs;
use crate::modules::ModulePrograms;
use crate::nodes::Nodes;
use crate::report::{Failure, Report};
use crate::revert::Revert;

/// How to run the demo.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// One JSON object on stdout instead of tables.
    pub json: bool,
    /// Leave the chains running until Ctrl-C.
    pub keep: bool,
}

/// A step of the demo that did not do what it should.
#[derive(Debug, thiserror::Error)]
#[error("{step}: {cause}")]
pub struct DemoError {
    /// Which step.
    pub step: String,
    /// Why, decoded.
    pub cause: Box<dyn Error + Send + Sync>,
}

/// Names the step in which an error happened.
trait During<T> {
    fn during(self, step: &str) -> Result<T, DemoError>;
}

impl<T, E: Into<Box<dyn Error + Send + Sync>>> During<T> for Result<T, E> {
    fn during(self, step: &str) -> Result<T, DemoError> {
        self.map_err(|cause| DemoError { step: step.to_owned(), cause: cause.into() })
    }
}

/// The fact must be so, or the demo ends here.
fn expect<T: PartialEq + std::fmt::Debug>(
    step: &str,
    expected: T,
    actual: T,
) -> Result<(), DemoError> {
    if expected == actual {
        return Ok(());
    }
    Err(format!("expected {expected:?}, found {actual:?}")).during(step)
}

/// The refusal must be the one that was meant, or the demo ends here.
fn expect_refusal(step: &str, expected: bool, revert: &Revert) -> Result<(), DemoError> {
    if expected {
        return Ok(());
    }
    Err(format!("refused for another reason than expected: {revert}")).during(step)
}

/// Thousandths of a token of 18 decimals.
fn milli(amount: u64) -> U256 {
    U256::from(amount) * U256::from(10_u64.pow(15))
}

/// Runs the demo and prints its report, also when it fails.
pub async fn run(options: Options) -> Result<(), DemoError> {
    let report = Report::new(options.json);
    let outcome = tell(&report).await;
    let failure = outcome.as_ref().err();
    report.finish(
        failure.map(|error| Failure { step: error.step.clone(), error: error.cause.to_string() }),
    );
    if !options.keep {
        // Never created if the demo stopped early.
        let _ = std::fs::remove_dir_all(carrying::storage());
    }
    let nodes = outcome?;
    if options.keep {
        let [a, b] = nodes.urls();
        // stdout is the machine's; this is for the person who keeps the chains.
        eprintln!("chains A and B stay up until Ctrl-C: {a} {b}");
        tokio::signal::ctrl_c().await.during("wait for Ctrl-C")?;
    }
    Ok(())
}

async fn tell(report: &Report) -> Result<Nodes, DemoError> {
    let artifacts = Artifacts::locate();
    let programs = Programs::load(&artifacts).during("load the programs")?;
    let modules = ModulePrograms::load(&artifacts).during("load the programs")?;
    let application = artifacts.solidity("Courier").during("load the application")?;
    report.programs(programs.all().into_iter().chain(modules.all()));

    let nodes = Nodes::start().await.during("start two chains")?;
    let network =
        network::build(&nodes, &artifacts, &programs, &modules, &application, report).await?;
    let settled = settlement::run(&network, report).await?;
    messages::run(&network, settled.intent_hash, report).await?;
    refusals::run(&network, &nodes, &settled, report).await?;
    Ok(nodes)
}

/// Between two looks at the clock of a chain that we cannot set.
const CLOCK_POLL: Duration = Duration::from_millis(500);
