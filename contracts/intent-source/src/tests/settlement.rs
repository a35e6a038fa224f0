use std::cell::Cell;

use alloy_sol_types::SolError;
use interfaces::intents::{
    IIntentSource::{
        ArrayLengthMismatch, IntentNotClaimed, IntentRefunded, IntentWithdrawn, InvalidClaimant,
        InvalidStatusForRefund, InvalidStatusForWithdrawal, NotCreatorCaller,
    },
    IVault::NativeTransferFailed,
};

use super::*;

/// A chain with a funded intent of 100 native and 50 tokens.
fn funded() -> (Chain, Intent) {
    let (chain, intent) = (chain(), intent_rewarding(100, &[(TOKEN, 50)]));
    provide(&chain, TOKEN, 50);
    fund(&chain, &intent, 100, false).unwrap();
    chain.take_logs();
    (chain, intent)
}

fn refund_error(status: u8, now: u64) -> Vec<u8> {
    let (now, deadline) = (U256::from(now), U256::from(DEADLINE));
    InvalidStatusForRefund { status, now, deadline }.abi_encode()
}

#[test]
fn a_proven_claimant_is_paid_by_anyone() {
    // given a funded intent that somebody has fulfilled
    let (chain, intent) = funded();
    set_proof(&chain, CLAIMANT, DESTINATION);
    assert_eq!((native(&chain, CLAIMANT), tokens(&chain, CLAIMANT)), (0, 0));
    // when a stranger has it withdrawn
    assert_eq!(withdraw(&chain, &intent), Ok(vec![]));
    // then the claimant has it all
    assert_eq!((native(&chain, CLAIMANT), tokens(&chain, CLAIMANT)), (100, 50));
    assert_eq!((native(&chain, vault_of(&intent)), tokens(&chain, vault_of(&intent))), (0, 0));
    let event: IntentWithdrawn = only_event(&chain);
    assert_eq!(event, IntentWithdrawn { intentHash: hashes(&intent).intent, claimant: CLAIMANT });
    assert_eq!(status(&chain, &intent), 2);
}

#[test]
fn the_vault_is_deployed_where_it_was_predicted() {
    let (chain, intent) = funded();
    assert_eq!(chain.code_size(vault_of(&intent)), 0);
    set_proof(&chain, CLAIMANT, DESTINATION);
    withdraw(&chain, &intent).unwrap();
    assert_ne!(chain.code_size(vault_of(&intent)), 0);
    // and a second settlement uses it as it is
    chain.set_balance(vault_of(&intent), U256::from(5));
    refund(&chain, &intent).unwrap();
    assert_eq!(native(&chain, CREATOR), 1005);
}

#[test]
fn a_claimant_is_paid_after_the_deadline_too() {
    let (chain, intent) = funded();
    set_proof(&chain, CLAIMANT, DESTINATION);
    chain.set_timestamp(DEADLINE + 1);
    withdraw(&chain, &intent).unwrap();
    assert_eq!(native(&chain, CLAIMANT), 100);
}

#[test]
fn an_unfunded_intent_pays_what_is_there() {
    let (chain, intent) = (chain(), intent_rewarding(100, &[(TOKEN, 50)]));
    chain.set_balance(vault_of(&intent), U256::from(30));
    set_proof(&chain, CLAIMANT, DESTINATION);
    withdraw(&chain, &intent).unwrap();
    assert_eq!((native(&chain, CLAIMANT), status(&chain, &intent)), (30, 2));
}

#[test]
fn nobody_is_paid_without_proof() {
    let (chain, intent) = funded();
    let error = Err(InvalidClaimant {}.abi_encode());
    assert_eq!(withdraw(&chain, &intent), error);
    assert_eq!(withdraw(&chain, &intent_rewarding(1, &[])), error);
}

#[test]
fn a_settled_intent_is_not_withdrawn_again() {
    let (chain, intent) = funded();
    set_proof(&chain, CLAIMANT, DESTINATION);
    withdraw(&chain, &intent).unwrap();
    let error = |status| Err(InvalidStatusForWithdrawal { status }.abi_encode());
    assert_eq!(withdraw(&chain, &intent), error(2));
    refund(&chain, &intent).unwrap();
    assert_eq!(withdraw(&chain, &intent), error(3));
    // the status is looked at before the claimant
    set_proof(&chain, Address::ZERO, 0);
    assert_eq!(withdraw(&chain, &intent), error(3));
}

