//! Keeps compiled code on disk, by the component's digest and the engine's version and settings. Code that
//! cannot be used is compiled again. docs/decisions/005-compiled-code-cache.md says why, and what happens
//! without a disk.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use podweave_core::digest::Digest;
use podweave_sandbox::compiled::{CodeKey, CompiledFile, NotUsable};
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::compile::failures::CompileFailures;
use crate::disk_cache::{DiskCache, Lease};

/// The file extensions of code and of the notes about it.
const CODE: &str = "cwasm";
const NOTE: &str = "json";

/// A directory of compiled code.
#[derive(Debug, Clone)]
pub struct CodeCache {
    files: DiskCache,
    failures: Option<CompileFailures>,
}

/// Code that is being written: to the cache or, if that is not possible, to memory.
#[derive(Debug)]
pub enum UnfinishedCode {
    /// A file in the cache's directory.
    OnDisk(NamedTempFile),
    /// A file in memory, which ends with the process.
    InMemory(File),
}

/// Code that can be loaded. Its file is not removed while this lives.
#[derive(Debug)]
pub struct CompiledCode {
    /// The code.
    pub file: CompiledFile,
    /// The lease on its file; `None` for code that is in memory.
    pub lease: Option<Lease>,
}

/// The cached code of one component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedCode {
    /// The component's digest.
    pub component: Digest,
    /// Whether it is for this engine. Code for another engine is compiled again.
    pub is_current: bool,
    /// The size of the code in bytes.
    pub size: u64,
    /// When it was last used, to the minute.
    pub used: SystemTime,
    /// How long compiling took, if known.
    pub compiled_in: Option<Duration>,
}

/// The note about code.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Note {
    compile_milliseconds: u64,
}

impl CodeCache {
    /// The default limit on the bytes of code: enough for some hundred plugins.
    pub const DEFAULT_BYTES: u64 = 2 << 30;

    /// Creates a cache in this directory with the default limit. The first write creates the directory.
    #[must_use]
    pub fn new(directory: PathBuf) -> Self {
        Self::bounded(directory, Self::DEFAULT_BYTES)
    }

    /// Creates a cache in this directory, which keeps at most this many bytes of files, not counting those in
    /// use.
    #[must_use]
    pub fn bounded(directory: PathBuf, bytes: u64) -> Self {
        Self {
            files: DiskCache::new(directory, bytes),
            failures: None,
        }
    }

    /// Also remembers components that could not be compiled, for a process that compiles on its own and is
    /// restarted if compiling kills it.
    #[must_use]
    pub fn remembering_failures(self) -> Self {
        Self {
            failures: Some(CompileFailures::beside(self.directory())),
            ..self
        }
    }

    pub(crate) fn failures(&self) -> Option<&CompileFailures> {
        self.failures.as_ref()
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.files.directory()
    }

    /// The size of all its files in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.bytes()
    }

    fn name(component: &Digest, engine: &str, kind: &str) -> String {
        format!("{}.{engine}.{kind}", component.hex())
    }

    /// Finds the code of a component for an engine.
    ///
    /// # Errors
    /// Why there is no usable code.
    pub fn find(&self, key: &CodeKey) -> Result<CompiledCode, NotUsable> {
        let lease = self
            .files
            .take(&Self::name(&key.component, &key.engine, CODE))?
            .ok_or(NotUsable::Missing)?;
        Self::checked(lease, key)
    }

    /// Checks the code in the file of a lease. It uses the open file, because the path could lead to another
    /// one by now.
    fn checked(lease: Lease, key: &CodeKey) -> Result<CompiledCode, NotUsable> {
        Ok(CompiledCode {
            file: CompiledFile::check(lease.file().try_clone()?, key)?,
            lease: Some(lease),
        })
    }

    /// Begins to write code.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn begin(&self) -> io::Result<UnfinishedCode> {
        self.files.begin().map(UnfinishedCode::OnDisk)
    }

    /// Begins to write code in memory, which is not kept.
    ///
    /// # Errors
    /// The system has no memory or no file descriptor left.
    pub fn begin_in_memory() -> io::Result<UnfinishedCode> {
        let file = File::from(rustix::fs::memfd_create(
            "podweave-code",
            rustix::fs::MemfdFlags::CLOEXEC,
        )?);
        file.set_permissions(Permissions::from_mode(0o600))?;
        Ok(UnfinishedCode::InMemory(file))
    }

    /// Stores finished code, with a note of how long compiling took.
    ///
    /// # Errors
    /// Those of the file system; nothing is left behind.
    pub fn finish(&self, code: UnfinishedCode, key: &CodeKey, took: Duration) -> io::Result<CompiledCode> {
        let checked = |error: NotUsable| io::Error::other(error.to_string());
        match code {
            UnfinishedCode::OnDisk(mut file) => {
                CompiledFile::seal(file.as_file_mut(), key)?;
                let lease = self
                    .files
                    .put(file, &Self::name(&key.component, &key.engine, CODE))?;
                let note = Note {
                    compile_milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                };
                // Serializing a number cannot fail. Without the note, only the duration is unknown.
                let _ = self.files.write(
                    &Self::name(&key.component, &key.engine, NOTE),
                    &serde_json::to_vec(&note).unwrap_or_default(),
                );
                Self::checked(lease, key).map_err(checked)
            }
            UnfinishedCode::InMemory(mut file) => {
                CompiledFile::seal(&mut file, key)?;
                Ok(CompiledCode {
                    file: CompiledFile::check(file, key).map_err(checked)?,
                    lease: None,
                })
            }
        }
    }

    /// Lists the code that is kept, the most recently used last.
    #[must_use]
    pub fn entries(&self, engine: &str) -> Vec<CachedCode> {
        let entry = |name: &str, size, used| {
            let (hex, rest) = name.split_once('.')?;
            let of = rest.strip_suffix(CODE)?.strip_suffix('.')?;
            let component = Digest::parse(&format!("sha256:{hex}"))?;
            let note = self.files.take(&Self::name(&component, of, NOTE)).ok().flatten();
            let note = note.and_then(|note| serde_json::from_reader::<_, Note>(note.file()).ok());
            let compiled_in = note.map(|note| Duration::from_millis(note.compile_milliseconds));
            Some(CachedCode {
                component,
                is_current: of == engine,
                size,
                used,
                compiled_in,
            })
        };
        self.files
            .files()
            .iter()
            .filter_map(|file| entry(&file.name, file.size, file.used))
            .collect()
    }
}

impl UnfinishedCode {
    /// The file for the compiling process to write to.
    ///
    /// # Errors
    /// No file descriptor is left.
    pub fn file(&self) -> io::Result<File> {
        match self {
            Self::OnDisk(file) => file.as_file().try_clone(),
            Self::InMemory(file) => file.try_clone(),
        }
    }
}
