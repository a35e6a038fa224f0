//! Metadata of hooks and of security modules.

use alloy_primitives::{Address, B256, U256, uint};
use interfaces::codec::{
    self, HookMetadata, HyperlaneMessage, MerkleRootMetadata, MessageIdMetadata, QuorumError,
    ReadMetadata, ReadMetadataError, Signature, Signatures,
};
use interfaces::merkle;

use crate::messages::number;

/// Hook metadata of any length: each field that is there whole, up to the first that is not.
pub fn hook_metadata(data: &[u8]) {
    let metadata = HookMetadata::decode(data);
    let field = |from: usize, to: usize| data.get(from..to);
    assert_eq!(u64::from(metadata.variant), field(0, 2).map_or(0, number));
    assert_eq!(metadata.value, field(2, 34).map(U256::from_be_slice));
    assert_eq!(metadata.gas_limit, field(34, 66).map(U256::from_be_slice));
    assert_eq!(metadata.refund, field(66, 86).map(Address::from_slice));
    assert_eq!(metadata.custom, data.get(86..).unwrap_or_default());
    assert_eq!(metadata.fee_token(), field(86, 106).map(Address::from_slice));
    let is_supported = data.is_empty() || data.starts_with(&[0, 1]);
    assert_eq!(HookMetadata::is_supported(data), is_supported);
    if let (1, Some(value), Some(gas), Some(refund)) =
        (metadata.variant, metadata.value, metadata.gas_limit, metadata.refund)
    {
        assert_eq!(HookMetadata::encode(value, gas, refund), data[..86]);
    }
}

/// Half the order of secp256k1, rounded down.
const HALF_ORDER: U256 =
    uint!(0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0_U256);

/// Both kinds of multisig metadata; and the rule by which signatures count, against the loop of messaging.md §3.5,
/// with the last byte of r as the name of the signer.
///
/// The first two bytes are threshold and number of validators.
pub fn multisig_metadata(data: &[u8]) {
    let Some(([threshold, validators], data)) = data.split_first_chunk() else { return };
    match MessageIdMetadata::decode(data) {
        Some(metadata) => {
            assert_eq!(metadata.merkle_tree_hook[..], data[..32]);
            assert_eq!(metadata.root[..], data[32..64]);
            assert_eq!(u64::from(metadata.index), number(&data[64..68]));
            assert_eq!(metadata.encode(), data);
            quorum(metadata.signatures, &data[68..], *threshold % 8, *validators % 8);
        }
        None => {
            assert!(data.len() < 68, "only what stands in front of the signatures must be there")
        }
    }
    match MerkleRootMetadata::decode(data) {
        Some(metadata) => {
            assert_eq!(metadata.encode(), data);
            assert_eq!(metadata.signatures.0, &data[1096..]);
            let message = &data[..100];
            let checkpoint = metadata.checkpoint(message);
            assert_eq!(checkpoint.is_none(), metadata.message_index > metadata.signed_index);
            if let Some(checkpoint) = checkpoint {
                let path = data[68..1092].chunks(32).map(B256::from_slice);
                let leaf = HyperlaneMessage::id_of(message);
                let index = number(&data[32..36]) as u32;
                assert_eq!(checkpoint.root, merkle::branch_root(leaf, path, index));
                assert_eq!(checkpoint.message_id[..], data[36..68]);
                assert_eq!(u64::from(checkpoint.index), number(&data[1092..1096]));
                assert_eq!(u64::from(checkpoint.origin.0), number(&message[5..9]));
            }
        }
        None => {
            assert!(data.len() < 1096, "only what stands in front of the signatures must be there")
        }
    }
}

fn quorum(signatures: Signatures<'_>, bytes: &[u8], threshold: u8, validators: u8) {
    let signer = |byte: u8| Address::with_last_byte(byte);
    let set: Vec<_> = (0..validators).map(signer).collect();
    // Every fourth name is nobody's.
    let recover = |_: B256, signature: &Signature| {
        let name = signature.r[31] % 16;
        (name % 4 != 3).then(|| signer(name / 4 * 3 + name % 4))
    };
    let got = signatures.check_quorum(B256::ZERO, set.iter().copied(), threshold.into(), recover);
    assert_eq!(got, by_the_book(bytes, &set, threshold.into(), recover));
}

