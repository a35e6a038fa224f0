//! What the router answers to, and how it takes what it does not understand.

use alloy_sol_types::SolInterface;
use interfaces::metalayer::IMetalayerRouter as R;
use proptest::prelude::*;

use super::*;

/// A well-formed call of every function, and who may make it.
fn calls() -> Vec<(Address, Vec<u8>)> {
    let zero = Address::ZERO;
    let one = U256::ONE;
    let same = dispatch();
    let to_address = dispatchToAddressCall {
        destination: same.destination,
        recipient: RECIPIENT,
        reads: vec![],
        writeCallData: same.writeCallData.clone(),
        finality: same.finality,
        gasLimit: same.gasLimit,
    };
    let quote_to_address = quoteToAddressCall {
        destination: same.destination,
        recipient: RECIPIENT,
        reads: vec![],
        writeCallData: same.writeCallData.clone(),
        finality: same.finality,
        gasLimit: same.gasLimit,
    };
    let short = quoteShortCall {
        destination: same.destination,
        recipient: same.recipient,
        writeCallData: same.writeCallData.clone(),
    };
    let with_metadata = quoteWithMetadataCall {
        destination: same.destination,
        recipient: same.recipient,
        writeCallData: same.writeCallData.clone(),
        hookMetadata: vec![0, 1].into(),
    };
    let routers = vec![REMOTE.into_word()];
    let limits = R::setLimitsCall { maxReads: one, maxBytes: one, maxGas: one };
    let mut calls: Vec<(Address, Vec<u8>)> = [
        quote_of(&same).abi_encode(),
        quote_to_address.abi_encode(),
        short.abi_encode(),
        with_metadata.abi_encode(),
        R::quoteGasPaymentCall { destination: REMOTE_DOMAIN, gasLimit: one }.abi_encode(),
        R::routerAddressesCall { domain: 1 }.abi_encode(),
        R::routersCall { domain: 1 }.abi_encode(),
        R::domainsCall {}.abi_encode(),
        R::igpCall {}.abi_encode(),
        R::mailboxCall {}.abi_encode(),
        R::localDomainCall {}.abi_encode(),
        R::nonceCall {}.abi_encode(),
        R::hookCall {}.abi_encode(),
        R::readIsmCall {}.abi_encode(),
        R::ownerCall {}.abi_encode(),
        R::pendingOwnerCall {}.abi_encode(),
        R::pausedCall {}.abi_encode(),
        R::processedCall { key: B256::ZERO }.abi_encode(),
        R::confirmedCall { key: B256::ZERO }.abi_encode(),
        R::interchainSecurityModuleCall {}.abi_encode(),
        R::acceptOwnershipCall {}.abi_encode(),
    ]
    .map(|calldata| (STRANGER, calldata))
    .to_vec();
    calls.extend(
        [
            enroll(5, REMOTE).abi_encode(),
            R::enrollRemoteRoutersCall { domains: vec![5], routers }.abi_encode(),
            R::unenrollRemoteRouterCall { domain: REMOTE_DOMAIN }.abi_encode(),
            R::setIsmCall { ism: zero, readIsm: zero }.abi_encode(),
            R::setHookCall { hook: zero }.abi_encode(),
            R::setIgpCall { igp: zero }.abi_encode(),
            R::setReadGasCall { base: one, perRead: one }.abi_encode(),
            limits.abi_encode(),
            R::setFinalityEnabledCall { finality: 1, enabled: true }.abi_encode(),
            R::setPausedCall { paused: true }.abi_encode(),
            R::transferOwnershipCall { newOwner: STRANGER }.abi_encode(),
        ]
        .map(|calldata| (OWNER, calldata)),
    );
    calls.push((MAILBOX, handle(body(&inbound())).abi_encode()));
    let message = body(&inbound()).into();
    let confirm = R::confirmDeliveryCall { origin: REMOTE_DOMAIN, message, gasLimit: one };
    calls.push((SENDER, confirm.abi_encode()));
    calls.push((SENDER, same.abi_encode()));
    calls.push((SENDER, to_address.abi_encode()));
    let set_up = R::initializeCall { mailbox: MAILBOX, owner: OWNER, igp: IGP, ism: ISM };
    calls.push((OWNER, set_up.abi_encode()));
    calls
}

/// A router in which each of `calls` succeeds without value.
fn open(calldata: &[u8]) -> Chain {
    if calldata.starts_with(&R::initializeCall::SELECTOR) {
        return chain();
    }
    let chain = router();
    chain.set_answer(RECIPIENT, Ok(vec![]));
    call(&chain, OWNER, &R::transferOwnershipCall { newOwner: STRANGER }).unwrap();
    if calldata.starts_with(&R::confirmDeliveryCall::SELECTOR) {
        call(&chain, MAILBOX, &handle(body(&inbound()))).unwrap();
    }
    // A Mailbox that asks for nothing.
    chain.set_answer(MAILBOX, Ok(vec![0; 32]));
    chain
}

#[test]
fn every_function_of_the_interface_is_answered() {
    let called: Vec<[u8; 4]> =
        calls().iter().map(|(_, calldata)| *calldata.first_chunk().unwrap()).collect();
    for selector in R::IMetalayerRouterCalls::selectors() {
        assert!(called.contains(&selector), "no call of {}", hex::encode(selector));
    }
    assert_eq!(called.len(), R::IMetalayerRouterCalls::COUNT);
    for (from, calldata) in calls() {
        let outcome = send(&open(&calldata), from, 0, &calldata);
        assert!(outcome.is_ok(), "{}: {outcome:?}", hex::encode(&calldata[..4]));
    }
}

