//! `eth_*` that read the chain.

use alloy::eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{B256, Bytes, U256};
use serde::Deserialize;
use serde_json::{Value, json};

use super::json::{block, header, quantity, receipt, transaction, waiting};
use super::{Answer, Args, Error, Method};
use crate::Mining;
use crate::block::{Block, Body};
use crate::chain::{Chain, Place};
use crate::state::View;

pub(super) const METHODS: &[(&str, Method)] = &[
    ("eth_chainId", chain_id),
    ("eth_blockNumber", block_number),
    ("eth_syncing", |_, _| Ok(Value::Bool(false))),
    ("eth_mining", |_, _| Ok(Value::Bool(false))),
    ("eth_hashrate", |_, _| Ok(json!("0x0"))),
    ("eth_protocolVersion", |_, _| Ok(json!("0x41"))),
    ("eth_coinbase", |_, _| Ok(json!(crate::precompiles::BATCH_POSTER))),
    ("eth_gasPrice", gas_price),
    ("eth_maxPriorityFeePerGas", |_, _| Ok(json!("0x0"))),
    ("eth_feeHistory", fee_history),
    ("eth_getBalance", balance),
    ("eth_getCode", code),
    ("eth_getStorageAt", storage_at),
    ("eth_getTransactionCount", transaction_count),
    ("eth_getBlockByNumber", block_by_number),
    ("eth_getBlockByHash", block_by_hash),
    ("eth_getBlockReceipts", block_receipts),
    ("eth_getHeaderByNumber", header_by_number),
    ("eth_getHeaderByHash", header_by_hash),
    ("eth_getAccountInfo", account_info),
    ("eth_getProof", proof),
    ("eth_getAccount", account_with_root),
    ("eth_getUncleByBlockNumberAndIndex", |_, _| Ok(Value::Null)),
    ("eth_getUncleByBlockHashAndIndex", |_, _| Ok(Value::Null)),
    ("eth_getRawTransactionByBlockNumberAndIndex", raw_by_number_and_index),
    ("eth_getRawTransactionByBlockHashAndIndex", raw_by_hash_and_index),
    ("eth_getBlockTransactionCountByNumber", block_tx_count_by_number),
    ("eth_getBlockTransactionCountByHash", block_tx_count_by_hash),
    ("eth_getUncleCountByBlockNumber", |_, _| Ok(json!("0x0"))),
    ("eth_getUncleCountByBlockHash", |_, _| Ok(json!("0x0"))),
    ("eth_getTransactionByHash", transaction_by_hash),
    ("eth_getRawTransactionByHash", raw_transaction_by_hash),
    ("eth_getTransactionReceipt", transaction_receipt),
    ("eth_getTransactionByBlockNumberAndIndex", transaction_by_number_and_index),
    ("eth_getTransactionByBlockHashAndIndex", transaction_by_hash_and_index),
];

/// Blocks that one `eth_feeHistory` may cover.
const FEE_HISTORY_LIMIT: u64 = 1_024;

/// The block that a parameter names, as a place to run in.
pub(super) fn place(
    chain: &Chain,
    args: &Args,
    at: usize,
    default: BlockNumberOrTag,
) -> Result<Place, Error> {
    let id = args.opt::<BlockId>(at)?.unwrap_or(BlockId::Number(default));
    match id {
        BlockId::Number(BlockNumberOrTag::Pending) => Ok(Place::Pending),
        BlockId::Number(tag) => number_of_tag(chain, tag)
            .filter(|number| *number <= chain.head().header.number)
            .map(Place::After)
            .ok_or_else(|| Error::server("header not found")),
        BlockId::Hash(hash) => chain
            .number_of(hash.block_hash)
            .map(Place::After)
            .ok_or_else(|| Error::server("header for hash not found")),
    }
}

