//! Sending: from an application through this router to the Mailbox, and what it costs.
//! Spec: messaging.md §5.4.2, §5.4.3.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{Panic, PanicKind};
use interfaces::{
    Domain,
    args::Reads,
    codec::{HookMetadata, MetalayerHeader},
    metalayer::{
        FinalityState,
        IMetalayerRouter::{
            EnforcedPause, FinalityUnavailable, GasLimitTooHigh, InsufficientFee, InvalidFinality,
            InvalidRead, InvalidRecipient, LoopbackDomain, MessageTooLarge, MetalayerDispatch,
            RefundFailed, RouterNotEnrolled, TooManyReads,
        },
    },
};
use stylus_sdk::prelude::*;
use support::{Revert, Word, abi, call_code, emit_words, native, signature, static_call_word};

use crate::{
    Error, MetalayerRouter,
    calldata::{self, Posting},
    evm_address,
    slots::{Core, ReadGas},
};

/// What an application asks to be sent, or what sending would cost.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Where to.
    pub destination: Domain,
    /// To whom, as a bytes32 address; `None` in a quote for any recipient.
    pub recipient: Option<B256>,
    /// Static calls on other chains, whose results the recipient gets.
    pub reads: Reads<'a>,
    /// What the recipient gets.
    pub write_call_data: &'a [u8],
    /// The flag of a [`FinalityState`].
    pub finality: u8,
    /// What the hooks are told.
    pub metadata: Metadata<'a>,
}

/// What the hooks are told.
#[derive(Clone, Copy, Debug)]
pub enum Metadata<'a> {
    /// The gas that delivering the message needs; refunds go to the caller.
    GasLimit(U256),
    /// These bytes.
    Given(&'a [u8]),
}

impl Metadata<'_> {
    fn gas_limit(&self) -> U256 {
        match self {
            Self::GasLimit(gas_limit) => *gas_limit,
            Self::Given(_) => U256::ZERO,
        }
    }
}

impl MetalayerRouter {
    /// Sends a message. Anyone may; the recipient learns who did.
    ///
    /// The hooks are paid exactly. What `msg.value` exceeds the fee by goes back to the caller last, with all gas; an
    /// exact value makes no call. Nothing ever stays here.
    ///
    /// Result: the Hyperlane message id.
    /// # Errors
    /// `EnforcedPause`; `LoopbackDomain`, `RouterNotEnrolled`, `InvalidRecipient`, `InvalidFinality`,
    /// `FinalityUnavailable`, `TooManyReads`, `GasLimitTooHigh`, `InvalidRead`, `MessageTooLarge`; what the Mailbox and its hooks revert with; `InsufficientFee`; `RefundFailed`.
    /// # Events
    /// `MetalayerDispatch`, after those of Mailbox and hooks.
    /// # Re-entrancy
    /// Hooks and the caller may call anything, `dispatch` too: the nonce is taken before.
    /// # Source
    /// messaging.md §5.4.2
    pub fn dispatch(&mut self, request: &Request) -> Result<B256, Error> {
        self.send(request, self.vm().msg_sender())
    }

    /// Sends a message in the name of `sender`: of the caller, or of this router itself. The caller pays.
    pub(crate) fn send(&mut self, request: &Request, sender: Address) -> Result<B256, Error> {
        if self.core.get().paused {
            return Err(EnforcedPause {}.into());
        }
        let (core, header, gas_limit, mut posting) = self.post(request, sender)?;
        let required = self.fee(&core, &mut posting)?;
        let (caller, provided) = (self.vm().msg_sender(), self.vm().msg_value());
        let excess =
            provided.checked_sub(required).ok_or(InsufficientFee { required, provided })?;

        // A quote is a static call: what was read in front of it still stands.
        let nonce = core.nonce.checked_add(1).ok_or(Panic::from(PanicKind::UnderOverflow))?;
        self.core.set(Core { nonce, ..core });
        let output = call_code(self.vm(), core.mailbox, required, posting.dispatch())?;
        let hyperlane_id = output.first_chunk::<32>().copied().map(B256::new);
        let hyperlane_id = hyperlane_id.ok_or(Revert::EMPTY)?;
        let words = [
            signature::<MetalayerDispatch>(),
            sender.word(),
            header.destination.0.word(),
            header.recipient,
            posting.message_id(),
            hyperlane_id,
            header.nonce.word(),
            (header.finality as u8).word(),
            gas_limit.word(),
        ];
        emit_words(self.vm(), 4, &words.map(|word| word.0));
        if !native::send(self.vm(), caller, excess) {
            return Err(RefundFailed { recipient: caller, amount: excess }.into());
        }
        Ok(hyperlane_id)
    }

