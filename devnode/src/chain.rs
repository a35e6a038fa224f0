//! The chain: blocks on a state, made as transactions arrive, at intervals or on request.
//! Spec: stylus-vm.md §9.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use alloy::consensus::{Transaction, TxEnvelope};
use alloy::eips::Encodable2718;
use alloy::rpc::types::BlockOverrides;
use alloy_primitives::map::{HashMap, HashSet};
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256};
use revm::context::BlockEnv;
use tokio::sync::broadcast;

use crate::arbos::{self, INITIAL_BASE_FEE, Word};
use crate::block::{Block, Body, HEADER_GAS_LIMIT, Included, Opening};
use crate::dump::{self, Contents, Kept, StateError};
use crate::evm::{Deadline, Evm, Running};
use crate::genesis;
use crate::l1_pricing::{self, Poster};
use crate::pool::{Pool, Pooled, Refused};
use crate::precompiles::{self, BATCH_POSTER, arb_sys};
use crate::start_block;
use crate::state::{Overrides, State, Version, View};
use crate::stylus::Engine;
use crate::stylus::call_cost::RecentPrograms;
use crate::transaction::{self, Executed, Invalid, Message, Mode};
use crate::{Config, L1BlockNumber, Mining};

/// Blocks whose hashes `ArbSys.arbBlockHash` knows.
const RECENT_HASHES: usize = 256;
/// Bytes that a transaction may have (stylus-vm.md 9.4).
const MAX_TX_SIZE: usize = 95_000;
/// What a transaction may cost at most, as RPC accepts it: 1 ether (`RPCTxFeeCap`).
const TX_FEE_CAP: u128 = 1_000_000_000_000_000_000;
/// Seconds of one parent-chain block.
const L1_BLOCK_SECONDS: u64 = 12;
/// Blocks that a subscriber may lag behind.
const SUBSCRIPTION_BACKLOG: usize = 1_024;

/// What a subscriber hears of.
#[derive(Clone, Debug)]
pub(crate) enum News {
    /// A block was made.
    Made(Arc<Block>),
    /// A block is no longer part of the chain.
    Dropped(Arc<Block>),
    /// A transaction was accepted.
    Accepted(B256),
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
    /// Another one of the same nonce waits and offers nearly as much.
    #[error("replacement transaction underpriced")]
    Underpriced,
    /// Too many transactions wait.
    #[error("txpool is full")]
    PoolFull,
}

impl From<Refused> for Rejected {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Underpriced => Self::Underpriced,
            Refused::Full => Self::PoolFull,
        }
    }
}

/// A block being made.
struct Building {
    opening: Opening,
    included: Vec<Included>,
    /// Gas of all transactions so far.
    cumulative: u64,
    /// The part of it that did not pay for parent-chain data.
    compute: u64,
    /// Logs so far.
    logs: u64,
    /// Programs used so far, whatever became of the transactions that used them (stylus-vm.md 5.3).
    recent_programs: RecentPrograms,
}

/// Blocks for a reorganisation: what each includes beside ArbOS's own transaction.
pub(crate) type Replacement = Vec<Vec<(Address, TxEnvelope)>>;

