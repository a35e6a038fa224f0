//! Orders: what a user signs to have one opened by somebody else, and how fillers read it. Spec: intents.md §7.
//!
//! The structs are in [`intents`](crate::intents). Neither type string is what EIP-712 would make of them: the
//! order data counts by its hash, and the nested types of the order data are not in alphabetical order.
//!
//! Contracts read orders in place, by the views below, which are as strict as those of [`args`](crate::args).

use alloc::vec::Vec;
use alloy_primitives::{Address, B256, U256, b256};

use crate::args::{Args, RewardView, padded, push, push_word, put, put_bytes};
use crate::hash::{self, IntentHashes, Preimage, keccak};
use crate::ids::ChainId;
use crate::in_code;
use crate::intents::GaslessCrossChainOrder;

/// Type of the order data; its hash is the `orderDataType` of an order.
pub const ORDER_DATA_TYPE: &str = "OrderData(uint64 destination,bytes route,Reward reward,bytes32 routePortal,\
    uint64 routeDeadline,Output[] maxSpent)Reward(uint64 deadline,address creator,address prover,\
    uint256 nativeAmount,TokenAmount[] tokens)TokenAmount(address token,uint256 amount)\
    Output(bytes32 token,uint256 amount,bytes32 recipient,uint256 chainId)";

/// keccak of [`ORDER_DATA_TYPE`].
pub const ORDER_DATA_TYPEHASH: B256 =
    b256!("aed0ae635eda11553af2dc98f5e5308e49abc5a2c0cae5c9a949b7927d77c405");

/// Type of the order that is signed.
pub const GASLESS_ORDER_TYPE: &str = "GaslessCrossChainOrder(address originSettler,address user,uint256 nonce,\
    uint256 originChainId,uint32 openDeadline,uint32 fillDeadline,bytes32 orderDataType,bytes32 orderDataHash)";

/// keccak of [`GASLESS_ORDER_TYPE`].
pub const GASLESS_ORDER_TYPEHASH: B256 =
    b256!("0dc54db9269648aac2dbf0a24ec877f6604de7a39d70a932e517955973048850");

/// Type of the domain.
pub const DOMAIN_TYPE: &str =
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";

/// keccak of [`DOMAIN_TYPE`].
pub const DOMAIN_TYPEHASH: B256 =
    b256!("8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f");

/// Name of the domain.
pub const DOMAIN_NAME: &str = "EcoPortal";

/// keccak of [`DOMAIN_NAME`].
pub const DOMAIN_NAME_HASH: B256 =
    b256!("2648237a1a02509aa35a842caa2dcd403357af537cbcb66a84381016b8bc3ddf");

/// Version of the domain.
pub const DOMAIN_VERSION: &str = "1";

/// keccak of [`DOMAIN_VERSION`].
pub const DOMAIN_VERSION_HASH: B256 =
    b256!("c89efdaa54c0f20c7adf612882df0950f5a951637e0307cdcb4c672f298b8bc6");

/// Binds signatures to one Portal on one chain.
pub fn domain_separator(chain_id: ChainId, portal: Address) -> B256 {
    let mut preimage = Preimage::<160>::new();
    preimage.push(in_code!(DOMAIN_TYPEHASH).as_slice());
    preimage.push(in_code!(DOMAIN_NAME_HASH).as_slice());
    preimage.push(in_code!(DOMAIN_VERSION_HASH).as_slice());
    preimage.push(&[0; 24]);
    preimage.push(&chain_id.to_be_bytes());
    preimage.push(portal.into_word().as_slice());
    preimage.hash()
}

/// EIP-712 hash of the order.
pub fn order_hash(order: &GaslessCrossChainOrder) -> B256 {
    let number = |number: u32| U256::from(number).to_be_bytes();
    let words = [
        order.originSettler.into_word().0,
        order.user.into_word().0,
        order.nonce.to_be_bytes(),
        order.originChainId.to_be_bytes(),
        number(order.openDeadline),
        number(order.fillDeadline),
        order.orderDataType.0,
    ];
    hash_of_order(&words, &order.orderData)
}

