//! What holds after every transaction, whoever sends what.
//!
//! Each invariant is told from what can be seen of a transaction and of both chains before and after it, not from the
//! rules that the model follows; [`crate::flaw::Flaw`] breaks those rules, to see the invariants fail. In lockstep the
//! contracts are held to the same: what is seen of them is what is seen of the model.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::{Address, B256, U256, keccak256};
use alloy::sol_types::{SolCall, SolEvent};
use interfaces::hyperlane::{IInterchainGasPaymaster, IMailbox, IMerkleTreeHook};
use interfaces::intents::{IERC20, IERC7683, IInbox, IIntentSource as I, IProver};
use interfaces::metalayer::IMetalayerRouter as R;

use crate::actors::Verdict;
use crate::messaging::{Message, SIGNATURES, digest, signer};
use crate::orders::order_digest;
use crate::play::{Planned, Play, Step};
use crate::site::{Actor, Side};
use crate::source::{FUNDED, REFUNDED, WITHDRAWN};
use crate::world::{Chain, called};

/// An invariant: its name, what it says, and whether it holds.
pub struct Invariant {
    /// Name, as reports call it.
    pub name: &'static str,
    /// What it says.
    pub says: &'static str,
    check: fn(&Look) -> Result<(), String>,
}

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Its name.
    pub invariant: &'static str,
    /// What was seen.
    pub why: String,
}

/// What has happened before in a sequence.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Invariants that were looked at, times transactions.
    pub checks: u64,
    withdrawn: BTreeMap<(Side, B256), u32>,
    fulfilled: BTreeMap<(Side, B256), u32>,
    /// By the Mailbox, by id.
    processed: BTreeMap<(Side, B256), u32>,
    /// By the router, by Metalayer id.
    handed_over: BTreeMap<(Side, B256), u32>,
    /// Chains whose prover has sent what it liked.
    rogue: BTreeSet<Side>,
}

/// A transaction with everything around it.
struct Look<'a> {
    history: &'a History,
    side: Side,
    before: &'a Chain,
    after: &'a Chain,
    /// The chain that the transaction was not sent to.
    other: &'a Chain,
    intents: &'a [Planned],
    step: &'a Step,
}

impl History {
    /// Looks at a transaction; what does not hold after it.
    pub fn look(&mut self, before: &[Chain; 2], play: &Play, step: &Step) -> Vec<Broken> {
        let side = step.tx.side;
        let (before, after) = (&before[side as usize], play.chain(side));
        let count = |counts: &mut BTreeMap<(Side, B256), u32>, hash: B256| {
            *counts.entry((side, hash)).or_default() += 1;
        };
        let portal = after.at(Actor::Portal);
        for event in step.events::<I::IntentWithdrawn>(portal) {
            count(&mut self.withdrawn, event.intentHash);
        }
        for event in step.events::<IInbox::IntentFulfilled>(portal) {
            count(&mut self.fulfilled, event.intentHash);
        }
        for event in step.events::<IMailbox::ProcessId>(after.at(Actor::Mailbox)) {
            count(&mut self.processed, event.messageId);
        }
        for event in step.events::<R::MetalayerDelivered>(after.at(Actor::Router)) {
            count(&mut self.handed_over, event.messageId);
        }
        if step.tx.from == after.at(Actor::MetaProver) {
            self.rogue.insert(side);
        }
        self.checks += INVARIANTS.len() as u64;
        let look = Look {
            history: self,
            side,
            before,
            after,
            other: play.chain(side.other()),
            intents: &play.intents,
            step,
        };
        let broken = INVARIANTS.iter().filter_map(|invariant| {
            let why = (invariant.check)(&look).err()?;
            Some(Broken { invariant: invariant.name, why })
        });
        broken.collect()
    }
}

impl Step {
    /// Events of a kind that somebody emitted, in order.
    pub fn events<E: SolEvent>(&self, emitter: Address) -> Vec<E> {
        let logs = self.trace.logs.iter().filter(|log| log.address == emitter);
        logs.filter_map(|log| E::decode_log_data(&log.data).ok()).collect()
    }
}

