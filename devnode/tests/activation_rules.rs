//! Activation and what follows it: each step's price and failure, the data fee, expiry, keepalive, the cached bit.
//! Spec: stylus-vm.md §2.1–§2.6.
#![allow(missing_docs)]

use crate::support::{
    ARB_OWNER, ARB_WASM, ARB_WASM_CACHE, Chain, activate_call, chain, chain_with,
};
use alloy::primitives::{Address, B256, Bytes, U256, hex, keccak256};
use alloy::providers::Provider;
use alloy::rpc::types::{TransactionReceipt, TransactionRequest};
use alloy::sol_types::SolValue;
use devnode::stylus::data_fee::DataPricer;
use devnode::stylus::{ActivatedProgram, StylusParams};
use devnode::{Config, DEV_ACCOUNT};
use serde_json::json;

/// What an activation costs besides its module, on ArbOS 32 to 58 and without a cached bit (stylus-vm.md 2.1).
const CONSTANT: u64 = 1_747_826;
/// The same up to the look at the record: 800 + 3 + 1,659,168 + 100 + 800.
const UP_TO_THE_RECORD: u64 = 1_660_871;
const YEAR: u64 = 365 * 86_400;
const HOUR: u64 = 3_600;

fn with(signature: &str, arguments: impl SolValue) -> Vec<u8> {
    [keccak256(signature)[..4].to_vec(), arguments.abi_encode()].concat()
}

/// A program that does nothing, `variant` telling it from others.
fn wat(variant: u32) -> String {
    format!(
        "(module (memory (export \"memory\") 1 1)
           (func (export \"user_entrypoint\") (param i32) (result i32)
             (drop (i32.const {variant})) (i32.const 0)))"
    )
}

fn code_hash(variant: u32) -> B256 {
    keccak256(crate::support::program_code(&wat(variant)))
}

/// What the library says of a program: its estimates, and the variable gas of its activation.
fn known(variant: u32, arbos_version: u64) -> (ActivatedProgram, u64) {
    let wasm = wat::parse_str(wat(variant)).unwrap();
    let mut left = u64::MAX;
    let params = StylusParams::new(arbos_version);
    let program =
        devnode::stylus::activate(&wasm, code_hash(variant), &params, 128, true, &mut left)
            .unwrap();
    (program, u64::MAX - left)
}

fn intrinsic(data: &[u8]) -> u64 {
    21_000 + data.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum::<u64>()
}

/// Gas of the frame of a transaction.
fn frame_gas(receipt: &TransactionReceipt, data: &[u8]) -> u64 {
    receipt.gas_used - intrinsic(data)
}

fn activation(program: Address) -> TransactionRequest {
    TransactionRequest::default()
        .from(DEV_ACCOUNT)
        .to(ARB_WASM)
        .input(activate_call(program).into())
        .value(U256::from(10).pow(U256::from(16)))
}

/// The fee that an activation now would take, from a call.
async fn quoted(chain: &Chain, program: Address) -> U256 {
    let answer = chain.rpc.call(activation(program)).await.unwrap();
    U256::from_be_slice(&answer[32..])
}

fn fee_of(receipt: &TransactionReceipt) -> U256 {
    U256::from_be_slice(&receipt.logs()[0].data().data[64..96])
}

async fn now(chain: &Chain) -> u64 {
    chain.rpc.get_block(alloy::eips::BlockId::latest()).await.unwrap().unwrap().header.timestamp
}

