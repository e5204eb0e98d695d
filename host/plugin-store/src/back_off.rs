//! What has failed is not tried again at once, however many pods want it: the pauses are those of the kubelet for images.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::error::StoreError;

/// The pause after the first failure; it doubles with each.
const FIRST: Duration = Duration::from_secs(10);

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(300);

/// More failures than a node has pods: beyond it, those whose pause is over are forgotten, and then all.
const MOST: usize = 4096;

/// What has failed, by what it is about.
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
    /// Whether it may be tried.
    ///
    /// # Errors
    /// What went wrong last, and how long the pause still is.
    pub(crate) fn check(&self, key: &K) -> Result<(), Arc<StoreError>> {
        let failures = self.lock();
        let now = Instant::now();
        match failures.get(key).filter(|failed| failed.until > now) {
            Some(failed) => Err(Arc::new(StoreError::BackOff { error: Arc::clone(&failed.error), left: failed.until - now })),
            None => Ok(()),
        }
    }

    /// Notes how it went.
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
        let pause = failures.get(&key).map_or(FIRST, |failed| (failed.pause * 2).min(LONGEST));
        failures.insert(key, Failed { error: Arc::clone(error), pause, until: now + pause });
    }

    /// Forgets everything: what was wrong may be mended.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Failed>> {
        // A map is whole between any two calls.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
