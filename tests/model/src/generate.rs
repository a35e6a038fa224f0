//! Random sequences: mostly sensible, so that intents get through their whole life, and often not.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::actors::Verdict;
use crate::operation::*;
use crate::site::{Actor, Side};

/// Sequences of so many operations on four intents.
pub fn sequences(operations: usize) -> impl Strategy<Value = Sequence> {
    // One in ten is the beginning of a whole life, letters that belong together or a change of owners or routers, among
    // what others do.
    let some = prop_oneof![
        80 => operation().prop_map(|operation| vec![operation]),
        8 => life(),
        2 => correspondence(),
        1 => administration(),
    ];
    (vec(intent_plan(), 4), vec(some, operations)).prop_map(move |(intents, some)| {
        let mut all = some.concat();
        all.truncate(operations);
        Sequence { intents, operations: all }
    })
}

/// An intent from its funding to its payment or refund.
fn life() -> BoxedStrategy<Vec<Operation>> {
    let kinds = (0u8..5, 0u8..4, claimant(), money(), side(), select(&Verdict::ALL));
    kinds
        .prop_map(|(kind, intent, claimant, money, side, verdict)| {
            let by = |by: Actor, what: What| at(side, by, what);
            let proof = Carriage {
                prover: Actor::MetaProver,
                domain: DomainPlan::Remote,
                remote: Recipient::Of(Actor::MetaProver),
                gas: Gas::None,
                cut: false,
            };
            let fund = What::PublishAndFund { intent, by_bytes: false, money, partial: false };
            let settle = match kind {
                0 => vec![
                    by(
                        Actor::Solver,
                        What::FulfilAndProve {
                            intent,
                            claimant,
                            money: Money::Extra,
                            mistake: Mistake::None,
                            proof,
                        },
                    ),
                    // Whichever side it was.
                    by(
                        Actor::Rival,
                        What::Deliver { message: 0, signing: Signing::AllBut(2), value: 0 },
                    ),
                    at(
                        side.other(),
                        Actor::Rival,
                        What::Deliver { message: 0, signing: Signing::AllBut(0), value: 0 },
                    ),
                    by(
                        Actor::Stranger,
                        What::Challenge { intent, elsewhere: false, prover: Actor::MetaProver },
                    ),
                    by(Actor::Rival, What::Withdraw { intent, elsewhere: false }),
                ],
                1 => vec![
                    by(
                        Actor::Solver,
                        What::SetProof { intent, claimant: Actor::Solver, elsewhere: false },
                    ),
                    by(Actor::Stranger, What::Pay { to: Holder::Vault(intent), amount: 50 }),
                    by(Actor::Solver, What::Withdraw { intent, elsewhere: false }),
                    by(Actor::Stranger, What::CommandVault { intent, command: 0 }),
                    by(Actor::User, What::Refund { intent }),
                ],
                // Settled from inside its funding.
                2 => vec![
                    by(
                        Actor::Solver,
                        What::SetProof { intent, claimant: Actor::Solver, elsewhere: false },
                    ),
                    by(
                        Actor::Stranger,
                        What::SetCallback {
                            of: Actor::Hooked,
                            then: Box::new(by(
                                Actor::Stranger,
                                What::Withdraw { intent, elsewhere: false },
                            )),
                        },
                    ),
                    by(Actor::User, What::Fund { intent, money: Money::Exact, partial: true }),
                ],
                // Opened with somebody's signature, whatever that is worth to a wallet, on whichever side it is.
                3 => vec![
                    by(Actor::Stranger, What::Judge(verdict)),
                    at(side.other(), Actor::Stranger, What::Judge(verdict)),
                    by(
                        Actor::Solver,
                        What::OpenFor {
                            intent,
                            money,
                            signer: Actor::Stranger,
                            mistake: OrderMistake::None,
                        },
                    ),
                ],
                _ => vec![
                    by(Actor::User, What::Wait(Moment::Near)),
                    by(Actor::User, What::RefundTo { intent, to: Actor::Funder }),
                    by(Actor::Stranger, What::Refund { intent }),
                ],
            };
            if matches!(kind, 2 | 3) {
                settle
            } else {
                [vec![by(Actor::User, fund)], settle].concat()
            }
        })
        .boxed()
}

