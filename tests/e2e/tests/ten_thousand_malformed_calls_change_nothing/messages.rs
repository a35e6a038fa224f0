//! Malformed messages, metadata and proofs, delivered by those who deliver such things.

use alloy::primitives::{Address, Bytes, U256};
use alloy::sol_types::{Revert, SolCall, SolError};
use interfaces::args::ReadView;
use interfaces::codec::MetalayerHeader;
use interfaces::hyperlane::{IInterchainSecurityModule, IMailbox, IMessageRecipient};
use interfaces::intents::{IMetaProver, IProver};
use interfaces::metalayer::{
    IMetalayerIsm, IMetalayerReadAggregationIsm, IMetalayerReadIsm, IMetalayerRecipient,
    IMetalayerRouter,
};
use interfaces::{ChainId, Domain};

use super::Case;
use super::calls::{around, body, header};
use super::world::{THRESHOLD, World};

/// A way to hand over bytes: of which contract, how, from whom to whom.
struct Way<'a> {
    contract: &'static str,
    name: &'static str,
    from: Address,
    to: Address,
    call: &'a dyn Fn(&[u8]) -> Vec<u8>,
}

impl Way<'_> {
    fn case(&self, what: &str, kind: &'static str, bytes: &[u8], expected: Vec<u8>) -> Case {
        Case {
            name: format!("{}.{}, {what}: {kind}", self.contract, self.name),
            contract: self.contract,
            kind,
            from: self.from,
            to: self.to,
            data: (self.call)(bytes),
            value: 0,
            expected: expected.into(),
        }
    }
}

/// All cases.
pub(super) fn all(world: &World) -> Vec<Case> {
    let mut cases = Vec::new();
    metalayer_messages(world, &mut cases);
    multisig_metadata(world, &mut cases);
    read_metadata(world, &mut cases);
    aggregation_metadata(world, &mut cases);
    hook_metadata(world, &mut cases);
    proofs(world, &mut cases);
    cases
}

/// Metalayer messages that are none: what was done, and the bytes.
fn malformed_bodies(world: &World) -> Vec<(String, Vec<u8>)> {
    let header = header(world);
    let read = |call_data| ReadView {
        domain: Domain(world.origin()),
        target: world.network.a.token,
        call_data,
    };
    let whole = |reads: usize| {
        let reads = (0..reads).map(|index| read(&[0xcd; 40][..index % 3 * 20]));
        header.encode(reads, b"")
    };
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |what: String, body: Vec<u8>| {
        let is_known = all.iter().any(|(known, _)| *known == what);
        if reference::malformed(&body).is_some() && !is_known {
            all.push((what, body));
        }
    };
    for reads in [0, 1, 2, 16] {
        let body = whole(reads);
        for length in 0..body.len() {
            // Every cut of the header, and every third one of many reads.
            if length < 130 || length % 3 == 0 {
                add(format!("{reads} reads, cut to {length} bytes"), body[..length].to_vec());
            }
        }
        for flag in [3, 4, 127, 128, 255] {
            let mut bytes = body.clone();
            bytes[1] = flag;
            add(format!("{reads} reads, finality {flag}"), bytes);
        }
        for count in [reads as u32 + 1, 15, 16, 17, 255, 256, 65_536, 1 << 31, u32::MAX] {
            let mut bytes = body.clone();
            bytes[78..82].copy_from_slice(&count.to_be_bytes());
            add(format!("{reads} reads, said to be {count}"), bytes);
        }
        let mut at = MetalayerHeader::SIZE + 4;
        for index in 0..reads {
            let left = (body.len() - at - MetalayerHeader::READ_HEADER) as u32;
            for length in
                [left + 1, left + 2, 65_536, 1 << 31, u32::MAX - 27, u32::MAX - 28, u32::MAX]
            {
                let mut bytes = body.clone();
                bytes[at + 24..at + 28].copy_from_slice(&length.to_be_bytes());
                add(format!("{reads} reads, read {index} said to have {length} bytes"), bytes);
            }
            at += MetalayerHeader::READ_HEADER + index % 3 * 20;
        }
    }
    all
}

fn malformed_message(body: &[u8]) -> Vec<u8> {
    let code = reference::malformed(body).expect("it is malformed");
    IMetalayerRouter::MalformedMessage { code }.abi_encode()
}

