//! World state: every account and slot with its whole history.
//!
//! Each change is filed under the *version* of the world in which it happened. A block, or a setter such as
//! `anvil_setBalance`, makes one version; reading the world as it was is a binary search per value, and going back
//! (`evm_revert`) cuts the newest entries off. So a block costs memory for what it changed, and nothing else.

use std::convert::Infallible;
use std::ops::Not;

use crate::dump::StateJson;
use alloy_primitives::map::HashMap;
use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use revm::Database;
use revm::bytecode::Bytecode;
use revm::state::{AccountInfo, EvmState};
use serde::{Deserialize, Serialize};

/// Number of a state of the world.
pub(crate) type Version = u64;

/// What the chain knows of an account, code and storage apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    /// Wei.
    pub(crate) balance: U256,
    /// Transactions sent, or contracts created plus one.
    pub(crate) nonce: u64,
    /// keccak-256 of the code.
    pub(crate) code_hash: B256,
}

impl Default for Account {
    fn default() -> Self {
        Self { balance: U256::ZERO, nonce: 0, code_hash: KECCAK256_EMPTY }
    }
}

impl Account {
    /// Empty in the sense of EIP-161: indistinguishable from an account that never was.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The values one key ever had, oldest first, each with the version that set it.
#[derive(Clone, Debug)]
struct History<T>(Vec<(Version, T)>);

impl<T> Default for History<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Copy + Default + PartialEq> History<T> {
    fn at(&self, version: Version) -> T {
        match self.0.last() {
            Some((newest, value)) if *newest <= version => *value,
            _ => {
                let after = self.0.partition_point(|(set, _)| *set <= version);
                after
                    .checked_sub(1)
                    .and_then(|i| self.0.get(i))
                    .map(|(_, value)| *value)
                    .unwrap_or_default()
            }
        }
    }

    fn set(&mut self, version: Version, value: T) {
        match self.0.last_mut() {
            Some((newest, last)) if *newest == version => *last = value,
            _ => self.0.push((version, value)),
        }
    }

    fn cut(&mut self, version: Version) {
        self.0.truncate(self.0.partition_point(|(set, _)| *set <= version));
    }
}

/// A key whose value changed.
#[derive(Clone, Copy, Debug)]
enum Changed {
    Account(Address),
    Slot(Address, U256),
}

/// All accounts, slots and codes, now and before.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    accounts: HashMap<Address, History<Account>>,
    slots: HashMap<(Address, U256), History<U256>>,
    codes: HashMap<B256, Bytecode>,
    changes: Vec<(Version, Changed)>,
    version: Version,
    digest: B256,
    digests: Vec<(Version, B256)>,
}

impl State {
    /// The newest version.
    pub(crate) fn version(&self) -> Version {
        self.version
    }

    /// Stands in for the state root: a hash chain over all changes.
    ///
    /// Not a Merkle root. Nothing on a dev chain proves state against it, and hashing tries would cost more than
    /// running the transactions.
    pub(crate) fn digest(&self) -> B256 {
        self.digest
    }

