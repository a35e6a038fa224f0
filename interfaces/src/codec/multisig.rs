//! Metadata of Hyperlane's multisig modules, and the rule by which signatures count. Spec: messaging.md §3.3–§3.5.

use alloc::vec::Vec;
use alloy_primitives::{Address, B256, U256, uint};

use super::{Checkpoint, HyperlaneMessage, Reader};
use crate::merkle;

/// Largest s that is accepted: half the order of the curve (EIP-2).
const MAX_S: U256 = uint!(0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0_U256);

/// Signatures of a quorum, 65 bytes each, followed by anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signatures<'a>(pub &'a [u8]);

/// One secp256k1 signature: r, s, v.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// x of the nonce point.
    pub r: B256,
    /// Low, or the signature is not accepted.
    pub s: B256,
    /// 27 or 28.
    pub v: u8,
}

/// Why a quorum was not reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuorumError {
    /// There are fewer signatures than the threshold; Hyperlane reverts without data.
    Truncated,
    /// s is in the upper half; Hyperlane reverts with `ECDSA: invalid signature 's' value`.
    HighS,
    /// No key could have made it; Hyperlane reverts with `ECDSA: invalid signature`.
    Invalid,
    /// A signer is no validator, or signatures are repeated or out of order; Hyperlane reverts with `!threshold`.
    Threshold,
}

impl Signature {
    /// Bytes of a signature.
    pub const SIZE: usize = 65;

    /// Reads r, s, v.
    pub fn decode(bytes: &[u8; Self::SIZE]) -> Option<Self> {
        let mut reader = Reader(bytes);
        Some(Self { r: reader.word()?, s: reader.word()?, v: reader.u8()? })
    }

    /// r, s, v.
    pub fn encode(&self) -> [u8; Self::SIZE] {
        let mut out = [0; Self::SIZE];
        out[..32].copy_from_slice(self.r.as_slice());
        out[32..64].copy_from_slice(self.s.as_slice());
        out[64] = self.v;
        out
    }

    /// Whether s is in the lower half, so that nobody could have made a second signature of it.
    pub fn is_low_s(&self) -> bool {
        U256::from_be_bytes(self.s.0) <= MAX_S
    }
}

impl<'a> Signatures<'a> {
    /// The signature at `index`; `None` if it is not there whole.
    pub fn get(self, index: usize) -> Option<Signature> {
        let (signatures, _) = self.0.as_chunks();
        Signature::decode(signatures.get(index)?)
    }

    /// Whether the first `threshold` signatures over `digest` are of validators, each once, in the set's order.
    ///
    /// Later signatures are not looked at, and a stranger among the first ones spoils all.
    ///
    /// - `recover`: address whose key signed the digest; `None` if no key could have. It need not check v or s.
    /// # Errors
    /// [`QuorumError`], of the first signature that does not count.
    /// # Source
    /// messaging.md §3.5
    pub fn check_quorum(
        self,
        digest: B256,
        validators: impl IntoIterator<Item = Address>,
        threshold: usize,
        recover: impl Fn(B256, &Signature) -> Option<Address>,
    ) -> Result<(), QuorumError> {
        let mut validators = validators.into_iter();
        for i in 0..threshold {
            let signature = self.get(i).ok_or(QuorumError::Truncated)?;
            if !signature.is_low_s() {
                return Err(QuorumError::HighS);
            }
            let signer = matches!(signature.v, 27 | 28).then(|| recover(digest, &signature));
            let signer = signer.flatten().ok_or(QuorumError::Invalid)?;
            validators.find(|validator| *validator == signer).ok_or(QuorumError::Threshold)?;
        }
        Ok(())
    }
}

/// Metadata of a message-id multisig: a checkpoint whose own leaf is the message.
/// # Source
/// messaging.md §3.3
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageIdMetadata<'a> {
    /// The origin's tree.
    pub merkle_tree_hook: B256,
    /// Root of the checkpoint.
    pub root: B256,
    /// Index of the checkpoint.
    pub index: u32,
    /// In the order of the validator set.
    pub signatures: Signatures<'a>,
}

