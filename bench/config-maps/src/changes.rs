//! Measures how managers react to changes of ConfigMaps and to failures of the network.

use std::time::Duration;

use anyhow::{Result, ensure};
use podweave_bench_config_maps::Command;
use podweave_bench_figures::samples::Samples;
use podweave_bench_figures::table::{Table, shown};
use podweave_cluster::{Credentials, Proxy};
use tokio::time::{Instant, sleep, timeout};

use crate::cold::median;
use crate::contender::{Contender, Limit, Programs, Running, numbers};
use crate::scene::{Scene, unix_nanoseconds};

/// The number of changes for each contender in each round.
const CHANGES: usize = 100;
/// The number of registered pods, each with a ConfigMap.
const PODS: usize = 200;

/// For how long the API server is unavailable.
const GONE: Duration = Duration::from_secs(5);
const BACK_GOAL: Duration = Duration::from_secs(1);
const NOTICED_GOAL: Duration = Duration::from_secs(10);
/// Client-go's own limits add up to 45 s.
const NOTICED_LATEST: Duration = Duration::from_secs(90);

/// Measures the time until a change is seen.
///
/// # Errors
/// A contender fails.
pub async fn measure(table: &mut Table, scene: &Scene, programs: &Programs, rounds: usize) -> Result<()> {
    let idle = scene.open_watches().await?;
    let mut times = Contender::WATCHING.map(|contender| (contender, Vec::new()));
    for round in 0..rounds {
        for (contender, times) in &mut times {
            eprintln!("changes: {}", contender.name());
            let mut manager = registered(scene, programs, *contender, None).await?;
            for change in 0..CHANGES {
                let number = change % PODS;
                let value = format!("{} {round} {change}", contender.name());
                manager
                    .ask(&Command::Observe {
                        from: number,
                        to: number + 1,
                        value: value.clone(),
                    })
                    .await?;
                let acknowledged = scene.put(number, &value).await?;
                let seen = numbers(&manager.answer().await?, "seen")?;
                times.push(seen[0] as i64 - acknowledged as i64);
            }
            drop(manager);
            scene.settle(idle).await?;
        }
    }
    table.heading(&format!(
        "Change to visible, after the PUT's acknowledgement, {} changes",
        rounds * CHANGES
    ));
    let figures = times.map(|(contender, mut times)| {
        times.sort_unstable();
        let at = |quantile: f64| times[((times.len() - 1) as f64 * quantile).round() as usize] as f64 / 1e6;
        (contender, at(0.5), at(0.99))
    });
    let kubelet = figures[1].2;
    for (contender, p50, p99) in figures {
        let value = format!("p50 {p50:.2} ms, p99 {p99:.2} ms");
        match contender {
            // Equal, within the precision of a p99.
            Contender::Podweave => table.value_with_goal(
                contender.name(),
                value,
                "equal: p99 within 0.5 ms",
                p99 <= kubelet + 0.5,
            ),
            _ => table.value(contender.name(), value),
        }
    }
    Ok(())
}

/// Measures the time until a change is seen when the network fails.
///
/// # Errors
/// A contender fails.
pub async fn measure_recovery(
    table: &mut Table,
    scene: &Scene,
    programs: &Programs,
    rounds: usize,
) -> Result<()> {
    let idle = scene.open_watches().await?;
    let mut cuts = Contender::WATCHING.map(|contender| (contender, Vec::new()));
    let mut refusals = cuts.clone();
    let mut holes = Contender::WATCHING.map(|contender| (contender, Vec::new()));
    for round in 0..rounds {
        for index in 0..Contender::WATCHING.len() {
            let contender = Contender::WATCHING[index];
            eprintln!("recovery: {}", contender.name());
            let mut proxy = Proxy::start(scene.cluster.server_address().await?).await?;
            let mut manager = registered(scene, programs, contender, Some(&proxy)).await?;
            let value = |what| format!("{} {round} {what}", contender.name());
            cuts[index]
                .1
                .push(cut(scene, &mut manager, &proxy, value("cut")).await?);
            refusals[index]
                .1
                .push(refuse(scene, &mut manager, &mut proxy, value("refusal")).await?);
            // The kubelet's 45 s do not vary, so one round suffices.
            if contender == Contender::Podweave || round == 0 {
                holes[index]
                    .1
                    .push(black_hole(scene, contender, &mut manager, &mut proxy, value("hole")).await?);
            }
            drop(manager);
            drop(proxy);
            scene.settle(idle).await?;
        }
    }
    table.heading(&format!(
        "Recovery with {PODS} registered: until the change of each ConfigMap is seen; p99: until the last is"
    ));
    show_recovery(table, "all connections cut", &cuts, None);
    show_recovery(table, "API server back after 5 s", &refusals, Some(BACK_GOAL));
    show_black_holes(table, &holes);
    Ok(())
}

/// Shows the times of both contenders. Without a goal, the kubelet's time is the goal.
fn show_recovery(
    table: &mut Table,
    what: &str,
    times: &[(Contender, Vec<Recovery>); 2],
    goal: Option<Duration>,
) {
    let goal = goal.unwrap_or_else(|| median(&times[1].1).max);
    for (contender, times) in times {
        let run = median(times);
        let connections = times.iter().map(|run| run.connections).max().unwrap_or_default();
        let slowest = times.iter().map(|run| run.max).max().unwrap_or_default();
        let value = format!(
            "last {} to {}; {connections} new connections",
            shown(times.iter().map(|run| run.max).min().unwrap_or_default()),
            shown(slowest)
        );
        let what = format!("{what}: {}", contender.name());
        match contender {
            Contender::Podweave => table.times_with_goal(
                &what,
                run.p50,
                run.max,
                value,
                &format!("last at most {}", shown(goal)),
                run.max <= goal,
            ),
            _ => table.times(&what, run.p50, run.max, value),
        }
    }
}

