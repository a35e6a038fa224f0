//! A validator of an origin chain: reads its message tree, checks it against the chain, signs it.
//! Spec: messaging.md §3.2, §4.1–§4.3.

use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use alloy::eips::{BlockId, BlockNumberOrTag};
use alloy::primitives::{Address, B256};
use alloy::providers::Provider;
use alloy::signers::local::PrivateKeySigner;
use interfaces::Domain;
use interfaces::hyperlane::{IMerkleTreeHook, IValidatorAnnounce};
use interfaces::merkle::MerkleTree;

use crate::chain::{Chain, ChainError, Tx};
use crate::store::{
    Announcement, Checkpoint, CheckpointStore, CheckpointWithMessageId, ReorgFlag, ReorgPeriod,
    Signed,
};
use crate::tree::{Leaves, TreeError};

/// What a validator watches.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Domain of the chain.
    pub domain: Domain,
    /// Its Mailbox.
    pub mailbox: Address,
    /// Its tree.
    pub merkle_tree_hook: Address,
    /// How far behind the tip it is read: the lane's finality. messaging.md 5.6
    pub reorg_period: ReorgPeriod,
}

/// Why a validator did not sign.
#[derive(Debug, thiserror::Error)]
pub enum ValidatorError {
    /// The storage carries a reorg flag, which only an operator removes.
    #[error("the storage carries a reorg flag: no signing until an operator removes it")]
    Flagged,
    /// The tree built from the events has another root than the chain's; the flag is set now.
    #[error(
        "root of leaf {index} is {local} by the events and {canonical} on the chain: nothing signed, reorg flag set"
    )]
    RootMismatch {
        /// Leaf after which the roots differ.
        index: u32,
        /// Root of the tree built here.
        local: B256,
        /// Root that the chain answered.
        canonical: B256,
    },
    /// The storage holds a checkpoint with another value for an index that is to be signed.
    #[error(
        "leaf {index} was signed before with root {signed}, and its root is now {root}: refused to sign it again"
    )]
    AlreadySigned {
        /// The leaf.
        index: u32,
        /// Root that was signed.
        signed: B256,
        /// Root that was to be signed.
        root: B256,
    },
    /// There is no block of this name.
    #[error("the chain knows no block `{tag}`")]
    NoBlock {
        /// The tag.
        tag: String,
    },
    /// The key did not sign.
    #[error("the key did not sign: {0}")]
    Key(#[from] alloy::signers::Error),
    /// The storage failed.
    #[error("checkpoint storage: {0}")]
    Store(#[from] io::Error),
    /// The events could not be followed.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The chain could not be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// One round: follows the tree to the lagged block, and signs and stores every checkpoint that is not stored yet.
///
/// Nothing is signed before the root of the local tree, at the index that the chain's checkpoint has, was found equal
/// to the chain's root at the same block; and no index is ever signed twice with different roots. Safe to repeat.
///
/// - `leaves`: what was read in earlier rounds; empty at first.
/// - Returns what was signed in this round, highest index first.
/// # Errors
/// `Flagged`, `RootMismatch` (which also sets the flag), `AlreadySigned`.
/// # Source
/// messaging.md §4.3, steps 3 to 8
pub async fn sign_new_checkpoints(
    chain: &Chain,
    origin: &Origin,
    leaves: &mut Leaves,
    key: &PrivateKeySigner,
    store: &impl CheckpointStore,
) -> Result<Vec<Signed<CheckpointWithMessageId>>, ValidatorError> {
    if store.is_flagged()? {
        return Err(ValidatorError::Flagged);
    }
    let Some(block) = lagged_block(chain, &origin.reorg_period).await? else {
        return Ok(Vec::new());
    };
    let (at, hook) = (BlockId::number(block), origin.merkle_tree_hook);
    let count = chain.call_at(at, Address::ZERO, hook, &IMerkleTreeHook::countCall {}).await?;
    if count == 0 {
        return Ok(Vec::new());
    }
    let canonical =
        chain.call_at(at, Address::ZERO, hook, &IMerkleTreeHook::latestCheckpointCall {}).await?;
    leaves.follow(chain, block).await?;

    let roots = roots(leaves.ids());
    let Some(local) = roots.get(canonical.index as usize).copied() else {
        let (chain, index) = (chain.name().to_owned(), roots.len() as u32);
        return Err(TreeError::MissingLeaf { chain, hook, index }.into());
    };
    if local != canonical.root {
        store.put_reorg_flag(&ReorgFlag {
            local_merkle_root: local,
            canonical_merkle_root: canonical.root,
            checkpoint_index: canonical.index,
            unix_timestamp: unix_now(),
            reorg_period: origin.reorg_period.clone(),
        })?;
        return Err(ValidatorError::RootMismatch {
            index: canonical.index,
            local,
            canonical: canonical.root,
        });
    }

    let mut unsigned = Vec::new();
    for index in (0..=canonical.index).rev() {
        let value = CheckpointWithMessageId {
            checkpoint: Checkpoint {
                merkle_tree_hook_address: hook.into_word(),
                mailbox_domain: origin.domain.0,
                root: roots[index as usize],
                index,
            },
            message_id: leaves.ids()[index as usize],
        };
        match store.checkpoint(index)? {
            Some(signed) if signed.value == value && signed.signer() == Some(key.address()) => {}
            // A damaged or foreign object is written anew; a different root under our own key is never signed.
            Some(signed) if signed.value != value && signed.signer() == Some(key.address()) => {
                let root = value.checkpoint.root;
                let signed = signed.value.checkpoint.root;
                return Err(ValidatorError::AlreadySigned { index, signed, root });
            }
            _ => unsigned.push(value),
        }
    }
    let mut signed = Vec::with_capacity(unsigned.len());
    for value in unsigned {
        let checkpoint = Signed::new(value, key)?;
        store.put_checkpoint(&checkpoint)?;
        signed.push(checkpoint);
    }
    store.raise_latest_index(canonical.index)?;
    Ok(signed)
}

/// Signs and stores the statement that `key` keeps its checkpoints at `location`, and announces it on the chain.
///
/// Safe to repeat: a location that is announced already is not announced again.
///
/// - `announce`: the chain's ValidatorAnnounce.
/// - `payer`: pays the transaction; anyone may.
/// # Source
/// messaging.md §4.1, §4.3 step 2
pub async fn announce(
    chain: &Chain,
    origin: &Origin,
    announce: Address,
    key: &PrivateKeySigner,
    store: &impl CheckpointStore,
    location: &str,
    payer: &PrivateKeySigner,
) -> Result<(), ValidatorError> {
    let announcement = Signed::new(
        Announcement {
            validator: key.address(),
            mailbox_address: origin.mailbox.into_word(),
            mailbox_domain: origin.domain.0,
            storage_location: location.to_owned(),
        },
        key,
    )?;
    store.put_announcement(&announcement)?;
    let announced =
        IValidatorAnnounce::getAnnouncedStorageLocationsCall { validators: vec![key.address()] };
    let locations = chain.call(announce, &announced).await?;
    if locations.iter().flatten().any(|announced| announced == location) {
        return Ok(());
    }
    let call = IValidatorAnnounce::announceCall {
        validator: key.address(),
        storageLocation: location.to_owned(),
        signature: announcement.serialized_signature.clone(),
    };
    chain.send("announce a validator", payer, Tx::call(announce, &call)).await?;
    Ok(())
}

/// The last block that is old enough; `None` while the chain is younger than the period.
async fn lagged_block(chain: &Chain, period: &ReorgPeriod) -> Result<Option<u64>, ValidatorError> {
    let tag = match period {
        ReorgPeriod::Blocks(blocks) => return Ok(chain.block_number().await?.checked_sub(*blocks)),
        ReorgPeriod::Tag(tag) => tag,
    };
    let no_block = || ValidatorError::NoBlock { tag: tag.clone() };
    let named: BlockNumberOrTag = tag.parse().map_err(|_| no_block())?;
    let block = chain.provider().get_block(named.into()).await;
    let block = block.ok().flatten().ok_or_else(no_block)?;
    Ok(Some(block.header.number))
}

/// Root after each leaf.
fn roots(leaves: &[B256]) -> Vec<B256> {
    let mut tree = MerkleTree::new();
    leaves
        .iter()
        .map_while(|leaf| {
            tree.insert(*leaf).ok()?;
            Some(tree.root())
        })
        .collect()
}

fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}
