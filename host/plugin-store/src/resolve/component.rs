//! A plugin's component, in memory or on disk.

use std::borrow::Cow;
use std::fs::File;
use std::path::Path;

use podweave_core::digest::Digest;

use super::built_in::BuiltIn;
use crate::disk_cache::Lease;
use crate::error::StoreError;

/// A component and where it comes from.
#[derive(Debug, Clone)]
pub struct Component {
    contents: Contents,
    digest: Digest,
    source_name: String,
}

/// Where the component's bytes are.
#[derive(Debug, Clone)]
enum Contents {
    InMemory(Cow<'static, [u8]>),
    /// Pulled to disk. It is read only to compile it.
    OnDisk(Lease, u64),
}

impl Component {
    /// Reads a component from a file: at most `limit` + 1 bytes of it.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn from_file(path: &Path, limit: usize) -> Result<Self, StoreError> {
        let bytes = read(path, limit)?;
        Ok(Self {
            digest: Digest::of(&bytes),
            contents: Contents::InMemory(bytes.into()),
            source_name: path.display().to_string(),
        })
    }

    pub(crate) fn built_in(built_in: &'static BuiltIn) -> Self {
        let source_name = format!("built-in plugin {}", built_in.name);
        Self {
            contents: Contents::InMemory(Cow::Borrowed(built_in.component)),
            digest: built_in.digest,
            source_name,
        }
    }

    pub(crate) fn pulled(lease: Lease, size: u64, digest: Digest, source_name: String) -> Self {
        Self {
            contents: Contents::OnDisk(lease, size),
            digest,
            source_name,
        }
    }

    /// The digest of the component.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The size in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        match &self.contents {
            Contents::InMemory(bytes) => bytes.len(),
            Contents::OnDisk(_, size) => usize::try_from(*size).unwrap_or(usize::MAX),
        }
    }

    /// Where it comes from, for messages.
    #[must_use]
    pub fn source_name(&self) -> &str {
        &self.source_name
    }

    /// Reads the component's bytes and verifies their digest.
    pub(crate) fn bytes(&self, limit: usize) -> Result<Cow<'_, [u8]>, StoreError> {
        let lease = match &self.contents {
            Contents::InMemory(bytes) => return Ok(Cow::Borrowed(bytes)),
            Contents::OnDisk(lease, _) => lease,
        };
        // Open it again, because the lease's own file may already be read to its end.
        let bytes = read(lease.path(), limit)?;
        let actual = Digest::of(&bytes);
        if actual != self.digest {
            return Err(StoreError::Damaged {
                source_name: self.source_name.clone(),
                actual: actual.to_string(),
            });
        }
        Ok(bytes.into())
    }
}

/// Reads one byte more than the limit, so that compiling can refuse a component that is too large.
fn read(path: &Path, limit: usize) -> Result<Vec<u8>, StoreError> {
    File::open(path)
        .and_then(|file| podweave_bounded_read::start(file, limit as u64 + 1))
        .map_err(|error| StoreError::File {
            path: path.to_owned(),
            error,
        })
}
