//! From selectors to functions.

use alloc::vec::Vec;
use core::borrow::BorrowMut;

use alloy_sol_types::SolCall;
use interfaces::{
    Args,
    intents::{IMetaProver, IProver},
    metalayer::IMetalayerRecipient,
};
use stylus_sdk::{ArbResult, abi::Router, prelude::*, stylus_core::ValueDenier};
use support::{Returns, Word, refuse_value, returns};

use crate::MetaProver;

impl<S> Router<S> for MetaProver
where
    S: TopLevelStorage + BorrowMut<Self> + ValueDenier,
{
    type Storage = Self;

    // `None` is the empty revert, for an unknown selector as for a malformed call.
    fn route(storage: &mut S, selector: u32, input: &[u8]) -> Option<ArbResult> {
        let (this, args) = (storage.borrow_mut(), Args(input));
        match selector {
            HANDLE => {
                let _well_formed = (args.reads(3)?, args.bytes_list(4)?);
                return Some(returns(this.handle(args.domain(0)?, args.word(1)?, args.bytes(2)?)));
            }
            PROVE => {
                let (proofs, data) = (args.bytes(2)?, args.bytes(3)?);
                return Some(returns(this.prove(args.address(0)?, args.u64(1)?, proofs, data)));
            }
            _ => refuse_value(this.vm())?,
        }
        Some(match selector {
            PROVEN_INTENTS => {
                let proof = this.proven_intents(args.word(0)?);
                Ok((proof.claimant, proof.destination.0).encode())
            }
            CHALLENGE_INTENT_PROOF => returns(this.challenge_intent_proof(
                args.chain_id(0)?,
                args.word(1)?,
                args.word(2)?,
            )),
            GET_PROOF_TYPE | PROOF_TYPE => Ok(crate::PROOF_TYPE.encode()),
            FETCH_FEE => returns(this.fetch_fee(args.u64(0)?, args.bytes(1)?, args.bytes(2)?)),
            IS_WHITELISTED => ok(this.is_whitelisted(args.word(0)?)),
            GET_WHITELIST => Ok(this.whitelist().as_slice().encode()),
            GET_WHITELIST_SIZE => ok(this.config.get().whitelist_size),
            PORTAL => ok(this.portal.get()),
            ROUTER => ok(this.config.get().router),
            MIN_GAS_LIMIT => ok(this.min_gas_limit()),
            CHAIN_ID_BY_DOMAIN => ok(this.chain_id_by_domain(args.u64(0)?)),
            CONFIGURE_DOMAINS => returns(this.configure_domains(args.pairs(0)?)),
            SEAL_DOMAINS => returns(this.seal_domains()),
            SUPPORTS_INTERFACE => ok(INTERFACE_IDS.contains(&args.bytes4(0)?)),
            VERSION => Ok(support::VERSION.encode()),
            _ => return None,
        })
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
        // A portal is never zero after construction: the constructor answers once, then no more than an unknown
        // selector does.
        this.portal.get().is_zero().then_some(())?;
        let (router, portal) = (args.address(0)?, args.address(1)?);
        Some(returns(this.construct(router, portal, args.words(2)?, args.uint(3)?)))
    }
}

/// ERC-165 ids that the prover answers to: `IProver`, and ERC-165 itself.
/// # Source
/// intents.md §5.1
const INTERFACE_IDS: [[u8; 4]; 2] = [[0x42, 0xc7, 0xe0, 0xfe], [0x01, 0xff, 0xc9, 0xa7]];

// Selectors as the numbers that the router gets: matched as bytes they cost three times the code.
const HANDLE: u32 = id::<IMetalayerRecipient::handleCall>();
const PROVE: u32 = id::<IProver::proveCall>();
const PROVEN_INTENTS: u32 = id::<IProver::provenIntentsCall>();
const CHALLENGE_INTENT_PROOF: u32 = id::<IProver::challengeIntentProofCall>();
const GET_PROOF_TYPE: u32 = id::<IProver::getProofTypeCall>();
const PROOF_TYPE: u32 = id::<IMetaProver::PROOF_TYPECall>();
const FETCH_FEE: u32 = id::<IMetaProver::fetchFeeCall>();
const IS_WHITELISTED: u32 = id::<IMetaProver::isWhitelistedCall>();
const GET_WHITELIST: u32 = id::<IMetaProver::getWhitelistCall>();
const GET_WHITELIST_SIZE: u32 = id::<IMetaProver::getWhitelistSizeCall>();
const PORTAL: u32 = id::<IMetaProver::PORTALCall>();
const ROUTER: u32 = id::<IMetaProver::ROUTERCall>();
const MIN_GAS_LIMIT: u32 = id::<IMetaProver::MIN_GAS_LIMITCall>();
const CHAIN_ID_BY_DOMAIN: u32 = id::<IMetaProver::chainIdByDomainCall>();
const CONFIGURE_DOMAINS: u32 = id::<IMetaProver::configureDomainsCall>();
const SEAL_DOMAINS: u32 = id::<IMetaProver::sealDomainsCall>();
const SUPPORTS_INTERFACE: u32 = id::<IMetaProver::supportsInterfaceCall>();
const VERSION: u32 = id::<IMetaProver::versionCall>();

const fn id<F: SolCall>() -> u32 {
    u32::from_be_bytes(F::SELECTOR)
}

/// A result of one word.
fn ok<T: Word>(value: T) -> ArbResult {
    Ok(value.word().to_vec())
}
