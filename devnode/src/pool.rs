//! Transactions that no block includes yet.
//!
//! Those whose nonce is next wait for a block (manual or interval mining), later ones for the ones before them.
//! Order is arrival, as a sequencer's, except that an account's transactions keep the order of their nonces.

use std::collections::BTreeMap;

use alloy::consensus::{Transaction, TxEnvelope};
use alloy_primitives::map::HashMap;
use alloy_primitives::{Address, B256};

/// Transactions that may wait.
const POOL_LIMIT: usize = 16_384;
/// How much more a replacement must offer, in percent (geth's `PriceBump`).
const PRICE_BUMP: u128 = 10;

/// A transaction that waits.
#[derive(Clone, Debug)]
pub(crate) struct Pooled {
    /// Hash.
    pub(crate) hash: B256,
    /// Sender.
    pub(crate) from: Address,
    /// What was signed.
    pub(crate) envelope: TxEnvelope,
    /// Place in the order of arrival.
    arrival: u64,
}

impl Pooled {
    /// Place in the order of arrival.
    pub(crate) fn arrival(&self) -> u64 {
        self.arrival
    }
}

/// Why a transaction may not wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Another one of the same nonce waits and offers nearly as much.
    Underpriced,
    /// Too many wait.
    Full,
}

/// All that wait.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pool {
    waiting: BTreeMap<(Address, u64), Pooled>,
    places: HashMap<B256, (Address, u64)>,
    arrivals: u64,
}

impl Pool {
    /// Adds a transaction; one of the same sender and nonce gives way if this one offers 10 % more.
    pub(crate) fn insert(&mut self, from: Address, envelope: TxEnvelope) -> Result<(), Refused> {
        let key = (from, envelope.nonce());
        match self.waiting.get(&key) {
            Some(old) if !outbids(&envelope, &old.envelope) => return Err(Refused::Underpriced),
            Some(_) => {}
            None if self.waiting.len() >= POOL_LIMIT => return Err(Refused::Full),
            None => {}
        }
        let hash = *envelope.tx_hash();
        self.arrivals = self.arrivals.saturating_add(1);
        let pooled = Pooled { hash, from, envelope, arrival: self.arrivals };
        if let Some(old) = self.waiting.insert(key, pooled) {
            self.places.remove(&old.hash);
        }
        self.places.insert(hash, key);
        Ok(())
    }

    /// The transaction with this hash.
    pub(crate) fn get(&self, hash: B256) -> Option<&Pooled> {
        self.waiting.get(self.places.get(&hash)?)
    }

    /// Takes the transaction with this hash out.
    pub(crate) fn remove(&mut self, hash: B256) -> Option<Pooled> {
        let key = self.places.remove(&hash)?;
        self.waiting.remove(&key)
    }

    /// Takes the transaction with this sender and nonce out.
    pub(crate) fn take(&mut self, from: Address, nonce: u64) -> Option<Pooled> {
        let pooled = self.waiting.remove(&(from, nonce))?;
        self.places.remove(&pooled.hash);
        Some(pooled)
    }

    /// Whether a transaction of this sender and nonce waits.
    pub(crate) fn holds(&self, from: Address, nonce: u64) -> bool {
        self.waiting.contains_key(&(from, nonce))
    }

    /// Takes the transactions of a sender out; how many there were.
    pub(crate) fn remove_sender(&mut self, from: Address) -> usize {
        let nonces: Vec<u64> = self
            .waiting
            .range((from, 0)..=(from, u64::MAX))
            .map(|((_, nonce), _)| *nonce)
            .collect();
        nonces.iter().filter_map(|nonce| self.take(from, *nonce)).count()
    }

