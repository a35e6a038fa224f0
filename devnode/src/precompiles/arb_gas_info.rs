//! ArbGasInfo (0x6c): prices, limits, backlog.
//! Spec: stylus-vm.md §8.5.

use alloy::sol_types::{SolCall, SolValue};
use alloy_primitives::U256;

use super::{Answer, Call, Failure, Method};
use crate::arbos::Word;

alloy::sol! {
    interface ArbGasInfo {
        function getPricesInWei() external view returns (uint256, uint256, uint256, uint256, uint256, uint256);
        function getPricesInWeiWithAggregator(address aggregator) external view
            returns (uint256, uint256, uint256, uint256, uint256, uint256);
        function getPricesInArbGas() external view returns (uint256, uint256, uint256);
        function getPricesInArbGasWithAggregator(address aggregator) external view returns (uint256, uint256, uint256);
        function getGasAccountingParams() external view returns (uint256, uint256, uint256);
        function getMaxTxGasLimit() external view returns (uint256);
        function getMaxBlockGasLimit() external view returns (uint64);
        function getMinimumGasPrice() external view returns (uint256);
        function getL1BaseFeeEstimate() external view returns (uint256);
        function getL1GasPriceEstimate() external view returns (uint256);
        function getL1BaseFeeEstimateInertia() external view returns (uint64);
        function getL1RewardRate() external view returns (uint64);
        function getL1RewardRecipient() external view returns (address);
        function getCurrentTxL1GasFees() external view returns (uint256);
        function getGasBacklog() external view returns (uint64);
        function getPricingInertia() external view returns (uint64);
        function getGasBacklogTolerance() external view returns (uint64);
        function getPerBatchGasCharge() external view returns (int64);
        function getAmortizedCostCapBips() external view returns (uint64);
        function getL1PricingEquilibrationUnits() external view returns (uint256);
        function getL1FeesAvailable() external view returns (uint256);
        function getL1PricingSurplus() external view returns (int256);
        function getLastL1PricingUpdateTime() external view returns (uint64);
        function getL1PricingFundsDueForRewards() external view returns (uint256);
        function getL1PricingUnitsSinceUpdate() external view returns (uint64);
        function getLastL1PricingSurplus() external view returns (int256);
        function getGasPricingConstraints() external view returns (uint64[3][]);
    }
}
use ArbGasInfo::*;

pub(super) const METHODS: &[Method] = &[
    Method::view(getPricesInWeiCall::SELECTOR, prices_in_wei),
    Method::view(getPricesInWeiWithAggregatorCall::SELECTOR, prices_in_wei_with_aggregator),
    Method::view(getPricesInArbGasCall::SELECTOR, prices_in_gas),
    Method::view(getPricesInArbGasWithAggregatorCall::SELECTOR, prices_in_gas_with_aggregator),
    Method::view(getGasAccountingParamsCall::SELECTOR, accounting),
    Method::view(getMaxTxGasLimitCall::SELECTOR, |call| word(call, Word::MaxTxGasLimit)).since(50),
    Method::view(getMaxBlockGasLimitCall::SELECTOR, |call| word(call, Word::MaxBlockGasLimit))
        .since(50),
    Method::view(getMinimumGasPriceCall::SELECTOR, |call| word(call, Word::MinBaseFee)),
    Method::view(getL1BaseFeeEstimateCall::SELECTOR, |call| word(call, Word::L1PricePerUnit)),
    Method::view(getL1GasPriceEstimateCall::SELECTOR, |call| word(call, Word::L1PricePerUnit)),
    Method::view(getL1BaseFeeEstimateInertiaCall::SELECTOR, |call| {
        word(call, Word::L1PricingInertia)
    }),
    Method::view(getL1RewardRateCall::SELECTOR, |call| word(call, Word::L1RewardRate)),
    // The reward recipient is the initial chain owner, which a dev chain leaves zero.
    Method::view(getL1RewardRecipientCall::SELECTOR, zero_word),
    Method::view(getCurrentTxL1GasFeesCall::SELECTOR, |call| {
        Ok(call.evm.ctx.chain.poster_fee.abi_encode())
    }),
    Method::view(getGasBacklogCall::SELECTOR, |call| word(call, Word::GasBacklog)),
    Method::view(getPricingInertiaCall::SELECTOR, |call| word(call, Word::L2PricingInertia)),
    Method::view(getGasBacklogToleranceCall::SELECTOR, |call| word(call, Word::BacklogTolerance)),
    Method::view(getPerBatchGasChargeCall::SELECTOR, |call| constant(call, PER_BATCH_GAS)),
    Method::view(getAmortizedCostCapBipsCall::SELECTOR, zero_word),
    Method::view(getL1PricingEquilibrationUnitsCall::SELECTOR, |call| {
        constant(call, EQUILIBRATION_UNITS)
    }),
    Method::view(getL1FeesAvailableCall::SELECTOR, |call| word(call, Word::L1FeesAvailable)),
    Method::view(getL1PricingSurplusCall::SELECTOR, surplus),
    Method::view(getLastL1PricingUpdateTimeCall::SELECTOR, zero_word),
    Method::view(getL1PricingFundsDueForRewardsCall::SELECTOR, zero_word),
    Method::view(getL1PricingUnitsSinceUpdateCall::SELECTOR, |call| {
        word(call, Word::L1UnitsSinceUpdate)
    }),
    Method::view(getLastL1PricingSurplusCall::SELECTOR, zero_word),
    Method::view(getGasPricingConstraintsCall::SELECTOR, |call| {
        // Their number, which is 0: the legacy pricer is in use.
        call.burn(super::STORAGE_READ)?;
        Ok(Vec::<[u64; 3]>::new().abi_encode())
    })
    .since(50),
];

