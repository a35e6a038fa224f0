//! An integrator without a chain: everything a client prepares before it sends, and reads after it was answered.
//!
//! `cargo run -p interfaces --example consumer` prints it; the tests run it too.

use std::error::Error;

use alloy_primitives::{Address, B256, Bytes, LogData, U256, address, b256, hex};
use alloy_sol_types::{SolCall, SolEvent, SolInterface};
use interfaces::codec::{MetalayerHeader, MetalayerMessage};
use interfaces::intents::IIntentSource::{
    IIntentSourceErrors, InsufficientFunds, IntentFunded, publishAndFund_0Call,
};
use interfaces::intents::{Call, Intent, Reward, Route, TokenAmount};
use interfaces::metalayer::{FinalityState, ReadOperation};
use interfaces::{ChainId, Domain, hash, proxy};

type Outcome = Result<(), Box<dyn Error>>;

/// Our Portal on the source chain, which pays, and on the destination, where the work is done.
const PORTAL: Address = address!("35Dd0d4028bc3A0C73e1878269C242f6F06e3280");
const DESTINATION: ChainId = ChainId(412_347);
/// Of the same chain: what messages call it, which is no chain id.
const DESTINATION_DOMAIN: Domain = Domain(1002);
const ORIGIN_DOMAIN: Domain = Domain(1001);

const USER: Address = Address::repeat_byte(0x11);
const FRIEND: Address = Address::repeat_byte(0x22);
const PROVER: Address = Address::repeat_byte(0x33);
const TOKEN: Address = Address::repeat_byte(0x44);

/// What a node answers when a call is refused: the data of the revert.
const REVERT: [u8; 36] =
    hex!("07b90620 7070707070707070707070707070707070707070707070707070707070707070");

/// What it tells of a transaction that succeeded: the one topic and the data of a log.
const TOPIC: B256 = b256!("c1ed05721d27ad6b2555d61388ac393b120f5cc0e6009e53230e02c68e60064a");
const DATA: [u8; 96] = hex!(
    "7070707070707070707070707070707070707070707070707070707070707070"
    "0000000000000000000000001111111111111111111111111111111111111111"
    "0000000000000000000000000000000000000000000000000000000000000001"
);

/// A coin to a friend over there, for tokens and coins here.
fn intent() -> Intent {
    Intent {
        destination: DESTINATION.0,
        route: Route {
            salt: B256::repeat_byte(1),
            deadline: 1_900_000_000,
            portal: PORTAL,
            nativeAmount: U256::from(1),
            tokens: vec![],
            calls: vec![Call { target: FRIEND, data: Bytes::new(), value: U256::from(1) }],
        },
        reward: Reward {
            deadline: 1_900_003_600,
            creator: USER,
            prover: PROVER,
            nativeAmount: U256::from(10),
            tokens: vec![TokenAmount { token: TOKEN, amount: U256::from(5) }],
        },
    }
}

/// The transaction that offers the intent, and where its reward will lie.
fn publish(intent: &Intent) -> Outcome {
    let hashes = intent.hashes();
    let same = hash::intent_hash(ChainId(intent.destination), hashes.route, hashes.reward);
    assert_eq!(same, hashes.intent);
    // The vault implementation is the Portal's first creation.
    let implementation = hash::create_address(PORTAL, hash::VAULT_NONCE);
    let vault = hash::vault_address(PORTAL, hashes.intent, proxy::init_code_hash(implementation));
    let call = publishAndFund_0Call { intent: intent.clone(), allowPartial: false };
    let (calldata, value) = (call.abi_encode(), intent.reward.nativeAmount);
    assert_eq!(publishAndFund_0Call::abi_decode(&calldata)?, call);
    println!("intent     {}", hashes.intent);
    println!("route      {}", hashes.route);
    println!("reward     {}", hashes.reward);
    println!("vault      {vault}");
    println!("approve    {PORTAL} to take {} of {TOKEN}", intent.reward.tokens[0].amount);
    println!("send       {value} wei and {} bytes of calldata to {PORTAL}", calldata.len());
    Ok(())
}

/// Why a call was refused. `SolInterface` tries every error of the contract.
fn read_revert() -> Outcome {
    let error = IIntentSourceErrors::abi_decode(&REVERT)?;
    let IIntentSourceErrors::InsufficientFunds(InsufficientFunds { intentHash }) = error else {
        return Err(format!("another error: {error:?}").into());
    };
    assert_eq!(intentHash, B256::repeat_byte(0x70));
    println!("revert     InsufficientFunds: the user has not approved the whole reward");
    Ok(())
}

/// What happened in a transaction.
fn read_event() -> Outcome {
    let log = LogData::new(vec![TOPIC], DATA.into()).ok_or("more than four topics")?;
    let event = IntentFunded::decode_log_data(&log)?;
    let expected =
        IntentFunded { intentHash: B256::repeat_byte(0x70), funder: USER, complete: true };
    assert_eq!(event, expected);
    println!("event      IntentFunded by {}, complete: {}", event.funder, event.complete);
    Ok(())
}

/// What travels between two routers, as a relayer or an explorer sees it.
fn read_message() -> Outcome {
    let read = ReadOperation {
        domain: DESTINATION_DOMAIN.0,
        target: TOKEN,
        callData: hex!("18160ddd").into(), // totalSupply()
    };
    let header = MetalayerHeader {
        version: MetalayerHeader::VERSION,
        finality: FinalityState::Finalized,
        nonce: 7,
        origin: ORIGIN_DOMAIN,
        sender: USER.into_word(),
        destination: DESTINATION_DOMAIN,
        recipient: FRIEND.into_word(),
    };
    let encoded = header.encode([(&read).into()].into_iter(), b"hello");
    let decoded = MetalayerMessage::decode(&encoded).map_err(|error| format!("{error:?}"))?;
    assert_eq!(decoded.header, header);
    assert_eq!(decoded.reads.iter().map(ReadOperation::from).collect::<Vec<_>>(), [read]);
    assert_eq!(decoded.write_call_data, b"hello");
    let id = MetalayerMessage::id_of(&encoded);
    println!("message    {id}: {} bytes, {} read", encoded.len(), decoded.reads.len());
    Ok(())
}

fn main() -> Outcome {
    publish(&intent())?;
    read_revert()?;
    read_event()?;
    read_message()
}

#[test]
fn a_consumer_prepares_and_reads_everything_without_a_chain() -> Outcome {
    main()
}
