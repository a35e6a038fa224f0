//! The ABI encoding of what functions return.

use alloc::{vec, vec::Vec};

use alloy_primitives::{Address, B256, U256};
use stylus_sdk::ArbResult;

use crate::abi;

/// Encodes the outcome of a function: the result by the ABI, the error as revert data.
pub fn returns<T: Returns, E: Into<Vec<u8>>>(outcome: Result<T, E>) -> ArbResult {
    match outcome {
        Ok(value) => Ok(value.encode()),
        Err(error) => Err(error.into()),
    }
}

/// A result that has an ABI encoding.
pub trait Returns {
    /// The whole return data.
    fn encode(self) -> Vec<u8>;
}

/// A value that is one word in the ABI.
pub trait Word {
    /// The word.
    fn word(self) -> B256;
}

impl Word for B256 {
    fn word(self) -> B256 {
        self
    }
}

impl Word for Address {
    fn word(self) -> B256 {
        self.into_word()
    }
}

impl Word for U256 {
    fn word(self) -> B256 {
        abi::to_word(self)
    }
}

impl Word for u64 {
    fn word(self) -> B256 {
        B256::left_padding_from(&self.to_be_bytes())
    }
}

impl Word for u32 {
    fn word(self) -> B256 {
        u64::from(self).word()
    }
}

impl Word for u8 {
    fn word(self) -> B256 {
        u64::from(self).word()
    }
}

impl Word for bool {
    fn word(self) -> B256 {
        u64::from(self).word()
    }
}

macro_rules! returns_words {
    ($($word:ty),*) => {$(
        impl Returns for $word {
            fn encode(self) -> Vec<u8> {
                self.word().to_vec()
            }
        }
    )*};
}

returns_words!(B256, Address, U256, u64, u32, u8, bool);

impl Returns for () {
    fn encode(self) -> Vec<u8> {
        Vec::new()
    }
}

/// Output that is encoded already.
impl Returns for Vec<u8> {
    fn encode(self) -> Vec<u8> {
        self
    }
}

impl<A: Word, B: Word> Returns for (A, B) {
    fn encode(self) -> Vec<u8> {
        let mut output = Vec::with_capacity(64);
        output.extend_from_slice(self.0.word().as_slice());
        output.extend_from_slice(self.1.word().as_slice());
        output
    }
}

impl<A: Word, B: Word, C: Word> Returns for (A, B, C) {
    fn encode(self) -> Vec<u8> {
        let mut output = (self.0, self.1).encode();
        output.extend_from_slice(self.2.word().as_slice());
        output
    }
}

/// A `string`.
impl Returns for &str {
    fn encode(self) -> Vec<u8> {
        let padded = self.len().next_multiple_of(32);
        let mut output = vec![0; padded.saturating_add(64)];
        let length = B256::from(U256::from(self.len()));
        let offset = B256::with_last_byte(0x20);
        // The vector was made to measure, so every zip below covers its source whole.
        let source = offset.iter().chain(length.iter()).chain(self.as_bytes());
        for (byte, from) in output.iter_mut().zip(source) {
            *byte = *from;
        }
        output
    }
}

/// A `bytes32[]`.
impl Returns for &[B256] {
    fn encode(self) -> Vec<u8> {
        let mut output = (U256::from(0x20), U256::from(self.len())).encode();
        for word in self {
            output.extend_from_slice(word.as_slice());
        }
        output
    }
}

#[cfg(test)]
mod tests {
    use alloy_sol_types::SolValue;

    use super::*;

    #[test]
    fn words_equal_alloys_encoding() {
        let (hash, account) = (B256::repeat_byte(7), Address::repeat_byte(9));
        assert_eq!(hash.encode(), hash.abi_encode());
        assert_eq!((hash, account).encode(), (hash, account).abi_encode());
        assert_eq!((hash, account, true).encode(), (hash, account, true).abi_encode());
        assert_eq!(Returns::encode(3u8), U256::from(3).abi_encode());
        assert_eq!(Returns::encode(u64::MAX), u64::MAX.abi_encode());
    }

    #[test]
    fn strings_and_lists_equal_alloys_encoding() {
        for text in [
            "",
            "Meta",
            "2.10.0",
            "thirty-two bytes exactly, really",
            "and a little more than one word",
        ] {
            assert_eq!(Returns::encode(text), text.abi_encode());
        }
        for length in 0..3 {
            let list = vec![B256::repeat_byte(1); length];
            assert_eq!(Returns::encode(list.as_slice()), list.abi_encode());
        }
    }

    #[test]
    fn an_error_becomes_revert_data() {
        assert_eq!(returns::<(), Vec<u8>>(Err(vec![1])), Err(vec![1]));
        assert_eq!(returns::<_, Vec<u8>>(Ok(true)), Ok(true.abi_encode()));
    }
}
