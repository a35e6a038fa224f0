//! A message from B asks for two reads, one on each chain. Attestors make them and sign; the recipient on A gets the
//! results with the message, and nothing that too few attestors have signed.

use alloy::primitives::{Address, Bytes, U256};
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::{Revert, SolCall, SolError, SolValue};
use e2e::chain::Receipt;
use e2e::mocks::{IRecipientMock, IToken};
use e2e::network::{DOMAIN_A, DOMAIN_B, Network, b32};
use e2e::reads::{VALIDITY, add_reads, gateway};
use interfaces::codec::{MetalayerMessage, aggregation_metadata, sub_metadata};
use interfaces::metalayer::{IMetalayerReadIsm, IMetalayerRouter, ReadOperation};
use metalayer::attestor::Answer;
use metalayer::gateway::Gateway;
use metalayer::modules::Reads;
use metalayer::relayer::{Dispatched, RelayerError};

const FEE: u64 = 1_000_000_000_000_000;
const BALANCE: u64 = 777;

/// Two chains, of which A can verify reads, and a message on its way to it.
struct Story {
    network: Network,
    reads: Reads,
    recipient: Address,
    sender: PrivateKeySigner,
    operations: Vec<ReadOperation>,
    message: Dispatched,
}

impl Story {
    async fn begin() -> Self {
        let network = Network::start().await;
        let (a, b) = (&network.a, &network.b);
        let reads = add_reads(a).await;
        let recipient = a.chain.mock("Recipient", &[]).await;
        // given a balance on A and a supply on B
        let sender = b.chain.account("sender");
        let mint = IToken::mintCall { to: sender.address(), value: U256::from(BALANCE) };
        a.chain.must(&sender, a.token, &mint).await;
        let operations = vec![
            ReadOperation {
                domain: DOMAIN_A.0,
                target: a.token,
                callData: IToken::balanceOfCall { account: sender.address() }.abi_encode().into(),
            },
            ReadOperation {
                domain: DOMAIN_B.0,
                target: b.ours.router,
                callData: IMetalayerRouter::routersCall { domain: DOMAIN_A.0 }.abi_encode().into(),
            },
        ];
        // when a message asks for both
        let dispatch = IMetalayerRouter::dispatch_0Call {
            destination: DOMAIN_A.0,
            recipient,
            reads: operations.clone(),
            writeCallData: Bytes::from_static(b"with reads"),
            finality: 0,
            gasLimit: U256::from(300_000),
        };
        let receipt = b.chain.must_paying(&sender, b.ours.router, &dispatch, U256::from(FEE)).await;
        let message = b.dispatched(&receipt);
        b.validators_sign(2).await;
        // and both chains have a block since
        let now = a.chain.now().await.max(b.chain.now().await) + 1;
        a.chain.set_time(now).await;
        Self { network, reads, recipient, sender, operations, message }
    }

