//! Tests that let a process die between two steps: from an armed point on, every step fails.

use std::cell::Cell;
use std::io;

thread_local!(static LEFT: Cell<Option<usize>> = const { Cell::new(None) });

/// This thread takes so many steps, and then no other.
pub(crate) fn die_after(steps: usize) {
    LEFT.set(Some(steps));
}

/// This thread is well again. Whether it had died.
pub(crate) fn revive() -> bool {
    LEFT.replace(None) == Some(0)
}

/// One step.
pub(crate) fn point() -> io::Result<()> {
    match LEFT.get() {
        None => Ok(()),
        Some(0) => Err(io::Error::other("the process has died")),
        Some(left) => {
            LEFT.set(Some(left - 1));
            Ok(())
        }
    }
}
