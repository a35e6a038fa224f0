//! From calldata to the functions.

use alloc::vec::Vec;
use core::borrow::BorrowMut;

use alloy_primitives::Address;
use alloy_sol_types::SolCall;
use interfaces::{
    Args,
    intents::IIntentSource::{
        batchWithdrawCall, fundCall, fundForCall, getIntentHash_0Call, getIntentHash_1Call,
        getIntentHash_2Call, getRewardStatusCall, intentVaultAddress_0Call,
        intentVaultAddress_1Call, isIntentFunded_0Call, isIntentFunded_1Call, publish_0Call,
        publish_1Call, publishAndFund_0Call, publishAndFund_1Call, publishAndFundFor_0Call,
        publishAndFundFor_1Call, recoverTokenCall, refundCall, refundToCall, versionCall,
        withdrawCall,
    },
};
use stylus_sdk::{ArbResult, abi::Router, prelude::*, stylus_core::ValueDenier};
use support::{Returns, refuse_value, returns};

use crate::{Error, IntentSource, Named};

impl<S> Router<S> for IntentSource
where
    S: TopLevelStorage + BorrowMut<Self> + ValueDenier,
{
    type Storage = Self;

    // `None` is the empty revert, for an unknown selector as for a malformed call.
    fn route(storage: &mut S, selector: u32, input: &[u8]) -> Option<ArbResult> {
        let (this, args) = (BorrowMut::<Self>::borrow_mut(storage), Args(input));
        let payable = matches!(
            selector,
            PUBLISH_AND_FUND_WHOLE
                | PUBLISH_AND_FUND_BYTES
                | FUND
                | FUND_FOR
                | PUBLISH_AND_FUND_FOR_WHOLE
                | PUBLISH_AND_FUND_FOR_BYTES
        );
        if !payable {
            refuse_value(this.vm())?;
        }
        // One place parses for each way of naming an intent: a copy per function would be a kilobyte in all.
        let intent = match selector {
            GET_REWARD_STATUS => return Some(Ok((this.status(args.word(0)?) as u8).encode())),
            VERSION => return Some(Ok(support::VERSION.encode())),
            BATCH_WITHDRAW => {
                let (destinations, route_hashes) = (args.chain_ids(0)?, args.words(1)?);
                let rewards = args.rewards(2)?;
                return Some(returns(this.batch_withdraw(destinations, route_hashes, rewards)));
            }
            PUBLISH_WHOLE
            | PUBLISH_AND_FUND_WHOLE
            | PUBLISH_AND_FUND_FOR_WHOLE
            | IS_FUNDED_WHOLE
            | VAULT_WHOLE
            | HASH_WHOLE => Named::whole(args)?,
            PUBLISH_BYTES
            | PUBLISH_AND_FUND_BYTES
            | PUBLISH_AND_FUND_FOR_BYTES
            | IS_FUNDED_BYTES
            | VAULT_BYTES
            | HASH_BYTES => Named::by_route_bytes(args)?,
            FUND | FUND_FOR | WITHDRAW | REFUND | REFUND_TO | RECOVER_TOKEN | HASH_HASH => {
                Named::by_route_hash(args)?
            }
            _ => return None,
        };
        Some(match selector {
            PUBLISH_WHOLE | PUBLISH_BYTES => {
                let outcome = this.publish(&intent);
                this.answer_published(&intent, outcome)
            }
            PUBLISH_AND_FUND_WHOLE => {
                let outcome = this.publish_and_fund(&intent, args.bool(1)?);
                this.answer_published(&intent, outcome)
            }
            PUBLISH_AND_FUND_BYTES => {
                let outcome = this.publish_and_fund(&intent, args.bool(3)?);
                this.answer_published(&intent, outcome)
            }
            FUND => returns(this.fund(&intent, args.bool(3)?).map(|()| intent.hashes.intent)),
            FUND_FOR => {
                let (partial, funder, permit) = funding_for(args, 3)?;
                let outcome = this.fund_for(&intent, partial, funder, permit);
                returns(outcome.map(|_| intent.hashes.intent))
            }
            PUBLISH_AND_FUND_FOR_WHOLE | PUBLISH_AND_FUND_FOR_BYTES => {
                let first = if selector == PUBLISH_AND_FUND_FOR_WHOLE { 1 } else { 3 };
                let (partial, funder, permit) = funding_for(args, first)?;
                let outcome = this.publish_and_fund_for(&intent, partial, funder, permit);
                returns(outcome.map(|vault| (intent.hashes.intent, vault)))
            }
            WITHDRAW => returns(this.withdraw(&intent)),
            REFUND => returns(this.refund(&intent)),
            REFUND_TO => returns(this.refund_to(&intent, args.address(3)?)),
            RECOVER_TOKEN => returns(this.recover_token(&intent, args.address(3)?)),
            IS_FUNDED_WHOLE | IS_FUNDED_BYTES => returns(this.is_funded(&intent)),
            VAULT_WHOLE | VAULT_BYTES => Ok(this.vault_address(intent.hashes.intent).encode()),
            _ => Ok((intent.hashes.intent, intent.hashes.route, intent.hashes.reward).encode()),
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
        let (this, args) = (BorrowMut::<Self>::borrow_mut(storage), Args(input));
        refuse_value(this.vm())?;
        Some(returns(this.construct(args.bytes(0)?, args.address(1)?)))
    }
}

impl IntentSource {
    /// What the `publish` family answers: hash and vault.
    fn answer_published(&self, intent: &Named, outcome: Result<(), Error>) -> ArbResult {
        let intent_hash = intent.hashes.intent;
        returns(outcome.map(|()| (intent_hash, self.vault_address(intent_hash))))
    }
}

/// `(bool allowPartial, address funder, address permitContract)`, from the argument `first` on.
fn funding_for(args: Args, first: usize) -> Option<(bool, Address, Address)> {
    let (funder, permit) = (first.wrapping_add(1), first.wrapping_add(2));
    Some((args.bool(first)?, args.address(funder)?, args.address(permit)?))
}

// Selectors as the numbers that the router gets: matched as bytes they cost three times the code.
const GET_REWARD_STATUS: u32 = id::<getRewardStatusCall>();
const VERSION: u32 = id::<versionCall>();
const PUBLISH_WHOLE: u32 = id::<publish_0Call>();
const PUBLISH_BYTES: u32 = id::<publish_1Call>();
const PUBLISH_AND_FUND_WHOLE: u32 = id::<publishAndFund_0Call>();
const PUBLISH_AND_FUND_BYTES: u32 = id::<publishAndFund_1Call>();
const FUND: u32 = id::<fundCall>();
const FUND_FOR: u32 = id::<fundForCall>();
const PUBLISH_AND_FUND_FOR_WHOLE: u32 = id::<publishAndFundFor_0Call>();
const PUBLISH_AND_FUND_FOR_BYTES: u32 = id::<publishAndFundFor_1Call>();
const BATCH_WITHDRAW: u32 = id::<batchWithdrawCall>();
const REFUND_TO: u32 = id::<refundToCall>();
const RECOVER_TOKEN: u32 = id::<recoverTokenCall>();
const WITHDRAW: u32 = id::<withdrawCall>();
const REFUND: u32 = id::<refundCall>();
const IS_FUNDED_WHOLE: u32 = id::<isIntentFunded_0Call>();
const IS_FUNDED_BYTES: u32 = id::<isIntentFunded_1Call>();
const VAULT_WHOLE: u32 = id::<intentVaultAddress_0Call>();
const VAULT_BYTES: u32 = id::<intentVaultAddress_1Call>();
const HASH_WHOLE: u32 = id::<getIntentHash_0Call>();
const HASH_BYTES: u32 = id::<getIntentHash_1Call>();
const HASH_HASH: u32 = id::<getIntentHash_2Call>();

const fn id<F: SolCall>() -> u32 {
    u32::from_be_bytes(F::SELECTOR)
}
