//! MetalayerIsm: chooses the security module of a Metalayer message by its finality flag, and by what its recipient
//! asks for beyond that.
//! Spec: messaging.md §5.5. ABI: `interfaces::metalayer::IMetalayerIsm`. State: `owner`, `pending_owner`, `modules`,
//! `read_aggregation`, `requirements`.
//!
//! To the Mailbox and the relayers this is an ordinary routing module (Hyperlane's type 1): they need no knowledge of
//! the Metalayer. The choice depends on the message alone, so no relayer can pick an easier module; and what the
//! message says about itself is worth only what the chosen module then verifies.
//!
//! A recipient can make its own messages harder to pass, and take that back; it can never make them easier than the
//! lane that the sender chose.
#![cfg_attr(not(any(test, feature = "export-abi")), no_std)]
#![cfg_attr(
    feature = "entrypoint",
    allow(missing_docs, reason = "the entry point's macro writes none")
)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

extern crate alloc;

mod error;
#[cfg(test)]
mod tests;

use alloc::{vec, vec::Vec};
use core::borrow::BorrowMut;

use alloy_primitives::{Address, B256, FixedBytes};
use alloy_sol_types::SolCall;
use interfaces::{
    Args, Domain,
    codec::{HyperlaneMessage, MetalayerMessage},
    metalayer::{
        FinalityState,
        IMetalayerIsm::{
            AlreadyInitialized, AppModuleSet, InvalidFinality, MalformedMessage, MinFinalitySet,
            ModuleSet, NoModule, NoReadAggregation, OwnableUnauthorizedAccount,
            OwnershipTransferStarted, OwnershipTransferred, ReadAggregationSet, ZeroAddress,
            ZeroDomain, acceptOwnershipCall, appModulesCall, finalityModuleCall, initializeCall,
            minFinalityCall, moduleTypeCall, modulesCall, ownerCall, pendingOwnerCall,
            readAggregationCall, routeCall, setAppModuleCall, setMinFinalityCall, setModuleCall,
            setReadAggregationCall, transferOwnershipCall, verifyCall,
        },
    },
};
use stylus_sdk::{
    ArbResult,
    abi::Router,
    call::RawCall,
    prelude::*,
    stylus_core::{ValueDenier, storage::TopLevelStorage},
};
use support::{Packed, Revert, Slot, SlotMap, Word, emit_words, refuse_value, returns, signature};

pub use error::Error;

/// Hyperlane's number of a routing module.
/// # Source
/// messaging.md §3.1
pub const ROUTING: u8 = 1;

/// Slots of the MetalayerIsm. Append only.
///
/// `owner` is set by the constructor, or by `initialize` where this code runs behind a proxy, whose storage the
/// constructor of the code never saw. Whoever deploys does either in the transaction that creates the account.
#[storage]
#[cfg_attr(feature = "entrypoint", entrypoint)]
pub struct MetalayerIsm {
    /// Zero means "not initialised": there is no way back to it.
    owner: Slot<Address>,
    pending_owner: Slot<Address>,
    /// Verifies messages that more than one module must pass; zero until there is one.
    read_aggregation: Slot<Address>,
    /// [`lane`] → module; zero means "no module".
    modules: SlotMap<Address>,
    /// Recipient → what it asks for. One slot, because every delivery reads it.
    requirements: SlotMap<Requirements>,
}

/// What a recipient asks for beyond the sender's lane; zero asks for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Requirements {
    /// Messages of the INSTANT lane must pass the FINALIZED one.
    finalized: bool,
    /// Must pass the message too; zero for none.
    module: Address,
}

/// Eleven spare bytes, finality, module.
impl Packed for Requirements {
    fn unpack(word: B256) -> Self {
        let [_, _, _, _, _, _, _, _, _, _, _, finalized, ..] = word.0;
        Self { finalized: finalized != 0, module: Address::from_word(word) }
    }

    fn pack(self) -> B256 {
        FixedBytes([0; 11])
            .concat_const::<1, 12>(FixedBytes([u8::from(self.finalized)]))
            .concat_const::<20, 32>(self.module.0)
    }
}

