//! MetalayerReadIsm: believes read results that enough attestors have signed for exactly one message, and hands them to
//! the router that delivers it.
//! Spec: messaging.md §3.7, §5.7. ABI: `interfaces::metalayer::IMetalayerReadIsm`. State: `ownership`, `config`,
//! `attestors`, `urls`; results in transient storage.
//!
//! To the Mailbox and the relayers this is a CCIP-read module (Hyperlane's type 7): it names a gateway, and what the
//! gateway answers is the metadata. Gateway and relayer are not trusted; the attestors are.
//!
//! # Results live as long as a transaction
//! The Mailbox verifies and delivers in one transaction, so nothing has to last longer, and transient storage costs a
//! hundredth of what storage does. `verify` is open to anyone, because relayers try modules alone; what an outsider
//! leaves here is an attestation of the same message, and is gone with the outsider's transaction. A delivery verifies
//! again, which overwrites, so the router always takes what that very delivery has proven; it takes it once.
#![cfg_attr(not(any(test, feature = "export-abi")), no_std)]
#![cfg_attr(
    feature = "entrypoint",
    allow(missing_docs, reason = "the entry point's macro writes none")
)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

extern crate alloc;

mod error;
mod lookup;
mod results;
#[cfg(test)]
mod tests;

use alloc::{vec, vec::Vec};
use core::borrow::BorrowMut;

use alloy_primitives::{Address, B256, FixedBytes, U256};
use alloy_sol_types::SolCall;
use interfaces::{
    Args, Domain,
    args::{BytesList, Word as _, Words},
    codec::{HyperlaneMessage, MetalayerMessage, ReadAttestation, ReadMetadata, SignerSet},
    hyperlane::{IMailbox::localDomainCall, ModuleType},
    metalayer::IMetalayerReadIsm::{
        AttestationExpired, AttestorsAndThresholdSet, InvalidAttestor, InvalidMetadata,
        InvalidThreshold, MalformedMessage, QuorumNotReached, ReadResultCountMismatch,
        ReadResultsMissing, RouterOnly, UrlsChanged, ZeroAddress, ZeroDomain,
        attestorsAndThresholdCall, consumeCall, domainSeparatorCall, getOffchainVerifyInfoCall,
        initializeCall, localDomainCall as domainCall, moduleTypeCall, routerCall,
        setAttestorsCall, setUrlsCall, urlsCall, verifyCall,
    },
};
use stylus_sdk::{
    ArbResult,
    abi::Router,
    prelude::*,
    stylus_core::{ValueDenier, storage::TopLevelStorage},
};
use support::{
    Ownership, Packed, Revert, Slot, abi, emit_raw, recover, refuse_value, returns, signature,
    static_call_word,
    stored::{self, Stored},
};

pub use error::Error;

/// Slots of the MetalayerReadIsm. Append only.
///
/// All is set by the constructor, or by `initialize` where this code runs behind a proxy. Whoever deploys does either in
/// the transaction that creates the account.
#[storage]
#[cfg_attr(feature = "entrypoint", entrypoint)]
pub struct MetalayerReadIsm {
    ownership: Ownership,
    config: Slot<Config>,
    /// Account that holds the [`SignerSet`] of the attestors.
    attestors: Slot<Address>,
    /// Account that holds the templates of the gateways' addresses: a `string[]`, without the offset in front of it.
    urls: Slot<Address>,
}

// SAFETY: plain fields, no storage guard lives across a call.
#[cfg(not(feature = "entrypoint"))]
unsafe impl TopLevelStorage for MetalayerReadIsm {}

/// What never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Config {
    /// Read once from the Mailbox; attestations are for this domain.
    local_domain: Domain,
    /// Takes the results.
    router: Address,
}

/// Eight spare bytes, domain, router.
impl Packed for Config {
    fn unpack(word: B256) -> Self {
        let [_, _, _, _, _, _, _, _, a, b, c, d, ..] = word.0;
        Self {
            local_domain: Domain(u32::from_be_bytes([a, b, c, d])),
            router: Address::from_word(word),
        }
    }

