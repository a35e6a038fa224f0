//! Messages between deployed chains: that the wiring works, not only that it reads back.

use std::collections::HashMap;

use alloy::primitives::{B256, Bytes, U256};
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::SolValue;
use interfaces::codec::ProofMessage;
use interfaces::intents::IInbox::fulfillAndProveCall;
use interfaces::intents::IMetaProver::fetchFeeCall;
use interfaces::intents::IProver::provenIntentsCall;
use interfaces::intents::{Intent, Reward, Route};
use interfaces::metalayer::IMetalayerRouter;
use metalayer::chain::{Chain, Tx};
use metalayer::deploy::{Addresses, Config};
use metalayer::launcher::Launcher;
use metalayer::nodes::{DOMAINS, role};
use metalayer::relayer::{self, Announced, OriginTree, RelayerError};
use metalayer::store::{CheckpointStore, MemoryStore, ReorgPeriod};
use metalayer::tree::Leaves;
use metalayer::validator::{self, Origin};

use super::world::{World, config, deployer, give, hyperlane_on_alpha, validators};

#[tokio::test]
async fn a_chain_with_a_hyperlane_of_its_own_gets_our_contracts_at_the_same_addresses() {
    // given a Hyperlane on alpha, which knows the price of beta
    let world = World::new().await;
    let (mailbox, hyperlane) = hyperlane_on_alpha(&world, DOMAINS[1]).await;
    let config = config(&world.text().replacen("hyperlane = \"deploy\"", &hyperlane, 1));
    // when both are deployed
    let outcomes = world.deploy(&config).await.unwrap();
    // then alpha has all of ours, where beta has it, and nothing of Hyperlane was deployed
    let [alpha, beta] = &outcomes[..] else { panic!("two chains") };
    assert_eq!((alpha.record.contracts.len(), beta.record.contracts.len()), (11, 16));
    for (name, contract) in &alpha.record.contracts {
        assert_eq!(contract.address, beta.record.contracts[name].address, "{name}");
    }
    let router = alpha.record.contracts["MetalayerRouter"].address;
    let its = world.nodes.a.call(router, &IMetalayerRouter::mailboxCall {}).await.unwrap();
    assert_eq!(its, mailbox);
    // and a message crosses from beta to alpha
    let beta_addresses =
        Addresses::of(&Launcher::new(deployer().address(), &config.salt), &config.chains[1]);
    assert_ne!(beta_addresses.mailbox, mailbox);
    deliver_a_proof(&world, &config).await;
}

#[tokio::test]
async fn a_proof_that_beta_sends_arrives_on_alpha() {
    let world = World::new().await;
    let config = world.config();
    world.deploy(&config).await.unwrap();
    deliver_a_proof(&world, &config).await;
}

