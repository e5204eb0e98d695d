//! Simulates, for tests, a process that dies between two system calls: from an armed point on, every call
//! fails.

use std::cell::Cell;

use rustix::io::Errno;

thread_local!(static LEFT: Cell<Option<usize>> = const { Cell::new(None) });

/// Lets this thread make the given number of calls; every later call fails.
pub fn die_after(calls: usize) {
    LEFT.set(Some(calls));
}

/// Lets all calls of this thread succeed again.
pub fn revive() {
    LEFT.set(None);
}

pub(super) fn point() -> rustix::io::Result<()> {
    match LEFT.get() {
        None => Ok(()),
        Some(0) => Err(Errno::IO),
        Some(left) => {
            LEFT.set(Some(left - 1));
            Ok(())
        }
    }
}
