//! IntentSource: holds the reward of an intent until its claimant has earned it, or its creator wants it back.
//! Spec: intents.md §2, §3. ABI: `interfaces::intents::IIntentSource`. State: `statuses`, `native_erc20`.
//!
//! - `lib.rs`: storage, construction, views, publishing.
//! - `routing.rs`: from calldata to the functions.
//! - `named.rs`: the three ways in which the overloads name an intent.
//! - `funding.rs`: from the funder's pocket into the vault.
//! - `settlement.rs`: out of the vault, to the claimant, back to the creator, or to whom the creator names.
//! - `recovery.rs`: out of the vault, what is no part of the reward.
//! - `vaults.rs`: where vaults are, and their deployment.
//! - `error.rs`: the revert reasons.
//!
//! # Wiring
//! Solidity's Portal creates the vault implementation in its constructor and keeps the address as an immutable. A
//! Stylus program has no immutables, but it needs no slot either: the implementation is always our child with nonce
//! 1, so its address follows from ours (`interfaces::hash::create_address`). The constructor creates it and insists on
//! that address; it runs in the transaction that creates and activates this program, so there is no window in which a
//! stranger could make the first child.
//!
//! # Re-entrancy
//! Allowed, as in the Solidity peer: a route call may publish the next intent, a token or a prover may call back. A
//! terminal status is written before the vault pays; `Funded` is written only if the status is still `Initial` after
//! all external calls, read anew because a nested call may have changed it; a vault obeys nobody else.
//!
//! # Native value
//! The Solidity peer ends `fund` by sending its *whole* balance to the caller, so that a call nested in somebody's
//! `fulfill` may carry off value that is not its own. Here each call returns what it brought itself and did not use.
//! Every normal outcome is the same. What differs: value forced onto this address (by a self-destruct), or left here
//! because a caller refused it, stays for ever; it is no longer swept to whoever comes next.
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
mod named;
mod recovery;
mod routing;
mod settlement;
#[cfg(test)]
mod tests;
mod vaults;

use alloc::{vec, vec::Vec};

use alloy_primitives::{Address, B256};
use interfaces::{
    args::RewardView,
    intents::{
        IIntentSource::{IntentAlreadyExists, IntentPublished, RewardTokensNotUnique},
        Status,
    },
};
use stylus_sdk::prelude::*;
use support::{Packed, Slot, SlotMap, abi, emit_raw, erc20, signature};

pub use error::Error;
pub use named::Named;

/// Slots of the IntentSource. Append only; inside the Portal a new slot here moves the Inbox's.
#[storage]
#[cfg_attr(feature = "entrypoint", entrypoint)]
pub struct IntentSource {
    /// intentHash → [`Status`]; only full funding, withdrawal and refund write it.
    statuses: SlotMap<Status>,
    /// A token whose balance is the native balance, from the constructor; zero where there is none.
    native_erc20: Slot<Address>,
}

// SAFETY: a plain field in the Portal; no storage guard lives across a call.
#[cfg(not(feature = "entrypoint"))]
unsafe impl TopLevelStorage for IntentSource {}

impl IntentSource {
    /// Creates the vault implementation and remembers the native currency's ERC-20 alias.
    ///
    /// It can succeed only once: the child it insists on exists from then on.
    /// - `vault_init_code`: deploys the Vault program.
    /// - `native_erc20`: zero for none.
    /// # Errors
    /// What the init code reverted with; empty when the implementation is not our first child.
    /// # Source
    /// intents.md §2.8, §3.1
    pub fn construct(
        &mut self,
        vault_init_code: &[u8],
        native_erc20: Address,
    ) -> Result<(), Error> {
        self.create_vault_implementation(vault_init_code)?;
        self.native_erc20.set(native_erc20);
        Ok(())
    }

    /// Where the intent stands.
    #[inline(never)]
    pub fn status(&self, intent_hash: B256) -> Status {
        self.statuses.get(intent_hash)
    }

    /// Announces an intent to solvers. Anyone may, any number of times, until it is paid out or back.
    ///
    /// Nothing is checked of its deadlines, prover, creator or destination.
    /// # Errors
    /// `RewardTokensNotUnique`, `IntentAlreadyExists`, in this order.
    /// # Events
    /// `IntentPublished`, with the route's bytes as given.
    /// # Source
    /// intents.md §2.5
    #[inline(never)]
    pub fn publish(&mut self, intent: &Named) -> Result<(), Error> {
        self.check_alias(intent.reward)?;
        let intent_hash = intent.hashes.intent;
        if matches!(self.status(intent_hash), Status::Withdrawn | Status::Refunded) {
            return Err(IntentAlreadyExists { intentHash: intent_hash }.into());
        }
        self.emit_published(intent);
        Ok(())
    }

    /// Whether the vault held the whole reward once, or holds it now.
    ///
    /// After a withdrawal this follows the balances, which anyone can raise.
    /// # Errors
    /// What a token reverts with; empty for one without code.
    /// # Source
    /// intents.md §2.5
    pub fn is_funded(&self, intent: &Named) -> Result<bool, Error> {
        if self.status(intent.hashes.intent) == Status::Funded {
            return Ok(true);
        }
        self.holds(self.vault_address(intent.hashes.intent), intent.reward)
    }

    /// Whether a vault's balances cover each leg of the reward, each on its own.
    #[inline(never)]
    fn holds(&self, vault: Address, reward: RewardView) -> Result<bool, Error> {
        if self.vm().balance(vault) < reward.native_amount() {
            return Ok(false);
        }
        for leg in reward.tokens().iter() {
            if erc20::balance_of(self.vm(), leg.token, vault)? < leg.amount {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Refuses a reward that promises the native currency both as itself and as its ERC-20 alias: one balance would
    /// count for both legs.
    /// # Source
    /// intents.md §2.8
    #[inline(never)]
    fn check_alias(&self, reward: RewardView) -> Result<(), Error> {
        let tokens = reward.tokens();
        // The slot is read only where the rule can apply.
        if tokens.is_empty() || reward.native_amount().is_zero() {
            return Ok(());
        }
        let alias = self.native_erc20.get();
        if !alias.is_zero() && tokens.iter().any(|leg| leg.token == alias) {
            return Err(RewardTokensNotUnique { token: alias }.into());
        }
        Ok(())
    }

    /// Encodes the event from calldata: route and tokens are copied once, never decoded.
    fn emit_published(&self, intent: &Named) {
        let (reward, route) = (intent.reward, intent.route.as_ref());
        let [deadline, creator, prover, native_amount] = reward.words();
        let topics = [
            signature::<IntentPublished>(),
            intent.hashes.intent,
            B256::new(*creator),
            B256::new(*prover),
        ];
        let route_size = abi::bytes_size(route);
        let mut data = Vec::with_capacity(reward.tuple_len().wrapping_add(route_size));
        abi::word(&mut data, &Packed::pack(intent.destination.0).0);
        // Two dynamic values behind a head of five words.
        abi::number(&mut data, 160);
        abi::word(&mut data, deadline);
        abi::word(&mut data, native_amount);
        abi::number(&mut data, route_size.wrapping_add(160));
        abi::bytes(&mut data, route);
        reward.tokens().encode_into(&mut data);
        emit_raw(self.vm(), &topics, &data);
    }
}