/// Messages that belong together, and nobody pays for one too little: with a receipt, on a lane that their recipient
/// has raised, with a receipt that nobody has asked for, or proofs that contradict each other.
fn correspondence() -> BoxedStrategy<Vec<Operation>> {
    (0u8..4, intent(), side(), signing())
        .prop_map(|(kind, intent, side, signing)| {
            let (there, gas, money) = (side.other(), Gas::Plenty, Money::Extra);
            let deliver = |signing: Signing| What::Deliver { message: 0, signing, value: 0 };
            let send = What::Send {
                recipient: Recipient::Of(Actor::Recipient),
                domain: DomainPlan::Remote,
                finality: 0,
                gas,
                money,
                size: 65,
            };
            let rogue = |claimant: Actor| What::Rogue {
                intents: vec![intent],
                claimant: Claimant::Of(claimant),
                elsewhere: false,
                ragged: false,
            };
            match kind {
                0 => vec![
                    at(side, Actor::Stranger, send),
                    at(there, Actor::Rival, deliver(Signing::AllBut(1))),
                    at(there, Actor::Rival, What::Confirm { message: 0, gas, money }),
                    at(side, Actor::Rival, deliver(signing)),
                    at(side, Actor::Rival, deliver(Signing::AllBut(0))),
                    at(side, Actor::Rival, What::Confirm { message: 0, gas, money }),
                ],
                1 => vec![
                    at(there, Actor::Recipient, What::Demand(Demand::MinFinality(1))),
                    at(side, Actor::Stranger, send),
                    at(there, Actor::Rival, deliver(Signing::OtherLane)),
                    at(there, Actor::Rival, deliver(signing)),
                    at(there, Actor::Recipient, What::Demand(Demand::MinFinality(0))),
                    at(there, Actor::Rival, deliver(Signing::AllBut(2))),
                ],
                2 => vec![
                    at(side, Actor::Stranger, send),
                    at(there, Actor::Stranger, What::ForgeReceipt { message: 0, money }),
                    at(side, Actor::Rival, deliver(Signing::AllBut(2))),
                ],
                // Whichever side the intent is from.
                _ => [Actor::Rival, Actor::Solver]
                    .into_iter()
                    .flat_map(|claimant| {
                        [
                            at(side, Actor::Stranger, rogue(claimant)),
                            at(side, Actor::Rival, deliver(Signing::AllBut(1))),
                            at(there, Actor::Rival, deliver(Signing::AllBut(1))),
                        ]
                    })
                    .collect(),
            }
        })
        .boxed()
}

/// Another owner, and back; or routers of other chains that come and go.
fn administration() -> BoxedStrategy<Vec<Operation>> {
    (prop::bool::ANY, prop::bool::ANY, side())
        .prop_map(|(owners, of_module, side)| {
            let by = |by: Actor, setting: Setting| at(side, by, What::Set(setting));
            let (old, new) = (Actor::Owner, Actor::Funder);
            let accept = || Setting::Accept { of_module };
            let set = || match of_module {
                true => {
                    Setting::Module { domain: DomainPlan::Unknown, finality: 2, module: Judge::Own }
                }
                false => Setting::Lane { finality: 2, open: true },
            };
            let unenroll = |domain: DomainPlan| Setting::Unenroll { domain };
            let enroll = |domain: DomainPlan| Setting::Enroll {
                domain,
                router: Recipient::Of(Actor::Router),
            };
            match owners {
                true => vec![
                    by(old, Setting::Offer { of_module, to: new }),
                    by(new, accept()),
                    by(old, set()),
                    by(new, set()),
                    by(new, accept()),
                    by(new, Setting::Offer { of_module, to: old }),
                    by(old, accept()),
                ],
                false => vec![
                    by(old, enroll(DomainPlan::Unknown)),
                    by(old, enroll(DomainPlan::Wide)),
                    by(old, unenroll(DomainPlan::Remote)),
                    by(old, unenroll(DomainPlan::Wide)),
                    by(old, enroll(DomainPlan::Remote)),
                    by(old, unenroll(DomainPlan::Unknown)),
                    by(old, enroll(DomainPlan::Wide)),
                ],
            }
        })
        .boxed()
}

/// An operation where it belongs.
fn at(side: Side, by: Actor, what: What) -> Operation {
    Operation { by, side, astray: false, what }
}

