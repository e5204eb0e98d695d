//! Measures cold bursts: all pods start at once, with an empty manager.

use std::time::Duration;

use anyhow::Result;
use podweave_bench_config_maps::Command;
use podweave_bench_figures::samples::Samples;
use podweave_bench_figures::table::{Table, shown};
use tokio::time::sleep;

use crate::contender::{Contender, Limit, Programs, number, numbers};
use crate::scene::{Requests, Scene};

/// Pods on a node: a small one, the default limit, and more than Kubernetes is tested with.
const PODS: [usize; 3] = [30, 110, 500];

/// If no watch was opened for this time, all watches that follow the first reads are open.
const AFTERMATH: Duration = Duration::from_millis(300);

/// The most connections that a manager should need, as long as they have room for its watches.
const CONNECTIONS: u64 = 8;
/// The streams, and thus watches, that the API server allows on one connection.
const STREAMS: u64 = 100;

/// One burst.
#[derive(Debug, Clone, Copy)]
struct Burst {
    pods: usize,
    config_maps: usize,
    limit: Limit,
}

/// The results of one contender in all rounds.
#[derive(Debug, Default)]
struct Runs {
    p50: Vec<Duration>,
    p99: Vec<Duration>,
    max: Vec<Duration>,
    failed: Vec<u64>,
    dials: Vec<u64>,
    requests: Vec<Requests>,
}

/// Measures all bursts.
///
/// # Errors
/// A contender fails.
pub async fn measure(
    table: &mut Table,
    scene: &Scene,
    programs: &Programs,
    rounds: usize,
    most: usize,
) -> Result<()> {
    let idle = scene.open_watches().await?;
    for limit in [Limit::Kubelet, Limit::None] {
        for (each, what) in [
            (0, "one ConfigMap shared by all"),
            (1, "one ConfigMap each"),
            (10, "ten ConfigMaps each"),
        ] {
            table.heading(&format!("Cold burst, {what}, {}", limit.name()));
            for pods in PODS {
                let config_maps = (pods * each).max(1);
                if config_maps > most {
                    continue;
                }
                let burst = Burst {
                    pods,
                    config_maps,
                    limit,
                };
                let mut runs = Contender::ALL.map(|contender| (contender, Runs::default()));
                for round in 0..rounds {
                    for (contender, runs) in &mut runs {
                        if round < burst.rounds(*contender, rounds) {
                            eprintln!(
                                "cold burst: {pods} pods, {config_maps} ConfigMaps, {}: {}",
                                limit.name(),
                                contender.name()
                            );
                            runs.add(run(scene, programs, *contender, burst).await?);
                            scene.settle(idle).await?;
                        }
                    }
                }
                show(table, burst, &runs);
            }
        }
    }
    Ok(())
}

impl Burst {
    /// The number of rounds in which a contender takes part: once or not at all where the request limit makes
    /// a round take minutes.
    fn rounds(self, contender: Contender, rounds: usize) -> usize {
        match (contender, self.limit, self.config_maps) {
            (Contender::KubeletTtl, Limit::Kubelet, 2000..) => 0,
            (Contender::KubeletTtl, Limit::Kubelet, 300..) => 1,
            _ => rounds,
        }
    }
}

/// The result of one run: times, failed Gets, connections, requests.
type Run = (Samples, u64, u64, Requests);

async fn run(scene: &Scene, programs: &Programs, contender: Contender, burst: Burst) -> Result<Run> {
    let mut manager = programs
        .start(contender, burst.limit, &scene.kubeconfig, scene.namespace())
        .await?;
    let before = scene.count().await?;
    let answer = manager
        .ask(&Command::Burst {
            pods: burst.pods,
            config_maps: burst.config_maps,
        })
        .await?;
    let mut requests = Requests::default();
    loop {
        sleep(AFTERMATH).await;
        let now = before.until(scene.count().await?);
        if std::mem::replace(&mut requests, now) == now {
            break;
        }
    }
    let figures = manager.ask(&Command::Figures).await?;
    let took = numbers(&answer, "took")?
        .into_iter()
        .map(Duration::from_nanos)
        .collect();
    Ok((
        took,
        number(&answer, "failed")?,
        number(&figures, "dials")?,
        requests,
    ))
}

impl Runs {
    fn add(&mut self, (took, failed, dials, requests): Run) {
        self.p50.push(took.p50());
        self.p99.push(took.p99());
        self.max.push(took.max());
        self.failed.push(failed);
        self.dials.push(dials);
        self.requests.push(requests);
    }

    fn requests(&self) -> Requests {
        let mut requests = self.requests.clone();
        requests.sort_by_key(|requests| requests.total());
        requests.get(requests.len() / 2).copied().unwrap_or_default()
    }
}

fn show(table: &mut Table, burst: Burst, all: &[(Contender, Runs)]) {
    let of = |wanted| {
        all.iter()
            .find(|(contender, _)| *contender == wanted)
            .map(|(_, runs)| median(&runs.p50))
    };
    let kubelet = of(Contender::KubeletWatch).unwrap_or_default();
    for (contender, runs) in all.iter().filter(|(_, runs)| !runs.p50.is_empty()) {
        let what = format!(
            "{} pods, {} ConfigMap{}: {}",
            burst.pods,
            burst.config_maps,
            if burst.config_maps == 1 { "" } else { "s" },
            contender.name()
        );
        let (p50, p99) = (median(&runs.p50), median(&runs.p99));
        let spread = if runs.p50.len() > 1 {
            format!(
                "p50 {} to {}, ",
                short(runs.p50.iter().min()),
                short(runs.p50.iter().max())
            )
        } else {
            String::new()
        };
        let failed = most_and_least(&runs.failed);
        let connections = most_and_least(&runs.dials);
        let value = format!(
            "{spread}max {}; {}; {connections} conn.; {failed} failed",
            short(runs.max.iter().max()),
            runs.requests()
        );
        if *contender != Contender::Podweave {
            table.times(&what, p50, p99, value);
            continue;
        }
        let faster = kubelet.as_secs_f64() / p50.as_secs_f64();
        let wanted = match burst.pods {
            _ if burst.config_maps != burst.pods => None,
            110 => Some(2.0),
            500 => Some(4.0),
            _ => None,
        };
        let connections = CONNECTIONS.max((burst.config_maps as u64).div_ceil(STREAMS));
        let is_small = runs.failed.iter().all(|failed| *failed == 0)
            && runs.dials.iter().all(|dials| *dials <= connections);
        let value = format!("{faster:.1} x faster; {value}");
        let goal = wanted.map_or(String::new(), |wanted| format!("{wanted} x faster, "))
            + &format!("0 failed, at most {connections} conn.");
        table.times_with_goal(
            &what,
            p50,
            p99,
            value,
            &goal,
            is_small && wanted.is_none_or(|wanted| (faster * 10.0).round() >= wanted * 10.0),
        );
    }
}

/// The median.
pub fn median<T: Copy + Ord + Default>(values: &[T]) -> T {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted
        .get(sorted.len().saturating_sub(1) / 2)
        .copied()
        .unwrap_or_default()
}

fn short(time: Option<&Duration>) -> String {
    time.map_or(String::new(), |time| shown(*time))
}

fn most_and_least(counts: &[u64]) -> String {
    match (counts.iter().min(), counts.iter().max()) {
        (Some(least), Some(most)) if least < most => format!("{least}-{most}"),
        (Some(count), _) => count.to_string(),
        (None, _) => String::new(),
    }
}
