//! What a vault pulls itself. Spec: intents.md §3.3, "fundFor leg".

use std::{cell::RefCell, rc::Rc};

use alloy_sol_types::{Panic, SolValue};
use interfaces::intents::{
    IERC20::transferFromCall as tokenTransferFromCall,
    IPermit::{allowanceCall, transferFromCall},
};
use support::testing::{CallRecord, Program};

use super::*;

const PERMIT: Address = address!("00000000000000000000000000000000000000f6");
const NOW: u64 = 1_900_000_000;

/// A permit contract that allows so much until then, and delivers what it is asked for and `extra` more.
fn permit(amount: u64, expiration: u64, extra: u64) -> Program {
    Rc::new(move |chain, input| {
        if let Ok(call) = allowanceCall::abi_decode(input) {
            assert_eq!((call.owner, call.spender), (FUNDER, vault()));
            return Ok((U256::from(amount), U256::from(expiration), U256::ZERO).abi_encode());
        }
        let call = transferFromCall::abi_decode(input).unwrap();
        assert_eq!(chain.msg_sender(), vault());
        let value = U256::from(call.amount) + U256::from(extra);
        let data = tokenTransferFromCall { from: call.from, to: call.to, value }.abi_encode();
        chain.call(call.token, U256::ZERO, &data)
    })
}

/// A chain whose funder has 100 `TOKEN`, and has allowed the vault and the permit contract so many of them.
fn funded(to_vault: u64, to_permit: u64) -> Chain {
    let chain = chain();
    chain.mint(TOKEN, FUNDER, 100);
    chain.approve(TOKEN, FUNDER, vault(), to_vault);
    chain.approve(TOKEN, FUNDER, PERMIT, to_permit);
    chain
}

fn fund_for(chain: &Chain, reward: Reward, permit: Address) -> ArbResult {
    chain.transact(PORTAL, vault(), U256::ZERO, &fund_for_calldata(reward, permit))
}

/// `TOKEN` of the vault and of the funder.
fn held(chain: &Chain) -> [u64; 2] {
    [vault(), FUNDER].map(|account| chain.token_balance(TOKEN, account).to())
}

fn calls_to(calls: &[CallRecord], account: Address, selector: [u8; 4]) -> usize {
    calls.iter().filter(|call| call.to == account && call.data.starts_with(&selector)).count()
}

#[test]
fn without_a_permit_contract_the_vaults_own_allowance_counts() {
    let chain = funded(70, 0);
    assert_eq!(fund_for(&chain, reward(0, &[(TOKEN, 50)]), Address::ZERO), Ok(vec![]));
    assert_eq!(held(&chain), [50, 50]);
    // what the vault holds is not pulled again
    assert_eq!(fund_for(&chain, reward(0, &[(TOKEN, 60)]), Address::ZERO), Ok(vec![]));
    assert_eq!(held(&chain), [60, 40]);
}

#[test]
fn no_more_is_pulled_than_is_lacking_allowed_and_there() {
    for (allowed, owned, wanted, pulled) in
        [(20, 100, 50, 20), (70, 100, 50, 50), (200, 100, 150, 100)]
    {
        let chain = funded(allowed, 0);
        assert_eq!(chain.token_balance(TOKEN, FUNDER), U256::from(owned));
        fund_for(&chain, reward(0, &[(TOKEN, wanted)]), Address::ZERO).unwrap();
        assert_eq!(held(&chain), [pulled, owned - pulled]);
    }
}

#[test]
fn native_is_not_pulled() {
    let chain = funded(70, 0);
    chain.set_balance(FUNDER, U256::from(9));
    assert_eq!(fund_for(&chain, reward(7, &[]), Address::ZERO), Ok(vec![]));
    assert_eq!(chain.balance(vault()), U256::ZERO);
}

