//! Malformed calldata, derived from the ABI of every contract.

use std::collections::BTreeSet;

use alloy::primitives::{Address, B256, Bytes, U256, keccak256};
use e2e::artifacts;
use e2e::network::{DOMAIN_B, deployer};
use interfaces::Domain;
use interfaces::codec::{HyperlaneMessage, MetalayerHeader};
use interfaces::erc7683::ORDER_DATA_TYPEHASH;
use interfaces::metalayer::FinalityState;
use reference::{Abi, Encoding, Field, Function, Kind, Place, Type, Value, decode, encode};

use super::world::World;
use super::{Case, Control};

/// A program at one of its addresses.
struct Target {
    name: &'static str,
    /// Name of its ABI's file.
    abi: &'static str,
    address: Address,
    /// Whom it obeys, as far as the call's form does not come first.
    from: Address,
    /// Stands behind the arguments of every call.
    suffix: Vec<u8>,
}

/// All cases, and the controls that go with them.
pub(super) fn all(world: &World) -> (Vec<Case>, Vec<Control>) {
    let (mut cases, mut controls) = (Vec::new(), Vec::new());
    for target in targets(world) {
        let json = std::fs::read_to_string(artifacts::root(&format!(
            "interfaces/abi/{}.json",
            target.abi
        )));
        let abi = Abi::parse(&json.expect("scripts/abi has made it"));
        target.without_a_function(&abi, &mut cases, &mut controls);
        for function in &abi.functions {
            target.function(world, &abi, function, &mut cases, &mut controls);
        }
    }
    (cases, controls)
}

fn targets(world: &World) -> Vec<Target> {
    let (a, reads) = (&world.network.a, &world.reads);
    let owner = deployer(&a.chain).address();
    let target = |name, abi, address, from| Target { name, abi, address, from, suffix: Vec::new() };
    let same = |name, address, from| target(name, name, address, from);
    let (vault, intent) = world.vault;
    vec![
        same("Portal", a.ours.portal, owner),
        same("IntentSource", world.intent_source, owner),
        same("Inbox", world.inbox, owner),
        Target { suffix: intent.to_vec(), ..same("Vault", vault, a.ours.portal) },
        Target {
            suffix: intent.to_vec(),
            ..target("Vault implementation", "Vault", a.ours.vault_implementation, a.ours.portal)
        },
        same("Executor", a.ours.executor, a.ours.portal),
        same("MetaProver", a.ours.prover, a.ours.portal),
        same("MetalayerRouter", a.ours.router, owner),
        same("MetalayerIsm", a.ours.ism, owner),
        same("MetalayerMultisigIsm", world.multisig, owner),
        same("MetalayerReadIsm", reads.read_ism, owner),
        same("MetalayerReadAggregationIsm", reads.read_aggregation, owner),
    ]
}

impl Target {
    fn case(&self, name: &str, kind: &'static str, data: Vec<u8>, value: u64) -> Case {
        Case {
            name: format!("{}.{name}: {kind}", self.name),
            contract: self.name,
            kind,
            from: self.from,
            to: self.address,
            data,
            value,
            expected: Bytes::new(),
        }
    }

    fn control(&self, name: String, data: Vec<u8>, like: Option<Vec<u8>>) -> Control {
        Control {
            name: format!("{}.{name}", self.name),
            from: self.from,
            to: self.address,
            data,
            like,
        }
    }

    /// Calls that name no function.
    fn without_a_function(&self, abi: &Abi, cases: &mut Vec<Case>, controls: &mut Vec<Control>) {
        let known: BTreeSet<_> = abi.functions.iter().map(|function| function.selector).collect();
        // The proxy of a vault stops on empty calldata, whether there is value or not.
        if abi.receives && self.name != "Vault implementation" {
            controls.push(self.control("nothing at all".into(), Vec::new(), None));
        } else {
            cases.push(self.case("(nothing)", "empty calldata", Vec::new(), 0));
            cases.push(self.case("(value alone)", "empty calldata", Vec::new(), 1));
        }
        for function in &abi.functions {
            for length in 1..4 {
                let name = format!("{} begun with {length} bytes", function.signature);
                let data = function.selector[..length].to_vec();
                cases.push(self.case(&name, "part of a selector", data, 0));
            }
            for bit in [0, 7, 13, 31] {
                let mut selector = function.selector;
                selector[bit / 8] ^= 0x80 >> (bit % 8);
                if known.contains(&selector) {
                    continue;
                }
                let name = format!("{} with bit {bit} of the selector flipped", function.signature);
                let data = [&selector[..], &[0; 512]].concat();
                cases.push(self.case(&name, "unknown selector", data, 0));
            }
        }
    }

