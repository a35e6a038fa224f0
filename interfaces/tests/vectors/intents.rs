//! Intents: encodings, hashes, vault addresses, orders, proof messages.

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::{SolCall, SolValue};
use interfaces::args::{Args, RouteView, evm_address};
use interfaces::codec::{HookMetadata, ProofMessage, Proofs};
use interfaces::erc7683;
use interfaces::hash::{self, IntentHashes};
use interfaces::ids::ChainId;
use interfaces::intents::{
    Call, FillInstruction, GaslessCrossChainOrder, IERC7683, IInbox, IIntentSource, Intent,
    OnchainCrossChainOrder, OrderData, Output, ResolvedCrossChainOrder, Reward, Route, TokenAmount,
};
use interfaces::metalayer::{IMetalayerRecipient, IMetalayerRouter};
use serde_json::Value;

use crate::json::{Json, each, each_case, each_file_with, each_section};

fn tokens(value: &Value) -> Vec<TokenAmount> {
    let token = |token: &Value| TokenAmount {
        token: token.at("token").address(),
        amount: token.at("amount").uint(),
    };
    value.items().iter().map(token).collect()
}

fn reward(value: &Value) -> Reward {
    Reward {
        deadline: value.at("deadline").u64(),
        creator: value.at("creator").address(),
        prover: value.at("prover").address(),
        nativeAmount: value.at("nativeAmount").uint(),
        tokens: tokens(value.at("tokens")),
    }
}

fn route(value: &Value) -> Route {
    let call = |call: &Value| Call {
        target: call.at("target").address(),
        data: call.blob("data").into(),
        value: call.at("value").uint(),
    };
    Route {
        salt: value.at("salt").word(),
        deadline: value.at("deadline").u64(),
        portal: value.at("portal").address(),
        nativeAmount: value.at("nativeAmount").uint(),
        tokens: tokens(value.at("tokens")),
        calls: value.at("calls").items().iter().map(call).collect(),
    }
}

fn intent(value: &Value) -> Intent {
    Intent {
        destination: value.at("destination").u64(),
        route: route(value.at("route")),
        reward: reward(value.at("reward")),
    }
}

fn hashes(case: &Value) -> IntentHashes {
    IntentHashes {
        intent: case.at("intentHash").word(),
        route: case.at("routeHash").word(),
        reward: case.at("rewardHash").word(),
    }
}

#[test]
fn intents_encode_and_hash_as_the_peer_does() {
    each_case("intents", |case| {
        let intent = intent(case.at("intent"));
        assert_eq!(intent.hashes(), hashes(case));
        let encoded = intent.abi_encode();
        assert_eq!(intent.route.abi_encode(), case.at("encodedRoute").bytes());
        assert_eq!(intent.reward.abi_encode(), case.at("encodedReward").bytes());
        if let Some(expected) = case.maybe("encodedIntent") {
            assert_eq!(encoded, expected.bytes());
        }
        assert_eq!(keccak256(case.at("hashPreimage").bytes()), case.at("intentHash").word());
    });
}

#[test]
fn views_hash_and_encode_intents_as_the_peer_does() {
    each_case("intents", |case| {
        let encoded = intent(case.at("intent")).abi_encode();
        let view = Args(&encoded).intent(0).unwrap();
        assert_eq!(view.hashes(), hashes(case));
        assert_eq!(view.route.encode(), case.at("encodedRoute").bytes());
        let mut reward = Vec::new();
        view.reward.encode_into(&mut reward);
        assert_eq!(reward, case.at("encodedReward").bytes());
        assert_eq!(Intent::from(view), intent(case.at("intent")));
        let route = case.at("encodedRoute").bytes();
        assert_eq!(RouteView::decode(&route).unwrap().hash(), case.at("routeHash").word());
        assert_eq!(hash::route_hash(&route), case.at("routeHash").word());
    });
}

