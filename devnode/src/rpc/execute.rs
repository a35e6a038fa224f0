//! `eth_*` that run something: calls, estimates, transactions.
//! Spec: stylus-vm.md §9.6.

use alloy::eips::BlockNumberOrTag;
use alloy::rpc::types::state::StateOverride;
use alloy::rpc::types::{BlockOverrides, TransactionRequest};
use alloy::sol_types::{ContractError, GenericRevertReason, RevertReason, SolValue};
use alloy_primitives::{Address, Bytes, TxKind, U256};
use revm::interpreter::InstructionResult;
use serde_json::json;

use super::eth::{in_world, place};
use super::json::quantity;
use super::{Answer, Args, Error, Method, REVERTED};
use crate::chain::{Chain, Place};
use crate::precompiles::{self, NODE_INTERFACE};
use crate::state::{AccountOverride, Overrides, bytecode};
use crate::transaction::{Executed, Invalid, Message, Mode};

pub(super) const METHODS: &[(&str, Method)] =
    &[("eth_call", call), ("eth_estimateGas", estimate_gas), ("eth_sendRawTransaction", send_raw)];

/// Gas of a call at most (`RPCGasCap`).
pub(super) const RPC_GAS_CAP: u64 = 50_000_000;
/// How far an estimate may be above the least gas that works (`EstimateGasErrorRatio`), in thousandths.
const ESTIMATE_ERROR_MILLIS: u64 = 15;
/// Gas of a transfer to an account without code.
const TRANSFER_GAS: u64 = 21_000;
/// Added to a guess, so that a call with value can hand on its stipend.
const CALL_STIPEND: u64 = 2_300;

fn call(chain: &mut Chain, args: &Args) -> Answer {
    let request = args.get::<TransactionRequest>(0)?;
    let place = place(chain, args, 1, BlockNumberOrTag::Latest)?;
    let overrides = overrides(chain, args.opt::<StateOverride>(2)?)?;
    if request.to == Some(TxKind::Call(NODE_INTERFACE))
        && let Some(answer) = node_interface(chain, &request, place, &overrides)
    {
        return answer;
    }
    let message = capped(chain, &request, place, &overrides)?;
    let block = args.opt::<BlockOverrides>(3)?.unwrap_or_default();
    if block.block_hash.is_some() {
        return Err(Error::params(
            "blockHash cannot be overridden: BLOCKHASH shows the parent chain's, and there is none",
        ));
    }
    let executed = in_world(chain, place, |chain| {
        chain.simulate_in(&message, Mode::Call, place, &overrides, &block)
    })?;
    match executed.succeeded() {
        true => Ok(json!(executed.output)),
        false => Err(failure(&executed)),
    }
}

fn estimate_gas(chain: &mut Chain, args: &Args) -> Answer {
    let request = args.get::<TransactionRequest>(0)?;
    let place = place(chain, args, 1, BlockNumberOrTag::Pending)?;
    let overrides = overrides(chain, args.opt::<StateOverride>(2)?)?;
    in_world(chain, place, |chain| estimate(chain, &request, place, &overrides)).map(quantity)
}

