//! Events, without the formatting code that the SDK's `log` drags in.

use alloc::vec::Vec;

use alloy_primitives::B256;
use alloy_sol_types::{SolEvent, TopicList, abi::token::WordToken};
use interfaces::in_code;
use stylus_sdk::{host::VM, stylus_core::RawLogAccess};

/// Emits an event declared in `interfaces`.
pub fn emit<E: SolEvent>(host: &VM, event: &E) {
    let mut topics = [WordToken::default(); 4];
    let count = <E::TopicList as TopicList>::COUNT;
    // Four topics is the most an event has, so neither of these fails; the SDK unwraps here, which costs 5 KB.
    let Some(used) = topics.get_mut(..count) else { return };
    if event.encode_topics_raw(used).is_err() {
        return;
    }
    let mut bytes = Vec::with_capacity(event.abi_encoded_size().saturating_add(32 * 4));
    for topic in used {
        bytes.extend_from_slice(topic.as_slice());
    }
    event.encode_data_to(&mut bytes);
    host.emit_log(&bytes, count);
}

/// The signature hash of an event: its first topic, out of the code ([`interfaces::in_code`]).
#[inline(always)]
pub fn signature<E: SolEvent>() -> B256 {
    in_code!(E::SIGNATURE_HASH)
}

/// Emits an event whose topics and data are words, without an encoder or an allocation.
///
/// - `topics`: how many of the words are topics; the first is the signature hash.
pub fn emit_words(host: &VM, topics: usize, words: &[[u8; 32]]) {
    host.emit_log(words.as_flattened(), topics);
}

/// Emits an event whose data the caller has encoded, for data that is copied from calldata.
///
/// - `topics`: signature hash first, at most four.
pub fn emit_raw(host: &VM, topics: &[B256], data: &[u8]) {
    let mut bytes = Vec::with_capacity(data.len().saturating_add(32 * 4));
    for topic in topics {
        bytes.extend_from_slice(topic.as_slice());
    }
    bytes.extend_from_slice(data);
    host.emit_log(&bytes, topics.len());
}

#[cfg(test)]
mod tests {
    use super::*;
    use interfaces::{intents::IProver::IntentProven, metalayer::IMetalayerRouter::PausedSet};

    #[test]
    fn a_signature_is_its_events_hash() {
        assert_eq!(signature::<IntentProven>(), IntentProven::SIGNATURE_HASH);
        assert_eq!(signature::<PausedSet>(), PausedSet::SIGNATURE_HASH);
    }
}
