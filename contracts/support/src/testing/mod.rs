//! A chain in memory on which contracts run natively: accounts, value, nested frames, reverts, storage caches.
//!
//! The SDK's `TestVM` answers calls from a table and moves nothing; a contract that moves money and may be
//! re-entered needs callees that act. What is modelled is what our contracts rely on (stylus-vm.md 6.3, 6.4): one
//! storage cache per frame that nothing flushes by itself, value moving with calls, a failing frame leaving no
//! trace, static frames that cannot write. Gas is not modelled, only recorded.

mod signatures;
mod token;

pub use signatures::ecrecover;
pub use token::Behaviour;

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::SolEvent;
use stylus_sdk::{
    ArbResult,
    abi::{Router, router_entrypoint},
    host::VM,
    storage::StorageType,
    stylus_core::*,
};

use crate::{ECRECOVER, transient};

/// Native code of an account: gets the chain, positioned in its own frame, and the calldata.
pub type Program = Rc<dyn Fn(&Chain, &[u8]) -> ArbResult>;

/// A chain in memory; clones are the same chain.
#[derive(Clone, Default)]
pub struct Chain(Rc<RefCell<World>>);

/// A call that was made, successful or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// Who called.
    pub from: Address,
    /// Who was called.
    pub to: Address,
    /// Wei sent along.
    pub value: U256,
    /// Gas the caller asked for; `u64::MAX` is all of it.
    pub gas: u64,
    /// Calldata.
    pub data: Vec<u8>,
}

/// An event of a frame that did not fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Who emitted it.
    pub emitter: Address,
    /// Signature hash and indexed values.
    pub topics: Vec<B256>,
    /// The rest.
    pub data: Vec<u8>,
}

impl Log {
    /// The typed event, when it is one of that type.
    pub fn decode<E: SolEvent>(&self) -> Option<E> {
        E::decode_raw_log_validate(self.topics.iter().copied(), &self.data).ok()
    }
}

#[derive(Default)]
struct World {
    state: State,
    frames: Vec<Frame>,
    calls: Vec<CallRecord>,
    init_codes: HashMap<Vec<u8>, Program>,
    timestamp: u64,
    chain_id: u64,
    origin: Address,
}

/// What a failing frame rolls back.
#[derive(Clone, Default)]
struct State {
    balances: HashMap<Address, U256>,
    programs: HashMap<Address, Program>,
    storage: HashMap<(Address, U256), B256>,
    nonces: HashMap<Address, u64>,
    logs: Vec<Log>,
    /// Code that is data: of accounts made by [`stored::store`](crate::stored::store).
    codes: HashMap<Address, Vec<u8>>,
}

#[derive(Clone, Default)]
struct Frame {
    this: Address,
    caller: Address,
    value: U256,
    is_static: bool,
    /// Did what a static frame may not do; the whole frame fails.
    failed: bool,
    /// Slot → value, and whether it still has to be written.
    cache: HashMap<U256, (B256, bool)>,
    return_data: Vec<u8>,
}

impl Chain {
    /// An empty chain, but for the precompile that tells signers.
    pub fn new(chain_id: u64, timestamp: u64) -> Self {
        let world = World { chain_id, timestamp, ..World::default() };
        let chain = Self(Rc::new(RefCell::new(world)));
        chain.set_program(ECRECOVER, ecrecover());
        chain
    }

    /// Native code that runs a contract of ours as its entry point does.
    pub fn contract<T>() -> Program
    where
        T: Router<T> + StorageType + TopLevelStorage + ValueDenier + 'static,
        T: core::borrow::BorrowMut<<T as Router<T>>::Storage>,
    {
        Rc::new(|chain, input| {
            let host = VM { host: Box::new(chain.clone()) };
            let output = router_entrypoint::<T, T>(input.to_vec(), host);
            chain.flush_cache(false);
            output
        })
    }

    /// Gives an account native code.
    pub fn set_program(&self, account: Address, program: Program) {
        self.0.borrow_mut().state.programs.insert(account, program);
    }

