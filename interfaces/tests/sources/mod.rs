//! What tables in Markdown say about tests, and what tests there are: for the tests that hold the one to the other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What stands between backticks.
pub(crate) fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The functions of a source file, by name: what is between the braces.
fn functions(source: &str) -> BTreeMap<&str, (bool, &str)> {
    let mut found = BTreeMap::new();
    let (mut is_test, mut at) = (false, 0);
    for line in source.split_inclusive('\n') {
        let begin = at;
        at += line.len();
        let code = line.trim_start();
        if code.starts_with("#[test]") || code.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some(rest) = code.strip_prefix("async fn ").or(code.strip_prefix("fn ")) {
            let name = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap();
            // rustfmt closes a function at the indentation of its head
            let close = format!("\n{}}}", &line[..line.len() - code.len()]);
            let length = source[begin..].find(&close).unwrap_or(line.len());
            found.insert(name, (is_test, &source[begin..begin + length]));
            is_test = false;
        }
    }
    found
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

/// The words of every test in a folder: its own, and those of the functions in its file that it calls.
pub(crate) fn tests_in(folder: &Path, found: &mut BTreeMap<String, BTreeSet<String>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests_in(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(path).unwrap();
            let functions = functions(&source);
            for (name, (_, body)) in functions.iter().filter(|(_, (is_test, _))| *is_test) {
                let called = words(body).filter_map(|word| functions.get(word));
                let bodies = called.map(|(_, body)| *body).chain([*body]);
                let words = bodies.flat_map(words).map(str::to_owned);
                found.entry((*name).to_owned()).or_default().extend(words);
            }
        }
    }
}
