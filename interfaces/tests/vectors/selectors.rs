//! Every function, event and error of the vector files is in our interfaces, with the same selector.

use std::collections::{BTreeMap, BTreeSet};

use alloy_json_abi::JsonAbi;
use alloy_primitives::hex;
use interfaces::{hyperlane::*, intents::*, metalayer::*};
use serde_json::Value;

use crate::json::{Json, each_section};

/// Kind (`function`, `event`, `error`), signature, selector or topic.
type Members = BTreeMap<(&'static str, String), Member>;

struct Member {
    value: String,
    /// Mutability of a function, which topics an event has, and what they are called.
    detail: Vec<String>,
}

fn members(abis: impl IntoIterator<Item = JsonAbi>) -> Members {
    let mut members = Members::new();
    for abi in abis {
        for function in abi.functions() {
            let value = hex::encode_prefixed(function.selector());
            let outputs: Vec<_> =
                function.outputs.iter().map(|p| p.selector_type().into_owned()).collect();
            let mutability = function.state_mutability.as_json_str().to_owned();
            let detail = vec![mutability, format!("({})", outputs.join(","))];
            members.insert(("function", function.signature()), Member { value, detail });
        }
        for event in abi.events() {
            let value = hex::encode_prefixed(event.selector());
            let detail = event.inputs.iter().map(|p| format!("{} {}", p.indexed, p.name)).collect();
            members.insert(("event", event.signature()), Member { value, detail });
        }
        for error in abi.errors() {
            let value = hex::encode_prefixed(error.selector());
            members.insert(("error", error.signature()), Member { value, detail: Vec::new() });
        }
    }
    members
}

fn portal() -> Members {
    members([IIntentSource::abi::contract(), IInbox::abi::contract(), IERC7683::abi::contract()])
}

fn vault() -> Members {
    members([IVault::abi::contract(), IVaultExtras::abi::contract()])
}

fn meta_prover() -> Members {
    members([
        IProver::abi::contract(),
        IMetaProver::abi::contract(),
        IMetalayerRecipient::abi::contract(),
    ])
}

/// Why a member of the peer's contract is not ours; `None` if it has to be.
fn left_out_of_intents(contract: &str, signature: &str) -> Option<&'static str> {
    match (contract, signature) {
        ("HyperProver" | "LocalProver" | "PolymerProver" | "LayerZeroProver" | "CCIPProver", _) => {
            Some("another prover")
        }
        ("builtin", _) => Some("of the language"),
        ("IPermit", signature)
            if !matches!(
                signature,
                "allowance(address,address,address)"
                    | "transferFrom(address,address,uint160,address)"
            ) =>
        {
            Some("a vault does not use it")
        }
        (_, "AddressInsufficientBalance(address)") => Some("of a library; no function reaches it"),
        ("Vault", "AddressEmptyCode(address)" | "FailedInnerCall()") => {
            Some("the balance is read first, which reverts without data")
        }
        ("Portal", "EIP712DomainChanged()" | "InvalidShortString()" | "StringTooLong(string)") => {
            Some("of a library; the domain never changes")
        }
        (
            "MetaProver_HEAD" | "MetaProver_452f4ba2",
            "MessengerContractCannotBeZeroAddress()"
            | "MessageOriginChainDomainIDCannotBeZero()"
            | "MessageSenderCannotBeZeroAddress()"
            | "UnauthorizedIncomingProof(bytes32)"
            | "MailboxCannotBeZeroAddress()",
        ) => Some("the page names another error: intents.md §11.1"),
        (
            "MetaProver_HEAD" | "MetaProver_452f4ba2",
            "AddressNotWhitelisted(bytes32)"
            | "InvalidAddress(bytes32)"
            | "UnregisteredDomain(uint64)",
        ) => Some("no function of this prover reaches it"),
        _ => None,
    }
}

