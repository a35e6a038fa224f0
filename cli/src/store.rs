//! Where validators put what they sign, and relayers find it: the objects and file names of the official agents.
//! Spec: messaging.md §4.2.

mod objects;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fs, io};

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use objects::{
    Announcement, Checkpoint, CheckpointWithMessageId, ReorgFlag, ReorgPeriod, Rsv, Signed,
    Statement,
};

/// A validator's storage. Writers keep what is there unless said otherwise; readers get `None` for what is missing.
pub trait CheckpointStore: Send + Sync {
    /// The checkpoint of that leaf.
    fn checkpoint(&self, index: u32) -> io::Result<Option<Signed<CheckpointWithMessageId>>>;
    /// Stores a checkpoint under its index.
    fn put_checkpoint(&self, checkpoint: &Signed<CheckpointWithMessageId>) -> io::Result<()>;
    /// The highest index stored.
    fn latest_index(&self) -> io::Result<Option<u32>>;
    /// Raises the highest index; never lowers it.
    fn raise_latest_index(&self, index: u32) -> io::Result<()>;
    /// The announcement of this storage.
    fn announcement(&self) -> io::Result<Option<Signed<Announcement>>>;
    /// Stores the announcement.
    fn put_announcement(&self, announcement: &Signed<Announcement>) -> io::Result<()>;
    /// Is there a reorg flag, readable or not? It stops the validator until an operator removes it.
    fn is_flagged(&self) -> io::Result<bool>;
    /// Sets the reorg flag.
    fn put_reorg_flag(&self, flag: &ReorgFlag) -> io::Result<()>;
}

/// `file://` storage: one JSON file per object in a directory.
#[derive(Clone, Debug)]
pub struct FileStore {
    directory: PathBuf,
}

impl FileStore {
    /// Opens a directory, creating it if need be.
    pub fn create(directory: impl Into<PathBuf>) -> io::Result<Self> {
        let directory = directory.into();
        fs::create_dir_all(&directory)?;
        Ok(Self { directory })
    }

    /// The storage at a location such as `file:///var/checkpoints`; `None` for another kind of location.
    pub fn at(location: &str) -> Option<Self> {
        let path = location.strip_prefix("file://").filter(|path| !path.is_empty())?;
        Some(Self { directory: path.into() })
    }

    /// The location string that others find this storage by.
    pub fn location(&self) -> String {
        format!("file://{}", self.directory.display())
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> io::Result<Option<T>> {
        match fs::read(self.directory.join(name)) {
            Ok(json) => Ok(Some(serde_json::from_slice(&json)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Readers see the old object or the new one, never half of it.
    fn write(&self, name: &str, value: &impl Serialize) -> io::Result<()> {
        let temporary = self.directory.join(format!(".{name}.new"));
        fs::write(&temporary, serde_json::to_vec(value)?)?;
        fs::rename(temporary, self.directory.join(name))
    }

    /// Where the objects are.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

impl CheckpointStore for FileStore {
    fn checkpoint(&self, index: u32) -> io::Result<Option<Signed<CheckpointWithMessageId>>> {
        self.read(&format!("{index}_with_id.json"))
    }

    fn put_checkpoint(&self, checkpoint: &Signed<CheckpointWithMessageId>) -> io::Result<()> {
        let index = checkpoint.value.checkpoint.index;
        self.write(&format!("{index}_with_id.json"), checkpoint)
    }

    fn latest_index(&self) -> io::Result<Option<u32>> {
        self.read("index.json")
    }

    fn raise_latest_index(&self, index: u32) -> io::Result<()> {
        if self.latest_index()?.is_some_and(|latest| latest >= index) {
            return Ok(());
        }
        self.write("index.json", &index)
    }

    fn announcement(&self) -> io::Result<Option<Signed<Announcement>>> {
        self.read("announcement.json")
    }

    fn put_announcement(&self, announcement: &Signed<Announcement>) -> io::Result<()> {
        self.write("announcement.json", announcement)
    }

    fn is_flagged(&self) -> io::Result<bool> {
        self.directory.join("reorg_flag.json").try_exists()
    }

    fn put_reorg_flag(&self, flag: &ReorgFlag) -> io::Result<()> {
        self.write("reorg_flag.json", flag)
    }
}

/// Storage in memory, for tests and for agents in one process. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    objects: Arc<Mutex<Objects>>,
}

#[derive(Debug, Default)]
struct Objects {
    checkpoints: BTreeMap<u32, Signed<CheckpointWithMessageId>>,
    latest_index: Option<u32>,
    announcement: Option<Signed<Announcement>>,
    reorg_flag: Option<ReorgFlag>,
}

impl MemoryStore {
    /// Every change is a single assignment, so a panic elsewhere leaves nothing half done.
    fn objects(&self) -> MutexGuard<'_, Objects> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CheckpointStore for MemoryStore {
    fn checkpoint(&self, index: u32) -> io::Result<Option<Signed<CheckpointWithMessageId>>> {
        Ok(self.objects().checkpoints.get(&index).cloned())
    }

    fn put_checkpoint(&self, checkpoint: &Signed<CheckpointWithMessageId>) -> io::Result<()> {
        self.objects().checkpoints.insert(checkpoint.value.checkpoint.index, checkpoint.clone());
        Ok(())
    }

    fn latest_index(&self) -> io::Result<Option<u32>> {
        Ok(self.objects().latest_index)
    }

    fn raise_latest_index(&self, index: u32) -> io::Result<()> {
        let mut objects = self.objects();
        objects.latest_index = objects.latest_index.max(Some(index));
        Ok(())
    }

    fn announcement(&self) -> io::Result<Option<Signed<Announcement>>> {
        Ok(self.objects().announcement.clone())
    }

    fn put_announcement(&self, announcement: &Signed<Announcement>) -> io::Result<()> {
        self.objects().announcement = Some(announcement.clone());
        Ok(())
    }

    fn is_flagged(&self) -> io::Result<bool> {
        Ok(self.objects().reorg_flag.is_some())
    }

    fn put_reorg_flag(&self, flag: &ReorgFlag) -> io::Result<()> {
        self.objects().reorg_flag = Some(flag.clone());
        Ok(())
    }
}
