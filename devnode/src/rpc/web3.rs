//! `web3_*`.

use alloy_primitives::{Bytes, keccak256};
use serde_json::json;

use super::{Answer, Args, Method};
use crate::chain::Chain;

pub(super) const METHODS: &[(&str, Method)] =
    &[("web3_clientVersion", client_version), ("web3_sha3", sha3)];

/// Name and version of the node.
pub(super) fn version() -> String {
    format!("metalayer-devnode/v{}/{}", env!("CARGO_PKG_VERSION"), std::env::consts::OS)
}

fn client_version(_: &mut Chain, _: &Args) -> Answer {
    Ok(json!(version()))
}

fn sha3(_: &mut Chain, args: &Args) -> Answer {
    Ok(json!(keccak256(args.get::<Bytes>(0)?)))
}
