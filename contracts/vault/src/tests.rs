//! The vault on a chain in memory, behind its proxy and commanded as the Portal commands it.
#![allow(clippy::disallowed_macros, reason = "a failing property says what it saw")]

mod funding;

use alloy_primitives::{Address, B256, U256, address, b256};
use alloy_sol_types::{SolCall, SolError, SolInterface};
use interfaces::{
    hash,
    intents::{
        IInbox::FailedInnerCall,
        IVault::{
            IVaultCalls, NativeTransferFailed, NotPortalCaller, SafeERC20FailedOperation,
            ZeroRecoverTokenBalance, fundForCall, recoverCall, refundCall, withdrawCall,
        },
        Reward, TokenAmount,
    },
    proxy,
};
use proptest::prelude::*;
use stylus_sdk::{
    ArbResult,
    abi::Router,
    stylus_core::{AccountAccess, MessageAccess},
};
use support::testing::{Behaviour, Chain};

use crate::Vault;

const PORTAL: Address = address!("00000000000000000000000000000000000000a1");
const STRANGER: Address = address!("00000000000000000000000000000000000000b2");
const CLAIMANT: Address = address!("00000000000000000000000000000000000000c3");
const FUNDER: Address = address!("00000000000000000000000000000000000000c5");
const TOKEN: Address = address!("00000000000000000000000000000000000000d4");
const OTHER_TOKEN: Address = address!("00000000000000000000000000000000000000d5");
const HASH: B256 = b256!("aade97546d07f7a44d42b9dc2555060de1cc82d641c0e655fade6d424a151817");

/// The vault implementation of `PORTAL`.
fn implementation() -> Address {
    hash::create_address(PORTAL, 1)
}

/// The vault of `HASH`.
fn vault() -> Address {
    hash::vault_address(PORTAL, HASH, proxy::init_code_hash(implementation()))
}

/// A chain with the vault of `HASH`, empty, and two honest tokens.
fn chain() -> Chain {
    let chain = Chain::new(412_346, 1_900_000_000);
    chain.set_program(implementation(), Chain::contract::<Vault>());
    chain.set_program(vault(), Chain::proxy(implementation()));
    chain.set_token(TOKEN, Behaviour::Honest);
    chain.set_token(OTHER_TOKEN, Behaviour::Honest);
    chain
}

/// A reward of that much native value and of those tokens.
fn reward(native: u64, tokens: &[(Address, u64)]) -> Reward {
    Reward {
        deadline: 1_900_002_000,
        creator: CLAIMANT,
        prover: STRANGER,
        nativeAmount: U256::from(native),
        tokens: tokens
            .iter()
            .map(|(token, amount)| TokenAmount { token: *token, amount: U256::from(*amount) })
            .collect(),
    }
}

fn withdraw_calldata(reward: Reward) -> Vec<u8> {
    [withdrawCall { reward, claimant: CLAIMANT }.abi_encode(), HASH.to_vec()].concat()
}

fn refund_calldata(reward: Reward) -> Vec<u8> {
    [refundCall { reward, refundee: CLAIMANT }.abi_encode(), HASH.to_vec()].concat()
}

fn fund_for_calldata(reward: Reward, permit: Address) -> Vec<u8> {
    [fundForCall { reward, funder: FUNDER, permit }.abi_encode(), HASH.to_vec()].concat()
}

fn recover_calldata(token: Address) -> Vec<u8> {
    [recoverCall { refundee: CLAIMANT, token }.abi_encode(), HASH.to_vec()].concat()
}

/// A well-formed command of each kind.
fn commands(reward: Reward) -> [Vec<u8>; 4] {
    [
        withdraw_calldata(reward.clone()),
        refund_calldata(reward.clone()),
        fund_for_calldata(reward, Address::ZERO),
        recover_calldata(TOKEN),
    ]
}

fn withdraw(chain: &Chain, reward: Reward) -> ArbResult {
    chain.transact(PORTAL, vault(), U256::ZERO, &withdraw_calldata(reward))
}

