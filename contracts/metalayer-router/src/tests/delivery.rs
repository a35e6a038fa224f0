//! `handle`.

use interfaces::{
    args::ReadView,
    codec::MetalayerMessage,
    metalayer::{
        IMetalayerRecipient,
        IMetalayerRouter::{
            AlreadyProcessed, DestinationMismatch, EnforcedPause, InvalidRecipient, MailboxOnly,
            MalformedMessage, MetalayerDelivered, MetalayerDispatch, OriginMismatch,
            ReadsUnsupported, RouterNotEnrolled, UnexpectedRouter, UnsupportedVersion,
            processedCall, setPausedCall, unenrollRemoteRouterCall,
        },
    },
};
use stylus_sdk::stylus_core::AccountAccess;

use super::*;

/// A router whose recipient takes everything.
fn delivering() -> Chain {
    let chain = router();
    chain.set_answer(RECIPIENT, Ok(vec![]));
    chain
}

fn key_of(body: &[u8]) -> B256 {
    let id = MetalayerMessage::id_of(body);
    let (domain, router) = (REMOTE_DOMAIN.to_be_bytes(), REMOTE.into_word());
    let preimage = [&domain[..], router.as_slice(), id.as_slice()];
    alloy_primitives::keccak256(preimage.concat())
}

#[test]
fn a_message_reaches_its_recipient_with_value_and_all_gas() {
    let chain = delivering();
    let body = body(&inbound());
    send(&chain, MAILBOX, 7, &handle(body.clone()).abi_encode()).unwrap();
    let delivered = IMetalayerRecipient::handleCall {
        origin: REMOTE_DOMAIN,
        sender: SENDER.into_word(),
        message: b"hello".to_vec().into(),
        reads: vec![],
        readResults: vec![],
    };
    let expected = CallRecord {
        from: ROUTER,
        to: RECIPIENT,
        value: U256::from(7),
        gas: u64::MAX,
        data: delivered.abi_encode(),
    };
    assert_eq!(chain.take_calls(), [expected]);
    assert_eq!(chain.balance(RECIPIENT), U256::from(7));
    let event = MetalayerDelivered {
        origin: REMOTE_DOMAIN,
        sender: SENDER.into_word(),
        recipient: RECIPIENT.into_word(),
        messageId: MetalayerMessage::id_of(&body),
    };
    let logs = chain.take_logs();
    assert_eq!((logs.len(), events::<MetalayerDelivered>(&logs)), (1, vec![event]));
    assert_eq!(call(&chain, STRANGER, &processedCall { key: key_of(&body) }), Ok(true));
}

#[test]
fn the_recipients_calldata_is_what_alloy_would_encode() {
    for length in [0, 1, 31, 32, 33, 100] {
        let chain = delivering();
        let write = vec![0xab; length];
        let body = inbound().encode(std::iter::empty(), &write);
        send(&chain, MAILBOX, 0, &handle(body).abi_encode()).unwrap();
        let expected = IMetalayerRecipient::handleCall {
            origin: REMOTE_DOMAIN,
            sender: SENDER.into_word(),
            message: write.into(),
            reads: vec![],
            readResults: vec![],
        };
        assert_eq!(chain.take_calls()[0].data, expected.abi_encode());
    }
}

#[test]
fn checks_are_made_in_the_order_of_the_specification() {
    let wrong_router = B256::repeat_byte(3);
    let mut all = MetalayerHeader {
        version: 4,
        origin: Domain(5),
        destination: Domain(6),
        recipient: B256::ZERO,
        ..inbound()
    };
    let short = vec![0; 77];
    let call_of = |origin, sender, body: Vec<u8>| IMetalayerRouter::handleCall {
        origin,
        sender,
        body: body.into(),
    };

    let chain = delivering();
    call(&chain, OWNER, &setPausedCall { paused: true }).unwrap();
    let refused = |chain: &Chain, from, request: &IMetalayerRouter::handleCall| {
        call(chain, from, request).expect_err("it is refused")
    };
    let worst = call_of(5, wrong_router, short.clone());
    let stranger = reverts(MailboxOnly { caller: STRANGER });
    assert_eq!(refused(&chain, STRANGER, &worst), stranger);
    assert_eq!(refused(&chain, MAILBOX, &worst), reverts(EnforcedPause {}));
    call(&chain, OWNER, &setPausedCall { paused: false }).unwrap();
    assert_eq!(refused(&chain, MAILBOX, &worst), reverts(RouterNotEnrolled { domain: 5 }));
    let unexpected = UnexpectedRouter { origin: REMOTE_DOMAIN, sender: wrong_router };
    let request = call_of(REMOTE_DOMAIN, wrong_router, short.clone());
    assert_eq!(refused(&chain, MAILBOX, &request), reverts(unexpected));
    assert_eq!(refused(&chain, MAILBOX, &handle(short)), reverts(MalformedMessage { code: 1 }));
    let next = |header: &MetalayerHeader| refused(&chain, MAILBOX, &handle(body(header)));
    assert_eq!(next(&all), reverts(UnsupportedVersion { version: 4 }));
    all.version = 3;
    assert_eq!(next(&all), reverts(OriginMismatch { origin: REMOTE_DOMAIN, inner: 5 }));
    all.origin = Domain(REMOTE_DOMAIN);
    assert_eq!(next(&all), reverts(DestinationMismatch { local: LOCAL_DOMAIN, inner: 6 }));
    all.destination = Domain(LOCAL_DOMAIN);
    assert_eq!(next(&all), reverts(InvalidRecipient { recipient: B256::ZERO }));
    all.recipient = RECIPIENT.into_word();
    all.recipient.0[0] = 1;
    assert_eq!(next(&all), reverts(InvalidRecipient { recipient: all.recipient }));
    all.recipient = RECIPIENT.into_word();
    call(&chain, MAILBOX, &handle(body(&all))).unwrap();
}

