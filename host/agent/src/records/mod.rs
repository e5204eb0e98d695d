//! Keeps on disk what is needed to render for a pod's containers again while the API server is away: one file
//! for each pod.
//!
//! A record has the inputs of the renders: the pod's manifest, the ConfigMaps that they asked for, and the
//! node's labels. It never has a Secret's value or a completed variable, since neither is an input. Only
//! podweave's user can read the files. They are not synced to the disk: after a power failure one may be
//! broken, and then the agent asks the API server, as without a record.

mod document;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use podweave_core::config_map::ConfigMap;
use podweave_core::digest::Digest;
use podweave_core::manifest::MAX_FILE_BYTES;
use podweave_core::text;
use podweave_core::text::human_size;
use tracing::warn;

use crate::directory::{Directory, DirectoryError};
use crate::volumes::is_pod_uid;

/// The maximum size of a record's content: ConfigMaps and manifest as they are in memory, in bytes.
const MAX_RECORDED_BYTES: usize = 8 * 1024 * 1024;

/// The suffix of a record's file name.
const ENDING: &str = ".json";

/// The prefix of the file name while a record is being written. No pod's UID has it.
const UNFINISHED: &str = ".unfinished-";

/// The inputs of the renders of a pod's containers.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// The pod's UID.
    pub uid: String,
    /// The pod's manifest as JSON, with only the fields that podweave reads.
    pub manifest: Arc<str>,
    /// The ConfigMaps that renders asked for.
    pub config_maps: Vec<RecordedConfigMap>,
    /// The labels of the node; `None` if they were not known.
    pub node_labels: Option<Arc<BTreeMap<String, String>>>,
    /// The manifests to which its references to plugins were resolved.
    pub plugins: BTreeMap<String, Digest>,
}

/// A ConfigMap at a point in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedConfigMap {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its content; `None` if it did not exist.
    pub config_map: Option<Arc<ConfigMap>>,
    /// When this was last confirmed, to the second.
    pub as_of: SystemTime,
}

impl fmt::Debug for Record {
    /// Variables of the manifest do not reach a log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Record")
            .field("uid", &self.uid)
            .field("config_maps", &self.config_maps)
            .finish_non_exhaustive()
    }
}

/// The reason why a record cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// The file system.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// A name that could lead elsewhere.
    #[error("{0} is not the UID of a pod, which has 1 to 128 letters, digits and '-'")]
    Uid(String),
    /// It is too large to be kept.
    #[error(
        "the record of pod {uid} has {size}, more than the limit of {limit}; its containers cannot be rendered again while the API server is away"
    )]
    TooLarge {
        /// The pod's UID.
        uid: String,
        /// Its size.
        size: String,
        /// The limit.
        limit: String,
    },
    /// The record was broken, and is removed.
    #[error("removed the unreadable record {}: {reason}; it is written again when the API server answers", .path.display())]
    Broken {
        /// The file that was removed.
        path: PathBuf,
        /// What was wrong. Contains no value.
        reason: String,
    },
}

/// The records of a node's pods.
#[derive(Debug)]
pub struct Records {
    directory: Directory,
    last: AtomicU64,
}

impl Records {
    /// Opens the directory of records, and creates it if it is missing. Removes what a crash left unfinished.
    ///
    /// # Errors
    /// The directory is not private to this process's user, a symbolic link is on the way to it, or the file
    /// system fails.
    pub fn open(directory: &Path) -> Result<Self, RecordsError> {
        let directory = Directory::private(directory)?;
        for name in directory.names()? {
            if name.to_str().is_some_and(|name| name.starts_with(UNFINISHED)) {
                directory.remove(&name)?;
            }
        }
        Ok(Self {
            directory,
            last: AtomicU64::new(0),
        })
    }