fn metalayer_messages(world: &World, cases: &mut Vec<Case>) {
    let (a, reads) = (&world.network.a, &world.reads);
    let (remote, origin) = (world.remote_router().into(), world.origin());
    let handle = |body: &[u8]| {
        let body = Bytes::copy_from_slice(body);
        IMessageRecipient::handleCall { origin, sender: remote, body }.abi_encode()
    };
    let verify = |metadata: Vec<u8>| {
        move |message: &[u8]| {
            let message = Bytes::copy_from_slice(message);
            let metadata = metadata.clone().into();
            IInterchainSecurityModule::verifyCall { metadata, message }.abi_encode()
        }
    };
    let (verify_nothing, verify_reads) = (verify(Vec::new()), verify(vec![0xff; 12]));
    let process = |message: &[u8]| {
        let message = Bytes::copy_from_slice(message);
        IMailbox::processCall { metadata: Bytes::new(), message }.abi_encode()
    };
    let route =
        |message: &[u8]| IMetalayerIsm::routeCall { message: message.to_vec().into() }.abi_encode();
    let lane = |message: &[u8]| {
        IMetalayerIsm::finalityModuleCall { message: message.to_vec().into() }.abi_encode()
    };
    let modules = |message: &[u8]| {
        let message = message.to_vec().into();
        IMetalayerReadAggregationIsm::modulesAndThresholdCall { message }.abi_encode()
    };
    let anybody = world.recipient;
    let way = |contract, name, to, call| Way { contract, name, from: anybody, to, call };
    let handle =
        Way { from: a.core.mailbox, ..way("MetalayerRouter", "handle", a.ours.router, &handle) };
    let of_messages = [
        way("MetalayerIsm", "route", a.ours.ism, &route),
        way("MetalayerIsm", "finalityModule", a.ours.ism, &lane),
        way("MetalayerIsm", "verify", a.ours.ism, &verify_nothing),
        way("MetalayerReadIsm", "verify", reads.read_ism, &verify_reads),
        way("MetalayerReadAggregationIsm", "verify", reads.read_aggregation, &verify_nothing),
        way("MetalayerReadAggregationIsm", "modulesAndThreshold", reads.read_aggregation, &modules),
        way("Mailbox", "process", a.core.mailbox, &process),
    ];
    for (what, body) in malformed_bodies(world) {
        let kind = "malformed Metalayer message";
        cases.push(handle.case(&what, kind, &body, malformed_message(&body)));
        for way in &of_messages {
            cases.push(way.case(&what, kind, &around(world, &body), malformed_message(&body)));
        }
    }
    let whole = around(world, &body(world));
    for length in 0..77 {
        for way in &of_messages {
            // The Mailbox looks at version and destination first; ends of those are no bytes, either.
            let what = format!("cut to {length} bytes");
            cases.push(way.case(&what, "message cut in its header", &whole[..length], Vec::new()));
        }
    }
}

fn multisig_metadata(world: &World, cases: &mut Vec<Case>) {
    let message = around(world, &body(world));
    let verify = |metadata: &[u8]| {
        let (metadata, message) = (metadata.to_vec().into(), message.clone().into());
        IInterchainSecurityModule::verifyCall { metadata, message }.abi_encode()
    };
    let way = Way {
        contract: "MetalayerMultisigIsm",
        name: "verify",
        from: world.recipient,
        to: world.multisig,
        call: &verify,
    };
    // The pinned tree, or the metadata is refused before it is read to its end.
    let hook = world.network.b.core.merkle_tree_hook.into_word();
    let whole = [hook.as_slice(), &[0x11; 36], &[0x1b; 65 * THRESHOLD as usize]].concat();
    for length in 0..68 + 65 {
        let what = format!("metadata cut to {length} bytes");
        cases.push(way.case(&what, "truncated metadata", &whole[..length], Vec::new()));
    }
}

fn read_metadata(world: &World, cases: &mut Vec<Case>) {
    let read = ReadView {
        domain: Domain(world.origin()),
        target: world.network.a.token,
        call_data: &[1, 2, 3, 4],
    };
    let message = around(world, &header(world).encode([read, read].into_iter(), b"write"));
    let verify = |metadata: &[u8]| {
        let (metadata, message) = (metadata.to_vec().into(), message.clone().into());
        IInterchainSecurityModule::verifyCall { metadata, message }.abi_encode()
    };
    let way = Way {
        contract: "MetalayerReadIsm",
        name: "verify",
        from: world.recipient,
        to: world.reads.read_ism,
        call: &verify,
    };
    let result = |bytes: &[u8]| {
        [&9u64.to_be_bytes()[..], &(bytes.len() as u32).to_be_bytes(), bytes].concat()
    };
    let valid_until = u64::MAX.to_be_bytes();
    let results = [result(&[0xaa; 20]), result(&[0xbb; 33])].concat();
    let whole = [&valid_until[..], &2u32.to_be_bytes(), &results, &[0x1b; 65 * THRESHOLD as usize]]
        .concat();
    let invalid = |code| IMetalayerReadIsm::InvalidMetadata { code }.abi_encode();
    let kind = "truncated metadata";
    let signatures = 12 + results.len();
    for length in 0..whole.len() {
        // Fixed part, header and bytes of the first result, of the second, signatures.
        let code = match length {
            0..12 => 1,
            12..24 | 44..56 => 2,
            24..44 | 56..89 => 3,
            _ => 4,
        };
        assert_eq!(signatures, 89, "as the ranges say");
        let what = format!("metadata cut to {length} bytes");
        cases.push(way.case(&what, kind, &whole[..length], invalid(code)));
    }
    for length in [155 + 33, 1 << 16, 1 << 31, u32::MAX] {
        let mut bytes = whole.clone();
        bytes[52..56].copy_from_slice(&length.to_be_bytes());
        let what = format!("the second result said to have {length} bytes");
        cases.push(way.case(&what, "another length", &bytes, invalid(3)));
    }
    for count in [0, 1, 3, 17, 1 << 31, u32::MAX] {
        let mut bytes = whole.clone();
        bytes[8..12].copy_from_slice(&count.to_be_bytes());
        let (expected, actual) = (U256::from(2), U256::from(count));
        let error = IMetalayerReadIsm::ReadResultCountMismatch { expected, actual }.abi_encode();
        let what = format!("{count} results for two reads");
        cases.push(way.case(&what, "another length", &bytes, error));
    }
}

