//! Model and contracts, step by step.

use std::time::Duration;

use model::flaw::Flaw;
use model::lockstep::Stage;
use model::run::{Effort, failure, keep, kept, lockstep};

/// What the tests that are run at every change can afford; `scripts/attack` runs far more.
const EFFORT: Effort = Effort { sequences: 100, operations: 50, time: Duration::MAX, seed: 7 };

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}

#[test]
fn the_contracts_do_what_the_model_says_after_every_step() {
    let runtime = runtime();
    let stage = runtime.block_on(Stage::set());
    for (name, sequence) in kept() {
        let report = runtime.block_on(stage.run(&sequence, None));
        assert_eq!(failure(&report), None, "regressions/{name}.json");
    }
    match lockstep(&runtime, &stage, EFFORT, None) {
        Ok(tally) => println!("{tally}"),
        Err(failure) => {
            let file = keep(&failure).expect("it is written");
            panic!("{}\nkept in {}\n{:#?}", failure.why, file.display(), failure.sequence)
        }
    }
}

/// A model that is wrong is as good as contracts that are.
#[test]
fn a_difference_between_model_and_contracts_is_found() {
    let runtime = runtime();
    let stage = runtime.block_on(Stage::set());
    for flaw in [Flaw::PaysTooMuch, Flaw::KeepsTheChange] {
        let effort = Effort { operations: 20, ..EFFORT };
        let found = lockstep(&runtime, &stage, effort, Some(flaw));
        let failure = found.err().unwrap_or_else(|| panic!("{flaw:?} is found"));
        // An invariant of the model breaks, too; that is not what this is about.
        assert!(failure.why.contains("and the model says"), "{flaw:?}: {}", failure.why);
        println!("{flaw:?}: {} operations, {}", failure.sequence.operations.len(), failure.why);
    }
}
