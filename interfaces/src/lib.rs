//! What the outside world sees of metalayer-stylus: ABI, hashes and byte layouts. `no_std`.
//!
//! - [`intents`]: the nouns of Eco Routes, and Portal, Vault, Executor, provers
//! - [`metalayer`]: router, security modules and recipients of the Metalayer
//! - [`hyperlane`]: the mailbox below, its hooks and modules
//! - [`ids`]: [`Domain`] and [`ChainId`], alike and never mixed
//! - [`args`]: calldata read in place, as strict as Solidity's decoder
//! - [`codec`]: messages, proofs, metadata and what is signed over them
//! - [`hash`]: intent hashes, derived addresses; [`proxy`]: the code of a vault
//! - [`merkle`]: the tree of dispatched messages; [`erc7683`]: orders, signed and read
//!
//! # From Rust
//! The types encode and decode calls; any client sends them. What a user needs to publish an intent and fund its
//! vault before there is one:
//! ```
//! use alloy_primitives::{Address, B256, U256, address};
//! use alloy_sol_types::SolCall;
//! use interfaces::intents::{IIntentSource, Intent, Reward, Route, TokenAmount};
//! use interfaces::{hash, proxy};
//!
//! let portal = address!("35Dd0d4028bc3A0C73e1878269C242f6F06e3280");
//! let intent = Intent {
//!     destination: 412347, // a chain id; the bridge knows this chain by a domain, which is another number
//!     route: Route {
//!         salt: B256::repeat_byte(1),
//!         deadline: 1_900_000_000,
//!         portal,
//!         nativeAmount: U256::ZERO,
//!         tokens: vec![],
//!         calls: vec![],
//!     },
//!     reward: Reward {
//!         deadline: 1_900_003_600,
//!         creator: Address::repeat_byte(2),
//!         prover: Address::repeat_byte(3),
//!         nativeAmount: U256::from(10),
//!         tokens: vec![],
//!     },
//! };
//! let calldata = IIntentSource::publish_0Call { intent: intent.clone() }.abi_encode();
//! assert_eq!(calldata[..4], [0x10, 0x34, 0xb8, 0x66]);
//!
//! // the vault implementation is the Portal's first creation
//! let implementation = hash::create_address(portal, 1);
//! let init_code_hash = proxy::init_code_hash(implementation);
//! let vault = hash::vault_address(portal, intent.hashes().intent, init_code_hash);
//! # assert!(!vault.is_zero());
//! ```
//!
//! # From Solidity
//! `abi/<Contract>.sol` holds one interface each, written by `scripts/abi` from these definitions; copy the file.
//! ```solidity
//! import {IMetalayerRouter} from "./MetalayerRouter.sol";
//!
//! IMetalayerRouter.ReadOperation[] memory none;
//! uint256 fee = router.quoteDispatch(domain, recipient, none, body, 0, 200_000);
//! router.dispatch{value: fee}(domain, recipient, none, body, 0, 200_000);
//! ```
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
