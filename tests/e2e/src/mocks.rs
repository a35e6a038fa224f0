//! ABI of the Solidity mocks in `tests/mocks`, as far as tests talk to them.
#![allow(missing_docs)] // each is documented where it is written

alloy::sol! {
    #[derive(Debug, PartialEq, Eq)]
    interface IToken {
        function mint(address to, uint256 value) external;
        function approve(address spender, uint256 value) external returns (bool);
        function balanceOf(address account) external view returns (uint256);
        function allowance(address owner, address spender) external view returns (uint256);
        function setBad(bool bad) external;
    }

    #[derive(Debug, PartialEq, Eq)]
    interface ISetProof {
        event Proved(address sender, uint64 domain, bytes proofs, bytes data, uint256 value);

        function setProof(bytes32 intentHash, address claimant, uint64 destination) external;
    }

    #[derive(Debug, PartialEq, Eq)]
    interface ICaller {
        function exec(address target, uint256 value, bytes data) external payable returns (bytes output);
    }

    #[derive(Debug, PartialEq, Eq)]
    interface IPermit {
        function set(address owner, address token, address spender, uint160 amount, uint48 expiration) external;
        function setExtra(uint256 extra) external;
    }

    /// `ReentrantPermit`, `ReentrantReceiver` and `ThievingProver`.
    #[derive(Debug, PartialEq, Eq)]
    interface ICallsBack {
        event Reentered(bool success, bytes output);
        event Stolen(uint256 value);

        function setCallback(address target, bytes callback) external;
    }

    #[derive(Debug, PartialEq, Eq)]
    interface ITarget {
        event Hit(address sender, uint256 value, bytes data);

        function ping(uint256 x) external payable returns (uint256);
    }

    #[derive(Debug, PartialEq, Eq)]
    interface IRecordingRouter {
        error UnexpectedQuote(bytes callData);

        function expect(uint256 fee, bytes32 quote) external;
        function dispatched() external view returns (bytes callData);
        function paid() external view returns (uint256 value);
    }

    #[derive(Debug, PartialEq, Eq)]
    struct Read {
        uint32 domain;
        address target;
        bytes callData;
    }

    #[derive(Debug, PartialEq, Eq)]
    interface IRelay {
        function twice(address target, bytes first, bytes second) external returns (bytes output);
    }

    #[derive(Debug, PartialEq, Eq)]
    interface IRecipientMock {
        event GotReads(Read[] reads, bytes[] results);
        event Got(address router, uint32 origin, bytes32 sender, bytes message, uint256 reads, uint256 results, uint256 value);
        event Answered(bytes32 messageId);
        event Again(bool success, bytes output);

        error Refused(bytes message);

        function refuse(bool refusing) external;
        function answer(uint32 destination, address recipient) external payable;
        function repeat(address target, bytes data) external;
    }

    #[derive(Debug, PartialEq, Eq)]
    interface IStipendPayer {
        event Paid(bool success);

        function pay(address to) external payable;
    }
}
