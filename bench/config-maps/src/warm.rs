//! Measures managers with cached ConfigMaps: hot Gets, and memory.

use std::time::Duration;

use anyhow::{Result, ensure};
use podweave_bench_config_maps::Command;
use podweave_bench_figures::table::Table;

use crate::cold::median;
use crate::contender::{Contender, Limit, Programs, Running, number};
use crate::scene::{PAYLOAD, Scene};

/// The number of ConfigMaps, which are read in turn.
const HOT: usize = 500;
const THREADS: [usize; 3] = [1, 4, 16];
const MILLISECONDS: u64 = 1000;
/// Nanoseconds.
const HOT_GOAL: f64 = 50.0;
/// The goal for the ratio of a Get's time with several threads to that with one: two CPUs can be one core.
const SCALING_GOAL: f64 = 1.3;

/// Bytes.
const MEMORY_GOAL: u64 = 4096;

/// Measures hot Gets and memory.
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
    let mut hot: Vec<(String, Vec<Hot>)> = Vec::new();
    let mut memory: Vec<(Contender, Vec<u64>)> = Vec::new();
    for _ in 0..rounds {
        for contender in Contender::ALL {
            eprintln!("hot Gets and memory: {}", contender.name());
            let mut manager = programs
                .start(contender, Limit::None, &scene.kubeconfig, scene.namespace())
                .await?;
            register(&mut manager, 0, HOT).await?;
            let before = resident(&mut manager).await?;
            register(&mut manager, HOT, most).await?;
            let each = resident(&mut manager).await?.saturating_sub(before) / (most - HOT) as u64;
            push(&mut memory, contender, each);
            for threads in THREADS {
                push(
                    &mut hot,
                    label(contender, "get", threads),
                    run_hot(&mut manager, threads, false).await?,
                );
                if contender == Contender::Podweave {
                    push(
                        &mut hot,
                        label(contender, "get().await", threads),
                        run_hot(&mut manager, threads, true).await?,
                    );
                }
            }
            drop(manager);
            scene.settle(idle).await?;
        }
    }
    table.heading(&format!(
        "Hot Get, {HOT} ConfigMaps in turn: CPU time of a Get, and time on the clock by Gets of all threads"
    ));
    show_hot(table, &mut hot);
    table.heading(&format!(
        "Memory for each ConfigMap beyond its {PAYLOAD} bytes: growth of the RSS from {HOT} to {most} of them"
    ));
    for (contender, each) in &memory {
        let beyond = |bytes: u64| bytes.saturating_sub(PAYLOAD as u64);
        let value = format!(
            "{} B ({} to {})",
            beyond(median(each)),
            beyond(*each.iter().min().unwrap_or(&0)),
            beyond(*each.iter().max().unwrap_or(&0))
        );
        match contender {
            Contender::Podweave => table.value_with_goal(
                contender.name(),
                value,
                "at most 4 kB",
                beyond(median(each)) <= MEMORY_GOAL,
            ),
            _ => table.value(contender.name(), value),
        }
    }
    Ok(())
}

/// The cost of a hot Get: CPU time in picoseconds, elapsed time by the Gets of all threads in picoseconds,
/// and allocations in a million Gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Hot {
    busy: u64,
    clock: u64,
    allocations: u64,
}

async fn register(manager: &mut Running, from: usize, to: usize) -> Result<()> {
    let answer = manager.ask(&Command::Register { from, to }).await?;
    // The kubelet's Gets sometimes fail and are repeated, so failures are allowed.
    ensure!(answer["failed"].is_u64(), "no count of failed Gets");
    // Wait for what follows the first answers: watches, and the collection of garbage.
    tokio::time::sleep(Duration::from_secs(1)).await;
    Ok(())
}

async fn resident(manager: &mut Running) -> Result<u64> {
    number(&manager.ask(&Command::Figures).await?, "resident")
}

async fn run_hot(manager: &mut Running, threads: usize, waiting: bool) -> Result<Hot> {
    let answer = manager
        .ask(&Command::Hot {
            config_maps: HOT,
            threads,
            milliseconds: MILLISECONDS,
            waiting,
        })
        .await?;
    let gets = number(&answer, "gets")?;
    let picoseconds = |key| Ok::<_, anyhow::Error>(number(&answer, key)? * 1000 / gets);
    Ok(Hot {
        busy: picoseconds("busy")?,
        clock: picoseconds("nanoseconds")?,
        allocations: number(&answer, "allocations")? * 1_000_000 / gets,
    })
}

fn label(contender: Contender, get: &str, threads: usize) -> String {
    let plural = if threads == 1 { "" } else { "s" };
    match contender {
        Contender::Podweave => format!("{}, {get}, {threads} thread{plural}", contender.name()),
        _ => format!("{}, {threads} thread{plural}", contender.name()),
    }
}

fn push<K: PartialEq, T>(all: &mut Vec<(K, Vec<T>)>, key: K, value: T) {
    match all.iter_mut().find(|(known, _)| *known == key) {
        Some((_, values)) => values.push(value),
        None => all.push((key, vec![value])),
    }
}

fn show_hot(table: &mut Table, hot: &mut [(String, Vec<Hot>)]) {
    hot.sort_by_key(|(label, _)| !label.contains("get,"));
    let nanoseconds = |runs: &[Hot]| median(runs).busy as f64 / 1e3;
    let alone = hot.first().map_or(0.0, |(_, runs)| nanoseconds(runs));
    for (label, runs) in hot.iter() {
        let time = nanoseconds(runs);
        let clock: Vec<u64> = runs.iter().map(|run| run.clock).collect();
        let value = format!(
            "{time:.1} ns, {:.1} on the clock, {:.2} allocations",
            median(&clock) as f64 / 1e3,
            median(runs).allocations as f64 / 1e6
        );
        let is_ours = label.starts_with(Contender::Podweave.name());
        // Other threads of the process allocate sometimes.
        let has_none = median(runs).allocations < 1000;
        if is_ours && label.ends_with("1 thread") {
            table.value_with_goal(
                label,
                value,
                "below 50 ns, no allocation",
                time < HOT_GOAL && has_none,
            );
        } else if is_ours {
            table.value_with_goal(
                label,
                value,
                "at most 1.3 x one thread's, no allocation",
                time <= alone * SCALING_GOAL && has_none,
            );
        } else {
            table.value(label, value);
        }
    }
}
