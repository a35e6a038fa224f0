// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

interface IArbOwnerPublic {
    function isChainOwner(address account) external view returns (bool);
}

interface IArbWasm {
    function codehashAsmSize(bytes32 codehash) external view returns (uint32);
}

interface IArbWasmCache {
    function codehashIsCached(bytes32 codehash) external view returns (bool);
    function cacheProgram(address program) external;
    function evictCodehash(bytes32 codehash) external;
}

/// Sells places in the cache of programs: the highest bids stay.
/// Written for the devnode's genesis, at the interface of the cache manager of real chains. Its settings belong to the
/// chain's owners; the money stays here.
contract CacheManager {
    struct Entry {
        bytes32 code;
        uint64 size;
        uint192 bid;
    }

    IArbOwnerPublic private constant ARB_OWNER_PUBLIC = IArbOwnerPublic(address(0x6b));
    IArbWasm private constant ARB_WASM = IArbWasm(address(0x71));
    IArbWasmCache private constant ARB_WASM_CACHE = IArbWasmCache(address(0x72));
    /// What the smallest program takes.
    uint64 private constant MIN_CODESIZE = 4096;

    /// Bytes of machine code that fit. The first 8 bytes of slot 0, where genesis writes it: there is no constructor.
    uint64 public cacheSize;
    /// Bytes taken; more than fit where an owner has shrunk the cache since.
    uint64 public queueSize;
    /// By how much a bid of now beats one of a second ago, wei.
    uint64 public decay;
    bool public isPaused;
    /// A binary heap: no entry's bid is below that of the entry at half its place, so the lowest bid is the first.
    Entry[] public entries;

    event InsertBid(bytes32 indexed codehash, address program, uint192 bid, uint64 size);
    event DeleteBid(bytes32 indexed codehash, uint192 bid, uint64 size);
    event SetCacheSize(uint64 size);
    event SetDecayRate(uint64 decay);
    event Pause();
    event Unpause();

    error NotChainOwner(address sender);
    error AsmTooLarge(uint256 asm, uint256 queueSize, uint256 cacheSize);
    error AlreadyCached(bytes32 codehash);
    error BidTooLarge(uint256 bid);
    error BidTooSmall(uint192 bid, uint192 min);
    error BidsArePaused();

    modifier onlyOwner() {
        if (!ARB_OWNER_PUBLIC.isChainOwner(msg.sender)) revert NotChainOwner(msg.sender);
        _;
    }

    /// Caches a program for the value sent, at the cost of the lowest bids if there is no room.
    function placeBid(address program) external payable {
        if (isPaused) revert BidsArePaused();
        bytes32 codehash = program.codehash;
        if (ARB_WASM_CACHE.codehashIsCached(codehash)) revert AlreadyCached(codehash);
        uint64 size = asmSize(codehash);
        if (size > cacheSize) revert AsmTooLarge(size, queueSize, cacheSize);
        uint256 worth = msg.value + age();
        if (worth > type(uint192).max) revert BidTooLarge(worth);

        uint192 bid = uint192(worth);
        uint192 min;
        while (uint256(queueSize) + size > cacheSize) min = evictLowest();
        // The evictions are undone with everything else; the last of them had the highest bid.
        if (bid < min) revert BidTooSmall(bid, min);
        insert(Entry(codehash, size, bid));
        ARB_WASM_CACHE.cacheProgram(program);
        emit InsertBid(codehash, program, bid, size);
    }

    /// The least value that a bid for this many bytes must send now.
    function getMinBid(uint64 size) public view returns (uint192 min) {
        if (size > cacheSize) revert AsmTooLarge(size, queueSize, cacheSize);
        uint256 taken = uint256(queueSize) + size;
        Entry[] memory left = entries;
        while (taken > cacheSize) {
            uint256 lowest = 0;
            for (uint256 i = 1; i < left.length; i++) {
                // A size of 0 marks what would have gone before.
                if (left[lowest].size == 0 || (left[i].size != 0 && left[i].bid < left[lowest].bid)) lowest = i;
            }
            min = left[lowest].bid;
            taken -= left[lowest].size;
            left[lowest].size = 0;
        }
        uint256 aged = age();
        return min > aged ? min - uint192(aged) : 0;
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

    /// Changes what fits; evicts nothing by itself.
    function setCacheSize(uint64 size) external onlyOwner {
        cacheSize = size;
        emit SetCacheSize(size);
    }

    /// Changes what a second is worth to later bids.
    function setDecayRate(uint64 newDecay) external onlyOwner {
        decay = newDecay;
        emit SetDecayRate(newDecay);
    }

    function paused() external onlyOwner {
        isPaused = true;
        emit Pause();
    }

    function unpause() external onlyOwner {
        isPaused = false;
        emit Unpause();
    }

    function evictAll() external {
        evictPrograms(type(uint256).max);
    }

    /// Evicts this many of the lowest bids, or all.
    function evictPrograms(uint256 count) public onlyOwner {
        for (; count != 0 && entries.length != 0; count--) evictLowest();
    }

    /// What a bid without value is worth at this moment.
    function age() private view returns (uint256) {
        return block.timestamp * decay;
    }

    function asmSize(bytes32 codehash) private view returns (uint64 size) {
        size = ARB_WASM.codehashAsmSize(codehash);
        if (size < MIN_CODESIZE) size = MIN_CODESIZE;
    }

    function insert(Entry memory entry) private {
        uint256 place = entries.length;
        entries.push(entry);
        while (place != 0) {
            uint256 parent = (place - 1) / 2;
            if (entries[parent].bid <= entry.bid) break;
            entries[place] = entries[parent];
            place = parent;
        }
        entries[place] = entry;
        queueSize += entry.size;
    }

    function evictLowest() private returns (uint192 bid) {
        Entry memory lowest = entries[0];
        Entry memory last = entries[entries.length - 1];
        entries.pop();
        uint256 length = entries.length;
        uint256 place = 0;
        for (uint256 child = 1; child < length; child = 2 * place + 1) {
            if (child + 1 < length && entries[child + 1].bid < entries[child].bid) child++;
            if (last.bid <= entries[child].bid) break;
            entries[place] = entries[child];
            place = child;
        }
        if (length != 0) entries[place] = last;
        queueSize -= lowest.size;
        ARB_WASM_CACHE.evictCodehash(lowest.code);
        emit DeleteBid(lowest.code, lowest.bid, lowest.size);
        return lowest.bid;
    }
}
