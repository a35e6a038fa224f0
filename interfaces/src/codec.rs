//! Packed layouts that are not ABI: messages, hook metadata, proofs, ISM metadata, and what is signed over them.
//!
//! Decoders are total: they borrow, allocate nothing, and refuse what does not fit. What they accept, they encode
//! again to the same bytes, with the bytes that a layout ignores as the only exception.

mod aggregation;
mod checkpoint;
mod hook_metadata;
mod hyperlane;
mod metalayer;
mod multisig;
mod proofs;
mod reads;
mod receipt;
mod sets;

pub use aggregation::{aggregation_metadata, sub_metadata};
pub use checkpoint::{Announcement, Checkpoint, eip191_hash, lookup_signing_hash};
pub use hook_metadata::HookMetadata;
pub use hyperlane::HyperlaneMessage;
pub use metalayer::{Malformed, MetalayerHeader, MetalayerMessage, PackedReads};
pub use multisig::{MerkleRootMetadata, MessageIdMetadata, QuorumError, Signature, Signatures};
pub use proofs::{ProofMessage, Proofs};
pub use reads::{ReadAttestation, ReadMetadata, ReadMetadataError, ReadResult, ReadResults};
pub use receipt::Receipt;
pub use sets::{SignerSet, Signers, ValidatorSet};

use crate::ids::Domain;
use alloy_primitives::{B256, U256};

/// Takes fields off the front of packed bytes.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(field)
    }

    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (field, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(field)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take().map(|&[byte]| byte)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().copied().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().copied().map(u64::from_be_bytes)
    }

    fn u256(&mut self) -> Option<U256> {
        self.take::<32>().copied().map(U256::from_be_bytes)
    }

    fn domain(&mut self) -> Option<Domain> {
        self.u32().map(Domain)
    }

    fn word(&mut self) -> Option<B256> {
        self.take().copied().map(B256::new)
    }
}
