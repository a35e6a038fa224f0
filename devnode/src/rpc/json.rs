//! Blocks, transactions, receipts and logs as RPC shows them.
//! Spec: stylus-vm.md §9.2, §9.6.

use alloy::consensus::{Transaction, TxEnvelope};
use alloy_primitives::{Address, B256, Bloom, Bytes, Log, U64, U256};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::block::{Block, Body, INTERNAL_TX_TYPE, Included};
use crate::precompiles::ARBOS_ACTS;

/// A number as RPC shows it.
pub(super) fn quantity(number: u64) -> Value {
    json!(U64::from(number))
}

/// A block.
/// - `full`: with whole transactions instead of their hashes.
pub(super) fn block(block: &Block, full: bool, chain_id: u64) -> Value {
    let header = &block.header;
    let transactions: Vec<Value> = (0..block.transactions.len())
        .filter_map(|index| match full {
            true => transaction(block, index, chain_id),
            false => block.transactions.get(index).map(|tx| json!(tx.hash)),
        })
        .collect();
    let send_count = header
        .mix_hash
        .first_chunk::<8>()
        .map(|bytes| u64::from_be_bytes(*bytes))
        .unwrap_or_default();
    json!({
        "number": quantity(header.number),
        "hash": block.hash,
        "parentHash": header.parent_hash,
        "nonce": header.nonce,
        "sha3Uncles": header.ommers_hash,
        "logsBloom": header.logs_bloom,
        "transactionsRoot": header.transactions_root,
        "stateRoot": header.state_root,
        "receiptsRoot": header.receipts_root,
        "miner": header.beneficiary,
        "difficulty": header.difficulty,
        "totalDifficulty": U256::from(header.number.saturating_add(1)),
        "extraData": header.extra_data,
        "mixHash": header.mix_hash,
        "size": quantity(block.size),
        "gasLimit": quantity(header.gas_limit),
        "gasUsed": quantity(header.gas_used),
        "timestamp": quantity(header.timestamp),
        "baseFeePerGas": quantity(header.base_fee_per_gas.unwrap_or_default()),
        "uncles": [],
        "transactions": transactions,
        "l1BlockNumber": quantity(block.l1_block_number),
        "sendRoot": header.extra_data,
        "sendCount": quantity(send_count),
    })
}

/// A header, as subscriptions show it.
pub(super) fn header(of: &Block) -> Value {
    let mut value = block(of, false, 0);
    if let Value::Object(members) = &mut value {
        for absent in ["transactions", "uncles", "size", "totalDifficulty"] {
            members.remove(absent);
        }
    }
    value
}

/// A transaction in a block.
pub(super) fn transaction(block: &Block, index: usize, chain_id: u64) -> Option<Value> {
    let tx = block.transactions.get(index)?;
    let mut members = match &tx.body {
        Body::User(envelope) => {
            let mut members = envelope_members(envelope);
            // What was paid, not what was offered: tips are dropped.
            members.insert(
                "gasPrice".into(),
                quantity(block.header.base_fee_per_gas.unwrap_or_default()),
            );
            if envelope.is_legacy() || envelope.is_eip2930() {
                members.insert("gasPrice".into(), json!(U256::from(envelope.max_fee_per_gas())));
            }
            members
        }
        Body::Internal(data) => {
            let value = json!({
                "type": quantity(INTERNAL_TX_TYPE.into()),
                "chainId": quantity(chain_id),
                "nonce": "0x0",
                "gas": "0x0",
                "gasPrice": "0x0",
                "to": ARBOS_ACTS,
                "value": "0x0",
                "input": data,
                "hash": tx.hash,
                "v": "0x0",
                "r": "0x0",
                "s": "0x0",
            });
            match value {
                Value::Object(members) => members,
                _ => Map::new(),
            }
        }
    };
    members.insert("from".into(), json!(tx.from));
    members.insert("blockHash".into(), json!(block.hash));
    members.insert("blockNumber".into(), quantity(block.header.number));
    members.insert("transactionIndex".into(), json!(U256::from(index)));
    Some(Value::Object(members))
}

/// A transaction that waits for its nonce.
pub(super) fn waiting(envelope: &TxEnvelope, from: alloy_primitives::Address) -> Value {
    let mut members = envelope_members(envelope);
    members.insert("from".into(), json!(from));
    members.insert("gasPrice".into(), json!(U256::from(envelope.max_fee_per_gas())));
    for null in ["blockHash", "blockNumber", "transactionIndex"] {
        members.insert(null.into(), Value::Null);
    }
    Value::Object(members)
}

fn envelope_members(envelope: &TxEnvelope) -> Map<String, Value> {
    match serde_json::to_value(envelope) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

/// The receipt of a transaction.
pub(super) fn receipt(block: &Block, index: usize) -> Option<Value> {
    let tx = block.transactions.get(index)?;
    let to = match &tx.body {
        Body::User(envelope) => envelope.to(),
        Body::Internal(_) => Some(ARBOS_ACTS),
    };
    let mut bloom = Bloom::ZERO;
    for log in &tx.logs {
        bloom.accrue_log(log);
    }
    Some(json!({
        "type": quantity(tx.body.tx_type().into()),
        "status": if tx.succeeded { "0x1" } else { "0x0" },
        "cumulativeGasUsed": quantity(tx.cumulative_gas_used),
        "logs": logs_of(block, index, tx),
        "logsBloom": bloom,
        "transactionHash": tx.hash,
        "transactionIndex": json!(U256::from(index)),
        "blockHash": block.hash,
        "blockNumber": quantity(block.header.number),
        "gasUsed": quantity(tx.gas_used),
        "effectiveGasPrice": quantity(block.header.base_fee_per_gas.unwrap_or_default()),
        "from": tx.from,
        "to": to,
        "contractAddress": tx.created,
        "gasUsedForL1": quantity(tx.gas_used_for_l1),
        "l1BlockNumber": quantity(block.l1_block_number),
        "timeboosted": false,
    }))
}

/// Logs of a transaction.
pub(super) fn logs_of<'a>(block: &'a Block, index: usize, tx: &'a Included) -> Vec<LogView<'a>> {
    let logs = (tx.first_log..).zip(&tx.logs);
    logs.map(|(place, log)| LogView::new(block, index, tx, place, log)).collect()
}

/// A log as RPC shows it. It borrows, and is written as text at once: answers hold thousands of them.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogView<'a> {
    address: Address,
    topics: &'a [B256],
    data: &'a Bytes,
    block_number: U64,
    transaction_hash: B256,
    transaction_index: U64,
    block_hash: B256,
    block_timestamp: U64,
    log_index: U64,
    /// Whether its block was dropped.
    pub(super) removed: bool,
}

impl<'a> LogView<'a> {
    /// - `index`: of the transaction in the block; `place`: of the log in the block.
    pub(super) fn new(
        block: &'a Block,
        index: usize,
        tx: &'a Included,
        place: u64,
        log: &'a Log,
    ) -> Self {
        Self {
            address: log.address,
            topics: log.data.topics(),
            data: &log.data.data,
            block_number: U64::from(block.header.number),
            transaction_hash: tx.hash,
            transaction_index: U64::from(index),
            block_hash: block.hash,
            block_timestamp: U64::from(block.header.timestamp),
            log_index: U64::from(place),
            removed: false,
        }
    }
}
