//! Every way in which the Portal reverts with a reason, beyond those of its halves.

use interfaces::intents::IERC7683::{
    InvalidCreatorBinding, InvalidOriginChainId, InvalidOriginSettler, InvalidSignature,
    OpenDeadlinePassed, TypeSignatureMismatch,
};
use support::Revert;

support::errors! {
    /// Revert reasons of orders; what a half of the Portal reverts with is passed on like a callee's.
    ///
    /// `InsufficientNativeRewardAmount` is in the ABI but not here: the Solidity peer declares and never uses it.
    /// # Source
    /// intents.md §7.2
    pub enum Error {
        /// The order's data is of another type than the one we read.
        TypeSignatureMismatch(),
        /// It is too late to open the order.
        OpenDeadlinePassed(),
        /// The order is for another contract.
        InvalidOriginSettler(order, settler),
        /// The order is for another chain.
        InvalidOriginChainId(order, actual),
        /// The user did not sign the order.
        InvalidSignature(),
        /// A refund would not go to the user who pays.
        InvalidCreatorBinding(user, creator),
    }
}

impl From<intent_source::Error> for Error {
    fn from(error: intent_source::Error) -> Self {
        Self::Callee(Revert(error.into()))
    }
}

impl From<inbox::Error> for Error {
    fn from(error: inbox::Error) -> Self {
        Self::Callee(Revert(error.into()))
    }
}
