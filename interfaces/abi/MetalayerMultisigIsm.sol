// SPDX-License-Identifier: MIT OR Apache-2.0
// Written by scripts/abi from the definitions in interfaces/src; do not edit.
pragma solidity >=0.8.4;

interface IMetalayerMultisigIsm {
    error AlreadyInitialized();
    error InvalidThreshold();
    error InvalidValidator(address validator);
    error OwnableUnauthorizedAccount(address account);
    error ZeroAddress();
    error ZeroDomain();

    event MerkleTreeHookSet(uint32 indexed origin, bytes32 merkleTreeHook);
    event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner);
    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);
    event ValidatorsAndThresholdSet(uint32 indexed origin, address[] validators, uint8 threshold);

    function acceptOwnership() external;
    function initialize(address owner) external;
    function merkleTreeHooks(uint32 origin) external view returns (bytes32 merkleTreeHook);
    function moduleType() external view returns (uint8 moduleType);
    function owner() external view returns (address owner);
    function pendingOwner() external view returns (address pendingOwner);
    function setMerkleTreeHook(uint32 origin, bytes32 merkleTreeHook) external;
    function setValidatorsAndThreshold(uint32 origin, address[] memory validators, uint8 threshold) external;
    function transferOwnership(address newOwner) external;
    function validatorsAndThreshold(bytes memory message) external view returns (address[] memory validators, uint8 threshold);
    function verify(bytes memory metadata, bytes memory message) external returns (bool verified);
}
