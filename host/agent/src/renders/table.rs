//! All pods of the node, and what is rendered for those that have opted in.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use podweave_config_maps::{ConfigMaps, PodIdentity};
use podweave_core::limits::{Limits, human_size};
use podweave_core::pod::Pod;
use podweave_plugin_store::Store;
use tokio::runtime::Handle;
use tokio::sync::futures::OwnedNotified;
use tokio::sync::{Notify, Semaphore};

use super::binder::{Binder, Bound, Task};
use super::pod::{PodRenders, ours, with_annotations_of};
use super::recording::RECORDS_AT_A_TIME;
use super::room::{LARGE_PODS, Room, Share};
use crate::metrics::Metrics;
use crate::pods::{NodePod, Seen, WatchState};
use crate::pull_secrets::PullSecrets;
use crate::records::Records;

/// What renders are made with.
pub struct Parts {
    /// The ConfigMaps of the node's pods.
    pub config_maps: ConfigMaps,
    /// How old a ConfigMap may be that nobody can confirm.
    pub max_age: Option<Duration>,
    /// Where plugins run.
    pub sandbox: Arc<podweave_sandbox::Sandbox>,
    /// Where plugins come from.
    pub store: Arc<Store>,
    /// What pods bring to get them.
    pub pull_secrets: PullSecrets,
    /// What a container's renders may cost.
    pub limits: Limits,
    /// The threads on which plugins run: none of those that answer the runtime, so that a plugin delays nobody but its own pod.
    pub threads: Handle,
    /// What is kept for the time after a restart.
    pub records: Arc<Records>,
    /// How the watch of the pods stands.
    pub watch: WatchState,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

/// A pod's sandbox as the runtime has it.
#[derive(Debug, Clone)]
pub struct Sandbox {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod's name.
    pub name: String,
    /// The pod's UID.
    pub uid: String,
    /// The annotations that the pod had when its sandbox was made: they opt in and bind, whatever the API server has by now.
    pub annotations: BTreeMap<String, String>,
}

/// All pods of the node. Clones are the same table.
#[derive(Clone)]
pub struct Renders(pub(super) Arc<Shared>);

pub(super) struct Shared {
    pub(super) parts: Parts,
    pods: Mutex<HashMap<String, Entry>>,
    binder: Binder,
    /// Held while ConfigMaps are registered for a pod, or no longer: what is registered is what the table has. Taken before the table's own lock, under which
    /// that would be too much work, since a pod may name thousands.
    registering: Mutex<()>,
    /// For pods, as they were seen.
    room: Room,
    /// For results of renders.
    pub(super) results: Room,
    /// For records that are read or written at a time: each takes some megabytes at worst.
    pub(super) records: Semaphore,
    /// Wakes who waits for a pod, or for a container of one.
    pub(super) applied: Arc<Notify>,
    /// `None` until they were read once.
    pub(super) labels: ArcSwapOption<BTreeMap<String, String>>,
}

/// What is known of a pod.
struct Entry {
    seen: Seen,
    /// What it asks for, if it has opted in.
    asks: Asks,
    /// The memory that it takes.
    share: Option<Share>,
}

/// What a pod asks for.
#[derive(Clone)]
enum Asks {
    /// Nothing: it has not opted in, or is finished, or cannot be read.
    Nothing,
    /// It is being bound.
    Pending(Arc<Task>),
    /// It is bound.
    Bound(Arc<PodRenders>),
}

/// What is known of a sandbox's pod.
pub enum Known {
    /// Nothing: neither the API server nor a record has told of it.
    Nothing,
    /// Why it cannot be read.
    Unreadable(String),
    /// It is being bound.
    Pending,
    /// It is bound as the sandbox's annotations say.
    Bound(Arc<PodRenders>),
}

impl Asks {
    /// The annotations that bind the pod; `None` if it asks for nothing.
    fn annotations(&self) -> Option<&BTreeMap<String, String>> {
        match self {
            Self::Nothing => None,
            Self::Pending(task) => Some(task.annotations()),
            Self::Bound(renders) => Some(&renders.pod.annotations),
        }
    }

    /// Whether it is what this pod asks for, whatever annotations of podweave's the pod has by now.
    fn is_of(&self, pod: &Pod) -> bool {
        match self {
            Self::Nothing => false,
            Self::Pending(task) => with_annotations_of(pod, task.annotations()) == *task.bound_pod(),
            Self::Bound(renders) => with_annotations_of(pod, &renders.pod.annotations) == *renders.pod,
        }
    }

    fn bound(&self) -> Option<&Arc<PodRenders>> {
        match self {
            Self::Bound(renders) => Some(renders),
            Self::Nothing | Self::Pending(_) => None,
        }
    }

    fn is_task(&self, task: &Arc<Task>) -> bool {
        matches!(self, Self::Pending(pending) if Arc::ptr_eq(pending, task))
    }

    fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }
}

