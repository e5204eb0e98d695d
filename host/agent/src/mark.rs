//! What the agent and the guard agree on: which pods have opted in, and by which annotation the agent marks
//! containers that it has handled.

use std::collections::BTreeMap;

pub use podweave_core::annotations::is_ours;

/// The NRI name of the agent. The runtime names the owner of the annotations that it sets by its index and
/// this.
pub const AGENT_NAME: &str = "podweave";

/// The NRI index of the agent.
pub const AGENT_INDEX: &str = "50";

/// The NRI name of the guard, which `required-plugins.noderesource.dev` annotations have to name.
pub const GUARD_NAME: &str = "podweave-guard";

/// The NRI index of the guard.
pub const GUARD_INDEX: &str = "90";

/// The annotation of a container that the agent has handled: the digest of its result, or one of [`SKIPPED`]
/// and [`IGNORED`].
pub const MARK: &str = "podweave.dev/rendered";

/// The annotation of a container with the digest of what it has from its start: variables, arguments, mounts.
/// After a restart it shows the agent whether the state beside the container's files is about this container.
pub const FIXED: &str = "podweave.dev/fixed";

/// The mark of a container that nothing is rendered for.
pub const SKIPPED: &str = "skipped";

/// The mark of a container that started without what would have been rendered (`on-failure: ignore`).
pub const IGNORED: &str = "ignored";

/// Whether a PodSandbox is of a static pod, which the kubelet's annotation about the pod's source shows.
#[must_use]
pub fn is_static(annotations: &BTreeMap<String, String>) -> bool {
    const SOURCE: &str = "kubernetes.io/config.source";
    annotations.get(SOURCE).is_some_and(|source| source != "api")
}

/// Whether a pod has opted in: it has an annotation of podweave's domain, for the pod or for one container.
/// Reserved annotations count, too: an unnecessary mark costs nothing, and one rule for agent, guard and
/// admission policy leaves no gap between them.
#[must_use]
pub fn has_opted_in(annotations: &BTreeMap<String, String>) -> bool {
    annotations.keys().any(|key| is_ours(key))
}
