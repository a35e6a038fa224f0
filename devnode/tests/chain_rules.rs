//! Blocks, transactions and calls by the rules of the chain.
//! Spec: stylus-vm.md §9.
#![allow(missing_docs)]

use crate::support::{ARB_OWNER, ARB_SYS, ARB_WASM, Chain, chain, chain_with};
use alloy::consensus::TxEnvelope;
use alloy::eips::Encodable2718;
use alloy::network::TransactionBuilder;
use alloy::primitives::{Address, B256, Bytes, U256, address, hex, keccak256};
use alloy::providers::Provider;
use alloy::rpc::types::{TransactionReceipt, TransactionRequest};
use alloy::sol_types::SolValue;
use devnode::{Config, DEV_ACCOUNT};
use serde_json::{Value, json};

const ARB_GAS_INFO: Address = address!("000000000000000000000000000000000000006c");
const NODE_INTERFACE: Address = address!("00000000000000000000000000000000000000c8");
const HISTORY: Address = address!("0000F90827F1C53a10cb7A02335B175320002935");
const SOMEBODY: Address = address!("00000000000000000000000000000000000bEEF1");
const GWEI: u64 = 1_000_000_000;
/// Wei per gas without congestion.
const BASE: u64 = 100_000_000;

fn with(signature: &str, arguments: impl SolValue) -> Vec<u8> {
    [keccak256(signature)[..4].to_vec(), arguments.abi_encode()].concat()
}

fn number(bytes: &[u8]) -> u64 {
    U256::from_be_slice(bytes).to()
}

async fn on(arbos_version: u64) -> Chain {
    chain_with(Config { arbos_version, ..Config::default() }).await
}

async fn owner(chain: &Chain, data: Vec<u8>) -> TransactionReceipt {
    // Enough for a price that has risen since the last block.
    let tx = TransactionRequest::default()
        .to(ARB_OWNER)
        .max_fee_per_gas(u128::from(50 * BASE))
        .max_priority_fee_per_gas(0)
        .input(Bytes::from(data).into());
    let receipt = chain.send_anyway(tx, 5_000_000).await;
    assert!(receipt.status());
    receipt
}

async fn ask(chain: &Chain, at: Address, signature: &str) -> u64 {
    number(&chain.call(at, with(signature, ())).await.unwrap())
}

async fn latest(chain: &Chain) -> Value {
    chain.request("eth_getBlockByNumber", json!(["latest", false])).await.unwrap()
}

fn hex_number(value: &Value) -> u64 {
    u64::from_str_radix(&value.as_str().unwrap()[2..], 16).unwrap()
}

/// Makes the next block in the same second as the newest, or so much later.
async fn next_block_after(chain: &Chain, seconds: u64) {
    let now = hex_number(&latest(chain).await["timestamp"]);
    chain.request("evm_setNextBlockTimestamp", json!([now + seconds])).await.unwrap();
}

async fn mine_after(chain: &Chain, seconds: u64) {
    next_block_after(chain, seconds).await;
    chain.request("evm_mine", json!([])).await.unwrap();
}

async fn gas_for_l1(chain: &Chain, receipt: &TransactionReceipt) -> u64 {
    let hash = json!([receipt.transaction_hash]);
    let raw = chain.request("eth_getTransactionReceipt", hash).await.unwrap();
    hex_number(&raw["gasUsedForL1"])
}

/// For a transaction that will be refused: the provider would count it as sent.
async fn next_nonce(chain: &Chain) -> u64 {
    chain.rpc.get_transaction_count(DEV_ACCOUNT).await.unwrap()
}

fn transfer() -> TransactionRequest {
    TransactionRequest::default().to(SOMEBODY).value(U256::from(1))
}

// 9.3: the poster fee

