//! Compiled code as a file. Loading it is executing it, so it is loaded only if it is whole and nobody else could have
//! written it.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use wasmtime::Engine;
use wasmtime::component::Component;
use xxhash_rust::xxh3::Xxh3;

/// Ends a sealed file, behind the code's length and checksum.
const MAGIC: &[u8; 8] = b"podweave";

const SEAL_BYTES: u64 = 24;

/// A file of compiled code that has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompiledFile {
    path: PathBuf,
}

/// A file that is not loaded; it can be deleted and made anew.
#[derive(Debug, thiserror::Error)]
pub enum NotUsable {
    /// There is none.
    #[error("there is no compiled code")]
    Missing,
    /// It cannot be read.
    #[error("cannot read it: {0}")]
    Io(#[source] io::Error),
    /// It is cut off, changed, or something else.
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
    /// Somebody else owns it or can write it.
    #[error("user {owner} owns it with mode {mode:o}, so that others could have written it")]
    Foreign {
        /// The owner's numeric ID.
        owner: u32,
        /// The file's mode.
        mode: u32,
    },
}

impl CompiledFile {
    /// Ends a file of compiled code with its length and checksum. The checksum guards against damage, not against an
    /// attacker: who can write here has won already, which is what ownership and mode are checked for.
    ///
    /// # Errors
    /// Those of the file: the disk is full.
    pub fn seal(file: &mut File) -> io::Result<()> {
        file.seek(SeekFrom::Start(0))?;
        let (length, checksum) = checksum(file, u64::MAX)?;
        let mut seal = Vec::with_capacity(SEAL_BYTES as usize);
        seal.extend_from_slice(&length.to_le_bytes());
        seal.extend_from_slice(&checksum.to_le_bytes());
        seal.extend_from_slice(MAGIC);
        file.seek(SeekFrom::End(0))?;
        file.write_all(&seal)?;
        file.sync_all()
    }

    /// Opens a sealed file.
    ///
    /// # Errors
    /// Why it must not be loaded.
    pub fn open(path: &Path) -> Result<Self, NotUsable> {
        let mut file = File::open(path).map_err(|error| if error.kind() == io::ErrorKind::NotFound { NotUsable::Missing } else { NotUsable::Io(error) })?;
        let metadata = file.metadata().map_err(NotUsable::Io)?;
        if !metadata.is_file() {
            return Err(NotUsable::Damaged("it is no file"));
        }
        let (owner, mode) = (metadata.uid(), metadata.mode() & 0o7777);
        if owner != rustix::process::geteuid().as_raw() || mode & 0o022 != 0 {
            return Err(NotUsable::Foreign { owner, mode });
        }
        let code = metadata.len().checked_sub(SEAL_BYTES).ok_or(NotUsable::Damaged("it is cut off"))?;
        let (length, found) = checksum(&mut file, code).map_err(NotUsable::Io)?;
        let mut seal = Vec::new();
        file.read_to_end(&mut seal).map_err(NotUsable::Io)?;
        let mut expected = Vec::from(length.to_le_bytes());
        expected.extend_from_slice(&found.to_le_bytes());
        expected.extend_from_slice(MAGIC);
        if seal == expected { Ok(Self { path: path.to_owned() }) } else { Err(NotUsable::Damaged("its checksum is wrong")) }
    }

    /// Maps the code. wasmtime checks that it is of this engine's version and settings.
    pub(crate) fn load(&self, engine: &Engine) -> wasmtime::Result<Component> {
        // SAFETY: only `open` makes a `CompiledFile`: its bytes are those that this user's compiling child wrote, and no
        // other user can write it. The store never writes to a file in place, it replaces it.
        #[allow(unsafe_code, reason = "wasmtime has no other way to load compiled code")]
        unsafe {
            Component::deserialize_file(engine, &self.path)
        }
    }
}

/// Length and checksum of the next `limit` bytes, read piece by piece: code can have tens of megabytes.
fn checksum(file: &mut File, limit: u64) -> io::Result<(u64, u64)> {
    let mut hasher = Xxh3::new();
    let mut piece = vec![0; 128 * 1024];
    let mut reader = file.take(limit);
    let mut length = 0;
    loop {
        let read = reader.read(&mut piece)?;
        if read == 0 {
            return Ok((length, hasher.digest()));
        }
        hasher.update(&piece[..read]);
        length += read as u64;
    }
}
