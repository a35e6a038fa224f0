//! Calldata read in place: bounds-checked views, as strict as Solidity's decoder, without allocation.
//! Spec: intents.md §1.3.
//!
//! `None` is Solidity's revert with empty data. A view is validated whole when it is made, as Solidity does
//! when it copies a struct to memory; reading from it afterwards cannot fail. What is accepted:
//! - every offset is at most 2^64-1 and counts forward from the start of its tuple, so it may leave gaps, overlap
//!   another value or point into the head, but never before the tuple. (For a `calldata` struct, which it reads
//!   lazily, Solidity also follows negative offsets; no encoder writes them, and here they are refused.)
//! - padding after `bytes` is neither required nor looked at; bytes behind the last argument are ignored.
//!
//! Hashes do not depend on any of that liberty, because they are taken of the canonical encoding.

use alloc::vec::Vec;
use alloy_primitives::{Address, B256, FixedBytes, U256};
use core::marker::PhantomData;

use crate::hash::{self, IntentHashes, keccak};
use crate::ids::{ChainId, Domain};
use crate::intents::{Call, Intent, Reward, Route, TokenAmount};
use crate::metalayer::ReadOperation;

/// The four fixed words at the head of a route and of a reward, checked.
type Fields = [[u8; 32]; 4];

/// A tuple in calldata: its first word is at index 0, and everything up to the end of the calldata may follow.
///
/// A contract makes it of the bytes behind the selector, `Args(input)`. Every method names the argument by its
/// index in the head.
#[derive(Clone, Copy, Debug)]
pub struct Args<'a>(pub &'a [u8]);

/// A value of one ABI word.
pub trait Word: Copy {
    /// The value, or `None` for a word that Solidity's decoder refuses: dirty upper bits, a bool above 1.
    fn decode(word: &[u8; 32]) -> Option<Self>;
}

impl<'a> Args<'a> {
    /// Any value of one word.
    pub fn get<T: Word>(self, index: usize) -> Option<T> {
        T::decode(self.head(index)?)
    }

    /// `bytes32`.
    pub fn word(self, index: usize) -> Option<B256> {
        self.get(index)
    }

    /// `address`, with nothing above its 20 bytes.
    pub fn address(self, index: usize) -> Option<Address> {
        self.get(index)
    }

    /// `uint256`.
    pub fn uint(self, index: usize) -> Option<U256> {
        self.get(index)
    }

    /// `uint64`.
    pub fn u64(self, index: usize) -> Option<u64> {
        self.get(index)
    }

    /// `uint32`.
    pub fn u32(self, index: usize) -> Option<u32> {
        self.get(index)
    }

    /// `uint8`.
    pub fn u8(self, index: usize) -> Option<u8> {
        self.get(index)
    }

    /// `bool`, 0 or 1.
    pub fn bool(self, index: usize) -> Option<bool> {
        self.get(index)
    }

    /// A `uint32` that is a messaging domain. (The prover's `uint64` domain is [`u64`](Self::u64): its range is
    /// checked by the contract, with an error.)
    pub fn domain(self, index: usize) -> Option<Domain> {
        self.get(index)
    }

    /// A `uint64` that is a chain id.
    pub fn chain_id(self, index: usize) -> Option<ChainId> {
        self.get(index)
    }

    /// `bytes4`, with nothing below its four bytes.
    pub fn bytes4(self, index: usize) -> Option<[u8; 4]> {
        self.get(index).map(|FixedBytes(bytes)| bytes)
    }

