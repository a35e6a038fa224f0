//! Confirming: from the router that delivered a message to the one that sent it. Design and threats: `../README.md`.

use alloy_primitives::{B256, U256};
use interfaces::{
    Domain,
    args::Reads,
    codec::{MetalayerMessage, Receipt},
    metalayer::IMetalayerRouter::{
        DeliveryConfirmed, InvalidReceipt, InvalidRecipient, MalformedMessage, NotDelivered,
    },
};
use stylus_sdk::prelude::*;
use support::{Revert, Word, emit_words, signature};

use crate::{Error, Metadata, MetalayerRouter, Request, calldata};

impl MetalayerRouter {
    /// Tells the router of a message's origin that it was delivered. Anyone may; the caller pays the fee, and gets back
    /// what is too much.
    ///
    /// - `message`: the Metalayer message that was delivered.
    /// - `gas_limit`: for the delivery of the receipt.
    ///
    /// Result: the Hyperlane message id of the receipt.
    /// # Errors
    /// `NotDelivered`, also when another router is enrolled for the origin than delivered; `InvalidRecipient` for a
    /// receipt; then as [`dispatch`](Self::dispatch).
    /// # Events
    /// `MetalayerDispatch`, with this router as the sender.
    /// # Re-entrancy
    /// As `dispatch`. A recipient may ask from inside its `handle`.
    pub fn confirm_delivery(
        &mut self,
        origin: Domain,
        message: &[u8],
        gas_limit: U256,
    ) -> Result<B256, Error> {
        let (here, remote) = (self.vm().contract_address(), self.remote(origin).router);
        let message_id = MetalayerMessage::id_of(message);
        if !self.processed.get(calldata::delivery_key(origin, remote.into_word(), message_id)) {
            return Err(NotDelivered { messageId: message_id }.into());
        }
        // It decoded when it was delivered, and its hash is the same.
        let header = MetalayerMessage::decode(message)
            .map_err(|malformed| MalformedMessage { code: malformed.code() })?
            .header;
        let recipient = header.recipient;
        // A receipt is not confirmed, or there would be no end of it.
        if recipient == here.into_word() {
            return Err(InvalidRecipient { recipient }.into());
        }
        let request = Request {
            destination: origin,
            recipient: Some(remote.into_word()),
            reads: Reads::NONE,
            write_call_data: &Receipt { message_id, recipient }.encode(),
            finality: header.finality as u8,
            metadata: Metadata::GasLimit(gas_limit),
        };
        self.send(&request, here)
    }

    /// Takes a message that is addressed to this router: a receipt, or nothing that is for it.
    ///
    /// - `router`: the router on `origin`, which the message came from.
    pub(crate) fn take_receipt(
        &mut self,
        origin: Domain,
        router: B256,
        message: &MetalayerMessage,
    ) -> Result<(), Error> {
        // Whoever dispatches is the sender: only the router itself can make itself one.
        if message.header.sender != router {
            return Err(InvalidRecipient { recipient: message.header.recipient }.into());
        }
        // Nobody could ever take it out again.
        if !self.vm().msg_value().is_zero() {
            return Err(Revert::EMPTY.into());
        }
        let Receipt { message_id, recipient } =
            Receipt::decode(message.write_call_data).ok_or(InvalidReceipt {})?;
        let key = calldata::delivery_key(origin, router, message_id);
        if !self.confirmed.get(key) {
            self.confirmed.insert(key, true);
            let event = signature::<DeliveryConfirmed>();
            let words = [event, origin.0.word(), message_id, recipient];
            emit_words(self.vm(), 4, &words.map(|word| word.0));
        }
        Ok(())
    }
}
