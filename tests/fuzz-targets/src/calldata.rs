//! Calldata views beside the reference decoder and beside alloy.

use std::sync::LazyLock;

use alloy_primitives::{Address, B256, FixedBytes, U256};
use alloy_sol_types::{SolType, SolValue, sol_data};
use interfaces::Args;
use interfaces::args::RouteView;
use interfaces::intents::{Call, DomainConfig, Intent, Reward, Route, TokenAmount};
use interfaces::metalayer::ReadOperation;
use interfaces::{ChainId, Domain};
use reference::{Abi, Field, Kind, Type, Value, decode, encode};

static PORTAL: LazyLock<Abi> =
    LazyLock::new(|| Abi::parse(include_str!("../../../interfaces/abi/Portal.json")));

/// The Portal's functions, whose parameters are the types of the protocol.
pub fn portal() -> &'static Abi {
    &PORTAL
}

/// What a view reads, encoded again by alloy.
type Read = fn(Args<'_>) -> Option<Vec<u8>>;
/// The same bytes as alloy reads them, where it takes them.
type Alloy = fn(&[u8]) -> Option<Vec<u8>>;

struct View {
    fields: Vec<Field>,
    read: Read,
    alloy: Alloy,
}

fn fields(ty: Type) -> Vec<Field> {
    vec![Field { name: "x".into(), ty }]
}

fn list(ty: Type) -> Type {
    Type::Array(Box::new(ty))
}

fn tuple<const N: usize>(types: [Type; N]) -> Type {
    Type::Tuple(types.into_iter().map(|ty| Field { name: String::new(), ty }).collect())
}

/// As alloy reads a value of type `T`: dirty words refused, and encoded again.
fn alloy<T: SolValue + From<<T::SolType as SolType>::RustType>>(data: &[u8]) -> Option<Vec<u8>> {
    let value = <(T::SolType,) as SolType>::abi_decode_params_validate(data).ok()?;
    Some(<(T::SolType,) as SolType>::abi_encode_params(&value))
}

static VIEWS: LazyLock<Vec<View>> = LazyLock::new(|| {
    let [bytes32, uint] = [Type::FixedBytes(32), Type::Uint(256)];
    let call = || tuple([Type::Address, Type::Bytes, Type::Uint(256)]);
    let token = || tuple([Type::Address, Type::Uint(256)]);
    let reward = || {
        let rest = [Type::Uint(64), Type::Address, Type::Address, Type::Uint(256), list(token())];
        tuple(rest)
    };
    let route = || {
        let head = [Type::FixedBytes(32), Type::Uint(64), Type::Address, Type::Uint(256)];
        let [salt, deadline, portal, native] = head;
        tuple([salt, deadline, portal, native, list(token()), list(call())])
    };
    let view = |ty, read, alloy| View { fields: fields(ty), read, alloy };
    vec![
        view(bytes32, |a| Some(a.word(0)?.abi_encode()), alloy::<B256>),
        view(uint, |a| Some(a.uint(0)?.abi_encode()), alloy::<U256>),
        view(Type::Address, |a| Some(a.address(0)?.abi_encode()), alloy::<Address>),
        view(Type::Uint(64), |a| Some(a.u64(0)?.abi_encode()), alloy::<u64>),
        view(Type::Uint(32), |a| Some(a.u32(0)?.abi_encode()), alloy::<u32>),
        view(
            Type::Uint(8),
            |a| Some(U256::from(a.u8(0)?).abi_encode()),
            |data| {
                let value = <(sol_data::Uint<8>,)>::abi_decode_params_validate(data).ok()?;
                Some(<(sol_data::Uint<8>,)>::abi_encode_params(&value))
            },
        ),
        view(Type::Bool, |a| Some(a.bool(0)?.abi_encode()), alloy::<bool>),
        view(
            Type::FixedBytes(4),
            |a| Some(FixedBytes(a.bytes4(0)?).abi_encode()),
            alloy::<FixedBytes<4>>,
        ),
        view(Type::Uint(32), |a| Some(a.domain(0)?.0.abi_encode()), alloy::<u32>),
        view(Type::Uint(64), |a| Some(a.chain_id(0)?.0.abi_encode()), alloy::<u64>),
        view(
            Type::Bytes,
            |a| Some(alloy_primitives::Bytes::copy_from_slice(a.bytes(0)?).abi_encode()),
            alloy::<alloy_primitives::Bytes>,
        ),
        view(
            list(Type::FixedBytes(32)),
            |a| Some(a.words(0)?.iter().collect::<Vec<B256>>().abi_encode()),
            alloy::<Vec<B256>>,
        ),
        view(
            list(Type::Address),
            |a| Some(a.addresses(0)?.iter().collect::<Vec<Address>>().abi_encode()),
            alloy::<Vec<Address>>,
        ),
        view(
            list(Type::Uint(32)),
            |a| Some(a.domains(0)?.iter().map(|Domain(d)| d).collect::<Vec<u32>>().abi_encode()),
            alloy::<Vec<u32>>,
        ),
        view(
            list(Type::Uint(64)),
            |a| Some(a.chain_ids(0)?.iter().map(|ChainId(c)| c).collect::<Vec<u64>>().abi_encode()),
            alloy::<Vec<u64>>,
        ),
        view(
            list(tuple([Type::Uint(64), Type::Uint(64)])),
            |a| {
                let config = |(domain, chain)| DomainConfig { domain, chainId: chain };
                Some(a.pairs(0)?.iter().map(config).collect::<Vec<_>>().abi_encode())
            },
            alloy::<Vec<DomainConfig>>,
        ),
        view(
            list(token()),
            |a| Some(a.tokens(0)?.iter().collect::<Vec<TokenAmount>>().abi_encode()),
            alloy::<Vec<TokenAmount>>,
        ),
        view(
            list(Type::Bytes),
            |a| {
                let bytes = a.bytes_list(0)?.iter().map(alloy_primitives::Bytes::copy_from_slice);
                Some(bytes.collect::<Vec<_>>().abi_encode())
            },
            alloy::<Vec<alloy_primitives::Bytes>>,
        ),
        view(
            list(call()),
            |a| {
                let view = a.calls(0)?;
                let calls: Vec<Call> = view.iter().map(Call::from).collect();
                let mut encoded = Vec::new();
                view.encode_into(&mut encoded);
                assert_eq!(encoded.len(), view.encoded_len());
                assert_eq!((&calls.abi_encode()[32..], view.len()), (&encoded[..], calls.len()));
                Some(calls.abi_encode())
            },
            alloy::<Vec<Call>>,
        ),
        view(
            list(tuple([Type::Uint(32), Type::Address, Type::Bytes])),
            |a| {
                let reads = a.reads(0)?.iter().map(ReadOperation::from);
                Some(reads.collect::<Vec<_>>().abi_encode())
            },
            alloy::<Vec<ReadOperation>>,
        ),
        view(
            reward(),
            |a| {
                let view = a.reward(0)?;
                let reward = Reward::from(view);
                let mut encoded = Vec::new();
                view.encode_into(&mut encoded);
                assert_eq!(
                    (encoded.len(), &encoded),
                    (view.tuple_len() + 32, &reward.abi_encode())
                );
                assert_eq!(view.hash(), reward.hash());
                Some(encoded)
            },
            alloy::<Reward>,
        ),
        view(
            list(reward()),
            |a| {
                let rewards = a.rewards(0)?.iter().map(Reward::from);
                Some(rewards.collect::<Vec<_>>().abi_encode())
            },
            alloy::<Vec<Reward>>,
        ),
        view(
            route(),
            |a| {
                let view = a.route(0)?;
                let route = Route::from(view);
                assert_eq!(view.encode(), route.abi_encode());
                let again = RouteView::decode(a.0).map(RouteView::hash);
                assert_eq!(again, Some(route.hash()));
                Some(view.encode())
            },
            alloy::<Route>,
        ),
        view(
            tuple([Type::Uint(64), route(), reward()]),
            |a| {
                let view = a.intent(0)?;
                let intent = Intent::from(view);
                assert_eq!(view.hashes(), intent.hashes());
                Some(intent.abi_encode())
            },
            alloy::<Intent>,
        ),
    ]
});

/// Every view of `interfaces::args`: it reads what the reference decoder reads, refuses what that refuses, and agrees
/// with alloy wherever both accept.
///
/// The first byte names the view. What follows is calldata, or, when the second byte is odd, a [`Shape`].
pub fn calldata(data: &[u8]) {
    let Some(([view, form], data)) = data.split_first_chunk() else { return };
    let view = &VIEWS[usize::from(*view) % VIEWS.len()];
    let spoilt;
    let data = match form & 1 {
        0 => data,
        _ => {
            spoilt = Shape(data).arguments(&view.fields);
            &spoilt
        }
    };
    let expected = decode(&view.fields, data).map(|values| encode(&view.fields, &values).bytes);
    let read = (view.read)(Args(data));
    assert_eq!(read, expected, "as the reference decoder");
    if let (Some(read), Some(alloy)) = (&read, (view.alloy)(data)) {
        assert_eq!(*read, alloy, "as alloy");
    }
}

/// Bytes that say how arguments look and how they are spoilt: how many edits, the edits, and then the values. Mutation
/// reaches deep into nested calldata this way, which it hardly does byte by byte.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'a>(pub &'a [u8]);

impl Shape<'_> {
    /// Arguments of these types, well-formed but for the edits.
    pub fn arguments(self, fields: &[Field]) -> Vec<u8> {
        let (edits, values) = match self.0.split_first() {
            Some((count, rest)) => rest.split_at((usize::from(count % 4) * 4).min(rest.len())),
            None => (self.0, self.0),
        };
        let mut source = values.iter().copied();
        let values: Vec<_> = fields.iter().map(|field| value(&field.ty, &mut source)).collect();
        let mut encoding = encode(fields, &values);
        for edit in edits.chunks_exact(4) {
            let [place, how, high, low] = [edit[0], edit[1], edit[2], edit[3]];
            let number = u16::from_be_bytes([high, low]);
            if encoding.places.is_empty() {
                break;
            }
            let place = &encoding.places[usize::from(place) % encoding.places.len()];
            let Some(word) = encoding.bytes.get_mut(place.at..place.at + 32) else { continue };
            match how % 8 {
                0 => word[..2].copy_from_slice(&[high, low]),
                1 => word[usize::from(high) % 32] ^= 1 << (low % 8),
                2 => word.fill(low),
                3 => {
                    let base = match place.kind {
                        Kind::Offset { base } => base,
                        _ => 0,
                    };
                    let end = encoding.bytes.len() - base;
                    let near = end.saturating_sub(usize::from(number % 128)) as u64;
                    encoding.bytes[place.at..place.at + 32]
                        .copy_from_slice(&U256::from(near).to_be_bytes::<32>());
                }
                4 => {
                    word.fill(0);
                    word[30..].copy_from_slice(&[high, low]);
                }
                5 => word[24..32].copy_from_slice(&(u64::MAX - u64::from(number)).to_be_bytes()),
                6 => word[28..32].copy_from_slice(&(u32::MAX - u32::from(number)).to_be_bytes()),
                _ => {
                    let length = encoding.bytes.len();
                    encoding.bytes.truncate(length.saturating_sub(usize::from(number) % 97));
                }
            }
        }
        encoding.bytes
    }
}

/// A clean value; a source that is used up gives zeros.
fn value(ty: &Type, source: &mut impl Iterator<Item = u8>) -> Value {
    let mut next = || source.next().unwrap_or_default();
    match ty {
        Type::Address | Type::Uint(_) => {
            let mut word = [0; 32];
            word[31] = next();
            Value::Word(word)
        }
        Type::Bool => {
            let mut word = [0; 32];
            word[31] = next() & 1;
            Value::Word(word)
        }
        Type::FixedBytes(size) => {
            let mut word = [0; 32];
            let byte = next();
            // A word that is an address, or one that is not.
            word[if *size == 32 && byte < 128 { 31 } else { 0 }] = byte;
            Value::Word(word)
        }
        Type::Bytes | Type::String => {
            let length = usize::from(next() % 70);
            Value::Bytes((0..length).map(|_| next()).collect())
        }
        Type::Array(element) => {
            let length = next() % 4;
            Value::List((0..length).map(|_| value(element, source)).collect())
        }
        Type::Tuple(fields) | Type::Encoded(fields) => {
            Value::List(fields.iter().map(|field| value(&field.ty, source)).collect())
        }
    }
}
