//! The IntentSource on a chain in memory, with real vaults behind their proxies.
#![allow(clippy::disallowed_macros, reason = "a failing property says what it saw")]
#![allow(non_snake_case, reason = "fields of calls are named as in the ABI")]

mod exhaustive;
mod funding;
mod funding_for;
mod publishing;
mod recovery;
mod settlement;
mod vectors;
mod wiring;

use std::rc::Rc;

use alloy_primitives::{Address, B256, U256, address};
use alloy_sol_types::{SolCall, SolEvent, SolValue};
use interfaces::{
    hash::{self, IntentHashes},
    intents::{
        IIntentSource::{
            batchWithdrawCall, fundCall, fundForCall, getRewardStatusCall, isIntentFunded_0Call,
            publish_0Call, publishAndFund_0Call, publishAndFundFor_0Call, recoverTokenCall,
            refundCall, refundToCall, withdrawCall,
        },
        IProver, Intent, Reward, Route, TokenAmount,
    },
    proxy,
};
use stylus_sdk::{ArbResult, stylus_core::AccountAccess};
use support::testing::{Behaviour, Chain, Log};
use vault::Vault;

use crate::IntentSource;

const SOURCE: Address = address!("00000000000000000000000000000000000000a1");
const CREATOR: Address = address!("00000000000000000000000000000000000000b2");
const FUNDER: Address = address!("00000000000000000000000000000000000000b3");
const STRANGER: Address = address!("00000000000000000000000000000000000000b4");
const CLAIMANT: Address = address!("00000000000000000000000000000000000000c3");
const PROVER: Address = address!("00000000000000000000000000000000000000c4");
const TOKEN: Address = address!("00000000000000000000000000000000000000d4");
const OTHER_TOKEN: Address = address!("00000000000000000000000000000000000000d5");
const CODELESS: Address = address!("00000000000000000000000000000000000000ee");

const NOW: u64 = 1_900_000_000;
const DEADLINE: u64 = NOW + 2_000;
const DESTINATION: u64 = 10;

/// A chain with a constructed source, honest tokens, a prover that has proven nothing, and 1000 native for everyone.
fn chain() -> Chain {
    chain_with_alias(Address::ZERO)
}

fn chain_with_alias(native_erc20: Address) -> Chain {
    let chain = Chain::new(412_346, NOW);
    chain.set_program(SOURCE, Chain::contract::<IntentSource>());
    chain.set_init_code(b"vault", Chain::contract::<Vault>());
    let proxy = proxy::init_code(implementation());
    chain.set_init_code(&proxy, Chain::proxy(implementation()));
    construct(&chain, b"vault", native_erc20).unwrap();
    for token in [TOKEN, OTHER_TOKEN] {
        chain.set_token(token, Behaviour::Honest);
    }
    set_proof(&chain, Address::ZERO, 0);
    for account in [CREATOR, FUNDER, STRANGER] {
        chain.set_balance(account, U256::from(1000));
    }
    chain
}

fn construct(chain: &Chain, vault_init_code: &[u8], native_erc20: Address) -> ArbResult {
    let arguments = (vault_init_code.to_vec(), native_erc20);
    let arguments = <(alloy_sol_types::sol_data::Bytes, alloy_sol_types::sol_data::Address)
        as alloy_sol_types::SolType>::abi_encode_params(&arguments);
    let data = [&[0x55, 0x85, 0x25, 0x8d][..], &arguments].concat();
    chain.transact(CREATOR, SOURCE, U256::ZERO, &data)
}

/// The vault implementation of `SOURCE`.
fn implementation() -> Address {
    hash::create_address(SOURCE, 1)
}

/// Lets the prover name a claimant and the chain the proof came from.
fn set_proof(chain: &Chain, claimant: Address, destination: u64) {
    chain.set_program(
        PROVER,
        Rc::new(move |_, input| match IProver::provenIntentsCall::abi_decode(input) {
            Ok(_) => Ok((claimant, destination).abi_encode()),
            Err(_) => Ok(vec![]),
        }),
    );
}

/// An intent that rewards so much native value and those tokens.
fn intent_rewarding(native: u64, tokens: &[(Address, u64)]) -> Intent {
    Intent {
        destination: DESTINATION,
        route: Route {
            salt: B256::repeat_byte(0x5a),
            deadline: NOW + 1_000,
            portal: SOURCE,
            nativeAmount: U256::ZERO,
            tokens: vec![],
            calls: vec![],
        },
        reward: Reward {
            deadline: DEADLINE,
            creator: CREATOR,
            prover: PROVER,
            nativeAmount: U256::from(native),
            tokens: tokens
                .iter()
                .map(|(token, amount)| TokenAmount { token: *token, amount: U256::from(*amount) })
                .collect(),
        },
    }
}

fn hashes(intent: &Intent) -> IntentHashes {
    intent.hashes()
}

fn vault_of(intent: &Intent) -> Address {
    let code = proxy::init_code_hash(implementation());
    hash::vault_address(SOURCE, hashes(intent).intent, code)
}

fn publish(chain: &Chain, intent: &Intent) -> ArbResult {
    let data = publish_0Call { intent: intent.clone() }.abi_encode();
    chain.transact(STRANGER, SOURCE, U256::ZERO, &data)
}