/// A place in the history of a chain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    blocks: usize,
    version: Version,
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
    /// Transactions that no block includes yet.
    pub(crate) pool: Pool,
    clock: Clock,
    /// When the next block is due, where blocks are made at intervals.
    due: Option<Instant>,
    /// Version to go back to should a speculation not end.
    speculating: Option<Version>,
    /// How often blocks were replaced: tells a block from the one it replaces.
    reorganisations: u64,
    instance: B256,
    /// Seconds from one block to the next, if not the wall clock's.
    pub(crate) timestamp_interval: Option<u64>,
    /// Wei per gas of the next block, if someone set it.
    pub(crate) next_base_fee: Option<u64>,
    /// Beneficiary of new blocks.
    pub(crate) coinbase: Address,
    snapshots: Vec<Snapshot>,
    next_snapshot: u64,
    /// Accounts that may send without a signature.
    pub(crate) impersonated: HashSet<Address>,
    /// Whether every account may.
    pub(crate) impersonates_all: bool,
    /// Whether failed transactions are logged.
    pub(crate) logs_failures: bool,
    engine: Arc<Engine>,
    news: broadcast::Sender<News>,
    /// Polled filters.
    pub(crate) filters: crate::rpc::Filters,
    /// When the request that is being answered came to the chain.
    pub(crate) asked_at: Instant,
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
            pool: Pool::default(),
            due: None,
            speculating: None,
            reorganisations: 0,
            instance: instance(),
            timestamp_interval: None,
            next_base_fee: None,
            coinbase: BATCH_POSTER,
            snapshots: Vec::new(),
            next_snapshot: 0,
            impersonated: HashSet::default(),
            impersonates_all: false,
            logs_failures: true,
            engine,
            news,
            filters: Default::default(),
            asked_at: Instant::now(),
        };
        let opening = Opening {
            number: 0,
            parent_hash: B256::ZERO,
            timestamp: now,
            l1_block_number: chain.l1_block_number(now, now),
            base_fee: INITIAL_BASE_FEE,
            arbos_version: chain.config.arbos_version,
            chain_id: chain.config.chain_id,
            beneficiary: Address::ZERO,
            fork: 0,
        };
        let block =
            opening.seal(Vec::new(), chain.state.digest(), chain.state.version(), (0, B256::ZERO));
        chain.by_hash.insert(block.hash, 0);
        chain.hashes.push(block.hash);
        chain.blocks.push(block);
        chain.plan_next_block();
        chain
    }

    /// A chain that goes on where another one stopped.
    pub(crate) fn resume(config: Config, engine: Arc<Engine>, contents: Contents) -> Self {
        let mut chain = Self::new(config, engine);
        chain.take_over(contents);
        chain
    }

    fn take_over(&mut self, contents: Contents) {
        self.state = contents.state;
        self.clock = Clock { offset: contents.clock_offset, next: None };
        self.reorganisations = contents.reorganisations;
        self.blocks = contents.blocks;
        self.hashes = self.blocks.iter().map(|block| block.hash).collect();
        self.by_hash = self.blocks.iter().map(|b| (b.hash, b.header.number)).collect();
        self.by_tx.clear();
        for block in &self.blocks {
            for (index, tx) in block.transactions.iter().enumerate() {
                self.by_tx.insert(tx.hash, (block.header.number, index));
            }
        }
        for (from, envelope) in contents.waiting {
            if let Err(refused) = self.pool.insert(from, envelope) {
                tracing::warn!(?refused, "a waiting transaction was dropped");
            }
        }
    }

    /// The chain as bytes, for [`Self::load`] and [`Contents::read`].
    pub(crate) fn dump(&self) -> Result<Vec<u8>, std::io::Error> {
        let mut waiting: Vec<&Pooled> = self.pool.iter().collect();
        waiting.sort_by_key(|pooled| pooled.arrival());
        Kept {
            chain_id: self.config.chain_id,
            arbos_version: self.config.arbos_version,
            clock_offset: self.clock.offset,
            reorganisations: self.reorganisations,
            state: &self.state,
            blocks: &self.blocks,
            waiting: waiting.into_iter().map(|pooled| (pooled.from, &pooled.envelope)).collect(),
        }
        .bytes()
    }

    /// Writes the chain to the file that the settings name, if they name one.
    /// # Errors
    /// [`StateError::Write`].
    pub(crate) fn save(&self) -> Result<(), StateError> {
        let Some(path) = &self.config.state else { return Ok(()) };
        let bytes =
            self.dump().map_err(|source| StateError::Write { path: path.clone(), source })?;
        dump::write_file(path, &bytes)?;
        tracing::info!(path = %path.display(), bytes = bytes.len(), "state kept");
        Ok(())
    }

    /// Becomes the chain of a dump.
    /// # Errors
    /// It is none, or another chain's; then nothing changed.
    pub(crate) fn load(&mut self, dump: &[u8]) -> Result<(), StateError> {
        let contents = Contents::read(dump, self.config.chain_id, self.config.arbos_version)?;
        self.reset();
        self.take_over(contents);
        Ok(())
    }

    /// Back to the genesis, with the settings there are.
    pub(crate) fn reset(&mut self) {
        let fresh = Self::new(self.config.clone(), self.engine.clone());
        let old = std::mem::replace(self, fresh);
        // Subscribers stay; names of snapshots and filters are not used twice.
        self.news = old.news;
        self.next_snapshot = old.next_snapshot;
        self.reorganisations = old.reorganisations;
        self.filters = old.filters;
        self.filters.clear();
    }

    /// What happens, as it happens.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<News> {
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

    /// Transactions that the next block may include, in its order.
    pub(crate) fn ready(&self) -> Vec<&Pooled> {
        self.pool.ready(|from| self.latest().account(from).nonce)
    }

    /// Number of the newest block that will not be reorganised, as the `safe` tag tells it.
    pub(crate) fn safe(&self) -> u64 {
        self.head().header.number.saturating_sub(self.config.safe_lag)
    }

    /// Number of the newest block that is final, as the `finalized` tag tells it.
    pub(crate) fn finalized(&self) -> u64 {
        self.head().header.number.saturating_sub(self.config.finalized_lag)
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

    /// Wei per gas of the next block, fixed when the newest one began (stylus-vm.md 9.5): a price quoted now is the
    /// price that the next block charges.
    pub(crate) fn base_fee(&self) -> u64 {
        if let Some(set) = self.next_base_fee {
            return set;
        }
        // A pending block that is being tried out has fixed the price of the one after it already.
        let version = self.speculating.unwrap_or(Version::MAX);
        self.state
            .at(version)
            .slot(arbos::ARBOS_STATE, U256::from(Word::BaseFee as u64))
            .saturating_to()
    }

    /// ArbOS version in force after the newest block.
    pub(crate) fn arbos_version(&self) -> u64 {
        self.arbos_word(Word::ArbosVersion)
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
        let newest = self.head().header.timestamp;
        let next = self.clock.next.unwrap_or_else(|| match self.timestamp_interval {
            Some(seconds) => newest.saturating_add(seconds),
            None => wall_clock().saturating_add_signed(self.clock.offset),
        });
        next.max(newest)
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

    /// Sets the clock; returns how far it is ahead of the wall clock, seconds.
    pub(crate) fn set_time(&mut self, timestamp: u64) -> i64 {
        self.clock = Clock { offset: seconds_between(wall_clock(), timestamp), next: None };
        self.clock.offset
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

    /// What the next block starts from.
    pub(crate) fn opening(&self) -> Opening {
        let head = self.head();
        let timestamp = self.next_timestamp();
        let genesis = self.blocks.first().map(|block| block.header.timestamp).unwrap_or_default();
        Opening {
            number: head.header.number.saturating_add(1),
            parent_hash: head.hash,
            timestamp,
            l1_block_number: self.l1_block_number(genesis, timestamp),
            base_fee: self.base_fee(),
            arbos_version: self.arbos_version(),
            chain_id: self.config.chain_id,
            beneficiary: self.coinbase,
            fork: 0,
        }
    }

    fn recent_hashes(&self, before: u64) -> &[B256] {
        let end = usize::try_from(before).unwrap_or(usize::MAX).min(self.hashes.len());
        self.hashes.get(end.saturating_sub(RECENT_HASHES)..end).unwrap_or_default()
    }

    /// A machine for a transaction in a block.
    pub(crate) fn machine<'a>(
        &'a self,
        view: View<'a>,
        opening: &Opening,
        base_fee: u64,
        simulated: bool,
    ) -> Evm<'a> {
        let block = BlockEnv {
            // `NUMBER` is the parent chain's (stylus-vm.md 9.2).
            number: U256::from(opening.l1_block_number),
            beneficiary: opening.beneficiary,
            timestamp: U256::from(opening.timestamp),
            gas_limit: HEADER_GAS_LIMIT,
            basefee: base_fee,
            difficulty: U256::from(1),
            prevrandao: Some(B256::with_last_byte(1)),
            ..Default::default()
        };
        let running = Running {
            arbos_version: opening.arbos_version,
            base_fee_in_block: opening.base_fee,
            l2_block_number: opening.number,
            recent_hashes: self.recent_hashes(opening.number),
            simulated,
            engine: Some(self.engine.clone()),
            // One for all runs that a request needs, so that nobody waits longer for an estimate than for a call.
            deadline: simulated
                .then(|| Deadline::after(self.asked_at, self.config.evm_timeout))
                .flatten(),
            ..Default::default()
        };
        Evm::new(view, self.config.chain_id, block, running)
    }

    /// The block that a call runs in, and the one whose state it runs on.
    fn opening_at(&self, place: Place) -> (Opening, u64) {
        match place {
            Place::Pending => (self.opening(), self.head().header.number),
            Place::After(number) => {
                let block = self.block(number).unwrap_or_else(|| self.head());
                let opening = Opening {
                    number: block.header.number,
                    parent_hash: block.header.parent_hash,
                    timestamp: block.header.timestamp,
                    l1_block_number: block.l1_block_number,
                    base_fee: block.header.base_fee_per_gas.unwrap_or(INITIAL_BASE_FEE),
                    arbos_version: block.arbos_version(),
                    chain_id: self.config.chain_id,
                    beneficiary: block.header.beneficiary,
                    fork: 0,
                };
                (opening, block.header.number)
            }
        }
    }

    /// What a message would pay for its parent-chain data.
    pub(crate) fn poster(
        &self,
        message: &Message,
        mode: Mode,
        place: Place,
        overrides: &Overrides,
    ) -> Poster {
        if self.l1_price().is_zero() {
            return Poster::default();
        }
        let (opening, number) = self.opening_at(place);
        let view = self.view(number).with_overrides(overrides);
        let mut evm = self.machine(view, &opening, opening.base_fee, true);
        l1_pricing::poster(&mut evm, message, mode)
    }

    /// Wei per unit of parent-chain data.
    pub(crate) fn l1_price(&self) -> U256 {
        self.latest().slot(arbos::ARBOS_STATE, U256::from(Word::L1PricePerUnit as u64))
    }

    /// Whether calls of this account run a precompile, Ethereum's or ArbOS's.
    pub(crate) fn is_precompile(&self, address: Address) -> bool {
        let version = self.arbos_version();
        crate::evm::native_precompiles(version).contains(&address)
            || precompiles::exists(address, version, true)
    }

    /// Runs a message without keeping anything.
    pub(crate) fn simulate(
        &self,
        message: &Message,
        mode: Mode,
        place: Place,
        overrides: &Overrides,
    ) -> Result<Executed, Invalid> {
        self.simulate_in(message, mode, place, overrides, &BlockOverrides::default())
    }

    /// Runs a message without keeping anything, in a block that is pretended otherwise.
    pub(crate) fn simulate_in(
        &self,
        message: &Message,
        mode: Mode,
        place: Place,
        overrides: &Overrides,
        block: &BlockOverrides,
    ) -> Result<Executed, Invalid> {
        let (opening, number) = self.opening_at(place);
        let opening = opening.overridden(block);
        // Without a price the base fee counts as zero, so that the sender needs no funds (stylus-vm.md 9.2).
        let base_fee = if message.max_fee == 0 { 0 } else { opening.base_fee };
        let view = self.view(number).with_overrides(overrides);
        let mut evm = self.machine(view, &opening, base_fee, true);
        let environment = &mut evm.ctx.block;
        environment.gas_limit = block.gas_limit.unwrap_or(environment.gas_limit);
        environment.difficulty = block.difficulty.unwrap_or(environment.difficulty);
        environment.prevrandao = block.random.or(environment.prevrandao);
        transaction::execute(&mut evm, message, mode)
    }

    /// Runs a message in a simulated block, on the newest state, and keeps what it did; for [`Self::speculate`].
    pub(crate) fn run_and_keep(
        &mut self,
        message: &Message,
        mode: Mode,
        opening: &Opening,
    ) -> Result<Executed, Invalid> {
        let base_fee = if message.max_fee == 0 { 0 } else { opening.base_fee };
        let mut executed = {
            let mut evm = self.machine(self.latest(), opening, base_fee, true);
            transaction::execute(&mut evm, message, mode)?
        };
        self.state.commit(std::mem::take(&mut executed.changes));
        Ok(executed)
    }

    /// Seals a simulated block on the newest state.
    pub(crate) fn seal_simulated(&self, opening: Opening, included: Vec<Included>) -> Block {
        let sends = self.sends();
        opening.seal(included, self.state.digest(), self.state.version(), sends)
    }

    /// Makes what a call pretends about accounts true; for [`Self::speculate`].
    pub(crate) fn pretend(&mut self, overrides: Overrides) {
        for (address, pretended) in overrides {
            let code_hash = pretended.code.map(|code| self.state.add_code(code));
            self.state.edit(address, |account| {
                account.balance = pretended.balance.unwrap_or(account.balance);
                account.nonce = pretended.nonce.unwrap_or(account.nonce);
                account.code_hash = code_hash.unwrap_or(account.code_hash);
            });
            if pretended.replaces_storage {
                self.state.clear_slots(address);
            }
            for (key, value) in pretended.slots {
                self.state.edit_slot(address, key, value);
            }
        }
    }

    /// Takes a raw transaction; it is in a block when this returns, unless it waits for an earlier nonce.
    pub(crate) fn send_raw(&mut self, raw: &[u8]) -> Result<B256, Rejected> {
        let (from, envelope) = Self::decode(raw)?;
        self.send(from, envelope)
    }

    /// A raw transaction and its sender.
    pub(crate) fn decode(raw: &[u8]) -> Result<(Address, TxEnvelope), Rejected> {
        if raw.len() > MAX_TX_SIZE {
            return Err(Rejected::Oversized(raw.len()));
        }
        let envelope = <TxEnvelope as alloy::eips::Decodable2718>::decode_2718_exact(raw).map_err(
            |error| Rejected::Malformed(format!("cannot decode the transaction: {error}")),
        )?;
        let from = crate::signature::signer(&envelope)
            .ok_or_else(|| Rejected::Malformed("invalid sender: invalid signature".into()))?;
        Ok((from, envelope))
    }

    /// Takes a transaction of a known sender.
    pub(crate) fn send(&mut self, from: Address, envelope: TxEnvelope) -> Result<B256, Rejected> {
        self.check_envelope(&envelope)?;
        let hash = *envelope.tx_hash();
        if self.by_tx.contains_key(&hash) || self.pool.get(hash).is_some() {
            return Err(Rejected::Known);
        }
        let next = self.latest().account(from).nonce;
        let is_next = envelope.nonce() <= next && !self.pool.holds(from, envelope.nonce());
        if self.config.mining == Mining::Instant && is_next {
            self.mine(vec![(from, envelope)]).map_err(Rejected::Invalid)?;
            self.announce(hash);
            self.mine_ready();
        } else {
            self.admit(from, &envelope).map_err(Rejected::Invalid)?;
            self.pool.insert(from, envelope)?;
            self.announce(hash);
            if self.config.mining == Mining::Instant {
                self.mine_ready();
            }
        }
        Ok(hash)
    }

    /// Whether a transaction may wait for a block: all that must hold whenever it is included.
    fn admit(&self, from: Address, envelope: &TxEnvelope) -> Result<(), Invalid> {
        let (tx, state) = (envelope.nonce(), self.latest().account(from).nonce);
        if tx < state {
            return Err(Invalid::NonceTooLow { from, tx, state });
        }
        let message = Message { nonce: None, ..message_of(from, envelope) };
        let opening = self.opening();
        // The base fee of that block is not known yet.
        let mut evm = self.machine(self.latest(), &opening, 0, false);
        transaction::validate(&mut evm, &message)
    }

    fn announce(&mut self, hash: B256) {
        self.filters.accepted(hash);
        self.tell(|| News::Accepted(hash));
    }

    fn tell(&self, news: impl FnOnce() -> News) {
        // Without subscribers nobody wants the copy.
        if self.news.receiver_count() > 0 {
            let _received_by = self.news.send(news());
        }
    }

    /// Includes what waits for its turn, block after block, as long as there is something to include.
    fn mine_ready(&mut self) {
        while !self.ready().is_empty() && self.mine_filled(false) {}
    }

    /// How blocks are made from now on. What is ready is included at once when they are made instantly.
    pub(crate) fn set_mining(&mut self, mining: Mining) {
        self.config.mining = mining;
        self.plan_next_block();
        if mining == Mining::Instant {
            self.mine_ready();
        }
    }

    fn plan_next_block(&mut self) {
        self.due = match self.config.mining {
            Mining::Interval(seconds) => {
                Instant::now().checked_add(Duration::from_secs(seconds.get()))
            }
            Mining::Instant | Mining::Manual => None,
        };
    }

    /// How long until a block is due; `None` if blocks are not made by time.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.due.map(|due| due.saturating_duration_since(Instant::now()))
    }

    /// Makes the block that is due, if one is.
    pub(crate) fn mine_due(&mut self) {
        if self.next_due().is_some_and(|left| left.is_zero()) {
            self.plan_next_block();
            self.mine_waiting();
        }
    }

    fn check_envelope(&self, envelope: &TxEnvelope) -> Result<(), Rejected> {
        if envelope.is_eip4844() || (envelope.is_eip7702() && self.arbos_version() < 40) {
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

    /// Does what ArbOS does before the first transaction of a block, of which an upgrade may be a part.
    fn start_block(&mut self, opening: &mut Opening, passed: u64) {
        let started = {
            let mut evm = self.machine(self.latest(), opening, opening.base_fee, false);
            start_block::run(&mut evm, opening.parent_hash, passed)
        };
        opening.arbos_version = started.arbos_version;
        self.state.commit(started.changes);
    }

    /// Makes a block of these transactions. On `Err` (the first transaction that cannot be included) nothing changed.
    pub(crate) fn mine(&mut self, transactions: Vec<(Address, TxEnvelope)>) -> Result<(), Invalid> {
        self.mine_on_fork(transactions, 0)
    }

    fn mine_on_fork(
        &mut self,
        transactions: Vec<(Address, TxEnvelope)>,
        fork: u64,
    ) -> Result<(), Invalid> {
        let before = self.state.version();
        let mut building = self.begin();
        building.opening.fork = fork;
        for (from, envelope) in transactions {
            if let Err(invalid) = self.include(&mut building, from, envelope) {
                self.state.revert(before);
                return Err(invalid);
            }
        }
        let block = self.seal(building);
        self.append(block);
        Ok(())
    }

    /// Makes a block of what waits, as far as it fits; it may be empty.
    pub(crate) fn mine_waiting(&mut self) {
        self.mine_filled(true);
    }

    /// Makes a block of what waits; whether it did.
    fn mine_filled(&mut self, even_empty: bool) -> bool {
        let before = self.state.version();
        let (block, refused) = self.fill();
        let made = even_empty || block.transactions.len() > 1;
        match made {
            true => self.append(block),
            false => self.state.revert(before),
        }
        for (hash, invalid) in refused {
            // Its price may be enough for a later block; nothing else gets better by waiting.
            if !matches!(invalid, Invalid::FeeCapTooLow { .. }) {
                tracing::warn!(%hash, %invalid, "a waiting transaction was dropped");
                self.pool.remove(hash);
            }
        }
        made
    }

    /// A block of what waits, on the state; and what could not be included.
    fn fill(&mut self) -> (Block, Vec<(B256, Invalid)>) {
        let waiting: Vec<Pooled> = self.ready().into_iter().cloned().collect();
        let mut building = self.begin();
        let mut refused: Vec<(B256, Invalid)> = Vec::new();
        let mut stuck: HashSet<Address> = HashSet::default();
        for Pooled { hash, from, envelope, .. } in waiting {
            // What follows a transaction that is not in this block cannot be in it either.
            if stuck.contains(&from) {
                continue;
            }
            if !self.fits(&building, &envelope) {
                break;
            }
            if let Err(invalid) = self.include(&mut building, from, envelope) {
                stuck.insert(from);
                refused.push((hash, invalid));
            }
        }
        (self.seal(building), refused)
    }

    /// Whether a block takes one more transaction (stylus-vm.md 9.4): from ArbOS 50 it closes once its gas is used,
    /// before that it takes none that might use more than is left. One transaction always fits.
    fn fits(&self, building: &Building, envelope: &TxEnvelope) -> bool {
        let limit = match self.arbos_word(Word::MaxBlockGasLimit) {
            0 => return true,
            limit => limit,
        };
        let left = limit.saturating_sub(building.compute);
        if building.included.len() < 2 {
            return true;
        }
        match building.opening.arbos_version {
            50.. => left > 0,
            _ => envelope.gas_limit() <= left,
        }
    }

    /// A block with ArbOS's own transaction, whose changes are on the state.
    fn begin(&mut self) -> Building {
        let mut opening = self.opening();
        let passed = opening.timestamp.saturating_sub(self.head().header.timestamp);
        let included = vec![opening.start_block(passed, self.state.version())];
        self.start_block(&mut opening, passed);
        let recent_programs = RecentPrograms::default();
        Building { opening, included, cumulative: 0, compute: 0, logs: 0, recent_programs }
    }

    fn include(
        &mut self,
        building: &mut Building,
        from: Address,
        envelope: TxEnvelope,
    ) -> Result<(), Invalid> {
        let message = message_of(from, &envelope);
        let before = self.state.version();
        let recent_programs = building.recent_programs.clone();
        let executed = {
            let opening = &building.opening;
            let mut evm = self.machine(self.latest(), opening, opening.base_fee, false);
            evm.ctx.chain.recent_programs = recent_programs.clone();
            let executed = transaction::execute(&mut evm, &message, Mode::Transaction)?;
            building.recent_programs = std::mem::take(&mut evm.ctx.chain.recent_programs);
            executed
        };
        building.cumulative = building.cumulative.saturating_add(executed.gas_used);
        let compute = executed.gas_used.saturating_sub(executed.poster_gas);
        building.compute = building.compute.saturating_add(compute);
        let logs = u64::try_from(executed.logs.len()).unwrap_or(u64::MAX);
        let succeeded = executed.succeeded();
        if !succeeded && self.logs_failures && self.speculating.is_none() {
            let why = executed.notes.join("; ");
            tracing::warn!(hash = %envelope.tx_hash(), result = ?executed.result, "transaction failed: {why}");
        }
        self.state.commit(executed.changes);
        building.included.push(Included {
            hash: *envelope.tx_hash(),
            from,
            body: Body::User(Box::new(envelope)),
            succeeded,
            gas_used: executed.gas_used,
            gas_used_for_l1: executed.poster_gas,
            cumulative_gas_used: building.cumulative,
            created: executed.created,
            logs: executed.logs,
            first_log: building.logs,
            before,
            recent_programs,
        });
        building.logs = building.logs.saturating_add(logs);
        Ok(())
    }

    fn seal(&self, building: Building) -> Block {
        let sends = self.sends();
        building.opening.seal(building.included, self.state.digest(), self.state.version(), sends)
    }

    /// Does something and takes back what it changed of the state.
    pub(crate) fn speculate<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        self.speculating = Some(self.state.version());
        let result = act(self);
        self.end_speculation();
        result
    }

    /// Does something in the world as it will be after what waits, and takes that back again.
    pub(crate) fn in_pending<T>(&mut self, act: impl FnOnce(&mut Self, &Block) -> T) -> T {
        self.speculate(|chain| {
            let (block, _) = chain.fill();
            act(chain, &block)
        })
    }

    /// Takes back what a speculation changed; also needed after a panic in one.
    pub(crate) fn end_speculation(&mut self) {
        if let Some(version) = self.speculating.take() {
            self.state.revert(version);
        }
    }

    fn append(&mut self, block: Block) {
        let number = block.header.number;
        self.next_base_fee = None;
        // The clock goes on from a time that was set.
        if self.clock.next.take().is_some() {
            self.clock.offset = seconds_between(wall_clock(), block.header.timestamp);
        }
        self.by_hash.insert(block.hash, number);
        for (index, tx) in block.transactions.iter().enumerate() {
            self.by_tx.insert(tx.hash, (number, index));
        }
        for tx in &block.transactions {
            self.pool.remove(tx.hash);
        }
        if self.pool.len() > 0 {
            // Another transaction of the same nonce may have been sent around the pool.
            let state = &self.state;
            self.pool.forget_used(|from| state.account(from, Version::MAX).nonce);
        }
        self.tell(|| News::Made(Arc::new(block.clone())));
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
        let newest = u64::try_from(snapshot.blocks).unwrap_or(u64::MAX).saturating_sub(1);
        self.drop_after(newest, snapshot.version);
        self.pool.clear();
        self.clock = snapshot.clock;
        true
    }

    /// Where the chain is.
    pub(crate) fn mark(&self) -> Mark {
        Mark { blocks: self.blocks.len(), version: self.state.version() }
    }

    /// Undoes everything since `mark`, as after a bug that left it half done.
    pub(crate) fn back_to(&mut self, mark: Mark) {
        // A job that went back in history itself left blocks and state as they were then, and whole.
        if self.state.version() >= mark.version && self.blocks.len() >= mark.blocks {
            let blocks = u64::try_from(mark.blocks).unwrap_or(u64::MAX);
            self.drop_after(blocks.saturating_sub(1), mark.version);
        }
    }

    /// Snapshots there are: name and block.
    pub(crate) fn snapshots(&self) -> BTreeMap<U256, (usize, B256)> {
        self.snapshots
            .iter()
            .filter_map(|snapshot| {
                let newest = snapshot.blocks.checked_sub(1)?;
                Some((U256::from(snapshot.id), (newest, *self.hashes.get(newest)?)))
            })
            .collect()
    }

    /// Names this run of the chain: another one after a reset.
    pub(crate) fn instance(&self) -> B256 {
        self.instance
    }

    /// Takes away the blocks after `newest`, and the state back to `version`; the blocks dropped, oldest first.
    ///
    /// Whoever listens is told of every one of them, newest first.
    fn drop_after(&mut self, newest: u64, version: Version) -> Vec<Block> {
        let keep = usize::try_from(newest).unwrap_or(usize::MAX).saturating_add(1);
        self.state.revert(version);
        let dropped = self.blocks.split_off(keep.min(self.blocks.len()));
        self.hashes.truncate(keep);
        for block in dropped.iter().rev() {
            self.by_hash.remove(&block.hash);
            for tx in &block.transactions {
                self.by_tx.remove(&tx.hash);
            }
            self.filters.dropped(block);
            self.tell(|| News::Dropped(Arc::new(block.clone())));
        }
        dropped
    }

    /// Takes away the newest blocks, and what setters did since.
    /// # Errors
    /// There are not as many, beside the genesis.
    pub(crate) fn roll_back(&mut self, depth: u64) -> Result<(), String> {
        let ancestor = self.ancestor(depth)?;
        let version = self.block(ancestor).map(|block| block.version).unwrap_or_default();
        self.drop_after(ancestor, version);
        // Snapshots of a world that is gone.
        let blocks = self.blocks.len();
        self.snapshots.retain(|snapshot| snapshot.blocks <= blocks && snapshot.version <= version);
        Ok(())
    }

    fn ancestor(&self, depth: u64) -> Result<u64, String> {
        let newest = self.head().header.number;
        newest
            .checked_sub(depth)
            .ok_or_else(|| format!("reorg depth {depth} exceeds the chain's height, {newest}"))
    }

    /// Replaces the newest blocks by as many others. Transactions of the dropped ones are gone, as in anvil: whoever
    /// wants them in again sends them again.
    /// - `contents`: chooses what the new blocks include; it is given a copy of the chain that ends at the common
    ///   ancestor, on which it includes what it chooses.
    /// # Errors
    /// There are not as many, or a transaction cannot be included; then nothing changed.
    pub(crate) fn reorganise(
        &mut self,
        depth: u64,
        contents: impl FnOnce(&mut Self) -> Result<Replacement, String>,
    ) -> Result<(), String> {
        let ancestor = self.ancestor(depth)?;
        if depth == 0 {
            return Ok(());
        }
        let version = self.block(ancestor).map(|block| block.version).unwrap_or_default();
        let contents = self.rehearse(ancestor, version, contents)?;
        self.roll_back(depth)?;
        self.reorganisations = self.reorganisations.saturating_add(1);
        let mut contents = contents.into_iter();
        for _ in 0..depth {
            let transactions = contents.next().unwrap_or_default();
            self.mine_on_fork(transactions, self.reorganisations)
                .map_err(|invalid| invalid.to_string())?;
        }
        Ok(())
    }

    /// Has the blocks of a reorganisation chosen on a copy of the chain, where they are tried out, so that a
    /// transaction that cannot be included is found before anything is dropped.
    fn rehearse(
        &self,
        ancestor: u64,
        version: Version,
        contents: impl FnOnce(&mut Self) -> Result<Replacement, String>,
    ) -> Result<Replacement, String> {
        let keep = usize::try_from(ancestor).unwrap_or(usize::MAX).saturating_add(1);
        let mut stage = Self::new(self.config.clone(), self.engine.clone());
        stage.config.mining = Mining::Manual;
        stage.logs_failures = false;
        stage.state = self.state.clone();
        stage.state.revert(version);
        stage.blocks = self.blocks.get(..keep).unwrap_or_default().to_vec();
        stage.hashes = self.hashes.get(..keep).unwrap_or_default().to_vec();
        stage.clock = self.clock;
        stage.timestamp_interval = self.timestamp_interval;
        stage.coinbase = self.coinbase;
        stage.impersonated = self.impersonated.clone();
        stage.impersonates_all = self.impersonates_all;
        contents(&mut stage)
    }

    /// Whether an account may send without a signature.
    pub(crate) fn may_impersonate(&self, from: Address) -> bool {
        self.impersonates_all || self.impersonated.contains(&from)
    }

    /// Replaces the code of an account.
    pub(crate) fn set_code(&mut self, address: Address, code: Bytes) {
        let hash = self.state.add_code(crate::state::bytecode(code));
        self.state.edit(address, |account| account.code_hash = hash);
    }
}

/// The signature of an impersonated account's transaction. `r` is the account, so that equal transactions of two
/// accounts differ in hash.
pub(crate) fn impersonation(from: Address) -> Signature {
    Signature::new(U256::from_be_slice(from.as_slice()).max(U256::from(1)), U256::from(1), false)
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
        impersonated: *envelope.signature() == impersonation(from),
        access_list: envelope.access_list().cloned().unwrap_or_default(),
        authorizations: envelope.authorization_list().map(<[_]>::to_vec).unwrap_or_default(),
        signed: Some(envelope.encoded_2718().into()),
    }
}

/// A number that no other run has.
fn instance() -> B256 {
    static STARTED: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let mut preimage = since.to_be_bytes().to_vec();
    preimage.extend(std::process::id().to_be_bytes());
    preimage.extend(STARTED.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    alloy_primitives::keccak256(preimage)
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

#[cfg(test)]
mod tests;
