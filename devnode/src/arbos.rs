//! What ArbOS remembers: owners, prices, parameters, programs.
//!
//! All of it is storage of one account, read and written through the journal, so that a revert, a snapshot and a
//! simulated call treat it like any contract's storage. The slots are ours; nobody reads Nitro's.
//! Spec: stylus-vm.md §2.3, §2.5, §5.2, §8.

use alloy_primitives::{Address, B256, U256, address, keccak256};
use revm::context_interface::JournalTr;

use crate::evm::Evm;
use crate::genesis;
use crate::stylus::data_fee::{DataPricer, exp_bips};
use crate::stylus::params::StylusParams;
use crate::stylus::record::Record;

/// Account whose storage is the ArbOS state (stylus-vm.md 8.1).
pub(crate) const ARBOS_STATE: Address = address!("A4B05FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF");

/// A single word of ArbOS state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum Word {
    /// Stylus parameters, packed as in stylus-vm.md 5.2.
    StylusParams = 1,
    /// Data pricer: demand, bytes.
    PricerDemand,
    /// Data pricer: bytes a second.
    PricerBytesPerSecond,
    /// Data pricer: time of the last update.
    PricerLastUpdate,
    /// Data pricer: lowest price, wei a byte.
    PricerMinPrice,
    /// Data pricer: inertia.
    PricerInertia,
    /// Where the fees go.
    NetworkFeeAccount,
    /// Where the infrastructure's part of the fees goes.
    InfraFeeAccount,
    /// Wei per unit of parent-chain data.
    L1PricePerUnit,
    /// Parent-chain price inertia.
    L1PricingInertia,
    /// Reward per unit.
    L1RewardRate,
    /// Lowest base fee, wei.
    MinBaseFee,
    /// Gas a second.
    SpeedLimit,
    /// Gas a transaction may compute with.
    MaxTxGasLimit,
    /// Gas a block may compute with.
    MaxBlockGasLimit,
    /// Inertia of the base fee.
    L2PricingInertia,
    /// Seconds of backlog tolerated.
    BacklogTolerance,
    /// Gas waiting to be priced.
    GasBacklog,
    /// Brotli level of the poster fee.
    BrotliLevel,
    /// Scheduled upgrade: version.
    UpgradeVersion,
    /// Scheduled upgrade: time.
    UpgradeTimestamp,
    /// Whether EIP-7623 applies.
    CalldataPriceIncrease,
    /// ArbOS version in force.
    ArbosVersion,
    /// Number of messages sent to the parent chain.
    SendCount,
    /// Gas charged by an activation on top (from ArbOS 59/60).
    ActivationGas,
    /// Base fee.
    BaseFee,
    /// Whether tips are collected (from ArbOS 60).
    CollectTips,
    /// Wei that the L1 pricer may pay out.
    L1FeesAvailable,
    /// Units of parent-chain data charged since the last report of a batch.
    L1UnitsSinceUpdate,
}

/// A family of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Map {
    /// code hash → program record.
    Programs = 1,
    /// code hash → module hash.
    ModuleHashes,
    /// level → partial of the send accumulator.
    SendPartials,
    /// Chain owners.
    Owners,
    /// Cache managers.
    CacheManagers,
}

fn slot_of_word(word: Word) -> U256 {
    U256::from(word as u64)
}

fn slot_in_map(map: Map, key: B256) -> U256 {
    let mut preimage = [0; 33];
    if let Some((first, rest)) = preimage.split_first_mut() {
        *first = map as u8;
        rest.copy_from_slice(key.as_slice());
    }
    U256::from_be_bytes(keccak256(preimage).0)
}

/// Slot of a partial of the send accumulator.
pub(crate) fn partial_slot(level: u64) -> U256 {
    slot_in_map(Map::SendPartials, U256::from(level).into())
}

