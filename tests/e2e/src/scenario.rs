//! Runs the scenarios of the intents' vectors: symbolic step lists with the outcome of every step.
//!
//! A step is executed once and gives an [`Observed`]; what it should have given is compared afterwards, so that one
//! execution can be held against the vector and against a rule of this project that deviates from it.

use std::collections::BTreeMap;

use alloy::dyn_abi::DynSolType;
use alloy::primitives::{Address, B256, Bytes, U256, hex, keccak256};
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{SolCall, SolEvent};
use interfaces::hash;
use interfaces::ids::ChainId;
use interfaces::intents::{IInbox, IIntentSource};
use metalayer::chain::Tx;
use serde_json::{Value, json};

use crate::chain::{Chain, Log, Simulated};
use crate::mocks::{ICaller, ICallsBack, IPermit, ISetProof, IToken};
use crate::programs;
use crate::vectors::{self, Symbols, list, number, text};

const ROUTE: &str =
    "(bytes32,uint64,address,uint256,(address,uint256)[],(address,bytes,uint256)[])";
const REWARD: &str = "(uint64,address,address,uint256,(address,uint256)[])";

/// Actors that are contracts, and the mock that plays each.
const CONTRACTS: [(&str, &str); 13] = [
    ("PROVER", "Prover"),
    ("PROVER2", "Prover"),
    ("TOKEN_A", "Token"),
    ("TOKEN_B", "Token"),
    ("TOKEN_NORETURN", "TokenNoReturn"),
    ("TOKEN_FALSE", "TokenFalse"),
    ("TOKEN_REVERT", "TokenRevert"),
    ("TOKEN_FEE10", "TokenFee10"),
    ("NO_ETH", "NoEth"),
    ("GAS_ETH", "GasEth"),
    ("PERMIT", "Permit"),
    ("REENT_PERMIT", "ReentrantPermit"),
    ("TARGET", "Target"),
];

/// Actors with a key; CODELESS and EOA never use theirs.
const ACCOUNTS: [&str; 9] =
    ["CREATOR", "FUNDER", "SOLVER", "CLAIMANT", "STRANGER", "REFUNDEE", "USER", "CODELESS", "EOA"];

/// Functions that this version of the contracts leaves out whole.
const LEFT_OUT: [&str; 9] = [
    "fundFor",
    "publishAndFundFor",
    "batchWithdraw",
    "refundTo",
    "recoverToken",
    "recover",
    "open",
    "openFor",
    "fill",
];

/// The contracts that scenarios act on.
pub struct Stage {
    contracts: BTreeMap<String, Address>,
}

impl Stage {
    /// Deploys every contract that a scenario may name.
    pub async fn set(chain: &Chain) -> Self {
        let mut contracts = BTreeMap::new();
        for (actor, mock) in CONTRACTS {
            contracts.insert(actor.to_owned(), chain.mock(mock, &[]).await);
        }
        let portal = programs::portal(chain, Address::ZERO).await;
        let alias = programs::portal(chain, contracts["TOKEN_A"]).await;
        let executor = chain.view(portal, &IInbox::executorCall {}).await;
        contracts.insert("PORTAL".to_owned(), portal);
        contracts.insert("PORTAL_ALIAS".to_owned(), alias);
        contracts.insert("EXECUTOR".to_owned(), executor);
        contracts.insert("VAULT_IMPL".to_owned(), hash::create_address(portal, 1));
        // The vectors were computed on a chain whose Executor had been sent one wei before (`abiStrictness`, "plain
        // native transfer to the Executor"); several balances and one call's success follow from it.
        chain.pay(&chain.dev(), executor, U256::ONE).await.expect("the Executor accepts native");
        Self { contracts }
    }
}

/// A place where this project deliberately does otherwise than the vectors' Solidity.
pub struct Deviation {
    /// Name of the scenario.
    pub scenario: &'static str,
    /// Index of the step.
    pub step: usize,
    /// The rule, and where it is written.
    pub rule: &'static str,
    /// Members of the step that are different here.
    pub here: fn() -> Value,
}

/// How a scenario went.
#[derive(Default)]
pub struct Played {
    /// What was not as it has to be.
    pub failures: Vec<String>,
    /// Functions it called that are left out of this version, each once.
    pub left_out: Vec<&'static str>,
    /// Step after which it could not go on, because a left-out function was to change state.
    pub cut: Option<usize>,
    /// Steps that were compared.
    pub steps: usize,
}

