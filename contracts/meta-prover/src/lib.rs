//! MetaProver: brings "intent X was fulfilled for Y" from the destination chain to the source chain.
//! Spec: intents.md §5, §11. ABI: `interfaces::intents::{IProver, IMetaProver}` and `IMetalayerRecipient::handle`.
//!
//! The same program runs on both sides. On the destination chain the Portal calls `prove`, which dispatches a message
//! over the Metalayer; on the source chain the router calls `handle`, which records the proofs for the Portal there.
//!
//! - `lib.rs`: storage, construction, views. `routing.rs`: from selectors to functions.
//! - `sending.rs`: `prove` and its fee.
//! - `receiving.rs`: `handle`, and the removal of proofs from a wrong chain.
//! - `domains.rs`: the map of domains to chain ids.
//! - `config.rs`: the packed configuration.
//! - `calldata.rs`: the calls to the router.
//! - `error.rs`: the revert reasons.
//!
//! # Wiring
//! Solidity's immutables are storage here, written by the constructor and never again. The constructor runs in the
//! transaction that creates the program, so nobody can run it with other arguments in between; a second run reverts.
//! # Re-entrancy
//! Allowed, as in the Solidity peer. `handle` writes and calls nobody; `prove` writes nothing, and what it read
//! before its calls cannot change, because it is immutable.
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

mod calldata;
mod config;
mod domains;
mod error;
mod receiving;
mod routing;
mod sending;
#[cfg(test)]
mod tests;

use alloc::{vec, vec::Vec};

use alloy_primitives::{Address, B256, U256};
use interfaces::{
    args::Words,
    intents::IMetaProver::{RouterCannotBeZeroAddress, WhitelistSizeExceeded, ZeroPortal},
};
use stylus_sdk::prelude::*;
use support::{Slot, SlotMap, Word};

use config::Config;
pub use error::Error;
pub use receiving::Proof;

/// Name of this kind of prover.
/// # Source
/// intents.md §5.1
pub const PROOF_TYPE: &str = "Meta";

/// Least gas with which a message is delivered, whatever the constructor is given.
/// # Source
/// intents.md §5.7, §11.1 row 9
pub const DEFAULT_MIN_GAS_LIMIT: u64 = 200_000;

/// Most remote provers that one MetaProver believes.
/// # Source
/// intents.md §5.2
pub const MAX_WHITELIST_SIZE: usize = 20;

/// Slots of the MetaProver. Append only: deployed proofs live here.
#[storage]
#[cfg_attr(feature = "entrypoint", entrypoint)]
pub struct MetaProver {
    /// All of the configuration that `handle` and `fetchFee` need.
    config: Slot<Config>,
    /// Portal of this chain.
    portal: Slot<Address>,
    /// Origin of the deploying transaction; may configure the domain map.
    deployer: Slot<Address>,
    /// A floor of 64 bits or more. No router accepts one, but Solidity's constructor does.
    wide_min_gas_limit: Slot<U256>,
    /// Index → remote prover, as constructed: order and duplicates are part of the ABI.
    whitelist: SlotMap<B256>,
    /// The same, to look one up for the price of one read.
    whitelisted: SlotMap<bool>,
    /// Bridge domain → chain id; zero means "not registered".
    chain_ids: SlotMap<u64>,
    /// intentHash → proof.
    proofs: SlotMap<Proof>,
}

// SAFETY: a plain field holder; no storage guard lives across a call.
#[cfg(not(feature = "entrypoint"))]
unsafe impl TopLevelStorage for MetaProver {}

impl MetaProver {
    /// Sets the prover up; the sender of the transaction becomes the deployer.
    ///
    /// - `provers`: bytes32 addresses of the counterparts on *other* chains, believed whatever their origin domain;
    ///   may be empty, then nothing is accepted.
    /// - `min_gas_limit`: raised to [`DEFAULT_MIN_GAS_LIMIT`].
    /// # Errors
    /// `ZeroPortal`, `WhitelistSizeExceeded`, `RouterCannotBeZeroAddress`, checked in this order.
    /// # Source
    /// intents.md §5.2, §11.2 (the deployer is tx.origin, because msg.sender is a deployer contract)
    pub fn construct(
        &mut self,
        router: Address,
        portal: Address,
        provers: Words,
        min_gas_limit: U256,
    ) -> Result<(), Error> {
        if portal.is_zero() {
            return Err(ZeroPortal {}.into());
        }
        if provers.len() > MAX_WHITELIST_SIZE {
            let (size, max_size) = (U256::from(provers.len()), U256::from(MAX_WHITELIST_SIZE));
            return Err(WhitelistSizeExceeded { size, maxSize: max_size }.into());
        }
        if router.is_zero() {
            return Err(RouterCannotBeZeroAddress {}.into());
        }
        let floor = min_gas_limit.max(U256::from(DEFAULT_MIN_GAS_LIMIT));
        let narrow = u64::try_from(floor).unwrap_or(Config::WIDE);
        if narrow == Config::WIDE {
            self.wide_min_gas_limit.set(floor);
        }
        // The length was checked to be at most 20.
        let whitelist_size = provers.len() as u8;
        self.config.set(Config { router, min_gas_limit: narrow, whitelist_size, sealed: false });
        self.portal.set(portal);
        let deployer = self.vm().tx_origin();
        self.deployer.set(deployer);
        for (index, prover) in provers.iter().enumerate() {
            self.whitelist.insert((index as u64).word(), prover);
            self.whitelisted.insert(prover, true);
        }
        Ok(())
    }

    /// Whether messages of this remote prover are believed; never those of the zero address, even if it was given.
    pub fn is_whitelisted(&self, prover: B256) -> bool {
        !prover.is_zero() && self.whitelisted.get(prover)
    }

    /// The remote provers as constructed, with their order and duplicates.
    pub fn whitelist(&self) -> Vec<B256> {
        let size = self.config.get().whitelist_size;
        let mut provers = Vec::with_capacity(usize::from(size));
        for index in 0..size {
            provers.push(self.whitelist.get(index.word()));
        }
        provers
    }

    /// Least gas limit that a message is sent with.
    pub fn min_gas_limit(&self) -> U256 {
        match self.config.get().min_gas_limit {
            Config::WIDE => self.wide_min_gas_limit.get(),
            narrow => U256::from(narrow),
        }
    }
}
