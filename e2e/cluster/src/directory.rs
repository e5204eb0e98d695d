//! The directory of a cluster, and the process that cleans it up.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

/// Waits for the end of its standard input, which comes however this process ends: by an exit that drops no
/// statics, by SIGKILL, by Ctrl-C. Then kills the servers with a `.pid` file in the directory, and removes
/// the directory, but not what is mounted in it.
const JANITOR: &str = r#"
read -r _
for file in "$0"/*.pid; do
    pid=$(cat "$file" 2>/dev/null) && grep -q -- "$0" "/proc/$pid/cmdline" 2>/dev/null && kill -9 "$pid"
done
awk -v below="$0/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r mount; do umount -l "$mount"; done
rm -rf --one-file-system -- "$0" || { sleep 1; rm -rf --one-file-system -- "$0"; }
"#;

/// A temporary directory that is removed with this process at the latest, and whose servers are stopped.
pub(crate) struct Directory {
    path: PathBuf,
    janitor: Child,
}

impl Directory {
    /// Creates a directory that only root can enter, because it has keys.
    pub(crate) fn new() -> Result<Self> {
        Self::with_mode(0o700)
    }

    /// Creates a directory that other users may pass through: root in a user namespace has to, on the way to
    /// its mounts.
    pub(crate) fn passable() -> Result<Self> {
        Self::with_mode(0o711)
    }

    fn with_mode(mode: u32) -> Result<Self> {
        let permissions = Permissions::from_mode(mode);
        let path = tempfile::Builder::new()
            .prefix("podweave-cluster-")
            .permissions(permissions)
            .tempdir();
        let path = path.context("cannot create a temporary directory")?.keep();
        let janitor = Command::new("sh")
            .arg("-c")
            .arg(JANITOR)
            .arg(&path)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // In its own process group, so that Ctrl-C does not reach it.
            .process_group(0)
            .spawn()
            .context("cannot start sh, which cleans up")?;
        Ok(Self { path, janitor })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file into the directory, and returns its path.
    pub(crate) fn write(&self, name: &str, content: &str) -> Result<PathBuf> {
        let path = self.join(name);
        std::fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(self.janitor.stdin.take());
        // If the janitor itself was killed, nothing can be done.
        let _ = self.janitor.wait();
    }
}
