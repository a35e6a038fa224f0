// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

interface IArbWasm {
    function activateProgram(address program) external payable returns (uint16 version, uint256 dataFee);
    function stylusVersion() external view returns (uint16);
    function codehashVersion(bytes32 codehash) external view returns (uint16);
}

/// Creates, activates and constructs a Stylus contract in one transaction, at the interface `cargo stylus` speaks.
/// Written for the devnode's genesis; see README.md here for how its code is made.
contract StylusDeployer {
    IArbWasm private constant ARB_WASM = IArbWasm(address(0x71));

    event ContractDeployed(address deployedContract);

    error ContractDeploymentError(bytes bytecode);
    error ContractInitializationError(address newContract, bytes data);
    error RefundExcessValueError(uint256 excessValue);
    error EmptyBytecode();
    error InitValueButNotInitData();

    /// - bytecode: init code of the contract.
    /// - initData: first call of the new contract; none when empty.
    /// - initValue: wei of that call. The rest of the value pays for activation, what is left is refunded.
    /// - salt: CREATE2 salt, mixed with initData so that nobody else can construct at the address differently; 0 means CREATE.
    function deploy(bytes calldata bytecode, bytes calldata initData, uint256 initValue, bytes32 salt)
        external
        payable
        returns (address deployed)
    {
        if (bytecode.length == 0) revert EmptyBytecode();
        if (initData.length == 0 && initValue != 0) revert InitValueButNotInitData();
        deployed = create(bytecode, salt == 0 ? salt : initSalt(salt, initData));

        uint256 left = msg.value - initValue;
        if (requiresActivation(deployed)) {
            // What is overpaid comes back as a plain balance change, never as a call.
            (, uint256 dataFee) = ARB_WASM.activateProgram{value: left}(deployed);
            left -= dataFee;
        }
        if (initData.length != 0) {
            (bool initialized, bytes memory data) = deployed.call{value: initValue}(initData);
            if (!initialized) revert ContractInitializationError(deployed, data);
        }
        if (left != 0) {
            (bool refunded,) = msg.sender.call{value: left}("");
            if (!refunded) revert RefundExcessValueError(left);
        }
        emit ContractDeployed(deployed);
    }

    /// Whether calls of the contract would fail for want of an activation.
    function requiresActivation(address program) public view returns (bool) {
        uint16 activated;
        try ARB_WASM.codehashVersion(program.codehash) returns (uint16 version) {
            activated = version;
        } catch {}
        return activated != ARB_WASM.stylusVersion();
    }

    function initSalt(bytes32 salt, bytes calldata initData) public pure returns (bytes32) {
        return keccak256(abi.encodePacked(salt, initData));
    }

    function create(bytes memory bytecode, bytes32 salt) private returns (address deployed) {
        assembly ("memory-safe") {
            switch salt
            case 0 { deployed := create(0, add(bytecode, 32), mload(bytecode)) }
            default { deployed := create2(0, add(bytecode, 32), mload(bytecode), salt) }
            if and(iszero(deployed), gt(returndatasize(), 0)) {
                let data := mload(64)
                returndatacopy(data, 0, returndatasize())
                revert(data, returndatasize())
            }
        }
        if (deployed == address(0)) revert ContractDeploymentError(bytecode);
    }
}
