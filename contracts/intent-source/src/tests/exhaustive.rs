//! Proofs by trying everything, as in `interfaces/tests/exhaustive`: the status machine of intents.md §2.4, cell by
//! cell, and by all short sequences.
//!
//! # Planted bugs
//! Each was put into the code, seen to fail `every_cell_of_the_table_of_statuses_is_as_it_says`, and taken out again;
//! those with a star were seen to fail `no_short_sequence_turns_a_status_back_or_pays_twice`, too.
//! - a refund that comes a second after the deadline *; a proven intent that is refunded when withdrawn, but not when
//!   refunded before
//! - a payout that leaves the status at Funded *; a proof from the wrong chain that pays *
//! - a refundee that anybody names
//! - an intent that is Funded by a part of its reward *; one that is funded again after its refund
//! - a reward token that is recovered as if it had strayed

use alloy_sol_types::SolError;
use interfaces::intents::IIntentSource::{
    InsufficientFunds, IntentAlreadyExists, IntentNotClaimed, InvalidClaimant, InvalidRecoverToken,
    InvalidStatusForFunding, InvalidStatusForRefund, InvalidStatusForWithdrawal, NotCreatorCaller,
};

use super::*;

const INITIAL: u8 = 0;
const FUNDED: u8 = 1;
const WITHDRAWN: u8 = 2;
const REFUNDED: u8 = 3;

/// What the reward's prover says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proven {
    No,
    Here,
    Elsewhere,
}

const PROVEN: [Proven; 3] = [Proven::No, Proven::Here, Proven::Elsewhere];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Publish,
    Fund,
    FundPartly,
    FundTooLittle,
    PublishAndFund,
    FundFor,
    PublishAndFundFor,
    Withdraw,
    BatchWithdraw,
    BatchWithdrawTwice,
    Refund,
    RefundTo,
    RefundToByStranger,
    RecoverStray,
    RecoverReward,
}

use Operation::*;

const OPERATIONS: [Operation; 15] = [
    Publish,
    Fund,
    FundPartly,
    FundTooLittle,
    PublishAndFund,
    FundFor,
    PublishAndFundFor,
    Withdraw,
    BatchWithdraw,
    BatchWithdrawTwice,
    Refund,
    RefundTo,
    RefundToByStranger,
    RecoverStray,
    RecoverReward,
];

/// A chain on which the funder can pay for everything again and again.
fn rich_chain(intent: &Intent) -> Chain {
    let chain = chain();
    chain.mint(TOKEN, FUNDER, 1_000);
    chain.approve(TOKEN, FUNDER, SOURCE, 1_000);
    chain.approve(TOKEN, FUNDER, vault_of(intent), 1_000);
    chain
}

fn say(chain: &Chain, proven: Proven) {
    match proven {
        Proven::No => set_proof(chain, Address::ZERO, 0),
        Proven::Here => set_proof(chain, CLAIMANT, DESTINATION),
        Proven::Elsewhere => set_proof(chain, CLAIMANT, DESTINATION + 1),
    }
}

/// Brings a fresh intent into a status, on the way that the table has.
fn bring(chain: &Chain, intent: &Intent, to: u8) {
    if to >= FUNDED {
        fund(chain, intent, 100, false).unwrap();
    }
    if to == WITHDRAWN {
        say(chain, Proven::Here);
        withdraw(chain, intent).unwrap();
    }
    if to == REFUNDED {
        chain.set_timestamp(DEADLINE);
        refund(chain, intent).unwrap();
        chain.set_timestamp(NOW);
    }
    assert_eq!(status(chain, intent), to);
}

fn perform(chain: &Chain, intent: &Intent, operation: Operation) -> ArbResult {
    let send = |from, value, data: Vec<u8>| chain.transact(from, SOURCE, U256::from(value), &data);
    match operation {
        Publish => publish(chain, intent),
        Fund => fund(chain, intent, 100, false),
        FundPartly => fund(chain, intent, 1, true),
        FundTooLittle => fund(chain, intent, 1, false),
        PublishAndFund => publish_and_fund(chain, intent, 100, false),
        FundFor => send(FUNDER, 100, fund_for_calldata(intent, false, Address::ZERO)),
        PublishAndFundFor => {
            send(FUNDER, 100, publish_and_fund_for_calldata(intent, false, Address::ZERO))
        }
        Withdraw => withdraw(chain, intent),
        BatchWithdraw => send(STRANGER, 0, batch_calldata(&[intent])),
        BatchWithdrawTwice => send(STRANGER, 0, batch_calldata(&[intent, intent])),
        Refund => refund(chain, intent),
        RefundTo => send(CREATOR, 0, refund_to_calldata(intent, STRANGER)),
        RefundToByStranger => send(STRANGER, 0, refund_to_calldata(intent, STRANGER)),
        RecoverStray => {
            chain.mint(OTHER_TOKEN, vault_of(intent), 1);
            send(STRANGER, 0, recover_calldata(intent, OTHER_TOKEN))
        }
        RecoverReward => send(STRANGER, 0, recover_calldata(intent, TOKEN)),
    }
}

