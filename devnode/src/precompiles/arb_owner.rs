//! ArbOwner (0x70): the chain's settings, for its owners, free of charge.
//! Spec: stylus-vm.md §8.7.

use alloy::sol_types::{SolCall, SolEvent};
use alloy_primitives::{Address, Bytes, FixedBytes, U256, address};

use super::arb_owner_public::{is_owner, owners};
use super::{Answer, Call, Failure, Method};
use crate::arbos::{Map, TX_GAS_LIMIT_SINCE, Word};
use crate::l1_pricing::L1_PRICER_FUNDS_POOL;
use crate::stylus::params::{
    COST_SCALAR_PERCENT, MIN_CACHED_GAS_UNITS, MIN_INIT_GAS_UNITS, StylusParams,
};

pub(super) const ADDRESS: Address = address!("0000000000000000000000000000000000000070");

alloy::sol! {
    interface ArbOwner {
        function addChainOwner(address account) external;
        function removeChainOwner(address account) external;
        function isChainOwner(address account) external view returns (bool);
        function getAllChainOwners() external view returns (address[]);
        function setL1PricePerUnit(uint256 value) external;
        function addWasmCacheManager(address account) external;
        function removeWasmCacheManager(address account) external;
        function setInkPrice(uint32 value) external;
        function setWasmMaxStackDepth(uint32 value) external;
        function setWasmFreePages(uint16 value) external;
        function setWasmPageGas(uint16 value) external;
        function setWasmPageLimit(uint16 value) external;
        function setWasmMinInitGas(uint8 gas, uint16 cached) external;
        function setWasmInitCostScalar(uint64 percent) external;
        function setWasmExpiryDays(uint16 value) external;
        function setWasmKeepaliveDays(uint16 value) external;
        function setWasmBlockCacheSize(uint16 value) external;
        function setWasmMaxSize(uint32 value) external;
        function setMaxStylusContractFragments(uint8 value) external;
        function setWasmActivationGas(uint64 value) external;
        function setMinimumL2BaseFee(uint256 value) external;
        function setL2BaseFee(uint256 value) external;
        function setSpeedLimit(uint64 value) external;
        function setMaxTxGasLimit(uint64 value) external;
        function setMaxBlockGasLimit(uint64 value) external;
        function setNetworkFeeAccount(address account) external;
        function setInfraFeeAccount(address account) external;
        function scheduleArbOSUpgrade(uint64 version, uint64 timestamp) external;
        function setChainConfig(string config) external;
        function setBrotliCompressionLevel(uint64 value) external;
        function setL1PricingInertia(uint64 value) external;
        function setL1PricingRewardRate(uint64 value) external;
        function setL2GasPricingInertia(uint64 value) external;
        function setL2GasBacklogTolerance(uint64 value) external;
        function setCalldataPriceIncrease(bool value) external;
        function setGasBacklog(uint64 value) external;
        function releaseL1PricerSurplusFunds(uint256 value) external returns (uint256);

        event OwnerActs(bytes4 indexed method, address indexed owner, bytes data);
    }
}
use ArbOwner::*;

