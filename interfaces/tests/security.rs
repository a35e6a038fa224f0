//! `SECURITY.md`, held to the lists of attacks in the specification and to the tests there are.

mod sources;

use std::collections::BTreeMap;
use std::path::PathBuf;

use sources::{quoted, root, tests_in};

const DOCUMENT: &str = include_str!("../../SECURITY.md");

/// Heading of a table, what the numbers of its rows begin with, and how many rows the specification has.
const TABLES: [(&str, &str, usize); 3] = [
    ("### intents.md, section 9", "", 45),
    ("### messaging.md, section 5.9: misuse", "", 18),
    ("### messaging.md, section 5.9: properties", "P", 6),
];

/// The rows of the table below a heading: number, attack, answer.
fn rows(heading: &str) -> Vec<[&'static str; 3]> {
    let below = DOCUMENT.split_once(&format!("\n{heading}\n")).expect(heading).1;
    let table = below.split("\n#").next().unwrap_or(below);
    let lines = table.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let cells =
        lines.map(|line| <[_; 3]>::try_from(Vec::from_iter(line.split(" | "))).expect(line));
    cells.skip(1).collect()
}

/// The tests that a text names, as `crate::test`.
fn named(text: &str) -> impl Iterator<Item = (String, String)> {
    let names = quoted(text).into_iter();
    names.filter_map(|name| name.split_once("::").map(|(a, b)| (a.to_owned(), b.to_owned())))
}

/// Where the tests of a crate are.
fn folders(package: &str) -> Vec<PathBuf> {
    let folders = match package {
        "e2e" => vec!["tests/e2e/tests".to_owned()],
        "fuzz-targets" => vec!["tests/fuzz-targets/tests".to_owned()],
        "metalayer" => vec!["cli/src".to_owned(), "cli/tests".to_owned()],
        "interfaces" => vec!["interfaces/src".to_owned(), "interfaces/tests".to_owned()],
        contract => vec![format!("contracts/{contract}/src")],
    };
    folders.into_iter().map(|folder| root().join(folder)).filter(|path| path.is_dir()).collect()
}

#[test]
fn every_attack_of_the_specification_has_a_row() {
    for (heading, prefix, count) in TABLES {
        let numbers: Vec<_> = rows(heading).iter().map(|[number, ..]| *number).collect();
        let expected: Vec<_> = (1..=count).map(|number| format!("{prefix}{number}")).collect();
        assert_eq!(numbers, expected, "{heading}");
    }
}

#[test]
fn every_row_names_a_test_or_says_why_there_is_none() {
    let excuses = ["not applicable, because ", "no test yet: "];
    for (heading, ..) in TABLES {
        for [number, attack, answer] in rows(heading) {
            assert!(!attack.is_empty(), "{heading}, row {number}");
            let excused = excuses.iter().any(|excuse| answer.starts_with(excuse));
            assert!(excused || named(answer).next().is_some(), "{heading}, row {number}: {answer}");
        }
    }
}

#[test]
fn every_test_that_is_named_exists() {
    let mut crates = BTreeMap::new();
    let mut missing = Vec::new();
    for (package, test) in named(DOCUMENT) {
        let tests = crates.entry(package.clone()).or_insert_with(|| {
            let mut found = BTreeMap::new();
            folders(&package).iter().for_each(|folder| tests_in(folder, &mut found));
            found
        });
        if !tests.contains_key(&test) {
            missing.push(format!("{package}::{test}"));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
