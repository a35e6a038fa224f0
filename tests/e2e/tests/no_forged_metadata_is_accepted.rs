//! Signatures that are too few, twice the same, in the wrong order, malleable, damaged or of something else: 10,000
//! forgeries, and none passes. Spec: messaging.md §3.5, §5.6.

use alloy::primitives::{Address, B256, U256, keccak256, uint};
use alloy::signers::SignerSync;
use alloy::signers::local::PrivateKeySigner;
use alloy::sol_types::SolValue;
use e2e::network::{DOMAIN_B, Network, b32};
use interfaces::Domain;
use interfaces::codec::{Checkpoint, MessageIdMetadata, Signatures};
use interfaces::hyperlane::IInterchainSecurityModule;
use metalayer::chain::Tx;
use metalayer::relayer::Dispatched;

use crate::validators_are_rotated_in_our_own_module::{checkpoint, dispatch, install};

const FORGERIES: usize = 10_000;
const VALIDATORS: usize = 5;
/// How many of them must sign.
const THRESHOLD: usize = 3;
/// Trees of others that the validators have signed, too.
const FOREIGN_TREES: usize = 8;

/// Order of secp256k1.
const ORDER: U256 = uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);

type Signature = [u8; 65];

/// Chance that is the same in every run.
struct Dice(B256);

impl Dice {
    /// A number below `sides`.
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = keccak256(self.0);
        (self.0.as_slice()[..8].iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte))
            % sides as u64) as usize
    }
}

/// A checkpoint, and what each validator has signed of it.
struct Signed {
    checkpoint: Checkpoint,
    signatures: Vec<Signature>,
}

impl Signed {
    fn new(checkpoint: Checkpoint, keys: &[PrivateKeySigner]) -> Self {
        let digest = checkpoint.digest();
        let sign = |key: &PrivateKeySigner| key.sign_hash_sync(&digest).unwrap().as_bytes();
        Self { checkpoint, signatures: keys.iter().map(sign).collect() }
    }

    fn by(&self, signers: &[usize]) -> Vec<Signature> {
        signers.iter().map(|signer| self.signatures[*signer]).collect()
    }
}

/// Everything that a forger may have: all that the validators ever sign, and keys of its own.
struct Forger {
    dice: Dice,
    /// What would pass.
    honest: Signed,
    /// The same checkpoint, signed by thieves.
    stolen: Signed,
    /// Signed by the validators: another message of the tree, another origin, trees of others.
    another_message: Signed,
    another_origin: Signed,
    foreign: Vec<Signed>,
}

impl Forger {
    fn new(
        checkpoint: Checkpoint,
        keys: &[PrivateKeySigner],
        thieves: &[PrivateKeySigner],
    ) -> Self {
        let tree = |n| B256::with_last_byte(n as u8 + 1);
        let foreign = |n| Checkpoint { merkle_tree_hook: tree(n), ..checkpoint };
        Self {
            dice: Dice(B256::ZERO),
            honest: Signed::new(checkpoint, keys),
            stolen: Signed::new(checkpoint, thieves),
            another_message: Signed::new(
                Checkpoint { message_id: B256::repeat_byte(7), ..checkpoint },
                keys,
            ),
            another_origin: Signed::new(Checkpoint { origin: Domain(77), ..checkpoint }, keys),
            foreign: (0..FOREIGN_TREES).map(|n| Signed::new(foreign(n), keys)).collect(),
        }
    }

    /// Signers in the order of the set, `count` of them.
    fn signers(&mut self, count: usize) -> Vec<usize> {
        let mut signers: Vec<usize> = (0..VALIDATORS).collect();
        while signers.len() > count {
            let place = self.dice.roll(signers.len());
            signers.remove(place);
        }
        signers
    }

    /// As many good signatures as are needed, and which of them is to be spoilt.
    fn enough(&mut self) -> (Vec<Signature>, usize) {
        let signers = self.signers(THRESHOLD);
        (self.honest.by(&signers), self.dice.roll(THRESHOLD))
    }

    fn too_few_and_a_thiefs(&mut self) -> Vec<u8> {
        let good = self.dice.roll(THRESHOLD);
        let signers = self.signers(good);
        let mut signatures = self.honest.by(&signers);
        let all = THRESHOLD + self.dice.roll(3);
        while signatures.len() < all {
            let place = self.dice.roll(signatures.len() + 1);
            let thief = self.dice.roll(VALIDATORS);
            signatures.insert(place, self.stolen.signatures[thief]);
        }
        metadata(&self.honest.checkpoint, &signatures)
    }

    fn one_signer_counted_again(&mut self) -> Vec<u8> {
        let mut signers = self.signers(THRESHOLD - 1);
        while signers.len() < THRESHOLD + 1 {
            let place = self.dice.roll(signers.len());
            signers.insert(place, signers[place]);
        }
        metadata(&self.honest.checkpoint, &self.honest.by(&signers))
    }

    fn in_the_wrong_order(&mut self) -> Vec<u8> {
        let mut signers = self.signers(THRESHOLD);
        match self.dice.roll(3) {
            0 => signers.reverse(),
            turn => signers.rotate_left(turn),
        }
        metadata(&self.honest.checkpoint, &self.honest.by(&signers))
    }

