//! Who signed an order: an account by its key, or a contract by its own rule.
//! Spec: intents.md §7.3.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, b256};
use alloy_sol_types::SolCall;
use interfaces::{in_code, intents::IERC1271::isValidSignatureCall};
use stylus_sdk::{call::RawCall, host::VM};
use support::{abi, ecrecover};

/// Half of the curve's order: of the two `s` that sign alike, the one that is not above it counts.
const HALF_ORDER: B256 = b256!("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");

/// Whether `signer` signed `digest`.
///
/// Of a key: 65 bytes, `r ‖ s ‖ v` with a low `s` and `v` of 27 or 28. Everything else is for the signer's code to
/// judge, by ERC-1271 and with all gas; an account without code agrees to nothing.
pub(crate) fn is_valid(host: &VM, signer: Address, digest: B256, signature: &[u8]) -> bool {
    recovers_to(host, signer, digest, signature).unwrap_or_default()
        || contract_agrees(host, signer, digest, signature)
}

/// `None` for what is no signature of any key.
fn recovers_to(host: &VM, signer: Address, digest: B256, signature: &[u8]) -> Option<bool> {
    let (r_and_s, v) = signature.split_first_chunk::<64>()?;
    let [v @ (27 | 28)] = *v else { return None };
    let (_, s) = r_and_s.split_last_chunk::<32>()?;
    if B256::new(*s) > in_code!(HALF_ORDER) {
        return None;
    }
    let mut input = Vec::with_capacity(128);
    abi::word(&mut input, &digest.0);
    abi::number(&mut input, v.into());
    input.extend_from_slice(r_and_s);
    // The precompile has no code, and answers nothing where there is no signer.
    Some(answers(host, ecrecover(), &input, signer.into_word()))
}

fn contract_agrees(host: &VM, signer: Address, digest: B256, signature: &[u8]) -> bool {
    let mut question = Vec::with_capacity(abi::bytes_size(signature).wrapping_add(4 + 64));
    question.extend_from_slice(&isValidSignatureCall::SELECTOR);
    abi::word(&mut question, &digest.0);
    abi::number(&mut question, 64);
    abi::bytes(&mut question, signature);
    let mut agreement = [0; 32];
    let [a, b, c, d] = isValidSignatureCall::SELECTOR;
    [agreement[0], agreement[1], agreement[2], agreement[3]] = [a, b, c, d];
    answers(host, signer, &question, B256::new(agreement))
}

/// Whether a read succeeds and answers with that word first.
fn answers(host: &VM, to: Address, question: &[u8], word: B256) -> bool {
    // SAFETY: a static frame cannot write storage.
    let answer = unsafe {
        RawCall::new_static(host).flush_storage_cache().limit_return_data(0, 32).call(to, question)
    };
    answer.is_ok_and(|answer| answer == word.as_slice())
}
