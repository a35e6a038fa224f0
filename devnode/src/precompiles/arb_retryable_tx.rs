//! ArbRetryableTx (0x6e): without a parent chain no ticket ever exists.
//! Spec: stylus-vm.md §8.12.

use alloy::sol_types::{SolCall, SolInterface, SolValue};
use alloy_primitives::{Address, U256};

use super::{Answer, Call, Failure, Method};

alloy::sol! {
    #[allow(clippy::too_many_arguments)]
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
    ArbRetryableTxErrors, NoTicketWithID, NotCallable, cancelCall, getBeneficiaryCall,
    getCurrentRedeemerCall, getLifetimeCall, getTimeoutCall, keepaliveCall, redeemCall,
    submitRetryableCall,
};

pub(super) const METHODS: &[Method] = &[
    // The ticket is looked up for its size and then once more.
    Method::write(redeemCall::SELECTOR, |call| no_ticket(call, 2)),
    Method::view(getLifetimeCall::SELECTOR, |_| Ok(U256::from(LIFETIME).abi_encode())),
    Method::view(getTimeoutCall::SELECTOR, |call| no_ticket(call, 1)),
    Method::write(keepaliveCall::SELECTOR, |call| no_ticket(call, 1)),
    Method::view(getBeneficiaryCall::SELECTOR, |call| no_ticket(call, 1)),
    Method::write(cancelCall::SELECTOR, |call| no_ticket(call, 1)),
    Method::view(getCurrentRedeemerCall::SELECTOR, |_| Ok(Address::ZERO.abi_encode())),
    Method::write(submitRetryableCall::SELECTOR, |call| {
        call.args::<submitRetryableCall>()?;
        Err(Failure::solidity(NotCallable {}))
    }),
];

/// Seconds that a ticket lives (`RetryableLifetimeSeconds`).
const LIFETIME: u64 = 604_800;

/// - `look_ups`: how often the ticket's timeout is read before it is found missing.
fn no_ticket(call: &mut Call<'_, '_>, look_ups: u64) -> Answer {
    // Every one of them takes the ticket's id alone.
    call.args::<getTimeoutCall>()?;
    call.burn(super::STORAGE_READ.saturating_mul(look_ups))?;
    Err(Failure::solidity(NoTicketWithID {}))
}

/// An error of this precompile as `Name(arguments)`.
pub(super) fn error_text(output: &[u8]) -> Option<String> {
    Some(match ArbRetryableTxErrors::abi_decode(output).ok()? {
        ArbRetryableTxErrors::NoTicketWithID(_) => "NoTicketWithID()".into(),
        ArbRetryableTxErrors::NotCallable(_) => "NotCallable()".into(),
    })
}
