//! Writes the part of a plan that deploys Hyperlane's core.
//! Spec: messaging.md §8.3 steps 2 to 13.

use alloy::primitives::{Address, U256};
use alloy::sol_types::{SolCall, SolValue};
use interfaces::hyperlane::{
    IInterchainGasPaymaster, IMailbox, IMailboxClient, IOwnable, IStorageGasOracle,
};

use super::planner::Planner;
use super::{ANNOUNCE, Addresses, CALL_GAS, IGP, MAILBOX, ORACLE, PlanError, TREE};
use crate::deployment::evm_one_shot_init_code;
use crate::fact::Fact;
use crate::hyperlane::{
    MailboxSettings, RemoteGas, local_domain, required_hook, set_gas_prices, set_overheads,
};

impl Planner<'_> {
    /// Hyperlane's core; each contract is initialised in the transaction that creates it.
    ///
    /// The merkle tree is the *required* hook, so that no sender can leave it out. It wants a Mailbox, and the Mailbox
    /// wants a required hook: until the tree is there, the paymaster stands in. What is sent in between is in no tree
    /// and never delivered. The default module is that of the FINALIZED lane, because a recipient whose own module
    /// cannot be read falls back on it (messaging.md 1.4).
    pub(super) fn hyperlane(&mut self) -> Result<(), PlanError> {
        let Addresses { mailbox, merkle_tree_hook: tree, igp, finalized_ism, .. } =
            self.plan.addresses;
        let (deployer, domain) = (self.deployer, self.chain.domain);
        let oracle = self.plan.launcher.contract(ORACLE);
        let initialize = IInterchainGasPaymaster::initializeCall {
            owner: deployer,
            beneficiary: self.chain.owner,
        };
        let factory = "contracts/hooks/igp/InterchainGasPaymaster";
        self.evm(IGP, factory, Vec::new(), &initialize.abi_encode(), Vec::new())?;
        let own = IOwnable::transferOwnershipCall { newOwner: deployer };
        let factory = "contracts/hooks/igp/StorageGasOracle";
        self.evm(ORACLE, factory, Vec::new(), &own.abi_encode(), Vec::new())?;
        let initialize = IMailbox::initializeCall {
            owner: deployer,
            defaultIsm: finalized_ism,
            defaultHook: igp,
            requiredHook: igp,
        };
        let done = vec![local_domain(mailbox, domain)];
        let args = domain.0.abi_encode();
        self.evm(MAILBOX, "contracts/Mailbox", args, &initialize.abi_encode(), done)?;
        // There is nothing to be set in these two; still they belong to somebody.
        let give = IOwnable::transferOwnershipCall { newOwner: self.chain.owner };
        for (name, factory) in [
            (TREE, "contracts/hooks/MerkleTreeHook"),
            (ANNOUNCE, "contracts/isms/multisig/ValidatorAnnounce"),
        ] {
            let at = self.plan.launcher.contract(name);
            let what = format!("{name}.mailbox");
            let knows = Fact::answer(&what, at, &IMailboxClient::mailboxCall {}, &mailbox);
            self.plan.facts.push(Fact::owned(name, at, self.chain.owner));
            self.evm(name, factory, mailbox.abi_encode(), &give.abi_encode(), vec![knows])?;
        }
        let set = IMailbox::setRequiredHookCall { hook: tree };
        let purpose = "put every message into the tree that validators sign";
        self.call(purpose, mailbox, &set, vec![required_hook(mailbox, tree)]);

        let remotes = self.config.remote_gas(self.chain);
        let (prices, overheads) =
            (price_facts(oracle, &remotes), overhead_facts(igp, oracle, &remotes));
        self.call(
            "tell the oracle what gas costs elsewhere",
            oracle,
            &set_gas_prices(&remotes),
            prices,
        );
        let purpose = "tell the paymaster what deliveries take elsewhere";
        self.call(purpose, igp, &set_overheads(oracle, &remotes), overheads);
        let settings = MailboxSettings {
            domain,
            default_ism: finalized_ism,
            default_hook: igp,
            required_hook: tree,
        };
        self.plan.facts.extend(settings.facts(mailbox));
        let beneficiary = IInterchainGasPaymaster::beneficiaryCall {};
        let what = "InterchainGasPaymaster.beneficiary";
        self.plan.facts.push(Fact::answer(what, igp, &beneficiary, &self.chain.owner));
        Ok(())
    }

    /// An EVM contract of Hyperlane's. Its code cannot be compared, because it holds values of the chain; that it is at
    /// an address of the launcher says who put it there.
    fn evm(
        &mut self,
        name: &'static str,
        factory: &str,
        args: Vec<u8>,
        call: &[u8],
        done: Vec<Fact>,
    ) -> Result<(), PlanError> {
        let child = [self.code.artifacts.hyperlane(factory)?, args].concat();
        let one_shot = evm_one_shot_init_code(name, &child, call)?;
        let there = Fact::some_code(name, self.plan.launcher.contract(name));
        self.launch(name, &one_shot, CALL_GAS, U256::ZERO, [vec![there], done].concat());
        Ok(())
    }
}

fn price_facts(oracle: Address, remotes: &[RemoteGas]) -> Vec<Fact> {
    let fact = |remote: &RemoteGas| {
        let call = IStorageGasOracle::remoteGasDataCall { destination: remote.domain.0 };
        let expected = IStorageGasOracle::remoteGasDataReturn {
            tokenExchangeRate: remote.exchange_rate,
            gasPrice: remote.gas_price,
        };
        let what = format!("StorageGasOracle.remoteGasData({})", remote.domain.0);
        Fact::answer(&what, oracle, &call, &expected)
    };
    remotes.iter().map(fact).collect()
}

fn overhead_facts(igp: Address, oracle: Address, remotes: &[RemoteGas]) -> Vec<Fact> {
    let fact = |remote: &RemoteGas| {
        let domain = remote.domain.0;
        let call = IInterchainGasPaymaster::destinationGasConfigsCall { destination: domain };
        let expected = IInterchainGasPaymaster::destinationGasConfigsReturn {
            gasOracle: oracle,
            gasOverhead: U256::from(remote.overhead).to(),
        };
        let what = format!("InterchainGasPaymaster.destinationGasConfigs({domain})");
        Fact::answer(&what, igp, &call, &expected)
    };
    remotes.iter().map(fact).collect()
}
