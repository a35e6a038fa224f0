//! `prestateTracer`: the accounts and slots that a transaction touches, as they were before it; in diff mode what it
//! changed, before and after. go-ethereum's format.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, B256, Bytes, U256};
use revm::bytecode::opcode;
use revm::primitives::Log;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Entered, Finished, Instruction, Kind, Tracer, Watches};
use crate::state::View;

/// Options, as `tracerConfig` gives them.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Options {
    /// Shows what changed, before and after, instead of all that was touched.
    diff_mode: bool,
    disable_code: bool,
    disable_storage: bool,
    /// Shows accounts that did not exist.
    include_empty: bool,
}

/// An account, with its members as clients read them.
#[derive(Debug, Default, Serialize)]
struct Account {
    #[serde(skip_serializing_if = "Option::is_none")]
    balance: Option<U256>,
    #[serde(skip_serializing_if = "<[u8]>::is_empty")]
    code: Bytes,
    #[serde(skip_serializing_if = "is_zero")]
    nonce: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    storage: BTreeMap<B256, B256>,
    /// Whether there was no such account.
    #[serde(skip)]
    is_empty: bool,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The tracer.
#[derive(Debug)]
pub(super) struct PrestateTracer {
    options: Options,
    /// Slots touched, by account.
    touched: BTreeMap<Address, BTreeSet<U256>>,
    created: BTreeSet<Address>,
    deleted: BTreeSet<Address>,
}

impl PrestateTracer {
    pub(super) fn new(options: Options) -> Self {
        Self {
            options,
            touched: BTreeMap::new(),
            created: BTreeSet::new(),
            deleted: BTreeSet::new(),
        }
    }

    fn touch(&mut self, account: Address) {
        self.touched.entry(account).or_default();
    }

    fn account(&self, view: View<'_>, address: Address, slots: &BTreeSet<U256>) -> Account {
        let account = view.account(address);
        let code = view.code(address).original_bytes();
        let storage: BTreeMap<B256, B256> =
            slots.iter().map(|key| ((*key).into(), view.slot(address, *key).into())).collect();
        Account {
            is_empty: account.is_empty(),
            balance: Some(account.balance),
            nonce: account.nonce,
            code: if self.options.disable_code { Bytes::new() } else { code },
            storage,
        }
    }

    /// What became of an account; `None` if nothing did. Takes out of `before` the slots that did not change.
    fn after(
        &self,
        finished: &Finished<'_>,
        address: Address,
        before: &mut Account,
    ) -> Option<Account> {
        let changed = finished.changes.get(&address)?;
        let (old, new) = (finished.before.account(address), &changed.info);
        let mut after = Account::default();
        let mut modified = false;
        if new.balance != old.balance {
            after.balance = Some(new.balance);
            modified = true;
        }
        if new.nonce != old.nonce {
            after.nonce = new.nonce;
            modified = true;
        }
        if new.code_hash != old.code_hash && !self.options.disable_code {
            let code = new.code.as_ref().map(|code| code.original_bytes());
            after.code = code.unwrap_or_default();
            modified = true;
        }
        before.storage.retain(|key, old| {
            let slot = changed.storage.get::<U256>(&(*key).into());
            let new = slot.map_or(*old, |slot| slot.present_value().into());
            if new == *old {
                return false;
            }
            modified = true;
            if !new.is_zero() {
                after.storage.insert(*key, new);
            }
            !old.is_zero()
        });
        modified.then_some(after)
    }
}

impl Tracer for PrestateTracer {
    fn watches(&self) -> Watches {
        Watches { instructions: true, ..Watches::default() }
    }

    fn enter(&mut self, frame: Entered, _: &[Log]) {
        match frame.kind {
            Kind::Create | Kind::Create2 => {
                self.touch(frame.to);
                self.created.insert(frame.to);
            }
            _ => self.touch(frame.to),
        }
    }

    fn instruction(&mut self, step: &Instruction<'_>) {
        if step.error.is_some() {
            return;
        }
        let Some(top) = step.word(0) else { return };
        match step.opcode {
            opcode::SLOAD | opcode::SSTORE if !self.options.disable_storage => {
                self.touched.entry(step.acting).or_default().insert(top);
            }
            opcode::EXTCODECOPY | opcode::EXTCODEHASH | opcode::EXTCODESIZE | opcode::BALANCE => {
                self.touch(Address::from_word(top.into()));
            }
            opcode::SELFDESTRUCT => {
                self.touch(Address::from_word(top.into()));
                // Others stay (EIP-6780).
                if self.created.contains(&step.acting) {
                    self.deleted.insert(step.acting);
                }
            }
            _ => {}
        }
    }

    fn finish(mut self: Box<Self>, finished: &Finished<'_>) -> Result<Value, String> {
        let view = finished.before;
        self.touch(finished.message.from);
        self.touch(finished.coinbase);
        for authorization in &finished.message.authorizations {
            if let Ok(authority) = authorization.recover_authority() {
                self.touch(authority);
            }
        }
        let delegates: Vec<Address> =
            self.touched.keys().filter_map(|to| view.code(*to).eip7702_address()).collect();
        for delegate in delegates {
            self.touch(delegate);
        }
        let mut pre: BTreeMap<Address, Account> = self
            .touched
            .iter()
            .map(|(address, slots)| (*address, self.account(view, *address, slots)))
            .collect();
        let mut post = BTreeMap::new();
        if self.options.diff_mode {
            pre.retain(|address, account| {
                if self.deleted.contains(address) {
                    return true;
                }
                let after = self.after(finished, *address, account);
                let modified = after.is_some();
                post.extend(after.map(|after| (*address, after)));
                modified
            });
        }
        if !self.options.include_empty {
            pre.retain(|_, account| !account.is_empty);
        }
        Ok(match self.options.diff_mode {
            true => json!({ "post": post, "pre": pre }),
            false => json!(pre),
        })
    }
}
