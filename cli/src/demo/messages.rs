//! Points 7 and 8 of the story: a message from A brings the results of two reads to B, and A learns that it arrived.

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::sol_types::{SolCall, SolValue};
use interfaces::codec::{HyperlaneMessage, MetalayerMessage};
use interfaces::intents::IIntentSource::getRewardStatusCall;
use interfaces::intents::Status;
use interfaces::metalayer::IMetalayerReadIsm::{InvalidMetadata, QuorumNotReached};
use interfaces::metalayer::IMetalayerRouter::{
    DeliveryConfirmed, confirmDeliveryCall, confirmedCall, quoteGasPaymentCall,
};
use interfaces::metalayer::ReadOperation;

use super::carrying::{self, events};
use super::courier::ICourier::{self, NoteReceived};
use super::courier::{self, NOTE_GAS};
use super::network::{self, ATTESTORS, Network, Side, THRESHOLD};
use super::token::IToken;
use super::{DemoError, During, expect, expect_refusal, milli};
use crate::attestor::{Answer, Site};
use crate::chain::Tx;
use crate::gateway::Gateway;
use crate::relayer::{Dispatched, Gateways, Lookup, NoGateways, RelayerError, process};
use crate::report::{Report, decimal};

/// What the user writes.
const NOTE: &[u8] = b"is it settled?";
/// How long read results are attested for, seconds.
const VALIDITY: u64 = 600;
/// Gas of the receipt's delivery: a storage slot and an event.
const RECEIPT_GAS: U256 = U256::from_limbs([100_000, 0, 0, 0]);

/// Sends a note with reads, has it delivered with their results, and its delivery confirmed.
///
/// - `intent_hash`: of the intent that was settled.
pub(super) async fn run(
    network: &Network,
    intent_hash: B256,
    report: &Report,
) -> Result<(), DemoError> {
    report.part("7  A message with two reads, from one Solidity application to another");
    let (reads, results) = questions(network, intent_hash);
    let note = send(network, &reads, report).await?;
    refuse(network, &note, report).await?;
    deliver(network, &note, &results, report).await?;

    report.part("8  B confirms the delivery to A");
    confirm(network, &note, report).await
}

/// What the message asks both chains about the settled intent, and what the answers must be.
fn questions(network: &Network, intent_hash: B256) -> (Vec<ReadOperation>, Vec<Bytes>) {
    let (a, b) = (&network.a, &network.b);
    let read = |side: &Side, target: Address, call_data: Vec<u8>| ReadOperation {
        domain: side.domain.0,
        target,
        callData: call_data.into(),
    };
    let status = getRewardStatusCall { intentHash: intent_hash };
    let balance = IToken::balanceOfCall { account: network.roles.recipient };
    let reads =
        vec![read(a, a.ours.portal, status.abi_encode()), read(b, b.token, balance.abi_encode())];
    let status = U256::from(Status::Withdrawn as u8);
    let results = [status, milli(100_000)].map(|word| word.abi_encode().into());
    (reads, results.to_vec())
}

async fn send(
    network: &Network,
    reads: &[ReadOperation],
    report: &Report,
) -> Result<Dispatched, DemoError> {
    let (a, b, roles) = (&network.a, &network.b, &network.roles);
    let step = "the user sends a note by the courier";
    let (destination, note, reads) = (b.domain.0, NOTE, courier::reads(reads));
    let ask = ICourier::quoteCall {
        destination,
        note: note.into(),
        reads: reads.clone(),
        gasLimit: NOTE_GAS,
    };
    let fee = a.chain.call(a.courier, &ask).await.during(step)?;
    report.note(&format!("fee of the note: {fee} wei"));
    let call = ICourier::sendCall { destination, note: note.into(), reads, gasLimit: NOTE_GAS };
    let tx = Tx::call(a.courier, &call).value(fee);
    let receipt = a.chain.send(step, &roles.user, tx).await.during(step)?;
    let note = carrying::dispatched(&receipt, a, report)?;
    carrying::sign(a, &roles.owner, report).await?;
    Ok(note)
}

/// The validators alone do not let it pass, nor do results that one attestor has signed.
async fn refuse(network: &Network, note: &Dispatched, report: &Report) -> Result<(), DemoError> {
    let (a, b, mallory) = (&network.a, &network.b, &network.roles.mallory);
    let step = "mallory delivers it without results";
    let metadata = carrying::metadata(a, b, note, &Silence, report).await?;
    let without = process(b.core.mailbox, &metadata, &note.message);
    let revert = b.chain.send_refused(step, mallory, without).await.during(step)?;
    expect_refusal(step, revert.is::<InvalidMetadata>(), &revert)?;

    let step = "mallory delivers it with false results";
    let block = b.chain.block_number().await.during(step)?;
    let lie = Answer { block, result: U256::from(Status::Refunded as u8).abi_encode().into() };
    let bought = Gateway {
        // One attestor was bought; the other signature is mallory's own.
        keys: vec![network::attestor(0), mallory.clone(), mallory.clone()],
        forged: Some(vec![lie.clone(), lie]),
        ..gateway(network)
    };
    let metadata = carrying::metadata(a, b, note, &bought, report).await?;
    let forged = process(b.core.mailbox, &metadata, &note.message);
    let revert = b.chain.send_refused(step, mallory, forged).await.during(step)?;
    expect_refusal(step, revert.is::<QuorumNotReached>(), &revert)
}

