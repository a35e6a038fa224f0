//! Out of the vault: to the claimant, back to the creator, or to whom the creator names.
//! Spec: intents.md §2.4, §2.5, §3.3.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;
use interfaces::{
    Args, ChainId,
    args::{Rewards, Words},
    hash::IntentHashes,
    intents::{
        IIntentSource::{
            ArrayLengthMismatch, IntentNotClaimed, IntentRefunded, IntentWithdrawn,
            InvalidClaimant, InvalidStatusForRefund, InvalidStatusForWithdrawal, NotCreatorCaller,
        },
        IProver, IVault, Status,
    },
};
use stylus_sdk::prelude::*;
use support::{
    Packed, Revert, abi, call_code, emit_words, has_code, no_value, signature, static_call,
};

use crate::{Error, IntentSource, Named};

/// What the prover says about an intent: a zero claimant means "not proven".
#[derive(Clone, Copy)]
struct Proof {
    claimant: Address,
    destination: ChainId,
}

impl IntentSource {
    /// Pays the reward to whom the prover names. Anyone may.
    ///
    /// Pays what the vault holds, if that is less than the reward. A proof from another chain than the intent's is
    /// reported to the prover instead, and nothing is paid.
    /// # Errors
    /// Empty for a prover without code, what it reverts with, `InvalidStatusForWithdrawal`, `InvalidClaimant`, what
    /// the vault reverts with, in this order.
    /// # Events
    /// `IntentWithdrawn`, unless the proof was reported.
    /// # Re-entrancy
    /// The status is final before the vault pays.
    /// # Source
    /// intents.md §2.5
    #[inline(never)]
    pub fn withdraw(&mut self, intent: &Named) -> Result<(), Error> {
        let (intent_hash, reward) = (intent.hashes.intent, intent.reward);
        let proof = self.proof(reward.prover(), intent_hash)?;
        if !proof.claimant.is_zero() && proof.destination != intent.destination {
            return self.challenge(reward.prover(), intent.destination, intent.hashes);
        }
        match self.status(intent_hash) {
            Status::Initial | Status::Funded => {}
            terminal => return Err(InvalidStatusForWithdrawal { status: terminal as u8 }.into()),
        }
        if proof.claimant.is_zero() {
            return Err(InvalidClaimant {}.into());
        }
        // Before any transfer: a token or the claimant may call back, and must find the intent withdrawn.
        self.set_status(intent_hash, Status::Withdrawn);
        let vault = self.deployed_vault(intent_hash)?;
        let command = IVault::withdrawCall::SELECTOR;
        self.command_vault(vault, command, intent_hash, reward, &[proof.claimant])?;
        self.emit_settled(signature::<IntentWithdrawn>(), intent_hash, proof.claimant);
        Ok(())
    }

    /// `withdraw` for many intents, in order; one that reverts reverts them all. Anyone may.
    ///
    /// An intent whose proof is from the wrong chain is reported, and does not revert; none at all is fine, too.
    /// # Errors
    /// `ArrayLengthMismatch`, then those of `withdraw`.
    /// # Events
    /// Those of `withdraw`, for each.
    /// # Source
    /// intents.md §2.5
    #[inline(never)]
    pub fn batch_withdraw(
        &mut self,
        destinations: Words<ChainId>,
        route_hashes: Words,
        rewards: Rewards,
    ) -> Result<(), Error> {
        if destinations.len() != route_hashes.len() || destinations.len() != rewards.len() {
            return Err(ArrayLengthMismatch {}.into());
        }
        let intents = destinations.iter().zip(route_hashes.iter()).zip(rewards.iter());
        for ((destination, route_hash), reward) in intents {
            self.withdraw(&Named::new(destination, Vec::new().into(), route_hash, reward))?;
        }
        Ok(())
    }

    /// Pays all the vault holds of the reward's currencies to the intent's creator. Anyone may.
    ///
    /// Possible from the reward's deadline on, unless the intent is proven and not paid yet; after a payout at any
    /// time, for the leftovers.
    /// # Errors
    /// What the prover reverts with, `IntentNotClaimed`, `InvalidStatusForRefund`, what the vault reverts with, in
    /// this order.
    /// # Events
    /// `IntentRefunded`.
    /// # Re-entrancy
    /// The status is final before the vault pays.
    /// # Source
    /// intents.md §2.4, §2.5
    pub fn refund(&mut self, intent: &Named) -> Result<(), Error> {
        self.pay_back(intent, intent.reward.creator())
    }

