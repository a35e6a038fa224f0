//! ArbSys (0x64): the chain about itself, and messages to the parent chain.
//! Spec: stylus-vm.md §8.3.

use alloy::sol_types::{SolCall, SolError, SolValue};
use alloy_primitives::{Address, B256, Bytes, U256, address, keccak256};

use super::{Access, Answer, Call, Failure, Method};
use crate::arbos::{Map, Word};

alloy::sol! {
    #[allow(clippy::too_many_arguments)]
    interface ArbSys {
        function arbBlockNumber() external view returns (uint256);
        function arbBlockHash(uint256 arbBlockNum) external view returns (bytes32);
        function arbChainID() external view returns (uint256);
        function arbOSVersion() external view returns (uint256);
        function getStorageGasAvailable() external view returns (uint256);
        function isTopLevelCall() external view returns (bool);
        function mapL1SenderContractAddressToL2Alias(address sender, address unused) external pure returns (address);
        function wasMyCallersAddressAliased() external view returns (bool);
        function myCallersAddressWithoutAliasing() external view returns (address);
        function withdrawEth(address destination) external payable returns (uint256);
        function sendTxToL1(address destination, bytes data) external payable returns (uint256);
        function sendMerkleTreeState() external view returns (uint256 size, bytes32 root, bytes32[] partials);

        event L2ToL1Tx(
            address caller, address indexed destination, uint256 indexed hash, uint256 indexed position,
            uint256 arbBlockNum, uint256 ethBlockNum, uint256 timestamp, uint256 callvalue, bytes data
        );
        event SendMerkleUpdate(uint256 indexed reserved, bytes32 indexed hash, uint256 indexed position);

        error InvalidBlockNumber(uint256 requested, uint256 current);
    }
}
use ArbSys::{
    InvalidBlockNumber, L2ToL1Tx, SendMerkleUpdate, arbBlockHashCall, arbBlockNumberCall,
    arbChainIDCall, arbOSVersionCall, getStorageGasAvailableCall, isTopLevelCallCall,
    mapL1SenderContractAddressToL2AliasCall, myCallersAddressWithoutAliasingCall,
    sendMerkleTreeStateCall, sendMerkleTreeStateReturn, sendTxToL1Call,
    wasMyCallersAddressAliasedCall, withdrawEthCall,
};

pub(super) const METHODS: &[Method] = &[
    Method::view(arbBlockNumberCall::SELECTOR, block_number),
    Method::view(arbBlockHashCall::SELECTOR, block_hash),
    Method::view(arbChainIDCall::SELECTOR, chain_id),
    Method::view(arbOSVersionCall::SELECTOR, arbos_version),
    Method::view(getStorageGasAvailableCall::SELECTOR, |_| Ok(U256::ZERO.abi_encode())),
    Method::view(isTopLevelCallCall::SELECTOR, |call| Ok((call.depth <= 1).abi_encode())),
    Method::pure(mapL1SenderContractAddressToL2AliasCall::SELECTOR, alias),
    Method::view(wasMyCallersAddressAliasedCall::SELECTOR, |_| Ok(false.abi_encode())),
    Method::view(myCallersAddressWithoutAliasingCall::SELECTOR, callers_address),
    Method::new(withdrawEthCall::SELECTOR, Access::Payable, withdraw_eth),
    Method::new(sendTxToL1Call::SELECTOR, Access::Payable, send_tx_to_l1),
    Method::view(sendMerkleTreeStateCall::SELECTOR, tree_state),
];

/// Added to a parent-chain contract's address to make its address here.
const L1_ALIAS_OFFSET: Address = address!("1111000000000000000000000000000000001111");
/// `arbOSVersion` counts Nitro's versions after the 55 of its predecessor.
const VERSION_OFFSET: u64 = 55;

fn block_number(call: &mut Call<'_, '_>) -> Answer {
    Ok(U256::from(call.evm.ctx.chain.l2_block_number).abi_encode())
}

fn block_hash(call: &mut Call<'_, '_>) -> Answer {
    let requested = call.args::<arbBlockHashCall>()?.arbBlockNum;
    let current = call.evm.ctx.chain.l2_block_number;
    let age = u64::try_from(requested)
        .ok()
        .and_then(|n| current.checked_sub(n))
        .filter(|age| (1..=256).contains(age));
    let hashes = &call.evm.ctx.chain.recent_hashes;
    let hash = age
        .and_then(|age| usize::try_from(age).ok())
        .and_then(|age| hashes.len().checked_sub(age))
        .and_then(|place| hashes.get(place));
    match hash {
        Some(hash) => Ok(hash.abi_encode()),
        None => {
            Err(Failure::solidity(InvalidBlockNumber { requested, current: U256::from(current) }))
        }
    }
}

fn chain_id(call: &mut Call<'_, '_>) -> Answer {
    Ok(U256::from(call.evm.ctx.cfg.chain_id).abi_encode())
}

fn arbos_version(call: &mut Call<'_, '_>) -> Answer {
    Ok(U256::from(call.arbos_version().saturating_add(VERSION_OFFSET)).abi_encode())
}

fn alias(call: &mut Call<'_, '_>) -> Answer {
    let sender = call.args::<mapL1SenderContractAddressToL2AliasCall>()?.sender;
    let sum = U256::from_be_slice(sender.as_slice())
        .wrapping_add(U256::from_be_slice(L1_ALIAS_OFFSET.as_slice()));
    Ok(Address::from_word(B256::from(sum)).abi_encode())
}

