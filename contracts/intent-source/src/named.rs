//! The three ways in which the overloads name an intent. Spec: intents.md §1.2, §2.1.

use alloc::{borrow::Cow, vec::Vec};

use alloy_primitives::{B256, keccak256};
use interfaces::{
    Args, ChainId,
    args::RewardView,
    hash::{self, IntentHashes},
};

/// An intent as a call names it: whole, by its route's bytes, or by its route's hash.
#[derive(Debug)]
pub struct Named<'a> {
    /// Chain id of the fulfilment chain.
    pub destination: ChainId,
    /// encodedRoute, or whatever bytes stand for it; empty where the call gives only the hash.
    pub route: Cow<'a, [u8]>,
    /// The pay.
    pub reward: RewardView<'a>,
    /// The intent's hash and the two it is made of.
    pub hashes: IntentHashes,
}

impl<'a> Named<'a> {
    /// The intent in the first argument: `(Intent, …)`.
    #[inline(never)]
    pub fn whole(args: Args<'a>) -> Option<Self> {
        let intent = args.intent(0)?;
        // The canonical encoding, whatever the calldata looks like, so that one intent has one hash.
        let route = intent.route.encode();
        let route_hash = keccak256(&route);
        Some(Self::new(intent.destination, route.into(), route_hash, intent.reward))
    }

    /// The intent in the first three arguments: `(uint64 destination, bytes route, Reward, …)`.
    ///
    /// The bytes are not looked at: that is how destinations that are no EVM chains work.
    #[inline(never)]
    pub fn by_route_bytes(args: Args<'a>) -> Option<Self> {
        let route = args.bytes(1)?;
        let (destination, reward) = (args.chain_id(0)?, args.reward(2)?);
        Some(Self::new(destination, route.into(), keccak256(route), reward))
    }

    /// The intent in the first three arguments: `(uint64 destination, bytes32 routeHash, Reward, …)`.
    #[inline(never)]
    pub fn by_route_hash(args: Args<'a>) -> Option<Self> {
        let (destination, reward) = (args.chain_id(0)?, args.reward(2)?);
        Some(Self::new(destination, Vec::new().into(), args.word(1)?, reward))
    }

    /// An intent of parts that were read already.
    #[inline(never)]
    pub fn new(
        destination: ChainId,
        route: Cow<'a, [u8]>,
        route_hash: B256,
        reward: RewardView<'a>,
    ) -> Self {
        let hashes = hash::intent_hashes(destination, route_hash, reward.hash());
        Self { destination, route, reward, hashes }
    }
}