/// What a step was seen to do.
#[derive(Debug, Default)]
struct Observed {
    outcome: Option<Simulated>,
    succeeded: bool,
    logs: Vec<Log>,
    status: u8,
    /// Balances and code lengths, by the step's own names.
    measured: BTreeMap<String, String>,
}

/// A scenario being run.
struct Run<'a> {
    chain: &'a Chain,
    name: &'a str,
    symbols: Symbols,
    intent_hash: B256,
}

/// Whether a scenario needs an exact clock, which an external chain does not offer.
pub fn needs_a_set_clock(scenario: &Value) -> bool {
    let times: Vec<U256> = list(&scenario["steps"])
        .iter()
        .map(|step| &step["timestamp"])
        .filter(|t| !t.is_null())
        .map(number)
        .collect();
    let intent = &scenario["intent"];
    let deadlines = [number(&intent["route"]["deadline"]), number(&intent["reward"]["deadline"])];
    let margin = U256::from(120);
    times.len() > 1
        || times.iter().any(|time| deadlines.iter().any(|end| end >= time && *end - time < margin))
}

/// Plays one scenario of the vectors and compares every step.
pub async fn play(
    chain: &Chain,
    stage: &Stage,
    scenario: &Value,
    deviations: &[Deviation],
) -> Played {
    let name = text(&scenario["name"]);
    let scenario = &moved(chain, scenario).await;
    let run = Run::new(chain, stage, scenario).await;
    let mut played = Played::default();
    for (index, step) in list(&scenario["steps"]).iter().enumerate() {
        let observed = run.execute(step).await;
        played.steps += 1;
        if let Some(function) = left_out(step) {
            if !played.left_out.contains(&function) {
                played.left_out.push(function);
            }
            if observed.outcome != Some(Err(Bytes::new())) {
                played
                    .failures
                    .push(format!("{name}, step {index}: {function} is answered: {observed:?}"));
            }
            if changes_state(step) {
                played.cut = Some(index);
                break;
            }
            continue;
        }
        let as_in_vector = run.mismatches(step, &observed);
        let deviation = deviations
            .iter()
            .find(|deviation| (deviation.scenario, deviation.step) == (name, index));
        let problems = match deviation {
            None => as_in_vector,
            Some(deviation) if as_in_vector.is_empty() => {
                vec![format!(
                    "does as the vector says, so the rule is not kept or not needed: {}",
                    deviation.rule
                )]
            }
            Some(deviation) => run.mismatches(&patched(step, (deviation.here)()), &observed),
        };
        played
            .failures
            .extend(problems.iter().map(|problem| format!("{name}, step {index}: {problem}")));
    }
    played
}

/// The scenario with all of its times moved to the chain's, where the clock cannot be set.
async fn moved(chain: &Chain, scenario: &Value) -> Value {
    let steps = list(&scenario["steps"]).iter();
    let timestamps: Vec<&str> = steps.filter_map(|step| step["timestamp"].as_str()).collect();
    let (false, Some(first)) = (chain.is_embedded(), timestamps.first()) else {
        return scenario.clone();
    };
    let seconds = |time: &str| number(&time.into()).to::<u64>();
    let shift = chain.now().await.wrapping_sub(seconds(first));
    let intent = &scenario["intent"];
    let deadlines = [text(&intent["route"]["deadline"]), text(&intent["reward"]["deadline"])];
    let times = timestamps.iter().chain(&deadlines).map(|time| {
        let there = seconds(time).wrapping_add(shift).to_string();
        ((*time).to_owned(), there)
    });
    replaced(scenario, &times.collect())
}

/// The same JSON with some of its texts replaced.
fn replaced(json: &Value, texts: &BTreeMap<String, String>) -> Value {
    match json {
        Value::String(text) => texts.get(text).unwrap_or(text).clone().into(),
        Value::Array(elements) => elements.iter().map(|element| replaced(element, texts)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, member)| (name.clone(), replaced(member, texts))).collect()
        }
        other => other.clone(),
    }
}

