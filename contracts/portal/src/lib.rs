//! Portal: both halves of the intent protocol at one address, and orders over them.
//! Spec: intents.md §2, §4, §7. ABI: `interfaces::intents::{IIntentSource, IInbox, IERC7683}`. State: that of its
//! halves.
//!
//! On its own chain the Portal is the source of intents (`intent_source`); for the other chains it is the place
//! where their intents are fulfilled (`inbox`).
//!
//! - `lib.rs`: storage, construction, routing to the halves.
//! - `orders.rs`: ERC-7683; `signature.rs`: who signed an order.
//! - `error.rs`: the revert reasons of orders.
//!
//! # Wiring
//! Vault and Executor each obey one Portal, and the Portal must know both. All three find each other by addresses
//! that follow from the Portal's: the constructor creates the Vault implementation as child 1 and the Executor as
//! child 2, and reverts if either lands elsewhere. The constructor runs in the same transaction that creates and
//! activates the Portal, so no stranger can come in between; run again it can only revert, because the next children
//! have other addresses. Nobody can take a role afterwards, for there is no slot to write.
//!
//! # Re-entrancy
//! Allowed, see both halves: a route call may publish the next intent here.
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
mod orders;
mod signature;
#[cfg(test)]
mod tests;

use alloc::{vec, vec::Vec};
use core::borrow::BorrowMut;

use alloy_primitives::Address;
use inbox::Inbox;
use intent_source::IntentSource;
use interfaces::Args;
use stylus_sdk::{ArbResult, abi::Router, prelude::*, stylus_core::ValueDenier};
use support::{Revert, create, refuse_value, returns};

pub use error::Error;

/// Slots of the Portal: those of its halves, one after the other. Append only.
#[storage]
#[cfg_attr(feature = "entrypoint", entrypoint)]
pub struct Portal {
    #[borrow]
    source: IntentSource,
    #[borrow]
    inbox: Inbox,
}

// SAFETY: plain fields; no storage guard lives across a call.
#[cfg(not(feature = "entrypoint"))]
unsafe impl TopLevelStorage for Portal {}

impl<S> Router<S> for Portal
where
    S: TopLevelStorage + BorrowMut<Self> + BorrowMut<IntentSource> + BorrowMut<Inbox> + ValueDenier,
{
    type Storage = Self;

    // A malformed call to one part is unknown to the others, so `None` stays the empty revert.
    fn route(storage: &mut S, selector: u32, input: &[u8]) -> Option<ArbResult> {
        <IntentSource as Router<S>>::route(storage, selector, input)
            .or_else(|| <Inbox as Router<S>>::route(storage, selector, input))
            .or_else(|| orders::route(BorrowMut::<Self>::borrow_mut(storage), selector, input))
    }

    fn receive(_: &mut S) -> Option<Result<(), Vec<u8>>> {
        None
    }

    fn fallback(_: &mut S, _: &[u8]) -> Option<ArbResult> {
        None
    }

    // constructor(bytes vaultInitCode, bytes executorInitCode, address nativeErc20)
    fn constructor(storage: &mut S, input: &[u8]) -> Option<ArbResult> {
        let (this, args) = (BorrowMut::<Self>::borrow_mut(storage), Args(input));
        refuse_value(this.vm())?;
        Some(returns(this.construct(args.bytes(0)?, args.bytes(1)?, args.address(2)?)))
    }
}

impl Portal {
    /// Creates the Vault implementation and the Executor; see the module's "Wiring".
    ///
    /// - `native_erc20`: the native currency's ERC-20 alias, zero for none.
    /// # Errors
    /// What an init code reverted with; empty when a child is not where it must be.
    /// # Source
    /// intents.md §3.1
    fn construct(
        &mut self,
        vault_init_code: &[u8],
        executor_init_code: &[u8],
        native_erc20: Address,
    ) -> Result<(), Vec<u8>> {
        self.source.construct(vault_init_code, native_erc20)?;
        if create::create(self.vm(), executor_init_code)? != self.inbox.executor() {
            return Err(Revert::EMPTY.into());
        }
        Ok(())
    }
}
