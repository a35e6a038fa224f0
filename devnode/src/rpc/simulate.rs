//! `eth_simulateV1` and `eth_createAccessList`: runs that leave nothing behind.

use alloy::consensus::{SignableTransaction, TxEip1559, TxEnvelope};
use alloy::eips::BlockNumberOrTag;
use alloy::eips::eip2930::{AccessList, AccessListItem};
use alloy::rpc::types::state::StateOverride;
use alloy::rpc::types::{BlockOverrides, TransactionRequest};
use alloy_primitives::map::HashSet;
use alloy_primitives::{Address, B256, U256};
use revm::state::{AccountStatus, EvmState};
use serde::Deserialize;
use serde_json::{Value, json};

use super::eth::{in_world, place};
use super::execute::{RPC_GAS_CAP, failure, message, overrides};
use super::json::{logs_of, quantity};
use super::{Answer, Args, Error, Method, json as shape};
use crate::arbos::{ARBOS_STATE, Word};
use crate::block::{Block, Body, Included};
use crate::chain::{Chain, Place, impersonation};
use crate::precompiles;
use crate::transaction::{Executed, Invalid, Message, Mode};

pub(super) const METHODS: &[(&str, Method)] =
    &[("eth_createAccessList", create_access_list), ("eth_simulateV1", simulate)];

/// Rounds until an access list no longer changes; code may look at what is warm.
const ACCESS_LIST_ROUNDS: usize = 10;
/// Blocks and calls that one simulation may have.
const SIMULATION_LIMIT: usize = 256;
const CALL_LIMIT: usize = 10_000;
/// Error codes of `eth_simulateV1`.
const SIMULATED_CALL_FAILED: i32 = -32_015;

fn create_access_list(chain: &mut Chain, args: &Args) -> Answer {
    let request = args.get::<TransactionRequest>(0)?;
    let place = place(chain, args, 1, BlockNumberOrTag::Latest)?;
    let overrides = overrides(chain, args.opt::<StateOverride>(2)?)?;
    let mut message = message(&request, RPC_GAS_CAP)?;
    in_world(chain, place, |chain| {
        for _ in 0..ACCESS_LIST_ROUNDS {
            let executed = chain.simulate(&message, Mode::Call, place, &overrides)?;
            let list = accessed(chain, &message, &executed);
            if list == message.access_list {
                return Ok(access_list_result(&list, &executed));
            }
            message.access_list = list;
        }
        Err(Error::server("the access list changes with itself: what runs looks at what is warm"))
    })
}

fn access_list_result(list: &AccessList, executed: &Executed) -> Value {
    let mut result = json!({"accessList": list, "gasUsed": quantity(executed.gas_used)});
    if let (false, Value::Object(members)) = (executed.succeeded(), &mut result) {
        members.insert("error".into(), json!(failure(executed).message));
    }
    result
}

/// What a run touched that is not warm from the start (EIP-2929), by address and slot.
fn accessed(chain: &Chain, message: &Message, executed: &Executed) -> AccessList {
    let fees = chain.latest().slot(ARBOS_STATE, U256::from(Word::NetworkFeeAccount as u64));
    let mut warm_anyway: HashSet<Address> =
        [message.from, chain.coinbase, ARBOS_STATE, Address::from_word(fees.into())]
            .into_iter()
            .collect();
    warm_anyway.extend(message.to.to());
    warm_anyway.extend(executed.created);
    let is_known = |address: &Address| {
        warm_anyway.contains(address)
            || precompiles::exists(*address, chain.config.arbos_version, true)
            || crate::evm::native_precompiles(chain.arbos_version()).contains(address)
    };
    let mut items = touched(&executed.changes);
    items.retain(|(address, slots)| {
        *address != ARBOS_STATE && (!slots.is_empty() || !is_known(address))
    });
    let item = |(address, storage_keys)| AccessListItem { address, storage_keys };
    AccessList(items.into_iter().map(item).collect())
}

