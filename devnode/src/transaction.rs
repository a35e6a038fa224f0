//! One transaction, from what its sender signed to what it changed.
//! Spec: stylus-vm.md §9.4, §9.6.

use std::fmt;
use std::time::Duration;

use alloy::eips::eip2930::AccessList;
use alloy::eips::eip7702::SignedAuthorization;
use alloy_primitives::map::{AddressMap, HashSet};
use alloy_primitives::{Address, Bytes, TxKind, U256};
use revm::bytecode::Bytecode;
use revm::context_interface::JournalTr;
use revm::context_interface::journaled_state::account::JournaledAccountTr;
use revm::context_interface::result::{EVMError, InvalidTransaction};
use revm::handler::pre_execution::apply_auth_list;
use revm::interpreter::interpreter_action::FrameInit;
use revm::interpreter::{
    CallInput, CallInputs, CallScheme, CallValue, CreateInputs, CreateScheme, FrameInput,
    InstructionResult, SharedMemory,
};
use revm::primitives::Log;
use revm::state::EvmState;

use crate::arbos::{TX_GAS_LIMIT_SINCE, Word};
use crate::evm::{Evm, MAX_CODE_SIZE};
use crate::l1_pricing::{self, L1_PRICER_FUNDS_POOL, Poster};

/// Gas of a token of calldata, the least that the increased price takes (EIP-7623): a zero byte is one token, any other
/// four.
const FLOOR_PER_TOKEN: u64 = 10;
/// Gas of every transaction (`TxGas`).
const TX_GAS: u64 = 21_000;
/// The share of the gas that refunds may give back (EIP-3529).
const REFUND_QUOTIENT: u64 = 5;

/// Fees and nonce, and how strictly they are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A signed transaction.
    Transaction,
    /// `eth_call`: no nonce, no compute cap.
    Call,
    /// `eth_estimateGas`: no nonce, compute cap applies.
    Estimate,
}

/// What a sender wants done.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// Sender.
    pub(crate) from: Address,
    /// Target, or a creation.
    pub(crate) to: TxKind,
    /// Wei.
    pub(crate) value: U256,
    /// Calldata or init code.
    pub(crate) data: Bytes,
    /// Gas at most.
    pub(crate) gas_limit: u64,
    /// Wei per gas at most; 0 in a call without price.
    pub(crate) max_fee: u128,
    /// Wei per gas on top, which is never paid.
    pub(crate) tip: u128,
    /// Nonce; `None` takes what the account has.
    pub(crate) nonce: Option<u64>,
    /// Whether it is sent for an account without its signature, which may then be a contract.
    pub(crate) impersonated: bool,
    /// Warm from the start.
    pub(crate) access_list: AccessList,
    /// EIP-7702 delegations.
    pub(crate) authorizations: Vec<SignedAuthorization>,
    /// The signed transaction, whose compressed size the poster fee is for; a simulated message has none.
    pub(crate) signed: Option<Bytes>,
}

/// What a transaction did.
#[derive(Debug)]
pub(crate) struct Executed {
    /// How the first frame ended.
    pub(crate) result: InstructionResult,
    /// Return or revert data.
    pub(crate) output: Bytes,
    /// Gas charged.
    pub(crate) gas_used: u64,
    /// Gas before refunds: what the sender must at least provide.
    pub(crate) gas_peak: u64,
    /// The part of the gas that paid for parent-chain data (stylus-vm.md 9.3).
    pub(crate) poster_gas: u64,
    /// Who gets how much of the fees, wei, in Nitro's order; the parent chain's pool is the last (stylus-vm.md 9.4).
    pub(crate) collected: Vec<(Address, U256)>,
    /// Logs.
    pub(crate) logs: Vec<Log>,
    /// The account created, when the transaction is a creation that succeeded.
    pub(crate) created: Option<Address>,
    /// What a person should be told, innermost failure first.
    pub(crate) notes: Vec<String>,
    /// What changed.
    pub(crate) changes: EvmState,
}

