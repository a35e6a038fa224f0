//! `net_*`.

use serde_json::{Value, json};

use super::{Answer, Args, Method};
use crate::chain::Chain;

pub(super) const METHODS: &[(&str, Method)] = &[
    ("net_version", version),
    ("eth_networkId", version),
    ("net_listening", listening),
    ("net_peerCount", peer_count),
];

fn version(chain: &mut Chain, _: &Args) -> Answer {
    Ok(json!(chain.config.chain_id.to_string()))
}

fn listening(_: &mut Chain, _: &Args) -> Answer {
    Ok(Value::Bool(true))
}

fn peer_count(_: &mut Chain, _: &Args) -> Answer {
    Ok(json!("0x0"))
}
