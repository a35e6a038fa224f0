//! What the owners of MetalayerRouter and MetalayerIsm set, and what recipients ask of the module
//! (messaging.md §5.4.1, §5.5).

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256, U256};
use alloy::sol_types::SolError;
use interfaces::metalayer::{IMetalayerIsm as I, IMetalayerRouter as R};

use crate::flaw::Flaw;
use crate::messaging::{MAX_GAS, MAX_MESSAGE, MAX_READS, evm_address};
use crate::site::{Actor, Site};
use crate::world::{Answer, Chain, EMPTY, Frame, State, answer, called};

/// Who owns a contract.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ownership {
    /// Who sets things.
    pub owner: Address,
    /// Who may become the owner; zero for nobody.
    pub pending: Address,
}

/// What the router was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouterSettings {
    /// Whose it is.
    pub ownership: Ownership,
    /// Whether it is stopped.
    pub paused: bool,
    /// Routers of other domains.
    pub enrolled: BTreeMap<u32, Address>,
    /// Their domains. The specification leaves the order open; ours has the last one take the place of one that goes.
    pub domains: Vec<u32>,
    /// Whether each `FinalityState` can be sent with.
    pub open: [bool; 3],
    /// Most bytes of a Metalayer message.
    pub max_bytes: U256,
    /// Most gas that a sender may ask for.
    pub max_gas: U256,
    /// Its module; zero for the Mailbox's.
    pub ism: Address,
}

/// What the module was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IsmSettings {
    /// Whose it is.
    pub ownership: Ownership,
    /// Modules of lanes: origin, `FinalityState`.
    pub modules: BTreeMap<(u32, u8), Address>,
    /// The least finality that recipients ask for.
    pub min_finality: BTreeMap<Address, u8>,
    /// Modules that recipients add.
    pub app_modules: BTreeMap<Address, Address>,
}

impl RouterSettings {
    /// As it was wired.
    pub fn new(site: &Site) -> Self {
        Self {
            ownership: Ownership { owner: site.at(Actor::Owner), pending: Address::ZERO },
            paused: false,
            enrolled: [(site.remote_domain, site.remote_router)].into(),
            domains: vec![site.remote_domain],
            open: [true, true, false],
            max_bytes: U256::from(MAX_MESSAGE),
            max_gas: U256::from(MAX_GAS),
            ism: site.at(Actor::Ism),
        }
    }
}

impl IsmSettings {
    /// As it was wired.
    pub fn new(site: &Site) -> Self {
        let lanes = [(0, site.at(Actor::InstantIsm)), (1, site.at(Actor::FinalizedIsm))];
        Self {
            ownership: Ownership { owner: site.at(Actor::Owner), pending: Address::ZERO },
            modules: lanes.map(|(flag, module)| ((site.remote_domain, flag), module)).into(),
            ..Default::default()
        }
    }

    /// The lane that a message passes: what it says, or what its recipient asks for, if that is more.
    pub fn lane(&self, finality: u8, recipient: B256) -> u8 {
        let asked = evm_address(recipient).and_then(|account| self.min_finality.get(&account));
        finality.max(asked.copied().unwrap_or_default())
    }
}

impl Chain {
    pub(crate) fn router_settings_view(&self, data: &[u8]) -> Option<Answer> {
        let settings = &self.state.router;
        let enrolled = |domain| settings.enrolled.get(domain).copied().unwrap_or_default();
        if let Some(R::routersCall { domain }) = called(data) {
            return Some(answer(&enrolled(&domain).into_word()));
        }
        if let Some(R::routerAddressesCall { domain }) = called(data) {
            return Some(answer(&enrolled(&domain)));
        }
        if called::<R::domainsCall>(data).is_some() {
            return Some(answer(&settings.domains));
        }
        if called::<R::pausedCall>(data).is_some() {
            return Some(answer(&settings.paused));
        }
        if called::<R::interchainSecurityModuleCall>(data).is_some() {
            return Some(answer(&settings.ism));
        }
        ownership_view(settings.ownership, data)
    }

