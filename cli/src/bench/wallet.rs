//! An account that signs ahead of time, so that signing is not measured.

use alloy::consensus::{SignableTransaction, TxEip1559, TxEnvelope};
use alloy::eips::Encodable2718;
use alloy::primitives::{Address, Bytes, TxKind, U256};
use alloy::signers::SignerSync;
use alloy::signers::local::PrivateKeySigner;
use serde_json::{Value, json};

use super::BenchError;
use super::client::{Client, request};

/// Wei per gas at most: above anvil's first base fee, and low enough for the devnode's cap of an ether a transaction.
const MAX_FEE: u128 = 5_000_000_000;
/// Between two looks at whether a node has mined everything.
const POLL: std::time::Duration = std::time::Duration::from_micros(200);

/// An account on one node.
pub(super) struct Wallet {
    signer: PrivateKeySigner,
    chain_id: u64,
    pub(super) nonce: u64,
}

impl Wallet {
    /// The account of `signer`, with plenty of ether.
    pub(super) fn fund(client: &mut Client, signer: PrivateKeySigner) -> Result<Self, BenchError> {
        let address = signer.address();
        let balance = U256::from(10).pow(U256::from(24));
        client.ask("anvil_setBalance", json!([address, balance]))?;
        let chain_id = client.ask_number("eth_chainId", json!([]))?;
        let nonce = client.ask_number("eth_getTransactionCount", json!([address, "latest"]))?;
        Ok(Self { signer, chain_id, nonce })
    }

    pub(super) fn address(&self) -> Address {
        self.signer.address()
    }

    /// The next transaction, as the request that sends it.
    pub(super) fn sign(
        &mut self,
        to: TxKind,
        value: u64,
        gas_limit: u64,
        input: impl Into<Bytes>,
    ) -> Vec<u8> {
        let tx = TxEip1559 {
            chain_id: self.chain_id,
            nonce: self.nonce,
            gas_limit,
            max_fee_per_gas: MAX_FEE,
            max_priority_fee_per_gas: 0,
            to,
            value: U256::from(value),
            input: input.into(),
            access_list: Default::default(),
        };
        self.nonce += 1;
        // Signing a hash with a key in memory cannot fail.
        let signature =
            self.signer.sign_hash_sync(&tx.signature_hash()).expect("a local key signs");
        let raw: Bytes = TxEnvelope::from(tx.into_signed(signature)).encoded_2718().into();
        request("eth_sendRawTransaction", &json!([raw]))
    }

    /// Waits until all that was signed is mined.
    pub(super) fn settle(&self, client: &mut Client) -> Result<(), BenchError> {
        let count = request("eth_getTransactionCount", &json!([self.address(), "latest"]));
        let mined = format!("\"{:#x}\"", self.nonce);
        loop {
            let answer = client.post(&count)?;
            if answer.windows(mined.len()).any(|window| window == mined.as_bytes()) {
                return Ok(());
            }
            std::thread::sleep(POLL);
        }
    }

    /// Sends a transaction that must succeed; returns its receipt.
    pub(super) fn transact(
        &mut self,
        client: &mut Client,
        to: TxKind,
        value: u64,
        gas_limit: u64,
        input: impl Into<Bytes>,
    ) -> Result<Value, BenchError> {
        let signed = self.sign(to, value, gas_limit, input);
        let answer: Value = serde_json::from_slice(client.post(&signed)?).unwrap_or_default();
        self.settle(client)?;
        // anvil shows the nonce before the receipt.
        let receipt = loop {
            match client.ask("eth_getTransactionReceipt", json!([answer["result"]]))? {
                Value::Null => std::thread::sleep(POLL),
                receipt => break receipt,
            }
        };
        match receipt["status"] == "0x1" {
            true => Ok(receipt),
            false => Err(BenchError::Answer {
                node: client.node,
                what: "a transaction that must succeed".into(),
                answer: receipt.to_string(),
            }),
        }
    }
}
