//! What the agent and the guard have to agree on: which pods have opted in, and how a container shows that the agent has dealt with it.

use std::collections::BTreeMap;

use podweave_core::annotations::DOMAIN;

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

/// Whether an annotation's key is of podweave's domain.
#[must_use]
pub fn is_ours(key: &str) -> bool {
    key.split_once('/').is_some_and(|(domain, _)| domain.strip_suffix(DOMAIN).is_some_and(|container| container.is_empty() || container.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn the_domain_is_the_pods_or_a_containers_and_nothing_that_looks_like_it() {
        for (key, ours) in [
            ("podweave.dev/plugin", true),
            ("web.podweave.dev/plugin", true),
            ("podweave.dev/anything", true),
            ("podweave.dev", false),
            ("podweave.dev.example.org/plugin", false),
            ("notpodweave.dev/plugin", false),
            ("example.org/podweave.dev/plugin", false),
        ] {
            assert_eq!(is_ours(key), ours, "{key}");
        }
    }
}
