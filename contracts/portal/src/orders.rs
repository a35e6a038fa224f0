//! ERC-7683: the Portal as settler of orders, on both sides. Each order is an intent, opened here or filled here.
//! Spec: intents.md §7. ABI: `interfaces::intents::IERC7683`.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolCall;
use inbox::ProofRequest;
use intent_source::Named;
use interfaces::{
    Args, ChainId,
    args::RouteView,
    erc7683::{
        DOMAIN_NAME, DOMAIN_VERSION, GaslessOrderView, OnchainOrderView, OrderDataView,
        domain_separator, gasless_order_typehash, order_data_typehash,
    },
    intents::IERC7683::{
        _resolveCall, GASLESS_CROSSCHAIN_ORDER_TYPEHASHCall, InvalidCreatorBinding,
        InvalidOriginChainId, InvalidOriginSettler, InvalidSignature, Open, OpenDeadlinePassed,
        OrderFilled, TypeSignatureMismatch, domainSeparatorV4Call, eip712DomainCall, fillCall,
        openCall, openForCall, resolveCall, resolveForCall,
    },
};
use stylus_sdk::{ArbResult, prelude::*};
use support::{
    Packed, Returns, Revert, abi, emit_raw, emit_words, refuse_value, returns, signature as topic,
};

use crate::{Error, Portal, signature};

/// From calldata to the functions; `None` is the empty revert, for an unknown selector as for a malformed call.
pub(crate) fn route(this: &mut Portal, selector: u32, input: &[u8]) -> Option<ArbResult> {
    let args = Args(input);
    if !matches!(selector, OPEN | OPEN_FOR | FILL) {
        refuse_value(this.vm())?;
    }
    Some(match selector {
        OPEN => returns(this.open(OnchainOrderView::read(args, 0)?)),
        OPEN_FOR => {
            // What a filler adds is not looked at, but it has to be there.
            let (signature, _filler_data) = (args.bytes(1)?, args.bytes(2)?);
            returns(this.open_for(GaslessOrderView::read(args, 0)?, signature))
        }
        FILL => returns(this.fill(args.word(0)?, args.bytes(1)?, args.bytes(2)?)),
        RESOLVE => {
            let order = OnchainOrderView::read(args, 0)?;
            Ok(this.resolve(&OrderDataView::decode(order.order_data)?, this.now()))
        }
        RESOLVE_FOR => {
            let (order, _filler_data) = (GaslessOrderView::read(args, 0)?, args.bytes(1)?);
            Ok(this.resolve(&OrderDataView::decode(order.order_data)?, order.open_deadline))
        }
        RESOLVE_DATA => Ok(this.resolve(&OrderDataView::read(args, 1)?, args.u32(0)?)),
        TYPEHASH => Ok(gasless_order_typehash().encode()),
        SEPARATOR => Ok(this.domain_separator().encode()),
        DOMAIN => Ok(this.eip712_domain()),
        _ => return None,
    })
}

impl Portal {
    /// Publishes and funds the caller's order, all or nothing, and announces it to fillers.
    ///
    /// Anyone may open an order that is funded already; that only announces it again. The order's `fillDeadline` is
    /// not looked at: the route has its own.
    /// # Errors
    /// `TypeSignatureMismatch`; empty for data that is none; those of `publishAndFund`.
    /// # Events
    /// Those of `publishAndFund`, then `Open`.
    /// # Re-entrancy
    /// That of `fund`: the caller is called last, with its unused value.
    /// # Source
    /// intents.md §7.3
    #[inline(never)]
    pub fn open(&mut self, order: OnchainOrderView) -> Result<(), Error> {
        check_type(order.order_data_type)?;
        let data = OrderDataView::decode(order.order_data).ok_or(Revert::EMPTY)?;
        let funder = self.vm().msg_sender();
        self.open_intent(&data, funder, self.now())
    }

    /// Opens an order that its user signed, with the user's tokens and the caller's native value. Anyone may.
    ///
    /// The nonce is signed and not used up: opening an order again announces it again and moves nothing, because a
    /// funded intent takes no more.
    /// - `signature`: of the user: 65 bytes of the curve, or whatever the user's contract takes for one.
    /// # Errors
    /// `OpenDeadlinePassed`, `InvalidOriginSettler`, `InvalidOriginChainId`, `TypeSignatureMismatch`,
    /// `InvalidSignature`, empty for data that is none, `InvalidCreatorBinding`, checked in this order; those of
    /// `publishAndFund`.
    /// # Events
    /// Those of `publishAndFund`, then `Open`.
    /// # Re-entrancy
    /// A user with code is asked first, in a static frame; the rest as in `open`.
    /// # Source
    /// intents.md §7.3
    #[inline(never)]
    pub fn open_for(&mut self, order: GaslessOrderView, signature: &[u8]) -> Result<(), Error> {
        self.check_order(&order)?;
        if !signature::is_valid(
            self.vm(),
            order.user,
            order.digest(self.domain_separator()),
            signature,
        ) {
            return Err(InvalidSignature {}.into());
        }
        let data = OrderDataView::decode(order.order_data).ok_or(Revert::EMPTY)?;
        let (user, creator) = (order.user, data.reward.creator());
        // Or a user could be made to pay for an intent whose refund is somebody else's.
        if user != creator {
            return Err(InvalidCreatorBinding { user, creator }.into());
        }
        self.open_intent(&data, user, order.open_deadline)
    }

