//! A deployment from its start to its end, in one go or in many.

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use alloy::primitives::{address, keccak256};
use alloy::providers::Provider;
use devnode::{Config as NodeConfig, Node};
use interfaces::hyperlane::IOwnable;
use interfaces::metalayer::IMetalayerRouter;
use metalayer::chain::{Chain, Observer, Sent, Tx};
use metalayer::deploy::{Addresses, DeployError, Outcome, Plan, Record, RecordError};
use metalayer::launcher::Launcher;
use metalayer::nodes::{CHAIN_IDS, faucet};

use super::world::{World, accept, chain, config, deployer, give, owner};

#[tokio::test]
async fn a_network_is_deployed_at_the_same_addresses_and_read_back() {
    // given two chains, of which alpha lets the deployer write its cache, and beta nobody
    let world = World::new().await;
    let config = world.config();
    alloy::sol! {
        function addWasmCacheManager(address account) external;
        function removeWasmCacheManager(address account) external;
    }
    let arb_owner = address!("0x0000000000000000000000000000000000000070");
    let allow = addWasmCacheManagerCall { account: deployer().address() };
    world.nodes.a.send("allow", &faucet(), Tx::call(arb_owner, &allow)).await.unwrap();
    let close = removeWasmCacheManagerCall { account: devnode::CACHE_MANAGER };
    world.nodes.b.send("close", &faucet(), Tx::call(arb_owner, &close)).await.unwrap();
    let planned = world.left(&config).await;
    // when they are deployed
    let sent: Arc<Mutex<Vec<Sent>>> = Arc::default();
    let heard = sent.clone();
    let observer: Observer = Arc::new(move |one| heard.lock().unwrap().push(one.clone()));
    let outcomes = world.deploy_observed(&config, observer).await.unwrap();
    // then exactly the planned transactions were sent, in their order, for no more gas than was said
    let sent = sent.lock().unwrap().clone();
    for (name, planned) in ["alpha", "beta"].into_iter().zip(&planned) {
        let of_chain = sent.iter().filter(|one| one.chain == name);
        assert_eq!(of_chain.map(|one| one.what.clone()).collect::<Vec<_>>(), *planned);
    }
    let plan = Plan::new(&config, &config.chains[0], deployer().address(), &world.code).unwrap();
    let (mut used, mut said) = (0, 0);
    for one in sent.iter().filter(|one| one.chain == "alpha" && !one.what.starts_with("cache ")) {
        let most = plan.steps.iter().find(|step| step.purpose == one.what).unwrap().gas;
        assert!(one.gas_used <= most, "{}: {} of {most} gas", one.what, one.gas_used);
        (used, said) = (used + one.gas_used, said + most);
    }
    assert!(said < used * 2, "{used} gas used, {said} said");
    // and every contract is at one address on both
    let [alpha, beta] = &outcomes[..] else { panic!("two chains") };
    let addresses = |outcome: &Outcome| -> Vec<_> {
        let contracts = outcome.record.contracts.iter();
        contracts.map(|(name, contract)| (name.clone(), contract.address)).collect()
    };
    assert_eq!(addresses(alpha), addresses(beta));
    assert_eq!(addresses(alpha).len(), 16);
    let launcher = Launcher::new(deployer().address(), &config.salt);
    let predicted = Addresses::of(&launcher, &config.chains[0]);
    assert_eq!(alpha.record.contracts["MetalayerRouter"].address, predicted.ours.router);
    // and the files say what the chains say
    for (chain, outcome) in world.chains().into_iter().zip(&outcomes) {
        let record = Record::read(&outcome.path).unwrap().unwrap();
        assert_eq!(record, outcome.record);
        assert!(record.complete && outcome.facts > 60, "{} facts", outcome.facts);
        for (name, contract) in &record.contracts {
            let code = chain.code(contract.address).await.unwrap();
            assert_eq!(keccak256(code), contract.code_hash, "{name}");
            let receipt = chain.provider().get_transaction_receipt(contract.transaction.unwrap());
            let receipt = receipt.await.unwrap().unwrap();
            assert_eq!(receipt.block_number, contract.block, "{name}");
            assert!(receipt.block_number > Some(record.from_block));
        }
        // and the owner has the last word
        let waiting: Vec<_> = outcome.to_accept.iter().map(|(name, _)| *name).collect();
        let two_step = [
            "MetalayerRouter",
            "MetalayerIsm",
            "InstantMultisigIsm",
            "FinalizedMultisigIsm",
            "MetalayerReadIsm",
        ];
        assert_eq!(waiting, two_step);
        let mailbox = record.contracts["Mailbox"].address;
        let its_owner = chain.call(mailbox, &IOwnable::ownerCall {}).await.unwrap();
        assert_eq!(its_owner, owner().address());
    }
    // and the cache was used where that is allowed
    assert!(alpha.not_cached.is_empty(), "{:?}", alpha.not_cached);
    assert_eq!(beta.not_cached, ["the chain has no cache manager"]);
    // Ten programs, two of them with the same code.
    let cached =
        planned.iter().map(|of| of.iter().filter(|what| what.starts_with("cache ")).count());
    assert_eq!(cached.collect::<Vec<_>>(), [9, 0]);
}

