//! Activation over RPC, step by step: what each charges, what each refusal costs. Spec: stylus-vm.md §2.1, §2.5, §2.6.

use super::{Chain, chain, counter, module, to, word, write};
use crate::support::{ARB_OWNER, ARB_WASM, activate_call, chain_with, init_code, program_code};
use alloy::primitives::{Address, Bytes, U256, hex, keccak256};
use alloy::providers::Provider;
use alloy::rpc::types::{TransactionReceipt, TransactionRequest};
use devnode::Config;
use devnode::stylus::data_fee::DataPricer;
use devnode::stylus::{ActivatedProgram, StylusParams};
use serde_json::json;

/// Gas of an activation that comes as far as step 8: transaction, entry 800, one word 3, fixed 1,659,168, parameters
/// 100, record 800.
const TO_STEP_8: u64 = 21_000 + 800 + 3 + 1_659_168 + 100 + 800;

fn calldata_gas(data: &[u8]) -> u64 {
    data.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum()
}

/// Gas of `activateProgram(program)` without that of its calldata.
pub(super) async fn activation_gas(chain: &Chain, program: Address) -> (u64, bool) {
    let receipt = chain.activate_anyway(program, 20_000_000).await;
    (receipt.gas_used - calldata_gas(&activate_call(program)), receipt.status())
}

