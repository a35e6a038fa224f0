//! What validators sign. Spec: messaging.md §3.2, §4.1.

use alloy_primitives::{Address, B256};

use crate::hash::{Preimage, keccak};
use crate::ids::Domain;

/// A leaf of an origin's merkle tree, with the root right after it was inserted.
/// # Source
/// messaging.md §2.3, §3.2
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Domain of the chain the tree is on.
    pub origin: Domain,
    /// The tree.
    pub merkle_tree_hook: B256,
    /// Root after the leaf was inserted.
    pub root: B256,
    /// Index of the leaf.
    pub index: u32,
    /// The leaf: a Hyperlane message id.
    pub message_id: B256,
}

impl Checkpoint {
    /// Binds a signature to one tree on one domain.
    pub fn domain_hash(&self) -> B256 {
        domain_hash(self.origin, self.merkle_tree_hook, b"HYPERLANE")
    }

    /// What is signed, before the Ethereum prefix.
    pub fn signing_hash(&self) -> B256 {
        let mut preimage = Preimage::<100>::new();
        preimage.push(self.domain_hash().as_slice());
        preimage.push(self.root.as_slice());
        preimage.push(&self.index.to_be_bytes());
        preimage.push(self.message_id.as_slice());
        preimage.hash()
    }

    /// What the curve signs.
    pub fn digest(&self) -> B256 {
        eip191_hash(self.signing_hash())
    }
}

/// Where a validator keeps its checkpoints, as it announces it.
/// # Source
/// messaging.md §4.1
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announcement<'a> {
    /// Domain of the chain whose tree is signed.
    pub domain: Domain,
    /// That chain's Mailbox; not the tree.
    pub mailbox: B256,
    /// `file://…`, `s3://…` or `gs://…`.
    pub storage_location: &'a str,
}

impl Announcement<'_> {
    /// Binds the announcement to one Mailbox on one domain.
    pub fn domain_hash(&self) -> B256 {
        domain_hash(self.domain, self.mailbox, b"HYPERLANE_ANNOUNCEMENT")
    }

    /// What is signed, before the Ethereum prefix.
    pub fn signing_hash(&self) -> B256 {
        keccak(&[self.domain_hash().as_slice(), self.storage_location.as_bytes()].concat())
    }

    /// What the curve signs.
    pub fn digest(&self) -> B256 {
        eip191_hash(self.signing_hash())
    }

    /// Key under which ValidatorAnnounce remembers that `validator` announced this location.
    pub fn replay_id(&self, validator: Address) -> B256 {
        keccak(&[validator.as_slice(), self.storage_location.as_bytes()].concat())
    }
}

/// What a relayer signs when it asks a server for metadata, before the Ethereum prefix.
///
/// - `sender`: the module that reverted with `OffchainLookup`.
/// - `url_template`: before anything is put into it.
/// # Source
/// messaging.md §3.7
pub fn lookup_signing_hash(sender: Address, call_data: &[u8], url_template: &str) -> B256 {
    let tag = b"HYPERLANE_OFFCHAINLOOKUP";
    keccak(&[tag, sender.as_slice(), call_data, url_template.as_bytes()].concat())
}

/// Hash of a 32-byte message under the prefix that keeps it apart from transactions (EIP-191).
pub fn eip191_hash(message: B256) -> B256 {
    let mut preimage = Preimage::<60>::new();
    preimage.push(b"\x19Ethereum Signed Message:\n32");
    preimage.push(message.as_slice());
    preimage.hash()
}

fn domain_hash(domain: Domain, contract: B256, tag: &[u8]) -> B256 {
    let mut preimage = Preimage::<58>::new();
    preimage.push(&domain.to_be_bytes());
    preimage.push(contract.as_slice());
    preimage.push(tag);
    preimage.hash()
}
