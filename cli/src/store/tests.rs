//! The objects and files, against the vectors of the official agents.

use alloy::primitives::{Address, B256, U256, b256};
use alloy::signers::local::PrivateKeySigner;
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
    let lists = ["validators", "finalizedValidators"].map(|list| keys[list].as_array().unwrap());
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
        let expected: Signed<Announcement> = serde_json::from_value(case["json"].clone()).unwrap();
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
            assert_eq!(signed.signature.as_bytes().unwrap()[..], signed.serialized_signature[..]);
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
