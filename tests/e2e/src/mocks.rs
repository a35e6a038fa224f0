//! ABI of the Solidity mocks in `tests/mocks` and applications in `tests/solidity`, as far as tests talk to them.
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

    #[derive(Debug, PartialEq, Eq)]
    interface ICourier {
        event NoteSent(uint32 indexed destination, bytes32 messageId);
        event NoteReceived(uint32 indexed origin, bytes note, bytes[] results);

        error OwnerOnly(address caller);
        error RouterOnly(address caller);
        error NotAPeer(uint32 domain, bytes32 account);
        error FeeTooLow(uint256 required, uint256 provided);

        function setPeer(uint32 domain, address peer) external;
        function quote(uint32 destination, bytes note, Read[] reads, uint256 gasLimit) external view returns (uint256 fee);
        function send(uint32 destination, bytes note, Read[] reads, uint256 gasLimit) external payable returns (bytes32 messageId);
        function handle(uint32 origin, bytes32 sender, bytes note, Read[] reads, bytes[] results) external payable;
        function arrived(uint32 destination, bytes32 messageId) external view returns (bool);
    }

    #[derive(Debug, PartialEq, Eq)]
    interface ICommission {
        event Commissioned(bytes32 indexed intentHash, address indexed creator, address vault);

        error NotTheCreator(address creator, address caller);

        /// Of an `Intent` of `interfaces`, spelled out.
        function commission((uint64, (bytes32, uint64, address, uint256, (address, uint256)[], (address, bytes, uint256)[]), (uint64, address, address, uint256, (address, uint256)[])) intent) external payable returns (bytes32 intentHash, address vault);
    }
}
