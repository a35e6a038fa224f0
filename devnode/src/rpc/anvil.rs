//! `anvil_*` (and the `hardhat_*` names of the same): accounts as one likes them, and the chain's settings.

use alloy::sol_types::{SolCall, SolValue};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use serde_json::{Value, json};

use super::evm::{number, required};
use super::json::quantity;
use super::{Answer, Args, Error, Method};
use crate::Mining;
use crate::arbos::{ARBOS_STATE, Word};
use crate::chain::{Chain, Place};
use crate::state::{AccountOverride, Overrides};
use crate::transaction::{Message, Mode};

alloy::sol! {
    function balanceOf(address account) external view returns (uint256);
    function allowance(address owner, address spender) external view returns (uint256);
}

pub(super) const METHODS: &[(&str, Method)] = &[
    ("anvil_setBalance", set_balance),
    ("hardhat_setBalance", set_balance),
    ("anvil_setCode", set_code),
    ("hardhat_setCode", set_code),
    ("anvil_setNonce", set_nonce),
    ("hardhat_setNonce", set_nonce),
    ("anvil_setStorageAt", set_storage_at),
    ("hardhat_setStorageAt", set_storage_at),
    ("anvil_impersonateAccount", impersonate),
    ("hardhat_impersonateAccount", impersonate),
    ("anvil_stopImpersonatingAccount", stop_impersonating),
    ("hardhat_stopImpersonatingAccount", stop_impersonating),
    ("anvil_autoImpersonateAccount", auto_impersonate),
    ("anvil_addBalance", add_balance),
    ("anvil_dealERC20", deal_erc20),
    ("anvil_setERC20Allowance", set_erc20_allowance),
    ("anvil_setNextBlockBaseFeePerGas", set_next_base_fee),
    ("hardhat_setNextBlockBaseFeePerGas", set_next_base_fee),
    ("anvil_setMinGasPrice", set_min_gas_price),
    ("hardhat_setMinGasPrice", set_min_gas_price),
    ("anvil_setCoinbase", set_coinbase),
    ("hardhat_setCoinbase", set_coinbase),
    ("anvil_setChainId", set_chain_id),
    ("anvil_setLoggingEnabled", set_logging),
    ("hardhat_setLoggingEnabled", set_logging),
    ("anvil_dropTransaction", drop_transaction),
    ("hardhat_dropTransaction", drop_transaction),
    ("anvil_dropAllTransactions", drop_all_transactions),
    ("anvil_removePoolTransactions", remove_pool_transactions),
    ("anvil_reset", reset),
    ("hardhat_reset", reset),
    ("anvil_dumpState", dump_state),
    ("anvil_loadState", load_state),
    ("anvil_nodeInfo", node_info),
    ("anvil_metadata", metadata),
    ("hardhat_metadata", metadata),
];

fn set_balance(chain: &mut Chain, args: &Args) -> Answer {
    let (address, balance) = (args.get::<Address>(0)?, args.get::<U256>(1)?);
    chain.state.edit(address, |account| account.balance = balance);
    Ok(Value::Null)
}

fn set_code(chain: &mut Chain, args: &Args) -> Answer {
    let (address, code) = (args.get::<Address>(0)?, args.get::<Bytes>(1)?);
    chain.set_code(address, code);
    Ok(Value::Null)
}

fn set_nonce(chain: &mut Chain, args: &Args) -> Answer {
    let address = args.get::<Address>(0)?;
    let nonce =
        number(args, 1)?.ok_or_else(|| Error::params("missing value for required argument 1"))?;
    chain.state.edit(address, |account| account.nonce = nonce);
    Ok(Value::Null)
}

fn set_storage_at(chain: &mut Chain, args: &Args) -> Answer {
    let (address, key, value) =
        (args.get::<Address>(0)?, args.get::<U256>(1)?, args.get::<B256>(2)?);
    chain.state.edit_slot(address, key, value.into());
    Ok(Value::Bool(true))
}

fn impersonate(chain: &mut Chain, args: &Args) -> Answer {
    chain.impersonated.insert(args.get::<Address>(0)?);
    Ok(Value::Null)
}

fn stop_impersonating(chain: &mut Chain, args: &Args) -> Answer {
    chain.impersonated.remove(&args.get::<Address>(0)?);
    Ok(Value::Null)
}

fn auto_impersonate(chain: &mut Chain, args: &Args) -> Answer {
    chain.impersonates_all = args.get(0)?;
    Ok(Value::Null)
}

fn add_balance(chain: &mut Chain, args: &Args) -> Answer {
    let (address, more) = (args.get::<Address>(0)?, args.get::<U256>(1)?);
    chain.state.edit(address, |account| account.balance = account.balance.saturating_add(more));
    Ok(Value::Null)
}

/// The account first, then the token, as anvil has it.
fn deal_erc20(chain: &mut Chain, args: &Args) -> Answer {
    let (account, token, amount) = (args.get(0)?, args.get(1)?, args.get(2)?);
    set_view(chain, token, balanceOfCall { account }.abi_encode(), amount)
}

fn set_erc20_allowance(chain: &mut Chain, args: &Args) -> Answer {
    let (owner, spender, token) = (args.get(0)?, args.get(1)?, args.get(2)?);
    set_view(chain, token, allowanceCall { owner, spender }.abi_encode(), args.get(3)?)
}

