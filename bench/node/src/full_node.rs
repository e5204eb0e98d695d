//! Measures a full node: all its pods at once, with podweave, without, and with init containers; then pods
//! that start and end, while the agent answers a real runtime.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use podweave_bench_figures::samples::Samples;
use podweave_bench_figures::table::{Table, shown};
use podweave_cluster::{Calls, Crowd, Load, NriProxy, Plugin, Podweave, PodweaveOptions, Server};
use serde_json::Value;

use crate::job;
use crate::stage::{Stage, until_compiled};

/// The goals for the memory of the processes, in MiB.
const AGENT_GOAL: f64 = 52.0;
const GUARD_GOAL: f64 = 4.0;

/// The goal for the 99th percentile of answers on a busy node.
const CHURN_GOAL: Duration = Duration::from_millis(10);

/// For how long pods start and end, and how many at once.
const CHURN: Duration = Duration::from_secs(30);
const GROUP: usize = 20;

/// How a node's pods are configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Podweave,
    InitContainer,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Plain, Self::Podweave, Self::InitContainer];

    fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain pods, no podweave",
            Self::Podweave => "podweave: three plugins in turn",
            Self::InitContainer => "an init container that renders, no podweave",
        }
    }

    fn pod(self, load: &Load, number: usize) -> Value {
        match self {
            Self::Plain => load.plain_pod(number),
            Self::Podweave => load.pod(number),
            Self::InitContainer => job::with_init_container(load, number),
        }
    }
}

/// The results.
struct Found {
    /// The time until the last pod was Ready, in each round.
    last: [(Kind, Vec<Duration>); 3],
    memory: Memory,
    /// The agent's answers, as the proxy saw them.
    answers: Calls,
    /// By the agent's own metrics: the number of answers within 5 ms, and of all answers.
    in_agent: (u64, u64),
}

/// Measures full nodes.
///
/// # Errors
/// A pod does not become Ready.
pub async fn measure(table: &mut Table, stage: &Stage, rounds: usize) -> Result<()> {
    let found = fill(stage, rounds).await?;

    let answers: Samples = found.answers.durations.iter().copied().collect();
    let (quick, all) = found.in_agent;
    let value = format!(
        "longest {}; {quick} of {all} within 5 ms in the agent itself",
        shown(answers.max())
    );
    let what = format!(
        "a full node and churn, {} containers, between containerd and the agent",
        found.answers.answers
    );
    let goal = format!("p99 at most {}", shown(CHURN_GOAL));
    table.times_with_goal(
        &what,
        answers.p50(),
        answers.p99(),
        value,
        &goal,
        answers.p99() <= CHURN_GOAL,
    );

    show_readiness(table, stage, rounds, found.last);
    show_memory(table, stage, &found.memory);
    Ok(())
}

/// Shows how long it took until the last pod of each kind was Ready.
fn show_readiness(table: &mut Table, stage: &Stage, rounds: usize, last: [(Kind, Vec<Duration>); 3]) {
    table.heading(&format!(
        "{} pods at once: until the last is Ready, {rounds} rounds",
        stage.load.pods()
    ));
    let last = last.map(|(kind, times)| (kind, times.into_iter().collect::<Samples>()));
    let plain = last[0].1.p50().as_secs_f64();
    for (kind, times) in &last {
        let (shortest, longest) = (shown(times.min()), shown(times.max()));
        table.value(
            kind.name(),
            format!(
                "{}, {:.2} x ({shortest} to {longest})",
                shown(times.p50()),
                times.p50().as_secs_f64() / plain
            ),
        );
    }
}

/// Shows the memory of both processes while the node was full.
fn show_memory(table: &mut Table, stage: &Stage, memory: &Memory) {
    table.heading(&format!(
        "Memory with {} pods, 3 plugins, {} ConfigMaps of 1 KiB",
        stage.load.pods(),
        stage.load.config_maps()
    ));
    let value = |process: Process| {
        format!(
            "{:.1} MiB resident, {:.1} MiB of it anonymous",
            mebibytes(process.resident),
            mebibytes(process.anonymous)
        )
    };
    let Memory { agent, guard } = *memory;
    table.value_with_goal(
        "agent",
        value(agent),
        &format!("at most {AGENT_GOAL} MiB resident"),
        mebibytes(agent.resident) <= AGENT_GOAL,
    );
    table.value_with_goal(
        "guard",
        value(guard),
        &format!("at most {GUARD_GOAL} MiB anonymous"),
        mebibytes(guard.anonymous) <= GUARD_GOAL,
    );
}

