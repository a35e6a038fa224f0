//! Calls of every function of all eleven programs, run natively on a chain in memory.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::LazyLock;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolConstructor};
use executor::Executor;
use inbox::Inbox;
use intent_source::IntentSource;
use interfaces::hyperlane::IMailbox;
use interfaces::intents::{IInbox, IIntentSource, IMetaProver, IPortal};
use interfaces::metalayer::{
    IMetalayerIsm, IMetalayerMultisigIsm, IMetalayerReadAggregationIsm, IMetalayerReadIsm,
    IMetalayerRouter,
};
use interfaces::{Args, ChainId, hash, proxy};
use meta_prover::MetaProver;
use metalayer_ism::MetalayerIsm;
use metalayer_multisig_ism::MetalayerMultisigIsm;
use metalayer_read_aggregation_ism::MetalayerReadAggregationIsm;
use metalayer_read_ism::MetalayerReadIsm;
use metalayer_router::MetalayerRouter;
use portal::Portal;
use reference::{Abi, Function, decode};
use stylus_sdk::abi::CONSTRUCTOR_SELECTOR;
use stylus_sdk::stylus_core::UnsafeCallAccess;
use support::testing::{Behaviour, Chain, Program};
use vault::Vault;

use crate::calldata::Shape;

// Addresses of one byte, which mutation can write.
const THIS: Address = Address::with_last_byte(0x10);
const TOKEN: Address = Address::with_last_byte(0x11);
const PROVER: Address = Address::with_last_byte(0x12);
const OWNER: Address = Address::with_last_byte(0x13);
const ANYBODY: Address = Address::with_last_byte(0x14);
const MAILBOX: Address = Address::with_last_byte(0x15);
const ROUTER: Address = Address::with_last_byte(0x16);
const MODULE: Address = Address::with_last_byte(0x17);
const ISM: Address = Address::with_last_byte(0x18);
const REMOTE: Address = Address::with_last_byte(0x19);
const TARGET: Address = Address::with_last_byte(0x1a);
const ONLOOKER: Address = Address::with_last_byte(0x1b);

const CHAIN_ID: u64 = 7;
const LOCAL_DOMAIN: u32 = 1;
const REMOTE_DOMAIN: u32 = 2;
/// Deadlines of one byte lie on both sides.
const NOW: u64 = 100;
const ETHER: u64 = 1_000_000_000_000_000_000;
/// Frames of one program on top of each other.
const DEPTH: usize = 32;
/// Calls of one input.
const CALLS: usize = 4;

/// A program, and how its world is made.
struct Contract {
    abi: Abi,
    world: fn() -> World,
}

/// A chain with a program on it.
struct World {
    chain: Chain,
    address: Address,
    /// Who calls.
    callers: [Address; 4],
    /// Stands behind the arguments of every call.
    suffix: Vec<u8>,
}

macro_rules! contracts {
    ($($file:literal => $world:ident,)*) => {
        static CONTRACTS: LazyLock<Vec<Contract>> = LazyLock::new(|| vec![$(
            Contract {
                abi: Abi::parse(include_str!(concat!("../../../interfaces/abi/", $file, ".json"))),
                world: $world,
            },
        )*]);
    };
}

contracts! {
    "Portal" => portal_world,
    "IntentSource" => intent_source_world,
    "Inbox" => inbox_world,
    "Vault" => vault_world,
    "Executor" => executor_world,
    "MetaProver" => prover_world,
    "MetalayerRouter" => router_world,
    "MetalayerIsm" => ism_world,
    "MetalayerMultisigIsm" => multisig_world,
    "MetalayerReadIsm" => read_ism_world,
    "MetalayerReadAggregationIsm" => aggregation_world,
}

/// How many functions each program has, in the order in which inputs number them: for who writes inputs.
pub static FUNCTIONS_OF: LazyLock<Vec<usize>> =
    LazyLock::new(|| CONTRACTS.iter().map(|contract| contract.abi.functions.len()).collect());

