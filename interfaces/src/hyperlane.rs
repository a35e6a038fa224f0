//! Hyperlane v3, the mailbox below the Metalayer: its contracts are used as they are.
//! Spec: messaging.md §1–§4.
//!
//! Members that several contracts share are interfaces of their own: [`IOwnable`], [`IPausable`], [`IVersioned`],
//! [`IMailboxClient`], [`IPostDispatchHook`], [`IInterchainSecurityModule`]. Left out is what only Hyperlane 12 has
//! and the Metalayer does not use: ERC-20 fees and signed quotes.
#![allow(clippy::too_many_arguments, reason = "`sol!` makes a constructor of an event's fields")]

solidity! {
    /// The Mailbox of a chain.
    /// # Source
    /// messaging.md §1.3
    #[derive(Debug, PartialEq, Eq)]
    interface IMailbox {
        /// It was set up. messaging.md §1.3
        event Initialized(uint8 version);
        /// There is another module for recipients that name none. messaging.md §1.3
        event DefaultIsmSet(address indexed module);
        /// There is another hook for senders that name none. messaging.md §1.3
        event DefaultHookSet(address indexed hook);
        /// There is another hook for all messages. messaging.md §1.3
        event RequiredHookSet(address indexed hook);
        /// A message was sent: all of its bytes. messaging.md §1.1, §1.3
        event Dispatch(address indexed sender, uint32 indexed destination, bytes32 indexed recipient, bytes message);
        /// Its id, with each `Dispatch`. messaging.md §1.3
        event DispatchId(bytes32 indexed messageId);
        /// A message was delivered. messaging.md §1.3
        event Process(uint32 indexed origin, bytes32 indexed sender, address indexed recipient);
        /// Its id, with each `Process`. messaging.md §1.3
        event ProcessId(bytes32 indexed messageId);

        /// `localDomain`: the domain of this chain, no chain id. messaging.md §1.2, §1.3
        constructor(uint32 localDomain);
        /// Sets it up, once.
        /// # Errors
        /// Hyperlane's texts.
        /// # Events
        /// `Initialized`, and one for each setting
        /// # Source
        /// messaging.md §1.3
        function initialize(address owner, address defaultIsm, address defaultHook, address requiredHook) external;
        /// Sends a message by the default hook, with its fee as value. `destination`: a domain.
        /// # Errors
        /// What the hooks revert with.
        /// # Events
        /// `Dispatch`, `DispatchId`
        /// # Source
        /// messaging.md §1.3
        function dispatch(uint32 destination, bytes32 recipient, bytes body) external payable returns (bytes32 messageId);
        /// As the other `dispatch`, with metadata for the hooks.
        /// # Errors
        /// As the other.
        /// # Events
        /// As the other.
        /// # Source
        /// messaging.md §1.3
        function dispatch(uint32 destination, bytes32 recipient, bytes body, bytes metadata) external payable returns (bytes32 messageId);
        /// As the other `dispatch`, by a hook of the sender's choice.
        /// # Errors
        /// As the other.
        /// # Events
        /// As the other.
        /// # Source
        /// messaging.md §1.3
        function dispatch(uint32 destination, bytes32 recipient, bytes body, bytes metadata, address hook) external payable returns (bytes32 messageId);
        /// Wei that `dispatch` would take.
        /// # Errors
        /// What the hooks revert with.
        /// # Source
        /// messaging.md §1.3
        function quoteDispatch(uint32 destination, bytes32 recipient, bytes body) external view returns (uint256 fee);
        /// Wei that `dispatch` with metadata would take.
        /// # Errors
        /// As the other.
        /// # Source
        /// messaging.md §1.3
        function quoteDispatch(uint32 destination, bytes32 recipient, bytes body, bytes metadata) external view returns (uint256 fee);
        /// Wei that `dispatch` with metadata and hook would take.
        /// # Errors
        /// As the other.
        /// # Source
        /// messaging.md §1.3
        function quoteDispatch(uint32 destination, bytes32 recipient, bytes body, bytes metadata, address hook) external view returns (uint256 fee);
        /// Delivers a message, once; anyone may. `metadata`: what the recipient's module asks for.
        /// # Errors
        /// Hyperlane's texts; what module and recipient revert with.
        /// # Events
        /// `Process`, `ProcessId`
        /// # Source
        /// messaging.md §1.3
        function process(bytes metadata, bytes message) external payable;
        /// Was a message delivered? Never true where NUMBER is 0. messaging.md §1.3
        function delivered(bytes32 messageId) external view returns (bool delivered);
        /// Who delivered a message; zero: nobody. messaging.md §1.3
        function processor(bytes32 messageId) external view returns (address processor);
        /// NUMBER at its delivery, which is the parent chain's on Arbitrum. messaging.md §1.3
        function processedAt(bytes32 messageId) external view returns (uint48 blockNumber);
        /// The module that verifies the messages to a recipient. messaging.md §1.4
        function recipientIsm(address recipient) external view returns (address module);
        /// The domain of this chain. messaging.md §1.2
        function localDomain() external view returns (uint32 domain);
        /// Of the next message. messaging.md §1.3
        function nonce() external view returns (uint32 nonce);
        /// Id of the last message that was sent. messaging.md §1.3
        function latestDispatchedId() external view returns (bytes32 messageId);
        /// The module for recipients that name none. messaging.md §1.4
        function defaultIsm() external view returns (address module);
        /// The hook for senders that name none. messaging.md §1.3
        function defaultHook() external view returns (address hook);
        /// The hook for all messages. messaging.md §1.3
        function requiredHook() external view returns (address hook);
        /// By the owner.
        /// # Errors
        /// Hyperlane's texts.
        /// # Events
        /// `DefaultIsmSet`
        /// # Source
        /// messaging.md §1.3
        function setDefaultIsm(address module) external;
        /// By the owner.
        /// # Errors
        /// Hyperlane's texts.
        /// # Events
        /// `DefaultHookSet`
        /// # Source
        /// messaging.md §1.3
        function setDefaultHook(address hook) external;
        /// By the owner.
        /// # Errors
        /// Hyperlane's texts.
        /// # Events
        /// `RequiredHookSet`
        /// # Source
        /// messaging.md §1.3
        function setRequiredHook(address hook) external;
        /// NUMBER at its deployment. messaging.md §1.3
        function deployedBlock() external view returns (uint256 blockNumber);
        /// Of messages: 3. messaging.md §1.1
        function VERSION() external view returns (uint8 version);
    }

    /// What the Mailbox calls to deliver.
    /// # Source
    /// messaging.md §1.5
    #[derive(Debug, PartialEq, Eq)]
    interface IMessageRecipient {
        /// Takes a message from the Mailbox, which must be the caller. `origin`: a domain. messaging.md §1.5
        function handle(uint32 origin, bytes32 sender, bytes body) external payable;
    }

    /// What the Mailbox asks a recipient before it delivers.
    /// # Source
    /// messaging.md §1.4
    #[derive(Debug, PartialEq, Eq)]
    interface ISpecifiesInterchainSecurityModule {
        /// The module that verifies the messages to this account; zero for the Mailbox's. messaging.md §1.4
        function interchainSecurityModule() external view returns (address module);
    }

    /// Owner with immediate transfer.
    #[derive(Debug, PartialEq, Eq)]
    interface IOwnable {
        /// There is another owner. messaging.md §1.3
        event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);

        /// Who configures. messaging.md §1.3
        function owner() external view returns (address owner);
        /// At once; by the owner.
        /// # Errors
        /// OpenZeppelin's texts.
        /// # Events
        /// `OwnershipTransferred`
        /// # Source
        /// messaging.md §1.3
        function transferOwnership(address newOwner) external;
        /// For ever; by the owner.
        /// # Errors
        /// OpenZeppelin's texts.
        /// # Events
        /// `OwnershipTransferred`
        /// # Source
        /// messaging.md §1.3
        function renounceOwnership() external;
    }

    /// Pausable hook and module.
    /// # Source
    /// messaging.md §2.6, §3.8
    #[derive(Debug, PartialEq, Eq)]
    interface IPausable {
        /// It refuses everything. messaging.md §2.6, §3.8
        event Paused(address account);
        /// It works again. messaging.md §2.6, §3.8
        event Unpaused(address account);

        /// Does it refuse everything? messaging.md §2.6, §3.8
        function paused() external view returns (bool paused);
        /// By the owner.
        /// # Errors
        /// OpenZeppelin's texts.
        /// # Events
        /// `Paused`
        /// # Source
        /// messaging.md §2.6, §3.8
        function pause() external;
        /// By the owner.
        /// # Errors
        /// OpenZeppelin's texts.
        /// # Events
        /// `Unpaused`
        /// # Source
        /// messaging.md §2.6, §3.8
        function unpause() external;
    }

    /// Release of the package that a contract came with.
    #[derive(Debug, PartialEq, Eq)]
    interface IVersioned {
        /// Release of the package that the contract came with. messaging.md §8.1
        function PACKAGE_VERSION() external view returns (string version);
    }

    /// What contracts that hold a Mailbox have in common; most of it they do not use.
    #[derive(Debug, PartialEq, Eq)]
    interface IMailboxClient {
        /// It was set up. messaging.md §2.3
        event Initialized(uint8 version);
        /// There is another hook, which it does not use. messaging.md §2.3
        event HookSet(address hook);
        /// There is another module, which it does not use. messaging.md §2.3
        event IsmSet(address module);

        /// The Mailbox it works for. messaging.md §2.3
        function mailbox() external view returns (address mailbox);
        /// The domain of this chain. messaging.md §1.2
        function localDomain() external view returns (uint32 domain);
        /// Not used. messaging.md §2.3
        function hook() external view returns (address hook);
        /// Not used. messaging.md §2.3
        function interchainSecurityModule() external view returns (address module);
        /// By the owner.
        /// # Errors
        /// Hyperlane's texts.
        /// # Events
        /// `HookSet`
        /// # Source
        /// messaging.md §2.3
        function setHook(address hook) external;
        /// By the owner.
        /// # Errors
        /// Hyperlane's texts.
        /// # Events
        /// `IsmSet`
        /// # Source
        /// messaging.md §2.3
        function setInterchainSecurityModule(address module) external;
        /// NUMBER at its deployment. messaging.md §2.3
        function deployedBlock() external view returns (uint256 blockNumber);
    }

    /// What every hook answers.
    /// # Source
    /// messaging.md §2.1
    #[derive(Debug, PartialEq, Eq)]
    interface IPostDispatchHook {
        /// What it is: a `HookType`. messaging.md §2.1
        function hookType() external view returns (uint8 hookType);
        /// Can it read such metadata? messaging.md §2.1, §2.2
        function supportsMetadata(bytes metadata) external view returns (bool supported);
        /// Does its part for a message, and takes its fee; by the Mailbox.
        /// # Errors
        /// Hyperlane's texts.
        /// # Events
        /// Those of the hook.
        /// # Source
        /// messaging.md §2.1
        function postDispatch(bytes metadata, bytes message) external payable;
        /// Wei that it would take.
        /// # Errors
        /// Hyperlane's texts.
        /// # Source
        /// messaging.md §2.1
        function quoteDispatch(bytes metadata, bytes message) external view returns (uint256 fee);
    }

    /// An incremental merkle tree: the left edge and the number of leaves.
    /// # Source
    /// messaging.md §2.3
    #[derive(Debug, PartialEq, Eq)]
    struct Tree {
        /// The left edge, from the leaves up.
        bytes32[32] branch;
        /// Number of leaves.
        uint256 count;
    }

    /// Keeps the tree that validators sign, beyond `IPostDispatchHook` and `IMailboxClient`.
    /// # Source
    /// messaging.md §2.3
    #[derive(Debug, PartialEq, Eq)]
    interface IMerkleTreeHook {
        /// A message is the leaf at `index`. Anyone may insert the latest message again. messaging.md §2.3
        event InsertedIntoTree(bytes32 messageId, uint32 index);

        /// Of the tree of a Mailbox.
        /// # Errors
        /// Hyperlane's texts.
        /// # Source
        /// messaging.md §2.3
        constructor(address mailbox);
        /// Number of leaves. messaging.md §2.3
        function count() external view returns (uint32 count);
        /// Of all leaves. messaging.md §2.3
        function root() external view returns (bytes32 root);
        /// The left edge, and the number of leaves. messaging.md §2.3
        function tree() external view returns (Tree tree);
        /// Root, and index of the last leaf.
        /// # Errors
        /// Panics without a leaf.
        /// # Source
        /// messaging.md §2.3
        function latestCheckpoint() external view returns (bytes32 root, uint32 index);
    }

    /// How a destination is priced.
    /// # Source
    /// messaging.md §2.4
    #[derive(Debug, PartialEq, Eq)]
    struct DomainGasConfig {
        /// Where rate and price come from.
        address gasOracle;
        /// Gas of a delivery besides the recipient's.
        uint96 gasOverhead;
    }

    /// A destination and how it is priced.
    /// # Source
    /// messaging.md §2.4
    #[derive(Debug, PartialEq, Eq)]
    struct GasParam {
        /// The destination.
        uint32 remoteDomain;
        /// How it is priced.
        DomainGasConfig config;
    }

    /// Sells gas on other chains, beyond `IPostDispatchHook` and `IOwnable`.
    /// # Source
    /// messaging.md §2.4
    #[derive(Debug, PartialEq, Eq)]
    interface IInterchainGasPaymaster {
        /// It was set up. messaging.md §2.4
        event Initialized(uint8 version);
        /// Delivery of a message was paid for: gas of the destination, and wei. messaging.md §2.4
        event GasPayment(bytes32 indexed messageId, uint32 indexed destinationDomain, uint256 gasAmount, uint256 payment);
        /// How a destination is priced. messaging.md §2.4
        event DestinationGasConfigSet(uint32 remoteDomain, address gasOracle, uint96 gasOverhead);
        /// Who gets the fees. messaging.md §2.4
        event BeneficiarySet(address beneficiary);

        /// Sets it up, once.
        /// # Errors
        /// Hyperlane's texts.
        /// # Events
        /// `Initialized`, `BeneficiarySet`
        /// # Source
        /// messaging.md §2.4
        function initialize(address owner, address beneficiary) external;
        /// Wei for so much gas of a destination.
        /// # Errors
        /// Hyperlane's texts.
        /// # Source
        /// messaging.md §2.4
        function quoteGasPayment(uint32 destination, uint256 gasLimit) external view returns (uint256 fee);
        /// Pays for the delivery of a message, also of one that was sent before; anyone may. `refund`: who gets back
        /// what is too much.
        /// # Errors
        /// Hyperlane's texts.
        /// # Events
        /// `GasPayment`
        /// # Source
        /// messaging.md §2.4
        function payForGas(bytes32 messageId, uint32 destination, uint256 gasLimit, address refund) external payable;
        /// So much gas, with the overhead of a delivery. messaging.md §2.4
        function destinationGasLimit(uint32 destination, uint256 gasLimit) external view returns (uint256 gasLimitWithOverhead);
        /// How a destination is priced. messaging.md §2.4
        function destinationGasConfigs(uint32 destination) external view returns (address gasOracle, uint96 gasOverhead);
        /// By the owner.
        /// # Errors
        /// Hyperlane's texts.
        /// # Events
        /// `DestinationGasConfigSet`, for each
        /// # Source
        /// messaging.md §2.4
        function setDestinationGasConfigs(GasParam[] configs) external;
        /// The destination's currency in the local one, times 1e10, and its gas price in its own wei.
        /// # Errors
        /// Hyperlane's texts.
        /// # Source
        /// messaging.md §2.4
        function getExchangeRateAndGasPrice(uint32 destination) external view returns (uint128 tokenExchangeRate, uint128 gasPrice);
        /// Sends all fees to the beneficiary; anyone may.
        /// # Errors
        /// Hyperlane's texts.
        /// # Source
        /// messaging.md §2.4
        function claim() external;
        /// Who gets the fees. messaging.md §2.4
        function beneficiary() external view returns (address beneficiary);
        /// By the owner.
        /// # Errors
        /// Hyperlane's texts.
        /// # Events
        /// `BeneficiarySet`
        /// # Source
        /// messaging.md §2.4
        function setBeneficiary(address beneficiary) external;
        /// NUMBER at its deployment. messaging.md §2.4
        function deployedBlock() external view returns (uint256 blockNumber);
    }

    /// Price of gas on a destination.
    /// # Source
    /// messaging.md §2.4
    #[derive(Debug, PartialEq, Eq)]
    struct RemoteGasDataConfig {
        /// The destination.
        uint32 remoteDomain;
        /// Its native currency in the local one, times 1e10.
        uint128 tokenExchangeRate;
        /// In wei of the destination.
        uint128 gasPrice;
    }

    /// Keeps the prices that its owner sets, beyond `IOwnable`.
    /// # Source
    /// messaging.md §2.4
    #[derive(Debug, PartialEq, Eq)]
    interface IStorageGasOracle {
        /// Exchange rate, times 1e10, and gas price, in the destination's wei. messaging.md §2.4
        event RemoteGasDataSet(uint32 indexed remoteDomain, uint128 tokenExchangeRate, uint128 gasPrice);

        /// The destination's currency in the local one, times 1e10, and its gas price in its own wei. messaging.md §2.4
        function getExchangeRateAndGasPrice(uint32 destination) external view returns (uint128 tokenExchangeRate, uint128 gasPrice);
        /// The same, as stored. messaging.md §2.4
        function remoteGasData(uint32 destination) external view returns (uint128 tokenExchangeRate, uint128 gasPrice);
        /// By the owner.
        /// # Errors
        /// Hyperlane's texts.
        /// # Events
        /// `RemoteGasDataSet`
        /// # Source
        /// messaging.md §2.4
        function setRemoteGasData(RemoteGasDataConfig config) external;
        /// By the owner.
        /// # Errors
        /// Hyperlane's texts.
        /// # Events
        /// `RemoteGasDataSet`, for each
        /// # Source
        /// messaging.md §2.4
        function setRemoteGasDataConfigs(RemoteGasDataConfig[] configs) external;
    }

    /// Takes a fixed fee, beyond `IPostDispatchHook` and `IOwnable`.
    /// # Source
    /// messaging.md §2.5
    #[derive(Debug, PartialEq, Eq)]
    interface IProtocolFee {
        /// Another fee, wei. messaging.md §2.5
        event ProtocolFeeSet(uint256 protocolFee);
        /// Who gets the fees. messaging.md §2.5
        event BeneficiarySet(address beneficiary);

        /// Fees in wei.
        /// # Errors
        /// Hyperlane's texts.
        /// # Source
        /// messaging.md §2.5
        constructor(uint256 maxProtocolFee, uint256 protocolFee, address beneficiary, address owner);
        /// Highest fee that may be set, wei. messaging.md §2.5
        function MAX_PROTOCOL_FEE() external view returns (uint256 fee);
        /// Of a message, wei. messaging.md §2.5
        function protocolFee() external view returns (uint256 fee);
        /// In wei; by the owner.
        /// # Errors
        /// Hyperlane's texts.
        /// # Events
        /// `ProtocolFeeSet`
        /// # Source
        /// messaging.md §2.5
        function setProtocolFee(uint256 fee) external;
        /// Sends all fees to the beneficiary; anyone may.
        /// # Errors
        /// Hyperlane's texts.
        /// # Source
        /// messaging.md §2.5
        function collectProtocolFees() external;
        /// Who gets the fees. messaging.md §2.5
        function beneficiary() external view returns (address beneficiary);
        /// By the owner.
        /// # Errors
        /// Hyperlane's texts.
        /// # Events
        /// `BeneficiarySet`
        /// # Source
        /// messaging.md §2.5
        function setBeneficiary(address beneficiary) external;
    }

    /// A fixed list of hooks, beyond `IPostDispatchHook`.
    /// # Source
    /// messaging.md §2.6
    #[derive(Debug, PartialEq, Eq)]
    interface IAggregationHook {
        /// The hooks of a message, in order. messaging.md §2.6
        function hooks(bytes message) external view returns (address[] hooks);
    }

    /// A destination and its hook.
    /// # Source
    /// messaging.md §2.6
    #[derive(Debug, PartialEq, Eq)]
    struct HookConfig {
        /// The destination.
        uint32 destination;
        /// Its hook.
        address hook;
    }

    /// A hook for each destination, beyond `IPostDispatchHook`, `IMailboxClient` and `IOwnable`.
    /// # Source
    /// messaging.md §2.6
    #[derive(Debug, PartialEq, Eq)]
    interface IDomainRoutingHook {
        /// Of a Mailbox.
        /// # Errors
        /// Hyperlane's texts.
        /// # Source
        /// messaging.md §2.6
        constructor(address mailbox, address owner);
        /// The hook of a destination; zero: none. messaging.md §2.6
        function hooks(uint32 destination) external view returns (address hook);
        /// By the owner.
        /// # Errors
        /// Hyperlane's texts.
        /// # Source
        /// messaging.md §2.6
        function setHook(uint32 destination, address hook) external;
        /// By the owner.
        /// # Errors
        /// Hyperlane's texts.
        /// # Source
        /// messaging.md §2.6
        function setHooks(HookConfig[] configs) external;
    }

    /// What every module answers. `verify` is no view: a module may change state.
    /// # Source
    /// messaging.md §3.1
    #[derive(Debug, PartialEq, Eq)]
    interface IInterchainSecurityModule {
        /// What it is: a `ModuleType`. messaging.md §3.1
        function moduleType() external view returns (uint8 moduleType);
        /// Does a message pass? Reverting says no as well. `metadata`: as its type says.
        /// # Errors
        /// Those of the module.
        /// # Source
        /// messaging.md §3.1
        function verify(bytes metadata, bytes message) external returns (bool verified);
    }

    /// A set of validators, beyond `IInterchainSecurityModule`.
    /// # Source
    /// messaging.md §3.5
    #[derive(Debug, PartialEq, Eq)]
    interface IMultisigIsm {
        /// Who must sign a message, and how many of them. messaging.md §3.5
        function validatorsAndThreshold(bytes message) external view returns (address[] validators, uint8 threshold);
        /// Signatures in the metadata. messaging.md §3.5
        function signatureCount(bytes metadata) external view returns (uint256 count);
    }

    /// Makes fixed validator sets and fixed aggregations; making one twice gives the same address.
    /// # Source
    /// messaging.md §3.5
    #[derive(Debug, PartialEq, Eq)]
    interface IStaticThresholdAddressSetFactory {
        /// Makes a module, unless it is there; anyone may. `threshold`: how many must sign or pass.
        /// # Errors
        /// Hyperlane's texts.
        /// # Source
        /// messaging.md §3.5
        function deploy(address[] values, uint8 threshold) external returns (address module);
        /// Where `deploy` puts it. messaging.md §3.5
        function getAddress(address[] values, uint8 threshold) external view returns (address module);
        /// What every module it makes delegates to. messaging.md §3.5
        function implementation() external view returns (address implementation);
    }

    /// Makes fixed lists, of hooks.
    /// # Source
    /// messaging.md §2.6
    #[derive(Debug, PartialEq, Eq)]
    interface IStaticAddressSetFactory {
        /// Makes a hook, unless it is there; anyone may.
        /// # Errors
        /// Hyperlane's texts.
        /// # Source
        /// messaging.md §2.6
        function deploy(address[] values) external returns (address hook);
        /// Where `deploy` puts it. messaging.md §2.6
        function getAddress(address[] values) external view returns (address hook);
    }

    /// A set of validators that its owner changes, beyond `IMultisigIsm` and `IOwnable`.
    /// # Source
    /// messaging.md §3.5
    #[derive(Debug, PartialEq, Eq)]
    interface IStorageMultisigIsm {
        /// It was set up. messaging.md §3.5
        event Initialized(uint8 version);
        /// `newOwner` may accept the ownership. messaging.md §3.5
        event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner);
        /// Who signs, and how many must. messaging.md §3.5
        event ValidatorsAndThresholdSet(address[] validators, uint8 threshold);

        /// Of the module that clones delegate to.
        /// # Errors
        /// Hyperlane's texts.
        /// # Source
        /// messaging.md §3.5
        constructor(address[] validators, uint8 threshold);
        /// Sets a clone up, once.
        /// # Errors
        /// Hyperlane's texts.
        /// # Events
        /// `Initialized`
        /// # Source
        /// messaging.md §3.5
        function initialize(address owner, address[] validators, uint8 threshold) external;
        /// In the order of their signatures; by the owner.
        /// # Errors
        /// Hyperlane's texts.
        /// # Events
        /// `ValidatorsAndThresholdSet`
        /// # Source
        /// messaging.md §3.5
        function setValidatorsAndThreshold(address[] validators, uint8 threshold) external;
        /// The validator at a place.
        /// # Errors
        /// Panics behind the last.
        /// # Source
        /// messaging.md §3.5
        function validators(uint256 index) external view returns (address validator);
        /// How many must sign. messaging.md §3.5
        function threshold() external view returns (uint8 threshold);
        /// Who may accept the ownership. messaging.md §3.5
        function pendingOwner() external view returns (address pendingOwner);
        /// By whom the owner has named.
        /// # Errors
        /// OpenZeppelin's texts.
        /// # Events
        /// `OwnershipTransferred`
        /// # Source
        /// messaging.md §3.5
        function acceptOwnership() external;
    }

    /// Chooses a module by the message, beyond `IInterchainSecurityModule`.
    /// # Source
    /// messaging.md §3.6
    #[derive(Debug, PartialEq, Eq)]
    interface IRoutingIsm {
        /// The module of a message.
        /// # Errors
        /// Those of the module.
        /// # Source
        /// messaging.md §3.6
        function route(bytes message) external view returns (address module);
    }

    /// A domain and its module.
    /// # Source
    /// messaging.md §3.6
    #[derive(Debug, PartialEq, Eq)]
    struct DomainModule {
        /// The origin.
        uint32 domain;
        /// Its module.
        address module;
    }

    /// A module for each origin, beyond `IRoutingIsm` and `IOwnable`. Batches and `Module…` events are Hyperlane 12's.
    /// # Source
    /// messaging.md §3.6
    #[derive(Debug, PartialEq, Eq)]
    interface IDomainRoutingIsm {
        /// It was set up. messaging.md §3.6
        event Initialized(uint8 version);
        /// The module of an origin. messaging.md §3.6
        event ModuleSet(uint32 indexed domain, address indexed module);
        /// An origin has no module any more. messaging.md §3.6
        event ModuleRemoved(uint32 indexed domain);

        /// Sets it up, once.
        /// # Errors
        /// Hyperlane's texts.
        /// # Events
        /// `Initialized`
        /// # Source
        /// messaging.md §3.6
        function initialize(address owner) external;
        /// Sets it up with modules, once.
        /// # Errors
        /// Hyperlane's texts.
        /// # Events
        /// `Initialized`
        /// # Source
        /// messaging.md §3.6
        function initialize(address owner, uint32[] domains, address[] modules) external;
        /// By the owner.
        /// # Errors
        /// Hyperlane's texts.
        /// # Events
        /// `ModuleSet`
        /// # Source
        /// messaging.md §3.6
        function set(uint32 domain, address module) external;
        /// By the owner.
        /// # Errors
        /// Hyperlane's texts.
        /// # Events
        /// `ModuleRemoved`
        /// # Source
        /// messaging.md §3.6
        function remove(uint32 domain) external;
        /// By the owner.
        /// # Errors
        /// Hyperlane's texts.
        /// # Events
        /// `ModuleSet`, for each
        /// # Source
        /// messaging.md §3.6
        function setIsms(DomainModule[] modules) external;
        /// By the owner.
        /// # Errors
        /// Hyperlane's texts.
        /// # Events
        /// `ModuleRemoved`, for each
        /// # Source
        /// messaging.md §3.6
        function removeIsms(uint32[] domains) external;
        /// The origins that have a module. messaging.md §3.6
        function domains() external view returns (uint256[] domains);
        /// The module of an origin.
        /// # Errors
        /// Hyperlane's texts.
        /// # Source
        /// messaging.md §3.6
        function module(uint32 origin) external view returns (address module);
    }

    /// Several modules of which some must agree, beyond `IInterchainSecurityModule`.
    /// # Source
    /// messaging.md §3.6
    #[derive(Debug, PartialEq, Eq)]
    interface IAggregationIsm {
        /// The modules of a message, and how many must pass it.
        /// # Errors
        /// Those of the module.
        /// # Source
        /// messaging.md §3.6
        function modulesAndThreshold(bytes message) external view returns (address[] modules, uint8 threshold);
    }

    /// A module whose metadata comes from a server, beyond `IInterchainSecurityModule`.
    /// # Source
    /// messaging.md §3.7
    #[derive(Debug, PartialEq, Eq)]
    interface ICcipReadIsm {
        /// Where a relayer gets the metadata (EIP-3668). `urls`: templates of servers' addresses; `callData`: what they
        /// are asked. messaging.md §3.7
        error OffchainLookup(address sender, string[] urls, bytes callData, bytes4 callbackFunction, bytes extraData);

        /// Always reverts, with `OffchainLookup`.
        /// # Errors
        /// `OffchainLookup`
        /// # Source
        /// messaging.md §3.7
        function getOffchainVerifyInfo(bytes message) external view;
    }

    /// Believes one relayer, beyond `IInterchainSecurityModule`.
    /// # Source
    /// messaging.md §3.8
    #[derive(Debug, PartialEq, Eq)]
    interface ITrustedRelayerIsm {
        /// `relayer`: whose deliveries pass.
        /// # Errors
        /// Hyperlane's texts.
        /// # Source
        /// messaging.md §3.8
        constructor(address mailbox, address relayer);
        /// The Mailbox it works for. messaging.md §3.8
        function mailbox() external view returns (address mailbox);
        /// Whose deliveries pass. messaging.md §3.8
        function trustedRelayer() external view returns (address relayer);
    }

    /// Where validators say where their signatures are, beyond `IMailboxClient`.
    /// # Source
    /// messaging.md §4.1
    #[derive(Debug, PartialEq, Eq)]
    interface IValidatorAnnounce {
        /// A validator's signatures are at a location. messaging.md §4.1
        event ValidatorAnnouncement(address indexed validator, string storageLocation);

        /// Of a Mailbox.
        /// # Errors
        /// Hyperlane's texts.
        /// # Source
        /// messaging.md §4.1
        constructor(address mailbox);
        /// Records a location that the validator has signed; anyone may send it.
        /// # Errors
        /// Hyperlane's texts.
        /// # Events
        /// `ValidatorAnnouncement`
        /// # Source
        /// messaging.md §4.1
        function announce(address validator, string storageLocation, bytes signature) external returns (bool ok);
        /// The locations of each validator, the newest last. messaging.md §4.1
        function getAnnouncedStorageLocations(address[] validators) external view returns (string[][] locations);
        /// Who has announced a location. messaging.md §4.1
        function getAnnouncedValidators() external view returns (address[] validators);
        /// What a validator signs to announce a location. messaging.md §4.1
        function getAnnouncementDigest(string storageLocation) external view returns (bytes32 digest);
    }

    /// Administrator of upgradeable proxies, beyond `IOwnable`.
    /// # Source
    /// messaging.md §5.11, §8.3
    #[derive(Debug, PartialEq, Eq)]
    interface IProxyAdmin {
        /// Who upgrades a proxy. messaging.md §5.11
        function getProxyAdmin(address proxy) external view returns (address admin);
        /// What a proxy delegates to. messaging.md §5.11
        function getProxyImplementation(address proxy) external view returns (address implementation);
        /// By the owner.
        /// # Errors
        /// OpenZeppelin's texts.
        /// # Source
        /// messaging.md §5.11
        function changeProxyAdmin(address proxy, address newAdmin) external;
        /// By the owner.
        /// # Errors
        /// OpenZeppelin's texts.
        /// # Source
        /// messaging.md §5.11
        function upgrade(address proxy, address implementation) external;
        /// Upgrades, and calls what is there then; by the owner.
        /// # Errors
        /// OpenZeppelin's texts.
        /// # Source
        /// messaging.md §5.11
        function upgradeAndCall(address proxy, address implementation, bytes data) external payable;
    }
}

