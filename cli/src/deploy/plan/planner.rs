//! Writes a plan: our contracts, their wiring, their owners.

use alloy::primitives::{Address, B256, U256};
use alloy::sol_types::SolCall;
use interfaces::hyperlane::IOwnable;
use interfaces::metalayer::{FinalityState, IMetalayerIsm, IMetalayerRouter};

use super::super::config::{ChainConfig, Config, Hyperlane};
use super::{
    ACTIVATION_GAS, Addresses, BYTE_GAS, CALL_GAS, Code, Contract, EXECUTOR, FINALIZED_ISM, IGP,
    INSTANT_ISM, ISM, LAUNCHER, MAILBOX, ORACLE, PORTAL, PROVER, Placed, Plan, PlanError,
    READ_AGGREGATION, READ_ISM, ROUTER, Step, VAULT,
};
use crate::artifacts::Program;
use crate::deployment::{ACTIVATION_VALUE, ARB_WASM, IArbWasm, one_shot_init_code};
use crate::fact::Fact;
use crate::hyperlane::ValidatorSet;
use crate::metalayer::{
    self, configure_domains, enrolled, has_module, ism_args, portal_args, prover_args, router_args,
    set_module,
};
use crate::modules::{PinnedSet, multisig_args, read_aggregation_args, read_facts, read_ism_args};

/// Writes a plan.
pub(super) struct Planner<'a> {
    pub(super) config: &'a Config,
    pub(super) chain: &'a ChainConfig,
    /// Sends everything, and owns everything until the last steps.
    pub(super) deployer: Address,
    pub(super) code: &'a Code,
    pub(super) plan: Plan,
}

