//! The constructor, the whitelist and the domain map.

use interfaces::intents::{
    DomainConfig,
    IMetaProver::{
        ChainIdMismatch, DomainRegistered, DomainsSealed, InvalidDomainConfig, MIN_GAS_LIMITCall,
        NotDeployer, RouterCannotBeZeroAddress, WhitelistSizeExceeded, ZeroPortal,
        chainIdByDomainCall, configureDomainsCall, getWhitelistCall, getWhitelistSizeCall,
        isWhitelistedCall, sealDomainsCall,
    },
};

use super::*;

fn configure(pairs: &[(u64, u64)]) -> configureDomainsCall {
    let configs =
        pairs.iter().map(|(domain, chain_id)| DomainConfig { domain: *domain, chainId: *chain_id });
    configureDomainsCall { configs: configs.collect() }
}

fn construct(router: Address, portal: Address, provers: usize) -> ArbResult {
    let provers = vec![REMOTE; provers];
    send(&chain(), DEPLOYER, 0, &constructor(router, portal, provers, U256::ZERO))
}

#[test]
fn the_constructor_checks_portal_then_whitelist_then_router() {
    let zero = Address::ZERO;
    let exceeded = reverts(WhitelistSizeExceeded { size: U256::from(21), maxSize: U256::from(20) });
    assert_eq!(construct(zero, zero, 21), Err(reverts(ZeroPortal {})));
    assert_eq!(construct(zero, PORTAL, 21), Err(exceeded));
    assert_eq!(construct(zero, PORTAL, 20), Err(reverts(RouterCannotBeZeroAddress {})));
    assert_eq!(construct(ROUTER, PORTAL, 20), Ok(vec![]));
}

#[test]
fn the_constructor_runs_once() {
    let chain = prover();
    let calldata = constructor(STRANGER, STRANGER, vec![B256::repeat_byte(1)], U256::ZERO);
    assert_eq!(send(&chain, STRANGER, 0, &calldata), Err(vec![]));
    assert_eq!(call(&chain, STRANGER, &IMetaProver::ROUTERCall {}), Ok(ROUTER));
    assert_eq!(call(&chain, STRANGER, &IMetaProver::PORTALCall {}), Ok(PORTAL));
}

#[test]
fn the_constructor_takes_no_value() {
    let calldata = constructor(ROUTER, PORTAL, vec![], U256::ZERO);
    assert_eq!(send(&chain(), DEPLOYER, 1, &calldata), Err(vec![]));
}

#[test]
fn the_floor_is_never_below_200_000_and_keeps_any_higher_value() {
    let marks = [u64::MAX - 1, u64::MAX].map(U256::from);
    let floors = [0, 1, 199_999, 200_000, 200_001].map(U256::from).into_iter().chain(marks);
    for floor in floors.chain([U256::from(u64::MAX) + U256::ONE, U256::MAX]) {
        let chain = chain();
        send(&chain, DEPLOYER, 0, &constructor(ROUTER, PORTAL, vec![], floor)).unwrap();
        let expected = floor.max(U256::from(200_000));
        assert_eq!(call(&chain, STRANGER, &MIN_GAS_LIMITCall {}), Ok(expected));
    }
}

#[test]
fn the_whitelist_keeps_order_and_duplicates() {
    let provers = vec![B256::repeat_byte(2), REMOTE, B256::repeat_byte(2), B256::ZERO];
    let chain = prover_with(provers.clone(), 0);
    assert_eq!(call(&chain, STRANGER, &getWhitelistCall {}), Ok(provers));
    assert_eq!(call(&chain, STRANGER, &getWhitelistSizeCall {}), Ok(U256::from(4)));
}

#[test]
fn zero_is_never_whitelisted() {
    let chain = prover_with(vec![B256::ZERO, REMOTE], 0);
    let listed = |prover| call(&chain, STRANGER, &isWhitelistedCall { prover });
    assert_eq!(listed(B256::ZERO), Ok(false));
    assert_eq!(listed(REMOTE), Ok(true));
    assert_eq!(listed(B256::repeat_byte(1)), Ok(false));
}

