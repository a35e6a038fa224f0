//! Applications in Solidity, compiled against `interfaces/abi`: a courier that dispatches and receives through our
//! router, and a commission that publishes and funds an intent at our Portal.

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{SolCall, SolError, SolValue};
use e2e::chain::Receipt;
use e2e::escrow::{DESTINATION, Escrow};
use e2e::mocks::{ICommission, ICourier as C};
use e2e::network::{Network, Side, b32};
use interfaces::codec::{HyperlaneMessage, MetalayerMessage};
use interfaces::hash::IntentHashes;
use interfaces::intents::IIntentSource::{
    InsufficientFunds, IntentFunded, IntentPublished, IntentRefunded, getRewardStatusCall,
    refundCall,
};
use interfaces::intents::{Call, Intent, Route, Status, TokenAmount};
use interfaces::metalayer::IMetalayerRouter as R;
use metalayer::chain::Tx;
use metalayer::relayer::{Dispatched, RelayerError};

const NOTE: &[u8] = b"a note";
const GAS: u64 = 200_000;

/// Two chains with a courier on each, which know one another.
struct Post {
    network: Network,
    on_a: Address,
    on_b: Address,
    user: PrivateKeySigner,
}

impl Post {
    async fn open() -> Self {
        let network = Network::start().await;
        let (a, b) = (&network.a, &network.b);
        let on_a = a.chain.application("Courier", &a.ours.router.abi_encode()).await;
        let on_b = b.chain.application("Courier", &b.ours.router.abi_encode()).await;
        for (here, courier, there, peer) in [(a, on_a, b, on_b), (b, on_b, a, on_a)] {
            let call = C::setPeerCall { domain: there.domain.0, peer };
            here.chain.must(&here.chain.dev(), courier, &call).await;
        }
        let user = b.chain.account("user");
        Self { network, on_a, on_b, user }
    }

    fn send(&self) -> C::sendCall {
        let (destination, gas) = (self.network.a.domain.0, U256::from(GAS));
        C::sendCall { destination, note: NOTE.into(), reads: vec![], gasLimit: gas }
    }

    async fn fee(&self) -> U256 {
        let C::sendCall { destination, note, reads, gasLimit } = self.send();
        let quote = C::quoteCall { destination, note, reads, gasLimit };
        self.network.b.chain.view(self.on_b, &quote).await
    }

    /// The user on B sends a note to A, and pays exactly the fee.
    async fn sent(&self) -> (Receipt, Dispatched) {
        let b = &self.network.b;
        let fee = self.fee().await;
        let receipt = b.chain.must_paying(&self.user, self.on_b, &self.send(), fee).await;
        let message = b.dispatched(&receipt);
        (receipt, message)
    }
}

async fn carry(from: &Side, to: &Side, message: &Dispatched) -> Result<Receipt, RelayerError> {
    from.validators_sign(2).await;
    let metadata = from.metadata(to, message).await?;
    to.deliver(&metadata, &message.message).await.map(Receipt::from)
}