/// Fulfils an intent on beta and proves it: Portal, prover, router, Mailbox, validators, the lane's module on alpha,
/// router, prover.
async fn deliver_a_proof(world: &World, config: &Config) {
    let launcher = Launcher::new(deployer().address(), &config.salt);
    let [alpha, beta] = [0, 1].map(|place| Addresses::of(&launcher, &config.chains[place]));
    let [a, b] = world.chains();
    // given an intent that wants nothing, fulfilled on beta
    let solver = role("solver");
    for chain in [a, b] {
        give(chain, solver.address(), 100).await;
    }
    let deadline = b.timestamp().await.unwrap() + 3600;
    let intent = Intent {
        destination: b.id().0,
        route: Route {
            salt: B256::repeat_byte(1),
            deadline,
            portal: beta.ours.portal,
            nativeAmount: U256::ZERO,
            tokens: Vec::new(),
            calls: Vec::new(),
        },
        reward: Reward {
            deadline,
            creator: solver.address(),
            prover: alpha.ours.prover,
            nativeAmount: U256::ZERO,
            tokens: Vec::new(),
        },
    };
    let (hashes, claimant) = (intent.hashes(), solver.address().into_word());
    let data: Bytes =
        (alpha.ours.prover.into_word(), U256::from(300_000)).abi_encode_params().into();
    let mut proofs = ProofMessage::new(b.id(), 1);
    proofs.push(hashes.intent, claimant);
    let ask = fetchFeeCall {
        domainID: DOMAINS[0].0.into(),
        encodedProofs: proofs.into_bytes().into(),
        data: data.clone(),
    };
    let fee = b.call(beta.ours.prover, &ask).await.unwrap();
    assert!(fee > U256::ZERO, "the paymaster asks for nothing");
    let prove = fulfillAndProveCall {
        intentHash: hashes.intent,
        route: intent.route.clone(),
        rewardHash: hashes.reward,
        claimant,
        prover: beta.ours.prover,
        sourceChainDomainID: DOMAINS[0].0.into(),
        data,
    };
    let tx = Tx::call(beta.ours.portal, &prove).value(fee);
    let receipt = b.send("fulfil and prove", &solver, tx).await.unwrap();
    let message = relayer::dispatched_in(&receipt, beta.mailbox).remove(0);
    // when one validator has signed, it is one too few
    let mut stores = HashMap::new();
    let keys = validators("beta", "instant");
    sign(b, &beta, &keys[0], &solver, &mut stores).await;
    let waiting = metadata(a, &alpha, b, &beta, &message, &stores).await.unwrap_err();
    assert!(
        matches!(waiting, RelayerError::AwaitingSignatures { found: 1, threshold: 2, .. }),
        "{waiting}"
    );
    // when two have signed, and a relayer delivers
    sign(b, &beta, &keys[2], &solver, &mut stores).await;
    let metadata = metadata(a, &alpha, b, &beta, &message, &stores).await.unwrap();
    relayer::deliver(a, alpha.mailbox, &solver, &metadata, &message.message).await.unwrap();
    // then alpha's prover knows who fulfilled it, and where
    let proven = provenIntentsCall { intentHash: hashes.intent };
    let proof = a.call(alpha.ours.prover, &proven).await.unwrap();
    assert_eq!((proof.claimant, proof.destination), (solver.address(), b.id().0));
}

async fn sign(
    chain: &Chain,
    addresses: &Addresses,
    key: &PrivateKeySigner,
    payer: &PrivateKeySigner,
    stores: &mut HashMap<String, MemoryStore>,
) {
    let origin = Origin {
        domain: DOMAINS[1],
        mailbox: addresses.mailbox,
        merkle_tree_hook: addresses.merkle_tree_hook,
        reorg_period: ReorgPeriod::Blocks(0),
    };
    let (store, location) = (MemoryStore::default(), format!("file:///memory/{}", key.address()));
    let announce = addresses.validator_announce.unwrap();
    validator::announce(chain, &origin, announce, key, &store, &location, payer).await.unwrap();
    let mut leaves = Leaves::new(addresses.merkle_tree_hook, 0);
    validator::sign_new_checkpoints(chain, &origin, &mut leaves, key, &store).await.unwrap();
    stores.insert(location, store);
}

async fn metadata(
    destination: &Chain,
    to: &Addresses,
    origin: &Chain,
    from: &Addresses,
    message: &relayer::Dispatched,
    stores: &HashMap<String, MemoryStore>,
) -> Result<Bytes, RelayerError> {
    let mut leaves = Leaves::new(from.merkle_tree_hook, 0);
    leaves.follow(origin, origin.block_number().await.unwrap()).await.unwrap();
    let module = relayer::module_of(destination, to.mailbox, &message.message).await.unwrap();
    let tree =
        OriginTree { domain: DOMAINS[1], merkle_tree_hook: from.merkle_tree_hook, leaves: &leaves };
    let open = |location: &str| {
        let store = stores.get(location)?.clone();
        Some(Box::new(store) as Box<dyn CheckpointStore>)
    };
    let announce = from.validator_announce.unwrap();
    let stores = Announced { chain: origin, announce, open };
    relayer::metadata(&module, tree, message.id, &stores).await
}
