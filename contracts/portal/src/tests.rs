//! Both halves, Vault and Executor together, on a chain in memory.
#![allow(clippy::disallowed_macros, reason = "a failing property says what it saw")]

mod hazards;
mod orders;

use std::rc::Rc;

use alloy_primitives::{Address, B256, U256, address};
use alloy_sol_types::{SolCall, SolError, SolEvent, SolInterface, SolValue, sol_data};
use executor::Executor;
use interfaces::{
    hash,
    intents::{
        Call,
        IERC7683::IERC7683Calls,
        IInbox::{
            IInboxCalls, IntentFulfilled, IntentProven, claimantsCall, executorCall,
            fulfillAndProveCall, fulfillCall,
        },
        IIntentSource::{
            IIntentSourceCalls, IntentFunded, IntentPublished, IntentWithdrawn, fundCall,
            publishAndFund_0Call, withdrawCall,
        },
        IProver, Intent, Reward, Route,
    },
    proxy,
};
use stylus_sdk::{ArbResult, abi::Router, stylus_core::AccountAccess};
use support::testing::Chain;
use vault::Vault;

use crate::Portal;

const PORTAL: Address = address!("00000000000000000000000000000000000000a1");
const USER: Address = address!("00000000000000000000000000000000000000b2");
const SOLVER: Address = address!("00000000000000000000000000000000000000c3");
const ATTACKER: Address = address!("00000000000000000000000000000000000000c4");
const PROVER: Address = address!("00000000000000000000000000000000000000d5");
const RESOLVE: [u8; 4] = interfaces::intents::IERC7683::resolveCall::SELECTOR;
const RESOLVE_FOR: [u8; 4] = interfaces::intents::IERC7683::resolveForCall::SELECTOR;
const CHAIN_ID: u64 = 412_346;
const NOW: u64 = 1_900_000_000;

fn vault_implementation() -> Address {
    hash::create_address(PORTAL, 1)
}

fn executor() -> Address {
    hash::create_address(PORTAL, 2)
}

/// A chain with a Portal that is not constructed yet; its children's init codes are known.
fn bare_chain() -> Chain {
    let chain = Chain::new(CHAIN_ID, NOW);
    chain.set_program(PORTAL, Chain::contract::<Portal>());
    chain.set_init_code(b"vault", Chain::contract::<Vault>());
    chain.set_init_code(b"executor", Chain::contract::<Executor>());
    let proxy = proxy::init_code(vault_implementation());
    chain.set_init_code(&proxy, Chain::proxy(vault_implementation()));
    chain
}

/// A chain with a Portal, and 1000 native for everyone.
fn chain() -> Chain {
    let chain = bare_chain();
    construct(&chain, b"vault", b"executor").unwrap();
    for account in [USER, SOLVER] {
        chain.set_balance(account, U256::from(1000));
    }
    chain
}

fn construct(chain: &Chain, vault: &[u8], executor: &[u8]) -> ArbResult {
    type Arguments = (sol_data::Bytes, sol_data::Bytes, sol_data::Address);
    let arguments = (vault.to_vec(), executor.to_vec(), Address::ZERO);
    let arguments = <Arguments as alloy_sol_types::SolType>::abi_encode_params(&arguments);
    let data = [&[0x55, 0x85, 0x25, 0x8d][..], &arguments].concat();
    chain.transact(USER, PORTAL, U256::ZERO, &data)
}

fn intent(calls: Vec<Call>, route_native: u64, reward_native: u64) -> Intent {
    Intent {
        destination: CHAIN_ID,
        route: Route {
            salt: B256::repeat_byte(1),
            deadline: NOW + 100,
            portal: PORTAL,
            nativeAmount: U256::from(route_native),
            tokens: vec![],
            calls,
        },
        reward: Reward {
            deadline: NOW + 200,
            creator: USER,
            prover: PROVER,
            nativeAmount: U256::from(reward_native),
            tokens: vec![],
        },
    }
}

fn fulfill_calldata(intent: &Intent) -> Vec<u8> {
    fulfillCall {
        intentHash: intent.hashes().intent,
        route: intent.route.clone(),
        rewardHash: intent.hashes().reward,
        claimant: SOLVER.into_word(),
    }
    .abi_encode()
}

fn native(chain: &Chain, account: Address) -> u64 {
    chain.balance(account).to()
}

#[test]
fn the_constructor_puts_vault_and_executor_where_they_must_be() {
    let chain = chain();
    assert_eq!(chain.code_size(vault_implementation()), 1);
    assert_eq!(chain.code_size(executor()), 1);
    let answer = chain.transact(USER, PORTAL, U256::ZERO, &executorCall {}.abi_encode());
    assert_eq!(answer, Ok(executor().abi_encode()));
}

