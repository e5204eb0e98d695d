//! What goes wrong in a directory.

use std::io;
use std::path::PathBuf;

use podweave_core::text::Shown as _;
use rustix::io::Errno;

/// What could not be done, and where.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {error}{}", .path.shown(), remedy(.error))]
pub struct DirectoryError {
    action: &'static str,
    path: PathBuf,
    // Not its source: it is a part of the message.
    error: io::Error,
}

impl DirectoryError {
    /// `action` completes "cannot ... PATH".
    pub(crate) fn new(action: &'static str, path: PathBuf, error: io::Error) -> Self {
        Self { action, path, error }
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        self.error.kind()
    }

    /// Whether there is nothing of that name, or no such thing.
    #[must_use]
    pub fn is_absence(&self) -> bool {
        // A symbolic link is nothing here, and so is a socket to be read.
        [Errno::NOENT, Errno::NOTDIR, Errno::LOOP, Errno::XDEV, Errno::NXIO].iter().any(|errno| self.error.raw_os_error() == Some(errno.raw_os_error()))
    }

    /// Whether a directory could not be removed since there is something in it.
    #[must_use]
    pub fn is_full_directory(&self) -> bool {
        self.error.kind() == io::ErrorKind::DirectoryNotEmpty
    }

    /// Whether a directory stands where something else was to go.
    #[must_use]
    pub fn is_directory(&self) -> bool {
        self.error.kind() == io::ErrorKind::IsADirectory
    }

    /// Whether something of that name is there already.
    #[must_use]
    pub fn is_presence(&self) -> bool {
        self.error.kind() == io::ErrorKind::AlreadyExists
    }
}

fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; make room on its file system",
        io::ErrorKind::ReadOnlyFilesystem => "; mount its file system writable for podweave",
        io::ErrorKind::PermissionDenied => "; it must belong to the user that podweave runs as, who is root on a node",
        io::ErrorKind::Unsupported => "; it takes the system call openat2, which Linux has since 5.6 and a sandbox may forbid",
        _ => "",
    }
}
