//! The chain: blocks on a state, made one at a time as transactions arrive.
//! Spec: stylus-vm.md §9.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use alloy::consensus::transaction::SignerRecoverable;
use alloy::consensus::{Transaction, TxEnvelope};
use alloy_primitives::map::{HashMap, HashSet};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use revm::context::BlockEnv;
use tokio::sync::broadcast;

use crate::Config;
use crate::L1BlockNumber;
use crate::arbos::{self, INITIAL_BASE_FEE, Word};
use crate::block::{Block, Body, HEADER_GAS_LIMIT, Included, Opening};
use crate::evm::{Evm, Running};
use crate::genesis;
use crate::precompiles::{BATCH_POSTER, arb_sys};
use crate::state::{Overrides, State, Version, View};
use crate::stylus::Engine;
use crate::transaction::{self, Executed, Invalid, Message, Mode};

/// Blocks whose hashes `ArbSys.arbBlockHash` knows.
const RECENT_HASHES: usize = 256;
/// Bytes that a transaction may have (stylus-vm.md 9.4).
const MAX_TX_SIZE: usize = 95_000;
/// What a transaction may cost at most, as RPC accepts it: 1 ether (`RPCTxFeeCap`).
const TX_FEE_CAP: u128 = 1_000_000_000_000_000_000;
/// Transactions with a future nonce that wait for the ones before them.
const QUEUE_LIMIT: usize = 1_024;
/// Seconds of one parent-chain block.
const L1_BLOCK_SECONDS: u64 = 12;
/// Blocks that a subscriber may lag behind.
const SUBSCRIPTION_BACKLOG: usize = 1_024;

/// A transaction waiting for its nonce.
#[derive(Clone, Debug)]
pub(crate) struct Queued {
    /// Sender.
    pub(crate) from: Address,
    /// What was signed.
    pub(crate) envelope: TxEnvelope,
}

/// What `evm_snapshot` remembers.
#[derive(Clone, Debug)]
struct Snapshot {
    id: u64,
    blocks: usize,
    version: Version,
    clock: Clock,
}

/// The chain's own time.
#[derive(Clone, Copy, Debug, Default)]
struct Clock {
    /// Seconds ahead of the wall clock.
    offset: i64,
    /// Time of the next block, if someone set it.
    next: Option<u64>,
}

/// Why a transaction was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Rejected {
    /// It cannot be included.
    #[error("{0}")]
    Invalid(Invalid),
    /// Its bytes are no transaction.
    #[error("{0}")]
    Malformed(String),
    /// It was sent before.
    #[error("already known")]
    Known,
    /// It is of a type that Arbitrum has not.
    #[error("transaction type not supported")]
    Type,
    /// It is for another chain.
    #[error("invalid chain id for signer: have {have} want {want}")]
    ChainId {
        /// Of the transaction.
        have: u64,
        /// Of the chain.
        want: u64,
    },
    /// It is too long.
    #[error("oversized data: transaction size {0}, limit {MAX_TX_SIZE}")]
    Oversized(usize),
    /// It could cost more than the RPC lets anyone spend by mistake.
    #[error("tx fee ({0} wei) exceeds the configured cap (1 ether)")]
    FeeCap(u128),
    /// Too many transactions wait for earlier nonces.
    #[error(
        "nonce too high: address {from}, tx: {tx} state: {state}; and too many transactions wait already"
    )]
    QueueFull {
        /// Sender.
        from: Address,
        /// Nonce of the transaction.
        tx: u64,
        /// Next nonce of the sender.
        state: u64,
    },
}

/// Where a call runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// On the state after this block.
    After(u64),
    /// In the block that comes next.
    Pending,
}

/// A chain.
pub(crate) struct Chain {
    /// Settings.
    pub(crate) config: Config,
    /// World state.
    pub(crate) state: State,
    blocks: Vec<Block>,
    /// Of the blocks, in order.
    hashes: Vec<B256>,
    by_hash: HashMap<B256, u64>,
    by_tx: HashMap<B256, (u64, usize)>,
    queue: BTreeMap<(Address, u64), (B256, Queued)>,
    clock: Clock,
    snapshots: Vec<Snapshot>,
    next_snapshot: u64,
    /// Accounts that may send without a signature.
    pub(crate) impersonated: HashSet<Address>,
    engine: Arc<Engine>,
    news: broadcast::Sender<Arc<Block>>,
    /// Polled filters.
    pub(crate) filters: crate::rpc::Filters,
}

