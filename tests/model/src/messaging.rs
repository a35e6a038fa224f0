//! MetalayerRouter and MetalayerIsm, and Hyperlane's Mailbox, hooks and multisig modules below them
//! (messaging.md §1 to §3, §5).

use alloy::primitives::{Address, B256, Bytes, Signature, U256, keccak256};
use alloy::sol_types::{SolCall, SolError};
use interfaces::hyperlane::{
    IInterchainGasPaymaster, IMailbox, IMerkleTreeHook, IMessageRecipient,
};
use interfaces::metalayer::{IMetalayerIsm, IMetalayerRecipient, IMetalayerRouter as R};

use crate::flaw::Flaw;
use crate::site::Actor;
use crate::world::{Answer, Chain, EMPTY, Frame, GAS_PRICE, OVERHEAD, answer, called, require};

/// Header of a Hyperlane message, bytes.
pub const HEADER: usize = 77;
/// Most that a Metalayer message may be, as it is deployed, bytes.
pub(crate) const MAX_MESSAGE: usize = 32_768;
/// Most gas that a sender may ask for, as it is deployed.
pub(crate) const MAX_GAS: u64 = 30_000_000;
/// Most reads that a message can hold.
pub(crate) const MAX_READS: u32 = 16;
/// What a receipt says first: that a message was delivered.
pub(crate) const DELIVERED: u8 = 1;
/// Metadata of a message-id multisig module before the signatures, bytes.
pub const SIGNATURES: usize = 68;
/// Half the order of secp256k1, rounded down: the largest s that is low.
const HALF_ORDER: U256 = U256::from_be_bytes(alloy::primitives::hex!(
    "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0"
));

/// A Hyperlane message, read (§1.1).
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// Of the Mailbox.
    pub version: u8,
    /// Domain it comes from.
    pub origin: u32,
    /// Who dispatched it.
    pub sender: B256,
    /// Domain it goes to.
    pub destination: u32,
    /// Whom it is for.
    pub recipient: B256,
    /// What it says.
    pub body: &'a [u8],
}

impl<'a> Message<'a> {
    /// `None` if it is shorter than a header.
    pub fn read(message: &'a [u8]) -> Option<Self> {
        let (header, body) = message.split_first_chunk::<HEADER>()?;
        Some(Self {
            version: header[0],
            origin: u32_at(header, 5),
            sender: B256::from_slice(&header[9..41]),
            destination: u32_at(header, 41),
            recipient: B256::from_slice(&header[45..]),
            body,
        })
    }
}

/// A Metalayer message, read strictly (§5.2).
struct Inner<'a> {
    version: u8,
    finality: u8,
    origin: u32,
    sender: B256,
    destination: u32,
    recipient: B256,
    reads: u32,
    write: &'a [u8],
}

