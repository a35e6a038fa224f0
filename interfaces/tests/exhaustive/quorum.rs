//! The rule by which signatures count: messaging.md §3.5.
//!
//! # Planted bugs
//! Each was put into the code, seen to fail the test of this file that stands behind it, and taken out again.
//! - a first signature that is not looked at; validators that may sign again, and in any order:
//!   `a_quorum_is_an_ordered_subset_for_every_list_and_threshold`
//! - a v of 0 accepted: `v_is_27_or_28`
//! - an s that is one above half the order accepted: `s_is_in_the_lower_half`
//! - a signature that no key made passed over: `a_signature_that_no_key_made_spoils_the_quorum`

use alloy_primitives::{Address, B256, U256};
use interfaces::codec::{QuorumError, Signature, Signatures};

use super::borders;

/// Half the order of secp256k1, as the curve's standard writes the order.
fn half_order() -> U256 {
    let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    U256::from_str_radix(order, 16).unwrap() >> 1
}

/// The signature of a signer whom [`recover`] finds: its r is the address.
fn signature(signer: Address) -> Signature {
    Signature { r: signer.into_word(), s: B256::with_last_byte(1), v: 27 }
}

fn recover(_: B256, signature: &Signature) -> Option<Address> {
    Some(Address::from_word(signature.r))
}

/// The rule as a subset with an order: the first `threshold` signers are validators, at places that only grow.
fn counts(signers: &[usize], validators: usize, threshold: usize) -> Result<(), QuorumError> {
    // The first signature that does not count says why.
    for place in 0..threshold {
        let Some(signer) = signers.get(place) else { return Err(QuorumError::Truncated) };
        let after = place == 0 || signers[place - 1] < *signer;
        if *signer >= validators || !after {
            return Err(QuorumError::Threshold);
        }
    }
    Ok(())
}

/// Up to four validators, every list of up to five signers of them and two strangers, and every threshold up to six:
/// 7 · Σ (n + 2)^k for n = 0..=4, k = 0..=5, which is 105,203 questions. Those with a quorum are Σ C(n, t) · (n + 2)^(k
/// - t) for t = 1..=k, which is 11,683; a threshold of zero, which the module refuses before it asks, always passes.
#[test]
fn a_quorum_is_an_ordered_subset_for_every_list_and_threshold() {
    let account = |place: usize| Address::repeat_byte(place as u8 + 1);
    let (mut cases, mut accepted) = (0, 0);
    for validators in 0..=4 {
        let set: Vec<_> = (0..validators).map(account).collect();
        for length in 0..=5 {
            // A list of signers is a number whose digits are their places; those from `validators` on are strangers.
            let accounts = validators + 2;
            for number in 0..accounts.pow(length) {
                let signers: Vec<_> =
                    (0..length).map(|digit| number / accounts.pow(digit) % accounts).collect();
                let packed: Vec<u8> =
                    signers.iter().flat_map(|place| signature(account(*place)).encode()).collect();
                for threshold in 0..=6 {
                    let verdict = Signatures(&packed).check_quorum(
                        B256::ZERO,
                        set.iter().copied(),
                        threshold,
                        recover,
                    );
                    assert_eq!(
                        verdict,
                        counts(&signers, validators, threshold),
                        "{threshold} of {validators}: {signers:?}"
                    );
                    accepted += usize::from(verdict.is_ok() && threshold > 0);
                    cases += 1;
                }
            }
        }
    }
    assert_eq!((cases, accepted), (105_203, 11_683));
}

/// Every v, at each place of a quorum of three: 3 · 256 = 768 quorums.
#[test]
fn v_is_27_or_28() {
    let set: Vec<_> = (1..=3).map(Address::repeat_byte).collect();
    let mut cases = 0;
    for place in 0..3 {
        for v in 0..=u8::MAX {
            let mut signatures: Vec<_> = set.iter().map(|signer| signature(*signer)).collect();
            signatures[place].v = v;
            let packed: Vec<u8> = signatures.iter().flat_map(Signature::encode).collect();
            let set = set.iter().copied();
            let verdict = Signatures(&packed).check_quorum(B256::ZERO, set, 3, recover);
            assert_eq!(
                verdict,
                if v == 27 || v == 28 { Ok(()) } else { Err(QuorumError::Invalid) }
            );
            cases += 1;
        }
    }
    assert_eq!(cases, 768);
}

/// Every s around a power of two or around half the order, at each place of a quorum of three: 3 · (766 + 129) = 2,685.
#[test]
fn s_is_in_the_lower_half() {
    let set: Vec<_> = (1..=3).map(Address::repeat_byte).collect();
    let half = half_order();
    let around = (0..129u64).map(|step| half - U256::from(64) + U256::from(step));
    let mut cases = 0;
    for place in 0..3 {
        for s in borders().into_iter().chain(around.clone()) {
            let mut signatures: Vec<_> = set.iter().map(|signer| signature(*signer)).collect();
            signatures[place].s = s.into();
            assert_eq!(signatures[place].is_low_s(), s <= half);
            let packed: Vec<u8> = signatures.iter().flat_map(Signature::encode).collect();
            let set = set.iter().copied();
            let verdict = Signatures(&packed).check_quorum(B256::ZERO, set, 3, recover);
            assert_eq!(verdict, if s <= half { Ok(()) } else { Err(QuorumError::HighS) });
            cases += 1;
        }
    }
    assert_eq!(cases, 2_685);
}

/// Every set of up to three keys that cannot be recovered, of three: 8 quorums.
#[test]
fn a_signature_that_no_key_made_spoils_the_quorum() {
    let set: Vec<_> = (1..=3).map(Address::repeat_byte).collect();
    let packed: Vec<u8> = set.iter().flat_map(|signer| signature(*signer).encode()).collect();
    let mut cases = 0;
    for lost in 0..8 {
        let recover = |_, signature: &Signature| {
            let place = signature.r[31] - 1;
            (lost >> place & 1 == 0).then(|| Address::from_word(signature.r))
        };
        let set = set.iter().copied();
        let verdict = Signatures(&packed).check_quorum(B256::ZERO, set, 3, recover);
        assert_eq!(verdict, if lost == 0 { Ok(()) } else { Err(QuorumError::Invalid) });
        cases += 1;
    }
    assert_eq!(cases, 8);
}