    pub(crate) fn ism_view(&self, data: &[u8]) -> Option<Answer> {
        let settings = &self.state.ism;
        if let Some(I::modulesCall { origin, finality }) = called(data) {
            let module = settings.modules.get(&(origin, finality)).copied();
            return Some(answer(&module.unwrap_or_default()));
        }
        if let Some(I::minFinalityCall { recipient }) = called(data) {
            let asked = settings.min_finality.get(&recipient).copied();
            return Some(answer(&U256::from(asked.unwrap_or_default())));
        }
        if let Some(I::appModulesCall { recipient }) = called(data) {
            let module = settings.app_modules.get(&recipient).copied();
            return Some(answer(&module.unwrap_or_default()));
        }
        ownership_view(settings.ownership, data)
    }

    /// What the router's owner may call.
    pub(crate) fn set_router(&mut self, frame: Frame, data: &[u8]) -> Answer {
        if let Some(done) = self.pass_on(frame, |state| &mut state.router.ownership, data) {
            return done;
        }
        let this = frame.this;
        if let Some(R::setPausedCall { paused }) = called(data) {
            self.check_owner(frame, self.state.router.ownership)?;
            self.state.router.paused = paused;
            self.emit(this, &R::PausedSet { paused });
        } else if let Some(R::enrollRemoteRouterCall { domain, router }) = called(data) {
            self.check_owner(frame, self.state.router.ownership)?;
            self.enroll(this, domain, router)?;
        } else if let Some(R::enrollRemoteRoutersCall { domains, routers }) = called(data) {
            self.check_owner(frame, self.state.router.ownership)?;
            if domains.len() != routers.len() {
                return Err(R::LengthMismatch {}.abi_encode());
            }
            for (domain, router) in domains.into_iter().zip(routers) {
                self.enroll(this, domain, router)?;
            }
        } else if let Some(R::unenrollRemoteRouterCall { domain }) = called(data) {
            self.check_owner(frame, self.state.router.ownership)?;
            let settings = &mut self.state.router;
            if settings.enrolled.remove(&domain).is_none() {
                return Err(R::RouterNotEnrolled { domain }.abi_encode());
            }
            let place = settings.domains.iter().position(|known| *known == domain);
            settings.domains.swap_remove(place.expect("every enrolled domain is listed"));
            self.emit(this, &R::RemoteRouterSet { domain, router: B256::ZERO });
        } else if let Some(R::setFinalityEnabledCall { finality, enabled }) = called(data) {
            self.check_owner(frame, self.state.router.ownership)?;
            let open = self.state.router.open.get_mut(usize::from(finality));
            *open.ok_or_else(|| R::InvalidFinality { finality }.abi_encode())? = enabled;
            self.emit(this, &R::FinalityEnabled { finality, enabled });
        } else if let Some(call) = called::<R::setLimitsCall>(data) {
            self.check_owner(frame, self.state.router.ownership)?;
            self.set_limits(this, call)?;
        } else if let Some(R::setIsmCall { ism, readIsm }) = called(data) {
            self.check_owner(frame, self.state.router.ownership)?;
            assert!(readIsm.is_zero(), "reads are not modelled");
            self.state.router.ism = ism;
            self.emit(this, &R::IsmSet { ism, readIsm });
        } else {
            return Err(EMPTY);
        }
        Ok(EMPTY)
    }

    fn enroll(&mut self, router: Address, domain: u32, remote: B256) -> Result<(), Vec<u8>> {
        if domain == 0 {
            return Err(R::ZeroDomain {}.abi_encode());
        }
        if domain == self.site.domain {
            return Err(R::LoopbackDomain { domain }.abi_encode());
        }
        let refused = R::InvalidRecipient { recipient: remote };
        let account = evm_address(remote).ok_or_else(|| refused.abi_encode())?;
        if self.state.router.enrolled.insert(domain, account).is_none() {
            self.state.router.domains.push(domain);
        }
        self.emit(router, &R::RemoteRouterSet { domain, router: remote });
        Ok(())
    }