    /// Fulfils an order and sends its proof, as `fulfillAndProve` does. Anyone may.
    ///
    /// - `order_id`: the intent's hash.
    /// - `origin_data`: `(bytes route, bytes32 rewardHash)`, from the resolved order.
    /// - `filler_data`: `(address prover, uint64 sourceChainDomainID, bytes32 claimant, bytes data)`.
    /// # Errors
    /// Empty for data or a route that is none; those of `fulfillAndProve`.
    /// # Events
    /// `OrderFilled`, then those of `fulfillAndProve`.
    /// # Re-entrancy
    /// That of `fulfillAndProve`.
    /// # Source
    /// intents.md §7.3
    pub fn fill(
        &mut self,
        order_id: B256,
        origin_data: &[u8],
        filler_data: &[u8],
    ) -> Result<(), Error> {
        let origin = Args(origin_data);
        let (route, reward_hash) =
            origin.bytes(0).and_then(RouteView::decode).zip(origin.word(1)).ok_or(Revert::EMPTY)?;
        let (claimant, proof) = proof_request(Args(filler_data)).ok_or(Revert::EMPTY)?;
        let solver = self.vm().msg_sender().into_word();
        let words = [topic::<OrderFilled>(), order_id, solver];
        emit_words(self.vm(), 1, &words.map(|word| word.0));
        self.inbox.fulfill_and_prove(order_id, route, reward_hash, claimant, proof)?;
        Ok(())
    }

    /// What binds signatures to this Portal on this chain.
    #[inline(never)]
    pub fn domain_separator(&self) -> B256 {
        domain_separator(self.local_chain(), self.vm().contract_address())
    }

    #[inline(never)]
    fn open_intent(
        &mut self,
        data: &OrderDataView,
        funder: Address,
        open_deadline: u32,
    ) -> Result<(), Error> {
        let hashes = data.hashes();
        let intent = Named {
            destination: data.destination,
            route: data.route.into(),
            reward: data.reward,
            hashes,
        };
        self.source.publish(&intent)?;
        let spent = self.source.fund_by(&intent, funder, false)?;
        let resolved = data.resolve(&hashes, self.local_chain(), open_deadline);
        emit_raw(self.vm(), &[topic::<Open>(), hashes.intent], &resolved);
        self.source.return_unused(spent);
        Ok(())
    }

    /// What an order says about where and when it may be opened.
    fn check_order(&self, order: &GaslessOrderView) -> Result<(), Error> {
        if self.vm().block_timestamp() > order.open_deadline.into() {
            return Err(OpenDeadlinePassed {}.into());
        }
        let settler = self.vm().contract_address();
        if order.origin_settler != settler {
            return Err(InvalidOriginSettler { order: order.origin_settler, settler }.into());
        }
        let (named, actual) = (order.origin_chain_id, self.local_chain().0.pack());
        if named != actual {
            let [order, actual] = [named, actual].map(|word| abi::to_uint(&word.0));
            return Err(InvalidOriginChainId { order, actual }.into());
        }
        check_type(order.order_data_type)
    }

    #[inline(never)]
    fn resolve(&self, data: &OrderDataView, open_deadline: u32) -> Vec<u8> {
        data.resolve(&data.hashes(), self.local_chain(), open_deadline)
    }

    /// `(bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt,
    /// uint256[] extensions)` of EIP-5267: all but the salt are used, and no extensions.
    fn eip712_domain(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(12 * 32);
        let mut fields = [0; 32];
        fields[0] = 0x0f;
        abi::word(&mut out, &fields);
        abi::number(&mut out, 7 * 32);
        abi::number(&mut out, 9 * 32);
        abi::word(&mut out, &self.local_chain().0.pack().0);
        abi::word(&mut out, &self.vm().contract_address().into_word().0);
        abi::number(&mut out, 0);
        abi::number(&mut out, 11 * 32);
        abi::bytes(&mut out, DOMAIN_NAME.as_bytes());
        abi::bytes(&mut out, DOMAIN_VERSION.as_bytes());
        abi::number(&mut out, 0);
        out
    }

    fn local_chain(&self) -> ChainId {
        ChainId(self.vm().chain_id())
    }

    /// The time as an order that its user opens gives it: cut to 32 bits, as in the Solidity peer.
    fn now(&self) -> u32 {
        self.vm().block_timestamp() as u32
    }
}

fn check_type(order_data_type: B256) -> Result<(), Error> {
    if order_data_type == order_data_typehash() {
        Ok(())
    } else {
        Err(TypeSignatureMismatch {}.into())
    }
}

/// Claimant, and where the proof goes.
fn proof_request(filler: Args<'_>) -> Option<(B256, ProofRequest<'_>)> {
    let (prover, source) = (filler.address(0)?, filler.u64(1)?);
    Some((filler.word(2)?, ProofRequest { prover, source, data: filler.bytes(3)? }))
}

const OPEN: u32 = id::<openCall>();
const OPEN_FOR: u32 = id::<openForCall>();
const FILL: u32 = id::<fillCall>();
const RESOLVE: u32 = id::<resolveCall>();
const RESOLVE_FOR: u32 = id::<resolveForCall>();
const RESOLVE_DATA: u32 = id::<_resolveCall>();
const TYPEHASH: u32 = id::<GASLESS_CROSSCHAIN_ORDER_TYPEHASHCall>();
const SEPARATOR: u32 = id::<domainSeparatorV4Call>();
const DOMAIN: u32 = id::<eip712DomainCall>();

const fn id<F: SolCall>() -> u32 {
    u32::from_be_bytes(F::SELECTOR)
}
