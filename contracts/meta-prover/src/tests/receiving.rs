//! `handle` and `challengeIntentProof`.

use interfaces::{
    hash::intent_hash,
    intents::{
        IMetaProver::{
            ChainIdMismatch, InvalidProofMessage, NotWhitelisted, SenderCannotBeZeroAddress,
            UnauthorizedSender, ZeroDomainID,
        },
        IProver::{
            ArrayLengthMismatch, IntentAlreadyProven, IntentProofInvalidated, IntentProven,
            challengeIntentProofCall,
        },
    },
};

use super::*;

#[test]
fn a_proof_is_recorded_with_its_claimant_and_chain() {
    let chain = prover();
    call(&chain, ROUTER, &handle(ORIGIN, REMOTE, proof_for(ALICE))).unwrap();
    assert_eq!(proven(&chain, INTENT), ProofData { claimant: ALICE, destination: 10 });
    let logs = chain.take_logs();
    assert_eq!(logs.len(), 1);
    let expected = IntentProven { intentHash: INTENT, claimant: ALICE, destination: 10 };
    assert_eq!(events::<IntentProven>(&logs), [expected]);
}

#[test]
fn the_first_proof_of_an_intent_wins() {
    // given an intent proven for Alice
    let chain = prover();
    call(&chain, ROUTER, &handle(ORIGIN, REMOTE, proof_for(ALICE))).unwrap();
    chain.take_logs();
    // when a second message names Mallory
    call(&chain, ROUTER, &handle(ORIGIN, REMOTE, proof_for(MALLORY))).unwrap();
    // then Alice keeps the claim
    assert_eq!(proven(&chain, INTENT).claimant, ALICE);
    let logs = chain.take_logs();
    assert_eq!(events::<IntentAlreadyProven>(&logs), [IntentAlreadyProven { intentHash: INTENT }]);
    assert_eq!(logs.len(), 1);
}

#[test]
fn a_proof_from_the_highest_chain_id_is_packed_without_loss() {
    let chain = prover();
    let configs = vec![interfaces::intents::DomainConfig { domain: 10, chainId: u64::MAX }];
    call(&chain, DEPLOYER, &IMetaProver::configureDomainsCall { configs }).unwrap();
    let claimant = Address::repeat_byte(0xff);
    let body = message(u64::MAX, &[(INTENT, claimant.into_word())]);
    call(&chain, ROUTER, &handle(10, REMOTE, body)).unwrap();
    assert_eq!(proven(&chain, INTENT), ProofData { claimant, destination: u64::MAX });
}

#[test]
fn bad_claimants_are_skipped_and_the_rest_of_the_batch_is_kept() {
    let chain = prover();
    let (first, second) = (B256::repeat_byte(1), B256::repeat_byte(2));
    let mut other_vm = ALICE.into_word();
    other_vm.0[11] = 1;
    let body = message(10, &[(first, other_vm), (second, B256::ZERO), (INTENT, ALICE.into_word())]);
    call(&chain, ROUTER, &handle(ORIGIN, REMOTE, body)).unwrap();
    assert_eq!(proven(&chain, first).claimant, Address::ZERO);
    assert_eq!(proven(&chain, second).claimant, Address::ZERO);
    assert_eq!(proven(&chain, INTENT).claimant, ALICE);
    assert_eq!(chain.take_logs().len(), 1);
}

#[test]
fn checks_are_made_in_the_order_of_the_page() {
    let chain = prover();
    let stranger = B256::repeat_byte(9);
    // Each call breaks its own rule and all later ones; `message` says 11 where the origin is 10.
    let (short, wrong_chain) = (vec![0; 7], message(11, &[])[..].to_vec());
    let odd = [message(11, &[]), vec![1]].concat();
    let good_chain_odd = [message(10, &[]), vec![1]].concat();
    let cases = [
        (
            STRANGER,
            handle(0, B256::ZERO, short.clone()),
            reverts(UnauthorizedSender { expected: ROUTER, actual: STRANGER }),
        ),
        (ROUTER, handle(0, B256::ZERO, short.clone()), reverts(ZeroDomainID {})),
        (ROUTER, handle(10, B256::ZERO, short.clone()), reverts(SenderCannotBeZeroAddress {})),
        (ROUTER, handle(10, stranger, short.clone()), reverts(NotWhitelisted { sender: stranger })),
        (ROUTER, handle(10, REMOTE, short), reverts(InvalidProofMessage {})),
        (
            ROUTER,
            handle(10, REMOTE, odd),
            reverts(ChainIdMismatch { domain: 10, expected: 10, actual: 11 }),
        ),
        (ROUTER, handle(10, REMOTE, good_chain_odd), reverts(ArrayLengthMismatch {})),
    ];
    for (caller, call_data, expected) in cases {
        assert_eq!(call(&chain, caller, &call_data).err(), Some(expected));
    }
    let mismatch = reverts(ChainIdMismatch { domain: 10, expected: 10, actual: 11 });
    assert_eq!(call(&chain, ROUTER, &handle(10, REMOTE, wrong_chain)).err(), Some(mismatch));
}

