//! Every method of every precompile: its selector, what it answers on a fresh dev chain, what it costs.
//!
//! The gas of a row is that of the frame alone: 800 for ArbOS's state unless the method is pure, 3 a word of arguments
//! and of result or error data, 800 a read, 20,000 a write (5,000 of zero), 375 a log, 375 a topic, 8 a byte of it.
//! Spec: stylus-vm.md §8.
#![allow(missing_docs)]

use crate::support::{Chain, chain};
use alloy::primitives::{Address, B256, Bytes, U256, address, hex, keccak256};
use alloy::providers::Provider;
use alloy::rpc::types::TransactionRequest;
use alloy::sol_types::SolValue;
use devnode::{CACHE_MANAGER, DEV_ACCOUNT};
use serde_json::json;

const STRANGER: Address = address!("000000000000000000000000000000000000bEEF");
/// Gas that every transaction below may use.
const LIMIT: u64 = 3_000_000;

/// How a row ends.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ends {
    /// With this result.
    Answers(Vec<u8>),
    /// With this revert data, the rest of the gas kept.
    Reverts(Vec<u8>),
    /// Without data, all gas taken.
    Burns,
}
use Ends::{Answers, Burns, Reverts};

struct Row {
    at: Address,
    signature: &'static str,
    selector: [u8; 4],
    arguments: Vec<u8>,
    value: u64,
    ends: Ends,
    gas: u64,
}

fn row(
    at: u8,
    signature: &'static str,
    selector: [u8; 4],
    arguments: impl Into<Vec<u8>>,
    ends: Ends,
    gas: u64,
) -> Row {
    let at = Address::with_last_byte(at);
    Row { at, signature, selector, arguments: arguments.into(), value: 0, ends, gas }
}

fn word(value: u64) -> Vec<u8> {
    U256::from(value).to_be_bytes_vec()
}

fn words(values: &[u64]) -> Vec<u8> {
    values.iter().flat_map(|value| word(*value)).collect()
}

fn address_word(address: Address) -> Vec<u8> {
    address.into_word().to_vec()
}

fn error(selector: [u8; 4], data: impl AsRef<[u8]>) -> Ends {
    Reverts([&selector[..], data.as_ref()].concat())
}

const NONE: [u8; 0] = [];
const BASE: u64 = 100_000_000;

fn arb_sys(genesis: B256) -> Vec<Row> {
    let at = 0x64;
    let sys = |signature, selector, arguments: Vec<u8>, ends, gas| {
        row(at, signature, selector, arguments, ends, gas)
    };
    let paying = |row: Row| Row { value: 5, ..row };
    vec![
        // calls run in the pending block, which is number 1
        sys("arbBlockNumber()", hex!("a3b1b31d"), vec![], Answers(word(1)), 800 + 3),
        sys(
            "arbBlockHash(uint256)",
            hex!("2b407a82"),
            word(0),
            Answers(genesis.to_vec()),
            800 + 3 + 3,
        ),
        // InvalidBlockNumber(99999, 1): 68 bytes are three words
        sys(
            "arbBlockHash(uint256)",
            hex!("2b407a82"),
            word(99_999),
            error(hex!("d5dc642d"), words(&[99_999, 1])),
            800 + 3 + 9,
        ),
        sys("arbChainID()", hex!("d127f54a"), vec![], Answers(word(412_346)), 803),
        sys("arbOSVersion()", hex!("051038f2"), vec![], Answers(word(106)), 803),
        sys("getStorageGasAvailable()", hex!("a94597ff"), vec![], Answers(word(0)), 803),
        sys("isTopLevelCall()", hex!("08bd624c"), vec![], Answers(word(1)), 803),
        sys(
            "mapL1SenderContractAddressToL2Alias(address,address)",
            hex!("4dbbd506"),
            [address_word(STRANGER), word(0)].concat(),
            // 0xbeef + 0x1111 = 0xd000
            Answers(address_word(address!("111100000000000000000000000000000000d000"))),
            6 + 3,
        ),
        sys("wasMyCallersAddressAliased()", hex!("175a260b"), vec![], Answers(word(0)), 803),
        sys("myCallersAddressWithoutAliasing()", hex!("d74523b3"), vec![], Answers(word(0)), 803),
        // Keccak of 168 bytes: 30 + 6·6. The count: 800 + 20,000; the leaf 20,000; the size once more 800.
        // The log: 375 + 4·375 + 8·224. The first message has position 0.
        paying(sys(
            "withdrawEth(address)",
            hex!("25e16063"),
            address_word(STRANGER),
            Answers(word(0)),
            800 + 3 + 66 + 20_800 + 20_000 + 800 + 3_667 + 3,
        )),
        // The second message completes a pair: 33 bytes more to hash (7 words), the left leaf read and cleared (5,800),
        // the pair hashed (42) and written; two more words of log, and SendMerkleUpdate: 375 + 4·375.
        paying(sys(
            "sendTxToL1(address,bytes)",
            hex!("928c169a"),
            [address_word(STRANGER), words(&[64, 33]), vec![7; 33], vec![0; 31]].concat(),
            // a call before any message was sent
            Answers(word(0)),
            800 + 15 + 72 + 20_800 + 5_800 + 42 + 20_000 + 800 + 1_875 + 4_179 + 3,
        )),
        // only the zero address may ask
        sys("sendMerkleTreeState()", hex!("7aeecd2a"), vec![], Reverts(vec![]), 800),
    ]
}

