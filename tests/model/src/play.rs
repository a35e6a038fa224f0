//! A sequence played on the model: two chains, and everything that is done on them, step by step.

use std::sync::Arc;

use alloy::primitives::{Address, B256, Bytes, U256, keccak256};
use alloy::signers::SignerSync;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::SolValue;
use interfaces::hyperlane::{IMailbox, IMessageRecipient};
use interfaces::intents::{
    Call, GaslessCrossChainOrder, IERC20, IERC7683, IExecutor, IInbox, IIntentSource, IProver,
    IVault, Intent, OnchainCrossChainOrder, OrderData, Output, Reward, Route, TokenAmount,
};
use interfaces::metalayer::{IMetalayerIsm, IMetalayerRecipient, IMetalayerRouter};

use crate::actors::IMocks;
use crate::flaw::Flaw;
use crate::intent::{Hashes, hashes};
use crate::messaging::{DELIVERED, HEADER, MAX_GAS, MAX_MESSAGE, MAX_READS, Message, digest};
use crate::operation::{
    Carriage, Claimant, Demand, Destination, DomainPlan, Errand, Gas, Holder, IntentPlan, Judge,
    Leg, Limit, Mistake, Moment, Money, Operation, OrderMistake, Recipient, RoutePlan, Sequence,
    Setting, Signing, Spoofed, What,
};
use crate::orders::{order_digest, order_type};
use crate::prover::MIN_GAS_LIMIT;
use crate::site::{Actor, Side, Site};
use crate::world::{Answer, Chain, GAS_PRICE, OVERHEAD, Trace, bytes};

/// Seconds from the start of a sequence to the near deadline.
const NEAR: u64 = 100;
/// Seconds from the start of a sequence to the far deadline.
const FAR: u64 = 10_000;
/// Chain id of a chain that is neither.
const FOREIGN: u64 = 1_399_811_149;
/// A domain that nobody has enrolled at first; the next one is another.
pub(crate) const UNKNOWN: u32 = 77;

/// What every sender has of native value at the start of a sequence.
pub const NATIVE: u128 = 1_000_000_000_000_000_000;
/// What every sender has of each token.
pub const TOKENS: u64 = 100_000;
/// What every sender allows the Portal to take of each token.
pub const ALLOWANCE: u64 = 50_000;

/// Keys of the validators of a chain.
#[derive(Clone, Debug)]
pub struct Keys {
    /// INSTANT lane, in order.
    pub instant: Vec<PrivateKeySigner>,
    /// FINALIZED lane, in order.
    pub finalized: Vec<PrivateKeySigner>,
    /// Of the people on it who sign orders.
    pub people: Vec<(Actor, PrivateKeySigner)>,
}

/// An intent with its addresses.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Where it is published.
    pub source: Side,
    /// Where it can be fulfilled; the source again, if it is of a foreign chain.
    pub destination: Side,
    /// The intent.
    pub intent: Intent,
    /// Its hashes.
    pub hashes: Hashes,
}

/// A transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tx {
    /// Which chain.
    pub side: Side,
    /// Sender.
    pub from: Address,
    /// Recipient.
    pub to: Address,
    /// Native value.
    pub value: U256,
    /// Calldata.
    pub data: Vec<u8>,
}

/// A transaction and what came of it.
#[derive(Clone, Debug)]
pub struct Step {
    /// Place of the operation in the sequence.
    pub index: usize,
    /// Time of its block.
    pub time: u64,
    /// What was sent.
    pub tx: Tx,
    /// Return or revert data.
    pub answer: Answer,
    /// What happened.
    pub trace: Trace,
}

/// Two chains, and the intents of a sequence.
#[derive(Clone, Debug)]
pub struct Play {
    /// A and B.
    pub chains: [Chain; 2],
    /// In the order of their plans.
    pub intents: Vec<Planned>,
    start: u64,
    keys: [Keys; 2],
    stranger: PrivateKeySigner,
}

impl Play {
    /// Both chains as a sequence finds them.
    ///
    /// - `keys`: of the validators of A and of B.
    /// - `start`: time of the first block, unix seconds.
    pub fn new(
        sites: [Arc<Site>; 2],
        keys: [Keys; 2],
        start: u64,
        plans: &[IntentPlan],
        flaw: Option<Flaw>,
    ) -> Self {
        let chains = sites.map(|site| {
            let mut chain = Chain::new(site, start);
            chain.flaw = flaw;
            for sender in Actor::SENDERS {
                let (account, portal) = (chain.at(sender), chain.at(Actor::Portal));
                for token in Actor::TOKENS.map(|token| chain.at(token)) {
                    chain.mint(token, account, U256::from(TOKENS));
                    let books = chain.state.tokens.get_mut(&token).expect("a token");
                    books.allowances.insert((account, portal), U256::from(ALLOWANCE));
                }
            }
            // The prover's own, so that it can send what it likes when it is an attacker's.
            for account in Actor::SENDERS.into_iter().chain([Actor::MetaProver, Actor::Recipient]) {
                chain.state.native.insert(chain.at(account), U256::from(NATIVE));
            }
            chain.trace = Trace::default();
            chain
        });
        let stranger = PrivateKeySigner::from_bytes(&keccak256("a stranger's key")).expect("a key");
        let mut play = Self { chains, intents: Vec::new(), start, keys, stranger };
        for (index, plan) in plans.iter().enumerate() {
            let planned = play.plan(index, plan);
            play.intents.push(planned);
        }
        play
    }

