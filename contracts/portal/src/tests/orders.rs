//! ERC-7683. Spec: intents.md §7.

use std::cell::RefCell;

use alloy_primitives::{Bytes, Signature, hex};
use interfaces::{
    ChainId,
    erc7683::{
        DOMAIN_NAME, DOMAIN_VERSION, GASLESS_ORDER_TYPEHASH, ORDER_DATA_TYPEHASH, domain_separator,
        order_digest,
    },
    intents::{
        FillInstruction, GaslessCrossChainOrder,
        IERC1271::isValidSignatureCall,
        IERC7683::{
            _resolveCall, GASLESS_CROSSCHAIN_ORDER_TYPEHASHCall, InvalidCreatorBinding,
            InvalidOriginChainId, InvalidOriginSettler, InvalidSignature, Open, OpenDeadlinePassed,
            OrderFilled, TypeSignatureMismatch, domainSeparatorV4Call, eip712DomainCall, fillCall,
            openCall, openForCall, resolveCall, resolveForCall,
        },
        IInbox::InvalidHash,
        IIntentSource::{InsufficientFunds, IntentAlreadyExists, refundCall},
        OnchainCrossChainOrder, OrderData, Output, ResolvedCrossChainOrder, TokenAmount,
    },
};
use proptest::prelude::*;
use serde_json::Value;
use stylus_sdk::stylus_core::RawLogAccess;
use support::testing::{Behaviour, Log};

use super::*;

const TOKEN: Address = address!("00000000000000000000000000000000000000e6");
const OPEN_DEADLINE: u32 = NOW as u32 + 50;
const ECRECOVER: Address = address!("0000000000000000000000000000000000000001");
const MAGIC: [u8; 4] = isValidSignatureCall::SELECTOR;

/// A chain with a Portal, an honest token and a prover that takes every proof; 1000 native for everyone.
fn chain() -> Chain {
    let chain = super::chain();
    chain.set_token(TOKEN, Behaviour::Honest);
    chain.set_answer(PROVER, Ok(vec![]));
    set_ecrecover(&chain);
    chain
}

/// The precompile, which answers nothing where there is no signer.
fn set_ecrecover(chain: &Chain) {
    chain.set_program(
        ECRECOVER,
        Rc::new(|_, input| {
            assert_eq!(input.len(), 128);
            let v = U256::from_be_slice(&input[32..64]);
            let r = U256::from_be_slice(&input[64..96]);
            let s = U256::from_be_slice(&input[96..]);
            let signature = Signature::new(r, s, v == U256::from(28));
            let signer = signature.recover_address_from_prehash(&B256::from_slice(&input[..32]));
            Ok(signer.map(|signer| signer.abi_encode()).unwrap_or_default())
        }),
    );
}

/// The data of an order that rewards so much native value and `TOKEN`.
fn order_data(native: u64, tokens: u64) -> OrderData {
    let mut intent = intent(vec![], 0, native);
    intent.reward.tokens = vec![TokenAmount { token: TOKEN, amount: U256::from(tokens) }];
    OrderData {
        destination: intent.destination,
        route: intent.route.abi_encode().into(),
        reward: intent.reward,
        routePortal: PORTAL.into_word(),
        routeDeadline: intent.route.deadline,
        maxSpent: vec![output(7), output(8)],
    }
}

fn output(seed: u8) -> Output {
    Output {
        token: B256::repeat_byte(seed),
        amount: U256::from(seed),
        recipient: B256::repeat_byte(seed + 1),
        chainId: U256::from(CHAIN_ID),
    }
}

fn order_id(data: &OrderData) -> B256 {
    let route = hash::route_hash(&data.route);
    hash::intent_hash(ChainId(data.destination), route, data.reward.hash())
}

fn onchain(data: &OrderData) -> OnchainCrossChainOrder {
    OnchainCrossChainOrder {
        fillDeadline: 1,
        orderDataType: ORDER_DATA_TYPEHASH,
        orderData: data.abi_encode().into(),
    }
}

fn gasless(data: &OrderData) -> GaslessCrossChainOrder {
    GaslessCrossChainOrder {
        originSettler: PORTAL,
        user: data.reward.creator,
        nonce: U256::from(3),
        originChainId: U256::from(CHAIN_ID),
        openDeadline: OPEN_DEADLINE,
        fillDeadline: 2,
        orderDataType: ORDER_DATA_TYPEHASH,
        orderData: data.abi_encode().into(),
    }
}