fn arb_info() -> Vec<Row> {
    let code = [words(&[32, 1]), hex!("fe").to_vec(), vec![0; 31]].concat();
    vec![
        row(
            0x65,
            "getBalance(address)",
            hex!("f8b2cb4f"),
            address_word(STRANGER),
            Answers(word(0)),
            800 + 3 + 700 + 3,
        ),
        row(
            0x65,
            "getCode(address)",
            hex!("7e105ce2"),
            address_word(Address::with_last_byte(0x64)),
            Answers(code),
            800 + 3 + 2_100 + 3 + 9,
        ),
    ]
}

fn arb_gas_info() -> Vec<Row> {
    // the L1 price is 0 after the set-up script
    let wei = words(&[0, 0, BASE * 20_000, BASE, 0, BASE]);
    let gas = words(&[0, 0, 20_000]);
    let one = |signature, selector, value| {
        row(0x6c, signature, selector, NONE, Answers(word(value)), 800 + 800 + 3)
    };
    let no_one = address_word(Address::ZERO);
    vec![
        row(0x6c, "getPricesInWei()", hex!("41b247a8"), NONE, Answers(wei.clone()), 2_400 + 18),
        row(
            0x6c,
            "getPricesInWeiWithAggregator(address)",
            hex!("ba9c916e"),
            no_one.clone(),
            Answers(wei),
            2_400 + 3 + 18,
        ),
        row(0x6c, "getPricesInArbGas()", hex!("02199f34"), NONE, Answers(gas.clone()), 1_600 + 9),
        row(
            0x6c,
            "getPricesInArbGasWithAggregator(address)",
            hex!("7a1ea732"),
            no_one,
            Answers(gas),
            1_600 + 3 + 9,
        ),
        row(
            0x6c,
            "getGasAccountingParams()",
            hex!("612af178"),
            NONE,
            Answers(words(&[7_000_000, 32_000_000, 32_000_000])),
            2_400 + 9,
        ),
        one("getMaxTxGasLimit()", hex!("aae1cd4c"), 32_000_000),
        one("getMaxBlockGasLimit()", hex!("0371fdb4"), 32_000_000),
        one("getMinimumGasPrice()", hex!("f918379a"), BASE),
        one("getL1BaseFeeEstimate()", hex!("f5d6ded7"), 0),
        one("getL1GasPriceEstimate()", hex!("055f362f"), 0),
        one("getL1BaseFeeEstimateInertia()", hex!("29eb31ee"), 10),
        one("getL1RewardRate()", hex!("8a5b1d28"), 10),
        one("getL1RewardRecipient()", hex!("9e6d7e31"), 0),
        row(0x6c, "getCurrentTxL1GasFees()", hex!("c6f7de0e"), NONE, Answers(word(0)), 803),
        one("getGasBacklog()", hex!("1d5b5c20"), 0),
        one("getPricingInertia()", hex!("3dfb45b9"), 102),
        one("getGasBacklogTolerance()", hex!("25754f91"), 10),
        one("getPerBatchGasCharge()", hex!("6ecca45a"), 210_000),
        one("getAmortizedCostCapBips()", hex!("7a7d6beb"), 0),
        one("getL1PricingEquilibrationUnits()", hex!("ad26ce90"), 160_000_000),
        one("getL1FeesAvailable()", hex!("5b39d23c"), 0),
        // what is there and two kinds of debts
        row(0x6c, "getL1PricingSurplus()", hex!("520acdd7"), NONE, Answers(word(0)), 3_200 + 3),
        one("getLastL1PricingUpdateTime()", hex!("138b47b4"), 0),
        one("getL1PricingFundsDueForRewards()", hex!("963d6002"), 0),
        one("getL1PricingUnitsSinceUpdate()", hex!("eff01306"), 0),
        one("getLastL1PricingSurplus()", hex!("2987d027"), 0),
        row(
            0x6c,
            "getGasPricingConstraints()",
            hex!("232027d1"),
            NONE,
            Answers(words(&[32, 0])),
            1_600 + 6,
        ),
    ]
}

fn arb_owner_public() -> Vec<Row> {
    let dev = address_word(DEV_ACCOUNT);
    let one = |signature, selector, value| {
        row(0x6b, signature, selector, NONE, Answers(word(value)), 800 + 800 + 3)
    };
    vec![
        row(
            0x6b,
            "isChainOwner(address)",
            hex!("26ef7f68"),
            dev.clone(),
            Answers(word(1)),
            800 + 3 + 800 + 3,
        ),
        // the size and two members
        row(
            0x6b,
            "getAllChainOwners()",
            hex!("516b4e0f"),
            NONE,
            Answers([words(&[32, 2, 0]), dev.clone()].concat()),
            800 + 2_400 + 12,
        ),
        one("getNetworkFeeAccount()", hex!("2d9125e9"), 0),
        one("getInfraFeeAccount()", hex!("ee95a824"), 0),
        one("getBrotliCompressionLevel()", hex!("22d499c7"), 1),
        row(
            0x6b,
            "getScheduledUpgrade()",
            hex!("81ef944c"),
            NONE,
            Answers(words(&[0, 0])),
            800 + 1_600 + 6,
        ),
        one("isCalldataPriceIncreaseEnabled()", hex!("2aa9551e"), 0),
        one("getParentGasFloorPerToken()", hex!("49ccdaff"), 0),
        // from ArbOS 60
        row(0x6b, "getMaxStylusContractFragments()", hex!("e5a7f893"), NONE, Burns, 0),
        row(0x6b, "getCollectTips()", hex!("8e34a64d"), NONE, Burns, 0),
        // whoever is in the list properly cannot be mended: member, place, entry, size
        row(
            0x6b,
            "rectifyChainOwner(address)",
            hex!("6fe86373"),
            dev,
            Reverts(vec![]),
            800 + 3 + 800 + 2_400,
        ),
    ]
}

