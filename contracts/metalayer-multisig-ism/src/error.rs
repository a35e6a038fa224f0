//! What the MetalayerMultisigIsm reverts with.

use interfaces::metalayer::IMetalayerMultisigIsm::{
    InvalidThreshold, InvalidValidator, ZeroDomain,
};

support::errors! {
    /// Reverts of the MetalayerMultisigIsm; those of its [`Ownership`](support::Ownership), and Hyperlane's texts, are
    /// among what is passed on.
    /// # Source
    /// messaging.md §3.5, §5.3
    pub enum Error {
        /// Domain 0 is no chain.
        ZeroDomain(),
        /// No signature at all would be needed, or more than there are validators.
        InvalidThreshold(),
        /// Nobody, or somebody who is in the set already.
        InvalidValidator(validator),
    }
}
