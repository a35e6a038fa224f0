//! What the outside world sees of metalayer-stylus: ABI, hashes and byte layouts. `no_std`.
#![cfg_attr(not(test), no_std)]

extern crate alloc;

pub mod args;
pub mod codec;
pub mod hash;
pub mod ids;
pub mod intents;
pub mod merkle;
pub mod metalayer;
pub mod proxy;

pub use args::Args;
pub use ids::{ChainId, Domain};