#[test]
fn a_permit_comes_first_and_the_allowance_brings_the_rest() {
    // given a funder that permits 30 and allows the vault 20
    let chain = funded(20, 100);
    chain.set_program(PERMIT, permit(30, NOW, 0));
    chain.take_calls();
    // when a leg of 50 is funded, in the last second of the permission
    assert_eq!(fund_for(&chain, reward(0, &[(TOKEN, 50)]), PERMIT), Ok(vec![]));
    // then both moved
    assert_eq!(held(&chain), [50, 50]);
    let calls = chain.take_calls();
    assert_eq!(calls_to(&calls, PERMIT, transferFromCall::SELECTOR), 1);
    assert_eq!(calls_to(&calls, TOKEN, tokenTransferFromCall::SELECTOR), 2);
}

#[test]
fn an_expired_permit_is_skipped() {
    let chain = funded(20, 100);
    chain.set_program(PERMIT, permit(30, NOW - 1, 0));
    assert_eq!(fund_for(&chain, reward(0, &[(TOKEN, 50)]), PERMIT), Ok(vec![]));
    assert_eq!(held(&chain), [20, 80]);
}

#[test]
fn a_permit_for_nothing_is_not_used() {
    let chain = funded(0, 100);
    chain.set_program(PERMIT, permit(0, NOW, 0));
    chain.take_calls();
    assert_eq!(fund_for(&chain, reward(0, &[(TOKEN, 50)]), PERMIT), Ok(vec![]));
    assert_eq!(calls_to(&chain.take_calls(), PERMIT, transferFromCall::SELECTOR), 0);
}

#[test]
fn a_leg_that_lacks_nothing_asks_nobody_but_the_token() {
    let chain = funded(0, 0);
    chain.mint(TOKEN, vault(), 50);
    chain.take_calls();
    assert_eq!(fund_for(&chain, reward(0, &[(TOKEN, 50), (TOKEN, 0)]), PERMIT), Ok(vec![]));
    let callees: Vec<_> = chain.take_calls().into_iter().map(|call| call.to).collect();
    assert_eq!(callees, [TOKEN, TOKEN]);
}

#[test]
fn a_permit_that_moves_nothing_leaves_it_to_the_allowance() {
    let chain = funded(100, 0);
    let idle = permit(30, NOW, 0);
    chain.set_program(
        PERMIT,
        Rc::new(move |chain, input| match transferFromCall::abi_decode(input) {
            Ok(_) => Ok(vec![]),
            Err(_) => idle(chain, input),
        }),
    );
    assert_eq!(fund_for(&chain, reward(0, &[(TOKEN, 50)]), PERMIT), Ok(vec![]));
    assert_eq!(held(&chain), [50, 50]);
}

#[test]
fn a_permit_that_delivers_too_much_underflows_as_in_solidity() {
    let chain = funded(0, 100);
    chain.set_program(PERMIT, permit(50, NOW, 1));
    let panic = Panic { code: U256::from(0x11) }.abi_encode();
    assert_eq!(fund_for(&chain, reward(0, &[(TOKEN, 50)]), PERMIT), Err(panic));
    assert_eq!(held(&chain), [0, 100]);
}

#[test]
fn a_permit_contract_without_code_reverts_without_data() {
    let chain = funded(100, 0);
    assert_eq!(fund_for(&chain, reward(0, &[(TOKEN, 50)]), PERMIT), Err(vec![]));
}

#[test]
fn what_a_permit_contract_reverts_with_is_passed_on() {
    let chain = funded(100, 0);
    chain.set_answer(PERMIT, Err(b"no".to_vec()));
    assert_eq!(fund_for(&chain, reward(0, &[(TOKEN, 50)]), PERMIT), Err(b"no".to_vec()));
    // also when it refuses to move what it allowed
    let generous = permit(30, NOW, 0);
    chain.set_program(
        PERMIT,
        Rc::new(move |chain, input| match transferFromCall::abi_decode(input) {
            Ok(_) => Err(b"later".to_vec()),
            Err(_) => generous(chain, input),
        }),
    );
    assert_eq!(fund_for(&chain, reward(0, &[(TOKEN, 50)]), PERMIT), Err(b"later".to_vec()));
}

