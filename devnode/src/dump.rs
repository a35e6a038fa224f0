//! A chain as bytes: what `--state` keeps between runs, and `anvil_dumpState` hands out.
//!
//! A line that names the format, the keccak-256 hash of the rest, and JSON under brotli: all blocks, and the state with
//! its history, so that a chain goes on as if it had never stopped. Snapshots, filters and impersonation are not kept.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use alloy::consensus::{Header, TxEnvelope};
use alloy::eips::{Decodable2718, Encodable2718};
use alloy_primitives::{Address, B256, Bytes, Log, U256, keccak256};
use serde::{Deserialize, Serialize};

use crate::block::{Block, Body, Included};
use crate::state::{Account, State, Version};
use crate::stylus::call_cost::RecentPrograms;

/// First line of a dump; the number is the format's.
const MAGIC: &[u8] = b"metalayer-devnode state 1\n";
/// Compression: quick, and a tenth of the JSON.
const BROTLI_QUALITY: u32 = 4;
const BROTLI_WINDOW: u32 = 22;
const BUFFER: usize = 64 << 10;

/// Why a state cannot be loaded or kept.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file cannot be written; the one before is as it was.
    #[error("cannot write {path}: {source}; the state of this run is not kept")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It is something else.
    #[error(
        "this is no state of this node (it does not begin with \"metalayer-devnode state 1\"); \
         a state of anvil or geth cannot be loaded"
    )]
    Foreign,
    /// It was changed or cut off.
    #[error("the state is damaged ({0}); restore it from a copy, or move it away to begin anew")]
    Damaged(String),
    /// It is another chain's.
    #[error(
        "the state is of chain {have} with ArbOS {have_arbos}, this is chain {want} with ArbOS {want_arbos}; \
         start with those settings, or with another state"
    )]
    OtherChain {
        /// Chain id of the state.
        have: u64,
        /// ArbOS version of its settings.
        have_arbos: u64,
        /// Chain id wanted.
        want: u64,
        /// ArbOS version wanted.
        want_arbos: u64,
    },
    /// The chain has stopped already.
    #[error("the chain has stopped; its state is gone")]
    Gone,
}

/// What a chain is made of.
#[derive(Debug)]
pub(crate) struct Contents {
    /// Seconds that its clock is ahead of the wall clock.
    pub(crate) clock_offset: i64,
    /// How often blocks were replaced.
    pub(crate) reorganisations: u64,
    /// World state.
    pub(crate) state: State,
    /// Blocks from the genesis on.
    pub(crate) blocks: Vec<Block>,
    /// Transactions that wait, in order of arrival.
    pub(crate) waiting: Vec<(Address, TxEnvelope)>,
}

/// [`Contents`] as JSON.
#[derive(Serialize, Deserialize)]
struct Json {
    chain_id: u64,
    arbos_version: u64,
    clock_offset: i64,
    reorganisations: u64,
    state: StateJson,
    blocks: Vec<BlockJson>,
    waiting: Vec<(Address, Bytes)>,
}

/// A slot of an account, and the values it ever had.
pub(crate) type SlotJson = (Address, U256, Vec<(Version, U256)>);

/// The state as lists.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct StateJson {
    /// Accounts with the values they ever had.
    pub(crate) accounts: Vec<(Address, Vec<(Version, Account)>)>,
    /// Slots with the values they ever had.
    pub(crate) slots: Vec<SlotJson>,
    /// Codes.
    pub(crate) codes: Vec<Bytes>,
    /// Newest version.
    pub(crate) version: Version,
    /// Digest of each version.
    pub(crate) digests: Vec<(Version, B256)>,
}

#[derive(Serialize, Deserialize)]
struct BlockJson {
    header: Header,
    transactions: Vec<TransactionJson>,
    l1_block_number: u64,
    version: Version,
    size: u64,
}

#[derive(Serialize, Deserialize)]
struct TransactionJson {
    hash: B256,
    from: Address,
    /// Signed transaction, or calldata of ArbOS's own.
    body: Bytes,
    internal: bool,
    succeeded: bool,
    gas_used: u64,
    #[serde(default)]
    gas_used_for_l1: u64,
    cumulative_gas_used: u64,
    created: Option<Address>,
    logs: Vec<Log>,
    first_log: u64,
    before: Version,
    recent_programs: RecentPrograms,
}

impl TransactionJson {
    fn new(tx: &Included) -> Self {
        let (body, internal) = match &tx.body {
            Body::User(envelope) => (envelope.encoded_2718().into(), false),
            Body::Internal(data) => (data.clone(), true),
        };
        Self {
            hash: tx.hash,
            from: tx.from,
            body,
            internal,
            succeeded: tx.succeeded,
            gas_used: tx.gas_used,
            gas_used_for_l1: tx.gas_used_for_l1,
            cumulative_gas_used: tx.cumulative_gas_used,
            created: tx.created,
            logs: tx.logs.clone(),
            first_log: tx.first_log,
            before: tx.before,
            recent_programs: tx.recent_programs.clone(),
        }
    }

