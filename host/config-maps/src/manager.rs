//! Registers pods with the ConfigMaps that they refer to, and answers their Gets.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use arc_swap::Guard;
use parking_lot::{Mutex, MutexGuard};
use podweave_core::config_map::ConfigMap;
use prometheus_client::registry::Registry as MetricsRegistry;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};

use crate::changes::Changes;
use crate::entries::Entries;
use crate::entry::Entry;
use crate::error::GetError;
use crate::knowledge::{Following, Knowledge};
use crate::metrics::{self, Ending};
use crate::object::ResourceVersion;
use crate::registry::{Change, Record, Registry};
use crate::source::{FailureKind, Source, SourceError};
use crate::strategy::{self, Context, Demand, Freshness, Strategy, watching};
use crate::sweep;
use podweave_core::identity::{NamespacedName, PodIdentity};

/// Configures a manager.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How registered ConfigMaps are kept fresh.
    pub strategy: Strategy,
    /// Never serves a pod anything older than a quorum read that was sent after its registration. Without it,
    /// a pod that refers to an already watched ConfigMap gets what the watch has reported, at once.
    pub strict: bool,
}

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

/// Keeps the ConfigMaps of registered pods. Clones share one manager; what it keeps is dropped with the last
/// of them.
#[derive(Clone)]
pub struct ConfigMaps {
    shared: Arc<Shared>,
}

/// The ConfigMaps of one registered pod.
#[derive(Clone)]
pub struct PodConfigMaps {
    shared: Arc<Shared>,
    record: Arc<Record>,
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
    registry: Mutex<Registry>,
    sweeper: Option<AbortHandle>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ConfigMaps")
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}

impl ConfigMaps {
    /// Creates a manager over a source. Its tasks run on the current tokio runtime.
    ///
    /// # Panics
    /// If there is no tokio runtime.
    #[must_use]
    pub fn new(source: Arc<dyn Source>, options: Options) -> Self {
        let context = Arc::new(Context {
            source,
            runtime: Handle::current(),
            options,
            hub: Arc::default(),
            metrics: metrics::Metrics::default(),
            sweep: 0.into(),
        });
        let shared = Arc::new_cyclic(|shared| Shared {
            entries: Entries::default(),
            registry: Mutex::default(),
            sweeper: sweep::start(shared.clone(), &context.options.strategy),
            context,
        });
        Self { shared }
    }

    /// Registers a pod with all ConfigMaps that it refers to, or changes those of a registered one. Calling
    /// it again changes nothing. New ConfigMaps are read ahead if the strategy watches.
    pub fn register(
        &self,
        pod: PodIdentity,
        references: impl IntoIterator<Item = NamespacedName>,
    ) -> PodConfigMaps {
        let now = Instant::now();
        let names: BTreeSet<_> = references.into_iter().collect();
        let mut registry = self.shared.registry();
        let (record, change) = registry.register(pod, names, now);
        self.shared.apply(change, now);
        drop(registry);
        PodConfigMaps {
            shared: Arc::clone(&self.shared),
            record,
        }
    }

    /// Removes a pod. Calling it again, or for a pod that was never registered, changes nothing.
    pub fn unregister(&self, pod: &PodIdentity) {
        let mut registry = self.shared.registry();
        let change = registry.unregister(pod);
        self.shared.apply(change, Instant::now());
    }

    /// Returns a ConfigMap that some registered pod refers to.
    ///
    /// # Errors
    /// Why there is no answer that is fresh enough. An absent ConfigMap is an answer, not an error.
    pub async fn get(&self, namespace: &str, name: &str, want: Want) -> Result<Answer, GetError> {
        self.shared.get(namespace, name, want, None).await
    }

    /// Returns what is known of a ConfigMap without waiting, if it is as fresh as the strategy promises.
    #[must_use]
    pub fn get_now(&self, namespace: &str, name: &str) -> Option<Answer> {
        let demand = Demand {
            max_age: None,
            registered: None,
        };
        self.shared
            .entries
            .with(namespace, name, |entry| self.shared.at_once(entry, &demand))?
    }

