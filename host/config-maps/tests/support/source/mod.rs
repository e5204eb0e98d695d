//! A small API server with one store, whose answers can be held back, failed or delayed.

mod answering;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use podweave_config_maps::NamespacedName;
use podweave_config_maps::object::{Object, ResourceVersion};
use podweave_config_maps::source::{Event, FailureKind, Observer, Read, SourceError, Start};
use podweave_core::config_map::{ConfigMap, Value};
use tokio::sync::watch;
use tokio::time::Instant;

use super::{named, value_of};

/// A store of ConfigMaps that a test changes, and a source over it.
pub struct TestSource {
    state: Mutex<State>,
    changed: watch::Sender<u64>,
}

/// A change, and when it was made.
#[derive(Clone)]
struct Change {
    name: NamespacedName,
    event: Event,
    revision: u64,
    at: Instant,
}

#[derive(Default)]
struct State {
    revision: u64,
    compacted: u64,
    objects: HashMap<NamespacedName, Object>,
    history: Vec<Change>,
    uids: u64,
    outage: Option<SourceError>,
    frozen: bool,
    gets: Vec<(NamespacedName, Read)>,
    watches: Vec<(NamespacedName, Start)>,
    reads_in_flight: HashMap<NamespacedName, usize>,
    open: HashMap<NamespacedName, usize>,
    latency: Duration,
    lag: Duration,
    /// The answers of cached reads, where the cache is behind.
    behind: HashMap<NamespacedName, Option<Object>>,
    /// Live watches with a lower number are cut.
    cut: u64,
    opened: u64,
}

impl State {
    fn record(&mut self, name: NamespacedName, event: Event) {
        self.history.push(Change {
            name,
            event,
            revision: self.revision,
            at: Instant::now(),
        });
    }
}

