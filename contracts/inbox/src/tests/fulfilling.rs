//! `fulfill`. Spec: intents.md §4.2.

use super::*;

#[test]
fn a_fulfilment_moves_tokens_and_value_to_the_executor_and_names_the_claimant() {
    // given an Executor that answers something
    let world = world();
    let results = vec![Bytes::from_static(b"one"), Bytes::new()].abi_encode();
    world.chain.set_answer(world.executor, Ok(results.clone()));
    // when a solver fulfils
    let output = world.send(SOLVER, 7, &fulfill_call(&route()));
    // then its answer is passed on
    assert_eq!(output, Ok(results));
    // and the token was asked to pay the Executor, before the Executor got the calls and the value
    let pull = IERC20::transferFromCall { from: SOLVER, to: world.executor, value: U256::from(5) };
    let execute = IExecutor::executeCall { calls: route().calls };
    let made: Vec<_> = world
        .chain
        .take_calls()
        .into_iter()
        .map(|call| (call.to, call.value.to::<u64>(), call.data))
        .collect();
    assert_eq!(made, [(TOKEN, 0, pull.abi_encode()), (world.executor, 7, execute.abi_encode())]);
    assert_eq!(
        (world.balance(SOLVER), world.balance(world.executor), world.balance(PORTAL)),
        (993, 7, 0)
    );
    // and the claimant is known
    let intent_hash = hash_of(&route());
    let logs = world.chain.take_logs();
    let [log] = logs.as_slice() else { panic!("one event: {logs:?}") };
    assert_eq!(log.emitter, PORTAL);
    assert_eq!(log.decode(), Some(IntentFulfilled { intentHash: intent_hash, claimant: CLAIMANT }));
    assert_eq!(world.claimant(intent_hash), CLAIMANT);
}

#[test]
fn the_executor_gets_the_calls_in_their_canonical_encoding() {
    let world = world();
    let calls = |count: u8| {
        (0..count).map(|i| Call {
            target: Address::repeat_byte(i),
            data: vec![i; usize::from(i) * 17].into(),
            value: U256::from(i) << 200,
        })
    };
    for (tokens, count) in [(0, 0), (0, 1), (1, 0), (3, 2), (2, 5)] {
        let leg = TokenAmount { token: TOKEN, amount: U256::MAX };
        let route =
            Route { tokens: vec![leg; tokens], calls: calls(count).collect(), ..bare_route() };
        world.send(SOLVER, 0, &fulfill_call(&route)).unwrap();
        let execute = IExecutor::executeCall { calls: route.calls };
        assert_eq!(world.calls_to(world.executor).remove(0).data, execute.abi_encode());
    }
}

#[test]
fn fulfilment_ends_with_the_second_after_the_deadline() {
    let world = world();
    let route = Route { deadline: NOW, ..bare_route() };
    world.chain.set_timestamp(NOW + 1);
    world.assert_reverts(0, &fulfill_call(&route), &IntentExpired {});
    world.chain.set_timestamp(NOW);
    world.send(SOLVER, 0, &fulfill_call(&route)).unwrap();
}

#[test]
fn a_route_of_another_portal_is_refused() {
    let route = Route { portal: STRANGER, ..route() };
    world().assert_reverts(7, &fulfill_call(&route), &InvalidPortal { portal: STRANGER });
}

#[test]
fn a_hash_of_another_chain_route_or_reward_is_refused_and_named() {
    let world = world();
    let elsewhere = hash::intent_hash(ChainId(CHAIN_ID + 1), route().hash(), REWARD_HASH);
    let other_reward = hash::intent_hash(ChainId(CHAIN_ID), route().hash(), B256::ZERO);
    for expected in [elsewhere, other_reward, hash_of(&bare_route()), B256::ZERO] {
        let call = fulfillCall { intentHash: expected, ..fulfill_call(&route()) };
        world.assert_reverts(7, &call, &InvalidHash { expected });
    }
}

