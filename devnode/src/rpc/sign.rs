//! `eth_*` and `personal_*` that act for an account: one whose key the node knows, or an impersonated one.

use alloy::consensus::{
    SignableTransaction, TxEip1559, TxEip2930, TxEip7702, TxEnvelope, TxLegacy, TypedTransaction,
};
use alloy::eips::Encodable2718;
use alloy::rpc::types::TransactionRequest;
use alloy::signers::SignerSync;
use alloy::signers::local::PrivateKeySigner;
use alloy_primitives::{Address, B256, Bytes, TxKind};
use serde::Deserialize;
use serde_json::{Value, json};

use super::eip712::TypedData;
use super::eth::in_world;
use super::execute::estimate;
use super::json::{receipt, waiting};
use super::{Answer, Args, Error, Method};
use crate::accounts;
use crate::chain::{Chain, Place, impersonation};
use crate::genesis::{DEV_ACCOUNT, DEV_PRIVATE_KEY};
use crate::state::Overrides;

pub(super) const METHODS: &[(&str, Method)] = &[
    ("eth_accounts", accounts_known),
    ("eth_requestAccounts", accounts_known),
    ("eth_sign", sign),
    ("personal_sign", personal_sign),
    ("eth_signTypedData", sign_typed_data),
    ("eth_signTypedData_v3", sign_typed_data),
    ("eth_signTypedData_v4", sign_typed_data),
    ("eth_signTransaction", sign_transaction),
    ("eth_fillTransaction", fill_transaction),
    ("eth_sendTransaction", send),
    ("eth_sendUnsignedTransaction", send_impersonated),
    ("eth_sendTransactionSync", send_sync),
    ("eth_sendRawTransactionSync", send_raw_sync),
];

/// Accounts whose keys the node knows, the chain's owner first.
fn known(chain: &Chain) -> Vec<Address> {
    let mut known = vec![DEV_ACCOUNT];
    for account in &chain.config.accounts {
        if !known.contains(&account.address) {
            known.push(account.address);
        }
    }
    known
}

fn signer(chain: &Chain, of: Address) -> Option<PrivateKeySigner> {
    let key = if of == DEV_ACCOUNT {
        DEV_PRIVATE_KEY
    } else {
        chain.config.accounts.iter().find(|account| account.address == of)?.private_key
    };
    accounts::signer(key).ok()
}

fn must_sign(chain: &Chain, of: Address) -> Result<PrivateKeySigner, Error> {
    signer(chain, of).ok_or_else(|| {
        Error::server(format!("unknown account {of}: the node knows the keys of eth_accounts only"))
    })
}

fn refused(error: alloy::signers::Error) -> Error {
    Error::server(format!("cannot sign: {error}"))
}

fn accounts_known(chain: &mut Chain, _: &Args) -> Answer {
    Ok(json!(known(chain)))
}

fn sign(chain: &mut Chain, args: &Args) -> Answer {
    signed_message(chain, args.get(0)?, &args.get::<Bytes>(1)?)
}

fn personal_sign(chain: &mut Chain, args: &Args) -> Answer {
    signed_message(chain, args.get(1)?, &args.get::<Bytes>(0)?)
}

/// Signature of a message with Ethereum's prefix (EIP-191).
fn signed_message(chain: &Chain, of: Address, message: &[u8]) -> Answer {
    let signature = must_sign(chain, of)?.sign_message_sync(message).map_err(refused)?;
    Ok(json!(Bytes::from(signature.as_bytes().to_vec())))
}

fn sign_typed_data(chain: &mut Chain, args: &Args) -> Answer {
    let of = args.get(0)?;
    // Some clients send it as text.
    let data: TypedData = match args.get::<Value>(1)? {
        Value::String(text) => serde_json::from_str(&text),
        value => serde_json::from_value(value),
    }
    .map_err(|error| Error::params(format!("invalid argument 1: {error}")))?;
    let hash = data.signing_hash().map_err(Error::params)?;
    let signature = must_sign(chain, of)?.sign_hash_sync(&hash).map_err(refused)?;
    Ok(json!(Bytes::from(signature.as_bytes().to_vec())))
}

fn sender(request: &TransactionRequest) -> Result<Address, Error> {
    request.from.ok_or_else(|| Error::params("missing 'from'"))
}

fn sign_transaction(chain: &mut Chain, args: &Args) -> Answer {
    let request = args.get::<TransactionRequest>(0)?;
    let from = sender(&request)?;
    let signer = must_sign(chain, from)?;
    let envelope = signed(complete(chain, &request, from)?, &signer)?;
    Ok(json!({
        "raw": Bytes::from(envelope.encoded_2718()),
        "tx": waiting(&envelope, from),
    }))
}

/// A request with everything that was left out, unsigned.
fn fill_transaction(chain: &mut Chain, args: &Args) -> Answer {
    let request = args.get::<TransactionRequest>(0)?;
    let from = sender(&request)?;
    let typed = complete(chain, &request, from)?;
    let mut raw = Vec::new();
    typed.encode_for_signing(&mut raw);
    let mut tx = json!(typed);
    if let Value::Object(members) = &mut tx {
        members.insert("from".into(), json!(from));
    }
    Ok(json!({"raw": Bytes::from(raw), "tx": tx}))
}

fn send(chain: &mut Chain, args: &Args) -> Answer {
    let request = args.get::<TransactionRequest>(0)?;
    let from = sender(&request)?;
    let envelope = envelope_of(chain, &request, from)?;
    Ok(json!(chain.send(from, envelope)?))
}

