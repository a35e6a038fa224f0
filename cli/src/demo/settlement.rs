//! Points 3 to 6 of the story: an intent is published and funded on A, fulfilled on B, proven, and paid on A.

use alloy::primitives::{Address, B256, Bytes, U256, keccak256};
use alloy::rpc::types::TransactionReceipt;
use alloy::sol_types::SolValue;
use interfaces::codec::ProofMessage;
use interfaces::hash::{IntentHashes, vault_address};
use interfaces::intents::IInbox::fulfillAndProveCall;
use interfaces::intents::IIntentSource::{
    IntentFunded, getIntentHash_0Call as getIntentHashCall, getRewardStatusCall,
    intentVaultAddress_0Call as intentVaultAddressCall, publishAndFund_0Call as publishAndFundCall,
    withdrawCall,
};
use interfaces::intents::IMetaProver::fetchFeeCall;
use interfaces::intents::IProver::provenIntentsCall;
use interfaces::intents::{Call, Intent, ProofData, Reward, Route, Status, TokenAmount};
use interfaces::proxy::init_code_hash;

use super::carrying::{self, events};
use super::ledger::{Costs, Ledger};
use super::network::{Network, Side};
use super::token::IToken;
use super::{DemoError, During, expect, milli};
use crate::chain::Tx;
use crate::relayer::{Dispatched, NoGateways};
use crate::report::Report;

/// Gas asked for the delivery of a proof. intents.md 5.7
const PROOF_GAS: u64 = 300_000;
/// How long the user leaves for the work and, after that, for the proof.
const HOUR: u64 = 3600;

/// What the first intent left behind, for those who try to abuse it.
pub(super) struct Settled {
    /// The message that carried the proof.
    pub(super) dispatched: Dispatched,
    /// The metadata with which it was delivered.
    pub(super) metadata: Bytes,
    /// The intent.
    pub(super) intent_hash: B256,
}

/// Goes the whole road of one intent.
pub(super) async fn run(network: &Network, report: &Report) -> Result<Settled, DemoError> {
    let (a, b, roles) = (&network.a, &network.b, &network.roles);
    report.part("3  The user publishes and funds an intent on A");
    let intent = intent(network, "the first", HOUR).await?;
    let hashes = intent.hashes();
    let vault = vault_of(a, &intent).await?;
    report.note(&format!("intent {}", hashes.intent));
    report.note(&format!("vault  {vault}, which has no code yet"));
    let mut ledger = Ledger::open(network, vault).await?;
    let paid_by_user = publish_and_fund(a, network, &intent).await?;
    ledger.escrow(network, &intent).await?;

    report.part("4  The solver fulfils it on B and sends the proof");
    let (receipt, spent_on_b) = fulfil(b, a, network, &intent, report).await?;

    report.part("5  B's validators sign, the relayer delivers to A");
    let dispatched = carrying::dispatched(&receipt, b, report)?;
    carrying::sign(b, &roles.owner, report).await?;
    let metadata = carrying::metadata(b, a, &dispatched, &NoGateways, report).await?;
    carrying::deliver(a, &roles.relayer, &metadata, &dispatched).await?;

    report.part("6  The proof is recorded, the solver is paid");
    let step = "read the proof on A";
    let proof = a.chain.call(a.ours.prover, &provenIntentsCall { intentHash: hashes.intent }).await;
    let solver = roles.solver.address();
    expect(step, ProofData { claimant: solver, destination: b.chain.id().0 }, proof.during(step)?)?;
    report.note(&format!("proven: fulfilled by {solver} on chain id {}", b.chain.id().0));

    let step = "the solver withdraws the reward";
    let call = withdrawCall {
        destination: intent.destination,
        routeHash: hashes.route,
        reward: intent.reward.clone(),
    };
    let tx = Tx::call(a.ours.portal, &call);
    let receipt = a.chain.send(step, &roles.solver, tx).await.during(step)?;
    expect("status of the intent", Status::Withdrawn as u8, status(a, hashes.intent).await?)?;

    let costs = Costs { user: paid_by_user, solver_on_a: fee(&receipt), solver_on_b: spent_on_b };
    ledger.close(network, &intent, &costs).await?;
    ledger.print(network, report);
    report.note("balances of user, solver, recipient and vault are what they must be, to the wei");
    Ok(Settled { dispatched, metadata, intent_hash: hashes.intent })
}

/// An intent of the user: tokens and native coins to the recipient on B, for tokens and native coins on A.
///
/// - `patience`: seconds until the user may have the reward back.
pub(super) async fn intent(
    network: &Network,
    salt: &str,
    patience: u64,
) -> Result<Intent, DemoError> {
    let step = "make an intent";
    let (a, b, roles) = (&network.a, &network.b, &network.roles);
    let (tokens, native) = (milli(100_000), milli(10));
    let transfer = IToken::transferCall { to: roles.recipient, amount: tokens };
    let now = a.chain.timestamp().await.during(step)?.max(b.chain.timestamp().await.during(step)?);
    Ok(Intent {
        destination: b.chain.id().0,
        route: Route {
            salt: keccak256(salt),
            deadline: now + HOUR,
            portal: b.ours.portal,
            nativeAmount: native,
            tokens: vec![TokenAmount { token: b.token, amount: tokens }],
            calls: vec![
                Call { target: b.token, data: encode(&transfer), value: U256::ZERO },
                Call { target: roles.recipient, data: Bytes::new(), value: native },
            ],
        },
        reward: Reward {
            deadline: now + patience,
            creator: roles.user.address(),
            prover: a.ours.prover,
            nativeAmount: milli(12),
            tokens: vec![TokenAmount { token: a.token, amount: milli(105_000) }],
        },
    })
}

