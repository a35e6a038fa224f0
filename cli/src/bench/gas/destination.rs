//! The destination side: fulfil, and send the proof.

use alloy::primitives::{Address, B256, U256};
use alloy::sol_types::SolValue;
use interfaces::ChainId;
use interfaces::hash::{intent_hash, route_hash};
use interfaces::intents::IERC20;
use interfaces::intents::IInbox::{fulfillAndProveCall, fulfillCall, proveCall};
use interfaces::intents::Route;

use super::GasError;
use super::source::{AMOUNT, NEVER, route};
use super::stand_ins::FEE;
use super::world::{Operation, REMOTE, REMOTE_PROVER, World, b32};
use crate::chain::Tx;
use crate::metalayer::MIN_GAS_LIMIT;
use crate::nodes::CHAIN_IDS;

/// Of rewards on the other chain; nothing here looks into it.
const REWARD_HASH: B256 = B256::repeat_byte(0xd1);
/// Gets what the routes pass on, and holds the token already.
const FRIEND: Address = Address::repeat_byte(0xd2);
/// Intents of the largest proof.
const PROOFS: usize = 50;

/// Measures everything that the Inbox does.
pub(super) async fn measure(world: &mut World) -> Result<(), GasError> {
    let solver = world.people.solver.clone();
    let (portal, token) = (world.ours.portal, world.tokens[0]);
    let gift = IERC20::transferCall { to: FRIEND, value: U256::from(AMOUNT) };
    world.send("give tokens", &solver, Tx::call(token, &gift)).await?;

    let call = fulfill(route(1, portal, token, FRIEND), solver.address());
    let operation = Operation::new("fulfill, 1 token, 1 call").solidity(58_736).aim(58_700);
    world.measure(operation, &solver, Tx::call(portal, &call)).await?;

    let call = fulfill(route(2, portal, token, FRIEND), solver.address());
    let call = fulfillAndProveCall {
        intentHash: call.intentHash,
        route: call.route,
        rewardHash: call.rewardHash,
        claimant: call.claimant,
        prover: world.sender,
        sourceChainDomainID: REMOTE.0.0.into(),
        data: delivery().into(),
    };
    let operation = Operation::new("fulfillAndProve, 1 token, 1 call");
    let operation = operation.solidity(101_340).aim(98_000);
    let tx = Tx::call(portal, &call).value(U256::from(FEE));
    world.measure(operation, &solver, tx).await?;
    proving(world).await
}

async fn proving(world: &mut World) -> Result<(), GasError> {
    let (solver, portal) = (world.people.solver.clone(), world.ours.portal);
    let mut hashes = Vec::new();
    for salt in 0..PROOFS {
        let nothing = Route {
            salt: B256::with_last_byte(salt as u8),
            deadline: NEVER,
            portal,
            nativeAmount: U256::ZERO,
            tokens: Vec::new(),
            calls: Vec::new(),
        };
        let call = fulfill(nothing, solver.address());
        world.send("fulfil", &solver, Tx::call(portal, &call)).await?;
        hashes.push(call.intentHash);
    }
    let one = Operation::new("prove x1").solidity(44_802);
    let ten = Operation::new("prove x10").solidity(89_942);
    let fifty = Operation::new("prove x50").solidity(290_819).aim(261_000);
    for (operation, count) in [(one, 1), (ten, 10), (fifty, PROOFS)] {
        let call = proveCall {
            prover: world.sender,
            sourceChainDomainID: REMOTE.0.0.into(),
            intentHashes: hashes[..count].to_vec(),
            data: delivery().into(),
        };
        let tx = Tx::call(portal, &call).value(U256::from(FEE));
        world.measure(operation, &solver, tx).await?;
    }
    Ok(())
}

fn fulfill(route: Route, claimant: Address) -> fulfillCall {
    let encoded = route_hash(&route.abi_encode());
    fulfillCall {
        intentHash: intent_hash(ChainId(CHAIN_IDS[0].0), encoded, REWARD_HASH),
        route,
        rewardHash: REWARD_HASH,
        claimant: b32(claimant),
    }
}

/// Where a proof goes, and its gas there.
fn delivery() -> Vec<u8> {
    (b32(REMOTE_PROVER), U256::from(MIN_GAS_LIMIT)).abi_encode()
}
