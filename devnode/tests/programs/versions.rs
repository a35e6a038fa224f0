//! What differs between ArbOS versions, on both sides of each step. Spec: stylus-vm.md §0.2, §4.4, §5.2, §5.3.

use super::frames::init_gas;
use super::{Chain, module, priced, two_prices, word, write};
use crate::support::{ARB_OWNER, ARB_WASM, activate_call, chain_with};
use alloy::primitives::{Address, Bytes, U256, address, hex, keccak256};
use alloy::providers::Provider;
use alloy::rpc::types::TransactionRequest;
use devnode::{Config, Node};

async fn at(arbos_version: u64) -> Chain {
    chain_with(Config { arbos_version, ..Config::default() }).await
}

async fn gas_used(chain: &Chain, to: Address) -> u64 {
    chain.send_anyway(TransactionRequest::default().to(to), 10_000_000).await.gas_used
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_no_stylus_before_arbos_30() {
    let config = Config { arbos_version: 29, ..Config::default() };
    assert!(Node::start(config).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn starts_cost_what_their_version_says() {
    let wat = "(module (memory (export \"memory\") 1 1)
        (func (export \"user_entrypoint\") (param i32) (result i32) (i32.const 0)))";
    for (arbos_version, stylus_version, uncached) in [
        // 72·128 + 18 + 11: the cached cost is part of the init cost
        (30, 1, 9_216 + 29),
        // 69·128 + 18 and 11·32 + 11
        (31, 2, 8_832 + 18 + 363),
        (32, 2, 8_832 + 18 + 363),
        (51, 2, 8_832 + 18 + 363),
        (59, 3, 8_832 + 18 + 363),
        (60, 3, 8_832 + 18 + 363),
    ] {
        let chain = at(arbos_version).await;
        let answer = chain.call(ARB_WASM, keccak256("stylusVersion()")[..4].to_vec()).await;
        assert_eq!(answer.unwrap(), word(stylus_version));
        let program = chain.program(wat).await;
        assert_eq!(init_gas(&chain, program).await, [uncached, 363], "ArbOS {arbos_version}");
        // the single block is one gas
        assert_eq!(gas_used(&chain, program).await, 21_000 + uncached + 1, "ArbOS {arbos_version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn flushes_are_charged_from_arbos_32() {
    // flushes 1 into slot 0
    let store = module(
        &["storage_cache_bytes32", "storage_flush_cache"],
        "(i32.store8 (i32.const 63) (i32.const 1)) (call $storage_cache_bytes32 (i32.const 0) (i32.const 32))
         (call $storage_flush_cache (i32.const 0)) (i32.const 0)",
    );
    let cost = async |arbos_version: u64| {
        let chain = at(arbos_version).await;
        let program = chain.program(&store).await;
        let [init, _] = init_gas(&chain, program).await;
        let used = gas_used(&chain, program).await - 21_000 - init;
        let slot = chain.rpc.get_storage_at(program, U256::ZERO).await.unwrap();
        assert_eq!(slot, U256::from(1), "written at ArbOS {arbos_version}");
        used
    };
    let (before, after) = (cost(31).await, cost(32).await);
    assert_eq!(after - before, 22_100);
    assert!(before < 100, "{before}");
}

#[tokio::test(flavor = "multi_thread")]
async fn loads_cost_59_673_gas_by_mistake_before_arbos_32() {
    let load = module(
        &["storage_load_bytes32"],
        "(call $storage_load_bytes32 (i32.const 0) (i32.const 32)) (i32.const 0)",
    );
    let cost = async |arbos_version: u64| {
        let chain = at(arbos_version).await;
        let program = chain.program(&load).await;
        let [init, _] = init_gas(&chain, program).await;
        gas_used(&chain, program).await - 21_000 - init
    };
    assert_eq!(cost(31).await - cost(32).await, 59_673 - 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flush_that_cannot_be_paid_keeps_the_gas_before_arbos_50_and_burns_it_from_then_on() {
    let store = module(
        &["storage_cache_bytes32", "storage_flush_cache"],
        "(i32.store8 (i32.const 63) (i32.const 1)) (call $storage_cache_bytes32 (i32.const 0) (i32.const 32))
         (call $storage_flush_cache (i32.const 0)) (i32.const 0)",
    );
    for (arbos_version, burns) in [(40, false), (50, true), (51, true)] {
        let chain = at(arbos_version).await;
        let program = chain.program(&store).await;
        let [init, _] = init_gas(&chain, program).await;
        // 22,100 would be needed
        let limit = 21_000 + init + 10_000;
        let receipt = chain.send_anyway(TransactionRequest::default().to(program), limit).await;
        assert!(!receipt.status());
        let kept = limit - receipt.gas_used;
        assert_eq!(kept == 0, burns, "ArbOS {arbos_version}: {kept}");
        if !burns {
            // nothing but some gas of ink was taken
            assert!(kept > 9_900, "{kept}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stack_has_22_000_words_from_arbos_50_and_262_144_before() {
    // recursion of so many frames of 6 words
    let wat = |frames: u32| {
        format!(
            "(module (memory (export \"memory\") 1 1)
               (func $f (param i32) local.get 0 if local.get 0 i32.const 1 i32.sub call $f end)
               (func (export \"user_entrypoint\") (param i32) (result i32) i32.const {} call $f i32.const 0))",
            frames - 1
        )
    };
    for (arbos_version, frames) in [(40, 43_689), (50, 3_665), (60, 3_665)] {
        let chain = at(arbos_version).await;
        let (fits, does_not) =
            (chain.program(&wat(frames)).await, chain.program(&wat(frames + 1)).await);
        assert!(chain.call(fits, vec![]).await.is_ok(), "ArbOS {arbos_version}");
        let error = chain.call(does_not, vec![]).await.unwrap_err();
        assert!(error.contains("max call depth exceeded"), "ArbOS {arbos_version}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_with_two_results_activate_before_arbos_59_only() {
    let wat =
        "(module (memory (export \"memory\") 1 1) (func (result i32 i32) i32.const 1 i32.const 2)
        (func (export \"user_entrypoint\") (param i32) (result i32) (i32.const 0)))";
    for (arbos_version, activates) in [(51, true), (59, false), (60, false)] {
        let chain = at(arbos_version).await;
        let program = chain.inactive_program(wat).await;
        let receipt = chain.activate_anyway(program, 5_000_000).await;
        assert_eq!(receipt.status(), activates, "ArbOS {arbos_version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn activation_has_a_settable_charge_from_arbos_59() {
    let wat = "(module (memory (export \"memory\") 1 1)
        (func (export \"user_entrypoint\") (param i32) (result i32) (i32.const 0)))";
    let gas = async |arbos_version: u64, charge: Option<u64>| {
        let chain = at(arbos_version).await;
        if let Some(charge) = charge {
            let set = [&keccak256("setWasmActivationGas(uint64)")[..4], &word(charge)].concat();
            assert!(write(&chain, ARB_OWNER, set).await);
        }
        let program = chain.inactive_program(wat).await;
        let (gas, activated) = super::activation::activation_gas(&chain, program).await;
        assert!(activated);
        gas
    };
    let before = gas(51, None).await;
    // reading the charge costs 800, and it is 0 at first
    assert_eq!(gas(59, None).await - before, 800);
    assert_eq!(gas(59, Some(12_345)).await - before, 800 + 12_345);
}

#[tokio::test(flavor = "multi_thread")]
async fn open_pages_have_a_hard_limit_from_arbos_59() {
    let of_pages = |pages: u32| {
        format!(
            "(module (memory (export \"memory\") {pages} {pages})
               (func (export \"user_entrypoint\") (param i32) (result i32) (i32.const 0)))"
        )
    };
    // returns the status of a call of the address in the arguments, with one page open
    let caller = module(
        &["read_args", "call_contract", "write_result"],
        "(call $read_args (i32.const 0))
         (i32.store8 (i32.const 128) (call $call_contract (i32.const 0) (i32.const 32) (i32.const 0) (i32.const 64) (i64.const 100000) (i32.const 160)))
         (call $write_result (i32.const 128) (i32.const 1)) (i32.const 0)",
    );
    // grows by the number in the arguments
    let grower = "(module (import \"vm_hooks\" \"pay_for_memory_grow\" (func (param i32)))
        (memory (export \"memory\") 1)
        (func (export \"user_entrypoint\") (param i32) (result i32) (i32.eq (memory.grow (local.get 0)) (i32.const -1))))";
    for (arbos_version, limited) in [(51, false), (59, true)] {
        let chain = at(arbos_version).await;
        let caller = chain.program(&caller).await;
        let (nine, ten) = (chain.program(&of_pages(9)).await, chain.program(&of_pages(10)).await);
        let grower = chain.program(grower).await;
        let set = [&keccak256("setWasmPageLimit(uint16)")[..4], &word(10)].concat();
        assert!(write(&chain, ARB_OWNER, set).await);
        assert_eq!(chain.call(caller, nine.to_vec()).await.unwrap(), [0]);
        assert_eq!(chain.call(caller, ten.to_vec()).await.unwrap(), [2 * u8::from(limited)]);
        assert!(chain.call(ten, vec![]).await.is_ok(), "10 alone are within the limit");
        assert!(chain.call(grower, vec![0; 9]).await.is_ok());
        assert_eq!(chain.call(grower, vec![0; 10]).await.is_err(), limited);
        // before 59 the limit is one of activation only
        let program = chain.inactive_program(&of_pages(11)).await;
        let error = chain.call(ARB_WASM, activate_call(program)).await.unwrap_err();
        assert!(error.contains("memory exceeds limit: 11 > 10"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_used_before_in_the_block_starts_as_a_cached_one_from_arbos_60() {
    let empty = "(module (memory (export \"memory\") 1 1)
        (func (export \"user_entrypoint\") (param i32) (result i32) (i32.const 0)))";
    let call = "(drop (call $call_contract (i32.const 0) (i32.const 32) (i32.const 0) (i32.const 64) (i64.const -1) (i32.const 128)))";
    for (arbos_version, saved) in [(59, 0), (60, 8_832 + 18)] {
        let chain = at(arbos_version).await;
        let caller = chain.program(&priced(&["call_contract"], call)).await;
        let callee = chain.program(empty).await;
        for _ in 0..2 {
            // a simulation is a block of its own: the list is empty again
            let (first, second) = two_prices(&chain.call(caller, callee.to_vec()).await.unwrap());
            assert_eq!(first - second, (2_500 + saved) * 10_000, "ArbOS {arbos_version}");
        }
        // so is every transaction, as long as each has its own block
        let [init, _] = init_gas(&chain, callee).await;
        for _ in 0..2 {
            assert_eq!(gas_used(&chain, callee).await, 21_000 + init + 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_recent_programs_is_as_long_as_the_owner_says() {
    let chain = at(60).await;
    // three programs that differ by a constant
    let program = |n: u32| {
        format!(
            "(module (memory (export \"memory\") 1 1)
               (func (export \"user_entrypoint\") (param i32) (result i32) (drop (i32.const {n})) (i32.const 0)))"
        )
    };
    let [a, b] = [chain.program(&program(1)).await, chain.program(&program(2)).await];
    // calls both, twice
    let both = "(drop (call $call_contract (i32.const 0) (i32.const 64) (i32.const 0) (i32.const 96) (i64.const -1) (i32.const 128)))
        (drop (call $call_contract (i32.const 32) (i32.const 64) (i32.const 0) (i32.const 96) (i64.const -1) (i32.const 128)))";
    let caller = chain.program(&priced(&["call_contract"], both)).await;
    let mut arguments = a.to_vec();
    arguments.resize(32, 0);
    arguments.extend(b.as_slice());
    let saved = async || {
        let (first, second) = two_prices(&chain.call(caller, arguments.clone()).await.unwrap());
        (first - second) / 10_000 - 2 * 2_500
    };
    // both are found again: 8,832 + 18 each
    assert_eq!(saved().await, 2 * 8_850);
    // with one place, each call drives the other program out
    let set = [&keccak256("setWasmBlockCacheSize(uint16)")[..4], &word(1)].concat();
    assert!(write(&chain, ARB_OWNER, set).await);
    assert_eq!(saved().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn evm_rules_are_those_of_the_arbos_version() {
    // CLZ(1) is Osaka's (ArbOS 50) and MCOPY Cancun's. The precompiles for BLS12-381 came to Ethereum with Prague, whose
    // rules ArbOS 40 has, but to Arbitrum with ArbOS 50 only (stylus-vm.md 8.1).
    let works = async |chain: &Chain, code: &[u8]| {
        let contract = chain.deploy(code).await;
        chain.call(contract, vec![]).await.is_ok()
    };
    for (arbos_version, osaka) in [(32, false), (40, false), (51, true)] {
        let chain = at(arbos_version).await;
        assert!(works(&chain, &hex!("5f5f5f5e00")).await);
        assert_eq!(works(&chain, &hex!("60011e00")).await, osaka, "ArbOS {arbos_version}");
        // BLS12_G1ADD with 256 zero bytes: infinity plus infinity, 128 bytes; without code a call returns nothing
        let g1_add = address!("000000000000000000000000000000000000000b");
        let answer = chain.call(g1_add, vec![0; 256]).await.unwrap();
        assert_eq!(answer.len(), if osaka { 128 } else { 0 }, "ArbOS {arbos_version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn max_wasm_size_is_a_setting_from_arbos_40() {
    let wat = "(module (memory (export \"memory\") 1 1)
        (func (export \"user_entrypoint\") (param i32) (result i32) (i32.const 0)))";
    for (arbos_version, settable) in [(32, false), (51, true)] {
        let chain = at(arbos_version).await;
        // the module has 64 bytes
        let set = |size: u64| [&keccak256("setWasmMaxSize(uint32)")[..4], &word(size)].concat();
        assert_eq!(write(&chain, ARB_OWNER, set(63)).await, settable, "ArbOS {arbos_version}");
        let program = chain.inactive_program(wat).await;
        let receipt = chain.activate_anyway(program, 5_000_000).await;
        assert_eq!(receipt.status(), !settable);
        if settable {
            assert!(write(&chain, ARB_OWNER, set(64)).await);
            assert!(chain.activate(program).await.status());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn page_counts_of_65_536_and_more_are_out_of_ink_from_arbos_59() {
    let pay = "(module (import \"vm_hooks\" \"pay_for_memory_grow\" (func $pay (param i32)))
        (memory (export \"memory\") 1 1)
        (func (export \"user_entrypoint\") (param i32) (result i32) (call $pay (i32.const 65536)) (i32.const 0)))";
    for (arbos_version, works) in [(51, true), (59, false)] {
        let chain = at(arbos_version).await;
        let program = chain.program(pay).await;
        let answer = chain.call(program, Bytes::new()).await;
        assert_eq!(answer.is_ok(), works, "ArbOS {arbos_version}");
    }
}
