//! A prover between a mock router and a mock Portal, on a chain in memory.
#![allow(clippy::disallowed_macros, reason = "tests may format: they are not WASM")]

mod configuring;
mod exhaustive;
mod receiving;
mod sending;
mod surface;
mod vectors;

use alloy_primitives::{Address, B256, U256, address, b256};
use alloy_sol_types::{SolCall, SolConstructor, SolError, SolEvent};
use interfaces::{
    intents::{IMetaProver, IProver, ProofData},
    metalayer::{IMetalayerRecipient, IMetalayerRouter},
};
use stylus_sdk::{ArbResult, abi::CONSTRUCTOR_SELECTOR};
use support::testing::{CallRecord, Chain, Log};

use crate::MetaProver;

const PROVER: Address = address!("0x1000000000000000000000000000000000000001");
const ROUTER: Address = address!("0x2000000000000000000000000000000000000002");
const PORTAL: Address = address!("0x3000000000000000000000000000000000000003");
const DEPLOYER: Address = address!("0x4000000000000000000000000000000000000004");
const SOLVER: Address = address!("0x5000000000000000000000000000000000000005");
const STRANGER: Address = address!("0x6000000000000000000000000000000000000006");
const ALICE: Address = address!("0xa11ce00000000000000000000000000000000001");
const MALLORY: Address = address!("0xbad0000000000000000000000000000000000002");

const REMOTE: B256 = b256!("0x0000000000000000000000007000000000000000000000000000000000000007");
const INTENT: B256 = b256!("0xd27bf3bbeeb9bea38631e170779ef742711092b7140b8f2ed061f7fc3f8ffd1a");

/// A domain that is its own chain id, so that it needs no registration.
const ORIGIN: u32 = 10;

const ETHER: u64 = 1_000_000_000_000_000_000;

/// A chain with an empty prover account and rich actors.
fn chain() -> Chain {
    let chain = Chain::new(412_346, 1_700_000_000);
    chain.set_program(PROVER, Chain::contract::<MetaProver>());
    for account in [PORTAL, DEPLOYER, SOLVER, STRANGER, ROUTER] {
        chain.set_balance(account, U256::from(ETHER));
    }
    chain
}

fn constructor(router: Address, portal: Address, provers: Vec<B256>, floor: U256) -> Vec<u8> {
    let arguments = IMetaProver::constructorCall { router, portal, provers, minGasLimit: floor };
    [CONSTRUCTOR_SELECTOR.to_be_bytes().as_slice(), &arguments.abi_encode()].concat()
}

/// A constructed prover that believes one remote prover.
fn prover() -> Chain {
    prover_with(vec![REMOTE], 0)
}

fn prover_with(provers: Vec<B256>, floor: u64) -> Chain {
    let chain = chain();
    let calldata = constructor(ROUTER, PORTAL, provers, U256::from(floor));
    send(&chain, DEPLOYER, 0, &calldata).expect("the prover is constructed");
    chain
}

fn send(chain: &Chain, from: Address, value: u64, calldata: &[u8]) -> ArbResult {
    chain.transact(from, PROVER, U256::from(value), calldata)
}

fn call<C: SolCall>(chain: &Chain, from: Address, call: &C) -> Result<C::Return, Vec<u8>> {
    let output = send(chain, from, 0, &call.abi_encode())?;
    Ok(C::abi_decode_returns_validate(&output).expect("the output is what the interface says"))
}

fn handle(origin: u32, sender: B256, message: Vec<u8>) -> IMetalayerRecipient::handleCall {
    let (reads, results) = (vec![], vec![]);
    IMetalayerRecipient::handleCall {
        origin,
        sender,
        message: message.into(),
        reads,
        readResults: results,
    }
}

/// A message from a chain, with pairs of hash and bytes32 claimant.
fn message(chain_id: u64, pairs: &[(B256, B256)]) -> Vec<u8> {
    let mut message = chain_id.to_be_bytes().to_vec();
    for (hash, claimant) in pairs {
        message.extend_from_slice(hash.as_slice());
        message.extend_from_slice(claimant.as_slice());
    }
    message
}

fn proof_for(claimant: Address) -> Vec<u8> {
    message(ORIGIN.into(), &[(INTENT, claimant.into_word())])
}

fn proven(chain: &Chain, hash: B256) -> ProofData {
    call(chain, STRANGER, &IProver::provenIntentsCall { intentHash: hash }).expect("it is a view")
}

fn reverts<E: SolError>(error: E) -> Vec<u8> {
    error.abi_encode()
}

fn events<E: SolEvent>(logs: &[Log]) -> Vec<E> {
    logs.iter().filter_map(Log::decode).collect()
}

/// The router's two answers: what a message costs, and that it was taken.
fn set_fee(chain: &Chain, fee: u64) {
    chain.set_program(
        ROUTER,
        std::rc::Rc::new(move |_, calldata| match calldata.first_chunk::<4>() {
            Some(&IMetalayerRouter::quoteDispatch_3Call::SELECTOR) => {
                Ok(U256::from(fee).to_be_bytes_vec())
            }
            Some(&IMetalayerRouter::dispatch_1Call::SELECTOR) => Ok(B256::ZERO.to_vec()),
            _ => Err(b"unexpected call".to_vec()),
        }),
    );
}

/// The calls to the router with that selector since the last look.
fn calls_of<C: SolCall>(calls: &[CallRecord]) -> Vec<&CallRecord> {
    calls.iter().filter(|call| call.data.starts_with(&C::SELECTOR)).collect()
}