fn fund(chain: &Chain, intent: &Intent, value: u64, allow_partial: bool) -> ArbResult {
    fund_from(chain, FUNDER, intent, value, allow_partial)
}

fn fund_from(
    chain: &Chain,
    funder: Address,
    intent: &Intent,
    value: u64,
    allow_partial: bool,
) -> ArbResult {
    chain.transact(funder, SOURCE, U256::from(value), &fund_calldata(intent, allow_partial))
}

fn fund_calldata(intent: &Intent, allow_partial: bool) -> Vec<u8> {
    fundCall {
        destination: intent.destination,
        routeHash: hashes(intent).route,
        reward: intent.reward.clone(),
        allowPartial: allow_partial,
    }
    .abi_encode()
}

fn publish_and_fund(chain: &Chain, intent: &Intent, value: u64, allow_partial: bool) -> ArbResult {
    let call = publishAndFund_0Call { intent: intent.clone(), allowPartial: allow_partial };
    chain.transact(FUNDER, SOURCE, U256::from(value), &call.abi_encode())
}

fn withdraw_calldata(intent: &Intent) -> Vec<u8> {
    let (destination, hashes) = (intent.destination, hashes(intent));
    withdrawCall { destination, routeHash: hashes.route, reward: intent.reward.clone() }
        .abi_encode()
}

fn refund_calldata(intent: &Intent) -> Vec<u8> {
    let (destination, hashes) = (intent.destination, hashes(intent));
    refundCall { destination, routeHash: hashes.route, reward: intent.reward.clone() }.abi_encode()
}

fn withdraw(chain: &Chain, intent: &Intent) -> ArbResult {
    chain.transact(STRANGER, SOURCE, U256::ZERO, &withdraw_calldata(intent))
}

fn refund(chain: &Chain, intent: &Intent) -> ArbResult {
    chain.transact(STRANGER, SOURCE, U256::ZERO, &refund_calldata(intent))
}

fn refund_to_calldata(intent: &Intent, refundee: Address) -> Vec<u8> {
    let (destination, routeHash, reward) = by_hash(intent);
    refundToCall { destination, routeHash, reward, refundee }.abi_encode()
}

fn recover_calldata(intent: &Intent, token: Address) -> Vec<u8> {
    let (destination, routeHash, reward) = by_hash(intent);
    recoverTokenCall { destination, routeHash, reward, token }.abi_encode()
}

fn fund_for_calldata(intent: &Intent, allow_partial: bool, permit: Address) -> Vec<u8> {
    let (destination, routeHash, reward) = by_hash(intent);
    fundForCall {
        destination,
        routeHash,
        reward,
        allowPartial: allow_partial,
        funder: FUNDER,
        permitContract: permit,
    }
    .abi_encode()
}

fn publish_and_fund_for_calldata(intent: &Intent, allow_partial: bool, permit: Address) -> Vec<u8> {
    publishAndFundFor_0Call {
        intent: intent.clone(),
        allowPartial: allow_partial,
        funder: FUNDER,
        permitContract: permit,
    }
    .abi_encode()
}

fn batch_calldata(intents: &[&Intent]) -> Vec<u8> {
    batchWithdrawCall {
        destinations: intents.iter().map(|intent| intent.destination).collect(),
        routeHashes: intents.iter().map(|intent| hashes(intent).route).collect(),
        rewards: intents.iter().map(|intent| intent.reward.clone()).collect(),
    }
    .abi_encode()
}

/// An intent as most functions name it.
fn by_hash(intent: &Intent) -> (u64, B256, Reward) {
    (intent.destination, hashes(intent).route, intent.reward.clone())
}

/// The status as the ABI tells it.
fn status(chain: &Chain, intent: &Intent) -> u8 {
    let data = getRewardStatusCall { intentHash: hashes(intent).intent }.abi_encode();
    let output = chain.transact(STRANGER, SOURCE, U256::ZERO, &data).unwrap();
    U256::from_be_slice(&output).to()
}

fn is_funded(chain: &Chain, intent: &Intent) -> ArbResult {
    let data = isIntentFunded_0Call { intent: intent.clone() }.abi_encode();
    chain.transact(STRANGER, SOURCE, U256::ZERO, &data)
}

/// Gives the funder tokens, and the source the right to take them.
fn provide(chain: &Chain, token: Address, amount: u64) {
    chain.mint(token, FUNDER, amount);
    chain.approve(token, FUNDER, SOURCE, amount);
}

/// Native balance of an account.
fn native(chain: &Chain, account: Address) -> u64 {
    chain.balance(account).to()
}

/// `TOKEN` balance of an account.
fn tokens(chain: &Chain, account: Address) -> u64 {
    chain.token_balance(TOKEN, account).to()
}

/// The one event since the last look, of that type.
fn only_event<E: SolEvent>(chain: &Chain) -> E {
    let logs: Vec<Log> = chain.take_logs();
    assert_eq!(logs.len(), 1, "{logs:?}");
    assert_eq!(logs[0].emitter, SOURCE);
    logs[0].decode().unwrap()
}
