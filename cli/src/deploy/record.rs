//! `deployments/<chain>.json`: what a deployment has put where, for people and programs.
//!
//! The chain decides what is done; the file says in addition in which transactions. It is replaced whole or not at all.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use alloy::primitives::{Address, B256};
use serde::{Deserialize, Serialize};

/// Why the file is of no use.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// It cannot be read or written.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: io::Error,
    },
    /// It is no record.
    #[error(
        "{}: {reason}; move the file away and run the command again: everything but the start of the history is read \
         from the chain",
        path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: serde_json::Error,
    },
    /// It is of another deployment.
    #[error(
        "{} is of another deployment: its {what} is {theirs}, and ours is {ours}; move the file away, or name another \
         directory with --out",
        path.display()
    )]
    OtherDeployment {
        /// The file.
        path: PathBuf,
        /// In what they differ.
        what: &'static str,
        /// There.
        theirs: String,
        /// Here.
        ours: String,
    },
}

/// A deployment on one chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Record {
    /// Name of the chain.
    pub chain: String,
    /// EVM chain id.
    pub chain_id: u64,
    /// Domain.
    pub domain: u32,
    /// Who has deployed.
    pub deployer: Address,
    /// The salt of the configuration.
    pub salt: String,
    /// Who owns it, or has only to accept it.
    pub owner: Address,
    /// Was everything in place and read back?
    pub complete: bool,
    /// Block before the first transaction: where indexing starts.
    pub from_block: u64,
    /// The contracts, by name.
    pub contracts: BTreeMap<String, ContractRecord>,
}

/// One contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContractRecord {
    /// Where it is.
    pub address: Address,
    /// Hash of the code that is there.
    pub code_hash: B256,
    /// Block of its creation, if that is known.
    pub block: Option<u64>,
    /// Transaction that created it, if that is known.
    pub transaction: Option<B256>,
}

impl Record {
    /// Where the record of a chain is.
    pub fn path(directory: &Path, chain: &str) -> PathBuf {
        directory.join(format!("{chain}.json"))
    }

    /// Reads a record; `None` if there is none.
    pub fn read(path: &Path) -> Result<Option<Self>, RecordError> {
        match fs::read(path) {
            Ok(json) => serde_json::from_slice(&json).map(Some).map_err(|reason| {
                let path = path.to_owned();
                RecordError::Unreadable { path, reason }
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(reason) => Err(RecordError::File { path: path.to_owned(), reason }),
        }
    }

    /// Is the other record of the same deployment?
    /// # Errors
    /// `OtherDeployment`, with what differs.
    pub fn check_same(&self, other: &Self, path: &Path) -> Result<(), RecordError> {
        let pairs = [
            ("chain id", other.chain_id.to_string(), self.chain_id.to_string()),
            ("domain", other.domain.to_string(), self.domain.to_string()),
            ("deployer", other.deployer.to_string(), self.deployer.to_string()),
            ("salt", other.salt.clone(), self.salt.clone()),
        ];
        let Some((what, theirs, ours)) = pairs.into_iter().find(|(_, theirs, ours)| theirs != ours)
        else {
            return Ok(());
        };
        Err(RecordError::OtherDeployment { path: path.to_owned(), what, theirs, ours })
    }

    /// Puts the record in the place of the one that is there, whole or not at all.
    pub fn write(&self, path: &Path) -> Result<(), RecordError> {
        let written = || {
            if let Some(directory) = path.parent() {
                fs::create_dir_all(directory)?;
            }
            let mut json = serde_json::to_vec_pretty(self)?;
            json.push(b'\n');
            let unfinished = path.with_extension("json.unfinished");
            let mut file = File::create(&unfinished)?;
            file.write_all(&json)?;
            // On the disk before it has the name: after a crash, the name means the old or the new, never a part.
            file.sync_all()?;
            fs::rename(&unfinished, path)
        };
        written().map_err(|reason| RecordError::File { path: path.to_owned(), reason })
    }
}
