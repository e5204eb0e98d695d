//! Compiled code on disk. A file is written beside its place and renamed into it, so that nobody ever sees half of one;
//! what is there and cannot be used is made anew.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use podweave_core::digest::Digest;
use podweave_sandbox::compiled::{CompiledFile, NotUsable};
use tempfile::NamedTempFile;

/// How the files begin that are being written.
const UNFINISHED: &str = ".unfinished-";

/// Older ones were left behind by a process that was killed: no compilation takes so long.
const ABANDONED_AFTER: Duration = Duration::from_secs(3600);

/// A directory of compiled code.
#[derive(Debug, Clone)]
pub struct Cache {
    directory: PathBuf,
}

/// Code that is being written: to the cache, or, where that is not possible, to memory.
#[derive(Debug)]
pub enum Unfinished {
    /// A file in the cache's directory.
    OnDisk(NamedTempFile),
    /// A file that is gone with the process.
    InMemory(File),
}

impl Cache {
    /// The cache in this directory, which is made when something is written to it.
    #[must_use]
    pub fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    fn path(&self, component: &Digest, engine: &str) -> PathBuf {
        self.directory.join(format!("{}.{engine}.cwasm", component.hex()))
    }

    /// The code of a component for an engine.
    ///
    /// # Errors
    /// Why there is none that can be used.
    pub fn find(&self, component: &Digest, engine: &str) -> Result<CompiledFile, NotUsable> {
        CompiledFile::open(&self.path(component, engine))
    }

    /// Begins to write code.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn begin(&self) -> io::Result<Unfinished> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.directory)?;
        self.remove_abandoned();
        let file = tempfile::Builder::new().prefix(UNFINISHED).permissions(Permissions::from_mode(0o600)).tempfile_in(&self.directory)?;
        Ok(Unfinished::OnDisk(file))
    }

    /// Begins to write code that is not kept.
    ///
    /// # Errors
    /// The system has no memory or no file descriptor left.
    pub fn begin_in_memory() -> io::Result<Unfinished> {
        let file = File::from(rustix::fs::memfd_create("podweave-code", rustix::fs::MemfdFlags::CLOEXEC)?);
        file.set_permissions(Permissions::from_mode(0o600))?;
        Ok(Unfinished::InMemory(file))
    }

    /// Puts finished code into its place.
    ///
    /// # Errors
    /// Those of the file system; nothing is left behind.
    pub fn finish(&self, code: Unfinished, component: &Digest, engine: &str) -> io::Result<Finished> {
        let checked = |error: NotUsable| io::Error::other(error.to_string());
        match code {
            Unfinished::OnDisk(mut file) => {
                CompiledFile::seal(file.as_file_mut())?;
                let path = self.path(component, engine);
                file.persist(&path)?;
                Ok(Finished { file: CompiledFile::open(&path).map_err(checked)?, _memory: None })
            }
            Unfinished::InMemory(mut file) => {
                CompiledFile::seal(&mut file)?;
                let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
                Ok(Finished { file: CompiledFile::open(&path).map_err(checked)?, _memory: Some(file) })
            }
        }
    }

    fn remove_abandoned(&self) {
        let Ok(entries) = fs::read_dir(&self.directory) else { return };
        for entry in entries.flatten() {
            let is_unfinished = entry.file_name().to_string_lossy().starts_with(UNFINISHED);
            let modified = entry.metadata().and_then(|metadata| metadata.modified());
            let is_old = modified.is_ok_and(|modified| SystemTime::now().duration_since(modified).is_ok_and(|age| age > ABANDONED_AFTER));
            if is_unfinished && is_old {
                // Another process may have been faster; what stays is tried again next time.
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

impl Unfinished {
    /// The file, for the compiling process to write to.
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

/// Finished code, to be loaded while this lives.
#[derive(Debug)]
pub struct Finished {
    /// The code.
    pub file: CompiledFile,
    _memory: Option<File>,
}
