//! Simulates for tests that a process dies between two steps: after a given number of steps, every further
//! one fails.

use std::cell::Cell;
use std::io;

thread_local!(static LEFT: Cell<Option<usize>> = const { Cell::new(None) });

/// Lets this thread take this many steps; all further ones fail.
pub(crate) fn die_after(steps: usize) {
    LEFT.set(Some(steps));
}

/// Lets steps succeed again. Returns whether one had failed.
pub(crate) fn revive() -> bool {
    LEFT.replace(None) == Some(0)
}

/// Takes one step.
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
