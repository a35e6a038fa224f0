//! Blocks: header, transactions, receipts.
//! Spec: stylus-vm.md §9.2, §9.6.

use alloy::consensus::proofs::ordered_trie_root_with_encoder;
use alloy::consensus::{EMPTY_OMMER_ROOT_HASH, Header, Receipt, ReceiptWithBloom, TxEnvelope};
use alloy::eips::Encodable2718;
use alloy::rlp::Encodable;
use alloy::rpc::types::BlockOverrides;
use alloy::sol_types::SolCall;
use alloy_primitives::{Address, B64, B256, Bloom, Bytes, Log, U256, keccak256};

use crate::state::Version;
use crate::stylus::call_cost::RecentPrograms;

/// Gas limit that headers show: 2^50 (stylus-vm.md 9.2).
pub(crate) const HEADER_GAS_LIMIT: u64 = 1 << 50;
/// Transaction type of ArbOS's own transactions.
pub(crate) const INTERNAL_TX_TYPE: u8 = 0x6a;

alloy::sol! {
    /// First transaction of every block.
    function startBlock(uint256 l1BaseFee, uint64 l1BlockNumber, uint64 l2BlockNumber, uint64 timePassed) external;
}

/// A transaction in a block.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// Signed by its sender, or sent for an impersonated account.
    User(Box<TxEnvelope>),
    /// ArbOS's `startBlock`.
    Internal(Bytes),
}

impl Body {
    /// EIP-2718 type.
    pub(crate) fn tx_type(&self) -> u8 {
        match self {
            Self::User(envelope) => envelope.tx_type() as u8,
            Self::Internal(_) => INTERNAL_TX_TYPE,
        }
    }

    /// Appends the EIP-2718 form.
    pub(crate) fn encode(&self, chain_id: u64, out: &mut Vec<u8>) {
        match self {
            Self::User(envelope) => envelope.encode_2718(out),
            Self::Internal(data) => {
                out.push(INTERNAL_TX_TYPE);
                let fields: [&dyn Encodable; 2] = [&chain_id, data];
                alloy::rlp::Header {
                    list: true,
                    payload_length: fields.iter().map(|field| field.length()).sum(),
                }
                .encode(out);
                for field in fields {
                    field.encode(out);
                }
            }
        }
    }
}

/// A transaction and what came of it.
#[derive(Clone, Debug)]
pub(crate) struct Included {
    /// Hash.
    pub(crate) hash: B256,
    /// Sender.
    pub(crate) from: Address,
    /// What was signed.
    pub(crate) body: Body,
    /// Whether it succeeded.
    pub(crate) succeeded: bool,
    /// Gas charged.
    pub(crate) gas_used: u64,
    /// The part of it that paid for parent-chain data.
    pub(crate) gas_used_for_l1: u64,
    /// Gas of this and all earlier transactions of the block.
    pub(crate) cumulative_gas_used: u64,
    /// The account it created.
    pub(crate) created: Option<Address>,
    /// Logs.
    pub(crate) logs: Vec<Log>,
    /// Index in the block of the first log.
    pub(crate) first_log: u64,
    /// State of the world before it, where tracers run it again.
    pub(crate) before: Version,
    /// Programs that the block had used before it.
    pub(crate) recent_programs: RecentPrograms,
}

/// A block.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// Header.
    pub(crate) header: Header,
    /// Hash of the header.
    pub(crate) hash: B256,
    /// Transactions, the internal one first.
    pub(crate) transactions: Vec<Included>,
    /// Number of the parent chain's block, which `NUMBER` shows.
    pub(crate) l1_block_number: u64,
    /// State of the world after it.
    pub(crate) version: Version,
    /// Bytes of the RLP encoding, roughly; for the `size` member.
    pub(crate) size: u64,
}

impl Block {
    /// ArbOS version after it, which the header carries in its mix hash (stylus-vm.md 9.2).
    pub(crate) fn arbos_version(&self) -> u64 {
        let bytes = self.header.mix_hash.get(16..24).and_then(<[u8]>::first_chunk);
        bytes.map(|bytes| u64::from_be_bytes(*bytes)).unwrap_or_default()
    }
}

/// What a block to be sealed starts from.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    /// Number.
    pub(crate) number: u64,
    /// Hash of the block before.
    pub(crate) parent_hash: B256,
    /// Unix seconds.
    pub(crate) timestamp: u64,
    /// Parent chain's block number.
    pub(crate) l1_block_number: u64,
    /// Wei per gas.
    pub(crate) base_fee: u64,
    /// ArbOS version.
    pub(crate) arbos_version: u64,
    /// EVM chain id.
    pub(crate) chain_id: u64,
    /// Who is shown to have made it; nobody is paid.
    pub(crate) beneficiary: Address,
    /// Shown as the nonce: 0, or the number of a reorganisation, so that a block made in the same second as the one
    /// it replaces has another hash. Nitro has the count of delayed messages there, and a dev chain has none.
    pub(crate) fork: u64,
}

