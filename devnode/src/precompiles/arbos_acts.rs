//! ArbosActs (0xa4b05): what ArbOS says to itself; nobody else may.
//! Spec: stylus-vm.md §8.1, §9.2.

use alloy::sol_types::{SolCall, SolError};

use super::{Answer, Call, Failure, Method};
use crate::block::startBlockCall;

alloy::sol! {
    interface ArbosActs {
        error CallerNotArbOS();
    }
}
use ArbosActs::CallerNotArbOS;

pub(super) const METHODS: &[Method] = &[Method::write(startBlockCall::SELECTOR, start_block)];

fn start_block(call: &mut Call<'_, '_>) -> Answer {
    call.args::<startBlockCall>()?;
    Err(Failure::solidity(CallerNotArbOS {}))
}

/// An error of this precompile as `Name(arguments)`.
pub(super) fn error_text(output: &[u8]) -> Option<String> {
    CallerNotArbOS::abi_decode(output).ok().map(|_| "CallerNotArbOS()".into())
}
