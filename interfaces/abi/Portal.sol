// SPDX-License-Identifier: MIT OR Apache-2.0
// Written by scripts/abi from the definitions in interfaces/src; do not edit.
pragma solidity >=0.8.4;

interface IPortal {
    struct Call {
        address target;
        bytes data;
        uint256 value;
    }
    struct FillInstruction {
        uint256 destinationChainId;
        bytes32 destinationSettler;
        bytes originData;
    }
    struct GaslessCrossChainOrder {
        address originSettler;
        address user;
        uint256 nonce;
        uint256 originChainId;
        uint32 openDeadline;
        uint32 fillDeadline;
        bytes32 orderDataType;
        bytes orderData;
    }
    struct Intent {
        uint64 destination;
        Route route;
        Reward reward;
    }
    struct OnchainCrossChainOrder {
        uint32 fillDeadline;
        bytes32 orderDataType;
        bytes orderData;
    }
    struct OrderData {
        uint64 destination;
        bytes route;
        Reward reward;
        bytes32 routePortal;
        uint64 routeDeadline;
        Output[] maxSpent;
    }
    struct Output {
        bytes32 token;
        uint256 amount;
        bytes32 recipient;
        uint256 chainId;
    }
    struct ResolvedCrossChainOrder {
        address user;
        uint256 originChainId;
        uint32 openDeadline;
        uint32 fillDeadline;
        bytes32 orderId;
        Output[] maxSpent;
        Output[] minReceived;
        FillInstruction[] fillInstructions;
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

    error AddressEmptyCode(address target);
    error ArrayLengthMismatch();
    error ChainIdTooLarge(uint256 chainId);
    error FailedInnerCall();
    error InsufficientFunds(bytes32 intentHash);
    error InsufficientNativeAmount(uint256 sent, uint256 required);
    error InsufficientNativeRewardAmount();
    error IntentAlreadyExists(bytes32 intentHash);
    error IntentAlreadyFulfilled(bytes32 intentHash);
    error IntentExpired();
    error IntentNotClaimed(bytes32 intentHash);
    error IntentNotFulfilled(bytes32 intentHash);
    error InvalidClaimant();
    error InvalidCreatorBinding(address user, address creator);
    error InvalidHash(bytes32 expected);
    error InvalidOriginChainId(uint256 order, uint256 actual);
    error InvalidOriginSettler(address order, address settler);
    error InvalidPortal(address portal);
    error InvalidRecoverToken(address token);
    error InvalidSignature();
    error InvalidStatusForFunding(uint8 status);
    error InvalidStatusForRefund(uint8 status, uint256 now, uint256 deadline);
    error InvalidStatusForWithdrawal(uint8 status);
    error NotCreatorCaller(address caller);
    error OpenDeadlinePassed();
    error ReentrancyGuardReentrantCall();
    error RewardTokensNotUnique(address token);
    error SafeERC20FailedOperation(address token);
    error TypeSignatureMismatch();
    error ZeroClaimant();

    event IntentFulfilled(bytes32 indexed intentHash, bytes32 indexed claimant);
    event IntentFunded(bytes32 intentHash, address funder, bool complete);
    event IntentProven(bytes32 indexed intentHash, bytes32 indexed claimant);
    event IntentPublished(bytes32 indexed intentHash, uint64 destination, bytes route, address indexed creator, address indexed prover, uint64 rewardDeadline, uint256 rewardNativeAmount, TokenAmount[] rewardTokens);
    event IntentRefunded(bytes32 intentHash, address indexed refundee);
    event IntentTokenRecovered(bytes32 intentHash, address indexed refundee, address indexed token);
    event IntentWithdrawn(bytes32 intentHash, address indexed claimant);
    event Open(bytes32 indexed orderId, ResolvedCrossChainOrder resolvedOrder);
    event OrderFilled(bytes32 orderId, address solver);

    function GASLESS_CROSSCHAIN_ORDER_TYPEHASH() external view returns (bytes32 typehash);
    function _resolve(uint32 openDeadline, OrderData memory orderData) external view returns (ResolvedCrossChainOrder memory resolved);
    function batchWithdraw(uint64[] memory destinations, bytes32[] memory routeHashes, Reward[] memory rewards) external;
    function claimants(bytes32 intentHash) external view returns (bytes32 claimant);
    function domainSeparatorV4() external view returns (bytes32 separator);
    function eip712Domain() external view returns (bytes1 fields, string memory name, string memory version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] memory extensions);
    function executor() external view returns (address executor);
    function fill(bytes32 orderId, bytes memory originData, bytes memory fillerData) external payable;
    function fulfill(bytes32 intentHash, Route memory route, bytes32 rewardHash, bytes32 claimant) external payable returns (bytes[] memory results);
    function fulfillAndProve(bytes32 intentHash, Route memory route, bytes32 rewardHash, bytes32 claimant, address prover, uint64 sourceChainDomainID, bytes memory data) external payable returns (bytes[] memory results);
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
    function open(OnchainCrossChainOrder memory order) external payable;
    function openFor(GaslessCrossChainOrder memory order, bytes memory signature, bytes memory originFillerData) external payable;
    function prove(address prover, uint64 sourceChainDomainID, bytes32[] memory intentHashes, bytes memory data) external payable;
    function publish(Intent memory intent) external returns (bytes32 intentHash, address vault);
    function publish(uint64 destination, bytes memory route, Reward memory reward) external returns (bytes32 intentHash, address vault);
    function publishAndFund(Intent memory intent, bool allowPartial) external payable returns (bytes32 intentHash, address vault);
    function publishAndFund(uint64 destination, bytes memory route, Reward memory reward, bool allowPartial) external payable returns (bytes32 intentHash, address vault);
    function publishAndFundFor(Intent memory intent, bool allowPartial, address funder, address permitContract) external payable returns (bytes32 intentHash, address vault);
    function publishAndFundFor(uint64 destination, bytes memory route, Reward memory reward, bool allowPartial, address funder, address permitContract) external payable returns (bytes32 intentHash, address vault);
    function recoverToken(uint64 destination, bytes32 routeHash, Reward memory reward, address token) external;
    function refund(uint64 destination, bytes32 routeHash, Reward memory reward) external;
    function refundTo(uint64 destination, bytes32 routeHash, Reward memory reward, address refundee) external;
    function resolve(OnchainCrossChainOrder memory order) external view returns (ResolvedCrossChainOrder memory resolved);
    function resolveFor(GaslessCrossChainOrder memory order, bytes memory originFillerData) external view returns (ResolvedCrossChainOrder memory resolved);
    function version() external pure returns (string memory version);
    function withdraw(uint64 destination, bytes32 routeHash, Reward memory reward) external;
}
