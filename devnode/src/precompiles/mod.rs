//! ArbOS's precompiles: one file each, and the rules that all of them share.
//! Spec: stylus-vm.md §8.1, §8.2.

mod arb_debug;
mod arb_gas_info;
mod arb_info;
mod arb_owner;
mod arb_owner_public;
mod arb_retryable_tx;
pub(crate) mod arb_sys;
mod arb_wasm;
mod arb_wasm_cache;
mod arbos_acts;
pub(crate) mod node_interface;

use alloy::sol_types::{SolCall, SolError, SolEvent};
use alloy_primitives::{Address, B256, Bytes, LogData, U256, address, keccak256};
use revm::context_interface::JournalTr;
use revm::interpreter::{CallInputs, CallScheme, Gas, InstructionResult, InterpreterResult};
use revm::primitives::Log;

use crate::arbos::{self, Map};
use crate::evm::{Evm, burnt};
use crate::stylus::params::StylusParams;

pub(crate) use node_interface::ADDRESS as NODE_INTERFACE;

/// ArbSys.
pub(crate) const ARB_SYS: Address = address!("0000000000000000000000000000000000000064");
/// ArbWasm.
pub(crate) const ARB_WASM: Address = address!("0000000000000000000000000000000000000071");
/// Sender and target of internal transactions.
pub(crate) const ARBOS_ACTS: Address = address!("00000000000000000000000000000000000a4b05");
/// The sequencer, coinbase of every block.
pub(crate) const BATCH_POSTER: Address = address!("A4B000000000000000000073657175656e636572");
/// Code of every precompile account (stylus-vm.md 8.1).
pub(crate) const PRECOMPILE_CODE: [u8; 1] = [0xFE];

/// Gas of an ArbOS state read (`StorageReadCost`).
pub(crate) const STORAGE_READ: u64 = 800;
/// Gas of an ArbOS state write (`StorageWriteCost`).
pub(crate) const STORAGE_WRITE: u64 = 20_000;
/// Gas of an ArbOS state write of zero (`StorageWriteZeroCost`).
pub(crate) const STORAGE_WRITE_ZERO: u64 = 5_000;
/// Gas of reading a code hash (`StorageCodeHashCost`).
pub(crate) const CODE_HASH_READ: u64 = 2_600;
/// Gas per word of arguments, results and error data (`CopyGas`).
const COPY: u64 = 3;
/// Gas of hashing (`Keccak256Gas`).
const KECCAK: u64 = 30;
/// Gas of each word hashed (`Keccak256WordGas`).
const KECCAK_WORD: u64 = 6;

pub(crate) use arb_wasm::PARAMS_READ;

/// What a method may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub(crate) enum Access {
    /// Nothing but compute.
    Pure,
    /// Read.
    View,
    /// Write.
    Write,
    /// Write, and take value.
    Payable,
}

/// A method of a precompile.
#[derive(Clone, Copy)]
pub(crate) struct Method {
    selector: [u8; 4],
    access: Access,
    /// First ArbOS version that has it.
    since: u64,
    /// Last ArbOS version that has it.
    until: u64,
    run: fn(&mut Call<'_, '_>) -> Answer,
}

impl Method {
    const fn new(selector: [u8; 4], access: Access, run: fn(&mut Call<'_, '_>) -> Answer) -> Self {
        Self { selector, access, since: 0, until: u64::MAX, run }
    }

    const fn pure(selector: [u8; 4], run: fn(&mut Call<'_, '_>) -> Answer) -> Self {
        Self::new(selector, Access::Pure, run)
    }

    const fn view(selector: [u8; 4], run: fn(&mut Call<'_, '_>) -> Answer) -> Self {
        Self::new(selector, Access::View, run)
    }

    const fn write(selector: [u8; 4], run: fn(&mut Call<'_, '_>) -> Answer) -> Self {
        Self::new(selector, Access::Write, run)
    }

    const fn payable(selector: [u8; 4], run: fn(&mut Call<'_, '_>) -> Answer) -> Self {
        Self::new(selector, Access::Payable, run)
    }

