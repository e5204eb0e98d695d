//! Locks mutexes. They are those of the standard library, so that users of this crate get no further
//! dependency: no lock here is contended, and what they guard is consistent between any two statements, so
//! that a panic of another thread does no harm.

use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
