//! The contracts that are not under test, as `tests/mocks` writes them, and people.

use std::collections::BTreeMap;

use alloy::primitives::{Address, B256, Bytes, U256, aliases::U48, keccak256};
use alloy::sol_types::{SolCall, SolError};
use interfaces::intents::{IERC20, IERC1271, IPermit, IProver};
use interfaces::metalayer::{IMetalayerRecipient, IMetalayerRouter};

use serde::{Deserialize, Serialize};

use crate::site::Actor;
use crate::world::{Answer, Chain, EMPTY, Frame, answer, called};

alloy::sol! {
    /// Functions, events and errors of `tests/mocks`.
    #[derive(Debug, PartialEq, Eq)]
    interface IMocks {
        event Challenged(uint64 destination, bytes32 routeHash, bytes32 rewardHash);
        event Proved(address sender, uint64 domain, bytes proofs, bytes data, uint256 value);
        event Reentered(bool success, bytes output);
        event Stolen(uint256 value);
        event Hit(address sender, uint256 value, bytes data);
        event Got(address router, uint32 origin, bytes32 sender, bytes message, uint256 reads, uint256 results, uint256 value);
        event Answered(bytes32 messageId);
        event Again(bool success, bytes output);

        error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed);
        error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed);
        error ERC20InvalidReceiver(address receiver);
        error TokenBlocked();
        error AllowanceExpired(uint256 expiration);
        error InsufficientAllowance(uint256 amount);
        error Nope(uint256 x);
        error Refused(bytes message);

        function mint(address to, uint256 value) external;
        function setBad(bool bad) external;
        function setCallback(address target, bytes callback) external;
        function setProof(bytes32 intentHash, address claimant, uint64 destination) external;
        function set(address owner, address token, address spender, uint160 amount, uint48 expiration) external;
        function setExtra(uint256 extra) external;
        function ping(uint256 x) external payable returns (uint256);
        function fail(uint256 x) external pure;
        function judge(uint8 verdict) external;
        function refuse(bool refusing) external;
        function answer(uint32 destination, address recipient) external payable;
        function repeat(address target, bytes data) external;
    }
}

/// What a permit contract has been told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permission {
    /// What may be taken.
    pub amount: U256,
    /// Last moment of it.
    pub expiration: u64,
}

/// What the recipient of messages has been told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manners {
    /// Whether it refuses everything.
    pub refusing: bool,
    /// Where it sends what it gets, and to whom; domain zero for nowhere.
    pub answer: (u32, Address),
    /// Whom it calls from inside `handle`.
    pub again: (Address, Bytes),
}

/// How the wallet judges signatures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// It answers that they are none.
    #[default]
    Refuses,
    /// It answers that they are good.
    Agrees,
    /// It reverts.
    Reverts,
    /// It answers too short.
    Mumbles,
    /// It answers more than is asked.
    Scribbles,
    /// It writes, which fails.
    Writes,
}

impl Verdict {
    /// All of them, as `Wallet` counts them.
    pub const ALL: [Self; 6] =
        [Self::Refuses, Self::Agrees, Self::Reverts, Self::Mumbles, Self::Scribbles, Self::Writes];
}

/// What the contracts that are not under test remember.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Whom somebody calls back, and with what.
    pub callbacks: BTreeMap<Address, (Address, Bytes)>,
    /// What the mock prover says: claimant and destination.
    pub proofs: BTreeMap<B256, (Address, u64)>,
    /// What the permit contract allows: by owner, token, spender.
    pub permissions: BTreeMap<(Address, Address, Address), Permission>,
    /// What the permit contract delivers too much.
    pub extra: U256,
    /// How the wallet judges signatures.
    pub verdict: Verdict,
    /// What the recipient does with messages.
    pub manners: Manners,
}

impl Chain {
    pub(crate) fn actor_view(&self, actor: Actor, data: &[u8]) -> Option<Answer> {
        match actor {
            Actor::MockProver => {
                let call = called::<IProver::provenIntentsCall>(data)?;
                let proof = self.state.memory.proofs.get(&call.intentHash);
                Some(answer(&proof.copied().unwrap_or_default()))
            }
            Actor::Permit => {
                let call = called::<IPermit::allowanceCall>(data)?;
                let key = (call.owner, call.token, call.spender);
                let granted = self.state.memory.permissions.get(&key).copied().unwrap_or_default();
                Some(answer(&(granted.amount, granted.expiration, 0u64)))
            }
            Actor::Wallet => {
                called::<IERC1271::isValidSignatureCall>(data)?;
                let magic = IERC1271::isValidSignatureCall::SELECTOR;
                let mut word = B256::right_padding_from(&magic);
                Some(match self.state.memory.verdict {
                    Verdict::Refuses => answer(&B256::right_padding_from(&[0xff; 4])),
                    Verdict::Agrees => answer(&word),
                    Verdict::Mumbles => Ok(magic.to_vec()),
                    Verdict::Scribbles => {
                        word[31] = 1;
                        answer(&word)
                    }
                    Verdict::Reverts | Verdict::Writes => Err(EMPTY),
                })
            }
            Actor::ReentrantPermit => {
                called::<IPermit::allowanceCall>(data)?;
                let most: U256 = (U256::ONE << 160) - U256::ONE;
                Some(answer(&(most, U48::MAX, 0u64)))
            }
            _ => None,
        }
    }

