//! Mistakes that can be planted into the model, so that every invariant is seen to fail.

/// A mistake in the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// A withdrawn intent can be withdrawn again.
    PaidTwice,
    /// Withdrawing pays the caller.
    PaysTheCaller,
    /// Withdrawing pays all the vault holds.
    PaysTooMuch,
    /// A refund does not wait for its deadline.
    RefundsEarly,
    /// A refund does not look for a proof.
    RefundsTheProven,
    /// Full funding is written without looking at the status again.
    ForgetsSettlement,
    /// `refundTo` asks nobody who they are.
    AnybodyNamesTheRefundee,
    /// Funding spends the creator's allowance, whoever calls.
    SpendsTheCreators,
    /// The Portal gives all it has to whoever calls next.
    SweepsThePortal,
    /// A later proof replaces the first.
    SecondProofWins,
    /// The prover believes every sender.
    BelievesEverybody,
    /// The chain id of a message is not compared with its origin.
    BelievesEveryChain,
    /// A good proof can be challenged.
    RemovesGoodProofs,
    /// A second fulfilment replaces the claimant.
    FulfilledTwice,
    /// The Mailbox forgets what it has delivered, and the router too.
    DeliversTwice,
    /// A signature counts as often as it is given.
    CountsTwice,
    /// The router keeps what exceeds the fee.
    KeepsTheChange,
    /// The lock of `prove` stays when it is done.
    KeepsTheLock,
    /// A message is paid for, and its fee stays in the Mailbox.
    FeeStaysInTheMailbox,
    /// Native value that a creator refuses is burnt.
    BurnsWhatIsRefused,
    /// Withdrawing pays the prover instead of the claimant it names.
    PaysTheProver,
    /// A payout is not written down.
    ForgetsThePayout,
    /// No signature is looked at.
    VerifiesNothing,
    /// What a vault pays of a token, it keeps too.
    MakesTokens,
    /// A settled intent can be funded.
    FundsTheSettled,
    /// A vault pays whoever asks it.
    VaultObeysEverybody,
    /// A vault is gone once it has paid.
    VaultDestroysItself,
    /// Every message of the router has the same nonce.
    ReusesNonces,
    /// A paused router goes on.
    IgnoresThePause,
    /// The Executor makes anybody's calls.
    ExecutorObeysEverybody,
    /// Anybody sets what the owner sets.
    AnybodyConfigures,
    /// Anybody accepts an ownership.
    AnybodyAccepts,
    /// What a caller asks of its messages is asked of the recipient's.
    AsksForOthers,
    /// What a recipient asks of its messages is forgotten.
    LowersLanes,
    /// A closed lane carries messages.
    OpensEveryLane,
    /// The router takes messages of whoever dispatched to it.
    HearsEveryRouter,
    /// The router says of every message that it was delivered.
    ConfirmsAnything,
    /// The router believes a receipt, whoever sent it.
    BelievesEveryReceipt,
    /// An order is opened without its user's signature.
    NeedsNoSignature,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Self; 39] = [
        Self::PaidTwice,
        Self::PaysTheCaller,
        Self::PaysTooMuch,
        Self::RefundsEarly,
        Self::RefundsTheProven,
        Self::ForgetsSettlement,
        Self::AnybodyNamesTheRefundee,
        Self::SpendsTheCreators,
        Self::SweepsThePortal,
        Self::SecondProofWins,
        Self::BelievesEverybody,
        Self::BelievesEveryChain,
        Self::RemovesGoodProofs,
        Self::FulfilledTwice,
        Self::DeliversTwice,
        Self::CountsTwice,
        Self::KeepsTheChange,
        Self::KeepsTheLock,
        Self::FeeStaysInTheMailbox,
        Self::BurnsWhatIsRefused,
        Self::PaysTheProver,
        Self::ForgetsThePayout,
        Self::VerifiesNothing,
        Self::MakesTokens,
        Self::FundsTheSettled,
        Self::VaultObeysEverybody,
        Self::VaultDestroysItself,
        Self::ReusesNonces,
        Self::IgnoresThePause,
        Self::ExecutorObeysEverybody,
        Self::AnybodyConfigures,
        Self::AnybodyAccepts,
        Self::AsksForOthers,
        Self::LowersLanes,
        Self::OpensEveryLane,
        Self::HearsEveryRouter,
        Self::ConfirmsAnything,
        Self::BelievesEveryReceipt,
        Self::NeedsNoSignature,
    ];
}
