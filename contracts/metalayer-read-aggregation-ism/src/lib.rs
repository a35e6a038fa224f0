//! MetalayerReadAggregationIsm: has every module of a message verify it: the lane's, the one of read results if the
//! message has reads, and the recipient's own if it registered one.
//! Spec: messaging.md §3.6, §5.5. ABI: `interfaces::metalayer::IMetalayerReadAggregationIsm`. State: `metalayer_ism`,
//! `read_ism`.
//!
//! To the Mailbox and the relayers this is an aggregation module (Hyperlane's type 2) whose threshold is the number of
//! its modules: there is no choosing among them. Nobody owns it; another pair of modules is another instance, which the
//! owner of the MetalayerIsm puts in this one's place.
//!
//! Read results are consumed by the router in the transaction that verified them, so the read module must be asked in
//! that very transaction: it is, because the Mailbox verifies right before it delivers (§5.7).
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

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use interfaces::{
    Args,
    args::evm_address,
    codec::{HyperlaneMessage, MetalayerMessage, sub_metadata},
    hyperlane::ModuleType,
    metalayer::{
        IMetalayerIsm::{appModulesCall, finalityModuleCall},
        IMetalayerReadAggregationIsm::{
            AlreadyInitialized, MalformedMessage, ZeroAddress, initializeCall, metalayerIsmCall,
            moduleTypeCall, modulesAndThresholdCall, readIsmCall, verifyCall,
        },
    },
};
use stylus_sdk::{
    ArbResult,
    abi::Router,
    prelude::*,
    stylus_core::{ValueDenier, storage::TopLevelStorage},
};
use support::{Revert, Slot, abi, call, refuse_value, returns, static_call_word};

pub use error::Error;

/// Slots of the MetalayerReadAggregationIsm. Append only.
///
/// Both are set by the constructor, or by `initialize` where this code runs behind a proxy. Whoever deploys does either
/// in the transaction that creates the account.
#[storage]
#[cfg_attr(feature = "entrypoint", entrypoint)]
pub struct MetalayerReadAggregationIsm {
    /// Knows the module of each lane, and those of recipients. Zero means "not initialised".
    metalayer_ism: Slot<Address>,
    read_ism: Slot<Address>,
}

// SAFETY: plain fields, no storage guard lives across a call.
#[cfg(not(feature = "entrypoint"))]
unsafe impl TopLevelStorage for MetalayerReadAggregationIsm {}

impl<S> Router<S> for MetalayerReadAggregationIsm
where
    S: TopLevelStorage + BorrowMut<Self> + ValueDenier,
{
    type Storage = Self;

    fn route(storage: &mut S, selector: u32, input: &[u8]) -> Option<ArbResult> {
        let (this, args) = (BorrowMut::<Self>::borrow_mut(storage), Args(input));
        refuse_value(this.vm())?;
        Some(match selector.to_be_bytes() {
            verifyCall::SELECTOR => returns(this.verify(args.bytes(0)?, args.bytes(1)?)),
            modulesAndThresholdCall::SELECTOR => {
                returns(this.modules_and_threshold(args.bytes(0)?))
            }
            moduleTypeCall::SELECTOR => returns(Ok::<_, Error>(ModuleType::Aggregation as u8)),
            metalayerIsmCall::SELECTOR => returns(Ok::<_, Error>(this.metalayer_ism.get())),
            readIsmCall::SELECTOR => returns(Ok::<_, Error>(this.read_ism.get())),
            initializeCall::SELECTOR => {
                returns(this.initialize(args.address(0)?, args.address(1)?))
            }
            _ => return None,
        })
    }

    fn receive(_: &mut S) -> Option<Result<(), Vec<u8>>> {
        None
    }

    fn fallback(_: &mut S, _: &[u8]) -> Option<ArbResult> {
        None
    }

    /// `constructor(address metalayerIsm, address readIsm)`: the very code of `initialize`.
    fn constructor(storage: &mut S, input: &[u8]) -> Option<ArbResult> {
        let (this, args) = (BorrowMut::<Self>::borrow_mut(storage), Args(input));
        refuse_value(this.vm())?;
        Some(returns(this.initialize(args.address(0)?, args.address(1)?)))
    }
}