fn refund(chain: &Chain, reward: Reward) -> ArbResult {
    chain.transact(PORTAL, vault(), U256::ZERO, &refund_calldata(reward))
}

/// Native and `TOKEN` of the vault, then of the claimant.
fn balances(chain: &Chain) -> [u64; 4] {
    [
        chain.balance(vault()),
        chain.token_balance(TOKEN, vault()),
        chain.balance(CLAIMANT),
        chain.token_balance(TOKEN, CLAIMANT),
    ]
    .map(|balance| balance.to())
}

#[test]
fn a_claimant_gets_the_reward_and_the_rest_stays() {
    // given a vault with more than the reward
    let chain = chain();
    chain.set_balance(vault(), U256::from(12));
    chain.mint(TOKEN, vault(), 9);
    chain.mint(OTHER_TOKEN, vault(), 3);
    assert_eq!(balances(&chain), [12, 9, 0, 0]);
    // when it is withdrawn
    assert_eq!(withdraw(&chain, reward(10, &[(TOKEN, 5), (OTHER_TOKEN, 3)])), Ok(vec![]));
    // then each leg is paid to the unit
    assert_eq!(balances(&chain), [2, 4, 10, 5]);
    assert_eq!(chain.token_balance(OTHER_TOKEN, CLAIMANT), U256::from(3));
}

#[test]
fn a_short_vault_pays_what_it_holds() {
    let chain = chain();
    chain.set_balance(vault(), U256::from(4));
    chain.mint(TOKEN, vault(), 2);
    assert_eq!(withdraw(&chain, reward(10, &[(TOKEN, 5), (OTHER_TOKEN, 3)])), Ok(vec![]));
    assert_eq!(balances(&chain), [0, 0, 4, 2]);
}

#[test]
fn an_empty_vault_calls_neither_transfer_nor_claimant() {
    // given an empty vault
    let chain = chain();
    chain.take_calls();
    // when it is withdrawn
    assert_eq!(withdraw(&chain, reward(10, &[(TOKEN, 5)])), Ok(vec![]));
    // then only the balance was asked for
    let callees: Vec<_> =
        chain.take_calls().into_iter().map(|call| (call.to, call.data.len())).collect();
    assert_eq!(callees, [(TOKEN, 36)]);
}

#[test]
fn a_zero_leg_still_asks_the_token() {
    let chain = chain();
    chain.mint(TOKEN, vault(), 5);
    chain.take_calls();
    assert_eq!(withdraw(&chain, reward(0, &[(TOKEN, 0)])), Ok(vec![]));
    assert_eq!(chain.take_calls().len(), 1);
    assert_eq!(balances(&chain), [0, 5, 0, 0]);
}

#[test]
fn legs_of_one_token_are_paid_until_it_ends() {
    let chain = chain();
    chain.mint(TOKEN, vault(), 100);
    assert_eq!(withdraw(&chain, reward(0, &[(TOKEN, 70), (TOKEN, 60)])), Ok(vec![]));
    assert_eq!(balances(&chain), [0, 0, 0, 100]);
}

#[test]
fn a_refund_pays_all_the_vault_holds() {
    let chain = chain();
    chain.set_balance(vault(), U256::from(12));
    chain.mint(TOKEN, vault(), 9);
    chain.mint(OTHER_TOKEN, vault(), 3);
    assert_eq!(refund(&chain, reward(0, &[(TOKEN, 0)])), Ok(vec![]));
    assert_eq!(balances(&chain), [0, 0, 12, 9]);
    // a token that is no part of the reward stays
    assert_eq!(chain.token_balance(OTHER_TOKEN, vault()), U256::from(3));
}

