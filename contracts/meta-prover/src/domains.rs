//! The map of bridge domains to chain ids, which binds what a message says to where it came from.
//! Spec: intents.md §11.2.
//!
//! The whitelist is global: whoever controls one believed prover on one chain could otherwise write any chain id into
//! a message and take the rewards of intents that were never fulfilled. So the chain id of a message must be the one
//! registered for its origin domain, or, where none is registered, the number of that domain itself. A new prover is
//! therefore never open: it accepts chains whose domain is their chain id, and refuses all others by name.

use interfaces::{
    ChainId, Domain,
    args::Pairs,
    intents::IMetaProver::{
        ChainIdMismatch, DomainRegistered, DomainsSealed, InvalidDomainConfig, NotDeployer,
    },
};
use stylus_sdk::prelude::*;
use support::{Word, emit_words, signature};

use crate::{Config, Error, MetaProver};

impl MetaProver {
    /// Registers the domains whose number is not their chain id. Once, by the deployer; final.
    ///
    /// - `pairs`: (domain, chain id), both not zero, neither given twice.
    /// # Errors
    /// `NotDeployer`, `DomainsSealed`; `InvalidDomainConfig` with the first bad pair.
    /// # Events
    /// `DomainRegistered` for each pair.
    /// # Source
    /// intents.md §11.2
    pub fn configure_domains(&mut self, pairs: Pairs) -> Result<(), Error> {
        self.seal_domains()?;
        for (index, (domain, chain_id)) in pairs.iter().enumerate() {
            // The map was empty before this call, so everything registered is in front of this pair.
            let repeated = pairs.iter().take(index).any(|(d, c)| d == domain || c == chain_id);
            if domain == 0 || chain_id == 0 || repeated {
                return Err(InvalidDomainConfig { domain, chainId: chain_id }.into());
            }
            self.chain_ids.insert(domain.word(), chain_id);
            let words = [signature::<DomainRegistered>(), domain.word(), chain_id.word()];
            emit_words(self.vm(), 3, &words.map(|word| word.0));
        }
        Ok(())
    }

    /// Makes the domain map final as it is; by the deployer.
    /// # Errors
    /// `NotDeployer`, `DomainsSealed`, in this order.
    /// # Source
    /// intents.md §11.2
    pub fn seal_domains(&mut self) -> Result<(), Error> {
        let caller = self.vm().msg_sender();
        if caller != self.deployer.get() {
            return Err(NotDeployer { caller }.into());
        }
        let config = self.config.get();
        if config.sealed {
            return Err(DomainsSealed {}.into());
        }
        self.config.set(Config { sealed: true, ..config });
        Ok(())
    }

    /// Chain id registered for a domain; zero if none is, and then the domain stands for itself.
    pub fn chain_id_by_domain(&self, domain: u64) -> u64 {
        self.chain_ids.get(domain.word())
    }

    pub(crate) fn check_chain_id(&self, origin: Domain, actual: ChainId) -> Result<(), Error> {
        let domain = u64::from(origin.0);
        let expected = match self.chain_id_by_domain(domain) {
            0 => domain,
            registered => registered,
        };
        if actual.0 != expected {
            return Err(ChainIdMismatch { domain, expected, actual: actual.0 }.into());
        }
        Ok(())
    }
}