/// The hash counts the order data by its own hash, and the words before it as they lie in the encoding.
fn hash_of_order(words: &OrderWords, order_data: &[u8]) -> B256 {
    let mut preimage = Preimage::<288>::new();
    preimage.push(gasless_order_typehash().as_slice());
    preimage.push(words.as_flattened());
    preimage.push(keccak(order_data).as_slice());
    preimage.hash()
}

/// What the curve signs.
pub fn order_digest(domain_separator: B256, order: &GaslessCrossChainOrder) -> B256 {
    digest(domain_separator, order_hash(order))
}

fn digest(domain_separator: B256, order_hash: B256) -> B256 {
    let mut preimage = Preimage::<66>::new();
    preimage.push(b"\x19\x01");
    preimage.push(domain_separator.as_slice());
    preimage.push(order_hash.as_slice());
    preimage.hash()
}

/// [`GASLESS_ORDER_TYPEHASH`], out of the code.
pub fn gasless_order_typehash() -> B256 {
    in_code!(GASLESS_ORDER_TYPEHASH)
}

/// [`ORDER_DATA_TYPEHASH`], out of the code.
pub fn order_data_typehash() -> B256 {
    in_code!(ORDER_DATA_TYPEHASH)
}

/// The seven words in front of a gasless order's data.
type OrderWords = [[u8; 32]; 7];

/// A gasless order in calldata.
#[derive(Clone, Copy, Debug)]
pub struct GaslessOrderView<'a> {
    words: &'a OrderWords,
    /// Contract the order is for.
    pub origin_settler: Address,
    /// Who signs, pays the tokens and is the intent's creator.
    pub user: Address,
    /// Chain the order is for: the word of a `uint256`.
    pub origin_chain_id: B256,
    /// Last moment of opening, unix seconds, inclusive.
    pub open_deadline: u32,
    /// What the order data is; the hash of its type.
    pub order_data_type: B256,
    /// The encoded [`OrderDataView`].
    pub order_data: &'a [u8],
}

impl<'a> GaslessOrderView<'a> {
    /// The order in the argument at `index`.
    #[inline(never)]
    pub fn read(args: Args<'a>, index: usize) -> Option<Self> {
        let order = args.tuple(index)?;
        let _clean = order.u32(5)?;
        Some(Self {
            words: order.0.as_chunks().0.first_chunk()?,
            origin_settler: order.address(0)?,
            user: order.address(1)?,
            origin_chain_id: order.word(3)?,
            open_deadline: order.u32(4)?,
            order_data_type: order.word(6)?,
            order_data: order.bytes(7)?,
        })
    }

    /// EIP-712 hash of the order.
    pub fn hash(self) -> B256 {
        // Checked words are canonical words.
        hash_of_order(self.words, self.order_data)
    }

    /// What the curve signs.
    pub fn digest(self, domain_separator: B256) -> B256 {
        digest(domain_separator, self.hash())
    }
}

/// An order that its user opens, in calldata.
#[derive(Clone, Copy, Debug)]
pub struct OnchainOrderView<'a> {
    /// What the order data is; the hash of its type.
    pub order_data_type: B256,
    /// The encoded [`OrderDataView`].
    pub order_data: &'a [u8],
}

impl<'a> OnchainOrderView<'a> {
    /// The order in the argument at `index`.
    #[inline(never)]
    pub fn read(args: Args<'a>, index: usize) -> Option<Self> {
        let order = args.tuple(index)?;
        let _clean = order.u32(0)?;
        Some(Self { order_data_type: order.word(1)?, order_data: order.bytes(2)? })
    }
}

/// The intent inside an order.
#[derive(Clone, Copy, Debug)]
pub struct OrderDataView<'a> {
    /// Chain id of the fulfilment chain.
    pub destination: ChainId,
    /// encodedRoute, or whatever bytes stand for it.
    pub route: &'a [u8],
    /// The pay.
    pub reward: RewardView<'a>,
    /// Portal on the destination chain.
    pub route_portal: B256,
    /// Last moment of fulfilment, unix seconds.
    pub route_deadline: u64,
    /// What the user says a filler spends.
    pub max_spent: Outputs<'a>,
}

