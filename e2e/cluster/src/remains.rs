//! Finds and removes what a node leaves behind, without waiting for the kubelet.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::control_group::ControlGroup;

/// Ends what runs below the node's control group, its shims and its mounts. The servers must have ended.
pub(crate) fn clear(directory: &Path, runtime_socket: &Path, control_group: &ControlGroup) -> Result<()> {
    for shim in shims(runtime_socket)? {
        // The process may have ended meanwhile.
        let _ = kill_process(shim, Signal::KILL);
    }
    control_group.remove()?;
    // The innermost first.
    for mount in mounts_below(directory)?.iter().rev() {
        // Lazily: no process uses it any more, but the kernel may not have noticed.
        let output = Command::new("umount")
            .args(["-l", mount])
            .output()
            .context("cannot start umount")?;
        // One unmount may remove other mounts with it.
        if !output.status.success() && mounts_below(directory)?.contains(mount) {
            bail!(
                "cannot unmount {mount}: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
    }
    Ok(())
}

/// Returns the mounts below a directory, in the order in which they were mounted.
pub(crate) fn mounts_below(directory: &Path) -> Result<Vec<String>> {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").context("cannot read the list of mounts")?;
    Ok(mounts
        .lines()
        .filter_map(|line| line.split(' ').nth(4))
        .filter(|place| *place != directory.as_os_str() && Path::new(place).starts_with(directory))
        .map(str::to_owned)
        .collect())
}

/// Returns the shims, the processes between containerd and its containers, which outlive it.
pub(crate) fn shims(runtime_socket: &Path) -> Result<Vec<Pid>> {
    let processes = std::fs::read_dir("/proc").context("cannot list the processes")?;
    let pids = processes
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok().and_then(Pid::from_raw));
    Ok(pids
        .filter(|pid| {
            let command =
                std::fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).unwrap_or_default();
            let mut arguments = command.split(|byte| *byte == 0);
            arguments
                .next()
                .is_some_and(|program| program.ends_with(b"containerd-shim-runc-v2"))
                && arguments.any(|argument| argument == runtime_socket.as_os_str().as_bytes())
        })
        .collect())
}
