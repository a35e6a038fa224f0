// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

interface IBalances {
    function balanceOf(address account) external view returns (uint256);
}

/// Looks at a whole chain in one call: every balance, who has code, and what views answer.
contract Observer {
    struct Question {
        address target;
        bytes data;
    }

    struct Sight {
        uint256[] native;
        bool[] hasCode;
        uint256[] tokens;
        bool[] answered;
        bytes[] answers;
    }

    /// `tokens` of the result: the balances of all accounts in the first token, then in the next.
    function look(address[] calldata accounts, address[] calldata tokens, Question[] calldata questions)
        external
        view
        returns (Sight memory seen)
    {
        seen.native = new uint256[](accounts.length);
        seen.hasCode = new bool[](accounts.length);
        seen.tokens = new uint256[](accounts.length * tokens.length);
        for (uint256 i = 0; i < accounts.length; i++) {
            seen.native[i] = accounts[i].balance;
            seen.hasCode[i] = accounts[i].code.length > 0;
            for (uint256 t = 0; t < tokens.length; t++) {
                seen.tokens[t * accounts.length + i] = IBalances(tokens[t]).balanceOf(accounts[i]);
            }
        }
        seen.answered = new bool[](questions.length);
        seen.answers = new bytes[](questions.length);
        for (uint256 i = 0; i < questions.length; i++) {
            (seen.answered[i], seen.answers[i]) = questions[i].target.staticcall(questions[i].data);
        }
    }
}
