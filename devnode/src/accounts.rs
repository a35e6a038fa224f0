//! Accounts whose keys the node knows.
//! Spec: BIP-39 (mnemonic to seed), BIP-32 and BIP-44 (seed to keys).

use alloy::signers::local::PrivateKeySigner;
use alloy_primitives::{B256, U256, uint};
use hmac::{Hmac, Mac};
use sha2::Sha512;

use crate::genesis::DevAccount;

/// Rounds of PBKDF2 from a mnemonic to its seed (BIP-39).
const SEED_ROUNDS: usize = 2_048;
/// Where Ethereum's accounts are: m/44'/60'/0'/0 (BIP-44), hardened indices with the top bit.
const PATH: [u32; 4] = [0x8000_002c, 0x8000_003c, 0x8000_0000, 0];
/// Order of the curve.
const CURVE_ORDER: U256 =
    uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);

/// Why a mnemonic gives no accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MnemonicError {
    /// Its length is none that BIP-39 has.
    #[error("a mnemonic has 12, 15, 18, 21 or 24 words, this one {0}")]
    Words(usize),
    /// It leads to a number that is no key: one mnemonic in 2^127 does.
    #[error("this mnemonic leads to no key; take another")]
    Key,
}

/// The first accounts of a mnemonic, at m/44'/60'/0'/0/0 and so on. Its words are not checked against a word list, so
/// that a mnemonic with a typing mistake gives other accounts instead of an error.
/// # Errors
/// [`MnemonicError`].
pub fn accounts_of(mnemonic: &str, count: u32) -> Result<Vec<DevAccount>, MnemonicError> {
    let words: Vec<&str> = mnemonic.split_whitespace().collect();
    if !matches!(words.len(), 12 | 15 | 18 | 21 | 24) {
        return Err(MnemonicError::Words(words.len()));
    }
    let seed = seed(&words.join(" "));
    let (key, chain_code) = halves(&hmac(b"Bitcoin seed", &[&seed]));
    let mut parent = (valid(key)?, chain_code);
    for index in PATH {
        parent = child(parent, index)?;
    }
    (0..count)
        .map(|index| {
            let (private_key, _) = child(parent, index)?;
            Ok(DevAccount { address: signer(private_key)?.address(), private_key })
        })
        .collect()
}

/// The signer with this key.
pub(crate) fn signer(key: B256) -> Result<PrivateKeySigner, MnemonicError> {
    PrivateKeySigner::from_bytes(&key).map_err(|_| MnemonicError::Key)
}

fn valid(key: B256) -> Result<B256, MnemonicError> {
    signer(key).map(|_| key)
}

/// PBKDF2 with HMAC-SHA512 and the salt "mnemonic", one block of output.
fn seed(mnemonic: &str) -> [u8; 64] {
    let mut last = hmac(mnemonic.as_bytes(), &[b"mnemonic", &1u32.to_be_bytes()]);
    let mut seed = last;
    for _ in 1..SEED_ROUNDS {
        last = hmac(mnemonic.as_bytes(), &[&last]);
        for (byte, other) in seed.iter_mut().zip(last) {
            *byte ^= other;
        }
    }
    seed
}

/// BIP-32's CKDpriv.
fn child((key, chain_code): (B256, B256), index: u32) -> Result<(B256, B256), MnemonicError> {
    let index_bytes = index.to_be_bytes();
    let digest = if index >= 0x8000_0000 {
        hmac(chain_code.as_slice(), &[&[0], key.as_slice(), &index_bytes])
    } else {
        let public = signer(key)?.credential().verifying_key().to_encoded_point(true);
        hmac(chain_code.as_slice(), &[public.as_bytes(), &index_bytes])
    };
    let (tweak, chain_code) = halves(&digest);
    let sum = U256::from_be_bytes(key.0).add_mod(U256::from_be_bytes(valid(tweak)?.0), CURVE_ORDER);
    Ok((valid(B256::from(sum))?, chain_code))
}

fn halves(digest: &[u8; 64]) -> (B256, B256) {
    let (left, right) = digest.split_at(32);
    (B256::from_slice(left), B256::from_slice(right))
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 64] {
    // HMAC takes keys of any length.
    let mut mac = <Hmac<Sha512> as Mac>::new_from_slice(key)
        .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genesis::DEV_ACCOUNTS;
    use alloy_primitives::b256;

    #[test]
    fn the_mnemonic_of_every_dev_chain_gives_the_accounts_of_every_dev_chain() {
        let mnemonic = "test test test test test test test test test test test junk";
        assert_eq!(accounts_of(mnemonic, 10).unwrap(), DEV_ACCOUNTS);
    }

    #[test]
    fn the_seed_of_bip_39s_first_test_vector_is_right_but_for_its_passphrase() {
        // BIP-39's vectors use the passphrase TREZOR; without one, this is the seed every wallet shows.
        let mnemonic = "abandon abandon abandon abandon abandon abandon abandon abandon abandon \
                        abandon abandon about";
        let left = b256!("5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc1");
        let right = b256!("9a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e38e4");
        assert_eq!(halves(&seed(mnemonic)), (left, right));
    }

    #[test]
    fn a_mnemonic_of_another_length_is_refused() {
        assert_eq!(accounts_of("test junk", 1), Err(MnemonicError::Words(2)));
    }
}