/// Up to four calls of one program in one world. None of them panics; what the reference decoder refuses, unknown
/// selectors, and value for a function that takes none revert without data; and a view runs alike in a static frame,
/// where a write would be an error.
///
/// The first byte names the program; each call is a function, a caller with value or none, a form, a length of two
/// bytes, and as many bytes: arguments, or, when the form is odd, a [`Shape`] of them. The last number of a function is
/// none: then the bytes are the calldata.
pub fn entry_points(data: &[u8]) {
    let Some((contract, mut data)) = data.split_first() else { return };
    let contract = &CONTRACTS[usize::from(*contract) % CONTRACTS.len()];
    let world = (contract.world)();
    for _ in 0..CALLS {
        let Some(([function, who, form, high, low], rest)) = data.split_first_chunk() else {
            return;
        };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let (input, rest) = rest.split_at(length.min(rest.len()));
        data = rest;
        let value = U256::from(who >> 4 & 3);
        let from = world.callers[usize::from(*who) % world.callers.len()];
        let functions = &contract.abi.functions;
        match functions.get(usize::from(*function) % (functions.len() + 1)) {
            Some(function) => world.call(function, from, value, *form, input),
            None => world.call_raw(&contract.abi, from, value, input),
        }
    }
}

impl World {
    fn call(&self, function: &Function, from: Address, value: U256, form: u8, input: &[u8]) {
        let mut arguments = match form & 1 {
            0 => input.to_vec(),
            _ => Shape(input).arguments(&function.inputs),
        };
        if form & 2 != 0 {
            name_the_intent(&mut arguments);
        }
        let data = [&function.selector[..], &arguments, &self.suffix].concat();
        let outcome = self.chain.transact(from, self.address, value, &data);
        let refused = !function.payable && !value.is_zero();
        if refused || decode(&function.inputs, &data[4..]).is_none() {
            assert_eq!(outcome, Err(Vec::new()), "{} is malformed", function.signature);
        } else if function.view {
            let again = self.look(&data);
            assert_eq!(again, outcome.is_ok(), "{} changes nothing", function.signature);
        }
    }

    fn call_raw(&self, abi: &Abi, from: Address, value: U256, data: &[u8]) {
        let outcome = self.chain.transact(from, self.address, value, data);
        let Some(selector) = data.first_chunk::<4>() else {
            assert!(outcome == Err(Vec::new()) || data.is_empty() && abi.receives, "no selector");
            return;
        };
        let is_known = abi.functions.iter().any(|function| function.selector == *selector);
        if !is_known && u32::from_be_bytes(*selector) != CONSTRUCTOR_SELECTOR {
            assert_eq!(outcome, Err(Vec::new()), "an unknown selector");
        }
    }

    /// Whether a call succeeds in a static frame.
    fn look(&self, data: &[u8]) -> bool {
        let outcome = Rc::new(Cell::new(false));
        let (seen, to, calldata) = (outcome.clone(), self.address, data.to_vec());
        let look: Program = Rc::new(move |chain, _| {
            let mut length = 0;
            // SAFETY: an address of 20 bytes, and data of that length.
            let status = unsafe {
                chain.static_call_contract(
                    to.as_ptr(),
                    calldata.as_ptr(),
                    calldata.len(),
                    u64::MAX,
                    &mut length,
                )
            };
            seen.set(status == 0);
            Ok(Vec::new())
        });
        self.chain.set_program(ONLOOKER, look);
        let _seen = self.chain.transact(ANYBODY, ONLOOKER, U256::ZERO, &[]);
        outcome.get()
    }
}

/// Puts the hash of the intent in front, where `fulfill` and `fulfillAndProve` want it: no mutation would find it.
fn name_the_intent(arguments: &mut [u8]) {
    let args = Args(arguments);
    let Some((route, reward_hash)) = args.route(1).zip(args.word(2)) else { return };
    let intent = hash::intent_hash(ChainId(CHAIN_ID), route.hash(), reward_hash);
    if let Some(word) = arguments.first_chunk_mut() {
        *word = intent.0;
    }
}

/// A program that may enter itself only so often. On a chain gas and 1,024 frames end such a loop, which an owner can
/// tie who makes a module forward to itself; here the stack would end first.
fn bounded(program: Program) -> Program {
    let depth = Cell::new(0);
    Rc::new(move |chain, data| {
        if depth.get() == DEPTH {
            return Err(Vec::new());
        }
        depth.set(depth.get() + 1);
        let outcome = program(chain, data);
        depth.set(depth.get() - 1);
        outcome
    })
}