impl Chain {
    /// A chain at its genesis.
    pub(crate) fn new(config: Config, engine: Arc<Engine>) -> Self {
        let mut state = State::default();
        genesis::write(&mut state, &config);
        let now = config.genesis_timestamp.unwrap_or_else(wall_clock);
        let (news, _) = broadcast::channel(SUBSCRIPTION_BACKLOG);
        let mut chain = Self {
            clock: Clock { offset: seconds_between(wall_clock(), now), next: None },
            config,
            state,
            blocks: Vec::new(),
            hashes: Vec::new(),
            by_hash: HashMap::default(),
            by_tx: HashMap::default(),
            queue: BTreeMap::new(),
            snapshots: Vec::new(),
            next_snapshot: 0,
            impersonated: HashSet::default(),
            engine,
            news,
            filters: Default::default(),
        };
        let opening = Opening {
            number: 0,
            parent_hash: B256::ZERO,
            timestamp: now,
            l1_block_number: chain.l1_block_number(now, now),
            base_fee: INITIAL_BASE_FEE,
            arbos_version: chain.config.arbos_version,
            chain_id: chain.config.chain_id,
        };
        let block =
            opening.seal(Vec::new(), chain.state.digest(), chain.state.version(), (0, B256::ZERO));
        chain.by_hash.insert(block.hash, 0);
        chain.hashes.push(block.hash);
        chain.blocks.push(block);
        chain
    }

