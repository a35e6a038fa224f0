//! A relayer between two chains: finds a message, collects what its modules ask for, delivers it.
//! Spec: messaging.md §1.3, §1.4, §3, §4.4.

#[cfg(test)]
mod tests;

use std::io;

use alloy::eips::BlockId;
use alloy::primitives::{Address, B256, Bytes};
use alloy::rpc::types::TransactionReceipt;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{SolError, SolEvent};
use interfaces::Domain;
use interfaces::codec::{HyperlaneMessage, MessageIdMetadata, Signatures, aggregation_metadata};
use interfaces::hyperlane::{
    IAggregationIsm, ICcipReadIsm, IInterchainSecurityModule, IMailbox, IMultisigIsm, IRoutingIsm,
    IValidatorAnnounce, ModuleType,
};

use crate::chain::{Chain, ChainError, Tx};
use crate::revert::Revert;
use crate::store::{CheckpointStore, CheckpointWithMessageId, Signed};
use crate::tree::{Leaves, TreeError};

/// Deepest nesting of modules that is followed. messaging.md 4.4
const MAX_DEPTH: usize = 13;
const ROUTING: u8 = ModuleType::Routing as u8;
const AGGREGATION: u8 = ModuleType::Aggregation as u8;
const CCIP_READ: u8 = ModuleType::CcipRead as u8;
const MESSAGE_ID_MULTISIG: u8 = ModuleType::MessageIdMultisig as u8;
const NULL: u8 = ModuleType::Null as u8;

/// Why a message was not delivered.
#[derive(Debug, thiserror::Error)]
pub enum RelayerError {
    /// The bytes are no Hyperlane message.
    #[error("{0} is no Hyperlane message")]
    NoMessage(Bytes),
    /// The message's leaf is not in the tree that was followed.
    #[error("message {0} is in no leaf of the origin's tree")]
    NoLeaf(B256),
    /// Too few validators have signed a common checkpoint; try again later.
    #[error("message {message_id}: {found} of {threshold} signatures, waiting for the validators")]
    AwaitingSignatures {
        /// The message.
        message_id: B256,
        /// Most signatures found for one root.
        found: usize,
        /// How many the module asks for.
        threshold: usize,
    },
    /// The module is of a type this relayer builds no metadata for.
    #[error("module {module} is of type {module_type}, for which no metadata can be built")]
    UnsupportedModule {
        /// The module.
        module: Address,
        /// Its type.
        module_type: u8,
    },
    /// A CCIP-read module did not say where its metadata is.
    #[error("module {0} did not revert with OffchainLookup")]
    NoLookup(Address),
    /// No gateway of a CCIP-read module has the metadata; try again later if it may be pending.
    #[error("no metadata for module {module} at its gateways: {reason}")]
    NoAnswer {
        /// The module.
        module: Address,
        /// What the last gateway said.
        reason: String,
    },
    /// Modules route to modules without end.
    #[error("modules are nested more than {MAX_DEPTH} deep")]
    TooDeep,
    /// The destination would refuse the delivery; it stays deliverable.
    #[error("the delivery would be refused: {0}")]
    Refused(Revert),
    /// A validator's storage failed.
    #[error("storage of validator {validator}: {source}")]
    Store {
        /// The validator.
        validator: Address,
        /// Why.
        source: io::Error,
    },
    /// The origin's tree could not be followed.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A chain could not be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// A dispatched message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispatched {
    /// Hash of the message.
    pub id: B256,
    /// The message. messaging.md 1.1
    pub message: Bytes,
    /// The transaction that dispatched it.
    pub transaction: Option<B256>,
}

/// Messages that `mailbox` dispatched in the blocks `from..=to`, oldest first.
pub async fn dispatched(
    origin: &Chain,
    mailbox: Address,
    from: u64,
    to: u64,
) -> Result<Vec<Dispatched>, RelayerError> {
    let events = origin.events::<IMailbox::Dispatch>(mailbox, from, to).await?;
    let messages = events.into_iter().map(|(event, log)| Dispatched {
        id: HyperlaneMessage::id_of(&event.message),
        message: event.message,
        transaction: log.transaction_hash,
    });
    Ok(messages.collect())
}

