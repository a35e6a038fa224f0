//! `evm_*` (and the `anvil_*` and `hardhat_*` names of the same): time, blocks, snapshots, reorganisations.

use std::num::NonZeroU64;

use alloy_primitives::U256;
use serde_json::{Value, json};

use super::json::quantity;
use super::{Answer, Args, Error, Method};
use crate::Mining;
use crate::chain::{Chain, Replacement};

pub(super) const METHODS: &[(&str, Method)] = &[
    ("evm_snapshot", snapshot),
    ("evm_revert", revert),
    ("anvil_snapshot", snapshot),
    ("anvil_revert", revert),
    ("evm_increaseTime", increase_time),
    ("anvil_increaseTime", increase_time),
    ("evm_setNextBlockTimestamp", set_next_timestamp),
    ("anvil_setNextBlockTimestamp", set_next_timestamp),
    ("evm_setTime", set_time),
    ("anvil_setTime", set_time),
    ("evm_setBlockTimestampInterval", set_timestamp_interval),
    ("anvil_setBlockTimestampInterval", set_timestamp_interval),
    ("evm_removeBlockTimestampInterval", remove_timestamp_interval),
    ("anvil_removeBlockTimestampInterval", remove_timestamp_interval),
    ("evm_mine", mine_one),
    ("evm_mine_detailed", mine_detailed),
    ("anvil_mine_detailed", mine_detailed),
    ("anvil_mine", mine),
    ("hardhat_mine", mine),
    ("evm_setAutomine", set_automine),
    ("anvil_setAutomine", set_automine),
    ("anvil_getAutomine", get_automine),
    ("hardhat_getAutomine", get_automine),
    ("evm_setIntervalMining", set_interval_mining),
    ("anvil_setIntervalMining", set_interval_mining),
    ("anvil_getIntervalMining", get_interval_mining),
    ("evm_setBlockGasLimit", set_block_gas_limit),
    ("anvil_setBlockGasLimit", set_block_gas_limit),
    ("evm_reorg", reorg),
    ("anvil_reorg", reorg),
    ("anvil_rollback", rollback),
    ("devnode_setFinality", set_finality),
    ("devnode_finality", finality),
];

/// Blocks that one request may make.
const MINE_LIMIT: u64 = 100_000;

/// A number as clients send it: JSON number, hex or decimal text.
pub(super) fn number(args: &Args, place: usize) -> Result<Option<u64>, Error> {
    let Some(value) = args.opt::<Value>(place)? else { return Ok(None) };
    let parsed = match &value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => {
            text.parse::<U256>().ok().and_then(|number| u64::try_from(number).ok())
        }
        _ => None,
    };
    parsed.map(Some).ok_or_else(|| {
        Error::params(format!("invalid argument {place}: {value} is not a 64-bit number"))
    })
}

fn snapshot(chain: &mut Chain, _: &Args) -> Answer {
    Ok(json!(U256::from(chain.snapshot())))
}

fn revert(chain: &mut Chain, args: &Args) -> Answer {
    let id =
        number(args, 0)?.ok_or_else(|| Error::params("missing value for required argument 0"))?;
    Ok(Value::Bool(chain.revert_to(id)))
}

fn increase_time(chain: &mut Chain, args: &Args) -> Answer {
    let seconds =
        number(args, 0)?.ok_or_else(|| Error::params("missing value for required argument 0"))?;
    Ok(json!(chain.increase_time(seconds)))
}

fn set_next_timestamp(chain: &mut Chain, args: &Args) -> Answer {
    let timestamp =
        number(args, 0)?.ok_or_else(|| Error::params("missing value for required argument 0"))?;
    chain.set_next_timestamp(timestamp).map_err(Error::params)?;
    Ok(Value::Null)
}

pub(super) fn required(args: &Args, place: usize) -> Result<u64, Error> {
    number(args, place)?
        .ok_or_else(|| Error::params(format!("missing value for required argument {place}")))
}

/// Times above this are milliseconds, as JavaScript's clock has them.
const FIRST_MILLISECONDS: u64 = 1_000_000_000_000;

fn set_time(chain: &mut Chain, args: &Args) -> Answer {
    let time = required(args, 0)?;
    let seconds = if time >= FIRST_MILLISECONDS { time / 1_000 } else { time };
    Ok(json!(chain.set_time(seconds)))
}

fn set_timestamp_interval(chain: &mut Chain, args: &Args) -> Answer {
    chain.timestamp_interval = Some(required(args, 0)?);
    Ok(Value::Null)
}

fn remove_timestamp_interval(chain: &mut Chain, _: &Args) -> Answer {
    Ok(Value::Bool(chain.timestamp_interval.take().is_some()))
}

/// Makes as many blocks as the argument of `evm_mine` asks for; the numbers of the first and of the one after the last.
fn mine_asked(chain: &mut Chain, args: &Args) -> Result<std::ops::Range<u64>, Error> {
    // hardhat takes a timestamp; anvil also an object.
    let (timestamp, blocks) = match args.opt::<Value>(0)? {
        Some(Value::Object(options)) => {
            let option = |name| {
                let value = options.get(name).cloned().unwrap_or(Value::Null);
                number(&Args(vec![value]), 0)
            };
            (option("timestamp")?, option("blocks")?.unwrap_or(1))
        }
        _ => (number(args, 0)?, 1),
    };
    if blocks > MINE_LIMIT {
        return Err(Error::params(format!("at most {MINE_LIMIT} blocks at once")));
    }
    if let Some(timestamp) = timestamp {
        chain.set_next_timestamp(timestamp).map_err(Error::params)?;
    }
    let first = chain.head().header.number.saturating_add(1);
    for _ in 0..blocks {
        chain.mine_waiting();
    }
    Ok(first..first.saturating_add(blocks))
}

