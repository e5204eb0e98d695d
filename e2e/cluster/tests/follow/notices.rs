//! What inotify says of a directory whose files follow.

use std::path::Path;

use anyhow::{Context, Result};
use rustix::fd::OwnedFd;
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;

/// What inotify says of one directory or one file.
pub struct Notices(OwnedFd);

impl Notices {
    /// Begins to watch.
    pub fn of(path: &Path) -> Result<Self> {
        let inotify = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        let changes = WatchFlags::ALL_EVENTS
            - WatchFlags::ACCESS
            - WatchFlags::OPEN
            - WatchFlags::CLOSE_NOWRITE
            - WatchFlags::CLOSE_WRITE;
        inotify::add_watch(&inotify, path, changes)
            .with_context(|| format!("cannot watch {}", path.display()))?;
        Ok(Self(inotify))
    }

    /// Returns what has happened since the last time, in order: the kind, and the name in the directory.
    pub fn take(&self) -> Result<Vec<(ReadFlags, String)>> {
        let mut buffer = [std::mem::MaybeUninit::uninit(); 4096];
        let mut reader = inotify::Reader::new(&self.0, &mut buffer);
        let mut taken = Vec::new();
        loop {
            match reader.next() {
                Ok(event) => {
                    let name = event.file_name().map(|name| name.to_string_lossy().into_owned());
                    taken.push((event.events(), name.unwrap_or_default()));
                }
                Err(Errno::AGAIN) => return Ok(taken),
                Err(error) => return Err(error).context("cannot read from inotify"),
            }
        }
    }
}
