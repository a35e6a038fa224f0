//! More than ten thousand malformed calls, each with a name, at every entry point of all eleven programs: each reverts
//! as Solidity reverts, traps nowhere, and changes nothing. Spec: intents.md §1.3, messaging.md §3, §5.
//!
//! The calls are derived from the JSON ABI of each contract: a function that is added is covered by that alone. What
//! counts as malformed is said by the decoder of the crate `reference`, which shares no code with the contracts. What
//! it still accepts after a call was spoilt is a control: it must do what the canonical encoding of the same values
//! does.
//!
//! How each of the three promises is seen:
//! - *reverts as Solidity does*: `eth_simulateV1` gives status and revert data, compared byte by byte. Where Solidity's
//!   decoder would say `Panic(0x41)` for an absurd length, ours says nothing, as for everything else.
//! - *no trap*: a trap is a revert without data, too, but the node says so in the error's message, which otherwise is
//!   "execution reverted" and no more. A program that traps is deployed beside ours to see that it does. Running out of
//!   gas or stack has another error code.
//! - *no change*: the state root of this chain is a hash over all changes. After each block of malformed calls it must
//!   be what it is after a block of as many calls to nobody from the same sender. More than two hundred are then sent
//!   as transactions, and the whole state of the chain is dumped before and after.
//!
//! Bugs that were planted to see it fail, and the cases that failed:
//! - addresses accepted with their highest bit set (`interfaces::args`): 533 "dirty bits", in all programs, and the
//!   state that some of those calls changed;
//! - an offset that is sliced with, unchecked (`Args::tuple`): 2,977, each as a trap;
//! - the length of a read counted in a sum of 32 bits that wraps (`MetalayerMessage::decode`): the cases of 2^32-1 and
//!   2^32-28 bytes, in the router and in all modules;
//! - a trap in place of `InvalidMetadata(2)` in the read module: 24 "truncated metadata";
//! - `version()` that takes value: one in the Portal, one in the IntentSource.

mod calls;
mod messages;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::{Address, Bytes, U256};
use alloy::sol_types::SolCall;
use e2e::network::deployer;
use interfaces::metalayer::IMetalayerRouter;
use metalayer::chain::Tx;

use world::{Outcome, World};

/// A call that must revert.
#[derive(Clone)]
struct Case {
    /// Contract, function, argument and kind; unique.
    name: String,
    contract: &'static str,
    /// What was done to it.
    kind: &'static str,
    from: Address,
    to: Address,
    data: Vec<u8>,
    value: u64,
    /// Revert data.
    expected: Bytes,
}

/// A call that is not malformed, and one that must do the same.
struct Control {
    name: String,
    from: Address,
    to: Address,
    data: Vec<u8>,
    /// The same values in their canonical encoding; `None` for a call that is canonical and must not revert without
    /// data: it shows that what was made of it was refused for the spoiling.
    like: Option<Vec<u8>>,
}

/// How many of each kind, of each contract, are sent as transactions, too.
const SENT: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_malformed_calls_revert_cleanly_and_change_nothing() {
    let Some(world) = World::build().await else { return };
    world.a_trap_is_told_apart().await;
    a_change_is_seen(&world).await;
    let (mut cases, controls) = calls::all(&world);
    cases.extend(messages::all(&world));
    let mut names = BTreeSet::new();
    let twice: Vec<_> =
        cases.iter().map(|case| &case.name).filter(|name| !names.insert(*name)).collect();
    assert!(twice.is_empty(), "every case has a name of its own: {twice:?}");

    // given calls that are well-formed, however oddly written
    let mut failures = Vec::new();
    for control in &controls {
        failures.extend(check(&world, control).await);
    }
    // when all malformed ones are made
    for (from, cases) in by_sender(&cases) {
        for cases in cases.chunks(250) {
            failures.extend(world.failures(from, cases).await);
        }
    }
    // then each reverts with what it must, and nothing changes
    report(&cases, controls.len());
    let shown: Vec<_> = failures.iter().take(40).map(String::as_str).collect();
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), shown.join("\n"));
    assert!(cases.len() >= 10_000, "{} cases", cases.len());

    // when some of all kinds are sent as transactions
    let sent = some_of_each(&cases);
    assert!(sent.len() >= 200, "{} are sent", sent.len());
    world.endow(sent.iter().map(|case| case.from)).await;
    let before = world.dump().await;
    for case in &sent {
        assert!(world.send(case).await, "{} succeeds", case.name);
    }
    // then the world is as before, but for its senders' fees
    let after = world.dump().await;
    before.check_only_fees_moved(&after, sent.iter().map(|case| case.from));
}

