//! What the agent and the guard have to agree on: which pods have opted in, and how a container shows that the agent has dealt with it.

use std::collections::BTreeMap;

pub use podweave_core::annotations::is_ours;

/// The NRI name of the agent. Annotations that it sets are owned by its index and this.
pub const AGENT_NAME: &str = "podweave";

/// The NRI index of the agent.
pub const AGENT_INDEX: &str = "50";

/// The NRI name of the guard; what `required-plugins.noderesource.dev` names.
pub const GUARD_NAME: &str = "podweave-guard";

/// The NRI index of the guard.
pub const GUARD_INDEX: &str = "90";

/// The annotation of a container that the agent has dealt with: the digest of what it got, or one of [`SKIPPED`] and [`IGNORED`].
pub const MARK: &str = "podweave.dev/rendered";

/// The mark of a container that nothing is rendered for.
pub const SKIPPED: &str = "skipped";

/// The mark of a container that started without what would have been rendered (`on-failure: ignore`).
pub const IGNORED: &str = "ignored";

/// Whether a pod has opted in: whether it has any annotation of podweave's domain, be it the pod's or one container's. Reserved ones
/// count, too: what is marked needlessly costs nothing, and one rule for agent, guard and admission policy leaves no gap between them.
#[must_use]
pub fn has_opted_in(annotations: &BTreeMap<String, String>) -> bool {
    annotations.keys().any(|key| is_ours(key))
}