impl<'a> Inner<'a> {
    /// The code of what is wrong, if something is.
    fn read(body: &'a [u8]) -> Result<Self, u8> {
        if body.len() < 78 {
            return Err(1);
        }
        if body[1] > 2 {
            return Err(2);
        }
        if body.len() < 82 {
            return Err(3);
        }
        let reads = u32_at(body, 78);
        if reads > MAX_READS {
            return Err(4);
        }
        let mut rest = &body[82..];
        for _ in 0..reads {
            if rest.len() < 28 {
                return Err(5);
            }
            let length = u32_at(rest, 24) as usize;
            rest = &rest[28..];
            if rest.len() < length {
                return Err(6);
            }
            rest = &rest[length..];
        }
        Ok(Self {
            version: body[0],
            finality: body[1],
            origin: u32_at(body, 6),
            sender: B256::from_slice(&body[10..42]),
            destination: u32_at(body, 42),
            recipient: B256::from_slice(&body[46..78]),
            reads,
            write: rest,
        })
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

/// The address in a word that is one, and not zero.
pub(crate) fn evm_address(word: B256) -> Option<Address> {
    (word[..12] == [0; 12] && !word.is_zero()).then(|| Address::from_word(word))
}

/// Digest that validators sign (§3.2).
pub fn digest(origin: u32, tree: &[u8], root: &[u8], index: &[u8], message_id: B256) -> B256 {
    let domain = keccak256([&origin.to_be_bytes(), tree, b"HYPERLANE"].concat());
    let checkpoint = keccak256([&domain[..], root, index, &message_id[..]].concat());
    keccak256([&b"\x19Ethereum Signed Message:\n32"[..], &checkpoint[..]].concat())
}

/// Who made a signature of 65 bytes, as OpenZeppelin recovers it.
pub fn signer(digest: B256, signature: &[u8]) -> Result<Address, Vec<u8>> {
    let (r, s) = (U256::from_be_slice(&signature[..32]), U256::from_be_slice(&signature[32..64]));
    if s > HALF_ORDER {
        return Err(require("ECDSA: invalid signature 's' value"));
    }
    let invalid = || require("ECDSA: invalid signature");
    let odd = match signature[64] {
        27 => false,
        28 => true,
        _ => return Err(invalid()),
    };
    let signature = Signature::new(r, s, odd);
    signature.recover_address_from_prehash(&digest).map_err(|_| invalid())
}

/// A message that an application gives to the router.
struct Order {
    destination: u32,
    recipient: B256,
    write: Bytes,
    finality: u8,
    gas: U256,
}

impl Chain {
    pub(crate) fn router_view(&self, data: &[u8]) -> Option<Answer> {
        if called::<R::nonceCall>(data).is_some() {
            return Some(answer(&self.state.router_nonce));
        }
        if let Some(R::processedCall { key }) = called(data) {
            return Some(answer(&self.state.processed.contains(&key)));
        }
        if let Some(R::confirmedCall { key }) = called(data) {
            return Some(answer(&self.state.confirmed.contains(&key)));
        }
        let Some(call) = called::<R::quoteDispatch_3Call>(data) else {
            return self.router_settings_view(data);
        };
        let order = Order {
            destination: call.destination,
            recipient: call.recipient,
            write: call.writeCallData,
            finality: 0,
            gas: U256::ZERO,
        };
        let fee = self
            .check_order(&order)
            .and_then(|()| self.hook_fee(order.destination, gas_of(&call.hookMetadata)));
        Some(fee.and_then(|fee| answer(&fee)))
    }

    pub(crate) fn router(&mut self, frame: Frame, data: &[u8]) -> Answer {
        if let Some(call) = called::<R::dispatch_0Call>(data) {
            let order = Order {
                destination: call.destination,
                recipient: call.recipient.into_word(),
                write: call.writeCallData,
                finality: call.finality,
                gas: call.gasLimit,
            };
            return self.dispatch(frame, frame.caller, &order);
        }
        if let Some(call) = called::<R::dispatch_1Call>(data) {
            let order = Order {
                destination: call.destination,
                recipient: call.recipient,
                write: call.writeCallData,
                finality: call.finality,
                gas: call.gasLimit,
            };
            return self.dispatch(frame, frame.caller, &order);
        }
        if let Some(call) = called::<R::confirmDeliveryCall>(data) {
            return self.confirm(frame, call);
        }
        if let Some(IMessageRecipient::handleCall { origin, sender, body }) = called(data) {
            return self.handle(frame, origin, sender, &body);
        }
        if !frame.value.is_zero() {
            return Err(EMPTY);
        }
        self.set_router(frame, data)
    }

    /// §5.4.2, checks 2 to 10.
    fn check_order(&self, order: &Order) -> Result<(), Vec<u8>> {
        let domain = order.destination;
        if domain == self.site.domain {
            return Err(R::LoopbackDomain { domain }.abi_encode());
        }
        let settings = &self.state.router;
        if !settings.enrolled.contains_key(&domain) {
            return Err(R::RouterNotEnrolled { domain }.abi_encode());
        }
        if evm_address(order.recipient).is_none() {
            return Err(R::InvalidRecipient { recipient: order.recipient }.abi_encode());
        }
        let finality = order.finality;
        let open = settings.open.get(usize::from(finality));
        let open = open.ok_or_else(|| R::InvalidFinality { finality }.abi_encode())?;
        if !open && !self.has(Flaw::OpensEveryLane) {
            return Err(R::FinalityUnavailable { finality }.abi_encode());
        }
        let maximum = settings.max_gas;
        if order.gas > maximum {
            return Err(R::GasLimitTooHigh { gasLimit: order.gas, maximum }.abi_encode());
        }
        let (size, maximum) = (U256::from(82 + order.write.len()), settings.max_bytes);
        if size > maximum {
            return Err(R::MessageTooLarge { size, maximum }.abi_encode());
        }
        Ok(())
    }

    /// In the name of `sender`: of the caller, or of the router itself.
    fn dispatch(&mut self, frame: Frame, sender: Address, order: &Order) -> Answer {
        if self.state.router.paused && !self.has(Flaw::IgnoresThePause) {
            return Err(R::EnforcedPause {}.abi_encode());
        }
        self.check_order(order)?;
        let required = self.hook_fee(order.destination, order.gas)?;
        let Some(excess) = frame.value.checked_sub(required) else {
            let error = R::InsufficientFee { required, provided: frame.value };
            return Err(error.abi_encode());
        };
        let nonce = self.state.router_nonce;
        self.state.router_nonce += u32::from(!self.has(Flaw::ReusesNonces));
        let body = [
            &[3, order.finality],
            &nonce.to_be_bytes()[..],
            &self.site.domain.to_be_bytes(),
            &sender.into_word()[..],
            &order.destination.to_be_bytes(),
            &order.recipient[..],
            &[0; 4],
            &order.write,
        ]
        .concat();
        let metadata =
            [&[0, 1][..], &[0; 32], &order.gas.to_be_bytes::<32>(), frame.caller.as_slice()]
                .concat();
        let message_id = keccak256(&body);
        let dispatch = IMailbox::dispatch_2Call {
            destination: order.destination,
            recipient: self.enrolled(order.destination).into_word(),
            body: body.into(),
            metadata: metadata.into(),
            hook: self.at(Actor::Paymaster),
        };
        let mailbox = self.at(Actor::Mailbox);
        let id = self.call(frame.this, mailbox, required, &dispatch.abi_encode())?;
        let event = R::MetalayerDispatch {
            sender,
            destination: order.destination,
            recipient: order.recipient,
            messageId: message_id,
            hyperlaneMessageId: B256::from_slice(&id),
            nonce,
            finalityState: order.finality,
            gasLimit: order.gas,
        };
        self.emit(frame.this, &event);
        if !self.has(Flaw::KeepsTheChange) && !self.send(frame.this, frame.caller, excess) {
            return Err(R::RefundFailed { recipient: frame.caller, amount: excess }.abi_encode());
        }
        Ok(id)
    }

    /// §5.4.4.
    fn handle(&mut self, frame: Frame, origin: u32, sender: B256, body: &[u8]) -> Answer {
        if frame.caller != self.at(Actor::Mailbox) {
            return Err(R::MailboxOnly { caller: frame.caller }.abi_encode());
        }
        if self.state.router.paused {
            return Err(R::EnforcedPause {}.abi_encode());
        }
        let router = self.enrolled(origin);
        if router.is_zero() {
            return Err(R::RouterNotEnrolled { domain: origin }.abi_encode());
        }
        if sender != router.into_word() && !self.has(Flaw::HearsEveryRouter) {
            return Err(R::UnexpectedRouter { origin, sender }.abi_encode());
        }
        let inner = Inner::read(body).map_err(|code| R::MalformedMessage { code }.abi_encode())?;
        if inner.version != 3 {
            return Err(R::UnsupportedVersion { version: inner.version }.abi_encode());
        }
        if inner.origin != origin {
            return Err(R::OriginMismatch { origin, inner: inner.origin }.abi_encode());
        }
        if inner.destination != self.site.domain {
            let (local, inner) = (self.site.domain, inner.destination);
            return Err(R::DestinationMismatch { local, inner }.abi_encode());
        }
        let recipient = inner.recipient;
        let refused = R::InvalidRecipient { recipient }.abi_encode();
        let account = evm_address(recipient).ok_or(refused.clone())?;
        let message_id = keccak256(body);
        let key = delivery_key(origin, sender, message_id);
        if !self.state.processed.insert(key) && !self.has(Flaw::DeliversTwice) {
            return Err(R::AlreadyProcessed { messageId: message_id }.abi_encode());
        }
        let event = R::MetalayerDelivered {
            origin,
            sender: inner.sender,
            recipient,
            messageId: message_id,
        };
        if account == frame.this {
            self.emit(frame.this, &event);
            return self.take_receipt(frame, origin, sender, &inner);
        }
        // No router here has a module for reads.
        if inner.reads > 0 {
            return Err(EMPTY);
        }
        if !self.has_code(account) {
            return Err(refused);
        }
        self.emit(frame.this, &event);
        let call = IMetalayerRecipient::handleCall {
            origin,
            sender: inner.sender,
            message: inner.write.to_vec().into(),
            reads: vec![],
            readResults: vec![],
        };
        self.call(frame.this, account, frame.value, &call.abi_encode())?;
        Ok(EMPTY)
    }

    fn enrolled(&self, domain: u32) -> Address {
        self.state.router.enrolled.get(&domain).copied().unwrap_or_default()
    }

    /// Anyone has this router tell another one that it has delivered a message (`contracts/metalayer-router/README.md`).
    fn confirm(&mut self, frame: Frame, call: R::confirmDeliveryCall) -> Answer {
        let R::confirmDeliveryCall { origin, message, gasLimit } = call;
        let (remote, message_id) = (self.enrolled(origin).into_word(), keccak256(&message));
        let delivered = self.state.processed.contains(&delivery_key(origin, remote, message_id));
        if !delivered && !self.has(Flaw::ConfirmsAnything) {
            return Err(R::NotDelivered { messageId: message_id }.abi_encode());
        }
        let Inner { finality, recipient, .. } =
            Inner::read(&message).map_err(|code| R::MalformedMessage { code }.abi_encode())?;
        if recipient == frame.this.into_word() {
            return Err(R::InvalidRecipient { recipient }.abi_encode());
        }
        let receipt = [&[DELIVERED][..], &message_id[..], &recipient[..]].concat();
        let order = Order {
            destination: origin,
            recipient: remote,
            write: receipt.into(),
            finality,
            gas: gasLimit,
        };
        self.dispatch(frame, frame.this, &order)
    }

    /// A message to this router itself: a receipt of the other one, or nothing that it takes.
    fn take_receipt(&mut self, frame: Frame, origin: u32, router: B256, inner: &Inner) -> Answer {
        if inner.sender != router && !self.has(Flaw::BelievesEveryReceipt) {
            return Err(R::InvalidRecipient { recipient: inner.recipient }.abi_encode());
        }
        if !frame.value.is_zero() {
            return Err(EMPTY);
        }
        if inner.write.len() != 65 || inner.write[0] != DELIVERED {
            return Err(R::InvalidReceipt {}.abi_encode());
        }
        let [message_id, recipient] = [1..33, 33..65].map(|at| B256::from_slice(&inner.write[at]));
        if self.state.confirmed.insert(delivery_key(origin, router, message_id)) {
            let event =
                R::DeliveryConfirmed { destination: origin, messageId: message_id, recipient };
            self.emit(frame.this, &event);
        }
        Ok(EMPTY)
    }

    /// What both hooks ask for a message: the tree nothing, the paymaster for gas (§2.4).
    fn hook_fee(&self, destination: u32, gas: U256) -> Result<U256, Vec<u8>> {
        if destination != self.site.remote_domain {
            let reason = format!("Configured IGP doesn't support domain {destination}");
            return Err(require(&reason));
        }
        Ok((gas + U256::from(OVERHEAD)) * U256::from(GAS_PRICE))
    }

    pub(crate) fn mailbox_view(&self, data: &[u8]) -> Option<Answer> {
        if called::<IMailbox::nonceCall>(data).is_some() {
            return Some(answer(&U256::from(self.state.sent.len())));
        }
        if called::<IMailbox::latestDispatchedIdCall>(data).is_some() {
            let latest = self.state.sent.last().map(keccak256).unwrap_or_default();
            return Some(answer(&latest));
        }
        let call = called::<IMailbox::deliveredCall>(data)?;
        Some(answer(&self.state.delivered.contains(&call.messageId)))
    }

    pub(crate) fn mailbox(&mut self, frame: Frame, data: &[u8]) -> Answer {
        if let Some(IMailbox::processCall { metadata, message }) = called(data) {
            return self.process(frame, &metadata, &message);
        }
        if let Some(call) = called::<IMailbox::dispatch_0Call>(data) {
            return self.post(frame, call.destination, call.recipient, &call.body, &[]);
        }
        let call = called::<IMailbox::dispatch_2Call>(data).ok_or(EMPTY)?;
        assert_eq!(call.hook, self.at(Actor::Paymaster), "nobody names another hook");
        self.post(frame, call.destination, call.recipient, &call.body, &call.metadata)
    }

    /// §1.3, dispatch.
    fn post(
        &mut self,
        frame: Frame,
        destination: u32,
        recipient: B256,
        body: &[u8],
        metadata: &[u8],
    ) -> Answer {
        let mailbox = frame.this;
        let index = self.state.sent.len() as u32;
        let message = [
            &[3][..],
            &index.to_be_bytes(),
            &self.site.domain.to_be_bytes(),
            &frame.caller.into_word()[..],
            &destination.to_be_bytes(),
            &recipient[..],
            body,
        ]
        .concat();
        let id = keccak256(&message);
        self.state.sent.push(message.clone());
        let event = IMailbox::Dispatch {
            sender: frame.caller,
            destination,
            recipient,
            message: message.into(),
        };
        self.emit(mailbox, &event);
        self.emit(mailbox, &IMailbox::DispatchId { messageId: id });
        let tree = self.at(Actor::Tree);
        self.emit(tree, &IMerkleTreeHook::InsertedIntoTree { messageId: id, index });

        let gas = gas_of(metadata);
        let required = self.hook_fee(destination, gas)?;
        let paymaster = self.at(Actor::Paymaster);
        if !self.has(Flaw::FeeStaysInTheMailbox) {
            self.pay(mailbox, paymaster, frame.value)?;
        }
        let Some(excess) = frame.value.checked_sub(required) else {
            return Err(require("IGP: insufficient interchain gas payment"));
        };
        let refund = metadata.get(66..86).map_or(frame.caller, Address::from_slice);
        if !self.send(paymaster, refund, excess) {
            return Err(require("Address: unable to send value, recipient may have reverted"));
        }
        let event = IInterchainGasPaymaster::GasPayment {
            messageId: id,
            destinationDomain: destination,
            gasAmount: gas + U256::from(OVERHEAD),
            payment: required,
        };
        self.emit(paymaster, &event);
        answer(&id)
    }

    /// §1.3, process.
    fn process(&mut self, frame: Frame, metadata: &[u8], message: &[u8]) -> Answer {
        let read = Message::read(message).ok_or(EMPTY)?;
        if read.version != 3 {
            return Err(require("Mailbox: bad version"));
        }
        if read.destination != self.site.domain {
            return Err(require("Mailbox: unexpected destination"));
        }
        let id = keccak256(message);
        if self.state.delivered.contains(&id) && !self.has(Flaw::DeliversTwice) {
            return Err(require("Mailbox: already delivered"));
        }
        if read.recipient[..12] != [0; 12] {
            return Err(require("TypeCasts: bytes32ToAddress overflow"));
        }
        let (mailbox, recipient) = (frame.this, Address::from_word(read.recipient));
        self.state.delivered.insert(id);
        let (origin, sender) = (read.origin, read.sender);
        self.emit(mailbox, &IMailbox::Process { origin, sender, recipient });
        self.emit(mailbox, &IMailbox::ProcessId { messageId: id });
        let module = self.module_of(&read)?;
        self.verify(module, metadata, read.origin, id)?;
        if !self.has_code(recipient) {
            return Err(EMPTY);
        }
        let call =
            IMessageRecipient::handleCall { origin, sender, body: read.body.to_vec().into() };
        self.call(mailbox, recipient, frame.value, &call.abi_encode())?;
        Ok(EMPTY)
    }

    /// What has to verify a message here: the recipient's module, or the Mailbox's, which is that of the FINALIZED lane.
    pub(crate) fn module_of(&self, message: &Message) -> Result<Address, Vec<u8>> {
        let router = self.at(Actor::Router).into_word();
        match message.recipient == router && !self.state.router.ism.is_zero() {
            true => self.route(message.origin, message.body),
            false => Ok(self.at(Actor::FinalizedIsm)),
        }
    }

    /// §5.5: the module of a message.
    fn route(&self, origin: u32, body: &[u8]) -> Result<Address, Vec<u8>> {
        let inner = Inner::read(body)
            .map_err(|code| IMetalayerIsm::MalformedMessage { code }.abi_encode())?;
        let settings = &self.state.ism;
        let finality = match self.has(Flaw::LowersLanes) {
            true => inner.finality,
            false => settings.lane(inner.finality, inner.recipient),
        };
        let module = settings.modules.get(&(origin, finality)).copied().unwrap_or_default();
        if module.is_zero() {
            return Err(IMetalayerIsm::NoModule { origin, finality }.abi_encode());
        }
        let app = evm_address(inner.recipient).and_then(|to| settings.app_modules.get(&to));
        if inner.reads > 0 || app.is_some_and(|module| !module.is_zero()) {
            return Err(IMetalayerIsm::NoReadAggregation {}.abi_encode());
        }
        Ok(module)
    }

    /// §3.3, §3.5: whether a quorum of a module's validators has signed.
    fn verify(
        &self,
        module: Address,
        metadata: &[u8],
        origin: u32,
        id: B256,
    ) -> Result<(), Vec<u8>> {
        // What has no code answers nothing, which verifies nothing.
        let validators = self.site.validators_of(module).ok_or(EMPTY)?;
        let head = metadata.get(..SIGNATURES).ok_or(EMPTY)?;
        let digest = digest(origin, &head[..32], &head[32..64], &head[64..], id);
        if self.has(Flaw::VerifiesNothing) {
            return Ok(());
        }
        let mut candidates = validators.iter();
        for index in 0..self.site.threshold {
            let start = SIGNATURES + index * 65;
            let signature = metadata.get(start..start + 65).ok_or(EMPTY)?;
            let signer = signer(digest, signature)?;
            if self.has(Flaw::CountsTwice) {
                candidates = validators.iter();
            }
            if !candidates.any(|validator| *validator == signer) {
                return Err(require("!threshold"));
            }
        }
        Ok(())
    }
}

/// What a router remembers a message under: where it came from, and what it is.
pub(crate) fn delivery_key(domain: u32, router: B256, message_id: B256) -> B256 {
    keccak256([&domain.to_be_bytes(), &router[..], &message_id[..]].concat())
}

/// Gas limit in hook metadata; the paymaster's default where there is none (§2.2).
fn gas_of(metadata: &[u8]) -> U256 {
    metadata.get(34..66).map_or(U256::from(50_000), U256::from_be_slice)
}
