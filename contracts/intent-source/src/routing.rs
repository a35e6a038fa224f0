//! From calldata to the functions.

use alloc::vec::Vec;
use core::borrow::BorrowMut;

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolCall;
use interfaces::{
    Args,
    intents::IIntentSource::{
        fundCall, getIntentHash_0Call, getIntentHash_1Call, getIntentHash_2Call,
        getRewardStatusCall, intentVaultAddress_0Call, intentVaultAddress_1Call,
        isIntentFunded_0Call, isIntentFunded_1Call, publish_0Call, publish_1Call,
        publishAndFund_0Call, publishAndFund_1Call, refundCall, versionCall, withdrawCall,
    },
};
use stylus_sdk::{ArbResult, abi::Router, prelude::*, stylus_core::ValueDenier};
use support::{Returns, VERSION, refuse_value, returns};

use crate::{Error, IntentSource, Named};

impl<S> Router<S> for IntentSource
where
    S: TopLevelStorage + BorrowMut<Self> + ValueDenier,
{
    type Storage = Self;

    // `None` is the empty revert, for an unknown selector as for a malformed call.
    fn route(storage: &mut S, selector: u32, input: &[u8]) -> Option<ArbResult> {
        let (this, args) = (storage.borrow_mut(), Args(input));
        match selector.to_be_bytes() {
            publishAndFund_0Call::SELECTOR => {
                return Some(this.answer_publish(&Named::whole(args)?, Some(args.bool(1)?)));
            }
            publishAndFund_1Call::SELECTOR => {
                return Some(
                    this.answer_publish(&Named::by_route_bytes(args)?, Some(args.bool(3)?)),
                );
            }
            fundCall::SELECTOR => {
                let (intent, allow_partial) = (Named::by_route_hash(args)?, args.bool(3)?);
                let outcome = this.fund(&intent, allow_partial);
                return Some(returns(outcome.map(|()| intent.hashes.intent)));
            }
            _ => refuse_value(this.vm())?,
        }
        Some(match selector.to_be_bytes() {
            publish_0Call::SELECTOR => this.answer_publish(&Named::whole(args)?, None),
            publish_1Call::SELECTOR => this.answer_publish(&Named::by_route_bytes(args)?, None),
            withdrawCall::SELECTOR => returns(this.withdraw(&Named::by_route_hash(args)?)),
            refundCall::SELECTOR => returns(this.refund(&Named::by_route_hash(args)?)),
            getRewardStatusCall::SELECTOR => Ok((this.status(args.word(0)?) as u8).encode()),
            isIntentFunded_0Call::SELECTOR => returns(this.is_funded(&Named::whole(args)?)),
            isIntentFunded_1Call::SELECTOR => {
                returns(this.is_funded(&Named::by_route_bytes(args)?))
            }
            intentVaultAddress_0Call::SELECTOR => this.answer_vault(&Named::whole(args)?),
            intentVaultAddress_1Call::SELECTOR => this.answer_vault(&Named::by_route_bytes(args)?),
            getIntentHash_0Call::SELECTOR => answer_hashes(&Named::whole(args)?),
            getIntentHash_1Call::SELECTOR => answer_hashes(&Named::by_route_bytes(args)?),
            getIntentHash_2Call::SELECTOR => answer_hashes(&Named::by_route_hash(args)?),
            versionCall::SELECTOR => Ok(VERSION.encode()),
            _ => return None,
        })
    }

    fn receive(_: &mut S) -> Option<Result<(), Vec<u8>>> {
        None
    }

    fn fallback(_: &mut S, _: &[u8]) -> Option<ArbResult> {
        None
    }

    // constructor(bytes vaultInitCode, address nativeErc20)
    fn constructor(storage: &mut S, input: &[u8]) -> Option<ArbResult> {
        let (this, args) = (storage.borrow_mut(), Args(input));
        refuse_value(this.vm())?;
        Some(returns(this.construct(args.bytes(0)?, args.address(1)?)))
    }
}

impl IntentSource {
    /// `publish` and, if `allow_partial` is given, `fund`: both answer hash and vault.
    fn answer_publish(&mut self, intent: &Named, allow_partial: Option<bool>) -> ArbResult {
        let outcome = match allow_partial {
            Some(allow_partial) => self.publish_and_fund(intent, allow_partial),
            None => self.publish(intent),
        };
        let intent_hash = intent.hashes.intent;
        returns::<(B256, Address), Error>(
            outcome.map(|()| (intent_hash, self.vault_address(intent_hash))),
        )
    }

    fn answer_vault(&self, intent: &Named) -> ArbResult {
        Ok(self.vault_address(intent.hashes.intent).encode())
    }
}

fn answer_hashes(intent: &Named) -> ArbResult {
    let hashes = intent.hashes;
    Ok((hashes.intent, hashes.route, hashes.reward).encode())
}
