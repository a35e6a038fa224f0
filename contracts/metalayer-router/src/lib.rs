//! MetalayerRouter: entry point of the Metalayer on a chain. Sends messages through the Mailbox, delivers them to
//! applications, and knows its one counterpart on every other chain.
//! Spec: messaging.md §5.4. ABI: `interfaces::metalayer::IMetalayerRouter`.
//!
//! Reads are not built in this version: a message with reads is refused with `ReadsUnsupported`, when it is sent and
//! when it is delivered.
//!
//! - `lib.rs`: storage, routing.
//! - `sending.rs`: `dispatch` and the quotes.
//! - `delivery.rs`: `handle`.
//! - `admin.rs`: initialisation, ownership, registry, limits.
//! - `slots.rs`: what is packed into the slots. `calldata.rs`: the calls that go out. `error.rs`: the revert reasons.
//!
//! # Initialisation
//! `initialize` and the Stylus constructor are one and the same code, which runs once. It obeys whoever calls it
//! first, so it has to be called in the transaction that creates the program: then there is no moment for a stranger.
//! # Re-entrancy
//! Allowed: a recipient may dispatch from inside its `handle`, and a refund calls the sender. All state is written
//! before a call goes out; what is used after one is what no nested call can change.
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

mod admin;
mod calldata;
mod delivery;
mod error;
mod sending;
mod slots;
#[cfg(test)]
mod tests;

use alloc::{vec, vec::Vec};
use core::borrow::BorrowMut;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;
use interfaces::{
    Args,
    metalayer::{
        FinalityState,
        IMetalayerRouter::{
            self, dispatch_0Call as dispatchToAddressCall, dispatch_1Call as dispatchCall,
            quoteDispatch_0Call as quoteCall, quoteDispatch_1Call as quoteToAddressCall,
            quoteDispatch_2Call as quoteShortCall, quoteDispatch_3Call as quoteWithMetadataCall,
        },
    },
};
use stylus_sdk::{
    ArbResult, abi::Router, prelude::*, storage::StorageMap, stylus_core::ValueDenier,
};
use support::{Returns, Slot, refuse_value, returns};

pub use error::Error;
pub use sending::{Metadata, Request};
use slots::{Core, ReadGas, Remote, Sending};

/// Gas limit of the quote that names none.
/// # Source
/// messaging.md §5.4.3
pub const SHORT_QUOTE_GAS_LIMIT: u64 = 100_000;

/// Slots of the MetalayerRouter. Append only.
#[storage]
#[cfg_attr(feature = "entrypoint", entrypoint)]
pub struct MetalayerRouter {
    /// Mailbox, nonce, local domain, pause, finalities, most reads: enough to deliver.
    core: Slot<Core>,
    /// Hook and limits: with `core`, enough to send.
    sending: Slot<Sending>,
    owner: Slot<Address>,
    pending_owner: Slot<Address>,
    igp: Slot<Address>,
    ism: Slot<Address>,
    read_ism: Slot<Address>,
    read_gas: Slot<ReadGas>,
    /// Domain → router there.
    routers: StorageMap<U256, Slot<Remote>>,
    /// Position → enrolled domain.
    domain_list: StorageMap<U256, Slot<u64>>,
    domain_count: Slot<u64>,
    /// Key of a delivered message → true.
    processed: StorageMap<B256, Slot<bool>>,
}

// SAFETY: a plain field holder; no storage guard lives across a call.
#[cfg(not(feature = "entrypoint"))]
unsafe impl TopLevelStorage for MetalayerRouter {}

impl<S> Router<S> for MetalayerRouter
where
    S: TopLevelStorage + BorrowMut<Self> + ValueDenier,
{
    type Storage = Self;

    // `None` is the empty revert, for an unknown selector as for a malformed call.
    fn route(storage: &mut S, selector: u32, input: &[u8]) -> Option<ArbResult> {
        let (this, args) = (storage.borrow_mut(), Args(input));
        match selector.to_be_bytes() {
            dispatchCall::SELECTOR => {
                return Some(returns(this.dispatch(&request(args, args.word(1)?)?)));
            }
            dispatchToAddressCall::SELECTOR => {
                let recipient = args.address(1)?.into_word();
                return Some(returns(this.dispatch(&request(args, recipient)?)));
            }
            IMetalayerRouter::handleCall::SELECTOR => {
                return Some(returns(this.handle(args.domain(0)?, args.word(1)?, args.bytes(2)?)));
            }
            _ => refuse_value(this.vm())?,
        }
        this.quotes(selector, args)
            .or_else(|| this.settings(selector, args))
            .or_else(|| this.views(selector, args))
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
        let (mailbox, owner) = (args.address(0)?, args.address(1)?);
        Some(returns(this.initialize(mailbox, owner, args.address(2)?, args.address(3)?)))
    }
}

