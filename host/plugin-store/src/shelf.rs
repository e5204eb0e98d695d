//! A directory of files that are worth keeping: each is written beside its place and renamed into it, so that nobody ever sees half of one; all
//! together have a limit, and what was not used for longest goes first. Several processes may use one directory.
//!
//! The directory belongs to this user, and no other can write to it: it is checked before each use. What is in another one counts as absent, and nothing is
//! written there.
//!
//! Who needs a file holds a [`Lease`], a shared lock on it: no process removes the file meanwhile.

use std::fs::{self, DirBuilder, File, FileTimes, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use podweave_ownership::Ownership;
use rustix::fs::{FlockOperation, Mode, OFlags, flock};
use tempfile::NamedTempFile;

/// How the names of files begin that are being written.
const UNFINISHED: &str = ".unfinished-";

/// Between the making of an unfinished file and its lock nothing takes so long.
const ABANDONED_AFTER: Duration = Duration::from_secs(60);

/// How exactly the time of a file's last use is kept: a write for each use would cost more than the use.
const USE_PRECISION: Duration = Duration::from_secs(60);

/// A directory of files. Clones are the same.
#[derive(Debug, Clone)]
pub struct Shelf {
    directory: PathBuf,
    /// In bytes.
    limit: u64,
}

/// A file that nobody removes while this lives, unless the whole directory goes. Clones share it.
#[derive(Debug, Clone)]
pub struct Lease(Arc<Leased>);

#[derive(Debug)]
struct Leased {
    file: File,
    path: PathBuf,
}

/// A file on a shelf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub size: u64,
    /// When it was used last, to the minute.
    pub used: SystemTime,
}

impl Shelf {
    /// The directory, which is made when something is written to it, and the bytes that its files may have.
    #[must_use]
    pub fn new(directory: PathBuf, limit: u64) -> Self {
        Self { directory, limit }
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// A file that is here, for use.
    ///
    /// # Errors
    /// Those of the file system; that there is none is none.
    pub fn take(&self, name: &str) -> io::Result<Option<Lease>> {
        // Who wants to write there next hears why it is not used.
        if self.check().is_err() {
            return Ok(None);
        }
        let path = self.directory.join(name);
        loop {
            step()?;
            let file = match File::open(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                file => file?,
            };
            // Who removes it has an exclusive lock for a moment.
            flock(&file, FlockOperation::LockShared)?;
            let metadata = file.metadata()?;
            if metadata.nlink() == 0 {
                continue;
            }
            let is_due = metadata.modified().is_ok_and(|used| SystemTime::now().duration_since(used).is_ok_and(|ago| ago > USE_PRECISION));
            if is_due {
                // Somebody else's file, or a disk that is read-only: it is used all the same.
                let _ = file.set_times(FileTimes::new().set_modified(SystemTime::now()));
            }
            return Ok(Some(Lease(Arc::new(Leased { file, path }))));
        }
    }

    /// Whether no other user can have put something into the directory.
    fn check(&self) -> io::Result<()> {
        let directory = rustix::fs::open(&self.directory, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        Ownership::of(directory)?.ours().map_err(io::Error::other)
    }

    /// Begins to write a file, which nobody sees before [`Shelf::put`].
    ///
    /// # Errors
    /// Those of the file system, or the directory is not this user's alone.
    pub fn begin(&self) -> io::Result<NamedTempFile> {
        step()?;
        DirBuilder::new().recursive(true).mode(0o700).create(&self.directory)?;
        self.check()?;
        self.remove_abandoned();
        step()?;
        let file = tempfile::Builder::new().prefix(UNFINISHED).permissions(Permissions::from_mode(0o600)).tempfile_in(&self.directory)?;
        // Held until the last process that writes it has ended.
        flock(file.as_file(), FlockOperation::NonBlockingLockExclusive)?;
        Ok(file)
    }

    /// Puts a finished file into its place, over one that is there, and makes room for it.
    ///
    /// # Errors
    /// Those of the file system; nothing is left behind.
    pub fn put(&self, file: NamedTempFile, name: &str) -> io::Result<Lease> {
        let path = self.directory.join(name);
        step()?;
        file.as_file().sync_all()?;
        step()?;
        let file = file.persist(&path)?;
        flock(&file, FlockOperation::LockShared)?;
        let lease = Lease(Arc::new(Leased { file, path }));
        self.make_room();
        Ok(lease)
    }

    /// Writes a small file at once.
    ///
    /// # Errors
    /// Those of the file system; nothing is left behind.
    pub fn write(&self, name: &str, contents: &[u8]) -> io::Result<Lease> {
        let mut file = self.begin()?;
        step()?;
        io::Write::write_all(&mut file, contents)?;
        self.put(file, name)
    }

    /// The files that are here, those that were used last at the end.
    #[must_use]
    pub fn kept(&self) -> Vec<Kept> {
        let Ok(entries) = self.check().and_then(|()| fs::read_dir(&self.directory)) else { return Vec::new() };
        let mut kept: Vec<Kept> = entries
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok().filter(|name| !name.starts_with(UNFINISHED))?;
                let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
                Some(Kept { name, size: metadata.len(), used: metadata.modified().ok()? })
            })
            .collect();
        kept.sort_by(|left, right| (left.used, &left.name).cmp(&(right.used, &right.name)));
        kept
    }

    /// Removes files that nobody needs until the rest is within the limit.
    fn make_room(&self) {
        let kept = self.kept();
        let mut total: u64 = kept.iter().map(|file| file.size).sum();
        for file in kept {
            if total <= self.limit {
                return;
            }
            if self.remove(&file.name) {
                total -= file.size;
            }
        }
    }

