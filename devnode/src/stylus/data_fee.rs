//! The price of keeping a program's machine code, which rises with demand.
//! Spec: stylus-vm.md §2.5.

use super::record::ARBITRUM_START_TIME;
use alloy_primitives::U256;

/// Bytes of demand forgotten per second: 256 GiB a year.
pub const INITIAL_BYTES_PER_SECOND: u32 = 34_865;
/// Wei per byte without demand.
pub const INITIAL_MIN_PRICE: u32 = 82_928_201;
/// Demand that multiplies the price by e.
pub const INITIAL_INERTIA: u32 = 21_360_419;
const ONE_IN_BIPS: u64 = 10_000;
const EXP_TERMS: u64 = 12;

/// The pricer's state, one ArbOS word per field, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataPricer {
    /// Bytes activated lately.
    pub demand: u32,
    /// Bytes of demand forgotten per second.
    pub bytes_per_second: u32,
    /// Unix seconds.
    pub last_update_time: u64,
    /// Wei per byte without demand.
    pub min_price: u32,
    /// Demand that multiplies the price by e.
    pub inertia: u32,
}

impl Default for DataPricer {
    fn default() -> Self {
        Self {
            demand: 0,
            bytes_per_second: INITIAL_BYTES_PER_SECOND,
            last_update_time: ARBITRUM_START_TIME,
            min_price: INITIAL_MIN_PRICE,
            inertia: INITIAL_INERTIA,
        }
    }
}

impl DataPricer {
    /// Adds demand and returns the fee for it, wei.
    /// - `bytes`: estimated machine code.
    /// - `now`: Unix seconds.
    /// # Source
    /// stylus-vm.md §2.5
    pub fn update(&mut self, bytes: u32, now: u64) -> U256 {
        let passed = saturate(now.saturating_sub(self.last_update_time));
        let credit = self.bytes_per_second.saturating_mul(passed);
        self.demand = self.demand.saturating_sub(credit).saturating_add(bytes);
        self.last_update_time = now;

        // An inertia of 0 is not settable; 1 keeps a corrupted word from dividing by zero.
        let exponent = ONE_IN_BIPS * u64::from(self.demand) / u64::from(self.inertia.max(1));
        let multiplier = exp_bips(exponent, EXP_TERMS);
        let per_byte = u64::from(self.min_price).saturating_mul(multiplier) / ONE_IN_BIPS;
        U256::from(per_byte.saturating_mul(u64::from(bytes)))
    }
}

/// `e^(x/10,000)·10,000` by the first terms of the series.
/// # Source
/// stylus-vm.md §2.5 step 4
pub fn exp_bips(x: u64, terms: u64) -> u64 {
    let b = ONE_IN_BIPS;
    (1..terms)
        .rev()
        .fold(b.saturating_add(x / terms), |r, i| b.saturating_add(r.saturating_mul(x) / (i * b)))
}

fn saturate(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_790_000_000;

    #[test]
    fn the_series_of_one_is_e() {
        // e = 2.71828…; each step truncates
        assert_eq!(exp_bips(10_000, 12), 27_182);
        assert_eq!(exp_bips(0, 12), 10_000);
    }

    #[test]
    fn the_first_program_of_a_chain_pays_about_a_ten_thousandth_ether() {
        // demand 1,000,000: x = 10,000·10^6/21,360,419 = 468; exp ≈ 1.0479 → 10,479 bips;
        // per byte 82,928,201·10,479/10,000 = 86,900,461; times 10^6
        let mut pricer = DataPricer::default();
        assert_eq!(pricer.update(1_000_000, NOW), U256::from(86_900_461_000_000u64));
        assert_eq!(
            pricer,
            DataPricer { demand: 1_000_000, last_update_time: NOW, ..DataPricer::default() }
        );
    }

    #[test]
    fn demand_is_forgotten_with_time() {
        let mut pricer = DataPricer::default();
        let first = pricer.update(1_000_000, NOW);
        let same_second = pricer.update(1_000_000, NOW);
        assert!(same_second > first);
        // 2,000,000 bytes are forgotten after 58 s (34,865 each)
        assert_eq!(pricer.update(1_000_000, NOW + 58), first);
    }

    #[test]
    fn extreme_demand_saturates() {
        let mut pricer = DataPricer {
            demand: u32::MAX,
            last_update_time: NOW,
            inertia: 1,
            ..DataPricer::default()
        };
        assert_ne!(pricer.update(u32::MAX, NOW), U256::ZERO);
    }
}
