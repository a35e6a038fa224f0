//! Two chains to work on: embedded ones, or the nodes that `NITRO_RPC_URL_A` and `NITRO_RPC_URL_B` name.

use std::env;

use alloy::primitives::B256;
use alloy::signers::local::PrivateKeySigner;
use devnode::{Config, Node, StartError};
use interfaces::{ChainId, Domain};

use crate::chain::{Chain, ChainError};

/// Chain ids of the embedded chains.
pub const CHAIN_IDS: [ChainId; 2] = [ChainId(412_346), ChainId(412_347)];
/// Their Metalayer domains: other numbers than the chain ids, so that a mix-up shows at once.
pub const DOMAINS: [Domain; 2] = [Domain(1001), Domain(1002)];

/// Why there are no two chains.
#[derive(Debug, thiserror::Error)]
pub enum NodesError {
    /// One of the two variables is set and the other is not.
    #[error("NITRO_RPC_URL_A and NITRO_RPC_URL_B must be set both, or none of them")]
    HalfSet,
    /// Both URLs lead to the same chain id, so an intent could not say which of the two it is for.
    #[error("both nodes have chain id {}: an intent between them needs two different ones", .0.0)]
    SameChain(ChainId),
    /// An embedded chain did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A node does not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// Two running chains, called A and B. The embedded ones end when this is dropped.
pub struct Nodes {
    /// The source of intents.
    pub a: Chain,
    /// The destination of intents.
    pub b: Chain,
    urls: [String; 2],
    embedded: Option<[Node; 2]>,
}

impl Nodes {
    /// Starts two embedded chains, or connects to the two that the environment names.
    pub async fn start() -> Result<Self, NodesError> {
        let url = |variable| env::var(variable).ok().filter(|url| !url.is_empty());
        match (url("NITRO_RPC_URL_A"), url("NITRO_RPC_URL_B")) {
            (None, None) => Self::embedded().await,
            (Some(a), Some(b)) => Self::connect([a, b], None).await,
            _ => Err(NodesError::HalfSet),
        }
    }

    /// Starts two embedded chains, whatever the environment says.
    pub async fn embedded() -> Result<Self, NodesError> {
        let start = |id: ChainId| Node::start(Config { chain_id: id.0, ..Config::default() });
        let nodes = [start(CHAIN_IDS[0]).await?, start(CHAIN_IDS[1]).await?];
        Self::connect([nodes[0].url(), nodes[1].url()], Some(nodes)).await
    }

    async fn connect(urls: [String; 2], embedded: Option<[Node; 2]>) -> Result<Self, NodesError> {
        let a = Chain::connect("A", &urls[0]).await?;
        let b = Chain::connect("B", &urls[1]).await?;
        if a.id() == b.id() {
            return Err(NodesError::SameChain(a.id()));
        }
        Ok(Self { a, b, urls, embedded })
    }

    /// JSON-RPC endpoints of A and B.
    pub fn urls(&self) -> &[String; 2] {
        &self.urls
    }

    /// Are they ours, so that their time can be set?
    pub fn are_embedded(&self) -> bool {
        self.embedded.is_some()
    }
}

/// The account that every development chain funds. Its key is public: never use it where value is.
pub fn faucet() -> PrivateKeySigner {
    test_key(devnode::DEV_PRIVATE_KEY)
}

/// The key of a role, the same in every run. Public, like everything about a development chain.
pub fn role(name: &str) -> PrivateKeySigner {
    test_key(alloy::primitives::keccak256(format!("metalayer development key: {name}")))
}

fn test_key(key: B256) -> PrivateKeySigner {
    // A hash is no valid key in one of 2^128 cases, and these few are fixed.
    PrivateKeySigner::from_bytes(&key).expect("the fixed test keys are valid")
}