#[test]
fn the_constructor_runs_only_once() {
    assert_eq!(construct(&chain(), b"vault", b"executor"), Err(vec![]));
}

#[test]
fn a_constructor_that_fails_leaves_nothing_behind() {
    let chain = bare_chain();
    assert_eq!(construct(&chain, b"vault", b"unknown"), Err(vec![]));
    assert_eq!(chain.code_size(vault_implementation()), 0);
    assert_eq!(construct(&chain, b"vault", b"executor"), Ok(vec![]));
}

#[test]
fn value_sent_to_the_constructor_is_refused() {
    let chain = bare_chain();
    chain.set_balance(USER, U256::ONE);
    let data = [&[0x55, 0x85, 0x25, 0x8d][..], &[0; 128]].concat();
    assert_eq!(chain.transact(USER, PORTAL, U256::ONE, &data), Err(vec![]));
}

#[test]
fn every_function_of_the_interfaces_is_answered_and_no_other() {
    let chain = chain();
    let answers = |selector: [u8; 4]| {
        chain.run(PORTAL, USER, U256::ZERO, |chain| {
            let mut portal = Portal::from(chain);
            Portal::route(&mut portal, u32::from_be_bytes(selector), &[0; 512]).is_some()
        })
    };
    let halves = IIntentSourceCalls::selectors().chain(IInboxCalls::selectors());
    // The data inside an order of zeros is empty, which resolves to nothing: see `orders`.
    let orders = IERC7683Calls::selectors().filter(|s| ![RESOLVE, RESOLVE_FOR].contains(s));
    for selector in halves.chain(orders) {
        assert!(answers(selector), "{selector:?}");
    }
    for selector in [[0; 4], [0xff; 4], [0xde, 0xad, 0xbe, 0xef]] {
        assert!(!answers(selector), "{selector:?}");
    }
}

#[test]
fn plain_transfers_and_unknown_calls_revert_without_data() {
    let chain = chain();
    for data in [&[][..], &[1, 2, 3], &[0xde, 0xad, 0xbe, 0xef]] {
        for value in [U256::ZERO, U256::ONE] {
            assert_eq!(chain.transact(USER, PORTAL, value, data), Err(vec![]));
        }
    }
}

#[test]
fn an_intent_lives_its_whole_life_at_one_address() {
    // given an intent for this very chain, published and funded, and a prover that believes the Portal
    let chain = chain();
    chain.set_program(
        PROVER,
        Rc::new(|chain, input| {
            let Ok(call) = IProver::provenIntentsCall::abi_decode(input) else { return Ok(vec![]) };
            let question = claimantsCall { intentHash: call.intentHash }.abi_encode();
            let claimant = chain.call(PORTAL, U256::ZERO, &question)?;
            Ok([claimant, U256::from(CHAIN_ID).abi_encode()].concat())
        }),
    );
    let target = Call { target: ATTACKER, data: vec![].into(), value: U256::from(30) };
    let intent = intent(vec![target], 30, 70);
    let call = publishAndFund_0Call { intent: intent.clone(), allowPartial: false };
    chain.transact(USER, PORTAL, U256::from(70), &call.abi_encode()).unwrap();
    assert_eq!((native(&chain, USER), native(&chain, SOLVER)), (930, 1000));
    // when the solver fulfils and proves it, and withdraws
    let hashes = intent.hashes();
    let call = fulfillAndProveCall {
        intentHash: hashes.intent,
        route: intent.route.clone(),
        rewardHash: hashes.reward,
        claimant: SOLVER.into_word(),
        prover: PROVER,
        sourceChainDomainID: 1001,
        data: vec![].into(),
    };
    chain.transact(SOLVER, PORTAL, U256::from(35), &call.abi_encode()).unwrap();
    let call = withdrawCall {
        destination: CHAIN_ID,
        routeHash: hashes.route,
        reward: intent.reward.clone(),
    };
    chain.transact(SOLVER, PORTAL, U256::ZERO, &call.abi_encode()).unwrap();
    // then everyone has what is theirs; what fulfilling did not need went to the prover
    assert_eq!((native(&chain, USER), native(&chain, SOLVER)), (930, 1000 - 35 + 70));
    assert_eq!((native(&chain, ATTACKER), native(&chain, PROVER)), (30, 5));
    assert_eq!(native(&chain, PORTAL), 0);
    let topics: Vec<B256> = chain.take_logs().iter().map(|log| log.topics[0]).collect();
    assert_eq!(
        topics,
        [
            IntentPublished::SIGNATURE_HASH,
            IntentFunded::SIGNATURE_HASH,
            IntentFulfilled::SIGNATURE_HASH,
            IntentProven::SIGNATURE_HASH,
            IntentWithdrawn::SIGNATURE_HASH,
        ]
    );
}

