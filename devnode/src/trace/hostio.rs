//! Host calls as EVM instructions: what programs do, for tracers that think in instructions.
//!
//! Nitro shows a host call as the instruction that does the same, with its operands on an otherwise empty stack and its
//! bytes in memory, followed by a `POP` of what it returned. Reads and writes of storage appear where the cache of the
//! program's call meets the state: a first read, and a flush.

use std::collections::BTreeMap;

use alloy_primitives::{B256, U256};
use revm::bytecode::opcode::{self as op};

use crate::stylus::HostCall;

/// An instruction that stands for a host call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) opcode: u8,
    /// Operands, the first one on top.
    pub(super) operands: Vec<U256>,
    pub(super) memory: Vec<u8>,
    /// For `SLOAD`: the value in the slot.
    pub(super) slot: Option<U256>,
}

fn shown(opcode: u8, operands: Vec<U256>, memory: &[u8]) -> Shown {
    Shown { opcode, operands, memory: memory.to_vec(), slot: None }
}

fn pop(value: &[u8]) -> Shown {
    shown(op::POP, vec![number(value)], &[])
}

fn number(bytes: &[u8]) -> U256 {
    U256::try_from_be_slice(bytes).unwrap_or_default()
}

fn len(bytes: &[u8]) -> U256 {
    U256::from(bytes.len())
}

/// The storage cache of a program's call, as far as host calls show it (stylus-vm.md 6.3).
#[derive(Debug, Default)]
pub(super) struct Cache(BTreeMap<B256, Entry>);

#[derive(Debug)]
struct Entry {
    value: B256,
    /// Value in the state, if it is known.
    known: Option<B256>,
}

impl Cache {
    /// Whether a read went to the state.
    fn load(&mut self, key: B256, value: B256) -> bool {
        let misses = !self.0.contains_key(&key);
        self.0.entry(key).or_insert(Entry { value, known: Some(value) });
        misses
    }

    fn store(&mut self, key: B256, value: B256) {
        self.0.entry(key).or_insert(Entry { value, known: None }).value = value;
    }

    fn flush(&mut self, clear: bool) -> Vec<(B256, B256)> {
        let dirty = self.0.iter_mut().filter(|(_, entry)| entry.known != Some(entry.value));
        let written = dirty
            .map(|(key, entry)| {
                entry.known = Some(entry.value);
                (*key, entry.value)
            })
            .collect();
        if clear {
            self.0.clear();
        }
        written
    }
}

/// Cuts `N` bytes off the front; what is missing is zero.
fn take<const N: usize>(bytes: &mut &[u8]) -> [u8; N] {
    let (taken, rest) = bytes.split_first_chunk::<N>().unwrap_or((&[0; N], &[]));
    let taken = *taken;
    *bytes = rest;
    taken
}