fn callers_address(call: &mut Call<'_, '_>) -> Answer {
    // The caller of the contract that calls us; zero for a transaction straight to ArbSys.
    let caller = if call.depth == 0 {
        Address::ZERO
    } else {
        call.evm.ctx.chain.callers.last().copied().unwrap_or_default()
    };
    Ok(caller.abi_encode())
}

fn withdraw_eth(call: &mut Call<'_, '_>) -> Answer {
    let destination = call.args::<withdrawEthCall>()?.destination;
    send(call, destination, Bytes::new())
}

fn send_tx_to_l1(call: &mut Call<'_, '_>) -> Answer {
    let sendTxToL1Call { destination, data } = call.args()?;
    send(call, destination, data)
}

fn send(call: &mut Call<'_, '_>, destination: Address, data: Bytes) -> Answer {
    let l2_block = U256::from(call.evm.ctx.chain.l2_block_number);
    let (l1_block, timestamp) = (call.evm.ctx.block.number, call.evm.ctx.block.timestamp);
    // The value leaves this chain.
    let (address, value) = (call.address, call.value);
    if !call.evm.debit(address, value) {
        return Err(Failure::Plain);
    }
    call.evm.record_transfer(address, Address::ZERO, value);
    let message = (call.caller, destination, l2_block, l1_block, timestamp, value, data.clone());
    let hash = call.keccak(&message.abi_encode_packed())?;
    let leaf = call.read(Word::SendCount)?;
    // An append to a binary counter of subtrees: full neighbours merge upwards.
    let mut level = 0u64;
    let mut node = keccak256(hash);
    let mut updates = Vec::new();
    let position: u64 = leaf.saturating_to();
    while (position >> level) & 1 == 1 {
        call.burn(super::STORAGE_READ)?;
        let left =
            B256::from(call.arbos().map_get(Map::SendPartials, B256::from(U256::from(level))));
        call.burn(super::STORAGE_WRITE_ZERO)?;
        call.arbos().map_set(Map::SendPartials, B256::from(U256::from(level)), U256::ZERO);
        node = call.keccak(&[left.0, node.0].concat())?;
        level = level.saturating_add(1);
        updates.push((level, node));
    }
    call.burn(super::STORAGE_WRITE)?;
    call.arbos().map_set(
        Map::SendPartials,
        B256::from(U256::from(level)),
        U256::from_be_bytes(node.0),
    );
    call.store(Word::SendCount, leaf.saturating_add(U256::from(1)))?;
    // The accumulator's size is read again for the leaf's number.
    call.burn(super::STORAGE_READ)?;
    for (level, hash) in updates {
        let position = (U256::from(level) << 192) | U256::from(position);
        call.log(&SendMerkleUpdate { reserved: U256::ZERO, hash, position })?;
    }
    let caller = call.caller;
    call.log(&L2ToL1Tx {
        caller,
        destination,
        hash: U256::from_be_bytes(hash.0),
        position: leaf,
        arbBlockNum: l2_block,
        ethBlockNum: l1_block,
        timestamp,
        callvalue: value,
        data,
    })?;
    Ok(leaf.abi_encode())
}

fn tree_state(call: &mut Call<'_, '_>) -> Answer {
    if !call.caller.is_zero() {
        return Err(Failure::Plain);
    }
    // The root reads the size and the partials, and the export reads both once more.
    let size = call.read(Word::SendCount)?;
    let count = size.saturating_to();
    call.burn(super::STORAGE_READ.saturating_mul(levels(count).saturating_mul(2)))?;
    call.burn(super::STORAGE_READ)?;
    let partials = partials(count, |level| {
        call.arbos().map_get(Map::SendPartials, B256::from(U256::from(level)))
    });
    let lowest = partials.iter().take_while(|partial| partial.is_zero()).count();
    for _ in partials.iter().skip(lowest).skip(1) {
        // One hash for every level above the lowest subtree.
        call.keccak(&[0; 64])?;
    }
    let root = root(&partials);
    Ok(sendMerkleTreeStateCall::abi_encode_returns(&sendMerkleTreeStateReturn {
        size,
        root,
        partials,
    }))
}

/// Levels of the accumulator of so many messages.
fn levels(count: u64) -> u64 {
    u64::from(u64::BITS.saturating_sub(count.leading_zeros()))
}

/// The accumulator's partials, lowest level first.
pub(crate) fn partials(count: u64, mut read: impl FnMut(u64) -> U256) -> Vec<B256> {
    (0..levels(count)).map(|level| read(level).into()).collect()
}

/// The root over the partials: joined from the bottom, missing subtrees being zero.
pub(crate) fn root(partials: &[B256]) -> B256 {
    let mut root: Option<B256> = None;
    for partial in partials {
        root = Some(match root {
            None if partial.is_zero() => continue,
            None => *partial,
            Some(below) if partial.is_zero() => keccak256([below.0, [0; 32]].concat()),
            Some(below) => keccak256([partial.0, below.0].concat()),
        });
    }
    root.unwrap_or_default()
}

/// An error of this precompile as `Name(arguments)`.
pub(super) fn error_text(output: &[u8]) -> Option<String> {
    let error = InvalidBlockNumber::abi_decode(output).ok()?;
    Some(format!("InvalidBlockNumber({}, {})", error.requested, error.current))
}
