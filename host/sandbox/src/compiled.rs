//! Compiled code as a file. Loading it is executing it, so it is loaded only if it is whole, no other user could have written it, and it is the code that
//! is wanted. The file stays open from this check on, and what is loaded is this open file: a path could lead elsewhere a moment later.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::FileExt as _;

use podweave_core::digest::{Digest, DigestBuilder};
use podweave_ownership::{NotOurs, Ownership};
use wasmtime::Engine;
use wasmtime::component::Component;
use xxhash_rust::xxh3::Xxh3;

/// Ends a sealed file, behind the code's length, its checksum and the digest of its key.
const MAGIC: &[u8; 8] = b"podweave";

const SEAL_BYTES: u64 = 8 + 8 + 32 + 8;

/// Which code it is. The seal of a file binds its code to this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeKey {
    /// The component that it was compiled from.
    pub component: Digest,
    /// The engine's version and settings, and the limits of components: [`crate::Sandbox::engine_id`].
    pub engine: String,
}

impl CodeKey {
    fn digest(&self) -> Digest {
        DigestBuilder::new("podweave code 1").field(self.component.as_bytes()).field(self.engine.as_bytes()).finish()
    }
}

/// A file of compiled code that has been checked, and is still open.
#[derive(Debug)]
pub struct CompiledFile {
    file: File,
    component: Digest,
}

/// A file that is not loaded; it can be deleted and made anew.
#[derive(Debug, thiserror::Error)]
pub enum NotUsable {
    /// There is none.
    #[error("there is no compiled code")]
    Missing,
    /// It cannot be read.
    #[error("cannot read it: {0}")]
    Io(#[from] io::Error),
    /// It is cut off, changed, or something else.
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
    /// It is whole, and belongs under another name.
    #[error("it is the code of another component or another engine")]
    OtherCode,
    /// Another user could have written it.
    #[error(transparent)]
    NotOurs(#[from] NotOurs),
}

impl CompiledFile {
    /// Ends a file of compiled code with its length, its checksum and the digest of its key. The checksum guards against damage, and the key against a
    /// file under a wrong name. Neither guards against who can write as this user, and ownership and mode are checked for all others.
    ///
    /// # Errors
    /// Those of the file: the disk is full.
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
            return Err(NotUsable::Damaged("it is no file"));
        }
        Ownership::of(&file).map_err(io::Error::from)?.ours()?;
        let code = metadata.len().checked_sub(SEAL_BYTES).ok_or(NotUsable::Damaged("it is cut off"))?;
        let mut found = [0; SEAL_BYTES as usize];
        file.read_exact_at(&mut found, code)?;
        let whole = seal(code, checksum(&file, code)?, key);
        if found == whole {
            return Ok(Self { file, component: key.component });
        }
        // All but the key's digest, which lies before the last eight bytes.
        let (of_code, of_key) = (0..16, 16..48);
        let is_whole = found[of_code.clone()] == whole[of_code] && found[48..] == whole[48..];
        Err(if is_whole && found[of_key.clone()] != whole[of_key] { NotUsable::OtherCode } else { NotUsable::Damaged("its checksum is wrong") })
    }

    /// The component that the code was compiled from.
    #[must_use]
    pub fn component(&self) -> Digest {
        self.component
    }

    /// Maps the code of the file that was checked. wasmtime checks that it is of this engine's version and settings.
    pub(crate) fn load(&self, engine: &Engine) -> wasmtime::Result<Component> {
        // The kernel's own link to the open file, whatever its path leads to by now.
        let path = format!("/proc/self/fd/{}", self.file.as_raw_fd());
        // SAFETY: only `check` makes a `CompiledFile`: its bytes are those that this user's compiling child wrote, and no
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

/// The checksum of the first `length` bytes, read piece by piece: code can have tens of megabytes.
fn checksum(file: &File, length: u64) -> io::Result<u64> {
    let mut hasher = Xxh3::new();
    let mut piece = vec![0; 128 * 1024];
    let mut at = 0;
    while at < length {
        let wanted = usize::try_from(length - at).unwrap_or(usize::MAX).min(piece.len());
        let read = file.read_at(&mut piece[..wanted], at)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        hasher.update(&piece[..read]);
        at += read as u64;
    }
    Ok(hasher.digest())
}
