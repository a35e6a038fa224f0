//! What the outside world sees of metalayer-stylus: ABI, hashes and byte layouts. `no_std`.
#![cfg_attr(not(test), no_std)]

extern crate alloc;

/// `sol!`; with feature `abi` it also makes the JSON ABI of every interface.
#[cfg(not(feature = "abi"))]
macro_rules! solidity {
    ($($items:tt)*) => { alloy_sol_types::sol! { $($items)* } };
}
#[cfg(feature = "abi")]
macro_rules! solidity {
    ($($items:tt)*) => { alloy_sol_types::sol! { #![sol(abi)] $($items)* } };
}

pub mod args;
pub mod codec;
pub mod erc7683;
pub mod hash;
pub mod hyperlane;
pub mod ids;
pub mod intents;
pub mod merkle;
pub mod metalayer;
pub mod proxy;

pub use args::Args;
pub use ids::{ChainId, Domain};