impl<'a> MessageIdMetadata<'a> {
    /// Bytes in front of the signatures.
    pub const HEADER: usize = 68;

    /// Reads metadata; `None` if it ends in front of the signatures.
    pub fn decode(metadata: &'a [u8]) -> Option<Self> {
        let mut reader = Reader(metadata);
        Some(Self {
            merkle_tree_hook: reader.word()?,
            root: reader.word()?,
            index: reader.u32()?,
            signatures: Signatures(reader.0),
        })
    }

    /// The bytes that a relayer passes to `process`.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.signatures.0.len().wrapping_add(Self::HEADER));
        out.extend_from_slice(self.merkle_tree_hook.as_slice());
        out.extend_from_slice(self.root.as_slice());
        out.extend_from_slice(&self.index.to_be_bytes());
        out.extend_from_slice(self.signatures.0);
        out
    }

    /// The checkpoint that must be signed for `message`, of which these are the bytes; `None` if it is no message.
    pub fn checkpoint(&self, message: &[u8]) -> Option<Checkpoint> {
        Some(Checkpoint {
            origin: HyperlaneMessage::decode(message)?.origin,
            merkle_tree_hook: self.merkle_tree_hook,
            root: self.root,
            index: self.index,
            message_id: HyperlaneMessage::id_of(message),
        })
    }
}

/// Metadata of a merkle-root multisig: a later checkpoint, and a proof that the message lies below it.
/// # Source
/// messaging.md §3.4
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MerkleRootMetadata<'a> {
    /// The origin's tree.
    pub merkle_tree_hook: B256,
    /// Leaf index of the message.
    pub message_index: u32,
    /// Leaf of the signed checkpoint.
    pub signed_message_id: B256,
    /// From the message's leaf to the signed root.
    pub proof: &'a [[u8; 32]; merkle::DEPTH],
    /// Index of the signed checkpoint.
    pub signed_index: u32,
    /// In the order of the validator set.
    pub signatures: Signatures<'a>,
}

impl<'a> MerkleRootMetadata<'a> {
    /// Bytes in front of the signatures.
    pub const HEADER: usize = 1096;

    /// Reads metadata; `None` if it ends in front of the signatures.
    pub fn decode(metadata: &'a [u8]) -> Option<Self> {
        let mut reader = Reader(metadata);
        Some(Self {
            merkle_tree_hook: reader.word()?,
            message_index: reader.u32()?,
            signed_message_id: reader.word()?,
            proof: reader.take::<1024>()?.as_chunks().0.first_chunk()?,
            signed_index: reader.u32()?,
            signatures: Signatures(reader.0),
        })
    }

    /// The bytes that a relayer passes to `process`.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.signatures.0.len().wrapping_add(Self::HEADER));
        out.extend_from_slice(self.merkle_tree_hook.as_slice());
        out.extend_from_slice(&self.message_index.to_be_bytes());
        out.extend_from_slice(self.signed_message_id.as_slice());
        out.extend_from_slice(self.proof.as_flattened());
        out.extend_from_slice(&self.signed_index.to_be_bytes());
        out.extend_from_slice(self.signatures.0);
        out
    }

    /// The checkpoint that must be signed for `message`, of which these are the bytes.
    ///
    /// `None` if it is no message, or if the signed checkpoint is older than the message, which Hyperlane refuses
    /// with `Invalid merkle index metadata`.
    pub fn checkpoint(&self, message: &[u8]) -> Option<Checkpoint> {
        if self.message_index > self.signed_index {
            return None;
        }
        let leaf = HyperlaneMessage::id_of(message);
        let proof = self.proof.iter().map(|node| B256::new(*node));
        Some(Checkpoint {
            origin: HyperlaneMessage::decode(message)?.origin,
            merkle_tree_hook: self.merkle_tree_hook,
            root: merkle::branch_root(leaf, proof, self.message_index),
            index: self.signed_index,
            message_id: self.signed_message_id,
        })
    }
}