    /// Gives an account code that answers every call with the same outcome.
    pub fn set_answer(&self, account: Address, answer: ArbResult) {
        self.set_program(account, Rc::new(move |_, _| answer.clone()));
    }

    /// Says what a creation with that init code deploys.
    pub fn set_init_code(&self, init_code: &[u8], program: Program) {
        self.0.borrow_mut().init_codes.insert(init_code.to_vec(), program);
    }

    /// Sets the native balance of an account.
    pub fn set_balance(&self, account: Address, balance: U256) {
        self.0.borrow_mut().state.balances.insert(account, balance);
    }

    /// Sets the time, unix seconds.
    pub fn set_timestamp(&self, timestamp: u64) {
        self.0.borrow_mut().timestamp = timestamp;
    }

    /// Sets the chain id, as a split of the chain does.
    pub fn set_chain_id(&self, chain_id: u64) {
        self.0.borrow_mut().chain_id = chain_id;
    }

    /// Sets the nonce of an account; a contract starts with 1.
    pub fn set_nonce(&self, account: Address, nonce: u64) {
        self.0.borrow_mut().state.nonces.insert(account, nonce);
    }

    /// The events since the last call of this.
    pub fn take_logs(&self) -> Vec<Log> {
        std::mem::take(&mut self.0.borrow_mut().state.logs)
    }

    /// The calls since the last call of this, in the order they were made.
    pub fn take_calls(&self) -> Vec<CallRecord> {
        std::mem::take(&mut self.0.borrow_mut().calls)
    }

    /// Sends a transaction.
    pub fn transact(&self, from: Address, to: Address, value: U256, data: &[u8]) -> ArbResult {
        self.0.borrow_mut().origin = from;
        // Transient words end with the transaction before.
        let mark = U256::from_be_slice(&transient::MARK);
        self.0.borrow_mut().state.storage.retain(|(_, key), _| *key >> 192 != mark);
        self.enter(
            Frame { this: to, caller: from, value, ..Frame::default() },
            Some(from),
            |chain| match chain.program(to) {
                Some(program) => program(chain, data),
                None => Ok(Vec::new()),
            },
        )
    }

    /// Runs `body` as code of `this`, called by `caller` with `value`; for calling a contract's methods directly.
    pub fn run<T>(
        &self,
        this: Address,
        caller: Address,
        value: U256,
        body: impl FnOnce(&Self) -> T,
    ) -> T {
        let mut result = None;
        let frame = Frame { this, caller, value, ..Frame::default() };
        let _outcome = self.enter(frame, None, |chain| {
            result = Some(body(chain));
            chain.flush_cache(false);
            Ok(Vec::new())
        });
        result.expect("the body ran")
    }

    /// Calls another account from inside a program, with all gas.
    pub fn call(&self, to: Address, value: U256, data: &[u8]) -> ArbResult {
        let this = self.contract_address();
        let is_static = self.0.borrow().frames.last().is_some_and(|frame| frame.is_static);
        let frame = Frame { this: to, caller: this, value, is_static, ..Frame::default() };
        self.record(this, to, value, u64::MAX, data);
        self.enter(frame, Some(this), |chain| match chain.program(to) {
            Some(program) => program(chain, data),
            None => Ok(Vec::new()),
        })
    }

    /// Passes the call on to the code of `implementation`, as a proxy does.
    pub fn delegate(&self, implementation: Address, data: &[u8]) -> ArbResult {
        let mut frame = self.0.borrow().frames.last().cloned().unwrap_or_default();
        frame.cache.clear();
        frame.return_data.clear();
        self.enter(frame, None, |chain| match chain.program(implementation) {
            Some(program) => program(chain, data),
            None => Ok(Vec::new()),
        })
    }

    /// Native code of a proxy: stops on empty calldata, delegates everything else.
    pub fn proxy(implementation: Address) -> Program {
        Rc::new(move |chain, data| match data {
            [] => Ok(Vec::new()),
            _ => chain.delegate(implementation, data),
        })
    }

