//! What binds the nouns: intent, route and reward hashes, and the addresses derived from them.
//! Spec: intents.md §1.2, §3.1.

use alloy_primitives::{Address, B256, keccak256};
use alloy_sol_types::SolValue;

use crate::ids::ChainId;
use crate::intents::{Intent, Reward, Route};

/// keccak-256; the one of the host inside a Stylus program, which sets alloy's `native-keccak` feature there.
pub fn keccak(bytes: &[u8]) -> B256 {
    keccak256(bytes)
}

/// A hash that is known in advance, out of the code instead of the data.
///
/// In a Stylus program a byte of data costs 0.75 gas on *every* call and a byte of code 0.0012 (stylus-vm.md §2.4):
/// 24 gas a hash.
#[macro_export]
macro_rules! in_code {
    ($hash:expr) => {
        $crate::hash::assemble(
            const { $crate::hash::quarter(&$hash, 0) },
            const { $crate::hash::quarter(&$hash, 8) },
            const { $crate::hash::quarter(&$hash, 16) },
            const { $crate::hash::quarter(&$hash, 24) },
        )
    };
}

/// Eight bytes of a hash as a number, which [`assemble`] writes as it lies in memory.
#[doc(hidden)]
pub const fn quarter(hash: &B256, at: usize) -> u64 {
    let (_, rest) = hash.0.split_at(at);
    match rest.first_chunk() {
        Some(part) => u64::from_le_bytes(*part),
        None => 0,
    }
}

/// Four numbers, because an array of them would be data again. Not inlined, or the compiler would put the constant
/// together.
#[doc(hidden)]
#[inline(never)]
pub fn assemble(a: u64, b: u64, c: u64, d: u64) -> B256 {
    let mut word = [0; 32];
    let (chunks, _) = word.as_chunks_mut::<8>();
    for (chunk, part) in chunks.iter_mut().zip([a, b, c, d]) {
        *chunk = part.to_le_bytes();
    }
    B256::new(word)
}

/// A preimage of at most `N` bytes, assembled without allocating.
pub(crate) struct Preimage<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Preimage<N> {
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; N], length: 0 }
    }

    /// Appends `part`; the parts of a layout never exceed `N`.
    pub(crate) fn push(&mut self, part: &[u8]) {
        let end = self.length.wrapping_add(part.len());
        debug_assert!(end <= N);
        if let Some(place) = self.bytes.get_mut(self.length..end) {
            place.copy_from_slice(part);
            self.length = end;
        }
    }

    pub(crate) fn hash(&self) -> B256 {
        keccak(self.bytes.get(..self.length).unwrap_or_default())
    }
}

/// An intent's hash and the two hashes it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntentHashes {
    /// Identifies the intent on both chains.
    pub intent: B256,
    /// Hash of the encoded route, or of the opaque bytes that stand for it.
    pub route: B256,
    /// Hash of the encoded reward.
    pub reward: B256,
}

/// intentHash: keccak of the destination's eight bytes and the two hashes.
/// # Source
/// intents.md §1.2
pub fn intent_hash(destination: ChainId, route_hash: B256, reward_hash: B256) -> B256 {
    let mut preimage = [0; 72];
    preimage[..8].copy_from_slice(&destination.to_be_bytes());
    preimage[8..40].copy_from_slice(route_hash.as_slice());
    preimage[40..].copy_from_slice(reward_hash.as_slice());
    keccak(&preimage)
}

/// The three hashes together.
pub fn intent_hashes(destination: ChainId, route: B256, reward: B256) -> IntentHashes {
    IntentHashes { intent: intent_hash(destination, route, reward), route, reward }
}

/// routeHash of `route` given as bytes: any bytes, they need not encode an EVM route.
/// # Source
/// intents.md §1.2
pub fn route_hash(route: &[u8]) -> B256 {
    keccak(route)
}

impl Route {
    /// routeHash.
    pub fn hash(&self) -> B256 {
        keccak(&self.abi_encode())
    }
}

impl Reward {
    /// rewardHash.
    pub fn hash(&self) -> B256 {
        keccak(&self.abi_encode())
    }
}

impl Intent {
    /// The three hashes of the intent.
    pub fn hashes(&self) -> IntentHashes {
        intent_hashes(ChainId(self.destination), self.route.hash(), self.reward.hash())
    }
}

/// Nonce with which a Portal creates its vault implementation.
/// # Source
/// intents.md §3.1
pub const VAULT_NONCE: u8 = 1;

/// Nonce with which a Portal creates its Executor.
/// # Source
/// intents.md §3.1
pub const EXECUTOR_NONCE: u8 = 2;

/// Address of the contract that `creator` makes by CREATE with `nonce`.
///
/// - `nonce`: 1 to 127, where its RLP is one byte; a contract's first creation has nonce 1.
pub fn create_address(creator: Address, nonce: u8) -> Address {
    debug_assert!(0 < nonce && nonce < 128);
    let mut preimage = [0; 23];
    // RLP: a list of 22 bytes, a string of 20 bytes, one byte.
    preimage[0] = 0xd6;
    preimage[1] = 0x94;
    preimage[2..22].copy_from_slice(creator.as_slice());
    preimage[22] = nonce;
    Address::from_word(keccak(&preimage))
}

/// Address of the contract that `creator` makes by CREATE2.
pub fn create2_address(creator: Address, salt: B256, init_code_hash: B256) -> Address {
    create2_address_with_prefix(0xff, creator, salt, init_code_hash)
}

/// As [`create2_address`], on chains whose rule has another first byte than the EVM's `0xff`.
/// # Source
/// intents.md §3.1
pub fn create2_address_with_prefix(
    prefix: u8,
    creator: Address,
    salt: B256,
    init_code_hash: B256,
) -> Address {
    let mut preimage = [0; 85];
    preimage[0] = prefix;
    preimage[1..21].copy_from_slice(creator.as_slice());
    preimage[21..53].copy_from_slice(salt.as_slice());
    preimage[53..].copy_from_slice(init_code_hash.as_slice());
    Address::from_word(keccak(&preimage))
}

/// Address of the vault of an intent, before and after it is deployed.
///
/// - `portal`: the Portal on the source chain, which deploys it.
/// - `init_code_hash`: of the vault proxy over that Portal's vault implementation.
/// # Source
/// intents.md §3.1
pub fn vault_address(portal: Address, intent_hash: B256, init_code_hash: B256) -> Address {
    create2_address(portal, intent_hash, init_code_hash)
}
