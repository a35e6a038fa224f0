//! `RULES.md`, held to the tests there are.

use std::collections::HashSet;
use std::path::Path;

const RULES: &str = include_str!("RULES.md");

/// Names of the tests in a file: functions under a test attribute, and rows of the macros that make such functions.
fn tests_in(source: &str, found: &mut HashSet<String>) {
    let identifier = |text: &str| -> Option<String> {
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
        (end > 0).then(|| text[..end].to_owned())
    };
    let mut attributed = false;
    for line in source.lines().map(str::trim_start) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            attributed = true;
        } else if let Some(rest) = line.strip_prefix("async fn ").or(line.strip_prefix("fn ")) {
            if attributed {
                found.extend(identifier(rest));
            }
            attributed = false;
        } else if let Some((name, _)) = line.split_once(':') {
            // a row starts with its name and a colon; a field of a struct never has so long a name
            let is_row =
                name.contains('_') && name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric());
            found.extend(is_row.then(|| name.to_owned()));
        }
    }
}

fn read_all(directory: &Path, found: &mut HashSet<String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            tests_in(&std::fs::read_to_string(path).unwrap(), found);
        }
    }
}

/// Rules and the names of their tests.
fn rows() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    let rows = RULES.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
    rows.filter(|(rule, _)| *rule != "rule")
        .map(|(rule, tests)| (rule, tests.split('`').skip(1).step_by(2).collect()))
}

#[test]
fn every_test_that_the_rules_name_exists() {
    let mut found = HashSet::new();
    for directory in ["src", "tests"] {
        read_all(&Path::new(env!("CARGO_MANIFEST_DIR")).join(directory), &mut found);
    }
    let missing: Vec<_> = rows()
        .flat_map(|(rule, tests)| tests.into_iter().map(move |test| (rule, test)))
        .filter(|(_, test)| !found.contains(*test))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_rule_has_a_test_and_every_section_has_rules() {
    assert!(rows().all(|(_, tests)| !tests.is_empty()));
    let mut sections: Vec<&str> =
        RULES.lines().filter_map(|line| line.strip_prefix("## ")?.split(' ').next()).collect();
    sections.dedup();
    let expected = "0.2 1.1 1.2 1.3 1.4 2.1 2.2 2.3 2.4 2.5 2.6 2.7 2.8 3.1 3.2 3.3 3.4 3.5 3.6 4.2 4.3 \
        4.4 5.1 5.2 5.3 5.4 5.5 6.1 6.2 6.3 6.4 6.5 6.6 7 12.1";
    assert_eq!(sections, expected.split_whitespace().collect::<Vec<_>>());
}
