//! The storage cache of one program call: nothing in it reaches the chain without a flush.
//! Spec: stylus-vm.md §6.3.

use super::api::Gas;
use alloy_primitives::B256;
use std::collections::BTreeMap;

/// Gas an access may cost at most, beside the slot itself.
pub(super) const REQUIRED_ACCESS_GAS: Gas = 10;

/// One slot.
struct StorageWord {
    value: B256,
    /// What the state is known to hold; unknown for a pure write.
    known: Option<B256>,
}

/// Slots of the acting address that the program read or wrote.
///
/// Sorted, so that flushes are deterministic; upstream's order is that of a hash map.
#[derive(Default)]
pub(super) struct StorageCache {
    slots: BTreeMap<B256, StorageWord>,
    reads: u64,
    writes: u64,
}

impl StorageCache {
    /// Counts a read, hit or miss, and prices it.
    /// # Source
    /// stylus-vm.md §6.3
    pub(super) fn read_gas(&mut self) -> Gas {
        self.reads += 1;
        match self.reads {
            0..=32 => 0,
            33..=128 => 2,
            _ => REQUIRED_ACCESS_GAS,
        }
    }

    /// Counts a write and prices it.
    /// # Source
    /// stylus-vm.md §6.3
    pub(super) fn write_gas(&mut self) -> Gas {
        self.writes += 1;
        match self.writes {
            0..=8 => 0,
            9..=64 => 7,
            _ => REQUIRED_ACCESS_GAS,
        }
    }

    pub(super) fn get(&self, key: B256) -> Option<B256> {
        self.slots.get(&key).map(|word| word.value)
    }

    pub(super) fn insert_known(&mut self, key: B256, value: B256) {
        self.slots.insert(key, StorageWord { value, known: Some(value) });
    }

    pub(super) fn write(&mut self, key: B256, value: B256) {
        self.slots.entry(key).or_insert(StorageWord { value, known: None }).value = value;
    }

    /// Takes what differs from the state, which then counts as known; empties the cache on `clear`.
    /// # Source
    /// stylus-vm.md §6.3
    pub(super) fn flush(&mut self, clear: bool) -> Vec<(B256, B256)> {
        let mut dirty = Vec::new();
        for (key, word) in &mut self.slots {
            if word.known != Some(word.value) {
                word.known = Some(word.value);
                dirty.push((*key, word.value));
            }
        }
        if clear {
            self.slots.clear();
        }
        dirty
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: B256 = B256::repeat_byte(1);
    const ONE: B256 = B256::repeat_byte(2);
    const TWO: B256 = B256::repeat_byte(3);

    #[test]
    fn writing_the_known_value_back_leaves_nothing_to_flush() {
        let mut cache = StorageCache::default();
        cache.insert_known(KEY, ONE);
        cache.write(KEY, TWO);
        cache.write(KEY, ONE);
        assert!(cache.flush(false).is_empty());
    }

    #[test]
    fn a_pure_write_is_flushed_once() {
        let mut cache = StorageCache::default();
        cache.write(KEY, ONE);
        assert_eq!(cache.flush(false), [(KEY, ONE)]);
        assert!(cache.flush(false).is_empty());
        assert_eq!(cache.get(KEY), Some(ONE));
    }

    #[test]
    fn clearing_forgets_values_but_not_counts() {
        let mut cache = StorageCache::default();
        for _ in 0..32 {
            assert_eq!(cache.read_gas(), 0);
        }
        cache.write(KEY, ONE);
        cache.flush(true);
        assert_eq!(cache.get(KEY), None);
        assert_eq!(cache.read_gas(), 2);
    }

    #[test]
    fn accesses_get_dearer_in_steps() {
        let mut cache = StorageCache::default();
        // 32·0 + 96·2 + 1·10
        assert_eq!((0..129).map(|_| cache.read_gas()).sum::<u64>(), 202);
        // 8·0 + 56·7 + 1·10
        assert_eq!((0..65).map(|_| cache.write_gas()).sum::<u64>(), 402);
    }
}