    const fn since(self, since: u64) -> Self {
        Self { since, ..self }
    }

    const fn until(self, until: u64) -> Self {
        Self { until, ..self }
    }
}

/// How a method fails.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// A Solidity error: reverts with this data, keeps the gas.
    Solidity(Vec<u8>),
    /// Any other error: reverts without data, keeps the gas.
    Plain,
    /// Misuse: reverts without data and takes all gas.
    Burn(&'static str),
    /// Out of gas.
    OutOfGas,
    /// An activation that failed: takes all gas, and people are told the text.
    Activation(String),
}

impl Failure {
    /// A Solidity error.
    pub(crate) fn solidity(error: impl SolError) -> Self {
        Self::Solidity(error.abi_encode())
    }
}

/// Encoded result of a method.
pub(crate) type Answer = Result<Vec<u8>, Failure>;

/// A running call of a precompile.
pub(crate) struct Call<'e, 'a> {
    /// The machine.
    pub(crate) evm: &'e mut Evm<'a>,
    /// The precompile.
    pub(crate) address: Address,
    /// Who calls.
    pub(crate) caller: Address,
    /// Value of the call, already moved to the precompile.
    pub(crate) value: U256,
    /// Whether nothing may be written.
    pub(crate) is_static: bool,
    /// Depth of this frame; 0 when a transaction calls the precompile.
    pub(crate) depth: usize,
    /// Calldata, with selector.
    pub(crate) input: &'e [u8],
    /// Gas left.
    pub(crate) gas: u64,
}