    fn pack(self) -> B256 {
        FixedBytes([0; 8])
            .concat_const::<4, 12>(FixedBytes(self.local_domain.to_be_bytes()))
            .concat_const::<20, 32>(self.router.0)
    }
}

impl<S> Router<S> for MetalayerReadIsm
where
    S: TopLevelStorage + BorrowMut<Self> + ValueDenier,
{
    type Storage = Self;

    fn route(storage: &mut S, selector: u32, input: &[u8]) -> Option<ArbResult> {
        let (this, args) = (BorrowMut::<Self>::borrow_mut(storage), Args(input));
        refuse_value(this.vm())?;
        let selector = selector.to_be_bytes();
        Some(match selector {
            verifyCall::SELECTOR => returns(this.verify(args.bytes(0)?, args.bytes(1)?)),
            consumeCall::SELECTOR => returns(this.consume(args.word(0)?)),
            getOffchainVerifyInfoCall::SELECTOR => Err(this.offchain_lookup(args.bytes(0)?)),
            moduleTypeCall::SELECTOR => returns(Ok::<_, Error>(ModuleType::CcipRead as u8)),
            attestorsAndThresholdCall::SELECTOR => Ok(this.attestors_and_threshold()),
            urlsCall::SELECTOR => Ok(this.urls()),
            domainSeparatorCall::SELECTOR => returns(Ok::<_, Error>(this.domain_separator())),
            routerCall::SELECTOR => returns(Ok::<_, Error>(this.config.get().router)),
            domainCall::SELECTOR => returns(Ok::<_, Error>(this.config.get().local_domain.0)),
            setAttestorsCall::SELECTOR => {
                returns(this.set_attestors(args.addresses(0)?, args.u8(1)?))
            }
            setUrlsCall::SELECTOR => returns(this.set_urls(args.bytes_list(0)?)),
            initializeCall::SELECTOR => returns(this.initialize(&SetUp::read(args)?)),
            _ => return this.ownership.route(selector, args),
        })
    }

    fn receive(_: &mut S) -> Option<Result<(), Vec<u8>>> {
        None
    }

    fn fallback(_: &mut S, _: &[u8]) -> Option<ArbResult> {
        None
    }

    /// With the arguments of `initialize`: its very code.
    fn constructor(storage: &mut S, input: &[u8]) -> Option<ArbResult> {
        let this = BorrowMut::<Self>::borrow_mut(storage);
        refuse_value(this.vm())?;
        Some(returns(this.initialize(&SetUp::read(Args(input))?)))
    }
}

/// What the module is set up with.
#[derive(Clone, Copy, Debug)]
pub struct SetUp<'a> {
    /// Asked for its domain, once.
    pub mailbox: Address,
    /// Chooses attestors and gateways.
    pub owner: Address,
    /// Takes the results.
    pub router: Address,
    /// Who signs, in the order of the signatures.
    pub attestors: Words<'a, Address>,
    /// How many must have signed.
    pub threshold: u8,
    /// Templates of the gateways' addresses (§3.7), tried in this order.
    pub urls: BytesList<'a>,
}

impl<'a> SetUp<'a> {
    fn read(args: Args<'a>) -> Option<Self> {
        Some(Self {
            mailbox: args.address(0)?,
            owner: args.address(1)?,
            router: args.address(2)?,
            attestors: args.addresses(3)?,
            threshold: args.u8(4)?,
            urls: args.bytes_list(5)?,
        })
    }
}