fn chain() -> Chain {
    let chain = Chain::new(CHAIN_ID, NOW);
    for account in [OWNER, ANYBODY, MAILBOX, ROUTER, PROVER, THIS] {
        chain.set_balance(account, U256::from(ETHER));
    }
    chain.set_token(TOKEN, Behaviour::Honest);
    for owner in [OWNER, ANYBODY] {
        chain.mint(TOKEN, owner, 1_000);
        chain.approve(TOKEN, owner, THIS, 1_000);
    }
    // Proves every intent for whoever is at 0x14.
    chain.set_answer(PROVER, Ok([word(0x14), word(CHAIN_ID)].concat()));
    chain.set_answer(TARGET, Ok(b"answer".to_vec()));
    chain.set_answer(ROUTER, Ok(word(5)));
    chain.set_answer(MODULE, Ok(word(1)));
    chain.set_answer(ISM, Ok(word(0x17)));
    let mailbox: Program = Rc::new(|_, data| {
        let is_domain = data.starts_with(&IMailbox::localDomainCall::SELECTOR);
        Ok(word(if is_domain { LOCAL_DOMAIN.into() } else { 5 }))
    });
    chain.set_program(MAILBOX, mailbox);
    chain.set_init_code(b"vault", Chain::contract::<Vault>());
    chain.set_init_code(b"executor", Chain::contract::<Executor>());
    let implementation = hash::create_address(THIS, hash::VAULT_NONCE);
    let over = proxy::init_code(implementation);
    chain.set_init_code(&over, Chain::proxy(implementation));
    chain
}

fn word(number: u64) -> Vec<u8> {
    U256::from(number).to_be_bytes_vec()
}

/// A program at [`THIS`], constructed, and set up by its owner.
fn world(program: Program, arguments: &[u8], settings: &[Vec<u8>]) -> World {
    let chain = chain();
    chain.set_program(THIS, bounded(program));
    let construct = [&CONSTRUCTOR_SELECTOR.to_be_bytes()[..], arguments].concat();
    chain.transact(ANYBODY, THIS, U256::ZERO, &construct).expect("it is constructed");
    for setting in settings {
        chain.transact(OWNER, THIS, U256::ZERO, setting).expect("its owner sets it up");
    }
    World { chain, address: THIS, callers: [ANYBODY, OWNER, MAILBOX, ROUTER], suffix: Vec::new() }
}

fn portal_world() -> World {
    let arguments = IPortal::constructorCall {
        vaultInitCode: b"vault".into(),
        executorInitCode: b"executor".into(),
        nativeErc20: Address::ZERO,
    };
    world(Chain::contract::<Portal>(), &arguments.abi_encode(), &[])
}

fn intent_source_world() -> World {
    let arguments = IIntentSource::constructorCall {
        vaultInitCode: b"vault".into(),
        nativeErc20: Address::with_last_byte(0x77),
    };
    world(Chain::contract::<IntentSource>(), &arguments.abi_encode(), &[])
}

fn inbox_world() -> World {
    let arguments = IInbox::constructorCall { executorInitCode: b"executor".into() };
    let program = Chain::contract::<Inbox>();
    let chain = chain();
    // An empty account stands in for the vault implementation.
    chain.set_init_code(&[], Rc::new(|_, _| Ok(Vec::new())));
    chain.set_program(THIS, bounded(program));
    let construct = [&CONSTRUCTOR_SELECTOR.to_be_bytes()[..], &arguments.abi_encode()].concat();
    chain.transact(ANYBODY, THIS, U256::ZERO, &construct).expect("it is constructed");
    let callers = [ANYBODY, OWNER, MAILBOX, ROUTER];
    World { chain, address: THIS, callers, suffix: Vec::new() }
}

/// The vault of one intent, behind its proxy; its Portal calls, too.
fn vault_world() -> World {
    let chain = chain();
    let implementation = hash::create_address(THIS, hash::VAULT_NONCE);
    let intent = B256::repeat_byte(0x11);
    let vault = hash::vault_address(THIS, intent, proxy::init_code_hash(implementation));
    chain.set_program(implementation, Chain::contract::<Vault>());
    chain.set_program(vault, Chain::proxy(implementation));
    chain.set_balance(vault, U256::from(100));
    chain.mint(TOKEN, vault, 100);
    World { chain, address: vault, callers: [THIS, THIS, THIS, ANYBODY], suffix: intent.to_vec() }
}

fn executor_world() -> World {
    let chain = chain();
    let address = hash::create_address(THIS, hash::EXECUTOR_NONCE);
    chain.set_program(address, Chain::contract::<Executor>());
    World { chain, address, callers: [THIS, THIS, THIS, ANYBODY], suffix: Vec::new() }
}

