//! The tree of dispatched messages, as MerkleTreeHook keeps it. Spec: messaging.md §2.3.

use alloc::vec::Vec;
use alloy_primitives::B256;

use crate::hash::Preimage;

/// Levels between a leaf and the root.
pub const DEPTH: usize = 32;

/// An append-only tree of which only the left edge is kept.
/// # Source
/// messaging.md §2.3
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct MerkleTree {
    branch: [B256; DEPTH],
    count: u32,
}

/// The tree holds 2^32 - 1 leaves and takes no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeFull;

impl MerkleTree {
    /// A tree without leaves.
    pub const fn new() -> Self {
        Self { branch: [B256::ZERO; DEPTH], count: 0 }
    }

    /// A tree as `tree()` of the hook shows it.
    pub const fn from_parts(branch: [B256; DEPTH], count: u32) -> Self {
        Self { branch, count }
    }

    /// Number of leaves.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Index of the last leaf; `None` in an empty tree.
    pub const fn index(&self) -> Option<u32> {
        self.count.checked_sub(1)
    }

    /// The left edge, from the leaves up.
    pub const fn branch(&self) -> &[B256; DEPTH] {
        &self.branch
    }

    /// Appends a leaf.
    /// # Errors
    /// [`TreeFull`].
    pub fn insert(&mut self, leaf: B256) -> Result<(), TreeFull> {
        self.count = self.count.checked_add(1).ok_or(TreeFull)?;
        let (mut size, mut node) = (self.count, leaf);
        for left in &mut self.branch {
            if size & 1 == 1 {
                *left = node;
                break;
            }
            node = parent(*left, node);
            size >>= 1;
        }
        Ok(())
    }

    /// Root over the leaves so far.
    pub fn root(&self) -> B256 {
        let (mut node, mut zero, mut count) = (B256::ZERO, B256::ZERO, self.count);
        for left in &self.branch {
            node = if count & 1 == 1 { parent(*left, node) } else { parent(node, zero) };
            zero = parent(zero, zero);
            count >>= 1;
        }
        node
    }
}

/// Root that the proof `path` leads to from `leaf`.
///
/// - `path`: siblings from the leaf up, [`DEPTH`] of them.
/// - `index`: index of the leaf.
pub fn branch_root(leaf: B256, path: impl IntoIterator<Item = B256>, index: u32) -> B256 {
    let (mut node, mut index) = (leaf, index);
    for sibling in path.into_iter().take(DEPTH) {
        node = if index & 1 == 1 { parent(sibling, node) } else { parent(node, sibling) };
        index >>= 1;
    }
    node
}

/// Proof of the leaf at `index` in the tree of just these leaves; `None` if it has no such leaf.
///
/// It hashes the whole tree, so a relayer calls it with the leaves up to the signed checkpoint and no more.
pub fn proof(leaves: &[B256], index: u32) -> Option<[B256; DEPTH]> {
    let mut position = usize::try_from(index).ok()?;
    leaves.get(position)?;
    let (mut level, mut zero) = (Vec::from(leaves), B256::ZERO);
    let mut path = [B256::ZERO; DEPTH];
    for sibling in &mut path {
        *sibling = level.get(position ^ 1).copied().unwrap_or(zero);
        level = level
            .chunks(2)
            .filter_map(|pair| Some(parent(*pair.first()?, *pair.get(1).unwrap_or(&zero))))
            .collect();
        zero = parent(zero, zero);
        position >>= 1;
    }
    Some(path)
}

fn parent(left: B256, right: B256) -> B256 {
    let mut preimage = Preimage::<64>::new();
    preimage.push(left.as_slice());
    preimage.push(right.as_slice());
    preimage.hash()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_tree_takes_no_more_leaves() {
        let mut tree = MerkleTree::from_parts([B256::ZERO; DEPTH], u32::MAX - 1);
        assert_eq!(tree.insert(B256::ZERO), Ok(()));
        let full = tree;
        assert_eq!(tree.insert(B256::ZERO), Err(TreeFull));
        assert_eq!(tree, full);
    }

    #[test]
    fn an_empty_tree_has_no_last_leaf() {
        assert_eq!(MerkleTree::new().index(), None);
        assert_eq!(MerkleTree::new(), MerkleTree::default());
    }
}
