//! The table of all pods of the node, with the renders of those that have opted in.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use arc_swap::ArcSwapOption;
use parking_lot::{Mutex, MutexGuard};
use podweave_config_maps::PodIdentity;
use tokio::sync::futures::OwnedNotified;
use tokio::sync::{Notify, Semaphore};

use super::annotations::ours;
use super::asks::Asks;
use super::binder::{Binder, Bound, Task};
use super::memory;
use super::parts::RenderParts;
use super::pod::PodRenders;
use super::pod_sandbox::PodSandbox;
use crate::pods::{NodePod, ReportedPod, WatchState};
use crate::room::{Room, Share};

/// How many records are read at a time, and how many are written.
const RECORDS_AT_A_TIME: usize = 2;

/// The table of all pods of the node. Clones share it.
#[derive(Clone)]
pub struct Renders(pub(super) Arc<Shared>);

pub(super) struct Shared {
    pub(super) parts: RenderParts,
    pods: Mutex<HashMap<String, Entry>>,
    binder: Binder,
    /// Held while ConfigMaps are registered or released for a pod, so that the registrations match the table.
    /// Taken before the table's own lock, which must not be held that long: a pod may name thousands of
    /// ConfigMaps.
    registering: Mutex<()>,
    /// The memory of pods, as they were seen.
    room: Room,
    /// The memory of results.
    pub(super) results: Room,
    /// For records that are read at a time: each takes some megabytes at worst.
    pub(super) reading_records: Semaphore,
    /// The same for those that are written. A container that waits for a record does not wait for these.
    pub(super) writing_records: Semaphore,
    /// Counts attempts.
    pub(super) attempts: AtomicU64,
    /// Wakes tasks that wait for a pod, or for a container of one.
    pub(super) applied: Arc<Notify>,
    /// The node's labels; `None` until they were read once.
    pub(super) labels: ArcSwapOption<BTreeMap<String, String>>,
}

/// The state of a pod.
struct Entry {
    seen: ReportedPod,
    /// Its binding, if it has opted in.
    asks: Asks,
    /// The memory that it takes.
    share: Option<Share>,
}

/// The state of a sandbox's pod.
pub enum Known {
    /// Unknown: neither the API server nor a record has it.
    Nothing,
    /// Why it cannot be read.
    Unreadable(String),
    /// It is being bound.
    Pending,
    /// It is bound, or being bound, to other annotations than the sandbox's: `bind_as` mends that.
    Otherwise,
    /// It is bound as the sandbox's annotations say.
    Bound(Arc<PodRenders>),
}

impl Renders {
    /// Creates an empty table.
    #[must_use]
    pub fn new(parts: RenderParts) -> Self {
        Self(Arc::new(Shared {
            parts,
            pods: Mutex::default(),
            binder: Binder::default(),
            registering: Mutex::default(),
            room: memory::of_pods(),
            results: memory::of_results(),
            reading_records: Semaphore::new(RECORDS_AT_A_TIME),
            writing_records: Semaphore::new(RECORDS_AT_A_TIME),
            attempts: AtomicU64::new(0),
            applied: Arc::default(),
            labels: ArcSwapOption::default(),
        }))
    }

    /// Sets the node's labels, which later renders use. Returns whether they are others than before.
    pub fn set_labels(&self, labels: BTreeMap<String, String>) -> bool {
        let is_change = self.0.labels.load().as_deref() != Some(&labels);
        if is_change {
            self.0.labels.store(Some(Arc::new(labels)));
        }
        is_change
    }