#[test]
fn a_claimant_that_refuses_native_reverts_the_whole_payout() {
    // given a claimant that takes no native value
    let chain = chain();
    chain.set_balance(vault(), U256::from(12));
    chain.mint(TOKEN, vault(), 9);
    chain.set_answer(CLAIMANT, Err(b"no".to_vec()));
    // when its reward is withdrawn
    let outcome = withdraw(&chain, reward(10, &[(TOKEN, 5)]));
    // then nothing moved
    let error = NativeTransferFailed { recipient: CLAIMANT, amount: U256::from(10) };
    assert_eq!(outcome, Err(error.abi_encode()));
    assert_eq!(balances(&chain), [12, 9, 0, 0]);
}

#[test]
fn a_refundee_that_refuses_native_still_gets_the_tokens() {
    let chain = chain();
    chain.set_balance(vault(), U256::from(12));
    chain.mint(TOKEN, vault(), 9);
    chain.set_answer(CLAIMANT, Err(b"no".to_vec()));
    assert_eq!(refund(&chain, reward(10, &[(TOKEN, 5)])), Ok(vec![]));
    assert_eq!(balances(&chain), [12, 0, 0, 9]);
}

#[test]
fn native_is_paid_with_all_gas_and_no_data() {
    let chain = chain();
    chain.set_balance(vault(), U256::from(12));
    chain.take_calls();
    withdraw(&chain, reward(10, &[])).unwrap();
    let calls = chain.take_calls();
    assert_eq!(calls.len(), 1);
    assert_eq!((calls[0].to, calls[0].gas, calls[0].data.len()), (CLAIMANT, u64::MAX, 0));
}

#[test]
fn a_token_that_answers_false_stops_the_payout() {
    let chain = chain();
    chain.mint(TOKEN, vault(), 9);
    chain.set_token(TOKEN, Behaviour::False);
    let error = SafeERC20FailedOperation { token: TOKEN }.abi_encode();
    assert_eq!(withdraw(&chain, reward(0, &[(TOKEN, 5)])), Err(error.clone()));
    assert_eq!(refund(&chain, reward(0, &[(TOKEN, 5)])), Err(error));
    assert_eq!(balances(&chain), [0, 9, 0, 0]);
}

#[test]
fn a_token_that_answers_nothing_is_believed() {
    let chain = chain();
    chain.mint(TOKEN, vault(), 9);
    chain.set_token(TOKEN, Behaviour::Answers(vec![]));
    assert_eq!(withdraw(&chain, reward(0, &[(TOKEN, 5)])), Ok(vec![]));
    assert_eq!(balances(&chain), [0, 4, 0, 5]);
}

#[test]
fn a_token_that_answers_no_bool_reverts_without_data() {
    let two = U256::from(2).to_be_bytes_vec();
    for answer in [vec![1], vec![0; 31], two] {
        let chain = chain();
        chain.mint(TOKEN, vault(), 9);
        chain.set_token(TOKEN, Behaviour::Answers(answer));
        assert_eq!(withdraw(&chain, reward(0, &[(TOKEN, 5)])), Err(vec![]));
    }
}

#[test]
fn what_a_token_reverts_with_is_passed_on() {
    let chain = chain();
    chain.mint(TOKEN, vault(), 9);
    chain.set_token(TOKEN, Behaviour::Reverts(b"blocked".to_vec()));
    assert_eq!(withdraw(&chain, reward(0, &[(TOKEN, 5)])), Err(b"blocked".to_vec()));
}

#[test]
fn a_token_that_reverts_without_data_gets_a_name() {
    let chain = chain();
    chain.mint(TOKEN, vault(), 9);
    chain.set_token(TOKEN, Behaviour::Reverts(vec![]));
    let error = FailedInnerCall {}.abi_encode();
    assert_eq!(withdraw(&chain, reward(0, &[(TOKEN, 5)])), Err(error));
}

#[test]
fn a_token_without_code_reverts_without_data() {
    let chain = chain();
    assert_eq!(withdraw(&chain, reward(0, &[(STRANGER, 5)])), Err(vec![]));
    assert_eq!(refund(&chain, reward(0, &[(STRANGER, 5)])), Err(vec![]));
}