pub(super) const METHODS: &[Method] = &[
    Method::write(addChainOwnerCall::SELECTOR, |call| add(call, Map::Owners)),
    Method::write(removeChainOwnerCall::SELECTOR, |call| remove(call, Map::Owners)),
    Method::view(isChainOwnerCall::SELECTOR, is_owner),
    Method::view(getAllChainOwnersCall::SELECTOR, owners),
    Method::write(setL1PricePerUnitCall::SELECTOR, |call| set(call, Word::L1PricePerUnit)),
    Method::write(addWasmCacheManagerCall::SELECTOR, |call| add(call, Map::CacheManagers))
        .since(30),
    Method::write(removeWasmCacheManagerCall::SELECTOR, |call| remove(call, Map::CacheManagers))
        .since(30),
    Method::write(setInkPriceCall::SELECTOR, set_ink_price).since(30),
    Method::write(setWasmMaxStackDepthCall::SELECTOR, |call| {
        let value = call.args::<setWasmMaxStackDepthCall>()?.value;
        change(call, |params| params.max_stack_depth = value)
    })
    .since(30),
    Method::write(setWasmFreePagesCall::SELECTOR, |call| {
        let value = call.args::<setWasmFreePagesCall>()?.value;
        change(call, |params| params.free_pages = value)
    })
    .since(30),
    Method::write(setWasmPageGasCall::SELECTOR, |call| {
        let value = call.args::<setWasmPageGasCall>()?.value;
        change(call, |params| params.page_gas = value)
    })
    .since(30),
    Method::write(setWasmPageLimitCall::SELECTOR, |call| {
        let value = call.args::<setWasmPageLimitCall>()?.value;
        change(call, |params| params.page_limit = value)
    })
    .since(30),
    Method::write(setWasmMinInitGasCall::SELECTOR, set_min_init_gas).since(30),
    Method::write(setWasmInitCostScalarCall::SELECTOR, |call| {
        let percent = call.args::<setWasmInitCostScalarCall>()?.percent;
        change(call, |params| params.init_cost_scalar = units(percent, COST_SCALAR_PERCENT))
    })
    .since(30),
    Method::write(setWasmExpiryDaysCall::SELECTOR, |call| {
        let value = call.args::<setWasmExpiryDaysCall>()?.value;
        change(call, |params| params.expiry_days = value)
    })
    .since(30),
    Method::write(setWasmKeepaliveDaysCall::SELECTOR, |call| {
        let value = call.args::<setWasmKeepaliveDaysCall>()?.value;
        change(call, |params| params.keepalive_days = value)
    })
    .since(30),
    Method::write(setWasmBlockCacheSizeCall::SELECTOR, |call| {
        let value = call.args::<setWasmBlockCacheSizeCall>()?.value;
        change(call, |params| params.block_cache_size = value)
    })
    .since(30),
    Method::write(setWasmMaxSizeCall::SELECTOR, |call| {
        let value = call.args::<setWasmMaxSizeCall>()?.value;
        change(call, |params| params.max_wasm_size = value)
    })
    .since(40),
    Method::write(setMaxStylusContractFragmentsCall::SELECTOR, |call| {
        let value = call.args::<setMaxStylusContractFragmentsCall>()?.value;
        change(call, |params| params.max_fragment_count = value)
    })
    .since(60),
    Method::write(setWasmActivationGasCall::SELECTOR, |call| set(call, Word::ActivationGas))
        .since(59),
    Method::write(setMinimumL2BaseFeeCall::SELECTOR, |call| set(call, Word::MinBaseFee)),
    Method::write(setL2BaseFeeCall::SELECTOR, |call| set(call, Word::BaseFee)),
    Method::write(setSpeedLimitCall::SELECTOR, |call| set(call, Word::SpeedLimit)),
    Method::write(setMaxTxGasLimitCall::SELECTOR, |call| match call.arbos_version() {
        TX_GAS_LIMIT_SINCE.. => set(call, Word::MaxTxGasLimit),
        // Before there was a limit for transactions, this set the block's.
        _ => set(call, Word::MaxBlockGasLimit),
    }),
    Method::write(setMaxBlockGasLimitCall::SELECTOR, |call| set(call, Word::MaxBlockGasLimit))
        .since(50),
    Method::write(setNetworkFeeAccountCall::SELECTOR, |call| set(call, Word::NetworkFeeAccount)),
    Method::write(setInfraFeeAccountCall::SELECTOR, |call| set(call, Word::InfraFeeAccount)),
    Method::write(scheduleArbOSUpgradeCall::SELECTOR, schedule_upgrade),
    Method::write(setChainConfigCall::SELECTOR, |call| {
        // Nothing here reads the JSON; it must merely be a string, valid text or not.
        setChainConfigCall::abi_decode_raw(call.input.get(4..).unwrap_or_default())
            .map_err(|_| NOT_DECODED)?;
        Ok(Vec::new())
    }),
    Method::write(setBrotliCompressionLevelCall::SELECTOR, |call| set(call, Word::BrotliLevel)),
    Method::write(setL1PricingInertiaCall::SELECTOR, |call| set(call, Word::L1PricingInertia)),
    Method::write(setL1PricingRewardRateCall::SELECTOR, |call| set(call, Word::L1RewardRate)),
    Method::write(setL2GasPricingInertiaCall::SELECTOR, |call| set(call, Word::L2PricingInertia)),
    Method::write(setL2GasBacklogToleranceCall::SELECTOR, |call| set(call, Word::BacklogTolerance)),
    Method::write(setCalldataPriceIncreaseCall::SELECTOR, |call| {
        set(call, Word::CalldataPriceIncrease)
    })
    .since(40),
    Method::write(setGasBacklogCall::SELECTOR, |call| set(call, Word::GasBacklog)),
    Method::write(releaseL1PricerSurplusFundsCall::SELECTOR, release_surplus),
];