    /// The slots' widths bound bytes and gas.
    fn set_limits(&mut self, router: Address, call: R::setLimitsCall) -> Result<(), Vec<u8>> {
        let R::setLimitsCall { maxReads, maxBytes, maxGas } = call;
        let maximum = U256::from(MAX_READS);
        if maxReads > maximum {
            return Err(R::TooManyReads { count: maxReads, maximum }.abi_encode());
        }
        let maximum = U256::from(u32::MAX);
        if maxBytes > maximum {
            return Err(R::MessageTooLarge { size: maxBytes, maximum }.abi_encode());
        }
        let maximum = U256::from(u64::MAX);
        if maxGas > maximum {
            return Err(R::GasLimitTooHigh { gasLimit: maxGas, maximum }.abi_encode());
        }
        let settings = &mut self.state.router;
        (settings.max_bytes, settings.max_gas) = (maxBytes, maxGas);
        self.emit(router, &R::LimitsSet { maxReads, maxBytes, maxGas });
        Ok(())
    }

    /// What the module's owner and recipients may call.
    pub(crate) fn ism(&mut self, frame: Frame, data: &[u8]) -> Answer {
        if !frame.value.is_zero() {
            return Err(EMPTY);
        }
        if let Some(done) = self.pass_on(frame, |state| &mut state.ism.ownership, data) {
            return done;
        }
        let recipient = frame.caller;
        if let Some(I::setModuleCall { origin, finality, module }) = called(data) {
            self.check_owner(frame, self.state.ism.ownership)?;
            if origin == 0 {
                return Err(I::ZeroDomain {}.abi_encode());
            }
            if finality > 2 {
                return Err(I::InvalidFinality { finality }.abi_encode());
            }
            self.state.ism.modules.insert((origin, finality), module);
            self.emit(frame.this, &I::ModuleSet { origin, finality, module });
        } else if let Some(I::setMinFinalityCall { finality }) = called(data) {
            if finality > 1 {
                return Err(I::InvalidFinality { finality }.abi_encode());
            }
            let whose = match self.has(Flaw::AsksForOthers) {
                true => self.at(Actor::Recipient),
                false => recipient,
            };
            self.state.ism.min_finality.insert(whose, finality);
            self.emit(frame.this, &I::MinFinalitySet { recipient, finality });
        } else if let Some(I::setAppModuleCall { module }) = called(data) {
            self.state.ism.app_modules.insert(recipient, module);
            self.emit(frame.this, &I::AppModuleSet { recipient, module });
        } else {
            return Err(EMPTY);
        }
        Ok(EMPTY)
    }

    fn check_owner(&self, frame: Frame, ownership: Ownership) -> Result<(), Vec<u8>> {
        if frame.caller == ownership.owner || self.has(Flaw::AnybodyConfigures) {
            return Ok(());
        }
        Err(R::OwnableUnauthorizedAccount { account: frame.caller }.abi_encode())
    }

    /// The two steps to another owner, which are the same in every contract that has one.
    fn pass_on(
        &mut self,
        frame: Frame,
        ownership: fn(&mut State) -> &mut Ownership,
        data: &[u8],
    ) -> Option<Answer> {
        let old = *ownership(&mut self.state);
        if let Some(R::transferOwnershipCall { newOwner }) = called(data) {
            if let Err(refused) = self.check_owner(frame, old) {
                return Some(Err(refused));
            }
            ownership(&mut self.state).pending = newOwner;
            let event = R::OwnershipTransferStarted { previousOwner: old.owner, newOwner };
            self.emit(frame.this, &event);
            return Some(Ok(EMPTY));
        }
        called::<R::acceptOwnershipCall>(data)?;
        if frame.caller != old.pending && !self.has(Flaw::AnybodyAccepts) {
            let account = frame.caller;
            return Some(Err(R::OwnableUnauthorizedAccount { account }.abi_encode()));
        }
        *ownership(&mut self.state) = Ownership { owner: frame.caller, pending: Address::ZERO };
        let event = R::OwnershipTransferred { previousOwner: old.owner, newOwner: frame.caller };
        self.emit(frame.this, &event);
        Some(Ok(EMPTY))
    }
}

fn ownership_view(ownership: Ownership, data: &[u8]) -> Option<Answer> {
    if called::<R::ownerCall>(data).is_some() {
        return Some(answer(&ownership.owner));
    }
    called::<R::pendingOwnerCall>(data)?;
    Some(answer(&ownership.pending))
}