    /// One of the chains.
    pub fn chain(&self, side: Side) -> &Chain {
        &self.chains[side as usize]
    }

    /// Does an operation; `None` if there is nothing it could be done with.
    pub fn step(&mut self, index: usize, operation: &Operation) -> Option<Step> {
        if let What::Wait(moment) = operation.what {
            let time = match moment {
                Moment::Next => self.chains[0].time + 1,
                Moment::Near => self.start + NEAR,
                Moment::AfterNear => self.start + NEAR + 1,
                Moment::Far => self.start + FAR,
                Moment::AfterFar => self.start + FAR + 1,
            };
            for chain in &mut self.chains {
                chain.time = chain.time.max(time);
            }
            return None;
        }
        let mut tx = self.resolve(operation, None)?;
        let chain = &mut self.chains[tx.side as usize];
        // Nobody can send what they do not have.
        tx.value = tx.value.min(chain.native(tx.from));
        let (answer, trace) = chain.transact(tx.from, tx.to, tx.value, &tx.data);
        Some(Step { index, time: chain.time, tx, answer, trace })
    }

    fn plan(&self, index: usize, plan: &IntentPlan) -> Planned {
        let (source, other) = (plan.source, plan.source.other());
        let (here, there) = (&self.chain(source).site, &self.chain(other).site);
        let (destination, chain_id) = match plan.destination {
            Destination::Other => (other, there.chain_id),
            Destination::Same => (source, here.chain_id),
            Destination::Foreign => (source, FOREIGN),
        };
        let site = &self.chain(destination).site;
        let tokens = |legs: &[Leg], site: &Site| {
            let leg = |leg: &Leg| TokenAmount {
                token: site.at(leg.token),
                amount: U256::from(leg.amount),
            };
            legs.iter().map(leg).collect()
        };
        let deadline = |far: bool| self.start + if far { FAR } else { NEAR };
        let RoutePlan { far, right_portal, native, tokens: legs, calls } = &plan.route;
        let route = Route {
            salt: B256::with_last_byte(index as u8 + 1),
            deadline: deadline(*far),
            portal: site.at(if *right_portal { Actor::Portal } else { Actor::MetaProver }),
            nativeAmount: U256::from(*native),
            tokens: tokens(legs, site),
            calls: calls.iter().map(|errand| self.errand(destination, errand)).collect(),
        };
        let reward = Reward {
            deadline: deadline(plan.reward.far),
            creator: here.at(plan.reward.creator),
            prover: here.at(plan.reward.prover),
            nativeAmount: U256::from(plan.reward.native),
            tokens: tokens(&plan.reward.tokens, here),
        };
        let intent = Intent { destination: chain_id, route, reward };
        Planned { source, destination, hashes: hashes(&intent), intent }
    }

    fn errand(&self, side: Side, errand: &Errand) -> Call {
        let site = &self.chain(side).site;
        let call = |target, value: u8, data: Bytes| Call { target, data, value: U256::from(value) };
        match errand {
            Errand::Pay(to, value) => call(site.at(*to), *value, Bytes::new()),
            Errand::Ping(value) => {
                let ping = IMocks::pingCall { x: U256::from(*value) };
                call(site.at(Actor::Target), *value, bytes(&ping))
            }
            Errand::Fail(x) => {
                call(site.at(Actor::Target), 0, bytes(&IMocks::failCall { x: U256::from(*x) }))
            }
            Errand::Knock(target) => {
                call(site.at(*target), 0, bytes(&IMocks::pingCall { x: U256::ZERO }))
            }
            Errand::Send(leg, to) => {
                let (to, value) = (site.at(*to), U256::from(leg.amount));
                call(site.at(leg.token), 0, bytes(&IERC20::transferCall { to, value }))
            }
            Errand::Do(operation) => match self.resolve(operation, Some(side)) {
                Some(tx) => call(tx.to, 0, tx.data.into()),
                None => call(site.at(Actor::Target), 0, Bytes::new()),
            },
        }
    }

