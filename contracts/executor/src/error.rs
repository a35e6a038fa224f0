//! What the Executor reverts with.

use alloc::vec::Vec;

use alloy_sol_types::SolError;
use interfaces::{
    args::CallView,
    intents::IExecutor::{CallFailed, CallToEOA, NonPortalCaller},
};
use support::{Revert, abi};

support::errors! {
    /// Reverts of the Executor; `Callee` is a [`call_failed`].
    /// # Source
    /// intents.md §4.1
    pub enum Error {
        /// The caller did not create this Executor.
        NonPortalCaller(caller),
        /// Calldata for an account without code.
        CallToEOA(target),
    }
}

/// `CallFailed`, written straight from the views: the struct of alloy's would own copies of call and reason, and bring
/// two kilobytes of code along.
///
/// - `reason`: what the callee reverted with.
pub(crate) fn call_failed(call: &CallView<'_>, reason: &[u8]) -> Revert {
    // In front of the reason: its own offset and the call's, and the call: three words and its data.
    let reason_offset = abi::bytes_size(call.data).wrapping_add(5 * 32);
    let size = reason_offset.wrapping_add(abi::bytes_size(reason)).wrapping_add(4);
    let mut data = Vec::with_capacity(size);
    data.extend_from_slice(&CallFailed::SELECTOR);
    abi::number(&mut data, 2 * 32);
    abi::number(&mut data, reason_offset);
    abi::word(&mut data, &call.target.into_word().0);
    abi::number(&mut data, 3 * 32);
    abi::word(&mut data, &abi::to_word(call.value).0);
    abi::bytes(&mut data, call.data);
    abi::bytes(&mut data, reason);
    Revert(data)
}
