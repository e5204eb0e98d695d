//! Measures how long the runtime waits for the agent when a container is created. The agent's process is
//! asked over a socket, as a runtime does, by a runtime that does nothing else. `full_node` measures the same
//! on a busy node.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{DeleteParams, PostParams};
use podweave_bench_figures::samples::Samples;
use podweave_bench_figures::table::{Table, shown};
use podweave_cluster::{Load, Plugin, PodweaveOptions};
use podweave_nri::api::{Container, CreateContainerRequest, Mount, PodSandbox};
use tokio::time::sleep;

use crate::runtime;
use crate::stage::{Stage, until_compiled};

/// The number of measured answers.
const CREATIONS: usize = 2000;

/// The number of answers before them, which are not measured.
const WARM_UP: usize = 100;

/// The pause before each request: on an idle node, the agent's threads sleep.
const PAUSE: Duration = Duration::from_millis(1);

/// The goals.
const IDLE: (Duration, Duration) = (Duration::from_micros(200), Duration::from_millis(1));

/// A node without a kubelet: the API server has its pods, but they do not run.
const NODE: &str = "podweave-bench";

/// Measures the agent's answers while it has nothing else to do.
///
/// # Errors
/// The agent does not answer.
pub async fn measure(table: &mut Table, stage: &Stage) -> Result<()> {
    eprintln!("handler");
    let directory = tempfile::tempdir()?;
    let socket = directory.path().join("nri.sock");
    let listener = runtime::listen(&socket)?;
    let configuration = serde_json::Map::from_iter([("nodeName".to_owned(), NODE.into())]);
    let podweave = stage
        .podweave(PodweaveOptions {
            agent_nri: Some(socket),
            configuration,
            ..PodweaveOptions::default()
        })
        .await?;
    let accepted = tokio::task::spawn_blocking(move || runtime::Plugin::accept(&listener));
    podweave.agent().start().await?;
    let mut plugin = accepted.await??;
    until_compiled(&podweave).await?;

    let pods: Api<Pod> = Api::namespaced(stage.node.cluster().admin().await?, stage.namespace.name());
    let mut manifest = stage.load.pod_with(0, Plugin::Handlebars);
    manifest["spec"]["nodeName"] = NODE.into();
    let pod = pods
        .create(&PostParams::default(), &serde_json::from_value(manifest)?)
        .await?;
    let request = request(&pod)?;
    // Wait until the pod is rendered; otherwise the first answers are refusals.
    while podweave
        .metrics()
        .await?
        .sum("podweave_agent_renders_total", &[("outcome", "ok")])
        < 1.0
    {
        sleep(Duration::from_millis(20)).await;
    }
    let times = tokio::task::spawn_blocking(move || answer_times(&mut plugin, &request));
    let times: Samples = times.await??.into_iter().collect();
    podweave.agent().stop().await?;
    pods.delete(&Load::name(0), &DeleteParams::default().grace_period(0))
        .await?;

    table.heading(
        "CreateContainer in the agent: three files and two variables, asked over a socket as a runtime asks",
    );
    let goal = format!("p50 at most {}, p99 {}", shown(IDLE.0), shown(IDLE.1));
    let value = format!("longest {}", shown(times.max()));
    let is_met = times.p50() <= IDLE.0 && times.p99() <= IDLE.1;
    table.times_with_goal(
        &format!("nothing else to do, {CREATIONS} containers"),
        times.p50(),
        times.p99(),
        value,
        &goal,
        is_met,
    );
    Ok(())
}

/// Asks the agent for the same container again and again, and returns how long each answer took.
fn answer_times(plugin: &mut runtime::Plugin, request: &CreateContainerRequest) -> Result<Vec<Duration>> {
    let mut times = Vec::with_capacity(WARM_UP + CREATIONS);
    for _ in 0..WARM_UP + CREATIONS {
        std::thread::sleep(PAUSE);
        let (answer, took) = plugin.create(request)?;
        let adjust = answer.adjust.context("no adjustment")?;
        ensure!(
            adjust.env.len() == 2 && adjust.mounts.len() == 1,
            "the answer has {} variables and {} mounts",
            adjust.env.len(),
            adjust.mounts.len()
        );
        times.push(took);
    }
    Ok(times.split_off(WARM_UP))
}

/// A runtime's request for a small container.
fn request(pod: &Pod) -> Result<CreateContainerRequest> {
    let metadata = pod.metadata.clone();
    let text = |text: Option<String>| text.context("the pod lacks metadata");
    let sandbox = PodSandbox {
        id: "sandbox".to_owned(),
        name: text(metadata.name)?,
        namespace: text(metadata.namespace)?,
        uid: text(metadata.uid)?,
        annotations: metadata.annotations.unwrap_or_default(),
        ..PodSandbox::default()
    };
    let mounts = [
        "/proc",
        "/dev",
        "/dev/pts",
        "/dev/mqueue",
        "/sys",
        "/etc/hosts",
        "/dev/termination-log",
        "/etc/hostname",
        "/etc/resolv.conf",
        "/dev/shm",
    ];
    let mount = |destination: &str| Mount {
        destination: destination.to_owned(),
        r#type: "bind".to_owned(),
        ..Mount::default()
    };
    let container = Container {
        id: "container".to_owned(),
        pod_sandbox_id: sandbox.id.clone(),
        name: "main".to_owned(),
        args: ["sleep", "100000"].map(str::to_owned).to_vec(),
        env: [
            "PATH=/bin:/usr/local/bin",
            "HOSTNAME=pod-0",
            "KUBERNETES_SERVICE_HOST=10.96.0.1",
            "KUBERNETES_SERVICE_PORT=443",
        ]
        .map(str::to_owned)
        .to_vec(),
        mounts: mounts.map(mount).to_vec(),
        ..Container::default()
    };
    Ok(CreateContainerRequest {
        pod: Some(sandbox),
        container: Some(container),
    })
}
