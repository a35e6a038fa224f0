//! Programs that call programs: their state apart, the native stack deep enough. Spec: stylus-vm.md §3.5, §6.3, §6.4.

use super::vm::{Chain, frame};
use alloy_primitives::{Address, B256, Bytes, U256};
use devnode::stylus::{
    CallKind, CallResult, CompiledProgram, CreateResult, EvmApi, FlushResult, Gas, HostCall,
    Outcome, StylusParams,
};

/// The deepest stack of frames the EVM allows.
const EVM_DEPTH: u32 = 1_024;

/// All of a chain but calls, by the mock in the field `chain`.
macro_rules! everything_but_calls {
    () => {
        fn storage_load(&mut self, key: B256) -> (B256, Gas) {
            self.chain.storage_load(key)
        }
        fn storage_flush(&mut self, entries: &[(B256, B256)], budget: Gas) -> FlushResult {
            self.chain.storage_flush(entries, budget)
        }
        fn transient_load(&mut self, key: B256) -> B256 {
            self.chain.transient_load(key)
        }
        fn transient_store(&mut self, key: B256, value: B256) -> bool {
            self.chain.transient_store(key, value)
        }
        fn create(
            &mut self,
            code: &[u8],
            endowment: U256,
            salt: Option<B256>,
            gas_left: Gas,
        ) -> CreateResult {
            self.chain.create(code, endowment, salt, gas_left)
        }
        fn log(&mut self, topics: &[B256], data: &[u8]) {
            self.chain.log(topics, data);
        }
        fn balance(&mut self, address: Address) -> (U256, Gas) {
            self.chain.balance(address)
        }
        fn code(&mut self, address: Address) -> (Bytes, Gas) {
            self.chain.code(address)
        }
        fn code_hash(&mut self, address: Address) -> (B256, Gas) {
            self.chain.code_hash(address)
        }
        fn add_pages(&mut self, pages: u16) -> Gas {
            self.chain.add_pages(pages)
        }
        fn console(&mut self, text: &str) {
            self.chain.console(text);
        }
        fn tracing(&self) -> bool {
            false
        }
        fn trace(&mut self, _: HostCall) {}
    };
}

/// A chain on which every call runs the same program again, until it is deep enough.
struct Tower<'a> {
    program: &'a CompiledProgram,
    chain: Chain,
    depth: u32,
    deepest: u32,
    limit: u32,
}

impl Tower<'_> {
    fn run(&mut self, ink: u64) -> (Outcome, u64) {
        let program = self.program;
        program.run(&self.depth.to_le_bytes(), &frame(51), &StylusParams::new(51), ink, self)
    }
}

impl EvmApi for Tower<'_> {
    fn call(
        &mut self,
        _: CallKind,
        _: Address,
        _: &[u8],
        gas_left: Gas,
        _: Gas,
        _: U256,
    ) -> CallResult {
        if self.depth == self.limit {
            return CallResult { success: false, data: Bytes::new(), cost: 100 };
        }
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        let given = gas_left - gas_left / 64;
        let (outcome, ink_left) = self.run(given * 10_000);
        self.depth -= 1;
        let (success, data) = match outcome {
            Outcome::Success(data) => (true, data),
            _ => (false, Bytes::new()),
        };
        CallResult { success, data, cost: given - ink_left / 10_000 }
    }

    everything_but_calls!();
}

/// Runs on a thread with more stack than a test has.
fn on_deep_stack(test: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(64 * 1_024 * 1_024).spawn(test).unwrap().join().unwrap();
}

/// Writes the depth (its calldata) into slot 0 of its cache, calls, reads the slot back, and returns it with what the
/// callee returned in front.
const RECURSIVE: &str = r#"(module
    (import "vm_hooks" "read_args" (func $read_args (param i32)))
    (import "vm_hooks" "storage_cache_bytes32" (func $store (param i32 i32)))
    (import "vm_hooks" "storage_load_bytes32" (func $load (param i32 i32)))
    (import "vm_hooks" "call_contract" (func $call (param i32 i32 i32 i32 i64 i32) (result i32)))
    (import "vm_hooks" "read_return_data" (func $read (param i32 i32 i32) (result i32)))
    (import "vm_hooks" "write_result" (func $write (param i32 i32)))
    (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param $len i32) (result i32)
        i32.const 0 call $read_args
        i32.const 32 i32.const 0 call $store
        i32.const 64 i32.const 0 i32.const 0 i32.const 64 i64.const -1 i32.const 100 call $call drop
        ;; the cache still holds this frame's own depth
        i32.const 32 i32.const 128 call $load
        i32.const 128 i32.load i32.const 0 i32.load i32.ne if unreachable end
        i32.const 200 i32.const 0 i32.const 4 call $read drop
        i32.const 200 i32.const 200 i32.load i32.const 1 i32.add i32.store
        i32.const 200 i32.const 4 call $write
        i32.const 0))"#;

fn tower(limit: u32, ink: u64) -> (Outcome, u32) {
    let program = super::vm::compile(RECURSIVE, 2);
    let mut tower =
        Tower { program: &program, chain: Chain::default(), depth: 0, deepest: 0, limit };
    let (outcome, _) = tower.run(ink);
    (outcome, tower.deepest)
}

#[test]
fn nested_programs_have_memory_and_cache_of_their_own() {
    // every frame adds 1 to what its callee returned: 5 frames
    let (outcome, deepest) = tower(4, 1 << 40);
    assert_eq!(
        (outcome, deepest),
        (Outcome::Success(Bytes::copy_from_slice(&5u32.to_le_bytes())), 4)
    );
}

#[test]
fn as_many_programs_nest_as_the_evm_allows() {
    on_deep_stack(|| {
        // 63/64 a level: much ink at the top
        let (outcome, deepest) = tower(EVM_DEPTH, u64::MAX);
        assert!(matches!(outcome, Outcome::Success(_)), "{outcome:?}");
        assert_eq!(deepest, EVM_DEPTH);
    });
}

#[test]
fn a_trap_in_a_nested_program_leaves_its_caller_alone() {
    struct Caller<'a> {
        callee: &'a CompiledProgram,
        chain: Chain,
    }
    impl EvmApi for Caller<'_> {
        fn call(
            &mut self,
            _: CallKind,
            _: Address,
            _: &[u8],
            gas_left: Gas,
            _: Gas,
            _: U256,
        ) -> CallResult {
            let ink = gas_left * 9_000;
            let (outcome, _) =
                self.callee.run(&[], &frame(51), &StylusParams::new(51), ink, &mut self.chain);
            assert!(matches!(outcome, Outcome::Failure(_)), "{outcome:?}");
            CallResult { success: false, data: Bytes::new(), cost: 1 }
        }
        everything_but_calls!();
    }
    let trapping = super::vm::compile(&super::vm::body("unreachable"), 2);
    let caller = super::vm::compile(RECURSIVE, 2);
    let mut chain = Caller { callee: &trapping, chain: Chain::default() };
    let (outcome, _) = caller.run(&[0; 4], &frame(51), &StylusParams::new(51), 1 << 40, &mut chain);
    assert_eq!(outcome, Outcome::Success(Bytes::copy_from_slice(&1u32.to_le_bytes())));
}

#[test]
fn programs_run_on_many_threads_at_once() {
    let program = super::vm::compile(RECURSIVE, 2);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let mut tower = Tower {
                        program: &program,
                        chain: Chain::default(),
                        depth: 0,
                        deepest: 0,
                        limit: 3,
                    };
                    assert!(matches!(tower.run(1 << 40).0, Outcome::Success(_)));
                }
            });
        }
    });
}
