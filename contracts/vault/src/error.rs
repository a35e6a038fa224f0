//! Every way in which a vault reverts with a reason.

use interfaces::intents::IVault::{NativeTransferFailed, NotPortalCaller};

support::errors! {
    /// Revert reasons of the Vault.
    ///
    /// `SafeERC20FailedOperation` comes out of `support::erc20` as a callee's revert.
    /// # Source
    /// intents.md §3.2
    pub enum Error {
        /// Only the Portal that deployed this very vault commands it.
        NotPortalCaller(caller),
        /// The claimant refused the native reward.
        NativeTransferFailed(recipient, amount),
    }
}