/// Finds the slot that a view function reports and sets it: of the slots that the call reads, the one with which it
/// answers otherwise and right.
fn set_view(chain: &mut Chain, token: Address, call: Vec<u8>, wanted: U256) -> Answer {
    let message = Message {
        from: Address::ZERO,
        to: TxKind::Call(token),
        value: U256::ZERO,
        data: call.into(),
        gas_limit: super::execute::RPC_GAS_CAP,
        max_fee: 0,
        tip: 0,
        nonce: None,
        impersonated: false,
        access_list: Default::default(),
        authorizations: Vec::new(),
        signed: None,
    };
    let place = Place::After(chain.head().header.number);
    let run = |overrides: &Overrides| chain.simulate(&message, Mode::Call, place, overrides);
    let plain = run(&Overrides::default())?;
    let slots: Vec<(Address, U256)> = plain
        .changes
        .iter()
        .filter(|(address, _)| **address != ARBOS_STATE)
        .flat_map(|(address, account)| account.storage.keys().map(|key| (*address, *key)))
        .collect();
    for (address, key) in slots {
        let pretended =
            AccountOverride { slots: [(key, wanted)].into_iter().collect(), ..Default::default() };
        let overrides: Overrides = [(address, pretended)].into_iter().collect();
        let shows_it = run(&overrides)
            .is_ok_and(|executed| executed.succeeded() && executed.output == wanted.abi_encode());
        if shows_it {
            chain.state.edit_slot(address, key, wanted);
            return Ok(Value::Null);
        }
    }
    Err(Error::server(format!(
        "{token} shows no slot that holds this number as it is: it is no token, or one that computes its balances"
    )))
}

fn set_next_base_fee(chain: &mut Chain, args: &Args) -> Answer {
    chain.next_base_fee = Some(required(args, 0)?);
    Ok(Value::Null)
}

/// ArbOS's lowest base fee, as `ArbOwner.setMinimumL2BaseFee` sets it.
fn set_min_gas_price(chain: &mut Chain, args: &Args) -> Answer {
    let price = U256::from(required(args, 0)?);
    for word in [Word::MinBaseFee, Word::BaseFee] {
        chain.state.edit_slot(ARBOS_STATE, U256::from(word as u64), price);
    }
    Ok(Value::Null)
}

fn set_coinbase(chain: &mut Chain, args: &Args) -> Answer {
    chain.coinbase = args.get(0)?;
    Ok(Value::Null)
}

fn set_chain_id(chain: &mut Chain, args: &Args) -> Answer {
    let (wanted, is) = (required(args, 0)?, chain.config.chain_id);
    if wanted == is {
        return Ok(Value::Null);
    }
    Err(Error::server(format!(
        "the chain id is {is} for good: the transactions of the chain are signed for it; \
         start another chain with chain id {wanted}"
    )))
}

fn set_logging(chain: &mut Chain, args: &Args) -> Answer {
    chain.logs_failures = args.get(0)?;
    Ok(Value::Null)
}

/// The hash of the transaction that no longer waits, or null.
fn drop_transaction(chain: &mut Chain, args: &Args) -> Answer {
    let dropped = chain.pool.remove(args.get::<B256>(0)?);
    Ok(json!(dropped.map(|pooled| pooled.hash)))
}

fn drop_all_transactions(chain: &mut Chain, _: &Args) -> Answer {
    chain.pool.clear();
    Ok(Value::Null)
}

fn remove_pool_transactions(chain: &mut Chain, args: &Args) -> Answer {
    chain.pool.remove_sender(args.get(0)?);
    Ok(Value::Null)
}

fn reset(chain: &mut Chain, args: &Args) -> Answer {
    let forks = |options: &Value| {
        options.get("forking").is_some_and(|forking| forking.get("jsonRpcUrl").is_some())
    };
    if args.opt::<Value>(0)?.as_ref().is_some_and(forks) {
        return Err(Error::server("this node does not fork other chains"));
    }
    chain.reset();
    Ok(Value::Bool(true))
}

fn dump_state(chain: &mut Chain, _: &Args) -> Answer {
    let dump = chain.dump().map_err(|error| Error::server(error.to_string()))?;
    Ok(json!(Bytes::from(dump)))
}

fn load_state(chain: &mut Chain, args: &Args) -> Answer {
    chain.load(&args.get::<Bytes>(0)?).map_err(|error| Error::server(error.to_string()))?;
    Ok(Value::Bool(true))
}

fn node_info(chain: &mut Chain, _: &Args) -> Answer {
    let head = chain.head();
    Ok(json!({
        "currentBlockNumber": quantity(head.header.number),
        "currentBlockTimestamp": head.header.timestamp,
        "currentBlockHash": head.hash,
        "hardFork": format!("ArbOS {}", chain.arbos_version()),
        "transactionOrder": "fifo",
        "environment": {
            "baseFee": quantity(chain.base_fee()),
            "chainId": chain.config.chain_id,
            "gasLimit": quantity(head.header.gas_limit),
            "gasPrice": quantity(chain.base_fee()),
        },
        "forkConfig": {"forkUrl": null, "forkBlockNumber": null, "forkRetryBackoff": null},
        "miningMode": match chain.config.mining {
            Mining::Instant => "instant",
            Mining::Interval(_) => "interval",
            Mining::Manual => "manual",
        },
    }))
}

fn metadata(chain: &mut Chain, _: &Args) -> Answer {
    let head = chain.head();
    Ok(json!({
        "clientVersion": super::web3::version(),
        "chainId": chain.config.chain_id,
        "instanceId": chain.instance(),
        "latestBlockNumber": head.header.number,
        "latestBlockHash": head.hash,
        "forkedNetwork": null,
        "snapshots": chain.snapshots(),
    }))
}
