//! The poster fee: what a transaction pays for the parent-chain data it will take up.
//! Spec: stylus-vm.md §9.3.

use std::sync::LazyLock;

use alloy::rlp::{Encodable, Header};
use alloy_primitives::{Address, B256, Bytes, U256, address, keccak256};
use brotli::enc::{BrotliEncoderParams, StandardAlloc};

use crate::arbos::Word;
use crate::evm::Evm;
use crate::transaction::{Message, Mode};

/// Account that the fees gather at (`L1PricerFundsPoolAddress`, stylus-vm.md 8.1).
pub(crate) const L1_PRICER_FUNDS_POOL: Address =
    address!("A4B00000000000000000000000000000000000f6");

/// Units of a compressed byte (`TxDataNonZeroGasEIP2028`).
const UNITS_PER_BYTE: u64 = 16;
/// Units added where there is no signed transaction to measure (`estimationPaddingUnits`).
const PADDING_UNITS: u64 = 16 * UNITS_PER_BYTE;
/// Percent that the units are then multiplied by.
const PADDING_PERCENT: u64 = 101;
/// Percent that an estimate multiplies the cost by (`GasEstimationL1PricePadding`).
const ESTIMATE_PERCENT: u64 = 110;
/// Window of the compression (`DEFAULT_WINDOW_SIZE`).
const WINDOW: i32 = 22;

/// What a transaction pays for its data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Poster {
    /// Gas charged before execution.
    pub(crate) gas: u64,
    /// Wei, at the block's base fee.
    pub(crate) fee: U256,
    /// Units of data.
    pub(crate) units: u64,
}

/// The poster fee of a message; nothing where the base fee or the price of data is zero.
pub(crate) fn poster(evm: &mut Evm<'_>, message: &Message, mode: Mode) -> Poster {
    let base_fee = U256::from(evm.ctx.chain.base_fee_in_block);
    let price = evm.arbos().get(Word::L1PricePerUnit);
    // Compressing is the dear part, so it is left out where it decides nothing.
    if base_fee.is_zero() || price.is_zero() {
        return Poster::default();
    }
    let level = evm.arbos().get_u64(Word::BrotliLevel);
    let units = match &message.signed {
        Some(signed) => units_of(signed, level),
        None => {
            units_of(&stand_in(message, mode), level)
                .saturating_add(PADDING_UNITS)
                .saturating_mul(PADDING_PERCENT)
                / 100
        }
    };
    let mut cost = price.saturating_mul(U256::from(units));
    let mut gas_price = base_fee;
    if mode == Mode::Estimate {
        // As if the price were about to rise, so that the estimate still holds when it does.
        let congested = base_fee.saturating_mul(U256::from(7)) / U256::from(8);
        gas_price = congested.max(evm.arbos().get(Word::MinBaseFee));
        cost = cost.saturating_mul(U256::from(ESTIMATE_PERCENT)) / U256::from(100);
    }
    let gas: u64 = cost.checked_div(gas_price).unwrap_or_default().saturating_to();
    Poster { gas, fee: base_fee.saturating_mul(U256::from(gas)), units }
}

/// Units of a transaction's bytes.
fn units_of(bytes: &[u8], level: u64) -> u64 {
    let params = BrotliEncoderParams {
        quality: i32::try_from(level).unwrap_or(i32::MAX),
        lgwin: WINDOW,
        ..Default::default()
    };
    let mut compressed = Vec::new();
    // The encoder must see all bytes at once: handed to it in pieces, they compress to more.
    let mut input = vec![0; bytes.len().max(1)];
    let outcome = brotli::BrotliCompressCustomAlloc(
        &mut &*bytes,
        &mut compressed,
        &mut input,
        &mut [0; 4_096],
        &params,
        StandardAlloc::default(),
    );
    // Writing into memory does not fail; should it ever, the bytes count as they are.
    let length = match outcome {
        Ok(_) => compressed.len(),
        Err(_) => bytes.len(),
    };
    u64::try_from(length).unwrap_or(u64::MAX).saturating_mul(UNITS_PER_BYTE)
}

