//! A router between a mock Mailbox and mock applications, on a chain in memory.
#![allow(clippy::disallowed_macros, reason = "tests may format: they are not WASM")]

mod admin;
mod confirmation;
mod delivery;
mod sending;
mod surface;
mod vectors;

use std::rc::Rc;

use alloy_primitives::{Address, B256, U256, address};
use alloy_sol_types::{SolCall, SolConstructor, SolError, SolEvent};
use interfaces::{
    Domain,
    codec::{HookMetadata, MetalayerHeader},
    hyperlane::IMailbox,
    metalayer::{FinalityState, IMetalayerRouter, ReadOperation},
};
use stylus_sdk::{ArbResult, abi::CONSTRUCTOR_SELECTOR};
use support::testing::{CallRecord, Chain, Log};

use crate::MetalayerRouter;

const ROUTER: Address = address!("0x1000000000000000000000000000000000000001");
const MAILBOX: Address = address!("0x2000000000000000000000000000000000000002");
const OWNER: Address = address!("0x3000000000000000000000000000000000000003");
const IGP: Address = address!("0x4000000000000000000000000000000000000004");
const ISM: Address = address!("0x5000000000000000000000000000000000000005");
const SENDER: Address = address!("0x6000000000000000000000000000000000000006");
const STRANGER: Address = address!("0x7000000000000000000000000000000000000007");
const RECIPIENT: Address = address!("0x8000000000000000000000000000000000000008");
const REMOTE: Address = address!("0x9000000000000000000000000000000000000009");

const LOCAL_DOMAIN: u32 = 1001;
const REMOTE_DOMAIN: u32 = 1002;
const ETHER: u64 = 1_000_000_000_000_000_000;

use IMailbox::{dispatch_2Call as mailboxDispatchCall, quoteDispatch_2Call as mailboxQuoteCall};
/// Calldata of the overloads, by what tells them apart.
use IMetalayerRouter::{
    dispatch_0Call as dispatchToAddressCall, dispatch_1Call as dispatchCall,
    quoteDispatch_0Call as quoteCall, quoteDispatch_1Call as quoteToAddressCall,
    quoteDispatch_2Call as quoteShortCall, quoteDispatch_3Call as quoteWithMetadataCall,
};

/// A Mailbox that charges one wei for each unit of gas, 100 on top, and answers with the hash of what it is given.
fn mailbox(domain: u32) -> support::testing::Program {
    Rc::new(move |_, calldata| match calldata.first_chunk::<4>() {
        Some(&IMailbox::localDomainCall::SELECTOR) => Ok(U256::from(domain).to_be_bytes_vec()),
        Some(&mailboxQuoteCall::SELECTOR) => {
            let quote = mailboxQuoteCall::abi_decode(calldata).expect("our own calldata");
            let gas = HookMetadata::decode(&quote.metadata).gas_limit.unwrap_or_default();
            Ok((gas + U256::from(100)).to_be_bytes_vec())
        }
        Some(&mailboxDispatchCall::SELECTOR) => Ok(hyperlane_id(calldata).to_vec()),
        _ => Err(b"unexpected call".to_vec()),
    })
}

fn hyperlane_id(dispatch: &[u8]) -> B256 {
    alloy_primitives::keccak256(dispatch)
}

/// A chain with an empty router account, a Mailbox and rich actors.
fn chain() -> Chain {
    let chain = Chain::new(412_346, 1_700_000_000);
    chain.set_program(ROUTER, Chain::contract::<MetalayerRouter>());
    chain.set_program(MAILBOX, mailbox(LOCAL_DOMAIN));
    for account in [OWNER, SENDER, STRANGER, MAILBOX] {
        chain.set_balance(account, U256::from(ETHER));
    }
    chain
}

fn constructor(mailbox: Address, owner: Address) -> Vec<u8> {
    let arguments = IMetalayerRouter::constructorCall { mailbox, owner, igp: IGP, ism: ISM };
    [CONSTRUCTOR_SELECTOR.to_be_bytes().as_slice(), &arguments.abi_encode()].concat()
}

/// A router that knows one other.
fn router() -> Chain {
    let chain = chain();
    send(&chain, SENDER, 0, &constructor(MAILBOX, OWNER)).expect("the router is set up");
    call(&chain, OWNER, &enroll(REMOTE_DOMAIN, REMOTE)).expect("the owner enrols");
    chain.take_logs();
    chain.take_calls();
    chain
}

fn enroll(domain: u32, router: Address) -> IMetalayerRouter::enrollRemoteRouterCall {
    IMetalayerRouter::enrollRemoteRouterCall { domain, router: router.into_word() }
}

fn send(chain: &Chain, from: Address, value: u64, calldata: &[u8]) -> ArbResult {
    chain.transact(from, ROUTER, U256::from(value), calldata)
}

fn call<C: SolCall>(chain: &Chain, from: Address, call: &C) -> Result<C::Return, Vec<u8>> {
    let output = send(chain, from, 0, &call.abi_encode())?;
    Ok(C::abi_decode_returns_validate(&output).expect("the output is what the interface says"))
}

/// A dispatch that nothing is wrong with; its fee is 1100.
fn dispatch() -> dispatchCall {
    dispatchCall {
        destination: REMOTE_DOMAIN,
        recipient: RECIPIENT.into_word(),
        reads: vec![],
        writeCallData: b"hello".to_vec().into(),
        finality: 0,
        gasLimit: U256::from(1000),
    }
}

/// The quote of the same message.
fn quote_of(dispatch: &dispatchCall) -> quoteCall {
    let dispatch = dispatch.clone();
    quoteCall {
        destination: dispatch.destination,
        recipient: dispatch.recipient,
        reads: dispatch.reads,
        writeCallData: dispatch.writeCallData,
        finality: dispatch.finality,
        gasLimit: dispatch.gasLimit,
    }
}

fn read(domain: u32, target: Address) -> ReadOperation {
    ReadOperation { domain, target, callData: vec![1, 2, 3, 4].into() }
}

/// The header of a message from the remote router to our recipient.
fn inbound() -> MetalayerHeader {
    MetalayerHeader {
        version: MetalayerHeader::VERSION,
        finality: FinalityState::Instant,
        nonce: 7,
        origin: Domain(REMOTE_DOMAIN),
        sender: SENDER.into_word(),
        destination: Domain(LOCAL_DOMAIN),
        recipient: RECIPIENT.into_word(),
    }
}

fn body(header: &MetalayerHeader) -> Vec<u8> {
    header.encode(std::iter::empty(), b"hello")
}

fn handle(body: Vec<u8>) -> IMetalayerRouter::handleCall {
    let sender = REMOTE.into_word();
    IMetalayerRouter::handleCall { origin: REMOTE_DOMAIN, sender, body: body.into() }
}

fn reverts<E: SolError>(error: E) -> Vec<u8> {
    error.abi_encode()
}

fn events<E: SolEvent>(logs: &[Log]) -> Vec<E> {
    logs.iter().filter_map(Log::decode).collect()
}

/// The one call to the Mailbox with that selector since the last look.
fn mailbox_call<C: SolCall>(calls: &[CallRecord]) -> &CallRecord {
    let mut found = calls.iter().filter(|c| c.to == MAILBOX && c.data.starts_with(&C::SELECTOR));
    let call = found.next().expect("the Mailbox was called");
    assert!(found.next().is_none(), "called once");
    call
}