/// Messages that `mailbox` dispatched in one transaction.
pub fn dispatched_in(receipt: &TransactionReceipt, mailbox: Address) -> Vec<Dispatched> {
    let logs = receipt.logs().iter().filter(|log| log.address() == mailbox);
    let events = logs.filter_map(|log| IMailbox::Dispatch::decode_log_data(log.data()).ok());
    let messages = events.map(|event| Dispatched {
        id: HyperlaneMessage::id_of(&event.message),
        message: event.message,
        transaction: Some(receipt.transaction_hash),
    });
    messages.collect()
}

/// Where the validators of an origin keep their checkpoints.
pub trait Validators {
    /// The storages of `validator`, the one to be tried first in front.
    fn stores(
        &self,
        validator: Address,
    ) -> impl Future<Output = Result<Vec<Box<dyn CheckpointStore>>, RelayerError>> + Send;
}

/// Finds the storages through ValidatorAnnounce on the origin chain: the newest announcement first.
///
/// Locations that `open` does not know are skipped, as by the official relayer.
#[derive(Clone, Debug)]
pub struct Announced<'a, F> {
    /// The origin.
    pub chain: &'a Chain,
    /// Its ValidatorAnnounce.
    pub announce: Address,
    /// Opens a location.
    pub open: F,
}

impl<F> Validators for Announced<'_, F>
where
    F: Fn(&str) -> Option<Box<dyn CheckpointStore>> + Sync,
{
    async fn stores(
        &self,
        validator: Address,
    ) -> Result<Vec<Box<dyn CheckpointStore>>, RelayerError> {
        let call =
            IValidatorAnnounce::getAnnouncedStorageLocationsCall { validators: vec![validator] };
        let locations = self.chain.call(self.announce, &call).await?;
        Ok(locations.iter().flatten().rev().filter_map(|location| (self.open)(location)).collect())
    }
}

/// Origin of a message, as the relayer of that origin sees it.
#[derive(Clone, Copy, Debug)]
pub struct OriginTree<'a> {
    /// Domain of the origin.
    pub domain: Domain,
    /// Its tree.
    pub merkle_tree_hook: Address,
    /// The leaves of the tree, followed beyond the message.
    pub leaves: &'a Leaves,
}

/// Where a CCIP-read module has its metadata fetched.
/// # Source
/// messaging.md §3.7
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The module.
    pub sender: Address,
    /// Templates of the gateways' addresses, to be tried in this order.
    pub urls: Vec<String>,
    /// What the gateways are asked.
    pub call_data: Bytes,
}

/// Fetches metadata for CCIP-read modules.
pub trait Gateways {
    /// The metadata for a lookup.
    /// # Errors
    /// `NoAnswer`, after which a later try may succeed.
    fn answer(&self, lookup: &Lookup) -> impl Future<Output = Result<Bytes, RelayerError>> + Send;
}

/// For relayers that do not look anything up.
#[derive(Clone, Copy, Debug)]
pub struct NoGateways;

impl Gateways for NoGateways {
    async fn answer(&self, lookup: &Lookup) -> Result<Bytes, RelayerError> {
        let reason = "this relayer asks no gateways".to_owned();
        Err(RelayerError::NoAnswer { module: lookup.sender, reason })
    }
}

/// The module that will verify a message, with what it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Module {
    /// Several modules, of which some must pass the message.
    Aggregation {
        /// In the order of their ranges in the metadata.
        modules: Vec<Self>,
        /// How many must pass it; neither more nor less may be asked to.
        threshold: usize,
    },
    /// Something that a gateway answers.
    CcipRead(Lookup),
    /// Signatures over a checkpoint whose own leaf is the message.
    MessageIdMultisig {
        /// In the set's order, which is the order of the signatures too.
        validators: Vec<Address>,
        /// How many must have signed.
        threshold: usize,
    },
    /// Accepts empty metadata.
    Null,
}

/// Resolves the recipient's module on the destination, through routing modules, to those that verify.
/// # Source
/// messaging.md §1.4, §3.1, §3.5–§3.7
pub async fn module_of(
    destination: &Chain,
    mailbox: Address,
    message: &Bytes,
) -> Result<Module, RelayerError> {
    let decoded = HyperlaneMessage::decode(message)
        .ok_or_else(|| RelayerError::NoMessage(message.clone()))?;
    let recipient = Address::from_word(decoded.recipient);
    let module = destination.call(mailbox, &IMailbox::recipientIsmCall { recipient }).await?;
    resolve(destination, module, message, MAX_DEPTH).await
}

