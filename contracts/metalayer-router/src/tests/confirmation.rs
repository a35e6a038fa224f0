//! `confirmDelivery`, and receipts that come back. The attacks are those of `../../README.md`.

use interfaces::{
    codec::{MetalayerMessage, Receipt},
    metalayer::IMetalayerRouter::{
        AlreadyProcessed, DeliveryConfirmed, EnforcedPause, FinalityUnavailable, GasLimitTooHigh,
        InsufficientFee, InvalidReceipt, InvalidRecipient, MetalayerDelivered, MetalayerDispatch,
        NotDelivered, confirmDeliveryCall, confirmedCall, setFinalityEnabledCall, setPausedCall,
        unenrollRemoteRouterCall,
    },
};
use stylus_sdk::stylus_core::AccountAccess;

use super::*;

/// A router that has delivered [`inbound`].
fn delivered() -> Chain {
    let chain = router();
    chain.set_answer(RECIPIENT, Ok(vec![]));
    call(&chain, MAILBOX, &handle(body(&inbound()))).unwrap();
    chain.take_logs();
    chain.take_calls();
    chain
}

fn confirm(message: Vec<u8>) -> confirmDeliveryCall {
    let gas_limit = U256::from(1000);
    confirmDeliveryCall { origin: REMOTE_DOMAIN, message: message.into(), gasLimit: gas_limit }
}

fn not_delivered(message: &[u8]) -> ArbResult {
    Err(reverts(NotDelivered { messageId: MetalayerMessage::id_of(message) }))
}

/// A message from the remote router to ours.
fn to_router(header: MetalayerHeader, receipt: &[u8]) -> Vec<u8> {
    let (sender, recipient) = (REMOTE.into_word(), ROUTER.into_word());
    MetalayerHeader { sender, recipient, ..header }.encode(std::iter::empty(), receipt)
}

fn receipt() -> Receipt {
    Receipt { message_id: B256::repeat_byte(0x1d), recipient: STRANGER.into_word() }
}

fn key_of(message_id: B256) -> B256 {
    MetalayerMessage::processed_key(Domain(REMOTE_DOMAIN), REMOTE.into_word(), message_id)
}

#[test]
fn anyone_has_a_delivery_confirmed_to_its_origin() {
    for finality in [FinalityState::Instant, FinalityState::Finalized] {
        // given a message that was delivered on a lane
        let chain = router();
        chain.set_answer(RECIPIENT, Ok(vec![]));
        let message = body(&MetalayerHeader { finality, ..inbound() });
        call(&chain, MAILBOX, &handle(message.clone())).unwrap();
        chain.take_logs();
        chain.take_calls();
        // when a stranger asks, and pays more than it costs
        let output = send(&chain, STRANGER, 5000, &confirm(message.clone()).abi_encode());
        // then a receipt goes to the router it came from, on the same lane, in the router's own name
        let header = MetalayerHeader {
            version: 3,
            finality,
            nonce: 0,
            origin: Domain(LOCAL_DOMAIN),
            sender: ROUTER.into_word(),
            destination: Domain(REMOTE_DOMAIN),
            recipient: REMOTE.into_word(),
        };
        let message_id = MetalayerMessage::id_of(&message);
        let receipt = Receipt { message_id, recipient: RECIPIENT.into_word() };
        let expected = header.encode(std::iter::empty(), &receipt.encode());
        let calls = chain.take_calls();
        let sent = mailbox_call::<mailboxDispatchCall>(&calls);
        let dispatched = mailboxDispatchCall::abi_decode(&sent.data).unwrap();
        assert_eq!(dispatched.body, expected);
        assert_eq!((dispatched.recipient, sent.value), (REMOTE.into_word(), U256::from(1100)));
        // hooks give back to the stranger, and so does the router
        let metadata = HookMetadata::encode(U256::ZERO, U256::from(1000), STRANGER);
        assert_eq!(dispatched.metadata, metadata.to_vec());
        assert_eq!(chain.balance(STRANGER), U256::from(ETHER - 1100));
        assert_eq!(chain.balance(ROUTER), U256::ZERO);
        let id = hyperlane_id(&sent.data);
        assert_eq!(output, Ok(id.to_vec()));
        let [event] = &events::<MetalayerDispatch>(&chain.take_logs())[..] else { panic!("one") };
        assert_eq!((event.sender, event.hyperlaneMessageId), (ROUTER, id));
        assert_eq!(event.messageId, MetalayerMessage::id_of(&expected));
    }
}

