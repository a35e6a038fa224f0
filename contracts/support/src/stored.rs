//! Bytes kept as the code of an account: for lists that are read often and changed seldom.
//!
//! A cold storage slot costs 2,100 gas and holds one address; code costs 3,300 gas whatever is in it, so from the second
//! slot on it is cheaper to read. Writing creates an account, at 32,000 gas and 200 a byte, and leaves the old one behind.
//!
//! The code is a zero byte and the bytes: `STOP`, so that nobody can make the account do anything, and no prefix that
//! a chain reserves (EIP-3541). Init code, ten bytes in front of it:
//! ```text
//! 00  61 <n>     PUSH2 n           n            size of the code
//! 03  80         DUP1              n n
//! 04  60 0a      PUSH1 0a          10 n n       where it begins
//! 06  5f         PUSH0             0 10 n n
//! 07  39         CODECOPY          n
//! 08  5f         PUSH0             0 n
//! 09  f3         RETURN
//! ```
//! Spec: stylus-vm.md §6.2, §6.5, §6.6.

use alloc::vec::Vec;

use alloy_primitives::Address;
use stylus_sdk::{host::VM, stylus_core::AccountAccess};

use crate::{Revert, create::create};

/// Bytes of the init code in front of the code.
pub(crate) const PRELUDE: usize = 10;

/// Creates an account whose code holds `bytes`.
/// # Errors
/// Empty for more bytes than an account's code can hold.
pub fn store(host: &VM, bytes: &[u8]) -> Result<Address, Revert> {
    // In memory, so far from the limit of `usize`; what does not fit two bytes does not fit an account either.
    let size = u16::try_from(bytes.len().wrapping_add(1)).map_err(|_| Revert::EMPTY)?;
    let [high, low] = size.to_be_bytes();
    let mut init_code = Vec::with_capacity(bytes.len().wrapping_add(PRELUDE).wrapping_add(1));
    init_code.extend_from_slice(&[0x61, high, low, 0x80, 0x60, PRELUDE as u8, 0x5f, 0x39, 0x5f]);
    init_code.extend_from_slice(&[0xf3, 0x00]);
    init_code.extend_from_slice(bytes);
    create(host, &init_code)
}

/// The code of an account that [`store`] created.
#[derive(Debug)]
pub struct Stored(Vec<u8>);

impl Stored {
    /// The bytes that were stored; none in an account without code.
    pub fn bytes(&self) -> &[u8] {
        self.0.get(1..).unwrap_or_default()
    }
}

/// What [`store`] put into an account.
pub fn load(host: &VM, account: Address) -> Stored {
    Stored(host.code(account))
}
