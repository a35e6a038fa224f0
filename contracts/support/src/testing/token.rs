//! ERC-20 tokens, honest and otherwise, for [`Chain`].

use std::rc::Rc;

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use interfaces::intents::IERC20::{allowanceCall, balanceOfCall, transferCall, transferFromCall};
use stylus_sdk::{ArbResult, stylus_core::*};

use super::{Chain, Program};

/// What a token does when it is asked to move.
#[derive(Clone)]
pub enum Behaviour {
    /// Moves, and answers true.
    Honest,
    /// Moves, and answers this.
    Answers(Vec<u8>),
    /// Moves nothing, and answers false.
    False,
    /// Moves nothing, and reverts with this.
    Reverts(Vec<u8>),
    /// Burns a tenth of what moves.
    TakesFee,
    /// Moves, runs this, and answers true; takes native value.
    Calls(Rc<dyn Fn(&Chain)>),
}

impl Chain {
    /// Puts a token at an address.
    pub fn set_token(&self, token: Address, behaviour: Behaviour) {
        let program: Program = Rc::new(move |chain, input| answer(chain, input, &behaviour));
        self.set_program(token, program);
    }

    /// Makes tokens.
    pub fn mint(&self, token: Address, account: Address, amount: u64) {
        self.mint_word(token, account, U256::from(amount));
    }

    /// Makes tokens, more than 64 bits count.
    pub fn mint_word(&self, token: Address, account: Address, amount: U256) {
        let balance = self.token_balance(token, account) + amount;
        self.0.borrow_mut().state.storage.insert((token, balance_slot(account)), balance.into());
    }

    /// Lets `spender` take that many tokens of `owner`.
    pub fn approve(&self, token: Address, owner: Address, spender: Address, amount: u64) {
        let slot = (token, allowance_slot(owner, spender));
        self.0.borrow_mut().state.storage.insert(slot, U256::from(amount).into());
    }

    /// Tokens of an account.
    pub fn token_balance(&self, token: Address, account: Address) -> U256 {
        let slot = (token, balance_slot(account));
        self.0.borrow().state.storage.get(&slot).copied().unwrap_or_default().into()
    }
}

fn answer(chain: &Chain, input: &[u8], behaviour: &Behaviour) -> ArbResult {
    if let Ok(call) = balanceOfCall::abi_decode(input) {
        return Ok(chain.storage_load_bytes32(balance_slot(call.account)).to_vec());
    }
    if let Ok(call) = allowanceCall::abi_decode(input) {
        return Ok(chain.storage_load_bytes32(allowance_slot(call.owner, call.spender)).to_vec());
    }
    let (from, to, value, allowance) = if let Ok(call) = transferCall::abi_decode(input) {
        (chain.msg_sender(), call.to, call.value, None)
    } else if let Ok(call) = transferFromCall::abi_decode(input) {
        let slot = allowance_slot(call.from, chain.msg_sender());
        (call.from, call.to, call.value, Some(slot))
    } else if input.is_empty() && matches!(behaviour, Behaviour::Calls(_)) {
        return Ok(Vec::new());
    } else {
        return Err(Vec::new());
    };
    match behaviour {
        Behaviour::False => return Ok(false.abi_encode()),
        Behaviour::Reverts(data) => return Err(data.clone()),
        _ => {}
    }
    if let Some(slot) = allowance {
        take(chain, slot, value)?;
    }
    take(chain, balance_slot(from), value)?;
    let fee =
        if matches!(behaviour, Behaviour::TakesFee) { value / U256::from(10) } else { U256::ZERO };
    let received =
        U256::from_be_bytes(chain.storage_load_bytes32(balance_slot(to)).0) + value - fee;
    // SAFETY: nothing else accesses the token's storage in this frame.
    unsafe { chain.storage_cache_bytes32(balance_slot(to), received.into()) };
    chain.flush_cache(true);
    match behaviour {
        Behaviour::Answers(data) => return Ok(data.clone()),
        Behaviour::Calls(hook) => hook(chain),
        _ => {}
    }
    Ok(true.abi_encode())
}

/// Lowers a stored number, or reverts.
fn take(chain: &Chain, slot: U256, value: U256) -> Result<(), Vec<u8>> {
    let stored = U256::from_be_bytes(chain.storage_load_bytes32(slot).0);
    let rest = stored.checked_sub(value).ok_or_else(|| b"too little".to_vec())?;
    // SAFETY: nothing else accesses the token's storage in this frame.
    unsafe { chain.storage_cache_bytes32(slot, rest.into()) };
    Ok(())
}

fn balance_slot(account: Address) -> U256 {
    keccak256((account, B256::ZERO).abi_encode()).into()
}

fn allowance_slot(owner: Address, spender: Address) -> U256 {
    keccak256((owner, spender).abi_encode()).into()
}
