//! `prove` and `fetchFee`.

use interfaces::intents::IMetaProver::{
    DomainIdTooLarge, InsufficientFee, NonPortalCaller, RefundFailed, fetchFeeCall,
};
use stylus_sdk::stylus_core::AccountAccess;

use super::*;

const PROOFS: &[u8] = &[0, 0, 0, 0, 0, 0, 0, 10];

fn data(recipient: B256, gas_limit: u64) -> Vec<u8> {
    [recipient.as_slice(), &U256::from(gas_limit).to_be_bytes::<32>()].concat()
}

fn prove(sender: Address, domain: u64, data: Vec<u8>) -> Vec<u8> {
    IProver::proveCall {
        sender,
        sourceChainDomainID: domain,
        encodedProofs: PROOFS.to_vec().into(),
        data: data.into(),
    }
    .abi_encode()
}

fn fetch_fee(domain: u64, data: Vec<u8>) -> fetchFeeCall {
    fetchFeeCall { domainID: domain, encodedProofs: PROOFS.to_vec().into(), data: data.into() }
}

#[test]
fn the_router_is_paid_the_fee_and_the_solver_gets_the_rest_back() {
    // given a fee of 1000
    let chain = prover();
    set_fee(&chain, 1000);
    let (solver, router) = (chain.balance(SOLVER), chain.balance(ROUTER));
    // when the Portal passes 5000 on for the solver
    send(&chain, PORTAL, 5000, &prove(SOLVER, 1001, data(REMOTE, 300_000))).unwrap();
    // then all of it is where it belongs
    assert_eq!(chain.balance(ROUTER), router + U256::from(1000));
    assert_eq!(chain.balance(SOLVER), solver + U256::from(4000));
    assert_eq!(chain.balance(PROVER), U256::ZERO);
    assert_eq!(chain.balance(PORTAL), U256::from(ETHER - 5000));
}

#[test]
fn the_message_is_what_alloy_would_encode() {
    let chain = prover();
    set_fee(&chain, 1000);
    for body in [0, 1, 31, 32, 33, 72] {
        let call = IProver::proveCall {
            sender: SOLVER,
            sourceChainDomainID: 1001,
            encodedProofs: vec![0xab; body].into(),
            data: data(REMOTE, 300_000).into(),
        };
        send(&chain, PORTAL, 1000, &call.abi_encode()).unwrap();
        let calls = chain.take_calls();
        let metadata = interfaces::codec::HookMetadata::encode(
            U256::from(10).pow(U256::from(36)),
            U256::from(300_000),
            PORTAL,
        );
        let quote = IMetalayerRouter::quoteDispatch_3Call {
            destination: 1001,
            recipient: REMOTE,
            writeCallData: vec![0xab; body].into(),
            hookMetadata: metadata.to_vec().into(),
        };
        let dispatch = IMetalayerRouter::dispatch_1Call {
            destination: 1001,
            recipient: REMOTE,
            reads: vec![],
            writeCallData: vec![0xab; body].into(),
            finality: 0,
            gasLimit: U256::from(300_000),
        };
        let made: Vec<_> = calls.iter().map(|call| (call.value, call.data.clone())).collect();
        let value = U256::from(1000);
        assert_eq!(made, [(U256::ZERO, quote.abi_encode()), (value, dispatch.abi_encode())]);
    }
}

#[test]
fn an_exact_fee_makes_no_refund_call() {
    let chain = prover();
    set_fee(&chain, 1000);
    send(&chain, PORTAL, 1000, &prove(SOLVER, 1001, data(REMOTE, 0))).unwrap();
    assert!(chain.take_calls().iter().all(|call| call.to == ROUTER));
}

#[test]
fn the_refund_comes_last_with_all_gas_and_no_data() {
    let chain = prover();
    set_fee(&chain, 1000);
    send(&chain, PORTAL, 1001, &prove(SOLVER, 1001, data(REMOTE, 0))).unwrap();
    let calls = chain.take_calls();
    let refund = calls.last().unwrap();
    let expected =
        CallRecord { from: PROVER, to: SOLVER, value: U256::from(1), gas: u64::MAX, data: vec![] };
    assert_eq!(refund, &expected);
}

#[test]
fn without_a_sender_the_excess_stays() {
    let chain = prover();
    set_fee(&chain, 1000);
    send(&chain, PORTAL, 5000, &prove(Address::ZERO, 1001, data(REMOTE, 0))).unwrap();
    assert_eq!(chain.balance(PROVER), U256::from(4000));
}