    fn function(
        &self,
        world: &World,
        abi: &Abi,
        function: &Function,
        cases: &mut Vec<Case>,
        controls: &mut Vec<Control>,
    ) {
        let fields = with_inner_types(self.abi, abi, function);
        for elements in [2, 0] {
            let sampler = Sampler { world, contract: self.abi, function, elements };
            let values: Vec<_> =
                fields.iter().map(|field| sampler.value(&field.name, field)).collect();
            let whole = encode(&fields, &values);
            let call = |arguments: &[u8]| [&function.selector, arguments, &self.suffix].concat();
            let label = format!("{} with {elements} elements", function.signature);
            if elements == 0 && !whole.places.iter().any(|place| place.kind == Kind::Length) {
                // The same call again.
                continue;
            }
            if elements > 0 {
                controls.push(self.control(label.clone(), call(&whole.bytes), None));
                if !function.payable {
                    let data = call(&whole.bytes);
                    cases.push(self.case(&label, "value that it does not take", data, 1));
                }
            }
            if self.suffix.is_empty() {
                let (name, more) =
                    (format!("{label}, and more bytes"), [&whole.bytes[..], &[0xff; 45]].concat());
                controls.push(self.control(name, call(&more), Some(call(&whole.bytes))));
            }
            for (what, kind, spoilt) in spoilt(&whole) {
                let name = format!("{label}, {what}");
                let data = call(&spoilt);
                // The suffix may serve as the missing end of the arguments.
                match decode(&fields, &data[4..]) {
                    None => cases.push(self.case(&name, kind, data, 0)),
                    Some(values) => {
                        let like = call(&encode(&fields, &values).bytes);
                        controls.push(self.control(format!("{name}: {kind}"), data, Some(like)));
                    }
                }
            }
        }
    }
}

/// Spoilt encodings: where, how, and the bytes.
fn spoilt(whole: &Encoding) -> Vec<(String, &'static str, Vec<u8>)> {
    let mut all = Vec::new();
    let size = whole.bytes.len();
    for place in &whole.places {
        let Place { path, at, kind } = place;
        for (end, which) in
            [(0, "before"), (1, "in the first byte of"), (31, "in the last byte of")]
        {
            // One byte less than the whole is the shortest cut there is.
            if *at + end < size {
                let what = format!("cut {which} {path} ({})", word_name(kind));
                all.push((what, "cut short", whole.bytes[..*at + end].to_vec()));
            }
        }
        let original = U256::from_be_slice(&whole.bytes[*at..*at + 32]);
        for (how, kind, word) in other_words(kind, original, size) {
            if word == original {
                continue;
            }
            let mut bytes = whole.bytes.clone();
            bytes[*at..*at + 32].copy_from_slice(&word.to_be_bytes::<32>());
            all.push((format!("{path} {how}"), kind, bytes));
        }
    }
    if size > 0 {
        all.push(("cut by one byte".into(), "cut short", whole.bytes[..size - 1].to_vec()));
    }
    all
}

fn word_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Word(_) => "value",
        Kind::Offset { .. } => "offset",
        Kind::Length => "length",
    }
}

