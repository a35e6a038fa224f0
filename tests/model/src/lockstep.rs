//! The contracts in WASM, side by side with the model.
//!
//! The model says beforehand what every transaction of a sequence will do; both chains then run the sequence, all of
//! it in one request each, by `eth_simulateV1`: the calls build on each other as transactions in blocks do, senders
//! need no keys, and nothing stays behind. After each transaction the chain is looked at as a whole. The first
//! difference ends the comparison.

use std::sync::Arc;

use alloy::hex;
use alloy::primitives::{Address, B256, Bytes, LogData, U256, keccak256};
use alloy::sol_types::{SolCall, SolValue};
use e2e::chain::Chain;
use e2e::network::{DOMAIN_A, DOMAIN_B};
use e2e::network::{Network, deployer};
use interfaces::hyperlane::IMailbox;
use interfaces::intents::{IERC20, IInbox, IIntentSource, IProver};
use interfaces::metalayer::{IMetalayerIsm as I, IMetalayerRouter as R};
use interfaces::proxy;
use serde_json::{Value, json};

use crate::actors::IMocks;
use crate::flaw::Flaw;
use crate::invariants::{Broken, History};
use crate::messaging::{Message, delivery_key};
use crate::operation::Sequence;
use crate::play::{ALLOWANCE, Keys, Play, Step, TOKENS, UNKNOWN, play};
use crate::site::{Actor, Side, Site};
use crate::world::{self, Answer, Log, bytes};

alloy::sol! {
    #[derive(Debug, PartialEq, Eq)]
    struct Question {
        address target;
        bytes data;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct Sight {
        uint256[] native;
        bool[] hasCode;
        uint256[] tokens;
        bool[] answered;
        bytes[] answers;
    }

    function look(address[] accounts, address[] tokens, Question[] questions) external view returns (Sight seen);
}

/// Gas of every simulated call: more than any takes.
const GAS: u64 = 30_000_000;

/// Accounts whose balances are looked at, beside the vaults of a sequence.
const WATCHED: [Actor; 22] = [
    Actor::Zero,
    Actor::Codeless,
    Actor::User,
    Actor::Funder,
    Actor::Solver,
    Actor::Rival,
    Actor::Stranger,
    Actor::NoEth,
    Actor::Wallet,
    Actor::GasEth,
    Actor::Receiver,
    Actor::Recipient,
    Actor::Target,
    Actor::MockProver,
    Actor::Thief,
    Actor::Permit,
    Actor::Portal,
    Actor::Executor,
    Actor::MetaProver,
    Actor::Router,
    Actor::Mailbox,
    Actor::Paymaster,
];

/// Both chains with everything on them.
pub struct Stage {
    network: Network,
    sites: [Arc<Site>; 2],
    keys: [Keys; 2],
    observers: [Address; 2],
    start: u64,
}

/// What is looked at, by name.
struct View {
    accounts: Vec<(String, Address)>,
    questions: Vec<(String, Question)>,
}

/// A transaction, and everything that the model says about it.
struct Expected {
    index: usize,
    time: u64,
    from: Address,
    to: Address,
    value: U256,
    data: Vec<u8>,
    answer: Answer,
    logs: Vec<Log>,
    view: View,
    seen: Sight,
}

/// Where contracts and model part.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Place of the operation in the sequence; `None` before the first.
    pub index: Option<usize>,
    /// Which chain.
    pub side: Side,
    /// What, expected and seen.
    pub what: String,
}

/// What a run has seen.
#[derive(Debug, Default)]
pub struct Report {
    /// Transactions, in order, with their answers.
    pub steps: Vec<(usize, Answer)>,
    /// Invariants that do not hold of the model.
    pub broken: Vec<(usize, Broken)>,
    /// The first difference between contracts and model.
    pub difference: Option<Difference>,
    /// Times that an invariant was looked at.
    pub checks: u64,
}

