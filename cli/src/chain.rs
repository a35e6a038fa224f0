//! A chain as its users meet it: calls and signed transactions over JSON-RPC, every failure named and decoded.

mod error;
mod tx;

use std::time::Duration;

use alloy::eips::{BlockId, Encodable2718};
use alloy::network::{EthereumWallet, NetworkTransactionBuilder, TransactionBuilder};
use alloy::primitives::{Address, Bytes, U256};
use alloy::providers::{DynProvider, Provider, ProviderBuilder};
use alloy::rpc::types::{Filter, Log, TransactionReceipt};
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{SolCall, SolEvent};
use alloy::transports::{RpcError, TransportError};
use interfaces::ChainId;

use crate::revert::Revert;

pub use error::ChainError;
pub use tx::{Observer, Sent, Tx};

/// How long a transaction may take to be mined before we stop waiting.
const RECEIPT_TIMEOUT: Duration = Duration::from_secs(60);
/// Between two questions for a receipt; instant-mining nodes answer the first.
const RECEIPT_POLL: Duration = Duration::from_millis(20);
/// Most blocks asked for in one `eth_getLogs`; the limit of the official agents. messaging.md 4.4
const LOG_CHUNK: u64 = 1999;
/// How many times the price of gas a transaction may cost, so that the base fee may rise until it is mined.
pub const FEE_ROOM: u128 = 2;
/// Gas of a transaction that is meant to be refused: enough for any step of ours, so that it fails for its own reason.
const REFUSED_GAS: u64 = 8_000_000;

