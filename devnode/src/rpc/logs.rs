//! Logs: queries, polled filters, subscriptions.

use std::collections::{BTreeMap, VecDeque};

use alloy::rpc::types::{Filter, FilterBlockOption};
use alloy_primitives::{B256, U256};
use jsonrpsee::{RpcModule, SubscriptionMessage};
use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use super::eth::number_of_tag;
use super::json::{self as shape, LogView};
use super::{Answer, Args, Error, Method, TextAnswer, TextMethod};
use crate::block::Block;
use crate::chain::{Chain, News};
use crate::node::Handle;

pub(super) const METHODS: &[(&str, Method)] = &[
    ("eth_newFilter", new_filter),
    ("eth_newBlockFilter", new_block_filter),
    ("eth_newPendingTransactionFilter", new_pending_filter),
    ("eth_getFilterChanges", filter_changes),
    ("eth_uninstallFilter", uninstall_filter),
];

/// Those whose answers may be long, written as text at once.
pub(super) const TEXT_METHODS: &[(&str, TextMethod)] =
    &[("eth_getLogs", get_logs), ("eth_getFilterLogs", filter_logs)];

/// Filters that a chain keeps; the oldest give way.
const FILTER_LIMIT: usize = 1_024;
/// Logs in one answer.
const LOG_LIMIT: usize = 100_000;

/// What a filter looks for.
#[derive(Clone, Debug)]
enum Wanted {
    Logs(Box<Filter>),
    Blocks,
    Transactions,
}

#[derive(Clone, Debug)]
struct Polled {
    wanted: Wanted,
    /// The first block that was not looked at yet.
    next: u64,
    /// What is to be told before the blocks: logs of blocks that were dropped, transactions that were accepted.
    backlog: VecDeque<Value>,
}

/// Polled filters of a chain.
#[derive(Debug, Default)]
pub(crate) struct Filters {
    last: u64,
    all: BTreeMap<u64, Polled>,
}

impl Filters {
    fn add(&mut self, wanted: Wanted, next: u64) -> Value {
        self.last = self.last.saturating_add(1);
        self.all.insert(self.last, Polled { wanted, next, backlog: VecDeque::new() });
        while self.all.len() > FILTER_LIMIT {
            self.all.pop_first();
        }
        json!(U256::from(self.last))
    }

    /// A block is no longer part of the chain: whoever heard of its logs is told so, and of those that come instead.
    pub(crate) fn dropped(&mut self, block: &Block) {
        let number = block.header.number;
        for filter in self.all.values_mut().filter(|filter| filter.next > number) {
            filter.next = number;
            if let Wanted::Logs(wanted) = &filter.wanted {
                filter.backlog.extend(values(&removed(matching(block, wanted))));
                filter.backlog.truncate(LOG_LIMIT);
            }
        }
    }

    /// A transaction was accepted.
    pub(crate) fn accepted(&mut self, hash: B256) {
        let pending = self.all.values_mut();
        for filter in pending.filter(|filter| matches!(filter.wanted, Wanted::Transactions)) {
            filter.backlog.push_back(json!(hash));
            if filter.backlog.len() > LOG_LIMIT {
                filter.backlog.pop_front();
            }
        }
    }

    /// The chain started anew.
    pub(crate) fn clear(&mut self) {
        self.all.clear();
    }
}

/// Logs of a block that was dropped, as the protocol tells of them.
fn removed(mut logs: Vec<LogView<'_>>) -> Vec<LogView<'_>> {
    for log in &mut logs {
        log.removed = true;
    }
    logs
}

fn values(logs: &[LogView<'_>]) -> Vec<Value> {
    logs.iter().map(|log| json!(log)).collect()
}

fn text(logs: &[LogView<'_>]) -> TextAnswer {
    to_raw_value(logs).map_err(|error| Error::server(error.to_string()))
}

/// The blocks that a filter names, first and last.
fn range(chain: &Chain, filter: &Filter) -> Result<(u64, u64), Error> {
    match filter.block_option {
        FilterBlockOption::AtBlockHash(hash) => {
            let number = chain.number_of(hash).ok_or_else(|| Error::server("unknown block"))?;
            Ok((number, number))
        }
        FilterBlockOption::Range { from_block, to_block } => {
            let newest = chain.head().header.number;
            let bound = |tag: Option<_>| {
                tag.map_or(Some(newest), |tag| number_of_tag(chain, tag)).unwrap_or(newest)
            };
            Ok((bound(from_block), bound(to_block)))
        }
    }
}

fn get_logs(chain: &mut Chain, args: &Args) -> TextAnswer {
    let filter = args.get::<Filter>(0)?;
    let (from, to) = range(chain, &filter)?;
    if from > to {
        return Err(Error::params("invalid block range params"));
    }
    text(&collect(chain, &filter, from, to)?)
}

fn collect<'a>(
    chain: &'a Chain,
    filter: &Filter,
    from: u64,
    to: u64,
) -> Result<Vec<LogView<'a>>, Error> {
    let mut logs = Vec::new();
    for number in from..=to.min(chain.head().header.number) {
        let Some(block) = chain.block(number) else { break };
        if filter.matches_bloom(block.header.logs_bloom) {
            logs.extend(matching(block, filter));
        }
        if logs.len() > LOG_LIMIT {
            return Err(Error::server(format!(
                "query returns more than {LOG_LIMIT} logs; narrow the block range"
            )));
        }
    }
    Ok(logs)
}

fn matching<'a>(block: &'a Block, filter: &Filter) -> Vec<LogView<'a>> {
    let mut found = Vec::new();
    for (index, tx) in block.transactions.iter().enumerate() {
        for (place, log) in (tx.first_log..).zip(&tx.logs) {
            if filter.matches(log) {
                found.push(LogView::new(block, index, tx, place, log));
            }
        }
    }
    found
}