impl Stage {
    /// Deploys everything on two fresh chains.
    pub async fn set() -> Self {
        let network = Network::start().await;
        let mut sites = Vec::new();
        let mut observers = Vec::new();
        for (side, remote, name) in [(&network.a, &network.b, "A"), (&network.b, &network.a, "B")] {
            let chain = &side.chain;
            let addresses = addresses(side, remote.domain.0).await;
            let keys = |lane: &[alloy::signers::local::PrivateKeySigner]| {
                lane.iter().map(|key| key.address()).collect()
            };
            let site = Site {
                chain_id: chain.id(),
                domain: side.domain.0,
                remote_chain_id: remote.chain.id(),
                remote_domain: remote.domain.0,
                remote_router: remote.ours.router,
                remote_prover: remote.ours.prover,
                remote_tree: remote.core.merkle_tree_hook,
                proxy_init_code_hash: proxy::init_code_hash(side.ours.vault_implementation),
                instant: keys(&remote.validators),
                finalized: keys(&remote.finalized),
                threshold: 2,
                addresses,
            };
            assert_eq!(site.domain, if name == "A" { DOMAIN_A.0 } else { DOMAIN_B.0 });
            endow(chain, &site).await;
            observers.push(chain.mock("Observer", &[]).await);
            sites.push(Arc::new(site));
        }
        let keys = [&network.a, &network.b].map(|side| Keys {
            instant: side.validators.clone(),
            finalized: side.finalized.clone(),
            people: [Actor::User, Actor::Funder, Actor::Stranger]
                .map(|actor| (actor, side.chain.account(&format!("model: {actor:?}"))))
                .into(),
        });
        let start = network.a.chain.now().await.max(network.b.chain.now().await) + 100;
        let sites = sites.try_into().expect("two sites");
        let observers = observers.try_into().expect("two observers");
        Self { network, sites, keys, observers, start }
    }

    /// The model of these chains at the beginning of a sequence.
    pub fn model(&self, sequence: &Sequence, flaw: Option<Flaw>) -> Play {
        Play::new(self.sites.clone(), self.keys.clone(), self.start, &sequence.intents, flaw)
    }

    /// Runs a sequence on the model and on both chains.
    pub async fn run(&self, sequence: &Sequence, flaw: Option<Flaw>) -> Report {
        let model = self.model(sequence, flaw);
        let mut expected = [Side::A, Side::B].map(|side| vec![self.beginning(&model, side)]);
        let (mut report, mut history) = (Report::default(), History::default());
        play(model, sequence, |before, play, step| {
            let broken = history.look(before, play, step);
            report.broken.extend(broken.into_iter().map(|broken| (step.index, broken)));
            report.steps.push((step.index, step.answer.clone()));
            expected[step.tx.side as usize].push(self.expect(play, step));
        });
        report.checks = history.checks;
        let [a, b] = &expected;
        let differences = tokio::join!(self.compare(Side::A, a), self.compare(Side::B, b));
        report.difference = match differences {
            (Some(a), Some(b)) => Some(if b.index < a.index { b } else { a }),
            (a, b) => a.or(b),
        };
        report
    }

    /// The first look, at an empty call.
    fn beginning(&self, model: &Play, side: Side) -> Expected {
        let chain = model.chain(side);
        let (view, seen) = self.sight(model, side);
        Expected {
            index: usize::MAX,
            time: chain.time,
            from: chain.at(Actor::User),
            to: chain.at(Actor::Codeless),
            value: U256::ZERO,
            data: Vec::new(),
            answer: Ok(Vec::new()),
            logs: Vec::new(),
            view,
            seen,
        }
    }

    fn expect(&self, play: &Play, step: &Step) -> Expected {
        let (view, seen) = self.sight(play, step.tx.side);
        Expected {
            index: step.index,
            time: step.time,
            from: step.tx.from,
            to: step.tx.to,
            value: step.tx.value,
            data: step.tx.data.clone(),
            answer: step.answer.clone(),
            logs: step.trace.logs.clone(),
            view,
            seen,
        }
    }