/// The left-out function that a step calls, if it calls one.
fn left_out(step: &Value) -> Option<&'static str> {
    let signature = step["call"].as_str().and(step["signature"].as_str())?;
    LEFT_OUT.into_iter().find(|name| signature.starts_with(&format!("{name}(")))
}

/// Whether a successful step leaves anything behind but a repeated announcement.
fn changes_state(step: &Value) -> bool {
    step["result"] == "ok"
        && list(&step["events"]).iter().any(|event| event["name"] != "IntentPublished")
}

fn patched(step: &Value, here: Value) -> Value {
    let mut step = step.clone();
    let members = step.as_object_mut().expect("a step");
    for (key, value) in here.as_object().expect("an object") {
        members.insert(key.clone(), value.clone());
    }
    step
}

impl<'a> Run<'a> {
    async fn new(chain: &'a Chain, stage: &Stage, scenario: &'a Value) -> Self {
        let name = text(&scenario["name"]);
        assert_eq!(
            number(&scenario["chainId"]),
            U256::from(chain.id()),
            "{name} is of another chain"
        );

        let mut symbols = Symbols { accounts: stage.contracts.clone(), ..Default::default() };
        for actor in ACCOUNTS {
            symbols.accounts.insert(actor.to_owned(), account(chain, name, actor).address());
        }

        let intent = scenario["intent"].clone();
        let encode = |types: &str, value: &Value| {
            let ty = DynSolType::parse(types).expect("a type");
            symbols.value(&ty, value).abi_encode()
        };
        let encoded_route = encode(ROUTE, &intent["route"]);
        let route_hash = keccak256(&encoded_route);
        let reward_hash = keccak256(encode(REWARD, &intent["reward"]));
        let destination = number(&intent["destination"]).to();
        let intent_hash = hash::intent_hash(ChainId(destination), route_hash, reward_hash);

        let portals = ["PORTAL", "PORTAL_ALIAS"].map(|portal| stage.contracts[portal]);
        for (portal, vault) in portals.into_iter().zip(["VAULT", "VAULT_OF_PORTAL_ALIAS"]) {
            symbols.accounts.insert(vault.to_owned(), programs::vault(portal, intent_hash));
        }
        symbols.values = BTreeMap::from([
            ("destination".to_owned(), intent["destination"].clone()),
            ("route".to_owned(), intent["route"].clone()),
            ("reward".to_owned(), intent["reward"].clone()),
            ("intent".to_owned(), intent),
            ("encodedRoute".to_owned(), hex::encode_prefixed(encoded_route).into()),
            ("routeHash".to_owned(), route_hash.to_string().into()),
            ("rewardHash".to_owned(), reward_hash.to_string().into()),
            ("intentHash".to_owned(), intent_hash.to_string().into()),
        ]);
        Self { chain, name, symbols, intent_hash }
    }

    async fn execute(&self, step: &Value) -> Observed {
        let mut observed = Observed::default();
        if let Some(time) = step["timestamp"].as_str() {
            self.chain.set_time(number(&time.into()).to()).await;
        } else if let Some(setup) = step["setup"].as_str() {
            self.set_up(setup).await;
        } else if step["call"].is_string() {
            self.call(step, &mut observed).await;
        } else if let Some(view) = step["view"].as_str() {
            let to = if view == "provenIntents" { "$PROVER" } else { "$PORTAL" };
            let data = self.symbols.calldata(text(&step["signature"]), list(&step["args"]));
            let to = self.symbols.address(to);
            observed.outcome =
                Some(self.chain.simulate(Address::ZERO, Tx::raw(to, data), U256::ZERO).await);
        } else if let Some(balances) = step["balances"].as_object() {
            for what in balances.keys() {
                observed.measured.insert(what.clone(), self.balance(what).await.to_string());
            }
        } else if let Some(lengths) = step["codeLength"].as_object() {
            for who in lengths.keys() {
                let code = self.chain.code(self.symbols.address(who)).await;
                observed.measured.insert(who.clone(), code.len().to_string());
            }
        } else {
            panic!("{}: no such step: {step}", self.name);
        }
        observed
    }

