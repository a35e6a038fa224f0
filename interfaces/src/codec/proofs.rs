//! The message from an Inbox to a prover. Spec: intents.md §4.4, §5.3.

use alloc::vec::Vec;
use alloy_primitives::B256;

use crate::ids::ChainId;
use crate::intents::IMetaProver::InvalidProofMessage;
use crate::intents::IProver::ArrayLengthMismatch;

/// A proof message that is being received.
///
/// It is read in two steps, because the prover checks the chain id before the length of the rest.
/// # Source
/// intents.md §5.3
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proofs<'a> {
    /// Chain on which the intents were fulfilled, as the message claims.
    pub chain_id: ChainId,
    payload: &'a [u8],
}

impl<'a> Proofs<'a> {
    /// Reads the chain id.
    /// # Errors
    /// `InvalidProofMessage` if the message has fewer than eight bytes.
    pub fn decode(message: &'a [u8]) -> Result<Self, InvalidProofMessage> {
        let (chain_id, payload) = message.split_first_chunk().ok_or(InvalidProofMessage {})?;
        Ok(Self { chain_id: ChainId(u64::from_be_bytes(*chain_id)), payload })
    }

    /// The pairs in order: intent hash, claimant (of any VM).
    /// # Errors
    /// `ArrayLengthMismatch` if the rest is not made of whole pairs.
    pub fn pairs(
        &self,
    ) -> Result<impl ExactSizeIterator<Item = (B256, B256)> + Clone + use<'a>, ArrayLengthMismatch>
    {
        let (words, rest) = self.payload.as_chunks::<32>();
        let (pairs, odd) = words.as_chunks::<2>();
        if !rest.is_empty() || !odd.is_empty() {
            return Err(ArrayLengthMismatch {});
        }
        Ok(pairs.iter().map(|[hash, claimant]| (B256::new(*hash), B256::new(*claimant))))
    }
}

/// A proof message that is being written.
/// # Source
/// intents.md §4.4
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofMessage(Vec<u8>);

impl ProofMessage {
    /// A message without pairs.
    ///
    /// - `chain_id`: the chain that writes it.
    /// - `pairs`: how many are to come; a hint.
    pub fn new(chain_id: ChainId, pairs: usize) -> Self {
        let mut bytes = Vec::with_capacity(pairs.wrapping_mul(64).wrapping_add(8));
        bytes.extend_from_slice(&chain_id.to_be_bytes());
        Self(bytes)
    }

    /// Appends a pair.
    pub fn push(&mut self, intent_hash: B256, claimant: B256) {
        self.0.extend_from_slice(intent_hash.as_slice());
        self.0.extend_from_slice(claimant.as_slice());
    }

    /// The finished message: `encodedProofs`.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}
