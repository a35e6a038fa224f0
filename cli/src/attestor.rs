//! Read attestors and their gateway: make the reads of a message at chosen blocks, sign the results, put them together.
//! Spec: messaging.md §5.7.
//!
//! An attestor believes nobody: what it signs, it has read itself, for a message that it has found dispatched itself.
//! The steps, for one message:
//! 1. [`Request::of`] a relayer's question, or of the message itself;
//! 2. [`choose_blocks`], by the gateway; an attestor checks its choice with [`check_blocks`];
//! 3. [`read`] and [`attest`], by each attestor;
//! 4. [`assemble`], by the gateway: the metadata of the read module.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use alloy::eips::{BlockId, BlockNumberOrTag};
use alloy::network::TransactionBuilder;
use alloy::primitives::{Address, B256, Bytes};
use alloy::providers::Provider;
use alloy::signers::SignerSync;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::SolCall;
use interfaces::Domain;
use interfaces::codec::{
    HyperlaneMessage, MetalayerMessage, ReadAttestation, ReadMetadata, ReadResult, Signatures,
};
use interfaces::hyperlane::IMailbox;
use interfaces::metalayer::{
    FinalityState, IMetalayerReadGateway, IMetalayerRouter, ReadOperation,
};

use crate::chain::{Chain, ChainError, Tx};
use crate::relayer::Lookup;

/// Most bytes of all results of a message together. messaging.md 5.7
pub const MAX_RESULT_BYTES: usize = 2048;

/// Gas of a read. messaging.md 5.7
pub const READ_GAS: u64 = 10_000_000;

/// Longest time for which results are attested, seconds. messaging.md 5.7
pub const MAX_VALIDITY: u64 = 3_600;

/// Why nothing is attested.
#[derive(Debug, thiserror::Error)]
pub enum AttestorError {
    /// The question is not about a message with reads.
    #[error("{0} asks for no reads of a Metalayer message")]
    NoRequest(Bytes),
    /// The message does not go from one of our routers to the other.
    #[error("message {0} is not from router to router")]
    NotOurs(B256),
    /// Somebody else's module asks.
    #[error("{0} is not the read module of the message's destination")]
    ForeignModule(Address),
    /// Nobody reads that chain here.
    #[error("domain {0} is not served")]
    UnservedDomain(u32),
    /// The message is not, or not finally, on its origin yet; or no block is old enough to be read. Try again later.
    #[error("read results pending: {0}")]
    Pending(&'static str),
    /// The gateway chose blocks that must not be attested.
    #[error("block {block} of domain {domain} must not be read for this message: {reason}")]
    BadBlock {
        /// The chain.
        domain: u32,
        /// The block.
        block: u64,
        /// Why not.
        reason: &'static str,
    },
    /// The time to attest for is over, or too far away.
    #[error("results cannot be attested until {0}")]
    BadValidity(u64),
    /// A read reverts, so its message waits for ever.
    #[error("read {index} fails: {reason}")]
    ReadFails {
        /// Which read.
        index: usize,
        /// What the chain says.
        reason: String,
    },
    /// More result bytes than may be attested.
    #[error("the results are {0} bytes, more than {MAX_RESULT_BYTES}")]
    TooLarge(usize),
    /// Too few attestors have signed these results.
    #[error("{found} of {threshold} attestors have signed")]
    AwaitingSignatures {
        /// How many have.
        found: usize,
        /// How many must.
        threshold: usize,
    },
    /// The key did not sign.
    #[error("the key did not sign: {0}")]
    Key(#[from] alloy::signers::Error),
    /// A chain could not be read.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// What attestors know of a chain.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// The chain.
    pub chain: &'a Chain,
    /// Its Mailbox.
    pub mailbox: Address,
    /// Our router on it.
    pub router: Address,
    /// Our read module on it.
    pub read_ism: Address,
    /// Where the Mailbox's events begin.
    pub from_block: u64,
}

/// The chains that attestors serve.
pub type Sites<'a> = BTreeMap<Domain, Site<'a>>;

/// The block at which each domain is read.
pub type Blocks = BTreeMap<Domain, u64>;

/// A message whose reads are to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The whole Hyperlane message.
    pub message: Bytes,
    /// Its id.
    pub hyperlane_id: B256,
    /// Where it was dispatched.
    pub origin: Domain,
    /// Where it is delivered.
    pub destination: Domain,
    /// The lane that its sender chose.
    pub finality: FinalityState,
    /// In the order in which their results are signed.
    pub reads: Vec<ReadOperation>,
}

/// The result of a read, and the block it was read at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Block of the chain that was read.
    pub block: u64,
    /// What the call returned.
    pub result: Bytes,
}

impl Request {
    /// The request in a message.
    /// # Errors
    /// `NoRequest`
    pub fn of(message: &Bytes) -> Result<Self, AttestorError> {
        let none = || AttestorError::NoRequest(message.clone());
        let outer = HyperlaneMessage::decode(message).ok_or_else(none)?;
        let inner = MetalayerMessage::decode(outer.body).map_err(|_| none())?;
        if inner.reads.is_empty() {
            return Err(none());
        }
        Ok(Self {
            message: message.clone(),
            hyperlane_id: HyperlaneMessage::id_of(message),
            origin: outer.origin,
            destination: outer.destination,
            finality: inner.header.finality,
            reads: inner.reads.iter().map(ReadOperation::from).collect(),
        })
    }

