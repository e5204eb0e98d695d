//! Compares podweave with native code and with peers, all in one run, and prints one table. The ratios
//! matter: they hold on other machines, too.

mod in_process;
mod languages;
mod plugins;
mod processes;
mod scene;
mod stand_in;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

use podweave_bench_figures::machine;
use podweave_bench_figures::samples::Effort;
use podweave_bench_figures::table::{self, Table};
use podweave_sandbox::Allocation;

use processes::Programs;

/// Measures podweave and prints a table with the goals.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Also write the table to docs/performance.md.
    #[arg(long)]
    update: bool,
    /// Fail if a goal is missed.
    #[arg(long)]
    check: bool,
    /// Make few repetitions, to check that it works; the figures are meaningless.
    #[arg(long, conflicts_with_all = ["update", "check"])]
    short: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure the same plugin in each language instead; tools/bench-languages provides the toolchains.
    Languages,
    /// Measure the cost of plugins before they render instead; tools/bench-plugins provides a registry and
    /// toolchains.
    Plugins,
    /// The compiling process of the plugin store.
    #[command(hide = true)]
    CompileComponent { memory_bytes: u64, seconds: u64 },
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    if let Some(Command::CompileComponent {
        memory_bytes,
        seconds,
    }) = arguments.command
    {
        return Ok(podweave_sandbox::compile::run_child(memory_bytes, seconds));
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("the workspace")?;
    let effort = Effort::of(arguments.short);

    let scratch = tempfile::tempdir().context("cannot create a directory for compiled code")?;
    let mut table = Table::default();
    if effort == Effort::Full {
        eprintln!("measuring, about a minute");
    }
    let busy_before = machine::busy_cpus();
    match arguments.command {
        Some(Command::Languages) => {
            languages::measure(&mut table, effort, &Programs::find()?, workspace, scratch.path())?
        }
        Some(Command::Plugins) => plugins::measure(&mut table, effort, workspace, scratch.path())?,
        _ => {
            let programs = Programs::find()?;
            in_process::measure(&mut table, effort, &scratch.path().join("in-process"))?;
            processes::measure(&mut table, effort, &programs, workspace, scratch.path())?;
        }
    }

    let pagemap_scan = if Allocation::has_pagemap_scan() {
        "available"
    } else {
        "not available"
    };
    let figures = format!(
        "{}, pagemap_scan {pagemap_scan}. {}\n\n{}",
        machine::description(),
        machine::noise(busy_before.max(machine::busy_cpus())),
        table.markdown()
    );
    print!("{figures}");
    if arguments.update {
        let command = match arguments.command {
            Some(Command::Languages) => "tools/bench-languages --update",
            Some(Command::Plugins) => "tools/bench-plugins --update",
            _ => "tools/bench --update",
        };
        table::update(&workspace.join("docs/performance.md"), command, &figures)?;
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
