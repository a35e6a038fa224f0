//! Who signed a transaction.
//!
//! Recovering the sender is most of what a transfer costs a node. libsecp256k1, which the EVM's own `ECRECOVER` brings
//! along, does it several times as fast as alloy's default.

use alloy::consensus::TxEnvelope;
use alloy::consensus::crypto::SECP256K1N_HALF;
use alloy_primitives::{Address, B256};

/// The account that signed; `None` for a signature that nobody can have made, or whose `s` is too large (EIP-2).
pub(crate) fn signer(envelope: &TxEnvelope) -> Option<Address> {
    let signature = envelope.signature();
    if signature.s() > SECP256K1N_HALF {
        return None;
    }
    let mut bytes = [0; 64];
    let (r, s) = bytes.split_at_mut(32);
    r.copy_from_slice(&signature.r().to_be_bytes::<32>());
    s.copy_from_slice(&signature.s().to_be_bytes::<32>());
    let (parity, hash) = (u8::from(signature.v()), envelope.signature_hash());
    let word = revm::precompile::crypto().secp256k1_ecrecover(&bytes, parity, &hash.0).ok()?;
    Some(Address::from_word(B256::from(word)))
}

#[cfg(test)]
mod tests {
    use alloy::consensus::transaction::SignerRecoverable;
    use alloy::consensus::{SignableTransaction, TxLegacy};
    use alloy::signers::SignerSync;
    use alloy::signers::local::PrivateKeySigner;
    use alloy_primitives::{Signature, U256, uint};

    use super::*;

    /// Order of the curve.
    const N: U256 = uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);

    fn signed(nonce: u64, signature: Signature) -> TxEnvelope {
        TxLegacy { nonce, ..TxLegacy::default() }.into_signed(signature).into()
    }

    #[test]
    fn the_signer_is_whom_alloy_finds() {
        let key = PrivateKeySigner::from_bytes(&crate::DEV_PRIVATE_KEY).unwrap();
        for nonce in 0..20 {
            let hash = TxLegacy { nonce, ..TxLegacy::default() }.signature_hash();
            let good = key.sign_hash_sync(&hash).unwrap();
            assert_eq!(signer(&signed(nonce, good)), Some(crate::DEV_ACCOUNT));
            let (r, s, v) = (good.r(), good.s(), good.v());
            for other in [
                Signature::new(r, s, !v),
                Signature::new(r, N - s, !v),
                Signature::new(r, N - s, v),
                Signature::new(r + U256::from(1), s, v),
                Signature::new(U256::ZERO, s, v),
                Signature::new(r, U256::ZERO, v),
                Signature::new(N, s, v),
                Signature::new(U256::MAX, s, v),
            ] {
                let envelope = signed(nonce, other);
                assert_eq!(signer(&envelope), envelope.recover_signer().ok(), "{other:?}");
            }
        }
    }
}