    /// The transaction that an operation is.
    ///
    /// - `forced`: the chain it has to be on, for what a contract does there.
    fn resolve(&self, operation: &Operation, forced: Option<Side>) -> Option<Tx> {
        let Operation { by, side, astray, what } = operation;
        let planned = |index: &u8| {
            let count = self.intents.len();
            (count > 0).then(|| &self.intents[*index as usize % count])
        };
        let place = |right: Side| forced.unwrap_or(if *astray { right.other() } else { right });
        let here = forced.unwrap_or(*side);
        let tx = |side: Side, to: Actor, value: U256, data: Bytes| {
            let site = &self.chain(side).site;
            Some(Tx { side, from: site.at(*by), to: site.at(to), value, data: data.to_vec() })
        };
        let free = U256::ZERO;
        match what {
            What::Wait(_) => None,
            What::Publish { intent, by_bytes } => {
                let Planned { source, intent, .. } = planned(intent)?;
                let data = match by_bytes {
                    false => bytes(&IIntentSource::publish_0Call { intent: intent.clone() }),
                    true => bytes(&IIntentSource::publish_1Call {
                        destination: intent.destination,
                        route: intent.route.abi_encode().into(),
                        reward: intent.reward.clone(),
                    }),
                };
                tx(place(*source), Actor::Portal, free, data)
            }
            What::Fund { intent, money, partial } => {
                let Planned { source, intent, hashes, .. } = planned(intent)?;
                let data = bytes(&IIntentSource::fundCall {
                    destination: intent.destination,
                    routeHash: hashes.route,
                    reward: intent.reward.clone(),
                    allowPartial: *partial,
                });
                let value = amount(*money, intent.reward.nativeAmount);
                tx(place(*source), Actor::Portal, value, data)
            }
            What::FundFor { intent, money, partial, funder, permit } => {
                let Planned { source, intent, hashes, .. } = planned(intent)?;
                let side = place(*source);
                let data = bytes(&IIntentSource::fundForCall {
                    destination: intent.destination,
                    routeHash: hashes.route,
                    reward: intent.reward.clone(),
                    allowPartial: *partial,
                    funder: self.chain(side).at(*funder),
                    permitContract: self.chain(side).at(*permit),
                });
                tx(side, Actor::Portal, amount(*money, intent.reward.nativeAmount), data)
            }
            What::PublishAndFund { intent, by_bytes, money, partial } => {
                let Planned { source, intent, .. } = planned(intent)?;
                let data = match by_bytes {
                    false => bytes(&IIntentSource::publishAndFund_0Call {
                        intent: intent.clone(),
                        allowPartial: *partial,
                    }),
                    true => bytes(&IIntentSource::publishAndFund_1Call {
                        destination: intent.destination,
                        route: intent.route.abi_encode().into(),
                        reward: intent.reward.clone(),
                        allowPartial: *partial,
                    }),
                };
                let value = amount(*money, intent.reward.nativeAmount);
                tx(place(*source), Actor::Portal, value, data)
            }
            What::PublishAndFundFor { intent, by_bytes, money, partial, funder, permit } => {
                let Planned { source, intent, .. } = planned(intent)?;
                let side = place(*source);
                let (funder, permit) = (self.chain(side).at(*funder), self.chain(side).at(*permit));
                let data = match by_bytes {
                    false => bytes(&IIntentSource::publishAndFundFor_0Call {
                        intent: intent.clone(),
                        allowPartial: *partial,
                        funder,
                        permitContract: permit,
                    }),
                    true => bytes(&IIntentSource::publishAndFundFor_1Call {
                        destination: intent.destination,
                        route: intent.route.abi_encode().into(),
                        reward: intent.reward.clone(),
                        allowPartial: *partial,
                        funder,
                        permitContract: permit,
                    }),
                };
                tx(side, Actor::Portal, amount(*money, intent.reward.nativeAmount), data)
            }
            What::Open { intent, money, mistake } => {
                let planned = planned(intent)?;
                let order = OnchainCrossChainOrder {
                    fillDeadline: 0,
                    orderDataType: kind_of_order(*mistake),
                    orderData: self.order_data(planned),
                };
                let value = amount(*money, planned.intent.reward.nativeAmount);
                tx(
                    place(planned.source),
                    Actor::Portal,
                    value,
                    bytes(&IERC7683::openCall { order }),
                )
            }
            What::OpenFor { intent, money, signer, mistake } => {
                let planned = planned(intent)?;
                let side = place(planned.source);
                let data = self.signed_order(side, planned, *signer, *mistake)?;
                let value = amount(*money, planned.intent.reward.nativeAmount);
                tx(side, Actor::Portal, value, data)
            }
            What::Withdraw { intent, elsewhere } => {
                let Planned { source, intent, hashes, .. } = planned(intent)?;
                let data = bytes(&IIntentSource::withdrawCall {
                    destination: intent.destination + u64::from(*elsewhere),
                    routeHash: hashes.route,
                    reward: intent.reward.clone(),
                });
                tx(place(*source), Actor::Portal, free, data)
            }
            What::WithdrawAll { intents, ragged } => {
                let all: Vec<_> = intents.iter().filter_map(planned).collect();
                let side = all.first().map_or(here, |first| place(first.source));
                let mut destinations: Vec<u64> =
                    all.iter().map(|planned| planned.intent.destination).collect();
                if *ragged {
                    destinations.pop();
                }
                let data = bytes(&IIntentSource::batchWithdrawCall {
                    destinations,
                    routeHashes: all.iter().map(|planned| planned.hashes.route).collect(),
                    rewards: all.iter().map(|planned| planned.intent.reward.clone()).collect(),
                });
                tx(side, Actor::Portal, free, data)
            }
            What::Refund { intent } => {
                let Planned { source, intent, hashes, .. } = planned(intent)?;
                let data = bytes(&IIntentSource::refundCall {
                    destination: intent.destination,
                    routeHash: hashes.route,
                    reward: intent.reward.clone(),
                });
                tx(place(*source), Actor::Portal, free, data)
            }
            What::RefundTo { intent, to } => {
                let Planned { source, intent, hashes, .. } = planned(intent)?;
                let side = place(*source);
                let data = bytes(&IIntentSource::refundToCall {
                    destination: intent.destination,
                    routeHash: hashes.route,
                    reward: intent.reward.clone(),
                    refundee: self.chain(side).at(*to),
                });
                tx(side, Actor::Portal, free, data)
            }
            What::Recover { intent, token } => {
                let Planned { source, intent, hashes, .. } = planned(intent)?;
                let side = place(*source);
                let data = bytes(&IIntentSource::recoverTokenCall {
                    destination: intent.destination,
                    routeHash: hashes.route,
                    reward: intent.reward.clone(),
                    token: self.chain(side).at(*token),
                });
                tx(side, Actor::Portal, free, data)
            }
            What::Fulfil { intent, claimant, money, mistake } => {
                let planned = planned(intent)?;
                let side = place(planned.destination);
                let (hash, reward) = mistaken(planned, *mistake);
                let data = bytes(&IInbox::fulfillCall {
                    intentHash: hash,
                    route: planned.intent.route.clone(),
                    rewardHash: reward,
                    claimant: self.claimant(planned.source, *claimant),
                });
                let value = amount(*money, planned.intent.route.nativeAmount);
                tx(side, Actor::Portal, value, data)
            }
            What::FulfilAndProve { intent, claimant, money, mistake, proof } => {
                let planned = planned(intent)?;
                let side = place(planned.destination);
                let (hash, reward) = mistaken(planned, *mistake);
                let (domain, fee, data) = self.carriage(side, proof);
                let data = bytes(&IInbox::fulfillAndProveCall {
                    intentHash: hash,
                    route: planned.intent.route.clone(),
                    rewardHash: reward,
                    claimant: self.claimant(planned.source, *claimant),
                    prover: self.chain(side).at(proof.prover),
                    sourceChainDomainID: domain,
                    data,
                });
                let value = amount(*money, planned.intent.route.nativeAmount + fee);
                tx(side, Actor::Portal, value, data)
            }
            What::Fill { intent, claimant, money, mistake, proof } => {
                let planned = planned(intent)?;
                let side = place(planned.destination);
                let (hash, reward) = mistaken(planned, *mistake);
                let (domain, fee, data) = self.carriage(side, proof);
                let claimant = self.claimant(planned.source, *claimant);
                let prover = self.chain(side).at(proof.prover);
                let route: Bytes = planned.intent.route.abi_encode().into();
                let data = bytes(&IERC7683::fillCall {
                    orderId: hash,
                    originData: (route, reward).abi_encode_params().into(),
                    fillerData: (prover, domain, claimant, data).abi_encode_params().into(),
                });
                let value = amount(*money, planned.intent.route.nativeAmount + fee);
                tx(side, Actor::Portal, value, data)
            }
            What::Prove { intents, money, proof } => {
                let all: Vec<_> = intents.iter().filter_map(planned).collect();
                let side = all.first().map_or(here, |first| place(first.destination));
                let (domain, fee, data) = self.carriage(side, proof);
                let data = bytes(&IInbox::proveCall {
                    prover: self.chain(side).at(proof.prover),
                    sourceChainDomainID: domain,
                    intentHashes: all.iter().map(|planned| planned.hashes.intent).collect(),
                    data,
                });
                tx(side, Actor::Portal, amount(*money, fee), data)
            }
            What::Challenge { intent, elsewhere, prover } => {
                let Planned { source, intent, hashes, .. } = planned(intent)?;
                let data = bytes(&IProver::challengeIntentProofCall {
                    destination: intent.destination + u64::from(*elsewhere),
                    routeHash: hashes.route,
                    rewardHash: hashes.reward,
                });
                tx(place(*source), *prover, free, data)
            }
            What::SetProof { intent, claimant, elsewhere } => {
                let Planned { source, intent, hashes, .. } = planned(intent)?;
                let side = place(*source);
                let data = bytes(&IMocks::setProofCall {
                    intentHash: hashes.intent,
                    claimant: self.chain(side).at(*claimant),
                    destination: intent.destination + u64::from(*elsewhere),
                });
                tx(side, Actor::MockProver, free, data)
            }
            What::Send { recipient, domain, finality, gas, money, size } => {
                let gas = gas_limit(*gas);
                let fee = (gas + U256::from(OVERHEAD)) * U256::from(GAS_PRICE);
                let data = bytes(&IMetalayerRouter::dispatch_1Call {
                    destination: self.short_domain(here, *domain),
                    recipient: self.recipient(here.other(), *recipient),
                    reads: vec![],
                    writeCallData: vec![*size; *size as usize].into(),
                    finality: *finality,
                    gasLimit: gas,
                });
                tx(here, Actor::Router, amount(*money, fee), data)
            }
            What::Spoof { body, finality, recipient, money } => {
                let (site, remote) = (&self.chain(here).site, &self.chain(here.other()).site);
                let version = if *body == Spoofed::Version { 4 } else { 3 };
                let reads = if *body == Spoofed::Reads { [0, 0, 0, 2] } else { [0; 4] };
                let mut inner = [
                    &[version, *finality, 0, 0, 0, 0],
                    &site.domain.to_be_bytes()[..],
                    &site.at(Actor::MetaProver).into_word()[..],
                    &site.remote_domain.to_be_bytes(),
                    &remote.at(*recipient).into_word()[..],
                    &reads,
                    &site.chain_id.to_be_bytes(),
                    &self.forged_pairs(here.other()),
                ]
                .concat();
                if *body == Spoofed::Short {
                    inner.truncate(77);
                }
                let data = bytes(&IMailbox::dispatch_0Call {
                    destination: site.remote_domain,
                    recipient: site.remote_router.into_word(),
                    body: inner.into(),
                });
                // The Mailbox asks the paymaster's default.
                let fee = U256::from((50_000 + OVERHEAD) * GAS_PRICE);
                tx(here, Actor::Mailbox, amount(*money, fee), data)
            }
            What::Rogue { intents, claimant, elsewhere, ragged } => {
                let all: Vec<_> = intents.iter().filter_map(planned).collect();
                let side = all.first().map_or(here, |first| place(first.source.other()));
                let site = &self.chain(side).site;
                let header = site.chain_id + u64::from(*elsewhere);
                let mut body = header.to_be_bytes().to_vec();
                for planned in all {
                    let claimant = self.claimant(side.other(), *claimant);
                    body.extend([planned.hashes.intent, claimant].concat());
                }
                if *ragged {
                    body.push(0);
                }
                let gas = U256::from(MIN_GAS_LIMIT);
                let data = bytes(&IMetalayerRouter::dispatch_1Call {
                    destination: site.remote_domain,
                    recipient: site.remote_prover.into_word(),
                    reads: vec![],
                    writeCallData: body.into(),
                    finality: 0,
                    gasLimit: gas,
                });
                let fee = (gas + U256::from(OVERHEAD)) * U256::from(GAS_PRICE);
                let from = site.at(Actor::MetaProver);
                let to = site.at(Actor::Router);
                Some(Tx { side, from, to, value: fee, data: data.to_vec() })
            }
            What::Deliver { message, signing, value } => {
                let sent = &self.chain(here.other()).state.sent;
                let index = sent.len().checked_sub(1)? - *message as usize % sent.len();
                let (metadata, message) = self.sign(here.other(), &sent[index], index, *signing);
                let data = bytes(&IMailbox::processCall { metadata, message });
                tx(here, Actor::Mailbox, U256::from(*value), data)
            }
            What::Handle { router, intent } => {
                let planned = planned(intent)?;
                let side = place(planned.source);
                let site = &self.chain(side).site;
                let proofs = [&site.remote_chain_id.to_be_bytes()[..], &self.forged_pairs(side)];
                let origin = site.remote_domain;
                match router {
                    true => {
                        let data = bytes(&IMessageRecipient::handleCall {
                            origin,
                            sender: site.remote_router.into_word(),
                            body: proofs.concat().into(),
                        });
                        tx(side, Actor::Router, free, data)
                    }
                    false => {
                        let data = bytes(&IMetalayerRecipient::handleCall {
                            origin,
                            sender: site.remote_prover.into_word(),
                            message: proofs.concat().into(),
                            reads: vec![],
                            readResults: vec![],
                        });
                        tx(side, Actor::MetaProver, free, data)
                    }
                }
            }
            What::CommandVault { intent, command } => {
                let Planned { source, intent, hashes, .. } = planned(intent)?;
                let side = place(*source);
                let chain = self.chain(side);
                let (reward, account) = (intent.reward.clone(), chain.at(*by));
                let data = match command % 4 {
                    0 => bytes(&IVault::withdrawCall { reward, claimant: account }),
                    1 => bytes(&IVault::refundCall { reward, refundee: account }),
                    2 => bytes(&IVault::recoverCall {
                        refundee: account,
                        token: chain.at(Actor::Plain),
                    }),
                    _ => bytes(&IVault::fundForCall {
                        reward,
                        funder: chain.at(Actor::Funder),
                        permit: Address::ZERO,
                    }),
                };
                let to = chain.vault_of(hashes.intent);
                Some(Tx { side, from: account, to, value: free, data: data.to_vec() })
            }
            What::CommandExecutor => {
                let calls = vec![self.errand(here, &Errand::Ping(0))];
                let data = bytes(&IExecutor::executeCall { calls });
                tx(here, Actor::Executor, free, data)
            }
            What::Approve { token, spender, amount } => {
                let (spender, value) = (self.holder(here, *spender), U256::from(*amount));
                tx(here, *token, free, bytes(&IERC20::approveCall { spender, value }))
            }
            What::Give { token, to, amount } => {
                let (to, value) = (self.holder(here, *to), U256::from(*amount));
                tx(here, *token, free, bytes(&IERC20::transferCall { to, value }))
            }
            What::Pay { to, amount } => {
                let (from, to) = (self.chain(here).at(*by), self.holder(here, *to));
                Some(Tx { side: here, from, to, value: U256::from(*amount), data: vec![] })
            }
            What::SetBad { token, bad } => {
                tx(here, *token, free, bytes(&IMocks::setBadCall { bad: *bad }))
            }
            What::SetCallback { of, then } => {
                // A permit contract that has itself asked again does not come to an end where a token does not move:
                // on a chain the gas does, and that is not modelled.
                let permit = match then.what {
                    What::FundFor { permit, .. } | What::PublishAndFundFor { permit, .. } => permit,
                    _ => Actor::Zero,
                };
                if (*of, permit) == (Actor::ReentrantPermit, Actor::ReentrantPermit) {
                    return None;
                }
                let then = self.resolve(then, Some(here))?;
                let callback =
                    IMocks::setCallbackCall { target: then.to, callback: then.data.into() };
                tx(here, *of, free, bytes(&callback))
            }
            What::Judge(verdict) => {
                let data = bytes(&IMocks::judgeCall { verdict: *verdict as u8 });
                tx(here, Actor::Wallet, free, data)
            }
            What::Refuse(refusing) => {
                let data = bytes(&IMocks::refuseCall { refusing: *refusing });
                tx(here, Actor::Recipient, free, data)
            }
            What::Answer(answers) => {
                let destination = if *answers { self.chain(here).site.remote_domain } else { 0 };
                let recipient = self.chain(here.other()).at(Actor::Recipient);
                let data = bytes(&IMocks::answerCall { destination, recipient });
                tx(here, Actor::Recipient, free, data)
            }
            What::Repeat(then) => {
                let then = self.resolve(then, Some(here))?;
                let data = bytes(&IMocks::repeatCall { target: then.to, data: then.data.into() });
                tx(here, Actor::Recipient, free, data)
            }
            What::SetPermit { intent, owner, token, amount, far } => {
                let Planned { source, hashes, .. } = planned(intent)?;
                let side = place(*source);
                let chain = self.chain(side);
                let data = bytes(&IMocks::setCall {
                    owner: chain.at(*owner),
                    token: chain.at(*token),
                    spender: chain.vault_of(hashes.intent),
                    amount: U256::from(*amount).to(),
                    expiration: U256::from(self.start + if *far { FAR } else { NEAR }).to(),
                });
                tx(side, Actor::Permit, free, data)
            }
            What::SetExtra(extra) => {
                let data = bytes(&IMocks::setExtraCall { extra: U256::from(*extra) });
                tx(here, Actor::Permit, free, data)
            }
            What::Set(setting) => {
                let (to, data) = self.setting(here, setting);
                tx(here, to, free, data)
            }
            What::Demand(demand) => {
                let data = match *demand {
                    Demand::MinFinality(finality) => {
                        bytes(&IMetalayerIsm::setMinFinalityCall { finality })
                    }
                    Demand::AppModule(some) => {
                        let module = if some { Actor::FinalizedIsm } else { Actor::Zero };
                        let module = self.chain(here).at(module);
                        bytes(&IMetalayerIsm::setAppModuleCall { module })
                    }
                };
                tx(here, Actor::Ism, free, data)
            }
            What::Confirm { message, gas, money } => {
                let gas = gas_limit(*gas);
                let data = bytes(&IMetalayerRouter::confirmDeliveryCall {
                    origin: self.chain(here).site.remote_domain,
                    message: self.sent(here.other(), *message)?.to_vec().into(),
                    gasLimit: gas,
                });
                let fee = (gas + U256::from(OVERHEAD)) * U256::from(GAS_PRICE);
                tx(here, Actor::Router, amount(*money, fee), data)
            }
            What::ForgeReceipt { message, money } => {
                let site = &self.chain(here).site;
                let said = keccak256(self.sent(here.other(), *message)?);
                let recipient = site.at(Actor::Recipient).into_word();
                let gas = gas_limit(Gas::Plenty);
                let data = bytes(&IMetalayerRouter::dispatch_1Call {
                    destination: site.remote_domain,
                    recipient: site.remote_router.into_word(),
                    reads: vec![],
                    writeCallData: [&[DELIVERED][..], &said[..], &recipient[..]].concat().into(),
                    finality: 0,
                    gasLimit: gas,
                });
                let fee = (gas + U256::from(OVERHEAD)) * U256::from(GAS_PRICE);
                tx(here, Actor::Router, amount(*money, fee), data)
            }
        }
    }

