//! Errors of operations on a directory.

use std::io;
use std::path::PathBuf;

use podweave_core::text::Shown as _;
use rustix::io::Errno;

/// The operation that failed, and its path.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}: {error}{}", .path.shown(), remedy(.error))]
pub struct DirectoryError {
    action: &'static str,
    path: PathBuf,
    // Not `#[source]`: the message contains it already.
    error: io::Error,
}

impl DirectoryError {
    /// `action` completes "cannot ... PATH".
    pub(crate) fn new(action: &'static str, path: PathBuf, error: io::Error) -> Self {
        Self { action, path, error }
    }

    /// Returns the kind of the error.
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        self.error.kind()
    }

    /// Whether nothing of that name exists, or nothing of the expected type.
    #[must_use]
    pub fn is_absence(&self) -> bool {
        // A symbolic link counts as missing, and so does a socket that was to be read.
        [Errno::NOENT, Errno::NOTDIR, Errno::LOOP, Errno::XDEV, Errno::NXIO]
            .iter()
            .any(|errno| self.error.raw_os_error() == Some(errno.raw_os_error()))
    }

    /// Whether a directory could not be removed because it is not empty.
    #[must_use]
    pub fn is_full_directory(&self) -> bool {
        self.error.kind() == io::ErrorKind::DirectoryNotEmpty
    }

    /// Whether a directory is in the place where something else was to go.
    #[must_use]
    pub fn is_directory(&self) -> bool {
        self.error.kind() == io::ErrorKind::IsADirectory
    }

    /// Whether something of that name exists already.
    #[must_use]
    pub fn is_presence(&self) -> bool {
        self.error.kind() == io::ErrorKind::AlreadyExists
    }
}

fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; free space on its file system",
        io::ErrorKind::ReadOnlyFilesystem => "; mount its file system writable for podweave",
        io::ErrorKind::PermissionDenied => {
            "; it must belong to the user that podweave runs as, which is root on a node"
        }
        io::ErrorKind::Unsupported => {
            "; podweave needs the system call openat2, which exists since Linux 5.6 and which a seccomp profile may forbid"
        }
        _ => "",
    }
}
