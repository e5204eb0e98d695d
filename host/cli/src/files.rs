//! Writes files completely or not at all.

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use podweave_core::text::Shown as _;

/// Writes a temporary file and renames it: a reader sees the old text or the new one, and an error leaves the
/// old one. A link stays a link.
pub fn write_atomically(path: &Path, contents: &str) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let path = fs::canonicalize(path).or_else(|_| std::path::absolute(path))?;
        let parent = path.parent().ok_or(std::io::ErrorKind::IsADirectory)?;
        // The umask applies, as for any other new file.
        let mut file = tempfile::Builder::new()
            .prefix(".podweave-")
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(parent)?;
        file.write_all(contents.as_bytes())?;
        file.persist(&path)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write {}", path.shown()))
}