fn body(message: &Dispatched) -> &[u8] {
    HyperlaneMessage::decode(&message.message).expect("a message").body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_solidity_application_sends_receives_and_learns_of_the_delivery() {
    let post = Post::open().await;
    let (a, b) = (&post.network.a, &post.network.b);
    let (sent_to_a, sent_from_b) = (a.domain.0, b.domain.0);

    // when the user pays more than the fee
    let fee = post.fee().await;
    assert!(fee > U256::ZERO);
    let user = post.user.address();
    b.chain.provide(user, fee * U256::from(2)).await;
    let before = b.chain.balance(user).await;
    let paid = fee + U256::from(7);
    let receipt = b.chain.must_paying(&post.user, post.on_b, &post.send(), paid).await;
    // then the rest comes back, and nothing stays with the courier
    assert_eq!(b.chain.balance(user).await, before - fee - receipt.cost());
    assert_eq!(b.chain.balance(post.on_b).await, U256::ZERO);
    // and the courier has the message's id, and the router its sender
    let message = b.dispatched(&receipt);
    let id = MetalayerMessage::id_of(body(&message));
    let note_sent = C::NoteSent { destination: sent_to_a, messageId: message.id };
    assert_eq!(receipt.events::<C::NoteSent>(post.on_b), [note_sent]);
    let dispatches = receipt.events::<R::MetalayerDispatch>(b.ours.router);
    let [dispatch] = &dispatches[..] else { panic!("{dispatches:?}") };
    assert_eq!((dispatch.sender, dispatch.recipient), (post.on_b, b32(post.on_a)));
    assert_eq!((dispatch.messageId, dispatch.hyperlaneMessageId), (id, message.id));

    // when it is delivered, the peer has the note
    let delivered = carry(b, a, &message).await.unwrap_or_else(|error| panic!("{error}"));
    let received = C::NoteReceived { origin: sent_from_b, note: NOTE.into(), results: vec![] };
    assert_eq!(delivered.events::<C::NoteReceived>(post.on_a), [received]);

    // when A's router confirms it, B's courier can tell
    let arrived = C::arrivedCall { destination: sent_to_a, messageId: id };
    assert!(!b.chain.view(post.on_b, &arrived).await);
    let confirm = R::confirmDeliveryCall {
        origin: sent_from_b,
        message: Bytes::copy_from_slice(body(&message)),
        gasLimit: U256::from(100_000),
    };
    let fee = U256::from(10_u64.pow(15));
    let anybody = a.chain.account("anybody");
    let asked = a.chain.must_paying(&anybody, a.ours.router, &confirm, fee).await;
    carry(a, b, &a.dispatched(&asked)).await.unwrap_or_else(|error| panic!("{error}"));
    assert!(b.chain.view(post.on_b, &arrived).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_solidity_application_refuses_whom_it_does_not_know() {
    let post = Post::open().await;
    let (a, b) = (&post.network.a, &post.network.b);
    let (_, message) = post.sent().await;

    // a note that does not come from the router
    let stranger = a.chain.account("stranger");
    let handle = C::handleCall {
        origin: b.domain.0,
        sender: b32(post.on_b),
        note: NOTE.into(),
        reads: vec![],
        results: vec![],
    };
    let refused = a.chain.send(&stranger, post.on_a, &handle).await.expect_err("refused");
    assert_eq!(refused, C::RouterOnly { caller: stranger.address() }.abi_encode());

    // a note of a courier that is no peer any more; the message waits, and is delivered when it is one again
    let peer = |peer| C::setPeerCall { domain: b.domain.0, peer };
    a.chain.must(&a.chain.dev(), post.on_a, &peer(Address::ZERO)).await;
    let Err(RelayerError::Refused(revert)) = carry(b, a, &message).await else { panic!() };
    let not_a_peer = C::NotAPeer { domain: b.domain.0, account: b32(post.on_b) };
    assert_eq!(revert.0, not_a_peer.abi_encode());
    a.chain.must(&a.chain.dev(), post.on_a, &peer(post.on_b)).await;
    carry(b, a, &message).await.unwrap_or_else(|error| panic!("{error}"));

    // a peer named by somebody else, and a fee that is too low
    let refused = a.chain.send(&stranger, post.on_a, &peer(stranger.address())).await;
    let owner_only = C::OwnerOnly { caller: stranger.address() };
    assert_eq!(refused.expect_err("refused"), owner_only.abi_encode());
    let fee = post.fee().await;
    let provided = fee - U256::ONE;
    let refused = b.chain.send_paying(&post.user, post.on_b, &post.send(), provided).await;
    let too_low = C::FeeTooLow { required: fee, provided };
    assert_eq!(refused.expect_err("refused"), too_low.abi_encode());
}

const NATIVE: u64 = 1_000;
const TOKENS: u64 = 500;

/// Work on another chain, for native coins and tokens of `creator`.
fn intent(escrow: &Escrow, creator: Address) -> Intent {
    let [portal, target, token] = [1, 2, 3].map(Address::repeat_byte);
    Intent {
        destination: DESTINATION,
        route: Route {
            salt: B256::repeat_byte(7),
            deadline: escrow.deadline,
            portal,
            nativeAmount: U256::from(3),
            tokens: vec![TokenAmount { token, amount: U256::from(5) }],
            calls: vec![Call { target, data: NOTE.into(), value: U256::from(3) }],
        },
        reward: escrow.reward(creator, NATIVE, TOKENS),
    }
}

async fn status(escrow: &Escrow, intent_hash: B256) -> u8 {
    let call = getRewardStatusCall { intentHash: intent_hash };
    escrow.chain.view(escrow.portal, &call).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_solidity_application_publishes_and_funds_an_intent() {
    let escrow = Escrow::set().await;
    let (chain, portal) = (&escrow.chain, escrow.portal);
    let commission = chain.application("Commission", &portal.abi_encode()).await;
    let user = chain.account("user");
    let creator = user.address();
    let intent = intent(&escrow, creator);
    let IntentHashes { intent: hash, route: route_hash, .. } = intent.hashes();
    let vault = e2e::programs::vault(portal, hash);
    let tx = || {
        let selector = &ICommission::commissionCall::SELECTOR[..];
        Tx::raw(commission, [selector, &intent.abi_encode()].concat())
    };
    let value = U256::from(NATIVE);

    // given a user who has approved the application, not the Portal
    escrow.provide(&user, commission, 2 * TOKENS).await;
    chain.provide(creator, U256::from(2 * NATIVE)).await;
    // when too little value comes, the Portal's own error comes through
    let refused = chain.transact(&user, tx(), value - U256::ONE).await;
    let short = InsufficientFunds { intentHash: hash }.abi_encode();
    assert_eq!(refused.expect_err("refused"), short);
    let [native, tokens] = escrow.of(creator).await;
    // when the user commissions the intent
    let sent = chain.transact(&user, tx(), value).await;
    let receipt = sent.unwrap_or_else(|data| panic!("reverted with {data}"));
    // then the Portal tells of both, and the application of the same hash and vault
    let reward = &intent.reward;
    let published = IntentPublished {
        intentHash: hash,
        destination: DESTINATION,
        route: intent.route.abi_encode().into(),
        creator,
        prover: reward.prover,
        rewardDeadline: reward.deadline,
        rewardNativeAmount: reward.nativeAmount,
        rewardTokens: reward.tokens.clone(),
    };
    assert_eq!(receipt.events::<IntentPublished>(portal), [published]);
    let funded = IntentFunded { intentHash: hash, funder: commission, complete: true };
    assert_eq!(receipt.events::<IntentFunded>(portal), [funded]);
    let commissioned = ICommission::Commissioned { intentHash: hash, creator, vault };
    assert_eq!(receipt.events::<ICommission::Commissioned>(commission), [commissioned]);
    // and the reward has gone from the user to the vault, with nothing left on the way
    assert_eq!(escrow.of(vault).await, [NATIVE, TOKENS]);
    assert_eq!(escrow.of(commission).await, [0, 0]);
    let gas: u64 = receipt.cost().to();
    assert_eq!(escrow.of(creator).await, [native - NATIVE - gas, tokens - TOKENS]);
    assert_eq!(status(&escrow, hash).await, Status::Funded as u8);

    // when it does so a second time, with too much value: there is nothing to fund, and everything comes back
    let before = escrow.of(creator).await;
    let sent = chain.transact(&user, tx(), value + value).await;
    let receipt = sent.unwrap_or_else(|data| panic!("reverted with {data}"));
    assert_eq!(receipt.events::<IntentPublished>(portal).len(), 1);
    assert_eq!(receipt.events::<IntentFunded>(portal), []);
    let gas: u64 = receipt.cost().to();
    assert_eq!(escrow.of(creator).await, [before[0] - gas, before[1]]);
    for account in [commission, portal] {
        assert_eq!(escrow.of(account).await, [0, 0]);
    }
    // and nobody commissions in another's name
    let mallory = chain.account("mallory");
    let refused = chain.transact(&mallory, tx(), value).await;
    let not_the_creator = ICommission::NotTheCreator { creator, caller: mallory.address() };
    assert_eq!(refused.expect_err("refused"), not_the_creator.abi_encode());

    // when nobody has fulfilled it, a refund pays the user, not the application
    chain.set_time(reward.deadline).await;
    let [native, tokens] = escrow.of(creator).await;
    let refund =
        refundCall { destination: DESTINATION, routeHash: route_hash, reward: reward.clone() };
    let receipt = chain.must(&mallory, portal, &refund).await;
    let refunded = IntentRefunded { intentHash: hash, refundee: creator };
    assert_eq!(receipt.events::<IntentRefunded>(portal), [refunded]);
    assert_eq!(escrow.of(creator).await, [native + NATIVE, tokens + TOKENS]);
}