/// How fillers read an order, by the rules of the specification.
fn resolved(data: &OrderData, open_deadline: u32) -> ResolvedCrossChainOrder {
    let local = U256::from(CHAIN_ID);
    let mut received: Vec<_> =
        (data.reward.tokens.iter()).map(|leg| (leg.token.into_word(), leg.amount)).collect();
    if !data.reward.nativeAmount.is_zero() {
        received.push((B256::ZERO, data.reward.nativeAmount));
    }
    ResolvedCrossChainOrder {
        user: data.reward.creator,
        originChainId: local,
        openDeadline: open_deadline,
        fillDeadline: data.routeDeadline as u32,
        orderId: order_id(data),
        maxSpent: data.maxSpent.clone(),
        minReceived: received
            .into_iter()
            .map(|(token, amount)| Output { token, amount, recipient: B256::ZERO, chainId: local })
            .collect(),
        fillInstructions: vec![FillInstruction {
            destinationChainId: U256::from(data.destination),
            destinationSettler: data.routePortal,
            originData: (data.route.clone(), data.reward.hash()).abi_encode_params().into(),
        }],
    }
}

fn send(chain: &Chain, from: Address, value: u64, call: &impl SolCall) -> ArbResult {
    chain.transact(from, PORTAL, U256::from(value), &call.abi_encode())
}

fn open(chain: &Chain, from: Address, value: u64, order: OnchainCrossChainOrder) -> ArbResult {
    send(chain, from, value, &openCall { order })
}

fn open_for(
    chain: &Chain,
    value: u64,
    order: GaslessCrossChainOrder,
    signature: &[u8],
) -> ArbResult {
    let signature = Bytes::copy_from_slice(signature);
    let call = openForCall { order, signature, originFillerData: Bytes::new() };
    send(chain, SOLVER, value, &call)
}

/// Gives the user tokens, and the Portal the right to take them.
fn provide(chain: &Chain, amount: u64) {
    chain.mint(TOKEN, USER, amount);
    chain.approve(TOKEN, USER, PORTAL, amount);
}

/// Makes the user a contract that agrees to everything.
fn agreeable_user(chain: &Chain) {
    chain.set_answer(USER, Ok(word_of(MAGIC)));
}

fn word_of(magic: [u8; 4]) -> Vec<u8> {
    [&magic[..], &[0; 28]].concat()
}

fn topics(logs: &[Log]) -> Vec<B256> {
    logs.iter().map(|log| log.topics[0]).collect()
}

const OPENED: [B256; 3] =
    [IntentPublished::SIGNATURE_HASH, IntentFunded::SIGNATURE_HASH, Open::SIGNATURE_HASH];
const ANNOUNCED: [B256; 2] = [IntentPublished::SIGNATURE_HASH, Open::SIGNATURE_HASH];

#[test]
fn a_user_opens_an_order_with_own_funds() {
    // given a user with tokens
    let (chain, data) = (chain(), order_data(10, 5));
    provide(&chain, 5);
    // when it opens an order with two wei too much
    assert_eq!(open(&chain, USER, 12, onchain(&data)), Ok(vec![]));
    // then the intent is funded, and the change is back
    let vault =
        hash::vault_address(PORTAL, order_id(&data), proxy::init_code_hash(vault_implementation()));
    assert_eq!((native(&chain, USER), native(&chain, PORTAL), native(&chain, vault)), (990, 0, 10));
    assert_eq!(chain.token_balance(TOKEN, vault), U256::from(5));
    // and fillers read all of it
    let logs = chain.take_logs();
    assert_eq!(topics(&logs), OPENED);
    assert!(logs.iter().all(|log| log.emitter == PORTAL));
    assert_eq!(logs[2].topics[1], order_id(&data));
    assert_eq!(logs[2].data, resolved(&data, NOW as u32).abi_encode());
    let funded: IntentFunded = logs[1].decode().unwrap();
    assert_eq!(funded, IntentFunded { intentHash: order_id(&data), funder: USER, complete: true });
}

#[test]
fn anybody_announces_an_open_order_again() {
    let (chain, data) = (chain(), order_data(10, 0));
    open(&chain, USER, 10, onchain(&data)).unwrap();
    chain.take_logs();
    assert_eq!(open(&chain, SOLVER, 3, onchain(&data)), Ok(vec![]));
    assert_eq!(topics(&chain.take_logs()), ANNOUNCED);
    assert_eq!(native(&chain, SOLVER), 1000);
}

#[test]
fn an_order_is_funded_whole_or_not_opened() {
    let (chain, data) = (chain(), order_data(10, 5));
    provide(&chain, 5);
    let error = InsufficientFunds { intentHash: order_id(&data) }.abi_encode();
    assert_eq!(open(&chain, USER, 9, onchain(&data)), Err(error));
    assert_eq!((native(&chain, USER), chain.take_logs()), (1000, vec![]));
}

