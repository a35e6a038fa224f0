//! Messages, hook metadata, the merkle tree, and what routers send.

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::{SolCall, SolError, SolEvent};
use interfaces::args::{Args, ReadView, evm_address};
use interfaces::codec::{
    HookMetadata, HyperlaneMessage, Malformed, MetalayerHeader, MetalayerMessage,
};
use interfaces::hyperlane::{HookType, ICcipReadIsm, IInterchainSecurityModule, ModuleType};
use interfaces::ids::Domain;
use interfaces::merkle::{self, MerkleTree};
use interfaces::metalayer::{
    FinalityState, IMetalayerIsm, IMetalayerReadGateway, IMetalayerRouter, ReadOperation,
};
use serde_json::Value;

use crate::json::{Json, each, each_case, each_section};

fn read_operations(reads: &Value) -> Vec<ReadOperation> {
    let read = |read: &Value| ReadOperation {
        domain: read.at("domain").u32(),
        target: read.at("target").address(),
        callData: read.blob("callData").into(),
    };
    reads.items().iter().map(read).collect()
}

#[test]
fn hyperlane_messages_are_packed_as_the_mailbox_does() {
    each_case("hyperlaneMessages", |case| {
        let body = case.blob("body");
        let message = HyperlaneMessage {
            version: case.at("version").uint().to(),
            nonce: case.at("nonce").u32(),
            origin: Domain(case.at("origin").u32()),
            sender: case.at("sender").word(),
            destination: Domain(case.at("destination").u32()),
            recipient: case.at("recipient").word(),
            body: &body,
        };
        assert_eq!(message.id(), case.at("id").word());
        if let Some(encoded) = case.maybe("encoded") {
            let encoded = encoded.bytes();
            assert_eq!(message.encode(), encoded);
            assert_eq!(HyperlaneMessage::decode(&encoded), Some(message));
            assert_eq!(HyperlaneMessage::id_of(&encoded), message.id());
            for end in 0..HyperlaneMessage::HEADER {
                assert_eq!(HyperlaneMessage::decode(&encoded[..end]), None);
            }
        }
    });
}

#[test]
fn metalayer_messages_are_packed_as_the_library_does() {
    each_case("metalayerMessages", |case| {
        let fields = case.at("fields");
        let header = MetalayerHeader {
            version: fields.at("version").uint().to(),
            finality: FinalityState::new(fields.at("finality").uint().to()).unwrap(),
            nonce: fields.at("nonce").u32(),
            origin: Domain(fields.at("origin").u32()),
            sender: fields.at("sender").word(),
            destination: Domain(fields.at("destination").u32()),
            recipient: fields.at("recipient").word(),
        };
        let (reads, write) = (read_operations(fields.at("reads")), fields.blob("writeCallData"));
        let encoded = header.encode(reads.iter().map(ReadView::from), &write);
        assert_eq!(encoded.len(), case.at("length").u32() as usize);
        assert_eq!(MetalayerMessage::id_of(&encoded), case.at("id").word());
        if let Some(expected) = case.maybe("encoded") {
            assert_eq!(encoded, expected.bytes());
        }

        let message = MetalayerMessage::decode(&encoded).unwrap();
        assert_eq!(message.header, header);
        assert_eq!(message.reads.len(), reads.len());
        assert!(message.reads.iter().map(ReadOperation::from).eq(reads));
        assert_eq!(message.write_call_data, write);
        assert_eq!(message.encode(), encoded);

        if let Some(outer) = case.maybe("hyperlane") {
            let outer_message = HyperlaneMessage {
                version: HyperlaneMessage::VERSION,
                nonce: outer.at("nonce").u32(),
                origin: header.origin,
                sender: outer.at("sender").word(),
                destination: header.destination,
                recipient: outer.at("recipient").word(),
                body: &encoded,
            };
            assert_eq!(outer_message.id(), outer.at("id").word());
        }
    });
}

#[test]
fn malformed_metalayer_messages_are_refused_with_the_code_of_the_first_failing_check() {
    each_case("metalayerMalformed", |case| {
        let encoded = case.blob("encoded");
        match (case.maybe("expected"), MetalayerMessage::decode(&encoded)) {
            (None, Ok(message)) => assert_eq!(message.encode(), encoded),
            (Some(expected), Err(malformed)) => {
                assert_eq!(u32::from(malformed.code()), expected.at("code").u32());
                assert_eq!(format!("{malformed:?}"), expected.at("name").text());
                let error = IMetalayerRouter::MalformedMessage { code: malformed.code() };
                assert_eq!(error.abi_encode(), expected.at("revertData").bytes());
            }
            (expected, decoded) => panic!("{expected:?}, but {decoded:?}"),
        }
    });
}

