//! What a solver sends beyond the route's need is the solver's: no call of the route can get at it.
//!
//! In the Solidity, a route call that re-enters the Portal is given the Portal's whole balance as its "excess"
//! (intents.md 4.3, open hazard). Here every frame accounts for the value it brought itself.

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{SolCall, SolError, SolValue};
use e2e::chain::Chain;
use e2e::mocks::ICallsBack;
use e2e::programs;
use interfaces::ChainId;
use interfaces::hash;
use interfaces::intents::{Call, IExecutor, IInbox, IIntentSource, Reward, Route};

const NEEDED: u64 = 1;
const SENT: u64 = 1_000;
/// Any reward: what it says is no matter to the destination chain.
const REWARD_HASH: B256 = B256::repeat_byte(0x22);

struct Stage {
    chain: Chain,
    portal: Address,
    executor: Address,
    solver: PrivateKeySigner,
    thief: Address,
}

impl Stage {
    async fn set() -> Self {
        let chain = Chain::b().await;
        let portal = programs::portal(&chain, Address::ZERO).await;
        let executor = chain.view(portal, &IInbox::executorCall {}).await;
        let (solver, thief) = (chain.account("solver"), chain.account("thief").address());
        Self { chain, portal, executor, solver, thief }
    }

    /// A fulfilment of a route that needs one wei and makes these calls.
    async fn fulfillment(&self, calls: Vec<Call>) -> IInbox::fulfillCall {
        let route = Route {
            salt: B256::ZERO,
            deadline: self.chain.now().await + 10_000,
            portal: self.portal,
            nativeAmount: U256::from(NEEDED),
            tokens: Vec::new(),
            calls,
        };
        IInbox::fulfillCall {
            intentHash: hash::intent_hash(ChainId(self.chain.id()), route.hash(), REWARD_HASH),
            route,
            rewardHash: REWARD_HASH,
            claimant: self.solver.address().into_word(),
        }
    }

    /// A call of `fund` for an intent that wants nothing, so that all value would be excess.
    fn fund_nothing(&self) -> Call {
        let fund = IIntentSource::fundCall {
            destination: 1,
            routeHash: B256::ZERO,
            reward: Reward {
                deadline: 0,
                creator: Address::ZERO,
                prover: Address::ZERO,
                nativeAmount: U256::ZERO,
                tokens: Vec::new(),
            },
            allowPartial: false,
        };
        Call { target: self.portal, data: fund.abi_encode().into(), value: U256::ZERO }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn funding_from_inside_a_route_refunds_nothing_to_the_executor() {
    let stage = Stage::set().await;
    // given a route that funds an intent on the way
    let fulfill = stage.fulfillment(vec![stage.fund_nothing()]).await;
    stage.chain.provide(stage.solver.address(), U256::from(SENT)).await;
    let before = stage.chain.balance(stage.solver.address()).await;
    // when the solver sends more than it needs
    let receipt =
        stage.chain.must_paying(&stage.solver, stage.portal, &fulfill, U256::from(SENT)).await;
    // then it pays what the route needs, and gets the rest back
    let after = stage.chain.balance(stage.solver.address()).await;
    assert_eq!(before - after, U256::from(NEEDED) + receipt.cost());
    assert_eq!(stage.chain.balance(stage.executor).await, U256::from(NEEDED));
    assert_eq!(stage.chain.balance(stage.portal).await, U256::ZERO);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_route_that_counts_on_the_solvers_value_fails() {
    let stage = Stage::set().await;
    // given a route that wants to pay a thief with what `fund` would have given the Executor in the Solidity
    let loot = Call { target: stage.thief, data: Bytes::new(), value: U256::from(SENT) };
    let fulfill = stage.fulfillment(vec![stage.fund_nothing(), loot.clone()]).await;
    // when a solver falls for it
    let sent =
        stage.chain.send_paying(&stage.solver, stage.portal, &fulfill, U256::from(SENT)).await;
    // then there is nothing to pay with, and nothing has happened
    let failed = IExecutor::CallFailed { call: loot, reason: Bytes::new() }.abi_encode();
    assert_eq!(sent.expect_err("fails"), failed);
    assert_eq!(stage.chain.balance(stage.thief).await, U256::ZERO);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proving_from_inside_a_route_takes_nothing_along() {
    let stage = Stage::set().await;
    // given a route that proves to a prover of the thief's
    let prover = stage.chain.mock("ThievingProver", &stage.thief.abi_encode()).await;
    let prove = IInbox::proveCall {
        prover,
        sourceChainDomainID: 1001,
        intentHashes: Vec::new(),
        data: Bytes::new(),
    };
    let prove = Call { target: stage.portal, data: prove.abi_encode().into(), value: U256::ZERO };
    let fulfill = stage.fulfillment(vec![prove]).await;
    stage.chain.provide(stage.solver.address(), U256::from(SENT)).await;
    let before = stage.chain.balance(stage.solver.address()).await;
    // when the solver sends more than the route needs
    let receipt =
        stage.chain.must_paying(&stage.solver, stage.portal, &fulfill, U256::from(SENT)).await;
    // then the prover was given nothing, and the solver has the rest
    let stolen = receipt.events::<ICallsBack::Stolen>(prover);
    assert_eq!(stolen, [ICallsBack::Stolen { value: U256::ZERO }]);
    assert_eq!(stage.chain.balance(stage.thief).await, U256::ZERO);
    let after = stage.chain.balance(stage.solver.address()).await;
    assert_eq!(before - after, U256::from(NEEDED) + receipt.cost());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn native_stranded_on_the_portal_is_given_to_nobody() {
    let stage = Stage::set().await;
    // given wei forced on the Portal
    stage.chain.give(stage.portal, U256::from(5)).await;
    let fulfill = stage.fulfillment(Vec::new()).await;
    stage.chain.provide(stage.solver.address(), U256::from(SENT)).await;
    let before = stage.chain.balance(stage.solver.address()).await;
    // when somebody fulfils
    let receipt =
        stage.chain.must_paying(&stage.solver, stage.portal, &fulfill, U256::from(NEEDED)).await;
    // then it pays what it pays
    let after = stage.chain.balance(stage.solver.address()).await;
    assert_eq!(before - after, U256::from(NEEDED) + receipt.cost());
    assert_eq!(stage.chain.balance(stage.portal).await, U256::from(5));
}
