// SPDX-License-Identifier: MIT OR Apache-2.0
// Written by scripts/abi from the definitions in interfaces/src; do not edit.
pragma solidity >=0.8.4;

interface IMetalayerReadAggregationIsm {
    error AlreadyInitialized();
    error MalformedMessage(uint8 code);
    error ZeroAddress();

    function initialize(address metalayerIsm, address readIsm) external;
    function metalayerIsm() external view returns (address metalayerIsm);
    function moduleType() external view returns (uint8 moduleType);
    function modulesAndThreshold(bytes memory message) external view returns (address[] memory modules, uint8 threshold);
    function readIsm() external view returns (address readIsm);
    function verify(bytes memory metadata, bytes memory message) external returns (bool verified);
}
