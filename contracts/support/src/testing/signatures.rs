//! The curve, where there is no host that knows it.

use std::rc::Rc;

use alloy_primitives::{B256, Signature, U256};

use super::Program;

/// Ethereum's precompile at address 1.
pub fn ecrecover() -> Program {
    Rc::new(|_, input| {
        let mut padded = input.to_vec();
        padded.resize(128, 0);
        let word = |index: usize| B256::from_slice(&padded[index * 32..index * 32 + 32]);
        let (v, zero) = (word(1), U256::ZERO);
        let parity = match U256::from_be_bytes(v.0) {
            v if v == U256::from(27) => false,
            v if v == U256::from(28) => true,
            _ => return Ok(Vec::new()),
        };
        let (r, s) = (U256::from_be_bytes(word(2).0), U256::from_be_bytes(word(3).0));
        if r == zero || s == zero {
            return Ok(Vec::new());
        }
        let signer = Signature::new(r, s, parity).recover_address_from_prehash(&word(0));
        Ok(signer.map(|signer| signer.into_word().to_vec()).unwrap_or_default())
    })
}
