//! Checks and loads files of compiled code. Loading code means executing it, so a file is loaded only if it
//! is whole, no other user could have written it, and it is the requested code. The file stays open after
//! this check, and the open file is loaded: its path could lead elsewhere a moment later.
//! docs/decisions/005-compiled-code-cache.md says what this protects from.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::FileExt as _;

use podweave_core::digest::{Digest, DigestBuilder};
use podweave_ownership::{NotOurs, Ownership};
use wasmtime::Engine;
use wasmtime::component::Component;
use xxhash_rust::xxh3::Xxh3;

/// The end of a sealed file, behind the code's length, its checksum and the digest of its key.
const MAGIC: &[u8; 8] = b"podweave";

const SEAL_BYTES: u64 = 8 + 8 + 32 + 8;

/// Identifies code. The seal of a file binds its code to this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeKey {
    /// The component that the code was compiled from.
    pub component: Digest,
    /// The engine's version and settings, and the limits of components: [`crate::Sandbox::engine_id`].
    pub engine: String,
}

impl CodeKey {
    fn digest(&self) -> Digest {
        DigestBuilder::new("podweave code 1")
            .field(self.component.as_bytes())
            .field(self.engine.as_bytes())
            .finish()
    }
}

/// A file of compiled code that has been checked and is still open.
#[derive(Debug)]
pub struct CompiledFile {
    file: File,
    component: Digest,
}

/// Why a file is not loaded. It can be deleted and created again.
#[derive(Debug, thiserror::Error)]
pub enum NotUsable {
    /// The file does not exist.
    #[error("there is no compiled code")]
    Missing,
    /// The file cannot be read.
    #[error("cannot read it: {0}")]
    Io(io::Error),
    /// The file is truncated, changed, or something else.
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
    /// The file is whole, but has the wrong name.
    #[error("it is the code of another component or another engine")]
    OtherCode,
    /// Another user could have written it.
    #[error(transparent)]
    NotOurs(#[from] NotOurs),
}

// Without `#[from]`, which would make the error its own text's cause, too: logs show a cause only once.
impl From<io::Error> for NotUsable {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl CompiledFile {
    /// Ends a file of compiled code with its length, its checksum and the digest of its key. The checksum
    /// detects damage, and the key detects a file under a wrong name. Neither protects against a process that
    /// can write as this user; the check of ownership and mode protects against all others.
    ///
    /// # Errors
    /// Those of the file: for example, the disk is full.
    pub fn seal(file: &mut File, key: &CodeKey) -> io::Result<()> {
        let code = file.metadata()?.len();
        file.seek(SeekFrom::End(0))?;
        file.write_all(&seal(code, checksum(file, code)?, key))?;
        file.sync_all()
    }

    /// Checks a sealed file, which must be open for reading.
    ///
    /// # Errors
    /// Why it must not be loaded.
    pub fn check(file: File, key: &CodeKey) -> Result<Self, NotUsable> {
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(NotUsable::Damaged("it is not a file"));
        }
        Ownership::of(&file).map_err(io::Error::from)?.ours()?;
        let code = metadata
            .len()
            .checked_sub(SEAL_BYTES)
            .ok_or(NotUsable::Damaged("it is truncated"))?;
        let mut found = [0; SEAL_BYTES as usize];
        file.read_exact_at(&mut found, code)?;
        let whole = seal(code, checksum(&file, code)?, key);
        if found == whole {
            return Ok(Self {
                file,
                component: key.component,
            });
        }
        // Everything except the key's digest, which is before the last eight bytes.
        let (of_code, of_key) = (0..16, 16..48);
        let is_whole = found[of_code.clone()] == whole[of_code] && found[48..] == whole[48..];
        Err(if is_whole && found[of_key.clone()] != whole[of_key] {
            NotUsable::OtherCode
        } else {
            NotUsable::Damaged("its checksum is wrong")
        })
    }

    /// Returns the digest of the component that the code was compiled from.
    #[must_use]
    pub fn component(&self) -> Digest {
        self.component
    }

    /// Maps the code of the checked file. wasmtime checks that it has this engine's version and settings.
    pub(crate) fn load(&self, engine: &Engine) -> wasmtime::Result<Component> {
        // The kernel's own link to the open file, whatever its path leads to now.
        let path = format!("/proc/self/fd/{}", self.file.as_raw_fd());
        // SAFETY: only `check` makes a `CompiledFile`: this user's compiling child wrote its bytes, and no
        // other user can write it. The store never writes to a file in place, it replaces it.
        #[allow(unsafe_code, reason = "wasmtime has no other way to load compiled code")]
        unsafe {
            Component::deserialize_file(engine, path)
        }
    }
}

fn seal(length: u64, checksum: u64, key: &CodeKey) -> [u8; SEAL_BYTES as usize] {
    let mut seal = [0; SEAL_BYTES as usize];
    seal[..8].copy_from_slice(&length.to_le_bytes());
    seal[8..16].copy_from_slice(&checksum.to_le_bytes());
    seal[16..48].copy_from_slice(key.digest().as_bytes());
    seal[48..].copy_from_slice(MAGIC);
    seal
}

/// Computes the checksum of the first `length` bytes, piece by piece: code can have tens of megabytes.
fn checksum(file: &File, length: u64) -> io::Result<u64> {
    let mut hasher = Xxh3::new();
    let mut piece = vec![0; 128 * 1024];
    let mut at = 0;
    while at < length {
        let wanted = usize::try_from(length - at)
            .unwrap_or(usize::MAX)
            .min(piece.len());
        let read = file.read_at(&mut piece[..wanted], at)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        hasher.update(&piece[..read]);
        at += read as u64;
    }
    Ok(hasher.digest())
}