/// `vi = 0; for i in 0..threshold { signer = recover(digest, sig[i]); while vi < n and validators[vi] != signer
/// { vi += 1 }; if vi == n fail "!threshold"; vi += 1 }`.
fn by_the_book(
    bytes: &[u8],
    validators: &[Address],
    threshold: usize,
    recover: impl Fn(B256, &Signature) -> Option<Address>,
) -> Result<(), QuorumError> {
    let mut vi = 0;
    for i in 0..threshold {
        let Some(signature) = bytes.get(65 * i..65 * (i + 1)) else {
            return Err(QuorumError::Truncated);
        };
        let word = |at: usize| B256::from_slice(&signature[at..at + 32]);
        if U256::from_be_slice(&signature[32..64]) > HALF_ORDER {
            return Err(QuorumError::HighS);
        }
        let parsed = Signature { r: word(0), s: word(32), v: signature[64] };
        if parsed.v != 27 && parsed.v != 28 {
            return Err(QuorumError::Invalid);
        }
        let signer = recover(B256::ZERO, &parsed).ok_or(QuorumError::Invalid)?;
        while vi < validators.len() && validators[vi] != signer {
            vi += 1;
        }
        if vi == validators.len() {
            return Err(QuorumError::Threshold);
        }
        vi += 1;
    }
    Ok(())
}

/// Metadata of the read module: the first byte is the threshold.
pub fn read_metadata(data: &[u8]) {
    let Some((threshold, data)) = data.split_first() else { return };
    let threshold = usize::from(*threshold % 4);
    let metadata = match ReadMetadata::decode(data) {
        Ok(metadata) => metadata,
        Err(error) => {
            assert!(error == ReadMetadataError::TooShort && data.len() < 12);
            return;
        }
    };
    assert_eq!(metadata.valid_until, number(&data[..8]));
    assert_eq!(u64::from(metadata.count), number(&data[8..12]));
    let by_hand = read_results(data, threshold);
    match (metadata.results(threshold), by_hand) {
        (Ok((results, signatures)), Ok((expected, rest))) => {
            let results: Vec<_> = results.iter().collect();
            assert!(results.iter().map(|result| (result.block, result.result)).eq(expected));
            assert_eq!(signatures.0, rest);
            let again = ReadMetadata::encode(metadata.valid_until, &results, signatures);
            assert_eq!(again.as_deref(), Some(data));
        }
        (got, expected) => assert_eq!(got.err().map(|error| error as u8), expected.err()),
    }
}

/// Block and bytes of a result.
type ReadBack<'a> = (u64, &'a [u8]);

/// The results and what follows them, or the code of `InvalidMetadata`.
fn read_results(data: &[u8], threshold: usize) -> Result<(Vec<ReadBack<'_>>, &[u8]), u8> {
    let (count, mut rest) = (number(&data[8..12]), &data[12..]);
    let mut results = Vec::new();
    for _ in 0..count {
        if rest.len() < 12 {
            return Err(2);
        }
        let (block, length) = (number(&rest[..8]), number(&rest[8..12]));
        rest = &rest[12..];
        if (rest.len() as u64) < length {
            return Err(3);
        }
        let (result, behind) = rest.split_at(length as usize);
        results.push((block, result));
        rest = behind;
    }
    if rest.len() < 65 * threshold { Err(4) } else { Ok((results, rest)) }
}

/// Metadata of an aggregation: ranges that lie inside, and what they hold. The first byte is the module.
pub fn aggregation_metadata(data: &[u8]) {
    let Some((index, data)) = data.split_first() else { return };
    let index = usize::from(*index % 8);
    let by_hand = data.get(8 * index..8 * index + 8).and_then(|range| {
        let (start, end) = (number(&range[..4]) as usize, number(&range[4..]) as usize);
        match start {
            0 => Some(None),
            _ if start <= end && end <= data.len() => Some(Some(&data[start..end])),
            _ => None,
        }
    });
    assert_eq!(codec::sub_metadata(data, index), by_hand);
    // What is put together comes apart again.
    let parts: Vec<_> = data
        .chunks(9)
        .take(8)
        .map(|part| part.split_first().and_then(|(flag, part)| (flag & 1 == 1).then_some(part)))
        .collect();
    let whole = codec::aggregation_metadata(&parts).expect("it is short");
    for (index, part) in parts.iter().enumerate() {
        assert_eq!(codec::sub_metadata(&whole, index), Some(*part));
    }
}