#[test]
fn a_solver_that_refuses_the_refund_reverts_everything() {
    let chain = prover();
    set_fee(&chain, 1000);
    chain.set_answer(SOLVER, Err(b"no thanks".to_vec()));
    let refused = send(&chain, PORTAL, 5000, &prove(SOLVER, 1001, data(REMOTE, 0)));
    let amount = U256::from(4000);
    assert_eq!(refused, Err(reverts(RefundFailed { recipient: SOLVER, amount })));
    assert_eq!(chain.balance(PORTAL), U256::from(ETHER));
}

#[test]
fn only_the_portal_proves() {
    let chain = prover();
    set_fee(&chain, 1000);
    // Nothing else about the call is right.
    let refused = send(&chain, STRANGER, 0, &prove(SOLVER, u64::MAX, vec![]));
    assert_eq!(refused, Err(reverts(NonPortalCaller { caller: STRANGER })));
}

#[test]
fn a_value_below_the_fee_is_refused() {
    let chain = prover();
    set_fee(&chain, 1000);
    let refused = send(&chain, PORTAL, 999, &prove(SOLVER, 1001, data(REMOTE, 0)));
    assert_eq!(refused, Err(reverts(InsufficientFee { fee: U256::from(1000) })));
    assert!(calls_of::<IMetalayerRouter::dispatch_1Call>(&chain.take_calls()).is_empty());
}

#[test]
fn short_data_is_refused_before_a_large_domain() {
    let chain = prover();
    set_fee(&chain, 1000);
    let large = u64::from(u32::MAX) + 1;
    let short = data(REMOTE, 0)[..63].to_vec();
    assert_eq!(send(&chain, PORTAL, 1000, &prove(SOLVER, large, short.clone())), Err(vec![]));
    assert_eq!(call(&chain, STRANGER, &fetch_fee(large, short)).err(), Some(vec![]));
    let too_large = reverts(DomainIdTooLarge { domainID: large });
    let refused = send(&chain, PORTAL, 1000, &prove(SOLVER, large, data(REMOTE, 0)));
    assert_eq!(refused, Err(too_large.clone()));
    assert_eq!(call(&chain, STRANGER, &fetch_fee(large, data(REMOTE, 0))).err(), Some(too_large));
}

#[test]
fn the_quote_names_who_asks_as_refund_address() {
    let chain = prover();
    set_fee(&chain, 1000);
    let fee = call(&chain, STRANGER, &fetch_fee(1001, data(REMOTE, 1))).unwrap();
    assert_eq!(fee, U256::from(1000));
    let calls = chain.take_calls();
    let quote = IMetalayerRouter::quoteDispatch_3Call::abi_decode(&calls[0].data).unwrap();
    let metadata = interfaces::codec::HookMetadata::decode(&quote.hookMetadata);
    assert_eq!(metadata.refund, Some(STRANGER));
    assert_eq!(metadata.gas_limit, Some(U256::from(200_000)));
}

#[test]
fn what_the_router_reverts_with_is_passed_up() {
    let chain = prover();
    chain.set_answer(ROUTER, Err(b"closed".to_vec()));
    let refused = send(&chain, PORTAL, 1000, &prove(SOLVER, 1001, data(REMOTE, 0)));
    assert_eq!(refused, Err(b"closed".to_vec()));
    // A router that quotes, but does not dispatch.
    chain.set_program(
        ROUTER,
        std::rc::Rc::new(|_, calldata| match calldata.first_chunk::<4>() {
            Some(&IMetalayerRouter::quoteDispatch_3Call::SELECTOR) => Ok(vec![0; 32]),
            _ => Err(b"full".to_vec()),
        }),
    );
    let refused = send(&chain, PORTAL, 1000, &prove(SOLVER, 1001, data(REMOTE, 0)));
    assert_eq!(refused, Err(b"full".to_vec()));
}

#[test]
fn a_router_without_code_or_with_a_short_answer_reverts_as_in_solidity() {
    let chain = prover();
    let calldata = prove(SOLVER, 1001, data(REMOTE, 0));
    assert_eq!(send(&chain, PORTAL, 1000, &calldata), Err(vec![]));
    chain.set_answer(ROUTER, Ok(vec![0; 31]));
    assert_eq!(send(&chain, PORTAL, 1000, &calldata), Err(vec![]));
    assert_eq!(call(&chain, STRANGER, &fetch_fee(1001, data(REMOTE, 0))).err(), Some(vec![]));
}
