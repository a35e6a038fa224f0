//! Transfers of the native currency.

use alloy_primitives::{Address, U256};
use stylus_sdk::{call::RawCall, host::VM};

/// Sends native value with all gas and no calldata; tells whether the recipient took it.
///
/// Nothing is called for a zero amount.
/// # Re-entrancy
/// The recipient may call anything; the storage cache is written and dropped first.
#[must_use]
pub fn send(host: &VM, to: Address, amount: U256) -> bool {
    send_with_gas(host, to, amount, u64::MAX)
}

/// Sends native value with the stipend of 2,300 gas and no calldata; tells whether the recipient took it.
///
/// Nothing is called for a zero amount.
/// # Source
/// intents.md §2.5, fund core step 3
#[must_use]
pub fn send_with_stipend(host: &VM, to: Address, amount: U256) -> bool {
    // The VM adds the stipend to the gas asked for when value moves, so none is asked for.
    send_with_gas(host, to, amount, 0)
}

#[inline(never)]
fn send_with_gas(host: &VM, to: Address, amount: U256, gas: u64) -> bool {
    if amount.is_zero() {
        return true;
    }
    // SAFETY: the cache is dropped, and no storage guard of a caller lives across this `&VM` call.
    unsafe {
        RawCall::new_with_value(host, amount)
            .gas(gas)
            .skip_return_data()
            .clear_storage_cache()
            .call(to, &[])
    }
    .is_ok()
}
