//! Transactions: before they are sent, and after they were mined.

use std::sync::Arc;

use alloy::network::TransactionBuilder;
use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::rpc::types::TransactionRequest;
use alloy::sol_types::SolCall;

use crate::revert::Revert;

/// A transaction in the making; the chain fills in what is left open.
#[derive(Clone, Debug, Default)]
pub struct Tx {
    to: Option<Address>,
    data: Bytes,
    value: U256,
    pub(super) nonce: Option<u64>,
    pub(super) gas_limit: Option<u64>,
    pub(super) creates: Option<Address>,
}

impl Tx {
    /// Calls a function.
    pub fn call(to: Address, call: &impl SolCall) -> Self {
        Self { to: Some(to), data: call.abi_encode().into(), ..Self::default() }
    }

    /// Calls with calldata that was encoded elsewhere.
    pub fn raw(to: Address, data: impl Into<Bytes>) -> Self {
        Self { to: Some(to), data: data.into(), ..Self::default() }
    }

    /// Creates a contract by running `init_code`.
    pub fn create(init_code: impl Into<Bytes>) -> Self {
        Self { data: init_code.into(), ..Self::default() }
    }

    /// Sends `value` wei and no data.
    pub fn transfer(to: Address, value: U256) -> Self {
        Self { to: Some(to), value, ..Self::default() }
    }

    /// With `value` wei.
    pub fn value(self, value: U256) -> Self {
        Self { value, ..self }
    }

    /// With this nonce, where an address depends on it; else the account's next.
    pub fn nonce(self, nonce: u64) -> Self {
        Self { nonce: Some(nonce), ..self }
    }

    /// With this gas limit; else an estimate and a fifth.
    pub fn gas_limit(self, gas_limit: u64) -> Self {
        Self { gas_limit: Some(gas_limit), ..self }
    }

    /// Names what it creates, where that is not the account of the creation itself.
    pub fn creates(self, contract: Address) -> Self {
        Self { creates: Some(contract), ..self }
    }

    /// Whom it calls; nobody for a creation.
    pub fn to(&self) -> Option<Address> {
        self.to
    }

    /// What it brings, in wei.
    pub fn brings(&self) -> U256 {
        self.value
    }

    /// Its calldata, or init code.
    pub fn data(&self) -> &Bytes {
        &self.data
    }

    /// The contract that it is said to create.
    pub fn created(&self) -> Option<Address> {
        self.creates
    }

    /// Gas that its calldata costs before anything runs.
    pub fn calldata_gas(&self) -> u64 {
        self.data.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum()
    }

    pub(crate) fn request(&self, from: Address) -> TransactionRequest {
        let request = TransactionRequest::default()
            .with_from(from)
            .with_value(self.value)
            .with_input(self.data.clone());
        match self.to {
            Some(to) => request.with_to(to),
            None => request.into_create(),
        }
    }
}

/// A transaction that was mined, as an observer hears of it.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Name of the chain.
    pub chain: String,
    /// What it was for.
    pub what: String,
    /// Its hash.
    pub transaction: B256,
    /// Gas it used, refunds deducted.
    pub gas_used: u64,
    /// The contract it created, if it was a creation.
    pub created: Option<Address>,
    /// Why it was refused, for one that was meant to be.
    pub refused: Option<Revert>,
}

/// Hears of every transaction mined through a `Chain`.
pub type Observer = Arc<dyn Fn(&Sent) + Send + Sync>;
