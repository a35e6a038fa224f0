//! Every way in which the IntentSource reverts with a reason.

use interfaces::intents::IIntentSource::{
    InsufficientFunds, IntentAlreadyExists, IntentNotClaimed, InvalidClaimant,
    InvalidStatusForFunding, InvalidStatusForRefund, InvalidStatusForWithdrawal,
    RewardTokensNotUnique,
};
use stylus_sdk::prelude::*;
use support::Revert;

/// Revert reasons of the IntentSource.
/// # Source
/// intents.md §2.2
#[derive(Debug, PartialEq, Eq, SolidityError)]
pub enum Error {
    /// An intent that was paid out or back is not published again.
    IntentAlreadyExists(IntentAlreadyExists),
    /// A proven intent waits for its claimant, not for a refund.
    IntentNotClaimed(IntentNotClaimed),
    /// The caller wanted all or nothing, and brought less.
    InsufficientFunds(InsufficientFunds),
    /// Nobody has proven the intent.
    InvalidClaimant(InvalidClaimant),
    /// The intent was paid out or back.
    InvalidStatusForFunding(InvalidStatusForFunding),
    /// The intent was paid out or back.
    InvalidStatusForWithdrawal(InvalidStatusForWithdrawal),
    /// The deadline has not come.
    InvalidStatusForRefund(InvalidStatusForRefund),
    /// The native currency promised twice: as itself and as its ERC-20 alias.
    RewardTokensNotUnique(RewardTokensNotUnique),
    /// What a token, prover or vault reverted with; empty where Solidity's own checks revert.
    Callee(Revert),
}