    /// Returns how many registered pods refer to a ConfigMap.
    #[must_use]
    pub fn references(&self, name: &NamespacedName) -> usize {
        self.shared.registry().count(name)
    }

    /// Returns a stream of the names of ConfigMaps that change from now on. While it is held, no watch is
    /// ended for idleness.
    #[must_use]
    pub fn changes(&self) -> Changes {
        let changes = self.shared.context.hub.listen();
        if matches!(self.shared.context.options.strategy, Strategy::Watch { .. }) {
            self.shared.entries.for_each(|entry| {
                if !entry.shown().is_immutable() {
                    watching::begin(entry, &self.shared.context, &mut entry.tasks());
                }
            });
        }
        changes
    }

    /// Whether a watch of this ConfigMap is open.
    #[must_use]
    pub fn is_watched(&self, name: &NamespacedName) -> bool {
        self.shared
            .entries
            .with(&name.namespace, &name.name, |entry| entry.shown().following)
            == Some(Following::Live)
    }

    /// Registers its metrics, with the prefix `podweave_config_maps`.
    pub fn register_metrics(&self, registry: &mut MetricsRegistry) {
        metrics::register(
            registry,
            Arc::downgrade(&self.shared),
            &self.shared.context.metrics,
        );
    }
}

impl PodConfigMaps {
    /// Returns a ConfigMap that this pod refers to.
    ///
    /// # Errors
    /// Why there is no answer that is fresh enough. An absent ConfigMap is an answer, not an error.
    pub async fn get(&self, namespace: &str, name: &str, want: Want) -> Result<Answer, GetError> {
        match self.record.since(namespace, name) {
            Some(since) => self.shared.get(namespace, name, want, Some(since)).await,
            None => Err(self.shared.not_registered(NamespacedName::new(namespace, name))),
        }
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
        match (self.known.following, self.known.as_of) {
            (Following::Live, _) => Duration::ZERO,
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
    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock()
    }

    pub(crate) fn pods(&self) -> usize {
        self.registry().pods()
    }

    /// Updates the entries to match the registry. The registry is locked meanwhile, so that changes arrive in
    /// order.
    fn apply(&self, change: Change, now: Instant) {
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

    fn not_registered(&self, name: NamespacedName) -> GetError {
        self.context.metrics.ended(Ending::NotRegistered);
        GetError::NotRegistered { name }
    }

    async fn get(
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
    fn at_once(&self, entry: &Entry, demand: &Demand) -> Option<Answer> {
        entry.mark_used(self.context.sweep.load(Ordering::Relaxed));
        let known = entry.shown();
        let options = &self.context.options;
        let is_live = known.following == Following::Live && !options.strict;
        let is_fresh = is_live || Freshness::of(demand, &known, options, Instant::now).is_met(&known);
        // An answer that could not be confirmed is counted elsewhere.
        (is_fresh && known.failure.is_none()).then(|| {
            self.context.metrics.hit();
            Answer { known }
        })
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
            let known = entry.shown();
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
                    self.context.metrics.ended(Ending::Refused);
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
        let known = entry.shown();
        let freshness = Freshness::of(demand, &known, &self.context.options, || began);
        if freshness.is_met(&known) || freshness.allows_last_good(demand, &known, &self.context.options, now)
        {
            return Ok(self.answer(known, began));
        }
        let name = NamespacedName::clone(&entry.name);
        let error = known.failure.as_ref().map(|failure| Arc::clone(&failure.error));
        match known.as_of {
            Some(as_of) if known.is_known() && demand.max_age.is_some() => {
                self.context.metrics.ended(Ending::TooOld);
                Err(GetError::TooOld {
                    name,
                    age: now.duration_since(as_of),
                    error,
                })
            }
            _ => {
                self.context.metrics.ended(Ending::Unavailable);
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
            self.context.metrics.ended(Ending::Waited);
        } else {
            self.context.metrics.served_last_good(answer.age());
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