impl MetalayerReadIsm {
    /// Sets the module up, once.
    /// # Errors
    /// `AlreadyInitialized`, `ZeroAddress`; what the Mailbox reverts with; `ZeroDomain`; as
    /// [`set_attestors`](Self::set_attestors).
    /// # Events
    /// `OwnershipTransferred`, `AttestorsAndThresholdSet`, `UrlsChanged`
    pub fn initialize(&mut self, set_up: &SetUp) -> Result<(), Error> {
        self.ownership.initialize(set_up.owner)?;
        if set_up.mailbox.is_zero() || set_up.router.is_zero() {
            return Err(ZeroAddress {}.into());
        }
        let answer = static_call_word(self.vm(), set_up.mailbox, &localDomainCall::SELECTOR)?;
        let local_domain = Domain::decode(&answer.0).ok_or(Revert::EMPTY)?;
        if local_domain == Domain::NONE {
            return Err(ZeroDomain {}.into());
        }
        self.config.set(Config { local_domain, router: set_up.router });
        self.store_attestors(set_up.attestors, set_up.threshold)?;
        self.store_urls(set_up.urls)?;
        Ok(())
    }

    /// Whether enough attestors have signed these results for this message; never `false`: what does not pass, reverts.
    ///
    /// Open to anyone. What passes can be [`consume`](Self::consume)d in the same transaction.
    /// - `metadata`: results and signatures, the latter in the order of the attestors.
    /// - `message`: a whole Hyperlane message.
    /// # Errors
    /// Empty for a message shorter than a header. `InvalidMetadata(1)`, `MalformedMessage`, `ReadResultCountMismatch`,
    /// `AttestationExpired`, `InvalidMetadata(2)`, `(3)`, `(4)`, `QuorumNotReached`, in this order.
    /// # Source
    /// messaging.md §5.7
    pub fn verify(&mut self, metadata: &[u8], message: &[u8]) -> Result<bool, Error> {
        let invalid = |error| InvalidMetadata { code: error as u8 };
        let metadata = ReadMetadata::decode(metadata).map_err(invalid)?;
        let body = HyperlaneMessage::decode(message).ok_or(Revert::EMPTY)?.body;
        let decoded = MetalayerMessage::decode(body)
            .map_err(|malformed| MalformedMessage { code: malformed.code() })?;
        if metadata.count as usize != decoded.reads.len() {
            let (expected, actual) = (U256::from(decoded.reads.len()), U256::from(metadata.count));
            return Err(ReadResultCountMismatch { expected, actual }.into());
        }
        let valid_until = metadata.valid_until;
        if self.vm().block_timestamp() > valid_until {
            return Err(AttestationExpired { validUntil: valid_until }.into());
        }
        let stored = self.stored_attestors();
        let SignerSet { threshold, signers } = decode(&stored);
        let (results, signatures) = metadata.results(threshold.into()).map_err(invalid)?;
        let hyperlane_id = HyperlaneMessage::id_of(message);
        let digest = self.attestation(hyperlane_id, valid_until).digest(results.iter());
        let recover = |digest, signature: &_| recover(self.vm(), digest, signature);
        let quorum = signatures.check_quorum(digest, signers.iter(), threshold.into(), recover);
        // Nobody has signed what no attestor has to sign.
        if quorum.is_err() || threshold == 0 {
            return Err(QuorumNotReached {}.into());
        }
        let mut blob = Vec::new();
        abi::number(&mut blob, 32);
        abi::bytes_list(&mut blob, results.iter().map(|result| result.result));
        results::store(self.vm(), MetalayerMessage::id_of(body), &blob);
        Ok(true)
    }

    /// Takes the results of a message that was verified in this transaction: `bytes[]`, encoded. For the router, once.
    ///
    /// There is no expiry to check again: no time passes in a transaction.
    /// - `message_id`: the Metalayer id.
    /// # Errors
    /// `RouterOnly`, `ReadResultsMissing`
    /// # Source
    /// messaging.md §5.7
    pub fn consume(&mut self, message_id: B256) -> Result<Vec<u8>, Error> {
        let caller = self.vm().msg_sender();
        if caller != self.config.get().router {
            return Err(RouterOnly { caller }.into());
        }
        let results = results::take(self.vm(), message_id);
        results.ok_or_else(|| ReadResultsMissing { messageId: message_id }.into())
    }