impl<'a> Call<'_, 'a> {
    /// Takes gas.
    pub(crate) fn burn(&mut self, gas: u64) -> Result<(), Failure> {
        match self.gas.checked_sub(gas) {
            Some(left) => {
                self.gas = left;
                Ok(())
            }
            None => {
                self.gas = 0;
                Err(Failure::OutOfGas)
            }
        }
    }

    /// Takes all gas.
    pub(crate) fn burn_out(&mut self) -> Failure {
        self.gas = 0;
        Failure::OutOfGas
    }

    /// Decodes the arguments as Go's ABI decoder does: numbers and booleans must be clean, the upper bytes of an
    /// address may be anything, and what follows the arguments is ignored.
    pub(crate) fn args<C: SolCall>(&self) -> Result<C, Failure> {
        const NOT_DECODED: Failure = Failure::Burn("the arguments do not decode");
        let mut arguments = self.input.get(4..).unwrap_or_default().to_vec();
        let (_, types) = C::SIGNATURE.split_once('(').ok_or(NOT_DECODED)?;
        for (kind, word) in types.trim_end_matches(')').split(',').zip(arguments.chunks_mut(32)) {
            match kind {
                "address" => word.iter_mut().take(12).for_each(|byte| *byte = 0),
                "bool" if word.last().is_some_and(|byte| *byte > 1) => return Err(NOT_DECODED),
                _ => {}
            }
        }
        C::abi_decode_raw_validate(&arguments).map_err(|_| NOT_DECODED)
    }

    /// ArbOS state; charging is the caller's business.
    pub(crate) fn arbos(&mut self) -> arbos::Storage<'_, 'a> {
        self.evm.arbos()
    }

    /// Reads a word and pays for it.
    pub(crate) fn read(&mut self, word: arbos::Word) -> Result<U256, Failure> {
        self.burn(STORAGE_READ)?;
        Ok(self.arbos().get(word))
    }

    /// Writes a word and pays for it.
    pub(crate) fn store(&mut self, word: arbos::Word, value: U256) -> Result<(), Failure> {
        self.burn(if value.is_zero() { STORAGE_WRITE_ZERO } else { STORAGE_WRITE })?;
        self.arbos().set(word, value);
        Ok(())
    }

    /// Whether an address is in a set, paid.
    pub(crate) fn is_member(&mut self, set: Map, member: Address) -> Result<bool, Failure> {
        self.burn(STORAGE_READ)?;
        Ok(self.arbos().contains(set, member))
    }

    /// Stylus parameters, paid for as a warm slot.
    pub(crate) fn params(&mut self) -> Result<StylusParams, Failure> {
        self.burn(PARAMS_READ)?;
        Ok(self.arbos().params())
    }

    /// Hashes, paid as the KECCAK256 opcode is.
    pub(crate) fn keccak(&mut self, data: &[u8]) -> Result<B256, Failure> {
        let words = u64::try_from(data.len().div_ceil(32)).unwrap_or(u64::MAX);
        self.burn(KECCAK.saturating_add(words.saturating_mul(KECCAK_WORD)))?;
        Ok(keccak256(data))
    }

    /// Adds an address to a set, once; paid by what the set reads and writes.
    pub(crate) fn add_member(&mut self, set: Map, member: Address) -> Result<(), Failure> {
        if self.is_member(set, member)? {
            return Ok(());
        }
        // The size twice; then the member's place, the member and the size.
        self.burn(STORAGE_READ.saturating_mul(2))?;
        self.burn(STORAGE_WRITE.saturating_mul(3))?;
        self.arbos().insert(set, member);
        Ok(())
    }

    /// Removes an address from a set that has it; paid by what the set reads and writes.
    pub(crate) fn remove_member(&mut self, set: Map, member: Address) -> Result<(), Failure> {
        // The member's place and the size twice; the place and the last entry are cleared.
        self.burn(STORAGE_READ.saturating_mul(3))?;
        self.burn(STORAGE_WRITE_ZERO.saturating_mul(2))?;
        let members = self.arbos().members(set);
        if members.last() != Some(&member) {
            // The last one takes its place.
            self.burn(STORAGE_READ)?;
            self.burn(STORAGE_WRITE.saturating_mul(2))?;
        }
        self.burn(if members.len() > 1 { STORAGE_WRITE } else { STORAGE_WRITE_ZERO })?;
        self.arbos().remove(set, member);
        Ok(())
    }

    /// Logs an event of this precompile and pays for it.
    pub(crate) fn log(&mut self, event: &impl SolEvent) -> Result<(), Failure> {
        let data: LogData = event.encode_log_data();
        self.log_raw(data.topics().to_vec(), data.data)
    }

    /// Logs and pays.
    pub(crate) fn log_raw(&mut self, topics: Vec<B256>, data: Bytes) -> Result<(), Failure> {
        if self.is_static {
            return Err(Failure::Plain);
        }
        let words = u64::try_from(topics.len()).unwrap_or(u64::MAX);
        let bytes = u64::try_from(data.len()).unwrap_or(u64::MAX);
        self.burn(
            375u64
                .saturating_add(words.saturating_mul(375))
                .saturating_add(bytes.saturating_mul(8)),
        )?;
        self.log_free(topics, data);
        Ok(())
    }

    /// Logs without paying.
    fn log_free(&mut self, topics: Vec<B256>, data: Bytes) {
        let log = Log::new_unchecked(self.address, topics, data);
        self.evm.journal().log(log);
    }

    /// ArbOS version of the chain.
    pub(crate) fn arbos_version(&self) -> u64 {
        self.evm.ctx.chain.arbos_version
    }
}

/// A precompile.
struct Precompile {
    address: Address,
    since: u64,
    methods: &'static [Method],
    /// Whether only chain owners may call it, for free.
    owners_only: bool,
    /// Whether it exists only in simulated calls.
    simulated_only: bool,
}

const fn plain(address: Address, since: u64, methods: &'static [Method]) -> Precompile {
    Precompile { address, since, methods, owners_only: false, simulated_only: false }
}

