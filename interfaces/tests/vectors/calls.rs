//! How strict the decoding of calls is.

use alloy_sol_types::SolCall;
use interfaces::args::{Args, RouteView};
use interfaces::hash::{self, IntentHashes};
use interfaces::intents::{
    IERC7683::{_resolveCall, fillCall, openCall, openForCall, resolveCall, resolveForCall},
    IInbox::{claimantsCall, executorCall, fulfillAndProveCall, fulfillCall, proveCall},
    IIntentSource::*,
};

use crate::json::{Json, each_case};

/// Reads a call of the Portal as its contracts do: `None` is the revert with empty data.
fn decode(calldata: &[u8]) -> Option<Option<IntentHashes>> {
    let (selector, input) = calldata.split_first_chunk()?;
    let args = Args(input);
    let by_intent = || args.intent(0).map(|intent| intent.hashes());
    let by_bytes = || {
        let (destination, route) = (args.chain_id(0)?, args.bytes(1)?);
        Some(hash::intent_hashes(destination, hash::route_hash(route), args.reward(2)?.hash()))
    };
    let by_hash =
        || Some(hash::intent_hashes(args.chain_id(0)?, args.word(1)?, args.reward(2)?.hash()));
    let order = |order: Args<'_>| {
        order.u32(0)?;
        order.word(1)?;
        order.bytes(2).map(|_| ())
    };
    Some(match *selector {
        getIntentHash_0Call::SELECTOR
        | publish_0Call::SELECTOR
        | intentVaultAddress_0Call::SELECTOR
        | isIntentFunded_0Call::SELECTOR => Some(by_intent()?),
        publishAndFund_0Call::SELECTOR => Some(args.bool(1).and_then(|_| by_intent())?),
        publishAndFundFor_0Call::SELECTOR => {
            let _clean = (args.bool(1)?, args.address(2)?, args.address(3)?);
            Some(by_intent()?)
        }
        getIntentHash_1Call::SELECTOR
        | publish_1Call::SELECTOR
        | intentVaultAddress_1Call::SELECTOR
        | isIntentFunded_1Call::SELECTOR => Some(by_bytes()?),
        publishAndFund_1Call::SELECTOR => Some(args.bool(3).and_then(|_| by_bytes())?),
        publishAndFundFor_1Call::SELECTOR => {
            let _clean = (args.bool(3)?, args.address(4)?, args.address(5)?);
            Some(by_bytes()?)
        }
        getIntentHash_2Call::SELECTOR | withdrawCall::SELECTOR | refundCall::SELECTOR => {
            Some(by_hash()?)
        }
        fundCall::SELECTOR => Some(args.bool(3).and_then(|_| by_hash())?),
        fundForCall::SELECTOR => {
            let _clean = (args.bool(3)?, args.address(4)?, args.address(5)?);
            Some(by_hash()?)
        }
        refundToCall::SELECTOR | recoverTokenCall::SELECTOR => {
            Some(args.address(3).and_then(|_| by_hash())?)
        }
        batchWithdrawCall::SELECTOR => {
            let _clean = (args.chain_ids(0)?, args.words(1)?, args.rewards(2)?);
            None
        }
        fulfillCall::SELECTOR => {
            let _clean = (args.word(0)?, args.route(1)?, args.word(2)?, args.word(3)?);
            None
        }
        fulfillAndProveCall::SELECTOR => {
            let _clean = (args.word(0)?, args.route(1)?, args.word(2)?, args.word(3)?);
            let _clean = (args.address(4)?, args.u64(5)?, args.bytes(6)?);
            None
        }
        proveCall::SELECTOR => {
            let _clean = (args.address(0)?, args.u64(1)?, args.words(2)?, args.bytes(3)?);
            None
        }
        getRewardStatusCall::SELECTOR | claimantsCall::SELECTOR => args.word(0).map(|_| None)?,
        openCall::SELECTOR | resolveCall::SELECTOR => order(args.tuple(0)?).map(|_| None)?,
        openForCall::SELECTOR | resolveForCall::SELECTOR => {
            let order = args.tuple(0)?;
            let _clean = (order.address(0)?, order.address(1)?, order.uint(2)?, order.uint(3)?);
            let _clean = (order.u32(4)?, order.u32(5)?, order.word(6)?, order.bytes(7)?);
            args.bytes(1)?;
            if *selector == openForCall::SELECTOR {
                args.bytes(2)?;
            }
            None
        }
        fillCall::SELECTOR => {
            let _clean = (args.word(0)?, args.bytes(1)?, args.bytes(2)?);
            None
        }
        _resolveCall::SELECTOR => {
            let _clean = (args.u32(0)?, args.tuple(1)?.reward(2)?);
            None
        }
        versionCall::SELECTOR | executorCall::SELECTOR => None,
        _ => return None,
    })
}

#[test]
fn calldata_is_refused_exactly_where_solidity_refuses_it() {
    each_case("abiStrictness", |case| {
        // Who may send value to whom is not a matter of decoding, and only the Portal decodes intents.
        if case.at("to").text() != "Portal" || !case.at("value").uint().is_zero() {
            return;
        }
        let calldata = case.at("calldata").bytes();
        let decoded = decode(&calldata);
        match case.at("result").text() {
            "ok" => {
                let decoded = decoded.expect("Solidity accepts it");
                if let (Some(hashes), Some(expected)) = (decoded, case.maybe("returnData"))
                    && expected.bytes().len() == 96
                {
                    let IntentHashes { intent, route, reward } = hashes;
                    assert_eq!([intent, route, reward].concat(), expected.bytes());
                }
            }
            _ => {
                // no data, or the panic of an absurd length; any other data is a decision of the contract
                let data = case.maybe("revertData").map(|data| data.bytes()).unwrap_or_default();
                if data.is_empty() || data.starts_with(&[0x4e, 0x48, 0x7b, 0x71]) {
                    assert!(decoded.is_none(), "Solidity refuses it");
                }
            }
        }
    });
}

#[test]
fn a_foreign_route_is_no_route() {
    each_case("opaqueRoutes", |case| {
        assert!(RouteView::decode(&case.blob("route")).is_none());
    });
}
