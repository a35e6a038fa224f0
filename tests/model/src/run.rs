//! Many sequences: run, counted, and cut down when they fail.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use alloy::primitives::{Address, B256, keccak256};
use alloy::signers::local::PrivateKeySigner;
use metalayer::revert::Revert;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::flaw::Flaw;
use crate::generate::sequences;
use crate::invariants::{Broken, History};
use crate::lockstep::{Report, Stage};
use crate::operation::{Demand, Sequence, Setting, What};
use crate::play::{Keys, Play, play};
use crate::site::{Actor, Site};
use crate::world::Answer;

/// How much to do.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Sequences at most.
    pub sequences: u32,
    /// Operations of each.
    pub operations: usize,
    /// No sequence is begun after this time.
    pub time: Duration,
    /// Where the random numbers begin.
    pub seed: u64,
}

/// What was done, and how often it came to what.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Sequences that were run.
    pub sequences: u64,
    /// Transactions in them.
    pub transactions: u64,
    /// Times that an invariant was looked at.
    pub checks: u64,
    /// By operation and outcome.
    pub outcomes: BTreeMap<(&'static str, String), u64>,
}

/// A sequence that failed, cut down.
#[derive(Clone, Debug)]
pub struct Failure {
    /// As little of it as still fails.
    pub sequence: Sequence,
    /// How.
    pub why: String,
}

impl Tally {
    fn count(&mut self, sequence: &Sequence, steps: &[(usize, Answer)], checks: u64) {
        self.sequences += 1;
        self.transactions += steps.len() as u64;
        self.checks += checks;
        for (index, answer) in steps {
            let outcome = match answer {
                Ok(_) => "done".to_owned(),
                Err(data) => reason(data),
            };
            let name = name(&sequence.operations[*index].what);
            *self.outcomes.entry((name, outcome)).or_default() += 1;
        }
    }

    /// How often an operation was done.
    pub fn done(&self, operation: &str) -> u64 {
        let rows = self.outcomes.iter();
        rows.filter(|((name, outcome), _)| *name == operation && outcome == "done")
            .map(|(_, count)| count)
            .sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = "";
        for ((name, outcome), count) in &self.outcomes {
            let shown = if *name == last { "" } else { *name };
            writeln!(f, "{shown:<20}{count:>9}  {outcome}")?;
            last = name;
        }
        write!(
            f,
            "{} sequences, {} transactions, {} invariants looked at",
            self.sequences, self.transactions, self.checks
        )
    }
}

/// The name of an error, without its arguments.
fn reason(data: &[u8]) -> String {
    let told = Revert(data.to_vec().into()).to_string();
    if told.starts_with("Error(") || told.starts_with("Panic(") || told.starts_with("an empty") {
        return told;
    }
    let end = told.find([' ', '(', '{']).unwrap_or(told.len());
    match &told[..end] {
        "unknown" => format!("0x{}", alloy::hex::encode(&data[..4.min(data.len())])),
        name => name.to_owned(),
    }
}

fn name(what: &What) -> &'static str {
    match what {
        What::Wait(_) => "Wait",
        What::Publish { .. } => "Publish",
        What::Fund { .. } => "Fund",
        What::FundFor { .. } => "FundFor",
        What::PublishAndFund { .. } => "PublishAndFund",
        What::PublishAndFundFor { .. } => "PublishAndFundFor",
        What::Open { .. } => "Open",
        What::OpenFor { .. } => "OpenFor",
        What::Fill { .. } => "Fill",
        What::Withdraw { .. } => "Withdraw",
        What::WithdrawAll { .. } => "WithdrawAll",
        What::Refund { .. } => "Refund",
        What::RefundTo { .. } => "RefundTo",
        What::Recover { .. } => "Recover",
        What::Fulfil { .. } => "Fulfil",
        What::FulfilAndProve { .. } => "FulfilAndProve",
        What::Prove { .. } => "Prove",
        What::Challenge { .. } => "Challenge",
        What::SetProof { .. } => "SetProof",
        What::Send { .. } => "Send",
        What::Spoof { .. } => "Spoof",
        What::Rogue { .. } => "Rogue",
        What::Deliver { .. } => "Deliver",
        What::Handle { .. } => "Handle",
        What::CommandVault { .. } => "CommandVault",
        What::CommandExecutor => "CommandExecutor",
        What::Approve { .. } => "Approve",
        What::Give { .. } => "Give",
        What::Pay { .. } => "Pay",
        What::SetBad { .. } => "SetBad",
        What::SetCallback { .. } => "SetCallback",
        What::Judge(_) => "Judge",
        What::Refuse(_) => "Refuse",
        What::Answer(_) => "Answer",
        What::Repeat(_) => "Repeat",
        What::SetPermit { .. } => "SetPermit",
        What::SetExtra(_) => "SetExtra",
        What::Set(setting) => match setting {
            Setting::Pause(_) => "Pause",
            Setting::Enroll { .. } => "Enroll",
            Setting::EnrollAll { .. } => "EnrollAll",
            Setting::Unenroll { .. } => "Unenroll",
            Setting::Lane { .. } => "Lane",
            Setting::Limits(_) => "Limits",
            Setting::Ism(_) => "Ism",
            Setting::Module { .. } => "Module",
            Setting::Offer { .. } => "Offer",
            Setting::Accept { .. } => "Accept",
        },
        What::Demand(Demand::MinFinality(_)) => "MinFinality",
        What::Demand(Demand::AppModule(_)) => "AppModule",
        What::Confirm { .. } => "Confirm",
        What::ForgeReceipt { .. } => "ForgeReceipt",
    }
}

