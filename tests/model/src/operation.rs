//! What a sequence is made of: intents that are planned before it begins, and operations on them.
//!
//! Everything is small and names its objects by their place, so that a failing sequence can be cut down, written to a
//! file and read by people.

use serde::{Deserialize, Serialize};

use crate::actors::Verdict;
use crate::site::{Actor, Side};

/// Intents, and what is done with them and around them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    /// Planned intents; operations name them by index, modulo their number.
    pub intents: Vec<IntentPlan>,
    /// In order.
    pub operations: Vec<Operation>,
}

/// An intent before its addresses are known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntentPlan {
    /// Where it is published.
    pub source: Side,
    /// Where it says it is fulfilled.
    pub destination: Destination,
    /// What is to be done.
    pub route: RoutePlan,
    /// What is paid for it.
    pub reward: RewardPlan,
}

/// Chain that an intent names as its destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Destination {
    /// The other one of the two.
    Other,
    /// The one it is published on.
    Same,
    /// One that is neither.
    Foreign,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutePlan {
    /// Whether its deadline is the far one.
    pub far: bool,
    /// Whether it names the Portal it is to be fulfilled at.
    pub right_portal: bool,
    /// Native value for its calls.
    pub native: u8,
    /// Tokens for its calls.
    pub tokens: Vec<Leg>,
    /// Its calls.
    pub calls: Vec<Errand>,
}

/// A reward.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewardPlan {
    /// Whether its deadline is the far one.
    pub far: bool,
    /// Who gets refunds.
    pub creator: Actor,
    /// Whose proofs count.
    pub prover: Actor,
    /// Native value.
    pub native: u8,
    /// Tokens.
    pub tokens: Vec<Leg>,
}

/// Some of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// Usually a token.
    pub token: Actor,
    /// How much.
    pub amount: u16,
}

/// A call of a route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Errand {
    /// Native value without data.
    Pay(Actor, u8),
    /// `Target.ping` with native value.
    Ping(u8),
    /// `Target.fail`.
    Fail(u8),
    /// Data for an account that may have no code.
    Knock(Actor),
    /// A transfer of the Executor's tokens.
    Send(Leg, Actor),
    /// An operation, made by the Executor, without value; it may name intents before this one only.
    Do(Box<Operation>),
}

/// Something that somebody does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// Who.
    pub by: Actor,
    /// Where, for what has no place of its own.
    pub side: Side,
    /// Whether it is done on the wrong chain, for what has a right one.
    pub astray: bool,
    /// What.
    pub what: What,
}

