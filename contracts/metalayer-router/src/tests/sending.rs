//! `dispatch` and the quotes.

use alloy_sol_types::{Panic, PanicKind};
use interfaces::{
    codec::MetalayerMessage,
    metalayer::IMetalayerRouter::{
        EnforcedPause, FinalityUnavailable, GasLimitTooHigh, InsufficientFee, InvalidFinality,
        InvalidRead, InvalidRecipient, LoopbackDomain, MessageTooLarge, MetalayerDispatch,
        RefundFailed, RouterNotEnrolled, TooManyReads, quoteGasPaymentCall, setFinalityEnabledCall,
        setHookCall, setLimitsCall, setPausedCall, setReadGasCall,
    },
};
use proptest::prelude::*;
use stylus_sdk::stylus_core::AccountAccess;

use super::*;

#[test]
fn a_message_goes_to_the_enrolled_router_with_its_fee() {
    // given a hook of our own
    let chain = router();
    let hook = Address::repeat_byte(0x11);
    call(&chain, OWNER, &setHookCall { hook }).unwrap();
    chain.take_logs();
    chain.take_calls();
    // when it is sent with exactly the fee
    let output = send(&chain, SENDER, 1100, &dispatch().abi_encode()).unwrap();
    // then the Mailbox is asked and paid with the very same arguments
    let header = MetalayerHeader {
        version: 3,
        finality: FinalityState::Instant,
        nonce: 0,
        origin: Domain(LOCAL_DOMAIN),
        sender: SENDER.into_word(),
        destination: Domain(REMOTE_DOMAIN),
        recipient: RECIPIENT.into_word(),
    };
    let message = header.encode(std::iter::empty(), b"hello");
    let metadata = HookMetadata::encode(U256::ZERO, U256::from(1000), SENDER);
    let quoted = mailboxQuoteCall {
        destination: REMOTE_DOMAIN,
        recipient: REMOTE.into_word(),
        body: message.clone().into(),
        metadata: metadata.to_vec().into(),
        hook,
    };
    let dispatched = mailboxDispatchCall {
        destination: REMOTE_DOMAIN,
        recipient: REMOTE.into_word(),
        body: message.clone().into(),
        metadata: metadata.to_vec().into(),
        hook,
    };
    let calls = chain.take_calls();
    assert_eq!(calls.len(), 2);
    assert_eq!(mailbox_call::<mailboxQuoteCall>(&calls).data, quoted.abi_encode());
    let paid = mailbox_call::<mailboxDispatchCall>(&calls);
    assert_eq!((paid.value, &paid.data), (U256::from(1100), &dispatched.abi_encode()));
    // and the event and the result name the message
    let id = hyperlane_id(&paid.data);
    assert_eq!(output, id.to_vec());
    let event = MetalayerDispatch {
        sender: SENDER,
        destination: REMOTE_DOMAIN,
        recipient: RECIPIENT.into_word(),
        messageId: MetalayerMessage::id_of(&message),
        hyperlaneMessageId: id,
        nonce: 0,
        finalityState: 0,
        gasLimit: U256::from(1000),
    };
    assert_eq!(events::<MetalayerDispatch>(&chain.take_logs()), [event]);
}