/// Initial ArbOS state, as slots.
pub(crate) fn genesis_words(arbos_version: u64, chain_owner: Address) -> Vec<(U256, U256)> {
    let pricer = DataPricer::default();
    let mut words = vec![
        (Word::StylusParams, U256::from_be_bytes(StylusParams::new(arbos_version).to_word())),
        (Word::PricerDemand, U256::from(pricer.demand)),
        (Word::PricerBytesPerSecond, U256::from(pricer.bytes_per_second)),
        (Word::PricerLastUpdate, U256::from(pricer.last_update_time)),
        (Word::PricerMinPrice, U256::from(pricer.min_price)),
        (Word::PricerInertia, U256::from(pricer.inertia)),
        (Word::L1PricingInertia, U256::from(10)),
        (Word::L1RewardRate, U256::from(10)),
        (Word::MinBaseFee, U256::from(INITIAL_BASE_FEE)),
        (Word::BaseFee, U256::from(INITIAL_BASE_FEE)),
        (Word::SpeedLimit, U256::from(7_000_000)),
        (Word::MaxTxGasLimit, U256::from(PER_TX_GAS_LIMIT)),
        (Word::MaxBlockGasLimit, U256::from(PER_BLOCK_GAS_LIMIT)),
        (Word::L2PricingInertia, U256::from(102)),
        (Word::BacklogTolerance, U256::from(10)),
        (Word::BrotliLevel, U256::from(1)),
        (Word::ArbosVersion, U256::from(arbos_version)),
    ]
    .into_iter()
    .map(|(word, value)| (slot_of_word(word), value))
    .collect::<Vec<_>>();
    // Nitro's dev initialisation makes the zero address an owner and then the dev account (stylus-vm.md 9.1).
    words.extend(set_slots(Map::Owners, &[Address::ZERO, chain_owner]));
    words
}

/// Storage of an address set: its size, its members in order, and the place of each.
pub(crate) fn set_slots(map: Map, members: &[Address]) -> Vec<(U256, U256)> {
    let mut slots = vec![(slot_in_map(map, B256::ZERO), U256::from(members.len()))];
    for (place, member) in (1u64..).zip(members) {
        slots.push((slot_in_map(map, member_at(place)), U256::from_be_slice(member.as_slice())));
        slots.push((slot_in_map(map, place_of(*member)), U256::from(place)));
    }
    slots
}

fn member_at(place: u64) -> B256 {
    B256::from(U256::from(place))
}

/// Key of an address in a set; the top byte keeps it apart from the places.
fn place_of(member: Address) -> B256 {
    let mut key = member.into_word();
    key.0[0] = 1;
    key
}

/// Base fee of the dev chain: 0.1 gwei (stylus-vm.md 9.2).
pub(crate) const INITIAL_BASE_FEE: u64 = 100_000_000;
/// Gas a transaction may compute with (`InitialPerTxGasLimitV50`).
const PER_TX_GAS_LIMIT: u64 = 32_000_000;
/// Gas a block may compute with (`InitialPerBlockGasLimitV6`).
const PER_BLOCK_GAS_LIMIT: u64 = 32_000_000;
/// The newest version whose rules this node has.
pub(crate) const NEWEST_ARBOS_VERSION: u64 = 60;
/// First version that caps the compute gas of a transaction by itself, not by the block's limit.
pub(crate) const TX_GAS_LIMIT_SINCE: u64 = 50;

/// ArbOS state of a running transaction.
pub(crate) struct Storage<'e, 'a> {
    evm: &'e mut Evm<'a>,
}

impl<'e, 'a> Storage<'e, 'a> {
    pub(crate) fn new(evm: &'e mut Evm<'a>) -> Self {
        // ArbOS reads its state beside the EVM: the account must not become warm by it.
        evm.peek(ARBOS_STATE, |_| ());
        Self { evm }
    }

    fn read(&mut self, slot: U256) -> U256 {
        let Ok(loaded) = self.evm.journal().sload(ARBOS_STATE, slot);
        loaded.data
    }

    fn write(&mut self, slot: U256, value: U256) {
        let Ok(_) = self.evm.journal().sstore(ARBOS_STATE, slot, value);
    }

    /// Reads a word.
    pub(crate) fn get(&mut self, word: Word) -> U256 {
        self.read(slot_of_word(word))
    }

    /// Reads a word that fits 64 bits.
    pub(crate) fn get_u64(&mut self, word: Word) -> u64 {
        self.get(word).saturating_to()
    }

    /// Reads a word that holds an address.
    pub(crate) fn get_address(&mut self, word: Word) -> Address {
        Address::from_word(B256::from(self.get(word)))
    }

    /// Writes a word.
    pub(crate) fn set(&mut self, word: Word, value: U256) {
        self.write(slot_of_word(word), value);
    }

    /// Reads a word of a map.
    pub(crate) fn map_get(&mut self, map: Map, key: B256) -> U256 {
        self.read(slot_in_map(map, key))
    }

