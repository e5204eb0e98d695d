//! Reads and writes the files of a directory.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd};

use rustix::fs::{self, FileType, Gid, Mode, OFlags, Stat, Uid};

use super::{Directory, DirectoryError, DirectoryResult, Owner};

impl Directory {
    /// Writes a new file at a path in here. `finish` gets the open file before any other process can open it.
    ///
    /// # Errors
    /// The file system reports one; something has that name already.
    pub fn write(
        &self,
        path: impl AsRef<OsStr>,
        contents: &[u8],
        mode: u32,
        owner: Owner,
        finish: impl FnOnce(BorrowedFd<'_>) -> io::Result<()>,
    ) -> DirectoryResult<()> {
        let path = path.as_ref();
        let handle = self.call("create the file", path, || {
            self.open(path, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL)
        })?;
        let mut file = File::from(handle);
        file.write_all(contents)
            .map_err(|error| DirectoryError::new("write the file", self.path.join(path), error))?;
        finish(file.as_fd())
            .map_err(|error| DirectoryError::new("label the file", self.path.join(path), error))?;
        self.call("set the mode of the file", path, || {
            fs::fchmod(&file, Mode::from_raw_mode(mode))
        })?;
        // Last: a file that belongs to another user cannot be changed without more capabilities.
        if let Some((user, group)) = owner {
            let (user, group) = (Uid::from_raw(user), Gid::from_raw(group));
            self.call("set the owner of the file", path, || {
                fs::fchown(&file, Some(user), Some(group))
            })?;
        }
        Ok(())
    }

    /// Creates or replaces the file of this name in one step: a reader sees the old one or the new one, and
    /// an error leaves the old one. It has the mode of any new file of this process.
    ///
    /// # Errors
    /// The file system reports one; a directory has that name.
    pub fn overwrite(&self, name: impl AsRef<OsStr>, contents: &[u8]) -> DirectoryResult<()> {
        let unfinished = format!(".podweave-{:016x}", fastrand::u64(..));
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
        let mut file = File::from(self.call("create a temporary file for", &name, || {
            self.open_with_mode(unfinished.as_ref(), flags, Mode::from_raw_mode(0o666))
        })?);
        let written = file
            .write_all(contents)
            .map_err(|error| DirectoryError::new("write the file", self.path.join(name.as_ref()), error));
        let put = written.and_then(|()| {
            self.call("write the file", &name, || {
                fs::renameat(&self.handle, unfinished.as_str(), &self.handle, name.as_ref())
            })
        });
        if put.is_err() {
            // Return the first error, not one of the clean-up.
            let _ = self.remove(&unfinished);
        }
        put
    }

    /// Opens a regular file for locking, and creates it if it is missing.
    ///
    /// # Errors
    /// The file system reports one; something else has that name.
    pub fn open_or_make(&self, name: impl AsRef<OsStr>, mode: u32) -> DirectoryResult<File> {
        let name = name.as_ref();
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NONBLOCK;
        let file = File::from(self.call("open the file", name, || self.open(name, flags))?);
        self.call("set the mode of the file", name, || {
            fs::fchmod(&file, Mode::from_raw_mode(mode))
        })?;
        Ok(file)
    }

    /// Opens a regular file at a path in here, and returns it with its metadata; `None` if there is no such
    /// file.
    ///
    /// # Errors
    /// The file system reports one.
    pub fn file(&self, path: impl AsRef<OsStr>) -> DirectoryResult<Option<(File, Stat)>> {
        let path = path.as_ref();
        // Non-blocking: opening a FIFO in its place would block.
        match self.call("open the file", path, || {
            self.open(path, OFlags::RDONLY | OFlags::NONBLOCK)
        }) {
            Ok(handle) => {
                let stat = self.call("look at", path, || fs::fstat(&handle))?;
                Ok((FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile)
                    .then(|| (File::from(handle), stat)))
            }
            Err(error) if error.is_absence() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads a regular file at a path in here; `None` if there is no such file, an error if it is longer than
    /// the limit.
    ///
    /// # Errors
    /// The file system reports one; the file is too long.
    pub fn read(&self, path: impl AsRef<OsStr>, limit: u64) -> DirectoryResult<Option<Vec<u8>>> {
        let path = path.as_ref();
        let Some((file, _)) = self.file(path)? else {
            return Ok(None);
        };
        podweave_bounded_read::whole(file, limit)
            .map(Some)
            .map_err(|error| DirectoryError::new("read the file", self.path.join(path), error))
    }
}
