//! The status of a node, as the agent's socket serves it at `/v1/status`: a document with a stable format for
//! scripts.

mod change;
mod fetch;

use std::fmt;
use std::time::SystemTime;

use k8s_openapi::jiff::Timestamp;
use podweave_core::api::API_VERSION;
use serde::{Deserialize, Serialize};

pub use change::{
    CauseStatus, ChangeState, ChangeStatus, HistoryEntry, HistoryOutcome, MOST_CAUSES, MOST_KEYS, MOST_NAMES,
    MOST_VERSIONS,
};
pub use fetch::{FetchError, fetch};

/// The `kind` of the document.
pub const KIND: &str = "NodeStatus";

/// The default path of the agent's socket.
pub const DEFAULT_SOCKET: &str = "/run/podweave/agent.sock";

/// The path of the document on the socket.
pub const PATH: &str = "/v1/status";

/// The status of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeStatus {
    /// `podweave.dev/v1alpha1`.
    pub api_version: String,
    /// [`KIND`].
    pub kind: String,
    /// The agent itself.
    pub agent: Agent,
    /// Counts of the pods and containers below.
    pub counts: Counts,
    /// The pods of the node that have opted in, sorted by namespace and name.
    pub pods: Vec<PodStatus>,
}

/// The agent itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Agent {
    /// podweave's version.
    pub version: String,
    /// The node's name.
    pub node: String,
    /// When it was started.
    pub started_at: Time,
    /// The container runtime.
    pub runtime: RuntimeStatus,
    /// The API server, as of the latest request.
    pub api_server: ApiServerStatus,
    /// The protection, as of the latest creation of a container; none before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protection: Option<Protection>,
}

/// The runtime.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuntimeStatus {
    /// The state of the connection.
    pub state: RuntimeState,
    /// Why it is not connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// `containerd` or `cri-o`, for example; known once it is connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its version of NRI, such as `0.12`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nri: Option<String>,
    /// Its timeout for answers, if it reports one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_timeout_millis: Option<u64>,
}

/// The state of the connection to the runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuntimeState {
    /// Not connected.
    Disconnected,
    /// Connected, but not registered yet.
    Registering,
    /// The runtime asks the agent about each container.
    Ready,
    /// The agent is stopping.
    Stopped,
}

/// The API server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiServerStatus {
    /// Whether the latest request or watch of the node's pods went well.
    pub reachable: bool,
    /// The latest failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// When that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_at: Option<Time>,
}

/// Which processes checked the latest container that was created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Protection {
    /// Whether the guard did.
    pub guard: bool,
    /// Whether the runtime's own validator did.
    pub validator: bool,
    /// When that was.
    pub at: Time,
}

/// Counts over the pods.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Pods that have opted in.
    pub pods: usize,
    /// Their containers.
    pub containers: usize,
    /// Those in state `rendered`.
    pub rendered: usize,
    /// Those in state `skipped`.
    pub skipped: usize,
    /// Those in state `ignored`.
    pub ignored: usize,
    /// Those in state `failed`, and pods that have failed as a whole.
    pub failed: usize,
    /// Those in state `waiting`.
    pub waiting: usize,
}

/// A pod that has opted in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodStatus {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// Why nothing can be rendered for any of its containers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Its containers, in the spec's order.
    pub containers: Vec<ContainerStatus>,
}

/// A container of an opted-in pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContainerStatus {
    /// Its name.
    pub name: String,
    /// The state of its renders.
    pub state: ContainerState,
    /// The plugins, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plugins: Vec<PluginStatus>,
    /// The digest of everything that the result depends on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inputs_digest: Option<String>,
    /// The digest of the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_digest: Option<String>,
    /// When it was rendered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rendered_at: Option<Time>,
    /// The age of the ConfigMaps that were read: how long ago the oldest one was last confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest_input_seconds: Option<u64>,
    /// Why it has failed, or what it waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Whether the running container has what would be rendered now; none if it does not run, or if nothing
    /// follows changes on this node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<ChangeStatus>,
}

/// The state of a container's renders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContainerState {
    /// Rendered: the container gets the result when it is created.
    Rendered,
    /// Nothing is rendered for it.
    Skipped,
    /// Failed, and the container starts without the result.
    Ignored,
    /// Failed, and the container is not created.
    Failed,
    /// Still running.
    Waiting,
}

/// A plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PluginStatus {
    /// As the annotation names it.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The digest of its component, once it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// A point in time, to the second: `2026-11-26T08:41:08Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(Timestamp);

impl Time {
    /// Parses a time as the API server writes it; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

impl From<SystemTime> for Time {
    fn from(time: SystemTime) -> Self {
        // A time out of the calendar's range is shown as the beginning of Unix time.
        let seconds = time
            .duration_since(SystemTime::UNIX_EPOCH)
            .ok()
            .and_then(|since| i64::try_from(since.as_secs()).ok());
        Self(Timestamp::from_second(seconds.unwrap_or_default()).unwrap_or(Timestamp::UNIX_EPOCH))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl From<Time> for SystemTime {
    fn from(time: Time) -> Self {
        time.0.into()
    }
}

impl NodeStatus {
    /// Builds the document, and computes its counts.
    #[must_use]
    pub fn new(agent: Agent, mut pods: Vec<PodStatus>) -> Self {
        pods.sort_by(|a, b| (&a.namespace, &a.name, &a.uid).cmp(&(&b.namespace, &b.name, &b.uid)));
        Self {
            api_version: API_VERSION.to_owned(),
            kind: KIND.to_owned(),
            agent,
            counts: Counts::of(&pods),
            pods,
        }
    }
}

impl Counts {
    fn of(pods: &[PodStatus]) -> Self {
        let mut counts = Self {
            pods: pods.len(),
            ..Self::default()
        };
        for pod in pods {
            counts.containers += pod.containers.len();
            counts.failed += usize::from(pod.failure.is_some() && pod.containers.is_empty());
            for container in &pod.containers {
                *match container.state {
                    ContainerState::Rendered => &mut counts.rendered,
                    ContainerState::Skipped => &mut counts.skipped,
                    ContainerState::Ignored => &mut counts.ignored,
                    ContainerState::Failed => &mut counts.failed,
                    ContainerState::Waiting => &mut counts.waiting,
                } += 1;
            }
        }
        counts
    }
}

impl ContainerState {
    /// The state's name in the document.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rendered => "rendered",
            Self::Skipped => "skipped",
            Self::Ignored => "ignored",
            Self::Failed => "failed",
            Self::Waiting => "waiting",
        }
    }
}
