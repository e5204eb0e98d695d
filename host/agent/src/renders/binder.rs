//! Binding pods: reading what their annotations ask for.
//!
//! Reading annotations takes time that grows with them, and anyone who may create pods writes them. So they are read neither under the table's lock nor on
//! a thread that answers the runtime, but a few at a time on threads of their own, in the order in which pods came. A pod has one place in that
//! order, however often it changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use podweave_core::binding::Binding;
use podweave_core::needs::Needs;
use podweave_core::pod::Pod;
use podweave_pipeline::{Error, Pipeline};
use tokio::sync::{OnceCell, Semaphore};

use super::plugins::Pins;
use super::pod::{ours, with_annotations_of};
use super::source::{Recorded, Source};
use crate::pods::NodePod;

/// How many pods are bound at a time. Each takes some megabytes at worst while it is read.
const AT_A_TIME: usize = 2;

/// A pod that is to be bound.
pub(super) struct Task {
    /// Its UID.
    pub uid: String,
    /// The pod as it was seen.
    pub seen: NodePod,
    /// The annotations that bind, if they are not those of the pod as it was seen but of its sandbox.
    pub of_sandbox: Option<BTreeMap<String, String>>,
    /// What its record had, if it was looked up already.
    pub recorded: OnceCell<Option<Arc<Recorded>>>,
    /// What its references to plugins mean, if that is known already.
    pub pins: Arc<OnceCell<Arc<Pins>>>,
}

/// What a pod's annotations ask for.
pub(super) struct Bound {
    /// The pod with the annotations that bind.
    pub pod: Arc<Pod>,
    /// By container; why they cannot be used.
    pub bindings: Result<Vec<Binding>, Arc<Error>>,
    /// What plugins may read of ConfigMaps.
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
    /// A pod that is bound by its own annotations, and of which nothing else is known.
    pub fn new(uid: &str, seen: NodePod) -> Self {
        Self { uid: uid.to_owned(), seen, of_sandbox: None, recorded: OnceCell::new(), pins: Arc::default() }
    }

    /// A pod that is bound by those of these annotations that are podweave's.
    pub fn of_sandbox(uid: &str, seen: NodePod, annotations: &BTreeMap<String, String>) -> Self {
        let annotations = ours(annotations).map(|(key, value)| (key.clone(), value.clone())).collect();
        Self { of_sandbox: Some(annotations), ..Self::new(uid, seen) }
    }

    /// The annotations that bind.
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
        let bindings = Pipeline::<Source>::bindings(&pod).map_err(Arc::new);
        let needs = bindings.as_ref().map(|bindings| Needs::of(&pod, bindings)).unwrap_or_default();
        Self { pod, bindings, needs }
    }
}

impl Binder {
    /// Binds a pod when its turn comes; `None` if it is not wanted any more by then. Has to run on the threads that render.
    pub async fn bind(&self, task: &Arc<Task>, is_wanted: impl Fn() -> bool) -> Option<Bound> {
        // It is never closed.
        let _turn = self.0.acquire().await.ok()?;
        if !is_wanted() {
            return None;
        }
        let task = Arc::clone(task);
        tokio::task::spawn_blocking(move || Bound::of(&task)).await.ok()
    }
}
