//! A directory of files with a limit on their total size; the least recently used are removed first. A file
//! is written under another name and renamed when it is complete, so that no reader sees a part of one.
//! Several processes can share a directory.
//!
//! The directory must belong to this user, and no other user must be able to write to it: this is checked
//! before each use. Otherwise its files count as absent, and nothing is written there.
//!
//! A [`Lease`] is a shared lock on a file: while it is held, no process removes the file.

use std::fs::{self, DirBuilder, File, FileTimes, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

#[cfg(test)]
use podweave_crash_point::crash_point;
use podweave_ownership::Ownership;
use rustix::fs::{FlockOperation, Mode, OFlags, flock};
use tempfile::NamedTempFile;

/// The prefix of the names of files that are being written.
const UNFINISHED: &str = ".unfinished-";

/// The age from which an unfinished file without a lock counts as abandoned. Locking a new file takes much
/// less.
const ABANDONED_AFTER: Duration = Duration::from_secs(60);

/// The precision of a file's last use: a write for each use would cost more than the use.
const USE_PRECISION: Duration = Duration::from_secs(60);

/// A directory of files. Clones share it.
#[derive(Debug, Clone)]
pub struct DiskCache {
    directory: PathBuf,
    /// The limit on the files' total size, in bytes.
    limit: u64,
}

/// A file that is not removed while this lives, unless the whole directory is removed. Clones share it.
#[derive(Debug, Clone)]
pub struct Lease(Arc<Leased>);

#[derive(Debug)]
struct Leased {
    file: File,
    path: PathBuf,
}

/// A file of a disk cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedFile {
    /// The file's name.
    pub name: String,
    /// The size in bytes.
    pub size: u64,
    /// When it was last used, to the minute.
    pub used: SystemTime,
}

impl DiskCache {
    /// Creates a disk cache in this directory, whose files have at most `limit` bytes in total. The first
    /// write creates the directory.
    #[must_use]
    pub fn new(directory: PathBuf, limit: u64) -> Self {
        Self { directory, limit }
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Takes a lease on a file, if it exists.
    ///
    /// # Errors
    /// Those of the file system. A missing file is not an error.
    pub fn take(&self, name: &str) -> io::Result<Option<Lease>> {
        // The next write to the directory reports why it is not used.
        if self.check().is_err() {
            return Ok(None);
        }
        let path = self.directory.join(name);
        loop {
            #[cfg(test)]
            crash_point()?;
            let file = match File::open(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                file => file?,
            };
            // A process that removes the file holds an exclusive lock for a moment.
            flock(&file, FlockOperation::LockShared)?;
            let metadata = file.metadata()?;
            if metadata.nlink() == 0 {
                continue;
            }
            let is_due = metadata.modified().is_ok_and(|used| {
                SystemTime::now()
                    .duration_since(used)
                    .is_ok_and(|ago| ago > USE_PRECISION)
            });
            if is_due {
                // This fails for another user's file or on a read-only disk. The file can be used anyway.
                let _ = file.set_times(FileTimes::new().set_modified(SystemTime::now()));
            }
            return Ok(Some(Lease(Arc::new(Leased { file, path }))));
        }
    }

    /// Checks that no other user can have written to the directory.
    fn check(&self) -> io::Result<()> {
        let directory = rustix::fs::open(
            &self.directory,
            OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        Ownership::of(directory)?.ours().map_err(io::Error::other)
    }

    /// Begins to write a file, which becomes visible with [`DiskCache::put`].
    ///
    /// # Errors
    /// Those of the file system, or another user can write to the directory.
    pub fn begin(&self) -> io::Result<NamedTempFile> {
        #[cfg(test)]
        crash_point()?;
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.directory)?;
        self.check()?;
        self.remove_abandoned();
        #[cfg(test)]
        crash_point()?;
        let file = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .permissions(Permissions::from_mode(0o600))
            .tempfile_in(&self.directory)?;
        // The lock is held until the last process that writes the file has ended.
        flock(file.as_file(), FlockOperation::NonBlockingLockExclusive)?;
        Ok(file)
    }

    /// Renames a finished file to its name, replaces an existing one, and removes other files if the limit
    /// requires it.
    ///
    /// # Errors
    /// Those of the file system; nothing is left behind.
    pub fn put(&self, file: NamedTempFile, name: &str) -> io::Result<Lease> {
        let path = self.directory.join(name);
        #[cfg(test)]
        crash_point()?;
        file.as_file().sync_all()?;
        #[cfg(test)]
        crash_point()?;
        let file = file.persist(&path)?;
        flock(&file, FlockOperation::LockShared)?;
        let lease = Lease(Arc::new(Leased { file, path }));
        self.make_room();
        Ok(lease)
    }

    /// Writes a small file in one step.
    ///
    /// # Errors
    /// Those of the file system; nothing is left behind.
    pub fn write(&self, name: &str, contents: &[u8]) -> io::Result<Lease> {
        let mut file = self.begin()?;
        #[cfg(test)]
        crash_point()?;
        io::Write::write_all(&mut file, contents)?;
        self.put(file, name)
    }

    /// Lists the files, the most recently used last.
    #[must_use]
    pub fn files(&self) -> Vec<CachedFile> {
        let Ok(entries) = self.check().and_then(|()| fs::read_dir(&self.directory)) else {
            return Vec::new();
        };
        let mut files: Vec<CachedFile> = entries
            .flatten()
            .filter_map(|entry| {
                let name = entry
                    .file_name()
                    .into_string()
                    .ok()
                    .filter(|name| !name.starts_with(UNFINISHED))?;
                let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
                Some(CachedFile {
                    name,
                    size: metadata.len(),
                    used: metadata.modified().ok()?,
                })
            })
            .collect();
        files.sort_by(|left, right| (left.used, &left.name).cmp(&(right.used, &right.name)));
        files
    }

    /// The size of all files in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files().iter().map(|file| file.size).sum()
    }

