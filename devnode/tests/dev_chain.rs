//! What people use a dev chain for: mining modes, reorganisations, tags, a pool, accounts that the node signs for.
#![allow(missing_docs)]

use crate::support::{Chain, chain, chain_with};
use alloy::eips::BlockNumberOrTag;
use alloy::primitives::{Address, B256, Bytes, Signature, U256, address, hex, keccak256};
use alloy::providers::Provider;
use alloy::rpc::types::TransactionRequest;
use devnode::{Config, DEV_ACCOUNT, DEV_ACCOUNTS, Mining, Node, StartError};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

const SOMEONE: Address = address!("00000000000000000000000000000000000bEEF1");
/// log1 of nothing with topic = calldataload(0)
const LOGGER: [u8; 5] = hex!("5f355f5fa1");

async fn manual() -> Chain {
    chain_with(Config { mining: Mining::Manual, ..Config::default() }).await
}

async fn ask(chain: &Chain, method: &'static str, params: Value) -> Value {
    chain.request(method, params).await.unwrap_or_else(|error| panic!("{method}: {error}"))
}

/// Sends one wei from a dev account; the transaction's hash.
async fn pay(chain: &Chain, from: Address, to: Address) -> Value {
    let tx = json!({"from": from, "to": to, "value": "0x1", "gas": "0x5208"});
    ask(chain, "eth_sendTransaction", json!([tx])).await
}

async fn hash_of(chain: &Chain, tag: &str) -> Value {
    ask(chain, "eth_getBlockByNumber", json!([tag, false])).await["hash"].clone()
}

async fn number_of(chain: &Chain, tag: BlockNumberOrTag) -> u64 {
    chain.rpc.get_block(tag.into()).await.unwrap().unwrap().header.number
}

