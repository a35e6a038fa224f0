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
        /// A message was sent by `sender`. `messageId`: the Metalayer's; `gasLimit`: gas that was paid for, with that
        /// of the reads. messaging.md §5.4.2
        event MetalayerDispatch(address indexed sender, uint32 indexed destination, bytes32 indexed recipient, bytes32 messageId, bytes32 hyperlaneMessageId, uint32 nonce, uint8 finalityState, uint256 gasLimit);
        /// A message of `sender` on `origin` was delivered to `recipient`. `messageId`: the Metalayer's.
        /// messaging.md §5.4.4
        event MetalayerDelivered(uint32 indexed origin, bytes32 indexed sender, bytes32 indexed recipient, bytes32 messageId);
        /// A message that was sent from here has been delivered. Of ours: no peer confirms deliveries;
        /// `contracts/metalayer-router/README.md`. `messageId`: the Metalayer's. messaging.md §5.4
        event DeliveryConfirmed(uint32 indexed destination, bytes32 indexed messageId, bytes32 indexed recipient);
        /// The router of a domain; zero: there is none any more. messaging.md §5.4.1
        event RemoteRouterSet(uint32 indexed domain, bytes32 router);
        /// `newOwner` may accept the ownership; zero: nobody. messaging.md §5.4.1
        event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner);
        /// There is another owner. messaging.md §5.4.1
        event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);
        /// There are other modules. messaging.md §5.4.1
        event IsmSet(address ism, address readIsm);
        /// There is another hook; zero: the Mailbox's. messaging.md §5.4.1
        event HookSet(address hook);
        /// There is another paymaster. messaging.md §5.4.1
        event IgpSet(address igp);
        /// Gas that reads cost on delivery: at all, and each. messaging.md §5.4.1
        event ReadGasSet(uint256 base, uint256 perRead);
        /// Other limits: reads, bytes and gas of a message. messaging.md §5.4.1
        event LimitsSet(uint256 maxReads, uint256 maxBytes, uint256 maxGas);
        /// A lane was opened or closed for sending. `finality`: a `FinalityState`. messaging.md §5.4.1
        event FinalityEnabled(uint8 finality, bool enabled);
        /// Sending and delivering was stopped, or goes on. messaging.md §5.4.1
        event PausedSet(bool paused);

        /// The contract is set up. messaging.md §5.4.1
        error AlreadyInitialized();
        /// An address that must be somebody's. messaging.md §5.4.1
        error ZeroAddress();
        /// 0 is no domain. messaging.md §5.4.1
        error ZeroDomain();
        /// Only the owner may; to accept, only whom the owner has named. messaging.md §5.4.1
        error OwnableUnauthorizedAccount(address account);
        /// The two lists have different lengths. messaging.md §5.4.1
        error LengthMismatch();
        /// Sending and delivering is stopped; try again later. messaging.md §5.4.1
        error EnforcedPause();
        /// The destination is this chain. messaging.md §5.4.2
        error LoopbackDomain(uint32 domain);
        /// No router is known on the domain. messaging.md §5.4.2, §5.4.4
        error RouterNotEnrolled(uint32 domain);
        /// Nobody, no address, an account without code, or a router for something else than a receipt.
        /// messaging.md §5.4.2, §5.4.4
        error InvalidRecipient(bytes32 recipient);
        /// No `FinalityState`. messaging.md §5.4.2
        error InvalidFinality(uint8 finality);
        /// The lane is closed. `finality`: a `FinalityState`. messaging.md §5.4.2
        error FinalityUnavailable(uint8 finality);
        /// More reads than a message may have. messaging.md §5.4.2
        error TooManyReads(uint256 count, uint256 maximum);
        /// More gas than may be asked for. messaging.md §5.4.2
        error GasLimitTooHigh(uint256 gasLimit, uint256 maximum);
        /// The read at `index` is of no domain or of nobody. messaging.md §5.4.2
        error InvalidRead(uint256 index);
        /// More bytes than a Metalayer message may have. messaging.md §5.4.2
        error MessageTooLarge(uint256 size, uint256 maximum);
        /// The value is below the fee; both wei. messaging.md §5.4.2
        error InsufficientFee(uint256 required, uint256 provided);
        /// The caller did not take back what was too much, wei. messaging.md §5.4.2
        error RefundFailed(address recipient, uint256 amount);
        /// Only the Mailbox delivers. messaging.md §5.4.4
        error MailboxOnly(address caller);
        /// The sender is not the router that is enrolled for the origin. messaging.md §5.4.4
        error UnexpectedRouter(uint32 origin, bytes32 sender);
        /// The body is no Metalayer message. `code`: a `Malformed`. messaging.md §5.2
        error MalformedMessage(uint8 code);
        /// The message is of another version than 3. messaging.md §5.4.4
        error UnsupportedVersion(uint8 version);
        /// The message says that it is from another domain than it came from. messaging.md §5.4.4
        error OriginMismatch(uint32 origin, uint32 inner);
        /// The message is for another domain. messaging.md §5.4.4
        error DestinationMismatch(uint32 local, uint32 inner);
        /// The message was delivered before. `messageId`: the Metalayer's. messaging.md §5.4.4
        error AlreadyProcessed(bytes32 messageId);
        /// There are more or fewer results than reads. messaging.md §5.4.4
        error ReadResultCountMismatch(uint256 expected, uint256 actual);
        /// This router has not delivered that message, so it does not say so. Of ours. messaging.md §5.4
        error NotDelivered(bytes32 messageId);
        /// The remote router has sent something else than a receipt. Of ours. messaging.md §5.4
        error InvalidReceipt();

        /// As `initialize`.
        /// # Errors
        /// As `initialize`.
        /// # Events
        /// As `initialize`.
        /// # Source
        /// messaging.md §5.4.1
        constructor(address mailbox, address owner, address igp, address ism);
        /// Sets the router up, once; in the transaction that deploys it. `igp`: for `quoteGasPayment`'s readers; `ism`:
        /// a MetalayerIsm.
        /// # Errors
        /// `AlreadyInitialized`, `ZeroAddress`, `ZeroDomain`; what the Mailbox reverts with.
        /// # Events
        /// `OwnershipTransferred`, `IgpSet`, `IsmSet`
        /// # Source
        /// messaging.md §5.4.1
        function initialize(address mailbox, address owner, address igp, address ism) external;
        /// Sends a message, with its fee as value; what is too much comes back. `destination`: a domain, no chain id;
        /// `reads`: calls on other chains whose results the recipient gets; `writeCallData`: what the recipient gets;
        /// `finality`: a `FinalityState`; `gasLimit`: for the recipient. `messageId`: Hyperlane's.
        /// # Errors
        /// `EnforcedPause`, `LoopbackDomain`, `RouterNotEnrolled`, `InvalidRecipient`, `InvalidFinality`,
        /// `FinalityUnavailable`, `TooManyReads`, `GasLimitTooHigh`, `InvalidRead`, `MessageTooLarge`, in this order;
        /// what Mailbox and hooks revert with; `InsufficientFee`, `RefundFailed`
        /// # Events
        /// `MetalayerDispatch`
        /// # Source
        /// messaging.md §5.4.2
        function dispatch(uint32 destination, address recipient, ReadOperation[] reads, bytes writeCallData, uint8 finality, uint256 gasLimit) external payable returns (bytes32 messageId);
        /// As the other `dispatch`, to an address of 32 bytes.
        /// # Errors
        /// As the other.
        /// # Events
        /// As the other.
        /// # Source
        /// messaging.md §5.4.2
        function dispatch(uint32 destination, bytes32 recipient, ReadOperation[] reads, bytes writeCallData, uint8 finality, uint256 gasLimit) external payable returns (bytes32 messageId);
        /// Wei that `dispatch` would ask of the same caller for the same message.
        /// # Errors
        /// As `dispatch`, but for pause and fee.
        /// # Source
        /// messaging.md §5.4.3
        function quoteDispatch(uint32 destination, bytes32 recipient, ReadOperation[] reads, bytes writeCallData, uint8 finality, uint256 gasLimit) external view returns (uint256 fee);
        /// As the other `quoteDispatch` of six arguments, to an address of 20 bytes.
        /// # Errors
        /// As the other.
        /// # Source
        /// messaging.md §5.4.3
        function quoteDispatch(uint32 destination, address recipient, ReadOperation[] reads, bytes writeCallData, uint8 finality, uint256 gasLimit) external view returns (uint256 fee);
        /// Wei for a message without reads, INSTANT, with 100,000 gas.
        /// # Errors
        /// As the others.
        /// # Source
        /// messaging.md §5.4.3
        function quoteDispatch(uint32 destination, bytes32 recipient, bytes writeCallData) external view returns (uint256 fee);
        /// Wei for a message without reads, INSTANT, with the hook metadata as given.
        /// # Errors
        /// As the others, but for the gas limit.
        /// # Source
        /// messaging.md §5.4.3
        function quoteDispatch(uint32 destination, bytes32 recipient, bytes writeCallData, bytes hookMetadata) external view returns (uint256 fee);
        /// Wei for an empty message to anybody, INSTANT, with so much gas.
        /// # Errors
        /// As `quoteDispatch`, but for the recipient.
        /// # Source
        /// messaging.md §5.4.3
        function quoteGasPayment(uint32 destination, uint256 gasLimit) external view returns (uint256 fee);
        /// Delivers a message to its recipient, with value and all gas; by the Mailbox. `body`: a Metalayer message.
        /// # Errors
        /// `MailboxOnly`, `EnforcedPause`, `RouterNotEnrolled`, `UnexpectedRouter`, `MalformedMessage`,
        /// `UnsupportedVersion`, `OriginMismatch`, `DestinationMismatch`, `InvalidRecipient`, `AlreadyProcessed`, in
        /// this order; what the read module reverts with, `ReadResultCountMismatch`; `InvalidReceipt`; what the
        /// recipient reverts with.
        /// # Events
        /// `MetalayerDelivered`; `DeliveryConfirmed` for the first receipt of a message
        /// # Source
        /// messaging.md §5.4.4
        function handle(uint32 origin, bytes32 sender, bytes body) external payable;
        /// Tells the router of `origin` that `message`, a Metalayer message, was delivered here; anyone may, with the
        /// fee as value. Of ours: `contracts/metalayer-router/README.md`. `gasLimit`: for the delivery of the receipt;
        /// `messageId`: Hyperlane's, of the receipt.
        /// # Errors
        /// `NotDelivered`, `InvalidRecipient`; as `dispatch`.
        /// # Events
        /// `MetalayerDispatch`
        /// # Source
        /// messaging.md §5.4
        function confirmDelivery(uint32 origin, bytes message, uint256 gasLimit) external payable returns (bytes32 messageId);

        /// Names the router of a domain, in the place of the one before; by the owner. `router`: an address in 32
        /// bytes.
        /// # Errors
        /// `OwnableUnauthorizedAccount`, `ZeroDomain`, `LoopbackDomain`, `InvalidRecipient`
        /// # Events
        /// `RemoteRouterSet`
        /// # Source
        /// messaging.md §5.4.1
        function enrollRemoteRouter(uint32 domain, bytes32 router) external;
        /// As `enrollRemoteRouter`, for each pair.
        /// # Errors
        /// `LengthMismatch`; as `enrollRemoteRouter`.
        /// # Events
        /// `RemoteRouterSet`, for each
        /// # Source
        /// messaging.md §5.4.1
        function enrollRemoteRouters(uint32[] domains, bytes32[] routers) external;
        /// Forgets the router of a domain: nothing goes there or comes from there any more. By the owner.
        /// # Errors
        /// `OwnableUnauthorizedAccount`, `RouterNotEnrolled`
        /// # Events
        /// `RemoteRouterSet`
        /// # Source
        /// messaging.md §5.4.1
        function unenrollRemoteRouter(uint32 domain) external;
        /// Names the module of messages and the one that keeps read results; by the owner.
        /// # Errors
        /// `OwnableUnauthorizedAccount`
        /// # Events
        /// `IsmSet`
        /// # Source
        /// messaging.md §5.4.1
        function setIsm(address ism, address readIsm) external;
        /// Names the hook that posts messages, zero for the Mailbox's; by the owner.
        /// # Errors
        /// `OwnableUnauthorizedAccount`
        /// # Events
        /// `HookSet`
        /// # Source
        /// messaging.md §5.4.1
        function setHook(address hook) external;
        /// Names the paymaster; by the owner.
        /// # Errors
        /// `OwnableUnauthorizedAccount`
        /// # Events
        /// `IgpSet`
        /// # Source
        /// messaging.md §5.4.1
        function setIgp(address igp) external;
        /// Gas that senders of reads pay for: `base` for any, `perRead` for each; by the owner.
        /// # Errors
        /// `OwnableUnauthorizedAccount`, `GasLimitTooHigh`
        /// # Events
        /// `ReadGasSet`
        /// # Source
        /// messaging.md §5.4.1
        function setReadGas(uint256 base, uint256 perRead) external;
        /// Limits of a message: reads, at most 16, bytes and gas; by the owner.
        /// # Errors
        /// `OwnableUnauthorizedAccount`, `TooManyReads`, `MessageTooLarge`, `GasLimitTooHigh`
        /// # Events
        /// `LimitsSet`
        /// # Source
        /// messaging.md §5.4.1
        function setLimits(uint256 maxReads, uint256 maxBytes, uint256 maxGas) external;
        /// Opens or closes a lane for sending; by the owner. `finality`: a `FinalityState`.
        /// # Errors
        /// `OwnableUnauthorizedAccount`, `InvalidFinality`
        /// # Events
        /// `FinalityEnabled`
        /// # Source
        /// messaging.md §5.4.1
        function setFinalityEnabled(uint8 finality, bool enabled) external;
        /// Stops sending and delivering, or lets it go on; by the owner.
        /// # Errors
        /// `OwnableUnauthorizedAccount`
        /// # Events
        /// `PausedSet`
        /// # Source
        /// messaging.md §5.4.1
        function setPaused(bool paused) external;
        /// Names the next owner, who has to accept; zero takes it back. By the owner.
        /// # Errors
        /// `OwnableUnauthorizedAccount`
        /// # Events
        /// `OwnershipTransferStarted`
        /// # Source
        /// messaging.md §5.4.1
        function transferOwnership(address newOwner) external;
        /// Becomes the owner; by whom the owner has named.
        /// # Errors
        /// `OwnableUnauthorizedAccount`
        /// # Events
        /// `OwnershipTransferred`
        /// # Source
        /// messaging.md §5.4.1
        function acceptOwnership() external;

        /// The router of a domain as an address; zero for none. messaging.md §5.4.1
        function routerAddresses(uint32 domain) external view returns (address router);
        /// The router of a domain in 32 bytes; zero for none. messaging.md §5.4.1
        function routers(uint32 domain) external view returns (bytes32 router);
        /// The domains that have a router. messaging.md §5.4.1
        function domains() external view returns (uint32[] domains);
        /// The paymaster. messaging.md §5.4.1
        function igp() external view returns (address igp);
        /// The Mailbox below. messaging.md §5.4.1
        function mailbox() external view returns (address mailbox);
        /// The domain of this chain. messaging.md §5.4.1
        function localDomain() external view returns (uint32 domain);
        /// Of the next message. messaging.md §5.4.1
        function nonce() external view returns (uint32 nonce);
        /// What posts messages; zero: the Mailbox's. messaging.md §5.4.1
        function hook() external view returns (address hook);
        /// What keeps read results; zero: nothing does. messaging.md §5.4.1
        function readIsm() external view returns (address readIsm);
        /// Who configures. messaging.md §5.4.1
        function owner() external view returns (address owner);
        /// Who may accept the ownership; zero: nobody. messaging.md §5.4.1
        function pendingOwner() external view returns (address pendingOwner);
        /// Is sending and delivering stopped? messaging.md §5.4.1
        function paused() external view returns (bool paused);
        /// Was a message delivered? `key`: `MetalayerMessage::processed_key` of its origin. messaging.md §5.4.4
        function processed(bytes32 key) external view returns (bool processed);
        /// Is a message of ours known to be delivered? `key`: `MetalayerMessage::processed_key` of its destination and
        /// of the router there, not of its origin as for `processed`. Of ours. messaging.md §5.4
        function confirmed(bytes32 key) external view returns (bool confirmed);
        /// What verifies messages; the Mailbox asks for it. messaging.md §5.4.1
        function interchainSecurityModule() external view returns (address ism);
    }

    /// What an application answers to receive Metalayer messages.
    /// # Source
    /// messaging.md §5.4.4, intents.md §6.2
    #[derive(Debug, PartialEq, Eq)]
    interface IMetalayerRecipient {
        /// Takes a message, and whatever value comes with it. Check that the caller is the router, and that `(origin,
        /// sender)` is whom you believe. `origin`: a domain, no chain id; `sender`: who called the router there. A
        /// revert leaves the message deliverable. messaging.md §5.4.4
        function handle(uint32 origin, bytes32 sender, bytes message, ReadOperation[] reads, bytes[] readResults) external payable;
    }

    /// Chooses the module of a message by its finality flag, and by what its recipient asks for beyond that.
    /// # Source
    /// messaging.md §5.5
    #[derive(Debug, PartialEq, Eq)]
    interface IMetalayerIsm {
        /// The module of a lane; zero: there is none. `finality`: a `FinalityState`. messaging.md §5.5
        event ModuleSet(uint32 indexed origin, uint8 indexed finality, address module);
        /// The module of messages that more than one must pass. messaging.md §5.5
        event ReadAggregationSet(address readAggregation);
        /// A recipient asks for a lane: 1 (FINALIZED), or 0 for none. messaging.md §5.5
        event MinFinalitySet(address recipient, uint8 finality);
        /// A recipient has a module of its own; zero: none. messaging.md §5.5
        event AppModuleSet(address recipient, address module);
        /// `newOwner` may accept the ownership; zero: nobody. messaging.md §5.4.1
        event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner);
        /// There is another owner. messaging.md §5.4.1
        event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);

        /// The contract is set up. messaging.md §5.4.1
        error AlreadyInitialized();
        /// There must be an owner. messaging.md §5.4.1
        error ZeroAddress();
        /// 0 is no domain. messaging.md §5.5
        error ZeroDomain();
        /// Only the owner may; to accept, only whom the owner has named. messaging.md §5.4.1
        error OwnableUnauthorizedAccount(address account);
        /// No `FinalityState`, or above what a recipient can ask for. messaging.md §5.5
        error InvalidFinality(uint8 finality);
        /// The body is no Metalayer message. `code`: a `Malformed`. messaging.md §5.2
        error MalformedMessage(uint8 code);
        /// No module is configured for the lane. `finality`: a `FinalityState`. messaging.md §5.5
        error NoModule(uint32 origin, uint8 finality);
        /// No module is configured for messages that more than one module must pass. messaging.md §5.5
        error NoReadAggregation();

        /// As `initialize`.
        /// # Errors
        /// As `initialize`.
        /// # Events
        /// As `initialize`.
        /// # Source
        /// messaging.md §5.5
        constructor(address owner);
        /// Sets the module up, once.
        /// # Errors
        /// `AlreadyInitialized`, `ZeroAddress`
        /// # Events
        /// `OwnershipTransferred`
        /// # Source
        /// messaging.md §5.5
        function initialize(address owner) external;
        /// 1: routing. messaging.md §3.1
        function moduleType() external view returns (uint8 moduleType);
        /// The module that verifies a message. `message`: a whole Hyperlane message.
        /// # Errors
        /// Empty, for one shorter than a header; `MalformedMessage`, `NoModule`, `NoReadAggregation`
        /// # Source
        /// messaging.md §5.5
        function route(bytes message) external view returns (address module);
        /// Has the module of a message verify it.
        /// # Errors
        /// As `route`; what the module reverts with.
        /// # Source
        /// messaging.md §3.6, §5.5
        function verify(bytes metadata, bytes message) external returns (bool verified);
        /// The module of the message's lane alone.
        /// # Errors
        /// As `route`, but for `NoReadAggregation`.
        /// # Source
        /// messaging.md §5.5
        function finalityModule(bytes message) external view returns (address module);
        /// Names the module of a lane, zero for none; by the owner. `origin`: a domain; `finality`: a `FinalityState`.
        /// # Errors
        /// `OwnableUnauthorizedAccount`, `ZeroDomain`, `InvalidFinality`
        /// # Events
        /// `ModuleSet`
        /// # Source
        /// messaging.md §5.5
        function setModule(uint32 origin, uint8 finality, address module) external;
        /// Names the module of messages that more than one must pass; by the owner.
        /// # Errors
        /// `OwnableUnauthorizedAccount`
        /// # Events
        /// `ReadAggregationSet`
        /// # Source
        /// messaging.md §5.5
        function setReadAggregation(address readAggregation) external;
        /// Raises the finality of the messages to the caller: 1 (FINALIZED), or 0 for none.
        /// # Errors
        /// `InvalidFinality`
        /// # Events
        /// `MinFinalitySet`
        /// # Source
        /// messaging.md §5.5
        function setMinFinality(uint8 finality) external;
        /// Adds a module that the messages to the caller must pass too; zero for none.
        /// # Events
        /// `AppModuleSet`
        /// # Source
        /// messaging.md §5.5
        function setAppModule(address module) external;
        /// What a recipient asks for: a `FinalityState`. messaging.md §5.5
        function minFinality(address recipient) external view returns (uint8 finality);
        /// The module of a recipient; zero for none. messaging.md §5.5
        function appModules(address recipient) external view returns (address module);
        /// The module of a lane; zero for none. messaging.md §5.5
        function modules(uint32 origin, uint8 finality) external view returns (address module);
        /// The module of messages that more than one must pass. messaging.md §5.5
        function readAggregation() external view returns (address readAggregation);
        /// Who configures. messaging.md §5.4.1
        function owner() external view returns (address owner);
        /// Who may accept the ownership; zero: nobody. messaging.md §5.4.1
        function pendingOwner() external view returns (address pendingOwner);
        /// Names the next owner, who has to accept; zero takes it back. By the owner.
        /// # Errors
        /// `OwnableUnauthorizedAccount`
        /// # Events
        /// `OwnershipTransferStarted`
        /// # Source
        /// messaging.md §5.4.1
        function transferOwnership(address newOwner) external;
        /// Becomes the owner; by whom the owner has named.
        /// # Errors
        /// `OwnableUnauthorizedAccount`
        /// # Events
        /// `OwnershipTransferred`
        /// # Source
        /// messaging.md §5.4.1
        function acceptOwnership() external;
    }

    /// Signatures of the validators of one finality lane: Hyperlane's message-id multisig, with sets that an owner
    /// changes and trees that are pinned.
    /// # Source
    /// messaging.md §5.3
    #[derive(Debug, PartialEq, Eq)]
    interface IMetalayerMultisigIsm {
        /// Who signs for an origin, and how many must. messaging.md §5.3
        event ValidatorsAndThresholdSet(uint32 indexed origin, address[] validators, uint8 threshold);
        /// The pinned tree of an origin; zero: any. messaging.md §5.3
        event MerkleTreeHookSet(uint32 indexed origin, bytes32 merkleTreeHook);
        /// `newOwner` may accept the ownership; zero: nobody. messaging.md §5.4.1
        event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner);
        /// There is another owner. messaging.md §5.4.1
        event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);

        /// The contract is set up. messaging.md §5.4.1
        error AlreadyInitialized();
        /// There must be an owner. messaging.md §5.4.1
        error ZeroAddress();
        /// 0 is no domain. messaging.md §5.3
        error ZeroDomain();
        /// Only the owner may; to accept, only whom the owner has named. messaging.md §5.4.1
        error OwnableUnauthorizedAccount(address account);
        /// No signature at all would be needed, or more than there are validators. messaging.md §5.3
        error InvalidThreshold();
        /// Nobody, or somebody who is in the set already. messaging.md §5.3
        error InvalidValidator(address validator);

        /// As `initialize`.
        /// # Errors
        /// As `initialize`.
        /// # Events
        /// As `initialize`.
        /// # Source
        /// messaging.md §5.3
        constructor(address owner);
        /// Sets the module up, once.
        /// # Errors
        /// `AlreadyInitialized`, `ZeroAddress`
        /// # Events
        /// `OwnershipTransferred`
        /// # Source
        /// messaging.md §5.3
        function initialize(address owner) external;
        /// 5: message-id multisig. messaging.md §3.1
        function moduleType() external view returns (uint8 moduleType);
        /// Have enough validators signed the checkpoint of a message? What does not pass, reverts. `metadata`: tree,
        /// root, index, and signatures in the validators' order.
        /// # Errors
        /// Hyperlane's texts, `!threshold` among them; empty, for what is too short.
        /// # Source
        /// messaging.md §3.3, §3.5
        function verify(bytes metadata, bytes message) external returns (bool verified);
        /// Who must sign a message, and how many of them. messaging.md §3.5
        function validatorsAndThreshold(bytes message) external view returns (address[] validators, uint8 threshold);
        /// The pinned tree of an origin; zero: any. messaging.md §5.3
        function merkleTreeHooks(uint32 origin) external view returns (bytes32 merkleTreeHook);
        /// Names the validators of an origin, a domain, in the order of their signatures; by the owner. It counts at
        /// once.
        /// # Errors
        /// `OwnableUnauthorizedAccount`, `ZeroDomain`, `InvalidThreshold`, `InvalidValidator`
        /// # Events
        /// `ValidatorsAndThresholdSet`
        /// # Source
        /// messaging.md §5.3
        function setValidatorsAndThreshold(uint32 origin, address[] validators, uint8 threshold) external;
        /// Pins the tree of an origin, zero for any; metadata of another tree fails. By the owner.
        /// # Errors
        /// `OwnableUnauthorizedAccount`, `ZeroDomain`
        /// # Events
        /// `MerkleTreeHookSet`
        /// # Source
        /// messaging.md §5.3
        function setMerkleTreeHook(uint32 origin, bytes32 merkleTreeHook) external;
        /// Who configures. messaging.md §5.4.1
        function owner() external view returns (address owner);
        /// Who may accept the ownership; zero: nobody. messaging.md §5.4.1
        function pendingOwner() external view returns (address pendingOwner);
        /// Names the next owner, who has to accept; zero takes it back. By the owner.
        /// # Errors
        /// `OwnableUnauthorizedAccount`
        /// # Events
        /// `OwnershipTransferStarted`
        /// # Source
        /// messaging.md §5.4.1
        function transferOwnership(address newOwner) external;
        /// Becomes the owner; by whom the owner has named.
        /// # Errors
        /// `OwnableUnauthorizedAccount`
        /// # Events
        /// `OwnershipTransferred`
        /// # Source
        /// messaging.md §5.4.1
        function acceptOwnership() external;
    }

    /// The lane's module, the read module and the recipient's own module together: all must pass.
    /// # Source
    /// messaging.md §5.5
    #[derive(Debug, PartialEq, Eq)]
    interface IMetalayerReadAggregationIsm {
        /// The contract is set up. messaging.md §5.5
        error AlreadyInitialized();
        /// Both modules must be there. messaging.md §5.5
        error ZeroAddress();
        /// The body is no Metalayer message. `code`: a `Malformed`. messaging.md §5.2
        error MalformedMessage(uint8 code);

        /// As `initialize`.
        /// # Errors
        /// As `initialize`.
        /// # Source
        /// messaging.md §5.5
        constructor(address metalayerIsm, address readIsm);
        /// Names the modules, once.
        /// # Errors
        /// `AlreadyInitialized`, `ZeroAddress`
        /// # Source
        /// messaging.md §5.5
        function initialize(address metalayerIsm, address readIsm) external;
        /// 2: aggregation. messaging.md §3.1
        function moduleType() external view returns (uint8 moduleType);
        /// Has all modules of a message verify it, each with its part of the metadata. What does not pass, reverts.
        /// # Errors
        /// As `modulesAndThreshold`; what a module reverts with; Hyperlane's `!verify` and `!threshold`; empty, for a
        /// range outside of the metadata.
        /// # Source
        /// messaging.md §3.6, §5.5
        function verify(bytes metadata, bytes message) external returns (bool verified);
        /// The modules that must verify a message: all of them.
        /// # Errors
        /// Empty, for a message shorter than a header; `MalformedMessage`; what the MetalayerIsm reverts with.
        /// # Source
        /// messaging.md §5.5
        function modulesAndThreshold(bytes message) external view returns (address[] modules, uint8 threshold);
        /// Knows the lanes, and the modules of recipients. messaging.md §5.5
        function metalayerIsm() external view returns (address metalayerIsm);
        /// Verifies read results. messaging.md §5.5
        function readIsm() external view returns (address readIsm);
    }

    /// Attested results of reads: Hyperlane's CCIP-read module, whose server's answer must be signed.
    /// # Source
    /// messaging.md §5.7
    #[derive(Debug, PartialEq, Eq)]
    interface IMetalayerReadIsm {
        /// Who attests results, and how many must. messaging.md §5.7
        event AttestorsAndThresholdSet(address[] attestors, uint8 threshold);
        /// Where the gateways are. messaging.md §3.7
        event UrlsChanged(string[] urls);
        /// `newOwner` may accept the ownership; zero: nobody. messaging.md §5.4.1
        event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner);
        /// There is another owner. messaging.md §5.4.1
        event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);

        /// Where a relayer gets the metadata (EIP-3668). `urls`: templates of the gateways' addresses; `callData`: a
        /// call of `IMetalayerReadGateway`. messaging.md §3.7, §5.7
        error OffchainLookup(address sender, string[] urls, bytes callData, bytes4 callbackFunction, bytes extraData);
        /// The contract is set up. messaging.md §5.4.1
        error AlreadyInitialized();
        /// Mailbox, owner and router must be there. messaging.md §5.4.1
        error ZeroAddress();
        /// The Mailbox has no domain. messaging.md §5.4.1
        error ZeroDomain();
        /// Only the owner may; to accept, only whom the owner has named. messaging.md §5.4.1
        error OwnableUnauthorizedAccount(address account);
        /// No signature at all would be needed, or more than there are attestors. messaging.md §5.7
        error InvalidThreshold();
        /// Nobody, or somebody who is in the set already. messaging.md §5.7
        error InvalidAttestor(address attestor);
        /// The metadata is cut. `code`: a `ReadMetadataError`. messaging.md §5.7
        error InvalidMetadata(uint8 code);
        /// The body is no Metalayer message. `code`: a `Malformed`. messaging.md §5.2
        error MalformedMessage(uint8 code);
        /// There are more or fewer results than reads. messaging.md §5.7
        error ReadResultCountMismatch(uint256 expected, uint256 actual);
        /// It was attested until `validUntil`, unix seconds. Ask the gateway again. messaging.md §5.7
        error AttestationExpired(uint64 validUntil);
        /// Too few attestors have signed these results for this message. messaging.md §5.7
        error QuorumNotReached();
        /// Only the router takes results. messaging.md §5.7
        error RouterOnly(address caller);
        /// Nothing was verified for the message in this transaction. `messageId`: the Metalayer's. messaging.md §5.7
        error ReadResultsMissing(bytes32 messageId);

        /// As `initialize`.
        /// # Errors
        /// As `initialize`.
        /// # Events
        /// As `initialize`.
        /// # Source
        /// messaging.md §5.7
        constructor(address mailbox, address owner, address router, address[] attestors, uint8 threshold, string[] urls);
        /// Sets the module up, once. `attestors`: in the order of their signatures; `urls`: templates of the gateways'
        /// addresses.
        /// # Errors
        /// `AlreadyInitialized`, `ZeroAddress`, `ZeroDomain`, `InvalidThreshold`, `InvalidAttestor`; what the Mailbox
        /// reverts with.
        /// # Events
        /// `OwnershipTransferred`, `AttestorsAndThresholdSet`, `UrlsChanged`
        /// # Source
        /// messaging.md §5.7
        function initialize(address mailbox, address owner, address router, address[] attestors, uint8 threshold, string[] urls) external;
        /// 7: CCIP-read. messaging.md §3.1
        function moduleType() external view returns (uint8 moduleType);
        /// Have enough attestors signed these results for this message? What does not pass, reverts; what passes can be
        /// consumed in the same transaction. Anyone may.
        /// # Errors
        /// Empty, for a message shorter than a header; `InvalidMetadata`, `MalformedMessage`,
        /// `ReadResultCountMismatch`, `AttestationExpired`, `QuorumNotReached`
        /// # Source
        /// messaging.md §5.7
        function verify(bytes metadata, bytes message) external returns (bool verified);
        /// Always reverts, with `OffchainLookup`.
        /// # Errors
        /// `OffchainLookup`
        /// # Source
        /// messaging.md §3.7, §5.7
        function getOffchainVerifyInfo(bytes message) external view;
        /// Hands the results of a message to the router, once. `messageId`: the Metalayer's.
        /// # Errors
        /// `RouterOnly`, `ReadResultsMissing`
        /// # Source
        /// messaging.md §5.7
        function consume(bytes32 messageId) external returns (bytes[] results);
        /// Names the attestors, in the order of their signatures; by the owner. It counts at once.
        /// # Errors
        /// `OwnableUnauthorizedAccount`, `InvalidThreshold`, `InvalidAttestor`
        /// # Events
        /// `AttestorsAndThresholdSet`
        /// # Source
        /// messaging.md §5.7
        function setAttestors(address[] attestors, uint8 threshold) external;
        /// Who attests results, and how many must. messaging.md §5.7
        function attestorsAndThreshold() external view returns (address[] attestors, uint8 threshold);
        /// Says where the gateways are; by the owner.
        /// # Errors
        /// `OwnableUnauthorizedAccount`
        /// # Events
        /// `UrlsChanged`
        /// # Source
        /// messaging.md §3.7
        function setUrls(string[] urls) external;
        /// Templates of the gateways' addresses, to be tried in this order. messaging.md §3.7
        function urls() external view returns (string[] urls);
        /// Binds attestations to this module on this domain. messaging.md §5.7
        function domainSeparator() external view returns (bytes32 separator);
        /// Who takes the results. messaging.md §5.7
        function router() external view returns (address router);
        /// The domain of this chain. messaging.md §5.7
        function localDomain() external view returns (uint32 domain);
        /// Who configures. messaging.md §5.4.1
        function owner() external view returns (address owner);
        /// Who may accept the ownership; zero: nobody. messaging.md §5.4.1
        function pendingOwner() external view returns (address pendingOwner);
        /// Names the next owner, who has to accept; zero takes it back. By the owner.
        /// # Errors
        /// `OwnableUnauthorizedAccount`
        /// # Events
        /// `OwnershipTransferStarted`
        /// # Source
        /// messaging.md §5.4.1
        function transferOwnership(address newOwner) external;
        /// Becomes the owner; by whom the owner has named.
        /// # Errors
        /// `OwnableUnauthorizedAccount`
        /// # Events
        /// `OwnershipTransferred`
        /// # Source
        /// messaging.md §5.4.1
        function acceptOwnership() external;
    }

    /// The call that a gateway answers over HTTP; no contract does.
    /// # Source
    /// messaging.md §5.7
    #[derive(Debug, PartialEq, Eq)]
    interface IMetalayerReadGateway {
        /// The metadata of the read module, for a whole Hyperlane message. messaging.md §5.7
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