/// Free for the owner who calls; the values are those in force, so that the rows do not disturb each other.
fn arb_owner() -> Vec<Row> {
    let free = |signature, selector, arguments: Vec<u8>, ends| {
        row(0x70, signature, selector, arguments, ends, 0)
    };
    let set = |signature, selector, value| free(signature, selector, word(value), Answers(vec![]));
    let stranger = address_word(STRANGER);
    let dev = address_word(DEV_ACCOUNT);
    let manager = address_word(CACHE_MANAGER);
    let owners = Answers([words(&[32, 2, 0]), dev.clone()].concat());
    vec![
        free("isChainOwner(address)", hex!("26ef7f68"), dev, Answers(word(1))),
        free("getAllChainOwners()", hex!("516b4e0f"), vec![], owners),
        free("addChainOwner(address)", hex!("481f8dbf"), stranger.clone(), Answers(vec![])),
        free("removeChainOwner(address)", hex!("8792701a"), word(0), Answers(vec![])),
        free("removeChainOwner(address)", hex!("8792701a"), word(77), Reverts(vec![])),
        set("setL1PricePerUnit(uint256)", hex!("2b352fae"), 0),
        free("addWasmCacheManager(address)", hex!("ffdca515"), stranger, Answers(vec![])),
        free("removeWasmCacheManager(address)", hex!("bf197322"), manager, Answers(vec![])),
        free("removeWasmCacheManager(address)", hex!("bf197322"), word(77), Reverts(vec![])),
        set("setInkPrice(uint32)", hex!("8c1d4fda"), 10_000),
        set("setWasmMaxStackDepth(uint32)", hex!("4567cc8e"), 22_000),
        set("setWasmFreePages(uint16)", hex!("3f37a846"), 2),
        set("setWasmPageGas(uint16)", hex!("aaa619e0"), 1_000),
        set("setWasmPageLimit(uint16)", hex!("6595381a"), 128),
        free(
            "setWasmMinInitGas(uint8,uint16)",
            hex!("8293405e"),
            words(&[255, 352]),
            Answers(vec![]),
        ),
        set("setWasmInitCostScalar(uint64)", hex!("67e0718f"), 100),
        set("setWasmExpiryDays(uint16)", hex!("aac68018"), 365),
        set("setWasmKeepaliveDays(uint16)", hex!("2a9cbe3e"), 31),
        set("setWasmBlockCacheSize(uint16)", hex!("380f1457"), 32),
        set("setWasmMaxSize(uint32)", hex!("455ec2eb"), 131_072),
        // from ArbOS 60 and 59: no such methods yet, which costs an owner nothing either
        free("setMaxStylusContractFragments(uint8)", hex!("f1fe1a70"), word(2), Reverts(vec![])),
        free("setWasmActivationGas(uint64)", hex!("a0a32497"), word(0), Reverts(vec![])),
        set("setMinimumL2BaseFee(uint256)", hex!("a0188cdb"), BASE),
        set("setL2BaseFee(uint256)", hex!("d99bc80e"), BASE),
        set("setSpeedLimit(uint64)", hex!("4d7a060d"), 7_000_000),
        set("setMaxTxGasLimit(uint64)", hex!("39673611"), 32_000_000),
        set("setMaxBlockGasLimit(uint64)", hex!("ae105c80"), 32_000_000),
        set("setNetworkFeeAccount(address)", hex!("fcdde2b4"), 0),
        set("setInfraFeeAccount(address)", hex!("57f585db"), 0),
        free(
            "scheduleArbOSUpgrade(uint64,uint64)",
            hex!("e388b381"),
            words(&[0, 0]),
            Answers(vec![]),
        ),
        free(
            "setChainConfig(string)",
            hex!("eda73212"),
            [words(&[32, 2]), b"{}".to_vec(), vec![0; 30]].concat(),
            Answers(vec![]),
        ),
        set("setBrotliCompressionLevel(uint64)", hex!("5399126f"), 1),
        set("setL1PricingInertia(uint64)", hex!("775a82e9"), 10),
        set("setL1PricingRewardRate(uint64)", hex!("f6739500"), 10),
        set("setL2GasPricingInertia(uint64)", hex!("3fd62a29"), 102),
        set("setL2GasBacklogTolerance(uint64)", hex!("198e7157"), 10),
        set("setCalldataPriceIncrease(bool)", hex!("8eb911d9"), 0),
        set("setGasBacklog(uint64)", hex!("68fc808a"), 0),
        free("releaseL1PricerSurplusFunds(uint256)", hex!("314bcf05"), word(9), Answers(word(0))),
    ]
}

