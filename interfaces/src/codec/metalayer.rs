//! The message between two Metalayer routers. Spec: messaging.md §5.2.

use alloc::vec::Vec;
use alloy_primitives::{Address, B256};

use super::Reader;
use crate::args::ReadView;
use crate::hash::{Preimage, keccak};
use crate::ids::Domain;
use crate::metalayer::FinalityState;

/// The part of a Metalayer message in front of its reads.
/// # Source
/// messaging.md §5.2
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetalayerHeader {
    /// [`VERSION`](Self::VERSION) in every message of ours; the decoder reads any, the router refuses others.
    pub version: u8,
    /// Which validators must have signed.
    pub finality: FinalityState,
    /// Counter of the sending router.
    pub nonce: u32,
    /// Where it was dispatched.
    pub origin: Domain,
    /// The application that called the router.
    pub sender: B256,
    /// Where it is delivered.
    pub destination: Domain,
    /// The application that handles it.
    pub recipient: B256,
}

/// A Metalayer message, its reads and its call data where they lie.
/// # Source
/// messaging.md §5.2
#[derive(Clone, Copy, Debug)]
pub struct MetalayerMessage<'a> {
    /// Who sends what kind of message to whom.
    pub header: MetalayerHeader,
    /// What must be read on other chains.
    pub reads: PackedReads<'a>,
    /// What the recipient gets.
    pub write_call_data: &'a [u8],
}

/// Why bytes are no Metalayer message; the number is the argument of `MalformedMessage`.
/// # Source
/// messaging.md §5.2
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Malformed {
    /// Shorter than the header.
    TooShort = 1,
    /// A finality flag above 2.
    BadFinality = 2,
    /// Ends inside the read count.
    TruncatedReadCount = 3,
    /// More than 16 reads.
    TooManyReads = 4,
    /// Ends inside the fixed part of a read.
    TruncatedReadHeader = 5,
    /// The call data of a read is longer than what is left.
    TruncatedReadCalldata = 6,
}

impl Malformed {
    /// The argument of `MalformedMessage`.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// The reads of a message, packed.
#[derive(Clone, Copy, Debug)]
pub struct PackedReads<'a> {
    length: usize,
    bytes: &'a [u8],
}

impl MetalayerHeader {
    /// The version of every message of ours.
    pub const VERSION: u8 = 3;
    /// Bytes of the header.
    pub const SIZE: usize = 78;
    /// Most reads of a message.
    pub const MAX_READS: usize = 16;
    /// Bytes of a read in front of its call data.
    pub const READ_HEADER: usize = 28;

    /// Size of the message that [`encode`](Self::encode) makes; `None` if it cannot be counted.
    pub fn encoded_len<'r>(
        reads: impl Iterator<Item = ReadView<'r>>,
        write_call_data: &[u8],
    ) -> Option<usize> {
        let mut size = write_call_data.len().checked_add(Self::SIZE + 4)?;
        for read in reads {
            size = size.checked_add(Self::READ_HEADER)?.checked_add(read.call_data.len())?;
        }
        Some(size)
    }

    /// The bytes on the wire.
    ///
    /// - `reads`: at most [`MAX_READS`](Self::MAX_READS), or nobody will decode the message.
    pub fn encode<'r>(
        &self,
        reads: impl Iterator<Item = ReadView<'r>> + Clone,
        write_call_data: &[u8],
    ) -> Vec<u8> {
        let size = Self::encoded_len(reads.clone(), write_call_data).unwrap_or_default();
        let mut out = Vec::with_capacity(size);
        self.encode_into(&mut out, reads, write_call_data);
        out
    }

    /// Appends what [`encode`](Self::encode) makes, for a message inside of something larger.
    pub fn encode_into<'r>(
        &self,
        out: &mut Vec<u8>,
        reads: impl Iterator<Item = ReadView<'r>> + Clone,
        write_call_data: &[u8],
    ) {
        out.push(self.version);
        out.push(self.finality as u8);
        out.extend_from_slice(&self.nonce.to_be_bytes());
        out.extend_from_slice(&self.origin.to_be_bytes());
        out.extend_from_slice(self.sender.as_slice());
        out.extend_from_slice(&self.destination.to_be_bytes());
        out.extend_from_slice(self.recipient.as_slice());
        out.extend_from_slice(&(reads.clone().count() as u32).to_be_bytes());
        for read in reads {
            out.extend_from_slice(&read.domain.to_be_bytes());
            out.extend_from_slice(read.target.as_slice());
            out.extend_from_slice(&(read.call_data.len() as u32).to_be_bytes());
            out.extend_from_slice(read.call_data);
        }
        out.extend_from_slice(write_call_data);
    }
}

