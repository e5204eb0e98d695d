//! The way to a directory of podweave's own, which only its user can enter.

use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{self, Mode, OFlags};

use super::{Directory, DirectoryError, Outcome, PRIVATE};

impl Directory {
    /// Opens a directory that belongs to this process's user and that nobody else can enter, and makes it, with those above it, where it
    /// is missing.
    ///
    /// # Errors
    /// It is not absolute, a symbolic link is on the way, it belongs to somebody else, others can enter it, or the file system fails.
    pub fn private(path: &Path) -> Outcome<Self> {
        let directory = Self::owned(path)?;
        let mode = directory.call("look at", "", || fs::fstat(&directory.handle))?.st_mode & 0o777;
        if mode & 0o077 != 0 {
            return Err(refused(
                path,
                format!("others can enter it (mode {mode:04o}); set it to 0700 after you have looked at what is in it, or name another"),
            ));
        }
        Ok(directory)
    }

    /// As [`Directory::private`], but others may be able to enter it. They cannot change it.
    ///
    /// # Errors
    /// As there; others can write to it.
    pub fn owned(path: &Path) -> Outcome<Self> {
        let directory = Self::reach(path)?;
        let stat = directory.call("look at", "", || fs::fstat(&directory.handle))?;
        let user = rustix::process::geteuid().as_raw();
        if stat.st_uid != user {
            return Err(refused(path, format!("it belongs to user {}, and podweave runs as user {user}; change its owner or name another", stat.st_uid)));
        }
        if stat.st_mode & 0o022 != 0 {
            let mode = stat.st_mode & 0o777;
            return Err(refused(
                path,
                format!("others can write to it (mode {mode:04o}); set it to 0700 after you have looked at what is in it, or name another"),
            ));
        }
        Ok(directory)
    }

    /// Goes there from `/`, one directory after the other.
    fn reach(path: &Path) -> Outcome<Self> {
        let mut components = path.components();
        if components.next() != Some(Component::RootDir) {
            return Err(refused(path, "give an absolute path".to_owned()));
        }
        let root = fs::open("/", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
        let handle = root.map_err(|error| DirectoryError::new("open the directory", PathBuf::from("/"), error.into()))?;
        let mut directory = Self { handle, path: PathBuf::from("/") };
        for component in components {
            let Component::Normal(name) = component else { return Err(refused(path, "give a path without '..'".to_owned())) };
            directory = directory.step(name, path)?;
        }
        Ok(directory)
    }

    fn step(&self, name: &OsStr, whole: &Path) -> Outcome<Self> {
        match self.child(name) {
            Ok(child) => Ok(child),
            Err(error) if error.is_absence() => match self.make(name, PRIVATE) {
                Err(error) if error.is_absence() => {
                    let obstacle = self.path.join(name);
                    Err(refused(whole, format!("{} is a symbolic link or no directory; give the real path", obstacle.display())))
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
