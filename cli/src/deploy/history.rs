//! What is known of a deployment's transactions: from the file of an earlier run, from receipts, from events.

use std::collections::BTreeMap;

use alloy::primitives::{B256, keccak256};
use alloy::rpc::types::{Log, TransactionReceipt};

use super::error::DeployError;
use super::plan::{Contract, Step};
use super::record::{ContractRecord, Record};
use super::run::Run;
use crate::launcher::ILauncher;

/// Block and transaction, as far as they are known.
type Place = (Option<u64>, Option<B256>);

impl Run<'_> {
    /// Takes over what an earlier run has recorded.
    pub(super) async fn resume(&mut self) -> Result<(), DeployError> {
        if let Some(earlier) = Record::read(&self.path)? {
            self.record.check_same(&earlier, &self.path)?;
            let owner = self.record.owner;
            self.record = Record { owner, ..earlier };
        } else if self.has_begun().await? {
            // The file of an earlier run is lost: its transactions are somewhere behind.
            self.record.from_block = 0;
        }
        Ok(())
    }

    /// Is anything of this deployment there? The launcher says nothing: it may have served another salt.
    async fn has_begun(&self) -> Result<bool, DeployError> {
        let mut launched = self.plan.contracts.iter().filter(|contract| contract.launch.is_some());
        let Some(first) = launched.next() else { return Ok(false) };
        Ok(!self.chain.code(first.address).await?.is_empty())
    }

    /// Writes down what a step has created.
    pub(super) async fn record_created(
        &mut self,
        step: &Step,
        receipt: &TransactionReceipt,
    ) -> Result<(), DeployError> {
        let created = step.tx.created();
        let made = self.plan.contracts.iter().find(|contract| Some(contract.address) == created);
        let Some(made) = made else { return Ok(()) };
        let together = self.plan.contracts.iter().filter(|contract| contract.launch == made.launch);
        for contract in together.cloned().collect::<Vec<_>>() {
            let place = (receipt.block_number, Some(receipt.transaction_hash));
            self.record_contract(&contract, place).await?;
        }
        Ok(self.record.write(&self.path)?)
    }

    async fn record_contract(
        &mut self,
        contract: &Contract,
        (block, transaction): Place,
    ) -> Result<(), DeployError> {
        let address = contract.address;
        let code_hash = keccak256(self.chain.code(address).await?);
        let record = ContractRecord { address, code_hash, block, transaction };
        self.record.contracts.insert(contract.name.to_owned(), record);
        Ok(())
    }

    /// What earlier runs have created and not recorded: the launcher's events tell in which transactions.
    pub(super) async fn record_missing(&mut self) -> Result<(), DeployError> {
        let is_known = |contract: &&Contract| {
            let known = self.record.contracts.get(contract.name);
            known.is_some_and(|known| known.address == contract.address)
        };
        let contracts = self.plan.contracts.iter();
        let missing: Vec<_> = contracts.filter(|contract| !is_known(contract)).cloned().collect();
        if missing.is_empty() {
            return Ok(());
        }
        let launches = self.launches().await?;
        if self.record.from_block == 0 {
            let first = launches.values().filter_map(|(block, _)| *block).min();
            self.record.from_block = first.unwrap_or_default().saturating_sub(1);
        }
        for contract in missing {
            let place = contract.launch.and_then(|salt| launches.get(&salt).copied());
            self.record_contract(&contract, place.unwrap_or_default()).await?;
        }
        Ok(())
    }

    /// Block and transaction of every launch, by its salt.
    async fn launches(&self) -> Result<BTreeMap<B256, Place>, DeployError> {
        let (launcher, tip) = (self.plan.launcher.address(), self.chain.block_number().await?);
        let events = match self.record.from_block {
            // Nobody knows where to start: one question for the whole history. An endpoint may refuse it, and then the
            // transactions stay unknown.
            0 => self.chain.events_at_once(launcher, 0, tip).await.unwrap_or_default(),
            from => self.chain.events(launcher, from, tip).await?,
        };
        let place = |(event, log): (ILauncher::Launched, Log)| {
            (event.salt, (log.block_number, log.transaction_hash))
        };
        Ok(events.into_iter().map(place).collect())
    }
}
