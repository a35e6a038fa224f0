//! What starting a program costs, and which programs start cheaply.
//! Spec: stylus-vm.md §5.1, §5.3, §5.4.

use super::{
    memory::Pages,
    params::{
        ARBOS_VERSION_60, ARBOS_VERSION_STYLUS_FIXES, COST_SCALAR_PERCENT, MIN_CACHED_GAS_UNITS,
        MIN_INIT_GAS_UNITS, StylusParams,
    },
    record::Record,
};
use alloy_primitives::B256;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Gas of an uncached start, without the cached part and without memory.
/// # Source
/// stylus-vm.md §5.1
pub fn init_gas(record: &Record, params: &StylusParams) -> u64 {
    let base = u64::from(params.min_init_gas) * MIN_INIT_GAS_UNITS;
    base + scaled(record.init_cost, params.init_cost_scalar)
}

/// Gas of a cached start, without memory.
/// # Source
/// stylus-vm.md §5.1
pub fn cached_gas(record: &Record, params: &StylusParams) -> u64 {
    let base = u64::from(params.min_cached_init_gas) * MIN_CACHED_GAS_UNITS;
    base + scaled(record.cached_cost, params.cached_cost_scalar)
}

/// Gas taken from a frame before its program runs.
/// - `cached`: [`RecentPrograms::is_cached`].
/// - `pages`: of the transaction, before the program's footprint is added.
/// # Source
/// stylus-vm.md §5.1
pub fn call_cost(record: &Record, params: &StylusParams, cached: bool, pages: &Pages) -> u64 {
    let mut cost = pages.cost(record.footprint, params);
    if cached || record.version > 1 {
        cost = cost.saturating_add(cached_gas(record, params));
    }
    if !cached {
        cost = cost.saturating_add(init_gas(record, params));
    }
    cost
}

/// What `ArbWasm.programInitGas` returns: gas when uncached, gas when cached.
/// # Source
/// stylus-vm.md §5.3
pub fn program_init_gas(record: &Record, params: &StylusParams) -> (u64, u64) {
    let (init, cached) = (init_gas(record, params), cached_gas(record, params));
    if params.version > 1 { (init + cached, cached) } else { (init, cached) }
}

/// Gas left after a program returned `len` bytes, or `None` for out of gas without data.
/// - `start_gas`: of the frame, before the call cost.
/// # Source
/// stylus-vm.md §5.4
pub fn gas_after_return_data(
    gas_left: u64,
    start_gas: u64,
    len: usize,
    arbos_version: u64,
) -> Option<u64> {
    if len == 0 || arbos_version < ARBOS_VERSION_STYLUS_FIXES {
        return Some(gas_left);
    }
    let words = (len as u64).div_ceil(32);
    let evm = 3 * words + words * words / 512;
    Some(gas_left.min(start_gas.checked_sub(evm)?))
}

fn scaled(cost: u16, scalar: u8) -> u64 {
    (u64::from(cost) * u64::from(scalar) * COST_SCALAR_PERCENT).div_ceil(100)
}

/// Programs used in the block being built, most recent last.
///
/// Lives as long as the block and is not journaled. Below ArbOS 60 it never produces a hit.
/// # Source
/// stylus-vm.md §5.3
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentPrograms {
    hashes: VecDeque<B256>,
}

impl RecentPrograms {
    /// Forgets all, at the start of a block.
    pub fn clear(&mut self) {
        self.hashes.clear();
    }

    /// Notes a call, and says whether the program starts as a cached one.
    /// # Source
    /// stylus-vm.md §5.3
    pub fn is_cached(&mut self, code_hash: B256, record: &Record, params: &StylusParams) -> bool {
        let recent = params.arbos_version >= ARBOS_VERSION_60
            && self.insert(code_hash, params.block_cache_size);
        record.cached || recent
    }

    fn insert(&mut self, code_hash: B256, capacity: u16) -> bool {
        let found = self.hashes.iter().position(|hash| *hash == code_hash);
        if let Some(index) = found {
            self.hashes.remove(index);
        }
        self.hashes.push_back(code_hash);
        while self.hashes.len() > usize::from(capacity) {
            self.hashes.pop_front();
        }
        found.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record { version: 2, init_cost: 3_001, cached_cost: 401, footprint: 1, ..Record::default() }
    }

