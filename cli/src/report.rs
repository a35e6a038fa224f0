//! What a run shows: a line as each thing happens, tables at the end, or one JSON object.

use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use alloy::primitives::utils::format_ether;
use alloy::primitives::{Address, B256, U256};
use serde::{Serialize, Serializer};

use crate::artifacts::Program;
use crate::chain::{Observer, Sent};
use crate::deployment::CODE_LIMIT;

/// Everything a run has to tell. Amounts are decimal strings of the smallest unit.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Did everything happen as it should?
    pub ok: bool,
    /// The chains.
    pub chains: Vec<ChainRecord>,
    /// The programs that were deployed.
    pub programs: Vec<ProgramRecord>,
    /// Every transaction, in order.
    pub steps: Vec<Step>,
    /// Balances before and after.
    pub balances: Vec<Balance>,
    /// Seconds from start to end.
    pub seconds: f64,
    /// What went wrong.
    pub failure: Option<Failure>,
}

/// A chain and what was deployed on it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChainRecord {
    /// Its name in this run.
    pub name: String,
    /// EVM chain id.
    pub chain_id: u64,
    /// Metalayer domain.
    pub domain: u32,
    /// JSON-RPC endpoint.
    pub rpc_url: String,
    /// Addresses by name, in the order of reading.
    #[serde(serialize_with = "as_map")]
    pub contracts: Vec<(&'static str, Address)>,
}

/// A program and its size.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProgramRecord {
    /// Name of the crate.
    pub name: String,
    /// Bytes of code, prefix included: what the limit counts.
    pub compressed_bytes: usize,
}

/// A transaction.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Which part of the run it belongs to.
    pub part: String,
    /// What it was for.
    pub step: String,
    /// Name of the chain.
    pub chain: String,
    /// Its hash.
    pub transaction: B256,
    /// Gas it used.
    pub gas_used: u64,
    /// `ok`, what was created, or why it was refused.
    pub outcome: String,
    /// Was it refused, as it should be?
    pub refused: bool,
}

/// A balance over the run.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Balance {
    /// Whose.
    pub account: String,
    /// Name of the chain.
    pub chain: String,
    /// Which token, or the native one.
    pub asset: String,
    /// Before the intent.
    pub before: String,
    /// While the reward lay in escrow.
    pub escrowed: String,
    /// After the solver was paid.
    pub after: String,
}

/// Where and why a run stopped.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The step.
    pub step: String,
    /// The decoded error.
    pub error: String,
}

/// Collects the record of a run and prints it as it grows. Clones share it.
#[derive(Clone, Debug)]
pub struct Report {
    json: bool,
    started: Instant,
    part: Arc<Mutex<String>>,
    record: Arc<Mutex<Record>>,
}

impl Report {
    /// Starts the clock.
    ///
    /// - `json`: lines go to stderr, and stdout gets one JSON object at the end.
    pub fn new(json: bool) -> Self {
        Self { json, started: Instant::now(), part: Arc::default(), record: Arc::default() }
    }

    /// Hears of every transaction of a chain.
    pub fn observer(&self) -> Observer {
        let report = self.clone();
        Arc::new(move |sent| report.sent(sent))
    }

    /// Begins a part of the run.
    pub fn part(&self, title: &str) {
        title.clone_into(&mut lock(&self.part));
        self.line(&format!("\n{title}"));
    }

    /// Tells a fact that is no transaction.
    pub fn note(&self, text: &str) {
        self.line(&format!("     {text}"));
    }

    /// Adds a chain.
    pub fn chain(&self, chain: ChainRecord) {
        lock(&self.record).chains.push(chain);
    }

    /// Adds the programs.
    pub fn programs<'a>(&self, programs: impl IntoIterator<Item = &'a Program>) {
        let programs = programs.into_iter().map(|program| ProgramRecord {
            name: program.name.clone(),
            compressed_bytes: program.code.len(),
        });
        lock(&self.record).programs.extend(programs);
    }

    /// Adds a balance over the run.
    pub fn balance(&self, account: &str, chain: &str, asset: &str, amounts: [U256; 3]) {
        let [before, escrowed, after] = amounts.map(|amount| amount.to_string());
        lock(&self.record).balances.push(Balance {
            account: account.to_owned(),
            chain: chain.to_owned(),
            asset: asset.to_owned(),
            before,
            escrowed,
            after,
        });
    }

    /// Stops the clock and prints the tables, or the JSON object.
    pub fn finish(&self, failure: Option<Failure>) {
        let mut record = lock(&self.record);
        record.seconds = self.started.elapsed().as_secs_f64();
        record.ok = failure.is_none();
        record.failure = failure;
        // A record of strings and numbers has no key that JSON cannot hold.
        let json = || serde_json::to_string_pretty(&*record).unwrap_or_default();
        print(&mut io::stdout(), &if self.json { json() } else { tables(&record) });
    }

    fn sent(&self, sent: &Sent) {
        let outcome = match (&sent.refused, sent.created) {
            (Some(revert), _) => format!("refused: {revert}"),
            (None, Some(address)) => format!("created {address}"),
            (None, None) => "ok".to_owned(),
        };
        self.line(&format!(
            "  {}  {:<42} {:>11} gas  {}  {outcome}",
            sent.chain,
            sent.what,
            thousands(sent.gas_used),
            short(sent.transaction),
        ));
        lock(&self.record).steps.push(Step {
            part: lock(&self.part).clone(),
            step: sent.what.clone(),
            chain: sent.chain.clone(),
            transaction: sent.transaction,
            gas_used: sent.gas_used,
            outcome,
            refused: sent.refused.is_some(),
        });
    }

    fn line(&self, text: &str) {
        if self.json {
            print(&mut io::stderr(), text);
        } else {
            print(&mut io::stdout(), text);
        }
    }
}