impl MetalayerReadAggregationIsm {
    /// Names the modules, once.
    /// # Errors
    /// `AlreadyInitialized`, `ZeroAddress`
    pub fn initialize(&mut self, metalayer_ism: Address, read_ism: Address) -> Result<(), Error> {
        if !self.metalayer_ism.get().is_zero() {
            return Err(AlreadyInitialized {}.into());
        }
        if metalayer_ism.is_zero() || read_ism.is_zero() {
            return Err(ZeroAddress {}.into());
        }
        self.metalayer_ism.set(metalayer_ism);
        self.read_ism.set(read_ism);
        Ok(())
    }

    /// Has all modules of a message verify it, each with its part of the metadata; never `false`: what does not pass,
    /// reverts.
    ///
    /// - `metadata`: a range for each module, and what the ranges point to (§3.6).
    /// # Errors
    /// As [`modules_and_threshold`](Self::modules_and_threshold); empty for a range that does not lie in the metadata;
    /// what a module reverts with; Hyperlane's `!verify` when one says no, and `!threshold` when one was left out.
    /// # Re-entrancy
    /// A module may call anything. Nothing is written here, and what was read stands: it is configuration.
    /// # Source
    /// messaging.md §3.6, §5.5
    pub fn verify(&mut self, metadata: &[u8], message: &[u8]) -> Result<bool, Error> {
        let modules = self.modules(message)?;
        let mut left_out = false;
        for (index, module) in modules.into_iter().enumerate() {
            let Some(metadata) = sub_metadata(metadata, index).ok_or(Revert::EMPTY)? else {
                left_out = true;
                continue;
            };
            let answer = call(self.vm(), module, U256::ZERO, &verification(metadata, message))?;
            if !Args(&answer).bool(0).ok_or(Revert::EMPTY)? {
                return Err(Revert::reason("!verify").into());
            }
        }
        if left_out {
            return Err(Revert::reason("!threshold").into());
        }
        Ok(true)
    }

    /// The modules that must verify a message, and their number; encoded.
    /// # Errors
    /// Empty for a message shorter than a header, `MalformedMessage`; what the MetalayerIsm reverts with.
    /// # Source
    /// messaging.md §5.5
    pub fn modules_and_threshold(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let modules = self.modules(message)?;
        let mut out = Vec::new();
        abi::number(&mut out, 64);
        abi::number(&mut out, modules.len());
        abi::addresses(&mut out, modules.into_iter());
        Ok(out)
    }

    fn modules(&self, message: &[u8]) -> Result<Vec<Address>, Error> {
        let decoded = HyperlaneMessage::decode(message).ok_or(Revert::EMPTY)?;
        let body = MetalayerMessage::decode(decoded.body)
            .map_err(|malformed| MalformedMessage { code: malformed.code() })?;
        let ism = self.metalayer_ism.get();
        let mut question = Vec::new();
        question.extend_from_slice(&finalityModuleCall::SELECTOR);
        abi::number(&mut question, 32);
        abi::bytes(&mut question, message);
        let mut modules = vec![self.ask(ism, &question)?];
        if !body.reads.is_empty() {
            modules.push(self.read_ism.get());
        }
        // A recipient of another VM has registered nothing, and its address is none.
        if let Some(recipient) = evm_address(body.header.recipient) {
            let question = abi::words(appModulesCall::SELECTOR, &[recipient.into_word()]);
            let module = self.ask(ism, &question)?;
            if !module.is_zero() {
                modules.push(module);
            }
        }
        Ok(modules)
    }

    fn ask(&self, ism: Address, question: &[u8]) -> Result<Address, Revert> {
        let answer = static_call_word(self.vm(), ism, question)?;
        Args(answer.as_slice()).address(0).ok_or(Revert::EMPTY)
    }
}

/// `verify(metadata, message)`.
fn verification(metadata: &[u8], message: &[u8]) -> Vec<u8> {
    // Both are in memory, so their sizes are far from the limit of `usize`.
    let second = abi::bytes_size(metadata).wrapping_add(64);
    let mut out = Vec::with_capacity(second.wrapping_add(abi::bytes_size(message)).wrapping_add(4));
    out.extend_from_slice(&verifyCall::SELECTOR);
    abi::number(&mut out, 64);
    abi::number(&mut out, second);
    abi::bytes(&mut out, metadata);
    abi::bytes(&mut out, message);
    out
}