impl MetalayerRouter {
    fn quotes(&self, selector: u32, args: Args) -> Option<ArbResult> {
        let without_reads = |recipient, write_call_data, metadata| {
            let (reads, finality) = (None, FinalityState::Instant as u8);
            let destination = args.domain(0)?;
            let quoted =
                Request { destination, recipient, reads, write_call_data, finality, metadata };
            Some(quoted)
        };
        let request = match selector.to_be_bytes() {
            quoteCall::SELECTOR => request(args, args.word(1)?)?,
            quoteToAddressCall::SELECTOR => request(args, args.address(1)?.into_word())?,
            quoteShortCall::SELECTOR => {
                let gas_limit = Metadata::GasLimit(U256::from(SHORT_QUOTE_GAS_LIMIT));
                without_reads(Some(args.word(1)?), args.bytes(2)?, gas_limit)?
            }
            quoteWithMetadataCall::SELECTOR => {
                let metadata = Metadata::Given(args.bytes(3)?);
                without_reads(Some(args.word(1)?), args.bytes(2)?, metadata)?
            }
            IMetalayerRouter::quoteGasPaymentCall::SELECTOR => {
                without_reads(None, &[], Metadata::GasLimit(args.uint(1)?))?
            }
            _ => return None,
        };
        Some(returns(self.quote(&request)))
    }

    fn settings(&mut self, selector: u32, args: Args) -> Option<ArbResult> {
        Some(returns(match selector.to_be_bytes() {
            IMetalayerRouter::initializeCall::SELECTOR => self.initialize(
                args.address(0)?,
                args.address(1)?,
                args.address(2)?,
                args.address(3)?,
            ),
            IMetalayerRouter::enrollRemoteRouterCall::SELECTOR => {
                self.enroll_remote_router(args.domain(0)?, args.word(1)?)
            }
            IMetalayerRouter::enrollRemoteRoutersCall::SELECTOR => {
                self.enroll_remote_routers(args.domains(0)?, args.words(1)?)
            }
            IMetalayerRouter::unenrollRemoteRouterCall::SELECTOR => {
                self.unenroll_remote_router(args.domain(0)?)
            }
            IMetalayerRouter::setIsmCall::SELECTOR => {
                self.set_ism(args.address(0)?, args.address(1)?)
            }
            IMetalayerRouter::setHookCall::SELECTOR => self.set_hook(args.address(0)?),
            IMetalayerRouter::setIgpCall::SELECTOR => self.set_igp(args.address(0)?),
            IMetalayerRouter::setReadGasCall::SELECTOR => {
                self.set_read_gas(args.uint(0)?, args.uint(1)?)
            }
            IMetalayerRouter::setLimitsCall::SELECTOR => {
                self.set_limits(args.uint(0)?, args.uint(1)?, args.uint(2)?)
            }
            IMetalayerRouter::setFinalityEnabledCall::SELECTOR => {
                self.set_finality_enabled(args.u8(0)?, args.bool(1)?)
            }
            IMetalayerRouter::setPausedCall::SELECTOR => self.set_paused(args.bool(0)?),
            IMetalayerRouter::transferOwnershipCall::SELECTOR => {
                self.transfer_ownership(args.address(0)?)
            }
            IMetalayerRouter::acceptOwnershipCall::SELECTOR => self.accept_ownership(),
            _ => return None,
        }))
    }

    fn views(&self, selector: u32, args: Args) -> Option<ArbResult> {
        Some(match selector.to_be_bytes() {
            IMetalayerRouter::routerAddressesCall::SELECTOR
            | IMetalayerRouter::routersCall::SELECTOR => ok(self.remote(args.domain(0)?).router),
            IMetalayerRouter::domainsCall::SELECTOR => {
                let words = |domain: interfaces::Domain| B256::from(U256::from(domain.0));
                ok(self.domains().into_iter().map(words).collect::<Vec<_>>().as_slice())
            }
            IMetalayerRouter::mailboxCall::SELECTOR => ok(self.core.get().mailbox),
            IMetalayerRouter::localDomainCall::SELECTOR => ok(self.core.get().local_domain.0),
            IMetalayerRouter::nonceCall::SELECTOR => ok(self.core.get().nonce),
            IMetalayerRouter::pausedCall::SELECTOR => ok(self.core.get().paused),
            IMetalayerRouter::hookCall::SELECTOR => ok(self.sending.get().hook),
            IMetalayerRouter::igpCall::SELECTOR => ok(self.igp.get()),
            IMetalayerRouter::interchainSecurityModuleCall::SELECTOR => ok(self.ism.get()),
            IMetalayerRouter::readIsmCall::SELECTOR => ok(self.read_ism.get()),
            IMetalayerRouter::ownerCall::SELECTOR => ok(self.owner.get()),
            IMetalayerRouter::pendingOwnerCall::SELECTOR => ok(self.pending_owner.get()),
            IMetalayerRouter::processedCall::SELECTOR => {
                ok(self.processed.getter(args.word(0)?).get())
            }
            _ => return None,
        })
    }
}

/// The arguments of `dispatch` and its quote; the recipient is read by the caller, because its type differs.
fn request(args: Args<'_>, recipient: B256) -> Option<Request<'_>> {
    Some(Request {
        destination: args.domain(0)?,
        recipient: Some(recipient),
        reads: Some(args.reads(2)?),
        write_call_data: args.bytes(3)?,
        finality: args.u8(4)?,
        metadata: Metadata::GasLimit(args.uint(5)?),
    })
}

/// The address in a bytes32 that is one, and not zero.
fn evm_address(word: B256) -> Option<Address> {
    let (padding, _) = word.split_first_chunk::<12>()?;
    (*padding == [0; 12] && !word.is_zero()).then(|| Address::from_word(word))
}

fn ok<T: Returns>(value: T) -> ArbResult {
    Ok(value.encode())
}