/// A reader that went away, such as `head`, is no reason to stop half way.
fn print(to: &mut impl io::Write, text: &str) {
    let _ = writeln!(to, "{text}");
}

fn as_map<S: Serializer>(
    contracts: &[(&'static str, Address)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(contracts.iter().copied())
}

/// Nothing is half done when a thread that holds the lock panics: every change is one push or assignment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn tables(record: &Record) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write_tables(&mut text, record);
    text
}

fn write_tables(out: &mut String, record: &Record) -> std::fmt::Result {
    writeln!(out, "\n{:<42}  chain  transaction            gas used  outcome", "step")?;
    let mut part = None;
    for step in &record.steps {
        if part != Some(&step.part) {
            part = Some(&step.part);
            writeln!(out, "-- {}", step.part)?;
        }
        let gas = thousands(step.gas_used);
        let transaction = short(step.transaction);
        writeln!(
            out,
            "{:<42}  {:<5}  {transaction}  {gas:>11}  {}",
            step.step, step.chain, step.outcome
        )?;
    }

    if !record.balances.is_empty() {
        writeln!(
            out,
            "\n{:<10}  chain  {:<7} {:>24} {:>24} {:>24}",
            "balance", "asset", "before", "in escrow", "after"
        )?;
    }
    for balance in &record.balances {
        let amounts = [&balance.before, &balance.escrowed, &balance.after];
        let [before, escrowed, after] = amounts.map(|amount| decimal(amount));
        writeln!(
            out,
            "{:<10}  {:<5}  {:<7} {before:>24} {escrowed:>24} {after:>24}",
            balance.account, balance.chain, balance.asset
        )?;
    }

    if !record.programs.is_empty() {
        writeln!(
            out,
            "\n{:<30} compressed bytes, of {} allowed",
            "program",
            thousands(CODE_LIMIT as u64)
        )?;
    }
    for program in &record.programs {
        writeln!(out, "{:<30} {:>16}", program.name, thousands(program.compressed_bytes as u64))?;
    }

    for chain in &record.chains {
        writeln!(
            out,
            "\nchain {}: chain id {}, domain {}, {}",
            chain.name, chain.chain_id, chain.domain, chain.rpc_url
        )?;
        for (name, address) in &chain.contracts {
            writeln!(out, "  {name:<27} {address}")?;
        }
    }
    let verdict = match &record.failure {
        None => "everything as it should be".to_owned(),
        Some(failure) => format!("stopped at: {}\n{}", failure.step, failure.error),
    };
    let gas: u64 = record.steps.iter().map(|step| step.gas_used).sum();
    let (count, gas, seconds) = (record.steps.len(), thousands(gas), record.seconds);
    write!(out, "\n{count} transactions, {gas} gas, {seconds:.1} s: {verdict}")
}

/// First and last four bytes of a hash; `--json` has all of it.
fn short(hash: B256) -> String {
    let hash = hash.to_string();
    format!("{}…{}", &hash[..10], &hash[58..])
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// An amount of 18 decimals, without the zeros at its end.
pub(crate) fn decimal(amount: &str) -> String {
    let ether = format_ether(amount.parse::<U256>().unwrap_or_default());
    ether.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use alloy::primitives::Bytes;

    use super::*;
    use crate::revert::Revert;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(
            [0, 999, 1_000, 24_576, 1_234_567].map(thousands),
            ["0", "999", "1,000", "24,576", "1,234,567"]
        );
    }

    #[test]
    fn amounts_lose_only_the_zeros_behind_the_point() {
        assert_eq!(decimal("100000000000000000000"), "100");
        assert_eq!(decimal("1050000000000000000"), "1.05");
        assert_eq!(decimal("0"), "0");
    }

    #[test]
    fn a_refused_transaction_is_listed_with_its_decoded_error() {
        let report = Report::new(true);
        report.part("the unhappy half");
        report.observer()(&Sent {
            chain: "A".into(),
            what: "deliver again".into(),
            transaction: B256::ZERO,
            gas_used: 30_000,
            created: None,
            refused: Some(Revert(Bytes::new())),
        });
        let text = tables(&lock(&report.record));
        assert!(text.contains("-- the unhappy half"), "{text}");
        assert!(text.contains("refused: an empty revert"), "{text}");
        assert!(text.contains("30,000"), "{text}");
    }
}
