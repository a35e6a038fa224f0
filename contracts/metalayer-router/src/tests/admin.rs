//! Initialisation, ownership, registry, limits, switches.

use interfaces::metalayer::IMetalayerRouter::{
    AlreadyInitialized, FinalityEnabled, GasLimitTooHigh, HookSet, IgpSet, InvalidFinality,
    InvalidRecipient, IsmSet, LengthMismatch, LimitsSet, LoopbackDomain, MessageTooLarge,
    OwnableUnauthorizedAccount, OwnershipTransferStarted, OwnershipTransferred, PausedSet,
    ReadGasSet, RemoteRouterSet, RouterNotEnrolled, TooManyReads, ZeroAddress, ZeroDomain,
    acceptOwnershipCall, domainsCall, enrollRemoteRouterCall, enrollRemoteRoutersCall,
    initializeCall, routerAddressesCall, routersCall, setFinalityEnabledCall, setHookCall,
    setIgpCall, setIsmCall, setLimitsCall, setPausedCall, setReadGasCall, transferOwnershipCall,
    unenrollRemoteRouterCall,
};

use super::*;

fn initialize(mailbox: Address, owner: Address) -> Vec<u8> {
    initializeCall { mailbox, owner, igp: IGP, ism: ISM }.abi_encode()
}

fn domains(chain: &Chain) -> Vec<u32> {
    let mut domains = call(chain, STRANGER, &domainsCall {}).unwrap();
    domains.sort();
    domains
}

#[test]
fn constructor_and_initialize_do_the_same_once() {
    for first in [constructor(MAILBOX, OWNER), initialize(MAILBOX, OWNER)] {
        let chain = chain();
        send(&chain, STRANGER, 0, &first).unwrap();
        let logs = chain.take_logs();
        let owned = OwnershipTransferred { previousOwner: Address::ZERO, newOwner: OWNER };
        assert_eq!(events::<OwnershipTransferred>(&logs), [owned]);
        assert_eq!(events::<IgpSet>(&logs), [IgpSet { igp: IGP }]);
        assert_eq!(events::<IsmSet>(&logs), [IsmSet { ism: ISM, readIsm: Address::ZERO }]);
        let seen = (
            call(&chain, STRANGER, &IMetalayerRouter::mailboxCall {}).unwrap(),
            call(&chain, STRANGER, &IMetalayerRouter::localDomainCall {}).unwrap(),
            call(&chain, STRANGER, &IMetalayerRouter::ownerCall {}).unwrap(),
            call(&chain, STRANGER, &IMetalayerRouter::igpCall {}).unwrap(),
            call(&chain, STRANGER, &IMetalayerRouter::interchainSecurityModuleCall {}).unwrap(),
        );
        assert_eq!(seen, (MAILBOX, LOCAL_DOMAIN, OWNER, IGP, ISM));
        assert_eq!(call(&chain, STRANGER, &IMetalayerRouter::pausedCall {}), Ok(false));
        for second in [constructor(MAILBOX, STRANGER), initialize(MAILBOX, STRANGER)] {
            let refused = send(&chain, STRANGER, 0, &second);
            assert_eq!(refused, Err(reverts(AlreadyInitialized {})));
        }
    }
}

#[test]
fn initialisation_refuses_what_would_never_work() {
    let chain = chain();
    for set_up in [constructor as fn(Address, Address) -> Vec<u8>, initialize] {
        let zero = Err(reverts(ZeroAddress {}));
        assert_eq!(send(&chain, OWNER, 0, &set_up(Address::ZERO, OWNER)), zero);
        assert_eq!(send(&chain, OWNER, 0, &set_up(MAILBOX, Address::ZERO)), zero);
        assert_eq!(send(&chain, OWNER, 1, &set_up(MAILBOX, OWNER)), Err(vec![]));
        // no Mailbox there, or one that answers nonsense, as in Solidity
        assert_eq!(send(&chain, OWNER, 0, &set_up(STRANGER, OWNER)), Err(vec![]));
        for answer in [vec![0; 31], U256::from(1u64 << 32).to_be_bytes_vec()] {
            chain.set_answer(MAILBOX, Ok(answer));
            assert_eq!(send(&chain, OWNER, 0, &set_up(MAILBOX, OWNER)), Err(vec![]));
        }
        chain.set_answer(MAILBOX, Err(b"broken".to_vec()));
        assert_eq!(send(&chain, OWNER, 0, &set_up(MAILBOX, OWNER)), Err(b"broken".to_vec()));
        chain.set_program(MAILBOX, mailbox(0));
        let refused = send(&chain, OWNER, 0, &set_up(MAILBOX, OWNER));
        assert_eq!(refused, Err(reverts(ZeroDomain {})));
        chain.set_program(MAILBOX, mailbox(LOCAL_DOMAIN));
    }
}

