// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// The other actors of the intent scenarios: what each does is part of the vectors (`meta.scenarioActors`).

/// A prover that says what a test told it to say, and keeps the value it is given.
contract Prover {
    struct Proof {
        address claimant;
        uint64 destination;
    }

    event Challenged(uint64 destination, bytes32 routeHash, bytes32 rewardHash);
    event Proved(address sender, uint64 domain, bytes proofs, bytes data, uint256 value);

    mapping(bytes32 => Proof) private proofs;

    function setProof(bytes32 intentHash, address claimant, uint64 destination) external {
        proofs[intentHash] = Proof(claimant, destination);
    }

    function provenIntents(bytes32 intentHash) external view returns (Proof memory) {
        return proofs[intentHash];
    }

    function challengeIntentProof(uint64 destination, bytes32 routeHash, bytes32 rewardHash) external {
        bytes32 intentHash = keccak256(abi.encodePacked(destination, routeHash, rewardHash));
        if (proofs[intentHash].destination != destination) delete proofs[intentHash];
        emit Challenged(destination, routeHash, rewardHash);
    }

    function prove(address sender, uint64 domain, bytes calldata encodedProofs, bytes calldata data) external payable {
        emit Proved(sender, domain, encodedProofs, data, msg.value);
    }
}

/// Makes any call for anybody; the revert data of a failed one comes back unchanged.
contract Caller {
    function exec(address target, uint256 value, bytes calldata data) external payable returns (bytes memory) {
        (bool success, bytes memory output) = target.call{value: value}(data);
        if (!success) {
            assembly {
                revert(add(output, 32), mload(output))
            }
        }
        return output;
    }
}

/// Calls somebody once, when what inherits it says so, and tells what came of it.
abstract contract CallsBackOnce {
    event Reentered(bool success, bytes output);

    address private target;
    bytes private callback;

    function setCallback(address target_, bytes calldata callback_) external {
        target = target_;
        callback = callback_;
    }

    function _callBack() internal {
        if (target == address(0)) return;
        address called = target;
        target = address(0);
        (bool success, bytes memory output) = called.call(callback);
        emit Reentered(success, output);
    }
}

/// Refuses native; what it spends comes with `exec`.
contract NoEth is Caller {}

/// Spends far more than the 2,300-gas stipend when it is paid.
contract GasEth is Caller {
    uint256[5] public writes;

    receive() external payable {
        for (uint256 i = 0; i < writes.length; i++) {
            writes[i] += msg.value + 1;
        }
    }
}

interface IToken {
    function transferFrom(address from, address to, uint256 value) external returns (bool);
    function mint(address to, uint256 value) external;
}

/// A permit contract that keeps allowances with an expiry, and may deliver more than it was asked for.
contract Permit {
    struct Allowance {
        uint160 amount;
        uint48 expiration;
        uint48 nonce;
    }

    error AllowanceExpired(uint256 expiration);
    error InsufficientAllowance(uint256 amount);

    mapping(address => mapping(address => mapping(address => Allowance))) public allowance;
    uint256 public extra;

    function set(address owner, address token, address spender, uint160 amount, uint48 expiration) external {
        allowance[owner][token][spender] = Allowance(amount, expiration, 0);
    }

    function setExtra(uint256 extra_) external {
        extra = extra_;
    }

    function transferFrom(address from, address to, uint160 amount, address token) external {
        Allowance storage granted = allowance[from][token][msg.sender];
        if (block.timestamp > granted.expiration) revert AllowanceExpired(granted.expiration);
        if (granted.amount < amount) revert InsufficientAllowance(granted.amount);
        granted.amount -= amount;
        IToken(token).transferFrom(from, to, amount);
        if (extra != 0) IToken(token).mint(to, extra);
    }
}

/// A permit contract without limits that calls somebody back after it has moved the tokens.
contract ReentrantPermit {
    address private target;
    bytes private callback;

    function setCallback(address target_, bytes calldata callback_) external {
        target = target_;
        callback = callback_;
    }

    function allowance(address, address, address) external pure returns (uint160, uint48, uint48) {
        return (type(uint160).max, type(uint48).max, 0);
    }

    function transferFrom(address from, address to, uint160 amount, address token) external {
        IToken(token).transferFrom(from, to, amount);
        (bool success, bytes memory output) = target.call(callback);
        if (!success) {
            assembly {
                revert(add(output, 32), mload(output))
            }
        }
    }
}

/// What a route calls: tells who came, with how much and with what, or fails with an error of its own.
contract Target {
    event Hit(address sender, uint256 value, bytes data);

    error Nope(uint256 x);

    function ping(uint256 x) external payable returns (uint256) {
        emit Hit(msg.sender, msg.value, msg.data);
        return x + 1;
    }

    function fail(uint256 x) external pure {
        revert Nope(x);
    }

    receive() external payable {}
}

/// A wallet of ERC-1271 that judges signatures as it was told, without looking at them, and refuses native.
contract Wallet is Caller {
    enum Verdict {
        Refuses,
        Agrees,
        Reverts,
        // Four bytes of the thirty-two.
        Mumbles,
        // More than the four bytes that it has to say.
        Scribbles,
        // Writes storage, which nobody may who is only asked.
        Writes
    }

    Verdict private verdict;
    uint256 private asked;

    function judge(Verdict verdict_) external {
        verdict = verdict_;
    }

    function isValidSignature(bytes32, bytes calldata) external returns (bytes32 answer) {
        answer = bytes32(this.isValidSignature.selector);
        if (verdict == Verdict.Refuses) return bytes32(bytes4(0xffffffff));
        if (verdict == Verdict.Reverts) revert();
        if (verdict == Verdict.Writes) asked++;
        if (verdict == Verdict.Scribbles) return answer | bytes32(uint256(1));
        if (verdict == Verdict.Mumbles) {
            assembly {
                mstore(0, answer)
                return(0, 4)
            }
        }
    }
}

/// Leaves its whole endowment to `heir` without running the heir's code: some contracts cannot be paid otherwise.
contract Bequest {
    constructor(address payable heir) payable {
        selfdestruct(heir);
    }
}