#[test]
fn an_order_of_another_type_is_not_opened() {
    let (chain, data) = (chain(), order_data(0, 0));
    let order = OnchainCrossChainOrder { orderDataType: B256::ZERO, ..onchain(&data) };
    assert_eq!(open(&chain, USER, 0, order), Err(TypeSignatureMismatch {}.abi_encode()));
    // the type is looked at before the data
    let empty = OnchainCrossChainOrder {
        fillDeadline: 0,
        orderDataType: B256::ZERO,
        orderData: Bytes::new(),
    };
    assert_eq!(open(&chain, USER, 0, empty.clone()), Err(TypeSignatureMismatch {}.abi_encode()));
    let empty = OnchainCrossChainOrder { orderDataType: ORDER_DATA_TYPEHASH, ..empty };
    assert_eq!(open(&chain, USER, 0, empty), Err(vec![]));
}

#[test]
fn a_settled_intent_is_not_opened() {
    let (chain, data) = (chain(), order_data(0, 0));
    agreeable_user(&chain);
    chain.set_answer(PROVER, Ok((Address::ZERO, 0u64).abi_encode()));
    chain.set_timestamp(data.reward.deadline);
    settle(&chain, SOLVER, &data, refundCall::SELECTOR).unwrap();
    let error = IntentAlreadyExists { intentHash: order_id(&data) }.abi_encode();
    assert_eq!(open(&chain, USER, 0, onchain(&data)), Err(error.clone()));
    let order = GaslessCrossChainOrder { openDeadline: u32::MAX, ..gasless(&data) };
    assert_eq!(open_for(&chain, 0, order, &[]), Err(error));
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../../tests/vectors/intents.json")).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

#[test]
fn signed_orders_of_the_vectors_are_opened_and_resolved_as_the_peer_does() {
    let vectors = vectors();
    let section = &vectors["erc7683"];
    let portal: Address = section["portal"].as_str().unwrap().parse().unwrap();
    let orders = section["orders"].as_array().unwrap();
    assert_eq!(orders.len(), 2);
    for case in orders {
        // given the peer's Portal, a user who has what the order rewards, and a filler with the native part
        let chain = Chain::new(CHAIN_ID, NOW);
        chain.set_program(portal, Chain::contract::<Portal>());
        set_ecrecover(&chain);
        let calldata = bytes(&case["openForCalldata"]);
        let call = openForCall::abi_decode(&calldata).unwrap();
        let data = OrderData::abi_decode(&call.order.orderData).unwrap();
        let (user, native) = (call.order.user, data.reward.nativeAmount);
        for leg in &data.reward.tokens {
            let amount = leg.amount.try_into().unwrap_or(u64::MAX);
            chain.set_token(leg.token, Behaviour::Honest);
            chain.mint(leg.token, user, amount);
            chain.approve(leg.token, user, portal, amount);
            // the vector's amounts are beyond the mint's: the vault has the rest already
            let code = proxy::init_code_hash(hash::create_address(portal, 1));
            let vault = hash::vault_address(portal, order_id(&data), code);
            chain.mint_word(leg.token, vault, leg.amount - U256::from(amount));
        }
        chain.set_balance(SOLVER, native + U256::from(7));
        // when the filler opens it
        let value = native + U256::from(7);
        assert_eq!(chain.transact(SOLVER, portal, value, &calldata), Ok(vec![]));
        // then it is announced byte for byte, and the change is back
        let resolved = bytes(&case["resolvedForReturnData"]);
        let logs = chain.take_logs();
        assert_eq!(topics(&logs), OPENED);
        assert_eq!((&logs[2].data, logs[2].topics[1]), (&resolved, order_id(&data)));
        let funded: IntentFunded = logs[1].decode().unwrap();
        assert_eq!((funded.funder, funded.complete), (user, true));
        assert_eq!(chain.balance(SOLVER), U256::from(7));
        // and a second time it is announced only
        assert_eq!(chain.transact(SOLVER, portal, U256::from(7), &calldata), Ok(vec![]));
        assert_eq!(topics(&chain.take_logs()), ANNOUNCED);
        assert_eq!(chain.balance(SOLVER), U256::from(7));
        // and everybody can read it
        let view = |data: Vec<u8>| chain.transact(USER, portal, U256::ZERO, &data);
        let order = call.order.clone();
        let call = resolveForCall { order, originFillerData: Bytes::new() };
        assert_eq!(view(call.abi_encode()), Ok(resolved));
        let separator: B256 = section["domainSeparator"].as_str().unwrap().parse().unwrap();
        assert_eq!(view(domainSeparatorV4Call {}.abi_encode()), Ok(separator.to_vec()));
    }
}

/// The chain of the first order of the vectors, and its parts.
fn signed() -> (Chain, Address, GaslessCrossChainOrder, Vec<u8>) {
    let vectors = vectors();
    let section = &vectors["erc7683"];
    let portal: Address = section["portal"].as_str().unwrap().parse().unwrap();
    let chain = Chain::new(CHAIN_ID, NOW);
    chain.set_program(portal, Chain::contract::<Portal>());
    set_ecrecover(&chain);
    let calldata = bytes(&section["orders"][0]["openForCalldata"]);
    let call = openForCall::abi_decode(&calldata).unwrap();
    (chain, portal, call.order, call.signature.to_vec())
}

#[test]
fn only_the_one_signature_of_the_user_counts() {
    // given an order whose good signature gets as far as the funding, where the token has no code
    let (chain, portal, order, good) = signed();
    let outcome = |order: &GaslessCrossChainOrder, signature: &[u8]| {
        let signature = Bytes::copy_from_slice(signature);
        let call = openForCall { order: order.clone(), signature, originFillerData: Bytes::new() };
        chain.transact(SOLVER, portal, U256::ZERO, &call.abi_encode())
    };
    assert_eq!(outcome(&order, &good), Err(vec![]));
    let refused = Err(InvalidSignature {}.abi_encode());
    // the same signature with the other s, which the curve accepts as well
    let curve = U256::from_be_slice(&hex!(
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
    ));
    let s = U256::from_be_slice(&good[32..64]);
    let other_v = if good[64] == 27 { 28 } else { 27 };
    let malleable = [&good[..32], &(curve - s).to_be_bytes::<32>(), &[other_v]].concat();
    assert_eq!(outcome(&order, &malleable), refused);
    // with another v, as other tools write it too
    for v in [0, 1, 26, other_v, 29, 255] {
        assert_eq!(outcome(&order, &[&good[..64], &[v]].concat()), refused, "v = {v}");
    }
    // cut, extended, empty, zero
    assert_eq!(outcome(&order, &good[..64]), refused);
    assert_eq!(outcome(&order, &[&good[..], &[0]].concat()), refused);
    assert_eq!(outcome(&order, &[]), refused);
    assert_eq!(outcome(&order, &[&[0; 64][..], &[27]].concat()), refused);
    // and over another order
    let other = GaslessCrossChainOrder { nonce: order.nonce + U256::ONE, ..order.clone() };
    assert_eq!(outcome(&other, &good), refused);
    let nobody = GaslessCrossChainOrder { user: Address::ZERO, ..order };
    assert_eq!(outcome(&nobody, &good), refused);
}

#[test]
fn s_may_be_half_the_order_and_no_more() {
    // given a curve on which every signature is the user's
    let (chain, portal, order, good) = signed();
    let user = order.user;
    chain.set_program(ECRECOVER, Rc::new(move |_, _| Ok(user.abi_encode())));
    let outcome = |s: U256| {
        let signature = [&good[..32], &s.to_be_bytes::<32>(), &[27]].concat().into();
        let call = openForCall { order: order.clone(), signature, originFillerData: Bytes::new() };
        chain.transact(SOLVER, portal, U256::ZERO, &call.abi_encode())
    };
    // then half the order gets as far as the funding, where the token has no code
    let half = U256::from_be_slice(&hex!(
        "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0"
    ));
    for s in [U256::ONE, half - U256::ONE, half] {
        assert_eq!(outcome(s), Err(vec![]), "{s}");
    }
    for s in [half + U256::ONE, U256::MAX] {
        assert_eq!(outcome(s), Err(InvalidSignature {}.abi_encode()), "{s}");
    }
}

#[test]
fn a_contract_judges_its_own_signature() {
    // given a user with code that agrees, with a signature that is none of any key
    let (chain, data) = (chain(), order_data(10, 5));
    provide(&chain, 5);
    let asked = Rc::new(RefCell::new(None));
    let seen = asked.clone();
    chain.set_program(
        USER,
        Rc::new(move |_, input| {
            *seen.borrow_mut() = Some(isValidSignatureCall::abi_decode(input).unwrap());
            Ok(word_of(MAGIC))
        }),
    );
    // when a filler opens its order
    let order = gasless(&data);
    assert_eq!(open_for(&chain, 10, order.clone(), &[7; 33]), Ok(vec![]));
    // then it was asked about this order and this signature
    let digest = order_digest(domain_separator(ChainId(CHAIN_ID), PORTAL), &order);
    let question = isValidSignatureCall { hash: digest, signature: vec![7; 33].into() };
    assert_eq!(asked.take(), Some(question));
    // and its tokens, not the filler's, are in the vault
    let logs = chain.take_logs();
    assert_eq!(topics(&logs), OPENED);
    assert_eq!(logs[2].data, resolved(&data, OPEN_DEADLINE).abi_encode());
    assert_eq!((chain.token_balance(TOKEN, USER), native(&chain, SOLVER)), (U256::ZERO, 990));
}

#[test]
fn a_contract_that_does_not_agree_has_not_signed() {
    let (chain, data) = (chain(), order_data(0, 0));
    let mut dirty = word_of(MAGIC);
    dirty[31] = 1;
    for answer in [
        Ok(vec![]),
        Ok(MAGIC.to_vec()),
        Ok(word_of(MAGIC)[..31].to_vec()),
        Ok(word_of([0xff; 4])),
        Ok(true.abi_encode()),
        Ok(dirty),
        Err(word_of(MAGIC)),
        Err(vec![]),
    ] {
        chain.set_answer(USER, answer);
        let outcome = open_for(&chain, 0, gasless(&data), &[7; 65]);
        assert_eq!(outcome, Err(InvalidSignature {}.abi_encode()));
    }
    // more than a word is fine
    chain.set_answer(USER, Ok([word_of(MAGIC), vec![1]].concat()));
    assert_eq!(open_for(&chain, 0, gasless(&data), &[7; 65]), Ok(vec![]));
}

#[test]
fn a_contract_that_judges_may_change_nothing() {
    // given a user with code that tries to pay somebody while it is asked
    let (chain, data) = (chain(), order_data(0, 0));
    chain.set_program(
        USER,
        Rc::new(|chain, _| {
            // a log is a change
            chain.emit_log(&[0; 32], 1);
            Ok(word_of(MAGIC))
        }),
    );
    let outcome = open_for(&chain, 0, gasless(&data), &[]);
    assert_eq!(outcome, Err(InvalidSignature {}.abi_encode()));
}

/// `withdraw` or `refund` of an order's intent.
fn settle(chain: &Chain, from: Address, data: &OrderData, selector: [u8; 4]) -> ArbResult {
    let route = hash::route_hash(&data.route);
    let arguments = (data.destination, route, data.reward.clone()).abi_encode_params();
    chain.transact(from, PORTAL, U256::ZERO, &[&selector[..], &arguments].concat())
}

#[test]
fn what_is_opened_in_the_name_of_a_wallet_that_agrees_to_everything_is_refunded_to_it() {
    // given a wallet that calls every signature its own, and has allowed its tokens to the Portal
    let (chain, data) = (chain(), order_data(0, 5));
    provide(&chain, 5);
    agreeable_user(&chain);
    // when a stranger opens an order in its name
    open_for(&chain, 0, gasless(&data), &[]).unwrap();
    assert_eq!(chain.token_balance(TOKEN, USER), U256::ZERO);
    // then they come back after the deadline, and to nobody else
    chain.set_answer(PROVER, Ok((Address::ZERO, 0u64).abi_encode()));
    chain.set_timestamp(data.reward.deadline);
    settle(&chain, SOLVER, &data, refundCall::SELECTOR).unwrap();
    assert_eq!(chain.token_balance(TOKEN, USER), U256::from(5));
}

#[test]
fn a_wallet_that_agrees_to_everything_is_robbed_by_an_order_that_names_the_robbers_prover() {
    // given such a wallet, and a prover that says whatever the attacker likes
    let (chain, mut data) = (chain(), order_data(0, 5));
    provide(&chain, 5);
    agreeable_user(&chain);
    data.reward.prover = address!("00000000000000000000000000000000000000d6");
    chain.set_answer(data.reward.prover, Ok((ATTACKER, data.destination).abi_encode()));
    // when an order that names it is opened in the wallet's name
    open_for(&chain, 0, gasless(&data), &[]).unwrap();
    // then the tokens are the attacker's: whoever signs an order vouches for its prover
    settle(&chain, ATTACKER, &data, withdrawCall::SELECTOR).unwrap();
    assert_eq!(chain.token_balance(TOKEN, ATTACKER), U256::from(5));
}

#[test]
fn an_order_is_checked_in_the_order_of_the_specification() {
    // given an order that is wrong in every way, and is made right step by step
    let (chain, data) = (chain(), order_data(0, 0));
    let mut order = GaslessCrossChainOrder {
        originSettler: ATTACKER,
        user: USER,
        nonce: U256::ZERO,
        originChainId: U256::ONE,
        openDeadline: NOW as u32 - 1,
        fillDeadline: 0,
        orderDataType: B256::ZERO,
        orderData: Bytes::new(),
    };
    let refused = |order: &GaslessCrossChainOrder| open_for(&chain, 0, order.clone(), &[]);
    assert_eq!(refused(&order), Err(OpenDeadlinePassed {}.abi_encode()));
    // the deadline itself is in time
    order.openDeadline = NOW as u32;
    let error = InvalidOriginSettler { order: ATTACKER, settler: PORTAL };
    assert_eq!(refused(&order), Err(error.abi_encode()));
    order.originSettler = PORTAL;
    let error = InvalidOriginChainId { order: U256::ONE, actual: U256::from(CHAIN_ID) };
    assert_eq!(refused(&order), Err(error.abi_encode()));
    order.originChainId = U256::from(CHAIN_ID);
    assert_eq!(refused(&order), Err(TypeSignatureMismatch {}.abi_encode()));
    order.orderDataType = ORDER_DATA_TYPEHASH;
    assert_eq!(refused(&order), Err(InvalidSignature {}.abi_encode()));
    agreeable_user(&chain);
    assert_eq!(refused(&order), Err(vec![]));
    let mut foreign = data.clone();
    foreign.reward.creator = ATTACKER;
    order.orderData = foreign.abi_encode().into();
    let error = InvalidCreatorBinding { user: USER, creator: ATTACKER };
    assert_eq!(refused(&order), Err(error.abi_encode()));
    order.orderData = data.abi_encode().into();
    assert_eq!(refused(&order), Ok(vec![]));
}

#[test]
fn the_filler_brings_all_native_of_a_gasless_order() {
    let (chain, data) = (chain(), order_data(10, 0));
    agreeable_user(&chain);
    let error = InsufficientFunds { intentHash: order_id(&data) }.abi_encode();
    assert_eq!(open_for(&chain, 9, gasless(&data), &[]), Err(error));
    assert_eq!(open_for(&chain, 11, gasless(&data), &[]), Ok(vec![]));
    assert_eq!((native(&chain, SOLVER), native(&chain, USER)), (990, 1000));
}

#[test]
fn a_nested_caller_gets_nothing_of_the_openers_change() {
    // given a reward token that opens an order of its own from inside
    let (chain, data) = (chain(), order_data(10, 5));
    provide(&chain, 5);
    let nested = openCall { order: onchain(&order_data(0, 0)) }.abi_encode();
    let other = address!("00000000000000000000000000000000000000e7");
    chain.set_token(
        other,
        Behaviour::Calls(Rc::new(move |chain: &Chain| {
            chain.call(PORTAL, U256::ZERO, &nested).unwrap();
        })),
    );
    chain.mint(other, USER, 1);
    chain.approve(other, USER, PORTAL, 1);
    let mut data = data;
    data.reward.tokens.push(TokenAmount { token: other, amount: U256::ONE });
    // when the user opens with 90 wei too much
    assert_eq!(open(&chain, USER, 100, onchain(&data)), Ok(vec![]));
    assert_eq!((native(&chain, USER), native(&chain, other)), (990, 0));
}

/// `(address prover, uint64 sourceChainDomainID, bytes32 claimant, bytes data)`.
fn filler_data(proof: &[u8]) -> Bytes {
    (PROVER, 1001u64, SOLVER.into_word(), Bytes::copy_from_slice(proof)).abi_encode_params().into()
}

/// An order that is filled here: its call pays the attacker 30 wei.
fn fillable() -> (Intent, fillCall) {
    let target = Call { target: ATTACKER, data: vec![].into(), value: U256::from(30) };
    let intent = intent(vec![target], 30, 0);
    let hashes = intent.hashes();
    let call = fillCall {
        orderId: hashes.intent,
        originData: (Bytes::from(intent.route.abi_encode()), hashes.reward)
            .abi_encode_params()
            .into(),
        fillerData: filler_data(&[0x12, 0x34]),
    };
    (intent, call)
}

#[test]
fn filling_an_order_fulfils_and_proves_its_intent() {
    // given an order for this chain
    let (chain, (intent, call)) = (chain(), fillable());
    chain.take_calls();
    // when a solver fills it
    assert_eq!(send(&chain, SOLVER, 33, &call), Ok(vec![]));
    // then the work is done, the proof is on its way with the rest of the value, and the first event says who filled
    assert_eq!((native(&chain, ATTACKER), native(&chain, PROVER)), (30, 3));
    let logs = chain.take_logs();
    assert_eq!(
        topics(&logs),
        [
            OrderFilled::SIGNATURE_HASH,
            IntentFulfilled::SIGNATURE_HASH,
            IntentProven::SIGNATURE_HASH
        ]
    );
    let filled: OrderFilled = logs[0].decode().unwrap();
    assert_eq!(filled, OrderFilled { orderId: intent.hashes().intent, solver: SOLVER });
    let sent = chain.take_calls().into_iter().find(|call| call.to == PROVER).unwrap();
    let prove = IProver::proveCall::abi_decode(&sent.data).unwrap();
    assert_eq!((prove.sender, prove.sourceChainDomainID), (SOLVER, 1001));
    assert_eq!(prove.data[..], [0x12, 0x34]);
    // and only once
    let error =
        interfaces::intents::IInbox::IntentAlreadyFulfilled { intentHash: intent.hashes().intent };
    assert_eq!(send(&chain, SOLVER, 33, &call), Err(error.abi_encode()));
}

#[test]
fn an_order_is_filled_by_its_own_route_and_id() {
    let (chain, (intent, call)) = (chain(), fillable());
    let other = fillCall { orderId: B256::repeat_byte(9), ..call.clone() };
    let error = InvalidHash { expected: B256::repeat_byte(9) };
    assert_eq!(send(&chain, SOLVER, 30, &other), Err(error.abi_encode()));
    let origin = (Bytes::from(intent.route.abi_encode()), B256::ZERO).abi_encode_params();
    let other = fillCall { originData: origin.into(), ..call };
    let error = InvalidHash { expected: intent.hashes().intent };
    assert_eq!(send(&chain, SOLVER, 30, &other), Err(error.abi_encode()));
}

#[test]
fn data_that_fills_nothing_reverts_without_data() {
    let (chain, (intent, call)) = (chain(), fillable());
    let route = intent.route.abi_encode();
    let no_route: Bytes = (Bytes::from(route[..route.len() - 1].to_vec()), intent.hashes().reward)
        .abi_encode_params()
        .into();
    for origin in [Bytes::new(), no_route, call.originData.slice(..63)] {
        let call = fillCall { originData: origin, ..call.clone() };
        assert_eq!(send(&chain, SOLVER, 30, &call), Err(vec![]));
    }
    let mut dirty = call.fillerData.to_vec();
    dirty[0] = 1;
    for filler in [Bytes::new(), dirty.into(), call.fillerData.slice(..161)] {
        let call = fillCall { fillerData: filler, ..call.clone() };
        assert_eq!(send(&chain, SOLVER, 30, &call), Err(vec![]));
    }
}

#[test]
fn the_domain_is_the_peers_and_names_this_portal() {
    let chain = chain();
    let separator = domain_separator(ChainId(CHAIN_ID), PORTAL);
    assert_eq!(send(&chain, USER, 0, &domainSeparatorV4Call {}), Ok(separator.to_vec()));
    let typehash = send(&chain, USER, 0, &GASLESS_CROSSCHAIN_ORDER_TYPEHASHCall {});
    assert_eq!(typehash, Ok(GASLESS_ORDER_TYPEHASH.to_vec()));
    let domain = send(&chain, USER, 0, &eip712DomainCall {}).unwrap();
    let fields = eip712DomainCall::abi_decode_returns(&domain).unwrap();
    assert_eq!((fields.fields.0, fields.salt), ([0x0f], B256::ZERO));
    assert_eq!((&fields.name[..], &fields.version[..]), (DOMAIN_NAME, DOMAIN_VERSION));
    assert_eq!((fields.chainId, fields.verifyingContract), (U256::from(CHAIN_ID), PORTAL));
    assert!(fields.extensions.is_empty());
    assert_eq!(eip712DomainCall::abi_encode_returns(&fields), domain);
}

#[test]
fn only_open_open_for_and_fill_take_value() {
    let (chain, data) = (chain(), order_data(0, 0));
    agreeable_user(&chain);
    let (order, signed) = (onchain(&data), gasless(&data));
    let filler = Bytes::new();
    for (call, payable) in [
        (openCall { order: order.clone() }.abi_encode(), true),
        (
            openForCall {
                order: signed.clone(),
                signature: Bytes::new(),
                originFillerData: filler.clone(),
            }
            .abi_encode(),
            true,
        ),
        (fillable().1.abi_encode(), true),
        (resolveCall { order }.abi_encode(), false),
        (resolveForCall { order: signed, originFillerData: filler }.abi_encode(), false),
        (_resolveCall { openDeadline: 1, orderData: data }.abi_encode(), false),
        (domainSeparatorV4Call {}.abi_encode(), false),
        (eip712DomainCall {}.abi_encode(), false),
        (GASLESS_CROSSCHAIN_ORDER_TYPEHASHCall {}.abi_encode(), false),
    ] {
        let paid = chain.transact(SOLVER, PORTAL, U256::from(30), &call);
        assert_eq!(paid.is_ok(), payable);
        if !payable {
            assert_eq!(paid, Err(vec![]));
            assert!(chain.transact(SOLVER, PORTAL, U256::ZERO, &call).is_ok());
        }
    }
}

prop_compose! {
    fn any_output()(words in any::<[[u8; 32]; 4]>()) -> Output {
        let [token, amount, recipient, chain_id] = words;
        Output {
            token: token.into(),
            amount: U256::from_be_bytes(amount),
            recipient: recipient.into(),
            chainId: U256::from_be_bytes(chain_id),
        }
    }
}

prop_compose! {
    fn any_order_data()(
        destination: u64, deadlines: [u64; 2], creator: [u8; 20], prover: [u8; 20],
        native in prop_oneof![Just(U256::ZERO), any::<[u8; 32]>().prop_map(U256::from_be_bytes)],
        legs in prop::collection::vec(any::<([u8; 20], [u8; 32])>(), 0..4),
        route: Vec<u8>, route_portal: [u8; 32],
        max_spent in prop::collection::vec(any_output(), 0..4),
    ) -> OrderData {
        let leg = |(token, amount): ([u8; 20], [u8; 32])| TokenAmount {
            token: token.into(),
            amount: U256::from_be_bytes(amount),
        };
        OrderData {
            destination,
            route: route.into(),
            reward: Reward {
                deadline: deadlines[0],
                creator: creator.into(),
                prover: prover.into(),
                nativeAmount: native,
                tokens: legs.into_iter().map(leg).collect(),
            },
            routePortal: route_portal.into(),
            routeDeadline: deadlines[1],
            maxSpent: max_spent,
        }
    }
}

proptest! {
    #[test]
    fn every_order_resolves_to_the_canonical_encoding(data in any_order_data(), open_deadline: u32) {
        let chain = chain();
        let order = onchain(&data);
        // whatever the order says of its type and deadlines
        let order = OnchainCrossChainOrder { orderDataType: B256::repeat_byte(1), ..order };
        let now = resolved(&data, NOW as u32).abi_encode();
        prop_assert_eq!(send(&chain, USER, 0, &resolveCall { order }), Ok(now));
        let then = Ok(resolved(&data, open_deadline).abi_encode());
        let order = GaslessCrossChainOrder {
            originSettler: ATTACKER, openDeadline: open_deadline, orderDataType: B256::ZERO, ..gasless(&data)
        };
        let call = resolveForCall { order, originFillerData: Bytes::new() };
        prop_assert_eq!(send(&chain, USER, 0, &call), then.clone());
        let call = _resolveCall { openDeadline: open_deadline, orderData: data };
        prop_assert_eq!(send(&chain, USER, 0, &call), then);
    }

    #[test]
    fn the_view_of_a_signed_order_hashes_as_the_struct(data in any_order_data(), nonce: [u8; 32], user: [u8; 20]) {
        let order = GaslessCrossChainOrder {
            nonce: U256::from_be_bytes(nonce), user: user.into(), ..gasless(&data)
        };
        let encoded = order.abi_encode();
        let view = interfaces::erc7683::GaslessOrderView::read(interfaces::Args(&encoded), 0).unwrap();
        prop_assert_eq!(view.hash(), interfaces::erc7683::order_hash(&order));
    }

    #[test]
    fn an_order_cut_anywhere_reverts_without_data(which in 0usize..6, at: prop::sample::Index) {
        let (chain, data) = (chain(), order_data(0, 0));
        agreeable_user(&chain);
        // what lies last is read whole: data of whole words
        let words = Bytes::from(vec![7; 64]);
        let whole = match which {
            0 => openCall { order: onchain(&data) }.abi_encode(),
            1 => openForCall { order: gasless(&data), signature: Bytes::new(), originFillerData: words }.abi_encode(),
            2 => resolveCall { order: onchain(&data) }.abi_encode(),
            3 => resolveForCall { order: gasless(&data), originFillerData: words }.abi_encode(),
            4 => _resolveCall { openDeadline: 1, orderData: data }.abi_encode(),
            _ => fillCall { fillerData: filler_data(&[7; 64]), ..fillable().1 }.abi_encode(),
        };
        let value = U256::from(if which == 5 { 30 } else { 0 });
        let outcome = chain.transact(SOLVER, PORTAL, value, &whole);
        prop_assert!(outcome.is_ok());
        let cut = &whole[..at.index(whole.len())];
        prop_assert_eq!(chain.transact(SOLVER, PORTAL, U256::ZERO, cut), Err(vec![]));
    }

    #[test]
    fn order_data_cut_anywhere_reverts_without_data(at: prop::sample::Index) {
        let (chain, data) = (chain(), order_data(0, 0));
        agreeable_user(&chain);
        let encoded = data.abi_encode();
        let cut = Bytes::copy_from_slice(&encoded[..at.index(encoded.len())]);
        let order = OnchainCrossChainOrder { orderData: cut.clone(), ..onchain(&data) };
        prop_assert_eq!(open(&chain, USER, 0, order.clone()), Err(vec![]));
        prop_assert_eq!(send(&chain, USER, 0, &resolveCall { order }), Err(vec![]));
        let order = GaslessCrossChainOrder { orderData: cut, ..gasless(&data) };
        prop_assert_eq!(open_for(&chain, 0, order, &[]), Err(vec![]));
    }

    #[test]
    fn garbage_never_traps(
        selector in prop::sample::select(IERC7683Calls::selectors().collect::<Vec<_>>()),
        garbage: Vec<u8>, words in prop::collection::vec(0u64..600, 0..40),
    ) {
        let chain = chain();
        // Words that look like offsets and lengths go further into a decoder than bytes at random.
        let words: Vec<u8> = words.into_iter().flat_map(|word| U256::from(word).to_be_bytes::<32>()).collect();
        for tail in [&garbage, &words] {
            let _any_outcome = chain.transact(SOLVER, PORTAL, U256::ZERO, &[&selector[..], tail].concat());
        }
    }
}