    /// Writes a word of a map.
    pub(crate) fn map_set(&mut self, map: Map, key: B256, value: U256) {
        self.write(slot_in_map(map, key), value);
    }

    /// Stylus parameters.
    pub(crate) fn params(&mut self) -> StylusParams {
        let arbos_version = self.evm.ctx.chain.arbos_version;
        StylusParams::from_word(&self.get(Word::StylusParams).to_be_bytes(), arbos_version)
    }

    /// Writes the Stylus parameters.
    pub(crate) fn set_params(&mut self, params: &StylusParams) {
        self.set(Word::StylusParams, U256::from_be_bytes(params.to_word()));
    }

    /// Record of a program; all zero when it was never activated.
    pub(crate) fn record(&mut self, code_hash: B256) -> Record {
        Record::from_word(self.map_get(Map::Programs, code_hash).into())
    }

    /// Writes the record of a program.
    pub(crate) fn set_record(&mut self, code_hash: B256, record: &Record) {
        self.map_set(Map::Programs, code_hash, record.to_word().into());
    }

    /// State of the data pricer.
    pub(crate) fn pricer(&mut self) -> DataPricer {
        DataPricer {
            demand: self.get(Word::PricerDemand).saturating_to(),
            bytes_per_second: self.get(Word::PricerBytesPerSecond).saturating_to(),
            last_update_time: self.get(Word::PricerLastUpdate).saturating_to(),
            min_price: self.get(Word::PricerMinPrice).saturating_to(),
            inertia: self.get(Word::PricerInertia).saturating_to(),
        }
    }

    /// Writes what an activation changes of the data pricer.
    pub(crate) fn set_pricer(&mut self, pricer: &DataPricer) {
        self.set(Word::PricerDemand, U256::from(pricer.demand));
        self.set(Word::PricerLastUpdate, U256::from(pricer.last_update_time));
    }

    /// Members of an address set, in order.
    pub(crate) fn members(&mut self, set: Map) -> Vec<Address> {
        let size: u64 = self.map_get(set, B256::ZERO).saturating_to();
        (1..=size)
            .map(|place| Address::from_word(B256::from(self.map_get(set, member_at(place)))))
            .collect()
    }

    /// Whether an address is in a set.
    pub(crate) fn contains(&mut self, set: Map, member: Address) -> bool {
        !self.map_get(set, place_of(member)).is_zero()
    }

    /// Adds a member, once.
    pub(crate) fn insert(&mut self, set: Map, member: Address) {
        if self.contains(set, member) {
            return;
        }
        let size = self.map_get(set, B256::ZERO).saturating_to::<u64>().saturating_add(1);
        self.map_set(set, B256::ZERO, U256::from(size));
        self.map_set(set, member_at(size), U256::from_be_slice(member.as_slice()));
        self.map_set(set, place_of(member), U256::from(size));
    }

    /// Removes a member; the last one takes its place.
    pub(crate) fn remove(&mut self, set: Map, member: Address) {
        let place = self.map_get(set, place_of(member));
        if place.is_zero() {
            return;
        }
        let size: u64 = self.map_get(set, B256::ZERO).saturating_to();
        let last = self.map_get(set, member_at(size));
        self.map_set(set, member_at(place.saturating_to()), last);
        self.map_set(set, place_of(Address::from_word(B256::from(last))), place);
        self.map_set(set, member_at(size), U256::ZERO);
        self.map_set(set, place_of(member), U256::ZERO);
        self.map_set(set, B256::ZERO, U256::from(size.saturating_sub(1)));
    }

    /// Gas that one transaction may compute with: a limit of its own from ArbOS 50, the block's before
    /// (stylus-vm.md 9.4).
    pub(crate) fn tx_gas_limit(&mut self) -> u64 {
        self.get_u64(match self.evm.ctx.chain.arbos_version {
            TX_GAS_LIMIT_SINCE.. => Word::MaxTxGasLimit,
            _ => Word::MaxBlockGasLimit,
        })
    }

    /// Adds the compute gas of a transaction to what is waiting to be priced.
    pub(crate) fn grow_backlog(&mut self, gas: u64) {
        let backlog = self.get_u64(Word::GasBacklog).saturating_add(gas);
        self.set(Word::GasBacklog, U256::from(backlog));
    }

