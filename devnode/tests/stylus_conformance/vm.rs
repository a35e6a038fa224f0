//! A machine to run one module on, over a mock chain.

use alloy_primitives::{Address, B256, Bytes, U256, address};
use devnode::stylus::{
    CallKind, CallResult, CompiledProgram, CreateResult, EvmApi, FlushResult, FrameEnv, Gas,
    HostCall, Ink, Outcome, Pages, StylusParams,
};
use std::collections::{HashMap, HashSet};
use std::time::Instant;

/// Ink of a basic block's header.
pub(crate) const HEADER: u64 = 2_450;
/// Ink of `call`.
pub(crate) const CALL: u64 = 3_800;
/// Ink of the shortest program: one block of `i32.const 0` and `end`.
pub(crate) const EMPTY: u64 = HEADER + 2;
/// Ink of a program whose first block ends with a call: a second block follows it.
pub(crate) const WITH_CALL: u64 = HEADER + CALL + EMPTY;
/// Ink in one gas.
pub(crate) const PRICE: u64 = 10_000;

pub(crate) const SELF: Address = address!("0x1111111111111111111111111111111111111111");
pub(crate) const SENDER: Address = address!("0x2222222222222222222222222222222222222222");
pub(crate) const ORIGIN: Address = address!("0x3333333333333333333333333333333333333333");
pub(crate) const COINBASE: Address = address!("0xA4B000000000000000000073657175656e636572");

/// A chain that charges EVM prices and remembers what it was asked.
#[derive(Default)]
pub(crate) struct Chain {
    pub(crate) slots: HashMap<B256, B256>,
    pub(crate) warm_slots: HashSet<B256>,
    pub(crate) transient: HashMap<B256, B256>,
    pub(crate) is_static: bool,
    pub(crate) flushes: Vec<(Vec<(B256, B256)>, Gas)>,
    pub(crate) flush_cost: Gas,
    pub(crate) codes: HashMap<Address, Bytes>,
    pub(crate) balances: HashMap<Address, U256>,
    pub(crate) touched: Vec<Address>,
    warm_accounts: HashSet<Address>,
    pub(crate) calls: Vec<Asked>,
    pub(crate) call_result: Option<CallResult>,
    pub(crate) creations: Vec<Created>,
    pub(crate) create_result: Option<CreateResult>,
    pub(crate) logs: Vec<(Vec<B256>, Vec<u8>)>,
    pub(crate) pages: Pages,
    pub(crate) page_params: Option<StylusParams>,
    pub(crate) console: Vec<String>,
    pub(crate) tracing: bool,
    pub(crate) deadline: Option<Instant>,
    pub(crate) steps: Vec<HostCall>,
}

/// A call a program asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) kind: CallKind,
    pub(crate) to: Address,
    pub(crate) data: Vec<u8>,
    pub(crate) gas_left: Gas,
    pub(crate) gas_requested: Gas,
    pub(crate) value: U256,
}

/// A creation a program asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Created {
    pub(crate) code: Vec<u8>,
    pub(crate) endowment: U256,
    pub(crate) salt: Option<B256>,
    pub(crate) gas_left: Gas,
}

impl Chain {
    fn touch(&mut self, address: Address) -> Gas {
        self.touched.push(address);
        if self.warm_accounts.insert(address) { 2_600 } else { 100 }
    }
}

impl EvmApi for Chain {
    fn storage_load(&mut self, key: B256) -> (B256, Gas) {
        let gas = if self.warm_slots.insert(key) { 2_100 } else { 100 };
        (self.slots.get(&key).copied().unwrap_or_default(), gas)
    }

    fn storage_flush(&mut self, entries: &[(B256, B256)], budget: Gas) -> FlushResult {
        self.flushes.push((entries.to_vec(), budget));
        if self.is_static {
            return FlushResult::Refused;
        }
        if self.flush_cost >= budget {
            return FlushResult::OutOfGas;
        }
        self.slots.extend(entries.iter().copied());
        FlushResult::Done(self.flush_cost)
    }

    fn transient_load(&mut self, key: B256) -> B256 {
        self.transient.get(&key).copied().unwrap_or_default()
    }

    fn transient_store(&mut self, key: B256, value: B256) -> bool {
        self.transient.insert(key, value);
        !self.is_static
    }

    fn call(
        &mut self,
        kind: CallKind,
        to: Address,
        data: &[u8],
        gas_left: Gas,
        gas_requested: Gas,
        value: U256,
    ) -> CallResult {
        self.calls.push(Asked { kind, to, data: data.to_vec(), gas_left, gas_requested, value });
        let nothing = CallResult { success: true, data: Bytes::new(), cost: 100 };
        self.call_result.clone().unwrap_or(nothing)
    }

    fn create(
        &mut self,
        code: &[u8],
        endowment: U256,
        salt: Option<B256>,
        gas_left: Gas,
    ) -> CreateResult {
        self.creations.push(Created { code: code.to_vec(), endowment, salt, gas_left });
        let created = CreateResult::Done {
            address: Address::repeat_byte(0xCC),
            data: Bytes::new(),
            cost: 32_000,
        };
        self.create_result.clone().unwrap_or(created)
    }