impl Executed {
    /// Whether the first frame succeeded.
    pub(crate) fn succeeded(&self) -> bool {
        self.result.is_ok()
    }
}

/// Why a transaction may not be included at all, in geth's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Invalid {
    /// The nonce is used.
    NonceTooLow { from: Address, tx: u64, state: u64 },
    /// A nonce before it is missing.
    NonceTooHigh { from: Address, tx: u64, state: u64 },
    /// The nonce cannot grow.
    NonceMax { from: Address },
    /// The sender has code.
    SenderNotEoa { from: Address },
    /// The balance does not cover value and gas.
    Funds { from: Address, have: U256, want: U256 },
    /// The tip is above the fee cap.
    TipAboveFeeCap { from: Address, tip: u128, max_fee: u128 },
    /// The fee cap is below the base fee.
    FeeCapTooLow { from: Address, max_fee: u128, base_fee: u64 },
    /// The gas does not cover the intrinsic gas.
    IntrinsicGas { have: u64, want: u64 },
    /// The gas does not cover the increased price of the calldata.
    FloorGas { have: u64, want: u64 },
    /// Init code is too long.
    InitCodeSize { size: usize, limit: usize },
    /// A delegating transaction without delegations, or one that creates.
    Authorizations(&'static str),
    /// A call or an estimate took longer than it may.
    TimedOut(Duration),
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NonceTooLow { from, tx, state } => {
                write!(f, "nonce too low: address {from}, tx: {tx} state: {state}")
            }
            Self::NonceTooHigh { from, tx, state } => {
                write!(f, "nonce too high: address {from}, tx: {tx} state: {state}")
            }
            Self::NonceMax { from } => write!(f, "nonce has max value: address {from}"),
            Self::SenderNotEoa { from } => write!(f, "sender not an eoa: address {from}"),
            Self::Funds { from, have, want } => {
                write!(
                    f,
                    "insufficient funds for gas * price + value: address {from} have {have} want {want}"
                )
            }
            Self::TipAboveFeeCap { from, tip, max_fee } => write!(
                f,
                "max priority fee per gas higher than max fee per gas: address {from}, \
                 maxPriorityFeePerGas: {tip}, maxFeePerGas: {max_fee}"
            ),
            Self::FeeCapTooLow { from, max_fee, base_fee } => write!(
                f,
                "max fee per gas less than block base fee: address {from}, maxFeePerGas: {max_fee}, baseFee: {base_fee}"
            ),
            Self::IntrinsicGas { have, want } => {
                write!(f, "intrinsic gas too low: have {have}, want {want}")
            }
            Self::FloorGas { have, want } => {
                write!(f, "insufficient gas for floor data gas cost: have {have}, want {want}")
            }
            Self::InitCodeSize { size, limit } => {
                write!(f, "max initcode size exceeded: code size {size} limit {limit}")
            }
            Self::Authorizations(why) => f.write_str(why),
            Self::TimedOut(given) => write!(f, "execution aborted (timeout = {given:?})"),
        }
    }
}

impl Message {
    /// The least that a transaction with this calldata costs where the owner switched EIP-7623 on.
    fn floor_gas(&self) -> u64 {
        let tokens = self.data.iter().map(|byte| if *byte == 0 { 1 } else { 4 }).sum::<u64>();
        TX_GAS.saturating_add(tokens.saturating_mul(FLOOR_PER_TOKEN))
    }

    /// Intrinsic gas (stylus-vm.md 9.4): Ethereum's, without the EIP-7623 floor.
    pub(crate) fn intrinsic_gas(&self, evm: &Evm<'_>) -> u64 {
        let slots = self.access_list.iter().map(|item| item.storage_keys.len()).sum::<usize>();
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        evm.ctx
            .cfg
            .gas_params
            .initial_tx_gas(
                &self.data,
                self.to.is_create(),
                count(self.access_list.len()),
                count(slots),
                count(self.authorizations.len()),
                None,
            )
            .initial_total_gas()
    }
}

