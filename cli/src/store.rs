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

#[cfg(test)]
mod tests {
    use alloy::primitives::b256;
    use serde_json::Value;

    use super::*;

    /// The committed vectors, or those that `METALAYER_VECTORS` names.
    fn vectors() -> Value {
        let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors");
        let directory = std::env::var("METALAYER_VECTORS").unwrap_or_else(|_| committed.to_owned());
        let json = fs::read(Path::new(&directory).join("messaging.json")).unwrap();
        serde_json::from_slice(&json).unwrap()
    }

    fn validator_keys(vectors: &Value) -> Vec<PrivateKeySigner> {
        let keys = &vectors["meta"]["keys"];
        let lists =
            ["validators", "finalizedValidators"].map(|list| keys[list].as_array().unwrap());
        let keys = lists.into_iter().flatten().map(|key| key["privateKey"].as_str().unwrap());
        keys.map(|key| key.parse().unwrap()).collect()
    }

    fn key_of(vectors: &Value, address: Address) -> PrivateKeySigner {
        let mut keys = validator_keys(vectors).into_iter();
        keys.find(|key| key.address() == address).unwrap()
    }

    /// A directory of its own for every test, removed at the end.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let directory = std::env::temp_dir();
            Self(directory.join(format!("metalayer-store-{}-{name}", std::process::id())))
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn objects_of_the_official_agents_are_read_and_written_back_the_same() {
        let vectors = vectors();
        let mut read = 0;
        for object in vectors["storage"]["objects"].as_array().unwrap() {
            let key = object["key"].as_str().unwrap();
            let json = &object["json"];
            let written = if key.ends_with("_with_id.json") {
                let checkpoint: Signed<CheckpointWithMessageId> =
                    serde_json::from_value(json.clone()).unwrap();
                let signer = checkpoint.signer().unwrap();
                assert!(validator_keys(&vectors).iter().any(|key| key.address() == signer));
                serde_json::to_value(checkpoint).unwrap()
            } else if key == "reorg_flag.json" {
                let flag: ReorgFlag = serde_json::from_value(json.clone()).unwrap();
                serde_json::to_value(flag).unwrap()
            } else {
                continue;
            };
            assert_eq!(&written, json, "{key}");
            read += 1;
        }
        assert!(read >= 2, "the vectors have lost their objects");
    }

    #[test]
    fn files_have_the_names_of_the_official_agents() {
        let vectors = vectors();
        let scratch = Scratch::new("names");
        let store = FileStore::create(&scratch.0).unwrap();
        let mut checked = 0;
        for object in vectors["storage"]["objects"].as_array().unwrap() {
            if object["backend"] != "localStorage" {
                continue;
            }
            // given one object of a validator
            let key = object["key"].as_str().unwrap();
            let json = object["json"].clone();
            // when the store writes it
            match key {
                "index.json" => {
                    let index = object["text"].as_str().unwrap().parse().unwrap();
                    store.raise_latest_index(index).unwrap();
                }
                "announcement.json" => {
                    let json = vectors["announcements"][0]["json"].clone();
                    store.put_announcement(&serde_json::from_value(json).unwrap()).unwrap();
                }
                "reorg_flag.json" => {
                    store.put_reorg_flag(&serde_json::from_value(json).unwrap()).unwrap();
                }
                _ => store.put_checkpoint(&serde_json::from_value(json).unwrap()).unwrap(),
            }
            // then a file of that name has that content
            let content = fs::read_to_string(scratch.0.join(key)).unwrap();
            match (&object["json"], &object["text"]) {
                (Value::Null, Value::String(text)) => assert_eq!(&content, text),
                (Value::Null, _) => {
                    let content: Value = serde_json::from_str(&content).unwrap();
                    assert_eq!(content, vectors["announcements"][0]["json"]);
                }
                (json, _) => assert_eq!(&serde_json::from_str::<Value>(&content).unwrap(), json),
            }
            checked += 1;
        }
        assert!(checked >= 4, "the vectors have lost their objects");
    }

    #[test]
    fn announcements_are_signed_as_the_official_agents_sign_them() {
        let vectors = vectors();
        for case in vectors["announcements"].as_array().unwrap() {
            let expected: Signed<Announcement> =
                serde_json::from_value(case["json"].clone()).unwrap();
            let validator = expected.value.validator;
            let signed = Signed::new(expected.value.clone(), &key_of(&vectors, validator)).unwrap();
            assert_eq!(signed, expected);
            assert_eq!(signed.signer(), Some(validator));
            assert_eq!(serde_json::to_value(&signed).unwrap(), case["json"]);
        }
    }

