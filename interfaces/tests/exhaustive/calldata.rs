//! Calldata: words of every kind, and a struct with dynamic parts at whose every word something else stands.
//!
//! # Planted bugs
//! Each was put into the code, seen to fail the test of this file that stands behind it, and taken out again.
//! - one byte above an address, or above a uint64, not looked at; a uint32 that is cut; a bool of 2 that is true; one
//!   byte below a bytes4 not looked at: `a_word_is_the_value_of_every_type_that_it_fits`, the first also
//!   `no_bit_above_an_address_is_lost`
//! - a token that is not looked at: `no_bit_above_an_address_is_lost`
//! - the lower 64 bits of an offset in place of all: `an_intent_whose_word_…`, `an_intent_with_two_wrong_offsets_…`,
//!   `reads_and_results_…`
//! - bytes that are shorter than they say: the same three
//! - the size of an array that goes round: `an_intent_whose_word_…`
//! - a length of 0 or 1 in place of a list's, a list that is always or never empty: `every_list_knows_how_long_it_is`
//! - an array that ends where the calldata does: `an_intent_that_is_cut_is_none`

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolValue;
use interfaces::args::{Args, BytesList, ReadView, Reads, evm_address};
use interfaces::codec::{MetalayerMessage, SignerSet};
use interfaces::erc7683::OrderDataView;
use interfaces::ids::{ChainId, Domain};
use interfaces::intents::{Call, Intent, OrderData, Output, Reward, Route, TokenAmount};
use interfaces::metalayer::ReadOperation;

use super::borders;

/// Every word of no bit, one bit or two: 1 + 256 + 32,640 = 32,897; and the 766 numbers around powers of two, some of
/// which are among them.
#[test]
fn a_word_is_the_value_of_every_type_that_it_fits() {
    let one = |bit: usize| U256::from(1) << bit;
    let pairs = (0..256).flat_map(|high| (0..=high).map(move |low| one(high) | one(low)));
    let mut cases = 0;
    for value in pairs.chain([U256::ZERO]).chain(borders()) {
        let word = B256::from(value);
        let args = Args(word.as_slice());
        // By the bytes, not by a conversion.
        let below = |bytes: usize| word[..32 - bytes].iter().all(|byte| *byte == 0);
        let number = word[24..].iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
        assert_eq!((args.uint(0), args.word(0)), (Some(value), Some(word)));
        assert_eq!(args.u64(0), below(8).then_some(number));
        assert_eq!(args.chain_id(0), below(8).then_some(ChainId(number)));
        assert_eq!(args.u32(0), below(4).then_some(number as u32));
        assert_eq!(args.domain(0), below(4).then_some(Domain(number as u32)));
        assert_eq!(args.u8(0), below(1).then_some(number as u8));
        assert_eq!(args.bool(0), (below(1) && number <= 1).then_some(number == 1));
        let address = below(20).then(|| Address::from_slice(&word[12..]));
        assert_eq!((args.address(0), evm_address(word)), (address, address));
        let low_empty = word[4..].iter().all(|byte| *byte == 0);
        assert_eq!(args.bytes4(0), low_empty.then(|| *word.first_chunk().unwrap()));
        cases += 1;
    }
    assert_eq!(cases, 32_897 + 766);
}