async fn at(chain: &Chain, time: u64) {
    chain.request("evm_setNextBlockTimestamp", json!([time])).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_fails_at_its_own_price() {
    let chain = chain().await;
    let active = chain.program(&wat(1)).await;
    let evm = chain.deploy(&hex!("00")).await;
    let dictionary = chain.deploy(&hex!("eff00007 0b00")).await;
    let damaged = chain.deploy(&hex!("eff00000 ffffffff")).await;
    let bad = chain.inactive_program("(module (memory (export \"memory\") 1 1))").await;
    let fresh = chain.inactive_program(&wat(2)).await;
    let limit = 10_000_000;
    let variable = known(2, 51).1;
    let cases = [
        ("what is up to date", active, limit, UP_TO_THE_RECORD + 3),
        ("an account without code", Address::repeat_byte(9), limit, UP_TO_THE_RECORD + 3),
        ("code that is no program's", evm, limit, UP_TO_THE_RECORD),
        ("an unknown dictionary", dictionary, limit, UP_TO_THE_RECORD),
        ("a damaged stream", damaged, limit, UP_TO_THE_RECORD),
        // a refused module takes all
        ("a module without an entry point", bad, limit, limit),
        ("too little for the fixed part", fresh, 1_600_000, 1_600_000),
        (
            "too little for the module",
            fresh,
            UP_TO_THE_RECORD + variable - 1,
            UP_TO_THE_RECORD + variable - 1,
        ),
        (
            "too little for what is written",
            fresh,
            UP_TO_THE_RECORD + variable + 40_000,
            UP_TO_THE_RECORD + variable + 40_000,
        ),
        ("too little for the last word", fresh, CONSTANT + variable - 1, CONSTANT + variable - 1),
    ];
    for (what, program, given, taken) in cases {
        let data = activate_call(program);
        let before = chain.rpc.get_balance(DEV_ACCOUNT).await.unwrap();
        let gas = given + intrinsic(&data);
        let receipt = chain.send_anyway(activation(program), gas).await;
        assert!(!receipt.status(), "{what}");
        let taken = if taken == limit { gas } else { taken + intrinsic(&data) };
        assert_eq!(receipt.gas_used, taken, "{what}");
        // The value comes back.
        let spent = before - chain.rpc.get_balance(DEV_ACCOUNT).await.unwrap();
        assert_eq!(spent, U256::from(taken) * U256::from(receipt.effective_gas_price), "{what}");
    }
    // A fee not covered: all but the payment's own steps, and three words of error.
    let tx = activation(fresh).value(U256::from(5));
    let receipt = chain.send_anyway(tx, limit).await;
    assert!(!receipt.status());
    let data = activate_call(fresh);
    assert_eq!(frame_gas(&receipt, &data), CONSTANT - 800 - 2_149 - 6 + 9 + variable);
    // And exactly enough is enough.
    let gas = CONSTANT + variable + intrinsic(&data);
    assert!(chain.send_anyway(activation(fresh), gas).await.status());
}

#[tokio::test(flavor = "multi_thread")]
async fn from_arbos_60_code_that_is_no_program_s_has_a_name_and_activation_a_price() {
    let chain = chain_with(Config { arbos_version: 60, ..Config::default() }).await;
    let evm = chain.deploy(&hex!("00")).await;
    let error = chain.rpc.call(activation(evm)).await.unwrap_err().to_string();
    assert!(error.contains("ProgramNotWasm()"), "{error}");
    let receipt = chain.send_anyway(activation(evm), 5_000_000).await;
    // the charge's own word is read (800), and the error is one word
    assert_eq!(frame_gas(&receipt, &activate_call(evm)), UP_TO_THE_RECORD + 800 + 3);
    let set = with("setWasmActivationGas(uint64)", 123_456u64);
    let tx = TransactionRequest::default().to(ARB_OWNER).input(Bytes::from(set).into());
    assert!(chain.send_anyway(tx, 1_000_000).await.status());
    let price = chain.call(ARB_WASM, with("activationGas()", ())).await.unwrap();
    assert_eq!(price, U256::from(123_456).to_be_bytes_vec());
    let program = chain.inactive_program(&wat(1)).await;
    let receipt = chain.activate(program).await;
    let gas = CONSTANT + 800 + 123_456 + known(1, 60).1;
    assert_eq!(frame_gas(&receipt, &activate_call(program)), gas);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fee_rises_with_demand_and_falls_with_time() {
    let chain = chain().await;
    let programs = [
        chain.inactive_program(&wat(1)).await,
        chain.inactive_program(&wat(2)).await,
        chain.inactive_program(&wat(3)).await,
    ];
    let bytes = known(1, 51).0.asm_estimate;
    let mut pricer = DataPricer::default();
    let time = now(&chain).await + 1_000;
    at(&chain, time).await;
    let first = chain.activate(programs[0]).await;
    assert_eq!(fee_of(&first), pricer.update(bytes, time));
    // In the same second the second one finds the demand of the first.
    at(&chain, time).await;
    let quote = quoted(&chain, programs[1]).await;
    // A quote changes nothing: asked again it is the same.
    assert_eq!(quoted(&chain, programs[1]).await, quote);
    let second = chain.activate(programs[1]).await;
    assert_eq!(fee_of(&second), pricer.update(bytes, time));
    assert_eq!(fee_of(&second), quote);
    assert!(fee_of(&second) > fee_of(&first));
    // 34,865 bytes of demand a second are forgotten: after a minute both are.
    at(&chain, time + 60).await;
    let third = chain.activate(programs[2]).await;
    assert_eq!(fee_of(&third), pricer.update(bytes, time + 60));
    assert_eq!(fee_of(&third), fee_of(&first));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_activation_in_a_call_is_discarded() {
    let chain = chain().await;
    let program = chain.inactive_program(&wat(1)).await;
    let answer = chain.rpc.call(activation(program)).await.unwrap();
    assert_eq!(U256::from_be_slice(&answer[..32]), U256::from(2));
    let error = chain.call(ARB_WASM, with("programVersion(address)", program)).await.unwrap_err();
    assert!(error.contains("ProgramNotActivated()"), "{error}");
    assert!(chain.activate(program).await.status());
}

#[tokio::test(flavor = "multi_thread")]
async fn views_tell_what_activation_recorded() {
    let chain = chain().await;
    let program = chain.program(&wat(1)).await;
    let (known, _) = known(1, 51);
    let hash = code_hash(1);
    let ask = |data: Vec<u8>| chain.call(ARB_WASM, data);
    let word = |value: u64| U256::from(value).to_be_bytes_vec();
    let size = u64::from(known.asm_estimate).div_ceil(1_024) * 1_024;
    assert_eq!(ask(with("codehashAsmSize(bytes32)", hash)).await.unwrap(), word(size));
    assert_eq!(ask(with("codehashVersion(bytes32)", hash)).await.unwrap(), word(2));
    assert_eq!(ask(with("programVersion(address)", program)).await.unwrap(), word(2));
    assert_eq!(ask(with("programMemoryFootprint(address)", program)).await.unwrap(), word(1));
    // MinCachedInitGas and MinInitGas, and each cost at 100 %; the first is both together from version 2
    let cached = 352 + u64::from(known.cached_cost);
    let init = 8_832 + u64::from(known.init_cost);
    let gas = ask(with("programInitGas(address)", program)).await.unwrap();
    assert_eq!(gas, (init + cached, cached).abi_encode());
    // Half the scalar, rounded up in units of 2 %: 51 % is 52 %.
    let set = with("setWasmInitCostScalar(uint64)", 51u64);
    let tx = TransactionRequest::default().to(ARB_OWNER).input(Bytes::from(set).into());
    assert!(chain.send_anyway(tx, 1_000_000).await.status());
    let init = 8_832 + (u64::from(known.init_cost) * 52).div_ceil(100);
    let gas = ask(with("programInitGas(address)", program)).await.unwrap();
    assert_eq!(gas, (init + cached, cached).abi_encode());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cached_bit_outlives_expiry_and_a_new_activation() {
    let chain = chain().await;
    let program = chain.inactive_program(&wat(1)).await;
    let first = chain.activate(program).await;
    let data = activate_call(program);
    assert_eq!(frame_gas(&first, &data), CONSTANT + known(1, 51).1);
    let cache = with("cacheProgram(address)", program);
    let send = |data: &[u8]| {
        let tx = TransactionRequest::default()
            .to(ARB_WASM_CACHE)
            .input(Bytes::copy_from_slice(data).into());
        chain.send_anyway(tx, 1_000_000)
    };
    let receipt = send(&cache).await;
    // The code hash 2,600; manager and owner 1,600; parameters 100; record 800; the log 375 + 3·375 + 8·32; the start
    // itself; the module hash 800; the record written.
    let cost = 800 + 3 + 2_600 + 1_600 + 100 + 800 + 1_756 + 800 + 20_000;
    assert_eq!(frame_gas(&receipt, &cache), cost + u64::from(known(1, 51).0.init_cost));
    // Once more changes nothing and says nothing.
    let again = send(&cache).await;
    assert!(again.status() && again.logs().is_empty());
    assert_eq!(frame_gas(&again, &cache), 800 + 3 + 2_600 + 1_600 + 100 + 800);
    // A year later it has expired: it cannot run, nor be cached anew, but be activated.
    at(&chain, now(&chain).await + YEAR + HOUR).await;
    chain.request("evm_mine", json!([])).await.unwrap();
    let error = chain.call(program, vec![]).await.unwrap_err();
    assert!(error.contains("ProgramExpired("), "{error}");
    let tx = TransactionRequest::default()
        .from(DEV_ACCOUNT)
        .to(ARB_WASM_CACHE)
        .input(Bytes::from(cache.clone()).into());
    let error = chain.rpc.call(tx).await.unwrap_err().to_string();
    assert!(error.contains("ProgramExpired("), "{error}");
    let second = chain.activate(program).await;
    assert!(second.status());
    // The old module is evicted and the new one cached: its hash is read.
    assert_eq!(frame_gas(&second, &data), CONSTANT + 800 + known(1, 51).1);
    let cached = chain.call(ARB_WASM_CACHE, with("codehashIsCached(bytes32)", code_hash(1))).await;
    assert_eq!(cached.unwrap(), U256::from(1).to_be_bytes_vec());
    assert!(chain.call(program, vec![]).await.is_ok());
    // An eviction is possible at any age.
    let evict = with("evictCodehash(bytes32)", code_hash(1));
    assert_eq!(send(&evict).await.logs().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keepalive_has_its_time_its_fee_and_its_price() {
    let chain = chain().await;
    let program = chain.program(&wat(1)).await;
    let keepalive = with("codehashKeepalive(bytes32)", code_hash(1));
    let tx = |value: u64| {
        TransactionRequest::default()
            .from(DEV_ACCOUNT)
            .to(ARB_WASM)
            .value(U256::from(value))
            .input(Bytes::from(keepalive.clone()).into())
    };
    let plenty = 10u64.pow(16);
    // Too soon until 31 days after the hour of activation.
    let hour = now(&chain).await / HOUR * HOUR;
    let soon = hour + 31 * 86_400 - 1;
    at(&chain, soon).await;
    let error = chain.rpc.call(tx(plenty)).await.unwrap_err().to_string();
    assert!(error.contains(&format!("ProgramKeepaliveTooSoon({})", 31 * 86_400 - 1)), "{error}");
    at(&chain, soon + 1).await;
    let error = chain.rpc.call(tx(0)).await.unwrap_err().to_string();
    assert!(error.contains("ProgramInsufficientValue(0, "), "{error}");
    let before = chain.rpc.get_balance(DEV_ACCOUNT).await.unwrap();
    let receipt = chain.send_anyway(tx(plenty), 1_000_000).await;
    // open and argument 803, parameters and record 900, the pricer 44,000, the record 20,000, the network's account 800,
    // the log 375 + 2·375 + 8·32
    assert_eq!(frame_gas(&receipt, &keepalive), 803 + 900 + 44_000 + 20_000 + 800 + 1_381);
    // The fee is for the size in whole KiB, at the price of a pricer that forgot the activation.
    let size = known(1, 51).0.asm_estimate.div_ceil(1_024) * 1_024;
    let fee = DataPricer::default().update(size, soon + 1);
    let log = receipt.logs().last().unwrap();
    assert_eq!(log.topics()[1], code_hash(1));
    assert_eq!(log.data().data, fee.to_be_bytes_vec());
    let spent = before - chain.rpc.get_balance(DEV_ACCOUNT).await.unwrap();
    assert_eq!(spent, fee + U256::from(receipt.gas_used) * U256::from(receipt.effective_gas_price));
    let left = chain.call(ARB_WASM, with("programTimeLeft(address)", program)).await.unwrap();
    assert!(U256::from_be_slice(&left) > U256::from(YEAR - 2 * HOUR));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_owner_sets_is_what_programs_get() {
    let chain = chain().await;
    let owner = |data: Vec<u8>| {
        let tx = TransactionRequest::default().to(ARB_OWNER).input(Bytes::from(data).into());
        let chain = &chain;
        async move { assert!(chain.send_anyway(tx, 1_000_000).await.status()) }
    };
    let program = chain.program(&wat(1)).await;
    let gas = |chain: &Chain| {
        let tx = TransactionRequest::default().to(program);
        let rpc = chain.rpc.clone();
        async move {
            let sent = rpc.send_transaction(tx.gas_limit(1_000_000)).await.unwrap();
            sent.get_receipt().await.unwrap().gas_used
        }
    };
    let before = gas(&chain).await;
    // One page is open beyond none that is free, at 777 gas; the exponential of one page is what it was.
    owner(with("setWasmFreePages(uint16)", 0u16)).await;
    owner(with("setWasmPageGas(uint16)", 777u16)).await;
    assert_eq!(gas(&chain).await, before + 777);
    owner(with("setWasmFreePages(uint16)", 2u16)).await;
    // MinInitGas of 255 is two units of 128 instead of 69; MinCachedInitGas of 33 two of 32 instead of 11.
    owner(with("setWasmMinInitGas(uint8,uint16)", (255u16, 33u16))).await;
    assert_eq!(gas(&chain).await, before - 67 * 128 - 9 * 32);
    // At one ink a gas, the only block's 2,450 + 1 + 9 + 1 + 1 ink are as much gas, where they were one gas.
    owner(with("setInkPrice(uint32)", 1u32)).await;
    assert_eq!(gas(&chain).await, before - 67 * 128 - 9 * 32 + 2_461);
    owner(with("setInkPrice(uint32)", 10_000u32)).await;
    // A stack of no words stops every program.
    owner(with("setWasmMaxStackDepth(uint32)", 0u32)).await;
    assert_eq!(gas(&chain).await, 1_000_000);
    owner(with("setWasmMaxStackDepth(uint32)", 22_000u32)).await;
    assert!(gas(&chain).await < before);
    // A program of one page is too large for a limit of none, and one of these bytes for a limit of 10.
    owner(with("setWasmPageLimit(uint16)", 0u16)).await;
    let second = chain.inactive_program(&wat(2)).await;
    let error = chain.rpc.call(activation(second)).await.unwrap_err().to_string();
    assert!(error.contains("program activation failed"), "{error}");
    owner(with("setWasmPageLimit(uint16)", 128u16)).await;
    owner(with("setWasmMaxSize(uint32)", 10u32)).await;
    assert!(chain.rpc.call(activation(second)).await.is_err());
    owner(with("setWasmMaxSize(uint32)", 131_072u32)).await;
    assert!(chain.rpc.call(activation(second)).await.is_ok());
    // Expiry in days from the hour of activation.
    owner(with("setWasmExpiryDays(uint16)", 1u16)).await;
    at(&chain, now(&chain).await + 86_400 + HOUR).await;
    chain.request("evm_mine", json!([])).await.unwrap();
    let error = chain.call(program, vec![]).await.unwrap_err();
    assert!(error.contains("ProgramExpired("), "{error}");
}
