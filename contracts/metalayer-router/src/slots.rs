//! What is packed into the router's slots.
//!
//! Packing is a few hundred bytes of code, and done in many places: `inline(never)` keeps it to one copy each.

use alloy_primitives::{Address, B256, FixedBytes};
use interfaces::{Domain, codec::MetalayerHeader, metalayer::FinalityState};
use support::Packed;

/// All that delivering a message needs of the configuration, and half of what sending one needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Core {
    /// Zero until the router is initialised.
    pub(crate) mailbox: Address,
    /// Number of the next message.
    pub(crate) nonce: u32,
    /// Read once from the Mailbox.
    pub(crate) local_domain: Domain,
    pub(crate) paused: bool,
    /// Bit `f` is set when messages may be sent with finality `f`.
    pub(crate) finalities: u8,
    pub(crate) max_reads: u8,
}

impl Core {
    /// INSTANT and FINALIZED; nobody signs for ESPRESSO yet.
    pub(crate) const DEFAULT_FINALITIES: u8 =
        Self::bit(FinalityState::Instant) | Self::bit(FinalityState::Finalized);

    pub(crate) const DEFAULT_MAX_READS: u8 = MetalayerHeader::MAX_READS as u8;

    pub(crate) const fn bit(finality: FinalityState) -> u8 {
        match finality {
            FinalityState::Instant => 1,
            FinalityState::Finalized => 2,
            FinalityState::Espresso => 4,
        }
    }
}

/// Nonce, domain, pause, finalities, reads, a spare byte, mailbox.
impl Packed for Core {
    #[inline(never)]
    fn unpack(word: B256) -> Self {
        let [n0, n1, n2, n3, d0, d1, d2, d3, paused, finalities, max_reads, ..] = word.0;
        Self {
            mailbox: Address::from_word(word),
            nonce: u32::from_be_bytes([n0, n1, n2, n3]),
            local_domain: Domain(u32::from_be_bytes([d0, d1, d2, d3])),
            paused: paused != 0,
            finalities,
            max_reads,
        }
    }

    #[inline(never)]
    fn pack(self) -> B256 {
        let flags = [u8::from(self.paused), self.finalities, self.max_reads, 0];
        FixedBytes(self.nonce.to_be_bytes())
            .concat_const::<4, 8>(FixedBytes(self.local_domain.to_be_bytes()))
            .concat_const::<4, 12>(FixedBytes(flags))
            .concat_const::<20, 32>(self.mailbox.0)
    }
}

/// The other half of what sending a message needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sending {
    /// Passed to the Mailbox; zero stands for the Mailbox's default hook.
    pub(crate) hook: Address,
    pub(crate) max_gas_limit: u64,
    pub(crate) max_message_bytes: u32,
}

impl Sending {
    pub(crate) const DEFAULT: Self =
        Self { hook: Address::ZERO, max_gas_limit: 30_000_000, max_message_bytes: 32_768 };
}

/// Gas, bytes, hook.
impl Packed for Sending {
    #[inline(never)]
    fn unpack(word: B256) -> Self {
        let [a, b, c, d, e, f, g, h, b0, b1, b2, b3, ..] = word.0;
        Self {
            hook: Address::from_word(word),
            max_gas_limit: u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            max_message_bytes: u32::from_be_bytes([b0, b1, b2, b3]),
        }
    }

    #[inline(never)]
    fn pack(self) -> B256 {
        FixedBytes(self.max_gas_limit.to_be_bytes())
            .concat_const::<4, 12>(FixedBytes(self.max_message_bytes.to_be_bytes()))
            .concat_const::<20, 32>(self.hook.0)
    }
}

/// The router on another chain, and where its domain stands in the list of domains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Remote {
    /// Zero if none is enrolled.
    pub(crate) router: Address,
    pub(crate) position: u32,
}

impl Remote {
    pub(crate) const NONE: Self = Self { router: Address::ZERO, position: 0 };
}

/// Eight spare bytes, position, router.
impl Packed for Remote {
    #[inline(never)]
    fn unpack(word: B256) -> Self {
        let [_, _, _, _, _, _, _, _, p0, p1, p2, p3, ..] = word.0;
        let position = u32::from_be_bytes([p0, p1, p2, p3]);
        Self { router: Address::from_word(word), position }
    }

    #[inline(never)]
    fn pack(self) -> B256 {
        FixedBytes([0; 8])
            .concat_const::<4, 12>(FixedBytes(self.position.to_be_bytes()))
            .concat_const::<20, 32>(self.router.0)
    }
}

/// Gas that reads add to a message's gas limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReadGas {
    pub(crate) base: u64,
    pub(crate) per_read: u64,
}

impl ReadGas {
    pub(crate) const DEFAULT: Self = Self { base: 60_000, per_read: 15_000 };
}

/// Sixteen spare bytes, base, per read.
impl Packed for ReadGas {
    #[inline(never)]
    fn unpack(word: B256) -> Self {
        let [.., a, b, c, d, e, f, g, h, p0, p1, p2, p3, p4, p5, p6, p7] = word.0;
        Self {
            base: u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            per_read: u64::from_be_bytes([p0, p1, p2, p3, p4, p5, p6, p7]),
        }
    }

    #[inline(never)]
    fn pack(self) -> B256 {
        FixedBytes([0; 16])
            .concat_const::<8, 24>(FixedBytes(self.base.to_be_bytes()))
            .concat_const::<8, 32>(FixedBytes(self.per_read.to_be_bytes()))
    }
}
