//! What ArbOS's precompiles answer on a fresh chain.
#![allow(missing_docs)]

use crate::support::{ARB_DEBUG, ARB_OWNER, ARB_SYS, ARB_WASM, Chain, chain, chain_with};
use alloy::primitives::{Address, Bytes, U256, address, b256, hex, keccak256};
use alloy::providers::Provider;
use alloy::rpc::types::TransactionRequest;
use alloy::sol_types::SolValue;
use devnode::Config;
use serde_json::json;

const ARB_INFO: Address = address!("0000000000000000000000000000000000000065");
const ARB_OWNER_PUBLIC: Address = address!("000000000000000000000000000000000000006b");
const ARB_GAS_INFO: Address = address!("000000000000000000000000000000000000006c");
const ARB_RETRYABLE_TX: Address = address!("000000000000000000000000000000000000006e");
const NODE_INTERFACE: Address = address!("00000000000000000000000000000000000000c8");
const STRANGER: Address = address!("000000000000000000000000000000000000bEEF");

fn selector(signature: &str) -> Vec<u8> {
    keccak256(signature)[..4].to_vec()
}

fn with(signature: &str, arguments: impl SolValue) -> Vec<u8> {
    [selector(signature), arguments.abi_encode()].concat()
}

async fn send(chain: &Chain, to: Address, data: Vec<u8>) -> bool {
    let tx = TransactionRequest::default().to(to).input(Bytes::from(data).into());
    chain.send_anyway(tx, 1_000_000).await.status()
}

