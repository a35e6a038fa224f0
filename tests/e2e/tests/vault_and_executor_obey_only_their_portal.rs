//! Vaults hold escrows and the Executor is what routes act as: neither listens to anybody but its own Portal.

use alloy::primitives::{Address, B256, Bytes, U256, b256};
use alloy::sol_types::{SolCall, SolError};
use e2e::chain::Chain;
use e2e::mocks::{ICaller, ISetProof, IToken};
use e2e::programs;
use interfaces::ChainId;
use interfaces::hash;
use interfaces::intents::{
    Call, IERC20, IExecutor, IInbox, IIntentSource, IVault, Reward, Route, TokenAmount,
};
use metalayer::chain::Tx;

const ROUTE_HASH: B256 = b256!("1111111111111111111111111111111111111111111111111111111111111111");
const DESTINATION: u64 = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vault_pays_on_the_word_of_its_portal_alone() {
    // given a vault that is deployed and still holds something: it was paid more than the reward
    let chain = Chain::a().await;
    let portal = programs::portal(&chain, Address::ZERO).await;
    let other_portal = programs::portal(&chain, Address::ZERO).await;
    let prover = chain.mock("Prover", &[]).await;
    let (thief, claimant) = (chain.account("thief"), chain.account("claimant").address());
    let reward = Reward {
        deadline: chain.now().await + 10_000,
        creator: chain.account("creator").address(),
        prover,
        nativeAmount: U256::from(100),
        tokens: Vec::new(),
    };
    let intent_hash = hash::intent_hash(ChainId(DESTINATION), ROUTE_HASH, reward.hash());
    let vault = programs::vault(portal, intent_hash);
    chain
        .pay(&thief, vault, U256::from(130))
        .await
        .expect("an address without code accepts native");
    let proof =
        ISetProof::setProofCall { intentHash: intent_hash, claimant, destination: DESTINATION };
    chain.must(&thief, prover, &proof).await;
    let withdraw = IIntentSource::withdrawCall {
        destination: DESTINATION,
        routeHash: ROUTE_HASH,
        reward: reward.clone(),
    };
    chain.must(&thief, portal, &withdraw).await;
    assert_eq!(chain.balance(claimant).await, U256::from(100));
    assert_eq!(chain.balance(vault).await, U256::from(30));

    // when a thief calls it, in every way: itself, through a contract, with the intent's hash behind the arguments as
    // the Portal has it, on the proxy and on the bare implementation
    let middleman = chain.mock("Caller", &[]).await;
    let implementation = hash::create_address(portal, 1);
    let calls = [
        IVault::withdrawCall { reward: reward.clone(), claimant: thief.address() }.abi_encode(),
        IVault::refundCall { reward: reward.clone(), refundee: thief.address() }.abi_encode(),
        IVault::fundForCall { reward: reward.clone(), funder: claimant, permit: Address::ZERO }
            .abi_encode(),
        IVault::recoverCall { refundee: thief.address(), token: prover }.abi_encode(),
    ];
    for target in [vault, implementation] {
        for call in &calls {
            for data in [call.clone(), [&call[..], intent_hash.as_slice()].concat()] {
                // then it is told who it is not
                let sent = chain.transact(&thief, Tx::raw(target, data.clone()), U256::ZERO).await;
                let thief_is_not = IVault::NotPortalCaller { caller: thief.address() }.abi_encode();
                assert_eq!(sent.expect_err("refused"), thief_is_not);

                let exec = ICaller::execCall { target, value: U256::ZERO, data: data.into() };
                let sent = chain.send(&thief, middleman, &exec).await;
                let middleman_is_not = IVault::NotPortalCaller { caller: middleman }.abi_encode();
                assert_eq!(sent.expect_err("refused"), middleman_is_not);
            }
        }
    }
    assert_eq!(chain.balance(vault).await, U256::from(30));

    // when another Portal of the same code is asked for the same intent
    let proof = ISetProof::setProofCall {
        intentHash: intent_hash,
        claimant: thief.address(),
        destination: DESTINATION,
    };
    chain.must(&thief, prover, &proof).await;
    chain.must(&thief, other_portal, &withdraw).await;
    // then it pays from its own vault, which is empty
    assert_eq!(chain.balance(vault).await, U256::from(30));
    assert_ne!(programs::vault(other_portal, intent_hash), vault);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_executor_calls_on_the_word_of_its_portal_alone() {
    let chain = Chain::b().await;
    let portal = programs::portal(&chain, Address::ZERO).await;
    let executor = chain.view(portal, &IInbox::executorCall {}).await;
    let thief = chain.account("thief");
    // given something that lies on the Executor
    chain.pay(&thief, executor, U256::from(9)).await.expect("the Executor accepts native");
    // when a thief tells it to pay, itself or through a contract
    let loot = Call { target: thief.address(), data: Bytes::new(), value: U256::from(9) };
    let execute = IExecutor::executeCall { calls: vec![loot] };
    // then it is told who it is not
    let thief_is_not = IExecutor::NonPortalCaller { caller: thief.address() }.abi_encode();
    assert_eq!(chain.send(&thief, executor, &execute).await.expect_err("refused"), thief_is_not);
    let middleman = chain.mock("Caller", &[]).await;
    let exec = ICaller::execCall {
        target: executor,
        value: U256::ZERO,
        data: execute.abi_encode().into(),
    };
    let middleman_is_not = IExecutor::NonPortalCaller { caller: middleman }.abi_encode();
    assert_eq!(chain.send(&thief, middleman, &exec).await.expect_err("refused"), middleman_is_not);
    assert_eq!(chain.balance(executor).await, U256::from(9));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_route_acts_as_the_executor_and_not_as_the_portal() {
    // given a solver that has allowed the Portal to take tokens
    let chain = Chain::b().await;
    let portal = programs::portal(&chain, Address::ZERO).await;
    let executor = chain.view(portal, &IInbox::executorCall {}).await;
    let token = chain.mock("Token", &[]).await;
    let (solver, thief) = (chain.account("solver"), chain.account("thief").address());
    let mint = IToken::mintCall { to: solver.address(), value: U256::from(1_000) };
    chain.must(&solver, token, &mint).await;
    chain
        .must(&solver, token, &IERC20::approveCall { spender: portal, value: U256::from(1_000) })
        .await;
    let reward_hash = B256::repeat_byte(0x22);
    let fulfill = async |calls: Vec<Call>| {
        let route = Route {
            salt: B256::ZERO,
            deadline: chain.now().await + 10_000,
            portal,
            nativeAmount: U256::ZERO,
            tokens: vec![TokenAmount { token, amount: U256::from(10) }],
            calls,
        };
        let fulfill = IInbox::fulfillCall {
            intentHash: hash::intent_hash(ChainId(chain.id()), route.hash(), reward_hash),
            route,
            rewardHash: reward_hash,
            claimant: solver.address().into_word(),
        };
        chain.send(&solver, portal, &fulfill).await
    };

    // when a route tries to take the rest
    let take =
        IERC20::transferFromCall { from: solver.address(), to: thief, value: U256::from(990) };
    let take = Call { target: token, data: take.abi_encode().into(), value: U256::ZERO };
    let reverted = fulfill(vec![take.clone()]).await.expect_err("fails");
    // then the token sees the Executor, to which nobody has allowed anything
    alloy::sol! {
        error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed);
    }
    let reason = ERC20InsufficientAllowance {
        spender: executor,
        allowance: U256::ZERO,
        needed: U256::from(990),
    };
    let failed = IExecutor::CallFailed { call: take, reason: reason.abi_encode().into() };
    assert_eq!(reverted, failed.abi_encode());

    // when a route tells the Executor to execute
    let execute = IExecutor::executeCall { calls: Vec::new() };
    let execute = Call { target: executor, data: execute.abi_encode().into(), value: U256::ZERO };
    let reverted = fulfill(vec![execute.clone()]).await.expect_err("fails");
    // then not even itself may
    let reason = IExecutor::NonPortalCaller { caller: executor }.abi_encode();
    let failed = IExecutor::CallFailed { call: execute, reason: reason.into() };
    assert_eq!(reverted, failed.abi_encode());
    assert_eq!(chain.view(token, &IERC20::balanceOfCall { account: thief }).await, U256::ZERO);
}
