//! Every way in which the MetalayerRouter reverts with a reason.

use alloy_sol_types::Panic;
use interfaces::metalayer::IMetalayerRouter::{
    AlreadyInitialized, AlreadyProcessed, DestinationMismatch, EnforcedPause, FinalityUnavailable,
    GasLimitTooHigh, InsufficientFee, InvalidFinality, InvalidRead, InvalidRecipient,
    LengthMismatch, LoopbackDomain, MailboxOnly, MalformedMessage, MessageTooLarge, OriginMismatch,
    OwnableUnauthorizedAccount, ReadsUnsupported, RefundFailed, RouterNotEnrolled, TooManyReads,
    UnexpectedRouter, UnsupportedVersion, ZeroAddress, ZeroDomain,
};
use stylus_sdk::prelude::*;
use support::Revert;

/// Revert reasons of the MetalayerRouter.
/// # Source
/// messaging.md §5.4
#[derive(Debug, PartialEq, Eq, SolidityError)]
pub enum Error {
    /// The router was initialised before.
    AlreadyInitialized(AlreadyInitialized),
    /// Mailbox and owner must be known.
    ZeroAddress(ZeroAddress),
    /// Domain 0 names no chain.
    ZeroDomain(ZeroDomain),
    /// Only the owner configures, only the chosen one accepts ownership.
    OwnableUnauthorizedAccount(OwnableUnauthorizedAccount),
    /// As many routers as domains are enrolled.
    LengthMismatch(LengthMismatch),
    /// Neither sending nor delivering while paused.
    EnforcedPause(EnforcedPause),
    /// This chain is no remote chain.
    LoopbackDomain(LoopbackDomain),
    /// No router is known on that chain.
    RouterNotEnrolled(RouterNotEnrolled),
    /// Zero, wider than an EVM address, or without code where a message is delivered.
    InvalidRecipient(InvalidRecipient),
    /// A finality flag above 2.
    InvalidFinality(InvalidFinality),
    /// A lane that nobody signs for.
    FinalityUnavailable(FinalityUnavailable),
    /// More reads than allowed.
    TooManyReads(TooManyReads),
    /// More gas than allowed, or a gas setting beyond 64 bits.
    GasLimitTooHigh(GasLimitTooHigh),
    /// A read of no domain or of no contract.
    InvalidRead(InvalidRead),
    /// A longer message than allowed, or a limit beyond 32 bits.
    MessageTooLarge(MessageTooLarge),
    /// The value does not cover the hooks' fee.
    InsufficientFee(InsufficientFee),
    /// The sender refused the excess over the fee.
    RefundFailed(RefundFailed),
    /// Only the Mailbox delivers.
    MailboxOnly(MailboxOnly),
    /// A message that our router on its origin did not send.
    UnexpectedRouter(UnexpectedRouter),
    /// No Metalayer message; the code says why.
    MalformedMessage(MalformedMessage),
    /// A message of another version of the protocol.
    UnsupportedVersion(UnsupportedVersion),
    /// The message names another origin than the Mailbox does.
    OriginMismatch(OriginMismatch),
    /// A message for another chain.
    DestinationMismatch(DestinationMismatch),
    /// The message was delivered before.
    AlreadyProcessed(AlreadyProcessed),
    /// This version of the router carries no reads.
    ReadsUnsupported(ReadsUnsupported),
    /// The nonce ran out.
    Overflow(Panic),
    /// What the Mailbox or the recipient reverted with; empty where Solidity's own checks revert.
    Callee(Revert),
}