    /// Takes all out.
    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
        self.places.clear();
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// All, by sender and nonce.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Pooled> {
        self.waiting.values()
    }

    /// Those a block could include now, in the order in which it would.
    /// - `nonce`: the next nonce of an account.
    pub(crate) fn ready(&self, nonce: impl Fn(Address) -> u64) -> Vec<&Pooled> {
        let mut ready: Vec<(u64, &Pooled)> = Vec::new();
        let mut sender = None;
        for ((from, at), pooled) in &self.waiting {
            // The next nonce of this sender, and the latest arrival among the ones before.
            let (next, after) = match sender {
                Some((current, next, after)) if current == *from => (next, after),
                _ => (nonce(*from), 0),
            };
            if *at != next {
                sender = Some((*from, next, after));
                continue;
            }
            let arrival = pooled.arrival.max(after);
            ready.push((arrival, pooled));
            sender = Some((*from, next.saturating_add(1), arrival));
        }
        ready.sort_by_key(|(arrival, pooled)| (*arrival, pooled.from, pooled.envelope.nonce()));
        ready.into_iter().map(|(_, pooled)| pooled).collect()
    }

    /// Next nonce of an account when all that is ready is included.
    pub(crate) fn next_nonce(&self, from: Address, nonce: u64) -> u64 {
        (nonce..u64::MAX).find(|nonce| !self.holds(from, *nonce)).unwrap_or(u64::MAX)
    }

    /// Takes out what can never be included: nonces already used.
    /// - `nonce`: the next nonce of an account.
    pub(crate) fn forget_used(&mut self, nonce: impl Fn(Address) -> u64) {
        let used: Vec<B256> = self
            .waiting
            .iter()
            .filter(|((from, at), _)| *at < nonce(*from))
            .map(|(_, pooled)| pooled.hash)
            .collect();
        for hash in used {
            self.remove(hash);
        }
    }
}

fn outbids(new: &TxEnvelope, old: &TxEnvelope) -> bool {
    let enough = |new: u128, old: u128| {
        new.saturating_mul(100) >= old.saturating_mul(PRICE_BUMP.saturating_add(100))
    };
    enough(new.max_fee_per_gas(), old.max_fee_per_gas())
        && enough(
            new.max_priority_fee_per_gas().unwrap_or_else(|| new.max_fee_per_gas()),
            old.max_priority_fee_per_gas().unwrap_or_else(|| old.max_fee_per_gas()),
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::consensus::{SignableTransaction, TxLegacy};
    use alloy_primitives::{Signature, U256};

    fn tx(nonce: u64, gas_price: u128) -> TxEnvelope {
        let signature = Signature::new(U256::from(1), U256::from(1), false);
        TxLegacy { nonce, gas_price, ..Default::default() }.into_signed(signature).into()
    }

    const A: Address = Address::repeat_byte(1);
    const B: Address = Address::repeat_byte(2);

    #[test]
    fn what_is_ready_comes_in_order_of_arrival_and_of_nonces() {
        let mut pool = Pool::default();
        for (from, nonce) in [(B, 1), (A, 0), (B, 0), (A, 2), (A, 1)] {
            pool.insert(from, tx(nonce, 1)).unwrap();
        }
        let ready: Vec<_> =
            pool.ready(|_| 0).iter().map(|tx| (tx.from, tx.envelope.nonce())).collect();
        // B's second came first of all, and waits for B's first; so does A's third for A's second.
        assert_eq!(ready, [(A, 0), (B, 0), (B, 1), (A, 1), (A, 2)]);
    }

    #[test]
    fn a_gap_in_the_nonces_holds_back_what_follows() {
        let mut pool = Pool::default();
        for nonce in [5, 7] {
            pool.insert(A, tx(nonce, 1)).unwrap();
        }
        let ready: Vec<_> = pool.ready(|_| 5).iter().map(|tx| tx.envelope.nonce()).collect();
        assert_eq!(ready, [5]);
        assert_eq!(pool.next_nonce(A, 5), 6);
        assert!(pool.ready(|_| 6).is_empty());
    }

    #[test]
    fn a_replacement_must_offer_a_tenth_more() {
        let mut pool = Pool::default();
        pool.insert(A, tx(0, 100)).unwrap();
        assert_eq!(pool.insert(A, tx(0, 109)), Err(Refused::Underpriced));
        pool.insert(A, tx(0, 110)).unwrap();
        assert_eq!(pool.len(), 1);
        assert!(pool.get(*tx(0, 100).tx_hash()).is_none());
        assert!(pool.get(*tx(0, 110).tx_hash()).is_some());
    }
}
