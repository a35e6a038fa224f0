//! Hashes of typed data (EIP-712), from the JSON that `eth_signTypedData_v4` takes.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, Bytes, I256, U256, keccak256};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Types within types, at most.
const DEPTH_LIMIT: usize = 64;

/// A member of a struct.
#[derive(Clone, Debug, Deserialize)]
struct Member {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

/// Typed data as wallets send it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TypedData {
    types: std::collections::BTreeMap<String, Vec<Member>>,
    primary_type: String,
    domain: Map<String, Value>,
    message: Map<String, Value>,
}

impl TypedData {
    /// The hash to be signed.
    /// # Errors
    /// The data does not fit its types; the text says where.
    pub(super) fn signing_hash(&self) -> Result<B256, String> {
        let mut preimage = vec![0x19, 0x01];
        preimage.extend(self.hash_domain()?);
        // A domain alone may be signed.
        if self.primary_type != "EIP712Domain" {
            preimage.extend(self.hash_struct(&self.primary_type, &self.message, 0)?);
        }
        Ok(keccak256(preimage))
    }

    fn hash_domain(&self) -> Result<B256, String> {
        if self.types.contains_key("EIP712Domain") {
            return self.hash_struct("EIP712Domain", &self.domain, 0);
        }
        // Without its type, the domain has the members it has, in the standard's order.
        let standard = [
            ("name", "string"),
            ("version", "string"),
            ("chainId", "uint256"),
            ("verifyingContract", "address"),
            ("salt", "bytes32"),
        ];
        let mut completed = self.clone();
        let members = standard
            .iter()
            .filter(|(name, _)| self.domain.contains_key(*name))
            .map(|(name, kind)| Member { name: (*name).into(), kind: (*kind).into() })
            .collect();
        completed.types.insert("EIP712Domain".into(), members);
        completed.hash_struct("EIP712Domain", &self.domain, 0)
    }

    fn hash_struct(
        &self,
        name: &str,
        values: &Map<String, Value>,
        depth: usize,
    ) -> Result<B256, String> {
        let members = self.types.get(name).ok_or_else(|| format!("type {name} is not defined"))?;
        let mut encoded = keccak256(self.encode_type(name)).to_vec();
        for member in members {
            let value = values.get(&member.name).unwrap_or(&Value::Null);
            let word = self
                .encode(&member.kind, value, depth)
                .map_err(|why| format!("{name}.{}: {why}", member.name))?;
            encoded.extend(word);
        }
        Ok(keccak256(encoded))
    }

    /// The type with its members, then the types it refers to, by name.
    fn encode_type(&self, name: &str) -> String {
        let mut referred = BTreeSet::new();
        self.refer(name, &mut referred);
        referred.remove(name);
        std::iter::once(name)
            .chain(referred)
            .map(|name| {
                let members: Vec<String> = self
                    .types
                    .get(name)
                    .into_iter()
                    .flatten()
                    .map(|member| format!("{} {}", member.kind, member.name))
                    .collect();
                format!("{name}({})", members.join(","))
            })
            .collect()
    }

    fn refer<'a>(&'a self, name: &'a str, referred: &mut BTreeSet<&'a str>) {
        let base = name.split('[').next().unwrap_or(name);
        if let Some(members) = self.types.get(base)
            && referred.insert(base)
        {
            for member in members {
                self.refer(&member.kind, referred);
            }
        }
    }

    fn encode(&self, kind: &str, value: &Value, depth: usize) -> Result<B256, String> {
        if depth > DEPTH_LIMIT {
            return Err("nested too deeply".into());
        }
        let inner = depth.saturating_add(1);
        if let Some((element, length)) = array(kind) {
            let values = value.as_array().ok_or("is no array")?;
            if length.is_some_and(|length| length != values.len()) {
                return Err(format!("has {} elements, not as many as {kind}", values.len()));
            }
            let mut encoded = Vec::new();
            for value in values {
                encoded.extend(self.encode(element, value, inner)?);
            }
            return Ok(keccak256(encoded));
        }
        if self.types.contains_key(kind) {
            return match value {
                Value::Object(values) => self.hash_struct(kind, values, inner),
                // An absent struct of a recursive type.
                Value::Null => Ok(B256::ZERO),
                _ => Err(format!("is no {kind}")),
            };
        }
        encode_atom(kind, value).ok_or_else(|| format!("{value} is no {kind}"))
    }
}

/// Element type and length of an array type.
fn array(kind: &str) -> Option<(&str, Option<usize>)> {
    let (element, length) = kind.strip_suffix(']')?.rsplit_once('[')?;
    match length {
        "" => Some((element, None)),
        length => length.parse().ok().map(|length| (element, Some(length))),
    }
}

