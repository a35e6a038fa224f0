//! The contracts that a chain has at genesis, member by member. Spec: stylus-vm.md §9.7 (CacheManager), §10.5
//! (StylusDeployer).
#![allow(missing_docs)]

use crate::support::{ARB_WASM, ARB_WASM_CACHE, Chain, chain, init_code, program_code};
use alloy::eips::BlockId;
use alloy::primitives::aliases::U192;
use alloy::primitives::{Address, B256, Bytes, U256, address, b256, hex, keccak256};
use alloy::providers::Provider;
use alloy::rpc::types::{TransactionReceipt, TransactionRequest};
use alloy::sol_types::{SolCall, SolError, SolEvent};
use devnode::{CACHE_MANAGER, DEV_ACCOUNT, STYLUS_DEPLOYER};
use serde_json::json;

alloy::sol! {
    #[derive(Debug, PartialEq, Eq)]
    interface CacheManager {
        struct Entry { bytes32 code; uint64 size; uint192 bid; }

        function placeBid(address program) external payable;
        function getMinBid(address program) external view returns (uint192);
        function getMinBid(uint64 size) external view returns (uint192);
        function getMinBid(bytes32 codehash) external view returns (uint192);
        function cacheSize() external view returns (uint64);
        function queueSize() external view returns (uint64);
        function decay() external view returns (uint64);
        function isPaused() external view returns (bool);
        function entries(uint256 place) external view returns (bytes32 code, uint64 size, uint192 bid);
        function getEntries() external view returns (Entry[] memory);
        function setCacheSize(uint64 size) external;
        function setDecayRate(uint64 rate) external;
        function paused() external;
        function unpause() external;
        function evictAll() external;
        function evictPrograms(uint256 count) external;

        event InsertBid(bytes32 indexed codehash, address program, uint192 bid, uint64 size);
        event DeleteBid(bytes32 indexed codehash, uint192 bid, uint64 size);

        error NotChainOwner(address sender);
        error AsmTooLarge(uint256 asm, uint256 queueSize, uint256 cacheSize);
        error AlreadyCached(bytes32 codehash);
        error BidTooLarge(uint256 bid);
        error BidTooSmall(uint192 bid, uint192 min);
        error BidsArePaused();
    }

    #[derive(Debug)]
    interface StylusDeployer {
        function deploy(bytes bytecode, bytes initData, uint256 initValue, bytes32 salt)
            external payable returns (address);
        function requiresActivation(address program) external view returns (bool);
        function initSalt(bytes32 salt, bytes initData) external pure returns (bytes32);

        event ContractDeployed(address deployedContract);

        error ContractDeploymentError(bytes bytecode);
        error ContractInitializationError(address newContract, bytes data);
        error RefundExcessValueError(uint256 excessValue);
        error EmptyBytecode();
        error InitValueButNotInitData();
    }

    #[derive(Debug, PartialEq, Eq)]
    interface Precompiles {
        function codehashIsCached(bytes32 codehash) external view returns (bool);
        function codehashAsmSize(bytes32 codehash) external view returns (uint32);
        event ProgramActivated(
            bytes32 indexed codehash, bytes32 moduleHash, address program, uint256 dataFee, uint16 version
        );
        event UpdateProgramCache(address indexed manager, bytes32 indexed codehash, bool cached);
        error ProgramNotActivated();
        error ProgramInsufficientValue(uint256 have, uint256 want);
    }
}
use CacheManager::{
    AlreadyCached, AsmTooLarge, BidTooLarge, BidTooSmall, BidsArePaused, DeleteBid, InsertBid,
    NotChainOwner, cacheSizeCall, decayCall, entriesCall, evictAllCall, evictProgramsCall,
    getEntriesCall, getMinBid_0Call as minBidOfProgramCall, getMinBid_1Call as minBidOfSizeCall,
    getMinBid_2Call as minBidOfCodehashCall, isPausedCall, pausedCall, placeBidCall, queueSizeCall,
    setCacheSizeCall, setDecayRateCall, unpauseCall,
};
use Precompiles::{
    ProgramActivated, ProgramInsufficientValue, ProgramNotActivated, UpdateProgramCache,
    codehashAsmSizeCall, codehashIsCachedCall,
};
use StylusDeployer::{
    ContractDeployed, ContractDeploymentError, ContractInitializationError, EmptyBytecode,
    InitValueButNotInitData, RefundExcessValueError, deployCall, initSaltCall,
    requiresActivationCall,
};

