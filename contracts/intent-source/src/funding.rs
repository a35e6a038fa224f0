//! From the caller's pocket into the vault.
//! Spec: intents.md §2.5 (fund core), §2.6, §2.7.

use alloy_primitives::{Address, B256, U256};
use interfaces::{
    args::RewardView,
    intents::{
        IIntentSource::{InsufficientFunds, IntentFunded, InvalidStatusForFunding},
        Status, TokenAmount,
    },
};
use stylus_sdk::prelude::*;
use support::{Revert, emit_words, erc20, native, signature};

use crate::{Error, IntentSource, Named};

impl IntentSource {
    /// Brings what is missing in the vault: native value from the call, tokens by the caller's allowances to us.
    ///
    /// Anyone may. A funded intent is left as it is, and the value returned.
    /// - `allow_partial`: whether to accept less than the whole reward.
    /// # Errors
    /// `InvalidStatusForFunding`, `RewardTokensNotUnique`, what a token reverts with, `InsufficientFunds`, in this
    /// order.
    /// # Events
    /// `IntentFunded`, unless the intent was funded before.
    /// # Re-entrancy
    /// Tokens are called before the status is written: it becomes `Funded` only if it is still `Initial` then. The
    /// caller is called last, with its unused value.
    /// # Source
    /// intents.md §2.5
    pub fn fund(&mut self, intent: &Named, allow_partial: bool) -> Result<(), Error> {
        let spent = self.fund_vault(intent.hashes.intent, intent.reward, allow_partial)?;
        self.return_unused(spent);
        Ok(())
    }

    /// `publish`, then `fund`.
    /// # Errors
    /// Those of `publish`, then those of `fund`.
    /// # Events
    /// Those of both.
    /// # Source
    /// intents.md §2.5
    pub fn publish_and_fund(&mut self, intent: &Named, allow_partial: bool) -> Result<(), Error> {
        self.publish(intent)?;
        self.fund(intent, allow_partial)
    }

    /// The fund core; returns the wei that went to the vault.
    fn fund_vault(
        &mut self,
        intent_hash: B256,
        reward: RewardView,
        allow_partial: bool,
    ) -> Result<U256, Error> {
        match self.status(intent_hash) {
            Status::Initial => {}
            Status::Funded => return Ok(U256::ZERO),
            terminal => return Err(InvalidStatusForFunding { status: terminal as u8 }.into()),
        }
        self.check_alias(reward)?;
        let (vault, funder) = (self.vault_address(intent_hash), self.vm().msg_sender());
        let (spent, mut complete) = self.fund_native(vault, reward.native_amount())?;
        for leg in reward.tokens().iter() {
            // Every leg is tried, even after one fell short: partial funding takes all it can get.
            complete &= self.fund_token(vault, funder, leg)?;
        }
        if !complete && !allow_partial {
            return Err(InsufficientFunds { intentHash: intent_hash }.into());
        }
        // A token may have re-entered and settled the intent; a terminal status must not come back to life.
        if complete && self.status(intent_hash) == Status::Initial {
            self.set_status(intent_hash, Status::Funded);
        }
        let complete = B256::with_last_byte(complete.into());
        let words = [signature::<IntentFunded>(), intent_hash, funder.into_word(), complete];
        emit_words(self.vm(), 1, &words.map(|word| word.0));
        Ok(spent)
    }

    /// Sends the native shortfall, as far as the call's value goes: the wei sent, and whether they suffice.
    fn fund_native(&mut self, vault: Address, amount: U256) -> Result<(U256, bool), Error> {
        let shortfall = amount.saturating_sub(self.vm().balance(vault));
        let sent = shortfall.min(self.vm().msg_value());
        if !native::send_with_stipend(self.vm(), vault, sent) {
            return Err(Revert::EMPTY.into());
        }
        Ok((sent, sent == shortfall))
    }

    /// Pulls the shortfall of one token, as far as allowance and balance go; whether that suffices.
    ///
    /// The vault's balance is not read again: a token that takes a fee counts as paid, and the claimant gets what
    /// is there (intents.md 2.6).
    fn fund_token(
        &mut self,
        vault: Address,
        funder: Address,
        leg: TokenAmount,
    ) -> Result<bool, Error> {
        let vm = self.vm();
        let held = erc20::balance_of(vm, leg.token, vault)?;
        let shortfall = leg.amount.saturating_sub(held);
        if shortfall.is_zero() {
            return Ok(true);
        }
        let allowance = erc20::allowance(vm, leg.token, funder, vm.contract_address())?;
        let pulled = shortfall.min(allowance).min(erc20::balance_of(vm, leg.token, funder)?);
        if !pulled.is_zero() {
            erc20::transfer_from(vm, leg.token, funder, vault, pulled)?;
        }
        Ok(pulled == shortfall)
    }

    pub(crate) fn set_status(&mut self, intent_hash: B256, status: Status) {
        self.statuses.insert(intent_hash, status);
    }

    /// Returns to the caller what this call brought and did not use: never more, see the crate's "Native value".
    fn return_unused(&mut self, spent: U256) {
        let unused = self.vm().msg_value().saturating_sub(spent);
        // A caller that refuses its change has still funded the intent.
        let _refused = native::send(self.vm(), self.vm().msg_sender(), unused);
    }
}