    /// Which contract is told, and how.
    fn setting(&self, here: Side, setting: &Setting) -> (Actor, Bytes) {
        let site = &self.chain(here).site;
        let word = |router: &Recipient| self.recipient(here.other(), *router);
        let data = match setting {
            Setting::Pause(paused) => bytes(&IMetalayerRouter::setPausedCall { paused: *paused }),
            Setting::Enroll { domain, router } => {
                bytes(&IMetalayerRouter::enrollRemoteRouterCall {
                    domain: self.short_domain(here, *domain),
                    router: word(router),
                })
            }
            Setting::EnrollAll { router, ragged } => {
                let routers = vec![site.remote_router.into_word(); usize::from(!ragged)];
                bytes(&IMetalayerRouter::enrollRemoteRoutersCall {
                    domains: vec![UNKNOWN, site.remote_domain],
                    routers: [vec![word(router)], routers].concat(),
                })
            }
            Setting::Unenroll { domain } => bytes(&IMetalayerRouter::unenrollRemoteRouterCall {
                domain: self.short_domain(here, *domain),
            }),
            Setting::Lane { finality, open } => bytes(&IMetalayerRouter::setFinalityEnabledCall {
                finality: *finality,
                enabled: *open,
            }),
            Setting::Limits(limit) => bytes(&limits(*limit)),
            Setting::Ism(there) => bytes(&IMetalayerRouter::setIsmCall {
                ism: site.at(if *there { Actor::Ism } else { Actor::Zero }),
                readIsm: Address::ZERO,
            }),
            Setting::Module { domain, finality, module } => {
                let lanes = [Actor::InstantIsm, Actor::FinalizedIsm];
                let lane = usize::from(*finality > 0);
                let module = site.at(match module {
                    Judge::Own => lanes[lane],
                    Judge::Other => lanes[1 - lane],
                    Judge::Nobody => Actor::Zero,
                    Judge::Codeless => Actor::Codeless,
                });
                bytes(&IMetalayerIsm::setModuleCall {
                    origin: self.short_domain(here, *domain),
                    finality: *finality,
                    module,
                })
            }
            Setting::Offer { to, .. } => {
                bytes(&IMetalayerRouter::transferOwnershipCall { newOwner: site.at(*to) })
            }
            Setting::Accept { .. } => bytes(&IMetalayerRouter::acceptOwnershipCall {}),
        };
        let to = match setting {
            Setting::Module { .. }
            | Setting::Offer { of_module: true, .. }
            | Setting::Accept { of_module: true } => Actor::Ism,
            _ => Actor::Router,
        };
        (to, data)
    }

