// SPDX-License-Identifier: MIT OR Apache-2.0
// Written by scripts/abi from the definitions in interfaces/src; do not edit.
pragma solidity >=0.8.4;

interface IIntentSource {
    struct Call {
        address target;
        bytes data;
        uint256 value;
    }
    struct Intent {
        uint64 destination;
        Route route;
        Reward reward;
    }
    struct Reward {
        uint64 deadline;
        address creator;
        address prover;
        uint256 nativeAmount;
        TokenAmount[] tokens;
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

    error ArrayLengthMismatch();
    error InsufficientFunds(bytes32 intentHash);
    error IntentAlreadyExists(bytes32 intentHash);
    error IntentNotClaimed(bytes32 intentHash);
    error InvalidClaimant();
    error InvalidRecoverToken(address token);
    error InvalidStatusForFunding(uint8 status);
    error InvalidStatusForRefund(uint8 status, uint256 now, uint256 deadline);
    error InvalidStatusForWithdrawal(uint8 status);
    error NotCreatorCaller(address caller);
    error RewardTokensNotUnique(address token);
    error SafeERC20FailedOperation(address token);

    event IntentFunded(bytes32 intentHash, address funder, bool complete);
    event IntentPublished(bytes32 indexed intentHash, uint64 destination, bytes route, address indexed creator, address indexed prover, uint64 rewardDeadline, uint256 rewardNativeAmount, TokenAmount[] rewardTokens);
    event IntentRefunded(bytes32 intentHash, address indexed refundee);
    event IntentTokenRecovered(bytes32 intentHash, address indexed refundee, address indexed token);
    event IntentWithdrawn(bytes32 intentHash, address indexed claimant);

    function batchWithdraw(uint64[] memory destinations, bytes32[] memory routeHashes, Reward[] memory rewards) external;
    function fund(uint64 destination, bytes32 routeHash, Reward memory reward, bool allowPartial) external payable returns (bytes32 intentHash);
    function fundFor(uint64 destination, bytes32 routeHash, Reward memory reward, bool allowPartial, address funder, address permitContract) external payable returns (bytes32 intentHash);
    function getIntentHash(Intent memory intent) external pure returns (bytes32 intentHash, bytes32 routeHash, bytes32 rewardHash);
    function getIntentHash(uint64 destination, bytes memory route, Reward memory reward) external pure returns (bytes32 intentHash, bytes32 routeHash, bytes32 rewardHash);
    function getIntentHash(uint64 destination, bytes32 routeHash, Reward memory reward) external pure returns (bytes32 intentHash, bytes32 _routeHash, bytes32 rewardHash);
    function getRewardStatus(bytes32 intentHash) external view returns (uint8 status);
    function intentVaultAddress(Intent memory intent) external view returns (address vault);
    function intentVaultAddress(uint64 destination, bytes memory route, Reward memory reward) external view returns (address vault);
    function isIntentFunded(Intent memory intent) external view returns (bool funded);
    function isIntentFunded(uint64 destination, bytes memory route, Reward memory reward) external view returns (bool funded);
    function publish(Intent memory intent) external returns (bytes32 intentHash, address vault);
    function publish(uint64 destination, bytes memory route, Reward memory reward) external returns (bytes32 intentHash, address vault);
    function publishAndFund(Intent memory intent, bool allowPartial) external payable returns (bytes32 intentHash, address vault);
    function publishAndFund(uint64 destination, bytes memory route, Reward memory reward, bool allowPartial) external payable returns (bytes32 intentHash, address vault);
    function publishAndFundFor(Intent memory intent, bool allowPartial, address funder, address permitContract) external payable returns (bytes32 intentHash, address vault);
    function publishAndFundFor(uint64 destination, bytes memory route, Reward memory reward, bool allowPartial, address funder, address permitContract) external payable returns (bytes32 intentHash, address vault);
    function recoverToken(uint64 destination, bytes32 routeHash, Reward memory reward, address token) external;
    function refund(uint64 destination, bytes32 routeHash, Reward memory reward) external;
    function refundTo(uint64 destination, bytes32 routeHash, Reward memory reward, address refundee) external;
    function version() external pure returns (string memory version);
    function withdraw(uint64 destination, bytes32 routeHash, Reward memory reward) external;
}
