//! Vault: escrow of one intent, behind its proxy.
//! Spec: intents.md §3. ABI: `interfaces::intents::IVault`. State: none.
//!
//! The Portal creates this program once, as its child with nonce 1, and puts one proxy over it per intent
//! (`interfaces::proxy`). The proxy takes plain transfers itself and delegates everything else to here, so this code
//! runs at the vault's address, with the vault's balances and with the Portal as caller.
//!
//! # Who may call
//! Solidity keeps the Portal as an immutable of the implementation. A Stylus program has no immutables, and behind a
//! proxy it would read the proxy's empty storage. So the vault keeps nothing and *recognises* its Portal instead: the
//! caller appends the intent hash to the ABI arguments, and is obeyed if and only if this very address is
//! `create2(caller, intentHash, proxy over create1(caller, nonce 1))`. Only an account that deployed this proxy with
//! CREATE2 over its own first child has that property, and only a Portal does so over this program:
//! - a stranger's address leads to another vault address, whatever hash it appends;
//! - the bare implementation is not a CREATE2 child at all, so it refuses everybody;
//! - nothing is written at deployment, so there is no moment at which a stranger could write it first.
//!
//! # Re-entrancy
//! Allowed: a token, a permit contract or a claimant may call anything. The Portal has written the terminal status
//! before it commands a payout, so no second one can be commanded; and each amount is read from the balance just
//! before it is paid. While a permit contract is called, nothing is trusted that was read before: what is left to be
//! pulled follows from the balance after the call, and the Portal decides by balances, too.
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
mod funding;
#[cfg(test)]
mod tests;

use alloc::{vec, vec::Vec};
use core::borrow::BorrowMut;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;
use interfaces::{
    Args,
    args::RewardView,
    hash,
    intents::IVault::{
        NativeTransferFailed, NotPortalCaller, ZeroRecoverTokenBalance, fundForCall, recoverCall,
        refundCall, withdrawCall,
    },
    proxy,
};
use stylus_sdk::{ArbResult, abi::Router, prelude::*, stylus_core::ValueDenier};
use support::{erc20, native, refuse_value, returns};

pub use error::Error;

/// The escrow. It has no slots: it runs on the proxy's storage, which stays empty.
#[storage]
#[cfg_attr(feature = "entrypoint", entrypoint)]
pub struct Vault {}

// SAFETY: no fields; no storage guard lives across a call.
#[cfg(not(feature = "entrypoint"))]
unsafe impl TopLevelStorage for Vault {}

impl<S> Router<S> for Vault
where
    S: TopLevelStorage + BorrowMut<Self> + ValueDenier,
{
    type Storage = Self;

    // `None` is the empty revert, for an unknown selector as for a malformed call.
    fn route(storage: &mut S, selector: u32, input: &[u8]) -> Option<ArbResult> {
        let (this, args) = (storage.borrow_mut(), Args(input));
        refuse_value(this.vm())?;
        let intent_hash = B256::new(*input.last_chunk()?);
        // Well-formed or not comes before who may call, as in Solidity, whose decoder runs first.
        let command = match selector.to_be_bytes() {
            withdrawCall::SELECTOR => Command::Withdraw(args.reward(0)?, args.address(1)?),
            refundCall::SELECTOR => Command::Refund(args.reward(0)?, args.address(1)?),
            fundForCall::SELECTOR => {
                Command::FundFor(args.reward(0)?, args.address(1)?, args.address(2)?)
            }
            recoverCall::SELECTOR => Command::Recover(args.address(0)?, args.address(1)?),
            _ => return None,
        };
        Some(returns(this.check_caller(intent_hash).and_then(|()| match command {
            Command::Withdraw(reward, claimant) => this.withdraw(reward, claimant),
            Command::Refund(reward, refundee) => this.refund(reward, refundee),
            Command::FundFor(reward, funder, permit) => this.fund_for(reward, funder, permit),
            Command::Recover(refundee, token) => this.recover(refundee, token),
        })))
    }

    fn receive(_: &mut S) -> Option<Result<(), Vec<u8>>> {
        None
    }

    fn fallback(_: &mut S, _: &[u8]) -> Option<ArbResult> {
        None
    }

    fn constructor(_: &mut S, _: &[u8]) -> Option<ArbResult> {
        None
    }
}

/// What the Portal commands, with its arguments.
enum Command<'a> {
    Withdraw(RewardView<'a>, Address),
    Refund(RewardView<'a>, Address),
    FundFor(RewardView<'a>, Address, Address),
    Recover(Address, Address),
}

impl Vault {
    /// Pays the claimant what the reward says, as far as the vault holds it; the rest stays.
    /// # Errors
    /// What a token reverts with; `NativeTransferFailed`.
    /// # Source
    /// intents.md §3.3
    pub fn withdraw(&mut self, reward: RewardView, claimant: Address) -> Result<(), Error> {
        for leg in reward.tokens().iter() {
            self.pay_token(leg.token, claimant, Some(leg.amount))?;
        }
        let amount = self.native_balance().min(reward.native_amount());
        if !native::send(self.vm(), claimant, amount) {
            return Err(NativeTransferFailed { recipient: claimant, amount }.into());
        }
        Ok(())
    }

    /// Pays the refundee all the vault holds of each token of the reward, and of the native currency.
    /// # Errors
    /// What a token reverts with.
    /// # Source
    /// intents.md §3.3
    pub fn refund(&mut self, reward: RewardView, refundee: Address) -> Result<(), Error> {
        for leg in reward.tokens().iter() {
            self.pay_token(leg.token, refundee, None)?;
        }
        // A refundee that refuses native value must not lock the tokens; a repeated refund can fetch it.
        let _refused = native::send(self.vm(), refundee, self.native_balance());
        Ok(())
    }

    /// Pays the refundee all the vault holds of a token.
    ///
    /// That the token is no part of the reward is the Portal's to check.
    /// # Errors
    /// `ZeroRecoverTokenBalance`; what the token reverts with.
    /// # Source
    /// intents.md §3.3
    pub fn recover(&mut self, refundee: Address, token: Address) -> Result<(), Error> {
        let amount = self.held(token)?;
        if amount.is_zero() {
            return Err(ZeroRecoverTokenBalance { token }.into());
        }
        Ok(erc20::transfer(self.vm(), token, refundee, amount)?)
    }

    /// Passes the one caller that deployed this vault; see the module's "Who may call".
    #[inline(never)]
    fn check_caller(&self, intent_hash: B256) -> Result<(), Error> {
        let (vm, caller) = (self.vm(), self.vm().msg_sender());
        let code = proxy::init_code_hash(hash::create_address(caller, hash::VAULT_NONCE));
        if vm.contract_address() == hash::vault_address(caller, intent_hash, code) {
            Ok(())
        } else {
            Err(NotPortalCaller { caller }.into())
        }
    }

    /// Sends all the vault holds of a token, but at most `limit`.
    #[inline(never)]
    fn pay_token(&self, token: Address, to: Address, limit: Option<U256>) -> Result<(), Error> {
        let held = self.held(token)?;
        let amount = limit.map_or(held, |limit| held.min(limit));
        if amount.is_zero() {
            return Ok(());
        }
        Ok(erc20::transfer(self.vm(), token, to, amount)?)
    }

    /// What the vault holds of a token.
    #[inline(never)]
    fn held(&self, token: Address) -> Result<U256, Error> {
        Ok(erc20::balance_of(self.vm(), token, self.vm().contract_address())?)
    }

    fn native_balance(&self) -> U256 {
        self.vm().balance(self.vm().contract_address())
    }
}