fn side() -> BoxedStrategy<Side> {
    prop_oneof![2 => Just(Side::A), 1 => Just(Side::B)].boxed()
}

/// Most things happen to the first intents, so that they happen in a row.
fn intent() -> BoxedStrategy<u8> {
    prop_oneof![8 => Just(0u8), 5 => Just(1), 2 => Just(2), 1 => Just(3)].boxed()
}

fn token() -> BoxedStrategy<Actor> {
    prop_oneof![
        5 => Just(Actor::Plain),
        2 => Just(Actor::Silent),
        2 => Just(Actor::Hooked),
        2 => Just(Actor::Fee),
        1 => Just(Actor::False),
        1 => Just(Actor::Reverting),
    ]
    .boxed()
}

fn sender() -> BoxedStrategy<Actor> {
    prop_oneof![
        4 => Just(Actor::User),
        3 => Just(Actor::Solver),
        2 => Just(Actor::Funder),
        2 => Just(Actor::Stranger),
        2 => Just(Actor::Receiver),
        1 => Just(Actor::Rival),
        1 => Just(Actor::NoEth),
        1 => Just(Actor::GasEth),
        1 => Just(Actor::Wallet),
    ]
    .boxed()
}

fn leg() -> BoxedStrategy<Leg> {
    let token = prop_oneof![20 => token(), 1 => Just(Actor::Codeless)];
    (token, prop_oneof![20 => 1u16..300, 3 => Just(0u16), 1 => Just(60_000)])
        .prop_map(|(token, amount)| Leg { token, amount })
        .boxed()
}

fn legs() -> BoxedStrategy<Vec<Leg>> {
    prop_oneof![2 => Just(vec![]), 4 => vec(leg(), 1), 2 => vec(leg(), 2), 1 => vec(leg(), 3)]
        .boxed()
}

fn native() -> BoxedStrategy<u8> {
    prop_oneof![2 => Just(0u8), 3 => 1u8..=255].boxed()
}

fn intent_plan() -> BoxedStrategy<IntentPlan> {
    let destination = prop_oneof![
        20 => Just(Destination::Other),
        1 => Just(Destination::Same),
        1 => Just(Destination::Foreign),
    ];
    (side(), destination, route_plan(), reward_plan())
        .prop_map(|(source, destination, route, reward)| IntentPlan {
            source,
            destination,
            route,
            reward,
        })
        .boxed()
}

fn route_plan() -> BoxedStrategy<RoutePlan> {
    let right_portal = prop::bool::weighted(0.95);
    (
        prop::bool::weighted(0.8),
        right_portal,
        native(),
        legs(),
        prop_oneof![1 => Just(vec![]), 2 => vec(errand(), 1), 1 => vec(errand(), 2)],
    )
        .prop_map(|(far, right_portal, native, tokens, calls)| RoutePlan {
            far,
            right_portal,
            native,
            tokens,
            calls,
        })
        .boxed()
}

fn errand() -> BoxedStrategy<Errand> {
    let anybody = select(vec![
        Actor::Target,
        Actor::Solver,
        Actor::NoEth,
        Actor::Codeless,
        Actor::Receiver,
        Actor::Portal,
    ]);
    prop_oneof![
        3 => (anybody.clone(), prop_oneof![2 => Just(0u8), 1 => 0u8..20])
            .prop_map(|(to, value)| Errand::Pay(to, value)),
        6 => prop_oneof![2 => Just(0u8), 1 => 0u8..20].prop_map(Errand::Ping),
        1 => any::<u8>().prop_map(Errand::Fail),
        1 => anybody.prop_map(Errand::Knock),
        1 => (leg(), sender()).prop_map(|(leg, to)| Errand::Send(leg, to)),
        3 => plain_operation().prop_map(|operation| Errand::Do(Box::new(operation))),
    ]
    .boxed()
}

fn reward_plan() -> BoxedStrategy<RewardPlan> {
    let creator = prop_oneof![
        6 => Just(Actor::User),
        1 => Just(Actor::NoEth),
        1 => Just(Actor::Receiver),
        1 => Just(Actor::Executor),
        1 => Just(Actor::Funder),
        2 => Just(Actor::Wallet),
    ];
    let prover = prop_oneof![
        8 => Just(Actor::MetaProver),
        4 => Just(Actor::MockProver),
        1 => Just(Actor::Codeless),
        1 => Just(Actor::Thief),
    ];
    (prop::bool::weighted(0.4), creator, prover, native(), legs())
        .prop_map(|(far, creator, prover, native, tokens)| RewardPlan {
            far,
            creator,
            prover,
            native,
            tokens,
        })
        .boxed()
}

