// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import "./Actors.sol";

/// An ERC-20 whose errors are those of ERC-6093, with a mint that is open to everybody.
///
/// The misbehaving tokens below override one function each, so that a test names its one deviation.
contract Token {
    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed);
    error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed);
    error ERC20InvalidReceiver(address receiver);

    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    function mint(address to, uint256 value) external {
        totalSupply += value;
        balanceOf[to] += value;
        emit Transfer(address(0), to, value);
    }

    function approve(address spender, uint256 value) external virtual returns (bool) {
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    function transfer(address to, uint256 value) external virtual returns (bool) {
        _move(msg.sender, to, value);
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external virtual returns (bool) {
        _spend(from, value);
        _move(from, to, value);
        return true;
    }

    function _spend(address from, uint256 value) internal {
        uint256 allowed = allowance[from][msg.sender];
        if (allowed == type(uint256).max) return;
        if (allowed < value) revert ERC20InsufficientAllowance(msg.sender, allowed, value);
        allowance[from][msg.sender] = allowed - value;
    }

    function _move(address from, address to, uint256 value) internal virtual {
        if (to == address(0)) revert ERC20InvalidReceiver(to);
        uint256 balance = balanceOf[from];
        if (balance < value) revert ERC20InsufficientBalance(from, balance, value);
        balanceOf[from] = balance - value;
        balanceOf[to] += value;
        emit Transfer(from, to, value);
    }
}

/// Moves and approves, and answers with no data at all, as some early tokens do.
contract TokenNoReturn is Token {
    function approve(address spender, uint256 value) external override returns (bool) {
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        assembly {
            return(0, 0)
        }
    }

    function transfer(address to, uint256 value) external override returns (bool) {
        _move(msg.sender, to, value);
        assembly {
            return(0, 0)
        }
    }

    function transferFrom(address from, address to, uint256 value) external override returns (bool) {
        _spend(from, value);
        _move(from, to, value);
        assembly {
            return(0, 0)
        }
    }
}

/// A token with a switch: once bad, it moves nothing.
abstract contract TokenThatTurnsBad is Token {
    bool public bad;

    function setBad(bool bad_) external {
        bad = bad_;
    }
}

/// Answers `false` instead of moving, while bad.
contract TokenFalse is TokenThatTurnsBad {
    function transfer(address to, uint256 value) external override returns (bool) {
        if (bad) return false;
        _move(msg.sender, to, value);
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external override returns (bool) {
        if (bad) return false;
        _spend(from, value);
        _move(from, to, value);
        return true;
    }
}

/// Reverts with an error of its own instead of moving, while bad.
contract TokenRevert is TokenThatTurnsBad {
    error TokenBlocked();

    function _move(address from, address to, uint256 value) internal override {
        if (bad) revert TokenBlocked();
        super._move(from, to, value);
    }

    function transferFrom(address from, address to, uint256 value) external override returns (bool) {
        if (bad) revert TokenBlocked();
        _spend(from, value);
        _move(from, to, value);
        return true;
    }
}

/// Burns a tenth of every move.
contract TokenFee10 is Token {
    function _move(address from, address to, uint256 value) internal override {
        uint256 fee = value / 10;
        super._move(from, to, value - fee);
        uint256 balance = balanceOf[from];
        if (balance < fee) revert ERC20InsufficientBalance(from, balance, fee);
        balanceOf[from] = balance - fee;
        totalSupply -= fee;
        emit Transfer(from, address(0), fee);
    }
}

/// Calls somebody back after it has moved, once: as tokens with hooks let their holders do.
contract TokenHooked is Token, CallsBackOnce {
    function _move(address from, address to, uint256 value) internal override {
        super._move(from, to, value);
        _callBack();
    }
}
