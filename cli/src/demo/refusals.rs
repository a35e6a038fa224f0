//! Point 9 of the story: what must be refused is refused, and a reward that nobody earned goes back.

use std::time::Duration;

use alloy::primitives::{B256, Bytes, U256};
use interfaces::codec::{
    HyperlaneMessage, MessageIdMetadata, MetalayerHeader, ProofMessage, Signatures,
};
use interfaces::intents::IIntentSource::{InvalidStatusForRefund, refundCall};
use interfaces::intents::IProver::provenIntentsCall;
use interfaces::intents::{Intent, ProofData, Status};
use interfaces::merkle::MerkleTree;
use interfaces::metalayer::FinalityState;
use interfaces::metalayer::IMetalayerRouter::AlreadyProcessed;

use super::carrying;
use super::network::Network;
use super::settlement::{Settled, fee, intent, publish_and_fund, status, vault_of};
use super::{CLOCK_POLL, DemoError, During, expect, expect_refusal, token};
use crate::chain::{Chain, Tx};
use crate::nodes::Nodes;
use crate::relayer::process;
use crate::report::Report;
use crate::store::{Checkpoint, CheckpointWithMessageId, Signed};
use crate::tree::Leaves;

/// How long the user waits for the second intent where time can be set, and where it cannot.
const PATIENCE: [u64; 2] = [2 * 3600, 15];

/// Tries what must fail.
pub(super) async fn run(
    network: &Network,
    nodes: &Nodes,
    settled: &Settled,
    report: &Report,
) -> Result<(), DemoError> {
    let (a, roles) = (&network.a, &network.roles);

    report.part("9  The same message, a second time");
    let step = "the relayer delivers the message again";
    let again = process(a.core.mailbox, &settled.metadata, &settled.dispatched.message);
    let revert = a.chain.send_refused(step, &roles.relayer, again).await.during(step)?;
    // The Mailbox remembers a delivery by NUMBER; where that is always 0, the router refuses. messaging.md 1.3
    let expected = revert.says("Mailbox: already delivered") || revert.is::<AlreadyProcessed>();
    expect_refusal(step, expected, &revert)?;

    report.part("9  A second intent, which nobody fulfils");
    let before = holdings(network).await?;
    let patience = PATIENCE[usize::from(!nodes.are_embedded())];
    let intent = intent(network, "the second", patience).await?;
    let hash = intent.hashes().intent;
    let vault = vault_of(a, &intent).await?;
    let mut fees = publish_and_fund(a, network, &intent).await?;
    report.note(&format!("intent {hash}, vault {vault}"));

    report.part("9  A forged proof of it, signed by 1 of 3 validators");
    let step = "mallory delivers a forged message";
    let leaves = carrying::leaves(&network.b).await?;
    let (metadata, message) = forge(network, &leaves, hash).during(step)?;
    let forged = process(a.core.mailbox, &metadata, &message);
    let revert = a.chain.send_refused(step, &roles.mallory, forged).await.during(step)?;
    expect_refusal(step, revert.says("!threshold"), &revert)?;
    let proof =
        a.chain.call(a.ours.prover, &provenIntentsCall { intentHash: hash }).await.during(step)?;
    expect("the forged proof", ProofData { claimant: Default::default(), destination: 0 }, proof)?;

    report.part("9  The refund: not before the deadline, and whole after it");
    let refund = refund(network, &intent);
    if a.chain.timestamp().await.during("read the chain's clock")? + 2 < intent.reward.deadline {
        let step = "mallory asks for the refund too early";
        let revert =
            a.chain.send_refused(step, &roles.mallory, refund.clone()).await.during(step)?;
        expect_refusal(step, revert.is::<InvalidStatusForRefund>(), &revert)?;
    }
    pass(&a.chain, nodes, intent.reward.deadline, report).await?;
    let step = "the user takes the refund";
    let receipt = a.chain.send(step, &roles.user, refund).await.during(step)?;
    fees += fee(&receipt);
    expect("status of the second intent", Status::Refunded as u8, status(a, hash).await?)?;
    let [native, tokens] = before;
    let [native_now, tokens_now] = holdings(network).await?;
    expect("native balance of the user after the refund", native - fees, native_now)?;
    expect("ERC-20 balance of the user after the refund", tokens, tokens_now)?;
    expect(
        "native balance of the second vault",
        U256::ZERO,
        a.chain.balance(vault).await.during(step)?,
    )?;
    report.note("the user has everything back but the fees");
    Ok(())
}