/// As if `from` was impersonated for this one transaction.
fn send_impersonated(chain: &mut Chain, args: &Args) -> Answer {
    let request = args.get::<TransactionRequest>(0)?;
    let from = sender(&request)?;
    let envelope = complete(chain, &request, from)?.into_signed(impersonation(from)).into();
    Ok(json!(chain.send(from, envelope)?))
}

fn send_sync(chain: &mut Chain, args: &Args) -> Answer {
    let hash = send(chain, args)?;
    receipt_now(chain, hash)
}

fn send_raw_sync(chain: &mut Chain, args: &Args) -> Answer {
    let hash = json!(chain.send_raw(&args.get::<Bytes>(0)?)?);
    receipt_now(chain, hash)
}

/// The receipt of a transaction that was just sent (EIP-7966).
fn receipt_now(chain: &Chain, hash: Value) -> Answer {
    let found = serde_json::from_value::<B256>(hash.clone()).ok().and_then(|hash| chain.find(hash));
    found.and_then(|(block, index)| receipt(block, index)).ok_or_else(|| Error {
        code: 4,
        message:
            "the transaction was added to the pool and is in no block yet: blocks are made at \
                  intervals or on request, or an earlier nonce is missing"
                .into(),
        data: Some(hash),
    })
}

/// The transaction that a request stands for: signed if the node knows the key, else for an impersonated account.
pub(super) fn envelope_of(
    chain: &mut Chain,
    request: &TransactionRequest,
    from: Address,
) -> Result<TxEnvelope, Error> {
    let signer = signer(chain, from);
    if signer.is_none() && !chain.may_impersonate(from) {
        return Err(Error::server(format!(
            "unknown account {from}: send a signed transaction by eth_sendRawTransaction, \
             or call anvil_impersonateAccount first"
        )));
    }
    let typed = complete(chain, request, from)?;
    match signer {
        Some(signer) => signed(typed, &signer),
        None => Ok(typed.into_signed(impersonation(from)).into()),
    }
}

/// A transaction chosen for a block that is being rehearsed, raw or as a request; the stage includes it, so that the
/// next one finds its nonce and its effects.
pub(super) fn chosen(
    stage: &mut Chain,
    transaction: Value,
) -> Result<(Address, TxEnvelope), Error> {
    let (from, envelope) = match &transaction {
        Value::String(_) => {
            let raw = Bytes::deserialize(&transaction)
                .map_err(|error| Error::params(format!("invalid transaction: {error}")))?;
            Chain::decode(&raw)?
        }
        _ => {
            let request = TransactionRequest::deserialize(&transaction)
                .map_err(|error| Error::params(format!("invalid transaction: {error}")))?;
            let from = sender(&request)?;
            (from, envelope_of(stage, &request, from)?)
        }
    };
    stage.mine(vec![(from, envelope.clone())])?;
    Ok((from, envelope))
}

fn signed(typed: TypedTransaction, signer: &PrivateKeySigner) -> Result<TxEnvelope, Error> {
    let signature = signer.sign_hash_sync(&typed.signature_hash()).map_err(refused)?;
    Ok(typed.into_signed(signature).into())
}

/// A request with what was left out: nonce, gas, price.
fn complete(
    chain: &mut Chain,
    request: &TransactionRequest,
    from: Address,
) -> Result<TypedTransaction, Error> {
    let nonce = match request.nonce {
        Some(nonce) => nonce,
        None => chain.pool.next_nonce(from, chain.latest().account(from).nonce),
    };
    let gas_limit = match request.gas {
        Some(gas) => gas,
        None => in_world(chain, Place::Pending, |chain| {
            estimate(chain, request, Place::Pending, &Overrides::default())
        })?,
    };
    if let Some(wanted) = request.chain_id.filter(|wanted| *wanted != chain.config.chain_id) {
        return Err(Error::server(format!(
            "invalid chain id for signer: have {wanted} want {}",
            chain.config.chain_id
        )));
    }
    let base_fee = u128::from(chain.base_fee());
    let to = request.to.unwrap_or(TxKind::Create);
    let value = request.value.unwrap_or_default();
    let input = request.input.input().cloned().unwrap_or_default();
    let access_list = request.access_list.clone().unwrap_or_default();
    let max_priority_fee_per_gas = request.max_priority_fee_per_gas.unwrap_or_default();
    let max_fee_per_gas = request
        .max_fee_per_gas
        .or(request.gas_price)
        .unwrap_or_else(|| base_fee.saturating_add(max_priority_fee_per_gas));
    let chain_id = chain.config.chain_id;
    if let (Some(authorization_list), TxKind::Call(to)) = (request.authorization_list.clone(), to) {
        return Ok(TxEip7702 {
            chain_id,
            nonce,
            gas_limit,
            max_fee_per_gas,
            max_priority_fee_per_gas,
            to,
            value,
            access_list,
            authorization_list,
            input,
        }
        .into());
    }
    let is_legacy = request.gas_price.is_some() || request.transaction_type == Some(0);
    let gas_price = request.gas_price.unwrap_or(max_fee_per_gas);
    Ok(match (is_legacy, access_list.is_empty()) {
        (true, true) => {
            TxLegacy { chain_id: Some(chain_id), nonce, gas_price, gas_limit, to, value, input }
                .into()
        }
        (true, false) => {
            TxEip2930 { chain_id, nonce, gas_price, gas_limit, to, value, access_list, input }
                .into()
        }
        (false, _) => TxEip1559 {
            chain_id,
            nonce,
            gas_limit,
            max_fee_per_gas,
            max_priority_fee_per_gas,
            to,
            value,
            access_list,
            input,
        }
        .into(),
    })
}