#[test]
fn what_was_not_delivered_is_not_confirmed() {
    let chain = delivered();
    let delivered = body(&inbound());
    // another message
    let other = body(&MetalayerHeader { nonce: 8, ..inbound() });
    assert_eq!(
        send(&chain, SENDER, 1100, &confirm(other.clone()).abi_encode()),
        not_delivered(&other)
    );
    // no message at all
    assert_eq!(send(&chain, SENDER, 1100, &confirm(vec![]).abi_encode()), not_delivered(&[]));
    // the same from another chain
    let elsewhere = confirmDeliveryCall { origin: 5, ..confirm(delivered.clone()) };
    assert_eq!(send(&chain, SENDER, 1100, &elsewhere.abi_encode()), not_delivered(&delivered));
    // one that failed
    let failing = body(&MetalayerHeader { nonce: 9, ..inbound() });
    chain.set_answer(RECIPIENT, Err(vec![]));
    call(&chain, MAILBOX, &handle(failing.clone())).unwrap_err();
    let refused = send(&chain, SENDER, 1100, &confirm(failing.clone()).abi_encode());
    assert_eq!(refused, not_delivered(&failing));
    // and none of a router that is no longer enrolled, or that stands in another one's place
    call(&chain, OWNER, &unenrollRemoteRouterCall { domain: REMOTE_DOMAIN }).unwrap();
    let ask = || send(&chain, SENDER, 1100, &confirm(delivered.clone()).abi_encode());
    assert_eq!(ask(), not_delivered(&delivered));
    call(&chain, OWNER, &enroll(REMOTE_DOMAIN, STRANGER)).unwrap();
    assert_eq!(ask(), not_delivered(&delivered));
    assert!(chain.take_calls().iter().all(|call| call.to != MAILBOX));
}

#[test]
fn asking_is_sending_and_refused_as_sending_is() {
    let chain = delivered();
    let message = body(&inbound());
    let ask =
        |value, request: &confirmDeliveryCall| send(&chain, SENDER, value, &request.abi_encode());
    let (required, provided) = (U256::from(1100), U256::from(1099));
    let refused = ask(1099, &confirm(message.clone()));
    assert_eq!(refused, Err(reverts(InsufficientFee { required, provided })));
    let (gas_limit, maximum) = (U256::from(30_000_001), U256::from(30_000_000));
    let greedy = confirmDeliveryCall { gasLimit: gas_limit, ..confirm(message.clone()) };
    let too_high = GasLimitTooHigh { gasLimit: gas_limit, maximum };
    assert_eq!(ask(1100, &greedy), Err(reverts(too_high)));
    call(&chain, OWNER, &setFinalityEnabledCall { finality: 0, enabled: false }).unwrap();
    let refused = ask(1100, &confirm(message.clone()));
    assert_eq!(refused, Err(reverts(FinalityUnavailable { finality: 0 })));
    call(&chain, OWNER, &setPausedCall { paused: true }).unwrap();
    assert_eq!(ask(1100, &confirm(message)), Err(reverts(EnforcedPause {})));
}

#[test]
fn a_recipient_may_ask_from_inside_its_handle() {
    let chain = router();
    chain.set_balance(RECIPIENT, U256::from(ETHER));
    let message = body(&inbound());
    let ask = confirm(message.clone()).abi_encode();
    chain.set_program(
        RECIPIENT,
        Rc::new(move |chain, _| chain.call(ROUTER, U256::from(1100), &ask)),
    );
    call(&chain, MAILBOX, &handle(message)).unwrap();
    let sent = events::<MetalayerDispatch>(&chain.take_logs());
    assert_eq!((sent.len(), sent[0].sender), (1, ROUTER));
}

