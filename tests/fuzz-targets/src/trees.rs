//! The tree of messages, and the code of a vault.

use alloy_primitives::{Address, B256, keccak256};
use interfaces::merkle::{self, MerkleTree};
use interfaces::{hash, proxy};

/// Leaves that are hashes of single bytes: the root, and the proof of a leaf, against the whole tree. The first byte
/// says where the proof is spoilt.
pub fn merkle(data: &[u8]) {
    let Some((spoilt, data)) = data.split_first() else { return };
    let leaves: Vec<_> = data.iter().take(9).map(|byte| keccak256([*byte])).collect();
    let mut tree = MerkleTree::new();
    for leaf in &leaves {
        tree.insert(*leaf).expect("there is room");
    }
    assert_eq!(tree.count() as usize, leaves.len());
    let root = whole_root(&leaves);
    assert_eq!(tree.root(), root);
    assert_eq!(MerkleTree::from_parts(*tree.branch(), tree.count()).root(), root);
    let index = data.len() as u32 % 9;
    let Some(mut path) = merkle::proof(&leaves, index) else {
        assert!(index as usize >= leaves.len(), "every leaf has a proof");
        return;
    };
    let leaf = leaves[index as usize];
    assert_eq!(merkle::branch_root(leaf, path, index), root);
    path[usize::from(spoilt & 31)][usize::from(spoilt >> 3)] ^= 1;
    assert_ne!(merkle::branch_root(leaf, path, index), root);
}

/// The root of a tree of depth 32, level by level.
fn whole_root(leaves: &[B256]) -> B256 {
    let parent = |left: &B256, right: &B256| keccak256([left.0, right.0].concat());
    let (mut level, mut zero) = (leaves.to_vec(), B256::ZERO);
    for _ in 0..32 {
        let next = level.chunks(2).map(|pair| parent(&pair[0], pair.get(1).unwrap_or(&zero)));
        level = next.collect();
        zero = parent(&zero, &zero);
    }
    level.first().copied().unwrap_or(zero)
}

/// Addresses that follow from others, against alloy's derivations; and the proxy, which holds nothing but its
/// implementation.
pub fn proxy(data: &[u8]) {
    let Some((account, rest)) = data.split_first_chunk::<20>() else { return };
    let account = Address::from(*account);
    let implementation = hash::create_address(account, hash::VAULT_NONCE);
    assert_eq!(implementation, account.create(1));
    assert_eq!(hash::create_address(account, hash::EXECUTOR_NONCE), account.create(2));
    let (init_code, runtime) = (proxy::init_code(account), proxy::runtime(account));
    assert!(init_code.ends_with(&runtime));
    assert_eq!(proxy::init_code_hash(account), keccak256(init_code));
    let at = runtime.windows(20).position(|window| window == account.as_slice());
    assert!(at.is_some(), "it delegates to its implementation");
    // But for that, the code is always the same.
    let other = proxy::init_code(Address::ZERO);
    let differing = init_code.iter().zip(other).filter(|(a, b)| **a != *b).count();
    assert_eq!(differing, account.iter().filter(|byte| **byte != 0).count());
    let salt = keccak256(rest);
    let code = proxy::init_code(implementation);
    let vault = hash::vault_address(account, salt, proxy::init_code_hash(implementation));
    assert_eq!(vault, account.create2_from_code(salt, code));
}