/// Kinds of operations; each field is what its type says, or a planned intent's index.
#[allow(missing_docs, reason = "the fields are named after what they are")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// Time passes on both chains.
    Wait(Moment),
    /// `publish`
    Publish { intent: u8, by_bytes: bool },
    /// `fund`
    Fund { intent: u8, money: Money, partial: bool },
    /// `fundFor`
    FundFor { intent: u8, money: Money, partial: bool, funder: Actor, permit: Actor },
    /// `publishAndFund`
    PublishAndFund { intent: u8, by_bytes: bool, money: Money, partial: bool },
    /// `publishAndFundFor`
    PublishAndFundFor {
        intent: u8,
        by_bytes: bool,
        money: Money,
        partial: bool,
        funder: Actor,
        permit: Actor,
    },
    /// `open`
    Open { intent: u8, money: Money, mistake: OrderMistake },
    /// `openFor`, of an order of the intent's creator.
    OpenFor { intent: u8, money: Money, signer: Actor, mistake: OrderMistake },
    /// `withdraw`, of the intent or of one that differs in its destination.
    Withdraw { intent: u8, elsewhere: bool },
    /// `batchWithdraw`, with a destination missing if it is ragged.
    WithdrawAll { intents: Vec<u8>, ragged: bool },
    /// `refund`
    Refund { intent: u8 },
    /// `refundTo`
    RefundTo { intent: u8, to: Actor },
    /// `recoverToken`
    Recover { intent: u8, token: Actor },
    /// `fulfill`
    Fulfil { intent: u8, claimant: Claimant, money: Money, mistake: Mistake },
    /// `fulfillAndProve`
    FulfilAndProve {
        intent: u8,
        claimant: Claimant,
        money: Money,
        mistake: Mistake,
        proof: Carriage,
    },
    /// `fill`
    Fill { intent: u8, claimant: Claimant, money: Money, mistake: Mistake, proof: Carriage },
    /// `prove`
    Prove { intents: Vec<u8>, money: Money, proof: Carriage },
    /// `challengeIntentProof`
    Challenge { intent: u8, elsewhere: bool, prover: Actor },
    /// Tells the mock prover what to say.
    SetProof { intent: u8, claimant: Actor, elsewhere: bool },
    /// A message of an application through the router.
    Send {
        recipient: Recipient,
        domain: DomainPlan,
        finality: u8,
        gas: Gas,
        money: Money,
        size: u8,
    },
    /// A message to the other router past the own one.
    Spoof { body: Spoofed, finality: u8, recipient: Actor, money: Money },
    /// The MetaProver, as if it were an attacker's, proves what it likes.
    Rogue { intents: Vec<u8>, claimant: Claimant, elsewhere: bool, ragged: bool },
    /// A message from the other chain, counted from the newest, is given to the Mailbox.
    Deliver { message: u8, signing: Signing, value: u8 },
    /// `handle` of the router or the prover, past the Mailbox.
    Handle { router: bool, intent: u8 },
    /// A vault is commanded by somebody who is not its Portal.
    CommandVault { intent: u8, command: u8 },
    /// The Executor is commanded by somebody who is not its Portal.
    CommandExecutor,
    /// `approve` of a token.
    Approve { token: Actor, spender: Holder, amount: u16 },
    /// `transfer` of a token.
    Give { token: Actor, to: Holder, amount: u16 },
    /// Native value without data.
    Pay { to: Holder, amount: u8 },
    /// Whether a token misbehaves.
    SetBad { token: Actor, bad: bool },
    /// Whom a contract calls back, and with what.
    SetCallback { of: Actor, then: Box<Operation> },
    /// How the wallet judges signatures.
    Judge(Verdict),
    /// Whether the recipient refuses messages.
    Refuse(bool),
    /// Whether the recipient answers messages.
    Answer(bool),
    /// Whom the recipient calls from inside `handle`.
    Repeat(Box<Operation>),
    /// What the permit contract allows a vault.
    SetPermit { intent: u8, owner: Actor, token: Actor, amount: u16, far: bool },
    /// What the permit contract delivers too much.
    SetExtra(u8),
    /// What the owner of the router or of its module sets.
    Set(Setting),
    /// What a recipient asks of the module of its messages.
    Demand(Demand),
    /// `confirmDelivery` of a message from the other chain, counted from the newest.
    Confirm { message: u8, gas: Gas, money: Money },
    /// A message to the other router that looks like its receipt of a message of ours, counted from the newest.
    ForgeReceipt { message: u8, money: Money },
}

/// What an owner sets.
#[allow(missing_docs, reason = "the fields are named after what they are")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Setting {
    /// `setPaused`
    Pause(bool),
    /// `enrollRemoteRouter`
    Enroll { domain: DomainPlan, router: Recipient },
    /// `enrollRemoteRouters` of the other chain and of an unknown one, with a router missing if it is ragged.
    EnrollAll { router: Recipient, ragged: bool },
    /// `unenrollRemoteRouter`
    Unenroll { domain: DomainPlan },
    /// `setFinalityEnabled`
    Lane { finality: u8, open: bool },
    /// `setLimits`
    Limits(Limit),
    /// `setIsm`, to the one there is or to none.
    Ism(bool),
    /// `setModule` of the module.
    Module { domain: DomainPlan, finality: u8, module: Judge },
    /// `transferOwnership`, of the router or of its module.
    Offer { of_module: bool, to: Actor },
    /// `acceptOwnership`, of the router or of its module.
    Accept { of_module: bool },
}