#[test]
fn a_proof_from_the_wrong_chain_is_challenged_instead_of_paid() {
    // given a proof that came from another chain
    let (chain, intent) = funded();
    set_proof(&chain, CLAIMANT, DESTINATION + 1);
    chain.take_calls();
    // when somebody withdraws
    assert_eq!(withdraw(&chain, &intent), Ok(vec![]));
    // then the prover is told, and nothing else happens
    let hashes = hashes(&intent);
    let challenge = IProver::challengeIntentProofCall {
        destination: DESTINATION,
        routeHash: hashes.route,
        rewardHash: hashes.reward,
    };
    let last = chain.take_calls().pop().unwrap();
    assert_eq!((last.to, last.data), (PROVER, challenge.abi_encode()));
    assert_eq!((chain.take_logs(), status(&chain, &intent)), (vec![], 1));
    assert_eq!(native(&chain, vault_of(&intent)), 100);
}

#[test]
fn a_proof_from_the_wrong_chain_is_challenged_whatever_the_status() {
    let (chain, intent) = funded();
    set_proof(&chain, CLAIMANT, DESTINATION);
    withdraw(&chain, &intent).unwrap();
    set_proof(&chain, CLAIMANT, DESTINATION + 1);
    assert_eq!(withdraw(&chain, &intent), Ok(vec![]));
    assert_eq!(status(&chain, &intent), 2);
}

#[test]
fn what_a_challenged_prover_reverts_with_is_passed_on() {
    let (chain, intent) = funded();
    chain.set_program(
        PROVER,
        Rc::new(|_, input| match IProver::provenIntentsCall::abi_decode(input) {
            Ok(_) => Ok((CLAIMANT, DESTINATION + 1).abi_encode()),
            Err(_) => Err(b"no".to_vec()),
        }),
    );
    assert_eq!(withdraw(&chain, &intent), Err(b"no".to_vec()));
}

#[test]
fn a_prover_without_code_proves_nothing() {
    // given an intent whose prover does not exist
    let chain = chain();
    let mut intent = intent_rewarding(100, &[]);
    intent.reward.prover = CODELESS;
    fund(&chain, &intent, 100, false).unwrap();
    // then withdrawing reverts without data
    assert_eq!(withdraw(&chain, &intent), Err(vec![]));
    // but its creator gets the money back
    assert_eq!(refund(&chain, &intent), Err(refund_error(1, NOW)));
    chain.set_timestamp(DEADLINE);
    refund(&chain, &intent).unwrap();
    assert_eq!(native(&chain, CREATOR), 1100);
}

#[test]
fn a_prover_that_reverts_is_passed_on() {
    let (chain, intent) = funded();
    chain.set_answer(PROVER, Err(b"down".to_vec()));
    chain.set_timestamp(DEADLINE);
    assert_eq!(withdraw(&chain, &intent), Err(b"down".to_vec()));
    assert_eq!(refund(&chain, &intent), Err(b"down".to_vec()));
}

#[test]
fn a_prover_that_lies_empties_only_the_vaults_of_intents_that_name_it() {
    // given a funded intent with an honest prover, and one whose prover says whatever a stranger likes
    let (chain, honest) = funded();
    let (liar, mut naive) = (Address::repeat_byte(0x66), intent_rewarding(7, &[]));
    naive.reward.prover = liar;
    fund(&chain, &naive, 7, false).unwrap();
    chain.set_answer(liar, Ok((STRANGER, DESTINATION).abi_encode()));
    // when the stranger wants both, the former also under the name of the liar
    let mut renamed = honest.clone();
    renamed.reward.prover = liar;
    assert_eq!(withdraw(&chain, &honest), Err(InvalidClaimant {}.abi_encode()));
    withdraw(&chain, &renamed).unwrap();
    withdraw(&chain, &naive).unwrap();
    // then it has only what the liar was trusted with
    assert_eq!((native(&chain, STRANGER), tokens(&chain, STRANGER)), (1007, 0));
    assert_eq!((native(&chain, vault_of(&honest)), tokens(&chain, vault_of(&honest))), (100, 50));
}