    /// The request that a relayer posts to a gateway.
    /// # Errors
    /// `NoRequest`, `UnservedDomain`, `ForeignModule`
    /// # Source
    /// messaging.md §5.7, procedure step 1
    pub fn of_lookup(lookup: &Lookup, sites: &Sites<'_>) -> Result<Self, AttestorError> {
        let none = |_| AttestorError::NoRequest(lookup.call_data.clone());
        let call = IMetalayerReadGateway::getReadResultsCall::abi_decode(&lookup.call_data);
        let request = Self::of(&call.map_err(none)?.message)?;
        if site(sites, request.destination)?.read_ism != lookup.sender {
            return Err(AttestorError::ForeignModule(lookup.sender));
        }
        Ok(request)
    }

    /// What is signed for this request, but for the results.
    pub fn attestation(&self, read_ism: Address, valid_until: u64) -> ReadAttestation {
        ReadAttestation {
            destination: self.destination,
            read_ism,
            hyperlane_id: self.hyperlane_id,
            valid_until,
        }
    }

    /// Time of the block that dispatched the message, as final as its lane asks for.
    ///
    /// # Errors
    /// `UnservedDomain`; `NotOurs` when it does not go from one of our routers to the other, each of which knows the
    /// other; `Pending` while it is not there.
    /// # Source
    /// messaging.md §5.7, procedure step 1
    pub async fn dispatched_at(&self, sites: &Sites<'_>) -> Result<u64, AttestorError> {
        let (origin, destination) = (site(sites, self.origin)?, site(sites, self.destination)?);
        let not_ours = || AttestorError::NotOurs(self.hyperlane_id);
        let outer = HyperlaneMessage::decode(&self.message).ok_or_else(not_ours)?;
        let peers =
            [(destination, self.origin, outer.sender), (origin, self.destination, outer.recipient)];
        for (site, domain, router) in peers {
            let call = IMetalayerRouter::routersCall { domain: domain.0 };
            if site.chain.call(site.router, &call).await? != router || router.is_zero() {
                return Err(not_ours());
            }
        }
        let last = lane_block(origin.chain, self.finality).await?;
        let events = origin
            .chain
            .events::<IMailbox::DispatchId>(origin.mailbox, origin.from_block, last.0)
            .await?;
        let found = events.iter().find(|(event, _)| event.messageId == self.hyperlane_id);
        let number = found.and_then(|(_, log)| log.block_number);
        let number = number.ok_or(AttestorError::Pending("not dispatched on this lane yet"))?;
        let (_, time) = block(origin.chain, number.into())
            .await?
            .ok_or(AttestorError::Pending("the dispatch's block is gone"))?;
        Ok(time)
    }
}

/// Chooses the block at which each domain is read: the newest that the message's lane allows.
/// # Errors
/// `UnservedDomain`; `Pending` while that block is older than the message.
/// # Source
/// messaging.md §5.7, procedure step 2
pub async fn choose_blocks(
    request: &Request,
    dispatched_at: u64,
    sites: &Sites<'_>,
) -> Result<Blocks, AttestorError> {
    let mut blocks = Blocks::new();
    for read in &request.reads {
        let domain = Domain(read.domain);
        let (number, time) = lane_block(site(sites, domain)?.chain, request.finality).await?;
        if time < dispatched_at {
            return Err(AttestorError::Pending("no block since the dispatch"));
        }
        blocks.insert(domain, number);
    }
    Ok(blocks)
}

/// Checks blocks that somebody else chose.
///
/// - `max_age`: seconds that a block may be old.
/// - `now`: unix seconds.
/// # Errors
/// `UnservedDomain`, `BadBlock`
/// # Source
/// messaging.md §5.7, procedure steps 2 and 3
pub async fn check_blocks(
    request: &Request,
    dispatched_at: u64,
    blocks: &Blocks,
    sites: &Sites<'_>,
    max_age: u64,
    now: u64,
) -> Result<(), AttestorError> {
    for read in &request.reads {
        let domain = Domain(read.domain);
        let chain = site(sites, domain)?.chain;
        let number = blocks.get(&domain).copied().unwrap_or_default();
        let bad = |reason| AttestorError::BadBlock { domain: domain.0, block: number, reason };
        let (last, _) = lane_block(chain, request.finality).await?;
        if number > last {
            return Err(bad("not on the message's lane yet"));
        }
        let (_, time) = block(chain, number.into()).await?.ok_or_else(|| bad("unknown"))?;
        if time < dispatched_at {
            return Err(bad("older than the message"));
        }
        if time.saturating_add(max_age) < now {
            return Err(bad("too old"));
        }
    }
    Ok(())
}

