//! Where relayers get metadata: the revert that names the gateways (EIP-3668).

use alloc::vec::Vec;

use alloy_sol_types::{SolCall, SolError};
use interfaces::metalayer::{
    IMetalayerReadGateway::getReadResultsCall,
    IMetalayerReadIsm::{OffchainLookup, verifyCall},
};
use stylus_sdk::prelude::*;
use support::abi;

use crate::MetalayerReadIsm;

impl MetalayerReadIsm {
    /// Revert data of `getOffchainVerifyInfo`: `OffchainLookup` with a call of `getReadResults(message)`.
    ///
    /// It depends on the message alone, as relayers expect, which remember it for two minutes.
    /// # Source
    /// messaging.md §3.7, §5.7
    pub fn offchain_lookup(&self, message: &[u8]) -> Vec<u8> {
        let stored = self.stored_urls();
        let urls = stored.bytes();
        let mut call_data = Vec::with_capacity(abi::bytes_size(message).wrapping_add(36));
        call_data.extend_from_slice(&getReadResultsCall::SELECTOR);
        abi::number(&mut call_data, 32);
        abi::bytes(&mut call_data, message);

        // All of it is in memory, so every size is far from the limit of `usize`.
        let call_data_at = urls.len().wrapping_add(5 * 32);
        let extra_data_at = call_data_at.wrapping_add(abi::bytes_size(&call_data));
        let size = extra_data_at.wrapping_add(abi::bytes_size(message)).wrapping_add(4);
        let mut out = Vec::with_capacity(size);
        out.extend_from_slice(&OffchainLookup::SELECTOR);
        abi::word(&mut out, &self.vm().contract_address().into_word());
        abi::number(&mut out, 5 * 32);
        abi::number(&mut out, call_data_at);
        out.extend_from_slice(&verifyCall::SELECTOR);
        out.extend_from_slice(&[0; 28]);
        abi::number(&mut out, extra_data_at);
        out.extend_from_slice(urls);
        abi::bytes(&mut out, &call_data);
        abi::bytes(&mut out, message);
        out
    }
}
