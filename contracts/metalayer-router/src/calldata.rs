//! The calls to Mailbox and recipient, encoded straight from calldata: alloy's encoder would copy the message first.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolCall;
use interfaces::{
    Domain,
    args::{BytesList, ReadView, Reads},
    codec::{MetalayerHeader, MetalayerMessage, PackedReads},
    hash::keccak,
    hyperlane::IMailbox::{
        dispatch_2Call as dispatchWithHookCall, quoteDispatch_2Call as quoteWithHookCall,
    },
    metalayer::{IMetalayerReadIsm, IMetalayerRecipient},
};
use support::abi;

/// Where the message begins in a [`Posting`]: behind the selector, five words of arguments and its own length.
const MESSAGE_OFFSET: usize = 4 + 6 * 32;

/// A message on its way to the Mailbox: the one buffer that holds the calldata of both its calls, which differ in the
/// selector alone.
pub(crate) struct Posting {
    calldata: Vec<u8>,
    message_len: usize,
}

impl Posting {
    /// `quoteDispatch` or `dispatch` of `(destination, router, message, metadata, hook)`.
    ///
    /// - `router`: the recipient as the Mailbox sees it.
    pub(crate) fn new(
        header: &MetalayerHeader,
        router: Address,
        reads: Reads,
        write_call_data: &[u8],
        metadata: &[u8],
        hook: Address,
    ) -> Self {
        // Both are in memory, so their lengths are far from the limit of `usize`.
        let message_len = message_len(reads, write_call_data);
        let message_size = abi::padded(message_len).wrapping_add(32);
        let size = message_size.wrapping_add(abi::bytes_size(metadata)).wrapping_add(4 + 5 * 32);
        let mut out = Vec::with_capacity(size);
        out.extend_from_slice(&quoteWithHookCall::SELECTOR);
        abi::number(&mut out, header.destination.0 as usize);
        out.extend_from_slice(router.into_word().as_slice());
        abi::number(&mut out, 5 * 32);
        abi::number(&mut out, message_size.wrapping_add(5 * 32));
        out.extend_from_slice(hook.into_word().as_slice());
        abi::number(&mut out, message_len);
        header.encode_into(&mut out, reads.iter(), write_call_data);
        // Fills the message's last word up.
        out.resize(message_size.wrapping_add(4 + 5 * 32), 0);
        abi::bytes(&mut out, metadata);
        Self { calldata: out, message_len }
    }

    /// Metalayer id of the message.
    pub(crate) fn message_id(&self) -> B256 {
        let message = self.calldata.get(MESSAGE_OFFSET..).and_then(|m| m.get(..self.message_len));
        MetalayerMessage::id_of(message.unwrap_or_default())
    }

    pub(crate) fn quote(&mut self) -> &[u8] {
        self.select(quoteWithHookCall::SELECTOR)
    }

    pub(crate) fn dispatch(&mut self) -> &[u8] {
        self.select(dispatchWithHookCall::SELECTOR)
    }

    fn select(&mut self, selector: [u8; 4]) -> &[u8] {
        if let Some(place) = self.calldata.first_chunk_mut() {
            *place = selector;
        }
        &self.calldata
    }
}

/// Size of a Metalayer message.
pub(crate) fn message_len(reads: Reads, write_call_data: &[u8]) -> usize {
    // `None` would be a size beyond `usize` for something that is in memory.
    MetalayerHeader::encoded_len(reads.iter(), write_call_data).unwrap_or(usize::MAX)
}

/// `handle(origin, sender, message, reads, readResults)` of the recipient.
///
/// - `results`: of as many reads as there are.
pub(crate) fn deliver(
    origin: Domain,
    sender: B256,
    message: &[u8],
    reads: PackedReads,
    results: BytesList,
) -> Vec<u8> {
    // All of it is in memory, so every size is far from the limit of `usize`.
    let message_end = abi::bytes_size(message).wrapping_add(5 * 32);
    let reads_end = reads.iter().fold(message_end.wrapping_add(32), |end, read| {
        end.wrapping_add(32).wrapping_add(read_size(&read))
    });
    let mut out = Vec::with_capacity(reads_end.wrapping_add(4 + 32));
    out.extend_from_slice(&IMetalayerRecipient::handleCall::SELECTOR);
    abi::number(&mut out, origin.0 as usize);
    out.extend_from_slice(sender.as_slice());
    abi::number(&mut out, 5 * 32);
    abi::number(&mut out, message_end);
    abi::number(&mut out, reads_end);
    abi::bytes(&mut out, message);
    abi::number(&mut out, reads.len());
    let mut offset = reads.len().wrapping_mul(32);
    for read in reads.iter() {
        abi::number(&mut out, offset);
        offset = offset.wrapping_add(read_size(&read));
    }
    for read in reads.iter() {
        abi::number(&mut out, read.domain.0 as usize);
        abi::word(&mut out, &read.target.into_word());
        abi::number(&mut out, 3 * 32);
        abi::bytes(&mut out, read.call_data);
    }
    abi::bytes_list(&mut out, results.iter());
    out
}

/// Size of a `ReadOperation` in the encoding: three words of head, and its call data.
fn read_size(read: &ReadView) -> usize {
    abi::bytes_size(read.call_data).wrapping_add(3 * 32)
}

/// `consume(messageId)` of the read module.
pub(crate) fn consume(message_id: B256) -> Vec<u8> {
    abi::words(IMetalayerReadIsm::consumeCall::SELECTOR, &[message_id])
}

/// Key of a delivered message; it contains the origin's router, so that a replaced one cannot collide.
/// # Source
/// messaging.md §5.4.4, check 10
pub(crate) fn delivery_key(origin: Domain, router: B256, message_id: B256) -> B256 {
    let origin = alloy_primitives::FixedBytes(origin.to_be_bytes());
    let preimage = origin.concat_const::<32, 36>(router).concat_const::<32, 68>(message_id);
    keccak(preimage.as_slice())
}
