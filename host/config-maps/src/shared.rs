//! Answers Gets: from memory at once if what is known is fresh enough, or after waiting for it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use arc_swap::Guard;
use parking_lot::{Mutex, MutexGuard};
use podweave_core::config_map::ConfigMap;
use podweave_core::identity::NamespacedName;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};

use crate::entries::Entries;
use crate::entry::Entry;
use crate::error::GetError;
use crate::knowledge::{Knowledge, WatchPhase};
use crate::metrics::SlowGet;
use crate::object::ResourceVersion;
use crate::references::{Change, References};
use crate::source::{FailureKind, SourceError};
use crate::strategy::{self, Context, Demand, Freshness};
use crate::version::Version;

/// What the caller of a Get requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Want {
    /// How long to wait for an answer that is fresh enough.
    pub within: Duration,
    /// The greatest age of an answer that could not be confirmed, for example while the API server is
    /// unreachable; `None`: any. Zero: only an answer that is known to be true now.
    pub max_age: Option<Duration>,
}

impl Default for Want {
    /// The second that the kubelet waits, then the last known state if there is nothing newer.
    fn default() -> Self {
        Self {
            within: Duration::from_secs(1),
            max_age: None,
        }
    }
}

/// An answer about a ConfigMap. Holding it costs nothing and keeps its version alive; drop it before waiting
/// for long.
pub struct Answer {
    known: Guard<Arc<Knowledge>>,
}

/// What the clones of a manager share.
pub(crate) struct Shared {
    pub context: Arc<Context>,
    pub entries: Entries,
    pub references: Mutex<References>,
    pub sweeper: Option<AbortHandle>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ConfigMaps")
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}

impl Answer {
    /// Returns the ConfigMap; `None` if it does not exist.
    #[must_use]
    pub fn config_map(&self) -> Option<&Arc<ConfigMap>> {
        self.known.object().map(|object| &object.config_map)
    }

    /// Returns its UID.
    #[must_use]
    pub fn uid(&self) -> Option<&str> {
        self.known.object().map(|object| &*object.uid)
    }

    /// Returns its version.
    #[must_use]
    pub fn resource_version(&self) -> Option<ResourceVersion> {
        self.known.object().map(|object| object.resource_version)
    }

    /// Returns how long ago it was certainly true. Zero while a watch is open.
    #[must_use]
    pub fn age(&self) -> Duration {
        match (self.known.watch, self.known.as_of) {
            (WatchPhase::Live, _) => Duration::ZERO,
            (_, Some(as_of)) => Instant::now().duration_since(as_of),
            // An answer is always something known, and whatever made it known set the time.
            (_, None) => Duration::MAX,
        }
    }

    /// Returns why it is not fresher; `None` if the last read or watch succeeded.
    #[must_use]
    pub fn failure(&self) -> Option<&SourceError> {
        self.known.failure.as_ref().map(|failure| &*failure.error)
    }
}

