//! The Portal on the chain where an intent is fulfilled, and its Executor (intents.md §4).

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::sol_types::{SolCall, SolError, SolValue};
use interfaces::intents::{IExecutor, IInbox as I, IProver, Route};

use crate::flaw::Flaw;
use crate::intent::{intent_hash, route_hash};
use crate::site::Actor;
use crate::world::{Answer, Chain, EMPTY, Frame, answer, called};

impl Chain {
    pub(crate) fn inbox_view(&self, data: &[u8]) -> Option<Answer> {
        if let Some(I::claimantsCall { intentHash }) = called(data) {
            return Some(answer(&self.claimant(intentHash)));
        }
        called::<I::executorCall>(data).map(|_| answer(&self.at(Actor::Executor)))
    }

    pub(crate) fn inbox(&mut self, frame: Frame, data: &[u8]) -> Option<Answer> {
        if let Some(I::fulfillCall { intentHash, route, rewardHash, claimant }) = called(data) {
            let results = self.fulfil(frame, intentHash, &route, rewardHash, claimant);
            return Some(results.and_then(|results| {
                self.give_back(frame, route.nativeAmount)?;
                Ok(results)
            }));
        }
        if let Some(call) = called::<I::fulfillAndProveCall>(data) {
            return Some(self.fulfil_and_prove(frame, call));
        }
        let call = called::<I::proveCall>(data)?;
        let (prover, domain) = (call.prover, call.sourceChainDomainID);
        let proven = self.prove(frame, prover, domain, &call.intentHashes, call.data, frame.value);
        Some(proven.map(|()| EMPTY))
    }

    pub(crate) fn fulfil_and_prove(
        &mut self,
        frame: Frame,
        call: I::fulfillAndProveCall,
    ) -> Answer {
        let (hash, route) = (call.intentHash, &call.route);
        let results = self.fulfil(frame, hash, route, call.rewardHash, call.claimant)?;
        let (left, domain) = (frame.value - route.nativeAmount, call.sourceChainDomainID);
        self.prove(frame, call.prover, domain, &[hash], call.data, left)?;
        Ok(results)
    }

    fn claimant(&self, hash: B256) -> B256 {
        self.state.claimants.get(&hash).copied().unwrap_or_default()
    }

    /// §4.2, fulfil core: what the calls of the route answered, encoded.
    fn fulfil(
        &mut self,
        frame: Frame,
        hash: B256,
        route: &Route,
        reward_hash: B256,
        claimant: B256,
    ) -> Answer {
        let portal = self.at(Actor::Portal);
        if self.time > route.deadline {
            return Err(I::IntentExpired {}.abi_encode());
        }
        let computed = intent_hash(self.site.chain_id, route_hash(route), reward_hash);
        if route.portal != portal {
            return Err(I::InvalidPortal { portal: route.portal }.abi_encode());
        }
        if computed != hash {
            return Err(I::InvalidHash { expected: hash }.abi_encode());
        }
        if !self.claimant(hash).is_zero() && !self.has(Flaw::FulfilledTwice) {
            return Err(I::IntentAlreadyFulfilled { intentHash: hash }.abi_encode());
        }
        if claimant.is_zero() {
            return Err(I::ZeroClaimant {}.abi_encode());
        }
        self.state.claimants.insert(hash, claimant);
        self.emit(portal, &I::IntentFulfilled { intentHash: hash, claimant });
        let (sent, required) = (frame.value, route.nativeAmount);
        if sent < required {
            return Err(I::InsufficientNativeAmount { sent, required }.abi_encode());
        }
        let executor = self.at(Actor::Executor);
        for leg in &route.tokens {
            self.safe_transfer_from(portal, leg.token, frame.caller, executor, leg.amount)?;
        }
        let execute = IExecutor::executeCall { calls: route.calls.clone() };
        self.call(portal, executor, required, &execute.abi_encode())
    }

    /// §4.4.
    fn prove(
        &mut self,
        frame: Frame,
        prover: Address,
        domain: u64,
        hashes: &[B256],
        data: Bytes,
        value: U256,
    ) -> Result<(), Vec<u8>> {
        let portal = self.at(Actor::Portal);
        if self.state.proving {
            return Err(I::ReentrancyGuardReentrantCall {}.abi_encode());
        }
        self.state.proving = true;
        let mut proofs = self.site.chain_id.to_be_bytes().to_vec();
        for &hash in hashes {
            let claimant = self.claimant(hash);
            if claimant.is_zero() {
                return Err(I::IntentNotFulfilled { intentHash: hash }.abi_encode());
            }
            proofs.extend([hash, claimant].concat());
            self.emit(portal, &I::IntentProven { intentHash: hash, claimant });
        }
        if !self.has_code(prover) {
            return Err(EMPTY);
        }
        let call = IProver::proveCall {
            sender: frame.caller,
            sourceChainDomainID: domain,
            encodedProofs: proofs.into(),
            data,
        };
        self.call(portal, prover, value, &call.abi_encode())?;
        self.state.proving = self.has(Flaw::KeepsTheLock);
        Ok(())
    }

    /// §4.3.
    pub(crate) fn executor(&mut self, frame: Frame, data: &[u8]) -> Answer {
        if data.is_empty() {
            return Ok(EMPTY);
        }
        let IExecutor::executeCall { calls } = called(data).ok_or(EMPTY)?;
        if frame.caller != self.at(Actor::Portal) && !self.has(Flaw::ExecutorObeysEverybody) {
            return Err(IExecutor::NonPortalCaller { caller: frame.caller }.abi_encode());
        }
        let mut results = Vec::<Bytes>::new();
        for call in calls {
            if !call.data.is_empty() && !self.has_code(call.target) {
                return Err(IExecutor::CallToEOA { target: call.target }.abi_encode());
            }
            match self.call(frame.this, call.target, call.value, &call.data) {
                Ok(output) => results.push(output.into()),
                Err(reason) => {
                    return Err(IExecutor::CallFailed { call, reason: reason.into() }.abi_encode());
                }
            }
        }
        Ok(results.abi_encode())
    }
}