fn encode_atom(kind: &str, value: &Value) -> Option<B256> {
    match kind {
        "string" => return value.as_str().map(keccak256),
        "bytes" => return Bytes::deserialize(value).ok().map(keccak256),
        "bool" => return value.as_bool().map(|bool| B256::with_last_byte(bool.into())),
        "address" => return Address::deserialize(value).ok().map(|address| address.into_word()),
        _ => {}
    }
    if let Some(size) = kind.strip_prefix("bytes") {
        let size: usize = size.parse().ok().filter(|size| (1..=32).contains(size))?;
        let bytes = Bytes::deserialize(value).ok().filter(|bytes| bytes.len() == size)?;
        return Some(B256::right_padding_from(&bytes));
    }
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let bits = |bits: &str| match bits {
        "" => Some(256),
        bits => bits.parse::<usize>().ok().filter(|bits| bits % 8 == 0 && (8..=256).contains(bits)),
    };
    if let Some(size) = kind.strip_prefix("uint") {
        let number: U256 = text.parse().ok()?;
        return (number.bit_len() <= bits(size)?).then(|| number.into());
    }
    let size = bits(kind.strip_prefix("int")?)?;
    let number: I256 = text.parse().ok()?;
    let used = match number.is_negative() {
        // The sign takes a bit, and the lowest number has no positive twin.
        true => (!number.into_raw()).bit_len(),
        false => number.into_raw().bit_len(),
    };
    (used < size).then(|| number.into_raw().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::b256;
    use serde_json::json;

    fn mail() -> Value {
        let person = [("name", "string"), ("wallet", "address")];
        let members = |members: &[(&str, &str)]| -> Value {
            members.iter().map(|(name, kind)| json!({"name": name, "type": kind})).collect()
        };
        json!({
            "types": {
                "EIP712Domain": members(&[
                    ("name", "string"), ("version", "string"), ("chainId", "uint256"),
                    ("verifyingContract", "address"),
                ]),
                "Person": members(&person),
                "Mail": members(&[("from", "Person"), ("to", "Person"), ("contents", "string")]),
            },
            "primaryType": "Mail",
            "domain": {
                "name": "Ether Mail", "version": "1", "chainId": 1,
                "verifyingContract": "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC",
            },
            "message": {
                "from": {"name": "Cow", "wallet": "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"},
                "to": {"name": "Bob", "wallet": "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"},
                "contents": "Hello, Bob!",
            },
        })
    }

    #[test]
    fn the_standards_own_example_has_the_standards_hash() {
        let data: TypedData = serde_json::from_value(mail()).unwrap();
        assert_eq!(
            data.encode_type("Mail"),
            "Mail(Person from,Person to,string contents)Person(string name,address wallet)"
        );
        let expected = b256!("be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2");
        assert_eq!(data.signing_hash(), Ok(expected));
        // the domain's type may be left out
        let mut short = mail();
        short["types"].as_object_mut().unwrap().remove("EIP712Domain");
        let data: TypedData = serde_json::from_value(short).unwrap();
        assert_eq!(data.signing_hash(), Ok(expected));
    }

    #[test]
    fn data_that_does_not_fit_its_type_is_refused_by_name() {
        let mut wrong = mail();
        wrong["message"]["from"]["wallet"] = json!("0x12");
        let data: TypedData = serde_json::from_value(wrong).unwrap();
        let why = data.signing_hash().unwrap_err();
        assert_eq!(why, "Mail.from: Person.wallet: \"0x12\" is no address");
    }

    #[test]
    fn numbers_must_fit_their_width() {
        assert!(encode_atom("uint8", &json!(255)).is_some());
        assert!(encode_atom("uint8", &json!(256)).is_none());
        assert!(encode_atom("int8", &json!(127)).is_some());
        assert!(encode_atom("int8", &json!(128)).is_none());
        assert_eq!(encode_atom("int8", &json!(-128)).unwrap().0[31], 0x80);
        assert_eq!(encode_atom("int8", &json!("-128")).unwrap().0[0], 0xff);
        assert!(encode_atom("int8", &json!(-129)).is_none());
        assert!(encode_atom("uint7", &json!(1)).is_none());
        assert!(encode_atom("bytes4", &json!("0x010203")).is_none());
    }

    #[test]
    fn arrays_are_hashed_element_by_element() {
        assert_eq!(array("uint256[2][]"), Some(("uint256[2]", None)));
        assert_eq!(array("uint256[2]"), Some(("uint256", Some(2))));
        assert_eq!(array("uint256"), None);
    }
}