/// The number that a tag stands for. `pending` is the newest block, as in Nitro, which has no other.
pub(super) fn number_of_tag(chain: &Chain, tag: BlockNumberOrTag) -> Option<u64> {
    Some(match tag {
        BlockNumberOrTag::Number(number) => number,
        BlockNumberOrTag::Earliest => 0,
        BlockNumberOrTag::Latest | BlockNumberOrTag::Pending => chain.head().header.number,
        BlockNumberOrTag::Safe => chain.safe(),
        BlockNumberOrTag::Finalized => chain.finalized(),
    })
}

/// Runs something that reads the world at a place: for the pending one, what waits is included first.
pub(super) fn in_world<T>(chain: &mut Chain, place: Place, read: impl FnOnce(&Chain) -> T) -> T {
    match place {
        Place::Pending if !chain.ready().is_empty() => chain.in_pending(|chain, _| read(chain)),
        _ => read(chain),
    }
}

/// Runs something on the world that parameter `at` names.
fn in_view<T>(
    chain: &mut Chain,
    args: &Args,
    at: usize,
    read: impl FnOnce(View<'_>) -> T,
) -> Result<T, Error> {
    let place = place(chain, args, at, BlockNumberOrTag::Latest)?;
    Ok(in_world(chain, place, |chain| read(view(chain, place))))
}

fn view(chain: &Chain, place: Place) -> View<'_> {
    match place {
        Place::Pending => chain.latest(),
        Place::After(number) => chain.view(number),
    }
}

/// Runs something on the block that a tag names; the pending one is that which the next block would be, if anything
/// waits or blocks are not made at once, else the newest.
fn on_block<T>(
    chain: &mut Chain,
    tag: BlockNumberOrTag,
    read: impl FnOnce(&Chain, &Block) -> T,
) -> Option<T> {
    if tag == BlockNumberOrTag::Pending
        && (chain.config.mining != Mining::Instant || !chain.ready().is_empty())
    {
        return Some(chain.in_pending(|chain, block| read(chain, block)));
    }
    let number = number_of_tag(chain, tag)?;
    let chain = &*chain;
    chain.block(number).map(|block| read(chain, block))
}

fn chain_id(chain: &mut Chain, _: &Args) -> Answer {
    Ok(quantity(chain.config.chain_id))
}

fn block_number(chain: &mut Chain, _: &Args) -> Answer {
    Ok(quantity(chain.head().header.number))
}

fn gas_price(chain: &mut Chain, _: &Args) -> Answer {
    Ok(quantity(chain.base_fee()))
}

fn fee_history(chain: &mut Chain, args: &Args) -> Answer {
    let count = super::evm::number(args, 0)?.unwrap_or(1).min(FEE_HISTORY_LIMIT);
    let newest = args.opt::<BlockNumberOrTag>(1)?.unwrap_or(BlockNumberOrTag::Latest);
    let percentiles = args.opt::<Vec<f64>>(2)?.unwrap_or_default();
    let in_order = percentiles.is_sorted() && percentiles.iter().all(|p| (0.0..=100.0).contains(p));
    if !in_order {
        return Err(Error::params(
            "invalid reward percentile: they go from 0 to 100 and do not fall",
        ));
    }
    let newest = number_of_tag(chain, newest)
        .filter(|number| *number <= chain.head().header.number)
        .ok_or_else(|| Error::server("request beyond head block"))?;
    let oldest = newest.saturating_add(1).saturating_sub(count);
    let blocks: Vec<_> = (oldest..=newest).filter_map(|number| chain.block(number)).collect();
    let mut base_fees: Vec<Value> = blocks
        .iter()
        .map(|block| quantity(block.header.base_fee_per_gas.unwrap_or_default()))
        .collect();
    base_fees.push(quantity(chain.base_fee()));
    let ratios: Vec<f64> = blocks
        .iter()
        .map(|block| block.header.gas_used as f64 / block.header.gas_limit as f64)
        .collect();
    let mut history = json!({
        "oldestBlock": quantity(oldest),
        "baseFeePerGas": base_fees,
        "gasUsedRatio": ratios,
        "baseFeePerBlobGas": vec!["0x0"; blocks.len().saturating_add(1)],
        "blobGasUsedRatio": vec![0.0; blocks.len()],
    });
    if let (false, Value::Object(members)) = (percentiles.is_empty(), &mut history) {
        // Nobody is paid a tip.
        members.insert("reward".into(), json!(vec![vec!["0x0"; percentiles.len()]; blocks.len()]));
    }
    Ok(history)
}