const STRANGER: Address = address!("000000000000000000000000000000000000bEEF");
const ETHER: U256 = U256::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]);

fn request(to: Address, call: &impl SolCall) -> TransactionRequest {
    TransactionRequest::default().to(to).input(Bytes::from(call.abi_encode()).into())
}

async fn ask<C: SolCall>(chain: &Chain, to: Address, call: C) -> C::Return {
    let answer = chain.rpc.call(request(to, &call).from(DEV_ACCOUNT)).await.unwrap();
    C::abi_decode_returns(&answer).unwrap()
}

/// Data of the revert that a call ends with.
async fn refusal(chain: &Chain, tx: TransactionRequest) -> Bytes {
    let from = tx.from.unwrap_or(DEV_ACCOUNT);
    let error = chain.rpc.call(tx.from(from)).await.unwrap_err();
    let payload = error.as_error_resp().unwrap();
    assert_eq!(payload.code, 3, "{payload}");
    payload.as_revert_data().unwrap()
}

async fn succeed(chain: &Chain, tx: TransactionRequest) -> TransactionReceipt {
    let receipt = chain.send(tx).await;
    assert!(receipt.status());
    receipt
}

fn events<E: SolEvent>(receipt: &TransactionReceipt) -> Vec<E> {
    receipt
        .logs()
        .iter()
        .filter_map(|log| E::decode_log(&log.inner).ok())
        .map(|log| log.data)
        .collect()
}

/// A program that does nothing; another one for every number below 64, all of one size.
fn idle(number: u8) -> String {
    assert!(number < 64);
    format!(
        r#"(module (memory (export "memory") 1 1)
            (func (export "user_entrypoint") (param i32) (result i32)
                (drop (i32.const {number})) (i32.const 0)))"#
    )
}

/// A program that reverts with what it was called with.
const REFUSING: &str = r#"(module
    (import "vm_hooks" "read_args" (func $read_args (param i32)))
    (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
    (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param $length i32) (result i32)
        (call $read_args (i32.const 0))
        (call $write_result (i32.const 0) (local.get $length))
        (i32.const 1)))"#;

fn codehash(wat: &str) -> B256 {
    keccak256(program_code(wat))
}

async fn is_cached(chain: &Chain, wat: &str) -> bool {
    ask(chain, ARB_WASM_CACHE, codehashIsCachedCall { codehash: codehash(wat) }).await
}

/// Bytes that a program takes in the cache.
async fn size_of(chain: &Chain, wat: &str) -> u64 {
    ask(chain, ARB_WASM, codehashAsmSizeCall { codehash: codehash(wat) }).await.into()
}

fn bid(program: Address, value: u64) -> TransactionRequest {
    request(CACHE_MANAGER, &placeBidCall { program }).value(U256::from(value))
}

/// Programs that are active and of one size, and that size.
async fn programs(chain: &Chain, count: u8) -> (Vec<Address>, u64) {
    let mut programs = Vec::new();
    for number in 0..count {
        programs.push(chain.program(&idle(number)).await);
    }
    (programs, size_of(chain, &idle(0)).await)
}

async fn set_cache_size(chain: &Chain, size: u64) {
    succeed(chain, request(CACHE_MANAGER, &setCacheSizeCall { size })).await;
}

