//! From selectors to functions.

use alloc::vec::Vec;
use core::borrow::BorrowMut;

use alloy_primitives::{B256, U256};
use alloy_sol_types::SolCall;
use interfaces::{
    Args,
    args::Reads,
    metalayer::{
        FinalityState,
        IMetalayerRouter::{
            self, dispatch_0Call as dispatchToAddressCall, dispatch_1Call as dispatchCall,
            quoteDispatch_0Call as quoteCall, quoteDispatch_1Call as quoteToAddressCall,
            quoteDispatch_2Call as quoteShortCall, quoteDispatch_3Call as quoteWithMetadataCall,
        },
    },
};
use stylus_sdk::{ArbResult, abi::Router, prelude::*, stylus_core::ValueDenier};
use support::{Returns, Word, refuse_value, returns};

use crate::{Metadata, MetalayerRouter, Request, SHORT_QUOTE_GAS_LIMIT};

impl<S> Router<S> for MetalayerRouter
where
    S: TopLevelStorage + BorrowMut<Self> + ValueDenier,
{
    type Storage = Self;

    // `None` is the empty revert, for an unknown selector as for a malformed call.
    fn route(storage: &mut S, selector: u32, input: &[u8]) -> Option<ArbResult> {
        let (this, args) = (storage.borrow_mut(), Args(input));
        match selector {
            DISPATCH => {
                return Some(returns(this.dispatch(&request(args, args.word(1)?)?)));
            }
            DISPATCH_TO_ADDRESS => {
                let recipient = args.address(1)?.into_word();
                return Some(returns(this.dispatch(&request(args, recipient)?)));
            }
            HANDLE => {
                return Some(returns(this.handle(args.domain(0)?, args.word(1)?, args.bytes(2)?)));
            }
            CONFIRM_DELIVERY => {
                let (origin, gas_limit) = (args.domain(0)?, args.uint(2)?);
                return Some(returns(this.confirm_delivery(origin, args.bytes(1)?, gas_limit)));
            }
            _ => refuse_value(this.vm())?,
        }
        this.quotes(selector, args)
            .or_else(|| this.settings(selector, args))
            .or_else(|| this.views(selector, args))
    }

    fn receive(_: &mut S) -> Option<Result<(), Vec<u8>>> {
        None
    }

    fn fallback(_: &mut S, _: &[u8]) -> Option<ArbResult> {
        None
    }

    fn constructor(storage: &mut S, input: &[u8]) -> Option<ArbResult> {
        let (this, args) = (storage.borrow_mut(), Args(input));
        refuse_value(this.vm())?;
        let (mailbox, owner) = (args.address(0)?, args.address(1)?);
        Some(returns(this.initialize(mailbox, owner, args.address(2)?, args.address(3)?)))
    }
}

impl MetalayerRouter {
    fn quotes(&self, selector: u32, args: Args) -> Option<ArbResult> {
        let without_reads = |recipient, write_call_data, metadata| {
            let (reads, finality) = (Reads::NONE, FinalityState::Instant as u8);
            let destination = args.domain(0)?;
            let quoted =
                Request { destination, recipient, reads, write_call_data, finality, metadata };
            Some(quoted)
        };
        let request = match selector {
            QUOTE => request(args, args.word(1)?)?,
            QUOTE_TO_ADDRESS => request(args, args.address(1)?.into_word())?,
            QUOTE_SHORT => {
                let gas_limit = Metadata::GasLimit(U256::from(SHORT_QUOTE_GAS_LIMIT));
                without_reads(Some(args.word(1)?), args.bytes(2)?, gas_limit)?
            }
            QUOTE_WITH_METADATA => {
                let metadata = Metadata::Given(args.bytes(3)?);
                without_reads(Some(args.word(1)?), args.bytes(2)?, metadata)?
            }
            QUOTE_GAS_PAYMENT => without_reads(None, &[], Metadata::GasLimit(args.uint(1)?))?,
            _ => return None,
        };
        Some(returns(self.quote(&request)))
    }

    fn settings(&mut self, selector: u32, args: Args) -> Option<ArbResult> {
        Some(returns(match selector {
            INITIALIZE => self.initialize(
                args.address(0)?,
                args.address(1)?,
                args.address(2)?,
                args.address(3)?,
            ),
            ENROLL_REMOTE_ROUTER => self.enroll_remote_router(args.domain(0)?, args.word(1)?),
            ENROLL_REMOTE_ROUTERS => self.enroll_remote_routers(args.domains(0)?, args.words(1)?),
            UNENROLL_REMOTE_ROUTER => self.unenroll_remote_router(args.domain(0)?),
            SET_ISM => self.set_ism(args.address(0)?, args.address(1)?),
            SET_HOOK => self.set_hook(args.address(0)?),
            SET_IGP => self.set_igp(args.address(0)?),
            SET_READ_GAS => self.set_read_gas(args.uint(0)?, args.uint(1)?),
            SET_LIMITS => self.set_limits(args.uint(0)?, args.uint(1)?, args.uint(2)?),
            SET_FINALITY_ENABLED => self.set_finality_enabled(args.u8(0)?, args.bool(1)?),
            SET_PAUSED => self.set_paused(args.bool(0)?),
            TRANSFER_OWNERSHIP => self.transfer_ownership(args.address(0)?),
            ACCEPT_OWNERSHIP => self.accept_ownership(),
            _ => return None,
        }))
    }

