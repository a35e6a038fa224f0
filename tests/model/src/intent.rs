//! Names of intents and places of vaults (intents.md §1.2, §3.1), by the ABI's own encoder.

use alloy::primitives::{Address, B256, keccak256};
use alloy::sol_types::SolValue;
use interfaces::intents::{Intent, Reward, Route};

/// The three hashes of an intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hashes {
    /// Names the intent.
    pub intent: B256,
    /// Of the route.
    pub route: B256,
    /// Of the reward.
    pub reward: B256,
}

/// Hash of a route.
pub fn route_hash(route: &Route) -> B256 {
    keccak256(route.abi_encode())
}

/// Hash of a reward.
pub fn reward_hash(reward: &Reward) -> B256 {
    keccak256(reward.abi_encode())
}

/// Hash of an intent, of its parts.
pub fn intent_hash(destination: u64, route: B256, reward: B256) -> B256 {
    keccak256([&destination.to_be_bytes()[..], &route[..], &reward[..]].concat())
}

/// All three of an intent.
pub fn hashes(intent: &Intent) -> Hashes {
    let (route, reward) = (route_hash(&intent.route), reward_hash(&intent.reward));
    Hashes { intent: intent_hash(intent.destination, route, reward), route, reward }
}

/// Address of an intent's vault.
pub fn vault_address(portal: Address, intent: B256, init_code_hash: B256) -> Address {
    let preimage = [&[0xff], portal.as_slice(), &intent[..], &init_code_hash[..]].concat();
    Address::from_word(keccak256(preimage))
}
