//! Parameters of the Stylus machine that the chain owner may set, and how ArbOS packs them into one word.
//! Spec: stylus-vm.md §0.2, §4.1, §5.2.

/// ArbOS version in which Stylus appears.
pub const ARBOS_VERSION_STYLUS: u64 = 30;
/// ArbOS version that brings Stylus version 2.
pub const ARBOS_VERSION_STYLUS_FIXES: u64 = 31;
/// ArbOS version that repairs storage and activation charges.
pub const ARBOS_VERSION_STYLUS_CHARGING_FIXES: u64 = 32;
/// ArbOS version that stores `MaxWasmSize`.
pub const ARBOS_VERSION_40: u64 = 40;
/// ArbOS version that caps the stack depth and turns an unaffordable flush into out-of-ink.
pub const ARBOS_VERSION_50: u64 = 50;
/// ArbOS version of Stylus version 3: no multi-value, a hard cap on open pages (the v3.9.9 and v3.10.0 code lines).
pub const ARBOS_VERSION_59: u64 = 59;
/// ArbOS version of fragmented programs and of the block's list of recent programs.
pub const ARBOS_VERSION_60: u64 = 60;

/// Ink per gas.
pub const INITIAL_INK_PRICE: u32 = 10_000;
/// Words of stack a program call may use, before [`ARBOS_VERSION_50`].
pub const INITIAL_STACK_DEPTH: u32 = 4 * 65_536;
/// Words of stack a program call may use, from [`ARBOS_VERSION_50`].
pub const ARBOS_50_MAX_STACK_DEPTH: u32 = 22_000;
/// Pages a transaction opens for nothing.
pub const INITIAL_FREE_PAGES: u16 = 2;
/// Gas per open page beyond the free ones.
pub const INITIAL_PAGE_GAS: u16 = 1_000;
/// What `ArbWasm.pageRamp()` reports; the ramp itself is [`super::memory::exponent`].
pub const INITIAL_PAGE_RAMP: u64 = 620_674_314;
/// Pages a module may start with.
pub const INITIAL_PAGE_LIMIT: u16 = 128;
/// Units of [`MIN_INIT_GAS_UNITS`], in Stylus version 1.
pub const V1_MIN_INIT_GAS: u8 = 72;
/// Units of [`MIN_INIT_GAS_UNITS`], from Stylus version 2.
pub const V2_MIN_INIT_GAS: u8 = 69;
/// Gas in one unit of `MinInitGas`.
pub const MIN_INIT_GAS_UNITS: u64 = 128;
/// Units of [`MIN_CACHED_GAS_UNITS`].
pub const INITIAL_MIN_CACHED_GAS: u8 = 11;
/// Gas in one unit of `MinCachedInitGas`.
pub const MIN_CACHED_GAS_UNITS: u64 = 32;
/// Units of [`COST_SCALAR_PERCENT`]: 100 %.
pub const INITIAL_INIT_COST_SCALAR: u8 = 50;
/// Units of [`COST_SCALAR_PERCENT`]: 100 %.
pub const INITIAL_CACHED_COST_SCALAR: u8 = 50;
/// Percent in one unit of a cost scalar.
pub const COST_SCALAR_PERCENT: u64 = 2;
/// Days after which a program must be activated again.
pub const INITIAL_EXPIRY_DAYS: u16 = 365;
/// Days before which a program's life cannot be extended.
pub const INITIAL_KEEPALIVE_DAYS: u16 = 31;
/// Programs the block remembers as recently used.
pub const INITIAL_RECENT_CACHE_SIZE: u16 = 32;
/// Bytes of WASM a program may unpack to.
pub const INITIAL_MAX_WASM_SIZE: u32 = 128 * 1_024;
/// Fragments a root may name, from [`ARBOS_VERSION_60`].
pub const INITIAL_MAX_FRAGMENT_COUNT: u8 = 2;

/// The settable parameters.
///
/// Field names are those of the upstream parameter; the units are those of the stored word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StylusParams {
    /// ArbOS version the parameters belong to; not part of the stored word.
    pub arbos_version: u64,
    /// Stylus version that activation writes into a record.
    pub version: u16,
    /// Ink per gas, 24 bits, never 0.
    pub ink_price: u32,
    /// Words of stack of one program call.
    pub max_stack_depth: u32,
    /// Pages a transaction opens for nothing.
    pub free_pages: u16,
    /// Gas per open page beyond the free ones.
    pub page_gas: u16,
    /// Pages a module may start with; from ArbOS 59 the pages a transaction may have open.
    pub page_limit: u16,
    /// In units of 128 gas.
    pub min_init_gas: u8,
    /// In units of 32 gas.
    pub min_cached_init_gas: u8,
    /// In units of 2 percent.
    pub init_cost_scalar: u8,
    /// In units of 2 percent.
    pub cached_cost_scalar: u8,
    /// Days.
    pub expiry_days: u16,
    /// Days.
    pub keepalive_days: u16,
    /// Programs.
    pub block_cache_size: u16,
    /// Bytes; stored from ArbOS 40.
    pub max_wasm_size: u32,
    /// Fragments; stored from ArbOS 60, 0 below.
    pub max_fragment_count: u8,
}