/// Every set of the upper 96 bits of an address that has one or two of them, with each of four addresses below:
/// 4 · (96 + 4,560) = 18,624 words that are no address; and the four that are.
#[test]
fn no_bit_above_an_address_is_lost() {
    let mut cases = 0;
    for low in [
        Address::ZERO,
        Address::with_last_byte(1),
        Address::repeat_byte(0x80),
        Address::repeat_byte(0xff),
    ] {
        assert_eq!(evm_address(low.into_word()), Some(low));
        for one in 160..256usize {
            for other in 160..=one {
                let mut word = low.into_word();
                word[31 - one / 8] |= 1 << (one % 8);
                word[31 - other / 8] |= 1 << (other % 8);
                assert_eq!(evm_address(word), None);
                assert_eq!(Args(word.as_slice()).address(0), None);
                let tokens = [&words([32, 1])[..], word.as_slice(), &words([5])].concat();
                assert!(Args(&tokens).tokens(0).is_none() && Args(&tokens).addresses(0).is_none());
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 18_624);
}

fn words<const N: usize>(numbers: [u64; N]) -> Vec<u8> {
    numbers.iter().flat_map(|number| U256::from(*number).to_be_bytes::<32>()).collect()
}

/// A decoder as the ABI's specification has it, in numbers too wide to go round, reading copies.
#[derive(Clone, Copy)]
struct Simple<'a> {
    calldata: &'a [u8],
    /// Where the tuple begins that offsets count from.
    base: U256,
}

impl Simple<'_> {
    fn bytes_at(self, at: U256, length: U256) -> Option<Vec<u8>> {
        let end = at.checked_add(length)?;
        if end > U256::from(self.calldata.len()) {
            return None;
        }
        Some(self.calldata[at.to::<usize>()..end.to::<usize>()].to_vec())
    }

    fn word(self, index: u64) -> Option<U256> {
        let at = self.base.checked_add(U256::from(32 * index))?;
        Some(U256::from_be_slice(&self.bytes_at(at, U256::from(32))?))
    }

    fn number(self, index: u64, bits: usize) -> Option<U256> {
        self.word(index).filter(|number| number.bit_len() <= bits)
    }

    fn address(self, index: u64) -> Option<Address> {
        Some(Address::from_word(self.number(index, 160)?.into()))
    }

    /// What the offset at `index` leads to.
    fn behind(self, index: u64) -> Option<Self> {
        let base = self.base.checked_add(self.number(index, 64)?)?;
        // An offset past the end leads nowhere, even if nothing is read there.
        (base <= U256::from(self.calldata.len())).then_some(Self { base, ..self })
    }

    fn bytes(self, index: u64) -> Option<Vec<u8>> {
        let array = self.behind(index)?;
        array.bytes_at(array.base.checked_add(U256::from(32))?, array.number(0, 64)?)
    }

    /// The length of an array whose elements begin with so many words, all of which are there; and its elements.
    fn array(self, index: u64, words: u64) -> Option<(u64, Self)> {
        let array = self.behind(index)?;
        let length = array.number(0, 64)?;
        let elements = Self { base: array.base.checked_add(U256::from(32))?, ..array };
        elements.bytes_at(elements.base, length.checked_mul(U256::from(32 * words))?)?;
        Some((length.to(), elements))
    }

    fn tokens(self, index: u64) -> Option<Vec<TokenAmount>> {
        let (length, tokens) = self.array(index, 2)?;
        let token = |at| {
            Some(TokenAmount { token: tokens.address(2 * at)?, amount: tokens.word(2 * at + 1)? })
        };
        (0..length).map(token).collect()
    }

    fn calls(self, index: u64) -> Option<Vec<Call>> {
        let (length, calls) = self.array(index, 1)?;
        let call = |at| {
            let call = calls.behind(at)?;
            Some(Call {
                target: call.address(0)?,
                data: call.bytes(1)?.into(),
                value: call.word(2)?,
            })
        };
        (0..length).map(call).collect()
    }

    fn reads(self, index: u64) -> Option<Vec<ReadOperation>> {
        let (length, reads) = self.array(index, 1)?;
        let read = |at| {
            let read = reads.behind(at)?;
            let (domain, target) = (read.number(0, 32)?.to(), read.address(1)?);
            Some(ReadOperation { domain, target, callData: read.bytes(2)?.into() })
        };
        (0..length).map(read).collect()
    }

    fn bytes_list(self, index: u64) -> Option<Vec<Vec<u8>>> {
        let (length, items) = self.array(index, 1)?;
        (0..length).map(|at| items.bytes(at)).collect()
    }

    fn intent(self, index: u64) -> Option<Intent> {
        let intent = self.behind(index)?;
        let (route, reward) = (intent.behind(1)?, intent.behind(2)?);
        Some(Intent {
            destination: intent.number(0, 64)?.to(),
            route: Route {
                salt: route.word(0)?.into(),
                deadline: route.number(1, 64)?.to(),
                portal: route.address(2)?,
                nativeAmount: route.word(3)?,
                tokens: route.tokens(4)?,
                calls: route.calls(5)?,
            },
            reward: Reward {
                deadline: reward.number(0, 64)?.to(),
                creator: reward.address(1)?,
                prover: reward.address(2)?,
                nativeAmount: reward.word(3)?,
                tokens: reward.tokens(4)?,
            },
        })
    }
}

/// An intent with a token and a call on one side, a token on the other.
fn intent() -> Intent {
    let leg = |byte| TokenAmount { token: Address::repeat_byte(byte), amount: U256::from(byte) };
    Intent {
        destination: 10,
        route: Route {
            salt: B256::with_last_byte(0x21),
            deadline: 0x22,
            portal: Address::with_last_byte(0x23),
            nativeAmount: U256::from(0x24),
            tokens: vec![leg(0x25)],
            calls: vec![Call {
                target: Address::with_last_byte(0x26),
                data: vec![0x27; 36].into(),
                value: U256::from(0x28),
            }],
        },
        reward: Reward {
            deadline: 0x29,
            creator: Address::with_last_byte(0x2a),
            prover: Address::with_last_byte(0x2b),
            nativeAmount: U256::from(0x2c),
            tokens: vec![leg(0x2d)],
        },
    }
}

