//! Running transactions once more, on the state they ran on, without a trace left behind.

use alloy::rpc::types::BlockOverrides;
use alloy_primitives::{Bytes, TxKind, U256};
use revm::interpreter::InstructionResult;
use revm::state::EvmState;
use serde_json::Value;

use super::{Entered, Exited, Finished, Kind, Recorder, Tracer};
use crate::arbos::{ARBOS_STATE, Word};
use crate::block::{Block, Body, Opening};
use crate::chain::{Chain, Place, message_of};
use crate::evm::Evm;
use crate::l1_pricing::L1_PRICER_FUNDS_POOL;
use crate::precompiles::ARBOS_ACTS;
use crate::state::{Overrides, Version, View};
use crate::transaction::{self, Message, Mode};

/// Base fee of a block that shows none.
const NO_BASE_FEE: u64 = 0;

impl Chain {
    /// Traces a transaction of a block.
    /// # Errors
    /// What kept it from running again, or the tracer from answering.
    pub(crate) fn trace_transaction(
        &self,
        block: &Block,
        index: usize,
        tracer: Box<dyn Tracer>,
    ) -> Result<Value, String> {
        let tx = block.transactions.get(index).ok_or("transaction not found")?;
        let before = self.state.at(tx.before);
        let opening = opening_of(block, before, self.config.chain_id);
        match &tx.body {
            Body::User(envelope) => {
                let message = message_of(tx.from, envelope);
                let mut evm = self.machine(before, &opening, opening.base_fee, false);
                evm.ctx.chain.recent_programs = tx.recent_programs.clone();
                trace(evm, &message, Mode::Transaction, before, tracer)
            }
            Body::Internal(data) => trace_internal(data, &opening, before, tracer),
        }
    }

    /// Traces a message that nobody sent.
    /// - `version`: of the world inside the block, if not after it.
    /// # Errors
    /// What kept it from running, or the tracer from answering.
    pub(crate) fn trace_call(
        &self,
        message: &Message,
        place: Place,
        version: Option<Version>,
        overrides: &Overrides,
        block_overrides: &BlockOverrides,
        tracer: Box<dyn Tracer>,
    ) -> Result<Value, String> {
        let (mut opening, world) = match place {
            Place::Pending => (self.opening(), self.latest()),
            Place::After(number) => {
                let block = self.block(number).unwrap_or_else(|| self.head());
                let world = match version {
                    Some(version) => self.state.at(version),
                    None => self.view(block.header.number),
                };
                (opening_of(block, world, self.config.chain_id), world)
            }
        };
        if let Some(number) = block_overrides.number {
            opening.number = number.saturating_to();
        }
        if let Some(time) = block_overrides.time {
            opening.timestamp = time;
        }
        if let Some(base_fee) = block_overrides.base_fee {
            opening.base_fee = base_fee.saturating_to();
        }
        // Without a price the base fee counts as zero, so that the sender needs no funds (stylus-vm.md 9.2).
        let base_fee = if message.max_fee == 0 { 0 } else { opening.base_fee };
        let before = world.with_overrides(overrides);
        let mut evm = self.machine(before, &opening, base_fee, true);
        let block = &mut evm.ctx.block;
        block.gas_limit = block_overrides.gas_limit.unwrap_or(block.gas_limit);
        block.beneficiary = block_overrides.coinbase.unwrap_or(block.beneficiary);
        block.difficulty = block_overrides.difficulty.unwrap_or(block.difficulty);
        block.prevrandao = block_overrides.random.or(block.prevrandao);
        trace(evm, message, Mode::Call, before, tracer)
    }
}

/// What a block that is sealed started from.
fn opening_of(block: &Block, before: View<'_>, chain_id: u64) -> Opening {
    let header = &block.header;
    Opening {
        number: header.number,
        parent_hash: header.parent_hash,
        timestamp: header.timestamp,
        l1_block_number: block.l1_block_number,
        base_fee: header.base_fee_per_gas.unwrap_or(NO_BASE_FEE),
        arbos_version: word(before, Word::ArbosVersion).saturating_to(),
        chain_id,
        beneficiary: header.beneficiary,
        fork: 0,
    }
}

fn word(view: View<'_>, word: Word) -> U256 {
    view.slot(ARBOS_STATE, U256::from(word as u64))
}

fn trace(
    mut evm: Evm<'_>,
    message: &Message,
    mode: Mode,
    before: View<'_>,
    tracer: Box<dyn Tracer>,
) -> Result<Value, String> {
    let (base_fee, coinbase) = (evm.ctx.block.basefee, evm.ctx.block.beneficiary);
    let arbos_version = evm.ctx.chain.arbos_version;
    evm.recorder = Some(Box::new(Recorder::new(tracer)));
    let executed = transaction::execute(&mut evm, message, mode)
        .map_err(|invalid| format!("tracing failed: {invalid}"))?;
    let recorder = evm.recorder.take().ok_or("tracing failed: nothing was recorded")?;
    recorder.finish(&Finished {
        message,
        result: executed.result,
        output: &executed.output,
        gas_used: executed.gas_used,
        collected: &executed.collected,
        changes: &executed.changes,
        before,
        base_fee,
        coinbase,
        arbos_version,
    })
}

/// ArbOS's own transaction: one call, from itself to itself, in which no code runs.
fn trace_internal(
    data: &Bytes,
    opening: &Opening,
    before: View<'_>,
    mut tracer: Box<dyn Tracer>,
) -> Result<Value, String> {
    let message = Message {
        from: ARBOS_ACTS,
        to: TxKind::Call(ARBOS_ACTS),
        value: U256::ZERO,
        data: data.clone(),
        gas_limit: 0,
        max_fee: 0,
        tip: 0,
        nonce: None,
        access_list: Default::default(),
        authorizations: Vec::new(),
        signed: None,
        impersonated: false,
    };
    let output = Bytes::new();
    let entered = Entered {
        kind: Kind::Call,
        from: ARBOS_ACTS,
        to: ARBOS_ACTS,
        input: data.clone(),
        gas: 0,
        value: Some(U256::ZERO),
        depth: 0,
    };
    tracer.enter(entered, &[]);
    let exited = Exited { depth: 0, gas_used: 0, output: &output, error: None, reverted: false };
    tracer.exit(exited, &[]);
    tracer.finish(&Finished {
        message: &message,
        result: InstructionResult::Stop,
        output: &output,
        gas_used: 0,
        collected: &[(L1_PRICER_FUNDS_POOL, U256::ZERO)],
        changes: &EvmState::default(),
        before,
        base_fee: opening.base_fee,
        coinbase: opening.beneficiary,
        arbos_version: opening.arbos_version,
    })
}