    /// What a message says that was dispatched on a chain, counted from the newest.
    fn sent(&self, side: Side, message: u8) -> Option<&[u8]> {
        let sent = &self.chain(side).state.sent;
        let index = sent.len().checked_sub(1)? - usize::from(message) % sent.len();
        Some(Message::read(&sent[index]).expect("the Mailbox writes headers").body)
    }

    fn order_data(&self, planned: &Planned) -> Bytes {
        let Intent { destination, route, reward } = &planned.intent;
        let spent = route.tokens.iter().map(|leg| Output {
            token: leg.token.into_word(),
            amount: leg.amount,
            recipient: B256::ZERO,
            chainId: U256::from(*destination),
        });
        let data = OrderData {
            destination: *destination,
            route: route.abi_encode().into(),
            reward: reward.clone(),
            routePortal: route.portal.into_word(),
            routeDeadline: route.deadline,
            maxSpent: spent.collect(),
        };
        data.abi_encode().into()
    }

    /// `openFor` of an order that can be opened until the near deadline.
    fn signed_order(
        &self,
        side: Side,
        planned: &Planned,
        signer: Actor,
        mistake: OrderMistake,
    ) -> Option<Bytes> {
        let site = &self.chain(side).site;
        let (_, key) =
            self.keys[side as usize].people.iter().find(|(actor, _)| *actor == signer)?;
        let order = GaslessCrossChainOrder {
            originSettler: site.at(match mistake {
                OrderMistake::Settler => Actor::MetaProver,
                _ => Actor::Portal,
            }),
            user: match mistake {
                OrderMistake::User => site.at(signer),
                _ => planned.intent.reward.creator,
            },
            nonce: U256::ZERO,
            originChainId: U256::from(match mistake {
                OrderMistake::ChainId => site.remote_chain_id,
                _ => site.chain_id,
            }),
            openDeadline: (self.start + NEAR) as u32,
            fillDeadline: 0,
            orderDataType: kind_of_order(mistake),
            orderData: self.order_data(planned),
        };
        let digest = order_digest(&order, site.at(Actor::Portal), site.chain_id);
        let mut signature = key.sign_hash_sync(&digest).expect("it signs").as_bytes().to_vec();
        match mistake {
            OrderMistake::HighS => make_s_high(&mut signature),
            OrderMistake::Cut => {
                signature.pop();
            }
            _ => {}
        }
        let call = IERC7683::openForCall {
            order,
            signature: signature.into(),
            originFillerData: Bytes::new(),
        };
        Some(bytes(&call))
    }

