//! `handle`.

use alloy_primitives::Bytes;
use alloy_sol_types::SolValue;
use interfaces::{
    args::ReadView,
    codec::MetalayerMessage,
    metalayer::{
        IMetalayerReadIsm, IMetalayerRecipient,
        IMetalayerRouter::{
            AlreadyProcessed, DestinationMismatch, EnforcedPause, InvalidRecipient, MailboxOnly,
            MalformedMessage, MetalayerDelivered, MetalayerDispatch, OriginMismatch,
            ReadResultCountMismatch, RouterNotEnrolled, UnexpectedRouter, UnsupportedVersion,
            processedCall, setIsmCall, setPausedCall, unenrollRemoteRouterCall,
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

const READ_ISM: Address = address!("0xa00000000000000000000000000000000000000a");

/// A router whose read module answers everything with `results`.
fn reading(results: &[&[u8]]) -> Chain {
    let chain = delivering();
    call(&chain, OWNER, &setIsmCall { ism: ISM, readIsm: READ_ISM }).unwrap();
    let results: Vec<Bytes> = results.iter().map(|r| Bytes::copy_from_slice(r)).collect();
    chain.set_answer(READ_ISM, Ok(results.abi_encode()));
    chain.take_logs();
    chain
}

/// A message with reads, and what they are.
fn body_with_reads(count: usize) -> (Vec<u8>, Vec<ReadOperation>) {
    let call_data: [&[u8]; 3] = [&[], &[1, 2, 3, 4], &[9; 33]];
    let reads = (0..count).map(|i| ReadView {
        domain: Domain(5 + i as u32),
        target: if i == 0 { RECIPIENT } else { SENDER },
        call_data: call_data[i % 3],
    });
    (inbound().encode(reads.clone(), b"hello"), reads.map(ReadOperation::from).collect())
}

#[test]
fn a_message_with_reads_brings_their_results() {
    for results in [&[&b"one"[..]][..], &[b"", &[7; 32]], &[&[1; 33], b"x", b""]] {
        // given a module that has as many results as the message has reads
        let chain = reading(results);
        let (body, reads) = body_with_reads(results.len());
        let id = MetalayerMessage::id_of(&body);
        // when it is delivered
        send(&chain, MAILBOX, 3, &handle(body.clone()).abi_encode()).unwrap();
        // then the module was asked for those of this message, and the recipient gets them
        let consume = IMetalayerReadIsm::consumeCall { messageId: id }.abi_encode();
        let delivered = IMetalayerRecipient::handleCall {
            origin: REMOTE_DOMAIN,
            sender: SENDER.into_word(),
            message: b"hello".to_vec().into(),
            reads,
            readResults: results.iter().map(|r| Bytes::copy_from_slice(r)).collect(),
        };
        let record = |to, value: u8, data| CallRecord {
            from: ROUTER,
            to,
            value: U256::from(value),
            gas: u64::MAX,
            data,
        };
        let expected = [record(READ_ISM, 0, consume), record(RECIPIENT, 3, delivered.abi_encode())];
        assert_eq!(chain.take_calls(), expected);
        assert_eq!(events::<MetalayerDelivered>(&chain.take_logs()).len(), 1);
        assert_eq!(call(&chain, STRANGER, &processedCall { key: key_of(&body) }), Ok(true));
    }
}

#[test]
fn a_message_without_reads_asks_for_no_results() {
    let chain = reading(&[b"one"]);
    call(&chain, MAILBOX, &handle(body(&inbound()))).unwrap();
    assert!(chain.take_calls().iter().all(|call| call.to != READ_ISM));
}

#[test]
fn a_message_whose_results_are_missing_is_refused_and_not_marked() {
    let (body, _) = body_with_reads(2);
    let refused = |chain: &Chain| {
        let refused = call(chain, MAILBOX, &handle(body.clone())).expect_err("it is refused");
        assert_eq!(call(chain, STRANGER, &processedCall { key: key_of(&body) }), Ok(false));
        assert!(chain.take_logs().is_empty());
        refused
    };
    // whatever the module says about it
    let chain = reading(&[]);
    chain.set_answer(READ_ISM, Err(b"none".to_vec()));
    assert_eq!(refused(&chain), b"none");
    // another number of results
    for results in [&[][..], &[&b"one"[..]], &[b"one", b"two", b"three"]] {
        let (expected, actual) = (U256::from(2), U256::from(results.len()));
        let mismatch = reverts(ReadResultCountMismatch { expected, actual });
        assert_eq!(refused(&reading(results)), mismatch);
    }
    // an answer that is no list
    for answer in [vec![], vec![0; 31], U256::MAX.abi_encode(), vec![0xff; 64]] {
        chain.set_answer(READ_ISM, Ok(answer));
        assert_eq!(refused(&chain), b"");
    }
    // and no module at all, as in Solidity
    let chain = delivering();
    chain.take_logs();
    assert_eq!(refused(&chain), b"");
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

/// A message to another recipient, which takes everything.
fn to_another(chain: &Chain) -> Vec<u8> {
    let other = Address::repeat_byte(0x55);
    chain.set_answer(other, Ok(vec![]));
    body(&MetalayerHeader { nonce: 8, recipient: other.into_word(), ..inbound() })
}

#[test]
fn a_recipient_may_have_another_message_delivered_from_inside_its_own() {
    // given a recipient through which the Mailbox delivers the next message
    let chain = router();
    let (first, next) = (body(&inbound()), to_another(&chain));
    let inner = handle(next.clone()).abi_encode();
    chain.set_program(RECIPIENT, Rc::new(move |chain, _| chain.call(MAILBOX, U256::ZERO, &inner)));
    chain.set_program(MAILBOX, Rc::new(|chain, data| chain.call(ROUTER, U256::ZERO, data)));
    // when the first is delivered
    call(&chain, MAILBOX, &handle(first.clone())).unwrap();
    // then both are, and neither comes again
    let ids = [&first, &next].map(|body| MetalayerMessage::id_of(body));
    let delivered = events::<MetalayerDelivered>(&chain.take_logs());
    assert!(delivered.iter().map(|event| event.messageId).eq(ids));
    for (body, id) in [first, next].into_iter().zip(ids) {
        let again = call(&chain, MAILBOX, &handle(body)).err();
        assert_eq!(again, Some(reverts(AlreadyProcessed { messageId: id })));
    }
}

#[test]
fn a_message_that_is_refused_for_ever_holds_up_no_other() {
    // given a recipient that takes nothing
    let chain = router();
    chain.set_answer(RECIPIENT, Err(b"never".to_vec()));
    let refused = call(&chain, MAILBOX, &handle(body(&inbound()))).err();
    assert_eq!(refused, Some(b"never".to_vec()));
    // when the same sender's next message comes, to another recipient
    call(&chain, MAILBOX, &handle(to_another(&chain))).unwrap();
    // then it is delivered
    assert_eq!(events::<MetalayerDelivered>(&chain.take_logs()).len(), 1);
}
