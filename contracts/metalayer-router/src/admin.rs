//! Setting up: initialisation, ownership, the registry of remote routers, limits.
//! Spec: messaging.md §5.4.1.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;
use interfaces::{
    Domain,
    args::{Word as _, Words},
    codec::MetalayerHeader,
    hyperlane::IMailbox::localDomainCall,
    metalayer::{
        FinalityState,
        IMetalayerRouter::{
            AlreadyInitialized, FinalityEnabled, GasLimitTooHigh, HookSet, IgpSet, InvalidFinality,
            InvalidRecipient, IsmSet, LengthMismatch, LimitsSet, LoopbackDomain, MessageTooLarge,
            OwnableUnauthorizedAccount, OwnershipTransferStarted, OwnershipTransferred, PausedSet,
            ReadGasSet, RemoteRouterSet, RouterNotEnrolled, TooManyReads, ZeroAddress, ZeroDomain,
        },
    },
};
use stylus_sdk::prelude::*;
use support::{Revert, Word, emit_words, signature, static_call_word};

use crate::{
    Error, MetalayerRouter, evm_address,
    slots::{Core, ReadGas, Remote, Sending},
};

impl MetalayerRouter {
    /// Sets the router up; once, by whoever comes first, so in the transaction that deploys it.
    ///
    /// - `igp`: shown to integrators, not used here; may be zero.
    /// - `ism`: module that verifies our messages; zero leaves it to the Mailbox's default.
    /// # Errors
    /// `AlreadyInitialized`, `ZeroAddress`; what the Mailbox reverts with; `ZeroDomain`.
    /// # Events
    /// `OwnershipTransferred`, `IgpSet`, `IsmSet`.
    /// # Source
    /// messaging.md §5.4.1
    pub fn initialize(
        &mut self,
        mailbox: Address,
        owner: Address,
        igp: Address,
        ism: Address,
    ) -> Result<(), Error> {
        if !self.core.get().mailbox.is_zero() {
            return Err(AlreadyInitialized {}.into());
        }
        if mailbox.is_zero() || owner.is_zero() {
            return Err(ZeroAddress {}.into());
        }
        let answer = static_call_word(self.vm(), mailbox, &localDomainCall::SELECTOR)?;
        let local_domain = Domain::decode(&answer.0).ok_or(Revert::EMPTY)?;
        if local_domain == Domain::NONE {
            return Err(ZeroDomain {}.into());
        }
        self.core.set(Core {
            mailbox,
            nonce: 0,
            local_domain,
            paused: false,
            finalities: Core::DEFAULT_FINALITIES,
            max_reads: Core::DEFAULT_MAX_READS,
        });
        self.sending.set(Sending::DEFAULT);
        self.read_gas.set(ReadGas::DEFAULT);
        self.owner.set(owner);
        let event = signature::<OwnershipTransferred>();
        self.announce(3, [event, B256::ZERO, owner.word()]);
        self.store_igp(igp);
        self.store_isms(ism, Address::ZERO);
        Ok(())
    }

    /// Offers ownership to an account, which must accept it; zero withdraws the offer. By the owner.
    /// # Errors
    /// `OwnableUnauthorizedAccount`.
    /// # Events
    /// `OwnershipTransferStarted`.
    pub fn transfer_ownership(&mut self, new_owner: Address) -> Result<(), Error> {
        let previous_owner = self.check_owner()?;
        self.pending_owner.set(new_owner);
        let event = signature::<OwnershipTransferStarted>();
        self.announce(3, [event, previous_owner.word(), new_owner.word()]);
        Ok(())
    }

    /// Takes the ownership that was offered to the caller.
    /// # Errors
    /// `OwnableUnauthorizedAccount`.
    /// # Events
    /// `OwnershipTransferred`.
    pub fn accept_ownership(&mut self) -> Result<(), Error> {
        let caller = self.vm().msg_sender();
        if caller != self.pending_owner.get() {
            return Err(OwnableUnauthorizedAccount { account: caller }.into());
        }
        let previous_owner = self.owner.get();
        self.owner.set(caller);
        self.pending_owner.set(Address::ZERO);
        let event = signature::<OwnershipTransferred>();
        self.announce(3, [event, previous_owner.word(), caller.word()]);
        Ok(())
    }

    /// Makes `router` the one router of ours on another chain, to which we send and whose messages we deliver. By the
    /// owner. A replaced router stops at once, with what it has under way.
    /// # Errors
    /// `OwnableUnauthorizedAccount`, `ZeroDomain`, `LoopbackDomain`, `InvalidRecipient`.
    /// # Events
    /// `RemoteRouterSet`.
    /// # Source
    /// messaging.md §5.4.1
    pub fn enroll_remote_router(&mut self, domain: Domain, router: B256) -> Result<(), Error> {
        self.check_owner()?;
        self.enroll(domain, router)
    }