/// Runs sequences until one fails, the time is up or all are done.
fn many(
    effort: Effort,
    mut run: impl FnMut(&Sequence) -> (Vec<(usize, Answer)>, u64, Option<String>),
) -> Result<Tally, Box<Failure>> {
    let start = Instant::now();
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&effort.seed.to_le_bytes());
    let config = Config {
        cases: effort.sequences,
        failure_persistence: None,
        max_shrink_iters: 4_000,
        ..Config::default()
    };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let mut tally = Tally::default();
    let strategy = sequences(effort.operations);
    for _ in 0..effort.sequences {
        if start.elapsed() >= effort.time {
            break;
        }
        let mut tree = strategy.new_tree(&mut runner).expect("nothing is rejected");
        let sequence = tree.current();
        let (steps, checks, failed) = run(&sequence);
        tally.count(&sequence, &steps, checks);
        if failed.is_some() {
            // Cut down: as much is left out as still fails.
            let run = RefCell::new(&mut run);
            let shrunk = shrink(&mut tree, |sequence| (run.borrow_mut())(sequence).2);
            return Err(Box::new(shrunk));
        }
    }
    Ok(tally)
}

/// The smallest failing sequence that proptest's simplification leads to.
fn shrink(
    tree: &mut impl ValueTree<Value = Sequence>,
    run: impl Fn(&Sequence) -> Option<String>,
) -> Failure {
    let mut smallest = tree.current();
    let mut why = run(&smallest).expect("it has just failed");
    // First whole operations, many at a time and then fewer.
    let mut chunk = smallest.operations.len().div_ceil(2);
    while chunk > 0 {
        let mut end = smallest.operations.len();
        while end > 0 {
            let start = end.saturating_sub(chunk);
            let mut less = smallest.clone();
            less.operations.drain(start..end);
            if let Some(reason) = run(&less) {
                (smallest, why) = (less, reason);
            }
            end = start;
        }
        chunk /= 2;
    }
    // Then what is in the intents.
    for index in 0..smallest.intents.len() {
        for simpler in [
            |plan: &mut crate::operation::IntentPlan| plan.route.calls.clear(),
            |plan: &mut crate::operation::IntentPlan| plan.route.tokens.clear(),
            |plan: &mut crate::operation::IntentPlan| plan.reward.tokens.clear(),
            |plan: &mut crate::operation::IntentPlan| plan.route.native = 0,
            |plan: &mut crate::operation::IntentPlan| plan.reward.native = 0,
        ] {
            let mut less = smallest.clone();
            simpler(&mut less.intents[index]);
            if less != smallest
                && let Some(reason) = run(&less)
            {
                (smallest, why) = (less, reason);
            }
        }
    }
    Failure { sequence: smallest, why }
}

/// Runs sequences on the model and on the contracts.
///
/// - `flaw`: a mistake in the model, which has to be found.
pub fn lockstep(
    runtime: &tokio::runtime::Runtime,
    stage: &Stage,
    effort: Effort,
    flaw: Option<Flaw>,
) -> Result<Tally, Box<Failure>> {
    many(effort, |sequence| {
        let report = runtime.block_on(stage.run(sequence, flaw));
        let failed = failure(&report);
        (report.steps, report.checks, failed)
    })
}

/// Why a run failed, if it did.
pub fn failure(report: &Report) -> Option<String> {
    if let Some(difference) = &report.difference {
        let place =
            difference.index.map_or("at the start".into(), |index| format!("operation {index}"));
        return Some(format!("{place}, on {:?}: {}", difference.side, difference.what));
    }
    let (index, Broken { invariant, why }) = report.broken.first()?;
    Some(format!("operation {index}: {invariant}: {why}"))
}

/// Runs sequences on the model alone, with every invariant after every transaction.
pub fn alone(effort: Effort, flaw: Option<Flaw>) -> Result<Tally, Box<Failure>> {
    many(effort, |sequence| {
        let (steps, checks, broken) = once(sequence, flaw);
        let failed = broken.first().map(|(index, Broken { invariant, why })| {
            format!("operation {index}: {invariant}: {why}")
        });
        (steps, checks, failed)
    })
}

