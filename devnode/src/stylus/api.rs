//! What a running program asks of the chain it runs on.
//! Spec: stylus-vm.md §5.5, §6. The engine implements programs over this trait; the chain implements the trait.

use alloy_primitives::{Address, B256, Bytes, U256};
use std::time::Instant;

/// Gas, in EVM units.
pub type Gas = u64;
/// Ink, the unit of a program's work.
pub type Ink = u64;

/// Which kind of frame a program opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    /// `CALL`.
    Call,
    /// `DELEGATECALL`.
    Delegate,
    /// `STATICCALL`.
    Static,
}

/// Values that do not change while one program call runs.
/// # Source
/// stylus-vm.md §5.5
#[derive(Clone, Debug)]
pub struct FrameEnv {
    /// ArbOS version of the chain.
    pub arbos_version: u64,
    /// Acting address.
    pub contract_address: Address,
    /// Caller of the frame (of the parent, in a delegate frame).
    pub msg_sender: Address,
    /// Value of the frame (of the parent, in a delegate frame), wei.
    pub msg_value: U256,
    /// Sender of the transaction.
    pub tx_origin: Address,
    /// Gas price field of the transaction, with the tip.
    pub tx_gas_price: U256,
    /// Whether the acting address has another open non-delegate frame.
    pub reentrant: bool,
    /// Whether state changes are refused.
    pub is_static: bool,
    /// Base fee of the block, wei.
    pub block_basefee: U256,
    /// Coinbase of the block.
    pub block_coinbase: Address,
    /// Gas limit of the block.
    pub block_gas_limit: u64,
    /// Block number as programs see it: the parent chain's.
    pub block_number: u64,
    /// Unix seconds.
    pub block_timestamp: u64,
    /// EVM chain id.
    pub chain_id: u64,
    /// Bytes of the largest contract code the chain allows: 24,576 unless configured.
    pub max_code_size: u64,
}

/// What came back from a call that a program made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallResult {
    /// Whether the callee succeeded.
    pub success: bool,
    /// Return data, or revert data; empty after any other failure.
    pub data: Bytes,
    /// Gas the call cost in all, base cost included, gas given back excluded.
    pub cost: Gas,
}

/// What came back from a creation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreateResult {
    /// Ran; `address` is zero when it failed, and `data` then holds its revert data if it reverted.
    Done {
        /// The new account.
        address: Address,
        /// Revert data.
        data: Bytes,
        /// Gas the creation cost in all.
        cost: Gas,
    },
    /// Could not start (static frame, base cost not affordable): the creating program's whole frame fails.
    Refused,
}

/// How a flush of the storage cache went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlushResult {
    /// All written at this price.
    Done(Gas),
    /// The gas did not suffice; nothing that follows may run.
    OutOfGas,
    /// Writes in a static frame.
    Refused,
}

/// One completed host call, for tracers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostCall {
    /// Name of stylus-vm.md 6.2 (or `user_entrypoint`, `user_returned`, `console_log_text`…).
    pub name: &'static str,
    /// Encoded as in stylus-vm.md 10.7.
    pub args: Vec<u8>,
    /// Encoded as in stylus-vm.md 10.7.
    pub outs: Vec<u8>,
    /// Ink before.
    pub start_ink: Ink,
    /// Ink after.
    pub end_ink: Ink,
}

/// The chain, as one running program call sees it.
///
/// Every `Gas` returned is the amount the engine then buys; the chain has already changed its own state (warmth,
/// balances, storage) when a method returns. Journalling, depth limits and value transfers are the chain's work.
pub trait EvmApi {
    /// Reads a slot of the acting address from state (not from the engine's cache); warms it.
    /// Returns the value and the SLOAD price (2,100 cold, 100 warm).
    fn storage_load(&mut self, key: B256) -> (B256, Gas);
    /// Writes dirty slots of the acting address with SSTORE pricing (stylus-vm.md 6.3), never called without one.
    /// `budget` is what the program has left **plus one**: a total that reaches it is `OutOfGas`, as one beyond it.
    fn storage_flush(&mut self, entries: &[(B256, B256)], budget: Gas) -> FlushResult;
    /// EIP-1153 load of the acting address.
    fn transient_load(&mut self, key: B256) -> B256;
    /// EIP-1153 store of the acting address; `false` in a static frame.
    fn transient_store(&mut self, key: B256, value: B256) -> bool;
    /// Opens a frame by stylus-vm.md 6.4: `gas_left` is what the program has, `gas_requested` the host call's argument.
    fn call(
        &mut self,
        kind: CallKind,
        to: Address,
        data: &[u8],
        gas_left: Gas,
        gas_requested: Gas,
        value: U256,
    ) -> CallResult;
    /// Creates an account by stylus-vm.md 6.5; `salt` makes it CREATE2.
    fn create(
        &mut self,
        code: &[u8],
        endowment: U256,
        salt: Option<B256>,
        gas_left: Gas,
    ) -> CreateResult;
    /// Appends a log of the acting address. The engine has checked topics, static frame and gas.
    fn log(&mut self, topics: &[B256], data: &[u8]);
    /// Balance, and the account-touch price (2,600 cold, 100 warm); warms it.
    fn balance(&mut self, address: Address) -> (U256, Gas);
    /// Code, and the account-touch price without the code surcharge; warms it.
    fn code(&mut self, address: Address) -> (Bytes, Gas);
    /// EXTCODEHASH (zero for a non-existent account), and the account-touch price; warms it.
    fn code_hash(&mut self, address: Address) -> (B256, Gas);
    /// Opens `pages` more pages for the running transaction and returns their price (stylus-vm.md 4.2).
    fn add_pages(&mut self, pages: u16) -> Gas;
    /// Text a program printed through the debug chain's `console` module.
    fn console(&mut self, text: &str);
    /// When the program must have ended, if ever: from then on its ink is taken, however much it had.
    fn deadline(&self) -> Option<Instant> {
        None
    }
    /// Whether `trace` wants host calls; encoding them is skipped otherwise.
    fn tracing(&self) -> bool;
    /// A completed host call.
    fn trace(&mut self, call: HostCall);
}

/// How a program call ended.
/// # Source
/// stylus-vm.md §3.6, §7
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Returned 0.
    Success(Bytes),
    /// Returned non-zero, with its data.
    Revert(Bytes),
    /// Trap, failed host call or guest-memory fault: a revert without data that keeps the ink left; the text says why.
    Failure(String),
    /// Nothing is left.
    OutOfInk,
    /// The stack counter ran out; nothing is left.
    OutOfStack,
    /// The engine's stack ended before the counter did, which its size is chosen to prevent; nothing is left.
    NativeStackExhausted,
}
