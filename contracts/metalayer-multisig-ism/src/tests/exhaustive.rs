//! Proofs by trying everything, as in `interfaces/tests/exhaustive`: the whole module, from the call to the verdict.
//!
//! # Planted bugs
//! Each was put into the code, seen to fail a test of this file, and taken out again: a threshold of zero that is taken,
//! and one of all validators that is refused, fail the second; a threshold that is read one too low fails the first.

use super::*;

/// Up to four validators, every threshold that they can have, every list of up to four signers of them and one
/// stranger: Σ n · Σ (n + 1)^k for n = 1..=4, k = 0..=4, which is 4,420 messages. It passes if the first `threshold`
/// signers are validators at places that only grow; Σ t ≤ k ≤ 4 of C(n, t) · (n + 1)^(k - t) do, which is 1,266.
#[test]
fn every_list_of_signers_is_judged_by_the_rule_of_the_ordered_subset() {
    let account = |place: usize| Address::with_last_byte(place as u8 + 1);
    let message = bytes_of(&vectors()["message"]);
    let (mut cases, mut passed) = (0, 0);
    for size in 1..=4 {
        let validators: Vec<_> = (0..size).map(account).collect();
        for threshold in 1..=size {
            let chain = with_a_toy_curve(&validators, threshold as u8);
            for length in 0..=4 {
                // A list of signers is a number whose digits are their places; the last account is the stranger.
                for number in 0..(size + 1).pow(length) {
                    let signers: Vec<_> = (0..length)
                        .map(|digit| number / (size + 1).pow(digit) % (size + 1))
                        .collect();
                    let accounts: Vec<_> = signers.iter().map(|place| account(*place)).collect();
                    let metadata = toy_metadata(&accounts);
                    let call = verifyCall { metadata, message: message.clone() };
                    let passes = (0..threshold).all(|place| {
                        let grows = place == 0 || signers.get(place - 1) < signers.get(place);
                        grows && signers.get(place).is_some_and(|signer| *signer < size)
                    });
                    let outcome = send(&chain, STRANGER, &call);
                    let verdict = outcome == Ok(true.abi_encode());
                    assert_eq!(verdict, passes, "{threshold} of {size}: {signers:?}, {outcome:?}");
                    passed += usize::from(passes);
                    cases += 1;
                }
            }
        }
    }
    assert_eq!((cases, passed), (4_420, 1_266));
}

/// Up to four validators, and every threshold that eight bits hold: 5 · 256 = 1,280 sets, of which 10 are taken.
#[test]
fn a_threshold_is_at_least_one_and_at_most_all() {
    let (mut cases, mut taken) = (0, 0);
    for size in 0..=4 {
        let validators: Vec<_> = (1..=size).map(Address::with_last_byte).collect();
        for threshold in 0..=u8::MAX {
            let outcome = send(&ism(), OWNER, &set(ORIGIN, &validators, threshold));
            let fits = threshold != 0 && threshold <= size;
            let refusal = Err(InvalidThreshold {}.abi_encode());
            assert_eq!(outcome, if fits { Ok(vec![]) } else { refusal }, "{threshold} of {size}");
            taken += usize::from(fits);
            cases += 1;
        }
    }
    assert_eq!((cases, taken), (1_280, 10));
}
