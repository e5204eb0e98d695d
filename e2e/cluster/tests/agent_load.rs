//! A full node, and pods that come and go: nothing of them stays. Alone in its process, with a node of its own whose agent is looked at as a
//! whole. `PODWEAVE_CHURN_SECONDS` says for how long they come and go; `make soak` lets them do so for ten minutes.

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

/// For how long pods come and go unless the environment says so.
const CHURN: (&str, Duration) = ("PODWEAVE_CHURN_SECONDS", Duration::from_secs(60));

/// Pods that come and go together. There are two such groups at once, so that containers are created while others end.
const GROUP: usize = 20;

/// What the agent may hold more after hundreds of pods than after the first ones, for which it has made room already.
const SLACK: u64 = 4 << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_stays_of_a_full_node_and_of_pods_that_come_and_go() -> Result<()> {
    let cluster = shared().await?;
    if cluster.skips("nothing_stays_of_a_full_node_and_of_pods_that_come_and_go") {
        return Ok(());
    }
    let load = Load::default();
    let node = Node::start(cluster, NodeOptions::default()).await?;
    let podweave = Podweave::start(&node, PodweaveOptions { configuration: Load::configuration(), ..PodweaveOptions::default() }).await?;
    until_logged(&podweave, "compiled plugin", Plugin::ALL.len()).await?;
    let idle = Footprint::once_no_pod_is_there(&podweave).await?;

    let namespaces = [cluster.create_namespace("first").await?, cluster.create_namespace("second").await?];
    let crowds = [node.crowd(namespaces[0].name()).await?, node.crowd(namespaces[1].name()).await?];
    for namespace in &namespaces {
        load.put(cluster, namespace.name()).await?;
    }
    crowds[0].run((0..load.pods()).map(|number| load.pod(number)).collect()).await?;
    let full = Footprint::of(&podweave).await?;
    println!("{} pods: {full:?}", load.pods());
    full.is_of(&load)?;
    each_plugin_has_rendered(&node, namespaces[0].name(), &load).await?;
    crowds[0].delete().await?;
    node.until_clear().await?;
    let before = Footprint::once_no_pod_is_there(&podweave).await?;
    println!("when they are gone: {before:?}");

    let seconds = std::env::var(CHURN.0).ok().map(|seconds| seconds.parse()).transpose().with_context(|| format!("{} is no number", CHURN.0))?;
    let (until, came) = (Instant::now() + seconds.map_or(CHURN.1, Duration::from_secs), AtomicUsize::new(0));
    tokio::try_join!(churn(&crowds[0], &load, until, &came), churn(&crowds[1], &load, until, &came))?;
    node.until_clear().await?;
    let after = Footprint::once_no_pod_is_there(&podweave).await?;
    let came = came.into_inner();
    println!("when {came} more have come and gone: {after:?}");

    ensure!(after.refused == 0, "{} creations were refused, though nothing was wrong", after.refused);
    ensure!(after.rendered == (load.pods() + came) as u64, "{} pods were there, and {} containers rendered for", load.pods() + came, after.rendered);
    ensure!(after.resident_bytes <= before.resident_bytes + SLACK, "the agent has grown from {before:?} to {after:?}");
    // Idle ones end after minutes: on a slow machine some have ended before, and none on a fast one.
    ensure!(after.connections <= full.connections, "the agent keeps connections: {full:?}, {after:?}");
    ensure!(after.open_files <= before.open_files.max(idle.open_files), "the agent keeps files open: {before:?}, {after:?}");
    node.stop().await
}

/// Groups of pods, one after the other.
async fn churn(crowd: &Crowd<'_>, load: &Load, until: Instant, came: &AtomicUsize) -> Result<()> {
    while Instant::now() < until {
        let first = came.fetch_add(GROUP, Ordering::Relaxed);
        crowd.run((first..first + GROUP).map(|number| load.pod(number)).collect()).await?;
        crowd.delete().await?;
    }
    Ok(())
}

/// A pod of each plugin has what was rendered for it.
async fn each_plugin_has_rendered(node: &Node<'_>, namespace: &str, load: &Load) -> Result<()> {
    let pods: Api<Pod> = Api::namespaced(node.cluster().admin().await?, namespace);
    for number in 0..Plugin::ALL.len() {
        let (pod, plugin) = (pods.get(&Load::name(number)).await?, load.plugin(number));
        let env = node.pod(&pod)?.env("main").await?;
        ensure!(env.contains_key(plugin.variable()), "{} has not set {}: {env:?}", plugin.name(), plugin.variable());
    }
    Ok(())
}
