//! The MetaProver (intents.md §5, §11.2).

use alloy::primitives::{Address, B256, U256};
use alloy::sol_types::{SolCall, SolError, SolValue};
use interfaces::intents::{IMetaProver as M, IProver};
use interfaces::metalayer::{FinalityState, IMetalayerRecipient, IMetalayerRouter};

use crate::flaw::Flaw;
use crate::intent::intent_hash;
use crate::site::Actor;
use crate::world::{Answer, Chain, EMPTY, Frame, answer, called};

/// The floor of a proof's gas limit.
pub const MIN_GAS_LIMIT: u64 = 200_000;

/// Where a proof is sent, and with how much gas, as `data` says it.
struct Order {
    domain: u32,
    prover: B256,
    gas: U256,
}

impl Order {
    fn read(domain: u64, data: &[u8]) -> Result<Self, Vec<u8>> {
        let (prover, gas) = <(B256, U256)>::abi_decode_params(data).map_err(|_| EMPTY)?;
        let gas = gas.max(U256::from(MIN_GAS_LIMIT));
        let domain = u32::try_from(domain)
            .map_err(|_| M::DomainIdTooLarge { domainID: domain }.abi_encode())?;
        Ok(Self { domain, prover, gas })
    }
}

impl Chain {
    pub(crate) fn meta_prover_view(&self, caller: Address, data: &[u8]) -> Option<Answer> {
        if let Some(IProver::provenIntentsCall { intentHash }) = called(data) {
            let proof = self.state.proofs.get(&intentHash).copied().unwrap_or_default();
            return Some(answer(&proof));
        }
        let M::fetchFeeCall { domainID, encodedProofs, data } = called(data)?;
        let fee = Order::read(domainID, &data)
            .and_then(|order| self.proof_fee(caller, &order, &encodedProofs));
        Some(fee.and_then(|fee| answer(&fee)))
    }

    pub(crate) fn meta_prover(&mut self, frame: Frame, data: &[u8]) -> Answer {
        if let Some(call) = called::<IMetalayerRecipient::handleCall>(data) {
            return self.take_proofs(frame, &call);
        }
        if let Some(call) = called::<IProver::proveCall>(data) {
            return self.send_proofs(frame, call);
        }
        if !frame.value.is_zero() {
            return Err(EMPTY);
        }
        let call = called::<IProver::challengeIntentProofCall>(data).ok_or(EMPTY)?;
        let hash = intent_hash(call.destination, call.routeHash, call.rewardHash);
        if let Some((_, chain)) = self.state.proofs.get(&hash)
            && (*chain != call.destination || self.has(Flaw::RemovesGoodProofs))
        {
            self.state.proofs.remove(&hash);
            self.emit(frame.this, &IProver::IntentProofInvalidated { intentHash: hash });
        }
        Ok(EMPTY)
    }

    /// §5.5: asked of the router by the prover, in its own name.
    fn proof_fee(&self, caller: Address, order: &Order, proofs: &[u8]) -> Result<U256, Vec<u8>> {
        let value = U256::from(10).pow(U256::from(36));
        let metadata = [
            &[0, 1][..],
            &value.to_be_bytes::<32>(),
            &order.gas.to_be_bytes::<32>(),
            caller.as_slice(),
        ];
        let quote = IMetalayerRouter::quoteDispatch_3Call {
            destination: order.domain,
            recipient: order.prover,
            writeCallData: proofs.to_vec().into(),
            hookMetadata: metadata.concat().into(),
        };
        self.ask_word(self.at(Actor::MetaProver), self.at(Actor::Router), &quote)
    }

    /// §5.4.
    fn send_proofs(&mut self, frame: Frame, call: IProver::proveCall) -> Answer {
        if frame.caller != self.at(Actor::Portal) {
            return Err(M::NonPortalCaller { caller: frame.caller }.abi_encode());
        }
        let order = Order::read(call.sourceChainDomainID, &call.data)?;
        let fee = self.proof_fee(frame.caller, &order, &call.encodedProofs)?;
        let Some(excess) = frame.value.checked_sub(fee) else {
            return Err(M::InsufficientFee { fee }.abi_encode());
        };
        let dispatch = IMetalayerRouter::dispatch_1Call {
            destination: order.domain,
            recipient: order.prover,
            reads: vec![],
            writeCallData: call.encodedProofs,
            finality: FinalityState::Instant as u8,
            gasLimit: order.gas,
        };
        self.call(frame.this, self.at(Actor::Router), fee, &dispatch.abi_encode())?;
        if !call.sender.is_zero() && !self.send(frame.this, call.sender, excess) {
            let error = M::RefundFailed { recipient: call.sender, amount: excess };
            return Err(error.abi_encode());
        }
        Ok(EMPTY)
    }

    /// §5.3.
    fn take_proofs(&mut self, frame: Frame, call: &IMetalayerRecipient::handleCall) -> Answer {
        let believes = self.has(Flaw::BelievesEverybody);
        let router = self.at(Actor::Router);
        if frame.caller != router && !believes {
            let error = M::UnauthorizedSender { expected: router, actual: frame.caller };
            return Err(error.abi_encode());
        }
        if call.origin == 0 {
            return Err(M::ZeroDomainID {}.abi_encode());
        }
        if call.sender.is_zero() {
            return Err(M::SenderCannotBeZeroAddress {}.abi_encode());
        }
        if call.sender != self.site.remote_prover.into_word() && !believes {
            return Err(M::NotWhitelisted { sender: call.sender }.abi_encode());
        }
        let Some((header, pairs)) = call.message.split_first_chunk::<8>() else {
            return Err(M::InvalidProofMessage {}.abi_encode());
        };
        let (domain, actual) = (u64::from(call.origin), u64::from_be_bytes(*header));
        let expected = if call.origin == self.site.remote_domain {
            self.site.remote_chain_id
        } else if call.origin == self.site.domain {
            self.site.chain_id
        } else {
            domain
        };
        if actual != expected && !self.has(Flaw::BelievesEveryChain) {
            return Err(M::ChainIdMismatch { domain, expected, actual }.abi_encode());
        }
        if !pairs.len().is_multiple_of(64) {
            return Err(IProver::ArrayLengthMismatch {}.abi_encode());
        }
        for pair in pairs.chunks(64) {
            let (hash, claimant) = pair.split_at(32);
            let (hash, claimant) = (B256::from_slice(hash), B256::from_slice(claimant));
            if claimant[..12] != [0; 12] || claimant.is_zero() {
                continue;
            }
            if self.state.proofs.contains_key(&hash) && !self.has(Flaw::SecondProofWins) {
                self.emit(frame.this, &IProver::IntentAlreadyProven { intentHash: hash });
                continue;
            }
            let claimant = Address::from_word(claimant);
            self.state.proofs.insert(hash, (claimant, actual));
            let event = IProver::IntentProven { intentHash: hash, claimant, destination: actual };
            self.emit(frame.this, &event);
        }
        Ok(EMPTY)
    }
}
