//! `debug_*`: transactions traced, and what the chain keeps in its raw form.
//! Spec: stylus-vm.md §10.6, §10.7.

use alloy::eips::{BlockId, BlockNumberOrTag};
use alloy::rlp::{Encodable, Header};
use alloy::rpc::types::state::StateOverride;
use alloy::rpc::types::{BlockOverrides, TransactionRequest};
use alloy_primitives::{B256, Bytes, U64};
use serde::Deserialize;
use serde_json::{Value, json};

use super::eth::{in_world, number_of_tag, place};
use super::execute::{RPC_GAS_CAP, message, overrides};
use super::{Answer, Args, Error, Method};
use crate::block::{Block, encode_receipt};
use crate::chain::{Chain, Place};
use crate::state::Version;
use crate::trace::Request;

pub(super) const METHODS: &[(&str, Method)] = &[
    ("debug_traceTransaction", trace_transaction),
    ("debug_traceCall", trace_call),
    ("debug_traceBlockByNumber", trace_block_by_number),
    ("debug_traceBlockByHash", trace_block_by_hash),
    ("debug_getRawTransaction", raw_transaction),
    ("debug_getRawReceipts", raw_receipts),
    ("debug_getRawHeader", raw_header),
    ("debug_getRawBlock", raw_block),
];

fn trace_transaction(chain: &mut Chain, args: &Args) -> Answer {
    let hash = args.get::<B256>(0)?;
    let request = args.opt::<Request>(1)?.unwrap_or_default();
    let (block, index) = chain.find(hash).ok_or_else(|| Error::server("transaction not found"))?;
    let tracer = request.tracer().map_err(Error::server)?;
    chain.trace_transaction(block, index, tracer).map_err(Error::server)
}

/// What `debug_traceCall` takes beyond a tracer.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct CallRequest {
    #[serde(flatten)]
    request: Request,
    state_overrides: Option<StateOverride>,
    block_overrides: Option<BlockOverrides>,
    /// Runs before this transaction of the block instead of after the block.
    tx_index: Option<U64>,
}

fn trace_call(chain: &mut Chain, args: &Args) -> Answer {
    let message = message(&args.get::<TransactionRequest>(0)?, RPC_GAS_CAP)?;
    let place = place(chain, args, 1, BlockNumberOrTag::Latest)?;
    let wanted = args.opt::<CallRequest>(2)?.unwrap_or_default();
    let overrides = overrides(chain, wanted.state_overrides)?;
    let block_overrides = wanted.block_overrides.unwrap_or_default();
    let tracer = wanted.request.tracer().map_err(Error::server)?;
    let before = wanted.tx_index.map(|index| before(chain, place, index)).transpose()?;
    let traced = in_world(chain, place, |chain| {
        chain.trace_call(&message, place, before, &overrides, &block_overrides, tracer)
    });
    traced.map_err(Error::server)
}

/// State before a transaction of a block.
fn before(chain: &Chain, place: Place, index: U64) -> Result<Version, Error> {
    let block = match place {
        Place::After(number) => chain.block(number),
        Place::Pending => None,
    };
    let tx = block.and_then(|block| block.transactions.get(index.to::<usize>()));
    tx.map(|tx| tx.before).ok_or_else(|| {
        Error::server(format!("transaction index {index} out of range for the block"))
    })
}

fn trace_block_by_number(chain: &mut Chain, args: &Args) -> Answer {
    let tag = args.get::<BlockNumberOrTag>(0)?;
    trace_block(chain, block(chain, tag.into(), "block")?, args)
}

fn trace_block_by_hash(chain: &mut Chain, args: &Args) -> Answer {
    let hash = args.get::<B256>(0)?;
    trace_block(chain, block(chain, hash.into(), "block")?, args)
}

/// A block that must be there. `what`: it is missed as.
fn block<'c>(chain: &'c Chain, id: BlockId, what: &str) -> Result<&'c Block, Error> {
    let (number, name) = match id {
        BlockId::Hash(hash) => (chain.number_of(hash.block_hash), hash.block_hash.to_string()),
        BlockId::Number(BlockNumberOrTag::Number(number)) => (Some(number), format!("#{number}")),
        BlockId::Number(tag) => (number_of_tag(chain, tag), tag.to_string()),
    };
    let block = number.and_then(|number| chain.block(number));
    block.ok_or_else(|| Error::server(format!("{what} {name} not found")))
}

fn trace_block(chain: &Chain, block: &Block, args: &Args) -> Answer {
    let request = args.opt::<Request>(1)?.unwrap_or_default();
    if block.header.number == 0 {
        return Err(Error::server("genesis is not traceable"));
    }
    let mut answers = Vec::new();
    for (index, tx) in block.transactions.iter().enumerate() {
        let tracer = request.tracer().map_err(Error::server)?;
        let answer = chain.trace_transaction(block, index, tracer).map_err(Error::server)?;
        answers.push(json!({ "txHash": tx.hash, "result": answer }));
    }
    Ok(Value::Array(answers))
}

fn raw_transaction(chain: &mut Chain, args: &Args) -> Answer {
    let found = chain.find(args.get(0)?).and_then(|(block, index)| block.transactions.get(index));
    let mut raw = Vec::new();
    if let Some(tx) = found {
        tx.body.encode(chain.config.chain_id, &mut raw);
    }
    Ok(json!(Bytes::from(raw)))
}

fn raw_receipts(chain: &mut Chain, args: &Args) -> Answer {
    let block = block(chain, args.get(0)?, "block")?;
    let receipts = block.transactions.iter().map(|tx| {
        let mut raw = Vec::new();
        encode_receipt(tx, &mut raw);
        Bytes::from(raw)
    });
    Ok(json!(receipts.collect::<Vec<_>>()))
}

fn raw_header(chain: &mut Chain, args: &Args) -> Answer {
    let block = block(chain, args.get(0)?, "header")?;
    Ok(json!(Bytes::from(alloy::rlp::encode(&block.header))))
}

/// Header, transactions and uncles, of which there are none. A typed transaction is a string in the list.
fn raw_block(chain: &mut Chain, args: &Args) -> Answer {
    let block = block(chain, args.get(0)?, "block")?;
    let mut transactions = Vec::new();
    for tx in &block.transactions {
        let mut raw = Vec::new();
        tx.body.encode(chain.config.chain_id, &mut raw);
        match tx.body.tx_type() {
            0 => transactions.append(&mut raw),
            _ => raw.as_slice().encode(&mut transactions),
        }
    }
    let list = |payload: Vec<u8>| {
        let mut out = Vec::new();
        Header { list: true, payload_length: payload.len() }.encode(&mut out);
        out.extend(payload);
        out
    };
    let parts = [alloy::rlp::encode(&block.header), list(transactions), list(Vec::new())];
    Ok(json!(Bytes::from(list(parts.concat()))))
}