/// Makes the reads of a message.
/// # Errors
/// `UnservedDomain`; `ReadFails` for one that reverts: such a message waits for ever; `TooLarge`.
/// # Source
/// messaging.md §5.7, procedure step 3
pub async fn read(
    request: &Request,
    blocks: &Blocks,
    sites: &Sites<'_>,
) -> Result<Vec<Answer>, AttestorError> {
    let mut answers = Vec::with_capacity(request.reads.len());
    let mut size = 0;
    for (index, read) in request.reads.iter().enumerate() {
        let domain = Domain(read.domain);
        let chain = site(sites, domain)?.chain;
        let block = blocks.get(&domain).copied().unwrap_or_default();
        let call = Tx::raw(read.target, read.callData.clone()).request(Address::ZERO);
        let call = chain.provider().call(call.with_gas_limit(READ_GAS)).block(block.into());
        let result = call
            .await
            .map_err(|error| AttestorError::ReadFails { index, reason: error.to_string() })?;
        size += result.len();
        answers.push(Answer { block, result });
    }
    if size > MAX_RESULT_BYTES {
        return Err(AttestorError::TooLarge(size));
    }
    Ok(answers)
}

/// Signs results, for `read_ism` on the message's destination, until `valid_until`.
/// # Errors
/// `BadValidity` beyond the next hour; `Key`.
/// # Source
/// messaging.md §5.7
pub fn attest(
    key: &PrivateKeySigner,
    request: &Request,
    read_ism: Address,
    valid_until: u64,
    now: u64,
    answers: &[Answer],
) -> Result<[u8; 65], AttestorError> {
    if valid_until < now || valid_until > now.saturating_add(MAX_VALIDITY) {
        return Err(AttestorError::BadValidity(valid_until));
    }
    let digest = request.attestation(read_ism, valid_until).digest(results(answers));
    Ok(key.sign_hash_sync(&digest)?.as_bytes())
}

/// The metadata of the read module: the results, and signatures over them in the order of the attestors.
///
/// - `signed`: who claims to have signed what; signatures of strangers, and over anything else, are left out.
/// - `attestors`, `threshold`: of the module.
/// # Errors
/// `AwaitingSignatures`
/// # Source
/// messaging.md §5.7, procedure step 4
pub fn assemble(
    attestation: &ReadAttestation,
    answers: &[Answer],
    signed: &[(Address, [u8; 65])],
    attestors: &[Address],
    threshold: usize,
) -> Result<Bytes, AttestorError> {
    let digest = attestation.digest(results(answers));
    let is_by = |attestor: &Address, bytes: &[u8; 65]| {
        let signature = alloy::primitives::Signature::from_raw_array(bytes);
        let signer =
            signature.and_then(|signature| signature.recover_address_from_prehash(&digest));
        signer.is_ok_and(|signer| signer == *attestor)
    };
    let counting: Vec<[u8; 65]> = attestors
        .iter()
        .filter_map(|attestor| {
            let theirs = signed.iter().filter(|(signer, _)| signer == attestor);
            theirs.map(|(_, bytes)| *bytes).find(|bytes| is_by(attestor, bytes))
        })
        .take(threshold)
        .collect();
    if counting.len() < threshold {
        return Err(AttestorError::AwaitingSignatures { found: counting.len(), threshold });
    }
    let results: Vec<_> = results(answers).collect();
    let signatures = Signatures(counting.as_flattened());
    let metadata = ReadMetadata::encode(attestation.valid_until, &results, signatures);
    let size = answers.iter().map(|answer| answer.result.len()).sum();
    Ok(metadata.ok_or(AttestorError::TooLarge(size))?.into())
}

fn results(answers: &[Answer]) -> impl Iterator<Item = ReadResult<'_>> {
    answers.iter().map(|answer| ReadResult { block: answer.block, result: &answer.result })
}

/// The site of a domain.
/// # Errors
/// `UnservedDomain`
pub fn site<'a, 'b>(sites: &'b Sites<'a>, domain: Domain) -> Result<&'b Site<'a>, AttestorError> {
    sites.get(&domain).ok_or(AttestorError::UnservedDomain(domain.0))
}

/// The newest block that a lane counts on: number and time.
async fn lane_block(chain: &Chain, lane: FinalityState) -> Result<(u64, u64), AttestorError> {
    let tag = match lane {
        FinalityState::Instant => BlockNumberOrTag::Latest,
        FinalityState::Finalized | FinalityState::Espresso => BlockNumberOrTag::Finalized,
    };
    let pending = AttestorError::Pending("no block is that final yet");
    block(chain, tag.into()).await?.ok_or(pending)
}

/// Number and time of a block; `None` if there is none.
async fn block(chain: &Chain, id: BlockId) -> Result<Option<(u64, u64)>, AttestorError> {
    let block = chain.provider().get_block(id).await.map_err(|source| ChainError::Rpc {
        chain: chain.name().to_owned(),
        what: "eth_getBlockByNumber".to_owned(),
        source,
    })?;
    Ok(block.map(|block| (block.header.number, block.header.timestamp)))
}
