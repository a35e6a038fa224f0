//! ERC-7683 on the destination chain: a filler passes on what the order says, and the intent is fulfilled and proven.

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::sol_types::{SolCall, SolError, SolValue};
use e2e::chain::Chain;
use e2e::mocks::{ISetProof, ITarget};
use e2e::programs;
use interfaces::ChainId;
use interfaces::codec::ProofMessage;
use interfaces::hash;
use interfaces::intents::{Call, IERC7683, IInbox, Route};

/// Any reward: what it says is no matter to the destination chain.
const REWARD_HASH: B256 = B256::repeat_byte(0x22);
const SOURCE: u64 = 1001;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filled_order_is_a_fulfilled_and_proven_intent() {
    // given an order whose route calls somebody with 30 wei
    let chain = Chain::b().await;
    let portal = programs::portal(&chain, Address::ZERO).await;
    let prover = chain.mock("Prover", &[]).await;
    let target = chain.mock("Target", &[]).await;
    let (solver, claimant) = (chain.account("solver"), chain.account("claimant").address());
    let ping = ITarget::pingCall { x: U256::from(7) }.abi_encode();
    let route = Route {
        salt: B256::ZERO,
        deadline: chain.now().await + 10_000,
        portal,
        nativeAmount: U256::from(30),
        tokens: Vec::new(),
        calls: vec![Call { target, data: ping.clone().into(), value: U256::from(30) }],
    };
    let order_id = hash::intent_hash(ChainId(chain.id()), route.hash(), REWARD_HASH);
    let proof_data = Bytes::from_static(&[0x12, 0x34]);
    let filler = (prover, SOURCE, claimant.into_word(), proof_data.clone()).abi_encode_params();
    let fill = IERC7683::fillCall {
        orderId: order_id,
        originData: (Bytes::from(route.abi_encode()), REWARD_HASH).abi_encode_params().into(),
        fillerData: filler.into(),
    };

    // when it is filled under another order's id, or with a route cut short
    let other = IERC7683::fillCall { orderId: B256::repeat_byte(1), ..fill.clone() };
    let refused = chain.send_paying(&solver, portal, &other, U256::from(33)).await;
    let wrong = IInbox::InvalidHash { expected: B256::repeat_byte(1) }.abi_encode();
    assert_eq!(refused.expect_err("another order"), wrong);
    let cut = Bytes::from(route.abi_encode()[..100].to_vec());
    let cut = IERC7683::fillCall {
        originData: (cut, REWARD_HASH).abi_encode_params().into(),
        ..fill.clone()
    };
    let refused = chain.send_paying(&solver, portal, &cut, U256::from(33)).await;
    // then nothing happens
    assert_eq!(refused.expect_err("no route"), Bytes::new());
    assert_eq!(chain.balance(target).await, U256::ZERO);

    // when a solver fills it, with three wei for the prover
    let receipt = chain.must_paying(&solver, portal, &fill, U256::from(33)).await;
    // then the work is done
    let executor = chain.view(portal, &IInbox::executorCall {}).await;
    let hit = ITarget::Hit { sender: executor, value: U256::from(30), data: ping.into() };
    assert_eq!(receipt.events::<ITarget::Hit>(target), [hit]);
    // and the proof is on its way, with the rest
    let mut proofs = ProofMessage::new(ChainId(chain.id()), 1);
    proofs.push(order_id, claimant.into_word());
    let proved = ISetProof::Proved {
        sender: solver.address(),
        domain: SOURCE,
        proofs: proofs.into_bytes().into(),
        data: proof_data,
        value: U256::from(3),
    };
    assert_eq!(receipt.events::<ISetProof::Proved>(prover), [proved]);
    // and the first event says who filled
    let filled = IERC7683::OrderFilled { orderId: order_id, solver: solver.address() };
    assert_eq!(receipt.events::<IERC7683::OrderFilled>(portal), [filled]);
    assert_eq!(receipt.logs[0].address, portal);
    let claim = IInbox::claimantsCall { intentHash: order_id };
    assert_eq!(chain.view(portal, &claim).await, claimant.into_word());

    // and it is filled once
    let refused = chain.send_paying(&solver, portal, &fill, U256::from(33)).await;
    let done = IInbox::IntentAlreadyFulfilled { intentHash: order_id }.abi_encode();
    assert_eq!(refused.expect_err("done"), done);
}