    /// Sets the attestors, in place of those there were; for the owner. It counts from now on.
    ///
    /// - `attestors`: signatures must come in this order.
    /// # Errors
    /// `OwnableUnauthorizedAccount`, `InvalidThreshold`, `InvalidAttestor`
    /// # Events
    /// `AttestorsAndThresholdSet`
    pub fn set_attestors(&mut self, attestors: Words<Address>, threshold: u8) -> Result<(), Error> {
        self.ownership.check()?;
        self.store_attestors(attestors, threshold)
    }

    /// Names the gateways, in place of those there were; for the owner.
    ///
    /// - `urls`: templates (§3.7), tried in this order.
    /// # Errors
    /// `OwnableUnauthorizedAccount`; empty for more than fits an account's code, 24 KB.
    /// # Events
    /// `UrlsChanged`
    pub fn set_urls(&mut self, urls: BytesList) -> Result<(), Error> {
        self.ownership.check()?;
        self.store_urls(urls)?;
        Ok(())
    }

    /// The attestors, in the order of their signatures, and how many must have signed; encoded.
    pub fn attestors_and_threshold(&self) -> Vec<u8> {
        let stored = self.stored_attestors();
        let SignerSet { threshold, signers } = decode(&stored);
        encode(signers.iter(), threshold)
    }

    /// Templates of the gateways' addresses; encoded.
    pub fn urls(&self) -> Vec<u8> {
        let stored = self.stored_urls();
        let mut out = Vec::new();
        abi::number(&mut out, 32);
        out.extend_from_slice(stored.bytes());
        out
    }

    /// What binds an attestation to this module on this domain.
    pub fn domain_separator(&self) -> B256 {
        self.attestation(B256::ZERO, 0).domain_separator()
    }

    fn attestation(&self, hyperlane_id: B256, valid_until: u64) -> ReadAttestation {
        ReadAttestation {
            destination: self.config.get().local_domain,
            read_ism: self.vm().contract_address(),
            hyperlane_id,
            valid_until,
        }
    }

    pub(crate) fn stored_urls(&self) -> Stored {
        stored::load(self.vm(), self.urls.get())
    }

    fn stored_attestors(&self) -> Stored {
        stored::load(self.vm(), self.attestors.get())
    }

    #[inline(never)]
    fn store_attestors(&mut self, attestors: Words<Address>, threshold: u8) -> Result<(), Error> {
        if threshold == 0 || usize::from(threshold) > attestors.len() {
            return Err(InvalidThreshold {}.into());
        }
        for (index, attestor) in attestors.iter().enumerate() {
            // Somebody who stands there twice could sign twice.
            let known = attestors.iter().take(index).any(|other| other == attestor);
            if known || attestor.is_zero() {
                return Err(InvalidAttestor { attestor }.into());
            }
        }
        let set = SignerSet::encode(threshold, attestors.iter());
        let account = stored::store(self.vm(), &set)?;
        self.attestors.set(account);
        let topics = [signature::<AttestorsAndThresholdSet>()];
        emit_raw(self.vm(), &topics, &encode(attestors.iter(), threshold));
        Ok(())
    }

    #[inline(never)]
    fn store_urls(&mut self, urls: BytesList) -> Result<(), Revert> {
        let mut array = Vec::new();
        abi::bytes_list(&mut array, urls.iter());
        let account = stored::store(self.vm(), &array)?;
        self.urls.set(account);
        emit_raw(self.vm(), &[signature::<UrlsChanged>()], &self.urls());
        Ok(())
    }
}

/// `(address[], uint8)`.
fn encode(attestors: impl Iterator<Item = Address> + Clone, threshold: u8) -> Vec<u8> {
    let mut out = Vec::new();
    abi::number(&mut out, 64);
    abi::number(&mut out, threshold.into());
    abi::addresses(&mut out, attestors);
    out
}

/// The set that is stored; none where nothing is.
fn decode(stored: &Stored) -> SignerSet<'_> {
    SignerSet::decode(stored.bytes()).unwrap_or(SignerSet::NONE)
}
