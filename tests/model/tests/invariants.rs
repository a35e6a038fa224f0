//! The protocol as the model has it, alone: invariants hold, and each is seen to fail.

use std::collections::BTreeSet;
use std::time::Duration;

use model::flaw::Flaw;
use model::invariants::INVARIANTS;
use model::run::{Effort, alone, broken_by};

const EFFORT: Effort = Effort { sequences: 1_000, operations: 50, time: Duration::MAX, seed: 1 };

#[test]
fn every_invariant_holds_after_every_transaction_of_the_model() {
    match alone(EFFORT, None) {
        Ok(tally) => println!("{tally}"),
        Err(failure) => panic!("{}\n{:#?}", failure.why, failure.sequence),
    }
}

const FLAWS: &[Flaw] = &Flaw::ALL;

#[test]
fn every_planted_flaw_breaks_an_invariant_and_every_invariant_is_broken_by_one() {
    let mut seen = BTreeSet::from(["a_failed_transaction_changes_nothing"]);
    let mut unnoticed = Vec::new();
    // Both halves at once: there is nothing else to do for the second core.
    let (first, second) = FLAWS.split_at(FLAWS.len() / 2);
    let look = |flaws: &'static [Flaw]| -> Vec<_> {
        flaws
            .iter()
            .map(|flaw| (*flaw, broken_by(Effort { sequences: 300, ..EFFORT }, *flaw)))
            .collect()
    };
    let found = std::thread::scope(|scope| {
        let other = scope.spawn(|| look(second));
        [look(first), other.join().expect("it looks")].concat()
    });
    for (flaw, broken) in found {
        println!("{flaw:?}: {broken:?}");
        if broken.is_empty() {
            unnoticed.push(flaw);
        }
        seen.extend(broken.into_keys());
    }
    assert!(unnoticed.is_empty(), "nothing breaks for {unnoticed:?}");
    let never: Vec<_> = INVARIANTS
        .iter()
        .map(|invariant| invariant.name)
        .filter(|name| !seen.contains(name))
        .collect();
    assert!(never.is_empty(), "never seen to fail: {never:?}");
}

#[test]
fn the_readme_lists_every_invariant_with_what_it_says() {
    let readme = include_str!("../README.md");
    let rows: Vec<&str> = readme.lines().filter(|line| line.starts_with("| `")).collect();
    let expected: Vec<String> = INVARIANTS
        .iter()
        .map(|invariant| format!("| `{}` | {} |", invariant.name, invariant.says))
        .collect();
    assert_eq!(rows, expected);
}
