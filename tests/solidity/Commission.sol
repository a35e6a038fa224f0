// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IPortal} from "../../interfaces/abi/Portal.sol";

interface IERC20 {
    function approve(address spender, uint256 value) external returns (bool);
    function balanceOf(address account) external view returns (uint256);
    function transfer(address to, uint256 value) external returns (bool);
    function transferFrom(address from, address to, uint256 value) external returns (bool);
}

/// Takes a reward from its caller, and publishes and funds the intent that offers it.
contract Commission {
    event Commissioned(bytes32 indexed intentHash, address indexed creator, address vault);

    error NotTheCreator(address creator, address caller);
    error TokenRefused(address token);
    error ChangeRefused(uint256 amount);

    IPortal public immutable portal;

    constructor(IPortal portal_) {
        portal = portal_;
    }

    /// The caller must be the reward's creator, whom a refund pays, and have approved this contract for its tokens.
    ///
    /// The Portal takes what the vault lacks, which is nothing for an intent that is funded already: all else goes
    /// back to the caller.
    function commission(IPortal.Intent calldata intent) external payable returns (bytes32 intentHash, address vault) {
        IPortal.Reward calldata reward = intent.reward;
        if (msg.sender != reward.creator) revert NotTheCreator(reward.creator, msg.sender);
        for (uint256 i = 0; i < reward.tokens.length; ++i) {
            (IERC20 token, uint256 amount) = (IERC20(reward.tokens[i].token), reward.tokens[i].amount);
            check(token, token.transferFrom(msg.sender, address(this), amount));
            check(token, token.approve(address(portal), amount));
        }
        (intentHash, vault) = portal.publishAndFund{value: msg.value}(intent, false);
        emit Commissioned(intentHash, msg.sender, vault);
        for (uint256 i = 0; i < reward.tokens.length; ++i) {
            IERC20 token = IERC20(reward.tokens[i].token);
            uint256 rest = token.balanceOf(address(this));
            if (rest > 0) check(token, token.transfer(msg.sender, rest));
        }
        uint256 change = address(this).balance;
        if (change > 0) {
            (bool taken,) = msg.sender.call{value: change}("");
            if (!taken) revert ChangeRefused(change);
        }
    }

    /// The Portal gives back the value that it does not need.
    receive() external payable {}

    function check(IERC20 token, bool ok) private pure {
        if (!ok) revert TokenRefused(address(token));
    }
}