#[test]
fn members_are_those_that_clients_know() {
    // stylus-vm.md 9.7
    for (selector, known) in [
        (placeBidCall::SELECTOR, hex!("e4940157")),
        (minBidOfProgramCall::SELECTOR, hex!("32052a9b")),
        (minBidOfSizeCall::SELECTOR, hex!("d29b303e")),
        (minBidOfCodehashCall::SELECTOR, hex!("c565a208")),
        (cacheSizeCall::SELECTOR, hex!("674a64e0")),
        (queueSizeCall::SELECTOR, hex!("bae6c2ad")),
        (decayCall::SELECTOR, hex!("54fac919")),
        (isPausedCall::SELECTOR, hex!("b187bd26")),
        (AsmTooLarge::SELECTOR, hex!("bcc27c37")),
        (AlreadyCached::SELECTOR, hex!("c7e2d8e5")),
        (BidTooSmall::SELECTOR, hex!("df370e48")),
        (BidsArePaused::SELECTOR, hex!("8f55c96c")),
        // stylus-vm.md 10.5
        (deployCall::SELECTOR, hex!("a9a8e4e9")),
        (requiresActivationCall::SELECTOR, hex!("835d1d4c")),
        (initSaltCall::SELECTOR, hex!("9f40b385")),
        (ContractDeploymentError::SELECTOR, hex!("794c92ce")),
        (ContractInitializationError::SELECTOR, hex!("88d8f57d")),
        (RefundExcessValueError::SELECTOR, hex!("3ea99169")),
        (EmptyBytecode::SELECTOR, hex!("21744a59")),
        (InitValueButNotInitData::SELECTOR, hex!("00cc7971")),
    ] {
        assert_eq!(hex::encode(selector), hex::encode(known));
    }
    assert_eq!(
        InsertBid::SIGNATURE_HASH,
        b256!("b9271ce6a232cb5e0010e10fc10b38fe5d25dd27f8c03beef068a581cfc21bec")
    );
    assert_eq!(
        ContractDeployed::SIGNATURE_HASH,
        b256!("8ffcdc15a283d706d38281f500270d8b5a656918f555de0913d7455e3e6bc1bf")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cache_manager_starts_empty_and_open() {
    let chain = chain().await;
    assert_eq!(ask(&chain, CACHE_MANAGER, cacheSizeCall {}).await, 536_870_912);
    assert_eq!(ask(&chain, CACHE_MANAGER, queueSizeCall {}).await, 0);
    assert_eq!(ask(&chain, CACHE_MANAGER, decayCall {}).await, 0);
    assert!(!ask(&chain, CACHE_MANAGER, isPausedCall {}).await);
    assert!(ask(&chain, CACHE_MANAGER, getEntriesCall {}).await.is_empty());
    // what `cargo stylus cache status` asks
    for size in [8_000, 16_000, 24_000] {
        assert_eq!(ask(&chain, CACHE_MANAGER, minBidOfSizeCall { size }).await, U192::ZERO);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bid_is_recorded_with_what_the_program_takes() {
    let chain = chain().await;
    let program = chain.program(&idle(0)).await;
    let receipt = succeed(&chain, bid(program, 7)).await;
    // 512,000 + 1 function + 2 types + the bytes of the module, in whole KiB (stylus-vm.md 2.3, 2.4)
    let size = 502 * 1024;
    let codehash = codehash(&idle(0));
    let bid = U192::from(7);
    assert_eq!(events::<InsertBid>(&receipt), [InsertBid { codehash, program, bid, size }]);
    let cached = UpdateProgramCache { manager: CACHE_MANAGER, codehash, cached: true };
    assert_eq!(events::<UpdateProgramCache>(&receipt), [cached]);
    assert!(is_cached(&chain, &idle(0)).await);
    assert_eq!(ask(&chain, CACHE_MANAGER, queueSizeCall {}).await, size);
    let entry = ask(&chain, CACHE_MANAGER, entriesCall { place: U256::ZERO }).await;
    assert_eq!((entry.code, entry.size, entry.bid), (codehash, size, bid));
    assert_eq!(chain.rpc.get_balance(CACHE_MANAGER).await.unwrap(), U256::from(7));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_cached_once() {
    let chain = chain().await;
    let program = chain.program(&idle(0)).await;
    succeed(&chain, bid(program, 0)).await;
    let twin = chain.inactive_program(&idle(0)).await;
    let already = AlreadyCached { codehash: codehash(&idle(0)) }.abi_encode();
    assert_eq!(refusal(&chain, bid(program, 1)).await, already);
    // The cache knows code, not addresses.
    assert_eq!(refusal(&chain, bid(twin, 1)).await, already);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_not_active_cannot_be_cached() {
    let chain = chain().await;
    let program = chain.inactive_program(&idle(0)).await;
    let not_active = ProgramNotActivated {}.abi_encode();
    assert_eq!(refusal(&chain, bid(program, 1)).await, not_active);
    assert_eq!(refusal(&chain, bid(STRANGER, 1)).await, not_active);
    let price = request(CACHE_MANAGER, &minBidOfProgramCall { program });
    assert_eq!(refusal(&chain, price).await, not_active);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_cache_gives_the_lowest_bids_place_to_a_bid_that_is_not_lower() {
    let chain = chain().await;
    let (programs, size) = programs(&chain, 4).await;
    set_cache_size(&chain, 3 * size).await;
    for (program, value) in programs.iter().zip([30, 10, 20]) {
        succeed(&chain, bid(*program, value)).await;
    }
    let newcomer = programs[3];
    let min = U192::from(10);
    let (codehash, program) = (codehash(&idle(3)), newcomer);
    assert_eq!(ask(&chain, CACHE_MANAGER, minBidOfProgramCall { program }).await, min);
    assert_eq!(ask(&chain, CACHE_MANAGER, minBidOfCodehashCall { codehash }).await, min);
    assert_eq!(ask(&chain, CACHE_MANAGER, minBidOfSizeCall { size }).await, min);
    let too_small = BidTooSmall { bid: U192::from(9), min }.abi_encode();
    assert_eq!(refusal(&chain, bid(newcomer, 9)).await, too_small);

    let receipt = succeed(&chain, bid(newcomer, 10)).await;
    let evicted = DeleteBid { codehash: self::codehash(&idle(1)), bid: min, size };
    assert_eq!(events::<DeleteBid>(&receipt), [evicted]);
    for (number, cached) in [(0, true), (1, false), (2, true), (3, true)] {
        assert_eq!(is_cached(&chain, &idle(number)).await, cached, "{number}");
    }
    assert_eq!(ask(&chain, CACHE_MANAGER, queueSizeCall {}).await, 3 * size);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_needs_several_places_pays_the_highest_bid_among_them() {
    let chain = chain().await;
    let (programs, size) = programs(&chain, 4).await;
    set_cache_size(&chain, 3 * size).await;
    for (program, value) in programs.iter().zip([5, 7, 6]) {
        succeed(&chain, bid(*program, value)).await;
    }
    for (places, min) in [(1, 5), (2, 6), (3, 7)] {
        let ask = ask(&chain, CACHE_MANAGER, minBidOfSizeCall { size: places * size }).await;
        assert_eq!(ask, U192::from(min), "{places}");
    }
    // With room for two, a third program displaces two.
    set_cache_size(&chain, 2 * size).await;
    let too_small = BidTooSmall { bid: U192::from(5), min: U192::from(6) }.abi_encode();
    assert_eq!(refusal(&chain, bid(programs[3], 5)).await, too_small);
    let receipt = succeed(&chain, bid(programs[3], 8)).await;
    let evicted: Vec<_> = events::<DeleteBid>(&receipt).iter().map(|event| event.bid).collect();
    assert_eq!(evicted, [U192::from(5), U192::from(6)]);
    assert_eq!(ask(&chain, CACHE_MANAGER, queueSizeCall {}).await, 2 * size);
}

#[tokio::test(flavor = "multi_thread")]
async fn evictions_go_from_the_lowest_bid_up() {
    let chain = chain().await;
    let bids = [50, 20, 90, 10, 70, 30, 80, 60, 40];
    let (programs, size) = programs(&chain, 9).await;
    for (program, value) in programs.iter().zip(bids) {
        succeed(&chain, bid(*program, value)).await;
    }
    let evict =
        |count: u64| request(CACHE_MANAGER, &evictProgramsCall { count: U256::from(count) });
    let mut evicted = Vec::new();
    for count in [1, 3, 2] {
        evicted.extend(events::<DeleteBid>(&succeed(&chain, evict(count)).await));
    }
    assert_eq!(ask(&chain, CACHE_MANAGER, queueSizeCall {}).await, 3 * size);
    evicted.extend(events::<DeleteBid>(
        &succeed(&chain, request(CACHE_MANAGER, &evictAllCall {})).await,
    ));
    let evicted: Vec<u64> = evicted.iter().map(|event| event.bid.to()).collect();
    assert_eq!(evicted, [10, 20, 30, 40, 50, 60, 70, 80, 90]);
    assert_eq!(ask(&chain, CACHE_MANAGER, queueSizeCall {}).await, 0);
    for number in 0..9 {
        assert!(!is_cached(&chain, &idle(number)).await, "{number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_larger_than_the_cache_is_refused() {
    let chain = chain().await;
    let (programs, size) = programs(&chain, 1).await;
    set_cache_size(&chain, size - 1).await;
    let too_large = AsmTooLarge {
        asm: U256::from(size),
        queueSize: U256::ZERO,
        cacheSize: U256::from(size - 1),
    }
    .abi_encode();
    assert_eq!(refusal(&chain, bid(programs[0], 1)).await, too_large);
    let price = request(CACHE_MANAGER, &minBidOfSizeCall { size });
    assert_eq!(refusal(&chain, price).await, too_large);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bid_beyond_192_bits_is_refused() {
    let chain = chain().await;
    let program = chain.program(&idle(0)).await;
    let value = U256::from(1) << 192;
    chain.request("anvil_setBalance", json!([STRANGER, U256::MAX])).await.unwrap();
    let tx = bid(program, 0).from(STRANGER).value(value);
    assert_eq!(refusal(&chain, tx).await, BidTooLarge { bid: value }.abi_encode());
}

#[tokio::test(flavor = "multi_thread")]
async fn earlier_bids_lose_against_later_ones_as_fast_as_the_decay_says() {
    let chain = chain().await;
    let (programs, size) = programs(&chain, 2).await;
    set_cache_size(&chain, size).await;
    succeed(&chain, request(CACHE_MANAGER, &setDecayRateCall { rate: 3 })).await;
    let head = || async { chain.rpc.get_block(BlockId::latest()).await.unwrap().unwrap().header };
    let time = head().await.timestamp + 1_000;
    chain.request("evm_setNextBlockTimestamp", json!([time])).await.unwrap();
    let receipt = succeed(&chain, bid(programs[0], 1_000)).await;
    assert_eq!(events::<InsertBid>(&receipt)[0].bid, U192::from(1_000 + 3 * time));
    for (seconds, min) in [(100, 700), (333, 1), (334, 0), (1_000, 0)] {
        chain.request("evm_setNextBlockTimestamp", json!([time + seconds])).await.unwrap();
        chain.request("evm_mine", json!([])).await.unwrap();
        let question = request(CACHE_MANAGER, &minBidOfProgramCall { program: programs[1] });
        let answer = chain.rpc.call(question).block(BlockId::latest()).await.unwrap();
        assert_eq!(U256::from_be_slice(&answer), U256::from(min), "{seconds}");
    }
    succeed(&chain, bid(programs[1], 0)).await;
    assert!(!is_cached(&chain, &idle(0)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_bids_while_they_are_paused() {
    let chain = chain().await;
    let program = chain.program(&idle(0)).await;
    succeed(&chain, request(CACHE_MANAGER, &pausedCall {})).await;
    assert!(ask(&chain, CACHE_MANAGER, isPausedCall {}).await);
    assert_eq!(refusal(&chain, bid(program, 1)).await, BidsArePaused {}.abi_encode());
    succeed(&chain, request(CACHE_MANAGER, &unpauseCall {})).await;
    succeed(&chain, bid(program, 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_belong_to_the_owners() {
    let chain = chain().await;
    for tx in [
        request(CACHE_MANAGER, &setCacheSizeCall { size: 1 }),
        request(CACHE_MANAGER, &setDecayRateCall { rate: 1 }),
        request(CACHE_MANAGER, &pausedCall {}),
        request(CACHE_MANAGER, &unpauseCall {}),
        request(CACHE_MANAGER, &evictAllCall {}),
        request(CACHE_MANAGER, &evictProgramsCall { count: U256::from(1) }),
    ] {
        let refused = NotChainOwner { sender: STRANGER }.abi_encode();
        assert_eq!(refusal(&chain, tx.from(STRANGER)).await, refused);
    }
}

/// A deployment, with an ether for the data fee.
fn deploy(code: &[u8], init_data: &[u8], init_value: u64, salt: B256) -> TransactionRequest {
    let call = deployCall {
        bytecode: code.to_vec().into(),
        initData: init_data.to_vec().into(),
        initValue: U256::from(init_value),
        salt,
    };
    request(STYLUS_DEPLOYER, &call).value(ETHER)
}

/// A deployment of a program.
fn deploy_program(wat: &str, init_data: &[u8], init_value: u64, salt: B256) -> TransactionRequest {
    deploy(&init_code(&program_code(wat)), init_data, init_value, salt)
}

fn deployed(receipt: &TransactionReceipt) -> Address {
    let [event] = events::<ContractDeployed>(receipt).try_into().unwrap();
    event.deployedContract
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_requires_activation_until_its_code_is_active() {
    let chain = chain().await;
    let first = chain.inactive_program(&idle(0)).await;
    let requires = |program| ask(&chain, STYLUS_DEPLOYER, requiresActivationCall { program });
    assert!(requires(first).await);
    assert!(chain.activate(first).await.status());
    assert!(!requires(first).await);
    let twin = chain.inactive_program(&idle(0)).await;
    assert!(!requires(twin).await);
    assert!(requires(STRANGER).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_salt_the_address_follows_from_the_deployers_nonce() {
    let chain = chain().await;
    let receipt = succeed(&chain, deploy_program(&idle(0), &[], 0, B256::ZERO)).await;
    assert_eq!(deployed(&receipt), STYLUS_DEPLOYER.create(1));
    let again = succeed(&chain, deploy_program(&idle(0), &[], 0, B256::ZERO)).await;
    assert_eq!(deployed(&again), STYLUS_DEPLOYER.create(2));
    // The second copy is active already.
    assert_eq!(events::<ProgramActivated>(&receipt).len(), 1);
    assert!(events::<ProgramActivated>(&again).is_empty());
    // Nothing is left in the deployer, and the event's address is not indexed.
    assert_eq!(chain.rpc.get_balance(STYLUS_DEPLOYER).await.unwrap(), U256::ZERO);
    assert_eq!(receipt.logs().last().unwrap().topics().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_salt_the_address_follows_from_the_first_call_too() {
    let chain = chain().await;
    let salt = B256::repeat_byte(1);
    let code = init_code(&program_code(&idle(0)));
    for init_data in [&b"one"[..], &b"two"[..]] {
        let mixed = keccak256([salt.as_slice(), init_data].concat());
        let question = initSaltCall { salt, initData: init_data.to_vec().into() };
        assert_eq!(ask(&chain, STYLUS_DEPLOYER, question).await, mixed);
        let receipt = succeed(&chain, deploy(&code, init_data, 0, salt)).await;
        assert_eq!(deployed(&receipt), STYLUS_DEPLOYER.create2(mixed, keccak256(&code)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sender_pays_the_data_fee_and_the_first_calls_value_and_no_more() {
    let chain = chain().await;
    let before = chain.rpc.get_balance(DEV_ACCOUNT).await.unwrap();
    let receipt = succeed(&chain, deploy_program(&idle(0), &[1], 1_000, B256::ZERO)).await;
    let [activation] = events::<ProgramActivated>(&receipt).try_into().unwrap();
    assert!(activation.dataFee > U256::ZERO);
    assert_eq!(activation.program, deployed(&receipt));
    let gas = U256::from(receipt.gas_used) * U256::from(receipt.effective_gas_price);
    let after = chain.rpc.get_balance(DEV_ACCOUNT).await.unwrap();
    assert_eq!(before - after, activation.dataFee + U256::from(1_000) + gas);
    let received = chain.rpc.get_balance(deployed(&receipt)).await.unwrap();
    assert_eq!(received, U256::from(1_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_below_the_data_fee_deploys_nothing() {
    let chain = chain().await;
    let tx = deploy_program(&idle(0), &[], 0, B256::ZERO).value(U256::from(1));
    let error = ProgramInsufficientValue::abi_decode(&refusal(&chain, tx).await).unwrap();
    assert_eq!(error.have, U256::from(1));
    assert!(error.want > U256::from(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_call_that_reverts_undoes_the_deployment_and_says_why() {
    let chain = chain().await;
    let tx = deploy_program(REFUSING, b"because", 0, B256::ZERO);
    let error = ContractInitializationError {
        newContract: STYLUS_DEPLOYER.create(1),
        data: Bytes::from_static(b"because"),
    };
    assert_eq!(refusal(&chain, tx.clone()).await, error.abi_encode());
    assert!(!chain.send_anyway(tx, 20_000_000).await.status());
    assert_eq!(chain.rpc.get_transaction_count(STYLUS_DEPLOYER).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn deployments_that_cannot_be_are_refused_with_their_error() {
    let chain = chain().await;
    let salted = B256::repeat_byte(7);
    for salt in [B256::ZERO, salted] {
        let tx = deploy(&[], &[], 0, salt);
        assert_eq!(refusal(&chain, tx).await, EmptyBytecode {}.abi_encode());
        let tx = deploy_program(&idle(0), &[], 1, salt);
        assert_eq!(refusal(&chain, tx).await, InitValueButNotInitData {}.abi_encode());
        // A creation's own revert is passed on: revert(0, 32) of the word 1
        let tx = deploy(&hex!("60015f5260205ffd"), &[], 0, salt);
        assert_eq!(refusal(&chain, tx).await, B256::with_last_byte(1).to_vec());
        // One that fails without data is named.
        let tx = deploy(&hex!("fe"), &[], 0, salt);
        let error = ContractDeploymentError { bytecode: hex!("fe").into() };
        assert_eq!(refusal(&chain, tx).await, error.abi_encode());
    }
    // The same address a second time.
    let code = init_code(&program_code(&idle(0)));
    succeed(&chain, deploy(&code, &[], 0, salted)).await;
    let error = ContractDeploymentError { bytecode: code.clone() };
    assert_eq!(refusal(&chain, deploy(&code, &[], 0, salted)).await, error.abi_encode());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_takes_no_money_back_is_told_so() {
    let chain = chain().await;
    // Takes nothing without calldata: if (!calldatasize) revert(0, 0). Otherwise it calls the deployer with its own
    // calldata and value, and reverts with what comes back.
    let mut code = hex!("366007575f5ffd5b365f5f375f5f365f3473").to_vec();
    code.extend(STYLUS_DEPLOYER);
    code.extend(hex!("5af1503d5f5f3e3d5ffd"));
    let forwarder = chain.deploy(&code).await;
    let fee = {
        let receipt = succeed(&chain, deploy_program(&idle(1), &[], 0, B256::ZERO)).await;
        events::<ProgramActivated>(&receipt)[0].dataFee
    };
    assert!(fee < ETHER);
    // Active code pays no fee, so all of the value is to go back.
    let tx = deploy_program(&idle(1), &[], 0, B256::ZERO).to(forwarder);
    let error = RefundExcessValueError { excessValue: ETHER };
    assert_eq!(refusal(&chain, tx).await, error.abi_encode());
}
