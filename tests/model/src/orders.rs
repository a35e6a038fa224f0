//! Orders of ERC-7683 on the Portal (intents.md §7).

use alloy::primitives::{Address, B256, Bytes, U256, keccak256};
use alloy::sol_types::{SolCall, SolError, SolValue};
use interfaces::intents::{
    FillInstruction, GaslessCrossChainOrder, IERC1271, IERC7683 as E, IInbox, OrderData, Output,
    ResolvedCrossChainOrder, Route,
};

use crate::flaw::Flaw;
use crate::messaging::signer;
use crate::site::Actor;
use crate::source::Named;
use crate::world::{Answer, Chain, EMPTY, Frame, called};

const ORDER_DATA: &str = "OrderData(uint64 destination,bytes route,Reward reward,bytes32 routePortal,uint64 routeDeadline,Output[] maxSpent)Reward(uint64 deadline,address creator,address prover,uint256 nativeAmount,TokenAmount[] tokens)TokenAmount(address token,uint256 amount)Output(bytes32 token,uint256 amount,bytes32 recipient,uint256 chainId)";
const GASLESS: &str = "GaslessCrossChainOrder(address originSettler,address user,uint256 nonce,uint256 originChainId,uint32 openDeadline,uint32 fillDeadline,bytes32 orderDataType,bytes32 orderDataHash)";
const DOMAIN: &str =
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";

/// Name of the kind of orders that the Portal takes.
pub fn order_type() -> B256 {
    keccak256(ORDER_DATA)
}

/// What the user of an order signs.
///
/// - `portal`, `chain_id`: where it is to be opened.
pub fn order_digest(order: &GaslessCrossChainOrder, portal: Address, chain_id: u64) -> B256 {
    let (name, version) = (keccak256("EcoPortal"), keccak256("1"));
    let domain = (keccak256(DOMAIN), name, version, U256::from(chain_id), portal);
    let content = (
        keccak256(GASLESS),
        order.originSettler,
        order.user,
        order.nonce,
        order.originChainId,
        order.openDeadline,
        order.fillDeadline,
        order.orderDataType,
        keccak256(&order.orderData),
    );
    let hashes = [keccak256(domain.abi_encode()), keccak256(content.abi_encode())];
    keccak256([&[0x19, 0x01], &hashes[0][..], &hashes[1][..]].concat())
}

impl Chain {
    pub(crate) fn orders(&mut self, frame: Frame, data: &[u8]) -> Option<Answer> {
        if let Some(E::openCall { order }) = called(data) {
            if order.orderDataType != order_type() {
                return Some(Err(E::TypeSignatureMismatch {}.abi_encode()));
            }
            let now = self.time as u32;
            return Some(self.open(frame, &order.orderData, frame.caller, now));
        }
        if let Some(E::openForCall { order, signature, .. }) = called(data) {
            return Some(self.open_for(frame, &order, &signature));
        }
        let call = called::<E::fillCall>(data)?;
        Some(self.fill(frame, call))
    }

    fn open_for(
        &mut self,
        frame: Frame,
        order: &GaslessCrossChainOrder,
        signature: &[u8],
    ) -> Answer {
        let (portal, chain_id) = (self.at(Actor::Portal), self.site.chain_id);
        if self.time > u64::from(order.openDeadline) {
            return Err(E::OpenDeadlinePassed {}.abi_encode());
        }
        if order.originSettler != portal {
            let error = E::InvalidOriginSettler { order: order.originSettler, settler: portal };
            return Err(error.abi_encode());
        }
        let actual = U256::from(chain_id);
        if order.originChainId != actual {
            let error = E::InvalidOriginChainId { order: order.originChainId, actual };
            return Err(error.abi_encode());
        }
        if order.orderDataType != order_type() {
            return Err(E::TypeSignatureMismatch {}.abi_encode());
        }
        // By a key, or by the user's own code (§7.3).
        let digest = order_digest(order, portal, chain_id);
        let signed = signature.len() == 65 && signer(digest, signature) == Ok(order.user);
        let question =
            IERC1271::isValidSignatureCall { hash: digest, signature: signature.to_vec().into() };
        let magic = B256::right_padding_from(&IERC1271::isValidSignatureCall::SELECTOR);
        let agreed = || self.ask(portal, order.user, &question.abi_encode()) == Ok(magic.to_vec());
        if !signed && !agreed() && !self.has(Flaw::NeedsNoSignature) {
            return Err(E::InvalidSignature {}.abi_encode());
        }
        let creator = OrderData::abi_decode(&order.orderData).map_err(|_| EMPTY)?.reward.creator;
        if creator != order.user {
            return Err(E::InvalidCreatorBinding { user: order.user, creator }.abi_encode());
        }
        self.open(frame, &order.orderData, order.user, order.openDeadline)
    }

    /// Publishes and funds what an order says.
    fn open(&mut self, frame: Frame, data: &Bytes, funder: Address, deadline: u32) -> Answer {
        let data = OrderData::abi_decode(data).map_err(|_| EMPTY)?;
        let named = Named::by_bytes(data.destination, data.route.clone(), data.reward.clone());
        self.publish(&named)?;
        let spent = self.fund_by(frame, &named, funder, false)?;
        let resolved = self.resolved(&data, &named, deadline);
        let event = E::Open { orderId: named.hashes.intent, resolvedOrder: resolved };
        self.emit(self.at(Actor::Portal), &event);
        self.give_back(frame, spent)?;
        Ok(EMPTY)
    }

    fn resolved(&self, data: &OrderData, named: &Named, deadline: u32) -> ResolvedCrossChainOrder {
        let id = U256::from(self.site.chain_id);
        let reward = &data.reward;
        let received = |token, amount| Output { token, amount, recipient: B256::ZERO, chainId: id };
        let mut min_received: Vec<Output> =
            reward.tokens.iter().map(|leg| received(leg.token.into_word(), leg.amount)).collect();
        if !reward.nativeAmount.is_zero() {
            min_received.push(received(B256::ZERO, reward.nativeAmount));
        }
        ResolvedCrossChainOrder {
            user: reward.creator,
            originChainId: id,
            openDeadline: deadline,
            fillDeadline: data.routeDeadline as u32,
            orderId: named.hashes.intent,
            maxSpent: data.maxSpent.clone(),
            minReceived: min_received,
            fillInstructions: vec![FillInstruction {
                destinationChainId: U256::from(data.destination),
                destinationSettler: data.routePortal,
                originData: (data.route.clone(), named.hashes.reward).abi_encode_params().into(),
            }],
        }
    }

    fn fill(&mut self, frame: Frame, call: E::fillCall) -> Answer {
        let (route, reward_hash) =
            <(Bytes, B256)>::abi_decode_params(&call.originData).map_err(|_| EMPTY)?;
        let event = E::OrderFilled { orderId: call.orderId, solver: frame.caller };
        self.emit(self.at(Actor::Portal), &event);
        let (prover, domain, claimant, data) =
            <(Address, u64, B256, Bytes)>::abi_decode_params(&call.fillerData)
                .map_err(|_| EMPTY)?;
        let fulfilment = IInbox::fulfillAndProveCall {
            intentHash: call.orderId,
            route: Route::abi_decode(&route).map_err(|_| EMPTY)?,
            rewardHash: reward_hash,
            claimant,
            prover,
            sourceChainDomainID: domain,
            data,
        };
        self.fulfil_and_prove(frame, fulfilment)?;
        Ok(EMPTY)
    }
}
