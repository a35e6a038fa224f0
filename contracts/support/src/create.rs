//! Creation of contracts, and the addresses it leads to.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256, keccak256};
use stylus_sdk::{deploy::RawDeploy, stylus_core::Host};

use crate::Revert;

/// Creates a contract at the address given by our nonce.
///
/// On Arbitrum a created account starts with nonce 1, so the n-th child of a contract has nonce n.
/// # Errors
/// What the init code reverted with.
pub fn create<H: Host>(host: &H, init_code: &[u8]) -> Result<Address, Revert> {
    // SAFETY: the cache is dropped, and no storage guard of a caller lives across this `&H` call.
    unsafe { RawDeploy::new().clear_storage_cache().deploy(host, init_code, U256::ZERO) }
        .map_err(Revert)
}

/// Creates a contract at the address given by `salt` and the init code.
/// # Errors
/// What the init code reverted with; empty when the address is taken.
pub fn create2<H: Host>(host: &H, salt: B256, init_code: &[u8]) -> Result<Address, Revert> {
    // SAFETY: as in `create`.
    unsafe { RawDeploy::new().salt(salt).clear_storage_cache().deploy(host, init_code, U256::ZERO) }
        .map_err(Revert)
}

/// Address that CREATE gives to the child of `creator` with that nonce.
///
/// - `nonce`: 1 to 127, where RLP writes the number as itself; contracts of ours have at most two such children.
pub fn create_address(creator: Address, nonce: u8) -> Address {
    debug_assert!((1..0x80).contains(&nonce));
    let mut preimage = [0u8; 23];
    let [list, string, address @ .., last] = &mut preimage;
    // RLP: a list of 22 bytes, holding a string of 20 and a single byte.
    *list = 0xd6;
    *string = 0x94;
    *address = creator.into_array();
    *last = nonce;
    Address::from_word(keccak256(preimage))
}

/// Address that CREATE2 gives to the child of `creator` with that salt and init code.
/// # Source
/// intents.md §3.1
pub fn create2_address(creator: Address, salt: B256, init_code_hash: B256) -> Address {
    let mut preimage = Vec::with_capacity(85);
    preimage.push(0xff);
    preimage.extend_from_slice(creator.as_slice());
    preimage.extend_from_slice(salt.as_slice());
    preimage.extend_from_slice(init_code_hash.as_slice());
    Address::from_word(keccak256(preimage))
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{address, b256};

    use super::*;

    #[test]
    fn create_addresses_equal_alloys() {
        let creator = address!("35Dd0d4028bc3A0C73e1878269C242f6F06e3280");
        for nonce in [1u8, 2, 127] {
            assert_eq!(create_address(creator, nonce), creator.create(nonce.into()));
        }
    }

    #[test]
    fn create2_addresses_equal_alloys() {
        let creator = address!("35Dd0d4028bc3A0C73e1878269C242f6F06e3280");
        let salt = b256!("aade97546d07f7a44d42b9dc2555060de1cc82d641c0e655fade6d424a151817");
        let hash = b256!("e2dd75ef718e889a7d986e6d0f862e1d93bb43800444b4abbbc3239b3a3f2c39");
        assert_eq!(create2_address(creator, salt, hash), creator.create2(salt, hash));
    }
}