fn money() -> BoxedStrategy<Money> {
    prop_oneof![
        5 => Just(Money::Exact),
        3 => Just(Money::Extra),
        1 => Just(Money::Short),
        1 => Just(Money::Nothing),
    ]
    .boxed()
}

fn claimant() -> BoxedStrategy<Claimant> {
    prop_oneof![
        8 => Just(Claimant::Of(Actor::Solver)),
        2 => Just(Claimant::Of(Actor::Receiver)),
        1 => Just(Claimant::Of(Actor::NoEth)),
        1 => Just(Claimant::Of(Actor::GasEth)),
        1 => Just(Claimant::Of(Actor::Zero)),
        1 => Just(Claimant::Of(Actor::Rival)),
        1 => Just(Claimant::Foreign),
    ]
    .boxed()
}

fn carriage() -> BoxedStrategy<Carriage> {
    let prover = prop_oneof![
        9 => Just(Actor::MetaProver),
        2 => Just(Actor::MockProver),
        2 => Just(Actor::Thief),
        1 => Just(Actor::Codeless),
    ];
    let domain = prop_oneof![
        20 => Just(DomainPlan::Remote),
        1 => Just(DomainPlan::Local),
        1 => Just(DomainPlan::Unknown),
        1 => Just(DomainPlan::Wide),
    ];
    let remote = prop_oneof![
        20 => Just(Recipient::Of(Actor::MetaProver)),
        1 => Just(Recipient::Of(Actor::Zero)),
        1 => Just(Recipient::Of(Actor::Stranger)),
        1 => Just(Recipient::Foreign),
    ];
    (prover, domain, remote, gas(), prop::bool::weighted(0.03))
        .prop_map(|(prover, domain, remote, gas, cut)| Carriage {
            prover,
            domain,
            remote,
            gas,
            cut,
        })
        .boxed()
}

fn gas() -> BoxedStrategy<Gas> {
    prop_oneof![
        3 => Just(Gas::None),
        3 => Just(Gas::BelowFloor),
        6 => Just(Gas::Plenty),
        1 => Just(Gas::TooMuch),
    ]
    .boxed()
}

fn signing() -> BoxedStrategy<Signing> {
    let bad = select(vec![
        Signing::One,
        Signing::Twice,
        Signing::Twice,
        Signing::Twice,
        Signing::Reversed,
        Signing::Stranger,
        Signing::OtherLane,
        Signing::HighS,
        Signing::LowV,
        Signing::Cut,
        Signing::OtherMessage,
        Signing::OtherTree,
        Signing::Nobody,
        Signing::Tampered,
    ]);
    prop_oneof![3 => (0u8..3).prop_map(Signing::AllBut), 1 => bad].boxed()
}

fn holder() -> BoxedStrategy<Holder> {
    let anybody = select(vec![
        Actor::Portal,
        Actor::Executor,
        Actor::MetaProver,
        Actor::Router,
        Actor::Solver,
        Actor::NoEth,
        Actor::Receiver,
        Actor::Codeless,
        Actor::Permit,
        Actor::ReentrantPermit,
    ]);
    prop_oneof![1 => anybody.prop_map(Holder::Of), 1 => intent().prop_map(Holder::Vault)].boxed()
}

fn permit() -> BoxedStrategy<Actor> {
    prop_oneof![
        3 => Just(Actor::Zero),
        2 => Just(Actor::Permit),
        2 => Just(Actor::ReentrantPermit),
        1 => Just(Actor::Codeless),
    ]
    .boxed()
}

fn funder() -> BoxedStrategy<Actor> {
    prop_oneof![3 => Just(Actor::Funder), 1 => Just(Actor::User), 1 => Just(Actor::Stranger)]
        .boxed()
}

fn many() -> BoxedStrategy<Vec<u8>> {
    vec(intent(), 0..4).boxed()
}

