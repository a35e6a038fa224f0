//! Verified results, kept until the end of the transaction.
//!
//! Under the Metalayer id stands their length, and behind it, word by word, what was verified. An id is a hash, so the
//! words of two messages meet as often as hashes do.

use alloc::vec::Vec;

use alloy_primitives::{B256, U256};
use stylus_sdk::host::VM;
use support::{abi, transient};

/// Keeps `blob`, which is not empty, in place of what was kept for this message.
///
/// Words of an older, longer blob stay behind it, and are never read: the length says where to stop.
pub(crate) fn store(host: &VM, message_id: B256, blob: &[u8]) {
    transient::store(host, message_id, length(blob.len()));
    let (words, _) = blob.as_chunks::<32>();
    for (key, word) in keys(message_id).zip(words) {
        transient::store(host, key, B256::new(*word));
    }
}

/// Takes what was kept for a message: it is gone then. `None` if there is nothing.
pub(crate) fn take(host: &VM, message_id: B256) -> Option<Vec<u8>> {
    let [.., a, b, c, d] = transient::load(host, message_id).0;
    let length = u32::from_be_bytes([a, b, c, d]) as usize;
    if length == 0 {
        return None;
    }
    transient::store(host, message_id, B256::ZERO);
    let mut blob = Vec::with_capacity(length);
    // An encoding of the ABI is whole words.
    for key in keys(message_id).take(length / 32) {
        blob.extend_from_slice(transient::load(host, key).as_slice());
    }
    Some(blob)
}

/// Where the words of a message stand.
fn keys(message_id: B256) -> impl Iterator<Item = B256> {
    let base = abi::to_uint(&message_id.0);
    (1..u64::MAX).map(move |offset| abi::to_word(base.wrapping_add(U256::from(offset))))
}

fn length(bytes: usize) -> B256 {
    // In the memory of a machine of 32 bits, and so below 2^32.
    support::Word::word(bytes as u32)
}