    async fn call(&self, step: &Value, observed: &mut Observed) {
        let signature = text(&step["signature"]);
        let (to, value) = (self.symbols.address(text(&step["to"])), number(&step["value"]));
        let arguments = list(&step["args"]);
        // The vectors describe orders in words. Their functions are left out; any well-formed order shows that.
        let data =
            match arguments.iter().any(|argument| argument == "<order built from the intent>") {
                true => [&vectors::selector(signature)[..], &vectors::zero_arguments(signature)]
                    .concat(),
                false => self.symbols.calldata(signature, arguments),
            };

        let actor = text(&step["from"]).trim_start_matches('$');
        let from_contract = CONTRACTS.iter().any(|(contract, _)| *contract == actor);
        let (from, to, data) = match from_contract {
            false => (account(self.chain, self.name, actor), to, data),
            // A contract sends what a nameless account tells it to send.
            true => {
                let exec = ICaller::execCall { target: to, value, data: data.into() };
                (
                    account(self.chain, self.name, "NAMELESS"),
                    self.symbols.address(text(&step["from"])),
                    exec.abi_encode(),
                )
            }
        };
        // The sender's gas money first: a simulated call wants the value in the account.
        self.chain.provide(from.address(), value).await;
        let tx = Tx::raw(to, data);
        let simulated = self.chain.simulate(from.address(), tx.clone(), value).await;
        let sent = self.chain.transact(&from, tx, value).await;
        // The receipt has no return data, and only a transaction leaves events and state.
        assert_eq!(
            simulated.as_ref().err(),
            sent.as_ref().err(),
            "{}: simulation and transaction differ",
            self.name
        );
        observed.succeeded = sent.is_ok();
        if let Ok(receipt) = sent {
            observed.logs = receipt.logs.into_iter().filter(|log| !is_token_event(log)).collect();
        }
        observed.outcome = Some(match from_contract {
            true => simulated.map(|output| {
                ICaller::execCall::abi_decode_returns(&output).expect("exec returns bytes")
            }),
            false => simulated,
        });
        let portal = match text(&step["to"]) {
            alias @ "$PORTAL_ALIAS" => self.symbols.address(alias),
            _ => self.symbols.address("$PORTAL"),
        };
        let status = IIntentSource::getRewardStatusCall { intentHash: self.intent_hash };
        observed.status = self.chain.view(portal, &status).await;
    }

    /// What of `step` is not as observed.
    fn mismatches(&self, step: &Value, observed: &Observed) -> Vec<String> {
        let mut mismatches = Vec::new();
        let mut compare = |what: &str, expected: String, actual: String| {
            if expected != actual {
                mismatches.push(format!("{what}\n    expected {expected}\n    observed {actual}"));
            }
        };
        if let Some(result) = step["result"].as_str() {
            compare(
                "result",
                result.to_owned(),
                if observed.succeeded { "ok" } else { "revert" }.to_owned(),
            );
            compare("status", step["statusAfter"].to_string(), observed.status.to_string());
            let events = step["events"].as_array().map(Vec::as_slice).unwrap_or_default();
            let events: Vec<Log> = events.iter().map(|event| self.log(event)).collect();
            compare("events", format!("{events:?}"), format!("{:?}", observed.logs));
        }
        if let Some(error) = step["error"].as_object() {
            let error: Simulated = Err(self.symbols.error(error).into());
            compare("revert data", format!("{:?}", Some(error)), format!("{:?}", observed.outcome));
        }
        if let Some(returns) = step["returns"].as_array() {
            let types = vectors::returns(text(&step["signature"]));
            let returns: Simulated = Ok(self.symbols.encode(types, returns).into());
            compare(
                "return data",
                format!("{:?}", Some(returns)),
                format!("{:?}", observed.outcome),
            );
        }
        for measured in ["balances", "codeLength"] {
            for (what, expected) in step[measured].as_object().into_iter().flatten() {
                compare(what, number(expected).to_string(), observed.measured[what].clone());
            }
        }
        mismatches
    }

    fn log(&self, event: &Value) -> Log {
        Log { address: self.symbols.address(text(&event["from"])), data: self.symbols.event(event) }
    }

    /// Balance of `native of $X` or `TOKEN of $X`.
    async fn balance(&self, what: &str) -> U256 {
        let (asset, account) = what.split_once(" of ").expect("an asset of an account");
        let account = self.symbols.address(account);
        match asset {
            "native" => self.chain.balance(account).await,
            token => {
                let token = self.symbols.accounts[token];
                self.chain.view(token, &IToken::balanceOfCall { account }).await
            }
        }
    }