    /// What can be seen of a chain: what is looked at, and what the model says is there.
    fn sight(&self, play: &Play, side: Side) -> (View, Sight) {
        let (chain, other) = (play.chain(side), play.chain(side.other()));
        let mut accounts: Vec<(String, Address)> =
            WATCHED.iter().map(|actor| (format!("{actor:?}"), chain.at(*actor))).collect();
        let mut questions = Vec::new();
        let mut ask = |name: String, target: Actor, data: Bytes| {
            questions.push((name, Question { target: chain.at(target), data }));
        };
        for (index, planned) in play.intents.iter().enumerate() {
            let hash = planned.hashes.intent;
            accounts.push((format!("vault {index}"), chain.vault_of(hash)));
            let name = |view: &str| format!("{view} of intent {index}");
            let status = IIntentSource::getRewardStatusCall { intentHash: hash };
            ask(name("getRewardStatus"), Actor::Portal, bytes(&status));
            let claimants = IInbox::claimantsCall { intentHash: hash };
            ask(name("claimants"), Actor::Portal, bytes(&claimants));
            let intent = planned.intent.clone();
            let funded = IIntentSource::isIntentFunded_0Call { intent: intent.clone() };
            ask(name("isIntentFunded"), Actor::Portal, bytes(&funded));
            let vault = IIntentSource::intentVaultAddress_0Call { intent: intent.clone() };
            ask(name("intentVaultAddress"), Actor::Portal, bytes(&vault));
            let hashes = IIntentSource::getIntentHash_0Call { intent };
            ask(name("getIntentHash"), Actor::Portal, bytes(&hashes));
            let proven = IProver::provenIntentsCall { intentHash: hash };
            ask(name("provenIntents"), Actor::MetaProver, bytes(&proven));
            ask(name("the mock's provenIntents"), Actor::MockProver, bytes(&proven));
        }
        ask_settings(chain, &mut ask);
        ask("nonce of the router".into(), Actor::Router, bytes(&R::nonceCall {}));
        ask("nonce of the Mailbox".into(), Actor::Mailbox, bytes(&IMailbox::nonceCall {}));
        let latest = IMailbox::latestDispatchedIdCall {};
        ask("latestDispatchedId".into(), Actor::Mailbox, bytes(&latest));
        for (index, message) in other.state.sent.iter().enumerate() {
            let delivered = IMailbox::deliveredCall { messageId: keccak256(message) };
            ask(format!("delivered, message {index}"), Actor::Mailbox, bytes(&delivered));
        }
        let portal = chain.at(Actor::Portal);
        for token in Actor::TOKENS {
            for sender in Actor::SENDERS {
                let allowance = IERC20::allowanceCall { owner: chain.at(sender), spender: portal };
                ask(format!("what {sender:?} allows of {token:?}"), token, bytes(&allowance));
            }
        }

        let every = || accounts.iter().map(|(_, account)| *account);
        let balances = Actor::TOKENS.iter().flat_map(|token| {
            let books = &chain.state.tokens[&chain.at(*token)];
            every().map(|account| books.balance(account))
        });
        let answers: Vec<Answer> = questions
            .iter()
            .map(|(_, question)| chain.ask(Address::ZERO, question.target, &question.data))
            .collect();
        let seen = Sight {
            native: every().map(|account| chain.native(account)).collect(),
            hasCode: every().map(|account| chain.has_code(account)).collect(),
            tokens: balances.collect(),
            answered: answers.iter().map(Result::is_ok).collect(),
            answers: answers
                .into_iter()
                .map(|answer| answer.unwrap_or_else(|data| data).into())
                .collect(),
        };
        (View { accounts, questions }, seen)
    }

    async fn compare(&self, side: Side, expected: &[Expected]) -> Option<Difference> {
        let chain = self.chain(side);
        let observer = self.observers[side as usize];
        let mut blocks: Vec<(u64, Vec<Value>)> = Vec::new();
        for step in expected {
            if blocks.last().is_none_or(|(time, _)| *time < step.time) {
                blocks.push((step.time, Vec::new()));
            }
            let (_, calls) = blocks.last_mut().expect("a block");
            calls.push(call(step.from, step.to, step.value, &step.data));
            let look = lookCall {
                accounts: step.view.accounts.iter().map(|(_, account)| *account).collect(),
                tokens: Actor::TOKENS
                    .iter()
                    .map(|token| self.sites[side as usize].at(*token))
                    .collect(),
                questions: step
                    .view
                    .questions
                    .iter()
                    .map(|(_, question)| question.clone())
                    .collect(),
            };
            calls.push(call(Address::ZERO, observer, U256::ZERO, &look.abi_encode()));
        }
        // Nobody has native value but what the model gives them; the zero address collects the chain's fees, for one.
        let first = &expected[0];
        let balances: serde_json::Map<String, Value> = first
            .view
            .accounts
            .iter()
            .zip(&first.seen.native)
            .map(|((_, account), wei)| (account.to_string(), json!({"balance": wei})))
            .collect();
        let mut blocks: Vec<Value> = blocks
            .into_iter()
            .map(|(time, calls)| {
                json!({"blockOverrides": {"time": U256::from(time)}, "calls": calls})
            })
            .collect();
        blocks[0]["stateOverrides"] = Value::Object(balances);
        let params = json!([{"blockStateCalls": blocks}, "latest"]);
        let answer = chain.request("eth_simulateV1", params).await;
        let results: Vec<&Value> = answer
            .as_array()
            .expect("blocks")
            .iter()
            .flat_map(|block| block["calls"].as_array().expect("calls"))
            .collect();
        assert_eq!(results.len(), expected.len() * 2, "every call has a result");
        expected.iter().zip(results.chunks(2)).find_map(|(step, pair)| {
            let what = differs(step, pair[0], pair[1])?;
            let index = (step.index != usize::MAX).then_some(step.index);
            Some(Difference { index, side, what })
        })
    }

