//! Compiled programs on disk, so that a chain does not compile again what any chain before it compiled.
//!
//! One file a program, named by everything its machine code depends on ([`Key`]): a file that is not exactly what the
//! reader would have written is ignored and written again.
//!
//! **Trust.** Loading a file runs its bytes as machine code. The hash in a file's header finds damage, not malice: who
//! can write the directory can run code as the user of this process. So the directory is made for its owner alone
//! (0700), and one that others can write, or that belongs to somebody else, is not used at all.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use alloy_primitives::{B256, Keccak256, keccak256};
use wasmer::sys::Target;

/// First bytes of a file; the number changes with the layout of the file.
const MAGIC: &[u8; 16] = b"stylus program 1";
/// Magic, hash of the key, hash of the body.
const HEADER: usize = 16 + 32 + 32;
/// Bytes of one file at most: programs of 24 KB compressed compile to less than a tenth of it.
const FILE_LIMIT: u64 = 64 << 20;
/// Bytes of all files at most; beyond it, those not used for longest go.
pub(super) const DIRECTORY_LIMIT: u64 = 256 << 20;
/// How old a file must be that its writer left unfinished, to be taken for forgotten.
const STALE: Duration = Duration::from_secs(3_600);
/// Ending of a file's name.
const ENDING: &str = "program";

/// What the machine code of a program depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key<'a> {
    /// Compiler, its version and its settings.
    pub(super) compiler: &'a str,
    /// Version of the instrumentation passes.
    pub(super) instrumentation: u32,
    /// Hash of the account's code.
    pub(super) code_hash: B256,
    /// Stylus version.
    pub(super) version: u16,
    /// Whether `console` may be imported.
    pub(super) debug: bool,
}

impl Key<'_> {
    fn hash(&self) -> B256 {
        let target = Target::default();
        // Code for a processor with more features than this one has would not run here.
        let text = format!(
            "{}|{}|{}|{:?}|{}|{}|{}",
            self.compiler,
            self.instrumentation,
            target.triple(),
            target.cpu_features(),
            self.code_hash,
            self.version,
            self.debug
        );
        keccak256(text)
    }
}

/// A directory of compiled programs.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    limit: u64,
}

impl Directory {
    /// Makes the directory if it is not there.
    /// # Errors
    /// It cannot be made or written, or others could put machine code into it.
    pub(super) fn open(path: &Path, limit: u64) -> io::Result<Self> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path)?;
        let directory = Self { path: path.to_owned(), limit };
        directory.check_owner()?;
        Ok(directory)
    }

    /// The directory belongs to whom a new file of ours belongs to, and nobody else may write it.
    #[cfg(unix)]
    fn check_owner(&self) -> io::Result<()> {
        use std::os::unix::fs::MetadataExt;
        let (probe, file) = self.unfinished()?;
        let ours = file.metadata().map(|metadata| metadata.uid());
        drop(file);
        fs::remove_file(probe)?;
        let directory = fs::metadata(&self.path)?;
        let refuse = |why| Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        if directory.uid() != ours? {
            return refuse("the directory belongs to another user");
        }
        if directory.mode() & 0o022 != 0 {
            return refuse("others can write the directory");
        }
        Ok(())
    }

    #[cfg(not(unix))]
    fn check_owner(&self) -> io::Result<()> {
        Ok(())
    }

    /// The machine code kept under `key`; `None` if there is none, or not as this process would have written it.
    pub(super) fn load(&self, key: &Key<'_>) -> Option<Vec<u8>> {
        let hash = key.hash();
        let path = self.file(hash);
        let file = File::open(path).ok()?;
        let mut bytes = Vec::new();
        (&file).take(FILE_LIMIT).read_to_end(&mut bytes).ok()?;
        let (header, body) = bytes.split_at_checked(HEADER)?;
        if header != seal(hash, body) {
            tracing::debug!(code_hash = %key.code_hash, "a compiled program on disk is damaged; compiling it again");
            return None;
        }
        // The files used last are kept longest. Without the right to touch them they go in another order.
        let _kept_shorter = file.set_modified(SystemTime::now());
        bytes.drain(..HEADER);
        Some(bytes)
    }

    /// Keeps machine code. Readers see the whole file or none of it.
    /// # Errors
    /// Those of the file system; nothing else depends on them.
    pub(super) fn store(&self, key: &Key<'_>, body: &[u8]) -> io::Result<()> {
        let hash = key.hash();
        let (unfinished, mut file) = self.unfinished()?;
        let written = file
            .write_all(&seal(hash, body))
            .and_then(|()| file.write_all(body))
            .and_then(|()| fs::rename(&unfinished, self.file(hash)));
        if written.is_err() {
            // Half a file is worth nothing; if it cannot be removed now, `trim` will later.
            let _left_for_later = fs::remove_file(&unfinished);
        }
        written?;
        self.trim()
    }

    fn file(&self, hash: B256) -> PathBuf {
        self.path.join(format!("{hash:x}.{ENDING}"))
    }

    /// A file of its own for every writer, in this process and in others.
    fn unfinished(&self) -> io::Result<(PathBuf, File)> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let name = format!(".{}-{count}-{}.unfinished", std::process::id(), now.as_nanos());
        let path = self.path.join(name);
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        Ok((path, file))
    }

    /// Removes the files used longest ago until the rest is within the limit, and what writers left behind.
    fn trim(&self) -> io::Result<()> {
        let now = SystemTime::now();
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            // Another process may have removed it meanwhile.
            let Ok(metadata) = entry.metadata() else { continue };
            let (path, used) = (entry.path(), metadata.modified()?);
            match path.extension().and_then(|ending| ending.to_str()) {
                Some(ENDING) => files.push((used, metadata.len(), path)),
                Some("unfinished") if now.duration_since(used).is_ok_and(|age| age > STALE) => {
                    let _removed_by_another = fs::remove_file(path);
                }
                _ => {}
            }
        }
        files.sort();
        let mut total: u64 = files.iter().map(|(_, size, _)| size).sum();
        for (_, size, path) in files {
            if total <= self.limit {
                break;
            }
            let _removed_by_another = fs::remove_file(path);
            total = total.saturating_sub(size);
        }
        Ok(())
    }
}

