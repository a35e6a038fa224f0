//! JSON-RPC: one file per namespace.
//!
//! Every method is a plain function over the chain and its parameters; the server hands both to the chain's thread.
//! Spec: stylus-vm.md §9.6, §10.

mod anvil;
mod debug;
mod eip712;
mod eth;
mod evm;
mod execute;
mod json;
mod logs;
mod net;
mod sign;
mod simulate;
mod txpool;
mod web3;

use jsonrpsee::types::ErrorObjectOwned;
use jsonrpsee::{ResponsePayload, RpcModule};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::chain::{Chain, Rejected};
use crate::node::Handle;
use crate::transaction::Invalid;

pub(crate) use execute::halt_text;
pub(crate) use logs::Filters;

/// A refusal, as JSON-RPC puts it.
#[derive(Clone, Debug)]
pub(crate) struct Error {
    code: i32,
    message: String,
    data: Option<Value>,
}

/// geth's code for everything that has no code of its own.
const SERVER_ERROR: i32 = -32_000;
/// Parameters that do not fit.
const INVALID_PARAMS: i32 = -32_602;
/// Something the chain should not do.
const INTERNAL_ERROR: i32 = -32_603;
/// A call that reverted; the data member holds what it returned.
const REVERTED: i32 = 3;

impl Error {
    fn server(message: impl Into<String>) -> Self {
        Self { code: SERVER_ERROR, message: message.into(), data: None }
    }

    fn params(message: impl Into<String>) -> Self {
        Self { code: INVALID_PARAMS, message: message.into(), data: None }
    }
}

impl From<Rejected> for Error {
    fn from(rejected: Rejected) -> Self {
        Self::server(rejected.to_string())
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self::server(invalid.to_string())
    }
}

impl From<Error> for ErrorObjectOwned {
    fn from(error: Error) -> Self {
        Self::owned(error.code, error.message, error.data)
    }
}

/// Values in the parameters of one request. In memory an object takes a hundred times the bytes of its text, so that a
/// request of a few megabytes could take gigabytes.
const VALUES_LIMIT: usize = 200_000;

/// Values in a JSON text at most: whatever opens or follows one is counted.
fn values(text: &str) -> usize {
    let mut in_string = false;
    let mut escaped = false;
    let mut count = 1;
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b'{' | b'[' | b',' if !in_string => count += 1,
            _ => {}
        }
    }
    count
}

/// Parameters of a request, by position.
pub(crate) struct Args(Vec<Value>);

impl Args {
    fn parse(params: &jsonrpsee::types::Params<'_>) -> Result<Self, Error> {
        match params.as_str() {
            None => Ok(Self(Vec::new())),
            Some(text) if values(text) > VALUES_LIMIT => {
                Err(Error::params(format!("more than {VALUES_LIMIT} values in one request")))
            }
            Some(text) => match serde_json::from_str(text) {
                Ok(Value::Array(values)) => Ok(Self(values)),
                Ok(Value::Null) => Ok(Self(Vec::new())),
                Ok(_) => Err(Error::params("non-array args")),
                Err(error) => Err(Error::params(format!("parse error: {error}"))),
            },
        }
    }

    /// A parameter that must be there.
    fn get<T: DeserializeOwned>(&self, place: usize) -> Result<T, Error> {
        match self.0.get(place) {
            None | Some(Value::Null) => {
                Err(Error::params(format!("missing value for required argument {place}")))
            }
            Some(value) => parse(place, value),
        }
    }

    /// A parameter that may be left out.
    fn opt<T: DeserializeOwned>(&self, place: usize) -> Result<Option<T>, Error> {
        match self.0.get(place) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => parse(place, value).map(Some),
        }
    }
}

fn parse<T: DeserializeOwned>(place: usize, value: &Value) -> Result<T, Error> {
    T::deserialize(value)
        .map_err(|error| Error::params(format!("invalid argument {place}: {error}")))
}

/// Answer of a method.
pub(crate) type Answer = Result<Value, Error>;
/// A method.
pub(crate) type Method = fn(&mut Chain, &Args) -> Answer;
/// Answer that is JSON text already: a tree of values takes ten times as long to build as to write.
pub(crate) type TextAnswer = Result<Box<RawValue>, Error>;
/// A method that answers so.
pub(crate) type TextMethod = fn(&mut Chain, &Args) -> TextAnswer;

