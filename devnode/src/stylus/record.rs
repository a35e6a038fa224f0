//! What the chain remembers of an activated program.
//! Spec: stylus-vm.md §1.4, §2.3.

use super::params::StylusParams;
use alloy_primitives::{B256, U256};
use thiserror::Error;

/// Hour 0 of `activatedAt`, Unix seconds.
pub const ARBITRUM_START_TIME: u64 = 1_421_388_000;
const SECONDS_PER_HOUR: u64 = 3_600;
const BYTES_PER_KB: u32 = 1_024;

/// The stored record of a program, keyed by code hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Stylus version it was activated for; 0 means never.
    pub version: u16,
    /// Gas of an uncached start, before the scalar.
    pub init_cost: u16,
    /// Gas of a cached start, before the scalar.
    pub cached_cost: u16,
    /// Pages it starts with.
    pub footprint: u16,
    /// Hours since [`ARBITRUM_START_TIME`], 24 bits.
    pub activated_at: u32,
    /// Estimated machine code, KiB, 24 bits.
    pub asm_estimate_kb: u32,
    /// Whether a cache manager pinned it.
    pub cached: bool,
}

/// Why a program cannot run.
/// # Source
/// stylus-vm.md §1.4
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ProgramError {
    /// No record.
    #[error("error ProgramNotActivated()")]
    NotActivated,
    /// The record is of another Stylus version.
    #[error("error ProgramNeedsUpgrade({version}, {stylus_version})")]
    NeedsUpgrade {
        /// Of the record.
        version: u16,
        /// Of the chain.
        stylus_version: u16,
    },
    /// The record is too old.
    #[error("error ProgramExpired({age})")]
    Expired {
        /// Seconds.
        age: u64,
    },
}

impl Record {
    /// The record of a program activated now.
    pub fn new(
        activated: &super::activate::ActivatedProgram,
        version: u16,
        now: u64,
        cached: bool,
    ) -> Self {
        Self {
            version,
            init_cost: activated.init_cost,
            cached_cost: activated.cached_cost,
            footprint: activated.footprint,
            activated_at: hours_since_start(now),
            asm_estimate_kb: activated.asm_estimate.div_ceil(BYTES_PER_KB),
            cached,
        }
    }

    /// The stored word.
    /// # Source
    /// stylus-vm.md §2.3
    pub fn to_word(&self) -> B256 {
        let mut word: U256 = U256::from(self.version) << 240;
        word |= U256::from(self.init_cost) << 224;
        word |= U256::from(self.cached_cost) << 208;
        word |= U256::from(self.footprint) << 192;
        word |= U256::from(self.activated_at & U24) << 168;
        word |= U256::from(self.asm_estimate_kb & U24) << 144;
        word |= U256::from(self.cached) << 136;
        word.into()
    }

    /// The record of a stored word.
    /// # Source
    /// stylus-vm.md §2.3
    pub fn from_word(word: B256) -> Self {
        let field = |end: usize, bits: u32| -> u32 {
            let value: U256 = word.into();
            ((value >> end) & ((U256::from(1) << bits) - U256::from(1))).to::<u32>()
        };
        Self {
            version: field(240, 16) as u16,
            init_cost: field(224, 16) as u16,
            cached_cost: field(208, 16) as u16,
            footprint: field(192, 16) as u16,
            activated_at: field(168, 24),
            asm_estimate_kb: field(144, 24),
            cached: field(136, 8) != 0,
        }
    }

    /// Seconds since activation.
    pub fn age(&self, now: u64) -> u64 {
        now.saturating_sub(ARBITRUM_START_TIME + u64::from(self.activated_at) * SECONDS_PER_HOUR)
    }

    /// Bytes of machine code, as fees and `codehashAsmSize` count them.
    pub fn asm_size(&self) -> u32 {
        self.asm_estimate_kb.saturating_mul(BYTES_PER_KB)
    }

    /// Whether the program may run.
    /// # Errors
    /// `NotActivated`, `NeedsUpgrade`, `Expired`, checked in this order.
    /// # Source
    /// stylus-vm.md §1.4
    pub fn check(&self, params: &StylusParams, now: u64) -> Result<(), ProgramError> {
        if self.version == 0 {
            return Err(ProgramError::NotActivated);
        }
        if self.version != params.version {
            return Err(ProgramError::NeedsUpgrade {
                version: self.version,
                stylus_version: params.version,
            });
        }
        let age = self.age(now);
        if age > params.expiry_seconds() {
            return Err(ProgramError::Expired { age });
        }
        Ok(())
    }

    /// Whether activating it again is refused with `ProgramUpToDate()`.
    /// # Source
    /// stylus-vm.md §2.1 step 7
    pub fn is_up_to_date(&self, params: &StylusParams, now: u64) -> bool {
        let expired = self.activated_at == 0 || self.age(now) > params.expiry_seconds();
        self.version == params.version && !expired
    }
}

const U24: u32 = 0xFF_FFFF;

/// Whole hours since [`ARBITRUM_START_TIME`], saturating to 24 bits.
pub fn hours_since_start(now: u64) -> u32 {
    let hours = now.saturating_sub(ARBITRUM_START_TIME) / SECONDS_PER_HOUR;
    u32::try_from(hours).unwrap_or(U24).min(U24)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_790_000_000;
    const YEAR: u64 = 365 * 86_400;

    fn record() -> Record {
        Record {
            version: 2,
            init_cost: 0x1234,
            cached_cost: 0x5678,
            footprint: 17,
            activated_at: hours_since_start(NOW),
            asm_estimate_kb: 600,
            cached: true,
        }
    }

    #[test]
    fn the_word_has_the_fields_in_the_stored_order() {
        // hours = (1,790,000,000 - 1,421,388,000) / 3,600 = 102,392 = 0x018ff8; 600 = 0x258
        let expected = format!("{:0<64}", "0002123456780011018ff800025801");
        assert_eq!(alloy_primitives::hex::encode(record().to_word()), expected);
        assert_eq!(Record::from_word(record().to_word()), record());
    }

    #[test]
    fn no_record_means_not_activated() {
        let error = Record::default().check(&StylusParams::new(51), NOW);
        assert_eq!(error, Err(ProgramError::NotActivated));
    }

    #[test]
    fn a_record_of_another_version_needs_an_upgrade() {
        let error = Record { version: 1, ..record() }.check(&StylusParams::new(51), NOW);
        assert_eq!(error, Err(ProgramError::NeedsUpgrade { version: 1, stylus_version: 2 }));
    }

    #[test]
    fn a_program_lives_through_the_last_second_of_its_year() {
        let params = StylusParams::new(51);
        let start = ARBITRUM_START_TIME + u64::from(record().activated_at) * 3_600;
        assert_eq!(record().check(&params, start + YEAR), Ok(()));
        let age = YEAR + 1;
        assert_eq!(record().check(&params, start + age), Err(ProgramError::Expired { age }));
    }

    #[test]
    fn an_expired_program_may_be_activated_again() {
        let params = StylusParams::new(51);
        assert!(record().is_up_to_date(&params, NOW));
        assert!(!record().is_up_to_date(&params, NOW + YEAR + 3_600));
        assert!(
            !Record { activated_at: 0, ..record() }.is_up_to_date(&params, ARBITRUM_START_TIME)
        );
    }
}