#[test]
fn a_registered_domain_speaks_for_its_chain_and_for_no_other() {
    // given domain 1001 registered for chain 412346
    let chain = prover();
    call(&chain, DEPLOYER, &configure(&[(1001, 412_346), (1002, 412_347)])).unwrap();
    let registered = |domain, chain_id| DomainRegistered { domain, chainId: chain_id };
    let logs = chain.take_logs();
    let expected = [registered(1001, 412_346), registered(1002, 412_347)];
    assert_eq!(events::<DomainRegistered>(&logs), expected);
    let domain_of = |domain| call(&chain, STRANGER, &chainIdByDomainCall { domain });
    assert_eq!((domain_of(1001), domain_of(1002)), (Ok(412_346), Ok(412_347)));
    assert_eq!(domain_of(1003), Ok(0));
    // then its own number, and the other's chain, are refused
    for actual in [1001, 412_347] {
        let refused = call(&chain, ROUTER, &handle(1001, REMOTE, message(actual, &[])));
        let mismatch = ChainIdMismatch { domain: 1001, expected: 412_346, actual };
        assert_eq!(refused.err(), Some(reverts(mismatch)));
    }
    call(&chain, ROUTER, &handle(1001, REMOTE, message(412_346, &[]))).unwrap();
    // and a domain that is not registered speaks for its own number alone
    call(&chain, ROUTER, &handle(10, REMOTE, message(10, &[]))).unwrap();
    let refused = call(&chain, ROUTER, &handle(10, REMOTE, message(412_346, &[])));
    let mismatch = ChainIdMismatch { domain: 10, expected: 10, actual: 412_346 };
    assert_eq!(refused.err(), Some(reverts(mismatch)));
}

#[test]
fn a_refused_proof_is_delivered_again_after_its_domain_is_registered() {
    let chain = prover();
    let proof = handle(1001, REMOTE, message(412_346, &[(INTENT, ALICE.into_word())]));
    call(&chain, ROUTER, &proof).unwrap_err();
    call(&chain, DEPLOYER, &configure(&[(1001, 412_346)])).unwrap();
    call(&chain, ROUTER, &proof).unwrap();
    assert_eq!(proven(&chain, INTENT), ProofData { claimant: ALICE, destination: 412_346 });
}

#[test]
fn bad_pairs_are_refused_with_the_first_of_them() {
    for (pairs, (domain, chain_id)) in [
        (&[(0, 1)][..], (0, 1)),
        (&[(1, 0)], (1, 0)),
        (&[(1, 5), (1, 6)], (1, 6)),
        (&[(1, 5), (2, 5)], (2, 5)),
        (&[(1, 5), (2, 6), (3, 7), (2, 8), (0, 0)], (2, 8)),
    ] {
        let chain = prover();
        let refused = call(&chain, DEPLOYER, &configure(pairs));
        let expected = InvalidDomainConfig { domain, chainId: chain_id };
        assert_eq!(refused.err(), Some(reverts(expected)));
        // and nothing is sealed by the attempt
        call(&chain, DEPLOYER, &configure(&[(1, 5)])).unwrap();
    }
}

#[test]
fn a_domain_may_be_another_domains_chain_id() {
    let chain = prover();
    call(&chain, DEPLOYER, &configure(&[(1, 2), (2, 1)])).unwrap();
}

#[test]
fn only_the_deployer_configures_and_only_once() {
    let chain = prover();
    let not_deployer = Some(reverts(NotDeployer { caller: STRANGER }));
    assert_eq!(call(&chain, STRANGER, &configure(&[(1, 2)])).err(), not_deployer);
    assert_eq!(call(&chain, STRANGER, &sealDomainsCall {}).err(), not_deployer);
    call(&chain, DEPLOYER, &configure(&[(1, 2)])).unwrap();
    let sealed = Some(reverts(DomainsSealed {}));
    assert_eq!(call(&chain, DEPLOYER, &configure(&[(3, 4)])).err(), sealed);
    assert_eq!(call(&chain, DEPLOYER, &sealDomainsCall {}).err(), sealed);
    assert_eq!(call(&chain, STRANGER, &sealDomainsCall {}).err(), not_deployer);
}

#[test]
fn a_sealed_map_stays_empty() {
    let chain = prover();
    call(&chain, DEPLOYER, &sealDomainsCall {}).unwrap();
    let refused = call(&chain, DEPLOYER, &configure(&[(1, 2)]));
    assert_eq!(refused.err(), Some(reverts(DomainsSealed {})));
    // and sealing touched nothing else that shares its slot
    assert_eq!(call(&chain, STRANGER, &IMetaProver::ROUTERCall {}), Ok(ROUTER));
    assert_eq!(call(&chain, STRANGER, &MIN_GAS_LIMITCall {}), Ok(U256::from(200_000)));
    assert_eq!(call(&chain, STRANGER, &getWhitelistSizeCall {}), Ok(U256::from(1)));
}

#[test]
fn the_deployer_is_the_origin_of_the_transaction_and_not_the_factory() {
    // given a prover that a factory constructed
    let chain = chain();
    let factory = Address::repeat_byte(0xfa);
    chain.set_program(
        factory,
        std::rc::Rc::new(|chain, calldata| chain.call(PROVER, U256::ZERO, calldata)),
    );
    let calldata = constructor(ROUTER, PORTAL, vec![], U256::ZERO);
    chain.transact(DEPLOYER, factory, U256::ZERO, &calldata).unwrap();
    // then the account behind it configures
    call(&chain, DEPLOYER, &configure(&[(1, 2)])).unwrap();
}
