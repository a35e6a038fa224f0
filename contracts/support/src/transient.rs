//! Transient storage (EIP-1153): words that last until the end of the transaction, and cost 100 gas.
//!
//! The SDK has no accessor, so this declares the host's functions itself. Unlike its storage, they have no cache: what
//! is written is seen at once, by nested frames too. A frame that reverts takes its writes along.
//! Spec: stylus-vm.md §6.2.
//!
//! Off the chain there is no host to declare; there, words are kept in the storage of the host they are asked of, under
//! keys that `testing` knows and clears with the transaction.

use alloy_primitives::B256;
use stylus_sdk::host::VM;

#[cfg(target_arch = "wasm32")]
mod host {
    #[link(wasm_import_module = "vm_hooks")]
    unsafe extern "C" {
        pub(super) fn transient_load_bytes32(key: *const u8, dest: *mut u8);
        pub(super) fn transient_store_bytes32(key: *const u8, value: *const u8);
    }
}

/// The word stored under `key` in this transaction; zero if there is none.
#[cfg(target_arch = "wasm32")]
pub fn load(_host: &VM, key: B256) -> B256 {
    let mut word = B256::ZERO;
    // SAFETY: both pointers are to 32 bytes, which is what the host reads and writes.
    unsafe { host::transient_load_bytes32(key.as_ptr(), word.as_mut_ptr()) };
    word
}

/// Stores a word for the rest of the transaction.
#[cfg(target_arch = "wasm32")]
pub fn store(_host: &VM, key: B256, word: B256) {
    // SAFETY: both pointers are to 32 bytes, which is what the host reads.
    unsafe { host::transient_store_bytes32(key.as_ptr(), word.as_ptr()) };
}

/// How the keys of transient words begin off the chain.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) const MARK: [u8; 8] = *b"transien";

/// The word stored under `key` in this transaction; zero if there is none.
#[cfg(not(target_arch = "wasm32"))]
pub fn load(host: &VM, key: B256) -> B256 {
    use stylus_sdk::stylus_core::StorageAccess;

    host.storage_load_bytes32(marked(key))
}

/// Stores a word for the rest of the transaction.
#[cfg(not(target_arch = "wasm32"))]
pub fn store(host: &VM, key: B256, word: B256) {
    use stylus_sdk::stylus_core::StorageAccess;

    // SAFETY: nothing else keeps words under marked keys.
    unsafe { host.storage_cache_bytes32(marked(key), word) };
}

#[cfg(not(target_arch = "wasm32"))]
fn marked(key: B256) -> alloy_primitives::U256 {
    let [_, _, _, _, _, _, _, _, rest @ ..] = key.0;
    let rest = alloy_primitives::FixedBytes::<24>::from(rest);
    alloy_primitives::FixedBytes::<8>::from(MARK).concat_const::<24, 32>(rest).into()
}
