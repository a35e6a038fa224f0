//! Token moves, as tolerant and as strict as the Solidity peer's library.
//! Spec: intents.md §2.6.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolError};
use interfaces::{
    Args,
    intents::{IERC20, IInbox, IIntentSource},
};
use stylus_sdk::{call::RawCall, host::VM};

use crate::{Revert, abi, has_code, static_call_word};

/// Balance of `account`.
/// # Errors
/// Empty for a token without code or with a short answer; else what the token reverted with.
#[inline(never)]
pub fn balance_of(host: &VM, token: Address, account: Address) -> Result<U256, Revert> {
    let data = abi::words(IERC20::balanceOfCall::SELECTOR, &[account.into_word()]);
    static_call_word(host, token, &data).map(|word| abi::to_uint(&word.0))
}

/// What `spender` may take from `owner`.
/// # Errors
/// As [`balance_of`].
#[inline(never)]
pub fn allowance(
    host: &VM,
    token: Address,
    owner: Address,
    spender: Address,
) -> Result<U256, Revert> {
    let words = [owner.into_word(), spender.into_word()];
    static_call_word(host, token, &abi::words(IERC20::allowanceCall::SELECTOR, &words))
        .map(|word| abi::to_uint(&word.0))
}

/// Sends tokens of ours.
/// # Errors
/// What the token reverted with, or `FailedInnerCall` when it said nothing; `AddressEmptyCode` for a token without
/// code; `SafeERC20FailedOperation` when it answered false; empty when it answered less than a word, or no bool.
/// # Re-entrancy
/// The token may call anything; the storage cache is written and dropped first.
#[inline(never)]
pub fn transfer(host: &VM, token: Address, to: Address, amount: U256) -> Result<(), Revert> {
    move_tokens(
        host,
        token,
        &abi::words(IERC20::transferCall::SELECTOR, &[to.into_word(), abi::to_word(amount)]),
    )
}

/// Sends tokens that `from` allows us to send.
/// # Errors
/// As [`transfer`].
/// # Re-entrancy
/// As [`transfer`].
#[inline(never)]
pub fn transfer_from(
    host: &VM,
    token: Address,
    from: Address,
    to: Address,
    amount: U256,
) -> Result<(), Revert> {
    let words = [from.into_word(), to.into_word(), abi::to_word(amount)];
    move_tokens(host, token, &abi::words(IERC20::transferFromCall::SELECTOR, &words))
}

fn move_tokens(host: &VM, token: Address, data: &[u8]) -> Result<(), Revert> {
    // SAFETY: the cache is dropped, and no storage guard of a caller lives across this `&VM` call.
    let outcome = unsafe { RawCall::new(host).clear_storage_cache().call(token, data) };
    let fail = |selector, arguments: &[B256]| Err(Revert(abi::words(selector, arguments)));
    match outcome {
        Err(data) if data.is_empty() => fail(IInbox::FailedInnerCall::SELECTOR, &[]),
        Err(data) => Err(Revert(data)),
        // Tokens that answer nothing are believed if they exist.
        Ok(output) if output.is_empty() => {
            if has_code(host, token) {
                return Ok(());
            }
            fail(IInbox::AddressEmptyCode::SELECTOR, &[token.into_word()])
        }
        Ok(output) => match Args(&output).bool(0) {
            Some(true) => Ok(()),
            Some(false) => {
                fail(IIntentSource::SafeERC20FailedOperation::SELECTOR, &[token.into_word()])
            }
            // Neither true nor false: Solidity's decoder reverts without data.
            None => Err(Revert::EMPTY),
        },
    }
}