    fn log(&mut self, topics: &[B256], data: &[u8]) {
        self.logs.push((topics.to_vec(), data.to_vec()));
    }

    fn balance(&mut self, address: Address) -> (U256, Gas) {
        let gas = self.touch(address);
        (self.balances.get(&address).copied().unwrap_or_default(), gas)
    }

    fn code(&mut self, address: Address) -> (Bytes, Gas) {
        let gas = self.touch(address);
        (self.codes.get(&address).cloned().unwrap_or_default(), gas)
    }

    fn code_hash(&mut self, address: Address) -> (B256, Gas) {
        let gas = self.touch(address);
        (self.codes.get(&address).map(alloy_primitives::keccak256).unwrap_or_default(), gas)
    }

    fn add_pages(&mut self, pages: u16) -> Gas {
        let params = self.page_params.unwrap_or_else(|| StylusParams::new(51));
        self.pages.add(pages, &params)
    }

    fn console(&mut self, text: &str) {
        self.console.push(text.to_owned());
    }

    fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    fn tracing(&self) -> bool {
        self.tracing
    }

    fn trace(&mut self, call: HostCall) {
        self.steps.push(call);
    }
}

/// The frame every program runs in unless a test changes it.
pub(crate) fn frame(arbos_version: u64) -> FrameEnv {
    FrameEnv {
        arbos_version,
        contract_address: SELF,
        msg_sender: SENDER,
        msg_value: U256::from(7),
        tx_origin: ORIGIN,
        tx_gas_price: U256::from(110_000_000),
        reentrant: false,
        is_static: false,
        block_basefee: U256::from(100_000_000),
        block_coinbase: COINBASE,
        block_gas_limit: 1 << 50,
        block_number: 19_000_000,
        block_timestamp: 1_790_000_000,
        chain_id: 412_346,
        max_code_size: 24_576,
    }
}

/// One program call, ready to be changed and run.
pub(crate) struct Vm {
    pub(crate) chain: Chain,
    pub(crate) env: FrameEnv,
    pub(crate) params: StylusParams,
    pub(crate) calldata: Vec<u8>,
    pub(crate) ink: Ink,
}

/// How it went.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) outcome: Outcome,
    pub(crate) left: Ink,
    pub(crate) used: Ink,
}

impl Run {
    /// The ink of a program that succeeded.
    pub(crate) fn ink(&self) -> Ink {
        assert!(matches!(self.outcome, Outcome::Success(_)), "{self:?}");
        self.used
    }

    /// The output of a program that succeeded.
    pub(crate) fn output(&self) -> &[u8] {
        match &self.outcome {
            Outcome::Success(output) => output,
            other => panic!("not a success: {other:?}"),
        }
    }

    /// The reason of a frame that reverted without data and kept its gas.
    pub(crate) fn failure(&self) -> &str {
        match &self.outcome {
            Outcome::Failure(reason) => reason,
            other => panic!("not a failure: {other:?}"),
        }
    }
}

impl Vm {
    pub(crate) fn new() -> Self {
        Self::at(51)
    }

    pub(crate) fn at(arbos_version: u64) -> Self {
        let params = StylusParams::new(arbos_version);
        Self {
            chain: Chain { page_params: Some(params), ..Chain::default() },
            env: frame(arbos_version),
            params,
            calldata: Vec::new(),
            ink: 1 << 40,
        }
    }

    pub(crate) fn with_ink(mut self, ink: Ink) -> Self {
        self.ink = ink;
        self
    }

    pub(crate) fn run(&mut self, wat: &str) -> Run {
        self.run_compiled(&compile(wat, self.params.version))
    }

    pub(crate) fn run_compiled(&mut self, program: &CompiledProgram) -> Run {
        self.chain.is_static |= self.env.is_static;
        let (outcome, left) =
            program.run(&self.calldata, &self.env, &self.params, self.ink, &mut self.chain);
        Run { outcome, left, used: self.ink - left }
    }
}

pub(crate) fn compile(wat: &str, version: u16) -> CompiledProgram {
    let wasm = wat::parse_str(wat).unwrap();
    CompiledProgram::new(&wasm, version, true).unwrap_or_else(|error| panic!("{error}\n{wat}"))
}

/// A module of one page, with this body before `i32.const 0`.
pub(crate) fn body(code: &str) -> String {
    module("", code)
}

/// The same, with more fields in the module.
pub(crate) fn module(fields: &str, code: &str) -> String {
    format!(
        r#"(module {fields}
            (memory (export "memory") 1 1)
            (func (export "user_entrypoint") (param i32) (result i32) {code} i32.const 0))"#
    )
}

/// Ink of a body beyond that of the empty program.
pub(crate) fn ink_of(code: &str) -> Ink {
    Vm::new().run(&body(code)).ink() - EMPTY
}