#[test]
fn one_failing_leg_blocks_all_of_them() {
    let chain = chain();
    chain.mint(TOKEN, vault(), 9);
    chain.mint(OTHER_TOKEN, vault(), 9);
    chain.set_token(OTHER_TOKEN, Behaviour::Reverts(b"blocked".to_vec()));
    let outcome = refund(&chain, reward(0, &[(TOKEN, 5), (OTHER_TOKEN, 5)]));
    assert_eq!(outcome, Err(b"blocked".to_vec()));
    assert_eq!(balances(&chain), [0, 9, 0, 0]);
}

#[test]
fn a_recovery_pays_all_the_vault_holds_of_that_token_alone() {
    // given a vault with native and two tokens
    let chain = chain();
    chain.set_balance(vault(), U256::from(12));
    chain.mint(TOKEN, vault(), 9);
    chain.mint(OTHER_TOKEN, vault(), 3);
    // when one of them is recovered
    let outcome = chain.transact(PORTAL, vault(), U256::ZERO, &recover_calldata(TOKEN));
    // then nothing else moves
    assert_eq!(outcome, Ok(vec![]));
    assert_eq!(balances(&chain), [12, 0, 0, 9]);
    assert_eq!(chain.token_balance(OTHER_TOKEN, vault()), U256::from(3));
}

#[test]
fn nothing_is_recovered_of_a_token_the_vault_does_not_hold() {
    let chain = chain();
    let recover = |token| chain.transact(PORTAL, vault(), U256::ZERO, &recover_calldata(token));
    assert_eq!(recover(TOKEN), Err(ZeroRecoverTokenBalance { token: TOKEN }.abi_encode()));
    // nor of one that has no code
    assert_eq!(recover(STRANGER), Err(vec![]));
}

#[test]
fn a_recovered_token_fails_as_a_paid_one_does() {
    let chain = chain();
    chain.mint(TOKEN, vault(), 9);
    chain.set_token(TOKEN, Behaviour::False);
    let outcome = chain.transact(PORTAL, vault(), U256::ZERO, &recover_calldata(TOKEN));
    assert_eq!(outcome, Err(SafeERC20FailedOperation { token: TOKEN }.abi_encode()));
}

#[test]
fn a_stranger_cannot_command_a_vault() {
    let chain = chain();
    chain.set_balance(vault(), U256::from(12));
    let error = Err(NotPortalCaller { caller: STRANGER }.abi_encode());
    for data in commands(reward(10, &[])) {
        // with the right hash behind the arguments, and with none
        assert_eq!(chain.transact(STRANGER, vault(), U256::ZERO, &data), error);
        let bare = &data[..data.len() - 32];
        assert_eq!(chain.transact(STRANGER, vault(), U256::ZERO, bare), error);
    }
    assert_eq!(balances(&chain), [12, 0, 0, 0]);
}

#[test]
fn the_portal_commands_a_vault_only_by_its_own_hash() {
    let chain = chain();
    let mut data = withdraw_calldata(reward(10, &[]));
    *data.last_mut().unwrap() ^= 1;
    let error = Err(NotPortalCaller { caller: PORTAL }.abi_encode());
    assert_eq!(chain.transact(PORTAL, vault(), U256::ZERO, &data), error);
}

#[test]
fn the_bare_implementation_obeys_nobody() {
    let chain = chain();
    for caller in [PORTAL, STRANGER] {
        for data in commands(reward(10, &[])) {
            let outcome = chain.transact(caller, implementation(), U256::ZERO, &data);
            assert_eq!(outcome, Err(NotPortalCaller { caller }.abi_encode()));
        }
    }
}

#[test]
fn plain_native_is_taken_by_the_proxy_and_refused_by_the_implementation() {
    let chain = chain();
    chain.set_balance(STRANGER, U256::from(2));
    assert_eq!(chain.transact(STRANGER, vault(), U256::ONE, &[]), Ok(vec![]));
    assert_eq!(chain.transact(STRANGER, implementation(), U256::ONE, &[]), Err(vec![]));
    assert_eq!(chain.balance(vault()), U256::ONE);
}

