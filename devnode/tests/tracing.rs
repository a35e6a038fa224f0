//! Transactions traced, as a client asks for it. What is expected is worked out by hand from stylus-vm.md 10.7, from the
//! EVM's gas table and from go-ethereum's formats.
#![allow(missing_docs)]

mod support;

use alloy::network::TransactionBuilder;
use alloy::primitives::{Address, B256, Bytes, U256, address, hex};
use alloy::providers::Provider;
use alloy::rpc::types::{TransactionReceipt, TransactionRequest};
use alloy::sol_types::{Revert, SolError};
use serde_json::{Value, json};
use support::{ARB_WASM, Chain, activate_call, chain};

const SENDER: Address = devnode::DEV_ACCOUNT;
/// Gas of the transactions below, so that prices can be taken from it.
const GAS: u64 = 5_000_000;

fn wat(imports: &[&str], body: &str) -> String {
    let signatures = [
        ("read_args", "(param i32)"),
        ("write_result", "(param i32 i32)"),
        ("storage_load_bytes32", "(param i32 i32)"),
        ("storage_cache_bytes32", "(param i32 i32)"),
        ("storage_flush_cache", "(param i32)"),
        ("call_contract", "(param i32 i32 i32 i32 i64 i32) (result i32)"),
        ("create1", "(param i32 i32 i32 i32 i32)"),
        ("read_return_data", "(param i32 i32 i32) (result i32)"),
        ("emit_log", "(param i32 i32 i32)"),
        ("msg_value", "(param i32)"),
        ("block_number", "(result i64)"),
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

/// A program that calls the address in the first 20 bytes with the rest, and ends as the callee did.
fn forwarding_program() -> String {
    wat(
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

/// A program that writes its argument to slot 0.
fn storing_program() -> String {
    wat(
        &["read_args", "storage_cache_bytes32", "storage_flush_cache"],
        "(call $read_args (i32.const 64)) (call $storage_cache_bytes32 (i32.const 0) (i32.const 64))
         (call $storage_flush_cache (i32.const 0)) (i32.const 0)",
    )
}

/// EVM code that calls the address in the first 20 bytes with the rest, and ends as the callee did:
/// calldatacopy(0, 0, calldatasize); call(gas, mload(0) >> 96, callvalue, 20, calldatasize - 20, 0, 0);
/// returndatacopy(0, 0, returndatasize); success ? return : revert.
const FORWARDER: [u8; 34] =
    hex!("365f5f375f5f60143603601434" "5f5160601c5af13d5f5f3e601e573d5ffd5b3d5ff3");
/// EVM code that reverts with its calldata.
const REVERTER: [u8; 7] = hex!("365f5f37365ffd");
/// EVM code that writes calldata's first word to slot 0: sstore(0, calldataload(0)).
const STORE: [u8; 5] = hex!("5f355f5500");

fn word(value: u64) -> Vec<u8> {
    U256::from(value).to_be_bytes_vec()
}

fn path(targets: &[Address], data: &[u8]) -> Vec<u8> {
    targets.iter().flat_map(|target| target.to_vec()).chain(data.iter().copied()).collect()
}

async fn send(chain: &Chain, to: Address, data: impl Into<Bytes>) -> TransactionReceipt {
    let tx = TransactionRequest::default().to(to).input(data.into().into());
    chain.send_anyway(tx, GAS).await
}

async fn trace(chain: &Chain, of: &TransactionReceipt, options: Value) -> Value {
    let params = json!([of.transaction_hash, options]);
    chain.request("debug_traceTransaction", params).await.unwrap()
}

async fn frames(chain: &Chain, of: &TransactionReceipt) -> Value {
    trace(chain, of, json!({"tracer": "callTracer"})).await
}

async fn steps(chain: &Chain, of: &TransactionReceipt) -> Value {
    trace(chain, of, json!({"tracer": "stylusTracer"})).await
}

fn number(quantity: &Value) -> u64 {
    u64::from_str_radix(quantity.as_str().unwrap().strip_prefix("0x").unwrap(), 16).unwrap()
}

fn bytes(text: &Value) -> Vec<u8> {
    hex::decode(text.as_str().unwrap().strip_prefix("0x").unwrap()).unwrap()
}

/// What a client reads of `args` and `outs` of a step: so many bytes, and the rest as well or not.
fn layout(name: &str) -> [(usize, bool); 2] {
    match name {
        "user_entrypoint" | "exit_early" => [(4, false), (0, false)],
        "user_returned" | "return_data_size" => [(0, false), (4, false)],
        "read_args" => [(0, false), (0, true)],
        "write_result" => [(0, true), (0, false)],
        "storage_load_bytes32" => [(32, false), (32, false)],
        "storage_cache_bytes32" => [(64, false), (0, false)],
        "storage_flush_cache" => [(1, false), (0, false)],
        "call_contract" => [(20 + 8 + 32, true), (5, false)],
        "delegate_call_contract" | "static_call_contract" => [(20 + 8, true), (5, false)],
        "create1" => [(32, true), (24, false)],
        "read_return_data" => [(8, false), (0, true)],
        "emit_log" => [(4, true), (0, false)],
        "msg_value" => [(0, false), (32, false)],
        "block_number" => [(0, false), (8, false)],
        evm if evm.starts_with("evm_") => [(0, false), (0, false)],
        other => panic!("no such step: {other}"),
    }
}

/// Reads steps as cargo-stylus does: every member there, every byte consumed. Returns the names, nested.
fn read_steps(steps: &Value) -> Vec<String> {
    let mut names = Vec::new();
    for step in steps.as_array().unwrap() {
        let step = step.as_object().unwrap();
        let name = step["name"].as_str().unwrap();
        for (member, (fixed, rest)) in ["args", "outs"].into_iter().zip(layout(name)) {
            let found = bytes(&step[member]).len();
            assert!(found == fixed || (rest && found > fixed), "{name}: {found} bytes of {member}");
        }
        assert!(step["startInk"].is_u64() && step["endInk"].is_u64(), "{name}");
        let nests = name.starts_with("evm_") || name.ends_with("call_contract");
        assert_eq!(step.contains_key("address"), nests, "{name}");
        assert_eq!(step.contains_key("steps"), nests, "{name}");
        assert_eq!(step.len(), if nests { 7 } else { 5 }, "{name}");
        names.push(name.to_owned());
        if nests {
            assert_eq!(bytes(&step["address"]).len(), 20);
            names.push("{".into());
            names.extend(read_steps(&step["steps"]));
            names.push("}".into());
        }
    }
    names
}

fn spelled(steps: &Value) -> String {
    read_steps(steps).join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_shown_as_its_host_calls() {
    let chain = chain().await;
    let program = chain.program(&storing_program()).await;
    let receipt = send(&chain, program, word(7)).await;
    let steps = steps(&chain, &receipt).await;
    assert_eq!(
        spelled(&steps),
        "user_entrypoint read_args storage_cache_bytes32 storage_flush_cache user_returned"
    );
    // Ink at the start: the gas limit less 21,000, 31 zero bytes at 4, one other byte at 16, and the call's price.
    let price = hex!("62b688aa");
    let call = [&price[..], program.into_word().as_slice()].concat();
    let init_gas = U256::from_be_slice(&chain.call(ARB_WASM, call).await.unwrap()[..32]);
    let ink = (GAS - 21_000 - 31 * 4 - 16 - init_gas.to::<u64>()) * 10_000;
    assert_eq!(steps[0]["args"], "0x00000020");
    assert_eq!((&steps[0]["startInk"], &steps[0]["endInk"]), (&json!(ink), &json!(ink)));
    assert_eq!((&steps[4]["startInk"], &steps[4]["endInk"]), (&json!(ink), &json!(ink)));
    assert_eq!(steps[4]["outs"], "0x00000000");
    // A host call and a write of 32 bytes: 8,400 + 5,040.
    let cost = |step: &Value| step["startInk"].as_u64().unwrap() - step["endInk"].as_u64().unwrap();
    assert_eq!(cost(&steps[1]), 8_400 + 5_040);
    assert_eq!(bytes(&steps[1]["outs"]), word(7));
    assert_eq!(cost(&steps[2]), 18_480);
    assert_eq!(bytes(&steps[2]["args"]), [word(0), word(7)].concat());
    // A cold slot that was zero: 2,100 + 20,000 gas.
    assert_eq!(cost(&steps[3]), 68_073 + 22_100 * 10_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_and_contracts_nest_in_each_other() {
    let chain = chain().await;
    let outer = chain.deploy(&FORWARDER).await;
    let program = chain.program(&forwarding_program()).await;
    let inner = chain.deploy(&FORWARDER).await;
    let store = chain.program(&storing_program()).await;
    let data = path(&[program, inner, store], &word(7));
    let receipt = send(&chain, outer, data.clone()).await;
    assert!(receipt.status());

    let top = frames(&chain, &receipt).await;
    let mut frame = &top;
    for (depth, target) in [outer, program, inner, store].into_iter().enumerate() {
        assert_eq!(frame["type"], "CALL");
        assert_eq!(frame["to"], json!(target));
        let from = [SENDER, outer, program, inner][depth];
        assert_eq!(frame["from"], json!(from));
        assert_eq!(bytes(&frame["input"]), data[depth * 20..]);
        assert_eq!(frame["value"], "0x0");
        assert!(frame.get("error").is_none() && frame.get("output").is_none(), "{frame}");
        if target != store {
            assert_eq!(frame["calls"].as_array().unwrap().len(), 1);
            let (gas, gas_used) = (number(&frame["gas"]), number(&frame["gasUsed"]));
            frame = &frame["calls"][0];
            assert!(number(&frame["gas"]) <= gas * 63 / 64 && number(&frame["gasUsed"]) < gas_used);
        }
    }
    assert!(frame.get("calls").is_none());
    assert_eq!(number(&top["gas"]), GAS);
    assert_eq!(number(&top["gasUsed"]), receipt.gas_used);

    let steps = steps(&chain, &receipt).await;
    assert_eq!(
        spelled(&steps),
        "evm_call_contract { user_entrypoint read_args msg_value \
           call_contract { evm_call_contract { user_entrypoint read_args storage_cache_bytes32 storage_flush_cache \
             user_returned } } \
         read_return_data write_result user_returned }"
    );
    assert_eq!(steps[0]["address"], json!(program));
    let call = &steps[0]["steps"][3];
    assert_eq!(call["address"], json!(inner));
    assert_eq!(call["steps"][0]["address"], json!(store));
    assert_eq!((&steps[0]["startInk"], &steps[0]["args"]), (&json!(0), &json!("0x")));
    let args = bytes(&call["args"]);
    assert_eq!(args[..20], inner[..]);
    assert_eq!(args[20..28], u64::MAX.to_be_bytes());
    assert_eq!(args[28..60], word(0));
    assert_eq!(args[60..], data[40..]);
    assert_eq!(call["outs"], "0x0000000000");
}
