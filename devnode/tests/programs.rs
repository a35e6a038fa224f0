//! Programs and contracts calling each other: what people get wrong about Stylus on a chain.
#![allow(missing_docs)]

#[path = "programs/activation.rs"]
mod activation;
#[path = "programs/creation.rs"]
mod creation;
#[path = "programs/frames.rs"]
mod frames;
#[path = "programs/gas.rs"]
mod gas;
#[path = "programs/versions.rs"]
mod versions;

use crate::support::{
    ARB_DEBUG, ARB_WASM, ARB_WASM_CACHE, Chain, activate_call, chain, program_code,
};
use alloy::network::TransactionBuilder;
use alloy::primitives::{Address, Bytes, U256, address, b256, hex, keccak256};
use alloy::providers::Provider;
use alloy::rpc::types::TransactionRequest;
use serde_json::json;

/// Imports that the programs below choose from, and a memory of one page that cannot grow.
fn module(imports: &[&str], body: &str) -> String {
    let signatures = [
        ("read_args", "(param i32)"),
        ("write_result", "(param i32 i32)"),
        ("storage_load_bytes32", "(param i32 i32)"),
        ("storage_cache_bytes32", "(param i32 i32)"),
        ("storage_flush_cache", "(param i32)"),
        ("transient_load_bytes32", "(param i32 i32)"),
        ("transient_store_bytes32", "(param i32 i32)"),
        ("call_contract", "(param i32 i32 i32 i32 i64 i32) (result i32)"),
        ("delegate_call_contract", "(param i32 i32 i32 i64 i32) (result i32)"),
        ("static_call_contract", "(param i32 i32 i32 i64 i32) (result i32)"),
        ("create1", "(param i32 i32 i32 i32 i32)"),
        ("create2", "(param i32 i32 i32 i32 i32 i32)"),
        ("read_return_data", "(param i32 i32 i32) (result i32)"),
        ("return_data_size", "(result i32)"),
        ("emit_log", "(param i32 i32 i32)"),
        ("account_code_size", "(param i32) (result i32)"),
        ("account_codehash", "(param i32 i32)"),
        ("block_basefee", "(param i32)"),
        ("msg_value", "(param i32)"),
        ("msg_sender", "(param i32)"),
        ("contract_address", "(param i32)"),
        ("msg_reentrant", "(result i32)"),
        ("tx_gas_price", "(param i32)"),
        ("block_number", "(result i64)"),
        ("evm_ink_left", "(result i64)"),
    ];
    let imports: String = imports
        .iter()
        .map(|name| {
            let (_, signature) = signatures.iter().find(|(known, _)| known == name).unwrap();
            format!("(import \"vm_hooks\" \"{name}\" (func ${name} {signature}))")
        })
        .collect();
    format!(
        "(module {imports} (memory (export \"memory\") 1 1)
           (func (export \"user_entrypoint\") (param $len i32) (result i32) (local $status i32) (local $n i32) {body}))"
    )
}

/// Calls the address in the first 20 bytes with the rest, its own value and all its gas; ends as the callee did.
fn forwarder() -> String {
    module(
        &["read_args", "write_result", "call_contract", "read_return_data", "msg_value"],
        "(call $read_args (i32.const 0))
         (call $msg_value (i32.const 8192))
         (local.set $status (call $call_contract (i32.const 0) (i32.const 20)
            (i32.sub (local.get $len) (i32.const 20)) (i32.const 8192) (i64.const -1) (i32.const 8300)))
         (local.set $n (i32.load (i32.const 8300)))
         (drop (call $read_return_data (i32.const 16384) (i32.const 0) (local.get $n)))
         (call $write_result (i32.const 16384) (local.get $n))
         (local.get $status)",
    )
}

/// The same with `delegate_call_contract` or `static_call_contract`.
fn forwarder_by(host: &str) -> String {
    module(
        &["read_args", "write_result", host, "read_return_data"],
        &format!(
            "(call $read_args (i32.const 0))
             (local.set $status (call ${host} (i32.const 0) (i32.const 20)
                (i32.sub (local.get $len) (i32.const 20)) (i64.const -1) (i32.const 8300)))
             (local.set $n (i32.load (i32.const 8300)))
             (drop (call $read_return_data (i32.const 16384) (i32.const 0) (local.get $n)))
             (call $write_result (i32.const 16384) (local.get $n))
             (local.get $status)"
        ),
    )
}

/// Writes the argument word to slot 0 and flushes; without arguments returns slot 0.
fn counter() -> String {
    module(
        &["read_args", "write_result", "storage_load_bytes32", "storage_cache_bytes32", "storage_flush_cache"],
        "(call $read_args (i32.const 64))
         (if (local.get $len)
           (then (call $storage_cache_bytes32 (i32.const 0) (i32.const 64)) (call $storage_flush_cache (i32.const 0)))
           (else (call $storage_load_bytes32 (i32.const 0) (i32.const 64)) (call $write_result (i32.const 64) (i32.const 32))))
         (i32.const 0)",
    )
}

/// Returns sender, value and acting address.
fn who() -> String {
    module(
        &["write_result", "msg_value", "msg_sender", "contract_address"],
        "(call $msg_sender (i32.const 12)) (call $msg_value (i32.const 32)) (call $contract_address (i32.const 76))
         (call $write_result (i32.const 0) (i32.const 96)) (i32.const 0)",
    )
}

fn word(value: u64) -> Vec<u8> {
    U256::from(value).to_be_bytes_vec()
}

fn to(target: Address, rest: &[u8]) -> Bytes {
    [target.as_slice(), rest].concat().into()
}

async fn write(chain: &Chain, target: Address, data: impl Into<Bytes>) -> bool {
    let data = data.into();
    chain
        .send_anyway(TransactionRequest::default().to(target).input(data.into()), 5_000_000)
        .await
        .status()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_keeps_what_it_flushed() {
    let chain = chain().await;
    let program = chain.program(&counter()).await;
    assert!(write(&chain, program, word(42)).await);
    assert_eq!(chain.call(program, vec![]).await.unwrap(), word(42));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_flushed_is_lost() {
    let chain = chain().await;
    let program = chain
        .program(&module(
            &["storage_cache_bytes32", "storage_load_bytes32", "write_result"],
            "(if (local.get $len)
               (then (i32.store8 (i32.const 95) (i32.const 7)) (call $storage_cache_bytes32 (i32.const 0) (i32.const 64)))
               (else (call $storage_load_bytes32 (i32.const 0) (i32.const 64)) (call $write_result (i32.const 64) (i32.const 32))))
             (i32.const 0)",
        ))
        .await;
    assert!(write(&chain, program, word(1)).await);
    assert_eq!(chain.call(program, vec![]).await.unwrap(), word(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_nest_in_every_direction() {
    let chain = chain().await;
    let counter = chain.program(&counter()).await;
    let wasm = chain.program(&forwarder()).await;
    // the same in EVM: calldatacopy; call(gas, first 20 bytes, callvalue, rest); return or revert with the data
    let evm = chain
        .deploy(&hex!("6014360360145f375f5f601436035f345f3560601c5af13d5f5f3e6021573d5ffd5b3d5ff3"))
        .await;
    // EVM → WASM → EVM → WASM
    let data = to(wasm, &to(evm, &to(counter, &word(9))));
    assert!(write(&chain, evm, data).await);
    assert_eq!(chain.call(counter, vec![]).await.unwrap(), word(9));
    let data = to(wasm, &to(evm, counter.as_slice()));
    assert_eq!(chain.call(evm, data).await.unwrap(), word(9));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reverting_frame_takes_its_inner_writes_with_it_and_passes_its_data() {
    let chain = chain().await;
    let counter = chain.program(&counter()).await;
    // writes through the counter, then reverts with the word 5
    let reverter = chain
        .program(&module(
            &["read_args", "write_result", "call_contract"],
            "(call $read_args (i32.const 0))
             (drop (call $call_contract (i32.const 0) (i32.const 20) (i32.const 32) (i32.const 8192) (i64.const -1) (i32.const 8300)))
             (i32.store8 (i32.const 131) (i32.const 5))
             (call $write_result (i32.const 100) (i32.const 32))
             (i32.const 1)",
        ))
        .await;
    let error = chain.call(reverter, to(counter, &word(3))).await.unwrap_err();
    assert!(error.contains(&format!("{:064x}", 5)), "{error}");
    assert!(!write(&chain, reverter, to(counter, &word(3))).await);
    assert_eq!(chain.call(counter, vec![]).await.unwrap(), word(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn delegatecall_keeps_sender_value_and_address() {
    let chain = chain().await;
    let who = chain.program(&who()).await;
    let delegator = chain.program(&forwarder_by("delegate_call_contract")).await;
    let tx = TransactionRequest::default()
        .from(devnode::DEV_ACCOUNT)
        .to(delegator)
        .value(U256::from(77))
        .input(to(who, &[]).into());
    let seen = chain.rpc.call(tx).await.unwrap();
    assert_eq!(Address::from_slice(&seen[12..32]), devnode::DEV_ACCOUNT);
    assert_eq!(U256::from_be_slice(&seen[32..64]), U256::from(77));
    assert_eq!(Address::from_slice(&seen[76..96]), delegator);
}

#[tokio::test(flavor = "multi_thread")]
async fn value_moves_with_a_call_and_comes_back_with_a_revert() {
    let chain = chain().await;
    let forwarder = chain.program(&forwarder()).await;
    let payee = address!("00000000000000000000000000000000000bEEF1");
    let tx = TransactionRequest::default()
        .to(forwarder)
        .value(U256::from(5))
        .input(to(payee, &[]).into());
    assert!(chain.send_anyway(tx, 1_000_000).await.status());
    assert_eq!(chain.rpc.get_balance(payee).await.unwrap(), U256::from(5));
    let reverter = chain.deploy(&hex!("5f5ffd")).await;
    let tx = TransactionRequest::default()
        .to(forwarder)
        .value(U256::from(5))
        .input(to(reverter, &[]).into());
    assert!(!chain.send_anyway(tx, 1_000_000).await.status());
    assert_eq!(chain.rpc.get_balance(reverter).await.unwrap(), U256::ZERO);
    assert_eq!(chain.rpc.get_balance(forwarder).await.unwrap(), U256::ZERO);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_static_frame_refuses_writes_but_not_a_clean_flush() {
    let chain = chain().await;
    let by_static = chain.program(&forwarder_by("static_call_contract")).await;
    let counter = chain.program(&counter()).await;
    let flusher = chain
        .program(&module(
            &["storage_flush_cache", "write_result"],
            "(call $storage_flush_cache (i32.const 1)) (call $write_result (i32.const 0) (i32.const 32)) (i32.const 0)",
        ))
        .await;
    let logger = chain
        .program(&module(
            &["emit_log"],
            "(call $emit_log (i32.const 0) (i32.const 32) (i32.const 1)) (i32.const 0)",
        ))
        .await;
    assert_eq!(chain.call(by_static, to(flusher, &[])).await.unwrap(), word(0));
    for (target, data) in [(counter, word(1)), (logger, vec![])] {
        assert!(chain.call(target, data.clone()).await.is_ok(), "works in an ordinary call");
        let error = chain.call(by_static, to(target, &data)).await.unwrap_err();
        assert!(error.contains("execution reverted"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reentrant_is_said_exactly_when_another_frame_of_the_address_is_open() {
    let chain = chain().await;
    // Returns the flag; with 20 bytes or more of arguments, calls the address in the first 20 with the rest first.
    let flag = module(
        &["read_args", "write_result", "call_contract", "read_return_data", "msg_reentrant"],
        "(i32.store8 (i32.const 16415) (call $msg_reentrant))
         (call $read_args (i32.const 0))
         (local.set $n (i32.const 32))
         (if (i32.ge_u (local.get $len) (i32.const 20)) (then
           (drop (call $call_contract (i32.const 0) (i32.const 20) (i32.sub (local.get $len) (i32.const 20))
                  (i32.const 8192) (i64.const -1) (i32.const 8300)))
           (local.set $n (i32.load (i32.const 8300)))
           (drop (call $read_return_data (i32.const 16384) (i32.const 0) (local.get $n)))))
         (call $write_result (i32.const 16384) (local.get $n)) (i32.const 0)",
    );
    let flag = chain.program(&flag).await;
    let forwarder = chain.program(&forwarder()).await;
    let delegator = chain.program(&forwarder_by("delegate_call_contract")).await;
    let cases: [(&str, Address, Vec<u8>, u64); 5] = [
        ("a plain call", flag, vec![], 0),
        ("a call into itself", flag, to(flag, &[]).to_vec(), 1),
        ("a call back through another contract", flag, to(forwarder, flag.as_slice()).to_vec(), 1),
        (
            "two calls one after the other, through a forwarder",
            forwarder,
            to(flag, &[]).to_vec(),
            0,
        ),
        ("a delegate frame does not count", delegator, to(flag, &[]).to_vec(), 0),
    ];
    for (what, target, data, expected) in cases {
        assert_eq!(chain.call(target, data).await.unwrap(), word(expected), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_not_activated_burns_everything_and_says_how_to_fix_it() {
    let chain = chain().await;
    let program = chain.inactive_program(&counter()).await;
    let error = chain.call(program, vec![]).await.unwrap_err();
    assert!(error.contains("-32000"), "{error}");
    assert!(
        error.contains("ProgramNotActivated()") && error.contains("cargo stylus activate"),
        "{error}"
    );
    let receipt = chain.send_anyway(TransactionRequest::default().to(program), 300_000).await;
    assert!(!receipt.status());
    assert_eq!(receipt.gas_used, 300_000);
    // The code hash counts, not the address: a second copy is active with the first.
    let copy = chain.inactive_program(&counter()).await;
    assert!(chain.activate(program).await.status());
    assert_eq!(chain.call(copy, vec![]).await.unwrap(), word(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn gas_above_the_compute_cap_is_given_back() {
    let chain = chain().await;
    let program = chain.inactive_program(&counter()).await;
    let receipt = chain.send_anyway(TransactionRequest::default().to(program), 100_000_000).await;
    assert!(!receipt.status());
    assert_eq!(receipt.gas_used, 32_000_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_gives_no_data_and_keeps_the_gas() {
    let chain = chain().await;
    let trapper = chain.program(&module(&[], "(unreachable)")).await;
    let receipt = chain.send_anyway(TransactionRequest::default().to(trapper), 1_000_000).await;
    assert!(!receipt.status());
    assert!(receipt.gas_used < 100_000, "{}", receipt.gas_used);
    let error = chain.call(trapper, vec![]).await.unwrap_err();
    assert!(error.contains("error code 3"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_loop_runs_out_of_ink() {
    let chain = chain().await;
    let endless = chain.program(&module(&[], "(loop (br 0)) (i32.const 0)")).await;
    let receipt = chain.send_anyway(TransactionRequest::default().to(endless), 1_000_000).await;
    assert!(!receipt.status());
    assert_eq!(receipt.gas_used, 1_000_000);
    let error = chain.call(endless, vec![]).await.unwrap_err();
    assert!(error.contains("out of gas"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn recursion_ends_and_the_chain_goes_on() {
    let chain = chain().await;
    let recursive = chain
        .program(&module(
            &["contract_address", "call_contract"],
            "(call $contract_address (i32.const 0))
             (drop (call $call_contract (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 64) (i64.const -1) (i32.const 128)))
             (i32.const 0)",
        ))
        .await;
    let receipt = chain.send_anyway(TransactionRequest::default().to(recursive), 32_000_000).await;
    assert!(receipt.status());
    chain.send(TransactionRequest::default().to(devnode::DEV_ACCOUNT)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn activation_is_paid_logged_and_done_once() {
    let chain = chain().await;
    let program = chain.inactive_program(&counter()).await;
    let before = chain.rpc.get_balance(devnode::DEV_ACCOUNT).await.unwrap();
    let receipt = chain.activate(program).await;
    assert!(receipt.status());
    let wasm = wat::parse_str(counter()).unwrap();
    let mut left = u64::MAX;
    let params = devnode::stylus::StylusParams::new(51);
    devnode::stylus::activate(
        &wasm,
        keccak256(program_code(&counter())),
        &params,
        128,
        true,
        &mut left,
    )
    .unwrap();
    let data = activate_call(program);
    let calldata: u64 = data.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum();
    // the constant parts of an activation sum up to 1,747,826 (stylus-vm.md 2.1); the engine says the variable one
    assert_eq!(receipt.gas_used, 21_000 + calldata + 1_747_826 + (u64::MAX - left));
    let log = &receipt.logs()[0];
    assert_eq!(log.address(), ARB_WASM);
    assert_eq!(
        log.topics()[0],
        b256!("c0e812780707128d9a180db8ee4d1c1f1300b6dd0626d577b5d9ac759b76253c")
    );
    assert_eq!(log.topics()[1], keccak256(program_code(&counter())));
    let fee = U256::from_be_slice(&log.data().data[64..96]);
    let spent = before - chain.rpc.get_balance(devnode::DEV_ACCOUNT).await.unwrap();
    assert_eq!(spent, fee + U256::from(receipt.gas_used) * U256::from(100_000_000));
    let error = chain.call(ARB_WASM, activate_call(program)).await.unwrap_err();
    assert!(error.contains("ProgramUpToDate()") && error.contains("cc944bf2"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fee_not_sent_is_named() {
    let chain = chain().await;
    let program = chain.inactive_program(&counter()).await;
    let error = chain.call(ARB_WASM, activate_call(program)).await.unwrap_err();
    assert!(error.contains("ProgramInsufficientValue(0, "), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_without_an_entry_point_is_refused_with_the_reason() {
    let chain = chain().await;
    let program = chain.inactive_program("(module (memory (export \"memory\") 1 1))").await;
    let error = chain.call(ARB_WASM, activate_call(program)).await.unwrap_err();
    assert!(
        error.contains("program activation failed") && error.contains("user_entrypoint"),
        "{error}"
    );
    assert!(error.contains("-32000"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_program_prefix_passes_the_rule_against_ef_code() {
    let chain = chain().await;
    for (code, deployable) in
        [(hex!("ef000001"), false), (hex!("eff00000"), true), (hex!("eff00100"), false)]
    {
        let tx = TransactionRequest::default().with_deploy_code(crate::support::init_code(&code));
        assert_eq!(
            chain.send_anyway(tx, 1_000_000).await.status(),
            deployable,
            "{}",
            hex::encode(code)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_creates_a_contract() {
    let chain = chain().await;
    let creator = chain
        .program(&module(
            &["read_args", "write_result", "create1"],
            "(call $read_args (i32.const 0))
             (call $create1 (i32.const 0) (local.get $len) (i32.const 8192) (i32.const 16396) (i32.const 8300))
             (call $write_result (i32.const 16384) (i32.const 32)) (i32.const 0)",
        ))
        .await;
    let init = crate::support::init_code(&hex!("60075f5260205ff3"));
    let created = Address::from_slice(&chain.call(creator, init.clone()).await.unwrap()[12..]);
    assert_eq!(created, creator.create(1));
    assert!(write(&chain, creator, init).await);
    assert_eq!(chain.call(created, vec![]).await.unwrap(), word(7));
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_see_the_parent_chains_block_number() {
    let chain = chain().await;
    let number = chain
        .program(&module(
            &["block_number", "write_result"],
            "(i64.store (i32.const 0) (call $block_number)) (call $write_result (i32.const 0) (i32.const 8)) (i32.const 0)",
        ))
        .await;
    // return(number)
    let opcode = chain.deploy(&hex!("435f5260205ff3")).await;
    let seen =
        u64::from_le_bytes(chain.call(number, vec![]).await.unwrap()[..8].try_into().unwrap());
    assert!(seen >= 20_000_000);
    assert_eq!(U256::from_be_slice(&chain.call(opcode, vec![]).await.unwrap()), U256::from(seen));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bid_caches_a_program_and_makes_its_calls_cheaper() {
    let chain = chain().await;
    let program = chain.program(&counter()).await;
    let call = || {
        chain.rpc.estimate_gas(TransactionRequest::default().from(devnode::DEV_ACCOUNT).to(program))
    };
    let uncached = call().await.unwrap();
    let bid = [&hex!("e4940157")[..], program.into_word().as_slice()].concat();
    assert!(write(&chain, devnode::CACHE_MANAGER, bid).await);
    let is_cached =
        [&hex!("a72f179b")[..], keccak256(program_code(&counter())).as_slice()].concat();
    assert_eq!(chain.call(ARB_WASM_CACHE, is_cached).await.unwrap(), word(1));
    assert!(uncached - call().await.unwrap() > 8_000);
    // A stranger may not.
    let evict = [&hex!("ce972013")[..], keccak256(program_code(&counter())).as_slice()].concat();
    let tx = TransactionRequest::default()
        .from(Address::repeat_byte(9))
        .to(ARB_WASM_CACHE)
        .input(Bytes::from(evict).into());
    assert!(chain.rpc.call(tx).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deployer_creates_activates_and_constructs_in_one_transaction() {
    let chain = chain().await;
    alloy::sol! {
        function deploy(bytes bytecode, bytes initData, uint256 initValue, bytes32 salt) external payable returns (address);
    }
    use alloy::sol_types::SolCall;
    let call = deployCall {
        bytecode: crate::support::init_code(&program_code(&counter())),
        initData: word(11).into(),
        initValue: U256::ZERO,
        salt: Default::default(),
    };
    let tx = TransactionRequest::default()
        .to(devnode::STYLUS_DEPLOYER)
        .value(U256::from(10).pow(U256::from(16)))
        .input(Bytes::from(call.abi_encode()).into());
    let receipt = chain.send(tx).await;
    assert!(receipt.status());
    let log = receipt.logs().last().unwrap();
    assert_eq!(
        log.topics()[0],
        b256!("8ffcdc15a283d706d38281f500270d8b5a656918f555de0913d7455e3e6bc1bf")
    );
    let deployed = Address::from_slice(&log.data().data[12..32]);
    assert_eq!(chain.call(deployed, vec![]).await.unwrap(), word(11));
    assert_eq!(chain.rpc.get_balance(devnode::STYLUS_DEPLOYER).await.unwrap(), U256::ZERO);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_override_makes_a_program_for_one_call() {
    let chain = chain().await;
    let at = Address::repeat_byte(0x42);
    let params = json!([
        {"from": devnode::DEV_ACCOUNT, "to": ARB_WASM, "data": activate_call(at), "value": "0xde0b6b3a7640000"},
        "pending",
        {at.to_string(): {"code": Bytes::from(program_code(&counter()))},
         devnode::DEV_ACCOUNT.to_string(): {"balance": U256::MAX}},
    ]);
    let answer = chain.request("eth_call", params).await.unwrap();
    assert!(answer.as_str().unwrap().starts_with(&format!("0x{:064x}", 2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn going_back_undoes_an_activation() {
    let chain = chain().await;
    let program = chain.inactive_program(&counter()).await;
    let snapshot = chain.request("evm_snapshot", json!([])).await.unwrap();
    chain.activate(program).await;
    assert!(chain.call(program, vec![]).await.is_ok());
    chain.request("evm_revert", json!([snapshot])).await.unwrap();
    assert!(chain.call(program, vec![]).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn precompiles_refuse_what_stylus_vm_says() {
    let chain = chain().await;
    let code = chain.rpc.get_code_at(ARB_WASM).await.unwrap();
    assert_eq!(code.as_ref(), hex!("fe"));
    // no such method; a write in a static frame; both take all gas
    let receipt = chain
        .send_anyway(
            TransactionRequest::default().to(ARB_WASM).input(Bytes::from(hex!("12345678")).into()),
            100_000,
        )
        .await;
    assert_eq!((receipt.status(), receipt.gas_used), (false, 100_000));
    let by_static = chain.program(&forwarder_by("static_call_contract")).await;
    assert!(chain.call(by_static, to(ARB_DEBUG, &hex!("0e5bbc11"))).await.is_err());
    // views answer contracts too
    assert_eq!(chain.call(by_static, to(ARB_WASM, &hex!("a996e0c2"))).await.unwrap(), word(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn estimates_are_enough_and_not_much_more() {
    let chain = chain().await;
    let counter = chain.program(&counter()).await;
    let forwarder = chain.program(&forwarder()).await;
    let tx = TransactionRequest::default()
        .from(devnode::DEV_ACCOUNT)
        .to(forwarder)
        .input(to(counter, &word(5)).into());
    let estimate = chain.rpc.estimate_gas(tx.clone()).await.unwrap();
    let receipt = chain.send_anyway(tx, estimate).await;
    assert!(receipt.status());
    assert!(estimate < receipt.gas_used * 105 / 100, "{estimate} for {}", receipt.gas_used);
}

/// Ink that a host call took the first and the second time, from three readings of the ink left.
fn two_prices(readings: &[u8]) -> (u64, u64) {
    let ink =
        |place: usize| u64::from_le_bytes(readings[8 * place..8 * place + 8].try_into().unwrap());
    (ink(0) - ink(1), ink(1) - ink(2))
}

/// Does something twice and returns the ink left before, between and after.
fn priced(imports: &[&str], twice: &str) -> String {
    let reading =
        |place: u32| format!("(i64.store (i32.const {}) (call $evm_ink_left))", 4096 + 8 * place);
    let body = format!(
        "(call $read_args (i32.const 0)) {} {twice} {} {twice} {}
         (call $write_result (i32.const 4096) (i32.const 24)) (i32.const 0)",
        reading(0),
        reading(1),
        reading(2)
    );
    module(&[&["read_args", "write_result", "evm_ink_left"], imports].concat(), &body)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cold_callee_costs_2500_gas_more_than_a_warm_one() {
    let chain = chain().await;
    let call = "(drop (call $call_contract (i32.const 0) (i32.const 32) (i32.const 0) (i32.const 64) (i64.const -1) (i32.const 128)))";
    let program = chain.program(&priced(&["call_contract"], call)).await;
    let target = address!("00000000000000000000000000000000000bEEF1");
    let (cold, warm) = two_prices(&chain.call(program, target.to_vec()).await.unwrap());
    assert_eq!(cold - warm, 2_500 * 10_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_payment_also_brings_the_account_to_life_for_25000_gas() {
    let chain = chain().await;
    let pay = "(i32.store8 (i32.const 95) (i32.const 1))
        (drop (call $call_contract (i32.const 0) (i32.const 32) (i32.const 0) (i32.const 64) (i64.const -1) (i32.const 128)))";
    let program = chain.program(&priced(&["call_contract"], pay)).await;
    let target = address!("00000000000000000000000000000000000bEEF1");
    let tx = TransactionRequest::default()
        .from(devnode::DEV_ACCOUNT)
        .to(program)
        .value(U256::from(2))
        .input(Bytes::from(target.to_vec()).into());
    let (first, second) = two_prices(&chain.rpc.call(tx).await.unwrap());
    // The stipend of 2,300 is handed on and comes back whole.
    assert_eq!(first - second, (2_500 + 25_000) * 10_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn flushing_a_new_value_costs_what_sstore_costs() {
    let chain = chain().await;
    let write = "(i32.store8 (i32.const 64) (i32.add (i32.load8_u (i32.const 64)) (i32.const 1)))
        (call $storage_cache_bytes32 (i32.const 0) (i32.const 64)) (call $storage_flush_cache (i32.const 0))";
    let program =
        chain.program(&priced(&["storage_cache_bytes32", "storage_flush_cache"], write)).await;
    let (first, second) = two_prices(&chain.call(program, vec![]).await.unwrap());
    // cold and from zero: 2,100 + 20,000; then a slot already dirty: 100
    assert_eq!(first - second, (22_100 - 100) * 10_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn clearing_a_slot_gives_4800_gas_back() {
    let chain = chain().await;
    let program = chain.program(&counter()).await;
    let write = |value| {
        chain.send_anyway(
            TransactionRequest::default().to(program).input(Bytes::from(word(value)).into()),
            1_000_000,
        )
    };
    write(1).await;
    let changed = write(2).await.gas_used;
    let cleared = write(0).await.gas_used;
    // The cleared word has a zero byte more: 16 - 4 gas of calldata.
    assert_eq!(changed - cleared, 4_800 + 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_cannot_be_destroyed_by_code_it_delegates_to() {
    let chain = chain().await;
    let delegator = chain.program(&forwarder_by("delegate_call_contract")).await;
    // selfdestruct(0)
    let destroyer = chain.deploy(&hex!("5fff")).await;
    assert!(!write(&chain, delegator, to(destroyer, &[])).await);
    assert!(!chain.rpc.get_code_at(delegator).await.unwrap().is_empty());
    // An EVM contract may still go that way.
    let evm = chain
        .deploy(&hex!("6014360360145f375f5f601436035f345f3560601c5af13d5f5f3e6021573d5ffd5b3d5ff3"))
        .await;
    assert!(write(&chain, evm, to(destroyer, &[])).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_nest_until_their_pages_are_too_dear() {
    let chain = chain().await;
    // Calls itself and returns one more than what came back.
    let recursive = chain
        .program(&module(
            &["contract_address", "call_contract", "read_return_data", "write_result"],
            "(call $contract_address (i32.const 0))
             (drop (call $call_contract (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 64) (i64.const -1) (i32.const 128)))
             (drop (call $read_return_data (i32.const 256) (i32.const 0) (i32.const 4)))
             (i32.store (i32.const 256) (i32.add (i32.load (i32.const 256)) (i32.const 1)))
             (call $write_result (i32.const 256) (i32.const 4)) (i32.const 0)",
        ))
        .await;
    let bid = [&hex!("e4940157")[..], recursive.into_word().as_slice()].concat();
    assert!(write(&chain, devnode::CACHE_MANAGER, bid).await);
    chain.request("anvil_setBalance", json!([devnode::DEV_ACCOUNT, U256::MAX >> 1])).await.unwrap();
    let answer = chain.call(recursive, vec![]).await.unwrap();
    let depth = u32::from_le_bytes(answer[..4].try_into().unwrap());
    // Each opens a page, and the 128th alone would cost 4 million gas (stylus-vm.md 4.2).
    assert!((100..128).contains(&depth), "{depth}");
}
