//! Two chains and a configuration for them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use alloy::primitives::{Address, U256};
use alloy::signers::local::PrivateKeySigner;
use interfaces::Domain;
use interfaces::metalayer::IMetalayerRouter;
use metalayer::artifacts::Artifacts;
use metalayer::chain::{Chain, Observer, Sent, Tx};
use metalayer::deploy::{Code, Config, DeployError, Outcome, deploy, left};
use metalayer::hyperlane::{EXCHANGE_RATE_ONE, RemoteGas, ValidatorSet, deploy_core};
use metalayer::nodes::{CHAIN_IDS, DOMAINS, Nodes, faucet, role};

/// The account that gets everything.
pub(crate) fn owner() -> PrivateKeySigner {
    role("owner of the network")
}

pub(crate) fn deployer() -> PrivateKeySigner {
    role("deployer of the network")
}

pub(crate) fn validators(chain: &str, lane: &str) -> Vec<PrivateKeySigner> {
    (0..3).map(|place| role(&format!("{lane} validator {place} of {chain}"))).collect()
}

/// Two chains, and a directory for the files.
pub(crate) struct World {
    pub(crate) nodes: Nodes,
    pub(crate) code: Code,
    pub(crate) directory: PathBuf,
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

impl World {
    /// Chains whose deployer has one ether.
    pub(crate) async fn new() -> Self {
        let world = Self::poor().await;
        for chain in world.chains() {
            give(chain, deployer().address(), 1_000).await;
        }
        world
    }

    /// Chains whose deployer has nothing.
    pub(crate) async fn poor() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("metalayer-deploy-{}-{number}", std::process::id());
        let nodes = Nodes::embedded().await.unwrap();
        let code = Code::load(&Artifacts::locate()).unwrap();
        Self { nodes, code, directory: std::env::temp_dir().join(name) }
    }

    pub(crate) fn chains(&self) -> [&Chain; 2] {
        [&self.nodes.a, &self.nodes.b]
    }

    pub(crate) fn text(&self) -> String {
        let urls = self.nodes.urls();
        network([&urls[0], &urls[1]])
    }

    pub(crate) fn config(&self) -> Config {
        config(&self.text())
    }

    pub(crate) async fn deploy(&self, config: &Config) -> Result<Vec<Outcome>, DeployError> {
        self.deploy_observed(config, Arc::new(|_: &Sent| {})).await
    }

    pub(crate) async fn deploy_observed(
        &self,
        config: &Config,
        observer: Observer,
    ) -> Result<Vec<Outcome>, DeployError> {
        deploy(config, &deployer(), &self.code, &self.directory, observer).await
    }

    /// What is left to be done: the purpose of every transaction, by chain.
    pub(crate) async fn left(&self, config: &Config) -> Vec<Vec<String>> {
        let left = left(config, deployer().address(), &self.code, &self.directory).await.unwrap();
        let purposes =
            left.into_iter().map(|(_, steps)| steps.into_iter().map(|step| step.purpose));
        purposes.map(Iterator::collect).collect()
    }

    pub(crate) async fn nonces(&self) -> [u64; 2] {
        let [a, b] = self.chains().map(|chain| chain.next_nonce(deployer().address()));
        [a.await.unwrap(), b.await.unwrap()]
    }
}

pub(crate) fn network(urls: [&str; 2]) -> String {
    let (owner, attestor) = (owner().address(), role("attestor").address());
    format!(
        "owner = \"{owner}\"\ndeployer = {{ env = \"METALAYER_TEST_DEPLOYER\" }}\n\
         [reads]\nattestors = [\"{attestor}\"]\nthreshold = 1\nurls = [\"http://localhost/\"]\n{}{}",
        chain("alpha", CHAIN_IDS[0].0, DOMAINS[0].0, urls[0]),
        chain("beta", CHAIN_IDS[1].0, DOMAINS[1].0, urls[1]),
    )
}

/// The table of one chain.
pub(crate) fn chain(name: &str, id: u64, domain: u32, url: &str) -> String {
    let lane = |lane| {
        let keys: Vec<_> =
            validators(name, lane).iter().map(|key| key.address().to_string()).collect();
        format!("{{ validators = {keys:?}, threshold = 2 }}")
    };
    format!(
        "[[chains]]\nname = \"{name}\"\nchain_id = {id}\nrpc = \"{url}\"\ndomain = {domain}\n\
         hyperlane = \"deploy\"\n\
         gas = {{ price_wei = 150_000_000, overhead = 165_000, native_price = 1 }}\n\
         instant = {}\nfinalized = {}\n",
        lane("instant"),
        lane("finalized"),
    )
}

pub(crate) fn config(text: &str) -> Config {
    Config::parse(Path::new("test.toml"), text).unwrap_or_else(|error| panic!("{error}"))
}

/// Thousandths of an ether.
pub(crate) async fn give(chain: &Chain, account: Address, milli: u64) {
    let tx = Tx::transfer(account, U256::from(milli) * U256::from(10_u64.pow(15)));
    chain.send("give", &faucet(), tx).await.unwrap();
}

/// Has everything that waits for the owner accepted.
pub(crate) async fn accept(world: &World, outcomes: &[Outcome]) {
    for (chain, outcome) in world.chains().into_iter().zip(outcomes) {
        give(chain, owner().address(), 100).await;
        for (name, contract) in &outcome.to_accept {
            let tx = Tx::call(*contract, &IMetalayerRouter::acceptOwnershipCall {});
            chain.send(&format!("accept {name}"), &owner(), tx).await.unwrap();
        }
    }
}

/// A Hyperlane that knows the price of one domain: its Mailbox, and how it stands in the configuration.
pub(crate) async fn hyperlane_on_alpha(world: &World, priced: Domain) -> (Address, String) {
    let gas = RemoteGas {
        domain: priced,
        exchange_rate: EXCHANGE_RATE_ONE,
        gas_price: 150_000_000,
        overhead: 165_000,
    };
    let set = ValidatorSet { validators: vec![role("anybody").address()], threshold: 1 };
    let (key, artifacts) = (faucet(), Artifacts::locate());
    let core = deploy_core(&world.nodes.a, &key, &artifacts, DOMAINS[0], gas, &set);
    let core = core.await.unwrap();
    let (mailbox, igp, tree) = (core.mailbox, core.interchain_gas_paymaster, core.merkle_tree_hook);
    let text = format!(
        "hyperlane = {{ mailbox = \"{mailbox}\", igp = \"{igp}\", merkle_tree_hook = \"{tree}\", hook = \"{igp}\" }}"
    );
    (mailbox, text)
}