    /// New blocks, as they are made.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Arc<Block>> {
        self.news.subscribe()
    }

    /// The newest block.
    pub(crate) fn head(&self) -> &Block {
        // The genesis block is there from the start and is never taken away.
        self.blocks.last().unwrap_or_else(|| unreachable!("a chain has its genesis"))
    }

    /// Block by number.
    pub(crate) fn block(&self, number: u64) -> Option<&Block> {
        self.blocks.get(usize::try_from(number).ok()?)
    }

    /// Number of the block with this hash.
    pub(crate) fn number_of(&self, hash: B256) -> Option<u64> {
        self.by_hash.get(&hash).copied()
    }

    /// Where a transaction is: its block and its place in it.
    pub(crate) fn find(&self, hash: B256) -> Option<(&Block, usize)> {
        let (number, index) = *self.by_tx.get(&hash)?;
        self.block(number).map(|block| (block, index))
    }

    /// A transaction that waits for its nonce.
    pub(crate) fn queued(&self, hash: B256) -> Option<&Queued> {
        self.queue.values().find(|(waiting, _)| *waiting == hash).map(|(_, queued)| queued)
    }

    /// State after a block; the newest block includes what setters changed since.
    pub(crate) fn version_at(&self, number: u64) -> Version {
        if number >= self.head().header.number {
            return self.state.version();
        }
        self.block(number).map(|block| block.version).unwrap_or_default()
    }

    /// World after a block.
    pub(crate) fn view(&self, number: u64) -> View<'_> {
        self.state.at(self.version_at(number))
    }

    /// World now.
    pub(crate) fn latest(&self) -> View<'_> {
        self.state.at(Version::MAX)
    }

    /// Wei per gas of the next block.
    ///
    /// Held at the minimum: the congestion price starts above 70 million gas within seconds (stylus-vm.md 9.5).
    pub(crate) fn base_fee(&self) -> u64 {
        let floor = self.arbos_word(Word::MinBaseFee);
        if floor == 0 { INITIAL_BASE_FEE } else { floor }
    }

    fn arbos_word(&self, word: Word) -> u64 {
        self.latest().slot(arbos::ARBOS_STATE, U256::from(word as u64)).saturating_to()
    }

    /// How many messages were sent to the parent chain, and their root.
    fn sends(&self) -> (u64, B256) {
        let count = self.arbos_word(Word::SendCount);
        let view = self.latest();
        let partials = arb_sys::partials(count, |level| {
            view.slot(arbos::ARBOS_STATE, arbos::partial_slot(level))
        });
        (count, arb_sys::root(&partials))
    }

    fn l1_block_number(&self, genesis: u64, now: u64) -> u64 {
        match self.config.l1_block_number {
            L1BlockNumber::Fixed(number) => number,
            L1BlockNumber::FromTime { start } => {
                start.saturating_add(now.saturating_sub(genesis) / L1_BLOCK_SECONDS)
            }
        }
    }

    /// Time of a block made now.
    pub(crate) fn next_timestamp(&self) -> u64 {
        let now = wall_clock().saturating_add_signed(self.clock.offset);
        self.clock.next.unwrap_or(now).max(self.head().header.timestamp)
    }

    /// Sets the time of the next block; the clock runs on from there.
    /// # Errors
    /// The time lies before the newest block.
    pub(crate) fn set_next_timestamp(&mut self, timestamp: u64) -> Result<(), String> {
        let newest = self.head().header.timestamp;
        if timestamp < newest {
            return Err(format!("timestamp {timestamp} is before the newest block's, {newest}"));
        }
        self.clock.next = Some(timestamp);
        Ok(())
    }

    /// Moves the clock on; returns how far it is ahead of the wall clock.
    pub(crate) fn increase_time(&mut self, seconds: u64) -> i64 {
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        self.clock.offset = self.clock.offset.saturating_add(seconds);
        if let Some(next) = &mut self.clock.next {
            *next = next.saturating_add_signed(seconds);
        }
        self.clock.offset
    }

    fn opening(&self) -> Opening {
        let head = self.head();
        let timestamp = self.next_timestamp();
        let genesis = self.blocks.first().map(|block| block.header.timestamp).unwrap_or_default();
        Opening {
            number: head.header.number.saturating_add(1),
            parent_hash: head.hash,
            timestamp,
            l1_block_number: self.l1_block_number(genesis, timestamp),
            base_fee: self.base_fee(),
            arbos_version: self.arbos_word(Word::ArbosVersion),
            chain_id: self.config.chain_id,
        }
    }

    fn recent_hashes(&self, before: u64) -> &[B256] {
        let end = usize::try_from(before).unwrap_or(usize::MAX).min(self.hashes.len());
        self.hashes.get(end.saturating_sub(RECENT_HASHES)..end).unwrap_or_default()
    }

    fn machine<'a>(
        &'a self,
        view: View<'a>,
        opening: &Opening,
        base_fee: u64,
        simulated: bool,
    ) -> Evm<'a> {
        let block = BlockEnv {
            // `NUMBER` is the parent chain's (stylus-vm.md 9.2).
            number: U256::from(opening.l1_block_number),
            beneficiary: BATCH_POSTER,
            timestamp: U256::from(opening.timestamp),
            gas_limit: HEADER_GAS_LIMIT,
            basefee: base_fee,
            difficulty: U256::from(1),
            prevrandao: Some(B256::with_last_byte(1)),
            ..Default::default()
        };
        let running = Running {
            arbos_version: opening.arbos_version,
            l2_block_number: opening.number,
            recent_hashes: self.recent_hashes(opening.number),
            simulated,
            engine: Some(self.engine.clone()),
            ..Default::default()
        };
        Evm::new(view, self.config.chain_id, block, running)
    }

    /// Runs a message without keeping anything.
    pub(crate) fn simulate(
        &self,
        message: &Message,
        mode: Mode,
        place: Place,
        overrides: &Overrides,
    ) -> Result<Executed, Invalid> {
        let (opening, number) = match place {
            Place::Pending => (self.opening(), self.head().header.number),
            Place::After(number) => {
                let block = self.block(number).unwrap_or_else(|| self.head());
                let opening = Opening {
                    number: block.header.number,
                    parent_hash: block.header.parent_hash,
                    timestamp: block.header.timestamp,
                    l1_block_number: block.l1_block_number,
                    base_fee: block.header.base_fee_per_gas.unwrap_or(INITIAL_BASE_FEE),
                    arbos_version: self.config.arbos_version,
                    chain_id: self.config.chain_id,
                };
                (opening, block.header.number)
            }
        };
        // Without a price the base fee counts as zero, so that the sender needs no funds (stylus-vm.md 9.2).
        let base_fee = if message.max_fee == 0 { 0 } else { opening.base_fee };
        let view = self.view(number).with_overrides(overrides);
        let mut evm = self.machine(view, &opening, base_fee, true);
        transaction::execute(&mut evm, message, mode)
    }

    /// Takes a raw transaction; it is in a block when this returns, unless it waits for an earlier nonce.
    pub(crate) fn send_raw(&mut self, raw: &[u8]) -> Result<B256, Rejected> {
        if raw.len() > MAX_TX_SIZE {
            return Err(Rejected::Oversized(raw.len()));
        }
        let envelope = <TxEnvelope as alloy::eips::Decodable2718>::decode_2718_exact(raw).map_err(
            |error| Rejected::Malformed(format!("cannot decode the transaction: {error}")),
        )?;
        let from = envelope
            .recover_signer()
            .map_err(|error| Rejected::Malformed(format!("invalid sender: {error}")))?;
        self.send(from, envelope)
    }

    /// Takes a transaction of a known sender.
    pub(crate) fn send(&mut self, from: Address, envelope: TxEnvelope) -> Result<B256, Rejected> {
        self.check_envelope(&envelope)?;
        let hash = *envelope.tx_hash();
        if self.by_tx.contains_key(&hash) || self.queued(hash).is_some() {
            return Err(Rejected::Known);
        }
        let state = self.latest().account(from).nonce;
        let tx = envelope.nonce();
        if tx > state {
            if self.queue.len() >= QUEUE_LIMIT {
                return Err(Rejected::QueueFull { from, tx, state });
            }
            self.queue.insert((from, tx), (hash, Queued { from, envelope }));
            return Ok(hash);
        }
        self.mine(vec![(from, envelope)]).map_err(Rejected::Invalid)?;
        self.send_waiting(from);
        Ok(hash)
    }

    /// Includes what waited for the nonce that was just used.
    fn send_waiting(&mut self, from: Address) {
        loop {
            let nonce = self.latest().account(from).nonce;
            let Some((hash, queued)) = self.queue.remove(&(from, nonce)) else { return };
            if let Err(invalid) = self.mine(vec![(queued.from, queued.envelope)]) {
                tracing::warn!(%hash, %invalid, "a queued transaction was dropped");
                return;
            }
        }
    }

    fn check_envelope(&self, envelope: &TxEnvelope) -> Result<(), Rejected> {
        if envelope.is_eip4844() || (envelope.is_eip7702() && self.config.arbos_version < 40) {
            return Err(Rejected::Type);
        }
        let want = self.config.chain_id;
        match envelope.chain_id() {
            Some(have) if have != want => return Err(Rejected::ChainId { have, want }),
            // Unprotected transactions carry no chain id; the CREATE2 factory's is one (stylus-vm.md 9.4).
            _ => {}
        }
        if envelope.is_eip7702() && envelope.authorization_list().is_none_or(|list| list.is_empty())
        {
            return Err(Rejected::Invalid(Invalid::Authorizations(
                "EIP-7702 transaction with empty auth list",
            )));
        }
        // The cap guards against typing mistakes, so it looks at what would really be paid at most.
        let most = u128::from(envelope.gas_limit()).saturating_mul(envelope.max_fee_per_gas());
        if most > TX_FEE_CAP {
            return Err(Rejected::FeeCap(most));
        }
        Ok(())
    }

    /// Makes a block of these transactions. On `Err` (the first transaction that cannot be included) nothing changed.
    pub(crate) fn mine(&mut self, transactions: Vec<(Address, TxEnvelope)>) -> Result<(), Invalid> {
        let opening = self.opening();
        let before = self.state.version();
        let passed = opening.timestamp.saturating_sub(self.head().header.timestamp);
        let mut included = vec![opening.start_block(passed)];
        let (mut cumulative, mut first_log) = (0u64, 0u64);
        for (from, envelope) in transactions {
            let message = message_of(from, &envelope);
            let executed = {
                let mut evm = self.machine(self.latest(), &opening, opening.base_fee, false);
                transaction::execute(&mut evm, &message, Mode::Transaction)
            };
            let executed = match executed {
                Ok(executed) => executed,
                Err(invalid) => {
                    self.state.revert(before);
                    return Err(invalid);
                }
            };
            cumulative = cumulative.saturating_add(executed.gas_used);
            let logs = u64::try_from(executed.logs.len()).unwrap_or(u64::MAX);
            let succeeded = executed.succeeded();
            if !succeeded {
                let why = executed.notes.join("; ");
                tracing::warn!(hash = %envelope.tx_hash(), result = ?executed.result, "transaction failed: {why}");
            }
            self.state.commit(executed.changes);
            included.push(Included {
                hash: *envelope.tx_hash(),
                from,
                body: Body::User(Box::new(envelope)),
                succeeded,
                gas_used: executed.gas_used,
                cumulative_gas_used: cumulative,
                created: executed.created,
                logs: executed.logs,
                first_log,
            });
            first_log = first_log.saturating_add(logs);
        }
        let sends = self.sends();
        let block = opening.seal(included, self.state.digest(), self.state.version(), sends);
        self.append(block);
        Ok(())
    }

    fn append(&mut self, block: Block) {
        let number = block.header.number;
        // The clock goes on from a time that was set.
        if self.clock.next.take().is_some() {
            self.clock.offset = seconds_between(wall_clock(), block.header.timestamp);
        }
        self.by_hash.insert(block.hash, number);
        for (index, tx) in block.transactions.iter().enumerate() {
            self.by_tx.insert(tx.hash, (number, index));
        }
        if self.news.receiver_count() > 0 {
            // Without subscribers nobody wants the copy.
            let _received_by = self.news.send(Arc::new(block.clone()));
        }
        self.hashes.push(block.hash);
        self.blocks.push(block);
    }

    /// Remembers now; returns the name to come back by.
    pub(crate) fn snapshot(&mut self) -> u64 {
        self.next_snapshot = self.next_snapshot.saturating_add(1);
        self.snapshots.push(Snapshot {
            id: self.next_snapshot,
            blocks: self.blocks.len(),
            version: self.state.version(),
            clock: self.clock,
        });
        self.next_snapshot
    }

    /// Goes back to a snapshot, which is used up with all later ones. `false`: there is none of that name.
    pub(crate) fn revert_to(&mut self, id: u64) -> bool {
        let Some(place) = self.snapshots.iter().position(|snapshot| snapshot.id == id) else {
            return false;
        };
        let Some(snapshot) = self.snapshots.get(place).cloned() else { return false };
        self.snapshots.truncate(place);
        self.state.revert(snapshot.version);
        for block in self.blocks.drain(snapshot.blocks..) {
            self.by_hash.remove(&block.hash);
            for tx in &block.transactions {
                self.by_tx.remove(&tx.hash);
            }
        }
        self.hashes.truncate(snapshot.blocks);
        self.queue.clear();
        self.clock = snapshot.clock;
        let newest = self.head().header.number;
        self.filters.forget_after(newest);
        true
    }

    /// Replaces the code of an account.
    pub(crate) fn set_code(&mut self, address: Address, code: Bytes) {
        let hash = self.state.add_code(crate::state::bytecode(code));
        self.state.edit(address, |account| account.code_hash = hash);
    }
}

/// A signed transaction as the machine takes it.
pub(crate) fn message_of(from: Address, envelope: &TxEnvelope) -> Message {
    Message {
        from,
        to: match envelope.to() {
            Some(to) => TxKind::Call(to),
            None => TxKind::Create,
        },
        value: envelope.value(),
        data: envelope.input().clone(),
        gas_limit: envelope.gas_limit(),
        max_fee: envelope.max_fee_per_gas(),
        tip: envelope.max_priority_fee_per_gas().unwrap_or_else(|| envelope.max_fee_per_gas()),
        nonce: Some(envelope.nonce()),
        access_list: envelope.access_list().cloned().unwrap_or_default(),
        authorizations: envelope.authorization_list().map(<[_]>::to_vec).unwrap_or_default(),
    }
}

fn wall_clock() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_secs()).unwrap_or_default()
}

fn seconds_between(from: u64, to: u64) -> i64 {
    match to.checked_sub(from) {
        Some(ahead) => i64::try_from(ahead).unwrap_or(i64::MAX),
        None => i64::try_from(from.saturating_sub(to)).map(i64::saturating_neg).unwrap_or(i64::MIN),
    }
}