fn prover_world() -> World {
    let arguments = IMetaProver::constructorCall {
        router: ROUTER,
        portal: OWNER,
        provers: vec![REMOTE.into_word()],
        minGasLimit: U256::ZERO,
    };
    world(Chain::contract::<MetaProver>(), &arguments.abi_encode(), &[])
}

fn router_world() -> World {
    let arguments =
        IMetalayerRouter::constructorCall { mailbox: MAILBOX, owner: OWNER, igp: MODULE, ism: ISM };
    let router = REMOTE.into_word();
    let settings = [
        IMetalayerRouter::enrollRemoteRouterCall { domain: REMOTE_DOMAIN, router }.abi_encode(),
        IMetalayerRouter::setIsmCall { ism: ISM, readIsm: MODULE }.abi_encode(),
    ];
    world(Chain::contract::<MetalayerRouter>(), &arguments.abi_encode(), &settings)
}

fn ism_world() -> World {
    let arguments = IMetalayerIsm::constructorCall { owner: OWNER };
    // Mutation makes a Metalayer message of zeros first: its lane is INSTANT, its Hyperlane origin 2.
    let lane = IMetalayerIsm::setModuleCall { origin: REMOTE_DOMAIN, finality: 0, module: MODULE };
    let together = IMetalayerIsm::setReadAggregationCall { readAggregation: MODULE };
    let settings = [lane.abi_encode(), together.abi_encode()];
    world(Chain::contract::<MetalayerIsm>(), &arguments.abi_encode(), &settings)
}

fn multisig_world() -> World {
    let arguments = IMetalayerMultisigIsm::constructorCall { owner: OWNER };
    let set = IMetalayerMultisigIsm::setValidatorsAndThresholdCall {
        origin: REMOTE_DOMAIN,
        validators: vec![OWNER, ANYBODY],
        threshold: 1,
    };
    let settings = [set.abi_encode()];
    world(Chain::contract::<MetalayerMultisigIsm>(), &arguments.abi_encode(), &settings)
}

fn read_ism_world() -> World {
    let arguments = IMetalayerReadIsm::constructorCall {
        mailbox: MAILBOX,
        owner: OWNER,
        router: ROUTER,
        attestors: vec![OWNER, ANYBODY],
        threshold: 1,
        urls: vec!["https://gateway.example.org".into()],
    };
    world(Chain::contract::<MetalayerReadIsm>(), &arguments.abi_encode(), &[])
}

fn aggregation_world() -> World {
    let arguments =
        IMetalayerReadAggregationIsm::constructorCall { metalayerIsm: ISM, readIsm: MODULE };
    world(Chain::contract::<MetalayerReadAggregationIsm>(), &arguments.abi_encode(), &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_world_answers_its_functions() {
        for contract in CONTRACTS.iter() {
            let world = (contract.world)();
            for function in &contract.abi.functions {
                world.call(function, world.callers[0], U256::ZERO, 3, &[0; 64]);
            }
        }
    }

    #[test]
    fn a_module_that_forwards_to_itself_comes_to_an_end() {
        let world = ism_world();
        let itself =
            IMetalayerIsm::setModuleCall { origin: REMOTE_DOMAIN, finality: 0, module: THIS };
        world.chain.transact(OWNER, THIS, U256::ZERO, &itself.abi_encode()).expect("it may");
        let mut message = vec![0; 77 + 82];
        message[8] = REMOTE_DOMAIN as u8;
        let verify =
            IMetalayerIsm::verifyCall { metadata: Default::default(), message: message.into() };
        let outcome = world.chain.transact(ANYBODY, THIS, U256::ZERO, &verify.abi_encode());
        assert_eq!(outcome, Err(Vec::new()));
    }

    #[test]
    fn a_view_that_writes_would_be_seen() {
        let world = router_world();
        let pause = IMetalayerRouter::setPausedCall { paused: true }.abi_encode();
        assert!(world.look(&IMetalayerRouter::pausedCall {}.abi_encode()));
        // Whoever looks must own the router, or it is refused for another reason.
        let offer = IMetalayerRouter::transferOwnershipCall { newOwner: ONLOOKER }.abi_encode();
        world.chain.transact(OWNER, THIS, U256::ZERO, &offer).expect("the owner offers");
        let accept = IMetalayerRouter::acceptOwnershipCall {}.abi_encode();
        world.chain.transact(ONLOOKER, THIS, U256::ZERO, &accept).expect("the onlooker takes it");
        assert!(!world.look(&pause));
        world.chain.transact(ONLOOKER, THIS, U256::ZERO, &pause).expect("it may pause");
    }
}
