//! MetalayerMultisigIsm and MetalayerReadIsm accept and refuse what the vectors say, with the vectors' signatures.

use alloy::primitives::{Address, B256, Bytes, U256, hex};
use alloy::sol_types::{Panic, Revert, SolCall, SolConstructor, SolError, SolValue};
use e2e::chain::Chain;
use e2e::mocks::IRelay;
use e2e::programs;
use e2e::vectors::{self, bytes, list, number, text};
use interfaces::metalayer::{
    IMetalayerIsm, IMetalayerMultisigIsm, IMetalayerReadAggregationIsm, IMetalayerReadIsm,
};
use metalayer::artifacts::Artifacts;
use metalayer::chain::Tx;
use serde_json::{Value, json};

fn address(value: &Value) -> Address {
    text(value).parse().expect("an address")
}

/// What a case of Hyperlane's module ends with.
fn outcome(case: &Value) -> Result<Bytes, Bytes> {
    if case["valid"] == true {
        return Ok(true.abi_encode().into());
    }
    let revert = &case["revert"];
    Err(match text(&revert["kind"]) {
        "empty" => Bytes::new(),
        "string" => Revert::from(text(&revert["message"])).abi_encode().into(),
        "panic" => {
            Panic { code: U256::from(revert["code"].as_u64().expect("a code")) }.abi_encode().into()
        }
        "custom" => bytes(&revert["data"]),
        other => panic!("no kind {other}"),
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn multisig_metadata_is_judged_as_by_hyperlanes_module() {
    let vectors = vectors::messaging();
    let vectors = &vectors["messageIdMultisig"];
    let chain = Chain::a().await;
    let dev = chain.dev();
    let constructor = IMetalayerMultisigIsm::constructorCall { owner: dev.address() };
    let ism = programs::deploy(&chain, "metalayer-multisig-ism", &constructor.abi_encode()).await;
    let ism = ism.expect("a MetalayerMultisigIsm is deployed");
    let set = IMetalayerMultisigIsm::setValidatorsAndThresholdCall {
        origin: number(&vectors["checkpoint"]["origin"]).to(),
        validators: list(&vectors["validators"]).iter().map(address).collect(),
        threshold: number(&vectors["threshold"]).to(),
    };
    let receipt = chain.must(&dev, ism, &set).await;
    let events = receipt.events::<IMetalayerMultisigIsm::ValidatorsAndThresholdSet>(ism);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].validators, set.validators);
    let message = bytes(&vectors["message"]);
    let told = IMetalayerMultisigIsm::validatorsAndThresholdCall { message: message.clone() };
    let told = chain.view(ism, &told).await;
    assert_eq!((told.validators, told.threshold), (set.validators.clone(), set.threshold));

    let cases = list(&vectors["cases"]);
    vectors::assert_count(cases, 21);
    for case in cases {
        let metadata = bytes(&case["metadata"]);
        let verify = IMetalayerMultisigIsm::verifyCall { metadata, message: message.clone() };
        let judged = chain.simulate(dev.address(), Tx::call(ism, &verify), U256::ZERO).await;
        assert_eq!(judged, outcome(case), "{}", case["name"]);
    }

    // And with the tree pinned that was signed, nothing changes for what passes; with another, nothing passes.
    let hook: B256 = text(&vectors["checkpoint"]["merkleTreeHook"]).parse().expect("a word");
    for (pinned, passes) in [(hook, true), (B256::repeat_byte(1), false)] {
        let pin = IMetalayerMultisigIsm::setMerkleTreeHookCall {
            origin: set.origin,
            merkleTreeHook: pinned,
        };
        chain.must(&dev, ism, &pin).await;
        for case in cases.iter().filter(|case| case["valid"] == true) {
            let metadata = bytes(&case["metadata"]);
            let verify = IMetalayerMultisigIsm::verifyCall { metadata, message: message.clone() };
            let judged = chain.simulate(dev.address(), Tx::call(ism, &verify), U256::ZERO).await;
            let refused = Revert::from("!threshold").abi_encode().into();
            let expected = if passes { outcome(case) } else { Err(refused) };
            assert_eq!(judged, expected, "{}", case["name"]);
        }
    }
}

/// A MetalayerReadIsm at the address of the vectors, which is part of what was signed; its router is a relay.
///
/// Only a development chain can put code where it likes.
async fn read_ism_of_the_vectors(chain: &Chain, vectors: &Value) -> (Address, Address) {
    let program = Artifacts::locate().program("metalayer-read-ism").expect("it is built");
    let case = &vectors["readAttestations"];
    let domain: u32 = number(&case["destination"]).to();
    let mailbox = chain.mock("MailboxStandIn", &domain.abi_encode()).await;
    let relay = chain.mock("Relay", &[]).await;
    let constructor = IMetalayerReadIsm::constructorCall {
        mailbox,
        owner: chain.dev().address(),
        router: relay,
        attestors: list(&case["attestors"]).iter().map(address).collect(),
        threshold: number(&case["threshold"]).to(),
        urls: list(&vectors["ccipRead"]["urls"]).iter().map(|url| text(url).into()).collect(),
    };
    // Deployed once to have its code activated; activation is by code, not by account.
    let deployed = programs::deploy(chain, "metalayer-read-ism", &constructor.abi_encode()).await;
    deployed.expect("a MetalayerReadIsm is deployed");
    let ism = address(&case["readIsm"]);
    let code = hex::encode_prefixed(&program.code);
    chain.request("anvil_setCode", json!([ism, code])).await;
    let initialize = IMetalayerReadIsm::initializeCall {
        mailbox: constructor.mailbox,
        owner: constructor.owner,
        router: constructor.router,
        attestors: constructor.attestors,
        threshold: constructor.threshold,
        urls: constructor.urls,
    };
    chain.must(&chain.dev(), ism, &initialize).await;
    (ism, relay)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attestations_of_reads_are_judged_as_in_the_vectors() {
    let vectors = vectors::messaging();
    let case = &vectors["readAttestations"];
    let chain = Chain::a().await;
    if !chain.is_embedded() {
        return; // The module's address is signed, and only a development chain puts a program there.
    }
    let (ism, relay) = read_ism_of_the_vectors(&chain, &vectors).await;
    let separator = chain.view(ism, &IMetalayerReadIsm::domainSeparatorCall {}).await;
    assert_eq!(separator.to_string(), text(&case["domainSeparator"]));
    let message = bytes(&case["message"]);
    let id = text(&case["metalayerId"]).parse().expect("a word");
    let results: Vec<Bytes> = list(&case["items"]).iter().map(|i| bytes(&i["result"])).collect();

    let cases = list(&case["cases"]);
    vectors::assert_count(cases, 18);
    for case in cases {
        let metadata = bytes(&case["metadata"]);
        let verify = IMetalayerReadIsm::verifyCall { metadata, message: message.clone() };
        let tx = Tx::call(ism, &verify);
        let judged = chain.simulate(chain.dev().address(), tx, U256::ZERO).await;
        assert_eq!(judged, outcome(case), "{}", case["name"]);
        // and whoever the router is gets the results in the same call, or learns why there are none
        let twice = IRelay::twiceCall {
            target: ism,
            first: verify.abi_encode().into(),
            second: IMetalayerReadIsm::consumeCall { messageId: id }.abi_encode().into(),
        };
        let tx = Tx::call(relay, &twice);
        let taken = chain.simulate(chain.dev().address(), tx, U256::ZERO).await;
        let expected = outcome(case).map(|_| Bytes::from(results.abi_encode()));
        assert_eq!(taken, expected, "{}", case["name"]);
    }
    // Nothing was sent, so nothing is there.
    let nothing = IRelay::twiceCall {
        target: ism,
        first: IMetalayerReadIsm::moduleTypeCall {}.abi_encode().into(),
        second: IMetalayerReadIsm::consumeCall { messageId: id }.abi_encode().into(),
    };
    let taken = chain.simulate(chain.dev().address(), Tx::call(relay, &nothing), U256::ZERO).await;
    let missing = IMetalayerReadIsm::ReadResultsMissing { messageId: id }.abi_encode();
    assert_eq!(taken, Err(missing.into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn relayers_are_sent_to_the_gateway_of_the_vectors() {
    let vectors = vectors::messaging();
    let case = &vectors["ccipRead"];
    let chain = Chain::a().await;
    if !chain.is_embedded() {
        return; // The module's address is in the answer, and only a development chain puts a program there.
    }
    let (ism, _) = read_ism_of_the_vectors(&chain, &vectors).await;
    assert_eq!(ism, address(&case["sender"]));
    let ask = IMetalayerReadIsm::getOffchainVerifyInfoCall { message: bytes(&case["message"]) };
    let told = chain.simulate(Address::ZERO, Tx::call(ism, &ask), U256::ZERO).await;
    assert_eq!(told, Err(bytes(&case["revertData"])));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_with_reads_have_the_modules_of_the_vectors() {
    let vectors = vectors::messaging();
    let vectors = &vectors["ismRouting"];
    let chain = Chain::a().await;
    let dev = chain.dev();
    let ism = IMetalayerIsm::constructorCall { owner: dev.address() };
    let ism = programs::metalayer_ism(&chain, &ism).await.expect("a MetalayerIsm is deployed");
    let module = |name: &str| chain.account(name).address();
    for (lane, name) in vectors["modules"].as_object().expect("modules") {
        let (origin, finality) = lane.split_once('/').expect("origin/finality");
        let set = IMetalayerIsm::setModuleCall {
            origin: origin.parse().expect("a domain"),
            finality: finality.parse().expect("a flag"),
            module: module(text(name)),
        };
        chain.must(&dev, ism, &set).await;
    }
    let constructor = IMetalayerReadAggregationIsm::constructorCall {
        metalayerIsm: ism,
        readIsm: module("readIsm"),
    };
    let aggregation =
        programs::deploy(&chain, "metalayer-read-aggregation-ism", &constructor.abi_encode()).await;
    let aggregation = aggregation.expect("a MetalayerReadAggregationIsm is deployed");
    let mut compared = 0;
    for case in list(&vectors["cases"]) {
        let name = text(&case["name"]);
        let ask = IMetalayerReadAggregationIsm::modulesAndThresholdCall {
            message: bytes(&case["message"]),
        };
        let told = chain.simulate(Address::ZERO, Tx::call(aggregation, &ask), U256::ZERO).await;
        if case["revert"].is_object() {
            // What has no module has none here either.
            assert_eq!(told.expect_err(name), bytes(&case["revert"]["data"]), "{name}");
            continue;
        }
        let told = IMetalayerReadAggregationIsm::modulesAndThresholdCall::abi_decode_returns(
            &told.expect(name),
        );
        let told = told.expect("modules and threshold");
        let (modules, threshold) = match case["modulesAndThreshold"].as_array() {
            Some(expected) => (
                list(&expected[0]).iter().map(|m| module(text(m))).collect::<Vec<_>>(),
                number(&expected[1]).to::<u8>(),
            ),
            // Without reads the lane's module stands alone.
            None => (vec![module(text(&case["route"]))], 1),
        };
        assert_eq!((told.modules, told.threshold), (modules, threshold), "{name}");
        compared += 1;
    }
    assert_eq!(compared, 3);
}