/// - `depth`: how many modules may still follow one another.
async fn resolve(
    destination: &Chain,
    mut module: Address,
    message: &Bytes,
    depth: usize,
) -> Result<Module, RelayerError> {
    for depth in (0..depth).rev() {
        let module_type =
            destination.call(module, &IInterchainSecurityModule::moduleTypeCall {}).await?;
        match module_type {
            ROUTING => {
                let route = IRoutingIsm::routeCall { message: message.clone() };
                module = destination.call(module, &route).await?;
            }
            AGGREGATION => {
                let call = IAggregationIsm::modulesAndThresholdCall { message: message.clone() };
                let set = destination.call(module, &call).await?;
                let mut modules = Vec::new();
                for module in set.modules {
                    modules.push(Box::pin(resolve(destination, module, message, depth)).await?);
                }
                return Ok(Module::Aggregation { modules, threshold: set.threshold.into() });
            }
            CCIP_READ => {
                return Ok(Module::CcipRead(lookup(destination, module, message).await?));
            }
            MESSAGE_ID_MULTISIG => {
                let call = IMultisigIsm::validatorsAndThresholdCall { message: message.clone() };
                let set = destination.call(module, &call).await?;
                return Ok(Module::MessageIdMultisig {
                    validators: set.validators,
                    threshold: set.threshold.into(),
                });
            }
            NULL => return Ok(Module::Null),
            module_type => return Err(RelayerError::UnsupportedModule { module, module_type }),
        }
    }
    Err(RelayerError::TooDeep)
}

/// Asks a CCIP-read module where its metadata is: it answers by reverting.
async fn lookup(
    destination: &Chain,
    module: Address,
    message: &Bytes,
) -> Result<Lookup, RelayerError> {
    let call = ICcipReadIsm::getOffchainVerifyInfoCall { message: message.clone() };
    let told = match destination.call(module, &call).await {
        Err(ChainError::Reverted { revert, .. }) => {
            ICcipReadIsm::OffchainLookup::abi_decode(&revert.0)
        }
        Err(error) => return Err(error.into()),
        Ok(_) => return Err(RelayerError::NoLookup(module)),
    };
    let told = told.map_err(|_| RelayerError::NoLookup(module))?;
    Ok(Lookup { sender: told.sender, urls: told.urls, call_data: told.callData })
}

/// Builds the metadata that `module` asks for, without asking any gateway.
/// # Errors
/// As [`metadata_with`].
pub async fn metadata(
    module: &Module,
    origin: OriginTree<'_>,
    message_id: B256,
    stores: &impl Validators,
) -> Result<Bytes, RelayerError> {
    metadata_with(module, origin, message_id, stores, &NoGateways).await
}

/// Builds the metadata that `module` asks for.
///
/// Of an aggregation it builds the first parts that can be built, as many as must pass.
/// # Errors
/// `NoLeaf`; `AwaitingSignatures` and `NoAnswer`, after which a later try may succeed.
/// # Source
/// messaging.md §3.6, §4.4 step 4
pub async fn metadata_with(
    module: &Module,
    origin: OriginTree<'_>,
    message_id: B256,
    stores: &impl Validators,
    gateways: &impl Gateways,
) -> Result<Bytes, RelayerError> {
    match module {
        Module::Null => Ok(Bytes::new()),
        Module::CcipRead(lookup) => gateways.answer(lookup).await,
        Module::MessageIdMultisig { validators, threshold } => {
            signatures(validators, *threshold, origin, message_id, stores).await
        }
        Module::Aggregation { modules, threshold } => {
            let mut parts = vec![None; modules.len()];
            let (mut missing, mut failure) = (*threshold, None);
            for (part, module) in parts.iter_mut().zip(modules) {
                if missing == 0 {
                    break;
                }
                let metadata = metadata_with(module, origin, message_id, stores, gateways);
                match Box::pin(metadata).await {
                    Ok(metadata) => {
                        *part = Some(metadata);
                        missing -= 1;
                    }
                    Err(error) => failure = Some(error),
                }
            }
            if let Some(failure) = failure.filter(|_| missing > 0) {
                return Err(failure);
            }
            let parts: Vec<_> =
                parts.iter().map(|part| part.as_ref().map(|part| &part[..])).collect();
            // Longer than four gigabytes: no chain takes that.
            Ok(aggregation_metadata(&parts).unwrap_or_default().into())
        }
    }
}