#[test]
fn calls_of_intents_are_encoded_as_the_peer_does() {
    each_case("intents", |case| {
        let Some(calldata) = case.maybe("calldata") else { return };
        let intent = intent(case.at("intent"));
        let IntentHashes { intent: intent_hash, route, reward } = intent.hashes();
        for (name, expected) in calldata.as_object().unwrap() {
            let expected = expected.bytes();
            let input = Args(&expected[4..]);
            let encoded = match name.as_str() {
                "publish_intent" => {
                    assert_eq!(input.intent(0).unwrap().hashes().intent, intent_hash);
                    IIntentSource::publish_0Call { intent: intent.clone() }.abi_encode()
                }
                "withdraw" => {
                    assert_eq!(input.reward(2).unwrap().hash(), reward);
                    IIntentSource::withdrawCall {
                        destination: intent.destination,
                        routeHash: route,
                        reward: intent.reward.clone(),
                    }
                    .abi_encode()
                }
                "fulfill" => {
                    assert_eq!(input.route(1).unwrap().hash(), route);
                    IInbox::fulfillCall {
                        intentHash: input.word(0).unwrap(),
                        route: intent.route.clone(),
                        rewardHash: reward,
                        claimant: input.word(3).unwrap(),
                    }
                    .abi_encode()
                }
                other => panic!("no decoder for {other}"),
            };
            assert_eq!(encoded, expected);
        }
    });
}

#[test]
fn a_route_of_any_bytes_has_a_hash() {
    each_case("opaqueRoutes", |case| {
        let route = hash::route_hash(&case.blob("route"));
        let reward = reward(case.at("reward")).hash();
        let destination = ChainId(case.at("destination").u64());
        assert_eq!(hash::intent_hashes(destination, route, reward), hashes(case));
    });
}

#[test]
fn vault_addresses_follow_the_rule_for_any_init_code() {
    each_file_with("vaultDerivation", |derivation, file| {
        for context in derivation.at("contexts").items() {
            let portal = context.at("portal").address();
            let implementation = context.at("vaultImplementation").address();
            let init_code_hash = context.at("initCodeHashWithImplementation").word();
            // The copy that the project ships has the hash alone: the peer's code is not ours to give on.
            if let Some(proxy) = derivation.maybe("proxyInitCode") {
                let init_code = [proxy.bytes(), implementation.abi_encode()].concat();
                assert_eq!(keccak256(&init_code), init_code_hash);
            }
            if let Some(executor) = context.maybe("executor") {
                assert_eq!(hash::create_address(portal, 1), implementation);
                assert_eq!(hash::create_address(portal, 2), executor.address());
            }
            let [prefix] = context.at("prefix").bytes()[..] else { panic!("one byte") };
            let check = |intent_hash: B256, expected: Address| {
                let vault =
                    hash::create2_address_with_prefix(prefix, portal, intent_hash, init_code_hash);
                assert_eq!(vault, expected);
                if prefix == 0xff {
                    let vault = hash::vault_address(portal, intent_hash, init_code_hash);
                    assert_eq!(vault, expected);
                }
            };
            let name = context.at("name").text();
            each(file.at("intents").items(), |case| {
                if let Some(vault) = case.at("vaults").maybe(name) {
                    check(case.at("intentHash").word(), vault.address());
                }
            });
            if name == "deployed-portal" {
                each(file.at("opaqueRoutes").items(), |case| {
                    let vault = case.at("vaultDeployedPortal").address();
                    check(case.at("intentHash").word(), vault);
                });
            }
        }
    });
}

