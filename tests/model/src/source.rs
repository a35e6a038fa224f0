//! The Portal on the chain where an intent is published, and its vaults (intents.md §2, §3).

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::sol_types::{Panic, SolCall, SolError, SolValue};
use interfaces::intents::{
    IIntentSource as I, IPermit, IProver, IVault, Intent, Reward, TokenAmount,
};

use crate::flaw::Flaw;
use crate::intent::{Hashes, hashes, intent_hash, reward_hash, vault_address};
use crate::site::Actor;
use crate::world::{Answer, Chain, EMPTY, Frame, answer, called};

/// Statuses of an intent (intents.md §2.4).
pub const INITIAL: u8 = 0;
/// Its vault held the whole reward once.
pub const FUNDED: u8 = 1;
/// Its claimant was paid.
pub const WITHDRAWN: u8 = 2;
/// Its creator got the rest back.
pub const REFUNDED: u8 = 3;

/// An intent as a call names it.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) destination: u64,
    /// Bytes of the route, where the call gives them.
    pub(crate) route: Bytes,
    pub(crate) reward: Reward,
    pub(crate) hashes: Hashes,
}

impl Named {
    pub(crate) fn whole(intent: Intent) -> Self {
        let hashes = hashes(&intent);
        let Intent { destination, route, reward } = intent;
        Self { destination, route: route.abi_encode().into(), reward, hashes }
    }

    pub(crate) fn by_bytes(destination: u64, route: Bytes, reward: Reward) -> Self {
        let hash = alloy::primitives::keccak256(&route);
        Self { route, ..Self::by_hash(destination, hash, reward) }
    }

    pub(crate) fn by_hash(destination: u64, route: B256, reward: Reward) -> Self {
        let hash = reward_hash(&reward);
        let intent = intent_hash(destination, route, hash);
        let hashes = Hashes { intent, route, reward: hash };
        Self { destination, route: Bytes::new(), reward, hashes }
    }
}

/// `(hash, vault)`, as the `publish` family answers.
fn published(hash: B256, vault: Address) -> Answer {
    Ok((hash, vault).abi_encode_params())
}

impl Chain {
    pub(crate) fn portal_view(&self, data: &[u8]) -> Option<Answer> {
        if let Some(I::getRewardStatusCall { intentHash }) = called(data) {
            return Some(answer(&U256::from(self.status(intentHash))));
        }
        if let Some(I::isIntentFunded_0Call { intent }) = called(data) {
            return Some(self.is_funded(&Named::whole(intent)));
        }
        if let Some(I::isIntentFunded_1Call { destination, route, reward }) = called(data) {
            return Some(self.is_funded(&Named::by_bytes(destination, route, reward)));
        }
        if let Some(I::intentVaultAddress_0Call { intent }) = called(data) {
            return Some(answer(&self.vault_of(hashes(&intent).intent)));
        }
        if let Some(I::intentVaultAddress_1Call { destination, route, reward }) = called(data) {
            let named = Named::by_bytes(destination, route, reward);
            return Some(answer(&self.vault_of(named.hashes.intent)));
        }
        let hashes = if let Some(I::getIntentHash_0Call { intent }) = called(data) {
            hashes(&intent)
        } else if let Some(I::getIntentHash_1Call { destination, route, reward }) = called(data) {
            Named::by_bytes(destination, route, reward).hashes
        } else if let Some(I::getIntentHash_2Call { destination, routeHash, reward }) = called(data)
        {
            Named::by_hash(destination, routeHash, reward).hashes
        } else {
            return self.inbox_view(data);
        };
        Some(answer(&[hashes.intent, hashes.route, hashes.reward]))
    }

