//! MetalayerMultisigIsm: believes a message when enough validators of its origin have signed a checkpoint of it.
//! Spec: messaging.md §3.2, §3.3, §3.5, §5.3. ABI: `interfaces::metalayer::IMetalayerMultisigIsm`. State: `ownership`,
//! `sets`.
//!
//! To the Mailbox and the relayers this is Hyperlane's message-id multisig (type 5): same metadata, same rule, same
//! reverts. Two things are added. The owner changes the sets, and may pin the tree that an origin's validators sign:
//! then keys that also sign for another deployment with the same domain number cannot be turned against this one.
//!
//! One instance serves one lane. A signature does not say for which lane it was made, so the keys of two lanes must be
//! disjoint (§3.2), and a set belongs to one instance.
//!
//! # Cost
//! A set is kept as code (`support::stored`): reading it costs 3,300 gas, whether it holds one validator or a hundred,
//! and a signature costs little more than the precompile.
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
#[cfg(test)]
mod tests;

use alloc::{vec, vec::Vec};
use core::borrow::BorrowMut;

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolCall;
use interfaces::{
    Args, Domain,
    args::Words,
    codec::{HyperlaneMessage, MessageIdMetadata, QuorumError, SignerSet, ValidatorSet},
    hyperlane::ModuleType,
    metalayer::IMetalayerMultisigIsm::{
        InvalidThreshold, InvalidValidator, MerkleTreeHookSet, ValidatorsAndThresholdSet,
        ZeroDomain, initializeCall, merkleTreeHooksCall, moduleTypeCall, setMerkleTreeHookCall,
        setValidatorsAndThresholdCall, validatorsAndThresholdCall, verifyCall,
    },
};
use stylus_sdk::{
    ArbResult,
    abi::Router,
    prelude::*,
    stylus_core::{ValueDenier, storage::TopLevelStorage},
};
use support::{
    Ownership, Revert, SlotMap, Word, abi, emit_raw, emit_words, recover, refuse_value, returns,
    signature,
    stored::{self, Stored},
};

pub use error::Error;

/// Slots of the MetalayerMultisigIsm. Append only.
///
/// The owner is set by the constructor, or by `initialize` where this code runs behind a proxy, whose storage the
/// constructor of the code never saw. Whoever deploys does either in the transaction that creates the account.
#[storage]
#[cfg_attr(feature = "entrypoint", entrypoint)]
pub struct MetalayerMultisigIsm {
    ownership: Ownership,
    /// Origin → account that holds its [`ValidatorSet`]; zero means "no set".
    sets: SlotMap<Address>,
}

// SAFETY: plain fields, no storage guard lives across a call.
#[cfg(not(feature = "entrypoint"))]
unsafe impl TopLevelStorage for MetalayerMultisigIsm {}

impl<S> Router<S> for MetalayerMultisigIsm
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
            moduleTypeCall::SELECTOR => {
                returns(Ok::<_, Error>(ModuleType::MessageIdMultisig as u8))
            }
            validatorsAndThresholdCall::SELECTOR => {
                returns(this.validators_and_threshold(args.bytes(0)?))
            }
            merkleTreeHooksCall::SELECTOR => {
                returns(Ok::<_, Error>(this.merkle_tree_hook(args.domain(0)?)))
            }
            setValidatorsAndThresholdCall::SELECTOR => {
                let (origin, threshold) = (args.domain(0)?, args.u8(2)?);
                returns(this.set_validators_and_threshold(origin, args.addresses(1)?, threshold))
            }
            setMerkleTreeHookCall::SELECTOR => {
                returns(this.set_merkle_tree_hook(args.domain(0)?, args.word(1)?))
            }
            initializeCall::SELECTOR => returns(this.ownership.initialize(args.address(0)?)),
            _ => return this.ownership.route(selector, args),
        })
    }

    fn receive(_: &mut S) -> Option<Result<(), Vec<u8>>> {
        None
    }

    fn fallback(_: &mut S, _: &[u8]) -> Option<ArbResult> {
        None
    }

    /// `constructor(address owner)`: the very code of `initialize`.
    fn constructor(storage: &mut S, input: &[u8]) -> Option<ArbResult> {
        let this = BorrowMut::<Self>::borrow_mut(storage);
        refuse_value(this.vm())?;
        Some(returns(this.ownership.initialize(Args(input).address(0)?)))
    }
}

impl MetalayerMultisigIsm {
    /// Whether enough validators of a message's origin have signed it; never `false`: what does not pass, reverts.
    ///
    /// - `metadata`: a checkpoint whose own leaf is the message, and signatures in the order of the set (§3.3).
    /// - `message`: a whole Hyperlane message; its origin decides whose signatures count.
    /// # Errors
    /// Empty for metadata or a message that ends too early; Hyperlane's texts for an origin without a set, a tree that
    /// is not the pinned one, and signatures that do not count (§3.5).
    /// # Source
    /// messaging.md §3.3, §3.5, §5.3
    pub fn verify(&self, metadata: &[u8], message: &[u8]) -> Result<bool, Error> {
        let metadata = MessageIdMetadata::decode(metadata).ok_or(Revert::EMPTY)?;
        let checkpoint = metadata.checkpoint(message).ok_or(Revert::EMPTY)?;
        let stored = self.stored(checkpoint.origin);
        let ValidatorSet { merkle_tree_hook, set } = decode(&stored);
        if set.threshold == 0 {
            return Err(Revert::reason("No MultisigISM threshold present for message").into());
        }
        if !merkle_tree_hook.is_zero() && merkle_tree_hook != metadata.merkle_tree_hook {
            return Err(refusal(QuorumError::Threshold).into());
        }
        let recover = |digest, signature: &_| recover(self.vm(), digest, signature);
        let threshold = usize::from(set.threshold);
        metadata
            .signatures
            .check_quorum(checkpoint.digest(), set.signers.iter(), threshold, recover)
            .map_err(refusal)?;
        Ok(true)
    }

