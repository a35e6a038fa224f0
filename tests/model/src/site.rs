//! Who and what is where on a chain.

use alloy::primitives::{Address, B256};
use serde::{Deserialize, Serialize};

/// One of the two chains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Side {
    /// The first chain.
    A,
    /// The second chain.
    B,
}

impl Side {
    /// The chain on the other end of every message.
    pub fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// Everybody who takes part: people, contracts that misbehave, tokens, and the contracts under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Actor {
    /// The zero address.
    Zero,
    /// An account that nobody has used.
    Codeless,
    /// Publishes and funds.
    User,
    /// Lets others bring in what is its own.
    Funder,
    /// Fulfils and claims.
    Solver,
    /// Fulfils the same intents.
    Rival,
    /// Wants what is not its own.
    Stranger,
    /// Owns the routers.
    Owner,
    /// Refuses native value.
    NoEth,
    /// Judges signatures as it was told, and refuses native value.
    Wallet,
    /// Burns gas when it is paid.
    GasEth,
    /// Calls somebody back, once, when it is paid.
    Receiver,
    /// Recipient of messages, which may refuse, answer, or call somebody from inside `handle`.
    Recipient,
    /// What routes call: answers, or fails.
    Target,
    /// A prover that says what it was told.
    MockProver,
    /// A prover that pays its value to the stranger, after calling somebody.
    Thief,
    /// A permit contract with limits and an expiry; it may deliver too much.
    Permit,
    /// A permit contract without limits that calls somebody after it has moved.
    ReentrantPermit,
    /// A token like any other.
    Plain,
    /// A token that answers nothing.
    Silent,
    /// A token that answers false while it is bad.
    False,
    /// A token that reverts while it is bad.
    Reverting,
    /// A token that burns a tenth of every move.
    Fee,
    /// A token that calls somebody back, once, after it has moved.
    Hooked,
    /// The Portal.
    Portal,
    /// The Executor.
    Executor,
    /// What vaults' proxies delegate to.
    VaultImplementation,
    /// The MetaProver.
    MetaProver,
    /// The MetalayerRouter.
    Router,
    /// The module of the router.
    Ism,
    /// What it has verify the INSTANT lane.
    InstantIsm,
    /// What it has verify the FINALIZED lane.
    FinalizedIsm,
    /// Hyperlane's Mailbox.
    Mailbox,
    /// Its required hook.
    Tree,
    /// Its default hook.
    Paymaster,
}

impl Actor {
    /// All of them, in order.
    pub const ALL: [Self; 35] = [
        Self::Zero,
        Self::Codeless,
        Self::User,
        Self::Funder,
        Self::Solver,
        Self::Rival,
        Self::Stranger,
        Self::Owner,
        Self::NoEth,
        Self::Wallet,
        Self::GasEth,
        Self::Receiver,
        Self::Recipient,
        Self::Target,
        Self::MockProver,
        Self::Thief,
        Self::Permit,
        Self::ReentrantPermit,
        Self::Plain,
        Self::Silent,
        Self::False,
        Self::Reverting,
        Self::Fee,
        Self::Hooked,
        Self::Portal,
        Self::Executor,
        Self::VaultImplementation,
        Self::MetaProver,
        Self::Router,
        Self::Ism,
        Self::InstantIsm,
        Self::FinalizedIsm,
        Self::Mailbox,
        Self::Tree,
        Self::Paymaster,
    ];
    /// The tokens.
    pub const TOKENS: [Self; 6] =
        [Self::Plain, Self::Silent, Self::False, Self::Reverting, Self::Fee, Self::Hooked];
    /// Who has tokens and native value at the start, and sends transactions.
    pub const SENDERS: [Self; 9] = [
        Self::User,
        Self::Funder,
        Self::Solver,
        Self::Rival,
        Self::Stranger,
        Self::NoEth,
        Self::Wallet,
        Self::GasEth,
        Self::Receiver,
    ];
}

/// A chain: what is deployed where, and what it was told when it was wired.
#[derive(Clone, Debug)]
pub struct Site {
    /// EVM chain id.
    pub chain_id: u64,
    /// Hyperlane's domain.
    pub domain: u32,
    /// The other chain's id.
    pub remote_chain_id: u64,
    /// The other chain's domain.
    pub remote_domain: u32,
    /// The other chain's router, enrolled here.
    pub remote_router: Address,
    /// The other chain's prover, whitelisted here.
    pub remote_prover: Address,
    /// The other chain's merkle tree hook, which its validators sign for.
    pub remote_tree: Address,
    /// Keccak-256 of the code that creates a vault's proxy.
    pub proxy_init_code_hash: B256,
    /// Validators of the other chain's INSTANT lane, in order.
    pub instant: Vec<Address>,
    /// Validators of its FINALIZED lane, in order.
    pub finalized: Vec<Address>,
    /// How many of a lane must sign.
    pub threshold: usize,
    /// Address of each of [`Actor::ALL`].
    pub addresses: Vec<Address>,
}

impl Site {
    /// Address of somebody.
    pub fn at(&self, actor: Actor) -> Address {
        self.addresses[actor as usize]
    }

    /// Who signs for a module; `None` for one that is none of the two.
    pub fn validators_of(&self, module: Address) -> Option<&[Address]> {
        match self.who(module)? {
            Actor::InstantIsm => Some(&self.instant),
            Actor::FinalizedIsm => Some(&self.finalized),
            _ => None,
        }
    }

    /// Who lives at an address; vaults are nobody here.
    pub fn who(&self, address: Address) -> Option<Actor> {
        let index = self.addresses.iter().position(|known| *known == address)?;
        Some(Actor::ALL[index])
    }
}