fn balance(chain: &mut Chain, args: &Args) -> Answer {
    let address = args.get(0)?;
    in_view(chain, args, 1, |view| json!(view.account(address).balance))
}

fn code(chain: &mut Chain, args: &Args) -> Answer {
    let address = args.get(0)?;
    in_view(chain, args, 1, |view| json!(view.code(address).original_bytes()))
}

fn storage_at(chain: &mut Chain, args: &Args) -> Answer {
    let (address, key) = (args.get(0)?, args.get::<U256>(1)?);
    in_view(chain, args, 2, |view| json!(B256::from(view.slot(address, key))))
}

fn transaction_count(chain: &mut Chain, args: &Args) -> Answer {
    let address = args.get(0)?;
    let place = place(chain, args, 1, BlockNumberOrTag::Latest)?;
    let nonce = view(chain, place).account(address).nonce;
    Ok(quantity(match place {
        Place::Pending => chain.pool.next_nonce(address, nonce),
        Place::After(_) => nonce,
    }))
}

fn block_by_number(chain: &mut Chain, args: &Args) -> Answer {
    let tag = args.get::<BlockNumberOrTag>(0)?;
    let full = args.opt::<bool>(1)?.unwrap_or(false);
    let found = on_block(chain, tag, |chain, found| block(found, full, chain.config.chain_id));
    Ok(found.unwrap_or(Value::Null))
}

fn header_by_number(chain: &mut Chain, args: &Args) -> Answer {
    let tag = args.get::<BlockNumberOrTag>(0)?;
    Ok(on_block(chain, tag, |_, found| header(found)).unwrap_or(Value::Null))
}

fn header_by_hash(chain: &mut Chain, args: &Args) -> Answer {
    let found = chain.number_of(args.get(0)?).and_then(|number| chain.block(number));
    Ok(found.map(header).unwrap_or(Value::Null))
}

fn account_info(chain: &mut Chain, args: &Args) -> Answer {
    let address = args.get(0)?;
    in_view(chain, args, 1, |view| {
        let account = view.account(address);
        json!({
            "balance": account.balance,
            "nonce": quantity(account.nonce),
            "code": view.code(address).original_bytes(),
        })
    })
}

fn proof(_: &mut Chain, _: &Args) -> Answer {
    Err(Error::server(
        "eth_getProof: this chain keeps no state trie, so there is nothing to prove against; the stateRoot of its \
         blocks is a hash over all changes. Use eth_getBalance, eth_getStorageAt and eth_getCode",
    ))
}

fn account_with_root(_: &mut Chain, _: &Args) -> Answer {
    Err(Error::server(
        "eth_getAccount: this chain keeps no state trie, so accounts have no storage root; use eth_getAccountInfo",
    ))
}

fn block_by_hash(chain: &mut Chain, args: &Args) -> Answer {
    let hash = args.get::<B256>(0)?;
    let full = args.opt::<bool>(1)?.unwrap_or(false);
    let found = chain.number_of(hash).and_then(|number| chain.block(number));
    Ok(found.map(|found| block(found, full, chain.config.chain_id)).unwrap_or(Value::Null))
}

fn block_receipts(chain: &mut Chain, args: &Args) -> Answer {
    let number = match place(chain, args, 0, BlockNumberOrTag::Latest) {
        Ok(Place::After(number)) => number,
        Ok(Place::Pending) => chain.head().header.number,
        // An unknown block is no error here.
        Err(error) if error.code == super::SERVER_ERROR => return Ok(Value::Null),
        Err(error) => return Err(error),
    };
    let Some(block) = chain.block(number) else { return Ok(Value::Null) };
    Ok((0..block.transactions.len()).filter_map(|index| receipt(block, index)).collect())
}

