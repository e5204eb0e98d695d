//! Messages of NRI without the fields that podweave does not read. Fields that are not declared are skipped
//! during decoding, so they take no memory: a container's environment may have half a million variables of
//! five bytes, each of which would take dozens of bytes.
//!
//! Field numbers are those of the messages in [`super::messages`].

use std::collections::BTreeMap;
use std::fmt::{Debug, Formatter, Result};

use super::{ContainerState, OwningPlugins, PluginInstance};

/// A [`PodSandbox`](super::PodSandbox) without labels, resources and addresses.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct BriefPod {
    /// The sandbox's ID.
    #[prost(string, tag = "1")]
    pub id: String,
    /// The pod's name.
    #[prost(string, tag = "2")]
    pub name: String,
    /// The pod's UID.
    #[prost(string, tag = "3")]
    pub uid: String,
    /// The pod's namespace.
    #[prost(string, tag = "4")]
    pub namespace: String,
    /// The annotations that the pod had when its sandbox was created.
    #[prost(btree_map = "string, string", tag = "6")]
    pub annotations: BTreeMap<String, String>,
    /// The sandbox's process.
    #[prost(uint32, tag = "9")]
    pub pid: u32,
}

/// A [`Container`](super::Container) that exists: its identity and its annotations.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct BriefContainer {
    /// Its ID.
    #[prost(string, tag = "1")]
    pub id: String,
    /// The ID of its sandbox.
    #[prost(string, tag = "2")]
    pub pod_sandbox_id: String,
    /// Its name in the pod.
    #[prost(string, tag = "3")]
    pub name: String,
    /// Whether it is created, running, stopped.
    #[prost(enumeration = "ContainerState", tag = "4")]
    pub state: i32,
    /// Its annotations.
    #[prost(btree_map = "string, string", tag = "6")]
    pub annotations: BTreeMap<String, String>,
    /// When it was created, in nanoseconds of the runtime's clock.
    #[prost(int64, tag = "14")]
    pub created_at: i64,
}

/// The part of a [`SynchronizeRequest`](super::SynchronizeRequest) that is kept until the last part has come.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct BriefSynchronization {
    #[prost(message, repeated, tag = "1")]
    pub(crate) pods: Vec<BriefPod>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) containers: Vec<BriefContainer>,
    #[prost(bool, tag = "3")]
    pub(crate) more: bool,
}

/// A [`ValidateContainerAdjustmentRequest`](super::ValidateContainerAdjustmentRequest) for validators: which
/// plugin set which names, and no values.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Validation {
    /// The pod.
    #[prost(message, optional, tag = "1")]
    pub pod: Option<BriefPod>,
    /// The container.
    #[prost(message, optional, tag = "2")]
    pub container: Option<NamedContainer>,
    /// The changes of all plugins together.
    #[prost(message, optional, tag = "3")]
    pub adjust: Option<BriefAdjustment>,
    /// Which plugin set what.
    #[prost(message, optional, tag = "5")]
    pub owners: Option<OwningPlugins>,
    /// The plugins that were asked.
    #[prost(message, repeated, tag = "6")]
    pub plugins: Vec<PluginInstance>,
}

/// The identity of a container.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct NamedContainer {
    /// Its ID.
    #[prost(string, tag = "1")]
    pub id: String,
    /// Its name in the pod.
    #[prost(string, tag = "3")]
    pub name: String,
}

/// A [`ContainerAdjustment`](super::ContainerAdjustment) without values of variables and without fields that
/// only the runtime reads.
#[derive(Clone, PartialEq, Eq, prost::Message)]
#[prost(skip_debug)]
pub struct BriefAdjustment {
    /// Annotations of the container.
    #[prost(btree_map = "string, string", tag = "2")]
    pub annotations: BTreeMap<String, String>,
    /// Mounts.
    #[prost(message, repeated, tag = "3")]
    pub mounts: Vec<BriefMount>,
    /// Variables.
    #[prost(message, repeated, tag = "4")]
    pub env: Vec<BriefVariable>,
    /// The arguments, the program included; empty if they are not changed.
    #[prost(string, repeated, tag = "9")]
    pub args: Vec<String>,
}

/// The destination of a mount in the container.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct BriefMount {
    /// Its path.
    #[prost(string, tag = "1")]
    pub destination: String,
}

/// A variable's name.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct BriefVariable {
    /// Its name, with a leading '-' if the variable is removed.
    #[prost(string, tag = "1")]
    pub key: String,
}

impl Debug for BriefAdjustment {
    /// Arguments may be secret.
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("BriefAdjustment")
            .field("annotations", &self.annotations.keys())
            .field("mounts", &self.mounts)
            .field("env", &self.env)
            .field("args", &self.args.len())
            .finish()
    }
}