impl Shared {
    pub(crate) fn references(&self) -> MutexGuard<'_, References> {
        self.references.lock()
    }

    pub(crate) fn pods(&self) -> usize {
        self.references().pods()
    }

    /// Updates the entries to match the references, whose lock the caller holds.
    pub(crate) fn apply(&self, change: Change, now: Instant) {
        for name in change.added {
            let entry = self.entries.get_or_insert(name, |name| {
                Entry::new(name, self.context.sweep.load(Ordering::Relaxed))
            });
            strategy::referenced(&entry, &self.context, now);
        }
        for name in change.unreferenced {
            if let Some(entry) = self.entries.remove(&name) {
                entry.tasks().close();
                // Callers that wait for it learn that it is not registered.
                entry.wake();
            }
        }
    }

    pub(crate) fn not_registered(&self, name: NamespacedName) -> GetError {
        self.context.metrics.count_slow_get(SlowGet::NotRegistered);
        GetError::NotRegistered { name }
    }

    pub(crate) async fn get(
        &self,
        namespace: &str,
        name: &str,
        want: Want,
        registered: Option<Instant>,
    ) -> Result<Answer, GetError> {
        let demand = Demand {
            max_age: want.max_age,
            registered,
        };
        // Only a waiting caller becomes one more owner of the entry: a count that all threads change would
        // slow them all down.
        let entry = match self.entries.with(namespace, name, |entry| {
            self.at_once(entry, &demand).ok_or_else(|| Arc::clone(entry))
        }) {
            None => return Err(self.not_registered(NamespacedName::new(namespace, name))),
            Some(Ok(answer)) => return Ok(answer),
            Some(Err(entry)) => entry,
        };
        // Boxed: most Gets do not need the memory for it.
        Box::pin(self.wait(&entry, &demand, want.within)).await
    }

    /// Answers if what is known is fresh enough: no allocation, no lock, no write to memory that threads
    /// share.
    pub(crate) fn at_once(&self, entry: &Entry, demand: &Demand) -> Option<Answer> {
        entry.mark_used(self.context.sweep.load(Ordering::Relaxed));
        let known = entry.known();
        let options = &self.context.options;
        let is_live = known.watch == WatchPhase::Live && !options.strict;
        let is_fresh = is_live || Freshness::of(demand, &known, options, Instant::now).is_met(&known);
        // An answer that could not be confirmed is counted elsewhere.
        (is_fresh && known.failure.is_none()).then(|| {
            self.context.metrics.count_hit();
            Answer { known }
        })
    }

    /// Returns which version is known. If it is not confirmed, followers hear when it is.
    pub(crate) fn version(&self, namespace: &str, name: &str) -> Option<Version> {
        let options = &self.context.options;
        self.entries.with(namespace, name, |entry| {
            let known = entry.known();
            if strategy::is_confirmed(&known, options) {
                return Version::of(&known, true);
            }
            drop(known);
            // Only the holder of the lock confirms, so no confirmation is missed.
            let mut tasks = entry.tasks();
            let known = entry.known();
            let is_confirmed = strategy::is_confirmed(&known, options);
            tasks.confirmation_wanted |= !is_confirmed;
            Version::of(&known, is_confirmed)
        })?
    }

    async fn wait(&self, entry: &Arc<Entry>, demand: &Demand, within: Duration) -> Result<Answer, GetError> {
        let began = Instant::now();
        let deadline = began + within;
        let _waiting = Waiting::for_read_of(entry);
        loop {
            let mut changed = std::pin::pin!(entry.changed());
            // Before the check, so that a change after it is not missed.
            changed.as_mut().enable();
            let now = Instant::now();
            let known = entry.known();
            let freshness = Freshness::of(demand, &known, &self.context.options, || began);
            let failed = known
                .failure
                .as_ref()
                .filter(|failure| failure.at >= began || failure.retry_at > now);
            if freshness.is_met(&known) {
                return Ok(self.answer(known, began));
            }
            if let Some(failure) = failed {
                if freshness.allows_last_good(demand, &known, &self.context.options, now) {
                    return Ok(self.answer(known, began));
                }
                if failure.error.kind == FailureKind::Refused && !known.is_known() {
                    self.context.metrics.count_slow_get(SlowGet::Refused);
                    return Err(GetError::Refused {
                        name: NamespacedName::clone(&entry.name),
                        error: Arc::clone(&failure.error),
                    });
                }
            }
            drop(known);
            if entry.tasks().is_closed() {
                return Err(self.not_registered(NamespacedName::clone(&entry.name)));
            }
            strategy::refresh(entry, &self.context);
            if timeout_at(deadline, changed).await.is_err() {
                return self.too_late(entry, demand, began);
            }
        }
    }

    /// Handles a passed deadline: returns the last known state, or an error.
    fn too_late(&self, entry: &Entry, demand: &Demand, began: Instant) -> Result<Answer, GetError> {
        let now = Instant::now();
        let known = entry.known();
        let freshness = Freshness::of(demand, &known, &self.context.options, || began);
        if freshness.is_met(&known) || freshness.allows_last_good(demand, &known, &self.context.options, now)
        {
            return Ok(self.answer(known, began));
        }
        let name = NamespacedName::clone(&entry.name);
        let error = known.failure.as_ref().map(|failure| Arc::clone(&failure.error));
        match known.as_of {
            Some(as_of) if known.is_known() && demand.max_age.is_some() => {
                self.context.metrics.count_slow_get(SlowGet::TooOld);
                Err(GetError::TooOld {
                    name,
                    age: now.duration_since(as_of),
                    error,
                })
            }
            _ => {
                self.context.metrics.count_slow_get(SlowGet::Unavailable);
                Err(GetError::Unavailable {
                    name,
                    waited: now.duration_since(began),
                    error,
                })
            }
        }
    }

    fn answer(&self, known: Guard<Arc<Knowledge>>, began: Instant) -> Answer {
        let answer = Answer { known };
        if answer.known.is_as_of(began) {
            self.context.metrics.count_slow_get(SlowGet::Waited);
        } else {
            self.context.metrics.count_last_good(answer.age());
        }
        answer
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(sweeper) = &self.sweeper {
            sweeper.abort();
        }
        self.entries.for_each(|entry| entry.tasks().close());
    }
}

/// Counts a waiting caller until it is dropped.
struct Waiting<'a>(&'a Entry);

impl<'a> Waiting<'a> {
    fn for_read_of(entry: &'a Entry) -> Self {
        entry.tasks().waiting += 1;
        Self(entry)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.tasks().waiting -= 1;
    }
}