/// A message that claims mallory fulfilled the intent, well formed in every part, with the signature of the one
/// validator that mallory has bought, twice.
fn forge(
    network: &Network,
    leaves: &Leaves,
    intent_hash: B256,
) -> Result<(Bytes, Bytes), Box<dyn std::error::Error + Send + Sync>> {
    let (a, b) = (&network.a, &network.b);
    // The next of the router, and of the Mailbox: every message so far is a leaf.
    let nonce = leaves.ids().len() as u32;
    let mut proofs = ProofMessage::new(b.chain.id(), 1);
    proofs.push(intent_hash, network.roles.mallory.address().into_word());
    let header = MetalayerHeader {
        version: MetalayerHeader::VERSION,
        finality: FinalityState::Instant,
        nonce,
        origin: b.domain,
        sender: b.ours.prover.into_word(),
        destination: a.domain,
        recipient: a.ours.prover.into_word(),
    };
    let body = header.encode(std::iter::empty(), &proofs.into_bytes());
    let message = HyperlaneMessage {
        version: HyperlaneMessage::VERSION,
        nonce,
        origin: b.domain,
        sender: b.ours.router.into_word(),
        destination: a.domain,
        recipient: a.ours.router.into_word(),
        body: &body,
    }
    .encode();
    let message_id = HyperlaneMessage::id_of(&message);

    let mut tree = MerkleTree::new();
    for leaf in leaves.ids().iter().chain([&message_id]) {
        tree.insert(*leaf).map_err(|_| "the tree is full")?;
    }
    let checkpoint = Checkpoint {
        merkle_tree_hook_address: b.core.merkle_tree_hook.into_word(),
        mailbox_domain: b.domain.0,
        root: tree.root(),
        index: tree.index().unwrap_or_default(),
    };
    let bought = b.validators.first().ok_or("there are no validators")?;
    let signed = Signed::new(CheckpointWithMessageId { checkpoint, message_id }, bought)?;
    let signature = signed.signature.as_bytes().ok_or("the signature is malformed")?;
    let signatures = [signature, signature];
    let metadata = MessageIdMetadata {
        merkle_tree_hook: signed.value.checkpoint.merkle_tree_hook_address,
        root: signed.value.checkpoint.root,
        index: signed.value.checkpoint.index,
        signatures: Signatures(signatures.as_flattened()),
    };
    Ok((metadata.encode().into(), message.into()))
}

fn refund(network: &Network, intent: &Intent) -> Tx {
    let call = refundCall {
        destination: intent.destination,
        routeHash: intent.route.hash(),
        reward: intent.reward.clone(),
    };
    Tx::call(network.a.ours.portal, &call)
}

/// Native coins and tokens of the user on A.
async fn holdings(network: &Network) -> Result<[U256; 2], DemoError> {
    let step = "read balances";
    let (a, user) = (&network.a, network.roles.user.address());
    let native = a.chain.balance(user).await.during(step)?;
    let tokens = token::balance(&a.chain, a.token, user).await.during(step)?;
    Ok([native, tokens])
}

/// Lets the time of the chain pass until `timestamp`: sets it where we can, waits where we cannot.
async fn pass(
    chain: &Chain,
    nodes: &Nodes,
    timestamp: u64,
    report: &Report,
) -> Result<(), DemoError> {
    let step = "let time pass";
    if nodes.are_embedded() {
        report.note("the chain's clock is set to the deadline");
        chain
            .request::<serde_json::Value>("evm_setNextBlockTimestamp", (timestamp,))
            .await
            .during(step)?;
        chain.request::<serde_json::Value>("evm_mine", ()).await.during(step)?;
        return Ok(());
    }
    report.note("waiting for the deadline");
    loop {
        // Blocks come with transactions only, so the latest one may be old; the node's next block is at its own time.
        let wall = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        if wall.unwrap_or(Duration::ZERO).as_secs() > timestamp {
            return Ok(());
        }
        tokio::time::sleep(CLOCK_POLL).await;
    }
}
