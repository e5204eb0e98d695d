//! The node's own processes can be killed and frozen, and nodes do not disturb each other.

use anyhow::Result;
use podweave_cluster::{Cluster, Node, NodeOptions, shared};

use super::script;

#[tokio::test]
async fn pods_outlive_the_servers_of_their_node() -> Result<()> {
    let cluster = shared().await?;
    if cluster.skips("pods_outlive_the_servers_of_their_node") {
        return Ok(());
    }
    let node = Node::start(cluster, NodeOptions::default()).await?;
    let namespace = cluster.create_namespace("survivors").await?;
    let before = node
        .run(namespace.name(), script("before", "exec sleep 1000"))
        .await?;
    before.ready().await?;
    let pid = before.pid("main").await?;

    node.containerd().kill().await?;
    node.kubelet().kill().await?;
    node.containerd().start().await?;
    node.kubelet().start().await?;
    let after = node
        .run(namespace.name(), script("after", "exec sleep 1000"))
        .await?;
    after.ready().await?;
    node.containerd().restart().await?;
    assert_eq!(
        (before.pid("main").await?, before.restarts("main").await?),
        (pid, 0)
    );

    node.kubelet().freeze()?;
    let unseen = node
        .run(namespace.name(), script("unseen", "exec sleep 1000"))
        .await?;
    assert_eq!(unseen.waiting("main").await?, None);
    node.kubelet().thaw()?;
    unseen.ready().await?;
    node.stop().await
}

#[tokio::test]
async fn two_nodes_keep_to_their_own_pods() -> Result<()> {
    let cluster = Cluster::start().await?;
    if cluster.skips("two_nodes_keep_to_their_own_pods") {
        return Ok(());
    }
    let (first, second) = tokio::try_join!(
        Node::start(&cluster, NodeOptions::default()),
        Node::start(&cluster, NodeOptions::default())
    )?;
    let namespace = cluster.create_namespace("two").await?;
    let on_first = first
        .run(namespace.name(), script("first", "exec sleep 1000"))
        .await?;
    let on_second = second
        .run(namespace.name(), script("second", "exec sleep 1000"))
        .await?;
    tokio::try_join!(on_first.ready(), on_second.ready())?;
    assert_ne!(on_first.address().await?, on_second.address().await?);

    // Dropped, not stopped: everything on it ends, too.
    let pid = on_first.pid("main").await?;
    drop(on_first);
    drop(first);
    assert!(
        !std::path::Path::new(&format!("/proc/{pid}/root")).exists()
            || std::fs::read(format!("/proc/{pid}/cmdline"))?.is_empty()
    );
    assert!(!std::fs::read_to_string("/proc/self/mountinfo")?.contains(&format!("/proc/{pid}/")));
    on_second.ready().await?;
    second.stop().await
}
