//! The types of functions, from a JSON ABI.

use alloy_primitives::keccak256;
use serde_json::Value as Json;

/// A type of the ABI, as far as our functions use them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `address`.
    Address,
    /// `uint` of that many bits.
    Uint(usize),
    /// `bool`.
    Bool,
    /// `bytesN`.
    FixedBytes(usize),
    /// `bytes`.
    Bytes,
    /// `string`, encoded as `bytes` are; nothing asks for UTF-8.
    String,
    /// `T[]`.
    Array(Box<Self>),
    /// A struct.
    Tuple(Vec<Field>),
    /// `bytes` that hold these values, encoded as parameters are.
    Encoded(Vec<Field>),
}

/// A parameter, or a member of a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name; may be empty.
    pub name: String,
    /// Its type.
    pub ty: Type,
}

/// A function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Name and types, as they are hashed.
    pub signature: String,
    /// First four bytes of its calls.
    pub selector: [u8; 4],
    /// Parameters.
    pub inputs: Vec<Field>,
    /// Whether it takes value.
    pub payable: bool,
    /// Whether it promises to change nothing.
    pub view: bool,
}

/// What a contract can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abi {
    /// Its functions, in the order of the file.
    pub functions: Vec<Function>,
    /// Whether it takes value without calldata.
    pub receives: bool,
}

impl Type {
    /// Whether the value lies behind the head, which holds its offset.
    pub fn is_dynamic(&self) -> bool {
        match self {
            Self::Address | Self::Uint(_) | Self::Bool | Self::FixedBytes(_) => false,
            Self::Bytes | Self::String | Self::Array(_) | Self::Encoded(_) => true,
            Self::Tuple(fields) => fields.iter().any(|field| field.ty.is_dynamic()),
        }
    }

    /// Bytes that the value takes in the head.
    pub fn head(&self) -> usize {
        match self {
            Self::Tuple(fields) if !self.is_dynamic() => {
                fields.iter().map(|field| field.ty.head()).sum()
            }
            _ => 32,
        }
    }

    /// As in a signature.
    pub fn name(&self) -> String {
        match self {
            Self::Address => "address".into(),
            Self::Uint(bits) => format!("uint{bits}"),
            Self::Bool => "bool".into(),
            Self::FixedBytes(size) => format!("bytes{size}"),
            Self::Bytes | Self::Encoded(_) => "bytes".into(),
            Self::String => "string".into(),
            Self::Array(element) => format!("{}[]", element.name()),
            Self::Tuple(fields) => {
                let names: Vec<_> = fields.iter().map(|field| field.ty.name()).collect();
                format!("({})", names.join(","))
            }
        }
    }

    fn parse(ty: &str, components: &Json) -> Self {
        if let Some(element) = ty.strip_suffix("[]") {
            return Self::Array(Box::new(Self::parse(element, components)));
        }
        let number = |digits: &str| digits.parse().unwrap_or_else(|_| panic!("a type: {ty}"));
        match ty {
            "address" => Self::Address,
            "bool" => Self::Bool,
            "bytes" => Self::Bytes,
            "string" => Self::String,
            "tuple" => Self::Tuple(fields(components)),
            _ => match (ty.strip_prefix("uint"), ty.strip_prefix("bytes")) {
                (Some(bits), _) => Self::Uint(number(bits)),
                (_, Some(size)) => Self::FixedBytes(number(size)),
                _ => panic!("no function of ours takes a {ty}"),
            },
        }
    }
}

impl Abi {
    /// Reads a JSON ABI.
    ///
    /// # Panics
    /// If it is none, or has a type that [`Type`] lacks.
    pub fn parse(json: &str) -> Self {
        let json: Json = serde_json::from_str(json).expect("a JSON ABI");
        let items = json.as_array().expect("a list");
        let functions = items.iter().filter(|item| item["type"] == "function");
        Self {
            functions: functions.map(Function::parse).collect(),
            receives: items.iter().any(|item| item["type"] == "receive"),
        }
    }

    /// The function of that signature.
    pub fn function(&self, signature: &str) -> &Function {
        let found = self.functions.iter().find(|function| function.signature == signature);
        found.unwrap_or_else(|| panic!("no function {signature}"))
    }
}

impl Function {
    fn parse(json: &Json) -> Self {
        let inputs = fields(&json["inputs"]);
        let types: Vec<_> = inputs.iter().map(|field| field.ty.name()).collect();
        let name = json["name"].as_str().expect("a name");
        let signature = format!("{name}({})", types.join(","));
        let hash = keccak256(&signature);
        Self {
            selector: [hash[0], hash[1], hash[2], hash[3]],
            signature,
            inputs,
            payable: json["stateMutability"] == "payable",
            view: json["stateMutability"] == "view" || json["stateMutability"] == "pure",
        }
    }

    /// Its name without its types.
    pub fn name(&self) -> &str {
        self.signature.split('(').next().unwrap_or_default()
    }
}

fn fields(json: &Json) -> Vec<Field> {
    let fields = json.as_array().expect("parameters");
    let field = |json: &Json| Field {
        name: json["name"].as_str().unwrap_or_default().to_owned(),
        ty: Type::parse(json["type"].as_str().expect("a type"), &json["components"]),
    };
    fields.iter().map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_read_from_json_with_its_selector() {
        let abi = Abi::parse(
            r#"[{"type":"function","name":"transfer","stateMutability":"nonpayable",
                 "inputs":[{"name":"to","type":"address"},{"name":"value","type":"uint256"}]},
                {"type":"receive","stateMutability":"payable"}]"#,
        );
        let function = abi.function("transfer(address,uint256)");
        assert_eq!(function.selector, [0xa9, 0x05, 0x9c, 0xbb]);
        assert!(abi.receives && !function.payable && function.name() == "transfer");
    }

    #[test]
    fn a_struct_of_words_is_as_long_as_its_members_and_one_with_bytes_is_an_offset() {
        let field = |ty| Field { name: String::new(), ty };
        let leg = Type::Tuple(vec![field(Type::Address), field(Type::Uint(256))]);
        assert!(!leg.is_dynamic() && leg.head() == 64);
        let call = Type::Tuple(vec![field(Type::Address), field(Type::Bytes)]);
        assert!(call.is_dynamic() && call.head() == 32);
        assert_eq!(Type::Array(Box::new(call)).name(), "(address,bytes)[]");
    }
}
