//! Every way in which the MetaProver reverts with a reason.

use interfaces::intents::{
    IMetaProver::{
        ChainIdMismatch, DomainIdTooLarge, DomainsSealed, InsufficientFee, InvalidDomainConfig,
        InvalidProofMessage, NonPortalCaller, NotDeployer, NotWhitelisted, RefundFailed,
        RouterCannotBeZeroAddress, SenderCannotBeZeroAddress, UnauthorizedSender,
        WhitelistSizeExceeded, ZeroDomainID, ZeroPortal,
    },
    IProver::ArrayLengthMismatch,
};

support::errors! {
    /// Revert reasons of the MetaProver.
    ///
    /// `ChainIdTooLarge` is in the ABI but not here: a Stylus program sees the chain id as 64 bits, so there is no
    /// larger one to refuse.
    /// # Source
    /// intents.md §5, §11.1 (names), §11.2 (those of the domain map)
    pub enum Error {
        /// The Portal must be known.
        ZeroPortal(),
        /// The router must be known.
        RouterCannotBeZeroAddress(),
        /// More remote provers than the whitelist holds.
        WhitelistSizeExceeded(size, maxSize),
        /// Only the router delivers.
        UnauthorizedSender(expected, actual),
        /// A message from no domain.
        ZeroDomainID(),
        /// A message from nobody.
        SenderCannotBeZeroAddress(),
        /// A message from a prover that we do not believe.
        NotWhitelisted(sender),
        /// A message without a whole chain id.
        InvalidProofMessage(),
        /// A message from one chain that speaks for another, or from a chain whose domain was not registered.
        ChainIdMismatch(domain, expected, actual),
        /// A message that does not end with a whole pair.
        ArrayLengthMismatch(),
        /// Only the Portal sends proofs.
        NonPortalCaller(caller),
        /// The value does not cover the router's fee.
        InsufficientFee(fee),
        /// The payer refused the excess over the fee.
        RefundFailed(recipient, amount),
        /// A domain that the Metalayer cannot name.
        DomainIdTooLarge(domainID),
        /// A zero, or a domain or chain id given twice.
        InvalidDomainConfig(domain, chainId),
        /// Only the deployer configures.
        NotDeployer(caller),
        /// The domain map is final.
        DomainsSealed(),
    }
}
