//! A chain as the specification sees it: accounts, frames that revert, and logs.
//!
//! A call enters the account it is made to, and what that account does is written in the file of its kind. A frame
//! that fails leaves nothing behind.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use alloy::primitives::{Address, B256, Bytes, LogData, U256};
use alloy::sol_types::{SolCall, SolEvent};

use crate::actors::Memory;
use crate::flaw::Flaw;
use crate::settings::{IsmSettings, RouterSettings};
use crate::site::{Actor, Site};
use crate::token::Token;

/// What a call answers: return data, or revert data.
pub type Answer = Result<Vec<u8>, Vec<u8>>;

/// The revert without data.
pub const EMPTY: Vec<u8> = Vec::new();

/// Gas of a delivery that the paymaster adds to what the sender asks for.
pub const OVERHEAD: u64 = 120_000;
/// Wei a unit of gas costs on the other chain; both native currencies are worth the same.
pub const GAS_PRICE: u64 = 100_000_000;

/// More frames than any sequence opens in each other.
const DEEP: usize = 64;

/// A log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Who emitted it.
    pub address: Address,
    /// Topics and data.
    pub data: LogData,
}

/// A move of native value, which leaves no log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Who paid.
    pub from: Address,
    /// Who was paid.
    pub to: Address,
    /// Wei.
    pub amount: U256,
}

/// A frame that did not revert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Who called.
    pub caller: Address,
    /// Who was called.
    pub to: Address,
    /// First four bytes of the calldata; zero for less.
    pub selector: [u8; 4],
}

/// What happened in a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// Logs, in order.
    pub logs: Vec<Log>,
    /// Moves of native value, in order.
    pub payments: Vec<Payment>,
    /// Frames, in order of their beginning.
    pub visits: Vec<Visit>,
}

/// Everything that a transaction can change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Native balances; accounts without one are left out.
    pub native: BTreeMap<Address, U256>,
    /// Tokens by address.
    pub tokens: BTreeMap<Address, Token>,
    /// Status of every intent that has one.
    pub statuses: BTreeMap<B256, u8>,
    /// Deployed vaults, by address, with their intents.
    pub vaults: BTreeMap<Address, B256>,
    /// Who fulfilled what here.
    pub claimants: BTreeMap<B256, B256>,
    /// Whether a proof is being sent; free between transactions.
    pub proving: bool,
    /// The MetaProver's proofs: claimant, chain id.
    pub proofs: BTreeMap<B256, (Address, u64)>,
    /// The router's next nonce.
    pub router_nonce: u32,
    /// What the router was told.
    pub router: RouterSettings,
    /// What its module was told.
    pub ism: IsmSettings,
    /// Keys of the messages that the router has handed over.
    pub processed: BTreeSet<B256>,
    /// Keys of the messages of ours that other routers have said to have handed over.
    pub confirmed: BTreeSet<B256>,
    /// Ids of the messages that the Mailbox has delivered.
    pub delivered: BTreeSet<B256>,
    /// Messages that were dispatched here, in order; as many as the Mailbox's nonce and the tree's leaves.
    pub sent: Vec<Vec<u8>>,
    /// What the other contracts remember.
    pub memory: Memory,
}

/// A chain.
#[derive(Clone, Debug)]
pub struct Chain {
    /// What is where.
    pub site: Arc<Site>,
    /// Time of the block, unix seconds.
    pub time: u64,
    /// Everything that a transaction can change.
    pub state: State,
    /// What the transaction at hand has done so far.
    pub trace: Trace,
    /// A mistake that was made on purpose, to see an invariant fail.
    pub flaw: Option<Flaw>,
    /// Frames that are open.
    depth: usize,
}

/// A frame: who called whom with what value.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// `msg.sender`
    pub caller: Address,
    /// The account whose code runs.
    pub this: Address,
    /// `msg.value`
    pub value: U256,
}

impl Chain {
    /// A chain without any balances.
    pub fn new(site: Arc<Site>, time: u64) -> Self {
        let tokens = Actor::TOKENS.map(|token| (site.at(token), Token::new(token)));
        let state = State {
            tokens: tokens.into(),
            router: RouterSettings::new(&site),
            ism: IsmSettings::new(&site),
            ..Default::default()
        };
        Self { site, time, state, trace: Trace::default(), flaw: None, depth: 0 }
    }

    /// A whole transaction: its answer and what happened.
    pub fn transact(
        &mut self,
        from: Address,
        to: Address,
        value: U256,
        data: &[u8],
    ) -> (Answer, Trace) {
        self.trace = Trace::default();
        let answer = self.call(from, to, value, data);
        (answer, std::mem::take(&mut self.trace))
    }

    /// A call from inside a transaction.
    pub fn call(&mut self, caller: Address, to: Address, value: U256, data: &[u8]) -> Answer {
        let before = (
            self.state.clone(),
            self.trace.logs.len(),
            self.trace.payments.len(),
            self.trace.visits.len(),
        );
        self.depth += 1;
        let outcome = match self.depth {
            ..=DEEP => self.enter(Frame { caller, this: to, value }, data),
            // On a chain, gas ends it.
            _ => {
                assert!(self.flaw.is_some(), "only a mistake makes calls without end");
                Err(EMPTY)
            }
        };
        self.depth -= 1;
        if outcome.is_err() {
            self.state = before.0;
            self.trace.logs.truncate(before.1);
            self.trace.payments.truncate(before.2);
            self.trace.visits.truncate(before.3);
        }
        outcome
    }

