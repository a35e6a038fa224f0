//! Encoding with a note of where each word lies, and decoding as Solidity does it.

use crate::abi::{Field, Type};

/// A value; structs are lists, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Of one word.
    Word([u8; 32]),
    /// Of any number of bytes.
    Bytes(Vec<u8>),
    /// An array, a struct, parameters, or encoded values.
    List(Vec<Self>),
}

/// What a word of calldata says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A value of a type of one word.
    Word(Type),
    /// Where a value lies, counted from the index `base` of the encoding.
    Offset {
        /// Where its tuple begins.
        base: usize,
    },
    /// How many elements, or bytes, follow.
    Length,
}

/// A word of calldata, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// From the parameter's name to the member's, as in `intent.route.tokens[1].token`.
    pub path: String,
    /// Index of the first byte, selector not counted.
    pub at: usize,
    /// What it says.
    pub kind: Kind,
}

/// An encoding of parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encoding {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Every word of it that is not the inside or the padding of `bytes`.
    pub places: Vec<Place>,
}

/// The canonical encoding of parameters.
///
/// # Panics
/// If the values are not of these types.
pub fn encode(fields: &[Field], values: &[Value]) -> Encoding {
    let mut out = Encoding::default();
    out.tuple(&members("", fields, values));
    out
}

/// What Solidity's decoder reads in the parameters of a call, or `None` where it reverts without data. Bytes behind the
/// last value, gaps, overlaps and any padding are accepted; an offset counts forward from its tuple.
/// # Source
/// intents.md §1.3
pub fn decode(fields: &[Field], data: &[u8]) -> Option<Vec<Value>> {
    let types: Vec<_> = fields.iter().map(|field| &field.ty).collect();
    read_tuple(&types, data, 0)
}

/// A value with its path and its type.
type Member<'a> = (String, &'a Type, &'a Value);

fn members<'a>(path: &str, fields: &'a [Field], values: &'a [Value]) -> Vec<Member<'a>> {
    assert_eq!(fields.len(), values.len(), "{path}: a value for each member");
    let named = |field: &Field| match path {
        "" => field.name.clone(),
        _ => format!("{path}.{}", field.name),
    };
    fields.iter().zip(values).map(|(field, value)| (named(field), &field.ty, value)).collect()
}

impl Encoding {
    fn tuple(&mut self, members: &[Member<'_>]) {
        let base = self.bytes.len();
        let mut waiting = Vec::new();
        for (path, ty, value) in members {
            if ty.is_dynamic() {
                waiting.push((self.bytes.len(), path, ty, value));
                self.word(path, Kind::Offset { base }, [0; 32]);
            } else {
                self.fixed(path, ty, value);
            }
        }
        for (at, path, ty, value) in waiting {
            let offset = word(self.bytes.len() - base);
            self.bytes[at..at + 32].copy_from_slice(&offset);
            self.dynamic(path, ty, value);
        }
    }

    fn fixed(&mut self, path: &str, ty: &Type, value: &Value) {
        match (ty, value) {
            (Type::Tuple(fields), Value::List(values)) => {
                for (path, ty, value) in members(path, fields, values) {
                    self.fixed(&path, ty, value);
                }
            }
            (_, Value::Word(value)) => self.word(path, Kind::Word(ty.clone()), *value),
            _ => panic!("{path}: {value:?} is no {}", ty.name()),
        }
    }

    fn dynamic(&mut self, path: &str, ty: &Type, value: &Value) {
        match (ty, value) {
            (Type::Bytes | Type::String, Value::Bytes(bytes)) => {
                self.word(path, Kind::Length, word(bytes.len()));
                self.bytes.extend_from_slice(bytes);
                self.pad();
            }
            (Type::Array(element), Value::List(values)) => {
                self.word(path, Kind::Length, word(values.len()));
                let items = values.iter().enumerate();
                let items: Vec<_> =
                    items.map(|(i, value)| (format!("{path}[{i}]"), &**element, value)).collect();
                self.tuple(&items);
            }
            (Type::Tuple(fields), Value::List(values)) => {
                self.tuple(&members(path, fields, values));
            }
            (Type::Encoded(fields), Value::List(values)) => {
                let length = self.bytes.len();
                self.word(path, Kind::Length, [0; 32]);
                self.tuple(&members(path, fields, values));
                let inside = word(self.bytes.len() - length - 32);
                self.bytes[length..length + 32].copy_from_slice(&inside);
            }
            _ => panic!("{path}: {value:?} is no {}", ty.name()),
        }
    }

    fn word(&mut self, path: &str, kind: Kind, word: [u8; 32]) {
        self.places.push(Place { path: path.to_owned(), at: self.bytes.len(), kind });
        self.bytes.extend_from_slice(&word);
    }

    fn pad(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(32), 0);
    }
}

fn word(number: usize) -> [u8; 32] {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&(number as u64).to_be_bytes());
    word
}

