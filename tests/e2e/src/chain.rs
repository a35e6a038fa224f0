//! One chain under test: an embedded devnode, or whatever answers at `NITRO_RPC_URL_A` / `NITRO_RPC_URL_B`.
//!
//! Everything goes through JSON-RPC, and no test sees which of the two it is, except where time is concerned: an
//! embedded chain's clock is set, an external one's is waited for.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use alloy::primitives::{Address, B256, Bytes, LogData, TxHash, U256, b256, keccak256};
use alloy::providers::Provider;
use alloy::rpc::types::TransactionReceipt;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{SolCall, SolEvent};
use metalayer::artifacts::Artifacts;
use metalayer::chain::{ChainError, Tx};
use metalayer::deployment;
use serde_json::{Value, json};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::artifacts;

/// Chain id of the first chain; its domain is 1001.
pub const CHAIN_A: u64 = 412_346;
/// Chain id of the second chain; its domain is 1002.
pub const CHAIN_B: u64 = 412_347;

/// The key that owns and funds every Nitro dev chain; public.
const DEV_KEY: B256 = b256!("b6b15c8cb491557369f3c7d2c287b053eb229daa9c22138887752191c9520659");

/// Gas limit of every transaction: more than any needs, and below the chain's cap per transaction.
const GAS_LIMIT: u64 = 30_000_000;

/// Wei an account gets before it first sends: enough for its gas at any base fee of a dev chain.
const GAS_MONEY: u128 = 100_000_000_000_000_000;

/// Time of an embedded chain's first block: shortly before the times of the vectors. Programs expire after a year, so
/// a chain that starts today could not be set to those.
const GENESIS: u64 = 1_899_900_000;

/// A chain, and the accounts a test uses on it.
pub struct Chain {
    link: metalayer::chain::Chain,
    /// `None`: external.
    node: Option<devnode::Node>,
    /// Salts the accounts' keys: constant on a fresh embedded chain, new in each run on an external one.
    run: B256,
    /// Held as long as the test runs.
    _turn: Option<OwnedMutexGuard<()>>,
}

/// Whose turn it is on external chains.
static TURN: LazyLock<Arc<Mutex<()>>> = LazyLock::new(Arc::default);

/// What a successful transaction did.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Hash of the transaction.
    pub hash: TxHash,
    /// Gas it used, refunds deducted.
    pub gas_used: u64,
    /// Address of the contract it created, if it is a creation.
    pub contract: Option<Address>,
    /// Logs, in order.
    pub logs: Vec<Log>,
    /// All of it, as the node says it.
    pub full: TransactionReceipt,
}

/// A log and who emitted it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Emitter.
    pub address: Address,
    /// Topics and data.
    pub data: LogData,
}

/// A transaction's receipt, or exactly the data it reverted with.
pub type Sent = Result<Receipt, Bytes>;

/// A simulated call's return data, or exactly the data it reverted with.
pub type Simulated = Result<Bytes, Bytes>;

impl Chain {
    /// The first chain: embedded, or the one at `NITRO_RPC_URL_A`.
    pub async fn a() -> Self {
        Self::start("A", CHAIN_A, true).await
    }

    /// The second chain: embedded, or the one at `NITRO_RPC_URL_B`.
    pub async fn b() -> Self {
        Self::start("B", CHAIN_B, true).await
    }

    /// Both chains, on which an account's name stands for the same key.
    pub async fn pair() -> (Self, Self) {
        let a = Self::a().await;
        let b = Self::start("B", CHAIN_B, false).await;
        // One key is one person on both.
        let run = a.run;
        (a, Self { run, ..b })
    }

    /// - `alone`: wait until no other test is at work on external chains; the dev account's nonces are shared there.
    async fn start(name: &str, id: u64, alone: bool) -> Self {
        let (node, url) = match std::env::var(format!("NITRO_RPC_URL_{name}")) {
            Ok(url) if !url.is_empty() => (None, url),
            _ => {
                let genesis_timestamp = Some(GENESIS);
                let config =
                    devnode::Config { chain_id: id, genesis_timestamp, ..Default::default() };
                let node = devnode::Node::start(config).await.expect("the devnode starts");
                let url = node.url();
                (Some(node), url)
            }
        };
        let turn = match node {
            None if alone => Some(TURN.clone().lock_owned().await),
            _ => None,
        };
        let link = metalayer::chain::Chain::connect(name, &url).await.expect("the node answers");
        assert_eq!(link.id().0, id, "{url} is another chain");
        let run = match node {
            Some(_) => B256::ZERO,
            None => {
                let number = link.block_number().await.expect("eth_blockNumber");
                let time = link.timestamp().await.expect("eth_getBlockByNumber");
                keccak256([number.to_be_bytes(), time.to_be_bytes()].concat())
            }
        };
        Self { link, node, run, _turn: turn }
    }

