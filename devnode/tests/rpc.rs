//! The chain as a client sees it, EVM contracts only.
#![allow(missing_docs)]

mod support;

use alloy::network::TransactionBuilder;
use alloy::primitives::{U256, address, hex};
use alloy::providers::Provider;
use alloy::rpc::types::TransactionRequest;
use serde_json::json;
use support::chain;

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
    let spent = U256::from(10).pow(U256::from(21)) - chain.rpc.get_balance(devnode::DEV_ACCOUNT).await.unwrap();
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
    let error = chain
        .request("eth_call", json!([{"to": reverter}, "pending"]))
        .await
        .unwrap_err();
    assert!(error.contains("error code 3: execution reverted"), "{error}");
    assert!(error.contains(&format!("{:064x}", 1)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_see_the_state_of_the_block_they_name() {
    let chain = chain().await;
    // sstore(0, calldataload(0)) when there is calldata, else return sload(0)
    let store = chain.deploy(&hex!("3615600b575f355f55005b5f545f5260205ff3")).await;
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
