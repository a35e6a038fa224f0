//! What a router tells the router of a message's origin: that it was delivered.
//!
//! A design of ours, described in `contracts/metalayer-router/README.md`.

use alloy_primitives::B256;

use super::Reader;

/// The call data of a receipt, which is a Metalayer message from one router to the other.
///
/// `u8 1 ‖ bytes32 message id ‖ bytes32 recipient`: delivered is all that can be confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Metalayer id of the message that was delivered.
    pub message_id: B256,
    /// Whom it was delivered to.
    pub recipient: B256,
}

impl Receipt {
    /// Bytes of a receipt.
    pub const SIZE: usize = 65;
    /// The only kind there is.
    const DELIVERED: u8 = 1;

    /// Reads a receipt; `None` for anything but one, whole and alone.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let kind = reader.u8()?;
        let receipt = Self { message_id: reader.word()?, recipient: reader.word()? };
        (kind == Self::DELIVERED && reader.0.is_empty()).then_some(receipt)
    }

    /// The bytes on the wire.
    pub fn encode(&self) -> [u8; Self::SIZE] {
        let mut out = [Self::DELIVERED; Self::SIZE];
        let (_, words) = out.split_at_mut(1);
        let (words, _) = words.as_chunks_mut::<32>();
        for (place, word) in words.iter_mut().zip([self.message_id, self.recipient]) {
            *place = word.0;
        }
        out
    }
}
