//! Measures podweave's cost for a real node and its pods: with podweave and without, in turns, and compared
//! with init containers.

mod creation;
mod cri;
mod difference;
mod following;
mod full_node;
mod handler;
mod job;
mod runtime;
mod stage;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use podweave_bench_figures::machine;
use podweave_bench_figures::table::{self, Table};
use podweave_cluster::{Load, shared};

use stage::Stage;

/// Measures podweave's cost for a node and its pods, and prints a table with the goals.
#[derive(Debug, Parser)]
struct Arguments {
    /// Also write the table to docs/performance.md.
    #[arg(long)]
    update: bool,
    /// Fail if a goal is missed.
    #[arg(long)]
    check: bool,
    /// How often a node is filled with each kind of pods; medians are shown.
    #[arg(long, default_value_t = 2)]
    rounds: usize,
    /// The number of pods on a full node.
    #[arg(long, default_value_t = 110)]
    pods: usize,
    /// The number of ConfigMaps, which are divided among the pods.
    #[arg(long, default_value_t = 500)]
    config_maps: usize,
    /// The number of containers of each kind that are created.
    #[arg(long, default_value_t = 150)]
    containers: usize,
    /// The number of pods of each kind that are run one by one.
    #[arg(long, default_value_t = 15)]
    jobs: usize,
    /// How often a ConfigMap is changed while pods run.
    #[arg(long, default_value_t = 5)]
    changes: usize,
    /// Run only these parts.
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// Make few repetitions, on a node with few pods, to check that it works; the figures are meaningless.
    #[arg(long, conflicts_with_all = ["update", "check", "rounds", "pods", "config_maps", "containers", "jobs", "changes"])]
    short: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    Handler,
    FullNode,
    Following,
    Job,
    Creation,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::parse();
    if arguments.short {
        (
            arguments.rounds,
            arguments.pods,
            arguments.config_maps,
            arguments.containers,
            arguments.jobs,
            arguments.changes,
        ) = (1, 5, 10, 5, 2, 1);
    }
    let is_small = (arguments.pods, arguments.config_maps) != (110, 500) || arguments.containers < 100;
    ensure!(
        !arguments.update || (arguments.only.is_empty() && !is_small),
        "--update writes the whole table; omit --only, and use the default numbers"
    );
    ensure!(
        arguments.pods <= arguments.config_maps,
        "each pod needs a ConfigMap: --config-maps must not be below --pods"
    );
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .context("the workspace")?;
    let busy_before = machine::busy_cpus();
    let stage = Stage::set(shared().await?, Load::new(arguments.pods, arguments.config_maps)).await?;
    let versions = cri::Client::start(&stage.node).await?.version().await?;

    let mut table = Table::default();
    if let Err(error) = measure(&arguments, &stage, &mut table).await {
        // The results so far may show the cause.
        eprint!("{}", table.markdown());
        return Err(error);
    }
    drop(stage);

    let noise = machine::noise(busy_before.max(machine::busy_cpus()));
    let figures = format!(
        "{}. {noise} {versions}.\n\n{}",
        machine::description(),
        table.markdown()
    );
    print!("{figures}");
    if arguments.update {
        table::update(
            &workspace.join("docs/performance.md"),
            "tools/bench-node --update",
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

async fn measure(arguments: &Arguments, stage: &Stage, table: &mut Table) -> Result<()> {
    let has = |part| arguments.only.is_empty() || arguments.only.contains(&part);
    if has(Part::Handler) {
        handler::measure(table, stage).await?;
    }
    if has(Part::FullNode) {
        full_node::measure(table, stage, arguments.rounds).await?;
    }
    if has(Part::Following) {
        following::measure(table, stage, arguments.changes).await?;
    }
    if has(Part::Job) {
        job::measure(table, stage, arguments.jobs).await?;
    }
    // Last, because it stops the kubelet.
    if has(Part::Creation) {
        creation::measure(table, stage, arguments.containers).await?;
    }
    Ok(())
}
