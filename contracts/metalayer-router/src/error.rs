//! Every way in which the MetalayerRouter reverts with a reason.

use alloy_sol_types::Panic;
use interfaces::metalayer::IMetalayerRouter::{
    AlreadyInitialized, AlreadyProcessed, DestinationMismatch, EnforcedPause, FinalityUnavailable,
    GasLimitTooHigh, InsufficientFee, InvalidFinality, InvalidRead, InvalidReceipt,
    InvalidRecipient, LengthMismatch, LoopbackDomain, MailboxOnly, MalformedMessage,
    MessageTooLarge, NotDelivered, OriginMismatch, OwnableUnauthorizedAccount,
    ReadResultCountMismatch, RefundFailed, RouterNotEnrolled, TooManyReads, UnexpectedRouter,
    UnsupportedVersion, ZeroAddress, ZeroDomain,
};

support::errors! {
    /// Revert reasons of the MetalayerRouter.
    /// # Source
    /// messaging.md §5.4
    pub enum Error {
        /// The router was initialised before.
        AlreadyInitialized(),
        /// Mailbox and owner must be known.
        ZeroAddress(),
        /// Domain 0 names no chain.
        ZeroDomain(),
        /// Only the owner configures, only the chosen one accepts ownership.
        OwnableUnauthorizedAccount(account),
        /// As many routers as domains are enrolled.
        LengthMismatch(),
        /// Neither sending nor delivering while paused.
        EnforcedPause(),
        /// This chain is no remote chain.
        LoopbackDomain(domain),
        /// No router is known on that chain.
        RouterNotEnrolled(domain),
        /// Zero, wider than an EVM address, or without code where a message is delivered.
        InvalidRecipient(recipient),
        /// A finality flag above 2.
        InvalidFinality(finality),
        /// A lane that nobody signs for.
        FinalityUnavailable(finality),
        /// More reads than allowed.
        TooManyReads(count, maximum),
        /// More gas than allowed, or a gas setting beyond 64 bits.
        GasLimitTooHigh(gasLimit, maximum),
        /// A read of no domain or of no contract.
        InvalidRead(index),
        /// A longer message than allowed, or a limit beyond 32 bits.
        MessageTooLarge(size, maximum),
        /// The value does not cover the hooks' fee.
        InsufficientFee(required, provided),
        /// The sender refused the excess over the fee.
        RefundFailed(recipient, amount),
        /// Only the Mailbox delivers.
        MailboxOnly(caller),
        /// A message that our router on its origin did not send.
        UnexpectedRouter(origin, sender),
        /// No Metalayer message; the code says why.
        MalformedMessage(code),
        /// A message of another version of the protocol.
        UnsupportedVersion(version),
        /// The message names another origin than the Mailbox does.
        OriginMismatch(origin, inner),
        /// A message for another chain.
        DestinationMismatch(local, inner),
        /// The message was delivered before.
        AlreadyProcessed(messageId),
        /// The read module has results for another number of reads.
        ReadResultCountMismatch(expected, actual),
        /// This router did not deliver the message, or not from the router that is enrolled now.
        NotDelivered(messageId),
        /// The remote router sent something else than a receipt.
        InvalidReceipt(),
        /// The nonce ran out.
        Panic(code),
    }
}