    /// Writes a record, and replaces the one that its pod had.
    ///
    /// # Errors
    /// The UID is not valid, the record is too large, or the file system fails. The old record stays then.
    pub fn write(&self, record: &Record) -> Result<(), RecordsError> {
        let name = file_name(&record.uid)?;
        let too_large = |size, limit| RecordsError::TooLarge {
            uid: record.uid.clone(),
            size: human_size(size),
            limit: human_size(limit),
        };
        // Checked before the JSON is built, which takes a multiple of this memory.
        let size = record.manifest.len()
            + record
                .config_maps
                .iter()
                .filter_map(|recorded| recorded.config_map.as_deref())
                .map(ConfigMap::memory_bytes)
                .sum::<usize>();
        if size > MAX_RECORDED_BYTES {
            return Err(too_large(size, MAX_RECORDED_BYTES));
        }
        let contents = document::write(record);
        if contents.len() > MAX_FILE_BYTES {
            return Err(too_large(contents.len(), MAX_FILE_BYTES));
        }
        let unfinished = format!("{UNFINISHED}{}", self.last.fetch_add(1, Ordering::Relaxed));
        let written = self
            .directory
            .write(&unfinished, &contents, 0o600, None, |_| Ok(()))
            .and_then(|()| self.directory.replace(&unfinished, &self.directory, &name));
        Ok(written.inspect_err(|_| {
            // A leftover is removed when the directory is opened next.
            let _ = self.directory.remove(&unfinished);
        })?)
    }

    /// Reads the record of a pod, if there is one.
    ///
    /// # Errors
    /// The UID is not valid, or the file system fails; the record was broken, and is removed.
    pub fn read(&self, uid: &str) -> Result<Option<Record>, RecordsError> {
        let name = file_name(uid)?;
        let parsed = match self.directory.read(&name, MAX_FILE_BYTES as u64) {
            Ok(None) if !self.has(&name)? => return Ok(None),
            Ok(None) => Err("it is not a file".to_owned()),
            Ok(Some(contents)) => document::read(&contents, uid),
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                Err(format!("it has more than {}", human_size(MAX_FILE_BYTES)))
            }
            Err(error) => return Err(error.into()),
        };
        match parsed {
            Ok(record) => Ok(Some(record)),
            Err(reason) => {
                self.directory.remove(&name)?;
                Err(RecordsError::Broken {
                    path: self.directory.path().join(name),
                    reason,
                })
            }
        }
    }

    fn has(&self, name: &str) -> Result<bool, DirectoryError> {
        Ok(self.directory.names()?.iter().any(|there| there == name))
    }

    /// Removes the record of a pod, if there is one.
    ///
    /// # Errors
    /// The UID is not valid, or the file system fails.
    pub fn remove(&self, uid: &str) -> Result<(), RecordsError> {
        Ok(self.directory.remove(file_name(uid)?)?)
    }

    /// Lists the UIDs of the pods that have a record, sorted; none, with a warning in the log, if the
    /// directory cannot be listed.
    #[must_use]
    pub fn uids(&self) -> Vec<String> {
        let names = self.directory.names().unwrap_or_else(|error| {
            warn!(%error, "cannot list the records");
            Vec::new()
        });
        let mut uids: Vec<String> = names
            .iter()
            .filter_map(|name| name.to_str()?.strip_suffix(ENDING))
            .filter(|uid| is_pod_uid(uid))
            .map(str::to_owned)
            .collect();
        uids.sort_unstable();
        uids
    }

    /// Reads all records, one after the other, as [`Records::read`] does.
    pub fn all(&self) -> impl Iterator<Item = Result<Record, RecordsError>> {
        self.uids()
            .into_iter()
            .filter_map(|uid| self.read(&uid).transpose())
    }
}

fn file_name(uid: &str) -> Result<String, RecordsError> {
    if is_pod_uid(uid) {
        Ok(format!("{uid}{ENDING}"))
    } else {
        Err(RecordsError::Uid(text::quoted(uid)))
    }
}