/// What a module is, and so what metadata a relayer builds for it.
/// # Source
/// messaging.md §3.1
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are all there is to say")]
pub enum ModuleType {
    Unused = 0,
    Routing = 1,
    Aggregation = 2,
    LegacyMultisig = 3,
    MerkleRootMultisig = 4,
    MessageIdMultisig = 5,
    Null = 6,
    CcipRead = 7,
    ArbL2ToL1 = 8,
    WeightedMerkleRootMultisig = 9,
    WeightedMessageIdMultisig = 10,
    OpL2ToL1 = 11,
    Polymer = 12,
}

/// What a hook is.
/// # Source
/// messaging.md §2.1
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are all there is to say")]
pub enum HookType {
    Unused = 0,
    Routing = 1,
    Aggregation = 2,
    MerkleTree = 3,
    InterchainGasPaymaster = 4,
    FallbackRouting = 5,
    IdAuthIsm = 6,
    Pausable = 7,
    ProtocolFee = 8,
    Deprecated = 9,
    RateLimited = 10,
    ArbL2ToL1 = 11,
    OpL2ToL1 = 12,
    MailboxDefaultHook = 13,
    AmountRouting = 14,
    Cctp = 15,
    TimelockRouting = 16,
    PredicateRouterWrapper = 17,
}
