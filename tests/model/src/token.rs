//! Tokens, as `tests/mocks/Token.sol` writes them, and the way in which contracts move them (intents.md §2.6).

use std::collections::BTreeMap;

use alloy::primitives::{Address, U256};
use alloy::sol_types::{SolCall, SolError};
use interfaces::intents::{IERC20, IInbox, IIntentSource};

use crate::actors::IMocks;
use crate::flaw::Flaw;
use crate::site::Actor;
use crate::world::{Answer, Chain, EMPTY, Frame, answer, called};

/// A token's books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Which of the tokens it is.
    pub kind: Actor,
    /// Whether it misbehaves now.
    pub bad: bool,
    /// Sum of all balances.
    pub supply: U256,
    /// By owner.
    pub balances: BTreeMap<Address, U256>,
    /// By owner and spender.
    pub allowances: BTreeMap<(Address, Address), U256>,
}

impl Token {
    /// Nobody has any.
    pub fn new(kind: Actor) -> Self {
        Self {
            kind,
            bad: false,
            supply: U256::ZERO,
            balances: BTreeMap::new(),
            allowances: BTreeMap::new(),
        }
    }

    /// What an account has.
    pub fn balance(&self, account: Address) -> U256 {
        self.balances.get(&account).copied().unwrap_or_default()
    }

    /// What a spender may take.
    pub fn allowance(&self, owner: Address, spender: Address) -> U256 {
        self.allowances.get(&(owner, spender)).copied().unwrap_or_default()
    }
}

impl Chain {
    pub(crate) fn token_view(&self, token: Address, data: &[u8]) -> Option<Answer> {
        let books = &self.state.tokens[&token];
        if let Some(call) = called::<IERC20::balanceOfCall>(data) {
            return Some(answer(&books.balance(call.account)));
        }
        let call = called::<IERC20::allowanceCall>(data)?;
        Some(answer(&books.allowance(call.owner, call.spender)))
    }

    pub(crate) fn token(&mut self, frame: Frame, data: &[u8]) -> Answer {
        if !frame.value.is_zero() {
            return Err(EMPTY);
        }
        let token = frame.this;
        let kind = self.state.tokens[&token].kind;
        let bad = self.state.tokens[&token].bad;
        if let Some(IERC20::approveCall { spender, value }) = called(data) {
            let owner = frame.caller;
            self.books(token).allowances.insert((owner, spender), value);
            self.emit(token, &IERC20::Approval { owner, spender, value });
            return self.moved(kind);
        }
        if let Some(IMocks::mintCall { to, value }) = called(data) {
            self.mint(token, to, value);
            return Ok(EMPTY);
        }
        if let Some(IMocks::setBadCall { bad }) = called(data) {
            if !matches!(kind, Actor::False | Actor::Reverting) {
                return Err(EMPTY);
            }
            self.books(token).bad = bad;
            return Ok(EMPTY);
        }
        if let (Some(IMocks::setCallbackCall { target, callback }), Actor::Hooked) =
            (called(data), kind)
        {
            self.state.memory.callbacks.insert(token, (target, callback));
            return Ok(EMPTY);
        }
        let (from, to, value, spends) = match (
            called::<IERC20::transferCall>(data),
            called::<IERC20::transferFromCall>(data),
        ) {
            (Some(call), _) => (frame.caller, call.to, call.value, false),
            (_, Some(call)) => (call.from, call.to, call.value, true),
            _ => return Err(EMPTY),
        };
        match kind {
            Actor::False if bad => return answer(&false),
            Actor::Reverting if bad => return Err(IMocks::TokenBlocked {}.abi_encode()),
            _ => {}
        }
        if spends {
            self.spend(token, from, frame.caller, value)?;
        }
        if kind == Actor::Fee {
            let fee = value / U256::from(10);
            self.move_tokens(token, from, to, value - fee)?;
            let balance = self.state.tokens[&token].balance(from);
            if balance < fee {
                return Err(insufficient(from, balance, fee));
            }
            let books = self.books(token);
            books.balances.insert(from, balance - fee);
            books.supply -= fee;
            self.emit(token, &IERC20::Transfer { from, to: Address::ZERO, value: fee });
        } else {
            self.move_tokens(token, from, to, value)?;
        }
        if let (Actor::Hooked, Some((target, callback))) =
            (kind, self.state.memory.callbacks.remove(&token))
        {
            self.call_back(token, target, &callback);
        }
        self.moved(kind)
    }