    /// The world as it was at `version`.
    pub(crate) fn at(&self, version: Version) -> View<'_> {
        View { state: self, version, overrides: None }
    }

    /// Account at `version`.
    pub(crate) fn account(&self, address: Address, version: Version) -> Account {
        self.accounts.get(&address).map(|history| history.at(version)).unwrap_or_default()
    }

    /// Slot at `version`.
    pub(crate) fn slot(&self, address: Address, key: U256, version: Version) -> U256 {
        self.slots.get(&(address, key)).map(|history| history.at(version)).unwrap_or_default()
    }

    /// Code with this hash, empty when unknown.
    pub(crate) fn code(&self, hash: B256) -> Bytecode {
        self.codes.get(&hash).cloned().unwrap_or_default()
    }

    /// Makes the changes of one execution the next version.
    pub(crate) fn commit(&mut self, changes: EvmState) {
        self.version = self.version.saturating_add(1);
        let mut digest = self.digest.to_vec();
        // The map's order differs from run to run; the digest must not.
        let mut touched: Vec<_> =
            changes.into_iter().filter(|(_, account)| account.is_touched()).collect();
        touched.sort_unstable_by_key(|(address, _)| *address);
        for (address, account) in touched {
            // EIP-6780: only accounts created in the same transaction vanish, so no older slot has to be cleared.
            if account.is_selfdestructed() {
                self.put_account(address, Account::default(), &mut digest);
                continue;
            }
            if let Some(code) =
                account.info.code.as_ref().and_then(|code| code.is_empty().not().then_some(code))
            {
                self.codes.entry(account.info.code_hash).or_insert_with(|| code.clone());
            }
            let info = Account {
                balance: account.info.balance,
                nonce: account.info.nonce,
                code_hash: account.info.code_hash,
            };
            self.put_account(address, info, &mut digest);
            let mut slots: Vec<_> =
                account.changed_storage_slots().map(|(k, v)| (*k, v.present_value())).collect();
            slots.sort_unstable_by_key(|(key, _)| *key);
            for (key, value) in slots {
                self.put_slot(address, key, value, &mut digest);
            }
        }
        self.digest = keccak256(&digest);
        self.digests.push((self.version, self.digest));
    }

    /// Changes one account outside of any transaction, as its own version.
    pub(crate) fn edit(&mut self, address: Address, change: impl FnOnce(&mut Account)) {
        self.version = self.version.saturating_add(1);
        let mut account = self.account(address, Version::MAX);
        change(&mut account);
        let mut digest = self.digest.to_vec();
        self.put_account(address, account, &mut digest);
        self.digest = keccak256(&digest);
        self.digests.push((self.version, self.digest));
    }

    /// Changes one slot outside of any transaction, as its own version.
    pub(crate) fn edit_slot(&mut self, address: Address, key: U256, value: U256) {
        self.version = self.version.saturating_add(1);
        let mut digest = self.digest.to_vec();
        self.put_slot(address, key, value, &mut digest);
        self.digest = keccak256(&digest);
        self.digests.push((self.version, self.digest));
    }

    /// Sets all slots of an account to zero, as their own versions.
    pub(crate) fn clear_slots(&mut self, address: Address) {
        let keys: Vec<U256> =
            self.slots.keys().filter(|(of, _)| *of == address).map(|(_, key)| *key).collect();
        for key in keys {
            self.edit_slot(address, key, U256::ZERO);
        }
    }

    /// Remembers a code and returns its hash.
    pub(crate) fn add_code(&mut self, code: Bytecode) -> B256 {
        let hash = code.hash_slow();
        self.codes.entry(hash).or_insert(code);
        hash
    }

    /// All of it, in the order of addresses and slots.
    pub(crate) fn to_json(&self) -> StateJson {
        let mut accounts: Vec<_> =
            self.accounts.iter().map(|(address, history)| (*address, history.0.clone())).collect();
        accounts.sort_unstable_by_key(|(address, _)| *address);
        let mut slots: Vec<_> = self
            .slots
            .iter()
            .map(|((address, key), history)| (*address, *key, history.0.clone()))
            .collect();
        slots.sort_unstable_by_key(|(address, key, _)| (*address, *key));
        let mut codes: Vec<_> = self.codes.values().map(Bytecode::original_bytes).collect();
        codes.sort_unstable();
        StateJson { accounts, slots, codes, version: self.version, digests: self.digests.clone() }
    }

    /// What [`Self::to_json`] kept.
    pub(crate) fn from_json(json: StateJson) -> Self {
        let mut state = Self {
            version: json.version,
            digest: json.digests.last().map(|(_, digest)| *digest).unwrap_or_default(),
            digests: json.digests,
            ..Self::default()
        };
        for code in json.codes {
            state.add_code(bytecode(code));
        }
        for (address, history) in json.accounts {
            let changed = |(version, _): &(Version, Account)| (*version, Changed::Account(address));
            state.changes.extend(history.iter().map(changed));
            state.accounts.insert(address, History(history));
        }
        for (address, key, history) in json.slots {
            let changed = |(version, _): &(Version, U256)| (*version, Changed::Slot(address, key));
            state.changes.extend(history.iter().map(changed));
            state.slots.insert((address, key), History(history));
        }
        state.changes.sort_by_key(|(version, _)| *version);
        state
    }

    /// Forgets everything newer than `version`.
    pub(crate) fn revert(&mut self, version: Version) {
        let keep = self.changes.partition_point(|(set, _)| *set <= version);
        for (_, changed) in self.changes.drain(keep..) {
            match changed {
                Changed::Account(address) => {
                    if let Some(history) = self.accounts.get_mut(&address) {
                        history.cut(version);
                    }
                }
                Changed::Slot(address, key) => {
                    if let Some(history) = self.slots.get_mut(&(address, key)) {
                        history.cut(version);
                    }
                }
            }
        }
        self.digests.truncate(self.digests.partition_point(|(set, _)| *set <= version));
        self.digest = self.digests.last().map(|(_, digest)| *digest).unwrap_or_default();
        self.version = version;
    }

    fn put_account(&mut self, address: Address, account: Account, digest: &mut Vec<u8>) {
        let history = self.accounts.entry(address).or_default();
        if history.at(Version::MAX) != account {
            history.set(self.version, account);
            self.changes.push((self.version, Changed::Account(address)));
            digest.extend_from_slice(address.as_slice());
            digest.extend_from_slice(&account.balance.to_be_bytes::<32>());
            digest.extend_from_slice(&account.nonce.to_be_bytes());
            digest.extend_from_slice(account.code_hash.as_slice());
        }
    }

    fn put_slot(&mut self, address: Address, key: U256, value: U256, digest: &mut Vec<u8>) {
        let history = self.slots.entry((address, key)).or_default();
        if history.at(Version::MAX) != value {
            history.set(self.version, value);
            self.changes.push((self.version, Changed::Slot(address, key)));
            digest.extend_from_slice(address.as_slice());
            digest.extend_from_slice(&key.to_be_bytes::<32>());
            digest.extend_from_slice(&value.to_be_bytes::<32>());
        }
    }
}

