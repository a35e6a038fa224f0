//! Every way in which a vault reverts with a reason.

use interfaces::intents::IVault::{NativeTransferFailed, NotPortalCaller};
use stylus_sdk::prelude::*;
use support::Revert;

/// Revert reasons of the Vault.
/// # Source
/// intents.md §3.2
#[derive(Debug, PartialEq, Eq, SolidityError)]
pub enum Error {
    /// Only the Portal that deployed this very vault commands it.
    NotPortalCaller(NotPortalCaller),
    /// The claimant refused the native reward.
    NativeTransferFailed(NativeTransferFailed),
    /// What a token reverted with, or what its answer means (intents.md 2.6).
    Callee(Revert),
}
