//! Finds the program of this process, to start it again as a child.

use std::io;
use std::path::PathBuf;

/// Finds the program that this process runs, so that it can be started again to compile or to talk to a
/// registry.
///
/// On Linux this is the kernel's link to the running program. It stays valid if an upgrade has replaced or
/// removed the program's file, so that parent and child always have the same version. `current_exe` would
/// return a path that no longer leads to this program.
///
/// # Errors
/// The system does not report the program's path. This does not happen on Linux.
#[cfg(target_os = "linux")]
pub fn own_program() -> io::Result<PathBuf> {
    Ok(PathBuf::from("/proc/self/exe"))
}

/// Finds the program that this process runs, so that it can be started again to compile or to talk to a
/// registry.
///
/// # Errors
/// The system does not report the program's path.
#[cfg(not(target_os = "linux"))]
pub fn own_program() -> io::Result<PathBuf> {
    std::env::current_exe()
}
