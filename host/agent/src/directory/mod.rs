//! Opens and changes directories safely: everything is named relative to an open directory, no symbolic link
//! is followed, and no path leads out of it. A directory that a privileged container has mounted, and that a
//! hostile process could have changed, is read with the same care.

mod error;
mod files;
mod root;

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

#[cfg(test)]
use podweave_crash_point::crash_point;
use rustix::fs::{self, AtFlags, Mode, OFlags, RenameFlags, ResolveFlags};
use rustix::io::Errno;

pub use error::DirectoryError;

/// The mode of a directory that only its owner can enter.
pub const PRIVATE: u32 = 0o700;

/// The mode of a directory that every user can read.
pub const READABLE: u32 = 0o755;

/// An open directory, and its path.
#[derive(Debug)]
pub struct Directory {
    handle: OwnedFd,
    path: PathBuf,
}

/// Owner and group of a new file; `None`: those of this process.
pub type Owner = Option<(u32, u32)>;

type DirectoryResult<T> = Result<T, DirectoryError>;

impl Directory {
    /// Whether `openat2` can be called, which everything here needs. It exists since Linux 5.6, and a seccomp
    /// profile may forbid it.
    #[must_use]
    pub fn is_supported() -> bool {
        fs::openat2(
            fs::CWD,
            ".",
            OFlags::PATH | OFlags::CLOEXEC,
            Mode::empty(),
            ResolveFlags::NO_SYMLINKS,
        )
        .is_ok()
    }

    /// Opens a directory that a user has named. Follows symbolic links on the way to it, but none below it.
    ///
    /// # Errors
    /// It does not exist, or it is not a directory.
    pub fn named(path: &Path) -> DirectoryResult<Self> {
        let opened = fs::open(
            path,
            OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        );
        let handle = opened
            .map_err(|error| DirectoryError::new("open the directory", path.to_owned(), error.into()))?;
        Ok(Self {
            handle,
            path: path.to_owned(),
        })
    }

    /// The path of the directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The open directory.
    pub fn handle(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }

    /// Makes one system call on something in here. `action` completes "cannot ... PATH".
    fn call<T>(
        &self,
        action: &'static str,
        name: impl AsRef<OsStr>,
        mut call: impl FnMut() -> rustix::io::Result<T>,
    ) -> DirectoryResult<T> {
        let call = || {
            #[cfg(test)]
            crash_point().map_err(|_| Errno::IO)?;
            call()
        };
        rustix::io::retry_on_intr(call)
            .map_err(|error| DirectoryError::new(action, self.path.join(name.as_ref()), error.into()))
    }

    fn open(&self, path: &OsStr, flags: OFlags) -> rustix::io::Result<OwnedFd> {
        self.open_with_mode(
            path,
            flags,
            if flags.contains(OFlags::CREATE) {
                Mode::RUSR | Mode::WUSR
            } else {
                Mode::empty()
            },
        )
    }

    fn open_with_mode(&self, path: &OsStr, flags: OFlags, mode: Mode) -> rustix::io::Result<OwnedFd> {
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        fs::openat2(&self.handle, path, flags | OFlags::CLOEXEC, mode, resolve)
    }

    /// Opens the directory at a path in here.
    ///
    /// # Errors
    /// It does not exist, or it is not a directory.
    pub fn child(&self, path: impl AsRef<OsStr>) -> DirectoryResult<Self> {
        let path = path.as_ref();
        let handle = self.call("open the directory", path, || {
            self.open(path, OFlags::RDONLY | OFlags::DIRECTORY)
        })?;
        Ok(Self {
            handle,
            path: self.path.join(path),
        })
    }