#[test]
fn hook_metadata_is_read_as_the_hooks_do() {
    each_case("hookMetadata", |case| {
        let Some(encoded) = case.maybe("encoded") else { return };
        let encoded = encoded.bytes();
        let metadata = HookMetadata::decode(&encoded);
        assert_eq!(u32::from(metadata.variant), case.at("variant").u32());
        assert_eq!(metadata.value, case.maybe("msgValue").map(|value| value.uint()));
        assert_eq!(metadata.gas_limit, case.maybe("gasLimit").map(|limit| limit.uint()));
        assert_eq!(metadata.refund, case.maybe("refundAddress").map(|refund| refund.address()));
        assert_eq!(metadata.fee_token(), case.maybe("feeToken").map(|token| token.address()));
        assert_eq!(
            HookMetadata::is_supported(&encoded),
            case.at("supportedByHooks").as_bool().unwrap()
        );
        if let (Some(value), Some(gas_limit), Some(refund), HookMetadata::VARIANT) =
            (metadata.value, metadata.gas_limit, metadata.refund, metadata.variant)
        {
            let again = HookMetadata::encode(value, gas_limit, refund);
            assert_eq!([&again[..], metadata.custom].concat(), encoded);
        }
    });
}

#[test]
fn the_constants_of_both_protocols_are_ours() {
    each_section("constants", |constants| {
        if let Some(names) = constants.maybe("moduleTypes") {
            let ours = [
                ("UNUSED", ModuleType::Unused),
                ("ROUTING", ModuleType::Routing),
                ("AGGREGATION", ModuleType::Aggregation),
                ("LEGACY_MULTISIG", ModuleType::LegacyMultisig),
                ("MERKLE_ROOT_MULTISIG", ModuleType::MerkleRootMultisig),
                ("MESSAGE_ID_MULTISIG", ModuleType::MessageIdMultisig),
                ("NULL", ModuleType::Null),
                ("CCIP_READ", ModuleType::CcipRead),
                ("ARB_L2_TO_L1", ModuleType::ArbL2ToL1),
                ("WEIGHTED_MERKLE_ROOT_MULTISIG", ModuleType::WeightedMerkleRootMultisig),
                ("WEIGHTED_MESSAGE_ID_MULTISIG", ModuleType::WeightedMessageIdMultisig),
                ("OP_L2_TO_L1", ModuleType::OpL2ToL1),
                ("POLYMER", ModuleType::Polymer),
            ];
            assert_eq!(names.as_object().unwrap().len(), ours.len());
            for (name, ours) in ours {
                assert_eq!(names.at(name).u32(), ours as u32);
            }
        }
        if let Some(names) = constants.maybe("hookTypes") {
            let ours = [
                ("UNUSED", HookType::Unused),
                ("ROUTING", HookType::Routing),
                ("AGGREGATION", HookType::Aggregation),
                ("MERKLE_TREE", HookType::MerkleTree),
                ("INTERCHAIN_GAS_PAYMASTER", HookType::InterchainGasPaymaster),
                ("FALLBACK_ROUTING", HookType::FallbackRouting),
                ("ID_AUTH_ISM", HookType::IdAuthIsm),
                ("PAUSABLE", HookType::Pausable),
                ("PROTOCOL_FEE", HookType::ProtocolFee),
                ("DEPRECATED", HookType::Deprecated),
                ("RATE_LIMITED", HookType::RateLimited),
                ("ARB_L2_TO_L1", HookType::ArbL2ToL1),
                ("OP_L2_TO_L1", HookType::OpL2ToL1),
                ("MAILBOX_DEFAULT_HOOK", HookType::MailboxDefaultHook),
                ("AMOUNT_ROUTING", HookType::AmountRouting),
                ("CCTP", HookType::Cctp),
                ("TIMELOCK_ROUTING", HookType::TimelockRouting),
                ("PREDICATE_ROUTER_WRAPPER", HookType::PredicateRouterWrapper),
            ];
            assert_eq!(names.as_object().unwrap().len(), ours.len());
            for (name, ours) in ours {
                assert_eq!(names.at(name).u32(), ours as u32);
            }
        }
        if let Some(version) = constants.maybe("mailboxVersion") {
            assert_eq!(version.u32(), u32::from(HyperlaneMessage::VERSION));
            assert_eq!(constants.at("merkleTreeDepth").u32() as usize, merkle::DEPTH);
            let variant = constants.at("standardHookMetadataVariant").u32();
            assert_eq!(variant, u32::from(HookMetadata::VARIANT));
            let mut zero = B256::ZERO;
            for expected in constants.at("merkleZeroHashes").items() {
                assert_eq!(zero, expected.word());
                zero = keccak256([zero, zero].concat());
            }
        }
        if let Some(metalayer) = constants.maybe("metalayer") {
            assert_eq!(metalayer.at("version").u32(), u32::from(MetalayerHeader::VERSION));
            assert_eq!(metalayer.at("headerLength").u32() as usize, MetalayerHeader::SIZE);
            assert_eq!(metalayer.at("minimumLength").u32() as usize, MetalayerHeader::SIZE + 4);
            assert_eq!(metalayer.at("maxReads").u32() as usize, MetalayerHeader::MAX_READS);
            let finality = metalayer.at("finality");
            assert_eq!(finality.at("INSTANT").u32(), FinalityState::Instant as u32);
            assert_eq!(finality.at("FINALIZED").u32(), FinalityState::Finalized as u32);
            assert_eq!(finality.at("ESPRESSO").u32(), FinalityState::Espresso as u32);
        }
    });
}