/// What a word may be replaced by: how that is called, of what kind it is, and the word.
fn other_words(kind: &Kind, original: U256, size: usize) -> Vec<(String, &'static str, U256)> {
    let bit = |bit: usize| U256::ONE << bit;
    let dirty = |how: &str, word| (how.to_owned(), "dirty bits", word);
    match kind {
        Kind::Word(Type::Address) => upper(160, original),
        Kind::Word(Type::Uint(256) | Type::FixedBytes(32)) => Vec::new(),
        Kind::Word(Type::Uint(bits)) => upper(*bits, original),
        Kind::Word(Type::Bool) => vec![
            dirty("is 2", U256::from(2)),
            dirty("is 255", U256::from(255)),
            dirty("is 256", U256::from(256)),
            dirty("has its highest bit set", original | bit(255)),
        ],
        Kind::Word(Type::FixedBytes(bytes)) => vec![
            dirty("has its lowest bit set", original | U256::ONE),
            dirty("has the bit below set", original | bit(255 - 8 * bytes)),
            dirty("has all bits below set", original | (U256::MAX >> (8 * bytes))),
        ],
        Kind::Word(_) => Vec::new(),
        Kind::Offset { base } => {
            let room = U256::from(size - base);
            let offset = |how: &str, word| (format!("at {how}"), "another offset", word);
            vec![
                offset("0", U256::ZERO),
                offset("1", U256::ONE),
                offset("31", U256::from(31)),
                offset("the end", room),
                offset("31 bytes before the end", room.saturating_sub(U256::from(31))),
                offset("a byte past the end", room + U256::ONE),
                offset("2^16", bit(16)),
                offset("2^32-1", bit(32) - U256::ONE),
                offset("2^32 and what it was", bit(32) + original),
                offset("2^64-1", bit(64) - U256::ONE),
                offset("2^64 and what it was", bit(64) + original),
                offset("2^255", bit(255)),
                offset("minus 32", U256::ZERO.wrapping_sub(U256::from(32))),
                offset("2^256-1", U256::MAX),
            ]
        }
        Kind::Length => {
            let length = |how: &str, word| (format!("of length {how}"), "another length", word);
            vec![
                length("of all that is left and a byte", U256::from(size) + U256::ONE),
                length("2^16", bit(16)),
                length("2^27", bit(27)),
                length("2^32-1", bit(32) - U256::ONE),
                length("2^32 and what it was", bit(32) + original),
                length("2^58", bit(58)),
                length("2^59", bit(59)),
                length("2^64-1", bit(64) - U256::ONE),
                length("2^64 and what it was", bit(64) + original),
                length("2^251", bit(251)),
                length("2^255", bit(255)),
                length("2^256-1", U256::MAX),
            ]
        }
    }
}

/// Numbers that are one bit or more too wide.
fn upper(bits: usize, original: U256) -> Vec<(String, &'static str, U256)> {
    let dirty = |how: &str, word| (how.to_owned(), "dirty bits", word);
    vec![
        dirty("has the bit above set", original | (U256::ONE << bits)),
        dirty("has its highest bit set", original | (U256::ONE << 255)),
        dirty("has all bits above set", original | (U256::MAX << bits)),
    ]
}

/// The parameters of a function, with the types of what their `bytes` hold, where the function decodes that at once.
fn with_inner_types(contract: &str, abi: &Abi, function: &Function) -> Vec<Field> {
    let mut fields = function.inputs.clone();
    let field = |name: &str, ty| Field { name: name.into(), ty };
    let word = |name: &str| field(name, Type::FixedBytes(32));
    match (contract, function.name()) {
        // `openFor` looks at the signature before it looks at the data.
        ("Portal", "open" | "resolve" | "resolveFor") => {
            let of = |name: &str| {
                let mut all = abi.functions.iter();
                all.find(|function| function.name() == name).expect("a function of the Portal")
            };
            let Type::Tuple(members) = &mut fields[0].ty else { panic!("an order") };
            let data = members.iter_mut().find(|field| field.name == "orderData");
            data.expect("order data").ty = Type::Encoded(vec![of("_resolve").inputs[1].clone()]);
        }
        ("Portal", "fill") => {
            let route = abi
                .functions
                .iter()
                .find(|function| function.name() == "fulfill")
                .map(|function| function.inputs[1].clone());
            let route = Type::Encoded(vec![route.expect("fulfill takes a route")]);
            fields[1].ty = Type::Encoded(vec![field("route", route), word("rewardHash")]);
            fields[2].ty = Type::Encoded(vec![
                field("prover", Type::Address),
                field("sourceChainDomainID", Type::Uint(64)),
                word("claimant"),
                field("data", Type::Bytes),
            ]);
        }
        ("MetaProver", "prove" | "fetchFee") => {
            let data = fields.iter_mut().find(|field| field.name == "data").expect("data");
            data.ty = Type::Encoded(vec![word("prover"), field("gasLimit", Type::Uint(256))]);
        }
        _ => {}
    }
    fields
}

