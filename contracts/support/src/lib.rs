//! The host, tamed: what every contract of ours does with events, calls, tokens, native value and creation.
//!
//! Everything works on the SDK's `VM`, which is the machine in WASM and any test host in a native unit test. Nothing
//! is generic over the host: a generic function would be compiled once more for each crate that uses it.
//!
//! - [`emit`], [`emit_words`], [`emit_raw`]: events whose types are in `interfaces`.
//! - [`call`], [`static_call`], [`has_code`]: calls as Solidity makes them, revert data passed up.
//! - [`erc20`]: token moves by the behaviour table of intents.md 2.6.
//! - [`native`]: native transfers with all gas or with the stipend alone.
//! - [`create`]: CREATE and CREATE2.
//! - [`Ownership`]: one owner, handed over in two steps.
//! - [`recover`]: who signed.
//! - [`stored`]: lists kept as code; [`transient`]: words that last until the end of the transaction.
//! - [`returns`], [`Returns`], [`Word`]: the ABI encoding of results.
//! - [`errors!`]: the enum of a contract's revert reasons.
//! - [`Slot`], [`SlotMap`], [`Packed`]: storage words without the SDK's panics.
//! - [`abi`]: calldata and results whose dynamic parts a contract lays out itself.
//! - `export` (feature `export-abi`): what a contract's `main.rs` prints for `cargo stylus export-abi`.
//! - `testing` (feature `testing`): a chain in memory for the unit tests of contracts.
#![cfg_attr(not(any(test, feature = "export-abi", feature = "testing")), no_std)]
#![cfg_attr(
    not(any(test, feature = "export-abi", feature = "testing")),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

extern crate alloc;

pub mod abi;
mod calls;
pub mod create;
pub mod erc20;
mod errors;
mod events;
#[cfg(feature = "export-abi")]
pub mod export;
pub mod native;
mod ownership;
mod returns;
mod signatures;
mod slot;
pub mod stored;
#[cfg(all(any(test, feature = "testing"), not(target_arch = "wasm32")))]
pub mod testing;
#[cfg(test)]
mod tests;
pub mod transient;

#[doc(hidden)]
pub use alloy_sol_types::SolError;
pub use calls::{
    Revert, call, call_code, has_code, no_value, refuse_value, static_call, static_call_word,
};
pub use events::{emit, emit_raw, emit_words, signature};
pub use ownership::Ownership;
pub use returns::{Returns, Word, returns};
pub use signatures::{ECRECOVER, ecrecover, recover};
pub use slot::{Packed, Slot, SlotMap};

/// Version of the Eco Routes protocol that these contracts speak, answered by their `version()`.
/// # Source
/// intents.md §2.1
pub const VERSION: &str = "2.10.0";
