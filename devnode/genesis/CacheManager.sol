// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

interface IArbWasmCache {
    function codehashIsCached(bytes32 codehash) external view returns (bool);
    function cacheProgram(address program) external;
    function evictCodehash(bytes32 codehash) external;
}

interface IArbWasm {
    function codehashAsmSize(bytes32 codehash) external view returns (uint32);
}

/// Sells places in the cache of programs: the highest bids stay.
/// Written for the devnode's genesis, at the interface of the cache manager of real chains. It has no owner and no
/// settings; the money stays here.
contract CacheManager {
    struct Entry {
        bytes32 code;
        uint64 size;
        uint192 bid;
    }

    IArbWasmCache private constant ARB_WASM_CACHE = IArbWasmCache(address(0x72));
    IArbWasm private constant ARB_WASM = IArbWasm(address(0x71));
    /// What the smallest program takes.
    uint64 private constant MIN_CODESIZE = 4096;

    /// Bytes of machine code that fit.
    uint64 public constant cacheSize = 536870912;
    /// By how much a bid of now beats one of a second ago, wei.
    uint64 public constant decay = 0;
    bool public constant isPaused = false;

    /// Bytes taken.
    uint64 public queueSize;
    Entry[] public entries;

    event InsertBid(bytes32 indexed codehash, address program, uint192 bid, uint64 size);
    event DeleteBid(bytes32 indexed codehash, uint192 bid, uint64 size);

    error AsmTooLarge(uint256 asm, uint256 queueSize, uint256 cacheSize);
    error AlreadyCached(bytes32 codehash);
    error BidTooSmall(uint192 bid, uint192 min);

    function placeBid(address program) external payable {
        bytes32 codehash = program.codehash;
        if (ARB_WASM_CACHE.codehashIsCached(codehash)) revert AlreadyCached(codehash);
        uint64 size = asmSize(codehash);
        uint192 bid = uint192(msg.value + block.timestamp * decay);
        uint192 min = makeSpace(size, bid);
        if (bid < min) revert BidTooSmall(bid, min);
        entries.push(Entry(codehash, size, bid));
        queueSize += size;
        ARB_WASM_CACHE.cacheProgram(program);
        emit InsertBid(codehash, program, bid, size);
    }

    function getMinBid(uint64 size) public view returns (uint192 min) {
        if (size > cacheSize) revert AsmTooLarge(size, queueSize, cacheSize);
        uint64 free = cacheSize - queueSize;
        uint192 floor;
        // The lowest bids leave first, so the price is the highest bid that would have to go.
        while (free < size) {
            (uint256 place, uint64 freed) = lowestAbove(floor);
            min = entries[place].bid;
            free += freed;
            floor = min + 1;
        }
    }

    function getMinBid(bytes32 codehash) public view returns (uint192) {
        return getMinBid(asmSize(codehash));
    }

    function getMinBid(address program) external view returns (uint192) {
        return getMinBid(program.codehash);
    }

    function getEntries() external view returns (Entry[] memory) {
        return entries;
    }

    function asmSize(bytes32 codehash) private view returns (uint64 size) {
        size = ARB_WASM.codehashAsmSize(codehash);
        if (size < MIN_CODESIZE) size = MIN_CODESIZE;
    }

    /// The lowest bid that is at least `floor`, and how much all bids of this height take.
    function lowestAbove(uint192 floor) private view returns (uint256 place, uint64 size) {
        uint192 lowest = type(uint192).max;
        for (uint256 i = 0; i < entries.length; i++) {
            uint192 bid = entries[i].bid;
            if (bid < floor || bid > lowest) continue;
            if (bid < lowest) size = 0;
            (lowest, place, size) = (bid, i, size + entries[i].size);
        }
    }

    /// Evicts the lowest bids until `size` fits, and returns the highest evicted.
    function makeSpace(uint64 size, uint192 bid) private returns (uint192 min) {
        if (size > cacheSize) revert AsmTooLarge(size, queueSize, cacheSize);
        while (cacheSize - queueSize < size) {
            (uint256 place,) = lowestAbove(0);
            Entry memory entry = entries[place];
            min = entry.bid;
            if (bid < min) return min;
            entries[place] = entries[entries.length - 1];
            entries.pop();
            queueSize -= entry.size;
            ARB_WASM_CACHE.evictCodehash(entry.code);
            emit DeleteBid(entry.code, entry.bid, entry.size);
        }
    }
}
