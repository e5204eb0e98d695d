//! The program of this process, to start once more as a child.

use std::io;
use std::path::PathBuf;

/// Finds the program that this process runs, so that it can be started again to compile or to talk to a registry.
///
/// On Linux this is the kernel's own link to it. It leads to the program that runs even when the program's file was replaced or removed since,
/// as by an upgrade, so that parent and child are always of one version. `current_exe` would read a path that no longer leads there.
///
/// # Errors
/// The system does not say where the program is, which only happens elsewhere than on Linux.
#[cfg(target_os = "linux")]
pub fn own_program() -> io::Result<PathBuf> {
    Ok(PathBuf::from("/proc/self/exe"))
}

/// Finds the program that this process runs, so that it can be started again to compile or to talk to a registry.
///
/// # Errors
/// The system does not say where the program is.
#[cfg(not(target_os = "linux"))]
pub fn own_program() -> io::Result<PathBuf> {
    std::env::current_exe()
}
