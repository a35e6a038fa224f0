//! The MetalayerRouter sends, quotes, refuses and delivers as the vectors say, between real Hyperlane contracts.
//!
//! The vectors were computed with other addresses of router and caller; everything that contains one is computed again
//! from the vector with ours in its place. Their domains are 412346 and 412347, so that the test of one side runs on
//! the chain whose id is the other's.

use alloy::primitives::{Address, B256, Bytes, LogData, U256, hex, keccak256};
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{SolCall, SolError, SolValue};
use e2e::chain::{Chain, Log, Sent};
use e2e::mocks::{ICaller, IRecipientMock};
use e2e::programs;
use e2e::vectors::{self, bytes, list, number, text};
use interfaces::codec::MetalayerMessage;
use interfaces::hyperlane::{
    DomainGasConfig, GasParam, IInterchainGasPaymaster, IMailbox, IMessageRecipient,
    IStorageGasOracle, RemoteGasDataConfig,
};
use interfaces::metalayer::{IMetalayerRouter, ReadOperation};
use metalayer::chain::Tx;
use serde_json::Value;

/// The router of the vectors' sending side, on a chain whose id is not its domain.
struct Sending {
    chain: Chain,
    caller: PrivateKeySigner,
    mailbox: Address,
    igp: Address,
    router: Address,
    /// Addresses in the vectors and ours for them, in hexadecimal.
    ours: Vec<(String, String)>,
}

impl Sending {
    async fn set(vectors: &Value) -> Self {
        let setup = &vectors["setup"];
        let chain = Chain::b().await;
        let dev = chain.dev();
        let domain: u32 = number(&setup["localDomain"]).to();
        let remote: u32 = number(&setup["remoteDomain"]).to();
        assert_ne!(u64::from(domain), chain.id(), "domains are no chain ids");

        let mailbox = programs::hyperlane(&chain, "contracts/Mailbox", domain.abi_encode()).await;
        let tree =
            programs::hyperlane(&chain, "contracts/hooks/MerkleTreeHook", mailbox.abi_encode())
                .await;
        let igp =
            programs::hyperlane(&chain, "contracts/hooks/igp/InterchainGasPaymaster", Vec::new())
                .await;
        let oracle =
            programs::hyperlane(&chain, "contracts/hooks/igp/StorageGasOracle", Vec::new()).await;
        let ism = chain.mock("FixedIsm", &true.abi_encode()).await;
        let own = IInterchainGasPaymaster::initializeCall {
            owner: dev.address(),
            beneficiary: dev.address(),
        };
        chain.must(&dev, igp, &own).await;
        let price = RemoteGasDataConfig {
            remoteDomain: remote,
            tokenExchangeRate: number(&setup["igp"]["tokenExchangeRate"]).to(),
            gasPrice: number(&setup["igp"]["gasPrice"]).to(),
        };
        chain.must(&dev, oracle, &IStorageGasOracle::setRemoteGasDataCall { config: price }).await;
        let overhead = number(&setup["igp"]["overhead"]).to();
        let config = DomainGasConfig { gasOracle: oracle, gasOverhead: overhead };
        let configs = vec![GasParam { remoteDomain: remote, config }];
        chain
            .must(&dev, igp, &IInterchainGasPaymaster::setDestinationGasConfigsCall { configs })
            .await;
        let open = IMailbox::initializeCall {
            owner: dev.address(),
            defaultIsm: ism,
            defaultHook: igp,
            requiredHook: tree,
        };
        chain.must(&dev, mailbox, &open).await;

        let router = IMetalayerRouter::constructorCall { mailbox, owner: dev.address(), igp, ism };
        let router =
            programs::metalayer_router(&chain, &router).await.expect("a router is deployed");
        let peer: Address = text(&setup["remoteRouter"]).parse().expect("an address");
        let enroll =
            IMetalayerRouter::enrollRemoteRouterCall { domain: remote, router: peer.into_word() };
        chain.must(&dev, router, &enroll).await;
        // Their reads cost gas for delivery; the amounts are part of their setup.
        let limits = &setup["limits"];
        let read_gas = IMetalayerRouter::setReadGasCall {
            base: number(&limits["readGasBase"]),
            perRead: number(&limits["readGasPerRead"]),
        };
        chain.must(&dev, router, &read_gas).await;

        let caller = chain.account("caller");
        let their_callers = list(&vectors["dispatches"]).iter().map(|case| text(&case["caller"]));
        let mut ours: Vec<_> = their_callers
            .map(|theirs| (theirs[2..].to_owned(), hex::encode(caller.address())))
            .collect();
        ours.push((text(&setup["router"])[2..].to_owned(), hex::encode(router)));
        Self { chain, caller, mailbox, igp, router, ours }
    }

