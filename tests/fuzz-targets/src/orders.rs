//! Orders in calldata, and how they are resolved.

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::SolValue;
use interfaces::args::RouteView;
use interfaces::erc7683::{self, GaslessOrderView, OnchainOrderView, OrderDataView};
use interfaces::intents::{
    FillInstruction, GaslessCrossChainOrder, OnchainCrossChainOrder, OrderData, Output,
    ResolvedCrossChainOrder, Route,
};
use interfaces::{Args, ChainId};
use reference::{Field, decode, encode};

use crate::calldata::{Shape, portal};

/// Orders and their data: read as the reference decoder reads them, hashed as alloy's structs are, and resolved as
/// intents.md §7.3 says.
///
/// The first byte names the struct. What follows is calldata, or, when the second byte is odd, a [`Shape`].
pub fn orders(data: &[u8]) {
    let Some(([which, form], data)) = data.split_first_chunk() else { return };
    let inputs = |name: &str, index: usize| -> Vec<Field> {
        let mut functions = portal().functions.iter();
        let function = functions.find(|function| function.name() == name).expect("a function");
        vec![function.inputs[index].clone()]
    };
    let fields = match which % 4 {
        0 => inputs("open", 0),
        1 => inputs("openFor", 0),
        2 => inputs("_resolve", 1),
        _ => inputs("fulfill", 1),
    };
    let spoilt;
    let data = match form & 1 {
        0 => data,
        _ => {
            spoilt = Shape(data).arguments(&fields);
            &spoilt
        }
    };
    let canonical = decode(&fields, data).map(|values| encode(&fields, &values).bytes);
    let accepted = match which % 4 {
        0 => OnchainOrderView::read(Args(data), 0).map(|view| onchain(&view, canonical.as_deref())),
        1 => GaslessOrderView::read(Args(data), 0).map(|view| gasless(view, canonical.as_deref())),
        2 => OrderDataView::decode(data).map(|view| order_data(&view, canonical.as_deref())),
        _ => RouteView::decode(data).map(|view| assert_eq!(Some(view.encode()), canonical)),
    };
    assert_eq!(accepted.is_some(), canonical.is_some(), "as the reference decoder");
}

fn alloy<T: SolValue + From<<T::SolType as alloy_sol_types::SolType>::RustType>>(
    canonical: Option<&[u8]>,
) -> T {
    let canonical = canonical.expect("the reference decoder accepts it");
    T::abi_decode_validate(canonical).expect("alloy reads what is canonical")
}

fn onchain(view: &OnchainOrderView<'_>, canonical: Option<&[u8]>) {
    let order: OnchainCrossChainOrder = alloy(canonical);
    assert_eq!(view.order_data_type, order.orderDataType);
    assert_eq!(view.order_data, &order.orderData[..]);
}

fn gasless(view: GaslessOrderView<'_>, canonical: Option<&[u8]>) {
    let order: GaslessCrossChainOrder = alloy(canonical);
    assert_eq!((view.origin_settler, view.user), (order.originSettler, order.user));
    assert_eq!(view.origin_chain_id, B256::from(order.originChainId));
    assert_eq!(view.open_deadline, order.openDeadline);
    assert_eq!(view.order_data_type, order.orderDataType);
    assert_eq!(view.order_data, &order.orderData[..]);
    assert_eq!(view.hash(), erc7683::order_hash(&order));
    let separator = erc7683::domain_separator(ChainId(7), view.user);
    assert_eq!(view.digest(separator), erc7683::order_digest(separator, &order));
}

fn order_data(view: &OrderDataView<'_>, canonical: Option<&[u8]>) {
    let data: OrderData = alloy(canonical);
    let hashes = view.hashes();
    assert_eq!((hashes.route, hashes.reward), (keccak256(&data.route), data.reward.hash()));
    let (chain, deadline) = (ChainId(412_346), 77);
    let origin_data = (data.route.clone(), data.reward.hash()).abi_encode_params();
    let native = Some(data.reward.nativeAmount).filter(|amount| !amount.is_zero());
    let legs = data.reward.tokens.iter().map(|leg| (leg.token, leg.amount));
    let received = legs.chain(native.map(|amount| (Address::ZERO, amount)));
    let received = received.map(|(token, amount)| Output {
        token: token.into_word(),
        amount,
        recipient: B256::ZERO,
        chainId: U256::from(chain.0),
    });
    let resolved = ResolvedCrossChainOrder {
        user: data.reward.creator,
        originChainId: U256::from(chain.0),
        openDeadline: deadline,
        fillDeadline: data.routeDeadline as u32,
        orderId: hashes.intent,
        maxSpent: data.maxSpent.clone(),
        minReceived: received.collect(),
        fillInstructions: vec![FillInstruction {
            destinationChainId: U256::from(data.destination),
            destinationSettler: data.routePortal,
            originData: origin_data.into(),
        }],
    };
    assert_eq!(view.resolve(&hashes, chain, deadline), resolved.abi_encode());
    // A route that is one is read from the bytes as from the struct.
    if let Some(route) = RouteView::decode(view.route) {
        let encoded = route.encode();
        assert_eq!(
            Route::abi_decode_validate(&encoded).map(|route| route.abi_encode()),
            Ok(encoded)
        );
    }
}
