//! Somebody sends a vault the wrong token: it goes to the intent's creator, and the reward stays where it is.

use alloy::primitives::{Address, U256};
use alloy::sol_types::SolError;
use e2e::escrow::{DESTINATION, Escrow, ROUTE_HASH};
use e2e::mocks::IToken;
use interfaces::intents::{IERC20, IIntentSource, IVault};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stray_token_goes_to_the_creator_and_a_reward_does_not() {
    // given a funded intent, and a vault with a token that is no part of its reward
    let escrow = Escrow::set().await;
    let chain = &escrow.chain;
    let (funder, passer_by) = (chain.account("funder"), chain.account("passer-by"));
    let creator = chain.account("creator").address();
    let reward = escrow.reward(creator, 100, 5);
    let (vault, intent_hash) = (escrow.vault(&reward), escrow.intent_hash(&reward));
    escrow.provide(&funder, escrow.portal, 5).await;
    let fund = IIntentSource::fundCall {
        destination: DESTINATION,
        routeHash: ROUTE_HASH,
        reward: reward.clone(),
        allowPartial: false,
    };
    chain.must_paying(&funder, escrow.portal, &fund, U256::from(100)).await;
    let stray = chain.mock("Token", &[]).await;
    let mint = IToken::mintCall { to: vault, value: U256::from(9) };
    chain.must(&funder, stray, &mint).await;
    let recover = |token: Address| IIntentSource::recoverTokenCall {
        destination: DESTINATION,
        routeHash: ROUTE_HASH,
        reward: reward.clone(),
        token,
    };

    // when somebody tries to recover the reward
    for token in [escrow.token, Address::ZERO] {
        let refused = chain.send(&passer_by, escrow.portal, &recover(token)).await;
        let promised = IIntentSource::InvalidRecoverToken { token }.abi_encode();
        assert_eq!(refused.expect_err("promised"), promised);
    }
    // then it stays
    assert_eq!(escrow.of(vault).await, [100, 5]);

    // when somebody recovers the stray token
    let receipt = chain.must(&passer_by, escrow.portal, &recover(stray)).await;
    // then the creator has it, and the intent is what it was
    let recovered = IIntentSource::IntentTokenRecovered {
        intentHash: intent_hash,
        refundee: creator,
        token: stray,
    };
    assert_eq!(receipt.events::<IIntentSource::IntentTokenRecovered>(escrow.portal), [recovered]);
    let of_creator = IERC20::balanceOfCall { account: creator };
    assert_eq!(chain.view(stray, &of_creator).await, U256::from(9));
    assert_eq!((escrow.of(vault).await, escrow.status(&reward).await), ([100, 5], 1));

    // and there is nothing to recover twice
    let refused = chain.send(&passer_by, escrow.portal, &recover(stray)).await;
    let nothing = IVault::ZeroRecoverTokenBalance { token: stray }.abi_encode();
    assert_eq!(refused.expect_err("nothing"), nothing);
}