/// Thirteen kinds of lists, each of no to four elements: 65 lists.
#[test]
fn every_list_knows_how_long_it_is() {
    let intent = intent();
    let call = &intent.route.calls[0];
    let read = ReadOperation { domain: 1, target: Address::ZERO, callData: vec![1; 5].into() };
    let output = Output {
        token: B256::ZERO,
        amount: U256::ZERO,
        recipient: B256::ZERO,
        chainId: U256::ZERO,
    };
    let mut cases = 0;
    for n in 0..=4 {
        let mut check = |len: usize, is_empty: bool, count: usize| {
            assert_eq!((len, is_empty, count), (n, n == 0, n));
            cases += 1;
        };
        // Numbers fit every type of one word.
        let encoded = (vec![U256::from(3); n],).abi_encode_params();
        let args = Args(&encoded);
        let list = args.words(0).unwrap();
        check(list.len(), list.is_empty(), list.iter().count());
        let list = args.addresses(0).unwrap();
        check(list.len(), list.is_empty(), list.iter().count());
        let list = args.domains(0).unwrap();
        check(list.len(), list.is_empty(), list.iter().count());
        let list = args.chain_ids(0).unwrap();
        check(list.len(), list.is_empty(), list.iter().count());
        let encoded = (vec![(3u64, 4u64); n],).abi_encode_params();
        let list = Args(&encoded).pairs(0).unwrap();
        check(list.len(), list.is_empty(), list.iter().count());
        let list = Args(&encoded).tokens(0).unwrap();
        check(list.len(), list.is_empty(), list.iter().count());
        let encoded = (vec![Bytes::from_static(b"bytes"); n],).abi_encode_params();
        let list = Args(&encoded).bytes_list(0).unwrap();
        check(list.len(), list.is_empty(), list.iter().count());
        let encoded = (vec![call.clone(); n],).abi_encode_params();
        let list = Args(&encoded).calls(0).unwrap();
        check(list.len(), list.is_empty(), list.iter().count());
        let encoded = (vec![read.clone(); n],).abi_encode_params();
        let list = Args(&encoded).reads(0).unwrap();
        check(list.len(), list.is_empty(), list.iter().count());
        let encoded = (vec![intent.reward.clone(); n],).abi_encode_params();
        let list = Args(&encoded).rewards(0).unwrap();
        check(list.len(), list.is_empty(), list.iter().count());
        let order = OrderData {
            destination: 10,
            route: vec![].into(),
            reward: intent.reward.clone(),
            routePortal: B256::ZERO,
            routeDeadline: 1,
            maxSpent: vec![output.clone(); n],
        };
        let encoded = order.abi_encode();
        let list = OrderDataView::decode(&encoded).unwrap().max_spent;
        check(list.len(), list.is_empty(), n);
        let view = ReadView::from(&read);
        let mut packed = vec![0; 78];
        packed.extend_from_slice(&(n as u32).to_be_bytes());
        for _ in 0..n {
            packed.extend_from_slice(&[view.target.as_slice(), &[0; 8]].concat());
        }
        let list = MetalayerMessage::decode(&packed).unwrap().reads;
        check(list.len(), list.is_empty(), list.iter().count());
        let encoded = SignerSet::encode(1, (0..n).map(|_| view.target));
        let list = SignerSet::decode(&encoded).unwrap().signers;
        check(list.len(), list.is_empty(), list.iter().count());
    }
    assert_eq!(cases, 65);
    assert!(BytesList::NONE.is_empty() && Reads::NONE.is_empty());
    assert!(BytesList::NONE.iter().next().is_none() && Reads::NONE.iter().next().is_none());
}

/// Which words of that intent's calldata are offsets or lengths: of the intent, its route and reward, the route's
/// tokens and calls, the call and its data, the reward's tokens.
const POINTERS: [usize; 12] = [0, 2, 3, 8, 9, 10, 13, 14, 16, 18, 25, 26];

/// The numbers up to `last`, and those around powers of two.
fn numbers(last: usize) -> Vec<U256> {
    let beyond = |border: &U256| *border > U256::from(last);
    (0..=last).map(U256::from).chain(borders().into_iter().filter(beyond)).collect()
}