    /// Removes a file unless somebody needs it.
    fn remove(&self, name: &str) -> bool {
        let path = self.directory.join(name);
        step().is_ok() && File::open(&path).is_ok_and(|file| flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() && fs::remove_file(&path).is_ok())
    }

    /// Removes a file whoever needs it: it is not what it should be.
    pub fn discard(&self, name: &str) {
        // If it cannot be removed it is found broken again.
        let _ = fs::remove_file(self.directory.join(name));
    }

    /// What processes have left behind that were killed.
    fn remove_abandoned(&self) {
        let Ok(entries) = fs::read_dir(&self.directory) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| name.starts_with(UNFINISHED)) else { continue };
            let modified = entry.metadata().and_then(|metadata| metadata.modified());
            if modified.is_ok_and(|modified| SystemTime::now().duration_since(modified).is_ok_and(|age| age > ABANDONED_AFTER)) {
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

    /// The file, open for reading from wherever it was read to.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.0.file
    }

    /// Whether somebody else in this process holds it, too.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

/// Where a process may die, for tests.
#[cfg(test)]
fn step() -> io::Result<()> {
    crate::fault::point()
}

#[cfg(not(test))]
#[expect(clippy::unnecessary_wraps, reason = "in tests it fails")]
fn step() -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shelf(limit: u64) -> (tempfile::TempDir, Shelf) {
        let directory = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(directory.path().join("shelf"), limit);
        (directory, shelf)
    }

    fn names(shelf: &Shelf) -> Vec<String> {
        let mut names: Vec<String> = shelf.kept().into_iter().map(|file| file.name).collect();
        names.sort();
        names
    }

    /// As if it had been used last so long ago.
    fn age(shelf: &Shelf, name: &str, minutes: u64) {
        let time = SystemTime::now() - Duration::from_secs(60 * minutes);
        File::options().write(true).open(shelf.directory().join(name)).unwrap().set_times(FileTimes::new().set_modified(time)).unwrap();
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let (_directory, shelf) = shelf(25);
        for (name, minutes) in [("a", 30), ("b", 20)] {
            shelf.write(name, &[0; 10]).unwrap();
            age(&shelf, name, minutes);
        }
        drop(shelf.take("a").unwrap().unwrap());
        shelf.write("c", &[0; 10]).unwrap();
        assert_eq!(names(&shelf), ["a", "c"], "a was used after b");
    }

    #[test]
    fn what_somebody_needs_stays_even_over_the_limit() {
        let (_directory, shelf) = shelf(15);
        let needed = shelf.write("needed", &[0; 10]).unwrap();
        age(&shelf, "needed", 60);
        shelf.write("other", &[0; 10]).unwrap();
        // Another process, which knows nothing of this one's leases.
        let elsewhere = Shelf::new(shelf.directory().to_owned(), 15);
        elsewhere.write("third", &[0; 10]).unwrap();
        assert_eq!(names(&shelf), ["needed", "third"]);
        drop(needed);
        elsewhere.write("fourth", &[0; 10]).unwrap();
        assert!(!names(&shelf).contains(&"needed".to_owned()));
    }

    #[test]
    fn a_lease_outlives_a_replacement_and_its_file_is_still_what_it_was() {
        let (_directory, shelf) = shelf(100);
        shelf.write("a", b"old").unwrap();
        let lease = shelf.take("a").unwrap().unwrap();
        shelf.write("a", b"new").unwrap();
        assert_eq!(io::read_to_string(lease.file()).unwrap(), "old");
        assert_eq!(io::read_to_string(shelf.take("a").unwrap().unwrap().file()).unwrap(), "new");
    }

    #[test]
    fn what_a_killed_process_has_left_is_removed_and_what_is_being_written_is_not() {
        let (_directory, shelf) = shelf(100);
        let writing = shelf.begin().unwrap();
        let (_, left) = shelf.begin().unwrap().keep().unwrap();
        for name in [writing.path(), &left].map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()) {
            age(&shelf, &name, 2);
        }
        shelf.write("a", b"").unwrap();
        assert!(!left.exists());
        assert!(writing.path().exists());
    }

    #[test]
    fn a_directory_that_others_can_write_to_has_nothing_in_it_and_gets_nothing() {
        let (_directory, shelf) = shelf(100);
        shelf.write("a", b"a").unwrap();
        for mode in [0o770, 0o702, 0o1777] {
            fs::set_permissions(shelf.directory(), Permissions::from_mode(mode)).unwrap();
            assert!(shelf.take("a").unwrap().is_none());
            assert!(shelf.kept().is_empty());
            let refused = shelf.write("b", b"b").unwrap_err().to_string();
            assert!(refused.contains("others can write to it"), "{refused}");
        }
        fs::set_permissions(shelf.directory(), Permissions::from_mode(0o755)).unwrap();
        assert_eq!(names(&shelf), ["a"], "what others can only read is as good");
    }

    #[test]
    fn a_directory_that_was_removed_is_made_anew() {
        let (_directory, shelf) = shelf(100);
        let lease = shelf.write("a", b"a").unwrap();
        fs::remove_dir_all(shelf.directory()).unwrap();
        assert!(shelf.take("a").unwrap().is_none());
        shelf.write("a", b"again").unwrap();
        assert_eq!(names(&shelf), ["a"]);
        drop(lease);
    }
}