    /// EVM chain id.
    pub fn id(&self) -> u64 {
        self.link.id().0
    }

    /// The chain as services see it.
    pub fn link(&self) -> &metalayer::chain::Chain {
        &self.link
    }

    /// Whether the chain lives in this process, so that its clock can be set and its state taken back.
    pub fn is_embedded(&self) -> bool {
        self.node.is_some()
    }

    /// The account that owns the chain and funds all others.
    pub fn dev(&self) -> PrivateKeySigner {
        PrivateKeySigner::from_bytes(&DEV_KEY).expect("a key")
    }

    /// The account called `name`: the same one throughout a run, and empty until it is given something or sends.
    pub fn account(&self, name: &str) -> PrivateKeySigner {
        let key = keccak256([self.run.as_slice(), name.as_bytes()].concat());
        PrivateKeySigner::from_bytes(&key).expect("a hash is a key, but for one in 2^128")
    }

    /// Native balance.
    pub async fn balance(&self, account: Address) -> U256 {
        self.link.balance(account).await.expect("eth_getBalance")
    }

    /// Deployed code.
    pub async fn code(&self, account: Address) -> Bytes {
        self.link.code(account).await.expect("eth_getCode")
    }

    /// Adds `value` to the balance of `account` without running its code.
    pub async fn give(&self, account: Address, value: U256) {
        let bequest = artifacts::mock("Bequest", account.into_word().as_slice());
        self.transact(&self.dev(), Tx::create(bequest), value)
            .await
            .expect("a bequest cannot be refused");
    }

    /// Makes sure that `account` can send `value` and pay for the gas.
    pub async fn provide(&self, account: Address, value: U256) {
        let dev = self.dev();
        let needed = value + U256::from(GAS_MONEY / 2);
        if account != dev.address() && self.balance(account).await < needed {
            let gift = Box::pin(self.pay(&dev, account, value + U256::from(GAS_MONEY)));
            gift.await.expect("an account without code accepts native");
        }
    }

    /// Sends a transaction with value.
    pub async fn transact(&self, from: &PrivateKeySigner, tx: Tx, value: U256) -> Sent {
        self.provide(from.address(), value).await;
        match self.link.send("transaction", from, tx.value(value).gas_limit(GAS_LIMIT)).await {
            Ok(receipt) => Ok(Receipt::from(receipt)),
            Err(ChainError::Reverted { revert, .. }) => Err(revert.0),
            Err(error) => panic!("{error}"),
        }
    }

    /// Sends a typed call without value.
    pub async fn send(&self, from: &PrivateKeySigner, to: Address, call: &impl SolCall) -> Sent {
        self.transact(from, Tx::call(to, call), U256::ZERO).await
    }

    /// Sends a typed call with value.
    pub async fn send_paying(
        &self,
        from: &PrivateKeySigner,
        to: Address,
        call: &impl SolCall,
        value: U256,
    ) -> Sent {
        self.transact(from, Tx::call(to, call), value).await
    }

    /// Sends plain native.
    pub async fn pay(&self, from: &PrivateKeySigner, to: Address, value: U256) -> Sent {
        self.transact(from, Tx::raw(to, Bytes::new()), value).await
    }

    /// Sends a typed call without value that has to succeed.
    pub async fn must<C: SolCall>(
        &self,
        from: &PrivateKeySigner,
        to: Address,
        call: &C,
    ) -> Receipt {
        self.must_paying(from, to, call, U256::ZERO).await
    }

    /// Sends a typed call with value that has to succeed.
    pub async fn must_paying<C: SolCall>(
        &self,
        from: &PrivateKeySigner,
        to: Address,
        call: &C,
        value: U256,
    ) -> Receipt {
        let sent = self.send_paying(from, to, call, value).await;
        sent.unwrap_or_else(|reverted| panic!("{} of {to} reverted with {reverted}", C::SIGNATURE))
    }

    /// Deploys the mock contract `name`, with its ABI-encoded constructor arguments.
    pub async fn mock(&self, name: &str, arguments: &[u8]) -> Address {
        self.create(artifacts::mock(name, arguments)).await
    }

    /// Deploys the Solidity application `name`, with its ABI-encoded constructor arguments.
    pub async fn application(&self, name: &str, arguments: &[u8]) -> Address {
        let code = Artifacts::locate().solidity(name).unwrap_or_else(|error| panic!("{error}"));
        self.create([&code, arguments].concat()).await
    }