#[test]
fn every_member_of_the_intent_contracts_is_ours() {
    each_section("abi", |section| {
        for (contract, members) in section.as_object().unwrap() {
            let ours = match contract.as_str() {
                "Portal" => portal(),
                "Vault" => vault(),
                "Executor" => self::members([IExecutor::abi::contract()]),
                "IPermit" => self::members([IPermit::abi::contract()]),
                "MetalayerRouter" => self::members([IMetalayerRouter::abi::contract()]),
                "MetalayerRecipient" => self::members([IMetalayerRecipient::abi::contract()]),
                "ERC20" => self::members([IERC20::abi::contract()]),
                _ => meta_prover(),
            };
            let check = |kind: &'static str, signature: &String, value: &Value| {
                if left_out_of_intents(contract, signature).is_some() {
                    return;
                }
                let Some(member) = ours.get(&(kind, signature.clone())) else {
                    panic!("{contract} has no {kind} {signature}");
                };
                assert_eq!(member.value, value.text(), "{contract}.{signature}");
            };
            if !members.as_object().unwrap().contains_key("functions") {
                for (signature, selector) in members.as_object().unwrap() {
                    check("error", signature, selector);
                }
                continue;
            }
            for (signature, function) in members.at("functions").as_object().unwrap() {
                check("function", signature, function.at("selector"));
                if left_out_of_intents(contract, signature).is_some() {
                    continue;
                }
                let key = ("function", signature.clone());
                if let (Some(member), Some(mutability)) =
                    (ours.get(&key), function.maybe("mutability"))
                {
                    let [ours, returns] = &member.detail[..] else { panic!("two details") };
                    let expected = [mutability.text(), function.at("returns").text()];
                    assert_eq!(
                        [ours.as_str(), returns.as_str()],
                        expected,
                        "{contract}.{signature}"
                    );
                }
            }
            for (signature, event) in
                members.get("events").into_iter().flat_map(|e| e.as_object()).flatten()
            {
                check("event", signature, event.at("topic0"));
                if let Some(member) = ours.get(&("event", signature.clone())) {
                    let indexed = event.at("indexed").items().iter().map(|i| i.as_bool().unwrap());
                    let names = event.at("names").items().iter().map(|name| name.text());
                    let expected: Vec<_> =
                        indexed.zip(names).map(|(i, name)| format!("{i} {name}")).collect();
                    assert_eq!(member.detail, expected, "{contract}.{signature}");
                }
            }
            for (signature, selector) in
                members.get("errors").into_iter().flat_map(|e| e.as_object()).flatten()
            {
                check("error", signature, selector);
            }
        }
    });
}

/// Our interfaces that together are a contract of the messaging vectors.
fn messaging(contract: &str) -> Option<Members> {
    let client = IMailboxClient::abi::contract;
    let (owner, version) = (IOwnable::abi::contract, IVersioned::abi::contract);
    let (hook, module) =
        (IPostDispatchHook::abi::contract, IInterchainSecurityModule::abi::contract);
    Some(match contract {
        "Mailbox" => members([IMailbox::abi::contract(), owner(), version()]),
        "MerkleTreeHook" => {
            members([IMerkleTreeHook::abi::contract(), hook(), client(), owner(), version()])
        }
        "InterchainGasPaymaster" => {
            members([IInterchainGasPaymaster::abi::contract(), hook(), owner(), version()])
        }
        "StorageGasOracle" => members([IStorageGasOracle::abi::contract(), owner(), version()]),
        "ProtocolFee" => members([IProtocolFee::abi::contract(), hook(), owner(), version()]),
        "PausableIsm" => members([IPausable::abi::contract(), module(), owner(), version()]),
        "PausableHook" => members([IPausable::abi::contract(), hook(), owner(), version()]),
        "StaticAggregationHook" => members([IAggregationHook::abi::contract(), hook(), version()]),
        "StaticAggregationIsm" => members([IAggregationIsm::abi::contract(), module(), version()]),
        "StaticMessageIdMultisigIsmFactory" => {
            members([IStaticThresholdAddressSetFactory::abi::contract(), version()])
        }
        "StaticMessageIdMultisigIsm" => {
            members([IMultisigIsm::abi::contract(), module(), version()])
        }
        "StorageMessageIdMultisigIsm" => members([
            IStorageMultisigIsm::abi::contract(),
            IMultisigIsm::abi::contract(),
            module(),
            owner(),
            version(),
        ]),
        "TrustedRelayerIsm" => members([ITrustedRelayerIsm::abi::contract(), module(), version()]),
        "ValidatorAnnounce" => {
            members([IValidatorAnnounce::abi::contract(), client(), owner(), version()])
        }
        "DomainRoutingIsm" => members([
            IDomainRoutingIsm::abi::contract(),
            IRoutingIsm::abi::contract(),
            module(),
            owner(),
            version(),
        ]),
        "ProxyAdmin" => members([IProxyAdmin::abi::contract(), owner()]),
        "ICcipReadIsm" => members([ICcipReadIsm::abi::contract(), module()]),
        "IMessageRecipient" => members([IMessageRecipient::abi::contract()]),
        "IPostDispatchHook" => members([hook()]),
        "ISpecifiesInterchainSecurityModule" => {
            members([ISpecifiesInterchainSecurityModule::abi::contract()])
        }
        "IMetalayerRouter" | "MetalayerRouter" => members([IMetalayerRouter::abi::contract()]),
        "IMetalayerRecipient" => members([IMetalayerRecipient::abi::contract()]),
        "MetalayerIsm" => members([IMetalayerIsm::abi::contract()]),
        "MetalayerMultisigIsm" => members([IMetalayerMultisigIsm::abi::contract()]),
        "MetalayerReadAggregationIsm" => members([IMetalayerReadAggregationIsm::abi::contract()]),
        "MetalayerReadIsm" => {
            members([IMetalayerReadIsm::abi::contract(), IMetalayerReadGateway::abi::contract()])
        }
        _ => return None,
    })
}