#[tokio::test(flavor = "multi_thread")]
async fn data_is_free_until_the_owner_prices_it() {
    let chain = chain().await;
    let before = chain.send(transfer()).await;
    assert_eq!((before.gas_used, gas_for_l1(&chain, &before).await), (21_000, 0));
    owner(&chain, with("setL1PricePerUnit(uint256)", U256::from(50 * GWEI))).await;
    // 16 units a compressed byte, 50 gwei a unit, 0.1 gwei a gas: 8,000 gas a byte
    let receipt = chain.send(transfer()).await;
    let l1 = gas_for_l1(&chain, &receipt).await;
    assert_eq!(receipt.gas_used, 21_000 + l1);
    let tx = chain.rpc.get_transaction_by_hash(receipt.transaction_hash).await.unwrap().unwrap();
    let signed = TxEnvelope::from(tx.clone()).encoded_2718();
    let mut compressed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 1, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut &*signed, &mut compressed, &params).unwrap();
    assert_eq!(l1, 8_000 * compressed.len() as u64);
    // The fee goes to the pricer's pool; the sender pays for both parts.
    let pool = address!("A4B00000000000000000000000000000000000f6");
    let fee = U256::from(l1) * U256::from(BASE);
    assert_eq!(chain.rpc.get_balance(pool).await.unwrap(), fee);
    assert_eq!(ask(&chain, ARB_GAS_INFO, "getL1FeesAvailable()").await, fee.to::<u64>());
    assert_eq!(ask(&chain, ARB_GAS_INFO, "getL1PricingSurplus()").await, fee.to::<u64>());
    let units = ask(&chain, ARB_GAS_INFO, "getL1PricingUnitsSinceUpdate()").await;
    assert_eq!(units, 16 * compressed.len() as u64);
    // Too little for the data is too little to begin.
    let short = transfer().nonce(next_nonce(&chain).await).gas_limit(21_000 + 1_000);
    let error = chain.rpc.send_transaction(short).await.unwrap_err().to_string();
    assert!(error.contains("intrinsic gas too low"), "{error}");
    // Off again, the next transfer is as cheap as the first.
    owner(&chain, with("setL1PricePerUnit(uint256)", U256::ZERO)).await;
    assert_eq!(chain.send(transfer()).await.gas_used, 21_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_estimate_holds_for_data_too() {
    let chain = chain().await;
    owner(&chain, with("setL1PricePerUnit(uint256)", U256::from(50 * GWEI))).await;
    for data in [vec![], vec![7; 600], (0..=255).collect::<Vec<u8>>()] {
        let tx = transfer().from(DEV_ACCOUNT).input(Bytes::from(data.clone()).into());
        let estimate = chain.rpc.estimate_gas(tx.clone()).await.unwrap();
        let receipt = chain.send_anyway(tx.clone(), estimate).await;
        assert!(receipt.status());
        let l1 = gas_for_l1(&chain, &receipt).await;
        // 256 units and 1 % for the size, 10 % for the price
        assert!(estimate > receipt.gas_used + l1 / 10, "{estimate} for {}", receipt.gas_used);
        let question =
            [hex!("77d488a2").to_vec(), (SOMEBODY, false, Bytes::from(data)).abi_encode_params()]
                .concat();
        let tx = TransactionRequest::default()
            .from(DEV_ACCOUNT)
            .to(NODE_INTERFACE)
            .input(Bytes::from(question).into());
        let answer = chain.rpc.call(tx).await.unwrap();
        let component = number(&answer[..32]);
        assert!(component > l1 * 11 / 10 && component < estimate, "{component} for {l1}");
        assert_eq!(number(&answer[64..96]), 50 * GWEI);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_knows_its_poster_fee_and_gets_no_refund_for_it() {
    let chain = chain().await;
    // mstore(0, c6f7de0e); staticcall(gas, 0x6c, 28, 4, 0, 32); sstore(0, mload(0))
    let asker = chain.deploy(&hex!("63c6f7de0e5f5260205f6004601c606c5afa505f515f5500")).await;
    // With calldata: sstore n to five slots; without: clear them.
    let slots: Vec<u8> = (0..5).flat_map(|slot| [0x36, 0x60, slot, 0x55]).collect();
    let five = chain.deploy(&slots).await;
    let call = |to: Address, data: &'static [u8]| {
        let tx = TransactionRequest::default().to(to).input(Bytes::from_static(data).into());
        chain.send_anyway(tx, 5_000_000)
    };
    call(five, &[1]).await;
    let free = call(five, &[]).await;
    call(five, &[1]).await;
    owner(&chain, with("setL1PricePerUnit(uint256)", U256::from(50 * GWEI))).await;
    let receipt = call(asker, &[]).await;
    assert!(receipt.status());
    let fee = chain.rpc.get_storage_at(asker, U256::ZERO).await.unwrap();
    let l1 = gas_for_l1(&chain, &receipt).await;
    assert_eq!(fee, U256::from(l1) * U256::from(BASE));
    // Five slots are worth 24,000 gas, more than a fifth of the rest: the same cap with and without the data's gas.
    let paid = call(five, &[]).await;
    assert_eq!(paid.gas_used - gas_for_l1(&chain, &paid).await, free.gas_used);
}

// 9.4: gas

/// Stores the gas it starts with at slot 0; returns it instead when there is calldata.
fn gauge() -> Vec<u8> {
    // gas; if calldatasize goto 8; sstore(0, gas); stop; 8: return(gas)
    hex!("5a366008575f55005b5f5260205ff3").to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_compute_cap_holds_gas_back_and_returns_it() {
    // From ArbOS 50 the cap includes the intrinsic gas; before, the block's limit stands in and does not.
    for (version, expected) in [(51, 32_000_000 - 21_000 - 2), (40, 32_000_000 - 2)] {
        let chain = on(version).await;
        let gauge = chain.deploy(&gauge()).await;
        let receipt = chain.send_anyway(TransactionRequest::default().to(gauge), 100_000_000).await;
        assert!(receipt.status());
        assert!(receipt.gas_used < 50_000, "{}", receipt.gas_used);
        let seen = chain.rpc.get_storage_at(gauge, U256::ZERO).await.unwrap();
        assert_eq!(seen, U256::from(expected), "ArbOS {version}");
        owner(&chain, with("setMaxTxGasLimit(uint64)", 1_000_000u64)).await;
        chain.send_anyway(TransactionRequest::default().to(gauge), 100_000_000).await;
        let seen = chain.rpc.get_storage_at(gauge, U256::ZERO).await.unwrap();
        assert_eq!(seen, U256::from(expected - 31_000_000), "ArbOS {version}");
        // A call is exempt, and has 50 million.
        let tx = TransactionRequest::default().to(gauge).input(Bytes::from(vec![1]).into());
        let seen = chain.rpc.call(tx).await.unwrap();
        assert_eq!(number(&seen), 50_000_000 - 21_000 - 16 - 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_increased_price_of_calldata_is_a_floor() {
    let chain = chain().await;
    let tx = || transfer().input(Bytes::from(vec![1; 100]).into());
    assert_eq!(chain.send(tx()).await.gas_used, 21_000 + 100 * 16);
    owner(&chain, with("setCalldataPriceIncrease(bool)", true)).await;
    // 400 tokens of 10 gas
    assert_eq!(chain.send(tx()).await.gas_used, 21_000 + 400 * 10);
    let short = tx().nonce(next_nonce(&chain).await).gas_limit(24_999);
    let error = chain.rpc.send_transaction(short).await.unwrap_err().to_string();
    assert!(error.contains("insufficient gas for floor data gas cost"), "{error}");
    owner(&chain, with("setCalldataPriceIncrease(bool)", false)).await;
    assert_eq!(chain.send(tx()).await.gas_used, 21_000 + 100 * 16);
}

#[tokio::test(flavor = "multi_thread")]
async fn infrastructure_gets_the_minimum_and_the_network_what_congestion_adds() {
    let chain = chain().await;
    let (network, infra) = (Address::repeat_byte(0xaa), Address::repeat_byte(0xbb));
    owner(&chain, with("setNetworkFeeAccount(address)", network)).await;
    owner(&chain, with("setL2BaseFee(uint256)", U256::from(3 * BASE))).await;
    // The act of setting it is the first whose fees are split; it pays the base fee set before it.
    let receipt = owner(&chain, with("setInfraFeeAccount(address)", infra)).await;
    assert_eq!(receipt.effective_gas_price, u128::from(3 * BASE));
    let gas = U256::from(receipt.gas_used);
    assert_eq!(chain.rpc.get_balance(infra).await.unwrap(), gas * U256::from(BASE));
    let congestion = gas * U256::from(2 * BASE);
    let acts = chain.rpc.get_balance(network).await.unwrap();
    // The act before paid the network alone, at the minimum.
    assert!(acts > congestion && acts - congestion < U256::from(100_000) * U256::from(BASE));
}

// 9.5: the base fee

/// The congestion price in whole bips, term by term.
fn congested(backlog: u64) -> u64 {
    let Some(excess) = backlog.checked_sub(70_000_000) else { return BASE };
    let x = excess * 10_000 / (102 * 7_000_000);
    let mut bips = 10_000 + x / 4;
    for i in [3, 2, 1] {
        bips = 10_000 + bips * x / (i * 10_000);
    }
    BASE * bips / 10_000
}

#[tokio::test(flavor = "multi_thread")]
async fn the_base_fee_follows_the_backlog_one_block_later() {
    let chain = chain().await;
    next_block_after(&chain, 0).await;
    let set = owner(&chain, with("setGasBacklog(uint64)", 784_000_000u64)).await;
    // The act that set it adds its own gas.
    let backlog = 784_000_000 + set.gas_used;
    assert_eq!(ask(&chain, ARB_GAS_INFO, "getGasBacklog()").await, backlog);
    assert_eq!(chain.rpc.get_gas_price().await.unwrap(), u128::from(BASE));
    mine_after(&chain, 0).await;
    assert_eq!(hex_number(&latest(&chain).await["baseFeePerGas"]), BASE);
    let price = congested(backlog);
    assert!(price > 27 * BASE / 10);
    // What is quoted is what the next block charges.
    assert_eq!(chain.rpc.get_gas_price().await.unwrap(), u128::from(price));
    let tx = transfer().max_fee_per_gas(u128::from(price)).max_priority_fee_per_gas(0);
    next_block_after(&chain, 5).await;
    let receipt = chain.send_anyway(tx, 21_000).await;
    assert_eq!(receipt.effective_gas_price, u128::from(price));
    // Five seconds paid 35 million off before the transfer added its 21,000.
    let backlog = backlog - 35_000_000;
    assert_eq!(chain.rpc.get_gas_price().await.unwrap(), u128::from(congested(backlog)));
    assert_eq!(ask(&chain, ARB_GAS_INFO, "getGasBacklog()").await, backlog + 21_000);
    // A price below the base fee is refused, in geth's words.
    let low = transfer().max_fee_per_gas(u128::from(BASE)).max_priority_fee_per_gas(0);
    let low = low.nonce(next_nonce(&chain).await).gas_limit(21_000);
    let error = chain.rpc.send_transaction(low).await.unwrap_err().to_string();
    assert!(error.contains("max fee per gas less than block base fee"), "{error}");
    // Long enough, and it is forgotten.
    mine_after(&chain, 200).await;
    assert_eq!(ask(&chain, ARB_GAS_INFO, "getGasBacklog()").await, 0);
    assert_eq!(chain.rpc.get_gas_price().await.unwrap(), u128::from(BASE));
}

#[tokio::test(flavor = "multi_thread")]
async fn seventy_million_gas_in_a_second_do_not_move_the_price() {
    let chain = chain().await;
    // invalid: takes all gas
    let burner = chain.deploy(&hex!("fe")).await;
    for _ in 0..2 {
        next_block_after(&chain, 0).await;
        chain.send_anyway(TransactionRequest::default().to(burner), 32_000_000).await;
    }
    mine_after(&chain, 0).await;
    assert_eq!(chain.rpc.get_gas_price().await.unwrap(), u128::from(BASE));
    next_block_after(&chain, 0).await;
    chain.send_anyway(TransactionRequest::default().to(burner), 32_000_000).await;
    mine_after(&chain, 0).await;
    let backlog = ask(&chain, ARB_GAS_INFO, "getGasBacklog()").await;
    assert!((96_000_000..97_000_000).contains(&backlog), "{backlog}");
    assert_eq!(chain.rpc.get_gas_price().await.unwrap(), u128::from(congested(backlog)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pricer_s_settings_take_effect() {
    let chain = chain().await;
    owner(&chain, with("setSpeedLimit(uint64)", 1_000_000u64)).await;
    owner(&chain, with("setL2GasBacklogTolerance(uint64)", 1u64)).await;
    owner(&chain, with("setL2GasPricingInertia(uint64)", 10u64)).await;
    next_block_after(&chain, 0).await;
    owner(&chain, with("setGasBacklog(uint64)", 11_000_000u64)).await;
    mine_after(&chain, 0).await;
    // A little more than 10 million over a scale of 10 million: the exponential of one, which in four terms is 2.7083.
    let price = u64::try_from(chain.rpc.get_gas_price().await.unwrap()).unwrap();
    assert!((270_830_000..275_000_000).contains(&price), "{price}");
    // A base fee set by hand is charged once: the start of that block computes the next.
    owner(&chain, with("setL2BaseFee(uint256)", U256::from(5 * BASE))).await;
    assert_eq!(chain.rpc.get_gas_price().await.unwrap(), u128::from(5 * BASE));
    mine_after(&chain, 1_000).await;
    assert_eq!(hex_number(&latest(&chain).await["baseFeePerGas"]), 5 * BASE);
    assert_eq!(chain.rpc.get_gas_price().await.unwrap(), u128::from(BASE));
}

// 9.2: what code sees

#[tokio::test(flavor = "multi_thread")]
async fn opcodes_show_the_values_of_the_dev_chain() {
    let chain = chain().await;
    let show = |opcode: u8| {
        let code = [&[opcode][..], &hex!("5f5260205ff3")].concat();
        let chain = &chain;
        async move { chain.deploy(&code).await }
    };
    let priced = |to: Address| {
        TransactionRequest::default()
            .from(DEV_ACCOUNT)
            .to(to)
            .max_fee_per_gas(u128::from(9 * BASE))
            .max_priority_fee_per_gas(u128::from(2 * BASE))
    };
    let sequencer = address!("A4B000000000000000000073657175656e636572");
    for (opcode, name, expected) in [
        (0x41, "COINBASE", U256::from_be_slice(sequencer.as_slice())),
        (0x44, "PREVRANDAO", U256::from(1)),
        (0x45, "GASLIMIT", U256::from(1u64 << 50)),
        (0x46, "CHAINID", U256::from(412_346)),
        // without the tip, which nobody is paid
        (0x3a, "GASPRICE", U256::from(BASE)),
        (0x48, "BASEFEE", U256::from(BASE)),
    ] {
        let seen = chain.rpc.call(priced(show(opcode).await)).await.unwrap();
        assert_eq!(U256::from_be_slice(&seen), expected, "{name}");
    }
    // A call without a price pays nothing and sees no price.
    for opcode in [0x3a, 0x48] {
        let seen = chain.call(show(opcode).await, vec![]).await.unwrap();
        assert_eq!(U256::from_be_slice(&seen), U256::ZERO);
    }
    // blockhash(number - 1), blobhash(0)
    for code in [hex!("6001430340 5f5260205ff3").to_vec(), hex!("5f495f5260205ff3").to_vec()] {
        let contract = chain.deploy(&code).await;
        assert_eq!(chain.call(contract, vec![]).await.unwrap(), B256::ZERO);
    }
    let error = chain.call(show(0x4a).await, vec![]).await.unwrap_err();
    assert!(error.contains("-32000"), "BLOBBASEFEE: {error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn block_hashes_are_kept_in_a_contract() {
    let chain = chain().await;
    for _ in 0..3 {
        chain.send(transfer()).await;
    }
    assert_eq!(chain.rpc.get_transaction_count(HISTORY).await.unwrap(), 1);
    let hash = |number: u64| {
        let rpc = chain.rpc.clone();
        async move { rpc.get_block(number.into()).await.unwrap().unwrap().header.hash }
    };
    let get = |number: u64| chain.call(HISTORY, U256::from(number).to_be_bytes_vec());
    // The start of block 3 recorded block 2; block 3 itself is recorded when block 4 begins.
    for number in 0..=2 {
        assert_eq!(get(number).await.unwrap(), hash(number).await, "{number}");
    }
    assert_eq!(get(3).await.unwrap(), B256::ZERO);
    // A number not below the pending block's, and anything but a word, is refused; so are strangers' hashes.
    for data in [U256::from(4).to_be_bytes_vec(), U256::MAX.to_be_bytes_vec(), vec![], vec![0; 33]]
    {
        let error = chain.call(HISTORY, data).await.unwrap_err();
        assert!(error.contains("execution reverted"), "{error}");
    }
    let slot = chain.rpc.get_storage_at(HISTORY, U256::from(1)).await.unwrap();
    assert_eq!(B256::from(slot), hash(1).await);
    // A block 393,168 back is just in reach, one more is not: seen from a pretended block number.
    let tx = json!({"to": HISTORY, "data": B256::with_last_byte(2)});
    let number = |n: u64| {
        // return(n)
        let code =
            [hex!("62").to_vec(), n.to_be_bytes()[5..].to_vec(), hex!("5f5260205ff3").to_vec()]
                .concat();
        json!({ARB_SYS.to_string(): {"code": Bytes::from(code)}})
    };
    let at = |n: u64| chain.request("eth_call", json!([tx, "latest", number(n)]));
    assert_eq!(at(2 + 393_168).await.unwrap(), json!(hash(2).await));
    assert!(at(3 + 393_168).await.is_err());
    assert!(at(2).await.is_err());
    // From ArbOS 40.
    let old = on(32).await;
    assert!(old.rpc.get_code_at(HISTORY).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn native_precompiles_are_those_of_the_version() {
    // G1ADD of EIP-2537 with no input is an error where it exists, and an empty account's success where not.
    let g1_add = Address::with_last_byte(0x0b);
    assert!(on(51).await.call(g1_add, vec![]).await.is_err());
    assert_eq!(on(40).await.call(g1_add, vec![]).await.unwrap(), hex!(""));
    // P256VERIFY's first test vector of RIP-7212, good on both
    let verify = address!("0000000000000000000000000000000000000100");
    let input = hex!(
        "4cee90eb86eaa050036147a12d49004b6b9c72bd725d39d4785011fe190f0b4d"
        "a73bd4903f0ce3b639bbbf6e8e80d16931ff4bcf5993d58468e8fb19086e8cac"
        "36dbcd03009df8c59286b162af3bd7fcc0450c9aa81be5d10d312af6c66b1d60"
        "4aebd3099c618202fcfe16ae7770b0c49ab5eadf74b754204a3bb6060e44eff3"
        "7618b065f9832de4ca6ca971a7a1adc826d0f7c00181a5fb2ddf79ae00b4e10e"
    );
    for (version, price) in [(40, 3_450), (51, 6_900)] {
        let chain = on(version).await;
        let answer = chain.call(verify, input.to_vec()).await.unwrap();
        assert_eq!(number(&answer), 1, "ArbOS {version}");
        let tx = TransactionRequest::default().to(verify).input(Bytes::from(input).into());
        let calldata: u64 = input.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum();
        let receipt = chain.send_anyway(tx, 100_000).await;
        assert_eq!(receipt.gas_used, 21_000 + calldata + price, "ArbOS {version}");
    }
}

// 8.7, 0.2: upgrades

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_upgrade_comes_with_the_first_block_of_its_time() {
    let chain = chain().await;
    let filtering = Address::with_last_byte(0x74);
    let wat = "(module (memory (export \"memory\") 1 1)
        (func (export \"user_entrypoint\") (param i32) (result i32) (i32.const 0)))";
    let program = chain.program(wat).await;
    assert!(chain.call(program, vec![]).await.is_ok());
    let time = hex_number(&latest(&chain).await["timestamp"]) + 1_000;
    owner(&chain, with("scheduleArbOSUpgrade(uint64,uint64)", (60u64, time))).await;
    let public = Address::with_last_byte(0x6b);
    let scheduled = chain.call(public, with("getScheduledUpgrade()", ())).await.unwrap();
    assert_eq!(scheduled, (60u64, time).abi_encode());
    mine_after(&chain, 500).await;
    assert_eq!(ask(&chain, ARB_SYS, "arbOSVersion()").await, 55 + 51);
    chain.request("evm_setNextBlockTimestamp", json!([time])).await.unwrap();
    // The block that brings it runs its transactions by the new rules already.
    let receipt = owner(&chain, with("setMaxStylusContractFragments(uint8)", 4u16)).await;
    assert_eq!(ask(&chain, ARB_SYS, "arbOSVersion()").await, 55 + 60);
    let header = chain.rpc.get_block(receipt.block_number.unwrap().into()).await.unwrap().unwrap();
    assert_eq!(&header.header.mix_hash[16..24], 60u64.to_be_bytes());
    let scheduled = chain.call(public, with("getScheduledUpgrade()", ())).await.unwrap();
    assert_eq!(scheduled, (0u64, 0u64).abi_encode());
    assert_eq!(chain.rpc.get_code_at(filtering).await.unwrap().as_ref(), hex!("fe"));
    assert_eq!(ask(&chain, ARB_WASM, "stylusVersion()").await, 3);
    assert_eq!(ask(&chain, public, "getMaxStylusContractFragments()").await, 4);
    // Programs of before must be activated again; views of blocks before still run by the old rules.
    let error = chain.call(program, vec![]).await.unwrap_err();
    assert!(error.contains("ProgramNeedsUpgrade(2, 3)"), "{error}");
    let before = receipt.block_number.unwrap() - 1;
    let old = chain.rpc.call(TransactionRequest::default().to(program)).block(before.into()).await;
    assert!(old.is_ok());
    assert!(chain.activate(program).await.status());
    assert!(chain.call(program, vec![]).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_across_versions_brings_everything_between() {
    let chain = on(31).await;
    assert!(chain.rpc.get_code_at(HISTORY).await.unwrap().is_empty());
    assert_eq!(ask(&chain, ARB_WASM, "maxStackDepth()").await, 262_144);
    owner(&chain, with("scheduleArbOSUpgrade(uint64,uint64)", (51u64, 0u64))).await;
    chain.request("evm_mine", json!([])).await.unwrap();
    assert_eq!(ask(&chain, ARB_SYS, "arbOSVersion()").await, 106);
    assert_eq!(ask(&chain, ARB_WASM, "maxStackDepth()").await, 22_000);
    assert_eq!(ask(&chain, ARB_GAS_INFO, "getMaxTxGasLimit()").await, 32_000_000);
    assert_eq!(chain.rpc.get_transaction_count(HISTORY).await.unwrap(), 1);
    let manager = Address::with_last_byte(0x73);
    assert_eq!(chain.rpc.get_code_at(manager).await.unwrap().as_ref(), hex!("fe"));
    // A version that this node does not know is scheduled, as anywhere, and not applied.
    owner(&chain, with("scheduleArbOSUpgrade(uint64,uint64)", (99u64, 0u64))).await;
    chain.request("evm_mine", json!([])).await.unwrap();
    assert_eq!(ask(&chain, ARB_SYS, "arbOSVersion()").await, 106);
}

// 9.6: calls

#[tokio::test(flavor = "multi_thread")]
async fn calls_default_to_the_latest_block_and_pending_is_the_next() {
    let chain = chain().await;
    chain.send(transfer()).await;
    let ask = json!({"to": ARB_SYS, "data": "0xa3b1b31d"});
    for (params, expected) in [
        (json!([ask]), 1),
        (json!([ask, "latest"]), 1),
        (json!([ask, "pending"]), 2),
        (json!([ask, "earliest"]), 0),
        (json!([ask, "0x1"]), 1),
    ] {
        let answer = chain.request("eth_call", params.clone()).await.unwrap();
        assert_eq!(answer, json!(B256::from(U256::from(expected))), "{params}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_override_moves_or_removes_a_precompile() {
    let chain = chain().await;
    let identity = Address::with_last_byte(4);
    let call = |to: Address, data: Value, overrides: Value| {
        chain.request("eth_call", json!([{"to": to, "data": data}, "latest", overrides]))
    };
    let moved = |from: Address| json!({from.to_string(): {"movePrecompileToAddress": SOMEBODY}});
    let data = json!("0x1234");
    assert_eq!(call(SOMEBODY, data.clone(), moved(identity)).await.unwrap(), data);
    assert_eq!(call(identity, data.clone(), moved(identity)).await.unwrap(), json!("0x"));
    let chain_id = json!("0xd127f54a");
    let answer = json!(B256::from(U256::from(412_346)));
    assert_eq!(call(SOMEBODY, chain_id.clone(), moved(ARB_SYS)).await.unwrap(), answer);
    // What is left is the code byte, an invalid opcode.
    let error = call(ARB_SYS, chain_id.clone(), moved(ARB_SYS)).await.unwrap_err();
    assert!(error.contains("-32000"), "{error}");
    // Any override removes the precompile of the account.
    let balance = json!({identity.to_string(): {"balance": "0x1"}});
    assert_eq!(call(identity, data.clone(), balance).await.unwrap(), json!("0x"));
    // return(7)
    let code = json!({ARB_SYS.to_string(): {"code": "0x60075f5260205ff3"}});
    let seven = json!(B256::with_last_byte(7));
    assert_eq!(call(ARB_SYS, chain_id, code).await.unwrap(), seven);
    let error = call(SOMEBODY, data.clone(), moved(DEV_ACCOUNT)).await.unwrap_err();
    assert!(error.contains("is not a precompile"), "{error}");
    let state = address!("A4B05FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF").to_string();
    let error = call(identity, data.clone(), json!({state: {"balance": "0x1"}})).await.unwrap_err();
    assert!(error.contains("ArbOS state"), "{error}");
    let both = json!({SOMEBODY.to_string(): {"state": {}, "stateDiff": {}}});
    let error = call(SOMEBODY, data, both).await.unwrap_err();
    assert!(error.contains("both 'state' and 'stateDiff'"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_estimate_fails_as_its_first_probe_does() {
    let chain = chain().await;
    // revert(0, 32) of the word 1; invalid; a loop without end
    let reverts = chain.deploy(&hex!("60015f5260205ffd")).await;
    let invalid = chain.deploy(&hex!("fe")).await;
    let endless = chain.deploy(&hex!("5b5f56")).await;
    let estimate = |tx: Value| chain.request("eth_estimateGas", json!([tx]));
    let error = estimate(json!({"to": reverts})).await.unwrap_err();
    assert!(error.contains("error code 3: execution reverted"), "{error}");
    let error = estimate(json!({"to": invalid})).await.unwrap_err();
    assert!(error.contains("error code -32000: invalid opcode"), "{error}");
    let error = estimate(json!({"to": endless})).await.unwrap_err();
    assert!(error.contains("gas required exceeds allowance (50000000)"), "{error}");
    let error = estimate(json!({"to": endless, "gas": "0x186a0"})).await.unwrap_err();
    assert!(error.contains("gas required exceeds allowance (100000)"), "{error}");
    // A payer is only offered what it can pay for.
    let poor = Address::repeat_byte(0x77);
    let allowance = json!([poor, U256::from(60_000) * U256::from(BASE)]);
    chain.request("anvil_setBalance", allowance).await.unwrap();
    let tx = json!({"from": poor, "to": endless, "gasPrice": U256::from(BASE)});
    let error = estimate(tx).await.unwrap_err();
    assert!(error.contains("gas required exceeds allowance (60000)"), "{error}");
    let plain = json!({"from": poor, "to": SOMEBODY, "value": "0x1"});
    assert_eq!(estimate(plain).await.unwrap(), json!("0x5208"));
    // The least that works is found to within 1.5 %.
    let gauge = chain.deploy(&gauge()).await;
    let found = hex_number(&estimate(json!({"from": DEV_ACCOUNT, "to": gauge})).await.unwrap());
    let used = chain.send_anyway(TransactionRequest::default().to(gauge), found).await;
    assert!(used.status() && found * 1_000 <= used.gas_used * 1_016, "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_accepted_is_refused_by_name() {
    let chain = chain().await;
    let refused = |tx: TransactionRequest| {
        let rpc = chain.rpc.clone();
        async move { rpc.send_transaction(tx).await.unwrap_err().to_string() }
    };
    let nonce = next_nonce(&chain).await;
    let base = || transfer().nonce(nonce).gas_limit(21_000);
    let price = u128::from(BASE);
    let cases = [
        (base().nonce(0), "nonce too low"),
        (
            base().value(U256::from(10).pow(U256::from(24))),
            "insufficient funds for gas * price + value",
        ),
        (base().gas_price(price - 1), "max fee per gas less than block base fee"),
        (base().gas_limit(20_999), "intrinsic gas too low"),
        (base().gas_price(10u128.pow(18)), "exceeds the configured cap"),
        (
            base().max_fee_per_gas(price).max_priority_fee_per_gas(price + 1),
            "max priority fee per gas higher than max fee per gas",
        ),
    ];
    for (tx, expected) in cases {
        let error = refused(tx).await;
        assert!(error.contains("-32000") && error.contains(expected), "{expected}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dev_chain_is_as_the_set_up_script_leaves_it() {
    let chain = chain().await;
    assert_eq!(chain.rpc.get_transaction_count(DEV_ACCOUNT).await.unwrap(), 6);
    for (contract, at) in [
        (devnode::CREATE2_FACTORY, address!("4e59b44847b379578588920cA78FbF26c0B4956C")),
        (devnode::CACHE_MANAGER, address!("A6E41fFD769491a42A6e5Ce453259b93983a22EF")),
        (devnode::STYLUS_DEPLOYER, address!("cEcba2F1DC234f70Dd89F2041029807F8D03A990")),
    ] {
        assert_eq!(contract, at);
        assert!(!chain.rpc.get_code_at(at).await.unwrap().is_empty(), "{at}");
    }
    let deployer = address!("3fab184622dc19b6109349b94811493bf2a45362");
    assert_eq!(chain.rpc.get_transaction_count(deployer).await.unwrap(), 1);
    assert_eq!(ask(&chain, ARB_GAS_INFO, "getL1BaseFeeEstimate()").await, 0);
    // The factory works: CREATE2 with salt 0 of init code that returns one byte.
    let init = hex!("60005f5360015ff3");
    let data = [B256::ZERO.as_slice(), &init].concat();
    let tx = TransactionRequest::default().with_to(devnode::CREATE2_FACTORY);
    chain.send(tx.input(Bytes::from(data).into())).await;
    let created = devnode::CREATE2_FACTORY.create2(B256::ZERO, keccak256(init));
    assert_eq!(chain.rpc.get_code_at(created).await.unwrap().as_ref(), hex!("00"));
}
