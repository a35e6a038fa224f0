//! `txpool_*`: what waits. *Pending* is what the next block may include, *queued* what lacks an earlier nonce.

use std::collections::BTreeMap;

use alloy::consensus::Transaction;
use alloy_primitives::map::HashSet;
use alloy_primitives::{Address, B256};
use serde_json::{Value, json};

use super::json::{quantity, waiting};
use super::{Answer, Args, Method};
use crate::chain::Chain;
use crate::pool::Pooled;

pub(super) const METHODS: &[(&str, Method)] = &[
    ("txpool_status", status),
    ("txpool_content", content),
    ("txpool_contentFrom", content_from),
    ("txpool_inspect", inspect),
    ("eth_pendingTransactions", pending),
];

type BySender = BTreeMap<Address, BTreeMap<String, Value>>;

/// What is ready and what is not, by sender and nonce.
fn split(chain: &Chain, show: impl Fn(&Pooled) -> Value) -> (BySender, BySender) {
    let ready: HashSet<B256> = chain.ready().iter().map(|pooled| pooled.hash).collect();
    let (mut pending, mut queued) = (BySender::new(), BySender::new());
    for pooled in chain.pool.iter() {
        let part = if ready.contains(&pooled.hash) { &mut pending } else { &mut queued };
        let nonce = pooled.envelope.nonce().to_string();
        part.entry(pooled.from).or_default().insert(nonce, show(pooled));
    }
    (pending, queued)
}

fn whole(pooled: &Pooled) -> Value {
    waiting(&pooled.envelope, pooled.from)
}

fn status(chain: &mut Chain, _: &Args) -> Answer {
    let ready = u64::try_from(chain.ready().len()).unwrap_or(u64::MAX);
    let all = u64::try_from(chain.pool.len()).unwrap_or(u64::MAX);
    Ok(json!({"pending": quantity(ready), "queued": quantity(all.saturating_sub(ready))}))
}

fn content(chain: &mut Chain, _: &Args) -> Answer {
    let (pending, queued) = split(chain, whole);
    Ok(json!({"pending": pending, "queued": queued}))
}

fn content_from(chain: &mut Chain, args: &Args) -> Answer {
    let from = args.get::<Address>(0)?;
    let (mut pending, mut queued) = split(chain, whole);
    Ok(json!({
        "pending": pending.remove(&from).unwrap_or_default(),
        "queued": queued.remove(&from).unwrap_or_default(),
    }))
}

fn inspect(chain: &mut Chain, _: &Args) -> Answer {
    let line = |pooled: &Pooled| {
        let envelope = &pooled.envelope;
        let to = match envelope.to() {
            Some(to) => to.to_string(),
            None => "contract creation".into(),
        };
        json!(format!(
            "{to}: {} wei + {} gas × {} wei",
            envelope.value(),
            envelope.gas_limit(),
            envelope.max_fee_per_gas()
        ))
    };
    let (pending, queued) = split(chain, line);
    Ok(json!({"pending": pending, "queued": queued}))
}

fn pending(chain: &mut Chain, _: &Args) -> Answer {
    Ok(chain.ready().into_iter().map(whole).collect())
}
