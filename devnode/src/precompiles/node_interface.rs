//! NodeInterface (0xc8): answers of the node itself, in simulated calls only.
//!
//! The gas estimates need another run of the machine, so the RPC layer answers them before any frame is opened
//! ([`crate::rpc`]); a contract that calls them from inside gets a failure, as on Nitro.
//! Spec: stylus-vm.md §8.11.

use alloy::sol_types::{SolCall, SolValue};
use alloy_primitives::{Address, U256, address};

use super::{Answer, Call, Failure, Method};

pub(crate) const ADDRESS: Address = address!("00000000000000000000000000000000000000c8");
/// NodeInterfaceDebug, of which the specification lists no method.
pub(crate) const DEBUG_ADDRESS: Address = address!("00000000000000000000000000000000000000c9");

alloy::sol! {
    #[allow(clippy::too_many_arguments)]
    interface NodeInterface {
        function gasEstimateComponents(address to, bool contractCreation, bytes data) external payable
            returns (uint64 gasEstimate, uint64 gasEstimateForL1, uint256 baseFee, uint256 l1BaseFeeEstimate);
        function gasEstimateL1Component(address to, bool contractCreation, bytes data) external payable
            returns (uint64 gasEstimateForL1, uint256 baseFee, uint256 l1BaseFeeEstimate);
        function nitroGenesisBlock() external pure returns (uint256);
        function blockL1Num(uint64 l2BlockNum) external view returns (uint64);
        function l2BlockRangeForL1(uint64 blockNum) external view returns (uint64 firstBlock, uint64 lastBlock);
        function estimateRetryableTicket(
            address sender, uint256 deposit, address to, uint256 l2CallValue, address excessFeeRefundAddress,
            address callValueRefundAddress, bytes data
        ) external;
        function constructOutboxProof(uint64 size, uint64 leaf) external view
            returns (bytes32 send, bytes32 root, bytes32[] proof);
        function findBatchContainingBlock(uint64 blockNum) external view returns (uint64 batch);
        function getL1Confirmations(bytes32 blockHash) external view returns (uint64 confirmations);
        function legacyLookupMessageBatchProof(uint256 batchNum, uint64 index) external view
            returns (
                bytes32[] proof, uint256 path, address l2Sender, address l1Dest, uint256 l2Block,
                uint256 l1Block, uint256 timestamp, uint256 amount, bytes calldataForL1
            );
    }
}
use NodeInterface::*;

pub(super) const METHODS: &[Method] = &[
    Method::payable(gasEstimateComponentsCall::SELECTOR, outside_only),
    Method::payable(gasEstimateL1ComponentCall::SELECTOR, outside_only),
    Method::view(blockL1NumCall::SELECTOR, outside_only),
    Method::view(l2BlockRangeForL1Call::SELECTOR, outside_only),
    Method::pure(nitroGenesisBlockCall::SELECTOR, |_| Ok(U256::ZERO.abi_encode())),
    // These need a parent chain, or tickets, which come from one.
    Method::write(estimateRetryableTicketCall::SELECTOR, outside_only),
    Method::view(constructOutboxProofCall::SELECTOR, outside_only),
    Method::view(findBatchContainingBlockCall::SELECTOR, outside_only),
    Method::view(getL1ConfirmationsCall::SELECTOR, outside_only),
    Method::view(legacyLookupMessageBatchProofCall::SELECTOR, outside_only),
];

fn outside_only(_: &mut Call<'_, '_>) -> Answer {
    Err(Failure::Plain)
}