const PRECOMPILES: &[Precompile] = &[
    plain(ARB_SYS, 1, arb_sys::METHODS),
    plain(address!("0000000000000000000000000000000000000065"), 1, arb_info::METHODS),
    // No method of these answers: calls burn, as a call of an unknown method does.
    plain(address!("0000000000000000000000000000000000000066"), 1, &[]),
    plain(address!("0000000000000000000000000000000000000067"), 1, &[]),
    plain(address!("0000000000000000000000000000000000000068"), 1, &[]),
    plain(address!("0000000000000000000000000000000000000069"), 1, &[]),
    plain(address!("000000000000000000000000000000000000006b"), 1, arb_owner_public::METHODS),
    plain(address!("000000000000000000000000000000000000006c"), 1, arb_gas_info::METHODS),
    plain(address!("000000000000000000000000000000000000006d"), 1, &[]),
    plain(address!("000000000000000000000000000000000000006e"), 1, arb_retryable_tx::METHODS),
    plain(address!("000000000000000000000000000000000000006f"), 1, &[]),
    Precompile {
        address: arb_owner::ADDRESS,
        since: 1,
        methods: arb_owner::METHODS,
        owners_only: true,
        simulated_only: false,
    },
    plain(ARB_WASM, 30, arb_wasm::METHODS),
    plain(address!("0000000000000000000000000000000000000072"), 30, arb_wasm_cache::METHODS),
    plain(address!("0000000000000000000000000000000000000073"), 41, &[]),
    plain(address!("0000000000000000000000000000000000000074"), 60, &[]),
    plain(address!("00000000000000000000000000000000000000ff"), 1, arb_debug::METHODS),
    Precompile {
        address: NODE_INTERFACE,
        since: 1,
        methods: node_interface::METHODS,
        owners_only: false,
        simulated_only: true,
    },
    Precompile {
        address: node_interface::DEBUG_ADDRESS,
        since: 1,
        methods: &[],
        owners_only: false,
        simulated_only: true,
    },
    plain(ARBOS_ACTS, 1, arbos_acts::METHODS),
];

/// Precompiles of an ArbOS version.
pub(crate) fn addresses(arbos_version: u64, simulated: bool) -> impl Iterator<Item = Address> {
    PRECOMPILES
        .iter()
        .filter(move |precompile| {
            precompile.since <= arbos_version && (simulated || !precompile.simulated_only)
        })
        .map(|precompile| precompile.address)
}

/// Whether an address is a precompile of an ArbOS version.
pub(crate) fn exists(address: Address, arbos_version: u64, simulated: bool) -> bool {
    find(address, arbos_version, simulated).is_some()
}

fn find(address: Address, arbos_version: u64, simulated: bool) -> Option<&'static Precompile> {
    // All of them have small numbers; most calls go elsewhere.
    if address.as_slice().iter().take(17).any(|byte| *byte != 0) {
        return None;
    }
    PRECOMPILES.iter().find(|precompile| {
        precompile.address == address
            && precompile.since <= arbos_version
            && (simulated || !precompile.simulated_only)
    })
}

