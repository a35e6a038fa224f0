//! The two calls to the router, encoded straight from calldata: alloy's encoder would copy the proofs first.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;
use interfaces::{
    metalayer::{
        FinalityState,
        IMetalayerRouter::{
            dispatch_1Call as dispatchToBytes32Call, quoteDispatch_3Call as quoteWithMetadataCall,
        },
    },
};

use crate::sending::Message;

/// Value in the metadata of a quote, 10^36 wei. It moves no value; hooks have to accept it.
/// # Source
/// intents.md §6.3
const QUOTED_VALUE: U256 = U256::from_limbs([0xb34b_9f10_0000_0000, 0x00c0_97ce_7bc9_0715, 0, 0]);

/// Length of hook metadata without custom bytes.
const METADATA_LEN: usize = 86;

/// `quoteDispatch(domain, recipient, body, metadata)`.
/// # Source
/// intents.md §5.5
pub(crate) fn quote(message: &Message, refund_to: Address) -> Vec<u8> {
    let body_size = padded(message.body.len());
    let mut out = start(quoteWithMetadataCall::SELECTOR, message);
    number(&mut out, 4 * 32);
    number(&mut out, body_size.wrapping_add(5 * 32));
    bytes(&mut out, message.body);
    number(&mut out, METADATA_LEN);
    out.extend_from_slice(&[0, 1]);
    word(&mut out, QUOTED_VALUE.into());
    word(&mut out, message.gas_limit.into());
    out.extend_from_slice(refund_to.as_slice());
    pad(&mut out, METADATA_LEN);
    out
}

/// `dispatch(domain, recipient, [], body, INSTANT, gasLimit)`.
/// # Source
/// intents.md §5.4
pub(crate) fn dispatch(message: &Message) -> Vec<u8> {
    let mut out = start(dispatchToBytes32Call::SELECTOR, message);
    number(&mut out, 6 * 32);
    number(&mut out, 7 * 32);
    number(&mut out, FinalityState::Instant as usize);
    word(&mut out, message.gas_limit.into());
    number(&mut out, 0);
    bytes(&mut out, message.body);
    out
}

fn start(selector: [u8; 4], message: &Message) -> Vec<u8> {
    // Room for either call; the body is in memory already, so its length is far from the limit of `usize`.
    let mut out = Vec::with_capacity(padded(message.body.len()).wrapping_add(4 + 10 * 32));
    out.extend_from_slice(&selector);
    word(&mut out, U256::from(message.destination.0).into());
    word(&mut out, message.recipient);
    out
}

fn word(out: &mut Vec<u8>, word: B256) {
    out.extend_from_slice(word.as_slice());
}

fn number(out: &mut Vec<u8>, number: usize) {
    word(out, U256::from(number).into());
}

/// A length, the data, and its padding.
fn bytes(out: &mut Vec<u8>, data: &[u8]) {
    number(out, data.len());
    out.extend_from_slice(data);
    pad(out, data.len());
}

/// Fills the word up that the last byte of `length` bytes is in.
fn pad(out: &mut Vec<u8>, length: usize) {
    let missing = padded(length).wrapping_sub(length);
    out.extend_from_slice([0; 32].get(..missing).unwrap_or_default());
}

/// Rounds up to whole words; for lengths of slices, which are far from the limit of `usize`.
const fn padded(length: usize) -> usize {
    length.wrapping_add(31) & !31
}
