//! The source side: publish, fund, pay the solver, pay back.

use alloy::primitives::{Address, B256, U256};
use alloy::sol_types::{SolCall, SolValue};
use interfaces::ChainId;
use interfaces::codec::ProofMessage;
use interfaces::intents::IIntentSource::{
    batchWithdrawCall, fundCall, publish_0Call as publishCall, publish_1Call as publishEncodedCall,
    publishAndFund_0Call as publishAndFundCall, refundCall, withdrawCall,
};
use interfaces::intents::{Call, IERC20, Intent, Reward, Route, TokenAmount};

use super::GasError;
use super::messages;
use super::world::{Operation, REMOTE, World, b32};
use crate::chain::Tx;

/// A time that does not come, and one that is past, unix seconds.
pub(super) const NEVER: u64 = 4_000_000_000;
const LONG_AGO: u64 = 1_000_000_000;
/// Smallest units of each leg of a reward and of a route.
pub(super) const AMOUNT: u64 = 1_000;
/// Somebody who is paid native for the first time.
const NEWCOMER: Address = Address::repeat_byte(0xc1);
/// Somebody who holds the tokens already.
const HOLDER: Address = Address::repeat_byte(0xc2);
/// An ERC-20 on the other chain.
const REMOTE_TOKEN: Address = Address::repeat_byte(0xb3);

/// Measures everything that the IntentSource does.
pub(super) async fn measure(world: &mut World) -> Result<(), GasError> {
    for token in world.tokens {
        let gift = IERC20::transferCall { to: HOLDER, value: U256::from(AMOUNT) };
        world.send("give tokens", &world.people.user, Tx::call(token, &gift)).await?;
    }
    publishing(world).await?;
    funding(world).await?;
    withdrawing(world).await?;
    refunding(world).await
}

async fn publishing(world: &mut World) -> Result<(), GasError> {
    let (user, portal) = (world.people.user.clone(), world.ours.portal);
    let call = publishCall { intent: intent(world, 1, AMOUNT, 0) };
    let operation = Operation::new("publish, no token");
    world.measure(operation, &user, Tx::call(portal, &call)).await?;

    let Intent { destination, route, reward } = intent(world, 1, AMOUNT, 0);
    let call = publishEncodedCall { destination, route: route.abi_encode().into(), reward };
    let operation = Operation::new("publish, no token, route as bytes");
    world.measure(operation, &user, Tx::call(portal, &call)).await?;

    let call = publishCall { intent: intent(world, 2, AMOUNT, 2) };
    let operation = Operation::new("publish, 2 tokens").solidity(20_800).aim(16_600);
    world.measure(operation, &user, Tx::call(portal, &call)).await?;

    let fund = |intent| publishAndFundCall { intent, allowPartial: false };
    let call = fund(intent(world, 3, AMOUNT, 0));
    let operation = Operation::new("publishAndFund, native").solidity(76_859).aim(73_000);
    let tx = Tx::call(portal, &call).value(U256::from(AMOUNT));
    world.measure(operation, &user, tx).await?;

    let call = fund(intent(world, 4, 0, 1));
    let operation = Operation::new("publishAndFund, 1 ERC-20").solidity(84_420).aim(80_000);
    world.measure(operation, &user, Tx::call(portal, &call)).await?;
    Ok(())
}

async fn funding(world: &mut World) -> Result<(), GasError> {
    let user = world.people.user.clone();
    // The one figure here that is computed from the gas in the reference vectors.
    let operation = Operation::new("fund, native").solidity(64_724);
    let tx = fund(world, &intent(world, 5, AMOUNT, 0));
    world.measure(operation, &user, tx).await?;
    let tx = fund(world, &intent(world, 6, 0, 1));
    world.measure(Operation::new("fund, 1 ERC-20"), &user, tx).await?;
    Ok(())
}