/// What a file with this body begins with.
fn seal(key: B256, body: &[u8]) -> [u8; HEADER] {
    let mut hasher = Keccak256::new();
    hasher.update(key);
    hasher.update(body);
    let mut header = [0; HEADER];
    let (magic, hashes) = header.split_at_mut(MAGIC.len());
    magic.copy_from_slice(MAGIC);
    let (of_key, of_body) = hashes.split_at_mut(32);
    of_key.copy_from_slice(key.as_slice());
    of_body.copy_from_slice(hasher.finalize().as_slice());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory that goes with the test.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let path =
                std::env::temp_dir().join(format!("stylus-disk-{}-{name}", std::process::id()));
            // Left over from a run that was killed, under the same process number.
            let _was_not_there = fs::remove_dir_all(&path);
            Self(path)
        }

        fn open(&self) -> Directory {
            Directory::open(&self.0, DIRECTORY_LIMIT).unwrap()
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _not_there = fs::remove_dir_all(&self.0);
        }
    }

    fn key(code: u8) -> Key<'static> {
        Key {
            compiler: "compiler 1",
            instrumentation: 1,
            code_hash: B256::repeat_byte(code),
            version: 2,
            debug: true,
        }
    }

    #[test]
    fn what_was_stored_is_loaded_by_another_process() {
        let scratch = Scratch::new("stored");
        scratch.open().store(&key(1), b"machine code").unwrap();
        assert_eq!(scratch.open().load(&key(1)).unwrap(), b"machine code");
    }

    #[test]
    fn everything_that_the_code_depends_on_is_part_of_the_key() {
        let scratch = Scratch::new("key");
        let directory = scratch.open();
        directory.store(&key(1), b"machine code").unwrap();
        for other in [
            Key { compiler: "compiler 2", ..key(1) },
            Key { instrumentation: 2, ..key(1) },
            key(2),
            Key { version: 1, ..key(1) },
            Key { debug: false, ..key(1) },
        ] {
            assert_eq!(directory.load(&other), None, "{other:?}");
        }
    }

    #[test]
    fn a_damaged_file_is_ignored_and_written_again() {
        let scratch = Scratch::new("damaged");
        let directory = scratch.open();
        directory.store(&key(1), b"machine code").unwrap();
        let path = directory.file(key(1).hash());
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(&path, &damaged).unwrap();
            assert_eq!(directory.load(&key(1)), None, "byte {at} flipped");
            fs::write(&path, &whole[..at]).unwrap();
            assert_eq!(directory.load(&key(1)), None, "cut after {at} bytes");
        }
        directory.store(&key(1), b"machine code").unwrap();
        assert_eq!(directory.load(&key(1)).unwrap(), b"machine code");
    }

    #[test]
    fn the_file_of_another_program_is_not_taken_for_it() {
        let scratch = Scratch::new("foreign");
        let directory = scratch.open();
        directory.store(&key(1), b"machine code").unwrap();
        fs::rename(directory.file(key(1).hash()), directory.file(key(2).hash())).unwrap();
        assert_eq!(directory.load(&key(2)), None);
    }

    #[test]
    fn the_programs_used_longest_ago_give_way() {
        let scratch = Scratch::new("limit");
        let directory = Directory::open(&scratch.0, 3 * (HEADER as u64 + 100)).unwrap();
        let long_ago = SystemTime::now() - Duration::from_secs(1_000);
        for (age, code) in (1..=3).rev().zip(1..) {
            directory.store(&key(code), &[code; 100]).unwrap();
            let file = File::options().write(true).open(directory.file(key(code).hash())).unwrap();
            file.set_modified(long_ago - Duration::from_secs(age)).unwrap();
        }
        // given that the oldest was used just now
        directory.load(&key(1)).unwrap();
        // when a fourth comes
        directory.store(&key(4), &[4; 100]).unwrap();
        // then the second goes
        assert_eq!(directory.load(&key(2)), None);
        for code in [1, 3, 4] {
            assert_eq!(directory.load(&key(code)).unwrap(), [code; 100]);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_that_others_can_write_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let scratch = Scratch::new("open");
        drop(scratch.open());
        assert_eq!(fs::metadata(&scratch.0).unwrap().permissions().mode() & 0o777, 0o700);
        fs::set_permissions(&scratch.0, fs::Permissions::from_mode(0o770)).unwrap();
        let refused = Directory::open(&scratch.0, DIRECTORY_LIMIT).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
    }
}
