//! Writes seeds for every target below a folder: the byte strings of the reference vectors, put where the target wants
//! them, and shapes of arguments for every view and every function. `scripts/fuzz --seed` runs it; what the fuzzer
//! finds worth keeping of them is the committed corpus.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use fuzz_targets::FUNCTIONS_OF;
use serde_json::Value;

/// Longer strings are programs, or would only be slow.
const LONGEST: usize = 1_300;

fn main() {
    let folder: PathBuf = std::env::args().nth(1).expect("a folder").into();
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors");
    let mut strings = BTreeSet::new();
    for file in ["intents.json", "messaging.json"] {
        let text = fs::read_to_string(vectors.join(file)).expect("the vectors");
        collect(&serde_json::from_str(&text).expect("JSON"), &mut strings);
    }
    let seeds = Seeds { folder };
    for bytes in &strings {
        for target in ["proofs", "metalayer_message", "hyperlane_message", "hook_metadata", "proxy"]
        {
            seeds.write(target, &[], bytes);
        }
        seeds.write("receipts_and_sets", &[], bytes);
        seeds.write("metalayer_message", &[], bytes.get(77..).unwrap_or_default());
        for threshold in [1, 2] {
            seeds.write("multisig_metadata", &[threshold, 3], bytes);
            seeds.write("read_metadata", &[threshold], bytes);
        }
        for module in [0, 1] {
            seeds.write("aggregation_metadata", &[module], bytes);
        }
        seeds.write("merkle", &[0x21], &bytes[..bytes.len().min(9)]);
        // Calldata has a selector in front, an encoding has none.
        let arguments = if bytes.len() % 32 == 4 { &bytes[4..] } else { bytes };
        for view in 0..24 {
            seeds.write("calldata", &[view, 0], arguments);
        }
        for order in 0..4 {
            seeds.write("orders", &[order, 0], arguments);
        }
        for (contract, functions) in FUNCTIONS_OF.iter().enumerate() {
            if bytes.len() % 32 == 4 {
                seeds.call(contract, *functions, 0, 0, bytes);
            }
        }
    }
    // Values of small bytes, which are addresses of the world, without an edit and with one.
    let patterns: [&[u8]; 4] = [&[0; 24], &[1; 90], &[0x12; 60], &[0x10; 120]];
    for pattern in patterns {
        for edits in [&[0][..], &[1, 3, 4, 0, 32], &[1, 9, 1, 0, 7], &[1, 5, 3, 0, 1]] {
            let shape = [edits, pattern].concat();
            for view in 0..24 {
                seeds.write("calldata", &[view, 1], &shape);
            }
            for order in 0..4 {
                seeds.write("orders", &[order, 1], &shape);
            }
            for (contract, functions) in FUNCTIONS_OF.iter().enumerate() {
                for function in 0..*functions {
                    for who in [0, 1, 2, 3] {
                        seeds.call(contract, function, who, 3, &shape);
                    }
                }
            }
        }
    }
}

fn collect(json: &Value, strings: &mut BTreeSet<Vec<u8>>) {
    match json {
        Value::String(text) => {
            let bytes = text.strip_prefix("0x").and_then(from_hex);
            strings.extend(bytes.filter(|bytes| !bytes.is_empty() && bytes.len() <= LONGEST));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, strings)),
        Value::Object(members) => members.values().for_each(|member| collect(member, strings)),
        _ => {}
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pair = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    (0..text.len()).step_by(2).map(pair).collect()
}

/// Where seeds go.
struct Seeds {
    folder: PathBuf,
}

impl Seeds {
    fn write(&self, target: &str, prefix: &[u8], bytes: &[u8]) {
        let input = [prefix, bytes].concat();
        let folder = self.folder.join(target);
        fs::create_dir_all(&folder).expect("a folder");
        let name = format!("{:x}", alloy_primitives::keccak256(&input));
        fs::write(folder.join(&name[..16]), input).expect("a file");
    }

    fn call(&self, contract: usize, function: usize, who: u8, form: u8, bytes: &[u8]) {
        let [high, low] = (bytes.len() as u16).to_be_bytes();
        let header = [contract as u8, function as u8, who, form, high, low];
        self.write("entry_points", &header, bytes);
    }
}
