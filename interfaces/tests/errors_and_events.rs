//! `tests/ERRORS_AND_EVENTS.md`, held to the ABI there is and to the tests there are.

mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use alloy_json_abi::JsonAbi;
use sources::{quoted, root, tests_in};

const TABLE: &str = include_str!("../../tests/ERRORS_AND_EVENTS.md");

/// An error or an event of a contract: contract, kind, name.
type Item = (String, String, String);

/// A row of the table.
struct Row {
    item: Item,
    /// The folder of the contract's crate.
    folder: PathBuf,
    tests: Vec<String>,
}

fn rows() -> Vec<Row> {
    let (mut contract, mut folder) = (String::new(), PathBuf::new());
    let mut rows = Vec::new();
    for line in TABLE.lines() {
        if let Some((name, path)) = line.strip_prefix("## ").and_then(|line| line.split_once(": "))
        {
            (contract, folder) = (name.to_owned(), root().join(quoted(path).remove(0)));
        }
        let cells: Vec<_> = line.split(" | ").collect();
        let [kind, name, tests] = cells[..] else { continue };
        let Some(name) = quoted(name).pop() else { continue };
        let item = (contract.clone(), kind.trim_start_matches("| ").to_owned(), name);
        let tests = quoted(tests);
        assert_eq!(tests.is_empty(), line.ends_with(" | never |"), "{line}");
        rows.push(Row { item, folder: folder.clone(), tests });
    }
    rows
}

/// Errors and events of a contract.
fn items_of(contract: &str) -> BTreeSet<(String, String)> {
    let file = root().join(format!("interfaces/abi/{contract}.json"));
    let abi: JsonAbi = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let errors = abi.errors.into_keys().map(|name| ("error".to_owned(), name));
    errors.chain(abi.events.into_keys().map(|name| ("event".to_owned(), name))).collect()
}

/// Errors and events of all contracts; of the Portal those that neither of its halves has.
fn items() -> BTreeSet<Item> {
    let files = fs::read_dir(root().join("interfaces/abi")).unwrap();
    let names = files.filter_map(|file| {
        Some(file.unwrap().file_name().to_str()?.strip_suffix(".json")?.to_owned())
    });
    let halves = [items_of("IntentSource"), items_of("Inbox")];
    let mut items = BTreeSet::new();
    for contract in names {
        let mut own = items_of(&contract);
        if contract == "Portal" {
            own.retain(|item| halves.iter().all(|half| !half.contains(item)));
        }
        items.extend(own.into_iter().map(|(kind, name)| (contract.clone(), kind, name)));
    }
    items
}

#[test]
fn every_error_and_every_event_of_the_contracts_has_a_row() {
    let listed: Vec<_> = rows().into_iter().map(|row| row.item).collect();
    let unique: BTreeSet<_> = listed.iter().cloned().collect();
    assert_eq!(unique.len(), listed.len(), "no row stands twice");
    assert_eq!(unique, items());
}

#[test]
fn every_test_of_a_row_exists_and_names_what_it_is_listed_for() {
    let mut stories = BTreeMap::new();
    tests_in(&root().join("tests/e2e/tests"), &mut stories);
    let mut wrong = Vec::new();
    for Row { item, folder, tests } in rows() {
        let mut own = BTreeMap::new();
        tests_in(&folder.join("src"), &mut own);
        for test in tests {
            let words = own.get(&test).or(stories.get(&test));
            if !words.is_some_and(|words| words.contains(&item.2)) {
                wrong.push((item.clone(), test));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_never_produced_is_explained_where_the_errors_are() {
    for Row { item, folder, .. } in rows().into_iter().filter(|row| row.tests.is_empty()) {
        let errors = fs::read_to_string(folder.join("src/error.rs")).unwrap();
        let explained = format!("/// `{}` is in the ABI but not here: ", item.2);
        assert!(errors.contains(&explained), "{item:?}");
    }
}