/// The least gas with which a message succeeds, found as geth does: a probe, a guess, a search.
pub(super) fn estimate(
    chain: &Chain,
    request: &TransactionRequest,
    place: Place,
    overrides: &Overrides,
) -> Result<u64, Error> {
    let mut message = capped(chain, request, place, overrides)?;
    let view = match place {
        Place::Pending => chain.latest(),
        Place::After(number) => chain.view(number),
    }
    .with_overrides(overrides);
    let mut high = message.gas_limit;
    if message.max_fee > 0 {
        let balance = view.account(message.from).balance;
        let Some(for_gas) = balance.checked_sub(message.value) else {
            return Err(Error::server("insufficient funds for transfer"));
        };
        let allowance = for_gas / U256::from(message.max_fee);
        high = high.min(allowance.saturating_to());
    }
    let simulate = |message: &Message| chain.simulate(message, Mode::Estimate, place, overrides);
    if let TxKind::Call(to) = message.to
        && message.data.is_empty()
        && message.authorizations.is_empty()
        && view.code(to).is_empty()
        && !precompiles::exists(to, chain.arbos_version(), true)
    {
        message.gas_limit = TRANSFER_GAS;
        if high >= TRANSFER_GAS && simulate(&message).is_ok_and(|executed| executed.succeeded()) {
            return Ok(TRANSFER_GAS);
        }
    }
    let exceeds =
        |allowance: u64| Error::server(format!("gas required exceeds allowance ({allowance})"));
    let exceeds_in = |allowance: u64, probe: &Executed| {
        let mut error = exceeds(allowance);
        explain(&mut error.message, probe.notes.last());
        error
    };
    message.gas_limit = high;
    let probe = match simulate(&message) {
        Ok(probe) => probe,
        Err(Invalid::IntrinsicGas { .. }) => return Err(exceeds(high)),
        Err(invalid) => return Err(invalid.into()),
    };
    if !probe.succeeded() {
        return Err(match is_out_of_gas(&probe) {
            true => exceeds_in(high, &probe),
            false => failure(&probe),
        });
    }
    let succeeds = |message: &mut Message, gas: u64| {
        message.gas_limit = gas;
        match simulate(message) {
            Ok(executed) => Ok(executed.succeeded()),
            // Says nothing about the gas.
            Err(timed_out @ Invalid::TimedOut(_)) => Err(timed_out),
            Err(_) => Ok(false),
        }
    };
    // The gas charged after refunds is a lower bound.
    let mut low = probe.gas_used.saturating_sub(1);
    let guess = probe.gas_peak.saturating_add(CALL_STIPEND).saturating_mul(64) / 63;
    if guess < high {
        match succeeds(&mut message, guess)? {
            true => high = guess,
            false => low = guess,
        }
    }
    while low.saturating_add(1) < high {
        let gap = high.saturating_sub(low);
        // Close enough: `gap / high < ratio`.
        if gap.saturating_mul(1_000) < high.saturating_mul(ESTIMATE_ERROR_MILLIS) {
            break;
        }
        // Most need little more than the lower bound.
        let middle = low.saturating_add(gap / 2).min(low.saturating_mul(2).max(1));
        match succeeds(&mut message, middle)? {
            true => high = middle,
            false => low = middle,
        }
    }
    Ok(high)
}

fn is_out_of_gas(executed: &Executed) -> bool {
    matches!(
        executed.result,
        InstructionResult::OutOfGas
            | InstructionResult::MemoryOOG
            | InstructionResult::MemoryLimitOOG
            | InstructionResult::PrecompileOOG
            | InstructionResult::InvalidOperandOOG
            | InstructionResult::ReentrancySentryOOG
    )
}

