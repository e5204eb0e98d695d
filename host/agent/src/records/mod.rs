//! What is needed to render for a pod's containers again while the API server is away: one file for each pod, on the node's disk.
//!
//! A record holds the pod's manifest, the ConfigMaps that its renders asked for, and the node's labels: what a render is a function of. It
//! never holds a Secret's value or a completed variable, since neither is an input. Files are for podweave's user only. They are not forced to
//! the disk: after a loss of power one may be broken, and then the API server is asked, as without a record.

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
use podweave_core::limits::human_size;
use podweave_core::manifest::MAX_FILE_BYTES;
use podweave_core::text;
use tracing::warn;

use crate::directory::{Directory, DirectoryError};
use crate::volumes::is_pod_uid;

/// The most that a record is made of: ConfigMaps and manifest as they are in memory, in bytes.
const MAX_RECORDED_BYTES: usize = 8 * 1024 * 1024;

/// How the name of a record ends.
const ENDING: &str = ".json";

/// How the name of a record begins that is being written. No pod's UID does.
const UNFINISHED: &str = ".unfinished-";

/// What a pod's containers are rendered from.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// The pod's UID.
    pub uid: String,
    /// The pod's manifest as JSON, without what is not read of it.
    pub manifest: Arc<str>,
    /// The ConfigMaps that were asked for.
    pub config_maps: Vec<RecordedConfigMap>,
    /// The labels of the node; `None` if they were not known.
    pub node_labels: Option<Arc<BTreeMap<String, String>>>,
    /// The manifests that its references to plugins of registries mean.
    pub plugins: BTreeMap<String, Digest>,
}

/// A ConfigMap as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedConfigMap {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What it was; `None` if it did not exist.
    pub config_map: Option<Arc<ConfigMap>>,
    /// When it certainly was so, to the second.
    pub as_of: SystemTime,
}

impl fmt::Debug for Record {
    /// Variables of the manifest do not reach a log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Record").field("uid", &self.uid).field("config_maps", &self.config_maps).finish_non_exhaustive()
    }
}

/// Why there is no record.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// The file system.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// A name that could lead elsewhere.
    #[error("{0} is no UID of a pod, which has 1 to 128 letters, digits and '-'")]
    Uid(String),
    /// It is too large to be kept.
    #[error("the record of pod {uid} has {size}, and at most {limit} are kept; its containers cannot be rendered again while the API server is away")]
    TooLarge {
        /// The pod's UID.
        uid: String,
        /// What it has.
        size: String,
        /// What is kept.
        limit: String,
    },
    /// It cannot be read; it was removed.
    #[error("{} could not be read and was removed: {reason}; it is written again when the API server is there", .path.display())]
    Broken {
        /// The file that was there.
        path: PathBuf,
        /// What was wrong. No value stands in it.
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
    /// Opens a directory of records, which is made if it is missing. What a crash left unfinished is removed.
    ///
    /// # Errors
    /// It is not for this process's user only, a symbolic link is on the way to it, or the file system fails.
    pub fn open(directory: &Path) -> Result<Self, RecordsError> {
        let directory = Directory::private(directory)?;
        for name in directory.names()? {
            if name.to_str().is_some_and(|name| name.starts_with(UNFINISHED)) {
                directory.remove(&name)?;
            }
        }
        Ok(Self { directory, last: AtomicU64::new(0) })
    }

    /// Writes a record in the place of the one that its pod had.
    ///
    /// # Errors
    /// The UID cannot be one, the record is too large, or the file system fails. The old one stays then.
    pub fn write(&self, record: &Record) -> Result<(), RecordsError> {
        let name = file_name(&record.uid)?;
        let too_large = |size, limit| RecordsError::TooLarge { uid: record.uid.clone(), size: human_size(size), limit: human_size(limit) };
        // Before anything is built of it, which takes a multiple.
        let size =
            record.manifest.len() + record.config_maps.iter().filter_map(|recorded| recorded.config_map.as_deref()).map(ConfigMap::memory_bytes).sum::<usize>();
        if size > MAX_RECORDED_BYTES {
            return Err(too_large(size, MAX_RECORDED_BYTES));
        }
        let contents = document::write(record);
        if contents.len() > MAX_FILE_BYTES {
            return Err(too_large(contents.len(), MAX_FILE_BYTES));
        }
        let unfinished = format!("{UNFINISHED}{}", self.last.fetch_add(1, Ordering::Relaxed));
        let written =
            self.directory.write(&unfinished, &contents, 0o600, None, |_| Ok(())).and_then(|()| self.directory.replace(&unfinished, &self.directory, &name));
        Ok(written.inspect_err(|_| {
            // What stays is removed when the directory is opened next.
            let _ = self.directory.remove(&unfinished);
        })?)
    }

    /// The record of a pod, if there is one.
    ///
    /// # Errors
    /// The UID cannot be one, or the file system fails; the record was broken, and is removed.
    pub fn read(&self, uid: &str) -> Result<Option<Record>, RecordsError> {
        let name = file_name(uid)?;
        let parsed = match self.directory.read(&name, MAX_FILE_BYTES as u64) {
            Ok(None) if !self.has(&name)? => return Ok(None),
            Ok(None) => Err("it is no file".to_owned()),
            Ok(Some(contents)) => document::read(&contents, uid),
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Err(format!("it has more than {}", human_size(MAX_FILE_BYTES))),
            Err(error) => return Err(error.into()),
        };
        match parsed {
            Ok(record) => Ok(Some(record)),
            Err(reason) => {
                self.directory.remove(&name)?;
                Err(RecordsError::Broken { path: self.directory.path().join(name), reason })
            }
        }
    }

    fn has(&self, name: &str) -> Result<bool, DirectoryError> {
        Ok(self.directory.names()?.iter().any(|there| there == name))
    }

    /// Removes the record of a pod, if there is one.
    ///
    /// # Errors
    /// The UID cannot be one, or the file system fails.
    pub fn remove(&self, uid: &str) -> Result<(), RecordsError> {
        Ok(self.directory.remove(file_name(uid)?)?)
    }

    /// The UIDs of the pods that have one, sorted; none if the directory cannot be listed, which the log says then.
    #[must_use]
    pub fn uids(&self) -> Vec<String> {
        let names = self.directory.names().unwrap_or_else(|error| {
            warn!(%error, "the records are not known");
            Vec::new()
        });
        let mut uids: Vec<String> =
            names.iter().filter_map(|name| name.to_str()?.strip_suffix(ENDING)).filter(|uid| is_pod_uid(uid)).map(str::to_owned).collect();
        uids.sort_unstable();
        uids
    }

    /// All records, one after the other, as [`Records::read`] gives them.
    pub fn all(&self) -> impl Iterator<Item = Result<Record, RecordsError>> {
        self.uids().into_iter().filter_map(|uid| self.read(&uid).transpose())
    }
}

fn file_name(uid: &str) -> Result<String, RecordsError> {
    if is_pod_uid(uid) { Ok(format!("{uid}{ENDING}")) } else { Err(RecordsError::Uid(text::quoted(uid))) }
}
