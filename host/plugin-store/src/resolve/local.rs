//! Components on this machine: built in, or in files, which are read again only after a change.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use podweave_core::digest::Digest;

use super::built_in::BuiltIn;
use super::component::Component;
use crate::error::StoreError;

/// Where a component on this machine is.
#[derive(Debug, Clone)]
pub(crate) enum Local {
    BuiltIn(&'static BuiltIn),
    File(PathBuf),
}

/// Reads components on this machine.
#[derive(Default)]
pub(crate) struct LocalComponents {
    /// The state and the digest of files when they were last read.
    known: Mutex<HashMap<PathBuf, (FileState, Digest)>>,
}

impl LocalComponents {
    /// Reads a component: at most `limit` + 1 bytes of a file.
    pub(crate) fn read(&self, local: Local, limit: usize) -> Result<Component, StoreError> {
        match local {
            Local::BuiltIn(built_in) => Ok(Component::built_in(built_in)),
            Local::File(path) => {
                // Take the state before reading: if the file changes meanwhile, it is read again next time.
                let state = FileState::of(&path);
                let component = Component::from_file(&path, limit)?;
                if let Some(state) = state {
                    self.known.lock().insert(path, (state, component.digest()));
                }
                Ok(component)
            }
        }
    }

    /// The digest of a built-in component, or of one in a file that has not changed since it was read.
    pub(crate) fn digest(&self, local: &Local) -> Option<Digest> {
        match local {
            Local::BuiltIn(built_in) => Some(built_in.digest),
            Local::File(path) => {
                let (state, digest) = self.known.lock().get(path).copied()?;
                (FileState::of(path) == Some(state)).then_some(digest)
            }
        }
    }
}

/// The state of a file, by which a change is detected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileState {
    device: u64,
    inode: u64,
    size: u64,
    changed: (i64, i64),
}

impl FileState {
    fn of(path: &Path) -> Option<Self> {
        let metadata = path.metadata().ok()?;
        // ctime, because no program can set it back.
        Some(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}
