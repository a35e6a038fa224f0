//! The story of the protocol: a user on chain A wants something done on chain B, a solver does it and is paid on A.
//!
//! All of it is real: our programs in WASM on both chains, Hyperlane's contracts, validators that sign B's tree, and a
//! relayer that carries the proof. What each step costs is in `gas.txt`.

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{SolCall, SolValue};
use e2e::gas::{self, Row};
use e2e::mocks::IToken;
use e2e::network::{DOMAIN_A, Network, b32};
use e2e::programs;
use interfaces::ChainId;
use interfaces::codec::ProofMessage;
use interfaces::intents::{
    Call, IERC20, IInbox, IIntentSource, IMetaProver, IProver, Intent, Reward, Route, TokenAmount,
};
use metalayer::artifacts::Artifacts;
use metalayer::metalayer::Programs;

/// What the user gives on A, in wei and in the smallest unit of A's token.
const REWARD_NATIVE: u64 = 1_000_000;
const REWARD_TOKENS: u64 = 500;
/// What the solver brings on B.
const ROUTE_NATIVE: u64 = 700_000;
const ROUTE_TOKENS: u64 = 400;
/// Gas for the proof's delivery on A.
const PROOF_GAS: u64 = 300_000;

/// Who takes part; the same keys on both chains.
struct People {
    user: PrivateKeySigner,
    solver: PrivateKeySigner,
    /// Gets what the route brings.
    friend: Address,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_solver_is_paid_on_one_chain_for_what_it_did_on_the_other() {
    let network = Network::start().await;
    let people = People {
        user: network.a.chain.account("user"),
        solver: network.a.chain.account("solver"),
        friend: network.b.chain.account("friend").address(),
    };
    // The time is part of the calldata, and its zero bytes part of the gas.
    let start =
        if network.a.chain.is_embedded() { 1_900_000_000 } else { network.a.chain.now().await };

    let uncached = tell(&network, &people, start, 1).await;
    if !network.a.chain.is_embedded() {
        return; // Another node may hold another state of the program cache, and other account keys.
    }
    // The very same story again, with our programs in the chains' program caches.
    let network = Network::start().await;
    cache_programs(&network).await;
    let cached = tell(&network, &people, start, 1).await;

    let rows = uncached.into_iter().zip(cached);
    let rows = rows.map(|((step, uncached), (_, cached))| Row { step, uncached, cached });
    gas::compare(&rows.collect::<Vec<_>>());
}

/// One intent, from its publication to the solver's pay. Returns the gas of each step.
async fn tell(
    network: &Network,
    people: &People,
    start: u64,
    salt: u8,
) -> Vec<(&'static str, u64)> {
    let (a, b) = (&network.a, &network.b);
    let People { user, solver, friend } = people;
    let mut gas = Vec::new();
    for side in [a, b] {
        if side.chain.is_embedded() {
            side.chain.set_time(start).await;
        }
    }

    // given a user with tokens on A, and a solver with tokens on B
    let mint = IToken::mintCall { to: user.address(), value: U256::from(REWARD_TOKENS) };
    a.chain.must(user, a.token, &mint).await;
    let approve = IERC20::approveCall { spender: a.ours.portal, value: U256::from(REWARD_TOKENS) };
    a.chain.must(user, a.token, &approve).await;
    let mint = IToken::mintCall { to: solver.address(), value: U256::from(ROUTE_TOKENS) };
    b.chain.must(solver, b.token, &mint).await;
    let approve = IERC20::approveCall { spender: b.ours.portal, value: U256::from(ROUTE_TOKENS) };
    b.chain.must(solver, b.token, &approve).await;

    // when the user publishes and funds: "give my friend on B these tokens and this native, and all this is yours"
    let give_tokens = IERC20::transferCall { to: *friend, value: U256::from(ROUTE_TOKENS) };
    let intent = Intent {
        destination: b.chain.id(),
        route: Route {
            salt: B256::with_last_byte(salt),
            deadline: start + 1_000,
            portal: b.ours.portal,
            nativeAmount: U256::from(ROUTE_NATIVE),
            tokens: vec![TokenAmount { token: b.token, amount: U256::from(ROUTE_TOKENS) }],
            calls: vec![
                Call { target: b.token, data: give_tokens.abi_encode().into(), value: U256::ZERO },
                Call { target: *friend, data: Bytes::new(), value: U256::from(ROUTE_NATIVE) },
            ],
        },
        reward: Reward {
            deadline: start + 2_000,
            creator: user.address(),
            prover: a.ours.prover,
            nativeAmount: U256::from(REWARD_NATIVE),
            tokens: vec![TokenAmount { token: a.token, amount: U256::from(REWARD_TOKENS) }],
        },
    };
    let hashes = intent.hashes();
    let vault = programs::vault(a.ours.portal, hashes.intent);
    let fund = IIntentSource::publishAndFund_0Call { intent: intent.clone(), allowPartial: false };
    let receipt = a.chain.must_paying(user, a.ours.portal, &fund, U256::from(REWARD_NATIVE)).await;
    gas.push(("publishAndFund: native and one token, on A", receipt.gas_used));

    // then the offer is announced and everything lies in the intent's vault
    let published = receipt.events::<IIntentSource::IntentPublished>(a.ours.portal);
    assert_eq!(published.len(), 1);
    assert_eq!((published[0].intentHash, published[0].destination), (hashes.intent, b.chain.id()));
    assert_eq!(published[0].route, intent.route.abi_encode());
    let funded = receipt.events::<IIntentSource::IntentFunded>(a.ours.portal);
    let all_of_it = IIntentSource::IntentFunded {
        intentHash: hashes.intent,
        funder: user.address(),
        complete: true,
    };
    assert_eq!(funded, [all_of_it]);
    assert_eq!(a.chain.balance(vault).await, U256::from(REWARD_NATIVE));
    assert_eq!(tokens(a, vault).await, U256::from(REWARD_TOKENS));
    assert_eq!(tokens(a, user.address()).await, U256::ZERO);
    assert_eq!(status(network, hashes.intent).await, 1, "Funded");

    // when the solver does what the route says and sends the proof home, paying exactly what that costs
    let mut proof = ProofMessage::new(ChainId(b.chain.id()), 1);
    proof.push(hashes.intent, b32(solver.address()));
    let delivery = (b32(a.ours.prover), U256::from(PROOF_GAS)).abi_encode();
    let fee_question = IMetaProver::fetchFeeCall {
        domainID: DOMAIN_A.0.into(),
        encodedProofs: proof.into_bytes().into(),
        data: delivery.clone().into(),
    };
    let fee = b.chain.view(b.ours.prover, &fee_question).await;
    assert!(fee > U256::ZERO, "the paymaster wants to be paid");
    let friends_native = b.chain.balance(*friend).await;
    let friends_tokens = tokens(b, *friend).await;
    let fulfill = IInbox::fulfillAndProveCall {
        intentHash: hashes.intent,
        route: intent.route.clone(),
        rewardHash: hashes.reward,
        claimant: b32(solver.address()),
        prover: b.ours.prover,
        sourceChainDomainID: DOMAIN_A.0.into(),
        data: delivery.into(),
    };
    let value = U256::from(ROUTE_NATIVE) + fee;
    let receipt = b.chain.must_paying(solver, b.ours.portal, &fulfill, value).await;
    gas.push(("fulfillAndProve: two calls, one token, on B", receipt.gas_used));

    // then the friend has it all, the fee is where fees go, and nothing stuck on the way
    assert_eq!(b.chain.balance(*friend).await - friends_native, U256::from(ROUTE_NATIVE));
    assert_eq!(tokens(b, *friend).await - friends_tokens, U256::from(ROUTE_TOKENS));
    assert_eq!(tokens(b, solver.address()).await, U256::ZERO);
    assert_eq!(b.chain.balance(b.core.interchain_gas_paymaster).await, fee);
    for passed in [b.ours.portal, b.ours.executor, b.ours.prover, b.ours.router, b.core.mailbox] {
        assert_eq!(b.chain.balance(passed).await, U256::ZERO, "{passed} keeps nothing");
        assert_eq!(tokens(b, passed).await, U256::ZERO, "{passed} keeps nothing");
    }
    let claim = (hashes.intent, b32(solver.address()));
    let fulfilled = receipt.events::<IInbox::IntentFulfilled>(b.ours.portal);
    assert_eq!(fulfilled, [IInbox::IntentFulfilled { intentHash: claim.0, claimant: claim.1 }]);
    let proven = receipt.events::<IInbox::IntentProven>(b.ours.portal);
    assert_eq!(proven, [IInbox::IntentProven { intentHash: claim.0, claimant: claim.1 }]);

    // when two of B's three validators sign and the relayer delivers
    let message = b.dispatched(&receipt);
    b.validators_sign(2).await;
    let metadata = b.metadata(a, &message).await.expect("two signatures suffice");
    let receipt = a.deliver(&metadata, &message.message).await.expect("the message is delivered");
    gas.push(("Mailbox.process: 2 of 3 signatures, one proof, on A", receipt.gas_used));

    // then A's prover knows who fulfilled the intent, and where
    let receipt = e2e::chain::Receipt::from(receipt);
    let known = receipt.events::<IProver::IntentProven>(a.ours.prover);
    let fact = IProver::IntentProven {
        intentHash: hashes.intent,
        claimant: solver.address(),
        destination: b.chain.id(),
    };
    assert_eq!(known, [fact]);

    // when anybody at all asks for the payment
    let passer_by = a.chain.account("passer-by");
    let native_before = a.chain.balance(solver.address()).await;
    let tokens_before = tokens(a, solver.address()).await;
    let withdraw = IIntentSource::withdrawCall {
        destination: intent.destination,
        routeHash: hashes.route,
        reward: intent.reward.clone(),
    };
    let receipt = a.chain.must(&passer_by, a.ours.portal, &withdraw).await;
    gas.push(("withdraw: native and one token, deploys the vault, on A", receipt.gas_used));

    // then the solver has the whole reward and the vault nothing
    let withdrawn = receipt.events::<IIntentSource::IntentWithdrawn>(a.ours.portal);
    let to_the_solver =
        IIntentSource::IntentWithdrawn { intentHash: hashes.intent, claimant: solver.address() };
    assert_eq!(withdrawn, [to_the_solver]);
    assert_eq!(a.chain.balance(solver.address()).await - native_before, U256::from(REWARD_NATIVE));
    assert_eq!(tokens(a, solver.address()).await - tokens_before, U256::from(REWARD_TOKENS));
    assert_eq!(a.chain.balance(vault).await, U256::ZERO);
    assert_eq!(tokens(a, vault).await, U256::ZERO);
    assert_eq!(status(network, hashes.intent).await, 2, "Withdrawn");
    gas
}

async fn tokens(side: &e2e::network::Side, account: Address) -> U256 {
    side.chain.view(side.token, &IERC20::balanceOfCall { account }).await
}

async fn status(network: &Network, intent_hash: B256) -> u8 {
    let status = IIntentSource::getRewardStatusCall { intentHash: intent_hash };
    network.a.chain.view(network.a.ours.portal, &status).await
}

/// Puts every program of ours into its chain's program cache; the dev account owns the chain and may.
async fn cache_programs(network: &Network) {
    let count = Programs::load(&Artifacts::locate()).expect("the contracts are built").all().len();
    for side in [&network.a, &network.b] {
        let ours = side.ours;
        let programs = [
            ours.ism,
            ours.router,
            ours.portal,
            ours.vault_implementation,
            ours.executor,
            ours.prover,
        ];
        assert_eq!(programs.len(), count, "all of them");
        for program in programs {
            side.chain.cache(program).await;
        }
    }
}