    pub(crate) fn portal(&mut self, frame: Frame, data: &[u8]) -> Answer {
        if data.is_empty() {
            return Err(EMPTY);
        }
        if let Some(outcome) = self.inbox(frame, data) {
            return outcome;
        }
        if let Some(outcome) = self.orders(frame, data) {
            return outcome;
        }
        if let Some(outcome) = self.funding(frame, data) {
            return outcome;
        }
        if !frame.value.is_zero() {
            return Err(EMPTY);
        }
        if let Some(I::publish_0Call { intent }) = called(data) {
            return self.publish(&Named::whole(intent));
        }
        if let Some(I::publish_1Call { destination, route, reward }) = called(data) {
            return self.publish(&Named::by_bytes(destination, route, reward));
        }
        if let Some(I::withdrawCall { destination, routeHash, reward }) = called(data) {
            return self.withdraw(frame, &Named::by_hash(destination, routeHash, reward));
        }
        if let Some(I::batchWithdrawCall { destinations, routeHashes, rewards }) = called(data) {
            if destinations.len() != routeHashes.len() || destinations.len() != rewards.len() {
                return Err(I::ArrayLengthMismatch {}.abi_encode());
            }
            for ((destination, route), reward) in
                destinations.into_iter().zip(routeHashes).zip(rewards)
            {
                self.withdraw(frame, &Named::by_hash(destination, route, reward))?;
            }
            return Ok(EMPTY);
        }
        if let Some(I::refundCall { destination, routeHash, reward }) = called(data) {
            let creator = reward.creator;
            return self.refund(&Named::by_hash(destination, routeHash, reward), creator);
        }
        if let Some(I::refundToCall { destination, routeHash, reward, refundee }) = called(data) {
            if frame.caller != reward.creator && !self.has(Flaw::AnybodyNamesTheRefundee) {
                return Err(I::NotCreatorCaller { caller: frame.caller }.abi_encode());
            }
            return self.refund(&Named::by_hash(destination, routeHash, reward), refundee);
        }
        if let Some(I::recoverTokenCall { destination, routeHash, reward, token }) = called(data) {
            return self.recover(&Named::by_hash(destination, routeHash, reward), token);
        }
        Err(EMPTY)
    }

    /// The functions that take value.
    fn funding(&mut self, frame: Frame, data: &[u8]) -> Option<Answer> {
        if let Some(I::fundCall { destination, routeHash, reward, allowPartial }) = called(data) {
            let named = Named::by_hash(destination, routeHash, reward);
            let funded = self.fund(frame, &named, allowPartial);
            return Some(funded.and_then(|()| answer(&named.hashes.intent)));
        }
        if let Some(call) = called::<I::fundForCall>(data) {
            let named = Named::by_hash(call.destination, call.routeHash, call.reward);
            let (funder, permit) = (call.funder, call.permitContract);
            let funded = self.fund_for(frame, &named, call.allowPartial, funder, permit);
            return Some(funded.and_then(|_| answer(&named.hashes.intent)));
        }
        let (named, partial, funding_for) =
            if let Some(I::publishAndFund_0Call { intent, allowPartial }) = called(data) {
                (Named::whole(intent), allowPartial, None)
            } else if let Some(call) = called::<I::publishAndFund_1Call>(data) {
                let named = Named::by_bytes(call.destination, call.route, call.reward);
                (named, call.allowPartial, None)
            } else if let Some(call) = called::<I::publishAndFundFor_0Call>(data) {
                let accounts = (call.funder, call.permitContract);
                (Named::whole(call.intent), call.allowPartial, Some(accounts))
            } else {
                let call = called::<I::publishAndFundFor_1Call>(data)?;
                let accounts = (call.funder, call.permitContract);
                let named = Named::by_bytes(call.destination, call.route, call.reward);
                (named, call.allowPartial, Some(accounts))
            };
        let hash = named.hashes.intent;
        Some(self.publish(&named).and_then(|_| match funding_for {
            None => {
                self.fund(frame, &named, partial)?;
                published(hash, self.vault_of(hash))
            }
            Some((funder, permit)) => {
                let vault = self.fund_for(frame, &named, partial, funder, permit)?;
                published(hash, vault)
            }
        }))
    }

    fn status(&self, intent: B256) -> u8 {
        self.state.statuses.get(&intent).copied().unwrap_or(INITIAL)
    }

    /// Where an intent's vault is or will be.
    pub fn vault_of(&self, intent: B256) -> Address {
        vault_address(self.at(Actor::Portal), intent, self.site.proxy_init_code_hash)
    }

    pub(crate) fn publish(&mut self, named: &Named) -> Answer {
        let hash = named.hashes.intent;
        if self.status(hash) >= WITHDRAWN {
            return Err(I::IntentAlreadyExists { intentHash: hash }.abi_encode());
        }
        let reward = named.reward.clone();
        let event = I::IntentPublished {
            intentHash: hash,
            destination: named.destination,
            route: named.route.clone(),
            creator: reward.creator,
            prover: reward.prover,
            rewardDeadline: reward.deadline,
            rewardNativeAmount: reward.nativeAmount,
            rewardTokens: reward.tokens,
        };
        self.emit(self.at(Actor::Portal), &event);
        published(hash, self.vault_of(hash))
    }

    /// §2.5, fund.
    fn fund(&mut self, frame: Frame, named: &Named, partial: bool) -> Result<(), Vec<u8>> {
        let funder = match self.has(Flaw::SpendsTheCreators) {
            true => named.reward.creator,
            false => frame.caller,
        };
        let spent = self.fund_by(frame, named, funder, partial)?;
        self.give_back(frame, spent)
    }

