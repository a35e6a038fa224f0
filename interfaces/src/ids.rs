//! Names of chains: the bridge's `Domain` and the protocol's `ChainId`, alike and never mixed.

/// A messaging domain: a non-zero 32-bit number that the Metalayer deployment gives to a chain.
///
/// It is *not* the chain id, and neither can be derived from the other; an explicit table maps them.
/// # Source
/// messaging.md §1.2
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Domain(pub u32);

/// The protocol's number of a chain: the EVM chain id for EVM chains, other 64-bit numbers for others.
/// # Source
/// intents.md §1.1
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainId(pub u64);

impl Domain {
    /// The reserved "no domain".
    pub const NONE: Self = Self(0);

    /// The four big-endian bytes used on the wire.
    pub const fn to_be_bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }
}

impl ChainId {
    /// The eight big-endian bytes used in hashes and proof messages.
    pub const fn to_be_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }
}