impl Opening {
    /// The same with what a call pretends about its block. `NUMBER` shows the parent chain's block whatever the number
    /// here; `BLOCKHASH` that chain's hashes (stylus-vm.md 9.2).
    pub(crate) fn overridden(self, pretended: &BlockOverrides) -> Self {
        Self {
            number: pretended.number.map_or(self.number, |number| number.saturating_to()),
            timestamp: pretended.time.unwrap_or(self.timestamp),
            base_fee: pretended.base_fee.map_or(self.base_fee, |fee| fee.saturating_to()),
            beneficiary: pretended.coinbase.unwrap_or(self.beneficiary),
            ..self
        }
    }

    /// The transaction that ArbOS puts first.
    /// - `before`: state of the world that the block is made on.
    pub(crate) fn start_block(&self, time_passed: u64, before: Version) -> Included {
        let data: Bytes = startBlockCall {
            l1BaseFee: U256::ZERO,
            l1BlockNumber: self.l1_block_number,
            l2BlockNumber: self.number,
            timePassed: time_passed,
        }
        .abi_encode()
        .into();
        let body = Body::Internal(data);
        let mut encoded = Vec::new();
        body.encode(self.chain_id, &mut encoded);
        Included {
            hash: keccak256(encoded),
            from: crate::precompiles::ARBOS_ACTS,
            body,
            succeeded: true,
            gas_used: 0,
            gas_used_for_l1: 0,
            cumulative_gas_used: 0,
            created: None,
            logs: Vec::new(),
            first_log: 0,
            before,
            recent_programs: RecentPrograms::default(),
        }
    }

    /// Seals a block of these transactions.
    /// - `sends`: number of messages sent to the parent chain, and their root.
    pub(crate) fn seal(
        self,
        transactions: Vec<Included>,
        state: B256,
        version: Version,
        sends: (u64, B256),
    ) -> Block {
        let transactions_root =
            ordered_trie_root_with_encoder(&transactions, |tx: &Included, out| {
                tx.body.encode(self.chain_id, out)
            });
        let receipts_root = ordered_trie_root_with_encoder(&transactions, encode_receipt);
        let mut logs_bloom = Bloom::ZERO;
        for log in transactions.iter().flat_map(|tx| &tx.logs) {
            logs_bloom.accrue_log(log);
        }
        let mut mix_hash = [0; 32];
        let (count, rest) = mix_hash.split_at_mut(8);
        count.copy_from_slice(&sends.0.to_be_bytes());
        let (l1, rest) = rest.split_at_mut(8);
        l1.copy_from_slice(&self.l1_block_number.to_be_bytes());
        let (version_bytes, _) = rest.split_at_mut(8);
        version_bytes.copy_from_slice(&self.arbos_version.to_be_bytes());
        let header = Header {
            parent_hash: self.parent_hash,
            ommers_hash: EMPTY_OMMER_ROOT_HASH,
            beneficiary: self.beneficiary,
            state_root: state,
            transactions_root,
            receipts_root,
            logs_bloom,
            difficulty: U256::from(1),
            number: self.number,
            gas_limit: HEADER_GAS_LIMIT,
            gas_used: transactions.last().map(|tx| tx.cumulative_gas_used).unwrap_or_default(),
            timestamp: self.timestamp,
            extra_data: sends.1.to_vec().into(),
            mix_hash: mix_hash.into(),
            nonce: B64::from(self.fork),
            base_fee_per_gas: Some(self.base_fee),
            ..Default::default()
        };
        let hash = header.hash_slow();
        let mut body = Vec::new();
        for tx in &transactions {
            tx.body.encode(self.chain_id, &mut body);
        }
        let size = u64::try_from(header.length().saturating_add(body.len())).unwrap_or(u64::MAX);
        Block { header, hash, transactions, l1_block_number: self.l1_block_number, version, size }
    }
}

/// Appends the EIP-2718 form of a receipt.
pub(crate) fn encode_receipt(tx: &Included, out: &mut Vec<u8>) {
    let receipt = Receipt {
        status: tx.succeeded.into(),
        cumulative_gas_used: tx.cumulative_gas_used,
        logs: tx.logs.clone(),
    };
    let with_bloom: ReceiptWithBloom<Receipt> = receipt.into();
    match tx.body.tx_type() {
        0 => {}
        tx_type => out.push(tx_type),
    }
    with_bloom.encode(out);
}
