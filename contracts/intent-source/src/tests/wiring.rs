use alloy_sol_types::SolInterface;
use interfaces::intents::IIntentSource::{
    IIntentSourceCalls, publishAndFund_1Call, publishAndFundFor_1Call, versionCall,
};
use stylus_sdk::abi::Router;

use super::*;

#[test]
fn the_constructor_puts_the_vault_implementation_at_the_first_child() {
    let chain = chain();
    assert_eq!(chain.code_size(implementation()), 1);
    assert_eq!(chain.code_size(hash::create_address(SOURCE, 2)), 0);
}

#[test]
fn the_constructor_runs_only_once() {
    let chain = chain_with_alias(TOKEN);
    assert_eq!(construct(&chain, b"vault", OTHER_TOKEN), Err(vec![]));
    // and the alias is still the first one
    let intent = intent_rewarding(1, &[(OTHER_TOKEN, 1)]);
    publish(&chain, &intent).unwrap();
}

#[test]
fn a_failing_creation_fails_the_constructor() {
    let chain = Chain::new(1, 1);
    chain.set_program(SOURCE, Chain::contract::<IntentSource>());
    assert_eq!(construct(&chain, b"nothing like a vault", Address::ZERO), Err(vec![]));
    // and does not spoil the next attempt
    chain.set_init_code(b"vault", Chain::contract::<Vault>());
    assert_eq!(construct(&chain, b"vault", Address::ZERO), Ok(vec![]));
}

#[test]
fn the_constructor_insists_on_the_first_child() {
    let chain = Chain::new(1, 1);
    chain.set_program(SOURCE, Chain::contract::<IntentSource>());
    chain.set_init_code(b"vault", Chain::contract::<Vault>());
    chain.set_nonce(SOURCE, 2);
    assert_eq!(construct(&chain, b"vault", Address::ZERO), Err(vec![]));
}

#[test]
fn value_sent_to_the_constructor_is_refused() {
    let chain = Chain::new(1, 1);
    chain.set_program(SOURCE, Chain::contract::<IntentSource>());
    chain.set_init_code(b"vault", Chain::contract::<Vault>());
    chain.set_balance(CREATOR, U256::ONE);
    let arguments = [&[0x55, 0x85, 0x25, 0x8d][..], &[0; 96]].concat();
    assert_eq!(chain.transact(CREATOR, SOURCE, U256::ONE, &arguments), Err(vec![]));
}

#[test]
fn plain_transfers_and_unknown_calls_revert_without_data() {
    let chain = chain();
    for data in [&[][..], &[1, 2, 3], &[0xde, 0xad, 0xbe, 0xef]] {
        for value in [U256::ZERO, U256::ONE] {
            assert_eq!(chain.transact(STRANGER, SOURCE, value, data), Err(vec![]));
        }
    }
}

/// Whether the router knows a call of that selector, sent with `value` and arguments of zeros.
fn answers(selector: [u8; 4], value: U256) -> bool {
    chain().run(SOURCE, STRANGER, value, |chain| {
        let mut source = IntentSource::from(chain);
        IntentSource::route(&mut source, u32::from_be_bytes(selector), &[0; 512]).is_some()
    })
}

#[test]
fn every_function_of_the_interface_is_answered_and_no_other() {
    for selector in IIntentSourceCalls::selectors() {
        assert!(answers(selector, U256::ZERO), "{selector:?}");
    }
    for selector in [[0; 4], [0xff; 4], [0xde, 0xad, 0xbe, 0xef]] {
        assert!(!answers(selector, U256::ZERO), "{selector:?}");
    }
}

#[test]
fn only_the_fund_family_takes_value() {
    let payable = [
        fundCall::SELECTOR,
        fundForCall::SELECTOR,
        publishAndFund_0Call::SELECTOR,
        publishAndFund_1Call::SELECTOR,
        publishAndFundFor_0Call::SELECTOR,
        publishAndFundFor_1Call::SELECTOR,
    ];
    for selector in IIntentSourceCalls::selectors() {
        assert_eq!(answers(selector, U256::ONE), payable.contains(&selector), "{selector:?}");
    }
}

#[test]
fn the_version_is_the_protocols() {
    let output = chain().transact(STRANGER, SOURCE, U256::ZERO, &versionCall {}.abi_encode());
    assert_eq!(output, Ok("2.10.0".abi_encode()));
}