const NAMESPACES: &[&[(&str, Method)]] = &[
    eth::METHODS,
    execute::METHODS,
    sign::METHODS,
    simulate::METHODS,
    txpool::METHODS,
    logs::METHODS,
    net::METHODS,
    web3::METHODS,
    evm::METHODS,
    anvil::METHODS,
    debug::METHODS,
];

/// Methods that look something up and do nothing else, unless they are asked about pending state.
const LOOKS: &[&str] = &[
    "eth_blockNumber",
    "eth_chainId",
    "eth_gasPrice",
    "eth_getBalance",
    "eth_getBlockByHash",
    "eth_getBlockByNumber",
    "eth_getCode",
    "eth_getStorageAt",
    "eth_getTransactionByHash",
    "eth_getTransactionCount",
    "eth_getTransactionReceipt",
    "net_version",
    "web3_clientVersion",
];

/// All methods over one chain.
pub(crate) fn module(chain: Handle) -> RpcModule<Handle> {
    let mut module = RpcModule::new(chain);
    for (name, method) in NAMESPACES.iter().flat_map(|namespace| namespace.iter()) {
        register(&mut module, name, *method);
    }
    for (name, method) in logs::TEXT_METHODS {
        register(&mut module, name, *method);
    }
    logs::register_subscriptions(&mut module);
    module
}

fn register<T: Clone + Serialize + Send + Sync + 'static>(
    module: &mut RpcModule<Handle>,
    name: &'static str,
    method: fn(&mut Chain, &Args) -> Result<T, Error>,
) {
    let looks = LOOKS.contains(&name);
    let registered = module.register_async_method(name, move |params, chain, _| async move {
        let answer = async {
            let args = Args::parse(&params)?;
            let job = move |chain: &mut Chain| method(chain, &args);
            // On pending state, waiting transactions are run first.
            let pending = || params.as_str().is_some_and(|text| text.contains("pending"));
            let answer = match looks && !pending() {
                true => chain.look(job).await,
                false => chain.run(job).await,
            };
            answer.unwrap_or_else(|_gone| {
                Err(Error {
                    code: INTERNAL_ERROR,
                    message: format!("{name} failed inside the node; the chain goes on"),
                    data: None,
                })
            })
        };
        match answer.await {
            Ok(result) => ResponsePayload::success(result),
            Err(error) => ResponsePayload::error(error),
        }
    });
    debug_assert!(registered.is_ok(), "{name} is registered twice");
}

/// The names of all methods.
#[cfg(test)]
fn names() -> impl Iterator<Item = &'static str> {
    let of_values = NAMESPACES.iter().flat_map(|namespace| namespace.iter()).map(|(name, _)| *name);
    of_values.chain(logs::TEXT_METHODS.iter().map(|(name, _)| *name))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_method_that_looks_exists() {
        for look in LOOKS {
            assert!(names().any(|name| name == *look), "{look}");
        }
    }

    #[test]
    fn values_are_counted_outside_of_strings_only() {
        for (text, at_least) in [
            ("[]", 0),
            ("[1,2,3]", 3),
            (r#"["a,b,[{", "\",\\", {"k":[null,true]}]"#, 5),
            (r#"[{},{},{}]"#, 4),
        ] {
            let counted = values(text);
            assert!((at_least..=at_least + 4).contains(&counted), "{text}: {counted}");
        }
        assert_eq!(values(&format!("[\"{}\"]", ",".repeat(1_000))), 2);
    }

    #[test]
    fn the_readme_lists_the_methods_that_there_are() {
        let quoted = include_str!("../../README.md").split('`').skip(1).step_by(2);
        let documented: BTreeSet<&str> = quoted
            .filter(|name| {
                let (namespace, method) = name.split_once('_').unwrap_or_default();
                !method.is_empty()
                    && namespace.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
            })
            .collect();
        let mut there: BTreeSet<&str> = names().collect();
        there.extend(["eth_subscribe", "eth_unsubscribe"]);
        assert_eq!(documented, there);
    }
}
