//! What validators and attestors sign, and which signatures count.

use alloy_primitives::{Address, B256, Signature as Recoverable};
use interfaces::codec::{
    Announcement, Checkpoint, HyperlaneMessage, MerkleRootMetadata, MessageIdMetadata,
    MetalayerMessage, QuorumError, ReadAttestation, ReadMetadata, ReadMetadataError, ReadResult,
    Signature, Signatures, aggregation_metadata, eip191_hash, lookup_signing_hash, sub_metadata,
};
use interfaces::ids::Domain;
use serde_json::Value;

use crate::json::{Json, each, each_case, each_file_with, each_section};

fn recover(digest: B256, signature: &Signature) -> Option<Address> {
    let parity = signature.v == 28;
    let signature = Recoverable::new(
        alloy_primitives::U256::from_be_bytes(signature.r.0),
        alloy_primitives::U256::from_be_bytes(signature.s.0),
        parity,
    );
    signature.recover_address_from_prehash(&digest).ok()
}

fn signature(bytes: &[u8]) -> Signature {
    Signature::decode(bytes.try_into().unwrap()).unwrap()
}

fn addresses(value: &Value) -> Vec<Address> {
    value.items().iter().map(|address| address.address()).collect()
}

fn checkpoint(case: &Value) -> Checkpoint {
    Checkpoint {
        origin: Domain(case.at("origin").u32()),
        merkle_tree_hook: case.at("merkleTreeHook").word(),
        root: case.at("root").word(),
        index: case.at("index").u32(),
        message_id: case.at("messageId").word(),
    }
}

#[test]
fn checkpoints_are_hashed_as_validators_sign_them() {
    each_case("checkpoints", |case| {
        let checkpoint = checkpoint(case);
        assert_eq!(checkpoint.domain_hash(), case.at("domainHash").word());
        assert_eq!(checkpoint.signing_hash(), case.at("signingHash").word());
        assert_eq!(checkpoint.digest(), case.at("digest").word());
        for signed in case.at("signatures").items() {
            let bytes = signed.at("serialized").bytes();
            let signature = signature(&bytes);
            assert_eq!(signature.encode()[..], bytes);
            assert_eq!(u32::from(signature.v), signed.at("v").u32());
            assert_eq!(
                recover(checkpoint.digest(), &signature),
                Some(signed.at("address").address())
            );
        }
    });
}

#[test]
fn announcements_are_hashed_as_validators_sign_them() {
    each_case("announcements", |case| {
        let validator = case.at("validator").address();
        let announcement = Announcement {
            domain: Domain(case.at("domain").u32()),
            mailbox: case.at("mailbox").address().into_word(),
            storage_location: case.at("storageLocation").text(),
        };
        assert_eq!(announcement.domain_hash(), case.at("domainHash").word());
        assert_eq!(announcement.signing_hash(), case.at("signingHash").word());
        assert_eq!(announcement.digest(), case.at("digest").word());
        assert_eq!(announcement.replay_id(validator), case.at("replayId").word());
        let signature = signature(&case.at("signature").bytes());
        assert_eq!(recover(announcement.digest(), &signature), Some(validator));
    });
}

#[test]
fn stored_checkpoints_are_signed_by_a_validator() {
    each_file_with("storage", |section, file| {
        let keys = file.at("meta").at("keys");
        let known = [keys.at("validators"), keys.at("finalizedValidators")];
        let known: Vec<_> = known.iter().flat_map(|set| set.items()).collect();
        each(section.at("objects").items(), |object| {
            let value = object.maybe("json").and_then(|json| json.maybe("value"));
            let Some(stored) = value.and_then(|value| value.maybe("checkpoint")) else { return };
            let checkpoint = Checkpoint {
                origin: Domain(stored.at("mailbox_domain").u32()),
                merkle_tree_hook: stored.at("merkle_tree_hook_address").word(),
                root: stored.at("root").word(),
                index: stored.at("index").u32(),
                message_id: object.at("json").at("value").at("message_id").word(),
            };
            let signature = signature(&object.at("json").at("serialized_signature").bytes());
            let signer = recover(checkpoint.digest(), &signature).unwrap();
            assert!(known.iter().any(|key| key.at("address").address() == signer));
        });
    });
}

