//! Proofs by trying everything, as in `interfaces/tests/exhaustive`: each test goes through the whole of a small domain
//! and counts its cases.
//!
//! # Planted bugs
//! Each was put into the code, seen to fail the test of this file that stands behind it, and taken out again.
//! - a floor that is raised to 199,999 at least; a wide floor that is halved where it is stored; an asked-for limit
//!   that counts below the floor: `a_message_has_the_gas_that_was_asked_for_or_the_floor`
//! - bit 40 of a domain dropped before its range is checked: `a_domain_is_dispatched_to_whole_or_not_at_all`
//! - one byte above a domain not looked at: `no_bit_above_a_domain_is_lost`
//! - only eleven of the twelve upper bytes of a claimant checked: `a_claimant_is_recorded_whole_or_not_at_all`
//! - no more than three pairs of a message recorded: `a_message_of_any_length_is_recorded_whole_or_refused`
//! - an unregistered domain that speaks for every chain; a registered one that speaks for its own number:
//!   `a_message_speaks_for_the_chain_of_its_domain_alone`

use interfaces::{
    codec::HookMetadata,
    intents::{
        DomainConfig,
        IMetaProver::{
            ChainIdMismatch, DomainIdTooLarge, InvalidProofMessage, MIN_GAS_LIMITCall,
            ZeroDomainID, configureDomainsCall, fetchFeeCall,
        },
        IProver::{ArrayLengthMismatch, IntentProven},
    },
};

use super::*;

const ONE: U256 = U256::ONE;

/// The numbers around every power of two below 2^`bits`, each once: 2^k - 1, 2^k, 2^k + 1, and the largest.
fn borders(bits: usize) -> Vec<U256> {
    let around = |bit: usize| {
        let power: U256 = ONE << bit;
        [power - ONE, power, power.wrapping_add(ONE)]
    };
    let mut borders: Vec<_> =
        (0..bits).flat_map(around).chain([U256::MAX >> (256 - bits)]).collect();
    borders.sort();
    borders.dedup();
    borders
}

fn data(gas_limit: U256) -> Vec<u8> {
    [REMOTE.as_slice(), &gas_limit.to_be_bytes::<32>()].concat()
}

fn prove(domain: u64, gas_limit: U256) -> IProver::proveCall {
    IProver::proveCall {
        sender: SOLVER,
        sourceChainDomainID: domain,
        encodedProofs: vec![].into(),
        data: data(gas_limit).into(),
    }
}

/// What the router was asked since the last look: the gas limits of quotes and of dispatches, and where to.
fn asked(chain: &Chain) -> (Vec<U256>, Vec<(u32, U256)>) {
    let calls = chain.take_calls();
    let quotes = calls_of::<IMetalayerRouter::quoteDispatch_3Call>(&calls);
    let quote = |call: &&CallRecord| {
        let quote = IMetalayerRouter::quoteDispatch_3Call::abi_decode(&call.data).unwrap();
        HookMetadata::decode(&quote.hookMetadata).gas_limit.unwrap()
    };
    let dispatches = calls_of::<IMetalayerRouter::dispatch_1Call>(&calls);
    let dispatch = |call: &&CallRecord| {
        let dispatch = IMetalayerRouter::dispatch_1Call::abi_decode(&call.data).unwrap();
        (dispatch.destination, dispatch.gasLimit)
    };
    (quotes.iter().map(quote).collect(), dispatches.iter().map(dispatch).collect())
}

/// Seventeen floors (around 0, 200,000, 2^64, and the largest), and for each the gas limits 0 to 64, 199,990 to
/// 200,010, and those around all powers of two: 17 · (65 + 21 + 766) = 14,484 messages.
#[test]
fn a_message_has_the_gas_that_was_asked_for_or_the_floor() {
    let narrow = (0..=2).chain(199_998..=200_003).chain(u64::MAX - 2..=u64::MAX).map(U256::from);
    let wide = [ONE << 64, (ONE << 64) + ONE, ONE << 128, U256::MAX - ONE, U256::MAX];
    let floors = narrow.chain(wide);
    let asks = (0..=64).chain(199_990..=200_010).map(U256::from).chain(borders(256));
    let mut cases = 0;
    for given in floors {
        let chain = chain();
        send(&chain, DEPLOYER, 0, &constructor(ROUTER, PORTAL, vec![], given)).unwrap();
        set_fee(&chain, 0);
        let floor = if given < U256::from(200_000) { U256::from(200_000) } else { given };
        assert_eq!(call(&chain, STRANGER, &MIN_GAS_LIMITCall {}), Ok(floor));
        for ask in asks.clone() {
            let expected = if ask < floor { floor } else { ask };
            chain.take_calls();
            send(&chain, PORTAL, 0, &prove(7, ask).abi_encode()).unwrap();
            assert_eq!(asked(&chain), (vec![expected], vec![(7, expected)]), "{ask} of {given}");
            cases += 1;
        }
    }
    assert_eq!(cases, 14_484);
}

/// The domains 0 to 300, and those around all powers of two below 2^64: 301 + 190 domains, of which each either fits 32
/// bits and is dispatched to, or is refused and named.
#[test]
fn a_domain_is_dispatched_to_whole_or_not_at_all() {
    let chain = prover();
    set_fee(&chain, 0);
    let mut cases = 0;
    for domain in (0..=300).map(U256::from).chain(borders(64)).map(|domain| domain.to::<u64>()) {
        chain.take_calls();
        let proven = send(&chain, PORTAL, 0, &prove(domain, U256::ZERO).abi_encode());
        let (_, dispatched) = asked(&chain);
        let fee = fetchFeeCall {
            domainID: domain,
            encodedProofs: vec![].into(),
            data: data(U256::ZERO).into(),
        };
        let quoted = call(&chain, STRANGER, &fee);
        if domain < 1 << 32 {
            let to: Vec<_> = dispatched.iter().map(|(domain, _)| u64::from(*domain)).collect();
            assert_eq!((proven, quoted, to), (Ok(vec![]), Ok(U256::ZERO), vec![domain]));
        } else {
            let refusal = reverts(DomainIdTooLarge { domainID: domain });
            assert_eq!((proven, quoted), (Err(refusal.clone()), Err(refusal)));
            assert_eq!(dispatched, []);
        }
        cases += 1;
    }
    assert_eq!(cases, 301 + 190);
}

