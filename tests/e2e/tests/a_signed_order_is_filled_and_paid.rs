//! ERC-7683, gasless: a user signs an order and sends nothing at all; a filler opens it on A, fills it on B, and is
//! paid on A. The proof travels as in `solver_is_paid_after_fulfilling`.

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::signers::SignerSync;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{SolError, SolValue};
use e2e::chain::Receipt;
use e2e::mocks::IToken;
use e2e::network::{DOMAIN_A, Network, b32};
use e2e::programs;
use interfaces::ChainId;
use interfaces::codec::ProofMessage;
use interfaces::erc7683::{self, ORDER_DATA_TYPEHASH};
use interfaces::intents::{
    Call, GaslessCrossChainOrder, IERC20, IERC7683, IIntentSource, IMetaProver, Intent, OrderData,
    Reward, Route, TokenAmount,
};

const REWARD_TOKENS: u64 = 500;
/// What the filler adds in the user's name, on A: a signed order may promise native value, too.
const REWARD_NATIVE: u64 = 1_000;
const ROUTE_NATIVE: u64 = 700;
/// Gas for the proof's delivery on A.
const PROOF_GAS: u64 = 300_000;

fn open_for(order: &GaslessCrossChainOrder, signature: Bytes) -> IERC7683::openForCall {
    IERC7683::openForCall { order: order.clone(), signature, originFillerData: Bytes::new() }
}

