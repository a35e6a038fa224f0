//! The chain as a client sees it, EVM contracts only.
#![allow(missing_docs)]

use crate::support::{chain, chain_with};
use alloy::consensus::{SignableTransaction, TxEnvelope, TxLegacy};
use alloy::eips::BlockId;
use alloy::eips::eip7702::Authorization;
use alloy::network::TransactionBuilder7702;
use alloy::primitives::{B256, Bytes, U256, address, hex};
use alloy::providers::Provider;
use alloy::rpc::types::{Filter, TransactionRequest};
use alloy::signers::SignerSync;
use alloy::signers::local::PrivateKeySigner;
use devnode::{Config, L1BlockNumber};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_arrives_and_costs_21000_gas() {
    let chain = chain().await;
    let to = address!("00000000000000000000000000000000000bEEF1");
    let receipt = chain.send(TransactionRequest::default().to(to).value(U256::from(7))).await;
    assert!(receipt.status());
    assert_eq!(receipt.gas_used, 21_000);
    assert_eq!(receipt.transaction_index, Some(1));
    assert_eq!(receipt.effective_gas_price, 100_000_000);
    assert_eq!(chain.rpc.get_balance(to).await.unwrap(), U256::from(7));
    let spent = U256::from(10).pow(U256::from(21))
        - chain.rpc.get_balance(devnode::DEV_ACCOUNT).await.unwrap();
    assert_eq!(spent, U256::from(7 + 21_000 * 100_000_000u64));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_contract_of_the_dev_account_is_where_nitro_puts_it() {
    let chain = chain().await;
    let first = chain.deploy(&hex!("00")).await;
    assert_eq!(first, address!("525c2aBA45F66987217323E8a05EA400C65D06DC"));
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_start_with_the_internal_transaction() {
    let chain = chain().await;
    chain.send(TransactionRequest::default().to(devnode::DEV_ACCOUNT)).await;
    let block = chain.request("eth_getBlockByNumber", json!(["0x1", true])).await.unwrap();
    let transactions = block["transactions"].as_array().unwrap();
    assert_eq!(transactions.len(), 2);
    assert_eq!(transactions[0]["type"], "0x6a");
    assert_eq!(transactions[0]["to"], "0x00000000000000000000000000000000000a4b05");
    assert!(transactions[0]["input"].as_str().unwrap().starts_with("0x6bf6a42d"));
    assert_eq!(transactions[1]["transactionIndex"], "0x1");
    assert_eq!(block["gasLimit"], "0x4000000000000");
    assert_eq!(block["difficulty"], "0x1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revert_has_code_3_and_its_data() {
    let chain = chain().await;
    // revert(0, 32) of the word 1
    let reverter = chain.deploy(&hex!("60015f5260205ffd")).await;
    let error = chain.request("eth_call", json!([{"to": reverter}, "pending"])).await.unwrap_err();
    assert!(error.contains("error code 3: execution reverted"), "{error}");
    assert!(error.contains(&format!("{:064x}", 1)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_see_the_state_of_the_block_they_name() {
    let chain = chain().await;
    // sstore(0, calldataload(0)) when there is calldata, else return sload(0)
    let store = chain.deploy(&hex!("3615600a575f355f55005b5f545f5260205ff3")).await;
    let write = |value: u64| {
        let word = U256::from(value).to_be_bytes_vec();
        TransactionRequest::default().to(store).input(alloy::primitives::Bytes::from(word).into())
    };
    let first = chain.send(write(1)).await.block_number.unwrap();
    chain.send(write(2)).await;
    let read = |block: u64| {
        let tx = TransactionRequest::default().to(store);
        let rpc = chain.rpc.clone();
        async move { U256::from_be_slice(&rpc.call(tx).block(block.into()).await.unwrap()) }
    };
    assert_eq!(read(first - 1).await, U256::ZERO);
    assert_eq!(read(first).await, U256::from(1));
    assert_eq!(read(first + 1).await, U256::from(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_brings_everything_back() {
    let chain = chain().await;
    let to = address!("00000000000000000000000000000000000bEEF1");
    let snapshot = chain.request("evm_snapshot", json!([])).await.unwrap();
    let before = chain.rpc.get_block_number().await.unwrap();
    let receipt = chain.send(TransactionRequest::default().to(to).value(U256::from(7))).await;
    assert_eq!(chain.request("evm_revert", json!([snapshot])).await.unwrap(), json!(true));
    assert_eq!(chain.rpc.get_balance(to).await.unwrap(), U256::ZERO);
    assert_eq!(chain.rpc.get_block_number().await.unwrap(), before);
    assert!(chain.rpc.get_transaction_receipt(receipt.transaction_hash).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_transaction_is_refused_in_geths_words() {
    let chain = chain().await;
    let tx = TransactionRequest::default().to(devnode::DEV_ACCOUNT).nonce(0);
    let error = chain.rpc.send_transaction(tx).await.unwrap_err().to_string();
    assert!(error.contains("nonce too low"), "{error}");
    let error = chain.request("eth_sendRawTransaction", json!(["0x1234"])).await.unwrap_err();
    assert!(error.contains("-32000"), "{error}");
    chain.send(TransactionRequest::default().to(devnode::DEV_ACCOUNT)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn time_is_set_not_slept_for() {
    let chain = chain().await;
    let now = chain.rpc.get_block(BlockId::latest()).await.unwrap().unwrap().header.timestamp;
    chain.request("evm_setNextBlockTimestamp", json!([now + 1_000])).await.unwrap();
    let receipt = chain.send(TransactionRequest::default().to(devnode::DEV_ACCOUNT)).await;
    let at = |number: u64| {
        let rpc = chain.rpc.clone();
        async move { rpc.get_block(number.into()).await.unwrap().unwrap().header.timestamp }
    };
    let number = receipt.block_number.unwrap();
    assert_eq!(at(number).await, now + 1_000);
    // The clock runs on from there, and increaseTime adds to it.
    chain.request("evm_increaseTime", json!([500])).await.unwrap();
    chain.request("evm_mine", json!([])).await.unwrap();
    assert!((now + 1_500..now + 1_600).contains(&at(number + 1).await));
    assert!(chain.request("evm_setNextBlockTimestamp", json!([now])).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_parent_chains_number_moves_with_time() {
    let config =
        Config { l1_block_number: L1BlockNumber::FromTime { start: 100 }, ..Config::default() };
    let chain = chain_with(config).await;
    let number = |block: serde_json::Value| {
        u64::from_str_radix(&block["l1BlockNumber"].as_str().unwrap()[2..], 16).unwrap()
    };
    let genesis =
        number(chain.request("eth_getBlockByNumber", json!(["0x0", false])).await.unwrap());
    assert_eq!(genesis, 100);
    chain.request("evm_increaseTime", json!([120])).await.unwrap();
    chain.request("evm_mine", json!([])).await.unwrap();
    let later =
        number(chain.request("eth_getBlockByNumber", json!(["latest", false])).await.unwrap());
    assert!((110..112).contains(&later), "{later}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_may_imitate_nitro_without_a_parent() {
    let chain =
        chain_with(Config { l1_block_number: L1BlockNumber::Fixed(0), ..Config::default() }).await;
    // return(number)
    let contract = chain.deploy(&hex!("435f5260205ff3")).await;
    assert_eq!(chain.call(contract, vec![]).await.unwrap(), B256::ZERO);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_with_a_future_nonce_waits_for_the_ones_before() {
    let chain = chain().await;
    let transfer = |nonce| {
        TransactionRequest::default().to(devnode::DEV_ACCOUNT).nonce(nonce).gas_limit(21_000)
    };
    let nonce = chain.rpc.get_transaction_count(devnode::DEV_ACCOUNT).await.unwrap();
    assert_eq!(nonce, 6);
    let second = chain.rpc.send_transaction(transfer(7)).await.unwrap();
    let hash = *second.tx_hash();
    assert!(chain.rpc.get_transaction_receipt(hash).await.unwrap().is_none());
    let waiting = chain.rpc.get_transaction_by_hash(hash).await.unwrap().unwrap();
    assert_eq!(waiting.block_number, None);
    chain.send(transfer(6)).await;
    assert!(chain.rpc.get_transaction_receipt(hash).await.unwrap().unwrap().status());
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_are_found_by_query_filter_and_subscription() {
    let chain = chain().await;
    // log1 of nothing with topic = calldataload(0)
    let logger = chain.deploy(&hex!("5f355f5fa1")).await;
    let filter = chain.request("eth_newFilter", json!([{"address": logger}])).await.unwrap();
    let (mut ws, _) = tokio_tungstenite::connect_async(chain.node.ws_url()).await.unwrap();
    let mut subscriptions = Vec::new();
    for params in [json!(["newHeads"]), json!(["logs", {"address": logger}])] {
        let call = json!({"jsonrpc": "2.0", "id": 1, "method": "eth_subscribe", "params": params});
        ws.send(Message::text(call.to_string())).await.unwrap();
        let answer: Value =
            serde_json::from_str(ws.next().await.unwrap().unwrap().to_text().unwrap()).unwrap();
        let id = answer["result"].as_str().unwrap();
        assert!(id.starts_with("0x"), "{id} is no hex text");
        subscriptions.push(answer["result"].clone());
    }
    let topic = B256::repeat_byte(7);
    let tx = TransactionRequest::default().to(logger).input(Bytes::from(topic.to_vec()).into());
    let receipt = chain.send(tx).await;
    let found = chain.rpc.get_logs(&Filter::new().event_signature(topic)).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].transaction_hash, Some(receipt.transaction_hash));
    assert!(
        chain.rpc.get_logs(&Filter::new().event_signature(B256::ZERO)).await.unwrap().is_empty()
    );
    let mut notices = Vec::new();
    for _ in &subscriptions {
        let notice: Value =
            serde_json::from_str(ws.next().await.unwrap().unwrap().to_text().unwrap()).unwrap();
        notices.push(notice["params"].clone());
    }
    let notice = |subscription: &Value| {
        notices.iter().find(|notice| notice["subscription"] == *subscription).unwrap()["result"]
            .clone()
    };
    let number = format!("0x{:x}", receipt.block_number.unwrap());
    assert_eq!(notice(&subscriptions[0])["number"], json!(number));
    assert_eq!(notice(&subscriptions[1])["topics"][0], json!(topic));
    let changes = chain.request("eth_getFilterChanges", json!([filter])).await.unwrap();
    assert_eq!(changes.as_array().unwrap().len(), 1);
    let changes = chain.request("eth_getFilterChanges", json!([filter])).await.unwrap();
    assert!(changes.as_array().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_as_one_sets_them() {
    let chain = chain().await;
    let who = address!("00000000000000000000000000000000000bEEF1");
    chain.request("anvil_setBalance", json!([who, "0xde0b6b3a7640000"])).await.unwrap();
    chain.request("anvil_setNonce", json!([who, "0x5"])).await.unwrap();
    assert_eq!(chain.rpc.get_transaction_count(who).await.unwrap(), 5);
    let tx = json!([{"from": who, "to": devnode::DEV_ACCOUNT, "value": "0x1"}]);
    let refused = chain.request("eth_sendTransaction", tx.clone()).await.unwrap_err();
    assert!(refused.contains("anvil_impersonateAccount"), "{refused}");
    chain.request("anvil_impersonateAccount", json!([who])).await.unwrap();
    let hash: B256 =
        serde_json::from_value(chain.request("eth_sendTransaction", tx).await.unwrap()).unwrap();
    let receipt = chain.rpc.get_transaction_receipt(hash).await.unwrap().unwrap();
    assert_eq!((receipt.status(), receipt.from), (true, who));
    assert_eq!(chain.rpc.get_transaction_count(who).await.unwrap(), 6);
    // return(sload(1))
    chain.request("anvil_setCode", json!([who, "0x6001545f5260205ff3"])).await.unwrap();
    chain.request("anvil_setStorageAt", json!([who, "0x1", B256::repeat_byte(3)])).await.unwrap();
    assert_eq!(chain.call(who, vec![]).await.unwrap(), B256::repeat_byte(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unprotected_transaction_is_accepted() {
    let chain = chain().await;
    let signer = PrivateKeySigner::from_bytes(&devnode::DEV_ACCOUNTS[0].private_key).unwrap();
    let tx = TxLegacy {
        chain_id: None,
        gas_price: 100_000_000,
        gas_limit: 21_000,
        to: devnode::DEV_ACCOUNT.into(),
        ..Default::default()
    };
    let signature = signer.sign_hash_sync(&tx.signature_hash()).unwrap();
    let envelope = TxEnvelope::from(tx.into_signed(signature));
    let receipt = chain.rpc.send_tx_envelope(envelope).await.unwrap().get_receipt().await.unwrap();
    assert_eq!((receipt.status(), receipt.from), (true, devnode::DEV_ACCOUNTS[0].address));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delegated_account_runs_the_code_it_names() {
    let chain = chain().await;
    // return(address)
    let code = chain.deploy(&hex!("305f5260205ff3")).await;
    let signer = PrivateKeySigner::from_bytes(&devnode::DEV_ACCOUNTS[1].private_key).unwrap();
    let authorization = Authorization { chain_id: U256::from(412_346), address: code, nonce: 0 };
    let signature = signer.sign_hash_sync(&authorization.signature_hash()).unwrap();
    let tx = TransactionRequest::default()
        .to(devnode::DEV_ACCOUNT)
        .with_authorization_list(vec![authorization.into_signed(signature)]);
    assert!(chain.send(tx).await.status());
    let account = devnode::DEV_ACCOUNTS[1].address;
    assert_eq!(chain.call(account, vec![]).await.unwrap(), account.into_word());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_answered_whole() {
    let chain = chain().await;
    let mut batch = alloy::rpc::client::BatchRequest::new(chain.rpc.client());
    let id = batch.add_call::<_, String>("eth_chainId", &()).unwrap();
    let version = batch.add_call::<_, String>("net_version", &()).unwrap();
    batch.send().await.unwrap();
    assert_eq!(id.await.unwrap(), "0x64aba");
    assert_eq!(version.await.unwrap(), "412346");
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_refused_and_the_chain_goes_on() {
    let chain = chain().await;
    for (method, params) in [
        ("eth_call", json!([])),
        ("eth_call", json!(["x"])),
        ("eth_getBalance", json!(["0x12"])),
        ("eth_getBlockByNumber", json!([{"a": 1}])),
        ("eth_sendRawTransaction", json!(["0xzz"])),
        ("evm_revert", json!(["later"])),
        ("eth_getBalance", json!([devnode::DEV_ACCOUNT, "0xffffff"])),
        ("no_such_method", json!([])),
    ] {
        assert!(chain.request(method, params).await.is_err(), "{method}");
    }
    assert_eq!(chain.rpc.get_block_number().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_chains_live_in_one_process() {
    let (first, second) =
        (chain().await, chain_with(Config { chain_id: 412_347, ..Config::default() }).await);
    first.send(TransactionRequest::default().to(devnode::DEV_ACCOUNT)).await;
    assert_eq!(first.rpc.get_block_number().await.unwrap(), 1);
    assert_eq!(second.rpc.get_block_number().await.unwrap(), 0);
    assert_eq!(second.rpc.get_chain_id().await.unwrap(), 412_347);
}