/// Whether a message may be included at some time: everything but its nonce and the base fee.
/// # Errors
/// As [`execute`].
pub(crate) fn validate(evm: &mut Evm<'_>, message: &Message) -> Result<(), Invalid> {
    check(evm, message, Mode::Transaction, 0)?;
    let want = message.intrinsic_gas(evm);
    if message.gas_limit < want {
        return Err(Invalid::IntrinsicGas { have: message.gas_limit, want });
    }
    let limit = MAX_CODE_SIZE.saturating_mul(2);
    if message.to.is_create() && message.data.len() > limit {
        return Err(Invalid::InitCodeSize { size: message.data.len(), limit });
    }
    Ok(())
}

/// Runs a message. On `Err` nothing has changed.
pub(crate) fn execute(
    evm: &mut Evm<'_>,
    message: &Message,
    mode: Mode,
) -> Result<Executed, Invalid> {
    let base_fee = evm.ctx.block.basefee;
    check(evm, message, mode, base_fee)?;
    let intrinsic = message.intrinsic_gas(evm);
    let have = message.gas_limit;
    let Some(available) = have.checked_sub(intrinsic) else {
        return Err(Invalid::IntrinsicGas { have, want: intrinsic });
    };
    let floor = match evm.arbos().get(Word::CalldataPriceIncrease).is_zero() {
        true => 0,
        false => message.floor_gas(),
    };
    if have < floor {
        return Err(Invalid::FloorGas { have, want: floor });
    }
    let init_limit = MAX_CODE_SIZE.saturating_mul(2);
    if message.to.is_create() && message.data.len() > init_limit {
        return Err(Invalid::InitCodeSize { size: message.data.len(), limit: init_limit });
    }
    let poster = l1_pricing::poster(evm, message, mode);
    let Some(available) = available.checked_sub(poster.gas) else {
        return Err(Invalid::IntrinsicGas { have, want: intrinsic.saturating_add(poster.gas) });
    };
    let usable = match mode {
        Mode::Call => available,
        Mode::Transaction | Mode::Estimate => available.min(compute_cap(evm, intrinsic)),
    };

    prepare(evm, message, base_fee);
    evm.ctx.chain.poster_fee = poster.fee;
    let refund = authorize(evm, message);
    if let Some(recorder) = &mut evm.recorder {
        recorder.start(refund);
    }
    let first = first_frame(evm, message, usable);
    let returned = evm.execute(first);
    if let Some(given) = evm.ctx.chain.overdue() {
        return Err(Invalid::TimedOut(given));
    }
    let (result, output) = (returned.result.result, returned.result.output);
    let left = if result.is_ok_or_revert() { returned.result.gas.remaining() } else { 0 };
    let gas_peak = intrinsic.saturating_add(poster.gas).saturating_add(usable.saturating_sub(left));
    let frame_refund = if result.is_ok() { returned.result.gas.refunded() } else { 0 };
    // The poster's part was paid on, so it cannot be refunded (stylus-vm.md 9.3).
    let refund = u64::try_from(frame_refund.saturating_add(refund))
        .unwrap_or(0)
        .min(gas_peak.saturating_sub(poster.gas) / REFUND_QUOTIENT);
    let gas_used = gas_peak.saturating_sub(refund).max(floor);
    let collected = settle(evm, message, mode, gas_used, poster);

    let journal = evm.journal();
    let logs = journal.take_logs();
    journal.commit_tx();
    let changes = journal.finalize();
    let notes = std::mem::take(&mut evm.ctx.chain.notes);
    let created = returned.created.filter(|_| result.is_ok());
    let poster_gas = poster.gas;
    Ok(Executed {
        result,
        output,
        gas_used,
        gas_peak,
        poster_gas,
        collected,
        logs,
        created,
        notes,
        changes,
    })
}

/// What execution may use at most; gas above it is set aside and given back (stylus-vm.md 9.4).
fn compute_cap(evm: &mut Evm<'_>, intrinsic: u64) -> u64 {
    let cap = evm.arbos().tx_gas_limit();
    // The block's limit, which stands in below ArbOS 50, was never meant to hold the intrinsic gas.
    match evm.ctx.chain.arbos_version {
        TX_GAS_LIMIT_SINCE.. => cap.saturating_sub(intrinsic),
        _ => cap,
    }
}