#[test]
fn selectors_are_those_of_the_specification() {
    for (selector, expected) in [
        (R::initializeCall::SELECTOR, 0xf8c8_765e_u32),
        (R::enrollRemoteRouterCall::SELECTOR, 0xb49c_53a7),
        (R::routerAddressesCall::SELECTOR, 0x1223_14ca),
        (R::igpCall::SELECTOR, 0xf28b_2daa),
        (R::interchainSecurityModuleCall::SELECTOR, 0xde52_3cf3),
        (dispatchToAddressCall::SELECTOR, 0xab4f_36bc),
        (dispatchCall::SELECTOR, 0xe8dd_7ad7),
        (quoteCall::SELECTOR, 0x00ab_e24b),
        (quoteToAddressCall::SELECTOR, 0x7176_f96b),
        (quoteShortCall::SELECTOR, 0x9c42_bd18),
        (quoteWithMetadataCall::SELECTOR, 0xf7cc_d321),
        (R::quoteGasPaymentCall::SELECTOR, 0xa692_9793),
        (R::handleCall::SELECTOR, 0x56d5_d475),
        (mailboxQuoteCall::SELECTOR, 0x81d2_ea95),
        (mailboxDispatchCall::SELECTOR, 0x10b8_3dc0),
    ] {
        assert_eq!(u32::from_be_bytes(selector), expected);
    }
}

#[test]
fn everything_else_reverts_without_data() {
    let chain = router();
    for calldata in [vec![], vec![1], vec![0xde, 0xad, 0xbe, 0xef], vec![0x8d, 0xa5, 0xcb]] {
        assert_eq!(send(&chain, STRANGER, 0, &calldata), Err(vec![]));
        assert_eq!(send(&chain, STRANGER, 1, &calldata), Err(vec![]));
    }
}

#[test]
fn only_what_sends_and_delivers_takes_value() {
    let payable = [
        dispatchCall::SELECTOR,
        dispatchToAddressCall::SELECTOR,
        R::handleCall::SELECTOR,
        R::confirmDeliveryCall::SELECTOR,
    ];
    for (from, calldata) in calls() {
        let outcome = send(&open(&calldata), from, 1, &calldata);
        match payable.iter().any(|selector| calldata.starts_with(selector)) {
            true => assert!(outcome.is_ok()),
            false => assert_eq!(outcome, Err(vec![])),
        }
    }
}

#[test]
fn a_call_cut_anywhere_reverts_without_data() {
    for (from, calldata) in calls() {
        // Padding behind the last argument is not required, as in Solidity; everything in front of it is.
        let needed = calldata.len().saturating_sub(31).max(4);
        let chain = open(&calldata);
        for length in 0..needed {
            assert_eq!(send(&chain, from, 0, &calldata[..length]), Err(vec![]), "{length}");
        }
    }
}

#[test]
fn an_address_with_dirty_upper_bytes_is_refused() {
    let chain = router();
    let mut calldata = R::setHookCall { hook: IGP }.abi_encode();
    calldata[4] = 1;
    assert_eq!(send(&chain, OWNER, 0, &calldata), Err(vec![]));
}

#[test]
fn a_router_that_was_never_set_up_sends_and_delivers_nothing() {
    let chain = chain();
    for (from, calldata) in calls() {
        let is_view = call_is_view(&calldata);
        let set_up = calldata.starts_with(&R::initializeCall::SELECTOR);
        let outcome = send(&chain, from, 0, &calldata);
        if !set_up {
            assert_eq!(outcome.is_ok(), is_view, "{}", hex::encode(&calldata[..4]));
        }
    }
}

/// Whether a call answers from storage alone, which a router may do before it is set up.
fn call_is_view(calldata: &[u8]) -> bool {
    [
        R::routerAddressesCall::SELECTOR,
        R::routersCall::SELECTOR,
        R::domainsCall::SELECTOR,
        R::igpCall::SELECTOR,
        R::mailboxCall::SELECTOR,
        R::localDomainCall::SELECTOR,
        R::nonceCall::SELECTOR,
        R::hookCall::SELECTOR,
        R::readIsmCall::SELECTOR,
        R::ownerCall::SELECTOR,
        R::pendingOwnerCall::SELECTOR,
        R::pausedCall::SELECTOR,
        R::processedCall::SELECTOR,
        R::confirmedCall::SELECTOR,
        R::interchainSecurityModuleCall::SELECTOR,
    ]
    .iter()
    .any(|selector| calldata.starts_with(selector))
}

proptest! {
    #[test]
    fn garbage_behind_any_selector_never_panics(
        index in 0..calls().len(),
        garbage in proptest::collection::vec(any::<u8>(), 0..400),
        words in proptest::collection::vec(0u64..400, 0..12),
    ) {
        let (from, calldata) = &calls()[index];
        let chain = open(calldata);
        let selector = &calldata[..4];
        let _any_outcome = send(&chain, *from, 0, &[selector, &garbage].concat());
        // Small words are taken for offsets and lengths, and so lead deeper.
        let words: Vec<u8> =
            words.iter().flat_map(|word| U256::from(*word).to_be_bytes::<32>()).collect();
        let _any_outcome = send(&chain, *from, 0, &[selector, &words, &garbage].concat());
    }

    #[test]
    fn garbage_from_the_enrolled_router_never_panics(
        mut message in proptest::collection::vec(any::<u8>(), 0..300),
        header in any::<bool>(),
    ) {
        if header {
            message = [&body(&inbound())[..78], &message].concat();
        }
        let chain = router();
        chain.set_answer(RECIPIENT, Ok(vec![]));
        let _any_outcome = send(&chain, MAILBOX, 0, &handle(message).abi_encode());
    }
}
