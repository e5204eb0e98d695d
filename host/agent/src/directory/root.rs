//! Opens the directories that belong to podweave alone, and checks the way to them.

use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path, PathBuf};

use podweave_ownership::{NotOurs, Ownership};
use rustix::fs::{self, Mode, OFlags};

use super::{Directory, DirectoryError, DirectoryResult, PRIVATE};

impl Directory {
    /// Opens a directory that belongs to this process's user and that no other user can enter. Creates it,
    /// and the directories above it, if they are missing.
    ///
    /// # Errors
    /// The path is not absolute, a symbolic link is on the way, the directory belongs to another user, others
    /// can enter it, or the file system fails.
    pub fn private(path: &Path) -> DirectoryResult<Self> {
        Self::checked(path, Ownership::private)
    }

    /// As [`Directory::private`], but others may be able to enter the directory. They cannot change it.
    ///
    /// # Errors
    /// As there; others can write to it.
    pub fn owned(path: &Path) -> DirectoryResult<Self> {
        Self::checked(path, Ownership::ours)
    }

    fn checked(path: &Path, check: impl FnOnce(Ownership) -> Result<(), NotOurs>) -> DirectoryResult<Self> {
        let directory = Self::reach(path)?;
        let ownership = directory.call("look at", "", || Ownership::of(&directory.handle))?;
        match check(ownership) {
            Ok(()) => Ok(directory),
            Err(reason @ NotOurs::Owner { .. }) => Err(refused(
                path,
                format!("{reason}; change its owner or name another directory"),
            )),
            Err(reason) => Err(refused(
                path,
                format!("{reason}; set it to 0700 after checking its contents, or name another directory"),
            )),
        }
    }

    /// Opens the path from `/` on, one directory after the other.
    fn reach(path: &Path) -> DirectoryResult<Self> {
        let mut components = path.components();
        if components.next() != Some(Component::RootDir) {
            return Err(refused(path, "give an absolute path".to_owned()));
        }
        let root = fs::open(
            "/",
            OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        );
        let handle = root
            .map_err(|error| DirectoryError::new("open the directory", PathBuf::from("/"), error.into()))?;
        let mut directory = Self {
            handle,
            path: PathBuf::from("/"),
        };
        for component in components {
            let Component::Normal(name) = component else {
                return Err(refused(path, "give a path without '..'".to_owned()));
            };
            directory = directory.step(name, path)?;
        }
        Ok(directory)
    }

    fn step(&self, name: &OsStr, whole: &Path) -> DirectoryResult<Self> {
        match self.child(name) {
            Ok(child) => Ok(child),
            Err(error) if error.is_absence() => match self.make(name, PRIVATE) {
                Err(error) if error.is_absence() => {
                    let obstacle = self.path.join(name);
                    Err(refused(
                        whole,
                        format!(
                            "{} is a symbolic link or not a directory; give the real path",
                            obstacle.display()
                        ),
                    ))
                }
                made => made,
            },
            Err(error) => Err(error),
        }
    }
}

fn refused(path: &Path, reason: String) -> DirectoryError {
    DirectoryError::new("use the directory", path.to_owned(), io::Error::other(reason))
}
