//! Accounts at genesis, from a file in geth's format.

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::Deserialize;
use serde_json::{Map, Value};

/// An account at genesis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GenesisAccount {
    /// Address.
    pub address: Address,
    /// Wei.
    pub balance: U256,
    /// Nonce.
    pub nonce: u64,
    /// Code; empty for none.
    pub code: Bytes,
    /// Slots that are not zero.
    pub storage: Vec<(U256, U256)>,
}

/// What a genesis file says that a chain of this node can be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Genesis {
    /// `config.chainId`.
    pub chain_id: Option<u64>,
    /// `timestamp`, Unix seconds; 0 counts as not given.
    pub timestamp: Option<u64>,
    /// `alloc`.
    pub alloc: Vec<GenesisAccount>,
}

/// Why a genesis file is refused; says where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the genesis is no JSON of geth's format: {0}")]
pub struct GenesisError(String);

impl Genesis {
    /// Reads the JSON. What geth knows and this chain has not (difficulty, forks and so on) is ignored.
    /// # Errors
    /// It is no JSON, or a member has a form that geth does not accept.
    pub fn parse(json: &str) -> Result<Self, GenesisError> {
        let root: Map<String, Value> =
            serde_json::from_str(json).map_err(|error| GenesisError(error.to_string()))?;
        let chain_id = root.get("config").and_then(|config| config.get("chainId"));
        let chain_id = chain_id.map(|id| number(id, "config.chainId")).transpose()?;
        let timestamp = root.get("timestamp").map(|time| number(time, "timestamp")).transpose()?;
        let none = Map::new();
        let alloc = match root.get("alloc") {
            Some(Value::Object(alloc)) => alloc,
            Some(_) => return Err(GenesisError("alloc is no object".into())),
            None => &none,
        };
        Ok(Self {
            chain_id,
            timestamp: timestamp.filter(|time| *time > 0),
            alloc: alloc
                .iter()
                .map(|(address, account)| read_account(address, account))
                .collect::<Result<_, _>>()?,
        })
    }
}

fn read_account(address: &str, account: &Value) -> Result<GenesisAccount, GenesisError> {
    let place = |member: &str| format!("alloc.{address}.{member}");
    let mut read = GenesisAccount {
        address: address
            .parse()
            .map_err(|_| GenesisError(format!("alloc.{address}: not an address")))?,
        ..Default::default()
    };
    let members = account
        .as_object()
        .ok_or_else(|| GenesisError(format!("alloc.{address}: not an object")))?;
    if let Some(balance) = members.get("balance").or_else(|| members.get("wei")) {
        read.balance = word(balance, &place("balance"))?;
    }
    if let Some(nonce) = members.get("nonce") {
        read.nonce = number(nonce, &place("nonce"))?;
    }
    if let Some(code) = members.get("code") {
        read.code = Bytes::deserialize(code)
            .map_err(|error| GenesisError(format!("{}: {error}", place("code"))))?;
    }
    if let Some(storage) = members.get("storage") {
        let slots = storage
            .as_object()
            .ok_or_else(|| GenesisError(format!("{}: not an object", place("storage"))))?;
        for (key, value) in slots {
            let key = word(&Value::String(key.clone()), &place("storage"))?;
            read.storage.push((key, word(value, &place("storage"))?));
        }
    }
    Ok(read)
}

/// A number in hex with 0x, in decimal, or as JSON's own; 64 hex digits may lack the 0x, as geth allows for words.
fn word(value: &Value, place: &str) -> Result<U256, GenesisError> {
    let parsed = match value {
        Value::Number(number) => number.to_string().parse().ok(),
        Value::String(text) if text.len() == 64 => text.parse::<B256>().ok().map(Into::into),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    parsed.ok_or_else(|| GenesisError(format!("{place}: {value} is no number of 256 bits")))
}

fn number(value: &Value, place: &str) -> Result<u64, GenesisError> {
    word(value, place)?
        .try_into()
        .map_err(|_| GenesisError(format!("{place}: {value} is no number of 64 bits")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::address;

    #[test]
    fn members_are_read_as_geth_reads_them() {
        let json = r#"{
            "config": {"chainId": 7777, "homesteadBlock": 0},
            "difficulty": "0x1", "timestamp": "0x10",
            "alloc": {
                "00000000000000000000000000000000000bEEF1": {"balance": "1000", "nonce": "0x5"},
                "0x00000000000000000000000000000000000bEEF2": {
                    "balance": "0x0", "code": "0x00",
                    "storage": {"0x0000000000000000000000000000000000000000000000000000000000000001": "0x2"}
                }
            }
        }"#;
        let genesis = Genesis::parse(json).unwrap();
        assert_eq!((genesis.chain_id, genesis.timestamp), (Some(7777), Some(16)));
        let first = GenesisAccount {
            address: address!("00000000000000000000000000000000000bEEF1"),
            balance: U256::from(1_000),
            nonce: 5,
            ..Default::default()
        };
        let second = GenesisAccount {
            address: address!("00000000000000000000000000000000000bEEF2"),
            code: Bytes::from_static(&[0]),
            storage: vec![(U256::from(1), U256::from(2))],
            ..Default::default()
        };
        assert_eq!(genesis.alloc, [first, second]);
    }

    #[test]
    fn a_wrong_member_is_named() {
        let json =
            r#"{"alloc": {"0x00000000000000000000000000000000000bEEF1": {"balance": "many"}}}"#;
        let error = Genesis::parse(json).unwrap_err().to_string();
        assert!(error.contains("bEEF1.balance: \"many\""), "{error}");
        assert!(Genesis::parse(r#"{"alloc": {"0x12": {}}}"#).is_err());
        assert!(Genesis::parse("[]").is_err());
    }
}
