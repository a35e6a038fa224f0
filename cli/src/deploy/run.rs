//! Sends what is left of a plan, chain by chain, and reads everything back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use alloy::primitives::{Address, U256, keccak256};
use alloy::rpc::types::TransactionReceipt;
use alloy::signers::local::PrivateKeySigner;
use interfaces::hyperlane::IOwnable;
use interfaces::metalayer::IMetalayerRouter;

use super::cache::{Caching, Way};
use super::checks::{PATIENCE, POLL};
use super::config::{ChainConfig, Config};
use super::error::{DeployError, StepError};
use super::plan::{Code, Placed, Plan, Step};
use super::record::Record;
use crate::chain::{Chain, ChainError, FEE_ROOM, Observer};

/// What a run has come to on one chain.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What is where, as in the file.
    pub record: Record,
    /// The file.
    pub path: PathBuf,
    /// How many transactions this run has sent.
    pub sent: usize,
    /// How many facts were read back.
    pub facts: usize,
    /// Why programs are not in the chain's cache; each reason once.
    pub not_cached: Vec<String>,
    /// Contracts whose new owner has to accept them yet.
    pub to_accept: Vec<(&'static str, Address)>,
}

/// The transactions that are left to be sent, for each chain by its name. Sends nothing.
///
/// Every chain is asked whether a deployment could start, so a dry run meets the errors that a run would.
pub async fn left(
    config: &Config,
    deployer: Address,
    code: &Code,
    out: &Path,
) -> Result<Vec<(String, Vec<Step>)>, DeployError> {
    let mut all = Vec::new();
    for chain in &config.chains {
        let run = Run::prepare(config, chain, deployer, code, out, None).await?;
        let mut left = Vec::new();
        for step in &run.plan.steps {
            if !run.is_done(step).await? {
                left.push(step.clone());
            }
        }
        let mut hashes = Vec::new();
        for (program, caching) in run.caching().await? {
            let hash = keccak256(&program.code);
            if let Caching::Step(step) = caching
                && !hashes.contains(&hash)
            {
                hashes.push(hash);
                left.push(*step);
            }
        }
        all.push((chain.name.clone(), left));
    }
    Ok(all)
}

/// Deploys what is not deployed yet, on every chain, and reads all of it back.
///
/// - `key`: of the deployer.
/// - `out`: directory of the records.
/// - `observer`: hears of every transaction when it was mined.
pub async fn deploy(
    config: &Config,
    key: &PrivateKeySigner,
    code: &Code,
    out: &Path,
    observer: Observer,
) -> Result<Vec<Outcome>, DeployError> {
    // All chains before the first transaction: what is wrong with one is known before another is begun.
    let mut runs = Vec::new();
    for chain in &config.chains {
        let observer = Some(observer.clone());
        let run = Run::prepare(config, chain, key.address(), code, out, observer).await?;
        run.check_funds().await?;
        runs.push(run);
    }
    let mut outcomes = Vec::new();
    for run in runs {
        outcomes.push(run.finish(key).await?);
    }
    Ok(outcomes)
}

/// A run on one chain.
pub(super) struct Run<'a> {
    pub(super) config: &'a Config,
    pub(super) settings: &'a ChainConfig,
    pub(super) deployer: Address,
    pub(super) chain: Chain,
    pub(super) plan: Plan,
    pub(super) path: PathBuf,
    pub(super) record: Record,
    pub(super) sent: usize,
}

impl<'a> Run<'a> {
    /// Plans, and asks the chain whether it can start.
    async fn prepare(
        config: &'a Config,
        settings: &'a ChainConfig,
        deployer: Address,
        code: &Code,
        out: &Path,
        observer: Option<Observer>,
    ) -> Result<Self, DeployError> {
        let plan = Plan::new(config, settings, deployer, code)?;
        let mut chain = Chain::connect(&settings.name, &settings.rpc).await?;
        if let Some(observer) = observer {
            chain = chain.observed(observer);
        }
        let path = Record::path(out, &settings.name);
        let record = Record {
            chain: settings.name.clone(),
            chain_id: settings.id.0,
            domain: settings.domain.0,
            deployer,
            salt: config.salt.clone(),
            owner: settings.owner,
            complete: false,
            from_block: chain.block_number().await?,
            contracts: BTreeMap::new(),
        };
        let mut run = Self { config, settings, deployer, chain, plan, path, record, sent: 0 };
        run.check_chain().await?;
        run.check_hyperlane().await?;
        run.check_builds().await?;
        run.resume().await?;
        Ok(run)
    }

    pub(super) fn name(&self) -> String {
        self.settings.name.clone()
    }

