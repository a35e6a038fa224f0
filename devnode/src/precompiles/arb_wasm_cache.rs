//! ArbWasmCache (0x72): which programs start cheaply.
//! Spec: stylus-vm.md §8.9.

use alloy::sol_types::{SolCall, SolValue};
use alloy_primitives::B256;

use super::arb_owner_public::members;
use super::arb_wasm::refused;
use super::{Answer, Call, Failure, Method};
use crate::arbos::Map;
use crate::stylus::record::ProgramError;

alloy::sol! {
    interface ArbWasmCache {
        function isCacheManager(address manager) external view returns (bool);
        function allCacheManagers() external view returns (address[]);
        function codehashIsCached(bytes32 codehash) external view returns (bool);
        function cacheCodehash(bytes32 codehash) external;
        function cacheProgram(address addr) external;
        function evictCodehash(bytes32 codehash) external;

        event UpdateProgramCache(address indexed manager, bytes32 indexed codehash, bool cached);
    }
}
use ArbWasmCache::*;

pub(super) const METHODS: &[Method] = &[
    Method::view(isCacheManagerCall::SELECTOR, is_manager),
    Method::view(allCacheManagersCall::SELECTOR, |call| members(call, Map::CacheManagers)),
    Method::view(codehashIsCachedCall::SELECTOR, is_cached),
    Method::write(cacheCodehashCall::SELECTOR, cache_codehash).since(30).until(30),
    Method::write(cacheProgramCall::SELECTOR, cache_program).since(31),
    Method::write(evictCodehashCall::SELECTOR, evict),
];

fn is_manager(call: &mut Call<'_, '_>) -> Answer {
    let manager = call.args::<isCacheManagerCall>()?.manager;
    Ok(call.is_member(Map::CacheManagers, manager)?.abi_encode())
}

fn is_cached(call: &mut Call<'_, '_>) -> Answer {
    let codehash = call.args::<codehashIsCachedCall>()?.codehash;
    call.burn(super::STORAGE_READ)?;
    Ok(call.arbos().record(codehash).cached.abi_encode())
}

fn cache_codehash(call: &mut Call<'_, '_>) -> Answer {
    let codehash = call.args::<cacheCodehashCall>()?.codehash;
    set_cached(call, codehash, true)
}

fn cache_program(call: &mut Call<'_, '_>) -> Answer {
    let address = call.args::<cacheProgramCall>()?.addr;
    call.burn(super::CODE_HASH_READ)?;
    let codehash = call.evm.peek(address, |account| account.info.code_hash);
    set_cached(call, codehash, true)
}

fn evict(call: &mut Call<'_, '_>) -> Answer {
    let codehash = call.args::<evictCodehashCall>()?.codehash;
    set_cached(call, codehash, false)
}

fn set_cached(call: &mut Call<'_, '_>, codehash: B256, cached: bool) -> Answer {
    let caller = call.caller;
    if !call.is_member(Map::CacheManagers, caller)? && !call.is_member(Map::Owners, caller)? {
        return Err(Failure::Burn("only cache managers and chain owners may call it"));
    }
    let params = call.params()?;
    call.burn(super::STORAGE_READ)?;
    let mut record = call.arbos().record(codehash);
    let now = call.evm.now();
    if cached {
        // A program that was never activated has version 0 and so "needs an upgrade" here.
        if record.version != params.version {
            let (version, stylus_version) = (record.version, params.version);
            return Err(refused(ProgramError::NeedsUpgrade { version, stylus_version }));
        }
        let age = record.age(now);
        if age > params.expiry_seconds() {
            return Err(refused(ProgramError::Expired { age }));
        }
    }
    if record.cached == cached {
        return Ok(Vec::new());
    }
    call.log(&UpdateProgramCache { manager: caller, codehash, cached })?;
    call.burn(u64::from(record.init_cost))?;
    call.burn(super::STORAGE_READ)?;
    record.cached = cached;
    call.burn(super::STORAGE_WRITE)?;
    call.arbos().set_record(codehash, &record);
    Ok(Vec::new())
}
