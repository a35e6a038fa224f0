//! An origin's message tree, rebuilt from the events of its MerkleTreeHook.
//! Spec: messaging.md §2.3.

use alloy::primitives::{Address, B256};
use interfaces::hyperlane::IMerkleTreeHook;

use crate::chain::{Chain, ChainError};

/// Why the tree cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// The node left out the event of a leaf.
    #[error("the tree {hook} on {chain} has no event for leaf {index}")]
    MissingLeaf {
        /// Name of the chain.
        chain: String,
        /// The tree.
        hook: Address,
        /// The leaf that is missing.
        index: u32,
    },
    /// The chain could not be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// The leaves of one tree, in the order of their insertion.
#[derive(Clone, Debug)]
pub struct Leaves {
    hook: Address,
    next_block: u64,
    ids: Vec<B256>,
}

impl Leaves {
    /// No leaves yet.
    ///
    /// - `from_block`: the hook's deployment, or any block before, as JSON-RPC counts blocks.
    pub fn new(hook: Address, from_block: u64) -> Self {
        Self::restored(hook, from_block, Vec::new())
    }

    /// Leaves that were followed before, up to the block before `next_block`.
    pub fn restored(hook: Address, next_block: u64, ids: Vec<B256>) -> Self {
        Self { hook, next_block, ids }
    }

    /// Adds the leaves inserted up to and including `block`.
    /// # Errors
    /// `MissingLeaf` when the indices are not consecutive; then nothing is added.
    pub async fn follow(&mut self, chain: &Chain, block: u64) -> Result<(), TreeError> {
        if block < self.next_block {
            return Ok(());
        }
        let events = chain
            .events::<IMerkleTreeHook::InsertedIntoTree>(self.hook, self.next_block, block)
            .await?;
        let mut ids = Vec::with_capacity(events.len());
        for (event, _) in events {
            let index = (self.ids.len() + ids.len()) as u32;
            if event.index != index {
                let (chain, hook) = (chain.name().to_owned(), self.hook);
                return Err(TreeError::MissingLeaf { chain, hook, index });
            }
            ids.push(event.messageId);
        }
        self.ids.append(&mut ids);
        self.next_block = block + 1;
        Ok(())
    }

    /// The message ids, by leaf index.
    pub fn ids(&self) -> &[B256] {
        &self.ids
    }

    /// Indices of the leaves with this message id. Anyone may insert the latest message again, so there may be more
    /// than one, and none needs to be the message's nonce.
    pub fn indices(&self, message_id: B256) -> impl Iterator<Item = u32> + '_ {
        let leaves = self.ids.iter().enumerate();
        leaves.filter(move |(_, id)| **id == message_id).map(|(index, _)| index as u32)
    }
}