    fn gateway(&self) -> Gateway<'_> {
        gateway(&self.network, &self.network.a, self.reads)
    }

    async fn metadata(&self, gateway: &Gateway<'_>) -> Result<Bytes, RelayerError> {
        self.network.b.metadata_with(&self.network.a, &self.message, gateway).await
    }

    async fn refused(&self, metadata: &Bytes) -> Bytes {
        match self.network.a.deliver(metadata, &self.message.message).await {
            Err(RelayerError::Refused(revert)) => revert.0,
            other => panic!("should have been refused: {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_of_three_attestors_bring_the_results_of_two_reads() {
    let story = Story::begin().await;
    let a = &story.network.a;
    // given two attestors at work
    let mut gateway = story.gateway();
    gateway.at_work = 2;
    // when the relayer builds metadata of what the modules ask for, and delivers
    let metadata = story.metadata(&gateway).await.unwrap_or_else(|error| panic!("{error}"));
    let delivered = a.deliver(&metadata, &story.message.message).await;
    let receipt = Receipt::from(delivered.unwrap_or_else(|error| panic!("{error}")));
    // then the recipient sees the reads it was sent, and what they returned
    let got = receipt.events::<IRecipientMock::GotReads>(story.recipient);
    let [got] = &got[..] else { panic!("{got:?}") };
    let reads: Vec<_> =
        got.reads.iter().map(|read| (read.domain, read.target, read.callData.clone())).collect();
    let sent: Vec<_> = story
        .operations
        .iter()
        .map(|read| (read.domain, read.target, read.callData.clone()))
        .collect();
    assert_eq!(reads, sent);
    let expected: [Bytes; 2] =
        [U256::from(BALANCE).abi_encode().into(), a.ours.router.abi_encode().into()];
    assert_eq!(got.results, expected);
    let got = receipt.events::<IRecipientMock::Got>(story.recipient);
    assert_eq!((got[0].origin, got[0].sender), (DOMAIN_B.0, b32(story.sender.address())));
    assert_eq!(got[0].message, Bytes::from_static(b"with reads"));
    let events = receipt.events::<IMetalayerRouter::MetalayerDelivered>(a.ours.router);
    assert_eq!(events.len(), 1);
    // and nothing is left at the module for anybody
    let consume = IMetalayerReadIsm::consumeCall { messageId: events[0].messageId };
    let refused = a.chain.send(&story.sender, story.reads.read_ism, &consume).await;
    let stranger = IMetalayerReadIsm::RouterOnly { caller: story.sender.address() };
    assert_eq!(refused.expect_err("refused"), stranger.abi_encode());
    // and the message does not come twice
    let again = story.refused(&metadata).await;
    assert_eq!(again, a.refusal_of_a_repetition(&story.message).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_expired_and_short_attestations_are_refused() {
    let story = Story::begin().await;
    let a = &story.network.a;
    let honest = story.metadata(&story.gateway()).await.unwrap_or_else(|error| panic!("{error}"));

    // when one attestor has signed, of the two that must
    let mut short = story.gateway();
    short.at_work = 1;
    let metadata = story.metadata(&short).await.unwrap_or_else(|error| panic!("{error}"));
    let too_few = IMetalayerReadIsm::InvalidMetadata { code: 4 }.abi_encode();
    assert_eq!(story.refused(&metadata).await, too_few);

    // when strangers have signed
    let mut mallory = story.gateway();
    mallory.keys = (1..=3).map(|n| a.chain.account(&format!("mallory {n}"))).collect();
    let metadata = story.metadata(&mallory).await.unwrap_or_else(|error| panic!("{error}"));
    let no_quorum = IMetalayerReadIsm::QuorumNotReached {}.abi_encode();
    assert_eq!(story.refused(&metadata).await, no_quorum);

    // when a relayer changes a result that was signed
    let reads_part = |metadata: &Bytes| {
        let part = |index| sub_metadata(metadata, index).expect("a range").expect("takes part");
        (part(0).to_vec(), part(1).to_vec())
    };
    let (lane, mut results) = reads_part(&honest);
    // behind valid_until, count, block and length: the last byte of the first result
    results[12 + 12 + 31] ^= 1;
    let forged = |results: &[u8]| -> Bytes {
        aggregation_metadata(&[Some(&lane[..]), Some(results)]).expect("short").into()
    };
    assert_eq!(story.refused(&forged(&results)).await, no_quorum);

    // when it keeps the results away from the module
    let without = aggregation_metadata(&[Some(&lane[..]), None]).expect("short").into();
    let not_all = Revert::from("!threshold").abi_encode();
    assert_eq!(story.refused(&without).await, not_all);

    // when attestors sign another number of results than there are reads
    let answers = vec![Answer { block: 1, result: Bytes::new() }];
    let mut wrong = story.gateway();
    wrong.forged = Some(answers);
    let metadata = story.metadata(&wrong).await.unwrap_or_else(|error| panic!("{error}"));
    let [expected, actual] = [2, 1].map(U256::from);
    let mismatch = IMetalayerReadIsm::ReadResultCountMismatch { expected, actual };
    assert_eq!(story.refused(&metadata).await, mismatch.abi_encode());

    // when it is late
    let now = a.chain.now().await;
    if a.chain.is_embedded() {
        a.chain.set_time(now + VALIDITY + 1).await;
        let (_, results) = reads_part(&honest);
        let valid_until = u64::from_be_bytes(results[..8].try_into().expect("eight bytes"));
        let expired = IMetalayerReadIsm::AttestationExpired { validUntil: valid_until };
        assert_eq!(story.refused(&honest).await, expired.abi_encode());
    }

    // then the message is as good as ever: results are attested anew, and it is delivered
    let metadata = story.metadata(&story.gateway()).await.unwrap_or_else(|error| panic!("{error}"));
    let delivered = a.deliver(&metadata, &story.message.message).await;
    delivered.unwrap_or_else(|error| panic!("{error}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_that_were_verified_before_are_not_there_to_take() {
    let story = Story::begin().await;
    let a = &story.network.a;
    let metadata = story.metadata(&story.gateway()).await.unwrap_or_else(|error| panic!("{error}"));
    // given an outsider who has the read module verify good results
    let results = sub_metadata(&metadata, 1).expect("a range").expect("takes part");
    let verify = IMetalayerReadIsm::verifyCall {
        metadata: Bytes::copy_from_slice(results),
        message: story.message.message.clone(),
    };
    let outsider = a.chain.account("outsider");
    let simulated = a.chain.view(story.reads.read_ism, &verify).await;
    assert!(simulated);
    a.chain.must(&outsider, story.reads.read_ism, &verify).await;
    // when the message's own module is replaced by one that lets everything pass, without reads
    let owner = e2e::network::deployer(&a.chain);
    let lax = a.chain.mock("FixedIsm", &true.abi_encode()).await;
    let set = interfaces::metalayer::IMetalayerIsm::setReadAggregationCall { readAggregation: lax };
    a.chain.must(&owner, a.ours.ism, &set).await;
    // then the router finds no results: they were of another transaction
    let id = {
        let body = &story.message.message[77..];
        MetalayerMessage::id_of(body)
    };
    let missing = IMetalayerReadIsm::ReadResultsMissing { messageId: id }.abi_encode();
    assert_eq!(story.refused(&Bytes::new()).await, missing);
}
