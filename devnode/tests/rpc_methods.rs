//! Methods that clients of dev chains call: overrides, access lists, simulations, and errors that teach.
#![allow(missing_docs)]

use crate::support::{Chain, chain, chain_with};
use alloy::primitives::{Address, B256, Bytes, U256, address, hex};
use alloy::rpc::types::TransactionRequest;
use devnode::{Config, DEV_ACCOUNT, DEV_ACCOUNTS};
use serde_json::{Value, json};

const SOMEONE: Address = address!("00000000000000000000000000000000000bEEF1");
/// sstore(0, calldataload(0)) when there is calldata, else return sload(0)
const STORE: [u8; 19] = hex!("3615600a575f355f55005b5f545f5260205ff3");
/// Returns the word that an opcode pushes.
const fn returns(opcode: u8) -> [u8; 7] {
    [opcode, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3]
}

async fn ask(chain: &Chain, method: &'static str, params: Value) -> Value {
    chain.request(method, params).await.unwrap_or_else(|error| panic!("{method}: {error}"))
}

async fn refused(chain: &Chain, method: &'static str, params: Value) -> String {
    match chain.request(method, params).await {
        Err(error) => error,
        Ok(answer) => panic!("{method}: {answer}"),
    }
}

fn word(number: u64) -> String {
    B256::from(U256::from(number)).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_may_pretend_another_block() {
    let chain = chain().await;
    let seen = |opcode: u8, block: Value| {
        let chain = &chain;
        async move {
            let code =
                json!({SOMEONE.to_string(): {"code": Bytes::from(returns(opcode).to_vec())}});
            let tx = json!({"to": SOMEONE, "gasPrice": "0x77359400", "from": DEV_ACCOUNT});
            ask(chain, "eth_call", json!([tx, "latest", code, block])).await
        }
    };
    assert_eq!(seen(0x42, json!({"time": "0x64"})).await, word(100));
    assert_eq!(seen(0x48, json!({"baseFeePerGas": "0x7"})).await, word(7));
    assert_eq!(seen(0x41, json!({"feeRecipient": SOMEONE})).await, json!(SOMEONE.into_word()));
    assert_eq!(seen(0x45, json!({"gasLimit": "0x100"})).await, word(256));
    // NUMBER is the parent chain's, which no override changes; the chain's own number is ArbSys's
    let plain = seen(0x43, json!({})).await;
    assert_eq!(seen(0x43, json!({"number": "0x64"})).await, plain);
    let arb_block_number = json!({"to": crate::support::ARB_SYS, "data": "0xa3b1b31d"});
    let params = json!([arb_block_number, "latest", {}, {"number": "0x64"}]);
    assert_eq!(ask(&chain, "eth_call", params).await, word(100));
    let params = json!([arb_block_number, "latest", {}, {"blockHash": {"1": B256::ZERO}}]);
    assert!(refused(&chain, "eth_call", params).await.contains("BLOCKHASH"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_is_named_by_hash_number_or_tag() {
    let chain = chain().await;
    let store = chain.deploy(&STORE).await;
    let write = TransactionRequest::default()
        .to(store)
        .input(Bytes::from(U256::from(7).to_be_bytes_vec()).into());
    let before = ask(&chain, "eth_getBlockByNumber", json!(["latest", false])).await;
    chain.send(write).await;
    let read = |block: Value| {
        let chain = &chain;
        async move { ask(chain, "eth_call", json!([{"to": store}, block])).await }
    };
    assert_eq!(read(json!("latest")).await, word(7));
    for named in [
        before["number"].clone(),
        before["hash"].clone(),
        json!({"blockHash": before["hash"]}),
        json!({"blockHash": before["hash"], "requireCanonical": true}),
        json!({"blockNumber": before["number"]}),
        json!("earliest"),
    ] {
        let seen = if named == "earliest" {
            ask(&chain, "eth_getStorageAt", json!([store, "0x0", named])).await
        } else {
            read(named).await
        };
        assert_eq!(seen, word(0));
    }
    let unknown = json!([{"to": store}, {"blockHash": B256::repeat_byte(9)}]);
    assert!(refused(&chain, "eth_call", unknown).await.contains("not found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_list_names_what_a_call_touches() {
    let chain = chain().await;
    let other = address!("00000000000000000000000000000000000bEEF2");
    // balance(other), sload(5), stop
    let mut code = hex!("73").to_vec();
    code.extend(other);
    code.extend(hex!("31506005545000"));
    let reader = chain.deploy(&code).await;
    let list =
        ask(&chain, "eth_createAccessList", json!([{"to": reader, "from": DEV_ACCOUNT}])).await;
    let entries = json!([
        {"address": other, "storageKeys": []},
        {"address": reader, "storageKeys": [word(5)]},
    ]);
    let mut found = list["accessList"].as_array().unwrap().clone();
    found.sort_by_key(|entry| entry["address"].to_string());
    let mut expected = entries.as_array().unwrap().clone();
    expected.sort_by_key(|entry| entry["address"].to_string());
    assert_eq!(found, expected);
    // with the list, exactly that gas is used by the transaction
    let tx =
        json!([{"from": DEV_ACCOUNTS[0].address, "to": reader, "accessList": list["accessList"]}]);
    let receipt = ask(&chain, "eth_sendTransactionSync", tx).await;
    assert_eq!(receipt["gasUsed"], list["gasUsed"]);
    // a call that touches nothing needs none
    let none = ask(&chain, "eth_createAccessList", json!([{"to": SOMEONE}])).await;
    assert_eq!(none["accessList"], json!([]));
    // a failure is told beside what was touched until then
    let reverter = chain.deploy(&hex!("5f5450600160005260206000fd")).await;
    let failed = ask(&chain, "eth_createAccessList", json!([{"to": reverter}])).await;
    assert!(failed["error"].as_str().unwrap().contains("execution reverted"));
    assert_eq!(failed["accessList"][0]["storageKeys"][0], word(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn simulated_blocks_build_on_each_other_and_leave_nothing() {
    let chain = chain().await;
    let store = chain.deploy(&STORE).await;
    let from = DEV_ACCOUNTS[0].address;
    let write = json!({"from": from, "to": store, "data": word(9)});
    let read = json!({"from": from, "to": store});
    let give = json!({"from": SOMEONE, "to": DEV_ACCOUNT, "value": "0x5"});
    let simulation = json!({
        "blockStateCalls": [
            {"calls": [write, read]},
            {
                "blockOverrides": {"time": "0x7fffffff"},
                "stateOverrides": {SOMEONE.to_string(): {"balance": "0x6"}},
                "calls": [read, give, give],
            },
        ],
    });
    let before = chain.request("eth_getBlockByNumber", json!(["latest", false])).await.unwrap();
    let refusal = refused(&chain, "eth_simulateV1", json!([simulation, "latest"])).await;
    assert!(refusal.contains("-38014") && refusal.contains("insufficient funds"), "{refusal}");
    let mut simulation = simulation;
    simulation["blockStateCalls"][1]["calls"].as_array_mut().unwrap().pop();
    let blocks = ask(&chain, "eth_simulateV1", json!([simulation, "latest"])).await;
    assert_eq!(blocks[0]["calls"][1]["returnData"], word(9));
    assert_eq!(blocks[1]["calls"][0]["returnData"], word(9));
    assert_eq!(blocks[1]["calls"][1]["status"], "0x1");
    assert_eq!(blocks[1]["timestamp"], "0x7fffffff");
    assert_eq!(blocks[1]["parentHash"], blocks[0]["hash"]);
    assert_eq!(blocks[0]["parentHash"], before["hash"]);
    // nothing of it happened
    assert_eq!(ask(&chain, "eth_call", json!([{"to": store}, "latest"])).await, word(0));
    assert_eq!(ask(&chain, "eth_getBlockByNumber", json!(["latest", false])).await, before);
    // a call that fails is told by its own error
    let reverter = chain.deploy(&hex!("60015f5260205ffd")).await;
    let failing = json!({"blockStateCalls": [{"calls": [{"to": reverter}]}]});
    let blocks = ask(&chain, "eth_simulateV1", json!([failing, "latest"])).await;
    assert_eq!(blocks[0]["calls"][0]["error"]["code"], 3);
    assert_eq!(blocks[0]["calls"][0]["error"]["data"], word(1));
    // with validation, nonces count
    let old = json!({"blockStateCalls": [{"calls": [{"from": DEV_ACCOUNT, "to": SOMEONE, "nonce": "0x0"}]}],
        "validation": true});
    assert!(refused(&chain, "eth_simulateV1", json!([old, "latest"])).await.contains("-38010"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_chain_without_tries_has_not_is_refused_with_the_reason() {
    let chain = chain().await;
    let why = refused(&chain, "eth_getProof", json!([SOMEONE, [], "latest"])).await;
    assert!(why.contains("no state trie") && why.contains("eth_getStorageAt"), "{why}");
    let info = ask(&chain, "eth_getAccountInfo", json!([DEV_ACCOUNT, "latest"])).await;
    assert_eq!((&info["nonce"], &info["code"]), (&json!("0x6"), &json!("0x")));
    let header = ask(&chain, "eth_getHeaderByNumber", json!(["latest"])).await;
    assert_eq!(header["number"], "0x0");
    assert_eq!(header.get("transactions"), None);
    assert_eq!(ask(&chain, "eth_getHeaderByHash", json!([header["hash"]])).await, header);
    let history = json!(["0x1", "latest", [50.0, 20.0]]);
    assert!(refused(&chain, "eth_feeHistory", history).await.contains("percentile"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_a_program_that_is_not_activated_tells_how_to_activate_it() {
    let chain = chain().await;
    let program = chain
        .inactive_program(
            r#"(module (memory (export "memory") 0 0)
                (func (export "user_entrypoint") (param i32) (result i32) (i32.const 0)))"#,
        )
        .await;
    let fix = format!("cargo stylus activate --address {program}");
    let why = refused(&chain, "eth_call", json!([{"to": program}, "latest"])).await;
    // Nitro's words come first: cargo-stylus looks for them.
    assert!(why.contains("error code -32000: error ProgramNotActivated()"), "{why}");
    assert!(why.contains(&fix), "{why}");
    assert!(refused(&chain, "eth_estimateGas", json!([{"to": program}])).await.contains(&fix));
    // also through a contract that only sees that its call failed: call it, revert if it failed
    let mut code = hex!("5f5f5f5f5f73").to_vec();
    code.extend(program);
    code.extend(hex!("61fffff115602357005b5f5ffd"));
    let caller = chain.deploy(&code).await;
    let why = refused(&chain, "eth_call", json!([{"to": caller}, "latest"])).await;
    assert!(why.contains("error code 3: execution reverted"), "{why}");
    assert!(why.contains(&fix), "{why}");
    chain.activate(program).await;
    assert_eq!(ask(&chain, "eth_call", json!([{"to": caller}, "latest"])).await, "0x");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_is_named_with_the_value_that_broke_it() {
    let chain = chain().await;
    // return 24,577 bytes of zeros as code
    let create = json!([{"from": DEV_ACCOUNT, "data": "0x6160015ff3"}, "latest"]);
    let why = refused(&chain, "eth_call", create).await;
    assert!(why.contains("max code size exceeded"), "{why}");
    assert!(why.contains("24577") && why.contains("24576"), "{why}");
    let program = chain
        .program(
            r#"(module (memory (export "memory") 0 0)
                (func (export "user_entrypoint") (param i32) (result i32) (loop (br 0)) (i32.const 0)))"#,
        )
        .await;
    let why =
        refused(&chain, "eth_call", json!([{"to": program, "gas": "0x186a0"}, "latest"])).await;
    assert!(why.contains("-32000: out of gas") && why.contains("out of ink, it had"), "{why}");
    let mut data = hex!("58c780c2").to_vec();
    data.extend(program.into_word());
    let poor = json!([{"to": crate::support::ARB_WASM, "data": Bytes::from(data), "gas": "0x186a0"}, "latest"]);
    let why = refused(&chain, "eth_call", poor).await;
    assert!(why.contains("out of gas, it was given"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_alias_is_there() {
    let chain = chain_with(Config::default()).await;
    for (method, params) in [
        ("anvil_snapshot", json!([])),
        ("hardhat_setBalance", json!([SOMEONE, "0x1"])),
        ("hardhat_setNonce", json!([SOMEONE, "0x1"])),
        ("hardhat_setCode", json!([SOMEONE, "0x00"])),
        ("hardhat_setStorageAt", json!([SOMEONE, "0x0", B256::ZERO])),
        ("hardhat_impersonateAccount", json!([SOMEONE])),
        ("hardhat_stopImpersonatingAccount", json!([SOMEONE])),
        ("hardhat_setNextBlockBaseFeePerGas", json!(["0x5f5e100"])),
        ("hardhat_setCoinbase", json!([SOMEONE])),
        ("hardhat_setMinGasPrice", json!(["0x5f5e100"])),
        ("hardhat_setLoggingEnabled", json!([true])),
        ("hardhat_getAutomine", json!([])),
        ("hardhat_dropTransaction", json!([B256::ZERO])),
        ("hardhat_mine", json!(["0x2"])),
        ("hardhat_metadata", json!([])),
        ("hardhat_reset", json!([])),
        ("anvil_dropAllTransactions", json!([])),
        ("anvil_removePoolTransactions", json!([SOMEONE])),
        ("anvil_setERC20Allowance", json!([])),
        ("txpool_inspect", json!([])),
        ("txpool_contentFrom", json!([SOMEONE])),
        ("eth_pendingTransactions", json!([])),
        ("eth_requestAccounts", json!([])),
        ("evm_mine_detailed", json!([{"blocks": 2}])),
        ("anvil_setTime", json!([2_000_000_000u64])),
        ("evm_setBlockTimestampInterval", json!([1])),
        ("eth_fillTransaction", json!([{"from": DEV_ACCOUNT, "to": SOMEONE}])),
        ("eth_sendUnsignedTransaction", json!([{"from": DEV_ACCOUNT, "to": SOMEONE}])),
    ] {
        let answer = chain.request(method, params).await;
        // A method that is there may refuse its parameters; one that is not has a code of its own.
        if let Err(error) = answer {
            assert!(
                method == "anvil_setERC20Allowance" && error.contains("-32602"),
                "{method}: {error}"
            );
        }
    }
}
