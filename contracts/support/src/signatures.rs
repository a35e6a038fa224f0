//! Who signed: the curve, by Ethereum's precompile.

use alloy_primitives::{Address, B256, address};
use interfaces::codec::Signature;
use stylus_sdk::{call::RawCall, host::VM};

/// Ethereum's `ecrecover`.
pub const ECRECOVER: Address = address!("0x0000000000000000000000000000000000000001");

/// [`ECRECOVER`], out of the code: in the data it would cost 15 gas on every call (stylus-vm.md §2.4).
#[inline(never)]
pub fn ecrecover() -> Address {
    Address::with_last_byte(1)
}

/// The account whose key signed `digest`; `None` if no key could have.
///
/// The precompile takes a signature with a high s, or with a v that it does not know, as it finds it; both are for the
/// caller to check.
/// # Source
/// messaging.md §5.3
#[inline(never)]
pub fn recover(host: &VM, digest: B256, signature: &Signature) -> Option<Address> {
    let mut input = [0; 128];
    let (words, _) = input.as_chunks_mut::<32>();
    let v = B256::with_last_byte(signature.v);
    for (word, value) in words.iter_mut().zip([digest, v, signature.r, signature.s]) {
        *word = value.0;
    }
    // SAFETY: a precompile has no storage to share with us, and a static frame writes none.
    let output = unsafe { RawCall::new_static(host).call(ecrecover(), &input) }.ok()?;
    // It answers nothing at all for a signature that no key makes.
    output.first_chunk::<32>().map(|word| Address::from_word(B256::new(*word)))
}