/// NodeInterface's estimates, which need a run of their own.
fn node_interface(
    chain: &Chain,
    request: &TransactionRequest,
    place: Place,
    overrides: &Overrides,
) -> Option<Answer> {
    use alloy::sol_types::SolCall;
    use precompiles::node_interface::NodeInterface::{
        blockL1NumCall, gasEstimateComponentsCall, gasEstimateL1ComponentCall,
        l2BlockRangeForL1Call,
    };
    let input = request.input.input()?;
    let reverted =
        || Error { code: REVERTED, message: "execution reverted".into(), data: Some(json!("0x")) };
    // Sender, value and price of the call are those of the message that is asked about (stylus-vm.md 8.11).
    let inner = |to: Address, creates: bool, data: Bytes| {
        let mut request = request.clone();
        request.to = Some(if creates { TxKind::Create } else { TxKind::Call(to) });
        request.input = data.into();
        let message = message(&request, u64::MAX)?;
        let poster = chain.poster(&message, Mode::Estimate, place, overrides);
        Ok::<_, Error>((request, poster.gas))
    };
    let virtual_contracts = [NODE_INTERFACE, precompiles::node_interface::DEBUG_ADDRESS];
    let base_fee = U256::from(chain.base_fee());
    let l1_price = chain.l1_price();
    if let Ok(asked) = gasEstimateComponentsCall::abi_decode(input) {
        if virtual_contracts.contains(&asked.to) {
            return Some(Err(reverted()));
        }
        let answer =
            inner(asked.to, asked.contractCreation, asked.data).and_then(|(request, l1)| {
                let gas = estimate(chain, &request, place, overrides)?;
                Ok(json!(Bytes::from((gas, l1, base_fee, l1_price).abi_encode())))
            });
        return Some(answer);
    }
    if let Ok(asked) = gasEstimateL1ComponentCall::abi_decode(input) {
        if virtual_contracts.contains(&asked.to) {
            return Some(Err(reverted()));
        }
        let answer = inner(asked.to, asked.contractCreation, asked.data)
            .map(|(_, l1)| json!(Bytes::from((l1, base_fee, l1_price).abi_encode())));
        return Some(answer);
    }
    if let Ok(inner) = blockL1NumCall::abi_decode(input) {
        let found = chain.block(inner.l2BlockNum).ok_or_else(reverted);
        return Some(found.map(|block| json!(Bytes::from(block.l1_block_number.abi_encode()))));
    }
    if let Ok(inner) = l2BlockRangeForL1Call::abi_decode(input) {
        let newest = chain.head().header.number;
        let mut range = (0..=newest).filter(|number| {
            chain.block(*number).is_some_and(|block| block.l1_block_number == inner.blockNum)
        });
        let first = range.next();
        let last = range.next_back().or(first);
        return Some(match (first, last) {
            (Some(first), Some(last)) => Ok(json!(Bytes::from((first, last).abi_encode()))),
            _ => Err(reverted()),
        });
    }
    None
}

/// What a failed call tells its caller.
pub(super) fn failure(executed: &Executed) -> Error {
    let note = executed.notes.last();
    if executed.result == InstructionResult::Revert {
        let mut message = String::from("execution reverted");
        if let Some(reason) = reason(&executed.output) {
            message.push_str(": ");
            message.push_str(&reason);
        }
        // The caller of a program that cannot run only sees that the call failed; the person should see why.
        let unable = executed.notes.iter().find(|note| note.contains("cargo stylus activate"));
        explain(&mut message, unable.or(note.filter(|_| executed.output.is_empty())));
        return Error { code: REVERTED, message, data: Some(json!(executed.output)) };
    }
    Error::server(match (executed.result, note) {
        (InstructionResult::PrecompileError, Some(note)) => note.clone(),
        (result, note) => {
            let mut message = halt_text(result).into();
            explain(&mut message, note);
            message
        }
    })
}

/// Adds what a person should know to the words that programs match, which stay in front.
fn explain(message: &mut String, note: Option<&String>) {
    match note {
        Some(note) if note.starts_with(message.as_str()) => message.clone_from(note),
        Some(note) => message.push_str(&format!(" ({note})")),
        None => {}
    }
}

/// `Error(string)`, `Panic(uint256)` and the errors that precompiles declare, as text.
fn reason(output: &[u8]) -> Option<String> {
    if let Some(known) = precompiles::error_text(output) {
        return Some(format!("error {known}"));
    }
    match GenericRevertReason::decode(output)? {
        RevertReason::ContractError(ContractError::Revert(revert)) => Some(revert.reason),
        RevertReason::ContractError(ContractError::Panic(panic)) => Some(panic.to_string()),
        _ => None,
    }
}

/// geth's words.
pub(crate) fn halt_text(result: InstructionResult) -> &'static str {
    use InstructionResult::*;
    match result {
        OutOfGas | MemoryOOG | MemoryLimitOOG | PrecompileOOG | InvalidOperandOOG
        | ReentrancySentryOOG => "out of gas",
        CallTooDeep => "max call depth exceeded",
        OutOfFunds => "insufficient balance for transfer",
        OpcodeNotFound => "invalid opcode",
        InvalidFEOpcode => "invalid opcode: INVALID",
        InvalidJump => "invalid jump destination",
        NotActivated => "invalid opcode: BLOBBASEFEE is not supported on Arbitrum",
        StackUnderflow => "stack underflow",
        StackOverflow => "stack limit reached 1024 (1024)",
        OutOfOffset => "return data out of bounds",
        CreateCollision => "contract address collision",
        CreateContractSizeLimit => "max code size exceeded",
        CreateContractStartingWithEF => "invalid code: must not begin with 0xef",
        CreateInitCodeSizeLimit => "max initcode size exceeded",
        NonceOverflow => "nonce uint64 overflow",
        CallNotAllowedInsideStatic | StateChangeDuringStaticCall => "write protection",
        _ => "execution failed",
    }
}

