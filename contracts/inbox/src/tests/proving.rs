//! `prove` and `fulfillAndProve`. Spec: intents.md §4.4.

use super::*;

#[test]
fn a_proof_carries_chain_id_hashes_and_claimants_to_the_prover() {
    let world = world();
    let (a, b) = (world.fulfilled(1), world.fulfilled(2));
    // when a stranger proves both, one of them twice, with some value
    let output = world.send(STRANGER, 12, &prove_call(&[a, b, a], &[0xc0, 0xff, 0xee]));
    // then the prover is told who asked, and gets all the value
    assert_eq!(output, Ok(vec![]));
    let proofs = [
        &CHAIN_ID.to_be_bytes()[..],
        &a[..],
        &CLAIMANT[..],
        &b[..],
        &CLAIMANT[..],
        &a[..],
        &CLAIMANT[..],
    ];
    let expected = IProver::proveCall {
        sender: STRANGER,
        sourceChainDomainID: SOURCE,
        encodedProofs: proofs.concat().into(),
        data: Bytes::from_static(&[0xc0, 0xff, 0xee]),
    };
    let calls = world.calls_to(PROVER);
    let [call] = calls.as_slice() else { panic!("one call: {calls:?}") };
    assert_eq!((call.value, &call.data), (U256::from(12), &expected.abi_encode()));
    assert_eq!((world.balance(PROVER), world.balance(PORTAL)), (12, 0));
    // and there is an event for each
    let events: Vec<_> = world.chain.take_logs().iter().map(|log| log.decode()).collect();
    let proven = |hash| Some(IntentProven { intentHash: hash, claimant: CLAIMANT });
    assert_eq!(events, [proven(a), proven(b), proven(a)]);
}

#[test]
fn an_empty_list_makes_an_eight_byte_message() {
    let world = world();
    world.send(STRANGER, 0, &prove_call(&[], &[])).unwrap();
    let call =
        IProver::proveCall::abi_decode_validate(&world.calls_to(PROVER).remove(0).data).unwrap();
    assert_eq!(call.encodedProofs[..], CHAIN_ID.to_be_bytes());
}

#[test]
fn an_intent_that_nobody_fulfilled_spoils_the_batch() {
    let world = world();
    let (known, unknown) = (world.fulfilled(1), B256::repeat_byte(9));
    let error = IntentNotFulfilled { intentHash: unknown };
    world.assert_reverts(5, &prove_call(&[known, unknown], &[]), &error);
    assert_eq!(world.calls_to(PROVER), []);
}

#[test]
fn a_prover_without_code_makes_an_empty_revert() {
    let world = world();
    let call = proveCall { prover: CODELESS, ..prove_call(&[], &[]) };
    assert_eq!(world.send(SOLVER, 5, &call), Err(vec![]));
    assert_eq!(world.balance(SOLVER), 1000);
}

#[test]
fn what_the_prover_reverts_with_is_passed_on() {
    let world = world();
    let hash = world.fulfilled(1);
    world.chain.set_answer(PROVER, Err(vec![1, 2, 3]));
    assert_eq!(world.send(SOLVER, 5, &prove_call(&[hash], &[])), Err(vec![1, 2, 3]));
    assert_eq!(world.chain.take_logs(), []);
}

#[test]
fn only_the_value_of_the_call_goes_to_the_prover() {
    let world = world();
    world.chain.set_balance(PORTAL, U256::from(5));
    world.send(STRANGER, 1, &prove_call(&[], &[])).unwrap();
    assert_eq!((world.balance(PROVER), world.balance(PORTAL)), (1, 5));
}

