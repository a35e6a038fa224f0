// SPDX-License-Identifier: MIT OR Apache-2.0
// Written by scripts/abi from the definitions in interfaces/src; do not edit.
pragma solidity >=0.8.4;

interface IExecutor {
    struct Call {
        address target;
        bytes data;
        uint256 value;
    }

    error CallFailed(Call call, bytes reason);
    error CallToEOA(address target);
    error NonPortalCaller(address caller);

    receive() external payable;

    function execute(Call[] memory calls) external payable returns (bytes[] memory results);
}
