//! Packed layouts: messages, proofs, metadata.
//!
//! # Planted bugs
//! Each was put into the code, seen to fail the test of this file that stands behind it, and taken out again.
//! - hash and claimant changed round when written: `up_to_four_proofs_are_read_as_they_were_written`; when read:
//!   `every_byte_of_a_proof_message_lands_in_its_place`, too
//! - half a pair at the end passed over: `a_proof_message_is_eight_bytes_and_whole_pairs`
//! - a read, or a result, that reaches past the end: `a_metalayer_message_that_is_cut_…`, `results_that_are_cut_…`
//! - the highest bit of a read's length dropped: `the_length_of_a_read_reaches_no_further_than_its_message`
//! - fifteen reads at most; a flag of 3: `the_flag_is_at_most_2_and_the_reads_at_most_16`
//! - sender and recipient changed round: `a_hyperlane_message_is_77_bytes_and_any_body`
//! - variants above 1 accepted; a gas limit of zero in place of a missing one:
//!   `hook_metadata_has_the_fields_that_it_is_long_enough_for`
//! - the second signature in place of the first: `multisig_metadata_is_a_header_and_whole_signatures`
//! - one signature less than the threshold: `results_that_are_cut_…`
//! - half an address at the end passed over: `a_set_of_signers_is_a_threshold_and_whole_addresses`
//! - a receipt of kind 0; one with something behind it: `a_receipt_is_65_bytes_and_says_delivered`
//! - the end of a range in place of its start: `a_module_gets_the_range_that_is_its_own_or_nothing`
//! - ranges that begin anew behind a module without a part: `every_module_of_an_aggregation_gets_what_was_meant_for_it`

use alloy_primitives::{Address, B256, U256};
use interfaces::args::ReadView;
use interfaces::codec::{
    HookMetadata, HyperlaneMessage, Malformed, MerkleRootMetadata, MessageIdMetadata,
    MetalayerHeader, MetalayerMessage, ProofMessage, Proofs, ReadMetadata, ReadMetadataError,
    ReadResult, Receipt, Signature, Signatures, SignerSet, ValidatorSet, aggregation_metadata,
    sub_metadata,
};
use interfaces::ids::{ChainId, Domain};
use interfaces::metalayer::FinalityState;

use super::{BYTES, word};

/// Bytes that differ from their neighbours.
fn ramp(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8 + 1).collect()
}

/// All lists of `length` elements.
fn lists<T: Copy>(elements: &[T], length: usize) -> Vec<Vec<T>> {
    (0..length).fold(vec![vec![]], |lists, _| {
        let longer = |list: &Vec<T>| {
            let list = list.clone();
            elements.iter().map(move |element| [&list[..], &[*element]].concat())
        };
        lists.iter().flat_map(longer).collect()
    })
}