    /// `bytes` or `string`, where they lie.
    #[inline(never)]
    pub fn bytes(self, index: usize) -> Option<&'a [u8]> {
        let (length, data) = self.array(index)?;
        data.get(..length)
    }

    /// An array whose elements are one word each.
    pub fn list<T: Word>(self, index: usize) -> Option<Words<'a, T>> {
        let words = self.chunks::<32>(index)?;
        for word in words {
            T::decode(word)?;
        }
        Some(Words { words, element: PhantomData })
    }

    /// `bytes32[]`.
    pub fn words(self, index: usize) -> Option<Words<'a>> {
        self.list(index)
    }

    /// `address[]`.
    pub fn addresses(self, index: usize) -> Option<Words<'a, Address>> {
        self.list(index)
    }

    /// `uint32[]` of messaging domains.
    pub fn domains(self, index: usize) -> Option<Words<'a, Domain>> {
        self.list(index)
    }

    /// `uint64[]` of chain ids.
    pub fn chain_ids(self, index: usize) -> Option<Words<'a, ChainId>> {
        self.list(index)
    }

    /// `(uint64,uint64)[]`: the pairs of `configureDomains`.
    pub fn pairs(self, index: usize) -> Option<Pairs<'a>> {
        let pairs = self.chunks::<64>(index)?;
        for pair in pairs {
            let pair = Args(pair);
            pair.u64(0)?;
            pair.u64(1)?;
        }
        Some(Pairs(pairs))
    }

    /// `(address,uint256)[]`.
    pub fn tokens(self, index: usize) -> Option<Tokens<'a>> {
        let tokens = self.chunks::<64>(index)?;
        for token in tokens {
            Args(token).address(0)?;
        }
        Some(Tokens(tokens))
    }

    /// `bytes[]`.
    pub fn bytes_list(self, index: usize) -> Option<BytesList<'a>> {
        let (length, items) = self.heads(index)?;
        for i in 0..length {
            items.bytes(i)?;
        }
        Some(BytesList { length, items })
    }

    /// `(address,bytes,uint256)[]`: the calls of a route.
    pub fn calls(self, index: usize) -> Option<Calls<'a>> {
        let (length, items) = self.heads(index)?;
        for i in 0..length {
            items.call(i)?;
        }
        Some(Calls { length, items })
    }

    /// `(uint32,address,bytes)[]`: the reads of a message.
    pub fn reads(self, index: usize) -> Option<Reads<'a>> {
        let (length, items) = self.heads(index)?;
        for i in 0..length {
            items.read(i)?;
        }
        Some(Reads { length, items })
    }

    /// A `Reward`.
    #[inline(never)]
    pub fn reward(self, index: usize) -> Option<RewardView<'a>> {
        let tuple = self.tuple(index)?;
        let _clean = (tuple.u64(0)?, tuple.address(1)?, tuple.address(2)?);
        Some(RewardView { fields: tuple.fields()?, tokens: tuple.tokens(4)? })
    }

    /// `Reward[]`.
    pub fn rewards(self, index: usize) -> Option<Rewards<'a>> {
        let (length, items) = self.heads(index)?;
        for i in 0..length {
            items.reward(i)?;
        }
        Some(Rewards { length, items })
    }

    /// A `Route`.
    #[inline(never)]
    pub fn route(self, index: usize) -> Option<RouteView<'a>> {
        let tuple = self.tuple(index)?;
        let _clean = (tuple.u64(1)?, tuple.address(2)?);
        Some(RouteView {
            fields: tuple.fields()?,
            tokens: tuple.tokens(4)?,
            calls: tuple.calls(5)?,
        })
    }

    /// An `Intent`.
    pub fn intent(self, index: usize) -> Option<IntentView<'a>> {
        let tuple = self.tuple(index)?;
        Some(IntentView {
            destination: tuple.chain_id(0)?,
            route: tuple.route(1)?,
            reward: tuple.reward(2)?,
        })
    }

    /// The dynamic tuple that the word at `index` points to; its words are unchecked until they are read.
    pub fn tuple(self, index: usize) -> Option<Self> {
        self.0.get(self.size(index)?..).map(Args)
    }

    fn call(self, index: usize) -> Option<CallView<'a>> {
        let tuple = self.tuple(index)?;
        Some(CallView { target: tuple.address(0)?, data: tuple.bytes(1)?, value: tuple.uint(2)? })
    }

    fn read(self, index: usize) -> Option<ReadView<'a>> {
        let tuple = self.tuple(index)?;
        Some(ReadView {
            domain: tuple.domain(0)?,
            target: tuple.address(1)?,
            call_data: tuple.bytes(2)?,
        })
    }

    fn head(self, index: usize) -> Option<&'a [u8; 32]> {
        self.0.as_chunks().0.get(index)
    }

    fn fields(self) -> Option<&'a Fields> {
        self.0.as_chunks().0.first_chunk()
    }

    /// An offset or a length. Solidity refuses what is above 2^64-1, and what does not fit `usize` lies outside
    /// the calldata anyway.
    fn size(self, index: usize) -> Option<usize> {
        usize::try_from(self.u64(index)?).ok()
    }

    /// The length of the array at `index` and everything behind the length.
    fn array(self, index: usize) -> Option<(usize, &'a [u8])> {
        let array = self.tuple(index)?;
        Some((array.size(0)?, array.0.get(32..)?))
    }

    /// The elements of an array of fixed size, `N` bytes each.
    pub(crate) fn chunks<const N: usize>(self, index: usize) -> Option<&'a [[u8; N]]> {
        let (length, data) = self.array(index)?;
        Some(data.get(..length.checked_mul(N)?)?.as_chunks().0)
    }

    /// The length of an array of dynamic elements, and the tuple of their offsets. The length is covered by
    /// calldata, so a loop over it is paid for by the caller.
    fn heads(self, index: usize) -> Option<(usize, Self)> {
        let (length, data) = self.array(index)?;
        data.get(..length.checked_mul(32)?)?;
        Some((length, Args(data)))
    }
}