impl StylusParams {
    /// The values of a chain that starts at this ArbOS version.
    /// # Source
    /// stylus-vm.md §0.2, §5.2
    pub fn new(arbos_version: u64) -> Self {
        Self {
            arbos_version,
            version: stylus_version(arbos_version),
            ink_price: INITIAL_INK_PRICE,
            max_stack_depth: if arbos_version >= ARBOS_VERSION_50 {
                ARBOS_50_MAX_STACK_DEPTH
            } else {
                INITIAL_STACK_DEPTH
            },
            free_pages: INITIAL_FREE_PAGES,
            page_gas: INITIAL_PAGE_GAS,
            page_limit: INITIAL_PAGE_LIMIT,
            min_init_gas: if arbos_version >= ARBOS_VERSION_STYLUS_FIXES {
                V2_MIN_INIT_GAS
            } else {
                V1_MIN_INIT_GAS
            },
            min_cached_init_gas: INITIAL_MIN_CACHED_GAS,
            init_cost_scalar: INITIAL_INIT_COST_SCALAR,
            cached_cost_scalar: INITIAL_CACHED_COST_SCALAR,
            expiry_days: INITIAL_EXPIRY_DAYS,
            keepalive_days: INITIAL_KEEPALIVE_DAYS,
            block_cache_size: INITIAL_RECENT_CACHE_SIZE,
            max_wasm_size: INITIAL_MAX_WASM_SIZE,
            max_fragment_count: if arbos_version >= ARBOS_VERSION_60 {
                INITIAL_MAX_FRAGMENT_COUNT
            } else {
                0
            },
        }
    }

    /// The stored word.
    /// # Source
    /// stylus-vm.md §5.2
    pub fn to_word(&self) -> [u8; 32] {
        let mut bytes = Vec::with_capacity(32);
        bytes.extend(self.version.to_be_bytes());
        bytes.extend(self.ink_price.to_be_bytes().iter().skip(1));
        bytes.extend(self.max_stack_depth.to_be_bytes());
        bytes.extend(self.free_pages.to_be_bytes());
        bytes.extend(self.page_gas.to_be_bytes());
        bytes.extend(self.page_limit.to_be_bytes());
        bytes.extend([
            self.min_init_gas,
            self.min_cached_init_gas,
            self.init_cost_scalar,
            self.cached_cost_scalar,
        ]);
        bytes.extend(self.expiry_days.to_be_bytes());
        bytes.extend(self.keepalive_days.to_be_bytes());
        bytes.extend(self.block_cache_size.to_be_bytes());
        if self.arbos_version >= ARBOS_VERSION_40 {
            bytes.extend(self.max_wasm_size.to_be_bytes());
        }
        if self.arbos_version >= ARBOS_VERSION_60 {
            bytes.push(self.max_fragment_count);
        }
        let mut word = [0; 32];
        for (to, from) in word.iter_mut().zip(bytes) {
            *to = from;
        }
        word
    }

    /// The parameters of a stored word.
    /// # Source
    /// stylus-vm.md §5.2
    pub fn from_word(word: &[u8; 32], arbos_version: u64) -> Self {
        let mut rest = Reader(word);
        Self {
            arbos_version,
            version: rest.take(2) as u16,
            ink_price: rest.take(3),
            max_stack_depth: rest.take(4),
            free_pages: rest.take(2) as u16,
            page_gas: rest.take(2) as u16,
            page_limit: rest.take(2) as u16,
            min_init_gas: rest.take(1) as u8,
            min_cached_init_gas: rest.take(1) as u8,
            init_cost_scalar: rest.take(1) as u8,
            cached_cost_scalar: rest.take(1) as u8,
            expiry_days: rest.take(2) as u16,
            keepalive_days: rest.take(2) as u16,
            block_cache_size: rest.take(2) as u16,
            max_wasm_size: if arbos_version >= ARBOS_VERSION_40 {
                rest.take(4)
            } else {
                INITIAL_MAX_WASM_SIZE
            },
            max_fragment_count: if arbos_version >= ARBOS_VERSION_60 {
                rest.take(1) as u8
            } else {
                0
            },
        }
    }

