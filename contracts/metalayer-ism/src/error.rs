//! What the MetalayerIsm reverts with.

use interfaces::metalayer::IMetalayerIsm::{
    AlreadyInitialized, InvalidFinality, MalformedMessage, NoModule, NoReadAggregation,
    OwnableUnauthorizedAccount, ZeroAddress, ZeroDomain,
};
use stylus_sdk::prelude::SolidityError;
use support::Revert;

/// Reverts of the MetalayerIsm.
#[derive(SolidityError)]
#[cfg_attr(test, derive(Debug, PartialEq))]
pub enum Error {
    /// It has an owner.
    AlreadyInitialized(AlreadyInitialized),
    /// The owner would be nobody.
    ZeroAddress(ZeroAddress),
    /// Domain 0 is no chain.
    ZeroDomain(ZeroDomain),
    /// Not the owner, or not the one who may become it.
    OwnableUnauthorizedAccount(OwnableUnauthorizedAccount),
    /// No such lane.
    InvalidFinality(InvalidFinality),
    /// The body is not a Metalayer message.
    MalformedMessage(MalformedMessage),
    /// Nobody vouches for this origin on this lane.
    NoModule(NoModule),
    /// Nobody vouches for read results.
    NoReadAggregation(NoReadAggregation),
    /// What the chosen module said; or nothing, for a message without a whole header.
    Module(Revert),
}