#[test]
fn a_bad_length_stores_nothing() {
    let chain = prover();
    let body = [proof_for(ALICE), vec![0; 32]].concat();
    call(&chain, ROUTER, &handle(ORIGIN, REMOTE, body)).unwrap_err();
    assert_eq!(proven(&chain, INTENT).claimant, Address::ZERO);
}

#[test]
fn a_batch_has_no_limit_of_its_own() {
    // given more pairs than the largest message of a router holds
    let chain = prover();
    let pairs: Vec<_> =
        (1..=600_u64).map(|n| (B256::from(U256::from(n)), ALICE.into_word())).collect();
    // when they come at once, then all are recorded
    call(&chain, ROUTER, &handle(ORIGIN, REMOTE, message(10, &pairs))).unwrap();
    let recorded = events::<IntentProven>(&chain.take_logs());
    assert!(recorded.iter().map(|event| event.intentHash).eq(pairs.iter().map(|pair| pair.0)));
    assert_eq!(proven(&chain, pairs[599].0), ProofData { claimant: ALICE, destination: 10 });
}

#[test]
fn nobody_is_believed_when_the_whitelist_is_empty() {
    let chain = prover_with(vec![], 0);
    let refused = call(&chain, ROUTER, &handle(ORIGIN, REMOTE, proof_for(ALICE)));
    assert_eq!(refused.err(), Some(reverts(NotWhitelisted { sender: REMOTE })));
}

#[test]
fn value_sent_along_stays_in_the_prover() {
    let chain = prover();
    let calldata = handle(ORIGIN, REMOTE, proof_for(ALICE)).abi_encode();
    send(&chain, ROUTER, 7, &calldata).unwrap();
    assert_eq!(stylus_sdk::stylus_core::AccountAccess::balance(&chain, PROVER), U256::from(7));
}

#[test]
fn reads_and_their_results_are_ignored_but_must_be_well_formed() {
    let chain = prover();
    let mut with_reads = handle(ORIGIN, REMOTE, proof_for(ALICE));
    let read = interfaces::metalayer::ReadOperation {
        domain: 1,
        target: ALICE,
        callData: vec![1, 2, 3].into(),
    };
    with_reads.reads = vec![read.clone(), read];
    with_reads.readResults = vec![vec![4; 40].into()];
    let mut calldata = with_reads.abi_encode();
    send(&chain, ROUTER, 0, &calldata).unwrap();
    assert_eq!(proven(&chain, INTENT).claimant, ALICE);
    // The fifth word of the head is the offset of the results.
    calldata[4 + 4 * 32] = 1;
    assert_eq!(send(&chain, ROUTER, 0, &calldata), Err(vec![]));
}

#[test]
fn a_proof_from_another_chain_can_be_removed_and_the_right_one_delivered() {
    // given an intent for chain 10, and a proof of it that came from chain 11
    let chain = prover();
    let (route, reward) = (B256::repeat_byte(3), B256::repeat_byte(4));
    let hash = intent_hash(interfaces::ChainId(10), route, reward);
    let wrong = message(11, &[(hash, MALLORY.into_word())]);
    call(&chain, ROUTER, &handle(11, REMOTE, wrong)).unwrap();
    chain.take_logs();
    // when anyone challenges it
    let challenge =
        challengeIntentProofCall { destination: 10, routeHash: route, rewardHash: reward };
    call(&chain, STRANGER, &challenge).unwrap();
    // then it is gone, and the right chain's proof is accepted
    let logs = chain.take_logs();
    let expected = IntentProofInvalidated { intentHash: hash };
    assert_eq!(events::<IntentProofInvalidated>(&logs), [expected]);
    assert_eq!(proven(&chain, hash), ProofData { claimant: Address::ZERO, destination: 0 });
    let right = message(10, &[(hash, ALICE.into_word())]);
    call(&chain, ROUTER, &handle(10, REMOTE, right)).unwrap();
    // and a good proof survives any challenge
    call(&chain, STRANGER, &challenge).unwrap();
    assert_eq!(proven(&chain, hash), ProofData { claimant: ALICE, destination: 10 });
}

#[test]
fn challenging_an_unproven_intent_does_nothing() {
    let chain = prover();
    let challenge =
        challengeIntentProofCall { destination: 10, routeHash: INTENT, rewardHash: INTENT };
    call(&chain, STRANGER, &challenge).unwrap();
    assert!(chain.take_logs().is_empty());
}