/// Up to four pairs, chain id and every word of one of four bytes: 4 · (1 + 4² + 4⁴ + 4⁶ + 4⁸) = 279,620 messages.
#[test]
fn up_to_four_proofs_are_read_as_they_were_written() {
    let mut cases = 0;
    for pairs in 0..=4 {
        for fill in lists(&BYTES, 2 * pairs) {
            let words: Vec<_> = fill.iter().map(|byte| B256::repeat_byte(*byte)).collect();
            let pairs: Vec<_> = words.chunks(2).map(|pair| (pair[0], pair[1])).collect();
            for byte in BYTES {
                let chain_id = ChainId(u64::from_be_bytes([byte; 8]));
                let mut message = ProofMessage::new(chain_id, pairs.len());
                pairs.iter().for_each(|(hash, claimant)| message.push(*hash, *claimant));
                let bytes = message.into_bytes();
                let by_hand = [&[byte; 8], &words.concat()[..]].concat();
                assert_eq!(bytes, by_hand);
                let proofs = Proofs::decode(&bytes).unwrap();
                assert_eq!(proofs.chain_id, chain_id);
                assert!(proofs.pairs().unwrap().eq(pairs.iter().copied()));
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 279_620);
}

/// Every byte of a message of up to four pairs, with each of its values: 256 · (5 · 8 + 10 · 64) = 174,080 messages.
#[test]
fn every_byte_of_a_proof_message_lands_in_its_place() {
    let mut cases = 0;
    for pairs in 0..=4 {
        let mut bytes = ramp(8 + 64 * pairs);
        for at in 0..bytes.len() {
            let honest = bytes[at];
            for value in 0..=u8::MAX {
                bytes[at] = value;
                let proofs = Proofs::decode(&bytes).unwrap();
                let read = proofs.pairs().unwrap();
                let words = read.flat_map(|(hash, claimant)| [hash, claimant]);
                let chain_id = proofs.chain_id.0.to_be_bytes().into_iter();
                assert!(chain_id.chain(words.flat_map(|word| word.0)).eq(bytes.iter().copied()));
                cases += 1;
            }
            bytes[at] = honest;
        }
    }
    assert_eq!(cases, 174_080);
}

/// Every length up to four pairs, of every one byte: 265 · 256 = 67,840 messages.
#[test]
fn a_proof_message_is_eight_bytes_and_whole_pairs() {
    let mut cases = 0;
    for length in 0..=8 + 64 * 4 {
        for byte in 0..=u8::MAX {
            let bytes = vec![byte; length];
            let proofs = Proofs::decode(&bytes);
            assert_eq!(proofs.is_ok(), length >= 8);
            if let Ok(proofs) = proofs {
                let pairs = proofs.pairs().ok().map(|pairs| pairs.count());
                let whole = [8, 72, 136, 200, 264].iter().position(|whole| *whole == length);
                assert_eq!(pairs, whole, "{length}");
            }
            cases += 1;
        }
    }
    assert_eq!(cases, 67_840);
}

/// What is wrong with a message of reads of such call data that is cut, read off the layout's table.
fn malformed(length: usize, reads: &[usize]) -> Option<Malformed> {
    if length < 78 {
        return Some(Malformed::TooShort);
    }
    if length < 82 {
        return Some(Malformed::TruncatedReadCount);
    }
    let mut start = 82;
    for call_data in reads {
        if length < start + 28 {
            return Some(Malformed::TruncatedReadHeader);
        }
        if length < start + 28 + call_data {
            return Some(Malformed::TruncatedReadCalldata);
        }
        start += 28 + call_data;
    }
    None
}

const HEADER: MetalayerHeader = MetalayerHeader {
    version: 3,
    finality: FinalityState::Instant,
    nonce: 0x0102_0304,
    origin: Domain(0x0506_0708),
    sender: B256::repeat_byte(0x0a),
    destination: Domain(0x0b0c_0d0e),
    recipient: B256::repeat_byte(0x0f),
};

/// A message with reads of such call data, and what is read of it.
fn message(reads: &[usize], write: usize) -> Vec<u8> {
    let call_data = ramp(64);
    let read = |(at, length): (usize, &usize)| ReadView {
        domain: Domain(at as u32 + 1),
        target: Address::from_word(word(at as u8)),
        call_data: &call_data[at..at + *length],
    };
    HEADER.encode(reads.iter().enumerate().map(read), &ramp(write))
}

/// Up to three reads of 0, 1, 31, 32 or 33 bytes, 0, 1 or 5 bytes behind them, cut at every length: 156 lists of reads,
/// 468 messages, of which 100,926 beginnings are tried.
#[test]
fn a_metalayer_message_that_is_cut_is_refused_with_the_code_of_what_is_missing() {
    let (mut messages, mut cases) = (0, 0);
    for count in 0..=3 {
        for reads in lists(&[0, 1, 31, 32, 33], count) {
            for write in [0, 1, 5] {
                let bytes = message(&reads, write);
                messages += 1;
                for end in 0..=bytes.len() {
                    let decoded = MetalayerMessage::decode(&bytes[..end]);
                    assert_eq!(decoded.err(), malformed(end, &reads), "{reads:?} cut at {end}");
                    if let Ok(decoded) = decoded {
                        assert_eq!(decoded.header, HEADER);
                        let lengths = decoded.reads.iter().map(|read| read.call_data.len());
                        assert!(lengths.eq(reads.iter().copied()));
                        assert_eq!(decoded.encode(), bytes[..end]);
                    }
                    cases += 1;
                }
            }
        }
    }
    assert_eq!((messages, cases), (468, 100_926));
}

/// Every byte in place of the finality flag, and every count of reads whose call data is empty up to 40, at every
/// power of two and around it: 256 + 41 + 93 messages.
#[test]
fn the_flag_is_at_most_2_and_the_reads_at_most_16() {
    let mut cases = 0;
    let mut bytes = message(&[], 0);
    for flag in 0..=u8::MAX {
        bytes[1] = flag;
        let flagged = MetalayerMessage::decode(&bytes).map(|message| message.header.finality as u8);
        assert_eq!(flagged, if flag <= 2 { Ok(flag) } else { Err(Malformed::BadFinality) });
        assert_eq!(FinalityState::new(flag).map(|state| state as u8), (flag <= 2).then_some(flag));
        cases += 1;
    }
    bytes[1] = 0;
    let large =
        (2..=32).flat_map(|bit| [(1u64 << bit) - 2, (1 << bit) - 1, (1 << bit) % (1 << 32)]);
    // Room for more reads than are allowed.
    bytes.resize(82 + 28 * 40, 0);
    for count in (0..=40).chain(large) {
        bytes[78..82].copy_from_slice(&(count as u32).to_be_bytes());
        let reads = MetalayerMessage::decode(&bytes).map(|message| message.reads.len() as u64);
        assert_eq!(reads, if count <= 16 { Ok(count) } else { Err(Malformed::TooManyReads) });
        cases += 1;
    }
    assert_eq!(cases, 256 + 41 + 93);
}

/// Each length field of three reads, holding every number up to 130, and those around 2^7, …, 2^32: 3 · (131 + 78) =
/// 627 messages. What is accepted is what lies inside, and no sum of lengths goes round.
#[test]
fn the_length_of_a_read_reaches_no_further_than_its_message() {
    let mut cases = 0;
    // Three reads without call data, whose fields are therefore where they always are, and 60 bytes behind.
    let honest = message(&[0, 0, 0], 60);
    let large =
        (7..=32).flat_map(|bit| [(1u64 << bit) - 1, (1 << bit) % (1 << 32), (1 << bit) - 28]);
    let lengths: Vec<u64> = (0..=130).chain(large).collect();
    for read in 0..3 {
        for length in &lengths {
            let mut bytes = honest.clone();
            let field = 82 + 28 * read + 24;
            bytes[field..field + 4].copy_from_slice(&(*length as u32).to_be_bytes());
            let expected = by_table(&bytes);
            let decoded = MetalayerMessage::decode(&bytes);
            assert_eq!(decoded.as_ref().err().copied(), expected.as_ref().err().copied());
            if let (Ok(decoded), Ok(ranges)) = (decoded, expected) {
                let read = decoded.reads.iter().map(|read| read.call_data);
                assert!(read.eq(ranges.iter().map(|range| &bytes[range.clone()])));
                assert_eq!(decoded.encode(), bytes);
            }
            cases += 1;
        }
    }
    assert_eq!(cases, 627);
}

/// Where the call data of three reads lies, in numbers too wide to go round.
fn by_table(bytes: &[u8]) -> Result<Vec<std::ops::Range<usize>>, Malformed> {
    let (size, mut at, mut ranges) = (bytes.len() as u128, 82u128, vec![]);
    for _ in 0..3 {
        if size < at + 28 {
            return Err(Malformed::TruncatedReadHeader);
        }
        let field = &bytes[at as usize + 24..at as usize + 28];
        let length = field.iter().fold(0u128, |length, byte| length * 256 + u128::from(*byte));
        if size < at + 28 + length {
            return Err(Malformed::TruncatedReadCalldata);
        }
        ranges.push((at + 28) as usize..(at + 28 + length) as usize);
        at += 28 + length;
    }
    Ok(ranges)
}

/// Every length up to four bytes of body, of every one byte: 82 · 256 = 20,992 messages; and every byte of the longest,
/// with each of its values: 81 · 256 = 20,736 more.
#[test]
fn a_hyperlane_message_is_77_bytes_and_any_body() {
    let mut cases = 0;
    for length in 0..=81 {
        for byte in 0..=u8::MAX {
            let bytes = vec![byte; length];
            let decoded = HyperlaneMessage::decode(&bytes);
            assert_eq!(decoded.map(|message| message.body.len()), length.checked_sub(77));
            cases += 1;
        }
    }
    let mut bytes = ramp(81);
    for at in 0..81 {
        let honest = bytes[at];
        for value in 0..=u8::MAX {
            bytes[at] = value;
            let message = HyperlaneMessage::decode(&bytes).unwrap();
            let by_hand = [
                &[message.version][..],
                &message.nonce.to_be_bytes(),
                &message.origin.0.to_be_bytes(),
                message.sender.as_slice(),
                &message.destination.0.to_be_bytes(),
                message.recipient.as_slice(),
                message.body,
            ];
            assert_eq!(by_hand.concat(), bytes);
            assert_eq!(message.encode(), bytes);
            cases += 1;
        }
        bytes[at] = honest;
    }
    assert_eq!(cases, 20_992 + 20_736);
}

/// Every length from nothing to a fee token with 14 bytes behind it, of every one byte: 121 · 256 = 30,976; and every
/// variant there is, 65,536.
#[test]
fn hook_metadata_has_the_fields_that_it_is_long_enough_for() {
    let mut cases = 0;
    for length in 0..=120 {
        for byte in 0..=u8::MAX {
            let bytes = vec![byte; length];
            let number = U256::from_be_bytes([byte; 32]);
            let token = Address::repeat_byte(byte);
            let metadata = HookMetadata::decode(&bytes);
            let variant = u16::from_be_bytes([byte; 2]);
            assert_eq!(metadata.variant, if length >= 2 { variant } else { 0 });
            assert_eq!(metadata.value, (length >= 34).then_some(number));
            assert_eq!(metadata.gas_limit, (length >= 66).then_some(number));
            assert_eq!(metadata.refund, (length >= 86).then_some(token));
            assert_eq!(metadata.custom, vec![byte; length.saturating_sub(86)]);
            assert_eq!(metadata.fee_token(), (length >= 106).then_some(token));
            assert_eq!(HookMetadata::is_supported(&bytes), length == 0);
            cases += 1;
        }
    }
    for variant in 0..=u16::MAX {
        let supported = HookMetadata::is_supported(&variant.to_be_bytes());
        assert_eq!(supported, variant == 1);
        cases += 1;
    }
    assert_eq!(cases, 30_976 + 65_536);
}

/// Every length up to three signatures and 64 bytes more, and every index below five: 328 + 1,356 lengths, of which
/// each has its signatures where they belong, whole or not at all.
#[test]
fn multisig_metadata_is_a_header_and_whole_signatures() {
    let mut cases = 0;
    for (header, root) in [(68, false), (1096, true)] {
        let bytes = ramp(header + 3 * 65 + 64);
        for end in 0..=bytes.len() {
            let bytes = &bytes[..end];
            let signatures = if root {
                let decoded = MerkleRootMetadata::decode(bytes);
                decoded
                    .inspect(|metadata| assert_eq!(metadata.encode(), bytes))
                    .map(|m| m.signatures)
            } else {
                let decoded = MessageIdMetadata::decode(bytes);
                decoded
                    .inspect(|metadata| assert_eq!(metadata.encode(), bytes))
                    .map(|m| m.signatures)
            };
            assert_eq!(signatures.is_some(), end >= header);
            for index in 0..5 {
                let from = header + 65 * index;
                let there = bytes.get(from..from + 65).map(|bytes| Signature {
                    r: B256::from_slice(&bytes[..32]),
                    s: B256::from_slice(&bytes[32..64]),
                    v: bytes[64],
                });
                assert_eq!(signatures.and_then(|signatures| signatures.get(index)), there);
            }
            cases += 1;
        }
    }
    assert_eq!(cases, 328 + 1_356);
}

/// Up to three results of 0, 1 or 32 bytes, up to three signatures of which 0 to 4 are asked for, cut at every length:
/// 40 lists of results, 160 metadata, 135,320 questions.
#[test]
fn results_that_are_cut_are_refused_with_the_code_of_what_is_missing() {
    let mut cases = 0;
    let result = ramp(32);
    for count in 0..=3 {
        for lengths in lists(&[0, 1, 32], count) {
            let results: Vec<_> = (lengths.iter().zip(1..))
                .map(|(length, block)| ReadResult { block, result: &result[..*length] })
                .collect();
            for signatures in 0..=3 {
                let signatures = ramp(65 * signatures);
                let bytes = ReadMetadata::encode(9, &results, Signatures(&signatures)).unwrap();
                for end in 0..=bytes.len() {
                    for threshold in 0..=4 {
                        let expected = read_error(end, &lengths, threshold);
                        let decoded = ReadMetadata::decode(&bytes[..end])
                            .and_then(|metadata| metadata.results(threshold));
                        assert_eq!(decoded.err(), expected, "{lengths:?} cut at {end}");
                        if let Ok((read, rest)) = decoded {
                            assert!(read.iter().eq(results.iter().copied()));
                            assert!(signatures.starts_with(rest.0));
                        }
                        cases += 1;
                    }
                }
            }
        }
    }
    assert_eq!(cases, 135_320);
}

/// What is missing in metadata of such results that is cut, read off the layout's table.
fn read_error(length: usize, results: &[usize], threshold: usize) -> Option<ReadMetadataError> {
    if length < 12 {
        return Some(ReadMetadataError::TooShort);
    }
    let mut start = 12;
    for result in results {
        if length < start + 12 {
            return Some(ReadMetadataError::TruncatedResultHeader);
        }
        if length < start + 12 + result {
            return Some(ReadMetadataError::TruncatedResult);
        }
        start += 12 + result;
    }
    (length < start + 65 * threshold).then_some(ReadMetadataError::TruncatedSignatures)
}

/// Every length up to 100 of a set, of every one byte: 101 · 256 = 25,856 sets, with and without a tree in front.
#[test]
fn a_set_of_signers_is_a_threshold_and_whole_addresses() {
    let mut cases = 0;
    for length in 0..=100 {
        for byte in 0..=u8::MAX {
            let bytes = vec![byte; length];
            let set = SignerSet::decode(&bytes);
            let whole = [1, 21, 41, 61, 81].iter().position(|whole| *whole == length);
            assert_eq!(set.map(|set| set.signers.len()), whole);
            assert!(set.is_none_or(|set| set.threshold == byte));
            let pinned = [&[7; 32], &bytes[..]].concat();
            let validators = ValidatorSet::decode(&pinned);
            assert_eq!(validators.map(|validators| validators.set), set);
            assert!(ValidatorSet::decode(&pinned[..length.min(31)]).is_none());
            cases += 1;
        }
    }
    assert_eq!(cases, 25_856);
}

/// Every length up to 66 and every kind of receipt: 67 · 256 = 17,152.
#[test]
fn a_receipt_is_65_bytes_and_says_delivered() {
    let mut cases = 0;
    for length in 0..=66 {
        let mut bytes = ramp(length);
        for kind in 0..=u8::MAX {
            if let Some(first) = bytes.first_mut() {
                *first = kind;
            }
            let receipt = Receipt::decode(&bytes);
            assert_eq!(receipt.is_some(), length == 65 && kind == 1);
            assert!(receipt.is_none_or(|receipt| receipt.encode()[..] == bytes));
            cases += 1;
        }
    }
    assert_eq!(cases, 17_152);
}

/// Up to two ranges over metadata of every length up to 24, each end from 0 to 26 or at the border of its 32 bits:
/// 25 · 31² · 3 = 72,075 questions.
#[test]
fn a_module_gets_the_range_that_is_its_own_or_nothing() {
    let ends: Vec<u32> = (0..=26).chain([1 << 31, u32::MAX - 7, u32::MAX - 1, u32::MAX]).collect();
    let mut cases = 0;
    for length in 0..=24 {
        for start in &ends {
            for end in &ends {
                let mut bytes = ramp(length.max(16));
                bytes[..4].copy_from_slice(&start.to_be_bytes());
                bytes[4..8].copy_from_slice(&end.to_be_bytes());
                bytes.copy_within(..8, 8);
                bytes.truncate(length);
                for index in 0..3 {
                    let expected = if length < 8 * (index + 1) {
                        None
                    } else if index == 2 {
                        // The third range is what the ramp holds: far outside.
                        None
                    } else if *start == 0 {
                        Some(None)
                    } else if start <= end && *end as usize <= length {
                        Some(Some(&bytes[*start as usize..*end as usize]))
                    } else {
                        None
                    };
                    assert_eq!(sub_metadata(&bytes, index), expected);
                    cases += 1;
                }
            }
        }
    }
    assert_eq!(cases, 72_075);
}

/// Up to four modules, each without a part or with 0, 1, 2 or 33 bytes: 1 + 5 + 25 + 125 + 625 = 781 aggregations.
#[test]
fn every_module_of_an_aggregation_gets_what_was_meant_for_it() {
    let blob = ramp(33);
    let parts: Vec<_> = [None, Some(0), Some(1), Some(2), Some(33)]
        .map(|size| size.map(|size| &blob[..size]))
        .into();
    let mut cases = 0;
    for modules in 0..=4 {
        for given in lists(&parts, modules) {
            let bytes = aggregation_metadata(&given).unwrap();
            for (index, part) in given.iter().enumerate() {
                assert_eq!(sub_metadata(&bytes, index), Some(*part), "{given:?}");
            }
            let size: usize = given.iter().flatten().map(|part| part.len()).sum();
            assert_eq!(bytes.len(), 8 * modules + size);
            cases += 1;
        }
    }
    assert_eq!(cases, 781);
}