#[test]
fn hook_metadata_of_intents_is_packed_as_the_peer_does() {
    each_case("hookMetadata", |case| {
        let Some(packed) = case.maybe("packed") else { return };
        let (packed, custom) = (packed.bytes(), case.at("custom").bytes());
        let (value, gas_limit) = (case.at("msgValue").uint(), case.at("gasLimit").uint());
        let refund = case.at("refundAddress").address();
        let encoded = HookMetadata::encode(value, gas_limit, refund);
        assert_eq!([&encoded[..], &custom].concat(), packed);
        assert_eq!(packed.len(), case.at("length").u32() as usize);
        let expected = HookMetadata {
            variant: 1,
            value: Some(value),
            gas_limit: Some(gas_limit),
            refund: Some(refund),
            custom: &custom,
        };
        assert_eq!(HookMetadata::decode(&packed), expected);
    });
}

#[test]
fn proof_messages_are_read_as_the_peer_does() {
    each_section("proofMessages", |section| {
        each(section.at("cases").items(), |case| {
            let message = case.at("message").bytes();
            if let Some(calldata) = case.maybe("calldata") {
                let calldata = calldata.bytes();
                let handle = Args(&calldata[4..]);
                assert_eq!(calldata[..4], IMetalayerRecipient::handleCall::SELECTOR);
                assert_eq!(handle.domain(0).unwrap().0, case.at("origin").u32());
                assert_eq!(handle.word(1).unwrap(), case.at("sender").word());
                assert_eq!(handle.bytes(2).unwrap(), message);
                assert!(handle.reads(3).is_some() && handle.bytes_list(4).is_some());
            }

            let outcome = case.at("expect").at("seedNames");
            let error = outcome.maybe("error").map_or("", |error| error.at("name").text());
            let decoded = Proofs::decode(&message);
            match (error, decoded) {
                ("InvalidProofMessage", decoded) => assert!(decoded.is_err()),
                ("ArrayLengthMismatch", decoded) => assert!(decoded.unwrap().pairs().is_err()),
                ("", Ok(proofs)) => {
                    // what the peer stored is what the message says first of an intent
                    let Some(stored) = outcome.maybe("provenAfter") else { return };
                    for (intent_hash, stored) in stored.as_object().unwrap() {
                        let proven = proofs.pairs().unwrap().find_map(|(hash, claimant)| {
                            let claimant = evm_address(claimant)?;
                            let wanted = format!("{hash}") == *intent_hash;
                            (wanted && !claimant.is_zero()).then_some(claimant)
                        });
                        let claimant = stored.at("claimant").address();
                        assert_eq!(proven.unwrap_or_default(), claimant);
                        let destination = stored.at("destination").u64();
                        let chain_id = if claimant.is_zero() { 0 } else { proofs.chain_id.0 };
                        assert_eq!(chain_id, destination);
                    }
                }
                // refused for the caller, the origin or the sender, which the message does not decide
                _ => {}
            }
            if let Ok((chain_id, pairs)) =
                Proofs::decode(&message).map(|proofs| (proofs.chain_id, proofs.pairs()))
                && let Ok(pairs) = pairs
            {
                let mut rebuilt = ProofMessage::new(chain_id, pairs.len());
                pairs.for_each(|(hash, claimant)| rebuilt.push(hash, claimant));
                assert_eq!(rebuilt.into_bytes(), message);
            }
        });
    });
}