fn mine_one(chain: &mut Chain, args: &Args) -> Answer {
    mine_asked(chain, args)?;
    Ok(json!("0x0"))
}

fn mine_detailed(chain: &mut Chain, args: &Args) -> Answer {
    let made = mine_asked(chain, args)?;
    let chain_id = chain.config.chain_id;
    Ok(made
        .filter_map(|number| chain.block(number))
        .map(|block| super::json::block(block, true, chain_id))
        .collect())
}

fn set_automine(chain: &mut Chain, args: &Args) -> Answer {
    let mining = if args.get(0)? { Mining::Instant } else { Mining::Manual };
    chain.set_mining(mining);
    Ok(Value::Null)
}

fn get_automine(chain: &mut Chain, _: &Args) -> Answer {
    Ok(Value::Bool(chain.config.mining == Mining::Instant))
}

fn set_interval_mining(chain: &mut Chain, args: &Args) -> Answer {
    chain.set_mining(match NonZeroU64::new(required(args, 0)?) {
        Some(seconds) => Mining::Interval(seconds),
        None => Mining::Manual,
    });
    Ok(Value::Null)
}

fn get_interval_mining(chain: &mut Chain, _: &Args) -> Answer {
    Ok(match chain.config.mining {
        Mining::Interval(seconds) => json!(seconds),
        Mining::Instant | Mining::Manual => Value::Null,
    })
}

fn set_block_gas_limit(_: &mut Chain, _: &Args) -> Answer {
    Err(Error::server(
        "the gas limit of an Arbitrum block is always 2^50; what a block may compute with is          ArbOwner.setMaxBlockGasLimit's, what a transaction may is setMaxTxGasLimit's",
    ))
}

/// Depth, then pairs of a transaction (raw, or a request of a known or impersonated account) and the place of its
/// block among the new ones.
fn reorg(chain: &mut Chain, args: &Args) -> Answer {
    let depth = required(args, 0)?;
    if depth > MINE_LIMIT {
        return Err(Error::params(format!("at most {MINE_LIMIT} blocks at once")));
    }
    let pairs = args.opt::<Vec<(Value, Value)>>(1)?.unwrap_or_default();
    let mut wanted = Vec::new();
    for (transaction, place) in pairs {
        let place = required(&Args(vec![place]), 0)?;
        if place >= depth {
            return Err(Error::params(format!("block {place} is beyond the reorg depth {depth}")));
        }
        wanted.push((place, transaction));
    }
    // The order within a block is that of the pairs.
    wanted.sort_by_key(|(place, _)| *place);
    let result = chain.reorganise(depth, |stage| {
        let mut blocks = Replacement::new();
        for (place, transaction) in wanted {
            // What is already chosen decides the next nonce, so the stage moves on with it.
            let chosen = super::sign::chosen(stage, transaction).map_err(|error| error.message)?;
            let place = usize::try_from(place).unwrap_or(usize::MAX);
            while blocks.len() <= place {
                blocks.push(Vec::new());
            }
            if let Some(block) = blocks.get_mut(place) {
                block.push(chosen);
            }
        }
        Ok(blocks)
    });
    result.map_err(Error::server)?;
    Ok(Value::Null)
}

fn rollback(chain: &mut Chain, args: &Args) -> Answer {
    chain.roll_back(number(args, 0)?.unwrap_or(1)).map_err(Error::server)?;
    Ok(Value::Null)
}

/// How many blocks `safe` and `finalized` are behind the newest one.
fn set_finality(chain: &mut Chain, args: &Args) -> Answer {
    let (safe, finalized) = (required(args, 0)?, required(args, 1)?);
    if safe > finalized {
        return Err(Error::params(format!(
            "finalized (lag {finalized}) cannot be ahead of safe (lag {safe})"
        )));
    }
    (chain.config.safe_lag, chain.config.finalized_lag) = (safe, finalized);
    Ok(Value::Null)
}

fn finality(chain: &mut Chain, _: &Args) -> Answer {
    Ok(json!({
        "safeLag": quantity(chain.config.safe_lag),
        "finalizedLag": quantity(chain.config.finalized_lag),
    }))
}

fn mine(chain: &mut Chain, args: &Args) -> Answer {
    let count = number(args, 0)?.unwrap_or(1);
    let interval = number(args, 1)?.unwrap_or(0);
    if count > MINE_LIMIT {
        return Err(Error::params(format!("at most {MINE_LIMIT} blocks at once")));
    }
    for place in 0..count {
        if place > 0 && interval > 0 {
            let next = chain.head().header.timestamp.saturating_add(interval);
            chain.set_next_timestamp(next).map_err(Error::params)?;
        }
        chain.mine_waiting();
    }
    Ok(Value::Null)
}