    /// Proofs of all intents that name this chain as their source, for the stranger.
    fn forged_pairs(&self, source: Side) -> Vec<u8> {
        let stranger = self.chain(source).at(Actor::Stranger).into_word();
        let here = self.intents.iter().filter(|planned| planned.source == source);
        here.flat_map(|planned| [planned.hashes.intent, stranger].concat()).collect()
    }

    fn holder(&self, side: Side, holder: Holder) -> Address {
        match holder {
            Holder::Of(actor) => self.chain(side).at(actor),
            Holder::Vault(_) if self.intents.is_empty() => Address::ZERO,
            Holder::Vault(index) => {
                let planned = &self.intents[index as usize % self.intents.len()];
                self.chain(side).vault_of(planned.hashes.intent)
            }
        }
    }

    /// - `source`: the chain where the claimant is paid.
    fn claimant(&self, source: Side, claimant: Claimant) -> B256 {
        match claimant {
            Claimant::Of(actor) => self.chain(source).at(actor).into_word(),
            Claimant::Foreign => B256::repeat_byte(0xee),
        }
    }

    fn recipient(&self, side: Side, recipient: Recipient) -> B256 {
        match recipient {
            Recipient::Of(actor) => self.chain(side).at(actor).into_word(),
            Recipient::Foreign => B256::repeat_byte(0xdd),
        }
    }

