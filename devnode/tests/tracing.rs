//! Transactions traced, as a client asks for it. What is expected is worked out by hand from stylus-vm.md 10.7, from the
//! EVM's gas table and from go-ethereum's formats.
#![allow(missing_docs)]

use crate::support::{ARB_OWNER, ARB_WASM, Chain, activate_call, chain, chain_with};
use alloy::network::TransactionBuilder;
use alloy::primitives::{Address, B256, Bytes, U256, address, hex, keccak256};
use alloy::providers::Provider;
use alloy::rpc::types::{TransactionReceipt, TransactionRequest};
use alloy::sol_types::{Revert, SolError};
use devnode::Config;
use serde_json::{Value, json};

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

/// Sends these and makes one block of them.
async fn mined_together(chain: &Chain, to: Address, data: [Vec<u8>; 2]) -> Vec<TransactionReceipt> {
    chain.request("evm_setAutomine", json!([false])).await.unwrap();
    let nonce = chain.rpc.get_transaction_count(SENDER).await.unwrap();
    let mut sent = Vec::new();
    for (nonce, data) in (nonce..).zip(data) {
        let tx = TransactionRequest::default().to(to).input(Bytes::from(data).into());
        sent.push(chain.rpc.send_transaction(tx.nonce(nonce).gas_limit(GAS)).await.unwrap());
    }
    chain.request("evm_mine", json!([])).await.unwrap();
    let mut receipts = Vec::new();
    for pending in sent {
        receipts.push(pending.get_receipt().await.unwrap());
    }
    receipts
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

#[tokio::test(flavor = "multi_thread")]
async fn reverts_carry_their_reason_through_every_frame() {
    let chain = chain().await;
    let outer = chain.deploy(&FORWARDER).await;
    let program = chain.program(&forwarding_program()).await;
    let reverter = chain.deploy(&REVERTER).await;
    let reason = Revert { reason: "why not".into() }.abi_encode();
    let receipt = send(&chain, outer, path(&[program, reverter], &reason)).await;
    assert!(!receipt.status());
    let top = frames(&chain, &receipt).await;
    let mut frame = &top;
    for target in [outer, program, reverter] {
        assert_eq!(frame["to"], json!(target));
        assert_eq!(frame["error"], "execution reverted");
        assert_eq!(frame["revertReason"], "why not");
        assert_eq!(bytes(&frame["output"]), reason);
        frame = &frame["calls"][0];
    }
    assert_eq!(number(&top["gasUsed"]), receipt.gas_used);
    let steps = steps(&chain, &receipt).await;
    assert_eq!(
        spelled(&steps),
        "evm_call_contract { user_entrypoint read_args msg_value call_contract { } read_return_data write_result \
         user_returned }"
    );
    let inner = &steps[0]["steps"];
    let returned = u32::try_from(reason.len()).unwrap().to_be_bytes();
    assert_eq!(bytes(&inner[3]["outs"]), [&returned[..], &[2]].concat());
    assert_eq!(bytes(&inner[6]["outs"]), [0, 0, 0, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_is_a_revert_without_an_end() {
    let chain = chain().await;
    let program =
        chain.program(&wat(&["block_number"], "(drop (call $block_number)) unreachable")).await;
    let receipt = send(&chain, program, vec![]).await;
    let frame = frames(&chain, &receipt).await;
    assert_eq!(frame["error"], "execution reverted");
    assert!(frame.get("output").is_none() && frame.get("revertReason").is_none());
    assert_eq!(number(&frame["gasUsed"]), receipt.gas_used);
    assert_eq!(spelled(&steps(&chain, &receipt).await), "user_entrypoint block_number");
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_told_in_geths_words() {
    let chain = chain().await;
    let heavy = chain.program(&wat(&[], "(loop $again (br $again)) (i32.const 0)")).await;
    let inactive = chain.inactive_program(&storing_program()).await;
    let mut cases = vec![
        (heavy, "out of gas".to_string()),
        (inactive, "error ProgramNotActivated()".to_string()),
    ];
    for (code, error) in [
        (&hex!("fe")[..], "invalid opcode: INVALID"),
        (&hex!("0c"), "invalid opcode: opcode 0xc not defined"),
        (&hex!("5f01"), "stack underflow (1 <=> 2)"),
        // jumpdest, push0, push0, jump to 0: one word more each time
        (&hex!("5b5f5f56"), "stack limit reached 1024 (1023)"),
        (&hex!("600156"), "invalid jump destination"),
        (&hex!("60015f5f3e"), "return data out of bounds"),
        (&hex!("5b5f56"), "out of gas"),
    ] {
        cases.push((chain.deploy(code).await, error.to_owned()));
    }
    let outer = chain.deploy(&FORWARDER).await;
    for (target, error) in cases {
        let receipt = send(&chain, outer, path(&[target], &[])).await;
        let frame = frames(&chain, &receipt).await;
        assert_eq!(frame["error"], "execution reverted");
        let inner = &frame["calls"][0];
        assert!(inner["error"].as_str().unwrap().starts_with(&error), "{inner}");
        assert_eq!(inner["gasUsed"], inner["gas"], "{error}");
        assert!(inner.get("output").is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn creations_show_their_code_and_failed_ones_no_address() {
    let chain = chain().await;
    let init = crate::support::init_code(&STORE);
    let tx = TransactionRequest::default().with_deploy_code(init.clone());
    let receipt = chain.send(tx).await;
    let frame = frames(&chain, &receipt).await;
    assert_eq!(
        (&frame["type"], &frame["to"]),
        (&json!("CREATE"), &json!(receipt.contract_address))
    );
    assert_eq!((bytes(&frame["input"]), bytes(&frame["output"])), (init.to_vec(), STORE.to_vec()));

    // revert(0, 0), and 24,000 bytes of code that 1,000,000 gas cannot pay for
    for (code, gas, error) in [
        (&hex!("5f5ffd")[..], 100_000, "execution reverted"),
        (&hex!("615dc05ff3"), 1_000_000, "contract creation code storage out of gas"),
    ] {
        let tx = TransactionRequest::default().with_deploy_code(code.to_vec());
        let receipt = chain.send_anyway(tx, gas).await;
        let frame = frames(&chain, &receipt).await;
        assert_eq!((&frame["type"], &frame["error"]), (&json!("CREATE"), &json!(error)));
        assert!(frame.get("to").is_none() && frame.get("output").is_none(), "{frame}");
    }

    // The factory of the genesis: salt, then init code.
    let call = [&[0; 32], &init[..]].concat();
    let receipt = send(&chain, devnode::CREATE2_FACTORY, call).await;
    let frame = frames(&chain, &receipt).await;
    let created = devnode::CREATE2_FACTORY.create2_from_code(B256::ZERO, &init);
    assert_eq!(frame["calls"][0]["type"], "CREATE2");
    assert_eq!(frame["calls"][0]["to"], json!(created));
    assert_eq!(frame["calls"][0]["from"], json!(devnode::CREATE2_FACTORY));
    assert_eq!(spelled(&steps(&chain, &receipt).await), "evm_create2 { }");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_creates_shows_the_frame_before_the_host_call() {
    let chain = chain().await;
    let body = "(call $create1 (i32.const 0) (i32.const 0) (i32.const 64) (i32.const 100) (i32.const 200)) (i32.const 0)";
    let program = chain.program(&wat(&["create1"], body)).await;
    let receipt = send(&chain, program, vec![]).await;
    let steps = steps(&chain, &receipt).await;
    assert_eq!(spelled(&steps), "user_entrypoint evm_create1 { } create1 user_returned");
    let created = program.create(1);
    assert_eq!(steps[1]["address"], json!(created));
    assert_eq!(bytes(&steps[2]["outs"]), [&created[..], &[0; 4]].concat());
    let frame = frames(&chain, &receipt).await;
    let inner = &frame["calls"][0];
    assert_eq!((&inner["type"], &inner["from"]), (&json!("CREATE"), &json!(program)));
    assert_eq!(inner["to"], json!(created));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selfdestruct_is_a_frame_that_pays() {
    let chain = chain().await;
    let heir = address!("00000000000000000000000000000000000bEEF1");
    let contract = chain.deploy(&[&[0x73][..], &heir[..], &[0xff]].concat()).await;
    let tx = TransactionRequest::default().to(contract).value(U256::from(5));
    let receipt = chain.send_anyway(tx, GAS).await;
    let frame = frames(&chain, &receipt).await;
    assert_eq!(frame["value"], "0x5");
    let expected = json!([{
        "type": "SELFDESTRUCT", "from": contract, "to": heir, "value": "0x5",
        "gas": "0x0", "gasUsed": "0x0", "input": "0x",
    }]);
    assert_eq!(frame["calls"], expected);
    assert_eq!(spelled(&steps(&chain, &receipt).await), "evm_self_destruct { }");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_frame_shows_what_the_transaction_paid() {
    let chain = chain().await;
    let to = address!("00000000000000000000000000000000000bEEF1");
    let tx = TransactionRequest::default().to(to).value(U256::from(7));
    let receipt = chain.send_anyway(tx, 30_000).await;
    let sender = SENDER.to_checksum(None);
    // At 100,000,000 wei per gas.
    let wei = |gas: u64| format!("{:#x}", gas * 100_000_000);
    let expected = json!({
        "type": "CALL", "from": SENDER, "to": to, "value": "0x7", "gas": "0x7530", "gasUsed": "0x5208", "input": "0x",
        "beforeEVMTransfers": [{"purpose": "feePayment", "from": sender, "to": null, "value": wei(30_000)}],
        "afterEVMTransfers": [
            {"purpose": "gasRefund", "from": null, "to": sender, "value": wei(9_000)},
            {"purpose": "feeCollection", "from": null, "to": Address::ZERO.to_checksum(None), "value": wei(21_000)},
            {"purpose": "feeCollection", "from": null, "to": "0xa4B00000000000000000000000000000000000F6", "value": "0x0"},
        ],
    });
    assert_eq!(frames(&chain, &receipt).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_frame_shows_who_gets_the_fees() {
    let chain = chain().await;
    let infra = address!("00000000000000000000000000000000000bEEF2");
    let owner = |selector: [u8; 4], word: B256| {
        let data = Bytes::from([&selector[..], word.as_slice()].concat());
        TransactionRequest::default().to(ARB_OWNER).input(data.into())
    };
    // setInfraFeeAccount, and setL1PricePerUnit: 50 gwei a unit, so 8,000 gas a byte
    let price = B256::from(U256::from(50_000_000_000u64));
    assert!(chain.send_anyway(owner(hex!("57f585db"), infra.into_word()), GAS).await.status());
    assert!(chain.send_anyway(owner(hex!("2b352fae"), price), GAS).await.status());

    let to = address!("00000000000000000000000000000000000bEEF1");
    let receipt = chain.send_anyway(TransactionRequest::default().to(to), GAS).await;
    let whole: Value = chain
        .rpc
        .raw_request("eth_getTransactionReceipt".into(), (receipt.transaction_hash,))
        .await
        .unwrap();
    let for_data = number(&whole["gasUsedForL1"]);
    assert!(for_data > 0);
    let wei = |gas: u64| format!("{:#x}", gas * 100_000_000);
    let to = |account: Address| account.to_checksum(None);
    // At the lowest price nothing is left for the network beside the infrastructure's share.
    let expected = json!([
        {"purpose": "gasRefund", "from": null, "to": to(SENDER), "value": wei(GAS - receipt.gas_used)},
        {"purpose": "feeCollection", "from": null, "to": to(infra), "value": wei(21_000)},
        {"purpose": "feeCollection", "from": null, "to": "0xa4B00000000000000000000000000000000000F6", "value": wei(for_data)},
    ]);
    assert_eq!(frames(&chain, &receipt).await["afterEVMTransfers"], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_stand_where_they_were_made_and_failed_frames_have_none() {
    let chain = chain().await;
    // Calls as FORWARDER does, drops the status, and logs one topic, 0xaa.
    let outer = chain.deploy(&hex!("365f5f375f5f601436036014345f5160601c5af15060aa5f5fa100")).await;
    let logs_and_reverts = chain.deploy(&hex!("5f5fa05f5ffd")).await;
    let body = "(i32.store (i32.const 32) (i32.const 0x04030201))
        (call $emit_log (i32.const 0) (i32.const 36) (i32.const 1)) (i32.const 0)";
    let program = chain.program(&wat(&["emit_log"], body)).await;
    let with_log = json!({"tracer": "callTracer", "tracerConfig": {"withLog": true}});
    let outer_log = json!([{"address": outer, "topics": [B256::with_last_byte(0xaa)], "data": "0x", "position": "0x1"}]);

    let receipt = send(&chain, outer, path(&[logs_and_reverts], &[])).await;
    let frame = trace(&chain, &receipt, with_log.clone()).await;
    assert_eq!(frame["logs"], outer_log);
    assert_eq!(frame["calls"][0]["error"], "execution reverted");
    assert!(frame["calls"][0].get("logs").is_none());

    let receipt = send(&chain, outer, path(&[program], &[])).await;
    let frame = trace(&chain, &receipt, with_log).await;
    assert_eq!(frame["logs"], outer_log);
    let inner = json!([{"address": program, "topics": [B256::ZERO], "data": "0x01020304", "position": "0x0"}]);
    assert_eq!(frame["calls"][0]["logs"], inner);

    let top =
        json!({"tracer": "callTracer", "tracerConfig": {"withLog": true, "onlyTopCall": true}});
    let frame = trace(&chain, &receipt, top).await;
    assert!(frame.get("calls").is_none());
    assert_eq!(frame["logs"].as_array().unwrap().len(), 1);
    assert!(frames(&chain, &receipt).await.get("logs").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_transaction_is_traced_on_the_state_it_ran_on() {
    let chain = chain().await;
    let contract = chain.deploy(&STORE).await;
    let program = chain.program(&storing_program()).await;
    for target in [contract, program] {
        let first = send(&chain, target, word(1)).await;
        let second = send(&chain, target, word(2)).await;
        // Nothing of what comes later may show.
        chain.request("anvil_setCode", json!([target, "0x00"])).await.unwrap();
        let slot = |value: u8| json!({B256::ZERO.to_string(): B256::with_last_byte(value)});
        for (receipt, before, after) in [(&first, 0, 1), (&second, 1, 2)] {
            let pre = trace(&chain, receipt, json!({"tracer": "prestateTracer"})).await;
            assert_eq!(pre[target.to_string().to_lowercase()]["storage"], slot(before));
            assert_eq!(pre[target.to_string().to_lowercase()]["nonce"], 1);
            let sender = &pre[SENDER.to_string().to_lowercase()];
            let nonce =
                chain.rpc.get_transaction_by_hash(receipt.transaction_hash).await.unwrap().unwrap();
            assert_eq!(sender["nonce"], json!(alloy::consensus::Transaction::nonce(&nonce)));
            // The coinbase never had anything.
            assert_eq!(pre.as_object().unwrap().len(), 2);

            let options = json!({"tracer": "prestateTracer", "tracerConfig": {"diffMode": true}});
            let diff = trace(&chain, receipt, options).await;
            let key = target.to_string().to_lowercase();
            assert_eq!(diff["post"][&key], json!({"storage": slot(after)}));
            match before {
                // A slot that was empty is not shown.
                0 => assert!(diff["pre"][&key].get("storage").is_none()),
                _ => assert_eq!(diff["pre"][&key]["storage"], slot(before)),
            }
            assert_eq!(diff["pre"][&key]["code"], pre[&key]["code"]);
            let sender = SENDER.to_string().to_lowercase();
            let balance = |side: &str| -> U256 {
                serde_json::from_value(diff[side][&sender]["balance"].clone()).unwrap()
            };
            let fee = U256::from(receipt.gas_used) * U256::from(100_000_000);
            assert_eq!(balance("pre") - balance("post"), fee);
            assert_eq!(number(&frames(&chain, receipt).await["gasUsed"]), receipt.gas_used);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prestate_leaves_out_what_is_not_wanted() {
    let chain = chain().await;
    let contract = chain.deploy(&STORE).await;
    let key = contract.to_string().to_lowercase();
    let receipt = send(&chain, contract, word(1)).await;
    let with = |options: Value| {
        let options = json!({"tracer": "prestateTracer", "tracerConfig": options});
        trace(&chain, &receipt, options)
    };
    let all = with(json!({})).await;
    assert_eq!(bytes(&all[&key]["code"]), STORE);
    assert_eq!(all[&key]["balance"], "0x0");
    assert!(with(json!({"disableCode": true})).await[&key].get("code").is_none());
    assert!(with(json!({"disableStorage": true})).await[&key].get("storage").is_none());
    assert_eq!(with(json!({"includeEmpty": true})).await.as_object().unwrap().len(), 3);

    // A new contract has no past.
    let init = crate::support::init_code(&STORE);
    let created = chain.send(TransactionRequest::default().with_deploy_code(init)).await;
    let address = created.contract_address.unwrap().to_string().to_lowercase();
    let options = json!({"tracer": "prestateTracer", "tracerConfig": {"diffMode": true}});
    let diff = trace(&chain, &created, options).await;
    assert!(diff["pre"].get(&address).is_none());
    assert_eq!(bytes(&diff["post"][&address]["code"]), STORE);
    assert_eq!(diff["post"][&address]["nonce"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn struct_logs_show_every_instruction() {
    let chain = chain().await;
    // push 1, push 2, add
    let adder = chain.deploy(&hex!("6001600201")).await;
    let receipt = send(&chain, adder, vec![]).await;
    let gas = GAS - 21_000;
    let log = |pc: u64, op: &str, spent: u64, cost: u64, stack: Value| json!({"pc": pc, "op": op, "gas": gas - spent, "gasCost": cost, "depth": 1, "stack": stack});
    let expected = json!({"gas": 21_009, "failed": false, "returnValue": "0x", "structLogs": [
        log(0, "PUSH1", 0, 3, json!([])),
        log(2, "PUSH1", 3, 3, json!(["0x1"])),
        log(4, "ADD", 6, 3, json!(["0x1", "0x2"])),
        log(5, "STOP", 9, 0, json!(["0x3"])),
    ]});
    assert_eq!(trace(&chain, &receipt, json!({})).await, expected);
    let params = json!([receipt.transaction_hash]);
    assert_eq!(chain.request("debug_traceTransaction", params).await.unwrap(), expected);
    let short = trace(&chain, &receipt, json!({"disableStack": true, "limit": 1})).await;
    assert_eq!(
        short["structLogs"],
        json!([{"pc": 0, "op": "PUSH1", "gas": gas, "gasCost": 3, "depth": 1}])
    );

    // mstore(0, 7), msize
    let memory = chain.deploy(&hex!("60075f5259")).await;
    let receipt = send(&chain, memory, vec![]).await;
    let logs = trace(&chain, &receipt, json!({"enableMemory": true})).await;
    assert!(logs["structLogs"][2].get("memory").is_none());
    assert_eq!(logs["structLogs"][2]["gasCost"], 6);
    assert_eq!(logs["structLogs"][3]["memory"], json!([format!("{:064x}", 7)]));

    // create(0, 0, 0): what it hands on is no part of its price
    let creator = chain.deploy(&hex!("5f5f5ff0")).await;
    let receipt = send(&chain, creator, vec![]).await;
    let logs = trace(&chain, &receipt, json!({})).await;
    assert_eq!(
        (&logs["structLogs"][3]["op"], &logs["structLogs"][3]["gasCost"]),
        (&json!("CREATE"), &json!(32_000))
    );

    let endless = chain.deploy(&hex!("5b5f56")).await;
    let tx = TransactionRequest::default().to(endless);
    let receipt = chain.send_anyway(tx, 21_100).await;
    let logs = trace(&chain, &receipt, json!({})).await;
    assert_eq!((&logs["failed"], &logs["returnValue"]), (&json!(true), &json!("0x")));
    let last = logs["structLogs"].as_array().unwrap().last().unwrap();
    // 100 gas are eight rounds of 1 + 2 + 8 and a jumpdest, a push and one gas of the jump's eight.
    let expected =
        json!({"pc": 2, "op": "JUMP", "gas": 9, "gasCost": 8, "depth": 1, "stack": ["0x0"]});
    assert_eq!(logs["structLogs"][26], expected);
    assert_eq!(last["error"], "out of gas");
}

#[tokio::test(flavor = "multi_thread")]
async fn struct_logs_follow_storage_and_refunds() {
    let chain = chain().await;
    let contract = chain.deploy(&STORE).await;
    let (set, clear) =
        (send(&chain, contract, word(7)).await, send(&chain, contract, word(0)).await);
    let zero = format!("{:064x}", 0);
    let logs = trace(&chain, &set, json!({})).await;
    let store = &logs["structLogs"][3];
    assert_eq!((&store["op"], &store["gasCost"]), (&json!("SSTORE"), &json!(22_100)));
    assert_eq!(store["storage"], json!({&zero: format!("{:064x}", 7)}));
    assert!(store.get("refund").is_none());
    let logs = trace(&chain, &clear, json!({"disableStorage": true})).await;
    let (store, stop) = (&logs["structLogs"][3], &logs["structLogs"][4]);
    assert_eq!((&store["gasCost"], &store["refund"]), (&json!(5_000), &json!(4_800)));
    assert_eq!(stop["refund"], 4_800);
    assert!(store.get("storage").is_none());
    assert_eq!(logs["gas"], json!(clear.gas_used));
}

#[tokio::test(flavor = "multi_thread")]
async fn struct_logs_show_programs_as_the_instructions_they_stand_for() {
    let chain = chain().await;
    let program = chain.program(&forwarding_program()).await;
    let store = chain.program(&storing_program()).await;
    let receipt = send(&chain, program, path(&[store], &word(7))).await;
    let logs = trace(&chain, &receipt, json!({"enableMemory": true})).await;
    let logs = logs["structLogs"].as_array().unwrap();
    let ops: Vec<_> = logs
        .iter()
        .map(|log| format!("{}@{}", log["op"].as_str().unwrap(), log["depth"]))
        .collect();
    assert_eq!(
        ops.join(" "),
        "CALLDATACOPY@1 CALLVALUE@1 POP@1 CALL@1 CALLDATACOPY@2 SSTORE@2 STOP@2 RETURNDATACOPY@1 STOP@1"
    );
    // 8,400 + 5,040 + 30 * 20 ink for 52 bytes: one gas and something.
    assert_eq!(
        (&logs[0]["gasCost"], &logs[0]["stack"]),
        (&json!(1), &json!(["0x34", "0x0", "0x0"]))
    );
    // Price and gas of the call: cold, and all but one 64th.
    let (gas, cost) = (logs[3]["gas"].as_u64().unwrap(), logs[3]["gasCost"].as_u64().unwrap());
    let handed_on = (gas - 2_600) * 63 / 64;
    assert_eq!(cost, 2_600 + handed_on);
    let call = json!([
        "0x0",
        "0x0",
        "0x20",
        "0x0",
        "0x0",
        json!(U256::from_be_slice(&store[..])),
        format!("{handed_on:#x}")
    ]);
    assert_eq!(logs[3]["stack"], call);
    assert_eq!(logs[3]["memory"], json!([format!("{:064x}", 7)]));
    // 68,073 ink and 22,100 gas.
    assert_eq!((&logs[5]["gasCost"], &logs[5]["stack"]), (&json!(22_106), &json!(["0x7", "0x0"])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_traced_with_what_it_pretends() {
    let chain = chain().await;
    let to = address!("00000000000000000000000000000000000bEEF1");
    // return(timestamp)
    let code = "0x425f5260205ff3";
    let call = |options: Value| {
        let params = json!([{"from": to, "to": to, "value": "0x5"}, "latest", options]);
        chain.request("debug_traceCall", params)
    };
    let refused = call(json!({"tracer": "callTracer"})).await.unwrap_err();
    assert!(
        refused.contains("tracing failed: insufficient funds for gas * price + value"),
        "{refused}"
    );
    let pretended = json!({
        "tracer": "callTracer",
        "stateOverrides": {to.to_string(): {"code": code, "balance": "0x5"}},
        "blockOverrides": {"time": "0x1234"},
    });
    let frame = call(pretended).await.unwrap();
    assert_eq!(bytes(&frame["output"]), word(0x1234));
    assert_eq!((&frame["value"], &frame["gas"]), (&json!("0x5"), &json!("0x2faf080")));
    assert_eq!(frame["beforeEVMTransfers"][0]["value"], "0x0");

    // Writes calldata, or returns slot 0.
    let store = chain.deploy(&hex!("3615600a575f355f55005b5f545f5260205ff3")).await;
    let first = send(&chain, store, word(1)).await.block_number.unwrap();
    send(&chain, store, word(2)).await;
    let hash = chain.rpc.get_block(first.into()).await.unwrap().unwrap().header.hash;
    for (block, value) in [
        (json!(format!("{first:#x}")), 1),
        (json!({"blockHash": hash}), 1),
        (json!("latest"), 2),
        (json!("pending"), 2),
        (json!("earliest"), 0),
    ] {
        let params = json!([{"to": store}, block, {"tracer": "callTracer"}]);
        let frame = chain.request("debug_traceCall", params).await.unwrap();
        // There is no contract at the start.
        let output = if value == 0 { vec![] } else { word(value) };
        assert_eq!(frame.get("output").map(bytes).unwrap_or_default(), output, "{block}");
    }
    let program = chain.program(&storing_program()).await;
    let params = json!([{"to": program, "input": Bytes::from(word(7))}, "latest", {"tracer": "stylusTracer"}]);
    let steps = chain.request("debug_traceCall", params).await.unwrap();
    assert_eq!(
        spelled(&steps),
        "user_entrypoint read_args storage_cache_bytes32 storage_flush_cache user_returned"
    );
    let slot = chain.rpc.get_storage_at(program, U256::ZERO).await.unwrap();
    assert_eq!(slot, U256::ZERO);
}

/// A tracer in JavaScript with the members of cargo-stylus's.
const JAVASCRIPT: &str = r#"{
    "hostio": function(info) { this.open.push({ name: info.name, args: toHex(info.args) }); },
    "enter": function(frame) { this.stack.push(this.open); this.open = []; },
    "exit": function(result) { this.open = this.stack.pop(); },
    "result": function() { return this.open; },
    "fault": function() { return []; },
    stack: [],
    open: [],
    nests: ["call_contract"]
}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_wants_host_calls_gets_them() {
    let chain = chain().await;
    let program = chain.program(&storing_program()).await;
    let receipt = send(&chain, program, word(7)).await;
    let scripted = trace(&chain, &receipt, json!({"tracer": JAVASCRIPT})).await;
    assert_eq!(scripted, steps(&chain, &receipt).await);
    assert_eq!(read_steps(&scripted).len(), 5);
    for tracer in ["{ step: function(log) {}, result: function() {} }", "notATracer", "{"] {
        let params = json!([receipt.transaction_hash, {"tracer": tracer}]);
        let error = chain.request("debug_traceTransaction", params).await.unwrap_err();
        for name in ["-32000", "callTracer", "prestateTracer", "stylusTracer", "4byteTracer"] {
            assert!(error.contains(name), "{error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_a_frame_is_an_error_as_in_nitro_but_scripts_get_a_step() {
    let chain = chain().await;
    // staticcall(gas, mload(0) >> 96, 20, calldatasize - 20, 0, 0)
    let outer = chain.deploy(&hex!("365f5f375f5f6014360360145f5160601c5afa00")).await;
    let body = "(call $read_args (i32.const 0)) (i32.store8 (i32.const 63) (i32.const 1))
        (drop (call $call_contract (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 32) (i64.const -1) (i32.const 100)))
        (i32.const 0)";
    let program = chain.program(&wat(&["read_args", "call_contract"], body)).await;
    let receipt = send(&chain, outer, path(&[program, SENDER], &[])).await;
    let params = json!([receipt.transaction_hash, {"tracer": "stylusTracer"}]);
    let error = chain.request("debug_traceTransaction", params).await.unwrap_err();
    assert!(
        error.contains("trace inconsistency for call_contract: last opcode is read_args"),
        "{error}"
    );
    let steps = trace(&chain, &receipt, json!({"tracer": JAVASCRIPT})).await;
    assert_eq!(
        spelled(&steps),
        "evm_static_call_contract { user_entrypoint read_args call_contract { } user_returned }"
    );
    let call = &steps[0]["steps"][2];
    assert_eq!((&call["address"], &call["outs"]), (&json!(SENDER), &json!("0x0000000002")));
    let frame = frames(&chain, &receipt).await;
    assert_eq!(frame["calls"][0]["type"], "STATICCALL");
    assert!(frame["calls"][0].get("value").is_none() && frame["calls"][0].get("calls").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_activation_is_nothing_but_balances_that_move() {
    let chain = chain().await;
    let program = chain.inactive_program(&storing_program()).await;
    let receipt = chain.activate(program).await;
    let steps = steps(&chain, &receipt).await;
    assert_eq!(spelled(&steps), "evm_call_contract { } evm_call_contract { }");
    let frame = frames(&chain, &receipt).await;
    assert_eq!(bytes(&frame["input"]), activate_call(program));
    let value = |frame: &Value| -> U256 { serde_json::from_value(frame["value"].clone()).unwrap() };
    let moved: U256 = frame["calls"].as_array().unwrap().iter().map(value).sum();
    assert_eq!(moved, value(&frame));
    for (inner, to) in [(&frame["calls"][0], Address::ZERO), (&frame["calls"][1], SENDER)] {
        assert_eq!((&inner["from"], &inner["to"]), (&json!(ARB_WASM), &json!(to)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn selectors_are_counted_but_those_of_precompiles() {
    let chain = chain().await;
    let outer = chain.deploy(&FORWARDER).await;
    let inner = chain.deploy(&hex!("00")).await;
    let sha256 = address!("0000000000000000000000000000000000000002");
    let data = hex!("010203040000");
    let receipt = send(&chain, outer, path(&[outer, inner], &data)).await;
    let counts = trace(&chain, &receipt, json!({"tracer": "4byteTracer"})).await;
    let key = |address: Address, rest: usize| format!("0x{}-{rest}", hex::encode(&address[..4]));
    assert_eq!(counts, json!({key(outer, 42): 1, key(inner, 22): 1, "0x01020304-2": 1}));
    let receipt = send(&chain, outer, path(&[sha256], &data)).await;
    let counts = trace(&chain, &receipt, json!({"tracer": "4byteTracer"})).await;
    assert_eq!(counts, json!({"0x00000000-22": 1}));
    assert_eq!(trace(&chain, &receipt, json!({"tracer": "noopTracer"})).await, json!({}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_is_traced_whole() {
    let chain = chain().await;
    let contract = chain.deploy(&STORE).await;
    let receipts = mined_together(&chain, contract, [word(1), word(2)]).await;
    assert_eq!(receipts[0].block_number, receipts[1].block_number);
    let block = format!("{:#x}", receipts[0].block_number.unwrap());
    let options = json!({"tracer": "prestateTracer"});
    let traces = chain.request("debug_traceBlockByNumber", json!([block, options])).await.unwrap();
    let by_hash = json!([receipts[0].block_hash, options]);
    assert_eq!(chain.request("debug_traceBlockByHash", by_hash).await.unwrap(), traces);
    assert_eq!(traces.as_array().unwrap().len(), 3);
    let key = contract.to_string().to_lowercase();
    for (place, receipt) in [(1, &receipts[0]), (2, &receipts[1])] {
        assert_eq!(traces[place]["txHash"], json!(receipt.transaction_hash));
        assert_eq!(traces[place]["result"], trace(&chain, receipt, options.clone()).await);
        // The second finds what the first has written.
        let found = &traces[place]["result"][&key]["storage"][B256::ZERO.to_string()];
        assert_eq!(*found, json!(B256::with_last_byte(u8::try_from(place - 1).unwrap())));
    }

    // A call may look into the block, before its second transaction.
    let slot = json!({"tracer": "prestateTracer", "txIndex": "0x2"});
    let params = json!([{"to": contract, "data": "0x"}, block, slot]);
    let pre = chain.request("debug_traceCall", params).await.unwrap();
    assert_eq!(pre[&key]["storage"][B256::ZERO.to_string()], json!(B256::with_last_byte(1)));

    // ArbOS's own transaction comes first.
    let params = json!([block, {"tracer": "callTracer"}]);
    let traces = chain.request("debug_traceBlockByNumber", params).await.unwrap();
    let internal = &traces[0]["result"];
    let arbos = address!("00000000000000000000000000000000000a4b05");
    assert_eq!((&internal["from"], &internal["to"]), (&json!(arbos), &json!(arbos)));
    assert_eq!((&internal["gas"], &internal["gasUsed"]), (&json!("0x0"), &json!("0x0")));
    assert!(internal["input"].as_str().unwrap().starts_with("0x6bf6a42d"));
    for (options, expected) in [
        (json!({}), json!({"gas": 0, "failed": false, "returnValue": "0x", "structLogs": []})),
        (json!({"tracer": "stylusTracer"}), json!([])),
        (json!({"tracer": "4byteTracer"}), json!({"0x6bf6a42d-128": 1})),
    ] {
        let params = json!([traces[0]["txHash"], options]);
        assert_eq!(chain.request("debug_traceTransaction", params).await.unwrap(), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_said_in_geths_words() {
    let chain = chain().await;
    for (method, params, error) in [
        ("debug_traceTransaction", json!([B256::ZERO]), "transaction not found"),
        ("debug_traceBlockByNumber", json!(["0x63"]), "block #99 not found"),
        ("debug_traceBlockByNumber", json!(["0x0"]), "genesis is not traceable"),
        ("debug_traceCall", json!([{}, "0x63"]), "header not found"),
        ("debug_getRawHeader", json!(["0x63"]), "header #99 not found"),
    ] {
        let found = chain.request(method, params).await.unwrap_err();
        assert!(found.contains("-32000") && found.contains(error), "{found}");
    }
    let options = json!([B256::ZERO, {"tracer": "callTracer", "tracerConfig": {"withLog": "yes"}}]);
    assert!(chain.request("debug_traceTransaction", options).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn tracing_leaves_nothing_behind() {
    let chain = chain().await;
    let program = chain.program(&storing_program()).await;
    let receipt = send(&chain, program, word(7)).await;
    let newest = || chain.request("eth_getBlockByNumber", json!(["latest", true]));
    let before = newest().await.unwrap();
    for tracer in ["callTracer", "prestateTracer", "stylusTracer", "4byteTracer", "noopTracer", ""]
    {
        trace(&chain, &receipt, json!({"tracer": tracer})).await;
        let params =
            json!([{"to": program, "input": Bytes::from(word(9))}, "latest", {"tracer": tracer}]);
        chain.request("debug_traceCall", params).await.unwrap();
    }
    assert_eq!(newest().await.unwrap(), before);
    assert_eq!(chain.rpc.get_storage_at(program, U256::ZERO).await.unwrap(), U256::from(7));
    // The same again costs what it cost, less the slot that is the same: 100 instead of 20,000.
    let again = send(&chain, program, word(7)).await;
    assert_eq!(receipt.gas_used - again.gas_used, 22_100 - 2_200);
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_forms_hash_to_what_they_are_of() {
    let chain = chain().await;
    let receipt = send(&chain, SENDER, vec![]).await;
    let number = format!("{:#x}", receipt.block_number.unwrap());
    let raw = |method: &'static str, params: Value| {
        let chain = &chain;
        async move { chain.request(method, params).await.unwrap() }
    };
    let header = bytes(&raw("debug_getRawHeader", json!([number])).await);
    assert_eq!(Some(keccak256(&header)), receipt.block_hash);
    let tx = bytes(&raw("debug_getRawTransaction", json!([receipt.transaction_hash])).await);
    assert_eq!(keccak256(&tx), receipt.transaction_hash);
    assert_eq!(raw("debug_getRawTransaction", json!([B256::ZERO])).await, "0x");
    let block = bytes(&raw("debug_getRawBlock", json!([number])).await);
    let holds = |part: &[u8]| block.windows(part.len()).any(|window| window == part);
    assert!(holds(&header) && holds(&tx));
    // A list of a header, transactions and no uncles, with nothing after it.
    assert_eq!(block.last(), Some(&0xc0));
    let mut payload = &block[..];
    let list = alloy::rlp::Header::decode(&mut payload).unwrap();
    assert!(list.list && list.payload_length == payload.len());
    let receipts = raw("debug_getRawReceipts", json!([number])).await;
    assert_eq!(receipts.as_array().unwrap().len(), 2);
    assert_eq!(bytes(&receipts[1])[0], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_that_cannot_be_sent_is_refused() {
    let chain = chain().await;
    // For ever: call(gas, 0xbeef, 0, 0, 65,536, 0, 0), which pays for its memory once.
    let caller = chain.deploy(&hex!("5b5f5f620100005f5f61beef5af1505f56")).await;
    let receipt = send(&chain, caller, vec![]).await;
    for (options, works) in [
        (json!({"tracer": "callTracer"}), false),
        (json!({"tracer": "callTracer", "tracerConfig": {"onlyTopCall": true}}), true),
        (json!({"limit": 1_000}), true),
    ] {
        let answer = chain
            .request("debug_traceTransaction", json!([receipt.transaction_hash, options]))
            .await;
        match works {
            true => assert!(answer.is_ok()),
            false => assert!(answer.unwrap_err().contains("the trace is longer than 32 MiB")),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_the_block_used_before_costs_the_same_again() {
    // From ArbOS 60 the second call of a block is a cheaper one (stylus-vm.md 5.3).
    let chain = chain_with(Config { arbos_version: 60, ..Config::default() }).await;
    let program = chain.program(&storing_program()).await;
    let receipts = mined_together(&chain, program, [word(1), word(1)]).await;
    assert!(receipts[0].gas_used > receipts[1].gas_used + 22_100 - 2_200);
    for receipt in &receipts {
        assert_eq!(number(&frames(&chain, receipt).await["gasUsed"]), receipt.gas_used);
    }
}