#[test]
fn value_sent_with_a_command_is_refused() {
    let chain = chain();
    chain.set_balance(PORTAL, U256::ONE);
    chain.mint(TOKEN, vault(), 1);
    for data in commands(reward(0, &[])) {
        assert_eq!(chain.transact(PORTAL, vault(), U256::ONE, &data), Err(vec![]));
        assert_eq!(chain.transact(PORTAL, vault(), U256::ZERO, &data), Ok(vec![]));
    }
}

#[test]
fn every_function_of_the_interface_is_answered_and_no_other() {
    let chain = chain();
    let answers = |selector: [u8; 4]| {
        chain.run(vault(), PORTAL, U256::ZERO, |chain| {
            Vault::route(&mut Vault::from(chain), u32::from_be_bytes(selector), &[0; 512]).is_some()
        })
    };
    for selector in IVaultCalls::selectors() {
        assert!(answers(selector));
    }
    for selector in [[0xde, 0xad, 0xbe, 0xef], [0; 4], [0xff; 4]] {
        assert!(!answers(selector));
    }
}

#[test]
fn a_token_that_calls_back_cannot_be_paid_twice() {
    // given a token that, when moved, commands the vault again in the Portal's name
    let chain = chain();
    chain.set_balance(vault(), U256::from(10));
    chain.mint(TOKEN, vault(), 10);
    let again = withdraw_calldata(reward(10, &[(OTHER_TOKEN, 0)]));
    chain.set_token(
        TOKEN,
        Behaviour::Calls(std::rc::Rc::new(move |chain: &Chain| {
            assert_eq!(chain.msg_sender(), vault());
            // the caller is the token, whatever calldata it sends
            let outcome = chain.call(vault(), U256::ZERO, &again);
            assert_eq!(outcome, Err(NotPortalCaller { caller: TOKEN }.abi_encode()));
        })),
    );
    assert_eq!(withdraw(&chain, reward(10, &[(TOKEN, 5)])), Ok(vec![]));
    assert_eq!(balances(&chain), [0, 5, 10, 5]);
}

proptest! {
    #[test]
    fn a_vault_never_pays_more_than_the_reward_or_than_it_holds(
        held_native in 0u64..1000, held_tokens in 0u64..1000,
        native in 0u64..1000, legs in prop::collection::vec(0u64..1000, 0..4),
    ) {
        let chain = chain();
        chain.set_balance(vault(), U256::from(held_native));
        chain.mint(TOKEN, vault(), held_tokens);
        let tokens: Vec<_> = legs.iter().map(|amount| (TOKEN, *amount)).collect();
        prop_assert_eq!(withdraw(&chain, reward(native, &tokens)), Ok(vec![]));
        let paid = [held_native.min(native), held_tokens.min(legs.iter().sum())];
        let rest = [held_native - paid[0], held_tokens - paid[1]];
        prop_assert_eq!(balances(&chain), [rest[0], rest[1], paid[0], paid[1]]);
    }

    #[test]
    fn a_command_cut_anywhere_reverts(command in 0usize..4, at: prop::sample::Index) {
        let chain = chain();
        chain.mint(TOKEN, vault(), 1);
        let data = commands(reward(10, &[(TOKEN, 5), (OTHER_TOKEN, 3)])).into_iter().nth(command).unwrap();
        let cut = at.index(data.len());
        let outcome = chain.transact(PORTAL, vault(), U256::ZERO, &data[..cut]);
        // Nothing at all is a plain transfer, which the proxy takes.
        prop_assert_eq!(outcome.is_err(), cut != 0);
    }

    #[test]
    fn garbage_never_panics(selector in prop::sample::select(IVaultCalls::selectors().collect::<Vec<_>>()), tail: Vec<u8>) {
        let data = [&selector[..], &tail].concat();
        prop_assert!(chain().transact(PORTAL, vault(), U256::ZERO, &data).is_err());
    }
}
