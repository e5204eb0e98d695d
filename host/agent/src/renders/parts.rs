//! What renders work with.

use std::sync::Arc;
use std::time::Duration;

use podweave_config_maps::ConfigMaps;
use podweave_core::limits::Limits;
use podweave_plugin_store::Store;
use tokio::runtime::Handle;

use crate::metrics::Metrics;
use crate::pods::WatchState;
use crate::pull_secrets::PullSecrets;
use crate::records::Records;

/// The parts that renders use.
pub struct RenderParts {
    /// The ConfigMaps of the node's pods.
    pub config_maps: ConfigMaps,
    /// The maximum age of a ConfigMap that cannot be confirmed.
    pub max_age: Option<Duration>,
    /// Where plugins run.
    pub sandbox: Arc<podweave_sandbox::Sandbox>,
    /// Where plugins come from.
    pub store: Arc<Store>,
    /// The pull Secrets of pods.
    pub pull_secrets: PullSecrets,
    /// The limits of a container's renders.
    pub limits: Limits,
    /// The threads on which plugins run. They do not answer the runtime, so a plugin delays only its own pod.
    pub threads: Handle,
    /// The records for the time after a restart.
    pub records: Arc<Records>,
    /// The state of the watch of the pods.
    pub watch: WatchState,
    /// The metrics.
    pub metrics: Arc<Metrics>,
}