/// What the library says of a module: the program, and the variable gas (§2.2, held to the specification by
/// `stylus_conformance/activation.rs`).
fn estimate(wasm: &[u8], arbos_version: u64) -> (ActivatedProgram, u64) {
    let mut left = u64::MAX;
    let params = StylusParams::new(arbos_version);
    let program =
        devnode::stylus::activate(wasm, Default::default(), &params, 128, true, &mut left);
    (program.unwrap(), u64::MAX - left)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_before_step_10_keeps_the_gas_that_is_left() {
    for (arbos_version, not_wasm) in [(51, "execution reverted"), (60, "ProgramNotWasm()")] {
        let chain = chain_with(Config { arbos_version, ..Config::default() }).await;
        // From ArbOS 59 reading the configurable charge costs 800 more.
        let base = if arbos_version >= 59 { TO_STEP_8 + 800 } else { TO_STEP_8 };
        let nobody = Address::repeat_byte(0x77);
        let evm = chain.deploy(&hex!("00")).await;
        let mut bad_dictionary = program_code(&counter());
        bad_dictionary[3] = 7;
        let bad_dictionary = chain.deploy(&bad_dictionary).await;
        let cut = program_code(&counter());
        let cut = chain.deploy(&cut[..cut.len() - 1]).await;
        // An error's selector is one word of data, 3 gas.
        let is_error = u64::from(arbos_version == 60) * 3;
        for (program, gas, error) in [
            (nobody, base + 3, "ProgramNotWasm()"),
            (evm, base + is_error, not_wasm),
            (bad_dictionary, base, "execution reverted"),
            (cut, base, "execution reverted"),
        ] {
            assert_eq!(
                activation_gas(&chain, program).await,
                (gas, false),
                "ArbOS {arbos_version}"
            );
            let told = chain.call(ARB_WASM, activate_call(program)).await.unwrap_err();
            assert!(told.contains(error) && told.contains("error code 3"), "{told}");
        }
        // Up to date: step 7
        let program = chain.program(&counter()).await;
        assert_eq!(activation_gas(&chain, program).await, (base + 3, false));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fragment_alone_cannot_be_activated_nor_run() {
    let chain = chain_with(Config { arbos_version: 60, ..Config::default() }).await;
    let fragment = chain.deploy(&hex!("eff00100")).await;
    assert_eq!(activation_gas(&chain, fragment).await, (TO_STEP_8 + 800, false));
    let told = chain.call(ARB_WASM, activate_call(fragment)).await.unwrap_err();
    assert!(told.contains("execution reverted") && !told.contains("ProgramNotWasm"), "{told}");
    // As EVM code it starts with an opcode that does not exist: all gas is gone.
    let tx = TransactionRequest::default().to(fragment);
    let receipt = chain.send_anyway(tx, 70_000).await;
    assert_eq!((receipt.status(), receipt.gas_used), (false, 70_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_module_burns_all_gas_and_says_why() {
    let chain = chain().await;
    for (wat, reason) in [
        ("(module (memory (export \"memory\") 1 1))", "missing export with name user_entrypoint"),
        (
            "(module (memory (export \"memory\") 1) (func (export \"user_entrypoint\") (param i32) (result i32) (i32.const 0)))",
            "missing import pay_for_memory_grow",
        ),
        (
            "(module (memory (export \"memory\") 129 129) (func (export \"user_entrypoint\") (param i32) (result i32) (i32.const 0)))",
            "memory exceeds limit: 129 > 128",
        ),
        (
            "(module (memory (export \"memory\") 1 1) (func (export \"user_entrypoint\") (param i32) (result i32) (i32.trunc_f32_s (f32.const 0))))",
            "No implementation for floating point operation",
        ),
    ] {
        let program = chain.inactive_program(wat).await;
        let receipt = chain.activate_anyway(program, 5_000_000).await;
        assert_eq!((receipt.status(), receipt.gas_used), (false, 5_000_000), "{reason}");
        let told = chain.call(ARB_WASM, activate_call(program)).await.unwrap_err();
        assert!(told.contains("program activation failed: ") && told.contains(reason), "{told}");
        assert!(told.contains("-32000") && !told.contains("data:"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_budget_is_what_the_transaction_has_not_opened() {
    let chain = chain().await;
    // Calls ArbWasm with its own value and the arguments, from a program with one page open.
    let caller = chain
        .program(&module(
            &["read_args", "call_contract", "msg_value"],
            "(call $read_args (i32.const 64)) (call $msg_value (i32.const 32)) (i32.store8 (i32.const 19) (i32.const 0x71))
             (call $call_contract (i32.const 0) (i32.const 64) (local.get $len) (i32.const 32) (i64.const -1) (i32.const 0))",
        ))
        .await;
    let of_pages = |pages: u32| {
        format!(
            "(module (memory (export \"memory\") {pages} {pages})
               (func (export \"user_entrypoint\") (param i32) (result i32) (i32.const 0)))"
        )
    };
    let activates = async |program: Address| {
        let tx = TransactionRequest::default()
            .from(devnode::DEV_ACCOUNT)
            .to(caller)
            .value(U256::from(10).pow(U256::from(16)))
            .input(activate_call(program).into());
        chain.rpc.call(tx).await.is_ok()
    };
    let (fits, does_not) = (
        chain.inactive_program(&of_pages(127)).await,
        chain.inactive_program(&of_pages(128)).await,
    );
    assert!(activates(fits).await);
    assert!(!activates(does_not).await);
    assert!(chain.activate(does_not).await.status(), "alone it may have all 128");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_destroyed_in_the_transaction_cannot_be_activated() {
    // From ArbOS 60 code that is no program gives an error with data; a destroyed account fails before that, with none.
    let chain = chain_with(Config { arbos_version: 60, ..Config::default() }).await;
    // Creates an account with the code 5fff (selfdestruct to 0) and calls it if there are arguments; then has it
    // activated and returns the length of the answer.
    let program = chain
        .program(
            "(module
               (import \"vm_hooks\" \"create1\" (func $create (param i32 i32 i32 i32 i32)))
               (import \"vm_hooks\" \"call_contract\" (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
               (import \"vm_hooks\" \"return_data_size\" (func $size (result i32)))
               (import \"vm_hooks\" \"write_result\" (func $write (param i32 i32)))
               (memory (export \"memory\") 1 1)
               (data (i32.const 0) \"\\61\\5f\\ff\\5f\\52\\60\\02\\60\\1e\\f3\")
               (data (i32.const 83) \"\\71\")
               (data (i32.const 128) \"\\58\\c7\\80\\c2\")
               (func (export \"user_entrypoint\") (param i32) (result i32)
                 (call $create (i32.const 0) (i32.const 10) (i32.const 32) (i32.const 144) (i32.const 256))
                 (if (local.get 0) (then (drop
                   (call $call (i32.const 144) (i32.const 0) (i32.const 0) (i32.const 32) (i64.const 100000) (i32.const 256)))))
                 (drop (call $call (i32.const 64) (i32.const 128) (i32.const 36) (i32.const 32) (i64.const -1) (i32.const 256)))
                 (i32.store8 (i32.const 300) (call $size))
                 (call $write (i32.const 300) (i32.const 1)) (i32.const 0)))",
        )
        .await;
    assert_eq!(chain.call(program, vec![]).await.unwrap(), [4], "ProgramNotWasm()");
    assert_eq!(chain.call(program, vec![1]).await.unwrap(), [0], "destroyed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cached_program_stays_cached_when_it_is_activated_again_for_800_gas_more() {
    let chain = chain().await;
    let program = chain.inactive_program(&counter()).await;
    let (first, activated) = activation_gas(&chain, program).await;
    assert!(activated);
    let bid = [&hex!("e4940157")[..], program.into_word().as_slice()].concat();
    assert!(write(&chain, devnode::CACHE_MANAGER, bid).await);
    let is_cached = async || {
        let hash = keccak256(program_code(&counter()));
        let question = [&hex!("a72f179b")[..], hash.as_slice()].concat();
        chain.call(crate::support::ARB_WASM_CACHE, question).await.unwrap() == word(1)
    };
    assert!(is_cached().await);
    chain.request("evm_increaseTime", json!([366 * 86_400])).await.unwrap();
    chain.request("evm_mine", json!([])).await.unwrap();
    assert!(chain.call(program, vec![]).await.is_err(), "expired");
    let (again, activated) = activation_gas(&chain, program).await;
    assert!(activated);
    assert_eq!(again - first, 800);
    assert!(is_cached().await);
    assert!(chain.call(program, vec![]).await.is_ok());
}

fn fee(receipt: &TransactionReceipt) -> U256 {
    let log = receipt.logs().iter().find(|log| log.address() == ARB_WASM).unwrap();
    U256::from_be_slice(&log.data().data[64..96])
}

#[tokio::test(flavor = "multi_thread")]
async fn the_data_fee_follows_the_pricer_and_goes_to_the_network_account() {
    let genesis = 1_800_000_000;
    let config = Config { genesis_timestamp: Some(genesis), ..Config::default() };
    let chain = chain_with(config).await;
    let network = Address::repeat_byte(0x4e);
    let selector = keccak256("setNetworkFeeAccount(address)");
    let set = [&selector[..4], network.into_word().as_slice()].concat();
    assert!(write(&chain, ARB_OWNER, set).await);
    let wats = [counter(), super::who(), super::forwarder()];
    let mut programs = Vec::new();
    for wat in &wats {
        programs.push(chain.inactive_program(wat).await);
    }
    let mut pricer = DataPricer::default();
    // Two in one second, one ten seconds later.
    for (place, seconds) in [(0, 1_000), (1, 1_000), (2, 1_010)] {
        let time = genesis + seconds;
        chain.request("evm_setNextBlockTimestamp", json!([time])).await.unwrap();
        let (before, dev_before) = (
            chain.rpc.get_balance(network).await.unwrap(),
            chain.rpc.get_balance(devnode::DEV_ACCOUNT).await.unwrap(),
        );
        // Asking changes nothing.
        let _asked = chain.call(ARB_WASM, activate_call(programs[place])).await;
        let receipt = chain.activate_anyway(programs[place], 20_000_000).await;
        assert!(receipt.status());
        let (estimate, _) = estimate(&wat::parse_str(&wats[place]).unwrap(), 51);
        let expected = pricer.update(estimate.asm_estimate, time);
        assert_eq!(fee(&receipt), expected, "program {place}");
        // The fee and the gas go there; what was sent beyond comes back.
        let gas = U256::from(receipt.gas_used) * U256::from(100_000_000);
        let after = chain.rpc.get_balance(network).await.unwrap();
        assert_eq!(after - before, expected + gas);
        let dev_after = chain.rpc.get_balance(devnode::DEV_ACCOUNT).await.unwrap();
        assert_eq!(dev_before - dev_after, expected + gas);
    }
    // One wei less than the fee is named, and the gas is kept.
    let program = chain.inactive_program(&module(&[], "(i32.const 7)")).await;
    // All three questions in one second: the fee falls with time.
    let time = json!([genesis + 1_100]);
    chain.request("evm_setNextBlockTimestamp", time).await.unwrap();
    let tx = |value: U256| {
        TransactionRequest::default()
            .from(devnode::DEV_ACCOUNT)
            .to(ARB_WASM)
            .input(activate_call(program).into())
            .value(value)
    };
    let answer = chain.rpc.call(tx(U256::from(10).pow(U256::from(16)))).await.unwrap();
    let want = U256::from_be_slice(&answer[32..64]);
    assert!(chain.rpc.call(tx(want)).await.is_ok());
    let have = want - U256::from(1);
    let error = chain.rpc.call(tx(have)).await.unwrap_err().to_string();
    assert!(error.contains(&format!("ProgramInsufficientValue({have}, {want})")), "{error}");
}

/// A program in two fragments and the root that names them.
struct Parts {
    fragments: Vec<Vec<u8>>,
    wasm_len: usize,
}

impl Parts {
    fn of(wat: &str, count: usize) -> Self {
        let stream = program_code(wat).split_off(4);
        let wasm_len = wat::parse_str(wat).unwrap().len();
        let fragments = stream
            .chunks(stream.len().div_ceil(count))
            .map(|slice| [&hex!("eff001")[..], slice].concat())
            .collect();
        Self { fragments, wasm_len }
    }

    fn root(&self, length: usize, addresses: &[Address]) -> Vec<u8> {
        let length = u32::try_from(length).unwrap();
        let mut root = [&hex!("eff00200")[..], &length.to_be_bytes()].concat();
        addresses.iter().for_each(|address| root.extend(address.as_slice()));
        root
    }

    async fn deploy(&self, chain: &Chain) -> (Address, Vec<Address>) {
        let mut addresses = Vec::new();
        for fragment in &self.fragments {
            addresses.push(chain.deploy(fragment).await);
        }
        (chain.deploy(&self.root(self.wasm_len, &addresses)).await, addresses)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_in_fragments_deploys_activates_and_runs_at_arbos_60() {
    let chain = chain_with(Config { arbos_version: 60, ..Config::default() }).await;
    let parts = Parts::of(&counter(), 2);
    let (root, addresses) = parts.deploy(&chain).await;
    let error = chain.call(root, vec![]).await.unwrap_err();
    assert!(error.contains("ProgramNotActivated()"), "{error}");
    let (gas, activated) = activation_gas(&chain, root).await;
    assert!(activated);
    // As for a program in one piece, and 2,600 + 3·w(length) for each fragment; 1,747,826 are the constant parts
    // (§2.1), 800 the read of step 3.
    let (_, variable) = estimate(&wat::parse_str(counter()).unwrap(), 60);
    let reads: u64 =
        parts.fragments.iter().map(|f| 2_600 + 3 * (f.len() as u64).div_ceil(32)).sum();
    assert_eq!(gas, 21_000 + 1_747_826 + 800 + variable + reads);
    assert!(write(&chain, root, word(31)).await);
    assert_eq!(chain.call(root, vec![]).await.unwrap(), word(31));
    // Other programs call it like any other; another root of the same fragments is another program.
    let forwarder = chain.program(&super::forwarder()).await;
    assert_eq!(chain.call(forwarder, to(root, &[])).await.unwrap(), word(31));
    let twin = chain.deploy(&parts.root(parts.wasm_len, &addresses)).await;
    assert_eq!(chain.call(twin, vec![]).await.unwrap(), word(0));
    let code = chain.rpc.get_code_at(root).await.unwrap();
    assert_eq!(code, parts.root(parts.wasm_len, &addresses));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fragment_that_is_warm_costs_100_instead_of_2_600() {
    let chain = chain_with(Config { arbos_version: 60, ..Config::default() }).await;
    // one fragment, named twice, is read twice; the stream ends in the first copy and the rest is ignored
    let parts = Parts::of(&counter(), 1);
    let (_, addresses) = parts.deploy(&chain).await;
    let root = chain.deploy(&parts.root(parts.wasm_len, &[addresses[0], addresses[0]])).await;
    let (gas, activated) = activation_gas(&chain, root).await;
    assert!(activated);
    let (_, variable) = estimate(&wat::parse_str(counter()).unwrap(), 60);
    let copy = 3 * (parts.fragments[0].len() as u64).div_ceil(32);
    assert_eq!(gas, 21_000 + 1_747_826 + 800 + variable + 2_600 + 100 + 2 * copy);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_root_that_breaks_a_rule_reverts_without_data() {
    let chain = chain_with(Config { arbos_version: 60, ..Config::default() }).await;
    let parts = Parts::of(&counter(), 2);
    let (_, addresses) = parts.deploy(&chain).await;
    let [a, b] = [addresses[0], addresses[1]];
    let evm = chain.deploy(&hex!("00")).await;
    let length = parts.wasm_len;
    let read = |place: usize| 2_600 + 3 * (parts.fragments[place].len() as u64).div_ceil(32);
    let both = read(0) + read(1);
    let mut dictionary = parts.root(length, &[a, b]);
    dictionary[3] = 9;
    let mut ragged = parts.root(length, &[a, b]);
    ragged.pop();
    for (what, root, gas) in [
        ("no fragment", parts.root(length, &[]), 0),
        ("three fragments", parts.root(length, &[a, b, b]), 0),
        ("more than MaxWasmSize", parts.root(131_073, &[a, b]), 0),
        ("half an address", ragged, 0),
        ("no fragment's code", parts.root(length, &[evm]), 2_600 + 3),
        ("the wrong order", parts.root(length, &[b, a]), both),
        ("the wrong length", parts.root(length + 1, &[a, b]), both),
        ("too short a length", parts.root(length - 1, &[a, b]), both),
        // looked up only after the fragments were read
        ("an unknown dictionary", dictionary, both),
    ] {
        let root = chain.deploy(&root).await;
        assert_eq!(activation_gas(&chain, root).await, (TO_STEP_8 + 800 + gas, false), "{what}");
        let told = chain.call(ARB_WASM, activate_call(root)).await.unwrap_err();
        assert!(told.contains("execution reverted") && told.contains("code 3"), "{what}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fragment_is_not_read_unless_the_largest_could_be_paid() {
    let chain = chain_with(Config { arbos_version: 60, ..Config::default() }).await;
    let parts = Parts::of(&counter(), 1);
    let (root, _) = parts.deploy(&chain).await;
    // 2,600 + 3·768 must be there; the module itself would cost more, so that the limit is seen by what is left: a
    // fragment that is no fragment keeps the gas if it was read, and all is gone if it was not
    let evm = chain.deploy(&hex!("00")).await;
    let bad = chain.deploy(&parts.root(parts.wasm_len, &[evm])).await;
    let start = TO_STEP_8 + 800 + calldata_gas(&activate_call(bad));
    let used = async |gas: u64| chain.activate_anyway(bad, gas).await.gas_used;
    let enough = 2_600 + 3 * 768;
    assert_eq!(used(start + enough).await, start + 2_603);
    assert_eq!(used(start + enough - 1).await, start + enough - 1);
    assert!(chain.activate(root).await.status());
}

#[tokio::test(flavor = "multi_thread")]
async fn fragments_and_roots_are_nothing_before_arbos_60() {
    let chain = chain_with(Config { arbos_version: 59, ..Config::default() }).await;
    for (code, deployable) in
        [(hex!("eff00000"), true), (hex!("eff00100"), false), (hex!("eff00200"), false)]
    {
        let init: Bytes = init_code(&code);
        let mut tx = TransactionRequest::default();
        alloy::network::TransactionBuilder::set_deploy_code(&mut tx, init);
        assert_eq!(chain.send_anyway(tx, 1_000_000).await.status(), deployable, "{code:?}");
    }
}