/// An array of words in calldata.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a, T = B256> {
    words: &'a [[u8; 32]],
    element: PhantomData<T>,
}

impl<'a, T: Word> Words<'a, T> {
    /// Number of elements.
    pub fn len(self) -> usize {
        self.words.len()
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.words.is_empty()
    }

    /// The element at `index`.
    pub fn get(self, index: usize) -> Option<T> {
        T::decode(self.words.get(index)?)
    }

    /// The elements in order.
    pub fn iter(self) -> impl Iterator<Item = T> + Clone + use<'a, T> {
        self.words.iter().filter_map(T::decode)
    }

    /// The elements as they lie in calldata: 32 bytes each.
    pub fn as_bytes(self) -> &'a [u8] {
        self.words.as_flattened()
    }
}

/// Pairs of a prover's domain and its chain id, both still unchecked numbers.
#[derive(Clone, Copy, Debug)]
pub struct Pairs<'a>(&'a [[u8; 64]]);

impl<'a> Pairs<'a> {
    /// Number of pairs.
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The pairs in order: domain, chain id.
    pub fn iter(self) -> impl Iterator<Item = (u64, u64)> + Clone + use<'a> {
        self.0.iter().filter_map(|pair| Some((Args(pair).u64(0)?, Args(pair).u64(1)?)))
    }
}

/// Token amounts in calldata, with clean addresses.
#[derive(Clone, Copy, Debug)]
pub struct Tokens<'a>(&'a [[u8; 64]]);

impl<'a> Tokens<'a> {
    /// Number of tokens.
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The tokens in order.
    pub fn iter(self) -> impl Iterator<Item = TokenAmount> + Clone + use<'a> {
        self.0.iter().filter_map(|leg| {
            let leg = Args(leg);
            Some(TokenAmount { token: leg.address(0)?, amount: leg.uint(1)? })
        })
    }

    /// Token and amount of each, as they lie in calldata.
    pub(crate) fn raw(self) -> &'a [[u8; 64]] {
        self.0
    }

    /// Appends the canonical encoding of the array: length, tokens; without an offset in front.
    pub fn encode_into(self, out: &mut Vec<u8>) {
        put(out, self.len());
        // Checked words are canonical words.
        push(out, self.0.as_flattened());
    }
}

/// Byte strings in calldata.
#[derive(Clone, Copy, Debug)]
pub struct BytesList<'a> {
    length: usize,
    items: Args<'a>,
}

impl<'a> BytesList<'a> {
    /// No byte strings.
    pub const NONE: Self = Self { length: 0, items: Args(&[]) };

    /// Number of byte strings.
    pub fn len(self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.length == 0
    }

    /// The byte strings in order.
    pub fn iter(self) -> impl Iterator<Item = &'a [u8]> + Clone + use<'a> {
        (0..self.length).filter_map(move |i| self.items.bytes(i))
    }
}

/// One call of a route.
#[derive(Clone, Copy, Debug)]
pub struct CallView<'a> {
    /// Callee.
    pub target: Address,
    /// Calldata.
    pub data: &'a [u8],
    /// Wei.
    pub value: U256,
}

