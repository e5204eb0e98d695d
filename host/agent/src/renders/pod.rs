//! A pod that has opted in: its bindings, and the latest attempt for each container.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use podweave_config_maps::{ConfigMaps, PodConfigMaps, PodIdentity};
use podweave_core::binding::{Binding, OnFailure};
use podweave_core::digest::Digest;
use podweave_core::pod::Pod;
use podweave_pipeline::Error;
use tokio::sync::futures::Notified;
use tokio::sync::{Notify, OnceCell, Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::attempt::{Attempt, InRecordInput, Input};
use super::binder::{Bound, Task};
use super::pod_plugins::ResolvedPlugins;
use super::source::Recorded;

/// The number of containers of one pod that render at the same time: a pod of hundreds takes turns with the
/// others.
const RENDERS_AT_A_TIME: usize = 2;

/// The minimum interval at which a record with the same ConfigMaps is written again, only to update their
/// age.
const RECORD_AGAIN_AFTER: Duration = Duration::from_secs(3600);

/// A pod that has opted in.
pub struct PodRenders {
    /// The pod's identity.
    pub identity: PodIdentity,
    /// Its spec, with the annotations that bind.
    pub pod: Arc<Pod>,
    /// Its manifest for the record, as JSON.
    pub manifest: Arc<str>,
    /// The renders by container, or the reason why nothing can be rendered.
    pub containers: Result<BTreeMap<String, Arc<ContainerRenders>>, Arc<Error>>,
    pub(super) registered: PodConfigMaps,
    /// The content of its record, looked up when it is needed.
    pub(super) recorded: OnceCell<Option<Arc<Recorded>>>,
    /// What its references to plugins resolve to, from its record if it has one.
    pub(super) resolved_plugins: Arc<OnceCell<Arc<ResolvedPlugins>>>,
    /// What its record has; `None` until this process has written one. Locked during a write, so that the
    /// latest record stays.
    pub(super) in_record: tokio::sync::Mutex<Option<InRecord>>,
    turns: Semaphore,
    labelled: Mutex<Option<Labelled>>,
}

/// The node's labels, and the pod with them. All renders share it: a pod may have hundreds of containers.
type Labelled = (Option<Arc<BTreeMap<String, String>>>, Arc<Pod>);

/// What a record has.
pub(super) struct InRecord {
    /// Its ConfigMaps, sorted by namespace and name, without duplicates.
    pub inputs: Vec<InRecordInput>,
    pub labels: Option<Arc<BTreeMap<String, String>>>,
    pub plugins: BTreeMap<String, Digest>,
}

/// The renders of a container, and their latest attempt.
pub struct ContainerRenders {
    /// The bindings of the container.
    pub binding: Binding,
    state: Mutex<State>,
    ended: Notify,
}

#[derive(Default)]
struct State {
    latest: Option<Arc<Attempt>>,
    /// When the running attempt began.
    began: Option<Instant>,
    /// What the running attempt waits for.
    waits_for: String,
}

impl PodRenders {
    /// Registers the ConfigMaps that a bound pod refers to.
    pub(super) fn new(task: &Task, bound: Bound, config_maps: &ConfigMaps) -> Self {
        let pod = bound.pod;
        let name = pod.name.clone().unwrap_or_else(|| pod.manifest_name.clone());
        let identity = PodIdentity {
            namespace: pod.namespace.clone(),
            name,
            uid: task.uid.clone(),
        };
        let names = bound.needs.bound;
        let registered = config_maps.register(identity.clone(), names);
        let containers = bound.bindings.map(|bindings| {
            bindings
                .into_iter()
                .map(|binding| {
                    (
                        binding.container.clone(),
                        Arc::new(ContainerRenders::new(binding)),
                    )
                })
                .collect()
        });
        Self {
            identity,
            pod,
            manifest: Arc::clone(&task.seen.manifest),
            containers,
            registered,
            recorded: task.recorded.clone(),
            resolved_plugins: Arc::clone(&task.resolved_plugins),
            in_record: tokio::sync::Mutex::default(),
            turns: Semaphore::new(RENDERS_AT_A_TIME),
            labelled: Mutex::default(),
        }
    }

    /// Waits until one of the pod's containers may be rendered for.
    pub(super) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed, so a permit always comes in the end.
        self.turns.acquire().await.ok()
    }

    /// Returns the pod with these labels of its node.
    pub(super) fn labelled(&self, labels: Option<&Arc<BTreeMap<String, String>>>) -> Arc<Pod> {
        let mut latest = self.labelled.lock();
        if let Some((with, pod)) = &*latest
            && with.as_ref().map(Arc::as_ptr) == labels.map(Arc::as_ptr)
        {
            return Arc::clone(pod);
        }
        let mut pod = Pod::clone(&self.pod);
        pod.node_labels = labels.map(|labels| BTreeMap::clone(labels)).unwrap_or_default();
        let pod = Arc::new(pod);
        *latest = Some((labels.cloned(), Arc::clone(&pod)));
        pod
    }

    /// Whether a container starts even if its render has failed.
    #[must_use]
    pub fn ignores_failure_of(&self, container: &str) -> bool {
        let binding = self.container(container);
        binding.is_some_and(|container| container.binding.on_failure == OnFailure::Ignore)
    }

    /// Returns the renders of a container; `None` if nothing is rendered for it.
    #[must_use]
    pub fn container(&self, name: &str) -> Option<&Arc<ContainerRenders>> {
        self.containers.as_ref().ok()?.get(name)
    }

    /// Returns the containers; none if nothing can be rendered.
    pub fn each_container(&self) -> impl Iterator<Item = &Arc<ContainerRenders>> {
        self.containers.iter().flat_map(BTreeMap::values)
    }
}