/// A chain behind a JSON-RPC endpoint. Cheap to clone.
#[derive(Clone)]
pub struct Chain {
    name: String,
    id: ChainId,
    provider: DynProvider,
    observer: Option<Observer>,
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chain")
            .field("name", &self.name)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Chain {
    /// Asks the endpoint for its chain id.
    ///
    /// - `name`: how reports and errors call the chain.
    pub async fn connect(name: &str, url: &str) -> Result<Self, ChainError> {
        let failed = |source| ChainError::Rpc {
            chain: name.to_owned(),
            what: format!("connect to {url}"),
            source,
        };
        let provider = ProviderBuilder::new()
            .disable_recommended_fillers()
            .connect(url)
            .await
            .map_err(failed)?
            .erased();
        let id = ChainId(provider.get_chain_id().await.map_err(failed)?);
        Ok(Self { name: name.to_owned(), id, provider, observer: None })
    }

    /// The same chain, telling `observer` of every transaction mined from now on.
    pub fn observed(self, observer: Observer) -> Self {
        Self { observer: Some(observer), ..self }
    }

    /// How reports and errors call the chain.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The EVM chain id.
    pub fn id(&self) -> ChainId {
        self.id
    }

    /// For requests that have no method here.
    pub fn provider(&self) -> &DynProvider {
        &self.provider
    }

    /// Calls a function of a contract in the latest state.
    pub async fn call<C: SolCall>(&self, to: Address, call: &C) -> Result<C::Return, ChainError> {
        self.call_at(BlockId::latest(), Address::ZERO, to, call).await
    }

    /// Calls a function in the state after `block`, as `from`.
    /// # Errors
    /// `Reverted`; `BadAnswer`, also when there is no contract at `to`.
    pub async fn call_at<C: SolCall>(
        &self,
        block: BlockId,
        from: Address,
        to: Address,
        call: &C,
    ) -> Result<C::Return, ChainError> {
        let what = C::SIGNATURE;
        let request = Tx::call(to, call).request(from);
        let answer = self.provider.call(request).block(block).await;
        let answer = answer.map_err(|error| self.failure(what, error))?;
        C::abi_decode_returns(&answer).map_err(|_| ChainError::BadAnswer {
            chain: self.name.clone(),
            what: what.to_owned(),
            address: to,
            answer,
        })
    }

    /// Runs `tx` as `from` in the latest state without sending it.
    ///
    /// The outer error is a failure to ask; the inner one is the contract's refusal.
    pub async fn dry_run(
        &self,
        what: &str,
        from: Address,
        tx: &Tx,
    ) -> Result<Result<Bytes, Revert>, ChainError> {
        let request = tx.request(from).with_gas_limit(tx.gas_limit.unwrap_or(REFUSED_GAS));
        match self.provider.call(request).block(BlockId::latest()).await {
            Ok(output) => Ok(Ok(output)),
            Err(error) => match self.failure(what, error) {
                ChainError::Reverted { revert, .. } => Ok(Err(revert)),
                other => Err(other),
            },
        }
    }

    /// Signs `tx` by `from`, sends it and waits until it is mined.
    /// # Errors
    /// `Reverted` when the contract refuses, before anything is sent if the estimate shows it.
    pub async fn send(
        &self,
        what: &str,
        from: &PrivateKeySigner,
        tx: Tx,
    ) -> Result<TransactionReceipt, ChainError> {
        let gas_limit = match tx.gas_limit {
            Some(gas_limit) => gas_limit,
            None => self.estimate(what, from.address(), &tx).await?,
        };
        let receipt = self.mine(what, from, &tx, gas_limit).await?;
        if !receipt.status() {
            // The estimate passed and the transaction did not: the state changed in between, ask the new one.
            let tx = tx.gas_limit(gas_limit);
            let revert = match self.dry_run(what, from.address(), &tx).await? {
                Err(revert) => revert,
                Ok(_) => Revert(Bytes::new()),
            };
            let (chain, what) = (self.name.clone(), what.to_owned());
            return Err(ChainError::Reverted { chain, what, revert });
        }
        self.tell(what, &receipt, tx.creates.or(receipt.contract_address), None);
        Ok(receipt)
    }

    /// Sends a transaction that the chain must refuse, and returns the reason of the refusal.
    ///
    /// It is really sent: it costs its sender gas and stands in a block with status 0.
    /// # Errors
    /// `NotRefused` when it succeeds.
    pub async fn send_refused(
        &self,
        what: &str,
        from: &PrivateKeySigner,
        tx: Tx,
    ) -> Result<Revert, ChainError> {
        let not_refused =
            || ChainError::NotRefused { chain: self.name.clone(), what: what.to_owned() };
        let Err(revert) = self.dry_run(what, from.address(), &tx).await? else {
            return Err(not_refused());
        };
        let receipt = self.mine(what, from, &tx, tx.gas_limit.unwrap_or(REFUSED_GAS)).await?;
        if receipt.status() {
            return Err(not_refused());
        }
        self.tell(what, &receipt, None, Some(revert.clone()));
        Ok(revert)
    }

    /// Native balance.
    pub async fn balance(&self, account: Address) -> Result<U256, ChainError> {
        self.asked("eth_getBalance", self.provider.get_balance(account).await)
    }

    /// Code of an account, empty if it has none.
    pub async fn code(&self, account: Address) -> Result<Bytes, ChainError> {
        self.asked("eth_getCode", self.provider.get_code_at(account).await)
    }

    /// Nonce of the account's next transaction.
    pub async fn next_nonce(&self, account: Address) -> Result<u64, ChainError> {
        let nonce = self.provider.get_transaction_count(account).pending().await;
        self.asked("eth_getTransactionCount", nonce)
    }

    /// How many transactions of the account are in blocks: less than [`Self::next_nonce`] while some are on their way.
    pub async fn mined_nonce(&self, account: Address) -> Result<u64, ChainError> {
        let nonce = self.provider.get_transaction_count(account).latest().await;
        self.asked("eth_getTransactionCount", nonce)
    }

    /// Wei for a unit of gas, now.
    pub async fn gas_price(&self) -> Result<u128, ChainError> {
        self.asked("eth_gasPrice", self.provider.get_gas_price().await)
    }

    /// Number of the latest block, as JSON-RPC counts them.
    pub async fn block_number(&self) -> Result<u64, ChainError> {
        self.asked("eth_blockNumber", self.provider.get_block_number().await)
    }

    /// Timestamp of the latest block, unix seconds.
    pub async fn timestamp(&self) -> Result<u64, ChainError> {
        let block =
            self.asked("eth_getBlockByNumber", self.provider.get_block(BlockId::latest()).await)?;
        // Every chain has a latest block: one that answers null is as good as one that does not answer.
        block.map(|block| block.header.timestamp).ok_or_else(|| ChainError::Rpc {
            chain: self.name.clone(),
            what: "eth_getBlockByNumber".to_owned(),
            source: RpcError::NullResp,
        })
    }

    /// Events `E` of `emitter` in the blocks `from..=to`, oldest first, with the log they were read from.
    pub async fn events<E: SolEvent>(
        &self,
        emitter: Address,
        from: u64,
        to: u64,
    ) -> Result<Vec<(E, Log)>, ChainError> {
        let mut events = Vec::new();
        let mut start = from;
        while start <= to {
            let end = to.min(start.saturating_add(LOG_CHUNK));
            events.extend(self.events_at_once(emitter, start, end).await?);
            start = end.saturating_add(1);
        }
        Ok(events)
    }

    /// The same in one request, which an endpoint may refuse for many blocks.
    pub async fn events_at_once<E: SolEvent>(
        &self,
        emitter: Address,
        from: u64,
        to: u64,
    ) -> Result<Vec<(E, Log)>, ChainError> {
        let filter = Filter::new()
            .address(emitter)
            .event_signature(E::SIGNATURE_HASH)
            .from_block(from)
            .to_block(to);
        let logs = self.asked("eth_getLogs", self.provider.get_logs(&filter).await)?;
        // Same topic, other indexing: not the event that was asked for.
        let events = logs.into_iter().filter_map(|log| {
            let event = E::decode_log_data(log.data()).ok()?;
            Some((event, log))
        });
        Ok(events.collect())
    }

    /// A raw JSON-RPC request, for methods that only development nodes have.
    pub async fn request<R: alloy::rpc::json_rpc::RpcRecv>(
        &self,
        method: &'static str,
        params: impl alloy::rpc::json_rpc::RpcSend,
    ) -> Result<R, ChainError> {
        self.asked(method, self.provider.raw_request(method.into(), params).await)
    }

    /// Gas limit for a transaction: the node's estimate and a fifth.
    /// # Errors
    /// `Reverted` when the contract would refuse.
    pub async fn estimate(&self, what: &str, from: Address, tx: &Tx) -> Result<u64, ChainError> {
        let estimate = self.provider.estimate_gas(tx.request(from)).await;
        let estimate = estimate.map_err(|error| self.failure(what, error))?;
        // The state may move between estimate and block; what is not used is not paid.
        Ok(estimate.saturating_add(estimate / 5))
    }

    async fn mine(
        &self,
        what: &str,
        from: &PrivateKeySigner,
        tx: &Tx,
        gas_limit: u64,
    ) -> Result<TransactionReceipt, ChainError> {
        let failed = |error| self.failure(what, error);
        let gas_price = self.gas_price().await?;
        let nonce = match tx.nonce {
            Some(nonce) => nonce,
            None => self.next_nonce(from.address()).await?,
        };
        let signed = tx
            .request(from.address())
            .with_chain_id(self.id.0)
            .with_nonce(nonce)
            .with_gas_limit(gas_limit)
            // The difference is not paid. Tips buy nothing on Arbitrum.
            .with_max_fee_per_gas(gas_price.saturating_mul(FEE_ROOM))
            .with_max_priority_fee_per_gas(0)
            .build(&EthereumWallet::from(from.clone()))
            .await
            .map_err(|reason| ChainError::Unsignable {
                chain: self.name.clone(),
                what: what.to_owned(),
                reason: reason.to_string(),
            })?;
        let pending = self.provider.send_raw_transaction(&signed.encoded_2718()).await;
        let transaction = *pending.map_err(failed)?.tx_hash();

        let mined = async {
            loop {
                let receipt = self.provider.get_transaction_receipt(transaction).await;
                match receipt.map_err(failed)? {
                    Some(receipt) => return Ok(receipt),
                    None => tokio::time::sleep(RECEIPT_POLL).await,
                }
            }
        };
        tokio::time::timeout(RECEIPT_TIMEOUT, mined).await.unwrap_or_else(|_| {
            let (chain, what) = (self.name.clone(), what.to_owned());
            Err(ChainError::NotMined { chain, what, transaction })
        })
    }

    fn tell(
        &self,
        what: &str,
        receipt: &TransactionReceipt,
        created: Option<Address>,
        refused: Option<Revert>,
    ) {
        let Some(observer) = &self.observer else { return };
        observer(&Sent {
            chain: self.name.clone(),
            what: what.to_owned(),
            transaction: receipt.transaction_hash,
            gas_used: receipt.gas_used,
            created,
            refused,
        });
    }

    fn asked<T>(&self, method: &str, answer: Result<T, TransportError>) -> Result<T, ChainError> {
        answer.map_err(|error| self.failure(method, error))
    }

    /// A revert is the contract's answer; everything else is the node's.
    fn failure(&self, what: &str, error: TransportError) -> ChainError {
        let (chain, what) = (self.name.clone(), what.to_owned());
        let Some(payload) = error.as_error_resp() else {
            return ChainError::Rpc { chain, what, source: error };
        };
        match payload.as_revert_data() {
            Some(data) => ChainError::Reverted { chain, what, revert: Revert(data) },
            // geth and Nitro send an empty revert without data.
            None if payload.message.starts_with("execution reverted") => {
                ChainError::Reverted { chain, what, revert: Revert(Bytes::new()) }
            }
            None => ChainError::Rpc { chain, what, source: error },
        }
    }
}