/// Accounts and slots that a run looked at. A frame that fails makes what it touched cold again; its slots count all the
/// same, while accounts that are cold may be ones that only ArbOS looked at.
fn touched(changes: &EvmState) -> Vec<(Address, Vec<B256>)> {
    let mut items: Vec<(Address, Vec<B256>)> = changes
        .iter()
        .filter(|(_, account)| {
            !account.status.contains(AccountStatus::Cold) || !account.storage.is_empty()
        })
        .map(|(address, account)| {
            let mut slots: Vec<B256> = account.storage.keys().map(|key| (*key).into()).collect();
            slots.sort_unstable();
            (*address, slots)
        })
        .collect();
    items.sort_unstable();
    items
}

/// What `eth_simulateV1` takes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Simulation {
    block_state_calls: Vec<SimulatedBlock>,
    #[serde(default)]
    trace_transfers: bool,
    #[serde(default)]
    validation: bool,
    #[serde(default)]
    return_full_transactions: bool,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SimulatedBlock {
    block_overrides: Option<BlockOverrides>,
    state_overrides: Option<StateOverride>,
    calls: Vec<TransactionRequest>,
}

/// Blocks of calls on top of each other. A simulated block has no transaction of ArbOS.
fn simulate(chain: &mut Chain, args: &Args) -> Answer {
    let simulation = args.get::<Simulation>(0)?;
    let place = place(chain, args, 1, BlockNumberOrTag::Latest)?;
    if simulation.trace_transfers {
        return Err(Error::params("traceTransfers is not supported"));
    }
    let blocks = &simulation.block_state_calls;
    let calls: usize = blocks.iter().map(|block| block.calls.len()).sum();
    if blocks.is_empty() || blocks.len() > SIMULATION_LIMIT || calls > CALL_LIMIT {
        return Err(Error::params(format!(
            "a simulation has 1 to {SIMULATION_LIMIT} blocks and at most {CALL_LIMIT} calls"
        )));
    }
    let newest = chain.head().header.number;
    if place != Place::Pending && place != Place::After(newest) {
        return Err(Error::server(format!(
            "simulations start at the newest block, {newest}; for an older one, anvil_rollback first"
        )));
    }
    let mode = if simulation.validation { Mode::Transaction } else { Mode::Call };
    chain.speculate(|chain| {
        let (mut parent, mut answers) = (chain.head().clone(), Vec::new());
        for wanted in blocks {
            let (block, results) = simulate_block(chain, &parent, wanted, mode)?;
            let full = simulation.return_full_transactions;
            let mut shown = shape::block(&block, full, chain.config.chain_id);
            if let Value::Object(members) = &mut shown {
                members.insert("calls".into(), json!(results));
            }
            answers.push(shown);
            parent = block;
        }
        Ok(Value::Array(answers))
    })
}

