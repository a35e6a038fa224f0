//! Where vaults are, and their deployment.
//! Spec: intents.md §3.1.

use alloy_primitives::{Address, B256};
use interfaces::{hash, proxy};
use stylus_sdk::prelude::*;
use support::{Revert, create, has_code};

use crate::{Error, IntentSource};

impl IntentSource {
    /// Address of the intent's vault, deployed or not.
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
}
