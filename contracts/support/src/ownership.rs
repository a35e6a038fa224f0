//! One owner, who hands over in two steps, and can do nothing by mistake that nobody can undo.
//! Spec: messaging.md §5.4.1.

// What the storage macro's code names.
use alloc::{vec, vec::Vec};

use alloy_primitives::{Address, B256};
use alloy_sol_types::{SolCall, SolError};
use interfaces::{
    Args,
    metalayer::IMetalayerIsm::{
        AlreadyInitialized, OwnableUnauthorizedAccount, OwnershipTransferStarted,
        OwnershipTransferred, ZeroAddress, acceptOwnershipCall, ownerCall, pendingOwnerCall,
        transferOwnershipCall,
    },
};
use stylus_sdk::{ArbResult, prelude::*};

use crate::{Revert, Slot, Word, abi, emit_words, returns, signature};

/// Slots of a contract's ownership: two, in this order.
///
/// There is no way to renounce: an owner that is gone cannot be told from one that is needed.
#[storage]
pub struct Ownership {
    /// Zero means "not initialised": there is no way back to it.
    owner: Slot<Address>,
    pending_owner: Slot<Address>,
}

impl Ownership {
    /// Gives the contract its owner, once; before anything else is set up.
    /// # Errors
    /// `AlreadyInitialized`, `ZeroAddress`
    /// # Events
    /// `OwnershipTransferred`
    pub fn initialize(&mut self, owner: Address) -> Result<(), Revert> {
        if !self.owner.get().is_zero() {
            return Err(refusal(AlreadyInitialized::SELECTOR, &[]));
        }
        if owner.is_zero() {
            return Err(refusal(ZeroAddress::SELECTOR, &[]));
        }
        self.pass_to(Address::ZERO, owner);
        Ok(())
    }

    /// Passes the owner alone.
    /// # Errors
    /// `OwnableUnauthorizedAccount`
    #[inline(never)]
    pub fn check(&self) -> Result<(), Revert> {
        let caller = self.vm().msg_sender();
        // Nobody owns what is not initialised: the zero address cannot call.
        if caller == self.owner.get() { Ok(()) } else { Err(unauthorized(caller)) }
    }

    /// `owner`, `pendingOwner`, `transferOwnership` and `acceptOwnership`; `None` for any other function.
    pub fn route(&mut self, selector: [u8; 4], args: Args) -> Option<ArbResult> {
        Some(match selector {
            ownerCall::SELECTOR => returns(Ok::<_, Revert>(self.owner.get())),
            pendingOwnerCall::SELECTOR => returns(Ok::<_, Revert>(self.pending_owner.get())),
            transferOwnershipCall::SELECTOR => returns(self.offer_to(args.address(0)?)),
            acceptOwnershipCall::SELECTOR => returns(self.accept()),
            _ => return None,
        })
    }

    /// Offers the ownership; the owner keeps it until it is accepted, and zero withdraws the offer.
    fn offer_to(&mut self, new_owner: Address) -> Result<(), Revert> {
        self.check()?;
        self.pending_owner.set(new_owner);
        self.announce(signature::<OwnershipTransferStarted>(), self.owner.get(), new_owner);
        Ok(())
    }

    /// Takes the ownership that was offered to the caller.
    fn accept(&mut self) -> Result<(), Revert> {
        let caller = self.vm().msg_sender();
        if caller != self.pending_owner.get() {
            return Err(unauthorized(caller));
        }
        self.pending_owner.set(Address::ZERO);
        self.pass_to(self.owner.get(), caller);
        Ok(())
    }

    fn pass_to(&mut self, previous: Address, owner: Address) {
        self.owner.set(owner);
        self.announce(signature::<OwnershipTransferred>(), previous, owner);
    }

    #[inline(never)]
    fn announce(&self, event: B256, previous: Address, next: Address) {
        let words = [event, previous.word(), next.word()];
        emit_words(self.vm(), 3, &words.map(|word| word.0));
    }
}

fn unauthorized(account: Address) -> Revert {
    refusal(OwnableUnauthorizedAccount::SELECTOR, &[account.word()])
}

fn refusal(selector: [u8; 4], words: &[B256]) -> Revert {
    Revert(abi::words(selector, words))
}
