//! The reference vectors, and their symbolic values as ABI.
//!
//! A vector names accounts (`$PORTAL`), structs (`$intent`) and hashes (`$intentHash`); [`Symbols`] says what they
//! are in one run, and turns the vector's JSON into ABI bytes, to be compared with what the chain says.

use std::collections::BTreeMap;
use std::path::PathBuf;

use alloy::dyn_abi::{DynSolType, DynSolValue};
use alloy::primitives::{Address, B256, Bytes, I256, LogData, U256, hex, keccak256};
use alloy::sol_types::SolValue;
use interfaces::intents::{Intent, Reward, Route};
use serde_json::{Map, Value};

use crate::artifacts;

/// Names another directory than `tests/vectors`.
const DIRECTORY: &str = "METALAYER_VECTORS";

/// The vectors of the intent protocol.
pub fn intents() -> Value {
    file_with("scenarios")
}

/// The vectors of the Metalayer and of Hyperlane.
pub fn messaging() -> Value {
    file_with("mailboxProcess")
}

/// Whether the vectors are the repository's own, whose cases are counted and whose names are known.
pub fn are_ours() -> bool {
    std::env::var_os(DIRECTORY).is_none()
}

/// The repository's own vectors have neither gained nor lost a case.
pub fn assert_count(cases: &[Value], count: usize) {
    assert!(
        !cases.is_empty() && (cases.len() == count || !are_ours()),
        "a case was added or lost: {}",
        cases.len()
    );
}

