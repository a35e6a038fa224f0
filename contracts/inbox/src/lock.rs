//! The lock of `prove`: held while a prover is being called.
//!
//! It lies in transient storage, the 200 gas of which are a tenth of what a slot of the state would cost, and which
//! the end of the transaction clears if nothing else does. It is released all the same, because one transaction may
//! prove twice in a row; and a call that reverts takes its lock back with it.

use alloy_primitives::B256;
use stylus_sdk::stylus_core::Host;

/// Where the lock lies in the transient storage of the account; nothing else of ours lies there.
const KEY: B256 = B256::ZERO;
const HELD: B256 = B256::with_last_byte(1);
const FREE: B256 = B256::ZERO;

/// Takes the lock; false if it is held already.
#[must_use]
pub(crate) fn acquire<H: Host + ?Sized>(host: &H) -> bool {
    let free = load(host) == FREE;
    if free {
        store(host, HELD);
    }
    free
}

/// Gives the lock back.
pub(crate) fn release<H: Host + ?Sized>(host: &H) {
    store(host, FREE);
}

#[cfg(target_arch = "wasm32")]
#[link(wasm_import_module = "vm_hooks")]
unsafe extern "C" {
    fn transient_load_bytes32(key: *const u8, value: *mut u8);
    fn transient_store_bytes32(key: *const u8, value: *const u8);
}

#[cfg(target_arch = "wasm32")]
fn load<H: Host + ?Sized>(_: &H) -> B256 {
    let mut value = B256::ZERO;
    // SAFETY: the host reads 32 bytes at the first pointer and writes 32 at the second; both are 32 bytes of ours.
    unsafe { transient_load_bytes32(KEY.as_ptr(), value.as_mut_ptr()) };
    value
}

#[cfg(target_arch = "wasm32")]
fn store<H: Host + ?Sized>(_: &H, value: B256) {
    // SAFETY: the host reads 32 bytes at either pointer.
    unsafe { transient_store_bytes32(KEY.as_ptr(), value.as_ptr()) };
}

// The SDK's `Host` knows no transient storage, and a native build is only ever a test: there a slot of the state that
// nothing else uses does the same within a transaction.
#[cfg(not(target_arch = "wasm32"))]
fn slot() -> alloy_primitives::U256 {
    alloy_primitives::U256::MAX
}

#[cfg(not(target_arch = "wasm32"))]
fn load<H: Host + ?Sized>(host: &H) -> B256 {
    host.storage_load_bytes32(slot())
}

#[cfg(not(target_arch = "wasm32"))]
fn store<H: Host + ?Sized>(host: &H, value: B256) {
    let _ = KEY;
    // SAFETY: no other storage is at this slot.
    unsafe { host.storage_cache_bytes32(slot(), value) };
    host.flush_cache(false);
}
