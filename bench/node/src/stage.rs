//! The node, and what is in its cluster.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use podweave_cluster::{Cluster, Load, Namespace, Node, NodeOptions, Podweave, PodweaveOptions};
use tokio::time::sleep;

/// Longer than plugins take to be compiled.
const PATIENCE: Duration = Duration::from_secs(60);

/// A node with no pods, and the ConfigMaps of a load.
pub struct Stage {
    /// The node.
    pub node: Node<'static>,
    /// The namespace of all pods and ConfigMaps.
    pub namespace: Namespace,
    /// What there is to do.
    pub load: Load,
}

impl Stage {
    /// Starts a node.
    ///
    /// # Errors
    /// There is no node.
    pub async fn set(cluster: &'static Cluster, load: Load) -> Result<Self> {
        let node = Node::start(cluster, NodeOptions::default()).await?;
        let namespace = cluster.create_namespace("bench").await?;
        load.put(cluster, namespace.name()).await?;
        Ok(Self { node, namespace, load })
    }

    /// Prepares agent and guard. What is given of the agent's configuration is added to that of the load.
    ///
    /// # Errors
    /// They cannot be started.
    pub async fn podweave(&self, options: PodweaveOptions) -> Result<Podweave> {
        let mut configuration = Load::configuration();
        configuration.extend(options.configuration);
        Podweave::new(&self.node, PodweaveOptions { configuration, ..options }).await
    }
}

/// Waits until the agent has all its plugins.
///
/// # Errors
/// It does not get them.
pub async fn until_compiled(podweave: &Podweave) -> Result<()> {
    let began = Instant::now();
    while podweave.agent().log().matches("compiled plugin").count() < podweave_cluster::Plugin::ALL.len() {
        ensure!(began.elapsed() < PATIENCE, "the agent has not compiled its plugins; its log ends with:\n{}", podweave.agent().log_tail());
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