/// Code that somebody sets by hand: an EIP-7702 delegation if it is a whole one, else plain code.
pub(crate) fn bytecode(code: Bytes) -> Bytecode {
    Bytecode::new_raw_checked(code.clone()).unwrap_or_else(|_| Bytecode::new_legacy(code))
}

/// What a call pretends about one account.
#[derive(Clone, Debug, Default)]
pub(crate) struct AccountOverride {
    /// Balance, wei.
    pub(crate) balance: Option<U256>,
    /// Nonce.
    pub(crate) nonce: Option<u64>,
    /// Code.
    pub(crate) code: Option<Bytecode>,
    /// Slots; a slot not listed reads from state, or as zero if `replaces_storage`.
    pub(crate) slots: HashMap<U256, U256>,
    /// Whether `slots` is the whole storage.
    pub(crate) replaces_storage: bool,
    /// The precompile that was moved to this account.
    pub(crate) precompile: Option<Address>,
}

/// What a call pretends about the world.
pub(crate) type Overrides = HashMap<Address, AccountOverride>;

/// The world at one version, as a database for the EVM.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    state: &'a State,
    version: Version,
    overrides: Option<&'a Overrides>,
}

impl<'a> View<'a> {
    /// The same view with some accounts pretended otherwise.
    pub(crate) fn with_overrides(self, overrides: &'a Overrides) -> Self {
        Self { overrides: Some(overrides), ..self }
    }

    fn overridden(&self, address: Address) -> Option<&'a AccountOverride> {
        self.overrides.and_then(|overrides| overrides.get(&address))
    }

    /// Which precompile runs when this account is called, if there is one of this address: one that was moved here,
    /// none where a call pretends anything about the account (stylus-vm.md 9.6), else the account's own.
    pub(crate) fn precompile_at(&self, address: Address) -> Option<Address> {
        match self.overridden(address) {
            Some(pretended) => pretended.precompile,
            None => Some(address),
        }
    }

    /// Account as this view shows it.
    pub(crate) fn account(&self, address: Address) -> Account {
        let mut account = self.state.account(address, self.version);
        if let Some(pretended) = self.overridden(address) {
            account.balance = pretended.balance.unwrap_or(account.balance);
            account.nonce = pretended.nonce.unwrap_or(account.nonce);
            if let Some(code) = &pretended.code {
                account.code_hash = code.hash_slow();
            }
        }
        account
    }

    /// Slot as this view shows it.
    pub(crate) fn slot(&self, address: Address, key: U256) -> U256 {
        match self.overridden(address) {
            Some(pretended) => match pretended.slots.get(&key) {
                Some(value) => *value,
                None if pretended.replaces_storage => U256::ZERO,
                None => self.state.slot(address, key, self.version),
            },
            None => self.state.slot(address, key, self.version),
        }
    }

    /// Code of the account as this view shows it.
    pub(crate) fn code(&self, address: Address) -> Bytecode {
        match self.overridden(address).and_then(|pretended| pretended.code.clone()) {
            Some(code) => code,
            None => self.state.code(self.account(address).code_hash),
        }
    }
}

impl Database for View<'_> {
    type Error = Infallible;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        let account = self.account(address);
        if account.is_empty() {
            return Ok(None);
        }
        let code = if account.code_hash == KECCAK256_EMPTY {
            Bytecode::default()
        } else {
            View::code(self, address)
        };
        Ok(Some(AccountInfo {
            balance: account.balance,
            nonce: account.nonce,
            code_hash: account.code_hash,
            code: Some(code),
            ..Default::default()
        }))
    }

    fn code_by_hash(&mut self, hash: B256) -> Result<Bytecode, Infallible> {
        Ok(self.state.code(hash))
    }

    fn storage(&mut self, address: Address, key: U256) -> Result<U256, Infallible> {
        Ok(self.slot(address, key))
    }

    /// `BLOCKHASH` reads a ring of *parent-chain* hashes, and a dev chain has no parent (stylus-vm.md 9.2).
    fn block_hash(&mut self, _number: u64) -> Result<B256, Infallible> {
        Ok(B256::ZERO)
    }
}