    /// Removes unused files until the rest is within the limit.
    fn make_room(&self) {
        let files = self.files();
        let mut total: u64 = files.iter().map(|file| file.size).sum();
        for file in files {
            if total <= self.limit {
                return;
            }
            if self.remove(&file.name) {
                total -= file.size;
            }
        }
    }

    /// Removes a file unless it is in use.
    fn remove(&self, name: &str) -> bool {
        let path = self.directory.join(name);
        #[cfg(test)]
        if crash_point().is_err() {
            return false;
        }
        File::open(&path).is_ok_and(|file| {
            flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() && fs::remove_file(&path).is_ok()
        })
    }

    /// Removes a damaged file, even if it is in use.
    pub fn discard(&self, name: &str) {
        // If it cannot be removed, the next reader detects the damage again.
        let _ = fs::remove_file(self.directory.join(name));
    }

    /// Removes unfinished files of processes that were killed.
    fn remove_abandoned(&self) {
        let Ok(entries) = fs::read_dir(&self.directory) else {
            return;
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| name.starts_with(UNFINISHED)) else {
                continue;
            };
            let modified = entry.metadata().and_then(|metadata| metadata.modified());
            if modified.is_ok_and(|modified| {
                SystemTime::now()
                    .duration_since(modified)
                    .is_ok_and(|age| age > ABANDONED_AFTER)
            }) {
                self.remove(name);
            }
        }
    }
}

