//! Blocks with more than one transaction, which instant mining never makes.

use super::*;
use crate::genesis::{DEV_ACCOUNT, DEV_ACCOUNTS};
use crate::precompiles::ARB_WASM;
use crate::stylus::container;
use alloy::consensus::{Signed, TxLegacy};
use alloy_primitives::keccak256;

/// A transaction whose signature nobody checks.
fn transaction(nonce: u64, to: TxKind, value: U256, input: Bytes) -> TxEnvelope {
    let tx = TxLegacy {
        chain_id: None,
        nonce,
        gas_price: u128::from(INITIAL_BASE_FEE),
        gas_limit: 20_000_000,
        to,
        value,
        input,
    };
    TxEnvelope::Legacy(Signed::new_unhashed(tx, Signature::test_signature()))
}

/// A chain with an activated program of 64 bytes: its start costs 9,213 gas, 363 as a cached one.
fn chain_with_program(arbos_version: u64) -> (Chain, Address) {
    let config = Config { arbos_version, ..Config::default() };
    let mut chain = Chain::new(config, Arc::new(Engine::new(true)));
    let wasm = wat::parse_str(
        "(module (memory (export \"memory\") 1 1)
           (func (export \"user_entrypoint\") (param i32) (result i32) (i32.const 0)))",
    )
    .unwrap();
    let code = container::compress(&wasm).unwrap();
    let program = Address::repeat_byte(0x42);
    chain.set_code(program, code.into());
    let mut activate = keccak256("activateProgram(address)")[..4].to_vec();
    activate.extend(program.into_word());
    let fee = U256::from(10).pow(U256::from(16));
    let nonce = chain.latest().account(DEV_ACCOUNT).nonce;
    let activate = transaction(nonce, TxKind::Call(ARB_WASM), fee, activate.into());
    chain.mine(vec![(DEV_ACCOUNT, activate)]).unwrap();
    assert!(chain.head().transactions.last().unwrap().succeeded);
    (chain, program)
}

#[test]
fn a_program_used_by_an_earlier_transaction_of_the_block_starts_as_a_cached_one_from_arbos_60() {
    for (arbos_version, second) in [(59, 9_213), (60, 363)] {
        let (mut chain, program) = chain_with_program(arbos_version);
        let call = || transaction(0, TxKind::Call(program), U256::ZERO, Bytes::new());
        let sender = |place: usize| DEV_ACCOUNTS[place].address;
        chain.mine(vec![(sender(0), call()), (sender(1), call())]).unwrap();
        let used: Vec<u64> =
            chain.head().transactions.iter().skip(1).map(|tx| tx.gas_used - 21_001).collect();
        assert_eq!(used, [9_213, second], "ArbOS {arbos_version}");
        // The next block starts anew.
        chain.mine(vec![(sender(2), call())]).unwrap();
        assert_eq!(chain.head().transactions.last().unwrap().gas_used - 21_001, 9_213);
    }
}