/// Compares the outcome of a quorum with what Hyperlane's module did.
fn check_outcome(case: &Value, outcome: Result<(), QuorumError>) {
    let expected = case.at("valid").as_bool().unwrap();
    assert_eq!(outcome.is_ok(), expected, "{outcome:?}");
    let Err(error) = outcome else { return };
    let revert = case.at("revert");
    let text = revert.maybe("message").map(|message| message.text());
    match error {
        QuorumError::Truncated => assert_eq!(revert.at("kind").text(), "empty"),
        QuorumError::HighS => assert_eq!(text, Some("ECDSA: invalid signature 's' value")),
        QuorumError::Invalid => assert_eq!(text, Some("ECDSA: invalid signature")),
        QuorumError::Threshold => assert_eq!(text, Some("!threshold")),
    }
}

fn verify_message_id(section: &Value, metadata: &[u8]) -> Result<(), QuorumError> {
    let metadata = MessageIdMetadata::decode(metadata).ok_or(QuorumError::Truncated)?;
    let checkpoint = metadata.checkpoint(&section.at("message").bytes()).unwrap();
    metadata.signatures.check_quorum(
        checkpoint.digest(),
        addresses(section.at("validators")),
        section.at("threshold").u32() as usize,
        recover,
    )
}

#[test]
fn message_id_metadata_counts_exactly_where_hyperlane_counts_it() {
    each_section("messageIdMultisig", |section| {
        let message = section.at("message").bytes();
        assert_eq!(HyperlaneMessage::id_of(&message), section.at("messageId").word());
        let signed = checkpoint(section.at("checkpoint"));
        assert_eq!(signed.digest(), section.at("digest").word());
        each(section.at("cases").items(), |case| {
            let bytes = case.at("metadata").bytes();
            if let Some(metadata) = MessageIdMetadata::decode(&bytes) {
                assert_eq!(metadata.encode(), bytes);
                if case.at("valid").as_bool().unwrap() {
                    assert_eq!(metadata.checkpoint(&message), Some(signed));
                }
            }
            check_outcome(case, verify_message_id(section, &bytes));
        });
    });
}

#[test]
fn merkle_root_metadata_counts_exactly_where_hyperlane_counts_it() {
    each_section("merkleRootMultisig", |section| {
        let message = section.at("message").bytes();
        let signed = checkpoint(section.at("signedCheckpoint"));
        assert_eq!(signed.digest(), section.at("digest").word());
        each(section.at("cases").items(), |case| {
            let bytes = case.at("metadata").bytes();
            let Some(metadata) = MerkleRootMetadata::decode(&bytes) else {
                return assert_eq!(case.at("revert").at("kind").text(), "empty");
            };
            assert_eq!(metadata.encode(), bytes);
            let Some(checkpoint) = metadata.checkpoint(&message) else {
                let text = case.at("revert").at("message").text();
                return assert_eq!(text, "Invalid merkle index metadata");
            };
            let outcome = metadata.signatures.check_quorum(
                checkpoint.digest(),
                addresses(section.at("validators")),
                section.at("threshold").u32() as usize,
                recover,
            );
            check_outcome(case, outcome);
        });
    });
}

#[test]
fn aggregation_metadata_counts_exactly_where_hyperlane_counts_it() {
    each_file_with("aggregation", |section, file| {
        let multisig = file.at("messageIdMultisig");
        each(section.at("cases").items(), |case| {
            let modules = case.at("modules").items();
            let encoded = case.at("encoded").bytes();
            let valid = case.at("valid").as_bool().unwrap();
            let revert = || case.at("revert");

            if let Some(subs) = case.maybe("sub") {
                let mut given = vec![None; modules.len()];
                for sub in subs.items() {
                    given[sub.at("index").u32() as usize] = Some(sub.at("metadata").bytes());
                }
                let given: Vec<_> = given.iter().map(|sub| sub.as_deref()).collect();
                let ours = aggregation_metadata(&given).unwrap();
                for (i, sub) in given.iter().enumerate() {
                    assert_eq!(sub_metadata(&ours, i), Some(*sub));
                    assert_eq!(sub_metadata(&encoded, i), Some(*sub));
                }
                // the relayer may put the bodies in any order; in ours they are in the order of the modules
                let order: Vec<_> = subs.items().iter().map(|sub| sub.at("index").u32()).collect();
                if order.is_sorted() {
                    assert_eq!(ours, encoded);
                }
            }

            let mut left = case.at("threshold").u32();
            for (i, module) in modules.iter().enumerate() {
                let Some(sub) = sub_metadata(&encoded, i) else {
                    return assert_eq!((valid, revert().at("kind").text()), (false, "empty"));
                };
                let Some(sub) = sub else { continue };
                let verified = match module.text() {
                    "accept" => true,
                    "reject" => {
                        return assert_eq!(revert().at("message").text(), "!verify");
                    }
                    "multisig" => verify_message_id(multisig, sub).is_ok(),
                    other => panic!("no module {other}"),
                };
                if !verified {
                    return assert!(!valid);
                }
                let Some(less) = left.checked_sub(1) else {
                    return assert_eq!((valid, revert().at("kind").text()), (false, "panic"));
                };
                left = less;
            }
            assert_eq!(left == 0, valid);
        });
    });
}

