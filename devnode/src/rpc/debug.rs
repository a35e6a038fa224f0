//! `debug_*`: transactions traced, and what the chain keeps in its raw form.
//! Spec: stylus-vm.md §10.6, §10.7.

use alloy::eips::BlockNumberOrTag;
use alloy::rpc::types::state::StateOverride;
use alloy::rpc::types::{BlockOverrides, TransactionRequest};
use alloy_primitives::B256;
use serde::Deserialize;
use serde_json::{Value, json};

use super::eth::{in_world, number_of_tag, place};
use super::execute::{RPC_GAS_CAP, message, overrides};
use super::{Answer, Args, Error, Method};
use crate::block::Block;
use crate::chain::Chain;
use crate::trace::Request;

pub(super) const METHODS: &[(&str, Method)] = &[
    ("debug_traceTransaction", trace_transaction),
    ("debug_traceCall", trace_call),
    ("debug_traceBlockByNumber", trace_block_by_number),
    ("debug_traceBlockByHash", trace_block_by_hash),
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
}

fn trace_call(chain: &mut Chain, args: &Args) -> Answer {
    let message = message(&args.get::<TransactionRequest>(0)?, RPC_GAS_CAP)?;
    let place = place(chain, args, 1, BlockNumberOrTag::Latest)?;
    let wanted = args.opt::<CallRequest>(2)?.unwrap_or_default();
    let overrides = overrides(wanted.state_overrides)?;
    let block_overrides = wanted.block_overrides.unwrap_or_default();
    let tracer = wanted.request.tracer().map_err(Error::server)?;
    let traced = in_world(chain, place, |chain| {
        chain.trace_call(&message, place, &overrides, &block_overrides, tracer)
    });
    traced.map_err(Error::server)
}

fn trace_block_by_number(chain: &mut Chain, args: &Args) -> Answer {
    let tag = args.get::<BlockNumberOrTag>(0)?;
    let block = number_of_tag(chain, tag).and_then(|number| chain.block(number));
    let block = block.ok_or_else(|| match tag {
        BlockNumberOrTag::Number(number) => Error::server(format!("block #{number} not found")),
        tag => Error::server(format!("block {tag} not found")),
    })?;
    trace_block(chain, block, args)
}

fn trace_block_by_hash(chain: &mut Chain, args: &Args) -> Answer {
    let hash = args.get::<B256>(0)?;
    let block = chain.number_of(hash).and_then(|number| chain.block(number));
    let block = block.ok_or_else(|| Error::server(format!("block {hash} not found")))?;
    trace_block(chain, block, args)
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
