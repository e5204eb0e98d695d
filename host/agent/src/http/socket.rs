//! The status socket: only podweave's user can use it from its first moment, and two agents never share it.

use std::ffi::OsString;
use std::io;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;
use rustix::io::Errno;
use tokio::net::{UnixListener, UnixStream};

use super::HttpError;
use super::connections::Accept;
use crate::directory::{Directory, PRIVATE};

/// A listening socket, whose file is removed when this is dropped.
#[derive(Debug)]
pub(super) struct Socket {
    listener: UnixListener,
    directory: Directory,
    name: OsString,
    /// Locked for as long as the agent runs, however it ends.
    _lock: std::fs::File,
}

impl Socket {
    /// Listens at this path. Replaces a socket that an agent that no longer runs has left there.
    pub fn bind(path: &Path) -> Result<Self, HttpError> {
        let error = |error: io::Error| HttpError::Socket {
            path: path.to_owned(),
            error,
        };
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(error(io::Error::new(
                io::ErrorKind::InvalidInput,
                "it is not the path of a file",
            )));
        };
        // Not `Directory::private`: it could be /run, and the socket's own mode protects it.
        let directory = Directory::owned(parent)?;
        let lock = lock(&directory, name.to_owned())?;
        directory.remove(name)?;
        // Bound where no other process can reach it until its mode is set.
        let mut hidden_name = OsString::from(".");
        hidden_name.push(name);
        hidden_name.push(".new");
        let hidden = directory.make(&hidden_name, PRIVATE)?;
        hidden.remove(name)?;
        // Through the open directory, since the path of a socket may have 107 bytes only.
        let short = PathBuf::from(format!("/proc/self/fd/{}", hidden.handle().as_raw_fd())).join(name);
        let listener = UnixListener::bind(short).map_err(error)?;
        hidden.set_mode_of(name, 0o600)?;
        hidden.replace(name, &directory, name)?;
        directory.remove(&hidden_name)?;
        Ok(Self {
            listener,
            directory,
            name: name.to_owned(),
            _lock: lock,
        })
    }
}

/// Locks a file beside the socket, for as long as it is open.
fn lock(directory: &Directory, mut name: OsString) -> Result<std::fs::File, HttpError> {
    name.push(".lock");
    let path = directory.path().join(&name);
    let file = directory
        .open_or_make(&name, 0o600)
        .map_err(HttpError::Directory)?;
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(Errno::WOULDBLOCK) => Err(HttpError::Another { lock: path }),
        Err(error) => Err(HttpError::Socket {
            path,
            error: error.into(),
        }),
    }
}

impl Accept for Socket {
    type Stream = UnixStream;

    async fn accept(&self) -> io::Result<UnixStream> {
        self.listener.accept().await.map(|(stream, _)| stream)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // The lock is still held, so the socket is this agent's own. If removing it fails, the next agent
        // replaces it.
        let _ = self.directory.remove(&self.name);
    }
}
