//! Out of the vault: tokens that strayed into it and are no part of the reward.
//! Spec: intents.md §2.5, §2.8, §3.3.

use alloy_primitives::Address;
use alloy_sol_types::SolCall;
use interfaces::intents::{
    IIntentSource::{IntentTokenRecovered, InvalidRecoverToken},
    IVault,
};
use stylus_sdk::prelude::*;
use support::{abi, call_code, emit_words, no_value, signature};

use crate::{Error, IntentSource, Named};

impl IntentSource {
    /// Sends all the vault holds of a token to the intent's creator. Anyone may, at any time.
    ///
    /// Not for a currency of the reward, whose leftovers come with a refund.
    /// # Errors
    /// `InvalidRecoverToken`; what the vault reverts with, `ZeroRecoverTokenBalance` among it.
    /// # Events
    /// `IntentTokenRecovered`
    /// # Re-entrancy
    /// No state is read or written.
    /// # Source
    /// intents.md §2.5
    #[inline(never)]
    pub fn recover_token(&mut self, intent: &Named, token: Address) -> Result<(), Error> {
        let (intent_hash, reward) = (intent.hashes.intent, intent.reward);
        // The alias of the native currency is the native leg under another name: recovering it would drain it.
        let promised = token.is_zero()
            || reward.tokens().iter().any(|leg| leg.token == token)
            || (!reward.native_amount().is_zero() && token == self.native_erc20.get());
        if promised {
            return Err(InvalidRecoverToken { token }.into());
        }
        let vault = self.deployed_vault(intent_hash)?;
        let creator = reward.creator();
        // The hash behind the ABI arguments: by it the vault knows us, as in `command_vault`.
        let words = [creator.into_word(), token.into_word(), intent_hash];
        call_code(
            self.vm(),
            vault,
            no_value(),
            &abi::words(IVault::recoverCall::SELECTOR, &words),
        )?;
        let words = [
            signature::<IntentTokenRecovered>(),
            creator.into_word(),
            token.into_word(),
            intent_hash,
        ];
        emit_words(self.vm(), 3, &words.map(|word| word.0));
        Ok(())
    }
}
