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
        event Initialized(uint8 version);
        event DefaultIsmSet(address indexed module);
        event DefaultHookSet(address indexed hook);
        event RequiredHookSet(address indexed hook);
        event Dispatch(address indexed sender, uint32 indexed destination, bytes32 indexed recipient, bytes message);
        event DispatchId(bytes32 indexed messageId);
        event Process(uint32 indexed origin, bytes32 indexed sender, address indexed recipient);
        event ProcessId(bytes32 indexed messageId);

        constructor(uint32 localDomain);
        function initialize(address owner, address defaultIsm, address defaultHook, address requiredHook) external;
        function dispatch(uint32 destination, bytes32 recipient, bytes body) external payable returns (bytes32 messageId);
        function dispatch(uint32 destination, bytes32 recipient, bytes body, bytes metadata) external payable returns (bytes32 messageId);
        function dispatch(uint32 destination, bytes32 recipient, bytes body, bytes metadata, address hook) external payable returns (bytes32 messageId);
        function quoteDispatch(uint32 destination, bytes32 recipient, bytes body) external view returns (uint256 fee);
        function quoteDispatch(uint32 destination, bytes32 recipient, bytes body, bytes metadata) external view returns (uint256 fee);
        function quoteDispatch(uint32 destination, bytes32 recipient, bytes body, bytes metadata, address hook) external view returns (uint256 fee);
        function process(bytes metadata, bytes message) external payable;
        function delivered(bytes32 messageId) external view returns (bool delivered);
        function processor(bytes32 messageId) external view returns (address processor);
        function processedAt(bytes32 messageId) external view returns (uint48 blockNumber);
        function recipientIsm(address recipient) external view returns (address module);
        function localDomain() external view returns (uint32 domain);
        function nonce() external view returns (uint32 nonce);
        function latestDispatchedId() external view returns (bytes32 messageId);
        function defaultIsm() external view returns (address module);
        function defaultHook() external view returns (address hook);
        function requiredHook() external view returns (address hook);
        function setDefaultIsm(address module) external;
        function setDefaultHook(address hook) external;
        function setRequiredHook(address hook) external;
        function deployedBlock() external view returns (uint256 blockNumber);
        function VERSION() external view returns (uint8 version);
    }

    /// What the Mailbox calls to deliver.
    /// # Source
    /// messaging.md §1.5
    #[derive(Debug, PartialEq, Eq)]
    interface IMessageRecipient {
        function handle(uint32 origin, bytes32 sender, bytes body) external payable;
    }

    /// What the Mailbox asks a recipient before it delivers.
    /// # Source
    /// messaging.md §1.4
    #[derive(Debug, PartialEq, Eq)]
    interface ISpecifiesInterchainSecurityModule {
        function interchainSecurityModule() external view returns (address module);
    }

    /// Owner with immediate transfer.
    #[derive(Debug, PartialEq, Eq)]
    interface IOwnable {
        event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);

        function owner() external view returns (address owner);
        function transferOwnership(address newOwner) external;
        function renounceOwnership() external;
    }

    /// Pausable hook and module.
    /// # Source
    /// messaging.md §2.6, §3.8
    #[derive(Debug, PartialEq, Eq)]
    interface IPausable {
        event Paused(address account);
        event Unpaused(address account);

        function paused() external view returns (bool paused);
        function pause() external;
        function unpause() external;
    }

    /// Release of the package that a contract came with.
    #[derive(Debug, PartialEq, Eq)]
    interface IVersioned {
        function PACKAGE_VERSION() external view returns (string version);
    }

    /// What contracts that hold a Mailbox have in common; most of it they do not use.
    #[derive(Debug, PartialEq, Eq)]
    interface IMailboxClient {
        event Initialized(uint8 version);
        event HookSet(address hook);
        event IsmSet(address module);

        function mailbox() external view returns (address mailbox);
        function localDomain() external view returns (uint32 domain);
        function hook() external view returns (address hook);
        function interchainSecurityModule() external view returns (address module);
        function setHook(address hook) external;
        function setInterchainSecurityModule(address module) external;
        function deployedBlock() external view returns (uint256 blockNumber);
    }

    /// What every hook answers.
    /// # Source
    /// messaging.md §2.1
    #[derive(Debug, PartialEq, Eq)]
    interface IPostDispatchHook {
        function hookType() external view returns (uint8 hookType);
        function supportsMetadata(bytes metadata) external view returns (bool supported);
        function postDispatch(bytes metadata, bytes message) external payable;
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
        event InsertedIntoTree(bytes32 messageId, uint32 index);

        constructor(address mailbox);
        function count() external view returns (uint32 count);
        function root() external view returns (bytes32 root);
        function tree() external view returns (Tree tree);
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
        event Initialized(uint8 version);
        event GasPayment(bytes32 indexed messageId, uint32 indexed destinationDomain, uint256 gasAmount, uint256 payment);
        event DestinationGasConfigSet(uint32 remoteDomain, address gasOracle, uint96 gasOverhead);
        event BeneficiarySet(address beneficiary);

        function initialize(address owner, address beneficiary) external;
        function quoteGasPayment(uint32 destination, uint256 gasLimit) external view returns (uint256 fee);
        function payForGas(bytes32 messageId, uint32 destination, uint256 gasLimit, address refund) external payable;
        function destinationGasLimit(uint32 destination, uint256 gasLimit) external view returns (uint256 gasLimitWithOverhead);
        function destinationGasConfigs(uint32 destination) external view returns (address gasOracle, uint96 gasOverhead);
        function setDestinationGasConfigs(GasParam[] configs) external;
        function getExchangeRateAndGasPrice(uint32 destination) external view returns (uint128 tokenExchangeRate, uint128 gasPrice);
        function claim() external;
        function beneficiary() external view returns (address beneficiary);
        function setBeneficiary(address beneficiary) external;
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
        event RemoteGasDataSet(uint32 indexed remoteDomain, uint128 tokenExchangeRate, uint128 gasPrice);

        function getExchangeRateAndGasPrice(uint32 destination) external view returns (uint128 tokenExchangeRate, uint128 gasPrice);
        function remoteGasData(uint32 destination) external view returns (uint128 tokenExchangeRate, uint128 gasPrice);
        function setRemoteGasData(RemoteGasDataConfig config) external;
        function setRemoteGasDataConfigs(RemoteGasDataConfig[] configs) external;
    }

    /// Takes a fixed fee, beyond `IPostDispatchHook` and `IOwnable`.
    /// # Source
    /// messaging.md §2.5
    #[derive(Debug, PartialEq, Eq)]
    interface IProtocolFee {
        event ProtocolFeeSet(uint256 protocolFee);
        event BeneficiarySet(address beneficiary);

        constructor(uint256 maxProtocolFee, uint256 protocolFee, address beneficiary, address owner);
        function MAX_PROTOCOL_FEE() external view returns (uint256 fee);
        function protocolFee() external view returns (uint256 fee);
        function setProtocolFee(uint256 fee) external;
        function collectProtocolFees() external;
        function beneficiary() external view returns (address beneficiary);
        function setBeneficiary(address beneficiary) external;
    }

    /// A fixed list of hooks, beyond `IPostDispatchHook`.
    /// # Source
    /// messaging.md §2.6
    #[derive(Debug, PartialEq, Eq)]
    interface IAggregationHook {
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
        constructor(address mailbox, address owner);
        function hooks(uint32 destination) external view returns (address hook);
        function setHook(uint32 destination, address hook) external;
        function setHooks(HookConfig[] configs) external;
    }

    /// What every module answers. `verify` is no view: a module may change state.
    /// # Source
    /// messaging.md §3.1
    #[derive(Debug, PartialEq, Eq)]
    interface IInterchainSecurityModule {
        function moduleType() external view returns (uint8 moduleType);
        function verify(bytes metadata, bytes message) external returns (bool verified);
    }

    /// A set of validators, beyond `IInterchainSecurityModule`.
    /// # Source
    /// messaging.md §3.5
    #[derive(Debug, PartialEq, Eq)]
    interface IMultisigIsm {
        function validatorsAndThreshold(bytes message) external view returns (address[] validators, uint8 threshold);
        function signatureCount(bytes metadata) external view returns (uint256 count);
    }

    /// Makes fixed validator sets and fixed aggregations; making one twice gives the same address.
    /// # Source
    /// messaging.md §3.5
    #[derive(Debug, PartialEq, Eq)]
    interface IStaticThresholdAddressSetFactory {
        function deploy(address[] values, uint8 threshold) external returns (address module);
        function getAddress(address[] values, uint8 threshold) external view returns (address module);
        function implementation() external view returns (address implementation);
    }

    /// Makes fixed lists, of hooks.
    /// # Source
    /// messaging.md §2.6
    #[derive(Debug, PartialEq, Eq)]
    interface IStaticAddressSetFactory {
        function deploy(address[] values) external returns (address hook);
        function getAddress(address[] values) external view returns (address hook);
    }

    /// A set of validators that its owner changes, beyond `IMultisigIsm` and `IOwnable`.
    /// # Source
    /// messaging.md §3.5
    #[derive(Debug, PartialEq, Eq)]
    interface IStorageMultisigIsm {
        event Initialized(uint8 version);
        event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner);
        event ValidatorsAndThresholdSet(address[] validators, uint8 threshold);

        constructor(address[] validators, uint8 threshold);
        function initialize(address owner, address[] validators, uint8 threshold) external;
        function setValidatorsAndThreshold(address[] validators, uint8 threshold) external;
        function validators(uint256 index) external view returns (address validator);
        function threshold() external view returns (uint8 threshold);
        function pendingOwner() external view returns (address pendingOwner);
        function acceptOwnership() external;
    }

    /// Chooses a module by the message, beyond `IInterchainSecurityModule`.
    /// # Source
    /// messaging.md §3.6
    #[derive(Debug, PartialEq, Eq)]
    interface IRoutingIsm {
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
        event Initialized(uint8 version);
        event ModuleSet(uint32 indexed domain, address indexed module);
        event ModuleRemoved(uint32 indexed domain);

        function initialize(address owner) external;
        function initialize(address owner, uint32[] domains, address[] modules) external;
        function set(uint32 domain, address module) external;
        function remove(uint32 domain) external;
        function setIsms(DomainModule[] modules) external;
        function removeIsms(uint32[] domains) external;
        function domains() external view returns (uint256[] domains);
        function module(uint32 origin) external view returns (address module);
    }

    /// Several modules of which some must agree, beyond `IInterchainSecurityModule`.
    /// # Source
    /// messaging.md §3.6
    #[derive(Debug, PartialEq, Eq)]
    interface IAggregationIsm {
        function modulesAndThreshold(bytes message) external view returns (address[] modules, uint8 threshold);
    }

    /// A module whose metadata comes from a server, beyond `IInterchainSecurityModule`.
    /// # Source
    /// messaging.md §3.7
    #[derive(Debug, PartialEq, Eq)]
    interface ICcipReadIsm {
        error OffchainLookup(address sender, string[] urls, bytes callData, bytes4 callbackFunction, bytes extraData);

        /// Always reverts, with `OffchainLookup`.
        function getOffchainVerifyInfo(bytes message) external view;
    }

    /// Believes one relayer, beyond `IInterchainSecurityModule`.
    /// # Source
    /// messaging.md §3.8
    #[derive(Debug, PartialEq, Eq)]
    interface ITrustedRelayerIsm {
        constructor(address mailbox, address relayer);
        function mailbox() external view returns (address mailbox);
        function trustedRelayer() external view returns (address relayer);
    }

    /// Where validators say where their signatures are, beyond `IMailboxClient`.
    /// # Source
    /// messaging.md §4.1
    #[derive(Debug, PartialEq, Eq)]
    interface IValidatorAnnounce {
        event ValidatorAnnouncement(address indexed validator, string storageLocation);

        constructor(address mailbox);
        function announce(address validator, string storageLocation, bytes signature) external returns (bool ok);
        function getAnnouncedStorageLocations(address[] validators) external view returns (string[][] locations);
        function getAnnouncedValidators() external view returns (address[] validators);
        function getAnnouncementDigest(string storageLocation) external view returns (bytes32 digest);
    }

    /// Administrator of upgradeable proxies, beyond `IOwnable`.
    /// # Source
    /// messaging.md §5.11, §8.3
    #[derive(Debug, PartialEq, Eq)]
    interface IProxyAdmin {
        function getProxyAdmin(address proxy) external view returns (address admin);
        function getProxyImplementation(address proxy) external view returns (address implementation);
        function changeProxyAdmin(address proxy, address newAdmin) external;
        function upgrade(address proxy, address implementation) external;
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
