//! A failing pod, a looping or trapping plugin, and a silent API server do not delay other pods.

use anyhow::{Context, Result, ensure};
use podweave_cluster::{NodeOptions, PodweaveOptions, Proxy, RunningPod};
use serde_json::{Map, json};

use super::pods::{CONFIG_MAP, OPTED_IN, REQUIRED};
use super::scene::{Scene, tests_cluster};

/// A plugin whose parameters select its attack.
const ATTACKER: &str = concat!(env!("OUT_DIR"), "/podweave-attacker.wasm");

/// The time limit of a plugin. The agent waits a tenth of it before it refuses the container.
const PLUGINS_LIMIT: f64 = 0.5;

/// The name of a missing ConfigMap, and of the pods that need it.
const MISSING: &str = "missing";

/// The name of a pod, its annotations, and a part of its status.
type Failing = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

/// Pods that do not start. They are created in this order, several of each.
const FAILING: [Failing; 5] = [
    (
        "loops",
        &[
            ("podweave.dev/plugin", "attacker"),
            ("podweave.dev/params", "{attack: loop}"),
        ],
        "the plugin took longer than 500 ms",
    ),
    (
        "traps",
        &[
            ("podweave.dev/plugin", "attacker"),
            ("podweave.dev/params", "{attack: panic, message: on purpose}"),
        ],
        "the plugin crashed",
    ),
    (
        "hoards",
        &[
            ("podweave.dev/plugin", "attacker"),
            ("podweave.dev/params", "{attack: memory}"),
        ],
        "of memory, the limit for one container",
    ),
    (
        MISSING,
        &[OPTED_IN[0], ("podweave.dev/config-maps", MISSING), OPTED_IN[2]],
        "does not exist",
    ),
    ("unknown", &[("podweave.dev/plugin", "nonesuch")], "nonesuch"),
];

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one scenario, step by step")]
async fn failures_of_a_pod_do_not_delay_other_pods() -> Result<()> {
    let Some(cluster) = tests_cluster().await? else {
        return Ok(());
    };
    let mut api_server = Proxy::start(cluster.server_address().await?).await?;
    let configuration = Map::from_iter([(
        "plugins".to_owned(),
        json!([{ "name": "attacker", "file": ATTACKER }]),
    )]);
    let options = PodweaveOptions {
        api_server: Some(api_server.url()),
        configuration,
        ..PodweaveOptions::default()
    };
    let scene = Scene::prepare(cluster, NodeOptions::default(), options).await?;
    scene.start_podweave().await?;

    let mut failing: Vec<(RunningPod<'_>, &str)> = Vec::new();
    for number in 0..3 {
        for (name, annotations, words) in FAILING {
            let pod = scene
                .run_with(&format!("{name}-{number}"), &[annotations, &[REQUIRED]].concat())
                .await?;
            failing.push((pod, words));
        }
        // It becomes Ready, however often the failing pods are refused meanwhile.
        scene
            .until_ready(&scene.run(&format!("well-{number}")).await?)
            .await?;
        scene
            .until_ready(&scene.run_with(&format!("plain-{number}"), &[]).await?)
            .await?;
    }
    for (pod, words) in &failing {
        scene.until_refused(pod, words).await?;
    }
    // Pods start by themselves when the cause is fixed.
    cluster
        .put_config_map(scene.namespace.name(), MISSING, CONFIG_MAP.1)
        .await?;
    for (pod, _) in failing.iter().filter(|(pod, _)| pod.name().starts_with(MISSING)) {
        scene.until_ready(pod).await?;
    }
    api_server.black_hole();
    let unseen = scene.run("unseen").await?;
    scene
        .until_refused(&unseen, "is not known to the agent yet")
        .await?;
    scene
        .until_ready(&scene.run_with("plain-silent", &[]).await?)
        .await?;
    api_server.restore().await?;
    scene.until_ready(&unseen).await?;

    // The time that the agent needed in its own metrics, and the time that the runtime waited for it.
    let metrics = scene.podweave.metrics().await?;
    let within = |seconds: &str| metrics.sum("podweave_agent_creation_seconds_bucket", &[("le", seconds)]);
    let all = metrics.sum("podweave_agent_creation_seconds_count", &[]);
    println!(
        "creations: {all}, of which within 1 ms {}, 10 ms {}, 50 ms {}, 100 ms {}, 500 ms {}",
        within("0.001"),
        within("0.01"),
        within("0.05"),
        within("0.1"),
        within("0.5")
    );
    let mut waited = scene.agent.calls("CreateContainer").durations;
    waited.sort_unstable();
    let at = |percent: usize| {
        waited
            .get((waited.len() * percent / 100).min(waited.len().saturating_sub(1)))
            .copied()
            .unwrap_or_default()
    };
    println!(
        "the runtime waited for {} answers: p50 {:?}, p90 {:?}, p99 {:?}, at most {:?}",
        waited.len(),
        at(50),
        at(90),
        at(99),
        at(100)
    );
    let refused = metrics.sum("podweave_agent_creations_total", &[("outcome", "refused")]);
    ensure!(
        refused >= failing.len() as f64,
        "{refused} refusals for {} pods that fail",
        failing.len()
    );
    // Noise delays a few of many. If a plugin, a ConfigMap or the API server delayed answers, all refused
    // ones would be late.
    let late = all - within("0.1");
    ensure!(
        late * 4.0 < refused,
        "{late} of {all} creations were answered after twice the time that one may wait; {refused} were refused"
    );
    ensure!(
        waited
            .iter()
            .filter(|waited| waited.as_secs_f64() > PLUGINS_LIMIT)
            .count()
            * 4
            < failing.len(),
        "the runtime waited for plugins"
    );
    ensure!(
        scene.agent.calls("RegisterPlugin").requests == 1,
        "the runtime gave up the agent"
    );
    println!(
        "others: {}",
        scene.check().context("pods beside the failing ones")?
    );
    Ok(())
}