#[test]
fn reads_travel_in_the_message_and_their_gas_is_paid_for() {
    // given a router that asks 500 gas for reads, and 30 for each
    let chain = router();
    let read_gas = setReadGasCall { base: U256::from(500), perRead: U256::from(30) };
    call(&chain, OWNER, &read_gas).unwrap();
    chain.take_logs();
    // when a message with two of them is sent for the fee that was quoted
    let reads = vec![read(5, RECIPIENT), read(6, SENDER)];
    let request = dispatchCall { reads: reads.clone(), ..dispatch() };
    let fee = call(&chain, SENDER, &quote_of(&request)).unwrap();
    assert_eq!(fee, U256::from(1000 + 500 + 2 * 30 + 100));
    chain.take_calls();
    send(&chain, SENDER, fee.to(), &request.abi_encode()).unwrap();
    // then they are in the message, and the hooks are told the gas of it all
    let calls = chain.take_calls();
    let sent = &mailbox_call::<mailboxDispatchCall>(&calls).data;
    let sent = mailboxDispatchCall::abi_decode(sent).unwrap();
    let message = MetalayerMessage::decode(&sent.body).unwrap();
    assert_eq!(message.reads.iter().map(ReadOperation::from).collect::<Vec<_>>(), reads);
    assert_eq!(message.write_call_data, b"hello");
    let metadata = HookMetadata::decode(&sent.metadata);
    assert_eq!(metadata.gas_limit, Some(U256::from(1560)));
    let [event] = &events::<MetalayerDispatch>(&chain.take_logs())[..] else { panic!("one") };
    assert_eq!(event.gasLimit, U256::from(1560));
    assert_eq!(event.messageId, MetalayerMessage::id_of(&sent.body));
}

#[test]
fn the_gas_of_reads_cannot_overflow() {
    let chain = router();
    let most = U256::from(u64::MAX);
    call(&chain, OWNER, &setReadGasCall { base: most, perRead: most }).unwrap();
    let request = dispatchCall { reads: vec![read(5, RECIPIENT); 16], ..dispatch() };
    let fee = call(&chain, SENDER, &quote_of(&request)).unwrap();
    assert_eq!(fee, U256::from(1100) + most * U256::from(17));
}