#[test]
fn only_the_owner_configures() {
    let chain = router();
    let zero = Address::ZERO;
    let calls = [
        enroll(5, REMOTE).abi_encode(),
        enrollRemoteRoutersCall { domains: vec![5], routers: vec![] }.abi_encode(),
        unenrollRemoteRouterCall { domain: 9 }.abi_encode(),
        setIsmCall { ism: zero, readIsm: zero }.abi_encode(),
        setHookCall { hook: zero }.abi_encode(),
        setIgpCall { igp: zero }.abi_encode(),
        setReadGasCall { base: U256::MAX, perRead: U256::MAX }.abi_encode(),
        setLimitsCall { maxReads: U256::MAX, maxBytes: U256::MAX, maxGas: U256::MAX }.abi_encode(),
        setFinalityEnabledCall { finality: 3, enabled: true }.abi_encode(),
        setPausedCall { paused: true }.abi_encode(),
        transferOwnershipCall { newOwner: STRANGER }.abi_encode(),
        acceptOwnershipCall {}.abi_encode(),
    ];
    let expected = reverts(OwnableUnauthorizedAccount { account: STRANGER });
    for calldata in calls {
        assert_eq!(send(&chain, STRANGER, 0, &calldata), Err(expected.clone()));
    }
    assert!(chain.take_logs().is_empty());
}

#[test]
fn ownership_passes_in_two_steps() {
    let chain = router();
    let owner = || call(&chain, STRANGER, &IMetalayerRouter::ownerCall {}).unwrap();
    let pending = || call(&chain, STRANGER, &IMetalayerRouter::pendingOwnerCall {}).unwrap();
    call(&chain, OWNER, &transferOwnershipCall { newOwner: STRANGER }).unwrap();
    assert_eq!((owner(), pending()), (OWNER, STRANGER));
    let refused = call(&chain, SENDER, &acceptOwnershipCall {}).err();
    assert_eq!(refused, Some(reverts(OwnableUnauthorizedAccount { account: SENDER })));
    call(&chain, STRANGER, &acceptOwnershipCall {}).unwrap();
    assert_eq!((owner(), pending()), (STRANGER, Address::ZERO));
    let refused = call(&chain, OWNER, &setPausedCall { paused: true }).err();
    assert_eq!(refused, Some(reverts(OwnableUnauthorizedAccount { account: OWNER })));
    let logs = chain.take_logs();
    let started = OwnershipTransferStarted { previousOwner: OWNER, newOwner: STRANGER };
    assert_eq!(events::<OwnershipTransferStarted>(&logs), [started]);
    let transferred = OwnershipTransferred { previousOwner: OWNER, newOwner: STRANGER };
    assert_eq!(events::<OwnershipTransferred>(&logs), [transferred]);
}

#[test]
fn an_offer_of_ownership_can_be_withdrawn() {
    let chain = router();
    call(&chain, OWNER, &transferOwnershipCall { newOwner: STRANGER }).unwrap();
    call(&chain, OWNER, &transferOwnershipCall { newOwner: Address::ZERO }).unwrap();
    let refused = call(&chain, STRANGER, &acceptOwnershipCall {}).err();
    assert_eq!(refused, Some(reverts(OwnableUnauthorizedAccount { account: STRANGER })));
}

#[test]
fn enrolment_refuses_what_is_no_remote_router() {
    let chain = router();
    let refused = |domain, router| {
        call(&chain, OWNER, &enrollRemoteRouterCall { domain, router }).expect_err("refused")
    };
    let good = REMOTE.into_word();
    let mut wide = good;
    wide.0[11] = 1;
    assert_eq!(refused(0, B256::ZERO), reverts(ZeroDomain {}));
    let loopback = reverts(LoopbackDomain { domain: LOCAL_DOMAIN });
    assert_eq!(refused(LOCAL_DOMAIN, B256::ZERO), loopback);
    assert_eq!(refused(5, B256::ZERO), reverts(InvalidRecipient { recipient: B256::ZERO }));
    assert_eq!(refused(5, wide), reverts(InvalidRecipient { recipient: wide }));
}

