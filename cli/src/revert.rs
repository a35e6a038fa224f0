//! Revert data in words: every error of `interfaces`, Solidity's own two, and what is inside `CallFailed`.

use std::fmt;

use alloy::primitives::Bytes;
use alloy::sol_types::{Panic, Revert as ErrorString, SolError, SolInterface};
use interfaces::{hyperlane as h, intents as i, metalayer as m};

use crate::deployment::IArbWasm;

/// The data of a revert. `Display` decodes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revert(pub Bytes);

impl Revert {
    /// Is it this error, whatever its arguments?
    pub fn is<E: SolError>(&self) -> bool {
        E::abi_decode(&self.0).is_ok()
    }

    /// Is it `Error(text)`?
    pub fn says(&self, text: &str) -> bool {
        ErrorString::abi_decode(&self.0).is_ok_and(|error| error.reason() == text)
    }
}

impl fmt::Display for Revert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = &self.0;
        if data.is_empty() {
            return f.write_str("an empty revert");
        }
        if let Ok(error) = ErrorString::abi_decode(data) {
            return write!(f, "Error({:?})", error.reason());
        }
        if let Ok(panic) = Panic::abi_decode(data) {
            return write!(f, "Panic({:#04x})", panic.code);
        }
        if let Ok(failed) = i::IExecutor::CallFailed::abi_decode(data) {
            let target = failed.call.target;
            return write!(f, "CallFailed {{ target: {target}, reason: {} }}", Self(failed.reason));
        }
        match known(data) {
            Some(error) => f.write_str(&error),
            None => write!(f, "unknown error {data}"),
        }
    }
}

/// The first interface that declares an error with this selector and these arguments names it.
fn known(data: &[u8]) -> Option<String> {
    let decoders = [
        decode::<i::IIntentSource::IIntentSourceErrors>,
        decode::<i::IInbox::IInboxErrors>,
        decode::<i::IERC7683::IERC7683Errors>,
        decode::<i::IExecutor::IExecutorErrors>,
        decode::<i::IVault::IVaultErrors>,
        decode::<i::IVaultExtras::IVaultExtrasErrors>,
        decode::<i::IMetaProver::IMetaProverErrors>,
        decode::<m::IMetalayerRouter::IMetalayerRouterErrors>,
        decode::<m::IMetalayerIsm::IMetalayerIsmErrors>,
        decode::<m::IMetalayerMultisigIsm::IMetalayerMultisigIsmErrors>,
        decode::<m::IMetalayerReadIsm::IMetalayerReadIsmErrors>,
        decode::<m::IMetalayerReadAggregationIsm::IMetalayerReadAggregationIsmErrors>,
        decode::<IArbWasm::IArbWasmErrors>,
        decode::<h::ICcipReadIsm::ICcipReadIsmErrors>,
    ];
    decoders.iter().find_map(|decode| decode(data))
}

/// `Enum(Error { field: value })`, as alloy derives it, without the `Enum` around it.
fn decode<E: SolInterface + fmt::Debug>(data: &[u8]) -> Option<String> {
    let text = format!("{:?}", E::abi_decode(data).ok()?);
    let inner = text.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    Some(inner.unwrap_or(&text).to_owned())
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{Address, U256, hex};
    use interfaces::intents::Call;

    use super::*;

    fn shown(error: impl SolError) -> String {
        Revert(error.abi_encode().into()).to_string()
    }

    #[test]
    fn an_error_of_a_contract_is_shown_with_its_arguments() {
        let error = i::IIntentSource::InvalidStatusForFunding { status: 2 };
        assert_eq!(shown(error), "InvalidStatusForFunding { status: 2 }");
        assert_eq!(shown(i::IIntentSource::InvalidClaimant {}), "InvalidClaimant");
    }

    #[test]
    fn the_errors_of_the_modules_are_shown_too() {
        assert_eq!(shown(m::IMetalayerReadIsm::QuorumNotReached {}), "QuorumNotReached");
        let twice = m::IMetalayerMultisigIsm::InvalidThreshold {};
        assert_eq!(shown(twice), "InvalidThreshold");
    }

    #[test]
    fn strings_and_panics_of_solidity_are_shown() {
        assert_eq!(shown(ErrorString::from("!threshold")), "Error(\"!threshold\")");
        assert_eq!(shown(Panic { code: U256::from(0x11) }), "Panic(0x11)");
        assert_eq!(Revert(Bytes::new()).to_string(), "an empty revert");
    }

    #[test]
    fn the_reason_inside_a_failed_route_call_is_decoded_too() {
        let call = Call { target: Address::ZERO, data: Bytes::new(), value: U256::ZERO };
        let reason = ErrorString::from("no money").abi_encode().into();
        let text = shown(i::IExecutor::CallFailed { call, reason });
        assert!(text.ends_with("reason: Error(\"no money\") }"), "{text}");
    }

    #[test]
    fn foreign_errors_are_shown_as_bytes() {
        assert_eq!(Revert(hex!("deadbeef").into()).to_string(), "unknown error 0xdeadbeef");
    }
}