    fn included(self) -> Result<Included, StateError> {
        let body = match self.internal {
            true => Body::Internal(self.body),
            false => Body::User(Box::new(envelope(&self.body)?)),
        };
        Ok(Included {
            hash: self.hash,
            from: self.from,
            body,
            succeeded: self.succeeded,
            gas_used: self.gas_used,
            gas_used_for_l1: self.gas_used_for_l1,
            cumulative_gas_used: self.cumulative_gas_used,
            created: self.created,
            logs: self.logs,
            first_log: self.first_log,
            before: self.before,
            recent_programs: self.recent_programs,
        })
    }
}

fn envelope(raw: &[u8]) -> Result<TxEnvelope, StateError> {
    TxEnvelope::decode_2718_exact(raw).map_err(|error| StateError::Damaged(error.to_string()))
}

impl BlockJson {
    fn new(block: &Block) -> Self {
        Self {
            header: block.header.clone(),
            transactions: block.transactions.iter().map(TransactionJson::new).collect(),
            l1_block_number: block.l1_block_number,
            version: block.version,
            size: block.size,
        }
    }

    fn block(self) -> Result<Block, StateError> {
        Ok(Block {
            hash: self.header.hash_slow(),
            header: self.header,
            transactions: self
                .transactions
                .into_iter()
                .map(TransactionJson::included)
                .collect::<Result<_, _>>()?,
            l1_block_number: self.l1_block_number,
            version: self.version,
            size: self.size,
        })
    }
}

/// What is written of a chain; borrowed, so that nothing is copied twice.
pub(crate) struct Kept<'a> {
    /// EVM chain id.
    pub(crate) chain_id: u64,
    /// ArbOS version of the settings.
    pub(crate) arbos_version: u64,
    /// Seconds that its clock is ahead of the wall clock.
    pub(crate) clock_offset: i64,
    /// How often blocks were replaced.
    pub(crate) reorganisations: u64,
    /// World state.
    pub(crate) state: &'a State,
    /// Blocks from the genesis on.
    pub(crate) blocks: &'a [Block],
    /// Transactions that wait, in order of arrival.
    pub(crate) waiting: Vec<(Address, &'a TxEnvelope)>,
}

impl Kept<'_> {
    /// The bytes of the dump.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, std::io::Error> {
        let json = Json {
            chain_id: self.chain_id,
            arbos_version: self.arbos_version,
            clock_offset: self.clock_offset,
            reorganisations: self.reorganisations,
            state: self.state.to_json(),
            blocks: self.blocks.iter().map(BlockJson::new).collect(),
            waiting: self
                .waiting
                .iter()
                .map(|(from, envelope)| (*from, envelope.encoded_2718().into()))
                .collect(),
        };
        let mut packed = Vec::new();
        let mut writer =
            brotli::CompressorWriter::new(&mut packed, BUFFER, BROTLI_QUALITY, BROTLI_WINDOW);
        serde_json::to_writer(&mut writer, &json)?;
        writer.flush()?;
        drop(writer);
        let mut dump = MAGIC.to_vec();
        dump.extend(keccak256(&packed));
        dump.extend(packed);
        Ok(dump)
    }
}

impl Contents {
    /// Reads a dump.
    /// # Errors
    /// It is none, or damaged, or another chain's.
    pub(crate) fn read(dump: &[u8], chain_id: u64, arbos_version: u64) -> Result<Self, StateError> {
        let rest = dump.strip_prefix(MAGIC).ok_or(StateError::Foreign)?;
        let damaged = |why: &str| StateError::Damaged(why.into());
        let (hash, packed) = rest.split_first_chunk::<32>().ok_or_else(|| damaged("cut off"))?;
        if keccak256(packed) != *hash {
            return Err(damaged("its hash does not fit"));
        }
        let mut json = Vec::new();
        brotli::Decompressor::new(packed, BUFFER)
            .read_to_end(&mut json)
            .map_err(|error| StateError::Damaged(error.to_string()))?;
        let json: Json = serde_json::from_slice(&json)
            .map_err(|error| StateError::Damaged(error.to_string()))?;
        if (json.chain_id, json.arbos_version) != (chain_id, arbos_version) {
            return Err(StateError::OtherChain {
                have: json.chain_id,
                have_arbos: json.arbos_version,
                want: chain_id,
                want_arbos: arbos_version,
            });
        }
        if json.blocks.is_empty() {
            return Err(damaged("it has no blocks"));
        }
        Ok(Self {
            clock_offset: json.clock_offset,
            reorganisations: json.reorganisations,
            state: State::from_json(json.state),
            blocks: json.blocks.into_iter().map(BlockJson::block).collect::<Result<_, _>>()?,
            waiting: json
                .waiting
                .into_iter()
                .map(|(from, raw)| Ok((from, envelope(&raw)?)))
                .collect::<Result<_, StateError>>()?,
        })
    }
}

/// Reads a file, if there is one.
pub(crate) fn read_file(path: &Path) -> Result<Option<Vec<u8>>, StateError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StateError::Read { path: path.into(), source }),
    }
}

/// Writes a file whole or not at all: first beside it, then in its place.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), StateError> {
    let write = || {
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(format!(".{}.tmp", std::process::id()));
        let beside = path.with_file_name(name);
        let written = std::fs::File::create(&beside)
            .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
            .and_then(|()| std::fs::rename(&beside, path));
        if written.is_err() {
            // What is left of it is of no use to anybody.
            let _nothing_to_remove = std::fs::remove_file(&beside);
        }
        written
    };
    write().map_err(|source| StateError::Write { path: path.into(), source })
}
