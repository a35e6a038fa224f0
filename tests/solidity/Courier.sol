// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IMetalayerRouter} from "../../interfaces/abi/MetalayerRouter.sol";

/// An application of the Metalayer: it sends notes to its peers on other chains, takes theirs, and knows which of its
/// own have arrived.
contract Courier {
    /// A note has left. `messageId` is Hyperlane's.
    event NoteSent(uint32 indexed destination, bytes32 messageId);
    /// A note has come, with what its reads returned.
    event NoteReceived(uint32 indexed origin, bytes note, bytes[] results);

    error OwnerOnly(address caller);
    error RouterOnly(address caller);
    error NotAPeer(uint32 domain, bytes32 account);
    error FeeTooLow(uint256 required, uint256 provided);
    error ChangeRefused(uint256 amount);

    /// As soon as the sequencer of the origin has it; see the finality lanes of the Metalayer.
    uint8 private constant INSTANT = 0;

    IMetalayerRouter public immutable router;
    address public immutable owner;
    /// By domain, which is no chain id.
    mapping(uint32 domain => bytes32 peer) public peers;

    constructor(IMetalayerRouter router_) {
        router = router_;
        owner = msg.sender;
    }

    function setPeer(uint32 domain, address peer) external {
        if (msg.sender != owner) revert OwnerOnly(msg.sender);
        peers[domain] = bytes32(uint256(uint160(peer)));
    }

    /// Wei that `send` needs, for the delivery and `gasLimit` gas of the peer.
    function quote(
        uint32 destination,
        bytes calldata note,
        IMetalayerRouter.ReadOperation[] calldata reads,
        uint256 gasLimit
    ) public view returns (uint256 fee) {
        return router.quoteDispatch(destination, peers[destination], reads, note, INSTANT, gasLimit);
    }

    /// Sends a note to the peer on `destination`. What was paid beyond the fee comes back.
    function send(
        uint32 destination,
        bytes calldata note,
        IMetalayerRouter.ReadOperation[] calldata reads,
        uint256 gasLimit
    ) external payable returns (bytes32 messageId) {
        bytes32 peer = peers[destination];
        if (peer == 0) revert NotAPeer(destination, peer);
        uint256 fee = quote(destination, note, reads, gasLimit);
        if (msg.value < fee) revert FeeTooLow(fee, msg.value);
        messageId = router.dispatch{value: fee}(destination, peer, reads, note, INSTANT, gasLimit);
        emit NoteSent(destination, messageId);
        if (msg.value > fee) {
            (bool taken,) = msg.sender.call{value: msg.value - fee}("");
            if (!taken) revert ChangeRefused(msg.value - fee);
        }
    }

    /// The router delivers. Whoever else calls is refused, and so is a note of anybody but the peer.
    function handle(
        uint32 origin,
        bytes32 sender,
        bytes calldata note,
        IMetalayerRouter.ReadOperation[] calldata,
        bytes[] calldata results
    ) external payable {
        if (msg.sender != address(router)) revert RouterOnly(msg.sender);
        if (sender == 0 || sender != peers[origin]) revert NotAPeer(origin, sender);
        emit NoteReceived(origin, note, results);
    }

    /// Has the router of `destination` confirmed a delivery? `messageId` is the Metalayer's, as in `MetalayerDispatch`.
    function arrived(uint32 destination, bytes32 messageId) external view returns (bool) {
        bytes32 key = keccak256(abi.encodePacked(destination, router.routers(destination), messageId));
        return router.confirmed(key);
    }
}
