//! The Eco Routes protocol: its nouns, and the interfaces of Portal, Vault, Executor and provers.
//! Spec: intents.md §1–§7.
#![allow(clippy::too_many_arguments, reason = "`sol!` makes a constructor of an event's fields")]

solidity! {
    /// An amount of one ERC-20 token.
    /// # Source
    /// intents.md §1.1
    #[derive(Debug, PartialEq, Eq)]
    struct TokenAmount {
        /// The ERC-20 contract.
        address token;
        /// The token's smallest unit.
        uint256 amount;
    }

    /// One call that the Executor makes while an intent is fulfilled.
    /// # Source
    /// intents.md §1.1
    #[derive(Debug, PartialEq, Eq)]
    struct Call {
        /// Callee; must have code when `data` is not empty.
        address target;
        /// Calldata.
        bytes data;
        /// Wei sent with the call.
        uint256 value;
    }

    /// What the solver does on the destination chain.
    /// # Source
    /// intents.md §1.1
    #[derive(Debug, PartialEq, Eq)]
    struct Route {
        /// Makes otherwise equal intents distinct.
        bytes32 salt;
        /// Last moment of fulfilment, unix seconds, inclusive.
        uint64 deadline;
        /// Portal on the destination chain.
        address portal;
        /// Wei the solver brings for the calls.
        uint256 nativeAmount;
        /// Tokens the solver brings for the calls.
        TokenAmount[] tokens;
        /// Made in order by the Executor.
        Call[] calls;
    }

    /// What the claimant receives on the source chain.
    /// # Source
    /// intents.md §1.1
    #[derive(Debug, PartialEq, Eq)]
    struct Reward {
        /// First moment of a refund without proof, unix seconds, inclusive.
        uint64 deadline;
        /// Whom a refund pays.
        address creator;
        /// Contract on the source chain whose proofs are believed.
        address prover;
        /// Wei.
        uint256 nativeAmount;
        /// Tokens, paid leg by leg.
        TokenAmount[] tokens;
    }

    /// A user's offer: do `route` on `destination`, earn `reward` here.
    /// # Source
    /// intents.md §1.1
    #[derive(Debug, PartialEq, Eq)]
    struct Intent {
        /// Chain id (not bridge domain) of the fulfilment chain.
        uint64 destination;
        /// The work.
        Route route;
        /// The pay.
        Reward reward;
    }

    /// Source-chain half of the Portal: publish, fund, withdraw, refund, recover.
    /// # Source
    /// intents.md §2
    #[derive(Debug, PartialEq, Eq)]
    interface IIntentSource {
        event IntentPublished(bytes32 indexed intentHash, uint64 destination, bytes route, address indexed creator, address indexed prover, uint64 rewardDeadline, uint256 rewardNativeAmount, TokenAmount[] rewardTokens);
        event IntentFunded(bytes32 intentHash, address funder, bool complete);
        event IntentWithdrawn(bytes32 intentHash, address indexed claimant);
        event IntentRefunded(bytes32 intentHash, address indexed refundee);
        event IntentTokenRecovered(bytes32 intentHash, address indexed refundee, address indexed token);

        error IntentAlreadyExists(bytes32 intentHash);
        error IntentNotClaimed(bytes32 intentHash);
        error ArrayLengthMismatch();
        error InsufficientFunds(bytes32 intentHash);
        error InvalidClaimant();
        error InvalidStatusForFunding(uint8 status);
        error InvalidStatusForWithdrawal(uint8 status);
        error InvalidStatusForRefund(uint8 status, uint256 now, uint256 deadline);
        error InvalidRecoverToken(address token);
        error NotCreatorCaller(address caller);
        error RewardTokensNotUnique(address token);
        error SafeERC20FailedOperation(address token);

        /// Of an IntentSource deployed alone.
        constructor(bytes vaultInitCode, address nativeErc20);
        function getRewardStatus(bytes32 intentHash) external view returns (uint8 status);
        function getIntentHash(Intent intent) external pure returns (bytes32 intentHash, bytes32 routeHash, bytes32 rewardHash);
        function getIntentHash(uint64 destination, bytes route, Reward reward) external pure returns (bytes32 intentHash, bytes32 routeHash, bytes32 rewardHash);
        function getIntentHash(uint64 destination, bytes32 routeHash, Reward reward) external pure returns (bytes32 intentHash, bytes32 _routeHash, bytes32 rewardHash);
        function intentVaultAddress(Intent intent) external view returns (address vault);
        function intentVaultAddress(uint64 destination, bytes route, Reward reward) external view returns (address vault);
        function isIntentFunded(Intent intent) external view returns (bool funded);
        function isIntentFunded(uint64 destination, bytes route, Reward reward) external view returns (bool funded);
        function publish(Intent intent) external returns (bytes32 intentHash, address vault);
        function publish(uint64 destination, bytes route, Reward reward) external returns (bytes32 intentHash, address vault);
        function publishAndFund(Intent intent, bool allowPartial) external payable returns (bytes32 intentHash, address vault);
        function publishAndFund(uint64 destination, bytes route, Reward reward, bool allowPartial) external payable returns (bytes32 intentHash, address vault);
        function fund(uint64 destination, bytes32 routeHash, Reward reward, bool allowPartial) external payable returns (bytes32 intentHash);
        function fundFor(uint64 destination, bytes32 routeHash, Reward reward, bool allowPartial, address funder, address permitContract) external payable returns (bytes32 intentHash);
        function publishAndFundFor(Intent intent, bool allowPartial, address funder, address permitContract) external payable returns (bytes32 intentHash, address vault);
        function publishAndFundFor(uint64 destination, bytes route, Reward reward, bool allowPartial, address funder, address permitContract) external payable returns (bytes32 intentHash, address vault);
        function withdraw(uint64 destination, bytes32 routeHash, Reward reward) external;
        function batchWithdraw(uint64[] destinations, bytes32[] routeHashes, Reward[] rewards) external;
        function refund(uint64 destination, bytes32 routeHash, Reward reward) external;
        function refundTo(uint64 destination, bytes32 routeHash, Reward reward, address refundee) external;
        function recoverToken(uint64 destination, bytes32 routeHash, Reward reward, address token) external;
        function version() external pure returns (string version);
    }

    /// Destination-chain half of the Portal: fulfill, prove.
    /// # Source
    /// intents.md §4
    #[derive(Debug, PartialEq, Eq)]
    interface IInbox {
        event IntentFulfilled(bytes32 indexed intentHash, bytes32 indexed claimant);
        event IntentProven(bytes32 indexed intentHash, bytes32 indexed claimant);

        error IntentExpired();
        error InvalidPortal(address portal);
        error InvalidHash(bytes32 expected);
        error IntentAlreadyFulfilled(bytes32 intentHash);
        error ZeroClaimant();
        error InsufficientNativeAmount(uint256 sent, uint256 required);
        error IntentNotFulfilled(bytes32 intentHash);
        error ChainIdTooLarge(uint256 chainId);
        error ReentrancyGuardReentrantCall();
        error AddressEmptyCode(address target);
        error FailedInnerCall();

        /// Of an Inbox deployed alone.
        constructor(bytes executorInitCode);
        function fulfill(bytes32 intentHash, Route route, bytes32 rewardHash, bytes32 claimant) external payable returns (bytes[] results);
        function fulfillAndProve(bytes32 intentHash, Route route, bytes32 rewardHash, bytes32 claimant, address prover, uint64 sourceChainDomainID, bytes data) external payable returns (bytes[] results);
        function prove(address prover, uint64 sourceChainDomainID, bytes32[] intentHashes, bytes data) external payable;
        function claimants(bytes32 intentHash) external view returns (bytes32 claimant);
        function executor() external view returns (address executor);
    }

    /// Both halves at one address: it answers what `IIntentSource` and `IInbox` list.
    /// # Source
    /// intents.md §2, §4
    #[derive(Debug, PartialEq, Eq)]
    interface IPortal {
        /// Creates the vault implementation and the Executor.
        constructor(bytes vaultInitCode, bytes executorInitCode, address nativeErc20);
    }

    /// Makes a route's calls, so that they never come from the Portal.
    /// # Source
    /// intents.md §4.3
    #[derive(Debug, PartialEq, Eq)]
    interface IExecutor {
        error NonPortalCaller(address caller);
        error CallToEOA(address target);
        error CallFailed(Call call, bytes reason);

        function execute(Call[] calls) external payable returns (bytes[] results);
    }

    /// Escrow of one intent, behind its proxy.
    /// # Source
    /// intents.md §3.2
    #[derive(Debug, PartialEq, Eq)]
    interface IVault {
        error NotPortalCaller(address caller);
        error NativeTransferFailed(address recipient, uint256 amount);
        error ZeroRecoverTokenBalance(address token);
        error SafeERC20FailedOperation(address token);

        function fundFor(Reward reward, address funder, address permit) external;
        function withdraw(Reward reward, address claimant) external;
        function refund(Reward reward, address refundee) external;
        function recover(address refundee, address token) external;
    }

    /// What the vault of another virtual machine reverts with; no contract of ours does. It completes the protocol's
    /// ABI for decoders.
    /// # Source
    /// intents.md §3.2, §3.3 (Tron variant)
    #[derive(Debug, PartialEq, Eq)]
    interface IVaultExtras {
        error TokenTransferFailed(address token);
    }

    /// What a prover tells about an intent.
    /// # Source
    /// intents.md §5.1
    #[derive(Debug, PartialEq, Eq)]
    struct ProofData {
        /// Who fulfilled it; zero when not proven.
        address claimant;
        /// Chain id of the chain it was fulfilled on.
        uint64 destination;
    }

    /// What every prover answers; its ERC-165 id is `0x42c7e0fe`.
    /// # Source
    /// intents.md §5.1
    #[derive(Debug, PartialEq, Eq)]
    interface IProver {
        event IntentProven(bytes32 indexed intentHash, address indexed claimant, uint64 destination);
        event IntentAlreadyProven(bytes32 intentHash);
        event IntentProofInvalidated(bytes32 indexed intentHash);

        error ArrayLengthMismatch();

        function provenIntents(bytes32 intentHash) external view returns (ProofData proof);
        function getProofType() external pure returns (string proofType);
        function prove(address sender, uint64 sourceChainDomainID, bytes encodedProofs, bytes data) external payable;
        function challengeIntentProof(uint64 destination, bytes32 routeHash, bytes32 rewardHash) external;
    }

    /// A pair of the domain map of a prover.
    /// # Source
    /// intents.md §11.2
    #[derive(Debug, PartialEq, Eq)]
    struct DomainConfig {
        /// Bridge domain, not zero.
        uint64 domain;
        /// Chain id it stands for, not zero.
        uint64 chainId;
    }

    /// The prover that travels over the Metalayer, beyond `IProver` and `IMetalayerRecipient`.
    /// # Source
    /// intents.md §5, §11
    #[derive(Debug, PartialEq, Eq)]
    interface IMetaProver {
        event DomainRegistered(uint64 indexed domain, uint64 indexed chainId);

        error ZeroPortal();
        error RouterCannotBeZeroAddress();
        error WhitelistSizeExceeded(uint256 size, uint256 maxSize);
        error UnauthorizedSender(address expected, address actual);
        error ZeroDomainID();
        error SenderCannotBeZeroAddress();
        error NotWhitelisted(bytes32 sender);
        error InvalidProofMessage();
        error ChainIdMismatch(uint64 domain, uint64 expected, uint64 actual);
        error NonPortalCaller(address caller);
        error InsufficientFee(uint256 fee);
        error RefundFailed(address recipient, uint256 amount);
        error DomainIdTooLarge(uint64 domainID);
        error InvalidDomainConfig(uint64 domain, uint64 chainId);
        /// Only the address that sent the deploying transaction configures domains.
        error NotDeployer(address caller);
        /// The domain map was configured or sealed before.
        error DomainsSealed();
        error ChainIdTooLarge(uint256 chainId);

        constructor(address router, address portal, bytes32[] provers, uint256 minGasLimit);
        function PORTAL() external view returns (address portal);
        function ROUTER() external view returns (address router);
        function MIN_GAS_LIMIT() external view returns (uint256 gasLimit);
        function PROOF_TYPE() external view returns (string proofType);
        function isWhitelisted(bytes32 prover) external view returns (bool whitelisted);
        function getWhitelist() external view returns (bytes32[] provers);
        function getWhitelistSize() external view returns (uint256 size);
        function supportsInterface(bytes4 interfaceId) external view returns (bool supported);
        function version() external pure returns (string version);
        function chainIdByDomain(uint64 domain) external view returns (uint64 chainId);
        function fetchFee(uint64 domainID, bytes encodedProofs, bytes data) external view returns (uint256 fee);
        /// Registers the domains whose number is not their chain id; once, by the deployer.
        function configureDomains(DomainConfig[] configs) external;
        /// Gives up `configureDomains`; by the deployer.
        function sealDomains() external;
    }

    /// The part of a Permit2-like contract that a vault uses.
    /// # Source
    /// intents.md §3.3
    #[derive(Debug, PartialEq, Eq)]
    interface IPermit {
        function allowance(address owner, address token, address spender) external view returns (uint160 amount, uint48 expiration, uint48 nonce);
        function transferFrom(address from, address to, uint160 amount, address token) external;
    }

    /// How a contract says that a signature is its own.
    /// # Source
    /// intents.md §7.3
    #[derive(Debug, PartialEq, Eq)]
    interface IERC1271 {
        /// The function's own selector if it is; anything else, or a revert, if not.
        function isValidSignature(bytes32 hash, bytes signature) external view returns (bytes4 magicValue);
    }

    /// The part of ERC-20 that the protocol uses.
    #[derive(Debug, PartialEq, Eq)]
    interface IERC20 {
        event Transfer(address indexed from, address indexed to, uint256 value);
        event Approval(address indexed owner, address indexed spender, uint256 value);

        function balanceOf(address account) external view returns (uint256 balance);
        function allowance(address owner, address spender) external view returns (uint256 remaining);
        function approve(address spender, uint256 value) external returns (bool ok);
        function transfer(address to, uint256 value) external returns (bool ok);
        function transferFrom(address from, address to, uint256 value) external returns (bool ok);
    }

    /// An order signed by a user and opened by anyone.
    /// # Source
    /// intents.md §7.1
    #[derive(Debug, PartialEq, Eq)]
    struct GaslessCrossChainOrder {
        address originSettler;
        address user;
        uint256 nonce;
        uint256 originChainId;
        uint32 openDeadline;
        uint32 fillDeadline;
        bytes32 orderDataType;
        bytes orderData;
    }

    /// An order opened by its user.
    /// # Source
    /// intents.md §7.1
    #[derive(Debug, PartialEq, Eq)]
    struct OnchainCrossChainOrder {
        uint32 fillDeadline;
        bytes32 orderDataType;
        bytes orderData;
    }

    /// One leg of an order, on either side.
    /// # Source
    /// intents.md §7.1
    #[derive(Debug, PartialEq, Eq)]
    struct Output {
        bytes32 token;
        uint256 amount;
        bytes32 recipient;
        uint256 chainId;
    }

    /// The intent inside an order.
    /// # Source
    /// intents.md §7.1
    #[derive(Debug, PartialEq, Eq)]
    struct OrderData {
        uint64 destination;
        bytes route;
        Reward reward;
        bytes32 routePortal;
        uint64 routeDeadline;
        Output[] maxSpent;
    }

    /// How a filler fulfils one part of an order.
    /// # Source
    /// intents.md §7.1
    #[derive(Debug, PartialEq, Eq)]
    struct FillInstruction {
        uint256 destinationChainId;
        bytes32 destinationSettler;
        bytes originData;
    }

    /// An order as fillers read it.
    /// # Source
    /// intents.md §7.1
    #[derive(Debug, PartialEq, Eq)]
    struct ResolvedCrossChainOrder {
        address user;
        uint256 originChainId;
        uint32 openDeadline;
        uint32 fillDeadline;
        bytes32 orderId;
        Output[] maxSpent;
        Output[] minReceived;
        FillInstruction[] fillInstructions;
    }

    /// ERC-7683 as Eco implements it: the Portal answers it.
    /// # Source
    /// intents.md §7.2
    #[derive(Debug, PartialEq, Eq)]
    interface IERC7683 {
        event Open(bytes32 indexed orderId, ResolvedCrossChainOrder resolvedOrder);
        event OrderFilled(bytes32 orderId, address solver);

        error TypeSignatureMismatch();
        error InvalidOriginSettler(address order, address settler);
        error InvalidSignature();
        error OpenDeadlinePassed();
        error InvalidOriginChainId(uint256 order, uint256 actual);
        error InvalidCreatorBinding(address user, address creator);
        error InsufficientNativeRewardAmount();

        function open(OnchainCrossChainOrder order) external payable;
        function openFor(GaslessCrossChainOrder order, bytes signature, bytes originFillerData) external payable;
        function resolve(OnchainCrossChainOrder order) external view returns (ResolvedCrossChainOrder resolved);
        function resolveFor(GaslessCrossChainOrder order, bytes originFillerData) external view returns (ResolvedCrossChainOrder resolved);
        function fill(bytes32 orderId, bytes originData, bytes fillerData) external payable;
        function _resolve(uint32 openDeadline, OrderData orderData) external view returns (ResolvedCrossChainOrder resolved);
        function GASLESS_CROSSCHAIN_ORDER_TYPEHASH() external view returns (bytes32 typehash);
        function domainSeparatorV4() external view returns (bytes32 separator);
        function eip712Domain() external view returns (bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions);
    }
}

impl Copy for TokenAmount {}

/// Where an intent stands on its source chain.
/// # Source
/// intents.md §2.4
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    /// Never seen, published, or partly funded.
    Initial = 0,
    /// Its vault held the whole reward.
    Funded = 1,
    /// Its claimant was paid.
    Withdrawn = 2,
    /// Its creator was paid back.
    Refunded = 3,
}