/// The calls of a route.
#[derive(Clone, Copy, Debug)]
pub struct Calls<'a> {
    length: usize,
    items: Args<'a>,
}

impl<'a> Calls<'a> {
    /// Number of calls.
    pub fn len(self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.length == 0
    }

    /// The calls in order.
    pub fn iter(self) -> impl Iterator<Item = CallView<'a>> + Clone + use<'a> {
        (0..self.length).filter_map(move |i| self.items.call(i))
    }

    /// Number of bytes that [`encode_into`](Self::encode_into) appends.
    ///
    /// The sum cannot wrap where it matters: a program of 32-bit addresses cannot hold the calldata, and pay for
    /// the loop over it, that would take it to 2^32. If it did wrap, only a capacity would be too small.
    pub fn encoded_len(self) -> usize {
        self.raw().fold(32, |total, (_, data, _)| {
            total.wrapping_add(160).wrapping_add(padded(data.len()))
        })
    }

    /// Appends the canonical encoding of the array: length, offsets, calls; without an offset in front, as
    /// `execute(Call[])` has one.
    pub fn encode_into(self, out: &mut Vec<u8>) {
        put(out, self.length);
        let mut offset = self.length.wrapping_mul(32);
        for (_, data, _) in self.raw() {
            put(out, offset);
            offset = offset.wrapping_add(128).wrapping_add(padded(data.len()));
        }
        for (target, data, value) in self.raw() {
            // Checked words are canonical words.
            push_word(out, target);
            put(out, 96);
            push_word(out, value);
            put_bytes(out, data);
        }
    }

    /// Target, data and value of each call, as they lie in calldata.
    fn raw(self) -> impl Iterator<Item = (&'a [u8; 32], &'a [u8], &'a [u8; 32])> {
        (0..self.length).filter_map(move |i| {
            let call = self.items.tuple(i)?;
            Some((call.head(0)?, call.bytes(1)?, call.head(2)?))
        })
    }
}

/// One read of a message, in calldata or packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadView<'a> {
    /// Domain of the chain that is read.
    pub domain: Domain,
    /// Contract that is read.
    pub target: Address,
    /// Calldata of the static call.
    pub call_data: &'a [u8],
}

/// The reads of a message.
#[derive(Clone, Copy, Debug)]
pub struct Reads<'a> {
    length: usize,
    items: Args<'a>,
}

impl<'a> Reads<'a> {
    /// No reads, for the calls that have no argument for them.
    pub const NONE: Self = Self { length: 0, items: Args(&[]) };

    /// Number of reads.
    pub fn len(self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.length == 0
    }

    /// The reads in order.
    pub fn iter(self) -> impl Iterator<Item = ReadView<'a>> + Clone + use<'a> {
        (0..self.length).filter_map(move |i| self.items.read(i))
    }
}

/// A reward in calldata.
#[derive(Clone, Copy, Debug)]
pub struct RewardView<'a> {
    fields: &'a Fields,
    tokens: Tokens<'a>,
}

impl<'a> RewardView<'a> {
    /// First moment of a refund without proof, unix seconds, inclusive.
    pub fn deadline(self) -> u64 {
        low_u64(&self.fields[0])
    }

    /// Whom a refund pays.
    pub fn creator(self) -> Address {
        Address::from_word(B256::new(self.fields[1]))
    }

    /// Contract on the source chain whose proofs are believed.
    pub fn prover(self) -> Address {
        Address::from_word(B256::new(self.fields[2]))
    }

    /// Wei.
    pub fn native_amount(self) -> U256 {
        to_uint(&self.fields[3])
    }

