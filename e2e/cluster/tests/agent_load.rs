//! A full node, and pods that come and go, leave nothing behind in the agent. Alone in its process, with its
//! own node, whose whole agent is measured. `PODWEAVE_CHURN_SECONDS` sets for how long pods come and go;
//! `make soak` sets ten minutes.

mod agent_load {
    pub mod footprint;
}

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use agent_load::footprint::{Footprint, until_logged};
use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use podweave_cluster::{Crowd, Load, Node, NodeOptions, Plugin, Podweave, PodweaveOptions, shared};

/// The variable that sets for how long pods come and go, and the default.
const CHURN: (&str, Duration) = ("PODWEAVE_CHURN_SECONDS", Duration::from_secs(60));

/// The number of pods that come and go together. There are two such groups at once, so that containers are
/// created while others end.
const GROUP: usize = 20;

/// The permitted growth of the agent from the first pods, after which its buffers have their size, to
/// hundreds of pods.
const SLACK: u64 = 4 << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::too_many_lines, reason = "one scenario, step by step")]
async fn a_full_node_and_churning_pods_leave_nothing_behind() -> Result<()> {
    let cluster = shared().await?;
    if cluster.skips("a_full_node_and_churning_pods_leave_nothing_behind") {
        return Ok(());
    }
    let load = Load::default();
    let node = Node::start(cluster, NodeOptions::default()).await?;
    let podweave = Podweave::start(
        &node,
        PodweaveOptions {
            configuration: Load::configuration(),
            ..PodweaveOptions::default()
        },
    )
    .await?;
    until_logged(&podweave, "compiled plugin", Plugin::ALL.len()).await?;
    let idle = Footprint::once_no_pod_is_there(&podweave).await?;

    let namespaces = [
        cluster.create_namespace("first").await?,
        cluster.create_namespace("second").await?,
    ];
    let crowds = [
        node.crowd(namespaces[0].name()).await?,
        node.crowd(namespaces[1].name()).await?,
    ];
    for namespace in &namespaces {
        load.put(cluster, namespace.name()).await?;
    }
    crowds[0]
        .run((0..load.pods()).map(|number| load.pod(number)).collect())
        .await?;
    let full = Footprint::of(&podweave).await?;
    println!("{} pods: {full:?}", load.pods());
    full.is_of(&load)?;
    each_plugin_has_rendered(&node, namespaces[0].name(), &load).await?;
    crowds[0].delete().await?;
    node.until_clear().await?;
    let before = Footprint::once_no_pod_is_there(&podweave).await?;
    println!("when they are gone: {before:?}");

    let seconds = std::env::var(CHURN.0)
        .ok()
        .map(|seconds| seconds.parse())
        .transpose()
        .with_context(|| format!("{} is not a number", CHURN.0))?;
    let (until, came) = (
        Instant::now() + seconds.map_or(CHURN.1, Duration::from_secs),
        AtomicUsize::new(0),
    );
    tokio::try_join!(
        churn(&crowds[0], &load, until, &came),
        churn(&crowds[1], &load, until, &came)
    )?;
    node.until_clear().await?;
    let after = Footprint::once_no_pod_is_there(&podweave).await?;
    let came = came.into_inner();
    println!("when {came} more have come and gone: {after:?}");

    ensure!(
        after.refused == 0,
        "{} creations were refused, though nothing was wrong",
        after.refused
    );
    ensure!(
        after.rendered == (load.pods() + came) as u64,
        "{} pods were there, and {} containers rendered for",
        load.pods() + came,
        after.rendered
    );
    ensure!(
        after.resident_bytes <= before.resident_bytes + SLACK,
        "the agent has grown from {before:?} to {after:?}"
    );
    // Idle connections end after minutes: on a slow machine some have ended before, on a fast one none.
    ensure!(
        after.connections <= full.connections,
        "the agent keeps connections: {full:?}, {after:?}"
    );
    ensure!(
        after.open_files <= before.open_files.max(idle.open_files),
        "the agent keeps files open: {before:?}, {after:?}"
    );
    node.stop().await
}

/// Runs groups of pods, one after the other.
async fn churn(crowd: &Crowd<'_>, load: &Load, until: Instant, came: &AtomicUsize) -> Result<()> {
    while Instant::now() < until {
        let first = came.fetch_add(GROUP, Ordering::Relaxed);
        crowd
            .run((first..first + GROUP).map(|number| load.pod(number)).collect())
            .await?;
        crowd.delete().await?;
    }
    Ok(())
}

/// Checks that a pod of each plugin has its rendered configuration.
async fn each_plugin_has_rendered(node: &Node<'_>, namespace: &str, load: &Load) -> Result<()> {
    let pods: Api<Pod> = Api::namespaced(node.cluster().admin().await?, namespace);
    for number in 0..Plugin::ALL.len() {
        let (pod, plugin) = (pods.get(&Load::name(number)).await?, load.plugin(number));
        let env = node.pod(&pod)?.env("main").await?;
        ensure!(
            env.contains_key(plugin.variable()),
            "{} has not set {}: {env:?}",
            plugin.name(),
            plugin.variable()
        );
    }
    Ok(())
}