/// Collects the signatures of a quorum.
async fn signatures(
    validators: &[Address],
    threshold: usize,
    origin: OriginTree<'_>,
    message_id: B256,
    stores: &impl Validators,
) -> Result<Bytes, RelayerError> {
    let mut most = None;
    // An id may stand in several leaves; any of them whose checkpoint has enough signatures will do.
    for index in origin.leaves.indices(message_id) {
        let mut quorum = Quorum::new(origin, index, message_id, threshold);
        for validator in validators {
            for store in stores.stores(*validator).await? {
                let checkpoint = store
                    .checkpoint(index)
                    .map_err(|source| RelayerError::Store { validator: *validator, source })?;
                let Some(checkpoint) = checkpoint else { continue };
                if let Some(metadata) = quorum.add(*validator, &checkpoint) {
                    return Ok(metadata);
                }
                break;
            }
        }
        most = most.max(Some(quorum.most()));
    }
    let found = most.ok_or(RelayerError::NoLeaf(message_id))?;
    Err(RelayerError::AwaitingSignatures { message_id, found, threshold })
}

/// Delivers a message: dry-runs `process`, then sends it.
/// # Errors
/// `Refused` when the dry run reverts; nothing is sent then, and the message stays deliverable.
/// # Source
/// messaging.md §1.3, §4.4 steps 5 to 7
pub async fn deliver(
    destination: &Chain,
    mailbox: Address,
    relayer: &PrivateKeySigner,
    metadata: &Bytes,
    message: &Bytes,
) -> Result<TransactionReceipt, RelayerError> {
    let tx = process(mailbox, metadata, message);
    match destination.send("process the message", relayer, tx).await {
        Ok(receipt) => Ok(receipt),
        Err(ChainError::Reverted { revert, .. }) => Err(RelayerError::Refused(revert)),
        Err(error) => Err(error.into()),
    }
}

/// The transaction that delivers a message.
pub fn process(mailbox: Address, metadata: &Bytes, message: &Bytes) -> Tx {
    let call = IMailbox::processCall { metadata: metadata.clone(), message: message.clone() };
    Tx::call(mailbox, &call)
}

/// Signatures of one leaf, grouped by the root they are for.
struct Quorum<'a> {
    origin: OriginTree<'a>,
    index: u32,
    message_id: B256,
    threshold: usize,
    groups: Vec<(B256, Vec<[u8; 65]>)>,
}

impl<'a> Quorum<'a> {
    fn new(origin: OriginTree<'a>, index: u32, message_id: B256, threshold: usize) -> Self {
        Self { origin, index, message_id, threshold, groups: Vec::new() }
    }

    /// Adds the checkpoint of the next validator of the set; gives the metadata once a root has enough signatures.
    ///
    /// A checkpoint of something else, or signed by someone else, counts for nothing: the module would refuse it, and
    /// with it the signatures behind it.
    fn add(
        &mut self,
        validator: Address,
        signed: &Signed<CheckpointWithMessageId>,
    ) -> Option<Bytes> {
        let CheckpointWithMessageId { checkpoint, message_id } = &signed.value;
        let is_ours = checkpoint.merkle_tree_hook_address
            == self.origin.merkle_tree_hook.into_word()
            && checkpoint.mailbox_domain == self.origin.domain.0
            && checkpoint.index == self.index
            && *message_id == self.message_id;
        if !is_ours || signed.signer() != Some(validator) {
            return None;
        }
        let signature = signed.signature.as_bytes()?;
        let position = self.groups.iter().position(|(root, _)| *root == checkpoint.root);
        let position = position.unwrap_or_else(|| {
            self.groups.push((checkpoint.root, Vec::new()));
            self.groups.len() - 1
        });
        let (root, signatures) = &mut self.groups[position];
        signatures.push(signature);
        (signatures.len() >= self.threshold).then(|| {
            let metadata = MessageIdMetadata {
                merkle_tree_hook: self.origin.merkle_tree_hook.into_word(),
                root: *root,
                index: self.index,
                signatures: Signatures(signatures.as_flattened()),
            };
            metadata.encode().into()
        })
    }

    fn most(&self) -> usize {
        self.groups.iter().map(|(_, signatures)| signatures.len()).max().unwrap_or(0)
    }
}

/// Does the Mailbox of the destination remember the delivery?
///
/// Never true on a chain whose NUMBER is 0, such as a Nitro development node without a parent chain. messaging.md 1.3
pub async fn is_delivered(
    destination: &Chain,
    mailbox: Address,
    message_id: B256,
) -> Result<bool, RelayerError> {
    let call = IMailbox::deliveredCall { messageId: message_id };
    Ok(destination.call_at(BlockId::latest(), Address::ZERO, mailbox, &call).await?)
}