    /// Tokens, paid leg by leg.
    pub fn tokens(self) -> Tokens<'a> {
        self.tokens
    }

    /// The four fixed fields as they lie in calldata: deadline, creator, prover, native amount.
    pub fn words(self) -> &'a [[u8; 32]; 4] {
        self.fields
    }

    /// Number of bytes that [`encode_tuple_into`](Self::encode_tuple_into) appends.
    pub fn tuple_len(self) -> usize {
        // The tokens are in memory, so this cannot come near the limit of `usize`.
        self.tokens.len().wrapping_mul(64).wrapping_add(192)
    }

    /// Appends the canonical tuple, without the offset that stands in front of it in calldata and in the hash.
    pub fn encode_tuple_into(self, out: &mut Vec<u8>) {
        push(out, self.fields.as_flattened());
        put(out, 160);
        self.tokens.encode_into(out);
    }

    /// Appends the canonical encoding: `encodedReward`.
    pub fn encode_into(self, out: &mut Vec<u8>) {
        put(out, 32);
        self.encode_tuple_into(out);
    }

    /// Hash of the canonical encoding: rewardHash.
    ///
    /// It is hashed from a copy: the calldata cannot be hashed in place, because what is hashed begins with an
    /// offset word that calldata does not have in front of the tuple.
    #[inline(never)]
    pub fn hash(self) -> B256 {
        let mut encoded = Vec::with_capacity(self.tuple_len().wrapping_add(32));
        self.encode_into(&mut encoded);
        keccak(&encoded)
    }
}

/// Rewards in calldata.
#[derive(Clone, Copy, Debug)]
pub struct Rewards<'a> {
    length: usize,
    items: Args<'a>,
}

impl<'a> Rewards<'a> {
    /// Number of rewards.
    pub fn len(self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.length == 0
    }

    /// The rewards in order.
    pub fn iter(self) -> impl Iterator<Item = RewardView<'a>> + Clone + use<'a> {
        (0..self.length).filter_map(move |i| self.items.reward(i))
    }
}

/// A route in calldata.
#[derive(Clone, Copy, Debug)]
pub struct RouteView<'a> {
    fields: &'a Fields,
    tokens: Tokens<'a>,
    calls: Calls<'a>,
}

impl<'a> RouteView<'a> {
    /// A route from its opaque bytes, as `fill` gets it: `abi.encode(route)`.
    pub fn decode(encoded: &'a [u8]) -> Option<Self> {
        Args(encoded).route(0)
    }

    /// Makes otherwise equal intents distinct.
    pub fn salt(self) -> B256 {
        B256::new(self.fields[0])
    }

    /// Last moment of fulfilment, unix seconds, inclusive.
    pub fn deadline(self) -> u64 {
        low_u64(&self.fields[1])
    }

    /// Portal on the destination chain.
    pub fn portal(self) -> Address {
        Address::from_word(B256::new(self.fields[2]))
    }

    /// Wei the solver brings for the calls.
    pub fn native_amount(self) -> U256 {
        to_uint(&self.fields[3])
    }

    /// Tokens the solver brings for the calls.
    pub fn tokens(self) -> Tokens<'a> {
        self.tokens
    }

    /// Made in order by the Executor.
    pub fn calls(self) -> Calls<'a> {
        self.calls
    }

    /// The canonical encoding, `encodedRoute`: what is hashed and published.
    #[inline(never)]
    pub fn encode(self) -> Vec<u8> {
        let tokens_size = self.tokens.len().wrapping_mul(64);
        let size = tokens_size.wrapping_add(self.calls.encoded_len()).wrapping_add(256);
        let mut out = Vec::with_capacity(size);
        put(&mut out, 32);
        push(&mut out, self.fields.as_flattened());
        put(&mut out, 192);
        put(&mut out, tokens_size.wrapping_add(224));
        self.tokens.encode_into(&mut out);
        self.calls.encode_into(&mut out);
        out
    }

    /// Hash of the canonical encoding: routeHash.
    pub fn hash(self) -> B256 {
        keccak(&self.encode())
    }
}

/// An intent in calldata.
#[derive(Clone, Copy, Debug)]
pub struct IntentView<'a> {
    /// Chain id of the fulfilment chain.
    pub destination: ChainId,
    /// The work.
    pub route: RouteView<'a>,
    /// The pay.
    pub reward: RewardView<'a>,
}

impl IntentView<'_> {
    /// The three hashes of the intent.
    pub fn hashes(&self) -> IntentHashes {
        hash::intent_hashes(self.destination, self.route.hash(), self.reward.hash())
    }
}

impl From<CallView<'_>> for Call {
    fn from(view: CallView<'_>) -> Self {
        Self { target: view.target, data: view.data.to_vec().into(), value: view.value }
    }
}