/// Fills the node with pods of each kind, in turns, and then starts and ends pods.
async fn fill(stage: &Stage, rounds: usize) -> Result<Found> {
    let directory = tempfile::tempdir()?;
    let proxy = NriProxy::start(&directory.path().join("nri.sock"), stage.node.nri_socket())?;
    let podweave = stage
        .podweave(PodweaveOptions {
            agent_nri: Some(proxy.socket().to_owned()),
            ..PodweaveOptions::default()
        })
        .await?;
    let crowd = stage.node.crowd(stage.namespace.name()).await?;
    let (mut last, mut memory, mut in_agent) = (
        Kind::ALL.map(|kind| (kind, Vec::new())),
        Memory::default(),
        (0, 0),
    );
    // Warm up: the first pods of a node find cold caches.
    crowd
        .run((0..GROUP).map(|number| stage.load.plain_pod(number)).collect())
        .await?;
    crowd.delete().await?;
    stage.node.until_clear().await?;
    for round in 0..rounds {
        for place in 0..Kind::ALL.len() {
            let (kind, last) = &mut last[(round + place) % Kind::ALL.len()];
            eprintln!("full node, round {} of {rounds}: {}", round + 1, kind.name());
            let has_podweave = *kind == Kind::Podweave;
            if has_podweave {
                tokio::try_join!(podweave.agent().start(), podweave.guard().start())?;
                until_compiled(&podweave).await?;
            }
            let pods = (0..stage.load.pods()).map(|number| kind.pod(&stage.load, number));
            last.extend(crowd.run(pods.collect()).await?.into_iter().max());
            if has_podweave {
                memory = memory.max(Memory::with_all_pods(&podweave, &stage.load).await?);
            }
            crowd.delete().await?;
            if has_podweave && round + 1 == rounds {
                eprintln!("starting and ending pods");
                churn(&crowd, &stage.load).await?;
            }
            stage.node.until_clear().await?;
            if has_podweave {
                let (quick, all) = answers_in_agent(&podweave).await?;
                in_agent = (in_agent.0 + quick, in_agent.1 + all);
                tokio::try_join!(podweave.agent().stop(), podweave.guard().stop())?;
            }
        }
    }
    let answers = proxy.calls("CreateContainer");
    ensure!(
        answers.errors == 0,
        "{} creations were refused without a reason",
        answers.errors
    );
    Ok(Found {
        last,
        memory,
        answers,
        in_agent,
    })
}

/// By the agent's own metrics: the number of answers within 5 ms, and of all answers.
async fn answers_in_agent(podweave: &Podweave) -> Result<(u64, u64)> {
    let metrics = podweave.metrics().await?;
    let quick = metrics.sum("podweave_agent_creation_seconds_bucket", &[("le", "0.005")]);
    let all = metrics.sum("podweave_agent_creation_seconds_count", &[]);
    Ok((quick as u64, all as u64))
}

/// Starts and ends groups of pods, one after the other.
async fn churn(crowd: &Crowd<'_>, load: &Load) -> Result<()> {
    let (until, mut next) = (Instant::now() + CHURN, 0);
    while Instant::now() < until {
        crowd
            .run(
                (next..next + GROUP)
                    .map(|number| load.pod_with(number, Plugin::Handlebars))
                    .collect(),
            )
            .await?;
        crowd.delete().await?;
        next += GROUP;
    }
    Ok(())
}

/// The memory of a process, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Process {
    resident: u64,
    anonymous: u64,
}

/// The memory of podweave's processes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Memory {
    agent: Process,
    guard: Process,
}

impl Memory {
    /// Measures the memory while all pods of a load run.
    async fn with_all_pods(podweave: &Podweave, load: &Load) -> Result<Self> {
        let metrics = podweave.metrics().await?;
        let (registered, bytes) = (
            metrics.sum("podweave_config_maps_pods", &[]),
            metrics.sum("podweave_config_maps_bytes", &[]),
        );
        ensure!(
            registered as usize == load.pods(),
            "the agent has registered {registered} pods"
        );
        ensure!(
            bytes as usize >= load.config_maps() * 1000,
            "the agent has {bytes} bytes of ConfigMaps"
        );
        let of = |process: &Server| {
            anyhow::Ok(Process {
                resident: process.resident_bytes()?,
                anonymous: process.anonymous_bytes()?,
            })
        };
        Ok(Self {
            agent: of(podweave.agent())?,
            guard: of(podweave.guard())?,
        })
    }
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
