//! The Metalayer: router, security modules and recipients, on top of Hyperlane.
//! Spec: messaging.md §5.
#![allow(clippy::too_many_arguments, reason = "`sol!` makes a constructor of an event's fields")]

solidity! {
    /// A static call on another chain, whose result the message brings.
    /// # Source
    /// messaging.md §5.2
    #[derive(Debug, PartialEq, Eq)]
    struct ReadOperation {
        /// Domain of the chain that is read.
        uint32 domain;
        /// Contract that is read.
        address target;
        /// Calldata of the static call.
        bytes callData;
    }

    /// Entry point of the Metalayer on a chain: sends and delivers messages.
    /// # Source
    /// messaging.md §5.4
    #[derive(Debug, PartialEq, Eq)]
    interface IMetalayerRouter {
        event MetalayerDispatch(address indexed sender, uint32 indexed destination, bytes32 indexed recipient, bytes32 messageId, bytes32 hyperlaneMessageId, uint32 nonce, uint8 finalityState, uint256 gasLimit);
        event MetalayerDelivered(uint32 indexed origin, bytes32 indexed sender, bytes32 indexed recipient, bytes32 messageId);
        /// A message that was sent from here has been delivered. Of ours: no peer confirms deliveries.
        event DeliveryConfirmed(uint32 indexed destination, bytes32 indexed messageId, bytes32 indexed recipient);
        event RemoteRouterSet(uint32 indexed domain, bytes32 router);
        event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner);
        event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);
        event IsmSet(address ism, address readIsm);
        event HookSet(address hook);
        event IgpSet(address igp);
        event ReadGasSet(uint256 base, uint256 perRead);
        event LimitsSet(uint256 maxReads, uint256 maxBytes, uint256 maxGas);
        event FinalityEnabled(uint8 finality, bool enabled);
        event PausedSet(bool paused);

        error AlreadyInitialized();
        error ZeroAddress();
        error ZeroDomain();
        error OwnableUnauthorizedAccount(address account);
        error LengthMismatch();
        error EnforcedPause();
        error LoopbackDomain(uint32 domain);
        error RouterNotEnrolled(uint32 domain);
        error InvalidRecipient(bytes32 recipient);
        error InvalidFinality(uint8 finality);
        error FinalityUnavailable(uint8 finality);
        error TooManyReads(uint256 count, uint256 maximum);
        error GasLimitTooHigh(uint256 gasLimit, uint256 maximum);
        error InvalidRead(uint256 index);
        error MessageTooLarge(uint256 size, uint256 maximum);
        error InsufficientFee(uint256 required, uint256 provided);
        error RefundFailed(address recipient, uint256 amount);
        error MailboxOnly(address caller);
        error UnexpectedRouter(uint32 origin, bytes32 sender);
        error MalformedMessage(uint8 code);
        error UnsupportedVersion(uint8 version);
        error OriginMismatch(uint32 origin, uint32 inner);
        error DestinationMismatch(uint32 local, uint32 inner);
        error AlreadyProcessed(bytes32 messageId);
        error ReadResultCountMismatch(uint256 expected, uint256 actual);
        /// This router has not delivered that message, so it does not say so.
        error NotDelivered(bytes32 messageId);
        /// The remote router has sent something else than a receipt.
        error InvalidReceipt();

        constructor(address mailbox, address owner, address igp, address ism);
        function initialize(address mailbox, address owner, address igp, address ism) external;
        function dispatch(uint32 destination, address recipient, ReadOperation[] reads, bytes writeCallData, uint8 finality, uint256 gasLimit) external payable returns (bytes32 messageId);
        function dispatch(uint32 destination, bytes32 recipient, ReadOperation[] reads, bytes writeCallData, uint8 finality, uint256 gasLimit) external payable returns (bytes32 messageId);
        function quoteDispatch(uint32 destination, bytes32 recipient, ReadOperation[] reads, bytes writeCallData, uint8 finality, uint256 gasLimit) external view returns (uint256 fee);
        function quoteDispatch(uint32 destination, address recipient, ReadOperation[] reads, bytes writeCallData, uint8 finality, uint256 gasLimit) external view returns (uint256 fee);
        function quoteDispatch(uint32 destination, bytes32 recipient, bytes writeCallData) external view returns (uint256 fee);
        function quoteDispatch(uint32 destination, bytes32 recipient, bytes writeCallData, bytes hookMetadata) external view returns (uint256 fee);
        function quoteGasPayment(uint32 destination, uint256 gasLimit) external view returns (uint256 fee);
        function handle(uint32 origin, bytes32 sender, bytes body) external payable;
        /// Tells the router of `origin` that `message`, a Metalayer message, was delivered here.
        function confirmDelivery(uint32 origin, bytes message, uint256 gasLimit) external payable returns (bytes32 messageId);

        function enrollRemoteRouter(uint32 domain, bytes32 router) external;
        function enrollRemoteRouters(uint32[] domains, bytes32[] routers) external;
        function unenrollRemoteRouter(uint32 domain) external;
        function setIsm(address ism, address readIsm) external;
        function setHook(address hook) external;
        function setIgp(address igp) external;
        function setReadGas(uint256 base, uint256 perRead) external;
        function setLimits(uint256 maxReads, uint256 maxBytes, uint256 maxGas) external;
        function setFinalityEnabled(uint8 finality, bool enabled) external;
        function setPaused(bool paused) external;
        function transferOwnership(address newOwner) external;
        function acceptOwnership() external;

        function routerAddresses(uint32 domain) external view returns (address router);
        function routers(uint32 domain) external view returns (bytes32 router);
        function domains() external view returns (uint32[] domains);
        function igp() external view returns (address igp);
        function mailbox() external view returns (address mailbox);
        function localDomain() external view returns (uint32 domain);
        function nonce() external view returns (uint32 nonce);
        function hook() external view returns (address hook);
        function readIsm() external view returns (address readIsm);
        function owner() external view returns (address owner);
        function pendingOwner() external view returns (address pendingOwner);
        function paused() external view returns (bool paused);
        function processed(bytes32 key) external view returns (bool processed);
        /// By the key under which the remote router remembers the delivery as `processed`.
        function confirmed(bytes32 key) external view returns (bool confirmed);
        function interchainSecurityModule() external view returns (address ism);
    }

    /// What an application answers to receive Metalayer messages.
    /// # Source
    /// messaging.md §5.4.4, intents.md §6.2
    #[derive(Debug, PartialEq, Eq)]
    interface IMetalayerRecipient {
        function handle(uint32 origin, bytes32 sender, bytes message, ReadOperation[] reads, bytes[] readResults) external payable;
    }

    /// Chooses the module of a message by its finality flag, and by what its recipient asks for beyond that.
    /// # Source
    /// messaging.md §5.5
    #[derive(Debug, PartialEq, Eq)]
    interface IMetalayerIsm {
        event ModuleSet(uint32 indexed origin, uint8 indexed finality, address module);
        event ReadAggregationSet(address readAggregation);
        event MinFinalitySet(address recipient, uint8 finality);
        event AppModuleSet(address recipient, address module);
        event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner);
        event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);

        error AlreadyInitialized();
        error ZeroAddress();
        error ZeroDomain();
        error OwnableUnauthorizedAccount(address account);
        error InvalidFinality(uint8 finality);
        error MalformedMessage(uint8 code);
        error NoModule(uint32 origin, uint8 finality);
        /// No module is configured for messages that more than one module must pass.
        error NoReadAggregation();

        constructor(address owner);
        function initialize(address owner) external;
        function moduleType() external view returns (uint8 moduleType);
        function route(bytes message) external view returns (address module);
        function verify(bytes metadata, bytes message) external returns (bool verified);
        function finalityModule(bytes message) external view returns (address module);
        function setModule(uint32 origin, uint8 finality, address module) external;
        function setReadAggregation(address readAggregation) external;
        /// Raises the finality of the messages to the caller: 1 (FINALIZED), or 0 for none.
        function setMinFinality(uint8 finality) external;
        /// Adds a module that the messages to the caller must pass too; zero for none.
        function setAppModule(address module) external;
        function minFinality(address recipient) external view returns (uint8 finality);
        function appModules(address recipient) external view returns (address module);
        function modules(uint32 origin, uint8 finality) external view returns (address module);
        function readAggregation() external view returns (address readAggregation);
        function owner() external view returns (address owner);
        function pendingOwner() external view returns (address pendingOwner);
        function transferOwnership(address newOwner) external;
        function acceptOwnership() external;
    }

    /// Signatures of the validators of one finality lane: Hyperlane's message-id multisig, with sets that an owner
    /// changes and trees that are pinned.
    /// # Source
    /// messaging.md §5.3
    #[derive(Debug, PartialEq, Eq)]
    interface IMetalayerMultisigIsm {
        event ValidatorsAndThresholdSet(uint32 indexed origin, address[] validators, uint8 threshold);
        event MerkleTreeHookSet(uint32 indexed origin, bytes32 merkleTreeHook);
        event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner);
        event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);

        error AlreadyInitialized();
        error ZeroAddress();
        error ZeroDomain();
        error OwnableUnauthorizedAccount(address account);
        /// No signature at all would be needed, or more than there are validators.
        error InvalidThreshold();
        /// Nobody, or somebody who is in the set already.
        error InvalidValidator(address validator);

        constructor(address owner);
        function initialize(address owner) external;
        function moduleType() external view returns (uint8 moduleType);
        function verify(bytes metadata, bytes message) external returns (bool verified);
        function validatorsAndThreshold(bytes message) external view returns (address[] validators, uint8 threshold);
        function merkleTreeHooks(uint32 origin) external view returns (bytes32 merkleTreeHook);
        function setValidatorsAndThreshold(uint32 origin, address[] validators, uint8 threshold) external;
        /// Pins the tree of `origin`; metadata of another tree fails.
        function setMerkleTreeHook(uint32 origin, bytes32 merkleTreeHook) external;
        function owner() external view returns (address owner);
        function pendingOwner() external view returns (address pendingOwner);
        function transferOwnership(address newOwner) external;
        function acceptOwnership() external;
    }

    /// The lane's module, the read module and the recipient's own module together: all must pass.
    /// # Source
    /// messaging.md §5.5
    #[derive(Debug, PartialEq, Eq)]
    interface IMetalayerReadAggregationIsm {
        error AlreadyInitialized();
        error ZeroAddress();
        error MalformedMessage(uint8 code);

        constructor(address metalayerIsm, address readIsm);
        function initialize(address metalayerIsm, address readIsm) external;
        function moduleType() external view returns (uint8 moduleType);
        function verify(bytes metadata, bytes message) external returns (bool verified);
        function modulesAndThreshold(bytes message) external view returns (address[] modules, uint8 threshold);
        function metalayerIsm() external view returns (address metalayerIsm);
        function readIsm() external view returns (address readIsm);
    }

    /// Attested results of reads: Hyperlane's CCIP-read module, whose server's answer must be signed.
    /// # Source
    /// messaging.md §5.7
    #[derive(Debug, PartialEq, Eq)]
    interface IMetalayerReadIsm {
        event AttestorsAndThresholdSet(address[] attestors, uint8 threshold);
        event UrlsChanged(string[] urls);
        event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner);
        event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);

        error OffchainLookup(address sender, string[] urls, bytes callData, bytes4 callbackFunction, bytes extraData);
        error AlreadyInitialized();
        error ZeroAddress();
        error ZeroDomain();
        error OwnableUnauthorizedAccount(address account);
        /// No signature at all would be needed, or more than there are attestors.
        error InvalidThreshold();
        /// Nobody, or somebody who is in the set already.
        error InvalidAttestor(address attestor);
        error InvalidMetadata(uint8 code);
        error MalformedMessage(uint8 code);
        error ReadResultCountMismatch(uint256 expected, uint256 actual);
        error AttestationExpired(uint64 validUntil);
        error QuorumNotReached();
        error RouterOnly(address caller);
        error ReadResultsMissing(bytes32 messageId);

        constructor(address mailbox, address owner, address router, address[] attestors, uint8 threshold, string[] urls);
        function initialize(address mailbox, address owner, address router, address[] attestors, uint8 threshold, string[] urls) external;
        function moduleType() external view returns (uint8 moduleType);
        function verify(bytes metadata, bytes message) external returns (bool verified);
        /// Always reverts, with `OffchainLookup`.
        function getOffchainVerifyInfo(bytes message) external view;
        /// Hands the results of a message to the router, once.
        function consume(bytes32 messageId) external returns (bytes[] results);
        function setAttestors(address[] attestors, uint8 threshold) external;
        function attestorsAndThreshold() external view returns (address[] attestors, uint8 threshold);
        function setUrls(string[] urls) external;
        function urls() external view returns (string[] urls);
        function domainSeparator() external view returns (bytes32 separator);
        function router() external view returns (address router);
        function localDomain() external view returns (uint32 domain);
        function owner() external view returns (address owner);
        function pendingOwner() external view returns (address pendingOwner);
        function transferOwnership(address newOwner) external;
        function acceptOwnership() external;
    }

    /// The call that a gateway answers over HTTP; no contract does.
    /// # Source
    /// messaging.md §5.7
    #[derive(Debug, PartialEq, Eq)]
    interface IMetalayerReadGateway {
        function getReadResults(bytes message) external view returns (bytes metadata);
    }
}

/// How final a message must be on its origin before validators sign for it.
/// # Source
/// messaging.md §5.2, §5.6
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum FinalityState {
    /// As soon as the sequencer has it.
    Instant = 0,
    /// When the batch is final on the parent chain.
    Finalized = 1,
    /// Reserved.
    Espresso = 2,
}

impl FinalityState {
    /// The state of a flag; `None` above 2.
    pub const fn new(flag: u8) -> Option<Self> {
        match flag {
            0 => Some(Self::Instant),
            1 => Some(Self::Finalized),
            2 => Some(Self::Espresso),
            _ => None,
        }
    }
}