#[tokio::test(flavor = "multi_thread")]
async fn views_answer_the_values_of_the_dev_chain() {
    let chain = chain().await;
    let number = |value: u64| U256::from(value).abi_encode();
    let numbers =
        |values: &[u64]| values.iter().flat_map(|value| number(*value)).collect::<Vec<_>>();
    let base = 100_000_000;
    let table: Vec<(Address, &str, Vec<u8>)> = vec![
        // alloy asks for the pending block, which is the next one
        (ARB_SYS, "arbBlockNumber()", number(1)),
        (ARB_SYS, "arbChainID()", number(412_346)),
        (ARB_SYS, "arbOSVersion()", number(106)),
        (ARB_SYS, "getStorageGasAvailable()", number(0)),
        (ARB_SYS, "isTopLevelCall()", number(1)),
        (ARB_SYS, "wasMyCallersAddressAliased()", number(0)),
        (ARB_GAS_INFO, "getPricesInWei()", numbers(&[0, 0, base * 20_000, base, 0, base])),
        (ARB_GAS_INFO, "getPricesInArbGas()", numbers(&[0, 0, 20_000])),
        (ARB_GAS_INFO, "getGasAccountingParams()", numbers(&[7_000_000, 32_000_000, 32_000_000])),
        (ARB_GAS_INFO, "getMaxTxGasLimit()", number(32_000_000)),
        (ARB_GAS_INFO, "getMaxBlockGasLimit()", number(32_000_000)),
        (ARB_GAS_INFO, "getMinimumGasPrice()", number(base)),
        (ARB_GAS_INFO, "getL1BaseFeeEstimate()", number(0)),
        (ARB_GAS_INFO, "getL1BaseFeeEstimateInertia()", number(10)),
        (ARB_GAS_INFO, "getL1RewardRate()", number(10)),
        (ARB_GAS_INFO, "getPricingInertia()", number(102)),
        (ARB_GAS_INFO, "getGasBacklogTolerance()", number(10)),
        (ARB_GAS_INFO, "getPerBatchGasCharge()", number(210_000)),
        (ARB_GAS_INFO, "getL1PricingEquilibrationUnits()", number(160_000_000)),
        (ARB_GAS_INFO, "getGasPricingConstraints()", numbers(&[32, 0])),
        (ARB_OWNER_PUBLIC, "getNetworkFeeAccount()", number(0)),
        (ARB_OWNER_PUBLIC, "getInfraFeeAccount()", number(0)),
        (ARB_OWNER_PUBLIC, "getBrotliCompressionLevel()", number(1)),
        (ARB_OWNER_PUBLIC, "getScheduledUpgrade()", numbers(&[0, 0])),
        (ARB_OWNER_PUBLIC, "isCalldataPriceIncreaseEnabled()", number(0)),
        (ARB_OWNER_PUBLIC, "getParentGasFloorPerToken()", number(0)),
        (ARB_WASM, "stylusVersion()", number(2)),
        (ARB_WASM, "inkPrice()", number(10_000)),
        (ARB_WASM, "maxStackDepth()", number(22_000)),
        (ARB_WASM, "freePages()", number(2)),
        (ARB_WASM, "pageGas()", number(1_000)),
        (ARB_WASM, "pageRamp()", number(620_674_314)),
        (ARB_WASM, "pageLimit()", number(128)),
        (ARB_WASM, "minInitGas()", numbers(&[8_832, 352])),
        (ARB_WASM, "initCostScalar()", number(100)),
        (ARB_WASM, "expiryDays()", number(365)),
        (ARB_WASM, "keepaliveDays()", number(31)),
        (ARB_WASM, "blockCacheSize()", number(32)),
        (ARB_RETRYABLE_TX, "getLifetime()", number(604_800)),
        (ARB_RETRYABLE_TX, "getCurrentRedeemer()", number(0)),
        (NODE_INTERFACE, "nitroGenesisBlock()", number(0)),
    ];
    for (precompile, signature, expected) in table {
        // A price, so that the base fee is not taken for zero.
        let tx = TransactionRequest::default()
            .from(devnode::DEV_ACCOUNT)
            .to(precompile)
            .gas_price(u128::from(base))
            .gas_limit(1_000_000)
            .input(Bytes::from(selector(signature)).into());
        let answer = chain.rpc.call(tx).await;
        assert_eq!(answer.map_err(|e| e.to_string()), Ok(Bytes::from(expected)), "{signature}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_of_later_versions_do_not_exist_yet() {
    let chain = chain().await;
    for (precompile, signature) in [
        (ARB_OWNER_PUBLIC, "getMaxStylusContractFragments()"),
        (ARB_OWNER_PUBLIC, "getCollectTips()"),
        (ARB_WASM, "activationGas()"),
    ] {
        assert!(chain.call(precompile, selector(signature)).await.is_err(), "{signature}");
    }
    let chain = chain_with(Config { arbos_version: 60, ..Config::default() }).await;
    let fragments = chain.call(ARB_OWNER_PUBLIC, selector("getMaxStylusContractFragments()")).await;
    assert_eq!(fragments.unwrap(), U256::from(2).abi_encode());
    let chain = chain_with(Config { arbos_version: 40, ..Config::default() }).await;
    assert!(chain.call(ARB_GAS_INFO, selector("getMaxTxGasLimit()")).await.is_err());
    let depth = chain.call(ARB_WASM, selector("maxStackDepth()")).await;
    assert_eq!(depth.unwrap(), U256::from(262_144).abi_encode());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_no_owner_and_an_owner_pays_nothing() {
    let chain = chain().await;
    let set_price = with("setInkPrice(uint32)", 20_000u32);
    let tx =
        TransactionRequest::default().to(ARB_OWNER).input(Bytes::from(set_price.clone()).into());
    assert!(chain.rpc.call(tx.clone().from(STRANGER)).await.is_err());
    let receipt = chain.send(tx).await;
    let calldata: u64 = set_price.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum();
    assert_eq!(receipt.gas_used, 21_000 + calldata);
    let log = &receipt.logs()[0];
    let topic = b256!("3c9e6a772755407311e3b35b3ee56799df8f87395941b3a658eee9e08a67ebda");
    assert_eq!(
        log.topics(),
        [
            topic,
            alloy::primitives::B256::right_padding_from(&set_price[..4]),
            devnode::DEV_ACCOUNT.into_word(),
        ]
    );
    assert_eq!(log.data().data, Bytes::from(set_price.clone()).abi_encode());
    let price = chain.call(ARB_WASM, selector("inkPrice()")).await.unwrap();
    assert_eq!(price, U256::from(20_000).abi_encode());
    // 0 and 2^24 are refused
    for price in [0u32, 1 << 24] {
        assert!(!send(&chain, ARB_OWNER, with("setInkPrice(uint32)", price)).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_come_and_go() {
    let chain = chain().await;
    let owners = || async {
        let answer = chain.call(ARB_OWNER_PUBLIC, selector("getAllChainOwners()")).await.unwrap();
        Vec::<Address>::abi_decode(&answer).unwrap()
    };
    assert_eq!(owners().await, [Address::ZERO, devnode::DEV_ACCOUNT]);
    assert!(send(&chain, ARB_OWNER, with("addChainOwner(address)", STRANGER)).await);
    assert_eq!(owners().await, [Address::ZERO, devnode::DEV_ACCOUNT, STRANGER]);
    assert!(send(&chain, ARB_OWNER, with("removeChainOwner(address)", Address::ZERO)).await);
    assert_eq!(owners().await, [STRANGER, devnode::DEV_ACCOUNT]);
    assert!(!send(&chain, ARB_OWNER, with("removeChainOwner(address)", Address::ZERO)).await);
    // Anyone becomes an owner on a debug chain.
    let signer = devnode::DEV_ACCOUNTS[0].address;
    chain.request("anvil_impersonateAccount", json!([signer])).await.unwrap();
    let tx = json!([{"from": signer, "to": ARB_DEBUG, "data": "0x0e5bbc11"}]);
    chain.request("eth_sendTransaction", tx).await.unwrap();
    assert_eq!(owners().await, [STRANGER, devnode::DEV_ACCOUNT, signer]);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_take_effect() {
    let chain = chain().await;
    let owner = |data: Vec<u8>| send(&chain, ARB_OWNER, data);
    assert!(owner(with("setMinimumL2BaseFee(uint256)", U256::from(200_000_000))).await);
    // The next block's price is fixed already; its start computes the one after.
    assert_eq!(chain.rpc.get_gas_price().await.unwrap(), 100_000_000);
    chain.request("evm_mine", json!([])).await.unwrap();
    assert_eq!(chain.rpc.get_gas_price().await.unwrap(), 200_000_000);
    // 255 gas are two units of 128; 33 gas two units of 32
    assert!(owner(with("setWasmMinInitGas(uint8,uint16)", (255u16, 33u16))).await);
    let gas = chain.call(ARB_WASM, selector("minInitGas()")).await.unwrap();
    assert_eq!(gas, (256u64, 64u64).abi_encode());
    assert!(owner(with("setNetworkFeeAccount(address)", STRANGER)).await);
    let before = chain.rpc.get_balance(STRANGER).await.unwrap();
    chain.send(TransactionRequest::default().to(devnode::DEV_ACCOUNT)).await;
    let fees = chain.rpc.get_balance(STRANGER).await.unwrap() - before;
    assert_eq!(fees, U256::from(21_000u64 * 200_000_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn block_hashes_are_those_of_this_chain() {
    let chain = chain().await;
    chain.request("evm_mine", json!([])).await.unwrap();
    let hash = |number: u64| with("arbBlockHash(uint256)", U256::from(number));
    let genesis = chain.rpc.get_block(0.into()).await.unwrap().unwrap().header.hash;
    assert_eq!(chain.call(ARB_SYS, hash(0)).await.unwrap(), genesis);
    // InvalidBlockNumber(2, 2): a block does not know its own hash, and the call runs in the pending one
    let error = chain.call(ARB_SYS, hash(2)).await.unwrap_err();
    assert!(error.contains("d5dc642d"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_to_the_parent_chain_takes_its_value_along() {
    let chain = chain().await;
    let withdraw = |value: u64| {
        TransactionRequest::default()
            .to(ARB_SYS)
            .value(U256::from(value))
            .input(Bytes::from(with("withdrawEth(address)", STRANGER)).into())
    };
    for position in 0..3u64 {
        let receipt = chain.send(withdraw(5)).await;
        let log = receipt.logs().last().unwrap();
        let topic = b256!("3e7aafa77dbf186b7fd488006beff893744caa3c4f6f299e8a709fa2087374fc");
        assert_eq!(log.topics()[0], topic);
        assert_eq!(U256::from_be_bytes(log.topics()[3].0), U256::from(position));
        // The second message completes a pair.
        assert_eq!(receipt.logs().len(), if position == 1 { 2 } else { 1 });
    }
    assert_eq!(chain.rpc.get_balance(ARB_SYS).await.unwrap(), U256::ZERO);
    let tx = TransactionRequest::default()
        .from(Address::ZERO)
        .to(ARB_SYS)
        .input(Bytes::from(selector("sendMerkleTreeState()")).into());
    let state = chain.rpc.call(tx).await.unwrap();
    assert_eq!(U256::from_be_slice(&state[..32]), U256::from(3));
    let block = chain.request("eth_getBlockByNumber", json!(["latest", false])).await.unwrap();
    assert_eq!(block["sendCount"], "0x3");
    assert_eq!(block["sendRoot"], format!("0x{}", hex::encode(&state[32..64])));
}

#[tokio::test(flavor = "multi_thread")]
async fn debug_and_info_methods_do_what_they_say() {
    let chain = chain().await;
    let receipt = chain
        .send(
            TransactionRequest::default()
                .to(ARB_DEBUG)
                .value(U256::from(9))
                .input(Bytes::from(with("events(bool,bytes32)", (true, U256::from(4)))).into()),
        )
        .await;
    assert_eq!(receipt.logs().len(), 2);
    let error = chain.call(ARB_DEBUG, with("customRevert(uint64)", 7u64)).await.unwrap_err();
    assert!(error.contains("1753067f"), "{error}");
    for signature in ["eventsView()", "legacyError()", "panic()"] {
        assert!(chain.call(ARB_DEBUG, selector(signature)).await.is_err(), "{signature}");
    }
    let balance = chain.call(ARB_INFO, with("getBalance(address)", ARB_DEBUG)).await.unwrap();
    assert_eq!(balance, U256::from(9).abi_encode());
    let code = chain.call(ARB_INFO, with("getCode(address)", ARB_SYS)).await.unwrap();
    assert_eq!(code, Bytes::from(hex!("fe")).abi_encode());
    let ticket = chain.call(ARB_RETRYABLE_TX, with("getTimeout(bytes32)", U256::from(1))).await;
    assert!(ticket.unwrap_err().contains("80698456"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_interface_estimates_and_exists_in_calls_only() {
    let chain = chain().await;
    let question = with(
        "gasEstimateComponents(address,bool,bytes)",
        (devnode::DEV_ACCOUNT, false, Bytes::new()),
    );
    // A tuple of dynamic members is encoded as one value: drop its leading offset.
    let question = [&question[..4], &question[36..]].concat();
    let answer = chain.call(NODE_INTERFACE, question).await.unwrap();
    assert_eq!(answer, (21_000u64, 0u64, U256::from(100_000_000), U256::ZERO).abi_encode());
    assert!(chain.rpc.get_code_at(NODE_INTERFACE).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn keepalive_waits_for_its_days() {
    let chain = chain().await;
    let wat = "(module (memory (export \"memory\") 1 1)
        (func (export \"user_entrypoint\") (param i32) (result i32) (i32.const 0)))";
    let program = chain.program(wat).await;
    let code_hash = keccak256(crate::support::program_code(wat));
    let keepalive = TransactionRequest::default()
        .to(ARB_WASM)
        .value(U256::from(10).pow(U256::from(16)))
        .from(devnode::DEV_ACCOUNT)
        .input(Bytes::from(with("codehashKeepalive(bytes32)", code_hash)).into());
    let error = chain.rpc.call(keepalive.clone()).await.unwrap_err().to_string();
    assert!(error.contains("ProgramKeepaliveTooSoon("), "{error}");
    let left = || async {
        let answer = chain.call(ARB_WASM, with("programTimeLeft(address)", program)).await.unwrap();
        U256::from_be_slice(&answer).to::<u64>()
    };
    let year = 365 * 86_400;
    assert!(year - left().await < 3_700);
    chain.request("evm_increaseTime", json!([40 * 86_400])).await.unwrap();
    chain.request("evm_mine", json!([])).await.unwrap();
    assert!(year - left().await >= 40 * 86_400);
    assert!(chain.send(keepalive).await.status());
    assert!(year - left().await < 3_700);
    // Nobody extends it in time: a year later calls burn, and it may be activated again.
    chain.request("evm_increaseTime", json!([366 * 86_400])).await.unwrap();
    chain.request("evm_mine", json!([])).await.unwrap();
    let error = chain.call(program, vec![]).await.unwrap_err();
    assert!(error.contains("ProgramExpired("), "{error}");
    assert!(chain.activate(program).await.status());
    assert!(chain.call(program, vec![]).await.is_ok());
}