impl InRecord {
    /// Whether it is as good: the same ConfigMaps, confirmed at a time that is not much earlier.
    pub(super) fn covers(
        &self,
        inputs: &[Input],
        labels: Option<&Arc<BTreeMap<String, String>>>,
        plugins: &BTreeMap<String, Digest>,
    ) -> bool {
        let is_known = |input: &Input| {
            let place = self
                .inputs
                .binary_search_by_key(&input.identity(), InRecordInput::identity);
            place.is_ok_and(|place| self.inputs[place].covers(input, RECORD_AGAIN_AFTER))
        };
        let has_labels = self.labels.as_ref().map(Arc::as_ptr) == labels.map(Arc::as_ptr);
        has_labels && self.plugins == *plugins && inputs.iter().all(is_known)
    }
}

impl ContainerRenders {
    fn new(binding: Binding) -> Self {
        Self {
            binding,
            state: Mutex::default(),
            ended: Notify::new(),
        }
    }

    /// Returns the ConfigMaps that its plugins may read, by namespace and name, possibly more than once.
    pub fn config_maps(&self) -> impl Iterator<Item = (&str, &str)> {
        let renders = self.binding.renders.iter();
        renders
            .flat_map(|render| &render.config_maps)
            .map(|reference| (&*reference.namespace, &*reference.name))
    }

    /// Returns the latest attempt that has ended.
    #[must_use]
    pub fn latest(&self) -> Option<Arc<Attempt>> {
        self.state().latest.clone()
    }

    /// Returns what the running attempt waits for, and since when.
    #[must_use]
    pub fn under_way(&self) -> Option<(String, Instant)> {
        let state = self.state();
        state.began.map(|began| (state.waits_for.clone(), began))
    }

    /// Returns a notification of the end of an attempt, which counts once it is enabled or polled.
    pub(super) fn ended(&self) -> Notified<'_> {
        self.ended.notified()
    }

    /// Notes that an attempt begins; false if one is running.
    pub(super) fn begin(&self, now: Instant) -> bool {
        let mut state = self.state();
        if state.began.is_some() {
            return false;
        }
        state.began = Some(now);
        state.waits_for = "its plugin".to_owned();
        true
    }

    /// Drops the latest attempt, because its result takes too much memory to be kept.
    pub(super) fn drop_latest(&self) {
        self.state().latest = None;
    }

    /// Notes what the running attempt waits for.
    pub(super) fn set_waits_for(&self, what: &str) {
        what.clone_into(&mut self.state().waits_for);
    }

    /// Notes that the attempt has ended; `None` if it was given up.
    pub(super) fn end(&self, attempt: Option<Arc<Attempt>>) {
        let mut state = self.state();
        state.began = None;
        if attempt.is_some() {
            state.latest = attempt;
        }
        drop(state);
        self.ended.notify_waiters();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}
