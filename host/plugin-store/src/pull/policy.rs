//! When a registry is asked for a plugin.

use podweave_core::oci_reference::OciReference;

/// When a registry is asked; the same policies as the kubelet's for images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullPolicy {
    /// Each time that a pod wants the plugin, because a tag may have moved.
    Always,
    /// If the plugin was not pulled before.
    IfNotPresent,
    /// Never. If the plugin was not pulled before, the pod does not start.
    Never,
}

impl PullPolicy {
    /// All policies.
    pub const ALL: [Self; 3] = [Self::Always, Self::IfNotPresent, Self::Never];

    /// The name that Kubernetes uses.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Always => "Always",
            Self::IfNotPresent => "IfNotPresent",
            Self::Never => "Never",
        }
    }

    /// The default of Kubernetes: `Always` for the tag `latest`, otherwise `IfNotPresent`.
    #[must_use]
    pub fn default_of(reference: &OciReference) -> Self {
        if reference.digest().is_none() && reference.tag() == Some("latest") {
            Self::Always
        } else {
            Self::IfNotPresent
        }
    }
}

#[cfg(test)]
mod tests {
    use podweave_core::digest::Digest;

    use super::*;

    fn reference(text: &str) -> OciReference {
        OciReference::parse(text).unwrap()
    }

    #[test]
    fn the_default_pull_policy_is_always_for_latest_only() {
        for (text, policy) in [
            ("a.b/c", PullPolicy::Always),
            ("a.b/c:latest", PullPolicy::Always),
            ("a.b/c:1", PullPolicy::IfNotPresent),
        ] {
            assert_eq!(PullPolicy::default_of(&reference(text)), policy, "{text}");
        }
        assert_eq!(
            PullPolicy::default_of(&reference("a.b/c:latest").with_digest(Digest::of(b""))),
            PullPolicy::IfNotPresent
        );
    }

    #[test]
    fn policies_have_the_names_of_kubernetes() {
        assert_eq!(
            PullPolicy::ALL.map(PullPolicy::name),
            ["Always", "IfNotPresent", "Never"]
        );
    }
}