/// Values that stand in for what a call does not say; arbitrary, but everybody must compress the same ones.
struct StandIn {
    nonce: u64,
    tip: u32,
    max_fee: u32,
    gas: u32,
    r: U256,
    s: U256,
}

static STAND_IN: LazyLock<StandIn> = LazyLock::new(|| {
    let hash = |name: &str| keccak256(name);
    let first_8 = |hash: B256| hash.first_chunk().copied().map(u64::from_be_bytes);
    let first_4 = |hash: B256| hash.first_chunk().copied().map(u32::from_be_bytes);
    StandIn {
        nonce: first_8(hash("Nonce")).unwrap_or_default(),
        tip: first_4(hash("GasTipCap")).unwrap_or_default(),
        max_fee: first_4(hash("GasFeeCap")).unwrap_or_default(),
        gas: first_4(hash("Gas")).unwrap_or_default(),
        r: hash("R").into(),
        s: hash("S").into(),
    }
});
/// `v` of the stand-in: three times Arbitrum One's chain id.
const STAND_IN_V: u64 = 3 * 42_161;
/// EIP-2718 type of the stand-in.
const EIP1559: u8 = 2;

/// An EIP-1559 transaction of about the size that the message will have when it is signed.
fn stand_in(message: &Message, mode: Mode) -> Vec<u8> {
    let or = |value: u128, otherwise: u32| match value {
        0 => u128::from(otherwise),
        value => value,
    };
    let nonce = message.nonce.filter(|nonce| *nonce > 0).unwrap_or(STAND_IN.nonce);
    let tip = or(message.tip, STAND_IN.tip);
    let max_fee = or(message.max_fee, STAND_IN.max_fee);
    // The limit is what an estimate searches for, so the size must not depend on it.
    let gas = match (mode, message.gas_limit) {
        (Mode::Estimate, _) | (_, 0) => u64::from(STAND_IN.gas),
        (_, gas) => gas,
    };
    let to: Bytes = message.to.to().map(|to| to.to_vec()).unwrap_or_default().into();
    let fields: [&dyn Encodable; 12] = [
        &0u64,
        &nonce,
        &tip,
        &max_fee,
        &gas,
        &to,
        &message.value,
        &message.data,
        &message.access_list,
        &STAND_IN_V,
        &STAND_IN.r,
        &STAND_IN.s,
    ];
    let payload_length = fields.iter().map(|field| field.length()).sum();
    let mut encoded = vec![EIP1559];
    Header { list: true, payload_length }.encode(&mut encoded);
    for field in fields {
        field.encode(&mut encoded);
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes without pattern.
    fn noise(length: usize) -> Vec<u8> {
        let mut x = 1u32;
        std::iter::repeat_with(|| {
            x = x.wrapping_mul(1_103_515_245).wrapping_add(12_345);
            x.to_be_bytes()[1]
        })
        .take(length)
        .collect()
    }

    #[test]
    fn bytes_compress_to_what_the_reference_encoder_makes_of_them() {
        let text = b"the quick brown fox jumps over the lazy dog, the quick brown fox".to_vec();
        let mixed = [noise(40), vec![0; 200], noise(40).repeat(3), vec![0; 64]].concat();
        let long = [noise(64), vec![0; 192]].concat().repeat(40);
        // Lengths by Google's C encoder (version 1.2.1), window 22, at levels 0, 1 and 11.
        let table: [(&str, Vec<u8>, [u64; 3]); 6] = [
            ("nothing", vec![], [1, 1, 1]),
            ("zeros", vec![0; 100], [66, 20, 11]),
            ("noise", noise(110), [114, 114, 114]),
            ("text", text, [68, 68, 53]),
            ("mixed", mixed, [157, 113, 96]),
            ("long", long, [197, 145, 107]),
        ];
        for (what, bytes, lengths) in table {
            for (level, length) in [0, 1, 11].into_iter().zip(lengths) {
                assert_eq!(units_of(&bytes, level), 16 * length, "{what} at level {level}");
            }
        }
    }
}
