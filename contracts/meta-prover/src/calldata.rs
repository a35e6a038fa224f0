//! The two calls to the router, encoded straight from calldata: alloy's encoder would copy the proofs first.

use alloc::vec::Vec;

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use interfaces::{
    codec::HookMetadata,
    metalayer::{
        FinalityState,
        IMetalayerRouter::{
            dispatch_1Call as dispatchToBytes32Call, quoteDispatch_3Call as quoteWithMetadataCall,
        },
    },
};
use support::abi;

use crate::sending::Message;

/// Value in the metadata of a quote, 10^36 wei. It moves no value; hooks have to accept it.
/// # Source
/// intents.md §6.3
const QUOTED_VALUE: U256 = U256::from_limbs([0xb34b_9f10_0000_0000, 0x00c0_97ce_7bc9_0715, 0, 0]);

/// `quoteDispatch(domain, recipient, body, metadata)`.
/// # Source
/// intents.md §5.5
pub(crate) fn quote(message: &Message, refund_to: Address) -> Vec<u8> {
    let metadata = HookMetadata::encode(QUOTED_VALUE, message.gas_limit, refund_to);
    let mut out = start(quoteWithMetadataCall::SELECTOR, message);
    abi::number(&mut out, 4 * 32);
    abi::number(&mut out, abi::bytes_size(message.body).wrapping_add(4 * 32));
    abi::bytes(&mut out, message.body);
    abi::bytes(&mut out, &metadata);
    out
}

/// `dispatch(domain, recipient, [], body, INSTANT, gasLimit)`.
/// # Source
/// intents.md §5.4
pub(crate) fn dispatch(message: &Message) -> Vec<u8> {
    let mut out = start(dispatchToBytes32Call::SELECTOR, message);
    abi::number(&mut out, 6 * 32);
    abi::number(&mut out, 7 * 32);
    abi::number(&mut out, FinalityState::Instant as usize);
    out.extend_from_slice(abi::to_word(message.gas_limit).as_slice());
    abi::number(&mut out, 0);
    abi::bytes(&mut out, message.body);
    out
}

/// Selector and the arguments that both calls begin with, with room for the rest of either.
fn start(selector: [u8; 4], message: &Message) -> Vec<u8> {
    // The body is in memory, so its length is far from the limit of `usize`.
    let size = abi::bytes_size(message.body).wrapping_add(4 + 8 * 32);
    let mut out = Vec::with_capacity(size);
    out.extend_from_slice(&selector);
    abi::number(&mut out, message.destination.0 as usize);
    out.extend_from_slice(message.recipient.as_slice());
    out
}