/// The attestors read and sign, the relayer delivers, and the recipient has the results.
async fn deliver(
    network: &Network,
    note: &Dispatched,
    results: &[Bytes],
    report: &Report,
) -> Result<(), DemoError> {
    let (a, b, roles) = (&network.a, &network.b, &network.roles);
    let metadata = carrying::metadata(a, b, note, &gateway(network), report).await?;
    let receipt = carrying::deliver(b, &roles.relayer, &metadata, note).await?;
    let expected =
        NoteReceived { origin: a.domain.0, note: NOTE.into(), results: results.to_vec() };
    expect("what the courier on B received", vec![expected], events(&receipt, b.courier))?;
    let balance = results.last().and_then(|result| U256::try_from_be_slice(result));
    let balance = decimal(&balance.unwrap_or_default().to_string());
    report.note("read on A, as attested to B: the intent is withdrawn");
    report.note(&format!("read on B: the recipient has {balance} {}", b.symbol));
    Ok(())
}

/// B's router says that the note was delivered, and A's believes it.
async fn confirm(network: &Network, note: &Dispatched, report: &Report) -> Result<(), DemoError> {
    let (a, b, roles) = (&network.a, &network.b, &network.roles);
    let step = "the relayer asks for a receipt";
    let body = HyperlaneMessage::decode(&note.message).ok_or("no message").during(step)?.body;
    let id = MetalayerMessage::id_of(body);
    let arrived = async || {
        let call = ICourier::arrivedCall { destination: b.domain.0, messageId: id };
        a.chain.call(a.courier, &call).await.during("ask whether the note has arrived")
    };
    expect("has the note arrived, before the receipt", false, arrived().await?)?;
    let ask = quoteGasPaymentCall { destination: a.domain.0, gasLimit: RECEIPT_GAS };
    let fee = b.chain.call(b.ours.router, &ask).await.during(step)?;
    report.note(&format!("fee of the receipt: {fee} wei"));
    let call = confirmDeliveryCall {
        origin: a.domain.0,
        message: Bytes::copy_from_slice(body),
        gasLimit: RECEIPT_GAS,
    };
    let tx = Tx::call(b.ours.router, &call).value(fee);
    let receipt = b.chain.send(step, &roles.relayer, tx).await.during(step)?;
    let receipt = carrying::dispatched(&receipt, b, report)?;

    carrying::sign(b, &roles.owner, report).await?;
    let metadata = carrying::metadata(b, a, &receipt, &NoGateways, report).await?;
    let delivered = carrying::deliver(a, &roles.relayer, &metadata, &receipt).await?;
    let (destination, recipient) = (b.domain.0, b.courier.into_word());
    let expected = DeliveryConfirmed { destination, messageId: id, recipient };
    expect("event of the confirmation", vec![expected], events(&delivered, a.ours.router))?;
    let key = MetalayerMessage::processed_key(b.domain, b.ours.router.into_word(), id);
    let confirmed = a.chain.call(a.ours.router, &confirmedCall { key }).await;
    expect("what A's router has recorded", true, confirmed.during(step)?)?;
    expect("has the note arrived, after the receipt", true, arrived().await?)?;
    report.note(&format!("A's router has recorded the delivery of {id}"));
    Ok(())
}

/// The attestors of B, all at work.
fn gateway(network: &Network) -> Gateway<'_> {
    let (a, b) = (&network.a, &network.b);
    let sites = [(a.domain, site(a, Address::ZERO)), (b.domain, site(b, network.reads.read_ism))];
    Gateway {
        sites: sites.into(),
        keys: (0..ATTESTORS).map(network::attestor).collect(),
        threshold: THRESHOLD.into(),
        at_work: ATTESTORS,
        validity: VALIDITY,
        forged: None,
    }
}

fn site(side: &Side, read_ism: Address) -> Site<'_> {
    Site {
        chain: &side.chain,
        mailbox: side.core.mailbox,
        router: side.ours.router,
        read_ism,
        from_block: side.core.from_block,
    }
}

/// A gateway that keeps the results to itself.
struct Silence;

impl Gateways for Silence {
    async fn answer(&self, _: &Lookup) -> Result<Bytes, RelayerError> {
        Ok(Bytes::new())
    }
}
