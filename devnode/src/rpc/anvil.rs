//! `anvil_*` (and the `hardhat_*` names of the same): accounts as one likes them.

use alloy_primitives::{Address, B256, Bytes, U256};
use serde_json::Value;

use super::evm::number;
use super::{Answer, Args, Error, Method};
use crate::chain::Chain;

pub(super) const METHODS: &[(&str, Method)] = &[
    ("anvil_setBalance", set_balance),
    ("hardhat_setBalance", set_balance),
    ("anvil_setCode", set_code),
    ("hardhat_setCode", set_code),
    ("anvil_setNonce", set_nonce),
    ("hardhat_setNonce", set_nonce),
    ("anvil_setStorageAt", set_storage_at),
    ("hardhat_setStorageAt", set_storage_at),
    ("anvil_impersonateAccount", impersonate),
    ("hardhat_impersonateAccount", impersonate),
    ("anvil_stopImpersonatingAccount", stop_impersonating),
    ("hardhat_stopImpersonatingAccount", stop_impersonating),
];

fn set_balance(chain: &mut Chain, args: &Args) -> Answer {
    let (address, balance) = (args.get::<Address>(0)?, args.get::<U256>(1)?);
    chain.state.edit(address, |account| account.balance = balance);
    Ok(Value::Null)
}

fn set_code(chain: &mut Chain, args: &Args) -> Answer {
    let (address, code) = (args.get::<Address>(0)?, args.get::<Bytes>(1)?);
    chain.set_code(address, code);
    Ok(Value::Null)
}

fn set_nonce(chain: &mut Chain, args: &Args) -> Answer {
    let address = args.get::<Address>(0)?;
    let nonce =
        number(args, 1)?.ok_or_else(|| Error::params("missing value for required argument 1"))?;
    chain.state.edit(address, |account| account.nonce = nonce);
    Ok(Value::Null)
}

fn set_storage_at(chain: &mut Chain, args: &Args) -> Answer {
    let (address, key, value) =
        (args.get::<Address>(0)?, args.get::<U256>(1)?, args.get::<B256>(2)?);
    chain.state.edit_slot(address, key, value.into());
    Ok(Value::Bool(true))
}

fn impersonate(chain: &mut Chain, args: &Args) -> Answer {
    chain.impersonated.insert(args.get::<Address>(0)?);
    Ok(Value::Null)
}

fn stop_impersonating(chain: &mut Chain, args: &Args) -> Answer {
    chain.impersonated.remove(&args.get::<Address>(0)?);
    Ok(Value::Null)
}
