//! A prover that is being called may not make the Portal prove again; other functions stay open to it.

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::sol_types::{SolCall, SolError, SolValue};
use e2e::chain::Chain;
use e2e::mocks::ICallsBack;
use e2e::programs;
use interfaces::ChainId;
use interfaces::hash;
use interfaces::intents::{IInbox, Route};

const REWARD_HASH: B256 = B256::repeat_byte(0x22);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_prover_cannot_prove_from_inside_prove() {
    let chain = Chain::b().await;
    let portal = programs::portal(&chain, Address::ZERO).await;
    let (solver, accomplice) = (chain.account("solver"), chain.account("accomplice").address());
    let prover = chain.mock("ThievingProver", &accomplice.abi_encode()).await;
    let prove = IInbox::proveCall {
        prover,
        sourceChainDomainID: 1001,
        intentHashes: Vec::new(),
        data: Bytes::new(),
    };
    // given a prover that calls `prove` again
    let callback =
        ICallsBack::setCallbackCall { target: portal, callback: prove.abi_encode().into() };
    chain.must(&solver, prover, &callback).await;
    // when it is asked to prove
    let receipt = chain.must_paying(&solver, portal, &prove, U256::from(7)).await;
    // then its own call is refused, and it has what it was given
    let reentered = receipt.events::<ICallsBack::Reentered>(prover);
    let refused = IInbox::ReentrancyGuardReentrantCall {}.abi_encode();
    assert_eq!(reentered, [ICallsBack::Reentered { success: false, output: refused.into() }]);
    assert_eq!(chain.balance(accomplice).await, U256::from(7));
    // and the lock is open again
    chain.must(&solver, portal, &prove).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_prover_may_fulfil_from_inside_prove() {
    let chain = Chain::b().await;
    let portal = programs::portal(&chain, Address::ZERO).await;
    let (solver, accomplice) = (chain.account("solver"), chain.account("accomplice").address());
    let prover = chain.mock("ThievingProver", &accomplice.abi_encode()).await;
    let route = Route {
        salt: B256::ZERO,
        deadline: chain.now().await + 10_000,
        portal,
        nativeAmount: U256::ZERO,
        tokens: Vec::new(),
        calls: Vec::new(),
    };
    let intent_hash = hash::intent_hash(ChainId(chain.id()), route.hash(), REWARD_HASH);
    let fulfill = IInbox::fulfillCall {
        intentHash: intent_hash,
        route,
        rewardHash: REWARD_HASH,
        claimant: solver.address().into_word(),
    };
    let callback =
        ICallsBack::setCallbackCall { target: portal, callback: fulfill.abi_encode().into() };
    chain.must(&solver, prover, &callback).await;
    // when the prover fulfils an intent while it is asked to prove
    let prove = IInbox::proveCall {
        prover,
        sourceChainDomainID: 1001,
        intentHashes: Vec::new(),
        data: Bytes::new(),
    };
    let receipt = chain.must(&solver, portal, &prove).await;
    // then that is done, and stays done
    let fulfilled = receipt.events::<IInbox::IntentFulfilled>(portal);
    assert_eq!(fulfilled.len(), 1);
    let claimant = chain.view(portal, &IInbox::claimantsCall { intentHash: intent_hash }).await;
    assert_eq!(claimant, solver.address().into_word());
}
