//! MetalayerRouter: entry point of the Metalayer on a chain. Sends messages through the Mailbox, delivers them to
//! applications, and knows its one counterpart on every other chain.
//! Spec: messaging.md §5.4. ABI: `interfaces::metalayer::IMetalayerRouter`.
//!
//! A message may ask for reads on other chains. Its results were attested to the read module while the Mailbox verified
//! the message; the router fetches them there when it delivers (§5.7).
//!
//! - `lib.rs`: storage. `routing.rs`: from selectors to functions.
//! - `sending.rs`: `dispatch` and the quotes.
//! - `delivery.rs`: `handle`. `confirmation.rs`: telling the origin about it.
//! - `admin.rs`: initialisation, ownership, registry, limits.
//! - `slots.rs`: what is packed into the slots. `calldata.rs`: the calls that go out. `error.rs`: the revert reasons.
//!
//! # Initialisation
//! `initialize` and the Stylus constructor are one and the same code, which runs once. It obeys whoever calls it
//! first, so it has to be called in the transaction that creates the program: then there is no moment for a stranger.
//! # Re-entrancy
//! Allowed: a recipient may dispatch from inside its `handle`, and a refund calls the sender. All state is written
//! before a call goes out; what is used after one is what no nested call can change.
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

mod admin;
mod calldata;
mod confirmation;
mod delivery;
mod error;
mod routing;
mod sending;
mod slots;
#[cfg(test)]
mod tests;

use alloc::{vec, vec::Vec};

use alloy_primitives::{Address, B256};
use stylus_sdk::prelude::*;
use support::{Slot, SlotMap};

pub use error::Error;
pub use sending::{Metadata, Request};
use slots::{Core, ReadGas, Remote, Sending};

/// Gas limit of the quote that names none.
/// # Source
/// messaging.md §5.4.3
pub const SHORT_QUOTE_GAS_LIMIT: u64 = 100_000;

/// Slots of the MetalayerRouter. Append only.
#[storage]
#[cfg_attr(feature = "entrypoint", entrypoint)]
pub struct MetalayerRouter {
    /// Mailbox, nonce, local domain, pause, finalities, most reads: enough to deliver.
    core: Slot<Core>,
    /// Hook and limits: with `core`, enough to send.
    sending: Slot<Sending>,
    owner: Slot<Address>,
    pending_owner: Slot<Address>,
    igp: Slot<Address>,
    ism: Slot<Address>,
    read_ism: Slot<Address>,
    read_gas: Slot<ReadGas>,
    /// Domain → router there.
    routers: SlotMap<Remote>,
    /// Position → enrolled domain.
    domain_list: SlotMap<u64>,
    domain_count: Slot<u64>,
    /// Key of a delivered message → true.
    processed: SlotMap<bool>,
    /// Key of a message of ours that was delivered, as the remote router computes it → true once that has said so.
    confirmed: SlotMap<bool>,
}

// SAFETY: a plain field holder; no storage guard lives across a call.
#[cfg(not(feature = "entrypoint"))]
unsafe impl TopLevelStorage for MetalayerRouter {}

/// The address in a bytes32 that is one, and not zero.
fn evm_address(word: B256) -> Option<Address> {
    let (padding, _) = word.split_first_chunk::<12>()?;
    (*padding == [0; 12] && !word.is_zero()).then(|| Address::from_word(word))
}
