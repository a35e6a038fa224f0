//! Puts programs into the cache of a chain, where it has one and lets us: a cached program starts for less gas.
//! Spec: stylus-vm.md §5.3, §8.9, §9.7.

use alloy::primitives::{Address, U256, address, keccak256};

use super::plan::{Placed, Step};
use crate::chain::{Chain, ChainError};
use crate::deployment::{ARB_WASM_CACHE, IArbWasmCache};
use crate::fact::Fact;

alloy::sol! {
    /// A contract that auctions the places in the cache.
    #[derive(Debug)]
    interface ICacheManager {
        function getMinBid(address program) external view returns (uint192 minBid);
        function isPaused() external view returns (bool isPaused);
        function placeBid(address program) external payable;
    }

    /// The precompile that tells who owns the chain.
    #[derive(Debug)]
    interface IArbOwnerPublic {
        function isChainOwner(address account) external view returns (bool isOwner);
    }
}

/// Address of ArbOwnerPublic.
const ARB_OWNER_PUBLIC: Address = address!("0x000000000000000000000000000000000000006b");

/// How the deployer gets programs into the cache of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// It may write it.
    Direct,
    /// By bids to these managers, of which the first that answers is taken.
    Bids(Vec<Address>),
    /// Not at all.
    None(&'static str),
}

/// What is to be done for one program.
#[derive(Clone, Debug)]
pub enum Caching {
    /// It is cached.
    Done,
    /// This will cache it.
    Step(Box<Step>),
    /// It stays as it is.
    Skipped(String),
}

impl Way {
    /// Asks a chain.
    pub async fn of(chain: &Chain, deployer: Address) -> Result<Self, ChainError> {
        let manages = IArbWasmCache::isCacheManagerCall { manager: deployer };
        let owns = IArbOwnerPublic::isChainOwnerCall { account: deployer };
        if answered(chain.call(ARB_WASM_CACHE, &manages).await)? == Some(true)
            || answered(chain.call(ARB_OWNER_PUBLIC, &owns).await)? == Some(true)
        {
            return Ok(Self::Direct);
        }
        let managers = chain.call(ARB_WASM_CACHE, &IArbWasmCache::allCacheManagersCall {}).await;
        Ok(match answered(managers)? {
            None => Self::None("the chain has no cache"),
            Some(managers) if managers.is_empty() => Self::None("the chain has no cache manager"),
            Some(managers) => Self::Bids(managers),
        })
    }

    /// What is to be done for one program.
    ///
    /// - `max_bid`: most wei for its place.
    pub async fn caching(
        &self,
        chain: &Chain,
        program: &Placed,
        max_bid: U256,
    ) -> Result<Caching, ChainError> {
        let cached = is_cached(program);
        if cached.holds(chain).await? {
            return Ok(Caching::Done);
        }
        let purpose = format!("cache {}", program.name);
        match self {
            Self::Direct => {
                let call = IArbWasmCache::cacheProgramCall { program: program.address };
                let step = Step::call(&purpose, ARB_WASM_CACHE, &call, vec![cached]);
                Ok(Caching::Step(Box::new(step)))
            }
            Self::Bids(managers) => {
                let Some(manager) = open_manager(chain, managers).await? else {
                    return Ok(Caching::Skipped("no cache manager takes bids".to_owned()));
                };
                let call = ICacheManager::placeBidCall { program: program.address };
                let mut step = Step::call(&purpose, manager, &call, vec![cached]);
                if chain.code(program.address).await?.is_empty() {
                    step.call = format!("{}, for the price of a place then", step.call);
                    return Ok(Caching::Step(Box::new(step)));
                }
                let call = ICacheManager::getMinBidCall { program: program.address };
                let Some(bid) = answered(chain.call(manager, &call).await)?.map(U256::from) else {
                    let reason = format!("the cache manager has no place for {}", program.name);
                    return Ok(Caching::Skipped(reason));
                };
                if bid > max_bid {
                    let reason =
                        format!("a place costs {bid} wei, and cache.max_bid_wei is {max_bid}");
                    return Ok(Caching::Skipped(reason));
                }
                step.tx = step.tx.value(bid);
                Ok(Caching::Step(Box::new(step)))
            }
            Self::None(reason) => Ok(Caching::Skipped((*reason).to_owned())),
        }
    }
}

/// The program's code is in the cache.
fn is_cached(program: &Placed) -> Fact {
    let call = IArbWasmCache::codehashIsCachedCall { codehash: keccak256(&program.code) };
    Fact::answer(&format!("{} is cached", program.name), ARB_WASM_CACHE, &call, &true)
}

/// The first manager that takes bids.
async fn open_manager(chain: &Chain, managers: &[Address]) -> Result<Option<Address>, ChainError> {
    for manager in managers {
        let paused = answered(chain.call(*manager, &ICacheManager::isPausedCall {}).await)?;
        if paused == Some(false) {
            return Ok(Some(*manager));
        }
    }
    Ok(None)
}

/// The answer, or nothing from a contract that has none: an old chain's precompile, a manager that is none.
fn answered<T>(answer: Result<T, ChainError>) -> Result<Option<T>, ChainError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(ChainError::Reverted { .. } | ChainError::BadAnswer { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
