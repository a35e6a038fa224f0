//! What must be so on a chain, and is asked of it: code, activation, answers of views.

use std::fmt::Debug;

use alloy::primitives::{Address, B256, Bytes, keccak256};
use alloy::sol_types::SolCall;
use alloy::transports::TransportError;
use interfaces::hyperlane::IOwnable;

use crate::chain::{Chain, ChainError, Tx};
use crate::deployment::{ARB_WASM, IArbWasm};

/// Something that a chain answers otherwise than it should.
#[derive(Debug, thiserror::Error)]
pub enum FactError {
    /// What is there is not what was set.
    #[error("{what} on {chain} reads back as {actual}, not {expected}")]
    ReadBack {
        /// Name of the chain.
        chain: String,
        /// Which value.
        what: String,
        /// What was set.
        expected: String,
        /// What is there.
        actual: String,
    },
    /// The chain could not be asked.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// Something that must be so.
#[derive(Clone, Debug)]
pub struct Fact {
    what: String,
    ask: Ask,
}

#[derive(Clone, Debug)]
enum Ask {
    Code { at: Address, hash: Option<B256> },
    Answer { to: Address, call: Bytes, expected: Option<Bytes>, show: fn(&[u8]) -> String },
    Either(Box<[Fact; 2]>),
}

impl Fact {
    /// The account holds exactly this code.
    pub fn code(name: &str, at: Address, code: &[u8]) -> Self {
        let hash = Some(keccak256(code));
        Self { what: format!("code of {name} at {at}"), ask: Ask::Code { at, hash } }
    }

    /// The account holds code.
    pub fn some_code(name: &str, at: Address) -> Self {
        Self { what: format!("code of {name} at {at}"), ask: Ask::Code { at, hash: None } }
    }

    /// The program can be called: activated, and neither expired nor behind the chain's version.
    pub fn active(name: &str, program: Address) -> Self {
        let call = IArbWasm::programVersionCall { program };
        Self::of(format!("Stylus version of {name}"), ARB_WASM, &call, None)
    }

    /// A view answers exactly this.
    ///
    /// - `what`: contract and function, such as `Portal.executor`.
    pub fn answer<C: SolCall>(what: &str, to: Address, call: &C, expected: &C::Return) -> Self
    where
        C::Return: Debug,
    {
        Self::of(what.to_owned(), to, call, Some(C::abi_encode_returns(expected).into()))
    }

    /// A view answers, whatever it is.
    pub fn answers<C: SolCall>(what: &str, to: Address, call: &C) -> Self
    where
        C::Return: Debug,
    {
        Self::of(what.to_owned(), to, call, None)
    }

    /// The contract belongs to this account.
    pub fn owned(name: &str, contract: Address, owner: Address) -> Self {
        Self::answer(&format!("{name}.owner"), contract, &IOwnable::ownerCall {}, &owner)
    }

    /// One of two facts holds.
    pub fn either(one: Self, other: Self) -> Self {
        Self { what: one.what.clone(), ask: Ask::Either(Box::new([one, other])) }
    }

    fn of<C: SolCall>(what: String, to: Address, call: &C, expected: Option<Bytes>) -> Self
    where
        C::Return: Debug,
    {
        let (call, show) = (call.abi_encode().into(), show::<C>);
        Self { what, ask: Ask::Answer { to, call, expected, show } }
    }

    /// Is it so?
    pub async fn holds(&self, chain: &Chain) -> Result<bool, ChainError> {
        Ok(self.differs(chain).await?.is_none())
    }

    /// # Errors
    /// `ReadBack` if it is not so.
    pub async fn check(&self, chain: &Chain) -> Result<(), FactError> {
        match self.differs(chain).await? {
            None => Ok(()),
            Some([expected, actual]) => {
                let (chain, what) = (chain.name().to_owned(), self.what.clone());
                Err(FactError::ReadBack { chain, what, expected, actual })
            }
        }
    }

    /// What was expected and what is there, if they differ.
    async fn differs(&self, chain: &Chain) -> Result<Option<[String; 2]>, ChainError> {
        match &self.ask {
            Ask::Code { at, hash } => {
                let code = chain.code(*at).await?;
                let found = (!code.is_empty()).then(|| keccak256(code));
                let expected = match hash {
                    Some(hash) if found != Some(*hash) => format!("code with hash {hash}"),
                    None if found.is_none() => "code".to_owned(),
                    _ => return Ok(None),
                };
                let actual = found.map(|found| format!("code with hash {found}"));
                Ok(Some([expected, actual.unwrap_or_else(|| "no code".to_owned())]))
            }
            Ask::Answer { to, call, expected, show } => {
                let tx = Tx::raw(*to, call.clone());
                let wanted = || expected.as_ref().map_or("an answer".to_owned(), |data| show(data));
                let answer = match chain.dry_run(&self.what, Address::ZERO, &tx).await {
                    Err(ChainError::Rpc { source, .. }) if is_of_the_call(&source) => {
                        return Ok(Some([wanted(), format!("an error: {source}")]));
                    }
                    answer => answer?,
                };
                match answer {
                    Err(revert) => Ok(Some([wanted(), format!("a revert with {revert}")])),
                    // Without a value to compare, any word will do; nothing at all is no answer.
                    Ok(answer) if expected.is_none() && answer.len() >= 32 => Ok(None),
                    Ok(answer) if expected.as_ref() == Some(&answer) => Ok(None),
                    Ok(answer) => Ok(Some([wanted(), show(&answer)])),
                }
            }
            Ask::Either(facts) => {
                let Some(one) = Box::pin(facts[0].differs(chain)).await? else { return Ok(None) };
                let Some(other) = Box::pin(facts[1].differs(chain)).await? else { return Ok(None) };
                let [expected, actual] = one;
                Ok(Some([expected, format!("{actual}, and {} is {}", facts[1].what, other[1])]))
            }
        }
    }
}

/// Has the call failed, without revert data, and not the asking? So it does for a program that has expired, or out of
/// gas.
fn is_of_the_call(error: &TransportError) -> bool {
    error.as_error_resp().is_some_and(|payload| payload.code == CALL_FAILED)
}

/// Code of JSON-RPC under which geth and Nitro report what goes wrong in a call; limits of providers have others.
const CALL_FAILED: i64 = -32_000;

/// # Errors
/// The first fact that is not so.
pub async fn check_all(chain: &Chain, facts: &[Fact]) -> Result<(), FactError> {
    for fact in facts {
        fact.check(chain).await?;
    }
    Ok(())
}

fn show<C: SolCall>(answer: &[u8]) -> String
where
    C::Return: Debug,
{
    match C::abi_decode_returns(answer) {
        Ok(value) => format!("{value:?}"),
        Err(_) if answer.is_empty() => "nothing; is the contract there?".to_owned(),
        Err(_) => Bytes::copy_from_slice(answer).to_string(),
    }
}