#[test]
fn a_message_is_delivered_once() {
    let chain = delivering();
    let body = body(&inbound());
    call(&chain, MAILBOX, &handle(body.clone())).unwrap();
    let id = MetalayerMessage::id_of(&body);
    let again = call(&chain, MAILBOX, &handle(body)).err();
    assert_eq!(again, Some(reverts(AlreadyProcessed { messageId: id })));
    // and another message of the same sender is another message
    let next = MetalayerHeader { nonce: 8, ..inbound() };
    call(&chain, MAILBOX, &handle(super::body(&next))).unwrap();
}

#[test]
fn a_recipient_without_code_loses_no_message() {
    let chain = router();
    let body = body(&inbound());
    let refused = call(&chain, MAILBOX, &handle(body.clone())).err();
    let expected = InvalidRecipient { recipient: RECIPIENT.into_word() };
    assert_eq!(refused, Some(reverts(expected)));
    assert_eq!(call(&chain, STRANGER, &processedCall { key: key_of(&body) }), Ok(false));
    chain.set_answer(RECIPIENT, Ok(vec![]));
    call(&chain, MAILBOX, &handle(body)).unwrap();
}

#[test]
fn a_recipient_that_reverts_says_why_and_can_be_tried_again() {
    let chain = router();
    chain.set_answer(RECIPIENT, Err(b"not now".to_vec()));
    let body = body(&inbound());
    let refused = call(&chain, MAILBOX, &handle(body.clone())).err();
    assert_eq!(refused, Some(b"not now".to_vec()));
    assert!(chain.take_logs().is_empty());
    chain.set_answer(RECIPIENT, Ok(vec![]));
    call(&chain, MAILBOX, &handle(body)).unwrap();
}

#[test]
fn a_message_with_reads_is_refused_and_not_marked() {
    let chain = delivering();
    let target = RECIPIENT;
    let reads = [ReadView { domain: Domain(5), target, call_data: &[1, 2] }; 2];
    let body = inbound().encode(reads.into_iter(), b"hello");
    let refused = call(&chain, MAILBOX, &handle(body.clone())).err();
    assert_eq!(refused, Some(reverts(ReadsUnsupported { count: U256::from(2) })));
    assert_eq!(call(&chain, STRANGER, &processedCall { key: key_of(&body) }), Ok(false));
}

#[test]
fn a_router_that_is_no_longer_enrolled_stops_at_once() {
    let chain = delivering();
    call(&chain, OWNER, &unenrollRemoteRouterCall { domain: REMOTE_DOMAIN }).unwrap();
    let refused = call(&chain, MAILBOX, &handle(body(&inbound()))).err();
    assert_eq!(refused, Some(reverts(RouterNotEnrolled { domain: REMOTE_DOMAIN })));
}

#[test]
fn a_recipient_may_dispatch_from_inside_handle() {
    let chain = router();
    chain.set_balance(RECIPIENT, U256::from(ETHER));
    chain.set_program(
        RECIPIENT,
        Rc::new(|chain, _| chain.call(ROUTER, U256::from(1100), &dispatch().abi_encode())),
    );
    call(&chain, MAILBOX, &handle(body(&inbound()))).unwrap();
    let logs = chain.take_logs();
    let sent = events::<MetalayerDispatch>(&logs);
    assert_eq!((sent.len(), sent[0].sender, sent[0].nonce), (1, RECIPIENT, 0));
    assert_eq!(call(&chain, STRANGER, &IMetalayerRouter::nonceCall {}), Ok(1));
    assert_eq!(call(&chain, STRANGER, &processedCall { key: key_of(&body(&inbound())) }), Ok(true));
}

#[test]
fn a_message_cannot_be_delivered_again_from_inside_its_delivery() {
    // given a recipient through which the Mailbox delivers the same message again, as one that forgot it would
    let chain = router();
    chain.set_program(
        RECIPIENT,
        Rc::new(|chain, _| chain.call(MAILBOX, U256::ZERO, &handle(body(&inbound())).abi_encode())),
    );
    chain.set_program(MAILBOX, Rc::new(|chain, data| chain.call(ROUTER, U256::ZERO, data)));
    let refused = call(&chain, MAILBOX, &handle(body(&inbound()))).err();
    let id = MetalayerMessage::id_of(&body(&inbound()));
    assert_eq!(refused, Some(reverts(AlreadyProcessed { messageId: id })));
}