#[test]
fn the_merkle_tree_grows_and_proves_as_the_hook_does() {
    each_section("merkleTree", |section| {
        let leaves: Vec<_> = section.at("leaves").items().iter().map(|leaf| leaf.word()).collect();
        let mut tree = MerkleTree::new();
        for (i, root) in section.at("roots").items().iter().enumerate() {
            assert_eq!(tree.root(), root.word());
            if let Some(leaf) = leaves.get(i) {
                tree.insert(*leaf).unwrap();
            }
        }
        assert_eq!(tree.count(), section.at("count").u32());
        let branch: Vec<_> = section.at("branch").items().iter().map(|node| node.word()).collect();
        assert_eq!(tree.branch()[..], branch);
        let restored = MerkleTree::from_parts(branch.try_into().unwrap(), tree.count());
        assert_eq!(restored, tree);
        for case in section.at("proofs").items() {
            let path: Vec<_> = case.at("path").items().iter().map(|node| node.word()).collect();
            let (leaf, index) = (case.at("leaf").word(), case.at("index").u32());
            assert_eq!(merkle::branch_root(leaf, path.clone(), index), case.at("root").word());
            assert_eq!(merkle::proof(&leaves, index).unwrap()[..], path);
        }
    });
}

#[test]
fn dispatches_of_the_router_are_encoded_as_the_prototype_did() {
    each_section("router", |section| {
        let setup = section.at("setup");
        let local = Domain(setup.at("localDomain").u32());
        let word = |key: &str| setup.at(key).address().into_word();
        each(section.at("dispatches").items(), |case| {
            let calldata = case.at("calldata").bytes();
            let (selector, input) = calldata.split_first_chunk().unwrap();
            let args = Args(input);
            let recipient = match *selector {
                IMetalayerRouter::dispatch_0Call::SELECTOR => {
                    args.address(1).map(|address| address.into_word())
                }
                IMetalayerRouter::dispatch_1Call::SELECTOR => args.word(1),
                _ => panic!("no dispatch"),
            };
            let (destination, recipient) = (args.domain(0).unwrap(), recipient.unwrap());
            let (reads, write) = (args.reads(2).unwrap(), args.bytes(3).unwrap());
            let (finality, gas_limit) = (args.u8(4).unwrap(), args.uint(5).unwrap());
            // the arguments encode to the same call, and the quote has the same arguments
            let decoded: Vec<_> = reads.iter().map(ReadOperation::from).collect();
            let again = match *selector {
                IMetalayerRouter::dispatch_0Call::SELECTOR => IMetalayerRouter::dispatch_0Call {
                    destination: destination.0,
                    recipient: evm_address(recipient).unwrap(),
                    reads: decoded,
                    writeCallData: write.to_vec().into(),
                    finality,
                    gasLimit: gas_limit,
                }
                .abi_encode(),
                _ => IMetalayerRouter::dispatch_1Call {
                    destination: destination.0,
                    recipient,
                    reads: decoded,
                    writeCallData: write.to_vec().into(),
                    finality,
                    gasLimit: gas_limit,
                }
                .abi_encode(),
            };
            assert_eq!(again, calldata);
            assert_eq!(case.at("quoteCalldata").bytes()[4..], calldata[4..]);

            let caller = case.at("caller").address();
            let header = MetalayerHeader {
                version: MetalayerHeader::VERSION,
                finality: FinalityState::new(finality).unwrap(),
                nonce: case.at("routerNonce").u32(),
                origin: local,
                sender: caller.into_word(),
                destination,
                recipient,
            };
            let message = header.encode(reads.iter(), write);
            assert_eq!(message, case.at("metalayerMessage").bytes());
            let size = MetalayerHeader::encoded_len(reads.iter(), write);
            assert_eq!(size, Some(message.len()));
            let id = MetalayerMessage::id_of(&message);
            assert_eq!(id, case.at("metalayerId").word());

            let outer = HyperlaneMessage {
                version: HyperlaneMessage::VERSION,
                nonce: case.at("mailboxNonce").u32(),
                origin: local,
                sender: word("router"),
                destination,
                recipient: word("remoteRouter"),
                body: &message,
            };
            assert_eq!(outer.encode(), case.at("hyperlaneMessage").bytes());
            assert_eq!(outer.id(), case.at("hyperlaneId").word());

            let limits = setup.at("limits");
            let per_read = limits.at("readGasPerRead").uint() * U256::from(reads.len());
            let read_gas = if reads.is_empty() {
                U256::ZERO
            } else {
                limits.at("readGasBase").uint() + per_read
            };
            let gas = gas_limit + read_gas;
            let metadata = HookMetadata::encode(U256::ZERO, gas, caller);
            assert_eq!(metadata[..], case.at("hookMetadata").bytes());

            let event = IMetalayerRouter::MetalayerDispatch {
                sender: caller,
                destination: destination.0,
                recipient,
                messageId: id,
                hyperlaneMessageId: outer.id(),
                nonce: header.nonce,
                finalityState: finality,
                gasLimit: gas,
            };
            let topics = case.at("event").at("topics").items();
            assert_eq!(event.encode_topics().len(), topics.len());
            for (ours, topic) in event.encode_topics().iter().zip(topics) {
                assert_eq!(ours.0, topic.word());
            }
            assert_eq!(event.encode_data(), case.at("event").at("data").bytes());
        });
        each(section.at("quotes").items(), |case| {
            let calldata = case.at("calldata").bytes();
            let (selector, input) = calldata.split_first_chunk().unwrap();
            let args = Args(input);
            let (destination, recipient) = (args.u32(0).unwrap(), args.word(1).unwrap());
            let write = args.bytes(2).unwrap().to_vec().into();
            let again = match *selector {
                IMetalayerRouter::quoteDispatch_2Call::SELECTOR => {
                    IMetalayerRouter::quoteDispatch_2Call {
                        destination,
                        recipient,
                        writeCallData: write,
                    }
                    .abi_encode()
                }
                IMetalayerRouter::quoteDispatch_3Call::SELECTOR => {
                    let metadata = args.bytes(3).unwrap();
                    assert_eq!(metadata, case.at("hookMetadata").bytes());
                    IMetalayerRouter::quoteDispatch_3Call {
                        destination,
                        recipient,
                        writeCallData: write,
                        hookMetadata: metadata.to_vec().into(),
                    }
                    .abi_encode()
                }
                _ => panic!("no quote"),
            };
            assert_eq!(again, calldata);
        });
        each(section.at("dispatchErrors").items(), |case| {
            let calldata = match case.maybe("calldata") {
                Some(calldata) => calldata.bytes(),
                None => {
                    let recipe = case.at("calldataRecipe");
                    let calldata = IMetalayerRouter::dispatch_1Call {
                        destination: recipe.at("destination").u32(),
                        recipient: recipe.at("recipient").word(),
                        reads: read_operations(recipe.at("reads")),
                        writeCallData: recipe.blob("write").into(),
                        finality: recipe.at("finality").uint().to(),
                        gasLimit: recipe.at("gasLimit").uint(),
                    }
                    .abi_encode();
                    assert_eq!(keccak256(&calldata), case.at("calldataKeccak").word());
                    calldata
                }
            };
            // what the router refuses with an error of its own, it can read
            let args = Args(&calldata[4..]);
            let reads = args.reads(2).unwrap();
            let write = args.bytes(3).unwrap();
            assert!(args.u8(4).is_some() && args.uint(5).is_some());
            let revert = case.at("revert");
            if revert.maybe("signature").is_some_and(|name| name.text().starts_with("MessageTooL"))
            {
                let size = MetalayerHeader::encoded_len(reads.iter(), write).unwrap();
                assert_eq!(U256::from(size), revert.at("args").items()[0].uint());
            }
        });
        let handle = section.at("handleErrors");
        each(handle.at("cases").items(), |case| {
            let body = case.blob("body");
            let code = MetalayerMessage::decode(&body).map_err(Malformed::code);
            let revert = case.at("revert");
            if revert.at("signature").text() == "MalformedMessage(uint8)" {
                let expected: u8 = revert.at("args").items()[0].uint().to();
                assert_eq!(code.err(), Some(expected));
            } else {
                assert!(code.is_ok());
            }
        });
        let key = handle.at("processedKey");
        let (origin, id) = (Domain(key.at("origin").u32()), key.at("metalayerId").word());
        let processed = MetalayerMessage::processed_key(origin, key.at("originRouter").word(), id);
        assert_eq!(processed, key.at("key").word());
    });
}