impl Look<'_> {
    fn portal(&self) -> Address {
        self.after.at(Actor::Portal)
    }

    fn events<E: SolEvent>(&self, emitter: Actor) -> Vec<E> {
        self.step.events(self.after.at(emitter))
    }

    /// The intents of the sequence whose vaults are on this chain, with them.
    fn vaults(&self) -> impl Iterator<Item = (&Planned, Address)> {
        self.intents.iter().map(|planned| (planned, self.after.vault_of(planned.hashes.intent)))
    }

    fn intent(&self, hash: B256) -> Option<&Planned> {
        self.intents.iter().find(|planned| planned.hashes.intent == hash)
    }

    fn status(chain: &Chain, hash: B256) -> u8 {
        chain.state.statuses.get(&hash).copied().unwrap_or_default()
    }

    /// Who has to be paid for an intent, as its prover says; zero for nobody.
    fn claimant(&self, chain: &Chain, planned: &Planned) -> Address {
        let prover = planned.intent.reward.prover;
        let proofs = match chain.site.who(prover) {
            Some(Actor::MetaProver) => &chain.state.proofs,
            Some(Actor::MockProver) => &chain.state.memory.proofs,
            _ => return Address::ZERO,
        };
        match proofs.get(&planned.hashes.intent) {
            Some((claimant, chain)) if *chain == planned.intent.destination => *claimant,
            _ => Address::ZERO,
        }
    }

    /// Tokens that moved from an account: token, to whom, how much.
    fn token_moves(&self, from: Address) -> Vec<(Address, Address, U256)> {
        let transfers = self.step.trace.logs.iter().filter_map(|log| {
            let transfer = IERC20::Transfer::decode_log_data(&log.data).ok()?;
            (transfer.from == from).then_some((log.address, transfer.to, transfer.value))
        });
        transfers.filter(|(_, to, value)| !to.is_zero() && !value.is_zero()).collect()
    }

    fn visited(&self, caller: Address, to: Address, selector: Option<[u8; 4]>) -> bool {
        self.step.trace.visits.iter().any(|visit| {
            visit.caller == caller
                && visit.to == to
                && selector.is_none_or(|selector| visit.selector == selector)
        })
    }
}

/// Fails unless it is so.
fn hold(so: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if so { Ok(()) } else { Err(why()) }
}

fn sum(values: impl Iterator<Item = U256>) -> U256 {
    values.fold(U256::ZERO, |sum, value| sum + value)
}

macro_rules! invariants {
    ($($name:ident: $says:literal = $check:expr;)*) => {
        /// All of them.
        pub const INVARIANTS: &[Invariant] = &[
            $(Invariant { name: stringify!($name), says: $says, check: $check },)*
        ];
    };
}