    fn domain(&self, side: Side, domain: DomainPlan) -> u64 {
        let site = &self.chain(side).site;
        match domain {
            DomainPlan::Remote => site.remote_domain.into(),
            DomainPlan::Local => site.domain.into(),
            DomainPlan::Unknown => UNKNOWN.into(),
            DomainPlan::Wide => (1 << 40) | u64::from(site.remote_domain),
            DomainPlan::Zero => 0,
        }
    }

    fn short_domain(&self, side: Side, domain: DomainPlan) -> u32 {
        self.domain(side, domain).try_into().unwrap_or(UNKNOWN + 1)
    }

    /// Domain, fee and data of a proof.
    fn carriage(&self, side: Side, carriage: &Carriage) -> (u64, U256, Bytes) {
        let Carriage { prover, domain, remote, gas, cut } = *carriage;
        let gas = gas_limit(gas);
        let mut data = (self.recipient(side.other(), remote), gas).abi_encode_params();
        if cut {
            data.pop();
        }
        let fee = match prover {
            Actor::MetaProver => gas.max(U256::from(MIN_GAS_LIMIT)) + U256::from(OVERHEAD),
            _ => U256::ZERO,
        };
        (self.domain(side, domain), fee * U256::from(GAS_PRICE), data.into())
    }

