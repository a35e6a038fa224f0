//! What the MetalayerReadIsm reverts with.

use interfaces::metalayer::IMetalayerReadIsm::{
    AttestationExpired, InvalidAttestor, InvalidMetadata, InvalidThreshold, MalformedMessage,
    QuorumNotReached, ReadResultCountMismatch, ReadResultsMissing, RouterOnly, ZeroAddress,
    ZeroDomain,
};

support::errors! {
    /// Reverts of the MetalayerReadIsm; those of its [`Ownership`](support::Ownership), and `OffchainLookup`, are among
    /// what is passed on.
    /// # Source
    /// messaging.md §5.7
    pub enum Error {
        /// Mailbox and router must be known.
        ZeroAddress(),
        /// The Mailbox is of no chain.
        ZeroDomain(),
        /// No signature at all would be needed, or more than there are attestors.
        InvalidThreshold(),
        /// Nobody, or somebody who is in the set already.
        InvalidAttestor(attestor),
        /// No metadata of this module; the code says why.
        InvalidMetadata(code),
        /// The body is not a Metalayer message.
        MalformedMessage(code),
        /// As many results as reads.
        ReadResultCountMismatch(expected, actual),
        /// The attestors' word was for a time that is over.
        AttestationExpired(validUntil),
        /// Too few attestors have signed these results for this message, here.
        QuorumNotReached(),
        /// Only the router takes results.
        RouterOnly(caller),
        /// Nothing was verified for this message in this transaction.
        ReadResultsMissing(messageId),
    }
}