fn new_filter(chain: &mut Chain, args: &Args) -> Answer {
    let filter = args.get::<Filter>(0)?;
    let next = chain.head().header.number.saturating_add(1);
    Ok(chain.filters.add(Wanted::Logs(Box::new(filter)), next))
}

fn new_block_filter(chain: &mut Chain, _: &Args) -> Answer {
    let next = chain.head().header.number.saturating_add(1);
    Ok(chain.filters.add(Wanted::Blocks, next))
}

fn new_pending_filter(chain: &mut Chain, _: &Args) -> Answer {
    let next = chain.head().header.number.saturating_add(1);
    Ok(chain.filters.add(Wanted::Transactions, next))
}

fn filter_id(args: &Args) -> Result<u64, Error> {
    Ok(args.get::<U256>(0)?.saturating_to())
}

fn filter_changes(chain: &mut Chain, args: &Args) -> Answer {
    let id = filter_id(args)?;
    let newest = chain.head().header.number;
    let Some(Polled { wanted, next, backlog }) = chain.filters.all.get(&id).cloned() else {
        return Err(Error::server("filter not found"));
    };
    let blocks = || (next..=newest).filter_map(|number| chain.block(number));
    let changes: Vec<Value> = match wanted {
        Wanted::Logs(filter) => {
            let after = |tag: Option<_>| tag.and_then(|tag| number_of_tag(chain, tag));
            let (from, to) = match filter.block_option {
                FilterBlockOption::Range { from_block, to_block } => {
                    (after(from_block), after(to_block))
                }
                FilterBlockOption::AtBlockHash(_) => (None, None),
            };
            // A tag such as "latest" moves on with the chain, so only a number bounds the end.
            let last = match filter.block_option {
                FilterBlockOption::Range { to_block: Some(tag), .. } if tag.is_number() => {
                    to.unwrap_or(newest)
                }
                _ => newest,
            };
            let first = match filter.block_option {
                FilterBlockOption::Range { from_block: Some(tag), .. } if tag.is_number() => {
                    from.unwrap_or(next).max(next)
                }
                _ => next,
            };
            match first > last {
                true => Vec::new(),
                false => values(&collect(chain, &filter, first, last)?),
            }
        }
        Wanted::Blocks => blocks().map(|block| json!(block.hash)).collect(),
        Wanted::Transactions => Vec::new(),
    };
    if let Some(polled) = chain.filters.all.get_mut(&id) {
        polled.next = newest.saturating_add(1);
        polled.backlog.clear();
    }
    Ok(backlog.into_iter().chain(changes).collect())
}

fn filter_logs(chain: &mut Chain, args: &Args) -> TextAnswer {
    match chain.filters.all.get(&filter_id(args)?).map(|polled| polled.wanted.clone()) {
        Some(Wanted::Logs(filter)) => {
            let (from, to) = range(chain, &filter)?;
            text(&collect(chain, &filter, from, to)?)
        }
        _ => Err(Error::server("filter not found")),
    }
}

fn uninstall_filter(chain: &mut Chain, args: &Args) -> Answer {
    Ok(Value::Bool(chain.filters.all.remove(&filter_id(args)?).is_some()))
}

/// `eth_subscribe` over WebSocket: `newHeads`, `logs`, `newPendingTransactions`.
pub(super) fn register_subscriptions(module: &mut RpcModule<Handle>) {
    let registered = module.register_subscription(
        "eth_subscribe",
        "eth_subscription",
        "eth_unsubscribe",
        |params, pending, chain, _| async move {
            let wanted = match wanted(&params) {
                Ok(wanted) => wanted,
                Err(error) => {
                    pending.reject(jsonrpsee::types::ErrorObjectOwned::from(error)).await;
                    return;
                }
            };
            let Ok(mut news) = chain.run(|chain| chain.subscribe()).await else { return };
            let Ok(sink) = pending.accept().await else { return };
            loop {
                let news = tokio::select! {
                    () = sink.closed() => return,
                    news = news.recv() => match news {
                        Ok(news) => news,
                        // A slow client misses some; it does not slow the chain.
                        Err(RecvError::Lagged(_)) => continue,
                        Err(RecvError::Closed) => return,
                    },
                };
                let messages: Vec<Value> = match (&wanted, news) {
                    (Wanted::Blocks, News::Made(block)) => vec![shape::header(&block)],
                    (Wanted::Logs(filter), News::Made(block)) => values(&matching(&block, filter)),
                    (Wanted::Logs(filter), News::Dropped(block)) => {
                        values(&removed(matching(&block, filter)))
                    }
                    (Wanted::Transactions, News::Accepted(hash)) => vec![json!(hash)],
                    _ => Vec::new(),
                };
                for message in messages {
                    let Ok(raw) = serde_json::value::to_raw_value(&message) else { continue };
                    if sink.send(SubscriptionMessage::from(raw)).await.is_err() {
                        return;
                    }
                }
            }
        },
    );
    debug_assert!(registered.is_ok(), "eth_subscribe is registered twice");
}

fn wanted(params: &jsonrpsee::types::Params<'_>) -> Result<Wanted, Error> {
    let args = Args::parse(params)?;
    match args.get::<String>(0)?.as_str() {
        "newHeads" => Ok(Wanted::Blocks),
        "logs" => Ok(Wanted::Logs(Box::new(args.opt::<Filter>(1)?.unwrap_or_default()))),
        "newPendingTransactions" => Ok(Wanted::Transactions),
        other => Err(Error::params(format!("no \"{other}\" subscription in eth namespace"))),
    }
}
