//! The source chain's side: proofs arrive, and wrong ones are taken away.
//! Spec: intents.md §5.1, §5.3, §5.6.

use alloy_primitives::{Address, B256, FixedBytes};
use interfaces::{
    ChainId, Domain,
    codec::Proofs,
    hash::intent_hash,
    intents::{
        IMetaProver::{
            NotWhitelisted, SenderCannotBeZeroAddress, UnauthorizedSender, ZeroDomainID,
        },
        IProver::{IntentAlreadyProven, IntentProofInvalidated, IntentProven},
    },
};
use stylus_sdk::prelude::*;
use support::{Packed, Word, emit_words, signature};

use crate::{Error, MetaProver};

/// Who fulfilled an intent, and on which chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Receives the reward; zero means "not proven".
    pub claimant: Address,
    /// Chain that the proof came from.
    pub destination: ChainId,
}

/// Four spare bytes, chain id, claimant: as Solidity packs it, and one write for a pair of a batch.
impl Packed for Proof {
    fn unpack(word: B256) -> Self {
        let [_, _, _, _, a, b, c, d, e, f, g, h, ..] = word.0;
        let destination = ChainId(u64::from_be_bytes([a, b, c, d, e, f, g, h]));
        Self { claimant: Address::from_word(word), destination }
    }

    fn pack(self) -> B256 {
        FixedBytes([0; 4])
            .concat_const::<8, 12>(FixedBytes(self.destination.to_be_bytes()))
            .concat_const::<20, 32>(self.claimant.0)
    }
}

impl MetaProver {
    /// Records the proofs of one message from a prover on the destination chain. Only by the router.
    ///
    /// The first proof of an intent wins; later ones change nothing. Value stays here for ever, as in the peer.
    /// - `origin`: domain the message came from.
    /// - `sender`: bytes32 address of the remote prover.
    /// - `message`: 8-byte chain id, then 64 bytes an intent (hash, claimant).
    /// # Errors
    /// `UnauthorizedSender`, `ZeroDomainID`, `SenderCannotBeZeroAddress`, `NotWhitelisted`, `InvalidProofMessage`,
    /// `ChainIdMismatch`, `ArrayLengthMismatch`, checked in this order.
    /// # Gas
    /// Measured on the embedded chain (ArbOS 51), program cached, without the transaction's own cost: 7,250 and 24,020
    /// for each new pair, of which 22,100 are the slot and 1,756 the event. A message limited to the floor of 200,000
    /// therefore carries seven pairs, with room for the router; more need a higher limit when they are sent.
    /// # Events
    /// `IntentProven` or `IntentAlreadyProven` for each pair whose claimant is an EVM address.
    /// # Source
    /// intents.md §5.3
    pub fn handle(&mut self, origin: Domain, sender: B256, message: &[u8]) -> Result<(), Error> {
        self.check_sender(origin, sender)?;
        let proofs = Proofs::decode(message)?;
        self.check_chain_id(origin, proofs.chain_id)?;
        for (hash, claimant) in proofs.pairs()? {
            self.record(hash, claimant, proofs.chain_id);
        }
        Ok(())
    }

    /// Removes a proof that came from another chain than the intent's destination. Anyone may ask.
    ///
    /// The destination is part of the hash, so a good proof cannot be removed. The right chain's proof may be
    /// delivered afterwards.
    /// # Events
    /// `IntentProofInvalidated` if one was removed.
    /// # Source
    /// intents.md §5.6
    pub fn challenge_intent_proof(
        &mut self,
        destination: ChainId,
        route_hash: B256,
        reward_hash: B256,
    ) -> Result<(), Error> {
        let hash = intent_hash(destination, route_hash, reward_hash);
        let proof = self.proven_intents(hash);
        if !proof.claimant.is_zero() && proof.destination != destination {
            self.proofs.insert(hash, Proof::unpack(B256::ZERO));
            emit_words(self.vm(), 2, &[signature::<IntentProofInvalidated>().0, hash.0]);
        }
        Ok(())
    }

    /// The proof of an intent; zeros when there is none.
    pub fn proven_intents(&self, intent_hash: B256) -> Proof {
        self.proofs.get(intent_hash)
    }

    fn check_sender(&self, origin: Domain, sender: B256) -> Result<(), Error> {
        let (expected, actual) = (self.config.get().router, self.vm().msg_sender());
        if actual != expected {
            return Err(UnauthorizedSender { expected, actual }.into());
        }
        if origin == Domain::NONE {
            return Err(ZeroDomainID {}.into());
        }
        if sender.is_zero() {
            return Err(SenderCannotBeZeroAddress {}.into());
        }
        if !self.is_whitelisted(sender) {
            return Err(NotWhitelisted { sender }.into());
        }
        Ok(())
    }

    fn record(&mut self, hash: B256, claimant: B256, destination: ChainId) {
        // A claimant of another VM cannot be paid here; skipping it keeps the rest of the batch.
        let Some(claimant) = evm_address(claimant) else { return };
        if !self.proven_intents(hash).claimant.is_zero() {
            emit_words(self.vm(), 1, &[signature::<IntentAlreadyProven>().0, hash.0]);
            return;
        }
        self.proofs.insert(hash, Proof { claimant, destination });
        let event = signature::<IntentProven>();
        let words = [event, hash, claimant.word(), destination.0.word()];
        emit_words(self.vm(), 3, &words.map(|word| word.0));
    }
}

/// The address in a bytes32 that is one, and not zero.
fn evm_address(word: B256) -> Option<Address> {
    let (padding, _) = word.split_first_chunk::<12>()?;
    (*padding == [0; 12] && !word.is_zero()).then(|| Address::from_word(word))
}
