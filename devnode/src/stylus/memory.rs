//! What memory pages cost, and how a transaction counts them.
//! Spec: stylus-vm.md §4.

use super::params::{ARBOS_VERSION_59, StylusParams};
use std::sync::LazyLock;

/// Gas that 128 pages would cost on the ramp alone, but for the last unit (see [`exponent`]).
const RAMP_TOP: f64 = 31_874_000.0;
/// Pages the ramp is defined for.
const RAMP_PAGES: u16 = 128;

/// `floor(31,874,000^(p/128))`, with the exception at 128.
static EXPONENTS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    (0..RAMP_PAGES)
        .map(|pages| RAMP_TOP.powf(f64::from(pages) / f64::from(RAMP_PAGES)) as u64)
        // Upstream keeps a literal table whose last value is one less than the formula gives.
        .chain([RAMP_TOP as u64 - 1])
        .collect()
});

/// The ramp at this many pages ever open; unpayable beyond 128.
/// # Source
/// stylus-vm.md §4.2
pub fn exponent(pages: u16) -> u64 {
    EXPONENTS.get(usize::from(pages)).copied().unwrap_or(u64::MAX)
}

/// Pages of the running transaction.
///
/// Both counters start at 0 with the transaction and are not journaled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pages {
    /// Open now.
    pub open: u16,
    /// The most that were ever open.
    pub ever: u16,
}

impl Pages {
    /// Gas that opening `new` more pages costs.
    /// # Source
    /// stylus-vm.md §4.2, §4.4
    pub fn cost(&self, new: u16, params: &StylusParams) -> u64 {
        let open = self.open.saturating_add(new);
        let ever = self.ever.max(open);
        if params.arbos_version >= ARBOS_VERSION_59 && open > params.page_limit {
            return u64::MAX;
        }
        if ever <= params.free_pages {
            return 0;
        }
        let paid = |pages: u16| u64::from(pages.saturating_sub(params.free_pages));
        let linear = (paid(open) - paid(self.open)) * u64::from(params.page_gas);
        let expand = exponent(ever) - exponent(self.ever);
        linear.saturating_add(expand)
    }

    /// Opens `new` pages and returns what they cost.
    /// # Source
    /// stylus-vm.md §4.3
    pub fn add(&mut self, new: u16, params: &StylusParams) -> u64 {
        let cost = self.cost(new, params);
        self.open = self.open.saturating_add(new);
        self.ever = self.ever.max(self.open);
        cost
    }

    /// A program that had found `open` pages open returned, however it ended.
    /// # Source
    /// stylus-vm.md §4.3
    pub fn close(&mut self, open: u16) {
        self.open = open;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ramp_has_the_upstream_values() {
        assert_eq!((0..=128).map(exponent).sum::<u64>(), 252_435_931);
        let spots = [
            (0, 1),
            (5, 1),
            (6, 2),
            (8, 2),
            (10, 3),
            (16, 8),
            (32, 75),
            (64, 5_645),
            (96, 424_206),
            (112, 3_677_113),
            (127, 27_849_408),
            (128, 31_873_999),
            (129, u64::MAX),
        ];
        for (pages, value) in spots {
            assert_eq!(exponent(pages), value, "{pages} pages");
        }
    }

    #[test]
    fn two_pages_of_a_transaction_are_free() {
        let mut pages = Pages::default();
        assert_eq!(pages.add(2, &StylusParams::new(51)), 0);
    }

    #[test]
    fn the_first_paid_page_costs_the_page_gas() {
        // (3 - 2)·1,000 + exp(3) - exp(0) = 1,000 + 1 - 1
        assert_eq!(Pages::default().cost(3, &StylusParams::new(51)), 1_000);
    }

    #[test]
    fn all_pages_at_once_cost_what_they_cost_one_by_one() {
        let params = StylusParams::new(51);
        // 126,000 + 31,873,998
        assert_eq!(Pages::default().cost(128, &params), 31_999_998);
        let mut pages = Pages::default();
        assert_eq!((0..128).map(|_| pages.add(1, &params)).sum::<u64>(), 31_999_998);
    }

    #[test]
    fn reopened_pages_pay_the_linear_part_only() {
        let params = StylusParams::new(51);
        let mut pages = Pages::default();
        pages.add(20, &params);
        pages.close(0);
        // (20 - 2)·1,000, the ramp was paid for 20 pages before
        assert_eq!(pages.add(20, &params), 18_000);
        assert_eq!(pages.ever, 20);
    }

    #[test]
    fn no_page_beyond_128_is_payable() {
        let params = StylusParams::new(51);
        // 2^64 - 1 less what was paid for 128 pages: more than anyone has
        let cost = Pages { open: 128, ever: 128 }.cost(1, &params);
        assert_eq!(cost, 1_000 + (u64::MAX - 31_873_999));
        assert_eq!(params.gas_to_ink(cost), u64::MAX);
    }

    #[test]
    fn from_arbos_59_the_page_limit_is_a_wall() {
        let mut params = StylusParams::new(59);
        params.page_limit = 10;
        assert_eq!(Pages::default().cost(11, &params), u64::MAX);
        assert_ne!(Pages::default().cost(10, &params), u64::MAX);
    }
}