    fn with_a_high_s(&mut self) -> Vec<u8> {
        let (mut signatures, spoilt) = self.enough();
        let signature = &mut signatures[spoilt];
        let s = U256::from_be_slice(&signature[32..64]);
        signature[32..64].copy_from_slice(&(ORDER - s).to_be_bytes::<32>());
        signature[64] = 27 + 28 - signature[64];
        metadata(&self.honest.checkpoint, &signatures)
    }

    fn with_a_wrong_v(&mut self) -> Vec<u8> {
        let (mut signatures, spoilt) = self.enough();
        let other = self.dice.roll(255) as u8 + 1;
        signatures[spoilt][64] = signatures[spoilt][64].wrapping_add(other);
        metadata(&self.honest.checkpoint, &signatures)
    }

    fn with_a_bit_flipped(&mut self) -> Vec<u8> {
        let (mut signatures, spoilt) = self.enough();
        let bit = self.dice.roll(8 * 65);
        signatures[spoilt][bit / 8] ^= 1 << (bit % 8);
        metadata(&self.honest.checkpoint, &signatures)
    }

    fn for_another_root_or_index(&mut self) -> Vec<u8> {
        let (signatures, _) = self.enough();
        let mut claimed = self.honest.checkpoint;
        match self.dice.roll(2) {
            0 => claimed.root = keccak256(self.dice.0),
            _ => claimed.index = claimed.index.wrapping_add(1 + self.dice.roll(1_000) as u32),
        }
        metadata(&claimed, &signatures)
    }

    fn of_the_tree_of_others(&mut self) -> Vec<u8> {
        let signers = self.signers(THRESHOLD);
        let tree = self.dice.roll(FOREIGN_TREES);
        let foreign = &self.foreign[tree];
        // Named as what they are, or passed off as ours.
        let named = [&foreign.checkpoint, &self.honest.checkpoint][self.dice.roll(2)];
        metadata(named, &foreign.by(&signers))
    }

    fn of_another_message_or_origin(&mut self) -> Vec<u8> {
        let signers = self.signers(THRESHOLD);
        let other = [&self.another_message, &self.another_origin][self.dice.roll(2)];
        metadata(&self.honest.checkpoint, &other.by(&signers))
    }

    fn cut_short(&mut self) -> Vec<u8> {
        let (signatures, _) = self.enough();
        let mut whole = metadata(&self.honest.checkpoint, &signatures);
        whole.truncate(self.dice.roll(whole.len()));
        whole
    }
}

/// A way to forge.
type Kind = (&'static str, fn(&mut Forger) -> Vec<u8>);

const KINDS: [Kind; 10] = [
    ("too few, and a thief's", Forger::too_few_and_a_thiefs),
    ("one signer counted again", Forger::one_signer_counted_again),
    ("in the wrong order", Forger::in_the_wrong_order),
    ("with a high s", Forger::with_a_high_s),
    ("with a wrong v", Forger::with_a_wrong_v),
    ("with a bit flipped", Forger::with_a_bit_flipped),
    ("for another root or index", Forger::for_another_root_or_index),
    ("of the tree of others", Forger::of_the_tree_of_others),
    ("of another message or origin", Forger::of_another_message_or_origin),
    ("cut short", Forger::cut_short),
];

fn metadata(checkpoint: &Checkpoint, signatures: &[Signature]) -> Vec<u8> {
    let metadata = MessageIdMetadata {
        merkle_tree_hook: checkpoint.merkle_tree_hook,
        root: checkpoint.root,
        index: checkpoint.index,
        signatures: Signatures(signatures.as_flattened()),
    };
    metadata.encode()
}

/// Does MetalayerIsm on A, and the module behind it, let a message pass with this?
async fn passes(network: &Network, message: &Dispatched, metadata: Vec<u8>) -> bool {
    let call = IInterchainSecurityModule::verifyCall {
        metadata: metadata.into(),
        message: message.message.clone(),
    };
    let a = &network.a;
    let answer = a.chain.simulate(Address::ZERO, Tx::call(a.ours.ism, &call), U256::ZERO).await;
    answer.is_ok_and(|answer| bool::abi_decode(&answer).expect("a bool"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_forgeries_are_refused_and_what_is_honest_passes() {
    // given a lane of our own module, and a message whose checkpoint all five validators have signed
    let network = Network::start().await;
    let (a, b) = (&network.a, &network.b);
    let named = |who: &str| -> Vec<_> {
        (1..=VALIDATORS).map(|n| b.chain.account(&format!("{who} {n}"))).collect()
    };
    let (keys, thieves) = (named("validator of five"), named("thief"));
    install(&network, &keys, THRESHOLD as u8).await;
    let recipient = a.chain.mock("Recipient", &[]).await;
    let message = dispatch(b, recipient).await;
    let checkpoint = checkpoint(b, &message).await;
    assert_eq!(
        (checkpoint.origin, checkpoint.merkle_tree_hook),
        (DOMAIN_B, b32(b.core.merkle_tree_hook))
    );
    let mut forger = Forger::new(checkpoint, &keys, &thieves);

    // when everybody tries everything
    for number in 0..FORGERIES {
        let (kind, forge) = KINDS[number % KINDS.len()];
        let forged = forge(&mut forger);
        // then nothing passes
        assert!(!passes(&network, &message, forged).await, "forgery {number} passes: {kind}");
        // but any three validators do, in the order of the set
        if number % 100 == 0 {
            let (honest, _) = forger.enough();
            assert!(passes(&network, &message, metadata(&checkpoint, &honest)).await);
        }
    }
}