fn aggregation_metadata(world: &World, cases: &mut Vec<Case>) {
    let message = around(world, &body(world));
    let verify = |metadata: &[u8]| {
        let (metadata, message) = (metadata.to_vec().into(), message.clone().into());
        IInterchainSecurityModule::verifyCall { metadata, message }.abi_encode()
    };
    let way = Way {
        contract: "MetalayerReadAggregationIsm",
        name: "verify",
        from: world.recipient,
        to: world.reads.read_aggregation,
        call: &verify,
    };
    for length in 0..8 {
        let what = format!("metadata cut to {length} bytes");
        cases.push(way.case(&what, "truncated metadata", &vec![0; length], Vec::new()));
    }
    let ranges: [(u32, u32); 9] = [
        (8, 9),
        (8, 7),
        (9, 8),
        (9, 9),
        (1, 0),
        (1, u32::MAX),
        (u32::MAX, u32::MAX),
        (u32::MAX, 0),
        (1 << 31, 1 << 31),
    ];
    for (start, end) in ranges {
        let range = [start.to_be_bytes(), end.to_be_bytes()].concat();
        let what = format!("a range from {start} to {end} of 8 bytes");
        cases.push(way.case(&what, "another range", &range, Vec::new()));
    }
}

fn hook_metadata(world: &World, cases: &mut Vec<Case>) {
    let quote = |metadata: &[u8]| {
        let call = IMetalayerRouter::quoteDispatch_3Call {
            destination: world.origin(),
            recipient: world.recipient.into_word(),
            writeCallData: Bytes::from_static(b"write"),
            hookMetadata: metadata.to_vec().into(),
        };
        call.abi_encode()
    };
    let way = Way {
        contract: "MetalayerRouter",
        name: "quoteDispatch(uint32,bytes32,bytes,bytes)",
        from: world.recipient,
        to: world.network.a.ours.router,
        call: &quote,
    };
    let refused = Revert::from("AbstractPostDispatchHook: invalid metadata variant").abi_encode();
    let mut add = |what: String, metadata: &[u8]| {
        cases.push(way.case(&what, "unknown hook metadata", metadata, refused.clone()));
    };
    add("one byte".into(), &[1]);
    for bit in 0..16u16 {
        for length in [2, 34, 66, 86, 106] {
            let mut metadata = vec![0; length];
            // Variant 1 with one bit flipped.
            metadata[..2].copy_from_slice(&(1u16 ^ 1 << bit).to_be_bytes());
            add(format!("{length} bytes, bit {bit} of the variant flipped"), &metadata);
        }
    }
}

fn proofs(world: &World, cases: &mut Vec<Case>) {
    let (a, b) = (&world.network.a, &world.network.b);
    let handle = |message: &[u8]| {
        let call = IMetalayerRecipient::handleCall {
            origin: world.origin(),
            sender: b.ours.prover.into_word(),
            message: message.to_vec().into(),
            reads: Vec::new(),
            readResults: Vec::new(),
        };
        call.abi_encode()
    };
    let way = Way {
        contract: "MetaProver",
        name: "handle",
        from: a.ours.router,
        to: a.ours.prover,
        call: &handle,
    };
    let whole = [&b.chain.id().to_be_bytes()[..], &[0x22; 3 * 64]].concat();
    for length in 0..whole.len() {
        let error = match length {
            0..8 => IMetaProver::InvalidProofMessage {}.abi_encode(),
            _ if (length - 8) % 64 == 0 => continue,
            _ => IProver::ArrayLengthMismatch {}.abi_encode(),
        };
        let what = format!("proofs cut to {length} bytes");
        cases.push(way.case(&what, "truncated proofs", &whole[..length], error));
    }
    for bit in 0..64 {
        let chain = ChainId(b.chain.id() ^ 1 << bit);
        let expected = IMetaProver::ChainIdMismatch {
            domain: world.origin().into(),
            expected: b.chain.id(),
            actual: chain.0,
        };
        let bytes = [&chain.to_be_bytes()[..], &whole[8..]].concat();
        let what = format!("bit {bit} of the chain id flipped");
        cases.push(way.case(&what, "foreign chain id", &bytes, expected.abi_encode()));
    }
}