    /// Adds or updates a pod of the API server. If it is new and has opted in, it is bound, and rendering
    /// begins. Calls come one after the other.
    pub fn apply(&self, mut seen: ReportedPod) {
        let before = self.pods().get(&seen.uid).map(|entry| entry.asks.clone());
        // Large pods are compared and measured before the table is locked again. Changes in between do not
        // affect what is decided here.
        let asks = match (&seen.pod, before) {
            // A binding by the sandbox's annotations stays, whatever the API server reports by now.
            (Ok(pod), Some(asks)) if !pod.is_finished && asks.is_of(&pod.pod) => None,
            (Ok(pod), _)
                if !pod.is_finished && !pod.is_mirror && ours(&pod.pod.annotations).next().is_some() =>
            {
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
            // Release its old share first, so that it counts for the new one.
            let had = before.as_mut().map_or(Asks::Nothing, |entry| {
                entry.share = None;
                std::mem::replace(&mut entry.asks, Asks::Nothing)
            });
            let share = bytes.as_ref().ok().and_then(|bytes| self.0.room.take(*bytes));
            let has_asked = !had.is_nothing();
            let asks = match (&bytes, asks) {
                (Ok(bytes), _) if share.is_none() => {
                    seen.pod = Err(memory::no_room(*bytes));
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
        // Dropped outside of the lock: a large pod is freed piece by piece.
        drop(before);
        if is_over {
            self.unregister(&identity);
        }
        self.0.applied.notify_waiters();
    }

    /// Forgets a pod.
    pub fn forget(&self, uid: &str) {
        let forgotten = self.pods().remove(uid);
        // A pod that is being bound may have been bound before.
        if let Some(entry) = forgotten.filter(|entry| !entry.asks.is_nothing()) {
            self.unregister(&identity(&entry.seen));
        }
    }

    /// Releases the ConfigMaps of a pod that asks for nothing any more.
    fn unregister(&self, identity: &PodIdentity) {
        let _registering = self.registering();
        if self
            .pods()
            .get(&identity.uid)
            .is_none_or(|entry| entry.asks.is_nothing())
        {
            self.0.parts.config_maps.unregister(identity);
        }
    }

    /// Whether the pod may have containers created in future: it is known and not finished.
    #[must_use]
    pub fn is_alive(&self, uid: &str) -> bool {
        self.pods()
            .get(uid)
            .is_some_and(|entry| entry.seen.pod.as_ref().is_ok_and(|pod| !pod.is_finished))
    }

    /// Whether the pod is known from the API server or a record.
    #[must_use]
    pub fn is_known(&self, uid: &str) -> bool {
        self.pods().contains_key(uid)
    }

    /// Whether all containers of a pod have ended for good.
    #[must_use]
    pub fn is_finished(&self, uid: &str) -> bool {
        self.pods()
            .get(uid)
            .is_some_and(|entry| entry.seen.pod.as_ref().is_ok_and(|pod| pod.is_finished))
    }

    /// Returns the UIDs of all known pods.
    #[must_use]
    pub fn uids(&self) -> HashSet<String> {
        self.pods().keys().cloned().collect()
    }

    /// Returns a pod that is bound; `None` if it is not, or not yet.
    #[must_use]
    pub fn bound(&self, uid: &str) -> Option<Arc<PodRenders>> {
        self.pods().get(uid)?.asks.bound().cloned()
    }

    /// Whether the files of a pod's containers may be replaced, as far as is known: the pod is neither
    /// finished nor about to end.
    #[must_use]
    pub fn may_change(&self, uid: &str) -> bool {
        self.pods().get(uid).is_none_or(|entry| {
            entry
                .seen
                .pod
                .as_ref()
                .is_ok_and(|pod| !pod.is_finished && !pod.is_terminating)
        })
    }

    /// Returns the pods that have opted in.
    #[must_use]
    pub fn opted_in(&self) -> Vec<Arc<PodRenders>> {
        self.pods()
            .values()
            .filter_map(|entry| entry.asks.bound().cloned())
            .collect()
    }

    /// Returns the pods that have opted in and cannot be read, each with the reason.
    #[must_use]
    pub fn unreadable(&self) -> Vec<(PodIdentity, String)> {
        let pods = self.pods();
        let unreadable = pods.values().filter(|entry| entry.seen.has_opted_in);
        unreadable
            .filter_map(|entry| Some((identity(&entry.seen), entry.seen.pod.as_ref().err()?.clone())))
            .collect()
    }

    /// Returns the state of the watch of the pods.
    #[must_use]
    pub fn watch(&self) -> &WatchState {
        &self.0.parts.watch
    }

    /// Returns what is known of a PodSandbox's pod.
    pub(crate) fn lookup(&self, sandbox: &PodSandbox) -> Known {
        let asks = match self.pods().get(&sandbox.uid) {
            None => return Known::Nothing,
            Some(Entry {
                seen: ReportedPod { pod: Err(reason), .. },
                ..
            }) => return Known::Unreadable(reason.clone()),
            Some(entry) => entry.asks.clone(),
        };
        if !asks.is_as(sandbox) {
            return Known::Otherwise;
        }
        asks.bound()
            .map_or(Known::Pending, |renders| Known::Bound(Arc::clone(renders)))
    }

    /// Starts to bind a pod to the annotations of its PodSandbox, unless it is bound to them or about to be.
    pub(crate) fn bind_as(&self, sandbox: &PodSandbox) {
        let (seen, asks) = match self.pods().get(&sandbox.uid) {
            Some(Entry {
                seen: ReportedPod { pod: Ok(pod), .. },
                asks,
                ..
            }) => (pod.clone(), asks.clone()),
            _ => return,
        };
        if asks.is_as(sandbox) {
            return;
        }
        let bound = asks.bound();
        let task = Arc::new(Task {
            recorded: bound.map(|renders| renders.recorded.clone()).unwrap_or_default(),
            resolved_plugins: bound
                .map(|renders| Arc::clone(&renders.resolved_plugins))
                .unwrap_or_default(),
            ..Task::of_sandbox(&sandbox.uid, seen.clone(), &sandbox.annotations)
        });
        let mut pods = self.pods();
        // A change in the meantime is seen by the next look, for which it wakes the waiting tasks.
        if let Some(entry) = pods.get_mut(&sandbox.uid)
            && entry
                .seen
                .pod
                .as_ref()
                .is_ok_and(|now| Arc::ptr_eq(&now.pod, &seen.pod))
        {
            entry.asks = Asks::Pending(Arc::clone(&task));
            self.begin_binding(task);
        }
    }

    /// Adds a pod from its record, unless it is known already. False if there is no room for it.
    pub(super) fn take_recorded(&self, task: Task) -> bool {
        let Some(share) = self.0.room.take(task.seen.bytes()) else {
            return false;
        };
        let (namespace, name) = (
            task.seen.pod.namespace.clone(),
            task.seen.pod.manifest_name.clone(),
        );
        let seen = ReportedPod {
            uid: task.uid.clone(),
            namespace,
            name,
            has_opted_in: true,
            pod: Ok(task.seen.clone()),
        };
        let mut pods = self.pods();
        pods.entry(seen.uid.clone()).or_insert_with(|| {
            let task = Arc::new(task);
            self.begin_binding(Arc::clone(&task));
            Entry {
                seen,
                asks: Asks::Pending(task),
                share: Some(share),
            }
        });
        true
    }

    /// Waits until a pod is reported or bound after this call, so that another look at [`Renders::lookup`]
    /// may return something else.
    pub(crate) fn changed(&self) -> OwnedNotified {
        Arc::clone(&self.0.applied).notified_owned()
    }

    fn begin_binding(&self, task: Arc<Task>) {
        let renders = self.clone();
        self.0.parts.threads.spawn(async move {
            if let Some(bound) = renders.0.binder.bind(&task, || renders.is_wanted(&task)).await {
                renders.take_bound(&task, bound);
            }
        });
    }

    /// Whether the pod is still to be bound to this.
    fn is_wanted(&self, task: &Arc<Task>) -> bool {
        self.pods()
            .get(&task.uid)
            .is_some_and(|entry| entry.asks.is_task(task))
    }

    /// Takes a bound pod, and renders for its containers, unless the pod has changed meanwhile or is gone.
    fn take_bound(&self, task: &Arc<Task>, bound: Bound) {
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
            // Nothing to register, or a newer binding, whose registration replaces this one.
            self.unregister(&renders.identity);
            return;
        }
        for container in renders.each_container() {
            self.begin(&renders, container);
        }
        self.0.applied.notify_waiters();
    }

    fn registering(&self) -> MutexGuard<'_, ()> {
        self.0.registering.lock()
    }

    fn pods(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.0.pods.lock()
    }
}

fn identity(seen: &ReportedPod) -> PodIdentity {
    PodIdentity {
        namespace: seen.namespace.clone(),
        name: seen.name.clone(),
        uid: seen.uid.clone(),
    }
}