/// `InitialPerBatchGasCostV12`.
const PER_BATCH_GAS: u64 = 210_000;
/// `InitialEquilibrationUnitsV6`.
const EQUILIBRATION_UNITS: u64 = 160_000_000;
/// Gas per unit of calldata (`TxDataNonZeroGasEIP2028`).
const UNIT: u64 = 16;
/// Bytes that a simple transaction is assumed to have (`AssumedSimpleTxSize`).
const SIMPLE_TX_BYTES: u64 = 140;

fn word(call: &mut Call<'_, '_>, word: Word) -> Answer {
    Ok(call.read(word)?.abi_encode())
}

fn constant(call: &mut Call<'_, '_>, value: u64) -> Answer {
    call.burn(super::STORAGE_READ)?;
    Ok(U256::from(value).abi_encode())
}

fn zero_word(call: &mut Call<'_, '_>) -> Answer {
    constant(call, 0)
}

/// What the pricer holds less what it owes to batch posters and as rewards; without a parent chain it owes nothing.
fn surplus(call: &mut Call<'_, '_>) -> Answer {
    call.burn(super::STORAGE_READ.saturating_mul(2))?;
    word(call, Word::L1FeesAvailable)
}

fn l1_and_base(call: &mut Call<'_, '_>) -> Result<(U256, U256), Failure> {
    let l1 = call.read(Word::L1PricePerUnit)?;
    Ok((l1.saturating_mul(U256::from(UNIT)), U256::from(call.evm.ctx.block.basefee)))
}

fn prices_in_wei(call: &mut Call<'_, '_>) -> Answer {
    let (per_byte, base) = l1_and_base(call)?;
    let minimum = call.read(Word::MinBaseFee)?;
    let per_tx = per_byte.saturating_mul(U256::from(SIMPLE_TX_BYTES));
    let arb_gas_base = base.min(minimum);
    let congestion = base.saturating_sub(minimum);
    let storage = base.saturating_mul(U256::from(super::STORAGE_WRITE));
    Ok([per_tx, per_byte, storage, arb_gas_base, congestion, base].abi_encode())
}

fn prices_in_wei_with_aggregator(call: &mut Call<'_, '_>) -> Answer {
    call.args::<getPricesInWeiWithAggregatorCall>()?;
    prices_in_wei(call)
}

fn prices_in_gas(call: &mut Call<'_, '_>) -> Answer {
    let (per_byte, base) = l1_and_base(call)?;
    let per_tx = per_byte.saturating_mul(U256::from(SIMPLE_TX_BYTES));
    let in_gas = |wei: U256| wei.checked_div(base).unwrap_or_default();
    Ok([in_gas(per_tx), in_gas(per_byte), U256::from(super::STORAGE_WRITE)].abi_encode())
}

fn prices_in_gas_with_aggregator(call: &mut Call<'_, '_>) -> Answer {
    call.args::<getPricesInArbGasWithAggregatorCall>()?;
    prices_in_gas(call)
}

fn accounting(call: &mut Call<'_, '_>) -> Answer {
    let speed = call.read(Word::SpeedLimit)?;
    let limit = call.read(Word::MaxBlockGasLimit)?;
    Ok([speed, limit, limit].abi_encode())
}
