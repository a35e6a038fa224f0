//! One chain with a Portal, a token, and a prover that believes the test: what stories of the source side stand on.

use alloy::primitives::{Address, B256, U256, b256};
use alloy::signers::local::PrivateKeySigner;
use interfaces::ChainId;
use interfaces::hash;
use interfaces::intents::{IERC20, IIntentSource, Reward, TokenAmount};

use crate::chain::Chain;
use crate::mocks::{ISetProof, IToken};
use crate::programs;

/// A route on a chain of another kind: its hash is all that the source side needs.
pub const ROUTE_HASH: B256 =
    b256!("1111111111111111111111111111111111111111111111111111111111111111");
/// Chain id of that chain.
pub const DESTINATION: u64 = 1_399_811_149;

/// The source side of the protocol.
pub struct Escrow {
    /// The chain.
    pub chain: Chain,
    /// Without an alias of the native currency.
    pub portal: Address,
    /// A prover that says what [`Escrow::prove`] told it.
    pub prover: Address,
    /// An ERC-20 that anybody can mint.
    pub token: Address,
    /// Deadline of every reward, unix seconds: some time after the start.
    pub deadline: u64,
}

impl Escrow {
    /// Starts the chain and deploys everything.
    pub async fn set() -> Self {
        let chain = Chain::a().await;
        let portal = programs::portal(&chain, Address::ZERO).await;
        let prover = chain.mock("Prover", &[]).await;
        let token = chain.mock("Token", &[]).await;
        let deadline = chain.now().await + chain.a_while();
        Self { chain, portal, prover, token, deadline }
    }

    /// A reward of so much native value and so many tokens; no leg for none.
    pub fn reward(&self, creator: Address, native: u64, tokens: u64) -> Reward {
        let leg = TokenAmount { token: self.token, amount: U256::from(tokens) };
        Reward {
            deadline: self.deadline,
            creator,
            prover: self.prover,
            nativeAmount: U256::from(native),
            tokens: if tokens == 0 { Vec::new() } else { vec![leg] },
        }
    }

    /// Hash of the intent that offers this reward.
    pub fn intent_hash(&self, reward: &Reward) -> B256 {
        hash::intent_hash(ChainId(DESTINATION), ROUTE_HASH, reward.hash())
    }

    /// Vault of the intent that offers this reward.
    pub fn vault(&self, reward: &Reward) -> Address {
        programs::vault(self.portal, self.intent_hash(reward))
    }

    /// Gives an account tokens, and a spender the right to take them.
    pub async fn provide(&self, owner: &PrivateKeySigner, spender: Address, amount: u64) {
        let (to, value) = (owner.address(), U256::from(amount));
        self.chain.must(owner, self.token, &IToken::mintCall { to, value }).await;
        self.chain.must(owner, self.token, &IERC20::approveCall { spender, value }).await;
    }

    /// Lets the prover say who fulfilled the intent.
    pub async fn prove(&self, reward: &Reward, claimant: Address) {
        let proof = ISetProof::setProofCall {
            intentHash: self.intent_hash(reward),
            claimant,
            destination: DESTINATION,
        };
        self.chain.must(&self.chain.dev(), self.prover, &proof).await;
    }

    /// Native and tokens of an account.
    pub async fn of(&self, account: Address) -> [u64; 2] {
        let tokens = self.chain.view(self.token, &IERC20::balanceOfCall { account }).await;
        [self.chain.balance(account).await.to(), tokens.to()]
    }

    /// The status as the Portal tells it.
    pub async fn status(&self, reward: &Reward) -> u8 {
        let status = IIntentSource::getRewardStatusCall { intentHash: self.intent_hash(reward) };
        self.chain.view(self.portal, &status).await
    }
}