#[test]
fn the_registry_lists_each_domain_once_while_it_is_enrolled() {
    let chain = router();
    let at = |domain| call(&chain, STRANGER, &routerAddressesCall { domain }).unwrap();
    let word_at = |domain| call(&chain, STRANGER, &routersCall { domain }).unwrap();
    let remove = |domain| call(&chain, OWNER, &unenrollRemoteRouterCall { domain });
    let [a, b, c] = [1, 2, 3].map(Address::repeat_byte);
    // given three more, two of them in one call
    call(&chain, OWNER, &enroll(7, a)).unwrap();
    let many = enrollRemoteRoutersCall {
        domains: vec![8, 9],
        routers: vec![b.into_word(), c.into_word()],
    };
    call(&chain, OWNER, &many).unwrap();
    assert_eq!(domains(&chain), [7, 8, 9, REMOTE_DOMAIN]);
    assert_eq!((at(7), at(8), at(9), at(10)), (a, b, c, Address::ZERO));
    assert_eq!((word_at(7), word_at(10)), (a.into_word(), B256::ZERO));
    // when one is replaced
    call(&chain, OWNER, &enroll(8, c)).unwrap();
    assert_eq!((domains(&chain).len(), at(8)), (4, c));
    // then removing the first, the last and the only one keeps the list right
    for (removed, rest) in [(REMOTE_DOMAIN, &[7, 8, 9][..]), (8, &[7, 9]), (9, &[7]), (7, &[])] {
        remove(removed).unwrap();
        assert_eq!(domains(&chain), rest);
        assert_eq!(at(removed), Address::ZERO);
        assert!(rest.iter().all(|domain| !at(*domain).is_zero()));
        let refused = remove(removed).err();
        assert_eq!(refused, Some(reverts(RouterNotEnrolled { domain: removed })));
    }
    // and all can come back
    call(&chain, OWNER, &many).unwrap();
    assert_eq!(domains(&chain), [8, 9]);
}

#[test]
fn enrolment_is_announced() {
    let chain = router();
    let set = |domain, router: Address| RemoteRouterSet { domain, router: router.into_word() };
    call(&chain, OWNER, &enroll(7, SENDER)).unwrap();
    call(&chain, OWNER, &unenrollRemoteRouterCall { domain: 7 }).unwrap();
    let expected = [set(7, SENDER), set(7, Address::ZERO)];
    assert_eq!(events::<RemoteRouterSet>(&chain.take_logs()), expected);
}

#[test]
fn a_batch_of_enrolments_is_all_or_nothing() {
    let chain = router();
    let batch = |domains, routers| enrollRemoteRoutersCall { domains, routers };
    let word = SENDER.into_word();
    let refused = call(&chain, OWNER, &batch(vec![7, 8], vec![word])).err();
    assert_eq!(refused, Some(reverts(LengthMismatch {})));
    let refused = call(&chain, OWNER, &batch(vec![7, 0], vec![word, word])).err();
    assert_eq!(refused, Some(reverts(ZeroDomain {})));
    assert_eq!(domains(&chain), [REMOTE_DOMAIN]);
}

