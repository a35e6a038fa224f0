//! What the MetalayerIsm reverts with.

use interfaces::metalayer::IMetalayerIsm::{
    AlreadyInitialized, InvalidFinality, MalformedMessage, NoModule, NoReadAggregation,
    OwnableUnauthorizedAccount, ZeroAddress, ZeroDomain,
};

support::errors! {
    /// Reverts of the MetalayerIsm.
    /// # Source
    /// messaging.md §5.5
    pub enum Error {
        /// It has an owner.
        AlreadyInitialized(),
        /// The owner would be nobody.
        ZeroAddress(),
        /// Domain 0 is no chain.
        ZeroDomain(),
        /// Not the owner, or not the one who may become it.
        OwnableUnauthorizedAccount(account),
        /// No such lane.
        InvalidFinality(finality),
        /// The body is not a Metalayer message.
        MalformedMessage(code),
        /// Nobody vouches for this origin on this lane.
        NoModule(origin, finality),
        /// Nobody can ask several modules.
        NoReadAggregation(),
    }
}