/// Operations without another one in them.
fn plain() -> BoxedStrategy<What> {
    let any_bool = prop::bool::ANY;
    let settlement = prop_oneof![
        7 => (intent(), prop::bool::weighted(0.05))
            .prop_map(|(intent, elsewhere)| What::Withdraw { intent, elsewhere }),
        2 => (many(), prop::bool::weighted(0.1))
            .prop_map(|(intents, ragged)| What::WithdrawAll { intents, ragged }),
        4 => intent().prop_map(|intent| What::Refund { intent }),
        2 => (intent(), sender()).prop_map(|(intent, to)| What::RefundTo { intent, to }),
        2 => (intent(), prop_oneof![5 => token(), 1 => Just(Actor::Zero)])
            .prop_map(|(intent, token)| What::Recover { intent, token }),
    ];
    let funding = prop_oneof![
        2 => (intent(), any_bool)
            .prop_map(|(intent, by_bytes)| What::Publish { intent, by_bytes }),
        5 => (intent(), money(), any_bool)
            .prop_map(|(intent, money, partial)| What::Fund { intent, money, partial }),
        4 => (intent(), money(), any_bool, funder(), permit()).prop_map(
            |(intent, money, partial, funder, permit)| What::FundFor {
                intent, money, partial, funder, permit,
            }
        ),
        6 => (intent(), any_bool, money(), any_bool).prop_map(
            |(intent, by_bytes, money, partial)| What::PublishAndFund {
                intent, by_bytes, money, partial,
            }
        ),
        2 => (intent(), any_bool, money(), any_bool, funder(), permit()).prop_map(
            |(intent, by_bytes, money, partial, funder, permit)| What::PublishAndFundFor {
                intent, by_bytes, money, partial, funder, permit,
            }
        ),
    ];
    let order_mistake = || {
        let mistake = select(vec![
            OrderMistake::Type,
            OrderMistake::Settler,
            OrderMistake::ChainId,
            OrderMistake::User,
            OrderMistake::HighS,
            OrderMistake::Cut,
        ]);
        prop_oneof![3 => Just(OrderMistake::None), 1 => mistake].boxed()
    };
    let signer =
        select(vec![Actor::User, Actor::User, Actor::User, Actor::Funder, Actor::Stranger]);
    let orders = prop_oneof![
        1 => (intent(), money(), order_mistake())
            .prop_map(|(intent, money, mistake)| What::Open { intent, money, mistake }),
        2 => (intent(), money(), signer, order_mistake()).prop_map(
            |(intent, money, signer, mistake)| What::OpenFor { intent, money, signer, mistake }
        ),
    ];
    let mistake = || {
        prop_oneof![
            20 => Just(Mistake::None),
            1 => Just(Mistake::Hash),
            1 => Just(Mistake::Reward),
        ]
    };
    let fulfilment = prop_oneof![
        5 => (intent(), claimant(), money(), mistake()).prop_map(
            |(intent, claimant, money, mistake)| What::Fulfil { intent, claimant, money, mistake }
        ),
        8 => (intent(), claimant(), money(), mistake(), carriage()).prop_map(
            |(intent, claimant, money, mistake, proof)| What::FulfilAndProve {
                intent, claimant, money, mistake, proof,
            }
        ),
        2 => (intent(), claimant(), money(), mistake(), carriage()).prop_map(
            |(intent, claimant, money, mistake, proof)| What::Fill {
                intent, claimant, money, mistake, proof,
            }
        ),
        6 => (many(), money(), carriage())
            .prop_map(|(intents, money, proof)| What::Prove { intents, money, proof }),
    ];
    let proving = prop_oneof![
        2 => (intent(), any_bool, select(vec![Actor::MetaProver, Actor::MockProver])).prop_map(
            |(intent, elsewhere, prover)| What::Challenge { intent, elsewhere, prover }
        ),
        6 => (intent(), sender(), prop::bool::weighted(0.15)).prop_map(
            |(intent, claimant, elsewhere)| What::SetProof { intent, claimant, elsewhere }
        ),
        2 => (many(), claimant(), prop::bool::weighted(0.3), prop::bool::weighted(0.1)).prop_map(
            |(intents, claimant, elsewhere, ragged)| What::Rogue {
                intents, claimant, elsewhere, ragged,
            }
        ),
    ];
    let recipient = select(vec![
        Recipient::Of(Actor::Recipient),
        Recipient::Of(Actor::Recipient),
        Recipient::Of(Actor::Recipient),
        Recipient::Of(Actor::MetaProver),
        Recipient::Of(Actor::Target),
        Recipient::Of(Actor::Router),
        Recipient::Of(Actor::Codeless),
        Recipient::Of(Actor::Zero),
        Recipient::Foreign,
    ]);
    let domain = prop_oneof![
        10 => Just(DomainPlan::Remote),
        1 => Just(DomainPlan::Local),
        1 => Just(DomainPlan::Unknown),
    ];
    let spoofed = select(vec![
        Spoofed::Plausible,
        Spoofed::Plausible,
        Spoofed::Version,
        Spoofed::Short,
        Spoofed::Reads,
    ]);
    let messages = prop_oneof![
        14 => (prop_oneof![6 => Just(0u8), 2 => Just(1), 1 => 2u8..6], signing(),
            prop_oneof![6 => Just(0u8), 1 => 1u8..9])
            .prop_map(|(message, signing, value)| What::Deliver { message, signing, value }),
        3 => (recipient, domain, prop_oneof![8 => Just(0u8), 4 => Just(1), 2 => 2u8..4], gas(),
            money(), any::<u8>())
            .prop_map(|(recipient, domain, finality, gas, money, size)| What::Send {
                recipient, domain, finality, gas, money, size,
            }),
        2 => (spoofed, prop_oneof![3 => Just(0u8), 1 => 1u8..4],
            select(vec![Actor::MetaProver, Actor::Recipient]), money())
            .prop_map(|(body, finality, recipient, money)| What::Spoof {
                body, finality, recipient, money,
            }),
        1 => (any_bool, intent()).prop_map(|(router, intent)| What::Handle { router, intent }),
        3 => (0u8..4, gas(), money())
            .prop_map(|(message, gas, money)| What::Confirm { message, gas, money }),
        1 => (0u8..4, money()).prop_map(|(message, money)| What::ForgeReceipt { message, money }),
    ];
    let verdict = prop_oneof![
        4 => Just(Verdict::Agrees),
        1 => select(&Verdict::ALL),
    ];
    let surroundings = prop_oneof![
        1 => (intent(), any::<u8>())
            .prop_map(|(intent, command)| What::CommandVault { intent, command }),
        1 => Just(What::CommandExecutor),
        3 => (token(), holder(), prop_oneof![3 => 0u16..1000, 1 => Just(u16::MAX)])
            .prop_map(|(token, spender, amount)| What::Approve { token, spender, amount }),
        3 => (token(), holder(), 0u16..400)
            .prop_map(|(token, to, amount)| What::Give { token, to, amount }),
        3 => (holder(), any::<u8>()).prop_map(|(to, amount)| What::Pay { to, amount }),
        2 => (select(vec![Actor::False, Actor::Reverting]), any_bool)
            .prop_map(|(token, bad)| What::SetBad { token, bad }),
        3 => verdict.prop_map(What::Judge),
        1 => prop::bool::weighted(0.3).prop_map(What::Refuse),
        1 => any_bool.prop_map(What::Answer),
        2 => (intent(), funder(), token(), 0u16..400, any_bool).prop_map(
            |(intent, owner, token, amount, far)| What::SetPermit {
                intent, owner, token, amount, far,
            }
        ),
        1 => (prop_oneof![2 => Just(0u8), 1 => 1u8..9]).prop_map(What::SetExtra),
    ];
    prop_oneof![
        18 => settlement,
        14 => funding,
        4 => orders,
        20 => fulfilment,
        6 => proving,
        20 => messages,
        12 => surroundings,
    ]
    .boxed()
}

