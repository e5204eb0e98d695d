//! A full node: all its pods at once, with podweave and without, and as people do it today; then pods that come and go, while which the
//! agent answers a real runtime.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use podweave_bench_figures::samples::Samples;
use podweave_bench_figures::table::{Table, shown};
use podweave_cluster::{NriProxy, Plugin, PodweaveOptions};

use crate::job;
use crate::stage::{Stage, until_compiled};

/// What the processes may hold.
const AGENT_GOAL: f64 = 48.0;
const GUARD_GOAL: f64 = 4.0;

/// What one of a hundred answers may take on a busy node.
const CHURN_GOAL: Duration = Duration::from_millis(10);

/// For how long pods come and go, and how many together.
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
}

/// Measures full nodes.
///
/// # Errors
/// A pod does not become Ready.
pub async fn measure(table: &mut Table, stage: &Stage, rounds: usize) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let proxy = NriProxy::start(&directory.path().join("nri.sock"), stage.node.nri_socket())?;
    let podweave = stage.podweave(PodweaveOptions { agent_nri: Some(proxy.socket().to_owned()), ..PodweaveOptions::default() }).await?;
    let crowd = stage.node.crowd(stage.namespace.name()).await?;
    let mut last = Kind::ALL.map(|kind| (kind, Vec::new()));
    let (mut agent, mut guard) = ((0, 0), (0, 0));
    for round in 0..rounds {
        for (kind, last) in &mut last {
            eprintln!("full node, round {} of {rounds}: {}", round + 1, kind.name());
            if *kind == Kind::Podweave {
                tokio::try_join!(podweave.agent().start(), podweave.guard().start())?;
                if round == 0 {
                    until_compiled(&podweave).await?;
                }
            }
            let pods = (0..stage.load.pods()).map(|number| match kind {
                Kind::Plain => stage.load.plain_pod(number),
                Kind::Podweave => stage.load.pod(number),
                Kind::InitContainer => job::with_init_container(&stage.load, number),
            });
            let times = crowd.run(pods.collect()).await?;
            last.push(times.into_iter().max().unwrap_or_default());
            if *kind == Kind::Podweave {
                let metrics = podweave.metrics().await?;
                let (registered, bytes) = (metrics.sum("podweave_config_maps_pods", &[]), metrics.sum("podweave_config_maps_bytes", &[]));
                ensure!(registered as usize == stage.load.pods(), "the agent has registered {registered} pods");
                ensure!(bytes as usize >= stage.load.config_maps() * 1000, "the agent has {bytes} bytes of ConfigMaps");
                agent = agent.max((podweave.agent().resident_bytes()?, podweave.agent().anonymous_bytes()?));
                guard = guard.max((podweave.guard().resident_bytes()?, podweave.guard().anonymous_bytes()?));
            }
            crowd.delete().await?;
            if *kind == Kind::Podweave && round + 1 == rounds {
                eprintln!("pods that come and go");
                let until = Instant::now() + CHURN;
                let mut next = 0;
                while Instant::now() < until {
                    stage.run((next..next + GROUP).map(|number| stage.load.pod_with(number, Plugin::Handlebars)).collect()).await?;
                    next += GROUP;
                }
            }
            stage.node.until_clear().await?;
            if *kind == Kind::Podweave {
                tokio::try_join!(podweave.agent().stop(), podweave.guard().stop())?;
            }
        }
    }
    let calls = proxy.calls("CreateContainer");
    ensure!(calls.errors == 0, "{} creations were refused, though nothing was wrong", calls.errors);

    let answers: Samples = calls.durations.iter().copied().collect();
    let (value, goal) = (format!("longest {}", shown(answers.max())), format!("p99 at most {}", shown(CHURN_GOAL)));
    let what = format!("a full node and churn, {} containers, seen by containerd", calls.answers);
    table.times_with_goal(&what, answers.p50(), answers.p99(), value, &goal, answers.p99() <= CHURN_GOAL);

    table.heading(&format!("{} pods at once: until the last is Ready, {rounds} rounds", stage.load.pods()));
    let median = |times: &[Duration]| times.iter().copied().collect::<Samples>().p50();
    let plain = median(&last[0].1);
    for (kind, times) in &last {
        let (shortest, longest) = (times.iter().min().copied().unwrap_or_default(), times.iter().max().copied().unwrap_or_default());
        let ratio = median(times).as_secs_f64() / plain.as_secs_f64();
        table.value(kind.name(), format!("{} ({} to {}), {ratio:.2} x", shown(median(times)), shown(shortest), shown(longest)));
    }

    table.heading(&format!("Memory with {} pods, 3 plugins, {} ConfigMaps of 1 KiB", stage.load.pods(), stage.load.config_maps()));
    let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let value = |(resident, anonymous)| format!("{:.1} MiB resident, {:.1} MiB of it anonymous", mebibytes(resident), mebibytes(anonymous));
    table.value_with_goal("agent", value(agent), &format!("at most {AGENT_GOAL} MiB resident"), mebibytes(agent.0) <= AGENT_GOAL);
    table.value_with_goal("guard", value(guard), &format!("at most {GUARD_GOAL} MiB anonymous"), mebibytes(guard.1) <= GUARD_GOAL);
    Ok(())
}