    /// What an upgrade to a later ArbOS version makes of the parameters; what the owner set stays set otherwise.
    /// # Source
    /// stylus-vm.md §0.2, §3.5, §5.2
    pub fn upgraded(self, arbos_version: u64) -> Self {
        let fresh = Self::new(arbos_version);
        let reaches = |since: u64| (self.arbos_version..arbos_version).contains(&(since - 1));
        let mut params = Self { arbos_version, version: fresh.version, ..self };
        if reaches(ARBOS_VERSION_STYLUS_FIXES) {
            params.min_init_gas = V2_MIN_INIT_GAS;
        }
        if reaches(ARBOS_VERSION_40) {
            params.max_wasm_size = INITIAL_MAX_WASM_SIZE;
        }
        if reaches(ARBOS_VERSION_50) {
            params.max_stack_depth = params.max_stack_depth.min(ARBOS_50_MAX_STACK_DEPTH);
        }
        if reaches(ARBOS_VERSION_60) {
            params.max_fragment_count = INITIAL_MAX_FRAGMENT_COUNT;
        }
        params
    }

    /// Ink for gas, saturating.
    /// # Source
    /// stylus-vm.md §3.1
    pub fn gas_to_ink(&self, gas: u64) -> u64 {
        gas.saturating_mul(u64::from(self.ink_price))
    }

    /// Whole gas for ink; the fraction is lost.
    /// # Source
    /// stylus-vm.md §3.1
    pub fn ink_to_gas(&self, ink: u64) -> u64 {
        // A price of 0 cannot be set (§3.1); 1 keeps a corrupted word from dividing by zero.
        ink / u64::from(self.ink_price.max(1))
    }

    /// Seconds after which a program expires.
    pub fn expiry_seconds(&self) -> u64 {
        u64::from(self.expiry_days) * SECONDS_PER_DAY
    }

    /// Seconds before which a program's life cannot be extended.
    pub fn keepalive_seconds(&self) -> u64 {
        u64::from(self.keepalive_days) * SECONDS_PER_DAY
    }
}

const SECONDS_PER_DAY: u64 = 86_400;

/// Stylus version of an ArbOS version.
/// # Source
/// stylus-vm.md §0.2
pub fn stylus_version(arbos_version: u64) -> u16 {
    match arbos_version {
        ..ARBOS_VERSION_STYLUS_FIXES => 1,
        ARBOS_VERSION_STYLUS_FIXES..ARBOS_VERSION_59 => 2,
        _ => 3,
    }
}

/// Takes big-endian integers off the front of a word; zero past its end.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take(&mut self, bytes: usize) -> u32 {
        let (head, tail) = self.0.split_at(bytes.min(self.0.len()));
        self.0 = tail;
        head.iter().fold(0, |value, byte| value << 8 | u32::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_a_fresh_chain_has_the_fields_in_the_stored_order() {
        let word = StylusParams::new(51).to_word();
        // version 2 | ink 10,000 | depth 22,000 | free 2 | page gas 1,000 | limit 128 | 69 11 50 50 | 365 | 31 | 32
        // | size 131,072 | nothing (fragments from 60)
        let expected = concat!(
            "0002", "002710", "000055f0", "0002", "03e8", "0080", "45", "0b", "32", "32", "016d",
            "001f", "0020", "00020000", "00"
        );
        assert_eq!(alloy_primitives::hex::encode(word), format!("{expected:0<64}"));
    }

    #[test]
    fn a_word_read_back_gives_the_parameters_that_were_written() {
        for arbos in [30, 31, 32, 40, 50, 51, 59, 60] {
            let mut params = StylusParams::new(arbos);
            params.ink_price = 0xAB_CDEF;
            params.block_cache_size = 7;
            assert_eq!(StylusParams::from_word(&params.to_word(), arbos), params);
        }
    }

    #[test]
    fn the_stack_is_capped_from_arbos_50() {
        assert_eq!(StylusParams::new(40).max_stack_depth, 262_144);
        assert_eq!(StylusParams::new(50).max_stack_depth, 22_000);
    }

    #[test]
    fn an_upgraded_chain_has_the_parameters_of_a_chain_that_starts_there() {
        for (from, to) in [(30, 31), (31, 60), (32, 40), (40, 51), (51, 60), (58, 59)] {
            assert_eq!(StylusParams::new(from).upgraded(to), StylusParams::new(to), "{from} {to}");
        }
        // but what the owner set stays
        let owned = StylusParams {
            ink_price: 7,
            max_stack_depth: 1_000,
            min_init_gas: 5,
            ..StylusParams::new(40)
        };
        let upgraded = owned.upgraded(60);
        assert_eq!(
            (upgraded.ink_price, upgraded.max_stack_depth, upgraded.min_init_gas),
            (7, 1_000, 5)
        );
    }

    #[test]
    fn ink_turns_into_whole_gas_only() {
        let params = StylusParams::new(51);
        assert_eq!(params.gas_to_ink(3), 30_000);
        assert_eq!(params.ink_to_gas(39_999), 3);
        assert_eq!(params.gas_to_ink(u64::MAX), u64::MAX);
    }
}