fn plain_operation() -> BoxedStrategy<Operation> {
    (sender(), side(), prop::bool::weighted(0.03), plain())
        .prop_map(|(by, side, astray, what)| Operation { by, side, astray, what })
        .boxed()
}

fn operation() -> BoxedStrategy<Operation> {
    let moment = prop_oneof![
        8 => Just(Moment::Next),
        2 => Just(Moment::Near),
        2 => Just(Moment::AfterNear),
        1 => prop_oneof![2 => Just(Moment::Near), 1 => Just(Moment::Far)],
        1 => prop_oneof![4 => Just(Moment::Next), 1 => Just(Moment::AfterFar)],
    ];
    let caller = select(vec![Actor::Receiver, Actor::Hooked, Actor::Thief, Actor::ReentrantPermit]);
    let nested = (caller, plain_operation())
        .prop_map(|(of, then)| What::SetCallback { of, then: Box::new(then) });
    let repeated = plain_operation().prop_map(|then| What::Repeat(Box::new(then)));
    let what = prop_oneof![
        40 => plain(),
        2 => moment.prop_map(What::Wait),
        4 => nested,
        1 => repeated,
    ];
    let with_sender = (sender(), side(), prop::bool::weighted(0.03), what)
        .prop_map(|(by, side, astray, what)| Operation { by, side, astray, what });
    prop_oneof![60 => with_sender, 2 => setting(), 1 => demand()].boxed()
}

