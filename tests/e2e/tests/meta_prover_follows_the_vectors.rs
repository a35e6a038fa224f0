//! The MetaProver receives, sends, challenges and is constructed as the vectors say.
//!
//! The vectors hold Solidity's outcomes in two generations. Ours are the page's error names (`seedNames`) under HEAD's
//! rule that a message's chain id must be the one registered for its origin (intents.md 11.2).

use alloy::primitives::{Address, B256, Bytes, LogData, U256, hex, keccak256};
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{SolCall, SolError, SolEvent};
use e2e::chain::{Chain, Sent};
use e2e::mocks::{ICaller, IRecordingRouter};
use e2e::programs;
use e2e::vectors::{self, bytes, list, number, text};
use interfaces::intents::{DomainConfig, IMetaProver, IProver};
use interfaces::metalayer::IMetalayerRecipient;
use metalayer::chain::Tx;
use serde_json::Value;

/// A MetaProver between a Portal and a router that say what the test tells them to say.
struct Stage {
    chain: Chain,
    portal: Address,
    router: Address,
    stranger: PrivateKeySigner,
}

impl Stage {
    async fn set() -> Self {
        let chain = Chain::a().await;
        let portal = chain.mock("Caller", &[]).await;
        let router = chain.mock("RecordingRouter", &[]).await;
        let stranger = chain.account("stranger");
        Self { chain, portal, router, stranger }
    }

    async fn prover(&self, whitelist: Vec<B256>, min_gas_limit: U256) -> Address {
        let arguments = self.arguments(whitelist, min_gas_limit);
        programs::meta_prover(&self.chain, &arguments).await.expect("a MetaProver is deployed")
    }

    fn arguments(&self, provers: Vec<B256>, min_gas_limit: U256) -> IMetaProver::constructorCall {
        IMetaProver::constructorCall {
            router: self.router,
            portal: self.portal,
            provers,
            minGasLimit: min_gas_limit,
        }
    }

    /// Sends calldata to `to` as `caller`, one of the two contracts of the stage.
    async fn as_contract(&self, caller: Address, to: Address, value: U256, data: Bytes) -> Sent {
        let exec = ICaller::execCall { target: to, value, data };
        self.chain.send_paying(&self.stranger, caller, &exec, value).await
    }

    /// Sends calldata to the prover as the router, or as a stranger.
    async fn deliver(&self, prover: Address, caller: &str, data: Bytes) -> Sent {
        match caller {
            "router" => self.as_contract(self.router, prover, U256::ZERO, data).await,
            _ => self.chain.transact(&self.stranger, Tx::raw(prover, data), U256::ZERO).await,
        }
    }

    async fn proof(&self, prover: Address, hash: B256) -> (Address, u64) {
        let proof = self.chain.view(prover, &IProver::provenIntentsCall { intentHash: hash }).await;
        (proof.claimant, proof.destination)
    }

    /// Revert data of a vector's error, in which addresses are those of this stage.
    fn error(&self, error: &Value, caller: Address) -> Bytes {
        match text(&error["name"]) {
            "UnauthorizedSender" => {
                IMetaProver::UnauthorizedSender { expected: self.router, actual: caller }
                    .abi_encode()
                    .into()
            }
            _ => bytes(&error["data"]),
        }
    }
}

fn whitelist(vectors: &Value) -> Vec<B256> {
    list(&vectors["proofMessages"]["whitelist"])
        .iter()
        .map(|entry| text(entry).parse().expect("a word"))
        .collect()
}

/// The outcome of a profile; some only refer to another.
fn outcome<'a>(case: &'a Value, profile: &str) -> &'a Value {
    match &case["expect"][profile] {
        Value::String(same) => outcome(case, same.strip_prefix("same as ").expect("a reference")),
        found => found,
    }
}

