//! Runs the scenarios of the intents' vectors: symbolic step lists with the outcome of every step.
//!
//! A step is executed once and gives an `Observed`; what it should have given is compared afterwards, so that one
//! execution can be held against the vector and against a rule of this project that deviates from it.

use std::collections::BTreeMap;

use alloy::dyn_abi::DynSolType;
use alloy::primitives::{Address, B256, Bytes, U256, hex, keccak256};
use alloy::signers::SignerSync;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{SolCall, SolEvent, SolValue};
use interfaces::ids::ChainId;
use interfaces::intents::{
    GaslessCrossChainOrder, IERC7683, IInbox, IIntentSource, OnchainCrossChainOrder, OrderData,
    Reward, Route,
};
use interfaces::{erc7683, hash};
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

/// Last moment of opening a gasless order. The vectors say it in words: in `open-for-creator-binding` it is the time of
/// the step, and in `open-for` it has passed a second later.
const OPEN_DEADLINE: u32 = 1_900_000_050;

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
    /// Of the block it happened in, unix seconds.
    time: u64,
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
        let data = match self.order_calldata(step) {
            Some(data) => data,
            None => self.symbols.calldata(signature, list(&step["args"])),
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
        observed.time = self.chain.now().await;
    }

    /// Calldata of a step that calls a function of ERC-7683.
    ///
    /// The vectors describe orders in words, and `fill`'s bytes hold the addresses of their own chain; both are built
    /// anew from the scenario's intent. What is wrong with an order stands behind the function's name, or is what the
    /// step expects to be refused.
    fn order_calldata(&self, step: &Value) -> Option<Vec<u8>> {
        let signature = text(&step["signature"]);
        if signature.starts_with("fill(") {
            return Some(self.fill_calldata(step));
        }
        if !list(&step["args"]).iter().any(|argument| argument == "<order built from the intent>") {
            return None;
        }
        let (what, refused) = (text(&step["call"]), &step["error"]);
        let is = |name: &str| refused["name"] == name;
        let order_data_type = match is("TypeSignatureMismatch") {
            true => B256::repeat_byte(1),
            false => erc7683::ORDER_DATA_TYPEHASH,
        };
        let order_data = Bytes::from(self.order_data().abi_encode());
        if signature.starts_with("open(") {
            let order = OnchainCrossChainOrder {
                fillDeadline: 0,
                orderDataType: order_data_type,
                orderData: order_data,
            };
            return Some(IERC7683::openCall { order }.abi_encode());
        }
        let named = |index: usize| self.symbols.address(text(&refused["args"][index]));
        let order = GaslessCrossChainOrder {
            originSettler: match is("InvalidOriginSettler") {
                true => named(0),
                false => self.symbols.address("$PORTAL"),
            },
            user: self.symbols.address("$USER"),
            nonce: U256::from(7),
            originChainId: match is("InvalidOriginChainId") {
                true => number(&refused["args"][0]),
                false => U256::from(self.chain.id()),
            },
            openDeadline: OPEN_DEADLINE,
            fillDeadline: 0,
            orderDataType: order_data_type,
            orderData: order_data,
        };
        let signer = if what.contains("wrong signer") { "STRANGER" } else { "USER" };
        let separator =
            erc7683::domain_separator(ChainId(self.chain.id()), self.symbols.address("$PORTAL"));
        let digest = erc7683::order_digest(separator, &order);
        let signature = match what.contains("empty signature") {
            true => Bytes::new(),
            false => {
                let signer = account(self.chain, self.name, signer);
                signer.sign_hash_sync(&digest).expect("a key signs").as_bytes().into()
            }
        };
        let call = IERC7683::openForCall { order, signature, originFillerData: Bytes::new() };
        Some(call.abi_encode())
    }

    fn fill_calldata(&self, step: &Value) -> Vec<u8> {
        let [order_id, origin, filler] = list(&step["args"]) else { panic!("three arguments") };
        // What stands in the vector is the same route, but for the addresses.
        let (theirs, _) = <(Bytes, B256)>::abi_decode_params(&vectors::bytes(origin))
            .expect("a route and a hash");
        let theirs = Route::abi_decode(&theirs).expect("a route");
        let route = self.symbols.bytes("$encodedRoute");
        let mut ours = Route::abi_decode(&route).expect("a route");
        ours.portal = theirs.portal;
        for (ours, theirs) in ours.calls.iter_mut().zip(&theirs.calls) {
            ours.target = theirs.target;
        }
        assert_eq!(ours, theirs, "{}: another route", self.name);

        type Filler = (Address, u64, B256, Bytes);
        let (_, domain, _, data) =
            Filler::abi_decode_params(&vectors::bytes(filler)).expect("a filler's data");
        let origin = (Bytes::from(route), self.symbols.word("$rewardHash")).abi_encode_params();
        let claimant = self.symbols.word("$CLAIMANT");
        let filler = (self.symbols.address("$PROVER2"), domain, claimant, data).abi_encode_params();
        IERC7683::fillCall {
            orderId: self.symbols.word(text(order_id)),
            originData: origin.into(),
            fillerData: filler.into(),
        }
        .abi_encode()
    }

    /// The scenario's intent as an order has it.
    fn order_data(&self) -> OrderData {
        let route = self.symbols.bytes("$encodedRoute");
        let ty = DynSolType::parse(REWARD).expect("a type");
        let reward = self.symbols.value(&ty, &self.symbols.values["reward"]).abi_encode();
        let Route { deadline, portal, .. } = Route::abi_decode(&route).expect("a route");
        OrderData {
            destination: number(&self.symbols.values["destination"]).to(),
            route: route.into(),
            reward: Reward::abi_decode(&reward).expect("a reward"),
            routePortal: portal.into_word(),
            routeDeadline: deadline,
            maxSpent: Vec::new(),
        }
    }

    /// The order as `Open` tells it, by the rules of intents.md 7.3, in the vectors' notation.
    fn resolved_order(&self, step: &Value, time: u64) -> Value {
        let data = self.order_data();
        let open_deadline = match text(&step["signature"]).starts_with("open(") {
            true => time,
            false => OPEN_DEADLINE.into(),
        };
        let chain = self.chain.id().to_string();
        let output = |token: B256, amount: U256| {
            json!([token.to_string(), amount.to_string(), B256::ZERO.to_string(), chain])
        };
        let tokens = data.reward.tokens.iter().map(|leg| output(leg.token.into_word(), leg.amount));
        let native = data.reward.nativeAmount;
        let native = (!native.is_zero()).then(|| output(B256::ZERO, native));
        let origin_data = (data.route.clone(), data.reward.hash()).abi_encode_params();
        json!([
            data.reward.creator.to_string(),
            chain,
            open_deadline.to_string(),
            data.routeDeadline.to_string(),
            self.intent_hash.to_string(),
            [],
            tokens.chain(native).collect::<Vec<_>>(),
            [[
                data.destination.to_string(),
                data.routePortal.to_string(),
                hex::encode_prefixed(origin_data)
            ]],
        ])
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
            let events: Vec<Log> = events
                .iter()
                .map(|event| {
                    let mut event = event.clone();
                    for argument in event["args"].as_array_mut().expect("arguments") {
                        if argument == "<resolved order>" {
                            *argument = self.resolved_order(step, observed.time);
                        }
                    }
                    self.log(&event)
                })
                .collect();
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