// SAFETY: plain fields, no storage guard lives across a call.
#[cfg(not(feature = "entrypoint"))]
unsafe impl TopLevelStorage for MetalayerIsm {}

impl<S> Router<S> for MetalayerIsm
where
    S: TopLevelStorage + BorrowMut<Self> + ValueDenier,
{
    type Storage = Self;

    fn route(storage: &mut S, selector: u32, input: &[u8]) -> Option<ArbResult> {
        let (this, args) = (BorrowMut::<Self>::borrow_mut(storage), Args(input));
        refuse_value(this.vm())?;
        Some(match selector.to_be_bytes() {
            verifyCall::SELECTOR => {
                args.bytes(0)?;
                returns(this.verify(args.bytes(1)?, input))
            }
            routeCall::SELECTOR => returns(this.route(args.bytes(0)?)),
            finalityModuleCall::SELECTOR => returns(this.finality_module(args.bytes(0)?)),
            moduleTypeCall::SELECTOR => returns(Ok::<_, Error>(ROUTING)),
            modulesCall::SELECTOR => {
                returns(Ok::<_, Error>(this.module(args.domain(0)?, args.u8(1)?)))
            }
            readAggregationCall::SELECTOR => returns(Ok::<_, Error>(this.read_aggregation.get())),
            ownerCall::SELECTOR => returns(Ok::<_, Error>(this.owner.get())),
            pendingOwnerCall::SELECTOR => returns(Ok::<_, Error>(this.pending_owner.get())),
            initializeCall::SELECTOR => returns(this.initialize(args.address(0)?)),
            setModuleCall::SELECTOR => {
                returns(this.set_module(args.domain(0)?, args.u8(1)?, args.address(2)?))
            }
            setReadAggregationCall::SELECTOR => {
                returns(this.set_read_aggregation(args.address(0)?))
            }
            transferOwnershipCall::SELECTOR => returns(this.transfer_ownership(args.address(0)?)),
            acceptOwnershipCall::SELECTOR => returns(this.accept_ownership()),
            setMinFinalityCall::SELECTOR => returns(this.set_min_finality(args.u8(0)?)),
            setAppModuleCall::SELECTOR => returns(this.set_app_module(args.address(0)?)),
            minFinalityCall::SELECTOR => {
                returns(Ok::<_, Error>(this.requirements.get(args.address(0)?.word()).finalized))
            }
            appModulesCall::SELECTOR => {
                returns(Ok::<_, Error>(this.requirements.get(args.address(0)?.word()).module))
            }
            _ => return None,
        })
    }

    fn receive(_: &mut S) -> Option<Result<(), Vec<u8>>> {
        None
    }

    fn fallback(_: &mut S, _: &[u8]) -> Option<ArbResult> {
        None
    }

    /// `constructor(address owner)`: the very code of `initialize`.
    fn constructor(storage: &mut S, input: &[u8]) -> Option<ArbResult> {
        let this = BorrowMut::<Self>::borrow_mut(storage);
        refuse_value(this.vm())?;
        Some(returns(this.initialize(Args(input).address(0)?)))
    }
}

impl MetalayerIsm {
    /// The module that must verify a message, for the Mailbox, relayers and other modules.
    ///
    /// - `message`: a whole Hyperlane message; its origin and body decide.
    /// # Errors
    /// Empty for a message shorter than a header; `MalformedMessage`, `NoModule`, `NoReadAggregation`.
    /// # Source
    /// messaging.md §5.5
    pub fn route(&self, message: &[u8]) -> Result<Address, Error> {
        let (module, is_alone) = self.choose(message)?;
        if is_alone {
            return Ok(module);
        }
        // The module of the lane is asked by the aggregation, next to the others.
        match self.read_aggregation.get() {
            Address::ZERO => Err(NoReadAggregation {}.into()),
            aggregation => Ok(aggregation),
        }
    }

