//! ArbOwnerPublic (0x6b): what everybody may ask of the chain's settings.
//! Spec: stylus-vm.md §8.6.

use alloy::sol_types::{SolCall, SolValue};
use alloy_primitives::{Address, U256};

use super::{Answer, Call, Failure, Method};
use crate::arbos::{Map, Word};

alloy::sol! {
    interface ArbOwnerPublic {
        function isChainOwner(address account) external view returns (bool);
        function getAllChainOwners() external view returns (address[]);
        function getNetworkFeeAccount() external view returns (address);
        function getInfraFeeAccount() external view returns (address);
        function getBrotliCompressionLevel() external view returns (uint64);
        function getScheduledUpgrade() external view returns (uint64, uint64);
        function isCalldataPriceIncreaseEnabled() external view returns (bool);
        function getParentGasFloorPerToken() external view returns (uint64);
        function getMaxStylusContractFragments() external view returns (uint8);
        function rectifyChainOwner(address account) external;
        function getCollectTips() external view returns (bool);
    }
}
use ArbOwnerPublic::*;

pub(super) const METHODS: &[Method] = &[
    Method::view(isChainOwnerCall::SELECTOR, is_owner),
    Method::view(getAllChainOwnersCall::SELECTOR, owners),
    Method::view(getNetworkFeeAccountCall::SELECTOR, |call| word(call, Word::NetworkFeeAccount)),
    Method::view(getInfraFeeAccountCall::SELECTOR, |call| word(call, Word::InfraFeeAccount)),
    Method::view(getBrotliCompressionLevelCall::SELECTOR, |call| word(call, Word::BrotliLevel)),
    Method::view(getScheduledUpgradeCall::SELECTOR, scheduled_upgrade),
    Method::view(isCalldataPriceIncreaseEnabledCall::SELECTOR, |call| {
        word(call, Word::CalldataPriceIncrease)
    })
    .since(40),
    Method::view(getParentGasFloorPerTokenCall::SELECTOR, parent_gas_floor).since(50),
    Method::view(getMaxStylusContractFragmentsCall::SELECTOR, max_fragments).since(60),
    Method::write(rectifyChainOwnerCall::SELECTOR, rectify),
    Method::view(getCollectTipsCall::SELECTOR, |call| word(call, Word::CollectTips)).since(60),
];

fn word(call: &mut Call<'_, '_>, word: Word) -> Answer {
    Ok(call.read(word)?.abi_encode())
}

pub(super) fn is_owner(call: &mut Call<'_, '_>) -> Answer {
    let account = call.args::<isChainOwnerCall>()?.account;
    Ok(call.is_member(Map::Owners, account)?.abi_encode())
}

pub(super) fn owners(call: &mut Call<'_, '_>) -> Answer {
    members(call, Map::Owners)
}

/// Members of a set: one read for the size and one for each.
pub(super) fn members(call: &mut Call<'_, '_>, set: Map) -> Answer {
    let members: Vec<Address> = call.arbos().members(set);
    let reads = u64::try_from(members.len()).unwrap_or(u64::MAX).saturating_add(1);
    call.burn(super::STORAGE_READ.saturating_mul(reads))?;
    Ok(members.abi_encode())
}

fn scheduled_upgrade(call: &mut Call<'_, '_>) -> Answer {
    let (version, timestamp) =
        (call.read(Word::UpgradeVersion)?, call.read(Word::UpgradeTimestamp)?);
    let current = U256::from(call.arbos_version());
    Ok(if version <= current { [U256::ZERO; 2] } else { [version, timestamp] }.abi_encode())
}

fn parent_gas_floor(call: &mut Call<'_, '_>) -> Answer {
    call.burn(super::STORAGE_READ)?;
    Ok(U256::ZERO.abi_encode())
}

fn max_fragments(call: &mut Call<'_, '_>) -> Answer {
    Ok(U256::from(call.params()?.max_fragment_count).abi_encode())
}

fn rectify(call: &mut Call<'_, '_>) -> Answer {
    let account = call.args::<rectifyChainOwnerCall>()?.account;
    if call.is_member(Map::Owners, account)? {
        // The place, the entry there and the size; only a damaged list needs mending, and ours never is.
        call.burn(super::STORAGE_READ.saturating_mul(3))?;
    }
    Err(Failure::Plain)
}
