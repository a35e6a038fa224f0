//! NodeInterface (0xc8): answers of the node itself, in simulated calls only.
//!
//! The gas estimates need another run of the machine, so the RPC layer answers them before any frame is opened
//! ([`crate::rpc`]); a contract that calls them from inside gets a failure, as on Nitro.
//! Spec: stylus-vm.md §8.11.

use alloy::sol_types::{SolCall, SolValue};
use alloy_primitives::{Address, U256, address};

use super::{Answer, Call, Failure, Method};

pub(crate) const ADDRESS: Address = address!("00000000000000000000000000000000000000c8");

alloy::sol! {
    interface NodeInterface {
        function gasEstimateComponents(address to, bool contractCreation, bytes data) external payable
            returns (uint64 gasEstimate, uint64 gasEstimateForL1, uint256 baseFee, uint256 l1BaseFeeEstimate);
        function gasEstimateL1Component(address to, bool contractCreation, bytes data) external payable
            returns (uint64 gasEstimateForL1, uint256 baseFee, uint256 l1BaseFeeEstimate);
        function nitroGenesisBlock() external pure returns (uint256);
        function blockL1Num(uint64 l2BlockNum) external view returns (uint64);
        function l2BlockRangeForL1(uint64 blockNum) external view returns (uint64 firstBlock, uint64 lastBlock);
    }
}
use NodeInterface::{gasEstimateL1ComponentCall, nitroGenesisBlockCall};

pub(super) const METHODS: &[Method] = &[
    Method::payable(gasEstimateL1ComponentCall::SELECTOR, l1_component),
    Method::pure(nitroGenesisBlockCall::SELECTOR, |_| Ok(U256::ZERO.abi_encode())),
];

fn l1_component(call: &mut Call<'_, '_>) -> Answer {
    let gasEstimateL1ComponentCall { to, .. } = call.args()?;
    if to == ADDRESS {
        return Err(Failure::Plain);
    }
    let base_fee = U256::from(call.evm.ctx.block.basefee);
    Ok((0u64, base_fee, U256::ZERO).abi_encode())
}
