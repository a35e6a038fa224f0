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
        /// An intent is offered. Anyone may make it appear again. `rewardDeadline`: unix seconds; `rewardNativeAmount`:
        /// wei. intents.md §2.3, §2.5
        event IntentPublished(bytes32 indexed intentHash, uint64 destination, bytes route, address indexed creator, address indexed prover, uint64 rewardDeadline, uint256 rewardNativeAmount, TokenAmount[] rewardTokens);
        /// The vault of an intent was filled by `funder`. `complete`: does it hold the whole reward?
        /// intents.md §2.3, §2.5
        event IntentFunded(bytes32 intentHash, address funder, bool complete);
        /// `claimant` was paid what the vault held of the reward. intents.md §2.3, §2.5
        event IntentWithdrawn(bytes32 intentHash, address indexed claimant);
        /// `refundee` got what the vault held. intents.md §2.3, §2.5
        event IntentRefunded(bytes32 intentHash, address indexed refundee);
        /// `refundee`, always the creator, got all of a token that was no part of the reward. intents.md §2.3, §2.5
        event IntentTokenRecovered(bytes32 intentHash, address indexed refundee, address indexed token);

        /// The intent was withdrawn or refunded, so it cannot be offered again. intents.md §2.4
        error IntentAlreadyExists(bytes32 intentHash);
        /// The intent was fulfilled and its claimant is still to be paid, so there is no refund. intents.md §2.4
        error IntentNotClaimed(bytes32 intentHash);
        /// The lists of a batch have different lengths. intents.md §2.5
        error ArrayLengthMismatch();
        /// The reward was not brought whole, and less was not allowed. intents.md §2.5
        error InsufficientFunds(bytes32 intentHash);
        /// The intent is not proven: nobody can be paid. intents.md §2.4
        error InvalidClaimant();
        /// The intent was settled. `status`: a `Status`. intents.md §2.4
        error InvalidStatusForFunding(uint8 status);
        /// The intent was settled. `status`: a `Status`. intents.md §2.4
        error InvalidStatusForWithdrawal(uint8 status);
        /// There is no proof, and it is too early for a refund. `status`: a `Status`; `now`, `deadline`: unix seconds.
        /// intents.md §2.4
        error InvalidStatusForRefund(uint8 status, uint256 now, uint256 deadline);
        /// The token is none, part of the reward, or the alias of the native currency that the reward promises.
        /// intents.md §2.5
        error InvalidRecoverToken(address token);
        /// Only the reward's creator names another refundee. intents.md §2.5
        error NotCreatorCaller(address caller);
        /// The reward promises the native currency twice: as such and by its alias `token`. intents.md §2.8
        error RewardTokensNotUnique(address token);
        /// The token answered `false`. intents.md §2.6
        error SafeERC20FailedOperation(address token);

        /// Of an IntentSource deployed alone. `vaultInitCode`: creates the vault implementation, by the first CREATE;
        /// `nativeErc20`: the token that mirrors the native balance, zero for none.
        /// # Errors
        /// Empty, for a vault that is not created.
        /// # Source
        /// intents.md §2.8, §3.1
        constructor(bytes vaultInitCode, address nativeErc20);
        /// Where an intent stands: a `Status`. intents.md §2.4
        function getRewardStatus(bytes32 intentHash) external view returns (uint8 status);
        /// The three hashes of an intent. intents.md §1.2
        function getIntentHash(Intent intent) external pure returns (bytes32 intentHash, bytes32 routeHash, bytes32 rewardHash);
        /// The three hashes of an intent. `destination`: a chain id; `route`: encoded, or any bytes of another virtual
        /// machine. intents.md §1.2
        function getIntentHash(uint64 destination, bytes route, Reward reward) external pure returns (bytes32 intentHash, bytes32 routeHash, bytes32 rewardHash);
        /// The three hashes of an intent, the route's as given. `destination`: a chain id. intents.md §1.2
        function getIntentHash(uint64 destination, bytes32 routeHash, Reward reward) external pure returns (bytes32 intentHash, bytes32 _routeHash, bytes32 rewardHash);
        /// Where the reward of an intent lies, whether or not the vault has code yet. intents.md §3.1
        function intentVaultAddress(Intent intent) external view returns (address vault);
        /// Where the reward of an intent lies. `destination`: a chain id; `route`: any bytes. intents.md §3.1
        function intentVaultAddress(uint64 destination, bytes route, Reward reward) external view returns (address vault);
        /// Is the intent funded, or does its vault hold the whole reward now? intents.md §2.5
        function isIntentFunded(Intent intent) external view returns (bool funded);
        /// Is the intent funded, or does its vault hold the whole reward now? `destination`: a chain id; `route`: any
        /// bytes. intents.md §2.5
        function isIntentFunded(uint64 destination, bytes route, Reward reward) external view returns (bool funded);
        /// Offers an intent; anyone may. `vault`: where it is to be funded.
        /// # Errors
        /// `RewardTokensNotUnique`, `IntentAlreadyExists`
        /// # Events
        /// `IntentPublished`
        /// # Source
        /// intents.md §2.5
        function publish(Intent intent) external returns (bytes32 intentHash, address vault);
        /// As the other `publish`. `destination`: a chain id; `route`: encoded, or any bytes of another virtual
        /// machine.
        /// # Errors
        /// As the other.
        /// # Events
        /// As the other.
        /// # Source
        /// intents.md §2.5
        function publish(uint64 destination, bytes route, Reward reward) external returns (bytes32 intentHash, address vault);
        /// Publishes, then funds as `fund`.
        /// # Errors
        /// As `publish` and `fund`.
        /// # Events
        /// `IntentPublished`, `IntentFunded`
        /// # Source
        /// intents.md §2.5
        function publishAndFund(Intent intent, bool allowPartial) external payable returns (bytes32 intentHash, address vault);
        /// As the other `publishAndFund`. `destination`: a chain id; `route`: any bytes.
        /// # Errors
        /// As `publish` and `fund`.
        /// # Events
        /// As the other.
        /// # Source
        /// intents.md §2.5
        function publishAndFund(uint64 destination, bytes route, Reward reward, bool allowPartial) external payable returns (bytes32 intentHash, address vault);
        /// Brings what the vault lacks of the reward: native from the value, each token by `transferFrom` out of what
        /// the caller allows the Portal. Nothing for a funded intent. Value beyond the reward comes back.
        /// `destination`: a chain id; `allowPartial`: take also less than the whole.
        /// # Errors
        /// `InvalidStatusForFunding`, `RewardTokensNotUnique`, `SafeERC20FailedOperation`; what a token reverts with;
        /// `InsufficientFunds`
        /// # Events
        /// `IntentFunded`
        /// # Source
        /// intents.md §2.5
        function fund(uint64 destination, bytes32 routeHash, Reward reward, bool allowPartial) external payable returns (bytes32 intentHash);
        /// Brings what the vault lacks: native from the caller's value, tokens from `funder`, by what it permits the
        /// vault in `permitContract` (zero for none), then by what it allows the vault. Anyone may. `destination`: a
        /// chain id.
        /// # Errors
        /// As `fund`; what the permit contract reverts with.
        /// # Events
        /// `IntentFunded`
        /// # Source
        /// intents.md §2.5, §3.3
        function fundFor(uint64 destination, bytes32 routeHash, Reward reward, bool allowPartial, address funder, address permitContract) external payable returns (bytes32 intentHash);
        /// Publishes, then funds as `fundFor`.
        /// # Errors
        /// As `publish` and `fundFor`.
        /// # Events
        /// `IntentPublished`, `IntentFunded`
        /// # Source
        /// intents.md §2.5
        function publishAndFundFor(Intent intent, bool allowPartial, address funder, address permitContract) external payable returns (bytes32 intentHash, address vault);
        /// As the other `publishAndFundFor`. `destination`: a chain id; `route`: any bytes.
        /// # Errors
        /// As `publish` and `fundFor`.
        /// # Events
        /// As the other.
        /// # Source
        /// intents.md §2.5
        function publishAndFundFor(uint64 destination, bytes route, Reward reward, bool allowPartial, address funder, address permitContract) external payable returns (bytes32 intentHash, address vault);
        /// Pays the claimant of a proven intent; anyone may ask. A proof from another chain is removed instead, and
        /// nobody is paid. `destination`: a chain id.
        /// # Errors
        /// What the prover reverts with; `InvalidStatusForWithdrawal`, `InvalidClaimant`; as the vault's `withdraw`.
        /// # Events
        /// `IntentWithdrawn`
        /// # Source
        /// intents.md §2.5
        function withdraw(uint64 destination, bytes32 routeHash, Reward reward) external;
        /// Withdraws one after the other; one that fails reverts all. `destinations`: chain ids.
        /// # Errors
        /// `ArrayLengthMismatch`; as `withdraw`.
        /// # Events
        /// `IntentWithdrawn`, for each
        /// # Source
        /// intents.md §2.5
        function batchWithdraw(uint64[] destinations, bytes32[] routeHashes, Reward[] rewards) external;
        /// Gives the reward back to its creator, from the deadline on if nobody has fulfilled the intent; anyone may
        /// ask. After a withdrawal it gives back what was left. `destination`: a chain id.
        /// # Errors
        /// `IntentNotClaimed`, `InvalidStatusForRefund`; as the vault's `refund`.
        /// # Events
        /// `IntentRefunded`
        /// # Source
        /// intents.md §2.5
        function refund(uint64 destination, bytes32 routeHash, Reward reward) external;
        /// As `refund`, to whom the creator names; by the creator.
        /// # Errors
        /// `NotCreatorCaller`; as `refund`.
        /// # Events
        /// `IntentRefunded`
        /// # Source
        /// intents.md §2.5
        function refundTo(uint64 destination, bytes32 routeHash, Reward reward, address refundee) external;
        /// Gives the creator all of a token that strayed into the vault; anyone may, at any time. `destination`: a
        /// chain id.
        /// # Errors
        /// `InvalidRecoverToken`; as the vault's `recover`.
        /// # Events
        /// `IntentTokenRecovered`
        /// # Source
        /// intents.md §2.5
        function recoverToken(uint64 destination, bytes32 routeHash, Reward reward, address token) external;
        /// Of Eco Routes, whose ABI this is. intents.md §2.1
        function version() external pure returns (string version);
    }

    /// Destination-chain half of the Portal: fulfill, prove.
    /// # Source
    /// intents.md §4
    #[derive(Debug, PartialEq, Eq)]
    interface IInbox {
        /// The route's calls were made; `claimant` is owed the reward. intents.md §4.1
        event IntentFulfilled(bytes32 indexed intentHash, bytes32 indexed claimant);
        /// A fulfilment was handed to a prover. Anyone may make it appear again. intents.md §4.1, §4.4
        event IntentProven(bytes32 indexed intentHash, bytes32 indexed claimant);

        /// The route's deadline has passed. intents.md §4.2
        error IntentExpired();
        /// The route is for another Portal. intents.md §4.2
        error InvalidPortal(address portal);
        /// Route and reward of this chain make another hash than `expected`, the one that was given. intents.md §4.2
        error InvalidHash(bytes32 expected);
        /// Somebody was first. intents.md §4.2
        error IntentAlreadyFulfilled(bytes32 intentHash);
        /// Nobody would be paid. intents.md §4.2
        error ZeroClaimant();
        /// The value is less than the route needs; both wei. intents.md §4.2
        error InsufficientNativeAmount(uint256 sent, uint256 required);
        /// There is nothing to prove. intents.md §4.4
        error IntentNotFulfilled(bytes32 intentHash);
        /// Never of ours: a Stylus program sees the chain id as 64 bits. intents.md §4.1
        error ChainIdTooLarge(uint256 chainId);
        /// `prove` from inside of `prove`. intents.md §4.4
        error ReentrancyGuardReentrantCall();
        /// The token has no code. intents.md §2.6
        error AddressEmptyCode(address target);
        /// The token reverted without data. intents.md §2.6
        error FailedInnerCall();

        /// Of an Inbox deployed alone. `executorInitCode`: creates the Executor, by the first CREATE.
        /// # Errors
        /// Empty, for an Executor that is not created.
        /// # Source
        /// intents.md §4.3
        constructor(bytes executorInitCode);
        /// Brings the route's tokens and wei to the Executor and has it make the calls; anyone may, once. Value beyond
        /// the route's comes back. `claimant`: whom the source chain pays, 32 bytes of any virtual machine; `results`:
        /// what each call returned.
        /// # Errors
        /// `IntentExpired`, `InvalidPortal`, `InvalidHash`, `IntentAlreadyFulfilled`, `ZeroClaimant`,
        /// `InsufficientNativeAmount`, in this order; what a token reverts with, `AddressEmptyCode`, `FailedInnerCall`,
        /// `SafeERC20FailedOperation`; as the Executor's `execute`.
        /// # Events
        /// `IntentFulfilled`
        /// # Source
        /// intents.md §4.2
        function fulfill(bytes32 intentHash, Route route, bytes32 rewardHash, bytes32 claimant) external payable returns (bytes[] results);
        /// Fulfils, then proves with the value that is left. `sourceChainDomainID`: the bridge's domain of the source
        /// chain, no chain id; `data`: for the prover.
        /// # Errors
        /// As `fulfill` and `prove`.
        /// # Events
        /// `IntentFulfilled`, `IntentProven`
        /// # Source
        /// intents.md §4.2, §4.4
        function fulfillAndProve(bytes32 intentHash, Route route, bytes32 rewardHash, bytes32 claimant, address prover, uint64 sourceChainDomainID, bytes data) external payable returns (bytes[] results);
        /// Hands fulfilments to a prover, with all of the value; anyone may, repeatedly. `sourceChainDomainID`: the
        /// bridge's domain of the source chain, no chain id; `data`: for the prover.
        /// # Errors
        /// `ReentrancyGuardReentrantCall`, `IntentNotFulfilled`; what the prover reverts with.
        /// # Events
        /// `IntentProven`, for each
        /// # Source
        /// intents.md §4.4
        function prove(address prover, uint64 sourceChainDomainID, bytes32[] intentHashes, bytes data) external payable;
        /// Who is owed the reward of a fulfilled intent; zero if nobody has fulfilled it. intents.md §4.2
        function claimants(bytes32 intentHash) external view returns (bytes32 claimant);
        /// Who makes the calls of routes. intents.md §4.3
        function executor() external view returns (address executor);
    }

    /// Both halves at one address: it answers what `IIntentSource` and `IInbox` list.
    /// # Source
    /// intents.md §2, §4
    #[derive(Debug, PartialEq, Eq)]
    interface IPortal {
        /// Creates the vault implementation and the Executor, by its first two CREATEs. `nativeErc20`: the token that
        /// mirrors the native balance, zero for none.
        /// # Errors
        /// Empty, for what is not created.
        /// # Source
        /// intents.md §2.8, §3.1, §4.3
        constructor(bytes vaultInitCode, bytes executorInitCode, address nativeErc20);
    }

    /// Makes a route's calls, so that they never come from the Portal.
    /// # Source
    /// intents.md §4.3
    #[derive(Debug, PartialEq, Eq)]
    interface IExecutor {
        /// Only the Portal that created it commands it. intents.md §4.3
        error NonPortalCaller(address caller);
        /// Calldata for an account without code, where it would do nothing. intents.md §4.3
        error CallToEOA(address target);
        /// A call of the route failed. `reason`: what it reverted with. intents.md §4.3
        error CallFailed(Call call, bytes reason);

        /// Makes calls in order, each with all gas; by the Portal. `results`: what each returned.
        /// # Errors
        /// `NonPortalCaller`, `CallToEOA`, `CallFailed`
        /// # Source
        /// intents.md §4.3
        function execute(Call[] calls) external payable returns (bytes[] results);
    }

    /// Escrow of one intent, behind its proxy.
    /// # Source
    /// intents.md §3.2
    #[derive(Debug, PartialEq, Eq)]
    interface IVault {
        /// Only the Portal commands a vault. intents.md §3.2
        error NotPortalCaller(address caller);
        /// The claimant did not take its wei. intents.md §3.3
        error NativeTransferFailed(address recipient, uint256 amount);
        /// The vault has nothing of the token. intents.md §3.3
        error ZeroRecoverTokenBalance(address token);
        /// The token answered `false`. intents.md §2.6
        error SafeERC20FailedOperation(address token);

        /// Pulls what the vault lacks of each token from `funder`: by `permit`, if there is one, then by allowance. By
        /// the Portal.
        /// # Errors
        /// `NotPortalCaller`; what permit contract or token reverts with, `SafeERC20FailedOperation`; `Panic(0x11)`
        /// when the permit brought more than it should.
        /// # Source
        /// intents.md §3.3
        function fundFor(Reward reward, address funder, address permit) external;
        /// Pays as much of the reward as there is, tokens first. By the Portal.
        /// # Errors
        /// `NotPortalCaller`; what a token reverts with, `SafeERC20FailedOperation`; `NativeTransferFailed`
        /// # Source
        /// intents.md §3.3
        function withdraw(Reward reward, address claimant) external;
        /// Pays out all of the reward's tokens and all wei; wei that are not taken stay. By the Portal.
        /// # Errors
        /// `NotPortalCaller`; what a token reverts with, `SafeERC20FailedOperation`
        /// # Source
        /// intents.md §3.3
        function refund(Reward reward, address refundee) external;
        /// Pays out all of a token. By the Portal.
        /// # Errors
        /// `NotPortalCaller`, `ZeroRecoverTokenBalance`; what the token reverts with, `SafeERC20FailedOperation`
        /// # Source
        /// intents.md §3.3
        function recover(address refundee, address token) external;
    }

    /// What the vault of another virtual machine reverts with; no contract of ours does. It completes the protocol's
    /// ABI for decoders.
    /// # Source
    /// intents.md §3.2, §3.3 (Tron variant)
    #[derive(Debug, PartialEq, Eq)]
    interface IVaultExtras {
        /// The balances after a transfer are not what they should be. intents.md §3.2
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
        /// An intent is proven: `claimant` fulfilled it. `destination`: chain id of the chain it was fulfilled on.
        /// intents.md §5.1
        event IntentProven(bytes32 indexed intentHash, address indexed claimant, uint64 destination);
        /// A later proof of the intent, which changes nothing. intents.md §5.1
        event IntentAlreadyProven(bytes32 intentHash);
        /// A proof from another chain than the intent's was removed. intents.md §5.6
        event IntentProofInvalidated(bytes32 indexed intentHash);

        /// The proofs do not end with a whole pair. intents.md §5.3
        error ArrayLengthMismatch();

        /// What is proven of an intent; zeros for nothing. intents.md §5.1
        function provenIntents(bytes32 intentHash) external view returns (ProofData proof);
        /// How proofs travel: `Meta` for ours. intents.md §5.1
        function getProofType() external pure returns (string proofType);
        /// Sends proofs to the source chain; by the Portal, with the fee as value. `sender`: who gets back what is too
        /// much; `sourceChainDomainID`: a bridge domain, no chain id; `encodedProofs`: eight bytes of this chain's id,
        /// then 64 bytes an intent; `data`: remote prover, gas limit.
        /// # Errors
        /// Of our MetaProver: `NonPortalCaller`; empty, for short `data`; `DomainIdTooLarge`, `InsufficientFee`; what
        /// the router reverts with; `RefundFailed`
        /// # Source
        /// intents.md §5.4
        function prove(address sender, uint64 sourceChainDomainID, bytes encodedProofs, bytes data) external payable;
        /// Removes the proof of an intent if it comes from another chain than `destination`, a chain id; anyone may.
        /// # Events
        /// `IntentProofInvalidated`, if it does
        /// # Source
        /// intents.md §5.6
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
        /// Messages from `domain` speak for the chain `chainId`. intents.md §11.2
        event DomainRegistered(uint64 indexed domain, uint64 indexed chainId);

        /// The prover would obey nobody. intents.md §5.2
        error ZeroPortal();
        /// The prover would hear from nobody. intents.md §5.2
        error RouterCannotBeZeroAddress();
        /// More remote provers than the whitelist holds. intents.md §5.2
        error WhitelistSizeExceeded(uint256 size, uint256 maxSize);
        /// Only the router `expected` delivers. intents.md §5.3
        error UnauthorizedSender(address expected, address actual);
        /// A message from no domain. intents.md §5.3
        error ZeroDomainID();
        /// A message from nobody. intents.md §5.3
        error SenderCannotBeZeroAddress();
        /// A message from a prover that is not believed. intents.md §5.3
        error NotWhitelisted(bytes32 sender);
        /// A message shorter than a chain id. intents.md §5.3
        error InvalidProofMessage();
        /// A message from `domain` speaks for the chain `actual`, not for `expected`: for the domain's registered chain
        /// id, or for the domain's own number. Register the pair with `configureDomains`, then deliver again.
        /// intents.md §11.2
        error ChainIdMismatch(uint64 domain, uint64 expected, uint64 actual);
        /// Only the Portal sends proofs. intents.md §5.4
        error NonPortalCaller(address caller);
        /// The value is below the router's fee, wei. intents.md §5.4
        error InsufficientFee(uint256 fee);
        /// Who paid did not take back what was too much, wei. intents.md §5.4
        error RefundFailed(address recipient, uint256 amount);
        /// The Metalayer's domains have 32 bits. intents.md §5.4
        error DomainIdTooLarge(uint64 domainID);
        /// A zero, or a domain or chain id given twice. intents.md §11.2
        error InvalidDomainConfig(uint64 domain, uint64 chainId);
        /// Only the address that sent the deploying transaction configures domains. intents.md §11.2
        error NotDeployer(address caller);
        /// The domain map was configured or sealed before. intents.md §11.2
        error DomainsSealed();
        /// Never of ours: a Stylus program sees the chain id as 64 bits. intents.md §4.1
        error ChainIdTooLarge(uint256 chainId);

        /// `provers`: whom it believes, by their bytes32 addresses on other chains, at most 20; `minGasLimit`: lowest
        /// gas limit of a delivery, and never below 200,000.
        /// # Errors
        /// `ZeroPortal`, `WhitelistSizeExceeded`, `RouterCannotBeZeroAddress`, in this order
        /// # Source
        /// intents.md §5.2, §11.1
        constructor(address router, address portal, bytes32[] provers, uint256 minGasLimit);
        /// The Portal whose fulfilments are sent. intents.md §5.1
        function PORTAL() external view returns (address portal);
        /// The router that proofs travel through. intents.md §5.1
        function ROUTER() external view returns (address router);
        /// Lowest gas limit of a delivery. intents.md §5.7
        function MIN_GAS_LIMIT() external view returns (uint256 gasLimit);
        /// `Meta`. intents.md §5.1
        function PROOF_TYPE() external view returns (string proofType);
        /// Is this remote prover believed? Never the zero one. intents.md §5.2
        function isWhitelisted(bytes32 prover) external view returns (bool whitelisted);
        /// The remote provers as constructed. intents.md §5.2
        function getWhitelist() external view returns (bytes32[] provers);
        /// How many there are. intents.md §5.2
        function getWhitelistSize() external view returns (uint256 size);
        /// ERC-165, of itself and of `IProver`. intents.md §5.1
        function supportsInterface(bytes4 interfaceId) external view returns (bool supported);
        /// Of Eco Routes, whose ABI this is. intents.md §5.1
        function version() external pure returns (string version);
        /// Chain id of a registered domain; zero for others. intents.md §11.2
        function chainIdByDomain(uint64 domain) external view returns (uint64 chainId);
        /// Wei that `prove` must bring. `domainID`: of the source chain, no chain id; the others as for `prove`.
        /// # Errors
        /// Empty, for short `data`; `DomainIdTooLarge`; what the router reverts with.
        /// # Source
        /// intents.md §5.5
        function fetchFee(uint64 domainID, bytes encodedProofs, bytes data) external view returns (uint256 fee);
        /// Registers the domains whose number is not their chain id; once, by the deployer.
        /// # Errors
        /// `NotDeployer`, `DomainsSealed`, `InvalidDomainConfig`
        /// # Events
        /// `DomainRegistered`, for each pair
        /// # Source
        /// intents.md §11.2
        function configureDomains(DomainConfig[] configs) external;
        /// Gives up `configureDomains`; by the deployer.
        /// # Errors
        /// `NotDeployer`, `DomainsSealed`
        /// # Source
        /// intents.md §11.2
        function sealDomains() external;
    }

    /// The part of a Permit2-like contract that a vault uses.
    /// # Source
    /// intents.md §3.3
    #[derive(Debug, PartialEq, Eq)]
    interface IPermit {
        /// What `owner` permits `spender` of a token, in its smallest unit, until `expiration`, unix seconds.
        /// intents.md §3.3
        function allowance(address owner, address token, address spender) external view returns (uint160 amount, uint48 expiration, uint48 nonce);
        /// Moves so much of a token, by what `from` permits the caller. intents.md §3.3
        function transferFrom(address from, address to, uint160 amount, address token) external;
    }

    /// How a contract says that a signature is its own.
    /// # Source
    /// intents.md §7.3
    #[derive(Debug, PartialEq, Eq)]
    interface IERC1271 {
        /// The function's own selector if it is; anything else, or a revert, if not. intents.md §7.3
        function isValidSignature(bytes32 hash, bytes signature) external view returns (bytes4 magicValue);
    }

    /// The part of ERC-20 that the protocol uses.
    #[derive(Debug, PartialEq, Eq)]
    interface IERC20 {
        /// `value` went from one account to another. intents.md §2.6
        event Transfer(address indexed from, address indexed to, uint256 value);
        /// `spender` may take `value` from `owner`. intents.md §2.6
        event Approval(address indexed owner, address indexed spender, uint256 value);

        /// What an account has. intents.md §2.6
        function balanceOf(address account) external view returns (uint256 balance);
        /// What `spender` may still take from `owner`. intents.md §2.6
        function allowance(address owner, address spender) external view returns (uint256 remaining);
        /// Lets `spender` take so much from the caller. intents.md §2.6
        function approve(address spender, uint256 value) external returns (bool ok);
        /// Gives the caller's tokens to another. intents.md §2.6
        function transfer(address to, uint256 value) external returns (bool ok);
        /// Takes tokens by allowance. intents.md §2.6
        function transferFrom(address from, address to, uint256 value) external returns (bool ok);
    }

    /// An order signed by a user and opened by anyone.
    /// # Source
    /// intents.md §7.1
    #[derive(Debug, PartialEq, Eq)]
    struct GaslessCrossChainOrder {
        /// The Portal that opens it.
        address originSettler;
        /// Who signs, pays the tokens and gets the refund.
        address user;
        /// Signed, and not used up: the intent's hash is what makes an order unique.
        uint256 nonce;
        /// Chain of the Portal.
        uint256 originChainId;
        /// Last moment of opening, unix seconds, inclusive.
        uint32 openDeadline;
        /// Signed, and not used: the route has a deadline of its own. Unix seconds.
        uint32 fillDeadline;
        /// Hash of the type of the data.
        bytes32 orderDataType;
        /// An encoded `OrderData`.
        bytes orderData;
    }

    /// An order opened by its user.
    /// # Source
    /// intents.md §7.1
    #[derive(Debug, PartialEq, Eq)]
    struct OnchainCrossChainOrder {
        /// Not used: the route has a deadline of its own. Unix seconds.
        uint32 fillDeadline;
        /// Hash of the type of the data.
        bytes32 orderDataType;
        /// An encoded `OrderData`.
        bytes orderData;
    }

    /// One leg of an order, on either side.
    /// # Source
    /// intents.md §7.1
    #[derive(Debug, PartialEq, Eq)]
    struct Output {
        /// The token in 32 bytes; zero for the native currency.
        bytes32 token;
        /// The token's smallest unit, or wei.
        uint256 amount;
        /// Who gets it, in 32 bytes; zero: whoever fills the order.
        bytes32 recipient;
        /// On which chain.
        uint256 chainId;
    }

    /// The intent inside an order.
    /// # Source
    /// intents.md §7.1
    #[derive(Debug, PartialEq, Eq)]
    struct OrderData {
        /// Chain id of the fulfilment chain.
        uint64 destination;
        /// The encoded route.
        bytes route;
        /// The pay.
        Reward reward;
        /// Portal on the destination, in 32 bytes.
        bytes32 routePortal;
        /// Last moment of fulfilment, unix seconds, inclusive.
        uint64 routeDeadline;
        /// What a filler spends at most, as the user says; nobody checks it.
        Output[] maxSpent;
    }

    /// How a filler fulfils one part of an order.
    /// # Source
    /// intents.md §7.1
    #[derive(Debug, PartialEq, Eq)]
    struct FillInstruction {
        /// Chain id of the fulfilment chain.
        uint256 destinationChainId;
        /// Portal on that chain, in 32 bytes.
        bytes32 destinationSettler;
        /// For `fill`: the encoded route and the reward's hash.
        bytes originData;
    }

    /// An order as fillers read it.
    /// # Source
    /// intents.md §7.1
    #[derive(Debug, PartialEq, Eq)]
    struct ResolvedCrossChainOrder {
        /// The reward's creator.
        address user;
        /// Chain of the Portal.
        uint256 originChainId;
        /// Last moment of opening, unix seconds.
        uint32 openDeadline;
        /// The route's deadline, unix seconds, cut to 32 bits.
        uint32 fillDeadline;
        /// The intent's hash.
        bytes32 orderId;
        /// As the user says.
        Output[] maxSpent;
        /// The reward: its tokens, then its wei.
        Output[] minReceived;
        /// One.
        FillInstruction[] fillInstructions;
    }

    /// ERC-7683 as Eco implements it: the Portal answers it.
    /// # Source
    /// intents.md §7.2
    #[derive(Debug, PartialEq, Eq)]
    interface IERC7683 {
        /// An order is open; `orderId` is its intent's hash. Anyone may make it appear again. intents.md §7.2
        event Open(bytes32 indexed orderId, ResolvedCrossChainOrder resolvedOrder);
        /// An order was filled by `solver`. Emitted before the fulfilment, with which it is reverted.
        /// intents.md §7.2, §7.3
        event OrderFilled(bytes32 orderId, address solver);

        /// The order data is of another type. intents.md §7.3
        error TypeSignatureMismatch();
        /// The order is for another Portal. intents.md §7.3
        error InvalidOriginSettler(address order, address settler);
        /// The user has not signed the order. intents.md §7.3
        error InvalidSignature();
        /// It is too late to open the order. intents.md §7.3
        error OpenDeadlinePassed();
        /// The order is for another chain. intents.md §7.3
        error InvalidOriginChainId(uint256 order, uint256 actual);
        /// A refund would not go to who signed the order. intents.md §7.3
        error InvalidCreatorBinding(address user, address creator);
        /// Never of ours: the peer declares it and does not use it. intents.md §7.2
        error InsufficientNativeRewardAmount();

        /// Publishes and funds the order's intent, whole, by the caller.
        /// # Errors
        /// `TypeSignatureMismatch`; as `IIntentSource::publishAndFund`.
        /// # Events
        /// `IntentPublished`, `IntentFunded`, `Open`
        /// # Source
        /// intents.md §7.3
        function open(OnchainCrossChainOrder order) external payable;
        /// Publishes and funds the intent of an order that `user` signed: tokens from the user, by allowance to the
        /// Portal, wei from the caller. `signature`: 65 bytes, or what the user's contract calls one.
        /// `originFillerData` is not used.
        /// # Errors
        /// `OpenDeadlinePassed`, `InvalidOriginSettler`, `InvalidOriginChainId`, `TypeSignatureMismatch`,
        /// `InvalidSignature`, `InvalidCreatorBinding`, in this order; empty, for data that does not decode; as
        /// `IIntentSource::publishAndFund`.
        /// # Events
        /// `IntentPublished`, `IntentFunded`, `Open`
        /// # Source
        /// intents.md §7.3
        function openFor(GaslessCrossChainOrder order, bytes signature, bytes originFillerData) external payable;
        /// The order as fillers read it. Type and deadline are not checked. intents.md §7.3
        function resolve(OnchainCrossChainOrder order) external view returns (ResolvedCrossChainOrder resolved);
        /// As `resolve`, of a signed order. The signature is not checked. intents.md §7.3
        function resolveFor(GaslessCrossChainOrder order, bytes originFillerData) external view returns (ResolvedCrossChainOrder resolved);
        /// Fulfils an order and proves it. `originData`: encoded route and reward hash, as in the order's fill
        /// instruction; `fillerData`: prover, domain of the source chain, claimant, data for the prover.
        /// # Errors
        /// Empty, for data that does not decode; as `IInbox::fulfillAndProve`.
        /// # Events
        /// `OrderFilled`, `IntentFulfilled`, `IntentProven`
        /// # Source
        /// intents.md §7.3
        function fill(bytes32 orderId, bytes originData, bytes fillerData) external payable;
        /// As `resolve`, of decoded data. Public by accident in the peer. intents.md §7.2
        function _resolve(uint32 openDeadline, OrderData orderData) external view returns (ResolvedCrossChainOrder resolved);
        /// Hash of the type that users sign. intents.md §7.1
        function GASLESS_CROSSCHAIN_ORDER_TYPEHASH() external view returns (bytes32 typehash);
        /// Binds signatures to this Portal on this chain. intents.md §7.1
        function domainSeparatorV4() external view returns (bytes32 separator);
        /// The domain that users sign for, as EIP-5267 has it. intents.md §7.1
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
