// SPDX-License-Identifier: MIT OR Apache-2.0
// Written by scripts/abi from the definitions in interfaces/src; do not edit.
pragma solidity >=0.8.4;

interface IInbox {
    struct Call {
        address target;
        bytes data;
        uint256 value;
    }
    struct Route {
        bytes32 salt;
        uint64 deadline;
        address portal;
        uint256 nativeAmount;
        TokenAmount[] tokens;
        Call[] calls;
    }
    struct TokenAmount {
        address token;
        uint256 amount;
    }

    error AddressEmptyCode(address target);
    error ChainIdTooLarge(uint256 chainId);
    error FailedInnerCall();
    error InsufficientNativeAmount(uint256 sent, uint256 required);
    error IntentAlreadyFulfilled(bytes32 intentHash);
    error IntentExpired();
    error IntentNotFulfilled(bytes32 intentHash);
    error InvalidHash(bytes32 expected);
    error InvalidPortal(address portal);
    error ReentrancyGuardReentrantCall();
    error ZeroClaimant();

    event IntentFulfilled(bytes32 indexed intentHash, bytes32 indexed claimant);
    event IntentProven(bytes32 indexed intentHash, bytes32 indexed claimant);

    function claimants(bytes32 intentHash) external view returns (bytes32 claimant);
    function executor() external view returns (address executor);
    function fulfill(bytes32 intentHash, Route memory route, bytes32 rewardHash, bytes32 claimant) external payable returns (bytes[] memory results);
    function fulfillAndProve(bytes32 intentHash, Route memory route, bytes32 rewardHash, bytes32 claimant, address prover, uint64 sourceChainDomainID, bytes memory data) external payable returns (bytes[] memory results);
    function prove(address prover, uint64 sourceChainDomainID, bytes32[] memory intentHashes, bytes memory data) external payable;
}