#[tokio::test(flavor = "multi_thread")]
async fn by_request_blocks_include_what_waits_in_order_of_arrival() {
    let chain = manual().await;
    let [first, second] = [DEV_ACCOUNTS[0].address, DEV_ACCOUNTS[1].address];
    let sent = [
        pay(&chain, first, SOMEONE).await,
        pay(&chain, second, SOMEONE).await,
        pay(&chain, first, SOMEONE).await,
    ];
    assert_eq!(chain.rpc.get_block_number().await.unwrap(), 0);
    assert_eq!(
        ask(&chain, "eth_getTransactionReceipt", json!([sent[0]])).await,
        Value::Null,
        "nothing is included before its block"
    );
    ask(&chain, "evm_mine", json!([])).await;
    let block = ask(&chain, "eth_getBlockByNumber", json!(["latest", false])).await;
    assert_eq!(block["number"], "0x1");
    assert_eq!(block["transactions"].as_array().unwrap()[1..], sent);
    assert_eq!(chain.rpc.get_balance(SOMEONE).await.unwrap(), U256::from(3));
    // gas of the block adds up
    let receipt = ask(&chain, "eth_getTransactionReceipt", json!([sent[2]])).await;
    assert_eq!(receipt["cumulativeGasUsed"], format!("0x{:x}", 3 * 21_000));
    assert_eq!(receipt["transactionIndex"], "0x3");
    // and the next one is empty
    ask(&chain, "anvil_mine", json!(["0x1"])).await;
    let block = ask(&chain, "eth_getBlockByNumber", json!(["latest", false])).await;
    assert_eq!(block["transactions"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn pending_shows_the_world_after_what_waits() {
    let chain = manual().await;
    let from = DEV_ACCOUNTS[0].address;
    pay(&chain, from, SOMEONE).await;
    let hash = pay(&chain, from, SOMEONE).await;
    let pending = |method| {
        let chain = &chain;
        async move { ask(chain, method, json!([SOMEONE, "pending"])).await }
    };
    assert_eq!(pending("eth_getBalance").await, "0x2");
    assert_eq!(chain.rpc.get_balance(SOMEONE).await.unwrap(), U256::ZERO);
    assert_eq!(ask(&chain, "eth_getTransactionCount", json!([from, "pending"])).await, "0x2");
    assert_eq!(ask(&chain, "eth_getTransactionCount", json!([from, "latest"])).await, "0x0");
    let block = ask(&chain, "eth_getBlockByNumber", json!(["pending", false])).await;
    assert_eq!(block["number"], "0x1");
    assert_eq!(block["transactions"][2], hash);
    assert_eq!(ask(&chain, "txpool_status", json!([])).await["pending"], "0x2");
    let waiting = ask(&chain, "eth_getTransactionByHash", json!([hash])).await;
    assert_eq!(waiting["blockNumber"], Value::Null);
    // looking changes nothing
    assert_eq!(chain.rpc.get_block_number().await.unwrap(), 0);
    assert_eq!(chain.rpc.get_balance(SOMEONE).await.unwrap(), U256::ZERO);
}

#[tokio::test(flavor = "multi_thread")]
async fn at_intervals_blocks_come_by_themselves() {
    let chain =
        chain_with(Config { mining: Mining::Interval(1.try_into().unwrap()), ..Config::default() })
            .await;
    let from = DEV_ACCOUNTS[0].address;
    let hash = pay(&chain, from, SOMEONE).await;
    // However slow the machine is, some block includes it.
    let receipt = loop {
        let receipt = ask(&chain, "eth_getTransactionReceipt", json!([hash])).await;
        if receipt != Value::Null {
            break receipt;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert_eq!(receipt["status"], "0x1");
    assert_eq!(ask(&chain, "anvil_getIntervalMining", json!([])).await, 1);
    assert_eq!(ask(&chain, "anvil_getAutomine", json!([])).await, false);
    // when the interval is taken away, no block comes
    ask(&chain, "evm_setIntervalMining", json!([0])).await;
    let before = chain.rpc.get_block_number().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1_300)).await;
    assert_eq!(chain.rpc.get_block_number().await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_automining_starts_what_waits_is_included() {
    let chain = chain().await;
    ask(&chain, "evm_setAutomine", json!([false])).await;
    let hash = pay(&chain, DEV_ACCOUNTS[0].address, SOMEONE).await;
    assert_eq!(ask(&chain, "eth_getTransactionReceipt", json!([hash])).await, Value::Null);
    ask(&chain, "evm_setAutomine", json!([true])).await;
    let receipt = ask(&chain, "eth_getTransactionReceipt", json!([hash])).await;
    assert_eq!((&receipt["status"], &receipt["blockNumber"]), (&json!("0x1"), &json!("0x1")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_closes_once_it_has_used_its_gas() {
    let chain = manual().await;
    // jumpdest push0 jump: burns all gas it is given
    let looping = address!("00000000000000000000000000000000000bEEF2");
    ask(&chain, "anvil_setCode", json!([looping, "0x5b5f56"])).await;
    let from = DEV_ACCOUNTS[0].address;
    let gas = format!("0x{:x}", 20_000_000);
    for _ in 0..3 {
        let tx = json!({"from": from, "to": looping, "gas": gas});
        ask(&chain, "eth_sendTransaction", json!([tx])).await;
    }
    ask(&chain, "evm_mine", json!([])).await;
    // 20 M leaves 12 M, so a second one fits, and the third does not: 40 M are more than 32 M.
    let used = |tag: &'static str| {
        let chain = &chain;
        async move { ask(chain, "eth_getBlockByNumber", json!([tag, false])).await["gasUsed"].clone() }
    };
    assert_eq!(used("latest").await, format!("0x{:x}", 40_000_000));
    assert_eq!(ask(&chain, "txpool_status", json!([])).await["pending"], "0x1");
    ask(&chain, "evm_mine", json!([])).await;
    assert_eq!(used("latest").await, gas);
}

#[tokio::test(flavor = "multi_thread")]
async fn before_arbos_50_a_block_takes_nothing_that_might_not_fit() {
    let config = Config { arbos_version: 40, mining: Mining::Manual, ..Config::default() };
    let chain = chain_with(config).await;
    let looping = address!("00000000000000000000000000000000000bEEF2");
    ask(&chain, "anvil_setCode", json!([looping, "0x5b5f56"])).await;
    // The first uses 20 M of 32 M; the second needs next to nothing, but might use 20 M.
    let gas = format!("0x{:x}", 20_000_000);
    for to in [looping, SOMEONE] {
        let tx = json!({"from": DEV_ACCOUNTS[0].address, "to": to, "gas": gas});
        ask(&chain, "eth_sendTransaction", json!([tx])).await;
    }
    ask(&chain, "evm_mine", json!([])).await;
    assert_eq!(ask(&chain, "txpool_status", json!([])).await["pending"], "0x1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_waits_can_be_replaced_and_dropped() {
    let chain = manual().await;
    let from = DEV_ACCOUNTS[0].address;
    let tx = |price: u64| {
        json!([{"from": from, "to": SOMEONE, "gas": "0x5208", "nonce": "0x0",
            "gasPrice": format!("0x{price:x}")}])
    };
    ask(&chain, "eth_sendTransaction", tx(200_000_000)).await;
    let refused = chain.request("eth_sendTransaction", tx(200_000_001)).await.unwrap_err();
    assert!(refused.contains("replacement transaction underpriced"), "{refused}");
    let replacement = ask(&chain, "eth_sendTransaction", tx(220_000_000)).await;
    assert_eq!(ask(&chain, "txpool_status", json!([])).await["pending"], "0x1");
    let content = ask(&chain, "txpool_content", json!([])).await;
    assert_eq!(content["pending"].as_object().unwrap().len(), 1);
    assert_eq!(ask(&chain, "anvil_dropTransaction", json!([replacement])).await, replacement);
    assert_eq!(ask(&chain, "txpool_status", json!([])).await["pending"], "0x0");
    // funds, gas and nonce are looked at before anything waits
    let poor = json!([{"from": from, "to": SOMEONE, "gas": "0x5208", "value": format!("0x1{}", "0".repeat(20))}]);
    let refused = chain.request("eth_sendTransaction", poor).await.unwrap_err();
    assert!(refused.contains("insufficient funds"), "{refused}");
    let gas = json!([{"from": from, "to": SOMEONE, "gas": "0x5207"}]);
    let refused = chain.request("eth_sendTransaction", gas).await.unwrap_err();
    assert!(refused.contains("intrinsic gas too low"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn safe_and_finalized_lag_behind_as_far_as_one_sets() {
    let chain = chain_with(Config { safe_lag: 2, finalized_lag: 5, ..Config::default() }).await;
    assert_eq!(number_of(&chain, BlockNumberOrTag::Finalized).await, 0);
    ask(&chain, "anvil_mine", json!([10])).await;
    assert_eq!(number_of(&chain, BlockNumberOrTag::Latest).await, 10);
    assert_eq!(number_of(&chain, BlockNumberOrTag::Safe).await, 8);
    assert_eq!(number_of(&chain, BlockNumberOrTag::Finalized).await, 5);
    // state is that of those blocks
    pay(&chain, DEV_ACCOUNTS[0].address, SOMEONE).await;
    assert_eq!(ask(&chain, "eth_getBalance", json!([SOMEONE, "safe"])).await, "0x0");
    ask(&chain, "devnode_setFinality", json!([0, 0])).await;
    assert_eq!(ask(&chain, "eth_getBalance", json!([SOMEONE, "finalized"])).await, "0x1");
    assert!(chain.request("devnode_setFinality", json!([3, 2])).await.is_err());
    let wrong = Config { safe_lag: 1, ..Config::default() };
    assert!(matches!(Node::start(wrong).await, Err(StartError::Config(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reorganisation_replaces_blocks_and_loses_their_transactions() {
    let chain = chain().await;
    let from = DEV_ACCOUNTS[0].address;
    let kept = pay(&chain, from, SOMEONE).await;
    let lost = pay(&chain, from, SOMEONE).await;
    ask(&chain, "evm_mine", json!([])).await;
    let before = [hash_of(&chain, "0x1").await, hash_of(&chain, "0x2").await];
    let top = hash_of(&chain, "0x3").await;
    ask(&chain, "anvil_reorg", json!([2, []])).await;
    assert_eq!(chain.rpc.get_block_number().await.unwrap(), 3);
    assert_eq!(hash_of(&chain, "0x1").await, before[0]);
    assert_ne!(hash_of(&chain, "0x2").await, before[1]);
    assert_ne!(hash_of(&chain, "0x3").await, top);
    assert_ne!(ask(&chain, "eth_getTransactionReceipt", json!([kept])).await, Value::Null);
    assert_eq!(ask(&chain, "eth_getTransactionReceipt", json!([lost])).await, Value::Null);
    assert_eq!(ask(&chain, "eth_getTransactionByHash", json!([lost])).await, Value::Null);
    assert_eq!(ask(&chain, "eth_getBlockByHash", json!([top, false])).await, Value::Null);
    assert_eq!(chain.rpc.get_balance(SOMEONE).await.unwrap(), U256::from(1));
    // parents fit
    let block = ask(&chain, "eth_getBlockByNumber", json!(["0x3", false])).await;
    assert_eq!(block["parentHash"], hash_of(&chain, "0x2").await);
    // the same again gives other blocks again, even within the same second
    let second = hash_of(&chain, "0x2").await;
    ask(&chain, "evm_reorg", json!([2])).await;
    assert_ne!(hash_of(&chain, "0x2").await, second);
    // an account may send again what was lost
    let again = pay(&chain, from, SOMEONE).await;
    assert_eq!(again, lost, "the nonce is free again");
    let refused = chain.request("anvil_reorg", json!([9, []])).await.unwrap_err();
    assert!(refused.contains("exceeds the chain's height"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reorganisation_may_bring_its_own_transactions() {
    let chain = chain().await;
    let from = DEV_ACCOUNTS[0].address;
    let lost = pay(&chain, from, SOMEONE).await;
    ask(&chain, "anvil_mine", json!([2])).await;
    let pay = |value: &str| json!({"from": from, "to": SOMEONE, "value": value, "gas": "0x5208"});
    let pairs = json!([[pay("0x10"), 2], [pay("0x100"), 0], [pay("0x1000"), 2]]);
    ask(&chain, "anvil_reorg", json!([3, pairs])).await;
    assert_eq!(ask(&chain, "eth_getTransactionReceipt", json!([lost])).await, Value::Null);
    let count = |number: &'static str| {
        let chain = &chain;
        async move { ask(chain, "eth_getBlockTransactionCountByNumber", json!([number])).await }
    };
    assert_eq!([count("0x1").await, count("0x2").await, count("0x3").await], ["0x2", "0x1", "0x3"]);
    assert_eq!(chain.rpc.get_balance(SOMEONE).await.unwrap(), U256::from(0x1110));
    // a transaction that cannot be included leaves everything as it was
    let top = hash_of(&chain, "latest").await;
    let bad = json!({"from": from, "to": SOMEONE, "nonce": "0x63", "gas": "0x5208"});
    let refused = chain.request("anvil_reorg", json!([1, [[bad, 0]]])).await.unwrap_err();
    assert!(refused.contains("nonce too high"), "{refused}");
    assert_eq!(hash_of(&chain, "latest").await, top);
    assert_eq!(chain.rpc.get_balance(SOMEONE).await.unwrap(), U256::from(0x1110));
    assert!(chain.request("anvil_reorg", json!([1, [[pay("0x1"), 1]]])).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_and_subscriptions_hear_of_logs_that_are_gone() {
    let chain = chain().await;
    let logger = chain.deploy(&LOGGER).await;
    let filter = ask(&chain, "eth_newFilter", json!([{"address": logger}])).await;
    let blocks = ask(&chain, "eth_newBlockFilter", json!([])).await;
    let (mut ws, _) = tokio_tungstenite::connect_async(chain.node.ws_url()).await.unwrap();
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "eth_subscribe",
        "params": ["logs", {"address": logger}]});
    ws.send(Message::text(call.to_string())).await.unwrap();
    ws.next().await.unwrap().unwrap();
    let tx = TransactionRequest::default()
        .to(logger)
        .input(Bytes::from(B256::repeat_byte(7).to_vec()).into());
    chain.send(tx).await;
    ask(&chain, "anvil_mine", json!([1])).await;
    let seen = ask(&chain, "eth_getFilterChanges", json!([filter])).await;
    assert_eq!(seen[0]["removed"], false);
    assert_eq!(
        ask(&chain, "eth_getFilterChanges", json!([blocks])).await.as_array().unwrap().len(),
        2
    );
    // when the block of the log goes
    ask(&chain, "anvil_reorg", json!([2, []])).await;
    // then both hear of it, once, and of the new blocks
    let changes = ask(&chain, "eth_getFilterChanges", json!([filter])).await;
    assert_eq!(changes.as_array().unwrap().len(), 1);
    assert_eq!(changes[0]["removed"], true);
    assert_eq!(changes[0]["blockHash"], seen[0]["blockHash"]);
    let news = ask(&chain, "eth_getFilterChanges", json!([blocks])).await;
    assert_eq!(news, json!([hash_of(&chain, "0x2").await, hash_of(&chain, "0x3").await]));
    assert_eq!(ask(&chain, "eth_getFilterChanges", json!([filter])).await, json!([]));
    assert_eq!(ask(&chain, "eth_getLogs", json!([{"fromBlock": "0x0"}])).await, json!([]));
    for removed in [false, true] {
        let notice: Value =
            serde_json::from_str(ws.next().await.unwrap().unwrap().to_text().unwrap()).unwrap();
        assert_eq!(notice["params"]["result"]["removed"], removed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_never_told_of_is_not_taken_back() {
    let chain = chain().await;
    let logger = chain.deploy(&LOGGER).await;
    let filter = ask(&chain, "eth_newFilter", json!([{"address": logger}])).await;
    chain.send(TransactionRequest::default().to(logger)).await;
    ask(&chain, "anvil_reorg", json!([1, []])).await;
    assert_eq!(ask(&chain, "eth_getFilterChanges", json!([filter])).await, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn snapshots_of_blocks_that_are_gone_are_gone() {
    let chain = chain().await;
    let early = ask(&chain, "evm_snapshot", json!([])).await;
    ask(&chain, "anvil_mine", json!([3])).await;
    let late = ask(&chain, "evm_snapshot", json!([])).await;
    ask(&chain, "anvil_reorg", json!([2, []])).await;
    assert_eq!(ask(&chain, "evm_revert", json!([late])).await, false);
    assert_eq!(ask(&chain, "evm_revert", json!([early])).await, true);
    assert_eq!(chain.rpc.get_block_number().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_takes_blocks_away() {
    let chain = chain().await;
    pay(&chain, DEV_ACCOUNTS[0].address, SOMEONE).await;
    ask(&chain, "anvil_mine", json!([2])).await;
    ask(&chain, "anvil_rollback", json!([3])).await;
    assert_eq!(chain.rpc.get_block_number().await.unwrap(), 0);
    assert_eq!(chain.rpc.get_balance(SOMEONE).await.unwrap(), U256::ZERO);
    assert!(chain.request("anvil_rollback", json!([1])).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_goes_back_to_the_genesis_with_the_settings_there_are() {
    let chain = chain().await;
    let genesis = hash_of(&chain, "0x0").await;
    pay(&chain, DEV_ACCOUNTS[0].address, SOMEONE).await;
    let instance = ask(&chain, "anvil_metadata", json!([])).await["instanceId"].clone();
    assert_eq!(ask(&chain, "anvil_reset", json!([])).await, true);
    assert_eq!(chain.rpc.get_block_number().await.unwrap(), 0);
    assert_eq!(chain.rpc.get_balance(SOMEONE).await.unwrap(), U256::ZERO);
    assert_ne!(ask(&chain, "anvil_metadata", json!([])).await["instanceId"], instance);
    assert_ne!(genesis, Value::Null);
    let forking = json!([{"forking": {"jsonRpcUrl": "http://127.0.0.1:1"}}]);
    assert!(chain.request("anvil_reset", forking).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_signs_for_its_accounts() {
    let chain = chain().await;
    let accounts = ask(&chain, "eth_accounts", json!([])).await;
    assert_eq!(accounts.as_array().unwrap().len(), 11);
    assert_eq!(accounts[0], json!(DEV_ACCOUNT));
    let who = DEV_ACCOUNTS[0].address;
    let recovered = |signature: Value, hash: B256| {
        let signature: Bytes = serde_json::from_value(signature).unwrap();
        Signature::from_raw(&signature).unwrap().recover_address_from_prehash(&hash).unwrap()
    };
    let prefixed = keccak256(b"\x19Ethereum Signed Message:\n2hi");
    let signature = ask(&chain, "eth_sign", json!([who, "0x6869"])).await;
    assert_eq!(recovered(signature.clone(), prefixed), who);
    assert_eq!(ask(&chain, "personal_sign", json!(["0x6869", who])).await, signature);
    // a domain alone: its hash is keccak(0x1901, domain separator)
    let domain = json!({
        "types": {"EIP712Domain": [{"name": "chainId", "type": "uint256"}]},
        "primaryType": "EIP712Domain",
        "domain": {"chainId": 412_346},
        "message": {},
    });
    let separator = keccak256(
        [
            keccak256("EIP712Domain(uint256 chainId)").to_vec(),
            U256::from(412_346).to_be_bytes_vec(),
        ]
        .concat(),
    );
    let hash = keccak256([&[0x19, 1][..], separator.as_slice()].concat());
    let signature = ask(&chain, "eth_signTypedData_v4", json!([who, domain.clone()])).await;
    assert_eq!(recovered(signature.clone(), hash), who);
    let as_text = ask(&chain, "eth_signTypedData_v4", json!([who, domain.to_string()])).await;
    assert_eq!(as_text, signature);
    // a signed transaction is one that the chain accepts
    let tx = json!([{"from": who, "to": SOMEONE, "value": "0x5"}]);
    let signed = ask(&chain, "eth_signTransaction", tx.clone()).await;
    let hash = ask(&chain, "eth_sendRawTransaction", json!([signed["raw"]])).await;
    assert_eq!(hash, signed["tx"]["hash"]);
    assert_eq!(chain.rpc.get_balance(SOMEONE).await.unwrap(), U256::from(5));
    let receipt = ask(&chain, "eth_sendTransactionSync", tx).await;
    assert_eq!(receipt["status"], "0x1");
    let refused = chain.request("eth_sign", json!([SOMEONE, "0x"])).await.unwrap_err();
    assert!(refused.contains("unknown account"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_may_be_impersonated() {
    let chain = chain().await;
    let contract = chain.deploy(&hex!("00")).await;
    ask(&chain, "anvil_addBalance", json!([contract, "0xde0b6b3a7640000"])).await;
    let tx = json!([{"from": contract, "to": SOMEONE, "value": "0x1"}]);
    assert!(chain.request("eth_sendTransaction", tx.clone()).await.is_err());
    ask(&chain, "anvil_autoImpersonateAccount", json!([true])).await;
    let receipt = ask(&chain, "eth_sendTransactionSync", tx.clone()).await;
    assert_eq!((&receipt["status"], &receipt["from"]), (&json!("0x1"), &json!(contract)));
    assert_eq!(ask(&chain, "eth_getTransactionCount", json!([contract, "latest"])).await, "0x2");
    ask(&chain, "anvil_autoImpersonateAccount", json!([false])).await;
    assert!(chain.request("eth_sendTransaction", tx).await.is_err());
    // it pays like everybody
    ask(&chain, "anvil_impersonateAccount", json!([contract])).await;
    ask(&chain, "anvil_setBalance", json!([contract, "0x1"])).await;
    let tx = json!([{"from": contract, "to": SOMEONE, "gas": "0x5208"}]);
    let refused = chain.request("eth_sendTransaction", tx).await.unwrap_err();
    assert!(refused.contains("insufficient funds"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_dealt_by_the_slot_that_the_token_reads() {
    let chain = chain().await;
    // return sload(calldataload(4)): a token whose balances are at the account's own number
    let token = chain.deploy(&hex!("600435545f5260205ff3")).await;
    ask(&chain, "anvil_dealERC20", json!([SOMEONE, token, "0x2a"])).await;
    let mut call = hex!("70a08231").to_vec();
    call.extend(SOMEONE.into_word());
    assert_eq!(chain.call(token, call).await.unwrap(), B256::with_last_byte(0x2a));
    // an account without such a slot is told so
    assert!(chain.request("anvil_dealERC20", json!([SOMEONE, SOMEONE, "0x2a"])).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_block_has_the_price_and_beneficiary_one_sets() {
    let chain = chain().await;
    ask(&chain, "anvil_setNextBlockBaseFeePerGas", json!(["0x77359400"])).await;
    ask(&chain, "anvil_setCoinbase", json!([SOMEONE])).await;
    assert_eq!(ask(&chain, "eth_gasPrice", json!([])).await, "0x77359400");
    ask(&chain, "anvil_mine", json!([2])).await;
    let block = ask(&chain, "eth_getBlockByNumber", json!(["0x1", false])).await;
    assert_eq!(block["baseFeePerGas"], "0x77359400");
    assert_eq!(block["miner"], json!(SOMEONE));
    let block = ask(&chain, "eth_getBlockByNumber", json!(["0x2", false])).await;
    assert_eq!(block["baseFeePerGas"], "0x5f5e100");
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_may_be_a_fixed_time_apart() {
    let chain =
        chain_with(Config { genesis_timestamp: Some(1_000_000), ..Config::default() }).await;
    let time = |number: u64| {
        let rpc = chain.rpc.clone();
        async move { rpc.get_block(number.into()).await.unwrap().unwrap().header.timestamp }
    };
    ask(&chain, "anvil_setBlockTimestampInterval", json!([7])).await;
    ask(&chain, "anvil_mine", json!([2])).await;
    assert_eq!([time(1).await, time(2).await], [1_000_007, 1_000_014]);
    assert_eq!(ask(&chain, "anvil_removeBlockTimestampInterval", json!([])).await, true);
    assert_eq!(ask(&chain, "anvil_removeBlockTimestampInterval", json!([])).await, false);
    // setTime takes milliseconds too
    ask(&chain, "evm_setTime", json!([2_000_000_000_000u64])).await;
    ask(&chain, "evm_mine", json!([])).await;
    assert!((2_000_000_000..2_000_000_600).contains(&time(3).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_set_is_refused_with_the_reason() {
    let chain = chain().await;
    let refused = chain.request("anvil_setChainId", json!([1])).await.unwrap_err();
    assert!(refused.contains("start another chain"), "{refused}");
    ask(&chain, "anvil_setChainId", json!([412_346])).await;
    let refused = chain.request("evm_setBlockGasLimit", json!(["0x1"])).await.unwrap_err();
    assert!(refused.contains("2^50"), "{refused}");
    assert_eq!(ask(&chain, "anvil_nodeInfo", json!([])).await["miningMode"], "instant");
}

/// A directory of its own, removed at the end.
struct Directory(std::path::PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("devnode-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_goes_on_where_it_stopped() {
    let directory = Directory::new("state");
    let file = directory.0.join("chain");
    let config = Config { state: Some(file.clone()), ..Config::default() };
    let first = chain_with(config.clone()).await;
    let program = first
        .program(
            r#"(module (import "vm_hooks" "write_result" (func $w (param i32 i32)))
        (import "vm_hooks" "pay_for_memory_grow" (func (param i32)))
        (memory (export "memory") 1) (data (i32.const 0) "\2a")
        (func (export "user_entrypoint") (param i32) (result i32)
            (call $w (i32.const 0) (i32.const 1)) (i32.const 0)))"#,
        )
        .await;
    let logger = first.deploy(&LOGGER).await;
    let logged = first.send(TransactionRequest::default().to(logger)).await;
    let paid = pay(&first, DEV_ACCOUNTS[0].address, SOMEONE).await;
    ask(&first, "evm_setAutomine", json!([false])).await;
    let waiting = pay(&first, DEV_ACCOUNTS[0].address, SOMEONE).await;
    let questions = [
        ("eth_getBlockByNumber", json!(["latest", true])),
        ("eth_getBlockByNumber", json!(["0x0", true])),
        ("eth_getTransactionReceipt", json!([paid])),
        ("eth_getTransactionReceipt", json!([logged.transaction_hash])),
        ("eth_getLogs", json!([{"fromBlock": "0x0"}])),
        ("eth_getBalance", json!([SOMEONE, "latest"])),
        ("eth_getBalance", json!([SOMEONE, "0x1"])),
        ("eth_getBalance", json!([DEV_ACCOUNT, "0x2"])),
        ("eth_getCode", json!([program, "latest"])),
        ("eth_call", json!([{"to": program}, "latest"])),
        ("eth_getTransactionByHash", json!([waiting])),
    ];
    let mut before = Vec::new();
    for (method, params) in &questions {
        before.push(ask(&first, method, params.clone()).await);
    }
    first.node.stop().await.unwrap();
    let second = chain_with(config).await;
    for ((method, params), before) in questions.iter().zip(before) {
        if *method != "eth_getTransactionByHash" {
            assert_eq!(ask(&second, method, params.clone()).await, before, "{method} {params}");
        }
    }
    // what waited is there, and the next block has the next number and the right parent
    let number = second.rpc.get_block_number().await.unwrap();
    ask(&second, "evm_mine", json!([])).await;
    assert_ne!(ask(&second, "eth_getTransactionReceipt", json!([waiting])).await, Value::Null);
    let block = ask(&second, "eth_getBlockByNumber", json!(["latest", false])).await;
    assert_eq!(block["number"], format!("0x{:x}", number + 1));
    assert_eq!(block["parentHash"], hash_of(&second, &format!("0x{number:x}")).await);
    // and history can be taken back across the stop
    ask(&second, "anvil_reorg", json!([3, []])).await;
    assert_eq!(second.rpc.get_balance(SOMEONE).await.unwrap(), U256::ZERO);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_file_that_is_none_is_refused_and_left_alone() {
    let directory = Directory::new("foreign");
    let file = directory.0.join("chain");
    let config = Config { state: Some(file.clone()), ..Config::default() };
    let refusal = |config: Config| async move {
        match Node::start(config).await {
            Err(error @ StartError::State { .. }) => error.to_string(),
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("started"),
        }
    };
    std::fs::write(&file, "{\"accounts\": {}}").unwrap();
    let why = refusal(config.clone()).await;
    assert!(why.contains("anvil") && why.contains("cannot load"), "{why}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "{\"accounts\": {}}");
    std::fs::remove_file(&file).unwrap();
    // a whole one, cut off
    let node = Node::start(config.clone()).await.unwrap();
    node.stop().await.unwrap();
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() - 1]).unwrap();
    let why = refusal(config.clone()).await;
    assert!(why.contains("damaged") && why.contains("copy"), "{why}");
    // another chain's
    std::fs::write(&file, &whole).unwrap();
    let why = refusal(Config { chain_id: 1, ..config.clone() }).await;
    assert!(why.contains("of chain 412346"), "{why}");
    // nothing is left beside it
    let names: Vec<_> = std::fs::read_dir(&directory.0).unwrap().collect();
    assert_eq!(names.len(), 1);
    // a place that cannot be written to is told when the node stops
    let nowhere = Config { state: Some(directory.0.join("no/chain")), ..Config::default() };
    let node = Node::start(nowhere).await.unwrap();
    assert!(node.stop().await.unwrap_err().to_string().contains("cannot write"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_is_handed_out_and_taken_back_over_rpc() {
    let chain = chain().await;
    pay(&chain, DEV_ACCOUNTS[0].address, SOMEONE).await;
    let dump = ask(&chain, "anvil_dumpState", json!([])).await;
    let top = hash_of(&chain, "latest").await;
    pay(&chain, DEV_ACCOUNTS[0].address, SOMEONE).await;
    assert_eq!(ask(&chain, "anvil_loadState", json!([dump])).await, true);
    assert_eq!(hash_of(&chain, "latest").await, top);
    assert_eq!(chain.rpc.get_balance(SOMEONE).await.unwrap(), U256::from(1));
    let refused = chain.request("anvil_loadState", json!(["0x1f8b08"])).await.unwrap_err();
    assert!(refused.contains("no state of this node"), "{refused}");
    assert_eq!(hash_of(&chain, "latest").await, top);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_genesis_file_sets_accounts() {
    let json = json!({
        "config": {"chainId": 7},
        "alloc": {
            SOMEONE.to_string(): {
                "balance": "0x64", "nonce": "5", "code": "0x6001545f5260205ff3",
                "storage": {B256::with_last_byte(1).to_string(): "0x2a"},
            },
        },
    });
    let genesis = devnode::Genesis::parse(&json.to_string()).unwrap();
    let config = Config {
        chain_id: genesis.chain_id.unwrap(),
        alloc: genesis.alloc.clone(),
        ..Config::default()
    };
    let chain = chain_with(config.clone()).await;
    assert_eq!(chain.rpc.get_chain_id().await.unwrap(), 7);
    assert_eq!(chain.rpc.get_balance(SOMEONE).await.unwrap(), U256::from(100));
    assert_eq!(chain.rpc.get_transaction_count(SOMEONE).await.unwrap(), 5);
    assert_eq!(chain.call(SOMEONE, vec![]).await.unwrap(), B256::with_last_byte(0x2a));
    // ArbOS's own accounts are not to be set
    let mut alloc = genesis.alloc;
    alloc[0].address = crate::support::ARB_SYS;
    let refused = Node::start(Config { alloc, ..config }).await.err().unwrap().to_string();
    assert!(refused.contains("ArbOS"), "{refused}");
}