impl From<ReadView<'_>> for ReadOperation {
    fn from(view: ReadView<'_>) -> Self {
        Self {
            domain: view.domain.0,
            target: view.target,
            callData: view.call_data.to_vec().into(),
        }
    }
}

impl<'a> From<&'a ReadOperation> for ReadView<'a> {
    fn from(read: &'a ReadOperation) -> Self {
        Self { domain: Domain(read.domain), target: read.target, call_data: &read.callData }
    }
}

impl From<RewardView<'_>> for Reward {
    fn from(view: RewardView<'_>) -> Self {
        Self {
            deadline: view.deadline(),
            creator: view.creator(),
            prover: view.prover(),
            nativeAmount: view.native_amount(),
            tokens: view.tokens.iter().collect(),
        }
    }
}

impl From<RouteView<'_>> for Route {
    fn from(view: RouteView<'_>) -> Self {
        Self {
            salt: view.salt(),
            deadline: view.deadline(),
            portal: view.portal(),
            nativeAmount: view.native_amount(),
            tokens: view.tokens.iter().collect(),
            calls: view.calls.iter().map(Call::from).collect(),
        }
    }
}

impl From<IntentView<'_>> for Intent {
    fn from(view: IntentView<'_>) -> Self {
        Self {
            destination: view.destination.0,
            route: view.route.into(),
            reward: view.reward.into(),
        }
    }
}

impl Word for B256 {
    fn decode(word: &[u8; 32]) -> Option<Self> {
        Some(Self::new(*word))
    }
}

impl Word for U256 {
    fn decode(word: &[u8; 32]) -> Option<Self> {
        Some(to_uint(word))
    }
}

impl Word for Address {
    fn decode(word: &[u8; 32]) -> Option<Self> {
        let (padding, _) = word.split_first_chunk::<12>()?;
        (*padding == [0; 12]).then(|| Self::from_word(B256::new(*word)))
    }
}

impl Word for u64 {
    fn decode(word: &[u8; 32]) -> Option<Self> {
        let (padding, _) = word.split_first_chunk::<24>()?;
        (*padding == [0; 24]).then(|| low_u64(word))
    }
}

impl Word for u32 {
    fn decode(word: &[u8; 32]) -> Option<Self> {
        u64::decode(word)?.try_into().ok()
    }
}

impl Word for u8 {
    fn decode(word: &[u8; 32]) -> Option<Self> {
        u64::decode(word)?.try_into().ok()
    }
}

