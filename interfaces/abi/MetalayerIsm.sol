// SPDX-License-Identifier: MIT OR Apache-2.0
// Written by scripts/abi from the definitions in interfaces/src; do not edit.
pragma solidity >=0.8.4;

interface IMetalayerIsm {
    error AlreadyInitialized();
    error InvalidFinality(uint8 finality);
    error MalformedMessage(uint8 code);
    error NoModule(uint32 origin, uint8 finality);
    error NoReadAggregation();
    error OwnableUnauthorizedAccount(address account);
    error ZeroAddress();
    error ZeroDomain();

    event AppModuleSet(address recipient, address module);
    event MinFinalitySet(address recipient, uint8 finality);
    event ModuleSet(uint32 indexed origin, uint8 indexed finality, address module);
    event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner);
    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);
    event ReadAggregationSet(address readAggregation);

    function acceptOwnership() external;
    function appModules(address recipient) external view returns (address module);
    function finalityModule(bytes memory message) external view returns (address module);
    function initialize(address owner) external;
    function minFinality(address recipient) external view returns (uint8 finality);
    function moduleType() external view returns (uint8 moduleType);
    function modules(uint32 origin, uint8 finality) external view returns (address module);
    function owner() external view returns (address owner);
    function pendingOwner() external view returns (address pendingOwner);
    function readAggregation() external view returns (address readAggregation);
    function route(bytes memory message) external view returns (address module);
    function setAppModule(address module) external;
    function setMinFinality(uint8 finality) external;
    function setModule(uint32 origin, uint8 finality, address module) external;
    function setReadAggregation(address readAggregation) external;
    function transferOwnership(address newOwner) external;
    function verify(bytes memory metadata, bytes memory message) external returns (bool verified);
}