#[test]
fn a_route_call_cannot_carry_off_the_solvers_change() {
    // given a route that funds an empty intent from the Executor, and then sends the spoils to the attacker
    let chain = chain();
    let empty = intent(vec![], 0, 0);
    let fund = fundCall {
        destination: CHAIN_ID,
        routeHash: empty.hashes().route,
        reward: empty.reward.clone(),
        allowPartial: true,
    };
    let sweep = Call { target: PORTAL, data: fund.abi_encode().into(), value: U256::ZERO };
    let intent = intent(vec![sweep], 0, 0);
    // when a solver fulfils it with 100 wei too much
    chain.transact(SOLVER, PORTAL, U256::from(100), &fulfill_calldata(&intent)).unwrap();
    // then it has all of it back
    assert_eq!(native(&chain, SOLVER), 1000);
    assert_eq!((native(&chain, executor()), native(&chain, PORTAL)), (0, 0));
}

#[test]
fn a_route_call_may_publish_the_next_intent() {
    let chain = chain();
    let next = intent(vec![], 1, 0);
    let call = publishAndFund_0Call { intent: next.clone(), allowPartial: false };
    let publish = Call { target: PORTAL, data: call.abi_encode().into(), value: U256::ZERO };
    chain
        .transact(SOLVER, PORTAL, U256::ZERO, &fulfill_calldata(&intent(vec![publish], 0, 0)))
        .unwrap();
    let logs = chain.take_logs();
    let published = logs.iter().find_map(|log| log.decode::<IntentPublished>()).unwrap();
    assert_eq!(published.intentHash, next.hashes().intent);
    // and the Executor is who funded it
    let funded = logs.iter().find_map(|log| log.decode::<IntentFunded>()).unwrap();
    assert_eq!(funded.funder, executor());
}

#[test]
fn a_route_call_cannot_command_a_vault() {
    // given a funded intent, and a route that calls its vault with the Portal's own words
    let chain = chain();
    let victim = intent(vec![], 0, 70);
    let fund = publishAndFund_0Call { intent: victim.clone(), allowPartial: false };
    chain.transact(USER, PORTAL, U256::from(70), &fund.abi_encode()).unwrap();
    let intent_hash = victim.hashes().intent;
    let code = proxy::init_code_hash(vault_implementation());
    let vault = hash::vault_address(PORTAL, intent_hash, code);
    chain.set_program(vault, Chain::proxy(vault_implementation()));
    let command = interfaces::intents::IVault::withdrawCall {
        reward: victim.reward.clone(),
        claimant: ATTACKER,
    };
    let data = [command.abi_encode(), intent_hash.to_vec()].concat();
    let theft = Call { target: vault, data: data.into(), value: U256::ZERO };
    // when it is fulfilled
    let outcome = chain.transact(
        SOLVER,
        PORTAL,
        U256::ZERO,
        &fulfill_calldata(&intent(vec![theft.clone()], 0, 0)),
    );
    // then the vault sees the Executor, and the whole fulfilment fails
    let refusal = interfaces::intents::IVault::NotPortalCaller { caller: executor() };
    let failure = interfaces::intents::IExecutor::CallFailed {
        call: theft,
        reason: refusal.abi_encode().into(),
    };
    assert_eq!(outcome, Err(failure.abi_encode()));
    assert_eq!((native(&chain, vault), native(&chain, ATTACKER)), (70, 0));
}

#[test]
fn the_halves_do_not_share_slots() {
    // given an intent that is funded and fulfilled on the same chain
    let chain = chain();
    let intent = intent(vec![], 0, 70);
    let fund = publishAndFund_0Call { intent: intent.clone(), allowPartial: false };
    chain.transact(USER, PORTAL, U256::from(70), &fund.abi_encode()).unwrap();
    // when the solver fulfils it
    chain.transact(SOLVER, PORTAL, U256::ZERO, &fulfill_calldata(&intent)).unwrap();
    // then status and claimant stand side by side
    let intent_hash = intent.hashes().intent;
    let read = |data: &[u8]| chain.transact(USER, PORTAL, U256::ZERO, data).unwrap();
    let status =
        interfaces::intents::IIntentSource::getRewardStatusCall { intentHash: intent_hash };
    assert_eq!(read(&status.abi_encode()), U256::ONE.abi_encode());
    let claimant = claimantsCall { intentHash: intent_hash };
    assert_eq!(read(&claimant.abi_encode()), SOLVER.into_word().to_vec());
}
