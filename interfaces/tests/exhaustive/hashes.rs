//! What binds: intent hashes, vault addresses, the tree of messages.
//!
//! # Planted bugs
//! Each was put into the code, seen to fail the test of this file that stands behind it, and taken out again.
//! - the route's hash in place of the reward's; the upper half of the destination left out:
//!   `every_byte_of_an_intent_counts`
//! - the first byte of the Portal left out; a proxy without its implementation: `every_bit_of_a_vaults_origin_counts`
//! - a nonce of six bits: `every_byte_of_a_creator_and_its_nonce_count`
//! - a sibling at the wrong side of the pair; a leaf at index 5 that goes left; a proof whose last level is not used:
//!   `a_leaf_is_proven_at_its_own_index_and_at_no_other`, the last one `every_bit_of_a_proof_counts`, too

use std::collections::HashSet;

use alloy_primitives::{Address, B256, keccak256};
use interfaces::ids::ChainId;
use interfaces::merkle::{self, DEPTH, MerkleTree};
use interfaces::{hash, proxy};

use super::word;

/// Every byte of the preimage, with each of its other values: 72 · 255 = 18,360 intents beside the first. All hashes
/// differ, and each is the hash of the 72 bytes in a row.
#[test]
fn every_byte_of_an_intent_counts() {
    let mut preimage = [0; 72];
    preimage[..8].copy_from_slice(&10u64.to_be_bytes());
    preimage[8..40].copy_from_slice(word(1).as_slice());
    preimage[40..].copy_from_slice(word(2).as_slice());
    let of = |bytes: &[u8; 72]| {
        let destination = ChainId(u64::from_be_bytes(*bytes.first_chunk().unwrap()));
        let (route, reward) = (B256::from_slice(&bytes[8..40]), B256::from_slice(&bytes[40..]));
        let hashes = hash::intent_hashes(destination, route, reward);
        assert_eq!((hashes.route, hashes.reward), (route, reward));
        assert_eq!(hashes.intent, keccak256(bytes));
        hashes.intent
    };
    let mut seen = HashSet::from([of(&preimage)]);
    for at in 0..72 {
        let honest = preimage[at];
        for value in (0..=u8::MAX).filter(|value| *value != honest) {
            preimage[at] = value;
            assert!(seen.insert(of(&preimage)), "byte {at}");
        }
        preimage[at] = honest;
    }
    assert_eq!(seen.len(), 1 + 18_360);
}

/// Every bit of Portal, intent hash and vault implementation: 160 + 256 + 160 = 576 flips, and each two of them at
/// once: 165,600. All vaults differ, and each is where the EVM's rule puts it.
#[test]
fn every_bit_of_a_vaults_origin_counts() {
    let honest = [&word(1)[..20], &word(2)[..], &word(3)[..20]].concat();
    let of = |bytes: &[u8]| {
        let (portal, implementation) =
            (Address::from_slice(&bytes[..20]), Address::from_slice(&bytes[52..]));
        let intent = B256::from_slice(&bytes[20..52]);
        let code = proxy::init_code_hash(implementation);
        let vault = hash::vault_address(portal, intent, code);
        let by_hand = [&[0xff], portal.as_slice(), intent.as_slice(), code.as_slice()].concat();
        assert_eq!(vault, Address::from_word(keccak256(by_hand)));
        vault
    };
    let flip = |bytes: &mut [u8], bit: usize| bytes[bit / 8] ^= 1 << (bit % 8);
    let mut seen = HashSet::from([of(&honest)]);
    let mut bytes = honest;
    for one in 0..576 {
        flip(&mut bytes, one);
        assert!(seen.insert(of(&bytes)), "bit {one}");
        for other in one + 1..576 {
            flip(&mut bytes, other);
            assert!(seen.insert(of(&bytes)), "bits {one} and {other}");
            flip(&mut bytes, other);
        }
        flip(&mut bytes, one);
    }
    assert_eq!(seen.len(), 1 + 576 + 165_600);
}