    /// Everybody who is neither under test nor a token.
    pub(crate) fn actor(&mut self, actor: Actor, frame: Frame, data: &[u8]) -> Answer {
        let free = frame.value.is_zero();
        match actor {
            Actor::GasEth | Actor::Receiver | Actor::Recipient | Actor::Target
                if data.is_empty() =>
            {
                if let (Actor::Receiver, Some((target, callback))) =
                    (actor, self.state.memory.callbacks.remove(&frame.this))
                {
                    self.call_back(frame.this, target, &callback);
                }
                Ok(EMPTY)
            }
            Actor::Receiver | Actor::Thief | Actor::ReentrantPermit
                if free && called::<IMocks::setCallbackCall>(data).is_some() =>
            {
                let IMocks::setCallbackCall { target, callback } = called(data).expect("it is one");
                self.state.memory.callbacks.insert(frame.this, (target, callback));
                Ok(EMPTY)
            }
            Actor::MockProver => self.mock_prover(frame, data),
            Actor::Thief => self.thief(frame, data),
            Actor::Permit if free => self.permit(frame, data),
            Actor::ReentrantPermit if free => self.reentrant_permit(frame, data),
            Actor::Target => self.target(frame, data),
            Actor::Wallet if free => {
                let IMocks::judgeCall { verdict } = called(data).ok_or(EMPTY)?;
                self.state.memory.verdict = Verdict::ALL[usize::from(verdict)];
                Ok(EMPTY)
            }
            Actor::Recipient => self.recipient(frame, data),
            _ => Err(EMPTY),
        }
    }

    /// A call whose outcome is told and does not matter.
    pub(crate) fn call_back(&mut self, by: Address, target: Address, callback: &[u8]) {
        let outcome = self.call(by, target, U256::ZERO, callback);
        let success = outcome.is_ok();
        let output = outcome.unwrap_or_else(|reason| reason).into();
        self.emit(by, &IMocks::Reentered { success, output });
    }

    fn mock_prover(&mut self, frame: Frame, data: &[u8]) -> Answer {
        let this = frame.this;
        if let Some(call) = called::<IProver::proveCall>(data) {
            let event = IMocks::Proved {
                sender: call.sender,
                domain: call.sourceChainDomainID,
                proofs: call.encodedProofs,
                data: call.data,
                value: frame.value,
            };
            self.emit(this, &event);
            return Ok(EMPTY);
        }
        if !frame.value.is_zero() {
            return Err(EMPTY);
        }
        if let Some(IMocks::setProofCall { intentHash, claimant, destination }) = called(data) {
            self.state.memory.proofs.insert(intentHash, (claimant, destination));
            return Ok(EMPTY);
        }
        let IProver::challengeIntentProofCall { destination, routeHash, rewardHash } =
            called(data).ok_or(EMPTY)?;
        let preimage = [&destination.to_be_bytes()[..], &routeHash[..], &rewardHash[..]].concat();
        let hash = keccak256(preimage);
        if self.state.memory.proofs.get(&hash).is_some_and(|proof| proof.1 != destination) {
            self.state.memory.proofs.remove(&hash);
        }
        self.emit(this, &IMocks::Challenged { destination, routeHash, rewardHash });
        Ok(EMPTY)
    }

    fn thief(&mut self, frame: Frame, data: &[u8]) -> Answer {
        called::<IProver::proveCall>(data).ok_or(EMPTY)?;
        if let Some((target, callback)) = self.state.memory.callbacks.get(&frame.this).cloned() {
            self.call_back(frame.this, target, &callback);
        }
        self.emit(frame.this, &IMocks::Stolen { value: frame.value });
        self.call(frame.this, self.at(Actor::Stranger), frame.value, &[])
    }

