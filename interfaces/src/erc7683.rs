//! What a user signs to have an order opened by somebody else. Spec: intents.md §7.1.
//!
//! The structs are in [`intents`](crate::intents). Neither type string is what EIP-712 would make of them: the
//! order data counts by its hash, and the nested types of the order data are not in alphabetical order.

use alloy_primitives::{Address, B256, b256};
use alloy_sol_types::SolValue;

use crate::hash::{Preimage, keccak};
use crate::ids::ChainId;
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

/// Version of the domain.
pub const DOMAIN_VERSION: &str = "1";

/// Binds signatures to one Portal on one chain.
pub fn domain_separator(chain_id: ChainId, portal: Address) -> B256 {
    let (name, version) = (keccak(DOMAIN_NAME.as_bytes()), keccak(DOMAIN_VERSION.as_bytes()));
    keccak(&(DOMAIN_TYPEHASH, name, version, chain_id.0, portal).abi_encode())
}

/// EIP-712 hash of the order.
pub fn order_hash(order: &GaslessCrossChainOrder) -> B256 {
    let fields = (
        GASLESS_ORDER_TYPEHASH,
        order.originSettler,
        order.user,
        order.nonce,
        order.originChainId,
        order.openDeadline,
        order.fillDeadline,
        order.orderDataType,
        keccak(&order.orderData),
    );
    keccak(&fields.abi_encode())
}

/// What the curve signs.
pub fn order_digest(domain_separator: B256, order: &GaslessCrossChainOrder) -> B256 {
    let mut preimage = Preimage::<66>::new();
    preimage.push(b"\x19\x01");
    preimage.push(domain_separator.as_slice());
    preimage.push(order_hash(order).as_slice());
    preimage.hash()
}
