//! Reading the vector files.

use std::path::{Path, PathBuf};

use alloy_primitives::{Address, B256, U256};
use serde_json::Value;

/// Runs `check` on `section` of every vector file that has it, and insists that one has, in our own files.
pub(crate) fn each_section(section: &str, check: impl Fn(&Value)) {
    each_file_with(section, |section, _| check(section));
}

/// As [`each_section`], for checks that need other sections of the same file.
pub(crate) fn each_file_with(section: &str, check: impl Fn(&Value, &Value)) {
    let (directory, ours) = directory();
    let mut found = 0;
    for entry in std::fs::read_dir(&directory).expect("the directory of the vectors") {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let file: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        if let Some(section) = file.get(section) {
            check(section, &file);
            found += 1;
        }
    }
    assert!(found > 0 || !ours, "no file in {} has {section}", directory.display());
}

/// Runs `check` on every case of `section`, and insists that there is one. The name of the case that fails is in
/// the output.
pub(crate) fn each_case(section: &str, check: impl Fn(&Value)) {
    each_section(section, |section| {
        let cases = if section.is_array() { section } else { section.at("cases") };
        assert!(!cases.items().is_empty());
        each(cases.items(), &check);
    });
}

/// Runs `check` on every one of `cases`, naming each.
pub(crate) fn each(cases: &[Value], check: impl Fn(&Value)) {
    for (i, case) in cases.iter().enumerate() {
        println!("case {i}: {}", case.get("name").map_or("", |name| name.text()));
        check(case);
    }
}

fn directory() -> (PathBuf, bool) {
    if let Some(directory) = std::env::var_os("METALAYER_VECTORS") {
        return (directory.into(), false);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let shared = root.join("../shared/vectors");
    (if shared.is_dir() { shared } else { root.join("tests/vectors") }, true)
}

/// Values as the vector files write them.
pub(crate) trait Json {
    /// A member that must be there.
    fn at(&self, key: &str) -> &Value;
    /// A member that is there and is not null.
    fn maybe(&self, key: &str) -> Option<&Value>;
    /// A string.
    fn text(&self) -> &str;
    /// A list.
    fn items(&self) -> &[Value];
    /// Hexadecimal bytes.
    fn bytes(&self) -> Vec<u8>;
    /// A decimal number, quoted or not.
    fn uint(&self) -> U256;

    /// Thirty-two bytes.
    fn word(&self) -> B256 {
        B256::from_slice(&self.bytes())
    }

    /// Twenty bytes.
    fn address(&self) -> Address {
        Address::from_slice(&self.bytes())
    }

    /// A number of at most 64 bits.
    fn u64(&self) -> u64 {
        self.uint().to()
    }

    /// A number of at most 32 bits.
    fn u32(&self) -> u32 {
        self.uint().to()
    }

    /// The bytes `key`, or those that `keyRepeat` describes.
    fn blob(&self, key: &str) -> Vec<u8> {
        self.maybe(key).map_or_else(
            || {
                let repeat = self.at(&format!("{key}Repeat"));
                repeat.at("byte").bytes().repeat(repeat.at("count").u32() as usize)
            },
            |bytes| bytes.bytes(),
        )
    }
}

impl Json for Value {
    fn at(&self, key: &str) -> &Value {
        self.get(key).unwrap_or_else(|| panic!("no {key}"))
    }

    fn maybe(&self, key: &str) -> Option<&Value> {
        self.get(key).filter(|value| !value.is_null())
    }

    fn text(&self) -> &str {
        self.as_str().expect("a string")
    }

    fn items(&self) -> &[Value] {
        self.as_array().expect("a list")
    }

    fn bytes(&self) -> Vec<u8> {
        hex::decode(self.text().strip_prefix("0x").expect("0x")).expect("hexadecimal bytes")
    }

    fn uint(&self) -> U256 {
        match self {
            Value::String(text) => text.parse().expect("a number"),
            _ => U256::from(self.as_u64().expect("a number")),
        }
    }
}
