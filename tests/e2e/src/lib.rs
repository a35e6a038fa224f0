//! What the user stories stand on: two chains, mocks, our programs in WASM, and the reference vectors.
//!
//! A story sees a contract as its interface and a `.wasm` file, never as a Rust crate, and a chain as its JSON-RPC.

pub mod artifacts;
pub mod chain;
pub mod escrow;
pub mod gas;
pub mod mocks;
pub mod network;
pub mod programs;
pub mod reads;
pub mod scenario;
pub mod vectors;
