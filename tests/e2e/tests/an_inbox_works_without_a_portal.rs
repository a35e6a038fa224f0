//! The destination-chain half of the Portal can be deployed alone, with an Executor of its own.

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::sol_types::{SolCall, SolConstructor, SolError};
use e2e::chain::Chain;
use e2e::mocks::ITarget;
use e2e::programs;
use interfaces::ChainId;
use interfaces::hash;
use interfaces::intents::{Call, IExecutor, IInbox, Route};
use metalayer::artifacts::Artifacts;
use metalayer::chain::Tx;
use metalayer::deployment;

const REWARD_HASH: B256 = B256::repeat_byte(0x22);

/// Selector of a Stylus program's constructor.
const CONSTRUCTOR: [u8; 4] = [0x55, 0x85, 0x25, 0x8d];

/// Deploys an Inbox, and activates its Executor.
async fn inbox(chain: &Chain) -> (Address, Vec<u8>) {
    let executor = Artifacts::locate().program("executor").expect("the contracts are built");
    let arguments =
        IInbox::constructorCall { executorInitCode: deployment::init_code(&executor.code).into() }
            .abi_encode();
    let inbox = programs::deploy(chain, "inbox", &arguments).await.expect("an Inbox is deployed");
    let child = hash::create_address(inbox, hash::EXECUTOR_NONCE);
    deployment::activate(chain.link(), &chain.dev(), &executor, child)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    (inbox, arguments)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inbox_fulfils_through_its_own_executor() {
    let chain = Chain::b().await;
    let (inbox, _) = inbox(&chain).await;
    let executor = chain.view(inbox, &IInbox::executorCall {}).await;
    let (solver, target) = (chain.account("solver"), chain.mock("Target", &[]).await);
    // given a route that calls a target with value
    let ping = ITarget::pingCall { x: U256::from(41) }.abi_encode();
    let route = Route {
        salt: B256::ZERO,
        deadline: chain.now().await + 10_000,
        portal: inbox,
        nativeAmount: U256::from(7),
        tokens: Vec::new(),
        calls: vec![Call { target, data: ping.clone().into(), value: U256::from(7) }],
    };
    let fulfill = IInbox::fulfillCall {
        intentHash: hash::intent_hash(ChainId(chain.id()), route.hash(), REWARD_HASH),
        route,
        rewardHash: REWARD_HASH,
        claimant: solver.address().into_word(),
    };
    // when it is fulfilled
    let receipt = chain.must_paying(&solver, inbox, &fulfill, U256::from(7)).await;
    // then the target has seen the Executor
    let hits = receipt.events::<ITarget::Hit>(target);
    let hit = ITarget::Hit { sender: executor, value: U256::from(7), data: ping.into() };
    assert_eq!(hits, [hit]);
    // and that Executor listens to nobody else
    let execute = IExecutor::executeCall { calls: Vec::new() };
    let refused = IExecutor::NonPortalCaller { caller: solver.address() }.abi_encode();
    assert_eq!(chain.send(&solver, executor, &execute).await.expect_err("refused"), refused);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inbox_is_constructed_once() {
    let chain = Chain::b().await;
    let (inbox, arguments) = inbox(&chain).await;
    let again = [&CONSTRUCTOR[..], &arguments].concat();
    let sent = chain.transact(&chain.account("thief"), Tx::raw(inbox, again), U256::ZERO).await;
    assert_eq!(sent.expect_err("refused"), Bytes::new());
}
