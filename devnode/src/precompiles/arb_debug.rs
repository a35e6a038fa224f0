//! ArbDebug (0xff): what only debug chains allow.
//! Spec: stylus-vm.md §8.10.

use alloy::sol_types::{SolCall, SolError, SolValue};
use revm::bytecode::Bytecode;
use revm::context_interface::JournalTr;
use revm::context_interface::journaled_state::account::JournaledAccountTr;

use super::{Access, Answer, Call, Failure, Method};
use crate::arbos::Map;

alloy::sol! {
    interface ArbDebug {
        function becomeChainOwner() external;
        function overwriteContractCode(address target, bytes newCode) external returns (bytes oldCode);
        function events(bool flag, bytes32 value) external payable returns (address, uint256);
        function eventsView() external view;
        function customRevert(uint64 number) external pure;
        function panic() external;
        function legacyError() external pure;

        event Basic(bool flag, bytes32 indexed value);
        event Mixed(bool indexed flag, bool not, bytes32 indexed value, address conn, address indexed caller);

        error Custom(uint64 number, string message, bool flag);
    }
}
use ArbDebug::{
    Basic, Custom, Mixed, becomeChainOwnerCall, customRevertCall, eventsCall, eventsViewCall,
    legacyErrorCall, overwriteContractCodeCall, panicCall,
};

pub(super) const METHODS: &[Method] = &[
    Method::write(becomeChainOwnerCall::SELECTOR, become_chain_owner),
    Method::write(overwriteContractCodeCall::SELECTOR, overwrite_code),
    Method::new(eventsCall::SELECTOR, Access::Payable, events),
    Method::view(eventsViewCall::SELECTOR, |_| Err(Failure::Plain)),
    Method::pure(customRevertCall::SELECTOR, custom_revert),
    // Upstream this stops the node; here it fails the call and the chain goes on.
    Method::write(panicCall::SELECTOR, |_| Err(Failure::Plain)).since(30),
    Method::pure(legacyErrorCall::SELECTOR, |_| Err(Failure::Plain)),
];

fn become_chain_owner(call: &mut Call<'_, '_>) -> Answer {
    let caller = call.caller;
    call.add_member(Map::Owners, caller)?;
    Ok(Vec::new())
}

fn overwrite_code(call: &mut Call<'_, '_>) -> Answer {
    let overwriteContractCodeCall { target, newCode } = call.args()?;
    let old = call.evm.code_of(target);
    let code = Bytecode::new_legacy(newCode);
    let Ok(mut account) = call.evm.journal().load_account_mut(target);
    account.set_code_and_hash_slow(code);
    Ok(overwriteContractCodeCall::abi_encode_returns(&old))
}

fn events(call: &mut Call<'_, '_>) -> Answer {
    let eventsCall { flag, value } = call.args()?;
    let (caller, paid, conn) = (call.caller, call.value, call.address);
    call.log(&Basic { flag: !flag, value })?;
    call.log(&Mixed { flag, not: !flag, value, conn, caller })?;
    Ok((caller, paid).abi_encode())
}

fn custom_revert(call: &mut Call<'_, '_>) -> Answer {
    let number = call.args::<customRevertCall>()?.number;
    Err(Failure::solidity(Custom { number, message: SPIDER.into(), flag: true }))
}

/// A drawing of two words, as long as the one upstream, so that the error costs the same.
const SPIDER: &str = "a spider of our own: //\\(oo)/\\\\, and its web: --<>--<>--";

/// An error of this precompile as `Name(arguments)`.
pub(super) fn error_text(output: &[u8]) -> Option<String> {
    let error = Custom::abi_decode(output).ok()?;
    Some(format!("Custom({}, {}, {})", error.number, error.message, error.flag))
}