fn simulate_block(
    chain: &mut Chain,
    parent: &Block,
    wanted: &SimulatedBlock,
    mode: Mode,
) -> Result<(Block, Vec<Value>), Error> {
    let pretended = wanted.block_overrides.clone().unwrap_or_default();
    let mut opening = chain.opening();
    opening.number = parent.header.number.saturating_add(1);
    opening.parent_hash = parent.hash;
    opening.timestamp = opening.timestamp.max(parent.header.timestamp.saturating_add(1));
    if mode == Mode::Call {
        opening.base_fee = 0;
    }
    let opening = opening.overridden(&pretended);
    let order = |code, what: &str| Error { code, message: format!("{what} must grow"), data: None };
    if opening.number <= parent.header.number {
        return Err(order(-38_020, "block numbers"));
    }
    if opening.timestamp <= parent.header.timestamp {
        return Err(order(-38_021, "block timestamps"));
    }
    let accounts = overrides(chain, wanted.state_overrides.clone())?;
    chain.pretend(accounts);
    let (mut included, mut outcomes) = (Vec::<Included>::new(), Vec::new());
    for request in &wanted.calls {
        let message = simulated_message(chain, request, opening.base_fee, mode)?;
        let executed = chain.run_and_keep(&message, mode, &opening).map_err(refusal)?;
        let used = included.last().map_or(0, |tx| tx.cumulative_gas_used);
        let first_log = included
            .last()
            .map_or(0, |tx| tx.first_log.saturating_add(tx.logs.len().try_into().unwrap_or(0)));
        let envelope = envelope_of(chain, &message);
        included.push(Included {
            hash: *envelope.tx_hash(),
            from: message.from,
            body: Body::User(Box::new(envelope)),
            succeeded: executed.succeeded(),
            gas_used: executed.gas_used,
            gas_used_for_l1: executed.poster_gas,
            cumulative_gas_used: used.saturating_add(executed.gas_used),
            created: executed.created,
            logs: executed.logs.clone(),
            first_log,
            before: chain.state.version(),
            recent_programs: Default::default(),
        });
        outcomes.push(executed);
    }
    let block = chain.seal_simulated(opening, included);
    let results = outcomes.iter().enumerate().map(|(index, executed)| {
        let tx = block.transactions.get(index);
        let logs = tx.map(|tx| logs_of(&block, index, tx)).unwrap_or_default();
        let mut result = json!({
            "status": if executed.succeeded() { "0x1" } else { "0x0" },
            "returnData": executed.output,
            "gasUsed": quantity(executed.gas_used),
            "logs": logs,
        });
        if let (false, Value::Object(members)) = (executed.succeeded(), &mut result) {
            let Error { code, message, data } = failure(executed);
            let code = if code == super::REVERTED { code } else { SIMULATED_CALL_FAILED };
            members.insert("error".into(), json!({"code": code, "message": message, "data": data}));
        }
        result
    });
    let results = results.collect();
    Ok((block, results))
}

fn simulated_message(
    chain: &Chain,
    request: &TransactionRequest,
    base_fee: u64,
    mode: Mode,
) -> Result<Message, Error> {
    let mut message = message(request, RPC_GAS_CAP)?;
    message.nonce = match mode {
        Mode::Transaction => request.nonce,
        Mode::Call | Mode::Estimate => None,
    };
    // A contract may be asked for what it would do, whoever it is.
    message.impersonated = true;
    if mode == Mode::Transaction && message.max_fee == 0 {
        message.max_fee = base_fee.into();
    }
    if message.nonce.is_none() && mode == Mode::Transaction {
        message.nonce = Some(chain.latest().account(message.from).nonce);
    }
    Ok(message)
}

/// A transaction to show for a simulated call.
fn envelope_of(chain: &Chain, message: &Message) -> TxEnvelope {
    let tx = TxEip1559 {
        chain_id: chain.config.chain_id,
        // It was counted already.
        nonce: chain.latest().account(message.from).nonce.saturating_sub(1),
        gas_limit: message.gas_limit,
        max_fee_per_gas: message.max_fee,
        max_priority_fee_per_gas: message.tip,
        to: message.to,
        value: message.value,
        access_list: message.access_list.clone(),
        input: message.data.clone(),
    };
    tx.into_signed(impersonation(message.from)).into()
}

/// A call that cannot even begin ends the simulation, with the code that the method has for it.
fn refusal(invalid: Invalid) -> Error {
    let code = match &invalid {
        Invalid::NonceTooLow { .. } => -38_010,
        Invalid::NonceTooHigh { .. } => -38_011,
        Invalid::FeeCapTooLow { .. } => -38_012,
        Invalid::IntrinsicGas { .. } => -38_013,
        Invalid::Funds { .. } => -38_014,
        Invalid::SenderNotEoa { .. } => -38_024,
        Invalid::InitCodeSize { .. } => -38_025,
        _ => super::SERVER_ERROR,
    };
    Error { code, message: invalid.to_string(), data: None }
}
