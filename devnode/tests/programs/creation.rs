//! Creating programs, and programs that create. Spec: stylus-vm.md §1.2, §1.3, §6.5, §6.6.

use super::frames::init_gas;
use super::{Chain, chain, counter, forwarder, module, priced, two_prices, word, write};
use crate::support::{ARB_WASM, activate_call, chain_with, init_code, program_code};
use alloy::network::TransactionBuilder;
use alloy::primitives::{Address, B256, Bytes, U256, hex, keccak256};
use alloy::providers::Provider;
use alloy::rpc::types::TransactionRequest;
use devnode::Config;
use serde_json::json;

/// Creates with the arguments as init code and its own value; returns the length of the revert data and the address.
fn creator(host: &str) -> String {
    let salt = if host == "create2" { "(i32.const 8224)" } else { "" };
    module(
        &["read_args", "write_result", host, "msg_value"],
        &format!(
            "(call $read_args (i32.const 16384)) (call $msg_value (i32.const 8192))
             (call ${host} (i32.const 16384) (local.get $len) (i32.const 8192) {salt} (i32.const 12) (i32.const 32))
             (call $write_result (i32.const 0) (i32.const 36)) (i32.const 0)"
        ),
    )
}

/// The address and the length of the revert data.
async fn created(chain: &Chain, creator: Address, init: impl Into<Bytes>) -> (Address, u32) {
    let answer = chain.call(creator, init).await.unwrap();
    (Address::from_slice(&answer[12..32]), u32::from_le_bytes(answer[32..36].try_into().unwrap()))
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_are_created_by_transactions_by_evm_code_and_by_programs() {
    let chain = chain().await;
    let code = program_code(&counter());
    // activated once; what counts is the code hash
    let first = chain.program(&counter()).await;
    // calldatacopy; create or create2(salt 0); return the address
    let evm1 = chain.deploy(&hex!("365f5f37365f5ff05f5260205ff3")).await;
    let evm2 = chain.deploy(&hex!("365f5f375f365f5ff55f5260205ff3")).await;
    let wasm1 = chain.program(&creator("create1")).await;
    let wasm2 = chain.program(&creator("create2")).await;
    let init = init_code(&code);
    for (by, at) in [
        (evm1, evm1.create(1)),
        (evm2, evm2.create2(B256::ZERO, keccak256(&init))),
        (wasm1, wasm1.create(1)),
        (wasm2, wasm2.create2(B256::ZERO, keccak256(&init))),
    ] {
        assert!(write(&chain, by, init.clone()).await);
        assert_eq!(chain.rpc.get_code_at(at).await.unwrap(), code, "created by {by}");
        assert!(write(&chain, at, word(6)).await);
        assert_eq!(chain.call(at, vec![]).await.unwrap(), word(6));
    }
    assert_eq!(chain.call(first, vec![]).await.unwrap(), word(0));
    // A program that creates a program and calls it, in one transaction: its creator is its caller.
    let forwarder = chain.program(&forwarder()).await;
    let at = wasm1.create(2);
    assert!(write(&chain, wasm1, init).await);
    assert_eq!(chain.call(forwarder, super::to(at, &[])).await.unwrap(), word(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn code_of_24_576_bytes_is_the_longest() {
    let chain = chain().await;
    for (length, deployable) in [(24_576, true), (24_577, false)] {
        for first in [0xEF, 0x00] {
            let mut code = vec![0; length];
            code[..2].copy_from_slice(&[first, if first == 0xEF { 0xF0 } else { 0 }]);
            let tx = TransactionRequest::default().with_deploy_code(init_code(&code));
            let receipt = chain.send_anyway(tx, 10_000_000).await;
            assert_eq!(receipt.status(), deployable, "{length} bytes from {first:02x}");
            if !deployable {
                assert_eq!(receipt.gas_used, 10_000_000);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_byte_of_a_program_costs_200_gas_to_deploy() {
    let chain = chain().await;
    let used = async |length: usize| {
        let mut code = vec![0; length];
        code[..2].copy_from_slice(&[0xEF, 0xF0]);
        let tx = TransactionRequest::default().with_deploy_code(init_code(&code));
        chain.send_anyway(tx, 10_000_000).await.gas_used
    };
    // 64 zero bytes more: 4 of calldata each, two words of init code 2 each, of copying and of memory 3 each
    assert_eq!(used(192).await - used(128).await, 64 * (200 + 4) + 2 * (2 + 3 + 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn wasm_of_131_072_bytes_is_the_longest_and_longer_reverts_without_data() {
    let chain = chain().await;
    // a custom section of so many bytes is ignored, but counts
    let module = |padding: usize| {
        let mut wasm = wat::parse_str(
            "(module (memory (export \"memory\") 1 1)
              (func (export \"user_entrypoint\") (param i32) (result i32) (i32.const 0)))",
        )
        .unwrap();
        // id, length in three bytes, name of one byte
        let length = padding + 2;
        wasm.extend([
            0,
            length as u8 & 0x7F | 0x80,
            (length >> 7) as u8 & 0x7F | 0x80,
            (length >> 14) as u8,
        ]);
        wasm.extend([1, b'p']);
        wasm.extend(vec![0; padding]);
        wasm
    };
    let longest = 131_072 - 64 - 6;
    assert_eq!(module(longest).len(), 131_072);
    for (padding, activates) in [(longest, true), (longest + 1, false)] {
        let code = devnode::stylus::container::compress(&module(padding)).unwrap();
        let program = chain.deploy(&code).await;
        let receipt = chain.activate_anyway(program, 10_000_000).await;
        assert_eq!(receipt.status(), activates);
        if !activates {
            // 1,659,168 + 800 + 3 + 100 + 800, and the transaction itself
            assert!(receipt.gas_used < 1_700_000, "{}", receipt.gas_used);
            let error = chain.call(ARB_WASM, activate_call(program)).await.unwrap_err();
            assert!(error.contains("error code 3"), "{error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn init_code_that_starts_like_a_program_fails_and_burns() {
    let chain = chain().await;
    let tx = TransactionRequest::default().with_deploy_code(program_code(&counter()));
    let receipt = chain.send_anyway(tx, 500_000).await;
    assert_eq!((receipt.status(), receipt.gas_used), (false, 500_000));
    // so it does for a program that creates: 0 came back, and the rest of the gas is the 64th it kept
    let by = chain.program(&creator("create1")).await;
    assert_eq!(created(&chain, by, program_code(&counter())).await, (Address::ZERO, 0));
    // Activating the hash of that code does not help: init code has none.
    chain.program(&counter()).await;
    assert_eq!(created(&chain, by, program_code(&counter())).await, (Address::ZERO, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_costs_32_000_gas_and_what_its_init_code_takes() {
    let chain = chain().await;
    // create1 with `len` bytes of zeros (STOP at once) from 1,024 on
    let measure = async |host: &str, len: u32| {
        let salt = if host == "create2" { "(i32.const 500)" } else { "" };
        let create = format!(
            "(call ${host} (i32.const 1024) (i32.const {len}) (i32.const 0) {salt} (i32.const 600) (i32.const 632))
             (i32.store8 (i32.const 531) (i32.add (i32.load8_u (i32.const 531)) (i32.const 1)))"
        );
        let program = chain.program(&priced(&[host], &create)).await;
        two_prices(&chain.call(program, vec![]).await.unwrap())
    };
    // between two readings: store 950, 5 constants, call 3,800, header; then constants 3, load 670, add 70, store 825,
    // call 3,800, header; and the reading itself 8,400
    let blocks = 950 + 5 + 3_800 + 2_450 + (3 + 670 + 70 + 825 + 1 + 3_800 + 2_450) + 8_400;
    let host_call = 83_193 + 2 * 16_381;
    let (first, second) = measure("create1", 0).await;
    // the constant of the store's address is among those counted
    assert_eq!((first, second), (blocks + host_call + 320_000_000, first));
    // CREATE2: a pointer more (and its constant), 6 gas a word
    let (first, _) = measure("create2", 0).await;
    assert_eq!(first, blocks + 1 + host_call + 5_040 + 320_000_000);
    let (with_word, _) = measure("create2", 33).await;
    assert_eq!(with_word - first, 2 * 55 + 2 * 6 * 10_000);
    // Neither the charge for words of init code nor the limit of its size applies here.
    let (long, _) = measure("create1", 60_000).await;
    assert_eq!(long, blocks + host_call + 2 * 55 * (60_000 - 32) + 320_000_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn init_code_longer_than_evm_allows_creates_through_a_program() {
    let chain = chain().await;
    let by = chain
        .program(&module(
            &["create1", "write_result"],
            "(call $create1 (i32.const 1024) (i32.const 60000) (i32.const 0) (i32.const 12) (i32.const 32))
             (call $write_result (i32.const 0) (i32.const 32)) (i32.const 0)",
        ))
        .await;
    let answer = chain.call(by, vec![]).await.unwrap();
    assert_eq!(Address::from_slice(&answer[12..]), by.create(1));
    // CREATE: out of gas beyond 2·24,576 bytes
    let evm = chain.deploy(&hex!("62 00ea60 5f 5f f0 5f 52 6020 5f f3")).await;
    assert!(chain.call(evm, vec![]).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_creation_gives_zero_and_only_a_revert_leaves_data() {
    let chain = chain().await;
    for host in ["create1", "create2"] {
        let by = chain.program(&creator(host)).await;
        // revert with 3 bytes; invalid; code from EF; jump nowhere
        for (init, length) in [
            (&hex!("60035ffd")[..], 3),
            (&hex!("fe")[..], 0),
            (&hex!("60ef5f5360015ff3")[..], 0),
            (&hex!("5f56")[..], 0),
        ] {
            let init = Bytes::copy_from_slice(init);
            assert_eq!(created(&chain, by, init).await, (Address::ZERO, length), "{host}");
        }
        // more value than there is
        let tx = TransactionRequest::default().to(by).from(devnode::DEV_ACCOUNT);
        assert!(chain.rpc.call(tx.value(U256::from(1))).await.is_ok(), "its own value it has");
    }
    // More value than the creator has: zero, and the gas comes back.
    let greedy = "(i32.store8 (i32.const 31) (i32.const 1))
        (call $create1 (i32.const 64) (i32.const 0) (i32.const 0) (i32.const 600) (i32.const 632))";
    let poor = chain.program(&priced(&["create1"], greedy)).await;
    let (without, _) = two_prices(&chain.call(poor, vec![]).await.unwrap());
    chain.request("anvil_setBalance", json!([poor, "0x2"])).await.unwrap();
    let (with, _) = two_prices(&chain.call(poor, vec![]).await.unwrap());
    assert_eq!(without, with);
}

#[tokio::test(flavor = "multi_thread")]
async fn value_sent_with_a_creation_is_the_new_accounts() {
    let chain = chain().await;
    let by = chain.program(&creator("create1")).await;
    let tx = TransactionRequest::default().to(by).value(U256::from(9)).input(Bytes::new().into());
    assert!(chain.send_anyway(tx, 1_000_000).await.status());
    assert_eq!(chain.rpc.get_balance(by.create(1)).await.unwrap(), U256::from(9));
    assert_eq!(chain.rpc.get_transaction_count(by.create(1)).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_that_cannot_pay_32_000_gas_reverts_the_program_and_keeps_the_gas() {
    let chain = chain().await;
    let program = chain
        .program(&module(
            &["create1"],
            "(call $create1 (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 64) (i32.const 96)) (i32.const 0)",
        ))
        .await;
    let [init, _] = init_gas(&chain, program).await;
    // 5 constants, call, header, 83,193 + 2·16,381: 122,210 ink, 13 gas
    let start = 21_000 + init + 13;
    let to = || TransactionRequest::default().to(program);
    let receipt = chain.send_anyway(to(), start + 31_999).await;
    assert_eq!((receipt.status(), receipt.gas_used), (false, start));
    // with just enough the creation runs, with no gas at all, and the last block takes a fraction of a gas that is left
    let receipt = chain.send_anyway(to(), start + 32_001).await;
    assert!(receipt.status());
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_code_is_not_remembered_from_arbos_40() {
    // the code size of the account to be, then its creation, then the size again
    let wat = |at: Address| {
        let address: String = at.iter().map(|byte| format!("\\{byte:02x}")).collect();
        format!(
            "(module
               (import \"vm_hooks\" \"account_code_size\" (func $size (param i32) (result i32)))
               (import \"vm_hooks\" \"create1\" (func $create (param i32 i32 i32 i32 i32)))
               (import \"vm_hooks\" \"write_result\" (func $write (param i32 i32)))
               (memory (export \"memory\") 1 1)
               (data (i32.const 0) \"{address}\")
               (data (i32.const 64) \"\\60\\05\\5f\\f3\")
               (func (export \"user_entrypoint\") (param i32) (result i32)
                 (i32.store8 (i32.const 128) (call $size (i32.const 0)))
                 (call $create (i32.const 64) (i32.const 4) (i32.const 32) (i32.const 160) (i32.const 192))
                 (i32.store8 (i32.const 129) (call $size (i32.const 160)))
                 (call $write (i32.const 128) (i32.const 2)) (i32.const 0)))"
        )
    };
    for (arbos_version, sizes) in [(51, [0, 5]), (40, [0, 5]), (32, [0, 0])] {
        let chain = chain_with(Config { arbos_version, ..Config::default() }).await;
        // the program's own address depends on the dev account's nonce, its first creation on that
        let nonce = chain.rpc.get_transaction_count(devnode::DEV_ACCOUNT).await.unwrap();
        let at = devnode::DEV_ACCOUNT.create(nonce).create(1);
        let program = chain.program(&wat(at)).await;
        assert_eq!(program.create(1), at);
        assert_eq!(chain.call(program, vec![]).await.unwrap(), sizes, "ArbOS {arbos_version}");
    }
}
