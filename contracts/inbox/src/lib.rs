//! Inbox: the destination-chain half of the Portal. A solver does the work of an intent here, and has it proven.
//! Spec: intents.md §4. ABI: `interfaces::intents::IInbox`. State: `claimants`; and a transient lock.
#![cfg_attr(not(any(test, feature = "export-abi")), no_std)]
#![cfg_attr(
    feature = "entrypoint",
    allow(missing_docs, reason = "the entry point's macro writes none")
)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

extern crate alloc;

mod error;
mod lock;
#[cfg(test)]
mod tests;

use alloc::{vec, vec::Vec};
use core::borrow::BorrowMut;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;
use interfaces::{
    Args, ChainId,
    args::RouteView,
    codec::ProofMessage,
    hash::{self, EXECUTOR_NONCE, create_address, keccak},
    intents::{
        IExecutor,
        IInbox::{
            InsufficientNativeAmount, IntentAlreadyFulfilled, IntentExpired, IntentFulfilled,
            IntentNotFulfilled, IntentProven, InvalidHash, InvalidPortal,
            ReentrancyGuardReentrantCall, ZeroClaimant, claimantsCall, executorCall,
            fulfillAndProveCall, fulfillCall, proveCall,
        },
        IProver,
    },
};
use stylus_sdk::{
    ArbResult,
    abi::Router,
    call::RawCall,
    prelude::*,
    stylus_core::{ValueDenier, storage::TopLevelStorage},
};
use support::{
    Revert, SlotMap, abi, call, create::create, emit_words, erc20, native, refuse_value, returns,
    signature,
};

pub use error::Error;

/// Slots of the Inbox. Append only; inside the Portal they follow those of the IntentSource.
///
/// The Executor's address is not among them. It is the second account that this one created, so it follows from
/// this address: no slot to read, and no moment in which it is not set.
#[storage]
#[cfg_attr(feature = "entrypoint", entrypoint)]
pub struct Inbox {
    /// intentHash → who fulfilled it; zero means "not fulfilled". Written once, never changed.
    claimants: SlotMap<B256>,
}

// SAFETY: a plain field, no storage guard lives across a call.
#[cfg(not(feature = "entrypoint"))]
unsafe impl TopLevelStorage for Inbox {}

impl<S> Router<S> for Inbox
where
    S: TopLevelStorage + BorrowMut<Self> + ValueDenier,
{
    type Storage = Self;

    fn route(storage: &mut S, selector: u32, input: &[u8]) -> Option<ArbResult> {
        let (this, args) = (BorrowMut::<Self>::borrow_mut(storage), Args(input));
        Some(match selector {
            FULFILL => {
                returns(this.fulfill(args.word(0)?, args.route(1)?, args.word(2)?, args.word(3)?))
            }
            FULFILL_AND_PROVE => {
                let proof = ProofRequest {
                    prover: args.address(4)?,
                    source: args.u64(5)?,
                    data: args.bytes(6)?,
                };
                returns(this.fulfill_and_prove(
                    args.word(0)?,
                    args.route(1)?,
                    args.word(2)?,
                    args.word(3)?,
                    proof,
                ))
            }
            PROVE => {
                let proof = ProofRequest {
                    prover: args.address(0)?,
                    source: args.u64(1)?,
                    data: args.bytes(3)?,
                };
                returns(this.prove(args.words(2)?.as_bytes(), proof))
            }
            CLAIMANTS => {
                refuse_value(this.vm())?;
                Ok(this.claimants(args.word(0)?).to_vec())
            }
            EXECUTOR => {
                refuse_value(this.vm())?;
                Ok(this.executor().into_word().to_vec())
            }
            _ => return None,
        })
    }

    /// None: native that nobody accounts for would stay here for ever.
    fn receive(_: &mut S) -> Option<Result<(), Vec<u8>>> {
        None
    }

    fn fallback(_: &mut S, _: &[u8]) -> Option<ArbResult> {
        None
    }

    /// The constructor of an Inbox on its own, `constructor(bytes executorInitCode)`; the Portal has its own.
    fn constructor(storage: &mut S, input: &[u8]) -> Option<ArbResult> {
        let this = BorrowMut::<Self>::borrow_mut(storage);
        refuse_value(this.vm())?;
        Some(returns(this.construct(Args(input).bytes(0)?)))
    }
}

