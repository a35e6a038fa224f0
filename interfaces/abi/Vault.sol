// SPDX-License-Identifier: MIT OR Apache-2.0
// Written by scripts/abi from the definitions in interfaces/src; do not edit.
pragma solidity >=0.8.4;

interface IVault {
    struct Reward {
        uint64 deadline;
        address creator;
        address prover;
        uint256 nativeAmount;
        TokenAmount[] tokens;
    }
    struct TokenAmount {
        address token;
        uint256 amount;
    }

    error NativeTransferFailed(address recipient, uint256 amount);
    error NotPortalCaller(address caller);
    error SafeERC20FailedOperation(address token);
    error ZeroRecoverTokenBalance(address token);

    receive() external payable;

    function fundFor(Reward memory reward, address funder, address permit) external;
    function recover(address refundee, address token) external;
    function refund(Reward memory reward, address refundee) external;
    function withdraw(Reward memory reward, address claimant) external;
}
