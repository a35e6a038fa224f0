//! Typed storage slots, one word each.
//!
//! The SDK's accessors slice words at offsets that only the machine knows, so each brings panics and their texts into
//! the program: a kilobyte of data, for which every call pays. A word that is packed by its own type has neither, and
//! is read and written whole.

use core::marker::PhantomData;

use alloy_primitives::{Address, B256, U256, keccak256};
use interfaces::intents::Status;
use stylus_sdk::{
    host::VM,
    storage::{StorageGuard, StorageGuardMut, StorageType},
    stylus_core::StorageAccess,
};

use crate::abi;

/// A value that fits one slot. Zero must unpack to the value of a slot that was never written.
pub trait Packed: Copy {
    /// The value in a word.
    fn unpack(word: B256) -> Self;

    /// The word of a value.
    fn pack(self) -> B256;
}

/// A slot that holds a `T` and nothing else; for fields of a `#[storage]` struct and values of a `StorageMap`.
#[derive(Debug)]
pub struct Slot<T> {
    slot: U256,
    host: VM,
    value: PhantomData<T>,
}

impl<T: Packed> Slot<T> {
    /// The stored value.
    pub fn get(&self) -> T {
        T::unpack(self.host.storage_load_bytes32(self.slot))
    }

    /// Stores a value.
    pub fn set(&mut self, value: T) {
        // SAFETY: `&mut self` is the only accessor of the slot, and it keeps no copy of what is in it.
        unsafe { self.host.storage_cache_bytes32(self.slot, value.pack()) }
    }
}

impl<T: Packed> StorageType for Slot<T> {
    type Wraps<'a>
        = StorageGuard<'a, Self>
    where
        Self: 'a;
    type WrapsMut<'a>
        = StorageGuardMut<'a, Self>
    where
        Self: 'a;

    unsafe fn new(slot: U256, _offset: u8, host: VM) -> Self {
        Self { slot, host, value: PhantomData }
    }

    fn load<'s>(self) -> Self::Wraps<'s>
    where
        Self: 's,
    {
        StorageGuard::new(self)
    }

    fn load_mut<'s>(self) -> Self::WrapsMut<'s>
    where
        Self: 's,
    {
        StorageGuardMut::new(self)
    }
}

/// A map of words to values of one slot each, laid out as Solidity's `mapping(bytes32 => …)`.
#[derive(Debug)]
pub struct SlotMap<T> {
    root: B256,
    host: VM,
    value: PhantomData<T>,
}

impl<T: Packed> SlotMap<T> {
    /// The value stored for `key`.
    pub fn get(&self, key: B256) -> T {
        T::unpack(self.host.storage_load_bytes32(slot_of(self.root, key)))
    }

    /// Stores a value for `key`.
    pub fn insert(&mut self, key: B256, value: T) {
        // SAFETY: `&mut self` is the only accessor of the map, and it keeps no copy of what is in it.
        unsafe { self.host.storage_cache_bytes32(slot_of(self.root, key), value.pack()) }
    }
}

impl<T: Packed> StorageType for SlotMap<T> {
    type Wraps<'a>
        = StorageGuard<'a, Self>
    where
        Self: 'a;
    type WrapsMut<'a>
        = StorageGuardMut<'a, Self>
    where
        Self: 'a;

    unsafe fn new(slot: U256, _offset: u8, host: VM) -> Self {
        Self { root: slot.into(), host, value: PhantomData }
    }

    fn load<'s>(self) -> Self::Wraps<'s>
    where
        Self: 's,
    {
        StorageGuard::new(self)
    }

    fn load_mut<'s>(self) -> Self::WrapsMut<'s>
    where
        Self: 's,
    {
        StorageGuardMut::new(self)
    }
}

#[inline(never)]
fn slot_of(root: B256, key: B256) -> U256 {
    abi::to_uint(&keccak256(key.concat_const::<32, 64>(root)).0)
}

impl Packed for B256 {
    fn unpack(word: B256) -> Self {
        word
    }

    fn pack(self) -> B256 {
        self
    }
}

impl Packed for U256 {
    fn unpack(word: B256) -> Self {
        word.into()
    }

    fn pack(self) -> B256 {
        self.into()
    }
}

impl Packed for Address {
    fn unpack(word: B256) -> Self {
        Self::from_word(word)
    }

    fn pack(self) -> B256 {
        self.into_word()
    }
}

impl Packed for u64 {
    fn unpack(word: B256) -> Self {
        let [.., a, b, c, d, e, f, g, h] = word.0;
        Self::from_be_bytes([a, b, c, d, e, f, g, h])
    }

    fn pack(self) -> B256 {
        U256::from(self).into()
    }
}

impl Packed for Status {
    fn unpack(word: B256) -> Self {
        let [.., status] = word.0;
        match status {
            1 => Self::Funded,
            2 => Self::Withdrawn,
            3 => Self::Refunded,
            _ => Self::Initial,
        }
    }

    fn pack(self) -> B256 {
        B256::with_last_byte(self as u8)
    }
}

impl Packed for bool {
    fn unpack(word: B256) -> Self {
        !word.is_zero()
    }

    fn pack(self) -> B256 {
        B256::with_last_byte(u8::from(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_identity<T: Packed + PartialEq + core::fmt::Debug>(value: T) {
        assert_eq!(T::unpack(value.pack()), value);
    }

    #[test]
    fn unpacking_is_the_inverse_of_packing() {
        assert_identity(B256::repeat_byte(7));
        assert_identity(U256::MAX);
        assert_identity(Address::repeat_byte(9));
        assert_identity(u64::MAX);
        assert_identity(0x0102_0304_0506_0708_u64);
        assert_identity(true);
        assert_identity(false);
        for status in [Status::Initial, Status::Funded, Status::Withdrawn, Status::Refunded] {
            assert_identity(status);
        }
    }

    #[test]
    fn words_are_those_of_solidity() {
        assert_eq!(u64::MAX.pack(), B256::from(U256::from(u64::MAX)));
        assert_eq!(true.pack(), B256::from(U256::ONE));
        assert_eq!(Address::repeat_byte(9).pack(), Address::repeat_byte(9).into_word());
    }

    #[test]
    fn a_slot_that_was_never_written_is_zero() {
        assert_eq!(U256::unpack(B256::ZERO), U256::ZERO);
        assert!(!bool::unpack(B256::ZERO));
        assert_eq!(Status::unpack(B256::ZERO), Status::Initial);
    }
}
