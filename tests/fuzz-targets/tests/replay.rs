//! The committed corpus, replayed as an ordinary test: every input that fuzzing kept runs through its target, and so do
//! variants of it, the same in every run.
//!
//! Two planted bugs were seen to make it fail: an address accepted with its highest bit set (`interfaces::args`), in
//! `calldata`, `orders` and `entry_points`; the length of a read that wraps in 32 bits (`MetalayerMessage::decode`), in
//! `metalayer_message`, and there by a variant alone: a corpus holds what reaches the code, not what each of its checks
//! is there for.

use std::fs;
use std::path::Path;

use fuzz_targets::{TARGETS, Target};

/// Where `scripts/fuzz` keeps the corpus.
const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/corpus");

/// Variants of each input; fewer where each input makes a chain.
const VARIANTS: u64 = 200;
const VARIANTS_OF_CALLS: u64 = 3;

/// Chance that is the same in every run.
struct Dice(u64);

impl Dice {
    /// A number below `sides`.
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}

/// The input with a bit, a byte, a number or a word of it changed, or cut.
fn variant(input: &[u8], number: u64) -> Vec<u8> {
    let mut bytes = input.to_vec();
    let mut dice = Dice((number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ input.len() as u64);
    let at = dice.roll(bytes.len().max(1));
    let end = bytes.len();
    match dice.roll(5) {
        0 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << dice.roll(8)),
        1 => {
            let byte = [0, 1, 2, 0x7f, 0x80, 0xff][dice.roll(6)];
            bytes.iter_mut().skip(at).take(1).for_each(|old| *old = byte);
        }
        2 => {
            let most = (u32::MAX - [0, 1, 27, 28][dice.roll(4)]).to_be_bytes();
            bytes.iter_mut().skip(at).zip(most).for_each(|(old, new)| *old = new);
        }
        // The first byte of a word of calldata, behind the two bytes that name the view.
        3 => bytes.iter_mut().skip(2 + at / 32 * 32).take(1).for_each(|byte| *byte ^= 0x80),
        _ => bytes.truncate(end.saturating_sub(dice.roll(33))),
    }
    bytes
}

/// The first input, or variant, that fails in its target.
fn failure(name: &str, target: Target) -> Option<String> {
    let folder = Path::new(CORPUS).join(name);
    let files = fs::read_dir(&folder).unwrap_or_else(|_| panic!("{}", folder.display()));
    let mut files: Vec<_> = files.map(|file| file.expect("an entry").path()).collect();
    assert!(!files.is_empty(), "{name} has a corpus");
    files.sort();
    let variants = if name == "entry_points" { VARIANTS_OF_CALLS } else { VARIANTS };
    files.iter().find_map(|file| {
        let input = fs::read(file).expect("a file");
        let all = [input.clone()].into_iter().chain((0..variants).map(|n| variant(&input, n)));
        let fails = |input: Vec<u8>| std::panic::catch_unwind(|| target(&input)).is_err();
        let which = all.into_iter().position(fails)?;
        Some(format!("{}, variant {which} of it (0: as it is)", file.display()))
    })
}

#[test]
fn every_input_of_the_corpus_and_its_variants_agree_with_their_oracle() {
    let failures: Vec<_> =
        TARGETS.iter().filter_map(|(name, target)| failure(name, *target)).collect();
    assert!(failures.is_empty(), "{failures:#?}");
}
