//! Carrying a message from one chain to the other: the origin's validators sign, the relayer collects and delivers.

use std::path::PathBuf;
use std::{env, process};

use alloy::primitives::{Address, Bytes};
use alloy::rpc::types::TransactionReceipt;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::SolEvent;
use interfaces::hyperlane::IMailbox::processorCall;

use super::network::Side;
use super::{DemoError, During, expect};
use crate::relayer::{self, Announced, Dispatched, Gateways, OriginTree};
use crate::report::Report;
use crate::store::{CheckpointStore, FileStore, ReorgPeriod};
use crate::tree::Leaves;
use crate::validator::{self, Origin};

/// The one message that a transaction dispatched from a chain.
pub(super) fn dispatched(
    receipt: &TransactionReceipt,
    from: &Side,
    report: &Report,
) -> Result<Dispatched, DemoError> {
    let mut messages = relayer::dispatched_in(receipt, from.core.mailbox);
    expect("find the message", 1, messages.len())?;
    let dispatched = messages.remove(0);
    report.note(&format!("message {}", dispatched.id));
    Ok(dispatched)
}

/// Every validator of a chain signs what was dispatched from it and not signed before; each announces itself once.
///
/// - `payer`: pays the announcements.
pub(super) async fn sign(
    from: &Side,
    payer: &PrivateKeySigner,
    report: &Report,
) -> Result<(), DemoError> {
    let step = "the validators sign";
    let origin = Origin {
        domain: from.domain,
        mailbox: from.core.mailbox,
        merkle_tree_hook: from.core.merkle_tree_hook,
        reorg_period: ReorgPeriod::Blocks(0),
    };
    let chain = &from.chain;
    for (number, key) in from.validators.iter().enumerate() {
        let directory = storage().join(format!("{}-validator-{number}", chain.name()));
        let store = FileStore::create(directory).during(step)?;
        let (announce, location) = (from.core.validator_announce, store.location());
        validator::announce(chain, &origin, announce, key, &store, &location, payer)
            .await
            .during("announce a validator")?;
        // Each validator reads the chain for itself.
        let mut leaves = Leaves::new(from.core.merkle_tree_hook, from.core.from_block);
        let signed = validator::sign_new_checkpoints(chain, &origin, &mut leaves, key, &store)
            .await
            .during(step)?;
        for checkpoint in signed {
            let checkpoint = checkpoint.value.checkpoint;
            let (validator, index, root) = (key.address(), checkpoint.index, checkpoint.root);
            report.note(&format!("validator {validator} signed leaf {index}, root {root}"));
        }
    }
    Ok(())
}

/// Collects what the modules on `to` ask for before they let a message pass.
pub(super) async fn metadata(
    from: &Side,
    to: &Side,
    message: &Dispatched,
    gateways: &impl Gateways,
    report: &Report,
) -> Result<Bytes, DemoError> {
    let step = "the relayer collects signatures";
    let leaves = leaves(from).await?;
    let tree = OriginTree {
        domain: from.domain,
        merkle_tree_hook: from.core.merkle_tree_hook,
        leaves: &leaves,
    };
    let module =
        relayer::module_of(&to.chain, to.core.mailbox, &message.message).await.during(step)?;
    let stores = Announced {
        chain: &from.chain,
        announce: from.core.validator_announce,
        open: |location: &str| {
            FileStore::at(location).map(|store| Box::new(store) as Box<dyn CheckpointStore>)
        },
    };
    let metadata =
        relayer::metadata_with(&module, tree, message.id, &stores, gateways).await.during(step)?;
    report.note(&format!("metadata of {} bytes", metadata.len()));
    Ok(metadata)
}

/// Delivers a message to its recipient.
pub(super) async fn deliver(
    to: &Side,
    relayer: &PrivateKeySigner,
    metadata: &Bytes,
    message: &Dispatched,
) -> Result<TransactionReceipt, DemoError> {
    let step = "the relayer delivers the message";
    let receipt =
        relayer::deliver(&to.chain, to.core.mailbox, relayer, metadata, &message.message).await;
    let receipt = receipt.during(step)?;
    // Not `delivered`: that compares a block number, which is 0 for ever on a Nitro development node.
    let processor = to.chain.call(to.core.mailbox, &processorCall { messageId: message.id }).await;
    expect("processor of the message", relayer.address(), processor.during(step)?)?;
    Ok(receipt)
}

/// The tree of a chain, up to its latest block.
pub(super) async fn leaves(side: &Side) -> Result<Leaves, DemoError> {
    let step = "follow the tree of messages";
    let mut leaves = Leaves::new(side.core.merkle_tree_hook, side.core.from_block);
    let tip = side.chain.block_number().await.during(step)?;
    leaves.follow(&side.chain, tip).await.during(step)?;
    Ok(leaves)
}

/// Where the validators of this run keep their checkpoints: not shared with any other run.
pub(super) fn storage() -> PathBuf {
    env::temp_dir().join(format!("metalayer-demo-{}", process::id()))
}

/// The events `E` of a contract in a transaction.
pub(super) fn events<E: SolEvent>(receipt: &TransactionReceipt, emitter: Address) -> Vec<E> {
    let logs = receipt.logs().iter().filter(|log| log.address() == emitter);
    logs.filter_map(|log| E::decode_log_data(log.data()).ok()).collect()
}