/// Limits of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Limit {
    /// As they are deployed.
    Usual,
    /// Less gas and fewer bytes than many messages need.
    Low,
    /// More reads than a message can hold.
    Reads,
    /// More bytes than the router can count.
    Bytes,
    /// More gas than the router can count.
    Gas,
}

/// Who is to verify a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Judge {
    /// The module of the lane; of ESPRESSO, that of FINALIZED.
    Own,
    /// The other lane's.
    Other,
    /// Nobody.
    Nobody,
    /// An account without code.
    Codeless,
}

/// What a recipient asks of the module of its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Demand {
    /// `setMinFinality`
    MinFinality(u8),
    /// `setAppModule`, to some or to none.
    AppModule(bool),
}

/// A moment that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Moment {
    /// A second later.
    Next,
    /// The last second in which an intent with a near deadline can be fulfilled, and the first in which it can be
    /// refunded.
    Near,
    /// A second after that.
    AfterNear,
    /// The same of the far deadline.
    Far,
    /// A second after that.
    AfterFar,
}

/// Native value of a call, beside what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Money {
    /// None.
    Nothing,
    /// One wei too little.
    Short,
    /// Just as much.
    Exact,
    /// Nine wei too much.
    Extra,
}

/// Who is to be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Claimant {
    /// Somebody, or nobody.
    Of(Actor),
    /// An account of another kind of chain.
    Foreign,
}

/// A mistake in what a fulfilment says of its intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mistake {
    /// None.
    None,
    /// Another intent's hash.
    Hash,
    /// Another reward's hash.
    Reward,
}

/// A mistake in an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderMistake {
    /// None.
    None,
    /// Of another kind.
    Type,
    /// For another contract.
    Settler,
    /// For another chain.
    ChainId,
    /// Not of the intent's creator, but of the signer.
    User,
    /// With a high s.
    HighS,
    /// A byte short of a signature.
    Cut,
}

/// How proofs are to be carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carriage {
    /// By which prover.
    pub prover: Actor,
    /// To which domain.
    pub domain: DomainPlan,
    /// To which account there.
    pub remote: Recipient,
    /// With how much gas.
    pub gas: Gas,
    /// Whether a byte of the prover's data is missing.
    pub cut: bool,
}

/// A domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DomainPlan {
    /// The other chain's.
    Remote,
    /// The own one.
    Local,
    /// One that nobody has enrolled.
    Unknown,
    /// More than 32 bits, where the call takes them; another unknown one where not.
    Wide,
    /// 0, which is no domain.
    Zero,
}

/// A recipient on the other chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Recipient {
    /// Somebody there.
    Of(Actor),
    /// No address at all.
    Foreign,
}

/// A gas limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Gas {
    /// Zero.
    None,
    /// One below the floor of proofs.
    BelowFloor,
    /// A million.
    Plenty,
    /// One more than the router takes.
    TooMuch,
}

/// What a message past the router says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Spoofed {
    /// What the router would say.
    Plausible,
    /// Another version.
    Version,
    /// Too short.
    Short,
    /// Reads that are not there.
    Reads,
}

/// Who signs a message, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Signing {
    /// All validators of the lane but this one, modulo three.
    AllBut(u8),
    /// One of them.
    One,
    /// One of them, twice.
    Twice,
    /// Two, in the wrong order.
    Reversed,
    /// A stranger before one of them.
    Stranger,
    /// Two of the other lane.
    OtherLane,
    /// Two, one with a high s.
    HighS,
    /// Two, one with v of 0 or 1.
    LowV,
    /// Two, a byte short.
    Cut,
    /// Two, of another message.
    OtherMessage,
    /// Two, for another tree.
    OtherTree,
    /// Nobody.
    Nobody,
    /// Two, and then the message is changed.
    Tampered,
}

/// An account, which may be a vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Holder {
    /// Somebody.
    Of(Actor),
    /// The vault of an intent.
    Vault(u8),
}