#[test]
fn an_answer_that_is_no_proof_reverts_without_data() {
    let dirty_address = [&[1; 32][..], &[0; 32]].concat();
    let dirty_chain = [&[0; 32][..], &[1; 32]].concat();
    for answer in [vec![], vec![0; 63], dirty_address, dirty_chain] {
        let (chain, intent) = funded();
        chain.set_answer(PROVER, Ok(answer));
        chain.set_timestamp(DEADLINE);
        assert_eq!(withdraw(&chain, &intent), Err(vec![]));
        assert_eq!(refund(&chain, &intent), Err(vec![]));
    }
}

#[test]
fn a_claimant_that_refuses_native_can_be_paid_later() {
    let (chain, intent) = funded();
    set_proof(&chain, CLAIMANT, DESTINATION);
    chain.set_answer(CLAIMANT, Err(vec![]));
    let error = NativeTransferFailed { recipient: CLAIMANT, amount: U256::from(100) }.abi_encode();
    assert_eq!(withdraw(&chain, &intent), Err(error));
    assert_eq!((status(&chain, &intent), native(&chain, vault_of(&intent))), (1, 100));
    chain.set_answer(CLAIMANT, Ok(vec![]));
    withdraw(&chain, &intent).unwrap();
    assert_eq!((native(&chain, CLAIMANT), tokens(&chain, CLAIMANT)), (100, 50));
}

#[test]
fn the_creator_gets_it_all_back_from_the_deadline_on() {
    // given a funded intent that nobody has fulfilled, and one token too much in its vault
    let (chain, intent) = funded();
    chain.mint(TOKEN, vault_of(&intent), 1);
    // one second early is too early
    chain.set_timestamp(DEADLINE - 1);
    assert_eq!(refund(&chain, &intent), Err(refund_error(1, DEADLINE - 1)));
    // when the deadline has come
    chain.set_timestamp(DEADLINE);
    assert_eq!(refund(&chain, &intent), Ok(vec![]));
    // then the creator has all of it
    assert_eq!((native(&chain, CREATOR), tokens(&chain, CREATOR)), (1100, 51));
    assert_eq!((native(&chain, vault_of(&intent)), tokens(&chain, vault_of(&intent))), (0, 0));
    let event: IntentRefunded = only_event(&chain);
    assert_eq!(event, IntentRefunded { intentHash: hashes(&intent).intent, refundee: CREATOR });
    assert_eq!(status(&chain, &intent), 3);
    // and may repeat it for what comes later
    chain.set_balance(vault_of(&intent), U256::from(9));
    assert_eq!(refund(&chain, &intent), Ok(vec![]));
    assert_eq!(native(&chain, CREATOR), 1109);
}

#[test]
fn early_refunds_name_the_status() {
    let (chain, intent) = (chain(), intent_rewarding(100, &[]));
    assert_eq!(refund(&chain, &intent), Err(refund_error(0, NOW)));
    // withdrawn, then the proof disappears
    set_proof(&chain, CLAIMANT, DESTINATION);
    withdraw(&chain, &intent).unwrap();
    set_proof(&chain, Address::ZERO, 0);
    assert_eq!(refund(&chain, &intent), Err(refund_error(2, NOW)));
    // refunded by a proof, then the proof disappears
    set_proof(&chain, CLAIMANT, DESTINATION);
    refund(&chain, &intent).unwrap();
    set_proof(&chain, CLAIMANT, DESTINATION + 1);
    assert_eq!(refund(&chain, &intent), Err(refund_error(3, NOW)));
}