    fn chain(&self, side: Side) -> &Chain {
        match side {
            Side::A => &self.network.a.chain,
            Side::B => &self.network.b.chain,
        }
    }
}

/// Everything that owners and recipients have set, and what was confirmed.
fn ask_settings(chain: &world::Chain, ask: &mut impl FnMut(String, Actor, Bytes)) {
    use Actor::{Ism, Router};
    let site = &chain.site;
    for target in [Router, Ism] {
        ask(format!("owner of {target:?}"), target, bytes(&R::ownerCall {}));
        ask(format!("pendingOwner of {target:?}"), target, bytes(&R::pendingOwnerCall {}));
    }
    ask("paused".into(), Router, bytes(&R::pausedCall {}));
    ask("domains".into(), Router, bytes(&R::domainsCall {}));
    let module = R::interchainSecurityModuleCall {};
    ask("module of the router".into(), Router, bytes(&module));
    for domain in [site.remote_domain, site.domain, UNKNOWN, UNKNOWN + 1] {
        ask(format!("routers({domain})"), Router, bytes(&R::routersCall { domain }));
        let addresses = R::routerAddressesCall { domain };
        ask(format!("routerAddresses({domain})"), Router, bytes(&addresses));
    }
    let origin = site.remote_domain;
    for finality in 0..3 {
        let name = format!("modules({origin}, {finality})");
        ask(name, Ism, bytes(&I::modulesCall { origin, finality }));
    }
    for who in [Actor::Recipient, Actor::MetaProver, Actor::Stranger] {
        let recipient = chain.at(who);
        ask(format!("minFinality({who:?})"), Ism, bytes(&I::minFinalityCall { recipient }));
        ask(format!("appModules({who:?})"), Ism, bytes(&I::appModulesCall { recipient }));
    }
    for (index, message) in chain.state.sent.iter().enumerate() {
        let body = Message::read(message).expect("the Mailbox writes headers").body;
        let router = site.remote_router.into_word();
        let key = delivery_key(site.remote_domain, router, keccak256(body));
        ask(format!("confirmed, message {index}"), Router, bytes(&R::confirmedCall { key }));
    }
}

fn call(from: Address, to: Address, value: U256, data: &[u8]) -> Value {
    json!({
        "from": from,
        "to": to,
        "value": value,
        "gas": U256::from(GAS),
        "input": hex::encode_prefixed(data),
    })
}

/// What of a step is not as it has to be.
fn differs(expected: &Expected, outcome: &Value, look: &Value) -> Option<String> {
    let data = bytes_of(&outcome["returnData"]);
    let seen = if outcome["status"] == "0x1" { Ok(data) } else { Err(data) };
    if seen != expected.answer {
        return Some(format!(
            "answers {}, and the model says {}",
            told(&seen),
            told(&expected.answer)
        ));
    }
    let logs: Vec<Log> = outcome["logs"].as_array().expect("logs").iter().map(log).collect();
    if logs != expected.logs {
        let place = logs.iter().zip(&expected.logs).position(|(a, b)| a != b);
        let place = place.unwrap_or(logs.len().min(expected.logs.len()));
        return Some(format!(
            "{} logs, and the model says {}; log {place} is {:?}, and the model says {:?}",
            logs.len(),
            expected.logs.len(),
            logs.get(place),
            expected.logs.get(place),
        ));
    }
    let data = bytes_of(&look["returnData"]);
    let Ok(sight) = lookCall::abi_decode_returns(&data) else {
        return Some(format!("cannot be looked at: {look}"));
    };
    let count = expected.view.accounts.len();
    let words = [
        ("native", &sight.native, &expected.seen.native),
        ("tokens", &sight.tokens, &expected.seen.tokens),
    ];
    for (what, seen, said) in words {
        if let Some(place) = seen.iter().zip(said).position(|(seen, said)| seen != said) {
            let (token, account) =
                (Actor::TOKENS[place / count], &expected.view.accounts[place % count].0);
            let token = if what == "native" { what.to_owned() } else { format!("{token:?}") };
            let (seen, said) = (seen[place], said[place]);
            return Some(format!("{account} has {seen} of {token}, and the model says {said}"));
        }
    }
    if let Some(place) =
        (0..count).find(|place| sight.hasCode[*place] != expected.seen.hasCode[*place])
    {
        return Some(format!("code of {}", expected.view.accounts[place].0));
    }
    let answers = |sight: &Sight, place: usize| -> Answer {
        let data = sight.answers[place].to_vec();
        if sight.answered[place] { Ok(data) } else { Err(data) }
    };
    let questions = expected.view.questions.iter().enumerate();
    questions.into_iter().find_map(|(place, (name, _))| {
        let (seen, said) = (answers(&sight, place), answers(&expected.seen, place));
        (seen != said)
            .then(|| format!("{name} answers {}, and the model says {}", told(&seen), told(&said)))
    })
}