#[test]
fn a_receipt_is_remembered_and_told_once() {
    let chain = router();
    let confirmed = || {
        let ask = confirmedCall { key: key_of(receipt().message_id) };
        call(&chain, STRANGER, &ask).unwrap()
    };
    assert!(!confirmed());
    // when the remote router's receipt comes
    let first = to_router(inbound(), &receipt().encode());
    call(&chain, MAILBOX, &handle(first.clone())).unwrap();
    // then it is a message like any other, and more
    let logs = chain.take_logs();
    let delivered = MetalayerDelivered {
        origin: REMOTE_DOMAIN,
        sender: REMOTE.into_word(),
        recipient: ROUTER.into_word(),
        messageId: MetalayerMessage::id_of(&first),
    };
    assert_eq!(events::<MetalayerDelivered>(&logs), [delivered]);
    let event = DeliveryConfirmed {
        destination: REMOTE_DOMAIN,
        messageId: receipt().message_id,
        recipient: receipt().recipient,
    };
    assert_eq!((logs.len(), events::<DeliveryConfirmed>(&logs)), (2, vec![event]));
    assert!(confirmed());
    // and nobody was called
    assert!(chain.take_calls().is_empty());
    // when it comes again, it is refused
    let again = call(&chain, MAILBOX, &handle(first.clone())).err();
    let id = MetalayerMessage::id_of(&first);
    assert_eq!(again, Some(reverts(AlreadyProcessed { messageId: id })));
    // when another receipt of the same message comes, it changes nothing
    let second = to_router(MetalayerHeader { nonce: 8, ..inbound() }, &receipt().encode());
    call(&chain, MAILBOX, &handle(second)).unwrap();
    assert_eq!(events::<DeliveryConfirmed>(&chain.take_logs()), []);
    assert!(confirmed());
}

#[test]
fn nobody_but_the_remote_router_sends_receipts() {
    let chain = router();
    for sender in [SENDER, ROUTER, MAILBOX, Address::ZERO] {
        let header = MetalayerHeader {
            sender: sender.into_word(),
            recipient: ROUTER.into_word(),
            ..inbound()
        };
        let forged = header.encode(std::iter::empty(), &receipt().encode());
        let refused = call(&chain, MAILBOX, &handle(forged)).err();
        let expected = InvalidRecipient { recipient: ROUTER.into_word() };
        assert_eq!(refused, Some(reverts(expected)));
    }
    let ask = confirmedCall { key: key_of(receipt().message_id) };
    assert_eq!(call(&chain, STRANGER, &ask), Ok(false));
}

#[test]
fn a_receipt_of_another_router_is_another_key() {
    // given two remote routers, of which one is corrupt
    let chain = router();
    call(&chain, OWNER, &enroll(5, STRANGER)).unwrap();
    let header = MetalayerHeader {
        origin: Domain(5),
        sender: STRANGER.into_word(),
        recipient: ROUTER.into_word(),
        ..inbound()
    };
    let lie = header.encode(std::iter::empty(), &receipt().encode());
    let sender = STRANGER.into_word();
    let handle = IMetalayerRouter::handleCall { origin: 5, sender, body: lie.into() };
    call(&chain, MAILBOX, &handle).unwrap();
    // then its word counts for its own chain alone
    let ask = confirmedCall { key: key_of(receipt().message_id) };
    assert_eq!(call(&chain, STRANGER, &ask), Ok(false));
}

#[test]
fn what_the_remote_router_says_is_a_receipt_or_refused() {
    let whole = receipt().encode();
    let mut other_kind = whole;
    other_kind[0] = 0;
    for nonsense in [&[][..], &whole[..64], &[&whole[..], &[0]].concat()[..], &other_kind[..]] {
        let chain = router();
        let refused = call(&chain, MAILBOX, &handle(to_router(inbound(), nonsense))).err();
        assert_eq!(refused, Some(reverts(InvalidReceipt {})));
    }
}

#[test]
fn a_receipt_brings_no_value() {
    let chain = router();
    let message = handle(to_router(inbound(), &receipt().encode())).abi_encode();
    assert_eq!(send(&chain, MAILBOX, 1, &message), Err(vec![]));
    assert_eq!(chain.balance(ROUTER), U256::ZERO);
    assert_eq!(send(&chain, MAILBOX, 0, &message), Ok(vec![]));
}

#[test]
fn receipts_are_not_confirmed_in_turn() {
    let chain = router();
    let message = to_router(inbound(), &receipt().encode());
    call(&chain, MAILBOX, &handle(message.clone())).unwrap();
    let refused = send(&chain, STRANGER, 1100, &confirm(message).abi_encode());
    let expected = InvalidRecipient { recipient: ROUTER.into_word() };
    assert_eq!(refused, Err(reverts(expected)));
}
