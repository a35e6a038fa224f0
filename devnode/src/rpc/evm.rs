//! `evm_*`: time, blocks, snapshots.

use alloy_primitives::U256;
use serde_json::{Value, json};

use super::{Answer, Args, Error, Method};
use crate::chain::Chain;

pub(super) const METHODS: &[(&str, Method)] = &[
    ("evm_snapshot", snapshot),
    ("evm_revert", revert),
    ("anvil_snapshot", snapshot),
    ("anvil_revert", revert),
    ("evm_increaseTime", increase_time),
    ("anvil_increaseTime", increase_time),
    ("evm_setNextBlockTimestamp", set_next_timestamp),
    ("anvil_setNextBlockTimestamp", set_next_timestamp),
    ("evm_mine", mine_one),
    ("anvil_mine", mine),
    ("hardhat_mine", mine),
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

fn mine_one(chain: &mut Chain, args: &Args) -> Answer {
    // hardhat takes a timestamp; anvil also an object.
    let timestamp = match args.opt::<Value>(0)? {
        Some(Value::Object(options)) => options
            .get("timestamp")
            .cloned()
            .map(|value| number(&Args(vec![value]), 0))
            .transpose()?
            .flatten(),
        _ => number(args, 0)?,
    };
    if let Some(timestamp) = timestamp {
        chain.set_next_timestamp(timestamp).map_err(Error::params)?;
    }
    chain.mine(Vec::new())?;
    Ok(json!("0x0"))
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
        chain.mine(Vec::new())?;
    }
    Ok(Value::Null)
}
