//! Delivering: from the Mailbox through this router to an application.

use alloc::vec::Vec;

use alloy_primitives::{B256, U256};
use interfaces::{
    Args, Domain,
    args::BytesList,
    codec::{MetalayerHeader, MetalayerMessage},
    metalayer::IMetalayerRouter::{
        AlreadyProcessed, DestinationMismatch, EnforcedPause, InvalidRecipient, MailboxOnly,
        MalformedMessage, MetalayerDelivered, OriginMismatch, ReadResultCountMismatch,
        RouterNotEnrolled, UnexpectedRouter, UnsupportedVersion,
    },
};
use stylus_sdk::prelude::*;
use support::{Revert, Word, call_code, emit_words, has_code, signature};

use crate::{Error, MetalayerRouter, calldata, evm_address};

impl MetalayerRouter {
    /// Delivers one message to its recipient. Only by the Mailbox, which has verified it.
    ///
    /// The recipient gets the value and all gas; it must check that this router calls it, and whom the message is
    /// from. If it reverts, so does this, and the message stays deliverable for ever.
    /// - `origin`, `sender`: domain and account that dispatched to the Mailbox there.
    /// - `body`: the Metalayer message.
    /// # Errors
    /// `MailboxOnly`, `EnforcedPause`, `RouterNotEnrolled`, `UnexpectedRouter`, `MalformedMessage`,
    /// `UnsupportedVersion`, `OriginMismatch`, `DestinationMismatch`, `InvalidRecipient`, `AlreadyProcessed`; with
    /// reads, what the read module reverts with (empty when there is none) and `ReadResultCountMismatch`;
    /// `InvalidRecipient` again for one without code, and for this router itself unless the message is a receipt;
    /// `InvalidReceipt`; what the recipient reverts with.
    /// # Events
    /// `MetalayerDelivered`, before those of the recipient; `DeliveryConfirmed` for the first receipt of a message.
    /// # Re-entrancy
    /// The recipient may call anything: `dispatch`, or the Mailbox with another message. All is written before.
    /// # Source
    /// messaging.md §5.4.4
    pub fn handle(&mut self, origin: Domain, sender: B256, body: &[u8]) -> Result<(), Error> {
        self.check_origin(origin, sender)?;
        let message = MetalayerMessage::decode(body)
            .map_err(|malformed| MalformedMessage { code: malformed.code() })?;
        let header = message.header;
        self.check_header(origin, &header)?;
        let recipient = header.recipient;
        let account = evm_address(recipient).ok_or(InvalidRecipient { recipient })?;

        // Belt and braces: a Mailbox on a chain whose parent's block number is 0 forgets its deliveries.
        let message_id = MetalayerMessage::id_of(body);
        let key = calldata::delivery_key(origin, sender, message_id);
        if self.processed.get(key) {
            return Err(AlreadyProcessed { messageId: message_id }.into());
        }
        self.processed.insert(key, true);
        let event = signature::<MetalayerDelivered>();
        let words = [event, origin.0.word(), header.sender, recipient, message_id];
        let words = words.map(|word| word.0);
        if account == self.vm().contract_address() {
            emit_words(self.vm(), 4, &words);
            return self.take_receipt(origin, sender, &message);
        }
        let fetched;
        let results = if message.reads.is_empty() {
            BytesList::NONE
        } else {
            fetched = self.read_results(message_id)?;
            Args(&fetched).bytes_list(0).ok_or(Revert::EMPTY)?
        };
        if results.len() != message.reads.len() {
            let [expected, actual] = [message.reads.len(), results.len()].map(U256::from);
            return Err(ReadResultCountMismatch { expected, actual }.into());
        }
        // A call to an account without code would succeed, and the message would be lost.
        if !has_code(self.vm(), account) {
            return Err(InvalidRecipient { recipient }.into());
        }

        emit_words(self.vm(), 4, &words);
        let write = message.write_call_data;
        let calldata = calldata::deliver(origin, header.sender, write, message.reads, results);
        call_code(self.vm(), account, self.vm().msg_value(), &calldata)?;
        Ok(())
    }

    /// Fetches the results of a message's reads, encoded as `bytes[]`.
    ///
    /// They are worth as much as the read module: it has them only for a message that its attestors have signed in this
    /// very transaction, between the Mailbox's mark and this call, and hands them to nobody but this router.
    /// # Source
    /// messaging.md §5.4.4 check 11, §5.7
    fn read_results(&self, message_id: B256) -> Result<Vec<u8>, Error> {
        let consume = calldata::consume(message_id);
        Ok(call_code(self.vm(), self.read_ism.get(), U256::ZERO, &consume)?)
    }

    fn check_origin(&self, origin: Domain, sender: B256) -> Result<(), Error> {
        let (core, caller) = (self.core.get(), self.vm().msg_sender());
        if caller != core.mailbox {
            return Err(MailboxOnly { caller }.into());
        }
        if core.paused {
            return Err(EnforcedPause {}.into());
        }
        let router = self.remote(origin).router;
        if router.is_zero() {
            return Err(RouterNotEnrolled { domain: origin.0 }.into());
        }
        if sender != router.into_word() {
            return Err(UnexpectedRouter { origin: origin.0, sender }.into());
        }
        Ok(())
    }

    fn check_header(&self, origin: Domain, header: &MetalayerHeader) -> Result<(), Error> {
        if header.version != MetalayerHeader::VERSION {
            return Err(UnsupportedVersion { version: header.version }.into());
        }
        if header.origin != origin {
            return Err(OriginMismatch { origin: origin.0, inner: header.origin.0 }.into());
        }
        let local = self.core.get().local_domain;
        if header.destination != local {
            return Err(DestinationMismatch { local: local.0, inner: header.destination.0 }.into());
        }
        Ok(())
    }
}