/// The message that a call request stands for, with no more gas than RPC gives away: the cap and what the data costs.
fn capped(
    chain: &Chain,
    request: &TransactionRequest,
    place: Place,
    overrides: &Overrides,
) -> Result<Message, Error> {
    let message = message(request, u64::MAX)?;
    // As an estimate counts it, so that the cap is never too low for it.
    let poster = chain.poster(&message, Mode::Estimate, place, overrides);
    let cap = RPC_GAS_CAP.saturating_add(poster.gas);
    Ok(Message { gas_limit: message.gas_limit.min(cap), ..message })
}

/// The message that a call request stands for.
pub(super) fn message(request: &TransactionRequest, gas_cap: u64) -> Result<Message, Error> {
    if request.gas_price.is_some()
        && (request.max_fee_per_gas.is_some() || request.max_priority_fee_per_gas.is_some())
    {
        return Err(Error::params(
            "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified",
        ));
    }
    let max_fee = request.gas_price.or(request.max_fee_per_gas).unwrap_or_default();
    let tip = request.gas_price.or(request.max_priority_fee_per_gas).unwrap_or_default();
    Ok(Message {
        from: request.from.unwrap_or_default(),
        to: request.to.unwrap_or(TxKind::Create),
        value: request.value.unwrap_or_default(),
        data: request.input.input().cloned().unwrap_or_default(),
        gas_limit: request.gas.unwrap_or(gas_cap).min(gas_cap),
        max_fee,
        tip,
        nonce: None,
        impersonated: false,
        access_list: request.access_list.clone().unwrap_or_default(),
        authorizations: request.authorization_list.clone().unwrap_or_default(),
        signed: None,
    })
}

/// What a call pretends about the world.
pub(super) fn overrides(
    chain: &Chain,
    requested: Option<StateOverride>,
) -> Result<Overrides, Error> {
    let mut overrides = Overrides::default();
    let requested = requested.unwrap_or_default();
    for (address, wanted) in &requested {
        if *address == crate::arbos::ARBOS_STATE {
            return Err(Error::server("overriding the ArbOS state account is not allowed"));
        }
        if wanted.state.is_some() && wanted.state_diff.is_some() {
            return Err(Error::server(format!(
                "account {address} has both 'state' and 'stateDiff'"
            )));
        }
        let replaces_storage = wanted.state.is_some();
        let slots = wanted.state.as_ref().or(wanted.state_diff.as_ref());
        overrides.insert(
            *address,
            AccountOverride {
                balance: wanted.balance,
                nonce: wanted.nonce,
                code: wanted.code.clone().map(bytecode),
                slots: slots
                    .into_iter()
                    .flatten()
                    .map(|(key, value)| ((*key).into(), (*value).into()))
                    .collect(),
                replaces_storage,
                precompile: None,
            },
        );
    }
    for (address, wanted) in requested {
        let Some(to) = wanted.move_precompile_to else { continue };
        if !chain.is_precompile(address) {
            return Err(Error::server(format!("account {address} is not a precompile")));
        }
        if overrides.contains_key(&to) {
            return Err(Error::server(format!("account {to} is already overridden")));
        }
        let moved = AccountOverride { precompile: Some(address), ..AccountOverride::default() };
        overrides.insert(to, moved);
    }
    Ok(overrides)
}

fn send_raw(chain: &mut Chain, args: &Args) -> Answer {
    let raw = args.get::<Bytes>(0)?;
    Ok(json!(chain.send_raw(&raw)?))
}