#[test]
fn routing_depends_on_the_finality_flag_and_the_reads() {
    each_section("ismRouting", |section| {
        each(section.at("cases").items(), |case| {
            let message = case.blob("message");
            let outer = HyperlaneMessage::decode(&message).unwrap();
            let inner = MetalayerMessage::decode(outer.body);
            let Some(route) = case.maybe("route") else {
                let revert = case.at("revert");
                let data = match inner {
                    Err(malformed) => {
                        IMetalayerIsm::MalformedMessage { code: malformed.code() }.abi_encode()
                    }
                    Ok(inner) => IMetalayerIsm::NoModule {
                        origin: outer.origin.0,
                        finality: inner.header.finality as u8,
                    }
                    .abi_encode(),
                };
                assert_eq!(data, revert.at("data").bytes());
                return;
            };
            let inner = inner.unwrap();
            let key = format!("{}/{}", outer.origin.0, inner.header.finality as u8);
            if inner.reads.is_empty() {
                assert_eq!(section.at("modules").at(&key).text(), route.text());
            } else {
                // a module of its own, for a message with reads
                assert!(section.at("modules").as_object().unwrap().values().all(|m| m != route));
            }
        });
    });
}

#[test]
fn the_lookup_of_read_results_is_encoded_as_the_peer_does() {
    each_section("ccipRead", |case| {
        let message = case.at("message").bytes();
        let lookup = ICcipReadIsm::OffchainLookup {
            sender: case.at("sender").address(),
            urls: case.at("urls").items().iter().map(|url| url.text().to_owned()).collect(),
            callData: IMetalayerReadGateway::getReadResultsCall { message: message.clone().into() }
                .abi_encode()
                .into(),
            callbackFunction: IInterchainSecurityModule::verifyCall::SELECTOR.into(),
            extraData: message.into(),
        };
        assert_eq!(lookup.callData[..], case.at("callData").bytes());
        assert_eq!(lookup.callbackFunction[..], case.at("callbackFunction").bytes());
        assert_eq!(lookup.abi_encode(), case.at("revertData").bytes());
    });
}

#[test]
fn ids_of_processed_messages_decide_nothing_but_the_message() {
    each_case("mailboxProcess", |case| {
        let Some(message) = case.maybe("message") else { return };
        let message = message.bytes();
        let Some(decoded) = HyperlaneMessage::decode(&message) else { return };
        let revert = case.maybe("revert").and_then(|revert| revert.maybe("message"));
        let local = case.at("localDomain").u32();
        match revert.map(|message| message.text()) {
            Some("Mailbox: bad version") => assert_ne!(decoded.version, HyperlaneMessage::VERSION),
            Some("Mailbox: unexpected destination") => assert_ne!(decoded.destination.0, local),
            Some("TypeCasts: bytes32ToAddress overflow") => {
                assert_eq!(evm_address(decoded.recipient), None::<Address>);
            }
            _ => {}
        }
    });
}
