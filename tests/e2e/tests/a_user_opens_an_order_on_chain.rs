//! ERC-7683, on chain: a user opens an order, fillers read it, and it is an intent like any other.

use alloy::primitives::{B256, Bytes, U256};
use alloy::sol_types::{SolError, SolValue};
use e2e::escrow::{DESTINATION, Escrow};
use interfaces::ChainId;
use interfaces::erc7683::ORDER_DATA_TYPEHASH;
use interfaces::hash;
use interfaces::intents::{
    IERC7683, IIntentSource, OnchainCrossChainOrder, OrderData, Output, ResolvedCrossChainOrder,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_published_funded_and_read_in_one_transaction() {
    // given a user with tokens, who wants something done on a chain of another kind
    let escrow = Escrow::set().await;
    let chain = &escrow.chain;
    let (user, passer_by) = (chain.account("user"), chain.account("passer-by"));
    escrow.provide(&user, escrow.portal, 5).await;
    let route = Bytes::from_static(b"a route that only the other chain understands");
    let reward = escrow.reward(user.address(), 100, 5);
    let intent_hash =
        hash::intent_hash(ChainId(DESTINATION), hash::route_hash(&route), reward.hash());
    let data = OrderData {
        destination: DESTINATION,
        route: route.clone(),
        reward: reward.clone(),
        routePortal: B256::repeat_byte(0x44),
        routeDeadline: u64::MAX,
        maxSpent: Vec::new(),
    };
    let order = OnchainCrossChainOrder {
        fillDeadline: 0,
        orderDataType: ORDER_DATA_TYPEHASH,
        orderData: data.abi_encode().into(),
    };
    let open = IERC7683::openCall { order: order.clone() };

    // when the order is of another type, or the value does not suffice
    let other = OnchainCrossChainOrder { orderDataType: B256::ZERO, ..order.clone() };
    let refused = chain
        .send_paying(&user, escrow.portal, &IERC7683::openCall { order: other }, U256::from(100))
        .await;
    assert_eq!(refused.expect_err("the type"), IERC7683::TypeSignatureMismatch {}.abi_encode());
    let refused = chain.send_paying(&user, escrow.portal, &open, U256::from(99)).await;
    // then nothing is opened
    let short = IIntentSource::InsufficientFunds { intentHash: intent_hash }.abi_encode();
    assert_eq!(refused.expect_err("short"), short);

    // when the user opens it, with something too much
    chain.provide(user.address(), U256::from(130)).await;
    let before = chain.balance(user.address()).await;
    let receipt = chain.must_paying(&user, escrow.portal, &open, U256::from(130)).await;
    // then the reward is in the vault and the change is back
    let spent = before - chain.balance(user.address()).await;
    assert_eq!(spent, U256::from(100) + receipt.cost());
    let vault = e2e::programs::vault(escrow.portal, intent_hash);
    assert_eq!(escrow.of(vault).await, [100, 5]);
    // and fillers read what there is to earn and what to do
    let opened = receipt.events::<IERC7683::Open>(escrow.portal);
    assert_eq!(opened.len(), 1);
    assert_eq!(opened[0].orderId, intent_hash);
    let resolved: &ResolvedCrossChainOrder = &opened[0].resolvedOrder;
    let here = U256::from(chain.id());
    assert_eq!((resolved.user, resolved.originChainId), (user.address(), here));
    assert_eq!((resolved.fillDeadline, resolved.orderId), (u32::MAX, intent_hash));
    let received = |token: B256, amount: u64| Output {
        token,
        amount: U256::from(amount),
        recipient: B256::ZERO,
        chainId: here,
    };
    let expected = [received(escrow.token.into_word(), 5), received(B256::ZERO, 100)];
    assert_eq!(resolved.minReceived, expected);
    let [instruction] = &resolved.fillInstructions[..] else { panic!("one instruction") };
    assert_eq!(instruction.destinationChainId, U256::from(DESTINATION));
    assert_eq!(instruction.destinationSettler, B256::repeat_byte(0x44));
    assert_eq!(instruction.originData, (route, reward.hash()).abi_encode_params());
    assert_eq!(receipt.events::<IIntentSource::IntentPublished>(escrow.portal).len(), 1);
    let funded = IIntentSource::IntentFunded {
        intentHash: intent_hash,
        funder: user.address(),
        complete: true,
    };
    assert_eq!(receipt.events::<IIntentSource::IntentFunded>(escrow.portal), [funded]);

    // when anybody asks the Portal instead of the logs
    let mut asked = chain.view(escrow.portal, &IERC7683::resolveCall { order }).await;
    // then it says the same, but for the time, which is that of the question
    asked.openDeadline = resolved.openDeadline;
    assert_eq!(asked, *resolved);

    // when somebody opens it again
    let receipt = chain.must_paying(&passer_by, escrow.portal, &open, U256::from(9)).await;
    // then it is announced again, and nobody pays anything
    assert_eq!(receipt.events::<IERC7683::Open>(escrow.portal).len(), 1);
    assert_eq!(receipt.events::<IIntentSource::IntentFunded>(escrow.portal), []);
    assert_eq!(escrow.of(vault).await, [100, 5]);
    assert_eq!(escrow.of(escrow.portal).await, [0, 0]);
}
