//! Every way in which the IntentSource reverts with a reason.

use interfaces::intents::IIntentSource::{
    ArrayLengthMismatch, InsufficientFunds, IntentAlreadyExists, IntentNotClaimed, InvalidClaimant,
    InvalidRecoverToken, InvalidStatusForFunding, InvalidStatusForRefund,
    InvalidStatusForWithdrawal, NotCreatorCaller, RewardTokensNotUnique,
};

support::errors! {
    /// Revert reasons of the IntentSource.
    ///
    /// `SafeERC20FailedOperation` comes out of `support::erc20` as a callee's revert.
    /// # Source
    /// intents.md §2.2
    pub enum Error {
        /// An intent that was paid out or back is not published again.
        IntentAlreadyExists(intentHash),
        /// A proven intent waits for its claimant, not for a refund.
        IntentNotClaimed(intentHash),
        /// The caller wanted all or nothing, and brought less.
        InsufficientFunds(intentHash),
        /// Nobody has proven the intent.
        InvalidClaimant(),
        /// The intent was paid out or back.
        InvalidStatusForFunding(status),
        /// The intent was paid out or back.
        InvalidStatusForWithdrawal(status),
        /// The deadline has not come.
        InvalidStatusForRefund(status, now, deadline),
        /// The native currency promised twice: as itself and as its ERC-20 alias.
        RewardTokensNotUnique(token),
        /// A batch whose lists are not equally long.
        ArrayLengthMismatch(),
        /// Only the creator says where else a refund goes.
        NotCreatorCaller(caller),
        /// A currency of the reward leaves by settlement alone.
        InvalidRecoverToken(token),
    }
}
