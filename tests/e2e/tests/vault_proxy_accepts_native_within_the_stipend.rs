//! A vault is funded by plain transfers with 2,300 gas: they must work before and after its proxy is deployed.

use alloy::primitives::{Address, B256, U256, b256};
use e2e::chain::Chain;
use e2e::mocks::IStipendPayer;
use e2e::programs;
use interfaces::ChainId;
use interfaces::intents::{IIntentSource, Reward};
use interfaces::{hash, proxy};

const ROUTE_HASH: B256 = b256!("1111111111111111111111111111111111111111111111111111111111111111");
const DESTINATION: u64 = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vault_accepts_a_plain_transfer_before_and_after_its_deployment() {
    // given an intent whose deadline has passed, so that a refund deploys its vault
    let chain = Chain::a().await;
    let portal = programs::portal(&chain, Address::ZERO).await;
    let anybody = chain.account("anybody");
    let payer = chain.mock("StipendPayer", &[]).await;
    let reward = Reward {
        deadline: 0,
        creator: chain.account("creator").address(),
        prover: Address::ZERO,
        nativeAmount: U256::from(100),
        tokens: Vec::new(),
    };
    let intent_hash = hash::intent_hash(ChainId(DESTINATION), ROUTE_HASH, reward.hash());
    let vault = programs::vault(portal, intent_hash);
    let creator = reward.creator;
    let refund =
        IIntentSource::refundCall { destination: DESTINATION, routeHash: ROUTE_HASH, reward };
    let pay = IStipendPayer::payCall { to: vault };
    let paid = [IStipendPayer::Paid { success: true }];

    // when it is paid before there is any code
    assert!(chain.code(vault).await.is_empty());
    let receipt = chain.must_paying(&anybody, payer, &pay, U256::from(3)).await;
    // then it has the money
    assert_eq!(receipt.events::<IStipendPayer::Paid>(payer), paid);
    assert_eq!(chain.balance(vault).await, U256::from(3));

    // when the vault is deployed
    chain.must(&anybody, portal, &refund).await;
    // then at the address that was known before, with the code that was known before
    let implementation = hash::create_address(portal, 1);
    assert_eq!(chain.code(vault).await, proxy::runtime(implementation)[..]);
    assert_eq!(chain.balance(creator).await, U256::from(3));

    // when it is paid again with no more than the stipend
    let receipt = chain.must_paying(&anybody, payer, &pay, U256::from(4)).await;
    // then it still has the money, and the Portal can still get at it
    assert_eq!(receipt.events::<IStipendPayer::Paid>(payer), paid);
    assert_eq!(chain.balance(vault).await, U256::from(4));
    chain.must(&anybody, portal, &refund).await;
    assert_eq!(chain.balance(creator).await, U256::from(7));
}
