//! Messages and proofs: read by hand beside the decoder, and encoded again.

use alloy_primitives::{Address, B256, keccak256};
use interfaces::Domain;
use interfaces::args::ReadView;
use interfaces::codec::{
    HyperlaneMessage, MetalayerMessage, ProofMessage, Proofs, Receipt, SignerSet, ValidatorSet,
};

pub(crate) fn number(bytes: &[u8]) -> u64 {
    assert!(bytes.len() <= 8, "a number of at most 64 bits");
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// A message from an Inbox to a prover: whole pairs behind eight bytes, and nothing else.
pub fn proofs(data: &[u8]) {
    let Ok(message) = Proofs::decode(data) else {
        assert!(data.len() < 8, "only a message without a whole chain id has none");
        return;
    };
    assert_eq!(message.chain_id.0, number(&data[..8]));
    let Ok(pairs) = message.pairs() else {
        assert!(!(data.len() - 8).is_multiple_of(64), "only a piece of a pair is refused");
        return;
    };
    assert_eq!(pairs.len() * 64 + 8, data.len());
    let mut again = ProofMessage::new(message.chain_id, pairs.len());
    for (index, (hash, claimant)) in pairs.enumerate() {
        let at = 8 + 64 * index;
        assert_eq!((&hash[..], &claimant[..]), (&data[at..at + 32], &data[at + 32..at + 64]));
        again.push(hash, claimant);
    }
    assert_eq!(again.into_bytes(), data);
}

/// A message between two routers: refused with the code of the specification, or encoded again to the same bytes.
pub fn metalayer_message(data: &[u8]) {
    let message = match MetalayerMessage::decode(data) {
        Ok(message) => message,
        Err(malformed) => {
            assert_eq!(Some(malformed.code()), reference::malformed(data));
            return;
        }
    };
    assert_eq!(reference::malformed(data), None);
    let header = message.header;
    assert_eq!((header.version, header.finality as u8), (data[0], data[1]));
    assert_eq!(u64::from(header.nonce), number(&data[2..6]));
    assert_eq!(u64::from(header.origin.0), number(&data[6..10]));
    assert_eq!(header.sender[..], data[10..42]);
    assert_eq!(u64::from(header.destination.0), number(&data[42..46]));
    assert_eq!(header.recipient[..], data[46..78]);
    let mut at = 82;
    let mut count = 0;
    for read in message.reads.iter() {
        let length = number(&data[at + 24..at + 28]) as usize;
        let by_hand = ReadView {
            domain: Domain(number(&data[at..at + 4]) as u32),
            target: Address::from_slice(&data[at + 4..at + 24]),
            call_data: &data[at + 28..at + 28 + length],
        };
        assert_eq!(read, by_hand);
        at += 28 + length;
        count += 1;
    }
    assert_eq!((count, count as usize), (number(&data[78..82]), message.reads.len()));
    assert_eq!(message.write_call_data, &data[at..]);
    assert_eq!(message.encode(), data);
    assert_eq!(MetalayerMessage::id_of(data), keccak256(data));
}

/// A message of the Mailbox: refused only in its header, or encoded again to the same bytes.
pub fn hyperlane_message(data: &[u8]) {
    let Some(message) = HyperlaneMessage::decode(data) else {
        assert!(data.len() < 77, "only a header can be too short");
        return;
    };
    assert_eq!(message.version, data[0]);
    assert_eq!(u64::from(message.nonce), number(&data[1..5]));
    assert_eq!(u64::from(message.origin.0), number(&data[5..9]));
    assert_eq!(message.sender[..], data[9..41]);
    assert_eq!(u64::from(message.destination.0), number(&data[41..45]));
    assert_eq!(message.recipient[..], data[45..77]);
    assert_eq!(message.body, &data[77..]);
    assert_eq!(message.encode(), data);
}

/// Receipts, and the sets of signers that modules keep: whole and alone, or refused.
pub fn receipts_and_sets(data: &[u8]) {
    match Receipt::decode(data) {
        Some(receipt) => assert_eq!(receipt.encode(), data),
        None => assert!(data.len() != 65 || data[0] != 1, "a receipt is refused"),
    }
    let addresses =
        |bytes: &[u8]| -> Vec<Address> { bytes.chunks(20).map(Address::from_slice).collect() };
    match SignerSet::decode(data) {
        Some(set) => {
            assert_eq!(set.threshold, data[0]);
            let signers: Vec<_> = set.signers.iter().collect();
            assert_eq!(signers, addresses(&data[1..]));
            assert_eq!(signers.len(), set.signers.len());
            assert_eq!(SignerSet::encode(set.threshold, set.signers.iter()), data);
        }
        None => assert!(data.is_empty() || data.len() % 20 != 1, "a set is refused"),
    }
    match ValidatorSet::decode(data) {
        Some(set) => {
            assert_eq!(set.merkle_tree_hook, B256::from_slice(&data[..32]));
            let signers: Vec<_> = set.set.signers.iter().collect();
            assert_eq!(signers, addresses(&data[33..]));
            let again =
                ValidatorSet::encode(set.merkle_tree_hook, set.set.threshold, signers.into_iter());
            assert_eq!(again, data);
        }
        None => assert!(data.len() < 33 || data.len() % 20 != 13, "a set is refused"),
    }
}