fn read_tuple(types: &[&Type], data: &[u8], base: usize) -> Option<Vec<Value>> {
    let mut at = base;
    let mut values = Vec::new();
    for ty in types {
        values.push(if ty.is_dynamic() {
            read_dynamic(ty, data, base.checked_add(read_number(data, at)?)?)?
        } else {
            read_fixed(ty, data, at)?
        });
        at = at.checked_add(ty.head())?;
    }
    Some(values)
}

fn read_fixed(ty: &Type, data: &[u8], at: usize) -> Option<Value> {
    if let Type::Tuple(fields) = ty {
        let types: Vec<_> = fields.iter().map(|field| &field.ty).collect();
        return read_tuple(&types, data, at).map(Value::List);
    }
    let word = read_word(data, at)?;
    let zeros = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
    let clean = match ty {
        Type::Address => zeros(&word[..12]),
        Type::Uint(bits) => zeros(&word[..32 - bits / 8]),
        Type::Bool => zeros(&word[..31]) && word[31] <= 1,
        Type::FixedBytes(size) => zeros(&word[*size..]),
        _ => return None,
    };
    clean.then_some(Value::Word(word))
}

fn read_dynamic(ty: &Type, data: &[u8], start: usize) -> Option<Value> {
    if let Type::Tuple(fields) = ty {
        let types: Vec<_> = fields.iter().map(|field| &field.ty).collect();
        return read_tuple(&types, data, start).map(Value::List);
    }
    let length = read_number(data, start)?;
    let inside = start.checked_add(32)?;
    if let Type::Array(element) = ty {
        let end = length.checked_mul(element.head())?.checked_add(inside)?;
        data.get(inside..end)?;
        let types = vec![&**element; length];
        return read_tuple(&types, data, inside).map(Value::List);
    }
    let bytes = data.get(inside..inside.checked_add(length)?)?;
    match ty {
        Type::Encoded(fields) => decode(fields, bytes).map(Value::List),
        _ => Some(Value::Bytes(bytes.to_vec())),
    }
}

/// An offset or a length: at most 2^64-1.
fn read_number(data: &[u8], at: usize) -> Option<usize> {
    let word = read_word(data, at)?;
    let (upper, lower) = word.split_first_chunk::<24>()?;
    let number = u64::from_be_bytes(lower.try_into().ok()?);
    if *upper == [0; 24] { usize::try_from(number).ok() } else { None }
}

fn read_word(data: &[u8], at: usize) -> Option<[u8; 32]> {
    data.get(at..at.checked_add(32)?)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, ty: Type) -> Field {
        Field { name: name.into(), ty }
    }

    fn fields() -> Vec<Field> {
        let leg =
            Type::Tuple(vec![field("token", Type::Address), field("amount", Type::Uint(256))]);
        let call = Type::Tuple(vec![field("target", Type::Address), field("data", Type::Bytes)]);
        vec![
            field("deadline", Type::Uint(64)),
            field("tokens", Type::Array(Box::new(leg))),
            field("calls", Type::Array(Box::new(call))),
            field("inner", Type::Encoded(vec![field("yes", Type::Bool)])),
        ]
    }

    fn values() -> Vec<Value> {
        let number = |number| Value::Word(word(number));
        let leg = || Value::List(vec![number(7), number(8)]);
        let call = Value::List(vec![number(9), Value::Bytes(b"abc".to_vec())]);
        let inner = Value::List(vec![number(1)]);
        vec![number(5), Value::List(vec![leg(), leg()]), Value::List(vec![call]), inner]
    }

    #[test]
    fn what_is_encoded_is_decoded_and_lies_where_the_places_say() {
        let encoding = encode(&fields(), &values());
        assert_eq!(decode(&fields(), &encoding.bytes), Some(values()));
        let place = |path: &str, kind: &Kind| {
            let mut places = encoding.places.iter();
            places.find(|place| place.path == path && place.kind == *kind).expect("a place").at
        };
        let token = place("tokens[1].token", &Kind::Word(Type::Address));
        assert_eq!(encoding.bytes[token..token + 32], word(7));
        let length = place("calls[0].data", &Kind::Length);
        assert_eq!(encoding.bytes[length..length + 32], word(3));
        let offset = place("inner", &Kind::Offset { base: 0 });
        let inner = place("inner", &Kind::Length);
        assert_eq!(encoding.bytes[offset..offset + 32], word(inner));
    }

    #[test]
    fn one_byte_less_is_refused_and_more_is_ignored() {
        let whole = encode(&fields(), &values()).bytes;
        assert_eq!(decode(&fields(), &whole[..whole.len() - 1]), None);
        assert_eq!(decode(&fields(), &[&whole[..], &[0xff; 40]].concat()), Some(values()));
    }

    #[test]
    fn dirty_words_are_refused() {
        let whole = encode(&fields(), &values());
        for place in &whole.places {
            let mut dirty = whole.bytes.clone();
            dirty[place.at] = 0x80;
            let any = Kind::Word(Type::Uint(256));
            assert_eq!(decode(&fields(), &dirty).is_some(), place.kind == any, "{}", place.path);
        }
    }
}
