//! Which signatures are taken, and in which order.

use std::collections::HashMap;

use alloy::primitives::Signature;
use interfaces::merkle::MerkleTree;

use super::*;
use crate::nodes::role;
use crate::store::{Checkpoint, MemoryStore, Statement};

const DOMAIN: Domain = Domain(1002);
const HOOK: Address = Address::repeat_byte(0x77);
const MESSAGE: B256 = B256::repeat_byte(0x11);

/// Storages by validator, as announced.
#[derive(Default)]
struct Known(HashMap<Address, Vec<MemoryStore>>);

impl Validators for Known {
    async fn stores(
        &self,
        validator: Address,
    ) -> Result<Vec<Box<dyn CheckpointStore>>, RelayerError> {
        let stores = self.0.get(&validator).cloned().unwrap_or_default();
        Ok(stores.into_iter().map(|store| Box::new(store) as Box<dyn CheckpointStore>).collect())
    }
}

impl Known {
    fn with(mut self, validator: Address, checkpoint: &Signed<CheckpointWithMessageId>) -> Self {
        let store = MemoryStore::default();
        store.put_checkpoint(checkpoint).unwrap();
        self.0.entry(validator).or_default().push(store);
        self
    }
}

fn keys() -> [PrivateKeySigner; 3] {
    [0, 1, 2].map(|i| role(&format!("validator {i}")))
}

fn two_of_three() -> Module {
    let validators = keys().iter().map(PrivateKeySigner::address).collect();
    Module::MessageIdMultisig { validators, threshold: 2 }
}

/// A tree in which the message is leaf 1.
fn leaves() -> Leaves {
    Leaves::restored(HOOK, 0, vec![B256::repeat_byte(0xaa), MESSAGE])
}

fn checkpoint(message_id: B256, index: u32, root: B256) -> CheckpointWithMessageId {
    let checkpoint = Checkpoint {
        merkle_tree_hook_address: HOOK.into_word(),
        mailbox_domain: DOMAIN.0,
        root,
        index,
    };
    CheckpointWithMessageId { checkpoint, message_id }
}

fn honest() -> CheckpointWithMessageId {
    let mut tree = MerkleTree::new();
    leaves().ids().iter().for_each(|leaf| tree.insert(*leaf).unwrap());
    checkpoint(MESSAGE, 1, tree.root())
}

async fn collect(leaves: &Leaves, known: &Known) -> Result<Bytes, RelayerError> {
    let origin = OriginTree { domain: DOMAIN, merkle_tree_hook: HOOK, leaves };
    metadata(&two_of_three(), origin, MESSAGE, known).await
}

/// Signers of the metadata's signatures, in order.
fn signers(metadata: &Bytes) -> Vec<Address> {
    let decoded = MessageIdMetadata::decode(metadata).unwrap();
    let (signatures, rest) = decoded.signatures.0.as_chunks::<65>();
    assert!(rest.is_empty());
    let digest = honest().signing_hash();
    let recover = |bytes: &[u8; 65]| {
        Signature::from_raw_array(bytes).unwrap().recover_address_from_msg(digest).unwrap()
    };
    signatures.iter().map(recover).collect()
}

#[tokio::test]
async fn signatures_stand_in_the_order_of_the_set() {
    // given the third and the first validator have signed
    let [first, _, third] = keys();
    let sign = |key| Signed::new(honest(), key).unwrap();
    let known =
        Known::default().with(third.address(), &sign(&third)).with(first.address(), &sign(&first));
    // when the relayer collects
    let metadata = collect(&leaves(), &known).await.unwrap();
    // then the first one's signature is first, over the leaf's own checkpoint
    assert_eq!(signers(&metadata), [first.address(), third.address()]);
    let decoded = MessageIdMetadata::decode(&metadata).unwrap();
    assert_eq!((decoded.merkle_tree_hook, decoded.index), (HOOK.into_word(), 1));
    assert_eq!(decoded.root, honest().checkpoint.root);
}

#[tokio::test]
async fn no_more_signatures_than_the_threshold_are_sent() {
    let mut known = Known::default();
    for key in keys() {
        known = known.with(key.address(), &Signed::new(honest(), &key).unwrap());
    }
    let [first, second, _] = keys();
    let metadata = collect(&leaves(), &known).await.unwrap();
    assert_eq!(signers(&metadata), [first.address(), second.address()]);
}

