//! Sets of signers as our modules keep them. Spec: messaging.md §5.3.

use alloc::vec::Vec;
use alloy_primitives::{Address, B256};

use super::Reader;

/// Signers, and how many of them must have signed.
///
/// Kept as `u8 threshold ‖ 20 bytes a signer`. The zero threshold of an empty set never verifies anything.
/// # Source
/// messaging.md §3.5, §5.3, §5.7
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignerSet<'a> {
    /// How many signatures are needed.
    pub threshold: u8,
    /// In the order in which signatures must come.
    pub signers: Signers<'a>,
}

/// Addresses, 20 bytes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signers<'a>(&'a [[u8; 20]]);

impl<'a> SignerSet<'a> {
    /// No set: nobody can sign for it.
    pub const NONE: Self = Self { threshold: 0, signers: Signers(&[]) };

    /// Reads a set; `None` for bytes that [`encode`](Self::encode) does not make.
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let threshold = reader.u8()?;
        match reader.0.as_chunks() {
            (signers, []) => Some(Self { threshold, signers: Signers(signers) }),
            _ => None,
        }
    }

    /// The bytes that are kept.
    pub fn encode(threshold: u8, signers: impl Iterator<Item = Address>) -> Vec<u8> {
        let mut out = Vec::with_capacity(signers.size_hint().0.wrapping_mul(20).wrapping_add(1));
        out.push(threshold);
        signers.for_each(|signer| out.extend_from_slice(signer.as_slice()));
        out
    }
}

impl<'a> Signers<'a> {
    /// Number of signers.
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The signers in order.
    pub fn iter(self) -> impl ExactSizeIterator<Item = Address> + Clone + use<'a> {
        self.0.iter().map(|signer| Address::new(*signer))
    }
}

/// The validators of one origin, and the tree that they sign.
///
/// Kept as the tree's hook, and the set behind it.
/// # Source
/// messaging.md §5.3
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValidatorSet<'a> {
    /// The only tree that counts; zero for any.
    pub merkle_tree_hook: B256,
    /// Who signs.
    pub set: SignerSet<'a>,
}

impl<'a> ValidatorSet<'a> {
    /// No set, of any tree.
    pub const NONE: Self = Self { merkle_tree_hook: B256::ZERO, set: SignerSet::NONE };

    /// Reads a set; `None` for bytes that [`encode`](Self::encode) does not make.
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let merkle_tree_hook = reader.word()?;
        Some(Self { merkle_tree_hook, set: SignerSet::decode(reader.0)? })
    }

    /// The bytes that are kept.
    pub fn encode(
        merkle_tree_hook: B256,
        threshold: u8,
        signers: impl Iterator<Item = Address>,
    ) -> Vec<u8> {
        let set = SignerSet::encode(threshold, signers);
        let mut out = Vec::with_capacity(set.len().wrapping_add(32));
        out.extend_from_slice(merkle_tree_hook.as_slice());
        out.extend_from_slice(&set);
        out
    }
}