    fn program(&self, account: Address) -> Option<Program> {
        self.0.borrow().state.programs.get(&account).cloned()
    }

    fn record(&self, from: Address, to: Address, value: U256, gas: u64, data: &[u8]) {
        let record = CallRecord { from, to, value, gas, data: data.to_vec() };
        self.0.borrow_mut().calls.push(record);
    }

    /// Runs a frame: moves the value, and rolls everything back when it fails.
    fn enter(
        &self,
        frame: Frame,
        payer: Option<Address>,
        body: impl FnOnce(&Self) -> ArbResult,
    ) -> ArbResult {
        let before = self.0.borrow().state.clone();
        if let Some(payer) = payer {
            let world = &mut *self.0.borrow_mut();
            let balances = &mut world.state.balances;
            let from = balances.entry(payer).or_default();
            let Some(rest) = from.checked_sub(frame.value) else { return Err(Vec::new()) };
            *from = rest;
            *balances.entry(frame.this).or_default() += frame.value;
        }
        self.0.borrow_mut().frames.push(frame);
        let mut outcome = body(self);
        let frame = self.0.borrow_mut().frames.pop();
        if frame.is_some_and(|frame| frame.failed) {
            outcome = Err(Vec::new());
        }
        if outcome.is_err() {
            self.0.borrow_mut().state = before;
        }
        outcome
    }

    fn top<T>(&self, read: impl FnOnce(&mut Frame) -> T) -> T {
        // Outside of any frame, as in a test that builds a contract and calls it at once, all is zero.
        let mut outside = Frame::default();
        read(self.0.borrow_mut().frames.last_mut().unwrap_or(&mut outside))
    }

    /// Keeps the output of a nested frame and turns its outcome into a status.
    fn finish(&self, outcome: ArbResult, outs_len: &mut usize) -> u8 {
        let (status, data) = match outcome {
            Ok(data) => (0, data),
            Err(data) => (2, data),
        };
        *outs_len = data.len();
        self.top(|frame| frame.return_data = data);
        status
    }

    fn create_at(&self, address: Address, init_code: &[u8]) -> Option<Address> {
        let world = &mut *self.0.borrow_mut();
        if let [0x61, _, _, 0x80, 0x60, 0x0a, 0x5f, 0x39, 0x5f, 0xf3, code @ ..] = init_code {
            world.state.codes.insert(address, code.to_vec());
            world.state.nonces.insert(address, 1);
            return Some(address);
        }
        let program = world.init_codes.get(init_code)?.clone();
        if world.state.programs.contains_key(&address) {
            return None;
        }
        world.state.programs.insert(address, program);
        world.state.nonces.insert(address, 1);
        Some(address)
    }

    fn next_nonce(&self) -> u64 {
        let this = self.contract_address();
        let world = &mut *self.0.borrow_mut();
        let nonce = world.state.nonces.entry(this).or_insert(1);
        *nonce += 1;
        *nonce - 1
    }
}

/// # Safety
/// The pointers are those the SDK passes: a buffer of that length.
unsafe fn bytes(pointer: *const u8, length: usize) -> Vec<u8> {
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts(pointer, length) }.to_vec()
}

/// # Safety
/// As in `bytes`, 20 of them.
unsafe fn address(pointer: *const u8) -> Address {
    // SAFETY: the caller's promise.
    Address::from_slice(&unsafe { bytes(pointer, 20) })
}

impl Host for Chain {}

impl CryptographyAccess for Chain {
    fn native_keccak256(&self, input: &[u8]) -> B256 {
        keccak256(input)
    }
}

impl CalldataAccess for Chain {
    fn read_args(&self, _len: usize) -> Vec<u8> {
        Vec::new()
    }

    fn read_return_data(&self, offset: usize, size: Option<usize>) -> Vec<u8> {
        self.top(|frame| {
            let data = frame.return_data.iter().skip(offset);
            data.take(size.unwrap_or(usize::MAX)).copied().collect()
        })
    }