fn arb_wasm() -> Vec<Row> {
    let not_activated = || error(hex!("6f809c4e"), []);
    let param = |signature, selector, value| {
        row(0x71, signature, selector, NONE, Answers(word(value)), 800 + 100 + 3)
    };
    // the error is one word; nobody has this code hash
    let by_hash = |signature, selector| {
        row(0x71, signature, selector, word(7), not_activated(), 800 + 3 + 100 + 800 + 3)
    };
    let by_address = |signature, selector| {
        let gas = 800 + 3 + 2_600 + 100 + 800 + 3;
        row(0x71, signature, selector, address_word(STRANGER), not_activated(), gas)
    };
    vec![
        // ProgramNotWasm(): an account without code
        row(
            0x71,
            "activateProgram(address)",
            hex!("58c780c2"),
            address_word(STRANGER),
            error(hex!("27f38212"), []),
            800 + 3 + 1_659_168 + 100 + 800 + 3,
        ),
        by_hash("codehashKeepalive(bytes32)", hex!("c689bad5")),
        param("stylusVersion()", hex!("a996e0c2"), 2),
        by_hash("codehashVersion(bytes32)", hex!("d70c0ca7")),
        by_hash("codehashAsmSize(bytes32)", hex!("4089267f")),
        by_address("programVersion(address)", hex!("cc8f4e88")),
        by_address("programInitGas(address)", hex!("62b688aa")),
        by_address("programMemoryFootprint(address)", hex!("aef36be3")),
        by_address("programTimeLeft(address)", hex!("c775a62a")),
        param("inkPrice()", hex!("d1c17abc"), 10_000),
        param("maxStackDepth()", hex!("8ccfaa70"), 22_000),
        param("freePages()", hex!("4490c19d"), 2),
        param("pageGas()", hex!("7af4ba49"), 1_000),
        param("pageRamp()", hex!("11c82ae8"), 620_674_314),
        param("pageLimit()", hex!("9786f96e"), 128),
        row(
            0x71,
            "minInitGas()",
            hex!("99d0b38d"),
            NONE,
            Answers(words(&[8_832, 352])),
            800 + 100 + 6,
        ),
        param("initCostScalar()", hex!("5fc94c0b"), 100),
        param("expiryDays()", hex!("309f6555"), 365),
        param("keepaliveDays()", hex!("0a936455"), 31),
        param("blockCacheSize()", hex!("7af6e819"), 32),
        // from ArbOS 59
        row(0x71, "activationGas()", hex!("2278c278"), NONE, Burns, 0),
    ]
}

fn arb_wasm_cache() -> Vec<Row> {
    vec![
        row(
            0x72,
            "isCacheManager(address)",
            hex!("85e2de85"),
            address_word(CACHE_MANAGER),
            Answers(word(1)),
            800 + 3 + 800 + 3,
        ),
        row(
            0x72,
            "allCacheManagers()",
            hex!("0ec1d773"),
            NONE,
            Answers([words(&[32, 1]), address_word(CACHE_MANAGER)].concat()),
            800 + 1_600 + 9,
        ),
        row(
            0x72,
            "codehashIsCached(bytes32)",
            hex!("a72f179b"),
            word(7),
            Answers(word(0)),
            800 + 3 + 800 + 3,
        ),
        // only on ArbOS 30
        row(0x72, "cacheCodehash(bytes32)", hex!("4ceac817"), word(7), Burns, 0),
        // The caller is no manager (800) but an owner (800); a record of version 0 "needs an upgrade" to 2.
        row(
            0x72,
            "cacheProgram(address)",
            hex!("e73ac9f2"),
            address_word(STRANGER),
            error(hex!("637d968f"), words(&[0, 2])),
            800 + 3 + 2_600 + 1_600 + 100 + 800 + 9,
        ),
        // not cached already: nothing to do
        row(
            0x72,
            "evictCodehash(bytes32)",
            hex!("ce972013"),
            word(7),
            Answers(vec![]),
            800 + 3 + 1_600 + 100 + 800,
        ),
    ]
}

fn arb_debug() -> Vec<Row> {
    let spider = b"a spider of our own: //\\(oo)/\\\\, and its web: --<>--<>--";
    let custom = [words(&[7, 96, 1, 56]), spider.to_vec(), vec![0; 8]].concat();
    vec![
        // an owner already: one look
        row(0xff, "becomeChainOwner()", hex!("0e5bbc11"), NONE, Answers(vec![]), 800 + 800),
        row(
            0xff,
            "overwriteContractCode(address,bytes)",
            hex!("1be250d6"),
            [address_word(STRANGER), words(&[64, 1]), vec![0; 32]].concat(),
            Answers(words(&[32, 0])),
            800 + 12 + 6,
        ),
        // Basic: 375 + 2·375 + 8·32; Mixed: 375 + 4·375 + 8·64
        Row {
            value: 9,
            ..row(
                0xff,
                "events(bool,bytes32)",
                hex!("7b9963ef"),
                words(&[1, 4]),
                Answers([address_word(DEV_ACCOUNT), word(9)].concat()),
                800 + 6 + 1_381 + 2_387 + 6,
            )
        },
        row(0xff, "eventsView()", hex!("8e5f30ab"), NONE, Reverts(vec![]), 800),
        // 4 bytes, four words and a string of two: 196 bytes are seven words
        row(
            0xff,
            "customRevert(uint64)",
            hex!("7ea89f8b"),
            word(7),
            error(hex!("1753067f"), custom),
            3 + 21,
        ),
        row(0xff, "panic()", hex!("4700d305"), NONE, Reverts(vec![]), 800),
        row(0xff, "legacyError()", hex!("1e48fe82"), NONE, Reverts(vec![]), 0),
    ]
}