    /// Pays the backlog off for the time that passed and sets the base fee, which the **next** block charges: a block's
    /// own was fixed when the block before it began.
    /// # Source
    /// stylus-vm.md §9.5
    pub(crate) fn update_pricing(&mut self, passed: u64) {
        let speed = self.get_u64(Word::SpeedLimit);
        let backlog = self.get_u64(Word::GasBacklog).saturating_sub(passed.saturating_mul(speed));
        self.set(Word::GasBacklog, U256::from(backlog));
        let model = CongestionModel {
            speed,
            tolerance: self.get_u64(Word::BacklogTolerance),
            inertia: self.get_u64(Word::L2PricingInertia),
        };
        let base_fee = model.base_fee(self.get(Word::MinBaseFee), backlog);
        self.set(Word::BaseFee, base_fee);
    }

    /// Applies a scheduled upgrade whose time has come; returns the version in force.
    ///
    /// A version that this node has no rules for is never applied, where Nitro would stop and ask for newer software.
    /// # Source
    /// stylus-vm.md §0.2, §8.7
    pub(crate) fn upgrade_if_due(&mut self, now: u64) -> u64 {
        let from = self.evm.ctx.chain.arbos_version;
        let to = self.get_u64(Word::UpgradeVersion);
        if to <= from || now < self.get_u64(Word::UpgradeTimestamp) {
            return from;
        }
        if to > NEWEST_ARBOS_VERSION {
            tracing::warn!("the scheduled ArbOS {to} is not known here; the chain stays at {from}");
            return from;
        }
        let params = self.params().upgraded(to);
        self.set_params(&params);
        if (from..to).contains(&TX_GAS_LIMIT_SINCE.saturating_sub(1)) {
            self.set(Word::MaxTxGasLimit, U256::from(PER_TX_GAS_LIMIT));
        }
        self.set(Word::ArbosVersion, U256::from(to));
        for (address, account) in genesis::system_accounts(to) {
            if !genesis::system_accounts(from).any(|(known, _)| known == address) {
                self.evm.install(address, account);
            }
        }
        self.evm.ctx.chain.arbos_version = to;
        to
    }
}

/// The congestion price of the legacy pricer.
struct CongestionModel {
    /// Gas a second.
    speed: u64,
    /// Seconds of backlog that cost nothing.
    tolerance: u64,
    /// Seconds of excess backlog that multiply the price by e.
    inertia: u64,
}

/// Terms of the exponential's series.
const PRICE_TERMS: u64 = 4;
const ONE_IN_BIPS: u64 = 10_000;

impl CongestionModel {
    /// Wei per gas at this backlog.
    fn base_fee(&self, minimum: U256, backlog: u64) -> U256 {
        let Some(excess) =
            backlog.checked_sub(self.tolerance.saturating_mul(self.speed)).filter(|gas| *gas > 0)
        else {
            return minimum;
        };
        // A speed of 0 cannot be set; 1 keeps a corrupted word from dividing by zero.
        let scale = self.inertia.saturating_mul(self.speed).max(1);
        let bips = exp_bips(excess.saturating_mul(ONE_IN_BIPS) / scale, PRICE_TERMS);
        minimum.saturating_mul(U256::from(bips)) / U256::from(ONE_IN_BIPS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: CongestionModel =
        CongestionModel { speed: 7_000_000, tolerance: 10, inertia: 102 };

    #[test]
    fn ten_seconds_of_backlog_cost_nothing_extra() {
        let minimum = U256::from(INITIAL_BASE_FEE);
        assert_eq!(MODEL.base_fee(minimum, 0), minimum);
        assert_eq!(MODEL.base_fee(minimum, 70_000_000), minimum);
        // 10,000·71,399/714,000,000 is 0.99 bips, which is none
        assert_eq!(MODEL.base_fee(minimum, 70_071_399), minimum);
    }

    #[test]
    fn the_price_rises_by_four_terms_of_the_exponential() {
        let price = |backlog| MODEL.base_fee(U256::from(INITIAL_BASE_FEE), backlog);
        // one bip of excess: r = 10,000 + 1/4 = 10,000; then 10,000 + 10,000·1/30,000 = 10,000, 10,000 and 10,001
        assert_eq!(price(70_071_400), U256::from(100_010_000));
        // x = 10,000 (714 million gas over): r = 12,500; 10,000 + 12,500·10,000/30,000 = 14,166;
        // 10,000 + 14,166·10,000/20,000 = 17,083; 10,000 + 17,083 = 27,083
        assert_eq!(price(784_000_000), U256::from(270_830_000));
        assert!(price(u64::MAX) > price(784_000_000));
    }
}