    fn views(&self, selector: u32, args: Args) -> Option<ArbResult> {
        Some(match selector {
            ROUTER_ADDRESSES | ROUTERS => ok(self.remote(args.domain(0)?).router),
            DOMAINS => Ok(self.domains().as_slice().encode()),
            MAILBOX => ok(self.core.get().mailbox),
            LOCAL_DOMAIN => ok(self.core.get().local_domain.0),
            NONCE => ok(self.core.get().nonce),
            PAUSED => ok(self.core.get().paused),
            HOOK => ok(self.sending.get().hook),
            IGP => ok(self.igp.get()),
            INTERCHAIN_SECURITY_MODULE => ok(self.ism.get()),
            READ_ISM => ok(self.read_ism.get()),
            OWNER => ok(self.owner.get()),
            PENDING_OWNER => ok(self.pending_owner.get()),
            PROCESSED => ok(self.processed.get(args.word(0)?)),
            CONFIRMED => ok(self.confirmed.get(args.word(0)?)),
            _ => return None,
        })
    }
}

// Selectors as the numbers that the router gets: matched as bytes they cost three times the code.
const DISPATCH: u32 = id::<dispatchCall>();
const DISPATCH_TO_ADDRESS: u32 = id::<dispatchToAddressCall>();
const HANDLE: u32 = id::<IMetalayerRouter::handleCall>();
const CONFIRM_DELIVERY: u32 = id::<IMetalayerRouter::confirmDeliveryCall>();
const CONFIRMED: u32 = id::<IMetalayerRouter::confirmedCall>();
const QUOTE: u32 = id::<quoteCall>();
const QUOTE_TO_ADDRESS: u32 = id::<quoteToAddressCall>();
const QUOTE_SHORT: u32 = id::<quoteShortCall>();
const QUOTE_WITH_METADATA: u32 = id::<quoteWithMetadataCall>();
const QUOTE_GAS_PAYMENT: u32 = id::<IMetalayerRouter::quoteGasPaymentCall>();
const INITIALIZE: u32 = id::<IMetalayerRouter::initializeCall>();
const ENROLL_REMOTE_ROUTER: u32 = id::<IMetalayerRouter::enrollRemoteRouterCall>();
const ENROLL_REMOTE_ROUTERS: u32 = id::<IMetalayerRouter::enrollRemoteRoutersCall>();
const UNENROLL_REMOTE_ROUTER: u32 = id::<IMetalayerRouter::unenrollRemoteRouterCall>();
const SET_ISM: u32 = id::<IMetalayerRouter::setIsmCall>();
const SET_HOOK: u32 = id::<IMetalayerRouter::setHookCall>();
const SET_IGP: u32 = id::<IMetalayerRouter::setIgpCall>();
const SET_READ_GAS: u32 = id::<IMetalayerRouter::setReadGasCall>();
const SET_LIMITS: u32 = id::<IMetalayerRouter::setLimitsCall>();
const SET_FINALITY_ENABLED: u32 = id::<IMetalayerRouter::setFinalityEnabledCall>();
const SET_PAUSED: u32 = id::<IMetalayerRouter::setPausedCall>();
const TRANSFER_OWNERSHIP: u32 = id::<IMetalayerRouter::transferOwnershipCall>();
const ACCEPT_OWNERSHIP: u32 = id::<IMetalayerRouter::acceptOwnershipCall>();
const ROUTER_ADDRESSES: u32 = id::<IMetalayerRouter::routerAddressesCall>();
const ROUTERS: u32 = id::<IMetalayerRouter::routersCall>();
const DOMAINS: u32 = id::<IMetalayerRouter::domainsCall>();
const MAILBOX: u32 = id::<IMetalayerRouter::mailboxCall>();
const LOCAL_DOMAIN: u32 = id::<IMetalayerRouter::localDomainCall>();
const NONCE: u32 = id::<IMetalayerRouter::nonceCall>();
const PAUSED: u32 = id::<IMetalayerRouter::pausedCall>();
const HOOK: u32 = id::<IMetalayerRouter::hookCall>();
const IGP: u32 = id::<IMetalayerRouter::igpCall>();
const INTERCHAIN_SECURITY_MODULE: u32 = id::<IMetalayerRouter::interchainSecurityModuleCall>();
const READ_ISM: u32 = id::<IMetalayerRouter::readIsmCall>();
const OWNER: u32 = id::<IMetalayerRouter::ownerCall>();
const PENDING_OWNER: u32 = id::<IMetalayerRouter::pendingOwnerCall>();
const PROCESSED: u32 = id::<IMetalayerRouter::processedCall>();

const fn id<F: SolCall>() -> u32 {
    u32::from_be_bytes(F::SELECTOR)
}

/// The arguments of `dispatch` and its quote; the recipient is read by the caller, because its type differs.
fn request(args: Args<'_>, recipient: B256) -> Option<Request<'_>> {
    Some(Request {
        destination: args.domain(0)?,
        recipient: Some(recipient),
        reads: args.reads(2)?,
        write_call_data: args.bytes(3)?,
        finality: args.u8(4)?,
        metadata: Metadata::GasLimit(args.uint(5)?),
    })
}

/// A result of one word.
fn ok<T: Word>(value: T) -> ArbResult {
    Ok(value.word().to_vec())
}
