//! The node and its cluster for the benchmarks.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use podweave_cluster::{Cluster, Load, Namespace, Node, NodeOptions, Podweave, PodweaveOptions};
use tokio::time::sleep;

/// How long to wait until plugins are compiled.
const PATIENCE: Duration = Duration::from_secs(60);

/// A node with no pods, and the ConfigMaps of a load.
pub struct Stage {
    /// The node.
    pub node: Node<'static>,
    /// The namespace of all pods and ConfigMaps.
    pub namespace: Namespace,
    /// The pods and ConfigMaps of the benchmarks.
    pub load: Load,
}

impl Stage {
    /// Starts a node.
    ///
    /// # Errors
    /// The node does not start.
    pub async fn set(cluster: &'static Cluster, load: Load) -> Result<Self> {
        let node = Node::start(cluster, NodeOptions::default()).await?;
        let namespace = cluster.create_namespace("bench").await?;
        load.put(cluster, namespace.name()).await?;
        Ok(Self {
            node,
            namespace,
            load,
        })
    }

    /// Prepares agent and guard. The given configuration of the agent is added to that of the load.
    ///
    /// # Errors
    /// They cannot be started.
    pub async fn podweave(&self, options: PodweaveOptions) -> Result<Podweave> {
        let mut configuration = Load::configuration();
        configuration.extend(options.configuration);
        Podweave::new(
            &self.node,
            PodweaveOptions {
                configuration,
                ..options
            },
        )
        .await
    }
}

/// Waits until the agent has compiled all its plugins.
///
/// # Errors
/// They are not compiled in time.
pub async fn until_compiled(podweave: &Podweave) -> Result<()> {
    let began = Instant::now();
    while podweave.agent().log().matches("compiled plugin").count() < podweave_cluster::Plugin::ALL.len() {
        ensure!(
            began.elapsed() < PATIENCE,
            "the agent has not compiled its plugins; its log ends with:\n{}",
            podweave.agent().log_tail()
        );
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