    fn permit(&mut self, frame: Frame, data: &[u8]) -> Answer {
        if let Some(call) = called::<IMocks::setCall>(data) {
            let granted = Permission { amount: call.amount.to(), expiration: call.expiration.to() };
            let key = (call.owner, call.token, call.spender);
            self.state.memory.permissions.insert(key, granted);
            return Ok(EMPTY);
        }
        if let Some(IMocks::setExtraCall { extra }) = called(data) {
            self.state.memory.extra = extra;
            return Ok(EMPTY);
        }
        let call = called::<IPermit::transferFromCall>(data).ok_or(EMPTY)?;
        let key = (call.from, call.token, frame.caller);
        let granted = self.state.memory.permissions.get(&key).copied().unwrap_or_default();
        if self.time > granted.expiration {
            let expiration = U256::from(granted.expiration);
            return Err(IMocks::AllowanceExpired { expiration }.abi_encode());
        }
        let amount: U256 = call.amount.to();
        let Some(left) = granted.amount.checked_sub(amount) else {
            return Err(IMocks::InsufficientAllowance { amount: granted.amount }.abi_encode());
        };
        self.state.memory.permissions.insert(key, Permission { amount: left, ..granted });
        self.pull(frame.this, call.token, call.from, call.to, amount)?;
        let extra = self.state.memory.extra;
        if !extra.is_zero() {
            let mint = IMocks::mintCall { to: call.to, value: extra };
            self.call(frame.this, call.token, U256::ZERO, &mint.abi_encode())?;
        }
        Ok(EMPTY)
    }

    fn reentrant_permit(&mut self, frame: Frame, data: &[u8]) -> Answer {
        let call = called::<IPermit::transferFromCall>(data).ok_or(EMPTY)?;
        self.pull(frame.this, call.token, call.from, call.to, call.amount.to())?;
        let callback = self.state.memory.callbacks.get(&frame.this).cloned();
        let (target, callback) = callback.unwrap_or_default();
        self.call(frame.this, target, U256::ZERO, &callback)?;
        Ok(EMPTY)
    }

    /// `transferFrom` as Solidity calls it: the answer has to be a word.
    fn pull(
        &mut self,
        by: Address,
        token: Address,
        from: Address,
        to: Address,
        value: U256,
    ) -> Result<(), Vec<u8>> {
        let call = IERC20::transferFromCall { from, to, value }.abi_encode();
        let output = self.call(by, token, U256::ZERO, &call)?;
        if output.len() < 32 { Err(EMPTY) } else { Ok(()) }
    }

    fn target(&mut self, frame: Frame, data: &[u8]) -> Answer {
        if let Some(IMocks::pingCall { x }) = called(data) {
            let event = IMocks::Hit {
                sender: frame.caller,
                value: frame.value,
                data: data.to_vec().into(),
            };
            self.emit(frame.this, &event);
            return answer(&(x + U256::ONE));
        }
        match called(data) {
            Some(IMocks::failCall { x }) if frame.value.is_zero() => {
                Err(IMocks::Nope { x }.abi_encode())
            }
            _ => Err(EMPTY),
        }
    }

    fn recipient(&mut self, frame: Frame, data: &[u8]) -> Answer {
        if let Some(IMocks::answerCall { destination, recipient }) = called(data) {
            self.state.memory.manners.answer = (destination, recipient);
            return Ok(EMPTY);
        }
        if let Some(call) = called::<IMetalayerRecipient::handleCall>(data) {
            return self.recipient_handle(frame, call);
        }
        if !frame.value.is_zero() {
            return Err(EMPTY);
        }
        if let Some(IMocks::refuseCall { refusing }) = called(data) {
            self.state.memory.manners.refusing = refusing;
            return Ok(EMPTY);
        }
        let IMocks::repeatCall { target, data } = called(data).ok_or(EMPTY)?;
        self.state.memory.manners.again = (target, data);
        Ok(EMPTY)
    }

    fn recipient_handle(&mut self, frame: Frame, call: IMetalayerRecipient::handleCall) -> Answer {
        let (this, manners) = (frame.this, self.state.memory.manners.clone());
        if manners.refusing {
            return Err(IMocks::Refused { message: call.message }.abi_encode());
        }
        let event = IMocks::Got {
            router: frame.caller,
            origin: call.origin,
            sender: call.sender,
            message: call.message.clone(),
            reads: U256::from(call.reads.len()),
            results: U256::from(call.readResults.len()),
            value: frame.value,
        };
        self.emit(this, &event);
        let (destination, recipient) = manners.answer;
        if destination != 0 {
            let dispatch = IMetalayerRouter::dispatch_0Call {
                destination,
                recipient,
                reads: vec![],
                writeCallData: call.message,
                finality: 0,
                gasLimit: U256::from(100_000),
            };
            let value = self.native(this);
            // Solidity asks for code before it calls where an answer is expected; a word of it has to come.
            if !self.has_code(frame.caller) {
                return Err(EMPTY);
            }
            let output = self.call(this, frame.caller, value, &dispatch.abi_encode())?;
            let id = output.first_chunk::<32>().ok_or(EMPTY)?;
            self.emit(this, &IMocks::Answered { messageId: B256::new(*id) });
        }
        let (target, again) = manners.again;
        if !target.is_zero() {
            let outcome = self.call(this, target, U256::ZERO, &again);
            let success = outcome.is_ok();
            let output = outcome.unwrap_or_else(|reason| reason).into();
            self.emit(this, &IMocks::Again { success, output });
        }
        Ok(EMPTY)
    }
}
