//! ArbInfo (0x65): balances and codes of other accounts.
//! Spec: stylus-vm.md §8.4.

use alloy::sol_types::SolCall;

use super::{Answer, Call, Method};

alloy::sol! {
    interface ArbInfo {
        function getBalance(address account) external view returns (uint256);
        function getCode(address account) external view returns (bytes);
    }
}
use ArbInfo::{getBalanceCall, getCodeCall};

pub(super) const METHODS: &[Method] =
    &[Method::view(getBalanceCall::SELECTOR, balance), Method::view(getCodeCall::SELECTOR, code)];

/// Gas of reading a balance (`BalanceCost`).
const BALANCE_READ: u64 = 700;
/// Gas of reading a code, first part (`ColdSloadCost`).
const CODE_READ: u64 = 2_100;

fn balance(call: &mut Call<'_, '_>) -> Answer {
    let account = call.args::<getBalanceCall>()?.account;
    call.burn(BALANCE_READ)?;
    let balance = call.evm.peek(account, |account| account.info.balance);
    Ok(getBalanceCall::abi_encode_returns(&balance))
}

fn code(call: &mut Call<'_, '_>) -> Answer {
    let account = call.args::<getCodeCall>()?.account;
    call.burn(CODE_READ)?;
    let code = call.evm.code_of(account);
    call.burn(super::copy_cost(code.len()))?;
    Ok(getCodeCall::abi_encode_returns(&code))
}
