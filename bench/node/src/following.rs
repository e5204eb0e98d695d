//! Measures how long a change of a ConfigMap takes until running containers have it: in files that podweave
//! renders, and in a ConfigMap volume of the kubelet in the same pods.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::ListParams;
use podweave_bench_figures::samples::Samples;
use podweave_bench_figures::table::{Table, shown};
use podweave_cluster::{Podweave, PodweaveOptions};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::stage::{Stage, until_compiled};

/// The goals for the 99th percentile.
const GOAL: Duration = Duration::from_secs(1);
const GOAL_WITHOUT_SETTLE: Duration = Duration::from_millis(150);

/// The goal for the CPU time of the agent for one change of all pods.
const CPU_GOAL: Duration = Duration::from_millis(150);

/// How long to wait for podweave, and for the kubelet, which looks once in 60 to 90 s.
const PATIENCE: Duration = Duration::from_secs(20);
const KUBELETS_PATIENCE: Duration = Duration::from_secs(180);

/// The agent looks at its configuration every 5 s.
const RECONFIGURED: Duration = Duration::from_secs(7);

/// The name of the ConfigMap of all pods, and of its key.
const SHARED: &str = "shared";
const KEY: &str = "stamp";

/// The clock ticks in a second that `/proc/PID/stat` counts in; 100 on Linux.
const TICKS: u64 = 100;

/// Where a container sees the key.
#[derive(Debug, Clone, Copy)]
enum Place {
    Rendered,
    Kubelets,
}

impl Place {
    fn below(self, root: &Path) -> PathBuf {
        root.join(match self {
            Self::Rendered => "etc/podweave/stamp",
            Self::Kubelets => "kubelet/stamp",
        })
    }
}

/// Measures changes of one ConfigMap that all pods share.
///
/// # Errors
/// A pod does not become Ready, or a container does not get a change.
pub async fn measure(table: &mut Table, stage: &Stage, rounds: usize) -> Result<()> {
    let podweave = stage.podweave(PodweaveOptions::default()).await?;
    tokio::try_join!(podweave.agent().start(), podweave.guard().start())?;
    until_compiled(&podweave).await?;
    table.heading(
        "A change, from the API server's acknowledgement until running containers have it: the same pods with rendered files and with a ConfigMap volume",
    );
    for pods in [1, stage.load.pods()] {
        eprintln!("following: {pods} pods");
        follow(table, stage, &podweave, pods, rounds).await?;
    }
    tokio::try_join!(podweave.agent().stop(), podweave.guard().stop())?;
    Ok(())
}

async fn follow(
    table: &mut Table,
    stage: &Stage,
    podweave: &Podweave,
    pods: usize,
    rounds: usize,
) -> Result<()> {
    put(stage, "0").await?;
    let crowd = stage.node.crowd(stage.namespace.name()).await?;
    crowd
        .run((0..pods).map(|number| pod(stage, number)).collect())
        .await?;
    let roots = roots(stage).await?;
    ensure!(roots.len() == pods, "there are {} pods of {pods}", roots.len());

    let (mut times, mut cpu, mut stamp) = (Vec::new(), Vec::new(), 0);
    let mut kubelets = None;
    for _ in 0..rounds {
        stamp += 1;
        let before = cpu_time(podweave)?;
        let acknowledged = put(stage, &stamp.to_string()).await?;
        let rendered = seen(&roots, Place::Rendered, stamp, acknowledged, PATIENCE);
        if stamp as usize == rounds {
            kubelets = Some(seen(
                &roots,
                Place::Kubelets,
                stamp,
                acknowledged,
                KUBELETS_PATIENCE,
            ));
        }
        times.extend(rendered.await??);
        // What comes after the files: states, records, replaced files.
        sleep(Duration::from_secs(2)).await;
        cpu.push(cpu_time(podweave)?.saturating_sub(before));
    }
    let kubelets: Samples = kubelets.context("no round")?.await??.into_iter().collect();
    let what = |how: &str| format!("{pods} pods, {how}");
    row(table, &what("rendered files"), times, GOAL);
    table.times(
        &what("the kubelet's volume, one change"),
        kubelets.p50(),
        kubelets.p99(),
        format!("longest {}", shown(kubelets.max())),
    );

    let times = without_settle(stage, podweave, &roots, rounds).await?;
    row(
        table,
        &what("rendered files, follow.settle: 0s"),
        times,
        GOAL_WITHOUT_SETTLE,
    );

    cpu.sort_unstable();
    let median = cpu[cpu.len() / 2];
    table.value_with_goal(
        &what("CPU time of the agent for one change"),
        shown(median),
        &format!("at most {}", shown(CPU_GOAL)),
        median <= CPU_GOAL,
    );
    crowd.delete().await?;
    stage.node.until_clear().await
}

