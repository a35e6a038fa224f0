//! What people and services do with the Metalayer and its intents, from outside: over JSON-RPC, through `interfaces`.
//!
//! Steps are functions over a [`chain::Chain`] and a [`store::CheckpointStore`]; they hold no state of their own, so
//! that a service is a loop around them.
//! - [`chain`]: calls and signed transactions; [`revert`]: what a refusal says.
//! - [`artifacts`]: what is deployed; [`deployment`]: Stylus programs in one transaction each; [`hyperlane`]: the core
//!   of Hyperlane; [`metalayer`]: our contracts on a chain, wired and read back; [`modules`]: what may be added to them.
//! - [`deploy`]: all of that from one file, on chains that are not ours; [`launcher`]: the same addresses on every
//!   chain; [`fact`]: what must be so on a chain.
//! - [`tree`], [`store`], [`validator`], [`relayer`]: from a dispatched message to its delivery; [`attestor`]: the results
//!   of its reads; [`gateway`]: all attestors at once, in this process.
//! - [`mod@bench`]: how fast the devnode is, beside anvil.
//! - [`demo`]: one intent across two chains, as a story; [`report`]: what it prints.

pub mod artifacts;
pub mod attestor;
pub mod bench;
pub mod chain;
pub mod demo;
pub mod deploy;
pub mod deployment;
pub mod fact;
pub mod gateway;
pub mod hyperlane;
pub mod launcher;
pub mod metalayer;
pub mod modules;
pub mod nodes;
pub mod relayer;
pub mod report;
pub mod revert;
pub mod serve;
pub mod store;
pub mod tree;
pub mod validator;
