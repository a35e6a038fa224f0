//! Views, selectors, construction, and calldata that no encoder made. Spec: intents.md §1.3, §4.1.

use super::*;

#[test]
fn the_executor_is_the_second_account_the_inbox_created() {
    let world = world();
    let output = world.send(STRANGER, 0, &executorCall {}).unwrap();
    assert_eq!(output, PORTAL.create(2).abi_encode());
}

#[test]
fn views_refuse_value() {
    let world = world();
    assert_eq!(world.send(SOLVER, 1, &executorCall {}), Err(vec![]));
    assert_eq!(world.send(SOLVER, 1, &claimantsCall { intentHash: B256::ZERO }), Err(vec![]));
}

#[test]
fn native_and_unknown_calls_are_refused_without_data() {
    let world = world();
    for (value, data) in
        [(1, vec![]), (0, vec![]), (0, vec![1]), (0, vec![1, 2, 3]), (0, vec![0xde; 4])]
    {
        assert_eq!(world.chain.transact(SOLVER, PORTAL, U256::from(value), &data), Err(vec![]));
    }
}

#[test]
fn it_answers_every_selector_of_its_interface_and_no_other() {
    let world = world();
    world.chain.run(PORTAL, SOLVER, U256::ZERO, |chain| {
        let mut inbox = Inbox::from(chain);
        let mut route = |selector: [u8; 4]| {
            Inbox::route(&mut inbox, u32::from_be_bytes(selector), &[0; 512]).is_some()
        };
        assert!(IInboxCalls::selectors().all(&mut route));
        assert!(![[0; 4], [0xff; 4], [0x55, 0x85, 0x25, 0x8d]].into_iter().any(route));
    });
}

/// `constructor(bytes executorInitCode)`.
fn construction(executor_init_code: &[u8]) -> Vec<u8> {
    [
        &[0x55, 0x85, 0x25, 0x8d][..],
        &(Bytes::copy_from_slice(executor_init_code),).abi_encode_params(),
    ]
    .concat()
}

#[test]
fn the_constructor_creates_the_executor_where_it_is_expected() {
    // given an Inbox whose Executor does not exist
    let chain = Chain::new(CHAIN_ID, NOW);
    chain.set_program(PORTAL, Chain::contract::<Inbox>());
    chain.set_init_code(&[], Rc::new(|_, _| Ok(vec![])));
    chain.set_init_code(b"executor", Rc::new(|_, _| Ok(Vec::<Bytes>::new().abi_encode())));
    // when it is constructed
    let construct = |code| chain.transact(STRANGER, PORTAL, U256::ZERO, &construction(code));
    assert_eq!(construct(b"executor"), Ok(vec![]));
    // then it fulfils
    let fulfil = fulfill_call(&bare_route()).abi_encode();
    chain.transact(SOLVER, PORTAL, U256::ZERO, &fulfil).unwrap();
    // and it cannot be constructed again
    assert_eq!(construct(b"executor"), Err(vec![]));
}

#[test]
fn a_construction_that_fails_or_brings_value_reverts() {
    let chain = Chain::new(CHAIN_ID, NOW);
    chain.set_program(PORTAL, Chain::contract::<Inbox>());
    chain.set_init_code(&[], Rc::new(|_, _| Ok(vec![])));
    chain.set_init_code(b"executor", Rc::new(|_, _| Ok(vec![])));
    chain.set_balance(STRANGER, U256::from(1));
    let construct = |value, data: &[u8]| chain.transact(STRANGER, PORTAL, U256::from(value), data);
    assert_eq!(construct(0, &construction(b"no such code")), Err(vec![]));
    assert_eq!(construct(1, &construction(b"executor")), Err(vec![]));
    assert_eq!(construct(0, &construction(b"executor")[..4]), Err(vec![]));
    assert_eq!(construct(0, &construction(b"executor")), Ok(vec![]));
}

prop_compose! {
    fn any_leg()(token in any::<[u8; 20]>(), amount in any::<[u8; 32]>()) -> TokenAmount {
        TokenAmount { token: token.into(), amount: U256::from_be_bytes(amount) }
    }
}

prop_compose! {
    fn any_call()(target in any::<[u8; 20]>(), data in any::<Vec<u8>>(), value in any::<[u8; 32]>()) -> Call {
        Call { target: target.into(), data: data.into(), value: U256::from_be_bytes(value) }
    }
}

prop_compose! {
    /// A route for the Inbox that may be fulfilled now.
    fn any_route()(
        salt in any::<[u8; 32]>(),
        deadline in NOW..,
        native in 0..1000_u64,
        tokens in prop::collection::vec(any_leg(), 0..4),
        calls in prop::collection::vec(any_call(), 0..4),
    ) -> Route {
        Route { salt: salt.into(), deadline, portal: PORTAL, nativeAmount: U256::from(native), tokens, calls }
    }
}

proptest! {
    #[test]
    fn any_route_is_fulfilled_and_its_calls_reach_the_executor_whole(route in any_route(), excess in 0..100_u64) {
        let world = world();
        world.chain.set_balance(SOLVER, U256::from(2000));
        for leg in &route.tokens {
            world.chain.set_answer(leg.token, Ok(vec![]));
        }
        let native: u64 = route.nativeAmount.to();
        world.send(SOLVER, native + excess, &fulfill_call(&route)).unwrap();
        let call = world.calls_to(world.executor).remove(0);
        assert_eq!(call.value, route.nativeAmount);
        assert_eq!(call.data, IExecutor::executeCall { calls: route.calls }.abi_encode());
        assert_eq!((world.balance(SOLVER), world.balance(PORTAL)), (2000 - native, 0));
    }

    #[test]
    fn a_call_cut_anywhere_reverts_without_data(
        route in any_route(),
        hashes in prop::collection::vec(any::<[u8; 32]>(), 0..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let world = world();
        let hashes: Vec<_> = hashes.into_iter().map(B256::from).collect();
        // What lies last is read whole: data of a length without padding.
        for whole in [
            fulfill_and_prove_call(&route, &[7; 32]).abi_encode(),
            prove_call(&hashes, &[7; 64]).abi_encode(),
            claimantsCall { intentHash: REWARD_HASH }.abi_encode(),
            construction(&[7; 32]),
        ] {
            let cut = whole.get(..cut.index(whole.len())).unwrap();
            assert_eq!(world.chain.transact(SOLVER, PORTAL, U256::ZERO, cut), Err(vec![]));
        }
    }

    #[test]
    fn garbage_never_traps(garbage in any::<Vec<u8>>(), words in prop::collection::vec(0..600_u64, 0..40)) {
        let world = world();
        // Words that look like offsets and lengths go further into a decoder than bytes at random.
        let words: Vec<u8> = words.into_iter().flat_map(|word| U256::from(word).to_be_bytes::<32>()).collect();
        for selector in IInboxCalls::selectors() {
            for tail in [&garbage, &words] {
                let data = [&selector[..], tail].concat();
                let _any_outcome = world.chain.transact(SOLVER, PORTAL, U256::from(1), &data);
            }
        }
    }
}
