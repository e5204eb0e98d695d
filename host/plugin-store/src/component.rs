//! A plugin's component.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use podweave_core::digest::Digest;

use crate::built_in::BuiltIn;
use crate::error::StoreError;

/// A component's bytes and where they come from.
#[derive(Debug, Clone)]
pub struct Component {
    pub(crate) bytes: Cow<'static, [u8]>,
    pub(crate) digest: Digest,
    pub(crate) source_name: String,
}

impl Component {
    /// Reads a component from a file. No more than `limit` bytes and one are read.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn from_file(path: &Path, limit: usize) -> Result<Self, StoreError> {
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| file.take(limit as u64 + 1).read_to_end(&mut bytes));
        read.map_err(|error| StoreError::File { path: path.to_owned(), error })?;
        Ok(Self { digest: Digest::of(&bytes), bytes: bytes.into(), source_name: path.display().to_string() })
    }

    pub(crate) fn built_in(built_in: &'static BuiltIn) -> Self {
        Self { bytes: Cow::Borrowed(built_in.component), digest: built_in.digest, source_name: format!("built-in plugin {}", built_in.name) }
    }

    /// The digest of the bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }
}