async fn withdrawing(world: &mut World) -> Result<(), GasError> {
    let native = Operation::new("withdraw, native").solidity(106_838).aim(100_000);
    let one = Operation::new("withdraw, 1 ERC-20").solidity(85_293).aim(80_000);
    let two = Operation::new("withdraw, 2 ERC-20");
    for (operation, salt, claimant, wei, tokens) in
        [(native, 10, NEWCOMER, AMOUNT, 0), (one, 11, HOLDER, 0, 1), (two, 12, HOLDER, 0, 2)]
    {
        let intent = intent(world, salt, wei, tokens);
        fund_and_prove(world, std::slice::from_ref(&intent), claimant).await?;
        let call = withdrawCall {
            destination: intent.destination,
            routeHash: intent.hashes().route,
            reward: intent.reward,
        };
        let anybody = world.people.anybody.clone();
        world.measure(operation, &anybody, Tx::call(world.ours.portal, &call)).await?;
    }

    let intents: Vec<_> = (20..30).map(|salt| intent(world, salt, 0, 1)).collect();
    fund_and_prove(world, &intents, HOLDER).await?;
    let call = batchWithdrawCall {
        destinations: intents.iter().map(|intent| intent.destination).collect(),
        routeHashes: intents.iter().map(|intent| intent.hashes().route).collect(),
        rewards: intents.into_iter().map(|intent| intent.reward).collect(),
    };
    let anybody = world.people.anybody.clone();
    let operation = Operation::new("batchWithdraw x10, 1 ERC-20 each");
    world.measure(operation, &anybody, Tx::call(world.ours.portal, &call)).await?;
    Ok(())
}

async fn refunding(world: &mut World) -> Result<(), GasError> {
    let mut intent = intent(world, 40, 0, 1);
    intent.reward.deadline = LONG_AGO;
    world.send("fund", &world.people.user, fund(world, &intent)).await?;
    let call = refundCall {
        destination: intent.destination,
        routeHash: intent.hashes().route,
        reward: intent.reward,
    };
    let anybody = world.people.anybody.clone();
    let operation = Operation::new("refund, 1 ERC-20").solidity(84_744).aim(80_000);
    world.measure(operation, &anybody, Tx::call(world.ours.portal, &call)).await?;
    Ok(())
}

/// An intent for the other chain: one token of the solver's is to be passed on.
///
/// - `wei`, `tokens`: of the reward; so much native, and so many legs.
fn intent(world: &World, salt: u8, wei: u64, tokens: usize) -> Intent {
    let legs = world.tokens.iter().take(tokens);
    Intent {
        destination: REMOTE.1.0,
        route: route(salt, world.remote.portal, REMOTE_TOKEN, NEWCOMER),
        reward: Reward {
            deadline: NEVER,
            creator: world.people.user.address(),
            prover: world.prover,
            nativeAmount: U256::from(wei),
            tokens: legs
                .map(|token| TokenAmount { token: *token, amount: U256::from(AMOUNT) })
                .collect(),
        },
    }
}

/// A route of one token and one call, which passes the token on.
pub(super) fn route(salt: u8, portal: Address, token: Address, to: Address) -> Route {
    let amount = U256::from(AMOUNT);
    let pass_on = IERC20::transferCall { to, value: amount }.abi_encode();
    Route {
        // As full of other bytes as a random one: zeros would be cheaper.
        salt: B256::repeat_byte(salt),
        deadline: NEVER,
        portal,
        nativeAmount: U256::ZERO,
        tokens: vec![TokenAmount { token, amount }],
        calls: vec![Call { target: token, data: pass_on.into(), value: U256::ZERO }],
    }
}

/// Funds an intent, all of it.
fn fund(world: &World, intent: &Intent) -> Tx {
    let call = fundCall {
        destination: intent.destination,
        routeHash: intent.hashes().route,
        reward: intent.reward.clone(),
        allowPartial: false,
    };
    Tx::call(world.ours.portal, &call).value(intent.reward.nativeAmount)
}

async fn fund_and_prove(
    world: &World,
    intents: &[Intent],
    claimant: Address,
) -> Result<(), GasError> {
    let mut proofs = ProofMessage::new(ChainId(REMOTE.1.0), intents.len());
    for intent in intents {
        world.send("fund", &world.people.user, fund(world, intent)).await?;
        proofs.push(intent.hashes().intent, b32(claimant));
    }
    let handle = messages::handle(proofs);
    world.send("prove", &world.people.router, Tx::call(world.prover, &handle)).await?;
    Ok(())
}
