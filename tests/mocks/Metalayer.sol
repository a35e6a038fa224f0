// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import "./Actors.sol";

/// A Metalayer router that carries nothing: it checks the quote it is asked for and records the dispatch.
contract RecordingRouter is Caller {
    error UnexpectedQuote(bytes callData);

    uint256 public fee;
    bytes32 public expectedQuote;
    bytes public dispatched;
    uint256 public paid;

    /// `quote`: hash of the only calldata that will be quoted, zero for any. A quote is a static call: it cannot be
    /// recorded.
    function expect(uint256 fee_, bytes32 quote) external {
        fee = fee_;
        expectedQuote = quote;
        delete dispatched;
        delete paid;
    }

    /// `quoteDispatch(uint32,bytes32,bytes,bytes)` and every `dispatch`, by their first four bytes.
    fallback() external payable {
        if (msg.sig == 0xf7ccd321) {
            if (expectedQuote != 0 && keccak256(msg.data) != expectedQuote) revert UnexpectedQuote(msg.data);
            uint256 quoted = fee;
            assembly {
                mstore(0, quoted)
                return(0, 32)
            }
        }
        dispatched = msg.data;
        paid = msg.value;
    }

    receive() external payable {}
}

/// Stands where a contract expects a Mailbox: has a domain, and speaks for the test.
contract MailboxStandIn is Caller {
    uint32 public localDomain;

    constructor(uint32 domain) {
        localDomain = domain;
    }

    receive() external payable {}
}

struct ReadOperation {
    uint32 domain;
    address target;
    bytes callData;
}

interface IRouter {
    function dispatch(
        uint32 destination,
        address recipient,
        ReadOperation[] calldata reads,
        bytes calldata writeCallData,
        uint8 finality,
        uint256 gasLimit
    ) external payable returns (bytes32);
}

/// A recipient that tells what it got; it can be made to fail, to answer from inside `handle`, or to have the
/// same delivery attempted again from there.
contract Recipient is Caller {
    event Got(address router, uint32 origin, bytes32 sender, bytes message, uint256 reads, uint256 results, uint256 value);
    event GotReads(ReadOperation[] reads, bytes[] results);
    event Answered(bytes32 messageId);
    event Again(bool success, bytes output);

    error Refused(bytes message);

    bool public refusing;
    uint32 private answerTo;
    address private answerFor;
    address private again;
    bytes private againData;

    function refuse(bool refusing_) external {
        refusing = refusing_;
    }

    function answer(uint32 destination, address recipient) external payable {
        answerTo = destination;
        answerFor = recipient;
    }

    function repeat(address target, bytes calldata data) external {
        again = target;
        againData = data;
    }

    function handle(
        uint32 origin,
        bytes32 sender,
        bytes calldata message,
        ReadOperation[] calldata reads,
        bytes[] calldata results
    ) external payable {
        if (refusing) revert Refused(message);
        emit Got(msg.sender, origin, sender, message, reads.length, results.length, msg.value);
        if (reads.length > 0) emit GotReads(reads, results);
        if (answerTo != 0) {
            // All of its balance: the router gives back what the hooks do not ask for, in the middle of the delivery.
            bytes32 id = IRouter(msg.sender).dispatch{value: address(this).balance}(
                answerTo, answerFor, new ReadOperation[](0), message, 0, 100_000
            );
            emit Answered(id);
        }
        if (again != address(0)) {
            (bool success, bytes memory output) = again.call(againData);
            emit Again(success, output);
        }
    }

    receive() external payable {}
}

/// A recipient that takes everything and does nothing: what a delivery costs beside it.
contract Sink {
    fallback() external payable {}

    receive() external payable {}
}

/// Passes a call on to another program, as the router that a read module obeys.
contract Relay {
    function twice(address target, bytes calldata first, bytes calldata second) external returns (bytes memory output) {
        bool success;
        (success, output) = target.call(first);
        if (success) (success, output) = target.call(second);
        assembly {
            let size := mload(output)
            let data := add(output, 32)
            if iszero(success) {
                revert(data, size)
            }
            return(data, size)
        }
    }
}

/// A security module that accepts everything or nothing.
contract FixedIsm {
    uint8 public constant moduleType = 6;
    bool private immutable verdict;

    constructor(bool verdict_) {
        verdict = verdict_;
    }

    function verify(bytes calldata, bytes calldata) external view returns (bool) {
        return verdict;
    }
}
