// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import "./Actors.sol";

/// Takes what it is given and calls somebody back from its `receive`, once.
contract ReentrantReceiver is Caller, CallsBackOnce {
    receive() external payable {
        _callBack();
    }
}

/// A prover whose `prove` pays the whole value on to an accomplice and may call back before that.
contract ThievingProver {
    event Stolen(uint256 value);
    event Reentered(bool success, bytes output);

    address payable private immutable accomplice;
    address private target;
    bytes private callback;

    constructor(address payable accomplice_) {
        accomplice = accomplice_;
    }

    function setCallback(address target_, bytes calldata callback_) external {
        target = target_;
        callback = callback_;
    }

    function prove(address, uint64, bytes calldata, bytes calldata) external payable {
        if (target != address(0)) {
            (bool success, bytes memory output) = target.call(callback);
            emit Reentered(success, output);
        }
        emit Stolen(msg.value);
        accomplice.transfer(msg.value);
    }
}

/// Calls with exactly the gas stipend of a plain transfer, and reports what happened.
contract StipendPayer {
    event Paid(bool success);

    function pay(address payable to) external payable {
        emit Paid(to.send(msg.value));
    }
}