#[test]
fn the_first_fulfilment_is_the_only_one() {
    let world = world();
    world.send(SOLVER, 7, &fulfill_call(&route())).unwrap();
    let second = fulfillCall { claimant: B256::repeat_byte(0x66), ..fulfill_call(&route()) };
    let refused = world.send(STRANGER, 7, &second);
    let intent_hash = hash_of(&route());
    assert_eq!(refused, Err(IntentAlreadyFulfilled { intentHash: intent_hash }.abi_encode()));
    assert_eq!(world.claimant(intent_hash), CLAIMANT);
    assert_eq!(world.balance(STRANGER), 1000);
}

#[test]
fn a_zero_claimant_is_refused_and_one_of_another_vm_is_not() {
    let world = world();
    let nobody = fulfillCall { claimant: B256::ZERO, ..fulfill_call(&route()) };
    world.assert_reverts(7, &nobody, &ZeroClaimant {});
    let other_vm = fulfillCall { claimant: B256::repeat_byte(0xff), ..fulfill_call(&route()) };
    world.send(SOLVER, 7, &other_vm).unwrap();
    assert_eq!(world.claimant(hash_of(&route())), B256::repeat_byte(0xff));
}

#[test]
fn less_value_than_the_route_needs_is_refused() {
    let (sent, required) = (U256::from(6), U256::from(7));
    let error = InsufficientNativeAmount { sent, required };
    world().assert_reverts(6, &fulfill_call(&route()), &error);
}

#[test]
fn checks_are_made_in_the_order_of_the_peer() {
    let world = world();
    world.send(SOLVER, 0, &fulfill_call(&bare_route())).unwrap();
    let _quiet = (world.chain.take_logs(), world.chain.take_calls());
    // All wrong at once, then one thing after the other put right.
    let mut call = fulfillCall {
        intentHash: B256::ZERO,
        route: Route { deadline: NOW - 1, portal: STRANGER, ..route() },
        rewardHash: REWARD_HASH,
        claimant: B256::ZERO,
    };
    world.assert_reverts(6, &call, &IntentExpired {});
    call.route.deadline = NOW;
    world.assert_reverts(6, &call, &InvalidPortal { portal: STRANGER });
    call.route.portal = PORTAL;
    world.assert_reverts(6, &call, &InvalidHash { expected: B256::ZERO });
    let again = fulfillCall { claimant: B256::ZERO, ..fulfill_call(&bare_route()) };
    world.assert_reverts(6, &again, &IntentAlreadyFulfilled { intentHash: hash_of(&bare_route()) });
    call.intentHash = hash_of(&call.route);
    world.assert_reverts(6, &call, &ZeroClaimant {});
    call.claimant = CLAIMANT;
    let (sent, required) = (U256::from(6), U256::from(7));
    world.assert_reverts(6, &call, &InsufficientNativeAmount { sent, required });
    world.send(SOLVER, 7, &call).unwrap();
}

#[test]
fn every_token_is_asked_even_for_nothing() {
    let world = world();
    let leg = |amount| TokenAmount { token: TOKEN, amount: U256::from(amount) };
    let route = Route { tokens: vec![leg(0), leg(3), leg(3)], ..bare_route() };
    world.send(SOLVER, 0, &fulfill_call(&route)).unwrap();
    let amounts: Vec<_> = world
        .calls_to(TOKEN)
        .iter()
        .map(|call| IERC20::transferFromCall::abi_decode_validate(&call.data).unwrap().value)
        .collect();
    assert_eq!(amounts, [U256::ZERO, U256::from(3), U256::from(3)]);
}

#[test]
fn a_token_that_says_no_stops_the_fulfilment() {
    let world = world();
    for (answer, expected) in [
        (Ok(false.abi_encode()), SafeERC20FailedOperation { token: TOKEN }.abi_encode()),
        (Err(vec![0xde, 0xad]), vec![0xde, 0xad]),
        (Err(vec![]), FailedInnerCall {}.abi_encode()),
        (Ok(U256::from(2).abi_encode()), vec![]),
    ] {
        world.chain.set_answer(TOKEN, answer);
        assert_eq!(world.send(SOLVER, 7, &fulfill_call(&route())), Err(expected));
        assert_eq!(world.claimant(hash_of(&route())), B256::ZERO);
    }
}

