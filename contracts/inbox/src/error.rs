//! What the Inbox reverts with.

use interfaces::intents::IInbox::{
    InsufficientNativeAmount, IntentAlreadyFulfilled, IntentExpired, IntentNotFulfilled,
    InvalidHash, InvalidPortal, ReentrancyGuardReentrantCall, ZeroClaimant,
};

support::errors! {
    /// Reverts of the Inbox.
    ///
    /// `ChainIdTooLarge` is in the ABI but not here: a Stylus program sees the chain id as 64 bits, so there is no
    /// larger one to refuse.
    /// # Source
    /// intents.md §4.1
    pub enum Error {
        /// The route's deadline has passed.
        IntentExpired(),
        /// The route names another Portal.
        InvalidPortal(portal),
        /// Route, reward and this chain make another hash.
        InvalidHash(expected),
        /// Somebody was first.
        IntentAlreadyFulfilled(intentHash),
        /// Nobody would be paid.
        ZeroClaimant(),
        /// Less value than the route needs.
        InsufficientNativeAmount(sent, required),
        /// Nothing to prove.
        IntentNotFulfilled(intentHash),
        /// `prove` from inside `prove`.
        ReentrancyGuardReentrantCall(),
    }
}
