//! Delays retries of failed work, however many pods want it, with the kubelet's pauses for images.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::error::StoreError;

/// The pause after the first failure. It doubles with each further one.
const FIRST: Duration = Duration::from_secs(10);

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(300);

/// The most failures that are remembered, more than a node has pods. Beyond it, those whose pause is over are
/// forgotten; if that is not enough, all.
const MOST: usize = 4096;

/// Failures by key, with their pauses.
pub(crate) struct BackOff<K>(Mutex<HashMap<K, Failed>>);

struct Failed {
    error: Arc<StoreError>,
    pause: Duration,
    until: Instant,
}

impl<K> Default for BackOff<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash> BackOff<K> {
    /// Checks that work may be tried now.
    ///
    /// # Errors
    /// The last failure, and the rest of its pause.
    pub(crate) fn check(&self, key: &K) -> Result<(), Arc<StoreError>> {
        let failures = self.lock();
        let now = Instant::now();
        match failures.get(key).filter(|failed| failed.until > now) {
            Some(failed) => Err(Arc::new(StoreError::BackOff {
                error: Arc::clone(&failed.error),
                left: failed.until - now,
            })),
            None => Ok(()),
        }
    }

    /// Records the result of work.
    pub(crate) fn note<T>(&self, key: K, ended: &Result<T, Arc<StoreError>>) {
        let mut failures = self.lock();
        let Err(error) = ended else {
            failures.remove(&key);
            return;
        };
        let now = Instant::now();
        if failures.len() >= MOST {
            failures.retain(|_, failed| failed.until > now);
        }
        if failures.len() >= MOST {
            failures.clear();
        }
        let pause = failures
            .get(&key)
            .map_or(FIRST, |failed| (failed.pause * 2).min(LONGEST));
        failures.insert(
            key,
            Failed {
                error: Arc::clone(error),
                pause,
                until: now + pause,
            },
        );
    }

    /// Forgets all failures, because their cause may be fixed.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Failed>> {
        // The map is consistent between any two calls.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