    #[test]
    fn an_uncached_start_pays_both_costs() {
        // 69·128 + 3,001 + 11·32 + 401 = 8,832 + 3,001 + 352 + 401; one page is free
        let params = StylusParams::new(51);
        assert_eq!(call_cost(&record(), &params, false, &Pages::default()), 12_586);
    }

    #[test]
    fn a_cached_start_pays_the_cached_cost_only() {
        // 352 + 401
        let params = StylusParams::new(51);
        assert_eq!(call_cost(&record(), &params, true, &Pages::default()), 753);
    }

    #[test]
    fn in_stylus_version_1_an_uncached_start_pays_the_init_cost_only() {
        // 72·128 + 3,001
        let record = Record { version: 1, ..record() };
        assert_eq!(call_cost(&record, &StylusParams::new(30), false, &Pages::default()), 12_217);
    }

    #[test]
    fn scaled_costs_are_rounded_up() {
        // 3,001·(25·2)/100 = 1,500.5 → 1,501
        let mut params = StylusParams::new(51);
        params.init_cost_scalar = 25;
        assert_eq!(init_gas(&record(), &params), 8_832 + 1_501);
    }

    #[test]
    fn the_footprint_is_paid_with_the_call() {
        // pages 3 to 17: (17 - 2)·1,000 + exp(17) - exp(0) = 15,000 + 9 - 1; cached 753
        let record = Record { footprint: 17, ..record() };
        assert_eq!(call_cost(&record, &StylusParams::new(51), true, &Pages::default()), 15_761);
    }

    #[test]
    fn an_unpayable_footprint_saturates() {
        let record = Record { footprint: 129, ..record() };
        assert_eq!(call_cost(&record, &StylusParams::new(51), true, &Pages::default()), u64::MAX);
    }

    #[test]
    fn returned_data_costs_at_least_what_evm_memory_would() {
        // 33 bytes are 2 words: 6 gas
        assert_eq!(gas_after_return_data(1_000, 1_000, 33, 51), Some(994));
        assert_eq!(gas_after_return_data(900, 1_000, 33, 51), Some(900));
        assert_eq!(gas_after_return_data(5, 5, 33, 51), None);
        // 32,768 bytes are 1,024 words: 3,072 + 2,048
        assert_eq!(gas_after_return_data(10_000, 10_000, 32_768, 51), Some(4_880));
        assert_eq!(gas_after_return_data(1_000, 1_000, 0, 51), Some(1_000));
        assert_eq!(gas_after_return_data(1_000, 1_000, 33, 30), Some(1_000));
    }

    #[test]
    fn below_arbos_60_only_the_cached_bit_counts() {
        let params = StylusParams::new(51);
        let mut recent = RecentPrograms::default();
        let hash = B256::repeat_byte(1);
        assert!(!recent.is_cached(hash, &record(), &params));
        assert!(!recent.is_cached(hash, &record(), &params));
        assert!(recent.is_cached(hash, &Record { cached: true, ..record() }, &params));
    }

    #[test]
    fn from_arbos_60_the_block_remembers_as_many_programs_as_it_may() {
        let mut params = StylusParams::new(60);
        params.block_cache_size = 2;
        let mut recent = RecentPrograms::default();
        let mut call = |byte| recent.is_cached(B256::repeat_byte(byte), &record(), &params);
        assert!(!call(1));
        assert!(!call(2));
        assert!(call(1));
        assert!(!call(3)); // drops 2, the least recent
        assert!(call(1));
        assert!(!call(2));
    }

    #[test]
    fn program_init_gas_reports_the_sum_from_version_2() {
        let params = StylusParams::new(51);
        assert_eq!(program_init_gas(&record(), &params), (12_586, 753));
        assert_eq!(program_init_gas(&record(), &StylusParams::new(30)), (12_217, 753));
    }
}