impl Lease {
    /// The file's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// The open file. Its position is where the last read ended.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.0.file
    }

    /// Whether this process holds another clone of it.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounded(limit: u64) -> (tempfile::TempDir, DiskCache) {
        let directory = tempfile::tempdir().unwrap();
        let cache = DiskCache::new(directory.path().join("cache"), limit);
        (directory, cache)
    }

    fn names(cache: &DiskCache) -> Vec<String> {
        let mut names: Vec<String> = cache.files().into_iter().map(|file| file.name).collect();
        names.sort();
        names
    }

    /// Sets a file's last use to this many minutes ago.
    fn age(cache: &DiskCache, name: &str, minutes: u64) {
        let time = SystemTime::now() - Duration::from_secs(60 * minutes);
        File::options()
            .write(true)
            .open(cache.directory().join(name))
            .unwrap()
            .set_times(FileTimes::new().set_modified(time))
            .unwrap();
    }

    #[test]
    fn the_least_recently_used_file_is_removed_first() {
        let (_directory, cache) = bounded(25);
        for (name, minutes) in [("a", 30), ("b", 20)] {
            cache.write(name, &[0; 10]).unwrap();
            age(&cache, name, minutes);
        }
        drop(cache.take("a").unwrap().unwrap());
        cache.write("c", &[0; 10]).unwrap();
        assert_eq!(names(&cache), ["a", "c"], "a was used after b");
    }

    #[test]
    fn a_file_in_use_stays_even_over_the_limit() {
        let (_directory, cache) = bounded(15);
        let needed = cache.write("needed", &[0; 10]).unwrap();
        age(&cache, "needed", 60);
        cache.write("other", &[0; 10]).unwrap();
        // Like another process, which does not share this one's leases.
        let elsewhere = DiskCache::new(cache.directory().to_owned(), 15);
        elsewhere.write("third", &[0; 10]).unwrap();
        assert_eq!(names(&cache), ["needed", "third"]);
        drop(needed);
        elsewhere.write("fourth", &[0; 10]).unwrap();
        assert!(!names(&cache).contains(&"needed".to_owned()));
    }

    #[test]
    fn a_leased_file_keeps_its_content_when_it_is_replaced() {
        let (_directory, cache) = bounded(100);
        cache.write("a", b"old").unwrap();
        let lease = cache.take("a").unwrap().unwrap();
        cache.write("a", b"new").unwrap();
        assert_eq!(io::read_to_string(lease.file()).unwrap(), "old");
        assert_eq!(
            io::read_to_string(cache.take("a").unwrap().unwrap().file()).unwrap(),
            "new"
        );
    }

    #[test]
    fn abandoned_files_are_removed_but_not_those_being_written() {
        let (_directory, cache) = bounded(100);
        let writing = cache.begin().unwrap();
        let (_, left) = cache.begin().unwrap().keep().unwrap();
        for name in [writing.path(), &left].map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        {
            age(&cache, &name, 2);
        }
        cache.write("a", b"").unwrap();
        assert!(!left.exists());
        assert!(writing.path().exists());
    }

    #[test]
    fn a_directory_that_others_can_write_to_is_not_used() {
        let (_directory, cache) = bounded(100);
        cache.write("a", b"a").unwrap();
        for mode in [0o770, 0o702, 0o1777] {
            fs::set_permissions(cache.directory(), Permissions::from_mode(mode)).unwrap();
            assert!(cache.take("a").unwrap().is_none());
            assert!(cache.files().is_empty());
            let refused = cache.write("b", b"b").unwrap_err().to_string();
            assert!(refused.contains("others can write to it"), "{refused}");
        }
        fs::set_permissions(cache.directory(), Permissions::from_mode(0o755)).unwrap();
        assert_eq!(
            names(&cache),
            ["a"],
            "a directory that others can only read is used"
        );
    }

    #[test]
    fn a_removed_directory_is_recreated() {
        let (_directory, cache) = bounded(100);
        let lease = cache.write("a", b"a").unwrap();
        fs::remove_dir_all(cache.directory()).unwrap();
        assert!(cache.take("a").unwrap().is_none());
        cache.write("a", b"again").unwrap();
        assert_eq!(names(&cache), ["a"]);
        drop(lease);
    }
}