    /// [`enroll_remote_router`](Self::enroll_remote_router) for many chains, all or none.
    /// # Errors
    /// `OwnableUnauthorizedAccount`, `LengthMismatch`, then as for one.
    pub fn enroll_remote_routers(
        &mut self,
        domains: Words<Domain>,
        routers: Words,
    ) -> Result<(), Error> {
        self.check_owner()?;
        if domains.len() != routers.len() {
            return Err(LengthMismatch {}.into());
        }
        domains.iter().zip(routers.iter()).try_for_each(|(d, router)| self.enroll(d, router))
    }

    /// Cuts the connection to another chain. By the owner.
    /// # Errors
    /// `OwnableUnauthorizedAccount`, `RouterNotEnrolled`.
    /// # Events
    /// `RemoteRouterSet` with a zero router.
    pub fn unenroll_remote_router(&mut self, domain: Domain) -> Result<(), Error> {
        self.check_owner()?;
        let removed = self.remote(domain);
        if removed.router.is_zero() {
            return Err(RouterNotEnrolled { domain: domain.0 }.into());
        }
        // The last domain of the list takes the place of the one that goes; often they are the same.
        let last = self.domain_count.get().saturating_sub(1);
        let moved = self.domain_at(last);
        self.set_domain_at(u64::from(removed.position), moved);
        let router = self.remote(moved).router;
        self.set_remote(moved, Remote { router, position: removed.position });
        self.set_domain_at(last, Domain::NONE);
        self.domain_count.set(last);
        self.set_remote(domain, Remote::NONE);
        self.announce(2, [signature::<RemoteRouterSet>(), domain.0.word(), B256::ZERO]);
        Ok(())
    }

    /// Chooses the modules that verify messages and read results; zero for the Mailbox's default, or none. By the
    /// owner.
    /// # Errors
    /// `OwnableUnauthorizedAccount`.
    /// # Events
    /// `IsmSet`.
    pub fn set_ism(&mut self, ism: Address, read_ism: Address) -> Result<(), Error> {
        self.check_owner()?;
        self.store_isms(ism, read_ism);
        Ok(())
    }

    /// Chooses the hook that is paid with each message; zero for the Mailbox's default. By the owner.
    /// # Errors
    /// `OwnableUnauthorizedAccount`.
    /// # Events
    /// `HookSet`.
    pub fn set_hook(&mut self, hook: Address) -> Result<(), Error> {
        self.check_owner()?;
        self.sending.set(Sending { hook, ..self.sending.get() });
        self.announce(1, [signature::<HookSet>(), hook.word()]);
        Ok(())
    }

    /// Names the gas paymaster to integrators. By the owner.
    /// # Errors
    /// `OwnableUnauthorizedAccount`.
    /// # Events
    /// `IgpSet`.
    pub fn set_igp(&mut self, igp: Address) -> Result<(), Error> {
        self.check_owner()?;
        self.store_igp(igp);
        Ok(())
    }

    /// Sets the gas that reads will add to a message's limit. By the owner.
    /// # Errors
    /// `OwnableUnauthorizedAccount`; `GasLimitTooHigh` for an amount beyond 64 bits.
    /// # Events
    /// `ReadGasSet`.
    pub fn set_read_gas(&mut self, base: U256, per_read: U256) -> Result<(), Error> {
        self.check_owner()?;
        self.read_gas.set(ReadGas { base: narrow_gas(base)?, per_read: narrow_gas(per_read)? });
        self.announce(1, [signature::<ReadGasSet>(), base.word(), per_read.word()]);
        Ok(())
    }

    /// Sets what may be sent. By the owner.
    ///
    /// - `max_reads`: at most 16, which is all that a message can hold.
    /// - `max_bytes`: of an encoded Metalayer message.
    /// # Errors
    /// `OwnableUnauthorizedAccount`, `TooManyReads`, `MessageTooLarge` (beyond 32 bits), `GasLimitTooHigh` (beyond
    /// 64 bits).
    /// # Events
    /// `LimitsSet`.
    pub fn set_limits(
        &mut self,
        max_reads: U256,
        max_bytes: U256,
        max_gas: U256,
    ) -> Result<(), Error> {
        self.check_owner()?;
        let most_reads = U256::from(MetalayerHeader::MAX_READS);
        let reads = u8::try_from(max_reads).ok().filter(|_| max_reads <= most_reads);
        let reads = reads.ok_or(TooManyReads { count: max_reads, maximum: most_reads })?;
        let most_bytes = U256::from(u32::MAX);
        let bytes = u32::try_from(max_bytes)
            .map_err(|_| MessageTooLarge { size: max_bytes, maximum: most_bytes })?;
        let gas = narrow_gas(max_gas)?;
        self.core.set(Core { max_reads: reads, ..self.core.get() });
        let hook = self.sending.get().hook;
        self.sending.set(Sending { hook, max_gas_limit: gas, max_message_bytes: bytes });
        let [reads, bytes, gas] = [max_reads, max_bytes, max_gas].map(Word::word);
        self.announce(1, [signature::<LimitsSet>(), reads, bytes, gas]);
        Ok(())
    }

