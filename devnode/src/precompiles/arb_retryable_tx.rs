//! ArbRetryableTx (0x6e): without a parent chain no ticket ever exists.
//! Spec: stylus-vm.md §8.12.

use alloy::sol_types::{SolCall, SolValue};
use alloy_primitives::{Address, U256};

use super::{Answer, Call, Failure, Method};

alloy::sol! {
    interface ArbRetryableTx {
        function redeem(bytes32 ticketId) external returns (bytes32);
        function getLifetime() external view returns (uint256);
        function getTimeout(bytes32 ticketId) external view returns (uint256);
        function keepalive(bytes32 ticketId) external returns (uint256);
        function getBeneficiary(bytes32 ticketId) external view returns (address);
        function cancel(bytes32 ticketId) external;
        function getCurrentRedeemer() external view returns (address);
        function submitRetryable(
            bytes32 requestId, uint256 l1BaseFee, uint256 deposit, uint256 callvalue, uint256 gasFeeCap,
            uint64 gasLimit, uint256 maxSubmissionFee, address feeRefundAddress, address beneficiary,
            address retryTo, bytes retryData
        ) external;

        error NoTicketWithID();
        error NotCallable();
    }
}
use ArbRetryableTx::{
    NoTicketWithID, NotCallable, cancelCall, getBeneficiaryCall, getCurrentRedeemerCall,
    getLifetimeCall, getTimeoutCall, keepaliveCall, redeemCall, submitRetryableCall,
};

pub(super) const METHODS: &[Method] = &[
    Method::write(redeemCall::SELECTOR, no_ticket),
    Method::view(getLifetimeCall::SELECTOR, |_| Ok(U256::from(LIFETIME).abi_encode())),
    Method::view(getTimeoutCall::SELECTOR, no_ticket),
    Method::write(keepaliveCall::SELECTOR, no_ticket),
    Method::view(getBeneficiaryCall::SELECTOR, no_ticket),
    Method::write(cancelCall::SELECTOR, no_ticket),
    Method::view(getCurrentRedeemerCall::SELECTOR, |_| Ok(Address::ZERO.abi_encode())),
    Method::write(submitRetryableCall::SELECTOR, |_| Err(Failure::solidity(NotCallable {}))),
];

/// Seconds that a ticket lives (`RetryableLifetimeSeconds`).
const LIFETIME: u64 = 604_800;

fn no_ticket(call: &mut Call<'_, '_>) -> Answer {
    // Every one of them takes one word.
    if call.input.len() < 36 {
        return Err(Failure::Burn);
    }
    Err(Failure::solidity(NoTicketWithID {}))
}
