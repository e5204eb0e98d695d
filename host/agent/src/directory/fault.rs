//! Tests that let a process die between two system calls: from an armed point on, every call fails.

use std::cell::Cell;

use rustix::io::Errno;

thread_local!(static LEFT: Cell<Option<usize>> = const { Cell::new(None) });

/// This thread makes so many calls, and then no other.
pub fn die_after(calls: usize) {
    LEFT.set(Some(calls));
}

/// This thread is well again.
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