/// Names of the invariants that a flaw breaks in so many sequences.
pub fn broken_by(effort: Effort, flaw: Flaw) -> BTreeMap<&'static str, u64> {
    let broken = RefCell::new(BTreeMap::new());
    let tally = many(effort, |sequence| {
        let (steps, checks, found) = once(sequence, Some(flaw));
        for (_, Broken { invariant, .. }) in found {
            *broken.borrow_mut().entry(invariant).or_default() += 1;
        }
        (steps, checks, None)
    });
    assert!(tally.is_ok(), "nothing is a failure here");
    broken.into_inner()
}

type Found = (Vec<(usize, Answer)>, u64, Vec<(usize, Broken)>);

fn once(sequence: &Sequence, flaw: Option<Flaw>) -> Found {
    let (sites, keys) = imagined();
    let model = Play::new(sites, keys, 1_900_000_000, &sequence.intents, flaw);
    let (mut steps, mut broken, mut history) = (Vec::new(), Vec::new(), History::default());
    play(model, sequence, |before, play, step| {
        let found = history.look(before, play, step);
        broken.extend(found.into_iter().map(|broken| (step.index, broken)));
        steps.push((step.index, step.answer.clone()));
    });
    (steps, history.checks, broken)
}

/// Two chains that exist nowhere.
fn imagined() -> ([Arc<Site>; 2], [Keys; 2]) {
    thread_local! {
        static CHAINS: ([Arc<Site>; 2], [Keys; 2]) = imagine();
    }
    CHAINS.with(Clone::clone)
}

/// Keys of people who sign orders; the same on both chains.
fn people() -> Vec<(Actor, PrivateKeySigner)> {
    let people = [Actor::User, Actor::Funder, Actor::Stranger];
    let key = |actor: Actor| PrivateKeySigner::from_bytes(&keccak256(format!("{actor:?}")));
    people.into_iter().map(|actor| (actor, key(actor).expect("a key"))).collect()
}

fn imagine() -> ([Arc<Site>; 2], [Keys; 2]) {
    let address = |name: String| Address::from_word(keccak256(name));
    let keys = ["A", "B"].map(|chain| {
        let lane = |lane: &str| -> Vec<PrivateKeySigner> {
            let seeds = (0..3).map(|index| keccak256(format!("{chain} {lane} {index}")));
            seeds.map(|seed| PrivateKeySigner::from_bytes(&seed).expect("a key")).collect()
        };
        Keys { instant: lane("instant"), finalized: lane("finalized"), people: people() }
    });
    let addresses = |chain: &str| -> Vec<Address> {
        let place = |actor: &Actor| match actor {
            Actor::Zero => Address::ZERO,
            Actor::User | Actor::Funder | Actor::Stranger => {
                let (_, key) =
                    people().into_iter().find(|(person, _)| person == actor).expect("they sign");
                key.address()
            }
            // People are the same everywhere.
            Actor::Codeless | Actor::Solver | Actor::Rival | Actor::Owner => {
                address(format!("{actor:?}"))
            }
            _ => address(format!("{chain} {actor:?}")),
        };
        Actor::ALL.iter().map(place).collect()
    };
    let site = |here: &str, there: &str, ids: [u64; 2], domains: [u32; 2], remote: &Keys| {
        let (own, others) = (addresses(here), addresses(there));
        let lane = |keys: &[PrivateKeySigner]| keys.iter().map(PrivateKeySigner::address).collect();
        Arc::new(Site {
            chain_id: ids[0],
            domain: domains[0],
            remote_chain_id: ids[1],
            remote_domain: domains[1],
            remote_router: others[Actor::Router as usize],
            remote_prover: others[Actor::MetaProver as usize],
            remote_tree: others[Actor::Tree as usize],
            proxy_init_code_hash: B256::repeat_byte(5),
            instant: lane(&remote.instant),
            finalized: lane(&remote.finalized),
            threshold: 2,
            addresses: own,
        })
    };
    let sites = [
        site("A", "B", [412_346, 412_347], [1001, 1002], &keys[1]),
        site("B", "A", [412_347, 412_346], [1002, 1001], &keys[0]),
    ];
    (sites, keys)
}

/// Where sequences that failed once are kept.
pub fn regressions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions")
}

/// Keeps a sequence that failed; the file it is in.
pub fn keep(failure: &Failure) -> std::io::Result<PathBuf> {
    let text = serde_json::to_string_pretty(&failure.sequence).expect("a sequence is JSON");
    let name = keccak256(&text).to_string()[2..10].to_owned();
    let file = regressions().join(format!("{name}.json"));
    std::fs::write(&file, text + "\n")?;
    Ok(file)
}

/// Sequences that failed once, by file name.
pub fn kept() -> Vec<(String, Sequence)> {
    let files = std::fs::read_dir(regressions()).expect("the directory of regressions");
    let mut files: Vec<PathBuf> = files
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).expect("a regression");
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        (name, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}")))
    };
    files.iter().map(read).collect()
}
