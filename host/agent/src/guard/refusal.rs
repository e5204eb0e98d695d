//! The reasons why the guard refuses a container. The text becomes the pod's status: what, why and what to
//! do, in one line.

use podweave_core::text::{list, quoted};

use super::required_plugins::{BARE, POD};
use crate::mark::{AGENT_NAME, GUARD_NAME, MARK};
use crate::seal::SEAL;

/// The reason why a container of an opted-in pod may not be created.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The runtime's request lacks something that it must have.
    #[error(
        "the runtime's request has no {what}, so the guard cannot check whether the container is configured; report this with the runtime's version"
    )]
    Incomplete {
        /// What is missing.
        what: &'static str,
    },
    /// The pod comes from a file on the node or a URL, not from the API server.
    #[error(
        "this is a static pod, and podweave configures only pods of the API server, whose specs it can read; remove podweave's annotations \
         from its manifest on the node"
    )]
    Static,
    /// The runtime would not notice that the guard is gone.
    #[error(
        "the runtime's own validator is off, and without it unconfigured containers could start while podweave's processes are away; set \
         default_validator.enable = true in the runtime's NRI configuration and restart the runtime (docs/installation.md)"
    )]
    ValidatorOff,
    /// The pod does not require the guard.
    #[error(
        "the pod lacks the annotation {POD}: it is older than podweave's admission policies, or they are not installed; install them \
         (docs/installation.md), then recreate the pod"
    )]
    GuardNotRequired,
    /// The pod's requirement has a form that may hide another.
    #[error(
        "the annotation {BARE} has no scope and may contradict the others; move its list to {POD} in the pod's template"
    )]
    UnscopedRequirement,
    /// A requirement that the runtime would read as a list without the guard.
    #[error("the annotation {} must be a list that begins with the guard, such as [\"{GUARD_NAME}\"], or containers could start without podweave; correct it in the pod's template", quoted(.key))]
    WeakRequirement {
        /// The annotation.
        key: String,
    },
    /// The agent has not handled the container.
    #[error(
        "podweave's agent has not configured container {}: it is away or starting, and the kubelet tries again by itself; if this lasts, check the \
         node's pod of the DaemonSet podweave-agent",
        quoted(.container)
    )]
    Unmarked {
        /// The container.
        container: String,
    },
    /// Another plugin has set the mark or the seal.
    #[error("the NRI plugin {} sets {key}, which only {AGENT_NAME} may; remove that plugin from the node", quoted(.plugin))]
    Forged {
        /// The other plugin.
        plugin: String,
        /// The annotation.
        key: &'static str,
    },
    /// Another plugin removes the mark or the seal.
    #[error("an NRI plugin removes {key}, which {AGENT_NAME} has set (others that change this container: {}); remove that plugin from the node", list(.others.iter().map(String::as_str)))]
    Removed {
        /// The annotation.
        key: &'static str,
        /// The plugins that may have done it.
        others: Vec<String>,
    },
    /// The container has a mark but no seal.
    #[error("container {} has {MARK} but no {SEAL}: the agent on this node is of another version than the guard; update both to the same", quoted(.container))]
    Unsealed {
        /// The container.
        container: String,
    },
    /// podweave does not own everything that it has set.
    #[error(
        "an NRI plugin changes variables, arguments or mounts that {AGENT_NAME} has set (others that change this container: {}); configure that plugin so \
         that it leaves them alone, or remove it from the node",
        list(.others.iter().map(String::as_str))
    )]
    Changed {
        /// The plugins that may have done it.
        others: Vec<String>,
    },
    /// Another plugin's mount would hide rendered files.
    #[error("the NRI plugin {} mounts {} over the files that podweave mounts at {}; remove one of the two", quoted(.plugin), quoted(.theirs), quoted(.ours))]
    Hidden {
        /// The other plugin.
        plugin: String,
        /// The destination of its mount.
        theirs: String,
        /// The destination of podweave's mount.
        ours: String,
    },
}

impl Refusal {
    /// The reason in snake_case, for metrics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Incomplete { .. } => "incomplete",
            Self::Static => "static_pod",
            Self::ValidatorOff => "validator_off",
            Self::GuardNotRequired => "guard_not_required",
            Self::UnscopedRequirement => "unscoped_requirement",
            Self::WeakRequirement { .. } => "weak_requirement",
            Self::Unmarked { .. } => "unmarked",
            Self::Forged { .. } => "forged",
            Self::Removed { .. } => "removed",
            Self::Unsealed { .. } => "unsealed",
            Self::Changed { .. } => "changed",
            Self::Hidden { .. } => "hidden",
        }
    }
}