    /// Verifies a message by the module that [`route`](Self::route) names: its verdict is this one's.
    ///
    /// - `arguments`: of `verify(bytes metadata, bytes message)`, as encoded by the caller, for the module.
    /// # Errors
    /// As `route`; then what the module reverted with, or empty when it answered no bool.
    /// # Re-entrancy
    /// Allowed and needed: the aggregation asks this contract for the [`finality_module`](Self::finality_module)
    /// while it verifies. Nothing is written here.
    /// # Source
    /// messaging.md §3.6
    pub fn verify(&mut self, message: &[u8], arguments: &[u8]) -> Result<bool, Error> {
        let module = self.route(message)?;
        let mut calldata = Vec::with_capacity(arguments.len().saturating_add(4));
        calldata.extend_from_slice(&verifyCall::SELECTOR);
        calldata.extend_from_slice(arguments);
        // SAFETY: the cache is dropped, and no storage guard lives across the call.
        let answer =
            unsafe { RawCall::new(self.vm()).clear_storage_cache().call(module, &calldata) };
        // A module without code, which may only be a mistake of the owner's, answers nothing and so verifies nothing.
        Args(&answer.map_err(Revert)?).bool(0).ok_or(Error::Callee(Revert::EMPTY))
    }

    /// The module of a message's lane, whether other modules must pass it too or not.
    /// # Errors
    /// As [`route`](Self::route), without `NoReadAggregation`.
    pub fn finality_module(&self, message: &[u8]) -> Result<Address, Error> {
        self.choose(message).map(|(module, _)| module)
    }

    /// The module of a lane; zero if there is none.
    pub fn module(&self, origin: Domain, finality: u8) -> Address {
        self.modules.get(lane(origin, finality))
    }

    /// Gives the contract its owner, once.
    /// # Errors
    /// `AlreadyInitialized`, `ZeroAddress`
    /// # Events
    /// `OwnershipTransferred`
    pub fn initialize(&mut self, owner: Address) -> Result<(), Error> {
        if !self.owner.get().is_zero() {
            return Err(AlreadyInitialized {}.into());
        }
        if owner.is_zero() {
            return Err(ZeroAddress {}.into());
        }
        self.own(Address::ZERO, owner);
        Ok(())
    }

    /// Sets the module of a lane; for the owner.
    ///
    /// - `module`: zero removes it: messages of the lane wait, undelivered, for the next.
    /// # Errors
    /// `OwnableUnauthorizedAccount`, `ZeroDomain`, `InvalidFinality`
    /// # Events
    /// `ModuleSet`
    pub fn set_module(
        &mut self,
        origin: Domain,
        finality: u8,
        module: Address,
    ) -> Result<(), Error> {
        self.check_owner()?;
        if origin == Domain::NONE {
            return Err(ZeroDomain {}.into());
        }
        if FinalityState::new(finality).is_none() {
            return Err(InvalidFinality { finality }.into());
        }
        self.modules.insert(lane(origin, finality), module);
        let event = signature::<ModuleSet>();
        self.announce(3, [event, origin.0.word(), finality.word(), module.word()]);
        Ok(())
    }

    /// Sets the module of messages that several modules must pass: those with reads, and those whose recipient has a
    /// module of its own; for the owner.
    ///
    /// - `read_aggregation`: zero removes it.
    /// # Errors
    /// `OwnableUnauthorizedAccount`
    /// # Events
    /// `ReadAggregationSet`
    pub fn set_read_aggregation(&mut self, read_aggregation: Address) -> Result<(), Error> {
        self.check_owner()?;
        self.read_aggregation.set(read_aggregation);
        self.announce(1, [signature::<ReadAggregationSet>(), read_aggregation.word()]);
        Ok(())
    }

    /// Raises the finality of all messages to the caller, those on their way too; for any recipient.
    ///
    /// - `finality`: 1 has the FINALIZED lane verify what was sent on the INSTANT one; 0 takes that back. No lane is
    ///   above FINALIZED, as long as ESPRESSO is reserved.
    /// # Errors
    /// `InvalidFinality`
    /// # Events
    /// `MinFinalitySet`
    /// # Source
    /// messaging.md §5.5
    pub fn set_min_finality(&mut self, finality: u8) -> Result<(), Error> {
        let finalized = match finality {
            0 => false,
            1 => true,
            _ => return Err(InvalidFinality { finality }.into()),
        };
        let recipient = self.vm().msg_sender().word();
        let requirements = self.requirements.get(recipient);
        self.requirements.insert(recipient, Requirements { finalized, ..requirements });
        self.announce(1, [signature::<MinFinalitySet>(), recipient, finality.word()]);
        Ok(())
    }