    /// A change of state outside the protocol, described in the vectors' few forms of English.
    async fn set_up(&self, text: &str) {
        let dev = self.chain.dev();
        let words: Vec<&str> = text
            .split([' ', '(', ')', ',', '{', '}', ':', '='])
            .filter(|word| !word.is_empty())
            .collect();
        let address = |name: &str| self.symbols.address(name);
        let amount = |word: &str| word.parse::<U256>().unwrap_or_else(|_| panic!("{text}"));
        match words[..] {
            ["mint", value, "of", token, "to", to] => {
                let mint = IToken::mintCall { to: address(to), value: amount(value) };
                self.chain.must(&dev, address(token), &mint).await;
            }
            [owner, "approves", spender, "for", value, "of", token] => {
                let owner = account(self.chain, self.name, owner.trim_start_matches('$'));
                let approve =
                    IToken::approveCall { spender: address(spender), value: amount(value) };
                self.chain.must(&owner, address(token), &approve).await;
            }
            ["native", "balance", "of", who, value] => {
                let (target, current) = (amount(value), self.chain.balance(address(who)).await);
                let missing = target
                    .checked_sub(current)
                    .unwrap_or_else(|| panic!("{}: {who} has {current}", self.name));
                if !missing.is_zero() {
                    self.chain.give(address(who), missing).await;
                }
            }
            [
                "$PROVER.provenIntents",
                "$intentHash",
                "claimant",
                claimant,
                "destination",
                destination,
            ] => {
                let proof = ISetProof::setProofCall {
                    intentHash: self.intent_hash,
                    claimant: address(claimant),
                    destination: amount(destination).to(),
                };
                self.chain.must(&dev, address("$PROVER"), &proof).await;
            }
            [token, "transfers", "start", "failing"] => {
                self.chain.must(&dev, address(token), &IToken::setBadCall { bad: true }).await;
            }
            [token, "transfers", "work", "again"] => {
                self.chain.must(&dev, address(token), &IToken::setBadCall { bad: false }).await;
            }
            [
                "$PERMIT.allowance",
                owner,
                token,
                spender,
                "amount",
                value,
                "expiration",
                expiration,
            ] => {
                let set = IPermit::setCall {
                    owner: address(owner),
                    token: address(token),
                    spender: address(spender),
                    amount: amount(value).to(),
                    expiration: amount(expiration).to(),
                };
                self.chain.must(&dev, address("$PERMIT"), &set).await;
            }
            ["$PERMIT.transferFrom", "delivers", extra, "extra", "tokens"] => {
                let extra = IPermit::setExtraCall { extra: amount(extra) };
                self.chain.must(&dev, address("$PERMIT"), &extra).await;
            }
            [
                "$REENT_PERMIT",
                "will",
                "call",
                function,
                "$destination",
                "$routeHash",
                "$reward",
                "inside",
                "transferFrom",
            ] => {
                let function = function.strip_prefix("$PORTAL.").expect("a function of the Portal");
                let arguments = [json!("$destination"), json!("$routeHash"), json!("$reward")];
                let callback = self
                    .symbols
                    .calldata(&format!("{function}(uint64,bytes32,{REWARD})"), &arguments);
                let callback = ICallsBack::setCallbackCall {
                    target: address("$PORTAL"),
                    callback: callback.into(),
                };
                self.chain.must(&dev, address("$REENT_PERMIT"), &callback).await;
            }
            _ => panic!("{}: no such setup: {text}", self.name),
        }
    }
}

/// The account that plays `actor` in `scenario`; no two scenarios share one.
fn account(chain: &Chain, scenario: &str, actor: &str) -> PrivateKeySigner {
    chain.account(&format!("{scenario}: {actor}"))
}

/// Whether the vectors leave a log out.
fn is_token_event(log: &Log) -> bool {
    alloy::sol! {
        event Transfer(address indexed from, address indexed to, uint256 value);
        event Approval(address indexed owner, address indexed spender, uint256 value);
    }
    let topic = log.data.topics().first();
    topic == Some(&Transfer::SIGNATURE_HASH) || topic == Some(&Approval::SIGNATURE_HASH)
}
