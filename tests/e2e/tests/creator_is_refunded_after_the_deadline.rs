//! Nobody fulfils an intent: its creator gets everything back, at the deadline and not a second before.

use alloy::primitives::{Address, B256, U256, b256};
use alloy::sol_types::SolError;
use e2e::chain::Chain;
use e2e::mocks::IToken;
use e2e::programs;
use interfaces::intents::{IERC20, IIntentSource, IMetaProver, Reward, TokenAmount};
use interfaces::{ChainId, hash};

const NATIVE: u64 = 1_000_000;
const TOKENS: u64 = 500;
/// A route on a chain of another kind: its hash is all this side needs.
const ROUTE_HASH: B256 = b256!("1111111111111111111111111111111111111111111111111111111111111111");
const DESTINATION: u64 = 1_399_811_149;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_creator_gets_everything_back_from_the_deadline_on() {
    // given an intent funded with native and a token, and a prover that has heard nothing
    let chain = Chain::a().await;
    let portal = programs::portal(&chain, Address::ZERO).await;
    let token = chain.mock("Token", &[]).await;
    let prover = IMetaProver::constructorCall {
        router: Address::repeat_byte(0x77),
        portal,
        provers: Vec::new(),
        minGasLimit: U256::ZERO,
    };
    let prover = programs::meta_prover(&chain, &prover).await.expect("a MetaProver is deployed");
    let (creator, funder, passer_by) =
        (chain.account("creator").address(), chain.account("funder"), chain.account("passer-by"));
    chain
        .must(&funder, token, &IToken::mintCall { to: funder.address(), value: U256::from(TOKENS) })
        .await;
    chain
        .must(&funder, token, &IERC20::approveCall { spender: portal, value: U256::from(TOKENS) })
        .await;
    let start = chain.now().await;
    let deadline = start + chain.a_while();
    let reward = Reward {
        deadline,
        creator,
        prover,
        nativeAmount: U256::from(NATIVE),
        tokens: vec![TokenAmount { token, amount: U256::from(TOKENS) }],
    };
    let intent_hash = hash::intent_hash(ChainId(DESTINATION), ROUTE_HASH, reward.hash());
    let vault = programs::vault(portal, intent_hash);
    let fund = IIntentSource::fundCall {
        destination: DESTINATION,
        routeHash: ROUTE_HASH,
        reward: reward.clone(),
        allowPartial: false,
    };
    chain.must_paying(&funder, portal, &fund, U256::from(NATIVE)).await;
    let refund = IIntentSource::refundCall {
        destination: DESTINATION,
        routeHash: ROUTE_HASH,
        reward: reward.clone(),
    };

    // when somebody asks for the refund too early
    if chain.is_embedded() {
        chain.set_time(deadline - 1).await;
    }
    let reverted = chain.send(&passer_by, portal, &refund).await.expect_err("too early");
    // then it is refused, and the error tells when it will not be
    let error = IIntentSource::InvalidStatusForRefund::abi_decode(&reverted).expect("the error");
    assert_eq!((error.status, error.deadline), (1, U256::from(deadline)));
    assert!(error.now < error.deadline);
    if chain.is_embedded() {
        assert_eq!(error.now, U256::from(deadline - 1));
    }

    // when the deadline has come
    chain.set_time(deadline).await;
    let receipt = chain.must(&passer_by, portal, &refund).await;
    // then all of it is back
    let refunded = receipt.events::<IIntentSource::IntentRefunded>(portal);
    assert_eq!(
        refunded,
        [IIntentSource::IntentRefunded { intentHash: intent_hash, refundee: creator }]
    );
    let of = |account| IERC20::balanceOfCall { account };
    assert_eq!(chain.balance(creator).await, U256::from(NATIVE));
    assert_eq!(chain.view(token, &of(creator)).await, U256::from(TOKENS));
    assert_eq!(chain.balance(vault).await, U256::ZERO);
    assert_eq!(chain.view(token, &of(vault)).await, U256::ZERO);
    let status = IIntentSource::getRewardStatusCall { intentHash: intent_hash };
    assert_eq!(chain.view(portal, &status).await, 3, "Refunded");

    // when somebody tries to revive the intent
    let reverted = chain.send_paying(&funder, portal, &fund, U256::from(NATIVE)).await;
    // then it stays over
    let over = IIntentSource::InvalidStatusForFunding { status: 3 }.abi_encode();
    assert_eq!(reverted.expect_err("over"), over);
    let withdraw =
        IIntentSource::withdrawCall { destination: DESTINATION, routeHash: ROUTE_HASH, reward };
    let over = IIntentSource::InvalidStatusForWithdrawal { status: 3 }.abi_encode();
    assert_eq!(chain.send(&passer_by, portal, &withdraw).await.expect_err("over"), over);

    // when native strays into the vault later
    chain.pay(&passer_by, vault, U256::from(7)).await.expect("a vault accepts native");
    chain.must(&passer_by, portal, &refund).await;
    // then another refund brings it home, too
    assert_eq!(chain.balance(creator).await, U256::from(NATIVE + 7));
}
