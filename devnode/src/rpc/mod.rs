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
mod txpool;
mod web3;

use jsonrpsee::RpcModule;
use jsonrpsee::types::ErrorObjectOwned;
use serde::de::DeserializeOwned;
use serde_json::Value;

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

/// Parameters of a request, by position.
pub(crate) struct Args(Vec<Value>);

impl Args {
    fn parse(params: &jsonrpsee::types::Params<'_>) -> Result<Self, Error> {
        match params.as_str() {
            None => Ok(Self(Vec::new())),
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

const NAMESPACES: &[&[(&str, Method)]] = &[
    eth::METHODS,
    execute::METHODS,
    sign::METHODS,
    txpool::METHODS,
    logs::METHODS,
    net::METHODS,
    web3::METHODS,
    evm::METHODS,
    anvil::METHODS,
    debug::METHODS,
];

/// All methods over one chain.
pub(crate) fn module(chain: Handle) -> RpcModule<Handle> {
    let mut module = RpcModule::new(chain);
    for (name, method) in NAMESPACES.iter().flat_map(|namespace| namespace.iter()) {
        let registered = module.register_async_method(name, move |params, chain, _| async move {
            let args = Args::parse(&params)?;
            let answer = chain.run(move |chain| method(chain, &args)).await;
            answer
                .unwrap_or_else(|_gone| {
                    Err(Error {
                        code: INTERNAL_ERROR,
                        message: format!("{name} failed inside the node; the chain goes on"),
                        data: None,
                    })
                })
                .map_err(ErrorObjectOwned::from)
        });
        debug_assert!(registered.is_ok(), "{name} is registered twice");
    }
    logs::register_subscriptions(&mut module);
    module
}
