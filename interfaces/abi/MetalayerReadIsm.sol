// SPDX-License-Identifier: MIT OR Apache-2.0
// Written by scripts/abi from the definitions in interfaces/src; do not edit.
pragma solidity >=0.8.4;

interface IMetalayerReadIsm {
    error AlreadyInitialized();
    error AttestationExpired(uint64 validUntil);
    error InvalidAttestor(address attestor);
    error InvalidMetadata(uint8 code);
    error InvalidThreshold();
    error MalformedMessage(uint8 code);
    error OffchainLookup(address sender, string[] urls, bytes callData, bytes4 callbackFunction, bytes extraData);
    error OwnableUnauthorizedAccount(address account);
    error QuorumNotReached();
    error ReadResultCountMismatch(uint256 expected, uint256 actual);
    error ReadResultsMissing(bytes32 messageId);
    error RouterOnly(address caller);
    error ZeroAddress();
    error ZeroDomain();

    event AttestorsAndThresholdSet(address[] attestors, uint8 threshold);
    event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner);
    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);
    event UrlsChanged(string[] urls);

    function acceptOwnership() external;
    function attestorsAndThreshold() external view returns (address[] memory attestors, uint8 threshold);
    function consume(bytes32 messageId) external returns (bytes[] memory results);
    function domainSeparator() external view returns (bytes32 separator);
    function getOffchainVerifyInfo(bytes memory message) external view;
    function initialize(address mailbox, address owner, address router, address[] memory attestors, uint8 threshold, string[] memory urls) external;
    function localDomain() external view returns (uint32 domain);
    function moduleType() external view returns (uint8 moduleType);
    function owner() external view returns (address owner);
    function pendingOwner() external view returns (address pendingOwner);
    function router() external view returns (address router);
    function setAttestors(address[] memory attestors, uint8 threshold) external;
    function setUrls(string[] memory urls) external;
    function transferOwnership(address newOwner) external;
    function urls() external view returns (string[] memory urls);
    function verify(bytes memory metadata, bytes memory message) external returns (bool verified);
}