/// Who is to carry which proofs where; what `prove` and `fulfillAndProve` have in common.
#[derive(Clone, Copy)]
pub struct ProofRequest<'a> {
    /// Prover on this chain.
    pub prover: Address,
    /// The prover's domain of the source chain; not a chain id, and passed on untouched.
    pub source: u64,
    /// For the prover.
    pub data: &'a [u8],
}

/// # Value
///
/// Each call passes on what *it* was sent and did not use: `fulfill` back to its caller, `fulfillAndProve` and
/// `prove` to the prover. The Solidity peer passes on its whole balance instead. There a route call may enter the
/// Portal again while the solver's excess lies in it, and walk away with it through a refund or a prover of its own.
/// Here a nested call finds only its own value. The price is that native forced upon the Portal, or refused by a
/// caller that was to get it back, is no longer swept up by the next caller; it stays.
impl Inbox {
    /// Does the work of an intent, once: takes the solver's tokens to the Executor, and has it make the calls.
    ///
    /// Anyone may call, and names who is to be paid; the first one wins for good. Nothing here knows the reward: a
    /// solver looks at the source chain first. Excess value goes back to the caller; a caller that refuses it has
    /// lost it.
    /// - `reward_hash`: of the reward on the source chain.
    /// - `claimant`: any 32 bytes but zero; not only EVM addresses claim.
    /// - result: the ABI encoding of `bytes[]`, what each call of the route returned.
    /// # Errors
    /// `IntentExpired`, `InvalidPortal`, `InvalidHash`, `IntentAlreadyFulfilled`, `ZeroClaimant`,
    /// `InsufficientNativeAmount`, checked in this order; then those of the tokens (`AddressEmptyCode`,
    /// `SafeERC20FailedOperation`, `FailedInnerCall` or the token's own) and of the Executor.
    /// # Events
    /// `IntentFulfilled`
    /// # Re-entrancy
    /// Allowed: a route may fulfil other intents. The claimant is written before anything is called, and an intent
    /// cannot contain itself, because its hash would be circular.
    /// # Source
    /// intents.md §4.2
    pub fn fulfill(
        &mut self,
        intent_hash: B256,
        route: RouteView<'_>,
        reward_hash: B256,
        claimant: B256,
    ) -> Result<Vec<u8>, Error> {
        let (results, excess) = self.carry_out(intent_hash, route, reward_hash, claimant)?;
        // A solver that cannot take its change must not lose the whole fulfilment over it.
        let _taken = native::send(self.vm(), self.vm().msg_sender(), excess);
        Ok(results)
    }

    /// As [`fulfill`](Self::fulfill), and sends the proof in the same call; the prover gets the excess value.
    /// # Errors
    /// As `fulfill`, then as [`prove`](Self::prove).
    /// # Events
    /// `IntentFulfilled`, `IntentProven`
    /// # Source
    /// intents.md §4.2
    pub fn fulfill_and_prove(
        &mut self,
        intent_hash: B256,
        route: RouteView<'_>,
        reward_hash: B256,
        claimant: B256,
        proof: ProofRequest<'_>,
    ) -> Result<Vec<u8>, Error> {
        let (results, excess) = self.carry_out(intent_hash, route, reward_hash, claimant)?;
        self.send_proofs(intent_hash.as_slice(), proof, excess)?;
        Ok(results)
    }