#[test]
fn every_message_takes_the_next_nonce() {
    let chain = router();
    for nonce in 0..3 {
        assert_eq!(call(&chain, STRANGER, &IMetalayerRouter::nonceCall {}), Ok(nonce));
        send(&chain, SENDER, 1100, &dispatch().abi_encode()).unwrap();
    }
    let nonces: Vec<_> = events::<MetalayerDispatch>(&chain.take_logs());
    assert_eq!(nonces.iter().map(|event| event.nonce).collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn the_last_nonce_is_never_wrapped() {
    let chain = router();
    let slot = crate::slots::Core {
        mailbox: MAILBOX,
        nonce: u32::MAX,
        local_domain: Domain(LOCAL_DOMAIN),
        paused: false,
        finalities: crate::slots::Core::DEFAULT_FINALITIES,
        max_reads: 16,
    };
    chain.run(ROUTER, OWNER, U256::ZERO, |chain| MetalayerRouter::from(chain).core.set(slot));
    let refused = send(&chain, SENDER, 1100, &dispatch().abi_encode());
    assert_eq!(refused, Err(reverts(Panic::from(PanicKind::UnderOverflow))));
}

#[test]
fn the_excess_goes_back_to_the_caller_and_nothing_stays() {
    let chain = router();
    send(&chain, SENDER, 5000, &dispatch().abi_encode()).unwrap();
    assert_eq!(chain.balance(SENDER), U256::from(ETHER - 1100));
    assert_eq!(chain.balance(MAILBOX), U256::from(ETHER + 1100));
    assert_eq!(chain.balance(ROUTER), U256::ZERO);
    let refund = chain.take_calls().pop().unwrap();
    assert_eq!((refund.to, refund.gas, refund.data), (SENDER, u64::MAX, vec![]));
}

#[test]
fn an_exact_fee_makes_no_call_to_the_sender() {
    let chain = router();
    chain.set_answer(SENDER, Err(vec![]));
    send(&chain, SENDER, 1100, &dispatch().abi_encode()).unwrap();
}

#[test]
fn a_sender_that_refuses_its_excess_hurts_itself_alone() {
    let chain = router();
    chain.set_answer(SENDER, Err(b"no".to_vec()));
    let refused = send(&chain, SENDER, 1101, &dispatch().abi_encode());
    let expected = RefundFailed { recipient: SENDER, amount: U256::ONE };
    assert_eq!(refused, Err(reverts(expected)));
    assert_eq!(call(&chain, STRANGER, &IMetalayerRouter::nonceCall {}), Ok(0));
}

#[test]
fn a_value_below_the_fee_is_refused_before_the_mailbox_dispatches() {
    let chain = router();
    let refused = send(&chain, SENDER, 1099, &dispatch().abi_encode());
    let (required, provided) = (U256::from(1100), U256::from(1099));
    assert_eq!(refused, Err(reverts(InsufficientFee { required, provided })));
    assert_eq!(chain.take_calls().len(), 1);
}

/// Every check, each with a request that breaks it and all later ones.
fn broken() -> Vec<(dispatchCall, Vec<u8>)> {
    let mut all = dispatchCall {
        destination: LOCAL_DOMAIN,
        recipient: B256::ZERO,
        reads: vec![read(0, RECIPIENT); 17],
        writeCallData: vec![0; 32_768 - 82 + 1].into(),
        finality: 3,
        gasLimit: U256::from(30_000_001),
    };
    let mut cases = vec![(all.clone(), reverts(LoopbackDomain { domain: LOCAL_DOMAIN }))];
    all.destination = 5;
    cases.push((all.clone(), reverts(RouterNotEnrolled { domain: 5 })));
    all.destination = REMOTE_DOMAIN;
    cases.push((all.clone(), reverts(InvalidRecipient { recipient: B256::ZERO })));
    let mut wide = RECIPIENT.into_word();
    wide.0[11] = 1;
    all.recipient = wide;
    cases.push((all.clone(), reverts(InvalidRecipient { recipient: wide })));
    all.recipient = RECIPIENT.into_word();
    cases.push((all.clone(), reverts(InvalidFinality { finality: 3 })));
    all.finality = 2;
    cases.push((all.clone(), reverts(FinalityUnavailable { finality: 2 })));
    all.finality = 1;
    let (count, maximum) = (U256::from(17), U256::from(16));
    cases.push((all.clone(), reverts(TooManyReads { count, maximum })));
    all.reads.truncate(3);
    let (gas_limit, maximum) = (U256::from(30_000_001), U256::from(30_000_000));
    cases.push((all.clone(), reverts(GasLimitTooHigh { gasLimit: gas_limit, maximum })));
    all.gasLimit = maximum;
    cases.push((all.clone(), reverts(InvalidRead { index: U256::ZERO })));
    all.reads[0] = read(5, RECIPIENT);
    all.reads[1] = read(5, RECIPIENT);
    all.reads[2] = read(5, Address::ZERO);
    cases.push((all.clone(), reverts(InvalidRead { index: U256::from(2) })));
    all.reads[2] = read(5, RECIPIENT);
    // Their reads count: 3 of 28 + 4 bytes.
    let too_much = U256::from(32_769 + 3 * 32);
    let largest = U256::from(32_768);
    let too_large = MessageTooLarge { size: too_much, maximum: largest };
    cases.push((all.clone(), reverts(too_large)));
    all.reads.clear();
    let (size, maximum) = (U256::from(32_769), U256::from(32_768));
    cases.push((all.clone(), reverts(MessageTooLarge { size, maximum })));
    all.writeCallData = vec![0; 32_768 - 82].into();
    let (required, provided) = (U256::from(30_000_100), U256::from(7));
    cases.push((all, reverts(InsufficientFee { required, provided })));
    cases
}

#[test]
fn dispatch_checks_in_the_order_of_the_specification() {
    for (request, expected) in broken() {
        assert_eq!(send(&router(), SENDER, 7, &request.abi_encode()), Err(expected));
    }
}

#[test]
fn quotes_revert_as_dispatch_does() {
    let mut cases = broken();
    let (affordable, _) = cases.pop().unwrap();
    let chain = router();
    for (request, expected) in cases {
        assert_eq!(call(&chain, SENDER, &quote_of(&request)).err(), Some(expected));
    }
    let quoted = call(&chain, SENDER, &quote_of(&affordable));
    assert_eq!(quoted, Ok(U256::from(30_000_100)));
}

#[test]
fn the_largest_message_passes() {
    let chain = router();
    let mut largest = dispatch();
    largest.writeCallData = vec![0x11; 32_768 - 82].into();
    send(&chain, SENDER, 1100, &largest.abi_encode()).unwrap();
    let calls = chain.take_calls();
    let sent = &mailbox_call::<mailboxDispatchCall>(&calls).data;
    assert_eq!(mailboxDispatchCall::abi_decode(sent).unwrap().body.len(), 32_768);
}

#[test]
fn a_paused_router_sends_nothing_but_still_quotes() {
    let chain = router();
    call(&chain, OWNER, &setPausedCall { paused: true }).unwrap();
    let mut loopback = dispatch();
    loopback.destination = LOCAL_DOMAIN;
    let refused = send(&chain, SENDER, 1100, &loopback.abi_encode());
    assert_eq!(refused, Err(reverts(EnforcedPause {})));
    assert_eq!(call(&chain, SENDER, &quote_of(&dispatch())), Ok(U256::from(1100)));
    call(&chain, OWNER, &setPausedCall { paused: false }).unwrap();
    send(&chain, SENDER, 1100, &dispatch().abi_encode()).unwrap();
}

#[test]
fn finality_lanes_open_and_close() {
    let chain = router();
    let lane = |finality| dispatchCall { finality, ..dispatch() }.abi_encode();
    let set = |finality, enabled| {
        call(&chain, OWNER, &setFinalityEnabledCall { finality, enabled }).unwrap();
    };
    let closed = |finality| Err(reverts(FinalityUnavailable { finality }));
    assert!(send(&chain, SENDER, 1100, &lane(0)).is_ok());
    assert!(send(&chain, SENDER, 1100, &lane(1)).is_ok());
    assert_eq!(send(&chain, SENDER, 1100, &lane(2)), closed(2));
    set(2, true);
    assert!(send(&chain, SENDER, 1100, &lane(2)).is_ok());
    set(0, false);
    assert_eq!(send(&chain, SENDER, 1100, &lane(0)), closed(0));
    assert!(send(&chain, SENDER, 1100, &lane(1)).is_ok());
}

#[test]
fn limits_bind_at_once() {
    let chain = router();
    let limits = setLimitsCall {
        maxReads: U256::from(1),
        maxBytes: U256::from(86),
        maxGas: U256::from(999),
    };
    call(&chain, OWNER, &limits).unwrap();
    let two_reads = dispatchCall { reads: vec![read(5, RECIPIENT); 2], ..dispatch() };
    let (count, maximum) = (U256::from(2), U256::ONE);
    let refused = send(&chain, SENDER, 1100, &two_reads.abi_encode());
    assert_eq!(refused, Err(reverts(TooManyReads { count, maximum })));
    let (gas_limit, maximum) = (U256::from(1000), U256::from(999));
    let refused = send(&chain, SENDER, 1100, &dispatch().abi_encode());
    assert_eq!(refused, Err(reverts(GasLimitTooHigh { gasLimit: gas_limit, maximum })));
    let (size, maximum) = (U256::from(87), U256::from(86));
    let cheap = dispatchCall { gasLimit: U256::from(999), ..dispatch() };
    let refused = send(&chain, SENDER, 1100, &cheap.abi_encode());
    assert_eq!(refused, Err(reverts(MessageTooLarge { size, maximum })));
}

#[test]
fn the_address_overloads_mean_the_same() {
    let chain = router();
    let same = dispatch();
    let to_address = dispatchToAddressCall {
        destination: same.destination,
        recipient: RECIPIENT,
        reads: vec![],
        writeCallData: same.writeCallData.clone(),
        finality: same.finality,
        gasLimit: same.gasLimit,
    };
    let quote = quoteToAddressCall {
        destination: same.destination,
        recipient: RECIPIENT,
        reads: vec![],
        writeCallData: same.writeCallData.clone(),
        finality: same.finality,
        gasLimit: same.gasLimit,
    };
    assert_eq!(call(&chain, SENDER, &quote), call(&chain, SENDER, &quote_of(&same)));
    chain.take_calls();
    send(&chain, SENDER, 1100, &to_address.abi_encode()).unwrap();
    let first = chain.take_calls();
    let sent = mailboxDispatchCall::abi_decode(&first[1].data).unwrap();
    assert_eq!(MetalayerMessage::decode(&sent.body).unwrap().header.recipient, same.recipient);
}

#[test]
fn the_short_quote_is_for_100_000_gas() {
    let chain = router();
    let quote = quoteShortCall {
        destination: REMOTE_DOMAIN,
        recipient: RECIPIENT.into_word(),
        writeCallData: vec![].into(),
    };
    assert_eq!(call(&chain, SENDER, &quote), Ok(U256::from(100_100)));
    // and it is refused where a dispatch with that gas would be
    let limits = setLimitsCall {
        maxReads: U256::ZERO,
        maxBytes: U256::from(1000),
        maxGas: U256::from(99_999),
    };
    call(&chain, OWNER, &limits).unwrap();
    let (gas_limit, maximum) = (U256::from(100_000), U256::from(99_999));
    let expected = reverts(GasLimitTooHigh { gasLimit: gas_limit, maximum });
    assert_eq!(call(&chain, SENDER, &quote).err(), Some(expected));
}

#[test]
fn given_metadata_reaches_the_hooks_unchanged_and_has_no_gas_check() {
    let chain = router();
    for metadata in [vec![], vec![0, 1], vec![9; 33], vec![0xff; 200]] {
        let quote = quoteWithMetadataCall {
            destination: REMOTE_DOMAIN,
            recipient: RECIPIENT.into_word(),
            writeCallData: vec![1].into(),
            hookMetadata: metadata.clone().into(),
        };
        // The mock adds 100 and overflows for all bits set; what matters is what it was given.
        if metadata.len() < 200 {
            call(&chain, SENDER, &quote).unwrap();
            let calls = chain.take_calls();
            let asked = mailboxQuoteCall::abi_decode(&calls[0].data).unwrap();
            assert_eq!(asked.metadata, metadata);
        }
    }
    let high = HookMetadata::encode(U256::ZERO, U256::from(1u64 << 40), SENDER);
    let quote = quoteWithMetadataCall {
        destination: REMOTE_DOMAIN,
        recipient: RECIPIENT.into_word(),
        writeCallData: vec![].into(),
        hookMetadata: high.to_vec().into(),
    };
    assert_eq!(call(&chain, SENDER, &quote), Ok(U256::from((1u64 << 40) + 100)));
}

#[test]
fn a_gas_payment_is_quoted_for_any_recipient() {
    let chain = router();
    let quote =
        |destination, gas: u64| quoteGasPaymentCall { destination, gasLimit: U256::from(gas) };
    assert_eq!(call(&chain, SENDER, &quote(REMOTE_DOMAIN, 77)), Ok(U256::from(177)));
    let unknown = Some(reverts(RouterNotEnrolled { domain: 5 }));
    assert_eq!(call(&chain, SENDER, &quote(5, 77)).err(), unknown);
    let (gas_limit, maximum) = (U256::from(30_000_001), U256::from(30_000_000));
    let too_high = Some(reverts(GasLimitTooHigh { gasLimit: gas_limit, maximum }));
    assert_eq!(call(&chain, SENDER, &quote(REMOTE_DOMAIN, 30_000_001)).err(), too_high);
}

#[test]
fn what_the_mailbox_reverts_with_is_passed_up() {
    let chain = router();
    chain.set_answer(MAILBOX, Err(b"quote".to_vec()));
    let refused = send(&chain, SENDER, 1100, &dispatch().abi_encode());
    assert_eq!(refused, Err(b"quote".to_vec()));
    assert_eq!(call(&chain, SENDER, &quote_of(&dispatch())).err(), Some(b"quote".to_vec()));
    chain.set_program(
        MAILBOX,
        Rc::new(|_, calldata| match calldata.starts_with(&mailboxQuoteCall::SELECTOR) {
            true => Ok(vec![0; 32]),
            false => Err(b"dispatch".to_vec()),
        }),
    );
    let refused = send(&chain, SENDER, 1100, &dispatch().abi_encode());
    assert_eq!(refused, Err(b"dispatch".to_vec()));
    assert_eq!(call(&chain, STRANGER, &IMetalayerRouter::nonceCall {}), Ok(0));
}

#[test]
fn a_short_answer_of_the_mailbox_reverts_as_in_solidity() {
    let chain = router();
    chain.set_answer(MAILBOX, Ok(vec![0; 31]));
    assert_eq!(send(&chain, SENDER, 1100, &dispatch().abi_encode()), Err(vec![]));
    chain.set_program(
        MAILBOX,
        Rc::new(|_, calldata| match calldata.starts_with(&mailboxQuoteCall::SELECTOR) {
            true => Ok(vec![0; 32]),
            false => Ok(vec![0; 31]),
        }),
    );
    assert_eq!(send(&chain, SENDER, 1100, &dispatch().abi_encode()), Err(vec![]));
}

#[test]
fn a_hook_that_dispatches_takes_the_next_nonce_and_disturbs_nothing() {
    // given a Mailbox whose hook sends a message of its own while the first is on its way
    let chain = router();
    let depth = Rc::new(std::cell::Cell::new(0));
    let inner = mailbox(LOCAL_DOMAIN);
    chain.set_program(
        MAILBOX,
        Rc::new(move |chain, calldata| {
            if calldata.starts_with(&mailboxDispatchCall::SELECTOR) && depth.get() == 0 {
                depth.set(1);
                chain.call(ROUTER, U256::from(1100), &dispatch().abi_encode())?;
            }
            inner(chain, calldata)
        }),
    );
    send(&chain, SENDER, 1100, &dispatch().abi_encode()).unwrap();
    let sent = events::<MetalayerDispatch>(&chain.take_logs());
    let nonces: Vec<_> = sent.iter().map(|event| (event.sender, event.nonce)).collect();
    assert_eq!(nonces, [(MAILBOX, 1), (SENDER, 0)]);
    assert_eq!(call(&chain, STRANGER, &IMetalayerRouter::nonceCall {}), Ok(2));
}

#[test]
fn a_refund_receiver_may_dispatch_again() {
    let chain = router();
    chain.set_program(
        SENDER,
        Rc::new(|chain, _| chain.call(ROUTER, U256::from(1100), &dispatch().abi_encode())),
    );
    send(&chain, SENDER, 1101, &dispatch().abi_encode()).unwrap();
    assert_eq!(call(&chain, STRANGER, &IMetalayerRouter::nonceCall {}), Ok(2));
    assert_eq!(chain.balance(ROUTER), U256::ZERO);
}

proptest! {
    /// The invariant that MetaProver's fee depends on.
    #[test]
    fn a_quote_with_metadata_is_the_fee_of_a_dispatch_with_its_gas_limit(
        gas_limit in 0u64..=30_000_000,
        write in proptest::collection::vec(any::<u8>(), 0..300),
        value in any::<[u8; 32]>(),
        refund in any::<[u8; 20]>(),
    ) {
        let chain = router();
        let metadata = HookMetadata::encode(
            U256::from_be_bytes(value),
            U256::from(gas_limit),
            Address::from(refund),
        );
        let quote = quoteWithMetadataCall {
            destination: REMOTE_DOMAIN,
            recipient: RECIPIENT.into_word(),
            writeCallData: write.clone().into(),
            hookMetadata: metadata.to_vec().into(),
        };
        let request = dispatchCall {
            writeCallData: write.into(),
            gasLimit: U256::from(gas_limit),
            ..dispatch()
        };
        let fee = call(&chain, SENDER, &quote).unwrap();
        prop_assert_eq!(call(&chain, SENDER, &quote_of(&request)), Ok(fee));
        // The exact fee is enough, and one wei less is not.
        let calldata = request.abi_encode();
        let fee: u64 = fee.to();
        prop_assert!(send(&chain, SENDER, fee - 1, &calldata).is_err());
        prop_assert!(send(&chain, SENDER, fee, &calldata).is_ok());
    }
}