    /// Steps 1 to 7 of §2.5, fund core: what was spent of the call's value.
    pub(crate) fn fund_by(
        &mut self,
        frame: Frame,
        named: &Named,
        funder: Address,
        partial: bool,
    ) -> Result<U256, Vec<u8>> {
        let (portal, hash) = (self.at(Actor::Portal), named.hashes.intent);
        if !self.can_be_funded(hash)? {
            return Ok(U256::ZERO);
        }
        let vault = self.vault_of(hash);
        let (mut complete, spent) = self.fund_native(frame, vault, named.reward.nativeAmount);
        for TokenAmount { token, amount } in &named.reward.tokens {
            let held = self.balance_of(portal, *token, vault)?;
            if held >= *amount {
                continue;
            }
            let allowed = self.allowance_of(portal, *token, funder, portal)?;
            let balance = self.balance_of(portal, *token, funder)?;
            let pulled = (*amount - held).min(allowed).min(balance);
            if !pulled.is_zero() {
                self.safe_transfer_from(portal, *token, funder, vault, pulled)?;
            }
            complete &= held + pulled >= *amount;
        }
        self.conclude_funding(named, funder, partial, complete)?;
        Ok(spent)
    }

    /// §2.5, fundFor core; the vault, or zero where the intent was funded before.
    fn fund_for(
        &mut self,
        frame: Frame,
        named: &Named,
        partial: bool,
        funder: Address,
        permit: Address,
    ) -> Result<Address, Vec<u8>> {
        let hash = named.hashes.intent;
        if !self.can_be_funded(hash)? {
            self.give_back(frame, U256::ZERO)?;
            return Ok(Address::ZERO);
        }
        let vault = self.deployed(hash);
        let (_, spent) = self.fund_native(frame, vault, named.reward.nativeAmount);
        for TokenAmount { token, amount } in &named.reward.tokens {
            self.vault_pulls(vault, *token, *amount, funder, permit)?;
        }
        let complete = self.holds(vault, &named.reward)?;
        self.conclude_funding(named, funder, partial, complete)?;
        self.give_back(frame, spent)?;
        Ok(vault)
    }

    /// Step 1: false for an intent that is funded already.
    fn can_be_funded(&self, hash: B256) -> Result<bool, Vec<u8>> {
        match self.status(hash) {
            INITIAL => Ok(true),
            FUNDED => Ok(false),
            _ if self.has(Flaw::FundsTheSettled) => Ok(true),
            status => Err(I::InvalidStatusForFunding { status }.abi_encode()),
        }
    }

    /// Step 3: whether the native leg is covered, and what was sent for it.
    fn fund_native(&mut self, frame: Frame, vault: Address, amount: U256) -> (bool, U256) {
        let lacking = amount.saturating_sub(self.native(vault));
        let sent = lacking.min(frame.value);
        let taken = self.send(self.at(Actor::Portal), vault, sent);
        assert!(taken, "a vault takes native value");
        (sent == lacking, sent)
    }

    /// Steps 5 to 7.
    fn conclude_funding(
        &mut self,
        named: &Named,
        funder: Address,
        partial: bool,
        complete: bool,
    ) -> Result<(), Vec<u8>> {
        let hash = named.hashes.intent;
        if !complete && !partial {
            return Err(I::InsufficientFunds { intentHash: hash }.abi_encode());
        }
        let forgets = self.has(Flaw::ForgetsSettlement) || self.has(Flaw::FundsTheSettled);
        if complete && (self.status(hash) == INITIAL || forgets) {
            self.state.statuses.insert(hash, FUNDED);
        }
        let event = I::IntentFunded { intentHash: hash, funder, complete };
        self.emit(self.at(Actor::Portal), &event);
        Ok(())
    }

    /// Step 8, by the frame: what the call brought and did not spend; a refusal is ignored (§4.3, open hazard).
    pub(crate) fn give_back(&mut self, frame: Frame, spent: U256) -> Result<(), Vec<u8>> {
        let portal = self.at(Actor::Portal);
        let left = match self.has(Flaw::SweepsThePortal) {
            true => self.native(portal),
            false => frame.value - spent,
        };
        let _taken = self.send(portal, frame.caller, left);
        Ok(())
    }

    fn is_funded(&self, named: &Named) -> Answer {
        let hash = named.hashes.intent;
        if self.status(hash) == FUNDED {
            return answer(&true);
        }
        answer(&self.holds(self.vault_of(hash), &named.reward)?)
    }

