//! What must be so before the first transaction on a chain.

use std::time::Duration;

use alloy::primitives::U256;
use interfaces::hyperlane::{IInterchainGasPaymaster, IMailboxClient};

use super::config::Hyperlane;
use super::error::DeployError;
use super::plan::Placed;
use super::run::Run;
use crate::fact::Fact;
use crate::hyperlane::local_domain;
use crate::launcher::CREATE2_FACTORY;

/// How long the chain may take to show what it has taken or mined, before a run gives up.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);
/// Between two looks.
pub(super) const POLL: Duration = Duration::from_millis(100);

impl Run<'_> {
    pub(super) async fn check_chain(&self) -> Result<(), DeployError> {
        let (chain, deployer) = (self.name(), self.deployer);
        let (expected, actual) = (self.settings.id.0, self.chain.id().0);
        if expected != actual {
            return Err(DeployError::WrongChain { chain, expected, actual });
        }
        if self.chain.code(CREATE2_FACTORY).await?.is_empty() {
            return Err(DeployError::NoFactory(chain));
        }
        if !self.chain.code(deployer).await?.is_empty() {
            return Err(DeployError::DeployerHasCode { chain, deployer });
        }
        let mut waited = Duration::ZERO;
        loop {
            let known = self.chain.next_nonce(deployer).await?;
            let mined = self.chain.mined_nonce(deployer).await?;
            match known.saturating_sub(mined) {
                0 => return Ok(()),
                _ if waited < PATIENCE => tokio::time::sleep(POLL).await,
                count => return Err(DeployError::Pending { chain, deployer, count }),
            }
            waited += POLL;
        }
    }

    /// A Hyperlane that is there already is the one of the configuration.
    pub(super) async fn check_hyperlane(&self) -> Result<(), DeployError> {
        let Hyperlane::There(there) = &self.settings.hyperlane else { return Ok(()) };
        for (what, address) in [
            ("Mailbox", Some(there.mailbox)),
            ("paymaster (igp)", Some(there.igp)),
            ("merkle tree hook", Some(there.merkle_tree_hook)),
            ("ValidatorAnnounce", there.validator_announce),
            ("hook", there.hook),
        ] {
            let Some(address) = address else { continue };
            if self.chain.code(address).await?.is_empty() {
                return Err(DeployError::NoCode { chain: self.name(), what, address });
            }
        }
        let tree = Fact::answer(
            "MerkleTreeHook.mailbox",
            there.merkle_tree_hook,
            &IMailboxClient::mailboxCall {},
            &there.mailbox,
        );
        let mut facts = vec![local_domain(there.mailbox, self.settings.domain), tree];
        for other in self.config.chains.iter().filter(|other| other.domain != self.settings.domain)
        {
            let ask = IInterchainGasPaymaster::quoteGasPaymentCall {
                destination: other.domain.0,
                gasLimit: U256::from(self.config.min_gas_limit),
            };
            let what = format!("InterchainGasPaymaster.quoteGasPayment({})", other.domain.0);
            facts.push(Fact::answers(&what, there.igp, &ask));
        }
        for fact in facts {
            let checked = fact.check(&self.chain).await;
            checked.map_err(|reason| DeployError::OtherHyperlane { reason })?;
        }
        Ok(())
    }

    /// What is in the places of our programs are our programs.
    pub(super) async fn check_builds(&self) -> Result<(), DeployError> {
        for &Placed { name, address, ref code } in &self.plan.programs {
            let found = self.chain.code(address).await?;
            if !found.is_empty() && found != *code {
                return Err(DeployError::OtherBuild { chain: self.name(), name, address });
            }
        }
        Ok(())
    }

    /// Enough for all that is left, at the price of gas now.
    pub(super) async fn check_funds(&self) -> Result<(), DeployError> {
        let (mut gas, mut value, mut left) = (0, U256::ZERO, 0);
        for step in &self.plan.steps {
            if !self.is_done(step).await? {
                gas += step.gas;
                left += 1;
                // What activations do not cost comes back, so the largest value is enough for all.
                value = value.max(step.tx.brings());
            }
        }
        let needed = U256::from(gas) * U256::from(self.chain.gas_price().await?) + value;
        self.check_balance(&format!("the rest, {left} transactions,"), needed).await
    }

    pub(super) async fn check_balance(&self, what: &str, needed: U256) -> Result<(), DeployError> {
        let (chain, deployer) = (self.name(), self.deployer);
        let have = self.chain.balance(deployer).await?;
        if have >= needed {
            return Ok(());
        }
        let what = what.to_owned();
        Err(DeployError::InsufficientFunds { chain, deployer, what, needed, have })
    }
}