/// Gives unused gas back and hands the fees out; returns who gets how much, in Nitro's order (stylus-vm.md 9.4).
fn settle(
    evm: &mut Evm<'_>,
    message: &Message,
    mode: Mode,
    gas_used: u64,
    poster: Poster,
) -> Vec<(Address, U256)> {
    let base_fee = evm.ctx.block.basefee;
    let price = U256::from(base_fee);
    let unused = message.gas_limit.saturating_sub(gas_used);
    evm.credit(message.from, price.saturating_mul(U256::from(unused)));

    let compute_gas = gas_used.saturating_sub(poster.gas);
    let mut network_fee = price.saturating_mul(U256::from(compute_gas));
    let mut collected = Vec::new();
    let infra = evm.arbos().get_address(Word::InfraFeeAccount);
    if !infra.is_zero() {
        // The network keeps what congestion adds to the minimum.
        let minimum = evm.arbos().get(Word::MinBaseFee).min(price);
        let infra_fee = minimum.saturating_mul(U256::from(compute_gas));
        network_fee = network_fee.saturating_sub(infra_fee);
        collected.push((infra, infra_fee));
    }
    if !network_fee.is_zero() {
        collected.push((evm.arbos().get_address(Word::NetworkFeeAccount), network_fee));
    }
    let poster_fee = if poster.units > 0 { poster.fee } else { U256::ZERO };
    collected.push((L1_PRICER_FUNDS_POOL, poster_fee));
    if mode != Mode::Transaction {
        return collected;
    }
    for (account, fee) in collected.iter().filter(|(_, fee)| !fee.is_zero()) {
        evm.credit(*account, *fee);
    }
    if poster.units > 0 {
        let mut arbos = evm.arbos();
        let available = arbos.get(Word::L1FeesAvailable).saturating_add(poster.fee);
        arbos.set(Word::L1FeesAvailable, available);
        let units = arbos.get_u64(Word::L1UnitsSinceUpdate).saturating_add(poster.units);
        arbos.set(Word::L1UnitsSinceUpdate, U256::from(units));
    }
    if base_fee > 0 {
        evm.arbos().grow_backlog(compute_gas);
    }
    collected
}

/// Nonce, code, fees, funds, in geth's order.
fn check(evm: &mut Evm<'_>, message: &Message, mode: Mode, base_fee: u64) -> Result<(), Invalid> {
    let from = message.from;
    let (balance, nonce, is_eoa) = evm.peek(from, |account| {
        let is_eoa =
            account.info.code.as_ref().is_none_or(|code| code.is_empty() || code.is_eip7702());
        (account.info.balance, account.info.nonce, is_eoa)
    });
    if mode == Mode::Transaction {
        let tx = message.nonce.unwrap_or(nonce);
        if tx < nonce {
            return Err(Invalid::NonceTooLow { from, tx, state: nonce });
        }
        if tx > nonce {
            return Err(Invalid::NonceTooHigh { from, tx, state: nonce });
        }
        if nonce == u64::MAX {
            return Err(Invalid::NonceMax { from });
        }
        if !is_eoa && !message.impersonated {
            return Err(Invalid::SenderNotEoa { from });
        }
    }
    let priced = mode == Mode::Transaction || message.max_fee > 0 || message.tip > 0;
    if priced {
        if message.tip > message.max_fee {
            return Err(Invalid::TipAboveFeeCap {
                from,
                tip: message.tip,
                max_fee: message.max_fee,
            });
        }
        if message.max_fee < u128::from(base_fee) {
            return Err(Invalid::FeeCapTooLow { from, max_fee: message.max_fee, base_fee });
        }
    }
    if !message.authorizations.is_empty() && message.to.is_create() {
        return Err(Invalid::Authorizations(
            "EIP-7702 transaction cannot be used to create contract",
        ));
    }
    let want = U256::from(message.max_fee)
        .saturating_mul(U256::from(message.gas_limit))
        .saturating_add(message.value);
    if balance < want {
        return Err(Invalid::Funds { from, have: balance, want });
    }
    Ok(())
}