#[test]
fn sending_a_proof_reproduces_the_calls_to_the_router() {
    each_case("sendCases", |case| {
        let data = case.at("data").bytes();
        let arguments = Args(&data).word(0).zip(Args(&data).uint(1));
        let Some(dispatch_calldata) = case.maybe("dispatchCalldata") else {
            if data.len() < 64 {
                assert_eq!(arguments, None);
            }
            return;
        };
        let (prover, gas_limit) = arguments.unwrap();
        let gas_limit = gas_limit.max(case.at("minGasLimit").uint()).max(U256::from(200_000));
        let message = case.at("encodedProofs").bytes();
        let destination = case.at("domainID").u32();

        let dispatch = IMetalayerRouter::dispatch_1Call {
            destination,
            recipient: prover,
            reads: Vec::new(),
            writeCallData: message.clone().into(),
            finality: 0,
            gasLimit: gas_limit,
        };
        assert_eq!(dispatch.abi_encode(), dispatch_calldata.bytes());
        let calldata = dispatch_calldata.bytes();
        let input = Args(&calldata[4..]);
        assert_eq!(input.domain(0).unwrap().0, destination);
        assert_eq!(input.word(1).unwrap(), prover);
        assert!(input.reads(2).unwrap().is_empty());
        assert_eq!(input.bytes(3).unwrap(), message);
        assert_eq!(input.u8(4).unwrap(), 0);
        assert_eq!(input.uint(5).unwrap(), gas_limit);

        let refund = case.at("quoteRefundAddress").text().rsplit("0x").next().unwrap();
        let refund = Address::from_slice(&hex::decode(refund).unwrap());
        let value = U256::from(10).pow(U256::from(36));
        let metadata = HookMetadata::encode(value, gas_limit, refund);
        assert_eq!(metadata[..], case.at("quoteMetadata").bytes());
        let quote = IMetalayerRouter::quoteDispatch_3Call {
            destination,
            recipient: prover,
            writeCallData: message.into(),
            hookMetadata: metadata.to_vec().into(),
        };
        assert_eq!(quote.abi_encode(), case.at("quoteCalldata").bytes());
    });
}

#[test]
fn orders_hash_and_resolve_as_the_peer_does() {
    each_section("constants", |constants| {
        let Some(constants) = constants.maybe("erc7683") else { return };
        let text = |key: &str| constants.at(key).text().to_owned();
        assert_eq!(erc7683::ORDER_DATA_TYPE, text("orderDataType"));
        assert_eq!(erc7683::ORDER_DATA_TYPEHASH, constants.at("orderDataTypehash").word());
        assert_eq!(erc7683::GASLESS_ORDER_TYPE, text("gaslessOrderType"));
        assert_eq!(erc7683::GASLESS_ORDER_TYPEHASH, constants.at("gaslessOrderTypehash").word());
        assert_eq!(erc7683::order_data_typehash(), constants.at("orderDataTypehash").word());
        assert_eq!(erc7683::gasless_order_typehash(), constants.at("gaslessOrderTypehash").word());
        assert_eq!(erc7683::DOMAIN_TYPEHASH, constants.at("domainTypehash").word());
        assert_eq!(erc7683::DOMAIN_NAME, text("eip712Name"));
        assert_eq!(erc7683::DOMAIN_VERSION, text("eip712Version"));
    });
    for (text, hash) in [
        (erc7683::ORDER_DATA_TYPE, erc7683::ORDER_DATA_TYPEHASH),
        (erc7683::GASLESS_ORDER_TYPE, erc7683::GASLESS_ORDER_TYPEHASH),
        (erc7683::DOMAIN_TYPE, erc7683::DOMAIN_TYPEHASH),
        (erc7683::DOMAIN_NAME, erc7683::DOMAIN_NAME_HASH),
        (erc7683::DOMAIN_VERSION, erc7683::DOMAIN_VERSION_HASH),
    ] {
        assert_eq!(keccak256(text), hash);
    }
    each_section("erc7683", |section| {
        let chain_id = ChainId(section.at("chainId").u64());
        let separator = erc7683::domain_separator(chain_id, section.at("portal").address());
        assert_eq!(separator, section.at("domainSeparator").word());
        each(section.at("orders").items(), |case| check_order(case, chain_id, separator));
    });
}