/// Every bit above the 64 of a domain, in `prove` and in `fetchFee`: 2 · 192 calls, refused without data.
#[test]
fn no_bit_above_a_domain_is_lost() {
    let chain = prover();
    set_fee(&chain, 0);
    let fee =
        fetchFeeCall { domainID: 7, encodedProofs: vec![].into(), data: data(U256::ZERO).into() };
    // Where the domain stands: the second argument of the one, the first of the other.
    let calls = [(prove(7, U256::ZERO).abi_encode(), 4 + 32), (fee.abi_encode(), 4)];
    let mut cases = 0;
    for (honest, word) in calls {
        send(&chain, PORTAL, 0, &honest).unwrap();
        for bit in 64..256 {
            let mut calldata = honest.clone();
            calldata[word + 31 - bit / 8] |= 1 << (bit % 8);
            assert_eq!(send(&chain, PORTAL, 0, &calldata), Err(vec![]), "bit {bit}");
            cases += 1;
        }
    }
    assert_eq!(cases, 2 * 192);
}

/// Every claimant of one bit or two: 256 + 32,640. Those whose bits are all among the lower 160, 160 + 12,720, are
/// recorded as they are; of the others nothing is.
#[test]
fn a_claimant_is_recorded_whole_or_not_at_all() {
    let (mut cases, mut recorded) = (0, 0);
    for high in 0..256usize {
        // A batch for all whose higher bit this is, each with an intent of its own.
        let claimants = (0..=high).map(|low| B256::from((ONE << high) | (ONE << low)));
        let pairs: Vec<_> =
            claimants.zip(1..).map(|(claimant, n)| (B256::from(U256::from(n)), claimant)).collect();
        let chain = prover();
        call(&chain, ROUTER, &handle(ORIGIN, REMOTE, message(ORIGIN.into(), &pairs))).unwrap();
        let events = events::<IntentProven>(&chain.take_logs());
        let expected = if high < 160 { &pairs[..] } else { &[] };
        assert_eq!(events.len(), expected.len());
        for (event, (hash, claimant)) in events.iter().zip(expected) {
            let named = (event.intentHash, event.claimant.into_word(), event.destination);
            assert_eq!(named, (*hash, *claimant, ORIGIN.into()));
            recorded += 1;
        }
        for (hash, claimant) in &pairs {
            let proof = proven(&chain, *hash);
            let (word, chain_id) = if high < 160 { (*claimant, 10) } else { (B256::ZERO, 0) };
            assert_eq!((proof.claimant.into_word(), proof.destination), (word, chain_id));
            cases += 1;
        }
    }
    assert_eq!((cases, recorded), (256 + 32_640, 160 + 12_720));
}

/// Every length of a message up to four pairs: 265. Eight bytes and whole pairs are recorded, all else stores nothing.
#[test]
fn a_message_of_any_length_is_recorded_whole_or_refused() {
    let pairs: Vec<_> = (1..=4).map(|n| (B256::with_last_byte(n), ALICE.into_word())).collect();
    let whole = message(ORIGIN.into(), &pairs);
    let mut cases = 0;
    for length in 0..=whole.len() {
        let chain = prover();
        let outcome = call(&chain, ROUTER, &handle(ORIGIN, REMOTE, whole[..length].to_vec()));
        let recorded = events::<IntentProven>(&chain.take_logs()).len();
        match [8, 72, 136, 200, 264].iter().position(|end| *end == length) {
            Some(pairs) => assert_eq!((outcome.is_ok(), recorded), (true, pairs)),
            None if length < 8 => {
                assert_eq!((outcome.err(), recorded), (Some(reverts(InvalidProofMessage {})), 0));
            }
            None => {
                assert_eq!((outcome.err(), recorded), (Some(reverts(ArrayLengthMismatch {})), 0));
            }
        }
        cases += 1;
    }
    assert_eq!(cases, 265);
}

/// Every chain id from 0 to 15 and one large one, from every domain from 0 to 15, of which three are registered: one
/// for a large id, one for the number of another domain, one for its own: 17 · 16 = 272 messages.
#[test]
fn a_message_speaks_for_the_chain_of_its_domain_alone() {
    let large = 412_346;
    let chain = prover();
    let configs = [(10, large), (11, 12), (13, 13)]
        .map(|(domain, chain_id)| DomainConfig { domain, chainId: chain_id });
    call(&chain, DEPLOYER, &configureDomainsCall { configs: configs.to_vec() }).unwrap();
    let mut cases = 0;
    for origin in 0..16 {
        let expected = match origin {
            10 => large,
            11 => 12,
            other => other.into(),
        };
        for actual in (0..16).chain([large]) {
            let outcome = call(&chain, ROUTER, &handle(origin, REMOTE, message(actual, &[])));
            let refusal = match origin {
                0 => Some(reverts(ZeroDomainID {})),
                _ if actual == expected => None,
                _ => Some(reverts(ChainIdMismatch { domain: origin.into(), expected, actual })),
            };
            assert_eq!(outcome.err(), refusal, "{actual} from {origin}");
            cases += 1;
        }
    }
    assert_eq!(cases, 272);
}