#[test]
fn requests_for_metadata_are_signed_as_the_relayer_signs_them() {
    each_section("ccipRead", |section| {
        let auth = section.at("relayerAuth");
        let (sender, call_data) = (section.at("sender").address(), section.at("callData").bytes());
        let hash = lookup_signing_hash(sender, &call_data, auth.at("urlTemplate").text());
        assert_eq!(hash, auth.at("signingHash").word());
        assert_eq!(eip191_hash(hash), auth.at("digest").word());
        let signature = signature(&auth.at("signature").bytes());
        assert_eq!(recover(eip191_hash(hash), &signature), Some(auth.at("signer").address()));
    });
}

/// Why the read module refuses metadata: the name of the error and, for bad metadata, the code.
type Refusal = (&'static str, Option<u8>);

fn verify_reads(section: &Value, metadata: &[u8]) -> Result<(), Refusal> {
    let invalid = |error: ReadMetadataError| ("InvalidMetadata(uint8)", Some(error as u8));
    let message = section.at("message").bytes();
    let outer = HyperlaneMessage::decode(&message).unwrap();
    let inner = MetalayerMessage::decode(outer.body).unwrap();
    let metadata = ReadMetadata::decode(metadata).map_err(invalid)?;
    if metadata.count as usize != inner.reads.len() {
        return Err(("ReadResultCountMismatch(uint256,uint256)", None));
    }
    // any moment between the expired case and the others
    if metadata.valid_until < 1_700_000_000 {
        return Err(("AttestationExpired(uint64)", None));
    }
    let threshold = section.at("threshold").u32() as usize;
    let (results, signatures) = metadata.results(threshold).map_err(invalid)?;
    let attestation = ReadAttestation {
        destination: outer.destination,
        read_ism: section.at("readIsm").address(),
        hyperlane_id: HyperlaneMessage::id_of(&message),
        valid_until: metadata.valid_until,
    };
    let attestors = addresses(section.at("attestors"));
    signatures
        .check_quorum(attestation.digest(results.iter()), attestors, threshold, recover)
        .map_err(|_| ("QuorumNotReached()", None))
}

#[test]
fn read_attestations_are_hashed_and_counted_as_the_prototype_did() {
    each_section("readAttestations", |section| {
        let results: Vec<_> = (section.at("items").items().iter())
            .map(|item| (item.at("block").u64(), item.at("result").bytes()))
            .collect();
        let results = || results.iter().map(|(block, result)| ReadResult { block: *block, result });
        let attestation = ReadAttestation {
            destination: Domain(section.at("destination").u32()),
            read_ism: section.at("readIsm").address(),
            hyperlane_id: section.at("hyperlaneId").word(),
            valid_until: section.at("validUntil").u64(),
        };
        assert_eq!(attestation.domain_separator(), section.at("domainSeparator").word());
        let (hash, count) = ReadAttestation::results_hash(results());
        assert_eq!((hash, count as usize), (section.at("resultsHash").word(), results().count()));
        assert_eq!(attestation.signing_hash(results()), section.at("signingHash").word());
        assert_eq!(attestation.digest(results()), section.at("digest").word());
        let message = section.at("message").bytes();
        assert_eq!(HyperlaneMessage::id_of(&message), section.at("hyperlaneId").word());
        let body = HyperlaneMessage::decode(&message).unwrap().body;
        assert_eq!(MetalayerMessage::id_of(body), section.at("metalayerId").word());

        each(section.at("cases").items(), |case| {
            let metadata = case.at("metadata").bytes();
            let outcome = verify_reads(section, &metadata);
            assert_eq!(outcome.is_ok(), case.at("valid").as_bool().unwrap(), "{outcome:?}");
            if let Err((name, code)) = outcome {
                let revert = case.at("revert");
                assert_eq!(name, revert.at("signature").text());
                if let Some(code) = code {
                    assert_eq!(revert.at("args").items()[0].u32(), u32::from(code));
                }
            } else {
                let decoded = ReadMetadata::decode(&metadata).unwrap();
                let (results, Signatures(signatures)) = decoded.results(0).unwrap();
                let results: Vec<_> = results.iter().collect();
                let again =
                    ReadMetadata::encode(decoded.valid_until, &results, Signatures(signatures));
                assert_eq!(again.unwrap(), metadata);
            }
        });
    });
}
