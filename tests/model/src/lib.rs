//! A reference model of the protocol, and what it is good for.
//!
//! The model is a small state machine, written from `intents.md` and `messaging.md` alone: it shares the ABI's types
//! with the contracts (`interfaces::intents`, `metalayer`, `hyperlane`) and nothing else, no hash, no codec, no check.
//! - `world`: accounts, frames that revert, logs; `site`: who is where.
//! - `source`, `destination`, `orders`: the Portal, vaults, Executor; `prover`: MetaProver; `messaging`: router, Mailbox,
//!   hooks, modules; `settings`: what their owners set; `token`, `actors`: everybody else, as `tests/mocks` writes them.
//! - `operation`, `generate`, `play`: random sequences of what many people do, and what comes of them.
//! - `invariants`: what holds after every transaction; `flaw`: mistakes that are planted to see it fail.
//! - `lockstep`: the same sequence on the contracts in WASM; return data, revert data, events, balances and views have
//!   to be the same after every step. `run`: many sequences, cut down when they fail.

pub mod actors;
pub mod destination;
pub mod flaw;
pub mod generate;
pub mod intent;
pub mod invariants;
pub mod lockstep;
pub mod messaging;
pub mod operation;
pub mod orders;
pub mod play;
pub mod prover;
pub mod run;
pub mod settings;
pub mod site;
pub mod source;
pub mod token;
pub mod world;
