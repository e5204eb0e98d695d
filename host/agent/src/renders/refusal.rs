//! The reasons why a container is not created now. The pod's status shows the text.

use std::sync::Arc;

use podweave_core::completion::CompletionError;
use podweave_pipeline::Error;

/// The reason why a container is not created now.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Refusal {
    /// The agent has not seen the pod yet.
    #[error("podweave: pod {pod} is not known to the agent yet: {why}. The kubelet tries again by itself")]
    UnknownPod {
        /// `namespace/name`.
        pod: String,
        /// What the agent waits for.
        why: String,
    },
    /// The pod's spec, as far as it was seen, does not have the container.
    #[error(
        "podweave: pod {pod} has no container {container:?} in the spec that the API server has sent. The kubelet tries again by itself"
    )]
    UnknownContainer {
        /// `namespace/name`.
        pod: String,
        /// Its name.
        container: String,
    },
    /// The pod as the API server has it cannot be read.
    #[error("podweave: pod {pod} cannot be read: {reason}")]
    Unreadable {
        /// `namespace/name`.
        pod: String,
        /// What is wrong, and where.
        reason: String,
    },
    /// A static pod has podweave annotations, which only pods of the API server can use.
    #[error(
        "podweave: pod {pod} is a static pod. podweave does not render for static pods, because the API server does not have their specs. Remove its podweave.dev annotations, or create it through the API server"
    )]
    StaticPod {
        /// `namespace/name`.
        pod: String,
    },
    /// The render failed.
    #[error("podweave: {0}")]
    Failed(Arc<Error>),
    /// The render is still running.
    #[error(
        "podweave: pod {pod}, container {container}: {what} is not ready after {waited_ms} ms. The kubelet tries again by itself"
    )]
    NotReady {
        /// `namespace/name`.
        pod: String,
        /// The container.
        container: String,
        /// What the container waits for: the render, or the plugin.
        what: String,
        /// How long that has taken so far.
        waited_ms: u128,
    },
    /// The result could not be completed with the container's own environment.
    #[error("podweave: pod {pod}, container {container}: {error}")]
    Completion {
        /// `namespace/name`.
        pod: String,
        /// The container.
        container: String,
        /// What is wrong.
        error: CompletionError,
    },
    /// The result cannot be handed to the runtime.
    #[error("podweave: pod {pod}, container {container}: {reason}")]
    Delivery {
        /// `namespace/name`.
        pod: String,
        /// The container.
        container: String,
        /// What is wrong and what to do.
        reason: String,
    },
}

impl Refusal {
    /// Whether it is a failure, for which `on-failure` decides. A pod that is not known or not ready yet is
    /// not one.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(
            self,
            Self::Failed(_) | Self::Completion { .. } | Self::Delivery { .. }
        )
    }
}