#[tokio::test]
async fn a_finished_deployment_sends_nothing_when_it_is_run_again() {
    // given a deployment, accepted by its owner
    let world = World::new().await;
    let config = world.config();
    let first = world.deploy(&config).await.unwrap();
    let files =
        || ["alpha", "beta"].map(|name| fs::read(Record::path(&world.directory, name)).unwrap());
    let written = files();
    accept(&world, &first).await;
    let nonces = world.nonces().await;
    // when it is run again
    let again = world.deploy(&config).await.unwrap();
    // then nothing was sent, nothing is left, and the files are as they were
    assert_eq!(world.nonces().await, nonces);
    assert_eq!(files(), written);
    for (outcome, first) in again.iter().zip(&first) {
        assert!(outcome.not_cached.is_empty(), "{:?}", outcome.not_cached);
        assert_eq!((outcome.sent, outcome.facts), (0, first.facts));
        assert!(outcome.to_accept.is_empty());
    }
    assert_eq!(world.left(&config).await, [Vec::<String>::new(), Vec::new()]);
}

#[tokio::test]
async fn a_deployment_that_stops_anywhere_goes_on_without_sending_anything_twice() {
    // given chains, and what a deployment sends
    let world = Arc::new(World::new().await);
    let config = world.config();
    let planned = world.left(&config).await;
    // when the process dies again and again, right after a transaction was mined and before it is recorded
    let mut deaths = 0;
    for after in [1, 1, 2, 3, 5, 8, 13, 21] {
        let (world, config) = (world.clone(), config.clone());
        let count = AtomicUsize::new(0);
        let observer: Observer = Arc::new(move |_: &Sent| {
            let dead = count.fetch_add(1, Ordering::Relaxed) + 1 == after;
            // `resume_unwind` ends the task without printing that it did.
            if dead {
                std::panic::resume_unwind(Box::new("dead"));
            }
        });
        let run = tokio::spawn(async move { world.deploy_observed(&config, observer).await });
        deaths += usize::from(run.await.unwrap_err().is_panic());
    }
    assert_eq!(deaths, 8);
    let outcomes = world.deploy(&config).await.unwrap();
    // then as many transactions were sent as in one go, and everything is known of all contracts
    let nonces = world.nonces().await.map(|nonce| nonce as usize);
    assert_eq!(nonces, [planned[0].len(), planned[1].len()]);
    let launcher = Launcher::new(deployer().address(), &config.salt);
    for (outcome, chain) in outcomes.iter().zip(&config.chains) {
        let contracts = &outcome.record.contracts;
        let predicted = Addresses::of(&launcher, chain);
        assert_eq!(contracts["MetaProver"].address, predicted.ours.prover);
        assert_eq!(contracts["Mailbox"].address, predicted.mailbox);
        for (name, contract) in contracts.iter().filter(|(name, _)| *name != "Launcher") {
            assert!(contract.transaction.is_some() && contract.block.is_some(), "{name}");
        }
    }
}

#[tokio::test]
async fn a_second_deployment_by_the_same_launcher_has_a_history_of_its_own() {
    // given a launcher that has served, and some blocks after it
    let world = Arc::new(World::new().await);
    let config = world.config();
    let launcher = Launcher::new(deployer().address(), "the first deployment");
    world.nodes.a.send("create", &deployer(), launcher.create()).await.unwrap();
    give(&world.nodes.a, owner().address(), 1).await;
    let block = world.nodes.a.block_number().await.unwrap();
    // when another salt is deployed, and even stops at once
    let observer: Observer = Arc::new(|_: &Sent| std::panic::resume_unwind(Box::new("dead")));
    let run = {
        let (world, config) = (world.clone(), config.clone());
        tokio::spawn(async move { world.deploy_observed(&config, observer).await })
    };
    assert!(run.await.unwrap_err().is_panic());
    // then its history starts there
    let record = Record::read(&Record::path(&world.directory, "alpha")).unwrap().unwrap();
    assert_eq!((record.from_block, record.complete), (block, false));
}

#[tokio::test]
async fn a_third_chain_is_wired_to_both_others() {
    // given three chains, and a cache manager on the third whose places cost more than we pay
    let world = World::new().await;
    let third = CHAIN_IDS[1].0 + 1;
    let node = Node::start(NodeConfig { chain_id: third, ..NodeConfig::default() }).await.unwrap();
    let gamma = Chain::connect("gamma", &node.url()).await.unwrap();
    give(&gamma, deployer().address(), 1_000).await;
    let dear = (devnode::CACHE_MANAGER, DEAR_MANAGER);
    gamma.request::<serde_json::Value>("anvil_setCode", dear).await.unwrap();
    let config = config(&format!("{}{}", world.text(), chain("gamma", third, 1003, &node.url())));
    // when they are deployed
    let outcomes = world.deploy(&config).await.unwrap();
    // then each has the routers of the two others enrolled
    let router = outcomes[2].record.contracts["MetalayerRouter"].address;
    for (chain, others) in [
        (world.chains()[0], [1002, 1003]),
        (world.chains()[1], [1001, 1003]),
        (&gamma, [1001, 1002]),
    ] {
        let domains = chain.call(router, &IMetalayerRouter::domainsCall {}).await.unwrap();
        assert_eq!(domains, others);
    }
    // and nothing is left, though nothing is cached on the third
    assert_eq!(world.left(&config).await, vec![Vec::<String>::new(); 3]);
    let reasons = ["a place costs 32 wei, and cache.max_bid_wei is 0"];
    assert_eq!(outcomes[2].not_cached, reasons);
    assert!(outcomes[1].not_cached.is_empty());
}