#[test]
fn settings_are_stored_and_announced_and_leave_their_neighbours_alone() {
    let chain = router();
    let [ism, read_ism, hook, igp] = [1, 2, 3, 4].map(Address::repeat_byte);
    call(&chain, OWNER, &setIsmCall { ism, readIsm: read_ism }).unwrap();
    call(&chain, OWNER, &setHookCall { hook }).unwrap();
    call(&chain, OWNER, &setIgpCall { igp }).unwrap();
    let (base, per_read) = (U256::from(u64::MAX), U256::from(5));
    call(&chain, OWNER, &setReadGasCall { base, perRead: per_read }).unwrap();
    let limits = setLimitsCall {
        maxReads: U256::from(16),
        maxBytes: U256::from(u32::MAX),
        maxGas: U256::from(u64::MAX),
    };
    call(&chain, OWNER, &limits).unwrap();
    call(&chain, OWNER, &setFinalityEnabledCall { finality: 2, enabled: true }).unwrap();
    call(&chain, OWNER, &setPausedCall { paused: true }).unwrap();

    let logs = chain.take_logs();
    assert_eq!(logs.len(), 7);
    assert_eq!(events::<IsmSet>(&logs), [IsmSet { ism, readIsm: read_ism }]);
    assert_eq!(events::<HookSet>(&logs), [HookSet { hook }]);
    assert_eq!(events::<IgpSet>(&logs), [IgpSet { igp }]);
    assert_eq!(events::<ReadGasSet>(&logs), [ReadGasSet { base, perRead: per_read }]);
    let set =
        LimitsSet { maxReads: limits.maxReads, maxBytes: limits.maxBytes, maxGas: limits.maxGas };
    assert_eq!(events::<LimitsSet>(&logs), [set]);
    let enabled = FinalityEnabled { finality: 2, enabled: true };
    assert_eq!(events::<FinalityEnabled>(&logs), [enabled]);
    assert_eq!(events::<PausedSet>(&logs), [PausedSet { paused: true }]);

    use IMetalayerRouter as R;
    assert_eq!(call(&chain, STRANGER, &R::interchainSecurityModuleCall {}), Ok(ism));
    assert_eq!(call(&chain, STRANGER, &R::readIsmCall {}), Ok(read_ism));
    assert_eq!(call(&chain, STRANGER, &R::hookCall {}), Ok(hook));
    assert_eq!(call(&chain, STRANGER, &R::igpCall {}), Ok(igp));
    assert_eq!(call(&chain, STRANGER, &R::pausedCall {}), Ok(true));
    assert_eq!(call(&chain, STRANGER, &R::mailboxCall {}), Ok(MAILBOX));
    assert_eq!(call(&chain, STRANGER, &R::localDomainCall {}), Ok(LOCAL_DOMAIN));
    assert_eq!(call(&chain, STRANGER, &R::nonceCall {}), Ok(0));
    // and the whole of the slots is what was set
    chain.run(ROUTER, STRANGER, U256::ZERO, |chain| {
        let router = MetalayerRouter::from(chain);
        let (core, sending) = (router.core.get(), router.sending.get());
        assert_eq!((core.finalities, core.max_reads), (7, 16));
        assert_eq!((sending.max_gas_limit, sending.max_message_bytes), (u64::MAX, u32::MAX));
        let read_gas = router.read_gas.get();
        assert_eq!((read_gas.base, read_gas.per_read), (u64::MAX, 5));
    });
}

#[test]
fn opening_or_closing_a_lane_twice_is_as_once_and_touches_no_other() {
    let chain = router();
    let set = |finality: u8, enabled: bool| {
        call(&chain, OWNER, &setFinalityEnabledCall { finality, enabled }).unwrap();
        let read = |chain: &Chain| MetalayerRouter::from(chain).core.get().finalities;
        chain.run(ROUTER, STRANGER, U256::ZERO, read)
    };
    for open in 0..8u8 {
        for finality in 0..3 {
            for enabled in [false, true] {
                // given any lanes that are open
                for lane in 0..3 {
                    set(lane, open >> lane & 1 == 1);
                }
                // then only the named one changes, and only once
                let bit = 1 << finality;
                let expected = if enabled { open | bit } else { open & !bit };
                assert_eq!([set(finality, enabled), set(finality, enabled)], [expected; 2]);
            }
        }
    }
}

#[test]
fn settings_beyond_their_range_are_refused() {
    let chain = router();
    let limits = |reads: u64, bytes: u64, gas| setLimitsCall {
        maxReads: U256::from(reads),
        maxBytes: U256::from(bytes),
        maxGas: gas,
    };
    let refused = |call_of: &setLimitsCall| call(&chain, OWNER, call_of).expect_err("refused");
    let (count, maximum) = (U256::from(17), U256::from(16));
    assert_eq!(refused(&limits(17, 1, U256::ONE)), reverts(TooManyReads { count, maximum }));
    // a number that would be small if it were cut to a byte
    let (count, maximum) = (U256::from(256), U256::from(16));
    assert_eq!(refused(&limits(256, 1, U256::ONE)), reverts(TooManyReads { count, maximum }));
    let (size, maximum) = (U256::from(1u64 << 32), U256::from(u32::MAX));
    let large = reverts(MessageTooLarge { size, maximum });
    assert_eq!(refused(&limits(1, 1 << 32, U256::ONE)), large);
    let (gas, maximum) = (U256::from(u64::MAX) + U256::ONE, U256::from(u64::MAX));
    let too_high = reverts(GasLimitTooHigh { gasLimit: gas, maximum });
    assert_eq!(refused(&limits(1, 1, gas)), too_high);
    for (base, per_read) in [(gas, U256::ZERO), (U256::ZERO, gas)] {
        let set = setReadGasCall { base, perRead: per_read };
        assert_eq!(call(&chain, OWNER, &set).err(), Some(too_high.clone()));
    }
    let set = setFinalityEnabledCall { finality: 3, enabled: true };
    let invalid = reverts(InvalidFinality { finality: 3 });
    assert_eq!(call(&chain, OWNER, &set).err(), Some(invalid));
}
