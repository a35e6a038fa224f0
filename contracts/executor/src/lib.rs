//! Executor: makes a route's calls, so that they never come from the Portal.
//! Spec: intents.md §4.3. ABI: `interfaces::intents::IExecutor`. State: none.
//!
//! A route is written by a stranger. Were its calls made by the Portal, they could drive vaults and provers, which
//! obey the Portal, and spend the allowances that solvers give to the Portal. The Executor owns nothing and is
//! obeyed by nobody. What a route leaves here, native or tokens, the next route may take.
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

mod error;
#[cfg(test)]
mod tests;

use alloc::{vec, vec::Vec};
use core::borrow::BorrowMut;

use alloy_sol_types::SolCall;
use interfaces::{
    Args,
    args::{CallView, Calls},
    hash::{EXECUTOR_NONCE, create_address},
    intents::IExecutor::{CallToEOA, NonPortalCaller, executeCall},
};
use stylus_sdk::{
    ArbResult,
    abi::Router,
    call::RawCall,
    prelude::*,
    stylus_core::{ValueDenier, storage::TopLevelStorage},
};
use support::{abi, has_code, returns};

pub use error::Error;

/// No slots: the one address it obeys follows from its own.
///
/// A Stylus program has no immutables, and a stored Portal would have to be written after the creation: a moment in
/// which a stranger may write another. So the Executor obeys the account that *created* it, which it recognises
/// without being told: an account is the creator iff CREATE with that account's nonce 2 leads to this address. Only
/// the creator can have made that come true, and nothing is read from storage.
#[storage]
#[cfg_attr(feature = "entrypoint", entrypoint)]
pub struct Executor {}

// SAFETY: there is no storage, so no storage guard can live across a call.
#[cfg(not(feature = "entrypoint"))]
unsafe impl TopLevelStorage for Executor {}

impl<S> Router<S> for Executor
where
    S: TopLevelStorage + BorrowMut<Self> + ValueDenier,
{
    type Storage = Self;

    fn route(storage: &mut S, selector: u32, input: &[u8]) -> Option<ArbResult> {
        let (this, args) = (BorrowMut::<Self>::borrow_mut(storage), Args(input));
        Some(match selector.to_be_bytes() {
            executeCall::SELECTOR => returns(this.execute(args.calls(0)?)),
            _ => return None,
        })
    }

    /// Plain native transfers are welcome from anyone: a route may unwrap a token, or be paid.
    fn receive(_: &mut S) -> Option<Result<(), Vec<u8>>> {
        Some(Ok(()))
    }

    fn fallback(_: &mut S, _: &[u8]) -> Option<ArbResult> {
        None
    }

    fn constructor(_: &mut S, _: &[u8]) -> Option<ArbResult> {
        None
    }
}

impl Executor {
    /// Makes the calls of a route in order, all or none; for the Portal only.
    ///
    /// The values need not add up to what was sent along: what is left stays here for anybody's next route, and what
    /// is missing may come from what an earlier one left. No target is refused, neither Portal nor prover nor
    /// token: they all see this address as their caller.
    /// - result: the ABI encoding of `bytes[]`, what each callee returned.
    /// # Errors
    /// `NonPortalCaller`; then for each call in turn `CallToEOA`, `CallFailed`.
    /// # Re-entrancy
    /// Allowed. A route may call the Portal, and that may fulfil another intent through this contract before this
    /// one is finished; there is no state here for it to disturb.
    /// # Source
    /// intents.md §4.3
    pub fn execute(&mut self, calls: Calls<'_>) -> Result<Vec<u8>, Error> {
        self.check_caller()?;
        // As long as the calls in calldata, which the caller has paid for.
        let mut results = Vec::with_capacity(calls.len());
        for call in calls.iter() {
            results.push(self.make(&call)?);
        }
        Ok(encode(&results))
    }

    fn check_caller(&self) -> Result<(), Error> {
        let caller = self.vm().msg_sender();
        if create_address(caller, EXECUTOR_NONCE) != self.vm().contract_address() {
            return Err(NonPortalCaller { caller }.into());
        }
        Ok(())
    }

    fn make(&self, call: &CallView<'_>) -> Result<Vec<u8>, Error> {
        // Calldata for an account without code does nothing and succeeds, so a solver could fulfil an intent before
        // its target exists. Asked just before the call, because an earlier call may have deployed the target. Plain
        // transfers need no code, so they do not pay for the question.
        if !call.data.is_empty() && !has_code(self.vm(), call.target) {
            return Err(CallToEOA { target: call.target }.into());
        }
        // SAFETY: there is no storage, so there is no cache to write or drop.
        unsafe { RawCall::new_with_value(self.vm(), call.value).call(call.target, call.data) }
            .map_err(|reason| error::call_failed(call, &reason).into())
    }
}

/// `bytes[]` as return data. The sizes are sums over data in memory, so they cannot wrap.
fn encode(results: &[Vec<u8>]) -> Vec<u8> {
    let heads = results.len().wrapping_mul(32);
    let size =
        results.iter().fold(heads, |size, result| size.wrapping_add(abi::bytes_size(result)));
    let mut output = Vec::with_capacity(size.wrapping_add(64));
    abi::number(&mut output, 32);
    abi::number(&mut output, results.len());
    let mut offset = heads;
    for result in results {
        abi::number(&mut output, offset);
        offset = offset.wrapping_add(abi::bytes_size(result));
    }
    for result in results {
        abi::bytes(&mut output, result);
    }
    output
}
