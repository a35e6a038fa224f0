//! From the funder's pocket into the vault.
//! Spec: intents.md §2.5 (fund core, fundFor core), §2.6, §2.7.
//!
//! Two ways: `fund` pulls tokens itself, by allowances to us, and never deploys the vault; `fund_for` deploys it and
//! has *it* pull, by allowances to it or to a permit contract, so that anybody may bring somebody else's funds in.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;
use interfaces::{
    args::RewardView,
    intents::{
        IIntentSource::{InsufficientFunds, IntentFunded, InvalidStatusForFunding},
        IVault, Status, TokenAmount,
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
        let funder = self.vm().msg_sender();
        let spent = self.fund_by(intent, funder, allow_partial)?;
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

    /// As [`fund`](Self::fund) with the funder's tokens, by the funder's allowances to us; the unused value stays here.
    ///
    /// Not for everybody's use: the caller has made sure that the funder wants it, and calls
    /// [`return_unused`](Self::return_unused) at its end.
    /// - result: the wei that went to the vault.
    /// # Errors
    /// Those of `fund`.
    /// # Events
    /// Those of `fund`.
    /// # Re-entrancy
    /// That of `fund`.
    /// # Source
    /// intents.md §2.5, fund core
    #[inline(never)]
    pub fn fund_by(
        &mut self,
        intent: &Named,
        funder: Address,
        allow_partial: bool,
    ) -> Result<U256, Error> {
        let (intent_hash, reward) = (intent.hashes.intent, intent.reward);
        if !self.check_fundable(intent_hash, reward)? {
            return Ok(U256::ZERO);
        }
        let vault = self.vault_address(intent_hash);
        let (spent, mut complete) = self.fund_native(vault, reward.native_amount())?;
        for leg in reward.tokens().iter() {
            // Every leg is tried, even after one fell short: partial funding takes all it can get.
            complete &= self.fund_token(vault, funder, leg)?;
        }
        self.record_funding(intent_hash, funder, complete, allow_partial)?;
        Ok(spent)
    }

    /// Brings what is missing in the vault: native value from the call, tokens of `funder` by allowances to the vault.
    ///
    /// Anyone may, for any funder: what the funder has allowed this intent's vault is the consent. A funded intent is
    /// left as it is, and the value returned.
    /// - `permit`: a Permit2-like contract that is asked first, zero for none.
    /// - result: the vault; zero when the intent was funded before, as in the Solidity peer.
    /// # Errors
    /// `InvalidStatusForFunding`, `RewardTokensNotUnique`, what the vault reverts with
    /// (`vault::Vault::fund_for`), `InsufficientFunds`, in this order.
    /// # Events
    /// `IntentFunded`, unless the intent was funded before.
    /// # Re-entrancy
    /// Tokens and the permit contract are called before the status is written: whether the reward is complete is
    /// read from balances afterwards, and `Funded` is written only if the status is still `Initial` then. The caller
    /// is called last, with its unused value.
    /// # Source
    /// intents.md §2.5, fundFor core
    #[inline(never)]
    pub fn fund_for(
        &mut self,
        intent: &Named,
        allow_partial: bool,
        funder: Address,
        permit: Address,
    ) -> Result<Address, Error> {
        let (intent_hash, reward) = (intent.hashes.intent, intent.reward);
        if !self.check_fundable(intent_hash, reward)? {
            self.return_unused(U256::ZERO);
            return Ok(Address::ZERO);
        }
        let vault = self.deployed_vault(intent_hash)?;
        let (spent, _) = self.fund_native(vault, reward.native_amount())?;
        let command = IVault::fundForCall::SELECTOR;
        self.command_vault(vault, command, intent_hash, reward, &[funder, permit])?;
        let complete = self.holds(vault, reward)?;
        self.record_funding(intent_hash, funder, complete, allow_partial)?;
        self.return_unused(spent);
        Ok(vault)
    }

    /// `publish`, then `fund_for`.
    /// # Errors
    /// Those of `publish`, then those of `fund_for`.
    /// # Events
    /// Those of both.
    /// # Source
    /// intents.md §2.5
    pub fn publish_and_fund_for(
        &mut self,
        intent: &Named,
        allow_partial: bool,
        funder: Address,
        permit: Address,
    ) -> Result<Address, Error> {
        self.publish(intent)?;
        self.fund_for(intent, allow_partial, funder, permit)
    }

    /// Whether there is something to fund; no for an intent that was funded before, which is not an error.
    fn check_fundable(&self, intent_hash: B256, reward: RewardView) -> Result<bool, Error> {
        match self.status(intent_hash) {
            Status::Initial => {}
            Status::Funded => return Ok(false),
            terminal => return Err(InvalidStatusForFunding { status: terminal as u8 }.into()),
        }
        self.check_alias(reward)?;
        Ok(true)
    }

    /// What both ways of funding end with.
    #[inline(never)]
    fn record_funding(
        &mut self,
        intent_hash: B256,
        funder: Address,
        complete: bool,
        allow_partial: bool,
    ) -> Result<(), Error> {
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
        Ok(())
    }

    /// Sends the native shortfall, as far as the call's value goes: the wei sent, and whether they suffice.
    #[inline(never)]
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
    #[inline(never)]
    pub fn return_unused(&mut self, spent: U256) {
        let unused = self.vm().msg_value().saturating_sub(spent);
        // A caller that refuses its change has still funded the intent.
        let _refused = native::send(self.vm(), self.vm().msg_sender(), unused);
    }
}