impl Word for bool {
    fn decode(word: &[u8; 32]) -> Option<Self> {
        match u64::decode(word)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Word for Domain {
    fn decode(word: &[u8; 32]) -> Option<Self> {
        Word::decode(word).map(Self)
    }
}

impl Word for ChainId {
    fn decode(word: &[u8; 32]) -> Option<Self> {
        Word::decode(word).map(Self)
    }
}

impl Word for FixedBytes<4> {
    fn decode(word: &[u8; 32]) -> Option<Self> {
        let (bytes, padding) = word.split_first_chunk()?;
        padding.iter().all(|byte| *byte == 0).then_some(Self(*bytes))
    }
}

/// The EVM address that a 32-byte address stands for; `None` for one of another VM, whose upper 12 bytes are not
/// zero.
pub fn evm_address(word: B256) -> Option<Address> {
    Word::decode(&word.0)
}

/// The number in a word. One copy: WebAssembly cannot swap bytes, so each conversion is 400 bytes of code.
#[inline(never)]
pub fn to_uint(word: &[u8; 32]) -> U256 {
    U256::from_be_bytes(*word)
}

/// The last eight bytes of a word.
fn low_u64(word: &[u8; 32]) -> u64 {
    let [.., a, b, c, d, e, f, g, h] = *word;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// Appends bytes as they are. One copy: each is a hundred bytes of code.
#[inline(never)]
pub fn push(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(bytes);
}

/// Appends a word: [`push`] of a length that is known, which is a few moves.
#[inline(never)]
pub fn push_word(out: &mut Vec<u8>, word: &[u8; 32]) {
    out.extend_from_slice(word);
}

/// Appends a length, an offset or a small number as a word.
#[inline(never)]
pub fn put(out: &mut Vec<u8>, number: usize) {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&(number as u64).to_be_bytes());
    push_word(out, &word);
}

/// Appends `bytes`: length, data, padding.
#[inline(never)]
pub fn put_bytes(out: &mut Vec<u8>, data: &[u8]) {
    put(out, data.len());
    push(out, data);
    let padding = padded(data.len()).wrapping_sub(data.len());
    out.resize(out.len().wrapping_add(padding), 0);
}

/// Rounds up to whole words; for lengths of slices, which are far from the limit of `usize`.
pub const fn padded(length: usize) -> usize {
    length.wrapping_add(31) & !31
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_sol_types::SolValue;

    fn words<const N: usize>(numbers: [u64; N]) -> Vec<u8> {
        numbers.iter().flat_map(|number| U256::from(*number).to_be_bytes::<32>()).collect()
    }

    #[test]
    fn bytes_need_no_padding() {
        let mut calldata = words([32, 3]);
        calldata.extend_from_slice(b"abc");
        assert_eq!(Args(&calldata).bytes(0), Some(&b"abc"[..]));
        calldata.pop();
        assert_eq!(Args(&calldata).bytes(0), None);
    }

    #[test]
    fn an_offset_may_point_into_the_head_and_values_may_overlap() {
        // both arguments are the one empty string whose length is the first argument's offset
        let calldata = words([0, 0]);
        assert_eq!(Args(&calldata).bytes(0), Some(&[][..]));
        assert_eq!(Args(&calldata).bytes(1), Some(&[][..]));
    }

    #[test]
    fn an_offset_above_64_bits_is_refused_even_if_its_low_bits_are_right() {
        let mut calldata = words([32, 0]);
        assert_eq!(Args(&calldata).bytes(0), Some(&[][..]));
        calldata[23] = 1;
        assert_eq!(Args(&calldata).bytes(0), None);
    }

    #[test]
    fn a_negative_offset_is_refused() {
        let mut calldata = words([0, 0, 0]);
        calldata[32..64].fill(0xff);
        calldata[63] = 0xe0;
        // minus 32, counted from the second word, would be the first word
        assert_eq!(Args(&calldata[32..]).bytes(0), None);
    }

    #[test]
    fn an_array_whose_size_overflows_is_refused() {
        for length in [u64::MAX, u64::MAX / 32, u64::MAX / 32 + 1, u64::MAX / 64 + 1, 1 << 32] {
            let calldata = words([32, length, 0, 0]);
            let args = Args(&calldata);
            assert!(args.words(0).is_none() && args.tokens(0).is_none(), "{length}");
            assert!(args.calls(0).is_none() && args.bytes_list(0).is_none(), "{length}");
            assert!(args.bytes(0).is_none(), "{length}");
        }
    }

    #[test]
    fn an_element_of_an_array_is_found_by_its_place_and_none_behind_the_end() {
        let calldata = words([32, 2, 7, 1 << 40]);
        let list = Args(&calldata).words(0).unwrap();
        let number = |n: u64| B256::from(U256::from(n));
        assert_eq!(
            [0, 1, 2].map(|place| list.get(place)),
            [Some(number(7)), Some(number(1 << 40)), None]
        );
        // and what is no value of its type is refused with the whole array
        assert!(Args(&calldata).domains(0).is_none());
        let domains = words([32, 1, 7]);
        assert_eq!(Args(&domains).domains(0).unwrap().get(0), Some(Domain(7)));
    }

    #[test]
    fn an_intent_with_a_gap_in_front_of_its_reward_has_the_same_hash() {
        let leg = TokenAmount { token: Address::repeat_byte(3), amount: U256::MAX };
        let reward = Reward {
            deadline: 5,
            creator: Address::repeat_byte(1),
            prover: Address::repeat_byte(2),
            nativeAmount: U256::from(6),
            tokens: Vec::from([leg, leg]),
        };
        let canonical = reward.abi_encode();
        let gap = [&words([64, 77])[..], &canonical[32..]].concat();
        assert_eq!(Args(&gap).reward(0).map(RewardView::hash), Some(reward.hash()));
    }
}
