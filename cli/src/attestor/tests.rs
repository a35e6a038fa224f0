//! What is signed, and which signatures are put together.

use alloy::primitives::{U256, hex};
use alloy::sol_types::SolCall;
use serde_json::Value;

use super::*;

fn vectors() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/messaging.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn bytes(value: &Value) -> Bytes {
    value.as_str().unwrap().parse().unwrap()
}

fn address(value: &Value) -> Address {
    value.as_str().unwrap().parse().unwrap()
}

fn keys(vectors: &Value) -> Vec<PrivateKeySigner> {
    let keys = vectors["meta"]["keys"]["readAttestors"].as_array().unwrap();
    keys.iter().map(|key| key["privateKey"].as_str().unwrap().parse().unwrap()).collect()
}

struct Case {
    request: Request,
    read_ism: Address,
    valid_until: u64,
    answers: Vec<Answer>,
    keys: Vec<PrivateKeySigner>,
    attestors: Vec<Address>,
    vectors: Value,
}

fn case() -> Case {
    let vectors = vectors();
    let case = &vectors["readAttestations"];
    let answers = case["items"].as_array().unwrap().iter().map(|item| Answer {
        block: item["block"].as_str().unwrap().parse().unwrap(),
        result: bytes(&item["result"]),
    });
    Case {
        request: Request::of(&bytes(&case["message"])).unwrap(),
        read_ism: address(&case["readIsm"]),
        valid_until: case["validUntil"].as_u64().unwrap(),
        answers: answers.collect(),
        keys: keys(&vectors),
        attestors: case["attestors"].as_array().unwrap().iter().map(address).collect(),
        vectors,
    }
}

impl Case {
    fn sign(&self, attestor: usize) -> (Address, [u8; 65]) {
        let (key, until) = (&self.keys[attestor], self.valid_until);
        let signed = attest(key, &self.request, self.read_ism, until, until, &self.answers);
        (key.address(), signed.unwrap())
    }

    fn assemble(&self, signed: &[(Address, [u8; 65])]) -> Result<Bytes, AttestorError> {
        let attestation = self.request.attestation(self.read_ism, self.valid_until);
        assemble(&attestation, &self.answers, signed, &self.attestors, 2)
    }

    fn valid(&self, index: usize) -> Bytes {
        let case = &self.vectors["readAttestations"]["cases"][index];
        assert_eq!(case["valid"], true);
        bytes(&case["metadata"])
    }
}

#[test]
fn attestors_sign_and_gateways_assemble_the_metadata_of_the_vectors() {
    let case = case();
    let expected = &case.vectors["readAttestations"];
    assert_eq!(case.request.hyperlane_id.to_string(), expected["hyperlaneId"].as_str().unwrap());
    assert_eq!(case.request.reads.len(), 2);
    let attestation = case.request.attestation(case.read_ism, case.valid_until);
    let digest = attestation.digest(results(&case.answers));
    assert_eq!(digest.to_string(), expected["digest"].as_str().unwrap());
    assert_eq!(case.assemble(&[case.sign(0), case.sign(1)]).unwrap(), case.valid(0));
    assert_eq!(case.assemble(&[case.sign(1), case.sign(3)]).unwrap(), case.valid(1));
}

#[test]
fn signatures_are_put_in_the_order_of_the_set_and_no_more_than_needed() {
    let case = case();
    let signed = [3, 1, 0, 2].map(|attestor| case.sign(attestor));
    assert_eq!(case.assemble(&signed).unwrap(), case.valid(0));
    assert_eq!(case.assemble(&signed[..2]).unwrap(), case.valid(1));
}

#[test]
fn what_does_not_count_is_left_out() {
    let case = case();
    let (honest, other) = (case.sign(1), case.sign(0));
    // given signatures of a stranger, over something else, in another's name, and of nobody
    let stranger = PrivateKeySigner::from_bytes(&B256::repeat_byte(7)).unwrap();
    let until = case.valid_until;
    let by = |key: &PrivateKeySigner, answers: &[Answer]| {
        attest(key, &case.request, case.read_ism, until, until, answers).unwrap()
    };
    let mut forged = case.answers.clone();
    forged[0].result = U256::MAX.to_be_bytes_vec().into();
    let signed = [
        (stranger.address(), by(&stranger, &case.answers)),
        (case.attestors[2], by(&case.keys[2], &forged)),
        (case.attestors[3], honest.1),
        (case.attestors[0], [0; 65]),
        honest,
    ];
    // then only the honest one counts
    let found = case.assemble(&signed);
    assert!(
        matches!(found, Err(AttestorError::AwaitingSignatures { found: 1, threshold: 2 })),
        "{found:?}"
    );
    // and an attestor who also said nonsense is believed when it says something good
    let signed = [&signed[..], &[other]].concat();
    assert_eq!(case.assemble(&signed).unwrap(), case.valid(0));
}

#[test]
fn nothing_is_attested_for_longer_than_an_hour_or_for_the_past() {
    let case = case();
    let until = |valid_until| {
        let (key, now) = (&case.keys[0], 1_900_000_000);
        attest(key, &case.request, case.read_ism, valid_until, now, &case.answers)
    };
    assert!(until(1_900_000_000).is_ok());
    assert!(until(1_900_003_600).is_ok());
    for bad in [0, 1_899_999_999, 1_900_003_601, u64::MAX] {
        assert!(matches!(until(bad), Err(AttestorError::BadValidity(time)) if time == bad));
    }
}

#[test]
fn what_asks_for_no_reads_is_no_request() {
    let vectors = vectors();
    let cases = vectors["ismRouting"]["cases"].as_array().unwrap();
    let mut requests = 0;
    for case in cases {
        let message = bytes(&case["message"]);
        match Request::of(&message) {
            Ok(_) => requests += 1,
            Err(error) => assert!(matches!(error, AttestorError::NoRequest(it) if it == message)),
        }
    }
    assert_eq!((requests, cases.len()), (1, 6));
}

#[test]
fn a_relayers_question_is_about_a_chain_that_is_served() {
    let vectors = vectors();
    let lookup = Lookup {
        sender: address(&vectors["ccipRead"]["sender"]),
        urls: vec![],
        call_data: bytes(&vectors["ccipRead"]["callData"]),
    };
    // the message of the vectors goes to B, which nobody serves here
    let refused = Request::of_lookup(&lookup, &Sites::new());
    assert!(matches!(refused, Err(AttestorError::UnservedDomain(412_347))), "{refused:?}");
    let garbage = Lookup { call_data: hex!("ae19fa37").into(), ..lookup };
    let refused = Request::of_lookup(&garbage, &Sites::new());
    assert!(matches!(refused, Err(AttestorError::NoRequest(_))), "{refused:?}");
    let empty = IMetalayerReadGateway::getReadResultsCall { message: Bytes::new() };
    let empty = Lookup { call_data: empty.abi_encode().into(), ..garbage };
    let refused = Request::of_lookup(&empty, &Sites::new());
    assert!(matches!(refused, Err(AttestorError::NoRequest(_))), "{refused:?}");
}