    /// Sends proofs of fulfilled intents to their source chain, with the whole value of the call.
    ///
    /// Anyone may call, for any prover, as often as they pay for it.
    /// - `intent_hashes`: 32 bytes each; repeats are allowed, and none at all.
    /// # Errors
    /// `ReentrancyGuardReentrantCall`; `IntentNotFulfilled`; empty for a prover without code; the prover's own.
    /// # Events
    /// `IntentProven` for each hash
    /// # Re-entrancy
    /// Refused while a prover is being called: a refund by the prover lands in the caller, which must not start the
    /// next proof from inside this one. Everything but proving remains open to it.
    /// # Source
    /// intents.md §4.4
    pub fn prove(&mut self, intent_hashes: &[u8], proof: ProofRequest<'_>) -> Result<(), Error> {
        self.send_proofs(intent_hashes, proof, self.vm().msg_value())
    }

    /// Who fulfilled an intent here; zero if nobody did.
    pub fn claimants(&self, intent_hash: B256) -> B256 {
        self.claimants.get(intent_hash)
    }

    /// The contract that makes the calls of routes.
    pub fn executor(&self) -> Address {
        create_address(self.vm().contract_address(), EXECUTOR_NONCE)
    }

    /// Creates the Executor of an Inbox that is deployed without a Portal around it.
    ///
    /// A stranger gains nothing by calling it again: the next nonces lead to other addresses, and it reverts.
    /// # Errors
    /// Those of the creation; empty if the Executor would be at another address than [`executor`](Self::executor).
    fn construct(&mut self, executor_init_code: &[u8]) -> Result<(), Error> {
        // In a Portal the vault implementation has nonce 1; an empty account stands in for it, so that an Executor
        // recognises its creator by one rule.
        create(self.vm(), &[])?;
        if create(self.vm(), executor_init_code)? != self.executor() {
            return Err(Revert::EMPTY.into());
        }
        Ok(())
    }

    /// Everything of a fulfilment but what becomes of the value that is left: that is the second result.
    #[inline(never)]
    fn carry_out(
        &mut self,
        intent_hash: B256,
        route: RouteView<'_>,
        reward_hash: B256,
        claimant: B256,
    ) -> Result<(Vec<u8>, U256), Error> {
        let encoded = route.encode();
        let excess = self.check_fulfilment(intent_hash, &route, &encoded, reward_hash, claimant)?;
        self.claimants.insert(intent_hash, claimant);
        self.emit_pair(signature::<IntentFulfilled>(), intent_hash, claimant);

        let (solver, executor) = (self.vm().msg_sender(), self.executor());
        for leg in route.tokens().iter() {
            // Also for an amount of 0: a token may refuse, and its answer is part of the outcome.
            erc20::transfer_from(self.vm(), leg.token, solver, executor, leg.amount)?;
        }
        let results = self.execute(executor, route, encoded)?;
        Ok((results, excess))
    }

    /// Whether this call fulfils the intent; if so, the value that it will leave.
    fn check_fulfilment(
        &self,
        intent_hash: B256,
        route: &RouteView<'_>,
        encoded: &[u8],
        reward_hash: B256,
        claimant: B256,
    ) -> Result<U256, Error> {
        if self.vm().block_timestamp() > route.deadline() {
            return Err(IntentExpired {}.into());
        }
        if route.portal() != self.vm().contract_address() {
            return Err(InvalidPortal { portal: route.portal() }.into());
        }
        // The destination of the intent is this chain, or the hash is another one.
        let destination = ChainId(self.vm().chain_id());
        if hash::intent_hash(destination, keccak(encoded), reward_hash) != intent_hash {
            return Err(InvalidHash { expected: intent_hash }.into());
        }
        if !self.claimants(intent_hash).is_zero() {
            return Err(IntentAlreadyFulfilled { intentHash: intent_hash }.into());
        }
        if claimant.is_zero() {
            return Err(ZeroClaimant {}.into());
        }
        let (sent, required) = (self.vm().msg_value(), route.native_amount());
        sent.checked_sub(required).ok_or_else(|| InsufficientNativeAmount { sent, required }.into())
    }