/// Measures changes that wait for no further ones.
async fn without_settle(
    stage: &Stage,
    podweave: &Podweave,
    roots: &[PathBuf],
    rounds: usize,
) -> Result<Vec<Duration>> {
    podweave.reconfigure(configuration(json!({ "settle": "0s" })))?;
    sleep(RECONFIGURED).await;
    let mut times = Vec::new();
    for round in 0..rounds {
        let stamp = 1000 + round as u64;
        let acknowledged = put(stage, &stamp.to_string()).await?;
        times.extend(seen(roots, Place::Rendered, stamp, acknowledged, PATIENCE).await??);
        sleep(Duration::from_secs(1)).await;
    }
    podweave.reconfigure(configuration(json!({})))?;
    Ok(times)
}

fn row(table: &mut Table, what: &str, times: Vec<Duration>, most: Duration) {
    let times: Samples = times.into_iter().collect();
    table.times_with_goal(
        what,
        times.p50(),
        times.p99(),
        format!("longest {}", shown(times.max())),
        &format!("p99 at most {}", shown(most)),
        times.p99() <= most,
    );
}

/// The agent's configuration with these fields of `follow`.
fn configuration(follow: Value) -> serde_json::Map<String, Value> {
    let mut configuration = podweave_cluster::Load::configuration();
    configuration.insert("follow".to_owned(), follow);
    configuration
}

/// A pod whose rendered file and whose volume show the shared ConfigMap.
fn pod(stage: &Stage, number: usize) -> Value {
    let mut pod = stage.load.plain_pod(number);
    pod["metadata"]["annotations"] = json!({
        // The admission policy adds it where it is installed.
        "required-plugins.noderesource.dev/pod": r#"["podweave-guard"]"#,
        "podweave.dev/plugin": "handlebars",
        "podweave.dev/config-maps": SHARED,
        "podweave.dev/params": format!("files: {{{KEY}: '{{{{config.{KEY}}}}}'}}"),
    });
    pod["spec"]["volumes"] = json!([{ "name": "shared", "configMap": { "name": SHARED } }]);
    pod["spec"]["containers"][0]["volumeMounts"] = json!([{ "name": "shared", "mountPath": "/kubelet" }]);
    pod
}

/// Changes the ConfigMap. Returns when the API server had acknowledged it.
async fn put(stage: &Stage, stamp: &str) -> Result<Instant> {
    let cluster = stage.node.cluster();
    cluster
        .put_config_map(stage.namespace.name(), SHARED, [(KEY, stamp)])
        .await?;
    Ok(Instant::now())
}

/// The roots of the pods' containers, as their processes see them.
async fn roots(stage: &Stage) -> Result<Vec<PathBuf>> {
    let pods: Api<Pod> = Api::namespaced(stage.node.cluster().admin().await?, stage.namespace.name());
    let mut roots = Vec::new();
    for pod in pods.list(&ListParams::default()).await? {
        let pid = stage.node.pod(&pod)?.pid("main").await?;
        roots.push(PathBuf::from(format!("/proc/{pid}/root")));
    }
    Ok(roots)
}

/// Looks until all containers see a change. Returns how long it took for each.
fn seen(
    roots: &[PathBuf],
    place: Place,
    stamp: u64,
    since: Instant,
    patience: Duration,
) -> JoinHandle<Result<Vec<Duration>>> {
    let mut left: Vec<PathBuf> = roots.iter().map(|root| place.below(root)).collect();
    let pause = match place {
        Place::Rendered => Duration::from_millis(1),
        // It is not to disturb the other one.
        Place::Kubelets => Duration::from_millis(250),
    };
    tokio::task::spawn_blocking(move || {
        let (mut times, wanted) = (Vec::new(), stamp.to_string());
        while !left.is_empty() {
            ensure!(
                since.elapsed() < patience,
                "{} containers have not got the change, such as {}",
                left.len(),
                left[0].display()
            );
            left.retain(|file| {
                let has_it = std::fs::read_to_string(file).is_ok_and(|text| text == wanted);
                if has_it {
                    times.push(since.elapsed());
                }
                !has_it
            });
            std::thread::sleep(pause);
        }
        Ok(times)
    })
}

/// The CPU time that the agent has used.
fn cpu_time(podweave: &Podweave) -> Result<Duration> {
    let pid = podweave.agent().pid().context("the agent does not run")?;
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name is in brackets and may have spaces; user and system time are the 12th and 13th field behind it.
    let (_, fields) = stat.rsplit_once(')').context("no name in the process's state")?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 1000 / TICKS))
}
