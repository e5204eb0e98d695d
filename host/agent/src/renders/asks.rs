//! What a pod asks for: the state of its binding.

use std::collections::BTreeMap;
use std::sync::Arc;

use podweave_core::pod::Pod;

use super::annotations::{ours, with_annotations_of};
use super::binder::Task;
use super::pod::PodRenders;
use super::pod_sandbox::PodSandbox;

/// The state of a pod's binding.
#[derive(Clone)]
pub(super) enum Asks {
    /// None: the pod has not opted in, or is finished, or cannot be read.
    Nothing,
    /// It is being bound.
    Pending(Arc<Task>),
    /// It is bound.
    Bound(Arc<PodRenders>),
}

impl Asks {
    /// Returns the annotations that bind the pod; `None` if it asks for nothing.
    pub(super) fn annotations(&self) -> Option<&BTreeMap<String, String>> {
        match self {
            Self::Nothing => None,
            Self::Pending(task) => Some(task.annotations()),
            Self::Bound(renders) => Some(&renders.pod.annotations),
        }
    }

    /// Whether it is the binding of this pod, whatever podweave annotations the pod has by now.
    pub(super) fn is_of(&self, pod: &Pod) -> bool {
        match self {
            Self::Nothing => false,
            Self::Pending(task) => with_annotations_of(pod, task.annotations()) == *task.bound_pod(),
            Self::Bound(renders) => with_annotations_of(pod, &renders.pod.annotations) == *renders.pod,
        }
    }

    /// Whether the pod is bound, or about to be, to the annotations of this PodSandbox.
    pub(super) fn is_as(&self, sandbox: &PodSandbox) -> bool {
        self.annotations()
            .is_some_and(|annotations| ours(annotations).eq(ours(&sandbox.annotations)))
    }

    pub(super) fn bound(&self) -> Option<&Arc<PodRenders>> {
        match self {
            Self::Bound(renders) => Some(renders),
            Self::Nothing | Self::Pending(_) => None,
        }
    }

    pub(super) fn is_task(&self, task: &Arc<Task>) -> bool {
        matches!(self, Self::Pending(pending) if Arc::ptr_eq(pending, task))
    }

    pub(super) fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }
}