/// Code that answers how many bytes of arguments it was called with: not paused, and 32 wei for a place.
/// PUSH1 4, CALLDATASIZE, SUB, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN.
const DEAR_MANAGER: &str = "0x600436035f5260205ff3";

#[tokio::test]
async fn programs_whose_year_is_over_are_activated_again() {
    // given a deployment of a year ago
    let world = World::new().await;
    let config = world.config();
    world.deploy(&config).await.unwrap();
    for chain in world.chains() {
        chain.request::<serde_json::Value>("evm_increaseTime", (366 * 86_400,)).await.unwrap();
        chain.request::<serde_json::Value>("evm_mine", ()).await.unwrap();
    }
    // when it is run again
    let sent: Arc<Mutex<Vec<Sent>>> = Arc::default();
    let heard = sent.clone();
    let observer: Observer = Arc::new(move |one| heard.lock().unwrap().push(one.clone()));
    let outcomes = world.deploy_observed(&config, observer).await.unwrap();
    // then each code is activated once, nothing else is sent, and everything answers
    for (name, outcome) in ["alpha", "beta"].into_iter().zip(&outcomes) {
        let sent = sent.lock().unwrap();
        let mut of_chain = sent.iter().filter(|one| one.chain == name);
        assert!(of_chain.all(|one| one.what.starts_with("activate ")), "{sent:?}");
        // Ten programs, two of them with the same code.
        assert_eq!((outcome.sent, outcome.record.complete), (9, true));
    }
}

#[tokio::test]
async fn a_lost_file_is_written_again_from_the_chain() {
    let world = World::new().await;
    let config = world.config();
    let first = world.deploy(&config).await.unwrap();
    let path = Record::path(&world.directory, "alpha");
    // a file that is none stops everything, and says what to do
    fs::write(&path, "{ \"chain\": \"alp").unwrap();
    let error = world.deploy(&config).await.unwrap_err();
    assert!(matches!(error, DeployError::Record(RecordError::Unreadable { .. })), "{error}");
    assert!(error.to_string().contains("move the file away"), "{error}");
    // without it, the transactions are found by the launcher's events
    fs::remove_file(&path).unwrap();
    // what a process that died while it wrote has left is in nobody's way
    fs::write(path.with_extension("json.unfinished"), "{ \"cha").unwrap();
    let again = world.deploy(&config).await.unwrap();
    assert_eq!(again[0].sent, 0);
    let (mut found, mut before) = (again[0].record.clone(), first[0].record.clone());
    // The launcher itself tells nothing; the start of the history is not known any more.
    found.contracts.remove("Launcher");
    before.contracts.remove("Launcher");
    assert_eq!(found.contracts, before.contracts);
    assert_eq!(Record::read(&path).unwrap().unwrap(), again[0].record);
}

#[tokio::test]
async fn a_dry_run_shows_every_transaction_and_sends_none() {
    // given chains, and a configuration in a file
    let world = World::new().await;
    let file = world.directory.join("network.toml");
    fs::create_dir_all(&world.directory).unwrap();
    fs::write(&file, world.text()).unwrap();
    let blocks = async || {
        let [a, b] = world.chains().map(Chain::block_number);
        [a.await.unwrap(), b.await.unwrap()]
    };
    let before = blocks().await;
    // when the command is run dry
    let out = world.directory.join("out");
    let key = alloy::primitives::hex::encode(deployer().to_bytes());
    let mut command = Command::new(env!("CARGO_BIN_EXE_metalayer"));
    command
        .args(["deploy", "--dry-run", "--no-build", "--config"])
        .arg(&file)
        .arg("--out")
        .arg(&out);
    command.env("METALAYER_TEST_DEPLOYER", key);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    // then it shows whom each transaction calls with what and why
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let planned = world.left(&world.config()).await;
    for purpose in planned.iter().flatten() {
        assert!(text.contains(purpose), "{purpose} is not in\n{text}");
    }
    let all = format!("alpha: {} transactions, all by {}", planned[0].len(), deployer().address());
    assert!(text.contains(&all), "{text}");
    assert!(text.contains("0 ETH, 0x45f828d7 setModule(uint32,uint8,address)"), "{text}");
    assert!(text.contains("0.01 ETH, launch, "), "{text}");
    // and nothing has happened
    assert_eq!(blocks().await, before);
    assert_eq!(world.nonces().await, [0, 0]);
    assert!(!out.exists());
}