    /// Has the Executor make the calls of a route.
    ///
    /// - `encoded`: the canonical encoding of the route. It ends with the calls, which is all that `execute` takes,
    ///   so its calldata is written over the end of what stands in front of them instead of into a copy.
    fn execute(
        &self,
        executor: Address,
        route: RouteView<'_>,
        mut encoded: Vec<u8>,
    ) -> Result<Vec<u8>, Revert> {
        // The encoding in front of the calls: offset and six words of the tuple, length and words of the tokens.
        // The tokens are in memory, so this cannot wrap.
        let calls = route.tokens().len().wrapping_mul(64).wrapping_add(8 * 32);
        let calldata = encoded.get_mut(calls.wrapping_sub(36)..).unwrap_or_default();
        let (head, _) = calldata.split_first_chunk_mut::<36>().ok_or(Revert::EMPTY)?;
        let [a, b, c, d] = IExecutor::executeCall::SELECTOR;
        *head = [0; 36];
        [head[0], head[1], head[2], head[3], head[35]] = [a, b, c, d, 0x20];

        // SAFETY: the cache is dropped, and no storage guard lives across the call.
        let results = unsafe {
            RawCall::new_with_value(self.vm(), route.native_amount())
                .clear_storage_cache()
                .call(executor, calldata)
        }
        .map_err(Revert)?;
        // An account without code would have answered nothing. The Executor is ours, and its answer, a `bytes[]` of
        // at least two words, is passed on as it is.
        if results.len() < 64 { Err(Revert::EMPTY) } else { Ok(results) }
    }

    /// Looks the claimants up, and calls the prover with what they make.
    #[inline(never)]
    fn send_proofs(
        &mut self,
        intent_hashes: &[u8],
        request: ProofRequest<'_>,
        value: U256,
    ) -> Result<(), Error> {
        if !lock::acquire(self.vm()) {
            return Err(ReentrancyGuardReentrantCall {}.into());
        }
        let (hashes, _) = intent_hashes.as_chunks::<32>();
        let mut proofs = ProofMessage::new(ChainId(self.vm().chain_id()), hashes.len());
        for hash in hashes {
            let intent_hash = B256::new(*hash);
            let claimant = self.claimants(intent_hash);
            if claimant.is_zero() {
                return Err(IntentNotFulfilled { intentHash: intent_hash }.into());
            }
            proofs.push(intent_hash, claimant);
            self.emit_pair(signature::<IntentProven>(), intent_hash, claimant);
        }
        let calldata = request.calldata(self.vm().msg_sender(), &proofs.into_bytes());
        call(self.vm(), request.prover, value, &calldata)?;
        lock::release(self.vm());
        Ok(())
    }

    /// Emits `IntentFulfilled` or `IntentProven`: both index their two words.
    fn emit_pair(&self, event: B256, intent_hash: B256, claimant: B256) {
        emit_words(self.vm(), 3, &[event.0, intent_hash.0, claimant.0]);
    }
}

impl ProofRequest<'_> {
    /// `prove(sender, sourceChainDomainID, encodedProofs, data)`, for the prover.
    fn calldata(&self, sender: Address, proofs: &[u8]) -> Vec<u8> {
        let data_offset = abi::bytes_size(proofs).wrapping_add(4 * 32);
        let size = data_offset.wrapping_add(abi::bytes_size(self.data)).wrapping_add(4);
        let mut calldata = Vec::with_capacity(size);
        calldata.extend_from_slice(&IProver::proveCall::SELECTOR);
        abi::word(&mut calldata, &sender.into_word().0);
        abi::word(&mut calldata, &abi::to_word(U256::from(self.source)).0);
        abi::number(&mut calldata, 4 * 32);
        abi::number(&mut calldata, data_offset);
        abi::bytes(&mut calldata, proofs);
        abi::bytes(&mut calldata, self.data);
        calldata
    }
}

// Selectors as the numbers that the router gets: matched as bytes they cost three times the code.
const FULFILL: u32 = id::<fulfillCall>();
const FULFILL_AND_PROVE: u32 = id::<fulfillAndProveCall>();
const PROVE: u32 = id::<proveCall>();
const CLAIMANTS: u32 = id::<claimantsCall>();
const EXECUTOR: u32 = id::<executorCall>();

const fn id<F: SolCall>() -> u32 {
    u32::from_be_bytes(F::SELECTOR)
}