    /// The fee that [`dispatch`](Self::dispatch) would require of the same caller. Also while paused.
    ///
    /// A quote with metadata that names a gas limit equals the fee of a dispatch with that limit: no hook of
    /// Hyperlane's prices the value or the refund address in it. MetaProver relies on that.
    /// # Errors
    /// As `dispatch` from `LoopbackDomain` to the Mailbox's.
    /// # Source
    /// messaging.md §5.4.3
    pub fn quote(&self, request: &Request) -> Result<U256, Error> {
        let (core, _, _, mut posting) = self.post(request, self.vm().msg_sender())?;
        self.fee(&core, &mut posting)
    }

    fn fee(&self, core: &Core, posting: &mut Posting) -> Result<U256, Error> {
        let answer = static_call_word(self.vm(), core.mailbox, posting.quote())?;
        Ok(abi::to_uint(&answer.0))
    }

    /// Checks a request, in the order of messaging.md §5.4.2 (2 to 10), and encodes it for the Mailbox. The number is
    /// the gas that the hooks are asked for.
    fn post(
        &self,
        request: &Request,
        sender: Address,
    ) -> Result<(Core, MetalayerHeader, U256, Posting), Error> {
        let (core, sending) = (self.core.get(), self.sending.get());
        let domain = request.destination.0;
        if request.destination == core.local_domain {
            return Err(LoopbackDomain { domain }.into());
        }
        let router = self.remote(request.destination).router;
        if router.is_zero() {
            return Err(RouterNotEnrolled { domain }.into());
        }
        let recipient = request.recipient.unwrap_or_default();
        if request.recipient.is_some() && evm_address(recipient).is_none() {
            return Err(InvalidRecipient { recipient }.into());
        }
        let finality = check_finality(&core, request.finality)?;
        check_read_count(&core, request.reads)?;
        let gas_limit = request.metadata.gas_limit();
        if gas_limit > U256::from(sending.max_gas_limit) {
            let maximum = U256::from(sending.max_gas_limit);
            return Err(GasLimitTooHigh { gasLimit: gas_limit, maximum }.into());
        }
        check_reads(request.reads)?;
        let size = calldata::message_len(request.reads, request.write_call_data);
        if size > sending.max_message_bytes as usize {
            let maximum = U256::from(sending.max_message_bytes);
            return Err(MessageTooLarge { size: U256::from(size), maximum }.into());
        }

        let caller = self.vm().msg_sender();
        let header = MetalayerHeader {
            version: MetalayerHeader::VERSION,
            finality,
            nonce: core.nonce,
            origin: core.local_domain,
            sender: sender.into_word(),
            destination: request.destination,
            recipient,
        };
        let gas_limit = self.with_reads(gas_limit, request.reads);
        let standard = HookMetadata::encode(U256::ZERO, gas_limit, caller);
        let metadata = match request.metadata {
            Metadata::GasLimit(_) => &standard,
            Metadata::Given(metadata) => metadata,
        };
        let (reads, write) = (request.reads, request.write_call_data);
        let posting = Posting::new(&header, router, reads, write, metadata, sending.hook);
        Ok((core, header, gas_limit, posting))
    }

    /// The gas that a delivery needs: what the sender says, and what its reads take to verify and to hand over.
    fn with_reads(&self, gas_limit: U256, reads: Reads) -> U256 {
        if reads.is_empty() {
            return gas_limit;
        }
        let ReadGas { base, per_read } = self.read_gas.get();
        // At most 16 reads and 64 bits each, on top of a limit of 64 bits: far from the end of 128 bits.
        let each = u128::from(per_read).wrapping_mul(reads.len() as u128);
        gas_limit.wrapping_add(U256::from(u128::from(base).wrapping_add(each)))
    }
}

fn check_finality(core: &Core, flag: u8) -> Result<FinalityState, Error> {
    let finality = FinalityState::new(flag).ok_or(InvalidFinality { finality: flag })?;
    if core.finalities & Core::bit(finality) == 0 {
        return Err(FinalityUnavailable { finality: flag }.into());
    }
    Ok(finality)
}

fn check_read_count(core: &Core, reads: Reads) -> Result<(), Error> {
    if reads.len() > usize::from(core.max_reads) {
        let (count, maximum) = (U256::from(reads.len()), U256::from(core.max_reads));
        return Err(TooManyReads { count, maximum }.into());
    }
    Ok(())
}

fn check_reads(reads: Reads) -> Result<(), Error> {
    let bad = |domain, target: Address| domain == Domain::NONE || target.is_zero();
    if let Some(index) = reads.iter().position(|read| bad(read.domain, read.target)) {
        return Err(InvalidRead { index: U256::from(index) }.into());
    }
    Ok(())
}