    fn return_data_size(&self) -> usize {
        self.top(|frame| frame.return_data.len())
    }

    fn write_result(&self, _data: &[u8]) {}
}

// SAFETY: the pointers are read within the lengths the SDK gives.
unsafe impl UnsafeDeploymentAccess for Chain {
    unsafe fn create1(
        &self,
        code: *const u8,
        code_len: usize,
        _endowment: *const u8,
        contract: *mut u8,
        _revert_data_len: *mut usize,
    ) {
        let address = self.contract_address().create(self.next_nonce());
        self.top(|frame| frame.return_data.clear());
        // SAFETY: see above.
        let code = unsafe { bytes(code, code_len) };
        if self.create_at(address, &code).is_some() {
            // SAFETY: `contract` is an `Address` of the SDK's.
            unsafe { std::ptr::copy_nonoverlapping(address.as_ptr(), contract, 20) };
        }
    }

    unsafe fn create2(
        &self,
        code: *const u8,
        code_len: usize,
        _endowment: *const u8,
        salt: *const u8,
        contract: *mut u8,
        _revert_data_len: *mut usize,
    ) {
        self.next_nonce();
        self.top(|frame| frame.return_data.clear());
        // SAFETY: see above.
        let (code, salt) = unsafe { (bytes(code, code_len), B256::from_slice(&bytes(salt, 32))) };
        let address = self.contract_address().create2_from_code(salt, &code);
        if self.create_at(address, &code).is_some() {
            // SAFETY: `contract` is an `Address` of the SDK's.
            unsafe { std::ptr::copy_nonoverlapping(address.as_ptr(), contract, 20) };
        }
    }
}

impl StorageAccess for Chain {
    fn storage_load_bytes32(&self, key: U256) -> B256 {
        let this = self.contract_address();
        let stored = self.0.borrow().state.storage.get(&(this, key)).copied().unwrap_or_default();
        self.top(|frame| frame.cache.entry(key).or_insert((stored, false)).0)
    }

    unsafe fn storage_cache_bytes32(&self, key: U256, value: B256) {
        self.top(|frame| frame.cache.insert(key, (value, true)));
    }

    fn flush_cache(&self, clear: bool) {
        let this = self.contract_address();
        let mut dirty = Vec::new();
        self.top(|frame| {
            for (key, (value, is_dirty)) in &mut frame.cache {
                if std::mem::take(is_dirty) {
                    dirty.push((*key, *value));
                }
            }
            if clear {
                frame.cache.clear();
            }
            frame.failed |= frame.is_static && !dirty.is_empty();
        });
        let storage = &mut self.0.borrow_mut().state.storage;
        storage.extend(dirty.into_iter().map(|(key, value)| ((this, key), value)));
    }
}

// SAFETY: the pointers are read within the lengths the SDK gives.
unsafe impl UnsafeCallAccess for Chain {
    unsafe fn call_contract(
        &self,
        to: *const u8,
        data: *const u8,
        data_len: usize,
        value: *const u8,
        gas: u64,
        outs_len: &mut usize,
    ) -> u8 {
        // SAFETY: see above.
        let (to, data, value) =
            unsafe { (address(to), bytes(data, data_len), U256::from_be_slice(&bytes(value, 32))) };
        let (this, is_static) = self.top(|frame| (frame.this, frame.is_static));
        self.record(this, to, value, gas, &data);
        if is_static && !value.is_zero() {
            return self.finish(Err(Vec::new()), outs_len);
        }
        let frame = Frame { this: to, caller: this, value, is_static, ..Frame::default() };
        let outcome = self.enter(frame, Some(this), |chain| match chain.program(to) {
            Some(program) => program(chain, &data),
            None => Ok(Vec::new()),
        });
        self.finish(outcome, outs_len)
    }