#[test]
fn proving_from_inside_of_proving_is_refused() {
    // given a prover that calls the Portal back, and is told what came of it
    for (again, is_refused) in [
        (prove_call(&[], &[]).abi_encode(), true),
        (fulfill_and_prove_call(&bare_route(), &[]).abi_encode(), true),
        (fulfill_call(&bare_route()).abi_encode(), false),
    ] {
        let world = world();
        let outcome = Rc::new(RefCell::new(None));
        let told = outcome.clone();
        let back: Program = Rc::new(move |chain, _| {
            let outcome = chain.call(PORTAL, U256::ZERO, &again);
            told.replace(Some(outcome));
            Ok(vec![])
        });
        world.chain.set_program(PROVER, back);
        // when somebody proves
        world.send(SOLVER, 0, &prove_call(&[], &[])).unwrap();
        // then the nested proof was refused, and nothing else was
        let refused = Some(Err(ReentrancyGuardReentrantCall {}.abi_encode()));
        assert_eq!(*outcome.borrow() == refused, is_refused);
        assert_eq!(world.claimant(hash_of(&bare_route())).is_zero(), is_refused);
    }
}

#[test]
fn one_transaction_may_prove_twice_in_a_row_even_after_a_failure() {
    let world = world();
    let (good, bad) = (prove_call(&[], &[]), prove_call(&[B256::ZERO], &[]));
    let (good, bad) = (good.abi_encode(), bad.abi_encode());
    let batch: Program = Rc::new(move |chain, _| {
        let outcomes =
            [&good, &bad, &good, &good].map(|data| chain.call(PORTAL, U256::ZERO, data).is_ok());
        assert_eq!(outcomes, [true, false, true, true]);
        Ok(vec![])
    });
    world.chain.set_program(STRANGER, batch);
    world.chain.transact(SOLVER, STRANGER, U256::ZERO, &[]).unwrap();
    assert_eq!(world.calls_to(PROVER).len(), 3);
}

#[test]
fn fulfilling_and_proving_sends_the_excess_to_the_prover() {
    let world = world();
    let results = vec![Bytes::from_static(b"done")].abi_encode();
    world.chain.set_answer(world.executor, Ok(results.clone()));
    let output = world.send(SOLVER, 20, &fulfill_and_prove_call(&route(), &[0x12, 0x34]));
    assert_eq!(output, Ok(results));
    let intent_hash = hash_of(&route());
    let proofs = [&CHAIN_ID.to_be_bytes()[..], &intent_hash[..], &CLAIMANT[..]];
    let expected = IProver::proveCall {
        sender: SOLVER,
        sourceChainDomainID: SOURCE,
        encodedProofs: proofs.concat().into(),
        data: Bytes::from_static(&[0x12, 0x34]),
    };
    let call = world.calls_to(PROVER).remove(0);
    assert_eq!((call.value, call.data), (U256::from(13), expected.abi_encode()));
    assert_eq!((world.balance(SOLVER), world.balance(world.executor)), (980, 7));
    assert_eq!((world.balance(PROVER), world.balance(PORTAL)), (13, 0));
    let logs = world.chain.take_logs();
    let [fulfilled, proven] = logs.as_slice() else { panic!("two events: {logs:?}") };
    assert_eq!(
        fulfilled.decode(),
        Some(IntentFulfilled { intentHash: intent_hash, claimant: CLAIMANT })
    );
    assert_eq!(proven.decode(), Some(IntentProven { intentHash: intent_hash, claimant: CLAIMANT }));
}

#[test]
fn a_failing_proof_undoes_the_fulfilment() {
    let world = world();
    world.chain.set_answer(PROVER, Err(vec![4]));
    let call = fulfill_and_prove_call(&route(), &[]);
    assert_eq!(world.send(SOLVER, 20, &call), Err(vec![4]));
    assert_eq!(world.claimant(hash_of(&route())), B256::ZERO);
    assert_eq!(world.balance(SOLVER), 1000);
}

#[test]
fn a_route_may_prove_while_it_is_fulfilled_and_proven() {
    let world = world();
    let (program, outcome) = executor_that_calls(prove_call(&[], &[]).abi_encode());
    world.chain.set_program(world.executor, program);
    world.send(SOLVER, 7, &fulfill_and_prove_call(&route(), &[])).unwrap();
    assert_eq!(*outcome.borrow(), Some(Ok(vec![])));
}