#[test]
fn a_good_proof_blocks_the_refund_until_the_claimant_is_paid() {
    let (chain, intent) = funded();
    let other = intent_rewarding(1, &[]);
    set_proof(&chain, CLAIMANT, DESTINATION);
    chain.set_timestamp(DEADLINE + 1);
    for intent in [&intent, &other] {
        let error = IntentNotClaimed { intentHash: hashes(intent).intent }.abi_encode();
        assert_eq!(refund(&chain, intent), Err(error));
    }
    // once paid, leftovers go back at any time
    chain.set_timestamp(NOW);
    chain.mint(TOKEN, vault_of(&intent), 3);
    withdraw(&chain, &intent).unwrap();
    refund(&chain, &intent).unwrap();
    assert_eq!((tokens(&chain, CREATOR), status(&chain, &intent)), (3, 3));
}

#[test]
fn a_proof_from_the_wrong_chain_does_not_block_the_refund() {
    let (chain, intent) = funded();
    set_proof(&chain, CLAIMANT, DESTINATION + 1);
    assert_eq!(refund(&chain, &intent), Err(refund_error(1, NOW)));
    chain.set_timestamp(DEADLINE);
    refund(&chain, &intent).unwrap();
    assert_eq!(native(&chain, CREATOR), 1100);
}

#[test]
fn a_token_that_calls_back_finds_the_intent_settled() {
    for deployed in [false, true] {
        // given a token that tries to settle the intent again while it is paid out
        let (chain, intent) = funded();
        set_proof(&chain, CLAIMANT, DESTINATION);
        let calldata = withdraw_calldata(&intent);
        let refused = Rc::new(Cell::new(false));
        let seen = refused.clone();
        chain.set_token(
            TOKEN,
            Behaviour::Calls(Rc::new(move |chain: &Chain| {
                let outcome = chain.call(SOURCE, U256::ZERO, &calldata);
                assert_eq!(outcome, Err(InvalidStatusForWithdrawal { status: 2 }.abi_encode()));
                seen.set(true);
            })),
        );
        // and a vault that is still to be deployed, or not: the deployment, too, makes the status visible
        if deployed {
            chain.set_program(vault_of(&intent), Chain::proxy(implementation()));
        }
        // when it is withdrawn
        withdraw(&chain, &intent).unwrap();
        // then it is paid once
        assert!(refused.get());
        assert_eq!((native(&chain, CLAIMANT), tokens(&chain, CLAIMANT)), (100, 50));
    }
}

fn batch(chain: &Chain, intents: &[&Intent]) -> ArbResult {
    chain.transact(STRANGER, SOURCE, U256::ZERO, &batch_calldata(intents))
}

#[test]
fn a_batch_pays_each_claimant_in_order() {
    // given two funded intents and an unfunded one, all proven
    let (chain, first) = funded();
    let (second, third) = (intent_rewarding(7, &[]), intent_rewarding(8, &[(TOKEN, 1)]));
    fund(&chain, &second, 7, false).unwrap();
    chain.take_logs();
    set_proof(&chain, CLAIMANT, DESTINATION);
    // when a stranger has them withdrawn at once
    assert_eq!(batch(&chain, &[&second, &first, &third]), Ok(vec![]));
    // then all of it is paid, and each is announced
    assert_eq!((native(&chain, CLAIMANT), tokens(&chain, CLAIMANT)), (107, 50));
    let paid: Vec<IntentWithdrawn> =
        chain.take_logs().iter().map(|log| log.decode().unwrap()).collect();
    let expected = [&second, &first, &third]
        .map(|intent| IntentWithdrawn { intentHash: hashes(intent).intent, claimant: CLAIMANT });
    assert_eq!(paid, expected);
    assert_eq!([&first, &second, &third].map(|intent| status(&chain, intent)), [2; 3]);
}

#[test]
fn a_batch_of_none_succeeds() {
    assert_eq!(batch(&chain(), &[]), Ok(vec![]));
}

#[test]
fn one_intent_that_cannot_be_withdrawn_reverts_the_batch() {
    let (chain, intent) = funded();
    set_proof(&chain, CLAIMANT, DESTINATION);
    let error = InvalidStatusForWithdrawal { status: 2 }.abi_encode();
    assert_eq!(batch(&chain, &[&intent, &intent]), Err(error));
    assert_eq!((native(&chain, CLAIMANT), status(&chain, &intent)), (0, 1));
}