fn check_order(case: &Value, chain_id: ChainId, separator: B256) {
    let fields = case.at("orderDataFields");
    let output = |output: &Value| Output {
        token: output.at("token").word(),
        amount: output.at("amount").uint(),
        recipient: output.at("recipient").word(),
        chainId: output.at("chainId").uint(),
    };
    let data = OrderData {
        destination: fields.at("destination").u64(),
        route: fields.at("route").bytes().into(),
        reward: reward(fields.at("reward")),
        routePortal: fields.at("routePortal").word(),
        routeDeadline: fields.at("routeDeadline").u64(),
        maxSpent: fields.at("maxSpent").items().iter().map(output).collect(),
    };
    let order = case.at("order");
    let gasless = GaslessCrossChainOrder {
        originSettler: order.at("originSettler").address(),
        user: order.at("user").address(),
        nonce: order.at("nonce").uint(),
        originChainId: order.at("originChainId").uint(),
        openDeadline: order.at("openDeadline").u32(),
        fillDeadline: order.at("fillDeadline").u32(),
        orderDataType: order.at("orderDataType").word(),
        orderData: data.abi_encode().into(),
    };
    assert_eq!(gasless.orderData[..], order.at("orderData").bytes());
    assert_eq!(erc7683::order_hash(&gasless), case.at("structHash").word());
    let digest = erc7683::order_digest(separator, &gasless);
    assert_eq!(digest, case.at("digest").word());

    let signature = case.at("signature").bytes();
    let recovered = alloy_primitives::Signature::try_from(&signature[..]).unwrap();
    assert_eq!(recovered.recover_address_from_prehash(&digest).unwrap(), gasless.user);
    if let Some(calldata) = case.maybe("openForCalldata") {
        let decoded = IERC7683::openForCall::abi_decode(&calldata.bytes()).unwrap();
        assert_eq!(decoded.order, gasless);
        assert_eq!(decoded.signature[..], signature);
        assert_eq!(decoded.abi_encode(), calldata.bytes());
    }

    let destination = ChainId(data.destination);
    let hashes =
        hash::intent_hashes(destination, hash::route_hash(&data.route), data.reward.hash());
    let local = U256::from(chain_id.0);
    let mut received: Vec<_> = (data.reward.tokens.iter())
        .map(|leg| Output {
            token: leg.token.into_word(),
            amount: leg.amount,
            recipient: B256::ZERO,
            chainId: local,
        })
        .collect();
    if !data.reward.nativeAmount.is_zero() {
        let amount = data.reward.nativeAmount;
        received.push(Output { token: B256::ZERO, amount, recipient: B256::ZERO, chainId: local });
    }
    let resolved = ResolvedCrossChainOrder {
        user: data.reward.creator,
        originChainId: local,
        openDeadline: gasless.openDeadline,
        fillDeadline: data.routeDeadline as u32,
        orderId: hashes.intent,
        maxSpent: data.maxSpent.clone(),
        minReceived: received,
        fillInstructions: vec![FillInstruction {
            destinationChainId: U256::from(data.destination),
            destinationSettler: data.routePortal,
            originData: (data.route.clone(), hashes.reward).abi_encode_params().into(),
        }],
    };
    assert_eq!(resolved.abi_encode(), case.at("resolvedForReturnData").bytes());

    // the same, as contracts read it in place
    let onchain = OnchainCrossChainOrder {
        fillDeadline: gasless.fillDeadline,
        orderDataType: gasless.orderDataType,
        orderData: gasless.orderData.clone(),
    };
    let encoded = onchain.abi_encode();
    let view = erc7683::OnchainOrderView::read(Args(&encoded), 0).unwrap();
    assert_eq!(view.order_data_type, onchain.orderDataType);
    assert_eq!(view.order_data, &onchain.orderData[..]);
    let encoded = gasless.abi_encode();
    let view = erc7683::GaslessOrderView::read(Args(&encoded), 0).unwrap();
    assert_eq!((view.origin_settler, view.user), (gasless.originSettler, gasless.user));
    assert_eq!((view.hash(), view.digest(separator)), (case.at("structHash").word(), digest));
    let in_place = erc7683::OrderDataView::decode(view.order_data).unwrap();
    assert_eq!(in_place.hashes(), hashes);
    let returned = in_place.resolve(&hashes, chain_id, view.open_deadline);
    assert_eq!(returned, case.at("resolvedForReturnData").bytes());
}
