//! Binds pods: reads what their annotations ask for.
//!
//! Reading annotations takes time that grows with their size, and every user who may create pods writes them.
//! So they are read neither under the table's lock nor on a thread that answers the runtime, but a few at a
//! time on the rendering threads, in the order in which pods came. A pod has one place in that order, however
//! often it changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use podweave_core::binding::Binding;
use podweave_core::needs::Needs;
use podweave_core::pod::Pod;
use podweave_pipeline::Error;
use tokio::sync::{OnceCell, Semaphore};

use super::annotations::{ours, with_annotations_of};
use super::pod_plugins::ResolvedPlugins;
use super::source::Recorded;
use crate::pods::NodePod;

/// The number of pods that are bound at the same time. Each takes some megabytes at worst while it is read.
const AT_A_TIME: usize = 2;

/// A pod that waits to be bound.
pub(super) struct Task {
    /// Its UID.
    pub uid: String,
    /// The pod as it was seen.
    pub seen: NodePod,
    /// The annotations that bind, if they are those of its sandbox instead of the pod's as it was seen.
    pub of_sandbox: Option<BTreeMap<String, String>>,
    /// The content of its record, if it was looked up already.
    pub recorded: OnceCell<Option<Arc<Recorded>>>,
    /// What its references to plugins resolve to, if that is known already.
    pub resolved_plugins: Arc<OnceCell<Arc<ResolvedPlugins>>>,
}

/// A pod with its bindings.
pub(super) struct Bound {
    /// The pod with the annotations that bind.
    pub pod: Arc<Pod>,
    /// The bindings by container, or the reason why they cannot be used.
    pub bindings: Result<Vec<Binding>, Arc<Error>>,
    /// The ConfigMaps that the plugins may read.
    pub needs: Needs,
}

/// Binds pods, a few at a time.
pub(super) struct Binder(Semaphore);

impl Default for Binder {
    fn default() -> Self {
        Self(Semaphore::new(AT_A_TIME))
    }
}

impl Task {
    /// Creates a pod to be bound by its own annotations, of which nothing else is known.
    pub fn new(uid: &str, seen: NodePod) -> Self {
        Self {
            uid: uid.to_owned(),
            seen,
            of_sandbox: None,
            recorded: OnceCell::new(),
            resolved_plugins: Arc::default(),
        }
    }

    /// Creates a pod to be bound by the podweave annotations among these.
    pub fn of_sandbox(uid: &str, seen: NodePod, annotations: &BTreeMap<String, String>) -> Self {
        let annotations = ours(annotations)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        Self {
            of_sandbox: Some(annotations),
            ..Self::new(uid, seen)
        }
    }

    /// Returns the annotations that bind.
    pub fn annotations(&self) -> &BTreeMap<String, String> {
        self.of_sandbox.as_ref().unwrap_or(&self.seen.pod.annotations)
    }

    /// The pod with the annotations that bind.
    pub fn bound_pod(&self) -> Arc<Pod> {
        match &self.of_sandbox {
            None => Arc::clone(&self.seen.pod),
            Some(annotations) => Arc::new(with_annotations_of(&self.seen.pod, annotations)),
        }
    }
}

impl Bound {
    /// Reads a pod's annotations.
    fn of(task: &Task) -> Self {
        let pod = task.bound_pod();
        let bindings = podweave_pipeline::bindings(&pod).map_err(Arc::new);
        let needs = bindings
            .as_ref()
            .map(|bindings| Needs::of(&pod, bindings))
            .unwrap_or_default();
        Self { pod, bindings, needs }
    }
}

impl Binder {
    /// Binds a pod when its turn comes; `None` if it is not needed any more by then. Has to run on the
    /// rendering threads.
    pub async fn bind(&self, task: &Arc<Task>, is_wanted: impl Fn() -> bool) -> Option<Bound> {
        // The semaphore is never closed.
        let _turn = self.0.acquire().await.ok()?;
        if !is_wanted() {
            return None;
        }
        let task = Arc::clone(task);
        tokio::task::spawn_blocking(move || Bound::of(&task)).await.ok()
    }
}