    pub(super) async fn is_done(&self, step: &Step) -> Result<bool, ChainError> {
        if let Some(address) = step.repairs
            && self.chain.code(address).await?.is_empty()
        {
            return Ok(true);
        }
        for fact in &step.done {
            if !fact.holds(&self.chain).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn finish(mut self, key: &PrivateKeySigner) -> Result<Outcome, DeployError> {
        let before = self.record.clone();
        for step in self.plan.steps.clone() {
            if self.is_done(&step).await? {
                continue;
            }
            if self.sent == 0 {
                self.record.complete = false;
                self.record.write(&self.path)?;
            }
            let receipt = self.send(key, &step).await?;
            self.record_created(&step, &receipt).await?;
        }
        let not_cached = self.cache(key).await?;
        let mut facts = 0;
        for fact in self.plan.all_facts() {
            let checked = fact.check(&self.chain).await;
            checked.map_err(|reason| DeployError::ReadBack { reason })?;
            facts += 1;
        }
        self.record_missing().await?;
        self.record.complete = true;
        if self.record != before {
            self.record.write(&self.path)?;
        }
        let to_accept = self.to_accept().await?;
        let Self { record, path, sent, .. } = self;
        Ok(Outcome { record, path, sent, facts, not_cached, to_accept })
    }

    /// Sends a step and sees that it is done.
    async fn send(
        &mut self,
        key: &PrivateKeySigner,
        step: &Step,
    ) -> Result<TransactionReceipt, DeployError> {
        let stopped = |reason: StepError| DeployError::Stopped {
            chain: self.settings.name.clone(),
            step: step.purpose.clone(),
            reason,
        };
        let what = format!("the next transaction ({})", step.purpose);
        self.check_balance(&what, step.tx.brings()).await?;
        let gas = match self.chain.estimate(&step.purpose, self.deployer, &step.tx).await {
            Ok(gas) => gas,
            Err(error) if is_of_no_owner(&error) => return Err(self.handed_over(step)),
            Err(error) => return Err(stopped(error.into())),
        };
        let price = self.chain.gas_price().await?.saturating_mul(FEE_ROOM);
        let needed = U256::from(gas) * U256::from(price) + step.tx.brings();
        self.check_balance(&what, needed).await?;
        let sent = self.chain.send(&step.purpose, key, step.tx.clone().gas_limit(gas)).await;
        let receipt = sent.map_err(|error| stopped(error.into()))?;
        self.await_done(step).await?;
        for fact in &step.done {
            fact.check(&self.chain).await.map_err(|error| stopped(error.into()))?;
        }
        self.sent += 1;
        Ok(receipt)
    }

    /// Behind one endpoint may be several nodes, and the one that is asked may be some blocks behind the one that told.
    async fn await_done(&self, step: &Step) -> Result<(), ChainError> {
        let mut waited = Duration::ZERO;
        while waited < PATIENCE && !self.is_done(step).await? {
            tokio::time::sleep(POLL).await;
            waited += POLL;
        }
        Ok(())
    }

    fn handed_over(&self, step: &Step) -> DeployError {
        DeployError::HandedOver {
            chain: self.name(),
            step: step.purpose.clone(),
            to: step.tx.to().unwrap_or_default(),
            data: step.tx.data().clone(),
        }
    }

    /// What is to be done for every program.
    async fn caching(&self) -> Result<Vec<(Placed, Caching)>, DeployError> {
        let way = Way::of(&self.chain, self.deployer).await?;
        let max_bid = U256::from(self.config.max_cache_bid);
        let mut all = Vec::new();
        for program in &self.plan.programs {
            all.push((program.clone(), way.caching(&self.chain, program, max_bid).await?));
        }
        Ok(all)
    }

    /// Caches every program that can be; returns why others are not.
    ///
    /// A place in the cache is a matter of price, not of correctness: a refusal stops nothing.
    async fn cache(&mut self, key: &PrivateKeySigner) -> Result<Vec<String>, DeployError> {
        let mut reasons: Vec<String> = Vec::new();
        for (program, caching) in self.caching().await? {
            let reason = match caching {
                Caching::Done => continue,
                // Two contracts may have one code, and the first of them has cached it.
                Caching::Step(step) if self.is_done(&step).await? => continue,
                Caching::Step(step) => match self.send(key, &step).await {
                    Ok(_) => continue,
                    Err(DeployError::Stopped { reason, .. }) => {
                        format!("{}: {reason}", program.name)
                    }
                    Err(error) => return Err(error),
                },
                Caching::Skipped(reason) => reason,
            };
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        Ok(reasons)
    }

    /// Contracts that the owner has not accepted yet.
    async fn to_accept(&self) -> Result<Vec<(&'static str, Address)>, DeployError> {
        let mut waiting = Vec::new();
        for &(name, contract) in &self.plan.to_accept {
            let owner = self.chain.call(contract, &IOwnable::ownerCall {}).await?;
            if owner != self.settings.owner {
                waiting.push((name, contract));
            }
        }
        Ok(waiting)
    }
}

/// Did a contract refuse because the sender is not its owner?
fn is_of_no_owner(error: &ChainError) -> bool {
    let ChainError::Reverted { revert, .. } = error else { return false };
    revert.is::<IMetalayerRouter::OwnableUnauthorizedAccount>()
        || revert.says("Ownable: caller is not the owner")
}
