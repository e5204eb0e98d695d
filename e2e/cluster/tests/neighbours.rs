//! Ordinary pods beside hostile ones: a namespace creates, restarts and deletes pods that are written to
//! exhaust the time and memory of the agent, the guard and the node, at the API server's own limits. Alone in
//! its process, with its own node. `PODWEAVE_NEIGHBOURS_SECONDS` sets for how long; `make soak` sets ten
//! minutes. Agent and guard have the memory limits of the chart.

mod neighbours {
    pub mod attacks;
    pub mod chart;
    pub mod compile_bomb;
}

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use neighbours::attacks::{Attack, all, put_config_maps};
use neighbours::{chart, compile_bomb};
use podweave_cluster::{Load, Metrics, Node, NodeOptions, Podweave, PodweaveOptions, shared};

/// The variable that sets for how long there are hostile pods, and the default.
const SECONDS: (&str, Duration) = ("PODWEAVE_NEIGHBOURS_SECONDS", Duration::from_secs(60));

/// The number of ordinary pods that come and go in each round: opted in, and plain. A fifth of them exists at
/// a time.
const OPTED_IN: usize = 50;
const PLAIN: usize = 20;
const GROUPS: usize = 5;

/// The permitted memory of the agent above its idle memory.
const AGENT_BYTES: u64 = 160 << 20;

/// The permitted total memory of the guard: a third of the chart's limit.
const GUARD_BYTES: u64 = 32 << 20;

/// The bucket that every answer has to be in: ten times the time that a creation may wait (`creationTimeout`,
/// 50 ms).
const ANSWERED: f64 = 0.5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::too_many_lines, reason = "one scenario, step by step")]
async fn hostile_pods_are_refused_and_harm_no_other_pod() -> Result<()> {
    let cluster = shared().await?;
    if cluster.skips("hostile_pods_are_refused_and_harm_no_other_pod") {
        return Ok(());
    }
    let load = Load::new(OPTED_IN, OPTED_IN);
    let node = Node::start(cluster, NodeOptions::default()).await?;
    let podweave = Podweave::start(
        &node,
        PodweaveOptions {
            configuration: Load::configuration(),
            memory: Some(chart::memory()?),
            ..PodweaveOptions::default()
        },
    )
    .await?;
    let (victims, attackers) = (
        cluster.create_namespace("victims").await?,
        cluster.create_namespace("attackers").await?,
    );
    load.put(cluster, victims.name()).await?;
    put_config_maps(cluster, attackers.name()).await?;
    let ordinary = async || -> Result<Vec<Duration>> {
        let crowd = node.crowd(victims.name()).await?;
        let mut took = Vec::new();
        for group in 0..GROUPS {
            let opted_in = (0..OPTED_IN)
                .filter(|number| number % GROUPS == group)
                .map(|number| load.pod(number));
            let plain = (OPTED_IN..OPTED_IN + PLAIN)
                .filter(|number| number % GROUPS == group)
                .map(|number| load.plain_pod(number));
            took.extend(crowd.run(opted_in.chain(plain).collect()).await?);
            crowd.delete().await?;
        }
        Ok(took)
    };
    // Compiles the plugins.
    ordinary().await?;
    let pids = (podweave.agent().pid(), podweave.guard().pid());
    let idle = podweave.agent().resident_bytes()?;
    let before = podweave.metrics().await?;
    let alone = ordinary().await?;
    let between = podweave.metrics().await?;
    report("alone", &alone, &between, Some(&before));

    let seconds = std::env::var(SECONDS.0)
        .ok()
        .map(|seconds| seconds.parse())
        .transpose()
        .with_context(|| format!("{} is not a number", SECONDS.0))?;
    let until = Instant::now() + seconds.map_or(SECONDS.1, Duration::from_secs);
    let refused = AtomicUsize::new(0);
    let attacks = all();
    let hostile = async {
        // A loop for each kind, so that all exist at the same time.
        futures_util::future::try_join_all(
            attacks
                .iter()
                .map(|attack| again_and_again(&node, attackers.name(), attack, until, &refused)),
        )
        .await
        .map(drop)
    };
    let beside = async {
        let mut took = Vec::new();
        while took.is_empty() || Instant::now() < until {
            took.extend(ordinary().await?);
        }
        Ok(took)
    };
    let ((), beside) = tokio::try_join!(hostile, beside)?;
    let refusal = compile_bomb::run(&node, &podweave, attackers.name(), ordinary).await?;
    println!("a component that is built to exhaust its compiler: {refusal}");
    let after = podweave.metrics().await?;
    report("beside hostile pods", &beside, &after, Some(&between));
    let (peak, guard) = (
        podweave.agent().peak_resident_bytes()?,
        podweave.guard().peak_resident_bytes()?,
    );
    let mib = |bytes: u64| bytes >> 20;
    println!(
        "agent: idle {} MiB, peak {} MiB; guard: peak {} MiB; {} hostile pods refused",
        mib(idle),
        mib(peak),
        mib(guard),
        refused.load(Ordering::Relaxed)
    );

    ensure!(
        pids == (podweave.agent().pid(), podweave.guard().pid())
            && podweave.agent().is_running()?
            && podweave.guard().is_running()?,
        "a process has ended"
    );
    ensure!(
        peak <= idle + AGENT_BYTES,
        "the agent has grown from {} to {} MiB",
        mib(idle),
        mib(peak)
    );
    ensure!(guard <= GUARD_BYTES, "the guard has taken {} MiB", mib(guard));
    let (answered, in_time) = answers(&after, Some(&between), ANSWERED);
    ensure!(
        answered == in_time,
        "{} of {answered} creations took longer than {ANSWERED} s to answer",
        answered - in_time
    );
    node.stop().await
}