fn arb_retryable_tx() -> Vec<Row> {
    let ticket = |signature, selector, look_ups: u64| {
        let gas = 800 + 3 + 800 * look_ups + 3;
        row(0x6e, signature, selector, word(1), error(hex!("80698456"), []), gas)
    };
    let submission = [vec![0; 9 * 32], word(0), word(11 * 32), word(0)].concat();
    vec![
        ticket("redeem(bytes32)", hex!("eda1122c"), 2),
        row(0x6e, "getLifetime()", hex!("81e6e083"), NONE, Answers(word(604_800)), 803),
        ticket("getTimeout(bytes32)", hex!("9f1025c6"), 1),
        ticket("keepalive(bytes32)", hex!("f0b21a41"), 1),
        ticket("getBeneficiary(bytes32)", hex!("ba20dda4"), 1),
        ticket("cancel(bytes32)", hex!("c4d252f5"), 1),
        row(0x6e, "getCurrentRedeemer()", hex!("de4ba2b3"), NONE, Answers(word(0)), 803),
        row(
            0x6e,
            "submitRetryable(bytes32,uint256,uint256,uint256,uint256,uint64,uint256,address,address,address,bytes)",
            hex!("c9f95d32"),
            submission,
            error(hex!("902824c1"), []),
            800 + 36 + 3,
        ),
    ]
}

/// Precompiles of which the specification lists no method: any call of them is one of an unknown method.
fn without_methods() -> Vec<Row> {
    [0x66, 0x67, 0x68, 0x69, 0x6d, 0x6f, 0x73]
        .map(|at| row(at, "size()", hex!("949d225d"), NONE, Burns, 0))
        .into()
}

fn rows(genesis: B256) -> Vec<Row> {
    let arbos_acts = Row {
        at: address!("00000000000000000000000000000000000a4b05"),
        ..row(
            0,
            "startBlock(uint256,uint64,uint64,uint64)",
            hex!("6bf6a42d"),
            words(&[0, 0, 1, 0]),
            Reverts(keccak256("CallerNotArbOS()")[..4].to_vec()),
            800 + 12 + 3,
        )
    };
    [
        arb_sys(genesis),
        arb_info(),
        arb_gas_info(),
        arb_owner_public(),
        arb_owner(),
        arb_wasm(),
        arb_wasm_cache(),
        arb_debug(),
        arb_retryable_tx(),
        without_methods(),
        vec![arbos_acts],
    ]
    .into_iter()
    .flatten()
    .collect()
}

impl Row {
    fn calldata(&self) -> Bytes {
        [&self.selector[..], &self.arguments].concat().into()
    }

    fn request(&self) -> TransactionRequest {
        TransactionRequest::default()
            .from(DEV_ACCOUNT)
            .to(self.at)
            .value(U256::from(self.value))
            // A price, so that the base fee is not taken for zero.
            .gas_price(u128::from(BASE))
            .gas_limit(LIMIT)
            .input(self.calldata().into())
    }
}