    fn moved(&self, kind: Actor) -> Answer {
        match kind {
            Actor::Silent => Ok(EMPTY),
            _ => answer(&true),
        }
    }

    fn books(&mut self, token: Address) -> &mut Token {
        self.state.tokens.get_mut(&token).expect("a token")
    }

    /// Makes tokens out of nothing, as anybody may.
    pub fn mint(&mut self, token: Address, to: Address, value: U256) {
        let books = self.books(token);
        books.supply += value;
        *books.balances.entry(to).or_default() += value;
        self.emit(token, &IERC20::Transfer { from: Address::ZERO, to, value });
    }

    fn spend(
        &mut self,
        token: Address,
        owner: Address,
        spender: Address,
        value: U256,
    ) -> Result<(), Vec<u8>> {
        let allowed = self.state.tokens[&token].allowance(owner, spender);
        if allowed == U256::MAX {
            return Ok(());
        }
        let Some(left) = allowed.checked_sub(value) else {
            let error =
                IMocks::ERC20InsufficientAllowance { spender, allowance: allowed, needed: value };
            return Err(error.abi_encode());
        };
        self.books(token).allowances.insert((owner, spender), left);
        Ok(())
    }

    fn move_tokens(
        &mut self,
        token: Address,
        from: Address,
        to: Address,
        value: U256,
    ) -> Result<(), Vec<u8>> {
        if to.is_zero() {
            return Err(IMocks::ERC20InvalidReceiver { receiver: to }.abi_encode());
        }
        let balance = self.state.tokens[&token].balance(from);
        let Some(left) = balance.checked_sub(value) else {
            return Err(insufficient(from, balance, value));
        };
        let keeps = self.state.vaults.contains_key(&from) && self.has(Flaw::MakesTokens);
        let books = self.books(token);
        if !keeps {
            books.balances.insert(from, left);
        }
        *books.balances.entry(to).or_default() += value;
        self.emit(token, &IERC20::Transfer { from, to, value });
        Ok(())
    }

    /// What a contract finds out about a balance; empty revert where there is no token.
    pub(crate) fn balance_of(
        &self,
        asker: Address,
        token: Address,
        account: Address,
    ) -> Result<U256, Vec<u8>> {
        self.ask_word(asker, token, &IERC20::balanceOfCall { account })
    }

    pub(crate) fn allowance_of(
        &self,
        asker: Address,
        token: Address,
        owner: Address,
        spender: Address,
    ) -> Result<U256, Vec<u8>> {
        self.ask_word(asker, token, &IERC20::allowanceCall { owner, spender })
    }

    /// A safe transfer of the caller's own tokens.
    pub(crate) fn safe_transfer(
        &mut self,
        by: Address,
        token: Address,
        to: Address,
        value: U256,
    ) -> Result<(), Vec<u8>> {
        self.safe_move(by, token, &IERC20::transferCall { to, value }.abi_encode())
    }

    /// A safe transfer of somebody else's tokens.
    pub(crate) fn safe_transfer_from(
        &mut self,
        by: Address,
        token: Address,
        from: Address,
        to: Address,
        value: U256,
    ) -> Result<(), Vec<u8>> {
        self.safe_move(by, token, &IERC20::transferFromCall { from, to, value }.abi_encode())
    }

    fn safe_move(&mut self, by: Address, token: Address, data: &[u8]) -> Result<(), Vec<u8>> {
        match self.call(by, token, U256::ZERO, data) {
            Err(reason) if reason.is_empty() => Err(IInbox::FailedInnerCall {}.abi_encode()),
            Err(reason) => Err(reason),
            Ok(output) if output.is_empty() => match self.has_code(token) {
                true => Ok(()),
                false => Err(IInbox::AddressEmptyCode { target: token }.abi_encode()),
            },
            Ok(output) if output.ends_with(&[1]) => Ok(()),
            Ok(_) => Err(IIntentSource::SafeERC20FailedOperation { token }.abi_encode()),
        }
    }
}

fn insufficient(sender: Address, balance: U256, needed: U256) -> Vec<u8> {
    IMocks::ERC20InsufficientBalance { sender, balance, needed }.abi_encode()
}
