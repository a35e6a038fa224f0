//! What ArbOS does before the first transaction of a block.
//! Spec: stylus-vm.md §8.7 (upgrades), §9.2 (EIP-2935), §9.5.

use alloy_primitives::{Address, B256, U256, address};
use revm::context_interface::JournalTr;
use revm::interpreter::interpreter_action::FrameInit;
use revm::interpreter::{CallInput, CallInputs, CallScheme, CallValue, FrameInput, SharedMemory};
use revm::state::EvmState;

use crate::evm::Evm;
use crate::genesis::{HISTORY, HISTORY_SINCE};
use crate::transaction::resolve_code;

/// Caller of system calls (EIP-2935).
const SYSTEM: Address = address!("fffffffffffffffffffffffffffffffffffffffe");
/// Gas of a system call (EIP-2935).
const SYSTEM_GAS: u64 = 30_000_000;

/// What the start of a block changed.
pub(crate) struct Started {
    /// Accounts and slots.
    pub(crate) changes: EvmState,
    /// ArbOS version in force from here on.
    pub(crate) arbos_version: u64,
}

/// Remembers the block before, pays off the backlog, applies an upgrade that is due: in this order, as Nitro does.
/// - `parent`: hash of the block before.
/// - `passed`: seconds since it.
pub(crate) fn run(evm: &mut Evm<'_>, parent: B256, passed: u64) -> Started {
    if evm.ctx.chain.arbos_version >= HISTORY_SINCE {
        remember(evm, parent);
    }
    evm.arbos().update_pricing(passed);
    let now = evm.now();
    let arbos_version = evm.arbos().upgrade_if_due(now);
    let journal = evm.journal();
    journal.commit_tx();
    Started { changes: journal.finalize(), arbos_version }
}

/// Hands the hash of the block before to the contract of EIP-2935.
fn remember(evm: &mut Evm<'_>, parent: B256) {
    let Ok(_) = evm.journal().load_account(SYSTEM);
    let known_bytecode = resolve_code(evm, HISTORY);
    let call = CallInputs {
        input: CallInput::Bytes(parent.to_vec().into()),
        return_memory_offset: 0..0,
        gas_limit: SYSTEM_GAS,
        reservoir: 0,
        bytecode_address: HISTORY,
        known_bytecode,
        target_address: HISTORY,
        caller: SYSTEM,
        value: CallValue::Transfer(U256::ZERO),
        scheme: CallScheme::Call,
        is_static: false,
        charged_new_account_state_gas: false,
    };
    let frame_input = FrameInput::Call(Box::new(call));
    // Whatever the contract does, the block goes on (EIP-2935); ours does not fail.
    let _returned = evm.execute(FrameInit { depth: 0, memory: SharedMemory::new(), frame_input });
}