impl TestSource {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::default(),
            changed: watch::Sender::new(0),
        })
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state.lock().unwrap());
        self.changed.send_modify(|count| *count += 1);
        result
    }

    /// Creates a ConfigMap or changes it: `key` gets this value.
    pub fn put(&self, name: &str, value: &str) -> u64 {
        self.put_object(name, Value::text(value), false)
    }

    /// The same with a value of `binaryData`.
    pub fn put_binary(&self, name: &str, value: &[u8]) -> u64 {
        self.put_object(name, Value::bytes(value.to_vec()), false)
    }

    /// The same for an immutable one.
    pub fn put_immutable(&self, name: &str, value: &str) -> u64 {
        self.put_object(name, Value::text(value), true)
    }

    fn put_object(&self, name: &str, value: Value, immutable: bool) -> u64 {
        let name = named(name);
        self.change(|state| {
            state.revision += 1;
            let uid = state.objects.get(&name).map(|object| Arc::clone(&object.uid));
            let uid = uid.unwrap_or_else(|| {
                state.uids += 1;
                format!("uid-{}", state.uids).into()
            });
            let config_map = Arc::new(ConfigMap::new(&name.namespace, &name.name).with("key", value));
            let object = Object {
                immutable,
                ..Object::new(config_map, uid, ResourceVersion(state.revision))
            };
            state.objects.insert(name.clone(), object.clone());
            state.record(name, Event::Applied(object));
            state.revision
        })
    }

    /// Sets or removes the annotation `podweave.dev/hold` of an existing ConfigMap. Its contents, which the API
    /// server sends again, are equal and not the same.
    pub fn hold(&self, name: &str, why: Option<&str>) {
        let name = named(name);
        self.change(|state| {
            state.revision += 1;
            let resource_version = ResourceVersion(state.revision);
            let object = state.objects.get_mut(&name).expect("it exists");
            object.config_map = Arc::new(ConfigMap::clone(&object.config_map));
            object.resource_version = resource_version;
            object.hold = why.map(Into::into);
            let event = Event::Applied(object.clone());
            state.record(name, event);
        });
    }

    pub fn delete(&self, name: &str) {
        let name = named(name);
        self.change(|state| {
            if state.objects.remove(&name).is_some() {
                state.revision += 1;
                let event = Event::Deleted(ResourceVersion(state.revision));
                state.record(name, event);
            }
        });
    }

    /// Freezes what cached reads of this ConfigMap answer at the current state.
    pub fn let_cache_fall_behind(&self, name: &str) {
        let name = named(name);
        self.change(|state| {
            let object = state.objects.get(&name).cloned();
            state.behind.insert(name, object);
        });
    }

    /// Lets cached reads answer the current state.
    pub fn let_caches_catch_up(&self) {
        self.change(|state| state.behind.clear());
    }

    pub fn is_immutable(&self, name: &str) -> bool {
        self.state
            .lock()
            .unwrap()
            .objects
            .get(&named(name))
            .is_some_and(|object| object.immutable)
    }

    /// Lets all requests fail from now on, and breaks open watches.
    pub fn fail(&self, kind: FailureKind, message: &str) {
        self.fail_with(SourceError::new(kind, message));
    }

    pub fn fail_with(&self, error: SourceError) {
        self.change(|state| {
            state.outage = Some(error);
            state.cut = state.opened;
        });
    }

    /// Lets requests be answered again.
    pub fn mend(&self) {
        self.change(|state| {
            state.outage = None;
            state.frozen = false;
        });
    }

    /// Answers no request and sends no event, as a stopped process.
    pub fn freeze(&self) {
        self.change(|state| state.frozen = true);
    }

    /// Breaks open watches; new ones are answered.
    pub fn cut(&self) {
        self.change(|state| state.cut = state.opened);
    }

    /// Forgets the history, so that a watch from an older version is expired.
    pub fn compact(&self) {
        self.change(|state| {
            state.compacted = state.revision;
            state.history.clear();
        });
    }

    /// Replaces the store by another one, in which this ConfigMap has an older version.
    pub fn restore_from_backup(&self, name: &str, value: &str, revision: u64) {
        let name = named(name);
        self.change(|state| {
            let config_map =
                Arc::new(ConfigMap::new(&name.namespace, &name.name).with("key", Value::text(value)));
            let object = Object::new(config_map, "restored", ResourceVersion(revision));
            state.objects = HashMap::from([(name, object)]);
            state.history.clear();
            state.compacted = u64::MAX;
            state.cut = state.opened;
        });
    }

    /// Sets how long a request takes to the store, and its answer back.
    pub fn set_latency(&self, latency: Duration) {
        self.change(|state| state.latency = latency);
    }

    /// Sets how far watches are behind the store.
    pub fn set_lag(&self, lag: Duration) {
        self.change(|state| state.lag = lag);
    }

    /// Returns and forgets the reads so far.
    pub fn take_gets(&self) -> Vec<(NamespacedName, Read)> {
        std::mem::take(&mut self.state.lock().unwrap().gets)
    }

    /// Returns and forgets the watches that were started so far.
    pub fn take_watches(&self) -> Vec<(NamespacedName, Start)> {
        std::mem::take(&mut self.state.lock().unwrap().watches)
    }

    /// Returns how many watches are open, or being opened.
    pub fn open_watches(&self) -> usize {
        self.state.lock().unwrap().open.values().sum()
    }

    /// Returns the greatest number of watches that were open at once for one ConfigMap.
    pub fn watches_of(&self, name: &str) -> usize {
        self.state
            .lock()
            .unwrap()
            .open
            .get(&named(name))
            .copied()
            .unwrap_or_default()
    }

    pub fn value(&self, name: &NamespacedName) -> Option<String> {
        self.state
            .lock()
            .unwrap()
            .objects
            .get(name)
            .map(|object| value_of(&object.config_map))
    }

    pub fn revision(&self) -> u64 {
        self.state.lock().unwrap().revision
    }

    /// Starts a fresh watch as the API server's source does: by a read, whose answer has only the object's
    /// own version. If there is no object, one more read says in which version there is none. Returns the
    /// version to continue from.
    async fn tell_current(
        &self,
        name: &NamespacedName,
        mut sent: Instant,
        observe: &mut Observer<'_>,
    ) -> Result<Option<u64>, SourceError> {
        let mut at = None;
        loop {
            let (object, revision) = {
                let state = self.state.lock().unwrap();
                (state.objects.get(name).cloned(), state.revision)
            };
            self.way_back().await;
            let resume = at
                .is_some()
                .then_some(revision)
                .or_else(|| object.as_ref().map(|object| object.resource_version.0));
            if observe(Event::Current {
                object,
                at: at.map(|()| ResourceVersion(revision)),
                sent,
            })
            .is_break()
            {
                return Ok(None);
            }
            if resume.is_some() {
                return Ok(resume);
            }
            at = Some(());
            sent = Instant::now();
            self.admitted().await?;
        }
    }

    async fn way_back(&self) {
        let latency = self.state.lock().unwrap().latency;
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
    }

    /// Waits until requests are answered, and then for the latency; or fails.
    async fn admitted(&self) -> Result<(), SourceError> {
        let mut changed = self.changed.subscribe();
        loop {
            let (frozen, outage) = {
                let state = self.state.lock().unwrap();
                (state.frozen, state.outage.clone())
            };
            if let Some(error) = outage {
                self.way_back().await;
                return Err(error);
            }
            if !frozen {
                self.way_back().await;
                return Ok(());
            }
            changed.changed().await.unwrap();
        }
    }
}