/// Why a member of a messaging contract is not ours; `None` if it has to be.
fn left_out_of_messaging(layer: &str, contract: &str, signature: &str) -> Option<&'static str> {
    let name = signature.split('(').next().unwrap_or_default();
    // ERC-20 fees, signed quotes and the overhead hook of Hyperlane 12
    let version_12 =
        ["oken", "TOKEN", "quotes", "Quotes", "QUOTE", "Quote", "Submitter", "Signer", "Overhead"];
    match (layer, contract) {
        ("metaerc20", _) => Some("a later issue: messaging.md §6"),
        (_, "GasRouter") => Some("Hyperlane's own router, in whose place MetalayerRouter stands"),
        (_, "InterchainGasPaymaster")
            if name != "quoteDispatch"
                && name != "quoteGasPayment"
                && version_12.iter().any(|part| name.contains(part)) =>
        {
            Some("only Hyperlane 12 has it, and the Metalayer does not use it: messaging.md §2.4")
        }
        (_, "InterchainGasPaymaster")
            if signature.starts_with("payForGas(address,")
                || signature.starts_with("quoteGasPayment(address,") =>
        {
            Some("only Hyperlane 12 has it, and the Metalayer does not use it: messaging.md §2.4")
        }
        (_, "MetalayerRouter") if name == "OwnableInvalidOwner" => {
            Some("of the prototype's library; a zero owner is ZeroAddress: messaging.md §5.4.1")
        }
        _ => None,
    }
}

#[test]
fn every_member_of_the_messaging_contracts_is_ours() {
    each_section("selectors", |section| {
        let mut missing = BTreeSet::new();
        for entry in section.items() {
            let text = |key: &str| entry.at(key).text();
            let (layer, contract) = (text("layer"), text("contract"));
            let signature = text("signature");
            if left_out_of_messaging(layer, contract, signature).is_some() {
                continue;
            }
            let kind = match text("kind") {
                "function" => "function",
                "event" => "event",
                "error" => "error",
                other => panic!("no kind {other}"),
            };
            let ours = messaging(contract).unwrap_or_else(|| panic!("no contract {contract}"));
            match ours.get(&(kind, signature.to_owned())) {
                Some(member) => assert_eq!(member.value, text("value"), "{contract}.{signature}"),
                None => {
                    missing.insert(format!("{contract} has no {kind} {signature}"));
                }
            }
            // `full` names the indexed arguments of an event
            if let (Some(member), "event", Some(full)) =
                (ours.get(&(kind, signature.to_owned())), kind, entry.maybe("full"))
            {
                let inputs = full.text().split_once('(').unwrap().1;
                let indexed = inputs.split(',').map(|input| input.contains(" indexed "));
                let ours = member.detail.iter().map(|detail| detail.starts_with("true"));
                assert!(indexed.eq(ours), "{contract}.{signature}");
            }
        }
        assert!(missing.is_empty(), "{missing:#?}");
    });
}

#[test]
fn the_interface_id_of_a_prover_is_the_peers() {
    let abi = IProver::abi::contract();
    let id = abi.functions().fold([0; 4], |id: [u8; 4], function| {
        let selector = function.selector();
        std::array::from_fn(|i| id[i] ^ selector[i])
    });
    each_section("constants", |constants| {
        let Some(ids) = constants.maybe("erc165") else { return };
        assert_eq!(id[..], ids.at("IProver").bytes());
    });
}