    /// As [`Directory::child`], but returns `None` if there is no directory at that path.
    ///
    /// # Errors
    /// The file system reports one.
    pub fn find(&self, path: impl AsRef<OsStr>) -> DirectoryResult<Option<Self>> {
        match self.child(path) {
            Ok(child) => Ok(Some(child)),
            Err(error) if error.is_absence() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens the directory of this name in here, and creates it if it is missing. It gets this mode, whatever
    /// the process's umask is.
    ///
    /// # Errors
    /// The file system reports one; something else has that name.
    pub fn make(&self, name: impl AsRef<OsStr>, mode: u32) -> DirectoryResult<Self> {
        let name = name.as_ref();
        let made = match self.call("create the directory", name, || {
            fs::mkdirat(&self.handle, name, Mode::from_raw_mode(PRIVATE))
        }) {
            Ok(()) => true,
            Err(error) if error.is_presence() => false,
            Err(error) => return Err(error),
        };
        let child = self.child(name)?;
        if mode != PRIVATE || !made {
            child.set_mode(mode)?;
        }
        Ok(child)
    }

    /// Creates a directory under an unused name.
    ///
    /// # Errors
    /// The file system reports one, for which [`DirectoryError::is_presence`] holds if the name is taken.
    pub fn make_new(&self, name: impl AsRef<OsStr>, mode: u32) -> DirectoryResult<Self> {
        let name = name.as_ref();
        self.call("create the directory", name, || {
            fs::mkdirat(&self.handle, name, Mode::from_raw_mode(PRIVATE))
        })?;
        let child = self.child(name)?;
        child.set_mode(mode)?;
        Ok(child)
    }

    fn set_mode(&self, mode: u32) -> DirectoryResult<()> {
        let there = self.call("look at", "", || fs::fstat(&self.handle))?;
        if there.st_mode & 0o7777 == mode {
            Ok(())
        } else {
            self.call("set the mode of", "", || {
                fs::fchmod(&self.handle, Mode::from_raw_mode(mode))
            })
        }
    }

    /// Sets the mode of what has this name. Follows links: use it only for what this process has just created
    /// where no other process can write.
    ///
    /// # Errors
    /// The file system reports one.
    pub fn set_mode_of(&self, name: impl AsRef<OsStr>, mode: u32) -> DirectoryResult<()> {
        let name = name.as_ref();
        // A socket cannot be opened to set its mode.
        self.call("set the mode of", name, || {
            fs::chmodat(&self.handle, name, Mode::from_raw_mode(mode), AtFlags::empty())
        })
    }

    /// Whether there is a symbolic link of this name with exactly this target.
    ///
    /// # Errors
    /// The file system reports one.
    pub fn has_link(&self, name: &str, target: &str) -> DirectoryResult<bool> {
        Ok(self.link_target(name)?.is_some_and(|found| found == target))
    }

    /// Returns the target of the symbolic link of this name, if there is one.
    ///
    /// # Errors
    /// The file system reports one.
    pub fn link_target(&self, name: &str) -> DirectoryResult<Option<OsString>> {
        self.call("read the link", name, || {
            match fs::readlinkat(&self.handle, name, Vec::new()) {
                Ok(target) => Ok(Some(OsString::from_vec(target.into_bytes()))),
                Err(Errno::NOENT | Errno::INVAL) => Ok(None),
                Err(error) => Err(error),
            }
        })
    }

    /// Creates a symbolic link.
    ///
    /// # Errors
    /// The file system reports one; something has that name already.
    pub fn link(&self, name: &str, target: &str) -> DirectoryResult<()> {
        self.call("create the link", name, || {
            fs::symlinkat(target, &self.handle, name)
        })
    }

    /// Moves something to another name, and replaces what has that name.
    ///
    /// # Errors
    /// The file system reports one.
    pub fn replace(
        &self,
        name: impl AsRef<OsStr>,
        to: &Self,
        new_name: impl AsRef<OsStr>,
    ) -> DirectoryResult<()> {
        let (name, new_name) = (name.as_ref(), new_name.as_ref());
        self.call("move", name, || {
            fs::renameat(&self.handle, name, &to.handle, new_name)
        })
    }

    /// Moves something to an unused name.
    ///
    /// # Errors
    /// The file system reports one.
    pub fn move_to(
        &self,
        name: impl AsRef<OsStr>,
        to: &Self,
        new_name: impl AsRef<OsStr>,
    ) -> DirectoryResult<()> {
        let (name, new_name) = (name.as_ref(), new_name.as_ref());
        self.call("move", name, || {
            fs::renameat_with(&self.handle, name, &to.handle, new_name, RenameFlags::NOREPLACE)
        })
    }

    /// Lists the names of everything in here, in no particular order.
    ///
    /// # Errors
    /// The file system reports one.
    pub fn names(&self) -> DirectoryResult<Vec<OsString>> {
        let directory = self.call("list", "", || fs::Dir::read_from(&self.handle))?;
        let mut names = Vec::new();
        for entry in directory {
            let entry =
                entry.map_err(|error| DirectoryError::new("list", self.path.clone(), error.into()))?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                names.push(OsStr::from_bytes(name).to_owned());
            }
        }
        Ok(names)
    }

    /// Removes what has this name; a directory must be empty.
    ///
    /// # Errors
    /// The file system reports one, for which [`DirectoryError::is_full_directory`] holds if a directory is
    /// not empty.
    pub fn remove(&self, name: impl AsRef<OsStr>) -> DirectoryResult<()> {
        let name = name.as_ref();
        self.call("remove", name, || {
            match fs::unlinkat(&self.handle, name, AtFlags::empty()) {
                Err(Errno::ISDIR) => fs::unlinkat(&self.handle, name, AtFlags::REMOVEDIR),
                other => other,
            }
        })
        .or_else(|error| if error.is_absence() { Ok(()) } else { Err(error) })
    }
}