/// The table of intents.md §2.4: the status afterwards, or what the call reverts with.
fn table(
    operation: Operation,
    status: u8,
    proven: Proven,
    now: u64,
    hash: B256,
) -> Result<u8, Vec<u8>> {
    let settled = status == WITHDRAWN || status == REFUNDED;
    match operation {
        Publish | PublishAndFund | PublishAndFundFor if settled => {
            Err(IntentAlreadyExists { intentHash: hash }.abi_encode())
        }
        Publish => Ok(status),
        Fund | FundFor | FundPartly | FundTooLittle if settled => {
            Err(InvalidStatusForFunding { status }.abi_encode())
        }
        FundTooLittle if status == INITIAL => {
            Err(InsufficientFunds { intentHash: hash }.abi_encode())
        }
        FundPartly | FundTooLittle => Ok(status),
        Fund | FundFor | PublishAndFund | PublishAndFundFor => Ok(FUNDED),
        Withdraw | BatchWithdraw | BatchWithdrawTwice => match proven {
            Proven::Elsewhere => Ok(status),
            _ if settled => Err(InvalidStatusForWithdrawal { status }.abi_encode()),
            Proven::No => Err(InvalidClaimant {}.abi_encode()),
            // The second time finds what the first has done, and undoes it.
            Proven::Here if operation == BatchWithdrawTwice => {
                Err(InvalidStatusForWithdrawal { status: WITHDRAWN }.abi_encode())
            }
            Proven::Here => Ok(WITHDRAWN),
        },
        RefundToByStranger => Err(NotCreatorCaller { caller: STRANGER }.abi_encode()),
        Refund | RefundTo => match proven {
            Proven::Here if settled => Ok(REFUNDED),
            Proven::Here => Err(IntentNotClaimed { intentHash: hash }.abi_encode()),
            _ if now >= DEADLINE => Ok(REFUNDED),
            _ => {
                let (now, deadline) = (U256::from(now), U256::from(DEADLINE));
                Err(InvalidStatusForRefund { status, now, deadline }.abi_encode())
            }
        },
        RecoverStray => Ok(status),
        RecoverReward => Err(InvalidRecoverToken { token: TOKEN }.abi_encode()),
    }
}

/// Every operation, in every status, with every proof, at every one of four moments (long before the deadline, a second
/// before it, at it, after it): 15 · 4 · 3 · 4 = 720 calls.
#[test]
fn every_cell_of_the_table_of_statuses_is_as_it_says() {
    let intent = intent_rewarding(100, &[(TOKEN, 50)]);
    let hash = hashes(&intent).intent;
    let mut cases = 0;
    for operation in OPERATIONS {
        for before in [INITIAL, FUNDED, WITHDRAWN, REFUNDED] {
            for proven in PROVEN {
                for now in [NOW, DEADLINE - 1, DEADLINE, DEADLINE + 1] {
                    let chain = rich_chain(&intent);
                    bring(&chain, &intent, before);
                    say(&chain, proven);
                    chain.set_timestamp(now);
                    let outcome = perform(&chain, &intent, operation);
                    let after = status(&chain, &intent);
                    let cell = format!("{operation:?} in {before}, {proven:?}, {now}");
                    match table(operation, before, proven, now, hash) {
                        Ok(expected) => {
                            assert!(outcome.is_ok(), "{cell}: {outcome:?}");
                            assert_eq!(after, expected, "{cell}");
                        }
                        Err(reason) => {
                            assert_eq!(outcome, Err(reason), "{cell}");
                            assert_eq!(after, before, "{cell}");
                        }
                    }
                    assert!(after >= before, "{cell}: a status goes forward only");
                    cases += 1;
                }
            }
        }
    }
    assert_eq!(cases, 720);
}

/// One step of a sequence.
#[derive(Clone, Copy, Debug)]
enum Step {
    Perform(Operation),
    Say(Proven),
    PassDeadline,
}

/// Every sequence of four of nine steps: 9^4 = 6,561. The status goes forward only, the claimant is paid at most the
/// reward, and once; and nobody else but the creator and who funded has more than before.
#[test]
fn no_short_sequence_turns_a_status_back_or_pays_twice() {
    let steps = [
        Step::Perform(FundPartly),
        Step::Perform(Fund),
        Step::Perform(FundFor),
        Step::Perform(Withdraw),
        Step::Perform(Refund),
        Step::Say(Proven::No),
        Step::Say(Proven::Here),
        Step::Say(Proven::Elsewhere),
        Step::PassDeadline,
    ];
    let intent = intent_rewarding(100, &[(TOKEN, 50)]);
    let (mut cases, mut paid, mut refunded) = (0, 0, 0);
    for number in 0..9usize.pow(4) {
        let chain = rich_chain(&intent);
        let mut before = INITIAL;
        for digit in 0..4 {
            let step = steps[number / 9usize.pow(digit) % 9];
            match step {
                Step::Perform(operation) => drop(perform(&chain, &intent, operation)),
                Step::Say(proven) => say(&chain, proven),
                Step::PassDeadline => chain.set_timestamp(DEADLINE),
            }
            let after = status(&chain, &intent);
            assert!(after >= before, "sequence {number}: {step:?} leads from {before} to {after}");
            before = after;
            let claimed = (native(&chain, CLAIMANT), tokens(&chain, CLAIMANT));
            assert!(claimed.0 <= 100 && claimed.1 <= 50, "sequence {number}: {claimed:?}");
            // Whoever settles gains nothing, and nothing is lost on the way.
            assert_eq!(native(&chain, STRANGER), 1_000);
            let holders = [FUNDER, CREATOR, CLAIMANT, vault_of(&intent)];
            assert_eq!(holders.map(|holder| native(&chain, holder)).iter().sum::<u64>(), 2_000);
            assert_eq!(holders.map(|holder| tokens(&chain, holder)).iter().sum::<u64>(), 1_000);
        }
        paid += usize::from(native(&chain, CLAIMANT) == 100);
        refunded += usize::from(before == REFUNDED);
        cases += 1;
    }
    assert_eq!((cases, paid, refunded), (6_561, 108, 389));
}