fn block_tx_count_by_number(chain: &mut Chain, args: &Args) -> Answer {
    let tag = args.get::<BlockNumberOrTag>(0)?;
    let found = on_block(chain, tag, |_, block| json!(U256::from(block.transactions.len())));
    Ok(found.unwrap_or(Value::Null))
}

fn block_tx_count_by_hash(chain: &mut Chain, args: &Args) -> Answer {
    let found = chain.number_of(args.get(0)?).and_then(|number| chain.block(number));
    Ok(found.map(|block| json!(U256::from(block.transactions.len()))).unwrap_or(Value::Null))
}

fn transaction_by_hash(chain: &mut Chain, args: &Args) -> Answer {
    let hash = args.get::<B256>(0)?;
    if let Some((block, index)) = chain.find(hash) {
        return Ok(transaction(block, index, chain.config.chain_id).unwrap_or(Value::Null));
    }
    Ok(chain
        .pool
        .get(hash)
        .map(|pooled| waiting(&pooled.envelope, pooled.from))
        .unwrap_or(Value::Null))
}

fn raw_transaction_by_hash(chain: &mut Chain, args: &Args) -> Answer {
    use alloy::eips::Encodable2718;
    let hash = args.get::<B256>(0)?;
    let found = chain.find(hash).and_then(|(block, index)| block.transactions.get(index));
    let envelope = match found.map(|tx| &tx.body) {
        Some(Body::User(envelope)) => Some(&**envelope),
        Some(Body::Internal(_)) => None,
        None => chain.pool.get(hash).map(|pooled| &pooled.envelope),
    };
    Ok(json!(envelope.map(|envelope| Bytes::from(envelope.encoded_2718()))))
}

fn raw_by_number_and_index(chain: &mut Chain, args: &Args) -> Answer {
    let tag = args.get::<BlockNumberOrTag>(0)?;
    let index = args.get::<Index>(1)?.0.saturating_to();
    Ok(on_block(chain, tag, |_, block| raw(block, index)).unwrap_or(Value::Null))
}

fn raw_by_hash_and_index(chain: &mut Chain, args: &Args) -> Answer {
    let found = chain.number_of(args.get(0)?).and_then(|number| chain.block(number));
    let index = args.get::<Index>(1)?.0.saturating_to();
    Ok(found.map(|block| raw(block, index)).unwrap_or(Value::Null))
}

/// The bytes that were signed; null for ArbOS's own transaction, which nobody signed.
fn raw(block: &Block, index: usize) -> Value {
    use alloy::eips::Encodable2718;
    match block.transactions.get(index).map(|tx| &tx.body) {
        Some(Body::User(envelope)) => json!(Bytes::from(envelope.encoded_2718())),
        Some(Body::Internal(_)) | None => Value::Null,
    }
}

fn transaction_receipt(chain: &mut Chain, args: &Args) -> Answer {
    let found = chain.find(args.get(0)?);
    Ok(found.and_then(|(block, index)| receipt(block, index)).unwrap_or(Value::Null))
}

/// An index, which clients send as hex.
#[derive(Deserialize)]
struct Index(U256);

fn transaction_by_number_and_index(chain: &mut Chain, args: &Args) -> Answer {
    let tag = args.get::<BlockNumberOrTag>(0)?;
    let index = args.get::<Index>(1)?.0.saturating_to();
    let found =
        on_block(chain, tag, |chain, block| transaction(block, index, chain.config.chain_id));
    Ok(found.flatten().unwrap_or(Value::Null))
}

fn transaction_by_hash_and_index(chain: &mut Chain, args: &Args) -> Answer {
    let number = chain.number_of(args.get(0)?);
    let index = args.get::<Index>(1)?.0.saturating_to();
    let found = number.and_then(|number| chain.block(number));
    Ok(found
        .and_then(|block| transaction(block, index, chain.config.chain_id))
        .unwrap_or(Value::Null))
}