#[test]
fn a_token_that_answers_nothing_is_believed_if_it_exists() {
    let world = world();
    world.chain.set_answer(TOKEN, Ok(vec![]));
    world.send(SOLVER, 7, &fulfill_call(&route())).unwrap();
    let leg = TokenAmount { token: CODELESS, amount: U256::from(5) };
    let route = Route { tokens: vec![leg], ..route() };
    world.chain.set_balance(SOLVER, U256::from(1000));
    let _quiet = world.chain.take_logs();
    world.assert_reverts(7, &fulfill_call(&route), &AddressEmptyCode { target: CODELESS });
}

#[test]
fn what_the_executor_reverts_with_is_passed_on() {
    let world = world();
    for reason in [vec![], vec![1, 2, 3], vec![0xee; 400]] {
        world.chain.set_answer(world.executor, Err(reason.clone()));
        assert_eq!(world.send(SOLVER, 7, &fulfill_call(&route())), Err(reason));
    }
    assert_eq!(world.balance(SOLVER), 1000);
    assert_eq!(world.claimant(hash_of(&route())), B256::ZERO);
}

#[test]
fn excess_value_goes_back_to_the_solver() {
    let world = world();
    world.send(SOLVER, 9, &fulfill_call(&route())).unwrap();
    assert_eq!((world.balance(SOLVER), world.balance(PORTAL)), (993, 0));
}

#[test]
fn exact_value_is_followed_by_no_refund() {
    let world = world();
    world.send(SOLVER, 7, &fulfill_call(&route())).unwrap();
    assert_eq!(world.calls_to(SOLVER), []);
}

#[test]
fn a_solver_that_refuses_its_change_has_fulfilled_all_the_same() {
    let world = world();
    world.chain.set_answer(SOLVER, Err(vec![]));
    world.send(SOLVER, 9, &fulfill_call(&route())).unwrap();
    assert_eq!(world.claimant(hash_of(&route())), CLAIMANT);
    assert_eq!((world.balance(SOLVER), world.balance(PORTAL)), (991, 2));
    // and nobody else can have it
    world.send(STRANGER, 3, &fulfill_call(&bare_route())).unwrap();
    assert_eq!((world.balance(STRANGER), world.balance(PORTAL)), (1000, 2));
}

#[test]
fn a_route_cannot_sweep_the_excess_of_its_solver() {
    // given routes that call a Portal function which passes value on
    let inner = fulfill_call(&bare_route()).abi_encode();
    let prove = prove_call(&[], &[]).abi_encode();
    for data in [inner, prove] {
        let world = world();
        let (program, outcome) = executor_that_calls(data);
        world.chain.set_program(world.executor, program);
        // when a solver sends more than the route needs
        world.send(SOLVER, 100, &fulfill_call(&route())).unwrap();
        // then the nested call succeeded and got nothing, and the solver has its change
        assert!(outcome.borrow().as_ref().is_some_and(Result::is_ok));
        assert_eq!((world.balance(world.executor), world.balance(PROVER)), (7, 0));
        assert_eq!((world.balance(SOLVER), world.balance(PORTAL)), (993, 0));
    }
}

#[test]
fn a_route_that_fulfils_its_own_intent_again_is_refused() {
    let world = world();
    let (program, outcome) = executor_that_calls(fulfill_call(&bare_route()).abi_encode());
    world.chain.set_program(world.executor, program);
    world.send(SOLVER, 0, &fulfill_call(&bare_route())).unwrap();
    let intent_hash = hash_of(&bare_route());
    let refused = IntentAlreadyFulfilled { intentHash: intent_hash }.abi_encode();
    assert_eq!(*outcome.borrow(), Some(Err(refused)));
}