    /// The validators of a message's origin, in the order of their signatures, and how many must have signed; encoded.
    ///
    /// None, and zero, for an origin without a set.
    /// # Errors
    /// Empty for a message that ends in its header.
    pub fn validators_and_threshold(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let origin = HyperlaneMessage::decode(message).ok_or(Revert::EMPTY)?.origin;
        let stored = self.stored(origin);
        let SignerSet { threshold, signers } = decode(&stored).set;
        Ok(encode(signers.iter(), threshold))
    }

    /// The tree that is pinned for an origin; zero if none is.
    pub fn merkle_tree_hook(&self, origin: Domain) -> B256 {
        decode(&self.stored(origin)).merkle_tree_hook
    }

    /// Sets the validators of an origin, in place of those it had; for the owner.
    ///
    /// It counts from now on: also for messages on their way, whose signatures the new validators have to make again.
    /// - `validators`: signatures must come in this order.
    /// # Errors
    /// `OwnableUnauthorizedAccount`, `ZeroDomain`, `InvalidThreshold`, `InvalidValidator`
    /// # Events
    /// `ValidatorsAndThresholdSet`
    /// # Source
    /// messaging.md §5.3, §7.3
    pub fn set_validators_and_threshold(
        &mut self,
        origin: Domain,
        validators: Words<Address>,
        threshold: u8,
    ) -> Result<(), Error> {
        self.check_change(origin)?;
        if threshold == 0 || usize::from(threshold) > validators.len() {
            return Err(InvalidThreshold {}.into());
        }
        for (index, validator) in validators.iter().enumerate() {
            // Somebody who stands there twice could sign twice.
            let known = validators.iter().take(index).any(|other| other == validator);
            if known || validator.is_zero() {
                return Err(InvalidValidator { validator }.into());
            }
        }
        let hook = self.merkle_tree_hook(origin);
        self.store(origin, &ValidatorSet::encode(hook, threshold, validators.iter()))?;
        let topics = [signature::<ValidatorsAndThresholdSet>(), origin.0.word()];
        emit_raw(self.vm(), &topics, &encode(validators.iter(), threshold));
        Ok(())
    }

    /// Pins the tree that an origin's validators sign; for the owner.
    ///
    /// - `merkle_tree_hook`: its bytes32 address; zero lets any tree of the origin's domain pass, as in Hyperlane.
    /// # Errors
    /// `OwnableUnauthorizedAccount`, `ZeroDomain`
    /// # Events
    /// `MerkleTreeHookSet`
    /// # Source
    /// messaging.md §3.3, §5.3
    pub fn set_merkle_tree_hook(
        &mut self,
        origin: Domain,
        merkle_tree_hook: B256,
    ) -> Result<(), Error> {
        self.check_change(origin)?;
        let stored = self.stored(origin);
        let SignerSet { threshold, signers } = decode(&stored).set;
        self.store(origin, &ValidatorSet::encode(merkle_tree_hook, threshold, signers.iter()))?;
        let words = [signature::<MerkleTreeHookSet>(), origin.0.word(), merkle_tree_hook];
        emit_words(self.vm(), 2, &words.map(|word| word.0));
        Ok(())
    }

    fn check_change(&self, origin: Domain) -> Result<(), Error> {
        self.ownership.check()?;
        if origin == Domain::NONE {
            return Err(ZeroDomain {}.into());
        }
        Ok(())
    }

    #[inline(never)]
    fn stored(&self, origin: Domain) -> Stored {
        stored::load(self.vm(), self.sets.get(origin.0.word()))
    }

    #[inline(never)]
    fn store(&mut self, origin: Domain, set: &[u8]) -> Result<(), Revert> {
        let account = stored::store(self.vm(), set)?;
        self.sets.insert(origin.0.word(), account);
        Ok(())
    }
}

/// `(address[], uint8)`.
fn encode(validators: impl Iterator<Item = Address> + Clone, threshold: u8) -> Vec<u8> {
    let mut out = Vec::new();
    abi::number(&mut out, 64);
    abi::number(&mut out, threshold.into());
    abi::addresses(&mut out, validators);
    out
}

/// What Hyperlane's module would revert with.
/// # Source
/// messaging.md §3.2, §3.5
fn refusal(error: QuorumError) -> Revert {
    match error {
        QuorumError::Truncated => Revert::EMPTY,
        QuorumError::HighS => Revert::reason("ECDSA: invalid signature 's' value"),
        QuorumError::Invalid => Revert::reason("ECDSA: invalid signature"),
        QuorumError::Threshold => Revert::reason("!threshold"),
    }
}

/// The set that is stored; none where nothing is.
fn decode(stored: &Stored) -> ValidatorSet<'_> {
    ValidatorSet::decode(stored.bytes()).unwrap_or(ValidatorSet::NONE)
}
