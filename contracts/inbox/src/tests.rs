//! The Inbox on a chain in memory. Spec: intents.md §4.
#![allow(clippy::disallowed_macros, reason = "a failing property says what it saw")]

mod fulfilling;
mod interface;
mod proving;
mod vectors;

use std::{cell::RefCell, rc::Rc};

use alloy_primitives::{Address, B256, Bytes, U256, address, b256};
use alloy_sol_types::{SolCall, SolError, SolInterface, SolValue};
use interfaces::intents::{
    Call, IERC20,
    IInbox::{AddressEmptyCode, FailedInnerCall, IInboxCalls},
    IIntentSource::SafeERC20FailedOperation,
    Route, TokenAmount,
};
use proptest::prelude::*;
use support::testing::{CallRecord, Chain, Program};

use super::*;

const CHAIN_ID: u64 = 412_346;
const NOW: u64 = 1_900_000_000;
const PORTAL: Address = address!("9b4e662ca6ec641a907d4b9ada5c65289eba0f0b");
const SOLVER: Address = Address::repeat_byte(0x50);
const STRANGER: Address = Address::repeat_byte(0x57);
const PROVER: Address = Address::repeat_byte(0x9f);
const TOKEN: Address = Address::repeat_byte(0x20);
const CODELESS: Address = Address::repeat_byte(0xc0);
const REWARD_HASH: B256 = b256!("8e4790c4376784a8480f4c5c2ef75e690c34f7175ad627d12a16d71037369861");
const CLAIMANT: B256 = b256!("000000000000000000000000cccccccccccccccccccccccccccccccccccccccc");
/// The prover's number of the source chain; it is nobody's chain id.
const SOURCE: u64 = 77;

/// A chain with an Inbox, where solver and stranger have 1000 wei, the token and the prover agree to everything, and
/// the Executor executes nothing.
struct World {
    chain: Chain,
    executor: Address,
}

fn world() -> World {
    let chain = Chain::new(CHAIN_ID, NOW);
    let executor = create_address(PORTAL, EXECUTOR_NONCE);
    chain.set_program(PORTAL, Chain::contract::<Inbox>());
    chain.set_answer(executor, Ok(Vec::<Bytes>::new().abi_encode()));
    chain.set_answer(TOKEN, Ok(true.abi_encode()));
    chain.set_answer(PROVER, Ok(Vec::new()));
    chain.set_balance(SOLVER, U256::from(1000));
    chain.set_balance(STRANGER, U256::from(1000));
    World { chain, executor }
}

/// A route for the Inbox that asks for 5 tokens, 7 wei and one call.
fn route() -> Route {
    Route {
        salt: B256::repeat_byte(0x5a),
        deadline: NOW + 1000,
        portal: PORTAL,
        nativeAmount: U256::from(7),
        tokens: vec![TokenAmount { token: TOKEN, amount: U256::from(5) }],
        calls: vec![Call {
            target: CODELESS,
            data: Bytes::from_static(&[1, 2, 3, 4, 5]),
            value: U256::from(7),
        }],
    }
}

fn bare_route() -> Route {
    Route { nativeAmount: U256::ZERO, tokens: vec![], calls: vec![], ..route() }
}

fn hash_of(route: &Route) -> B256 {
    hash::intent_hash(ChainId(CHAIN_ID), route.hash(), REWARD_HASH)
}

fn fulfill_call(route: &Route) -> fulfillCall {
    fulfillCall {
        intentHash: hash_of(route),
        route: route.clone(),
        rewardHash: REWARD_HASH,
        claimant: CLAIMANT,
    }
}

fn fulfill_and_prove_call(route: &Route, data: &[u8]) -> fulfillAndProveCall {
    let fulfillCall { intentHash, route, rewardHash, claimant } = fulfill_call(route);
    fulfillAndProveCall {
        intentHash,
        route,
        rewardHash,
        claimant,
        prover: PROVER,
        sourceChainDomainID: SOURCE,
        data: data.to_vec().into(),
    }
}

fn prove_call(hashes: &[B256], data: &[u8]) -> proveCall {
    proveCall {
        prover: PROVER,
        sourceChainDomainID: SOURCE,
        intentHashes: hashes.to_vec(),
        data: data.to_vec().into(),
    }
}

impl World {
    fn send(&self, from: Address, value: u64, call: &impl SolCall) -> ArbResult {
        self.chain.transact(from, PORTAL, U256::from(value), &call.abi_encode())
    }

    fn claimant(&self, intent_hash: B256) -> B256 {
        let output = self.send(STRANGER, 0, &claimantsCall { intentHash: intent_hash }).unwrap();
        claimantsCall::abi_decode_returns_validate(&output).unwrap()
    }

    fn balance(&self, account: Address) -> u64 {
        self.chain.balance(account).to()
    }

    /// Fulfils a route without tokens and calls, and returns its hash.
    fn fulfilled(&self, salt: u8) -> B256 {
        let route = Route { salt: B256::repeat_byte(salt), ..bare_route() };
        self.send(SOLVER, 0, &fulfill_call(&route)).unwrap();
        let _quiet = (self.chain.take_logs(), self.chain.take_calls());
        hash_of(&route)
    }

    /// Asserts that the call reverts with this error, and leaves no trace.
    fn assert_reverts(&self, value: u64, call: &impl SolCall, error: &impl SolError) {
        assert_eq!(self.send(SOLVER, value, call), Err(error.abi_encode()));
        assert_eq!(self.chain.take_logs(), []);
        assert_eq!(self.balance(SOLVER), 1000);
    }

    /// The calls to one account since the last time.
    fn calls_to(&self, account: Address) -> Vec<CallRecord> {
        self.chain.take_calls().into_iter().filter(|call| call.to == account).collect()
    }
}

/// An Executor that makes one call of the Portal when it is told to execute, and keeps what comes of it.
fn executor_that_calls(data: Vec<u8>) -> (Program, Rc<RefCell<Option<ArbResult>>>) {
    let outcome = Rc::new(RefCell::new(None));
    let told = outcome.clone();
    let program: Program = Rc::new(move |chain, input| {
        // Only once: the call may come back here.
        if !input.is_empty() && told.borrow().is_none() {
            told.replace(Some(Ok(vec![])));
            let outcome = chain.call(PORTAL, U256::ZERO, &data);
            told.replace(Some(outcome));
        }
        Ok(Vec::<Bytes>::new().abi_encode())
    });
    (program, outcome)
}