#[test]
fn an_answer_that_is_no_permission_reverts_without_data() {
    let word = |number: U256| number.to_be_bytes::<32>();
    let (one, big) = (word(U256::ONE), |bits: usize| word(U256::ONE << bits));
    for answer in [
        vec![],
        [one, one].concat(),
        [one, one, one].concat()[..95].to_vec(),
        [big(160), one, one].concat(),
        [one, big(48), one].concat(),
        [one, one, big(48)].concat(),
        [one, big(64), one].concat(),
    ] {
        let chain = funded(100, 0);
        chain.set_answer(PERMIT, Ok(answer));
        assert_eq!(fund_for(&chain, reward(0, &[(TOKEN, 50)]), PERMIT), Err(vec![]));
    }
}

#[test]
fn a_permit_is_asked_for_each_leg_in_order() {
    let chain = funded(0, 100);
    chain.mint(OTHER_TOKEN, FUNDER, 100);
    chain.approve(OTHER_TOKEN, FUNDER, PERMIT, 100);
    let asked = Rc::new(RefCell::new(Vec::new()));
    let (seen, generous) = (asked.clone(), permit(100, NOW, 0));
    chain.set_program(
        PERMIT,
        Rc::new(move |chain, input| {
            if let Ok(call) = allowanceCall::abi_decode(input) {
                seen.borrow_mut().push(call.token);
            }
            generous(chain, input)
        }),
    );
    fund_for(&chain, reward(0, &[(OTHER_TOKEN, 5), (TOKEN, 6)]), PERMIT).unwrap();
    assert_eq!(*asked.borrow(), [OTHER_TOKEN, TOKEN]);
    assert_eq!(held(&chain), [6, 94]);
}

#[test]
fn tokens_fail_while_they_are_pulled_as_solidity_lets_them_fail() {
    let chain = funded(100, 0);
    chain.set_token(TOKEN, Behaviour::False);
    let error = SafeERC20FailedOperation { token: TOKEN }.abi_encode();
    assert_eq!(fund_for(&chain, reward(0, &[(TOKEN, 50)]), Address::ZERO), Err(error));
    chain.set_token(TOKEN, Behaviour::Reverts(b"blocked".to_vec()));
    let outcome = fund_for(&chain, reward(0, &[(TOKEN, 50)]), Address::ZERO);
    assert_eq!(outcome, Err(b"blocked".to_vec()));
    // one that answers nothing is believed
    chain.set_token(TOKEN, Behaviour::Answers(vec![]));
    assert_eq!(fund_for(&chain, reward(0, &[(TOKEN, 50)]), Address::ZERO), Ok(vec![]));
    // and one without code reverts without data
    assert_eq!(fund_for(&chain, reward(0, &[(STRANGER, 50)]), Address::ZERO), Err(vec![]));
}

proptest! {
    #[test]
    fn a_vault_pulls_no_more_than_is_lacking_and_permitted(
        held in 0u64..100, wanted in 0u64..200, permitted in 0u64..100, allowed in 0u64..100,
        lead in 0u64..2, by_permit: bool,
    ) {
        let chain = funded(allowed, 100);
        chain.mint(TOKEN, vault(), held);
        // in time, or a second late
        chain.set_program(PERMIT, permit(permitted, NOW - lead, 0));
        let permit = if by_permit { PERMIT } else { Address::ZERO };
        prop_assert_eq!(fund_for(&chain, reward(0, &[(TOKEN, wanted)]), permit), Ok(vec![]));
        let lacking = wanted.saturating_sub(held);
        let first = if by_permit && lead == 0 { lacking.min(permitted) } else { 0 };
        let second = (lacking - first).min(allowed).min(100 - first);
        prop_assert_eq!(self::held(&chain), [held + first + second, 100 - first - second]);
    }
}
