//! The directory that a cluster lives in, and who cleans up after it.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

/// Waits for its standard input to end, which it does however this process ends: by an exit that drops no statics, by
/// SIGKILL, by Ctrl-C. Then kills what has a `.pid` file in the directory and still is one of the servers, and removes the directory,
/// but not what is mounted in it.
const JANITOR: &str = r#"
read -r _
for file in "$0"/*.pid; do
    pid=$(cat "$file" 2>/dev/null) && grep -q -- "$0" "/proc/$pid/cmdline" 2>/dev/null && kill -9 "$pid"
done
awk -v below="$0/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r mount; do umount -l "$mount"; done
rm -rf --one-file-system -- "$0" || { sleep 1; rm -rf --one-file-system -- "$0"; }
"#;

/// A temporary directory that goes away with this process at the latest, and the servers that run in it, too.
pub(crate) struct Directory {
    path: PathBuf,
    janitor: Child,
}

impl Directory {
    /// For root alone: the keys in it are nobody else's business.
    pub(crate) fn new() -> Result<Self> {
        Self::with_mode(0o700)
    }

    /// One that others may pass through: whoever is root in a user namespace has to, on the way to what was mounted for it.
    pub(crate) fn passable() -> Result<Self> {
        Self::with_mode(0o711)
    }

    fn with_mode(mode: u32) -> Result<Self> {
        let permissions = Permissions::from_mode(mode);
        let path = tempfile::Builder::new().prefix("podweave-cluster-").permissions(permissions).tempdir();
        let path = path.context("no temporary directory")?.keep();
        let janitor = Command::new("sh")
            .arg("-c")
            .arg(JANITOR)
            .arg(&path)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Out of the reach of Ctrl-C.
            .process_group(0)
            .spawn()
            .context("sh, which cleans up, does not start")?;
        Ok(Self { path, janitor })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file into the directory, and answers where.
    pub(crate) fn write(&self, name: &str, content: &str) -> Result<PathBuf> {
        let path = self.join(name);
        std::fs::write(&path, content).with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(self.janitor.stdin.take());
        // Nothing is left to be done about it if the janitor itself was killed.
        let _ = self.janitor.wait();
    }
}
