//! The lock of `prove`: held while a prover is being called.
//!
//! It lies in transient storage, which costs 100 gas a touch, a fraction of what a slot of the state would, and which
//! the end of the transaction clears if nothing else does. It is released all the same, because one transaction may
//! prove twice in a row; and a call that reverts takes its lock back with it.

use stylus_sdk::host::VM;

/// Takes the lock; false if it is held already.
#[must_use]
pub(crate) fn acquire(host: &VM) -> bool {
    let free = !is_held(host);
    if free {
        set(host, true);
    }
    free
}

/// Gives the lock back.
pub(crate) fn release(host: &VM) {
    set(host, false);
}

#[cfg(target_arch = "wasm32")]
#[link(wasm_import_module = "vm_hooks")]
unsafe extern "C" {
    fn transient_load_bytes32(key: *const u8, value: *mut u8);
    fn transient_store_bytes32(key: *const u8, value: *const u8);
}

/// Where the lock lies in the transient storage of the account; nothing else of ours lies there.
///
/// A function, and not inlined, or its zeros would be data, of which each byte costs gas in every call.
#[cfg(target_arch = "wasm32")]
#[inline(never)]
fn key() -> [u8; 32] {
    [0; 32]
}

#[cfg(target_arch = "wasm32")]
fn is_held(_: &VM) -> bool {
    let (key, mut value) = (key(), [0; 32]);
    // SAFETY: the host reads 32 bytes at the first pointer and writes 32 at the second; both are 32 bytes of ours.
    unsafe { transient_load_bytes32(key.as_ptr(), value.as_mut_ptr()) };
    value[31] != 0
}

#[cfg(target_arch = "wasm32")]
#[inline(never)]
fn set(_: &VM, held: bool) {
    let (key, mut value) = (key(), [0; 32]);
    value[31] = u8::from(held);
    // SAFETY: the host reads 32 bytes at either pointer.
    unsafe { transient_store_bytes32(key.as_ptr(), value.as_ptr()) };
}

/// The SDK's host knows no transient storage, and a native build is only ever a test: there a slot of the state that
/// nothing else uses does the same within a transaction.
#[cfg(not(target_arch = "wasm32"))]
const SLOT: alloy_primitives::U256 = alloy_primitives::U256::MAX;

#[cfg(not(target_arch = "wasm32"))]
fn is_held(host: &VM) -> bool {
    use stylus_sdk::stylus_core::StorageAccess;
    !host.storage_load_bytes32(SLOT).is_zero()
}

#[cfg(not(target_arch = "wasm32"))]
fn set(host: &VM, held: bool) {
    use stylus_sdk::stylus_core::StorageAccess;
    let value = alloy_primitives::B256::with_last_byte(held.into());
    // SAFETY: no accessor of the contract's is at this slot.
    unsafe { host.storage_cache_bytes32(SLOT, value) };
    host.flush_cache(false);
}