    unsafe fn static_call_contract(
        &self,
        to: *const u8,
        data: *const u8,
        data_len: usize,
        gas: u64,
        outs_len: &mut usize,
    ) -> u8 {
        // SAFETY: see above.
        let (to, data) = unsafe { (address(to), bytes(data, data_len)) };
        let this = self.contract_address();
        self.record(this, to, U256::ZERO, gas, &data);
        let frame = Frame { this: to, caller: this, is_static: true, ..Frame::default() };
        let outcome = self.enter(frame, Some(this), |chain| match chain.program(to) {
            Some(program) => program(chain, &data),
            None => Ok(Vec::new()),
        });
        self.finish(outcome, outs_len)
    }

    unsafe fn delegate_call_contract(
        &self,
        to: *const u8,
        data: *const u8,
        data_len: usize,
        _gas: u64,
        outs_len: &mut usize,
    ) -> u8 {
        // SAFETY: see above.
        let (to, data) = unsafe { (address(to), bytes(data, data_len)) };
        let outcome = self.delegate(to, &data);
        self.finish(outcome, outs_len)
    }
}

impl BlockAccess for Chain {
    fn block_basefee(&self) -> U256 {
        U256::ZERO
    }

    fn block_coinbase(&self) -> Address {
        Address::ZERO
    }

    fn block_number(&self) -> u64 {
        1
    }

    fn block_timestamp(&self) -> u64 {
        self.0.borrow().timestamp
    }

    fn block_gas_limit(&self) -> u64 {
        u64::MAX
    }
}

impl ChainAccess for Chain {
    fn chain_id(&self) -> u64 {
        self.0.borrow().chain_id
    }
}

impl AccountAccess for Chain {
    fn balance(&self, account: Address) -> U256 {
        self.0.borrow().state.balances.get(&account).copied().unwrap_or_default()
    }

    fn contract_address(&self) -> Address {
        self.top(|frame| frame.this)
    }

    fn code(&self, account: Address) -> Vec<u8> {
        match self.0.borrow().state.codes.get(&account) {
            Some(code) => code.clone(),
            None => vec![0xfe; usize::from(self.program(account).is_some())],
        }
    }

    fn code_size(&self, account: Address) -> usize {
        self.code(account).len()
    }

    fn code_hash(&self, account: Address) -> B256 {
        keccak256(self.code(account))
    }
}

impl MemoryAccess for Chain {
    fn pay_for_memory_grow(&self, _pages: u16) {}
}

impl MessageAccess for Chain {
    fn msg_sender(&self) -> Address {
        self.top(|frame| frame.caller)
    }

    fn msg_reentrant(&self) -> bool {
        let world = self.0.borrow();
        let this = world.frames.last().map(|frame| frame.this);
        world.frames.iter().rev().skip(1).any(|frame| Some(frame.this) == this)
    }

    fn msg_value(&self) -> U256 {
        self.top(|frame| frame.value)
    }

    fn tx_origin(&self) -> Address {
        self.0.borrow().origin
    }
}

impl MeteringAccess for Chain {
    fn evm_gas_left(&self) -> u64 {
        u64::MAX
    }

    fn evm_ink_left(&self) -> u64 {
        u64::MAX
    }

    fn tx_gas_price(&self) -> U256 {
        U256::ZERO
    }

    fn tx_ink_price(&self) -> u32 {
        10_000
    }
}

impl RawLogAccess for Chain {
    fn emit_log(&self, input: &[u8], num_topics: usize) {
        let emitter = self.contract_address();
        let (topics, data) = input.split_at(num_topics * 32);
        let topics = topics.chunks(32).map(B256::from_slice).collect();
        self.top(|frame| frame.failed |= frame.is_static);
        self.0.borrow_mut().state.logs.push(Log { emitter, topics, data: data.to_vec() });
    }

    fn raw_log(&self, topics: &[B256], data: &[u8]) -> Result<(), &'static str> {
        let input: Vec<u8> =
            topics.iter().flat_map(|topic| topic.0).chain(data.iter().copied()).collect();
        self.emit_log(&input, topics.len());
        Ok(())
    }
}
