//! The facts that a plugin can read beside ConfigMaps: enums, so that the compiler finds every place that a
//! new fact concerns.

use std::fmt;

/// A fact of the pod, the container or the node without a name of its own.
// Sorted by name, since the order of reads is part of the digest of a render's inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fact {
    /// The arguments of the spec.
    Args,
    /// The command of the spec.
    Command,
    /// The container's name.
    ContainerName,
    /// The container's image.
    Image,
    /// The name of the node.
    NodeName,
    /// The pod's name.
    PodName,
    /// The pod's namespace.
    PodNamespace,
    /// The pod's UID.
    PodUid,
    /// The pod's service account.
    ServiceAccount,
}

/// A fact that has a name: of a label, a port or a resource.
// Sorted by name, as `Fact`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NamedFact {
    /// An annotation of the pod.
    Annotation,
    /// A label of the pod.
    Label,
    /// A label of the node.
    NodeLabel,
    /// A port of the container.
    Port,
    /// A limit of the container.
    ResourceLimit,
    /// A request of the container.
    ResourceRequest,
}

impl Fact {
    /// Returns its name in the contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Args => "args",
            Self::Command => "command",
            Self::ContainerName => "container-name",
            Self::Image => "image",
            Self::NodeName => "node-name",
            Self::PodName => "pod-name",
            Self::PodNamespace => "pod-namespace",
            Self::PodUid => "pod-uid",
            Self::ServiceAccount => "service-account",
        }
    }
}

impl NamedFact {
    /// Returns its name in the contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Annotation => "annotation",
            Self::Label => "label",
            Self::NodeLabel => "node-label",
            Self::Port => "port",
            Self::ResourceLimit => "resource-limit",
            Self::ResourceRequest => "resource-request",
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl fmt::Display for NamedFact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_ordered_by_their_names() {
        let facts = {
            use Fact::*;
            [
                Args,
                Command,
                ContainerName,
                Image,
                NodeName,
                PodName,
                PodNamespace,
                PodUid,
                ServiceAccount,
            ]
        };
        assert!(facts.is_sorted() && facts.is_sorted_by_key(|fact| fact.name()));
        let named = {
            use NamedFact::*;
            [Annotation, Label, NodeLabel, Port, ResourceLimit, ResourceRequest]
        };
        assert!(named.is_sorted() && named.is_sorted_by_key(|fact| fact.name()));
    }
}