impl Planner<'_> {
    /// Plans everything.
    pub(super) fn plan(mut self) -> Result<Plan, PlanError> {
        self.launcher();
        self.lane_modules()?;
        if self.chain.hyperlane == Hyperlane::Deploy {
            self.hyperlane()?;
        }
        self.contracts()?;
        self.reads()?;
        self.activations();
        self.read_wiring();
        self.lanes();
        self.router();
        self.prover();
        self.owners();
        Ok(self.plan)
    }

    fn launcher(&mut self) {
        let launcher = self.plan.launcher;
        let (name, address) = (LAUNCHER, launcher.address());
        self.plan.contracts.push(Contract { name, address, launch: None });
        self.plan.steps.push(Step {
            purpose: "create the launcher, which obeys the deployer alone".to_owned(),
            call: format!("CREATE2, {} bytes of code", launcher.code().len()),
            tx: launcher.create(),
            gas: CALL_GAS,
            done: vec![Fact::code(name, address, &launcher.code())],
            repairs: None,
        });
    }

    /// The modules of both lanes: the FINALIZED one is the default of the Mailbox, so they are first. They pass nothing
    /// before they have validators.
    fn lane_modules(&mut self) -> Result<(), PlanError> {
        let program = &self.code.modules.multisig_ism;
        self.program(INSTANT_ISM, program, multisig_args(self.deployer))?;
        self.program(FINALIZED_ISM, program, multisig_args(self.deployer))
    }

    fn contracts(&mut self) -> Result<(), PlanError> {
        let Addresses { mailbox, igp, ours, .. } = self.plan.addresses;
        let programs = &self.code.programs;
        self.program(ISM, &programs.ism, ism_args(self.deployer))?;
        let args = router_args(mailbox, self.deployer, igp, ours.ism);
        self.program(ROUTER, &programs.router, args)?;
        self.program(PORTAL, &programs.portal, portal_args(programs, self.chain.native_erc20))?;
        for (name, program, address) in [
            (VAULT, &programs.vault, ours.vault_implementation),
            (EXECUTOR, &programs.executor, ours.executor),
        ] {
            let launch = Some(self.plan.launcher.salt_of(PORTAL));
            self.plan.contracts.push(Contract { name, address, launch });
            self.plan.programs.push(Placed { name, address, code: program.code.clone() });
            self.plan.facts.push(Fact::code(name, address, &program.code));
        }
        let whitelist = self.whitelist();
        let args = prover_args(&ours, whitelist.clone(), self.config.min_gas_limit);
        self.program(PROVER, &programs.prover, args)?;
        let facts = metalayer::intent_facts(&ours, &whitelist, self.config.min_gas_limit);
        self.plan.facts.extend(facts);
        self.plan.facts.extend(metalayer::router_facts(&ours, mailbox, igp, self.chain.domain));
        Ok(())
    }

    /// The provers of the other chains, which are all at one address, and those beside them.
    fn whitelist(&self) -> Vec<B256> {
        let ours = self.plan.addresses.ours.prover.into_word();
        [&[ours], &self.config.extra_provers[..]].concat()
    }

    fn reads(&mut self) -> Result<(), PlanError> {
        let Some(attestors) = &self.config.reads else { return Ok(()) };
        let Addresses { mailbox, ours, reads, .. } = self.plan.addresses;
        let modules = &self.code.modules;
        let args = read_ism_args(mailbox, self.deployer, ours.router, attestors);
        self.program(READ_ISM, &modules.read_ism, args)?;
        let args = read_aggregation_args(ours.ism, reads.read_ism);
        self.program(READ_AGGREGATION, &modules.read_aggregation_ism, args)?;
        self.plan.facts.extend(read_facts(&ours, &reads, attestors));
        Ok(())
    }

    fn read_wiring(&mut self) {
        let Addresses { ours, reads, .. } = self.plan.addresses;
        if self.config.reads.is_none() {
            return;
        }
        let set = IMetalayerIsm::setReadAggregationCall { readAggregation: reads.read_aggregation };
        let is_set = Fact::answer(
            "MetalayerIsm.readAggregation",
            ours.ism,
            &IMetalayerIsm::readAggregationCall {},
            &reads.read_aggregation,
        );
        self.call("have messages with reads verified by two modules", ours.ism, &set, vec![is_set]);
        let set = IMetalayerRouter::setIsmCall { ism: ours.ism, readIsm: reads.read_ism };
        let is_set = Fact::answer(
            "MetalayerRouter.readIsm",
            ours.router,
            &IMetalayerRouter::readIsmCall {},
            &reads.read_ism,
        );
        self.call("tell the router its read module", ours.router, &set, vec![is_set]);
    }

    /// Vault and Executor are created by the Portal and must be activated; the others have been, and need it again when
    /// their year is over or the chain's version has moved on (stylus-vm.md 2.3). Before all calls, since an expired
    /// program answers nothing.
    fn activations(&mut self) {
        for Placed { name, address, .. } in self.plan.programs.clone() {
            let active = vec![Fact::active(name, address)];
            let call = IArbWasm::activateProgramCall { program: address };
            let mut step = Step::call(&format!("activate {name}"), ARB_WASM, &call, active);
            step.tx = step.tx.value(U256::from(ACTIVATION_VALUE));
            step.gas = ACTIVATION_GAS;
            step.repairs = Some(address).filter(|_| ![VAULT, EXECUTOR].contains(&name));
            self.plan.steps.push(step);
        }
    }

    /// Validators of every other chain, in the modules of both lanes.
    fn lanes(&mut self) {
        let Addresses { instant_ism, finalized_ism, ours, .. } = self.plan.addresses;
        for remote in self.config.chains.iter().filter(|chain| chain.domain != self.chain.domain) {
            let tree = Addresses::of(&self.plan.launcher, remote).merkle_tree_hook;
            for (finality, name, module, set) in [
                (FinalityState::Instant, INSTANT_ISM, instant_ism, &remote.instant),
                (FinalityState::Finalized, FINALIZED_ISM, finalized_ism, &remote.finalized),
            ] {
                let pinned = pinned(remote, tree, set);
                let [pin, validators] = pinned.facts(name, module);
                let (of, lane) = (&remote.name, format!("{finality:?}").to_uppercase());
                // The pin first: then there is no moment in which another tree of the domain would do.
                self.call(
                    &format!("{lane}: pin the tree of {of}"),
                    module,
                    &pinned.pin(),
                    vec![pin],
                );
                let purpose = format!("{lane}: set the validators of {of}");
                self.call(&purpose, module, &pinned.set_validators(), vec![validators]);
                let set = set_module(remote.domain, finality, module);
                let done = has_module(ours.ism, remote.domain, finality, module);
                self.call(&format!("{lane}: set the module of {of}"), ours.ism, &set, vec![done]);
            }
        }
    }

    fn router(&mut self) {
        let router = self.plan.addresses.ours.router;
        let remotes = self.config.chains.iter().filter(|chain| chain.domain != self.chain.domain);
        let domains: Vec<_> = remotes.map(|chain| chain.domain).collect();
        // At one address on all chains.
        let enroll = IMetalayerRouter::enrollRemoteRoutersCall {
            domains: domains.iter().map(|domain| domain.0).collect(),
            routers: vec![router.into_word(); domains.len()],
        };
        let done = domains.iter().map(|domain| enrolled(router, *domain, router)).collect();
        for domain in domains {
            // Through paymaster and oracle: fails where a paymaster that was there before knows no price.
            let gas_limit = U256::from(self.config.min_gas_limit);
            let ask = IMetalayerRouter::quoteGasPaymentCall {
                destination: domain.0,
                gasLimit: gas_limit,
            };
            let what = format!("MetalayerRouter.quoteGasPayment({})", domain.0);
            self.plan.facts.push(Fact::answers(&what, router, &ask));
        }
        self.call("enroll the routers of the other chains", router, &enroll, done);
        if let Hyperlane::There(there) = &self.chain.hyperlane
            && let Some(hook) = there.hook
        {
            let call = IMetalayerRouter::hookCall {};
            let done = Fact::answer("MetalayerRouter.hook", router, &call, &hook);
            let set = IMetalayerRouter::setHookCall { hook };
            self.call("tell the router its hook", router, &set, vec![done]);
        }
    }

    fn prover(&mut self) {
        let prover = self.plan.addresses.ours.prover;
        let network = self.config.network();
        let done = metalayer::domain_facts(prover, &network);
        let purpose = "tell the prover all domains, once and for ever";
        self.call(purpose, prover, &configure_domains(&network), done);
    }

    /// Everything that can be owned goes to the owner, last.
    fn owners(&mut self) {
        let Addresses { mailbox, igp, ours, instant_ism, finalized_ism, reads, .. } =
            self.plan.addresses;
        let mut two_step = vec![
            (ROUTER, ours.router),
            (ISM, ours.ism),
            (INSTANT_ISM, instant_ism),
            (FINALIZED_ISM, finalized_ism),
        ];
        if self.config.reads.is_some() {
            two_step.push((READ_ISM, reads.read_ism));
        }
        let mut one_step = Vec::new();
        if self.chain.hyperlane == Hyperlane::Deploy {
            let oracle = self.plan.launcher.contract(ORACLE);
            one_step.extend([(MAILBOX, mailbox), (IGP, igp), (ORACLE, oracle)]);
        }
        let owner = self.chain.owner;
        if owner == self.deployer {
            let owned = |&(name, at): &(&str, Address)| Fact::owned(name, at, owner);
            self.plan.facts.extend(two_step.iter().chain(&one_step).map(owned));
            return;
        }
        for &(name, contract) in &one_step {
            let done = Fact::owned(name, contract, owner);
            self.give(name, contract, done);
        }
        for &(name, contract) in &two_step {
            let pending = Fact::answer(
                &format!("{name}.pendingOwner"),
                contract,
                &IMetalayerRouter::pendingOwnerCall {},
                &owner,
            );
            self.give(name, contract, Fact::either(Fact::owned(name, contract, owner), pending));
        }
        self.plan.to_accept = two_step;
    }

    fn give(&mut self, name: &str, contract: Address, done: Fact) {
        let call = IOwnable::transferOwnershipCall { newOwner: self.chain.owner };
        self.call(&format!("hand {name} over to its owner"), contract, &call, vec![done]);
    }

    pub(super) fn call<C: SolCall>(
        &mut self,
        purpose: &str,
        to: Address,
        call: &C,
        done: Vec<Fact>,
    ) {
        self.plan.steps.push(Step::call(purpose, to, call, done));
    }

    fn program(
        &mut self,
        name: &'static str,
        program: &Program,
        args: Vec<u8>,
    ) -> Result<(), PlanError> {
        let one_shot = one_shot_init_code(program, Some(&args))?;
        let address = self.plan.launcher.contract(name);
        let done = vec![Fact::code(name, address, &program.code)];
        self.launch(name, &one_shot, ACTIVATION_GAS, U256::from(ACTIVATION_VALUE), done);
        self.plan.programs.push(Placed { name, address, code: program.code.clone() });
        Ok(())
    }

    pub(super) fn launch(
        &mut self,
        name: &'static str,
        one_shot: &[u8],
        gas: u64,
        value: U256,
        done: Vec<Fact>,
    ) {
        let launcher = self.plan.launcher;
        let (address, launch) = (launcher.contract(name), Some(launcher.salt_of(name)));
        self.plan.contracts.push(Contract { name, address, launch });
        self.plan.steps.push(Step {
            purpose: format!("deploy {name}"),
            call: format!("launch, {} bytes of init code", one_shot.len()),
            tx: launcher.launch(name, one_shot).value(value),
            gas: gas + BYTE_GAS * one_shot.len() as u64,
            done,
            repairs: None,
        });
    }
}

fn pinned(remote: &ChainConfig, tree: Address, set: &ValidatorSet) -> PinnedSet {
    PinnedSet { origin: remote.domain, merkle_tree_hook: tree.into_word(), set: set.clone() }
}