fn told(answer: &Answer) -> String {
    match answer {
        Ok(data) => hex::encode_prefixed(data),
        Err(data) => metalayer::revert::Revert(data.clone().into()).to_string(),
    }
}

fn bytes_of(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().expect("hex")).expect("hex")
}

fn log(value: &Value) -> Log {
    let topics = value["topics"].as_array().expect("topics").iter();
    let topics: Vec<B256> =
        topics.map(|topic| topic.as_str().expect("hex").parse().expect("a word")).collect();
    Log {
        address: value["address"].as_str().expect("hex").parse().expect("an address"),
        data: LogData::new(topics, bytes_of(&value["data"]).into()).expect("at most four topics"),
    }
}

/// Deploys the actors that are contracts; the address of every actor, in order.
///
/// - `origin`: domain of the other chain, for whose messages there are modules.
async fn addresses(side: &e2e::network::Side, origin: u32) -> Vec<Address> {
    let chain = &side.chain;
    let account = |name: &str| chain.account(&format!("model: {name}")).address();
    let mut addresses = Vec::new();
    for actor in Actor::ALL {
        let name = format!("{actor:?}");
        let address = match actor {
            Actor::Zero => Address::ZERO,
            Actor::Owner => deployer(chain).address(),
            Actor::Codeless
            | Actor::User
            | Actor::Funder
            | Actor::Solver
            | Actor::Rival
            | Actor::Stranger => account(&name),
            Actor::Thief => chain.mock("ThievingProver", &account("Stranger").abi_encode()).await,
            Actor::Receiver => chain.mock("ReentrantReceiver", &[]).await,
            Actor::MockProver => chain.mock("Prover", &[]).await,
            Actor::Plain => side.token,
            Actor::Silent => chain.mock("TokenNoReturn", &[]).await,
            Actor::False => chain.mock("TokenFalse", &[]).await,
            Actor::Reverting => chain.mock("TokenRevert", &[]).await,
            Actor::Fee => chain.mock("TokenFee10", &[]).await,
            Actor::Hooked => chain.mock("TokenHooked", &[]).await,
            Actor::NoEth
            | Actor::Wallet
            | Actor::GasEth
            | Actor::Recipient
            | Actor::Target
            | Actor::Permit
            | Actor::ReentrantPermit => chain.mock(&name, &[]).await,
            Actor::Portal => side.ours.portal,
            Actor::Executor => side.ours.executor,
            Actor::VaultImplementation => side.ours.vault_implementation,
            Actor::MetaProver => side.ours.prover,
            Actor::Router => side.ours.router,
            Actor::Ism => side.ours.ism,
            Actor::InstantIsm | Actor::FinalizedIsm => {
                let finality = u8::from(actor == Actor::FinalizedIsm);
                chain.view(side.ours.ism, &I::modulesCall { origin, finality }).await
            }
            Actor::Mailbox => side.core.mailbox,
            Actor::Tree => side.core.merkle_tree_hook,
            Actor::Paymaster => side.core.interchain_gas_paymaster,
        };
        addresses.push(address);
    }
    addresses
}

/// Gives every sender its tokens, and the Portal its allowances.
async fn endow(chain: &Chain, site: &Site) {
    let dev = chain.dev();
    for token in Actor::TOKENS.map(|token| site.at(token)) {
        for sender in Actor::SENDERS {
            let (to, value) = (site.at(sender), U256::from(TOKENS));
            chain.must(&dev, token, &IMocks::mintCall { to, value }).await;
            let (spender, value) = (site.at(Actor::Portal), U256::from(ALLOWANCE));
            let approve = IERC20::approveCall { spender, value };
            if chain.code(to).await.is_empty() {
                let key = chain.account(&format!("model: {sender:?}"));
                chain.must(&key, token, &approve).await;
            } else {
                let exec = e2e::mocks::ICaller::execCall {
                    target: token,
                    value: U256::ZERO,
                    data: world::bytes(&approve),
                };
                chain.must(&dev, to, &exec).await;
            }
        }
    }
}
