// SPDX-License-Identifier: MIT OR Apache-2.0
// Written by scripts/abi from the definitions in interfaces/src; do not edit.
pragma solidity >=0.8.4;

interface IMetalayerRouter {
    struct ReadOperation {
        uint32 domain;
        address target;
        bytes callData;
    }

    error AlreadyInitialized();
    error AlreadyProcessed(bytes32 messageId);
    error DestinationMismatch(uint32 local, uint32 inner);
    error EnforcedPause();
    error FinalityUnavailable(uint8 finality);
    error GasLimitTooHigh(uint256 gasLimit, uint256 maximum);
    error InsufficientFee(uint256 required, uint256 provided);
    error InvalidFinality(uint8 finality);
    error InvalidRead(uint256 index);
    error InvalidReceipt();
    error InvalidRecipient(bytes32 recipient);
    error LengthMismatch();
    error LoopbackDomain(uint32 domain);
    error MailboxOnly(address caller);
    error MalformedMessage(uint8 code);
    error MessageTooLarge(uint256 size, uint256 maximum);
    error NotDelivered(bytes32 messageId);
    error OriginMismatch(uint32 origin, uint32 inner);
    error OwnableUnauthorizedAccount(address account);
    error ReadResultCountMismatch(uint256 expected, uint256 actual);
    error RefundFailed(address recipient, uint256 amount);
    error RouterNotEnrolled(uint32 domain);
    error TooManyReads(uint256 count, uint256 maximum);
    error UnexpectedRouter(uint32 origin, bytes32 sender);
    error UnsupportedVersion(uint8 version);
    error ZeroAddress();
    error ZeroDomain();

    event DeliveryConfirmed(uint32 indexed destination, bytes32 indexed messageId, bytes32 indexed recipient);
    event FinalityEnabled(uint8 finality, bool enabled);
    event HookSet(address hook);
    event IgpSet(address igp);
    event IsmSet(address ism, address readIsm);
    event LimitsSet(uint256 maxReads, uint256 maxBytes, uint256 maxGas);
    event MetalayerDelivered(uint32 indexed origin, bytes32 indexed sender, bytes32 indexed recipient, bytes32 messageId);
    event MetalayerDispatch(address indexed sender, uint32 indexed destination, bytes32 indexed recipient, bytes32 messageId, bytes32 hyperlaneMessageId, uint32 nonce, uint8 finalityState, uint256 gasLimit);
    event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner);
    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);
    event PausedSet(bool paused);
    event ReadGasSet(uint256 base, uint256 perRead);
    event RemoteRouterSet(uint32 indexed domain, bytes32 router);

    function acceptOwnership() external;
    function confirmDelivery(uint32 origin, bytes memory message, uint256 gasLimit) external payable returns (bytes32 messageId);
    function confirmed(bytes32 key) external view returns (bool confirmed);
    function dispatch(uint32 destination, address recipient, ReadOperation[] memory reads, bytes memory writeCallData, uint8 finality, uint256 gasLimit) external payable returns (bytes32 messageId);
    function dispatch(uint32 destination, bytes32 recipient, ReadOperation[] memory reads, bytes memory writeCallData, uint8 finality, uint256 gasLimit) external payable returns (bytes32 messageId);
    function domains() external view returns (uint32[] memory domains);
    function enrollRemoteRouter(uint32 domain, bytes32 router) external;
    function enrollRemoteRouters(uint32[] memory domains, bytes32[] memory routers) external;
    function handle(uint32 origin, bytes32 sender, bytes memory body) external payable;
    function hook() external view returns (address hook);
    function igp() external view returns (address igp);
    function initialize(address mailbox, address owner, address igp, address ism) external;
    function interchainSecurityModule() external view returns (address ism);
    function localDomain() external view returns (uint32 domain);
    function mailbox() external view returns (address mailbox);
    function nonce() external view returns (uint32 nonce);
    function owner() external view returns (address owner);
    function paused() external view returns (bool paused);
    function pendingOwner() external view returns (address pendingOwner);
    function processed(bytes32 key) external view returns (bool processed);
    function quoteDispatch(uint32 destination, bytes32 recipient, ReadOperation[] memory reads, bytes memory writeCallData, uint8 finality, uint256 gasLimit) external view returns (uint256 fee);
    function quoteDispatch(uint32 destination, address recipient, ReadOperation[] memory reads, bytes memory writeCallData, uint8 finality, uint256 gasLimit) external view returns (uint256 fee);
    function quoteDispatch(uint32 destination, bytes32 recipient, bytes memory writeCallData) external view returns (uint256 fee);
    function quoteDispatch(uint32 destination, bytes32 recipient, bytes memory writeCallData, bytes memory hookMetadata) external view returns (uint256 fee);
    function quoteGasPayment(uint32 destination, uint256 gasLimit) external view returns (uint256 fee);
    function readIsm() external view returns (address readIsm);
    function routerAddresses(uint32 domain) external view returns (address router);
    function routers(uint32 domain) external view returns (bytes32 router);
    function setFinalityEnabled(uint8 finality, bool enabled) external;
    function setHook(address hook) external;
    function setIgp(address igp) external;
    function setIsm(address ism, address readIsm) external;
    function setLimits(uint256 maxReads, uint256 maxBytes, uint256 maxGas) external;
    function setPaused(bool paused) external;
    function setReadGas(uint256 base, uint256 perRead) external;
    function transferOwnership(address newOwner) external;
    function unenrollRemoteRouter(uint32 domain) external;
}