fn file_with(section: &str) -> Value {
    let directory =
        std::env::var_os(DIRECTORY).map_or_else(|| artifacts::root("tests/vectors"), PathBuf::from);
    let entries = std::fs::read_dir(&directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let mut values = files.iter().map(|file| artifacts::json(file, "it is part of the repository"));
    values
        .find(|value| value[section].is_object() || value[section].is_array())
        .unwrap_or_else(|| panic!("no file in {} has {section}", directory.display()))
}

/// Errors and events that only the mocks have, in the notation of the vectors' `abi`.
const MOCK_ERRORS: [&str; 3] =
    ["TokenBlocked()", "Nope(uint256)", "ERC20InsufficientAllowance(address,uint256,uint256)"];
const MOCK_EVENTS: [&str; 3] = [
    "Challenged(uint64,bytes32,bytes32)",
    "Proved(address,uint64,bytes,bytes,uint256)",
    "Hit(address,uint256,bytes)",
];

/// The members of each struct, in ABI order; a JSON object has none.
const STRUCTS: [&[&str]; 5] = [
    &["destination", "route", "reward"],
    &["salt", "deadline", "portal", "nativeAmount", "tokens", "calls"],
    &["deadline", "creator", "prover", "nativeAmount", "tokens"],
    &["token", "amount"],
    &["target", "data", "value"],
];

/// What the names of a vector stand for.
#[derive(Clone, Default)]
pub struct Symbols {
    /// `$NAME` of accounts.
    pub accounts: BTreeMap<String, Address>,
    /// `$name` of structs, hashes and numbers, as JSON that may hold further symbols.
    pub values: BTreeMap<String, Value>,
}

impl Symbols {
    /// Address that `name` stands for, or is.
    pub fn address(&self, name: &str) -> Address {
        match name.strip_prefix('$') {
            Some(name) => *self.accounts.get(name).unwrap_or_else(|| panic!("no account ${name}")),
            None => name.parse().unwrap_or_else(|_| panic!("not an address: {name}")),
        }
    }

    /// 32 bytes that `name` stands for, or is.
    pub fn word(&self, name: &str) -> B256 {
        if let Some(inner) = name.strip_prefix("bytes32(").and_then(|rest| rest.strip_suffix(')')) {
            return self.address(inner).into_word();
        }
        match name.strip_prefix('$').and_then(|name| self.values.get(name)) {
            Some(value) => self.word(value.as_str().expect("a word")),
            None if name.starts_with('$') => self.address(name).into_word(),
            None => name.parse().unwrap_or_else(|_| panic!("not a word: {name}")),
        }
    }

    /// A byte string; `<name>` inside it stands for the 32 bytes of that name.
    pub fn bytes(&self, text: &str) -> Vec<u8> {
        if let Some(value) = text.strip_prefix('$').and_then(|name| self.values.get(name)) {
            return self.bytes(value.as_str().expect("bytes"));
        }
        let mut hexadecimal = String::new();
        let mut rest = text.strip_prefix("0x").unwrap_or_else(|| panic!("not bytes: {text}"));
        while let Some((before, after)) = rest.split_once('<') {
            let (name, after) = after.split_once('>').expect("a closed <name>");
            let name = if name.starts_with('$') { name.to_owned() } else { format!("${name}") };
            hexadecimal += before;
            hexadecimal += &hex::encode(self.word(&name));
            rest = after;
        }
        hex::decode(hexadecimal + rest).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    /// A value of type `ty`.
    pub fn value(&self, ty: &DynSolType, json: &Value) -> DynSolValue {
        if let Some(value) = json
            .as_str()
            .and_then(|name| name.strip_prefix('$'))
            .and_then(|name| self.values.get(name))
        {
            return self.value(ty, value);
        }
        if let Some(error) = json.as_object().filter(|object| object.contains_key("name")) {
            return DynSolValue::Bytes(self.error(error));
        }
        let text = || json.as_str().unwrap_or_else(|| panic!("not a {ty}: {json}"));
        match ty {
            DynSolType::Address => DynSolValue::Address(self.address(text())),
            DynSolType::Bool => DynSolValue::Bool(json.as_bool().expect("a bool")),
            DynSolType::Bytes => DynSolValue::Bytes(self.bytes(text())),
            DynSolType::String => DynSolValue::String(text().to_owned()),
            DynSolType::FixedBytes(32) => DynSolValue::FixedBytes(self.word(text()), 32),
            DynSolType::Uint(bits) => DynSolValue::Uint(number(json), *bits),
            DynSolType::Int(bits) => DynSolValue::Int(I256::from_raw(number(json)), *bits),
            DynSolType::Array(element) => {
                let elements = json.as_array().unwrap_or_else(|| panic!("not an array: {json}"));
                DynSolValue::Array(elements.iter().map(|json| self.value(element, json)).collect())
            }
            DynSolType::Tuple(types) => {
                let members = members(json, types.len());
                DynSolValue::Tuple(
                    types.iter().zip(members).map(|(ty, json)| self.value(ty, json)).collect(),
                )
            }
            other => panic!("no vector holds a {other}"),
        }
    }

    /// ABI encoding of a parameter list of type `types`, as in `(uint64,bytes)`.
    pub fn encode(&self, types: &str, values: &[Value]) -> Vec<u8> {
        let ty = parse(types);
        self.value(&ty, &Value::Array(values.to_vec())).abi_encode_params()
    }

    /// Calldata of a function given by its signature.
    pub fn calldata(&self, signature: &str, arguments: &[Value]) -> Vec<u8> {
        [&selector(signature)[..], &self.encode(parameters(signature), arguments)].concat()
    }

    /// Revert data of an error `{name, args}`; `EMPTY` has none.
    pub fn error(&self, error: &Map<String, Value>) -> Vec<u8> {
        let name = error["name"].as_str().expect("the name of an error");
        if name == "EMPTY" {
            return Vec::new();
        }
        let signature = signature_of(name, "errors", &MOCK_ERRORS);
        self.calldata(&signature, error["args"].as_array().expect("arguments"))
    }

    /// Topics and data of an event `{name, args}`.
    pub fn event(&self, event: &Value) -> LogData {
        let name = event["name"].as_str().expect("the name of an event");
        let signature = signature_of(name, "events", &MOCK_EVENTS);
        let indexed = indexed_parameters(&signature);
        let DynSolType::Tuple(types) = parse(parameters(&signature)) else { panic!("{signature}") };
        let arguments = event["args"].as_array().expect("arguments");
        let mut topics = vec![keccak256(&signature)];
        let mut data = Vec::new();
        for (index, (ty, argument)) in types.iter().zip(arguments).enumerate() {
            let value = self.value(ty, argument);
            match indexed.get(index) {
                Some(true) => topics.push(value.as_word().expect("indexed parameters are words")),
                _ => data.push(value),
            }
        }
        LogData::new_unchecked(topics, DynSolValue::Tuple(data).abi_encode_params().into())
    }
}

/// Return types of a function of the Portal or of a prover, as in `(bytes32,address)`.
pub fn returns(signature: &str) -> &'static str {
    let contracts = [&abi()["Portal"], &abi()["MetaProver_HEAD"]];
    let found =
        contracts.iter().find_map(|contract| contract["functions"][signature]["returns"].as_str());
    found.unwrap_or_else(|| panic!("the vectors do not know {signature}"))
}

/// First four bytes of a call or error.
pub fn selector(signature: &str) -> [u8; 4] {
    let hash = keccak256(signature);
    [hash[0], hash[1], hash[2], hash[3]]
}

/// A decimal string, or a small JSON number.
pub fn number(json: &Value) -> U256 {
    match json {
        Value::String(text) => {
            U256::from_str_radix(text, 10).unwrap_or_else(|_| panic!("not a number: {text}"))
        }
        Value::Number(number) => U256::from(number.as_u64().expect("a natural number")),
        other => panic!("not a number: {other}"),
    }
}

/// Bytes in hexadecimal.
pub fn bytes(json: &Value) -> Bytes {
    json.as_str().unwrap_or_else(|| panic!("not bytes: {json}")).parse().expect("hex")
}

/// An intent of the vectors, from the encodings of its parts.
pub fn intent(case: &Value) -> Intent {
    Intent {
        destination: number(&case["intent"]["destination"]).to(),
        route: Route::abi_decode(&bytes(&case["encodedRoute"])).expect("a route"),
        reward: Reward::abi_decode(&bytes(&case["encodedReward"])).expect("a reward"),
    }
}

/// Text.
pub fn text(json: &Value) -> &str {
    json.as_str().unwrap_or_else(|| panic!("not a text: {json}"))
}

/// Elements of an array.
pub fn list(json: &Value) -> &[Value] {
    json.as_array().unwrap_or_else(|| panic!("not a list: {json}"))
}

fn members(json: &Value, count: usize) -> Vec<&Value> {
    let members: Vec<_> = match json {
        Value::Array(members) => members.iter().collect(),
        Value::Object(object) => {
            let names = STRUCTS.iter().find(|names| {
                names.len() == object.len() && names.iter().all(|name| object.contains_key(*name))
            });
            names
                .unwrap_or_else(|| panic!("not a struct: {json}"))
                .iter()
                .map(|name| &object[*name])
                .collect()
        }
        other => panic!("not a tuple: {other}"),
    };
    assert_eq!(members.len(), count, "{json}");
    members
}

fn parse(types: &str) -> DynSolType {
    // A parameter list of one parameter still is a tuple.
    match DynSolType::parse(types).unwrap_or_else(|error| panic!("{types}: {error}")) {
        tuple @ DynSolType::Tuple(_) if types != "()" => tuple,
        _ => DynSolType::Tuple(Vec::new()),
    }
}

fn parameters(signature: &str) -> &str {
    &signature[signature.find('(').expect("a signature")..]
}

/// Signature of the error or event called `name`: of the protocol's contracts, else of the mocks.
fn signature_of(name: &str, kind: &str, mocks: &[&str]) -> String {
    let vectors = abi();
    let contracts =
        ["Portal", "Vault", "Executor"].map(|contract| vectors[contract][kind].as_object());
    let known =
        contracts.iter().flatten().flat_map(|signatures| signatures.keys().map(String::as_str));
    let mut known = known.chain(mocks.iter().copied()).chain(["Panic(uint256)"]);
    known
        .find(|signature| signature.strip_prefix(name).is_some_and(|rest| rest.starts_with('(')))
        .unwrap_or_else(|| panic!("the vectors do not know {name}"))
        .to_owned()
}

fn indexed_parameters(signature: &str) -> Vec<bool> {
    let indexed = &abi()["Portal"]["events"][signature]["indexed"];
    indexed
        .as_array()
        .map(|flags| flags.iter().map(|flag| flag == true).collect())
        .unwrap_or_default()
}

/// The `abi` part of the intents' vectors.
fn abi() -> &'static Value {
    static ABI: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| intents()["abi"].clone());
    &ABI
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbols() -> Symbols {
        let mut symbols = Symbols::default();
        symbols.accounts.insert("BOB".to_owned(), Address::repeat_byte(0xb0));
        symbols.values.insert("intentHash".to_owned(), B256::repeat_byte(0x11).to_string().into());
        symbols
    }

    #[test]
    fn a_name_inside_a_byte_string_stands_for_its_32_bytes() {
        let expected = [&[0xab][..], &[0x11; 32], &[0; 12], &[0xb0; 20], &[0xcd]].concat();
        assert_eq!(symbols().bytes("0xab<intentHash><$BOB>cd"), expected);
    }

    #[test]
    fn a_vector_error_encodes_as_solidity_reverts_with_it() {
        let error = serde_json::json!({"name": "InvalidStatusForRefund", "args": ["2", "5", "6"]});
        let expected = alloy::sol_types::SolError::abi_encode(
            &interfaces::intents::IIntentSource::InvalidStatusForRefund {
                status: 2,
                now: U256::from(5),
                deadline: U256::from(6),
            },
        );
        assert_eq!(symbols().error(error.as_object().unwrap()), expected);
    }

    #[test]
    fn a_vector_event_encodes_as_alloy_encodes_it() {
        let event = serde_json::json!({"name": "IntentWithdrawn", "args": ["$intentHash", "$BOB"]});
        let expected = alloy::sol_types::SolEvent::encode_log_data(
            &interfaces::intents::IIntentSource::IntentWithdrawn {
                intentHash: B256::repeat_byte(0x11),
                claimant: Address::repeat_byte(0xb0),
            },
        );
        assert_eq!(symbols().event(&event), expected);
    }

    #[test]
    fn every_intent_of_the_vectors_encodes_as_in_the_vectors() {
        let vectors = intents();
        let publish = list(&vectors["scenarios"])[0]["steps"][1]["signature"].clone();
        for case in list(&vectors["intents"]) {
            let calldata = symbols().calldata(text(&publish), &[case["intent"].clone()]);
            assert_eq!(calldata[4..], intent(case).abi_encode(), "{}", case["name"]);
        }
    }
}
