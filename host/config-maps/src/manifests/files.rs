//! Reads manifests from disk.

use std::convert::Infallible;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;
use podweave_core::manifest::{MAX_FILE_BYTES, ManifestError, Manifests};
use podweave_core::text::Shown as _;

use super::ManifestSource;
use crate::object::Object;
use crate::source::{Observer, Read, Source, SourceError, Start};
use podweave_core::identity::NamespacedName;

/// A source of ConfigMaps from manifest files, or from directories of them.
pub struct ManifestFiles {
    paths: Vec<PathBuf>,
    namespace: String,
    source: ManifestSource,
}

/// Why manifests cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ManifestFilesError {
    /// The file or directory cannot be read.
    #[error("cannot read {}: {error}", path.shown())]
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// There is no manifest in a directory.
    #[error("{} has no .yaml, .yml or .json file directly in it; name the directory that holds the manifests", path.shown())]
    Empty {
        /// The directory.
        path: PathBuf,
    },
    /// There is no manifest in a directory or below it.
    #[error("{} has no .yaml, .yml or .json file in it or below it", path.shown())]
    EmptyTree {
        /// The directory.
        path: PathBuf,
    },
    /// A file is too large for a manifest.
    #[error("{} has more than 32 MiB, the limit for a manifest", path.shown())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// A file is not text.
    #[error("{} is not UTF-8 text", path.shown())]
    NoText {
        /// The file.
        path: PathBuf,
    },
    /// A manifest is wrong.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}

impl ManifestFiles {
    /// Reads the ConfigMaps of these files and directories. Those without a namespace get this one.
    ///
    /// # Errors
    /// Something cannot be read.
    pub fn open(paths: Vec<PathBuf>, namespace: impl Into<String>) -> Result<Self, ManifestFilesError> {
        let namespace = namespace.into();
        let source = ManifestSource::new(&read(&paths, &namespace)?);
        Ok(Self {
            paths,
            namespace,
            source,
        })
    }

    /// Reads them again. Watchers get the changes.
    ///
    /// # Errors
    /// Something cannot be read; the state stays as it was before.
    pub fn reload(&self) -> Result<(), ManifestFilesError> {
        self.source.replace(&read(&self.paths, &self.namespace)?);
        Ok(())
    }

    /// Checks the files periodically while the future is polled, and reads them again if the size or time of
    /// one differs. `failed` is called with errors.
    pub async fn follow(&self, period: Duration, mut failed: impl FnMut(ManifestFilesError)) -> Infallible {
        let mut last = None;
        loop {
            let now = fingerprint(&self.paths);
            if last.as_ref().is_some_and(|last| *last != now) {
                self.reload().unwrap_or_else(&mut failed);
            }
            last = Some(now);
            tokio::time::sleep(period).await;
        }
    }
}

impl Source for ManifestFiles {
    fn get<'a>(
        &'a self,
        name: &'a NamespacedName,
        read: Read,
    ) -> BoxFuture<'a, Result<Option<Object>, SourceError>> {
        self.source.get(name, read)
    }

    fn watch<'a>(
        &'a self,
        name: &'a NamespacedName,
        start: Start,
        observe: &'a mut Observer<'_>,
    ) -> BoxFuture<'a, Result<(), SourceError>> {
        self.source.watch(name, start, observe)
    }
}

/// Reads all manifests of some files and directories.
///
/// # Errors
/// Something cannot be read.
pub fn read(paths: &[PathBuf], namespace: &str) -> Result<Manifests, ManifestFilesError> {
    let mut manifests = Manifests::default();
    for path in paths {
        for file in files_of(path)? {
            manifests.add(&file.shown(), &text_of(&file)?, namespace)?;
        }
    }
    Ok(manifests)
}

/// Returns the files that a path means: itself, or the manifests directly in it, sorted.
///
/// # Errors
/// A directory cannot be listed, or contains no manifest.
pub fn files_of(path: &Path) -> Result<Vec<PathBuf>, ManifestFilesError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let unreadable = |error| ManifestFilesError::Unreadable {
        path: path.to_owned(),
        error,
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if is_manifest(&file) && file.is_file() {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(ManifestFilesError::Empty {
            path: path.to_owned(),
        });
    }
    files.sort();
    Ok(files)
}

/// Returns the manifests in a path and in all directories below it, and those directories. Hidden ones are
/// skipped, and links to directories are not followed.
///
/// # Errors
/// A directory cannot be listed, or none contains a manifest.
pub fn files_below(path: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), ManifestFilesError> {
    if !path.is_dir() {
        return Ok((vec![path.to_owned()], Vec::new()));
    }
    let (mut files, mut directories) = (Vec::new(), vec![path.to_owned()]);
    let mut next = 0;
    while let Some(directory) = directories.get(next).cloned() {
        next += 1;
        let unreadable = |error| ManifestFilesError::Unreadable {
            path: directory.clone(),
            error,
        };
        for entry in fs::read_dir(&directory).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let (path, kind) = (entry.path(), entry.file_type().map_err(unreadable)?);
            if kind.is_dir() && !is_hidden(&path) {
                directories.push(path);
            } else if is_manifest(&path) && path.is_file() {
                files.push(path);
            }
        }
    }
    if files.is_empty() {
        return Err(ManifestFilesError::EmptyTree {
            path: path.to_owned(),
        });
    }
    files.sort();
    Ok((files, directories))
}

/// Reads a file of manifest size as text.
///
/// # Errors
/// It cannot be read, is too large, or is not text.
pub fn text_of(path: &Path) -> Result<String, ManifestFilesError> {
    let file = File::open(path).map_err(|error| ManifestFilesError::Unreadable {
        path: path.to_owned(),
        error,
    })?;
    text_from(file, path)
}

/// Reads the same from an open reader; errors name it by this path.
///
/// # Errors
/// It cannot be read, is too large, or is not text.
pub fn text_from(reader: impl io::Read, path: &Path) -> Result<String, ManifestFilesError> {
    let read = podweave_bounded_read::whole(reader, MAX_FILE_BYTES as u64);
    let bytes = read.map_err(|error| match error.kind() {
        io::ErrorKind::FileTooLarge => ManifestFilesError::TooLarge {
            path: path.to_owned(),
        },
        _ => ManifestFilesError::Unreadable {
            path: path.to_owned(),
            error,
        },
    })?;
    String::from_utf8(bytes).map_err(|_| ManifestFilesError::NoText {
        path: path.to_owned(),
    })
}

/// Whether a file in a directory counts as a manifest.
fn is_manifest(path: &Path) -> bool {
    !is_hidden(path)
        && matches!(
            path.extension().and_then(|extension| extension.to_str()),
            Some("yaml" | "yml" | "json")
        )
}

fn is_hidden(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// Distinguishes states of the files without reading them.
fn fingerprint(paths: &[PathBuf]) -> Vec<(PathBuf, Option<(u64, SystemTime)>)> {
    let state = |file: &Path| {
        fs::metadata(file)
            .and_then(|metadata| Ok((metadata.len(), metadata.modified()?)))
            .ok()
    };
    paths
        .iter()
        .flat_map(|path| files_of(path).unwrap_or_default())
        .map(|file| (file.clone(), state(&file)))
        .collect()
}
