//! Compares podweave's ConfigMap manager with the kubelet's own, each in its own process, in turns, on one
//! real API server. The ratios matter: they hold on other machines, too.

mod changes;
mod cold;
mod contender;
mod scene;
mod warm;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use podweave_bench_figures::machine;
use podweave_bench_figures::table::{self, Table};

use contender::{Contender, Limit, Programs};
use scene::Scene;

/// Compares podweave's ConfigMap manager with the kubelet's, and prints a table with the goals.
#[derive(Debug, Parser)]
struct Arguments {
    /// Also write the table to docs/performance.md.
    #[arg(long)]
    update: bool,
    /// Fail if a goal is missed.
    #[arg(long)]
    check: bool,
    /// The number of rounds; medians are shown.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// The number of ConfigMaps in the cluster; larger bursts are skipped.
    #[arg(long, default_value_t = 5000)]
    config_maps: usize,
    /// Run only these parts.
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// Do everything once, in a small cluster, to check that it works; the figures are meaningless.
    #[arg(long, conflicts_with_all = ["update", "check", "rounds", "config_maps"])]
    short: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    Cold,
    Warm,
    Changes,
    Recovery,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::parse();
    if arguments.short {
        (arguments.rounds, arguments.config_maps) = (1, 1001);
    }
    check(&arguments)?;
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .context("the workspace")?;
    let programs = Programs::find(workspace)?;
    let busy_before = machine::busy_cpus();
    let scene = Scene::set(arguments.config_maps).await?;
    let peer = programs
        .start(
            Contender::KubeletWatch,
            Limit::None,
            &scene.kubeconfig,
            scene.namespace(),
        )
        .await?
        .greeting;
    ensure!(
        peer["watch_list"] == true,
        "the kubelet's manager runs without WatchList, which is on by default"
    );

    let mut table = Table::default();
    measure(&mut table, &scene, &programs, &arguments).await?;
    drop(scene);

    let text = |key: &str| peer[key].as_str().unwrap_or("unknown").to_owned();
    let versions = format!(
        "Kubernetes {} (API server, kubelet's managers with WatchList), {}",
        text("kubernetes"),
        text("go")
    );
    let noise = machine::noise(busy_before.max(machine::busy_cpus()));
    let figures = format!(
        "{}. {noise} {versions}. Medians of {} rounds.\n\n{}",
        machine::description(),
        arguments.rounds,
        table.markdown()
    );
    print!("{figures}");
    if arguments.update {
        table::update(
            &workspace.join("docs/performance.md"),
            "tools/bench-config-maps --update",
            &figures,
        )?;
    }
    let missed: Vec<&str> = table.missed().collect();
    if !missed.is_empty() {
        eprintln!("missed: {}", missed.join("; "));
    }
    Ok(if arguments.check && !missed.is_empty() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn check(arguments: &Arguments) -> Result<()> {
    ensure!(
        arguments.config_maps > 1000,
        "--config-maps must be above 1000, because memory per ConfigMap is measured as a slope"
    );
    ensure!(
        !arguments.update || arguments.only.is_empty(),
        "--update writes the whole table; omit --only"
    );
    Ok(())
}

/// Measures the parts that the arguments name, or all.
async fn measure(table: &mut Table, scene: &Scene, programs: &Programs, arguments: &Arguments) -> Result<()> {
    let has = |part| arguments.only.is_empty() || arguments.only.contains(&part);
    if has(Part::Cold) {
        cold::measure(table, scene, programs, arguments.rounds, arguments.config_maps).await?;
    }
    if has(Part::Warm) {
        warm::measure(table, scene, programs, arguments.rounds, arguments.config_maps).await?;
    }
    if has(Part::Changes) {
        changes::measure(table, scene, programs, arguments.rounds).await?;
    }
    if has(Part::Recovery) {
        changes::measure_recovery(table, scene, programs, arguments.rounds).await?;
    }
    Ok(())
}