/// Buys the gas, counts the nonce and warms what is warm from the start (EIP-2929, EIP-2930, EIP-3651).
fn prepare(evm: &mut Evm<'_>, message: &Message, base_fee: u64) {
    let coinbase = evm.ctx.block.beneficiary;
    let tx = &mut evm.ctx.tx;
    tx.caller = message.from;
    tx.gas_limit = message.gas_limit;
    // Tips are dropped, so `GASPRICE` is the base fee; the host function shows the tip (stylus-vm.md 5.5).
    tx.gas_price = u128::from(base_fee);
    tx.kind = message.to;
    tx.value = message.value;
    evm.ctx.chain.tx_gas_price =
        U256::from(message.max_fee.min(message.tip.saturating_add(u128::from(base_fee))));

    let journal = evm.journal();
    journal.warm_coinbase_account(coinbase);
    let mut warm: AddressMap<HashSet<U256>> = AddressMap::default();
    for item in message.access_list.iter() {
        let slots = item.storage_keys.iter().map(|key| U256::from_be_bytes(key.0));
        warm.entry(item.address).or_default().extend(slots);
    }
    journal.warm_access_list(warm);
    let cost = U256::from(base_fee).saturating_mul(U256::from(message.gas_limit));
    let Ok(mut sender) = journal.load_account_mut(message.from);
    let balance = sender.balance().saturating_sub(cost);
    sender.set_balance(balance);
    if message.to.is_call() {
        sender.bump_nonce();
    }
}

/// Applies EIP-7702 delegations; returns the refund.
fn authorize(evm: &mut Evm<'_>, message: &Message) -> i64 {
    if message.authorizations.is_empty() {
        return 0;
    }
    let chain_id = evm.ctx.cfg.chain_id;
    let applied = apply_auth_list::<_, EVMError<std::convert::Infallible, InvalidTransaction>>(
        chain_id,
        message.authorizations.iter(),
        &mut evm.ctx.journaled_state,
    );
    let existing = applied.unwrap_or_default();
    let refund = evm.ctx.cfg.gas_params.tx_eip7702_auth_refund_regular();
    i64::try_from(refund.saturating_mul(existing)).unwrap_or(0)
}

fn first_frame(evm: &mut Evm<'_>, message: &Message, gas_limit: u64) -> FrameInit {
    let frame_input = match message.to {
        TxKind::Create => FrameInput::Create(Box::new(CreateInputs::new(
            message.from,
            CreateScheme::Create,
            message.value,
            message.data.clone(),
            gas_limit,
            0,
        ))),
        TxKind::Call(target) => {
            let known_bytecode = resolve_code(evm, target);
            FrameInput::Call(Box::new(CallInputs {
                input: CallInput::Bytes(message.data.clone()),
                return_memory_offset: 0..0,
                gas_limit,
                reservoir: 0,
                bytecode_address: target,
                known_bytecode,
                target_address: target,
                caller: message.from,
                value: CallValue::Transfer(message.value),
                scheme: CallScheme::Call,
                is_static: false,
                charged_new_account_state_gas: false,
            }))
        }
    };
    FrameInit { depth: 0, memory: SharedMemory::new(), frame_input }
}

/// The code that a call of `target` runs, through an EIP-7702 delegation; warms both accounts.
pub(crate) fn resolve_code(
    evm: &mut Evm<'_>,
    target: Address,
) -> (alloy_primitives::B256, Bytecode) {
    let Ok(account) = evm.journal().load_account_with_code(target);
    let info = &account.data.info;
    let (hash, code) = (info.code_hash, info.code.clone().unwrap_or_default());
    match code.eip7702_address() {
        Some(delegate) => {
            let Ok(account) = evm.journal().load_account_with_code(delegate);
            let info = &account.data.info;
            (info.code_hash, info.code.clone().unwrap_or_default())
        }
        None => (hash, code),
    }
}
