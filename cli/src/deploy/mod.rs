//! `metalayer deploy`: the contracts of a network on its chains, from one file.
//! Spec: messaging.md §8.3, intents.md §5.2, stylus-vm.md §2, §8.8.
//!
//! `config` reads the file; `plan` makes every transaction of it, each with the facts by which it is seen to be done.
//! `run` sends those that are not done, after `checks` has looked at the chain, and reads everything back; `cache` puts
//! programs into the chain's cache. `record` is `deployments/<chain>.json`, `history` what is known for it. Here: the
//! command.
//!
//! # Running it again
//! What is done is read from the chain, so a run goes on where another one stopped, whatever that one wrote down. A
//! contract cannot be deployed twice: its address is known and can be taken once ([`crate::launcher`]). Nothing is sent
//! while a transaction of the deployer is on its way, so what was sent and not recorded is seen before anything else.

mod cache;
mod checks;
mod config;
mod error;
mod history;
mod plan;
mod record;
mod run;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alloy::primitives::utils::format_ether;
use alloy::primitives::{Address, U256};
use clap::Args;

use crate::artifacts::Artifacts;
use crate::chain::Sent;

pub use cache::{Caching, Way};
pub use config::{
    ChainConfig, Config, ConfigError, GasPrice, Hyperlane, HyperlaneThere, KeyError, KeySource,
    Located, Problem,
};
pub use error::{DeployError, StepError};
pub use plan::{Addresses, Code, Contract, Placed, Plan, PlanError, Step};
pub use record::{ContractRecord, Record, RecordError};
pub use run::{Outcome, deploy, left};

/// What to deploy.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// TOML file with chains, owners, validators and the rest; cli/deploy.example.toml explains every key.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Print every transaction that is left to be sent, and send none.
    #[arg(long)]
    dry_run: bool,
    /// Directory of the files that say what is where, one for each chain.
    #[arg(long, value_name = "DIRECTORY", default_value = "deployments")]
    out: PathBuf,
    /// Take the programs as they were built before.
    #[arg(long)]
    no_build: bool,
}

/// Runs the command: results go to stdout, progress to stderr.
pub async fn run(options: Options) -> Result<(), DeployError> {
    let config = Config::load(&options.config)?;
    let key = config.deployer.read().map_err(ConfigError::Key)?;
    let artifacts = Artifacts::locate();
    if !options.no_build && !Artifacts::are_elsewhere() {
        tokio::task::spawn_blocking(build).await??;
    }
    let code = Code::load(&artifacts)?;
    let deployer = key.address();
    if options.dry_run {
        for (chain, left) in left(&config, deployer, &code, &options.out).await? {
            say(&shown_left(&chain, deployer, &left));
        }
        return Ok(());
    }
    for outcome in deploy(&config, &key, &code, &options.out, Arc::new(tell)).await? {
        say(&shown_outcome(&outcome));
    }
    Ok(())
}

fn build() -> Result<(), wasm::BuildError> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let toolchain = wasm::Toolchain::find(&root)?;
    for name in wasm::contracts(&root)? {
        eprintln!("building {name}");
        wasm::build(&root, &toolchain, &name)?;
    }
    Ok(())
}

fn tell(sent: &Sent) {
    eprintln!("{:<12} {:<58} {} {:>9} gas", sent.chain, sent.what, sent.transaction, sent.gas_used);
}

fn shown_left(chain: &str, deployer: Address, left: &[Step]) -> String {
    let mut lines = vec![format!("{chain}: {} transactions, all by {deployer}", left.len())];
    for (place, step) in left.iter().enumerate() {
        let to = step.tx.to().map_or("a new contract".to_owned(), |to| to.to_string());
        let value = ether(step.tx.brings());
        lines.push(format!("{:>4}  {}", place + 1, step.purpose));
        lines.push(format!("      to {to}, {value} ETH, {}", step.call));
    }
    let gas: u64 = left.iter().map(|step| step.gas).sum();
    lines.push(format!("      at most {gas} gas in all, data for a parent chain aside"));
    lines.join("\n")
}

/// Without the zeros that say nothing.
fn ether(wei: U256) -> String {
    let text = format_ether(wei);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn shown_outcome(outcome: &Outcome) -> String {
    let Outcome { record, path, sent, facts, not_cached, to_accept } = outcome;
    let chain = &record.chain;
    let mut lines = vec![match sent {
        0 => format!("{chain}: complete before, nothing was sent; {facts} facts read back"),
        sent => format!("{chain}: complete, {sent} transactions sent; {facts} facts read back"),
    }];
    for (name, contract) in &record.contracts {
        lines.push(format!("    {name:<28} {}", contract.address));
    }
    lines.extend(not_cached.iter().map(|reason| format!("    not cached: {reason}")));
    if !to_accept.is_empty() {
        lines.push(format!("    left for {}: to call acceptOwnership() of", record.owner));
    }
    for (name, contract) in to_accept {
        lines.push(format!("        {name:<24} {contract}"));
    }
    lines.push(format!("    {}", path.display()));
    lines.join("\n")
}

/// To stdout. Whoever closes it early, such as `head`, has read enough.
fn say(text: &str) {
    let _closed = writeln!(std::io::stdout(), "{text}");
}