#[test]
fn an_intent_proven_on_the_wrong_chain_does_not_stop_a_batch() {
    // given two intents for different chains, and a prover that says both were fulfilled on one of them
    let (chain, wrong) = funded();
    let mut right = intent_rewarding(7, &[]);
    right.destination = DESTINATION + 1;
    fund(&chain, &right, 7, false).unwrap();
    set_proof(&chain, CLAIMANT, DESTINATION + 1);
    // when both are withdrawn
    assert_eq!(batch(&chain, &[&wrong, &right]), Ok(vec![]));
    // then one is reported and the other paid
    assert_eq!((native(&chain, CLAIMANT), tokens(&chain, CLAIMANT)), (7, 0));
    assert_eq!((status(&chain, &wrong), status(&chain, &right)), (1, 2));
}

#[test]
fn the_lists_of_a_batch_are_equally_long() {
    let (chain, intent) = funded();
    set_proof(&chain, CLAIMANT, DESTINATION);
    let (destination, route_hash, reward) = by_hash(&intent);
    for (destinations, hashes, rewards) in [(1, 1, 0), (1, 0, 1), (0, 1, 1), (2, 1, 1)] {
        let call = batchWithdrawCall {
            destinations: vec![destination; destinations],
            routeHashes: vec![route_hash; hashes],
            rewards: vec![reward.clone(); rewards],
        };
        let outcome = chain.transact(STRANGER, SOURCE, U256::ZERO, &call.abi_encode());
        assert_eq!(outcome, Err(ArrayLengthMismatch {}.abi_encode()));
    }
    assert_eq!(native(&chain, CLAIMANT), 0);
}

fn refund_to(chain: &Chain, caller: Address, intent: &Intent, refundee: Address) -> ArbResult {
    chain.transact(caller, SOURCE, U256::ZERO, &refund_to_calldata(intent, refundee))
}

#[test]
fn the_creator_names_who_gets_the_refund() {
    // given a funded intent after its deadline
    let (chain, intent) = funded();
    chain.set_timestamp(DEADLINE);
    // when its creator has it refunded to somebody
    assert_eq!(refund_to(&chain, CREATOR, &intent, STRANGER), Ok(vec![]));
    // then it is there, and the event says so
    assert_eq!((native(&chain, STRANGER), tokens(&chain, STRANGER)), (1100, 50));
    let event: IntentRefunded = only_event(&chain);
    assert_eq!(event, IntentRefunded { intentHash: hashes(&intent).intent, refundee: STRANGER });
    assert_eq!(status(&chain, &intent), 3);
}

#[test]
fn nobody_else_names_who_gets_the_refund() {
    let (chain, intent) = funded();
    // whoever asks, and before anything else is looked at
    for caller in [STRANGER, FUNDER, CLAIMANT] {
        let error = NotCreatorCaller { caller }.abi_encode();
        assert_eq!(refund_to(&chain, caller, &intent, caller), Err(error));
    }
    assert_eq!(refund_to(&chain, CREATOR, &intent, CREATOR), Err(refund_error(1, NOW)));
}

#[test]
fn a_good_proof_stops_the_creator_too() {
    let (chain, intent) = funded();
    set_proof(&chain, CLAIMANT, DESTINATION);
    chain.set_timestamp(DEADLINE);
    let error = IntentNotClaimed { intentHash: hashes(&intent).intent }.abi_encode();
    assert_eq!(refund_to(&chain, CREATOR, &intent, STRANGER), Err(error));
}

#[test]
fn a_creator_that_takes_no_native_fetches_it_through_another_account() {
    // given a creator whose refund left the native value behind
    let (chain, intent) = funded();
    chain.set_answer(CREATOR, Err(vec![]));
    chain.set_timestamp(DEADLINE);
    refund(&chain, &intent).unwrap();
    assert_eq!((native(&chain, vault_of(&intent)), tokens(&chain, CREATOR)), (100, 50));
    // when it names another account
    assert_eq!(refund_to(&chain, CREATOR, &intent, STRANGER), Ok(vec![]));
    // then that one gets it
    assert_eq!((native(&chain, STRANGER), native(&chain, vault_of(&intent))), (1100, 0));
}
