//! The packed configuration.

use alloy_primitives::{Address, B256, FixedBytes};
use support::Packed;

/// What the constructor was given, as far as it fits one slot, and the one flag that changes afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Config {
    /// Metalayer router of this chain.
    pub(crate) router: Address,
    /// Least gas limit of a message; [`WIDE`](Self::WIDE) if it does not fit here.
    pub(crate) min_gas_limit: u64,
    pub(crate) whitelist_size: u8,
    /// Whether the domain map is final.
    pub(crate) sealed: bool,
}

impl Config {
    /// Mark for a floor that stands in a slot of its own.
    pub(crate) const WIDE: u64 = u64::MAX;
}

/// Gas limit, size, flag, two spare bytes, router. One copy of the code each, because it is used in many places.
impl Packed for Config {
    #[inline(never)]
    fn unpack(word: B256) -> Self {
        let [a, b, c, d, e, f, g, h, whitelist_size, sealed, ..] = word.0;
        Self {
            router: Address::from_word(word),
            min_gas_limit: u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            whitelist_size,
            sealed: sealed != 0,
        }
    }

    #[inline(never)]
    fn pack(self) -> B256 {
        FixedBytes(self.min_gas_limit.to_be_bytes())
            .concat_const::<4, 12>(FixedBytes([self.whitelist_size, u8::from(self.sealed), 0, 0]))
            .concat_const::<20, 32>(self.router.0)
    }
}
