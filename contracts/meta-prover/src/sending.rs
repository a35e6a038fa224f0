//! The destination chain's side: proofs are sent to the prover on the source chain.

use alloy_primitives::{Address, B256, U256};
use interfaces::{
    Args, Domain,
    intents::IMetaProver::{DomainIdTooLarge, InsufficientFee, NonPortalCaller, RefundFailed},
};
use stylus_sdk::prelude::*;
use support::{Revert, abi, call_code, native, static_call_word};

use crate::{Error, MetaProver, calldata};

/// What the router is asked to carry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message<'a> {
    pub(crate) destination: Domain,
    /// The prover on the source chain, as a bytes32 address.
    pub(crate) recipient: B256,
    /// The encoded proofs, which nobody here reads.
    pub(crate) body: &'a [u8],
    pub(crate) gas_limit: U256,
}

impl MetaProver {
    /// Sends proofs of fulfilment to the prover on the source chain. Only by the Portal.
    ///
    /// Pays the router exactly; what `msg.value` exceeds the fee by goes back to `sender` last, with all gas. The fee
    /// depends on who asks, because the hook metadata names the caller for refunds: here that is the Portal.
    /// - `sender`: the Portal's caller; zero leaves the excess here for ever.
    /// - `domain`: bridge domain of the source chain.
    /// - `encoded_proofs`: 8-byte chain id, then 64 bytes an intent; passed on unchecked.
    /// - `data`: (bytes32 remote prover, uint256 gas limit); the limit is raised to the floor.
    /// # Errors
    /// `NonPortalCaller`; empty for short `data`; `DomainIdTooLarge`; the router's; `InsufficientFee`; the router's
    /// again; `RefundFailed`.
    /// # Re-entrancy
    /// The router and `sender` may call anything; nothing is written here.
    /// # Source
    /// intents.md §5.4
    pub fn prove(
        &mut self,
        sender: Address,
        domain: u64,
        encoded_proofs: &[u8],
        data: &[u8],
    ) -> Result<(), Error> {
        let caller = self.vm().msg_sender();
        if caller != self.portal.get() {
            return Err(NonPortalCaller { caller }.into());
        }
        let message = self.message(domain, encoded_proofs, data)?;
        let fee = self.quote(&message)?;
        let excess = self.vm().msg_value().checked_sub(fee).ok_or(InsufficientFee { fee })?;
        // It has just answered the quote, so it has code.
        call_code(self.vm(), self.config.get().router, fee, &calldata::dispatch(&message))?;
        if !sender.is_zero() && !native::send(self.vm(), sender, excess) {
            return Err(RefundFailed { recipient: sender, amount: excess }.into());
        }
        Ok(())
    }

    /// The fee that [`prove`](Self::prove) with the same arguments would pay. Anyone may ask.
    /// # Errors
    /// Empty for short `data`; `DomainIdTooLarge`; the router's.
    /// # Source
    /// intents.md §5.5
    pub fn fetch_fee(
        &self,
        domain: u64,
        encoded_proofs: &[u8],
        data: &[u8],
    ) -> Result<U256, Error> {
        self.quote(&self.message(domain, encoded_proofs, data)?)
    }

    fn message<'a>(&self, domain: u64, body: &'a [u8], data: &[u8]) -> Result<Message<'a>, Error> {
        let data = Args(data);
        let (recipient, asked) = data.word(0).zip(data.uint(1)).ok_or(Revert::EMPTY)?;
        let destination =
            u32::try_from(domain).map_err(|_| DomainIdTooLarge { domainID: domain })?;
        let gas_limit = asked.max(self.min_gas_limit());
        Ok(Message { destination: Domain(destination), recipient, body, gas_limit })
    }

    fn quote(&self, message: &Message) -> Result<U256, Error> {
        let calldata = calldata::quote(message, self.vm().msg_sender());
        let answer = static_call_word(self.vm(), self.config.get().router, &calldata)?;
        Ok(abi::to_uint(&answer.0))
    }
}