    /// Whether a vault covers each leg on its own; asked leg by leg, as far as it does.
    fn holds(&self, vault: Address, reward: &Reward) -> Result<bool, Vec<u8>> {
        if self.native(vault) < reward.nativeAmount {
            return Ok(false);
        }
        for TokenAmount { token, amount } in &reward.tokens {
            if self.balance_of(self.at(Actor::Portal), *token, vault)? < *amount {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What a prover says: claimant and chain.
    fn proof(&self, prover: Address, hash: B256) -> Result<(Address, u64), Vec<u8>> {
        let question = IProver::provenIntentsCall { intentHash: hash }.abi_encode();
        let said = self.ask(self.at(Actor::Portal), prover, &question)?;
        let words: &[u8; 64] = said.first_chunk().ok_or(EMPTY)?;
        let (claimant, destination) = words.split_at(32);
        let claimant = Address::from_word(B256::from_slice(claimant));
        Ok((claimant, U256::from_be_slice(destination).to()))
    }

    fn withdraw(&mut self, frame: Frame, named: &Named) -> Answer {
        let (portal, hash) = (self.at(Actor::Portal), named.hashes.intent);
        let (mut claimant, chain) = self.proof(named.reward.prover, hash)?;
        if !claimant.is_zero() && chain != named.destination {
            let challenge = IProver::challengeIntentProofCall {
                destination: named.destination,
                routeHash: named.hashes.route,
                rewardHash: named.hashes.reward,
            };
            self.call(portal, named.reward.prover, U256::ZERO, &challenge.abi_encode())?;
            return Ok(EMPTY);
        }
        let status = self.status(hash);
        let again = status == WITHDRAWN && self.has(Flaw::PaidTwice);
        if status > FUNDED && !again {
            return Err(I::InvalidStatusForWithdrawal { status }.abi_encode());
        }
        if claimant.is_zero() {
            return Err(I::InvalidClaimant {}.abi_encode());
        }
        if self.has(Flaw::PaysTheCaller) {
            claimant = frame.caller;
        }
        if self.has(Flaw::PaysTheProver) {
            claimant = named.reward.prover;
        }
        if !self.has(Flaw::ForgetsThePayout) {
            self.state.statuses.insert(hash, WITHDRAWN);
        }
        let vault = self.deployed(hash);
        self.vault_withdraws(vault, &named.reward, claimant)?;
        self.emit(portal, &I::IntentWithdrawn { intentHash: hash, claimant });
        if self.has(Flaw::VaultDestroysItself) {
            self.state.vaults.remove(&vault);
        }
        Ok(EMPTY)
    }

    fn refund(&mut self, named: &Named, refundee: Address) -> Answer {
        let (hash, prover) = (named.hashes.intent, named.reward.prover);
        let status = self.status(hash);
        let (claimant, chain) = match self.has_code(prover) {
            true => self.proof(prover, hash)?,
            false => (Address::ZERO, 0),
        };
        let proven = !claimant.is_zero() && chain == named.destination;
        if proven && !self.has(Flaw::RefundsTheProven) {
            if status <= FUNDED {
                return Err(I::IntentNotClaimed { intentHash: hash }.abi_encode());
            }
        } else if self.time < named.reward.deadline && !self.has(Flaw::RefundsEarly) {
            let (now, deadline) = (U256::from(self.time), U256::from(named.reward.deadline));
            return Err(I::InvalidStatusForRefund { status, now, deadline }.abi_encode());
        }
        self.state.statuses.insert(hash, REFUNDED);
        let vault = self.deployed(hash);
        self.vault_refunds(vault, &named.reward, refundee)?;
        self.emit(self.at(Actor::Portal), &I::IntentRefunded { intentHash: hash, refundee });
        Ok(EMPTY)
    }

    fn recover(&mut self, named: &Named, token: Address) -> Answer {
        let promised = named.reward.tokens.iter().any(|leg| leg.token == token);
        if token.is_zero() || promised {
            return Err(I::InvalidRecoverToken { token }.abi_encode());
        }
        let (hash, refundee) = (named.hashes.intent, named.reward.creator);
        let vault = self.deployed(hash);
        let amount = self.balance_of(vault, token, vault)?;
        if amount.is_zero() {
            return Err(IVault::ZeroRecoverTokenBalance { token }.abi_encode());
        }
        self.safe_transfer(vault, token, refundee, amount)?;
        let event = I::IntentTokenRecovered { intentHash: hash, refundee, token };
        self.emit(self.at(Actor::Portal), &event);
        Ok(EMPTY)
    }

    /// An intent's vault, deployed if it was not.
    fn deployed(&mut self, intent: B256) -> Address {
        let vault = self.vault_of(intent);
        self.state.vaults.insert(vault, intent);
        vault
    }

    /// §3.3, withdraw.
    fn vault_withdraws(
        &mut self,
        vault: Address,
        reward: &Reward,
        claimant: Address,
    ) -> Result<(), Vec<u8>> {
        let all = self.has(Flaw::PaysTooMuch);
        for TokenAmount { token, amount } in &reward.tokens {
            let held = self.balance_of(vault, *token, vault)?;
            let paid = if all { held } else { held.min(*amount) };
            if !paid.is_zero() {
                self.safe_transfer(vault, *token, claimant, paid)?;
            }
        }
        let held = self.native(vault);
        let amount = if all { held } else { held.min(reward.nativeAmount) };
        if !self.send(vault, claimant, amount) {
            return Err(IVault::NativeTransferFailed { recipient: claimant, amount }.abi_encode());
        }
        Ok(())
    }

    /// §3.3, refund.
    fn vault_refunds(
        &mut self,
        vault: Address,
        reward: &Reward,
        refundee: Address,
    ) -> Result<(), Vec<u8>> {
        for TokenAmount { token, .. } in &reward.tokens {
            let held = self.balance_of(vault, *token, vault)?;
            if !held.is_zero() {
                self.safe_transfer(vault, *token, refundee, held)?;
            }
        }
        let held = self.native(vault);
        if !self.send(vault, refundee, held) && self.has(Flaw::BurnsWhatIsRefused) {
            self.state.native.remove(&vault);
        }
        Ok(())
    }

    /// §3.3, one leg of fundFor.
    fn vault_pulls(
        &mut self,
        vault: Address,
        token: Address,
        amount: U256,
        funder: Address,
        permit: Address,
    ) -> Result<(), Vec<u8>> {
        let held = self.balance_of(vault, token, vault)?;
        if held >= amount {
            return Ok(());
        }
        let mut rest = amount - held;
        if !permit.is_zero() {
            let question = IPermit::allowanceCall { owner: funder, token, spender: vault };
            let said = self.ask(vault, permit, &question.abi_encode())?;
            let words: &[u8; 96] = said.first_chunk().ok_or(EMPTY)?;
            let allowed = U256::from_be_slice(&words[..32]);
            let expiration = U256::from_be_slice(&words[32..64]);
            let pulled = rest.min(self.balance_of(vault, token, funder)?).min(allowed);
            if !pulled.is_zero() && U256::from(self.time) <= expiration {
                let call = IPermit::transferFromCall {
                    from: funder,
                    to: vault,
                    amount: pulled.to(),
                    token,
                };
                self.call(vault, permit, U256::ZERO, &call.abi_encode())?;
            }
            let held = self.balance_of(vault, token, vault)?;
            rest = amount
                .checked_sub(held)
                .ok_or_else(|| Panic { code: U256::from(0x11) }.abi_encode())?;
        }
        if rest.is_zero() {
            return Ok(());
        }
        let balance = self.balance_of(vault, token, funder)?;
        let pulled = rest.min(balance).min(self.allowance_of(vault, token, funder, vault)?);
        if !pulled.is_zero() {
            self.safe_transfer_from(vault, token, funder, vault, pulled)?;
        }
        Ok(())
    }

    /// A vault that somebody else than the Portal calls.
    pub(crate) fn vault(&mut self, frame: Frame, data: &[u8]) -> Answer {
        if let (Some(call), true) =
            (called::<IVault::withdrawCall>(data), self.has(Flaw::VaultObeysEverybody))
        {
            return self.vault_withdraws(frame.this, &call.reward, call.claimant).map(|()| EMPTY);
        }
        match data.is_empty() {
            true => Ok(EMPTY),
            false => self.vault_implementation(frame, data),
        }
    }

    pub(crate) fn vault_implementation(&mut self, frame: Frame, data: &[u8]) -> Answer {
        let known = [
            IVault::fundForCall::SELECTOR,
            IVault::withdrawCall::SELECTOR,
            IVault::refundCall::SELECTOR,
            IVault::recoverCall::SELECTOR,
        ];
        match data.first_chunk() {
            Some(selector) if known.contains(selector) && frame.value.is_zero() => {
                Err(IVault::NotPortalCaller { caller: frame.caller }.abi_encode())
            }
            _ => Err(EMPTY),
        }
    }
}
