//! Attested results of reads. Spec: messaging.md §5.7.

use alloc::vec::Vec;
use alloy_primitives::{Address, B256};

use super::{Reader, Signatures, eip191_hash};
use crate::hash::{Preimage, keccak};
use crate::ids::Domain;

/// The result of one read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadResult<'a> {
    /// Block of the chain that was read.
    pub block: u64,
    /// What the call returned.
    pub result: &'a [u8],
}

/// What read attestors sign: the results of all reads of one message.
/// # Source
/// messaging.md §5.7
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadAttestation {
    /// Domain on which the message is delivered.
    pub destination: Domain,
    /// The read module there.
    pub read_ism: Address,
    /// The message.
    pub hyperlane_id: B256,
    /// Unix seconds, inclusive.
    pub valid_until: u64,
}

impl ReadAttestation {
    /// Binds a signature to one module on one domain.
    pub fn domain_separator(&self) -> B256 {
        let mut preimage = Preimage::<54>::new();
        preimage.push(b"METALAYER_READS_V1");
        preimage.push(&self.destination.to_be_bytes());
        preimage.push(self.read_ism.into_word().as_slice());
        preimage.hash()
    }

    /// Hash of the results, and how many they are.
    pub fn results_hash<'r>(results: impl Iterator<Item = ReadResult<'r>>) -> (B256, u32) {
        let (mut preimage, mut count) = (Vec::new(), 0u32);
        for result in results {
            preimage.extend_from_slice(&result.block.to_be_bytes());
            preimage.extend_from_slice(keccak(result.result).as_slice());
            count = count.wrapping_add(1);
        }
        (keccak(&preimage), count)
    }

    /// What is signed, before the Ethereum prefix.
    ///
    /// - `results`: in the order of the message's reads.
    pub fn signing_hash<'r>(&self, results: impl Iterator<Item = ReadResult<'r>>) -> B256 {
        let (results, count) = Self::results_hash(results);
        let mut preimage = Preimage::<108>::new();
        preimage.push(self.domain_separator().as_slice());
        preimage.push(self.hyperlane_id.as_slice());
        preimage.push(&self.valid_until.to_be_bytes());
        preimage.push(&count.to_be_bytes());
        preimage.push(results.as_slice());
        preimage.hash()
    }

    /// What the curve signs.
    pub fn digest<'r>(&self, results: impl Iterator<Item = ReadResult<'r>>) -> B256 {
        eip191_hash(self.signing_hash(results))
    }
}

/// Metadata of the read module.
/// # Source
/// messaging.md §5.7
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadMetadata<'a> {
    /// Unix seconds, inclusive.
    pub valid_until: u64,
    /// How many results are claimed to follow.
    pub count: u32,
    rest: &'a [u8],
}

/// Why bytes are no metadata of the read module; the number is the argument of `InvalidMetadata`.
/// # Source
/// messaging.md §5.7
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ReadMetadataError {
    /// Shorter than the fixed part.
    TooShort = 1,
    /// Ends inside the fixed part of a result.
    TruncatedResultHeader = 2,
    /// A result is longer than what is left.
    TruncatedResult = 3,
    /// There are fewer signatures than the threshold.
    TruncatedSignatures = 4,
}

/// The results of a message's reads, packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadResults<'a> {
    length: u32,
    bytes: &'a [u8],
}

impl<'a> ReadMetadata<'a> {
    /// Reads the fixed part. The module checks the count and the expiry next, and only then reads on.
    /// # Errors
    /// [`ReadMetadataError::TooShort`].
    pub fn decode(metadata: &'a [u8]) -> Result<Self, ReadMetadataError> {
        let mut reader = Reader(metadata);
        let (valid_until, count) =
            reader.u64().zip(reader.u32()).ok_or(ReadMetadataError::TooShort)?;
        Ok(Self { valid_until, count, rest: reader.0 })
    }

    /// Reads the results, and the signatures behind them.
    ///
    /// - `threshold`: how many signatures there must be.
    /// # Errors
    /// The other kinds of [`ReadMetadataError`].
    pub fn results(
        &self,
        threshold: usize,
    ) -> Result<(ReadResults<'a>, Signatures<'a>), ReadMetadataError> {
        let mut reader = Reader(self.rest);
        for _ in 0..self.count {
            let header = reader.u64().zip(reader.u32());
            let (_, length) = header.ok_or(ReadMetadataError::TruncatedResultHeader)?;
            reader.bytes(length as usize).ok_or(ReadMetadataError::TruncatedResult)?;
        }
        let signatures = Signatures(reader.0);
        if threshold.checked_sub(1).is_some_and(|last| signatures.get(last).is_none()) {
            return Err(ReadMetadataError::TruncatedSignatures);
        }
        Ok((ReadResults { length: self.count, bytes: self.rest }, signatures))
    }

    /// The bytes that a gateway answers with; `None` if a length does not fit.
    pub fn encode(
        valid_until: u64,
        results: &[ReadResult<'_>],
        signatures: Signatures<'_>,
    ) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        out.extend_from_slice(&valid_until.to_be_bytes());
        out.extend_from_slice(&u32::try_from(results.len()).ok()?.to_be_bytes());
        for result in results {
            out.extend_from_slice(&result.block.to_be_bytes());
            out.extend_from_slice(&u32::try_from(result.result.len()).ok()?.to_be_bytes());
            out.extend_from_slice(result.result);
        }
        out.extend_from_slice(signatures.0);
        Some(out)
    }
}

impl<'a> ReadResults<'a> {
    /// The results in order.
    pub fn iter(self) -> impl Iterator<Item = ReadResult<'a>> + Clone + use<'a> {
        let mut reader = Reader(self.bytes);
        (0..self.length).map_while(move |_| {
            let (block, length) = reader.u64().zip(reader.u32())?;
            Some(ReadResult { block, result: reader.bytes(length as usize)? })
        })
    }
}
