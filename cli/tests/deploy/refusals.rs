//! What stops a deployment, and what it says then.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use alloy::primitives::{Address, U256};
use devnode::{Config as NodeConfig, Mining, Node};
use interfaces::Domain;
use metalayer::artifacts::Artifacts;
use metalayer::chain::{Chain, Tx};
use metalayer::deploy::{Code, DeployError, Plan, Record, RecordError, StepError, left};
use metalayer::nodes::{CHAIN_IDS, faucet, role};

use super::world::{World, accept, config, deployer, give, hyperlane_on_alpha, network, owner};

#[tokio::test]
async fn a_wrong_key_in_the_configuration_is_named_with_its_line_by_the_command() {
    let world = World::poor().await;
    fs::create_dir_all(&world.directory).unwrap();
    let file = world.directory.join("network.toml");
    fs::write(&file, world.text().replace("threshold = 2", "treshold = 2")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_metalayer"));
    command.args(["deploy", "--config"]).arg(&file);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(text.contains("line 15") && text.contains("treshold"), "{text}");
}

#[tokio::test]
async fn a_deployer_that_cannot_pay_is_told_what_it_needs_and_has() {
    let world = World::poor().await;
    give(&world.nodes.a, deployer().address(), 1_000).await;
    give(&world.nodes.b, deployer().address(), 11).await;
    // beta would pay for the first few transactions, and is asked before alpha is begun
    let error = world.deploy(&world.config()).await.unwrap_err();
    let DeployError::InsufficientFunds { chain, needed, have, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!((chain.as_str(), *have), ("beta", U256::from(11) * U256::from(10_u64.pow(15))));
    assert!(error.to_string().contains("has 0.011 ETH"), "{error}");
    assert_eq!(world.nonces().await, [0, 0]);
    // with as much as it says, it is enough
    give(
        &world.nodes.b,
        deployer().address(),
        1 + (*needed / U256::from(10_u64.pow(15))).to::<u64>() - 11,
    )
    .await;
    world.deploy(&world.config()).await.unwrap();
}

#[tokio::test]
async fn the_endpoint_of_another_chain_is_refused() {
    let world = World::new().await;
    let text = world.text().replace("chain_id = 412347", "chain_id = 42161");
    let error = world.deploy(&config(&text)).await.unwrap_err();
    assert!(
        matches!(&error, DeployError::WrongChain { chain, expected: 42161, actual: 412_347 } if chain == "beta"),
        "{error}"
    );
    assert_eq!(world.nonces().await, [0, 0]);
}

#[tokio::test]
async fn a_hyperlane_that_is_not_there_is_refused() {
    let world = World::new().await;
    let there = |mailbox: Address| {
        let hyperlane = format!(
            "hyperlane = {{ mailbox = \"{mailbox}\", igp = \"{mailbox}\", merkle_tree_hook = \"{mailbox}\" }}"
        );
        config(&world.text().replacen("hyperlane = \"deploy\"", &hyperlane, 1))
    };
    let nowhere = role("nobody").address();
    let error = world.deploy(&there(nowhere)).await.unwrap_err();
    assert!(
        matches!(error, DeployError::NoCode { what: "Mailbox", address, .. } if address == nowhere),
        "{error}"
    );
    // something is there, and it is no Mailbox
    let error = world.deploy(&there(devnode::STYLUS_DEPLOYER)).await.unwrap_err();
    assert!(matches!(error, DeployError::OtherHyperlane { .. }), "{error}");
    assert!(error.to_string().starts_with("Mailbox.localDomain on alpha reads back as"), "{error}");
    assert_eq!(world.nonces().await, [0, 0]);
}

#[tokio::test]
async fn a_chain_without_the_factory_is_refused() {
    let world = World::new().await;
    let beta = &world.nodes.b;
    set_code(beta, devnode::CREATE2_FACTORY, "0x").await;
    let error = world.deploy(&world.config()).await.unwrap_err();
    assert!(matches!(&error, DeployError::NoFactory(chain) if chain == "beta"), "{error}");
    assert_eq!(world.nonces().await, [0, 0]);
}

#[tokio::test]
async fn a_deployer_with_code_is_refused() {
    let world = World::new().await;
    set_code(&world.nodes.a, deployer().address(), "0x00").await;
    let error = world.deploy(&world.config()).await.unwrap_err();
    assert!(
        matches!(&error, DeployError::DeployerHasCode { chain, .. } if chain == "alpha"),
        "{error}"
    );
    assert_eq!(world.nonces().await, [0, 0]);
}

async fn set_code(chain: &Chain, account: Address, code: &'static str) {
    chain.request::<serde_json::Value>("anvil_setCode", (account, code)).await.unwrap();
}

#[tokio::test]
async fn nothing_is_sent_while_a_transaction_of_the_deployer_is_on_its_way() {
    // given a chain that makes blocks on request only, and a transaction that waits for one
    let start =
        |id, mining| Node::start(NodeConfig { chain_id: id, mining, ..NodeConfig::default() });
    let slow = start(CHAIN_IDS[0].0, Mining::Manual).await.unwrap();
    let quick = start(CHAIN_IDS[1].0, Mining::Instant).await.unwrap();
    let config = config(&network([&slow.url(), &quick.url()]));
    let code = Code::load(&Artifacts::locate()).unwrap();
    let chain = Chain::connect("alpha", &slow.url()).await.unwrap();
    // the dev account deploys here, because it has coins without a block
    let key = faucet();
    let waiting = {
        let (chain, key) = (chain.clone(), key.clone());
        tokio::spawn(async move {
            let tx = Tx::transfer(key.address(), U256::ZERO).gas_limit(100_000);
            chain.send("wait", &key, tx).await
        })
    };
    while chain.next_nonce(key.address()).await.unwrap()
        == chain.mined_nonce(key.address()).await.unwrap()
    {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    // then the deployment waits a while, and gives up
    let nowhere = std::env::temp_dir().join("metalayer-deploy-nowhere");
    let error = left(&config, key.address(), &code, &nowhere).await.unwrap_err();
    assert!(matches!(error, DeployError::Pending { count: 1, .. }), "{error}");
    // and goes on when the block has come
    chain.request::<serde_json::Value>("evm_mine", ()).await.unwrap();
    waiting.await.unwrap().unwrap();
    left(&config, key.address(), &code, &nowhere).await.unwrap();
}

#[tokio::test]
async fn a_paymaster_that_does_not_know_the_other_chains_is_refused() {
    let world = World::new().await;
    let (_, hyperlane) = hyperlane_on_alpha(&world, Domain(7)).await;
    let config = config(&world.text().replacen("hyperlane = \"deploy\"", &hyperlane, 1));
    let error = world.deploy(&config).await.unwrap_err();
    assert!(matches!(error, DeployError::OtherHyperlane { .. }), "{error}");
    let text = "InterchainGasPaymaster.quoteGasPayment(1002) on alpha reads back as a revert";
    assert!(error.to_string().starts_with(text), "{error}");
    assert_eq!(world.nonces().await, [0, 0]);
}

#[tokio::test]
async fn the_file_of_another_deployment_is_not_overwritten() {
    // given a file of another deployment on alpha
    let world = World::new().await;
    let config = world.config();
    let path = Record::path(&world.directory, "alpha");
    let other = Record {
        chain: "alpha".to_owned(),
        chain_id: config.chains[0].id.0,
        domain: config.chains[0].domain.0,
        deployer: deployer().address(),
        salt: "another".to_owned(),
        owner: owner().address(),
        complete: true,
        from_block: 1,
        contracts: BTreeMap::new(),
    };
    other.write(&path).unwrap();
    // then nothing is sent, and the file stays
    let error = world.deploy(&config).await.unwrap_err();
    let DeployError::Record(RecordError::OtherDeployment { what, .. }) = error else {
        panic!("{error}")
    };
    assert_eq!(what, "salt");
    assert_eq!(Record::read(&path).unwrap().unwrap(), other);
    assert_eq!(world.nonces().await, [0, 0]);
}

#[tokio::test]
async fn another_build_under_the_same_salt_is_refused() {
    // given the first program of a deployment that went no further
    let mut world = World::new().await;
    let config = world.config();
    let plan = Plan::new(&config, &config.chains[0], deployer().address(), &world.code).unwrap();
    for step in &plan.steps[..2] {
        world.nodes.a.send(&step.purpose, &deployer(), step.tx.clone()).await.unwrap();
    }
    // when it goes on with other code
    let other = [&world.code.modules.multisig_ism.code[..], &[0]].concat();
    world.code.modules.multisig_ism.code = other.into();
    let error = world.deploy(&config).await.unwrap_err();
    assert!(matches!(error, DeployError::OtherBuild { name: "InstantMultisigIsm", .. }), "{error}");
}

#[tokio::test]
async fn what_the_owner_has_accepted_only_the_owner_changes() {
    // given a deployment that its owner has accepted
    let world = World::new().await;
    let outcomes = world.deploy(&world.config()).await.unwrap();
    accept(&world, &outcomes).await;
    let nonces = world.nonces().await;
    // when another threshold is configured
    let changed = config(&world.text().replace("threshold = 2", "threshold = 3"));
    let error = world.deploy(&changed).await.unwrap_err();
    // then the call is told that the owner has to make
    let DeployError::HandedOver { chain, step, to, data } = error else { panic!("{error}") };
    assert_eq!((chain.as_str(), step.as_str()), ("alpha", "INSTANT: set the validators of beta"));
    assert_eq!(world.nonces().await, nonces);
    // and it is the right one
    world.nodes.a.send("set", &owner(), Tx::raw(to, data)).await.unwrap();
    let error = world.deploy(&changed).await.unwrap_err();
    let DeployError::HandedOver { step, .. } = error else { panic!("{error}") };
    assert_eq!(step, "FINALIZED: set the validators of beta");
}

#[tokio::test]
async fn a_refused_step_says_where_to_go_on() {
    // given a prover whose domains are sealed, and another network in the configuration
    let world = World::new().await;
    world.deploy(&world.config()).await.unwrap();
    let text = format!("[prover]\nextra_domains = [{{ domain = 7, chain_id = 77 }}]\n{}", "");
    let changed = config(&world.text().replace("[reads]", &format!("{text}[reads]")));
    let error = world.deploy(&changed).await.unwrap_err();
    let DeployError::Stopped { step, reason: StepError::Chain(reason), .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(step, "tell the prover all domains, once and for ever");
    assert!(reason.to_string().contains("DomainsSealed"), "{reason}");
    assert!(error.to_string().contains("goes on from here"), "{error}");
}
