//! What the MetalayerReadAggregationIsm reverts with.

use interfaces::metalayer::IMetalayerReadAggregationIsm::{
    AlreadyInitialized, MalformedMessage, ZeroAddress,
};

support::errors! {
    /// Reverts of the MetalayerReadAggregationIsm; Hyperlane's texts are among what is passed on.
    /// # Source
    /// messaging.md §3.6, §5.5
    pub enum Error {
        /// It knows its modules.
        AlreadyInitialized(),
        /// A module would be nobody.
        ZeroAddress(),
        /// The body is not a Metalayer message.
        MalformedMessage(code),
    }
}
