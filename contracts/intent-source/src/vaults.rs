//! Where vaults are, their deployment, and how they are commanded.
//! Spec: intents.md §3.1, §3.2.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use interfaces::{args::RewardView, hash, proxy};
use stylus_sdk::prelude::*;
use support::{Revert, abi, call_code, create, has_code, no_value};

use crate::{Error, IntentSource};

impl IntentSource {
    /// Address of the intent's vault, deployed or not.
    #[inline(never)]
    pub fn vault_address(&self, intent_hash: B256) -> Address {
        let code = proxy::init_code_hash(self.vault_implementation());
        hash::vault_address(self.vm().contract_address(), intent_hash, code)
    }

    /// The Vault program behind every proxy: our first child; see the crate's "Wiring".
    fn vault_implementation(&self) -> Address {
        hash::create_address(self.vm().contract_address(), hash::VAULT_NONCE)
    }

    /// Creates our first child, or fails: any later child has another address.
    pub(crate) fn create_vault_implementation(&mut self, init_code: &[u8]) -> Result<(), Error> {
        let created = create::create(self.vm(), init_code)?;
        if created != self.vault_implementation() {
            return Err(Revert::EMPTY.into());
        }
        Ok(())
    }

    /// The intent's vault, deployed if it was not yet.
    ///
    /// Funding never does this: a codeless address takes value and tokens just as well.
    #[inline(never)]
    pub(crate) fn deployed_vault(&mut self, intent_hash: B256) -> Result<Address, Error> {
        let vault = self.vault_address(intent_hash);
        if has_code(self.vm(), vault) {
            return Ok(vault);
        }
        let init_code = proxy::init_code(self.vault_implementation());
        let created = create::create2(self.vm(), intent_hash, &init_code)?;
        if created != vault {
            // The prediction is what funders have paid to; paying out from elsewhere must be impossible.
            return Err(Revert::EMPTY.into());
        }
        Ok(vault)
    }

    /// Calls `withdraw`, `refund` or `fundFor` of a vault, whose arguments are the reward and then accounts.
    ///
    /// - `vault`: the answer of [`deployed_vault`](Self::deployed_vault), so that it has code.
    ///
    /// The intent hash stands behind the ABI arguments: by it the vault knows its Portal (`vault::Vault`).
    #[inline(never)]
    pub(crate) fn command_vault(
        &mut self,
        vault: Address,
        selector: [u8; 4],
        intent_hash: B256,
        reward: RewardView,
        accounts: &[Address],
    ) -> Result<(), Revert> {
        // The reward stands behind a head of its own offset and the accounts: two or three words.
        let head = accounts.len().wrapping_mul(32).wrapping_add(32);
        let size = reward.tuple_len().wrapping_add(head).wrapping_add(4 + 32);
        let mut data = Vec::with_capacity(size);
        data.extend_from_slice(&selector);
        abi::number(&mut data, head);
        for account in accounts {
            abi::word(&mut data, &account.into_word().0);
        }
        reward.encode_tuple_into(&mut data);
        abi::word(&mut data, &intent_hash.0);
        call_code(self.vm(), vault, no_value(), &data)?;
        Ok(())
    }
}