    fn enter(&mut self, frame: Frame, data: &[u8]) -> Answer {
        self.pay(frame.caller, frame.this, frame.value)?;
        let selector = data.first_chunk().copied().unwrap_or_default();
        self.trace.visits.push(Visit { caller: frame.caller, to: frame.this, selector });
        if !self.has_code(frame.this) {
            return Ok(EMPTY);
        }
        if let Some(answer) = self.view(frame.this, frame.caller, data) {
            // None of the views is payable.
            return if frame.value.is_zero() { answer } else { Err(EMPTY) };
        }
        let Some(actor) = self.site.who(frame.this) else { return self.vault(frame, data) };
        match actor {
            _ if Actor::TOKENS.contains(&actor) => self.token(frame, data),
            Actor::Portal => self.portal(frame, data),
            Actor::Executor => self.executor(frame, data),
            Actor::VaultImplementation => self.vault_implementation(frame, data),
            Actor::MetaProver => self.meta_prover(frame, data),
            Actor::Router => self.router(frame, data),
            Actor::Ism => self.ism(frame, data),
            Actor::Mailbox => self.mailbox(frame, data),
            _ => self.actor(actor, frame, data),
        }
    }

    /// A call that changes nothing; `None` for a function that is no view.
    ///
    /// Every view is here, so that asking costs no copy of the state.
    pub fn view(&self, to: Address, caller: Address, data: &[u8]) -> Option<Answer> {
        let actor = self.site.who(to)?;
        match actor {
            _ if Actor::TOKENS.contains(&actor) => self.token_view(to, data),
            Actor::Portal => self.portal_view(data),
            Actor::MetaProver => self.meta_prover_view(caller, data),
            Actor::Router => self.router_view(data),
            Actor::Ism => self.ism_view(data),
            Actor::Mailbox => self.mailbox_view(data),
            _ => self.actor_view(actor, data),
        }
    }

    /// A static call: reverts where something else than a view is called.
    pub fn ask(&self, caller: Address, to: Address, data: &[u8]) -> Answer {
        if !self.has_code(to) {
            return Ok(EMPTY);
        }
        self.view(to, caller, data).unwrap_or(Err(EMPTY))
    }

    /// The first word of a static call's answer, as an integer.
    pub fn ask_word(
        &self,
        caller: Address,
        to: Address,
        call: &impl SolCall,
    ) -> Result<U256, Vec<u8>> {
        let answer = self.ask(caller, to, &call.abi_encode())?;
        let word = answer.first_chunk::<32>().ok_or(EMPTY)?;
        Ok(U256::from_be_bytes(*word))
    }

    /// Moves native value.
    pub fn pay(&mut self, from: Address, to: Address, amount: U256) -> Result<(), Vec<u8>> {
        if amount.is_zero() {
            return Ok(());
        }
        let left = self.native(from).checked_sub(amount).ok_or(EMPTY)?;
        self.state.native.insert(from, left);
        *self.state.native.entry(to).or_default() += amount;
        self.trace.payments.push(Payment { from, to, amount });
        Ok(())
    }

    /// Sends native value with all gas and no data; whether it was taken.
    pub fn send(&mut self, from: Address, to: Address, amount: U256) -> bool {
        amount.is_zero() || self.call(from, to, amount, &[]).is_ok()
    }

    /// Native balance.
    pub fn native(&self, account: Address) -> U256 {
        self.state.native.get(&account).copied().unwrap_or_default()
    }

    /// Whether an account has code.
    pub fn has_code(&self, account: Address) -> bool {
        match self.site.who(account) {
            Some(actor) => !matches!(
                actor,
                Actor::Zero
                    | Actor::Codeless
                    | Actor::User
                    | Actor::Funder
                    | Actor::Solver
                    | Actor::Rival
                    | Actor::Stranger
                    | Actor::Owner
            ),
            None => self.state.vaults.contains_key(&account),
        }
    }

    /// Emits an event.
    pub fn emit(&mut self, address: Address, event: &impl SolEvent) {
        self.trace.logs.push(Log { address, data: event.encode_log_data() });
    }

    /// Address of one of the chain's parties.
    pub fn at(&self, actor: Actor) -> Address {
        self.site.at(actor)
    }

    /// Whether a mistake was made on purpose.
    pub fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }
}

/// The arguments of a call of `C`, if it is one.
pub fn called<C: SolCall>(data: &[u8]) -> Option<C> {
    data.starts_with(&C::SELECTOR).then(|| C::abi_decode(data).expect("calls are well-formed"))
}

/// Encoded answer of one static value.
pub fn answer(value: &impl alloy::sol_types::SolValue) -> Answer {
    Ok(value.abi_encode())
}

/// A revert that Solidity's `require` makes.
pub fn require(reason: &str) -> Vec<u8> {
    use alloy::sol_types::SolError;
    alloy::sol_types::Revert::from(reason).abi_encode()
}

/// Bytes of a call.
pub fn bytes(call: &impl SolCall) -> Bytes {
    call.abi_encode().into()
}
