//! Delays retries of failed work, however many pods want it, with the kubelet's pauses for images.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use podweave_core::backoff::Backoff;
use tokio::time::Instant;

use crate::error::StoreError;

/// The pauses after failures. Without jitter, as the kubelet's: a pod's status shows them.
const PAUSES: Backoff = Backoff::new(Duration::from_secs(10), Duration::from_secs(300));

/// The most failures that are remembered, more than a node has pods. Beyond it, those whose pause is over are
/// forgotten; if that is not enough, all.
const MOST: usize = 4096;

/// Failures by key, with their pauses.
pub(crate) struct RecentFailures<K>(Mutex<HashMap<K, Failed>>);

struct Failed {
    error: Arc<StoreError>,
    backoff: Backoff,
    until: Instant,
}

impl<K> Default for RecentFailures<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash> RecentFailures<K> {
    /// Checks that work may be tried now.
    ///
    /// # Errors
    /// The last failure, and the rest of its pause.
    pub(crate) fn check(&self, key: &K) -> Result<(), Arc<StoreError>> {
        let failures = self.0.lock();
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
        let mut failures = self.0.lock();
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
        let mut backoff = failures.get(&key).map_or(PAUSES, |failed| failed.backoff);
        let until = now + backoff.next_pause();
        failures.insert(
            key,
            Failed {
                error: Arc::clone(error),
                backoff,
                until,
            },
        );
    }

    /// Forgets all failures, because their cause may be fixed.
    pub(crate) fn clear(&self) {
        self.0.lock().clear();
    }
}
