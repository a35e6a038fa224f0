//! `web3_*`.

use alloy_primitives::{Bytes, keccak256};
use serde_json::json;

use super::{Answer, Args, Method};
use crate::chain::Chain;

pub(super) const METHODS: &[(&str, Method)] =
    &[("web3_clientVersion", client_version), ("web3_sha3", sha3)];

fn client_version(_: &mut Chain, _: &Args) -> Answer {
    Ok(json!(format!("metalayer-devnode/v{}/{}", env!("CARGO_PKG_VERSION"), std::env::consts::OS)))
}

fn sha3(_: &mut Chain, args: &Args) -> Answer {
    Ok(json!(keccak256(args.get::<Bytes>(0)?)))
}
