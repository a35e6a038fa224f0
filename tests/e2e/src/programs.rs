//! Deploys single programs, each in the one transaction that creates, activates and constructs it.

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::sol_types::SolConstructor;
use interfaces::intents::IMetaProver;
use interfaces::metalayer::{IMetalayerIsm, IMetalayerRouter};
use interfaces::{hash, proxy};
use metalayer::artifacts::Artifacts;
use metalayer::chain::Tx;
use metalayer::deployment::{self, ACTIVATION_VALUE};
use metalayer::metalayer::{Programs, portal_args};

use crate::chain::Chain;

/// Deploys a Portal with its Vault and its Executor.
pub async fn portal(chain: &Chain, native_erc20: Address) -> Address {
    let programs = Programs::load(&Artifacts::locate()).expect("the contracts are built");
    let arguments = portal_args(&programs, native_erc20);
    let portal = deploy(chain, "portal", &arguments).await.expect("a Portal is deployed");
    // The Portal created these two; whoever likes activates their code, once on a chain.
    for (program, nonce) in [(programs.vault, 1), (programs.executor, 2)] {
        let child = hash::create_address(portal, nonce);
        deployment::activate(chain.link(), &chain.dev(), &program, child)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
    }
    portal
}

/// Deploys a MetaProver; the account `dev` may configure its domains.
pub async fn meta_prover(
    chain: &Chain,
    arguments: &IMetaProver::constructorCall,
) -> Result<Address, Bytes> {
    deploy(chain, "meta-prover", &arguments.abi_encode()).await
}

/// Deploys a MetalayerRouter.
pub async fn metalayer_router(
    chain: &Chain,
    arguments: &IMetalayerRouter::constructorCall,
) -> Result<Address, Bytes> {
    deploy(chain, "metalayer-router", &arguments.abi_encode()).await
}

/// Deploys a MetalayerIsm.
pub async fn metalayer_ism(
    chain: &Chain,
    arguments: &IMetalayerIsm::constructorCall,
) -> Result<Address, Bytes> {
    deploy(chain, "metalayer-ism", &arguments.abi_encode()).await
}

/// Deploys the program of a crate; what it reverts with, if it does.
///
/// - `arguments`: of its constructor, ABI-encoded.
pub async fn deploy(chain: &Chain, name: &str, arguments: &[u8]) -> Result<Address, Bytes> {
    let program = Artifacts::locate().program(name).unwrap_or_else(|error| panic!("{error}"));
    let init_code = deployment::one_shot_init_code(&program, Some(arguments)).expect("it fits");
    let deployer = chain.dev();
    let nonce = chain.link().next_nonce(deployer.address()).await.expect("nonce");
    chain.transact(&deployer, Tx::create(init_code), U256::from(ACTIVATION_VALUE)).await?;
    Ok(deployment::program_address(deployer.address(), nonce))
}

/// Deploys a contract of Hyperlane's package.
///
/// - `factory`: its path in the package, such as `contracts/Mailbox`.
pub async fn hyperlane(chain: &Chain, factory: &str, arguments: Vec<u8>) -> Address {
    metalayer::hyperlane::create(
        chain.link(),
        &chain.dev(),
        &Artifacts::locate(),
        factory,
        arguments,
    )
    .await
    .unwrap_or_else(|error| panic!("{error}"))
}

/// Address of the vault of an intent, computed apart from the contracts.
pub fn vault(portal: Address, intent_hash: B256) -> Address {
    let implementation = hash::create_address(portal, 1);
    hash::vault_address(portal, intent_hash, proxy::init_code_hash(implementation))
}
