//! Calls as Solidity makes them: code is tested where Solidity tests it, revert data is passed up.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, KECCAK256_EMPTY, U256};
use stylus_sdk::{
    call::RawCall,
    host::VM,
    stylus_core::{AccountAccess, MessageAccess},
};

use crate::abi;

/// What a callee said when it reverted; possibly nothing.
///
/// As a variant of a contract's error enum it reverts with the same bytes, so that the caller learns the cause.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revert(pub Vec<u8>);

impl Revert {
    /// The revert without data, as Solidity's own checks make it.
    pub const EMPTY: Self = Self(Vec::new());

    /// The revert that Solidity's `require` makes: `Error(string)`.
    #[inline(never)]
    pub fn reason(text: &str) -> Self {
        let mut data = Vec::with_capacity(abi::bytes_size(text.as_bytes()).wrapping_add(36));
        data.extend_from_slice(&[0x08, 0xc3, 0x79, 0xa0]);
        abi::number(&mut data, 32);
        abi::bytes(&mut data, text.as_bytes());
        Self(data)
    }
}

impl From<Revert> for Vec<u8> {
    fn from(revert: Revert) -> Self {
        revert.0
    }
}

/// Whether an account has code; a call to one without succeeds and does nothing.
///
/// The hash is asked for instead of the size: the size costs 700 gas more, because the host loads the code for it, and
/// is remembered within a call, where the hash is always the one of now.
/// # Source
/// stylus-vm.md §6.2, §6.6
pub fn has_code(host: &VM, account: Address) -> bool {
    let hash = host.code_hash(account);
    // Zero for an account that does not exist at all.
    hash != KECCAK256_EMPTY && !hash.is_zero()
}

/// Passes only calls without value: `None`, the empty revert, for the others.
///
/// Each function that is not payable asks this itself, as in Solidity.
pub fn refuse_value(host: &VM) -> Option<()> {
    host.msg_value().is_zero().then_some(())
}

/// No wei, for [`call`] and its like. Not inlined, or its zeros would be data, of which each byte costs gas in every
/// call of the program.
/// # Source
/// stylus-vm.md §2.4
#[inline(never)]
pub fn no_value() -> U256 {
    U256::ZERO
}

/// Calls a contract with all gas, as a high-level call in Solidity does.
///
/// The storage cache is written and dropped first, so a nested call sees our state and we see its.
/// # Errors
/// Empty for an account without code; else what the callee reverted with.
/// # Re-entrancy
/// The callee may call anything.
pub fn call(host: &VM, to: Address, value: U256, data: &[u8]) -> Result<Vec<u8>, Revert> {
    if !has_code(host, to) {
        return Err(Revert::EMPTY);
    }
    call_code(host, to, value, data)
}

/// As [`call`], of an account that is known to have code, or whose answer the caller reads: where there is no code,
/// there is no answer.
/// # Errors
/// What the callee reverted with.
/// # Re-entrancy
/// The callee may call anything.
#[inline(never)]
pub fn call_code(host: &VM, to: Address, value: U256, data: &[u8]) -> Result<Vec<u8>, Revert> {
    // SAFETY: the cache is dropped, and no storage guard of a caller lives across this `&VM` call.
    unsafe { RawCall::new_with_value(host, value).clear_storage_cache().call(to, data) }
        .map_err(Revert)
}

/// Reads another contract with all gas.
///
/// The storage cache is written but kept: a static frame changes nothing. An account without code answers nothing, so
/// it is not asked for its code: whoever needs an answer sees that it is too short, as Solidity's decoder does.
/// # Errors
/// What the callee reverted with.
#[inline(never)]
pub fn static_call(host: &VM, to: Address, data: &[u8]) -> Result<Vec<u8>, Revert> {
    // SAFETY: a static frame cannot write storage.
    unsafe { RawCall::new_static(host).flush_storage_cache().call(to, data) }.map_err(Revert)
}

/// Reads the first word that another contract answers.
/// # Errors
/// As [`static_call`]; empty for an answer shorter than a word.
pub fn static_call_word(host: &VM, to: Address, data: &[u8]) -> Result<B256, Revert> {
    let output = static_call(host, to, data)?;
    output.first_chunk::<32>().map(|word| B256::new(*word)).ok_or(Revert::EMPTY)
}
