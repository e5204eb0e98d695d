//! Why a container is not created now. The text is what the pod's status shows.

use std::sync::Arc;

use podweave_core::completion::CompletionError;
use podweave_pipeline::Error;

/// Why a container is not created now.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Refusal {
    /// The pod was not seen yet.
    #[error("podweave: pod {pod} is not known here yet: {why}. The kubelet tries again by itself")]
    UnknownPod {
        /// `namespace/name`.
        pod: String,
        /// What is waited for.
        why: String,
    },
    /// The container is in no spec that was seen.
    #[error("podweave: pod {pod} has no container {container:?} as far as the API server has told. The kubelet tries again by itself")]
    UnknownContainer {
        /// `namespace/name`.
        pod: String,
        /// Its name.
        container: String,
    },
    /// What the API server has cannot be read.
    #[error("podweave: pod {pod} cannot be read: {reason}")]
    Unreadable {
        /// `namespace/name`.
        pod: String,
        /// What is wrong, and where.
        reason: String,
    },
    /// A static pod asks for what only a pod of the API server can have.
    #[error(
        "podweave: pod {pod} is a static pod, for which podweave does not render, since its spec and ConfigMaps are not bound to it by the API server. Remove its podweave.dev annotations, or create it through the API server"
    )]
    StaticPod {
        /// `namespace/name`.
        pod: String,
    },
    /// It could not be rendered.
    #[error("podweave: {0}")]
    Failed(Arc<Error>),
    /// It is being rendered.
    #[error("podweave: pod {pod}, container {container}: {what} is not ready after {waited_ms} ms. The kubelet tries again by itself")]
    NotReady {
        /// `namespace/name`.
        pod: String,
        /// The container.
        container: String,
        /// What is waited for: the render, or the plugin.
        what: String,
        /// How long it has been under way.
        waited_ms: u128,
    },
    /// It could not be completed with the container's own environment.
    #[error("podweave: pod {pod}, container {container}: {error}")]
    Completion {
        /// `namespace/name`.
        pod: String,
        /// The container.
        container: String,
        /// What is wrong.
        error: CompletionError,
    },
    /// It cannot be handed to the runtime.
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
    /// Whether something has failed, so that `on-failure` decides. What is not known or not ready yet has not.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::Completion { .. } | Self::Delivery { .. })
    }
}
