//! What the Inbox reverts with.

use interfaces::intents::IInbox::{
    InsufficientNativeAmount, IntentAlreadyFulfilled, IntentExpired, IntentNotFulfilled,
    InvalidHash, InvalidPortal, ReentrancyGuardReentrantCall, ZeroClaimant,
};
use stylus_sdk::prelude::SolidityError;
use support::Revert;

/// Reverts of the Inbox.
///
/// `ChainIdTooLarge` is in the ABI but not here: a Stylus program sees the chain id as 64 bits, so there is no larger
/// one to refuse.
#[derive(SolidityError)]
#[cfg_attr(test, derive(Debug, PartialEq))]
pub enum Error {
    /// The route's deadline has passed.
    IntentExpired(IntentExpired),
    /// The route names another Portal.
    InvalidPortal(InvalidPortal),
    /// Route, reward and this chain make another hash.
    InvalidHash(InvalidHash),
    /// Somebody was first.
    IntentAlreadyFulfilled(IntentAlreadyFulfilled),
    /// Nobody would be paid.
    ZeroClaimant(ZeroClaimant),
    /// Less value than the route needs.
    InsufficientNativeAmount(InsufficientNativeAmount),
    /// Nothing to prove.
    IntentNotFulfilled(IntentNotFulfilled),
    /// `prove` from inside `prove`.
    ReentrancyGuardReentrantCall(ReentrancyGuardReentrantCall),
    /// What a token, the Executor or a prover said.
    Callee(Revert),
}