    /// Adds a module that all messages to the caller must pass, those on their way too; for any recipient.
    ///
    /// - `module`: of a type that relayers know, or nobody will build its metadata; zero takes it away.
    /// # Events
    /// `AppModuleSet`
    /// # Source
    /// messaging.md §5.5
    pub fn set_app_module(&mut self, module: Address) -> Result<(), Error> {
        let recipient = self.vm().msg_sender().word();
        let requirements = self.requirements.get(recipient);
        self.requirements.insert(recipient, Requirements { module, ..requirements });
        self.announce(1, [signature::<AppModuleSet>(), recipient, module.word()]);
        Ok(())
    }

    /// Offers the ownership; for the owner, who keeps it until it is accepted.
    ///
    /// - `new_owner`: zero withdraws the offer.
    /// # Errors
    /// `OwnableUnauthorizedAccount`
    /// # Events
    /// `OwnershipTransferStarted`
    pub fn transfer_ownership(&mut self, new_owner: Address) -> Result<(), Error> {
        let owner = self.check_owner()?;
        self.pending_owner.set(new_owner);
        let event = signature::<OwnershipTransferStarted>();
        self.announce(3, [event, owner.word(), new_owner.word()]);
        Ok(())
    }

    /// Takes the ownership that was offered; for the one it was offered to.
    /// # Errors
    /// `OwnableUnauthorizedAccount`
    /// # Events
    /// `OwnershipTransferred`
    pub fn accept_ownership(&mut self) -> Result<(), Error> {
        let caller = self.vm().msg_sender();
        if self.pending_owner.get() != caller {
            return Err(OwnableUnauthorizedAccount { account: caller }.into());
        }
        self.pending_owner.set(Address::ZERO);
        self.own(self.owner.get(), caller);
        Ok(())
    }

    fn own(&mut self, previous: Address, owner: Address) {
        self.owner.set(owner);
        let event = signature::<OwnershipTransferred>();
        self.announce(3, [event, previous.word(), owner.word()]);
    }

    /// Emits an event of words, of which the first ones are topics.
    fn announce<const N: usize>(&self, topics: usize, words: [B256; N]) {
        emit_words(self.vm(), topics, &words.map(|word| word.0));
    }

    fn check_owner(&self) -> Result<Address, Error> {
        let (owner, caller) = (self.owner.get(), self.vm().msg_sender());
        // Nobody owns what is not initialised: the zero address cannot call.
        if caller == owner {
            Ok(owner)
        } else {
            Err(OwnableUnauthorizedAccount { account: caller }.into())
        }
    }

    /// The module of a message's lane, and whether it is the only one that must pass the message.
    fn choose(&self, message: &[u8]) -> Result<(Address, bool), Error> {
        let message = HyperlaneMessage::decode(message).ok_or(Revert::EMPTY)?;
        let body = MetalayerMessage::decode(message.body)
            .map_err(|malformed| MalformedMessage { code: malformed.code() })?;
        // The origin that the modules verify is the one of the Hyperlane message; the inner one is checked by the
        // router.
        let (origin, mut finality) = (message.origin, body.header.finality);
        // A recipient of another VM has registered nothing: only addresses of ours can call.
        let asked = self.requirements.get(body.header.recipient);
        if asked.finalized && finality == FinalityState::Instant {
            finality = FinalityState::Finalized;
        }
        let finality = finality as u8;
        let module = self.module(origin, finality);
        if module.is_zero() {
            return Err(NoModule { origin: origin.0, finality }.into());
        }
        Ok((module, body.reads.is_empty() && asked.module.is_zero()))
    }
}

/// Origin and finality as the key of a module.
fn lane(origin: Domain, finality: u8) -> B256 {
    (u64::from(origin.0) << 8 | u64::from(finality)).word()
}
