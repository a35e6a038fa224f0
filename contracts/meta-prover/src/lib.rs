//! MetaProver: brings "intent X was fulfilled for Y" from the destination chain to the source chain.
//! Spec: intents.md §5, §11. ABI: `interfaces::intents::{IProver, IMetaProver}` and `IMetalayerRecipient::handle`.
//!
//! The same program runs on both sides. On the destination chain the Portal calls `prove`, which dispatches a message
//! over the Metalayer; on the source chain the router calls `handle`, which records the proofs for the Portal there.
//!
//! - `lib.rs`: storage, routing, construction, views.
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
mod sending;
#[cfg(test)]
mod tests;

use alloc::{vec, vec::Vec};
use core::borrow::BorrowMut;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;
use interfaces::{
    Args,
    args::Words,
    intents::{
        IMetaProver::{self, RouterCannotBeZeroAddress, WhitelistSizeExceeded, ZeroPortal},
        IProver,
    },
    metalayer::IMetalayerRecipient,
};
use stylus_sdk::{ArbResult, abi::Router, prelude::*, stylus_core::ValueDenier};
use support::{Packed, Returns, Slot, SlotMap, VERSION, refuse_value, returns};

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

/// ERC-165 ids that the prover answers to: `IProver`, and ERC-165 itself.
/// # Source
/// intents.md §5.1
const INTERFACE_IDS: [[u8; 4]; 2] = [[0x42, 0xc7, 0xe0, 0xfe], [0x01, 0xff, 0xc9, 0xa7]];

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

impl<S> Router<S> for MetaProver
where
    S: TopLevelStorage + BorrowMut<Self> + ValueDenier,
{
    type Storage = Self;

    // `None` is the empty revert, for an unknown selector as for a malformed call.
    fn route(storage: &mut S, selector: u32, input: &[u8]) -> Option<ArbResult> {
        let (this, args) = (storage.borrow_mut(), Args(input));
        match selector.to_be_bytes() {
            IMetalayerRecipient::handleCall::SELECTOR => {
                let _well_formed = (args.reads(3)?, args.bytes_list(4)?);
                return Some(returns(this.handle(args.domain(0)?, args.word(1)?, args.bytes(2)?)));
            }
            IProver::proveCall::SELECTOR => {
                let (proofs, data) = (args.bytes(2)?, args.bytes(3)?);
                return Some(returns(this.prove(args.address(0)?, args.u64(1)?, proofs, data)));
            }
            _ => refuse_value(this.vm())?,
        }
        Some(match selector.to_be_bytes() {
            IProver::provenIntentsCall::SELECTOR => {
                let proof = this.proven_intents(args.word(0)?);
                ok((proof.claimant, proof.destination.0))
            }
            IProver::challengeIntentProofCall::SELECTOR => returns(this.challenge_intent_proof(
                args.chain_id(0)?,
                args.word(1)?,
                args.word(2)?,
            )),
            IProver::getProofTypeCall::SELECTOR | IMetaProver::PROOF_TYPECall::SELECTOR => {
                ok(PROOF_TYPE)
            }
            IMetaProver::fetchFeeCall::SELECTOR => {
                returns(this.fetch_fee(args.u64(0)?, args.bytes(1)?, args.bytes(2)?))
            }
            IMetaProver::isWhitelistedCall::SELECTOR => ok(this.is_whitelisted(args.word(0)?)),
            IMetaProver::getWhitelistCall::SELECTOR => ok(this.whitelist().as_slice()),
            IMetaProver::getWhitelistSizeCall::SELECTOR => ok(this.config.get().whitelist_size),
            IMetaProver::PORTALCall::SELECTOR => ok(this.portal.get()),
            IMetaProver::ROUTERCall::SELECTOR => ok(this.config.get().router),
            IMetaProver::MIN_GAS_LIMITCall::SELECTOR => ok(this.min_gas_limit()),
            IMetaProver::chainIdByDomainCall::SELECTOR => ok(this.chain_id_by_domain(args.u64(0)?)),
            IMetaProver::configureDomainsCall::SELECTOR => {
                returns(this.configure_domains(args.pairs(0)?))
            }
            IMetaProver::sealDomainsCall::SELECTOR => returns(this.seal_domains()),
            IMetaProver::supportsInterfaceCall::SELECTOR => {
                ok(INTERFACE_IDS.contains(&args.bytes4(0)?))
            }
            IMetaProver::versionCall::SELECTOR => ok(VERSION),
            _ => return None,
        })
    }

    fn receive(_: &mut S) -> Option<Result<(), Vec<u8>>> {
        None
    }

    fn fallback(_: &mut S, _: &[u8]) -> Option<ArbResult> {
        None
    }

    fn constructor(storage: &mut S, input: &[u8]) -> Option<ArbResult> {
        let (this, args) = (storage.borrow_mut(), Args(input));
        refuse_value(this.vm())?;
        // A portal is never zero after construction: the constructor answers once, then no more than an unknown
        // selector does.
        this.portal.get().is_zero().then_some(())?;
        let (router, portal) = (args.address(0)?, args.address(1)?);
        Some(returns(this.construct(router, portal, args.words(2)?, args.uint(3)?)))
    }
}

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
            self.whitelist.insert((index as u64).pack(), prover);
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
        let provers = (0..size).map(|index| self.whitelist.get(u64::from(index).pack()));
        provers.collect()
    }

    /// Least gas limit that a message is sent with.
    pub fn min_gas_limit(&self) -> U256 {
        match self.config.get().min_gas_limit {
            Config::WIDE => self.wide_min_gas_limit.get(),
            narrow => U256::from(narrow),
        }
    }
}

fn ok<T: Returns>(value: T) -> ArbResult {
    Ok(value.encode())
}