    /// Opens or closes a finality lane for sending. By the owner.
    /// # Errors
    /// `OwnableUnauthorizedAccount`, `InvalidFinality`.
    /// # Events
    /// `FinalityEnabled`.
    pub fn set_finality_enabled(&mut self, flag: u8, enabled: bool) -> Result<(), Error> {
        self.check_owner()?;
        let finality = FinalityState::new(flag).ok_or(InvalidFinality { finality: flag })?;
        let (core, bit) = (self.core.get(), Core::bit(finality));
        let finalities = if enabled { core.finalities | bit } else { core.finalities & !bit };
        self.core.set(Core { finalities, ..core });
        self.announce(1, [signature::<FinalityEnabled>(), flag.word(), enabled.word()]);
        Ok(())
    }

    /// Stops or resumes sending and delivering; paused deliveries stay deliverable. By the owner.
    /// # Errors
    /// `OwnableUnauthorizedAccount`.
    /// # Events
    /// `PausedSet`.
    pub fn set_paused(&mut self, paused: bool) -> Result<(), Error> {
        self.check_owner()?;
        self.core.set(Core { paused, ..self.core.get() });
        self.announce(1, [signature::<PausedSet>(), paused.word()]);
        Ok(())
    }

    /// The domains that a router is enrolled for, as words, in no particular order.
    pub fn domains(&self) -> Vec<B256> {
        let count = self.domain_count.get();
        let mut domains = Vec::with_capacity(count as usize);
        for position in 0..count {
            domains.push(self.domain_at(position).0.word());
        }
        domains
    }

    /// The owner, if it is the caller.
    #[inline(never)]
    fn check_owner(&self) -> Result<Address, Error> {
        let (owner, account) = (self.owner.get(), self.vm().msg_sender());
        if account != owner {
            return Err(OwnableUnauthorizedAccount { account }.into());
        }
        Ok(owner)
    }

    #[inline(never)]
    fn enroll(&mut self, domain: Domain, router: B256) -> Result<(), Error> {
        if domain == Domain::NONE {
            return Err(ZeroDomain {}.into());
        }
        if domain == self.core.get().local_domain {
            return Err(LoopbackDomain { domain: domain.0 }.into());
        }
        let account = evm_address(router).ok_or(InvalidRecipient { recipient: router })?;
        let old = self.remote(domain);
        let mut position = old.position;
        if old.router.is_zero() {
            let count = self.domain_count.get();
            // Each domain stands in the list once, so there are fewer than 2^32.
            position = count as u32;
            self.set_domain_at(count, domain);
            self.domain_count.set(count.saturating_add(1));
        }
        self.set_remote(domain, Remote { router: account, position });
        self.announce(2, [signature::<RemoteRouterSet>(), domain.0.word(), router]);
        Ok(())
    }

    /// Emits an event of words, of which the first ones are topics.
    fn announce<const N: usize>(&self, topics: usize, words: [B256; N]) {
        emit_words(self.vm(), topics, &words.map(|word| word.0));
    }

    #[inline(never)]
    fn store_igp(&mut self, igp: Address) {
        self.igp.set(igp);
        self.announce(1, [signature::<IgpSet>(), igp.word()]);
    }

    #[inline(never)]
    fn store_isms(&mut self, ism: Address, read_ism: Address) {
        self.ism.set(ism);
        self.read_ism.set(read_ism);
        self.announce(1, [signature::<IsmSet>(), ism.word(), read_ism.word()]);
    }

    #[inline(never)]
    pub(crate) fn remote(&self, domain: Domain) -> Remote {
        self.routers.get(domain.0.word())
    }

    #[inline(never)]
    fn set_remote(&mut self, domain: Domain, remote: Remote) {
        self.routers.insert(domain.0.word(), remote);
    }

    #[inline(never)]
    fn domain_at(&self, position: u64) -> Domain {
        // Written from a domain, so it fits one.
        Domain(self.domain_list.get(position.word()) as u32)
    }

    #[inline(never)]
    fn set_domain_at(&mut self, position: u64, domain: Domain) {
        self.domain_list.insert(position.word(), u64::from(domain.0));
    }
}

fn narrow_gas(gas: U256) -> Result<u64, Error> {
    let too_high = GasLimitTooHigh { gasLimit: gas, maximum: U256::from(u64::MAX) };
    u64::try_from(gas).map_err(|_| too_high.into())
}
