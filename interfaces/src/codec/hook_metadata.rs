//! Hyperlane's standard hook metadata. Spec: messaging.md §2.2, intents.md §6.3.

use alloy_primitives::{Address, U256};

use super::Reader;

const SIZE: usize = 86;

/// What a sender tells the hooks. A field that the metadata ends before, or inside of, is `None`: the hook's default.
/// # Source
/// messaging.md §2.2
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HookMetadata<'a> {
    /// [`VARIANT`](Self::VARIANT); 0 when it is missing.
    pub variant: u16,
    /// Wei for the recipient; only hooks of native bridges read it.
    pub value: Option<U256>,
    /// Gas on the destination; the paymaster takes 50 000 if it is missing.
    pub gas_limit: Option<U256>,
    /// Who gets back what the hook does not need; the message's sender if it is missing.
    pub refund: Option<Address>,
    /// What follows. From 20 bytes on, Hyperlane 12 takes the first 20 for a fee token.
    pub custom: &'a [u8],
}

impl<'a> HookMetadata<'a> {
    /// The only variant.
    pub const VARIANT: u16 = 1;
    /// Bytes without custom ones.
    pub const SIZE: usize = SIZE;

    /// Reads metadata of any length.
    pub fn decode(metadata: &'a [u8]) -> Self {
        let mut reader = Reader(metadata);
        let mut partial =
            Self { variant: 0, value: None, gas_limit: None, refund: None, custom: &[] };
        let _complete = partial.fill(&mut reader);
        partial
    }

    /// Whether a hook that is no routing hook accepts the metadata: empty, or of the one variant.
    pub fn is_supported(metadata: &[u8]) -> bool {
        metadata.is_empty() || HookMetadata::decode(metadata).variant == Self::VARIANT
    }

    /// The token that Hyperlane 12 charges instead of native currency.
    pub fn fee_token(&self) -> Option<Address> {
        Reader(self.custom).take().copied().map(Address::new)
    }

    /// Complete metadata without custom bytes.
    ///
    /// - `refund`: who gets back what the hooks do not need.
    pub fn encode(value: U256, gas_limit: U256, refund: Address) -> [u8; SIZE] {
        let mut out = [0; SIZE];
        out[..2].copy_from_slice(&Self::VARIANT.to_be_bytes());
        out[2..34].copy_from_slice(&value.to_be_bytes::<32>());
        out[34..66].copy_from_slice(&gas_limit.to_be_bytes::<32>());
        out[66..].copy_from_slice(refund.as_slice());
        out
    }

    /// Fills the fields that are there.
    fn fill(&mut self, reader: &mut Reader<'a>) -> Option<()> {
        self.variant = u16::from_be_bytes(*reader.take()?);
        self.value = Some(reader.u256()?);
        self.gas_limit = Some(reader.u256()?);
        self.refund = Some(Address::new(*reader.take()?));
        self.custom = reader.0;
        Some(())
    }
}
