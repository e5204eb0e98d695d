//! Many pods on one ConfigMap, which the kubelet mounts, too: each container's file follows, and no request is
//! sent for it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::ListParams;
use podweave_agent::status::ChangeState;
use podweave_cluster::{PodweaveOptions, Proxy};
use tokio::task::JoinHandle;

use super::fixture::{Fixture, PATIENCE, Stage, fixture, followed, tests_cluster, until};
use super::pods::{Inside, MOUNTED, RENDERED, Template};

/// The number of pods: the default maximum of a kubelet.
const PODS: usize = 110;

/// The number of changes that follow the first one.
const FURTHER: usize = 10;

#[tokio::test]
async fn a_file_follows_and_status_and_history_say_why() -> Result<()> {
    let Some(fixture) = fixture().await? else {
        return Ok(());
    };
    let stage = fixture.stage("delivery").await?;
    stage.put_generation("web", 1).await?;
    let pod = stage.run(Template::new("web")).await?;
    let before = stage
        .until_change(&pod, "it was created", |change| change.history.len() == 1)
        .await?;
    assert_eq!((before.state, followed(&before)), (ChangeState::Current, 0));
    let inside = Inside::of(&pod).await?;
    stage.put_generation("web", 2).await?;
    inside.until_generation(2).await?;
    let after = stage
        .until_change(&pod, "it has followed", |change| followed(change) == 1)
        .await?;
    assert_eq!((after.state, after.history.len()), (ChangeState::Current, 2));
    let version = stage.cluster().config_map(stage.name(), "web").await?;
    let version = version.and_then(|found| found.metadata.resource_version);
    let cause = after.history[0].causes.first().context("a cause")?;
    assert_eq!(
        (cause.config_map.as_str(), cause.keys.as_slice()),
        ("web", &["generation".to_owned()][..])
    );
    assert_eq!(
        (&cause.resource_version, cause.by.as_deref()),
        (&version, Some("podweave-e2e"))
    );
    pod.delete().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_many_pods_follows_and_no_request_is_sent_for_it() -> Result<()> {
    let Some(cluster) = tests_cluster().await? else {
        return Ok(());
    };
    let proxy = Proxy::start(cluster.server_address().await?).await?;
    let options = PodweaveOptions {
        api_server: Some(proxy.url()),
        ..PodweaveOptions::default()
    };
    let Some(fixture) = Fixture::start(options).await? else {
        return Ok(());
    };
    let stage = fixture.stage("many").await?;
    stage.put_generation("web", 0).await?;
    let pods = run_all(&stage).await?;
    let measured = measure(pods.clone());
    stage.put_generation("web", 1).await?;
    until_all(&pods, 1).await?;
    // The Events about the pods' creation are sent by and by.
    until_quiet(&stage, &proxy, &pods).await?;
    let (asked, accepted) = (requests(&fixture).await?, proxy.accepted());
    let mut silent = 0;
    let generations = pods_generation(&pods)? + 1..;
    for generation in generations.take(FURTHER) {
        let sent = proxy.bytes_to_server();
        stage.put_generation("web", generation).await?;
        until_all(&pods, generation).await?;
        silent += usize::from(proxy.bytes_to_server() == sent);
    }
    ensure!(
        requests(&fixture).await? == asked && proxy.accepted() == accepted,
        "the agent has sent requests for {FURTHER} changes that only files followed"
    );
    // Now and then HTTP/2 itself has something to say.
    ensure!(
        silent * 2 > FURTHER,
        "only {silent} of {FURTHER} changes were followed without a byte from the agent"
    );
    let swaps = fixture.swaps().await?;
    ensure!(
        swaps >= (PODS * (FURTHER + 1)) as f64,
        "{swaps} files were replaced"
    );
    for (what, took) in measured.await?? {
        println!("{what}: {}", summary(took));
    }
    stage.fixture.node.crowd(stage.name()).await?.delete().await
}

/// When the pods have had a change, by who delivers it.
type Measured = [(&'static str, Vec<Duration>); 2];

/// Runs the pods, and looks into each.
async fn run_all(stage: &Stage<'_>) -> Result<Vec<Inside>> {
    let node = &stage.fixture.node;
    let manifest = |number: usize| {
        let template = Template::new(&format!("web-{number}"));
        template.mounting("web").manifest()
    };
    node.crowd(stage.name())
        .await?
        .run((0..PODS).map(manifest).collect())
        .await?;
    let pods: Api<Pod> = Api::namespaced(stage.cluster().admin().await?, stage.name());
    let mut inside = Vec::new();
    for pod in pods.list(&ListParams::default()).await? {
        inside.push(Inside::of(&node.pod(&pod)?).await?);
    }
    ensure!(inside.len() == PODS, "{} pods are there", inside.len());
    Ok(inside)
}

async fn until_all(pods: &[Inside], generation: usize) -> Result<()> {
    for pod in pods {
        pod.until_generation(generation).await?;
    }
    Ok(())
}

/// Returns the generation of the first pod.
fn pods_generation(pods: &[Inside]) -> Result<usize> {
    pods[0]
        .read("generation")?
        .parse()
        .context("a generation is a number")
}

/// Lets the pods follow changes until one of them makes the agent send nothing at all.
async fn until_quiet(stage: &Stage<'_>, proxy: &Proxy, pods: &[Inside]) -> Result<()> {
    until("the agent follows a change without a byte", async || {
        let (sent, next) = (proxy.bytes_to_server(), pods_generation(pods)? + 1);
        stage.put_generation("web", next).await?;
        until_all(pods, next).await?;
        Ok(proxy.bytes_to_server() == sent)
    })
    .await
}

/// The requests of the agent for ConfigMaps, and for Events.
async fn requests(fixture: &Fixture) -> Result<f64> {
    let metrics = fixture.podweave.metrics().await?;
    let all = [
        "podweave_api_server_requests_total",
        "podweave_events_requests_total",
    ];
    Ok(all.iter().map(|metric| metrics.sum(metric, &[])).sum())
}

/// Measures from now on when each pod has another generation than 0, as podweave and as the kubelet delivers
/// it.
fn measure(pods: Vec<Inside>) -> JoinHandle<Result<Measured>> {
    tokio::task::spawn_blocking(move || {
        let began = Instant::now();
        let kinds = [("podweave", RENDERED), ("the kubelet's volume", MOUNTED)];
        let mut came: [HashMap<usize, Duration>; 2] = Default::default();
        while came.iter().any(|came| came.len() < pods.len()) {
            ensure!(began.elapsed() < PATIENCE, "not every pod has got the change");
            for (kind, (_, directory)) in kinds.iter().enumerate() {
                for (number, pod) in pods.iter().enumerate() {
                    if came[kind].contains_key(&number) {
                        continue;
                    }
                    let file = pod.path(directory).join("generation");
                    if std::fs::read(&file).is_ok_and(|contents| contents != b"0") {
                        came[kind].insert(number, began.elapsed());
                    }
                }
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        let [podweave, kubelet] = came.map(|came| came.into_values().collect());
        Ok([(kinds[0].0, podweave), (kinds[1].0, kubelet)])
    })
}

fn summary(mut took: Vec<Duration>) -> String {
    took.sort_unstable();
    let at = |part: usize| took[(took.len() * part / 100).min(took.len() - 1)];
    format!(
        "{} pods have a change half after {:?}, 99 % after {:?}, the last after {:?}",
        took.len(),
        at(50),
        at(99),
        at(100)
    )
}