/// Every byte of a creator's address with each of its other values, and every nonce of one byte: 20 · 255 + 127.
#[test]
fn every_byte_of_a_creator_and_its_nonce_count() {
    let honest = Address::from_word(word(1));
    let mut seen = HashSet::new();
    for nonce in 1..=127 {
        // RLP of a list of 22 bytes: an address, and a number below 128.
        let by_hand = keccak256([&[0xd6, 0x94], honest.as_slice(), &[nonce]].concat());
        assert_eq!(hash::create_address(honest, nonce), Address::from_word(by_hand));
        assert!(seen.insert(hash::create_address(honest, nonce)));
    }
    for at in 0..20 {
        for value in (0..=u8::MAX).filter(|value| *value != honest[at]) {
            let mut creator = honest;
            creator[at] = value;
            assert!(seen.insert(hash::create_address(creator, 1)));
        }
    }
    assert_eq!(seen.len(), 20 * 255 + 127);
}

/// Root of the tree over these leaves, by the definition: the zero leaf is zero, and every node its children's hash.
fn root(leaves: &[B256], depth: usize) -> B256 {
    let parent = |left: B256, right: B256| keccak256([left.0, right.0].concat());
    if depth == 0 {
        return leaves.first().copied().unwrap_or_default();
    }
    if leaves.is_empty() {
        // Both halves are the same.
        let half = root(&[], depth - 1);
        return parent(half, half);
    }
    let middle = leaves.len().min(1 << (depth - 1));
    parent(root(&leaves[..middle], depth - 1), root(&leaves[middle..], depth - 1))
}

/// Every tree of up to 2⁵ leaves, every leaf, at every index below 64: 528 · 64 = 33,792 proofs, of which the 528 at
/// the leaf's own index lead to the root of the definition, and no other.
#[test]
fn a_leaf_is_proven_at_its_own_index_and_at_no_other() {
    let leaves: Vec<B256> = (0..32).map(|index| keccak256([index])).collect();
    let (mut tree, mut cases, mut proven) = (MerkleTree::new(), 0, 0);
    assert_eq!((tree.root(), tree.index()), (root(&[], DEPTH), None));
    for (last, leaf) in leaves.iter().enumerate() {
        tree.insert(*leaf).unwrap();
        let leaves = &leaves[..=last];
        assert_eq!((tree.count(), tree.index()), (last as u32 + 1, Some(last as u32)));
        assert_eq!(tree.root(), root(leaves, DEPTH));
        let again = MerkleTree::from_parts(*tree.branch(), tree.count());
        assert_eq!(again, tree);
        for (index, leaf) in leaves.iter().enumerate() {
            let path = merkle::proof(leaves, index as u32).unwrap();
            for claimed in 0..64 {
                let right = merkle::branch_root(*leaf, path, claimed) == tree.root();
                assert_eq!(right, claimed as usize == index, "{index} of {last} as {claimed}");
                proven += usize::from(right);
                cases += 1;
            }
        }
        for beyond in leaves.len()..64 {
            assert_eq!(merkle::proof(leaves, beyond as u32), None);
        }
    }
    assert_eq!((cases, proven), (33_792, 528));
}

/// Every level of the proof of each of eight leaves, with every bit of its sibling flipped: 8 · 32 · 256 = 65,536
/// proofs, none of which leads to the root.
#[test]
fn every_bit_of_a_proof_counts() {
    let leaves: Vec<B256> = (0..8).map(|index| keccak256([index])).collect();
    let root = root(&leaves, DEPTH);
    let mut cases = 0;
    for (index, leaf) in (0..).zip(&leaves) {
        let honest = merkle::proof(&leaves, index).unwrap();
        assert_eq!(merkle::branch_root(*leaf, honest, index), root);
        for level in 0..DEPTH {
            for bit in 0..256 {
                let mut path = honest;
                path[level][bit / 8] ^= 1 << (bit % 8);
                assert_ne!(merkle::branch_root(*leaf, path, index), root);
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 65_536);
}