fn by_sender(cases: &[Case]) -> BTreeMap<Address, Vec<&Case>> {
    let mut by_sender = BTreeMap::<_, Vec<_>>::new();
    for case in cases {
        by_sender.entry(case.from).or_default().push(case);
    }
    by_sender
}

/// Some of each kind of each contract, from the first to the last.
fn some_of_each(cases: &[Case]) -> Vec<&Case> {
    let mut kinds = BTreeMap::<_, Vec<_>>::new();
    for case in cases {
        kinds.entry((case.contract, case.kind)).or_default().push(case);
    }
    let some = |of: Vec<_>| {
        let step = of.len().div_ceil(SENT);
        of.into_iter().step_by(step)
    };
    kinds.into_values().flat_map(some).collect()
}

/// The means of comparison sees one changed slot, when its owner pauses the router.
async fn a_change_is_seen(world: &World) {
    let owner = deployer(&world.network.a.chain).address();
    let pause = Case {
        name: "a call that changes something".into(),
        contract: "",
        kind: "",
        from: owner,
        to: world.network.a.ours.router,
        data: IMetalayerRouter::setPausedCall { paused: true }.abi_encode(),
        value: 0,
        expected: Bytes::new(),
    };
    let failures = world.failures(owner, &[&pause]).await;
    assert_eq!(failures.len(), 2, "it succeeds, and the state is another: {failures:?}");
}

/// Why a call that is not malformed did something else than it must, if so.
async fn check(world: &World, control: &Control) -> Option<String> {
    let chain = &world.network.a.chain;
    let run = async |data: &[u8]| {
        chain.simulate(control.from, Tx::raw(control.to, data.to_vec()), U256::ZERO).await
    };
    let outcome = run(&control.data).await;
    let (is_right, wanted) = match &control.like {
        Some(like) => {
            let wanted = run(like).await;
            (outcome == wanted, format!("{wanted:?}"))
        }
        None => (outcome != Err(Bytes::new()), "anything else".into()),
    };
    (!is_right).then(|| format!("{}: {outcome:?} instead of {wanted}", control.name))
}

/// Says how many cases there are, by contract and by kind.
fn report(cases: &[Case], controls: usize) {
    let count = |of: fn(&Case) -> &'static str| {
        let mut counts = BTreeMap::<_, usize>::new();
        for case in cases {
            *counts.entry(of(case)).or_default() += 1;
        }
        counts
    };
    for (what, counts) in
        [("contract", count(|case| case.contract)), ("kind", count(|case| case.kind))]
    {
        println!("malformed calls by {what}:");
        for (name, count) in counts {
            println!("{count:>7}  {name}");
        }
    }
    println!("{:>7}  in all, and {controls} controls that are well-formed", cases.len());
}

/// Why a call did not do what it must, if so.
fn failure(case: &Case, outcome: &Outcome) -> Option<String> {
    let wrong = |what: String| Some(format!("{}: {what}", case.name));
    if outcome.succeeded {
        return wrong(format!("it succeeds with {}", outcome.data));
    }
    if outcome.data != case.expected {
        return wrong(format!("it reverts with {} instead of {}", outcome.data, case.expected));
    }
    // A trap is a revert without data that the node explains; running out of anything has another code.
    let clean = match case.expected.is_empty() {
        true => outcome.message == "execution reverted",
        false => outcome.message.starts_with("execution reverted"),
    };
    if outcome.code != world::REVERTED || !clean {
        return wrong(format!("it ends with {}: {}", outcome.code, outcome.message));
    }
    None
}