/// The user approves and publishes; the hashes and the vault are checked against our own.
/// Returns what the user's two transactions cost in fees.
pub(super) async fn publish_and_fund(
    a: &Side,
    network: &Network,
    intent: &Intent,
) -> Result<U256, DemoError> {
    let user = &network.roles.user;
    let portal = a.ours.portal;
    let step = "the user approves the reward tokens";
    let amount = intent.reward.tokens.iter().map(|leg| leg.amount).sum();
    let tx = Tx::call(a.token, &IToken::approveCall { spender: portal, amount });
    let approved = a.chain.send(step, user, tx).await.during(step)?;

    let step = "the user publishes and funds";
    let call = publishAndFundCall { intent: intent.clone(), allowPartial: false };
    let tx = Tx::call(portal, &call).value(intent.reward.nativeAmount);
    let published = a.chain.send(step, user, tx).await.during(step)?;

    let hashes = intent.hashes();
    let on_chain =
        a.chain.call(portal, &getIntentHashCall { intent: intent.clone() }).await.during(step)?;
    let on_chain = IntentHashes {
        intent: on_chain.intentHash,
        route: on_chain.routeHash,
        reward: on_chain.rewardHash,
    };
    expect("hashes of the intent", hashes, on_chain)?;
    let funded: Vec<_> = events::<IntentFunded>(&published, portal);
    let expected =
        IntentFunded { intentHash: hashes.intent, funder: user.address(), complete: true };
    expect("event of the funding", vec![expected], funded)?;
    expect("status of the intent", Status::Funded as u8, status(a, hashes.intent).await?)?;
    Ok(fee(&approved) + fee(&published))
}

/// Where the reward of an intent waits: the Portal's answer, which must be what the protocol's formula says.
pub(super) async fn vault_of(a: &Side, intent: &Intent) -> Result<Address, DemoError> {
    let step = "ask for the vault's address";
    let call = intentVaultAddressCall { intent: intent.clone() };
    let vault = a.chain.call(a.ours.portal, &call).await.during(step)?;
    let proxy = init_code_hash(a.ours.vault_implementation);
    let predicted = vault_address(a.ours.portal, intent.hashes().intent, proxy);
    expect("address of the vault", predicted, vault)?;
    Ok(vault)
}

/// Where an intent stands.
pub(super) async fn status(a: &Side, intent_hash: B256) -> Result<u8, DemoError> {
    let call = getRewardStatusCall { intentHash: intent_hash };
    a.chain.call(a.ours.portal, &call).await.during("status of the intent")
}

/// What a transaction cost its sender, value aside.
pub(super) fn fee(receipt: &TransactionReceipt) -> U256 {
    U256::from(receipt.gas_used) * U256::from(receipt.effective_gas_price)
}

async fn fulfil(
    b: &Side,
    a: &Side,
    network: &Network,
    intent: &Intent,
    report: &Report,
) -> Result<(TransactionReceipt, U256), DemoError> {
    let solver = &network.roles.solver;
    let (hashes, route) = (intent.hashes(), &intent.route);
    let step = "the solver approves the route's tokens";
    let amount = route.tokens.iter().map(|leg| leg.amount).sum();
    let tx = Tx::call(b.token, &IToken::approveCall { spender: b.ours.portal, amount });
    let approved = b.chain.send(step, solver, tx).await.during(step)?;

    let step = "the solver fulfils and proves";
    let claimant = solver.address().into_word();
    let data: Bytes = (a.ours.prover.into_word(), U256::from(PROOF_GAS)).abi_encode_params().into();
    let mut proofs = ProofMessage::new(b.chain.id(), 1);
    proofs.push(hashes.intent, claimant);
    let ask = fetchFeeCall {
        domainID: a.domain.0.into(),
        encodedProofs: proofs.into_bytes().into(),
        data: data.clone(),
    };
    let message_fee = b.chain.call(b.ours.prover, &ask).await.during(step)?;
    report.note(&format!("fee of the proof: {message_fee} wei"));
    let call = fulfillAndProveCall {
        intentHash: hashes.intent,
        route: route.clone(),
        rewardHash: hashes.reward,
        claimant,
        prover: b.ours.prover,
        sourceChainDomainID: a.domain.0.into(),
        data,
    };
    let value = route.nativeAmount + message_fee;
    let receipt = b
        .chain
        .send(step, solver, Tx::call(b.ours.portal, &call).value(value))
        .await
        .during(step)?;
    let spent = fee(&approved) + fee(&receipt) + value;
    Ok((receipt, spent))
}

fn encode(call: &impl alloy::sol_types::SolCall) -> Bytes {
    call.abi_encode().into()
}