impl<'a> MetalayerMessage<'a> {
    /// Reads a message: total, and strict.
    /// # Errors
    /// [`Malformed`], the first check that fails, in the order of the codes.
    pub fn decode(message: &'a [u8]) -> Result<Self, Malformed> {
        let (header, rest) =
            message.split_first_chunk::<{ MetalayerHeader::SIZE }>().ok_or(Malformed::TooShort)?;
        let header = decode_header(header).ok_or(Malformed::BadFinality)?;
        let mut reader = Reader(rest);
        let count = reader.u32().ok_or(Malformed::TruncatedReadCount)?;
        if count > MetalayerHeader::MAX_READS as u32 {
            return Err(Malformed::TooManyReads);
        }
        let packed = reader.0;
        for _ in 0..count {
            let fixed = reader.take::<{ MetalayerHeader::READ_HEADER }>();
            let [.., a, b, c, d] = *fixed.ok_or(Malformed::TruncatedReadHeader)?;
            let length = u32::from_be_bytes([a, b, c, d]) as usize;
            reader.bytes(length).ok_or(Malformed::TruncatedReadCalldata)?;
        }
        Ok(Self {
            header,
            reads: PackedReads { length: count as usize, bytes: packed },
            write_call_data: reader.0,
        })
    }

    /// The bytes on the wire.
    pub fn encode(&self) -> Vec<u8> {
        self.header.encode(self.reads.iter(), self.write_call_data)
    }

    /// Metalayer id of an encoded message.
    pub fn id_of(message: &[u8]) -> B256 {
        keccak(message)
    }

    /// Key under which a router remembers that it delivered a message; a replaced origin router has keys of its own.
    ///
    /// - `router`: the router on the origin.
    /// - `id`: the Metalayer id.
    /// # Source
    /// messaging.md §5.4.4
    pub fn processed_key(origin: Domain, router: B256, id: B256) -> B256 {
        let mut preimage = Preimage::<68>::new();
        preimage.push(&origin.to_be_bytes());
        preimage.push(router.as_slice());
        preimage.push(id.as_slice());
        preimage.hash()
    }
}

impl<'a> PackedReads<'a> {
    /// Number of reads.
    pub fn len(self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.length == 0
    }

    /// The reads in order.
    pub fn iter(self) -> impl Iterator<Item = ReadView<'a>> + Clone + use<'a> {
        let mut reader = Reader(self.bytes);
        (0..self.length).map_while(move |_| read(&mut reader))
    }
}

/// `None` for a finality flag above 2.
fn decode_header(header: &[u8; MetalayerHeader::SIZE]) -> Option<MetalayerHeader> {
    let mut reader = Reader(header);
    Some(MetalayerHeader {
        version: reader.u8()?,
        finality: FinalityState::new(reader.u8()?)?,
        nonce: reader.u32()?,
        origin: reader.domain()?,
        sender: reader.word()?,
        destination: reader.domain()?,
        recipient: reader.word()?,
    })
}

fn read<'a>(reader: &mut Reader<'a>) -> Option<ReadView<'a>> {
    let (domain, target) = (reader.domain()?, Address::new(*reader.take()?));
    let length = reader.u32()? as usize;
    Some(ReadView { domain, target, call_data: reader.bytes(length)? })
}