#[tokio::test]
async fn one_signature_of_two_is_not_enough() {
    let [first, ..] = keys();
    let known = Known::default().with(first.address(), &Signed::new(honest(), &first).unwrap());
    let error = collect(&leaves(), &known).await.unwrap_err();
    assert!(
        matches!(error, RelayerError::AwaitingSignatures { found: 1, threshold: 2, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn signatures_for_different_roots_do_not_add_up() {
    let [first, second, _] = keys();
    let other = checkpoint(MESSAGE, 1, B256::repeat_byte(0xee));
    let known = Known::default()
        .with(first.address(), &Signed::new(honest(), &first).unwrap())
        .with(second.address(), &Signed::new(other, &second).unwrap());
    let error = collect(&leaves(), &known).await.unwrap_err();
    assert!(matches!(error, RelayerError::AwaitingSignatures { found: 1, .. }), "{error}");
}

#[tokio::test]
async fn a_checkpoint_signed_by_someone_else_or_for_something_else_counts_for_nothing() {
    let [first, second, third] = keys();
    let sign = |value, key: &PrivateKeySigner| Signed::new(value, key).unwrap();
    let mut foreign_tree = honest();
    foreign_tree.checkpoint.merkle_tree_hook_address = B256::repeat_byte(0x99);
    let known = Known::default()
        // the second validator's storage holds what the first one signed
        .with(second.address(), &sign(honest(), &first))
        .with(
            first.address(),
            &sign(checkpoint(B256::repeat_byte(0xbb), 1, honest().checkpoint.root), &first),
        )
        .with(third.address(), &sign(foreign_tree, &third));
    let error = collect(&leaves(), &known).await.unwrap_err();
    assert!(matches!(error, RelayerError::AwaitingSignatures { found: 0, .. }), "{error}");
}

#[tokio::test]
async fn a_message_outside_the_tree_has_no_metadata() {
    let leaves = Leaves::restored(HOOK, 0, vec![B256::repeat_byte(0xaa)]);
    let error = collect(&leaves, &Known::default()).await.unwrap_err();
    assert!(matches!(error, RelayerError::NoLeaf(MESSAGE)), "{error}");
}

#[tokio::test]
async fn a_message_inserted_twice_is_delivered_with_the_leaf_that_was_signed() {
    // given the message is leaf 0 and leaf 1, and only leaf 1 is signed
    let leaves = Leaves::restored(HOOK, 0, vec![MESSAGE, MESSAGE]);
    let second_leaf = checkpoint(MESSAGE, 1, B256::repeat_byte(0xcc));
    let mut known = Known::default();
    for key in keys() {
        known = known.with(key.address(), &Signed::new(second_leaf.clone(), &key).unwrap());
    }
    // when the relayer collects
    let metadata = collect(&leaves, &known).await.unwrap();
    // then it names that leaf
    assert_eq!(MessageIdMetadata::decode(&metadata).unwrap().index, 1);
}

#[tokio::test]
async fn a_module_that_accepts_everything_gets_empty_metadata() {
    let leaves = Leaves::restored(HOOK, 0, Vec::new());
    let origin = OriginTree { domain: DOMAIN, merkle_tree_hook: HOOK, leaves: &leaves };
    let metadata = metadata(&Module::Null, origin, MESSAGE, &Known::default()).await.unwrap();
    assert!(metadata.is_empty());
}

/// A gateway that has one answer, or none.
struct Gateway(Option<Bytes>);

impl Gateways for Gateway {
    async fn answer(&self, lookup: &Lookup) -> Result<Bytes, RelayerError> {
        let pending = RelayerError::NoAnswer { module: lookup.sender, reason: "pending".into() };
        self.0.clone().ok_or(pending)
    }
}

async fn aggregate(
    modules: Vec<Module>,
    threshold: usize,
    answer: Option<Bytes>,
) -> Result<Bytes, RelayerError> {
    let leaves = leaves();
    let origin = OriginTree { domain: DOMAIN, merkle_tree_hook: HOOK, leaves: &leaves };
    let module = Module::Aggregation { modules, threshold };
    metadata_with(&module, origin, MESSAGE, &Known::default(), &Gateway(answer)).await
}

fn ccip_read() -> Module {
    Module::CcipRead(Lookup {
        sender: Address::repeat_byte(0x1e),
        urls: vec![],
        call_data: Bytes::new(),
    })
}

#[tokio::test]
async fn an_aggregation_gets_the_first_parts_that_can_be_built() {
    use interfaces::codec::sub_metadata;

    let answer = Some(Bytes::from_static(b"answer"));
    let part = |metadata: &Bytes, index| {
        sub_metadata(metadata, index).unwrap().map(Bytes::copy_from_slice)
    };
    // all of them
    let built = aggregate(vec![Module::Null, ccip_read()], 2, answer.clone()).await.unwrap();
    assert_eq!((part(&built, 0), part(&built, 1)), (Some(Bytes::new()), answer.clone()));
    // no more than are needed
    let built = aggregate(vec![Module::Null, ccip_read()], 1, answer.clone()).await.unwrap();
    assert_eq!((part(&built, 0), part(&built, 1)), (Some(Bytes::new()), None));
    // and others in the place of those that cannot: nobody has signed here
    let built = aggregate(vec![two_of_three(), ccip_read()], 1, answer.clone()).await.unwrap();
    assert_eq!((part(&built, 0), part(&built, 1)), (None, answer.clone()));
    // an aggregation may stand in another one
    let inner = Module::Aggregation { modules: vec![ccip_read()], threshold: 1 };
    let built = aggregate(vec![inner], 1, answer.clone()).await.unwrap();
    assert_eq!(part(&part(&built, 0).unwrap(), 0), answer);
}

#[tokio::test]
async fn an_aggregation_waits_for_what_it_cannot_do_without() {
    let waiting = aggregate(vec![Module::Null, ccip_read()], 2, None).await;
    assert!(matches!(waiting, Err(RelayerError::NoAnswer { .. })), "{waiting:?}");
    let waiting = aggregate(vec![two_of_three(), Module::Null], 2, None).await;
    let expected =
        matches!(waiting, Err(RelayerError::AwaitingSignatures { found: 0, threshold: 2, .. }));
    assert!(expected, "{waiting:?}");
}