    /// As [`refund`](Self::refund), to an account that the creator names; only the creator may.
    ///
    /// The way out for a creator that cannot receive what the vault holds. Any refundee is accepted, also the zero
    /// address, which burns native value.
    /// # Errors
    /// `NotCreatorCaller`, then those of `refund`.
    /// # Events
    /// `IntentRefunded`, with the refundee.
    /// # Re-entrancy
    /// That of `refund`.
    /// # Source
    /// intents.md §2.5
    pub fn refund_to(&mut self, intent: &Named, refundee: Address) -> Result<(), Error> {
        let caller = self.vm().msg_sender();
        if caller != intent.reward.creator() {
            return Err(NotCreatorCaller { caller }.into());
        }
        self.pay_back(intent, refundee)
    }

    #[inline(never)]
    fn pay_back(&mut self, intent: &Named, refundee: Address) -> Result<(), Error> {
        let (intent_hash, reward) = (intent.hashes.intent, intent.reward);
        self.check_refundable(intent)?;
        self.set_status(intent_hash, Status::Refunded);
        let vault = self.deployed_vault(intent_hash)?;
        let command = IVault::refundCall::SELECTOR;
        self.command_vault(vault, command, intent_hash, reward, &[refundee])?;
        self.emit_settled(signature::<IntentRefunded>(), intent_hash, refundee);
        Ok(())
    }

    /// Emits `IntentWithdrawn` or `IntentRefunded`; the recipient is indexed, the hash is not.
    fn emit_settled(&self, signature: B256, intent_hash: B256, recipient: Address) {
        let words = [signature, recipient.into_word(), intent_hash];
        emit_words(self.vm(), 2, &words.map(|word| word.0));
    }

    fn check_refundable(&self, intent: &Named) -> Result<(), Error> {
        let (intent_hash, reward) = (intent.hashes.intent, intent.reward);
        let status = self.status(intent_hash);
        // A prover without code proves nothing; were it an error, the escrow would be locked for ever.
        let proven = has_code(self.vm(), reward.prover()) && {
            let proof = self.proof(reward.prover(), intent_hash)?;
            !proof.claimant.is_zero() && proof.destination == intent.destination
        };
        if proven {
            return match status {
                Status::Withdrawn | Status::Refunded => Ok(()),
                _ => Err(IntentNotClaimed { intentHash: intent_hash }.into()),
            };
        }
        let (now, deadline) = (self.vm().block_timestamp(), reward.deadline());
        if now < deadline {
            let (now, deadline) = (U256::from(now), U256::from(deadline));
            return Err(InvalidStatusForRefund { status: status as u8, now, deadline }.into());
        }
        Ok(())
    }

    /// Asks the prover; an answer that is no pair of address and uint64 reverts empty.
    #[inline(never)]
    fn proof(&self, prover: Address, intent_hash: B256) -> Result<Proof, Error> {
        let question = abi::words(IProver::provenIntentsCall::SELECTOR, &[intent_hash]);
        let answer = static_call(self.vm(), prover, &question)?;
        let answer = Args(&answer);
        answer
            .address(0)
            .zip(answer.chain_id(1))
            .map(|(claimant, destination)| Proof { claimant, destination })
            .ok_or(Revert::EMPTY.into())
    }

    /// Makes the prover forget a proof from the wrong chain, so that the honest one can come.
    fn challenge(
        &mut self,
        prover: Address,
        destination: ChainId,
        hashes: IntentHashes,
    ) -> Result<(), Error> {
        let arguments = [destination.0.pack(), hashes.route, hashes.reward];
        let data = abi::words(IProver::challengeIntentProofCall::SELECTOR, &arguments);
        // It has just answered for its proof, so it has code.
        call_code(self.vm(), prover, no_value(), &data)?;
        Ok(())
    }
}