/// What a revert gives back, from the text of the error.
async fn outcome(chain: &Chain, row: &Row) -> Ends {
    match chain.rpc.call(row.request()).await {
        Ok(answer) => Answers(answer.to_vec()),
        Err(error) => {
            let error = error.as_error_resp().expect("an answer of the node");
            assert_eq!(error.code, 3, "{}: {}", row.signature, error.message);
            Reverts(error.as_revert_data().unwrap_or_default().to_vec())
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_has_its_selector_and_its_answer() {
    let chain = chain().await;
    let genesis = chain.rpc.get_block(0.into()).await.unwrap().unwrap().header.hash;
    for row in rows(genesis) {
        let what = format!("{} at {}", row.signature, row.at);
        assert_eq!(keccak256(row.signature)[..4], row.selector, "{what}");
        let expected = match row.ends.clone() {
            Burns => Reverts(vec![]),
            ends => ends,
        };
        let seen = outcome(&chain, &row).await;
        assert_eq!(seen, expected, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_costs_what_the_specification_says() {
    let chain = chain().await;
    let genesis = chain.rpc.get_block(0.into()).await.unwrap().unwrap().header.hash;
    for row in rows(genesis) {
        let what = format!("{} at {}", row.signature, row.at);
        let receipt = chain.send(row.request()).await;
        let calldata: u64 = row.calldata().iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum();
        let gas = match row.ends {
            Burns => LIMIT,
            _ => 21_000 + calldata + row.gas,
        };
        assert_eq!(receipt.gas_used, gas, "{what}");
        assert_eq!(receipt.status(), matches!(row.ends, Answers(_)), "{what}");
        // What an owner did is logged; nothing else of the zero-cost wrapper is.
        if row.at == Address::with_last_byte(0x70) {
            assert_eq!(receipt.logs().len(), usize::from(receipt.status()), "{what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn precompiles_are_accounts_with_one_byte_of_code_and_no_nonce() {
    let chain = chain().await;
    let code = |address: Address| chain.rpc.get_code_at(address);
    let acts = address!("00000000000000000000000000000000000a4b05");
    for address in
        (0x64..=0x69).chain(0x6b..=0x73).chain([0xff]).map(Address::with_last_byte).chain([acts])
    {
        assert_eq!(code(address).await.unwrap().as_ref(), hex!("fe"), "{address}");
        assert_eq!(chain.rpc.get_transaction_count(address).await.unwrap(), 0, "{address}");
    }
    // None at 0x6a; ArbFilteredTransactionsManager comes with ArbOS 60; NodeInterface is not in state.
    for absent in [0x6a, 0x74, 0xc8, 0xc9] {
        assert!(code(Address::with_last_byte(absent)).await.unwrap().is_empty(), "{absent:x}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_interface_answers_calls_only() {
    let chain = chain().await;
    let node = Address::with_last_byte(0xc8);
    let call = |to: Address, selector: [u8; 4], arguments: Vec<u8>| {
        let data = Bytes::from([&selector[..], &arguments].concat());
        let tx = TransactionRequest::default().from(DEV_ACCOUNT).to(to).input(data.into());
        let rpc = chain.rpc.clone();
        async move { rpc.call(tx).await.map_err(|error| error.to_string()) }
    };
    let about = |to: Address| [address_word(to), words(&[0, 96, 0])].concat();
    let base = u64::try_from(chain.rpc.get_gas_price().await.unwrap()).unwrap();
    let components = call(node, hex!("c94e6eeb"), about(STRANGER)).await.unwrap();
    assert_eq!(components, words(&[21_000, 0, base, 0]));
    let l1 = call(node, hex!("77d488a2"), about(STRANGER)).await.unwrap();
    assert_eq!(l1, words(&[0, base, 0]));
    assert_eq!(call(node, hex!("93a2fe21"), vec![]).await.unwrap(), word(0));
    let number = |at: u64| {
        let rpc = chain.rpc.clone();
        async move {
            let block: serde_json::Value = rpc
                .raw_request("eth_getBlockByNumber".into(), json!([format!("0x{at:x}"), false]))
                .await
                .unwrap();
            u64::from_str_radix(&block["l1BlockNumber"].as_str().unwrap()[2..], 16).unwrap()
        }
    };
    let l1_number = number(0).await;
    assert_eq!(call(node, hex!("6f275ef2"), word(0)).await.unwrap(), word(l1_number));
    assert!(call(node, hex!("6f275ef2"), word(99)).await.is_err());
    assert_eq!(call(node, hex!("48e7f811"), word(l1_number)).await.unwrap(), words(&[0, 0]));
    assert!(call(node, hex!("48e7f811"), word(1)).await.is_err());
    // nothing can be asked of the two interfaces themselves
    for own in [0xc8, 0xc9].map(Address::with_last_byte) {
        for selector in [hex!("c94e6eeb"), hex!("77d488a2")] {
            let error = call(node, selector, about(own)).await.unwrap_err();
            assert!(error.contains("execution reverted"), "{error}");
        }
    }
    // what needs a parent chain is an error, and so is what NodeInterfaceDebug has not
    let ticket = [vec![0; 6 * 32], words(&[7 * 32, 0])].concat();
    for (selector, arguments) in [
        (hex!("42696350"), words(&[1, 0])),
        (hex!("81f1adaf"), word(0)),
        (hex!("e5ca238c"), word(0)),
        (hex!("89496270"), words(&[0, 0])),
        (hex!("c3dc5879"), ticket),
    ] {
        assert!(call(node, selector, arguments).await.is_err());
    }
    assert!(call(Address::with_last_byte(0xc9), hex!("93a2fe21"), vec![]).await.is_err());
    // in a transaction there is nothing at the address
    let tx = TransactionRequest::default().to(node).input(Bytes::from(hex!("93a2fe21")).into());
    let receipt = chain.send_anyway(tx, 100_000).await;
    assert_eq!((receipt.status(), receipt.gas_used), (true, 21_000 + 4 * 16));
}

/// An EVM contract: calls the address in the first 20 bytes with the rest by this opcode, giving it 2,000,000 gas and
/// `value`; returns whether it succeeded, the gas it cost, and what came back.
fn prober(opcode: u8, value: Option<u8>) -> Vec<u8> {
    // calldatacopy(0, 20, calldatasize - 20); gas
    let mut code = hex!("6014360360145f375a").to_vec();
    // no return area; the data; the value where the opcode takes one
    code.extend(hex!("5f5f60143603 5f"));
    code.extend(value.into_iter().flat_map(|value| [0x60, value]));
    // the address; 2,000,000 gas
    code.extend(hex!("5f3560601c621e8480"));
    code.push(opcode);
    // of gas before, success and gas now: success to memory 0, the difference to 32
    code.extend(hex!("5a91905f5203602052"));
    // append the return data; return all
    code.extend(hex!("3d5f60403e3d6040015ff3"));
    code
}

/// What happened to a probed call.
#[derive(Debug, PartialEq, Eq)]
struct Probed {
    succeeded: bool,
    /// Whether the call took everything it was given.
    burnt: bool,
    data: Vec<u8>,
}

async fn probe(chain: &Chain, opcode: u8, value: Option<u8>, to: Address, data: &[u8]) -> Probed {
    let prober = chain.deploy(&prober(opcode, value)).await;
    let balance = json!([prober, "0xde0b6b3a7640000"]);
    chain.request("anvil_setBalance", balance).await.unwrap();
    let answer = chain.call(prober, [to.as_slice(), data].concat()).await.unwrap();
    let gas = U256::from_be_slice(&answer[32..64]);
    Probed {
        succeeded: U256::from_be_slice(&answer[..32]) == U256::from(1),
        burnt: gas >= U256::from(2_000_000),
        data: answer[64..].to_vec(),
    }
}

const CALL: u8 = 0xf1;
const CALLCODE: u8 = 0xf2;
const DELEGATECALL: u8 = 0xf4;
const STATICCALL: u8 = 0xfa;

#[tokio::test(flavor = "multi_thread")]
async fn each_misuse_fails_as_the_rules_say() {
    let chain = chain().await;
    let at = Address::with_last_byte;
    let burnt = || Probed { succeeded: false, burnt: true, data: vec![] };
    let fine = |data: Vec<u8>| Probed { succeeded: true, burnt: false, data };
    let kept = |data: Vec<u8>| Probed { succeeded: false, burnt: false, data };
    let with = |selector: [u8; 4], arguments: &[u8]| [&selector[..], arguments].concat();
    let alias = with(hex!("4dbbd506"), &[0; 64]);
    let offset = address_word(address!("1111000000000000000000000000000000001111"));
    let owner_check = |word: &[u8]| with(hex!("26ef7f68"), word);
    // an address whose upper bytes are not zero
    let mut dirty = address_word(DEV_ACCOUNT);
    dirty[0] = 1;
    let zero = Some(0);
    type Case = (&'static str, u8, Option<u8>, Address, Vec<u8>, Probed);
    let cases: Vec<Case> = vec![
        // below the precompile's version there is an empty account
        ("0x74 before ArbOS 60", CALL, zero, at(0x74), hex!("12345678").into(), fine(vec![])),
        ("three bytes", CALL, zero, at(0x64), hex!("a3b1b3").into(), burnt()),
        ("no bytes", CALL, zero, at(0x64), vec![], burnt()),
        ("an unknown selector", CALL, zero, at(0x64), hex!("12345678").into(), burnt()),
        ("a retired method", CALL, zero, at(0x72), with(hex!("4ceac817"), &word(7)), burnt()),
        ("a method of a later version", CALL, zero, at(0x6b), hex!("e5a7f893").into(), burnt()),
        ("a view by DELEGATECALL", DELEGATECALL, None, at(0x64), hex!("d127f54a").into(), burnt()),
        ("a view by CALLCODE", CALLCODE, zero, at(0x64), hex!("d127f54a").into(), burnt()),
        (
            "a pure method by DELEGATECALL",
            DELEGATECALL,
            None,
            at(0x64),
            alias.clone(),
            fine(offset.clone()),
        ),
        (
            "a pure method by CALLCODE",
            CALLCODE,
            zero,
            at(0x64),
            alias.clone(),
            fine(offset.clone()),
        ),
        ("a pure method by STATICCALL", STATICCALL, None, at(0x64), alias.clone(), fine(offset)),
        (
            "a view by STATICCALL",
            STATICCALL,
            None,
            at(0x64),
            hex!("d127f54a").into(),
            fine(word(412_346)),
        ),
        ("a write by STATICCALL", STATICCALL, None, at(0xff), hex!("0e5bbc11").into(), burnt()),
        (
            "a payable one by STATICCALL",
            STATICCALL,
            None,
            at(0x64),
            with(hex!("25e16063"), &word(0)),
            burnt(),
        ),
        ("value to a view", CALL, Some(1), at(0x64), hex!("d127f54a").into(), burnt()),
        ("value to a pure method", CALL, Some(1), at(0x64), alias, burnt()),
        ("value to a write", CALL, Some(1), at(0xff), hex!("0e5bbc11").into(), burnt()),
        (
            "value to a payable method",
            CALL,
            Some(1),
            at(0x64),
            with(hex!("25e16063"), &word(0)),
            fine(word(0)),
        ),
        ("no argument", CALL, zero, at(0x6b), owner_check(&[]), burnt()),
        ("a short argument", CALL, zero, at(0x6b), owner_check(&[0; 31]), burnt()),
        // Go's decoder takes the last 20 bytes and does not look at what follows
        ("a dirty address", CALL, zero, at(0x6b), owner_check(&dirty), fine(word(1))),
        (
            "more than the arguments",
            CALL,
            zero,
            at(0x6b),
            owner_check(&[address_word(DEV_ACCOUNT), vec![9; 40]].concat()),
            fine(word(1)),
        ),
        (
            "a number of more than 64 bits",
            CALL,
            zero,
            at(0xff),
            with(hex!("7ea89f8b"), &[1; 32]),
            burnt(),
        ),
        ("a boolean of 2", CALL, zero, at(0xff), with(hex!("7b9963ef"), &words(&[2, 4])), burnt()),
        (
            "an offset beyond the end",
            CALL,
            zero,
            at(0x64),
            with(hex!("928c169a"), &words(&[0, 4_096])),
            burnt(),
        ),
        (
            "a Solidity error",
            CALL,
            zero,
            at(0x6e),
            with(hex!("9f1025c6"), &word(1)),
            kept(hex!("80698456").into()),
        ),
        ("a plain error", CALL, zero, at(0xff), hex!("1e48fe82").into(), kept(vec![])),
        ("a log in a view", CALL, zero, at(0xff), hex!("8e5f30ab").into(), kept(vec![])),
        (
            "a cache write by anybody",
            CALL,
            zero,
            at(0x72),
            with(hex!("ce972013"), &word(7)),
            burnt(),
        ),
        (
            "an owner's method by anybody",
            CALL,
            zero,
            at(0x70),
            with(hex!("8c1d4fda"), &word(7)),
            burnt(),
        ),
    ];
    for (what, opcode, value, to, data, expected) in cases {
        assert_eq!(probe(&chain, opcode, value, to, &data).await, expected, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gas_that_does_not_suffice_is_a_revert_without_data_and_takes_all() {
    let chain = chain().await;
    let sys = Address::with_last_byte(0x64);
    // arbChainID: 800 to open the state, 3 for the result
    let send = |gas: u64| {
        let tx = TransactionRequest::default().to(sys).input(Bytes::from(hex!("d127f54a")).into());
        chain.send_anyway(tx, 21_000 + 4 * 16 + gas)
    };
    for gas in [0, 799, 802] {
        let receipt = send(gas).await;
        assert_eq!((receipt.status(), receipt.gas_used), (false, 21_064 + gas), "{gas}");
    }
    assert!(send(803).await.status());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_pays_for_nothing_and_a_stranger_for_everything() {
    let chain = chain().await;
    let owner = Address::with_last_byte(0x70);
    let data =
        |selector: [u8; 4], arguments: Vec<u8>| Bytes::from([&selector[..], &arguments].concat());
    let intrinsic = |data: &Bytes| {
        21_000 + data.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum::<u64>()
    };
    let set_price = data(hex!("8c1d4fda"), word(20_000));
    // a stranger's error is no revert: code -32000, no data
    let tx = json!([{"from": STRANGER, "to": owner, "data": set_price}, "latest"]);
    let error = chain.rpc.raw_request::<_, Bytes>("eth_call".into(), tx).await.unwrap_err();
    let error = error.as_error_resp().unwrap();
    assert_eq!((error.code, error.data.is_none()), (-32_000, true));
    assert!(error.message.starts_with("unauthorized caller"), "{}", error.message);
    // an owner's unknown method, short argument and refused value keep the gas, and log nothing
    for data in [
        data(hex!("12345678"), vec![]),
        data(hex!("8c1d4fda"), vec![]),
        data(hex!("8c1d4fda"), word(0)),
        data(hex!("8c1d4fda"), word(1 << 24)),
        data(hex!("4d7a060d"), word(0)),
        data(hex!("3fd62a29"), word(0)),
        data(hex!("5399126f"), word(12)),
        data(hex!("8792701a"), address_word(STRANGER)),
    ] {
        let gas = intrinsic(&data);
        let tx = TransactionRequest::default().to(owner).input(data.into());
        let receipt = chain.send_anyway(tx, 500_000).await;
        assert_eq!((receipt.status(), receipt.gas_used), (false, gas));
        assert!(receipt.logs().is_empty());
    }
    // What is not charged must still be affordable: 800 + 3 + 100 + 20,000 here.
    let gas = intrinsic(&set_price);
    for (given, succeeds) in [(20_902, false), (20_903, true)] {
        let tx = TransactionRequest::default().to(owner).input(set_price.clone().into());
        let receipt = chain.send_anyway(tx, gas + given).await;
        assert_eq!((receipt.status(), receipt.gas_used), (succeeds, gas));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_precompiles_are_told_by_name() {
    let chain = chain().await;
    let told = |to: u8, data: Vec<u8>| {
        let tx = TransactionRequest::default()
            .to(Address::with_last_byte(to))
            .input(Bytes::from(data).into());
        let rpc = chain.rpc.clone();
        async move { rpc.call(tx).await.unwrap_err().as_error_resp().unwrap().message.to_string() }
    };
    let cases: [(u8, Vec<u8>, &str); 4] = [
        (0x6e, [&hex!("9f1025c6")[..], &word(1)].concat(), "error NoTicketWithID()"),
        (0x64, [&hex!("2b407a82")[..], &word(9)].concat(), "error InvalidBlockNumber(9, 1)"),
        (0x71, [&hex!("d70c0ca7")[..], &word(9)].concat(), "error ProgramNotActivated()"),
        (0xff, [&hex!("7ea89f8b")[..], &word(7)].concat(), "error Custom(7, a spider"),
    ];
    for (to, data, expected) in cases {
        let message = told(to, data).await;
        assert!(message.starts_with(&format!("execution reverted: {expected}")), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_is_added_and_removed_at_the_price_of_its_set() {
    let chain = chain().await;
    // becomeChainOwner by somebody who is none: a look, the size twice, and three writes
    let nobody = devnode::DEV_ACCOUNTS[0].address;
    chain.request("anvil_impersonateAccount", json!([nobody])).await.unwrap();
    let tx = json!([{"from": nobody, "to": Address::with_last_byte(0xff), "data": "0x0e5bbc11"}]);
    let hash: B256 =
        serde_json::from_value(chain.request("eth_sendTransaction", tx).await.unwrap()).unwrap();
    let receipt = chain.rpc.get_transaction_receipt(hash).await.unwrap().unwrap();
    assert_eq!(receipt.gas_used, 21_000 + 4 * 16 + 800 + 2_400 + 60_000);
    let owners = chain.call(Address::with_last_byte(0x6b), hex!("516b4e0f").to_vec()).await;
    let owners = Vec::<Address>::abi_decode(&owners.unwrap()).unwrap();
    assert_eq!(owners, [Address::ZERO, DEV_ACCOUNT, nobody]);
}