/// Calldata that our views and the simple decoder must read alike.
fn read_alike(calldata: &[u8]) -> bool {
    let simple = Simple { calldata, base: U256::ZERO }.intent(0);
    let ours = Args(calldata).intent(0);
    if let (Some(view), Some(intent)) = (ours, &simple) {
        assert_eq!(view.hashes(), intent.hashes());
    }
    let read = ours.map(Intent::from);
    assert_eq!(read, simple, "{}", hex::encode(calldata));
    simple.is_some()
}

/// Every word of an intent's calldata, holding every number from 0 to its size and 64 more, and those around powers of
/// two: 29 words, 1,732 numbers, 50,228 calldatas. Some are intents: the
/// word is only a value, or leads to what can be read.
#[test]
fn an_intent_whose_word_is_anything_is_read_as_by_a_simple_decoder() {
    let honest = intent().abi_encode();
    let numbers = numbers(honest.len() + 64);
    let (mut cases, mut accepted) = (0, 0);
    for at in (0..honest.len()).step_by(32) {
        let mut calldata = honest.clone();
        for number in &numbers {
            calldata[at..at + 32].copy_from_slice(&number.to_be_bytes::<32>());
            accepted += usize::from(read_alike(&calldata));
            cases += 1;
        }
    }
    assert_eq!((cases, accepted), (50_228, 26_422));
}

/// Every two words of an intent's calldata that are offsets or lengths, each holding every multiple of 32 up to its
/// size, the numbers up to 2 and those at the ends of 32, 64 and 256 bits: 66 pairs of words, 40² pairs of numbers.
#[test]
fn an_intent_with_two_wrong_offsets_is_read_as_by_a_simple_decoder() {
    let honest = intent().abi_encode();
    let steps = (0..=honest.len() as u64).step_by(32).chain([1, 2]);
    let large = [1 << 31, 1 << 32, u32::MAX.into(), u64::MAX - 31, u64::MAX - 63, u64::MAX];
    let numbers: Vec<_> =
        steps.chain(large).map(U256::from).chain([U256::from(1) << 64, U256::MAX]).collect();
    let (mut cases, mut accepted) = (0, 0);
    for (index, one) in POINTERS.iter().enumerate() {
        for other in &POINTERS[index + 1..] {
            let mut calldata = honest.clone();
            for first in &numbers {
                calldata[32 * one..32 * one + 32].copy_from_slice(&first.to_be_bytes::<32>());
                for second in &numbers {
                    calldata[32 * other..32 * other + 32]
                        .copy_from_slice(&second.to_be_bytes::<32>());
                    accepted += usize::from(read_alike(&calldata));
                    cases += 1;
                }
            }
        }
    }
    assert_eq!((numbers.len(), cases, accepted), (40, 105_600, 1_386));
}

/// Every beginning of an intent's calldata: 929, of which only the whole is one.
#[test]
fn an_intent_that_is_cut_is_none() {
    let honest = intent().abi_encode();
    let mut cases = 0;
    for end in 0..=honest.len() {
        assert_eq!(read_alike(&honest[..end]), end == honest.len());
        cases += 1;
    }
    assert_eq!(cases, 929);
}

/// The lists of a delivered message, two reads and two results, with every word holding every number from 0 to the
/// size and 32 more, and those around powers of two: 23 words, 1,508 numbers, 34,684 calldatas.
#[test]
fn reads_and_results_whose_word_is_anything_are_read_as_by_a_simple_decoder() {
    let read = |byte: u8, length| ReadOperation {
        domain: byte.into(),
        target: Address::with_last_byte(byte),
        callData: vec![byte; length].into(),
    };
    let lists = (
        vec![read(0x31, 4), read(0x32, 33)],
        vec![vec![0x33; 0], vec![0x34; 33]].into_iter().map(Bytes::from).collect::<Vec<_>>(),
    );
    let honest = lists.abi_encode_params();
    let numbers = numbers(honest.len() + 32);
    let (mut cases, mut accepted) = (0, 0);
    for at in (0..honest.len()).step_by(32) {
        let mut calldata = honest.clone();
        for number in &numbers {
            calldata[at..at + 32].copy_from_slice(&number.to_be_bytes::<32>());
            let (args, simple) =
                (Args(&calldata), Simple { calldata: &calldata, base: U256::ZERO });
            let reads = args.reads(0).map(|reads| reads.iter().map(ReadOperation::from).collect());
            assert_eq!(reads, simple.reads(0));
            let results = args.bytes_list(1);
            let copies = results.map(|list| list.iter().map(<[u8]>::to_vec).collect::<Vec<_>>());
            assert_eq!(copies, simple.bytes_list(1));
            accepted += usize::from(reads.is_some() && copies.is_some());
            cases += 1;
        }
    }
    assert_eq!((cases, accepted), (34_684, 13_001));
}
