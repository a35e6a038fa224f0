//! Where validators put what they sign, and relayers find it: the objects and file names of the official agents.
//! Spec: messaging.md §4.2.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fs, io};

use alloy::primitives::{Address, B256, Bytes, Signature, U256};
use alloy::signers::SignerSync;
use alloy::signers::local::PrivateKeySigner;
use interfaces::{Domain, codec};
use serde::de::DeserializeOwned;
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

/// A validator's storage. Writers keep what is there unless said otherwise; readers get `None` for what is missing.
pub trait CheckpointStore: Send + Sync {
    /// The checkpoint of that leaf.
    fn checkpoint(&self, index: u32) -> io::Result<Option<Signed<CheckpointWithMessageId>>>;
    /// Stores a checkpoint under its index.
    fn put_checkpoint(&self, checkpoint: &Signed<CheckpointWithMessageId>) -> io::Result<()>;
    /// The highest index stored.
    fn latest_index(&self) -> io::Result<Option<u32>>;
    /// Raises the highest index; never lowers it.
    fn raise_latest_index(&self, index: u32) -> io::Result<()>;
    /// The announcement of this storage.
    fn announcement(&self) -> io::Result<Option<Signed<Announcement>>>;
    /// Stores the announcement.
    fn put_announcement(&self, announcement: &Signed<Announcement>) -> io::Result<()>;
    /// Is there a reorg flag, readable or not? It stops the validator until an operator removes it.
    fn is_flagged(&self) -> io::Result<bool>;
    /// Sets the reorg flag.
    fn put_reorg_flag(&self, flag: &ReorgFlag) -> io::Result<()>;
}

/// `file://` storage: one JSON file per object in a directory.
#[derive(Clone, Debug)]
pub struct FileStore {
    directory: PathBuf,
}

impl FileStore {
    /// Opens a directory, creating it if need be.
    pub fn create(directory: impl Into<PathBuf>) -> io::Result<Self> {
        let directory = directory.into();
        fs::create_dir_all(&directory)?;
        Ok(Self { directory })
    }

    /// The storage at a location such as `file:///var/checkpoints`; `None` for another kind of location.
    pub fn at(location: &str) -> Option<Self> {
        let path = location.strip_prefix("file://").filter(|path| !path.is_empty())?;
        Some(Self { directory: path.into() })
    }

    /// The location string that others find this storage by.
    pub fn location(&self) -> String {
        format!("file://{}", self.directory.display())
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> io::Result<Option<T>> {
        match fs::read(self.directory.join(name)) {
            Ok(json) => Ok(Some(serde_json::from_slice(&json)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Readers see the old object or the new one, never half of it.
    fn write(&self, name: &str, value: &impl Serialize) -> io::Result<()> {
        let temporary = self.directory.join(format!(".{name}.new"));
        fs::write(&temporary, serde_json::to_vec(value)?)?;
        fs::rename(temporary, self.directory.join(name))
    }

    /// Where the objects are.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

impl CheckpointStore for FileStore {
    fn checkpoint(&self, index: u32) -> io::Result<Option<Signed<CheckpointWithMessageId>>> {
        self.read(&format!("{index}_with_id.json"))
    }

    fn put_checkpoint(&self, checkpoint: &Signed<CheckpointWithMessageId>) -> io::Result<()> {
        let index = checkpoint.value.checkpoint.index;
        self.write(&format!("{index}_with_id.json"), checkpoint)
    }

    fn latest_index(&self) -> io::Result<Option<u32>> {
        self.read("index.json")
    }

    fn raise_latest_index(&self, index: u32) -> io::Result<()> {
        if self.latest_index()?.is_some_and(|latest| latest >= index) {
            return Ok(());
        }
        self.write("index.json", &index)
    }

    fn announcement(&self) -> io::Result<Option<Signed<Announcement>>> {
        self.read("announcement.json")
    }

    fn put_announcement(&self, announcement: &Signed<Announcement>) -> io::Result<()> {
        self.write("announcement.json", announcement)
    }

    fn is_flagged(&self) -> io::Result<bool> {
        self.directory.join("reorg_flag.json").try_exists()
    }

    fn put_reorg_flag(&self, flag: &ReorgFlag) -> io::Result<()> {
        self.write("reorg_flag.json", flag)
    }
}

/// Storage in memory, for tests and for agents in one process. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    objects: Arc<Mutex<Objects>>,
}

#[derive(Debug, Default)]
struct Objects {
    checkpoints: BTreeMap<u32, Signed<CheckpointWithMessageId>>,
    latest_index: Option<u32>,
    announcement: Option<Signed<Announcement>>,
    reorg_flag: Option<ReorgFlag>,
}

impl MemoryStore {
    /// Every change is a single assignment, so a panic elsewhere leaves nothing half done.
    fn objects(&self) -> MutexGuard<'_, Objects> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CheckpointStore for MemoryStore {
    fn checkpoint(&self, index: u32) -> io::Result<Option<Signed<CheckpointWithMessageId>>> {
        Ok(self.objects().checkpoints.get(&index).cloned())
    }

    fn put_checkpoint(&self, checkpoint: &Signed<CheckpointWithMessageId>) -> io::Result<()> {
        self.objects().checkpoints.insert(checkpoint.value.checkpoint.index, checkpoint.clone());
        Ok(())
    }

    fn latest_index(&self) -> io::Result<Option<u32>> {
        Ok(self.objects().latest_index)
    }

    fn raise_latest_index(&self, index: u32) -> io::Result<()> {
        let mut objects = self.objects();
        objects.latest_index = objects.latest_index.max(Some(index));
        Ok(())
    }

    fn announcement(&self) -> io::Result<Option<Signed<Announcement>>> {
        Ok(self.objects().announcement.clone())
    }

    fn put_announcement(&self, announcement: &Signed<Announcement>) -> io::Result<()> {
        self.objects().announcement = Some(announcement.clone());
        Ok(())
    }

    fn is_flagged(&self) -> io::Result<bool> {
        Ok(self.objects().reorg_flag.is_some())
    }

    fn put_reorg_flag(&self, flag: &ReorgFlag) -> io::Result<()> {
        self.objects().reorg_flag = Some(flag.clone());
        Ok(())
    }
}
