//! The message of the Mailbox. Spec: messaging.md §1.1.

use alloc::vec::Vec;
use alloy_primitives::B256;

use super::Reader;
use crate::hash::keccak;
use crate::ids::Domain;

/// A Hyperlane message, its body where it lies.
/// # Source
/// messaging.md §1.1
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HyperlaneMessage<'a> {
    /// [`VERSION`](Self::VERSION) for every current Mailbox.
    pub version: u8,
    /// Mailbox nonce of the origin at dispatch.
    pub nonce: u32,
    /// Where it was dispatched.
    pub origin: Domain,
    /// Who dispatched it.
    pub sender: B256,
    /// Where it is to be processed.
    pub destination: Domain,
    /// Who handles it.
    pub recipient: B256,
    /// Opaque.
    pub body: &'a [u8],
}

impl<'a> HyperlaneMessage<'a> {
    /// The only version there is.
    pub const VERSION: u8 = 3;
    /// Bytes in front of the body.
    pub const HEADER: usize = 77;

    /// Reads a message; `None` if it ends inside the header. Any version is read.
    pub fn decode(message: &'a [u8]) -> Option<Self> {
        let mut reader = Reader(message);
        Some(Self {
            version: reader.u8()?,
            nonce: reader.u32()?,
            origin: reader.domain()?,
            sender: reader.word()?,
            destination: reader.domain()?,
            recipient: reader.word()?,
            body: reader.0,
        })
    }

    /// The bytes on the wire.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.body.len().wrapping_add(Self::HEADER));
        out.push(self.version);
        out.extend_from_slice(&self.nonce.to_be_bytes());
        out.extend_from_slice(&self.origin.to_be_bytes());
        out.extend_from_slice(self.sender.as_slice());
        out.extend_from_slice(&self.destination.to_be_bytes());
        out.extend_from_slice(self.recipient.as_slice());
        out.extend_from_slice(self.body);
        out
    }

    /// Message id of an encoded message.
    pub fn id_of(message: &[u8]) -> B256 {
        keccak(message)
    }

    /// Message id.
    pub fn id(&self) -> B256 {
        Self::id_of(&self.encode())
    }
}
