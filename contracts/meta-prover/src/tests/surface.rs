//! What the prover answers to, and how it takes what it does not understand.

use interfaces::intents::IMetaProver::{PROOF_TYPECall, supportsInterfaceCall, versionCall};
use proptest::prelude::*;

use super::*;

/// Every selector of the prover's interfaces.
fn selectors() -> Vec<[u8; 4]> {
    use alloy_sol_types::SolInterface;
    let own = IMetaProver::IMetaProverCalls::selectors();
    let base = IProver::IProverCalls::selectors();
    let recipient = IMetalayerRecipient::IMetalayerRecipientCalls::selectors();
    own.chain(base).chain(recipient).collect()
}

/// A well-formed call of every function.
fn calls() -> Vec<Vec<u8>> {
    let bytes = || vec![7; 40].into();
    let configs = vec![interfaces::intents::DomainConfig { domain: 1, chainId: 2 }];
    vec![
        handle(ORIGIN, REMOTE, proof_for(ALICE)).abi_encode(),
        IProver::proveCall {
            sender: SOLVER,
            sourceChainDomainID: 1,
            encodedProofs: bytes(),
            data: vec![1; 64].into(),
        }
        .abi_encode(),
        IProver::provenIntentsCall { intentHash: INTENT }.abi_encode(),
        IProver::getProofTypeCall {}.abi_encode(),
        IProver::challengeIntentProofCall { destination: 1, routeHash: INTENT, rewardHash: INTENT }
            .abi_encode(),
        IMetaProver::PORTALCall {}.abi_encode(),
        IMetaProver::ROUTERCall {}.abi_encode(),
        IMetaProver::MIN_GAS_LIMITCall {}.abi_encode(),
        PROOF_TYPECall {}.abi_encode(),
        IMetaProver::isWhitelistedCall { prover: REMOTE }.abi_encode(),
        IMetaProver::getWhitelistCall {}.abi_encode(),
        IMetaProver::getWhitelistSizeCall {}.abi_encode(),
        supportsInterfaceCall { interfaceId: [1, 2, 3, 4].into() }.abi_encode(),
        versionCall {}.abi_encode(),
        IMetaProver::chainIdByDomainCall { domain: 1 }.abi_encode(),
        IMetaProver::fetchFeeCall { domainID: 1, encodedProofs: bytes(), data: vec![1; 64].into() }
            .abi_encode(),
        IMetaProver::configureDomainsCall { configs }.abi_encode(),
        IMetaProver::sealDomainsCall {}.abi_encode(),
    ]
}

fn payable(calldata: &[u8]) -> bool {
    calldata.starts_with(&IProver::proveCall::SELECTOR)
        || calldata.starts_with(&IMetalayerRecipient::handleCall::SELECTOR)
}

/// A prover in which each of `calls` succeeds, sent by the right account.
fn open(calldata: &[u8]) -> (Chain, Address) {
    let chain = prover();
    set_fee(&chain, 0);
    let from = if calldata.starts_with(&IMetalayerRecipient::handleCall::SELECTOR) {
        ROUTER
    } else if calldata.starts_with(&IProver::proveCall::SELECTOR) {
        PORTAL
    } else {
        DEPLOYER
    };
    (chain, from)
}

#[test]
fn every_function_of_the_interfaces_is_answered() {
    let called: Vec<[u8; 4]> = calls().iter().map(|call| *call.first_chunk().unwrap()).collect();
    for selector in selectors() {
        assert!(called.contains(&selector), "no call of {}", hex::encode(selector));
    }
    assert_eq!(called.len(), selectors().len());
    for calldata in calls() {
        let (chain, from) = open(&calldata);
        assert!(send(&chain, from, 0, &calldata).is_ok(), "{}", hex::encode(&calldata[..4]));
    }
}

#[test]
fn everything_else_reverts_without_data() {
    let chain = prover();
    for calldata in [vec![], vec![1], vec![0xde, 0xad, 0xbe, 0xef], vec![0x54, 0xfd, 0x4d]] {
        assert_eq!(send(&chain, STRANGER, 0, &calldata), Err(vec![]));
        assert_eq!(send(&chain, STRANGER, 1, &calldata), Err(vec![]));
    }
}

#[test]
fn only_prove_and_handle_take_value() {
    for calldata in calls() {
        let (chain, from) = open(&calldata);
        let outcome = send(&chain, from, 1, &calldata);
        match payable(&calldata) {
            true => assert!(outcome.is_ok()),
            false => assert_eq!(outcome, Err(vec![])),
        }
    }
}

#[test]
fn a_call_cut_anywhere_reverts_without_data() {
    for calldata in calls() {
        // Padding behind the last argument is not required, as in Solidity; everything in front of it is.
        let needed = calldata.len().saturating_sub(31).max(4);
        let (chain, from) = open(&calldata);
        for length in 0..needed {
            assert_eq!(send(&chain, from, 0, &calldata[..length]), Err(vec![]), "{length}");
        }
    }
}

#[test]
fn an_address_with_dirty_upper_bytes_is_refused() {
    let (chain, from) = (prover(), PORTAL);
    set_fee(&chain, 0);
    let mut calldata = calls()[1].clone();
    send(&chain, from, 0, &calldata).unwrap();
    calldata[4] = 1;
    assert_eq!(send(&chain, from, 0, &calldata), Err(vec![]));
}

#[test]
fn the_prover_says_what_it_is() {
    let chain = prover();
    assert_eq!(call(&chain, STRANGER, &PROOF_TYPECall {}).unwrap(), "Meta");
    assert_eq!(call(&chain, STRANGER, &IProver::getProofTypeCall {}).unwrap(), "Meta");
    assert_eq!(call(&chain, STRANGER, &versionCall {}).unwrap(), "2.10.0");
    for (id, expected) in [
        (0x42c7_e0fe_u32, true),
        (0x01ff_c9a7, true),
        (0x54f1_0f0e, false),
        (0x7403_de90, false),
        (0xffff_ffff, false),
        (0, false),
    ] {
        let asked = supportsInterfaceCall { interfaceId: id.to_be_bytes().into() };
        assert_eq!(call(&chain, STRANGER, &asked), Ok(expected), "{id:08x}");
    }
    // The id of IProver is the exclusive or of its functions.
    let xor = IProver::IProverCalls::SELECTORS.iter().fold(0, |id, s| id ^ u32::from_be_bytes(*s));
    assert_eq!(xor, 0x42c7_e0fe);
}

proptest! {
    #[test]
    fn garbage_behind_any_selector_never_panics(
        index in 0..calls().len(),
        garbage in proptest::collection::vec(any::<u8>(), 0..400),
        words in proptest::collection::vec(0u64..400, 0..12),
    ) {
        let calldata = &calls()[index];
        let (chain, from) = open(calldata);
        let selector = &calldata[..4];
        let _any_outcome = send(&chain, from, 0, &[selector, &garbage].concat());
        // Small words are taken for offsets and lengths, and so lead deeper.
        let words: Vec<u8> =
            words.iter().flat_map(|word| U256::from(*word).to_be_bytes::<32>()).collect();
        let _any_outcome = send(&chain, from, 0, &[selector, &words, &garbage].concat());
    }
}