    async fn create(&self, init_code: Vec<u8>) -> Address {
        let sent = self.transact(&self.dev(), Tx::create(init_code), U256::ZERO).await;
        sent.expect("it is created").contract.expect("a creation")
    }

    /// Has the chain, which the dev account owns, keep a program initialised.
    pub async fn cache(&self, program: Address) {
        let cached = deployment::cache(&self.link, &self.dev(), program).await;
        cached.unwrap_or_else(|error| panic!("{error}"));
    }

    /// Runs a transaction on the latest block without sending it.
    pub async fn simulate(&self, from: Address, tx: Tx, value: U256) -> Simulated {
        let simulated =
            self.link.dry_run("call", from, &tx.value(value).gas_limit(GAS_LIMIT)).await;
        simulated.unwrap_or_else(|error| panic!("{error}")).map_err(|revert| revert.0)
    }

    /// Result of a call that changes nothing and has to succeed.
    pub async fn view<C: SolCall>(&self, to: Address, call: &C) -> C::Return {
        self.link.call(to, call).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Time of the latest block, unix seconds.
    pub async fn now(&self) -> u64 {
        self.link.timestamp().await.expect("eth_getBlockByNumber")
    }

    /// Makes `time` the time of the latest block, and of all that follow until it is set again.
    ///
    /// On an external chain it can only be waited for, and time goes on.
    pub async fn set_time(&self, time: u64) {
        if self.is_embedded() {
            self.request("evm_setNextBlockTimestamp", json!([time])).await;
            // Whoever sends the next transactions: a second that passes between two of them is none on the chain.
            self.request("anvil_setBlockTimestampInterval", json!([0])).await;
        }
        self.tick().await;
        while !self.is_embedded() && self.now().await < time {
            tokio::time::sleep(Duration::from_millis(500)).await;
            self.tick().await;
        }
    }

    /// A time span that a test can afford to pass: an hour where the clock is set, seconds where it is waited for.
    pub fn a_while(&self) -> u64 {
        if self.is_embedded() { 3_600 } else { 8 }
    }

    /// A block with nothing of interest in it.
    async fn tick(&self) {
        let dev = self.dev();
        self.pay(&dev, dev.address(), U256::ZERO).await.expect("a transfer");
    }

    /// Keeps the state of an embedded chain; [`Self::revert`] goes back to it.
    pub async fn snapshot(&self) -> Value {
        self.request("evm_snapshot", json!([])).await
    }

    /// Goes back to a snapshot of an embedded chain; the snapshot is used up.
    pub async fn revert(&self, snapshot: Value) {
        assert_eq!(
            self.request("evm_revert", json!([snapshot])).await,
            true,
            "the snapshot exists"
        );
        self.request("anvil_removeBlockTimestampInterval", json!([])).await;
    }

    /// A request that only development chains answer.
    pub async fn request(&self, method: &'static str, params: Value) -> Value {
        let answer = self.link.provider().raw_request(method.into(), params).await;
        answer.unwrap_or_else(|error| panic!("{method}: {error}"))
    }
}

impl Receipt {
    /// Wei that the transaction's gas cost its sender.
    pub fn cost(&self) -> U256 {
        U256::from(self.gas_used) * U256::from(self.full.effective_gas_price)
    }

    /// The events `E` that `emitter` emitted, in order.
    pub fn events<E: SolEvent>(&self, emitter: Address) -> Vec<E> {
        let logs = self.logs.iter().filter(|log| log.address == emitter);
        logs.filter_map(|log| E::decode_log_data(&log.data).ok()).collect()
    }
}

impl From<TransactionReceipt> for Receipt {
    fn from(full: TransactionReceipt) -> Self {
        let logs = full.logs().iter();
        let logs = logs
            .map(|log| Log { address: log.inner.address, data: log.inner.data.clone() })
            .collect();
        Self {
            hash: full.transaction_hash,
            gas_used: full.gas_used,
            contract: full.contract_address,
            logs,
            full,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_clock_that_was_set_stands_still_whoever_sends_and_however_late() {
        let chain = Chain::a().await;
        if !chain.is_embedded() {
            return; // Its clock cannot be set.
        }
        let time = GENESIS + 1_000;
        chain.set_time(time).await;
        tokio::time::sleep(Duration::from_millis(2_100)).await;
        // Past `transact`, as services send.
        let tx = || Tx::raw(chain.dev().address(), Bytes::new());
        chain.link().send("a transfer", &chain.dev(), tx()).await.expect("it is sent");
        assert_eq!(chain.now().await, time);
        chain.set_time(time + 1).await;
        chain.link().send("a transfer", &chain.dev(), tx()).await.expect("it is sent");
        assert_eq!(chain.now().await, time + 1);
    }
}
