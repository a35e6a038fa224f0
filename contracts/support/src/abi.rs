//! Writing calldata and return data by the ABI, where a contract lays the dynamic parts out itself.
//!
//! alloy's encoder of a struct with `bytes` costs kilobytes, and copies what lies in memory already.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
pub use interfaces::args::{
    padded, push, push_word as word, put as number, put_bytes as bytes, to_uint,
};

/// Calldata of a function, or revert data of an error, whose arguments are all words.
#[inline(never)]
pub fn words(selector: [u8; 4], words: &[B256]) -> Vec<u8> {
    let mut out = Vec::with_capacity(words.len().wrapping_mul(32).wrapping_add(4));
    push(&mut out, &selector);
    for argument in words {
        word(&mut out, &argument.0);
    }
    out
}

/// The word of a number. One copy: WebAssembly cannot swap bytes, so each conversion is 400 bytes of code.
#[inline(never)]
pub fn to_word(number: U256) -> B256 {
    B256::new(number.to_be_bytes())
}

/// Appends an `address[]`: length, elements; without an offset in front.
pub fn addresses(out: &mut Vec<u8>, items: impl Iterator<Item = Address> + Clone) {
    number(out, items.clone().count());
    for item in items {
        word(out, &item.into_word());
    }
}

/// Appends a `bytes[]`: length, offsets, elements; without an offset in front.
pub fn bytes_list<'b>(out: &mut Vec<u8>, items: impl Iterator<Item = &'b [u8]> + Clone) {
    let length = items.clone().count();
    number(out, length);
    let mut offset = length.wrapping_mul(32);
    for item in items.clone() {
        number(out, offset);
        offset = offset.wrapping_add(bytes_size(item));
    }
    for item in items {
        bytes(out, item);
    }
}

/// Size of [`bytes`] in the encoding.
pub const fn bytes_size(data: &[u8]) -> usize {
    padded(data.len()).wrapping_add(32)
}

#[cfg(test)]
mod tests {
    use alloy_primitives::Bytes;
    use alloy_sol_types::{SolCall, SolValue};
    use interfaces::intents::IERC20::transferCall;

    use super::*;

    #[test]
    fn calls_of_words_equal_alloys_encoding() {
        let call = transferCall { to: [7; 20].into(), value: U256::MAX };
        let encoded = words(transferCall::SELECTOR, &[call.to.into_word(), call.value.into()]);
        assert_eq!(encoded, call.abi_encode());
    }

    #[test]
    fn lists_of_addresses_equal_alloys_encoding() {
        for length in 0..3 {
            let items = vec![Address::repeat_byte(9); length];
            let mut out = Vec::new();
            number(&mut out, 32);
            addresses(&mut out, items.iter().copied());
            assert_eq!(out, items.abi_encode());
        }
    }

    #[test]
    fn lists_of_bytes_equal_alloys_encoding() {
        for lengths in [&[][..], &[0], &[1, 32], &[33, 0, 64]] {
            let items: Vec<Bytes> = lengths.iter().map(|n| vec![7; *n].into()).collect();
            let mut out = Vec::new();
            number(&mut out, 32);
            bytes_list(&mut out, items.iter().map(|item| &item[..]));
            assert_eq!(out, items.abi_encode());
        }
    }

    #[test]
    fn numbers_and_bytes_equal_alloys_encoding() {
        for length in [0, 1, 31, 32, 33, 64, 100] {
            let data = vec![0xab; length];
            let mut out = Vec::new();
            number(&mut out, 64);
            number(&mut out, 7);
            bytes(&mut out, &data);
            assert_eq!(bytes_size(&data), out.len() - 64);
            assert_eq!(out, (Bytes::from(data), U256::from(7)).abi_encode_params());
        }
    }
}