fn sign(key: &PrivateKeySigner, separator: B256, order: &GaslessCrossChainOrder) -> Bytes {
    let digest = erc7683::order_digest(separator, order);
    key.sign_hash_sync(&digest).expect("a key signs").as_bytes().into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_only_signs_and_a_filler_does_the_rest() {
    let network = Network::start().await;
    let (a, b) = (&network.a, &network.b);
    let (user, filler) = (a.chain.account("user"), a.chain.account("filler"));
    let friend = b.chain.account("friend").address();

    // given a user whose tokens the Portal may take, and who wants a friend on B to be given native
    let mint = IToken::mintCall { to: user.address(), value: U256::from(REWARD_TOKENS) };
    a.chain.must(&filler, a.token, &mint).await;
    let approve = IERC20::approveCall { spender: a.ours.portal, value: U256::from(REWARD_TOKENS) };
    a.chain.must(&user, a.token, &approve).await;
    let sent_by_the_user = a.chain.link().next_nonce(user.address()).await.expect("a nonce");
    let now = a.chain.now().await.max(b.chain.now().await);
    let intent = Intent {
        destination: b.chain.id(),
        route: Route {
            salt: B256::ZERO,
            deadline: now + 10_000,
            portal: b.ours.portal,
            nativeAmount: U256::from(ROUTE_NATIVE),
            tokens: Vec::new(),
            calls: vec![Call {
                target: friend,
                data: Bytes::new(),
                value: U256::from(ROUTE_NATIVE),
            }],
        },
        reward: Reward {
            deadline: now + 20_000,
            creator: user.address(),
            prover: a.ours.prover,
            nativeAmount: U256::from(REWARD_NATIVE),
            tokens: vec![TokenAmount { token: a.token, amount: U256::from(REWARD_TOKENS) }],
        },
    };
    let hashes = intent.hashes();
    let order_data = |reward: Reward| OrderData {
        destination: intent.destination,
        route: intent.route.abi_encode().into(),
        reward,
        routePortal: b32(b.ours.portal),
        routeDeadline: intent.route.deadline,
        maxSpent: Vec::new(),
    };
    let order = GaslessCrossChainOrder {
        originSettler: a.ours.portal,
        user: user.address(),
        nonce: U256::from(1),
        originChainId: U256::from(a.chain.id()),
        openDeadline: (now + 5_000).try_into().expect("32 bits"),
        fillDeadline: 0,
        orderDataType: ORDER_DATA_TYPEHASH,
        orderData: order_data(intent.reward.clone()).abi_encode().into(),
    };
    let separator = a.chain.view(a.ours.portal, &IERC7683::domainSeparatorV4Call {}).await;
    assert_eq!(separator, erc7683::domain_separator(ChainId(a.chain.id()), a.ours.portal));
    let signature = sign(&user, separator, &order);

    // when somebody forges the signature, or turns the refund to itself with the user's own signature over that
    let forged = open_for(&order, sign(&filler, separator, &order));
    let refused = a.chain.send_paying(&filler, a.ours.portal, &forged, U256::from(REWARD_NATIVE));
    let invalid = IERC7683::InvalidSignature {}.abi_encode();
    assert_eq!(refused.await.expect_err("forged"), invalid);
    let turned = Reward { creator: filler.address(), ..intent.reward.clone() };
    let turned = GaslessCrossChainOrder {
        orderData: order_data(turned).abi_encode().into(),
        ..order.clone()
    };
    let turned = open_for(&turned, sign(&user, separator, &turned));
    let refused = a.chain.send_paying(&filler, a.ours.portal, &turned, U256::from(REWARD_NATIVE));
    // then the user's tokens stay
    let binding =
        IERC7683::InvalidCreatorBinding { user: user.address(), creator: filler.address() };
    assert_eq!(refused.await.expect_err("turned"), binding.abi_encode());
    assert_eq!(tokens(a, user.address()).await, U256::from(REWARD_TOKENS));

    // when the filler opens the order
    let open = open_for(&order, signature);
    let value = U256::from(REWARD_NATIVE);
    let receipt = a.chain.must_paying(&filler, a.ours.portal, &open, value).await;
    // then everything lies in the vault, and the user has not sent a single transaction for it
    let vault = programs::vault(a.ours.portal, hashes.intent);
    assert_eq!(tokens(a, vault).await, U256::from(REWARD_TOKENS));
    assert_eq!(a.chain.balance(vault).await, U256::from(REWARD_NATIVE));
    let nonce = a.chain.link().next_nonce(user.address()).await.expect("a nonce");
    assert_eq!(nonce, sent_by_the_user);
    let funded = IIntentSource::IntentFunded {
        intentHash: hashes.intent,
        funder: user.address(),
        complete: true,
    };
    assert_eq!(receipt.events::<IIntentSource::IntentFunded>(a.ours.portal), [funded]);
    let opened = receipt.events::<IERC7683::Open>(a.ours.portal);
    assert_eq!((opened.len(), opened[0].orderId), (1, hashes.intent));
    assert_eq!(opened[0].resolvedOrder.openDeadline, order.openDeadline);

    // when the filler follows the order's one instruction on B, paying for the proof
    let instruction = &opened[0].resolvedOrder.fillInstructions[0];
    assert_eq!(instruction.destinationChainId, U256::from(b.chain.id()));
    let settler = Address::from_word(instruction.destinationSettler);
    let mut proof = ProofMessage::new(ChainId(b.chain.id()), 1);
    proof.push(hashes.intent, b32(filler.address()));
    let delivery = Bytes::from((b32(a.ours.prover), U256::from(PROOF_GAS)).abi_encode());
    let fee = IMetaProver::fetchFeeCall {
        domainID: DOMAIN_A.0.into(),
        encodedProofs: proof.into_bytes().into(),
        data: delivery.clone(),
    };
    let fee = b.chain.view(b.ours.prover, &fee).await;
    let domain = u64::from(DOMAIN_A.0);
    let filler_data = (b.ours.prover, domain, b32(filler.address()), delivery).abi_encode_params();
    let fill = IERC7683::fillCall {
        orderId: opened[0].orderId,
        originData: instruction.originData.clone(),
        fillerData: filler_data.into(),
    };
    let friends = b.chain.balance(friend).await;
    let receipt =
        b.chain.must_paying(&filler, settler, &fill, U256::from(ROUTE_NATIVE) + fee).await;
    // then the friend has it
    assert_eq!(b.chain.balance(friend).await - friends, U256::from(ROUTE_NATIVE));
    let filled = IERC7683::OrderFilled { orderId: hashes.intent, solver: filler.address() };
    assert_eq!(receipt.events::<IERC7683::OrderFilled>(settler), [filled]);

    // when B's validators sign, the relayer delivers, and anybody asks for the payment
    let message = b.dispatched(&receipt);
    b.validators_sign(2).await;
    let metadata = b.metadata(a, &message).await.expect("two signatures suffice");
    a.deliver(&metadata, &message.message).await.expect("the message is delivered");
    let before = a.chain.balance(filler.address()).await;
    let withdraw = IIntentSource::withdrawCall {
        destination: intent.destination,
        routeHash: hashes.route,
        reward: intent.reward.clone(),
    };
    let receipt: Receipt =
        a.chain.must(&a.chain.account("passer-by"), a.ours.portal, &withdraw).await;
    // then the filler has the user's tokens and the native value
    let paid =
        IIntentSource::IntentWithdrawn { intentHash: hashes.intent, claimant: filler.address() };
    assert_eq!(receipt.events::<IIntentSource::IntentWithdrawn>(a.ours.portal), [paid]);
    assert_eq!(a.chain.balance(filler.address()).await - before, U256::from(REWARD_NATIVE));
    assert_eq!(tokens(a, filler.address()).await, U256::from(REWARD_TOKENS));

    // when the signature is used once more
    let again = a.chain.send(&filler, a.ours.portal, &open).await;
    // then the intent is over
    let over = IIntentSource::IntentAlreadyExists { intentHash: hashes.intent }.abi_encode();
    assert_eq!(again.expect_err("over"), over);
}

async fn tokens(side: &e2e::network::Side, account: Address) -> U256 {
    side.chain.view(side.token, &IERC20::balanceOfCall { account }).await
}