/// What owners set, and others would like to: most of it as it has to be, so that messages get through.
fn setting() -> BoxedStrategy<Operation> {
    let by = prop_oneof![
        6 => Just(Actor::Owner),
        1 => Just(Actor::Stranger),
        1 => Just(Actor::Funder),
    ];
    let domain = || {
        prop_oneof![
            4 => Just(DomainPlan::Remote),
            2 => Just(DomainPlan::Unknown),
            2 => Just(DomainPlan::Wide),
            1 => Just(DomainPlan::Local),
            1 => Just(DomainPlan::Zero),
        ]
    };
    let router = || {
        prop_oneof![
            6 => Just(Recipient::Of(Actor::Router)),
            1 => Just(Recipient::Of(Actor::MetaProver)),
            1 => Just(Recipient::Of(Actor::Codeless)),
            1 => Just(Recipient::Of(Actor::Zero)),
            1 => Just(Recipient::Foreign),
        ]
    };
    let limit = prop_oneof![
        4 => Just(Limit::Usual),
        1 => Just(Limit::Low),
        1 => Just(Limit::Reads),
        1 => Just(Limit::Bytes),
        1 => Just(Limit::Gas),
    ];
    let judge = prop_oneof![
        5 => Just(Judge::Own),
        2 => Just(Judge::Other),
        1 => Just(Judge::Nobody),
        1 => Just(Judge::Codeless),
    ];
    let heir = select(vec![Actor::Owner, Actor::Owner, Actor::Funder, Actor::Zero]);
    let flag = || prop_oneof![8 => 0u8..3, 1 => any::<u8>()];
    let any_bool = prop::bool::ANY;
    let setting = prop_oneof![
        5 => prop::bool::weighted(0.4).prop_map(Setting::Pause),
        5 => (domain(), router()).prop_map(|(domain, router)| Setting::Enroll { domain, router }),
        3 => (router(), prop::bool::weighted(0.2))
            .prop_map(|(router, ragged)| Setting::EnrollAll { router, ragged }),
        2 => domain().prop_map(|domain| Setting::Unenroll { domain }),
        4 => (flag(), prop::bool::weighted(0.7))
            .prop_map(|(finality, open)| Setting::Lane { finality, open }),
        2 => limit.prop_map(Setting::Limits),
        2 => prop::bool::weighted(0.7).prop_map(Setting::Ism),
        4 => (domain(), flag(), judge)
            .prop_map(|(domain, finality, module)| Setting::Module { domain, finality, module }),
        2 => (any_bool, heir).prop_map(|(of_module, to)| Setting::Offer { of_module, to }),
        2 => any_bool.prop_map(|of_module| Setting::Accept { of_module }),
    ];
    (by, side(), setting).prop_map(|(by, side, setting)| at(side, by, What::Set(setting))).boxed()
}

/// What recipients ask of their messages.
fn demand() -> BoxedStrategy<Operation> {
    let by = select(vec![Actor::Recipient, Actor::MetaProver, Actor::Stranger]);
    let demand = prop_oneof![
        4 => prop_oneof![2 => Just(1u8), 2 => Just(0), 1 => any::<u8>()]
            .prop_map(Demand::MinFinality),
        1 => prop::bool::weighted(0.3).prop_map(Demand::AppModule),
    ];
    (by, side(), demand).prop_map(|(by, side, demand)| at(side, by, What::Demand(demand))).boxed()
}
