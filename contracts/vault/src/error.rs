//! Every way in which a vault reverts with a reason.

use alloy_sol_types::Panic;
use interfaces::intents::IVault::{NativeTransferFailed, NotPortalCaller, ZeroRecoverTokenBalance};

support::errors! {
    /// Revert reasons of the Vault.
    ///
    /// `SafeERC20FailedOperation` comes out of `support::erc20` as a callee's revert.
    /// # Source
    /// intents.md §3.2, §3.3
    pub enum Error {
        /// Only the Portal that deployed this very vault commands it.
        NotPortalCaller(caller),
        /// The claimant refused the native reward.
        NativeTransferFailed(recipient, amount),
        /// There is nothing of the token to recover.
        ZeroRecoverTokenBalance(token),
        /// A permit delivered more than the leg lacked, which Solidity's checked subtraction refuses (0x11).
        Panic(code),
    }
}