/// Makes arguments that a function takes.
struct Sampler<'a> {
    world: &'a World,
    contract: &'static str,
    function: &'a Function,
    /// Of every array; with none, `bytes` are empty, too.
    elements: usize,
}

impl Sampler<'_> {
    fn value(&self, path: &str, field: &Field) -> Value {
        self.of_type(path, &field.name, &field.ty)
    }

    fn of_type(&self, path: &str, name: &str, ty: &Type) -> Value {
        let number = |number: u64| Value::Word(U256::from(number).to_be_bytes());
        let members = |fields: &[Field]| {
            let member = |field: &Field| self.value(&format!("{path}.{}", field.name), field);
            Value::List(fields.iter().map(member).collect())
        };
        match ty {
            Type::Address => Value::Word(self.address(name).into_word().0),
            Type::Uint(_) => number(self.number(name)),
            Type::Bool => number(1),
            Type::FixedBytes(32) => Value::Word(self.word(path, name)),
            Type::FixedBytes(_) => {
                let mut word = [0; 32];
                word[0] = 1;
                Value::Word(word)
            }
            Type::Bytes | Type::String => Value::Bytes(self.bytes(name)),
            Type::Array(element) => {
                let item = |index| self.of_type(&format!("{path}[{index}]"), name, element);
                Value::List((0..self.elements).map(item).collect())
            }
            Type::Tuple(fields) | Type::Encoded(fields) => members(fields),
        }
    }

    fn address(&self, name: &str) -> Address {
        let a = &self.world.network.a;
        match name {
            "prover" => a.ours.prover,
            "portal" => a.ours.portal,
            "token" | "target" => a.token,
            // None: the tokens themselves are asked for an allowance.
            "permit" | "permitContract" => Address::ZERO,
            _ => self.world.recipient,
        }
    }

    fn number(&self, name: &str) -> u64 {
        match (self.contract, name) {
            ("MetalayerRouter", "destination" | "domain" | "origin") => DOMAIN_B.0.into(),
            (_, "finality") => 0,
            (_, "threshold") => 1,
            (_, "gasLimit") => 100_000,
            _ if name.to_lowercase().contains("deadline") => 2_000_000_000,
            _ => 5,
        }
    }

    fn word(&self, path: &str, name: &str) -> [u8; 32] {
        match name {
            "orderDataType" => ORDER_DATA_TYPEHASH.0,
            "recipient" | "router" | "routers" => self.world.recipient.into_word().0,
            _ => keccak256(format!("{}.{path}", self.function.signature)).0,
        }
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        match (self.contract, name) {
            // A shorter one is malformed, and the cases of messages are apart.
            (_, "message") if self.contract != "MetaProver" => message(self.world),
            // Long enough for every module to read on.
            (_, "metadata") => vec![0; 200],
            _ => vec![0xab; self.elements * 17],
        }
    }
}

/// A Hyperlane message with a Metalayer message from the other chain in it.
pub(super) fn message(world: &World) -> Vec<u8> {
    around(world, &body(world))
}

/// A Hyperlane message from the other router to ours.
pub(super) fn around(world: &World, body: &[u8]) -> Vec<u8> {
    let message = HyperlaneMessage {
        version: HyperlaneMessage::VERSION,
        nonce: 7,
        origin: DOMAIN_B,
        sender: B256::new(world.remote_router()),
        destination: world.network.a.domain,
        recipient: world.network.a.ours.router.into_word(),
        body,
    };
    message.encode()
}

/// A Metalayer message without reads.
pub(super) fn body(world: &World) -> Vec<u8> {
    header(world).encode(std::iter::empty(), b"write")
}

/// The header of a message from the other chain to our application.
pub(super) fn header(world: &World) -> MetalayerHeader {
    MetalayerHeader {
        version: MetalayerHeader::VERSION,
        finality: FinalityState::Instant,
        nonce: 9,
        origin: Domain(world.origin()),
        sender: B256::repeat_byte(0x5e),
        destination: world.network.a.domain,
        recipient: world.recipient.into_word(),
    }
}
