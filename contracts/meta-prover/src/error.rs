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
use stylus_sdk::prelude::*;
use support::Revert;

/// Revert reasons of the MetaProver.
/// # Source
/// intents.md §5, §11.1 (names), §11.2 (those of the domain map)
#[derive(Debug, PartialEq, Eq, SolidityError)]
pub enum Error {
    /// The Portal must be known.
    ZeroPortal(ZeroPortal),
    /// The router must be known.
    RouterCannotBeZeroAddress(RouterCannotBeZeroAddress),
    /// More remote provers than the whitelist holds.
    WhitelistSizeExceeded(WhitelistSizeExceeded),
    /// Only the router delivers.
    UnauthorizedSender(UnauthorizedSender),
    /// A message from no domain.
    ZeroDomainID(ZeroDomainID),
    /// A message from nobody.
    SenderCannotBeZeroAddress(SenderCannotBeZeroAddress),
    /// A message from a prover that we do not believe.
    NotWhitelisted(NotWhitelisted),
    /// A message without a whole chain id.
    InvalidProofMessage(InvalidProofMessage),
    /// A message from one chain that speaks for another, or from a chain whose domain was not registered.
    ChainIdMismatch(ChainIdMismatch),
    /// A message that does not end with a whole pair.
    ArrayLengthMismatch(ArrayLengthMismatch),
    /// Only the Portal sends proofs.
    NonPortalCaller(NonPortalCaller),
    /// The value does not cover the router's fee.
    InsufficientFee(InsufficientFee),
    /// The payer refused the excess over the fee.
    RefundFailed(RefundFailed),
    /// A domain that the Metalayer cannot name.
    DomainIdTooLarge(DomainIdTooLarge),
    /// A zero, or a domain or chain id given twice.
    InvalidDomainConfig(InvalidDomainConfig),
    /// Only the deployer configures.
    NotDeployer(NotDeployer),
    /// The domain map is final.
    DomainsSealed(DomainsSealed),
    /// What the router reverted with; empty where Solidity's own checks revert.
    Callee(Revert),
}