/// Logs a successful owner's act.
pub(super) fn log_acts(call: &mut Call<'_, '_>, method: [u8; 4]) {
    let (owner, data) = (call.caller, Bytes::copy_from_slice(call.input));
    let event = OwnerActs { method: FixedBytes(method), owner, data };
    let log = event.encode_log_data();
    call.log_free(log.topics().to_vec(), log.data);
}

/// The one word of arguments, which must be clean for its type.
fn argument(call: &Call<'_, '_>) -> Result<U256, Failure> {
    call.input.get(4..36).map(U256::from_be_slice).ok_or(NOT_DECODED)
}

const NOT_DECODED: Failure = Failure::Burn("the arguments do not decode");
/// `LEVEL_WELL`: the best that brotli can do.
const BROTLI_LEVEL_LIMIT: u64 = 11;

fn set(call: &mut Call<'_, '_>, word: Word) -> Answer {
    let mut value = argument(call)?;
    let bits = match word {
        Word::L1PricePerUnit | Word::MinBaseFee | Word::BaseFee => 256,
        Word::NetworkFeeAccount | Word::InfraFeeAccount => {
            // Go's decoder ignores what is above an address.
            value = U256::from_be_slice(account(call)?.as_slice());
            160
        }
        Word::CalldataPriceIncrease => 1,
        _ => 64,
    };
    if value.bit_len() > bits {
        return Err(NOT_DECODED);
    }
    let refused = match word {
        Word::SpeedLimit | Word::L2PricingInertia => value.is_zero(),
        Word::BrotliLevel => value > U256::from(BROTLI_LEVEL_LIMIT),
        _ => false,
    };
    if refused {
        return Err(Failure::Plain);
    }
    call.store(word, value)?;
    Ok(Vec::new())
}

fn account(call: &Call<'_, '_>) -> Result<Address, Failure> {
    Ok(Address::from_word(argument(call)?.into()))
}

fn add(call: &mut Call<'_, '_>, set: Map) -> Answer {
    let account = account(call)?;
    call.add_member(set, account)?;
    Ok(Vec::new())
}

fn remove(call: &mut Call<'_, '_>, set: Map) -> Answer {
    let account = account(call)?;
    if !call.is_member(set, account)? {
        return Err(Failure::Plain);
    }
    call.remove_member(set, account)?;
    Ok(Vec::new())
}

fn change(call: &mut Call<'_, '_>, edit: impl FnOnce(&mut StylusParams)) -> Answer {
    let mut params = call.params()?;
    edit(&mut params);
    call.burn(super::STORAGE_WRITE)?;
    call.arbos().set_params(&params);
    Ok(Vec::new())
}

fn set_ink_price(call: &mut Call<'_, '_>) -> Answer {
    let value = call.args::<setInkPriceCall>()?.value;
    if !(1..1 << 24).contains(&value) {
        return Err(Failure::Plain);
    }
    change(call, |params| params.ink_price = value)
}

fn set_min_init_gas(call: &mut Call<'_, '_>) -> Answer {
    let setWasmMinInitGasCall { gas, cached } = call.args()?;
    change(call, |params| {
        params.min_init_gas = units(u64::from(gas), MIN_INIT_GAS_UNITS);
        params.min_cached_init_gas = units(u64::from(cached), MIN_CACHED_GAS_UNITS);
    })
}

/// Whole units, rounded up, at most 255.
fn units(value: u64, unit: u64) -> u8 {
    u8::try_from(value.div_ceil(unit)).unwrap_or(u8::MAX)
}

fn schedule_upgrade(call: &mut Call<'_, '_>) -> Answer {
    let scheduleArbOSUpgradeCall { version, timestamp } = call.args()?;
    call.store(Word::UpgradeVersion, U256::from(version))?;
    call.store(Word::UpgradeTimestamp, U256::from(timestamp))?;
    Ok(Vec::new())
}

/// Lets the pricer pay out what its account holds beyond what it knows of, up to the argument.
fn release_surplus(call: &mut Call<'_, '_>) -> Answer {
    let most = argument(call)?;
    let recognized = call.read(Word::L1FeesAvailable)?;
    let held = call.evm.peek(L1_PRICER_FUNDS_POOL, |account| account.info.balance);
    let Some(surplus) = held.checked_sub(recognized) else {
        return Ok(U256::ZERO.to_be_bytes_vec());
    };
    let released = surplus.min(most);
    call.burn(super::STORAGE_READ)?;
    call.store(Word::L1FeesAvailable, recognized.saturating_add(released))?;
    Ok(released.to_be_bytes_vec())
}