/// Runs pods of one attack, one after the other.
async fn again_and_again(
    node: &Node<'_>,
    namespace: &str,
    attack: &Attack,
    until: Instant,
    refused: &AtomicUsize,
) -> Result<()> {
    let mut number = 0;
    while number == 0 || Instant::now() < until {
        let mut manifest = attack.pod.clone();
        manifest["metadata"]["name"] = format!("{}-{number}", attack.name).into();
        let pod = node
            .run(namespace, manifest)
            .await
            .with_context(|| format!("attack {}", attack.name))?;
        let came = match attack.refusal {
            Some(reason) => pod
                .until_waiting(attack.container, reason)
                .await
                .map(|_| refused.fetch_add(1, Ordering::Relaxed))
                .map(drop),
            None => pod.ready().await.map(drop),
        };
        came.with_context(|| format!("attack {}", attack.name))?;
        pod.delete().await?;
        number += 1;
    }
    Ok(())
}

/// Returns how many creations were answered, and how many of them within these seconds.
fn answers(now: &Metrics, since: Option<&Metrics>, seconds: f64) -> (u64, u64) {
    let count = |metric: &str, labels: &[(&str, &str)]| {
        (now.sum(metric, labels) - since.map_or(0.0, |since| since.sum(metric, labels))) as u64
    };
    (
        count("podweave_agent_creation_seconds_count", &[]),
        count(
            "podweave_agent_creation_seconds_bucket",
            &[("le", &seconds.to_string())],
        ),
    )
}

fn report(when: &str, ready: &[Duration], now: &Metrics, since: Option<&Metrics>) {
    let mut ready = ready.to_vec();
    ready.sort_unstable();
    let at = |part: usize| {
        ready
            .get((ready.len() * part / 100).min(ready.len().saturating_sub(1)))
            .copied()
            .unwrap_or_default()
    };
    println!(
        "{when}: {} pods Ready, half after {:?}, 99 % after {:?}, the last after {:?}",
        ready.len(),
        at(50),
        at(99),
        at(100)
    );
    for seconds in [0.001, 0.01, 0.05, 0.1, ANSWERED] {
        let (all, within) = answers(now, since, seconds);
        println!("  {within} of {all} creations answered within {seconds} s");
    }
}