    /// Bytes of the vectors with our addresses in place of theirs.
    fn ours(&self, theirs: &Value) -> Vec<u8> {
        let mut text = text(theirs).to_owned();
        for (theirs, ours) in &self.ours {
            text = text.replace(theirs, ours);
        }
        hex::decode(text).expect("hex")
    }

    async fn send(&self, case: &Value) -> Sent {
        let tx = Tx::raw(self.router, self.ours(&case["calldata"]));
        self.chain.transact(&self.caller, tx, number(&case["value"])).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_are_dispatched_paid_and_announced_as_in_the_vectors() {
    let vectors = vectors::messaging();
    let vectors = &vectors["router"];
    let side = Sending::set(vectors).await;
    let chain = &side.chain;
    let cases = list(&vectors["dispatches"]);
    vectors::assert_count(cases, 4);
    let mut nonce = 0u32;
    for case in cases {
        let name = text(&case["name"]);
        let (value, fee) = (number(&case["value"]), number(&case["fee"]));
        // given what the fee will be
        let quote = Tx::raw(side.router, side.ours(&case["quoteCalldata"]));
        let quoted =
            chain.simulate(side.caller.address(), quote, U256::ZERO).await.expect("a quote");
        assert_eq!(U256::from_be_slice(&quoted), fee, "{name}");
        chain.provide(side.caller.address(), value).await;
        let before = chain.balance(side.caller.address()).await;
        let paymaster_before = chain.balance(side.igp).await;

        // when it is dispatched
        let receipt =
            side.send(case).await.unwrap_or_else(|data| panic!("{name}: reverted with {data}"));

        // then both messages are those of the vector, but for our addresses
        let metalayer = side.ours(&case["metalayerMessage"]);
        let hyperlane = side.ours(&case["hyperlaneMessage"]);
        let dispatched = receipt.events::<IMailbox::Dispatch>(side.mailbox);
        assert_eq!(dispatched.len(), 1, "{name}");
        assert_eq!(dispatched[0].message, hyperlane, "{name}");

        // then the router announces it
        let ids = (keccak256(&metalayer), keccak256(&hyperlane));
        let topics =
            list(&case["event"]["topics"]).iter().map(|topic| B256::from_slice(&side.ours(topic)));
        let mut data = side.ours(&case["event"]["data"]);
        data[..32].copy_from_slice(ids.0.as_slice());
        data[32..64].copy_from_slice(ids.1.as_slice());
        let announced = Log {
            address: side.router,
            data: LogData::new_unchecked(topics.collect(), data.into()),
        };
        let ours: Vec<_> = receipt.logs.iter().filter(|log| log.address == side.router).collect();
        assert_eq!(ours, [&announced], "{name}");

        // then the fee went to the paymaster, the excess back, and nothing stays
        let payments = receipt.events::<IInterchainGasPaymaster::GasPayment>(side.igp);
        let [payment] = &payments[..] else { panic!("{name}: {payments:?}") };
        assert_eq!(payment.messageId, ids.1, "{name}");
        assert_eq!(payment.gasAmount, number(&case["gasPayment"]["gasAmount"]), "{name}");
        assert_eq!(payment.payment, number(&case["gasPayment"]["payment"]), "{name}");
        assert_eq!(chain.balance(side.igp).await - paymaster_before, fee, "{name}");
        assert_eq!(
            before - chain.balance(side.caller.address()).await,
            fee + receipt.cost(),
            "{name}"
        );
        assert_eq!(chain.balance(side.router).await, U256::ZERO, "{name}");
        assert_eq!(chain.balance(side.mailbox).await, U256::ZERO, "{name}");
        nonce += 1;
        assert_eq!(chain.view(side.router, &IMetalayerRouter::nonceCall {}).await, nonce, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quotes_are_those_of_the_vectors() {
    let vectors = vectors::messaging();
    let vectors = &vectors["router"];
    let side = Sending::set(vectors).await;
    for case in list(&vectors["quotes"]) {
        let name = text(&case["name"]);
        let quote = Tx::raw(side.router, side.ours(&case["calldata"]));
        let quoted =
            side.chain.simulate(side.caller.address(), quote, U256::ZERO).await.expect(name);
        assert_eq!(U256::from_be_slice(&quoted), number(&case["expected"]), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dispatches_are_refused_as_in_the_vectors() {
    let vectors = vectors::messaging();
    let vectors = &vectors["router"];
    let side = Sending::set(vectors).await;
    let cases = list(&vectors["dispatchErrors"]);
    vectors::assert_count(cases, 12);
    for case in cases {
        let name = text(&case["name"]);
        let mut case = case.clone();
        if let Some(recipe) = case["calldataRecipe"].as_object() {
            let count: usize = number(&recipe["writeRepeat"]["count"]).to();
            let dispatch = IMetalayerRouter::dispatch_1Call {
                destination: number(&recipe["destination"]).to(),
                recipient: text(&recipe["recipient"]).parse().expect("a word"),
                reads: Vec::<ReadOperation>::new(),
                writeCallData: vec![0x11; count].into(),
                finality: 0,
                gasLimit: number(&recipe["gasLimit"]),
            };
            let calldata = dispatch.abi_encode();
            assert_eq!(keccak256(&calldata).to_string(), text(&case["calldataKeccak"]), "{name}");
            case["calldata"] = hex::encode_prefixed(calldata).into();
        }
        let reverted = side.send(&case).await.expect_err(name);
        assert_eq!(reverted, bytes(&case["revert"]["data"]), "{name}");
    }
}

/// The router of the vectors' receiving side, whose Mailbox says what the test wants.
struct Receiving {
    chain: Chain,
    mailbox: Address,
    router: Address,
    stranger: PrivateKeySigner,
    recipient: Address,
    /// Their recipient, in hexadecimal.
    theirs: String,
}

impl Receiving {
    async fn set(vectors: &Value) -> Self {
        let chain = Chain::a().await;
        let dev = chain.dev();
        let (domain, origin): (u32, u32) = (
            number(&vectors["router"]["setup"]["remoteDomain"]).to(),
            number(&vectors["router"]["setup"]["localDomain"]).to(),
        );
        assert_ne!(u64::from(domain), chain.id(), "domains are no chain ids");
        let mailbox = chain.mock("MailboxStandIn", &domain.abi_encode()).await;
        let router = IMetalayerRouter::constructorCall {
            mailbox,
            owner: dev.address(),
            igp: Address::ZERO,
            ism: Address::ZERO,
        };
        let router =
            programs::metalayer_router(&chain, &router).await.expect("a router is deployed");
        let peer: Address =
            text(&vectors["router"]["setup"]["router"]).parse().expect("an address");
        let enroll =
            IMetalayerRouter::enrollRemoteRouterCall { domain: origin, router: peer.into_word() };
        chain.must(&dev, router, &enroll).await;
        let recipient = chain.mock("Recipient", &[]).await;
        let repeated =
            list(&vectors["router"]["handleErrors"]["cases"]).iter().find(|case| is_repeated(case));
        let repeated = bytes(&repeated.expect("a second delivery")["body"]);
        let theirs = MetalayerMessage::decode(&repeated).expect("a message").header.recipient;
        let theirs = hex::encode(Address::from_word(theirs));
        let stranger = chain.account("stranger");
        Self { chain, mailbox, router, stranger, recipient, theirs }
    }

    fn body(&self, theirs: &Value) -> Bytes {
        text(theirs).replace(&self.theirs, &hex::encode(self.recipient)).parse().expect("hex")
    }

    /// Has the Mailbox, or a stranger, hand a message to the router.
    async fn handle(&self, by_mailbox: bool, origin: u32, sender: B256, body: Bytes) -> Sent {
        let handle = IMessageRecipient::handleCall { origin, sender, body };
        if !by_mailbox {
            return self.chain.send(&self.stranger, self.router, &handle).await;
        }
        let exec = ICaller::execCall {
            target: self.router,
            value: U256::ZERO,
            data: handle.abi_encode().into(),
        };
        self.chain.send(&self.stranger, self.mailbox, &exec).await
    }
}

/// Whether the message of a case was delivered before.
fn is_repeated(case: &Value) -> bool {
    text(&case["revert"]["signature"]) == "AlreadyProcessed(bytes32)"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deliveries_are_refused_as_in_the_vectors() {
    let vectors = vectors::messaging();
    let side = Receiving::set(&vectors).await;
    let cases = list(&vectors["router"]["handleErrors"]["cases"]);
    vectors::assert_count(cases, 10);
    for case in cases {
        let name = text(&case["name"]);
        let body = side.body(&case["body"]);
        let origin = number(&case["origin"]).to();
        let sender = text(&case["sender"]).parse().expect("a word");
        let by_mailbox = text(&case["revert"]["signature"]) != "MailboxOnly(address)";
        if is_repeated(case) {
            let receipt =
                side.handle(true, origin, sender, body.clone()).await.expect("the first delivery");
            let got = receipt.events::<IRecipientMock::Got>(side.recipient);
            assert_eq!(got.len(), 1, "{name}");
        }
        let reverted = side.handle(by_mailbox, origin, sender, body.clone()).await.expect_err(name);
        let expected = match text(&case["revert"]["signature"]) {
            "MailboxOnly(address)" => {
                IMetalayerRouter::MailboxOnly { caller: side.stranger.address() }
                    .abi_encode()
                    .into()
            }
            "AlreadyProcessed(bytes32)" => {
                IMetalayerRouter::AlreadyProcessed { messageId: keccak256(&body) }
                    .abi_encode()
                    .into()
            }
            _ => bytes(&case["revert"]["data"]),
        };
        assert_eq!(reverted, expected, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_messages_are_refused_with_the_code_of_the_vectors() {
    let vectors = vectors::messaging();
    let side = Receiving::set(&vectors).await;
    let cases = list(&vectors["metalayerMalformed"]["cases"]);
    vectors::assert_count(cases, 17);
    let setup = &vectors["router"]["setup"];
    let origin = number(&setup["localDomain"]).to();
    let sender = text(&setup["router"]).parse::<Address>().expect("an address").into_word();
    for case in cases {
        let name = text(&case["name"]);
        let body = side.body(&case["encoded"]);
        let sent = side.handle(true, origin, sender, body.clone()).await;
        if case["expected"].is_object() {
            assert_eq!(sent.expect_err(name), bytes(&case["expected"]["revertData"]), "{name}");
            continue;
        }
        // What decodes is looked at further.
        let message = MetalayerMessage::decode(&body).expect(name);
        let refused = match (message.header.version, message.reads.len()) {
            (3, 0) => {
                let receipt = sent.unwrap_or_else(|data| panic!("{name}: reverted with {data}"));
                let got = receipt.events::<IRecipientMock::Got>(side.recipient);
                assert_eq!(got.len(), 1, "{name}");
                assert_eq!(&got[0].message[..], message.write_call_data, "{name}");
                continue;
            }
            // There is no read module here, and nobody else has results.
            (3, _) => Vec::new(),
            (version, _) => IMetalayerRouter::UnsupportedVersion { version }.abi_encode(),
        };
        assert_eq!(sent.expect_err(name), refused, "{name}");
    }
}
