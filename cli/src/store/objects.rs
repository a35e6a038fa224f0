//! The objects that validators store, with the field names of the official agents.

use alloy::primitives::{Address, B256, Bytes, Signature, U256};
use alloy::signers::SignerSync;
use alloy::signers::local::PrivateKeySigner;
use interfaces::{Domain, codec};
use serde::{Deserialize, Serialize};

/// A state of an origin's message tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The tree, as bytes32.
    pub merkle_tree_hook_address: B256,
    /// Domain of the origin.
    pub mailbox_domain: u32,
    /// Root after the leaf was inserted.
    pub root: B256,
    /// Index of the leaf.
    pub index: u32,
}

/// A checkpoint and the message that is its last leaf: what a validator signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckpointWithMessageId {
    /// The state of the tree.
    pub checkpoint: Checkpoint,
    /// The leaf at the checkpoint's index.
    pub message_id: B256,
}

/// A validator's statement of where it stores its checkpoints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// The validator.
    pub validator: Address,
    /// Mailbox of the origin, as bytes32.
    pub mailbox_address: B256,
    /// Domain of the origin.
    pub mailbox_domain: u32,
    /// Such as `file:///var/checkpoints`.
    pub storage_location: String,
}

/// A signature in the form of the official agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rsv {
    /// 0x-hex without leading zeros.
    pub r: U256,
    /// 0x-hex without leading zeros.
    pub s: U256,
    /// 27 or 28.
    pub v: u64,
}

/// A value and its signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed<T> {
    /// What was signed.
    pub value: T,
    /// The signature; readers use this one.
    pub signature: Rsv,
    /// The same signature, `r ‖ s ‖ v`, for tools.
    #[serde(default)]
    pub serialized_signature: Bytes,
}

/// A validator's report that the chain's tree is not the one it built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReorgFlag {
    /// Root of the tree built from the events.
    pub local_merkle_root: B256,
    /// Root that the chain answered.
    pub canonical_merkle_root: B256,
    /// Index at which they differ.
    pub checkpoint_index: u32,
    /// When that was seen.
    pub unix_timestamp: u64,
    /// How far behind the tip the validator reads: blocks, or a tag.
    pub reorg_period: ReorgPeriod,
}

/// How far behind the tip a chain is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ReorgPeriod {
    /// That many blocks.
    Blocks(u64),
    /// At the block of this tag: `finalized`, `safe` or `latest`.
    Tag(String),
}

/// What validators sign with EIP-191 over a 32-byte hash.
pub trait Statement {
    /// The 32 bytes that become the digest's message.
    fn signing_hash(&self) -> B256;
}

impl Statement for CheckpointWithMessageId {
    fn signing_hash(&self) -> B256 {
        let Checkpoint { merkle_tree_hook_address, mailbox_domain, root, index } = self.checkpoint;
        let (origin, merkle_tree_hook) = (Domain(mailbox_domain), merkle_tree_hook_address);
        let message_id = self.message_id;
        codec::Checkpoint { origin, merkle_tree_hook, root, index, message_id }.signing_hash()
    }
}

impl Statement for Announcement {
    fn signing_hash(&self) -> B256 {
        codec::Announcement {
            domain: Domain(self.mailbox_domain),
            mailbox: self.mailbox_address,
            storage_location: &self.storage_location,
        }
        .signing_hash()
    }
}

impl<T: Statement> Signed<T> {
    /// Signs `value` with `key`.
    pub fn new(value: T, key: &PrivateKeySigner) -> Result<Self, alloy::signers::Error> {
        let signature = key.sign_message_sync(value.signing_hash().as_slice())?;
        let rsv = Rsv { r: signature.r(), s: signature.s(), v: 27 + u64::from(signature.v()) };
        Ok(Self { value, signature: rsv, serialized_signature: signature.as_bytes().into() })
    }

    /// Who signed it; `None` when the signature is not one a contract accepts.
    pub fn signer(&self) -> Option<Address> {
        let signature = self.signature.to_signature()?;
        signature.recover_address_from_msg(self.value.signing_hash()).ok()
    }
}

impl Rsv {
    /// The 65 bytes that a contract reads.
    pub fn as_bytes(&self) -> Option<[u8; 65]> {
        self.to_signature().map(|signature| signature.as_bytes())
    }

    /// `None` for another v than 27 or 28, and for the upper half of s, which ECDSA libraries refuse.
    fn to_signature(self) -> Option<Signature> {
        let parity = match self.v {
            27 => false,
            28 => true,
            _ => return None,
        };
        let signature = Signature::new(self.r, self.s, parity);
        signature.normalize_s().is_none().then_some(signature)
    }
}
