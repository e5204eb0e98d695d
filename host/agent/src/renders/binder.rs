//! Binding pods: what their annotations ask for is worked out where nobody waits for it.
//!
//! Annotations are written by whoever may create pods, and reading them takes time that grows with them. So they are read neither under the table's
//! lock nor on a thread that answers the runtime, but a few at a time on threads of their own, in the order in which pods came. A pod has one
//! place in that order, however often it changes.

use std::sync::Arc;

use podweave_core::binding::Binding;
use podweave_core::needs::Needs;
use podweave_pipeline::{Error, Pipeline};
use tokio::sync::{OnceCell, Semaphore};

use super::plugins::Pins;
use super::source::{Recorded, Source};
use crate::pods::NodePod;

/// How many pods are bound at a time. Each takes some megabytes at worst while it is read.
const AT_A_TIME: usize = 2;

/// A pod that is to be bound.
pub(super) struct Task {
    /// Its UID.
    pub uid: String,
    /// The pod, with the annotations that bind.
    pub pod: NodePod,
    /// What its record had, if it was looked up already.
    pub recorded: OnceCell<Option<Arc<Recorded>>>,
    /// What its references to plugins mean, if that is known already.
    pub pins: Arc<OnceCell<Arc<Pins>>>,
}

/// What a pod's annotations ask for.
pub(super) struct Bound {
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
    /// A pod of which nothing is known but what the API server says.
    pub fn new(uid: &str, pod: NodePod) -> Self {
        Self { uid: uid.to_owned(), pod, recorded: OnceCell::new(), pins: Arc::default() }
    }
}

impl Bound {
    /// Reads a pod's annotations.
    pub fn of(pod: &NodePod) -> Self {
        let bindings = Pipeline::<Source>::bindings(&pod.pod).map_err(Arc::new);
        let needs = bindings.as_ref().map(|bindings| Needs::of(&pod.pod, bindings)).unwrap_or_default();
        Self { bindings, needs }
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
        tokio::task::spawn_blocking(move || Bound::of(&task.pod)).await.ok()
    }
}
