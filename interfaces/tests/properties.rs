//! What holds for all inputs: what is encoded can be decoded, what is accepted encodes to itself, and garbage is
//! refused without a panic.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolValue};
use interfaces::args::{Args, ReadView, RouteView};
use interfaces::codec::{
    HookMetadata, HyperlaneMessage, MerkleRootMetadata, MessageIdMetadata, MetalayerHeader,
    MetalayerMessage, ProofMessage, Proofs, ReadMetadata, ReadResult, Receipt, Signature,
    Signatures, SignerSet, ValidatorSet, aggregation_metadata, sub_metadata,
};
use interfaces::hash;
use interfaces::ids::{ChainId, Domain};
use interfaces::intents::{
    Call, DomainConfig, IInbox, IIntentSource, Intent, Reward, Route, TokenAmount,
};
use interfaces::merkle::{self, MerkleTree};
use interfaces::metalayer::{FinalityState, IMetalayerRecipient, ReadOperation};
use proptest::collection::vec;
use proptest::prelude::*;

fn b256() -> impl Strategy<Value = B256> {
    any::<[u8; 32]>().prop_map(B256::new)
}

fn address() -> impl Strategy<Value = Address> {
    any::<[u8; 20]>().prop_map(Address::new)
}

fn uint() -> impl Strategy<Value = U256> {
    any::<[u8; 32]>().prop_map(U256::from_be_bytes)
}

fn blob(max: usize) -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..=max).prop_map(Bytes::from)
}

fn token() -> impl Strategy<Value = TokenAmount> {
    (address(), uint()).prop_map(|(token, amount)| TokenAmount { token, amount })
}

fn call() -> impl Strategy<Value = Call> {
    (address(), blob(80), uint()).prop_map(|(target, data, value)| Call { target, data, value })
}

fn reward_with(max_tokens: usize) -> impl Strategy<Value = Reward> {
    (any::<u64>(), address(), address(), uint(), vec(token(), 0..=max_tokens)).prop_map(
        |(deadline, creator, prover, native_amount, tokens)| Reward {
            deadline,
            creator,
            prover,
            nativeAmount: native_amount,
            tokens,
        },
    )
}

fn route_with(max_tokens: usize, max_calls: usize) -> impl Strategy<Value = Route> {
    let tokens = vec(token(), 0..=max_tokens);
    let calls = vec(call(), 0..=max_calls);
    (b256(), any::<u64>(), address(), uint(), tokens, calls).prop_map(
        |(salt, deadline, portal, native_amount, tokens, calls)| Route {
            salt,
            deadline,
            portal,
            nativeAmount: native_amount,
            tokens,
            calls,
        },
    )
}

fn intent() -> impl Strategy<Value = Intent> {
    (any::<u64>(), route_with(4, 4), reward_with(4))
        .prop_map(|(destination, route, reward)| Intent { destination, route, reward })
}

fn read() -> impl Strategy<Value = ReadOperation> {
    (any::<u32>(), address(), blob(80)).prop_map(|(domain, target, call_data)| ReadOperation {
        domain,
        target,
        callData: call_data,
    })
}

fn finality() -> impl Strategy<Value = FinalityState> {
    (0u8..=2).prop_map(|flag| FinalityState::new(flag).unwrap())
}

fn header() -> impl Strategy<Value = MetalayerHeader> {
    (any::<u8>(), finality(), any::<u32>(), any::<u32>(), b256(), any::<u32>(), b256()).prop_map(
        |(version, finality, nonce, origin, sender, destination, recipient)| MetalayerHeader {
            version,
            finality,
            nonce,
            origin: Domain(origin),
            sender,
            destination: Domain(destination),
            recipient,
        },
    )
}

fn signature() -> impl Strategy<Value = Signature> {
    (b256(), b256(), any::<u8>()).prop_map(|(r, s, v)| Signature { r, s, v })
}