/// The instructions that stand for a host call. Calls of other contracts are shown before they happen, the end of the
/// program when its frame closes.
pub(super) fn instructions(call: &HostCall, cache: &mut Cache) -> Vec<Shown> {
    let (mut args, outs) = (&call.args[..], &call.outs[..]);
    let zero = U256::ZERO;
    // An instruction without operands, and what it returned.
    let read = |opcode: u8| vec![shown(opcode, vec![], &[]), pop(outs)];
    // An instruction over words.
    let words = |opcode: u8, args: &[u8]| {
        vec![shown(opcode, args.chunks(32).map(number).collect(), &[]), pop(outs)]
    };
    match call.name {
        "read_args" => vec![shown(op::CALLDATACOPY, vec![zero, zero, len(outs)], outs)],
        "storage_load_bytes32" => {
            let key = B256::from(take::<32>(&mut args));
            let value = B256::try_from(outs).unwrap_or_default();
            match cache.load(key, value) {
                true => {
                    let load = shown(op::SLOAD, vec![key.into()], &[]);
                    vec![Shown { slot: Some(value.into()), ..load }, pop(outs)]
                }
                false => vec![],
            }
        }
        "storage_cache_bytes32" => {
            let key = B256::from(take::<32>(&mut args));
            cache.store(key, take::<32>(&mut args).into());
            vec![]
        }
        "storage_flush_cache" => cache
            .flush(args != [0])
            .into_iter()
            .map(|(key, value)| shown(op::SSTORE, vec![key.into(), value.into()], &[]))
            .collect(),
        "transient_load_bytes32" => words(op::TLOAD, args),
        "transient_store_bytes32" => {
            vec![shown(op::TSTORE, args.chunks(32).map(number).collect(), &[])]
        }
        "create1" => {
            let value = number(&take::<32>(&mut args));
            let address = number(outs.get(..20).unwrap_or_default());
            vec![
                shown(op::CREATE, vec![value, zero, len(args)], args),
                shown(op::POP, vec![address], args),
            ]
        }
        "create2" => {
            let (value, salt) = (number(&take::<32>(&mut args)), number(&take::<32>(&mut args)));
            let address = number(outs.get(..20).unwrap_or_default());
            vec![
                shown(op::CREATE2, vec![value, zero, len(args), salt], args),
                shown(op::POP, vec![address], args),
            ]
        }
        "read_return_data" => {
            let (offset, size) = (number(&take::<4>(&mut args)), number(&take::<4>(&mut args)));
            vec![shown(op::RETURNDATACOPY, vec![zero, offset, size], outs)]
        }
        "return_data_size" => read(op::RETURNDATASIZE),
        "emit_log" => {
            let topics = u8::try_from(u32::from_be_bytes(take::<4>(&mut args))).unwrap_or(0).min(4);
            let heads: Vec<U256> = (0..topics).map(|_| number(&take::<32>(&mut args))).collect();
            let operands = [vec![zero, len(args)], heads].concat();
            vec![shown(op::LOG0.saturating_add(topics), operands, args)]
        }
        "account_balance" => words(op::BALANCE, args),
        "account_code" => {
            let address = number(&take::<20>(&mut args));
            let (offset, size) = (number(&take::<4>(&mut args)), number(&take::<4>(&mut args)));
            vec![shown(op::EXTCODECOPY, vec![address, zero, offset, size], &[])]
        }
        "account_code_size" => words(op::EXTCODESIZE, args),
        "account_codehash" => words(op::EXTCODEHASH, args),
        "block_basefee" => read(op::BASEFEE),
        "block_coinbase" => read(op::COINBASE),
        "block_gas_limit" => read(op::GASLIMIT),
        "block_number" => read(op::NUMBER),
        "block_timestamp" => read(op::TIMESTAMP),
        "chainid" => read(op::CHAINID),
        "contract_address" => read(op::ADDRESS),
        "evm_gas_left" | "evm_ink_left" => read(op::GAS),
        "math_div" => words(op::DIV, args),
        "math_mod" => words(op::MOD, args),
        "math_pow" => words(op::EXP, args),
        "math_add_mod" => words(op::ADDMOD, args),
        "math_mul_mod" => words(op::MULMOD, args),
        "msg_sender" => read(op::CALLER),
        "msg_value" => read(op::CALLVALUE),
        "native_keccak256" => vec![
            shown(op::KECCAK256, vec![zero, len(args)], args),
            shown(op::POP, vec![number(outs)], args),
        ],
        "tx_gas_price" | "tx_ink_price" => read(op::GASPRICE),
        "tx_origin" => read(op::ORIGIN),
        // No instruction does the same.
        _ => vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &'static str, args: &[&[u8]], outs: &[&[u8]]) -> HostCall {
        HostCall { name, args: args.concat(), outs: outs.concat(), start_ink: 0, end_ink: 0 }
    }

    const KEY: [u8; 32] = [1; 32];
    const VALUE: [u8; 32] = [2; 32];

    #[test]
    fn storage_shows_where_the_cache_meets_the_state() {
        let mut cache = Cache::default();
        let load = call("storage_load_bytes32", &[&KEY], &[&VALUE]);
        let first = instructions(&load, &mut cache);
        assert_eq!(first[0].opcode, op::SLOAD);
        assert_eq!(first[1], pop(&VALUE));
        assert_eq!(instructions(&load, &mut cache), []);

        // Written back as it was, the slot is clean.
        let same = call("storage_cache_bytes32", &[&KEY, &VALUE], &[]);
        let other = call("storage_cache_bytes32", &[&KEY, &KEY], &[]);
        let flush = call("storage_flush_cache", &[&[0]], &[]);
        let clear = call("storage_flush_cache", &[&[1]], &[]);
        assert_eq!(instructions(&same, &mut cache), []);
        assert_eq!(instructions(&flush, &mut cache), []);
        assert_eq!(instructions(&other, &mut cache), []);
        let written = instructions(&flush, &mut cache);
        assert_eq!(written, [shown(op::SSTORE, vec![number(&KEY), number(&KEY)], &[])]);
        assert_eq!(instructions(&flush, &mut cache), []);
        assert_eq!(instructions(&clear, &mut cache), []);
        assert_eq!(instructions(&load, &mut cache).len(), 2);
    }

    #[test]
    fn a_log_has_its_topics_as_operands_and_the_rest_in_memory() {
        let log = call("emit_log", &[&[0, 0, 0, 2], &KEY, &VALUE, b"data"], &[]);
        let operands = vec![U256::ZERO, U256::from(4), number(&KEY), number(&VALUE)];
        assert_eq!(instructions(&log, &mut Cache::default()), [shown(0xa2, operands, b"data")]);
    }

    #[test]
    fn a_creation_shows_salt_and_code() {
        let create = call("create2", &[&KEY, &VALUE, b"code"], &[&[7; 20], &[0; 4]]);
        let operands = vec![number(&KEY), U256::ZERO, U256::from(4), number(&VALUE)];
        assert_eq!(
            instructions(&create, &mut Cache::default()),
            [
                shown(op::CREATE2, operands, b"code"),
                shown(op::POP, vec![number(&[7; 20])], b"code")
            ]
        );
    }
}