    /// Metadata for a message, and the message that it is given for.
    ///
    /// The root is made up: a message-id module does not look at it, and no two leaves share one.
    fn sign(&self, origin: Side, message: &[u8], index: usize, signing: Signing) -> (Bytes, Bytes) {
        let site = &self.chain(origin).site;
        let keys = &self.keys[origin as usize];
        let read = Message::read(message).expect("the Mailbox writes headers");
        // Relayers ask the destination who has to sign; a message that nobody can sign gets the usual signatures.
        let destination = self.chain(origin.other());
        let instant = match destination.module_of(&read) {
            Ok(module) => module == destination.at(Actor::InstantIsm),
            Err(_) => read.body.get(1) == Some(&0),
        };
        let lanes = if instant {
            [&keys.instant, &keys.finalized]
        } else {
            [&keys.finalized, &keys.instant]
        };
        let tree = site.at(Actor::Tree).into_word();
        let root = keccak256((index as u64).to_be_bytes());
        let position = (index as u32).to_be_bytes();
        let signed = match signing {
            Signing::OtherMessage => keccak256(b"another message"),
            _ => keccak256(message),
        };
        let digest = digest(site.domain, &tree[..], &root[..], &position, signed);
        let sign = |key: &PrivateKeySigner| {
            let signature = key.sign_hash_sync(&digest).expect("it signs").as_bytes();
            signature.to_vec()
        };
        let lane = match signing {
            Signing::OtherLane => lanes[1],
            _ => lanes[0],
        };
        let [first, second, third] = [0, 1, 2].map(|place| &lane[place]);
        let mut signatures = match signing {
            Signing::AllBut(0) => vec![sign(second), sign(third)],
            Signing::AllBut(1) => vec![sign(first), sign(third)],
            Signing::One => vec![sign(first)],
            Signing::Twice => vec![sign(first), sign(first)],
            Signing::Reversed => vec![sign(second), sign(first)],
            Signing::Stranger => vec![sign(&self.stranger), sign(first)],
            Signing::Nobody => vec![],
            _ => vec![sign(first), sign(second)],
        };
        match signing {
            Signing::HighS => make_s_high(&mut signatures[1]),
            Signing::LowV => signatures[1][64] -= 27,
            Signing::Cut => {
                signatures[1].pop();
            }
            _ => {}
        }
        let named_tree = match signing {
            Signing::OtherTree => B256::repeat_byte(7),
            _ => tree,
        };
        let head = [&named_tree[..], &root[..], &position].concat();
        let metadata = match signing {
            Signing::Nobody => vec![],
            _ => [head, signatures.concat()].concat(),
        };
        let mut message = message.to_vec();
        if signing == Signing::Tampered
            && message.len() > HEADER
            && let Some(last) = message.last_mut()
        {
            *last ^= 1;
        }
        (metadata.into(), message.into())
    }
}

/// The other signature of the same key over the same digest.
fn make_s_high(signature: &mut [u8]) {
    let order: U256 = U256::from_be_bytes(alloy::primitives::hex!(
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
    ));
    let s = order - U256::from_be_slice(&signature[32..64]);
    signature[32..64].copy_from_slice(&s.to_be_bytes::<32>());
    signature[64] ^= 27 ^ 28;
}

fn kind_of_order(mistake: OrderMistake) -> B256 {
    match mistake {
        OrderMistake::Type => B256::repeat_byte(1),
        _ => order_type(),
    }
}

fn amount(money: Money, exact: U256) -> U256 {
    match money {
        Money::Nothing => U256::ZERO,
        Money::Short => exact.saturating_sub(U256::ONE),
        Money::Exact => exact,
        Money::Extra => exact + U256::from(9),
    }
}

fn limits(limit: Limit) -> IMetalayerRouter::setLimitsCall {
    let usual = [U256::from(MAX_READS), U256::from(MAX_MESSAGE), U256::from(MAX_GAS)];
    let [reads, bytes, gas] = usual;
    let [max_reads, max_bytes, max_gas] = match limit {
        Limit::Usual => usual,
        Limit::Low => [U256::ZERO, U256::from(200), U256::from(MIN_GAS_LIMIT)],
        Limit::Reads => [reads + U256::ONE, bytes, gas],
        Limit::Bytes => [reads, U256::ONE << 32, gas],
        Limit::Gas => [reads, bytes, U256::ONE << 64],
    };
    IMetalayerRouter::setLimitsCall { maxReads: max_reads, maxBytes: max_bytes, maxGas: max_gas }
}

fn gas_limit(gas: Gas) -> U256 {
    U256::from(match gas {
        Gas::None => 0,
        Gas::BelowFloor => MIN_GAS_LIMIT - 1,
        Gas::Plenty => 1_000_000,
        Gas::TooMuch => 30_000_001,
    })
}

/// Intent hash and reward hash that a fulfilment gives.
fn mistaken(planned: &Planned, mistake: Mistake) -> (B256, B256) {
    let Hashes { intent, reward, .. } = planned.hashes;
    match mistake {
        Mistake::None => (intent, reward),
        Mistake::Hash => (B256::repeat_byte(9), reward),
        Mistake::Reward => (intent, B256::repeat_byte(9)),
    }
}

/// Plays a whole sequence; every step with the chains as they were before it.
pub fn play(mut play: Play, sequence: &Sequence, mut watch: impl FnMut(&[Chain; 2], &Play, &Step)) {
    for (index, operation) in sequence.operations.iter().enumerate() {
        let before = play.chains.clone();
        if let Some(step) = play.step(index, operation) {
            watch(&before, &play, &step);
        }
    }
}
