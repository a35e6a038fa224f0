//! From the funder's pocket into the vault, by allowances to the vault itself.
//! Spec: intents.md §3.3.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{Panic, SolCall};
use interfaces::{
    Args,
    args::RewardView,
    intents::{IPermit, TokenAmount},
};
use stylus_sdk::prelude::*;
use support::{Revert, abi, call, erc20, static_call};

use crate::{Error, Vault};

/// What a permit contract lets the vault take.
struct Permission {
    amount: U256,
    /// Last moment of it, unix seconds, inclusive.
    expiration: u64,
}

/// Solidity's panic for an arithmetic overflow or underflow. Not inlined, or its code would be data.
#[inline(never)]
fn underflow() -> Panic {
    Panic { code: U256::from(0x11) }
}

impl Vault {
    /// Pulls what each leg of the reward lacks, as far as the funder allows: by the permit contract first, by the
    /// token's own allowance to this vault for the rest.
    ///
    /// Native is not moved here; the Portal sends it.
    /// - `funder`: whose tokens are pulled; that they allow it is all that protects them.
    /// - `permit`: a Permit2-like contract, zero for none. It is the caller's choice and not believed: what it moved
    ///   is read from the balance.
    /// # Errors
    /// What a token or the permit contract reverts with, empty for one without code; `Panic(0x11)` when the permit
    /// contract delivers more than was lacking.
    /// # Re-entrancy
    /// Tokens and the permit contract may call anything.
    /// # Source
    /// intents.md §3.3
    #[inline(never)]
    pub fn fund_for(
        &mut self,
        reward: RewardView,
        funder: Address,
        permit: Address,
    ) -> Result<(), Error> {
        for leg in reward.tokens().iter() {
            let rest = leg.amount.saturating_sub(self.held(leg.token)?);
            if rest.is_zero() {
                continue;
            }
            let rest = if permit.is_zero() {
                rest
            } else {
                self.pull_by_permit(leg, rest, funder, permit)?
            };
            self.pull_by_allowance(leg.token, rest, funder)?;
        }
        Ok(())
    }

    /// Pulls by the permit contract unless its permission has expired: the amount that is still lacking.
    #[inline(never)]
    fn pull_by_permit(
        &mut self,
        leg: TokenAmount,
        rest: U256,
        funder: Address,
        permit: Address,
    ) -> Result<U256, Error> {
        let vault = self.vm().contract_address();
        let permission = self.permission(permit, funder, leg.token)?;
        let balance = erc20::balance_of(self.vm(), leg.token, funder)?;
        // At most 160 bits, because the permission is.
        let pulled = rest.min(balance).min(permission.amount);
        if !pulled.is_zero() && self.vm().block_timestamp() <= permission.expiration {
            let words = [
                funder.into_word(),
                vault.into_word(),
                abi::to_word(pulled),
                leg.token.into_word(),
            ];
            let data = abi::words(IPermit::transferFromCall::SELECTOR, &words);
            call(self.vm(), permit, U256::ZERO, &data)?;
        }
        leg.amount.checked_sub(self.held(leg.token)?).ok_or_else(|| underflow().into())
    }

    /// Pulls by the token's own allowance, as far as it and the balance go.
    #[inline(never)]
    fn pull_by_allowance(
        &mut self,
        token: Address,
        rest: U256,
        funder: Address,
    ) -> Result<(), Error> {
        if rest.is_zero() {
            return Ok(());
        }
        let vault = self.vm().contract_address();
        let balance = erc20::balance_of(self.vm(), token, funder)?;
        let pulled = rest.min(balance).min(erc20::allowance(self.vm(), token, funder, vault)?);
        if !pulled.is_zero() {
            erc20::transfer_from(self.vm(), token, funder, vault, pulled)?;
        }
        Ok(())
    }

    /// Asks the permit contract; an answer that is no `(uint160, uint48, uint48)` reverts empty, as in Solidity.
    fn permission(
        &self,
        permit: Address,
        funder: Address,
        token: Address,
    ) -> Result<Permission, Error> {
        let vault = self.vm().contract_address();
        let words = [funder, token, vault].map(|account| account.into_word());
        let question = abi::words(IPermit::allowanceCall::SELECTOR, &words);
        let answer = static_call(self.vm(), permit, &question)?;
        let answer = Args(&answer);
        let uint48 = |index| answer.u64(index).filter(|number| *number >> 48 == 0);
        // An address has as many bits as the amount.
        let (amount, expiration, _nonce) = answer
            .address(0)
            .and_then(|amount| Some((amount, uint48(1)?, uint48(2)?)))
            .ok_or(Revert::EMPTY)?;
        Ok(Permission { amount: abi::to_uint(&amount.into_word().0), expiration })
    }
}
