// SPDX-License-Identifier: MIT OR Apache-2.0
// Written by scripts/abi from the definitions in interfaces/src; do not edit.
pragma solidity >=0.8.4;

interface IMetaProver {
    struct DomainConfig {
        uint64 domain;
        uint64 chainId;
    }
    struct ProofData {
        address claimant;
        uint64 destination;
    }
    struct ReadOperation {
        uint32 domain;
        address target;
        bytes callData;
    }

    error ArrayLengthMismatch();
    error ChainIdMismatch(uint64 domain, uint64 expected, uint64 actual);
    error ChainIdTooLarge(uint256 chainId);
    error DomainIdTooLarge(uint64 domainID);
    error DomainsSealed();
    error InsufficientFee(uint256 fee);
    error InvalidDomainConfig(uint64 domain, uint64 chainId);
    error InvalidProofMessage();
    error NonPortalCaller(address caller);
    error NotDeployer(address caller);
    error NotWhitelisted(bytes32 sender);
    error RefundFailed(address recipient, uint256 amount);
    error RouterCannotBeZeroAddress();
    error SenderCannotBeZeroAddress();
    error UnauthorizedSender(address expected, address actual);
    error WhitelistSizeExceeded(uint256 size, uint256 maxSize);
    error ZeroDomainID();
    error ZeroPortal();

    event DomainRegistered(uint64 indexed domain, uint64 indexed chainId);
    event IntentAlreadyProven(bytes32 intentHash);
    event IntentProofInvalidated(bytes32 indexed intentHash);
    event IntentProven(bytes32 indexed intentHash, address indexed claimant, uint64 destination);

    function MIN_GAS_LIMIT() external view returns (uint256 gasLimit);
    function PORTAL() external view returns (address portal);
    function PROOF_TYPE() external view returns (string memory proofType);
    function ROUTER() external view returns (address router);
    function chainIdByDomain(uint64 domain) external view returns (uint64 chainId);
    function challengeIntentProof(uint64 destination, bytes32 routeHash, bytes32 rewardHash) external;
    function configureDomains(DomainConfig[] memory configs) external;
    function fetchFee(uint64 domainID, bytes memory encodedProofs, bytes memory data) external view returns (uint256 fee);
    function getProofType() external pure returns (string memory proofType);
    function getWhitelist() external view returns (bytes32[] memory provers);
    function getWhitelistSize() external view returns (uint256 size);
    function handle(uint32 origin, bytes32 sender, bytes memory message, ReadOperation[] memory reads, bytes[] memory readResults) external payable;
    function isWhitelisted(bytes32 prover) external view returns (bool whitelisted);
    function prove(address sender, uint64 sourceChainDomainID, bytes memory encodedProofs, bytes memory data) external payable;
    function provenIntents(bytes32 intentHash) external view returns (ProofData memory proof);
    function sealDomains() external;
    function supportsInterface(bytes4 interfaceId) external view returns (bool supported);
    function version() external pure returns (string memory version);
}
