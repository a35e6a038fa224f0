//! Delivering: from the Mailbox through this router to an application.

use alloy_primitives::{B256, U256};
use interfaces::{
    Domain,
    codec::{MetalayerHeader, MetalayerMessage},
    metalayer::IMetalayerRouter::{
        AlreadyProcessed, DestinationMismatch, EnforcedPause, InvalidRecipient, MailboxOnly,
        MalformedMessage, MetalayerDelivered, OriginMismatch, ReadsUnsupported, RouterNotEnrolled,
        UnexpectedRouter, UnsupportedVersion,
    },
};
use stylus_sdk::prelude::*;
use support::{Word, call, emit_words, has_code, signature};

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
    /// `UnsupportedVersion`, `OriginMismatch`, `DestinationMismatch`, `InvalidRecipient`, `AlreadyProcessed`,
    /// `ReadsUnsupported`; `InvalidRecipient` again for one without code; what the recipient reverts with.
    /// # Events
    /// `MetalayerDelivered`, before those of the recipient.
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
        if !message.reads.is_empty() {
            return Err(ReadsUnsupported { count: U256::from(message.reads.len()) }.into());
        }
        // A call to an account without code would succeed, and the message would be lost.
        if !has_code(self.vm(), account) {
            return Err(InvalidRecipient { recipient }.into());
        }

        let event = signature::<MetalayerDelivered>();
        let words = [event, origin.0.word(), header.sender, recipient, message_id];
        emit_words(self.vm(), 4, &words.map(|word| word.0));
        let calldata = calldata::deliver(origin, header.sender, message.write_call_data);
        call(self.vm(), account, self.vm().msg_value(), &calldata)?;
        Ok(())
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