/// Bytes that were well formed, with some words overwritten by small numbers, large numbers or noise.
fn damaged(encoded: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        (0u64..600).prop_map(|small| U256::from(small).to_be_bytes::<32>()),
        any::<u64>().prop_map(|large| U256::from(large).to_be_bytes::<32>()),
        any::<[u8; 32]>(),
        Just([0xff; 32]),
    ];
    let words = encoded.len() / 32;
    let (index, cut) = (0..words, prop_oneof![3 => Just(0), 1 => 0..64usize]);
    (vec((index, word), 1..4), cut).prop_map(move |(changes, cut)| {
        let mut bytes = encoded.clone();
        for (index, word) in changes {
            bytes[32 * index..32 * (index + 1)].copy_from_slice(&word);
        }
        bytes.truncate(bytes.len() - cut.min(bytes.len()));
        bytes
    })
}

/// Everything that a view shows of an intent in calldata.
fn read_intent(calldata: &[u8]) -> Option<Intent> {
    Args(calldata).intent(0).map(Intent::from)
}

proptest! {
    #[test]
    fn views_read_what_alloy_encodes(intent in intent()) {
        let encoded = intent.abi_encode();
        let view = Args(&encoded).intent(0).unwrap();
        prop_assert_eq!(view.hashes(), intent.hashes());
        prop_assert_eq!(view.route.encode(), intent.route.abi_encode());
        prop_assert_eq!(view.reward.tuple_len() + 32, intent.reward.abi_encode().len());
        prop_assert_eq!(Intent::from(view), intent);
    }

    #[test]
    fn an_intent_that_is_cut_anywhere_is_refused(intent in intent()) {
        let encoded = intent.abi_encode();
        for end in 0..encoded.len() {
            prop_assert!(read_intent(&encoded[..end]).is_none(), "cut at {}", end);
        }
    }

    #[test]
    fn a_route_that_is_cut_before_its_padding_is_refused(route in route_with(3, 3)) {
        let encoded = route.abi_encode();
        // the padding of the last call's data is not read
        let padding = route.calls.last().map_or(0, |call| call.data.len().wrapping_neg() % 32);
        for end in 0..encoded.len() - padding {
            prop_assert!(RouteView::decode(&encoded[..end]).is_none(), "cut at {}", end);
        }
        for end in encoded.len() - padding..encoded.len() {
            prop_assert_eq!(RouteView::decode(&encoded[..end]).unwrap().hash(), route.hash());
        }
    }

    #[test]
    fn what_follows_the_arguments_changes_nothing(intent in intent(), tail in blob(100)) {
        let encoded = [intent.abi_encode(), tail.to_vec()].concat();
        prop_assert_eq!(read_intent(&encoded), Some(intent));
    }

    #[test]
    fn a_damaged_intent_is_refused_or_has_a_canonical_form(
        damaged in intent().prop_flat_map(|intent| damaged(intent.abi_encode()))
    ) {
        if let Some(view) = Args(&damaged).intent(0) {
            let intent = Intent::from(view);
            prop_assert_eq!(view.hashes(), intent.hashes());
            prop_assert_eq!(read_intent(&intent.abi_encode()), Some(intent));
        }
        // what alloy finds canonical, Solidity reads
        if let Ok(intent) = Intent::abi_decode_validate(&damaged) {
            prop_assert_eq!(read_intent(&damaged), Some(intent));
        }
    }

    #[test]
    fn garbage_is_refused_without_a_panic(garbage in vec(any::<u8>(), 0..400), index in 0usize..12) {
        for offset in [0, 1, 31, 32] {
            let args = Args(garbage.get(offset..).unwrap_or_default());
            let _ = (args.bytes(index), args.words(index), args.tokens(index), args.pairs(index));
            let _ = (args.bytes_list(index), args.calls(index), args.reads(index));
            let _ = (args.reward(index), args.rewards(index), args.route(index), args.intent(index));
        }
        let _ = (MetalayerMessage::decode(&garbage).is_ok(), HookMetadata::decode(&garbage));
        let _ = (ReadMetadata::decode(&garbage).map(|m| m.results(2).is_ok()), sub_metadata(&garbage, index));
        let _ = (MessageIdMetadata::decode(&garbage), MerkleRootMetadata::decode(&garbage));
    }

    #[test]
    fn numbers_are_refused_when_they_do_not_fit(word in any::<[u8; 32]>(), zeros in 0usize..=32) {
        let mut word = word;
        word[..zeros].fill(0);
        let value = U256::from_be_bytes(word);
        let args = Args(&word);
        prop_assert_eq!(args.uint(0), Some(value));
        prop_assert_eq!(args.word(0), Some(B256::new(word)));
        prop_assert_eq!(args.u64(0), u64::try_from(value).ok());
        prop_assert_eq!(args.chain_id(0), u64::try_from(value).ok().map(ChainId));
        prop_assert_eq!(args.u32(0), u32::try_from(value).ok());
        prop_assert_eq!(args.domain(0), u32::try_from(value).ok().map(Domain));
        prop_assert_eq!(args.u8(0), u8::try_from(value).ok());
        prop_assert_eq!(args.bool(0), [Some(false), Some(true)].get(args.u8(0).unwrap_or(2) as usize).copied().flatten());
        let fits = value.bit_len() <= 160;
        prop_assert_eq!(args.address(0), fits.then(|| Address::from_word(B256::new(word))));
        prop_assert_eq!(args.bytes4(0).is_some(), word[4..] == [0; 28]);
        prop_assert_eq!(Args(&word[1..]).uint(0), None);
    }

    #[test]
    fn lists_are_read_as_alloy_encodes_them(
        hashes in vec(b256(), 0..5),
        destinations in vec(any::<u64>(), 0..5),
        rewards in vec(reward_with(2), 0..4),
        reads in vec(read(), 0..4),
        results in vec(blob(70), 0..4),
        message in blob(70),
        configs in vec((any::<u64>(), any::<u64>()), 0..4),
    ) {
        let batch = IIntentSource::batchWithdrawCall {
            destinations: destinations.clone(),
            routeHashes: hashes.clone(),
            rewards: rewards.clone(),
        }
        .abi_encode();
        let args = Args(&batch[4..]);
        let chain_ids = destinations.iter().copied().map(ChainId);
        prop_assert!(args.chain_ids(0).unwrap().iter().eq(chain_ids));
        prop_assert!(args.words(1).unwrap().iter().eq(hashes.iter().copied()));
        prop_assert_eq!(args.words(1).unwrap().as_bytes(), hashes.concat());
        let read_rewards = args.rewards(2).unwrap();
        prop_assert_eq!(read_rewards.len(), rewards.len());
        prop_assert!(read_rewards.iter().map(Reward::from).eq(rewards));

        let handle = IMetalayerRecipient::handleCall {
            origin: 7,
            sender: B256::ZERO,
            message: message.clone(),
            reads: reads.clone(),
            readResults: results.clone(),
        }
        .abi_encode();
        let args = Args(&handle[4..]);
        prop_assert_eq!(args.bytes(2).unwrap(), &message[..]);
        prop_assert!(args.reads(3).unwrap().iter().map(ReadOperation::from).eq(reads));
        prop_assert!(args.bytes_list(4).unwrap().iter().eq(results.iter().map(|r| &r[..])));
        // every byte of the head is needed
        for end in 0..160 {
            let args = Args(&handle[4..4 + end]);
            let all = (args.domain(0), args.word(1), args.bytes(2), args.reads(3), args.bytes_list(4));
            prop_assert!(!matches!(all, (Some(_), Some(_), Some(_), Some(_), Some(_))));
        }

        let domains: Vec<_> = (configs.iter())
            .map(|(domain, chain_id)| DomainConfig { domain: *domain, chainId: *chain_id })
            .collect();
        let encoded = (domains,).abi_encode_params();
        prop_assert!(Args(&encoded).pairs(0).unwrap().iter().eq(configs));
    }

    #[test]
    fn calls_with_opaque_routes_are_read_as_alloy_encodes_them(
        destination in any::<u64>(), route in blob(200), reward in reward_with(3), partial in any::<bool>()
    ) {
        let call = IIntentSource::publishAndFund_1Call {
            destination, route: route.clone(), reward: reward.clone(), allowPartial: partial,
        }
        .abi_encode();
        let args = Args(&call[4..]);
        prop_assert_eq!(args.chain_id(0), Some(ChainId(destination)));
        prop_assert_eq!(args.bytes(1), Some(&route[..]));
        prop_assert_eq!(args.reward(2).map(|view| view.hash()), Some(reward.hash()));
        prop_assert_eq!(args.bool(3), Some(partial));
    }

    #[test]
    fn the_calls_of_a_route_are_encoded_as_alloy_does(route in route_with(1, 5)) {
        let fulfill = IInbox::fulfillCall {
            intentHash: B256::ZERO, route: route.clone(), rewardHash: B256::ZERO, claimant: B256::ZERO,
        }
        .abi_encode();
        let view = Args(&fulfill[4..]).route(1).unwrap();
        let mut encoded = U256::from(32).to_be_bytes_vec();
        view.calls().encode_into(&mut encoded);
        prop_assert_eq!(encoded.len(), view.calls().encoded_len() + 32);
        prop_assert_eq!(encoded, route.calls.abi_encode());
    }

    #[test]
    fn hyperlane_messages_encode_to_themselves(message in vec(any::<u8>(), 0..200)) {
        let decoded = HyperlaneMessage::decode(&message);
        prop_assert_eq!(decoded.is_some(), message.len() >= HyperlaneMessage::HEADER);
        if let Some(decoded) = decoded {
            prop_assert_eq!(decoded.encode(), message);
        }
    }

    #[test]
    fn metalayer_messages_are_decoded_as_they_were_encoded(
        header in header(), reads in vec(read(), 0..=16), write in blob(200)
    ) {
        let encoded = header.encode(reads.iter().map(ReadView::from), &write);
        let size = MetalayerHeader::encoded_len(reads.iter().map(ReadView::from), &write);
        prop_assert_eq!(size, Some(encoded.len()));
        let message = MetalayerMessage::decode(&encoded).unwrap();
        prop_assert_eq!(message.header, header);
        prop_assert_eq!(message.reads.len(), reads.len());
        prop_assert!(message.reads.iter().map(ReadOperation::from).eq(reads.clone()));
        prop_assert_eq!(message.write_call_data, &write[..]);
        // a message that ends inside its reads is refused
        let reads_end = encoded.len() - write.len();
        for end in 0..reads_end {
            prop_assert!(MetalayerMessage::decode(&encoded[..end]).is_err(), "cut at {}", end);
        }
    }

    #[test]
    fn metalayer_messages_that_are_accepted_encode_to_themselves(
        fixed in any::<[u8; 78]>(), flag in 0u8..4, count in 0u32..18, rest in vec(0u8..4, 0..200)
    ) {
        let mut bytes = fixed.to_vec();
        bytes[1] = flag;
        bytes.extend_from_slice(&count.to_be_bytes());
        bytes.extend_from_slice(&rest);
        if let Ok(message) = MetalayerMessage::decode(&bytes) {
            prop_assert_eq!(message.encode(), bytes);
        }
    }

    #[test]
    fn hook_metadata_is_decoded_as_it_was_encoded(
        value in uint(), gas_limit in uint(), refund in address(), custom in blob(40)
    ) {
        let encoded = [&HookMetadata::encode(value, gas_limit, refund)[..], &custom].concat();
        let metadata = HookMetadata::decode(&encoded);
        prop_assert!(HookMetadata::is_supported(&encoded));
        prop_assert_eq!(metadata.value, Some(value));
        prop_assert_eq!(metadata.gas_limit, Some(gas_limit));
        prop_assert_eq!(metadata.refund, Some(refund));
        prop_assert_eq!(metadata.custom, &custom[..]);
        // a field that is cut is missing, and so is all behind it
        for end in 0..HookMetadata::SIZE {
            let cut = HookMetadata::decode(&encoded[..end]);
            prop_assert_eq!(cut.value.is_some(), end >= 34);
            prop_assert_eq!(cut.gas_limit.is_some(), end >= 66);
            prop_assert_eq!((cut.refund, cut.custom), (None, &[][..]));
        }
    }

    #[test]
    fn proofs_are_decoded_as_they_were_encoded(
        chain_id in any::<u64>(), pairs in vec((b256(), b256()), 0..10), excess in 1usize..64
    ) {
        let mut message = ProofMessage::new(ChainId(chain_id), pairs.len());
        pairs.iter().for_each(|(hash, claimant)| message.push(*hash, *claimant));
        let encoded = message.into_bytes();
        prop_assert_eq!(encoded.len(), 8 + 64 * pairs.len());
        let proofs = Proofs::decode(&encoded).unwrap();
        prop_assert_eq!(proofs.chain_id, ChainId(chain_id));
        prop_assert!(proofs.pairs().unwrap().eq(pairs));
        let uneven = [encoded, vec![0; excess]].concat();
        prop_assert!(Proofs::decode(&uneven).unwrap().pairs().is_err());
    }

    #[test]
    fn proof_messages_that_are_accepted_encode_to_themselves(bytes in vec(any::<u8>(), 0..300)) {
        let Ok(proofs) = Proofs::decode(&bytes) else {
            prop_assert!(bytes.len() < 8);
            return Ok(());
        };
        let Ok(pairs) = proofs.pairs() else {
            prop_assert!(bytes.len() % 64 != 8);
            return Ok(());
        };
        let mut again = ProofMessage::new(proofs.chain_id, pairs.len());
        pairs.for_each(|(hash, claimant)| again.push(hash, claimant));
        prop_assert_eq!(again.into_bytes(), bytes);
    }

    #[test]
    fn multisig_metadata_encodes_to_itself(bytes in vec(any::<u8>(), 0..1300), signature in signature()) {
        match MessageIdMetadata::decode(&bytes) {
            Some(metadata) => prop_assert_eq!(metadata.encode(), bytes.clone()),
            None => prop_assert!(bytes.len() < MessageIdMetadata::HEADER),
        }
        match MerkleRootMetadata::decode(&bytes) {
            Some(metadata) => prop_assert_eq!(metadata.encode(), bytes),
            None => prop_assert!(bytes.len() < MerkleRootMetadata::HEADER),
        }
        prop_assert_eq!(Signature::decode(&signature.encode()), Some(signature));
        let list = [signature.encode(), signature.encode()].concat();
        prop_assert_eq!(Signatures(&list).get(1), Some(signature));
        prop_assert_eq!(Signatures(&list[..129]).get(1), None);
    }

    #[test]
    fn every_module_of_an_aggregation_gets_its_metadata(
        modules in vec(proptest::option::of(blob(50)), 1..6)
    ) {
        let given: Vec<_> = modules.iter().map(|sub| sub.as_ref().map(|sub| &sub[..])).collect();
        let encoded = aggregation_metadata(&given).unwrap();
        for (i, sub) in given.iter().enumerate() {
            prop_assert_eq!(sub_metadata(&encoded, i), Some(*sub));
        }
    }

    #[test]
    fn read_metadata_is_decoded_as_it_was_encoded(
        valid_until in any::<u64>(), results in vec((any::<u64>(), blob(70)), 0..5), signatures in vec(signature(), 0..4)
    ) {
        let results: Vec<_> =
            results.iter().map(|(block, result)| ReadResult { block: *block, result }).collect();
        let packed: Vec<u8> = signatures.iter().flat_map(|signature| signature.encode()).collect();
        let encoded = ReadMetadata::encode(valid_until, &results, Signatures(&packed)).unwrap();
        let metadata = ReadMetadata::decode(&encoded).unwrap();
        prop_assert_eq!(metadata.valid_until, valid_until);
        let (decoded, found) = metadata.results(signatures.len()).unwrap();
        prop_assert!(decoded.iter().eq(results));
        prop_assert_eq!(found, Signatures(&packed));
        prop_assert!(metadata.results(signatures.len() + 1).is_err());
        for end in 0..encoded.len() - packed.len() {
            let cut = ReadMetadata::decode(&encoded[..end]);
            prop_assert!(cut.is_err() || cut.unwrap().results(0).is_err(), "cut at {}", end);
        }
    }

    #[test]
    fn receipts_are_decoded_as_they_were_encoded(message_id in b256(), recipient in b256()) {
        let receipt = Receipt { message_id, recipient };
        let encoded = receipt.encode();
        prop_assert_eq!(Receipt::decode(&encoded), Some(receipt));
        // and nothing shorter or longer is one
        for cut in 0..encoded.len() {
            prop_assert_eq!(Receipt::decode(&encoded[..cut]), None);
        }
        prop_assert_eq!(Receipt::decode(&[&encoded[..], &[0]].concat()), None);
    }

    #[test]
    fn receipts_that_are_accepted_encode_to_themselves(bytes in vec(0..3u8, 65)) {
        match Receipt::decode(&bytes) {
            Some(receipt) => prop_assert_eq!(&receipt.encode()[..], bytes),
            None => prop_assert_ne!(bytes[0], 1),
        }
    }

    #[test]
    fn sets_of_signers_are_decoded_as_they_were_encoded(
        hook in b256(),
        threshold in any::<u8>(),
        signers in vec(address(), 0..60),
    ) {
        let encoded = ValidatorSet::encode(hook, threshold, signers.iter().copied());
        let decoded = ValidatorSet::decode(&encoded).unwrap();
        prop_assert_eq!((decoded.merkle_tree_hook, decoded.set.threshold), (hook, threshold));
        prop_assert_eq!(decoded.set.signers.iter().collect::<Vec<_>>(), signers.clone());
        prop_assert_eq!(decoded.set.signers.len(), signers.len());
        // and half a signer is no signer
        for cut in 0..encoded.len() {
            let whole = cut >= 33 && (cut - 33) % 20 == 0;
            prop_assert_eq!(ValidatorSet::decode(&encoded[..cut]).is_some(), whole);
        }
    }

    #[test]
    fn sets_that_are_accepted_encode_to_themselves(bytes in vec(any::<u8>(), 0..200)) {
        if let Some(set) = SignerSet::decode(&bytes) {
            prop_assert_eq!(SignerSet::encode(set.threshold, set.signers.iter()), bytes.clone());
        }
        if let Some(ValidatorSet { merkle_tree_hook, set }) = ValidatorSet::decode(&bytes) {
            let encoded =
                ValidatorSet::encode(merkle_tree_hook, set.threshold, set.signers.iter());
            prop_assert_eq!(encoded, bytes);
        }
    }

    #[test]
    fn every_leaf_of_a_tree_can_be_proven(leaves in vec(b256(), 1..40)) {
        let mut tree = MerkleTree::new();
        for leaf in &leaves {
            tree.insert(*leaf).unwrap();
        }
        prop_assert_eq!(tree.index(), Some(leaves.len() as u32 - 1));
        for (index, leaf) in leaves.iter().enumerate() {
            let path = merkle::proof(&leaves, index as u32).unwrap();
            prop_assert_eq!(merkle::branch_root(*leaf, path, index as u32), tree.root());
        }
        prop_assert_eq!(merkle::proof(&leaves, leaves.len() as u32), None);
    }

    #[test]
    fn created_addresses_are_alloys(creator in address(), salt in b256(), code in b256()) {
        prop_assert_eq!(hash::create2_address(creator, salt, code), creator.create2(salt, code));
        prop_assert_eq!(hash::vault_address(creator, salt, code), creator.create2(salt, code));
    }
}