impl Renders {
    /// An empty table.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(Shared {
            parts,
            pods: Mutex::default(),
            binder: Binder::default(),
            registering: Mutex::default(),
            room: Room::default(),
            results: Room::default(),
            records: Semaphore::new(RECORDS_AT_A_TIME),
            applied: Arc::default(),
            labels: ArcSwapOption::default(),
        }))
    }

    /// Takes the node's labels: a render after this sees them.
    pub fn set_labels(&self, labels: BTreeMap<String, String>) {
        if self.0.labels.load().as_deref() != Some(&labels) {
            self.0.labels.store(Some(Arc::new(labels)));
        }
    }

    /// Takes what the API server has of a pod. If it is new and has opted in, it is bound, and rendering begins. Calls come one after the other.
    pub fn apply(&self, mut seen: Seen) {
        let before = self.pods().get(&seen.uid).map(|entry| entry.asks.clone());
        // Pods are compared and weighed before the table is locked again: they may be large. What comes between changes nothing about what is decided here.
        let asks = match (&seen.pod, before) {
            // What the sandbox said it is bound to stays, whatever the API server says by now.
            (Ok(pod), Some(asks)) if !pod.is_finished && asks.is_of(&pod.pod) => None,
            (Ok(pod), _) if !pod.is_finished && !pod.is_mirror && ours(&pod.pod.annotations).next().is_some() => {
                Some(Asks::Pending(Arc::new(Task::new(&seen.uid, pod.clone()))))
            }
            _ => Some(Asks::Nothing),
        };
        let bytes = seen.pod.as_ref().map(NodePod::bytes);
        let identity = identity(&seen);
        let (mut before, is_over);
        {
            let mut pods = self.pods();
            before = pods.remove(&seen.uid);
            // What it took until now is free for what it takes from now on.
            let had = before.as_mut().map_or(Asks::Nothing, |entry| {
                entry.share = None;
                std::mem::replace(&mut entry.asks, Asks::Nothing)
            });
            let share = bytes.as_ref().ok().and_then(|bytes| self.0.room.of_pod(*bytes));
            let has_asked = !had.is_nothing();
            let asks = match (&bytes, asks) {
                (Ok(bytes), _) if share.is_none() => {
                    seen.pod = Err(no_room(*bytes));
                    Asks::Nothing
                }
                (_, None) => had,
                (_, Some(asks)) => {
                    if let Asks::Pending(task) = &asks {
                        self.begin_binding(Arc::clone(task));
                    }
                    asks
                }
            };
            is_over = has_asked && asks.is_nothing();
            pods.insert(seen.uid.clone(), Entry { seen, asks, share });
        }
        // Not under the lock: a large pod is freed piece by piece.
        drop(before);
        if is_over {
            self.unregister(&identity);
        }
        self.0.applied.notify_waiters();
    }

    /// Forgets a pod.
    pub fn forget(&self, uid: &str) {
        let forgotten = self.pods().remove(uid);
        // One that is being bound may have been bound before.
        if let Some(entry) = forgotten.filter(|entry| !entry.asks.is_nothing()) {
            self.unregister(&identity(&entry.seen));
        }
    }

    /// Lets go the ConfigMaps of a pod that asks for nothing any more.
    fn unregister(&self, identity: &PodIdentity) {
        let _registering = self.registering();
        if self.pods().get(&identity.uid).is_none_or(|entry| entry.asks.is_nothing()) {
            self.0.parts.config_maps.unregister(identity);
        }
    }

    /// Whether the pod may have containers created in future: it is known and not finished.
    #[must_use]
    pub fn is_alive(&self, uid: &str) -> bool {
        self.pods().get(uid).is_some_and(|entry| entry.seen.pod.as_ref().is_ok_and(|pod| !pod.is_finished))
    }

    /// Whether the API server, or a record, has told of the pod.
    #[must_use]
    pub fn is_known(&self, uid: &str) -> bool {
        self.pods().contains_key(uid)
    }

    /// Whether all containers of a pod have ended for good.
    #[must_use]
    pub fn is_finished(&self, uid: &str) -> bool {
        self.pods().get(uid).is_some_and(|entry| entry.seen.pod.as_ref().is_ok_and(|pod| pod.is_finished))
    }

    /// The UIDs of all pods that are known.
    #[must_use]
    pub fn uids(&self) -> HashSet<String> {
        self.pods().keys().cloned().collect()
    }

    /// Those that have opted in.
    #[must_use]
    pub fn opted_in(&self) -> Vec<Arc<PodRenders>> {
        self.pods().values().filter_map(|entry| entry.asks.bound().cloned()).collect()
    }

    /// Those that have opted in and cannot be read, each with the reason.
    #[must_use]
    pub fn unreadable(&self) -> Vec<(PodIdentity, String)> {
        let pods = self.pods();
        let unreadable = pods.values().filter(|entry| entry.seen.has_opted_in);
        unreadable.filter_map(|entry| Some((identity(&entry.seen), entry.seen.pod.as_ref().err()?.clone()))).collect()
    }

    /// How the watch of the pods stands.
    #[must_use]
    pub fn watch(&self) -> &WatchState {
        &self.0.parts.watch
    }

    /// What is known of a sandbox's pod. One that is bound to other annotations than the sandbox's begins to be bound to those.
    pub(crate) fn known(&self, sandbox: &Sandbox) -> Known {
        let (seen, asks) = match self.pods().get(&sandbox.uid) {
            None => return Known::Nothing,
            Some(Entry { seen: Seen { pod: Err(reason), .. }, .. }) => return Known::Unreadable(reason.clone()),
            Some(Entry { seen: Seen { pod: Ok(pod), .. }, asks, .. }) => (pod.clone(), asks.clone()),
        };
        if asks.annotations().is_some_and(|annotations| ours(annotations).eq(ours(&sandbox.annotations))) {
            return asks.bound().map_or(Known::Pending, |renders| Known::Bound(Arc::clone(renders)));
        }
        let bound = asks.bound();
        let task = Arc::new(Task {
            recorded: bound.map(|renders| renders.recorded.clone()).unwrap_or_default(),
            pins: bound.map(|renders| Arc::clone(&renders.pins)).unwrap_or_default(),
            ..Task::of_sandbox(&sandbox.uid, seen.clone(), &sandbox.annotations)
        });
        let mut pods = self.pods();
        // What has come meanwhile is looked at by who asks next, which is woken by it.
        if let Some(entry) = pods.get_mut(&sandbox.uid)
            && entry.seen.pod.as_ref().is_ok_and(|now| Arc::ptr_eq(&now.pod, &seen.pod))
        {
            entry.asks = Asks::Pending(Arc::clone(&task));
            self.begin_binding(task);
        }
        Known::Pending
    }

    /// Takes a pod that a record has, unless it is known already. False if there is no room for it.
    pub(super) fn take_recorded(&self, task: Task) -> bool {
        let Some(share) = self.0.room.of_pod(task.seen.bytes()) else { return false };
        let (namespace, name) = (task.seen.pod.namespace.clone(), task.seen.pod.manifest_name.clone());
        let seen = Seen { uid: task.uid.clone(), namespace, name, has_opted_in: true, pod: Ok(task.seen.clone()) };
        let mut pods = self.pods();
        pods.entry(seen.uid.clone()).or_insert_with(|| {
            let task = Arc::new(task);
            self.begin_binding(Arc::clone(&task));
            Entry { seen, asks: Asks::Pending(task), share: Some(share) }
        });
        true
    }

    /// Waits until a pod is told or bound after this call: until another look at [`Renders::known`] may show something else.
    pub(crate) fn changed(&self) -> OwnedNotified {
        Arc::clone(&self.0.applied).notified_owned()
    }

    fn begin_binding(&self, task: Arc<Task>) {
        let renders = self.clone();
        self.0.parts.threads.spawn(async move {
            if let Some(bound) = renders.0.binder.bind(&task, || renders.is_wanted(&task)).await {
                renders.bound(&task, bound);
            }
        });
    }

    /// Whether this is still what a pod is to be bound to.
    fn is_wanted(&self, task: &Arc<Task>) -> bool {
        self.pods().get(&task.uid).is_some_and(|entry| entry.asks.is_task(task))
    }

    /// A pod is bound: its containers are rendered for, unless the pod has changed meanwhile or is gone.
    fn bound(&self, task: &Arc<Task>, bound: Bound) {
        let registering = self.registering();
        if !self.is_wanted(task) {
            return;
        }
        let renders = Arc::new(PodRenders::new(task, bound, &self.0.parts.config_maps));
        let is_wanted = match self.pods().get_mut(&task.uid) {
            Some(entry) if entry.asks.is_task(task) => {
                entry.asks = Asks::Bound(Arc::clone(&renders));
                true
            }
            _ => false,
        };
        drop(registering);
        if !is_wanted {
            // Nothing, or what the pod asks for by now: whose registration takes the place of this one.
            self.unregister(&renders.identity);
            return;
        }
        for container in renders.each_container() {
            self.begin(&renders, container);
        }
        self.0.applied.notify_waiters();
    }

    fn registering(&self) -> MutexGuard<'_, ()> {
        self.0.registering.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pods(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        // Entries are changed whole.
        self.0.pods.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn no_room(bytes: usize) -> String {
    format!(
        "what podweave reads of it takes {} of memory, and the large pods of this node have {} together; make it smaller, or move it to another node",
        human_size(bytes),
        human_size(LARGE_PODS)
    )
}

fn identity(seen: &Seen) -> PodIdentity {
    PodIdentity { namespace: seen.namespace.clone(), name: seen.name.clone(), uid: seen.uid.clone() }
}