impl<'a> OrderDataView<'a> {
    /// The order data in the argument at `index`.
    #[inline(never)]
    pub fn read(args: Args<'a>, index: usize) -> Option<Self> {
        let data = args.tuple(index)?;
        Some(Self {
            destination: data.chain_id(0)?,
            route: data.bytes(1)?,
            reward: data.reward(2)?,
            route_portal: data.word(3)?,
            route_deadline: data.u64(4)?,
            max_spent: Outputs(data.chunks(5)?),
        })
    }

    /// The order data from the bytes that an order carries.
    pub fn decode(encoded: &'a [u8]) -> Option<Self> {
        Self::read(Args(encoded), 0)
    }

    /// The three hashes of the intent; the first is the order's id.
    pub fn hashes(&self) -> IntentHashes {
        hash::intent_hashes(self.destination, hash::route_hash(self.route), self.reward.hash())
    }

    /// The canonical encoding of the `ResolvedCrossChainOrder`: how fillers read the order.
    ///
    /// - `hashes`: of this intent.
    /// - `chain_id`: of the chain the order is opened on.
    /// - `open_deadline`: unix seconds.
    /// # Source
    /// intents.md §7.3, "resolved order"
    #[inline(never)]
    pub fn resolve(&self, hashes: &IntentHashes, chain_id: ChainId, open_deadline: u32) -> Vec<u8> {
        let received = self.received(chain_id);
        let route_size = padded(self.route.len());
        // Head, two lists of outputs, and one instruction with the route; all of it is in memory, so nothing wraps.
        let spent_size = self.max_spent.0.len().wrapping_mul(128).wrapping_add(32);
        let received_size = received.len().wrapping_add(32);
        let size =
            spent_size.wrapping_add(received_size).wrapping_add(route_size).wrapping_add(640);
        let mut out = Vec::with_capacity(size);
        put(&mut out, 32);
        // The fixed words: user, origin chain, deadlines, id.
        push_word(&mut out, &self.reward.words()[1]);
        put_u64(&mut out, chain_id.0);
        put_u64(&mut out, open_deadline.into());
        // Solidity's conversion cuts to 32 bits, too.
        put_u64(&mut out, self.route_deadline & u64::from(u32::MAX));
        push_word(&mut out, &hashes.intent);
        // The offsets of the lists, behind a head of eight words.
        put(&mut out, 256);
        put(&mut out, spent_size.wrapping_add(256));
        put(&mut out, spent_size.wrapping_add(received_size).wrapping_add(256));
        put(&mut out, self.max_spent.0.len());
        push(&mut out, self.max_spent.0.as_flattened());
        put(&mut out, received.len() >> 7);
        push(&mut out, &received);
        // One instruction: destination chain, destination settler, and `(bytes route, bytes32 rewardHash)`.
        put(&mut out, 1);
        put(&mut out, 32);
        put_u64(&mut out, self.destination.0);
        push_word(&mut out, &self.route_portal);
        put(&mut out, 96);
        put(&mut out, route_size.wrapping_add(96));
        put(&mut out, 64);
        push_word(&mut out, &hashes.reward);
        put_bytes(&mut out, self.route);
        out
    }

    /// What the filler receives, as outputs without a length: each token of the reward, then the native currency.
    #[inline(never)]
    fn received(&self, chain_id: ChainId) -> Vec<u8> {
        let [_, _, _, native] = self.reward.words();
        let legs = self.reward.tokens().raw();
        let mut out = Vec::with_capacity(legs.len().wrapping_add(1).wrapping_mul(128));
        // The recipient is whom the filler names, and stands as zero in front of the chain.
        let mut end = [0; 64];
        end[56..].copy_from_slice(&chain_id.to_be_bytes());
        for leg in legs {
            push(&mut out, leg);
            push(&mut out, &end);
        }
        if *native != [0; 32] {
            put(&mut out, 0);
            push_word(&mut out, native);
            push(&mut out, &end);
        }
        out
    }
}

/// Outputs of an order in calldata. Each is four words without rules, so that any 128 bytes are one.
#[derive(Clone, Copy, Debug)]
pub struct Outputs<'a>(&'a [[u8; 128]]);

impl Outputs<'_> {
    /// Number of outputs.
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

/// Appends a number as a word.
#[inline(never)]
fn put_u64(out: &mut Vec<u8>, number: u64) {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&number.to_be_bytes());
    push_word(out, &word);
}