    #[test]
    fn checkpoints_are_signed_as_the_official_agents_sign_them() {
        let vectors = vectors();
        for case in vectors["checkpoints"]["cases"].as_array().unwrap() {
            let field = |name: &str| case[name].as_str().unwrap().parse::<B256>().unwrap();
            let value = CheckpointWithMessageId {
                checkpoint: Checkpoint {
                    merkle_tree_hook_address: field("merkleTreeHook"),
                    mailbox_domain: case["origin"].as_u64().unwrap() as u32,
                    root: field("root"),
                    index: case["index"].as_u64().unwrap() as u32,
                },
                message_id: field("messageId"),
            };
            for signature in case["signatures"].as_array().unwrap() {
                let address = signature["address"].as_str().unwrap().parse().unwrap();
                let signed = Signed::new(value.clone(), &key_of(&vectors, address)).unwrap();
                let serialized = signature["serialized"].as_str().unwrap();
                assert_eq!(signed.serialized_signature.to_string(), serialized);
                assert_eq!(
                    signed.signature.as_bytes().unwrap()[..],
                    signed.serialized_signature[..]
                );
            }
        }
    }

    #[test]
    fn locations_other_than_directories_are_not_opened() {
        let vectors = vectors();
        for case in vectors["storage"]["locations"].as_array().unwrap() {
            let store = FileStore::at(case["location"].as_str().unwrap());
            let path = store.map(|store| store.directory().display().to_string());
            assert_eq!(path.as_deref(), case["path"].as_str(), "{}", case["location"]);
        }
    }

    fn signed(index: u32) -> Signed<CheckpointWithMessageId> {
        let checkpoint = Checkpoint {
            merkle_tree_hook_address: B256::with_last_byte(1),
            mailbox_domain: 1001,
            root: B256::with_last_byte(2),
            index,
        };
        let key = PrivateKeySigner::from_bytes(&B256::with_last_byte(7)).unwrap();
        Signed::new(CheckpointWithMessageId { checkpoint, message_id: B256::ZERO }, &key).unwrap()
    }

    fn latest_index_is_never_lowered(store: &impl CheckpointStore) {
        assert_eq!(store.latest_index().unwrap(), None);
        store.raise_latest_index(5).unwrap();
        store.raise_latest_index(3).unwrap();
        assert_eq!(store.latest_index().unwrap(), Some(5));
    }

    fn what_was_put_is_found(store: &impl CheckpointStore) {
        assert_eq!(store.checkpoint(4).unwrap(), None);
        store.put_checkpoint(&signed(4)).unwrap();
        assert_eq!(store.checkpoint(4).unwrap(), Some(signed(4)));
        assert!(store.announcement().unwrap().is_none());
        assert!(!store.is_flagged().unwrap());
    }

    #[test]
    fn both_stores_keep_what_they_are_given() {
        let scratch = Scratch::new("keep");
        let file = FileStore::create(&scratch.0).unwrap();
        what_was_put_is_found(&file);
        latest_index_is_never_lowered(&file);
        what_was_put_is_found(&MemoryStore::default());
        latest_index_is_never_lowered(&MemoryStore::default());
    }

    #[test]
    fn an_unreadable_reorg_flag_is_a_flag_too() {
        let scratch = Scratch::new("flag");
        let store = FileStore::create(&scratch.0).unwrap();
        fs::write(scratch.0.join("reorg_flag.json"), b"not JSON").unwrap();
        assert!(store.is_flagged().unwrap());
    }

    #[test]
    fn a_checkpoint_without_the_serialized_form_and_with_other_fields_is_read() {
        let mut json = serde_json::to_value(signed(1)).unwrap();
        json.as_object_mut().unwrap().remove("serialized_signature");
        json["value"]["unknown"] = Value::Bool(true);
        let read: Signed<CheckpointWithMessageId> = serde_json::from_value(json).unwrap();
        assert_eq!(read.signer(), signed(1).signer());
    }

    #[test]
    fn a_signature_in_the_upper_half_has_no_signer() {
        let order = U256::from_be_bytes(
            b256!("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141").0,
        );
        let mut flipped = signed(1);
        flipped.signature.s = order - flipped.signature.s;
        flipped.signature.v = 55 - flipped.signature.v;
        assert_eq!(flipped.signer(), None);
        assert_eq!(flipped.signature.as_bytes(), None);
    }
}