/// Shows when each contender noticed that nothing comes through, and when it saw the change afterwards.
fn show_black_holes(table: &mut Table, holes: &[(Contender, Vec<Hole>); 2]) {
    for (contender, runs) in holes {
        let slowest = runs.iter().map(|hole| hole.noticed).max().unwrap_or_default();
        let visible = runs.iter().map(|hole| hole.visible).max().unwrap_or_default();
        let doubted = runs
            .iter()
            .filter_map(|hole| hole.doubted)
            .max()
            .map_or("never said".to_owned(), |doubted| {
                format!("said by {}", shown(doubted))
            });
        let value = format!(
            "new connection by {}; {doubted}; seen {} after its end",
            shown(slowest),
            shown(visible)
        );
        let what = format!("black hole: {}", contender.name());
        match contender {
            Contender::Podweave => {
                let noticed = runs
                    .iter()
                    .filter_map(|hole| hole.doubted)
                    .max()
                    .unwrap_or(NOTICED_LATEST)
                    .max(slowest);
                table.value_with_goal(&what, value, "noticed within 10 s", noticed <= NOTICED_GOAL);
            }
            _ => table.value(&what, value),
        }
    }
}

/// The times until the changes of all ConfigMaps were seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Recovery {
    max: Duration,
    p50: Duration,
    connections: usize,
}

/// The reaction to a network that drops all packets.
#[derive(Debug, Clone, Copy)]
struct Hole {
    /// The time until a new connection was tried.
    noticed: Duration,
    /// The time until the manager reported that all ConfigMaps may be out of date.
    doubted: Option<Duration>,
    /// The time from the end of the black hole until all changes were seen.
    visible: Duration,
}

async fn registered(
    scene: &Scene,
    programs: &Programs,
    contender: Contender,
    proxy: Option<&Proxy>,
) -> Result<Running> {
    let kubeconfig = match proxy {
        Some(proxy) => scene.cluster.kubeconfig_at(&proxy.url(), Credentials::Admin)?,
        None => scene.kubeconfig.clone(),
    };
    let mut manager = programs
        .start(contender, Limit::Kubelet, &kubeconfig, scene.namespace())
        .await?;
    manager.ask(&Command::Register { from: 0, to: PODS }).await?;
    sleep(Duration::from_secs(2)).await;
    Ok(manager)
}

async fn cut(scene: &Scene, manager: &mut Running, proxy: &Proxy, value: String) -> Result<Recovery> {
    let accepted = proxy.accepted();
    manager
        .ask(&Command::Observe {
            from: 0,
            to: PODS,
            value: value.clone(),
        })
        .await?;
    let cut = unix_nanoseconds();
    proxy.cut().await;
    let acknowledged = scene.put_all(PODS, &value).await?;
    let seen = numbers(&manager.answer().await?, "seen")?;
    Ok(recovery(&seen, &acknowledged, cut, proxy.accepted() - accepted))
}

async fn refuse(scene: &Scene, manager: &mut Running, proxy: &mut Proxy, value: String) -> Result<Recovery> {
    let accepted = proxy.accepted();
    proxy.refuse().await;
    let until = Instant::now() + GONE;
    let acknowledged = scene.put_all(PODS, &value).await?;
    manager
        .ask(&Command::Observe {
            from: 0,
            to: PODS,
            value,
        })
        .await?;
    tokio::time::sleep_until(until).await;
    proxy.restore().await?;
    let back = unix_nanoseconds();
    let seen = numbers(&manager.answer().await?, "seen")?;
    Ok(recovery(&seen, &acknowledged, back, proxy.accepted() - accepted))
}

/// Each time is counted from the end of the failure or from the change, whichever was later.
fn recovery(seen: &[u64], acknowledged: &[u64], from: u64, connections: usize) -> Recovery {
    let times = seen
        .iter()
        .zip(acknowledged)
        .map(|(seen, acknowledged)| Duration::from_nanos(seen.saturating_sub(from.max(*acknowledged))));
    let times: Samples = times.collect();
    Recovery {
        max: times.max(),
        p50: times.p50(),
        connections,
    }
}

async fn black_hole(
    scene: &Scene,
    contender: Contender,
    manager: &mut Running,
    proxy: &mut Proxy,
    value: String,
) -> Result<Hole> {
    if contender == Contender::Podweave {
        manager.ask(&Command::Doubt { from: 0, to: PODS }).await?;
    }
    let accepted = proxy.accepted();
    let (began, began_at) = (Instant::now(), unix_nanoseconds());
    proxy.black_hole();
    scene.put_all(PODS, &value).await?;
    let dialled = async {
        while proxy.accepted() == accepted {
            sleep(Duration::from_millis(5)).await;
        }
    };
    ensure!(
        timeout(NOTICED_LATEST, dialled).await.is_ok(),
        "{} does not notice a black hole",
        contender.name()
    );
    let noticed = began.elapsed();
    let doubted = match contender {
        Contender::Podweave => numbers(&manager.answer().await?, "seen")?
            .into_iter()
            .max()
            .map(|seen| Duration::from_nanos(seen.saturating_sub(began_at))),
        _ => None,
    };
    manager
        .ask(&Command::Observe {
            from: 0,
            to: PODS,
            value,
        })
        .await?;
    proxy.restore().await?;
    let restored = unix_nanoseconds();
    let seen = numbers(&manager.answer().await?, "seen")?
        .into_iter()
        .max()
        .unwrap_or_default();
    Ok(Hole {
        noticed,
        doubted,
        visible: Duration::from_nanos(seen.saturating_sub(restored)),
    })
}