/// The outcome here: HEAD's where its domain rule decides, else that of the page's error names.
fn expected<'a>(case: &'a Value, head: &str) -> &'a Value {
    let head = outcome(case, head);
    if head["error"]["name"] == "ChainIdMismatch" { head } else { outcome(case, "seedNames") }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proof_messages_are_recorded_and_refused_as_in_the_vectors() {
    let stage = Stage::set().await;
    let vectors = vectors::intents();
    let registered =
        list(&vectors["proofMessages"]["domainsRegistered"]).iter().map(|pair| DomainConfig {
            domain: number(&pair["domain"]).to(),
            chainId: number(&pair["chainId"]).to(),
        });
    let registered: Vec<_> = registered.collect();
    let cases = list(&vectors["proofMessages"]["cases"]);
    vectors::assert_count(cases, 31);

    let mut failures = Vec::new();
    for (profile, domains) in
        [("solidity_HEAD_noDomains", Vec::new()), ("solidity_HEAD_domains", registered)]
    {
        for case in cases {
            // given a prover that has recorded nothing
            let prover = stage.prover(whitelist(&vectors), U256::ZERO).await;
            if !domains.is_empty() {
                let configure = IMetaProver::configureDomainsCall { configs: domains.clone() };
                stage.chain.must(&stage.chain.dev(), prover, &configure).await;
            }
            // when the message comes
            let handle = handle(case);
            if case["calldata"].is_string() {
                assert_eq!(handle, bytes(&case["calldata"]), "{}", case["name"]);
            }
            let sent = stage.deliver(prover, text(&case["caller"]), handle).await;
            // then
            let mut problem =
                |what: String| failures.push(format!("{profile}, {}: {what}", case["name"]));
            let expected = expected(case, profile);
            match sent {
                Ok(receipt) => {
                    if expected["result"] != "ok" {
                        problem(format!("succeeded, should have been {expected}"));
                        continue;
                    }
                    let events = list(&expected["events"]).iter().map(log_data);
                    let events: Vec<_> =
                        events.map(|data| e2e::chain::Log { address: prover, data }).collect();
                    if events != receipt.logs {
                        problem(format!("expected {events:?}, observed {:?}", receipt.logs));
                    }
                    for (hash, proof) in expected["provenAfter"].as_object().expect("proofs") {
                        let observed = stage.proof(prover, hash.parse().expect("a hash")).await;
                        let proof = (
                            text(&proof["claimant"]).parse().expect("an address"),
                            number(&proof["destination"]).to(),
                        );
                        if proof != observed {
                            problem(format!(
                                "{hash} is proven for {observed:?}, should be {proof:?}"
                            ));
                        }
                    }
                }
                Err(reverted) if expected["result"] == "revert" => {
                    let error = stage.error(&expected["error"], stage.stranger.address());
                    if error != reverted {
                        problem(format!("expected {error}, observed {reverted}"));
                    }
                }
                Err(reverted) => {
                    problem(format!("reverted with {reverted}, should have succeeded"))
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} differences:\n{}", failures.len(), failures.join("\n"));
}

/// Calldata that delivers a vector's `message` from its `sender` on `origin`.
fn handle(vector: &Value) -> Bytes {
    let handle = IMetalayerRecipient::handleCall {
        origin: number(&vector["origin"]).to(),
        sender: text(&vector["sender"]).parse().expect("a word"),
        message: bytes(&vector["message"]),
        reads: Vec::new(),
        readResults: Vec::new(),
    };
    handle.abi_encode().into()
}

fn log_data(event: &Value) -> LogData {
    let topics =
        list(&event["topics"]).iter().map(|topic| text(topic).parse().expect("a topic")).collect();
    LogData::new_unchecked(topics, bytes(&event["data"]))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proofs_come_and_go_in_the_order_of_the_vectors() {
    let stage = Stage::set().await;
    let vectors = vectors::intents();
    let sequences = list(&vectors["proofSequences"]);
    vectors::assert_count(sequences, 4);
    for sequence in sequences {
        let prover = stage.prover(whitelist(&vectors), U256::ZERO).await;
        for (index, step) in list(&sequence["steps"]).iter().enumerate() {
            let name = format!("{}, step {index}", sequence["name"]);
            let call = &step["call"];
            let sent = match text(&call["fn"]) {
                "handle" => stage.deliver(prover, "router", handle(call)).await,
                "challengeIntentProof" => {
                    let challenge = IProver::challengeIntentProofCall {
                        destination: number(&call["destination"]).to(),
                        routeHash: text(&call["routeHash"]).parse().expect("a hash"),
                        rewardHash: text(&call["rewardHash"]).parse().expect("a hash"),
                    };
                    stage.chain.send(&stage.stranger, prover, &challenge).await
                }
                other => panic!("{name}: no such call: {other}"),
            };
            assert_eq!(step["result"], "ok", "{name}: all steps of the vectors succeed");
            let receipt =
                sent.unwrap_or_else(|reverted| panic!("{name}: reverted with {reverted}"));
            let events: Vec<_> = list(&step["events"]).iter().map(prover_event).collect();
            let observed: Vec<_> = receipt.logs.into_iter().map(|log| log.data).collect();
            assert_eq!(observed, events, "{name}");
            let after = &step["provenAfter"];
            let proof = (
                text(&after["claimant"]).parse().expect("an address"),
                number(&after["destination"]).to(),
            );
            let hash = text(&after["intentHash"]).parse().expect("a hash");
            assert_eq!(stage.proof(prover, hash).await, proof, "{name}");
        }
    }
}

fn prover_event(event: &Value) -> LogData {
    let arguments = list(&event["args"]);
    let hash = || text(&arguments[0]).parse().expect("a hash");
    match text(&event["name"]) {
        "IntentProven" => IProver::IntentProven {
            intentHash: hash(),
            claimant: text(&arguments[1]).parse().expect("an address"),
            destination: number(&arguments[2]).to(),
        }
        .encode_log_data(),
        "IntentAlreadyProven" => {
            IProver::IntentAlreadyProven { intentHash: hash() }.encode_log_data()
        }
        "IntentProofInvalidated" => {
            IProver::IntentProofInvalidated { intentHash: hash() }.encode_log_data()
        }
        other => panic!("no such event: {other}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proofs_are_dispatched_and_paid_for_as_in_the_vectors() {
    let stage = Stage::set().await;
    let chain = &stage.chain;
    let vectors = vectors::intents();
    let their_portal =
        text(&vectors["proofMessages"]["portal"]).parse::<Address>().expect("an address");
    let cases = list(&vectors["sendCases"]);
    vectors::assert_count(cases, 22);
    for case in cases {
        let name = text(&case["name"]);
        // given a prover, a fee, and the one quote that it must ask for
        let prover = stage.prover(Vec::new(), number(&case["minGasLimit"])).await;
        let fee = number(&case["quotedFee"]);
        let quote = match case["quoteCalldata"].as_str() {
            Some(quote) => {
                let ours = quote.replace(&hex::encode(their_portal), &hex::encode(stage.portal));
                keccak256(ours.parse::<Bytes>().expect("hex"))
            }
            // The vectors tell no quote of a case that reverts.
            None => B256::ZERO,
        };
        let expect = IRecordingRouter::expectCall { fee, quote };
        chain.must(&stage.stranger, stage.router, &expect).await;
        let sender = match text(&case["sender"]) {
            "$EOA" => chain.account(name).address(),
            "$CONTRACT_REJECTING_ETH" => chain.mock("NoEth", &[]).await,
            "$CONTRACT_NEEDING_GAS_TO_RECEIVE" => chain.mock("GasEth", &[]).await,
            address => address.parse().expect("an address"),
        };
        // when it sends
        let prove = IProver::proveCall {
            sender,
            sourceChainDomainID: number(&case["domainID"]).to(),
            encodedProofs: bytes(&case["encodedProofs"]),
            data: bytes(&case["data"]),
        };
        let value = number(&case["value"]);
        let sent = match text(&case["caller"]) {
            "portal" => {
                stage.as_contract(stage.portal, prover, value, prove.abi_encode().into()).await
            }
            _ => chain.send_paying(&stage.stranger, prover, &prove, value).await,
        };
        // then
        if text(&case["result"]) == "revert" {
            let error = &case["error"];
            let expected: Bytes = match error["name"].as_str() {
                None => Bytes::new(),
                Some("RefundFailed") => {
                    IMetaProver::RefundFailed { recipient: sender, amount: value - fee }
                        .abi_encode()
                        .into()
                }
                Some("UnauthorizedSender") => {
                    // The page's name for it.
                    IMetaProver::NonPortalCaller { caller: stage.stranger.address() }
                        .abi_encode()
                        .into()
                }
                Some(_) => bytes(&error["data"]),
            };
            assert_eq!(sent.expect_err(name), expected, "{name}");
            continue;
        }
        sent.unwrap_or_else(|reverted| panic!("{name}: reverted with {reverted}"));
        let dispatched = chain.view(stage.router, &IRecordingRouter::dispatchedCall {}).await;
        assert_eq!(dispatched, bytes(&case["dispatchCalldata"]), "{name}");
        let paid = chain.view(stage.router, &IRecordingRouter::paidCall {}).await;
        assert_eq!(paid, number(&case["dispatchValue"]), "{name}");
        assert_eq!(chain.balance(prover).await, number(&case["leftInProver"]), "{name}");
        if !sender.is_zero() {
            assert_eq!(chain.balance(sender).await, number(&case["refundedToSender"]), "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_prover_is_constructed_and_refused_as_in_the_vectors() {
    let stage = Stage::set().await;
    let chain = &stage.chain;
    let vectors = vectors::intents();
    let cases = list(&vectors["constructorCases"]);
    vectors::assert_count(cases, 13);
    for case in cases {
        let name = text(&case["name"]);
        let provers =
            (0..number(&case["provers"]).to()).map(|n: u8| B256::with_last_byte(n + 1)).collect();
        let mut arguments = stage.arguments(provers, number(&case["minGasLimit"]));
        if name.contains("zero-router") {
            arguments.router = Address::ZERO;
        }
        if name.contains("zero-portal") {
            arguments.portal = Address::ZERO;
        }
        let deployed = programs::meta_prover(chain, &arguments).await;
        let error = case["error"]["data"].as_str().map(|data| data.parse::<Bytes>().expect("hex"));
        let domains: Vec<_> = list(&case["domains"])
            .iter()
            .map(|pair| DomainConfig {
                domain: number(&pair["domain"]).to(),
                chainId: number(&pair["chainId"]).to(),
            })
            .collect();
        if !domains.is_empty() {
            // Solidity takes the domains in its constructor; here they come in a call of their own (intents.md 11.2).
            let configure = IMetaProver::configureDomainsCall { configs: domains };
            let prover = deployed.expect(name);
            let sent = chain.send(&chain.dev(), prover, &configure).await;
            assert_eq!(Some(sent.expect_err(name)), error, "{name}");
            continue;
        }
        match deployed {
            Ok(prover) => {
                assert_eq!(case["result"], "ok", "{name}");
                let floor = chain.view(prover, &IMetaProver::MIN_GAS_LIMITCall {}).await;
                assert_eq!(
                    floor,
                    number(&case["seedReading_MIN_GAS_LIMIT"]),
                    "{name}: the page's reading"
                );
                let size = chain.view(prover, &IMetaProver::getWhitelistSizeCall {}).await;
                assert_eq!(size, number(&case["whitelistSize"]), "{name}");
            }
            Err(reverted) => {
                let page = case["seedError"].as_str().map(|name| match name {
                    "RouterCannotBeZeroAddress" => {
                        IMetaProver::RouterCannotBeZeroAddress {}.abi_encode().into()
                    }
                    other => panic!("no such error: {other}"),
                });
                assert_eq!(Some(reverted), page.or(error), "{name}");
            }
        }
    }
}
