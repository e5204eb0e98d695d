//! Simulates for tests that a process dies between two steps: after a given number of steps, every further
//! one of the thread fails. Only tests depend on this crate; sources call [`crash_point`] under `cfg(test)`.

use std::cell::Cell;
use std::io;

thread_local!(static LEFT: Cell<Option<usize>> = const { Cell::new(None) });

/// Lets this thread take this many steps; all further ones fail.
pub fn die_after(steps: usize) {
    LEFT.set(Some(steps));
}

/// Lets steps succeed again. Returns whether all steps were taken, so that a further one would have failed.
pub fn revive() -> bool {
    LEFT.replace(None) == Some(0)
}

/// Takes one step.
///
/// # Errors
/// EIO, if the process is to be dead by now.
pub fn crash_point() -> io::Result<()> {
    /// The error of a system call on a broken disk; the same number on all Unix systems.
    const EIO: i32 = 5;
    match LEFT.get() {
        None => Ok(()),
        Some(0) => Err(io::Error::from_raw_os_error(EIO)),
        Some(left) => {
            LEFT.set(Some(left - 1));
            Ok(())
        }
    }
}
