//! Why a chain did not do what was asked.

use alloy::primitives::{Address, B256, Bytes};
use alloy::transports::{RpcError, TransportError};

use super::RECEIPT_TIMEOUT;
use crate::revert::Revert;

/// Why a call or transaction did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The contract refused.
    #[error("{what} on {chain}: reverted with {revert}")]
    Reverted {
        /// Name of the chain.
        chain: String,
        /// What was tried.
        what: String,
        /// The contract's reason.
        revert: Revert,
    },
    /// The node refused, or could not be reached.
    #[error("{what} on {chain}: {}", rpc_message(source))]
    Rpc {
        /// Name of the chain.
        chain: String,
        /// What was tried.
        what: String,
        /// The node's reason.
        source: TransportError,
    },
    /// The transaction could not be signed.
    #[error("{what} on {chain}: cannot be signed: {reason}")]
    Unsignable {
        /// Name of the chain.
        chain: String,
        /// What was tried.
        what: String,
        /// Which part is missing or wrong.
        reason: String,
    },
    /// The transaction was accepted and is still not in a block.
    #[error("{what} on {chain}: transaction {transaction} was not mined in {} s", RECEIPT_TIMEOUT.as_secs())]
    NotMined {
        /// Name of the chain.
        chain: String,
        /// What was tried.
        what: String,
        /// Its hash.
        transaction: B256,
    },
    /// The answer has not the shape that the interface promises.
    #[error(
        "{what} on {chain}: {address} answered {answer}, which is no answer to this call; is the contract there?"
    )]
    BadAnswer {
        /// Name of the chain.
        chain: String,
        /// Signature of the function.
        what: String,
        /// Who answered.
        address: Address,
        /// What it answered.
        answer: Bytes,
    },
    /// A transaction that must be refused went through.
    #[error("{what} on {chain}: was to be refused, and succeeded")]
    NotRefused {
        /// Name of the chain.
        chain: String,
        /// What was tried.
        what: String,
    },
}

fn rpc_message(error: &TransportError) -> String {
    match error {
        RpcError::ErrorResp(payload) => payload.message.to_string(),
        other => other.to_string(),
    }
}
