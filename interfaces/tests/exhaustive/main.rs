//! Proofs by trying everything: each test goes through the whole of a small domain, in a plain loop, and compares with
//! a rule that is written down a second time. None of it is random.
//!
//! They stand where a model checker's proofs would: Kani needs a compiler of its own, which this repository does not
//! fetch. So a property is proven for the domain that its test names, and no further. Each test counts its cases, and
//! the count is asserted, so that a loop that has become empty fails.
//!
//! Each file begins with the bugs that were planted to see its tests fail.
//!
//! What is proven so about contracts is beside them, in `src/tests/exhaustive.rs` of `meta-prover` (floor of the gas
//! limit, domains, claimants), `intent-source` (the status machine) and `metalayer-multisig-ism` (the threshold).

mod calldata;
mod hashes;
mod packed;
mod quorum;

use alloy_primitives::{B256, U256};

/// Bytes between which decoders could see a difference: nothing, the lowest bit, the highest, all.
const BYTES: [u8; 4] = [0x00, 0x01, 0x80, 0xff];

/// A word, byte by byte different from its neighbours and from every word of another seed below 7.
fn word(seed: u8) -> B256 {
    B256::from(std::array::from_fn(|at| seed.wrapping_mul(37).wrapping_add(at as u8)))
}

/// The numbers around every power of two that a word can hold, each once: 2^k - 1, 2^k, 2^k + 1, and the largest.
fn borders() -> Vec<U256> {
    let around = |bit: usize| {
        let power: U256 = U256::from(1) << bit;
        [power - U256::from(1), power, power.wrapping_add(U256::from(1))]
    };
    let mut borders: Vec<U256> = (0..256).flat_map(around).chain([U256::MAX]).collect();
    borders.sort();
    borders.dedup();
    borders
}

#[test]
fn the_borders_are_as_many_as_they_are() {
    // 256 powers with a number on either side; 0, 1, 2 and 3 are shared by the first of them.
    assert_eq!(borders().len(), 766);
}