/// Runs the precompile of this address by the rules of stylus-vm.md 8.2.
pub(crate) fn run(
    evm: &mut Evm<'_>,
    address: Address,
    inputs: &CallInputs,
    input: &[u8],
    depth: usize,
) -> InterpreterResult {
    let limit = inputs.gas_limit;
    let (version, simulated) = (evm.ctx.chain.arbos_version, evm.ctx.chain.simulated);
    let Some(precompile) = find(address, version, simulated) else {
        return InterpreterResult::new(InstructionResult::Stop, Bytes::new(), Gas::new(limit));
    };
    if precompile.owners_only {
        // Looking the caller up costs nothing but must be affordable.
        let look_up = STORAGE_READ.saturating_mul(2);
        if limit < look_up || !evm.arbos().contains(Map::Owners, inputs.caller) {
            let who = inputs.caller;
            evm.ctx.chain.notes.push(format!(
                "unauthorized caller to access-controlled method: {who} is not a chain owner"
            ));
            return burnt(InstructionResult::PrecompileError, limit);
        }
    }
    let mut call = Call {
        evm,
        address: inputs.bytecode_address,
        caller: inputs.caller,
        value: inputs.value.get(),
        is_static: inputs.is_static,
        depth,
        input,
        gas: limit,
    };
    let answer = call.method(precompile, inputs.scheme).and_then(|method| {
        let output = call.answer(method)?;
        if precompile.owners_only && !call.is_static {
            arb_owner::log_acts(&mut call, method.selector);
        }
        Ok(output)
    });
    let mut gas = Gas::new(limit);
    gas.set_remaining(match &answer {
        Err(Failure::Burn(_) | Failure::OutOfGas | Failure::Activation(_)) => 0,
        _ => call.gas,
    });
    if precompile.owners_only {
        // An owner pays nothing, for a failure as for a success (stylus-vm.md 8.7).
        gas.set_remaining(limit);
    }
    let (result, output) = match answer {
        Ok(output) => (InstructionResult::Return, output.into()),
        Err(Failure::Solidity(data)) => (InstructionResult::Revert, data.into()),
        // Out of gas is a revert with nothing left (stylus-vm.md 8.2, "any other error").
        Err(Failure::Plain) => (InstructionResult::Revert, Bytes::new()),
        Err(Failure::OutOfGas) => {
            evm.ctx
                .chain
                .notes
                .push(format!("precompile {address}: out of gas, it was given {limit}"));
            (InstructionResult::Revert, Bytes::new())
        }
        Err(Failure::Burn(why)) => {
            evm.ctx.chain.notes.push(format!("precompile {address}: {why}"));
            (InstructionResult::Revert, Bytes::new())
        }
        Err(Failure::Activation(detail)) => {
            evm.ctx.chain.notes.push(format!("program activation failed: {detail}"));
            (InstructionResult::PrecompileError, Bytes::new())
        }
    };
    InterpreterResult::new(result, output, gas)
}

impl Call<'_, '_> {
    /// The method that is called, if it may be called in this way.
    fn method(
        &self,
        precompile: &Precompile,
        scheme: CallScheme,
    ) -> Result<&'static Method, Failure> {
        let version = self.arbos_version();
        let method = self.input.first_chunk::<4>().and_then(|selector| {
            precompile.methods.iter().find(|method| {
                method.selector == *selector && (method.since..=method.until).contains(&version)
            })
        });
        let method = method.ok_or(Failure::Burn("no such method in this ArbOS version"))?;
        let is_delegate = matches!(scheme, CallScheme::DelegateCall | CallScheme::CallCode);
        if is_delegate && method.access >= Access::View {
            return Err(Failure::Burn(
                "only pure methods can be called by DELEGATECALL or CALLCODE",
            ));
        }
        if self.is_static && method.access >= Access::Write {
            return Err(Failure::Burn("a method that writes was called in a static frame"));
        }
        if !self.value.is_zero() && method.access != Access::Payable {
            return Err(Failure::Burn("value was sent to a method that is not payable"));
        }
        Ok(method)
    }

    fn answer(&mut self, method: &Method) -> Answer {
        if method.access != Access::Pure {
            self.burn(STORAGE_READ)?;
        }
        let arguments = self.input.len().saturating_sub(4);
        self.burn(copy_cost(arguments))?;
        match (method.run)(self) {
            Ok(output) => {
                self.burn(copy_cost(output.len()))?;
                Ok(output)
            }
            Err(Failure::Solidity(data)) => {
                self.burn(copy_cost(data.len()))?;
                Err(Failure::Solidity(data))
            }
            Err(failure) => Err(failure),
        }
    }
}

fn copy_cost(bytes: usize) -> u64 {
    u64::try_from(bytes.div_ceil(32)).unwrap_or(u64::MAX).saturating_mul(COPY)
}

/// A Solidity error that a precompile declares, as `Name(arguments)`.
pub(crate) fn error_text(output: &[u8]) -> Option<String> {
    [
        arb_wasm::error_text,
        arb_sys::error_text,
        arb_retryable_tx::error_text,
        arb_debug::error_text,
        arbos_acts::error_text,
    ]
    .into_iter()
    .find_map(|text| text(output))
}
