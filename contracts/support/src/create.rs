//! Creation of contracts. The addresses it leads to are in `interfaces::hash`.

use alloy_primitives::{Address, B256};
use stylus_sdk::{deploy::RawDeploy, host::VM, prelude::StorageAccess};

use crate::{Revert, no_value};

/// Creates a contract at the address given by our nonce.
///
/// A created account starts with nonce 1, so the n-th child of a contract has nonce n.
/// # Errors
/// What the init code reverted with; empty when it failed otherwise.
/// # Re-entrancy
/// Init code may call anything; the storage cache is written and dropped first.
pub fn create(host: &VM, init_code: &[u8]) -> Result<Address, Revert> {
    deploy(host, RawDeploy::new(), init_code)
}

/// Creates a contract at the address given by `salt` and the init code.
/// # Errors
/// What the init code reverted with; empty when it failed otherwise, or when the address is taken.
/// # Re-entrancy
/// As [`create`].
pub fn create2(host: &VM, salt: B256, init_code: &[u8]) -> Result<Address, Revert> {
    deploy(host, RawDeploy::new().salt(salt), init_code)
}

fn deploy(host: &VM, deploy: RawDeploy, init_code: &[u8]) -> Result<Address, Revert> {
    host.flush_cache(true);
    // SAFETY: the cache is dropped, and no storage guard of a caller lives across this `&VM` call.
    unsafe { deploy.deploy(host, init_code, no_value()) }.map_err(Revert)
}
