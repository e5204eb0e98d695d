//! Measures CreateContainer through the runtime, as the kubelet calls it: with podweave and without, in
//! turns, on one runtime. The kubelet is stopped, because it would remove sandboxes that it does not know.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::PostParams;
use podweave_bench_figures::samples::Samples;
use podweave_bench_figures::table::Table;
use podweave_cluster::{Plugin, PodweaveOptions};
use serde_json::Value;

use crate::cri::{Client, Sandbox};
use crate::difference::Difference;
use crate::stage::{Stage, until_compiled};

/// The number of containers of each kind in a turn.
const TURN: usize = 10;

/// The number of containers of each kind before that, to warm caches.
const WARM_UP: usize = 2;

/// The most attempts for a container that the runtime refuses while a plugin disconnects.
const TRIES: usize = 10;

/// The goals for the additional time of a container, in milliseconds: in an opted-in pod, and in another pod.
/// NRI asks its plugins about every container of a node, so the time is never zero with a plugin: a
/// difference of up to a millisecond counts as none.
const GOAL: f64 = 25.0;
const NONE: f64 = 1.0;

/// Measures the creation of containers. Afterwards the kubelet is stopped.
///
/// # Errors
/// A container is not created.
pub async fn measure(table: &mut Table, stage: &Stage, count: usize) -> Result<()> {
    stage.node.kubelet().stop().await?;
    let mut client = Client::start(&stage.node).await?;
    let podweave = stage.podweave(PodweaveOptions::default()).await?;
    let opted_in = sandbox(&mut client, stage, stage.load.pod_with(0, Plugin::Handlebars)).await?;
    let plain = sandbox(&mut client, stage, stage.load.plain_pod(1)).await?;
    let (mut rendered, mut beside, mut without) = (Vec::new(), Vec::new(), Vec::new());
    for turn in 0..count.div_ceil(TURN) {
        eprintln!("creation: {} of {count}", turn * TURN);
        tokio::try_join!(podweave.agent().start(), podweave.guard().start())?;
        if turn == 0 {
            until_compiled(&podweave).await?;
        }
        for number in 0..WARM_UP + TURN {
            let (of_opted_in, of_plain) = (client.create(&opted_in).await?, client.create(&plain).await?);
            if number >= WARM_UP {
                rendered.push(of_opted_in);
                beside.push(of_plain);
            }
        }
        tokio::try_join!(podweave.agent().stop(), podweave.guard().stop())?;
        until_let_go(&mut client, &plain).await?;
        for number in 0..WARM_UP + TURN {
            let took = client.create(&plain).await?;
            if number >= WARM_UP {
                without.push(took);
            }
        }
    }
    for sandbox in [opted_in, plain] {
        client.remove(sandbox).await?;
    }

    show(table, &rendered, &beside, &without);
    Ok(())
}

/// Shows the times of containers in an opted-in pod, in a plain pod beside podweave, and in a plain pod
/// without podweave.
fn show(table: &mut Table, rendered: &[Duration], beside: &[Duration], without: &[Duration]) {
    table.heading(&format!(
        "CreateContainer through CRI, {} of each in turns of {TURN}; differences of means",
        without.len()
    ));
    let samples = |times: &[Duration]| times.iter().copied().collect::<Samples>();
    table.time("a plain pod, no podweave", &samples(without));
    let difference = Difference::of(beside, without);
    let times = samples(beside);
    let goal = format!("interval up to {NONE} ms");
    table.times_with_goal(
        "a plain pod, podweave attached",
        times.p50(),
        times.p99(),
        difference.to_string(),
        &goal,
        difference.high <= NONE,
    );
    let difference = Difference::of(rendered, without);
    let times = samples(rendered);
    let goal = format!("interval up to {GOAL} ms");
    table.times_with_goal(
        "an opted-in pod, three files",
        times.p50(),
        times.p99(),
        difference.to_string(),
        &goal,
        difference.high <= GOAL,
    );
}

/// Waits until the runtime knows that podweave has disconnected: before, it may ask the guard about a
/// container and refuse it.
async fn until_let_go(client: &mut Client, plain: &Sandbox) -> Result<()> {
    let mut tries = 0;
    while let Err(error) = client.create(plain).await {
        tries += 1;
        ensure!(tries < TRIES, "{error:#}");
    }
    Ok(())
}

/// Creates a pod in the API server, and its sandbox in the runtime.
async fn sandbox(client: &mut Client, stage: &Stage, mut manifest: Value) -> Result<Sandbox> {
    manifest["spec"]["nodeName"] = stage.node.name().into();
    let pods: Api<Pod> = Api::namespaced(stage.node.cluster().admin().await?, stage.namespace.name());
    let pod = pods
        .create(&PostParams::default(), &serde_json::from_value(manifest)?)
        .await?
        .metadata;
    let (name, uid) = (
        pod.name.context("the pod has no name")?,
        pod.uid.context("the pod has no UID")?,
    );
    client
        .run(
            stage.namespace.name(),
            &name,
            &uid,
            &pod.annotations.unwrap_or_default(),
        )
        .await
}