invariants! {
    native_value_is_conserved: "No wei is made or lost on a chain." = |look| {
        let total = |chain: &Chain| sum(chain.state.native.values().copied());
        let (before, after) = (total(look.before), total(look.after));
        hold(before == after, || format!("{before} wei became {after}"))
    };
    tokens_are_conserved: "A token's balances add up to its supply, which changes only as it says itself." = |look| {
        for (token, books) in &look.after.state.tokens {
            let held = sum(books.balances.values().copied());
            hold(held == books.supply, || format!("{held} of {token} are held, of {}", books.supply))?;
            let mut supply = look.before.state.tokens[token].supply;
            for transfer in look.step.events::<IERC20::Transfer>(*token) {
                if transfer.from.is_zero() {
                    supply += transfer.value;
                }
                if transfer.to.is_zero() {
                    supply -= transfer.value;
                }
            }
            hold(supply == books.supply, || format!("{token} has a supply of {}, not {supply}", books.supply))?;
        }
        Ok(())
    };
    an_intent_is_paid_at_most_once: "No intent is withdrawn twice on a chain." = |look| {
        let twice = look.history.withdrawn.iter().find(|(_, count)| **count > 1);
        hold(twice.is_none(), || format!("{twice:?}"))
    };
    a_status_only_moves_forward: "Initial, Funded, Withdrawn, Refunded: nothing goes back." = |look| {
        for (hash, status) in &look.before.state.statuses {
            let now = Look::status(look.after, *hash);
            hold(now >= *status, || format!("{hash} went from {status} to {now}"))?;
        }
        Ok(())
    };
    a_status_is_announced: "A new status comes with its event, and a settled intent with a settled status." = |look| {
        let funded: BTreeSet<B256> = look.events::<I::IntentFunded>(Actor::Portal).iter()
            .filter(|event| event.complete).map(|event| event.intentHash).collect();
        let withdrawn: BTreeSet<B256> = look.events::<I::IntentWithdrawn>(Actor::Portal).iter()
            .map(|event| event.intentHash).collect();
        let refunded: BTreeSet<B256> = look.events::<I::IntentRefunded>(Actor::Portal).iter()
            .map(|event| event.intentHash).collect();
        for (hash, status) in &look.after.state.statuses {
            if Look::status(look.before, *hash) == *status {
                continue;
            }
            let announced = match *status {
                FUNDED => funded.contains(hash),
                WITHDRAWN => withdrawn.contains(hash),
                REFUNDED => refunded.contains(hash),
                _ => false,
            };
            hold(announced, || format!("{hash} became {status} without a word"))?;
        }
        for hash in withdrawn.union(&refunded) {
            let status = Look::status(look.after, *hash);
            hold(status >= WITHDRAWN, || format!("{hash} was settled and has status {status}"))?;
        }
        Ok(())
    };
    nothing_leaves_a_vault_unannounced: "A vault pays only where the Portal announces a withdrawal, a refund or a recovery of its intent." = |look| {
        for (planned, vault) in look.vaults() {
            let hash = planned.hashes.intent;
            let paid = look.step.trace.payments.iter().any(|payment| payment.from == vault)
                || !look.token_moves(vault).is_empty();
            let announced = look.events::<I::IntentWithdrawn>(Actor::Portal).iter().any(|event| event.intentHash == hash)
                || look.events::<I::IntentRefunded>(Actor::Portal).iter().any(|event| event.intentHash == hash)
                || look.events::<I::IntentTokenRecovered>(Actor::Portal).iter().any(|event| event.intentHash == hash);
            hold(!paid || announced, || format!("vault of {hash}"))?;
        }
        Ok(())
    };
    a_vault_pays_only_claimant_and_creator: "What leaves a vault goes to the proven claimant, to the creator, or to whom the creator names." = |look| {
        for (planned, vault) in look.vaults() {
            let hash = planned.hashes.intent;
            let mut entitled = vec![planned.intent.reward.creator];
            entitled.extend([look.before, look.after].map(|chain| look.claimant(chain, planned)));
            let named = look.events::<I::IntentRefunded>(Actor::Portal);
            entitled.extend(named.iter().filter(|event| event.intentHash == hash).map(|event| event.refundee));
            let tokens = look.token_moves(vault).into_iter().map(|(_, to, _)| to);
            let native = look.step.trace.payments.iter().filter(|payment| payment.from == vault);
            for to in tokens.chain(native.map(|payment| payment.to)) {
                hold(entitled.contains(&to), || format!("vault of {hash} paid {to}"))?;
            }
        }
        Ok(())
    };
    a_claimant_gets_no_more_than_the_reward: "A withdrawal pays at most the reward, leg by leg." = |look| {
        for event in look.events::<I::IntentWithdrawn>(Actor::Portal) {
            let Some(planned) = look.intent(event.intentHash) else { continue };
            // A refund in the same transaction pays the rest.
            let refunded = look.events::<I::IntentRefunded>(Actor::Portal);
            if refunded.iter().any(|refund| refund.intentHash == event.intentHash) {
                continue;
            }
            let (vault, reward) = (look.after.vault_of(event.intentHash), &planned.intent.reward);
            let native = sum(look.step.trace.payments.iter()
                .filter(|payment| payment.from == vault).map(|payment| payment.amount));
            hold(native <= reward.nativeAmount, || format!("{native} wei of {}", reward.nativeAmount))?;
            for leg in &reward.tokens {
                let promised = sum(reward.tokens.iter().filter(|other| other.token == leg.token).map(|other| other.amount));
                let paid = sum(look.token_moves(vault).iter()
                    .filter(|(token, to, _)| *token == leg.token && *to == event.claimant).map(|(_, _, value)| *value));
                hold(paid <= promised, || format!("{paid} of {} of {}", promised, leg.token))?;
            }
        }
        Ok(())
    };
    only_the_proven_claimant_withdraws: "A withdrawal names whom the intent's prover names, for the intent's own destination." = |look| {
        for event in look.events::<I::IntentWithdrawn>(Actor::Portal) {
            let Some(planned) = look.intent(event.intentHash) else { continue };
            let proven = [look.before, look.after].map(|chain| look.claimant(chain, planned));
            let so = !event.claimant.is_zero() && proven.contains(&event.claimant);
            hold(so, || format!("{} got what was proven for {proven:?}", event.claimant))?;
        }
        Ok(())
    };
    a_proven_intent_is_not_refunded_unpaid: "Whoever has a good proof is paid before the creator gets anything back." = |look| {
        for event in look.events::<I::IntentRefunded>(Actor::Portal) {
            let Some(planned) = look.intent(event.intentHash) else { continue };
            let proven = [look.before, look.after].iter().all(|chain| !look.claimant(chain, planned).is_zero());
            let paid = Look::status(look.before, event.intentHash) >= WITHDRAWN
                || look.history.withdrawn.contains_key(&(look.side, event.intentHash));
            hold(!proven || paid, || format!("{} was proven", event.intentHash))?;
        }
        Ok(())
    };
    a_refund_waits_for_its_deadline: "Before the deadline only an intent that was paid is refunded." = |look| {
        for event in look.events::<I::IntentRefunded>(Actor::Portal) {
            let Some(planned) = look.intent(event.intentHash) else { continue };
            let early = look.after.time < planned.intent.reward.deadline;
            let paid = look.history.withdrawn.contains_key(&(look.side, event.intentHash));
            hold(!early || paid, || format!("{} at {}", event.intentHash, look.after.time))?;
        }
        Ok(())
    };
    only_the_creator_names_another_refundee: "A refund to somebody else was asked for by the creator." = |look| {
        for event in look.events::<I::IntentRefunded>(Actor::Portal) {
            let Some(planned) = look.intent(event.intentHash) else { continue };
            let creator = planned.intent.reward.creator;
            let asked = look.visited(creator, look.portal(), Some(I::refundToCall::SELECTOR));
            hold(event.refundee == creator || asked, || format!("refund to {}", event.refundee))?;
        }
        Ok(())
    };
    allowances_to_the_portal_are_their_owners_to_spend: "The Portal takes tokens only of those who call it, or have signed an order that is opened." = |look| {
        for (token, books) in &look.after.state.tokens {
            for ((owner, spender), now) in &books.allowances {
                let before = look.before.state.tokens[token].allowance(*owner, *spender);
                let spent = *spender == look.portal() && *now < before;
                // Or the owner approves less, which is a visit to the token.
                let signed = look.events::<IERC7683::Open>(Actor::Portal);
                let willed = look.visited(*owner, look.portal(), None) || look.visited(*owner, *token, None)
                    || signed.iter().any(|event| event.resolvedOrder.user == *owner);
                hold(!spent || willed, || format!("{owner} had {before} of {token} allowed, has {now}"))?;
            }
        }
        Ok(())
    };
    an_order_of_somebody_else_bears_their_word: "An order is opened for its user only with a signature of theirs, or where their wallet agrees." = |look| {
        let Some(IERC7683::openForCall { order, signature, .. }) = called(&look.step.tx.data) else { return Ok(()) };
        if look.step.tx.to != look.portal() || look.step.answer.is_err() {
            return Ok(());
        }
        let digest = order_digest(&order, look.portal(), look.after.site.chain_id);
        let signed = signature.len() == 65 && signer(digest, &signature) == Ok(order.user);
        let agreed = order.user == look.after.at(Actor::Wallet) && look.before.state.memory.verdict == Verdict::Agrees;
        hold(signed || agreed, || format!("{} has not signed", order.user))
    };
    what_is_left_in_the_portal_stays: "Nobody carries off native value that another's call has left in the Portal." = |look| {
        let [before, after] = [look.before, look.after].map(|chain| chain.native(look.portal()));
        hold(after >= before, || format!("{before} wei became {after}"))
    };
    a_deployed_vault_stays: "A vault that has code keeps it, where it was predicted." = |look| {
        for (vault, hash) in &look.before.state.vaults {
            hold(look.after.state.vaults.get(vault) == Some(hash), || format!("{vault}"))?;
        }
        for (vault, hash) in &look.after.state.vaults {
            hold(look.after.vault_of(*hash) == *vault, || format!("{vault} of {hash}"))?;
        }
        Ok(())
    };
    an_intent_is_fulfilled_at_most_once: "No intent is fulfilled twice on a chain." = |look| {
        let twice = look.history.fulfilled.iter().find(|(_, count)| **count > 1);
        hold(twice.is_none(), || format!("{twice:?}"))
    };
    a_claimant_is_written_once: "Who fulfilled an intent never changes." = |look| {
        for (hash, claimant) in &look.before.state.claimants {
            hold(look.after.state.claimants.get(hash) == Some(claimant), || format!("{hash}"))?;
        }
        Ok(())
    };
    the_lock_is_free_between_transactions: "No transaction leaves `prove` locked." = |look| {
        hold(!look.after.state.proving, || "it is locked".to_owned())
    };
    a_proof_speaks_for_the_chain_it_came_from: "Every proof is of the chain that its prover is on, also when that prover lies." = |look| {
        let id = look.after.site.remote_chain_id;
        let foreign = look.after.state.proofs.iter().find(|(_, (_, chain))| *chain != id);
        hold(foreign.is_none(), || format!("{foreign:?}"))
    };
    a_proof_exists_only_for_a_fulfilled_intent: "As long as the other chain's prover is honest, every proof names who fulfilled the intent there." = |look| {
        if look.history.rogue.contains(&look.side.other()) {
            return Ok(());
        }
        for (hash, (claimant, _)) in &look.after.state.proofs {
            let fulfilled = look.other.state.claimants.get(hash);
            hold(fulfilled == Some(&claimant.into_word()), || format!("{hash}: {claimant}, {fulfilled:?}"))?;
        }
        Ok(())
    };
    the_first_proof_stands: "A proof is never replaced, and removed only with an event." = |look| {
        let invalidated: BTreeSet<B256> = look.events::<IProver::IntentProofInvalidated>(Actor::MetaProver)
            .iter().map(|event| event.intentHash).collect();
        for (hash, proof) in &look.before.state.proofs {
            let now = look.after.state.proofs.get(hash);
            hold(now == Some(proof) || invalidated.contains(hash), || format!("{hash}: {proof:?}, {now:?}"))?;
        }
        Ok(())
    };
    a_good_proof_cannot_be_removed: "A proof of an intent's own destination stays for ever." = |look| {
        for planned in look.intents {
            let hash = planned.hashes.intent;
            if let Some(proof) = look.before.state.proofs.get(&hash)
                && proof.1 == planned.intent.destination
            {
                hold(look.after.state.proofs.contains_key(&hash), || format!("{hash}"))?;
            }
        }
        Ok(())
    };
    a_message_is_delivered_at_most_once: "Neither the Mailbox nor the router hands a message over twice." = |look| {
        let counts = [&look.history.processed, &look.history.handed_over];
        let twice = counts.iter().find_map(|counts| counts.iter().find(|(_, count)| **count > 1));
        hold(twice.is_none(), || format!("{twice:?}"))
    };
    a_delivered_message_was_sent: "What the Mailbox delivers was dispatched on the other chain." = |look| {
        let sent: BTreeSet<B256> = look.other.state.sent.iter().map(keccak256).collect();
        let forged = look.after.state.delivered.iter().find(|id| !sent.contains(*id));
        hold(forged.is_none(), || format!("{forged:?}"))
    };
    no_message_passes_without_a_quorum: "A delivery carries signatures of at least the threshold of the lane's validators." = |look| {
        let Some(IMailbox::processCall { metadata, message }) = called(&look.step.tx.data) else { return Ok(()) };
        if look.step.tx.to != look.after.at(Actor::Mailbox) || look.step.answer.is_err() {
            return Ok(());
        }
        let site = &look.after.site;
        let read = Message::read(&message).expect("it was delivered");
        let settings = &look.before.state;
        let ours = read.recipient == site.at(Actor::Router).into_word() && !settings.router.ism.is_zero();
        // A Metalayer message says its finality in its second byte, and its recipient in those from 46 on.
        let module = match (ours, read.body.get(1), read.body.get(46..78)) {
            (true, Some(finality), Some(recipient)) => {
                // Not by the model's rule for it.
                let asked = settings.ism.min_finality.get(&Address::from_slice(&recipient[12..]));
                let lane = asked.map_or(*finality, |asked| *asked.max(finality));
                settings.ism.modules.get(&(read.origin, lane)).copied().unwrap_or_default()
            }
            _ => site.at(Actor::FinalizedIsm),
        };
        let lane = site.validators_of(module).unwrap_or_default();
        let head = metadata.get(..SIGNATURES).unwrap_or(&[0; SIGNATURES]);
        let digest = digest(read.origin, &head[..32], &head[32..64], &head[64..], keccak256(&message));
        let signatures = metadata.get(SIGNATURES..).unwrap_or_default().as_chunks::<65>().0;
        let signers: BTreeSet<Address> = signatures.iter()
            .filter_map(|signature| signer(digest, signature).ok()).filter(|signer| lane.contains(signer)).collect();
        hold(signers.len() >= site.threshold, || format!("{} of {}", signers.len(), site.threshold))
    };
    the_router_keeps_no_funds: "Neither native value nor tokens stay in the router." = |look| {
        let router = look.after.at(Actor::Router);
        hold(look.after.native(router).is_zero(), || format!("{} wei", look.after.native(router)))?;
        // Anybody may send it tokens; they do not move again.
        hold(look.token_moves(router).is_empty(), || "it has moved tokens".to_owned())
    };
    the_mailbox_keeps_no_funds: "What the router pays passes through the Mailbox." = |look| {
        let held = look.after.native(look.after.at(Actor::Mailbox));
        hold(held.is_zero(), || format!("{held} wei"))
    };
    the_paymaster_gets_the_fees: "The paymaster has what it has announced, to the wei." = |look| {
        let paymaster = look.after.at(Actor::Paymaster);
        let announced = sum(look.events::<IInterchainGasPaymaster::GasPayment>(Actor::Paymaster).iter().map(|event| event.payment));
        let (before, after) = (look.before.native(paymaster), look.after.native(paymaster));
        hold(after == before + announced, || format!("{before} and {announced} became {after}"))
    };
    counters_count: "Nonces and leaves grow by one for each message." = |look| {
        let dispatched = look.events::<IMailbox::Dispatch>(Actor::Mailbox).len();
        let (before, after) = (look.before.state.sent.len(), look.after.state.sent.len());
        hold(after == before + dispatched, || format!("the Mailbox went from {before} to {after}"))?;
        let leaves = look.events::<IMerkleTreeHook::InsertedIntoTree>(Actor::Tree);
        let indices: Vec<usize> = leaves.iter().map(|leaf| leaf.index as usize).collect();
        hold(indices == (before..after).collect::<Vec<_>>(), || format!("leaves {indices:?}"))?;
        let sent = look.events::<R::MetalayerDispatch>(Actor::Router).len() as u32;
        let (before, after) = (look.before.state.router_nonce, look.after.state.router_nonce);
        hold(after == before + sent, || format!("the router went from {before} to {after}"))
    };
    a_paused_router_is_still: "Nothing is sent or handed over by a router that is paused throughout." = |look| {
        if [look.before, look.after].iter().any(|chain| !chain.state.router.paused) {
            return Ok(());
        }
        let moved = !look.events::<R::MetalayerDispatch>(Actor::Router).is_empty()
            || !look.events::<R::MetalayerDelivered>(Actor::Router).is_empty();
        hold(!moved, || "it has moved".to_owned())
    };
    only_the_owner_sets_things: "What the router and its module were told changes only where their owner has called them." = |look| {
        let told = |chain: &Chain| {
            let (mut router, mut ism) = (chain.state.router.clone(), chain.state.ism.clone());
            let owners = [router.ownership.owner, ism.ownership.owner];
            // To become the owner is another matter, and so is what recipients ask for.
            (router.ownership, ism.ownership) = Default::default();
            (ism.min_finality, ism.app_modules) = Default::default();
            (owners, router, ism)
        };
        let ((owners, router, ism), (heirs, router_now, ism_now)) = (told(look.before), told(look.after));
        let changed = [(Actor::Router, router != router_now), (Actor::Ism, ism != ism_now)];
        for (place, (contract, changed)) in changed.into_iter().enumerate() {
            let called = [owners[place], heirs[place]].iter().any(|owner| look.visited(*owner, look.after.at(contract), None));
            hold(!changed || called, || format!("{contract:?} was told something by somebody else"))?;
        }
        Ok(())
    };
    an_owner_was_named_by_the_one_before: "Who becomes an owner was named by the one before, and has accepted." = |look| {
        let both = |chain: &Chain| [(Actor::Router, chain.state.router.ownership), (Actor::Ism, chain.state.ism.ownership)];
        for ((contract, before), (_, after)) in both(look.before).into_iter().zip(both(look.after)) {
            let accepted = look.visited(after.owner, look.after.at(contract), Some(R::acceptOwnershipCall::SELECTOR));
            let named = before.pending == after.owner && accepted;
            hold(before.owner == after.owner || named, || format!("{contract:?} is {}'s", after.owner))?;
        }
        Ok(())
    };
    only_recipients_ask_for_more: "What is asked of a recipient's messages beyond their lane changes only where it has called the module." = |look| {
        let asked = |chain: &Chain, recipient: &Address| {
            let ism = &chain.state.ism;
            (ism.min_finality.get(recipient).copied(), ism.app_modules.get(recipient).copied())
        };
        let ism = &look.after.state.ism;
        for recipient in ism.min_finality.keys().chain(ism.app_modules.keys()) {
            let same = asked(look.before, recipient) == asked(look.after, recipient);
            hold(same || look.visited(*recipient, look.after.at(Actor::Ism), None), || format!("{recipient}"))?;
        }
        Ok(())
    };
    the_router_speaks_with_enrolled_routers_only: "Nothing goes to, and nothing is taken from, an account that is not the router of its domain." = |look| {
        let router = look.after.at(Actor::Router);
        let known = |domain: u32, account: B256| [look.before, look.after].iter()
            .any(|chain| chain.state.router.enrolled.get(&domain).is_some_and(|known| known.into_word() == account));
        for event in look.events::<IMailbox::Dispatch>(Actor::Mailbox).iter().filter(|event| event.sender == router) {
            hold(known(event.destination, event.recipient), || format!("a message to {}", event.recipient))?;
        }
        for event in look.events::<IMailbox::Process>(Actor::Mailbox).iter().filter(|event| event.recipient == router) {
            hold(known(event.origin, event.sender), || format!("a message from {}", event.sender))?;
        }
        Ok(())
    };
    a_closed_lane_carries_nothing: "Messages are sent on lanes that are open, before or after." = |look| {
        for event in look.events::<R::MetalayerDispatch>(Actor::Router) {
            let open = [look.before, look.after].iter()
                .any(|chain| chain.state.router.open.get(usize::from(event.finalityState)) == Some(&true));
            hold(open, || format!("lane {}", event.finalityState))?;
        }
        Ok(())
    };
    a_receipt_tells_of_a_delivery: "What the router says to be delivered was handed over on the other chain." = |look| {
        for event in look.events::<R::DeliveryConfirmed>(Actor::Router) {
            let delivered = look.history.handed_over.contains_key(&(look.side.other(), event.messageId));
            hold(delivered, || format!("{} was not", event.messageId))?;
        }
        Ok(())
    };
    the_executor_acts_only_for_the_portal: "The Executor calls somebody only where the Portal has called it." = |look| {
        let executor = look.after.at(Actor::Executor);
        let acted = look.step.trace.visits.iter().any(|visit| visit.caller == executor);
        hold(!acted || look.visited(look.portal(), executor, None), || "it acted by itself".to_owned())
    };
    a_failed_transaction_changes_nothing: "What reverts leaves both chains as they were." = |look| {
        if look.step.answer.is_ok() {
            return Ok(());
        }
        let same = look.before.state == look.after.state && look.step.trace == Default::default();
        hold(same, || "something is left of it".to_owned())
    };
}
